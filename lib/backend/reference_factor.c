/* SPDX-License-Identifier: MIT
 * Reference backend: symmetric products, Cholesky and triangular solves, on rows of matrix products. */
#include <math.h>

#include "backend/reference.h"

bool info_i_reference_finite_f64(int64_t rows, int64_t cols, const double *a, int64_t lda)
{
    for (int64_t i = 0; i < rows; i++) {
        /* x * 0 is 0 for finite x and NaN otherwise; sums of it cannot hide one. */
        double zero = 0;
        for (int64_t j = 0; j < cols; j++)
            zero += a[i * lda + j] * 0;
        if (zero != 0)
            return false;
    }
    return true;
}

bool info_i_reference_finite_lower_f64(int64_t n, const double *a, int64_t lda)
{
    for (int64_t i = 0; i < n; i++)
        if (!info_i_reference_finite_f64(1, i + 1, a + i * lda, lda))
            return false;
    return true;
}

info_status info_i_reference_syrk_f64(bool transposed, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
                                      double beta, double *c, int64_t ldc)
{
    for (int64_t i = 0; i < n; i++)
        info_i_reference_gemm_f64(transposed, !transposed, 1, i + 1, k, alpha, transposed ? a + i : a + i * lda, lda, a,
                                  lda, beta, c + i * ldc, ldc);
    return INFO_OK;
}

info_status info_i_reference_cholesky_f64(int64_t n, double *a, int64_t lda, int64_t *order)
{
    *order = 0;
    if (!info_i_reference_finite_lower_f64(n, a, lda))
        return INFO_ERROR_BACKEND;
    for (int64_t i = 0; i < n; i++) {
        double *row = a + i * lda;
        for (int64_t j = 0; j <= i; j++) {
            info_i_reference_gemm_f64(false, true, 1, 1, j, -1, row, lda, a + j * lda, lda, 1, row + j, lda);
            if (j < i)
                row[j] /= a[j * lda + j];
        }
        if (!(row[i] > 0)) {
            *order = i + 1;
            return INFO_OK;
        }
        row[i] = sqrt(row[i]);
    }
    return info_i_reference_finite_lower_f64(n, a, lda) ? INFO_OK : INFO_ERROR_BACKEND;
}

info_status info_i_reference_solve_lower_f64(bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl,
                                             double *x, int64_t ldx)
{
    for (int64_t step = 0; step < n; step++) {
        const int64_t i = transposed ? n - 1 - step : step, first = transposed ? i + 1 : 0;
        info_i_reference_gemm_f64(transposed, false, 1, m, step, -1, transposed ? l + first * ldl + i : l + i * ldl,
                                  ldl, x + first * ldx, ldx, 1, x + i * ldx, ldx);
        for (int64_t j = 0; j < m; j++)
            x[i * ldx + j] /= l[i * ldl + i];
    }
    return INFO_OK;
}
