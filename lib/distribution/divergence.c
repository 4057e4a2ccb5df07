/* SPDX-License-Identifier: MIT
 * Cross-entropy, Kullback-Leibler and their kin, and total variation. */
#include "distribution/pair.h"

#include "numeric/term.h"

/* ---- Blocks ------------------------------------------------------------- */

typedef void (*kernel_fn)(const double *p, const double *q, int64_t count, info_i_part *out);
typedef info_i_dd (*term_fn)(double p, double q);
typedef double (*log_term_fn)(double log_p, double log_q);

/* Not so of an element that makes its row invalid; it has no term, and is found by the check. */
static bool is_probability(double p)
{
    return p >= 0 && p <= 2;
}

static info_i_dd sum_terms(term_fn term, const double *p, const double *q, int64_t count)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < count && sum.high < INFINITY; i++) {
        if (!is_probability(p[i]) || !is_probability(q[i]))
            continue;
        const info_i_dd t = term(p[i], q[i]);
        sum = t.high < INFINITY ? info_i_dd_add(sum, t) : t;
    }
    return sum;
}

/* A block's sum by the kernel, or term by term where the kernel found numbers that are too small for it, or a q of 0
 * where p is not. */
static info_i_part sum_block(kernel_fn kernel, term_fn term, const double *p, const double *q, int64_t count)
{
    info_i_part part;
    kernel(p, q, count, &part);
    if (part.flags & INFO_I_PART_ROUGH)
        part.sum[0] = sum_terms(term, p, q, count);
    return part;
}

/* The same for rows given as logarithms. */
static info_i_part sum_log_block(log_term_fn term, const info_i_pair *r, int64_t col, int64_t count, double *buffers)
{
    const double *log_p = info_i_row_logs(&r->p, col, count, buffers);
    const double *log_q = info_i_row_logs(&r->q, col, count, buffers + INFO_I_BLOCK);
    info_i_part part = {0};
    for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++)
        part.sum[0] = info_i_dd_add_double(part.sum[0], term(log_p[i], log_q[i]));
    return part;
}

static const double *p_block(const void *pair, int64_t col, int64_t count, double *buffers)
{
    return info_i_row_probabilities(&((const info_i_pair *)pair)->p, col, count, buffers);
}

static const double *q_block(const void *pair, int64_t col, int64_t count, double *buffers)
{
    return info_i_row_probabilities(&((const info_i_pair *)pair)->q, col, count, buffers + INFO_I_BLOCK);
}

static const info_i_f64_kernels *kernels_of(const void *pair)
{
    return ((const info_i_pair *)pair)->kernels;
}

/* ---- Cross-entropy ------------------------------------------------------ */

/* Sums of so few terms keep the error of one, which the kernel leaves at some units in its last place where q is near 1. */
#define FEW 16

static info_i_dd cross_entropy_term(double p, double q)
{
    if (p == 0 || q == 0)
        return info_i_dd_from(p == 0 ? 0 : INFINITY);
    return info_i_dd_multiply_double(info_i_log_of(q), -p);
}

static double cross_entropy_log_term(double log_p, double log_q)
{
    return log_p > -INFINITY ? -exp(log_p) * log_q : 0;
}

static info_i_part cross_entropy_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    info_i_part part = sum_block(kernels_of(pair)->cross_entropy, cross_entropy_term, p, q, count);
    if (count <= FEW)
        part.sum[0] = sum_terms(cross_entropy_term, p, q, count);
    return part;
}

static info_i_part cross_entropy_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    return sum_log_block(cross_entropy_log_term, pair, col, count, buffers);
}

/* Below 0 only where a q within the tolerance exceeds 1. */
static double not_negative(const info_i_divergence *divergence, double sum)
{
    return sum > 0 ? sum : 0;
}

info_status info_cross_entropy(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                               const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence cross_entropy = {.probabilities = cross_entropy_part,
                                                    .logarithms = cross_entropy_log_part,
                                                    .checks = true,
                                                    .is_information = true,
                                                    .value = not_negative};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &cross_entropy);
}

/* ---- Kullback-Leibler --------------------------------------------------- */

static info_i_dd kl_term(double p, double q)
{
    return info_i_kl_term(info_i_dd_from(p), info_i_dd_from(q));
}

/* p log(p/q) - p + q from the logarithms: p (expm1(-d) + d), d = log(p/q). */
static double kl_log_term(double log_p, double log_q)
{
    const double d = log_p - log_q, p = exp(log_p);
    if (!(fabs(d) <= 1)) /* one is 0, or no cancellation to fear */
        return p == 0 ? exp(log_q) : p * d - p + exp(log_q);
    if (fabs(d) > 0.05)
        return p * (expm1(-d) + d);
    double series = 0; /* d^2/2 - d^3/6 + d^4/24 ... */
    for (int k = 12; k >= 3; k--)
        series = -d / k * (1 + series);
    return p * (d * d / 2) * (1 + series);
}

info_i_part info_i_kl_block(const info_i_f64_kernels *kernels, const double *p, const double *q, int64_t count)
{
    return sum_block(kernels->kl, kl_term, p, q, count);
}

info_i_part info_i_kl_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    return sum_block(kernels_of(pair)->kl, kl_term, p, q, count);
}

info_i_part info_i_kl_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    return sum_log_block(kl_log_term, pair, col, count, buffers);
}

info_status info_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_divergence_options *options,
                    double *out, int64_t out_len)
{
    static const info_i_divergence kl = {
        .probabilities = info_i_kl_part, .logarithms = info_i_kl_log_part, .checks = true, .is_information = true};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &kl);
}

/* ---- Jeffreys ----------------------------------------------------------- */

static info_i_part jeffreys_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    info_i_part part = sum_block(kernels_of(pair)->kl, kl_term, p, q, count);
    const info_i_part back = sum_block(kernels_of(pair)->kl, kl_term, q, p, count);
    part.sum[0] = info_i_dd_add(part.sum[0], back.sum[0]);
    return part;
}

static double jeffreys_log_term(double log_p, double log_q)
{
    return kl_log_term(log_p, log_q) + kl_log_term(log_q, log_p);
}

static info_i_part jeffreys_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    return sum_log_block(jeffreys_log_term, pair, col, count, buffers);
}

info_status info_jeffreys(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                          const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence jeffreys = {
        .probabilities = jeffreys_part, .logarithms = jeffreys_log_part, .checks = true, .is_information = true};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &jeffreys);
}

/* ---- Jensen-Shannon ----------------------------------------------------- */

/* Twice the term; m is kept with all its digits. */
static info_i_dd js_term(double p, double q)
{
    if (p < 0x1p-500 && q < 0x1p-500 && p + q > 0) { /* away from the subnormal numbers, which lack digits */
        const info_i_dd scaled = js_term(0x1p540 * p, 0x1p540 * q);
        return (info_i_dd){0x1p-540 * scaled.high, 0x1p-540 * scaled.low};
    }
    const info_i_dd m = info_i_two_sum(p / 2, q / 2);
    return info_i_dd_add(info_i_kl_term(info_i_dd_from(p), m), info_i_kl_term(info_i_dd_from(q), m));
}

/* Bounded by p + q, so that probabilities too small for a double do not matter: rows of
 * logarithms go this way too. */
static info_i_part js_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    return sum_block(kernels_of(pair)->jensen_shannon, js_term, p, q, count);
}

static double half(const info_i_divergence *divergence, double sum)
{
    return sum / 2;
}

static double root_of_half(const info_i_divergence *divergence, double sum)
{
    return sqrt(sum / 2);
}

info_status info_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_divergence_options *options,
                    double *out, int64_t out_len)
{
    static const info_i_divergence js = {
        .probabilities = js_part, .logarithms = js_part, .checks = true, .is_information = true, .value = half};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &js);
}

info_status info_js_distance(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence distance = {
        .probabilities = js_part, .logarithms = js_part, .checks = true, .value = root_of_half};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &distance);
}

/* ---- Total variation ---------------------------------------------------- */

static info_i_part distance_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    info_i_part part;
    kernels_of(pair)->distance(p, q, count, &part);
    return part;
}

info_status info_total_variation(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                 const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence total_variation = {
        .probabilities = distance_part, .logarithms = distance_part, .checks = true, .value = half};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &total_variation);
}
