/* SPDX-License-Identifier: MIT
 * Input at the edges: one token, identical tokens, a zero row, an outlier, the ends of the range of
 * numbers, more elements than 32 bits count. Each has a defined result. */
#include <stdio.h>
#include <time.h>

#include "states.h"

static const info_spectral_options plain = {
    .struct_size = sizeof plain, .convention = INFO_CONVENTION_ROY_VETTERLI, .scale = INFO_SCALE_COVARIANCE};

static void assert_refused(const double *x, int64_t rows, int64_t cols, const info_spectral_options *o, const char *why)
{
    const info_matrix m = matrix_of(x, rows, cols);
    double out = 7;
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_effective_rank(ctx, &m, 1, o, &out, NULL, 1), INFO_ERROR_DOMAIN);
    ck_assert_msg(strstr(info_ctx_message(ctx), why), "'%s' should say %s", info_ctx_message(ctx), why);
    ck_assert_double_eq(out, 7);
    info_ctx_destroy(ctx);
}

START_TEST(one_token_has_no_rank_when_centered_and_rank_1_as_it_is)
{
    const double x[] = {0.1, -2, 3e5};
    assert_refused(x, 1, 3, NULL, "no row differs from the mean");
    assert_close(erank_with(x, 1, 3, &plain, 1), 1, 1e-15);
}
END_TEST

START_TEST(identical_tokens_have_no_rank_when_centered_and_rank_1_as_they_are)
{
    for (int64_t n = 2; n < 60; n += 7) { /* the mean of n equal numbers is rounded */
        double *x = gaussian(n, 5, 4);
        for (int64_t i = 1; i < n; i++)
            memcpy(x + 5 * i, x, 5 * sizeof *x);
        assert_refused(x, n, 5, NULL, "no row differs from the mean");
        ck_assert_double_eq_tol(erank_with(x, n, 5, &plain, NAN), 1, 1e-12);
        free(x);
    }
}
END_TEST

START_TEST(one_zero_row_is_dropped_or_refused_where_rows_become_unit_vectors)
{
    double *x = gaussian(13, 6, 8);
    memset(x + 12 * 6, 0, 6 * sizeof *x);
    info_spectral_options o = {.struct_size = sizeof o, .center = INFO_CHOICE_NO};
    assert_close(erank_with(x, 13, 6, &o, NAN), erank_with(x, 12, 6, &o, NAN), 1e-14);
    o.zero_rows = INFO_ZERO_ROWS_ERROR;
    assert_refused(x, 13, 6, &o, "row 12");
    assert_close(erank_with(x, 13, 6, &plain, NAN), erank_with(x, 12, 6, &plain, NAN), 1e-14);
    memset(x, 0, 13 * 6 * sizeof *x);
    assert_refused(x, 13, 6, &plain, "all rows are zero");
    free(x);
}
END_TEST

/* 100 Gaussian tokens in 768 dimensions and one of norm 30000: about 92 becomes about 1.09. */
START_TEST(an_outlier_of_norm_30000_has_its_known_effect)
{
    double *x = gaussian(101, 768, 12), squares = 0;
    for (int j = 0; j < 768; j++)
        squares += x[j] * x[j];
    for (int j = 0; j < 768; j++)
        x[j] *= 30000 / sqrt(squares);
    const info_spectral_options skip = {.struct_size = sizeof skip, .skip = 1};
    ck_assert_double_eq_tol(erank(x, 101, 768), 1.09, 0.05);
    ck_assert_double_eq_tol(erank_with(x, 101, 768, &skip, NAN), 92, 2);
    free(x);
}
END_TEST

static double erank_f32(const float *x, int64_t rows, int64_t cols, double tolerance)
{
    const info_matrix m = {x, rows, cols, cols, 1, INFO_F32, 0};
    const info_spectral_options o = {.struct_size = sizeof o, .tolerance = tolerance};
    double out;
    ck_assert_int_eq(info_effective_rank(NULL, &m, 1, &o, &out, NULL, 1), INFO_OK);
    return out;
}

/* By powers of two nothing is rounded: the same bits, on the route of single precision too. */
START_TEST(subnormal_and_huge_numbers_have_the_same_rank)
{
    enum { ROWS = 230, COLS = 210 };
    double *x = gaussian(ROWS, COLS, 21);
    float *base = malloc(sizeof *base * ROWS * COLS), *scaled = malloc(sizeof *scaled * ROWS * COLS);
    const double tolerances[] = {0, 1e-5};
    for (int i = 0; i < ROWS * COLS; i++)
        base[i] = (float)nearbyint(1000 * x[i]);
    for (int t = 0; t < 2; t++) {
        const double expected = erank_f32(base, ROWS, COLS, tolerances[t]);
        const double scales[] = {0x1p-149 /* subnormal, exactly */, 0x1p100 /* 1e30 */, 0x1p110};
        for (int s = 0; s < 3; s++) {
            for (int i = 0; i < ROWS * COLS; i++)
                scaled[i] = (float)((double)base[i] * scales[s]);
            assert_same_bits(erank_f32(scaled, ROWS, COLS, tolerances[t]), expected);
        }
        for (int i = 0; i < ROWS * COLS; i++)
            scaled[i] = base[i] * 1e30f;
        assert_close(erank_f32(scaled, ROWS, COLS, tolerances[t]), expected, fmax(1e-6, 2 * tolerances[t]));
    }
    free(x), free(base), free(scaled);
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Overlapping windows of a periodic signal: 2^25 + 1024 tokens of 64 numbers are 2^31 + 2^16 elements, and all
 * periods are alike. A 1024th of it first, to see whether this build (sanitizers, valgrind, plain C products) is
 * quick enough for the whole. */
START_TEST(more_elements_than_32_bits_count_are_streamed)
{
    enum { PERIOD = 1024, COLS = 64 };
    const int64_t rows = ((int64_t)1 << 25) + PERIOD;
    double *signal = gaussian(1, PERIOD, 31), out[2];
    float *x = malloc(sizeof *x * (size_t)(rows + COLS));
    if (!x) {
        printf("skipped: more elements than 32 bits count (no memory for the signal)\n");
        free(signal);
        return;
    }
    for (int64_t i = 0; i < rows + COLS; i++)
        x[i] = (float)signal[i % PERIOD];
    const info_matrix views[] = {{x, rows / 1024 / PERIOD * PERIOD, COLS, 1, 1, INFO_F32, 0},
                                 {x, rows, COLS, 1, 1, INFO_F32, 0}};
    for (int k = 0; k < 2; k++) {
        const double begin = seconds();
        ck_assert_int_eq(info_effective_rank(NULL, &views[k], 1, &plain, &out[k], NULL, 1), INFO_OK);
        if (k == 0 && seconds() - begin > 0.06) {
            printf("skipped: more elements than 32 bits count (a 1024th of them took %.2g s)\n", seconds() - begin);
            free(x), free(signal);
            return;
        }
    }
    assert_close(out[1], out[0], 1e-9);
    free(x), free(signal);
}
END_TEST

/* Eight orthonormal rows less their mean: seven equal eigenvalues and one of zero, which rounding makes 1e-17. */
START_TEST(entropies_of_low_orders_know_zero_and_stay_within_their_bounds)
{
    double x[8 * 64];
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 64; j++)
            x[i * 64 + j] = sqrt((i == 0 ? 1.0 : 2.0) / 64) * cos(3.14159265358979323846 * (j + 0.5) * i / 64);
    const info_matrix m = matrix_of(x, 8, 64);
    for (double order = 1e-6; order < 20; order *= 3) {
        const info_spectral_options o = {.struct_size = sizeof o,
                                         .order = order,
                                         .convention = INFO_CONVENTION_ROY_VETTERLI,
                                         .scale = INFO_SCALE_COVARIANCE,
                                         .center = INFO_CHOICE_YES};
        double out, error;
        ck_assert_int_eq(info_spectral_entropy(NULL, &m, 1, &o, &out, &error, 1), INFO_OK);
        ck_assert_double_eq_tol(out, log(7), 1e-13);
        ck_assert(fabs(out - log(7)) <= error);
        ck_assert(error <= log(8)); /* no entropy of eight numbers is further off */
    }
    info_spectrum_shape_result shape;
    const info_spectral_options o = {.struct_size = sizeof o,
                                     .order = 0.01,
                                     .scale = INFO_SCALE_COVARIANCE,
                                     .convention = INFO_CONVENTION_ROY_VETTERLI,
                                     .center = INFO_CHOICE_YES};
    ck_assert_int_eq(info_spectrum_shape(NULL, &m, &o, &shape), INFO_OK);
    ck_assert_int_eq(shape.rank, 7);
    ck_assert_double_eq_tol(shape.entropy, log(7), 1e-13);
}
END_TEST

/* Nearly singular rows: the bound holds against the orders' own monotony, H falling with the order. */
START_TEST(entropies_fall_with_the_order_within_their_bounds)
{
    double *x = gaussian(8, 64, 5), before = INFINITY, slack = 0;
    const info_matrix m = matrix_of(x, 8, 64);
    for (double order = 1e-6; order < 300; order *= 1.7) {
        const info_spectral_options o = {.struct_size = sizeof o, .order = order};
        double out, error;
        ck_assert_int_eq(info_spectral_entropy(NULL, &m, 1, &o, &out, &error, 1), INFO_OK);
        ck_assert(out <= before + error + slack);
        before = out;
        slack = error;
    }
    free(x);
}
END_TEST

START_TEST(rank_me_of_orders_near_1_is_near_that_of_order_1)
{
    double *x = gaussian(64, 64, 12);
    const info_matrix m = matrix_of(x, 64, 64);
    const double orders[] = {1, 1.000001, 0.9999999, 0.999, 1.001, 2, 0.5};
    double at_1 = 0;
    for (int i = 0; i < 7; i++) {
        const info_spectral_options o = {
            .struct_size = sizeof o, .convention = INFO_CONVENTION_RANKME, .order = orders[i]};
        double out;
        ck_assert_int_eq(info_effective_rank(NULL, &m, 1, &o, &out, NULL, 1), INFO_OK);
        at_1 = i == 0 ? out : at_1;
        assert_close(out, at_1, 2 * fabs(orders[i] - 1) + 1e-4);
        ck_assert(out >= 1 && out <= 64);
    }
    free(x);
}
END_TEST

START_TEST(values_and_their_errors_need_two_arrays)
{
    double *x = gaussian(5, 6, 3), both[1] = {4};
    const info_matrix m = matrix_of(x, 5, 6);
    ck_assert_int_eq(info_spectral_entropy(NULL, &m, 1, NULL, both, both, 1), INFO_ERROR_OVERLAP);
    ck_assert_double_eq(both[0], 4);
    free(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_token_has_no_rank_when_centered_and_rank_1_as_it_is,
                                  identical_tokens_have_no_rank_when_centered_and_rank_1_as_they_are,
                                  one_zero_row_is_dropped_or_refused_where_rows_become_unit_vectors,
                                  an_outlier_of_norm_30000_has_its_known_effect,
                                  subnormal_and_huge_numbers_have_the_same_rank,
                                  more_elements_than_32_bits_count_are_streamed,
                                  entropies_of_low_orders_know_zero_and_stay_within_their_bounds,
                                  entropies_fall_with_the_order_within_their_bounds,
                                  rank_me_of_orders_near_1_is_near_that_of_order_1,
                                  values_and_their_errors_need_two_arrays,
                                  NULL};
    return run_tests("spectral extremes", tests);
}
