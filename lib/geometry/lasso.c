/* SPDX-License-Identifier: MIT
 * Coordinate descent for the elastic net (Friedman, Hastie, Tibshirani 2010), on an
 * active set that grows by the coordinates which break the optimality conditions. Where signs
 * have settled the objective is a quadratic, and Newton's step replaces the sweeps that correlated
 * tokens would take: by the hundred on a path, without end near interpolation.
 *
 * With c = Z (z - Z^T w) the optimality (KKT) conditions are c_j - l2 w_j = l1 sign(w_j)
 * on the support and |c_j| <= l1 off it. What ends the descent is in lasso_certificate.c. */
#include <math.h>
#include <string.h>

#include "geometry/lasso.h"

/* Gram rows are computed this many at a time: enough for a matrix product to be
 * fast, few beside the rows that a sparse path never needs. */
#define GRAM_BLOCK 32

/* Largest active set whose part of K is copied together: 8 megabytes, and its factor's. */
#define COMPACT 1024

/* Added to K on a face, in units of its largest diagonal element: enough for a Cholesky
 * factor where K is singular. The step is still one of descent, and its length exact. */
#define FACE_SHIFT 1e-12

/* A step among n coordinates takes as long as 1 + STEP_COST n sweeps. A descent has some for
 * nothing; the others wait until as much time went into sweeps. */
#define STEP_COST (1.0 / 60)
#define FREE_STEPS 8

/* Penalties between the last and a much smaller one: each this part of the one before, to this gap. */
#define STRIDE 0.5
#define BETWEEN 1e-3

/* Changes of this part of the objective are rounding. */
#define NOTHING 1e-20

/* Sweeps added so that the last one changes no sign, and the support is not one of passing. */
#define MOST_FLIPS 10

info_status info_i_gram_begin(info_ctx *ctx, const info_i_rows *z, info_i_gram *gram)
{
    *gram = (info_i_gram){ctx, z, info_i_scratch_zero(ctx, z->rows, sizeof(double *)), z->rows, 0};
    for (int64_t i = 0; i < z->rows; i++)
        gram->longest = fmax(gram->longest, sqrt(info_i_square_norm(z->x + i * z->cols, z->cols)));
    return gram->rows ? INFO_OK : ctx->error.status;
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
        info_i_symmetric_product(gram->ctx, false, n, gram->z->cols, 1, gram->z->x, gram->z->cols, 0, k, n);
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
    const info_status status = info_i_product(gram->ctx, false, true, count, n, d, 1, x, d, gram->z->x, d, 0, block, n);
    info_i_scratch_release(gram->ctx, mark);
    return status;
}

static int64_t compact_size(int64_t n)
{
    return n < COMPACT ? n : COMPACT;
}

size_t info_i_lasso_bytes(int64_t n, int64_t d)
{
    const int64_t s = compact_size(n);
    return (size_t)(2 * n + 2 * d + s * (2 * s + 4)) * sizeof(double) + (size_t)(n + s) * sizeof(int64_t) +
           (size_t)n * sizeof(bool);
}

void info_i_lasso_begin(info_i_lasso *lasso, info_i_gram *gram, const double *token, const double *inner, void *memory)
{
    const int64_t n = gram->z->rows, d = gram->z->cols, s = compact_size(n);
    *lasso = (info_i_lasso){.gram = gram, .token = token, .inner = inner, .l1 = INFINITY};
    lasso->square = info_i_square_norm(token, d);
    lasso->w = memory;
    lasso->gradient = lasso->w + n;
    lasso->rest = lasso->gradient + n;
    lasso->compact = lasso->rest + 2 * d;
    lasso->active = (int64_t *)(void *)(lasso->compact + s * (2 * s + 4));
    lasso->face = lasso->active + n;
    lasso->is_active = (bool *)(lasso->face + s);
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

static double larger(double x, double y)
{
    return x > y ? x : y;
}

static void subtract(double *c, double delta, const double *row, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        c[i] -= delta * row[i];
}

/* The active set's part of K, which stays in the cache, and what is iterated on it. A face is
 * where the weights that are not zero keep their signs, and the others are zero. */
typedef struct compact {
    int64_t size;
    double *k;             /* [size, size] */
    double *c, *w;         /* gradient and weights [size] */
    double *factor;        /* of K + l2 on the face [size, size] */
    double *step, *change; /* of w on the face, and K step [size] */
    int64_t *face;         /* where w is not zero [size] */
} compact;

static compact gather(const info_i_lasso *l)
{
    const int64_t s = l->count;
    compact m = {.size = s, .k = l->compact, .face = l->face};
    m.factor = m.k + s * s;
    m.c = m.factor + s * s;
    m.w = m.c + s;
    m.step = m.w + s;
    m.change = m.step + s;
    for (int64_t a = 0; a < s; a++) {
        const double *row = l->gram->rows[l->active[a]];
        for (int64_t b = 0; b < s; b++)
            m.k[a * s + b] = row[l->active[b]];
        m.c[a] = l->gradient[l->active[a]];
        m.w[a] = l->w[l->active[a]];
    }
    return m;
}

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Every coordinate once; the largest decrease of the objective (twice), and whether all signs are kept. */
static double sweep(const compact *m, const info_i_lasso_target *t, bool *kept)
{
    double largest = 0;
    *kept = true;
    for (int64_t a = 0; a < m->size; a++) {
        const int before = sign(m->w[a]);
        double delta;
        largest = larger(largest, update(m->w + a, m->c[a], m->k[a * m->size + a], t, &delta));
        *kept &= sign(m->w[a]) == before;
        if (delta != 0)
            subtract(m->c, delta, m->k + a * m->size, m->size);
    }
    return largest;
}

/* Less the objective's derivative by weight i of the face. */
static double descent_on_face(const compact *m, const info_i_lasso_target *t, int64_t i)
{
    const double w = m->w[m->face[i]];
    return m->c[m->face[i]] - t->l2 * w - copysign(t->l1, w);
}

/* step := (K + l2)^-1 of the descent, on the face of p weights; *solved is false where rounding
 * leaves no factor. */
static info_status newton_direction(const compact *m, const info_i_lasso_target *t, int64_t p, bool *solved)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t s = m->size;
    double largest = 0;
    int64_t order;
    for (int64_t i = 0; i < p; i++)
        largest = larger(largest, m->k[m->face[i] * (s + 1)]);
    for (int64_t i = 0; i < p; i++) {
        const double *row = m->k + m->face[i] * s;
        for (int64_t j = 0; j <= i; j++)
            m->factor[i * p + j] = row[m->face[j]];
        m->factor[i * p + i] += t->l2 + FACE_SHIFT * largest;
        m->step[i] = descent_on_face(m, t, i);
    }
    info_status status = backend->cholesky_f64(p, m->factor, p, &order);
    *solved = status == INFO_OK && order == 0;
    if (!*solved)
        return status == INFO_ERROR_BACKEND ? INFO_OK : status;
    status = backend->solve_lower_f64(false, p, 1, m->factor, p, m->step, 1);
    return status == INFO_OK ? backend->solve_lower_f64(true, p, 1, m->factor, p, m->step, 1) : status;
}

/* Moves w by length times the step, but no further than to the first weight that reaches
 * zero; true if it stopped there. */
static bool move_on_face(const compact *m, int64_t p, double length)
{
    int64_t first = -1;
    for (int64_t i = 0; i < p; i++) {
        const double w = m->w[m->face[i]], end = w + length * m->step[i];
        if (end == 0 || signbit(end) != signbit(w)) {
            length = -w / m->step[i];
            first = m->face[i];
        }
    }
    for (int64_t i = 0; i < p; i++)
        m->w[m->face[i]] += length * m->step[i];
    if (first >= 0)
        m->w[first] = 0;
    subtract(m->c, length, m->change, m->size);
    return first >= 0;
}

/* Newton's step towards the minimum over the face. */
static info_status step_on_face(const compact *m, const info_i_lasso_target *t, bool *stopped)
{
    const int64_t s = m->size;
    int64_t p = 0;
    bool solved;
    *stopped = false;
    for (int64_t a = 0; a < s; a++)
        if (m->w[a] != 0)
            m->face[p++] = a;
    if (p == 0)
        return INFO_OK;
    const info_status status = newton_direction(m, t, p, &solved);
    if (status != INFO_OK || !solved)
        return status;
    double slope = 0, curvature = 0;
    memset(m->change, 0, (size_t)s * sizeof *m->change);
    for (int64_t i = 0; i < p; i++)
        subtract(m->change, -m->step[i], m->k + m->face[i] * s, s);
    for (int64_t i = 0; i < p; i++) {
        slope += m->step[i] * descent_on_face(m, t, i);
        curvature += m->step[i] * (m->change[m->face[i]] + t->l2 * m->step[i]);
    }
    if (slope > 0 && curvature > 0)
        *stopped = move_on_face(m, p, slope / curvature);
    return INFO_OK;
}

/* Sweeps over a small active set until one changes the objective by no more than still, and no sign. The steps
 * from face to face between them save the many sweeps of coordinates that depend on one another. */
static info_status descend_compact(info_i_lasso *l, const info_i_lasso_target *t, double still)
{
    const compact m = gather(l);
    info_status status = INFO_OK;
    double largest = INFINITY, steps = FREE_STEPS;
    bool kept = true;
    for (int flips = 0; status == INFO_OK && l->sweeps < t->max_sweeps; l->sweeps++) {
        if (largest <= still && (kept || flips++ == MOST_FLIPS))
            break;
        if (info_i_canceled(l->gram->ctx))
            return INFO_CANCELED;
        largest = sweep(&m, t, &kept);
        steps += 1 / (1 + STEP_COST * (double)m.size);
        for (bool stopped = kept && largest > still; status == INFO_OK && stopped && steps >= 1; steps--)
            status = step_on_face(&m, t, &stopped);
    }
    for (int64_t a = 0; a < m.size; a++)
        l->w[l->active[a]] = m.w[a];
    return status;
}

/* Sweeps over a large active set, on whole rows of K. */
static info_status descend(info_i_lasso *l, const info_i_lasso_target *t, double still)
{
    double largest = INFINITY;
    for (; largest > still && l->sweeps < t->max_sweeps; l->sweeps++) {
        if (info_i_canceled(l->gram->ctx))
            return INFO_CANCELED;
        largest = 0;
        for (int64_t a = 0; a < l->count; a++) {
            const int64_t j = l->active[a];
            const double *row = l->gram->rows[j];
            double delta;
            largest = larger(largest, update(l->w + j, l->gradient[j], row[j], t, &delta));
            if (delta != 0)
                subtract(l->gradient, delta, row, l->gram->z->rows);
        }
    }
    return INFO_OK;
}

/* Adds the coordinates off the support that break their condition; false if there is none. */
static info_status grow(info_i_lasso *l, const info_i_lasso_target *t, bool *grown)
{
    const int64_t n = l->gram->z->rows;
    *grown = false;
    for (int64_t j = 0; j < n; j++) {
        if (!(fabs(l->gradient[j]) > t->l1) || l->is_active[j])
            continue;
        if (!l->gram->rows[j]) {
            const info_status status = compute_rows(l->gram, j, l->gradient);
            if (status != INFO_OK)
                return status;
        }
        if (l->gram->rows[j][j] == 0)
            continue; /* a row without length */
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

/* From the weights as they are, to the gap that is asked for. */
static info_status settle(info_i_lasso *l, const info_i_lasso_target *t)
{
    bool grown;
    info_i_lasso_certify(l, t);
    double still = t->tolerance * l->objective; /* a sweep that changes the objective by no more ends the descent */
    info_status status = grow(l, t, &grown);
    while (status == INFO_OK && l->gap > t->tolerance * l->objective) {
        if (l->sweeps >= t->max_sweeps || still < NOTHING * l->objective)
            return INFO_NOT_CONVERGED;
        if (info_i_canceled(l->gram->ctx))
            return INFO_CANCELED;
        if (l->count <= COMPACT)
            status = descend_compact(l, t, still);
        else
            status = descend(l, t, still);
        if (status != INFO_OK)
            return status;
        refresh_gradient(l);
        info_i_lasso_certify(l, t);
        status = grow(l, t, &grown);
        still = fmin(still, t->tolerance * l->objective) * (grown ? 1 : 0.1);
    }
    return status;
}

info_status info_i_lasso_solve(info_i_lasso *l, const info_i_lasso_target *t)
{
    double from = l->l1;
    for (int64_t j = 0; j < l->gram->z->rows && isinf(l->l1); j++)
        from = larger(isinf(from) ? 0 : from, fabs(l->inner[j]));
    info_status status = INFO_OK;
    l->sweeps = 0;
    for (double l1 = STRIDE * from; l1 > t->l1 / STRIDE && t->l1 > 0 && status >= 0; l1 *= STRIDE) {
        const info_i_lasso_target between = {l1, t->l2 / t->l1 * l1, fmax(t->tolerance, BETWEEN), t->max_sweeps};
        status = settle(l, &between);
        if (status == INFO_CANCELED)
            return status;
    }
    if (status >= 0)
        status = settle(l, t);
    l->l1 = t->l1;
    shrink(l);
    return status;
}
