/* SPDX-License-Identifier: MIT
 * The checks that arguments go through, and sizes that cannot wrap. */
#include <string.h>

#include "core/core.h"

bool info_i_multiply(int64_t a, int64_t b, int64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

bool info_i_add(int64_t a, int64_t b, int64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

int64_t info_dtype_size(info_dtype dtype)
{
    switch (dtype) {
    case INFO_F64:
        return 8;
    case INFO_F32:
        return 4;
    case INFO_F16:
    case INFO_BF16:
        return 2;
    default:
        return 0;
    }
}

info_status info_i_check_pointer(info_i_error *error, const char *name, const void *pointer)
{
    if (!pointer)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: is NULL", name);
    return INFO_OK;
}

/* Bytes from the first element to the last along one axis; false if not addressable. */
static bool axis_reach(int64_t count, int64_t stride, int64_t size, int64_t *reach)
{
    int64_t elements;
    return info_i_multiply(count - 1, stride, &elements) && info_i_multiply(elements, size, reach);
}

static info_status check_view(info_i_error *error, const char *name, const info_matrix *m)
{
    if (m->reserved != 0)
        return info_i_fail(error, INFO_ERROR_OPTION, "%s: reserved is %d; it must be 0", name, (int)m->reserved);
    const int64_t size = info_dtype_size(m->dtype);
    if (size == 0)
        return info_i_fail(error, INFO_ERROR_TYPE, "%s: dtype %d is unknown; allowed are 0 (f64) to 3 (bf16)", name,
                           (int)m->dtype);
    if (m->rows < 1 || m->cols < 1)
        return info_i_fail(error, INFO_ERROR_SIZE, "%s: %lld x %lld; rows and cols must be at least 1", name,
                           (long long)m->rows, (long long)m->cols);
    if (!m->data)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: data is NULL", name);
    int64_t row_reach, col_reach, elements, low, high;
    const intptr_t address = (intptr_t)m->data;
    bool fits = info_i_multiply(m->rows, m->cols, &elements) && axis_reach(m->rows, m->row_stride, size, &row_reach) &&
                axis_reach(m->cols, m->col_stride, size, &col_reach);
    if (fits) {
        const int64_t row_low = row_reach < 0 ? row_reach : 0, row_high = row_reach > 0 ? row_reach : 0;
        const int64_t col_low = col_reach < 0 ? col_reach : 0, col_high = col_reach > 0 ? col_reach : 0;
        fits = info_i_add(row_low, col_low, &low) && info_i_add(row_high, col_high, &high) &&
               info_i_add(high, size, &high) && info_i_add(address, low, &low) && info_i_add(address, high, &high);
    }
    if (!fits)
        return info_i_fail(error, INFO_ERROR_OVERFLOW,
                           "%s: %lld x %lld with strides %lld, %lld reaches beyond what can be addressed", name,
                           (long long)m->rows, (long long)m->cols, (long long)m->row_stride, (long long)m->col_stride);
    if ((uintptr_t)m->data % (uintptr_t)size != 0)
        return info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: data is not aligned to its %d-byte elements", name,
                           (int)size);
    return INFO_OK;
}

info_status info_i_check_matrix(info_i_error *error, const char *name, const info_matrix *matrix)
{
    const info_status status = info_i_check_pointer(error, name, matrix);
    return status == INFO_OK ? check_view(error, name, matrix) : status;
}

info_status info_i_check_matrix_out(info_i_error *error, const char *name, const info_matrix_out *matrix)
{
    const info_status status = info_i_check_pointer(error, name, matrix);
    if (status != INFO_OK)
        return status;
    const info_matrix view = {matrix->data,       matrix->rows,  matrix->cols,    matrix->row_stride,
                              matrix->col_stride, matrix->dtype, matrix->reserved};
    const info_status valid = check_view(error, name, &view);
    if (valid != INFO_OK)
        return valid;
    /* Two elements in one place would make the result depend on the order of writing. */
    const int64_t row = view.row_stride < 0 ? -view.row_stride : view.row_stride;
    const int64_t col = view.col_stride < 0 ? -view.col_stride : view.col_stride;
    const bool rows_apart = view.rows == 1 || row > (view.cols - 1) * col;
    const bool cols_apart = view.cols == 1 || col > (view.rows - 1) * row;
    if ((view.rows > 1 && row == 0) || (view.cols > 1 && col == 0) || !(rows_apart || cols_apart))
        return info_i_fail(error, INFO_ERROR_OVERLAP, "%s: strides %lld, %lld put two elements in one place", name,
                           (long long)view.row_stride, (long long)view.col_stride);
    return INFO_OK;
}

info_status info_i_check_output(info_i_error *error, const char *name, const void *out, int64_t length, int64_t needed)
{
    if (!out)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: is NULL", name);
    if (length < needed)
        return info_i_fail(error, INFO_ERROR_OUTPUT, "%s: has %lld elements; %lld are needed", name, (long long)length,
                           (long long)needed);
    return INFO_OK;
}

void info_i_matrix_extent(const info_matrix *m, const char **low, const char **high)
{
    const int64_t size = info_dtype_size(m->dtype);
    const int64_t row = (m->rows - 1) * m->row_stride * size, col = (m->cols - 1) * m->col_stride * size;
    *low = (const char *)m->data + (row < 0 ? row : 0) + (col < 0 ? col : 0);
    *high = (const char *)m->data + (row > 0 ? row : 0) + (col > 0 ? col : 0) + size;
}

info_status info_i_check_overlap(info_i_error *error, const char *name, const void *out, int64_t bytes,
                                 const char *input_name, const info_matrix *input)
{
    const char *low, *high;
    info_i_matrix_extent(input, &low, &high);
    const uintptr_t begin = (uintptr_t)out, end = begin + (uintptr_t)bytes;
    if (begin < (uintptr_t)high && (uintptr_t)low < end)
        return info_i_fail(error, INFO_ERROR_OVERLAP, "%s: overlaps %s", name, input_name);
    return INFO_OK;
}

info_status info_i_check_option(info_i_error *error, const char *name, int64_t value, int64_t first, int64_t last)
{
    if (value < first || value > last)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: %lld is not allowed; %lld to %lld are", name,
                           (long long)value, (long long)first, (long long)last);
    return INFO_OK;
}

info_status info_i_check_options(info_i_error *error, const info_i_allowed *options)
{
    info_status status = INFO_OK;
    for (; status == INFO_OK && options->name; options++)
        status = info_i_check_option(error, options->name, options->value, options->first, options->last);
    return status;
}

info_status info_i_options(info_i_error *error, void *options, size_t size, const void *given)
{
    memset(options, 0, size);
    const uint32_t own_size = (uint32_t)size;
    if (given) {
        uint32_t given_size;
        memcpy(&given_size, given, sizeof given_size);
        if (given_size < sizeof given_size)
            return info_i_fail(error, INFO_ERROR_OPTION, "options.struct_size: %u given; set it to sizeof the struct",
                               (unsigned)given_size);
        if (given_size > INT32_MAX)
            return info_i_fail(error, INFO_ERROR_OPTION, "options.struct_size: %u given; this library knows %u bytes",
                               (unsigned)given_size, (unsigned)own_size);
        for (size_t i = size; i < given_size; i++)
            if (((const unsigned char *)given)[i] != 0)
                return info_i_fail(error, INFO_ERROR_OPTION,
                                   "options: byte %zu is set, but this library knows %u bytes; it is too old for that "
                                   "option",
                                   i, (unsigned)own_size);
        memcpy(options, given, given_size < size ? given_size : size);
    }
    memcpy(options, &own_size, sizeof own_size);
    return INFO_OK;
}
