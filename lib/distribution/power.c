/* SPDX-License-Identifier: MIT
 * Divergences made of sum p^a q^(1-a): Renyi, Tsallis, alpha, Hellinger,
 * Bhattacharyya, Chernoff, chi-square.
 *
 * All rest on one sum without cancellation, with b = 1 - a and d = log(p/q):
 *     G_a(p, q) = sum (a p + b q - p^a q^b) / b = sum p (expm1(-d) - expm1(-b d) / b) >= 0,
 * Tsallis's divergence. Its limit at a = 1 is KL, and nothing happens as a passes 1. Towards a = 0 it is
 *     G_a(p, q) = (a / b) G_b(q, p),
 * which is how orders below 1/2 are taken: with b there as exact as a was given. */
#include "distribution/compare.h"
#include "distribution/log_pair.h"

/* ---- Orders ------------------------------------------------------------- */

/* The sum for the order a, times scale; a >= 1/2, or the rows exchanged. */
typedef struct power_order {
    double a, b, scale;
    bool exchanged;
} power_order;

/* Of Tsallis's divergence. */
static power_order order_of(double a)
{
    return a < 0.5 && a != 0 ? (power_order){1 - a, a, a / (1 - a), true} : (power_order){a, 1 - a, 1, false};
}

static info_i_divergence with_order(info_i_divergence divergence, power_order o)
{
    divergence.parameter = o.a;
    divergence.complement = o.b;
    divergence.scale = o.scale;
    divergence.log_sum = o.a == 0 || o.b == 0 ? INFO_I_LOG_NONE : INFO_I_LOG_POWER;
    return divergence;
}

/* ---- The sum ------------------------------------------------------------ */

/* expm1(-d) - expm1(-b d)/b = sum over k >= 2 of (-d)^k (1 - b^(k-1)) / k!, for small d */
static double power_series(double a, double b, double d)
{
    double sum = 0, d_term = -d, b_power = 1;
    for (int k = 2; k <= 18; k++) {
        d_term *= -d / k;
        b_power *= b;
        sum += d_term * (k == 2 ? a : 1 - b_power);
    }
    return sum;
}

/* scale p^a q^b / |b|, of which no step overflows or underflows unless the result does. */
static double power_of(const info_i_compared *c, int64_t i, bool logs, double b, double scale)
{
    const double p = c->p[i], ratio = p / c->q[i], coefficient = scale / fabs(b), x = -b * c->log_ratio[i];
    if (!logs && ratio > 0x1p-1000 && ratio < 0x1p1000 && fabs(x) < 600)
        return p * pow(ratio, -b) * coefficient;
    return exp(c->log_p[i] + x + (log(scale) - log(fabs(b))));
}

static double power_term(const info_i_compared *c, int64_t i, bool logs, const info_i_divergence *o)
{
    const double a = o->parameter, b = o->complement, scale = o->scale, p = c->p[i], q = c->q[i];
    const double d = c->log_ratio[i];
    if (d == 0)
        return 0;
    if (c->log_p[i] == -INFINITY)
        return q * scale;
    if (a == 0)
        return 0;
    if (c->log_q[i] == -INFINITY)
        return b > 0 ? p * (a * scale / b) : INFINITY;
    if (fabs(d) < 0.5 && fabs(b * d) < 0.5)
        return p * power_series(a, b, d) * scale;
    if (b == 0)
        return ((q - p) + p * d) * scale;
    const double x = b * d;
    double term = (q - p) * scale;
    if (fabs(x) < 1)
        term -= p * expm1(-x) / b * scale;
    else if (b > 0)
        term -= power_of(c, i, logs, b, scale) - p * (scale / b);
    else
        term += power_of(c, i, logs, b, scale) - p * (scale / -b);
    return term > 0 ? term : 0; /* below 0 only by rounding */
}

static info_i_part power_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const info_i_compared cells = info_i_compare(r, col, count, buffers);
    const bool logs = info_i_is_log(r->p.input) || info_i_is_log(r->q.input);
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], power_term(&cells, i, logs, r->divergence));
    return part;
}

static double power_sum_value(const info_i_part *sums)
{
    return isfinite(sums->sum[0].high) ? info_i_dd_value(sums->sum[0]) : INFINITY;
}

/* scale G_a of two rows */
static info_status power_sum(const info_i_work *work, const info_i_pair *r, power_order o, double *value)
{
    const info_i_divergence at =
        with_order((info_i_divergence){.probabilities = power_part, .logarithms = power_part}, o);
    info_i_pair pair = o.exchanged ? info_i_pair_exchange(r) : *r;
    info_i_part sums;
    pair.divergence = &at;
    const info_status status = info_i_pair_sum(work, &pair, &sums);
    *value = status == INFO_OK ? power_sum_value(&sums) : 0;
    return status;
}

/* ---- Logarithms of sums far from 1 -------------------------------------- */

/* log(sum p^a q^b) / c with c = a - 1. With y = log(p/q) + log(p) / c it is the largest c y / c, plus
 *     log(sum exp(c (y - that))) / c,
 * so that no order is too large. +inf where no element is in both rows, or one is in p alone and c > 0. */
static double log_sum_over(const info_i_work *work, const info_i_pair *r, double c)
{
    const int64_t cols = r->p.input->matrix->cols;
    double extreme = c > 0 ? -INFINITY : INFINITY;
    info_i_dd sum = {0, 0};
    for (int pass = 0; pass < 2 && (pass == 0 || isfinite(extreme)); pass++)
        for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
            const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
            const info_i_compared cells = info_i_compare(r, col, count, work->buffers);
            for (int64_t i = 0; i < count; i++) {
                if (cells.log_p[i] == -INFINITY || (c < 0 && cells.log_q[i] == -INFINITY))
                    continue;
                const double y = cells.log_ratio[i] + cells.log_p[i] / c;
                if (pass == 1)
                    sum = info_i_dd_add_double(sum, exp(c * (y - extreme)));
                else if (c > 0 ? y > extreme : y < extreme)
                    extreme = y;
            }
        }
    return isfinite(extreme) ? extreme + log(info_i_dd_value(sum)) / c : INFINITY;
}

/* -log sum p^a q^b for 0 < a < 1, where it is not near 0 */
static double minus_log_far(const info_i_work *work, const info_i_pair *r, double a)
{
    info_i_part sums;
    bool good = false;
    if (info_i_are_logs_alike(r->p.input, r->q.input) && info_i_log_pair_tilt(work, r, a, &sums, &good) == INFO_OK &&
        good)
        return -log(info_i_dd_value(sums.sum[0]));
    return (1 - a) * log_sum_over(work, r, a - 1);
}

/* -log sum p^a q^b for 0 < a < 1 */
static info_status minus_log_sum(const info_i_work *work, const info_i_pair *r, double a, double *value)
{
    const power_order o = order_of(a);
    double sum;
    const info_status status = power_sum(work, r, o, &sum);
    const double missing = (1 - a) * sum; /* 1 - sum p^a q^b */
    if (missing < 0.5)
        *value = -log1p(-missing);
    else
        *value = minus_log_far(work, r, a);
    *value = *value > 0 ? *value : 0;
    return status;
}

/* ---- Renyi -------------------------------------------------------------- */

static double largest_log_ratio(const info_i_work *work, const info_i_pair *r)
{
    const int64_t cols = r->p.input->matrix->cols;
    double largest = 0;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        const double *d = info_i_pair_log_ratios(r, col, count, work->buffers, work->buffers + INFO_I_BLOCK);
        for (int64_t i = 0; i < count; i++)
            largest = d[i] > largest ? d[i] : largest;
    }
    return largest;
}

static info_status renyi_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *nats)
{
    const double a = r->divergence->parameter;
    if (a == INFINITY) {
        *nats = largest_log_ratio(work, r);
        return INFO_OK;
    }
    if (a < 1) {
        const info_status status = minus_log_sum(work, r, a, nats);
        *nats /= 1 - a;
        return status;
    }
    double sum;
    const info_status status = power_sum(work, r, order_of(a), &sum);
    const double excess = (a - 1) * sum; /* sum p^a q^b - 1 */
    const double value = excess < INFINITY ? log1p(excess) / (a - 1) : log_sum_over(work, r, a - 1);
    *nats = value > 0 ? value : 0;
    return status;
}

info_status info_renyi_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                  const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_i_divergence renyi = {.is_information = true,
                                     .parameter = order,
                                     .given_name = "order",
                                     .given = order,
                                     .high = INFINITY,
                                     .solve = renyi_of};
    if (order == 1)
        return info_kl(ctx, p, q, options, out, out_len);
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &renyi);
}

/* ---- Sums as they are --------------------------------------------------- */

/* The sum of an order: KL's kernels where it is that. */
static info_i_divergence sum_of_order(power_order o)
{
    const bool is_kl = o.b == 0 && o.scale == 1;
    info_i_divergence sum = with_order((info_i_divergence){.probabilities = is_kl ? info_i_kl_part : power_part,
                                                           .logarithms = is_kl ? info_i_kl_log_part : power_part},
                                       o);
    if (is_kl)
        sum.log_sum = INFO_I_LOG_KL;
    sum.exchanged = o.exchanged;
    return sum;
}

info_status info_tsallis_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                    const info_divergence_options *options, double *out, int64_t out_len)
{
    info_i_divergence tsallis = sum_of_order(order_of(order));
    tsallis.given_name = "order";
    tsallis.given = order;
    tsallis.high = INFINITY;
    tsallis.ends = INFO_I_BELOW_HIGH;
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &tsallis);
}

/* G_a(p, q) / a = G_b(q, p) / b */
info_status info_alpha_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double alpha,
                                  const info_divergence_options *options, double *out, int64_t out_len)
{
    power_order o = alpha == 0 ? (power_order){.a = 1, .exchanged = true} : order_of(alpha);
    o.scale = 1 / o.a;
    info_i_divergence divergence = sum_of_order(o);
    divergence.given_name = "alpha";
    divergence.given = alpha;
    divergence.low = -INFINITY;
    divergence.high = INFINITY;
    divergence.ends = INFO_I_OPEN;
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &divergence);
}

/* ---- Hellinger and Bhattacharyya ---------------------------------------- */

/* |sqrt(p) - sqrt(q)| */
static double hellinger_root(const info_i_compared *c, int64_t i)
{
    return -exp(fmax(c->log_p[i], c->log_q[i]) / 2) * expm1(-fabs(c->log_ratio[i]) / 2);
}

static info_i_part hellinger_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    const double *difference =
        info_i_pair_differences(r, col, count, p, q, buffers + 2 * INFO_I_BLOCK, buffers + 3 * INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count; i++) {
        if (p[i] == q[i] && (!difference || difference[i] == 0))
            continue;
        const double root = (difference ? difference[i] : p[i] - q[i]) / (sqrt(p[i]) + sqrt(q[i]));
        part.sum[0] = info_i_dd_add(part.sum[0], info_i_two_product(root, root));
    }
    return part;
}

static double hellinger_value(const info_i_pair *r, info_i_dd sum)
{
    return sqrt(fmin(info_i_dd_value(sum) / 2, 1));
}

static info_status bhattacharyya_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *nats)
{
    info_i_part sums;
    const info_status status = info_i_pair_sum(work, r, &sums);
    if (status != INFO_OK)
        return status;
    const double missing = info_i_dd_value(sums.sum[0]) / 2;
    *nats = missing < 0.5 ? -log1p(-missing) : minus_log_far(work, r, 0.5);
    *nats = *nats > 0 ? *nats : 0;
    return INFO_OK;
}

info_status info_hellinger(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                           const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence hellinger = {.probabilities = hellinger_part,
                                                .logarithms = hellinger_part,
                                                .log_sum = INFO_I_LOG_POWER,
                                                .complement = 0.5,
                                                .scale = 1,
                                                .value = hellinger_value,
                                                .root_of_term = hellinger_root};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &hellinger);
}

info_status info_bhattacharyya(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                               const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence bhattacharyya = {.probabilities = hellinger_part,
                                                    .logarithms = hellinger_part,
                                                    .log_sum = INFO_I_LOG_POWER,
                                                    .complement = 0.5,
                                                    .scale = 1,
                                                    .is_information = true,
                                                    .solve = bhattacharyya_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &bhattacharyya);
}

/* ---- Chi-square --------------------------------------------------------- */

/* |p - q| / sqrt(q), whose square is the term */
static double chi_root(double log_p, double log_q, double d)
{
    return d < 700 ? exp(log_q / 2) * expm1(d) : exp(log_p - log_q / 2);
}

static info_i_part chi_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_compared c = info_i_compare(pair, col, count, buffers);
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++) {
        const double root = c.log_ratio[i] == 0 ? 0 : chi_root(c.log_p[i], c.log_q[i], c.log_ratio[i]);
        part.sum[0] = info_i_dd_add_double(part.sum[0], root * root);
    }
    return part;
}

static info_i_part chi_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    const double *difference =
        info_i_pair_differences(r, col, count, p, q, buffers + 2 * INFO_I_BLOCK, buffers + 3 * INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++) {
        const double d = difference ? difference[i] : p[i] - q[i];
        if (d != 0)
            part.sum[0] = info_i_dd_add_double(part.sum[0], q[i] > 0 ? d * (d / q[i]) : INFINITY);
    }
    return part;
}

info_status info_chi_square(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                            const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence chi_square = {.probabilities = chi_part,
                                                 .logarithms = chi_log_part,
                                                 .log_sum = INFO_I_LOG_POWER,
                                                 .complement = -1,
                                                 .scale = 1};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &chi_square);
}

/* ---- Chernoff ----------------------------------------------------------- */

/* sum p^a q^b over the elements that both rows have, and its slopes by a. */
typedef struct tilt {
    double shift;             /* largest a log p + b log q */
    double sum, mean, square; /* of exp(. - shift), and of d and d^2 so weighted (not divided) */
    bool same_support;
} tilt;

static tilt plain_tilt(const info_i_work *work, const info_i_pair *r, double a)
{
    const int64_t cols = r->p.input->matrix->cols;
    tilt t = {.shift = -INFINITY, .same_support = true};
    info_i_dd sum = {0, 0}, mean = {0, 0}, square = {0, 0};
    for (int pass = 0; pass < 2 && (pass == 0 || t.shift > -INFINITY); pass++)
        for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
            const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
            const info_i_compared c = info_i_compare(r, col, count, work->buffers);
            for (int64_t i = 0; i < count; i++) {
                if (c.log_p[i] == -INFINITY || c.log_q[i] == -INFINITY) {
                    t.same_support &= c.log_p[i] == c.log_q[i];
                    continue;
                }
                const double x = a * c.log_p[i] + (1 - a) * c.log_q[i], d = c.log_ratio[i];
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

static tilt tilt_of(const info_i_work *work, const info_i_pair *r, double a)
{
    info_i_part sums;
    bool good = false;
    if (!info_i_are_logs_alike(r->p.input, r->q.input))
        return plain_tilt(work, r, a);
    if (info_i_log_pair_tilt(work, r, a, &sums, &good) != INFO_OK)
        return (tilt){.shift = -INFINITY}; /* canceled */
    if (!good)
        return plain_tilt(work, r, a);
    return (tilt){.sum = info_i_dd_value(sums.sum[0]),
                  .mean = info_i_dd_value(sums.sum[1]),
                  .square = info_i_dd_value(sums.sum[2]),
                  .same_support = !(sums.flags & INFO_I_PART_SIGN)};
}

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
    if (a > 0 && a < 1)
        return minus_log_sum(work, r, a, nats);
    const tilt t = tilt_of(work, r, a); /* the mass that one row has where the other has any */
    *nats = -(t.shift + log(t.sum));
    *nats = *nats > 0 ? *nats : 0;
    return work->error->status;
}

static info_status chernoff_order_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *order)
{
    *order = chernoff_order(work, r);
    return work->error->status;
}

info_status info_chernoff(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                          const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence chernoff = {.is_information = true, .solve = chernoff_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &chernoff);
}

info_status info_chernoff_order(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence order = {.solve = chernoff_order_of};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &order);
}
