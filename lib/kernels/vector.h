/* SPDX-License-Identifier: MIT
 *
 * vector.h: sixteen floats or eight doubles at once, 64 bytes, with the same meaning at every instruction set: one register of
 * AVX-512, two of AVX2, an array in plain C. Every operation rounds each lane once, as IEEE 754 says, so that kernels
 * written with these give the same bits at every level.
 *
 *   f32x16, f64x8      the numbers               f32_mask, f64_mask   a condition on each lane
 *   u64x8              bits of eight doubles     u16x32               bits of thirty-two short floats
 *   f64x16             sixteen doubles, to sum floats in
 *
 * An instruction set is one file (vector_c.h is the model), which defines these for T = f32 and f64 alike:
 *
 *   T_set(x)                   all lanes x
 *   T_load(p), T_store(p, a)   contiguous, of any alignment; also _load_bf16, _load_f16, _store_bf16 of floats and
 *                              _load_f32, _store_f32 of doubles
 *   T_add, _sub, _mul, _div    a + b, a - b, a b, a / b
 *   T_fma, _fnma, _fms         a b + c, c - a b, a b - c, rounded once
 *   T_max, T_min               a > b ? a : b, a < b ? a : b (b if one is NaN)
 *   T_abs                      |a|
 *   T_less(a, b), _equal       a < b, a = b as masks
 *   T_select(m, a, b)          m ? a : b
 *   T_mask_and, _or, _any, _all   of masks; also f32_mask_count
 *   f64_of_low, f64_of_high    the first and the last eight of sixteen floats
 *
 * and for what is made of bits:
 *
 *   f64_bits, f64_from_bits    the same bits as integers, with u64_set, _add, _sub, _and, _or and U64_SHIFT_LEFT, _RIGHT
 *   u64_any_sign(a)            whether a lane's highest bit is set
 *   f64_exponent(u)            (double)(u >> 52) - 1023, of the bits of positive, finite, normal numbers
 *   f64_lookup(table, u)       the pair whose number is the leading four bits of the fraction of the double of bits u
 *   f32_octave, f32_mantissa   the k with 0.75 <= a 2^-k < 1.5, and a 2^-k, a positive and normal
 *   f32_exp2_eighths(a)        2^(k / 8), k the low bits of a
 *   f32_exponent_of_low_bits(a)   the bits of a moved up to where a float has its exponent
 *   f32_store_bf16             rounds to nearest, ties to even; no NaN
 *   u16_load, i16_max, bf16_even, bf16_odd   of u16x32: loads, the larger as signed integers, every other one as floats
 *   f32_transpose(row, out, ldo)   out[j ldo + i] = row[i][j], i, j < 16
 *
 * REGISTER_BYTES is the width of one register: f32_register and f64_register are one, with C's own + - * /, for code that keeps
 * so many numbers that whole vectors would not find place.
 */
#ifndef INFO_I_VECTOR_H
#define INFO_I_VECTOR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/level.h"
#include "numeric/convert.h"

#define F32_LANES 16
#define F64_LANES 8

/* Vectors live in registers only while nothing is called. */
#if INFO_I_LEVEL >= 2
#define INLINE static inline __attribute__((always_inline))
#else /* lanes in loops: inlining all of them takes a compiler minutes and gains nothing */
#define INLINE static inline
#endif

#define PREFETCH(pointer, bytes) __builtin_prefetch((const char *)(pointer) + (bytes), 0, 3)

/* The bits of 2^(j / 8) less j << 20: with k << 20 on top, j the low bits of k, they are those of 2^(k / 8). */
static const int32_t EIGHTH_POWERS[8] = {0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                         0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7};

#if INFO_I_LEVEL == 3
#include "kernels/vector_avx512.h"
#elif INFO_I_LEVEL == 2
#include "kernels/vector_avx2.h"
#else
#include "kernels/vector_c.h"
#endif

/* ---- The same text for every level --------------------------------------- */

typedef float f32_register __attribute__((vector_size(REGISTER_BYTES), aligned(REGISTER_BYTES)));
typedef double f64_register __attribute__((vector_size(REGISTER_BYTES), aligned(REGISTER_BYTES)));
typedef int32_t i32_register __attribute__((vector_size(REGISTER_BYTES), aligned(REGISTER_BYTES)));
typedef int64_t i64_register __attribute__((vector_size(REGISTER_BYTES), aligned(REGISTER_BYTES)));

typedef struct f64x16 {
    f64x8 low, high;
} f64x16;

INLINE f64x16 f64x16_zero(void)
{
    return (f64x16){f64_set(0), f64_set(0)};
}
INLINE f64x16 f64x16_add_f32(f64x16 a, f32x16 b)
{
    return (f64x16){f64_add(a.low, f64_of_low(b)), f64_add(a.high, f64_of_high(b))};
}
INLINE f64x16 f64x16_add_product(f64x16 a, f32x16 b, f32x16 c)
{
    return (f64x16){f64_add(a.low, f64_mul(f64_of_low(b), f64_of_low(c))),
                    f64_add(a.high, f64_mul(f64_of_high(b), f64_of_high(c)))};
}
INLINE void f64x16_store(double *p, f64x16 a)
{
    f64_store(p, a.low);
    f64_store(p + F64_LANES, a.high);
}

/* |a| < b ? x : y */
INLINE f32x16 f32_select_small(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return f32_select(f32_less(f32_abs(a), b), x, y);
}
/* a > b ? x : y */
INLINE f32x16 f32_select_greater(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return f32_select(f32_less(b, a), x, y);
}
/* Whether every |a| < b. */
INLINE bool f32_all_small(f32x16 a, f32x16 b)
{
    return f32_mask_all(f32_less(f32_abs(a), b));
}
/* How many a > b. */
INLINE int64_t f32_count_greater(f32x16 a, f32x16 b)
{
    return f32_mask_count(f32_less(b, a));
}
/* Whether some a = b. */
INLINE bool f32_any_equal(f32x16 a, f32x16 b)
{
    return f32_mask_any(f32_equal(a, b));
}

/* Sum of the lanes, halves onto halves. */
INLINE double f64x16_sum(f64x16 a)
{
    double lane[F32_LANES];
    f64x16_store(lane, a);
    for (int width = F32_LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

INLINE float f32_max_lane(f32x16 a)
{
    float lane[F32_LANES], maximum;
    f32_store(lane, a);
    maximum = lane[0];
    for (int i = 1; i < F32_LANES; i++)
        maximum = lane[i] > maximum ? lane[i] : maximum;
    return maximum;
}

INLINE int16_t i16_max_lane(u16x32 a)
{
    uint16_t lane[2 * F32_LANES];
    int16_t maximum = INT16_MIN;
    u16_store(lane, a);
    for (int i = 0; i < 2 * F32_LANES; i++)
        maximum = (int16_t)lane[i] > maximum ? (int16_t)lane[i] : maximum;
    return maximum;
}

/* The first n elements of a vector; those behind a row's end are zeros. */
INLINE f64x8 f64_load_first(const double *x, int64_t n)
{
    if (n >= 8)
        return f64_load(x);
    double part[8] = {0};
    memcpy(part, x, n > 0 ? (size_t)n * sizeof *x : 0);
    return f64_load(part);
}

/* Its first n lanes; the others 0. */
INLINE f64x8 f64_first(f64x8 v, int64_t n)
{
    double part[8];
    f64_store(part, v);
    return f64_load_first(part, n);
}

INLINE void f64_store_first(double *y, f64x8 v, int64_t n)
{
    if (n >= 8) {
        f64_store(y, v);
        return;
    }
    double part[8];
    f64_store(part, v);
    memcpy(y, part, n > 0 ? (size_t)n * sizeof *y : 0);
}

/* The same as f32_transpose, of eight rows: stores that compilers make shuffles of. */
INLINE void f64_transpose(const double *const *row, double *out, int64_t ldo)
{
    for (int64_t j = 0; j < F64_LANES; j++)
        for (int i = 0; i < F64_LANES; i++)
            out[j * ldo + i] = row[i][j];
}

/* Eight sums in double-double, one per lane. */
typedef struct dd8 {
    f64x8 high, low;
} dd8;

/* a + b exactly. */
INLINE dd8 f64_two_sum(f64x8 a, f64x8 b)
{
    const f64x8 s = f64_add(a, b), t = f64_sub(s, a);
    return (dd8){s, f64_add(f64_sub(a, f64_sub(s, t)), f64_sub(b, t))};
}

/* sum + term, rounded like a double-double's low part. */
INLINE void dd8_add(dd8 *sum, f64x8 term)
{
    const dd8 s = f64_two_sum(sum->high, term);
    *sum = (dd8){s.high, f64_add(sum->low, s.low)};
}

/* sum + a b, its rounding kept, where |a b| <= |high|: what high starts at must see to that. */
INLINE void dd8_add_product(dd8 *sum, f64x8 a, f64x8 b)
{
    const f64x8 s = f64_fma(a, b, sum->high), t = f64_sub(s, sum->high);
    sum->low = f64_add(sum->low, f64_fms(a, b, t));
    sum->high = s;
}

#endif
