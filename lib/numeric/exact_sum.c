/* SPDX-License-Identifier: MIT */
#include "numeric/exact_sum.h"

#include <math.h>

#include "numeric/wide.h"

#define CARRY_AFTER ((int64_t)1 << 29)

/* A finite double is (-1)^negative * mantissa * 2^(place - bias). */
typedef struct parts {
    uint64_t mantissa;
    int32_t place;
    bool negative, finite;
} parts;

static inline parts parts_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int32_t exponent = (int32_t)(bits >> 52 & 0x7ff);
    const uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    const bool normal = exponent != 0;
    return (parts){.mantissa = normal ? fraction | (uint64_t)1 << 52 : fraction,
                   .place = (normal ? exponent : 1) - 1075,
                   .negative = bits >> 63 != 0,
                   .finite = exponent != 0x7ff};
}

/* bits * 2^(place - bias) with a sign, in three digits. */
static inline void add_bits(info_i_exact_sum *sum, uint64_t bits, int32_t place, bool negative)
{
    const unsigned __int128 shifted = (unsigned __int128)bits << (place & 31);
    int64_t *digit = sum->digit + (place >> 5);
    const int64_t a = (int64_t)(uint32_t)shifted, b = (int64_t)(uint32_t)(shifted >> 32),
                  c = (int64_t)(uint32_t)(shifted >> 64);
    digit[0] += negative ? -a : a;
    digit[1] += negative ? -b : b;
    digit[2] += negative ? -c : c;
}

static inline void note_addition(info_i_exact_sum *sum)
{
    if (++sum->pending >= CARRY_AFTER)
        info_i_exact_carry(sum);
}

void info_i_exact_carry(info_i_exact_sum *sum)
{
    int64_t carry = 0;
    for (int i = 0; i < INFO_I_EXACT_DIGITS - 1; i++) {
        const int64_t value = sum->digit[i] + carry;
        const int64_t low = (int64_t)(int32_t)(uint32_t)(uint64_t)value;
        carry = (value - low) / ((int64_t)1 << 32);
        sum->digit[i] = low;
    }
    sum->digit[INFO_I_EXACT_DIGITS - 1] += carry;
    sum->pending = 0;
}

static void count_special(info_i_exact_sum *sum, double x)
{
    if (isnan(x))
        sum->nans++;
    else if (x > 0)
        sum->positive_infinities++;
    else
        sum->negative_infinities++;
}

void info_i_exact_add(info_i_exact_sum *sum, double x)
{
    const parts p = parts_of(x);
    if (!p.finite) {
        count_special(sum, x);
        return;
    }
    add_bits(sum, p.mantissa, p.place + INFO_I_EXACT_BIAS, p.negative);
    note_addition(sum);
}

void info_i_exact_add_product(info_i_exact_sum *sum, double x, double y)
{
    const parts p = parts_of(x), q = parts_of(y);
    if (!p.finite || !q.finite) {
        count_special(sum, x * y);
        return;
    }
    const unsigned __int128 product = (unsigned __int128)p.mantissa * q.mantissa;
    const int32_t place = p.place + q.place + INFO_I_EXACT_BIAS;
    add_bits(sum, (uint64_t)product, place, p.negative != q.negative);
    add_bits(sum, (uint64_t)(product >> 64), place + 64, p.negative != q.negative);
    note_addition(sum);
}

void info_i_exact_add_integer(info_i_exact_sum *sum, int64_t x)
{
    add_bits(sum, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, INFO_I_EXACT_BIAS, x < 0);
    note_addition(sum);
}

static void combine(info_i_exact_sum *sum, const info_i_exact_sum *other, bool subtract)
{
    info_i_exact_sum carried;
    if (sum->pending + other->pending >= CARRY_AFTER) {
        carried = *other;
        info_i_exact_carry(&carried);
        info_i_exact_carry(sum);
        other = &carried;
    }
    for (int i = 0; i < INFO_I_EXACT_DIGITS; i++)
        sum->digit[i] += subtract ? -other->digit[i] : other->digit[i];
    sum->pending += other->pending + 1;
    sum->positive_infinities += subtract ? other->negative_infinities : other->positive_infinities;
    sum->negative_infinities += subtract ? other->positive_infinities : other->negative_infinities;
    sum->nans += other->nans;
}

void info_i_exact_merge(info_i_exact_sum *sum, const info_i_exact_sum *other)
{
    combine(sum, other, false);
}

void info_i_exact_subtract(info_i_exact_sum *sum, const info_i_exact_sum *other)
{
    combine(sum, other, true);
}

double info_i_exact_value(const info_i_exact_sum *sum)
{
    if (sum->nans > 0 || (sum->positive_infinities > 0 && sum->negative_infinities > 0))
        return NAN;
    if (sum->positive_infinities > 0)
        return INFINITY;
    if (sum->negative_infinities > 0)
        return -INFINITY;
    info_i_wide wide;
    info_i_wide_from_sum(&wide, sum);
    return info_i_wide_value(&wide);
}
