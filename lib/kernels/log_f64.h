/* SPDX-License-Identifier: MIT
 *
 * log_f64.h: logarithms, eight at a time, without a division.
 *
 *     log x = log 2 * octaves + log1p(z),  octaves = k + t_j,  z = x r_j 2^-k - 1
 *
 * k and j are the exponent and the leading four bits of the fraction of x, rounded to those bits; r_j is
 * near 1/(1 + j/16), which leaves |z| < 1/32. Each r_j was sought among thousands of doubles so that
 * t_j = -log2 r_j is a multiple of 2^-42 but for 2^-66 (after Gal, "Computing elementary functions: a new
 * approach for achieving high accuracy and good performance", 1986): octaves is then exact, and all that rounds is
 * log1p(z), which is small beside the rest; near x = 1, where octaves is 0, z is exact.
 *
 *     2 atanh(s) = log((1+s)/(1-s)) = 2 s + s R(s^2),  R(z) = 2 z/3 + 2 z^2/5 + ...
 *
 * serves the logarithms of quotients. The polynomials are near-minimax on the interval
 * that their users need (interpolated at Chebyshev's nodes in 60 digits).
 */
#ifndef INFO_I_LOG_F64_H
#define INFO_I_LOG_F64_H

#include "kernels/vector.h"
#include "numeric/sum.h"

#define ONE_BITS UINT64_C(0x3ff0000000000000)
#define HALF_OCTAVE_BITS (UINT64_C(1) << 51)
#define EXPONENT_BITS UINT64_C(0x7ff0000000000000)

/* log 2 */
static const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

/* Two vectors go through every step together: one alone would wait for its own last step, and of more the
 * processor cannot see the next beginning. */
#define WIDTH 2
typedef struct group {
    f64x8 v[WIDTH];
} group;
#define EACH(k) _Pragma("GCC unroll 4") for (int k = 0; k < WIDTH; k++)

INLINE group polynomial_group(const double *coefficients, int degree, const group *z)
{
    group value;
    EACH(k)
    value.v[k] = f64_set(coefficients[degree]);
    for (int i = degree - 1; i >= 0; i--)
        EACH(k)
    value.v[k] = f64_fma(value.v[k], z->v[k], f64_set(coefficients[i]));
    return value;
}

/* R(z)/z to 2^-54 for z < 0.0405 */
static const double atanh_coefficients[] = {0x1.5555555555555p-1, 0x1.9999999999f99p-2, 0x1.24924923d0287p-2,
                                            0x1.c71c72f1d7576p-3, 0x1.745ca69dd4056p-3, 0x1.3b2ab103a724cp-3,
                                            0x1.0e7b22d240537p-3, 0x1.171fcac1eaa43p-3};

INLINE f64x8 atanh_rest(f64x8 z)
{
    f64x8 value = f64_set(atanh_coefficients[7]);
    for (int i = 6; i >= 0; i--)
        value = f64_fma(value, z, f64_set(atanh_coefficients[i]));
    return value;
}

/* (log1p(z) - z) / z^2, so that z + z^2 of it is log1p(z) to 2^-55 of itself for |z| < 0.03126 */
INLINE group log1p_rest(const group *z)
{
    static const double c[] = {-0x1.ffffffffffff3p-2, 0x1.555555555554ap-2,  -0x1.0000000066c2fp-2,
                               0x1.9999999a54719p-3,  -0x1.5555454a11df0p-3, 0x1.24923a8e9c7b9p-3,
                               -0x1.0066949474465p-3, 0x1.c7d6f51c12b41p-4};
    return polynomial_group(c, 7, z);
}

/* r_j 2^1023, t_j */
static const double log_entries[16][2] = {
    {0x1p1023, 0},
    {0x1.e1e1e1e39132ep1022, 0x1.663f6f97e8p-4},
    {0x1.c71c71cb6c75bp1022, 0x1.5c01a383bep-3},
    {0x1.af286bcc8814ap1022, 0x1.fbc16b7f86p-3},
    {0x1.999999a53603ep1022, 0x1.49a78492f1p-2},
    {0x1.86186186172d4p1022, 0x1.91bba891f6p-2},
    {0x1.745d1744d0443p1022, 0x1.d6753e072bp-2},
    {0x1.642c85916b162p1022, 0x1.0c10500be4p-1},
    {0x1.55555547a002bp1022, 0x1.2b803491a2p-1},
    {0x1.47ae147911946p1022, 0x1.49a784c0e7p-1},
    {0x1.3b13b13dcba22p1022, 0x1.66a008de19p-1},
    {0x1.2f684be248643p1022, 0x1.82809d47ebp-1},
    {0x1.249249248fba8p1022, 0x1.9d5d9fd5078p-1},
    {0x1.1a7b961380a98p1022, 0x1.b74948f07e8p-1},
    {0x1.111111101a229p1022, 0x1.d053f6d4fc8p-1},
    {0x1.0842108924e29p1022, 0x1.e88c6b2822p-1},
};

/* log x = octaves log 2 + rest, the octaves a multiple of 2^-42 and |rest| < 1/31. */
typedef struct log_group {
    group octaves, rest;
} log_group;

/* For positive, finite, normal x; for 0 and subnormal x something finite that is not meant to be used. */
INLINE log_group log_of_group(const f64_table *entries, const group *x)
{
    group z;
    log_group l;
    EACH(k)
    {
        const u64x8 rounded = u64_add(f64_bits(x->v[k]), u64_set(UINT64_C(1) << 47));
        const f64_pair entry = f64_lookup(entries, rounded);
        const u64x8 scaled = u64_sub(f64_bits(entry.first), u64_and(rounded, u64_set(EXPONENT_BITS)));
        z.v[k] = f64_fms(x->v[k], f64_from_bits(scaled), f64_set(1));
        l.octaves.v[k] = f64_add(f64_exponent(rounded), entry.second);
    }
    const group rest = log1p_rest(&z);
    EACH(k)
    l.rest.v[k] = f64_fma(f64_mul(z.v[k], z.v[k]), rest.v[k], z.v[k]);
    return l;
}

/* log x in one double, within 2 ulp, for normal x up to 2^1022. */
INLINE group log_group_value(const f64_table *entries, const group *x)
{
    const log_group l = log_of_group(entries, x);
    group value;
    EACH(k)
    {
        const f64x8 octaves = l.octaves.v[k];
        value.v[k] = f64_fma(octaves, f64_set(log_2.high), f64_fma(octaves, f64_set(log_2.low), l.rest.v[k]));
    }
    return value;
}

#endif
