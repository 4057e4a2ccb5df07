/* SPDX-License-Identifier: MIT
 *
 * small.h: many small symmetric matrices at once, one in each lane of a vector, at every
 * level; the same bits at each. A set of matrices is packed: element (i, j), j <= i, of
 * lane l at [(i (i + 1) / 2 + j) * lanes + l]. Memory is aligned to 64 bytes.
 */
#ifndef INFO_I_SMALL_KERNELS_H
#define INFO_I_SMALL_KERNELS_H

#include "info/base.h"

#define INFO_I_LANES_F32 16
#define INFO_I_LANES_F64 8

/* Shifts that are taken together. */
#define INFO_I_SMALL_SHIFTS 4

typedef struct info_i_small_kernels {
    /* Rows of n elements, one for each lane, into n x lanes. */
    void (*interleave_f32)(int64_t n, const float *const *row, float *out);
    void (*interleave_f64)(int64_t n, const double *const *row, double *out);
    /* Lower triangles, times a factor for each lane, of interleaved n x n matrices. facts: 3 x lanes: the largest
     * magnitude (not finite if an element is not), that of the differences across the diagonal, the sum of
     * squares of the symmetric matrix. */
    void (*pack_f32)(int64_t n, const float *square, const float *factor, float *packed, float *facts);
    void (*pack_f64)(int64_t n, const double *square, const double *factor, double *packed, double *facts);
    /* Householder's reduction to tridiagonal form: diagonal d[i], and e[i] beside it (between i
     * and i + 1), as n x lanes. work: 6 n lanes. The matrices are spoiled. */
    void (*tridiagonal_f32)(int64_t n, float *a, float *d, float *e, float *work);
    void (*tridiagonal_f64)(int64_t n, double *a, double *d, double *e, double *work);
    /* out[8 s + l] = log det(I + T_l / shift[s]) of eight tridiagonal matrices of trace 1 with squares of e
     * given, at INFO_I_SMALL_SHIFTS ascending shifts; NaN where T + shift I is not positive definite. */
    void (*log_det)(int64_t n, const double *d, const double *squares, const double *shift, double *out);
} info_i_small_kernels;

#endif
