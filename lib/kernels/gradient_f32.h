/* SPDX-License-Identifier: MIT
 * Gradients of losses over a stretch of f32, bf16 or f16 logits. */
#ifndef INFO_I_GRADIENT_F32_H
#define INFO_I_GRADIENT_F32_H

#include "info/base.h"
#include "kernels/terms_f32.h"

/* With q and p as in terms_f32.h; q_n is q by a slope of 1. */
typedef enum info_i_gradient {
    INFO_I_GRADIENT_SOFTMAX,  /* q - offset */
    INFO_I_GRADIENT_WEIGHTED, /* q - offset z */
    INFO_I_GRADIENT_ENTROPY,  /* q (log q_n + center) */
    INFO_I_GRADIENT_FORWARD,  /* q - p */
    INFO_I_GRADIENT_REVERSE,  /* q (log q_n - log p_n - center) */
    INFO_I_GRADIENT_MIXTURE,  /* q ((1 - b) log(q_n / m) - center) */
    INFO_I_GRADIENT_VARIATION /* q times above, -below or (above - below) / 2, as q_n is above p_n, below, or p_n */
} info_i_gradient;

/* The gradient of student logits x[0..count-1], with a teacher's z where the kind has one, to f32 or bf16 in out, which
 * may be x itself if it is of x's type. Where x is -inf the gradient is 0. */
typedef void (*info_i_gradient_fn)(const info_i_row_terms *terms, info_i_gradient kind, const void *x,
                                   info_dtype x_dtype, const void *z, info_dtype z_dtype, int64_t count, void *out,
                                   info_dtype out_dtype);

/* Over those of x[0..count-1] that are not -inf; without weights, these are 1. */
typedef struct info_i_finite_sums {
    double sum;    /* of weight times x */
    double weight; /* of the weights */
    double count;
} info_i_finite_sums;

typedef void (*info_i_finite_sums_fn)(const void *x, info_dtype dtype, const float *weights, int64_t count,
                                      info_i_finite_sums *sums);

typedef struct info_i_gradient_kernels {
    info_i_gradient_fn gradient;
    info_i_finite_sums_fn finite_sums;
} info_i_gradient_kernels;

#endif
