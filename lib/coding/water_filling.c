/* SPDX-License-Identifier: MIT
 * Rate-distortion of a Gaussian vector: reverse water-filling. */
#include <math.h>

#include "coding/arguments.h"
#include "coding/gaussian_source.h"
#include "info/coding.h"
#include "numeric/unit.h"

/* The water level t > 0 of a target, and how many components stand above it. */
typedef struct level {
    double t;
    int64_t above;
} level;

/* Level at which the components share the distortion target: target = above t + the rest. */
static level level_of_distortion(int64_t n, const double *l, double target)
{
    double rest = 0;
    for (int64_t k = n; k > 0; k--) { /* try with k components above */
        const double t = (target - rest) / (double)k;
        if (t <= l[k - 1])
            return (level){t, k};
        rest += l[k - 1];
    }
    return (level){l[0], 0};
}

/* Level at which the components above it need the rate: log t = mean of log l - 2 rate / above. */
static level level_of_rate(int64_t n, const double *l, double rate)
{
    double logs = 0, t = l[0];
    int64_t k = 0;
    while (k < n && l[k] > 0) {
        logs += log(l[k++]);
        t = exp((logs - 2 * rate) / (double)k);
        if (k == n || t >= l[k])
            break;
    }
    return (level){t, k};
}

static level level_of_slope(int64_t n, const double *l, double slope)
{
    level w = {slope > 0 ? 1 / (2 * slope) : l[0], 0};
    if (w.t > l[0])
        w.t = l[0];
    while (w.above < n && l[w.above] > w.t)
        w.above++;
    return w;
}

static info_status choose_level(info_ctx *ctx, int64_t n, const double *l, info_coding_at at, double target, level *w)
{
    const bool perfect = (at == INFO_AT_DISTORTION && target == 0) || (at == INFO_AT_SLOPE && isinf(target));
    if (l[0] == 0) { /* a constant: nothing to code */
        *w = (level){0, 0};
        return INFO_OK;
    }
    if (perfect)
        return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE,
                           "target: no finite rate describes a continuous source without distortion");
    *w = at == INFO_AT_DISTORTION ? level_of_distortion(n, l, target)
         : at == INFO_AT_RATE     ? level_of_rate(n, l, target)
                                  : level_of_slope(n, l, target);
    return INFO_OK;
}

static info_status fill(info_ctx *ctx, const info_matrix *source, info_coding_at at, double target,
                        const info_gaussian_options *given, double *levels, int64_t levels_len,
                        info_coding_result *result)
{
    info_i_coding coding = {0};
    info_gaussian_options options = {0};
    info_status status = info_i_check_matrix(&ctx->error, "source", source);
    if (status == INFO_OK)
        status = info_i_check_pointer(&ctx->error, "result", result);
    if (status == INFO_OK)
        status = info_i_options(&ctx->error, info_gaussian_options, "options", &options, given);
    const info_i_allowed allowed[] = {
        {"options.unit", options.unit, INFO_NAT, INFO_DIT},
        {"options.source", options.source, INFO_GAUSSIAN_COVARIANCE, INFO_GAUSSIAN_SAMPLES},
        {"options.reserved", options.reserved, 0, 0},
        {0}};
    if (status == INFO_OK)
        status = info_i_check_options(&ctx->error, allowed);
    if (status == INFO_OK)
        status = info_i_check_target(ctx, at, INFO_AT_DISTORTION, target);
    if (status == INFO_OK && levels)
        status = info_i_check_output(&ctx->error, "levels", levels, levels_len, source->cols);
    if (status == INFO_OK && levels)
        status = info_i_check_overlap(&ctx->error, "levels", levels, source->cols * (int64_t)sizeof *levels, "source",
                                      source);
    if (status != INFO_OK)
        return status;

    const int64_t n = source->cols;
    double *l = info_i_scratch(ctx, n, sizeof *l);
    if (!l)
        return ctx->error.status;
    const double nats = info_i_from_nats(1, options.unit);
    level w;
    status = info_i_principal_variances(ctx, source, options.source, l);
    if (status == INFO_OK)
        status = choose_level(ctx, n, l, at, at == INFO_AT_DISTORTION ? target : target / nats, &w);
    if (status != INFO_OK)
        return status;

    double rate = 0, distortion = 0, terms = 1;
    for (int64_t k = 0; k < n; k++) {
        const double part = k < w.above ? log(l[k] / w.t) / 2 : 0;
        rate += fmax(part, 0);
        terms += fabs(part);
        distortion += fmin(w.t, l[k]);
        if (levels)
            levels[k] = fmin(w.t, l[k]);
    }
    const bool at_rate = at == INFO_AT_RATE;
    const double rounding = ((double)n + 16) * 0x1p-53 * (at_rate ? 2 * distortion * terms : terms);
    const double value = at_rate ? distortion : rate, least = fmax(value - rounding, 0);
    coding.options.unit = options.unit;
    return info_i_coding_result(&coding, INFO_OK, at_rate, distortion, rate, least, value + rounding,
                                w.above > 0 ? 1 / (2 * w.t) : 0, 0, result);
}

info_status info_rate_distortion_gaussian(info_ctx *ctx, const info_matrix *source, info_coding_at at, double target,
                                          const info_gaussian_options *options, double *levels, int64_t levels_len,
                                          info_coding_result *result)
{
    return INFO_I_CALL(ctx, fill(ctx, source, at, target, options, levels, levels_len, result));
}
