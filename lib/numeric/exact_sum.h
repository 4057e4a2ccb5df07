/* SPDX-License-Identifier: MIT
 * Sums of doubles and of products of two doubles, kept exactly.
 *
 * A sum is a number in base 2^32 wide enough for every double, every product of two and
 * 2^63 of either (Kulisch's long accumulator). Adding is integer arithmetic: exact, hence
 * commutative and associative, hence the same for every order, every partition and every
 * instruction set. Digits take carries late: each is a 64-bit integer that 2^29 additions
 * cannot overflow. Infinities and NaN are counted and not added. */
#ifndef INFO_I_EXACT_SUM_H
#define INFO_I_EXACT_SUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Digit i counts units of 2^(32 i - 2176): the least product is 2^-2148, the greatest below 2^2048. */
#define INFO_I_EXACT_DIGITS 136
#define INFO_I_EXACT_BIAS 2176

typedef struct info_i_exact_sum {
    int64_t digit[INFO_I_EXACT_DIGITS];
    int64_t pending; /* additions since the digits were last carried */
    int64_t positive_infinities, negative_infinities, nans;
} info_i_exact_sum;

/* Carries: every digit but the last then lies in [-2^31, 2^31), a form that is unique. */
void info_i_exact_carry(info_i_exact_sum *sum);

void info_i_exact_add(info_i_exact_sum *sum, double x);

/* Adds x y, unrounded. An infinity times zero is a NaN. */
void info_i_exact_add_product(info_i_exact_sum *sum, double x, double y);

void info_i_exact_add_integer(info_i_exact_sum *sum, int64_t x);

/* sum += other, sum -= other. */
void info_i_exact_merge(info_i_exact_sum *sum, const info_i_exact_sum *other);
void info_i_exact_subtract(info_i_exact_sum *sum, const info_i_exact_sum *other);

/* Neither an infinity nor a NaN was added. */
static inline bool info_i_exact_finite(const info_i_exact_sum *sum)
{
    return sum->positive_infinities == 0 && sum->negative_infinities == 0 && sum->nans == 0;
}

/* What IEEE arithmetic makes of the sum: the double nearest to it (ties to even; infinite
 * beyond the largest), an infinity, NaN for infinities of both signs. */
double info_i_exact_value(const info_i_exact_sum *sum);

#endif
