/* SPDX-License-Identifier: MIT
 * Powers of two and of e, sixteen at a time. */
#ifndef INFO_I_EXP_F32_H
#define INFO_I_EXP_F32_H

#include "kernels/vector.h"

/* 2^t for -127 <= t < 127, in two steps for the sake of the processor, which works on the second of one
 * vector and the first of the next at once. Adding 1.5 * 2^20 rounds t to eighths, and leaves their number
 * in the low bits. 2^f on |f| <= 1/16 is 1 + f u(f), u minimax for the relative error of the whole, 2.6e-8; with a
 * table to 3.2e-8 and the rounding at the end the result is within 1.3e-7 of 2^t. 2^-127 gives 0 and 2^0 gives 1,
 * exactly; NaN stays NaN. What is below 2^-126 otherwise is below 2^-126. */
#define EXP2_LOWEST (-127.0f)

typedef struct f32_power {
    f32x16 t, eighths, rest;
} f32_power;

INLINE f32_power f32_split(f32x16 t)
{
    const f32x16 magic = f32_set(1572864.0f), eighths = f32_add(t, magic);
    return (f32_power){t, eighths, f32_sub(t, f32_sub(eighths, magic))};
}

INLINE f32x16 f32_exp2(f32_power a)
{
    const f32x16 power = f32_exp2_eighths(a.eighths);
    f32x16 u = f32_fma(f32_set(0.05548902228474617f), a.rest, f32_set(0.24025751650333405f));
    u = f32_fma(u, a.rest, f32_set(0.6931472420692444f));
    return f32_fma(f32_mul(a.rest, power), u, power);
}

/* exp(d) for d <= 80, exactly 0 below -87.7 and exactly 1 at 0; NaN stays NaN.
 *
 * d = n log 2 + r with n whole: adding 1.5 * 2^23 rounds d / log 2 to a whole number and
 * leaves it, biased by 127, in the low bits, from where it becomes the exponent of 2^n;
 * at n = -127 that is 0. exp(r) on |r| <= 0.35 is 1 + r + r^2 q(r), q minimax for the
 * relative error of the whole, 4e-9. The result is within 0.8 ulp of exp(d) plus
 * 3e-9 |d| for log 2 rounded to a float. */
#define EXP_LOWEST (-88.02969f) /* -127 log 2, rounded up */

INLINE f32x16 f32_exp(f32x16 d)
{
    const f32x16 magic = f32_set(12582912.0f + 127.0f);
    const f32x16 shifted = f32_fma(d, f32_set(0x1.715476p+0f), magic);
    const f32x16 r = f32_fma(f32_sub(shifted, magic), f32_set(-0x1.62e43p-1f), d);
    f32x16 p = f32_fma(f32_set(0.0013814191333949566f), r, f32_set(0.008368914015591145f));
    p = f32_fma(p, r, f32_set(0.04166840761899948f));
    p = f32_fma(p, r, f32_set(0.1666651964187622f));
    p = f32_fma(p, r, f32_set(0.4999999403953552f));
    p = f32_fma(p, r, f32_set(1.0f));
    p = f32_fma(p, r, f32_set(1.0f));
    return f32_mul(p, f32_exponent_of_low_bits(shifted));
}

#endif
