/* SPDX-License-Identifier: MIT
 *
 * Hard clusters, where compression is H(T). Joining two clusters of weights a, b
 * with p(t, y) = A, B loses, of the Lagrangian divided by beta,
 *
 *     (a + b) JS(A/a, B/b) - (entropy saved) / beta.
 *
 * Agglomeration joins the pair that loses least; the sequential method takes a row
 * out of its cluster and joins it to the one that loses least.
 */
#include <math.h>
#include <string.h>

#include "coding/relevance.h"
#include "numeric/random.h"

/* 1 / beta, finite. */
static double price_of(double beta)
{
    return beta > 1e-300 ? 1 / beta : 1e300;
}

/* x log(x / y) for joining x of a part to make y of the whole; 0 for none. */
static double share(double x, double y)
{
    return x > 0 ? x * log(x / y) : 0;
}

/* H of two clusters apart minus H of them as one. */
static double entropy_saved(double a, double b)
{
    return -share(a, a + b) - share(b, a + b);
}

/* ---- Agglomerative ------------------------------------------------------ */

typedef struct tree {
    const info_i_relevance *r;
    double price; /* of entropy: 1 / beta */
    int64_t n;
    double *weights;
    double *joint;    /* p(t, y) */
    double *loss;     /* of joining i and j < i, at i * n + j */
    int64_t *nearest; /* j < i of the least loss, -1 for none */
    bool *alive;
} tree;

static double join_loss(const tree *t, int64_t i, int64_t j)
{
    const double a = t->weights[i], b = t->weights[j];
    const double *p = t->joint + i * t->r->cols, *q = t->joint + j * t->r->cols;
    double loss = 0;
    for (int64_t y = 0; y < t->r->cols; y++)
        if (p[y] > 0 && q[y] > 0)
            loss += share(p[y], p[y] + q[y]) + share(q[y], p[y] + q[y]);
    return fmax(loss + entropy_saved(a, b), 0) - t->price * entropy_saved(a, b);
}

static double loss_of(const tree *t, int64_t i, int64_t j)
{
    return i > j ? t->loss[i * t->n + j] : t->loss[j * t->n + i];
}

static void find_nearest(tree *t, int64_t i)
{
    t->nearest[i] = -1;
    for (int64_t j = 0; j < i; j++)
        if (t->alive[j] && (t->nearest[i] < 0 || loss_of(t, i, j) < loss_of(t, i, t->nearest[i])))
            t->nearest[i] = j;
}

/* j joins i; what is known of their losses is brought up to date. */
static void join(tree *t, int64_t i, int64_t j, int64_t *labels)
{
    for (int64_t y = 0; y < t->r->cols; y++)
        t->joint[i * t->r->cols + y] += t->joint[j * t->r->cols + y];
    t->weights[i] += t->weights[j];
    t->alive[j] = false;
    for (int64_t x = 0; x < t->n; x++)
        labels[x] = labels[x] == j ? i : labels[x];
    for (int64_t k = 0; k < t->n; k++)
        if (t->alive[k] && k != i)
            t->loss[i > k ? i * t->n + k : k * t->n + i] = join_loss(t, i, k);
    for (int64_t k = 0; k < t->n; k++) {
        if (!t->alive[k])
            continue;
        const int64_t near = t->nearest[k];
        if (k == i || near == i || near == j)
            find_nearest(t, k);
        else if (k > i && (near < 0 || loss_of(t, k, i) < loss_of(t, k, near)))
            t->nearest[k] = i;
    }
}

static info_status plant(info_ctx *ctx, tree *t, int64_t *labels)
{
    const info_i_relevance *r = t->r;
    int64_t pairs, cells;
    if (!info_i_multiply(t->n, t->n, &pairs) || !info_i_multiply(t->n, r->cols, &cells))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "joint: its size overflows");
    t->weights = info_i_scratch(ctx, t->n, sizeof(double));
    t->joint = info_i_scratch(ctx, cells, sizeof(double));
    t->loss = info_i_scratch(ctx, pairs, sizeof(double));
    t->nearest = info_i_scratch(ctx, t->n, sizeof *t->nearest);
    t->alive = info_i_scratch(ctx, t->n, sizeof *t->alive);
    if (!t->weights || !t->joint || !t->loss || !t->nearest || !t->alive)
        return ctx->error.status;
    for (int64_t i = 0; i < t->n; i++) {
        labels[i] = i;
        t->alive[i] = true;
        t->weights[i] = r->px[i];
        for (int64_t y = 0; y < r->cols; y++)
            t->joint[i * r->cols + y] = r->px[i] * r->conditional[i * r->cols + y];
    }
    for (int64_t i = 0; i < t->n; i++) {
        for (int64_t j = 0; j < i; j++)
            t->loss[i * t->n + j] = join_loss(t, i, j);
        find_nearest(t, i);
        const info_status status = info_i_progress(ctx, 0.5 * (double)i / (double)t->n);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* Numbers the labels 0, 1, ... in the order of their first rows. */
static void renumber(int64_t n, int64_t *labels, int64_t *number)
{
    int64_t next = 0;
    for (int64_t x = 0; x < n; x++)
        number[x] = -1;
    for (int64_t x = 0; x < n; x++) {
        if (number[labels[x]] < 0)
            number[labels[x]] = next++;
        labels[x] = number[labels[x]];
    }
}

info_status info_i_bottleneck_agglomerate(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                          int64_t *labels)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    tree t = {.r = r, .price = price_of(run->beta), .n = r->rows};
    info_status status = plant(ctx, &t, labels);
    for (int64_t left = t.n; status == INFO_OK && left > 1; left--) {
        int64_t best = -1;
        for (int64_t i = 0; i < t.n; i++)
            if (t.alive[i] && t.nearest[i] >= 0 &&
                (best < 0 || loss_of(&t, i, t.nearest[i]) < loss_of(&t, best, t.nearest[best])))
                best = i;
        if (left <= run->clusters && loss_of(&t, best, t.nearest[best]) >= 0)
            break;
        join(&t, t.nearest[best], best, labels);
        run->iterations++;
        status = info_i_progress(ctx, 1 - 0.5 * (double)left / (double)t.n);
    }
    if (status == INFO_OK)
        renumber(t.n, labels, t.nearest);
    run->converged = true;
    info_i_scratch_release(ctx, mark);
    return status;
}

/* ---- Sequential --------------------------------------------------------- */

typedef struct exchange {
    const info_i_relevance *r;
    double price;
    int64_t clusters;
    double *weights, *joint; /* of the clusters */
    int64_t *count;          /* rows in each */
    int64_t *start, *column; /* entries that are not 0, by rows */
    double *entry;           /* p(x, y) */
    int64_t *order;
} exchange;

static info_status prepare(info_ctx *ctx, exchange *e)
{
    const info_i_relevance *r = e->r;
    int64_t entries = 0, cells;
    for (int64_t i = 0; i < r->rows * r->cols; i++)
        entries += r->conditional[i] > 0;
    if (!info_i_multiply(e->clusters, r->cols, &cells))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "options.clusters: %lld are too many",
                           (long long)e->clusters);
    e->weights = info_i_scratch(ctx, e->clusters, sizeof(double));
    e->joint = info_i_scratch(ctx, cells, sizeof(double));
    e->count = info_i_scratch(ctx, e->clusters, sizeof *e->count);
    e->start = info_i_scratch(ctx, r->rows + 1, sizeof *e->start);
    e->column = info_i_scratch(ctx, entries, sizeof *e->column);
    e->entry = info_i_scratch(ctx, entries, sizeof *e->entry);
    e->order = info_i_scratch(ctx, r->rows, sizeof *e->order);
    if (!e->weights || !e->joint || !e->count || !e->start || !e->column || !e->entry || !e->order)
        return ctx->error.status;
    int64_t next = 0;
    for (int64_t x = 0; x < r->rows; x++) {
        e->start[x] = next;
        e->order[x] = x;
        for (int64_t y = 0; y < r->cols; y++)
            if (r->conditional[x * r->cols + y] > 0) {
                e->column[next] = y;
                e->entry[next++] = r->px[x] * r->conditional[x * r->cols + y];
            }
    }
    e->start[r->rows] = next;
    return INFO_OK;
}

/* Sums of all clusters, from scratch. */
static void total(exchange *e, const int64_t *labels)
{
    memset(e->weights, 0, (size_t)e->clusters * sizeof *e->weights);
    memset(e->count, 0, (size_t)e->clusters * sizeof *e->count);
    memset(e->joint, 0, (size_t)(e->clusters * e->r->cols) * sizeof *e->joint);
    for (int64_t x = 0; x < e->r->rows; x++) {
        const int64_t t = labels[x];
        e->weights[t] += e->r->px[x];
        e->count[t]++;
        for (int64_t k = e->start[x]; k < e->start[x + 1]; k++)
            e->joint[t * e->r->cols + e->column[k]] += e->entry[k];
    }
}

static void put(exchange *e, int64_t x, int64_t t, double sign)
{
    double *joint = e->joint + t * e->r->cols;
    e->count[t] += sign > 0 ? 1 : -1;
    e->weights[t] = e->count[t] ? fmax(e->weights[t] + sign * e->r->px[x], 0) : 0;
    for (int64_t k = e->start[x]; k < e->start[x + 1]; k++)
        joint[e->column[k]] = e->count[t] ? fmax(joint[e->column[k]] + sign * e->entry[k], 0) : 0;
}

/* What is lost when row x joins cluster t, which does not hold it: only the columns of x count. */
static double entry_loss(const exchange *e, int64_t x, int64_t t)
{
    const double a = e->r->px[x], b = e->weights[t];
    if (e->count[t] == 0)
        return 0;
    const double *joint = e->joint + t * e->r->cols;
    double loss = 0;
    for (int64_t k = e->start[x]; k < e->start[x + 1]; k++) {
        const double p = e->entry[k], q = joint[e->column[k]];
        if (q > 0)
            loss += share(p, p + q) + share(q, p + q);
    }
    return fmax(loss + entropy_saved(a, b), 0) - e->price * entropy_saved(a, b);
}

/* Fisher-Yates. */
static void shuffle(int64_t n, int64_t *order, uint64_t *state)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = (int64_t)(info_i_random(state) * (double)(i + 1)), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

/* Every row in turn goes to where it costs least; the number that moved. */
static int64_t pass(exchange *e, double tolerance, int64_t *labels)
{
    int64_t moved = 0;
    for (int64_t i = 0; i < e->r->rows; i++) {
        const int64_t x = e->order[i], home = labels[x];
        put(e, x, home, -1);
        int64_t best = home;
        double least = entry_loss(e, x, home) - tolerance;
        for (int64_t t = 0; t < e->clusters; t++) {
            if (t == home)
                continue;
            const double loss = entry_loss(e, x, t);
            if (loss < least) {
                least = loss;
                best = t;
            }
        }
        put(e, x, best, 1);
        labels[x] = best;
        moved += best != home;
    }
    return moved;
}

info_status info_i_bottleneck_sequential(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                         uint64_t *state, int64_t *labels)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    exchange e = {.r = r, .price = price_of(run->beta), .clusters = run->clusters};
    info_status status = prepare(ctx, &e);
    run->converged = false;
    for (int64_t i = 0; status == INFO_OK && i < run->max_iterations && !run->converged; i++) {
        total(&e, labels);
        shuffle(r->rows, e.order, state);
        run->converged = pass(&e, run->tolerance, labels) == 0;
        run->iterations++;
        status = info_i_progress(ctx, (double)i / (double)run->max_iterations);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}
