/* SPDX-License-Identifier: MIT
 * The inner loops of mixtures: the same bits at every instruction set, exponentials within 1 ulp, logarithms within 2. */
#include "problems.h"

#include "core/core.h"
#include "coding/newton.h"
#include "kernels/kernels.h"
#include "kernels/mixture.h"

enum { N = 20011 };
static double x[N], y[N], plain[N];

static double ulps(double found, long double truth)
{
    const double near = fabs((double)truth);
    return fabs((double)(((long double)found - truth) / (long double)(nextafter(near, INFINITY) - near)));
}

START_TEST(exponentials_are_within_an_ulp)
{
    uint64_t seed = 1;
    for (int i = 0; i < N; i++)
        x[i] = -pow(10, -9 + 11.85 * uniform(&seed));
    x[0] = 0;
    x[1] = -0.0;
    x[2] = -708;
    x[3] = -708.1;
    x[4] = -0x1.fffffffffffffp+1023;
    info_i_kernels_of(INFO_CPU_C)->mixture->exponentials(N, 1, 0, x, y);
    ck_assert_double_eq(y[0], 1);
    ck_assert_double_eq(y[1], 1);
    ck_assert_double_eq(y[3], 0);
    ck_assert_double_eq(y[4], 0);
    for (int i = 0; i < N; i++)
        if (x[i] >= -708)
            ck_assert_double_le(ulps(y[i], expl((long double)x[i])), 1);
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
    x[4] = 0x1p+1022;
    info_i_kernels_of(INFO_CPU_C)->mixture->logarithms(N, x, 1, -7, y);
    ck_assert_double_eq(y[0], -7);
    ck_assert_double_eq(y[1], 0);
    ck_assert_double_eq(y[3], -7);
    for (int i = 0; i < N; i++)
        if (x[i] >= 0x1p-1022)
            ck_assert_double_le(ulps(y[i], logl((long double)x[i])), 2);
}
END_TEST

START_TEST(the_least_entry_of_a_valid_row)
{
    const info_i_mixture_kernels *k = info_i_kernels_of(INFO_CPU_C)->mixture;
    for (int64_t n = 1; n < 40; n++)
        for (int64_t at = 0; at < n; at++) {
            for (int64_t i = 0; i < n; i++)
                x[i] = i == n / 2 ? INFINITY : 2 + (double)(i % 3);
            x[at] = 0.5;
            ck_assert_double_eq(k->least(n, x), 0.5);
            x[at] = NAN;
            ck_assert(isnan(k->least(n, x)));
            x[at] = -0.5;
            ck_assert(isnan(k->least(n, x)));
        }
    x[0] = INFINITY;
    ck_assert_double_eq(k->least(1, x), INFINITY);
}
END_TEST

/* Columns of every width up to more than two blocks, against the exponentials and logarithms of the C library. */
START_TEST(a_posterior_is_a_weighted_softmax_of_each_column)
{
    enum { ROWS = 7, MOST = 140 };
    const info_i_mixture_kernels *k = info_i_kernels_of(INFO_CPU_C)->mixture;
    const double scale = 0.01;
    double offset[ROWS], weight[MOST], free_energy[MOST];
    uint64_t seed = 6;
    for (int t = 0; t < ROWS; t++)
        offset[t] = 100 * uniform(&seed);
    for (int i = 0; i < MOST; i++)
        weight[i] = uniform(&seed);
    for (int64_t n = 1; n < MOST; n++) {
        for (int64_t i = 0; i < ROWS * n; i++)
            x[i] = y[i] = 2000 * uniform(&seed) - 1e30 * (i % 11 == 3);
        k->posterior(ROWS, n, scale, offset, weight, y, free_energy);
        for (int64_t i = 0; i < n; i++) {
            double top = -INFINITY, z = 0;
            for (int t = 0; t < ROWS; t++)
                top = fmax(top, x[t * n + i] + offset[t]);
            for (int t = 0; t < ROWS; t++)
                z += exp(scale * (x[t * n + i] + offset[t] - top));
            for (int t = 0; t < ROWS; t++)
                ck_assert_double_eq_tol(y[t * n + i], weight[i] * exp(scale * (x[t * n + i] + offset[t] - top)) / z,
                                        1e-14);
            ck_assert_double_eq_tol(free_energy[i], top + log(z) / scale, 1e-15 * (fabs(top) + 1 / scale));
        }
    }
}
END_TEST

START_TEST(four_rows_are_four_times_one)
{
    const info_i_mixture_kernels *k = info_i_kernels_of(INFO_CPU_C)->mixture;
    const double w[4] = {0.5, -1, 0, 3};
    uint64_t seed = 4;
    for (int i = 0; i < N; i++)
        x[i] = uniform(&seed);
    for (int64_t n = 1; n < 70; n++) {
        double z[4];
        k->dot4(n, x, x + 1000, z);
        memset(y, 0, sizeof y);
        memset(plain, 0, sizeof plain);
        k->add4(n, w, x, y);
        for (int r = 0; r < 4; r++) {
            ck_assert_double_eq_tol(z[r], k->dot(n, x + r * n, x + 1000), 1e-15 * (double)n);
            k->add(n, w[r], x + r * n, plain);
        }
        for (int64_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(y[i], plain[i], 1e-14);
    }
}
END_TEST

/* A Gaussian kernel of 150 x 200 has rank 30 or so to nine digits; noise has not. */
START_TEST(low_ranks_are_found_and_full_ones_refused)
{
    enum { ROWS = 150, COLS = 200, MOST = 50 };
    const info_i_mixture_kernels *k = info_i_kernels_of(INFO_CPU_C)->mixture;
    double *a = malloc(sizeof(double) * ROWS * COLS), *left = malloc(sizeof(double) * MOST * ROWS);
    double *right = malloc(sizeof(double) * MOST * COLS);
    bool used[ROWS];
    uint64_t seed = 5;
    for (int i = 0; i < ROWS * COLS; i++)
        a[i] = exp(-100 * pow((double)(i / COLS) / ROWS - (double)(i % COLS) / COLS, 2));
    int64_t rank = MOST;
    ck_assert(info_i_low_rank(k, ROWS, COLS, a, 1e-9, left, right, used, &rank));
    ck_assert_int_lt(rank, MOST);
    for (int64_t i = 0; i < rank; i++)
        for (int64_t j = 0; j <= i; j++)
            ck_assert_double_eq_tol(k->dot(ROWS, left + i * ROWS, left + j * ROWS), i == j, 1e-14);
    double error = 0, norm = 0;
    for (int x0 = 0; x0 < ROWS; x0++)
        for (int y0 = 0; y0 < COLS; y0++) {
            double sum = 0;
            for (int64_t i = 0; i < rank; i++)
                sum += left[i * ROWS + x0] * right[i * COLS + y0];
            error += pow(sum - a[x0 * COLS + y0], 2);
            norm += pow(a[x0 * COLS + y0], 2);
        }
    ck_assert_double_le(sqrt(error / norm), 1e-8);
    for (int i = 0; i < ROWS * COLS; i++)
        a[i] = uniform(&seed);
    rank = MOST;
    ck_assert(!info_i_low_rank(k, ROWS, COLS, a, 1e-9, left, right, used, &rank));
    free(a);
    free(left);
    free(right);
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_bits)
{
    const info_i_mixture_kernels *c = info_i_kernels_of(INFO_CPU_C)->mixture;
    uint64_t seed = 3;
    for (int i = 0; i < N; i++)
        x[i] = uniform(&seed) * 50;
    for (info_cpu cpu = INFO_CPU_C; cpu <= info_i_cpu_best(); cpu++) {
        const info_i_mixture_kernels *k = info_i_kernels_of(cpu)->mixture;
        for (int64_t n = 1; n < 70; n++) {
            const double a = c->dot(n, x + n % 8, x + 100), b = k->dot(n, x + n % 8, x + 100);
            ck_assert_mem_eq(&a, &b, sizeof a);
        }
        for (int64_t n = 1; n < 70; n++) {
            double z[2][4];
            c->dot4(n, x, x + 1000, z[0]);
            k->dot4(n, x, x + 1000, z[1]);
            ck_assert_mem_eq(z[0], z[1], sizeof z[0]);
            const double a = c->mean(n, x, x + 300, 0.3, x + 600), b = k->mean(n, x, x + 300, 0.3, x + 600);
            ck_assert_mem_eq(&a, &b, sizeof a);
            const double l = c->least(n, x), m = k->least(n, x);
            ck_assert_mem_eq(&l, &m, sizeof l);
            const double g = c->greatest(n, x), h = k->greatest(n, x);
            ck_assert_mem_eq(&g, &h, sizeof g);
            const double s = c->sum(n, x), t = k->sum(n, x);
            ck_assert_mem_eq(&s, &t, sizeof s);
            const double d = c->distance(n, x, x + 300), e = k->distance(n, x, x + 300);
            ck_assert_mem_eq(&d, &e, sizeof d);
        }
        memset(plain, 0, sizeof x);
        memset(y, 0, sizeof x);
        c->add4(N / 4, x, x, plain);
        k->add4(N / 4, x, x, y);
        ck_assert_mem_eq(plain, y, sizeof y);
        c->scale(N / 2, 0.3, x, plain, plain + N / 2);
        k->scale(N / 2, 0.3, x, y, y + N / 2);
        ck_assert_mem_eq(plain, y, sizeof y);
        memcpy(plain, x, sizeof x);
        memcpy(y, x, sizeof x);
        c->add(N, 0.3, x, plain);
        k->add(N, 0.3, x, y);
        ck_assert_mem_eq(plain, y, sizeof y);
        c->exponentials(N, -1.5, -0.5, x, plain);
        k->exponentials(N, -1.5, -0.5, x, y);
        ck_assert_mem_eq(plain, y, sizeof y);
        memcpy(plain, x, sizeof x);
        memcpy(y, x, sizeof x);
        c->posterior(11, N / 12, 1.5, x, x + 20, plain, plain + 11 * (N / 12));
        k->posterior(11, N / 12, 1.5, x, x + 20, y, y + 11 * (N / 12));
        ck_assert_mem_eq(plain, y, sizeof y);
        c->logarithms(N, x, 0.7, -1, plain);
        k->logarithms(N, x, 0.7, -1, y);
        ck_assert_mem_eq(plain, y, sizeof y);
    }
}
END_TEST

MAIN("mixture kernels", exponentials_are_within_an_ulp, logarithms_are_within_two_ulps, the_least_entry_of_a_valid_row,
     a_posterior_is_a_weighted_softmax_of_each_column, four_rows_are_four_times_one,
     low_ranks_are_found_and_full_ones_refused, every_instruction_set_gives_the_same_bits)
