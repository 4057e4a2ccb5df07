/* SPDX-License-Identifier: MIT
 * The two inner loops of a mixture z = M u and of its adjoint M^T w, and the
 * exponentials and logarithms around them, per instruction set with the same bits. */
#ifndef INFO_I_MIXTURE_KERNELS_H
#define INFO_I_MIXTURE_KERNELS_H

#include "info/base.h"

typedef struct info_i_mixture_kernels {
    /* sum a_i b_i in 16 interleaved partial sums, so with a relative error below
     * (n / 16 + 6) eps for terms of one sign. */
    double (*dot)(int64_t n, const double *a, const double *b);
    double (*sum)(int64_t n, const double *a); /* in 16 partial sums */
    /* y += w a */
    void (*add)(int64_t n, double w, const double *a, double *y);
    /* The same for four rows of a, n apart, which reads u and y once: z_r = row r . u (8 partial sums),
     * and y += (w_0 row 0 + w_1 row 1) + (w_2 row 2 + w_3 row 3). */
    void (*dot4)(int64_t n, const double *a, const double *u, double *z);
    void (*add4)(int64_t n, const double *w, const double *a, double *y);
    /* y = w a, squares += y^2 */
    void (*scale)(int64_t n, double w, const double *a, double *y, double *squares);
    /* sum a_i u_i (x_i - shift), where a is 0 wherever x is infinite */
    double (*mean)(int64_t n, const double *a, const double *u, double shift, const double *x);
    /* sum |a_i - b_i|, in 8 partial sums */
    double (*distance)(int64_t n, const double *a, const double *b);
    /* The least entry; NaN if one is negative or NaN. */
    double (*least)(int64_t n, const double *x);
    double (*greatest)(int64_t n, const double *x); /* none of x being NaN */
    /* y = exp(scale (x - shift)), see exponentials.h */
    void (*exponentials)(int64_t n, double scale, double shift, const double *x, double *y);
    /* Every column of x (rows x cols) becomes weight exp(e) / sum exp(e), e = scale (x + offset of the row), scale > 0, and
     * its free energy log(sum exp(e)) / scale. */
    void (*posterior)(int64_t rows, int64_t cols, double scale, const double *offset, const double *weight, double *x,
                      double *free_energy);
    /* y = log(scale x), within 2 ulp, scale x <= 2^1022; zero where it is below the normal numbers. y may be x. */
    void (*logarithms)(int64_t n, const double *x, double scale, double zero, double *y);
} info_i_mixture_kernels;

#endif
