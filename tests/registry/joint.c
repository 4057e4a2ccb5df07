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
    const info_status status = info_table_init(view, data, 2, shape, NULL, reg_choice(c, "dtype", INFO_F32));
    if (status == INFO_OK)
        view->shape = NULL; /* an address, which need not repeat */
    return status;
}

static info_status drive_table_from_dlpack(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const int64_t shape[3] = {reg_length(c, "tensor", rows), 1, cols}, strides[3] = {cols + 1, 7, 1};
    const double *data = reg_vector(c, "data", REG_REALS, rows * (cols + 1));
    info_dlpack_tensor tensor = {(void *)(uintptr_t)data, 1, 0, 3, 2, 64, 1, shape, strides, 0};
    const info_dlpack_tensor *given = reg_bytes(c, "tensor", &tensor, sizeof tensor);
    info_table *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_table_from_dlpack(reg_ctx(c), given, out);
    reg_expect(c, status != INFO_OK || out->ndim == 3, "the table has the tensor's axes");
    if (status == INFO_OK)
        out->shape = out->strides = NULL;
    return status;
}

static info_status drive_joint_entropy(reg_case *c)
{
    int64_t shape[4];
    info_table table;
    const info_matrix *m = reg_matrix(c, "table", REG_COUNTS | REG_AS_TABLE, reg_rows(c), reg_cols(c));
    const void *options = reg_options(c, &counts, sizeof counts);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_joint_entropy(reg_ctx(c), table_of(m, shape, &table), 2, 1, options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= H(A|B)");
    return status;
}

static info_status drive_mutual_information(reg_case *c)
{
    int64_t shape[4];
    info_table table;
    const info_matrix *m = reg_matrix(c, "table", REG_COUNTS | REG_AS_TABLE, reg_rows(c), reg_cols(c));
    const void *options = reg_options(c, &counts, sizeof counts);
    double *out = reg_output_fixed(c, "out", 1);
    const info_status status = info_mutual_information(reg_ctx(c), table_of(m, shape, &table), 1, 2, 0, options, out);
    if (status == INFO_OK)
        reg_expect(c, *out >= 0, "0 <= I(A;B)");
    return status;
}

const reg_function reg_joint[] = {
    {"info_joint_entropy", drive_joint_entropy, 0, 0},
    {"info_mutual_information", drive_mutual_information, 0, 0},
    {"info_table_from_dlpack", drive_table_from_dlpack, 0, 0},
    {"info_table_init", drive_table_init, REG_UNNAMED, 0},
    {0},
};
