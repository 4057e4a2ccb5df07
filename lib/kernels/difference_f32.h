/* SPDX-License-Identifier: MIT
 * Differences of logits that do not round. */
#ifndef INFO_I_DIFFERENCE_F32_H
#define INFO_I_DIFFERENCE_F32_H

#include "kernels/vector.h"

/* (x - y) - (base + base_low): x - y = d + error exactly (Knuth's two-sum), of which d loses the larger part to the base
 * where models differ by little but a constant. NaN if x or y is infinite. */
INLINE f32x16 f32_difference(f32x16 x, f32x16 y, f32x16 base, f32x16 base_low)
{
    const f32x16 d = f32_sub(x, y), minus_y = f32_sub(d, x), other_x = f32_sub(d, minus_y);
    const f32x16 error = f32_sub(f32_sub(x, other_x), f32_add(y, minus_y));
    return f32_add(f32_sub(d, base), f32_sub(error, base_low));
}

#endif
