/* SPDX-License-Identifier: MIT
 * Drivers of states.h. */
#include "registry.h"

static info_status drive_states_sums(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c) + 1;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    const double *mean = reg_vector(c, "mean", REG_REALS, cols);
    const int64_t mean_len = reg_length(c, "mean", cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", 3 + cols + cols * cols);
    return info_states_sums(reg_ctx(c), x, mean, mean_len, options, out.data, out.length);
}

static info_status drive_mean_of_states(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c) + 2;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", 3 + cols);
    return info_states_sums(reg_ctx(c), x, NULL, 0, options, out.data, out.length);
}

static const double some_sums[2][9] = {{3, 0, 1, 0.5, -1, 2, 0.5, 0.5, 1}, {2, 1, 1, 1.5, 3, 1, -0.25, -0.25, 4}};

static info_status drive_states_sums_merge(reg_case *c)
{
    const double *parts = reg_bytes(c, "parts", some_sums, sizeof some_sums);
    const int64_t shards = reg_length(c, "shards", 2);
    const int64_t columns = reg_length(c, "columns", 2);
    const reg_doubles out = reg_output(c, "out", 9);
    return info_states_sums_merge(reg_ctx(c), parts, shards, columns, out.data, out.length);
}

const reg_function reg_states[] = {
    {"info_states_sums", drive_states_sums, REG_SLOW, 0},
    {"info_states_sums", drive_mean_of_states, REG_SLOW, 0},
    {"info_states_sums_merge", drive_states_sums_merge, 0, 0},
    {0},
};
