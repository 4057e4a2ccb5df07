/* SPDX-License-Identifier: MIT
 * The k-d tree. Distances to boxes round as distances to points do, and subtraction is monotone: what is pruned
 * is never nearer than what is kept, to the last bit. */
#include <math.h>
#include <string.h>

#include "sample/points.h"

/* Points of a leaf, at the most; a deeper tree visits more boxes, a shallower one more points. */
#define LEAF 8

static inline __attribute__((always_inline)) double distance(const double *a, const double *b, int64_t dims,
                                                             info_norm norm)
{
    double d = 0;
    if (norm == INFO_NORM_MAXIMUM)
        for (int64_t j = 0; j < dims; j++) {
            const double side = fabs(a[j] - b[j]);
            d = side > d ? side : d;
        }
    else
        for (int64_t j = 0; j < dims; j++)
            d += (a[j] - b[j]) * (a[j] - b[j]);
    return d;
}

/* From a point to a box: lows, then highs. */
static inline __attribute__((always_inline)) double box_distance(const double *point, const double *box, int64_t dims,
                                                                 info_norm norm)
{
    double d = 0;
    for (int64_t j = 0; j < dims; j++) {
        const double below = box[j] - point[j], above = point[j] - box[dims + j];
        double side = below > above ? below : above;
        side = side > 0 ? side : 0;
        if (norm == INFO_NORM_MAXIMUM)
            d = side > d ? side : d;
        else
            d += side * side;
    }
    return d;
}

/* To the corner that is furthest. */
static inline __attribute__((always_inline)) double box_reach(const double *point, const double *box, int64_t dims,
                                                              info_norm norm)
{
    double d = 0;
    for (int64_t j = 0; j < dims; j++) {
        const double low = fabs(point[j] - box[j]), high = fabs(box[dims + j] - point[j]);
        const double side = low > high ? low : high;
        if (norm == INFO_NORM_MAXIMUM)
            d = side > d ? side : d;
        else
            d += side * side;
    }
    return d;
}

/* ---- Building ---- */

static void make_box(const info_i_tree *tree, int64_t node, int64_t begin, int64_t end)
{
    double *box = tree->box + node * 2 * tree->dims;
    for (int64_t j = 0; j < tree->dims; j++)
        box[j] = INFINITY, box[tree->dims + j] = -INFINITY;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < tree->dims; j++) {
            const double x = tree->at[i * tree->dims + j];
            box[j] = x < box[j] ? x : box[j];
            box[tree->dims + j] = x > box[tree->dims + j] ? x : box[tree->dims + j];
        }
}

static void exchange(const info_i_tree *tree, int64_t a, int64_t b)
{
    const int64_t row = tree->row[a];
    tree->row[a] = tree->row[b];
    tree->row[b] = row;
    for (int64_t j = 0; j < tree->dims; j++) {
        const double x = tree->at[a * tree->dims + j];
        tree->at[a * tree->dims + j] = tree->at[b * tree->dims + j];
        tree->at[b * tree->dims + j] = x;
    }
}

/* Points begin..end-1 so that none before `middle` is greater in column j than any from it on (Hoare). */
static void select_middle(const info_i_tree *tree, int64_t begin, int64_t end, int64_t middle, int64_t j)
{
    const double *column = tree->at + j;
    const int64_t dims = tree->dims;
    while (end - begin > 1) {
        const double a = column[begin * dims], b = column[(begin + (end - begin) / 2) * dims],
                     c = column[(end - 1) * dims];
        const double pivot = a < b ? (b < c ? b : (a < c ? c : a)) : (a < c ? a : (b < c ? c : b));
        int64_t i = begin, k = end - 1;
        while (i <= k) {
            while (column[i * dims] < pivot)
                i++;
            while (column[k * dims] > pivot)
                k--;
            if (i <= k)
                exchange(tree, i++, k--);
        }
        if (middle <= k)
            end = k + 1;
        else if (middle >= i)
            begin = i;
        else
            return;
    }
}

static int64_t widest(const info_i_tree *tree, int64_t node)
{
    const double *box = tree->box + node * 2 * tree->dims;
    int64_t best = 0;
    for (int64_t j = 1; j < tree->dims; j++)
        if (box[tree->dims + j] - box[j] > box[tree->dims + best] - box[best])
            best = j;
    return best;
}

/* Children of node i are 2 i + 1 and 2 i + 2; a leaf's are beyond the last. */
static bool is_leaf(const info_i_tree *tree, int64_t node)
{
    return 2 * node + 1 >= tree->nodes;
}

static int64_t node_end(const info_i_tree *tree, int64_t node)
{
    /* The last node of a depth ends where all do: node + 1 is then a power of two. */
    return ((node + 2) & (node + 1)) == 0 ? tree->count : tree->first[node + 1];
}

/* Nodes of one depth at a time, so that each end is known when its children are made. */
typedef struct split_job {
    const info_i_tree *tree;
    int64_t begin; /* first node of the depth */
} split_job;

static info_status split_nodes(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const split_job *job = user;
    const info_i_tree *tree = job->tree;
    for (int64_t node = job->begin + begin; node < job->begin + end; node++) {
        const int64_t first = tree->first[node], last = node_end(tree, node);
        make_box(tree, node, first, last);
        if (is_leaf(tree, node))
            continue;
        const int64_t middle = first + (last - first) / 2;
        select_middle(tree, first, last, middle, widest(tree, node));
        tree->first[2 * node + 1] = first;
        tree->first[2 * node + 2] = middle;
    }
    return INFO_OK;
}

info_status info_i_tree_open(info_ctx *ctx, const info_i_points *points, info_norm norm, info_i_tree *tree)
{
    int64_t leaves = 1;
    while (points->count / leaves > LEAF)
        leaves *= 2;
    *tree = (info_i_tree){.count = points->count, .dims = points->dims, .nodes = 2 * leaves - 1, .norm = norm};
    tree->at = info_i_scratch(ctx, points->count * points->dims, sizeof *tree->at);
    tree->row = info_i_scratch(ctx, points->count, sizeof *tree->row);
    tree->box = info_i_scratch(ctx, tree->nodes * 2 * points->dims, sizeof *tree->box);
    tree->first = info_i_scratch(ctx, tree->nodes, sizeof *tree->first);
    if (!tree->at || !tree->row || !tree->box || !tree->first)
        return ctx->error.status;
    memcpy(tree->at, points->at, (size_t)(points->count * points->dims) * sizeof *tree->at);
    for (int64_t i = 0; i < points->count; i++)
        tree->row[i] = i;
    tree->first[0] = 0;
    for (int64_t begin = 0, width = 1; begin < tree->nodes; begin += width, width *= 2) {
        split_job job = {tree, begin};
        const info_status status = info_i_parallel(ctx, width, 1 + 64 * width / leaves, 0, split_nodes, &job);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* ---- Asking ---- */

typedef struct query {
    const info_i_tree *tree;
    const double *point;
    int64_t self;
    int32_t k, found;
    info_i_neighbor *best;
} query;

/* Keeps a point if it is among the k nearest so far. */
static inline void offer(query *q, double d, int64_t row)
{
    int32_t at = q->k - 1;
    if (q->found < q->k)
        at = q->found++;
    else if (d > q->best[at].distance || (d == q->best[at].distance && row > q->best[at].row))
        return;
    for (; at > 0 && (q->best[at - 1].distance > d || (q->best[at - 1].distance == d && q->best[at - 1].row > row));
         at--)
        q->best[at] = q->best[at - 1];
    q->best[at] = (info_i_neighbor){d, row};
}

static inline double furthest(const query *q)
{
    return q->found < q->k ? INFINITY : q->best[q->k - 1].distance;
}

static inline __attribute__((always_inline)) void search(query *q, int64_t dims, info_norm norm)
{
    const info_i_tree *tree = q->tree;
    struct {
        int64_t node;
        double distance;
    } stack[64];
    int depth = 0;
    stack[depth].node = 0;
    stack[depth++].distance = 0;
    while (depth > 0) {
        const int64_t node = stack[--depth].node;
        if (stack[depth].distance > furthest(q))
            continue;
        if (is_leaf(tree, node)) {
            const int64_t end = node_end(tree, node);
            for (int64_t i = tree->first[node]; i < end; i++) {
                const double d = distance(q->point, tree->at + i * dims, dims, norm);
                if (d <= furthest(q) && tree->row[i] != q->self)
                    offer(q, d, tree->row[i]);
            }
            continue;
        }
        const double left = box_distance(q->point, tree->box + (2 * node + 1) * 2 * dims, dims, norm);
        const double right = box_distance(q->point, tree->box + (2 * node + 2) * 2 * dims, dims, norm);
        const bool left_last = left <= right; /* the nearer comes off the stack first */
        stack[depth].node = 2 * node + 1 + left_last;
        stack[depth++].distance = left_last ? right : left;
        stack[depth].node = 2 * node + 2 - left_last;
        stack[depth++].distance = left_last ? left : right;
    }
}

void info_i_tree_nearest(const info_i_tree *tree, const double *point, int64_t self, int32_t k, info_i_neighbor *out)
{
    query q = {tree, point, self, k, 0, out};
    if (tree->norm == INFO_NORM_MAXIMUM && tree->dims == 2)
        search(&q, 2, INFO_NORM_MAXIMUM);
    else if (tree->norm == INFO_NORM_MAXIMUM)
        search(&q, tree->dims, INFO_NORM_MAXIMUM);
    else
        search(&q, tree->dims, INFO_NORM_EUCLIDEAN);
}

int64_t info_i_tree_within(const info_i_tree *tree, const double *point, double limit, bool inclusive)
{
    const int64_t dims = tree->dims;
    int64_t stack[64], count = 0;
    int depth = 0;
    stack[depth++] = 0;
    while (depth > 0) {
        const int64_t node = stack[--depth];
        const double *box = tree->box + node * 2 * dims;
        const double near = box_distance(point, box, dims, tree->norm), far = box_reach(point, box, dims, tree->norm);
        if (inclusive ? near > limit : near >= limit)
            continue;
        const int64_t first = tree->first[node], end = node_end(tree, node);
        if (inclusive ? far <= limit : far < limit) {
            count += end - first;
            continue;
        }
        if (!is_leaf(tree, node)) {
            stack[depth++] = 2 * node + 1;
            stack[depth++] = 2 * node + 2;
            continue;
        }
        for (int64_t i = first; i < end; i++) {
            const double d = distance(point, tree->at + i * dims, dims, tree->norm);
            count += inclusive ? d <= limit : d < limit;
        }
    }
    return count;
}
