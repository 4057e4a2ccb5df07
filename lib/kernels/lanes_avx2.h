/* SPDX-License-Identifier: MIT
 * Sixteen floats in two registers of AVX2, see simd_f32.h. */
#ifndef INFO_I_LANES_AVX2_H
#define INFO_I_LANES_AVX2_H

typedef struct f32x16 {
    __m256 low, high;
} f32x16;
typedef struct u16x32 {
    __m256i low, high;
} u16x32;
typedef struct f64x16 {
    __m256d part[4];
} f64x16;

INLINE f32x16 f32_set(float x)
{
    return (f32x16){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}
INLINE f32x16 f32_load(const float *p)
{
    return (f32x16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
INLINE __m256 bf16_half(const uint16_t *p)
{
    const __m128i bits = _mm_loadu_si128((const __m128i *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
INLINE f32x16 f32_load_bf16(const uint16_t *p)
{
    return (f32x16){bf16_half(p), bf16_half(p + 8)};
}
INLINE u16x32 u16_load(const uint16_t *p)
{
    return (u16x32){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 16))};
}
INLINE u16x32 i16_lowest(void)
{
    return (u16x32){_mm256_set1_epi16(INT16_MIN), _mm256_set1_epi16(INT16_MIN)};
}
INLINE u16x32 i16_max(u16x32 a, u16x32 b)
{
    return (u16x32){_mm256_max_epi16(a.low, b.low), _mm256_max_epi16(a.high, b.high)};
}
INLINE void u16_store(uint16_t *p, u16x32 a)
{
    _mm256_storeu_si256((__m256i *)p, a.low);
    _mm256_storeu_si256((__m256i *)(p + 16), a.high);
}
INLINE f32x16 bf16_even(u16x32 a)
{
    return (f32x16){_mm256_castsi256_ps(_mm256_slli_epi32(a.low, 16)),
                    _mm256_castsi256_ps(_mm256_slli_epi32(a.high, 16))};
}
INLINE f32x16 bf16_odd(u16x32 a)
{
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    return (f32x16){_mm256_castsi256_ps(_mm256_and_si256(a.low, upper)),
                    _mm256_castsi256_ps(_mm256_and_si256(a.high, upper))};
}
INLINE f32x16 f32_load_f16(const uint16_t *p)
{
    return (f32x16){_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
                    _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)))};
}
INLINE void f32_store(float *p, f32x16 a)
{
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}
INLINE __m256i bf16_bits_half(__m256 a)
{
    const __m256i bits = _mm256_castps_si256(a),
                  odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    return _mm256_srli_epi32(_mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
}
INLINE void f32_store_bf16(uint16_t *p, f32x16 a)
{
    const __m256i mixed = _mm256_packus_epi32(bf16_bits_half(a.low), bf16_bits_half(a.high));
    _mm256_storeu_si256((__m256i *)p, _mm256_permute4x64_epi64(mixed, 0xd8));
}
INLINE f32x16 f32_add(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
INLINE f32x16 f32_sub(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
INLINE f32x16 f32_mul(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
INLINE f32x16 f32_fma(f32x16 a, f32x16 b, f32x16 c)
{
    return (f32x16){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
INLINE f32x16 f32_max(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
INLINE f32x16 f32_min(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
INLINE __m256 select_small_half(__m256 a, __m256 b, __m256 x, __m256 y)
{
    const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(magnitude, b, _CMP_LT_OQ));
}
INLINE f32x16 f32_select_small(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return (f32x16){select_small_half(a.low, b.low, x.low, y.low), select_small_half(a.high, b.high, x.high, y.high)};
}
INLINE f32x16 f32_select_greater(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    return (f32x16){_mm256_blendv_ps(y.low, x.low, _mm256_cmp_ps(a.low, b.low, _CMP_GT_OQ)),
                    _mm256_blendv_ps(y.high, x.high, _mm256_cmp_ps(a.high, b.high, _CMP_GT_OQ))};
}
INLINE bool f32_all_small(f32x16 a, f32x16 b)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    const __m256 low = _mm256_cmp_ps(_mm256_andnot_ps(sign, a.low), b.low, _CMP_LT_OQ);
    const __m256 high = _mm256_cmp_ps(_mm256_andnot_ps(sign, a.high), b.high, _CMP_LT_OQ);
    return _mm256_movemask_ps(_mm256_and_ps(low, high)) == 0xff;
}
INLINE int64_t f32_count_greater(f32x16 a, f32x16 b)
{
    return __builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.low, b.low, _CMP_GT_OQ))) +
           __builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.high, b.high, _CMP_GT_OQ)));
}
INLINE bool f32_any_equal(f32x16 a, f32x16 b)
{
    const __m256 low = _mm256_cmp_ps(a.low, b.low, _CMP_EQ_OQ), high = _mm256_cmp_ps(a.high, b.high, _CMP_EQ_OQ);
    return _mm256_movemask_ps(_mm256_or_ps(low, high)) != 0;
}
INLINE __m256 exp2_eighths_half(__m256 a)
{
    const __m256i bits = _mm256_castps_si256(a), table = _mm256_loadu_si256((const __m256i *)EIGHTH_POWERS);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_permutevar8x32_epi32(table, bits), _mm256_slli_epi32(bits, 20)));
}
INLINE f32x16 f32_exp2_eighths(f32x16 a)
{
    return (f32x16){exp2_eighths_half(a.low), exp2_eighths_half(a.high)};
}
INLINE __m256 exponent_half(__m256 a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}
INLINE f32x16 f32_exponent(f32x16 a)
{
    return (f32x16){exponent_half(a.low), exponent_half(a.high)};
}
INLINE __m256i octave_half(__m256 a)
{
    return _mm256_srai_epi32(_mm256_sub_epi32(_mm256_castps_si256(a), _mm256_set1_epi32(0x3f400000)), 23);
}
INLINE f32x16 f32_octave(f32x16 a)
{
    return (f32x16){_mm256_cvtepi32_ps(octave_half(a.low)), _mm256_cvtepi32_ps(octave_half(a.high))};
}
INLINE __m256 mantissa_half(__m256 a)
{
    return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_castps_si256(a), _mm256_slli_epi32(octave_half(a), 23)));
}
INLINE f32x16 f32_mantissa(f32x16 a)
{
    return (f32x16){mantissa_half(a.low), mantissa_half(a.high)};
}
INLINE f64x16 f64_zero(void)
{
    const __m256d zero = _mm256_setzero_pd();
    return (f64x16){{zero, zero, zero, zero}};
}
INLINE f64x16 f64_add_f32(f64x16 a, f32x16 b)
{
    return (f64x16){{_mm256_add_pd(a.part[0], _mm256_cvtps_pd(_mm256_castps256_ps128(b.low))),
                     _mm256_add_pd(a.part[1], _mm256_cvtps_pd(_mm256_extractf128_ps(b.low, 1))),
                     _mm256_add_pd(a.part[2], _mm256_cvtps_pd(_mm256_castps256_ps128(b.high))),
                     _mm256_add_pd(a.part[3], _mm256_cvtps_pd(_mm256_extractf128_ps(b.high, 1)))}};
}
INLINE __m256d add_product_quarter(__m256d a, __m128 b, __m128 c)
{
    return _mm256_add_pd(a, _mm256_mul_pd(_mm256_cvtps_pd(b), _mm256_cvtps_pd(c)));
}
INLINE f64x16 f64_add_product(f64x16 a, f32x16 b, f32x16 c)
{
    return (f64x16){
        {add_product_quarter(a.part[0], _mm256_castps256_ps128(b.low), _mm256_castps256_ps128(c.low)),
         add_product_quarter(a.part[1], _mm256_extractf128_ps(b.low, 1), _mm256_extractf128_ps(c.low, 1)),
         add_product_quarter(a.part[2], _mm256_castps256_ps128(b.high), _mm256_castps256_ps128(c.high)),
         add_product_quarter(a.part[3], _mm256_extractf128_ps(b.high, 1), _mm256_extractf128_ps(c.high, 1))}};
}
INLINE void f64_store(double *p, f64x16 a)
{
    for (int i = 0; i < 4; i++)
        _mm256_storeu_pd(p + 4 * i, a.part[i]);
}

#endif
