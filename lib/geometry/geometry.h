/* SPDX-License-Identifier: MIT
 * What the measures of this folder share: rows of representations as doubles, and
 * an accurate triangular factor of Z Z^T + l I. */
#ifndef INFO_I_GEOMETRY_H
#define INFO_I_GEOMETRY_H

#include "backend/backend.h"
#include "backend/products.h"
#include "core/core.h"
#include "info/geometry.h"

/* Largest magnitude of an element: its square, times any size, is still finite. */
#define INFO_I_LARGEST_ELEMENT 1e100

/* Options with their defaults filled in. unit_rows: what INFO_ROWS_DEFAULT means. */
info_status info_i_geometry_options(info_i_error *error, const info_geometry_options *given, bool unit_rows,
                                    info_geometry_options *options);

/* Rows as contiguous doubles: the caller's memory where it is that already, else scratch. */
typedef struct info_i_rows {
    const double *x;
    int64_t rows, cols;
} info_i_rows;

/* Takes a (valid) matrix in. Refuses non-finite or too large elements, and with
 * unit rows those that are all zero. */
info_status info_i_load_rows(info_ctx *ctx, const char *name, const info_matrix *matrix, bool unit, info_i_rows *rows);

/* context and tokens: valid, of equal columns. */
info_status info_i_geometry_check_pair(info_i_error *error, const info_matrix *context, const info_matrix *tokens);

/* k rows of context are asked for. */
info_status info_i_geometry_check_choice(info_i_error *error, int64_t k, const info_matrix *context);

/* Both taken in. */
info_status info_i_load_pair(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, bool unit,
                             info_i_rows *z, info_i_rows *t);

/* The transposed matrix in out[cols * rows]. */
void info_i_transpose(int64_t rows, int64_t cols, const double *x, double *out);

/* Sum of squares and inner product of contiguous doubles, in a fixed order. */
double info_i_square_norm(const double *x, int64_t count);
double info_i_inner(const double *x, const double *y, int64_t count);

/* factor[n, n] := the lower triangular L with L L^T = X X^T + ridge I, zeros above
 * its diagonal; X[n, d], ridge >= 0, and no eigenvalue of L L^T is below floor > 0.
 *
 * Where the condition allows it this is the Cholesky factor of the Gram matrix. Elsewhere forming the Gram matrix
 * would lose half of the digits; L is then as good as from a Householder
 * factorization of [X, sqrt(ridge) I]. */
info_status info_i_factor(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double floor,
                          double *factor);

/* The same factor L with ridge > 0, and q[n, d + n] := L^-1 [X, sqrt(ridge) I], whose rows are orthonormal to rounding. */
info_status info_i_orthonormal(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double *factor,
                               double *q);

/* gains[i] = log((ridge + R_i) / ridge), ridge + R_i the squared pivot i of the factor of X X^T + ridge I. */
void info_i_gains_of_factor(int64_t n, int64_t d, const double *x, double ridge, const double *factor, double *gains);

/* log det(I + X X^T / ridge) on the smaller side. */
info_status info_i_log_determinant(info_ctx *ctx, const info_i_rows *z, double ridge, double *out);

/* Ridge regression of tokens on one context, prepared once for all tokens. */
typedef struct info_i_regression {
    const info_i_rows *z;
    double ridge;
    bool tall;      /* n > d */
    double *factor; /* L of Z Z^T + l I (n <= d) or Z^T Z + l I (n > d) */
    double *q;      /* n <= d: orthonormal rows [n, n + d] that span those of [Z, sqrt(l) I];
                     * n > d and with_weights: L^-1 Z^T [d, n] */
    bool with_weights;
} info_i_regression;
info_status info_i_regression_begin(info_ctx *ctx, const info_i_rows *z, double ridge, bool with_weights,
                                    info_i_regression *r);

/* objective[t] = R and, each unless NULL, residual[t] = ||z - Z^T w*||^2 and w[t, n] of m tokens. */
info_status info_i_regress(info_ctx *ctx, const info_i_regression *r, int64_t m, const double *tokens,
                           double *objective, double *residual, double *w);

/* ||z - Z^T w*||^2 of one token. */
info_status info_i_ridge_residual(info_ctx *ctx, const info_i_rows *z, const double *token, double ridge,
                                  double *residual);

/* gains[t] = log(1 + R_t / ridge) of each token, by the determinants. */
info_status info_i_information_gain(info_ctx *ctx, const info_i_rows *z, const info_i_rows *tokens, double ridge,
                                    double *gains);

#endif
