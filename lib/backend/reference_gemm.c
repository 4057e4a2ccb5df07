/* SPDX-License-Identifier: MIT
 * Reference backend: matrix products. Compiled for f32 and f64. */
#include "backend/reference.h"

#if defined(INFO_I_REAL_F32)
typedef float real;
#define RN(name) info_i_reference_##name##_f32
#else
typedef double real;
#define RN(name) info_i_reference_##name##_f64
#endif

static double dot(int64_t n, const real *x, int64_t x_stride, const real *y, int64_t y_stride)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i * x_stride] * (double)y[i * y_stride];
    return sum;
}

/* y += factor x */
static void add_scaled(int64_t n, real factor, const real *x, real *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* With beta = 0 what c held does not matter, NaN included. */
static void scale_row(int64_t n, real beta, real *c)
{
    for (int64_t i = 0; i < n; i++)
        c[i] = beta == 0 ? 0 : beta * c[i];
}

info_status RN(gemm)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, real alpha, const real *a,
                     int64_t lda, const real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
    const int64_t a_row = transpose_a ? 1 : lda, a_col = transpose_a ? lda : 1;
    for (int64_t i = 0; i < m; i++) {
        scale_row(n, beta, c + i * ldc);
        for (int64_t j = 0; transpose_b && j < n; j++)
            c[i * ldc + j] += (real)((double)alpha * dot(k, a + i * a_row, a_col, b + j * ldb, 1));
        for (int64_t p = 0; !transpose_b && p < k; p++)
            add_scaled(n, alpha * a[i * a_row + p * a_col], b + p * ldb, c + i * ldc);
    }
    return INFO_OK;
}
