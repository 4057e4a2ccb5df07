/* SPDX-License-Identifier: MIT
 *
 * simd_f64.h: eight doubles at once, with the same meaning at every instruction
 * set: one AVX-512 register, two AVX2 registers, or a plain array. Every operation
 * rounds each lane once, as IEEE 754 says, so kernels written with these give the
 * same bits at every level.
 *
 *   f64x8   eight doubles            u64x8  their bits, as integers
 *   mask8   a condition on each lane
 *
 *   fma8(a, b, c) = a b + c   fnma8(a, b, c) = c - a b   fms8(a, b, c) = a b - c
 *   max8(a, b) = a > b ? a : b, min8(a, b) = a < b ? a : b (b if one is NaN)
 *   exponent8(u) = (double)(u >> 52) - 1023, for u that are the bits of a positive, finite, normal number
 *   lookup16(table, u): the pair whose number is the leading four bits of the fraction of the double of bits u
 */
#ifndef INFO_I_SIMD_F64_H
#define INFO_I_SIMD_F64_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/level.h"

/* Vectors live in registers only while nothing is called. */
#if INFO_I_LEVEL >= 2
#define INLINE static inline __attribute__((always_inline))
#else /* lanes in loops: inlining all of them takes a compiler minutes and gains nothing */
#define INLINE static inline
#endif

#define PREFETCH(pointer, bytes) __builtin_prefetch((const char *)(pointer) + (bytes), 0, 3)

#if INFO_I_LEVEL == 3

#include <immintrin.h>

typedef __m512d f64x8;
typedef __m512i u64x8;
typedef __mmask8 mask8;

INLINE f64x8 set8(double a)
{
    return _mm512_set1_pd(a);
}
INLINE f64x8 load8(const double *p)
{
    return _mm512_loadu_pd(p);
}
INLINE void store8(double *p, f64x8 a)
{
    _mm512_storeu_pd(p, a);
}
INLINE f64x8 add8(f64x8 a, f64x8 b)
{
    return _mm512_add_pd(a, b);
}
INLINE f64x8 sub8(f64x8 a, f64x8 b)
{
    return _mm512_sub_pd(a, b);
}
INLINE f64x8 mul8(f64x8 a, f64x8 b)
{
    return _mm512_mul_pd(a, b);
}
INLINE f64x8 div8(f64x8 a, f64x8 b)
{
    return _mm512_div_pd(a, b);
}
INLINE f64x8 fma8(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fmadd_pd(a, b, c);
}
INLINE f64x8 fnma8(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fnmadd_pd(a, b, c);
}
INLINE f64x8 fms8(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fmsub_pd(a, b, c);
}
INLINE f64x8 max8(f64x8 a, f64x8 b)
{
    return _mm512_max_pd(a, b);
}
INLINE f64x8 min8(f64x8 a, f64x8 b)
{
    return _mm512_min_pd(a, b);
}
INLINE f64x8 abs8(f64x8 a)
{
    return _mm512_abs_pd(a);
}
INLINE f64x8 select8(mask8 m, f64x8 a, f64x8 b)
{
    return _mm512_mask_blend_pd(m, b, a);
}
INLINE mask8 less8(f64x8 a, f64x8 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
INLINE mask8 and_mask8(mask8 a, mask8 b)
{
    return a & b;
}
INLINE mask8 or_mask8(mask8 a, mask8 b)
{
    return a | b;
}
INLINE mask8 no_mask8(void)
{
    return 0;
}
INLINE bool any8(mask8 m)
{
    return m != 0;
}
INLINE u64x8 set_u8(uint64_t a)
{
    return _mm512_set1_epi64((long long)a);
}
INLINE u64x8 bits8(f64x8 a)
{
    return _mm512_castpd_si512(a);
}
INLINE f64x8 from_bits8(u64x8 a)
{
    return _mm512_castsi512_pd(a);
}
INLINE u64x8 add_u8(u64x8 a, u64x8 b)
{
    return _mm512_add_epi64(a, b);
}
INLINE u64x8 sub_u8(u64x8 a, u64x8 b)
{
    return _mm512_sub_epi64(a, b);
}
INLINE u64x8 and_u8(u64x8 a, u64x8 b)
{
    return _mm512_and_si512(a, b);
}
INLINE u64x8 or_u8(u64x8 a, u64x8 b)
{
    return _mm512_or_si512(a, b);
}
#define SHIFT_RIGHT_U8(a, count) _mm512_srli_epi64(a, count)
#define SHIFT_LEFT_U8(a, count) _mm512_slli_epi64(a, count)
INLINE f64x8 exponent8(u64x8 a)
{
    return _mm512_getexp_pd(_mm512_castsi512_pd(a));
}
INLINE bool any_sign8(u64x8 a)
{
    return _mm512_movepi64_mask(a) != 0;
}

typedef struct pair8 {
    f64x8 first, second;
} pair8;
typedef struct table16 {
    f64x8 first[2], second[2];
} table16;
INLINE table16 load_table16(const double (*pairs)[2])
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14),
                  odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    table16 t;
    for (int half = 0; half < 2; half++) {
        const f64x8 a = load8(pairs[8 * half]), b = load8(pairs[8 * half + 4]);
        t.first[half] = _mm512_permutex2var_pd(a, even, b);
        t.second[half] = _mm512_permutex2var_pd(a, odd, b);
    }
    return t;
}
INLINE pair8 lookup16(const table16 *t, u64x8 u)
{
    const __m512i number = _mm512_srli_epi64(u, 48); /* of which four bits are looked at */
    return (pair8){_mm512_permutex2var_pd(t->first[0], number, t->first[1]),
                   _mm512_permutex2var_pd(t->second[0], number, t->second[1])};
}

#elif INFO_I_LEVEL == 2

#include <immintrin.h>

typedef struct f64x8 {
    __m256d a, b;
} f64x8;
typedef struct u64x8 {
    __m256i a, b;
} u64x8;
typedef f64x8 mask8;

INLINE f64x8 set8(double a)
{
    return (f64x8){_mm256_set1_pd(a), _mm256_set1_pd(a)};
}
INLINE f64x8 load8(const double *p)
{
    return (f64x8){_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)};
}
INLINE void store8(double *p, f64x8 a)
{
    _mm256_storeu_pd(p, a.a), _mm256_storeu_pd(p + 4, a.b);
}
INLINE f64x8 add8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_add_pd(a.a, b.a), _mm256_add_pd(a.b, b.b)};
}
INLINE f64x8 sub8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_sub_pd(a.a, b.a), _mm256_sub_pd(a.b, b.b)};
}
INLINE f64x8 mul8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_mul_pd(a.a, b.a), _mm256_mul_pd(a.b, b.b)};
}
INLINE f64x8 div8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_div_pd(a.a, b.a), _mm256_div_pd(a.b, b.b)};
}
INLINE f64x8 fma8(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fmadd_pd(a.a, b.a, c.a), _mm256_fmadd_pd(a.b, b.b, c.b)};
}
INLINE f64x8 fnma8(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fnmadd_pd(a.a, b.a, c.a), _mm256_fnmadd_pd(a.b, b.b, c.b)};
}
INLINE f64x8 fms8(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fmsub_pd(a.a, b.a, c.a), _mm256_fmsub_pd(a.b, b.b, c.b)};
}
INLINE f64x8 max8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_max_pd(a.a, b.a), _mm256_max_pd(a.b, b.b)};
}
INLINE f64x8 min8(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_min_pd(a.a, b.a), _mm256_min_pd(a.b, b.b)};
}
INLINE f64x8 abs8(f64x8 a)
{
    const __m256d sign = _mm256_set1_pd(-0.0);
    return (f64x8){_mm256_andnot_pd(sign, a.a), _mm256_andnot_pd(sign, a.b)};
}
INLINE f64x8 select8(mask8 m, f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_blendv_pd(b.a, a.a, m.a), _mm256_blendv_pd(b.b, a.b, m.b)};
}
INLINE mask8 less8(f64x8 a, f64x8 b)
{
    return (mask8){_mm256_cmp_pd(a.a, b.a, _CMP_LT_OQ), _mm256_cmp_pd(a.b, b.b, _CMP_LT_OQ)};
}
INLINE mask8 and_mask8(mask8 a, mask8 b)
{
    return (mask8){_mm256_and_pd(a.a, b.a), _mm256_and_pd(a.b, b.b)};
}
INLINE mask8 or_mask8(mask8 a, mask8 b)
{
    return (mask8){_mm256_or_pd(a.a, b.a), _mm256_or_pd(a.b, b.b)};
}
INLINE mask8 no_mask8(void)
{
    return set8(0);
}
INLINE bool any8(mask8 m)
{
    return _mm256_movemask_pd(_mm256_or_pd(m.a, m.b)) != 0;
}
INLINE u64x8 set_u8(uint64_t a)
{
    return (u64x8){_mm256_set1_epi64x((long long)a), _mm256_set1_epi64x((long long)a)};
}
INLINE u64x8 bits8(f64x8 a)
{
    return (u64x8){_mm256_castpd_si256(a.a), _mm256_castpd_si256(a.b)};
}
INLINE f64x8 from_bits8(u64x8 a)
{
    return (f64x8){_mm256_castsi256_pd(a.a), _mm256_castsi256_pd(a.b)};
}
INLINE u64x8 add_u8(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_add_epi64(a.a, b.a), _mm256_add_epi64(a.b, b.b)};
}
INLINE u64x8 sub_u8(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_sub_epi64(a.a, b.a), _mm256_sub_epi64(a.b, b.b)};
}
INLINE u64x8 and_u8(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_and_si256(a.a, b.a), _mm256_and_si256(a.b, b.b)};
}
INLINE u64x8 or_u8(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_or_si256(a.a, b.a), _mm256_or_si256(a.b, b.b)};
}
#define SHIFT_RIGHT_U8(u, count) ((u64x8){_mm256_srli_epi64((u).a, count), _mm256_srli_epi64((u).b, count)})
#define SHIFT_LEFT_U8(u, count) ((u64x8){_mm256_slli_epi64((u).a, count), _mm256_slli_epi64((u).b, count)})
INLINE f64x8 exponent8(u64x8 a)
{
    const u64x8 magic = set_u8(UINT64_C(0x4330000000000000));
    return sub8(from_bits8(or_u8(SHIFT_RIGHT_U8(a, 52), magic)), set8(0x1p52 + 1023));
}
INLINE bool any_sign8(u64x8 a)
{
    return _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_or_si256(a.a, a.b))) != 0;
}

typedef struct pair8 {
    f64x8 first, second;
} pair8;
typedef struct table16 {
    const double (*pairs)[2];
} table16;
INLINE table16 load_table16(const double (*pairs)[2])
{
    return (table16){pairs};
}
/* Loads of pairs, which are transposed: registers hold too few entries to permute. */
INLINE pair8 lookup16(const table16 *t, u64x8 u)
{
    const u64x8 offset = and_u8(SHIFT_RIGHT_U8(u, 44), set_u8(15 * 16));
    const char *pairs = (const char *)t->pairs;
    uint64_t i[8];
    _mm256_storeu_si256((__m256i *)i, offset.a), _mm256_storeu_si256((__m256i *)(i + 4), offset.b);
#define PAIR(k) _mm_loadu_pd((const double *)(pairs + i[k]))
#define TWO(k, l) _mm256_insertf128_pd(_mm256_castpd128_pd256(PAIR(k)), PAIR(l), 1)
    const __m256d p02 = TWO(0, 2), p13 = TWO(1, 3), p46 = TWO(4, 6), p57 = TWO(5, 7);
#undef TWO
#undef PAIR
    return (pair8){{_mm256_unpacklo_pd(p02, p13), _mm256_unpacklo_pd(p46, p57)},
                   {_mm256_unpackhi_pd(p02, p13), _mm256_unpackhi_pd(p46, p57)}};
}

#else

#include <math.h>

typedef struct f64x8 {
    double v[8];
} f64x8;
typedef struct u64x8 {
    uint64_t v[8];
} u64x8;
typedef struct mask8 {
    bool v[8];
} mask8;

/* Defines a function of up to three vectors lane by lane. */
#define LANES(type, name, parameters, expression)                                                                      \
    INLINE type name parameters                                                                                        \
    {                                                                                                                  \
        type r;                                                                                                        \
        for (int i = 0; i < 8; i++)                                                                                    \
            r.v[i] = expression;                                                                                       \
        return r;                                                                                                      \
    }
LANES(f64x8, set8, (double a), a)
LANES(f64x8, load8, (const double *p), p[i])
LANES(f64x8, add8, (f64x8 a, f64x8 b), a.v[i] + b.v[i])
LANES(f64x8, sub8, (f64x8 a, f64x8 b), a.v[i] - b.v[i])
LANES(f64x8, mul8, (f64x8 a, f64x8 b), a.v[i] * b.v[i])
LANES(f64x8, div8, (f64x8 a, f64x8 b), a.v[i] / b.v[i])
LANES(f64x8, fma8, (f64x8 a, f64x8 b, f64x8 c), fma(a.v[i], b.v[i], c.v[i]))
LANES(f64x8, fnma8, (f64x8 a, f64x8 b, f64x8 c), fma(-a.v[i], b.v[i], c.v[i]))
LANES(f64x8, fms8, (f64x8 a, f64x8 b, f64x8 c), fma(a.v[i], b.v[i], -c.v[i]))
LANES(f64x8, max8, (f64x8 a, f64x8 b), a.v[i] > b.v[i] ? a.v[i] : b.v[i])
LANES(f64x8, min8, (f64x8 a, f64x8 b), a.v[i] < b.v[i] ? a.v[i] : b.v[i])
LANES(f64x8, abs8, (f64x8 a), fabs(a.v[i]))
LANES(f64x8, select8, (mask8 m, f64x8 a, f64x8 b), m.v[i] ? a.v[i] : b.v[i])
LANES(mask8, less8, (f64x8 a, f64x8 b), a.v[i] < b.v[i])
LANES(mask8, and_mask8, (mask8 a, mask8 b), a.v[i] && b.v[i])
LANES(mask8, or_mask8, (mask8 a, mask8 b), a.v[i] || b.v[i])
LANES(mask8, no_mask8, (void), false)
LANES(u64x8, set_u8, (uint64_t a), a)
LANES(u64x8, add_u8, (u64x8 a, u64x8 b), a.v[i] + b.v[i])
LANES(u64x8, sub_u8, (u64x8 a, u64x8 b), a.v[i] - b.v[i])
LANES(u64x8, and_u8, (u64x8 a, u64x8 b), a.v[i] & b.v[i])
LANES(u64x8, or_u8, (u64x8 a, u64x8 b), a.v[i] | b.v[i])
LANES(u64x8, shift_right_u8, (u64x8 a, int count), a.v[i] >> count)
LANES(u64x8, shift_left_u8, (u64x8 a, int count), a.v[i] << count)
LANES(f64x8, exponent8, (u64x8 a), (double)(int64_t)(a.v[i] >> 52) - 1023)
#undef LANES
#define SHIFT_RIGHT_U8(a, count) shift_right_u8(a, count)
#define SHIFT_LEFT_U8(a, count) shift_left_u8(a, count)

INLINE void store8(double *p, f64x8 a)
{
    memcpy(p, a.v, sizeof a.v);
}
INLINE u64x8 bits8(f64x8 a)
{
    u64x8 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE f64x8 from_bits8(u64x8 a)
{
    f64x8 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE bool any8(mask8 m)
{
    bool any = false;
    for (int i = 0; i < 8; i++)
        any |= m.v[i];
    return any;
}
INLINE bool any_sign8(u64x8 a)
{
    uint64_t all = 0;
    for (int i = 0; i < 8; i++)
        all |= a.v[i];
    return all >> 63 != 0;
}

typedef struct pair8 {
    f64x8 first, second;
} pair8;
typedef struct table16 {
    const double (*pairs)[2];
} table16;
INLINE table16 load_table16(const double (*pairs)[2])
{
    return (table16){pairs};
}
INLINE pair8 lookup16(const table16 *t, u64x8 u)
{
    pair8 r;
    for (int i = 0; i < 8; i++) {
        r.first.v[i] = t->pairs[u.v[i] >> 48 & 15][0];
        r.second.v[i] = t->pairs[u.v[i] >> 48 & 15][1];
    }
    return r;
}

#endif

/* The first n elements of a vector; those behind a row's end are zeros. */
INLINE f64x8 load_first(const double *x, int64_t n)
{
    if (n >= 8)
        return load8(x);
    double part[8] = {0};
    memcpy(part, x, n > 0 ? (size_t)n * sizeof *x : 0);
    return load8(part);
}

INLINE void store_first(double *y, f64x8 v, int64_t n)
{
    if (n >= 8) {
        store8(y, v);
        return;
    }
    double part[8];
    store8(part, v);
    memcpy(y, part, n > 0 ? (size_t)n * sizeof *y : 0);
}

/* Eight sums in double-double, one per lane. */
typedef struct dd8 {
    f64x8 high, low;
} dd8;

/* a + b exactly. */
INLINE dd8 two_sum8(f64x8 a, f64x8 b)
{
    const f64x8 s = add8(a, b), t = sub8(s, a);
    return (dd8){s, add8(sub8(a, sub8(s, t)), sub8(b, t))};
}

/* sum + term, rounded like a double-double's low part. */
INLINE void dd8_add(dd8 *sum, f64x8 term)
{
    const dd8 s = two_sum8(sum->high, term);
    *sum = (dd8){s.high, add8(sum->low, s.low)};
}

/* sum + a b, its rounding kept, where |a b| <= |high|: what high starts at must see to that. */
INLINE void dd8_add_product(dd8 *sum, f64x8 a, f64x8 b)
{
    const f64x8 s = fma8(a, b, sum->high), t = sub8(s, sum->high);
    sum->low = add8(sum->low, fms8(a, b, t));
    sum->high = s;
}

#endif
