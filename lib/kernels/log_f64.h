/* SPDX-License-Identifier: MIT
 *
 * log_f64.h: logarithms, eight at a time, without tables.
 *
 *     2 atanh(s) = log((1+s)/(1-s)) = 2 s + s R(s^2),  R(z) = 2 z/3 + 2 z^2/5 + ...
 *
 * R/z is a polynomial, near-minimax on the interval of z that its user needs
 * (interpolated at Chebyshev's nodes in 60 digits).
 */
#ifndef INFO_I_LOG_F64_H
#define INFO_I_LOG_F64_H

#include "kernels/simd_f64.h"
#include "numeric/sum.h"

#define ONE_BITS UINT64_C(0x3ff0000000000000)
#define HALF_ROOT_BITS UINT64_C(0x3fe6a09e667f3bcd) /* of sqrt(1/2) */
#define HALF_OCTAVE_BITS (UINT64_C(1) << 51)
#define FRACTION_BITS UINT64_C(0x000fffffffffffff)
#define EXPONENT_BITS UINT64_C(0x7ff0000000000000)

/* log 2 */
static const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

/* Four vectors go through every step together: one alone would wait for its own last step. */
#define WIDTH 4
typedef struct group {
    f64x8 v[WIDTH];
} group;
#define EACH(k) for (int k = 0; k < WIDTH; k++)

INLINE group polynomial_group(const double *coefficients, int degree, const group *z)
{
    group value;
    EACH(k)
        value.v[k] = set8(coefficients[degree]);
    for (int i = degree - 1; i >= 0; i--)
        EACH(k)
            value.v[k] = fma8(value.v[k], z->v[k], set8(coefficients[i]));
    return value;
}

/* R(z)/z to 2^-51 for z < 0.0295 */
INLINE group atanh_rest_near(const group *z)
{
    static const double c[] = {0x1.5555555555558p-1, 0x1.99999999951f5p-2, 0x1.2492492e0b70cp-2, 0x1.c71c62c42db89p-3,
                               0x1.7462be245eae3p-3, 0x1.39fd25d62ab23p-3, 0x1.2b6776a1bf0b9p-3};
    return polynomial_group(c, 6, z);
}

/* R(z)/z to 2^-54 for z < 0.0405 */
INLINE group atanh_rest(const group *z)
{
    static const double c[] = {0x1.5555555555555p-1, 0x1.9999999999f99p-2, 0x1.24924923d0287p-2, 0x1.c71c72f1d7576p-3,
                               0x1.745ca69dd4056p-3, 0x1.3b2ab103a724cp-3, 0x1.0e7b22d240537p-3, 0x1.171fcac1eaa43p-3};
    return polynomial_group(c, 7, z);
}

/* log x = octaves log 2 + rest, with a whole number of octaves and |rest| <= log(2)/2. */
typedef struct log_group {
    group octaves, rest;
} log_group;

/* For positive, finite, normal x; for others something finite that is not meant to be
 * used. With f = x 2^-octaves - 1 and s = f/(2+f), log1p(f) = f - s (f - R), whose only
 * sizeable rounding is the last. */
INLINE log_group log_of_group(const group *x)
{
    group f, s, s2;
    log_group l;
    EACH(k) {
        const u64x8 shifted = add_u8(bits8(x->v[k]), set_u8(ONE_BITS - HALF_ROOT_BITS));
        l.octaves.v[k] = exponent8(shifted);
        f.v[k] = sub8(from_bits8(add_u8(and_u8(shifted, set_u8(FRACTION_BITS)), set_u8(HALF_ROOT_BITS))), set8(1));
    }
    EACH(k)
        s.v[k] = div8(f.v[k], add8(f.v[k], set8(2)));
    EACH(k)
        s2.v[k] = mul8(s.v[k], s.v[k]);
    const group rest = atanh_rest_near(&s2);
    EACH(k)
        l.rest.v[k] = fnma8(s2.v[k], rest.v[k], f.v[k]);
    EACH(k)
        l.rest.v[k] = fnma8(s.v[k], l.rest.v[k], f.v[k]);
    return l;
}

#endif
