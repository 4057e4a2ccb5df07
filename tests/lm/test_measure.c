/* SPDX-License-Identifier: MIT
 * Statistics of rows of logits. */
#include <stdio.h>
#include <sys/mman.h>

#include "lm_support.h"

typedef struct outputs {
    double lse, max, logp, entropy, varentropy, collision, top;
    int64_t argmax, rank;
} outputs;

static info_status measure(info_ctx *ctx, const info_matrix *x, int64_t target, const info_lm_options *options,
                           outputs *o)
{
    const info_logit_measures m = {.struct_size = sizeof m, .length = 1, .log_sum_exp = &o->lse, .maximum = &o->max,
                                   .argmax = &o->argmax, .log_probability = &o->logp, .rank = &o->rank,
                                   .entropy = &o->entropy, .varentropy = &o->varentropy,
                                   .collision = &o->collision, .top_probability = &o->top};
    return info_logits_measure(ctx, x, &target, 1, options, &m);
}

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

/* Rows that are hard on f32: the same through f64. */
static void hard_row(int kind, float *row, int64_t n, uint64_t *state)
{
    for (int64_t i = 0; i < n; i++)
        switch (kind) {
        case 0: /* as models make them */
            row[i] = (float)(4 * normal(state));
            break;
        case 1: /* flat, far from 0 */
            row[i] = 100.7f;
            break;
        case 2: /* two values */
            row[i] = i % 3 ? -7.3f : -3.1f;
            break;
        case 3: /* steps up from block to block */
            row[i] = (float)((double)(i / 4096) * 1.7 + 0.001 * (double)(i % 97));
            break;
        case 4: /* nothing but -inf for long */
            row[i] = i < n - 3 ? -INFINITY : -200.0f - (float)i / (float)n;
            break;
        case 5: /* peaked, the peak last */
            row[i] = i < n - 1 ? (float)normal(state) : 30.0f;
            break;
        case 6: /* peaked, the peak first, some -inf */
            row[i] = i == 0 ? 25.0f : uniform(state) < 0.1 ? -INFINITY : (float)normal(state);
            break;
        case 7: /* one above a flat rest: the varentropy's worst case */
            row[i] = i == n / 2 ? 5.0f : 0.0f;
            break;
        case 8: /* nothing above 0, as some models have it */
            row[i] = (float)(2 * normal(state) - 60);
            break;
        case 9: /* one peak after the other */
            row[i] = i % 3000 == 2999 ? 20.0f + (float)(i / 1500) : (float)normal(state) - 10.0f;
            break;
        default: /* a peak that all others are out of f32's reach of */
            row[i] = i == n / 3 ? 150.0f : (float)normal(state);
            break;
        }
}
#define HARD_ROWS 11

/* E (|d - mean| + 0.7)^k, k = 1, 2, 3, of d = log p: what the errors of docs/NUMERICS.md are made of. */
static void distances(const double *x, int64_t n, double temperature, const outputs *o, double power[3])
{
    power[0] = power[1] = power[2] = 0;
    for (int64_t i = 0; i < n; i++) {
        const double log_p = (temperature > 0 ? x[i] / temperature : x[i]) - o->lse, p = exp(log_p);
        const double distance = p > 0 ? fabs(log_p + o->entropy) + 0.7 : 0;
        for (int k = 0; k < 3; k++)
            power[k] += p * pow(distance, k + 1);
    }
}

static void assert_float_row(const outputs *o, const outputs *exact, const double *x, int64_t n, double temperature)
{
    const double a = 8e-7, b = 1.2e-7;
    double d[3];
    ck_assert_double_eq(o->max, exact->max);
    ck_assert_int_eq(o->argmax, exact->argmax);
    ck_assert_int_eq(o->rank, exact->rank);
    distances(x, n, temperature, exact, d);
    const double weight = a + b * d[0], mean = a * (d[0] + 0.7) + b * (d[1] + 0.7 * d[0]);
    assert_within(o->lse, exact->lse, weight + 1e-15 * fabs(exact->lse));
    assert_within(o->logp, exact->logp, weight + 1e-15 * fabs(exact->logp));
    assert_close(o->top, exact->top, weight);
    assert_close(o->collision, exact->collision, 4 * weight);
    assert_within(o->entropy, exact->entropy, weight + mean);
    assert_within(o->varentropy, exact->varentropy, 2.1e-6 * d[1] + b * (d[2] + d[1] * d[0]) + 1.4 * mean);
    if (exact->top > 0.95) { /* what is not the top is small, and keeps its relative precision */
        assert_close(o->entropy, exact->entropy, 2e-6);
        assert_close(o->varentropy, exact->varentropy, 4e-6);
    }
}

/* The same row with two columns between its elements. */
static info_matrix spread_out(const void *row, int64_t n, info_dtype type, void *out)
{
    const size_t size = type == INFO_F32 ? 4 : 2;
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)out + 3 * (size_t)i * size, (const char *)row + (size_t)i * size, size);
    return (info_matrix){out, 1, n, 3 * n, 3, type, 0};
}

START_TEST(float_rows_are_within_the_stated_error_at_every_level)
{
    const int64_t sizes[] = {1, 15, 16, 31, 33, 63, 65, 511, 513, 4095, 4097, 50257};
    const double temperatures[] = {0, 0.7, 3};
    uint64_t state = 41;
    float *row = malloc(50257 * sizeof *row);
    double *wide = malloc(50257 * sizeof *wide), *given = malloc(50257 * sizeof *given),
           *apart = malloc(3 * 50257 * sizeof *apart);
    for (int kind = 0; kind < HARD_ROWS; kind++)
        for (int k = 0; k < 12; k++)
            for (int t = 0; t < 9; t++) {
                const int64_t n = sizes[k];
                const info_dtype type = t % 3 == 0 ? INFO_F32 : t % 3 == 1 ? INFO_F16 : INFO_BF16;
                const info_lm_options options = {.struct_size = sizeof options, .temperature = temperatures[t / 3]};
                outputs exact, first = {0};
                hard_row(kind, row, n, &state);
                for (int64_t i = 0; i < n; i++)
                    wide[i] = (double)row[i];
                round_to_type(wide, n, type, given);
                const info_matrix x = matrix_of(given, 1, n, type), y = matrix_of(wide, 1, n, INFO_F64),
                                  z = spread_out(given, n, type, apart);
                ck_assert_int_eq(measure(NULL, &y, n - 1, &options, &exact), INFO_OK);
                for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
                    info_ctx *ctx = context(1, cpu);
                    outputs o = {0};
                    if (!ctx)
                        continue;
                    ck_assert_int_eq(measure(ctx, &x, n - 1, &options, &o), INFO_OK);
                    if (cpu == INFO_CPU_C)
                        first = o;
                    ck_assert_mem_eq(&o, &first, sizeof o);
                    ck_assert_int_eq(measure(ctx, &z, n - 1, &options, &o), INFO_OK);
                    ck_assert_mem_eq(&o, &first, sizeof o);
                    info_ctx_destroy(ctx);
                }
                assert_float_row(&first, &exact, wide, n, options.temperature);
            }
    free(row);
    free(wide);
    free(given);
    free(apart);
}
END_TEST

/* The sums of a block are thrown away when it rises so far above those before that f32 cannot hold it. */
START_TEST(a_later_block_may_be_any_height_above)
{
    enum { N = 8192 };
    static float row[N];
    static double wide[N];
    const info_matrix x = matrix_of(row, 1, N, INFO_F32), y = matrix_of(wide, 1, N, INFO_F64);
    for (int height = 2; height < 400; height++) {
        double alone, alone_exact;
        outputs o, exact;
        for (int i = 0; i < N; i++)
            wide[i] = (double)(row[i] = (float)(0.01 * (i % 89) + (i >= N / 2 && i % 512 < 3 ? 0.997 * height : 0)));
        const info_logit_measures m = {.struct_size = sizeof m, .length = 1, .log_sum_exp = &alone};
        const info_logit_measures n = {.struct_size = sizeof n, .length = 1, .log_sum_exp = &alone_exact};
        ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_OK);
        ck_assert_int_eq(measure(NULL, &y, 0, NULL, &exact), INFO_OK);
        assert_float_row(&o, &exact, wide, N, 0);
        ck_assert_int_eq(info_logits_measure(NULL, &x, NULL, 0, NULL, &m), INFO_OK);
        ck_assert_int_eq(info_logits_measure(NULL, &y, NULL, 0, NULL, &n), INFO_OK);
        assert_within(alone, alone_exact, 1.6e-6 + 2.4e-7 * (exact.entropy + 3));
    }
}
END_TEST

/* What is asked for does not change what it is, but for the last bits. */
START_TEST(log_probabilities_alone_are_as_good)
{
    uint64_t state = 43;
    enum { N = 20000 };
    static float row[N];
    for (int kind = 0; kind < HARD_ROWS; kind++) {
        const int64_t target = N - 1;
        double alone, entropy;
        outputs o;
        hard_row(kind, row, N, &state);
        const info_matrix x = matrix_of(row, 1, N, INFO_F32);
        const info_logit_measures m = {.struct_size = sizeof m, .length = 1, .log_probability = &alone};
        const info_logit_measures h = {.struct_size = sizeof h, .length = 1, .entropy = &entropy};
        ck_assert_int_eq(measure(NULL, &x, target, NULL, &o), INFO_OK);
        ck_assert_int_eq(info_logits_measure(NULL, &x, &target, 1, NULL, &m), INFO_OK);
        ck_assert_int_eq(info_logits_measure(NULL, &x, NULL, 0, NULL, &h), INFO_OK);
        assert_within(alone, o.logp, 1.6e-6 + 2.4e-7 * (o.entropy + 3));
        assert_within(entropy, o.entropy, 1.6e-6 * (4 + o.entropy));
    }
}
END_TEST

START_TEST(a_bad_float_is_found_wherever_it_stands)
{
    enum { N = 4200 };
    const double bad[] = {NAN, -NAN, INFINITY};
    static double row[N], given[N];
    for (info_dtype type = INFO_F32; type <= INFO_BF16; type++) {
        const info_matrix x = matrix_of(given, 1, N, type);
        const size_t size = type == INFO_F32 ? 4 : 2;
        for (int sign = -1; sign <= 1; sign += 2) {
            for (int i = 0; i < N; i++)
                row[i] = sign * (i % 7 + 1);
            round_to_type(row, N, type, given);
            for (int i = 0; i < N; i += i > 70 && i < 4080 ? 101 : 1)
                for (int b = 0; b < 3; b++)
                    for (int alone = 0; alone < 2; alone++) {
                        outputs o = {0};
                        double before, wrong = bad[b];
                        memcpy(&before, (char *)given + (size_t)i * size, size);
                        round_to_type(&wrong, 1, type, (char *)given + (size_t)i * size);
                        const info_logit_measures m = {.struct_size = sizeof m, .length = 1, .log_sum_exp = &o.lse};
                        if (alone) {
                            ck_assert_int_eq(info_logits_measure(NULL, &x, NULL, 0, NULL, &m), INFO_INVALID_ROWS);
                        } else {
                            ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_INVALID_ROWS);
                            ck_assert(isnan(o.entropy) && isnan(o.logp) && o.argmax == -1);
                        }
                        ck_assert(isnan(o.lse));
                        memcpy((char *)given + (size_t)i * size, &before, size);
                    }
        }
        for (int i = 0; i < N; i++)
            row[i] = -INFINITY;
        round_to_type(row, N, type, given);
        outputs o;
        ck_assert_int_eq(measure(NULL, &x, 0, NULL, &o), INFO_INVALID_ROWS);
        row[N - 1] = type == INFO_F16 ? -6e4 : -3e38;
        round_to_type(row, N, type, given);
        ck_assert_int_eq(measure(NULL, &x, N - 1, NULL, &o), INFO_OK);
        ck_assert_double_eq(o.entropy, 0);
        ck_assert_double_eq(o.logp, 0);
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

_Static_assert(sizeof(info_lm_options) == 80, "info_lm_options");
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
                                  float_rows_are_within_the_stated_error_at_every_level,
                                  a_later_block_may_be_any_height_above,
                                  log_probabilities_alone_are_as_good,
                                  a_bad_float_is_found_wherever_it_stands,
                                  threads_change_no_bit,
                                  options_out_of_range_are_named,
                                  NULL};
    return run_tests("lm measure", tests);
}
