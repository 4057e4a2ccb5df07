/* SPDX-License-Identifier: MIT
 * Power laws: a line through the logarithms, and non-linear least squares.
 *
 * Everything is computed in u = log N - mean log N, where y = C exp(-a u) + b with
 * C = c exp(-a mean log N): the factor and the exponent are then almost uncorrelated. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/core.h"
#include "info/geometry.h"
#include "numeric/student.h"

typedef struct points {
    int64_t count;
    const double *y; /* the values, or their logarithms */
    double *u;       /* log N - center */
    double center;   /* mean log N */
    double span;     /* largest u minus smallest */
} points;

/* What all forms share: sums of squares and the t quantile. */
typedef struct quality {
    double residual; /* sum of squared residuals */
    double variance; /* of a residual */
    double quantile;
} quality;

static double mean(const double *x, int64_t count)
{
    double sum = 0, correction = 0;
    for (int64_t i = 0; i < count; i++)
        sum += x[i] / (double)count;
    for (int64_t i = 0; i < count; i++)
        correction += x[i] - sum;
    return sum + correction / (double)count;
}

static double centered_square(const double *x, int64_t count)
{
    const double center = mean(x, count);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (x[i] - center) * (x[i] - center);
    return sum;
}

static quality judge(const points *p, int64_t parameters, double residual, double confidence, info_power_law *law)
{
    const double total = centered_square(p->y, p->count);
    law->freedom = (double)(p->count - parameters);
    const quality q = {residual, residual / law->freedom, info_i_student_quantile(confidence, law->freedom)};
    law->r_squared = total > 0 ? 1 - residual / total : 1;
    law->deviation = sqrt(q.variance);
    return q;
}

static info_estimate estimate(double value, double variance, double quantile)
{
    const double error = sqrt(fmax(variance, 0));
    return (info_estimate){value, error, value - quantile * error, value + quantile * error};
}

/* c = sign exp(log_size), whose logarithm has the given variance. */
static info_estimate factor_estimate(double log_size, double variance, double quantile, double sign)
{
    const double error = sqrt(fmax(variance, 0)), size = exp(log_size);
    if (size == 0 || isinf(error))
        return (info_estimate){sign * size, INFINITY, -INFINITY, INFINITY};
    const double near = size * exp(-quantile * error), far = size * exp(quantile * error);
    return (info_estimate){sign * size, size * error, sign > 0 ? near : -far, sign > 0 ? far : -near};
}

static void fit_log_log(const points *p, double confidence, info_power_law *law)
{
    const double n = (double)p->count, height = mean(p->y, p->count);
    double uu = 0, uy = 0, residual = 0;
    for (int64_t i = 0; i < p->count; i++) {
        uu += p->u[i] * p->u[i];
        uy += p->u[i] * (p->y[i] - height);
    }
    const double slope = uy / uu;
    for (int64_t i = 0; i < p->count; i++) {
        const double r = p->y[i] - height - slope * p->u[i];
        residual += r * r;
    }
    const quality q = judge(p, 2, residual, confidence, law);
    law->exponent = estimate(-slope, q.variance / uu, q.quantile);
    law->factor =
        factor_estimate(height - slope * p->center, q.variance * (1 / n + p->center * p->center / uu), q.quantile, 1);
}

/* The law in u: y = scale exp(-a u) + offset. */
typedef struct curve {
    double a, scale, offset;
    double residual;
} curve;

/* Best scale and offset for a given exponent: linear least squares. */
static curve best_linear(const points *p, double a, bool with_offset)
{
    const double height = with_offset ? mean(p->y, p->count) : 0;
    double level = 0, ee = 0, ey = 0;
    if (with_offset)
        for (int64_t i = 0; i < p->count; i++)
            level += exp(-a * p->u[i]) / (double)p->count;
    for (int64_t i = 0; i < p->count; i++) {
        const double e = exp(-a * p->u[i]) - level;
        ee += e * e;
        ey += e * (p->y[i] - height);
    }
    curve c = {a, ee > 0 ? ey / ee : 0, 0, 0};
    c.offset = height - c.scale * level;
    for (int64_t i = 0; i < p->count; i++) {
        const double r = p->y[i] - height - c.scale * (exp(-a * p->u[i]) - level);
        c.residual += r * r;
    }
    return c;
}

/* Minimizes the residual over the exponent: a grid, then golden sections. */
static curve best_exponent(const points *p, bool with_offset, double limit, double nearest)
{
    enum { STEPS = 401 };
    curve best = {0};
    best.residual = INFINITY;
    const double step = 2 * limit / (STEPS - 1);
    for (int k = 0; k < STEPS; k++) {
        const double a = -limit + k * step;
        if (with_offset && fabs(a) < nearest)
            continue;
        const curve c = best_linear(p, a, with_offset);
        if (c.residual < best.residual)
            best = c;
    }
    const double golden = 0.61803398874989485;
    double low = fmax(best.a - step, -limit), high = fmin(best.a + step, limit);
    if (with_offset && low < nearest && high > -nearest) { /* stay on one side of 0 */
        low = best.a > 0 ? fmax(low, nearest) : low;
        high = best.a < 0 ? fmin(high, -nearest) : high;
    }
    curve left = best_linear(p, high - golden * (high - low), with_offset);
    curve right = best_linear(p, low + golden * (high - low), with_offset);
    for (int k = 0; k < 60; k++) {
        if (left.residual <= right.residual) {
            high = right.a;
            right = left;
            left = best_linear(p, high - golden * (high - low), with_offset);
        } else {
            low = left.a;
            left = right;
            right = best_linear(p, low + golden * (high - low), with_offset);
        }
    }
    const curve found = left.residual <= right.residual ? left : right;
    return found.residual < best.residual ? found : best;
}

/* Normal matrix J^T J and J^T r in the order exponent, log |scale|, offset. */
static void normal_equations(const points *p, const curve *c, int size, double normal[3][3], double right[3])
{
    memset(normal, 0, 9 * sizeof(double));
    memset(right, 0, 3 * sizeof(double));
    for (int64_t k = 0; k < p->count; k++) {
        const double e = c->scale * exp(-c->a * p->u[k]);
        const double row[3] = {-p->u[k] * e, e, 1}, r = p->y[k] - e - c->offset;
        for (int i = 0; i < size; i++) {
            right[i] += row[i] * r;
            for (int j = 0; j < size; j++)
                normal[i][j] += row[i] * row[j];
        }
    }
}

/* Inverts a symmetric positive definite matrix of order 2 or 3 by Gauss-Jordan
 * after scaling its diagonal to 1; false if it is singular to rounding. */
static bool invert(int size, double normal[3][3], double inverse[3][3])
{
    double work[3][6] = {{0}}, scale[3];
    for (int i = 0; i < size; i++) {
        if (!(normal[i][i] > 0) || !isfinite(normal[i][i]))
            return false;
        scale[i] = 1 / sqrt(normal[i][i]);
    }
    for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++)
            work[i][j] = normal[i][j] * scale[i] * scale[j];
        work[i][size + i] = 1;
    }
    for (int k = 0; k < size; k++) {
        if (!(work[k][k] > 16 * DBL_EPSILON))
            return false;
        for (int j = 2 * size - 1; j >= k; j--)
            work[k][j] /= work[k][k];
        for (int i = 0; i < size; i++) {
            const double multiple = work[i][k];
            for (int j = k; i != k && j < 2 * size; j++)
                work[i][j] -= multiple * work[k][j];
        }
    }
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            inverse[i][j] = work[i][size + j] * scale[i] * scale[j];
    return true;
}

/* Gauss-Newton steps, halved until they help, from a point that is almost there. */
static void polish(const points *p, int size, curve *c)
{
    for (int round = 0; round < 50; round++) {
        double normal[3][3], inverse[3][3], right[3], step[3] = {0};
        normal_equations(p, c, size, normal, right);
        if (!invert(size, normal, inverse))
            return;
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                step[i] += inverse[i][j] * right[j];
        double share = 1;
        curve next = *c;
        for (int half = 0; half < 30; half++, share /= 2) {
            next = best_linear(p, c->a + share * step[0], size == 3);
            if (next.residual < c->residual)
                break;
        }
        if (!(next.residual < c->residual))
            return;
        *c = next;
    }
}

static info_status fit_least_squares(const points *p, int size, double confidence, info_power_law *law)
{
    const bool with_offset = size == 3;
    const double limit = 40 / p->span, nearest = 1e-4 / p->span;
    curve c = best_exponent(p, with_offset, limit, nearest);
    polish(p, size, &c);
    double normal[3][3], inverse[3][3] = {{0}}, right[3];
    normal_equations(p, &c, size, normal, right);
    const bool determined = invert(size, normal, inverse);
    const quality q = judge(p, size, c.residual, confidence, law);

    /* log |c| = log |scale| + a center */
    const double spread = inverse[1][1] + 2 * p->center * inverse[0][1] + p->center * p->center * inverse[0][0];
    const double unknown = determined ? 0 : INFINITY;
    law->exponent = estimate(c.a, q.variance * inverse[0][0] + unknown, q.quantile);
    law->factor = factor_estimate(log(fabs(c.scale)) + c.a * p->center, q.variance * spread + unknown, q.quantile,
                                  c.scale < 0 ? -1 : 1);
    if (with_offset)
        law->offset = estimate(c.offset, q.variance * inverse[2][2] + unknown, q.quantile);
    const bool at_edge = fabs(c.a) > limit * (1 - 1e-9) || (with_offset && fabs(c.a) < 2 * nearest);
    return determined && !at_edge ? INFO_OK : INFO_NOT_CONVERGED;
}

static info_status check_points(info_i_error *error, const double *sizes, const double *values, int64_t count,
                                bool positive, int parameters)
{
    double seen[3];
    int distinct = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!(sizes[i] > 0) || !isfinite(sizes[i]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "sizes: element %lld is %s; sizes are finite and positive",
                               (long long)i, info_i_number_text(sizes[i]).text);
        if (!isfinite(values[i]) || (positive && !(values[i] > 0)))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "values: element %lld is %s; %s", (long long)i,
                               info_i_number_text(values[i]).text,
                               positive ? "the log-log form needs finite positive values" : "values are finite");
        if (fabs(values[i]) > 1e100)
            return info_i_fail(error, INFO_ERROR_DOMAIN, "values: element %lld is %s; at most 1e100 is allowed",
                               (long long)i, info_i_number_text(values[i]).text);
        bool known = false;
        for (int k = 0; k < distinct; k++)
            known = known || log(seen[k]) == log(sizes[i]);
        if (!known && distinct < parameters)
            seen[distinct++] = sizes[i];
    }
    if (distinct < parameters)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "sizes: %d distinct; %d parameters need as many", distinct,
                           parameters);
    return INFO_OK;
}

static info_status power_law_fit(info_ctx *ctx, const double *sizes, const double *values, int64_t count,
                                 const info_power_law_options *given, info_power_law *out)
{
    info_i_error *error = &ctx->error;
    info_power_law_options options;
    info_i_options(error, info_power_law_options, "options", &options, given);
    info_i_check_option(error, "options.form", options.form, INFO_POWER_LAW_LOG_LOG, INFO_POWER_LAW_OFFSET);
    info_i_check_real(error, "options.confidence", options.confidence, 0, 1, INFO_I_BELOW_HIGH);
    const double confidence = options.confidence == 0 ? 0.95 : options.confidence;
    const int parameters = options.form == INFO_POWER_LAW_OFFSET ? 3 : 2;
    const info_matrix size_row = {sizes, 1, count, count, 1, INFO_F64, 0};
    const info_matrix value_row = {values, 1, count, count, 1, INFO_F64, 0};
    info_i_check_pointer(error, "sizes", sizes);
    info_i_check_pointer(error, "values", values);
    info_i_check_pointer(error, "out", out);
    info_i_check(error, count > parameters, INFO_ERROR_SIZE,
                 "count: %lld; %d parameters with intervals need at least %d", (long long)count, parameters,
                 parameters + 1);
    info_i_check_matrix(error, "sizes", &size_row);
    info_i_check_matrix(error, "values", &value_row);
    info_i_check_spans(
        error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
        (info_i_span[]){info_i_matrix_span("sizes", &size_row), info_i_matrix_span("values", &value_row), {0}});
    const bool log_log = options.form == INFO_POWER_LAW_LOG_LOG;
    if (error->status != INFO_OK || check_points(error, sizes, values, count, log_log, parameters) != INFO_OK)
        return error->status;

    double *u = info_i_scratch(ctx, count, sizeof *u), *y = info_i_scratch(ctx, count, sizeof *y);
    if (!u || !y)
        return error->status;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        u[i] = log(sizes[i]);
        low = fmin(low, u[i]);
        high = fmax(high, u[i]);
        y[i] = log_log ? log(values[i]) : values[i];
    }
    const points p = {count, y, u, mean(u, count), high - low};
    for (int64_t i = 0; i < count; i++)
        u[i] -= p.center;

    info_power_law law = {0};
    info_status status = INFO_OK;
    if (log_log)
        fit_log_log(&p, confidence, &law);
    else
        status = fit_least_squares(&p, parameters, confidence, &law);
    *out = law;
    return status;
}

info_status info_power_law_fit(info_ctx *ctx, const double *sizes, const double *values, int64_t count,
                               const info_power_law_options *options, info_power_law *out)
{
    return INFO_I_CALL(ctx, power_law_fit(ctx, sizes, values, count, options, out));
}
