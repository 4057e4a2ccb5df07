/* SPDX-License-Identifier: MIT
 * Drivers of continuous.h. */
#include "registry.h"

/* More samples than neighbors, whatever the harness asks for. */
static int64_t samples_of(reg_case *c)
{
    return reg_rows(c) + 4;
}

/* Ties are kept: data of the harness repeat, and special values make more. */
static const void *options_of(reg_case *c, info_ksg algorithm)
{
    const info_neighbor_options wanted = {.k = 2, .ties = INFO_TIES_KEEP, .algorithm = algorithm};
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_entropy(reg_case *c)
{
    const int64_t rows = samples_of(c), cols = reg_cols(c) < 5 ? reg_cols(c) : 5;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    const void *options = options_of(c, INFO_KSG_1);
    const reg_doubles local = reg_optional_output(c, "local", rows);
    info_neighbor_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    return info_neighbor_entropy(reg_ctx(c), x, options, local.data, local.data ? local.length : 0, out);
}

static info_status information(reg_case *c, info_ksg algorithm, bool conditional, bool mixed)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 2);
    const info_matrix *y = reg_matrix(c, "y", REG_REALS, rows, 1);
    const info_matrix *z = conditional ? reg_matrix(c, "z", REG_REALS | REG_OPTIONAL, rows, 1) : NULL;
    const void *options = options_of(c, algorithm);
    const reg_doubles local = reg_optional_output(c, "local", rows);
    const int64_t length = local.data ? local.length : 0;
    info_neighbor_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status =
        mixed ? info_neighbor_mixed_information(reg_ctx(c), x, y, options, local.data, length, out)
              : info_neighbor_mutual_information(reg_ctx(c), x, y, z, options, local.data, length, out);
    if (status == INFO_OK)
        reg_expect(c, out->samples == rows, "every sample counts");
    return status;
}

static info_status drive_ksg_1(reg_case *c)
{
    return information(c, INFO_KSG_1, true, false);
}

static info_status drive_ksg_2(reg_case *c)
{
    return information(c, INFO_KSG_2, false, false);
}

static info_status drive_mixed(reg_case *c)
{
    return information(c, INFO_KSG_1, false, true);
}

static info_status drive_labels(reg_case *c)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 2);
    const int64_t *labels = reg_integers(c, "labels", rows, 0, 2);
    const int64_t length = reg_length(c, "labels", rows);
    const info_series series = {labels, length, 1, INFO_INT64, 0};
    const void *options = options_of(c, INFO_KSG_1);
    const reg_doubles local = reg_optional_output(c, "local", rows);
    info_neighbor_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    return info_neighbor_label_information(reg_ctx(c), x, &series, options, local.data, local.data ? local.length : 0,
                                           out);
}

static info_status drive_kl(reg_case *c)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 2);
    const info_matrix *y = reg_matrix(c, "y", REG_REALS, rows + 1, 2);
    const void *options = options_of(c, INFO_KSG_1);
    const reg_doubles local = reg_optional_output(c, "local", rows);
    info_neighbor_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    return info_neighbor_kl(reg_ctx(c), x, y, options, local.data, local.data ? local.length : 0, out);
}

static const void *options_of_gaussians(reg_case *c)
{
    const info_gaussian_fit_options wanted = {.unit = INFO_BIT};
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_gaussian_entropy(reg_case *c)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 2);
    const void *options = options_of_gaussians(c);
    double *out = reg_output_fixed(c, "out", 1);
    return info_gaussian_entropy(reg_ctx(c), x, options, out);
}

static info_status drive_gaussian_information(reg_case *c)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 1);
    const info_matrix *y = reg_matrix(c, "y", REG_REALS, rows, 1);
    const info_matrix *z = reg_matrix(c, "z", REG_REALS | REG_OPTIONAL, rows, 1);
    const void *options = options_of_gaussians(c);
    double *out = reg_output_fixed(c, "out", 1);
    return info_gaussian_mutual_information(reg_ctx(c), x, y, z, options, out);
}

static info_status drive_gaussian_kl(reg_case *c)
{
    const int64_t rows = samples_of(c);
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, 2);
    const info_matrix *y = reg_matrix(c, "y", REG_REALS, rows + 1, 2);
    const info_gaussian_fit_options wanted = {.unit = INFO_BIT};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    double *out = reg_output_fixed(c, "out", 1);
    return info_gaussian_kl(reg_ctx(c), x, y, options, out);
}

const reg_function reg_continuous[] = {
    {"info_gaussian_entropy", drive_gaussian_entropy, 0, 1e-9},
    {"info_gaussian_kl", drive_gaussian_kl, 0, 1e-9},
    {"info_gaussian_mutual_information", drive_gaussian_information, 0, 1e-9},
    {"info_neighbor_entropy", drive_entropy, REG_SLOW, 0},
    {"info_neighbor_kl", drive_kl, REG_SLOW, 0},
    {"info_neighbor_label_information", drive_labels, REG_SLOW, 0},
    {"info_neighbor_mixed_information", drive_mixed, REG_SLOW, 0},
    {"info_neighbor_mutual_information", drive_ksg_1, REG_SLOW, 0},
    {"info_neighbor_mutual_information", drive_ksg_2, REG_SLOW, 0},
    {0},
};
