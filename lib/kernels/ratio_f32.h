/* SPDX-License-Identifier: MIT
 * Probabilities q by a student's logits x, p by a teacher's z, and the logarithm of their ratio. */
#ifndef INFO_I_RATIO_F32_H
#define INFO_I_RATIO_F32_H

#include <float.h>

#include "kernels/difference_f32.h"
#include "kernels/load_f32.h"
#include "kernels/psi_f32.h"
#include "kernels/terms_f32.h"

INLINE f32x16 power(f32x16 t)
{
    return f32_exp2(f32_split(f32_max(f32_set(EXP2_LOWEST), t)));
}

INLINE f32x16 student_power(const info_i_row_terms *k, f32x16 x)
{
    return f32_fma(x, f32_set(k->factor), f32_set(-k->reference));
}

INLINE f32x16 student(const info_i_row_terms *k, f32x16 x)
{
    return f32_mul(power(student_power(k, x)), f32_set(k->slope));
}

INLINE f32_power teacher_split(const info_i_row_terms *k, f32x16 z)
{
    const f32x16 t = f32_fma(z, f32_set(k->factor), f32_set(-k->teacher_reference));
    return f32_split(f32_max(f32_set(EXP2_LOWEST), t));
}

INLINE f32x16 teacher(const info_i_row_terms *k, f32x16 z)
{
    return f32_mul(f32_exp2(teacher_split(k, z)), f32_set(k->teacher_slope));
}

/* log p - log q; where p or q is 0, a large number that is finite. */
INLINE f32x16 log_ratio(const info_i_row_terms *k, f32x16 x, f32x16 z)
{
    const f32x16 most = f32_set(1e30f), d = f32_sub(z, x);
    const f32x16 exact = f32_difference(z, x, f32_set(k->base), f32_set(k->base_low));
    const f32x16 far = f32_max(f32_min(d, most), f32_set(-1e30f));
    return f32_mul(f32_select_small(d, most, exact, far), f32_set(k->scale));
}

/* q - p, which is p (exp(-w) - 1), w = log p - log q */
INLINE f32x16 difference(f32x16 w, f32x16 p, f32x16 q)
{
    const f32x16 close = f32_mul(f32_mul(p, w), f32_fma(w, info_i_psi_ratio_f32(w), f32_set(-1)));
    return f32_select_small(w, f32_set(1), close, f32_sub(q, p));
}

#endif
