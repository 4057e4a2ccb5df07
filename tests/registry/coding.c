/* SPDX-License-Identifier: MIT
 * Drivers of coding.h. */
#include "registry.h"

/* No harness works on more rows. */
#define MAX_ROWS 1500

static const void *coding_options(reg_case *c, info_kind kind)
{
    const info_coding_options wanted = {.kind = kind};
    reg_keep_field(c, offsetof(info_coding_options, start), sizeof wanted.start + sizeof wanted.start_len);
    return reg_options(c, &wanted, sizeof wanted);
}

static void expect_bounds(reg_case *c, const info_coding_result *r)
{
    reg_expect(c, r->lower <= r->value && r->value <= r->upper, "lower <= value <= upper");
    reg_expect(c, r->rate >= 0, "0 <= I");
}

static info_status drive_capacity(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *channel = reg_matrix(c, "channel", REG_PROBABILITIES, rows, cols);
    const void *options = coding_options(c, INFO_PROBABILITIES);
    const reg_doubles input = reg_optional_output(c, "input", rows);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_status status = info_capacity(reg_ctx(c), channel, options, input.data, input.length, result);
    if (status >= 0 && status != INFO_CANCELED)
        expect_bounds(c, result);
    return status;
}

static info_status drive_capacity_cost(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *channel = reg_matrix(c, "channel", REG_PROBABILITIES, rows, cols);
    const info_matrix *costs = reg_matrix(c, "costs", REG_POSITIVE, 1, rows);
    const info_coding_at at = reg_choice(c, "at", INFO_AT_COST);
    const double target = reg_number(c, "target", 5);
    const void *options = coding_options(c, INFO_PROBABILITIES);
    const reg_doubles input = reg_optional_output(c, "input", rows);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_capacity_cost(reg_ctx(c), channel, costs, at, target, options, input.data, input.length, result);
}

static info_status drive_rate_distortion(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *source = reg_matrix(c, "source", REG_PROBABILITIES, 1, rows);
    const info_matrix *distortion = reg_matrix(c, "distortion", REG_POSITIVE, rows, cols);
    const info_coding_at at = reg_choice(c, "at", INFO_AT_SLOPE);
    const double target = reg_number(c, "target", 2);
    const void *options = coding_options(c, INFO_PROBABILITIES);
    const reg_doubles output = reg_optional_output(c, "output", cols);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_status status = info_rate_distortion(reg_ctx(c), source, distortion, at, target, options, output.data,
                                                    output.length, NULL, result);
    if (status >= 0 && status != INFO_CANCELED)
        expect_bounds(c, result);
    return status;
}

static info_status drive_test_channel(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *source = reg_matrix(c, "source", REG_COUNTS, 1, rows);
    const info_matrix *distortion = reg_matrix(c, "distortion", REG_POSITIVE, rows, cols);
    const void *options = coding_options(c, INFO_COUNTS);
    const info_matrix_out *channel = reg_matrix_out(c, "channel", rows, cols);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    if (!channel)
        return INFO_ERROR_NULL; /* it is optional, which a view in the registry cannot be */
    return info_rate_distortion(reg_ctx(c), source, distortion, INFO_AT_RATE, 0.1, options, NULL, 0, channel, result);
}

static info_status drive_conditional(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), values = 2;
    const info_matrix *joint = reg_matrix(c, "joint", REG_TABLE, values, rows);
    const info_matrix *distortion = reg_matrix(c, "distortion", REG_POSITIVE, rows, cols);
    const info_coding_at at = reg_choice(c, "at", INFO_AT_SLOPE);
    const double target = reg_number(c, "target", 2);
    const void *options = coding_options(c, INFO_PROBABILITIES);
    const reg_doubles rates = reg_optional_output(c, "rates", values);
    const reg_doubles distortions = reg_optional_output(c, "distortions", values);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_status status =
        info_rate_distortion_conditional(reg_ctx(c), joint, distortion, at, target, options, rates.data, rates.length,
                                         distortions.data, distortions.length, result);
    if (status >= 0 && status != INFO_CANCELED)
        expect_bounds(c, result);
    return status;
}

static info_status drive_curve(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *source = reg_matrix(c, "source", REG_PROBABILITIES, 1, rows);
    const info_matrix *distortion = reg_matrix(c, "distortion", REG_POSITIVE, rows, cols);
    const void *options = coding_options(c, INFO_PROBABILITIES);
    const int64_t count = reg_length(c, "count", 4);
    info_coding_result *points = reg_output_bytes(c, "points", 4 * (int64_t)sizeof *points);
    return info_rate_distortion_curve(reg_ctx(c), source, distortion, options, points, count);
}

static info_status drive_gaussian(reg_case *c, info_gaussian_source kind, int content, int64_t rows, int64_t cols)
{
    const info_gaussian_options wanted = {.source = kind};
    const info_matrix *source = reg_matrix(c, "source", content, rows, cols);
    reg_keep_field(c, offsetof(info_gaussian_options, source), sizeof wanted.source);
    const info_coding_at at = reg_choice(c, "at", INFO_AT_DISTORTION);
    const double target = reg_number(c, "target", 0.5);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles levels = reg_optional_output(c, "levels", cols);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_rate_distortion_gaussian(reg_ctx(c), source, at, target, options, levels.data, levels.length, result);
}

static info_status drive_gaussian_covariance(reg_case *c)
{
    return drive_gaussian(c, INFO_GAUSSIAN_COVARIANCE, REG_SYMMETRIC, reg_cols(c), reg_cols(c));
}

static info_status drive_gaussian_variances(reg_case *c)
{
    return drive_gaussian(c, INFO_GAUSSIAN_VARIANCES, REG_POSITIVE, 1, reg_cols(c));
}

static info_status drive_gaussian_samples(reg_case *c)
{
    return drive_gaussian(c, INFO_GAUSSIAN_SAMPLES, REG_REALS, reg_rows(c), reg_cols(c));
}

static info_status drive_bottleneck(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_bottleneck_options wanted = {.clusters = 2, .max_iterations = 50, .restarts = 2};
    const info_matrix *joint = reg_matrix(c, "joint", REG_TABLE, rows, cols);
    const double beta = reg_number(c, "beta", 4);
    reg_keep_field(c, offsetof(info_bottleneck_options, clusters), sizeof wanted.clusters);
    reg_keep_field(c, offsetof(info_bottleneck_options, max_iterations), 2 * sizeof wanted.max_iterations);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    int64_t *labels = reg_output_bytes(c, "labels", rows * (int64_t)sizeof *labels);
    info_bottleneck_result *result = reg_output_bytes(c, "result", sizeof *result);
    if (!labels)
        return INFO_ERROR_NULL; /* it is optional, which bytes in the registry cannot be */
    const info_status status = info_bottleneck(reg_ctx(c), joint, beta, options, NULL, labels, rows, result);
    if (status >= 0 && status != INFO_CANCELED)
        reg_expect(c, result->lower <= result->value && result->value <= result->upper, "lower <= value <= upper");
    return status;
}

static info_status drive_bottleneck_hard(reg_case *c, info_bottleneck_method method)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_bottleneck_options wanted = {
        .kind = INFO_COUNTS, .method = method, .clusters = 2, .max_iterations = 50, .restarts = 2};
    const info_matrix *joint = reg_matrix(c, "joint", REG_COUNTS, rows, cols);
    const double beta = reg_number(c, "beta", 4);
    reg_keep_field(c, offsetof(info_bottleneck_options, clusters), sizeof wanted.clusters);
    reg_keep_field(c, offsetof(info_bottleneck_options, max_iterations), 2 * sizeof wanted.max_iterations);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_bottleneck_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_bottleneck(reg_ctx(c), joint, beta, options, NULL, NULL, 0, result);
}

static info_status drive_sequential(reg_case *c)
{
    return drive_bottleneck_hard(c, INFO_BOTTLENECK_SEQUENTIAL);
}

static info_status drive_agglomerative(reg_case *c)
{
    return drive_bottleneck_hard(c, INFO_BOTTLENECK_AGGLOMERATIVE);
}

static info_status drive_bottleneck_curve(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_bottleneck_options wanted = {.clusters = 2, .max_iterations = 50, .restarts = 2};
    const info_matrix *joint = reg_matrix(c, "joint", REG_TABLE, rows, cols);
    const double *betas = reg_vector(c, "betas", REG_POSITIVE, 3);
    const int64_t count = reg_length(c, "count", 3);
    reg_keep_field(c, offsetof(info_bottleneck_options, clusters), sizeof wanted.clusters);
    reg_keep_field(c, offsetof(info_bottleneck_options, max_iterations), 2 * sizeof wanted.max_iterations);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_bottleneck_result *points = reg_output_bytes(c, "points", 3 * (int64_t)sizeof *points);
    return info_bottleneck_curve(reg_ctx(c), joint, betas, count, options, points);
}

static info_status drive_bottleneck_clusters(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_bottleneck_options wanted = {0};
    const info_matrix *joint = reg_matrix(c, "joint", REG_TABLE, rows, cols);
    const info_matrix *encoder = reg_matrix(c, "encoder", REG_PROBABILITIES, rows, 3);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles weights = reg_optional_output(c, "weights", 3);
    const reg_doubles information = reg_optional_output(c, "information", 3);
    return info_bottleneck_clusters(reg_ctx(c), joint, encoder, options, weights.data, weights.length, NULL,
                                    information.data, information.length);
}

static info_status drive_bottleneck_gaussian(reg_case *c)
{
    const int64_t size = 1 + reg_cols(c);
    const info_bottleneck_options wanted = {0};
    const info_matrix *covariance = reg_matrix(c, "covariance", REG_SYMMETRIC, size, size);
    const int64_t x_size = reg_size(c, "x_size", 1);
    const double beta = reg_number(c, "beta", 20);
    reg_keep_field(c, offsetof(info_bottleneck_options, clusters), sizeof wanted.clusters);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles critical = reg_optional_output(c, "critical", 1);
    info_bottleneck_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_bottleneck_gaussian(reg_ctx(c), covariance, x_size, beta, options, critical.data, critical.length, NULL,
                                    result);
}

/* ---- Options that point to arrays: valid ones, apart from every output ---- */

static info_status drive_capacity_from_start(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *channel = reg_matrix(c, "channel", REG_PROBABILITIES, rows, cols);
    info_coding_options wanted = {.start_len = rows};
    wanted.start = reg_vector(c, "options.start", REG_POSITIVE_PROBABILITIES | REG_OPTIONAL, rows);
    reg_keep_field(c, offsetof(info_coding_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles input = reg_optional_output(c, "input", rows);
    info_coding_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_capacity(reg_ctx(c), channel, options, input.data, input.length, result);
}

static info_status drive_bottleneck_from_start(reg_case *c)
{
    static double halves[2 * MAX_ROWS];
    for (int i = 0; i < 2 * MAX_ROWS; i++)
        halves[i] = i % 4 == 0 || i % 4 == 3 ? 0.75 : 0.25;
    const int64_t rows = reg_rows(c), cols = reg_cols(c), numbers = 2 * (rows < MAX_ROWS ? rows : MAX_ROWS);
    const info_matrix *joint = reg_matrix(c, "joint", REG_TABLE, rows, cols);
    info_bottleneck_options wanted = {.clusters = 2, .max_iterations = 50, .restarts = 2, .start_len = numbers};
    wanted.start = reg_optional_bytes(c, "options.start", halves, numbers * (int64_t)sizeof *halves);
    reg_keep_field(c, offsetof(info_bottleneck_options, clusters), sizeof wanted.clusters);
    reg_keep_field(c, offsetof(info_bottleneck_options, max_iterations), 2 * sizeof wanted.max_iterations);
    reg_keep_field(c, offsetof(info_bottleneck_options, start), sizeof wanted.start + sizeof wanted.start_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_bottleneck_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_bottleneck(reg_ctx(c), joint, 4, options, NULL, NULL, 0, result);
}

/* REG_UNNAMED: without its options an input of another kind is not what the defaults expect. */
const reg_function reg_coding[] = {
    {"info_bottleneck", drive_bottleneck, REG_SLOW, 1e-6},
    {"info_bottleneck", drive_bottleneck_from_start, REG_SLOW, 1e-6},
    {"info_bottleneck", drive_sequential, REG_SLOW | REG_UNNAMED, 1e-8},
    {"info_bottleneck", drive_agglomerative, REG_SLOW | REG_UNNAMED, 1e-8},
    {"info_bottleneck_clusters", drive_bottleneck_clusters, REG_SLOW, 1e-12},
    {"info_bottleneck_curve", drive_bottleneck_curve, REG_SLOW, 1e-6},
    {"info_bottleneck_gaussian", drive_bottleneck_gaussian, REG_SLOW, 1e-8},
    {"info_capacity", drive_capacity, REG_SLOW, 1e-8},
    {"info_capacity", drive_capacity_from_start, 0, 1e-9},
    {"info_capacity_cost", drive_capacity_cost, REG_SLOW, 1e-8},
    {"info_rate_distortion", drive_rate_distortion, REG_SLOW, 1e-8},
    {"info_rate_distortion", drive_test_channel, REG_SLOW | REG_UNNAMED, 1e-4},
    {"info_rate_distortion_conditional", drive_conditional, REG_SLOW, 1e-8},
    {"info_rate_distortion_curve", drive_curve, REG_SLOW, 1e-8},
    {"info_rate_distortion_gaussian", drive_gaussian_covariance, REG_SLOW, 1e-10},
    {"info_rate_distortion_gaussian", drive_gaussian_variances, REG_SLOW | REG_UNNAMED, 1e-10},
    {"info_rate_distortion_gaussian", drive_gaussian_samples, REG_SLOW | REG_UNNAMED, 1e-10},
    {0},
};
