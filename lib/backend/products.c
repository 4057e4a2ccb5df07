/* SPDX-License-Identifier: MIT
 * Large products in pieces. */
#include "backend/products.h"

#include "backend/backend.h"

/* Multiplications and additions of a piece: 0.05 s at 10^10 in a second, which one processor does. */
#define PIECE 500000000.0

/* How many of count rows or columns make a piece, each of so much work. */
static int64_t piece_of(int64_t count, double work)
{
    const double fit = PIECE / (work > 1 ? work : 1);
    return fit >= (double)count ? count : fit < 16 ? 16 : (int64_t)fit;
}

info_status info_i_product(info_ctx *ctx, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                           double alpha, const double *a, int64_t lda, const double *b, int64_t ldb, double beta,
                           double *c, int64_t ldc)
{
    const int64_t step = piece_of(m, (double)n * (double)k);
    info_status status = INFO_OK;
    for (int64_t begin = 0; begin < m && status == INFO_OK; begin += step) {
        const int64_t rows = m - begin < step ? m - begin : step;
        status = info_i_progress(ctx, 0);
        if (status == INFO_OK)
            status = info_i_backend_default()->gemm_f64(transpose_a, transpose_b, rows, n, k, alpha,
                                                        a + begin * (transpose_a ? 1 : lda), lda, b, ldb, beta,
                                                        c + begin * ldc, ldc);
    }
    return status;
}

info_status info_i_symmetric_product(info_ctx *ctx, bool transposed, int64_t n, int64_t k, double alpha,
                                     const double *a, int64_t lda, double beta, double *c, int64_t ldc)
{
    const int64_t step = piece_of(n, (double)n * (double)k), stride = transposed ? 1 : lda;
    info_status status = INFO_OK;
    for (int64_t begin = 0; begin < n && status == INFO_OK; begin += step) {
        const int64_t rows = n - begin < step ? n - begin : step;
        const double *own = a + begin * stride;
        status = info_i_progress(ctx, 0);
        if (status == INFO_OK && begin > 0)
            status = info_i_backend_default()->gemm_f64(transposed, !transposed, rows, begin, k, alpha, own, lda, a,
                                                        lda, beta, c + begin * ldc, ldc);
        if (status == INFO_OK)
            status = info_i_backend_default()->syrk_f64(transposed, rows, k, alpha, own, lda, beta,
                                                        c + begin * ldc + begin, ldc);
    }
    return status;
}

info_status info_i_solve_lower(info_ctx *ctx, bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl,
                               double *x, int64_t ldx)
{
    const int64_t step = piece_of(m, (double)n * (double)n / 2);
    info_status status = INFO_OK;
    for (int64_t begin = 0; begin < m && status == INFO_OK; begin += step) {
        const int64_t columns = m - begin < step ? m - begin : step;
        status = info_i_progress(ctx, 0);
        if (status == INFO_OK)
            status = info_i_backend_default()->solve_lower_f64(transposed, n, columns, l, ldl, x + begin, ldx);
    }
    return status;
}
