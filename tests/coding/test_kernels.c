/* SPDX-License-Identifier: MIT
 * The inner loops of mixtures: the same bits at every instruction set, exponentials and logarithms within 2 ulp. */
#include "problems.h"

#include "core/core.h"
#include "kernels/mixture.h"

enum { N = 20011 };
static double x[N], y[N], plain[N];

static double ulps(double found, long double truth)
{
    const double near = fabs((double)truth);
    return fabs((double)(((long double)found - truth) / (long double)(nextafter(near, INFINITY) - near)));
}

START_TEST(exponentials_are_within_two_ulps)
{
    uint64_t seed = 1;
    for (int i = 0; i < N; i++)
        x[i] = -pow(10, -9 + 11.85 * uniform(&seed));
    x[0] = 0;
    x[1] = -0.0;
    x[2] = -708;
    x[3] = -708.1;
    x[4] = -0x1.fffffffffffffp+1023;
    info_i_mixture_kernels_for(INFO_CPU_C)->exponentials(N, 1, x, y);
    ck_assert_double_eq(y[0], 1);
    ck_assert_double_eq(y[1], 1);
    ck_assert_double_eq(y[3], 0);
    ck_assert_double_eq(y[4], 0);
    for (int i = 0; i < N; i++)
        if (x[i] >= -708)
            ck_assert_double_le(ulps(y[i], expl((long double)x[i])), 2);
}
END_TEST

START_TEST(logarithms_are_within_two_ulps)
{
    uint64_t seed = 2;
    for (int i = 0; i < N; i++)
        x[i] = i % 2 ? 0.5 + uniform(&seed) : pow(10, 600 * uniform(&seed) - 300);
    x[0] = 0;
    x[1] = 1;
    x[2] = 0x1p-1022;
    x[3] = 0x1p-1030;
    x[4] = 0x1.fffffffffffffp+1023;
    info_i_mixture_kernels_for(INFO_CPU_C)->logarithms(N, x, 1, -7, y);
    ck_assert_double_eq(y[0], -7);
    ck_assert_double_eq(y[1], 0);
    ck_assert_double_eq(y[3], -7);
    for (int i = 0; i < N; i++)
        if (x[i] >= 0x1p-1022)
            ck_assert_double_le(ulps(y[i], logl((long double)x[i])), 2);
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_bits)
{
    const info_i_mixture_kernels *c = info_i_mixture_kernels_for(INFO_CPU_C);
    uint64_t seed = 3;
    for (int i = 0; i < N; i++)
        x[i] = uniform(&seed) * 50;
    for (info_cpu cpu = INFO_CPU_C; cpu <= info_i_cpu_best(); cpu++) {
        const info_i_mixture_kernels *k = info_i_mixture_kernels_for(cpu);
        for (int64_t n = 1; n < 70; n++) {
            const double a = c->dot(n, x + n % 8, x + 100), b = k->dot(n, x + n % 8, x + 100);
            ck_assert_mem_eq(&a, &b, sizeof a);
        }
        memcpy(plain, x, sizeof x);
        memcpy(y, x, sizeof x);
        c->add(N, 0.3, x, plain);
        k->add(N, 0.3, x, y);
        ck_assert_mem_eq(plain, y, sizeof y);
        c->exponentials(N, -1.5, x, plain);
        k->exponentials(N, -1.5, x, y);
        ck_assert_mem_eq(plain, y, sizeof y);
        c->logarithms(N, x, 0.7, -1, plain);
        k->logarithms(N, x, 0.7, -1, y);
        ck_assert_mem_eq(plain, y, sizeof y);
    }
}
END_TEST

MAIN("mixture kernels", exponentials_are_within_two_ulps, logarithms_are_within_two_ulps,
     every_instruction_set_gives_the_same_bits)
