/* SPDX-License-Identifier: MIT
 * Statistics of rows of f32, f16 and bf16 logits beside those of doubles, at every instruction set. */
#include "measure_support.h"

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
            for (int i = 0; i<N; i += i> 70 && i < 4080 ? 101 : 1)
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

int main(void)
{
    const TTest *const tests[] = {float_rows_are_within_the_stated_error_at_every_level,
                                  a_later_block_may_be_any_height_above, log_probabilities_alone_are_as_good,
                                  a_bad_float_is_found_wherever_it_stands, NULL};
    return run_tests("lm measure of floats", tests);
}
