/* SPDX-License-Identifier: MIT
 * States that spectral tests share. */
#ifndef TESTS_SPECTRAL_STATES_H
#define TESTS_SPECTRAL_STATES_H

#include "../support.h"
#include "info/info.h"

static inline info_matrix matrix_of(const double *data, int64_t rows, int64_t cols)
{
    return (info_matrix){data, rows, cols, cols, 1, INFO_F64, 0};
}

/* Sum of twelve uniforms from a linear congruential generator: near enough to normal. */
static inline double normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return sum;
}

static inline double *gaussian(int64_t rows, int64_t cols, uint64_t seed)
{
    double *x = malloc((size_t)(rows * cols) * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = normal(&seed);
    return x;
}

/* Effective rank, whose error must be within its own bound where the truth is given (not NaN). */
static inline double erank_with(const double *x, int64_t rows, int64_t cols, const info_spectral_options *options,
                                double truth)
{
    const info_matrix m = matrix_of(x, rows, cols);
    double out = -1, error = -1;
    ck_assert_int_eq(info_effective_rank(NULL, &m, 1, options, &out, &error, 1), INFO_OK);
    ck_assert_double_ge(error, 0);
    if (!isnan(truth) && !(fabs(out - truth) <= error))
        ck_abort_msg("%.17g is off from %.17g by %.3g; the bound says %.3g", out, truth, fabs(out - truth), error);
    return out;
}

static inline double erank(const double *x, int64_t rows, int64_t cols)
{
    return erank_with(x, rows, cols, NULL, NAN);
}

#endif
