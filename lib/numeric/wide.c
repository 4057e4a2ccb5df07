/* SPDX-License-Identifier: MIT */
#include "numeric/wide.h"

#include <math.h>

/* Digits of value from first on, without the zeros at the ends. */
static void trim(info_i_wide *a)
{
    int32_t first = 0;
    while (a->count > 0 && a->digit[a->count - 1] == 0)
        a->count--;
    while (first < a->count && a->digit[first] == 0)
        first++;
    a->count -= first;
    a->low += first;
    if (first > 0)
        memmove(a->digit, a->digit + first, (size_t)a->count * sizeof *a->digit);
    if (a->count == 0)
        a->sign = a->low = 0;
}

void info_i_wide_from_sum(info_i_wide *out, const info_i_exact_sum *sum)
{
    info_i_exact_sum s = *sum;
    info_i_exact_carry(&s);
    int32_t top = INFO_I_EXACT_DIGITS - 1;
    while (top > 0 && s.digit[top] == 0)
        top--;
    /* The digits below are less than half of one of the top: the top one has the sign. */
    const bool negative = s.digit[top] < 0;
    int64_t borrow = 0;
    out->sign = negative ? -1 : 1;
    out->low = -INFO_I_EXACT_BIAS / 32;
    out->count = INFO_I_EXACT_DIGITS + 1;
    for (int32_t i = 0; i < INFO_I_EXACT_DIGITS; i++) {
        const int64_t value = (negative ? -s.digit[i] : s.digit[i]) + borrow;
        out->digit[i] = (uint32_t)(uint64_t)value;
        borrow = (value - (int64_t)out->digit[i]) / ((int64_t)1 << 32);
    }
    out->digit[INFO_I_EXACT_DIGITS] = (uint32_t)borrow;
    trim(out);
}

void info_i_wide_from_double(info_i_wide *out, double x)
{
    info_i_exact_sum sum = {0};
    info_i_exact_add(&sum, x);
    info_i_wide_from_sum(out, &sum);
}

void info_i_wide_from_integer(info_i_wide *out, int64_t x)
{
    const uint64_t size = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    out->sign = x < 0 ? -1 : 1;
    out->low = 0;
    out->count = 2;
    out->digit[0] = (uint32_t)size;
    out->digit[1] = (uint32_t)(size >> 32);
    trim(out);
}

void info_i_wide_multiply(info_i_wide *out, const info_i_wide *a, const info_i_wide *b)
{
    out->sign = a->sign * b->sign;
    out->low = a->low + b->low;
    out->count = out->sign == 0 ? 0 : a->count + b->count;
    memset(out->digit, 0, (size_t)out->count * sizeof *out->digit);
    for (int32_t i = 0; i < a->count && out->sign != 0; i++) {
        uint64_t carry = 0;
        for (int32_t j = 0; j < b->count; j++) {
            carry += (uint64_t)a->digit[i] * b->digit[j] + out->digit[i + j];
            out->digit[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out->digit[i + b->count] = (uint32_t)carry;
    }
    trim(out);
}

static uint32_t digit_at(const info_i_wide *a, int32_t place)
{
    return place < a->low || place >= a->low + a->count ? 0 : a->digit[place - a->low];
}

/* Compares |a| and |b|. */
static int compare_sizes(const info_i_wide *a, const info_i_wide *b, int32_t low, int32_t high)
{
    for (int32_t place = high - 1; place >= low; place--)
        if (digit_at(a, place) != digit_at(b, place))
            return digit_at(a, place) > digit_at(b, place) ? 1 : -1;
    return 0;
}

static void add_signed(info_i_wide *out, const info_i_wide *a, const info_i_wide *b, int32_t b_sign)
{
    if (a->sign == 0 || b_sign == 0) {
        *out = a->sign == 0 ? *b : *a;
        out->sign = a->sign == 0 ? b_sign : a->sign;
        return;
    }
    const int32_t a_high = a->low + a->count, b_high = b->low + b->count;
    const int32_t low = a->low < b->low ? a->low : b->low, high = a_high > b_high ? a_high : b_high;
    const bool same = a->sign == b_sign;
    const bool swapped = !same && compare_sizes(a, b, low, high) < 0;
    const info_i_wide *large = swapped ? b : a, *small = swapped ? a : b;
    int64_t carry = 0;
    out->sign = swapped ? b_sign : a->sign;
    out->low = low;
    out->count = high - low + 1;
    for (int32_t i = 0; i < out->count; i++) {
        const int64_t y = (int64_t)digit_at(small, low + i);
        const int64_t value = (int64_t)digit_at(large, low + i) + (same ? y : -y) + carry;
        out->digit[i] = (uint32_t)(uint64_t)value;
        carry = (value - (int64_t)out->digit[i]) / ((int64_t)1 << 32);
    }
    trim(out);
}

void info_i_wide_add(info_i_wide *out, const info_i_wide *a, const info_i_wide *b)
{
    add_signed(out, a, b, b->sign);
}

void info_i_wide_subtract(info_i_wide *out, const info_i_wide *a, const info_i_wide *b)
{
    add_signed(out, a, b, -b->sign);
}

/* The top 64 bits, of which the first is 1 and the last also tells that there are more below; exponent: a = bits *
 * 2^exponent, nearly. */
static uint64_t top_bits(const info_i_wide *a, int64_t *exponent)
{
    const int32_t top = a->low + a->count - 1;
    const unsigned __int128 three = (unsigned __int128)digit_at(a, top) << 64 |
                                    (unsigned __int128)digit_at(a, top - 1) << 32 | digit_at(a, top - 2);
    int zeros = 0;
    while (!(digit_at(a, top) << zeros & 0x80000000u))
        zeros++;
    const int shift = 32 - zeros;
    uint64_t bits = (uint64_t)(three >> shift);
    bool more = ((unsigned __int128)bits << shift) != three;
    more = more || a->count > 3; /* no zeros at the end */
    *exponent = 32 * ((int64_t)top - 2) + shift;
    return bits | more;
}

double info_i_wide_value(const info_i_wide *a)
{
    if (a->sign == 0)
        return 0;
    int64_t exponent;
    uint64_t bits = top_bits(a, &exponent);
    if (exponent + 64 > 1100 || exponent + 64 < -1200)
        return a->sign * (exponent > 0 ? (double)INFINITY : 0);
    /* Bits below the last that the double keeps, more of them where it is subnormal. */
    const int64_t drop = exponent + 11 < -1074 ? -1074 - exponent : 11;
    if (drop > 64)
        return a->sign * 0.0;
    const uint64_t kept = drop == 64 ? 0 : bits >> drop, rest = drop == 64 ? bits : bits << (64 - drop);
    const uint64_t half = (uint64_t)1 << 63;
    const uint64_t rounded = kept + (rest > half || (rest == half && (kept & 1) != 0));
    return a->sign * ldexp((double)rounded, (int)(exponent + drop));
}

double info_i_wide_fraction(const info_i_wide *a, int64_t *exponent)
{
    *exponent = 0;
    if (a->sign == 0)
        return 0;
    const uint64_t bits = top_bits(a, exponent), kept = bits >> 11, rest = bits << 53, half = (uint64_t)1 << 63;
    const uint64_t rounded = kept + (rest > half || (rest == half && (kept & 1) != 0));
    int carried;
    const double fraction = frexp((double)rounded, &carried);
    *exponent += 11 + carried;
    return a->sign * fraction;
}

static double scaled(double fraction, int64_t exponent)
{
    return ldexp(fraction, exponent > 4000 ? 4000 : exponent < -4000 ? -4000 : (int)exponent);
}

double info_i_wide_quotient(const info_i_wide *a, const info_i_wide *b)
{
    int64_t above, below;
    const double x = info_i_wide_fraction(a, &above), y = info_i_wide_fraction(b, &below);
    return scaled(x / y, above - below);
}

double info_i_wide_root(const info_i_wide *a, const info_i_wide *b)
{
    int64_t above, below;
    const double x = info_i_wide_fraction(a, &above), y = info_i_wide_fraction(b, &below);
    const int64_t exponent = above - below, odd = exponent & 1;
    return scaled(sqrt(odd ? 2 * x / y : x / y), (exponent - odd) / 2);
}
