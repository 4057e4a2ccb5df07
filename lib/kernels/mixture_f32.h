/* SPDX-License-Identifier: MIT
 * A cell of two distributions beside its mixture, see terms_f32.h. */
#ifndef INFO_I_MIXTURE_F32_H
#define INFO_I_MIXTURE_F32_H

#include "kernels/log_f32.h"
#include "kernels/ratio_f32.h"

/* Even and odd powers apart, as one multiplication waits for the other. */
INLINE f32x16 polynomial(const float *c, f32x16 w)
{
    const f32x16 square = f32_mul(w, w);
    f32x16 even = f32_set(c[INFO_I_MIXTURE_TERMS - 2]), odd = f32_set(c[INFO_I_MIXTURE_TERMS - 1]);
    for (int i = INFO_I_MIXTURE_TERMS - 4; i >= 0; i -= 2) {
        even = f32_fma(even, square, f32_set(c[i]));
        odd = f32_fma(odd, square, f32_set(c[i + 1]));
    }
    return f32_fma(odd, w, even);
}

/* Logarithms of m, of which neither is the difference of two that are nearly equal. */
typedef struct mixture_logs {
    f32x16 over_q, under_p; /* log(m / q), log(p / m) */
} mixture_logs;

/* |w| < 1 */
INLINE mixture_logs logs_near(const info_i_mixture *m, f32x16 w)
{
    const f32x16 slope = polynomial(m->log, w);
    return (mixture_logs){f32_mul(w, slope), f32_mul(w, f32_sub(f32_set(1), slope))};
}

/* exp(v) - 1, given exp(v). */
INLINE f32x16 exp_minus_one(f32x16 v, f32x16 exp_v)
{
    const f32x16 one = f32_set(1), near = f32_fma(f32_mul(v, v), info_i_psi_ratio_f32(f32_sub(f32_set(0), v)), v);
    return f32_select_small(v, one, near, f32_sub(exp_v, one));
}

/* Any w. One of the two is log(1 + c (exp(v) - 1)), v = w with c = b or v = -w with c = 1 - b, whichever does not
 * overflow; the other differs from it by w. */
INLINE mixture_logs logs_far(const info_i_mixture *m, f32x16 w)
{
    const f32x16 turn = f32_set(m->turn), b = f32_set(m->b), rest = f32_set(m->rest);
    const f32x16 minus = f32_sub(f32_set(0), w), c = f32_select_greater(w, turn, rest, b);
    const f32x16 v = f32_max(f32_select_greater(w, turn, minus, w), f32_set(EXP_LOWEST)), g = f32_exp(v);
    const f32x16 sum = f32_fma(c, g, f32_select_greater(w, turn, b, rest));
    const f32x16 log = f32_log(sum, f32_mul(c, exp_minus_one(v, g)));
    return (mixture_logs){f32_select_greater(w, turn, f32_add(w, log), log),
                          f32_select_greater(w, turn, f32_sub(f32_set(0), log), f32_sub(w, log))};
}

#endif
