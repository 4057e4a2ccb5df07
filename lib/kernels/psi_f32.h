/* SPDX-License-Identifier: MIT
 * What log-ratios of nearly equal probabilities go through. */
#ifndef INFO_I_PSI_F32_H
#define INFO_I_PSI_F32_H

#include "kernels/exp_f32.h"

/* (exp(-w) - 1 + w) / w^2 for |w| < 1, minimax (9e-8). */
INLINE f32x16 info_i_psi_ratio_f32(f32x16 w)
{
    f32x16 s = f32_fma(f32_set(2.4998309527290985e-05f), w, f32_set(-0.00020319552277214825f));
    s = f32_fma(s, w, f32_set(0.0013890459667891264f));
    s = f32_fma(s, w, f32_set(-0.008331009186804295f));
    s = f32_fma(s, w, f32_set(0.04166657477617264f));
    s = f32_fma(s, w, f32_set(-0.1666669398546219f));
    return f32_fma(s, w, f32_set(0.5f));
}

#endif
