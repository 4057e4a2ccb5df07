/* SPDX-License-Identifier: MIT
 * Products of large matrices, and solutions for many right-hand sides, in pieces of well under a tenth of a
 * second, between which a call can be canceled. Otherwise as in backend.h. On the thread of the call only. */
#ifndef INFO_I_PRODUCTS_H
#define INFO_I_PRODUCTS_H

#include "core/core.h"

info_status info_i_product(info_ctx *ctx, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                           double alpha, const double *a, int64_t lda, const double *b, int64_t ldb, double beta,
                           double *c, int64_t ldc);

/* The lower triangle of C = alpha A A^T + beta C, or of alpha A^T A + beta C. */
info_status info_i_symmetric_product(info_ctx *ctx, bool transposed, int64_t n, int64_t k, double alpha,
                                     const double *a, int64_t lda, double beta, double *c, int64_t ldc);

info_status info_i_solve_lower(info_ctx *ctx, bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl,
                               double *x, int64_t ldx);

#endif
