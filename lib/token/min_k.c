/* SPDX-License-Identifier: MIT
 * Min-K% and Min-K%++: the mean of the lowest scores of a text's tokens. */
#include <math.h>
#include <string.h>

#include "info/token.h"
#include "lm/logits.h"
#include "lm/moments.h"
#include "numeric/sort.h"
#include "numeric/total.h"

/* What log p and the entropy of f32 logits may be off, relative to 1 + H. */
#define NOISE 1e-6

static double z_score(double log_p, double entropy, double varentropy)
{
    const double sigma = sqrt(varentropy), above = log_p + entropy, noise = NOISE * (1 + entropy);
    if (sigma <= noise && fabs(above) <= noise)
        return 0;
    return above / sigma;
}

static info_status check_scores(info_i_error *error, const info_token_scores *s)
{
    info_status status = info_i_check_option(error, "scores.precision", s->precision, INFO_F64, INFO_BF16);
    if (status == INFO_OK)
        status = info_i_lm_check_count(error, "scores.count", s->count);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "scores.log_probability", s->log_probability);
    if (status == INFO_OK && s->varentropy)
        status = info_i_check_pointer(error, "scores.entropy", s->entropy);
    if (status == INFO_OK && s->entropy)
        status = info_i_check_pointer(error, "scores.varentropy", s->varentropy);
    for (int64_t i = 0; i < s->count && status == INFO_OK; i++) {
        if (s->entropy && (s->entropy[i] < 0 || isinf(s->entropy[i])))
            status =
                info_i_fail(error, INFO_ERROR_DOMAIN, "scores.entropy: %s at %lld; finite numbers >= 0 are allowed",
                            info_i_number_text(s->entropy[i]).text, (long long)i);
        else if (s->entropy && (s->varentropy[i] < 0 || isinf(s->varentropy[i])))
            status =
                info_i_fail(error, INFO_ERROR_DOMAIN, "scores.varentropy: %s at %lld; finite numbers >= 0 are allowed",
                            info_i_number_text(s->varentropy[i]).text, (long long)i);
    }
    return status;
}

static bool is_scored(const info_token_scores *s, int64_t i)
{
    return !isnan(s->log_probability[i]) && !(s->entropy && (isnan(s->entropy[i]) || isnan(s->varentropy[i])));
}

/* Mean of the lowest of the values, which are sorted on the way. */
static double mean_of_lowest(double *values, int64_t count, int64_t lowest)
{
    info_i_total sum = {0};
    info_i_sort(values, count);
    for (int64_t i = 0; i < lowest; i++)
        info_i_total_add(&sum, values[i]);
    return lowest > 0 ? info_i_total_value(&sum) / (double)lowest : 0;
}

static info_status check_z(info_i_error *error, const info_token_scores *s, const double *z, int64_t z_len)
{
    const double *const arrays[] = {s->log_probability, s->entropy, s->varentropy};
    info_status status = info_i_check_output(error, "z", z, z_len, s->count);
    if (status == INFO_OK && !s->entropy)
        status = info_i_fail(error, INFO_ERROR_NULL, "scores.entropy: is NULL; z needs it");
    for (int i = 0; i < 3 && status == INFO_OK; i++) {
        const info_matrix view = {arrays[i], 1, s->count, s->count, 1, INFO_F64, 0};
        status = info_i_check_overlap(error, "z", z, s->count * (int64_t)sizeof *z, "scores", &view);
    }
    return status;
}

static info_status min_k(info_ctx *ctx, const info_token_scores *scores, double fraction, info_min_k_result *result,
                         double *z, int64_t z_len)
{
    info_i_error *error = &ctx->error;
    info_token_scores s;
    info_status status = info_i_required(error, info_token_scores, "scores", &s, scores);
    if (status == INFO_OK)
        status = check_scores(error, &s);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "result", result);
    if (status == INFO_OK && !(fraction > 0 && fraction <= 1))
        status = info_i_fail(error, INFO_ERROR_OPTION, "fraction: %s is not allowed; above 0 to 1 is",
                             info_i_number_text(fraction).text);
    if (status == INFO_OK && z)
        status = check_z(error, &s, z, z_len);
    if (status != INFO_OK)
        return status;
    info_min_k_result r = {0};
    s.log_probability =
        info_i_scores(ctx, "scores.log_probability", s.log_probability, s.count, s.precision, &r.above_zero);
    double *values = s.log_probability ? info_i_scratch(ctx, s.count, sizeof *values) : NULL;
    if (!values)
        return ctx->error.status;

    for (int64_t i = 0; i < s.count; i++)
        if (is_scored(&s, i))
            values[r.tokens++] = s.log_probability[i];
    r.skipped = s.count - r.tokens;
    r.lowest = (int64_t)(fraction * (double)r.tokens);
    if (r.lowest == 0 && r.tokens > 0)
        r.lowest = 1;
    r.min_k = mean_of_lowest(values, r.tokens, r.lowest);
    int64_t scored = 0;
    for (int64_t i = 0; i < s.count && s.entropy; i++) {
        const double score = is_scored(&s, i) ? z_score(s.log_probability[i], s.entropy[i], s.varentropy[i]) : NAN;
        if (!isnan(score))
            values[scored++] = score;
        if (z)
            z[i] = score;
    }
    r.min_k_plus_plus = mean_of_lowest(values, scored, s.entropy ? r.lowest : 0);
    *result = r;
    return INFO_OK;
}

info_status info_min_k(info_ctx *ctx, const info_token_scores *scores, double fraction, info_min_k_result *result,
                       double *z, int64_t z_len)
{
    return INFO_I_CALL(ctx, min_k(ctx, scores, fraction, result, z, z_len));
}
