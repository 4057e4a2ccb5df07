/* SPDX-License-Identifier: MIT
 * Views: from arrays, and from DLPack tensors of every layout. */
#include "../support.h"
#include "info/info.h"

static float data[256];

static info_dlpack_tensor tensor(int32_t ndim, const int64_t *shape, const int64_t *strides)
{
    return (info_dlpack_tensor){.data = data,
                                .device_type = 1,
                                .ndim = ndim,
                                .type_code = 2,
                                .type_bits = 32,
                                .type_lanes = 1,
                                .shape = shape,
                                .strides = strides};
}

START_TEST(arrays_become_row_major_views)
{
    info_matrix m = {0};
    ck_assert_int_eq(info_matrix_init(&m, data, 3, 7, INFO_F32), INFO_OK);
    ck_assert_int_eq(m.row_stride, 7);
    ck_assert_int_eq(m.col_stride, 1);
    const info_matrix before = m;
    ck_assert_int_eq(info_matrix_init(NULL, data, 3, 7, INFO_F32), INFO_ERROR_NULL);
    ck_assert_int_eq(info_matrix_init(&m, NULL, 3, 7, INFO_F32), INFO_ERROR_NULL);
    ck_assert_int_eq(info_matrix_init(&m, data, 0, 7, INFO_F32), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_matrix_init(&m, data, 3, 7, 4), INFO_ERROR_TYPE);
    ck_assert_int_eq(info_matrix_init(&m, data, INT64_MAX / 4, 8, INFO_F32), INFO_ERROR_OVERFLOW);
    ck_assert_int_eq(info_matrix_init(&m, (char *)data + 1, 3, 7, INFO_F32), INFO_ERROR_ALIGNMENT);
    ck_assert_mem_eq(&m, &before, sizeof m);
}
END_TEST

START_TEST(tensors_fold_their_leading_axes_into_rows)
{
    info_matrix m;
    const int64_t shape[] = {2, 1, 3, 5}, dense[] = {15, 99, 5, 1}, padded[] = {24, 0, 8, 1};
    info_dlpack_tensor t = tensor(4, shape, NULL);
    t.byte_offset = 8;
    ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
    ck_assert_int_eq(m.rows, 6);
    ck_assert_int_eq(m.cols, 5);
    ck_assert_int_eq(m.row_stride, 5);
    ck_assert_ptr_eq(m.data, data + 2);
    t = tensor(4, shape, dense);
    ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
    ck_assert_int_eq(m.row_stride, 5);
    t = tensor(4, shape, padded);
    ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
    ck_assert_int_eq(m.rows, 6);
    ck_assert_int_eq(m.row_stride, 8);
    t = tensor(1, shape + 3, NULL);
    ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
    ck_assert_int_eq(m.rows, 1);
    ck_assert_int_eq(m.cols, 5);
    t = tensor(0, NULL, NULL);
    ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
    ck_assert_int_eq(m.rows * m.cols, 1);
}
END_TEST

START_TEST(tensor_types_map_to_ours)
{
    static const struct {
        uint8_t code, bits;
        info_dtype dtype;
    } types[] = {{2, 64, INFO_F64}, {2, 32, INFO_F32}, {2, 16, INFO_F16}, {4, 16, INFO_BF16}};
    const int64_t shape[] = {4};
    for (int i = 0; i < 4; i++) {
        info_matrix m;
        info_dlpack_tensor t = tensor(1, shape, NULL);
        t.type_code = types[i].code, t.type_bits = types[i].bits;
        ck_assert_int_eq(info_matrix_from_dlpack(NULL, &t, &m), INFO_OK);
        ck_assert_int_eq(m.dtype, types[i].dtype);
    }
}
END_TEST

START_TEST(what_cannot_be_viewed_is_refused_by_name)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    const int64_t shape[] = {2, 3, 5}, transposed[] = {5, 10, 1}, empty[] = {2, 0, 5};
    const int64_t huge[] = {INT64_MAX / 2, 3, 5}, zeros[] = {0, 0, 1};
    info_matrix m = {0};
    const info_matrix before = m;
#define REFUSED(change, status)                                                                                        \
    do {                                                                                                               \
        info_dlpack_tensor t = tensor(3, shape, NULL);                                                                 \
        change;                                                                                                        \
        ck_assert_int_eq(info_matrix_from_dlpack(ctx, &t, &m), status);                                                \
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "tensor:"));                                               \
    } while (0)
    REFUSED(t.device_type = 2, INFO_ERROR_UNSUPPORTED);
    REFUSED(t.strides = transposed, INFO_ERROR_UNSUPPORTED);
    REFUSED(t.type_code = 0, INFO_ERROR_TYPE);
    REFUSED(t.type_bits = 8, INFO_ERROR_TYPE);
    REFUSED(t.type_lanes = 4, INFO_ERROR_TYPE);
    REFUSED(t.ndim = -1, INFO_ERROR_SIZE);
    REFUSED(t.shape = empty, INFO_ERROR_SIZE);
    REFUSED(t.shape = NULL, INFO_ERROR_NULL);
    REFUSED(t.data = NULL, INFO_ERROR_NULL);
    REFUSED(t.byte_offset = 2, INFO_ERROR_ALIGNMENT);
    REFUSED(t.byte_offset = UINT64_MAX, INFO_ERROR_OVERFLOW);
    REFUSED(t.shape = huge, INFO_ERROR_OVERFLOW);
    REFUSED((t.shape = huge, t.strides = zeros), INFO_ERROR_OVERFLOW);
#undef REFUSED
    ck_assert_int_eq(info_matrix_from_dlpack(ctx, NULL, &m), INFO_ERROR_NULL);
    const info_dlpack_tensor t = tensor(3, shape, NULL);
    ck_assert_int_eq(info_matrix_from_dlpack(ctx, &t, NULL), INFO_ERROR_NULL);
    ck_assert_mem_eq(&m, &before, sizeof m);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    return run_tests("matrix",
                     (const TTest *const[]){arrays_become_row_major_views, tensors_fold_their_leading_axes_into_rows,
                                            tensor_types_map_to_ours, what_cannot_be_viewed_is_refused_by_name, NULL});
}
