/* SPDX-License-Identifier: MIT
 * The gamma function's logarithmic derivatives, and ratios of its values. */
#ifndef INFO_I_GAMMA_H
#define INFO_I_GAMMA_H

#include "numeric/sum.h"

/* digamma(x), x > 0: absolute error below 1e-15 max(1, |digamma(x)|). */
double info_i_digamma(double x);

/* trigamma(x), x > 0: relative error below 2e-15. */
double info_i_trigamma(double x);

/* log(Gamma(x + n) / Gamma(x)), x > 0, n >= 0 a whole number: the error is a few units in the last
 * place of the result, however far x and n are apart. */
double info_i_log_rising(double x, double n);

/* log n, n >= 1 a whole number below 2^63, in double-double: relative error below 2^-98. */
info_i_dd info_i_log_whole(int64_t n);

/* exp(z) E1(z), z > 0: relative error below 1e-14. */
double info_i_scaled_exponential_integral(double z);

#endif
