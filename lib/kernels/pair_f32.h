/* SPDX-License-Identifier: MIT
 * Sums over a stretch of two rows of f32, bf16 or f16 logits, for the KL divergences. */
#ifndef INFO_I_PAIR_F32_H
#define INFO_I_PAIR_F32_H

#include "info/base.h"

/* With w = ((x - y) - (base + base_low)) scale, in which x - y does not round, a = 2^(x factor - p_reference) and
 * b = a exp(-w) = 2^(y factor - q_reference) q_slope. */
typedef struct info_i_pair_terms {
    double scale; /* 1 / temperature */
    float factor; /* log2(e) scale */
    float base, base_low;
    float p_reference, q_reference, q_slope;
} info_i_pair_terms;

typedef struct info_i_pair_sums {
    double p_weight, q_weight; /* sum a, sum b; NaN if some x, some y is NaN */
    double difference;         /* sum b - a, accurate where they are nearly equal */
    double forward;            /* sum b - a + a w, every term >= 0; without a w where y = -inf */
    double backward;           /* sum a - b - b w, every term >= 0; without b w where x = -inf */
    float p_maximum, q_maximum;
    float widest;    /* +inf where some q is 0 and p is not */
    float narrowest; /* -inf where some p is 0 and q is not */
    float lost;      /* the largest |w| of those cells whose a (if w > 0) or b (if w < 0) is below 2^-126 */
} info_i_pair_sums;

/* Terms below 2^-127 count as 0; sums with terms above 2^64 are undefined. */
typedef void (*info_i_pair_fn)(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                               const info_i_pair_terms *terms, info_i_pair_sums *sums);

typedef struct info_i_pair_kernels {
    info_i_pair_fn sums;
} info_i_pair_kernels;

#endif
