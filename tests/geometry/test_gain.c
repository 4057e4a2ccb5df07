/* SPDX-License-Identifier: MIT
 * Gains of tokens: the log-determinant side, the ridge side and an oracle in
 * extended precision agree over shapes, ranks and eighteen orders of the ridge. */
#include "common.h"

static const int64_t shapes[][3] = {/* n, d, rank */
                                    {1, 1, 1},   {1, 20, 20}, {20, 1, 1},  {12, 40, 40}, {40, 12, 12}, {25, 25, 25},
                                    {40, 12, 5}, {12, 40, 5}, {100, 7, 7}, {30, 60, 1},  {150, 11, 4}};
#define SHAPES (sizeof shapes / sizeof shapes[0])

START_TEST(a_tokens_gain_has_its_closed_form)
{
    double z[4 * 5] = {0};
    for (int i = 0; i < 4; i++)
        z[i * 5 + i] = 1;
    const double half = 1 / sqrt(2);
    const double t[3 * 5] = {0, 0, 0, 0, 1, 1, 0, 0, 0, 0, half, 0, 0, 0, half};
    const double expected[3] = {log(3), log(5.0 / 3), log(7.0 / 3)};
    const info_matrix context = matrix_of(z, 4, 5), tokens = matrix_of(t, 3, 5);
    const info_geometry_options options = {.struct_size = sizeof options, .ridge = 0.5};
    double gains[3];
    info_ridge_result results[3];
    ck_assert_int_eq(info_information_gain(NULL, &context, &tokens, &options, gains, 3), INFO_OK);
    ck_assert_int_eq(info_ridge(NULL, &context, &tokens, &options, NULL, results, 3), INFO_OK);
    for (int i = 0; i < 3; i++) {
        assert_near(gains[i], expected[i], 1e-15, "determinants");
        assert_near(results[i].gain, expected[i], 1e-15, "ridge");
    }
}
END_TEST

START_TEST(log_determinant_equals_ridge_over_all_shapes)
{
    uint64_t state = 11;
    for (size_t s = 0; s < SHAPES; s++)
        for (double ridge = 1e-8; ridge < 2e8; ridge *= 10) {
            const int64_t n = shapes[s][0], d = shapes[s][1];
            double *z = random_rows(&state, n, d, shapes[s][2]), *outside = random_rows(&state, 2, d, d), t[3 * 64];
            double gains[3], *all = malloc((size_t)(n + 1) * sizeof *all), *joined = malloc((size_t)((n + 1) * d) * 8);
            info_ridge_result results[3];
            memcpy(t, outside, (size_t)(2 * d) * sizeof *t);
            memcpy(t + 2 * d, z + n / 2 * d, (size_t)d * sizeof *t); /* inside the span */
            const info_matrix context = matrix_of(z, n, d), tokens = matrix_of(t, 3, d);
            const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
            ck_assert_int_eq(info_information_gain(NULL, &context, &tokens, &options, gains, 3), INFO_OK);
            ck_assert_int_eq(info_ridge(NULL, &context, &tokens, &options, NULL, results, 3), INFO_OK);
            memcpy(joined, z, (size_t)(n * d) * 8);
            for (int k = 0; k < 3; k++) {
                memcpy(joined + n * d, t + k * d, (size_t)d * 8);
                gains_oracle(joined, n + 1, d, ridge, all);
                assert_near(gains[k], results[k].gain, 1e-10, "determinants and ridge");
                assert_near(gains[k], all[n], 1e-10, "determinants");
                assert_near(results[k].gain, all[n], 1e-10, "ridge");
                ck_assert_double_eq(results[k].gain, log1p(results[k].objective / ridge));
                ck_assert(results[k].residual <= results[k].objective);
            }
            free(z);
            free(outside);
            free(all);
            free(joined);
        }
}
END_TEST

START_TEST(all_gains_of_a_sequence_agree_with_the_oracle)
{
    uint64_t state = 12;
    for (size_t s = 0; s < SHAPES; s++)
        for (double ridge = 1e-8; ridge < 2e8; ridge *= 100) {
            const int64_t n = shapes[s][0], d = shapes[s][1];
            double *z = random_rows(&state, n, d, shapes[s][2]), *gains = malloc((size_t)n * 8),
                   *oracle = malloc((size_t)n * 8);
            const info_matrix m = matrix_of(z, n, d);
            const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
            ck_assert_int_eq(info_token_gains(NULL, &m, &options, gains, n), INFO_OK);
            gains_oracle(z, n, d, ridge, oracle);
            double sum = 0, whole;
            for (int64_t i = 0; i < n; i++) {
                double norm = 0;
                for (int64_t j = 0; j < d; j++)
                    norm += z[i * d + j] * z[i * d + j];
                assert_near(gains[i], oracle[i], 1e-10, "gain");
                ck_assert(gains[i] >= 0);
                ck_assert(gains[i] <= log1p(norm / ridge) * (1 + 1e-14) + 1e-10);
                sum += gains[i];
            }
            ck_assert_int_eq(info_log_determinant(NULL, &m, &options, &whole, 1), INFO_OK);
            assert_near(sum, whole, 1e-10 * (1 + fabs(whole)), "telescoping sum");
            free(z);
            free(gains);
            free(oracle);
        }
}
END_TEST

/* n > 4 d and n > 64 goes by blocks; the same rows padded with zero columns do not. */
START_TEST(blocks_and_one_factorization_agree)
{
    uint64_t state = 13;
    const int64_t n = 333, d = 6, wide = 100;
    double *z = random_rows(&state, n, d, d), *padded = calloc((size_t)(n * wide), 8), blocks[333], whole[333];
    for (int64_t i = 0; i < n; i++)
        memcpy(padded + i * wide, z + i * d, (size_t)d * 8);
    const info_matrix narrow = matrix_of(z, n, d), padded_view = matrix_of(padded, n, wide);
    for (double ridge = 1e-6; ridge < 1e7; ridge *= 1000) {
        const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
        ck_assert_int_eq(info_token_gains(NULL, &narrow, &options, blocks, n), INFO_OK);
        ck_assert_int_eq(info_token_gains(NULL, &padded_view, &options, whole, n), INFO_OK);
        for (int64_t i = 0; i < n; i++)
            assert_near(blocks[i], whole[i], 1e-11, "gain");
    }
    free(z);
    free(padded);
}
END_TEST

/* Two equal tokens under a tiny ridge: the second brings log 2, whatever the ridge. */
START_TEST(a_repeated_token_brings_log_2_as_the_ridge_vanishes)
{
    const double z[2 * 3] = {0.3, -2, 0.7, 0.3, -2, 0.7};
    const info_matrix m = matrix_of(z, 2, 3);
    for (double ridge = 1e-6; ridge > 1e-19; ridge /= 10) {
        const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
        double gains[2];
        ck_assert_int_eq(info_token_gains(NULL, &m, &options, gains, 2), INFO_OK);
        assert_near(gains[1], log(2), ridge + 1e-16 / sqrt(ridge), "second of two equal tokens");
    }
}
END_TEST

static double quadratic(const double *z, int64_t n, int64_t d, const double *t, const double *w, double ridge)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double rest = t[j];
        for (int64_t i = 0; i < n; i++)
            rest -= z[i * d + j] * w[i];
        sum += rest * rest;
    }
    for (int64_t i = 0; i < n; i++)
        sum += ridge * w[i] * w[i];
    return sum;
}

START_TEST(ridge_weights_minimize_the_objective)
{
    uint64_t state = 14;
    const int64_t cases[][2] = {{8, 20}, {20, 8}, {5, 5}};
    for (int c = 0; c < 3; c++) {
        const int64_t n = cases[c][0], d = cases[c][1];
        double *z = random_rows(&state, n, d, d), *t = random_rows(&state, 300, d, d),
               *w = malloc((size_t)(300 * n) * 8);
        info_ridge_result *results = malloc(300 * sizeof *results);
        const info_matrix context = matrix_of(z, n, d), tokens = matrix_of(t, 300, d);
        const info_matrix_out weights = {w, 300, n, n, 1, INFO_F64, 0};
        const info_geometry_options options = {.struct_size = sizeof options, .ridge = 0.3};
        ck_assert_int_eq(info_ridge(NULL, &context, &tokens, &options, &weights, results, 300), INFO_OK);
        for (int k = 0; k < 300; k++) {
            double *wk = w + k * n;
            const double best = quadratic(z, n, d, t + k * d, wk, 0.3);
            assert_near(results[k].objective, best, 1e-13 * (1 + best), "objective");
            for (int64_t i = 0; i < n; i++) {
                const double kept = wk[i];
                wk[i] = kept + 1e-4;
                ck_assert(quadratic(z, n, d, t + k * d, wk, 0.3) > best);
                wk[i] = kept - 1e-4;
                ck_assert(quadratic(z, n, d, t + k * d, wk, 0.3) > best);
                wk[i] = kept;
            }
        }
        free(z);
        free(t);
        free(w);
        free(results);
    }
}
END_TEST

START_TEST(weights_go_to_any_layout)
{
    const double z[2 * 2] = {1, 0, 0, 2}, t[2] = {3, 4};
    const info_matrix context = matrix_of(z, 2, 2), token = matrix_of(t, 1, 2);
    float w[4] = {9, 9, 9, 9};
    const info_matrix_out weights = {w + 2, 1, 2, 5, -2, INFO_F32, 0};
    info_ridge_result result;
    ck_assert_int_eq(info_ridge(NULL, &context, &token, NULL, &weights, &result, 1), INFO_OK);
    ck_assert_float_eq(w[2], 1.5F); /* 3 / (1 + 1) */
    ck_assert_float_eq(w[0], 1.6F); /* 8 / (4 + 1) */
    ck_assert_float_eq(w[1], 9);
    assert_near(result.residual, 1.5 * 1.5 + 0.8 * 0.8, 1e-15, "residual");
}
END_TEST

START_TEST(bad_input_is_named)
{
    double z[6] = {1, 2, 3, 4, 5, 6}, t[3] = {1, 1, 1}, w[2], gain = -7;
    info_matrix context = matrix_of(z, 2, 3), token = matrix_of(t, 1, 3), narrow = matrix_of(t, 1, 2);
    info_matrix_out weights = {w, 1, 2, 2, 1, INFO_F64, 0};
    info_ridge_result result = {-7, -7, -7};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
#define REFUSED(call, status, text)                                                                                    \
    do {                                                                                                               \
        ck_assert_int_eq(call, status);                                                                                \
        ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);        \
        ck_assert(gain == -7 && result.objective == -7);                                                               \
    } while (0)
    REFUSED(info_information_gain(ctx, NULL, &token, NULL, &gain, 1), INFO_ERROR_NULL, "context");
    REFUSED(info_information_gain(ctx, &context, NULL, NULL, &gain, 1), INFO_ERROR_NULL, "tokens");
    REFUSED(info_information_gain(ctx, &context, &token, NULL, NULL, 1), INFO_ERROR_NULL, "out");
    REFUSED(info_information_gain(ctx, &context, &token, NULL, &gain, 0), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_information_gain(ctx, &context, &narrow, NULL, &gain, 1), INFO_ERROR_SIZE, "tokens");
    REFUSED(info_information_gain(ctx, &context, &token, NULL, z, 1), INFO_ERROR_OVERLAP, "out");
    REFUSED(info_token_gains(ctx, &context, NULL, &gain, 1), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_token_gains(ctx, &context, NULL, z + 1, 2), INFO_ERROR_OVERLAP, "out");
    REFUSED(info_ridge(ctx, &context, &narrow, NULL, NULL, &result, 1), INFO_ERROR_SIZE, "tokens");
    REFUSED(info_ridge(ctx, &context, &token, NULL, NULL, &result, 0), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_ridge(ctx, &context, &token, NULL, NULL, NULL, 1), INFO_ERROR_NULL, "out");
    weights.cols = 3;
    REFUSED(info_ridge(ctx, &context, &token, NULL, &weights, &result, 1), INFO_ERROR_OUTPUT, "weights");
    weights.cols = 2;
    weights.data = z;
    REFUSED(info_ridge(ctx, &context, &token, NULL, &weights, &result, 1), INFO_ERROR_OVERLAP, "weights");
    weights.data = &result;
    REFUSED(info_ridge(ctx, &context, &token, NULL, &weights, &result, 1), INFO_ERROR_OVERLAP, "out");
    weights.data = w;
    const info_geometry_options options = {.struct_size = sizeof options, .ridge = -1};
    REFUSED(info_ridge(ctx, &context, &token, &options, &weights, &result, 1), INFO_ERROR_OPTION, "ridge");
    REFUSED(info_token_conditional_entropy(ctx, &context, &narrow, NULL, &gain, 1), INFO_ERROR_SIZE, "tokens");
    t[2] = NAN;
    REFUSED(info_ridge(ctx, &context, &token, NULL, &weights, &result, 1), INFO_ERROR_DOMAIN, "tokens: element (0, 2)");
    REFUSED(info_information_gain(ctx, &context, &token, NULL, &gain, 1), INFO_ERROR_DOMAIN, "tokens: element (0, 2)");
    z[3] = INFINITY;
    REFUSED(info_token_gains(ctx, &context, NULL, &gain, 2), INFO_ERROR_DOMAIN, "z: element (1, 0)");
#undef REFUSED
    info_ctx_destroy(ctx);
}
END_TEST

/* A row of 1e8, a feature of 3e4 with repeated rows: ridge, gain and the difference of log-determinants are one. */
START_TEST(ridge_is_the_log_determinant_of_outliers_and_duplicates)
{
    enum { MOST = 60 };
    const int64_t sides[][2] = {{60, 40}, {40, 60}};
    uint64_t state = 31;
    for (int s = 0; s < 2; s++)
        for (int kind = 0; kind < 2; kind++) {
            const int64_t n = sides[s][0], d = sides[s][1];
            const double ridge = kind == 0 ? 1 : 1e-6;
            double *z = random_rows(&state, n + 1, d, d), all[MOST + 1], gain, whole, before;
            for (int64_t j = 0; j < d && kind == 0; j++)
                z[j] *= 1e8;
            for (int64_t i = 0; i <= n && kind == 1; i++) {
                z[i * d] *= 3e4;
                for (int64_t j = 0; j < d && i % 2 == 1; j++)
                    z[i * d + j] = z[(i - 1) * d + j];
            }
            const double *token = z + n * d;
            const info_matrix context = matrix_of(z, n, d), row = matrix_of(token, 1, d), both = matrix_of(z, n + 1, d);
            const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
            info_ridge_result result;
            gains_oracle(z, n + 1, d, ridge, all);
            ck_assert_int_eq(info_ridge(NULL, &context, &row, &options, NULL, &result, 1), INFO_OK);
            ck_assert_int_eq(info_information_gain(NULL, &context, &row, &options, &gain, 1), INFO_OK);
            ck_assert_int_eq(info_log_determinant(NULL, &both, &options, &whole, 1), INFO_OK);
            ck_assert_int_eq(info_log_determinant(NULL, &context, &options, &before, 1), INFO_OK);
            double square = 0;
            for (int64_t i = 0; i < (n + 1) * d; i++)
                square += z[i] * z[i];
            const double bound = 0x1p-52 * (double)(n + d) * (1 + sqrt(square / ridge)) * (1 + all[n]);
            assert_near(result.gain, all[n], bound, "ridge");
            assert_near(gain, all[n], bound, "information gain");
            assert_near(whole - before, all[n], 2 * bound * (1 + whole), "log-determinants");
            free(z);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_tokens_gain_has_its_closed_form,
        log_determinant_equals_ridge_over_all_shapes,
        all_gains_of_a_sequence_agree_with_the_oracle,
        blocks_and_one_factorization_agree,
        a_repeated_token_brings_log_2_as_the_ridge_vanishes,
        ridge_weights_minimize_the_objective,
        weights_go_to_any_layout,
        bad_input_is_named,
        ridge_is_the_log_determinant_of_outliers_and_duplicates,
        NULL,
    };
    return run_tests("geometry gain", tests);
}
