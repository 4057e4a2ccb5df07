/* SPDX-License-Identifier: MIT
 * Sums over a stretch of two rows of f32, bf16 or f16 logits, for the KL divergences. */
#ifndef INFO_I_PAIR_F32_H
#define INFO_I_PAIR_F32_H

#include "info/base.h"

/* With a = exp((x - p_reference) scale), b = exp((y - q_reference) scale) and
 * w = (x - y - (p_reference - q_reference)) scale = log(a / b). The difference of the
 * references must be exact in f32. */
typedef struct info_i_pair_terms {
    float p_reference, q_reference;
    float scale;
    float factor;    /* log2(e) scale */
    int32_t reverse; /* whether backward is wanted */
} info_i_pair_terms;

typedef struct info_i_pair_sums {
    double p_weight;   /* sum a; NaN if some x is NaN */
    double difference; /* sum b - a, accurate where they are nearly equal */
    double forward;    /* sum b - a + a w, every term >= 0 */
    double backward;   /* sum a - b - b w, every term >= 0; 0 if not wanted */
    float p_maximum, q_maximum;
    float widest;    /* +inf where some q is 0 and p is not */
    float narrowest; /* -inf where some p is 0 and q is not */
} info_i_pair_sums;

/* Terms below 2^-127 count as 0; sums with terms above 2^64 are undefined. */
typedef void (*info_i_pair_fn)(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                               const info_i_pair_terms *terms, info_i_pair_sums *sums);

typedef struct info_i_pair_kernels {
    info_i_pair_fn sums;
} info_i_pair_kernels;

#endif
