/* SPDX-License-Identifier: MIT
 * Random sequences of every shape and rank, and a slow, accurate oracle. */
#ifndef TESTS_GEOMETRY_COMMON_H
#define TESTS_GEOMETRY_COMMON_H

#include "../support.h"
#include "info/info.h"

static inline double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

static inline double normal(uint64_t *state)
{
    const double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

/* n rows in R^d that span at most rank dimensions. */
static inline double *random_rows(uint64_t *state, int64_t n, int64_t d, int64_t rank)
{
    double *z = calloc((size_t)(n * d), sizeof *z);
    ck_assert_ptr_nonnull(z);
    if (rank >= n || rank >= d) {
        for (int64_t i = 0; i < n * d; i++)
            z[i] = normal(state);
        return z;
    }
    for (int64_t k = 0; k < rank; k++) {
        double *direction = random_rows(state, 1, d, d);
        for (int64_t i = 0; i < n; i++) {
            const double weight = normal(state);
            for (int64_t j = 0; j < d; j++)
                z[i * d + j] += weight * direction[j];
        }
        free(direction);
    }
    return z;
}

static inline info_matrix matrix_of(const double *x, int64_t rows, int64_t cols)
{
    info_matrix m;
    ck_assert_int_eq(info_matrix_init(&m, x, rows, cols, INFO_F64), INFO_OK);
    return m;
}

/* Gains of all rows: Gram-Schmidt, twice, of [Z, sqrt(l) I] in extended precision. */
static inline void gains_oracle(const double *z, int64_t n, int64_t d, double ridge, double *gains)
{
    const int64_t width = n + d;
    long double *q = calloc((size_t)(n * width), sizeof *q);
    ck_assert_ptr_nonnull(q);
    for (int64_t i = 0; i < n; i++) {
        long double *v = q + i * width, norm = 0;
        for (int64_t j = 0; j < d; j++)
            v[j] = z[i * d + j];
        v[d + i] = sqrtl(ridge);
        for (int round = 0; round < 2; round++)
            for (int64_t k = 0; k < i; k++) {
                const long double *u = q + k * width;
                long double inner = 0;
                for (int64_t j = 0; j <= d + k; j++)
                    inner += u[j] * v[j];
                for (int64_t j = 0; j <= d + k; j++)
                    v[j] -= inner * u[j];
            }
        for (int64_t j = 0; j < width; j++)
            norm += v[j] * v[j];
        gains[i] = (double)log1pl((norm - ridge) / ridge);
        for (int64_t j = 0; j < width; j++)
            v[j] /= sqrtl(norm);
    }
    free(q);
}

static inline void assert_near(double value, double expected, double tolerance, const char *what)
{
    ck_assert_msg(fabs(value - expected) <= tolerance, "%s: %.17g for %.17g", what, value, expected);
}

#endif
