/* SPDX-License-Identifier: MIT
 * Pairs of rows: which meet, and their values. */
#include "distribution/compare.h"

#include "distribution/log_pair.h"
#include "numeric/unit.h"

typedef struct pairs {
    info_i_input p, q;
    const info_i_divergence *divergence;
    const info_i_kernels *kernels;
    info_unit unit;
    info_pairing pairing;
} pairs;

/* ---- One pair ----------------------------------------------------------- */

static info_status sum_of(const info_i_work *work, const info_i_pair *pair, info_i_part *out)
{
    const info_i_input *p = pair->p.input, *q = pair->q.input;
    if (pair->divergence->log_sum != INFO_I_LOG_NONE && info_i_are_logs_alike(p, q))
        return info_i_log_pair_sum(work, pair, out);
    const bool logarithms = info_i_is_log(p) || info_i_is_log(q);
    const info_i_part_fn part = logarithms ? pair->divergence->logarithms : pair->divergence->probabilities;
    return info_i_blocks(work, p->matrix->cols, part, pair, out);
}

info_status info_i_pair_sum(const info_i_work *work, const info_i_pair *pair, info_i_part *out)
{
    if (!pair->divergence->exchanged)
        return sum_of(work, pair, out);
    const info_i_pair back = info_i_pair_exchange(pair);
    const info_status status = sum_of(work, &back, out);
    const info_i_dd p_mass = out->sum[2];
    out->sum[2] = out->sum[1];
    out->sum[1] = p_mass;
    return status;
}

/* How much of a row has to be known before its sums. */
typedef enum opening { OPEN_WHOLE, OPEN_REFERENCE, OPEN_UNCHECKED } opening;

static opening opening_of(const info_i_divergence *d, const info_i_input *p, const info_i_input *q)
{
    if (d->checks && info_i_is_checked_by_kernels(p) && info_i_is_checked_by_kernels(q))
        return OPEN_UNCHECKED;
    if (d->apart || !info_i_are_logs_alike(p, q))
        return OPEN_WHOLE;
    if (!p->as_given) /* aligning them finds the totals */
        return OPEN_REFERENCE;
    return d->log_sum != INFO_I_LOG_NONE && !d->solve ? OPEN_UNCHECKED : OPEN_WHOLE;
}

static info_status open_row(const info_i_work *work, const info_i_input *in, int64_t row, opening how, info_i_row *out)
{
    if (how == OPEN_WHOLE)
        return info_i_row_open(work->ctx, in, row, work->buffers, out, work->error);
    if (how == OPEN_REFERENCE)
        return info_i_row_open_reference(work->ctx, in, row, work->buffers, out, work->error);
    info_i_row_open_unchecked(in, row, out);
    return INFO_OK;
}

/* Sums of squares below it have lost digits, or all, to underflow. */
#define SMALLEST_SQUARE 0x1p-900

/* The root of half the sum of squares of roots of terms, relative to the largest of them. */
static double root_of_sum(const info_i_work *work, const info_i_pair *r)
{
    const int64_t cols = r->p.input->matrix->cols;
    double largest = 0;
    info_i_dd sum = {0, 0};
    for (int pass = 0; pass < 2 && (pass == 0 || largest > 0); pass++)
        for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
            const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
            const info_i_compared cells = info_i_compare(r, col, count, work->buffers);
            for (int64_t i = 0; i < count; i++) {
                if (cells.log_ratio[i] == 0)
                    continue;
                const double root = r->divergence->root_of_term(&cells, i), relative = root / largest;
                if (pass == 0)
                    largest = root > largest ? root : largest;
                else
                    sum = info_i_dd_add_double(sum, relative * relative);
            }
        }
    return largest * sqrt(info_i_dd_value(sum) / 2);
}

static info_status pair_value(const info_i_work *work, const info_i_divergence *d, info_i_pair *pair, bool unchecked,
                              int64_t item, double *nats)
{
    info_i_part sums;
    info_status status = d->apart ? INFO_OK : info_i_pair_align(work, pair);
    if (status != INFO_OK)
        return status;
    if (d->solve)
        return d->solve(work, pair, item, nats);
    if (d->log_sum == INFO_I_LOG_KL && !d->exchanged && !isnan(pair->kl)) {
        *nats = pair->kl;
        return INFO_OK;
    }
    status = info_i_pair_sum(work, pair, &sums);
    if (status == INFO_OK && unchecked)
        status =
            info_i_row_judge(work->ctx, &pair->p, info_i_dd_value(sums.sum[1]), sums.flags, work->buffers, work->error);
    if (status == INFO_OK && unchecked)
        status =
            info_i_row_judge(work->ctx, &pair->q, info_i_dd_value(sums.sum[2]), sums.flags, work->buffers, work->error);
    if (status != INFO_OK)
        return status;
    const info_i_dd sum = isfinite(sums.sum[0].high) ? sums.sum[0] : info_i_dd_from(INFINITY);
    if (d->root_of_term && sum.high < SMALLEST_SQUARE)
        *nats = root_of_sum(work, pair);
    else
        *nats = d->value ? d->value(pair, sum) : info_i_dd_value(sum);
    return INFO_OK;
}

static info_status value_of(const info_i_work *work, const void *measure, int64_t item, double *value)
{
    const pairs *all = measure;
    const info_i_divergence *d = all->divergence;
    const int64_t p_rows = all->p.matrix->rows, q_rows = all->q.matrix->rows;
    const bool every = all->pairing == INFO_PAIRING_ALL;
    const int64_t i = every         ? item / q_rows
                      : p_rows == 1 ? 0
                                    : item,
                  j = every         ? item % q_rows
                      : q_rows == 1 ? 0
                                    : item;
    const opening how = opening_of(d, &all->p, &all->q);
    info_i_pair pair = {.divergence = d, .kernels = all->kernels};
    double nats = 0;
    if (info_i_logits_divergence(&all->p.vectors, &all->q.vectors, d->of_logits, d->parameter, all->p.matrix, i,
                                 all->q.matrix, j, &nats)) {
        *value = d->is_root ? sqrt(nats) : d->is_information ? info_i_from_nats(nats, all->unit) : nats;
        return INFO_OK;
    }
    info_status status = open_row(work, &all->p, i, how, &pair.p);
    if (status == INFO_OK)
        status = open_row(work, &all->q, j, how, &pair.q);
    if (status == INFO_OK)
        status = pair_value(work, d, &pair, how == OPEN_UNCHECKED, item, &nats);
    if (status == INFO_OK)
        *value = d->is_information ? info_i_from_nats(nats, all->unit) : nats;
    return status;
}

/* ---- All pairs ---------------------------------------------------------- */

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

info_status info_i_pair_open(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *given, info_divergence_options *o, info_i_input *p_in,
                             info_i_input *q_in, int64_t *items)
{
    info_i_error *error = &ctx->error;
    info_i_options(error, info_divergence_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.invalid", o->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN},
                                      {"options.pairing", o->pairing, INFO_PAIRING_ROWS, INFO_PAIRING_ALL},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_reading reading = {o->p_kind,        o->normalize, o->smoothing,  o->smoothing_amount,
                              o->sum_tolerance, o->precision, o->arithmetic, NULL};
    info_i_input_open(ctx, p_in, "p", p, &reading);
    reading.kind = o->q_kind;
    if (info_i_input_open(ctx, q_in, "q", q, &reading) != INFO_OK)
        return error->status;
    return count_pairs(error, p, q, o->pairing, items);
}

static info_status check_room(info_i_error *error, const double *out, int64_t out_len, int64_t items,
                              const info_i_divergence *d, const info_matrix *p, const info_matrix *q)
{
    int64_t bytes = 0;
    info_i_check_output(error, "out", out, out_len, items);
    info_i_check(error, info_i_multiply(items, (int64_t)sizeof *out, &bytes), INFO_ERROR_OVERFLOW,
                 "out: %lld results exceed what can be addressed", (long long)items);
    return info_i_check_spans(error, (info_i_span[]){{"out", out, bytes}, {0}},
                              (info_i_span[]){info_i_matrix_span("p", p),
                                              info_i_matrix_span("q", q),
                                              {d->array_name ? d->array_name : "", d->array, p->cols * 8},
                                              {0}});
}

static info_status compute(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                           const info_divergence_options *given, double *out, int64_t out_len,
                           const info_i_divergence *divergence)
{
    info_divergence_options o;
    pairs all = {.divergence = divergence, .kernels = ctx->kernels};
    int64_t items = 0;
    if (divergence->given_name)
        info_i_check_real(&ctx->error, divergence->given_name, divergence->given, divergence->low, divergence->high,
                          divergence->ends);
    info_i_pair_open(ctx, p, q, given, &o, &all.p, &all.q, &items);
    check_room(&ctx->error, out, out_len, items, divergence, p, q);
    if (ctx->error.status != INFO_OK || (divergence->check && divergence->check(&ctx->error, divergence, p) != INFO_OK))
        return ctx->error.status;
    all.unit = o.unit;
    all.pairing = o.pairing;
    const bool vectors = divergence->of_logits != INFO_I_LOGITS_NONE && all.p.vectors.kernels && all.q.vectors.kernels;
    return (divergence->on_calling_thread ? info_i_each_in_turn : info_i_each)(
        ctx, items, info_i_cols_shared(p->cols, vectors), o.invalid, value_of, &all, out);
}

info_status info_i_divergence_call(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len,
                                   const info_i_divergence *divergence)
{
    return INFO_I_CALL(ctx, compute(ctx, p, q, options, out, out_len, divergence));
}
