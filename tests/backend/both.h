/* SPDX-License-Identifier: MIT
 * Tests of the seam run on every implementation of this build. */
#ifndef TESTS_BACKEND_BOTH_H
#define TESTS_BACKEND_BOTH_H

#include "../support.h"
#include "backend/backend.h"

/* Leading dimensions beyond the width, so that a confusion of the two shows. */
#define PAD 3

static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 130, 200};
#define SIZES ((int)(sizeof sizes / sizeof *sizes))

static inline const info_i_backend *implementation(int index)
{
    return index == 0 ? info_i_backend_reference() : info_i_backend_default();
}

static inline double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-52 - 1;
}

static inline void *take(int64_t count, size_t size)
{
    void *memory = calloc((size_t)count, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

/* rows x ld doubles; what lies beyond cols is NaN and must never matter. */
static inline double *random_matrix(int64_t rows, int64_t cols, int64_t ld, uint64_t seed)
{
    double *a = take(rows * ld, sizeof *a);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < ld; j++)
            a[i * ld + j] = j < cols ? uniform(&seed) : NAN;
    return a;
}

/* The same in the lower triangle only; NaN in the upper one. */
static inline double *random_symmetric(int64_t n, int64_t ld, uint64_t seed)
{
    double *a = random_matrix(n, n, ld, seed);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < ld; j++)
            a[i * ld + j] = NAN;
    return a;
}

static inline double at(const double *a, int64_t ld, int64_t i, int64_t j)
{
    return i >= j ? a[i * ld + j] : a[j * ld + i];
}

static inline double frobenius(const double *a, int64_t n, int64_t ld)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            sum += at(a, ld, i, j) * at(a, ld, i, j);
    return sqrt(sum);
}

static inline float *narrow(const double *a, int64_t count)
{
    float *b = take(count, sizeof *b);
    for (int64_t i = 0; i < count; i++)
        b[i] = (float)a[i];
    return b;
}

static inline void assert_within(double value, double expected, double bound, const char *what, int64_t n)
{
    if (!(fabs(value - expected) <= bound))
        ck_abort_msg("%s, size %d: %.17g, expected %.17g within %.3g", what, (int)n, value, expected, bound);
}

#endif
