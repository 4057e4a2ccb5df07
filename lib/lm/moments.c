/* SPDX-License-Identifier: MIT */
#include "lm/moments.h"

#include <math.h>

#include "lm/logits.h"
#include "numeric/total.h"

info_i_mean info_i_mean_of(const double *values, int64_t count)
{
    info_i_total sum = {0}, squares = {0};
    info_i_mean m = {0};
    for (int64_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            info_i_total_add(&sum, values[i]);
            m.count++;
        }
    if (m.count == 0)
        return m;
    const double n = (double)m.count;
    m.mean = info_i_total_value(&sum) / n;
    if (!isfinite(m.mean)) {
        m.error = INFINITY;
        return m;
    }
    double largest = 0; /* deviation: squares relative to it neither underflow nor overflow */
    for (int64_t i = 0; i < count; i++)
        largest = fabs(values[i] - m.mean) > largest ? fabs(values[i] - m.mean) : largest;
    for (int64_t i = 0; i < count && largest > 0; i++)
        if (!isnan(values[i])) {
            const double deviation = (values[i] - m.mean) / largest;
            info_i_total_add(&squares, deviation * deviation);
        }
    m.error = m.count > 1 ? largest * sqrt(info_i_total_value(&squares) / (n * (n - 1))) : 0;
    return m;
}

double info_i_ratio_error(const double *x, const double *u, int64_t count, const int64_t *clusters, int64_t *found)
{
    info_i_total numerator = {0}, denominator = {0}, squares = {0};
    for (int64_t i = 0; i < count; i++)
        if (!isnan(x[i])) {
            info_i_total_add(&numerator, x[i]);
            info_i_total_add(&denominator, u ? u[i] : 1);
        }
    const double below = info_i_total_value(&denominator), ratio = info_i_total_value(&numerator) / below;
    *found = 0;
    for (int64_t i = 0; i < count;) {
        double residual = 0;
        bool scored = false;
        const int64_t first = i;
        do {
            if (!isnan(x[i])) {
                residual += x[i] - ratio * (u ? u[i] : 1);
                scored = true;
            }
            i++;
        } while (i < count && clusters && clusters[i] == clusters[first]);
        *found += scored;
        info_i_total_add(&squares, residual * residual);
    }
    if (*found < 2 || !(below > 0))
        return 0;
    if (!isfinite(ratio))
        return INFINITY;
    const double n = (double)*found;
    return sqrt(n / (n - 1) * info_i_total_value(&squares)) / below;
}

double info_i_log_probability_slack(info_dtype precision)
{
    return precision == INFO_F16 || precision == INFO_BF16 ? 1e-2 : 1e-5;
}

const double *info_i_scores(info_ctx *ctx, const char *name, const double *values, int64_t count, info_dtype precision,
                            int64_t *above_zero)
{
    const double slack = info_i_log_probability_slack(precision);
    int64_t above = 0;
    if (info_i_check_pointer(&ctx->error, name, values) != INFO_OK ||
        info_i_lm_check_count(&ctx->error, "count", count) != INFO_OK)
        return NULL;
    for (int64_t i = 0; i < count; i++) {
        if (values[i] > slack) {
            info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                        "%s: %s at %lld; a log-probability is at most 0, and %s above it by rounding", name,
                        info_i_number_text(values[i]).text, (long long)i, info_i_number_text(slack).text);
            return NULL;
        }
        above += values[i] > 0;
    }
    if (above == 0)
        return values;
    *above_zero += above;
    double *own = info_i_scratch(ctx, count, sizeof *own);
    for (int64_t i = 0; own && i < count; i++)
        own[i] = values[i] > 0 ? 0 : values[i];
    return own;
}

info_status info_i_score_options(info_i_error *error, info_score_options *own, const info_score_options *given,
                                 int64_t count)
{
    info_status status = info_i_options(error, info_score_options, "options", own, given);
    if (status == INFO_OK)
        status = info_i_check_option(error, "options.precision", own->precision, INFO_F64, INFO_BF16);
    if (status != INFO_OK)
        return status;
    if (own->clusters && own->clusters_len != count)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.clusters: has %lld elements; there are %lld tokens",
                           (long long)own->clusters_len, (long long)count);
    if (own->units && own->units_len != count)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.units: has %lld elements; there are %lld tokens",
                           (long long)own->units_len, (long long)count);
    for (int64_t i = 0; own->units && i < count; i++)
        if (!(own->units[i] >= 0 && own->units[i] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "options.units: %s at %lld; finite numbers >= 0 are allowed",
                               info_i_number_text(own->units[i]).text, (long long)i);
    return INFO_OK;
}
