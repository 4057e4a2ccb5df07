/* SPDX-License-Identifier: MIT
 * Ridge regression of tokens on their context, by an orthonormal basis on the smaller side.
 *
 * With v = [z, 0] and A = [Z, sqrt(l) I] the residual p = v - A^T w is [z - Z^T w, -sqrt(l) w], what v leaves outside
 * the row space of A, and ||p||^2 = R. If n <= d, A = L Q with orthonormal rows in Q and p = v - Q^T Q v.
 * If n > d the complement of that row space is smaller: the d rows of B = [sqrt(l) I, -Z^T]. With
 * L L^T = B B^T = Z^T Z + l I the rows of L^-1 B are orthonormal, and with u = L^-1 z
 *
 *     p = [l L^-T u, -sqrt(l) (L^-1 Z^T)^T u],   R = l ||u||^2.
 *
 * No quantity is a difference of larger ones: what L and Q lose is all that is lost, and they come from a
 * factorization that is backward stable (factor.c). Errors of the rows of Z of eps ||z_i|| change sqrt(R) by at most
 * eps sum |w_i| ||z_i|| <= eps ||Z||_F ||w||, and l ||w||^2 <= R: the relative error of R is 2 eps ||Z||_F / sqrt(l). */
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"

/* Tokens done together, so that scratch memory does not grow with their number. */
#define BATCH 256

static info_status too_large(info_ctx *ctx, const info_i_rows *z)
{
    return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "context: %lld x %lld is too large", (long long)z->rows,
                       (long long)z->cols);
}

info_status info_i_regression_begin(info_ctx *ctx, const info_i_rows *z, double ridge, bool with_weights,
                                    info_i_regression *r)
{
    const int64_t n = z->rows, d = z->cols, order = n > d ? d : n;
    int64_t square, elements;
    *r = (info_i_regression){.z = z, .ridge = ridge, .tall = n > d, .with_weights = with_weights};
    if (!info_i_multiply(order, order, &square) || !info_i_multiply(order, n + d, &elements))
        return too_large(ctx, z);
    r->factor = info_i_scratch(ctx, square, sizeof(double));
    if (!r->factor)
        return ctx->error.status;
    if (!r->tall) {
        r->q = info_i_scratch(ctx, elements, sizeof(double));
        return r->q ? info_i_orthonormal(ctx, n, d, z->x, ridge, r->factor, r->q) : ctx->error.status;
    }
    r->q = info_i_scratch(ctx, n * d, sizeof(double));
    if (!r->q)
        return ctx->error.status;
    info_i_transpose(n, d, z->x, r->q);
    const info_status status = info_i_factor(ctx, d, n, r->q, ridge, ridge, r->factor);
    return status == INFO_OK && with_weights ? info_i_solve_lower(ctx, false, d, n, r->factor, d, r->q, n) : status;
}

/* x[order, m] := L^-T x */
static info_status solve_transposed(info_ctx *ctx, const info_i_regression *r, int64_t order, int64_t m, double *x)
{
    return info_i_solve_lower(ctx, true, order, m, r->factor, order, x, m);
}

/* n <= d: p = v - Q^T Q v, twice, since once leaves eps ||z|| of the row space; L^T w = Q v. */
static info_status from_row_space(info_ctx *ctx, const info_i_regression *r, int64_t m, const double *tokens,
                                  double *objective, double *residual, double *w)
{
    const int64_t n = r->z->rows, d = r->z->cols, width = n + d;
    double *p = info_i_scratch_zero(ctx, m * width, sizeof *p), *part = info_i_scratch(ctx, m * n, sizeof *part);
    double *all = info_i_scratch_zero(ctx, m * n, sizeof *all);
    double *columns = w ? info_i_scratch(ctx, m * n, sizeof *columns) : NULL;
    info_status status = INFO_OK;
    if (!p || !part || !all || (w && !columns))
        return ctx->error.status;
    for (int64_t t = 0; t < m; t++)
        memcpy(p + t * width, tokens + t * d, (size_t)d * sizeof *p);
    for (int round = 0; round < 2 && status == INFO_OK; round++) {
        status = info_i_product(ctx, false, true, m, n, width, 1, p, width, r->q, width, 0, part, n);
        if (status == INFO_OK)
            status = info_i_product(ctx, false, false, m, width, n, -1, part, n, r->q, width, 1, p, width);
        for (int64_t i = 0; i < m * n; i++)
            all[i] += part[i];
    }
    for (int64_t t = 0; t < m && status == INFO_OK; t++) {
        objective[t] = info_i_square_norm(p + t * width, width);
        if (residual)
            residual[t] = info_i_square_norm(p + t * width, d);
    }
    if (status != INFO_OK || !w)
        return status;
    info_i_transpose(m, n, all, columns);
    status = solve_transposed(ctx, r, n, m, columns);
    info_i_transpose(n, m, columns, w);
    return status;
}

/* n > d: u = L^-1 z, z - Z^T w = l L^-T u, w = (L^-1 Z^T)^T u. */
static info_status from_complement(info_ctx *ctx, const info_i_regression *r, int64_t m, const double *tokens,
                                   double *objective, double *residual, double *w)
{
    const int64_t n = r->z->rows, d = r->z->cols;
    double *columns = info_i_scratch(ctx, d * m, sizeof *columns), *u = info_i_scratch(ctx, m * d, sizeof *u);
    if (!columns || !u)
        return ctx->error.status;
    info_i_transpose(m, d, tokens, columns);
    info_status status = info_i_solve_lower(ctx, false, d, m, r->factor, d, columns, m);
    if (status != INFO_OK)
        return status;
    info_i_transpose(d, m, columns, u);
    for (int64_t t = 0; t < m; t++)
        objective[t] = r->ridge * info_i_square_norm(u + t * d, d);
    if (w)
        status = info_i_product(ctx, false, false, m, n, d, 1, u, d, r->q, n, 0, w, n);
    if (status != INFO_OK || !residual)
        return status;
    status = solve_transposed(ctx, r, d, m, columns);
    info_i_transpose(d, m, columns, u);
    for (int64_t t = 0; t < m; t++)
        residual[t] = r->ridge * info_i_square_norm(u + t * d, d) * r->ridge;
    return status;
}

info_status info_i_regress(info_ctx *ctx, const info_i_regression *r, int64_t m, const double *tokens,
                           double *objective, double *residual, double *w)
{
    const int64_t n = r->z->rows, d = r->z->cols;
    for (int64_t begin = 0; begin < m; begin += BATCH) {
        const info_i_mark mark = info_i_scratch_mark(ctx);
        const int64_t count = m - begin < BATCH ? m - begin : BATCH;
        info_status status =
            (r->tall ? from_complement : from_row_space)(ctx, r, count, tokens + begin * d, objective + begin,
                                                         residual ? residual + begin : NULL, w ? w + begin * n : NULL);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(begin + count) / (double)m);
        if (status != INFO_OK)
            return status;
        info_i_scratch_release(ctx, mark);
    }
    return INFO_OK;
}
