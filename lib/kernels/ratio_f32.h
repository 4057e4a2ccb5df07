/* SPDX-License-Identifier: MIT
 * Probabilities q by a student's logits x, p by a teacher's z, and the logarithm of their ratio. */
#ifndef INFO_I_RATIO_F32_H
#define INFO_I_RATIO_F32_H

#include <float.h>

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
    /* z - x first: near-equal logits subtract exactly, and what is left of the constants after that is exact as well. */
    const f32x16 apart = f32_max(f32_min(f32_sub(z, x), f32_set(1e30f)), f32_set(-1e30f));
    const f32x16 about = f32_fma(apart, f32_set(k->scale), f32_set(-k->apart));
    return f32_add(about, f32_fma(apart, f32_set(k->scale_rest), f32_set(-k->apart_rest)));
}

/* q - p, which is p (exp(-w) - 1), w = log p - log q */
INLINE f32x16 difference(f32x16 w, f32x16 p, f32x16 q)
{
    const f32x16 close = f32_mul(f32_mul(p, w), f32_fma(w, info_i_psi_f32(w), f32_set(-1)));
    return f32_select_small(w, f32_set(1), close, f32_sub(q, p));
}

#endif
