/* SPDX-License-Identifier: MIT
 * Laws over magnitudes, kinds of input, orders and instruction sets. */
#include "info/info.h"
#include "../long_double.h"
#include "../support.h"

#include <stdbool.h>

typedef info_status (*pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                               double *, int64_t);
typedef info_status (*order_pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, double,
                                     const info_divergence_options *, double *, int64_t);
typedef info_status (*order_fn)(info_ctx *, const info_matrix *, double, const info_entropy_options *, double *,
                                int64_t);

static info_matrix view(const double *data, int64_t n)
{
    return (info_matrix){data, 1, n, n, 1, INFO_F64, 0};
}

static double of_pair(pair_fn f, info_kind kind, const double *p, const double *q, int64_t n)
{
    const info_matrix a = view(p, n), b = view(q, n);
    const info_divergence_options o = {.struct_size = sizeof o, .p_kind = kind, .q_kind = kind};
    double value = -1;
    ck_assert_int_eq(f(NULL, &a, &b, &o, &value, 1), INFO_OK);
    return value;
}

static double at_order(order_pair_fn f, info_kind kind, const double *p, const double *q, int64_t n, double order)
{
    const info_matrix a = view(p, n), b = view(q, n);
    const info_divergence_options o = {.struct_size = sizeof o, .p_kind = kind, .q_kind = kind};
    double value = -1;
    ck_assert_int_eq(f(NULL, &a, &b, order, &o, &value, 1), INFO_OK);
    return value;
}

static double entropy_of(info_kind kind, const double *p, int64_t n)
{
    const info_matrix x = view(p, n);
    const info_entropy_options o = {.struct_size = sizeof o, .kind = kind};
    double value = -1;
    ck_assert_int_eq(info_entropy(NULL, &x, &o, &value, 1), INFO_OK);
    return value;
}

static double entropy_at(order_fn f, info_kind kind, const double *p, int64_t n, double order)
{
    const info_matrix x = view(p, n);
    const info_entropy_options o = {.struct_size = sizeof o, .kind = kind};
    double value = -1;
    ck_assert_int_eq(f(NULL, &x, order, &o, &value, 1), INFO_OK);
    return value;
}

/* A number in [0, 1). */
static double next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-53;
}

/* ---- Orders ------------------------------------------------------------- */

/* Values from 40 digits of mpmath. */
START_TEST(renyi_divergence_of_large_orders_does_not_overflow)
{
    const double p[] = {.9, .1}, q[] = {1e-4, .9999}, even[] = {.5, .5}, skew[] = {.25, .75};
    const double x[] = {0, -745}, y[] = {-745, 0};
    assert_close(at_order(info_renyi_divergence, INFO_PROBABILITIES, p, q, 2, 78), 9.103611537933189, 1e-14);
    assert_close(at_order(info_renyi_divergence, INFO_PROBABILITIES, p, q, 2, 79), 9.103629080476589, 1e-14);
    assert_close(at_order(info_renyi_divergence, INFO_PROBABILITIES, even, skew, 2, 1030), 0.692473568139576, 1e-14);
    assert_close(at_order(info_renyi_divergence, INFO_LOGITS, x, y, 2, 2), 745, 1e-14);
}
END_TEST

/* D_a does not fall with a, and approaches a = infinity; from 1e-300 to 1e300, of every kind. */
START_TEST(renyi_divergence_rises_with_its_order)
{
    static const double orders[] = {0,   1e-300, 1e-17, 1e-9, .1,   .4999, .5,   .9,   1 - 1e-9, 1,     1 + 1e-9,
                                    1.5, 2,      10,    78,   1030, 1e6,   1e17, 1e80, 1e200,    1e300, INFINITY};
    const int count = sizeof orders / sizeof *orders;
    uint64_t state = 17;
    for (int round = 0; round < 200; round++) {
        double x[5], y[5];
        const double spread = pow(10, -12 + 14.5 * next(&state));
        for (int i = 0; i < 5; i++) {
            x[i] = 10 * (next(&state) - .5);
            y[i] = x[i] + spread * (next(&state) - .5);
        }
        double before = 0;
        for (int k = 0; k < count; k++) {
            const double value = at_order(info_renyi_divergence, INFO_LOGITS, x, y, 5, orders[k]);
            ck_assert_msg(value >= before * (1 - 1e-10) && value < INFINITY, "order %g: %.17g after %.17g", orders[k],
                          value, before);
            before = value;
        }
        assert_close(at_order(info_renyi_divergence, INFO_LOGITS, x, y, 5, 1e300), before, 1e-15);
    }
}
END_TEST

/* H_a does not rise with a, from the number of elements to the largest, of every kind. */
START_TEST(renyi_entropy_falls_with_its_order)
{
    static const double orders[] = {0, 1e-300, 1e-9, .3, .999, 1, 1 + 1e-12, 2, 30, 1e4, 1e16, 1e300, INFINITY};
    const int count = sizeof orders / sizeof *orders;
    uint64_t state = 5;
    for (int round = 0; round < 200; round++) {
        double x[6];
        const double spread = pow(10, -10 + 12 * next(&state));
        for (int i = 0; i < 6; i++)
            x[i] = spread * (next(&state) - .5);
        double before = INFINITY;
        for (int k = 0; k < count; k++) {
            const double value = entropy_at(info_renyi_entropy, INFO_LOGITS, x, 6, orders[k]);
            ck_assert_msg(value <= before * (1 + 1e-14), "order %g: %.17g after %.17g", orders[k], value, before);
            before = value;
            assert_close(entropy_at(info_hill_number, INFO_LOGITS, x, 6, orders[k]), exp(value), 1e-14);
            if (orders[k] != 1 && orders[k] < INFINITY) {
                const double b = orders[k] - 1;
                assert_close(entropy_at(info_tsallis_entropy, INFO_LOGITS, x, 6, orders[k]), -expm1(-b * value) / b,
                             2e-14);
            }
        }
    }
}
END_TEST

START_TEST(orders_of_peaked_counts_keep_their_digits)
{
    const double eight[] = {1, 1e-8}, sixteen[] = {1, 1e-16};
    assert_close(entropy_at(info_renyi_entropy, INFO_COUNTS, eight, 2, 1), entropy_of(INFO_COUNTS, eight, 2), 0);
    assert_close(entropy_of(INFO_COUNTS, eight, 2), 1.9420680554745560e-7, 1e-15);
    assert_close(entropy_at(info_renyi_entropy, INFO_COUNTS, sixteen, 2, 2), 2e-16, 1e-15);
    assert_close(entropy_at(info_renyi_entropy, INFO_COUNTS, sixteen, 2, 1e4), 1e-16 * (1 + 1 / 9999.0), 1e-15);
    assert_close(entropy_at(info_tsallis_entropy, INFO_COUNTS, sixteen, 2, 2), 2e-16, 1e-15);
}
END_TEST

/* A_a(p, q) = A_(1-a)(q, p), also with zero cells and towards both ends. */
START_TEST(alpha_divergence_is_its_own_mirror)
{
    const double p[] = {.5, .3, .2, 0}, q[] = {.1, 0, .2, .7};
    for (double a = 1e-300; a < .5; a *= 1e7)
        assert_close(at_order(info_alpha_divergence, INFO_PROBABILITIES, p, q, 4, a) * a, .7, fmax(20 * a, 1e-15));
    const double r[] = {.4, .3, .2, .1}, s[] = {.1, .2, .3, .4};
    const double kl = of_pair(info_kl, INFO_PROBABILITIES, s, r, 4);
    for (double a = 1e-300; a < 1e-17; a *= 1e7)
        assert_close(at_order(info_alpha_divergence, INFO_PROBABILITIES, r, s, 4, a), kl, 1e-15);
}
END_TEST

/* ---- One distribution, four ways to give it ------------------------------ */

typedef struct given {
    info_kind kind;
    double x[4];
} given;

/* Powers of two: the same distribution exactly, but for what a logarithm rounds. */
START_TEST(kinds_of_input_agree)
{
    static const struct {
        const char *name;
        pair_fn f;
    } pairs[] = {{"kl", info_kl},
                 {"js", info_js},
                 {"jeffreys", info_jeffreys},
                 {"cross_entropy", info_cross_entropy},
                 {"total_variation", info_total_variation},
                 {"hellinger", info_hellinger},
                 {"bhattacharyya", info_bhattacharyya},
                 {"chi_square", info_chi_square},
                 {"chernoff", info_chernoff},
                 {"js_distance", info_js_distance}};
    static const double orders[] = {0, 1e-3, .5, 1, 2, 30};
    for (int scale = 0; scale <= 900; scale += 90) {
        const double tiny = ldexp(1, -scale - 2), p[] = {.5, .25, .25 - tiny, tiny}, q[] = {.25, .5, tiny, .25 - tiny};
        given a[4] = {{.kind = INFO_PROBABILITIES},
                      {.kind = INFO_COUNTS},
                      {.kind = INFO_LOGITS},
                      {.kind = INFO_LOG_PROBABILITIES}};
        given b[4];
        memcpy(b, a, sizeof b);
        for (int i = 0; i < 4; i++) {
            a[0].x[i] = p[i], b[0].x[i] = q[i];
            a[1].x[i] = 4096 * p[i], b[1].x[i] = 1024 * q[i];
            a[2].x[i] = log(p[i]) + 32, b[2].x[i] = log(q[i]) - 64;
            a[3].x[i] = log(p[i]), b[3].x[i] = log(q[i]);
        }
        for (size_t f = 0; f < sizeof pairs / sizeof *pairs; f++)
            for (int k = 1; k < 4; k++) {
                /* The logarithm of tiny is rounded by half an ulp: its exponential by that much. */
                const double rounding = a[k].kind == INFO_COUNTS ? 4e-15 : 1e-15 * (100 + scale);
                assert_close(of_pair(pairs[f].f, a[k].kind, a[k].x, b[k].x, 4),
                             of_pair(pairs[f].f, INFO_PROBABILITIES, a[0].x, b[0].x, 4), rounding);
            }
        for (size_t o = 0; o < sizeof orders / sizeof *orders; o++)
            for (int k = 1; k < 4; k++) {
                const double rounding = a[k].kind == INFO_COUNTS ? 4e-15 : 1e-15 * (100 + scale);
                assert_close(entropy_at(info_renyi_entropy, a[k].kind, a[k].x, 4, orders[o]),
                             entropy_at(info_renyi_entropy, INFO_PROBABILITIES, p, 4, orders[o]), rounding);
                assert_close(at_order(info_renyi_divergence, a[k].kind, a[k].x, b[k].x, 4, orders[o]),
                             at_order(info_renyi_divergence, INFO_PROBABILITIES, p, q, 4, orders[o]), 4 * rounding);
            }
    }
}
END_TEST

/* H(p, p) = H(p) to the last bit, of every kind, length and magnitude, at every instruction set. */
START_TEST(cross_entropy_with_itself_is_entropy)
{
    static const int64_t lengths[] = {1, 2, 3, 16, 17, 33, 1000, 5000};
    uint64_t state = 3;
    double *x = malloc(5000 * sizeof *x), *y = malloc(5000 * sizeof *y);
    for (int32_t cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        const info_ctx_options options = {.struct_size = sizeof options, .cpu = cpu};
        info_ctx *ctx;
        if (info_ctx_create(&options, &ctx) != INFO_OK)
            continue;
        for (int round = 0; round < 400; round++) {
            const int64_t n = lengths[round % 8];
            const info_kind kind = (info_kind)(round / 8 % 4);
            const double depth = round / 32 % 3 == 0 ? 1 : round / 32 % 3 == 1 ? 40 : 900;
            for (int64_t i = 0; i < n; i++) {
                const double log_w = -depth * next(&state);
                x[i] = kind == INFO_LOGITS || kind == INFO_LOG_PROBABILITIES ? log_w : exp(log_w);
                if (kind == INFO_COUNTS && round % 5 == 0)
                    x[i] = floor(1e6 * x[i]) + 1;
            }
            x[n / 2] = kind == INFO_LOGITS || kind == INFO_LOG_PROBABILITIES ? 0 : 1;
            memcpy(y, x, (size_t)n * sizeof *x);
            const info_matrix a = view(x, n), b = view(y, n);
            const info_entropy_options e = {.struct_size = sizeof e, .kind = kind, .normalize = 1};
            const info_divergence_options d = {.struct_size = sizeof d, .p_kind = kind, .q_kind = kind, .normalize = 1};
            double h, c, renyi;
            ck_assert_int_eq(info_entropy(ctx, &a, &e, &h, 1), INFO_OK);
            ck_assert_int_eq(info_cross_entropy(ctx, &a, &b, &d, &c, 1), INFO_OK);
            ck_assert_int_eq(info_renyi_entropy(ctx, &a, 1, &e, &renyi, 1), INFO_OK);
            assert_same_bits(c, h);
            assert_same_bits(renyi, h);
        }
        info_ctx_destroy(ctx);
    }
    free(x);
    free(y);
}
END_TEST

START_TEST(counts_are_compared_before_they_are_divided)
{
    const double c[] = {999999, 1}, near[] = {500001, 500000}, half[] = {500000, 500000};
    assert_same_bits(of_pair(info_cross_entropy, INFO_COUNTS, c, c, 2), entropy_of(INFO_COUNTS, c, 2));
    const info_matrix x = view(near, 2);
    const info_entropy_options o = {.struct_size = sizeof o, .kind = INFO_COUNTS};
    double redundancy;
    ck_assert_int_eq(info_redundancy(NULL, &x, &o, &redundancy, 1), INFO_OK);
    const double s = 1 / 1000001.0, kl = s * s / 2 + s * s * s * s / 12; /* 1/2 sum (1 +- s) log(1 +- s) */
    assert_close(redundancy, kl / log(2), 4e-16);
    assert_close(of_pair(info_kl, INFO_COUNTS, near, half, 2), kl, 4e-16);
}
END_TEST

/* ---- Near-equal rows ------------------------------------------------------ */

/* With y = x + e (1, -1) of equal logits the rows differ by s = tanh(e): every measure has a closed form, of every kind. */
START_TEST(near_equal_rows_keep_their_digits)
{
    for (double e = 1e-2; e > 1e-15; e /= 10) {
        const double s = tanh(e), x[] = {3, 3}, y[] = {3 + e, 3 - e};
        const double up = y[0] - 3, down = 3 - y[1], t = tanh((up + down) / 2);
        (void)s;
        const double js = t * t / 8 + t * t * t * t / 192 * 7 / 1.0; /* leading terms: relative error below t^4 */
        const double tolerance = 1e-14 + t * t * t * t;
        assert_close(of_pair(info_total_variation, INFO_LOGITS, x, y, 2), t / 2, 2e-15);
        assert_close(of_pair(info_chi_square, INFO_LOGITS, y, x, 2), t * t, 4e-15);
        assert_close(of_pair(info_kl, INFO_LOGITS, y, x, 2), t * t / 2 + t * t * t * t / 12, tolerance);
        assert_close(of_pair(info_js, INFO_LOGITS, x, y, 2), js, tolerance);
        assert_close(of_pair(info_hellinger, INFO_LOGITS, x, y, 2),
                     sqrt(1 - (sqrt(1 + t) + sqrt(1 - t)) / 2 > 1e-6 ? 1 - (sqrt(1 + t) + sqrt(1 - t)) / 2
                                                                     : t * t / 8 + 5 * t * t * t * t / 128),
                     e > 1e-3 ? 1e-10 : tolerance);
        assert_close(of_pair(info_js_distance, INFO_LOGITS, x, y, 2), sqrt(js), tolerance);
    }
}
END_TEST

/* A distance is 0 for equal rows only: what is too small to be squared included. */
START_TEST(distances_do_not_underflow)
{
    const double p[] = {1, 5e-324}, q[] = {1, 0};
    assert_close(of_pair(info_js_distance, INFO_PROBABILITIES, p, q, 2), sqrt(log(2) / 2) * sqrt(5e-324), 1e-13);
    assert_close(of_pair(info_hellinger, INFO_PROBABILITIES, p, q, 2), sqrt(.5) * sqrt(5e-324), 1e-13);
    for (double e = 1e-100; e > 1e-300; e *= 1e-20) { /* both are e / (4 sqrt 2) to first order */
        const double x[] = {e, 0}, y[] = {0, 0};
        assert_close(of_pair(info_js_distance, INFO_LOGITS, x, y, 2), e / (4 * sqrt(2)), 1e-14);
        assert_close(of_pair(info_hellinger, INFO_LOGITS, x, y, 2), e / (4 * sqrt(2)), 1e-14);
        assert_close(of_pair(info_js_distance, INFO_LOGITS, y, x, 2), e / (4 * sqrt(2)), 1e-14);
    }
    for (double depth = 500; depth < 1400; depth += 100) { /* e^-depth against 0 */
        const double x[] = {0, -depth}, y[] = {0, -INFINITY};
        assert_close(of_pair(info_hellinger, INFO_LOGITS, x, y, 2), sqrt(.5) * exp(-depth / 2), 3e-13);
        assert_close(of_pair(info_js_distance, INFO_LOGITS, x, y, 2), sqrt(log(2) / 2) * exp(-depth / 2), 3e-13);
    }
}
END_TEST

START_TEST(generalized_js_is_bounded)
{
    const double p[] = {1, 5e-324}, q[] = {1, 0};
    for (double beta = .1; beta < 1; beta += .1)
        ck_assert_double_le(at_order(info_generalized_js, INFO_PROBABILITIES, p, q, 2, beta), 5e-324);
    const double rows[] = {1, 5e-324, 1, 0, 1, 0};
    const info_matrix x = {rows, 3, 2, 2, 1, INFO_F64, 0};
    double js;
    ck_assert_int_eq(info_js_many(NULL, &x, NULL, NULL, &js), INFO_OK);
    ck_assert_double_le(js, 1e-323);
}
END_TEST

/* Of two rows, Jensen-Shannon in every guise. */
START_TEST(js_of_many_near_counts_keeps_its_digits)
{
    for (double n = 10; n < 1e15; n *= 10) {
        const double rows[] = {n + 1, n, n, n};
        const info_matrix x = {rows, 2, 2, 2, 1, INFO_F64, 0};
        const info_entropy_options o = {.struct_size = sizeof o, .kind = INFO_COUNTS};
        double many;
        ck_assert_int_eq(info_js_many(NULL, &x, NULL, &o, &many), INFO_OK);
        const double js = of_pair(info_js, INFO_COUNTS, rows, rows + 2, 2);
        assert_close(many, js, 4e-15);
        assert_close(at_order(info_generalized_js, INFO_COUNTS, rows, rows + 2, 2, .5), js, 4e-15);
        const double s = 1 / (2 * n + 1); /* (1 +- s) / 2 against 1/2: s^2/8 - s^4/192 ... */
        assert_close(js, s * s / 8 + s * s * s * s * 7 / 192, 1e-14 + s * s * s * s);
    }
}
END_TEST

/* ---- Sums of rows that frameworks made ------------------------------------ */

/* softmax in f32 as they make it: eight running sums. */
static void softmax_f32(uint64_t *state, int64_t n, float scale, float *p, bool logarithms)
{
    float sums[8] = {0}, sum = 0, largest = 0;
    for (int64_t i = 0; i < n; i++) {
        p[i] = scale * (float)(next(state) + next(state) + next(state) - 1.5);
        largest = p[i] > largest ? p[i] : largest;
    }
    for (int64_t i = 0; i < n; i++)
        sums[i % 8] += expf(p[i] - largest);
    for (int k = 0; k < 8; k++)
        sum += sums[k];
    for (int64_t i = 0; i < n; i++)
        p[i] = logarithms ? p[i] - largest - logf(sum) : expf(p[i] - largest) / sum;
}

START_TEST(softmax_in_f32_is_a_distribution_at_every_vocabulary)
{
    static const int64_t vocabularies[] = {1000, 50257, 128256, 262144};
    uint64_t state = 11;
    float *p = malloc(262144 * sizeof *p);
    double *wide = malloc(262144 * sizeof *wide);
    for (int v = 0; v < 4; v++)
        for (int round = 0; round < 12; round++) {
            const int64_t n = vocabularies[v];
            const bool logarithms = round % 2;
            softmax_f32(&state, n, (float)(round / 2) * 2 + .01f, p, logarithms);
            const info_matrix x = {p, 1, n, n, 1, INFO_F32, 0}, kept = {wide, 1, n, n, 1, INFO_F64, 0};
            info_entropy_options o = {.struct_size = sizeof o,
                                      .kind = logarithms ? INFO_LOG_PROBABILITIES : INFO_PROBABILITIES};
            double h;
            ck_assert_int_eq(info_entropy(NULL, &x, &o, &h, 1), INFO_OK);
            for (int64_t i = 0; i < n; i++)
                wide[i] = (double)p[i];
            o.precision = INFO_F32;
            ck_assert_int_eq(info_entropy(NULL, &kept, &o, &h, 1), INFO_OK);
        }
    free(p);
    free(wide);
}
END_TEST

/* The allowance is what is written, on both sides, and in the kernels' check as in the one that reads the row again. */
START_TEST(the_tolerance_of_sums_is_what_is_written)
{
    static const struct {
        info_dtype precision;
        double unit, least;
    } types[] = {
        {INFO_F64, 0, 0}, {INFO_F32, 0x1p-24, 0x1p-150}, {INFO_F16, 0x1p-11, 0x1p-25}, {INFO_BF16, 0x1p-8, 0x1p-134}};
    for (int k = 0; k < 4; k++)
        for (int64_t n = 2; n <= 4096; n *= 8) {
            double p[4096], h;
            const double made = types[k].unit > 0 ? 0x1p-29 : 0;
            const double allowed = 1e-6 + types[k].unit + (double)n * (types[k].least + made);
            for (int sign = -1; sign <= 1; sign += 2)
                for (int over = 0; over < 2; over++) {
                    for (int64_t i = 0; i < n; i++)
                        p[i] = 1 / (double)n;
                    p[0] += sign * allowed * (over ? 1.001 : .999);
                    if (p[0] < 0)
                        continue;
                    const info_matrix x = view(p, n);
                    const info_entropy_options o = {.struct_size = sizeof o, .precision = types[k].precision};
                    ck_assert_int_eq(info_entropy(NULL, &x, &o, &h, 1), over ? INFO_ERROR_SUM : INFO_OK);
                    const info_divergence_options d = {.struct_size = sizeof d, .precision = types[k].precision};
                    ck_assert_int_eq(info_kl(NULL, &x, &x, &d, &h, 1), over ? INFO_ERROR_SUM : INFO_OK);
                    ck_assert_int_eq(info_hellinger(NULL, &x, &x, &d, &h, 1), over ? INFO_ERROR_SUM : INFO_OK);
                }
        }
}
END_TEST

/* A plain sum of a million numbers is off by more than the tolerances here differ by. The kernels' check leaves such rows to
 * the exact sum. */
START_TEST(a_sum_at_the_edge_of_the_tolerance_is_judged_exactly)
{
    enum { N = 1 << 20 };
    double *p = malloc(N * sizeof *p), h;
    uint64_t state = 29;
    long double sum = 0;
    for (int i = 0; i < N; i++) {
        p[i] = (1 + next(&state)) / (1.4995 * N);
        sum += (long double)p[i];
    }
    if (!long_double_is_wide()) { /* nor is the sum exact then */
        free(p);
        return;
    }
    const double excess = (double)(sum - 1);
    ck_assert_double_gt(excess, 1e-4);
    const info_matrix x = view(p, N);
    info_entropy_options o = {.struct_size = sizeof o};
    for (int k = -100; k <= 100; k += 3) {
        o.sum_tolerance = excess + k * 1e-15;
        ck_assert_int_eq(info_entropy(NULL, &x, &o, &h, 1), k > 0 ? INFO_OK : INFO_ERROR_SUM);
    }
    free(p);
}
END_TEST

START_TEST(numbers_below_the_smallest_exponential_stay_possible)
{
    for (double depth = 700; depth < 744; depth += .5) {
        const double x[] = {0, -depth};
        ck_assert_double_gt(entropy_of(INFO_LOGITS, x, 2), 0);
        assert_close(entropy_of(INFO_LOGITS, x, 2), exp(-depth) * (1 + depth), depth < 707 ? 1e-13 : 2);
    }
}
END_TEST

/* ---- Gradients of infinite divergences ------------------------------------ */

START_TEST(gradients_of_infinite_divergences_are_no_nan)
{
    const double x[] = {1, 0, 2}, y[] = {0, -INFINITY, 1}, z[] = {-INFINITY, 3, -INFINITY};
    const double *const others[] = {y, z};
    for (int divergence = INFO_GRADIENT_KL; divergence <= INFO_GRADIENT_TOTAL_VARIATION; divergence++)
        for (int k = 0; k < 2; k++) {
            double by_p[3], by_q[3];
            const info_matrix p = view(x, 3), q = view(others[k], 3);
            const info_matrix_out g = {by_p, 1, 3, 3, 1, INFO_F64, 0}, h = {by_q, 1, 3, 3, 1, INFO_F64, 0};
            const info_divergence_options o = {.struct_size = sizeof o, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
            ck_assert_int_eq(info_divergence_gradient(NULL, divergence, &p, &q, &o, &g, &h), INFO_OK);
            for (int i = 0; i < 3; i++)
                ck_assert_msg(!isnan(by_p[i]) && !isnan(by_q[i]), "divergence %d, row %d, element %d", divergence, k,
                              i);
            if (divergence == INFO_GRADIENT_KL && k == 0) {
                ck_assert_double_eq(by_p[1], INFINITY);
                ck_assert_double_eq(by_p[0], -INFINITY);
                ck_assert_double_eq(by_p[2], -INFINITY);
            }
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {renyi_divergence_of_large_orders_does_not_overflow,
                                  renyi_divergence_rises_with_its_order,
                                  renyi_entropy_falls_with_its_order,
                                  orders_of_peaked_counts_keep_their_digits,
                                  alpha_divergence_is_its_own_mirror,
                                  kinds_of_input_agree,
                                  cross_entropy_with_itself_is_entropy,
                                  counts_are_compared_before_they_are_divided,
                                  near_equal_rows_keep_their_digits,
                                  distances_do_not_underflow,
                                  generalized_js_is_bounded,
                                  js_of_many_near_counts_keeps_its_digits,
                                  softmax_in_f32_is_a_distribution_at_every_vocabulary,
                                  the_tolerance_of_sums_is_what_is_written,
                                  a_sum_at_the_edge_of_the_tolerance_is_judged_exactly,
                                  numbers_below_the_smallest_exponential_stay_possible,
                                  gradients_of_infinite_divergences_are_no_nan,
                                  NULL};
    return run_tests("distribution laws", tests);
}
