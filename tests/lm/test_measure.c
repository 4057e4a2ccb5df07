/* SPDX-License-Identifier: MIT
 * Statistics of rows of logits. */
#include <stdio.h>
#include <sys/mman.h>

#include "measure_support.h"

START_TEST(closed_forms_to_twenty_digits)
{
    outputs o;
    const info_matrix x = matrix_of(example_x, 1, 8, INFO_F64);
    ck_assert_int_eq(measure(NULL, &x, 5, NULL, &o), INFO_OK);
    assert_close(o.lse, 3.7790106829713243026, 1e-15);
    assert_close(o.logp, -1.0290106829713243026, 1e-15);
    assert_close(o.entropy, 1.2579111489725558925, 1e-15);
    assert_close(o.varentropy, 0.72959504426004281877, 4e-15);
    assert_close(o.collision, 0.35100815801302480134, 1e-15);
    assert_close(o.top, 0.45885974458427727812, 1e-15);
    assert_close(o.max, 3, 0);
    ck_assert_int_eq(o.argmax, 2);
    ck_assert_int_eq(o.rank, 2);
}
END_TEST

START_TEST(bias_then_softcap_then_temperature)
{
    outputs o;
    const info_matrix x = matrix_of(example_x, 1, 8, INFO_F64);
    const double b[8] = {.5, 0, -.25, 1, 0, 0, 0, 2};
    const info_matrix bias = matrix_of(b, 1, 8, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .temperature = 0.5, .softcap = 4, .bias = &bias};
    ck_assert_int_eq(measure(NULL, &x, 5, &options, &o), INFO_OK);
    assert_close(o.lse, 5.909781678377654521, 1e-15);
    assert_close(o.logp, -1.1387932345437158022, 2e-15);
    assert_close(o.entropy, 1.3962536132409776304, 2e-15);
    assert_close(o.varentropy, 0.28821154329816946977, 8e-15);
    assert_close(o.collision, 0.26995302236145102349, 2e-15);
    assert_close(o.top, 0.32020520133127815693, 2e-15);
}
END_TEST

START_TEST(units_apply_to_information_only)
{
    outputs nat, bit;
    const info_matrix x = matrix_of(example_x, 1, 8, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    measure(NULL, &x, 5, NULL, &nat);
    measure(NULL, &x, 5, &options, &bit);
    assert_close(bit.entropy, nat.entropy / log(2), 1e-15);
    assert_close(bit.logp, nat.logp / log(2), 1e-15);
    assert_close(bit.varentropy, nat.varentropy / (log(2) * log(2)), 1e-15);
    assert_same_bits(bit.lse, nat.lse);
    assert_same_bits(bit.collision, nat.collision);
}
END_TEST

/* A torch entropy of exp(logp) * logp gives NaN for every one of these. */
START_TEST(minus_infinity_is_probability_zero)
{
    outputs o;
    const double masked[4] = {NINF, 2, NINF, 2}, certain[4] = {NINF, NINF, -7, NINF};
    info_matrix x = matrix_of(masked, 1, 4, INFO_F64);
    ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_OK);
    assert_close(o.entropy, log(2), 1e-15);
    ck_assert_double_eq(o.varentropy, 0);
    ck_assert_double_eq(o.logp, NINF);
    ck_assert_int_eq(o.rank, 3);
    x = matrix_of(certain, 1, 4, INFO_F64);
    ck_assert_int_eq(measure(NULL, &x, 2, NULL, &o), INFO_OK);
    ck_assert_double_eq(o.entropy, 0);
    ck_assert_double_eq(o.logp, 0);
    ck_assert_double_eq(o.lse, -7);
    ck_assert_double_eq(o.collision, 1);
}
END_TEST

START_TEST(a_vocabulary_of_one_token_is_certain)
{
    outputs o;
    const double one = 1e30;
    const info_matrix x = matrix_of(&one, 1, 1, INFO_F64);
    ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_OK);
    ck_assert_double_eq(o.entropy, 0);
    ck_assert_double_eq(o.logp, 0);
    ck_assert_double_eq(o.top, 1);
    ck_assert_int_eq(o.rank, 1);
}
END_TEST

/* H = log1p(e) + d e / (1 + e), e = exp(-d): softmax-then-log loses all of it. */
START_TEST(peaked_rows_keep_their_relative_precision)
{
    const struct {
        double gap, entropy, varentropy;
    } cases[] = {{40, 1.7418252446695514808e-16, 6.7973668084665423348e-15},
                 {700, 6.9116332571755993706e-302, 4.8312415064422877198e-299}};
    for (int i = 0; i < 2; i++)
        for (int order = 0; order < 2; order++) {
            outputs o;
            const double row[2] = {order ? -cases[i].gap : 0, order ? 0 : -cases[i].gap};
            const info_matrix x = matrix_of(row, 1, 2, INFO_F64);
            ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_OK);
            assert_close(o.entropy, cases[i].entropy, 1e-14);
            assert_close(o.varentropy, cases[i].varentropy, 1e-14);
        }
}
END_TEST

START_TEST(flat_rows_keep_their_varentropy)
{
    const int64_t n = 262144;
    for (int64_t place = 0; place < n; place += n - 1) {
        outputs o;
        double *row = calloc((size_t)n, sizeof *row);
        row[place] = 5;
        const info_matrix x = matrix_of(row, 1, n, INFO_F64);
        ck_assert_int_eq(measure(NULL, &x, 1, NULL, &o), INFO_OK);
        assert_close(o.entropy, 12.474382263184133243, 1e-14);
        assert_close(o.varentropy, 0.014137822912367340487, 1e-12);
        ck_assert_int_eq(o.argmax, place);
        ck_assert_int_eq(o.rank, 2);
        free(row);
    }
}
END_TEST

START_TEST(a_row_is_invariant_under_shift_and_permutation)
{
    uint64_t state = 1;
    enum { N = 5000 };
    double row[N], moved[N];
    for (int i = 0; i < N; i++)
        row[i] = 3 * normal(&state);
    for (int i = 0; i < N; i++)
        moved[i] = row[(i * 1237) % N] + 512;
    outputs a, b;
    const info_matrix x = matrix_of(row, 1, N, INFO_F64), y = matrix_of(moved, 1, N, INFO_F64);
    measure(NULL, &x, 1237, NULL, &a);
    measure(NULL, &y, 1, NULL, &b);
    assert_close(b.lse - 512, a.lse, 1e-12);
    assert_close(b.logp, a.logp, 1e-13);
    assert_close(b.entropy, a.entropy, 1e-13);
    assert_close(b.varentropy, a.varentropy, 1e-12);
    ck_assert_int_eq(a.rank, b.rank);
}
END_TEST

START_TEST(the_first_of_equal_maxima_is_the_argmax_and_ties_share_the_best_rank)
{
    outputs o;
    const double row[6] = {1, 4, 4, 0, 4, 1};
    const info_matrix x = matrix_of(row, 1, 6, INFO_F64);
    measure(NULL, &x, 4, NULL, &o);
    ck_assert_int_eq(o.argmax, 1);
    ck_assert_int_eq(o.rank, 1);
    measure(NULL, &x, 5, NULL, &o);
    ck_assert_int_eq(o.rank, 4);
}
END_TEST

START_TEST(one_bad_row_does_not_spread)
{
    const double bad[] = {NAN, INFINITY};
    for (int kind = 0; kind < 3; kind++)
        for (int col = 0; col < 4; col++) {
            double rows[3][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {3, 2, 1, 0}}, h[3];
            int64_t top[3];
            if (kind < 2)
                rows[1][col] = bad[kind];
            else
                for (int i = 0; i < 4; i++)
                    rows[1][i] = NINF;
            const info_matrix x = matrix_of(rows, 3, 4, INFO_F64);
            info_logit_measures m = {.struct_size = sizeof m, .length = 3, .entropy = h, .argmax = top};
            info_ctx *ctx = context(1, 0);
            ck_assert_int_eq(info_logits_measure(ctx, &x, NULL, 0, NULL, &m), INFO_INVALID_ROWS);
            ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
            ck_assert(isnan(h[1]));
            ck_assert_int_eq(top[1], -1);
            assert_same_bits(h[0], h[2]);
            ck_assert_int_eq(top[0], 3);

            const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
            h[0] = h[1] = h[2] = 7;
            ck_assert_int_eq(info_logits_measure(ctx, &x, NULL, 0, &strict, &m), INFO_ERROR_DOMAIN);
            ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "logits: row 1"));
            ck_assert_double_eq(h[0] + h[1] + h[2], 21);
            info_ctx_destroy(ctx);
        }
}
END_TEST

START_TEST(a_target_out_of_range_is_told_and_leaves_the_rest_of_the_row)
{
    const int64_t targets[] = {8, -1, -99, INT64_MIN, INT64_MAX};
    const info_matrix x = matrix_of(example_x, 1, 8, INFO_F64);
    info_ctx *ctx = context(1, 0);
    for (int i = 0; i < 5; i++) {
        outputs o;
        ck_assert_int_eq(measure(ctx, &x, targets[i], NULL, &o), INFO_INVALID_ROWS);
        ck_assert(isnan(o.logp));
        ck_assert_int_eq(o.rank, -1);
        assert_close(o.entropy, 1.2579111489725558925, 1e-15);
        const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
        ck_assert_int_eq(measure(ctx, &x, targets[i], &strict, &o), INFO_ERROR_TARGET);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "targets"));
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_valid_length_per_row_is_the_prefix)
{
    const double rows[2][4] = {{1, 2, NAN, INFINITY}, {1, 2, 3, 4}};
    const int64_t lengths[2] = {2, 4}, targets[2] = {1, 3};
    double h[2], lp[2], cut;
    const info_matrix x = matrix_of(rows, 2, 4, INFO_F64), prefix = matrix_of(rows, 1, 2, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .lengths = lengths, .lengths_len = 2};
    const info_logit_measures m = {.struct_size = sizeof m, .length = 2, .entropy = h, .log_probability = lp};
    const info_logit_measures one = {.struct_size = sizeof one, .length = 1, .entropy = &cut};
    ck_assert_int_eq(info_logits_measure(NULL, &x, targets, 2, &options, &m), INFO_OK);
    ck_assert_int_eq(info_logits_measure(NULL, &prefix, NULL, 0, NULL, &one), INFO_OK);
    assert_same_bits(h[0], cut);
    const int64_t beyond[2] = {2, 3};
    ck_assert_int_eq(info_logits_measure(NULL, &x, beyond, 2, &options, &m), INFO_INVALID_ROWS);
    ck_assert(isnan(lp[0]));
}
END_TEST

/* llama.cpp's int32 rows * vocabulary wraps at 2^31. Rows that are ignored are not read, so the
 * one at the far end is reached without the memory of the others. */
START_TEST(more_than_two_to_the_thirty_one_logits)
{
    const int64_t vocabulary = 131072, rows = 16500, last = rows - 1;
    const size_t bytes = (size_t)rows * (size_t)vocabulary * sizeof(float);
    float *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
        puts("skipped: no address space for 8.6 GB");
        return;
    }
    int64_t *targets = malloc((size_t)rows * sizeof *targets);
    for (int64_t i = 0; i < rows; i++)
        targets[i] = -100;
    targets[last] = vocabulary - 1;
    data[last * vocabulary + vocabulary - 1] = 1;
    const info_matrix x = matrix_of(data, rows, vocabulary, INFO_F32);
    const info_matrix same = {data + last * vocabulary, rows, vocabulary, 0, 1, INFO_F32, 0};
    const info_matrix *const views[2] = {&x, &same};
    for (int i = 0; i < 2; i++) {
        info_perplexity_result r;
        ck_assert_int_eq(info_perplexity(NULL, views[i], targets, rows, NULL, &r), INFO_OK);
        ck_assert_int_eq(r.tokens, 1);
        assert_close(r.mean_nll, log((double)(vocabulary - 1) + exp(1)) - 1, 1e-7);
    }
    free(targets);
    munmap(data, bytes);
}
END_TEST

START_TEST(types_and_strides_change_nothing_but_the_rounding)
{
    uint64_t state = 3;
    enum { N = 777 };
    double values[N], wide[2 * N];
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++) {
        double buffer[N];
        outputs a, b;
        for (int i = 0; i < N; i++)
            values[i] = 4 * normal(&state);
        round_to_type(values, N, type, buffer);
        for (int i = 0; i < N; i++)
            wide[2 * (N - 1 - i)] = values[i];
        const info_matrix x = matrix_of(buffer, 1, N, type);
        const info_matrix back = {wide + 2 * (N - 1), 1, N, 0, -2, INFO_F64, 0};
        ck_assert_int_eq(measure(NULL, &x, 100, NULL, &a), INFO_OK);
        ck_assert_int_eq(measure(NULL, &back, 100, NULL, &b), INFO_OK);
        const double bound = type == INFO_F64 ? 0 : 3e-7;
        assert_close(a.entropy, b.entropy, bound);
        assert_close(a.logp, b.logp, bound);
        assert_close(a.varentropy, b.varentropy, 4 * bound);
        assert_close(a.collision, b.collision, 2 * bound);
        ck_assert_int_eq(a.rank, b.rank);
        ck_assert_int_eq(a.argmax, b.argmax);
    }
}
END_TEST

START_TEST(threads_change_no_bit)
{
    enum { ROWS = 200, N = 1001 };
    uint64_t state = 5;
    static double x[ROWS][N], h[3][ROWS], v[3][ROWS];
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < N; i++)
            x[r][i] = 3 * normal(&state);
    const info_matrix logits = matrix_of(x, ROWS, N, INFO_F64);
    for (int k = 0; k < 3; k++) {
        info_ctx *ctx = context(1 << k, 0);
        const info_logit_measures m = {.struct_size = sizeof m, .length = ROWS, .entropy = h[k], .varentropy = v[k]};
        ck_assert_int_eq(info_logits_measure(ctx, &logits, NULL, 0, NULL, &m), INFO_OK);
        info_ctx_destroy(ctx);
    }
    ck_assert_mem_eq(h[0], h[1], sizeof h[0]);
    ck_assert_mem_eq(h[0], h[2], sizeof h[0]);
    ck_assert_mem_eq(v[0], v[2], sizeof v[0]);
}
END_TEST

START_TEST(options_out_of_range_are_named)
{
    const info_matrix x = matrix_of(example_x, 1, 8, INFO_F64);
    const double two[2] = {0, 0};
    const int64_t nine = 9;
    const info_matrix short_bias = matrix_of(two, 1, 2, INFO_F64);
    const struct {
        info_lm_options options;
        info_status status;
        const char *name;
    } cases[] = {
        {{.temperature = -1}, INFO_ERROR_OPTION, "temperature"},
        {{.temperature = NAN}, INFO_ERROR_OPTION, "temperature"},
        {{.temperature = 1e-310}, INFO_ERROR_OPTION, "temperature"},
        {{.softcap = INFINITY}, INFO_ERROR_OPTION, "softcap"},
        {{.unit = 9}, INFO_ERROR_OPTION, "unit"},
        {{.ignore = 3}, INFO_ERROR_OPTION, "ignore"},
        {{.js_beta = 1}, INFO_ERROR_OPTION, "js_beta"},
        {{.bias = &short_bias}, INFO_ERROR_SIZE, "bias"},
        {{.lengths = &nine, .lengths_len = 1}, INFO_ERROR_SIZE, "lengths"},
        {{.lengths = &nine, .lengths_len = 0}, INFO_ERROR_SIZE, "lengths"},
    };
    info_ctx *ctx = context(1, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        outputs o;
        info_lm_options options = cases[i].options;
        options.struct_size = sizeof options;
        ck_assert_int_eq(measure(ctx, &x, 0, &options, &o), cases[i].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), cases[i].name));
    }
    info_ctx_destroy(ctx);
}
END_TEST

_Static_assert(sizeof(info_lm_options) == 88, "info_lm_options");
_Static_assert(sizeof(info_logit_measures) == 88, "info_logit_measures");
_Static_assert(sizeof(info_logit_comparison) == 96, "info_logit_comparison");
_Static_assert(sizeof(info_perplexity_result) == 56, "info_perplexity_result");
_Static_assert(sizeof(info_attention_options) == 48, "info_attention_options");
_Static_assert(sizeof(info_attention_measures) == 88, "info_attention_measures");

int main(void)
{
    const TTest *const tests[] = {closed_forms_to_twenty_digits,
                                  bias_then_softcap_then_temperature,
                                  units_apply_to_information_only,
                                  minus_infinity_is_probability_zero,
                                  a_vocabulary_of_one_token_is_certain,
                                  peaked_rows_keep_their_relative_precision,
                                  flat_rows_keep_their_varentropy,
                                  a_row_is_invariant_under_shift_and_permutation,
                                  the_first_of_equal_maxima_is_the_argmax_and_ties_share_the_best_rank,
                                  one_bad_row_does_not_spread,
                                  a_target_out_of_range_is_told_and_leaves_the_rest_of_the_row,
                                  a_valid_length_per_row_is_the_prefix,
                                  more_than_two_to_the_thirty_one_logits,
                                  types_and_strides_change_nothing_but_the_rounding,
                                  threads_change_no_bit,
                                  options_out_of_range_are_named,
                                  NULL};
    return run_tests("lm measure", tests);
}
