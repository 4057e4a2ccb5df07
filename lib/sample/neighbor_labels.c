/* SPDX-License-Identifier: MIT
 * Mutual information of a continuous variable and labels. */
#include <math.h>
#include <string.h>

#include "numeric/gamma.h"
#include "sample/neighbors.h"
#include "sample/records.h"
#include "sample/space.h"

/* Samples of one label after the other. */
typedef struct classes {
    int64_t count;
    int64_t *first; /* of each class, one more at the end */
    int64_t *order; /* samples */
} classes;

static info_status sort_labels(info_ctx *ctx, const info_series *labels, classes *c)
{
    info_i_packing layout;
    info_i_sorted sorted;
    const int64_t n = labels->length;
    info_status status = info_i_packing_of_series(ctx, labels, NULL, 1, &layout);
    c->first = info_i_scratch(ctx, n + 1, sizeof *c->first);
    c->order = info_i_scratch(ctx, n, sizeof *c->order);
    uint64_t *keys = info_i_scratch(ctx, n, sizeof *keys);
    uint64_t *records = info_i_scratch(ctx, n, 2 * sizeof *records), *other = info_i_scratch(ctx, n, 2 * sizeof *other);
    if (status != INFO_OK || !c->first || !c->order || !keys || !records || !other)
        return ctx->error.status;
    const info_i_source source = {&layout, labels, NULL, 0, n};
    status = info_i_source_keys(&source, 0, n, keys, &ctx->error);
    for (int64_t i = 0; status == INFO_OK && i < n; i++) {
        records[2 * i] = keys[i];
        records[2 * i + 1] = (uint64_t)i;
    }
    if (status == INFO_OK)
        status = info_i_sort_records(ctx, &layout, true, records, other, n, &sorted);
    c->count = 0;
    for (int64_t i = 0; status == INFO_OK && i < n; i++) {
        if (i == 0 || sorted.records[2 * i] != sorted.records[2 * i - 2])
            c->first[c->count++] = i;
        c->order[i] = (int64_t)sorted.records[2 * i + 1];
    }
    c->first[c->count] = n;
    return status;
}

typedef struct class_job {
    const info_i_points *members; /* of the class */
    const info_i_tree *tree;
    const info_i_space *all;
    const int64_t *order; /* rows of the members */
    int32_t k;
    const double *psi;
    double constant;
    double *nats;
    uint8_t *tied;
} class_job;

static info_status inform_class(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const class_job *job = user;
    info_i_neighbor *near = scratch;
    for (int64_t i = begin; i < end; i++) {
        const double *point = job->members->at + i * job->members->dims;
        info_i_tree_nearest(job->tree, point, i, job->k, near);
        const double distance = near[job->k - 1].distance;
        job->tied[job->order[i]] = distance == 0;
        job->nats[job->order[i]] = job->constant - job->psi[info_i_space_others(job->all, point, distance, false) + 1];
    }
    return INFO_OK;
}

/* Local values of one class. */
static info_status one_class(info_ctx *ctx, const info_i_points *points, const classes *c, int64_t which,
                             class_job *job, int32_t most, double psi_n)
{
    const int64_t first = c->first[which], size = c->first[which + 1] - first;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    info_i_points members;
    info_i_tree tree;
    info_status status = info_i_points_open(ctx, size, points->dims, &members);
    for (int64_t i = 0; status == INFO_OK && i < size; i++)
        memcpy(members.at + i * members.dims, points->at + c->order[first + i] * points->dims,
               (size_t)members.dims * sizeof(double));
    if (status == INFO_OK)
        status = info_i_tree_open(ctx, &members, INFO_NORM_MAXIMUM, &tree);
    if (status == INFO_OK) {
        job->members = &members;
        job->tree = &tree;
        job->order = c->order + first;
        job->k = size - 1 < most ? (int32_t)(size - 1) : most;
        job->constant = psi_n + job->psi[job->k] - job->psi[size];
        status = info_i_parallel(ctx, size, 256, (size_t)job->k * sizeof(info_i_neighbor), inform_class, job);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status by_classes(info_ctx *ctx, const info_i_points *points, const classes *c,
                              const info_neighbor_options *o, double *local, info_neighbor_estimate *out)
{
    info_i_space all;
    int64_t alone = 0, tied = 0;
    for (int64_t k = 0; k < c->count; k++)
        alone += c->first[k + 1] - c->first[k] == 1;
    if (alone == points->count)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "labels: no two samples have the same label");
    info_status status = info_i_space_open(ctx, points, 0, points->dims, &all);
    class_job job = {.all = &all,
                     .psi = info_i_digamma_table(ctx, points->count),
                     .nats = info_i_scratch_zero(ctx, points->count, sizeof *job.nats),
                     .tied = info_i_scratch_zero(ctx, points->count, 1)};
    if (status != INFO_OK || !job.psi || !job.nats || !job.tied)
        return ctx->error.status;
    for (int64_t k = 0; status == INFO_OK && k < c->count; k++)
        if (c->first[k + 1] - c->first[k] > 1)
            status = one_class(ctx, points, c, k, &job, o->k, job.psi[points->count - alone]);
    for (int64_t i = 0; status == INFO_OK && i < points->count; i++) {
        if (job.tied[i] && o->ties != INFO_TIES_KEEP)
            return info_i_tie_error(&ctx->error, i, o->k);
        tied += job.tied[i];
    }
    if (status == INFO_OK)
        info_i_neighbor_finish(job.nats, points->count, alone, tied, false, o->unit, local, out);
    return status;
}

/* Samples that are alone in their label are moved out of reach of all others. */
static void move_away(info_i_points *points, const classes *c)
{
    for (int64_t k = 0; k < c->count; k++)
        if (c->first[k + 1] - c->first[k] == 1)
            for (int64_t j = 0; j < points->dims; j++)
                points->at[c->order[c->first[k]] * points->dims + j] = INFINITY;
}

static info_status label_information(info_ctx *ctx, const info_matrix *x, const info_series *labels,
                                     const info_neighbor_options *given, double *local, int64_t local_len,
                                     info_neighbor_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_neighbor_options o;
    info_i_points points;
    classes c;
    const info_matrix *const inputs[3] = {x, NULL, NULL};
    info_i_neighbor_options(error, given, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_series(error, "labels", labels);
    info_i_neighbor_sizes(error, o.k, info_i_row_count(x) - 1, local, local_len, info_i_row_count(x), inputs, out);
    info_i_check_spans(
        error,
        (info_i_span[]){info_i_array_span("local", local, x->rows, sizeof *local), {"out", out, sizeof *out}, {0}},
        (info_i_span[]){info_i_series_span("labels", labels), {0}});
    if (error->status != INFO_OK)
        return error->status;
    if (labels->length != x->rows)
        return info_i_fail(error, INFO_ERROR_SIZE, "labels: has %lld of them, x has %lld samples",
                           (long long)labels->length, (long long)x->rows);
    info_status status = info_i_neighbor_points(ctx, inputs, &o, &points);
    if (status == INFO_OK)
        status = sort_labels(ctx, labels, &c);
    if (status != INFO_OK)
        return status;
    move_away(&points, &c);
    return by_classes(ctx, &points, &c, &o, local, out);
}

info_status info_neighbor_label_information(info_ctx *ctx, const info_matrix *x, const info_series *labels,
                                            const info_neighbor_options *options, double *local, int64_t local_len,
                                            info_neighbor_estimate *out)
{
    return INFO_I_CALL(ctx, label_information(ctx, x, labels, options, local, local_len, out));
}
