/* SPDX-License-Identifier: MIT
 * The triangular factor of Z Z^T + l I.
 *
 * The Gram matrix squares the condition number: with l a 1e-8 part of the largest
 * eigenvalue, half of the digits of the small pivots are gone. They come back by
 * repetition (Cholesky-QR twice; Yamamoto, Nakatsukasa, Yanagisawa, Fukaya 2015): with a
 * first factor L1 of A A^T, A = [X, sqrt(l) I], the rows of Q = L1^-1 A are almost
 * orthonormal, the factor L2 of Q Q^T is exact to rounding, and L = L1 L2. Where
 * A A^T is not positive definite in floating point a shifted one begins
 * (Fukaya, Kannan, Nakatsukasa, Yamamoto, Yanagisawa 2020). */
#include <float.h>
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"

/* Largest squared row norm, in units of floor, for which one Cholesky
 * factorization serves: its error in a gain is about the square of this times the
 * rounding unit at worst, and this times it in practice. */
#define SAFE_RATIO 1e3

/* Off the identity by no more than this, a matrix's Cholesky factor is exact to rounding. */
#define NEARLY_ORTHONORMAL 1e-3

/* factor := the Cholesky factor of A A^T + ridge I; if need be with a growing part of its diagonal added, which is
 * the same part of every row, however large some rows are. */
static info_status cholesky_of_gram(info_ctx *ctx, int64_t n, int64_t d, const double *a, double ridge, double *factor,
                                    double *deviation)
{
    const info_i_backend *backend = info_i_backend_default();
    double shift = 0;
    for (int attempt = 0; attempt < 12; attempt++) {
        int64_t order;
        memset(factor, 0, (size_t)(n * n) * sizeof *factor);
        info_status status = info_i_symmetric_product(ctx, false, n, d, 1, a, d, 0, factor, n);
        if (status != INFO_OK)
            return status;
        *deviation = 0;
        for (int64_t i = 0; i < n; i++) {
            factor[i * n + i] += ridge;
            for (int64_t j = 0; j <= i; j++)
                *deviation = fmax(*deviation, fabs(factor[i * n + j] - (i == j)));
        }
        if (attempt > 0)
            shift = shift > 0 ? 16 * shift : (double)(n + d) * DBL_EPSILON;
        for (int64_t i = 0; i < n && shift > 0; i++)
            factor[i * n + i] *= 1 + shift;
        status = backend->cholesky_f64(n, factor, n, &order);
        if (status != INFO_OK)
            return status;
        if (order == 0) {
            *deviation = shift > 0 ? INFINITY : *deviation;
            return INFO_OK;
        }
    }
    return info_i_fail(&ctx->error, INFO_ERROR_BACKEND, "no Cholesky factor of a positive definite matrix");
}

/* A = [X, sqrt(ridge) I] */
static void augment(int64_t n, int64_t d, const double *x, double ridge, double *a)
{
    const int64_t width = d + n;
    memset(a, 0, (size_t)(n * width) * sizeof *a);
    for (int64_t i = 0; i < n; i++) {
        memcpy(a + i * width, x + i * d, (size_t)d * sizeof *a);
        a[i * width + d + i] = sqrt(ridge);
    }
}

/* q := L^-1 q in place, the factor of the Gram matrix of that becomes last, and L := L last; until the rows of q are
 * so near to orthonormal that this factor is exact to rounding. */
static info_status refine(info_ctx *ctx, int64_t n, int64_t width, double *q, double *factor, double *last)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *product = info_i_scratch(ctx, n * n, sizeof *product), deviation = INFINITY;
    if (!product)
        return ctx->error.status;
    memcpy(last, factor, (size_t)(n * n) * sizeof *factor);
    for (int pass = 0; pass < 64 && deviation > NEARLY_ORTHONORMAL; pass++) {
        info_status status = info_i_solve_lower(ctx, false, n, width, last, n, q, width);
        if (status == INFO_OK)
            status = cholesky_of_gram(ctx, n, width, q, 0, last, &deviation);
        if (status == INFO_OK)
            status = info_i_product(ctx, false, false, n, n, n, 1, factor, n, last, n, 0, product, n);
        if (status != INFO_OK)
            return status;
        memcpy(factor, product, (size_t)(n * n) * sizeof *factor);
    }
    info_i_scratch_release(ctx, mark);
    if (deviation > NEARLY_ORTHONORMAL)
        return info_i_fail(&ctx->error, INFO_ERROR_BACKEND, "the triangular factor did not settle");
    return INFO_OK;
}

/* Whether one Cholesky factorization of the Gram matrix serves; factor holds it, shifted if it must be. */
static info_status factor_of_gram(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double floor,
                                  double *factor, bool *serves)
{
    double largest = 0, deviation = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, info_i_square_norm(x + i * d, d));
    const info_status status = cholesky_of_gram(ctx, n, d, x, ridge, factor, &deviation);
    *serves = largest <= SAFE_RATIO * floor && deviation < INFINITY;
    return status;
}

static info_status too_many(info_ctx *ctx, int64_t n)
{
    return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld rows are too many", (long long)n);
}

info_status info_i_factor(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double floor,
                          double *factor)
{
    bool serves;
    info_status status = factor_of_gram(ctx, n, d, x, ridge, floor, factor, &serves);
    if (status != INFO_OK || serves)
        return status;
    const int64_t width = ridge > 0 ? d + n : d;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    int64_t elements;
    if (!info_i_multiply(n, width, &elements))
        return too_many(ctx, n);
    double *q = info_i_scratch(ctx, elements, sizeof *q), *last = info_i_scratch(ctx, n * n, sizeof *last);
    if (!q || !last)
        return ctx->error.status;
    if (ridge > 0)
        augment(n, d, x, ridge, q);
    else
        memcpy(q, x, (size_t)elements * sizeof *q);
    status = refine(ctx, n, width, q, factor, last);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_i_orthonormal(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double *factor,
                               double *q)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *last = info_i_scratch(ctx, n * n, sizeof *last);
    if (!last)
        return ctx->error.status;
    bool serves;
    info_status status = factor_of_gram(ctx, n, d, x, ridge, ridge, factor, &serves);
    if (status != INFO_OK)
        return status;
    augment(n, d, x, ridge, q);
    if (serves)
        memcpy(last, factor, (size_t)(n * n) * sizeof *last);
    else
        status = refine(ctx, n, d + n, q, factor, last);
    if (status == INFO_OK)
        status = info_i_solve_lower(ctx, false, n, d + n, last, n, q, d + n);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

void info_i_gains_of_factor(int64_t n, int64_t d, const double *x, double ridge, const double *factor, double *gains)
{
    for (int64_t i = 0; i < n; i++) {
        const double *row = factor + i * n;
        const double whole = info_i_square_norm(x + i * d, d), known = info_i_square_norm(row, i);
        /* The pivot carries the ridge beside R_i; where R_i is most of the row it is had without it. */
        if (known <= 0.5 * whole)
            gains[i] = log1p((whole - known) / ridge);
        else
            gains[i] = fmax(2 * log(row[i]) - log(ridge), 0);
    }
}

info_status info_i_log_determinant(info_ctx *ctx, const info_i_rows *z, double ridge, double *out)
{
    const int64_t n = z->rows, d = z->cols, order = n <= d ? n : d;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const double *x = z->x;
    int64_t square;
    if (!info_i_multiply(order, order, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld rows and columns are too many", (long long)order);
    double *factor = info_i_scratch(ctx, square, sizeof *factor), *gains = info_i_scratch(ctx, order, sizeof *gains);
    if (!factor || !gains)
        return ctx->error.status;
    if (n > d) {
        double *transposed = info_i_scratch(ctx, n * d, sizeof *transposed);
        if (!transposed)
            return ctx->error.status;
        info_i_transpose(n, d, z->x, transposed);
        x = transposed;
    }
    const info_status status = info_i_factor(ctx, order, n + d - order, x, ridge, ridge, factor);
    if (status != INFO_OK)
        return status;
    info_i_gains_of_factor(order, n + d - order, x, ridge, factor, gains);
    double sum = 0;
    for (int64_t i = 0; i < order; i++)
        sum += gains[i];
    *out = sum;
    info_i_scratch_release(ctx, mark);
    return INFO_OK;
}
