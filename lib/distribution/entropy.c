/* SPDX-License-Identifier: MIT
 * Entropies of rows. */
#include "distribution/entropy.h"

#include "distribution/pair.h"
#include "numeric/term.h"
#include "numeric/unit.h"

typedef struct entropy_job {
    info_i_input x;
    info_unit unit;
} entropy_job;

/* Sums of -p log p and of p where the kernel finds numbers too small for it. */
static void add_rough_entropy(const double *p, int64_t count, info_i_part *part)
{
    part->sum[0] = info_i_dd_from(0);
    for (int64_t i = 0; i < count; i++)
        if (p[i] > 0 && p[i] <= 2) /* else the row is invalid */
            part->sum[0] = info_i_dd_add(part->sum[0], info_i_dd_multiply_double(info_i_log_of(p[i]), -p[i]));
}

static info_i_part entropy_of(const info_i_row *r, const double *p, int64_t count)
{
    info_i_part part;
    r->input->kernels->entropy(p, count, &part);
    if (part.flags & INFO_I_PART_ROUGH)
        add_rough_entropy(p, count, &part);
    return part;
}

static info_i_part probabilities_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    return entropy_of(rows, info_i_row_probabilities(rows, col, count, buffers), count);
}

/* The same of weights relative to the largest. */
static info_i_part weights_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    return entropy_of(rows, info_i_row_relative(rows, col, count, buffers), count);
}

/* Four sums side by side, so that none waits for its own last addition. */
static info_i_part logarithms_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    enum { SUMS = 4 };
    const info_i_row *r = rows;
    const double *log_w = info_i_row_relative_logs(r, col, count, buffers);
    double *w = buffers + INFO_I_BLOCK;
    info_i_dd sums[SUMS] = {{0, 0}};
    info_i_input_exponentials(r->input, count, 0, log_w, w);
    for (int64_t i = 0; i < count; i++)
        if (w[i] > 0)
            sums[i % SUMS] = info_i_dd_add(sums[i % SUMS], info_i_two_product(-w[i], log_w[i]));
    return (info_i_part){.sum[0] = info_i_dd_add(info_i_dd_add(sums[0], sums[1]), info_i_dd_add(sums[2], sums[3]))};
}

static info_status entropy_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const entropy_job *job = measure;
    const bool checked = info_i_is_checked_by_kernels(&job->x);
    info_i_row row;
    info_i_part sums;
    info_status status = INFO_OK;
    if (checked)
        info_i_row_open_unchecked(&job->x, item, &row);
    else
        status = info_i_row_open(work->ctx, &job->x, item, &row, work->error);
    if (status == INFO_OK)
        status = info_i_blocks(work, job->x.matrix->cols,
                               checked                  ? probabilities_part
                               : info_i_is_log(&job->x) ? logarithms_part
                                                        : weights_part,
                               &row, &sums);
    if (status == INFO_OK && checked)
        status = info_i_row_judge(work->ctx, &row, info_i_dd_value(sums.sum[1]), sums.flags, work->error);
    if (status != INFO_OK)
        return status;
    info_i_dd entropy = sums.sum[0];
    if (!job->x.as_given) { /* H = log W - sum w log w / W, of which no part is negative */
        const info_i_dd total = info_i_row_relative_total(&row);
        entropy = info_i_dd_add_double(info_i_dd_divide(entropy, total), info_i_dd_log(total));
    }
    const double nats = info_i_dd_value(entropy); /* below 0 only where a p within the tolerance exceeds 1 */
    *value = info_i_from_nats(nats > 0 ? nats : 0, job->unit);
    return INFO_OK;
}

info_status info_i_entropy_begin(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                 const double *out, int64_t out_len, info_entropy_options *options, info_i_input *in)
{
    info_i_error *error = &ctx->error;
    info_i_entropy_open(ctx, x, given, options, in);
    info_i_check_output(error, "out", out, out_len, x->rows);
    return info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, x->rows, sizeof *out), {0}},
                              (info_i_span[]){info_i_matrix_span("x", x), {0}});
}

static info_status compute(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given, double *out,
                           int64_t out_len, info_i_value_fn value)
{
    info_entropy_options o;
    entropy_job job;
    const info_status status = info_i_entropy_begin(ctx, x, given, out, out_len, &o, &job.x);
    if (status != INFO_OK)
        return status;
    job.unit = o.unit;
    return info_i_each(ctx, x->rows, x->cols, o.invalid, value, &job, out);
}

static info_status call_entropy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                                int64_t out_len, info_i_value_fn value)
{
    return INFO_I_CALL(ctx, compute(ctx, x, options, out, out_len, value));
}

info_status info_entropy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                         int64_t out_len)
{
    return call_entropy(ctx, x, options, out, out_len, entropy_value);
}

/* ---- Efficiency and redundancy ------------------------------------------ */

static info_status efficiency_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    entropy_job job = *(const entropy_job *)measure;
    job.unit = INFO_NAT;
    const info_status status = entropy_value(work, &job, item, value);
    const int64_t cols = job.x.matrix->cols;
    if (status == INFO_OK)
        *value = cols == 1 ? 1 : fmin(*value / log((double)cols), 1);
    return status;
}

/* KL of the row from the uniform distribution. */
static info_i_part from_uniform_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const info_i_row *r = rows;
    const double *p = info_i_row_probabilities(r, col, count, buffers);
    double *uniform = buffers + INFO_I_BLOCK;
    for (int64_t i = 0; i < count; i++)
        uniform[i] = 1 / (double)r->input->matrix->cols;
    return info_i_kl_block(r->input->kernels, p, uniform, count);
}

static info_status redundancy_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const entropy_job *job = measure;
    const int64_t cols = job->x.matrix->cols;
    info_i_row row;
    info_i_part sums;
    info_status status = info_i_row_open(work->ctx, &job->x, item, &row, work->error);
    if (status == INFO_OK)
        status = info_i_blocks(work, cols, from_uniform_part, &row, &sums);
    if (status == INFO_OK)
        *value = cols == 1 ? 0 : fmin(info_i_dd_value(sums.sum[0]) / log((double)cols), 1);
    return status;
}

info_status info_efficiency(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                            int64_t out_len)
{
    return call_entropy(ctx, x, options, out, out_len, efficiency_value);
}

info_status info_redundancy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                            int64_t out_len)
{
    return call_entropy(ctx, x, options, out, out_len, redundancy_value);
}
