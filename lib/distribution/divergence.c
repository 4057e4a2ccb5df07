/* SPDX-License-Identifier: MIT
 * Cross-entropy, Kullback-Leibler and their kin, and total variation. */
#include "distribution/compare.h"
#include "distribution/entropy.h"

#include <string.h>

#include "numeric/term.h"

/* ---- Blocks ------------------------------------------------------------- */

typedef void (*kernel_fn)(const double *p, const double *q, const double *difference, int64_t count, info_i_part *out);
typedef info_i_dd (*term_fn)(double p, double q);

/* Not so of an element that makes its row invalid; it has no term, and is found by the check. */
static bool is_probability(double p)
{
    return p >= 0 && p <= 2;
}

/* The term of near numbers from their mean m and s = (p - q) / 2m. */
typedef double (*near_fn)(double m, double s);

typedef struct terms {
    term_fn term;
    near_fn near;
} terms;

static info_i_dd sum_terms(const terms *of, const double *p, const double *q, const double *difference, int64_t count)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < count && sum.high < INFINITY; i++) {
        if (!is_probability(p[i]) || !is_probability(q[i]))
            continue;
        const bool near = difference && fabs(difference[i]) < 0.25 * q[i];
        const info_i_dd t =
            near ? info_i_dd_from(of->near((p[i] + q[i]) / 2, difference[i] / (p[i] + q[i]))) : of->term(p[i], q[i]);
        sum = t.high < INFINITY ? info_i_dd_add(sum, t) : t;
    }
    return sum;
}

/* A block's sum by the kernel, or term by term where the kernel found numbers that are too small for it, or a q of 0
 * where p is not. */
static info_i_part sum_block(kernel_fn kernel, const terms *of, const double *p, const double *q,
                             const double *difference, int64_t count)
{
    info_i_part part;
    kernel(p, q, difference, count, &part);
    if (part.flags & INFO_I_PART_ROUGH)
        part.sum[0] = sum_terms(of, p, q, difference, count);
    return part;
}

/* A block of two rows as probabilities. */
typedef struct block {
    const double *p, *q, *difference; /* NULL: p and q say all */
} block;

static block block_of(const info_i_pair *r, int64_t col, int64_t count, double *buffers)
{
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    return (block){
        p, q, info_i_pair_differences(r, col, count, p, q, buffers + 2 * INFO_I_BLOCK, buffers + 3 * INFO_I_BLOCK)};
}

static const info_i_kernels *kernels_of(const void *pair)
{
    return ((const info_i_pair *)pair)->kernels;
}

/* ---- Cross-entropy ------------------------------------------------------ */

static info_i_part cross_entropy_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    return info_i_cross_entropy_part(&r->p, &r->q, col, count, buffers);
}

static double cross_entropy_value(const info_i_pair *r, info_i_dd sum)
{
    return info_i_cross_entropy_value(&r->p, &r->q, sum);
}

info_status info_cross_entropy(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                               const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence cross_entropy = {.probabilities = cross_entropy_part,
                                                    .logarithms = cross_entropy_part,
                                                    .checks = true,
                                                    .is_information = true,
                                                    .apart = true,
                                                    .of_logits = INFO_I_LOGITS_CROSS_ENTROPY,
                                                    .value = cross_entropy_value};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &cross_entropy);
}

/* ---- Kullback-Leibler --------------------------------------------------- */

static info_i_dd kl_term(double p, double q)
{
    return info_i_kl_term(info_i_dd_from(p), info_i_dd_from(q));
}

info_i_part info_i_kl_block(const info_i_kernels *kernels, const double *p, const double *q, const double *difference,
                            int64_t count)
{
    static const terms kl = {kl_term, info_i_kl_near};
    return sum_block(kernels->rows_f64->kl, &kl, p, q, difference, count);
}

info_i_part info_i_kl_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const block b = block_of(pair, col, count, buffers);
    return info_i_kl_block(kernels_of(pair), b.p, b.q, b.difference, count);
}

static info_i_part sum_ratios(const info_i_kernels *kernels, const double *p, const double *q, const double *ratios,
                              int64_t count)
{
    info_i_part part;
    kernels->logs_f64->kl_of_ratios(p, q, ratios, count, &part);
    if (!isfinite(part.sum[0].high))
        part.sum[0] = info_i_dd_from(INFINITY);
    return part;
}

info_i_part info_i_kl_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers + 2 * INFO_I_BLOCK);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + 3 * INFO_I_BLOCK);
    const double *ratios = info_i_pair_log_ratios(r, col, count, buffers, buffers + INFO_I_BLOCK);
    return sum_ratios(r->kernels, p, q, ratios, count);
}

info_status info_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_divergence_options *options,
                    double *out, int64_t out_len)
{
    static const info_i_divergence kl = {.probabilities = info_i_kl_part,
                                         .logarithms = info_i_kl_log_part,
                                         .log_sum = INFO_I_LOG_KL,
                                         .of_logits = INFO_I_LOGITS_KL,
                                         .checks = true,
                                         .is_information = true};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &kl);
}

/* ---- Jeffreys ----------------------------------------------------------- */

static info_i_part jeffreys_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const block b = block_of(pair, col, count, buffers);
    double *back_difference = b.difference ? buffers + 3 * INFO_I_BLOCK : NULL;
    for (int64_t i = 0; i < count && b.difference; i++)
        back_difference[i] = -b.difference[i];
    info_i_part part = info_i_kl_block(kernels_of(pair), b.p, b.q, b.difference, count);
    const info_i_part back = info_i_kl_block(kernels_of(pair), b.q, b.p, back_difference, count);
    part.sum[0] = info_i_dd_add(part.sum[0], back.sum[0]);
    return part;
}

static info_i_part jeffreys_log_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair back = info_i_pair_exchange(pair);
    info_i_part part = info_i_kl_log_part(pair, col, count, buffers);
    const info_i_part other = info_i_kl_log_part(&back, col, count, buffers);
    part.sum[0] = isfinite(part.sum[0].high) && isfinite(other.sum[0].high) ? info_i_dd_add(part.sum[0], other.sum[0])
                                                                            : info_i_dd_from(INFINITY);
    return part;
}

info_status info_jeffreys(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                          const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence jeffreys = {.probabilities = jeffreys_part,
                                               .logarithms = jeffreys_log_part,
                                               .log_sum = INFO_I_LOG_JEFFREYS,
                                               .of_logits = INFO_I_LOGITS_JEFFREYS,
                                               .checks = true,
                                               .is_information = true};
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

/* The root of twice the term, m s^2 info_i_js_series(s) with s = tanh |d|/2. */
static double js_root(const info_i_compared *c, int64_t i)
{
    const double d = fabs(c->log_ratio[i]), s = tanh(d / 2), log_most = fmax(c->log_p[i], c->log_q[i]);
    return exp(log_most / 2) * sqrt((1 + exp(-d)) / 2) * s * sqrt(info_i_js_series(s));
}

/* Bounded by p + q, so that probabilities too small for a double do not matter: rows of
 * logarithms go this way too. */
static info_i_part js_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const block b = block_of(pair, col, count, buffers);
    static const terms js = {js_term, info_i_js_near};
    return sum_block(kernels_of(pair)->rows_f64->jensen_shannon, &js, b.p, b.q, b.difference, count);
}

static double half(const info_i_pair *r, info_i_dd sum)
{
    return info_i_dd_value(sum) / 2;
}

static double root_of_half(const info_i_pair *r, info_i_dd sum)
{
    return sqrt(info_i_dd_value(sum) / 2);
}

info_status info_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_divergence_options *options,
                    double *out, int64_t out_len)
{
    static const info_i_divergence js = {.probabilities = js_part,
                                         .logarithms = js_part,
                                         .log_sum = INFO_I_LOG_JS,
                                         .of_logits = INFO_I_LOGITS_JS,
                                         .checks = true,
                                         .is_information = true,
                                         .value = half};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &js);
}

info_status info_js_distance(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence distance = {.probabilities = js_part,
                                               .logarithms = js_part,
                                               .log_sum = INFO_I_LOG_JS,
                                               .of_logits = INFO_I_LOGITS_JS,
                                               .is_root = true,
                                               .checks = true,
                                               .value = root_of_half,
                                               .root_of_term = js_root};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &distance);
}

/* ---- Total variation ---------------------------------------------------- */

static info_i_part distance_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const block b = block_of(pair, col, count, buffers);
    double *zeros = buffers + 4 * INFO_I_BLOCK;
    info_i_part part;
    if (b.difference)
        memset(zeros, 0, (size_t)count * sizeof *zeros);
    kernels_of(pair)->rows_f64->distance(b.difference ? b.difference : b.p, b.difference ? zeros : b.q, count, &part);
    return part;
}

info_status info_total_variation(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                 const info_divergence_options *options, double *out, int64_t out_len)
{
    static const info_i_divergence total_variation = {.probabilities = distance_part,
                                                      .logarithms = distance_part,
                                                      .log_sum = INFO_I_LOG_DISTANCE,
                                                      .of_logits = INFO_I_LOGITS_VARIATION,
                                                      .checks = true,
                                                      .value = half};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &total_variation);
}

/* ---- KL of two rows ----------------------------------------------------- */

info_status info_i_kl_of_rows(const info_i_work *work, const info_i_row *p, const info_i_row *q, double *nats)
{
    static const info_i_divergence kl = {
        .probabilities = info_i_kl_part, .logarithms = info_i_kl_log_part, .log_sum = INFO_I_LOG_KL};
    info_i_pair pair = {.p = *p, .q = *q, .divergence = &kl, .kernels = p->input->kernels};
    info_i_part sums;
    info_status status = info_i_pair_align(work, &pair);
    if (status == INFO_OK && !isnan(pair.kl)) {
        *nats = pair.kl;
        return INFO_OK;
    }
    if (status == INFO_OK)
        status = info_i_pair_sum(work, &pair, &sums);
    if (status == INFO_OK)
        *nats = isfinite(sums.sum[0].high) ? info_i_dd_value(sums.sum[0]) : INFINITY;
    return status;
}
