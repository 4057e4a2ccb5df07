/* SPDX-License-Identifier: MIT
 *
 * backend.h: the linear algebra that the library needs, and no more. The rest of
 * libinfo reaches BLAS and LAPACK only through this table.
 *
 * Matrices are dense and row-major; ld is the distance between rows in elements.
 * Symmetric matrices are given by their lower triangle (row >= column), and the
 * upper one is neither read nor written. Sizes are int64_t: a backend whose
 * integers are 32-bit checks them and fails with INFO_ERROR_OVERFLOW. Workspace
 * is the caller's; its size in elements is asked for first (-1: the size
 * overflows what the backend can do).
 *
 * Callers pass finite numbers only; factorizations check what comes back and
 * fail with INFO_ERROR_BACKEND on a non-finite result or a failure below.
 * All functions are thread-safe. A function uses info_i_inner_threads() threads of
 * the backend's own, and no more than the host has set, whose setting is the same
 * before and after.
 */
#ifndef INFO_I_BACKEND_H
#define INFO_I_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "info/base.h"

typedef struct info_i_backend {
    /* "openblas 0.3.21 (pthreads)", "reference" */
    const char *(*description)(void);

    /* C[m,n] = alpha op(A) op(B) + beta C; op transposes if told so. */
    info_status (*gemm_f32)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                            const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                            int64_t ldc);
    info_status (*gemm_f64)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                            const double *a, int64_t lda, const double *b, int64_t ldb, double beta, double *c,
                            int64_t ldc);

    /* C[n,n] = alpha A A^T + beta C with A[n,k]; transposed: alpha A^T A with A[k,n]. */
    info_status (*syrk_f64)(bool transposed, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
                            double beta, double *c, int64_t ldc);

    /* A[n,n] = L L^T in place. *order is 0, or the order of the first leading minor
     * that is not positive (the status is INFO_OK then, and A is spoiled). */
    info_status (*cholesky_f64)(int64_t n, double *a, int64_t lda, int64_t *order);

    /* X := L^-1 X, or L^-T X if transposed; L[n,n] lower triangular, X[n,m]. */
    info_status (*solve_lower_f64)(bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl, double *x,
                                   int64_t ldx);

    /* Eigenvalues of the symmetric A[n,n], ascending, into w. With vectors, row i of
     * A becomes the unit eigenvector of w[i]; without, A is spoiled. */
    int64_t (*eigen_work_f64)(bool vectors, int64_t n);
    info_status (*eigen_f64)(bool vectors, int64_t n, double *a, int64_t lda, double *w, double *work,
                             int64_t work_size);

    /* Singular values of A[m,n], descending, min(m,n) of them, into s; A is spoiled. */
    int64_t (*singular_values_work_f64)(int64_t m, int64_t n);
    info_status (*singular_values_f64)(int64_t m, int64_t n, double *a, int64_t lda, double *s, double *work,
                                       int64_t work_size);
} info_i_backend;

/* Plain C, the oracle. Always built. */
const info_i_backend *info_i_backend_reference(void);

/* What this build uses: OpenBLAS, or the reference. */
const info_i_backend *info_i_backend_default(void);

#endif
