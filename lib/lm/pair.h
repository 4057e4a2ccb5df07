/* SPDX-License-Identifier: MIT
 * What a pair of rows of logits finds out about two distributions. */
#ifndef INFO_I_LM_PAIR_H
#define INFO_I_LM_PAIR_H

#include "kernels/terms_f32.h"
#include "lm/divergence.h"
#include "lm/row.h"

typedef struct info_i_pair_wishes {
    bool kl, kl_reverse;
    bool js, generalized_js;
    bool apart; /* tv, acceptance */
    double beta;
    info_i_mixture half, own; /* of Jensen-Shannon divergences with weight 1/2 and beta; b = 0 if not for f32 */
} info_i_pair_wishes;

/* What is wanted in a comparison; beta = 0 is its default. */
info_i_pair_wishes info_i_pair_wishes_for(const info_logit_comparison *out, double beta);

typedef struct info_i_pair {
    info_i_row p, q; /* INFO_I_DETAIL_SUM */
    double kl, kl_reverse;
    double js, generalized_js, tv, acceptance;
} info_i_pair;

/* The first length columns of two rows. p.valid and q.valid tell whether the rest means anything. */
info_i_pair info_i_pair_measure(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                const info_i_pair_wishes *wishes);

/* Sums over cells, each made if it is wanted. */
typedef struct info_i_cell_sums {
    double kl, kl_reverse, js, generalized_js;
    double apart, common; /* sum |p - q|, sum min(p, q) */
} info_i_cell_sums;

/* Of rows whose own sums are in pair: of all columns of a row, or of those that a tile holds. */
info_i_cell_sums info_i_pair_cells(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                   const info_i_pair *pair, const info_i_pair_wishes *wishes);
void info_i_cell_sums_add(info_i_cell_sums *sum, const info_i_cell_sums *s);

/* js, generalized_js, tv and acceptance. */
void info_i_pair_take(info_i_pair *pair, const info_i_cell_sums *sums);

/* p, q, kl and (if wanted) kl_reverse by the vector kernels; false if this row is beyond them. */
bool info_i_pair_measure_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, bool reverse,
                             info_i_pair *pair);

/* The cell of logits y (of p) and z (of q), given the rows' sums. */
info_i_cell info_i_pair_cell(const info_i_row *p, const info_i_row *q, double y, double z);

#endif
