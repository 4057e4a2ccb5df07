/* SPDX-License-Identifier: MIT
 * Log-probabilities of chosen tokens, and the Brier score of the targets. */
#include <math.h>
#include <string.h>

#include "info/token.h"
#include "kernels/logs_f64.h"
#include "kernels/rows_f64.h"
#include "lm/row.h"
#include "numeric/unit.h"

#define BLOCK 1024

typedef struct job {
    const info_matrix *logits;
    const void *tokens; /* [rows, per_row] */
    int64_t per_row;
    info_i_lm lm;
    double *out;
    atomic_llong invalid;
} job;

/* ---- Selected log-probabilities ----------------------------------------- */

static info_status select_row(job *j, int64_t row, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row), first = row * j->per_row;
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY);
    int64_t wrong = -1;
    double *out = j->out + first;
    for (int64_t i = 0; i < j->per_row; i++) {
        const int64_t token = info_i_lm_target(&j->lm, j->tokens, first + i, length);
        out[i] = token == INFO_I_TARGET_IGNORED ? 0 : NAN;
        if (token == INFO_I_TARGET_INVALID && wrong < 0)
            wrong = first + i;
        if (token >= 0 && r.valid) {
            const double z = info_i_lm_logit(&j->lm, j->logits, row, token);
            out[i] = info_i_from_nats(info_i_row_log_probability(&j->lm, &r, z), j->lm.given.unit);
        }
    }
    if (!r.valid)
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
    if (wrong >= 0 && j->lm.invalid_is_error)
        return info_i_fail(error, INFO_ERROR_TARGET, "tokens: %lld at row %lld; 0 to %lld are allowed",
                           (long long)info_i_lm_token(&j->lm, j->tokens, wrong), (long long)row, (long long)length - 1);
    if (wrong >= 0)
        atomic_fetch_add_explicit(&j->invalid, 1, memory_order_relaxed);
    return INFO_OK;
}

static info_status select_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = select_row(user, row, error);
    return status;
}

/* ---- Brier score -------------------------------------------------------- */

/* sum p^2 over all but the target. */
static double squares_of_others(const job *j, int64_t row, int64_t length, int64_t target, double log_total)
{
    double y[BLOCK];
    info_i_dd sum = {0, 0};
    for (int64_t begin = 0; info_i_lm_reads_on(&j->lm, begin, length); begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        info_i_part part;
        info_i_lm_load(&j->lm, j->logits, row, begin, count, y);
        if (target >= begin && target < begin + count)
            y[target - begin] = -INFINITY;
        j->lm.kernels->logs_f64->exponentials(count, 2, log_total, y, y);
        j->lm.kernels->rows_f64->scan(y, count, &part);
        sum = info_i_dd_add(sum, part.sum[0]);
    }
    return info_i_dd_value(sum);
}

/* (1 - p)^2 and what the squares of the others add up to, which is at most as much. Where p is near 1 they are added up
 * by themselves. */
static double brier(const job *j, const info_i_row *r, int64_t row, int64_t length, int64_t target)
{
    const double log_p = info_i_row_log_probability(&j->lm, r, info_i_lm_logit(&j->lm, j->logits, row, target));
    const double p = exp(log_p), missing = -expm1(log_p), most = missing * missing;
    const double others =
        p > 0.5 ? squares_of_others(j, row, length, target, r->maximum + r->log_sum) : r->collision - p * p;
    return most + (others < 0 ? 0 : others > most ? most : others);
}

static info_status brier_row(job *j, int64_t row, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const int64_t target = info_i_lm_target(&j->lm, j->tokens, row, length);
    j->out[row] = target == INFO_I_TARGET_IGNORED ? 0 : NAN;
    if (target == INFO_I_TARGET_IGNORED)
        return INFO_OK;
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, INFO_I_DETAIL_ALL, INFINITY);
    if (!r.valid)
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
    if (target == INFO_I_TARGET_INVALID)
        return info_i_lm_invalid_target(&j->lm, error, &j->invalid, j->tokens, row, length);
    j->out[row] = brier(j, &r, row, length, target);
    return INFO_OK;
}

static info_status brier_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = brier_row(user, row, error);
    return status;
}

/* ---- Both --------------------------------------------------------------- */

static info_status check_tokens(info_i_error *error, const char *name, const job *j, int64_t length, int64_t per_row,
                                int64_t *count)
{
    const int64_t rows = j->logits->rows;
    info_i_check_integers(error, name, j->tokens, j->lm.given.target_type);
    info_i_check(error, per_row >= 1, INFO_ERROR_SIZE, "per_row: %lld; 1 or more is allowed", (long long)per_row);
    info_i_check(error, info_i_multiply(rows, per_row, count), INFO_ERROR_OVERFLOW,
                 "per_row: %lld times %lld rows cannot be addressed", (long long)per_row, (long long)rows);
    return info_i_check(error, length == *count, INFO_ERROR_SIZE, "%s: has %lld elements; %lld are needed", name,
                        (long long)length, (long long)*count);
}

/* Runs a task over rows; its results are the caller's once all are there. */
static info_status run(info_ctx *ctx, job *j, const char *name, int64_t length, int64_t per_row,
                       const info_lm_options *options, double *out, int64_t out_len, info_i_task task)
{
    info_i_error *error = &ctx->error;
    int64_t count = 0;
    if (info_i_check_matrix(error, "logits", j->logits) != INFO_OK)
        return error->status;
    info_i_lm_options(ctx, options, j->logits->rows, j->logits->cols, &j->lm);
    check_tokens(error, name, j, length, per_row, &count);
    info_i_check_output(error, "out", out, out_len, count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, count, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("logits", j->logits),
                                       info_i_lm_targets_span(&j->lm, name, j->tokens, count),
                                       info_i_lm_bias_span(&j->lm),
                                       info_i_lm_lengths_span(&j->lm),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    j->per_row = per_row;
    j->out = info_i_scratch(ctx, count, sizeof *out);
    if (!j->out)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, j->logits->rows, info_i_lm_grain(j->logits->cols), 0, task, j);
    if (status != INFO_OK)
        return status;
    memcpy(out, j->out, (size_t)count * sizeof *out);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_logits_select(info_ctx *ctx, const info_matrix *logits, const void *tokens, int64_t per_row,
                               int64_t tokens_len, const info_lm_options *options, double *out, int64_t out_len)
{
    job j = {.logits = logits, .tokens = tokens};
    return INFO_I_CALL(ctx, run(ctx, &j, "tokens", tokens_len, per_row, options, out, out_len, select_rows));
}

info_status info_brier(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                       const info_lm_options *options, double *out, int64_t out_len)
{
    job j = {.logits = logits, .tokens = targets};
    return INFO_I_CALL(ctx, run(ctx, &j, "targets", targets_len, 1, options, out, out_len, brier_rows));
}
