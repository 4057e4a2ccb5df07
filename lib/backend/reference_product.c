/* SPDX-License-Identifier: MIT
 * Reference backend: products, Cholesky, triangular solves. Compiled for f32 and f64. */
#include <math.h>

#include "backend/real.h"

bool RN(finite)(int64_t rows, int64_t cols, const real *a, int64_t lda)
{
    for (int64_t i = 0; i < rows; i++) {
        /* x * 0 is 0 for finite x and NaN otherwise; sums of it cannot hide one. */
        real zero = 0;
        for (int64_t j = 0; j < cols; j++)
            zero += a[i * lda + j] * 0;
        if (zero != 0)
            return false;
    }
    return true;
}

bool RN(finite_lower)(int64_t n, const real *a, int64_t lda)
{
    for (int64_t i = 0; i < n; i++)
        if (!RN(finite)(1, i + 1, a + i * lda, lda))
            return false;
    return true;
}

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

info_status RN(syrk)(bool transposed, int64_t n, int64_t k, real alpha, const real *a, int64_t lda, real beta, real *c,
                     int64_t ldc)
{
    for (int64_t i = 0; i < n; i++) {
        scale_row(i + 1, beta, c + i * ldc);
        for (int64_t j = 0; !transposed && j <= i; j++)
            c[i * ldc + j] += (real)((double)alpha * dot(k, a + i * lda, 1, a + j * lda, 1));
        for (int64_t p = 0; transposed && p < k; p++)
            add_scaled(i + 1, alpha * a[p * lda + i], a + p * lda, c + i * ldc);
    }
    return INFO_OK;
}

info_status RN(cholesky)(int64_t n, real *a, int64_t lda, int64_t *order)
{
    *order = 0;
    if (!RN(finite_lower)(n, a, lda))
        return INFO_ERROR_BACKEND;
    for (int64_t i = 0; i < n; i++) {
        real *row = a + i * lda;
        for (int64_t j = 0; j < i; j++)
            row[j] = (real)(((double)row[j] - dot(j, row, 1, a + j * lda, 1)) / (double)a[j * lda + j]);
        const double pivot = (double)row[i] - dot(i, row, 1, row, 1);
        if (!(pivot > 0)) {
            *order = i + 1;
            return INFO_OK;
        }
        row[i] = (real)sqrt(pivot);
    }
    return RN(finite_lower)(n, a, lda) ? INFO_OK : INFO_ERROR_BACKEND;
}

info_status RN(solve_lower)(bool transposed, int64_t n, int64_t m, const real *l, int64_t ldl, real *x, int64_t ldx)
{
    for (int64_t step = 0; step < n; step++) {
        const int64_t i = transposed ? n - 1 - step : step;
        const int64_t first = transposed ? i + 1 : 0, last = transposed ? n : i;
        for (int64_t p = first; p < last; p++)
            add_scaled(m, -(transposed ? l[p * ldl + i] : l[i * ldl + p]), x + p * ldx, x + i * ldx);
        for (int64_t j = 0; j < m; j++)
            x[i * ldx + j] /= l[i * ldl + i];
    }
    return INFO_OK;
}
