/* SPDX-License-Identifier: MIT
 * Compiled once per level. Each loop below is written once and specialised by the
 * compiler for every element type and amount of detail. */
#include "kernels/softmax_f32.h"

#include "kernels/load_f32.h"

/* Elements between two visits to f64: eight additions per lane and accumulator, so that rounding in
 * f32 stays below 8 half-ulps of a sum whatever the data. */
#define CHUNK 256
typedef struct constants {
    f32x16 reference, scale, shift, threshold, lowest;
} constants;

/* One accumulator of each kind per lane. */
typedef struct lanes {
    f32x16 weight, first, second, squares, maximum;
    int64_t greater;
} lanes;

INLINE void add_vector(lanes *a, f32x16 x, const constants *k, int detail, bool unit)
{
    a->maximum = f32_max(x, a->maximum);
    /* NaN comes through: it is the second operand. */
    const f32x16 below = f32_sub(x, k->reference), d = f32_max(k->lowest, unit ? below : f32_mul(below, k->scale));
    const f32x16 e = f32_exp(d);
    a->weight = f32_add(a->weight, e);
    if (detail == 1)
        a->first = f32_fma(e, d, a->first);
    if (detail >= 2) {
        const f32x16 from_shift = f32_sub(d, k->shift), product = f32_mul(e, from_shift);
        a->first = f32_add(a->first, product);
        a->second = f32_fma(product, from_shift, a->second);
    }
    if (detail == 3) {
        a->squares = f32_fma(e, e, a->squares);
        a->greater += f32_count_greater(x, k->threshold);
    }
}

INLINE void clear(lanes *a)
{
    a->weight = a->first = a->second = a->squares = f32_set(0);
}

INLINE void stretch(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms, int detail,
                    bool unit, info_i_softmax_sums *sums)
{
    const constants k = {f32_set(terms->reference), f32_set(terms->scale), f32_set(terms->shift),
                         f32_set(terms->threshold), f32_set(EXP_LOWEST)};
    f64x16 weight = f64_zero(), first = f64_zero(), second = f64_zero(), squares = f64_zero();
    lanes a, b;
    a.maximum = b.maximum = f32_set(-INFINITY);
    a.greater = b.greater = 0;
    for (int64_t begin = 0; begin < count; begin += CHUNK) {
        const int64_t end = count - begin < CHUNK ? count : begin + CHUNK;
        int64_t i = begin;
        clear(&a);
        clear(&b);
        for (; i + 2 * LANES <= end; i += 2 * LANES) {
            prefetch(x, dtype, i);
            add_vector(&a, load(x, dtype, i), &k, detail, unit);
            add_vector(&b, load(x, dtype, i + LANES), &k, detail, unit);
        }
        if (i + LANES <= end) {
            add_vector(&a, load(x, dtype, i), &k, detail, unit);
            i += LANES;
        }
        if (i < end)
            add_vector(&b, load_tail(x, dtype, i, end - i), &k, detail, unit);
        weight = f64_add_f32(weight, f32_add(a.weight, b.weight));
        if (detail >= 1)
            first = f64_add_f32(first, f32_add(a.first, b.first));
        if (detail >= 2)
            second = f64_add_f32(second, f32_add(a.second, b.second));
        if (detail == 3)
            squares = f64_add_f32(squares, f32_add(a.squares, b.squares));
    }
    sums->weight = f64_sum(weight);
    sums->first = f64_sum(first);
    sums->second = f64_sum(second);
    sums->squares = f64_sum(squares);
    sums->greater = a.greater + b.greater;
    sums->maximum = f32_max_lane(f32_max(a.maximum, b.maximum));
}

INLINE void typed(const void *x, info_dtype dtype, int64_t count, const info_i_softmax_terms *terms,
                  info_i_softmax_sums *sums)
{
    const bool unit = terms->scale == 1;
    if (terms->detail == 3 || !unit)
        stretch(x, dtype, count, terms, 3, false, sums);
    else if (terms->detail == 0)
        stretch(x, dtype, count, terms, 0, true, sums);
    else if (terms->detail == 1)
        stretch(x, dtype, count, terms, 1, true, sums);
    else
        stretch(x, dtype, count, terms, 2, true, sums);
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

static float maximum(const void *x, info_dtype dtype, int64_t count)
{
    f32x16 a = f32_set(-INFINITY);
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        a = f32_max(load(x, dtype, i), a);
    if (i < count)
        a = f32_max(load_tail(x, dtype, i, count - i), a);
    return f32_max_lane(a);
}

extern const info_i_softmax_kernels RN(softmax_kernels);
const info_i_softmax_kernels RN(softmax_kernels) = {softmax_sums, maximum};
