/* SPDX-License-Identifier: MIT
 * Integers of hundreds of digits, for the few formulas in which exact sums cancel:
 * n sum x^2 - (sum x)^2 has no rounding at all, and is never negative. */
#ifndef INFO_I_WIDE_H
#define INFO_I_WIDE_H

#include "numeric/exact_sum.h"

/* Three factors of an exact sum's width, and room for carries. */
#define INFO_I_WIDE_DIGITS (3 * INFO_I_EXACT_DIGITS + 8)

/* sign * sum digit[i] 2^(32 (i + low)), no zero digit at either end. */
typedef struct info_i_wide {
    int32_t sign;  /* -1, 0, 1 */
    int32_t low;   /* place of digit[0] */
    int32_t count; /* digits; 0 for zero */
    uint32_t digit[INFO_I_WIDE_DIGITS];
} info_i_wide;

/* The finite part of an exact sum; a double; an integer. */
void info_i_wide_from_sum(info_i_wide *out, const info_i_exact_sum *sum);
void info_i_wide_from_double(info_i_wide *out, double x);
void info_i_wide_from_integer(info_i_wide *out, int64_t x);

/* out = a * b, a + b, a - b; out is neither. */
void info_i_wide_multiply(info_i_wide *out, const info_i_wide *a, const info_i_wide *b);
void info_i_wide_add(info_i_wide *out, const info_i_wide *a, const info_i_wide *b);
void info_i_wide_subtract(info_i_wide *out, const info_i_wide *a, const info_i_wide *b);

/* Nearest double, ties to even; infinite beyond the largest. */
double info_i_wide_value(const info_i_wide *a);

/* m with a = m 2^exponent, |m| in [1/2, 1), to nearest; 0 for zero. */
double info_i_wide_fraction(const info_i_wide *a, int64_t *exponent);

/* a / b, and sqrt(a / b) of a >= 0 and b > 0, each off by a few units in the last place, without overflow on the way. */
double info_i_wide_quotient(const info_i_wide *a, const info_i_wide *b);
double info_i_wide_root(const info_i_wide *a, const info_i_wide *b);

#endif
