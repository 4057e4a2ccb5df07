/* SPDX-License-Identifier: MIT
 * Sums over a stretch of f32, bf16 or f16 logits, for the measures of rows. */
#ifndef INFO_I_SOFTMAX_F32_H
#define INFO_I_SOFTMAX_F32_H

#include "info/base.h"

/* With d = (x - reference) * scale and e = exp(d). */
typedef struct info_i_softmax_terms {
    float reference;
    float scale;     /* of logits: 1 / temperature */
    float shift;     /* moments are taken about it */
    float threshold; /* x above it are counted */
    int32_t detail;  /* 0: weight; 1: and first; 2: and second; 3: all. More may be given; about 0 below 2 */
} info_i_softmax_terms;

typedef struct info_i_softmax_sums {
    double weight;   /* sum e; NaN if some x is NaN */
    double first;    /* sum e (d - shift) */
    double second;   /* sum e (d - shift)^2 */
    double squares;  /* sum e^2 */
    int64_t greater; /* number of x > threshold */
    float maximum;   /* the largest x that is not NaN */
} info_i_softmax_sums;

/* Logits x[0..count-1]. Terms below exp(-87.7) count as 0; above exp(80) they are undefined, and the
 * caller, who sees the maximum, tries again with a higher reference. */
typedef void (*info_i_softmax_fn)(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms,
                                  info_i_softmax_sums *sums);

/* The largest of x[0..count-1], ignoring NaN; -inf if there is none. */
typedef float (*info_i_maximum_fn)(const void *x, info_dtype dtype, int64_t count);

typedef struct info_i_softmax_kernels {
    info_i_softmax_fn sums;
    info_i_maximum_fn maximum;
} info_i_softmax_kernels;

const info_i_softmax_kernels *info_i_softmax_kernels_for(info_cpu cpu);

#endif
