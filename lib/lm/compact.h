/* SPDX-License-Identifier: MIT
 * A row of logits against a teacher of which k tokens and the mass of all others are known: a divergence of k + 1 cells. */
#ifndef INFO_I_LM_COMPACT_H
#define INFO_I_LM_COMPACT_H

#include "info/token.h"
#include "lm/loss.h"
#include "numeric/sort.h"

typedef struct info_i_compact {
    info_i_loss loss; /* its options and divergence */
    const info_top_k *list;
    int64_t vocabulary; /* of the teacher */
    double tolerance;
} info_i_compact;

/* A token that is listed, or at the end of all the tail. */
typedef struct info_i_compact_cell {
    int64_t token;
    double logit; /* x */
    double y;     /* of the tail its log-sum-exp */
    info_i_cell cell;
    double slope; /* d loss / d y, of the tail by a shift of all its y */
} info_i_compact_cell;

/* A worker's memory. */
typedef struct info_i_compact_row {
    info_i_compact_cell *cells;
    info_i_ranked *order;
    int64_t count;      /* of the tokens; cells[count] is the tail */
    info_matrix others; /* the student's row, the listed tokens as -inf */
    info_matrix_out others_out;
    info_i_row tail;
} info_i_compact_row;

/* Checks the arguments against a student of cols logits; the options are known by then. */
info_status info_i_compact_open(info_i_error *error, const info_top_k *list, int64_t vocabulary, int64_t rows,
                                info_i_compact *c);

size_t info_i_compact_bytes(const info_i_compact *c, const info_matrix *student);
info_i_compact_row info_i_compact_lay(const info_i_compact *c, const info_matrix *student, void *scratch);

/* The teacher's side of a row: a failure if it is no list of probabilities of tokens. */
info_status info_i_compact_read(const info_i_compact *c, int64_t row, int64_t cols, info_i_compact_row *r,
                                info_i_error *error);

/* The loss of a student's row whose teacher's side was read, and whether it has a valid value (out->pair.q.valid). */
void info_i_compact_value(const info_i_compact *c, const info_matrix *student, int64_t row, info_i_compact_row *r,
                          info_i_loss_row *out);

/* factor times its gradient with respect to x, after its value. */
void info_i_compact_gradient(const info_i_compact *c, const info_i_compact_row *r, const info_i_loss_row *value,
                             double factor, const info_matrix_out *out, int64_t row);

#endif
