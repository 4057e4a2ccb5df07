/* SPDX-License-Identifier: MIT
 * Classes of tokens: chain rule, data processing; words of a toy language whose probabilities sum to 1. */
#include "../lm/lm_support.h"

static const double row_x[8] = {2, 1, .5, 0, -1, -1, -3, -INFINITY};

START_TEST(masses_and_chain_rule)
{
    uint64_t seed = 6;
    double x[40];
    int32_t classes[40];
    for (double scale = 1e-3; scale < 1e3; scale *= 10) {
        for (int i = 0; i < 40; i++) {
            x[i] = scale * normal(&seed);
            classes[i] = (int32_t)(uniform(&seed) * 4) - 1;
        }
        double log_mass[3], unclassed, between, within, h;
        const info_matrix m = matrix_of(x, 1, 40, INFO_F64);
        const info_class_measures measures = {.struct_size = sizeof measures,
                                              .length = 1,
                                              .log_mass = log_mass,
                                              .log_mass_len = 3,
                                              .log_unclassed = &unclassed,
                                              .class_entropy = &between,
                                              .within_entropy = &within};
        const info_logit_measures row = {.struct_size = sizeof row, .length = 1, .entropy = &h};
        ck_assert_int_eq(info_class_measure(NULL, &m, classes, 40, 3, NULL, &measures), INFO_OK);
        ck_assert_int_eq(info_logits_measure(NULL, &m, NULL, 0, NULL, &row), INFO_OK);
        assert_within(exp(log_mass[0]) + exp(log_mass[1]) + exp(log_mass[2]) + exp(unclassed), 1, 1e-15);
        assert_close(between + within, h, 1e-12);
    }
}
END_TEST

START_TEST(a_class_that_has_nearly_all_keeps_the_digits_of_the_rest)
{
    const double x[4] = {50, 49, 0, 1};
    const int32_t classes[4] = {0, 0, 1, 1};
    double log_mass[2];
    const info_matrix m = matrix_of(x, 1, 4, INFO_F64);
    const info_class_measures measures = {
        .struct_size = sizeof measures, .length = 1, .log_mass = log_mass, .log_mass_len = 2};
    ck_assert_int_eq(info_class_measure(NULL, &m, classes, 4, 2, NULL, &measures), INFO_OK);
    const double ratio = (1 + exp(1)) / (exp(50) + exp(49));
    assert_close(log_mass[0], -log1p(ratio), 1e-14);
    assert_close(log_mass[1], log(ratio), 1e-15);
}
END_TEST

START_TEST(divergence_of_classes_is_at_most_that_of_tokens)
{
    uint64_t seed = 7;
    double x[60], y[60];
    int32_t classes[60], each[60];
    for (int t = 0; t < 200; t++) {
        for (int i = 0; i < 60; i++) {
            x[i] = 2 * normal(&seed);
            y[i] = x[i] + exp(-10 * uniform(&seed)) * normal(&seed);
            classes[i] = (int32_t)(uniform(&seed) * 6) - 1;
            each[i] = i;
        }
        const info_matrix p = matrix_of(x, 1, 60, INFO_F64), q = matrix_of(y, 1, 60, INFO_F64);
        double kl, all, tokens;
        const info_logit_comparison c = {.struct_size = sizeof c, .length = 1, .kl = &tokens};
        ck_assert_int_eq(info_class_kl(NULL, &p, &q, classes, 60, 5, NULL, &kl, 1), INFO_OK);
        ck_assert_int_eq(info_class_kl(NULL, &p, &q, each, 60, 60, NULL, &all, 1), INFO_OK);
        ck_assert_int_eq(info_logits_compare(NULL, &p, &q, NULL, 0, NULL, &c), INFO_OK);
        ck_assert(0 <= kl && kl <= tokens * (1 + 1e-9));
        assert_close(all, tokens, 1e-9); /* a class a token: nothing is lost */
        ck_assert_int_eq(info_class_kl(NULL, &p, &p, classes, 60, 5, NULL, &kl, 1), INFO_OK);
        ck_assert(kl == 0);
    }
}
END_TEST

/* ---- Words -------------------------------------------------------------- */

/* With words of at most two tokens the enumeration is complete: the sum is 1 to rounding. */
START_TEST(words_of_a_finite_language)
{
    /* 0: end, 1: begins a word, 2: goes on, after which no other can. */
    const double after_begin[3] = {.2, .7, -.4}, after_more[3] = {-.3, .6, -INFINITY},
                 start[3] = {-INFINITY, 0, -INFINITY};
    const uint8_t begins[3] = {1, 1, 0};
    const info_word_options options = {.struct_size = sizeof options, .begins = begins, .begins_len = 3};
    double sum = 0, surprisal[3];
    /* The word before is {1}; then come {1}, {1, 2} or the end {0}. */
    for (int w = 0; w < 3; w++) {
        double rows[4][3];
        int64_t tokens[3] = {1, w == 2 ? 0 : 1, 2};
        const int64_t words[3] = {0, 1, 1}, length = w == 1 ? 3 : 2;
        memcpy(rows[0], start, sizeof start);
        memcpy(rows[1], after_begin, sizeof start);
        memcpy(rows[2], w == 2 ? start : after_begin, sizeof start); /* nothing but a boundary follows the end */
        memcpy(rows[3], after_more, sizeof start);
        const info_matrix m = matrix_of(rows, length + 1, 3, INFO_F64);
        ck_assert_int_eq(info_word_surprisal(NULL, &m, tokens, words, length, &options, NULL, surprisal, 3), INFO_OK);
        sum += exp(-surprisal[1]);
    }
    assert_close(sum, 1, 1e-12);
}
END_TEST

/* A tokenizer that marks the end of a word: 0 goes on, 1 and 2 end it. Words {1}, {2}, {0, 1}, {0, 2} after which 0 cannot
 * come again. */
START_TEST(words_that_end_with_a_mark)
{
    const double first[3] = {.4, -.2, 1}, second[3] = {-INFINITY, .3, -.8};
    const info_word_options options = {.struct_size = sizeof options, .boundary = INFO_BOUNDARY_AT_END};
    double sum = 0, surprisal;
    for (int w = 0; w < 4; w++) {
        const int64_t tokens[2] = {w < 2 ? w + 1 : 0, w - 1}, words[2] = {0, 0}, length = w < 2 ? 1 : 2;
        double rows[2][3];
        memcpy(rows[0], first, sizeof first);
        memcpy(rows[1], second, sizeof second);
        const info_matrix m = matrix_of(rows, length, 3, INFO_F64);
        ck_assert_int_eq(info_word_surprisal(NULL, &m, tokens, words, length, &options, NULL, &surprisal, 1), INFO_OK);
        sum += exp(-surprisal);
    }
    assert_close(sum, 1, 1e-12);
}
END_TEST

START_TEST(bad_classes_and_words_are_named)
{
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const info_matrix m = matrix_of(row_x, 1, 8, INFO_F64);
    int32_t classes[8] = {0, 1, 0, 1, 2, 0, 0, 0};
    double between = 7, surprisal = 7;
    const info_class_measures measures = {.struct_size = sizeof measures, .length = 1, .class_entropy = &between};
    ck_assert_int_eq(info_class_measure(ctx, &m, classes, 8, 2, NULL, &measures), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "classes: 2 at 4"));
    ck_assert_int_eq(info_class_measure(ctx, &m, classes, 7, 3, NULL, &measures), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_class_measure(ctx, &m, classes, 8, 0, NULL, &measures), INFO_ERROR_SIZE);
    const int64_t token = 0, words[1] = {1};
    const info_word_options end = {.struct_size = sizeof end, .boundary = INFO_BOUNDARY_AT_END};
    ck_assert_int_eq(info_word_surprisal(ctx, &m, &token, words, 1, &end, NULL, &surprisal, 1), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "words: 1 at 0"));
    const info_word_options begin = {.struct_size = sizeof begin};
    const int64_t first = 0;
    ck_assert_int_eq(info_word_surprisal(ctx, &m, &token, &first, 1, &begin, NULL, &surprisal, 1), INFO_ERROR_NULL);
    const uint8_t begins[8] = {1, 0, 0, 0, 0, 2, 0, 0};
    const info_word_options two = {.struct_size = sizeof two, .begins = begins, .begins_len = 8};
    ck_assert_int_eq(info_word_surprisal(ctx, &m, &token, &first, 1, &two, NULL, &surprisal, 1), INFO_ERROR_DOMAIN);
    ck_assert(between == 7 && surprisal == 7);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {masses_and_chain_rule,
                                  a_class_that_has_nearly_all_keeps_the_digits_of_the_rest,
                                  divergence_of_classes_is_at_most_that_of_tokens,
                                  words_of_a_finite_language,
                                  words_that_end_with_a_mark,
                                  bad_classes_and_words_are_named,
                                  NULL};
    return run_tests("classes and words", tests);
}
