/* SPDX-License-Identifier: MIT
 * Gradients of losses, and how far two distributions are apart, over a stretch of f32, bf16 or f16 logits. */
#ifndef INFO_I_GRADIENT_F32_H
#define INFO_I_GRADIENT_F32_H

#include "info/base.h"

typedef enum info_i_gradient {
    INFO_I_GRADIENT_SOFTMAX, /* slope q - offset */
    INFO_I_GRADIENT_ENTROPY, /* slope q (log q + centre) */
    INFO_I_GRADIENT_FORWARD, /* slope q - teacher_slope p */
    INFO_I_GRADIENT_REVERSE  /* slope q (log q - log p - centre) */
} info_i_gradient;

/* q = 2^(x factor - reference), p = 2^(z factor - teacher_reference), log q = nats (x factor - reference),
 * log p - log q = (z - x) scale - apart - apart_rest. Where x is -inf the gradient is 0. */
typedef struct info_i_gradient_terms {
    info_i_gradient kind;
    float factor, scale, nats;
    float reference, slope, offset, centre;
    float teacher_reference, teacher_slope, apart, apart_rest;
} info_i_gradient_terms;

/* The gradient of student logits x[0..count-1], with a teacher's z where the kind has one, to f32 or bf16 in out, which
 * may be x itself if it is of x's type. */
typedef void (*info_i_gradient_fn)(const info_i_gradient_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                                   info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype);

/* The sum of those of x[0..count-1] that are not -inf, and their number. */
typedef double (*info_i_finite_sum_fn)(const void *x, info_dtype dtype, int64_t count, int64_t *finite);

/* sum |q - p| and sum min(p, q), both slopes being 1 but for what the references are rounded by. */
typedef void (*info_i_apart_fn)(const info_i_gradient_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                                info_dtype z_dtype, int64_t count, double *apart, double *common);

typedef struct info_i_gradient_kernels {
    info_i_gradient_fn gradient;
    info_i_apart_fn apart;
    info_i_finite_sum_fn finite_sum;
} info_i_gradient_kernels;

const info_i_gradient_kernels *info_i_gradient_kernels_for(info_cpu cpu);

#endif
