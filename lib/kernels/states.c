/* SPDX-License-Identifier: MIT
 * Kernels over rows of states: plain loops whose iterations are independent, or sums in
 * eight fixed lanes, which the compiler turns into vectors of each level. */
#include <math.h>

#include "kernels/level.h"
#include "kernels/states.h"

static double largest(int64_t n, const double *restrict x)
{
    double most[8] = {0}, zero[8] = {0}, all = 0;
    const int64_t whole = n - n % 8;
    for (int64_t j = 0; j < whole; j += 8)
        for (int64_t lane = 0; lane < 8; lane++) {
            const double size = fabs(x[j + lane]);
            zero[lane] += 0 * size; /* NaN from then on if it is not finite */
            most[lane] = size > most[lane] ? size : most[lane];
        }
    for (int64_t j = whole; j < n; j++) {
        const double size = fabs(x[j]);
        zero[j - whole] += 0 * size;
        most[j - whole] = size > most[j - whole] ? size : most[j - whole];
    }
    for (int64_t lane = 0; lane < 8; lane++) {
        if (zero[lane] != 0)
            return NAN;
        all = most[lane] > all ? most[lane] : all;
    }
    return all;
}

static void add_to_columns(int64_t n, const double *restrict x, double scale, double *restrict sum,
                           double *restrict rest)
{
    for (int64_t j = 0; j < n; j++) {
        const double term = scale * x[j], total = sum[j] + term, back = total - sum[j];
        rest[j] += (sum[j] - (total - back)) + (term - back);
        sum[j] = total;
    }
}

static double squares(int64_t n, const double *restrict x, double scale, const double *restrict mean,
                      const double *restrict rest)
{
    double sum[8] = {0};
    const int64_t whole = n - n % 8;
    for (int64_t j = 0; j < whole; j += 8)
        for (int64_t lane = 0; lane < 8; lane++) {
            const double z = scale * x[j + lane] - mean[j + lane] - rest[j + lane];
            sum[lane] += z * z;
        }
    for (int64_t j = whole; j < n; j++) {
        const double z = scale * x[j] - mean[j] - rest[j];
        sum[j - whole] += z * z;
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void prepare_f64(int64_t n, const double *restrict x, double scale, const double *restrict mean,
                        const double *restrict rest, double factor, double *restrict out)
{
    for (int64_t j = 0; j < n; j++)
        out[j] = factor * (scale * x[j] - mean[j] - rest[j]);
}

static void prepare_f32(int64_t n, const double *restrict x, double scale, const double *restrict mean,
                        const double *restrict rest, double factor, float *restrict out)
{
    for (int64_t j = 0; j < n; j++)
        out[j] = (float)(factor * (scale * x[j] - mean[j] - rest[j]));
}

#if INFO_I_LEVEL == 3
#define TABLE info_i_states_avx512
#elif INFO_I_LEVEL == 2
#define TABLE info_i_states_avx2
#else
#define TABLE info_i_states_c
#endif

const info_i_states_kernels TABLE = {largest, add_to_columns, squares, prepare_f64, prepare_f32};
