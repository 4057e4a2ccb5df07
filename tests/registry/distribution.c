/* SPDX-License-Identifier: MIT
 * Drivers of distribution.h. */
#include <math.h>

#include "registry.h"

static int content_of(info_kind kind)
{
    static const int of[] = {REG_PROBABILITIES, REG_LOG_PROBABILITIES, REG_LOGITS, REG_COUNTS};
    return of[kind];
}

/* ---- Functions of one distribution -------------------------------------- */

static info_status drive_entropy(reg_case *c, info_kind kind)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {.kind = kind};
    const info_matrix *x = reg_matrix(c, "x", content_of(kind), rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_entropy(reg_ctx(c), x, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= H");
    return status;
}

static info_status drive_entropy_of_probabilities(reg_case *c)
{
    return drive_entropy(c, INFO_PROBABILITIES);
}

static info_status drive_entropy_of_logs(reg_case *c)
{
    return drive_entropy(c, INFO_LOG_PROBABILITIES);
}

static info_status drive_entropy_of_logits(reg_case *c)
{
    return drive_entropy(c, INFO_LOGITS);
}

static info_status drive_entropy_of_counts(reg_case *c)
{
    return drive_entropy(c, INFO_COUNTS);
}

static info_status drive_row_function(reg_case *c,
                                      info_status (*function)(info_ctx *, const info_matrix *,
                                                              const info_entropy_options *, double *, int64_t))
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {0};
    const info_matrix *x = reg_matrix(c, "x", REG_PROBABILITIES, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = function(reg_ctx(c), x, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0 && out.data[0] <= 1, "0 <= value <= 1");
    return status;
}

static info_status drive_efficiency(reg_case *c)
{
    return drive_row_function(c, info_efficiency);
}

static info_status drive_redundancy(reg_case *c)
{
    return drive_row_function(c, info_redundancy);
}

static info_status drive_order(reg_case *c, double wanted_order,
                               info_status (*function)(info_ctx *, const info_matrix *, double,
                                                       const info_entropy_options *, double *, int64_t))
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {0};
    const info_matrix *x = reg_matrix(c, "x", REG_PROBABILITIES, rows, cols);
    const double order = reg_number(c, "order", wanted_order);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = function(reg_ctx(c), x, order, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "never negative");
    return status;
}

static info_status drive_renyi_entropy(reg_case *c)
{
    return drive_order(c, 2, info_renyi_entropy);
}

static info_status drive_tsallis_entropy(reg_case *c)
{
    return drive_order(c, 0.5, info_tsallis_entropy);
}

static info_status drive_hill_number(reg_case *c)
{
    return drive_order(c, 1, info_hill_number);
}

static info_status drive_row_matrix(reg_case *c, const char *name, info_kind kind,
                                    info_status (*function)(info_ctx *, const info_matrix *,
                                                            const info_entropy_options *, const info_matrix_out *))
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {.kind = kind};
    const info_matrix *x = reg_matrix(c, "x", content_of(kind), rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const info_matrix_out *out = reg_matrix_out(c, name, rows, cols);
    return function(reg_ctx(c), x, options, out);
}

static info_status drive_surprisal(reg_case *c)
{
    return drive_row_matrix(c, "out", INFO_PROBABILITIES, info_surprisal);
}

static info_status drive_entropy_gradient(reg_case *c)
{
    return drive_row_matrix(c, "gradient", INFO_PROBABILITIES, info_entropy_gradient);
}

static info_status drive_entropy_gradient_of_logits(reg_case *c)
{
    return drive_row_matrix(c, "gradient", INFO_LOGITS, info_entropy_gradient);
}

static info_status drive_js_many(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {0};
    const info_matrix *x = reg_matrix(c, "x", REG_PROBABILITIES, rows, cols);
    const double *weights = reg_vector(c, "weights", REG_PROBABILITIES | REG_OPTIONAL, rows);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    double *out = reg_output_fixed(c, "out", 1);
    return info_js_many(reg_ctx(c), x, weights, options, out);
}

/* ---- Functions of two --------------------------------------------------- */

typedef info_status (*divergence_fn)(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_divergence_options *options, double *out, int64_t out_len);

static info_status drive_divergence(reg_case *c, divergence_fn function, info_kind p_kind, info_kind q_kind)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {.p_kind = p_kind, .q_kind = q_kind};
    const info_matrix *p = reg_matrix(c, "p", content_of(p_kind), rows, cols);
    const info_matrix *q = reg_matrix(c, "q", content_of(q_kind), rows, cols);
    reg_keep_field(c, offsetof(info_divergence_options, pairing), sizeof wanted.pairing); /* asks for more output */
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = function(reg_ctx(c), p, q, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "never negative");
    return status;
}

static info_status drive_cross_entropy(reg_case *c)
{
    return drive_divergence(c, info_cross_entropy, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_cross_entropy_with_logits(reg_case *c)
{
    return drive_divergence(c, info_cross_entropy, INFO_COUNTS, INFO_LOGITS);
}

static info_status drive_kl(reg_case *c)
{
    return drive_divergence(c, info_kl, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_kl_of_logits(reg_case *c)
{
    return drive_divergence(c, info_kl, INFO_LOGITS, INFO_LOGITS);
}

static info_status drive_jeffreys(reg_case *c)
{
    return drive_divergence(c, info_jeffreys, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_js(reg_case *c)
{
    return drive_divergence(c, info_js, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_js_distance(reg_case *c)
{
    return drive_divergence(c, info_js_distance, INFO_PROBABILITIES, INFO_COUNTS);
}

static info_status drive_total_variation(reg_case *c)
{
    return drive_divergence(c, info_total_variation, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_hellinger(reg_case *c)
{
    return drive_divergence(c, info_hellinger, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_bhattacharyya(reg_case *c)
{
    return drive_divergence(c, info_bhattacharyya, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_chernoff(reg_case *c)
{
    return drive_divergence(c, info_chernoff, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_chernoff_order(reg_case *c)
{
    return drive_divergence(c, info_chernoff_order, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_chi_square(reg_case *c)
{
    return drive_divergence(c, info_chi_square, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_divergence_at(reg_case *c, const char *name, double wanted_parameter,
                                       info_status (*function)(info_ctx *, const info_matrix *, const info_matrix *,
                                                               double, const info_divergence_options *, double *,
                                                               int64_t))
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {0};
    const info_matrix *p = reg_matrix(c, "p", REG_PROBABILITIES, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_PROBABILITIES, rows, cols);
    const double parameter = reg_number(c, name, wanted_parameter);
    reg_keep_field(c, offsetof(info_divergence_options, pairing), sizeof wanted.pairing);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = function(reg_ctx(c), p, q, parameter, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "never negative");
    return status;
}

static info_status drive_renyi_divergence(reg_case *c)
{
    return drive_divergence_at(c, "order", 2, info_renyi_divergence);
}

static info_status drive_tsallis_divergence(reg_case *c)
{
    return drive_divergence_at(c, "order", 0.5, info_tsallis_divergence);
}

static info_status drive_alpha_divergence(reg_case *c)
{
    return drive_divergence_at(c, "alpha", -1, info_alpha_divergence);
}

static info_status drive_generalized_js(reg_case *c)
{
    return drive_divergence_at(c, "beta", 0.25, info_generalized_js);
}

static double square(void *user, double t)
{
    return (t - 1) * (t - 1);
}

static info_status drive_f_divergence(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {0};
    const info_matrix *p = reg_matrix(c, "p", REG_PROBABILITIES, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_PROBABILITIES, rows, cols);
    reg_keep_field(c, offsetof(info_divergence_options, pairing), sizeof wanted.pairing);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_f_divergence(reg_ctx(c), p, q, square, NULL, INFINITY, options, out.data, out.length);
}

static info_status drive_wasserstein(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {0};
    const info_matrix *p = reg_matrix(c, "p", REG_PROBABILITIES, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_PROBABILITIES, rows, cols);
    reg_keep_field(c, offsetof(info_divergence_options, pairing), sizeof wanted.pairing);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_wasserstein(reg_ctx(c), p, q, NULL, options, out.data, out.length);
}

static info_status drive_divergence_gradient(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {0};
    const int32_t divergence = reg_choice(c, "divergence", INFO_GRADIENT_JS);
    const info_matrix *p = reg_matrix(c, "p", REG_PROBABILITIES, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_PROBABILITIES, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const info_matrix_out *gradient = reg_matrix_out(c, "p_gradient", rows, cols);
    return info_divergence_gradient(reg_ctx(c), divergence, p, q, options, gradient, NULL);
}

/* REG_UNNAMED: without its options an input of another kind is no distribution, and x is named, not options. */
const reg_function reg_distribution[] = {
    {"info_entropy", drive_entropy_of_probabilities, 0, 0},
    {"info_entropy", drive_entropy_of_logs, REG_UNNAMED, 0},
    {"info_entropy", drive_entropy_of_logits, REG_UNNAMED, 0},
    {"info_entropy", drive_entropy_of_counts, REG_UNNAMED, 0},
    {"info_cross_entropy", drive_cross_entropy, 0, 0},
    {"info_cross_entropy", drive_cross_entropy_with_logits, REG_UNNAMED, 0},
    {"info_kl", drive_kl, 0, 0},
    {"info_kl", drive_kl_of_logits, REG_UNNAMED, 0},
    {"info_jeffreys", drive_jeffreys, 0, 0},
    {"info_js", drive_js, 0, 0},
    {"info_js_distance", drive_js_distance, REG_UNNAMED, 0},
    {"info_total_variation", drive_total_variation, 0, 0},
    {"info_hellinger", drive_hellinger, 0, 0},
    {"info_bhattacharyya", drive_bhattacharyya, 0, 0},
    {"info_chernoff", drive_chernoff, 0, 0},
    {"info_chernoff_order", drive_chernoff_order, 0, 0},
    {"info_chi_square", drive_chi_square, 0, 0},
    {"info_renyi_divergence", drive_renyi_divergence, 0, 0},
    {"info_tsallis_divergence", drive_tsallis_divergence, 0, 0},
    {"info_alpha_divergence", drive_alpha_divergence, 0, 0},
    {"info_generalized_js", drive_generalized_js, 0, 0},
    {"info_efficiency", drive_efficiency, 0, 0},
    {"info_redundancy", drive_redundancy, 0, 0},
    {"info_renyi_entropy", drive_renyi_entropy, 0, 0},
    {"info_tsallis_entropy", drive_tsallis_entropy, 0, 0},
    {"info_hill_number", drive_hill_number, 0, 0},
    {"info_surprisal", drive_surprisal, 0, 0},
    {"info_entropy_gradient", drive_entropy_gradient, 0, 0},
    {"info_entropy_gradient", drive_entropy_gradient_of_logits, REG_UNNAMED, 0},
    {"info_js_many", drive_js_many, 0, 0},
    {"info_f_divergence", drive_f_divergence, 0, 0},
    {"info_wasserstein", drive_wasserstein, 0, 0},
    {"info_divergence_gradient", drive_divergence_gradient, 0, 0},
    {0},
};
