/* SPDX-License-Identifier: MIT
 * States in chunks: sums, merging, and what is made of them, against the states as a whole. */
#include <string.h>

#include "states.h"

enum { N = 90, D = 17, HEADER = 3, SIZE = HEADER + D + D * D };

static const info_spectral_options plain = {
    .struct_size = sizeof plain, .center = INFO_CHOICE_NO, .normalize_rows = INFO_CHOICE_NO};
static const info_spectral_options centered = {.struct_size = sizeof centered, .normalize_rows = INFO_CHOICE_NO};
static const info_spectral_options unit_rows = {.struct_size = sizeof unit_rows, .center = INFO_CHOICE_NO};

/* Around a mean that is large beside the spread, the columns of different size. */
static double *far_from_the_origin(uint64_t seed)
{
    double *x = gaussian(N, D, seed);
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < D; j++)
            x[i * D + j] = 1000 + x[i * D + j] * pow(.8, (double)j);
    return x;
}

/* Sums of x, merged from chunks of the given number of rows; mean may be NULL. */
static void sums_of(const double *x, int64_t rows, int64_t step, const double *mean, const info_spectral_options *o,
                    double *out, int64_t length)
{
    const int64_t chunks = (rows + step - 1) / step;
    double *parts = malloc((size_t)(chunks * length) * sizeof *parts);
    for (int64_t c = 0; c < chunks; c++) {
        const info_matrix chunk = matrix_of(x + c * step * D, rows - c * step < step ? rows - c * step : step, D);
        ck_assert_int_eq(info_states_sums(NULL, &chunk, mean, mean ? D : 0, o, parts + c * length, length), INFO_OK);
    }
    ck_assert_int_eq(info_states_sums_merge(NULL, parts, chunks, D, out, length), INFO_OK);
    free(parts);
}

static double rank_of_sums(const double *sums)
{
    const info_matrix covariance = matrix_of(sums + HEADER + D, D, D);
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    double rank;
    ck_assert_int_eq(info_effective_rank(NULL, &covariance, 1, &gram, &rank, NULL, 1), INFO_OK);
    return rank;
}

static const int64_t steps[] = {1, 7, 30, N};

START_TEST(the_mean_and_the_covariance_of_all_rows)
{
    double *x = far_from_the_origin(3);
    for (int s = 0; s < 4; s++) {
        double sums[SIZE];
        sums_of(x, N, steps[s], NULL, &centered, sums, SIZE);
        ck_assert_double_eq(sums[0], N);
        ck_assert_double_eq(sums[1], 0);
        ck_assert_double_eq(sums[2], 1);
        for (int64_t i = 0; i < D; i++) {
            long double mean = 0;
            for (int64_t k = 0; k < N; k++)
                mean += (long double)x[k * D + i] / N;
            /* One rounding of the mean in each merge, and in the deviations' sums. */
            ck_assert_double_eq_tol(sums[HEADER + i], (double)mean, 4 * N * 0x1p-53 * 1000);
            for (int64_t j = 0; j < D; j++) {
                long double mean_j = 0, sum = 0;
                for (int64_t k = 0; k < N; k++)
                    mean_j += (long double)x[k * D + j] / N;
                for (int64_t k = 0; k < N; k++)
                    sum += ((long double)x[k * D + i] - mean) * ((long double)x[k * D + j] - mean_j);
                /* Deviations are up to 6 and known to 1000 u. */
                ck_assert_double_eq_tol(sums[HEADER + D + i * D + j], (double)sum, 40 * N * 6 * 1000 * 0x1p-53);
                ck_assert_double_eq(sums[HEADER + D + i * D + j], sums[HEADER + D + j * D + i]);
            }
        }
    }
    free(x);
}
END_TEST

/* Every preparation, against the call on all states at once. */
START_TEST(chunks_give_the_effective_rank_of_the_whole)
{
    const info_spectral_options *const ways[] = {&plain, &centered, &unit_rows};
    double *x = far_from_the_origin(5), sums[SIZE];
    for (int w = 0; w < 3; w++)
        for (int s = 0; s < 4; s++) {
            sums_of(x, N, steps[s], NULL, ways[w], sums, SIZE);
            assert_close(rank_of_sums(sums), erank_with(x, N, D, ways[w], NAN), 2e-9);
        }
    free(x);
}
END_TEST

START_TEST(diff_erank_goes_through_the_states_twice)
{
    double *x = far_from_the_origin(7), mean[HEADER + D], sums[SIZE];
    for (int s = 0; s < 4; s++) {
        sums_of(x, N, steps[s], NULL, NULL, mean, HEADER + D);
        sums_of(x, N, steps[3 - s], mean + HEADER, NULL, sums, SIZE);
        ck_assert_double_eq(sums[2], 0);
        double trace = 0;
        for (int64_t i = 0; i < D; i++)
            trace += sums[HEADER + D + i * (D + 1)];
        ck_assert_double_eq_tol(trace, N, 1e-12); /* rows of unit length */
        assert_close(rank_of_sums(sums), erank(x, N, D), 1e-9);
    }
    free(x);
}
END_TEST

START_TEST(rows_without_a_direction_are_counted)
{
    double x[4 * D] = {0}, sums[SIZE];
    x[0] = 1, x[2 * D + 1] = 2;
    sums_of(x, 4, 4, NULL, &unit_rows, sums, SIZE);
    ck_assert_double_eq(sums[0], 4);
    ck_assert_double_eq(sums[1], 2);
    assert_close(rank_of_sums(sums), 2, 1e-12);
    info_spectral_options strict = unit_rows;
    strict.zero_rows = INFO_ZERO_ROWS_ERROR;
    const info_matrix m = matrix_of(x, 4, D);
    sums[0] = 7;
    ck_assert_int_eq(info_states_sums(NULL, &m, NULL, 0, &strict, sums, SIZE), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(sums[0], 7);
}
END_TEST

START_TEST(the_size_of_the_states_does_not_matter)
{
    double *x = gaussian(N, D, 9), sums[SIZE], rank = 0;
    for (int k = 0; k < 3; k++) {
        static const double scale[] = {1, 0x1p100, 0x1p-100};
        double *y = malloc(sizeof *y * N * D);
        for (int i = 0; i < N * D; i++)
            y[i] = scale[k] * x[i];
        sums_of(y, N, 20, NULL, &centered, sums, SIZE);
        if (k == 0)
            rank = rank_of_sums(sums);
        ck_assert_double_eq(rank_of_sums(sums), rank); /* powers of two do not round */
        free(y);
    }
    for (int i = 0; i < N * D; i++)
        x[i] *= 1e200;
    const info_matrix m = matrix_of(x, N, D);
    ck_assert_int_eq(info_states_sums(NULL, &m, NULL, 0, &centered, sums, SIZE), INFO_ERROR_DOMAIN);
    free(x);
}
END_TEST

START_TEST(parts_of_no_rows_add_nothing)
{
    double *x = gaussian(N, D, 2), parts[3 * SIZE] = {0}, out[SIZE];
    sums_of(x, N, N, NULL, &centered, parts + SIZE, SIZE);
    ck_assert_int_eq(info_states_sums_merge(NULL, parts, 3, D, out, SIZE), INFO_OK);
    ck_assert_int_eq(memcmp(out, parts + SIZE, sizeof out), 0);
    ck_assert_int_eq(info_states_sums_merge(NULL, parts, 1, D, out, SIZE), INFO_OK);
    for (int i = 0; i < SIZE; i++)
        ck_assert_double_eq(out[i], 0);
    free(x);
}
END_TEST

static void check_failure(const info_ctx *ctx, info_status status, info_status expected, const char *text)
{
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(info_ctx_message(ctx), text) != NULL, "\"%s\" does not say %s", info_ctx_message(ctx), text);
}

START_TEST(what_makes_no_sense_is_refused)
{
    double *x = gaussian(N, D, 2), parts[2 * SIZE] = {0}, out[SIZE], mean[D] = {0};
    const info_matrix m = matrix_of(x, N, D);
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    check_failure(ctx, info_states_sums(ctx, &m, NULL, 0, NULL, out, SIZE), INFO_ERROR_OPTION, "mean");
    check_failure(ctx, info_states_sums(ctx, &m, mean, D, &plain, out, SIZE), INFO_ERROR_OPTION, "options.center");
    check_failure(ctx, info_states_sums(ctx, &m, mean, D - 1, NULL, out, SIZE), INFO_ERROR_SIZE, "mean");
    check_failure(ctx, info_states_sums(ctx, &m, mean, D, NULL, out, SIZE - 1), INFO_ERROR_OUTPUT, "out");
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    const info_matrix square = matrix_of(x, D, D);
    check_failure(ctx, info_states_sums(ctx, &square, NULL, 0, &gram, out, SIZE), INFO_ERROR_OPTION, "options");
    mean[3] = NAN;
    check_failure(ctx, info_states_sums(ctx, &m, mean, D, NULL, out, SIZE), INFO_ERROR_DOMAIN, "mean");
    parts[0] = parts[SIZE] = 2, parts[2] = 1;
    check_failure(ctx, info_states_sums_merge(ctx, parts, 2, D, out, SIZE), INFO_ERROR_DOMAIN, "shard 1");
    parts[2] = 0, parts[SIZE] = 2.5;
    check_failure(ctx, info_states_sums_merge(ctx, parts, 2, D, out, SIZE), INFO_ERROR_DOMAIN, "shard 1");
    parts[SIZE] = 2, parts[SIZE + 9] = INFINITY;
    check_failure(ctx, info_states_sums_merge(ctx, parts, 2, D, out, SIZE), INFO_ERROR_DOMAIN, "number 9");
    info_ctx_destroy(ctx);
    free(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_mean_and_the_covariance_of_all_rows,  chunks_give_the_effective_rank_of_the_whole,
                                  diff_erank_goes_through_the_states_twice, rows_without_a_direction_are_counted,
                                  the_size_of_the_states_does_not_matter,   parts_of_no_rows_add_nothing,
                                  what_makes_no_sense_is_refused,           NULL};
    return run_tests("spectral sums", tests);
}
