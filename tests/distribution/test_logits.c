/* SPDX-License-Identifier: MIT
 * Rows of f32, f16 and bf16 logits and log-probabilities: what the vector kernels make of them beside f64 arithmetic on the
 * same numbers (which tests/oracle holds to ball arithmetic), within the bounds of docs/NUMERICS.md, and their laws. */
#include <stdio.h>

#include "../lm/lm_support.h"

typedef info_status (*pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                               double *, int64_t);
typedef info_status (*row_fn)(info_ctx *, const info_matrix *, const info_entropy_options *, double *, int64_t);

static info_status skewed_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len)
{
    return info_generalized_js(ctx, p, q, 0.3, options, out, out_len);
}

enum { KL, JEFFREYS, JS, DISTANCE, SKEWED, VARIATION, CROSS, PAIRS };
static const pair_fn pair_functions[PAIRS] = {info_kl,   info_jeffreys,        info_js,           info_js_distance,
                                              skewed_js, info_total_variation, info_cross_entropy};
enum { ENTROPY, EFFICIENCY, REDUNDANCY, SINGLES };
static const row_fn row_functions[SINGLES] = {info_entropy, info_efficiency, info_redundancy};

static double of_pair(info_ctx *ctx, int f, info_matrix p, info_matrix q, info_kind kind, info_arithmetic arithmetic)
{
    const info_divergence_options o = {
        .struct_size = sizeof o, .p_kind = kind, .q_kind = kind, .arithmetic = arithmetic};
    double value = -1;
    ck_assert_int_eq(pair_functions[f](ctx, &p, &q, &o, &value, 1), INFO_OK);
    return value;
}

static double of_row(info_ctx *ctx, int f, info_matrix x, info_kind kind, info_arithmetic arithmetic)
{
    const info_entropy_options o = {.struct_size = sizeof o, .kind = kind, .arithmetic = arithmetic};
    double value = -1;
    ck_assert_int_eq(row_functions[f](ctx, &x, &o, &value, 1), INFO_OK);
    return value;
}

/* ---- Rows ------------------------------------------------------------------------ */

enum { MOST = 9000, SHAPES = 9 };

/* Two rows of n logits that a model and its copy might give. */
static void make_rows(int shape, double *x, double *y, int64_t n, uint64_t *state)
{
    static const double noise_of[SHAPES] = {0.1, 1e-3, 3, 0.03, 0.1, 0.3, 0.1, 0.02, 0.1};
    for (int64_t i = 0; i < n; i++) {
        x[i] = 3 * normal(state);
        if (shape == 3) /* confident, and nearly equal */
            x[i] += i == n / 2 ? 36 : 0;
        if (shape == 4) /* sharp */
            x[i] *= 12;
        if (shape == 7) /* nearly flat */
            x[i] *= 1e-2;
        y[i] = x[i] + noise_of[shape] * normal(state);
        if (shape == 6) /* at an offset */
            y[i] += 28;
        if (shape == 5 && uniform(state) < 0.4 && i > 0) /* masked alike */
            x[i] = y[i] = -INFINITY;
        if (shape == 8 && uniform(state) < 0.2 && i > 0) /* masked as frameworks do it */
            x[i] = y[i] = -0x1.fep15;                    /* of every type */
    }
}

static double log_sum_of(const double *x, int64_t n)
{
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (int64_t i = 0; i < n; i++)
        sum += exp(x[i] - most);
    return most + log(sum);
}

/* w and m of docs/NUMERICS.md: the error of a log-sum-exp, and of a mean log p besides. */
static double entropy_bound(const double *x, int64_t n, double lse, double entropy)
{
    const double a = 8e-7, b = 1.2e-7;
    double first = 0, second = 0;
    for (int64_t i = 0; i < n; i++) {
        const double log_p = x[i] - lse, p = exp(log_p), distance = p > 0 ? fabs(log_p + entropy) + 0.7 : 0;
        first += p * distance;
        second += p * distance * distance;
    }
    return a + b * first + a * (first + 0.7) + b * (second + 0.7 * first);
}

/* 1e-5 + 6e-7 d: d in nats below the largest logit, of what has all but a millionth of the divergence's terms. */
static double divergence_bound(const double *x, const double *y, int64_t n)
{
    const double p_lse = log_sum_of(x, n), q_lse = log_sum_of(y, n);
    double most = -INFINITY, lowest = 0, largest = 0;
    for (int64_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < n; i++) {
            if (x[i] == -INFINITY)
                continue;
            const double d = (x[i] - y[i]) - (p_lse - q_lse), term = exp(x[i] - p_lse) * d * d;
            if (pass == 0)
                largest = term > largest ? term : largest;
            else if (term > 1e-10 * largest && most - x[i] > lowest)
                lowest = most - x[i];
        }
    return 1e-5 + 6e-7 * lowest;
}

typedef struct rows {
    double x[MOST], y[MOST]; /* as the type holds them */
    double given_x[MOST], given_y[MOST];
    info_matrix p, q;
    info_kind kind;
} rows;

static void make(rows *r, int shape, int64_t n, info_dtype type, info_kind kind, uint64_t *state)
{
    make_rows(shape, r->x, r->y, n, state);
    r->kind = kind;
    if (kind == INFO_LOG_PROBABILITIES) {
        const double p_lse = log_sum_of(r->x, n), q_lse = log_sum_of(r->y, n);
        for (int64_t i = 0; i < n; i++) {
            r->x[i] -= p_lse;
            r->y[i] -= q_lse;
        }
    }
    round_to_type(r->x, n, type, r->given_x);
    round_to_type(r->y, n, type, r->given_y);
    r->p = matrix_of(r->given_x, 1, n, type);
    r->q = matrix_of(r->given_y, 1, n, type);
}

static const int64_t sizes[] = {2, 17, 700, 4097, MOST};

START_TEST(entropies_are_within_the_stated_error_of_f64)
{
    static rows r;
    uint64_t state = 7;
    for (int shape = 0; shape < SHAPES; shape++)
        for (int k = 0; k < 5; k++)
            for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
                for (info_kind kind = INFO_LOG_PROBABILITIES; kind <= INFO_LOGITS; kind++) {
                    const int64_t n = sizes[k];
                    make(&r, shape, n, type, kind, &state);
                    const double exact = of_row(NULL, ENTROPY, r.p, kind, INFO_ARITHMETIC_F64);
                    const double h = of_row(NULL, ENTROPY, r.p, kind, INFO_ARITHMETIC_DEFAULT);
                    double bound = entropy_bound(r.x, n, log_sum_of(r.x, n), exact);
                    if (kind == INFO_LOG_PROBABILITIES) /* the mass multiplies */
                        bound *= 1 + exact;
                    assert_within(h, exact, bound);
                    if (shape == 3) /* peaked: relative to itself */
                        assert_close(h, exact, 4e-6);
                    assert_close(of_row(NULL, EFFICIENCY, r.p, kind, INFO_ARITHMETIC_DEFAULT),
                                 fmin(h / log((double)n), 1), 1e-15);
                    assert_close(of_row(NULL, REDUNDANCY, r.p, kind, INFO_ARITHMETIC_DEFAULT),
                                 of_row(NULL, REDUNDANCY, r.p, kind, INFO_ARITHMETIC_F64), 4e-5);
                }
}
END_TEST

START_TEST(divergences_are_within_the_stated_error_of_f64)
{
    static rows r;
    uint64_t state = 8;
    double worst = 0;
    for (int shape = 0; shape < SHAPES; shape++)
        for (int k = 0; k < 5; k++)
            for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
                for (info_kind kind = INFO_LOG_PROBABILITIES; kind <= INFO_LOGITS; kind++) {
                    const int64_t n = sizes[k];
                    make(&r, shape, n, type, kind, &state);
                    const double bound = divergence_bound(r.x, r.y, n);
                    for (int f = 0; f < CROSS; f++) {
                        const double exact = of_pair(NULL, f, r.p, r.q, kind, INFO_ARITHMETIC_F64);
                        const double value = of_pair(NULL, f, r.p, r.q, kind, INFO_ARITHMETIC_DEFAULT);
                        assert_close(value, exact, bound);
                        if (exact > 0)
                            worst = fmax(worst, fabs(value - exact) / exact);
                    }
                    const double h = of_row(NULL, ENTROPY, r.p, kind, INFO_ARITHMETIC_F64);
                    const double exact = of_pair(NULL, CROSS, r.p, r.q, kind, INFO_ARITHMETIC_F64);
                    assert_within(of_pair(NULL, CROSS, r.p, r.q, kind, INFO_ARITHMETIC_DEFAULT), exact,
                                  2 * entropy_bound(r.x, n, log_sum_of(r.x, n), h) * (1 + h) + bound * fabs(exact - h));
                }
    ck_assert(worst < 5e-6); /* what docs/NUMERICS.md says was measured: half of the least bound, and chosen as that */
}
END_TEST

START_TEST(all_levels_threads_and_strides_give_the_same_bits)
{
    static rows r;
    static double apart_x[3 * MOST], apart_y[3 * MOST];
    uint64_t state = 9;
    for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
        for (info_kind kind = INFO_LOG_PROBABILITIES; kind <= INFO_LOGITS; kind++) {
            const size_t size = type == INFO_F32 ? 4 : 2;
            double first[PAIRS];
            make(&r, 0, MOST, type, kind, &state);
            for (int64_t i = 0; i < MOST; i++) {
                memcpy((char *)apart_x + 3 * (size_t)i * size, (char *)r.given_x + (size_t)i * size, size);
                memcpy((char *)apart_y + 3 * (size_t)i * size, (char *)r.given_y + (size_t)i * size, size);
            }
            const info_matrix x = {apart_x, 1, MOST, 3 * MOST, 3, type, 0},
                              y = {apart_y, 1, MOST, 3 * MOST, 3, type, 0};
            for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
                info_ctx *ctx = context(cpu == INFO_CPU_C ? 1 : 3, cpu);
                for (int f = 0; ctx && f < PAIRS; f++) {
                    const double value = of_pair(ctx, f, r.p, r.q, kind, INFO_ARITHMETIC_DEFAULT);
                    if (cpu == INFO_CPU_C)
                        first[f] = value;
                    assert_same_bits(value, first[f]);
                    assert_same_bits(of_pair(ctx, f, x, y, kind, INFO_ARITHMETIC_DEFAULT), first[f]);
                }
                info_ctx_destroy(ctx);
            }
        }
}
END_TEST

/* ---- Laws ------------------------------------------------------------------------ */

START_TEST(the_cross_entropy_of_a_row_with_itself_is_its_entropy_bit_for_bit)
{
    static rows r;
    uint64_t state = 10;
    for (int shape = 0; shape < SHAPES; shape++)
        for (int k = 0; k < 5; k++)
            for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
                for (info_kind kind = INFO_LOG_PROBABILITIES; kind <= INFO_LOGITS; kind++) {
                    make(&r, shape, sizes[k], type, kind, &state);
                    assert_same_bits(of_pair(NULL, CROSS, r.p, r.p, kind, INFO_ARITHMETIC_DEFAULT),
                                     of_row(NULL, ENTROPY, r.p, kind, INFO_ARITHMETIC_DEFAULT));
                    for (int f = 0; f < CROSS; f++)
                        assert_same_bits(of_pair(NULL, f, r.p, r.p, kind, INFO_ARITHMETIC_DEFAULT), 0);
                }
}
END_TEST

/* A flat row has log n; a row of 0 and log(k), k/(k + 1) and 1/(k + 1). */
START_TEST(closed_forms_hold)
{
    static float row[4096];
    for (int n = 1; n <= 4096; n += n < 40 ? 1 : 507) {
        for (int i = 0; i < n; i++)
            row[i] = -57.25f;
        const info_matrix x = matrix_of(row, 1, n, INFO_F32);
        assert_within(of_row(NULL, ENTROPY, x, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), log(n), 1.6e-6);
        assert_same_bits(of_row(NULL, REDUNDANCY, x, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), 0);
    }
    for (double z = -80; z <= 80; z += 0.73) {
        const float two[2] = {0, (float)z}, flat[2] = {3, 3};
        const double s = 1 / (1 + exp(-(double)two[1])), t = 1 / (1 + exp((double)two[1]));
        const double h = s * log1p(exp(-(double)two[1])) + t * log1p(exp((double)two[1]));
        const double least = fmin(s, t), tv = 0.5 - least;
        const info_matrix x = matrix_of(two, 1, 2, INFO_F32), y = matrix_of(flat, 1, 2, INFO_F32);
        assert_close(of_row(NULL, ENTROPY, x, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), h, 1e-5);
        assert_close(of_pair(NULL, VARIATION, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), tv, 1e-5);
        assert_within(of_pair(NULL, KL, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), log(2) - h, 1e-5);
    }
}
END_TEST

/* Log-ratios whose squares no float holds. */
START_TEST(differences_below_what_floats_square_keep_their_digits)
{
    for (int k = 1; k < 37; k++) {
        const float d = (float)pow(10, -k), two[2] = {0, d}, flat[2] = {0, 0};
        const info_matrix x = matrix_of(two, 1, 2, INFO_F32), y = matrix_of(flat, 1, 2, INFO_F32);
        const double square = (double)d * (double)d, allowed = 2e-6 + square;
        assert_close(of_pair(NULL, KL, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), square / 8, allowed);
        assert_close(of_pair(NULL, JS, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), square / 32, allowed);
        assert_close(of_pair(NULL, DISTANCE, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), (double)d / sqrt(32),
                     allowed);
        assert_close(of_pair(NULL, VARIATION, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), (double)d / 4, allowed);
    }
}
END_TEST

START_TEST(f64_arithmetic_on_request_is_that_of_f64_rows)
{
    static rows r;
    uint64_t state = 11;
    for (int shape = 0; shape < SHAPES; shape++)
        for (info_dtype type = INFO_F32; type <= INFO_BF16; type++) {
            make(&r, shape, 700, type, INFO_LOGITS, &state);
            const info_matrix x = matrix_of(r.x, 1, 700, INFO_F64), y = matrix_of(r.y, 1, 700, INFO_F64);
            for (int f = 0; f < PAIRS; f++)
                assert_same_bits(of_pair(NULL, f, r.p, r.q, INFO_LOGITS, INFO_ARITHMETIC_F64),
                                 of_pair(NULL, f, x, y, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT));
            for (int f = 0; f < SINGLES; f++)
                assert_same_bits(of_row(NULL, f, r.p, INFO_LOGITS, INFO_ARITHMETIC_F64),
                                 of_row(NULL, f, x, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT));
        }
}
END_TEST

START_TEST(an_impossible_symbol_makes_a_divergence_infinite)
{
    const float x[3] = {1, 2, 3}, y[3] = {1, -INFINITY, 3}, lowest[3] = {1, -0x1.fffffep127f, 3};
    const info_matrix p = matrix_of(x, 1, 3, INFO_F32), q = matrix_of(y, 1, 3, INFO_F32),
                      masked = matrix_of(lowest, 1, 3, INFO_F32);
    const double share = exp(2) / (exp(1) + exp(2) + exp(3)), rest = 1 - share;
    ck_assert(of_pair(NULL, KL, p, q, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT) == INFINITY);
    ck_assert(of_pair(NULL, CROSS, p, q, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT) == INFINITY);
    ck_assert(of_pair(NULL, JEFFREYS, q, p, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT) == INFINITY);
    assert_close(of_pair(NULL, KL, q, p, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), -log(rest), 1e-5);
    assert_close(of_pair(NULL, KL, masked, p, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), -log(rest), 1e-5);
    assert_close(of_pair(NULL, VARIATION, p, q, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), share, 1e-5);
    assert_close(of_pair(NULL, VARIATION, p, masked, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), share, 1e-5);
    assert_close(of_pair(NULL, KL, p, masked, INFO_LOGITS, INFO_ARITHMETIC_DEFAULT), share * 0x1.fffffep127, 1e-5);
}
END_TEST

START_TEST(pairings_are_those_of_single_rows)
{
    enum { P = 3, Q = 4, N = 1500 };
    static float x[P * N], y[Q * N];
    double all[P * Q], one[Q];
    uint64_t state = 12;
    for (int i = 0; i < P * N; i++)
        x[i] = (float)normal(&state);
    for (int i = 0; i < Q * N; i++)
        y[i] = (float)normal(&state);
    const info_matrix p = matrix_of(x, P, N, INFO_F32), q = matrix_of(y, Q, N, INFO_F32);
    const info_matrix first = matrix_of(x, 1, N, INFO_F32);
    info_divergence_options o = {.struct_size = sizeof o, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
    ck_assert_int_eq(info_js(NULL, &first, &q, &o, one, Q), INFO_OK);
    o.pairing = INFO_PAIRING_ALL;
    ck_assert_int_eq(info_js(NULL, &p, &q, &o, all, P * Q), INFO_OK);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < Q; j++) {
            const double value = of_pair(NULL, JS, matrix_of(x + i * N, 1, N, INFO_F32),
                                         matrix_of(y + j * N, 1, N, INFO_F32), INFO_LOGITS, INFO_ARITHMETIC_DEFAULT);
            assert_same_bits(all[i * Q + j], value);
            if (i == 0)
                assert_same_bits(one[j], value);
        }
}
END_TEST

START_TEST(logits_beside_log_probabilities_and_counts_are_computed_in_f64)
{
    const float x[3] = {1, 2, 3}, logs[3] = {-1.38629436f, -1.38629436f, -0.693147182f};
    const double counts[3] = {1, 1, 2}, q[3] = {0.25, 0.25, 0.5}, z = exp(1) + exp(2) + exp(3);
    const info_matrix p = matrix_of(x, 1, 3, INFO_F32), l = matrix_of(logs, 1, 3, INFO_F32),
                      c = matrix_of(counts, 1, 3, INFO_F64);
    double expected = 0, value;
    for (int i = 0; i < 3; i++)
        expected += exp(i + 1) / z * (i + 1 - log(z) - log(q[i]));
    info_divergence_options o = {.struct_size = sizeof o, .p_kind = INFO_LOGITS, .q_kind = INFO_COUNTS};
    ck_assert_int_eq(info_kl(NULL, &p, &c, &o, &value, 1), INFO_OK);
    assert_close(value, expected, 1e-14);
    o.q_kind = INFO_LOG_PROBABILITIES;
    ck_assert_int_eq(info_kl(NULL, &p, &l, &o, &value, 1), INFO_OK);
    assert_close(value, expected, 1e-6); /* what the rounding of the log-probabilities does */
}
END_TEST

/* ---- What is wrong --------------------------------------------------------------- */

START_TEST(a_bad_row_is_named_and_may_be_nan)
{
    float x[6] = {1, 2, 3, 1, NAN, 3}, y[6] = {1, 2, 3, 1, 2, 3};
    const info_matrix p = matrix_of(x, 2, 3, INFO_F32), q = matrix_of(y, 2, 3, INFO_F32);
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    info_entropy_options e = {.struct_size = sizeof e, .kind = INFO_LOGITS};
    info_divergence_options d = {.struct_size = sizeof d, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
    double out[2] = {7, 7};
    ck_assert_int_eq(info_entropy(ctx, &p, &e, out, 2), INFO_ERROR_DOMAIN);
    ck_assert_str_eq(info_ctx_message(ctx), "x: row 1, column 1 is nan; logits must be finite or -inf");
    ck_assert_int_eq(info_kl(ctx, &q, &p, &d, out, 2), INFO_ERROR_DOMAIN);
    ck_assert_str_eq(info_ctx_message(ctx), "q: row 1, column 1 is nan; logits must be finite or -inf");
    ck_assert(out[0] == 7 && out[1] == 7);
    e.invalid = d.invalid = INFO_INVALID_NAN;
    ck_assert_int_eq(info_entropy(ctx, &p, &e, out, 2), INFO_INVALID_ROWS);
    ck_assert(out[0] > 0 && isnan(out[1]));
    ck_assert_int_eq(info_kl(ctx, &q, &p, &d, out, 2), INFO_INVALID_ROWS);
    ck_assert(out[0] == 0 && isnan(out[1]));
    e.arithmetic = 2;
    ck_assert_int_eq(info_entropy(ctx, &p, &e, out, 2), INFO_ERROR_OPTION);
    ck_assert(strstr(info_ctx_message(ctx), "options.arithmetic") != NULL);
    d.arithmetic = -1;
    ck_assert_int_eq(info_kl(ctx, &q, &p, &d, out, 2), INFO_ERROR_OPTION);
    info_ctx_destroy(ctx);
}
END_TEST

/* Of rows of 20 000 f32 log-probabilities that are off by a factor, those within the tolerance pass, whatever computes them. */
START_TEST(the_sum_of_log_probabilities_is_judged_as_in_f64)
{
    enum { N = 20000 };
    static float row[N];
    const double tolerance = 1e-6 + 0x1p-24 * (1 + log(N)) + N * (0x1p-150 + 0x1p-29);
    const info_matrix x = matrix_of(row, 1, N, INFO_F32);
    for (int k = -40; k <= 40; k++) {
        const double off = k / 20.0 * tolerance;
        double mass = 0, value[2];
        for (int i = 0; i < N; i++) {
            row[i] = (float)(log1p(off) - log(N));
            mass += exp((double)row[i]);
        }
        for (info_arithmetic a = INFO_ARITHMETIC_DEFAULT; a <= INFO_ARITHMETIC_F64; a++) {
            const info_entropy_options o = {.struct_size = sizeof o, .kind = INFO_LOG_PROBABILITIES, .arithmetic = a};
            if (fabs(fabs(mass - 1) - tolerance) > 1e-9)
                ck_assert_int_eq(info_entropy(NULL, &x, &o, &value[a], 1),
                                 fabs(mass - 1) <= tolerance ? INFO_OK : INFO_ERROR_SUM);
        }
        if (fabs(mass - 1) < tolerance - 1e-9)
            assert_within(value[0], value[1], 1e-4 * 1e-1);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {entropies_are_within_the_stated_error_of_f64,
                                  divergences_are_within_the_stated_error_of_f64,
                                  all_levels_threads_and_strides_give_the_same_bits,
                                  the_cross_entropy_of_a_row_with_itself_is_its_entropy_bit_for_bit,
                                  closed_forms_hold,
                                  differences_below_what_floats_square_keep_their_digits,
                                  f64_arithmetic_on_request_is_that_of_f64_rows,
                                  an_impossible_symbol_makes_a_divergence_infinite,
                                  pairings_are_those_of_single_rows,
                                  logits_beside_log_probabilities_and_counts_are_computed_in_f64,
                                  a_bad_row_is_named_and_may_be_nan,
                                  the_sum_of_log_probabilities_is_judged_as_in_f64,
                                  NULL};
    return run_tests("distribution logits", tests);
}
