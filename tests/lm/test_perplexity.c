/* SPDX-License-Identifier: MIT
 * Negative log-likelihood and perplexity. */
#include "lm_support.h"

START_TEST(uniform_logits_have_the_vocabulary_as_perplexity)
{
    const float zeros[5] = {0};
    const info_matrix x = {zeros, 7, 5, 0, 1, INFO_F32, 0};
    const int64_t targets[7] = {0, 1, 2, 3, 4, 0, 1};
    info_perplexity_result r;
    ck_assert_int_eq(info_perplexity(NULL, &x, targets, 7, NULL, &r), INFO_OK);
    assert_close(r.perplexity, 5, 1e-15);
    assert_close(r.mean_nll, log(5), 1e-15);
    assert_close(r.total_nll, 7 * log(5), 1e-15);
    ck_assert_double_le(r.standard_error, 1e-16);
    ck_assert_int_eq(r.tokens, 7);
}
END_TEST

START_TEST(mean_and_standard_error_are_the_rows)
{
    uint64_t state = 9;
    enum { ROWS = 50, V = 11 };
    double x[ROWS][V], nll[ROWS], mean = 0, squares = 0;
    int64_t targets[ROWS];
    for (int r = 0; r < ROWS; r++) {
        targets[r] = r % V;
        for (int i = 0; i < V; i++)
            x[r][i] = normal(&state);
    }
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64);
    const info_lm_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};
    info_perplexity_result r;
    ck_assert_int_eq(info_nll(NULL, &logits, targets, ROWS, &bits, nll, ROWS), INFO_OK);
    ck_assert_int_eq(info_perplexity(NULL, &logits, targets, ROWS, &bits, &r), INFO_OK);
    for (int i = 0; i < ROWS; i++)
        mean += nll[i] / ROWS;
    for (int i = 0; i < ROWS; i++)
        squares += (nll[i] - mean) * (nll[i] - mean);
    assert_close(r.mean_nll, mean, 1e-14);
    assert_close(r.standard_error, sqrt(squares / ROWS / (ROWS - 1)), 1e-14);
    assert_close(r.perplexity, exp2(mean), 1e-14); /* whatever the unit */
}
END_TEST

START_TEST(the_ignored_index_is_minus_100_unless_another_is_named)
{
    const double x[3][2] = {{0, 0}, {NAN, NAN}, {0, 0}};
    const info_matrix logits = matrix_of(x, 3, 2, INFO_F64);
    const int64_t usual[3] = {1, -100, 0}, padding[3] = {1, 0, 1};
    double nll[3];
    info_perplexity_result r;
    /* What stands in an ignored row does not matter. */
    ck_assert_int_eq(info_nll(NULL, &logits, usual, 3, NULL, nll, 3), INFO_OK);
    ck_assert_double_eq(nll[1], 0);
    ck_assert_int_eq(info_perplexity(NULL, &logits, usual, 3, NULL, &r), INFO_OK);
    ck_assert_int_eq(r.ignored, 1);
    ck_assert_int_eq(r.tokens, 2);
    assert_close(r.perplexity, 2, 1e-15);
    const info_lm_options zero = {.struct_size = sizeof zero, .ignore = INFO_IGNORE_INDEX, .ignore_index = 0};
    ck_assert_int_eq(info_perplexity(NULL, &logits, padding, 3, &zero, &r), INFO_OK);
    ck_assert_int_eq(r.ignored, 1);
    const info_lm_options none = {.struct_size = sizeof none, .ignore = INFO_IGNORE_NONE};
    ck_assert_int_eq(info_perplexity(NULL, &logits, usual, 3, &none, &r), INFO_INVALID_ROWS);
    ck_assert_int_eq(r.ignored, 0);
    ck_assert_int_eq(r.invalid, 1);
}
END_TEST

/* torch's mean over no rows is NaN. */
START_TEST(all_rows_ignored_is_a_count_of_zero)
{
    const info_matrix logits = matrix_of(example_x, 1, 8, INFO_F64);
    const int64_t target = -100;
    info_perplexity_result r;
    ck_assert_int_eq(info_perplexity(NULL, &logits, &target, 1, NULL, &r), INFO_OK);
    ck_assert_int_eq(r.tokens, 0);
    ck_assert_double_eq(r.mean_nll, 0);
    ck_assert_double_eq(r.total_nll, 0);
    ck_assert_double_eq(r.perplexity, 1);
}
END_TEST

/* llama.cpp and inspect_ai: one NaN ruins the whole evaluation. */
START_TEST(one_bad_row_is_counted_and_left_out)
{
    const double x[3][2] = {{0, 0}, {NAN, 0}, {0, 0}};
    const info_matrix logits = matrix_of(x, 3, 2, INFO_F64);
    const int64_t targets[3] = {1, 1, 0};
    info_perplexity_result r;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_perplexity(ctx, &logits, targets, 3, NULL, &r), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
    ck_assert_int_eq(r.invalid, 1);
    ck_assert_int_eq(r.tokens, 2);
    assert_close(r.perplexity, 2, 1e-15);
    const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    memset(&r, 0x55, sizeof r);
    ck_assert_int_eq(info_perplexity(ctx, &logits, targets, 3, &strict, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(r.invalid, INT64_C(0x5555555555555555));
    info_ctx_destroy(ctx);
}
END_TEST

/* torchmetrics takes the softmax first and its logarithm then: log 0. */
START_TEST(an_improbable_target_has_a_finite_likelihood)
{
    const float x[3] = {0, -2000, 5};
    const info_matrix logits = matrix_of(x, 1, 3, INFO_F32);
    const int64_t target = 1;
    info_perplexity_result r;
    ck_assert_int_eq(info_perplexity(NULL, &logits, &target, 1, NULL, &r), INFO_OK);
    assert_close(r.mean_nll, 2005 + log1p(exp(-5)), 1e-15);
    ck_assert_double_eq(r.perplexity, INFINITY); /* overflows, which is why the log is there */
}
END_TEST

START_TEST(a_target_of_probability_zero_is_infinitely_surprising)
{
    const double x[2][2] = {{0, NINF}, {0, 0}};
    const info_matrix logits = matrix_of(x, 2, 2, INFO_F64);
    const int64_t targets[2] = {1, 0};
    info_perplexity_result r;
    ck_assert_int_eq(info_perplexity(NULL, &logits, targets, 2, NULL, &r), INFO_OK);
    ck_assert_double_eq(r.mean_nll, INFINITY);
    ck_assert_double_eq(r.perplexity, INFINITY);
    ck_assert_double_eq(r.standard_error, INFINITY);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {uniform_logits_have_the_vocabulary_as_perplexity,
                                  mean_and_standard_error_are_the_rows,
                                  the_ignored_index_is_minus_100_unless_another_is_named,
                                  all_rows_ignored_is_a_count_of_zero,
                                  one_bad_row_is_counted_and_left_out,
                                  an_improbable_target_has_a_finite_likelihood,
                                  a_target_of_probability_zero_is_infinitely_surprising,
                                  NULL};
    return run_tests("lm perplexity", tests);
}
