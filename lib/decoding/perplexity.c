/* SPDX-License-Identifier: MIT
 * One temperature for a batch: exp of the mean entropy of all rows grows with it. */
#include <math.h>

#include "decoding/search.h"
#include "lm/row.h"
#include "numeric/total.h"

typedef struct batch {
    info_ctx *ctx;
    const info_matrix *logits;
    info_i_lm lm;
    double temperature;
    bool exactly;
    double *entropy, *variance; /* per row; NaN where it has no valid value */
    int64_t passes;             /* so far */
    info_status status;
} batch;

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const batch *b = user;
    info_i_lm lm = b->lm;
    lm.given.temperature = (lm.given.temperature > 0 ? lm.given.temperature : 1) * b->temperature;
    lm.inverse_temperature = 1 / lm.given.temperature;
    for (int64_t row = begin; row < end; row++) {
        const info_i_row r = b->exactly ? info_i_row_measure_f64(&lm, b->logits, row, INFO_I_DETAIL_SPREAD, INFINITY)
                                        : info_i_row_measure(&lm, b->logits, row, INFO_I_DETAIL_SPREAD, INFINITY);
        b->entropy[row] = r.valid ? r.log_sum - r.mean : NAN;
        b->variance[row] = r.variance;
    }
    return INFO_OK;
}

static double mean_of(const double *values, const double *valid, int64_t rows)
{
    info_i_total total = {0};
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (!isnan(valid[i])) {
            info_i_total_add(&total, values[i]);
            count++;
        }
    return info_i_total_value(&total) / (double)count;
}

/* Mean entropy, and its slope by log T: the mean variance of y / T. */
static bool evaluate(void *user, double u, bool exactly, info_i_point *at)
{
    batch *b = user;
    b->temperature = exp(u);
    b->exactly = exactly;
    b->status = info_i_parallel(b->ctx, b->logits->rows, info_i_lm_grain(b->logits->cols), 0, measure_rows, b);
    if (b->status != INFO_OK)
        return false;
    *at = (info_i_point){mean_of(b->entropy, b->entropy, b->logits->rows),
                         mean_of(b->variance, b->entropy, b->logits->rows)};
    return true;
}

#define BLOCK 1024

/* Logs of the numbers of largest and of finite y: the entropies as T falls to 0 and as it grows. */
static info_status count_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const batch *b = user;
    double y[BLOCK];
    for (int64_t row = begin; row < end; row++) {
        const int64_t length = info_i_lm_length(&b->lm, b->logits, row);
        const info_i_row r = info_i_row_measure(&b->lm, b->logits, row, INFO_I_DETAIL_SUM, INFINITY);
        int64_t finite = 0, largest = 0;
        for (int64_t at = 0; r.valid && info_i_lm_reads_on(&b->lm, at, length); at += BLOCK) {
            const int64_t left = length - at, count = left < BLOCK ? left : BLOCK;
            info_i_lm_load(&b->lm, b->logits, row, at, count, y);
            for (int64_t i = 0; i < count; i++) {
                finite += y[i] > -INFINITY;
                largest += y[i] == r.maximum;
            }
        }
        b->entropy[row] = r.valid ? log((double)largest) : NAN;
        b->variance[row] = r.valid ? log((double)finite) : NAN;
    }
    return INFO_OK;
}

static info_temperature_result outcome_of(double temperature, double entropy, double slope, info_search outcome)
{
    const bool inside = temperature > 0 && temperature < INFINITY;
    return (info_temperature_result){.temperature = temperature,
                                     .perplexity = exp(entropy),
                                     .derivative = inside ? exp(entropy) * slope / temperature : 0,
                                     .outcome = outcome};
}

static info_status solve(batch *b, double cap, info_temperature_result *result)
{
    const int64_t rows = b->logits->rows;
    b->status = info_i_parallel(b->ctx, rows, info_i_lm_grain(b->logits->cols), 0, count_rows, b);
    if (b->status != INFO_OK)
        return b->status;
    int64_t valid = 0;
    for (int64_t i = 0; i < rows; i++)
        valid += !isnan(b->entropy[i]);
    const double cold = mean_of(b->entropy, b->entropy, rows), hot = mean_of(b->variance, b->entropy, rows);
    const double target = log(cap);
    if (valid == 0) {
        *result = (info_temperature_result){NAN, NAN, NAN, 0, 0, INFO_SEARCH_INVALID, 0};
    } else if (target >= hot) {
        *result = outcome_of(INFINITY, hot, 0, INFO_SEARCH_FOUND);
    } else if (target <= cold) {
        *result = outcome_of(0, cold, 0, target == cold ? INFO_SEARCH_FOUND : INFO_SEARCH_INFEASIBLE);
    } else {
        const info_i_bracket bracket = {INFO_I_SEARCH_LOWEST, 0, INFO_I_SEARCH_HIGHEST};
        info_i_point at;
        double u;
        if (!info_i_search(evaluate, b, false, target, bracket, &u, &at))
            return b->status;
        *result = outcome_of(exp(u), at.value, at.slope, INFO_SEARCH_FOUND);
    }
    result->rows = valid;
    result->invalid = rows - valid;
    return INFO_OK;
}

/* The first row without a valid value is an error if those are. */
static info_status refuse_invalid(batch *b)
{
    atomic_llong count = 0;
    for (int64_t row = 0; b->lm.invalid_is_error && row < b->logits->rows; row++)
        if (isnan(b->entropy[row]))
            return info_i_lm_invalid_row(&b->lm, &b->ctx->error, &count, "logits", b->logits, row);
    return INFO_OK;
}

static info_status temperature_for_perplexity(info_ctx *ctx, const info_matrix *logits, double cap,
                                              const info_lm_options *options, info_temperature_result *result)
{
    info_i_error *error = &ctx->error;
    batch b = {.ctx = ctx, .logits = logits};
    if (info_i_check_matrix(error, "logits", logits) != INFO_OK ||
        info_i_lm_options(ctx, options, logits->rows, logits->cols, &b.lm) != INFO_OK)
        return error->status;
    info_i_check_real(error, "cap", cap, 1, INFINITY, INFO_I_BELOW_HIGH);
    info_i_check_pointer(error, "result", result);
    info_i_check_spans(
        error, (info_i_span[]){{"result", result, sizeof *result}, {0}},
        (info_i_span[]){
            info_i_matrix_span("logits", logits), info_i_lm_bias_span(&b.lm), info_i_lm_lengths_span(&b.lm), {0}});
    if (error->status != INFO_OK)
        return error->status;
    b.entropy = info_i_scratch(ctx, logits->rows, sizeof *b.entropy);
    b.variance = info_i_scratch(ctx, logits->rows, sizeof *b.variance);
    if (!b.entropy || !b.variance)
        return error->status;
    info_temperature_result own;
    info_status status = solve(&b, cap, &own);
    if (status == INFO_OK)
        status = refuse_invalid(&b);
    if (status != INFO_OK)
        return status;
    *result = own;
    return info_i_lm_count_invalid(ctx, own.invalid);
}

info_status info_temperature_for_perplexity(info_ctx *ctx, const info_matrix *logits, double cap,
                                            const info_lm_options *options, info_temperature_result *result)
{
    return INFO_I_CALL(ctx, temperature_for_perplexity(ctx, logits, cap, options, result));
}
