/* SPDX-License-Identifier: MIT
 * Drivers of joint.h. A table is a matrix of the harness, seen with two axes. */
#include "registry.h"

static const info_joint_options counts = {.kind = INFO_COUNTS};

/* shape must live as long as the table; NULL stays NULL. */
static const info_table *table_of(const info_matrix *m, int64_t *shape, info_table *table)
{
    if (!m)
        return NULL;
    shape[0] = m->rows;
    shape[1] = m->cols;
    shape[2] = m->row_stride;
    shape[3] = m->col_stride;
    *table = (info_table){m->data, shape, shape + 2, 2, m->dtype};
    return table;
}

static info_status drive_table_init(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const double *data = reg_vector(c, "data", REG_REALS, rows * cols);
    const int64_t shape[] = {reg_length(c, "rows", rows), reg_length(c, "cols", cols)};
    info_table *view = reg_output_bytes(c, "view", sizeof *view);
    const info_status status = info_table_init(view, data, 2, shape, NULL, reg_choice(c, "dtype", INFO_F64));
    if (status == INFO_OK)
        view->shape = NULL; /* an address, which need not repeat */
    return status;
}

static info_status drive_table_from_dlpack(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const int64_t shape[3] = {reg_length(c, "tensor", rows), 1, cols}, strides[3] = {cols + 1, 7, 1};
    const double *data = reg_vector(c, "data", REG_REALS, rows * (cols + 1) - 1);
    info_dlpack_tensor tensor = {(void *)(uintptr_t)data, 1, 0, 3, 2, 64, 1, shape, strides, 0};
    const info_dlpack_tensor *given = reg_bytes(c, "tensor", &tensor, sizeof tensor);
    info_table *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_table_from_dlpack(reg_ctx(c), given, out);
    reg_expect(c, status != INFO_OK || out->ndim == 3, "the table has the tensor's axes");
    if (status == INFO_OK)
        out->shape = out->strides = NULL;
    return status;
}

/* The table of a case, with its two axes as a and b. */
typedef struct arguments {
    int64_t shape[4];
    info_table view;
    const info_table *table;
    const void *options;
} arguments;

static void ask(reg_case *c, arguments *args)
{
    const info_matrix *m = reg_matrix(c, "table", REG_COUNTS | REG_AS_TABLE, reg_rows(c), reg_cols(c));
    args->table = table_of(m, args->shape, &args->view);
    args->options = reg_options(c, &counts, sizeof counts);
}

static info_status drive_joint_entropy(reg_case *c)
{
    arguments args;
    ask(c, &args);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_joint_entropy(reg_ctx(c), args.table, 2, 1, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= H(A|B)");
    return status;
}

static info_status drive_mutual_information(reg_case *c)
{
    arguments args;
    ask(c, &args);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_mutual_information(reg_ctx(c), args.table, 1, 2, 0, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= I(A;B)");
    return status;
}

static info_status drive_variation_of_information(reg_case *c)
{
    arguments args;
    ask(c, &args);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_variation_of_information(reg_ctx(c), args.table, 1, 2, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= VI");
    return status;
}

static info_status drive_normalized_mutual_information(reg_case *c)
{
    arguments args;
    ask(c, &args);
    const info_nmi convention = reg_choice(c, "convention", INFO_NMI_GEOMETRIC);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status =
        info_normalized_mutual_information(reg_ctx(c), args.table, 1, 2, convention, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0 && *out <= 1, "0 <= NMI <= 1");
    return status;
}

static info_status drive_uncertainty_coefficient(reg_case *c)
{
    arguments args;
    ask(c, &args);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_uncertainty_coefficient(reg_ctx(c), args.table, 1, 2, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0 && *out <= 1, "0 <= U <= 1");
    return status;
}

typedef info_status (*many)(info_ctx *, const info_table *, const uint64_t *, int64_t, uint64_t,
                            const info_joint_options *, double *);

static info_status drive_many(reg_case *c, many function, double lowest)
{
    static const uint64_t variables[] = {1, 2};
    arguments args;
    ask(c, &args);
    const uint64_t *given = reg_bytes(c, "variables", variables, sizeof variables);
    const int64_t count = reg_length(c, "count", 2);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = function(reg_ctx(c), args.table, given, count, 0, args.options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= lowest, "not negative");
    return status;
}

static info_status drive_total_correlation(reg_case *c)
{
    return drive_many(c, info_total_correlation, 0);
}

static info_status drive_dual_total_correlation(reg_case *c)
{
    return drive_many(c, info_dual_total_correlation, 0);
}

static info_status drive_o_information(reg_case *c)
{
    return drive_many(c, info_o_information, -1e-9);
}

static info_status drive_co_information(reg_case *c)
{
    return drive_many(c, info_co_information, 0);
}

static info_status drive_interaction_information(reg_case *c)
{
    return drive_many(c, info_interaction_information, 0);
}

static info_status drive_marginal(reg_case *c)
{
    arguments args;
    ask(c, &args);
    const reg_doubles out = reg_output(c, "out", reg_cols(c));
    return info_marginal(reg_ctx(c), args.table, 2, args.options, out.data, out.length);
}

static info_status drive_local_entropy(reg_case *c)
{
    arguments args;
    ask(c, &args);
    const reg_doubles out = reg_output(c, "out", reg_rows(c) * reg_cols(c));
    return info_local_entropy(reg_ctx(c), args.table, 1, 2, args.options, out.data, out.length);
}

static info_status drive_pointwise(reg_case *c)
{
    arguments args;
    ask(c, &args);
    const reg_doubles out = reg_output(c, "out", reg_rows(c) * reg_cols(c));
    return info_pointwise_mutual_information(reg_ctx(c), args.table, 1, 2, 0, args.options, out.data, out.length);
}

static info_status drive_normalized_pointwise(reg_case *c)
{
    arguments args;
    ask(c, &args);
    const reg_doubles out = reg_output(c, "out", reg_rows(c) * reg_cols(c));
    const info_status status = info_normalized_pointwise_mutual_information(reg_ctx(c), args.table, 1, 2, 0,
                                                                            args.options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, !(out.data[0] < -1) && !(out.data[0] > 1), "-1 <= NPMI <= 1");
    return status;
}

const reg_function reg_joint[] = {
    {"info_co_information", drive_co_information, 0, 0},
    {"info_dual_total_correlation", drive_dual_total_correlation, 0, 0},
    {"info_interaction_information", drive_interaction_information, 0, 0},
    {"info_joint_entropy", drive_joint_entropy, 0, 0},
    {"info_local_entropy", drive_local_entropy, REG_NAN, 0},
    {"info_marginal", drive_marginal, 0, 0},
    {"info_mutual_information", drive_mutual_information, 0, 0},
    {"info_normalized_mutual_information", drive_normalized_mutual_information, 0, 0},
    {"info_normalized_pointwise_mutual_information", drive_normalized_pointwise, REG_NAN, 0},
    {"info_o_information", drive_o_information, 0, 0},
    {"info_pointwise_mutual_information", drive_pointwise, REG_NAN, 0},
    {"info_table_from_dlpack", drive_table_from_dlpack, 0, 0},
    {"info_table_init", drive_table_init, REG_UNNAMED, 0},
    {"info_total_correlation", drive_total_correlation, 0, 0},
    {"info_uncertainty_coefficient", drive_uncertainty_coefficient, 0, 0},
    {"info_variation_of_information", drive_variation_of_information, 0, 0},
    {0},
};
