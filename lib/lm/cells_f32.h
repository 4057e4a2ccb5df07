/* SPDX-License-Identifier: MIT
 * Sums over the cells of two rows of f32, f16 or bf16 logits whose own sums are known. */
#ifndef INFO_I_LM_CELLS_F32_H
#define INFO_I_LM_CELLS_F32_H

#include "kernels/cells_f32.h"
#include "lm/pair.h"

/* Columns 0 .. length - 1 of a row of p and of q, of a whole row or of a tile; what is known of the whole; and the
 * column here that has half of the mass or more (-1: none), whose cell is made in f64. */
typedef struct info_i_known_pair {
    const info_i_lm *lm;
    const info_matrix *p, *q;
    int64_t row, length, top;
    const info_i_pair *pair;
} info_i_known_pair;

/* |p - q| and its kin; false if the rows are beyond f32. */
bool info_i_variation_f32(const info_i_known_pair *known, info_i_variation_sums *sums);

/* A mixture's terms; false if b is so near 0 or 1 that f64 should do it. */
bool info_i_mixture_terms(double b, info_i_mixture *mixture);

/* Jensen-Shannon divergence with weight b of p; with q_log not NULL, sum q log(q / m) too. mixture is that of the smaller
 * of b and 1 - b. False if the rows are beyond f32. */
bool info_i_mixture_f32(const info_i_known_pair *known, double b, const info_i_mixture *mixture, double *divergence,
                        double *q_log);

#endif
