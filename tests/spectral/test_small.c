/* SPDX-License-Identifier: MIT
 * Batches of small matrices: in vector lanes or one by one, the same within their bounds. */
#include <stdbool.h>

#include "states.h"

enum { COUNT = 37 };

static void check_batch(int64_t rows, int64_t cols, double tolerance, int threads, info_cpu cpu, bool gram)
{
    double *data = gaussian(COUNT * rows, cols, (uint64_t)(rows * 1000 + cols));
    double out[COUNT], error[COUNT], single, bound;
    info_matrix views[COUNT];
    const info_spectral_options o = {
        .struct_size = sizeof o, .tolerance = tolerance, .input = gram ? INFO_INPUT_GRAM : INFO_INPUT_STATES};
    double *grams = calloc((size_t)(COUNT * cols * cols), sizeof *grams);
    for (int64_t k = 0; k < COUNT; k++) {
        double *x = data + k * rows * cols;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < cols; j++)
                x[i * cols + j] *= pow(.9, (double)j);
        for (int64_t a = 0; a < cols; a++)
            for (int64_t b = 0; b < cols; b++)
                for (int64_t i = 0; i < rows; i++)
                    grams[(k * cols + a) * cols + b] += x[i * cols + a] * x[i * cols + b];
        views[k] = gram ? matrix_of(grams + k * cols * cols, cols, cols) : matrix_of(x, rows, cols);
    }
    const info_ctx_options co = {.struct_size = sizeof co, .threads = threads, .cpu = cpu};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(&co, &ctx), INFO_OK);
    ck_assert_int_eq(info_effective_rank(ctx, views, COUNT, &o, out, error, COUNT), INFO_OK);
    const info_spectral_options exact = {.struct_size = sizeof exact, .input = o.input};
    int differ = 0;
    for (int k = 0; k < COUNT; k++) {
        ck_assert_int_eq(info_effective_rank(NULL, &views[k], 1, &o, &single, &bound, 1), INFO_OK);
        differ += out[k] != single || error[k] != bound;
        ck_assert_int_eq(info_effective_rank(NULL, &views[k], 1, &exact, &single, &bound, 1), INFO_OK);
        ck_assert_msg(fabs(out[k] - single) <= error[k] + bound, "%d x %d, %d: %.17g and %.17g, bound %.3g", (int)rows,
                      (int)cols, k, out[k], single, error[k]);
        ck_assert(error[k] <= 1.01 * (tolerance > 0 ? tolerance : 1e-9) * single);
    }
    /* What lanes cannot do is done one by one, to the same bits: that they did their part shows in other ones. Orders
     * below 4 are not for them, and those above 50 not in single precision. */
    const int64_t order = gram || cols < rows ? cols : rows;
    ck_assert_msg(differ > COUNT / 2 || order < 4 || (order > 50 && tolerance > 0), "%d x %d, tolerance %g: one by one",
                  (int)rows, (int)cols, tolerance);
    info_ctx_destroy(ctx);
    free(data), free(grams);
}

START_TEST(lanes_agree_with_single_matrices_at_every_level)
{
    for (int cpu = INFO_CPU_C; cpu <= (int)info_ctx_cpu(NULL); cpu++)
        for (int64_t n = 3; n < 70; n += 11)
            for (int t = 0; t < 2; t++) {
                check_batch(n + 5, n, t ? 1e-5 : 0, 1, cpu, false);
                check_batch(n + 3, n, t ? 1e-5 : 0, 2, cpu, true);
            }
    check_batch(40, 90, 0, 2, 0, false);
    check_batch(9, 128, 1e-5, 4, 0, false);
}
END_TEST

/* One matrix without a value must not spoil its neighbors in the lanes. */
START_TEST(a_matrix_without_a_value_is_alone_in_that)
{
    double *x = gaussian(COUNT * 12, 10, 3), out[COUNT], before[COUNT];
    info_matrix views[COUNT];
    for (int k = 0; k < COUNT; k++)
        views[k] = matrix_of(x + k * 120, 12, 10);
    ck_assert_int_eq(info_effective_rank(NULL, views, COUNT, NULL, before, NULL, COUNT), INFO_OK);
    memset(x + 9 * 120, 0, 120 * sizeof *x);
    info_spectral_options o = {.struct_size = sizeof o};
    ck_assert_int_eq(info_effective_rank(NULL, views, COUNT, &o, out, NULL, COUNT), INFO_ERROR_DOMAIN);
    o.invalid = INFO_INVALID_NAN;
    ck_assert_int_eq(info_effective_rank(NULL, views, COUNT, &o, out, NULL, COUNT), INFO_INVALID_ROWS);
    for (int k = 0; k < COUNT; k++)
        if (k == 9)
            ck_assert(isnan(out[k]));
        else
            assert_close(out[k], before[k], 2e-9);
    free(x);
}
END_TEST

/* Identities of order n, and one direction: n and 1. */
START_TEST(sets_have_closed_forms)
{
    double gram[2][20 * 20] = {{0}}, out[16];
    info_matrix views[16];
    for (int i = 0; i < 20; i++)
        gram[0][i * 21] = 3;
    gram[1][0] = 5;
    for (int k = 0; k < 16; k++)
        views[k] = matrix_of(gram[k % 2], 20, 20);
    const info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    ck_assert_int_eq(info_effective_rank(NULL, views, 16, &o, out, NULL, 16), INFO_OK);
    for (int k = 0; k < 16; k++)
        assert_close(out[k], k % 2 ? 1 : 20, 1e-9);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {lanes_agree_with_single_matrices_at_every_level,
                                  a_matrix_without_a_value_is_alone_in_that, sets_have_closed_forms, NULL};
    return run_tests("spectral small", tests);
}
