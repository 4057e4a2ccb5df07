/* SPDX-License-Identifier: MIT
 * What a pair of rows of logits finds out about two distributions. */
#ifndef INFO_I_LM_PAIR_H
#define INFO_I_LM_PAIR_H

#include "lm/divergence.h"
#include "lm/row.h"

typedef struct info_i_pair_wishes {
    bool kl, kl_reverse;
    bool js, generalised_js;
    bool apart; /* tv, acceptance */
    double beta;
} info_i_pair_wishes;

typedef struct info_i_pair {
    info_i_row p, q; /* INFO_I_DETAIL_SUM */
    double kl, kl_reverse;
    double js, generalised_js, tv, acceptance;
} info_i_pair;

/* The first length columns of two rows. p.valid and q.valid tell whether the rest means anything. */
info_i_pair info_i_pair_measure(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                const info_i_pair_wishes *wishes);

/* p, q, kl and (if wanted) kl_reverse by the vector kernels; false if this row is beyond them. */
bool info_i_pair_measure_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                             bool reverse, info_i_pair *pair);

/* The cell of logits y (of p) and z (of q), given the rows' sums. */
info_i_cell info_i_pair_cell(const info_i_row *p, const info_i_row *q, double y, double z);

#endif
