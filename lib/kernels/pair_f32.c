/* SPDX-License-Identifier: MIT
 * Compiled once per level. */
#include "kernels/pair_f32.h"

#include <float.h>

#include "kernels/load_f32.h"

/* Elements between two visits to f64: eight additions per lane and accumulator. */
#define CHUNK 256

typedef struct constants {
    f32x16 p_reference, q_reference, apart, scale, lowest;
} constants;

typedef struct lanes {
    f32x16 p_weight, difference, forward, backward;
} lanes;

typedef struct extremes {
    f32x16 p_maximum, q_maximum, widest, narrowest;
} extremes;

INLINE f32x16 scaled(f32x16 x, const constants *k, bool unit)
{
    return unit ? x : f32_mul(x, k->scale);
}

INLINE f32x16 exp_below(f32x16 x, f32x16 reference, const constants *k, bool unit)
{
    return f32_exp(f32_max(k->lowest, scaled(f32_sub(x, reference), k, unit)));
}

/* exp(-w) - 1 + w and exp(w) - 1 - w over w^2, for |w| < 1: the even and the odd part of
 * their series, minimax (2e-9). */
INLINE void series(f32x16 w, f32x16 square, f32x16 *minus, f32x16 *plus)
{
    f32x16 even = f32_fma(f32_set(2.5358776838402264e-05f), square, f32_set(0.0013885393273085356f));
    f32x16 odd = f32_fma(f32_set(2.806300699376152e-06f), square, f32_set(0.00019838099251501262f));
    even = f32_fma(even, square, f32_set(0.04166673496365547f));
    odd = f32_fma(odd, square, f32_set(0.008333339355885983f));
    even = f32_fma(even, square, f32_set(0.5f));
    odd = f32_mul(f32_fma(odd, square, f32_set(0.1666666716337204f)), w);
    *minus = f32_sub(even, odd);
    *plus = f32_add(even, odd);
}

/* Every |w| < 1: b follows from a and w. */
INLINE void add_near(lanes *l, f32x16 a, f32x16 w)
{
    f32x16 minus, plus;
    const f32x16 square = f32_mul(w, w);
    series(w, square, &minus, &plus);
    const f32x16 difference = f32_mul(f32_mul(a, w), f32_fma(w, minus, f32_set(-1)));
    const f32x16 b = f32_add(a, difference);
    l->p_weight = f32_add(l->p_weight, a);
    l->difference = f32_add(l->difference, difference);
    l->forward = f32_fma(f32_mul(a, square), minus, l->forward);
    l->backward = f32_fma(f32_mul(b, square), plus, l->backward);
}

/* Any w; where one of a and b is 0, nothing cancels in the closed forms. */
INLINE void add_far(lanes *l, f32x16 a, f32x16 b, f32x16 w)
{
    f32x16 minus, plus;
    const f32x16 square = f32_mul(w, w), one = f32_set(1);
    series(w, square, &minus, &plus);
    const f32x16 close = f32_mul(f32_mul(a, w), f32_fma(w, minus, f32_set(-1)));
    const f32x16 difference = f32_select_small(w, one, close, f32_sub(b, a));
    const f32x16 far_forward = f32_fma(a, w, f32_sub(b, a));
    const f32x16 far_backward = f32_fma(f32_sub(f32_set(0), b), w, f32_sub(a, b));
    l->p_weight = f32_add(l->p_weight, a);
    l->difference = f32_add(l->difference, difference);
    l->forward = f32_add(l->forward, f32_select_small(w, one, f32_mul(f32_mul(a, square), minus), far_forward));
    l->backward = f32_add(l->backward, f32_select_small(w, one, f32_mul(f32_mul(b, square), plus), far_backward));
}

INLINE void add_vector(lanes *l, extremes *m, f32x16 x, f32x16 y, const constants *k, bool unit)
{
    m->p_maximum = f32_max(x, m->p_maximum);
    m->q_maximum = f32_max(y, m->q_maximum);
    /* x - y first: near-equal logits subtract exactly. */
    const f32x16 ratio = scaled(f32_sub(f32_sub(x, y), k->apart), k, unit);
    const f32x16 a = exp_below(x, k->p_reference, k, unit);
    if (f32_all_small(ratio, f32_set(1))) {
        add_near(l, a, ratio);
        return;
    }
    /* NaN (-inf on both sides) drops out of the extremes. */
    m->widest = f32_max(ratio, m->widest);
    m->narrowest = f32_min(ratio, m->narrowest);
    const f32x16 w = f32_max(f32_min(ratio, f32_set(FLT_MAX)), f32_set(-FLT_MAX));
    add_far(l, a, exp_below(y, k->q_reference, k, unit), w);
}

INLINE void stretch(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                    const info_i_pair_terms *terms, bool unit, info_i_pair_sums *sums)
{
    const constants k = {f32_set(terms->p_reference), f32_set(terms->q_reference),
                         f32_set(terms->p_reference - terms->q_reference), f32_set(terms->scale), f32_set(EXP_LOWEST)};
    f64x16 p_weight = f64_zero(), difference = f64_zero(), forward = f64_zero(), backward = f64_zero();
    const f32x16 least = f32_set(-INFINITY);
    extremes m = {least, least, least, f32_set(INFINITY)};
    for (int64_t begin = 0; begin < count; begin += CHUNK) {
        const int64_t end = count - begin < CHUNK ? count : begin + CHUNK;
        const f32x16 zero = f32_set(0);
        lanes a = {zero, zero, zero, zero}, b = a;
        int64_t i = begin;
        for (; i + 2 * LANES <= end; i += 2 * LANES) {
            prefetch(x, x_dtype, i);
            prefetch(y, y_dtype, i);
            add_vector(&a, &m, load(x, x_dtype, i), load(y, y_dtype, i), &k, unit);
            add_vector(&b, &m, load(x, x_dtype, i + LANES), load(y, y_dtype, i + LANES), &k, unit);
        }
        if (i + LANES <= end) {
            add_vector(&a, &m, load(x, x_dtype, i), load(y, y_dtype, i), &k, unit);
            i += LANES;
        }
        if (i < end)
            add_vector(&b, &m, load_tail(x, x_dtype, i, end - i), load_tail(y, y_dtype, i, end - i), &k, unit);
        p_weight = f64_add_f32(p_weight, f32_add(a.p_weight, b.p_weight));
        difference = f64_add_f32(difference, f32_add(a.difference, b.difference));
        forward = f64_add_f32(forward, f32_add(a.forward, b.forward));
        backward = f64_add_f32(backward, f32_add(a.backward, b.backward));
    }
    sums->p_weight = f64_sum(p_weight);
    sums->difference = f64_sum(difference);
    sums->forward = f64_sum(forward);
    sums->backward = f64_sum(backward);
    sums->p_maximum = f32_max_lane(m.p_maximum);
    sums->q_maximum = f32_max_lane(m.q_maximum);
    sums->widest = f32_max_lane(m.widest);
    sums->narrowest = -f32_max_lane(f32_sub(f32_set(0), m.narrowest));
}

static void pair_sums(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                      const info_i_pair_terms *terms, info_i_pair_sums *sums)
{
    const bool unit = terms->scale == 1;
    if (unit && x_dtype == INFO_F32 && y_dtype == INFO_F32)
        stretch(x, INFO_F32, y, INFO_F32, count, terms, true, sums);
    else if (unit && x_dtype == INFO_BF16 && y_dtype == INFO_BF16)
        stretch(x, INFO_BF16, y, INFO_BF16, count, terms, true, sums);
    else
        stretch(x, x_dtype, y, y_dtype, count, terms, false, sums);
}

extern const info_i_pair_fn RN(pair_kernel);
const info_i_pair_fn RN(pair_kernel) = pair_sums;
