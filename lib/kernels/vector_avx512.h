/* SPDX-License-Identifier: MIT
 * Vectors of AVX-512: one register each, see vector.h. */
#ifndef INFO_I_VECTOR_AVX512_H
#define INFO_I_VECTOR_AVX512_H

#include <immintrin.h>

#define REGISTER_BYTES 64

/* ---- Sixteen floats ------------------------------------------------------ */

typedef __m512 f32x16;
typedef __mmask16 f32_mask;
typedef __m512i u16x32;

INLINE f32x16 f32_set(float x)
{
    return _mm512_set1_ps(x);
}
INLINE f32x16 f32_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
INLINE f32x16 f32_load_bf16(const uint16_t *p)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
INLINE u16x32 u16_load(const uint16_t *p)
{
    return _mm512_loadu_si512(p);
}
INLINE u16x32 i16_lowest(void)
{
    return _mm512_set1_epi16(INT16_MIN);
}
INLINE u16x32 i16_max(u16x32 a, u16x32 b)
{
    return _mm512_max_epi16(a, b);
}
INLINE void u16_store(uint16_t *p, u16x32 a)
{
    _mm512_storeu_si512(p, a);
}
INLINE f32x16 bf16_even(u16x32 a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(a, 16));
}
INLINE f32x16 bf16_odd(u16x32 a)
{
    return _mm512_castsi512_ps(_mm512_and_si512(a, _mm512_set1_epi32((int)0xffff0000)));
}
INLINE f32x16 f32_load_f16(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
INLINE void f32_store(float *p, f32x16 a)
{
    _mm512_storeu_ps(p, a);
}
/* Rounded to nearest, ties to even; no NaN. */
INLINE void f32_store_bf16(uint16_t *p, f32x16 a)
{
    const __m512i bits = _mm512_castps_si512(a),
                  odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}
INLINE f32x16 f32_add(f32x16 a, f32x16 b)
{
    return _mm512_add_ps(a, b);
}
INLINE f32x16 f32_sub(f32x16 a, f32x16 b)
{
    return _mm512_sub_ps(a, b);
}
INLINE f32x16 f32_mul(f32x16 a, f32x16 b)
{
    return _mm512_mul_ps(a, b);
}
INLINE f32x16 f32_div(f32x16 a, f32x16 b)
{
    return _mm512_div_ps(a, b);
}
INLINE f32x16 f32_fma(f32x16 a, f32x16 b, f32x16 c)
{
    return _mm512_fmadd_ps(a, b, c);
}
INLINE f32x16 f32_fnma(f32x16 a, f32x16 b, f32x16 c)
{
    return _mm512_fnmadd_ps(a, b, c);
}
INLINE f32x16 f32_fms(f32x16 a, f32x16 b, f32x16 c)
{
    return _mm512_fmsub_ps(a, b, c);
}
INLINE f32x16 f32_max(f32x16 a, f32x16 b)
{
    return _mm512_max_ps(a, b);
}
INLINE f32x16 f32_min(f32x16 a, f32x16 b)
{
    return _mm512_min_ps(a, b);
}
INLINE f32x16 f32_abs(f32x16 a)
{
    return _mm512_abs_ps(a);
}
INLINE f32_mask f32_less(f32x16 a, f32x16 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
INLINE f32_mask f32_equal(f32x16 a, f32x16 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
INLINE f32_mask f32_mask_and(f32_mask a, f32_mask b)
{
    return a & b;
}
INLINE f32_mask f32_mask_or(f32_mask a, f32_mask b)
{
    return a | b;
}
INLINE int f32_mask_count(f32_mask m)
{
    return __builtin_popcount(m);
}
INLINE bool f32_mask_any(f32_mask m)
{
    return m != 0;
}
INLINE bool f32_mask_all(f32_mask m)
{
    return m == 0xffff;
}
INLINE f32x16 f32_select(f32_mask m, f32x16 a, f32x16 b)
{
    return _mm512_mask_blend_ps(m, b, a);
}
/* The bits of a moved up to where a float has its exponent. */
INLINE f32x16 f32_exponent_of_low_bits(f32x16 a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}
/* The k with 0.75 <= a 2^-k < 1.5, a positive and normal; and a 2^-k. */
INLINE __m512i octave_bits(f32x16 a)
{
    return _mm512_srai_epi32(_mm512_sub_epi32(_mm512_castps_si512(a), _mm512_set1_epi32(0x3f400000)), 23);
}
INLINE f32x16 f32_octave(f32x16 a)
{
    return _mm512_cvtepi32_ps(octave_bits(a));
}
INLINE f32x16 f32_mantissa(f32x16 a)
{
    return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_castps_si512(a), _mm512_slli_epi32(octave_bits(a), 23)));
}
/* 2^(k / 8), k the low bits of a. */
INLINE f32x16 f32_exp2_eighths(f32x16 a)
{
    const __m512i bits = _mm512_castps_si512(a),
                  table = _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)EIGHTH_POWERS));
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_permutexvar_epi32(bits, table), _mm512_slli_epi32(bits, 20)));
}

/* ---- Eight doubles ------------------------------------------------------- */

typedef __m512d f64x8;
typedef __m512i u64x8;
typedef __mmask8 f64_mask;

INLINE f64x8 f64_set(double a)
{
    return _mm512_set1_pd(a);
}
INLINE f64x8 f64_load(const double *p)
{
    return _mm512_loadu_pd(p);
}
INLINE f64x8 f64_load_f32(const float *p)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
INLINE f64x8 f64_of_low(f32x16 a)
{
    return _mm512_cvtps_pd(_mm512_castps512_ps256(a));
}
INLINE f64x8 f64_of_high(f32x16 a)
{
    return _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1));
}
INLINE void f64_store(double *p, f64x8 a)
{
    _mm512_storeu_pd(p, a);
}
INLINE void f64_store_f32(float *p, f64x8 a)
{
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(a));
}
INLINE f64x8 f64_add(f64x8 a, f64x8 b)
{
    return _mm512_add_pd(a, b);
}
INLINE f64x8 f64_sub(f64x8 a, f64x8 b)
{
    return _mm512_sub_pd(a, b);
}
INLINE f64x8 f64_mul(f64x8 a, f64x8 b)
{
    return _mm512_mul_pd(a, b);
}
INLINE f64x8 f64_div(f64x8 a, f64x8 b)
{
    return _mm512_div_pd(a, b);
}
INLINE f64x8 f64_fma(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fmadd_pd(a, b, c);
}
INLINE f64x8 f64_fnma(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fnmadd_pd(a, b, c);
}
INLINE f64x8 f64_fms(f64x8 a, f64x8 b, f64x8 c)
{
    return _mm512_fmsub_pd(a, b, c);
}
INLINE f64x8 f64_max(f64x8 a, f64x8 b)
{
    return _mm512_max_pd(a, b);
}
INLINE f64x8 f64_min(f64x8 a, f64x8 b)
{
    return _mm512_min_pd(a, b);
}
INLINE f64x8 f64_abs(f64x8 a)
{
    return _mm512_abs_pd(a);
}
INLINE f64x8 f64_select(f64_mask m, f64x8 a, f64x8 b)
{
    return _mm512_mask_blend_pd(m, b, a);
}
INLINE f64_mask f64_less(f64x8 a, f64x8 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
INLINE f64_mask f64_equal(f64x8 a, f64x8 b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}
INLINE f64_mask f64_mask_and(f64_mask a, f64_mask b)
{
    return a & b;
}
INLINE f64_mask f64_mask_or(f64_mask a, f64_mask b)
{
    return a | b;
}
INLINE f64_mask f64_mask_none(void)
{
    return 0;
}
INLINE bool f64_mask_any(f64_mask m)
{
    return m != 0;
}
INLINE bool f64_mask_all(f64_mask m)
{
    return m == 0xff;
}
INLINE u64x8 u64_set(uint64_t a)
{
    return _mm512_set1_epi64((long long)a);
}
INLINE u64x8 f64_bits(f64x8 a)
{
    return _mm512_castpd_si512(a);
}
INLINE f64x8 f64_from_bits(u64x8 a)
{
    return _mm512_castsi512_pd(a);
}
INLINE u64x8 u64_add(u64x8 a, u64x8 b)
{
    return _mm512_add_epi64(a, b);
}
INLINE u64x8 u64_sub(u64x8 a, u64x8 b)
{
    return _mm512_sub_epi64(a, b);
}
INLINE u64x8 u64_and(u64x8 a, u64x8 b)
{
    return _mm512_and_si512(a, b);
}
INLINE u64x8 u64_or(u64x8 a, u64x8 b)
{
    return _mm512_or_si512(a, b);
}
#define U64_SHIFT_RIGHT(a, count) _mm512_srli_epi64(a, count)
#define U64_SHIFT_LEFT(a, count) _mm512_slli_epi64(a, count)
INLINE f64x8 f64_exponent(u64x8 a)
{
    return _mm512_getexp_pd(_mm512_castsi512_pd(a));
}
INLINE bool u64_any_sign(u64x8 a)
{
    return _mm512_movepi64_mask(a) != 0;
}

typedef struct f64_pair {
    f64x8 first, second;
} f64_pair;
typedef struct f64_table {
    f64x8 first[2], second[2];
} f64_table;
INLINE f64_table f64_load_table(const double (*pairs)[2])
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14),
                  odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    f64_table t;
    for (int half = 0; half < 2; half++) {
        const f64x8 a = f64_load(pairs[8 * half]), b = f64_load(pairs[8 * half + 4]);
        t.first[half] = _mm512_permutex2var_pd(a, even, b);
        t.second[half] = _mm512_permutex2var_pd(a, odd, b);
    }
    return t;
}
INLINE f64_pair f64_lookup(const f64_table *t, u64x8 u)
{
    const __m512i number = _mm512_srli_epi64(u, 48); /* of which four bits are looked at */
    return (f64_pair){_mm512_permutex2var_pd(t->first[0], number, t->first[1]),
                      _mm512_permutex2var_pd(t->second[0], number, t->second[1])};
}

/* ---- Sixteen rows of floats, transposed ---------------------------------- */

/* Rows are loaded as quarters, so that the quarters of 4 x 4 are in place,
 * and two steps of shuffles do the rest. */
INLINE void f32_transpose(const float *const *row, float *out, int64_t ldo)
{
    for (int quarter = 0; quarter < 4; quarter++) {
        __m512 r[4];
        for (int i = 0; i < 4; i++) {
            __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(row[i] + 4 * quarter));
            v = _mm512_insertf32x4(v, _mm_loadu_ps(row[4 + i] + 4 * quarter), 1);
            v = _mm512_insertf32x4(v, _mm_loadu_ps(row[8 + i] + 4 * quarter), 2);
            r[i] = _mm512_insertf32x4(v, _mm_loadu_ps(row[12 + i] + 4 * quarter), 3);
        }
        const __m512 low01 = _mm512_unpacklo_ps(r[0], r[1]), high01 = _mm512_unpackhi_ps(r[0], r[1]);
        const __m512 low23 = _mm512_unpacklo_ps(r[2], r[3]), high23 = _mm512_unpackhi_ps(r[2], r[3]);
        float *o = out + 4 * quarter * ldo;
        _mm512_storeu_ps(o, _mm512_shuffle_ps(low01, low23, 0x44));
        _mm512_storeu_ps(o + ldo, _mm512_shuffle_ps(low01, low23, 0xee));
        _mm512_storeu_ps(o + 2 * ldo, _mm512_shuffle_ps(high01, high23, 0x44));
        _mm512_storeu_ps(o + 3 * ldo, _mm512_shuffle_ps(high01, high23, 0xee));
    }
}

#endif
