/* SPDX-License-Identifier: MIT
 * Divergences between rows. */
#include "core/core.h"
#include "distribution/measure.h"
#include "numeric/unit.h"

typedef struct divergence_job {
    info_i_input p, q;
    info_unit unit;
    info_pairing pairing;
    info_i_part_fn probabilities; /* the measure's part from blocks of probabilities */
    info_i_part_fn logarithms;    /* and of their logarithms, where a side is given as such */
} divergence_job;

/* The rows of a pair. */
typedef struct pair {
    info_i_row p, q;
} pair;

/* ---- Cross-entropy ------------------------------------------------------ */

static info_i_part cross_entropy_logarithms(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const pair *r = rows;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *log_q = info_i_row_logs(&r->q, col, count, buffers + INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        if (p[i] > 0)
            part.sum[0] = info_i_dd_add(part.sum[0], info_i_two_product(-p[i], log_q[i]));
    return part;
}

/* ---- Kullback-Leibler --------------------------------------------------- */

/* p log(p/q) - p + q >= 0. With s = (q-p)/(q+p), log(q/p) = 2 atanh s, so that near
 * equality the term is s (q - p - p R), R = 2 s^2/3 + 2 s^4/5 + ..., free of cancellation. */
static double kl_term(double p, double q)
{
    if (p == q)
        return 0;
    const double s = (q - p) / (q + p), z = s * s;
    if (fabs(s) > 0.2)
        return q == 0                 ? INFINITY
               : p == 0               ? q
               : p < 0x1p-1000        ? (q - p) - p * (log(q) - log(p)) /* q / p may overflow */
                                      : (q - p) - p * log(q / p);
    double series = 0;
    for (int k = 25; k >= 3; k -= 2)
        series = z * (series + 2.0 / k);
    return s * ((q - p) - p * series);
}

/* The same from the logarithms: p (expm1(-d) + d), d = log(p/q). */
static double kl_term_of_logs(double log_p, double log_q)
{
    const double d = log_p - log_q, p = exp(log_p);
    if (!(fabs(d) <= 1)) /* one is 0, or no cancellation to fear */
        return p == 0 ? exp(log_q) : p * d - p + exp(log_q);
    if (fabs(d) > 0.05)
        return p * (expm1(-d) + d);
    double series = 0; /* d^2/2 - d^3/6 + d^4/24 ... */
    for (int k = 12; k >= 3; k--)
        series = -d / k * (1 + series);
    return p * (d * d / 2) * (1 + series);
}

static info_i_part kl_probabilities(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const pair *r = rows;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], kl_term(p[i], q[i]));
    return part;
}

static info_i_part kl_logarithms(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const pair *r = rows;
    const double *log_p = info_i_row_logs(&r->p, col, count, buffers);
    const double *log_q = info_i_row_logs(&r->q, col, count, buffers + INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], kl_term_of_logs(log_p[i], log_q[i]));
    return part;
}

/* ---- Pairs of rows ------------------------------------------------------ */

static info_status divergence_value(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const divergence_job *job = measure;
    const int64_t p_rows = job->p.matrix->rows, q_rows = job->q.matrix->rows;
    const bool all = job->pairing == INFO_PAIRING_ALL;
    const int64_t i = all ? item / q_rows : p_rows == 1 ? 0 : item, j = all ? item % q_rows : q_rows == 1 ? 0 : item;
    pair rows;
    info_i_part sums;
    info_status status = info_i_row_open(work->ctx, &job->p, i, &rows.p, work->error);
    if (status == INFO_OK)
        status = info_i_row_open(work->ctx, &job->q, j, &rows.q, work->error);
    if (status != INFO_OK)
        return status;
    const bool logarithms = info_i_is_log(&job->p) || info_i_is_log(&job->q);
    status = info_i_blocks(work, job->p.matrix->cols, logarithms ? job->logarithms : job->probabilities, &rows, &sums);
    if (status != INFO_OK)
        return status;
    const double nats = isfinite(sums.sum[0].high) ? info_i_dd_value(sums.sum[0]) : INFINITY;
    *value = info_i_from_nats(nats, job->unit);
    return INFO_OK;
}

/* Number of results, or the failure of p and q to fit. */
static info_status count_pairs(info_i_error *error, const info_matrix *p, const info_matrix *q, info_pairing pairing,
                               int64_t *items)
{
    if (p->cols != q->cols)
        return info_i_fail(error, INFO_ERROR_SIZE, "q: has %lld columns; p has %lld, and they must agree",
                           (long long)q->cols, (long long)p->cols);
    *items = p->rows > q->rows ? p->rows : q->rows;
    if (pairing == INFO_PAIRING_ALL) {
        if (!info_i_multiply(p->rows, q->rows, items))
            return info_i_fail(error, INFO_ERROR_OVERFLOW, "q: %lld x %lld pairs of rows are too many to count",
                               (long long)p->rows, (long long)q->rows);
    } else if (p->rows != q->rows && p->rows != 1 && q->rows != 1) {
        return info_i_fail(error, INFO_ERROR_SIZE,
                           "q: has %lld rows; p has %lld, and they must agree, or one of them have 1 row",
                           (long long)q->rows, (long long)p->rows);
    }
    return INFO_OK;
}

static info_status open_pair(info_i_error *error, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *o, divergence_job *job)
{
    info_status status = info_i_check_option(error, "unit", o->unit, INFO_NAT, INFO_DIT);
    if (status == INFO_OK)
        status = info_i_check_option(error, "invalid", o->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN);
    if (status == INFO_OK)
        status = info_i_check_option(error, "pairing", o->pairing, INFO_PAIRING_ROWS, INFO_PAIRING_ALL);
    info_i_reading reading = {o->p_kind, o->normalise, o->smoothing, o->smoothing_amount, o->sum_tolerance};
    if (status == INFO_OK)
        status = info_i_input_open(&job->p, "p", p, &reading, error);
    reading.kind = o->q_kind;
    if (status == INFO_OK)
        status = info_i_input_open(&job->q, "q", q, &reading, error);
    job->unit = o->unit;
    job->pairing = o->pairing;
    return status;
}

static info_status divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                              const info_divergence_options *given, double *out, int64_t out_len, divergence_job *job)
{
    info_i_error *error = &ctx->error;
    info_divergence_options o;
    int64_t items = 0, bytes = 0;
    info_status status = info_i_options(error, &o, sizeof o, given);
    if (status == INFO_OK)
        status = open_pair(error, p, q, &o, job);
    if (status == INFO_OK)
        status = count_pairs(error, p, q, o.pairing, &items);
    if (status == INFO_OK)
        status = info_i_check_output(error, "out", out, out_len, items);
    if (status == INFO_OK && !info_i_multiply(items, (int64_t)sizeof *out, &bytes))
        status = info_i_fail(error, INFO_ERROR_OVERFLOW, "out: %lld results exceed what can be addressed",
                             (long long)items);
    if (status == INFO_OK)
        status = info_i_check_overlap(error, "out", out, bytes, "p", p);
    if (status == INFO_OK)
        status = info_i_check_overlap(error, "out", out, bytes, "q", q);
    return status == INFO_OK ? info_i_each(ctx, items, p->cols, o.invalid, divergence_value, job, out) : status;
}

static info_status divergence_call(info_ctx *user_ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len,
                                   divergence_job job)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = divergence(call.ctx, p, q, options, out, out_len, &job);
    return info_i_end(&call, status);
}

info_status info_cross_entropy(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                               const info_divergence_options *options, double *out, int64_t out_len)
{
    return divergence_call(ctx, p, q, options, out, out_len,
                           (divergence_job){.probabilities = cross_entropy_logarithms,
                                            .logarithms = cross_entropy_logarithms});
}

info_status info_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_divergence_options *options,
                    double *out, int64_t out_len)
{
    return divergence_call(ctx, p, q, options, out, out_len,
                           (divergence_job){.probabilities = kl_probabilities, .logarithms = kl_logarithms});
}
