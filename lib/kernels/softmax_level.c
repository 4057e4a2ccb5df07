/* SPDX-License-Identifier: MIT
 * Compiled once per level. Each loop below is written once and specialized by the
 * compiler for every element type and amount of detail. */
#include "kernels/softmax_f32.h"

#include "kernels/load_f32.h"

/* Elements between two visits to f64: ten additions on the way there, so that rounding in f32 stays
 * below 10 half-ulps of a sum of weights whatever the data. */
#define CHUNK 512
#define HALF (2 * F32_LANES)
#define STEP (2 * HALF)

typedef struct constants {
    f32x16 factor, reference, threshold, lowest;
} constants;

/* Two vectors of logits, ready to be weighed. */
typedef struct two {
    f32x16 x[2];
    f32_power power[2];
} two;

typedef struct extremes {
    f32x16 maximum;
    u16x32 bits; /* of bf16, whose bits are ordered like its numbers where these are positive */
} extremes;

/* Sums per lane; those of squares of t in two, for the sake of rounding. */
typedef struct lanes {
    f32x16 weight, first, second, third, squares;
} lanes;

INLINE f32_power distance(f32x16 x, const constants *k)
{
    /* NaN comes through: it is the second operand. */
    return f32_split(f32_max(k->lowest, f32_fma(x, k->factor, k->reference)));
}

INLINE two take(const void *x, info_dtype dtype, int64_t i, const constants *k, extremes *m)
{
    two v;
    if (dtype == INFO_BF16) {
        const u16x32 bits = u16_load((const uint16_t *)x + i);
        m->bits = i16_max(bits, m->bits);
        v.x[0] = bf16_even(bits);
        v.x[1] = bf16_odd(bits);
    } else {
        v.x[0] = load(x, dtype, i);
        v.x[1] = load(x, dtype, i + F32_LANES);
        m->maximum = f32_max(v.x[0], f32_max(v.x[1], m->maximum));
    }
    v.power[0] = distance(v.x[0], k);
    v.power[1] = distance(v.x[1], k);
    return v;
}

/* The sums of two vectors, but for those of t^2, which go to l. */
INLINE lanes weigh(const two *v, int detail, lanes *l)
{
    const f32x16 e = f32_exp2(v->power[0]), f = f32_exp2(v->power[1]);
    lanes sum = {.weight = f32_add(e, f)};
    if (detail >= 1) {
        const f32x16 s = v->power[0].t, t = v->power[1].t, es = f32_mul(e, s), ft = f32_mul(f, t);
        sum.first = f32_add(es, ft);
        if (detail >= 2) {
            l->second = f32_fma(es, s, l->second);
            l->third = f32_fma(ft, t, l->third);
        }
    }
    if (detail == 3)
        sum.squares = f32_fma(e, e, f32_mul(f, f));
    return sum;
}

/* Four vectors. */
INLINE void add(lanes *l, const lanes *a, const lanes *b, int detail)
{
    l->weight = f32_add(l->weight, f32_add(a->weight, b->weight));
    if (detail >= 1)
        l->first = f32_add(l->first, f32_add(a->first, b->first));
    if (detail == 3)
        l->squares = f32_add(l->squares, f32_add(a->squares, b->squares));
}

INLINE int64_t count_greater(const two *v, const constants *k)
{
    return f32_count_greater(v->x[0], k->threshold) + f32_count_greater(v->x[1], k->threshold);
}

typedef struct totals {
    f64x16 weight, first, second, squares;
} totals;

INLINE void merge(totals *t, const lanes *l, int detail)
{
    t->weight = f64x16_add_f32(t->weight, l->weight);
    if (detail >= 1)
        t->first = f64x16_add_f32(t->first, l->first);
    if (detail >= 2)
        t->second = f64x16_add_f32(t->second, f32_add(l->second, l->third));
    if (detail == 3)
        t->squares = f64x16_add_f32(t->squares, l->squares);
}

static float maximum(const void *x, info_dtype dtype, int64_t count);

/* The largest element, of which m knows. Where no bf16 is positive, their bits are ordered the other way round. */
INLINE float largest(const void *x, info_dtype dtype, int64_t count, const extremes *m)
{
    if (dtype != INFO_BF16)
        return f32_max_lane(m->maximum);
    const int16_t bits = i16_max_lane(m->bits);
    return bits >= 0 ? info_i_bf16_to_f32((uint16_t)bits) : maximum(x, dtype, count);
}

INLINE void stretch(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms, int detail,
                    info_i_softmax_sums *sums)
{
    const constants k = {f32_set(terms->factor), f32_set(-terms->reference), f32_set(terms->threshold),
                         f32_set(EXP2_LOWEST)};
    const f32x16 zero = f32_set(0);
    const lanes none = {zero, zero, zero, zero, zero};
    const int64_t whole = count - count % STEP;
    extremes m = {f32_set(-INFINITY), i16_lowest()};
    totals total = {f64x16_zero(), f64x16_zero(), f64x16_zero(), f64x16_zero()};
    int64_t greater = 0;
    if (whole > 0) {
        two now = take(x, dtype, 0, &k, &m);
        for (int64_t begin = 0; begin < whole; begin += CHUNK) {
            const int64_t end = whole - begin < CHUNK ? whole : begin + CHUNK;
            lanes l = none;
            for (int64_t i = begin; i < end; i += STEP) {
                prefetch(x, dtype, i);
                prefetch(x, dtype, i + HALF);
                const two next = take(x, dtype, i + HALF, &k, &m);
                if (detail == 3)
                    greater += count_greater(&now, &k) + count_greater(&next, &k);
                const lanes a = weigh(&now, detail, &l);
                now = take(x, dtype, i + STEP < whole ? i + STEP : i, &k, &m);
                const lanes b = weigh(&next, detail, &l);
                add(&l, &a, &b, detail);
            }
            merge(&total, &l, detail);
        }
    }
    if (whole < count) {
        uint32_t buffer[STEP];
        lanes l = none;
        load_rest(x, dtype, whole, count - whole, buffer, STEP);
        const two now = take(buffer, dtype, 0, &k, &m), next = take(buffer, dtype, HALF, &k, &m);
        if (detail == 3)
            greater += count_greater(&now, &k) + count_greater(&next, &k);
        const lanes a = weigh(&now, detail, &l), b = weigh(&next, detail, &l);
        add(&l, &a, &b, detail);
        merge(&total, &l, detail);
    }
    sums->weight = f64x16_sum(total.weight);
    sums->first = f64x16_sum(total.first);
    sums->second = f64x16_sum(total.second);
    sums->squares = f64x16_sum(total.squares);
    sums->greater = greater;
    sums->maximum = largest(x, dtype, count, &m);
}

INLINE void typed(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms,
                  info_i_softmax_sums *sums)
{
    if (terms->detail == 0)
        stretch(x, dtype, count, terms, 0, sums);
    else if (terms->detail == 1)
        stretch(x, dtype, count, terms, 1, sums);
    else if (terms->detail == 2)
        stretch(x, dtype, count, terms, 2, sums);
    else
        stretch(x, dtype, count, terms, 3, sums);
}

static void softmax_sums(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms,
                         info_i_softmax_sums *sums)
{
    if (dtype == INFO_F32)
        typed(x, INFO_F32, count, terms, sums);
    else if (dtype == INFO_BF16)
        typed(x, INFO_BF16, count, terms, sums);
    else
        typed(x, INFO_F16, count, terms, sums);
}

INLINE float maximum_typed(const void *x, info_dtype dtype, int64_t count)
{
    const f32x16 least = f32_set(-INFINITY);
    f32x16 a[4] = {least, least, least, least}; /* a maximum waits for the one before */
    int64_t i = 0;
    for (; i + 4 * F32_LANES <= count; i += 4 * F32_LANES) {
        prefetch(x, dtype, i);
        prefetch(x, dtype, i + HALF);
        for (int k = 0; k < 4; k++)
            a[k] = f32_max(load(x, dtype, i + k * F32_LANES), a[k]);
    }
    for (; i + F32_LANES <= count; i += F32_LANES)
        a[0] = f32_max(load(x, dtype, i), a[0]);
    if (i < count)
        a[1] = f32_max(load_tail(x, dtype, i, count - i), a[1]);
    return f32_max_lane(f32_max(f32_max(a[0], a[1]), f32_max(a[2], a[3])));
}

static float maximum(const void *x, info_dtype dtype, int64_t count)
{
    if (dtype == INFO_F32)
        return maximum_typed(x, INFO_F32, count);
    if (dtype == INFO_BF16)
        return maximum_typed(x, INFO_BF16, count);
    return maximum_typed(x, INFO_F16, count);
}

static int64_t find(const void *x, info_dtype dtype, int64_t count, float value)
{
    const f32x16 wanted = f32_set(value);
    for (int64_t i = 0; i < count; i += F32_LANES) {
        const f32x16 here = count - i < F32_LANES ? load_tail(x, dtype, i, count - i) : load(x, dtype, i);
        float lane[F32_LANES];
        if (!f32_any_equal(here, wanted))
            continue;
        f32_store(lane, here);
        for (int k = 0; k < F32_LANES && i + k < count; k++)
            if (lane[k] == value)
                return i + k;
    }
    return -1;
}

const info_i_softmax_kernels RN(softmax_kernels) = {softmax_sums, maximum, find};
