/* SPDX-License-Identifier: MIT
 * The checks that arguments go through, and sizes that cannot wrap. */
#include <stdlib.h>
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

info_status info_i_check_place(info_i_error *error, const char *name, const void *place, size_t alignment)
{
    if (error->status != INFO_OK)
        return error->status;
    if (!place)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: is NULL", name);
    if ((uintptr_t)place % alignment != 0)
        return info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: is not aligned to its %zu-byte elements", name, alignment);
    return INFO_OK;
}

/* ---- Integers ----------------------------------------------------------- */

int64_t info_i_integer_size(info_integer type)
{
    static const int8_t sizes[] = {8, 4, 2, 1, 4, 2, 1};
    return type >= INFO_INT64 && type <= INFO_UINT8 ? sizes[type] : 0;
}

int64_t info_i_integer_least(info_integer type)
{
    static const int64_t least[] = {INT64_MIN, INT32_MIN, INT16_MIN, INT8_MIN, 0, 0, 0};
    return least[type];
}

int64_t info_i_integer_most(info_integer type)
{
    static const int64_t most[] = {INT64_MAX, INT32_MAX, INT16_MAX, INT8_MAX, UINT32_MAX, UINT16_MAX, UINT8_MAX};
    return most[type];
}

info_status info_i_check_integers(info_i_error *error, const char *name, const void *array, info_integer type)
{
    const int64_t size = info_i_integer_size(type);
    info_i_check(error, array, INFO_ERROR_NULL, "%s: is NULL", name);
    info_i_check(error, size > 0, INFO_ERROR_TYPE, "%s: type %d is unknown; allowed are 0 (int64) to 6 (uint8)", name,
                 (int)type);
    return info_i_check(error, (int64_t)((uintptr_t)array % (uintptr_t)size) == 0, INFO_ERROR_ALIGNMENT,
                        "%s: is not aligned to its %d-byte elements", name, (int)size);
}

/* ---- Views -------------------------------------------------------------- */

/* Bytes from the first element to the last along one axis; false if not addressable. */
static bool axis_reach(int64_t count, int64_t stride, int64_t size, int64_t *reach)
{
    int64_t elements;
    return info_i_multiply(count - 1, stride, &elements) && info_i_multiply(elements, size, reach);
}

/* First byte and number of bytes that a view reaches; false if not addressable. */
static bool view_reach(const info_matrix *m, const char **begin, int64_t *bytes)
{
    const int64_t size = info_dtype_size(m->dtype), address = (int64_t)(uintptr_t)m->data;
    int64_t row, col, low, high, below;
    if (!axis_reach(m->rows, m->row_stride, size, &row) || !axis_reach(m->cols, m->col_stride, size, &col) ||
        !info_i_add(row < 0 ? row : 0, col < 0 ? col : 0, &low) || !info_i_multiply(low, -1, &below) ||
        !info_i_add(row > 0 ? row : 0, col > 0 ? col : 0, &high) || !info_i_add(high, size, &high) ||
        !info_i_add(high, below, bytes) || !info_i_add(address, low, &low) || !info_i_add(address, high, &high) ||
        (sizeof(void *) < sizeof(int64_t) && (low < 0 || high > (int64_t)UINT32_MAX)))
        return false;
    *begin = (const char *)m->data + (low - address);
    return true;
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
    const char *begin;
    int64_t bytes, elements;
    if (!info_i_multiply(m->rows, m->cols, &elements) || !view_reach(m, &begin, &bytes))
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

static info_matrix read_view(const info_matrix_out *m)
{
    return (info_matrix){m->data, m->rows, m->cols, m->row_stride, m->col_stride, m->dtype, m->reserved};
}

info_status info_i_check_matrix_out(info_i_error *error, const char *name, const info_matrix_out *matrix)
{
    if (info_i_check_pointer(error, name, matrix) != INFO_OK)
        return error->status;
    const info_matrix view = read_view(matrix);
    if (check_view(error, name, &view) != INFO_OK)
        return error->status;
    /* Two elements in one place would make the result depend on the order of writing. An axis of one element has no
     * stride; those of the others have been found to fit. */
    const int64_t row = view.rows > 1 ? llabs(view.row_stride) : 0;
    const int64_t col = view.cols > 1 ? llabs(view.col_stride) : 0;
    const bool rows_apart = view.rows == 1 || row > (view.cols - 1) * col;
    const bool cols_apart = view.cols == 1 || col > (view.rows - 1) * row;
    if ((view.rows > 1 && row == 0) || (view.cols > 1 && col == 0) || !(rows_apart || cols_apart))
        return info_i_fail(error, INFO_ERROR_OVERLAP, "%s: strides %lld, %lld put two elements in one place", name,
                           (long long)view.row_stride, (long long)view.col_stride);
    return INFO_OK;
}

info_status info_i_check_sizes(info_i_error *error, const char *name, const info_matrix_out *matrix, int64_t rows,
                               int64_t cols)
{
    info_i_check_matrix_out(error, name, matrix);
    return info_i_check(error, matrix->rows == rows && matrix->cols == cols, INFO_ERROR_OUTPUT,
                        "%s: is %lld x %lld; it must be %lld x %lld", name, (long long)matrix->rows,
                        (long long)matrix->cols, (long long)rows, (long long)cols);
}

info_status info_i_check_array(info_i_error *error, const char *name, const void *out, size_t alignment, int64_t length,
                               int64_t needed)
{
    if (info_i_check_place(error, name, out, alignment) != INFO_OK)
        return error->status;
    if (length < needed)
        return info_i_fail(error, INFO_ERROR_OUTPUT, "%s: has %lld elements; %lld are needed", name, (long long)length,
                           (long long)needed);
    return INFO_OK;
}

/* ---- Overlaps ----------------------------------------------------------- */

info_i_span info_i_matrix_span(const char *name, const info_matrix *matrix)
{
    const char *begin;
    int64_t bytes;
    if (!matrix || !matrix->data || info_dtype_size(matrix->dtype) == 0 || !view_reach(matrix, &begin, &bytes))
        return (info_i_span){name, NULL, 0};
    return (info_i_span){name, begin, bytes};
}

info_i_span info_i_matrix_out_span(const char *name, const info_matrix_out *matrix)
{
    if (!matrix)
        return (info_i_span){name, NULL, 0};
    const info_matrix view = read_view(matrix);
    return info_i_matrix_span(name, &view);
}

info_i_span info_i_array_span(const char *name, const void *array, int64_t count, size_t size)
{
    int64_t bytes;
    if (!array || count < 0)
        return (info_i_span){name, NULL, 0};
    return (info_i_span){name, array, info_i_multiply(count, (int64_t)size, &bytes) ? bytes : INT64_MAX};
}

info_i_span info_i_integers_span(const char *name, const void *array, int64_t count, info_integer type)
{
    return info_i_array_span(name, array, count, (size_t)info_i_integer_size(type));
}

static bool share_a_byte(const info_i_span *a, const info_i_span *b)
{
    const uintptr_t x = (uintptr_t)a->begin, y = (uintptr_t)b->begin;
    return a->begin && b->begin && a->bytes > 0 && b->bytes > 0 &&
           (x < y ? y - x < (uintptr_t)a->bytes : x - y < (uintptr_t)b->bytes);
}

info_status info_i_check_span_lists(info_i_error *error, const info_i_span *outputs, const info_i_span *inputs)
{
    for (const info_i_span *out = outputs; out->name; out++) {
        for (const info_i_span *in = inputs; in->name; in++)
            if (share_a_byte(out, in))
                return info_i_fail(error, INFO_ERROR_OVERLAP, "%s: overlaps %s", out->name, in->name);
        for (const info_i_span *other = outputs; other != out; other++)
            if (share_a_byte(out, other))
                return info_i_fail(error, INFO_ERROR_OVERLAP, "%s: overlaps %s", out->name, other->name);
    }
    return INFO_OK;
}

/* ---- Options ------------------------------------------------------------ */

info_status info_i_check_option(info_i_error *error, const char *name, int64_t value, int64_t first, int64_t last)
{
    if (error->status == INFO_OK && (value < first || value > last))
        return info_i_fail(error, INFO_ERROR_OPTION, "%s: %lld is not allowed; %lld to %lld are", name,
                           (long long)value, (long long)first, (long long)last);
    return error->status;
}

info_status info_i_check_options(info_i_error *error, const info_i_allowed *options)
{
    for (; options->name; options++)
        info_i_check_option(error, options->name, options->value, options->first, options->last);
    return error->status;
}

info_status info_i_check_real(info_i_error *error, const char *name, double value, double low, double high,
                              info_i_ends ends)
{
    const bool above = ends == INFO_I_ABOVE_LOW || ends == INFO_I_OPEN;
    const bool below = ends == INFO_I_BELOW_HIGH || ends == INFO_I_OPEN;
    if (error->status == INFO_OK && !((above ? value > low : value >= low) && (below ? value < high : value <= high)))
        return info_i_fail(error, INFO_ERROR_OPTION, "%s: %s is not allowed; a number in %c%s, %s%c is", name,
                           info_i_number_text(value).text, above ? '(' : '[', info_i_number_text(low).text,
                           info_i_number_text(high).text, below ? ')' : ']');
    return error->status;
}

/* ---- Structs of other versions ------------------------------------------ */

/* No version will have structs longer than this one's by more. What is beyond is not read: it may not be there. */
#define MOST_GROWTH 256

static info_status check_struct_size(info_i_error *error, const char *name, const info_i_layout *layout, uint32_t size)
{
    bool ends_a_field = size > layout->size && size <= layout->size + MOST_GROWTH && size % 4 == 0;
    for (size_t i = 0; i < layout->count; i++)
        ends_a_field = ends_a_field || layout->ends[i] == size;
    if (!ends_a_field)
        return info_i_fail(error, INFO_ERROR_OPTION,
                           "%s.struct_size: %u is no size of this struct; set it to its sizeof (%zu in this version)",
                           name, (unsigned)size, layout->size);
    return INFO_OK;
}

info_status info_i_copy_struct(info_i_error *error, const char *name, const info_i_layout *layout, void *own,
                               const void *given)
{
    memset(own, 0, layout->size);
    const uint32_t own_size = (uint32_t)layout->size;
    if (given && error->status == INFO_OK) {
        uint32_t size;
        memcpy(&size, given, sizeof size);
        if (check_struct_size(error, name, layout, size) == INFO_OK) {
            for (size_t i = layout->size; i < size && error->status == INFO_OK; i++)
                if (((const unsigned char *)given)[i] != 0)
                    info_i_fail(error, INFO_ERROR_OPTION,
                                "%s: byte %zu is set, but this library knows %u bytes; it is too old for that option",
                                name, i, (unsigned)own_size);
            memcpy(own, given, size < layout->size ? size : layout->size);
        }
    }
    memcpy(own, &own_size, sizeof own_size);
    return error->status;
}
