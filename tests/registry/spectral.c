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
    const info_status status =
        (rank ? info_effective_rank : info_spectral_entropy)(reg_ctx(c), x, count, options, out.data, NULL, out.length);
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

static info_status drive_estimate(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const info_effective_rank_estimate_options own = {.probes = 4, .seed = 1};
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, reg_rows(c) + 1, reg_cols(c) + 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const void *estimate = reg_struct(c, "estimate", &own, sizeof own);
    info_effective_rank_estimate_result *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_effective_rank_estimate(reg_ctx(c), x, options, estimate, out);
    if (status == INFO_OK)
        reg_expect(c, out->low <= out->effective_rank && out->effective_rank <= out->high, "low <= estimate <= high");
    return status;
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

static info_status drive_shape(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, reg_rows(c) + 1, reg_cols(c) + 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_bytes(c, "out", sizeof(info_spectrum_shape_result));
    return info_spectrum_shape(reg_ctx(c), x, options, out);
}

static info_status kernel_matrix(reg_case *c, info_kernel kernel)
{
    const int64_t rows = reg_rows(c) + 1;
    const info_kernel_options wanted = {.kernel = kernel};
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, reg_cols(c) + 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const info_matrix_out *out = reg_matrix_out(c, "out", rows, rows);
    return info_kernel_matrix(reg_ctx(c), x, options, out);
}

static info_status drive_kernel_linear(reg_case *c)
{
    return kernel_matrix(c, INFO_KERNEL_LINEAR);
}

static info_status drive_kernel_gaussian(reg_case *c)
{
    return kernel_matrix(c, INFO_KERNEL_GAUSSIAN);
}

static info_status drive_matrix_information(reg_case *c)
{
    const int64_t n = reg_rows(c) + 1;
    const info_matrix_information_options wanted = {0};
    const info_matrix *first = reg_matrix(c, "first", REG_SYMMETRIC, n, n);
    const info_matrix *second = reg_matrix(c, "second", REG_SYMMETRIC, n, n);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_bytes(c, "out", sizeof(info_matrix_information_result));
    return info_matrix_information(reg_ctx(c), first, second, options, out);
}

static info_status drive_dime(reg_case *c)
{
    const int64_t n = reg_rows(c) + 1;
    const info_dime_options wanted = {.permutations = 3, .seed = 5};
    const info_matrix *first = reg_matrix(c, "first", REG_SYMMETRIC, n, n);
    const info_matrix *second = reg_matrix(c, "second", REG_SYMMETRIC, n, n);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_bytes(c, "out", sizeof(info_dime_result));
    return info_dime(reg_ctx(c), first, second, options, out);
}

static info_status quantum(reg_case *c, bool js)
{
    const int64_t n = reg_rows(c) + 1;
    const info_matrix *p = reg_matrix(c, "p", REG_SYMMETRIC, n, n);
    const info_matrix *q = reg_matrix(c, "q", REG_SYMMETRIC, n, n);
    const int32_t unit = reg_choice(c, "unit", INFO_NAT);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = (js ? info_quantum_js : info_von_neumann_divergence)(reg_ctx(c), p, q, unit, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= divergence");
    return status;
}

static info_status drive_von_neumann(reg_case *c)
{
    return quantum(c, false);
}

static info_status drive_quantum_js(reg_case *c)
{
    return quantum(c, true);
}

static info_status drive_curvature(reg_case *c)
{
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, reg_rows(c) + 2, reg_cols(c));
    double *out = reg_output_fixed(c, "out", 1);
    return info_curvature(reg_ctx(c), x, out);
}

static info_status drive_nuclear_norm(reg_case *c)
{
    const info_spectral_options wanted = {0};
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, reg_rows(c) + 1, reg_cols(c) + 1);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_bytes(c, "out", sizeof(info_nuclear_norm_result));
    return info_nuclear_norm(reg_ctx(c), x, options, out);
}

static info_status drive_lidar(reg_case *c)
{
    const int64_t rows = 2 * reg_rows(c) + 2;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, reg_cols(c));
    const int64_t *labels = reg_integers(c, "labels", rows, 0, 3);
    const int64_t classes = reg_length(c, "classes", 3);
    const double delta = reg_number(c, "delta", 1e-4);
    double *out = reg_output_fixed(c, "out", 1);
    return info_lidar(reg_ctx(c), x, labels, classes, delta, out);
}

static info_status drive_multimodal(reg_case *c)
{
    const double *given = reg_vector(c, "ranks", REG_POSITIVE, 5);
    void *out = reg_output_bytes(c, "out", sizeof(info_multimodal_result));
    return info_multimodal(reg_ctx(c), given, out);
}

const reg_function reg_spectral[] = {
    {"info_effective_rank", drive_effective_rank, REG_SLOW, BLAS},
    {"info_effective_rank_estimate", drive_estimate, REG_SLOW, 1e-6},
    {"info_spectral_entropy", drive_entropy_of_singular_values, REG_SLOW, BLAS},
    {"info_spectral_entropy", drive_entropy_of_order_2, REG_SLOW, BLAS},
    {"info_spectrum", drive_spectrum, REG_SLOW, BLAS},
    {"info_diff_erank", drive_diff_erank, REG_SLOW, BLAS},
    {"info_spectrum_shape", drive_shape, REG_SLOW, 1e-9},
    {"info_kernel_matrix", drive_kernel_linear, REG_SLOW, BLAS},
    {"info_kernel_matrix", drive_kernel_gaussian, REG_SLOW, BLAS},
    {"info_matrix_information", drive_matrix_information, REG_SLOW, 1e-9},
    {"info_dime", drive_dime, REG_SLOW, 1e-9},
    {"info_von_neumann_divergence", drive_von_neumann, REG_SLOW, 1e-9},
    {"info_quantum_js", drive_quantum_js, REG_SLOW, 1e-9},
    {"info_curvature", drive_curvature, REG_SLOW, 0},
    {"info_nuclear_norm", drive_nuclear_norm, REG_SLOW, BLAS},
    {"info_lidar", drive_lidar, REG_SLOW, 1e-9},
    {"info_multimodal", drive_multimodal, 0, 0},
    {0},
};
