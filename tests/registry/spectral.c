/* SPDX-License-Identifier: MIT
 * Drivers of spectral.h. */
#include "registry.h"

#define BLAS 1e-12

static info_status entropy_or_rank(reg_case *c, bool rank, const info_spectral_options *wanted)
{
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c) + 1;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    const int64_t count = reg_length(c, "count", 1);
    const void *options = reg_options(c, wanted, sizeof *wanted);
    const reg_doubles out = reg_output(c, "out", 1);
    const info_status status = (rank ? info_effective_rank : info_spectral_entropy)(
        reg_ctx(c), x, count, options, out.data, NULL, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= (rank ? 1 : 0), "1 <= effective rank");
    return status;
}

static info_status drive_effective_rank(reg_case *c)
{
    const info_spectral_options wanted = {0};
    return entropy_or_rank(c, true, &wanted);
}

static info_status drive_entropy_of_singular_values(reg_case *c)
{
    const info_spectral_options wanted = {.convention = INFO_CONVENTION_ROY_VETTERLI, .unit = INFO_BIT};
    return entropy_or_rank(c, false, &wanted);
}

static info_status drive_entropy_of_order_2(reg_case *c)
{
    const info_spectral_options wanted = {.order = 2};
    return entropy_or_rank(c, false, &wanted);
}

static info_status drive_spectrum(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c) + 1;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows < cols ? rows : cols);
    return info_spectrum(reg_ctx(c), x, options, out.data, out.length);
}

static info_status drive_diff_erank(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c) + 1;
    const info_matrix *untrained = reg_matrix(c, "untrained", REG_REALS, rows, cols);
    const info_matrix *trained = reg_matrix(c, "trained", REG_REALS, rows, cols);
    const int64_t count = reg_length(c, "count", 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_bytes(c, "out", sizeof(info_diff_erank_result));
    return info_diff_erank(reg_ctx(c), untrained, trained, count, options, out);
}

const reg_function reg_spectral[] = {
    {"info_effective_rank", drive_effective_rank, REG_SLOW, BLAS},
    {"info_spectral_entropy", drive_entropy_of_singular_values, REG_SLOW, BLAS},
    {"info_spectral_entropy", drive_entropy_of_order_2, REG_SLOW, BLAS},
    {"info_spectrum", drive_spectrum, REG_SLOW, BLAS},
    {"info_diff_erank", drive_diff_erank, REG_SLOW, BLAS},
    {0},
};
