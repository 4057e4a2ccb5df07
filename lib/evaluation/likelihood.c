/* SPDX-License-Identifier: MIT
 * One model's likelihoods: batches and what they come to. */
#include <math.h>

#include "evaluation/batch.h"
#include "evaluation/kinds.h"
#include "evaluation/moments.h"
#include "lm/moments.h"

static const double LOG_2 = 0x1.62e42fefa39efp-1;

/* ---- Batches ------------------------------------------------------------ */

static info_status check_batch(info_i_error *error, const info_evaluation *s, const info_likelihood_batch *b)
{
    info_i_check_option(error, "batch.precision", b->precision, INFO_F64, INFO_BF16);
    info_i_check_batch_count(error, b->count);
    info_i_check_pointer(error, "batch.log_probability", b->log_probability);
    info_i_check_numbers(error, "batch.units", b->units, b->count, 0, 0x1.fffffffffffffp1023);
    info_i_check_numbers(error, "batch.entropy", b->entropy, b->count, 0, INFINITY);
    info_i_check_numbers(error, "batch.top_probability", b->top_probability, b->count, 0, 1);
    info_i_check_flags(error, "batch.correct", b->correct, b->count);
    info_i_check_numbers(error, "batch.brier", b->brier, b->count, 0, INFINITY);
    info_i_check_labels(error, "batch.positions", b->positions);
    info_i_check_labels(error, "batch.documents", b->documents);
    info_i_check(error, s->positions == 0 || b->positions, INFO_ERROR_NULL,
                 "batch.positions: is NULL; the state has bins of position");
    return info_i_check(error, s->confidences == 0 || b->top_probability, INFO_ERROR_NULL,
                        "batch.top_probability: is NULL; the state has bins of confidence");
}

static void fill(double *row, const info_likelihood_batch *b, int64_t i)
{
    row[INFO_LIKELIHOOD_NLL] = 0 - b->log_probability[i];
    row[INFO_LIKELIHOOD_UNITS] = b->units ? b->units[i] : 1;
    if (b->entropy)
        row[INFO_LIKELIHOOD_ENTROPY] = b->entropy[i];
    if (b->top_probability)
        row[INFO_LIKELIHOOD_TOP_PROBABILITY] = b->top_probability[i];
    if (b->correct && b->correct[i] >= 0)
        row[INFO_LIKELIHOOD_CORRECT] = b->correct[i];
    if (b->brier)
        row[INFO_LIKELIHOOD_BRIER] = b->brier[i];
    const double apart = row[INFO_LIKELIHOOD_TOP_PROBABILITY] - row[INFO_LIKELIHOOD_CORRECT];
    row[INFO_LIKELIHOOD_BINARY_BRIER] = apart * apart; /* NaN unless both are given */
}

static uint32_t given_of(const info_likelihood_batch *b)
{
    return info_i_given(INFO_LIKELIHOOD_NLL, b->log_probability) | (uint32_t)1 << INFO_LIKELIHOOD_UNITS |
           info_i_given(INFO_LIKELIHOOD_ENTROPY, b->entropy) |
           info_i_given(INFO_LIKELIHOOD_TOP_PROBABILITY, b->top_probability) |
           info_i_given(INFO_LIKELIHOOD_CORRECT, b->correct) | info_i_given(INFO_LIKELIHOOD_BRIER, b->brier) |
           (b->documents ? INFO_I_GIVEN_DOCUMENTS : 0);
}

static info_status update(info_ctx *ctx, info_evaluation *state, const info_likelihood_batch *batch)
{
    info_likelihood_batch b;
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_LIKELIHOOD);
    if (info_i_required(&ctx->error, info_likelihood_batch, "batch", &b, batch) != INFO_OK)
        return ctx->error.status;
    const uint32_t given = given_of(&b);
    check_batch(&ctx->error, state, &b);
    if (info_i_check_batch(&ctx->error, state, given) != INFO_OK)
        return ctx->error.status;
    int64_t above_zero = 0;
    b.log_probability =
        info_i_scores(ctx, "batch.log_probability", b.log_probability, b.count, b.precision, &above_zero);
    double *rows = b.log_probability ? info_i_batch_rows(ctx, b.count, state->columns) : NULL;
    if (!rows)
        return ctx->error.status;
    for (int64_t i = 0; i < b.count; i++)
        fill(rows + i * state->columns, &b, i);
    info_i_batch_skip(rows, b.count, state->columns, given);
    return info_i_add_rows(
        ctx, state, &(info_i_rows){b.count, rows, b.documents, b.positions, b.top_probability, above_zero}, given);
}

info_status info_evaluation_update_likelihood(info_ctx *ctx, info_evaluation *state, const info_likelihood_batch *batch)
{
    return INFO_I_CALL(ctx, update(ctx, state, batch));
}

/* ---- Results ------------------------------------------------------------ */

static void likelihood(const info_evaluation *s, const info_i_all_documents *all, info_likelihood_evaluation *r)
{
    const info_i_column *nll = &s->total[INFO_LIKELIHOOD_NLL], *units = &s->total[INFO_LIKELIHOOD_UNITS];
    const info_evaluation_mean m = info_i_column_mean(s, all, INFO_LIKELIHOOD_NLL);
    info_likelihood_result *l = &r->likelihood;
    l->tokens = s->tokens;
    l->skipped = s->skipped;
    l->above_zero = s->above_zero;
    l->clusters = all->documents;
    l->units = info_i_exact_value(&units->sum);
    l->total_nll = info_i_exact_value(&nll->sum);
    l->mean_nll = m.mean;
    l->standard_error = m.error;
    l->clustered_error = m.clustered_error;
    l->perplexity = exp(m.mean);
    l->bits_per_unit = s->tokens > 0 ? INFINITY : 0; /* with no units */
    l->unit_perplexity = s->tokens > 0 ? INFINITY : 1;
    r->macro_nll = m.macro_mean;
    r->macro_nll_error = m.macro_error;
    if (!(l->units > 0))
        return;
    const info_i_exact_sum *xx = all->given ? &all->column[INFO_LIKELIHOOD_NLL].ss : &nll->squares,
                           *uu = all->given ? &all->column[INFO_LIKELIHOOD_UNITS].ss : &units->squares;
    const int64_t with_units = (int64_t)info_i_exact_value(&all->extra[INFO_I_UNIT_DOCUMENTS]);
    l->bits_per_unit = info_i_exact_finite(&nll->sum) ? l->total_nll / l->units / LOG_2 : INFINITY;
    l->bits_per_unit_error =
        info_i_exact_ratio_error(&nll->sum, &units->sum, xx, &all->extra[INFO_I_UNIT_PRODUCTS], uu, all->documents) /
        LOG_2;
    l->unit_perplexity = exp(l->total_nll / l->units);
    r->macro_bits_per_unit = info_i_exact_mean(&all->extra[INFO_I_UNIT_MEANS], with_units) / LOG_2;
    r->macro_bits_per_unit_error =
        info_i_exact_error(&all->extra[INFO_I_UNIT_MEANS], &all->extra[INFO_I_UNIT_MEAN_SQUARES], with_units) / LOG_2;
}

/* Expected calibration error over the bins of confidence. */
static void calibrate(const info_evaluation *s, info_calibration_result *r)
{
    const info_i_column *all = s->bin + s->positions * s->columns;
    double squares = 0;
    for (int64_t b = 0; b < s->confidences; b++)
        r->samples += all[b * s->columns + INFO_LIKELIHOOD_CORRECT].count;
    const double n = (double)r->samples;
    if (r->samples == 0)
        return;
    for (int64_t b = 0; b < s->confidences; b++) {
        const info_i_column *column = all + b * s->columns;
        const int64_t count = column[INFO_LIKELIHOOD_CORRECT].count;
        const double confidence = info_i_exact_mean(&column[INFO_LIKELIHOOD_TOP_PROBABILITY].sum, count);
        const double accuracy = info_i_exact_mean(&column[INFO_LIKELIHOOD_CORRECT].sum, count);
        const double share = (double)count / n, gap = fabs(accuracy - confidence);
        r->accuracy += share * accuracy;
        r->confidence += share * confidence;
        r->ece += share * gap;
        squares += share * gap * gap;
        r->mce = count > 0 && gap > r->mce ? gap : r->mce;
    }
    r->rms = sqrt(squares);
    r->brier =
        info_i_exact_mean(&s->total[INFO_LIKELIHOOD_BINARY_BRIER].sum, s->total[INFO_LIKELIHOOD_BINARY_BRIER].count);
    r->skipped = s->tokens - r->samples;
}

static info_status evaluate(info_ctx *ctx, const info_evaluation *state, info_likelihood_evaluation *out)
{
    info_i_all_documents all;
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_LIKELIHOOD);
    if (info_i_check_pointer(&ctx->error, "out", out) != INFO_OK)
        return ctx->error.status;
    if (!info_i_documents_all(ctx, state, &all))
        return ctx->error.status;
    info_likelihood_evaluation r = {0};
    likelihood(state, &all, &r);
    r.entropy = info_i_column_mean(state, &all, INFO_LIKELIHOOD_ENTROPY);
    r.accuracy = info_i_column_mean(state, &all, INFO_LIKELIHOOD_CORRECT);
    r.brier = info_i_column_mean(state, &all, INFO_LIKELIHOOD_BRIER);
    if (state->confidences > 0)
        calibrate(state, &r.calibration);
    if (!info_i_report_percentiles(ctx, state, INFO_LIKELIHOOD_NLL, r.nll_percentiles) ||
        !info_i_report_percentiles(ctx, state, INFO_LIKELIHOOD_ENTROPY, r.entropy_percentiles))
        return ctx->error.status;
    *out = r;
    return INFO_OK;
}

info_status info_evaluation_likelihood(info_ctx *ctx, const info_evaluation *state, info_likelihood_evaluation *out)
{
    return INFO_I_CALL(ctx, evaluate(ctx, state, out));
}
