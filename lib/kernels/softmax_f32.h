/* SPDX-License-Identifier: MIT
 * Sums over a stretch of f32, bf16 or f16 logits, for the measures of rows. */
#ifndef INFO_I_SOFTMAX_F32_H
#define INFO_I_SOFTMAX_F32_H

#include "info/base.h"

/* With t = x factor - reference, rounded once, and e = 2^t. */
typedef struct info_i_softmax_terms {
    float factor; /* log2(e) / temperature */
    float reference;
    float threshold; /* x above it are counted */
    int32_t detail;  /* 0: weight; 1: and first; 2: and second; 3: all. What was not asked for is 0 */
} info_i_softmax_terms;

typedef struct info_i_softmax_sums {
    double weight;   /* sum e; NaN if some x is NaN */
    double first;    /* sum e t */
    double second;   /* sum e t^2 */
    double squares;  /* sum e^2 */
    int64_t greater; /* number of x > threshold */
    float maximum;   /* the largest x, if none is NaN */
} info_i_softmax_sums;

/* Logits x[0..count-1]. Terms below 2^-127 count as 0; sums with t above 64 are undefined, and the
 * caller, who sees the maximum, tries again with a higher reference. */
typedef void (*info_i_softmax_fn)(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms,
                                  info_i_softmax_sums *sums);

/* The largest of x[0..count-1], ignoring NaN; -inf if there is none. */
typedef float (*info_i_maximum_fn)(const void *x, info_dtype dtype, int64_t count);

/* The first i with x[i] = value, -1 if there is none. */
typedef int64_t (*info_i_find_fn)(const void *x, info_dtype dtype, int64_t count, float value);

typedef struct info_i_softmax_kernels {
    info_i_softmax_fn sums;
    info_i_maximum_fn maximum;
    info_i_find_fn find;
} info_i_softmax_kernels;

#endif
