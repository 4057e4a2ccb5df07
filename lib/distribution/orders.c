/* SPDX-License-Identifier: MIT
 * Entropies with an order: Renyi, Tsallis, Hill numbers. */
#include "distribution/measure.h"
#include "distribution/entropy.h"
#include "numeric/unit.h"

typedef enum order_form { RENYI, TSALLIS, HILL } order_form;

typedef struct order_job {
    info_i_input x;
    info_unit unit;
    double order;
    order_form form;
} order_job;

typedef struct order_row {
    info_i_row row;
    double order;
    double least; /* surprisal of the most probable element */
} order_row;

/* sum p (p^b - 1) / b with b = order - 1, whose limit at b = 0 is sum p log p. Every term
 * has the same sign, and nothing happens as the order passes 1. */
static info_i_part moment_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    const double *p = info_i_row_probabilities(&r->row, col, count, buffers);
    const double *log_p = info_i_row_logs(&r->row, col, count, buffers + INFO_I_BLOCK);
    const double b = r->order - 1;
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++) {
        if (log_p[i] == -INFINITY)
            continue;
        const double x = b * log_p[i];
        const double term = b == 0        ? p[i] * log_p[i]
                            : fabs(x) < 1 ? p[i] * (expm1(x) / b)
                                          : (exp(x + log_p[i]) - p[i]) / b;
        part.sum[0] = info_i_dd_add_double(part.sum[0], term);
    }
    return part;
}

/* sum (p / largest)^order, for large orders */
static info_i_part scaled_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    const double *log_p = info_i_row_logs(&r->row, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], exp(r->order * (log_p[i] + r->least)));
    return part;
}

static info_i_part support_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    const double *log_p = info_i_row_logs(&r->row, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        part.sum[0].high += log_p[i] > -INFINITY;
    return part;
}

/* Renyi's entropy in nats from m = sum p (p^b - 1) / b: the logarithm of 1 + b m, over -b. */
static info_status renyi(const info_i_work *work, const order_row *r, double m, double *nats)
{
    const double b = r->order - 1;
    const int64_t cols = r->row.input->matrix->cols;
    if (b == 0)
        *nats = -m;
    else if (b * m > -0.5)
        *nats = -log1p(b * m) / b;
    else { /* 1 + b m has lost its digits: sum p^a = largest^a sum (p/largest)^a */
        info_i_part sums;
        const info_status status = info_i_blocks(work, cols, scaled_part, r, &sums);
        if (status != INFO_OK)
            return status;
        *nats = (r->order * r->least - log(info_i_dd_value(sums.sum[0]))) / b;
    }
    return INFO_OK;
}

static info_status order_nats(const info_i_work *work, const order_job *job, const order_row *r, double *nats)
{
    info_i_part sums;
    const int64_t cols = job->x.matrix->cols;
    if (job->order == INFINITY) {
        *nats = r->least;
        return INFO_OK;
    }
    const bool hartley = job->order == 0 && job->form != TSALLIS;
    info_status status = info_i_blocks(work, cols, hartley ? support_part : moment_part, r, &sums);
    if (status != INFO_OK)
        return status;
    const double sum = info_i_dd_value(sums.sum[0]);
    if (job->form == TSALLIS)
        *nats = -sum;
    else if (hartley)
        *nats = log(sum);
    else
        status = renyi(work, r, sum, nats);
    return status;
}

static info_status order_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const order_job *job = measure;
    order_row r = {.order = job->order};
    double nats = 0;
    info_status status = info_i_row_open(work->ctx, &job->x, item, &r.row, work->error);
    if (status != INFO_OK)
        return status;
    r.least = info_i_row_least_surprisal(&r.row);
    status = order_nats(work, job, &r, &nats);
    if (status != INFO_OK)
        return status;
    nats = nats > 0 ? nats : 0; /* below only where a p within the tolerance exceeds 1 */
    *value = job->form == HILL ? exp(nats) : job->form == RENYI ? info_i_from_nats(nats, job->unit) : nats;
    return INFO_OK;
}

static info_status compute(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given, double *out,
                           int64_t out_len, order_job *job)
{
    info_entropy_options o;
    info_i_entropy_begin(ctx, x, given, out, out_len, &o, &job->x);
    info_i_check_real(&ctx->error, "order", job->order, 0, INFINITY,
                      job->form == TSALLIS ? INFO_I_BELOW_HIGH : INFO_I_CLOSED);
    if (ctx->error.status != INFO_OK)
        return ctx->error.status;
    job->unit = o.unit;
    return info_i_each(ctx, x->rows, x->cols, o.invalid, order_value, job, out);
}

static info_status call_with_order(info_ctx *ctx, const info_matrix *x, double order,
                                   const info_entropy_options *options, double *out, int64_t out_len, order_form form)
{
    order_job job = {.order = order, .form = form};
    return INFO_I_CALL(ctx, compute(ctx, x, options, out, out_len, &job));
}

info_status info_renyi_entropy(info_ctx *ctx, const info_matrix *x, double order, const info_entropy_options *options,
                               double *out, int64_t out_len)
{
    return call_with_order(ctx, x, order, options, out, out_len, RENYI);
}

info_status info_tsallis_entropy(info_ctx *ctx, const info_matrix *x, double order, const info_entropy_options *options,
                                 double *out, int64_t out_len)
{
    return call_with_order(ctx, x, order, options, out, out_len, TSALLIS);
}

info_status info_hill_number(info_ctx *ctx, const info_matrix *x, double order, const info_entropy_options *options,
                             double *out, int64_t out_len)
{
    return call_with_order(ctx, x, order, options, out, out_len, HILL);
}
