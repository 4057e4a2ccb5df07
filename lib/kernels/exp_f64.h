/* SPDX-License-Identifier: MIT
 *
 * exp_f64.h: exponentials, eight at a time.
 *
 *     exp x = 2^e 2^(j/16) exp r,   16 e + j = round(16 x / log 2),   |r| <= log(2) / 32
 *
 * The product with log(2)/16 that leaves r is taken in two parts, the first of 33 bits, so exact. T = 2^(j/16) is rounded,
 * what that costs goes into exp r - 1:
 *
 *     T + T (r + r^2 q(r) + c_j),   c_j = 2^(j/16) / T - 1
 *
 * q is near-minimax (interpolated at Chebyshev's nodes in 250 bits): 2^-55 of exp x. With the last rounding the error is
 * below 0.8 ulp.
 */
#ifndef INFO_I_EXP_F64_H
#define INFO_I_EXP_F64_H

#include "kernels/vector.h"

/* T, c_j */
static const double exp_entries[16][2] = {
    {0x1p+0, 0},
    {0x1.0b5586cf9890fp+0, 0x1.79aa65d837b6cp-54},
    {0x1.172b83c7d517bp+0, -0x1.01b15eaa59348p-55},
    {0x1.2387a6e756238p+0, 0x1.68efde3a8a893p-54},
    {0x1.306fe0a31b715p+0, 0x1.34d754db0abb6p-55},
    {0x1.3dea64c123422p+0, 0x1.59f48a72a4c6cp-55},
    {0x1.4bfdad5362a27p+0, 0x1.690cebb7aafb0p-56},
    {0x1.5ab07dd485429p+0, 0x1.063e1e21c5409p-54},
    {0x1.6a09e667f3bcdp+0, -0x1.3b3efbf5e2229p-54},
    {0x1.7a11473eb0187p+0, -0x1.b32dcb94da51dp-56},
    {0x1.8ace5422aa0dbp+0, 0x1.db72fc1f0eab4p-55},
    {0x1.9c49182a3f090p+0, 0x1.1affc2b91ce27p-56},
    {0x1.ae89f995ad3adp+0, 0x1.c1a7792cb3386p-55},
    {0x1.c199bdd85529cp+0, 0x1.36eae30af0cb3p-56},
    {0x1.d5818dcfba487p+0, 0x1.4a385a63d07a7p-56},
    {0x1.ea4afa2a490dap+0, -0x1.ff7128fd391f1p-55},
};

/* exp x for -708 <= x <= 709, 0 below, NaN for NaN; x above is not meant to be used. exp 0 = 1 exactly. */
INLINE f64x8 f64_exp(const f64_table *entries, f64x8 x)
{
    const f64x8 whole = f64_set(0x1.8p52); /* added, it leaves an integer in the low bits */
    const f64x8 shifted = f64_fma(x, f64_set(0x1.71547652b82fep+4), whole), n = f64_sub(shifted, whole);
    const f64x8 r = f64_fnma(n, f64_set(0x1.473de6af278edp-38), f64_fnma(n, f64_set(0x1.62e42fefp-5), x));
    const u64x8 number = U64_SHIFT_LEFT(f64_bits(shifted), 48);
    const f64_pair entry = f64_lookup(entries, number);
    const u64x8 exponent = u64_and(number, u64_set(UINT64_C(0xfff0000000000000)));
    const f64x8 t = f64_from_bits(u64_add(f64_bits(entry.first), exponent));
    f64x8 q = f64_fma(f64_set(0x1.6c17bb5211739p-10), r, f64_set(0x1.11120af7211b8p-7));
    q = f64_fma(q, r, f64_set(0x1.55555555194d1p-5));
    q = f64_fma(q, r, f64_set(0x1.55555554dd44bp-3));
    q = f64_fma(q, r, f64_set(0.5));
    const f64x8 more = f64_add(f64_fma(f64_mul(r, r), q, r), entry.second);
    return f64_select(f64_less(x, f64_set(-708)), f64_set(0), f64_fma(t, more, t));
}

#endif
