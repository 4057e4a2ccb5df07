/* SPDX-License-Identifier: MIT
 *
 * symmetric.h: products of matrices in registers, and panels of Householder reflectors, at every level;
 * the same bits at each. What the Gram matrices of states and their reduction to a band are made of.
 */
#ifndef INFO_I_SYMMETRIC_H
#define INFO_I_SYMMETRIC_H

#include "info/base.h"

/* Columns of right factors that lie together. */
#define INFO_I_PANEL 48

/* Rows that products take together, at most. */
#define INFO_I_TILE_ROWS 24

/* The widest panel of reflectors. */
#define INFO_I_WIDEST 96

/* product: C += L R, element (i, k) of L at l[i row_step + k step], rows of R at ldr. Every element of C gets the
 * sum over k in order, at once. R is read in whole vectors of 64 bytes, C written in its columns alone.
 *
 * transpose: out[j ldo + i] = x[i ldx + j] for i < rows, j < cols.
 *
 * reflect: the QR decomposition of v[m, width]: V, unit lower trapezoidal, in its place, R, and T, both
 * [width, width] and upper triangular, with Q = I - V T V^T. width is a multiple of a vector. */
#define INFO_I_SYMMETRIC_KERNELS(real)                                                                                 \
    void (*product)(int64_t rows, int64_t cols, int64_t depth, const real *l, int64_t row_step, int64_t step,          \
                    const real *r, int64_t ldr, real *c, int64_t ldc);                                                 \
    void (*reflect)(int64_t m, int64_t width, real * v, real * upper, real * t);                                       \
    void (*transpose)(int64_t rows, int64_t cols, const real *x, int64_t ldx, real *out, int64_t ldo);

typedef struct info_i_symmetric_f32 {
    INFO_I_SYMMETRIC_KERNELS(float)
} info_i_symmetric_f32;
typedef struct info_i_symmetric_f64 {
    INFO_I_SYMMETRIC_KERNELS(double)
} info_i_symmetric_f64;

#endif
