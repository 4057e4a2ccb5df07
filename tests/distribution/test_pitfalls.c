/* SPDX-License-Identifier: MIT
 * Laws of distributions that libraries in use are known to have broken (docs/PITFALLS.md), where they are not
 * among the closed forms of the other files. */
#include <fenv.h>
#include <stdio.h>

#include "../support.h"
#include "info/info.h"

typedef info_status (*pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                               double *, int64_t);
typedef info_status (*order_pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, double,
                                     const info_divergence_options *, double *, int64_t);
typedef info_status (*order_fn)(info_ctx *, const info_matrix *, double, const info_entropy_options *, double *,
                                int64_t);

static const pair_fn pair_functions[] = {
    info_cross_entropy,   info_kl,        info_jeffreys,      info_js,       info_js_distance,
    info_total_variation, info_hellinger, info_bhattacharyya, info_chernoff, info_chi_square};
static const order_pair_fn order_pair_functions[] = {info_renyi_divergence, info_tsallis_divergence,
                                                     info_alpha_divergence, info_generalized_js};
static const order_fn order_functions[] = {info_renyi_entropy, info_tsallis_entropy, info_hill_number};
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static info_matrix row_of(const void *data, int64_t cols, info_dtype dtype)
{
    return (info_matrix){data, 1, cols, cols, 1, dtype, 0};
}

static double of_pair(info_ctx *ctx, pair_fn f, info_matrix p, info_matrix q)
{
    double value = -1;
    ck_assert_int_eq(f(ctx, &p, &q, NULL, &value, 1), INFO_OK);
    return value;
}

static double entropy_of(info_ctx *ctx, info_matrix x, info_kind kind)
{
    const info_entropy_options options = {.struct_size = sizeof options, .kind = kind};
    double value = -1;
    ck_assert_int_eq(info_entropy(ctx, &x, &options, &value, 1), INFO_OK);
    return value;
}

/* A context at an instruction set, or NULL where the machine lacks it. */
static info_ctx *at_level(info_cpu cpu)
{
    const info_ctx_options options = {.struct_size = sizeof options, .cpu = cpu};
    info_ctx *ctx = NULL;
    if (info_ctx_create(&options, &ctx) != INFO_OK)
        printf("skipped: level %d, not on this machine\n", (int)cpu);
    return ctx;
}

/* ---- Rows of a vocabulary ----------------------------------------------- */

/* head, then 2^17 times tail, in both types; exact in each. */
enum { TAIL = 1 << 17, ROW = TAIL + 1 };

typedef struct row {
    double f64[ROW];
    float f32[ROW];
} row;

static void fill(row *r, double head, double tail)
{
    for (int i = 0; i < ROW; i++)
        r->f32[i] = (float)(r->f64[i] = i == 0 ? head : tail);
}

static info_matrix view(const row *r, info_dtype dtype)
{
    return row_of(dtype == INFO_F64 ? (const void *)r->f64 : r->f32, ROW, dtype);
}

/* All but 2^-24 (2^-13) of the mass on one token: what is added to a probability before its logarithm, 1e-7 or
 * 1e-12, would be most of what the other 131072 say. */
START_TEST(a_peaked_row_of_a_vocabulary_has_its_closed_form_at_every_level)
{
    static row p, q;
    fill(&p, 1 - 0x1p-24, 0x1p-41);
    fill(&q, 1 - 0x1p-13, 0x1p-30);
    const double gap = log1p(-0x1p-24) - log1p(-0x1p-13);
    const double kl = (1 - 0x1p-24) * gap - 0x1p-24 * 11 * log(2);
    const double reverse = 0x1p-13 * 11 * log(2) - (1 - 0x1p-13) * gap;
    const double h = 0x1p-24 * 41 * log(2) - (1 - 0x1p-24) * log1p(-0x1p-24);
    for (info_dtype dtype = INFO_F64; dtype <= INFO_F32; dtype++) {
        double first[3] = {0};
        for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
            info_ctx *ctx = at_level(cpu);
            if (!ctx)
                continue;
            const double value[3] = {of_pair(ctx, info_kl, view(&p, dtype), view(&q, dtype)),
                                     of_pair(ctx, info_kl, view(&q, dtype), view(&p, dtype)),
                                     entropy_of(ctx, view(&p, dtype), INFO_PROBABILITIES)};
            /* 2 ulp of the measure, 3 of the formula's own roundings. */
            assert_close(value[0], kl, 5 * 0x1p-52);
            assert_close(value[1], reverse, 5 * 0x1p-52);
            assert_close(value[2], h, 5 * 0x1p-52);
            if (cpu == INFO_CPU_C)
                memcpy(first, value, sizeof first);
            ck_assert_mem_eq(value, first, sizeof first);
            info_ctx_destroy(ctx);
        }
    }
}
END_TEST

START_TEST(disjoint_rows_of_a_vocabulary_are_log_2_apart_at_every_level)
{
    static row p, q;
    fill(&p, 0, 0);
    fill(&q, 0, 0);
    for (int i = 0; i < TAIL / 2; i++) {
        p.f32[2 * i] = q.f32[2 * i + 1] = 0x1p-16f;
        p.f64[2 * i] = q.f64[2 * i + 1] = 0x1p-16;
    }
    for (info_dtype dtype = INFO_F64; dtype <= INFO_F32; dtype++)
        for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
            info_ctx *ctx = at_level(cpu);
            if (!ctx)
                continue;
            const info_matrix a = view(&p, dtype), b = view(&q, dtype);
            assert_close(of_pair(ctx, info_js, a, b), log(2), 0x1p-52);
            assert_close(of_pair(ctx, info_js_distance, a, b), sqrt(log(2)), 0x1p-52);
            ck_assert_double_eq(of_pair(ctx, info_total_variation, a, b), 1);
            ck_assert_double_eq(of_pair(ctx, info_kl, a, b), INFINITY);
            ck_assert_double_eq(of_pair(ctx, info_jeffreys, a, b), INFINITY);
            ck_assert_double_eq(of_pair(ctx, info_hellinger, a, b), 1);
            info_ctx_destroy(ctx);
        }
}
END_TEST

/* ---- Zeros -------------------------------------------------------------- */

/* p is q given an event of probability 1/2: every Renyi divergence from q is log 2, and from p to q, which has
 * mass where p has none, a/(1 - a) log 2 below order 1 and infinite from there. */
START_TEST(a_zero_probability_has_an_answer_in_every_divergence)
{
    const double given[] = {.5, .5, 0}, whole[] = {.25, .25, .5};
    const info_matrix p = row_of(given, 3, INFO_F64), q = row_of(whole, 3, INFO_F64);
    const double bc = sqrt(.5);
    assert_close(of_pair(NULL, info_kl, p, q), log(2), 0x1p-52);
    ck_assert_double_eq(of_pair(NULL, info_kl, q, p), INFINITY);
    ck_assert_double_eq(of_pair(NULL, info_cross_entropy, q, p), INFINITY);
    assert_close(of_pair(NULL, info_cross_entropy, p, q), log(4), 0x1p-52);
    ck_assert_double_eq(of_pair(NULL, info_jeffreys, p, q), INFINITY);
    assert_close(of_pair(NULL, info_chi_square, p, q), 1, 0x1p-51);
    ck_assert_double_eq(of_pair(NULL, info_chi_square, q, p), INFINITY);
    assert_close(of_pair(NULL, info_js, p, q), .5 * log(4. / 3) + .25 * log(2. / 3) + .25 * log(2), 0x1p-50);
    assert_close(of_pair(NULL, info_bhattacharyya, p, q), -log(bc), 0x1p-50);
    assert_close(of_pair(NULL, info_hellinger, p, q), sqrt(1 - bc), 0x1p-50);
    const double orders[] = {0, .25, .5, 1, 2, 7, INFINITY};
    for (int k = 0; k < COUNT(orders); k++) {
        double forward = -1, back = -1;
        ck_assert_int_eq(info_renyi_divergence(NULL, &p, &q, orders[k], NULL, &forward, 1), INFO_OK);
        ck_assert_int_eq(info_renyi_divergence(NULL, &q, &p, orders[k], NULL, &back, 1), INFO_OK);
        assert_close(forward, log(2), 0x1p-50);
        assert_close(back, orders[k] < 1 ? orders[k] / (1 - orders[k]) * log(2) : INFINITY, 0x1p-50);
    }
}
END_TEST

START_TEST(symbols_that_never_occur_change_no_measure)
{
    const double p[] = {.5, .25, .125, .125}, q[] = {.125, .125, .25, .5};
    const double p_more[] = {0, .5, .25, 0, 0, .125, .125, 0}, q_more[] = {0, .125, .125, 0, 0, .25, .5, 0};
    const info_matrix a = row_of(p, 4, INFO_F64), b = row_of(q, 4, INFO_F64);
    const info_matrix c = row_of(p_more, 8, INFO_F64), d = row_of(q_more, 8, INFO_F64);
    assert_close(entropy_of(NULL, c, INFO_PROBABILITIES), entropy_of(NULL, a, INFO_PROBABILITIES), 0x1p-52);
    for (int f = 0; f < COUNT(pair_functions); f++)
        assert_close(of_pair(NULL, pair_functions[f], c, d), of_pair(NULL, pair_functions[f], a, b), 0x1p-50);
    const double orders[] = {0, .5, 1, 1.5, 2, INFINITY};
    for (int k = 0; k < COUNT(orders); k++) {
        double x, y;
        for (int f = 0; f < COUNT(order_functions); f++) {
            if (isinf(orders[k]) && order_functions[f] == info_tsallis_entropy)
                continue;
            ck_assert_int_eq(order_functions[f](NULL, &a, orders[k], NULL, &x, 1), INFO_OK);
            ck_assert_int_eq(order_functions[f](NULL, &c, orders[k], NULL, &y, 1), INFO_OK);
            assert_close(y, x, 0x1p-50);
        }
        for (int f = 0; f < COUNT(order_pair_functions) && orders[k] <= 1; f++) {
            if (order_pair_functions[f] == info_generalized_js && orders[k] != .5)
                continue; /* its ends are no divergences */
            ck_assert_int_eq(order_pair_functions[f](NULL, &a, &b, orders[k], NULL, &x, 1), INFO_OK);
            ck_assert_int_eq(order_pair_functions[f](NULL, &c, &d, orders[k], NULL, &y, 1), INFO_OK);
            assert_close(y, x, 0x1p-50);
        }
    }
}
END_TEST

/* ---- What is no distribution -------------------------------------------- */

START_TEST(no_measure_takes_nan_negatives_or_a_sum_that_is_not_1)
{
    const double good[] = {.5, .25, .25};
    const struct {
        double row[3];
        info_status status;
    } bad[] = {{{.5, NAN, .5}, INFO_ERROR_DOMAIN},    {{.5, .75, -.25}, INFO_ERROR_DOMAIN},
               {{INFINITY, 0, 0}, INFO_ERROR_DOMAIN}, {{.5, .25, .125}, INFO_ERROR_SUM},
               {{2, 8, 0}, INFO_ERROR_SUM},           {{0, 0, 0}, INFO_ERROR_SUM}};
    const info_matrix g = row_of(good, 3, INFO_F64);
    for (int k = 0; k < COUNT(bad); k++) {
        const info_matrix x = row_of(bad[k].row, 3, INFO_F64);
        double out = 7;
        ck_assert_int_eq(info_entropy(NULL, &x, NULL, &out, 1), bad[k].status);
        for (int f = 0; f < COUNT(order_functions); f++)
            ck_assert_int_eq(order_functions[f](NULL, &x, 2, NULL, &out, 1), bad[k].status);
        for (int f = 0; f < COUNT(pair_functions); f++) {
            ck_assert_int_eq(pair_functions[f](NULL, &x, &g, NULL, &out, 1), bad[k].status);
            ck_assert_int_eq(pair_functions[f](NULL, &g, &x, NULL, &out, 1), bad[k].status);
        }
        for (int f = 0; f < COUNT(order_pair_functions); f++) {
            ck_assert_int_eq(order_pair_functions[f](NULL, &x, &g, .5, NULL, &out, 1), bad[k].status);
            ck_assert_int_eq(order_pair_functions[f](NULL, &g, &x, .5, NULL, &out, 1), bad[k].status);
        }
        ck_assert_double_eq(out, 7);
    }
}
END_TEST

START_TEST(rescaling_is_asked_for_and_is_division_by_the_sum)
{
    const double weights[] = {2, 8}, p[] = {.2, .8}, other[] = {1, 9}, q[] = {.1, .9};
    const info_matrix a = row_of(weights, 2, INFO_F64), b = row_of(other, 2, INFO_F64);
    const info_divergence_options options = {.struct_size = sizeof options, .normalize = 1};
    for (int f = 0; f < COUNT(pair_functions); f++) {
        double value = 7;
        ck_assert_int_eq(pair_functions[f](NULL, &a, &b, NULL, &value, 1), INFO_ERROR_SUM);
        ck_assert_double_eq(value, 7);
        ck_assert_int_eq(pair_functions[f](NULL, &a, &b, &options, &value, 1), INFO_OK);
        /* .2 and .1 are rounded, a relative 2^-54 that near-equal rows see times p/(p - q) = 9 at most. */
        assert_close(value, of_pair(NULL, pair_functions[f], row_of(p, 2, INFO_F64), row_of(q, 2, INFO_F64)),
                     16 * 0x1p-52);
    }
}
END_TEST

/* ---- Counts ------------------------------------------------------------- */

/* Counts are taken as real numbers: multiples by a power of two are the same distribution, to the last bit, and
 * neither a count of 2^32, nor a sum of 2^64, nor an odd quotient is anything special. */
START_TEST(counts_beyond_32_and_64_bits_do_not_wrap)
{
    const double counts[] = {1, 2, 4, 5, 0}, others[] = {3, 1, 1, 6, 7};
    const info_divergence_options options = {
        .struct_size = sizeof options, .p_kind = INFO_COUNTS, .q_kind = INFO_COUNTS};
    const info_matrix one = row_of(counts, 5, INFO_F64), two = row_of(others, 5, INFO_F64);
    const double h = log(12) - (2 * log(2) + 4 * log(4) + 5 * log(5)) / 12;
    double kl;
    ck_assert_int_eq(info_kl(NULL, &one, &two, &options, &kl, 1), INFO_OK);
    assert_close(entropy_of(NULL, one, INFO_COUNTS), h, 4 * 0x1p-52);
    for (int shift = 1; shift <= 90; shift++) {
        double x[5], y[5], value;
        float z[5];
        for (int i = 0; i < 5; i++) {
            z[i] = (float)(x[i] = ldexp(counts[i], shift));
            y[i] = ldexp(others[i], 91 - shift);
        }
        const info_matrix a = row_of(x, 5, INFO_F64), b = row_of(y, 5, INFO_F64), c = row_of(z, 5, INFO_F32);
        assert_same_bits(entropy_of(NULL, a, INFO_COUNTS), entropy_of(NULL, one, INFO_COUNTS));
        assert_same_bits(entropy_of(NULL, c, INFO_COUNTS), entropy_of(NULL, one, INFO_COUNTS));
        ck_assert_int_eq(info_kl(NULL, &a, &b, &options, &value, 1), INFO_OK);
        assert_same_bits(value, kl);
    }
}
END_TEST

/* ---- Tiny probabilities ------------------------------------------------- */

/* The host has asked for a signal at a division by zero, an invalid operation or an overflow: none comes. */
START_TEST(tiny_probabilities_raise_no_signal)
{
    const double t = 0x1p-1074, tiny[] = {1, t}, faint[] = {t, 1}, half[] = {.5, .5};
    const info_matrix p = row_of(tiny, 2, INFO_F64), q = row_of(faint, 2, INFO_F64), r = row_of(half, 2, INFO_F64);
    double h = -1, near = -1, far = -1, chi = -1, js = -1;
    feclearexcept(FE_ALL_EXCEPT);
    const int before = feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
    const info_status statuses[] = {info_entropy(NULL, &p, NULL, &h, 1), info_kl(NULL, &p, &r, NULL, &near, 1),
                                    info_kl(NULL, &p, &q, NULL, &far, 1), info_chi_square(NULL, &r, &p, NULL, &chi, 1),
                                    info_js(NULL, &p, &q, NULL, &js, 1)};
    fedisableexcept(FE_ALL_EXCEPT);
    feenableexcept(before > 0 ? before : 0);
    for (int i = 0; i < COUNT(statuses); i++)
        ck_assert_int_eq(statuses[i], INFO_OK);
    ck_assert_double_eq(h, 744 * t); /* t log(1/t) = 744.44 t, to the nearest number there is */
    assert_close(near, log(2), 0x1p-52);
    assert_close(far, 1074 * log(2), 0x1p-51);
    ck_assert_double_eq(chi, INFINITY); /* 2^1072: beyond the largest double */
    assert_close(js, log(2), 0x1p-52);
}
END_TEST

/* t = 2^-1060 on one side and on the other of a certain third: t log 2 between them, to the nearest subnormal number. */
START_TEST(tiny_probabilities_keep_the_digits_there_are)
{
    const double t = 0x1p-1060, one[] = {1, t, 0}, other[] = {1, 0, t};
    const info_matrix p = row_of(one, 3, INFO_F64), q = row_of(other, 3, INFO_F64);
    ck_assert_double_eq(of_pair(NULL, info_js, p, q), t * log(2));
    ck_assert_double_eq(of_pair(NULL, info_total_variation, p, q), t);
}
END_TEST

/* Within the tolerance of its type and not beyond, on both sides of 1, for measures that check a row while they sum it and
 * for those that read it first. */
START_TEST(a_sum_is_judged_by_the_tolerance_of_its_type)
{
    enum { N = 1000 };
    static double elements[N];
    const double stored[] = {0, 0x1p-24, 0x1p-11, 0x1p-8}, least[] = {0, 0x1p-150, 0x1p-25, 0x1p-134};
    const double parts[] = {0.5, 0.9, 0.99, 1.01, 1.1, 2, 11};
    const info_matrix x = row_of(elements, N, INFO_F64);
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int logs = 0; logs < 2; logs++)
            for (int k = 0; k < 14; k++) {
                const double u = stored[type] * (logs ? 1 + log(N) : 1);
                const double tolerance = 1e-6 + (type == INFO_F64 ? 0 : u + N * (least[type] + 0x1p-29));
                const double off = parts[k / 2] * tolerance * (k % 2 ? 1 : -1), p = (1 + off) / N;
                const info_kind kind = logs ? INFO_LOG_PROBABILITIES : INFO_PROBABILITIES;
                const info_entropy_options o = {.struct_size = sizeof o, .kind = kind, .precision = type};
                const info_divergence_options d = {
                    .struct_size = sizeof d, .p_kind = kind, .q_kind = kind, .precision = type};
                const info_status expected = parts[k / 2] < 1 ? INFO_OK : INFO_ERROR_SUM;
                double value;
                for (int i = 0; i < N; i++)
                    elements[i] = logs ? log(p) : p;
                ck_assert_int_eq(info_entropy(NULL, &x, &o, &value, 1), expected);
                ck_assert_int_eq(info_renyi_entropy(NULL, &x, 2, &o, &value, 1), expected);
                ck_assert_int_eq(info_kl(NULL, &x, &x, &d, &value, 1), expected);
                ck_assert_int_eq(info_hellinger(NULL, &x, &x, &d, &value, 1), expected);
            }
}
END_TEST

/* All but 2^-k on one symbol: sums far below the bias beside which the kernels add. */
/* A sum in eight lanes, beside which every other number is 5/4 of a last place, loses a fifth of these: the row is judged by
 * its exact sum all the same. */
START_TEST(a_sum_is_judged_exactly_at_any_tolerance)
{
    enum { N = 4096 };
    static double p[N];
    double off = 0, h;
    for (int i = 0; i < N; i++) {
        p[i] = i < 8 ? 0.125 : i >= 16 && i % 16 < 8 ? 1.25 * 0x1p-55 : 0;
        off += i < 8 ? 0 : p[i];
    }
    const info_matrix x = row_of(p, N, INFO_F64);
    for (int k = 0; k < 2; k++) {
        const info_entropy_options o = {.struct_size = sizeof o, .sum_tolerance = k == 0 ? 0.9 * off : 1.1 * off};
        const info_divergence_options d = {.struct_size = sizeof d, .sum_tolerance = o.sum_tolerance};
        const info_status status = k == 0 ? INFO_ERROR_SUM : INFO_OK;
        ck_assert_int_eq(info_entropy(NULL, &x, &o, &h, 1), status);
        ck_assert_int_eq(info_kl(NULL, &x, &x, &d, &h, 1), status);
    }
}
END_TEST

START_TEST(small_entropies_and_divergences_keep_their_digits)
{
    for (int k = 8; k < 53; k++)
        for (int n = 20; n < 600; n += 191) { /* rows that few terms of double-double are not for */
            double p[600] = {0}, q[600] = {0}, value;
            const double e = ldexp(1, -k), f = ldexp(1, -k - 1);
            p[n / 2] = 1 - e;
            p[n - 1] = e;
            q[n / 2] = 1 - f;
            q[n - 1] = f;
            const double h = e * k * log(2) - (1 - e) * log1p(-e);
            /* KL(p || q) = e log 2 + (1 - e) log((1 - e) / (1 - f)), of which the latter is near -f */
            const double kl = e * log(2) + (1 - e) * log1p(-f / (1 - f));
            assert_close(entropy_of(NULL, row_of(p, n, INFO_F64), INFO_PROBABILITIES), h, 5 * 0x1p-52);
            value = of_pair(NULL, info_kl, row_of(p, n, INFO_F64), row_of(q, n, INFO_F64));
            assert_close(value, kl, 20 * 0x1p-52); /* the formula cancels by a factor of 7 */
            value = of_pair(NULL, info_cross_entropy, row_of(p, n, INFO_F64), row_of(q, n, INFO_F64));
            assert_close(value, e * (k + 1) * log(2) - (1 - e) * log1p(-f), 5 * 0x1p-52);
        }
}
END_TEST

/* exp(-720) is a subnormal number, and no 0. */
START_TEST(a_logit_720_below_the_largest_still_counts)
{
    for (int n = 2; n < 40; n += 5)
        for (double gap = 700; gap < 744; gap += 0.5) {
            double x[40] = {0};
            for (int i = 1; i < n; i++)
                x[i] = -gap;
            /* (n - 1) exp(-gap) (gap + 1), to the digits there are */
            const double digits = 2 * 0x1p-1074 / exp(-gap) + 1e-13;
            assert_close(entropy_of(NULL, row_of(x, n, INFO_F64), INFO_LOGITS), (n - 1) * exp(-gap) * (gap + 1),
                         digits);
            double y[40] = {0}, kl;
            for (int i = 1; i < n; i++)
                y[i] = x[i] - 1;
            const info_matrix p = row_of(x, n, INFO_F64), q = row_of(y, n, INFO_F64);
            const info_divergence_options o = {.struct_size = sizeof o, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
            ck_assert_int_eq(info_kl(NULL, &p, &q, &o, &kl, 1), INFO_OK);
            assert_close(kl, (n - 1) * exp(-gap - 1), 8 * digits); /* p - p + q of each */
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_peaked_row_of_a_vocabulary_has_its_closed_form_at_every_level,
                                  disjoint_rows_of_a_vocabulary_are_log_2_apart_at_every_level,
                                  a_zero_probability_has_an_answer_in_every_divergence,
                                  symbols_that_never_occur_change_no_measure,
                                  no_measure_takes_nan_negatives_or_a_sum_that_is_not_1,
                                  rescaling_is_asked_for_and_is_division_by_the_sum,
                                  counts_beyond_32_and_64_bits_do_not_wrap,
                                  a_sum_is_judged_by_the_tolerance_of_its_type,
                                  a_sum_is_judged_exactly_at_any_tolerance,
                                  small_entropies_and_divergences_keep_their_digits,
                                  a_logit_720_below_the_largest_still_counts,
                                  tiny_probabilities_raise_no_signal,
                                  tiny_probabilities_keep_the_digits_there_are,
                                  NULL};
    return run_tests("distribution pitfalls", tests);
}
