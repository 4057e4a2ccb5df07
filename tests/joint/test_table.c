/* SPDX-License-Identifier: MIT
 * Views of tables, sets of axes, options: what is refused, and what the text says. */
#include "tables.h"

static const double quarter[] = {0.25, 0.25, 0.25, 0.25};
static const int64_t two_by_two[] = {2, 2};

static info_ctx *ctx;

static void create_ctx(void)
{
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
}

static void destroy_ctx(void)
{
    info_ctx_destroy(ctx);
}

static int32_t cancel_at_once(void *user, double fraction)
{
    return 1;
}

/* The status, the text, and an output as it was. */
static void assert_refused(const info_table *t, uint64_t a, uint64_t b, uint64_t given,
                           const info_joint_options *options, info_status status, const char *text)
{
    double out = 42;
    ck_assert_int_eq(info_mutual_information(ctx, t, a, b, given, options, &out), status);
    if (!strstr(info_ctx_message(ctx), text))
        ck_abort_msg("\"%s\" does not say \"%s\"", info_ctx_message(ctx), text);
    ck_assert(out == 42);
}

START_TEST(views_that_cannot_be)
{
    create_ctx();
    info_table t = {quarter, two_by_two, NULL, 2, INFO_F64};
    assert_refused(NULL, 1, 2, 0, NULL, INFO_ERROR_NULL, "table: is NULL");
    assert_refused(&(info_table){NULL, two_by_two, NULL, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_NULL, "data is NULL");
    assert_refused(&(info_table){quarter, NULL, NULL, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_NULL, "shape is NULL");
    assert_refused(&(info_table){quarter, two_by_two, NULL, 0, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_SIZE, "0 axes");
    assert_refused(&(info_table){quarter, two_by_two, NULL, 65, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_SIZE, "65 axes");
    assert_refused(&(info_table){quarter, two_by_two, NULL, 2, 4}, 1, 2, 0, NULL, INFO_ERROR_TYPE, "dtype 4");
    assert_refused(&(info_table){(const char *)quarter + 1, two_by_two, NULL, 2, INFO_F64}, 1, 2, 0, NULL,
                   INFO_ERROR_ALIGNMENT, "not aligned");
    const int64_t empty[] = {2, 0};
    assert_refused(&(info_table){quarter, empty, NULL, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_SIZE, "axis 1");
    const int64_t negative[] = {-1, 2};
    assert_refused(&(info_table){quarter, negative, NULL, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_SIZE, "axis 0");
    double out;
    ck_assert_int_eq(info_mutual_information(ctx, &t, 1, 2, 0, NULL, NULL), INFO_ERROR_NULL);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "out"));
    ck_assert_int_eq(info_mutual_information(ctx, &t, 1, 2, 0, NULL, (double *)(uintptr_t)&quarter[3]),
                     INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_joint_entropy(ctx, &t, 0, 0, NULL, &out), INFO_ERROR_TARGET);
    ck_assert_int_eq(info_table_init(NULL, quarter, 2, two_by_two, NULL, INFO_F64), INFO_ERROR_NULL);
    ck_assert_int_eq(info_table_init(&t, quarter, 65, two_by_two, NULL, INFO_F64), INFO_ERROR_SIZE);
    ck_assert_int_eq(t.ndim, 2);
    destroy_ctx();
}
END_TEST

START_TEST(sizes_never_wrap)
{
    /* Inform multiplies lengths modulo 2^64 and, for pairs, in int: 2^32 x 2^32 is 0 there, and 50257^2 negative. */
    create_ctx();
    const int64_t huge[] = {INT64_C(1) << 32, INT64_C(1) << 32};
    assert_refused(&(info_table){quarter, huge, NULL, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_OVERFLOW, "table");
    const int64_t broadcast[] = {0, 0};
    assert_refused(&(info_table){quarter, huge, broadcast, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_OVERFLOW, "table");
    const int64_t many[] = {INT64_C(1) << 21, INT64_C(1) << 21, INT64_C(1) << 22};
    assert_refused(&(info_table){quarter, many, NULL, 3, INFO_F64}, 1, 2, 4, NULL, INFO_ERROR_OVERFLOW, "3 axes");
    const int64_t far[] = {INT64_MAX / 4, 1};
    assert_refused(&(info_table){quarter, two_by_two, far, 2, INFO_F64}, 1, 2, 0, NULL, INFO_ERROR_OVERFLOW, "table");
    const int64_t both_ways[] = {INT64_MAX / 8, -1};
    const info_table reach = {quarter, two_by_two, both_ways, 2, INFO_F64};
    assert_refused(&reach, 1, 2, 0, NULL, INFO_ERROR_OVERFLOW, "table");
    destroy_ctx();

    /* Pairs of a vocabulary of 50257 are more than 2^31: the work is begun, and stopped here. */
    const info_ctx_options options = {.struct_size = sizeof options, .progress = cancel_at_once};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    const int64_t tokens[] = {50257, 50257};
    assert_refused(&(info_table){quarter, tokens, broadcast, 2, INFO_F64}, 1, 2, 0, &counts, INFO_CANCELED, "");
    destroy_ctx();
}
END_TEST

START_TEST(sets_that_cannot_be)
{
    create_ctx();
    const info_table t = {quarter, two_by_two, NULL, 2, INFO_F64};
    assert_refused(&t, 0, 2, 0, NULL, INFO_ERROR_TARGET, "a: names no axis");
    assert_refused(&t, 1, 0, 0, NULL, INFO_ERROR_TARGET, "b: names no axis");
    assert_refused(&t, 1, 4, 0, NULL, INFO_ERROR_TARGET, "b: names axis 2");
    assert_refused(&t, 1, 2, axis(63), NULL, INFO_ERROR_TARGET, "given: names axis 63");
    assert_refused(&t, 1, 3, 0, NULL, INFO_ERROR_TARGET, "b: shares axis 0 with a");
    assert_refused(&t, 1, 2, 2, NULL, INFO_ERROR_TARGET, "given: shares axis 1 with b");
    destroy_ctx();
}
END_TEST

START_TEST(options_that_cannot_be)
{
    create_ctx();
    const info_table t = {quarter, two_by_two, NULL, 2, INFO_F64};
    info_joint_options o = {.struct_size = sizeof o, .kind = 4};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "kind");
    o = (info_joint_options){.struct_size = sizeof o, .unit = -1};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "unit");
    o = (info_joint_options){.struct_size = sizeof o, .normalize = 2};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "normalize");
    o = (info_joint_options){.struct_size = sizeof o, .sum_tolerance = -1};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "sum_tolerance");
    o.sum_tolerance = NAN;
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "sum_tolerance");
    o.sum_tolerance = INFINITY;
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "sum_tolerance");
    o = (info_joint_options){.struct_size = 3};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_OPTION, "struct_size");
    destroy_ctx();
}
END_TEST

START_TEST(cells_that_are_no_probabilities_are_named)
{
    create_ctx();
    const int64_t shape[] = {2, 3, 2};
    const double bad[] = {NAN, -0.25, INFINITY, -INFINITY};
    for (int i = 0; i < 4; i++)
        for (int dropped = 0; dropped < 2; dropped++) {
            double cells[12] = {0};
            cells[0] = 1;
            cells[9] = bad[i]; /* (1, 1, 1) */
            const info_table t = {cells, shape, NULL, 3, INFO_F64};
            assert_refused(&t, 1, 2, dropped ? 0 : 4, NULL, INFO_ERROR_DOMAIN, "cell (1, 1, 1) is ");
            assert_refused(&t, 1, 2, dropped ? 0 : 4, &counts, INFO_ERROR_DOMAIN, "numbers >= 0");
            info_joint_options o = {.struct_size = sizeof o, .kind = INFO_LOGITS};
            if (bad[i] != -INFINITY && bad[i] != -0.25)
                assert_refused(&t, 1, 2, dropped ? 0 : 4, &o, INFO_ERROR_DOMAIN, "finite numbers and -inf");
        }
    destroy_ctx();
}
END_TEST

START_TEST(sums_that_are_not_one)
{
    create_ctx();
    double cells[] = {0.25, 0.25, 0.25, 0.26};
    const info_table t = {cells, two_by_two, NULL, 2, INFO_F64};
    assert_refused(&t, 1, 2, 0, NULL, INFO_ERROR_SUM, "sum to 1.01");
    info_joint_options o = {.struct_size = sizeof o, .sum_tolerance = 0.02};
    ck_assert(information(&t, 1, 2, 0, &o) > 0);
    o = (info_joint_options){.struct_size = sizeof o, .normalize = 1};
    ck_assert(information(&t, 1, 2, 0, &o) > 0);
    for (int i = 0; i < 4; i++)
        cells[i] = 0;
    assert_refused(&t, 1, 2, 0, NULL, INFO_ERROR_SUM, "sum to 0");
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_DOMAIN, "sum to 0");
    assert_refused(&t, 1, 2, 0, &counts, INFO_ERROR_DOMAIN, "sum to 0");
    for (int i = 0; i < 4; i++)
        cells[i] = 1e308;
    assert_refused(&t, 1, 2, 0, NULL, INFO_ERROR_SUM, "sum to inf");
    for (int i = 0; i < 4; i++)
        cells[i] = -INFINITY;
    o = (info_joint_options){.struct_size = sizeof o, .kind = INFO_LOGITS};
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_DOMAIN, "every cell is -inf");
    o.kind = INFO_LOG_PROBABILITIES;
    assert_refused(&t, 1, 2, 0, &o, INFO_ERROR_SUM, "sum to 0");
    /* An error does not stick. */
    const info_table fine = {quarter, two_by_two, NULL, 2, INFO_F64};
    double out;
    ck_assert_int_eq(info_mutual_information(ctx, &fine, 1, 2, 0, NULL, &out), INFO_OK);
    ck_assert_str_eq(info_ctx_message(ctx), "");
    destroy_ctx();
}
END_TEST

START_TEST(tensors_are_tables)
{
    create_ctx();
    float cells[] = {9, 1, 0, 0, 1, 1, 0, 0, 1};
    const int64_t shape[] = {2, 2, 2}, strides[] = {1, 2, 4};
    info_dlpack_tensor tensor = {cells, 1, 0, 3, 2, 32, 1, shape, strides, sizeof(float)};
    info_table t;
    ck_assert_int_eq(info_table_from_dlpack(ctx, &tensor, &t), INFO_OK);
    ck_assert_int_eq(t.ndim, 3);
    ck_assert_int_eq(t.dtype, INFO_F32);
    ck_assert_ptr_eq(t.data, cells + 1);
    assert_close(information(&t, axis(0), axis(1), axis(2), &counts_in_bits), 1, ulps(1));
    const info_table before = t;
    tensor.device_type = 2;
    ck_assert_int_eq(info_table_from_dlpack(ctx, &tensor, &t), INFO_ERROR_UNSUPPORTED);
    tensor.device_type = 1;
    tensor.ndim = 0;
    ck_assert_int_eq(info_table_from_dlpack(ctx, &tensor, &t), INFO_ERROR_SIZE);
    tensor.ndim = 3;
    tensor.type_code = 0;
    ck_assert_int_eq(info_table_from_dlpack(ctx, &tensor, &t), INFO_ERROR_TYPE);
    ck_assert_int_eq(info_table_from_dlpack(ctx, NULL, &t), INFO_ERROR_NULL);
    ck_assert_int_eq(info_table_from_dlpack(ctx, &tensor, NULL), INFO_ERROR_NULL);
    ck_assert_mem_eq(&before, &t, sizeof t);
    destroy_ctx();
}
END_TEST

START_TEST(a_canceled_call_leaves_its_output)
{
    const info_ctx_options options = {.struct_size = sizeof options, .progress = cancel_at_once};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    const int64_t shape[] = {1000, 1000};
    doubles_table t;
    make_table(&t, 2, shape);
    fill_random(&t, 1);
    assert_refused(&t.view, 1, 2, 0, &counts, INFO_CANCELED, "canceled");
    free_table(&t);
    destroy_ctx();
}
END_TEST

int main(void)
{
    _Static_assert(sizeof(info_joint_options) == 40, "layout");
    _Static_assert(offsetof(info_joint_options, smoothing_amount) == 24, "layout");
    _Static_assert(sizeof(void *) != 8 || sizeof(info_table) == 32, "layout");
    const TTest *const tests[] = {
        views_that_cannot_be,
        sizes_never_wrap,
        sets_that_cannot_be,
        options_that_cannot_be,
        cells_that_are_no_probabilities_are_named,
        sums_that_are_not_one,
        tensors_are_tables,
        a_canceled_call_leaves_its_output,
        NULL,
    };
    return run_tests("joint table", tests);
}
