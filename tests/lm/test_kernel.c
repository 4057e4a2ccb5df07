/* SPDX-License-Identifier: MIT
 * The functions that the kernels of f32 logits rest on, one element at a time: a row of one logit, at every
 * instruction set, against doubles. u is 2^-24. */
#include "lm_support.h"

#include "kernels/cells_f32.h"
#include "kernels/kernels.h"
#include "kernels/pair_f32.h"
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

int main(void)
{
    const TTest *const tests[] = {powers_of_two_are_within_the_stated_error,
                                  means_of_powers_of_two_are_as_good_as_the_polynomial_and_the_table,
                                  psi_is_within_the_stated_error,
                                  cells_of_mixtures_are_within_the_stated_error,
                                  softcaps_are_within_the_stated_error,
                                  NULL};
    return run_tests("lm kernel", tests);
}
