/* SPDX-License-Identifier: MIT
 *
 * newton.h: Newton's method for mixtures, and its parts. The unknowns are u and the
 * slack s of the gradient, g(u) = s, u_k s_k = mu -> 0. One step solves
 *
 *     (H + S/U) du = right,   H = B^T B,   B = diag(f''(z))^1/2 M.
 */
#ifndef INFO_I_NEWTON_H
#define INFO_I_NEWTON_H

#include "backend/backend.h"
#include "coding/mixture.h"

/* How H is written. */
typedef enum info_i_newton_form {
    INFO_I_COLUMNS, /* as it is: its order is that of the columns which are not held at zero */
    INFO_I_ROWS,    /* B^T B with fewer rows than columns: the order is that of the rows */
    INFO_I_LOW_RANK /* M = left^T right of low rank, up to 1e-9: the order is the rank */
} info_i_newton_form;

typedef struct info_i_newton_system {
    info_i_newton_form form;
    double *diagonal;          /* S/U, and the curvature of columns that stand alone */
    double *root;              /* f''(z)^1/2 */
    int64_t order;             /* of factor */
    double *factor;            /* Cholesky factor */
    double *scaled;            /* columns: B, rows x order; otherwise F with H = F^T F, order x columns */
    int64_t *index;            /* columns: those in the factor */
    double *left, *right;      /* low rank: orthonormal, order x rows; order x columns */
    double *weighted, *middle; /* low rank: left diag(root), then F diag^-1/2; left diag(root)^2 left^T */
    double *vector;            /* order numbers */
} info_i_newton_system;

typedef struct info_i_newton {
    info_i_mixture problem; /* of the working set */
    const info_i_mixture_kernels *kernels;
    const info_i_backend *backend;
    double *u, *s, *gradient, *z;
    double *right, *step, *slack_step;
    info_i_newton_system system;
} info_i_newton;

/* Newton's method (primal-dual interior point) on a working set of columns, from u, whose z, ascent and standing
 * are given. Leaves u a distribution with a gap no larger than before, and z, ascent and standing its own. Adds
 * its steps to standing->iterations. */
info_status info_i_mixture_newton(info_ctx *ctx, const info_i_mixture *mixture, const info_i_mixture_kernels *kernels,
                                  const info_i_solver *solver, double *u, double *z, double *ascent,
                                  info_i_standing *standing);

/* Chooses a form for the present working set and takes scratch memory for it; exact: not the one of low rank. */
info_status info_i_newton_prepare(info_ctx *ctx, info_i_newton *n, bool exact);

/* Whether a factor of that order would cost more than first-order steps. No memory is taken then. */
bool info_i_newton_too_large(const info_i_newton *n);

/* Factorizes at u, s, z. *done is false where rounding does not let it. */
info_status info_i_newton_factorize(info_i_newton *n, bool *done);

/* step = (H + S/U)^-1 right */
info_status info_i_newton_solve(info_i_newton *n);

/* z and the gradient at u. */
void info_i_newton_differentiate(info_i_newton *n);

/* u s / columns */
double info_i_newton_centrality(const info_i_newton *n);

/* Steps until the duality gap within the working set is below the tolerance or nothing more is gained,
 * or *iterations, which it counts up, reaches last. */
info_status info_i_newton_descend(info_ctx *ctx, info_i_newton *n, double tolerance, int64_t last, int64_t *iterations);

/* a[rows x cols] = left^T right with left[rank x rows] orthonormal and right[rank x cols], up to tolerance times a's
 * Frobenius norm as far as crosses of rows and columns show; false if that takes more than *rank, which
 * becomes the rank. */
bool info_i_low_rank(const info_i_mixture_kernels *kernels, int64_t rows, int64_t cols, const double *a,
                     double tolerance, double *left, double *right, bool *used, int64_t *rank);

#endif
