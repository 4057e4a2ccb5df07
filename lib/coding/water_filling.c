/* SPDX-License-Identifier: MIT
 * Rate-distortion of a Gaussian vector: reverse water-filling. */
#include <float.h>
#include <math.h>

#include "coding/arguments.h"
#include "coding/gaussian_source.h"
#include "info/coding.h"
#include "numeric/unit.h"

/* The water level t of a target, and how many components stand above it. At a high rate t itself may underflow. */
typedef struct level {
    double t, log_t;
    int64_t above;
} level;

static level level_at(double t, int64_t above)
{
    return (level){t, log(t), above};
}

/* Level at which the components share the distortion target: target = above t + the rest. */
static level level_of_distortion(int64_t n, const double *l, double target)
{
    double rest = 0;
    for (int64_t k = n; k > 0; k--) { /* try with k components above */
        const double t = (target - rest) / (double)k;
        if (t <= l[k - 1])
            return level_at(t, k);
        rest += l[k - 1];
    }
    return level_at(l[0], 0);
}

/* Level at which the components above it need the rate: log t = mean of log l - 2 rate / above. */
static level level_of_rate(int64_t n, const double *l, double rate)
{
    double logs = 0, log_t = log(l[0]);
    int64_t k = 0;
    while (k < n && l[k] > 0) {
        logs += log(l[k++]);
        log_t = (logs - 2 * rate) / (double)k;
        if (k == n || log_t >= log(l[k]))
            break;
    }
    return (level){exp(log_t), log_t, k};
}

static level level_of_slope(int64_t n, const double *l, double slope)
{
    level w = level_at(fmin(slope > 0 ? 1 / (2 * slope) : l[0], l[0]), 0);
    while (w.above < n && l[w.above] > w.t)
        w.above++;
    return w;
}

static info_status choose_level(info_ctx *ctx, int64_t n, const double *l, info_coding_at at, double target, level *w)
{
    const bool perfect = (at == INFO_AT_DISTORTION && target == 0) || (at == INFO_AT_SLOPE && isinf(target));
    if (l[0] == 0) { /* a constant: nothing to code */
        *w = (level){0, -INFINITY, 0};
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
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "source", source);
    info_i_check_pointer(error, "result", result);
    info_i_options(error, info_gaussian_options, "options", &options, given);
    const info_i_allowed allowed[] = {
        {"options.unit", options.unit, INFO_NAT, INFO_DIT},
        {"options.source", options.source, INFO_GAUSSIAN_COVARIANCE, INFO_GAUSSIAN_SAMPLES},
        {"options.reserved", options.reserved, 0, 0},
        {0}};
    const int64_t n = info_i_col_count(source);
    info_i_check_options(error, allowed);
    info_i_check_target(ctx, at, INFO_AT_DISTORTION, target);
    if (levels)
        info_i_check_output(error, "levels", levels, levels_len, n);
    info_i_check_spans(error,
                       (info_i_span[]){info_i_array_span("levels", levels, n, sizeof *levels),
                                       {"result", result, sizeof *result},
                                       {0}},
                       (info_i_span[]){info_i_matrix_span("source", source), {0}});
    if (error->status != INFO_OK)
        return error->status;

    double *l = info_i_scratch(ctx, n, sizeof *l);
    if (!l)
        return ctx->error.status;
    const double nats = info_i_from_nats(1, options.unit);
    level w = {0};
    info_status status = info_i_principal_variances(ctx, source, options.source, l);
    if (status == INFO_OK)
        status = choose_level(ctx, n, l, at, at == INFO_AT_DISTORTION ? target : target / nats, &w);
    if (status != INFO_OK)
        return status;

    double rate = 0, distortion = 0, terms = 1;
    for (int64_t k = 0; k < n; k++) {
        const double part = k < w.above ? (log(l[k]) - w.log_t) / 2 : 0;
        rate += fmax(part, 0);
        terms += fabs(part);
        distortion += fmin(w.t, l[k]);
        if (levels)
            levels[k] = fmin(w.t, l[k]);
    }
    const bool at_rate = at == INFO_AT_RATE;
    const double rounding = ((double)n + 16) * 0x1p-53 * (at_rate ? 2 * distortion * terms : terms);
    const double value = at_rate ? distortion : rate, least = fmax(value - rounding, 0);
    const double most = value + rounding + (w.above > 0 ? DBL_TRUE_MIN : 0); /* a distortion above 0 may underflow */
    coding.options.unit = options.unit;
    return info_i_coding_result(&coding, INFO_OK, at_rate, distortion, rate, least, most,
                                w.above > 0 ? 1 / (2 * w.t) : 0, 0, result);
}

info_status info_rate_distortion_gaussian(info_ctx *ctx, const info_matrix *source, info_coding_at at, double target,
                                          const info_gaussian_options *options, double *levels, int64_t levels_len,
                                          info_coding_result *result)
{
    return INFO_I_CALL(ctx, fill(ctx, source, at, target, options, levels, levels_len, result));
}
