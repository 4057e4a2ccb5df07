/* SPDX-License-Identifier: MIT
 * Entropies of rows. */
#include "distribution/entropy.h"

#include <string.h>

#include "distribution/pair.h"
#include "numeric/term.h"
#include "numeric/unit.h"

typedef struct entropy_job {
    info_i_input x;
    info_unit unit;
} entropy_job;

/* ---- Shannon's, as the cross-entropy of a row with itself ---------------- */

/* Sums of so few terms keep the error of one, which the kernel leaves at some units in its last place where q is near 1. */
#define FEW 16

/* Term by term, where the kernel found numbers that are too small for it, or a q of 0 where p is not. */
static info_i_dd sum_terms(const double *p, const double *q, int64_t count)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < count; i++) {
        if (!(p[i] > 0 && p[i] <= 2) || !(q[i] >= 0 && q[i] <= 2)) /* the rest makes its row invalid */
            continue;
        if (q[i] == 0)
            return info_i_dd_from(INFINITY);
        sum = info_i_dd_add(sum, info_i_dd_multiply_double(info_i_log_of(q[i]), -p[i]));
    }
    return sum;
}

static info_i_part sum_block(const info_i_kernels *kernels, const double *p, const double *q, int64_t count)
{
    const bool same = p == q || memcmp(p, q, (size_t)count * sizeof *p) == 0;
    info_i_part part;
    if (same)
        kernels->rows_f64->entropy(p, count, &part);
    else
        kernels->rows_f64->cross_entropy(p, q, count, &part);
    if (same)
        part.sum[2] = part.sum[1];
    if ((part.flags & INFO_I_PART_ROUGH) || (!same && count <= FEW))
        part.sum[0] = sum_terms(p, q, count);
    return part;
}

static info_i_part sum_products(const info_i_kernels *kernels, const double *p, const double *log_q, int64_t count)
{
    info_i_part part;
    kernels->logs_f64->products(p, log_q, count, &part);
    if (!isfinite(part.sum[0].high))
        part.sum[0] = info_i_dd_from(INFINITY);
    return part;
}

static const double *shares(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    return r->input->as_given ? info_i_row_probabilities(r, col, count, buffer)
                              : info_i_row_relative(r, col, count, buffer);
}

info_i_part info_i_cross_entropy_part(const info_i_row *p, const info_i_row *q, int64_t col, int64_t count,
                                      double *buffers)
{
    const double *p_shares = shares(p, col, count, buffers);
    double *buffer = buffers + INFO_I_BLOCK;
    if (info_i_is_log(q->input))
        return sum_products(p->input->kernels, p_shares,
                            q->input->as_given ? info_i_row_logs(q, col, count, buffer)
                                               : info_i_row_relative_logs(q, col, count, buffer),
                            count);
    return sum_block(p->input->kernels, p_shares, p == q ? p_shares : shares(q, col, count, buffer), count);
}

double info_i_cross_entropy_value(const info_i_row *p, const info_i_row *q, info_i_dd sum)
{
    if (!isfinite(sum.high))
        return INFINITY;
    if (!p->input->as_given)
        sum = info_i_dd_divide(sum, info_i_row_relative_total(p));
    if (!q->input->as_given) { /* -log q = -log(q / largest) + log(total / largest) */
        const double log_total = info_i_dd_log(info_i_row_relative_total(q));
        const double mass = p->input->as_given ? info_i_row_mass(p) : 1;
        sum = info_i_dd_add_double(sum, mass * log_total);
    }
    const double nats = info_i_dd_value(sum); /* below 0 only where an element within the tolerance exceeds 1 */
    return nats > 0 ? nats : 0;
}

static info_i_part entropy_part(const void *row, int64_t col, int64_t count, double *buffers)
{
    return info_i_cross_entropy_part(row, row, col, count, buffers);
}

info_status info_i_entropy_of_row(const info_i_work *work, const info_i_input *in, int64_t item, double *nats)
{
    const bool unchecked = info_i_is_checked_by_kernels(in);
    info_i_row row;
    info_i_part sums;
    info_status status = INFO_OK;
    if (info_i_logits_entropy(&in->vectors, in->matrix, item, nats))
        return INFO_OK;
    if (unchecked)
        info_i_row_open_unchecked(in, item, &row);
    else
        status = info_i_row_open(work->ctx, in, item, work->buffers, &row, work->error);
    if (status == INFO_OK)
        status = info_i_blocks(work, in->matrix->cols, entropy_part, &row, &sums);
    if (status == INFO_OK && unchecked)
        status =
            info_i_row_judge(work->ctx, &row, info_i_dd_value(sums.sum[1]), sums.flags, work->buffers, work->error);
    if (status == INFO_OK)
        *nats = info_i_cross_entropy_value(&row, &row, sums.sum[0]);
    return status;
}

static info_status entropy_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const entropy_job *job = measure;
    double nats;
    const info_status status = info_i_entropy_of_row(work, &job->x, item, &nats);
    if (status == INFO_OK)
        *value = info_i_from_nats(nats, job->unit);
    return status;
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
    return info_i_each(ctx, x->rows, info_i_cols_shared(x->cols, job.x.vectors.kernels != NULL), o.invalid, value, &job,
                       out);
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
    const entropy_job *job = measure;
    const int64_t cols = job->x.matrix->cols;
    const info_status status = info_i_entropy_of_row(work, &job->x, item, value);
    if (status == INFO_OK)
        *value = cols == 1 ? 1 : fmin(*value / log((double)cols), 1);
    return status;
}

/* KL of the row from the uniform distribution: equal counts, or equal logits, so that it is compared with what it is. */
static info_status redundancy_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const entropy_job *job = measure;
    const int64_t cols = job->x.matrix->cols;
    const bool logs = info_i_is_log(&job->x);
    const double element = logs ? 0 : 1;
    const info_matrix constant = {&element, 1, cols, 0, 0, INFO_F64, 0};
    const info_i_input in = {.matrix = &constant, .kind = logs ? INFO_LOGITS : INFO_COUNTS, .kernels = job->x.kernels};
    const info_i_row uniform = {&in, 0, element, 1, info_i_dd_from((double)cols)};
    info_i_row row;
    double nats = 0;
    info_status status = INFO_OK;
    if (!info_i_logits_redundancy(&job->x.vectors, job->x.matrix, item, &nats)) {
        status = info_i_row_open(work->ctx, &job->x, item, work->buffers, &row, work->error);
        if (status == INFO_OK)
            status = info_i_kl_of_rows(work, &row, &uniform, &nats);
    }
    if (status == INFO_OK)
        *value = cols == 1 ? 0 : fmin(nats / log((double)cols), 1);
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
