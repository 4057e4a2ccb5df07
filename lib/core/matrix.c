/* SPDX-License-Identifier: MIT
 * Making views: from plain arrays and from DLPack tensors. */
#include "core/core.h"

info_status info_matrix_init(info_matrix *view, const void *data, int64_t rows, int64_t cols, info_dtype dtype)
{
    info_i_error error = {0};
    const info_matrix made = {data, rows, cols, cols, 1, dtype, 0};
    info_i_check_pointer(&error, "view", view);
    info_i_check_matrix(&error, "data", &made);
    info_i_check_spans(&error, (info_i_span[]){{"view", view, sizeof *view}, {0}},
                       (info_i_span[]){info_i_matrix_span("data", &made), {0}});
    if (error.status == INFO_OK)
        *view = made;
    return error.status;
}

static bool device_is_readable(int32_t device_type)
{
    enum { CPU = 1, CUDA_HOST = 3, ROCM_HOST = 11 };
    return device_type == CPU || device_type == CUDA_HOST || device_type == ROCM_HOST;
}

static info_status tensor_dtype(info_i_error *error, const info_dlpack_tensor *t, info_dtype *dtype)
{
    enum { FLOAT = 2, BFLOAT = 4 };
    if (t->type_lanes == 1 && t->type_code == FLOAT && t->type_bits == 64)
        *dtype = INFO_F64;
    else if (t->type_lanes == 1 && t->type_code == FLOAT && t->type_bits == 32)
        *dtype = INFO_F32;
    else if (t->type_lanes == 1 && t->type_code == FLOAT && t->type_bits == 16)
        *dtype = INFO_F16;
    else if (t->type_lanes == 1 && t->type_code == BFLOAT && t->type_bits == 16)
        *dtype = INFO_BF16;
    else
        return info_i_fail(error, INFO_ERROR_TYPE,
                           "tensor: type code %d with %d bits and %d lanes; floats of 64, 32 or 16 bits and bfloat16 "
                           "can be read",
                           t->type_code, t->type_bits, t->type_lanes);
    return INFO_OK;
}

/* All axes but the last become rows. Axes of length 1 do not count; the others
 * must walk through memory in even steps. */
static info_status fold_rows(info_i_error *error, const info_dlpack_tensor *t, info_matrix *m)
{
    m->rows = 1;
    m->row_stride = 0;
    for (int32_t axis = t->ndim - 2; axis >= 0; axis--) {
        const int64_t length = t->shape[axis], stride = t->strides[axis];
        int64_t expected;
        if (length == 1)
            continue;
        if (m->rows == 1)
            m->row_stride = stride;
        else if (!info_i_multiply(m->rows, m->row_stride, &expected) || expected != stride)
            return info_i_fail(error, INFO_ERROR_UNSUPPORTED,
                               "tensor: axis %d has stride %lld; its leading axes have no common stride and would "
                               "need a copy",
                               (int)axis, (long long)stride);
        if (!info_i_multiply(m->rows, length, &m->rows))
            return info_i_fail(error, INFO_ERROR_OVERFLOW, "tensor: too many rows to be counted");
    }
    return INFO_OK;
}

info_status info_i_matrix_from_dlpack(info_i_error *error, const info_dlpack_tensor *t, info_matrix *out)
{
    if (info_i_check_pointer(error, "tensor", t) != INFO_OK || info_i_check_pointer(error, "out", out) != INFO_OK)
        return error->status;
    if (!device_is_readable(t->device_type))
        return info_i_fail(error, INFO_ERROR_UNSUPPORTED,
                           "tensor: device type %d; only memory that the CPU reads (1, 3, 11) can be used",
                           (int)t->device_type);
    info_matrix m = {0};
    info_status status = tensor_dtype(error, t, &m.dtype);
    if (status != INFO_OK)
        return status;
    if (t->ndim < 0)
        return info_i_fail(error, INFO_ERROR_SIZE, "tensor: has %d axes", (int)t->ndim);
    if (t->ndim > 0 && !t->shape)
        return info_i_fail(error, INFO_ERROR_NULL, "tensor: shape is NULL");
    if (!t->data)
        return info_i_fail(error, INFO_ERROR_NULL, "tensor: data is NULL");
    if (t->byte_offset > INT64_MAX)
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "tensor: byte_offset exceeds what can be addressed");
    m.data = (const char *)t->data + t->byte_offset;
    m.rows = m.cols = m.row_stride = m.col_stride = 1;
    for (int32_t axis = 0; axis < t->ndim; axis++)
        if (t->shape[axis] < 1)
            return info_i_fail(error, INFO_ERROR_SIZE, "tensor: axis %d has length %lld", (int)axis,
                               (long long)t->shape[axis]);
    if (t->ndim > 0) {
        m.cols = t->shape[t->ndim - 1];
        if (t->strides) {
            m.col_stride = t->strides[t->ndim - 1];
            status = fold_rows(error, t, &m);
            if (status != INFO_OK)
                return status;
        } else {
            for (int32_t axis = 0; axis < t->ndim - 1; axis++)
                if (!info_i_multiply(m.rows, t->shape[axis], &m.rows))
                    return info_i_fail(error, INFO_ERROR_OVERFLOW, "tensor: too many rows to be counted");
            m.row_stride = m.cols;
        }
    }
    info_i_check_matrix(error, "tensor", &m);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("tensor", &m), {0}});
    if (error->status == INFO_OK)
        *out = m;
    return error->status;
}

info_status info_matrix_from_dlpack(info_ctx *ctx, const info_dlpack_tensor *tensor, info_matrix *out)
{
    return INFO_I_CALL(ctx, info_i_matrix_from_dlpack(&ctx->error, tensor, out));
}
