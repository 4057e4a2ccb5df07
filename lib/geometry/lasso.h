/* SPDX-License-Identifier: MIT
 * The elastic net of one token on its context, by coordinate descent on the Gram
 * matrix, of which only the rows that are wanted are ever computed. */
#ifndef INFO_I_LASSO_H
#define INFO_I_LASSO_H

#include "geometry/geometry.h"

/* Rows of K = Z Z^T, computed on demand and shared by the tokens of a call. */
typedef struct info_i_gram {
    info_ctx *ctx; /* whose scratch memory rows come from; unused once all rows are there */
    const info_i_rows *z;
    double **rows; /* [n], NULL where not yet computed */
    int64_t missing;
} info_i_gram;

info_status info_i_gram_begin(info_ctx *ctx, const info_i_rows *z, info_i_gram *gram);

/* Computes all rows: from then on several threads may read. */
info_status info_i_gram_complete(info_i_gram *gram);

typedef struct info_i_lasso_target {
    double l1, l2; /* minimize 1/2 ||z - Z^T w||^2 + l1 |w|_1 + l2/2 ||w||^2 */
    double gap;    /* until the duality gap is at most this */
    int64_t max_sweeps;
} info_i_lasso_target;

/* One token's state: w and what goes with it is kept for the next, smaller penalty. */
typedef struct info_i_lasso {
    info_i_gram *gram;
    double square;       /* ||z||^2 */
    const double *inner; /* Z z [n] */
    double *w;           /* [n] */
    double *gradient;    /* Z (z - Z^T w) [n] */
    double *compact;     /* work of a small active set, and */
    int64_t *face;       /* its part whose weights are not zero */
    int64_t *active;     /* coordinates that are being descended along [n] */
    bool *is_active;     /* [n] */
    int64_t count;       /* of active */
    /* after a solution */
    double gap, objective, residual;
    int64_t support, sweeps;
} info_i_lasso;

/* Bytes of a state's arrays (without inner), and their placement in that much memory: w = 0. */
size_t info_i_lasso_bytes(int64_t n);
void info_i_lasso_begin(info_i_lasso *lasso, info_i_gram *gram, double square, const double *inner, void *memory);

/* INFO_OK; INFO_NOT_CONVERGED after max_sweeps; memory and backend errors. */
info_status info_i_lasso_solve(info_i_lasso *lasso, const info_i_lasso_target *target);

#endif
