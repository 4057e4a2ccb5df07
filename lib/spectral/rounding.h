/* SPDX-License-Identifier: MIT
 * What the rounding of a decomposition does to a spectrum and to its entropy. */
#ifndef INFO_I_ROUNDING_H
#define INFO_I_ROUNDING_H

#include <math.h>
#include <stdint.h>

/* Rounding of a backward stable decomposition, in units of roundoff times |C|_F. */
#define INFO_I_ROUNDING 8

/* The change of the entropy, sum of (m - log p) dp for any m since the trace is kept, when eigenvalues are off
 * by |E|_F = INFO_I_ROUNDING u |A|_F together (Hoffman and Wielandt), by Cauchy and Schwarz. An estimate: the
 * deviation of the logarithms is taken as spread, or 3 if that is more. */
static inline double info_i_rounding_estimate(int64_t n, double unit, double frobenius, double spread)
{
    return INFO_I_ROUNDING * unit * sqrt(frobenius * (double)n) * fmax(spread, 3);
}

#endif
