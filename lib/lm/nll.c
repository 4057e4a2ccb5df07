/* SPDX-License-Identifier: MIT
 * Negative log-likelihood of the targets, and perplexity. */
#include <math.h>

#include "lm/logits.h"
#include "lm/measure.h"
#include "numeric/total.h"
#include "numeric/unit.h"

/* A result and what it is made of. */
static info_status check_apart(info_i_error *error, info_i_span result, const info_matrix *logits, const void *targets,
                               const info_i_lm *lm)
{
    return info_i_check_spans(error, (info_i_span[]){result, {0}},
                              (info_i_span[]){info_i_matrix_span("logits", logits),
                                              info_i_lm_targets_span(lm, "targets", targets, logits->rows),
                                              info_i_lm_bias_span(lm),
                                              info_i_lm_lengths_span(lm),
                                              {0}});
}

static info_status nll(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                       const info_lm_options *options, double *out, int64_t out_len)
{
    info_i_lm lm;
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "logits", logits);
    info_i_check_output(error, "out", out, out_len, logits->rows);
    if (error->status != INFO_OK)
        return error->status;
    info_i_lm_options(ctx, options, logits->rows, logits->cols, &lm);
    info_i_lm_check_targets(&lm, error, targets, targets_len, logits->rows);
    if (check_apart(error, info_i_array_span("out", out, logits->rows, sizeof *out), logits, targets, &lm) != INFO_OK)
        return error->status;
    const info_logit_measures wanted = {.struct_size = sizeof wanted, .length = out_len, .log_probability = out};
    const info_status status = info_i_logits_measure(ctx, logits, targets, targets_len, options, &wanted);
    if (status >= 0 && status != INFO_CANCELED)
        for (int64_t i = 0; i < logits->rows; i++)
            out[i] = 0 - out[i]; /* 0, not -0, where the target is ignored or certain */
    return status;
}

info_status info_nll(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                     const info_lm_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, nll(ctx, logits, targets, targets_len, options, out, out_len));
}

/* values: -log p in nats, NaN for rows without one; ignored rows are known by their targets. */
static void summarize(const double *values, const void *targets, int64_t rows, const info_i_lm *lm,
                      info_perplexity_result *r)
{
    info_i_total sum = {0}, squares = {0};
    for (int64_t i = 0; i < rows; i++) {
        if (isnan(values[i]))
            r->invalid++;
        else if (info_i_lm_is_ignored(lm, targets, i))
            r->ignored++;
        else {
            r->tokens++;
            info_i_total_add(&sum, values[i]);
        }
    }
    const double mean = r->tokens > 0 ? info_i_total_value(&sum) / (double)r->tokens : 0;
    for (int64_t i = 0; i < rows && isfinite(mean); i++)
        if (!isnan(values[i]) && !info_i_lm_is_ignored(lm, targets, i))
            info_i_total_add(&squares, (values[i] - mean) * (values[i] - mean));
    const double n = (double)r->tokens;
    const double error = r->tokens > 1 ? sqrt(info_i_total_value(&squares) / (n * (n - 1))) : 0;
    r->total_nll = info_i_from_nats(info_i_total_value(&sum), lm->given.unit);
    r->mean_nll = info_i_from_nats(mean, lm->given.unit);
    r->standard_error = isfinite(mean) ? info_i_from_nats(error, lm->given.unit) : INFINITY;
    r->perplexity = exp(mean);
}

static info_status perplexity(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                              const info_lm_options *options, info_perplexity_result *result)
{
    info_i_lm lm;
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "logits", logits);
    info_i_check_pointer(error, "result", result);
    if (error->status != INFO_OK)
        return error->status;
    info_i_lm_options(ctx, options, logits->rows, logits->cols, &lm);
    info_i_lm_check_targets(&lm, error, targets, targets_len, logits->rows);
    if (check_apart(error, (info_i_span){"result", result, sizeof *result}, logits, targets, &lm) != INFO_OK)
        return error->status;
    const int64_t rows = logits->rows;
    double *values = info_i_scratch(ctx, rows, sizeof *values);
    if (!values)
        return ctx->error.status;
    info_lm_options in_nats = lm.given;
    in_nats.unit = INFO_NAT;
    const info_logit_measures wanted = {.struct_size = sizeof wanted, .length = rows, .log_probability = values};
    const info_status status = info_i_logits_measure(ctx, logits, targets, targets_len, &in_nats, &wanted);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    for (int64_t i = 0; i < rows; i++)
        values[i] = 0 - values[i];

    *result = (info_perplexity_result){0};
    summarize(values, targets, rows, &lm, result);
    return status;
}

info_status info_perplexity(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                            const info_lm_options *options, info_perplexity_result *result)
{
    return INFO_I_CALL(ctx, perplexity(ctx, logits, targets, targets_len, options, result));
}
