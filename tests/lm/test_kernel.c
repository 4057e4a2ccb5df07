/* SPDX-License-Identifier: MIT
 * The functions that the kernels of f32 logits rest on, one element at a time: a row of one logit, at every
 * instruction set, against doubles. u is 2^-24. */
#include "lm_support.h"

#include "kernels/cells_f32.h"
#include "kernels/kernels.h"
#include "kernels/pair_f32.h"
#include "kernels/logs_f64.h"
#include "kernels/softmax_f32.h"
#include "kernels/tile_f32.h"
#include "lm/cells_f32.h"
#include "lm/divergence.h"

static const double u = 0x1p-24;

/* Whether the machine has this instruction set. */
static bool has(info_cpu cpu)
{
    static int known[4];
    if (known[cpu] == 0) {
        info_ctx *ctx = context(1, cpu);
        known[cpu] = ctx ? 1 : -1;
        info_ctx_destroy(ctx);
    }
    return known[cpu] > 0;
}

/* 2^t; at every level of the machine. */
static double power_of_two(float t)
{
    double first = 0;
    for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        const info_i_softmax_terms terms = {.factor = 1, .threshold = INFINITY};
        info_i_softmax_sums s;
        if (!has(cpu))
            continue;
        info_i_kernels_of(cpu)->softmax->sums(&t, INFO_F32, 1, &terms, &s);
        if (cpu == INFO_CPU_C)
            first = s.weight;
        assert_same_bits(s.weight, first);
    }
    return first;
}

/* The polynomial 2.6e-8, the table 3.2e-8, the last rounding u. */
START_TEST(powers_of_two_are_within_the_stated_error)
{
    for (int k = -1016; k < 504; k++)
        for (int i = -8; i <= 8; i++) {
            const float t = (float)(k / 8.0 + i / 128.0 * 0.9999);
            if (t >= -126)
                assert_close(power_of_two(t), exp2((double)t), 2.6e-8 + 3.2e-8 + u);
        }
    ck_assert_double_eq(power_of_two(0), 1);
    ck_assert_double_eq(power_of_two(-INFINITY), 0);
    ck_assert_double_eq(power_of_two(-127), 0);
    ck_assert(isnan(power_of_two(NAN)));
}
END_TEST

/* Rounding is even-handed: the mean of N neighbors' errors is free of it but for u sqrt(4 / N), and leaves what the
 * polynomial does; in the middle of an eighth it leaves what the table does. */
START_TEST(means_of_powers_of_two_are_as_good_as_the_polynomial_and_the_table)
{
    enum { N = 2048 };
    for (int eighth = 0; eighth < 8; eighth++)
        for (int part = -8; part < 8; part++) {
            double error = 0;
            for (int i = 0; i < N; i++) {
                const float t = (float)(eighth / 8.0 + (part + (i + 0.37) / N) / 128);
                error += power_of_two(t) / exp2((double)t) - 1;
            }
            assert_within(error / N, 0, 2.6e-8 + (eighth > 0 ? 3.2e-8 : 0) + u * sqrt(4.0 / N));
        }
}
END_TEST

/* exp(-w) - 1 + w = w^2 psi(w), and exp(w) - 1 - w by way of psi(w): 9e-8 in psi, three roundings, and of the reverse
 * (1 - (1 + w) psi, at least 0.26 where |w| < 1) the cancellation. */
START_TEST(psi_is_within_the_stated_error)
{
    for (int i = -999; i < 1000; i++) {
        const float x = 0, y = (float)(-i / 1000.0);
        const double w = -(double)y;
        const info_i_pair_terms terms = {.scale = 1, .factor = 0x1.715476p+0f, .q_slope = 1};
        info_i_pair_sums s;
        info_i_kernels_of(INFO_CPU_C)->pair->sums(&x, INFO_F32, &y, INFO_F32, 1, &terms, &s);
        assert_close(s.forward, info_i_psi(w), 9e-8 + 3 * u);
        assert_close(s.backward, exp(-w) * info_i_psi(-w), (9e-8 + 3 * u) * (1 + 1 / 0.26));
    }
}
END_TEST

/* One cell, of which the larger probability is 1; or sixteen of them, for a kernel may do otherwise where a vector is
 * not full. */
static void mixture_of_one(const info_i_mixture *m, float w, int count, info_i_mixture_sums *s)
{
    float x[16], z[16];
    for (int i = 0; i < count; i++) {
        x[i] = w > 0 ? -w : 0;
        z[i] = w > 0 ? 0 : w;
    }
    const info_i_row_terms terms = {.factor = 0x1.715476p+0f, .scale = 1, .slope = 1, .teacher_slope = 1, .mixture = m};
    info_i_mixture_sums first = {0};
    for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        if (!has(cpu))
            continue;
        info_i_kernels_of(cpu)->cells->mixture(&terms, x, INFO_F32, z, INFO_F32, count, true, s);
        s->divergence /= count;
        s->p_log /= count;
        s->q_log /= count;
        if (cpu == INFO_CPU_C)
            first = *s;
        ck_assert_mem_eq(s, &first, sizeof first);
    }
}

/* A probability is off by what powers of two are, and by 1.3 u per nat, for t and the factor log2(e) are floats.
 * Where |w| < 1 it is multiplied by a polynomial whose terms' sizes add up to twice it (4 u), and three times rounded. Elsewhere logarithms are within 4 u, two
 * products are rounded, and what is left of the difference is at least 1/3.8 of the sum of its parts. */
START_TEST(cells_of_mixtures_are_within_the_stated_error)
{
    const double weights[] = {0.0011, 0.02, 0.1, 0.3, 0.4999, 0.5};
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        const double b = weights[k];
        info_i_mixture m;
        ck_assert(info_i_mixture_terms(b, &m));
        for (int i = -3000; i <= 3000; i++) {
            const float w = (float)(i < -1000 || i > 1000 ? i / 40.0 : i / 1001.0);
            const double d = (double)w, distance = fabs(d);
            const info_i_cell c = {.p = exp(d < 0 ? d : 0),
                                   .q = exp(d > 0 ? -d : 0),
                                   .log_p = d < 0 ? d : 0,
                                   .log_q = d > 0 ? -d : 0,
                                   .d = d};
            const double power = 1.25e-7 + 1.3 * u * fmin(distance, 3), over_q = -log1p(b * expm1(d));
            const double bound = distance < 1 ? power + 7 * u : 3.8 * (power + 6 * u);
            info_i_mixture_sums s;
            for (int count = 1; count <= 16; count += 15) {
                mixture_of_one(&m, w, count, &s);
                assert_close(s.divergence, info_i_cell_js(&c, b), bound);
                if (distance < 80) {
                    assert_close(s.q_log, c.q * over_q, 1.25e-7 + u * (6 + 1.3 * distance));
                    assert_close(s.p_log, c.p * (d + over_q), 1.25e-7 + u * (12 + 1.3 * distance));
                }
            }
        }
    }
}
END_TEST

/* Stated in tile_f32.h. */
START_TEST(softcaps_are_within_the_stated_error)
{
    const info_i_tile_kernels *kernels = info_i_kernels_of(INFO_CPU_C)->tile;
    for (int i = -4000; i < 4000; i += 16) {
        float y[16], given[16];
        for (int k = 0; k < 16; k++)
            y[k] = given[k] = (float)((i + k) / 50.0);
        kernels->soften(y, 16, 30);
        for (int k = 0; k < 16; k++)
            assert_close((double)y[k], 30 * tanh((double)given[k] / 30), 3e-7);
    }
}
END_TEST

/* 4096 equal weights: ten additions in f32 and then f64, whatever the weight is. */
START_TEST(weights_are_added_ten_deep)
{
    enum { N = 4096 };
    static float x[N];
    for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        if (!has(cpu))
            continue;
        for (int k = 1; k < 200; k++) {
            const info_i_softmax_terms terms = {.factor = 1, .detail = 1};
            info_i_softmax_sums all, one;
            for (int i = 0; i < N; i++)
                x[i] = -(float)k / 200;
            const info_i_softmax_kernels *kernels = info_i_kernels_of(cpu)->softmax;
            kernels->sums(x, INFO_F32, N, &terms, &all);
            kernels->sums(x, INFO_F32, 1, &terms, &one);
            assert_close(all.weight, N * one.weight, 10 * u);
            assert_close(all.first, N * one.first, 11 * u);
        }
    }
}
END_TEST

/* ---- Kernels of f64 at every level this machine has ------------------------------ */

static const info_i_logs_kernels *f64_kernels_at(info_cpu cpu)
{
    return has(cpu) ? info_i_kernels_of(cpu)->logs_f64 : NULL;
}

START_TEST(softcaps_of_doubles_are_hyperbolic_tangents)
{
    enum { N = 1003 };
    static double x[N], y[N], d[N], first_x[N], first_d[N];
    for (double cap = 1e-3; cap < 1e6; cap *= 31)
        for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
            const info_i_logs_kernels *kernels = f64_kernels_at(cpu);
            uint64_t state = 5;
            if (!kernels)
                continue;
            for (int i = 0; i < N; i++) {
                x[i] = i == 11 ? NINF : i == 12 ? 0 : normal(&state) * pow(10, 12 * uniform(&state) - 8);
                y[i] = i == 11 || i == 13 ? NINF : x[i] + normal(&state) * fabs(x[i]) * pow(10, -12 * uniform(&state));
                d[i] = x[i] - y[i];
            }
            static double before_x[N], before_y[N];
            memcpy(before_x, x, sizeof x);
            memcpy(before_y, y, sizeof y);
            static double alone_x[N], alone_y[N];
            memcpy(alone_x, x, sizeof x);
            memcpy(alone_y, y, sizeof y);
            kernels->softcap_pairs(N, cap, x, y, d);
            kernels->softcap(N, cap, alone_x);
            kernels->softcap(N, cap, alone_y);
            ck_assert_mem_eq(x, alone_x, sizeof x);
            ck_assert_mem_eq(y, alone_y, sizeof y);
            for (int i = 0; i < N; i++) {
                const long double a = before_x[i] / (long double)cap, b = before_y[i] / (long double)cap;
                if (i == 11 || i == 13) {
                    ck_assert(i != 11 || x[i] == NINF);
                    ck_assert(i == 11 ? isnan(d[i]) : d[i] == INFINITY);
                    continue;
                }
                assert_close(x[i], (double)(cap * tanhl(a)), 4 * 0x1p-52);
                /* sinh(a - b) / (cosh a cosh b), where these are no infinities */
                const long double difference =
                    fabsl(a) < 5000 && fabsl(b) < 5000
                        ? sinhl((before_x[i] - before_y[i]) / (long double)cap) / (coshl(a) * coshl(b))
                        : tanhl(a) - tanhl(b);
                if (fabsl(difference) > 1e-290L && fabsl(a) < 300 && fabsl(b) < 300)
                    assert_close(d[i], (double)(cap * difference), 2e-13);
            }
            if (cpu == INFO_CPU_C) {
                memcpy(first_x, x, sizeof x);
                memcpy(first_d, d, sizeof d);
            }
            ck_assert_mem_eq(x, first_x, sizeof x);
            ck_assert_mem_eq(d, first_d, sizeof d);
        }
}
END_TEST

START_TEST(shares_largest_and_differences_of_doubles)
{
    static double x[40], y[40];
    for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        const info_i_logs_kernels *kernels = f64_kernels_at(cpu);
        if (!kernels)
            continue;
        for (int n = 1; n <= 40; n++)
            for (int place = 0; place < n; place++) {
                const double deep[] = {-707.9, -708.1, -745.9, -746.1};
                double largest;
                for (int k = 0; k < 4; k++) {
                    for (int i = 0; i < n; i++)
                        x[i] = 720 - i;
                    x[place] = 720 + deep[k];
                    y[place] = 7;
                    ck_assert_int_eq(kernels->shares(x, n, 1, 720, 3, y), k == 0 || k == 3);
                    ck_assert(k == 0 || k == 3 || y[place] == 7);
                    if (k == 0)
                        for (int i = 0; i < n; i++)
                            assert_close(y[i], exp(x[i] - 720) / 3, 2 * 0x1p-52);
                }
                for (int i = 0; i < n; i++)
                    x[i] = -5 - (i + n) % 7;
                x[place] = -2;
                ck_assert(kernels->largest(x, n, &largest) && largest == -2);
                x[place] = NINF;
                ck_assert(kernels->largest(x, n, &largest) && largest <= (n == 1 ? NINF : -5));
                x[place] = INFINITY;
                ck_assert(!kernels->largest(x, n, &largest));
                x[place] = NAN;
                ck_assert(!kernels->largest(x, n, &largest));
            }
        for (int i = 0; i < 40; i++) {
            x[i] = i % 5 == 4 ? NINF : 1e10 + i * 0x1p-18;
            y[i] = i % 10 == 4 ? NINF : 1 + i * 0x1p-40;
        }
        double d[40];
        kernels->log_differences(x, y, 1e10 - 1, 0, 40, d);
        for (int i = 0; i < 40; i++)
            if (i % 5 < 4)
                assert_same_bits(d[i], i * (0x1p-18 - 0x1p-40));
            else
                ck_assert(d[i] == (i % 10 == 4 ? 0 : NINF));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {powers_of_two_are_within_the_stated_error,
                                  means_of_powers_of_two_are_as_good_as_the_polynomial_and_the_table,
                                  psi_is_within_the_stated_error,
                                  cells_of_mixtures_are_within_the_stated_error,
                                  softcaps_are_within_the_stated_error,
                                  weights_are_added_ten_deep,
                                  softcaps_of_doubles_are_hyperbolic_tangents,
                                  shares_largest_and_differences_of_doubles,
                                  NULL};
    return run_tests("lm kernel", tests);
}
