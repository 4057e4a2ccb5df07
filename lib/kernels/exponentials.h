/* SPDX-License-Identifier: MIT
 * Exponentials of a row, per instruction set with the same bits. */
#ifndef INFO_I_EXPONENTIALS_H
#define INFO_I_EXPONENTIALS_H

#include "info/base.h"

/* y = exp(scale (x - shift)) for exponents <= 0, within 1 ulp of that of the product rounded, x - shift being
 * exact; 0 below -708. y may be x. */
void info_i_exponentials_c(int64_t n, double scale, double shift, const double *x, double *y);
#if defined(__x86_64__) && !defined(INFO_I_ONE_LEVEL)
void info_i_exponentials_avx2(int64_t n, double scale, double shift, const double *x, double *y);
void info_i_exponentials_avx512(int64_t n, double scale, double shift, const double *x, double *y);
#endif

#endif
