/* SPDX-License-Identifier: MIT
 *
 * reference.h: the functions of the reference backend, as backend.h describes them.
 */
#ifndef INFO_I_REFERENCE_H
#define INFO_I_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "info/base.h"

info_status info_i_reference_gemm_f32(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                                      int64_t ldc);
info_status info_i_reference_gemm_f64(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                                      const double *a, int64_t lda, const double *b, int64_t ldb, double beta,
                                      double *c, int64_t ldc);
info_status info_i_reference_syrk_f64(bool transposed, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
                                      double beta, double *c, int64_t ldc);
info_status info_i_reference_cholesky_f64(int64_t n, double *a, int64_t lda, int64_t *order);
info_status info_i_reference_solve_lower_f64(bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl,
                                             double *x, int64_t ldx);
int64_t info_i_reference_eigen_work_f64(bool vectors, int64_t n);
info_status info_i_reference_eigen_f64(bool vectors, int64_t n, double *a, int64_t lda, double *w, double *work,
                                       int64_t work_size);
int64_t info_i_reference_singular_values_work_f64(int64_t m, int64_t n);
info_status info_i_reference_singular_values_f64(int64_t m, int64_t n, double *a, int64_t lda, double *s, double *work,
                                                 int64_t work_size);
/* Whether all elements are finite; of the lower triangle. */
bool info_i_reference_finite_f64(int64_t rows, int64_t cols, const double *a, int64_t lda);
bool info_i_reference_finite_lower_f64(int64_t n, const double *a, int64_t lda);

#endif
