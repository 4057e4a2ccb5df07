/* SPDX-License-Identifier: MIT
 * Coordinate descent for the elastic net (Friedman, Hastie, Tibshirani 2010), on an
 * active set that grows by the coordinates which break the optimality conditions.
 *
 * With c = Z (z - Z^T w) the optimality (KKT) conditions are c_j - l2 w_j = l1 sign(w_j)
 * on the support and |c_j| <= l1 off it. The duality gap, of which two bounds are known, certifies the end:
 *   - scaling the residual r until Z r (less l2 w) lies in the box of size l1 gives a dual point of
 *     the Lasso (of [Z, sqrt(l2) I] where l2 > 0);
 *   - if l2 > 0, r itself is one: the conjugate of the penalty is sum (|c_j| - l1)+^2 / (2 l2). */
#include <math.h>
#include <string.h>

#include "geometry/lasso.h"

/* Gram rows are computed this many at a time: enough for a matrix product to be
 * fast, few beside the rows that a sparse path never needs. */
#define GRAM_BLOCK 32

/* Largest active set whose part of K is copied together: half a megabyte. */
#define COMPACT 256

info_status info_i_gram_begin(info_ctx *ctx, const info_i_rows *z, info_i_gram *gram)
{
    *gram = (info_i_gram){ctx, z, info_i_scratch_zero(ctx, z->rows, sizeof(double *)),
                          info_i_scratch(ctx, z->rows, sizeof(double)), z->rows};
    if (!gram->rows || !gram->diagonal)
        return ctx->error.status;
    for (int64_t i = 0; i < z->rows; i++)
        gram->diagonal[i] = info_i_square_norm(z->x + i * z->cols, z->cols);
    return INFO_OK;
}

info_status info_i_gram_complete(info_i_gram *gram)
{
    const int64_t n = gram->z->rows;
    int64_t size;
    if (!info_i_multiply(n, n, &size))
        return info_i_fail(&gram->ctx->error, INFO_ERROR_OVERFLOW, "context: %lld rows are too many", (long long)n);
    double *k = info_i_scratch(gram->ctx, size, sizeof *k);
    if (!k)
        return gram->ctx->error.status;
    const info_status status =
        info_i_backend_default()->syrk_f64(false, n, gram->z->cols, 1, gram->z->x, gram->z->cols, 0, k, n);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < i; j++)
            k[j * n + i] = k[i * n + j];
        gram->rows[i] = k + i * n;
    }
    gram->missing = 0;
    return INFO_OK;
}

/* Computes row j, and with it those missing rows that are likely to be wanted
 * next: those of the largest |c|. */
static info_status compute_rows(info_i_gram *gram, int64_t j, const double *c)
{
    const int64_t n = gram->z->rows, d = gram->z->cols, count = gram->missing < GRAM_BLOCK ? gram->missing : GRAM_BLOCK;
    double *block = info_i_scratch(gram->ctx, count * n, sizeof *block);
    if (!block)
        return gram->ctx->error.status;
    const info_i_mark mark = info_i_scratch_mark(gram->ctx);
    double *x = info_i_scratch(gram->ctx, count * d, sizeof *x);
    if (!x)
        return gram->ctx->error.status;
    for (int64_t r = 0; r < count; r++) {
        int64_t best = r == 0 ? j : -1;
        for (int64_t i = 0; i < n && r > 0; i++)
            if (!gram->rows[i] && (best < 0 || fabs(c[i]) > fabs(c[best])))
                best = i;
        gram->rows[best] = block + r * n;
        memcpy(x + r * d, gram->z->x + best * d, (size_t)d * sizeof *x);
    }
    gram->missing -= count;
    const info_status status =
        info_i_backend_default()->gemm_f64(false, true, count, n, d, 1, x, d, gram->z->x, d, 0, block, n);
    info_i_scratch_release(gram->ctx, mark);
    return status;
}

static int64_t compact_size(int64_t n)
{
    return n < COMPACT ? n : COMPACT;
}

size_t info_i_lasso_bytes(int64_t n)
{
    const int64_t s = compact_size(n);
    return (size_t)(2 * n + s * (s + 2)) * sizeof(double) + (size_t)n * (sizeof(int64_t) + sizeof(bool));
}

void info_i_lasso_begin(info_i_lasso *lasso, info_i_gram *gram, double square, const double *inner, void *memory)
{
    const int64_t n = gram->z->rows;
    *lasso = (info_i_lasso){.gram = gram, .square = square, .inner = inner};
    lasso->w = memory;
    lasso->gradient = lasso->w + n;
    lasso->compact = lasso->gradient + n;
    lasso->active = (int64_t *)(void *)(lasso->compact + compact_size(n) * (compact_size(n) + 2));
    lasso->is_active = (bool *)(lasso->active + n);
    memset(lasso->w, 0, (size_t)n * sizeof *lasso->w);
    memset(lasso->is_active, 0, (size_t)n * sizeof *lasso->is_active);
    memcpy(lasso->gradient, inner, (size_t)n * sizeof *inner);
}

/* gradient := inner - K w, afresh, so that rounding does not build up along the
 * path; four rows of K at a time. */
static void refresh_gradient(info_i_lasso *l)
{
    const int64_t n = l->gram->z->rows;
    memcpy(l->gradient, l->inner, (size_t)n * sizeof *l->gradient);
    for (int64_t a = 0; a < l->count; a += 4) {
        const double *row[4];
        double w[4];
        for (int64_t k = 0; k < 4; k++) {
            const int64_t j = l->active[a + k < l->count ? a + k : a];
            row[k] = l->gram->rows[j];
            w[k] = a + k < l->count ? l->w[j] : 0;
        }
        for (int64_t i = 0; i < n; i++)
            l->gradient[i] -= (w[0] * row[0][i] + w[1] * row[1][i]) + (w[2] * row[2][i] + w[3] * row[3][i]);
    }
}

static double soft_threshold(double x, double threshold)
{
    return x > threshold ? x - threshold : x < -threshold ? x + threshold : 0;
}

/* One coordinate's step; how much it decreases the objective (twice). */
static double update(double *w, double c, double own, const info_i_lasso_target *t, double *delta)
{
    const double next = soft_threshold(c + own * *w, t->l1) / (own + t->l2);
    *delta = next - *w;
    *w = next;
    return *delta * *delta * (own + t->l2);
}

static void subtract(double *c, double delta, const double *row, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        c[i] -= delta * row[i];
}

/* Sweeps over the active set until one changes the objective by no more than still,
 * on a copy of its part of K, which stays in the cache. */
static void descend_compact(info_i_lasso *l, const info_i_lasso_target *t, double still)
{
    const int64_t s = l->count;
    double *k = l->compact, *c = k + s * s, *w = c + s;
    for (int64_t a = 0; a < s; a++) {
        const double *row = l->gram->rows[l->active[a]];
        for (int64_t b = 0; b < s; b++)
            k[a * s + b] = row[l->active[b]];
        c[a] = l->gradient[l->active[a]];
        w[a] = l->w[l->active[a]];
    }
    double largest = INFINITY;
    for (; largest > still && l->sweeps < t->max_sweeps; l->sweeps++) {
        largest = 0;
        for (int64_t a = 0; a < s; a++) {
            double delta;
            largest = fmax(largest, update(w + a, c[a], l->gram->diagonal[l->active[a]], t, &delta));
            if (delta != 0)
                subtract(c, delta, k + a * s, s);
        }
    }
    for (int64_t a = 0; a < s; a++)
        l->w[l->active[a]] = w[a];
}

/* The same on whole rows of K. */
static void descend(info_i_lasso *l, const info_i_lasso_target *t, double still)
{
    double largest = INFINITY;
    for (; largest > still && l->sweeps < t->max_sweeps; l->sweeps++) {
        largest = 0;
        for (int64_t a = 0; a < l->count; a++) {
            const int64_t j = l->active[a];
            double delta;
            largest = fmax(largest, update(l->w + j, l->gradient[j], l->gram->diagonal[j], t, &delta));
            if (delta != 0)
                subtract(l->gradient, delta, l->gram->rows[j], l->gram->z->rows);
        }
    }
}

/* Objective, residual, support and the smaller of the two bounds of the gap. */
static void certify(info_i_lasso *l, const info_i_lasso_target *t)
{
    const int64_t n = l->gram->z->rows;
    double wk = 0, wc = 0, ww = 0, size = 0, largest = 0, outside = 0;
    l->support = 0;
    for (int64_t j = 0; j < n; j++) {
        const double w = l->w[j], c = l->gradient[j], over = fabs(c) - t->l1;
        wk += w * l->inner[j];
        wc += w * c;
        ww += w * w;
        size += fabs(w);
        largest = fmax(largest, fabs(c - t->l2 * w));
        outside += over > 0 ? over * over : 0;
        l->support += w != 0;
    }
    l->residual = fmax(l->square - wk - wc, 0); /* ||z||^2 - 2 w'k + w'Kw with Kw = k - c */
    l->objective = 0.5 * l->residual + t->l1 * size + 0.5 * t->l2 * ww;
    const double rz = l->square - wk; /* r'z */
    l->gap = INFINITY;
    if (t->l1 > 0 || largest == 0) {
        const double scale = largest > t->l1 ? t->l1 / largest : 1;
        l->gap = l->objective - scale * rz + 0.5 * scale * scale * (l->residual + t->l2 * ww);
    }
    if (t->l2 > 0)
        l->gap = fmin(l->gap, l->objective - rz + 0.5 * l->residual + 0.5 * outside / t->l2);
    l->gap = fmax(l->gap, 0);
}

/* Adds the coordinates off the support that break their condition; false if there is none. */
static info_status grow(info_i_lasso *l, const info_i_lasso_target *t, bool *grown)
{
    const int64_t n = l->gram->z->rows;
    *grown = false;
    for (int64_t j = 0; j < n; j++) {
        if (l->is_active[j] || l->gram->diagonal[j] == 0 || !(fabs(l->gradient[j]) > t->l1))
            continue;
        if (!l->gram->rows[j]) {
            const info_status status = compute_rows(l->gram, j, l->gradient);
            if (status != INFO_OK)
                return status;
        }
        l->is_active[j] = true;
        l->active[l->count++] = j;
        *grown = true;
    }
    return INFO_OK;
}

/* Forgets active coordinates that ended at zero. */
static void shrink(info_i_lasso *l)
{
    int64_t kept = 0;
    for (int64_t a = 0; a < l->count; a++) {
        const int64_t j = l->active[a];
        if (l->w[j] != 0)
            l->active[kept++] = j;
        else
            l->is_active[j] = false;
    }
    l->count = kept;
}

info_status info_i_lasso_solve(info_i_lasso *l, const info_i_lasso_target *t)
{
    double still = t->gap; /* a sweep that changes the objective by no more ends the descent */
    bool grown;
    l->sweeps = 0;
    certify(l, t);
    info_status status = grow(l, t, &grown);
    while (status == INFO_OK && l->gap > t->gap) {
        if (l->count <= COMPACT)
            descend_compact(l, t, still);
        else
            descend(l, t, still);
        refresh_gradient(l);
        certify(l, t);
        status = grow(l, t, &grown);
        if (!grown)
            still *= 0.1;
        if (l->gap > t->gap && l->sweeps >= t->max_sweeps)
            return INFO_NOT_CONVERGED;
    }
    shrink(l);
    return status;
}
