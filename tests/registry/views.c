/* SPDX-License-Identifier: MIT
 * Views of matrices: in every layout, or spoiled in one field. */
#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "numeric/convert.h"

typedef struct placed {
    void *data; /* element (0, 0) */
    char *low;
    size_t bytes;
    int64_t row_stride, col_stride;
} placed;

static placed place(const reg_case *c, const reg_argument *a, int64_t rows, int64_t cols, int64_t size, int32_t layout)
{
    int64_t row = cols, col = 1;
    switch (layout) {
    case REG_STRIDE_2:
        col = 2;
        row = 2 * cols + 1;
        break;
    case REG_TRANSPOSED:
        col = rows;
        row = 1;
        break;
    case REG_COLS_BACKWARDS:
        col = -1;
        row = cols + 5;
        break;
    case REG_ROWS_BACKWARDS:
        row = -(cols + 3);
        break;
    case REG_BOTH_BACKWARDS:
        col = -3;
        row = -(3 * cols + 1);
        break;
    case REG_BROADCAST:
        row = 0;
        break;
    default:
        break;
    }
    const int64_t row_reach = (rows - 1) * row, col_reach = (cols - 1) * col;
    const int64_t low = (row_reach < 0 ? row_reach : 0) + (col_reach < 0 ? col_reach : 0);
    const int64_t high = (row_reach > 0 ? row_reach : 0) + (col_reach > 0 ? col_reach : 0) + 1;
    const size_t bytes = (size_t)((high - low) * size);
    const int64_t shift = layout >= REG_OFFSET_1 && layout <= REG_OFFSET_8 ? layout - REG_OFFSET_1 + 1 : 0;
    char *begin = reg_slot(reg_index_of(c, a), bytes, layout == REG_AT_END, (size_t)(shift * size));
    memset(begin, 0xff, bytes); /* NaN in every type: what lies between elements must not be read */
    return (placed){begin - low * size, begin, bytes, row, col};
}

enum { MATRIX_VARIANTS = 17 };

static void spoil_matrix(reg_case *c, const reg_argument *a, info_matrix *m, int32_t variant)
{
    const int64_t huge = INT64_MAX;
    switch (variant) {
    case 2:
        m->data = NULL;
        reg_spoil(c, a, true, INFO_ERROR_NULL, "data NULL");
        break;
    case 3:
        m->rows = 0;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "rows 0");
        break;
    case 4:
        m->rows = -1;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "rows -1");
        break;
    case 5:
        m->cols = 0;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "cols 0");
        break;
    case 6:
        m->cols = -1;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "cols -1");
        break;
    case 7:
        m->rows = huge;
        m->row_stride = m->cols;
        reg_spoil(c, a, true, 0, "rows 2^63-1");
        break;
    case 8:
        m->cols = huge;
        m->col_stride = 1;
        reg_spoil(c, a, true, 0, "cols 2^63-1");
        break;
    case 9:
        m->rows = m->cols = (int64_t)1 << 32;
        m->row_stride = m->cols;
        reg_spoil(c, a, true, 0, "2^32 x 2^32");
        break;
    case 10:
        m->dtype = 4;
        reg_spoil(c, a, true, INFO_ERROR_TYPE, "dtype 4");
        break;
    case 11:
        m->dtype = -1;
        reg_spoil(c, a, true, INFO_ERROR_TYPE, "dtype -1");
        break;
    case 12:
        m->reserved = 1;
        reg_spoil(c, a, !a->as_table, INFO_ERROR_OPTION, "reserved 1");
        break;
    case 13:
        m->row_stride = huge;
        reg_spoil(c, a, m->rows > 1, 0, "row_stride 2^63-1");
        break;
    case 14:
        m->col_stride = INT64_MIN;
        reg_spoil(c, a, m->cols > 1, 0, "col_stride -2^63");
        break;
    case 15:
        m->data = (const char *)m->data + 1;
        reg_spoil(c, a, true, INFO_ERROR_ALIGNMENT, "data misaligned");
        break;
    case 16: /* when fuzzing, outputs one too short would suffice for it */
        m->rows -= m->rows > 1 && !c->plan.bytes;
        reg_spoil(c, a, false, 0, "a row less");
        break;
    default:
        m->cols -= m->cols > 1 && !c->plan.bytes;
        reg_spoil(c, a, false, 0, "a column less");
        break;
    }
}

const info_matrix *reg_matrix(reg_case *c, const char *name, int content, int64_t rows, int64_t cols)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_MATRIX, MATRIX_VARIANTS, rows * cols);
    a->optional = (content & REG_OPTIONAL) != 0;
    a->as_table = (content & REG_AS_TABLE) != 0;
    a->dtype = c->plan.bytes ? (info_dtype)reg_draw(c, 4) : c->plan.dtype;
    const int32_t layout = c->plan.bytes ? (int32_t)reg_draw(c, REG_LAYOUTS) : c->plan.layout;
    const bool equal_rows = c->plan.equal_rows || layout == REG_BROADCAST;
    const placed p = place(c, a, rows, cols, info_dtype_size(a->dtype), layout);
    info_matrix *m = &c->views[reg_index_of(c, a)];
    *m = (info_matrix){p.data, rows, cols, p.row_stride, p.col_stride, a->dtype, 0};

    double *values = reg_content(reg_seed_of(c, a), content, rows, cols, equal_rows);
    reg_patch(c, a, values);
    const info_matrix_out write = {p.data, rows, cols, p.row_stride, p.col_stride, a->dtype, 0};
    for (int64_t i = 0; i < rows; i++)
        info_i_put_row_f64(&write, i, 0, cols, values + i * cols);
    free(values);
    reg_remember(a, p.low, p.bytes);
    if (layout == REG_ENDLESS)
        *m = (info_matrix){p.data, rows, (int64_t)1 << 40, 0, 0, a->dtype, 0};

    const info_matrix *given = m;
    const int32_t variant = reg_variant(c, a);
    if (variant == 1) {
        given = NULL;
        reg_spoil(c, a, !a->optional, INFO_ERROR_NULL, "NULL");
    } else if (variant > 1) {
        spoil_matrix(c, a, m, variant);
    }
    reg_enter_library(&environment);
    return given;
}
