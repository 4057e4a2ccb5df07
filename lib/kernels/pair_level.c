/* SPDX-License-Identifier: MIT
 * Compiled once per level. Where all of a vector's |w| < 1, as in a model and its quantized copy nearly
 * always, b is never computed: everything follows from a and w. */
#include "kernels/pair_f32.h"

#include <float.h>

#include "kernels/load_f32.h"
#include "kernels/psi_f32.h"

/* Elements between two visits to f64: sixteen additions per lane and accumulator. */
#define CHUNK 512
#define STEP (2 * F32_LANES)

typedef struct constants {
    f32x16 p_reference, q_reference, apart, scale, factor, lowest;
} constants;

/* A vector of pairs, ready to be weighed. */
typedef struct pairs {
    f32x16 w, y;
    f32_power power; /* of a */
} pairs;

/* near: sum a w and sum b - a + a w where |w| < 1; so the sum of b - a is the second less the first. */
typedef struct lanes {
    f32x16 weight, product, near, backward;
    f32x16 difference, forward; /* elsewhere */
    bool far;
} lanes;

typedef struct extremes {
    f32x16 p_maximum, q_maximum, widest, narrowest;
} extremes;

INLINE f32_power distance(f32x16 x, f32x16 reference, const constants *k)
{
    /* NaN comes through: it is the second operand. */
    return f32_split(f32_max(k->lowest, f32_mul(f32_sub(x, reference), k->factor)));
}

INLINE pairs take(f32x16 x, f32x16 y, const constants *k, bool unit, extremes *m)
{
    /* x - y first: near-equal logits subtract exactly. */
    const f32x16 ratio = f32_sub(f32_sub(x, y), k->apart);
    m->p_maximum = f32_max(x, m->p_maximum);
    m->q_maximum = f32_max(y, m->q_maximum);
    return (pairs){unit ? ratio : f32_mul(ratio, k->scale), y, distance(x, k->p_reference, k)};
}

/* exp(w) - 1 - w = exp(w) w^2 (1 - (1 + w) psi), times exp(-w). */
INLINE f32x16 psi_reverse(f32x16 w, f32x16 forward)
{
    const f32x16 one = f32_set(1);
    return f32_fma(f32_sub(f32_set(-1), w), forward, one);
}

INLINE void add_near(lanes *l, const pairs *v, bool reverse)
{
    const f32x16 a = f32_exp2(v->power), s = info_i_psi_f32(v->w), first = f32_mul(a, v->w),
                 second = f32_mul(first, v->w);
    l->weight = f32_add(l->weight, a);
    l->product = f32_add(l->product, first);
    l->near = f32_fma(second, s, l->near);
    if (reverse)
        l->backward = f32_fma(second, psi_reverse(v->w, s), l->backward);
}

/* Any w; where one of a and b is 0, nothing cancels in the closed forms. */
INLINE void add_far(lanes *l, const pairs *v, const constants *k, bool reverse, extremes *m)
{
    const f32x16 a = f32_exp2(v->power), b = f32_exp2(distance(v->y, k->q_reference, k)), one = f32_set(1);
    /* NaN (-inf on both sides) drops out of the extremes. */
    m->widest = f32_max(v->w, m->widest);
    m->narrowest = f32_min(v->w, m->narrowest);
    const f32x16 w = f32_max(f32_min(v->w, f32_set(FLT_MAX)), f32_set(-FLT_MAX));
    const f32x16 s = info_i_psi_f32(w), first = f32_mul(a, w), second = f32_mul(first, w), apart = f32_sub(b, a);
    const f32x16 close = f32_mul(second, s);
    l->weight = f32_add(l->weight, a);
    l->difference = f32_add(l->difference, f32_select_small(w, one, f32_sub(close, first), apart));
    l->forward = f32_add(l->forward, f32_select_small(w, one, close, f32_fma(a, w, apart)));
    if (reverse) {
        const f32x16 far = f32_sub(f32_set(0), f32_fma(b, w, apart));
        l->backward = f32_add(l->backward, f32_select_small(w, one, f32_mul(second, psi_reverse(w, s)), far));
    }
    l->far = true;
}

INLINE void add(lanes *l, const pairs *v, const constants *k, bool reverse, extremes *m)
{
    if (f32_all_small(v->w, f32_set(1)))
        add_near(l, v, reverse);
    else
        add_far(l, v, k, reverse, m);
}

typedef struct totals {
    f64x16 weight, product, near, backward, difference, forward;
} totals;

INLINE void merge(totals *t, const lanes *l, bool reverse)
{
    t->weight = f64x16_add_f32(t->weight, l->weight);
    t->product = f64x16_add_f32(t->product, l->product);
    t->near = f64x16_add_f32(t->near, l->near);
    if (reverse)
        t->backward = f64x16_add_f32(t->backward, l->backward);
    if (l->far) {
        t->difference = f64x16_add_f32(t->difference, l->difference);
        t->forward = f64x16_add_f32(t->forward, l->forward);
    }
}

INLINE void stretch(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                    const info_i_pair_terms *terms, bool unit, bool reverse, info_i_pair_sums *sums)
{
    const constants k = {
        f32_set(terms->p_reference), f32_set(terms->q_reference), f32_set(terms->p_reference - terms->q_reference),
        f32_set(terms->scale),       f32_set(terms->factor),      f32_set(EXP2_LOWEST)};
    const f32x16 zero = f32_set(0), least = f32_set(-INFINITY);
    const lanes none = {zero, zero, zero, zero, zero, zero, false};
    const f64x16 nothing = f64x16_zero();
    const int64_t whole = count - count % STEP;
    totals total = {nothing, nothing, nothing, nothing, nothing, nothing};
    extremes m = {least, least, least, f32_set(INFINITY)};
    if (whole > 0) {
        pairs now = take(load(x, x_dtype, 0), load(y, y_dtype, 0), &k, unit, &m);
        for (int64_t begin = 0; begin < whole; begin += CHUNK) {
            const int64_t end = whole - begin < CHUNK ? whole : begin + CHUNK;
            lanes l = none;
            for (int64_t i = begin; i < end; i += STEP) {
                const int64_t other = i + F32_LANES, after = i + STEP < whole ? i + STEP : i;
                prefetch(x, x_dtype, i);
                prefetch(y, y_dtype, i);
                const pairs next = take(load(x, x_dtype, other), load(y, y_dtype, other), &k, unit, &m);
                add(&l, &now, &k, reverse, &m);
                now = take(load(x, x_dtype, after), load(y, y_dtype, after), &k, unit, &m);
                add(&l, &next, &k, reverse, &m);
            }
            merge(&total, &l, reverse);
        }
    }
    for (int64_t i = whole; i < count; i += F32_LANES) {
        const int64_t left = count - i;
        lanes l = none;
        const f32x16 p = left < F32_LANES ? load_tail(x, x_dtype, i, left) : load(x, x_dtype, i);
        const f32x16 q = left < F32_LANES ? load_tail(y, y_dtype, i, left) : load(y, y_dtype, i);
        const pairs rest = take(p, q, &k, unit, &m);
        add(&l, &rest, &k, reverse, &m);
        merge(&total, &l, reverse);
    }
    const double near = f64x16_sum(total.near);
    sums->p_weight = f64x16_sum(total.weight);
    sums->difference = f64x16_sum(total.difference) + (near - f64x16_sum(total.product));
    sums->forward = f64x16_sum(total.forward) + near;
    sums->backward = f64x16_sum(total.backward);
    sums->p_maximum = f32_max_lane(m.p_maximum);
    sums->q_maximum = f32_max_lane(m.q_maximum);
    sums->widest = f32_max_lane(m.widest);
    sums->narrowest = -f32_max_lane(f32_sub(f32_set(0), m.narrowest));
}

INLINE void typed(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                  const info_i_pair_terms *terms, bool unit, info_i_pair_sums *sums)
{
    if (terms->reverse)
        stretch(x, x_dtype, y, y_dtype, count, terms, unit, true, sums);
    else
        stretch(x, x_dtype, y, y_dtype, count, terms, unit, false, sums);
}

static void pair_sums(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                      const info_i_pair_terms *terms, info_i_pair_sums *sums)
{
    const bool unit = terms->scale == 1;
    if (unit && x_dtype == INFO_F32 && y_dtype == INFO_F32)
        typed(x, INFO_F32, y, INFO_F32, count, terms, true, sums);
    else if (unit && x_dtype == INFO_BF16 && y_dtype == INFO_BF16)
        typed(x, INFO_BF16, y, INFO_BF16, count, terms, true, sums);
    else
        typed(x, x_dtype, y, y_dtype, count, terms, false, sums);
}

const info_i_pair_kernels RN(pair_kernels) = {pair_sums};
