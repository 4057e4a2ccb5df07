/* SPDX-License-Identifier: MIT
 * Measures from hidden states against the same measures of the logits. */
#include <stdio.h>

#include "head_support.h"

START_TEST(a_head_measures_what_its_logits_do)
{
    /* More than a tile of rows, of tokens, of depth; one of each. */
    const int64_t sizes[][3] = {{1, 1, 1}, {1, 7, 1025}, {515, 3, 40}, {3, 9, MAX_TOKENS}, {2, 1030, 33}};
    for (int s = 0; s < 5; s++)
        for (int options = 0; options < 4; options++) {
            problem p = make(sizes[s][0], sizes[s][1], sizes[s][2], 3 + (uint64_t)s);
            if (p.tokens > 4)
                p.bias[p.tokens / 2] = -INFINITY;
            const int64_t rows = p.rows;
            double *wanted = malloc((size_t)rows * 8 * FIELDS), *got = malloc((size_t)rows * 8 * FIELDS);
            int64_t *wanted_argmax = malloc((size_t)rows * 8), *argmax = malloc((size_t)rows * 8);
            const info_matrix logits = matrix_of(p.logits, rows, p.tokens, INFO_F64);
            const info_matrix bias = matrix_of(p.bias, 1, p.tokens, INFO_F64);
            const double softcap = options & 2 ? 12.5 : 0, temperature = options & 2 ? 0.75 : 0;
            const info_lm_options exact = {.struct_size = sizeof exact,
                                           .bias = options & 1 ? &bias : NULL,
                                           .softcap = softcap,
                                           .temperature = temperature};
            const info_logit_measures of_logits = into(wanted, wanted_argmax, rows);
            ck_assert_int_eq(info_logits_measure(NULL, &logits, p.targets, rows, &exact, &of_logits), INFO_OK);
            for (info_dtype a = INFO_F64; a <= INFO_BF16; a++)
                for (info_dtype b = INFO_F64; b <= INFO_BF16; b++) {
                    copy hidden = copy_of(p.hidden, rows, p.depth, a, b % 2);
                    copy weight = copy_of(p.weight, p.tokens, p.depth, b, a % 2);
                    const info_head head = {.struct_size = sizeof head,
                                            .hidden = &hidden.view,
                                            .weight = &weight.view,
                                            .bias = options & 1 ? &bias : NULL,
                                            .softcap = softcap};
                    const info_head_options o = {.struct_size = sizeof o, .temperature = temperature};
                    const info_logit_measures m = into(got, argmax, rows);
                    ck_assert_int_eq(info_head_measure(NULL, &head, p.targets, rows, &o, &m), INFO_OK);
                    const bool in_f64 = a == INFO_F64 || b == INFO_F64;
                    assert_measures(got, wanted, argmax, wanted_argmax, rows,
                                    in_f64        ? F64_BOUND
                                    : softcap > 0 ? SOFTCAP_BOUND
                                                  : F32_BOUND);
                    free(hidden.memory);
                    free(weight.memory);
                }
            free(wanted);
            free(got);
            free(wanted_argmax);
            free(argmax);
            release(&p);
        }
}
END_TEST

START_TEST(peaked_rows_keep_their_relative_precision_over_tiles)
{
    /* One token towers over the others of all tiles by D: H = log(1 + r) + r D / (1 + r), r = (V - 1) exp(-D). */
    enum { TOKENS = 3000 };
    static double weight[TOKENS];
    const double one = 1;
    const info_matrix hidden = matrix_of(&one, 1, 1, INFO_F64), w = matrix_of(weight, TOKENS, 1, INFO_F64);
    const info_head head = {.struct_size = sizeof head, .hidden = &hidden, .weight = &w};
    for (int place = 0; place < TOKENS; place += 1499)
        for (double d = 10; d < 200; d += 63) {
            double entropy, lse;
            const double r = (TOKENS - 1) * exp(-d);
            const info_logit_measures m = {
                .struct_size = sizeof m, .length = 1, .entropy = &entropy, .log_sum_exp = &lse};
            memset(weight, 0, sizeof weight);
            weight[place] = d;
            ck_assert_int_eq(info_head_measure(NULL, &head, NULL, 0, NULL, &m), INFO_OK);
            assert_close(entropy, log1p(r) + r * d / (1 + r), 1e-13);
            assert_close(lse, d, 1e-1);
        }
}
END_TEST

START_TEST(two_heads_compare_as_their_logits_do)
{
    const int64_t sizes[][3] = {{1, 2, 5}, {4, 9, MAX_TOKENS}, {514, 2, 30}, {2, 1026, 20}};
    for (int s = 0; s < 4; s++) {
        problem p = make(sizes[s][0], sizes[s][1], sizes[s][2], 5), q = make(p.rows, p.depth + 3, p.tokens, 6);
        const int64_t rows = p.rows;
        double *wanted = calloc((size_t)rows * PAIR_FIELDS, 8), *got = calloc((size_t)rows * PAIR_FIELDS, 8);
        int32_t *same = calloc((size_t)rows, 4), *wanted_same = calloc((size_t)rows, 4);
        const info_matrix x = matrix_of(p.logits, rows, p.tokens, INFO_F64);
        const info_matrix y = matrix_of(q.logits, rows, p.tokens, INFO_F64);
        const info_lm_options exact = {.struct_size = sizeof exact, .js_beta = 0.25, .temperature = 2};
        const info_head_options o = {.struct_size = sizeof o, .js_beta = 0.25, .temperature = 2};
        const info_logit_comparison of_logits = compared_into(wanted, wanted_same, rows, true);
        const info_logit_comparison of_heads = compared_into(got, same, rows, true);
        ck_assert_int_eq(info_logits_compare(NULL, &x, &y, p.targets, rows, &exact, &of_logits), INFO_OK);
        for (int type = 0; type < 3; type++) {
            const info_dtype a = type == 0 ? INFO_F64 : INFO_F32, b = type == 0 ? INFO_F64 : INFO_BF16;
            copy m[4] = {copy_of(p.hidden, rows, p.depth, a, false), copy_of(p.weight, p.tokens, p.depth, b, false),
                         copy_of(q.hidden, rows, q.depth, type == 2 ? INFO_F64 : b, true),
                         copy_of(q.weight, p.tokens, q.depth, a, true)};
            const info_head ph = {.struct_size = sizeof ph, .hidden = &m[0].view, .weight = &m[1].view};
            const info_head qh = {.struct_size = sizeof qh, .hidden = &m[2].view, .weight = &m[3].view};
            ck_assert_int_eq(info_head_compare(NULL, &ph, &qh, p.targets, rows, &o, &of_heads), INFO_OK);
            const double bound = type == 0 ? 1e-12 : 3e-6;
            for (int64_t i = 0; i < rows * PAIR_FIELDS; i++)
                assert_within(got[i], wanted[i], bound * (1 + fabs(wanted[i])));
            ck_assert_mem_eq(same, wanted_same, (size_t)rows * 4);
            for (int k = 0; k < 4; k++)
                free(m[k].memory);
        }
        free(wanted);
        free(got);
        free(same);
        free(wanted_same);
        release(&p);
        release(&q);
    }
}
END_TEST

START_TEST(equal_heads_are_at_distance_exactly_zero)
{
    problem p = make(7, 20, MAX_TOKENS, 8);
    for (int f32 = 0; f32 < 2; f32++) {
        copy hidden = copy_of(p.hidden, p.rows, p.depth, f32 ? INFO_F32 : INFO_F64, false);
        copy weight = copy_of(p.weight, p.tokens, p.depth, f32 ? INFO_BF16 : INFO_F64, true);
        const info_head head = {.struct_size = sizeof head, .hidden = &hidden.view, .weight = &weight.view};
        double out[7 * PAIR_FIELDS];
        int32_t same[7];
        const info_logit_comparison m = compared_into(out, same, 7, true);
        ck_assert_int_eq(info_head_compare(NULL, &head, &head, p.targets, 7, NULL, &m), INFO_OK);
        for (int i = 0; i < 7; i++) {
            for (int f = 0; f < 4; f++)
                ck_assert_double_eq(out[f * 7 + i], 0);
            ck_assert_double_eq(out[5 * 7 + i], 0);
            ck_assert_int_eq(same[i], 1);
        }
        free(hidden.memory);
        free(weight.memory);
    }
    release(&p);
}
END_TEST

START_TEST(near_equal_heads_keep_their_relative_precision)
{
    /* Weights that differ by h: KL = h^2 / 2 Var + O(h^3), over three tiles. */
    enum { TOKENS = 2500 };
    static double a[TOKENS], b[TOKENS], delta[TOKENS], logits[2][TOKENS];
    uint64_t state = 21;
    const double one = 1, h = 0x1p-30;
    for (int i = 0; i < TOKENS; i++) {
        a[i] = floor(64 * normal(&state)) / 32;
        delta[i] = floor(8 * normal(&state)) / 8;
        b[i] = a[i] + h * delta[i];
        logits[0][i] = a[i];
        logits[1][i] = b[i];
    }
    const info_matrix hidden = matrix_of(&one, 1, 1, INFO_F64);
    const info_matrix pw = matrix_of(a, TOKENS, 1, INFO_F64), qw = matrix_of(b, TOKENS, 1, INFO_F64);
    const info_matrix x = matrix_of(logits[0], 1, TOKENS, INFO_F64), y = matrix_of(logits[1], 1, TOKENS, INFO_F64);
    const info_head p = {.struct_size = sizeof p, .hidden = &hidden, .weight = &pw};
    const info_head q = {.struct_size = sizeof q, .hidden = &hidden, .weight = &qw};
    double kl, wanted;
    const info_logit_comparison m = {.struct_size = sizeof m, .length = 1, .kl = &kl};
    const info_logit_comparison n = {.struct_size = sizeof n, .length = 1, .kl = &wanted};
    ck_assert_int_eq(info_head_compare(NULL, &p, &q, NULL, 0, NULL, &m), INFO_OK);
    ck_assert_int_eq(info_logits_compare(NULL, &x, &y, NULL, 0, NULL, &n), INFO_OK);
    ck_assert(wanted > 1e-20 && wanted < 1e-16);
    /* d = 1e-9 of log-sum-exps near 10, each good to 2e-15. */
    assert_close(kl, wanted, 1e-5);
}
END_TEST

START_TEST(one_bad_hidden_state_does_not_spread)
{
    enum { ROWS = 20, DEPTH = 40, TOKENS = 1100 };
    problem p = make(ROWS, DEPTH, TOKENS, 14);
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++) {
        double clean[ROWS * FIELDS], out[ROWS * FIELDS], kl[ROWS];
        int64_t clean_argmax[ROWS], argmax[ROWS];
        copy weight = copy_of(p.weight, TOKENS, DEPTH, type, false);
        copy good = copy_of(p.hidden, ROWS, DEPTH, type, false);
        const info_head healthy = {.struct_size = sizeof healthy, .hidden = &good.view, .weight = &weight.view};
        const info_logit_measures first = into(clean, clean_argmax, ROWS);
        ck_assert_int_eq(info_head_measure(NULL, &healthy, p.targets, ROWS, NULL, &first), INFO_OK);
        for (int b = 0; b < 3; b++) {
            double *spoilt = malloc(ROWS * DEPTH * 8);
            memcpy(spoilt, p.hidden, ROWS * DEPTH * 8);
            spoilt[7 * DEPTH + 39] = bad[b];
            copy hidden = copy_of(spoilt, ROWS, DEPTH, type, false);
            const info_head head = {.struct_size = sizeof head, .hidden = &hidden.view, .weight = &weight.view};
            const info_logit_measures m = into(out, argmax, ROWS);
            info_ctx *ctx = context(1, 0);
            ck_assert_int_eq(info_head_measure(ctx, &head, p.targets, ROWS, NULL, &m), INFO_INVALID_ROWS);
            ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
            for (int f = 0; f < FIELDS; f++)
                for (int i = 0; i < ROWS; i++) {
                    if (i == 7)
                        ck_assert(isnan(out[f * ROWS + i]));
                    else
                        assert_same_bits(out[f * ROWS + i], clean[f * ROWS + i]);
                }
            ck_assert_int_eq(argmax[7], -1);
            const info_logit_comparison n = {.struct_size = sizeof n, .length = ROWS, .kl = kl};
            ck_assert_int_eq(info_head_compare(ctx, &healthy, &head, NULL, 0, NULL, &n), INFO_INVALID_ROWS);
            for (int i = 0; i < ROWS; i++)
                ck_assert(i == 7 ? isnan(kl[i]) : kl[i] == 0);
            const info_head_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
            ck_assert_int_eq(info_head_measure(ctx, &head, p.targets, ROWS, &strict, &m), INFO_ERROR_DOMAIN);
            ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "head.hidden: element (7, 39)"));
            info_ctx_destroy(ctx);
            free(hidden.memory);
            free(spoilt);
        }
        free(weight.memory);
        free(good.memory);
    }
    release(&p);
}
END_TEST

START_TEST(logits_that_overflow_make_the_row_invalid)
{
    const float hidden[2][2] = {{3e38f, 3e38f}, {1, 1}}, weight[2][2] = {{2, 2}, {-1, 0}};
    const info_matrix h = matrix_of(hidden, 2, 2, INFO_F32), w = matrix_of(weight, 2, 2, INFO_F32);
    for (int soft = 0; soft < 2; soft++) {
        const info_head head = {.struct_size = sizeof head, .hidden = &h, .weight = &w, .softcap = soft ? 30 : 0};
        double entropy[2];
        const info_logit_measures m = {.struct_size = sizeof m, .length = 2, .entropy = entropy};
        ck_assert_int_eq(info_head_measure(NULL, &head, NULL, 0, NULL, &m), INFO_INVALID_ROWS);
        ck_assert(isnan(entropy[0]));
        ck_assert(entropy[1] > 0);
    }
}
END_TEST

START_TEST(threads_and_instruction_sets_change_no_bit)
{
    problem p = make(600, 5, MAX_TOKENS, 17);
    copy hidden = copy_of(p.hidden, p.rows, p.depth, INFO_BF16, false);
    copy weight = copy_of(p.weight, p.tokens, p.depth, INFO_F32, false);
    const info_head head = {.struct_size = sizeof head, .hidden = &hidden.view, .weight = &weight.view, .softcap = 9};
    const size_t bytes = (size_t)p.rows * FIELDS * 8;
    double *first = malloc(bytes), *out = malloc(bytes);
    int64_t *argmax = malloc((size_t)p.rows * 8);
    for (int32_t threads = 1; threads <= 3; threads++)
        for (info_cpu cpu = threads == 1 ? INFO_CPU_C : INFO_CPU_BEST; cpu <= (threads == 1 ? INFO_CPU_AVX512 : 0);
             cpu++) {
            info_ctx *ctx = context(threads, cpu);
            if (!ctx) {
                printf("skipped: instruction set %d\n", cpu);
                continue;
            }
            const bool is_first = threads == 1 && cpu == INFO_CPU_C;
            const info_logit_measures m = into(is_first ? first : out, argmax, p.rows);
            ck_assert_int_eq(info_head_measure(ctx, &head, p.targets, p.rows, NULL, &m), INFO_OK);
            if (!is_first)
                ck_assert_mem_eq(out, first, bytes);
            info_ctx_destroy(ctx);
        }
    free(first);
    free(out);
    free(argmax);
    free(hidden.memory);
    free(weight.memory);
    release(&p);
}
END_TEST

START_TEST(bad_arguments_are_named)
{
    const float states[2][3] = {{1, 2, 3}, {4, 5, 6}}, weights[4][3] = {{0}}, spoilt[4][3] = {{0}, {0}, {0, NAN, 0}};
    const float biases[4] = {0, 1, NAN, 0};
    const info_matrix h = matrix_of(states, 2, 3, INFO_F32), w = matrix_of(weights, 4, 3, INFO_F32);
    const info_matrix narrow = matrix_of(weights, 6, 2, INFO_F32), bad = matrix_of(spoilt, 4, 3, INFO_F32);
    const info_matrix bias = matrix_of(biases, 1, 4, INFO_F32), short_bias = matrix_of(biases, 1, 2, INFO_F32);
    const int64_t targets[2] = {1, 4}, rank_to[2] = {0};
    double entropy[2] = {-1, -1}, log_p[2];
    int64_t ranks[2];
    const struct {
        info_head head;
        info_status status;
        const char *name;
    } cases[] = {
        {{.weight = &w}, INFO_ERROR_NULL, "head.hidden"},
        {{.hidden = &h}, INFO_ERROR_NULL, "head.weight"},
        {{.hidden = &h, .weight = &narrow}, INFO_ERROR_SIZE, "head.weight"},
        {{.hidden = &h, .weight = &w, .bias = &short_bias}, INFO_ERROR_SIZE, "head.bias"},
        {{.hidden = &h, .weight = &w, .softcap = -1}, INFO_ERROR_OPTION, "head.softcap"},
        {{.hidden = &h, .weight = &w, .reserved = 1}, INFO_ERROR_OPTION, "head.reserved"},
        {{.hidden = &h, .weight = &bad}, INFO_ERROR_DOMAIN, "head.weight: element (2, 1)"},
        {{.hidden = &h, .weight = &w, .bias = &bias}, INFO_ERROR_DOMAIN, "head.bias"},
    };
    info_ctx *ctx = context(2, 0);
    const info_logit_measures m = {.struct_size = sizeof m, .length = 2, .entropy = entropy};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        info_head head = cases[i].head;
        head.struct_size = sizeof head;
        ck_assert_int_eq(info_head_measure(ctx, &head, NULL, 0, NULL, &m), cases[i].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), cases[i].name));
        ck_assert_double_eq(entropy[0], -1);
    }
    const info_head head = {.struct_size = sizeof head, .hidden = &h, .weight = &w};
    const info_logit_measures ranked = {.struct_size = sizeof ranked, .length = 2, .rank = ranks};
    ck_assert_int_eq(info_head_measure(ctx, &head, rank_to, 2, NULL, &ranked), INFO_ERROR_UNSUPPORTED);
    const info_logit_measures targeted = {.struct_size = sizeof targeted, .length = 2, .log_probability = log_p};
    ck_assert_int_eq(info_head_measure(ctx, &head, targets, 2, NULL, &targeted), INFO_INVALID_ROWS);
    assert_close(log_p[0], -log(4), 1e-6);
    ck_assert(isnan(log_p[1]));
    const info_head_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_head_measure(ctx, &head, targets, 2, &strict, &targeted), INFO_ERROR_TARGET);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "targets: 4 at row 1"));
    info_head_part parts[2];
    ck_assert_int_eq(info_head_measure_part(ctx, &head, -1, targets, 2, NULL, parts, 2), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_head_measure_part(ctx, &head, 0, targets, 2, NULL, parts, 1), INFO_ERROR_OUTPUT);
    const info_head wide = {.struct_size = sizeof wide, .hidden = &h, .weight = &bad};
    const info_matrix three = matrix_of(weights, 3, 3, INFO_F32);
    const info_head cut = {.struct_size = sizeof cut, .hidden = &h, .weight = &three};
    double kl[2], js[2];
    const info_logit_comparison n = {.struct_size = sizeof n, .length = 2, .kl = kl};
    ck_assert_int_eq(info_head_compare(ctx, &head, &wide, NULL, 0, NULL, &n), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q.weight: element (2, 1)"));
    ck_assert_int_eq(info_head_compare(ctx, &head, &cut, NULL, 0, NULL, &n), INFO_ERROR_SIZE);
    const info_head_options common = {.struct_size = sizeof common, .vocabulary = INFO_VOCABULARY_COMMON};
    ck_assert_int_eq(info_head_compare(ctx, &head, &cut, NULL, 0, &common, &n), INFO_OK);
    ck_assert_double_eq(kl[0], 0);
    info_head_pair_part pair_parts[2];
    ck_assert_int_eq(info_head_compare_part(ctx, &head, &head, 0, NULL, 0, NULL, pair_parts, 2), INFO_OK);
    const info_logit_comparison mixed = {.struct_size = sizeof mixed, .length = 2, .js = js};
    ck_assert_int_eq(info_head_compare_merge(ctx, pair_parts, 1, 2, NULL, &mixed), INFO_ERROR_UNSUPPORTED);
    info_ctx_destroy(ctx);
}
END_TEST

_Static_assert(sizeof(info_head) == 48, "info_head");
_Static_assert(sizeof(info_head_options) == 48, "info_head_options");
_Static_assert(sizeof(info_head_part) == 64, "info_head_part");
_Static_assert(sizeof(info_head_pair_part) == 88, "info_head_pair_part");

int main(void)
{
    const TTest *const tests[] = {a_head_measures_what_its_logits_do,
                                  peaked_rows_keep_their_relative_precision_over_tiles,
                                  two_heads_compare_as_their_logits_do,
                                  equal_heads_are_at_distance_exactly_zero,
                                  near_equal_heads_keep_their_relative_precision,
                                  one_bad_hidden_state_does_not_spread,
                                  logits_that_overflow_make_the_row_invalid,
                                  threads_and_instruction_sets_change_no_bit,
                                  bad_arguments_are_named,
                                  NULL};
    return run_tests("lm head", tests);
}
