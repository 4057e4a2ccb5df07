/* SPDX-License-Identifier: MIT
 * Sums over cells of two distributions, by stretches of rows of f32, bf16 or f16 logits whose own sums are known. */
#ifndef INFO_I_CELLS_F32_H
#define INFO_I_CELLS_F32_H

#include "info/base.h"
#include "kernels/terms_f32.h"

typedef struct info_i_variation_sums {
    double difference;          /* sum |q - p| */
    double common;              /* sum min(p, q) */
    double above, below, equal; /* sums of q where it is above p, below p, and p */
} info_i_variation_sums;

/* Student logits x[0..count-1], teacher logits z[0..count-1]. */
typedef void (*info_i_variation_fn)(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                                    info_dtype z_dtype, int64_t count, info_i_variation_sums *sums);

typedef struct info_i_mixture_sums {
    double divergence;   /* sum b p log(p / m) + (1 - b) q log(q / m), every term >= 0 up to the slopes' rounding */
    double p_log, q_log; /* sum p log(p / m), sum q log(q / m) */
} info_i_mixture_sums;

/* b must not be above 1/2. The last two sums are only made where logs says so. */
typedef void (*info_i_mixture_fn)(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                                  info_dtype z_dtype, int64_t count, bool logs, info_i_mixture_sums *sums);

typedef struct info_i_cells_kernels {
    info_i_variation_fn variation;
    info_i_mixture_fn mixture;
} info_i_cells_kernels;

#endif
