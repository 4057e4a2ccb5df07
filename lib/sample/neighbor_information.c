/* SPDX-License-Identifier: MIT
 * Mutual information by counting neighbors. */
#include <math.h>
#include <string.h>

#include "sample/neighbors.h"
#include "sample/space.h"

/* The formulas, for one sample each: where its neighbors are, and how many others are as near in the marginal spaces. */
typedef struct information_job {
    const info_i_points *points;
    const info_i_tree *joint;
    const info_i_space *x, *y; /* or xz, yz */
    const info_i_space *z;     /* NULL: not conditional */
    const info_neighbor_options *o;
    bool mixed;
    const double *psi;
    double *nats;
    uint8_t *tied;
} information_job;

/* Largest distance in the columns of one space to any of the k neighbors. */
static double side(const information_job *job, const info_i_space *space, const double *point,
                   const info_i_neighbor *near)
{
    double d = 0;
    for (int32_t n = 0; n < job->o->k; n++) {
        const double *other = job->points->at + near[n].row * job->points->dims;
        for (int64_t j = space->first; j < space->first + space->dims; j++)
            d = fmax(d, fabs(point[j] - other[j]));
    }
    return d;
}

static double mixed(const information_job *job, const double *point, double distance)
{
    int64_t k = job->o->k;
    if (distance == 0)
        k = info_i_tree_within(job->joint, point, 0, true) - 1;
    const int64_t x = info_i_space_others(job->x, point, distance, true);
    const int64_t y = info_i_space_others(job->y, point, distance, true);
    return job->psi[k] + log((double)job->points->count) - log((double)(x + 1)) - log((double)(y + 1));
}

static double local_information(const information_job *job, const double *point, const info_i_neighbor *near)
{
    const int32_t k = job->o->k;
    const double distance = near[k - 1].distance, *psi = job->psi;
    if (job->mixed)
        return mixed(job, point, distance);
    if (job->o->algorithm == INFO_KSG_2) {
        const int64_t x = info_i_space_others(job->x, point, side(job, job->x, point, near), true);
        const int64_t y = info_i_space_others(job->y, point, side(job, job->y, point, near), true);
        return psi[k] - 1.0 / k + psi[job->points->count] - psi[x] - psi[y];
    }
    const int64_t x = info_i_space_others(job->x, point, distance, false);
    const int64_t y = info_i_space_others(job->y, point, distance, false);
    if (!job->z)
        return psi[k] + psi[job->points->count] - psi[x + 1] - psi[y + 1];
    return psi[k] + psi[info_i_space_others(job->z, point, distance, false) + 1] - psi[x + 1] - psi[y + 1];
}

/* Samples in the order of the tree: neighbors ask for the same boxes one after the other. */
static info_status inform(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const information_job *job = user;
    info_i_neighbor *near = scratch;
    const int32_t k = job->o->k;
    (void)error;
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = job->joint->row[i];
        const double *point = job->joint->at + i * job->points->dims;
        info_i_tree_nearest(job->joint, point, row, k, near);
        job->tied[row] = near[k - 1].distance == 0;
        job->nats[row] = local_information(job, point, near);
    }
    return INFO_OK;
}

/* All local values from points of columns (x, z, y), so that (x, z) and (z, y) are neighbors. */
static info_status information(info_ctx *ctx, const info_i_points *points, int64_t x_dims, int64_t z_dims,
                               const info_neighbor_options *o, bool is_mixed, double *local,
                               info_neighbor_estimate *out)
{
    info_i_tree joint;
    info_i_space x, y, z;
    const int64_t n = points->count;
    info_status status = info_i_tree_open(ctx, points, INFO_NORM_MAXIMUM, &joint);
    if (status == INFO_OK)
        status = info_i_space_open(ctx, points, 0, x_dims + z_dims, &x);
    if (status == INFO_OK)
        status = info_i_space_open(ctx, points, x_dims, points->dims - x_dims, &y);
    if (status == INFO_OK && z_dims)
        status = info_i_space_open(ctx, points, x_dims, z_dims, &z);
    if (status != INFO_OK)
        return status;
    information_job job = {points,
                           &joint,
                           &x,
                           &y,
                           z_dims ? &z : NULL,
                           o,
                           is_mixed,
                           info_i_digamma_table(ctx, n),
                           info_i_scratch(ctx, n, sizeof *job.nats),
                           info_i_scratch(ctx, n, 1)};
    if (!job.psi || !job.nats || !job.tied)
        return ctx->error.status;
    status = info_i_parallel(ctx, n, 256, (size_t)o->k * sizeof(info_i_neighbor), inform, &job);
    int64_t tied = 0;
    for (int64_t i = 0; status == INFO_OK && i < n; i++) {
        if (job.tied[i] && !is_mixed && o->ties != INFO_TIES_KEEP)
            return info_i_tie_error(&ctx->error, i, o->k);
        tied += job.tied[i];
    }
    if (status == INFO_OK)
        info_i_neighbor_finish(job.nats, n, 0, tied, false, o->unit, local, out);
    return status;
}

static info_status of_matrices(info_ctx *ctx, const info_matrix *x, const info_matrix *y, const info_matrix *z,
                               const info_neighbor_options *given, bool is_mixed, double *local, int64_t local_len,
                               info_neighbor_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_neighbor_options o;
    info_i_points points;
    const info_matrix *const inputs[3] = {x, y, z};
    info_i_neighbor_options(error, given, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_matrix(error, "y", y);
    if (z)
        info_i_check_matrix(error, "z", z);
    info_i_neighbor_sizes(error, o.k, info_i_row_count(x) - 1, local, local_len, info_i_row_count(x), inputs, out);
    if (error->status != INFO_OK)
        return error->status;
    if (y->rows != x->rows || (z && z->rows != x->rows))
        return info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld samples, x has %lld; they must agree",
                           y->rows != x->rows ? "y" : "z", (long long)(y->rows != x->rows ? y->rows : z->rows),
                           (long long)x->rows);
    if (z && o.algorithm == INFO_KSG_2)
        return info_i_fail(error, INFO_ERROR_OPTION,
                           "options.algorithm: INFO_KSG_2 is not conditional; z must be NULL");
    if (is_mixed && o.ties == INFO_TIES_NOISE)
        return info_i_fail(error, INFO_ERROR_OPTION,
                           "options.ties: noise would hide the ties that this estimate is for");
    info_status status = info_i_points_open(ctx, x->rows, x->cols + y->cols + (z ? z->cols : 0), &points);
    const int64_t z_dims = z ? z->cols : 0;
    if (status == INFO_OK)
        status = info_i_points_read(ctx, "x", x, &points, 0);
    if (status == INFO_OK && z)
        status = info_i_points_read(ctx, "z", z, &points, x->cols);
    if (status == INFO_OK)
        status = info_i_points_read(ctx, "y", y, &points, x->cols + z_dims);
    if (status == INFO_OK && o.ties == INFO_TIES_NOISE)
        info_i_points_noise(&points, o.noise, o.seed);
    return status == INFO_OK ? information(ctx, &points, x->cols, z_dims, &o, is_mixed, local, out) : status;
}

info_status info_neighbor_mutual_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                             const info_matrix *z, const info_neighbor_options *options, double *local,
                                             int64_t local_len, info_neighbor_estimate *out)
{
    return INFO_I_CALL(ctx, of_matrices(ctx, x, y, z, options, false, local, local_len, out));
}

info_status info_neighbor_mixed_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                            const info_neighbor_options *options, double *local, int64_t local_len,
                                            info_neighbor_estimate *out)
{
    return INFO_I_CALL(ctx, of_matrices(ctx, x, y, NULL, options, true, local, local_len, out));
}
