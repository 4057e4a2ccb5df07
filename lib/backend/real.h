/* SPDX-License-Identifier: MIT
 *
 * real.h: the reference backend is written once and compiled for f32 and for f64.
 * real is the element type, RN(name) the name with its suffix.
 */
#ifndef INFO_I_REAL_H
#define INFO_I_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include "info/base.h"

#define INFO_I_REFERENCE_FUNCTIONS(real, RN)                                                                         \
    info_status RN(gemm)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, real alpha,            \
                         const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c, int64_t ldc);   \
    info_status RN(syrk)(bool transposed, int64_t n, int64_t k, real alpha, const real *a, int64_t lda, real beta,   \
                         real *c, int64_t ldc);                                                                      \
    info_status RN(cholesky)(int64_t n, real *a, int64_t lda, int64_t *order);                                       \
    info_status RN(solve_lower)(bool transposed, int64_t n, int64_t m, const real *l, int64_t ldl, real *x,          \
                                int64_t ldx);                                                                        \
    int64_t RN(eigen_work)(bool vectors, int64_t n);                                                                 \
    info_status RN(eigen)(bool vectors, int64_t n, real *a, int64_t lda, real *w, real *work, int64_t work_size);    \
    int64_t RN(singular_values_work)(int64_t m, int64_t n);                                                          \
    info_status RN(singular_values)(int64_t m, int64_t n, real *a, int64_t lda, real *s, real *work,                 \
                                    int64_t work_size);                                                              \
    bool RN(finite)(int64_t rows, int64_t cols, const real *a, int64_t lda);                                         \
    bool RN(finite_lower)(int64_t n, const real *a, int64_t lda);

#define INFO_I_RN_F32(name) info_i_reference_##name##_f32
#define INFO_I_RN_F64(name) info_i_reference_##name##_f64

INFO_I_REFERENCE_FUNCTIONS(float, INFO_I_RN_F32)
INFO_I_REFERENCE_FUNCTIONS(double, INFO_I_RN_F64)

#if defined(INFO_I_REAL_F32)
typedef float real;
#define RN(name) INFO_I_RN_F32(name)
#define REAL_EPSILON 0x1p-23f
#elif defined(INFO_I_REAL_F64)
typedef double real;
#define RN(name) INFO_I_RN_F64(name)
#define REAL_EPSILON 0x1p-52
#endif

#endif
