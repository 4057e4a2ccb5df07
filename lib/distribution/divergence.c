/* SPDX-License-Identifier: MIT
 * Cross-entropy, Kullback-Leibler and their kin, and total variation. */
#include "distribution/pair.h"

/* ---- Blocks ------------------------------------------------------------- */

typedef void (*kernel_fn)(const double *p, const double *q, int64_t count, info_i_part *out);
typedef double (*term_fn)(double p, double q);

/* A block's sum by the kernel, or term by term where the kernel found numbers that are
 * too small for it, or a q of 0 where p is not. */
static info_i_part sum_block(kernel_fn kernel, term_fn term, const double *p, const double *q, int64_t count)
{
    info_i_part part;
    kernel(p, q, count, &part);
    if (part.flags & INFO_I_PART_ROUGH) {
        part.sum[0] = info_i_dd_from(0);
        for (int64_t i = 0; i < count && part.sum[0].high < INFINITY; i++)
            part.sum[0] = info_i_dd_add_double(part.sum[0], term(p[i], q[i]));
    }
    return part;
}

/* The same for rows given as logarithms. */
static info_i_part sum_log_block(term_fn term, const info_i_pair *r, int64_t col, int64_t count, double *buffers)
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

static double cross_entropy_term(double p, double q)
{
    return p > 0 ? -p * log(q) : 0;
}

static double cross_entropy_log_term(double log_p, double log_q)
{
    return log_p > -INFINITY ? -exp(log_p) * log_q : 0;
}

static info_i_part cross_entropy_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const double *p = p_block(pair, col, count, buffers), *q = q_block(pair, col, count, buffers);
    return sum_block(kernels_of(pair)->cross_entropy, cross_entropy_term, p, q, count);
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

/* Not so for negative numbers, which have no value anyway. */
static bool both_tiny(double p, double q)
{
    return p >= 0 && q >= 0 && p < 0x1p-500 && q < 0x1p-500;
}

/* 2 atanh(s)/s - 2 from z = s^2 <= 0.04 */
static double atanh_rest(double z)
{
    double series = 0;
    for (int k = 25; k >= 3; k -= 2)
        series = z * (series + 2.0 / k);
    return series;
}

/* The term away from equality, where its parts cancel, in double-double: with c the power of two
 * nearest to p/q it is q (1-c) + p log c, and what remains is a near term of p and q c. */
static double far_kl_term(double p, double q)
{
    const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
    const double octaves = rint(log2(q / p)), c = ldexp(1, (int)-octaves);
    const double d = fma(q, c, -p), s = d / fma(q, c, p);
    const info_i_dd sum = info_i_dd_add(info_i_two_product(q, 1 - c),
                                        info_i_dd_multiply(info_i_two_product(p, -octaves), log_2));
    return info_i_dd_value(info_i_dd_add_double(sum, s * (d - p * atanh_rest(s * s))));
}

/* p log(p/q) - p + q >= 0. With s = (q-p)/(q+p), log(q/p) = 2 atanh s, so that near
 * equality the term is s (q - p - p R), R = 2 s^2/3 + 2 s^4/5 + ..., free of cancellation. */
static double kl_term(double p, double q)
{
    const double s = (q - p) / (q + p), z = s * s;
    if (p == q || p == 0)
        return p == q ? 0 : q;
    if (q == 0)
        return INFINITY;
    if (both_tiny(p, q)) /* away from the subnormal numbers, which lack digits */
        return 0x1p-540 * kl_term(0x1p540 * p, 0x1p540 * q);
    if (p < 0x1p-900 || q < 0x1p-900) /* q / p may overflow or be subnormal */
        return (q - p) - p * (log(q) - log(p));
    if (fabs(s) > 0.2)
        return far_kl_term(p, q);
    return s * ((q - p) - p * atanh_rest(z));
}

/* The same from the logarithms: p (expm1(-d) + d), d = log(p/q). */
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

static double js_term(double p, double q)
{
    if (both_tiny(p, q))
        return p == q ? 0 : 0x1p-540 * js_term(0x1p540 * p, 0x1p540 * q);
    const double m = p / 2 + q / 2, s = (q - p) / (q + p), z = s * s;
    if (z < 0x1p-20) /* m ((1+s) log(1+s) + (1-s) log(1-s)) */
        return m * z * (1 + z / 6 + z * z / 15);
    return kl_term(p, m) + kl_term(q, m);
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
