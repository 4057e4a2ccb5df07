/* SPDX-License-Identifier: MIT
 * One column of any state: its mean, its percentiles, its bins. */
#include <math.h>

#include "evaluation/moments.h"

static info_status check_column(info_i_error *error, const info_evaluation *s, info_column column)
{
    const info_status status = info_i_check_state(error, s, 0);
    if (status != INFO_OK)
        return status;
    if (s->columns == 0)
        return info_i_fail(error, INFO_ERROR_MISMATCH, "state: is of %s, which have no columns",
                           info_i_rules_of(s->kind)->name);
    if (column < 0 || column >= s->columns)
        return info_i_fail(error, INFO_ERROR_OPTION, "column: %d is not allowed; 0 to %lld are", (int)column,
                           (long long)(s->columns - 1));
    return INFO_OK;
}

static info_status column_mean(info_ctx *ctx, const info_evaluation *state, info_column column,
                               info_evaluation_mean *out)
{
    info_i_all_documents all;
    info_status status = check_column(&ctx->error, state, column);
    if (status == INFO_OK)
        status = info_i_check_pointer(&ctx->error, "out", out);
    if (status != INFO_OK)
        return status;
    if (!info_i_documents_all(ctx, state, &all))
        return ctx->error.status;
    *out = info_i_column_mean(state, &all, column);
    return INFO_OK;
}

info_status info_evaluation_column(info_ctx *ctx, const info_evaluation *state, info_column column,
                                   info_evaluation_mean *out)
{
    return INFO_I_CALL(ctx, column_mean(ctx, state, column, out));
}

static info_status quantiles(info_ctx *ctx, const info_evaluation *state, info_column column, const double *fractions,
                             int64_t count, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    check_column(error, state, column);
    info_i_check(error, info_i_has_percentiles(state, column), INFO_ERROR_OPTION, "column: %d has no percentiles",
                 (int)column);
    info_i_check_pointer(error, "fractions", fractions);
    info_i_check(error, count >= 1 && count <= INT64_MAX / (int64_t)sizeof *out, INFO_ERROR_SIZE,
                 "fractions: %lld of them; at least 1 is needed", (long long)count);
    info_i_check_output(error, "out", out, out_len, count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, count, sizeof *out), {0}},
                       (info_i_span[]){info_i_array_span("fractions", fractions, count, sizeof *fractions), {0}});
    for (int64_t i = 0; i < count && error->status == INFO_OK; i++)
        info_i_check(error, fractions[i] >= 0 && fractions[i] <= 1, INFO_ERROR_DOMAIN,
                     "fractions: %s at %lld; 0 to 1 are allowed", info_i_number_text(fractions[i]).text, (long long)i);
    double *work = error->status == INFO_OK ? info_i_quantile_work(ctx, state) : NULL;
    if (!work)
        return error->status;
    info_i_histogram_quantiles(&state->histogram[column], state->percentiles == INFO_PERCENTILES_EXACT, fractions,
                               count, work, out);
    return INFO_OK;
}

info_status info_evaluation_quantiles(info_ctx *ctx, const info_evaluation *state, info_column column,
                                      const double *fractions, int64_t count, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, quantiles(ctx, state, column, fractions, count, out, out_len));
}

static info_status bins(info_ctx *ctx, const info_evaluation *state, info_evaluation_axis axis, info_column column,
                        info_evaluation_bin *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_status status = check_column(error, state, column);
    if (status == INFO_OK && axis != INFO_AXIS_POSITION && axis != INFO_AXIS_CONFIDENCE)
        status = info_i_fail(error, INFO_ERROR_OPTION, "axis: %d is not allowed; 0 and 1 are", (int)axis);
    if (status != INFO_OK)
        return status;
    const bool position = axis == INFO_AXIS_POSITION;
    const int64_t count = position ? state->positions : state->confidences;
    if (count == 0)
        return info_i_fail(error, INFO_ERROR_OPTION, "axis: the state has no bins of %s",
                           position ? "position" : "confidence");
    status = info_i_check_output(error, "out", out, out_len, count);
    if (status != INFO_OK)
        return status;
    const info_i_column *first = state->bin + (position ? 0 : state->positions * state->columns) + column;
    for (int64_t i = 0; i < count; i++) {
        const info_i_column *c = first + i * state->columns;
        out[i] = (info_evaluation_bin){.lower = position ? (double)state->position_edge[i] : state->confidence_edge[i],
                                       .upper = position ? (double)state->position_edge[i + 1]
                                                         : state->confidence_edge[i + 1],
                                       .tokens = c->count,
                                       .mean = info_i_exact_mean(&c->sum, c->count),
                                       .error = c->count > 0 ? info_i_exact_error(&c->sum, &c->squares, c->count) : 0};
    }
    return INFO_OK;
}

info_status info_evaluation_bins(info_ctx *ctx, const info_evaluation *state, info_evaluation_axis axis,
                                 info_column column, info_evaluation_bin *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, bins(ctx, state, axis, column, out, out_len));
}
