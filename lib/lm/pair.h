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
    bool variation; /* tv, acceptance */
    double beta;
    info_i_mixture half, own; /* of Jensen-Shannon divergences with weight 1/2 and beta; b = 0 if not for f32 */
} info_i_pair_wishes;

/* What is wanted in a comparison; beta = 0 is its default. */
info_i_pair_wishes info_i_pair_wishes_for(const info_logit_comparison *out, double beta);

/* log p - log q of logits x and y (before the temperature): ((x - y) - (base + base_low)) / T - shift. With a base that is
 * x - y of the token that has most of the mass, or near what the others have in common, nothing is lost of what is left. */
typedef struct info_i_log_ratio {
    double base, base_low, shift;
} info_i_log_ratio;

typedef struct info_i_pair {
    info_i_row p, q; /* INFO_I_DETAIL_SUM */
    info_i_log_ratio ratio;
    double kl, kl_reverse;
    double js, generalized_js, tv, acceptance;
    bool has_kl; /* in f64: kl came with the ratio */
    bool tiny;   /* log-ratios whose squares no float holds: cells are made in f64 */
} info_i_pair;

/* The first length columns of two rows. p.valid and q.valid tell whether the rest means anything. What is found of
 * one wish does not depend on the others. */
info_i_pair info_i_pair_measure(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                const info_i_pair_wishes *wishes);

/* The rows and their ratio, and if both are made by the vector kernels (true) their divergences kl and kl_reverse too. */
bool info_i_pair_read(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, info_i_pair *pair);

/* Sums over cells, each made if it is wanted. */
typedef struct info_i_cell_sums {
    double kl, kl_reverse, js, generalized_js;
    double difference, common; /* sum |p - q|, sum min(p, q) */
} info_i_cell_sums;

/* Of rows whose own sums are in pair: of all columns of a row, or of those that a tile holds, the first of which is
 * column first of the whole row. */
info_i_cell_sums info_i_pair_cells(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                   int64_t first, const info_i_pair *pair, const info_i_pair_wishes *wishes);
void info_i_cell_sums_add(info_i_cell_sums *sum, const info_i_cell_sums *s);

/* In f64, of rows that are no others than logits: corrects the ratio by what it misses, and finds KL where it comes with
 * that. False: the kernel is not for these rows. */
bool info_i_pair_find_ratio(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                            info_i_pair *pair);

/* Adds the cells of some columns, INFO_I_PAIR_STRETCH at most, of all wishes but generalized_js; false: none. */
#define INFO_I_PAIR_STRETCH 672
bool info_i_pair_add_stretch(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                             int64_t begin, int64_t count, const info_i_pair *pair, const info_i_pair_wishes *wishes,
                             info_i_cell_sums *sums);

/* js, generalized_js, tv and acceptance. */
void info_i_pair_take(info_i_pair *pair, const info_i_cell_sums *sums);

/* The two ways to do it; false if a row is beyond the vector kernels. In f64 the divergences are left. */
void info_i_pair_read_f64(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                          info_i_pair *pair);
bool info_i_pair_read_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                          info_i_pair *pair);

/* The column that has half of a row's mass or more, p's before q's; -1 if there is none. */
int64_t info_i_pair_top(const info_i_pair *pair);

/* Probabilities of a block of both rows and d = log p - log q, 0 where neither has any, by kernels where they can. False
 * where a log-ratio is not finite: such are for cells. */
bool info_i_pair_shares(const info_i_lm *lm, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count,
                        double *p, double *q, double *d);

/* The cell of logits x (of p) and y (of q); difference + low = x - y. */
info_i_cell info_i_pair_cell(const info_i_lm *lm, const info_i_pair *pair, double x, double y, double difference,
                             double low);

/* The cell of a column. */
info_i_cell info_i_pair_cell_at(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                int64_t col, const info_i_pair *pair);

#endif
