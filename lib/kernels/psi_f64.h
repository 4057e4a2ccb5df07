/* SPDX-License-Identifier: MIT
 * psi_f64.h: exp(-d) - 1 + d without cancellation, eight at a time: what a small log-ratio d adds to a divergence. */
#ifndef INFO_I_PSI_F64_H
#define INFO_I_PSI_F64_H

#include "kernels/vector.h"

/* (exp(-d) - 1 + d) / d^2 for |d| <= 1, to 2^-54 of itself: near-minimax (interpolated at Chebyshev's nodes in 60 digits). */
INLINE f64x8 psi_ratio(f64x8 d)
{
    static const double even[] = {0x1.99848a67700e4p-37,
                                  0x1.1ee5640e638a2p-29,
                                  0x1.27e5069de9344p-22,
                                  0x1.a01a01907b7eep-16,
                                  0x1.6c16c16c212c0p-10,
                                  0x1.5555555555502p-5,
                                  0x1p-1};
    static const double odd[] = {0x1.b41232cf9950fp-41, 0x1.611cb330c1fe8p-33, 0x1.ae6460fae3728p-26,
                                 0x1.71de3a4e14f40p-19, 0x1.a01a01a01ee70p-13, 0x1.11111111110fdp-7,
                                 0x1.5555555555555p-3};
    const f64x8 square = f64_mul(d, d);
    f64x8 e = f64_set(even[0]), o = f64_set(odd[0]);
    for (int k = 1; k < 7; k++) {
        e = f64_fma(e, square, f64_set(even[k]));
        o = f64_fma(o, square, f64_set(odd[k]));
    }
    return f64_fnma(d, o, e);
}

#endif
