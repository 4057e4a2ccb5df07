/* SPDX-License-Identifier: MIT
 * Logarithms, sixteen at a time. */
#ifndef INFO_I_LOG_F32_H
#define INFO_I_LOG_F32_H

#include "kernels/vector.h"

/* log(a) of a positive, normal a = 1 + t, of which t is known better than a - 1: within 2 ulp, also near 0.
 *
 * a = 2^k (1 + f) with 1 + f from 0.75 to 1.5; log(1 + f) is f + f^2 p(f), p minimax for the relative error, 3.6e-8. */
INLINE f32x16 f32_log(f32x16 a, f32x16 t)
{
    const f32x16 octave = f32_octave(a),
                 f = f32_select_small(octave, f32_set(0.5f), t, f32_sub(f32_mantissa(a), f32_set(1)));
    f32x16 p = f32_fma(f32_set(0.05413185432553291f), f, f32_set(-0.12067317217588425f));
    p = f32_fma(p, f, f32_set(0.14983916282653809f));
    p = f32_fma(p, f, f32_set(-0.1682281792163849f));
    p = f32_fma(p, f, f32_set(0.19977077841758728f));
    p = f32_fma(p, f, f32_set(-0.24993441998958588f));
    p = f32_fma(p, f, f32_set(0.3333354890346527f));
    p = f32_fma(p, f, f32_set(-0.5000005960464478f));
    return f32_fma(octave, f32_set(0x1.62e43p-1f), f32_fma(f32_mul(f, f), p, f));
}

#endif
