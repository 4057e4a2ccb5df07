/* SPDX-License-Identifier: MIT
 * Drivers of geometry.h. */
#include "registry.h"

static info_status drive_representation_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_geometry_options wanted = {.unit = INFO_BIT};
    const info_matrix *z = reg_matrix(c, "z", REG_REALS, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_coding_rate *out = (void *)reg_output_fixed(c, "out", sizeof(info_coding_rate) / sizeof(double));
    const info_status status = info_representation_entropy(reg_ctx(c), z, options, out);
    if (status == INFO_OK)
        reg_expect(c, out->rate >= 0, "0 <= L");
    return status;
}

static info_status drive_log_determinant(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_geometry_options wanted = {.ridge = 0.5};
    const info_matrix *z = reg_matrix(c, "z", REG_REALS, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", 1);
    return info_log_determinant(reg_ctx(c), z, options, out.data, out.length);
}

static info_status drive_token_gains(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_geometry_options wanted = {.ridge = 0.5};
    const info_matrix *z = reg_matrix(c, "z", REG_REALS, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_token_gains(reg_ctx(c), z, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= gain");
    return status;
}

typedef info_status (*context_fn)(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                  const info_geometry_options *options, double *out, int64_t out_len);

static info_status drive_context(reg_case *c, context_fn function)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_geometry_options wanted = {.ridge = 0.5, .distortion = 0.4};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, 3, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", 3);
    return function(reg_ctx(c), context, tokens, options, out.data, out.length);
}

static info_status drive_information_gain(reg_case *c)
{
    return drive_context(c, info_information_gain);
}

static info_status drive_token_conditional_entropy(reg_case *c)
{
    return drive_context(c, info_token_conditional_entropy);
}

static info_status drive_ridge(reg_case *c)
{
    enum { TOKENS = 3 };
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_geometry_options wanted = {.ridge = 0.5};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, TOKENS, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const info_matrix_out *weights = reg_optional_matrix_out(c, "weights", TOKENS, rows);
    void *out = reg_output_fixed(c, "out", TOKENS * sizeof(info_ridge_result) / sizeof(double));
    return info_ridge(reg_ctx(c), context, tokens, options, weights, out, TOKENS);
}

static info_status drive_lasso(reg_case *c, int64_t token_count, bool own_penalties)
{
    enum { POINTS = 4 };
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_lasso_options wanted = {.ridge_share = own_penalties ? 0 : 0.25, .max_sweeps = 500};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, token_count, cols);
    const double *penalties = own_penalties ? NULL : reg_vector(c, "penalties", REG_POSITIVE | REG_OPTIONAL, POINTS);
    reg_keep_field(c, offsetof(info_lasso_options, max_sweeps), sizeof wanted.max_sweeps);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const info_matrix_out *weights = reg_optional_matrix_out(c, "weights", token_count * POINTS, rows);
    info_lasso_point *out = reg_output_bytes(c, "out", token_count * POINTS * (int64_t)sizeof *out);
    return info_lasso_path(reg_ctx(c), context, tokens, penalties, POINTS, options, weights, out, token_count * POINTS);
}

static info_status drive_lasso_of_one(reg_case *c)
{
    return drive_lasso(c, 1, true);
}

static info_status drive_elastic_net_of_many(reg_case *c)
{
    return drive_lasso(c, 6, false);
}

static info_status drive_lasso_select(reg_case *c)
{
    enum { TOKENS = 2 };
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_lasso_options wanted = {.max_sweeps = 500};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, TOKENS, cols);
    const int64_t k = reg_size(c, "k", 1);
    reg_keep_field(c, offsetof(info_lasso_options, max_sweeps), sizeof wanted.max_sweeps);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    int64_t *indices = reg_output_bytes(c, "indices", TOKENS * (int64_t)sizeof *indices);
    double *weights = reg_output_bytes(c, "weights", TOKENS * (int64_t)sizeof *weights);
    info_lasso_point *out = reg_output_bytes(c, "out", TOKENS * (int64_t)sizeof *out);
    return info_lasso_select(reg_ctx(c), context, tokens, k, options, indices, weights, out);
}

static info_status drive_ranking_compare(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *a = reg_matrix(c, "a", REG_REALS, rows, cols);
    const info_matrix *b = reg_matrix(c, "b", REG_REALS, rows, cols);
    const int64_t k = reg_size(c, "k", 1);
    info_ranking_agreement *out = (void *)reg_output_fixed(c, "out", rows * (int64_t)sizeof *out / 8);
    const info_status status = info_ranking_compare(reg_ctx(c), a, b, k, out, rows);
    if (status == INFO_OK)
        reg_expect(c, out->overlap >= 0 && out->overlap <= 1, "0 <= overlap <= 1");
    return status;
}

static info_status drive_reconstruction_error(reg_case *c)
{
    enum { TOKENS = 2 };
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_reconstruction_options wanted = {.strength = 0.5};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, TOKENS, cols);
    const int64_t *indices = reg_integers(c, "indices", TOKENS, 0, rows);
    const int64_t k = reg_size(c, "k", 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", TOKENS);
    return info_reconstruction_error(reg_ctx(c), context, tokens, indices, k, options, out.data, out.length);
}

static info_status drive_spread(reg_case *c, info_reconstruction method)
{
    enum { TOKENS = 2 };
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_reconstruction_options wanted = {.method = method, .draws = 3, .strength = 0.5, .seed = 5};
    const info_matrix *context = reg_matrix(c, "context", REG_REALS, rows, cols);
    const info_matrix *tokens = reg_matrix(c, "tokens", REG_REALS, TOKENS, cols);
    const info_matrix *scores = reg_matrix(c, "scores", REG_REALS, TOKENS, rows);
    const int64_t k = reg_size(c, "k", 1);
    reg_keep_field(c, offsetof(info_reconstruction_options, draws), sizeof wanted.draws);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_fixed(c, "out", TOKENS * (int64_t)sizeof(info_spread) / 8);
    return info_reconstruction_spread(reg_ctx(c), context, tokens, scores, k, options, out, TOKENS);
}

static info_status drive_spread_by_ridge(reg_case *c)
{
    return drive_spread(c, INFO_RECONSTRUCT_RIDGE);
}

static info_status drive_spread_by_lasso(reg_case *c)
{
    return drive_spread(c, INFO_RECONSTRUCT_LASSO);
}

static info_status drive_distance(reg_case *c, info_sentence_measure measure)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_sentence_options wanted = {.measure = measure, .ridge = 0.5};
    const info_matrix *a = reg_matrix(c, "a", REG_REALS, rows, cols);
    const info_matrix *b = reg_matrix(c, "b", REG_REALS, 4, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", 1);
    const info_status status = info_sentence_distance(reg_ctx(c), a, b, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= distance");
    return status;
}

static info_status drive_distance_of_means(reg_case *c)
{
    return drive_distance(c, INFO_SENTENCE_COSINE);
}

static info_status drive_frechet(reg_case *c)
{
    return drive_distance(c, INFO_SENTENCE_FRECHET);
}

static info_status drive_stein(reg_case *c)
{
    return drive_distance(c, INFO_SENTENCE_STEIN);
}

static info_status fit_power_law(reg_case *c, info_power_law_form form)
{
    const int64_t count = 4 + reg_cols(c);
    const info_power_law_options wanted = {.form = form};
    const double *sizes = reg_vector(c, "sizes", REG_POSITIVE, count);
    const double *values = reg_vector(c, "values", REG_POSITIVE, count);
    const int64_t length = reg_length(c, "count", count);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_fixed(c, "out", sizeof(info_power_law) / sizeof(double));
    return info_power_law_fit(reg_ctx(c), sizes, values, length, options, out);
}

static info_status drive_power_law_log_log(reg_case *c)
{
    return fit_power_law(c, INFO_POWER_LAW_LOG_LOG);
}

static info_status drive_power_law_offset(reg_case *c)
{
    return fit_power_law(c, INFO_POWER_LAW_OFFSET);
}

/* Cholesky factors differ by rounding from one thread count to another. */
#define BLAS 1e-11

const reg_function reg_geometry[] = {
    {"info_information_gain", drive_information_gain, 0, BLAS},
    {"info_lasso_path", drive_lasso_of_one, 0, BLAS},
    {"info_lasso_path", drive_elastic_net_of_many, 0, BLAS},
    {"info_lasso_select", drive_lasso_select, 0, BLAS},
    {"info_log_determinant", drive_log_determinant, 0, BLAS},
    {"info_power_law_fit", drive_power_law_log_log, 0, 0},
    {"info_power_law_fit", drive_power_law_offset, 0, 0},
    {"info_ranking_compare", drive_ranking_compare, 0, 0},
    {"info_reconstruction_error", drive_reconstruction_error, 0, BLAS},
    {"info_reconstruction_spread", drive_spread_by_ridge, 0, BLAS},
    {"info_reconstruction_spread", drive_spread_by_lasso, 0, BLAS},
    {"info_representation_entropy", drive_representation_entropy, 0, BLAS},
    {"info_ridge", drive_ridge, 0, BLAS},
    {"info_sentence_distance", drive_distance_of_means, REG_SLOW, 1e-9},
    {"info_sentence_distance", drive_frechet, REG_SLOW, 1e-7},
    {"info_sentence_distance", drive_stein, REG_SLOW, 1e-9},
    {"info_token_conditional_entropy", drive_token_conditional_entropy, 0, BLAS},
    {"info_token_gains", drive_token_gains, 0, BLAS},
    {0},
};
