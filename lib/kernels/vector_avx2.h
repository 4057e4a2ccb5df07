/* SPDX-License-Identifier: MIT
 * Vectors of AVX2: two registers each, see vector.h. */
#ifndef INFO_I_VECTOR_AVX2_H
#define INFO_I_VECTOR_AVX2_H

#include <immintrin.h>

#define REGISTER_BYTES 32

/* ---- Sixteen floats ------------------------------------------------------ */

typedef struct f32x16 {
    __m256 low, high;
} f32x16;
typedef f32x16 f32_mask;
typedef struct u16x32 {
    __m256i low, high;
} u16x32;

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
INLINE f32x16 f32_div(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
INLINE f32x16 f32_fma(f32x16 a, f32x16 b, f32x16 c)
{
    return (f32x16){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
INLINE f32x16 f32_fnma(f32x16 a, f32x16 b, f32x16 c)
{
    return (f32x16){_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high)};
}
INLINE f32x16 f32_fms(f32x16 a, f32x16 b, f32x16 c)
{
    return (f32x16){_mm256_fmsub_ps(a.low, b.low, c.low), _mm256_fmsub_ps(a.high, b.high, c.high)};
}
INLINE f32x16 f32_max(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
INLINE f32x16 f32_min(f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
INLINE f32x16 f32_abs(f32x16 a)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return (f32x16){_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}
INLINE f32_mask f32_less(f32x16 a, f32x16 b)
{
    return (f32_mask){_mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ)};
}
INLINE f32_mask f32_equal(f32x16 a, f32x16 b)
{
    return (f32_mask){_mm256_cmp_ps(a.low, b.low, _CMP_EQ_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_EQ_OQ)};
}
INLINE f32_mask f32_mask_and(f32_mask a, f32_mask b)
{
    return (f32_mask){_mm256_and_ps(a.low, b.low), _mm256_and_ps(a.high, b.high)};
}
INLINE f32_mask f32_mask_or(f32_mask a, f32_mask b)
{
    return (f32_mask){_mm256_or_ps(a.low, b.low), _mm256_or_ps(a.high, b.high)};
}
INLINE int f32_mask_count(f32_mask m)
{
    return __builtin_popcount((unsigned)_mm256_movemask_ps(m.low)) +
           __builtin_popcount((unsigned)_mm256_movemask_ps(m.high));
}
INLINE bool f32_mask_any(f32_mask m)
{
    return _mm256_movemask_ps(_mm256_or_ps(m.low, m.high)) != 0;
}
INLINE bool f32_mask_all(f32_mask m)
{
    return _mm256_movemask_ps(_mm256_and_ps(m.low, m.high)) == 0xff;
}
INLINE f32x16 f32_select(f32_mask m, f32x16 a, f32x16 b)
{
    return (f32x16){_mm256_blendv_ps(b.low, a.low, m.low), _mm256_blendv_ps(b.high, a.high, m.high)};
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
INLINE f32x16 f32_exponent_of_low_bits(f32x16 a)
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

/* ---- Eight doubles ------------------------------------------------------- */

typedef struct f64x8 {
    __m256d low, high;
} f64x8;
typedef struct u64x8 {
    __m256i low, high;
} u64x8;
typedef f64x8 f64_mask;

INLINE f64x8 f64_set(double a)
{
    return (f64x8){_mm256_set1_pd(a), _mm256_set1_pd(a)};
}
INLINE f64x8 f64_load(const double *p)
{
    return (f64x8){_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)};
}
INLINE f64x8 f64_load_f32(const float *p)
{
    return (f64x8){_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4))};
}
INLINE f64x8 f64_of_low(f32x16 a)
{
    return (f64x8){_mm256_cvtps_pd(_mm256_castps256_ps128(a.low)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.low, 1))};
}
INLINE f64x8 f64_of_high(f32x16 a)
{
    return (f64x8){_mm256_cvtps_pd(_mm256_castps256_ps128(a.high)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.high, 1))};
}
INLINE void f64_store(double *p, f64x8 a)
{
    _mm256_storeu_pd(p, a.low), _mm256_storeu_pd(p + 4, a.high);
}
INLINE void f64_store_f32(float *p, f64x8 a)
{
    _mm_storeu_ps(p, _mm256_cvtpd_ps(a.low)), _mm_storeu_ps(p + 4, _mm256_cvtpd_ps(a.high));
}
INLINE f64x8 f64_add(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)};
}
INLINE f64x8 f64_sub(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)};
}
INLINE f64x8 f64_mul(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_mul_pd(a.low, b.low), _mm256_mul_pd(a.high, b.high)};
}
INLINE f64x8 f64_div(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_div_pd(a.low, b.low), _mm256_div_pd(a.high, b.high)};
}
INLINE f64x8 f64_fma(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
INLINE f64x8 f64_fnma(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fnmadd_pd(a.low, b.low, c.low), _mm256_fnmadd_pd(a.high, b.high, c.high)};
}
INLINE f64x8 f64_fms(f64x8 a, f64x8 b, f64x8 c)
{
    return (f64x8){_mm256_fmsub_pd(a.low, b.low, c.low), _mm256_fmsub_pd(a.high, b.high, c.high)};
}
INLINE f64x8 f64_max(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_max_pd(a.low, b.low), _mm256_max_pd(a.high, b.high)};
}
INLINE f64x8 f64_min(f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_min_pd(a.low, b.low), _mm256_min_pd(a.high, b.high)};
}
INLINE f64x8 f64_abs(f64x8 a)
{
    const __m256d sign = _mm256_set1_pd(-0.0);
    return (f64x8){_mm256_andnot_pd(sign, a.low), _mm256_andnot_pd(sign, a.high)};
}
INLINE f64x8 f64_select(f64_mask m, f64x8 a, f64x8 b)
{
    return (f64x8){_mm256_blendv_pd(b.low, a.low, m.low), _mm256_blendv_pd(b.high, a.high, m.high)};
}
INLINE f64_mask f64_less(f64x8 a, f64x8 b)
{
    return (f64_mask){_mm256_cmp_pd(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_pd(a.high, b.high, _CMP_LT_OQ)};
}
INLINE f64_mask f64_equal(f64x8 a, f64x8 b)
{
    return (f64_mask){_mm256_cmp_pd(a.low, b.low, _CMP_EQ_OQ), _mm256_cmp_pd(a.high, b.high, _CMP_EQ_OQ)};
}
INLINE f64_mask f64_mask_and(f64_mask a, f64_mask b)
{
    return (f64_mask){_mm256_and_pd(a.low, b.low), _mm256_and_pd(a.high, b.high)};
}
INLINE f64_mask f64_mask_or(f64_mask a, f64_mask b)
{
    return (f64_mask){_mm256_or_pd(a.low, b.low), _mm256_or_pd(a.high, b.high)};
}
INLINE f64_mask f64_mask_none(void)
{
    return f64_set(0);
}
INLINE bool f64_mask_any(f64_mask m)
{
    return _mm256_movemask_pd(_mm256_or_pd(m.low, m.high)) != 0;
}
INLINE bool f64_mask_all(f64_mask m)
{
    return _mm256_movemask_pd(_mm256_and_pd(m.low, m.high)) == 0xf;
}
INLINE u64x8 u64_set(uint64_t a)
{
    return (u64x8){_mm256_set1_epi64x((long long)a), _mm256_set1_epi64x((long long)a)};
}
INLINE u64x8 f64_bits(f64x8 a)
{
    return (u64x8){_mm256_castpd_si256(a.low), _mm256_castpd_si256(a.high)};
}
INLINE f64x8 f64_from_bits(u64x8 a)
{
    return (f64x8){_mm256_castsi256_pd(a.low), _mm256_castsi256_pd(a.high)};
}
INLINE u64x8 u64_add(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_add_epi64(a.low, b.low), _mm256_add_epi64(a.high, b.high)};
}
INLINE u64x8 u64_sub(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_sub_epi64(a.low, b.low), _mm256_sub_epi64(a.high, b.high)};
}
INLINE u64x8 u64_and(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}
INLINE u64x8 u64_or(u64x8 a, u64x8 b)
{
    return (u64x8){_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}
#define U64_SHIFT_RIGHT(u, count) ((u64x8){_mm256_srli_epi64((u).low, count), _mm256_srli_epi64((u).high, count)})
#define U64_SHIFT_LEFT(u, count) ((u64x8){_mm256_slli_epi64((u).low, count), _mm256_slli_epi64((u).high, count)})
INLINE f64x8 f64_exponent(u64x8 a)
{
    const u64x8 magic = u64_set(UINT64_C(0x4330000000000000));
    return f64_sub(f64_from_bits(u64_or(U64_SHIFT_RIGHT(a, 52), magic)), f64_set(0x1p52 + 1023));
}
INLINE bool u64_any_sign(u64x8 a)
{
    return _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_or_si256(a.low, a.high))) != 0;
}

typedef struct f64_pair {
    f64x8 first, second;
} f64_pair;
typedef struct f64_table {
    const double (*pairs)[2];
} f64_table;
INLINE f64_table f64_load_table(const double (*pairs)[2])
{
    return (f64_table){pairs};
}
/* Loads of pairs, which are transposed: registers hold too few entries to permute. */
INLINE f64_pair f64_lookup(const f64_table *t, u64x8 u)
{
    const u64x8 offset = u64_and(U64_SHIFT_RIGHT(u, 44), u64_set(15 * 16));
    const char *pairs = (const char *)t->pairs;
    uint64_t i[8];
    _mm256_storeu_si256((__m256i *)i, offset.low), _mm256_storeu_si256((__m256i *)(i + 4), offset.high);
#define PAIR(k) _mm_loadu_pd((const double *)(pairs + i[k]))
#define TWO(k, l) _mm256_insertf128_pd(_mm256_castpd128_pd256(PAIR(k)), PAIR(l), 1)
    const __m256d p02 = TWO(0, 2), p13 = TWO(1, 3), p46 = TWO(4, 6), p57 = TWO(5, 7);
#undef TWO
#undef PAIR
    return (f64_pair){{_mm256_unpacklo_pd(p02, p13), _mm256_unpacklo_pd(p46, p57)},
                      {_mm256_unpackhi_pd(p02, p13), _mm256_unpackhi_pd(p46, p57)}};
}

/* ---- Sixteen rows of floats, transposed: stores that compilers make shuffles of */

INLINE void f32_transpose(const float *const *row, float *out, int64_t ldo)
{
    for (int64_t j = 0; j < F32_LANES; j++)
        for (int i = 0; i < F32_LANES; i++)
            out[j * ldo + i] = row[i][j];
}

#endif
