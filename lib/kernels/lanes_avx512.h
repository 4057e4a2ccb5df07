/* SPDX-License-Identifier: MIT
 * Sixteen floats in one register of AVX-512, see simd_f32.h. */
#ifndef INFO_I_LANES_AVX512_H
#define INFO_I_LANES_AVX512_H

typedef __m512 f32x16;
typedef __m512i u16x32;
typedef struct f64x16 {
    __m512d low, high;
} f64x16;

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
INLINE f32x16 f32_fma(f32x16 a, f32x16 b, f32x16 c)
{
    return _mm512_fmadd_ps(a, b, c);
}
INLINE f32x16 f32_max(f32x16 a, f32x16 b)
{
    return _mm512_max_ps(a, b);
}
INLINE f32x16 f32_min(f32x16 a, f32x16 b)
{
    return _mm512_min_ps(a, b);
}
/* |a| < b ? x : y */
INLINE f32x16 f32_select_small(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(_mm512_abs_ps(a), b, _CMP_LT_OQ), y, x);
}
/* a > b ? x : y */
INLINE f32x16 f32_select_greater(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), y, x);
}
/* Whether every |a| < b. */
INLINE bool f32_all_small(f32x16 a, f32x16 b)
{
    return _mm512_cmp_ps_mask(_mm512_abs_ps(a), b, _CMP_LT_OQ) == 0xffff;
}
/* How many a > b. */
INLINE int64_t f32_count_greater(f32x16 a, f32x16 b)
{
    return __builtin_popcount(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ));
}
/* Whether some a = b. */
INLINE bool f32_any_equal(f32x16 a, f32x16 b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ) != 0;
}
/* The bits of a moved up to where a float has its exponent. */
INLINE f32x16 f32_exponent(f32x16 a)
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
INLINE f64x16 f64_zero(void)
{
    return (f64x16){_mm512_setzero_pd(), _mm512_setzero_pd()};
}
INLINE f64x16 f64_add_f32(f64x16 a, f32x16 b)
{
    return (f64x16){_mm512_add_pd(a.low, _mm512_cvtps_pd(_mm512_castps512_ps256(b))),
                    _mm512_add_pd(a.high, _mm512_cvtps_pd(_mm512_extractf32x8_ps(b, 1)))};
}
/* a + b c */
INLINE f64x16 f64_add_product(f64x16 a, f32x16 b, f32x16 c)
{
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(c)),
                  high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(c, 1));
    return (f64x16){_mm512_add_pd(a.low, _mm512_mul_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(b)), low)),
                    _mm512_add_pd(a.high, _mm512_mul_pd(_mm512_cvtps_pd(_mm512_extractf32x8_ps(b, 1)), high))};
}
INLINE void f64_store(double *p, f64x16 a)
{
    _mm512_storeu_pd(p, a.low);
    _mm512_storeu_pd(p + 8, a.high);
}

#endif
