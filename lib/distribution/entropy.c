/* SPDX-License-Identifier: MIT
 * Entropies of rows. */
#include "core/core.h"
#include "distribution/measure.h"
#include "numeric/unit.h"

typedef struct entropy_job {
    info_i_input x;
    info_unit unit;
} entropy_job;

/* Sums of p and of -p log p; for rows to be rescaled, of weights w relative to the largest. */
static info_i_part probabilities_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const double *p = info_i_row_probabilities(rows, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++) {
        part.sum[0] = info_i_dd_add_double(part.sum[0], p[i]);
        if (p[i] > 0)
            part.sum[1] = info_i_dd_add(part.sum[1], info_i_two_product(-p[i], log(p[i])));
    }
    return part;
}

static info_i_part logarithms_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const double *log_w = info_i_row_relative_logs(rows, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++) {
        const double w = exp(log_w[i]);
        part.sum[0] = info_i_dd_add_double(part.sum[0], w);
        if (w > 0)
            part.sum[1] = info_i_dd_add(part.sum[1], info_i_two_product(-w, log_w[i]));
    }
    return part;
}

static info_status entropy_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const entropy_job *job = measure;
    info_i_row row;
    info_i_part sums;
    info_status status = info_i_row_open(work->ctx, &job->x, item, &row, work->error);
    if (status != INFO_OK)
        return status;
    const bool direct = job->x.as_given && job->x.kind == INFO_PROBABILITIES;
    status = info_i_blocks(work, job->x.matrix->cols, direct ? probabilities_part : logarithms_part, &row, &sums);
    if (status != INFO_OK)
        return status;
    info_i_dd entropy = sums.sum[1];
    if (!job->x.as_given) /* H = log W - sum w log w / W, of which no part is negative */
        entropy = info_i_dd_add_double(info_i_dd_divide(sums.sum[1], sums.sum[0]), info_i_dd_log(sums.sum[0]));
    const double nats = info_i_dd_value(entropy); /* below 0 only where a p within the tolerance exceeds 1 */
    *value = info_i_from_nats(nats > 0 ? nats : 0, job->unit);
    return INFO_OK;
}

static info_status entropy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given, double *out,
                           int64_t out_len)
{
    info_entropy_options o;
    entropy_job job;
    info_status status = info_i_entropy_open(&ctx->error, x, given, &o, &job.x);
    if (status == INFO_OK)
        status = info_i_check_output(&ctx->error, "out", out, out_len, x->rows);
    if (status == INFO_OK)
        status = info_i_check_overlap(&ctx->error, "out", out, x->rows * (int64_t)sizeof *out, "x", x);
    job.unit = o.unit;
    return status == INFO_OK ? info_i_each(ctx, x->rows, x->cols, o.invalid, entropy_value, &job, out) : status;
}

info_status info_entropy(info_ctx *user_ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                         int64_t out_len)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = entropy(call.ctx, x, options, out, out_len);
    return info_i_end(&call, status);
}
