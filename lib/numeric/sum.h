/* SPDX-License-Identifier: MIT
 *
 * sum.h: sums whose error does not grow with the number of terms.
 *
 * A double-double is an unevaluated sum high + low with |low| <= ulp(high)/2:
 * 106 bits. The primitives are Knuth's and Dekker's error-free transformations
 * (Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput.
 * 26(6), 2005). They need IEEE arithmetic rounding to nearest, which every call
 * of the library has.
 *
 * The order of every sum is fixed so that its bits depend on nothing but the
 * numbers: a row is cut into blocks of INFO_I_BLOCK elements starting at column 0,
 * wherever it lies in memory; a block is summed by one worker, in eight lanes;
 * blocks are added in order. Threads, instruction sets and alignment then leave
 * no trace.
 */
#ifndef INFO_I_SUM_H
#define INFO_I_SUM_H

#include <math.h>
#include <stdint.h>

/* Elements of a block of a row: 32 KiB of doubles, so that a converted block, and two of
 * them, stay in the first cache levels. A multiple of 64. */
#define INFO_I_BLOCK 4096

typedef struct info_i_dd {
    double high;
    double low;
} info_i_dd;

static inline info_i_dd info_i_dd_from(double value)
{
    return (info_i_dd){value, 0.0};
}

static inline double info_i_dd_value(info_i_dd a)
{
    return a.high + a.low;
}

/* a + b exactly, if |a| >= |b| or a = 0. */
static inline info_i_dd info_i_fast_two_sum(double a, double b)
{
    const double sum = a + b;
    return (info_i_dd){sum, b - (sum - a)};
}

/* a + b exactly. */
static inline info_i_dd info_i_two_sum(double a, double b)
{
    const double sum = a + b, bb = sum - a;
    return (info_i_dd){sum, (a - (sum - bb)) + (b - bb)};
}

/* a * b exactly (unless it underflows). */
static inline info_i_dd info_i_two_product(double a, double b)
{
    const double product = a * b;
    return (info_i_dd){product, fma(a, b, -product)};
}

static inline info_i_dd info_i_dd_add_double(info_i_dd a, double b)
{
    const info_i_dd sum = info_i_two_sum(a.high, b);
    return info_i_fast_two_sum(sum.high, sum.low + a.low);
}

static inline info_i_dd info_i_dd_add(info_i_dd a, info_i_dd b)
{
    const info_i_dd high = info_i_two_sum(a.high, b.high), low = info_i_two_sum(a.low, b.low);
    const info_i_dd sum = info_i_fast_two_sum(high.high, high.low + low.high);
    return info_i_fast_two_sum(sum.high, sum.low + low.low);
}

static inline info_i_dd info_i_dd_negate(info_i_dd a)
{
    return (info_i_dd){-a.high, -a.low};
}

static inline info_i_dd info_i_dd_multiply_double(info_i_dd a, double b)
{
    const info_i_dd product = info_i_two_product(a.high, b);
    return info_i_fast_two_sum(product.high, fma(a.low, b, product.low));
}

static inline info_i_dd info_i_dd_multiply(info_i_dd a, info_i_dd b)
{
    const info_i_dd product = info_i_two_product(a.high, b.high);
    return info_i_fast_two_sum(product.high, fma(a.high, b.low, fma(a.low, b.high, product.low)));
}

static inline info_i_dd info_i_dd_divide(info_i_dd a, info_i_dd b)
{
    const double quotient = a.high / b.high;
    const double rest = fma(-quotient, b.high, a.high) + a.low - quotient * b.low;
    return info_i_fast_two_sum(quotient, rest / b.high);
}

/* log(a), a > 0 and normal, to about an ulp of the result even where a is near 1. */
static inline double info_i_dd_log(info_i_dd a)
{
    const info_i_dd above = info_i_dd_add_double(a, -1.0);
    if (fabs(above.high) < 0.5)
        return log1p(above.high) + above.low / (1.0 + above.high);
    return log(a.high) + a.low / a.high;
}

#endif
