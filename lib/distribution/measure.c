/* SPDX-License-Identifier: MIT
 * Loops over rows, and over the blocks of a row. */
#include "distribution/measure.h"

#include <string.h>

/* ---- Rows --------------------------------------------------------------- */

typedef struct each_job {
    const info_ctx *ctx;
    info_i_value_fn value;
    const void *measure;
    info_invalid invalid;
    double *out;
} each_job;

static info_status one(const each_job *job, const info_i_work *work, int64_t item)
{
    const info_status status = job->value(work, job->measure, item, &job->out[item]);
    if (job->invalid == INFO_INVALID_NAN && (status == INFO_ERROR_DOMAIN || status == INFO_ERROR_SUM)) {
        job->out[item] = NAN;
        return INFO_OK;
    }
    return status;
}

static info_status each_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const info_i_work work = {NULL, ((const each_job *)user)->ctx, error, scratch};
    for (int64_t item = begin; item < end; item++) {
        const info_status status = one(user, &work, item);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* Few long rows: one after the other, each shared among the workers. */
static info_status in_turn(info_ctx *ctx, int64_t items, const each_job *job)
{
    const info_i_work work = {ctx, ctx, &ctx->error, info_i_scratch(ctx, 1, INFO_I_BUFFER_BYTES)};
    if (!work.buffers)
        return ctx->error.status;
    for (int64_t item = 0; item < items; item++) {
        const info_status status = one(job, &work, item);
        if (status != INFO_OK)
            return status;
        if (info_i_progress(ctx, (double)(item + 1) / (double)items) != INFO_OK)
            return info_i_fail(&ctx->error, INFO_CANCELED, "canceled by the caller");
    }
    return INFO_OK;
}

static int64_t count_nan(const double *values, int64_t count)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++)
        found += isnan(values[i]) != 0;
    return found;
}

/* Writes the results, and says how many are none. */
static info_status give(info_ctx *ctx, int64_t items, const double *values, double *out)
{
    memcpy(out, values, (size_t)items * sizeof *out);
    ctx->invalid_rows = count_nan(out, items);
    if (ctx->invalid_rows > 0)
        return info_i_fail(&ctx->error, INFO_INVALID_ROWS,
                           "%lld of %lld results are NaN: their rows have no valid value", (long long)ctx->invalid_rows,
                           (long long)items);
    return INFO_OK;
}

info_status info_i_each(info_ctx *ctx, int64_t items, int64_t cols, info_invalid invalid, info_i_value_fn value,
                        const void *measure, double *out)
{
    const int64_t chunk = 16 * INFO_I_BLOCK; /* elements that are worth handing to a worker */
    if (cols > chunk && items < 4 * (int64_t)ctx->threads)
        return info_i_each_in_turn(ctx, items, cols, invalid, value, measure, out);
    each_job job = {ctx, value, measure, invalid, info_i_scratch(ctx, items, sizeof(double))};
    if (!job.out)
        return ctx->error.status;
    const int64_t grain = cols < chunk ? chunk / cols : 1;
    const info_status status = info_i_parallel(ctx, items, grain, INFO_I_BUFFER_BYTES, each_task, &job);
    return status == INFO_OK ? give(ctx, items, job.out, out) : status;
}

info_status info_i_each_in_turn(info_ctx *ctx, int64_t items, int64_t cols, info_invalid invalid, info_i_value_fn value,
                                const void *measure, double *out)
{
    const each_job job = {ctx, value, measure, invalid, info_i_scratch(ctx, items, sizeof(double))};
    if (!job.out)
        return ctx->error.status;
    const info_status status = in_turn(ctx, items, &job);
    return status == INFO_OK ? give(ctx, items, job.out, out) : status;
}

/* ---- Blocks of a row ---------------------------------------------------- */

static void add_part(info_i_part *sum, const info_i_part *part)
{
    for (int k = 0; k < 4; k++)
        sum->sum[k] = info_i_dd_add(sum->sum[k], part->sum[k]);
    sum->flags |= part->flags;
}

typedef struct blocks_job {
    info_i_part_fn part;
    const void *rows;
    int64_t cols;
    info_i_part *parts;
} blocks_job;

static info_i_part block_part(const blocks_job *job, int64_t block, double *buffers)
{
    const int64_t col = block * INFO_I_BLOCK, left = job->cols - col;
    return job->part(job->rows, col, left < INFO_I_BLOCK ? left : INFO_I_BLOCK, buffers);
}

static info_status blocks_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const blocks_job *job = user;
    for (int64_t block = begin; block < end; block++)
        job->parts[block] = block_part(job, block, scratch);
    return INFO_OK;
}

static info_status blocks_together(info_ctx *ctx, blocks_job *job, int64_t blocks, info_i_part *out)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    job->parts = info_i_scratch(ctx, blocks, sizeof(info_i_part));
    info_status status = job->parts ? INFO_OK : ctx->error.status;
    if (status == INFO_OK)
        status = info_i_parallel(ctx, blocks, 8, INFO_I_BUFFER_BYTES, blocks_task, job);
    if (status == INFO_OK) {
        *out = job->parts[0];
        for (int64_t block = 1; block < blocks; block++)
            add_part(out, &job->parts[block]);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_i_blocks(const info_i_work *work, int64_t cols, info_i_part_fn part, const void *rows,
                          info_i_part *out)
{
    const int64_t blocks = (cols - 1) / INFO_I_BLOCK + 1;
    blocks_job job = {part, rows, cols, NULL};
    if (work->ctx && work->ctx->threads > 1 && blocks > 1)
        return blocks_together(work->ctx, &job, blocks, out);
    *out = block_part(&job, 0, work->buffers);
    for (int64_t block = 1; block < blocks; block++) {
        if (info_i_canceled(work->call))
            return info_i_fail(work->error, INFO_CANCELED, "canceled by the caller");
        const info_i_part next = block_part(&job, block, work->buffers);
        add_part(out, &next);
    }
    return INFO_OK;
}
