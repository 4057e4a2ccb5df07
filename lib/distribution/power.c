/* SPDX-License-Identifier: MIT
 * Divergences made of sum p^a q^(1-a): Renyi, Tsallis, alpha, Hellinger,
 * Bhattacharyya, Chernoff, chi-square.
 *
 * All rest on one sum without cancellation, with b = 1 - a and d = log(p/q):
 *     G = sum (a p + b q - p^a q^b) / b = sum p (expm1(-d) - expm1(-b d) / b) >= 0,
 * Tsallis's divergence. Its limit at a = 1 is KL, and nothing happens as a passes 1. */
#include "distribution/pair.h"

/* expm1(-d) - expm1(-b d)/b = sum over k >= 2 of (-d)^k (1 - b^(k-1)) / k!, for small d */
static double power_series(double b, double d)
{
    double sum = 0, d_term = -d, b_power = 1;
    for (int k = 2; k <= 18; k++) {
        d_term *= -d / k;
        b_power *= b;
        sum += d_term * (k == 2 ? 1 - b : 1 - b_power);
    }
    return sum;
}

/* log(p/q) to full relative accuracy however near they are */
static double log_ratio(double p, double q)
{
    const double t = (p - q) / q;
    return fabs(t) < 0.5 ? log1p(t) : log(p) - log(q);
}

static double power_term(double p, double q, double log_p, double log_q, double d, double a)
{
    const double b = 1 - a;
    if (log_p == log_q)
        return 0;
    if (log_p == -INFINITY)
        return q;
    if (log_q == -INFINITY)
        return a < 1 ? a * p / b : INFINITY;
    if (fabs(d) < 0.5 && fabs(b * d) < 0.5)
        return p * power_series(b, d);
    if (b == 0)
        return (q - p) + p * d;
    const double x = b * d, term = (q - p) - (fabs(x) < 1 ? p * expm1(-x) : exp(log_p - x) - p) / b;
    return term > 0 ? term : 0; /* below 0 only by rounding, where a is nearly 0 */
}

static info_i_part power_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    const double a = r->divergence->parameter;
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++)
        part.sum[0] =
            info_i_dd_add_double(part.sum[0], power_term(p[i], q[i], log(p[i]), log(q[i]), log_ratio(p[i], q[i]), a));
    return part;
}

static info_i_part power_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *log_p = info_i_row_logs(&r->p, col, count, buffers);
    const double *log_q = info_i_row_logs(&r->q, col, count, buffers + INFO_I_BLOCK);
    const double a = r->divergence->parameter;
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++)
        part.sum[0] = info_i_dd_add_double(
            part.sum[0], power_term(exp(log_p[i]), exp(log_q[i]), log_p[i], log_q[i], log_p[i] - log_q[i], a));
    return part;
}

static double power_sum_value(const info_i_part *sums)
{
    return isfinite(sums->sum[0].high) ? info_i_dd_value(sums->sum[0]) : INFINITY;
}

/* ---- log of sum p^a q^b, for sums far from 1 ---------------------------- */

typedef struct tilt {
    double shift;             /* largest a log p + b log q */
    double sum, mean, square; /* of exp(. - shift), and of d and d^2 so weighted (not divided) */
    bool same_support;
} tilt;

/* Over the elements that both rows have. */
static tilt tilt_of(const info_i_work *work, const info_i_pair *r, double a)
{
    const int64_t cols = r->p.input->matrix->cols;
    const bool logs = info_i_is_log(r->p.input) || info_i_is_log(r->q.input);
    tilt t = {.shift = -INFINITY, .same_support = true};
    info_i_dd sum = {0, 0}, mean = {0, 0}, square = {0, 0};
    for (int pass = 0; pass < 2 && (pass == 0 || t.shift > -INFINITY); pass++)
        for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
            const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
            const double *log_p = info_i_row_logs(&r->p, col, count, work->buffers);
            const double *log_q = info_i_row_logs(&r->q, col, count, work->buffers + INFO_I_BLOCK);
            const double *p = info_i_row_probabilities(&r->p, col, count, work->buffers + 2 * INFO_I_BLOCK);
            const double *q = info_i_row_probabilities(&r->q, col, count, work->buffers + 3 * INFO_I_BLOCK);
            for (int64_t i = 0; i < count; i++) {
                if (log_p[i] == -INFINITY || log_q[i] == -INFINITY) {
                    t.same_support &= log_p[i] == log_q[i];
                    continue;
                }
                const double x = a * log_p[i] + (1 - a) * log_q[i];
                const double d = logs ? log_p[i] - log_q[i] : log_ratio(p[i], q[i]);
                if (pass == 0) {
                    t.shift = x > t.shift ? x : t.shift;
                } else {
                    const double w = exp(x - t.shift);
                    sum = info_i_dd_add_double(sum, w);
                    mean = info_i_dd_add_double(mean, w * d);
                    square = info_i_dd_add_double(square, w * d * d);
                }
            }
        }
    t.sum = info_i_dd_value(sum);
    t.mean = info_i_dd_value(mean);
    t.square = info_i_dd_value(square);
    return t;
}

/* -log sum p^a q^b, given b G = 1 - sum p^a q^b */
static double minus_log_sum(const info_i_work *work, const info_i_pair *r, double a, double power_sum)
{
    const double b_g = (1 - a) * power_sum;
    if (fabs(b_g) < 0.5)
        return -log1p(-b_g);
    const tilt t = tilt_of(work, r, a);
    return t.shift == -INFINITY ? INFINITY : -(t.shift + log(t.sum));
}

/* ---- Renyi -------------------------------------------------------------- */

static double largest_log_ratio(const info_i_work *work, const info_i_pair *r)
{
    const int64_t cols = r->p.input->matrix->cols;
    double largest = 0;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        const double *log_p = info_i_row_logs(&r->p, col, count, work->buffers);
        const double *log_q = info_i_row_logs(&r->q, col, count, work->buffers + INFO_I_BLOCK);
        for (int64_t i = 0; i < count; i++)
            if (log_p[i] > -INFINITY && log_p[i] - log_q[i] > largest)
                largest = log_p[i] - log_q[i];
    }
    return largest;
}

static info_status renyi_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *nats)
{
    const double a = r->divergence->parameter;
    info_i_part sums;
    if (a == INFINITY) {
        *nats = largest_log_ratio(work, r);
        return INFO_OK;
    }
    const info_status status = info_i_pair_sum(work, r, &sums);
    if (status != INFO_OK)
        return status;
    const double g = power_sum_value(&sums);
    if (a == 1 || g == INFINITY) {
        *nats = g;
    } else {
        const double value = minus_log_sum(work, r, a, g) / (1 - a);
        *nats = value > 0 ? value : 0;
    }
    return INFO_OK;
}

info_status info_renyi_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                  const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_i_divergence renyi = {.probabilities = power_part,
                                     .logarithms = power_log_part,
                                     .is_information = true,
                                     .parameter = order,
                                     .given_name = "order",
                                     .given = order,
                                     .high = INFINITY,
                                     .solve = renyi_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &renyi);
}

/* ---- Sums as they are --------------------------------------------------- */

info_status info_tsallis_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                    const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_i_divergence tsallis = {.probabilities = power_part,
                                       .logarithms = power_log_part,
                                       .parameter = order,
                                       .given_name = "order",
                                       .given = order,
                                       .high = INFINITY,
                                       .ends = INFO_I_BELOW_HIGH};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &tsallis);
}

static double over_order(const info_i_divergence *divergence, double sum)
{
    return sum / divergence->parameter;
}

static info_status hellinger_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *value)
{
    info_i_part sums;
    const info_status status = info_i_pair_sum(work, r, &sums);
    if (status == INFO_OK)
        *value = sqrt(fmin(power_sum_value(&sums) / 2, 1));
    return status;
}

static info_status bhattacharyya_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *nats)
{
    info_i_part sums;
    const info_status status = info_i_pair_sum(work, r, &sums);
    if (status == INFO_OK) {
        const double value = minus_log_sum(work, r, 0.5, power_sum_value(&sums));
        *nats = value > 0 ? value : 0;
    }
    return status;
}

info_status info_hellinger(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                           const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence hellinger = {
        .probabilities = power_part, .logarithms = power_log_part, .parameter = 0.5, .solve = hellinger_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &hellinger);
}

info_status info_bhattacharyya(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                               const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence bhattacharyya = {.probabilities = power_part,
                                                    .logarithms = power_log_part,
                                                    .is_information = true,
                                                    .parameter = 0.5,
                                                    .solve = bhattacharyya_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &bhattacharyya);
}

info_status info_chi_square(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                            const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence chi_square = {
        .probabilities = power_part, .logarithms = power_log_part, .parameter = 2};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &chi_square);
}

/* A(p, q) = G / a, and A_a(p, q) = A_(1-a)(q, p). Taking the side where a >= 1/2
 * leaves no division by 0. */
static info_i_part alpha_swapped(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair, swapped = {r->q, r->p, r->divergence, r->kernels};
    return power_part(&swapped, col, count, buffers);
}

static info_i_part alpha_log_swapped(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair, swapped = {r->q, r->p, r->divergence, r->kernels};
    return power_log_part(&swapped, col, count, buffers);
}

info_status info_alpha_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double alpha,
                                  const info_divergence_options *options, double *out, int64_t out_len)
{
    const bool swap = alpha < 0.5;
    const info_i_divergence divergence = {.probabilities = swap ? alpha_swapped : power_part,
                                          .logarithms = swap ? alpha_log_swapped : power_log_part,
                                          .parameter = swap ? 1 - alpha : alpha,
                                          .given_name = "alpha",
                                          .given = alpha,
                                          .low = -INFINITY,
                                          .high = INFINITY,
                                          .ends = INFO_I_OPEN,
                                          .value = over_order};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &divergence);
}

/* ---- Chernoff ----------------------------------------------------------- */

/* The order in 0..1 that makes sum p^a q^(1-a) smallest: the zero of the slope of its
 * logarithm, which is convex, by Newton's method kept inside a shrinking interval. */
static double chernoff_order(const info_i_work *work, const info_i_pair *r)
{
    double low = 0, high = 1, a = 0.5;
    const tilt first = tilt_of(work, r, 0), last = tilt_of(work, r, 1);
    if (first.shift == -INFINITY)
        return 0.5;
    if (!first.same_support && first.mean >= 0) /* the slope has its sign at an end */
        return 0;
    if (!first.same_support && last.mean <= 0)
        return 1;
    for (int step = 0; step < 60 && high - low > 1e-12; step++) {
        const tilt t = tilt_of(work, r, a);
        const double slope = t.mean / t.sum, curvature = t.square / t.sum - slope * slope;
        if (slope > 0)
            high = a;
        else
            low = a;
        if (slope == 0)
            break;
        const double next = a - slope / curvature, before = a;
        a = next > low && next < high ? next : (low + high) / 2;
        if (fabs(a - before) < 1e-10)
            break;
    }
    return a;
}

static info_status chernoff_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *nats)
{
    const double a = chernoff_order(work, r);
    info_i_divergence at = *r->divergence;
    at.parameter = a;
    const info_i_pair pair = {r->p, r->q, &at, r->kernels};
    info_i_part sums;
    info_status status = INFO_OK;
    if (a > 0 && a < 1) {
        status = info_i_pair_sum(work, &pair, &sums);
        *nats = status == INFO_OK ? minus_log_sum(work, r, a, power_sum_value(&sums)) : 0;
    } else { /* the mass that one row has where the other has any */
        const tilt t = tilt_of(work, r, a);
        *nats = -(t.shift + log(t.sum));
    }
    *nats = *nats > 0 ? *nats : 0;
    return status;
}

static info_status chernoff_order_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *order)
{
    *order = chernoff_order(work, r);
    return INFO_OK;
}

info_status info_chernoff(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                          const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence chernoff = {
        .probabilities = power_part, .logarithms = power_log_part, .is_information = true, .solve = chernoff_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &chernoff);
}

info_status info_chernoff_order(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence order = {.solve = chernoff_order_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &order);
}
