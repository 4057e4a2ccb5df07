/* SPDX-License-Identifier: MIT
 * Entropy and divergence of densities by distances to neighbors. */
#include <math.h>
#include <string.h>

#include "numeric/gamma.h"
#include "sample/neighbors.h"

typedef struct distance_job {
    const info_i_tree *tree;    /* of the samples whose neighbors are sought */
    const info_i_points *query; /* of the samples that ask */
    bool own;                   /* they are the same */
    int32_t k;
    double *distance;
} distance_job;

static info_status find_distances(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const distance_job *job = user;
    info_i_neighbor *near = scratch;
    for (int64_t i = begin; i < end; i++) {
        info_i_tree_nearest(job->tree, job->query->at + i * job->query->dims, job->own ? i : -1, job->k, near);
        const double d = near[job->k - 1].distance;
        job->distance[i] = job->tree->norm == INFO_NORM_EUCLIDEAN ? sqrt(d) : d;
    }
    return INFO_OK;
}

/* Distances of all queries to their k-th neighbors in points, in scratch memory. */
static double *distances(info_ctx *ctx, const info_i_points *points, const info_i_points *query,
                         const info_neighbor_options *o)
{
    info_i_tree tree;
    double *out = info_i_scratch(ctx, query->count, sizeof *out);
    if (!out || info_i_tree_open(ctx, points, o->norm, &tree) != INFO_OK)
        return NULL;
    distance_job job = {&tree, query, points == query, o->k, out};
    const info_status status =
        info_i_parallel(ctx, query->count, 256, (size_t)o->k * sizeof(info_i_neighbor), find_distances, &job);
    return status == INFO_OK ? out : NULL;
}

/* log of the volume of the unit ball */
static double log_ball(int64_t dims, info_norm norm)
{
    int sign;
    const double d = (double)dims;
    return norm == INFO_NORM_MAXIMUM ? d * log(2) : d / 2 * log(3.14159265358979323846) - lgamma_r(d / 2 + 1, &sign);
}

static info_status neighbor_entropy(info_ctx *ctx, const info_matrix *x, const info_neighbor_options *given,
                                    double *local, int64_t local_len, info_neighbor_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_neighbor_options o;
    info_i_points points;
    const info_matrix *const inputs[3] = {x, NULL, NULL};
    info_i_neighbor_options(error, given, &o);
    info_i_check_matrix(error, "x", x);
    info_i_neighbor_sizes(error, o.k, info_i_row_count(x) - 1, local, local_len, info_i_row_count(x), inputs, out);
    if (error->status != INFO_OK)
        return error->status;
    const info_status status = info_i_neighbor_points(ctx, inputs, &o, &points);
    double *nats = status == INFO_OK ? distances(ctx, &points, &points, &o) : NULL;
    if (!nats)
        return error->status;
    const double constant = info_i_digamma((double)points.count) - info_i_digamma(o.k) + log_ball(points.dims, o.norm);
    int64_t tied = 0;
    for (int64_t i = 0; i < points.count; i++) {
        if (nats[i] == 0 && o.ties != INFO_TIES_KEEP)
            return info_i_tie_error(error, i, o.k);
        tied += nats[i] == 0;
        nats[i] = constant + (double)points.dims * log(nats[i]);
    }
    info_i_neighbor_finish(nats, points.count, 0, tied, true, o.unit, local, out);
    return INFO_OK;
}

info_status info_neighbor_entropy(info_ctx *ctx, const info_matrix *x, const info_neighbor_options *options,
                                  double *local, int64_t local_len, info_neighbor_estimate *out)
{
    return INFO_I_CALL(ctx, neighbor_entropy(ctx, x, options, local, local_len, out));
}

/* x and y are noised apart. */
static info_status read_pair(info_ctx *ctx, const info_matrix *x, const info_matrix *y, const info_neighbor_options *o,
                             info_i_points *of_x, info_i_points *of_y)
{
    info_status status = info_i_points_open(ctx, x->rows, x->cols, of_x);
    if (status == INFO_OK)
        status = info_i_points_open(ctx, y->rows, y->cols, of_y);
    if (status == INFO_OK)
        status = info_i_points_read(ctx, "x", x, of_x, 0);
    if (status == INFO_OK)
        status = info_i_points_read(ctx, "y", y, of_y, 0);
    if (status == INFO_OK && o->ties == INFO_TIES_NOISE) {
        info_i_points_noise(of_x, o->noise, o->seed);
        info_i_points_noise(of_y, o->noise, ~o->seed);
    }
    return status;
}

static info_status neighbor_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                               const info_neighbor_options *given, double *local, int64_t local_len,
                               info_neighbor_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_neighbor_options o;
    info_i_points of_x, of_y;
    const info_matrix *const inputs[3] = {x, y, NULL};
    const int64_t others = info_i_row_count(x) - 1, rows_y = info_i_row_count(y);
    info_i_neighbor_options(error, given, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_matrix(error, "y", y);
    info_i_neighbor_sizes(error, o.k, others < rows_y ? others : rows_y, local, local_len, info_i_row_count(x), inputs,
                          out);
    if (error->status == INFO_OK && x->cols != y->cols)
        info_i_fail(error, INFO_ERROR_SIZE, "y: has %lld columns, x has %lld", (long long)y->cols, (long long)x->cols);
    if (error->status != INFO_OK || read_pair(ctx, x, y, &o, &of_x, &of_y) != INFO_OK)
        return error->status;
    double *nats = distances(ctx, &of_x, &of_x, &o), *other = nats ? distances(ctx, &of_y, &of_x, &o) : NULL;
    if (!other)
        return error->status;
    const double constant = log((double)y->rows / (double)others);
    int64_t tied = 0;
    for (int64_t i = 0; i < x->rows; i++) {
        const bool tie = nats[i] == 0 || other[i] == 0;
        if (tie && (o.ties != INFO_TIES_KEEP || nats[i] == other[i]))
            return info_i_tie_error(error, i, o.k);
        tied += tie;
        nats[i] = constant + (double)x->cols * (log(other[i]) - log(nats[i]));
    }
    info_i_neighbor_finish(nats, x->rows, 0, tied, false, o.unit, local, out);
    return INFO_OK;
}

info_status info_neighbor_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                             const info_neighbor_options *options, double *local, int64_t local_len,
                             info_neighbor_estimate *out)
{
    return INFO_I_CALL(ctx, neighbor_kl(ctx, x, y, options, local, local_len, out));
}
