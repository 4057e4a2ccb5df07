/* SPDX-License-Identifier: MIT */
#include "evaluation/fixed.h"

#include <math.h>
#include <string.h>

info_i_fixed info_i_fixed_from(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52 & 0x7ff);
    if (exponent == 0) /* far below a unit */
        return 0;
    const uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    const int shift = exponent - 1075 + 64;
    info_i_fixed size;
    if (shift >= 0) {
        size = (info_i_fixed)mantissa << shift;
    } else if (shift < -54) {
        size = 0;
    } else {
        const uint64_t kept = mantissa >> -shift, rest = mantissa << (64 + shift), half = (uint64_t)1 << 63;
        size = (info_i_fixed)(kept + (rest > half || (rest == half && (kept & 1) != 0)));
    }
    return bits >> 63 ? -size : size;
}

info_i_dd info_i_fixed_value(info_i_fixed x)
{
    const bool negative = x < 0;
    const unsigned __int128 size = negative ? 0 - (unsigned __int128)x : (unsigned __int128)x;
    /* 42 bits each: exact doubles. */
    const uint64_t mask = ((uint64_t)1 << 42) - 1;
    const double low = ldexp((double)((uint64_t)size & mask), -64);
    const double middle = ldexp((double)((uint64_t)(size >> 42) & mask), -22);
    const double high = ldexp((double)(uint64_t)(size >> 84), 20);
    const info_i_dd sum = info_i_dd_add(info_i_fast_two_sum(high, middle), info_i_dd_from(low));
    return negative ? info_i_dd_negate(sum) : sum;
}
