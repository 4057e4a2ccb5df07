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

/* A row as elements e = p T whose sum is T: the probabilities where they are used as given, else relative to the largest. */
typedef struct order_row {
    info_i_row row;
    double order, b; /* b = order - 1 */
} order_row;

static const double *elements(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    return r->input->as_given ? info_i_row_probabilities(r, col, count, buffer)
                              : info_i_row_relative(r, col, count, buffer);
}

static const double *logs_of_elements(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    return r->input->as_given ? info_i_row_logs(r, col, count, buffer)
                              : info_i_row_relative_logs(r, col, count, buffer);
}

/* sum e (e^b - 1). Every term has the same sign, and nothing happens as the order passes 1. */
static info_i_part moment_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    info_i_part part = {0};
    if (info_i_is_log(r->row.input)) {
        const double *x = info_i_row_elements(&r->row, col, count, buffers);
        const double reference = r->row.input->as_given ? 0 : r->row.largest;
        r->row.input->kernels->logs_f64->moment(x, count, reference, r->order, r->b, &part);
        if (!(part.flags & INFO_I_PART_ROUGH))
            return part;
        part = (info_i_part){0};
    }
    const double *e = elements(&r->row, col, count, buffers);
    const double *log_e = logs_of_elements(&r->row, col, count, buffers + INFO_I_BLOCK);
    for (int64_t i = 0; i < count; i++) {
        if (log_e[i] == -INFINITY)
            continue;
        const double x = r->b * log_e[i];
        const double term = fabs(x) < 1 ? e[i] * expm1(x) : exp(r->order * log_e[i]) - e[i];
        part.sum[0] = info_i_dd_add_double(part.sum[0], term);
    }
    return part;
}

/* sum (p / largest)^order, which is at least 1 */
static info_i_part scaled_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    const info_i_kernels *kernels = r->row.input->kernels;
    info_i_part part = {0};
    if (info_i_is_log(r->row.input)) { /* of no less than 1, beside which subnormal numbers are nothing */
        const double *x = info_i_row_elements(&r->row, col, count, buffers);
        kernels->logs_f64->exponentials(count, r->order, r->row.largest, x, buffers);
        kernels->rows_f64->scan(buffers, count, &part);
        return part;
    }
    const double *log_e = info_i_row_relative_logs(&r->row, col, count, buffers);
    for (int64_t i = 0; i < count; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], exp(r->order * log_e[i]));
    return part;
}

static info_i_part support_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const order_row *r = rows;
    const double *log_e = logs_of_elements(&r->row, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        part.sum[0].high += log_e[i] > -INFINITY;
    return part;
}

/* log T, and y = sum e^a / T - 1. */
typedef struct moment {
    double log_total, y;
} moment;

static info_status moment_of(const info_i_work *work, const order_row *r, moment *m)
{
    info_i_part sums;
    const bool given = r->row.input->as_given;
    const info_i_dd total = given ? info_i_dd_from(1) : info_i_row_relative_total(&r->row);
    const info_status status = info_i_blocks(work, r->row.input->matrix->cols, moment_part, r, &sums);
    if (status == INFO_OK)
        *m = (moment){given ? 0 : info_i_dd_log(total), info_i_dd_value(info_i_dd_divide(sums.sum[0], total))};
    return status;
}

/* H = log T - log(sum e^a / T) / b, of which no part is negative. */
static info_status renyi(const info_i_work *work, const order_row *r, double *nats)
{
    moment m;
    info_i_part sums;
    info_status status = moment_of(work, r, &m);
    if (status != INFO_OK)
        return status;
    if (m.y > -0.875) {
        *nats = m.log_total - log1p(m.y) / r->b;
        return INFO_OK;
    }
    /* 1 + y has lost its digits: sum p^a = largest^a sum (p/largest)^a */
    const double least = info_i_row_least_surprisal(&r->row);
    status = info_i_blocks(work, r->row.input->matrix->cols, scaled_part, r, &sums);
    *nats = least + (least - log(info_i_dd_value(sums.sum[0]))) / r->b;
    return status;
}

/* (1 - sum p^a) / b with sum p^a = (1 + y) T^-b */
static info_status tsallis(const info_i_work *work, const order_row *r, double *value)
{
    moment m;
    const info_status status = moment_of(work, r, &m);
    if (status == INFO_OK)
        *value = -((1 + m.y) * expm1(-r->b * m.log_total) + m.y) / r->b;
    return status;
}

static info_status support(const info_i_work *work, const order_row *r, double *count)
{
    info_i_part sums;
    const info_status status = info_i_blocks(work, r->row.input->matrix->cols, support_part, r, &sums);
    *count = info_i_dd_value(sums.sum[0]);
    return status;
}

/* Tsallis's entropy, or Renyi's in nats. */
static info_status order_nats(const info_i_work *work, const order_job *job, int64_t item, double *nats)
{
    order_row r = {.order = job->order, .b = job->order - 1};
    if (r.b == 0)
        return info_i_entropy_of_row(work, &job->x, item, nats);
    info_status status = info_i_row_open(work->ctx, &job->x, item, work->buffers, &r.row, work->error);
    if (status != INFO_OK)
        return status;
    if (job->order == INFINITY) {
        *nats = info_i_row_least_surprisal(&r.row);
        return INFO_OK;
    }
    if (job->order == 0) {
        status = support(work, &r, nats);
        *nats = job->form == TSALLIS ? *nats - 1 : log(*nats);
        return status;
    }
    return job->form == TSALLIS ? tsallis(work, &r, nats) : renyi(work, &r, nats);
}

static info_status order_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const order_job *job = measure;
    double nats = 0;
    const info_status status = order_nats(work, job, item, &nats);
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
