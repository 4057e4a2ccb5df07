/* SPDX-License-Identifier: MIT
 * Views of tables: their checks, their extent in memory, and DLPack tensors. */
#include "joint/table.h"

#include <string.h>

void info_i_dense_strides(int32_t ndim, const int64_t *shape, int64_t *strides)
{
    int64_t stride = 1;
    for (int32_t axis = ndim - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= shape[axis];
    }
}

/* Bytes from the first cell down to the lowest and up to behind the highest; false if they cannot be addressed. */
static bool reach(const info_table *t, const int64_t *strides, int64_t *low, int64_t *high)
{
    const int64_t size = info_dtype_size(t->dtype);
    *low = 0;
    *high = size;
    for (int32_t axis = 0; axis < t->ndim; axis++) {
        int64_t steps, bytes;
        if (!info_i_multiply(t->shape[axis] - 1, strides[axis], &steps) || !info_i_multiply(steps, size, &bytes) ||
            !info_i_add(bytes < 0 ? *low : *high, bytes, bytes < 0 ? low : high))
            return false;
    }
    int64_t address = (int64_t)(intptr_t)t->data;
    return info_i_add(address, *low, &address) && info_i_add((int64_t)(intptr_t)t->data, *high, &address);
}

static bool cells_can_be_counted(const info_table *t)
{
    int64_t cells = 1;
    for (int32_t axis = 0; axis < t->ndim; axis++)
        if (!info_i_multiply(cells, t->shape[axis], &cells))
            return false;
    return true;
}

static info_status check_view(info_i_error *error, const char *name, const info_table *t)
{
    const int64_t size = info_dtype_size(t->dtype);
    if (size == 0)
        return info_i_fail(error, INFO_ERROR_TYPE, "%s: dtype %d is unknown; allowed are 0 (f64) to 3 (bf16)", name,
                           (int)t->dtype);
    if (t->ndim < 1 || t->ndim > INFO_MAX_AXES)
        return info_i_fail(error, INFO_ERROR_SIZE, "%s: has %d axes; 1 to %d are allowed", name, (int)t->ndim,
                           INFO_MAX_AXES);
    if (!t->shape || !t->data)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: %s is NULL", name, t->shape ? "data" : "shape");
    for (int32_t axis = 0; axis < t->ndim; axis++)
        if (t->shape[axis] < 1)
            return info_i_fail(error, INFO_ERROR_SIZE, "%s: axis %d has length %lld; at least 1 is needed", name,
                               (int)axis, (long long)t->shape[axis]);
    int64_t dense[INFO_MAX_AXES], low, high;
    const int64_t *strides = t->strides;
    bool fits = cells_can_be_counted(t);
    if (fits && !strides) {
        info_i_dense_strides(t->ndim, t->shape, dense);
        strides = dense;
    }
    fits = fits && reach(t, strides, &low, &high);
    if (!fits)
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s: its %d axes reach beyond what can be addressed", name,
                           (int)t->ndim);
    if ((uintptr_t)t->data % (uintptr_t)size != 0)
        return info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: data is not aligned to its %d-byte elements", name,
                           (int)size);
    return INFO_OK;
}

info_status info_i_check_table(info_i_error *error, const char *name, const info_table *table)
{
    const info_status status = info_i_check_pointer(error, name, table);
    return status == INFO_OK ? check_view(error, name, table) : status;
}

info_i_span info_i_table_span(const char *name, const info_table *t)
{
    int64_t dense[INFO_MAX_AXES], below = 0, above = 0;
    if (!t->strides)
        info_i_dense_strides(t->ndim, t->shape, dense);
    reach(t, t->strides ? t->strides : dense, &below, &above);
    return (info_i_span){name, (const char *)t->data + below, above - below};
}

/* All that a view of a table refers to. */
typedef struct spans {
    info_i_span list[4];
} spans;

static spans spans_of(const char *name, const info_table *t)
{
    return (spans){{info_i_table_span(name, t), info_i_array_span(name, t->shape, t->ndim, sizeof *t->shape),
                    info_i_array_span(name, t->strides, t->ndim, sizeof *t->strides)}};
}

info_status info_table_init(info_table *view, const void *data, int32_t ndim, const int64_t *shape,
                            const int64_t *strides, info_dtype dtype)
{
    info_i_error error = {0};
    const info_table made = {data, shape, strides, ndim, dtype};
    info_i_check_pointer(&error, "view", view);
    info_i_check_table(&error, "data", &made);
    info_i_check_spans(&error, (info_i_span[]){{"view", view, sizeof *view}, {0}}, spans_of("data", &made).list);
    if (error.status == INFO_OK)
        *view = made;
    return error.status;
}

/* The tensor's data, type and device are checked the way matrices are, as if it had no axes. */
static info_status from_dlpack(info_ctx *ctx, const info_dlpack_tensor *tensor, info_table *out)
{
    info_i_error *error = &ctx->error;
    if (info_i_check_pointer(error, "tensor", tensor) != INFO_OK || info_i_check_pointer(error, "out", out) != INFO_OK)
        return error->status;
    info_dlpack_tensor scalar = *tensor;
    scalar.ndim = 0;
    info_matrix first;
    info_status status = info_i_matrix_from_dlpack(error, &scalar, &first);
    if (status != INFO_OK)
        return status;
    const info_table made = {first.data, tensor->shape, tensor->strides, tensor->ndim, first.dtype};
    info_i_check_table(error, "tensor", &made);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}}, spans_of("tensor", &made).list);
    if (error->status == INFO_OK)
        *out = made;
    return error->status;
}

info_status info_table_from_dlpack(info_ctx *ctx, const info_dlpack_tensor *tensor, info_table *out)
{
    return INFO_I_CALL(ctx, from_dlpack(ctx, tensor, out));
}
