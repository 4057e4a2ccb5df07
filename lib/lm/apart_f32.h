/* SPDX-License-Identifier: MIT
 * Two rows of f32, f16 or bf16 logits whose sums are known, read again cell by cell. */
#ifndef INFO_I_LM_APART_F32_H
#define INFO_I_LM_APART_F32_H

#include "kernels/apart_f32.h"
#include "lm/row.h"

/* Rows p and q, and what is known of them. */
typedef struct info_i_known_pair {
    const info_i_lm *lm;
    const info_matrix *p, *q;
    int64_t row, length;
    const info_i_row *p_row, *q_row;
} info_i_known_pair;

/* |p - q| and its kin; false if the rows are beyond f32. */
bool info_i_apart_f32(const info_i_known_pair *known, info_i_apart_sums *sums);

/* A mixture's terms; false if b is so near 0 or 1 that f64 should do it. */
bool info_i_mixture_terms(double b, info_i_mixture *mixture);

/* Jensen-Shannon divergence with weight b of p; with q_log not NULL, sum q log(q / m) too. mixture is that of the smaller
 * of b and 1 - b. False if the rows are beyond f32. */
bool info_i_mixture_f32(const info_i_known_pair *known, double b, const info_i_mixture *mixture, double *divergence,
                        double *q_log);

#endif
