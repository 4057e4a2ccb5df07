/* SPDX-License-Identifier: MIT
 * Compiled once per level. Where all of a vector's |w| < 1, as in a model and its quantized copy nearly
 * always, b is never computed: everything follows from a and w. */
#include "kernels/pair_f32.h"

#include "kernels/difference_f32.h"
#include "kernels/load_f32.h"
#include "kernels/psi_f32.h"

/* Elements between two visits to f64: sixteen additions per lane and accumulator. */
#define CHUNK 256
#define STEP (2 * F32_LANES)

typedef struct constants {
    f32x16 p_reference, q_reference, q_slope, base, base_low, scale, factor, lowest;
} constants;

/* A vector of pairs, ready to be weighed. */
typedef struct pairs {
    f32x16 w;
    f32_power power; /* of a */
} pairs;

typedef struct extremes {
    f32x16 p, q;
} extremes;

/* Of cells with |w| < 1: sums of a, a w, b - a + a w (so that b - a is the third less the second), and a - b - b w. */
typedef struct lanes {
    f32x16 weight, product, forward, backward;
} lanes;

/* Of all other cells: sums of a, b, a (w / scale) and b (w / scale). */
typedef struct far_sums {
    f64x16 p, q, p_product, q_product;
    f32x16 widest, narrowest, lost;
} far_sums;

INLINE f32_power distance(f32x16 x, f32x16 reference, const constants *k)
{
    /* NaN comes through: it is the second operand. */
    return f32_split(f32_max(k->lowest, f32_fma(x, k->factor, reference)));
}

INLINE pairs take(f32x16 x, f32x16 y, const constants *k, bool unit, extremes *m)
{
    const f32x16 difference = f32_difference(x, y, k->base, k->base_low);
    m->p = f32_max(x, m->p);
    m->q = f32_max(y, m->q);
    return (pairs){unit ? difference : f32_mul(difference, k->scale), distance(x, k->p_reference, k)};
}

INLINE void add_near(lanes *l, f32x16 w, f32x16 a)
{
    const f32x16 s = info_i_psi_ratio_f32(w), first = f32_mul(a, w), second = f32_mul(first, w);
    l->weight = f32_add(l->weight, a);
    l->product = f32_add(l->product, first);
    l->forward = f32_fma(second, s, l->forward);
    /* exp(w) - 1 - w = exp(w) w^2 (1 - (1 + w) psi), times exp(-w) */
    l->backward = f32_fma(second, f32_fma(f32_sub(f32_set(-1), w), s, f32_set(1)), l->backward);
}

/* By how much a cell whose probability t's power of two is lost in underflow may matter. */
INLINE f32x16 lost(f32x16 x, f32x16 t, f32x16 w)
{
    const f32x16 zero = f32_set(0);
    return f32_select_greater(x, f32_set(-INFINITY), f32_select_greater(t, f32_set(-126), zero, w), zero);
}

/* Any w. A function of its own, for it is rare, with what is known of it made again. */
static __attribute__((noinline)) void add_far(far_sums *f, lanes *l, f32x16 x, f32x16 y, const constants *k)
{
    const f32x16 one = f32_set(1), zero = f32_set(0), infinite = f32_set(INFINITY), d = f32_sub(x, y);
    const f32x16 difference = f32_difference(x, y, k->base, k->base_low), any = f32_mul(difference, k->scale);
    const f32_power p_power = distance(x, k->p_reference, k), q_power = distance(y, k->q_reference, k);
    const f32x16 a = f32_exp2(p_power), b = f32_mul(f32_exp2(q_power), k->q_slope);
    const f32x16 p = f32_select_small(any, one, zero, a), q = f32_select_small(any, one, zero, b);
    /* Where a logit is -inf nothing is to be multiplied. */
    const f32x16 finite = f32_select_small(difference, infinite, difference, zero), w = f32_mul(finite, k->scale);
    add_near(l, f32_select_small(any, one, any, zero), f32_select_small(any, one, a, zero));
    f->p = f64x16_add_f32(f->p, p);
    f->q = f64x16_add_f32(f->q, q);
    f->p_product = f64x16_add_product(f->p_product, p, finite);
    f->q_product = f64x16_add_product(f->q_product, q, finite);
    /* NaN (-inf on both sides) drops out of the extremes. */
    f->widest = f32_max(d, f->widest);
    f->narrowest = f32_min(d, f->narrowest);
    f->lost = f32_max(lost(x, p_power.t, w), f->lost);
    f->lost = f32_max(lost(y, q_power.t, f32_sub(zero, w)), f->lost);
}

/* Elements i .. i + 15 of both rows, of which v is made. */
INLINE void add(far_sums *f, lanes *l, const pairs *v, const constants *k, const void *x, info_dtype x_dtype,
                const void *y, info_dtype y_dtype, int64_t i)
{
    if (f32_all_small(v->w, f32_set(1)))
        add_near(l, v->w, f32_exp2(v->power));
    else
        add_far(f, l, load(x, x_dtype, i), load(y, y_dtype, i), k);
}

typedef struct totals {
    f64x16 weight, product, forward, backward;
} totals;

INLINE void merge(totals *t, const lanes *l)
{
    t->weight = f64x16_add_f32(t->weight, l->weight);
    t->product = f64x16_add_f32(t->product, l->product);
    t->forward = f64x16_add_f32(t->forward, l->forward);
    t->backward = f64x16_add_f32(t->backward, l->backward);
}

static void put(const totals *t, const far_sums *f, double scale, info_i_pair_sums *sums)
{
    const double weight = f64x16_sum(t->weight), forward = f64x16_sum(t->forward),
                 near = forward - f64x16_sum(t->product);
    const double p = f64x16_sum(f->p), q = f64x16_sum(f->q), far = q - p;
    sums->p_weight = weight + p;
    sums->q_weight = (weight + near) + q;
    sums->difference = near + far;
    sums->forward = forward + (far + scale * f64x16_sum(f->p_product));
    sums->backward = f64x16_sum(t->backward) - (far + scale * f64x16_sum(f->q_product));
    sums->widest = f32_max_lane(f->widest);
    sums->narrowest = -f32_max_lane(f32_sub(f32_set(0), f->narrowest));
    sums->lost = f32_max_lane(f->lost);
}

INLINE void stretch(const void *x, info_dtype x_dtype, const void *y, info_dtype y_dtype, int64_t count,
                    const info_i_pair_terms *terms, bool unit, info_i_pair_sums *sums)
{
    const constants k = {.p_reference = f32_set(-terms->p_reference),
                         .q_reference = f32_set(-terms->q_reference),
                         .q_slope = f32_set(terms->q_slope),
                         .base = f32_set(terms->base),
                         .base_low = f32_set(terms->base_low),
                         .scale = f32_set((float)terms->scale),
                         .factor = f32_set(terms->factor),
                         .lowest = f32_set(EXP2_LOWEST)};
    const f32x16 zero = f32_set(0), least = f32_set(-INFINITY);
    const lanes none = {zero, zero, zero, zero};
    const f64x16 nothing = f64x16_zero();
    const int64_t whole = count - count % STEP;
    totals total = {nothing, nothing, nothing, nothing};
    far_sums far = {nothing, nothing, nothing, nothing, least, f32_set(INFINITY), zero};
    extremes m = {least, least};
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
                add(&far, &l, &now, &k, x, x_dtype, y, y_dtype, i);
                now = take(load(x, x_dtype, after), load(y, y_dtype, after), &k, unit, &m);
                add(&far, &l, &next, &k, x, x_dtype, y, y_dtype, other);
            }
            merge(&total, &l);
        }
    }
    for (int64_t i = whole; i < count; i += F32_LANES) {
        const int64_t left = count - i;
        lanes l = none;
        const f32x16 p = left < F32_LANES ? load_tail(x, x_dtype, i, left) : load(x, x_dtype, i);
        const f32x16 q = left < F32_LANES ? load_tail(y, y_dtype, i, left) : load(y, y_dtype, i);
        m.p = f32_max(p, m.p);
        m.q = f32_max(q, m.q);
        add_far(&far, &l, p, q, &k);
        merge(&total, &l);
    }
    put(&total, &far, terms->scale, sums);
    sums->p_maximum = f32_max_lane(m.p);
    sums->q_maximum = f32_max_lane(m.q);
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

const info_i_pair_kernels RN(pair_kernels) = {pair_sums};
