/* SPDX-License-Identifier: MIT
 *
 * simd_f32.h: sixteen floats, and sixteen doubles to sum them in. A kernel written with
 * these gives the same bits at every level, because every level has the same lanes and
 * rounds the same operations in the same order: AVX-512 holds the floats in one
 * register, AVX2 in two, plain C in an array.
 *
 * max and min are the instructions' own: the second operand if either is NaN.
 */
#ifndef INFO_I_SIMD_F32_H
#define INFO_I_SIMD_F32_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/level.h"
#include "numeric/convert.h"

#if INFO_I_LEVEL >= 2
#include <immintrin.h>
#endif

#define LANES 16
#if INFO_I_LEVEL >= 2
#define INLINE static inline __attribute__((always_inline))
#else /* lanes in loops: inlining all of them takes a compiler minutes and gains nothing */
#define INLINE static inline
#endif

/* The bits of 2^(j / 8) less j << 20: with k << 20 on top, j the low bits of k, they are those of 2^(k / 8). */
static const int32_t EIGHTH_POWERS[8] = {0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                         0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7};

#if INFO_I_LEVEL == 3

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
    const __m512i bits = _mm512_castps_si512(a), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
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
/* 2^(k / 8), k the low bits of a. */
INLINE f32x16 f32_exp2_eighths(f32x16 a)
{
    const __m512i bits = _mm512_castps_si512(a), table = _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)EIGHTH_POWERS));
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
INLINE void f64_store(double *p, f64x16 a)
{
    _mm512_storeu_pd(p, a.low);
    _mm512_storeu_pd(p + 8, a.high);
}

#elif INFO_I_LEVEL == 2

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
    return (f32x16){_mm256_castsi256_ps(_mm256_slli_epi32(a.low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(a.high, 16))};
}
INLINE f32x16 bf16_odd(u16x32 a)
{
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    return (f32x16){_mm256_castsi256_ps(_mm256_and_si256(a.low, upper)), _mm256_castsi256_ps(_mm256_and_si256(a.high, upper))};
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
    const __m256i bits = _mm256_castps_si256(a), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
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
    return _mm256_castsi256_ps(
        _mm256_add_epi32(_mm256_permutevar8x32_epi32(table, bits), _mm256_slli_epi32(bits, 20)));
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
INLINE void f64_store(double *p, f64x16 a)
{
    for (int i = 0; i < 4; i++)
        _mm256_storeu_pd(p + 4 * i, a.part[i]);
}

#else

typedef struct f32x16 {
    float lane[LANES];
} f32x16;
typedef struct u16x32 {
    uint16_t lane[2 * LANES];
} u16x32;
typedef struct f64x16 {
    double lane[LANES];
} f64x16;

#define EACH_LANE for (int i = 0; i < LANES; i++)

INLINE f32x16 f32_set(float x)
{
    f32x16 r;
    EACH_LANE r.lane[i] = x;
    return r;
}
INLINE f32x16 f32_load(const float *p)
{
    f32x16 r;
    memcpy(r.lane, p, sizeof r.lane);
    return r;
}
INLINE f32x16 f32_load_bf16(const uint16_t *p)
{
    f32x16 r;
    EACH_LANE r.lane[i] = info_i_bf16_to_f32(p[i]);
    return r;
}
INLINE u16x32 u16_load(const uint16_t *p)
{
    u16x32 r;
    memcpy(r.lane, p, sizeof r.lane);
    return r;
}
INLINE u16x32 i16_lowest(void)
{
    u16x32 r;
    for (int i = 0; i < 2 * LANES; i++)
        r.lane[i] = 0x8000;
    return r;
}
INLINE u16x32 i16_max(u16x32 a, u16x32 b)
{
    for (int i = 0; i < 2 * LANES; i++)
        a.lane[i] = (int16_t)a.lane[i] > (int16_t)b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
}
INLINE void u16_store(uint16_t *p, u16x32 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}
INLINE f32x16 bf16_even(u16x32 a)
{
    f32x16 r;
    EACH_LANE r.lane[i] = info_i_bf16_to_f32(a.lane[2 * i]);
    return r;
}
INLINE f32x16 bf16_odd(u16x32 a)
{
    f32x16 r;
    EACH_LANE r.lane[i] = info_i_bf16_to_f32(a.lane[2 * i + 1]);
    return r;
}
INLINE f32x16 f32_load_f16(const uint16_t *p)
{
    f32x16 r;
    EACH_LANE r.lane[i] = (float)info_i_f16_to_f64(p[i]);
    return r;
}
INLINE void f32_store(float *p, f32x16 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}
INLINE void f32_store_bf16(uint16_t *p, f32x16 a)
{
    uint32_t bits[LANES];
    memcpy(bits, a.lane, sizeof bits);
    EACH_LANE p[i] = (uint16_t)((bits[i] + (bits[i] >> 16 & 1) + 0x7fff) >> 16);
}
INLINE f32x16 f32_add(f32x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] += b.lane[i];
    return a;
}
INLINE f32x16 f32_sub(f32x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] -= b.lane[i];
    return a;
}
INLINE f32x16 f32_mul(f32x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] *= b.lane[i];
    return a;
}
INLINE f32x16 f32_fma(f32x16 a, f32x16 b, f32x16 c)
{
    EACH_LANE a.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return a;
}
INLINE f32x16 f32_max(f32x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
}
INLINE f32x16 f32_min(f32x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
}
INLINE f32x16 f32_select_small(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    EACH_LANE y.lane[i] = fabsf(a.lane[i]) < b.lane[i] ? x.lane[i] : y.lane[i];
    return y;
}
INLINE bool f32_all_small(f32x16 a, f32x16 b)
{
    bool all = true;
    EACH_LANE all = all && fabsf(a.lane[i]) < b.lane[i];
    return all;
}
INLINE int64_t f32_count_greater(f32x16 a, f32x16 b)
{
    int64_t count = 0;
    EACH_LANE count += a.lane[i] > b.lane[i];
    return count;
}
INLINE bool f32_any_equal(f32x16 a, f32x16 b)
{
    bool any = false;
    EACH_LANE any = any || a.lane[i] == b.lane[i];
    return any;
}
INLINE f32x16 f32_exp2_eighths(f32x16 a)
{
    uint32_t bits[LANES];
    memcpy(bits, a.lane, sizeof bits);
    EACH_LANE bits[i] = (uint32_t)EIGHTH_POWERS[bits[i] & 7] + (bits[i] << 20);
    memcpy(a.lane, bits, sizeof bits);
    return a;
}
INLINE f32x16 f32_exponent(f32x16 a)
{
    uint32_t bits[LANES];
    memcpy(bits, a.lane, sizeof bits);
    EACH_LANE bits[i] <<= 23;
    memcpy(a.lane, bits, sizeof bits);
    return a;
}
INLINE f64x16 f64_zero(void)
{
    f64x16 r;
    EACH_LANE r.lane[i] = 0;
    return r;
}
INLINE f64x16 f64_add_f32(f64x16 a, f32x16 b)
{
    EACH_LANE a.lane[i] += (double)b.lane[i];
    return a;
}
INLINE void f64_store(double *p, f64x16 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}

#endif

/* ---- The same text for every level --------------------------------------- */

/* Sum of the lanes, halves onto halves. */
INLINE double f64_sum(f64x16 a)
{
    double lane[LANES];
    f64_store(lane, a);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

INLINE float f32_max_lane(f32x16 a)
{
    float lane[LANES], maximum;
    f32_store(lane, a);
    maximum = lane[0];
    for (int i = 1; i < LANES; i++)
        maximum = lane[i] > maximum ? lane[i] : maximum;
    return maximum;
}

INLINE int16_t i16_max_lane(u16x32 a)
{
    uint16_t lane[2 * LANES];
    int16_t maximum = INT16_MIN;
    u16_store(lane, a);
    for (int i = 0; i < 2 * LANES; i++)
        maximum = (int16_t)lane[i] > maximum ? (int16_t)lane[i] : maximum;
    return maximum;
}

/* 2^t for -127 <= t < 127, in two steps for the sake of the processor, which works on the second of one
 * vector and the first of the next at once. Adding 1.5 * 2^20 rounds t to eighths, and leaves their number
 * in the low bits. 2^f on |f| <= 1/16 is 1 + f u(f), u minimax for the relative error of the whole, 2.6e-8; with a
 * table to 3.2e-8 and the rounding at the end the result is within 1.3e-7 of 2^t. 2^-127 gives 0 and 2^0 gives 1,
 * exactly; NaN stays NaN. What is below 2^-126 otherwise is below 2^-126. */
#define EXP2_LOWEST (-127.0f)

typedef struct f32_power {
    f32x16 t, eighths, rest;
} f32_power;

INLINE f32_power f32_split(f32x16 t)
{
    const f32x16 magic = f32_set(1572864.0f), eighths = f32_add(t, magic);
    return (f32_power){t, eighths, f32_sub(t, f32_sub(eighths, magic))};
}

INLINE f32x16 f32_exp2(f32_power a)
{
    const f32x16 power = f32_exp2_eighths(a.eighths);
    f32x16 u = f32_fma(f32_set(0.05548902228474617f), a.rest, f32_set(0.24025751650333405f));
    u = f32_fma(u, a.rest, f32_set(0.6931472420692444f));
    return f32_fma(f32_mul(a.rest, power), u, power);
}

/* exp(d) for d <= 80, exactly 0 below -87.7 and exactly 1 at 0; NaN stays NaN.
 *
 * d = n log 2 + r with n whole: adding 1.5 * 2^23 rounds d / log 2 to a whole number and
 * leaves it, biased by 127, in the low bits, from where it becomes the exponent of 2^n;
 * at n = -127 that is 0. exp(r) on |r| <= 0.35 is 1 + r + r^2 q(r), q minimax for the
 * relative error of the whole, 4e-9. The result is within 0.8 ulp of exp(d) plus
 * 3e-9 |d| for log 2 rounded to a float. */
#define EXP_LOWEST (-88.02969f) /* -127 log 2, rounded up */

INLINE f32x16 f32_exp(f32x16 d)
{
    const f32x16 magic = f32_set(12582912.0f + 127.0f);
    const f32x16 shifted = f32_fma(d, f32_set(0x1.715476p+0f), magic);
    const f32x16 r = f32_fma(f32_sub(shifted, magic), f32_set(-0x1.62e43p-1f), d);
    f32x16 p = f32_fma(f32_set(0.0013814191333949566f), r, f32_set(0.008368914015591145f));
    p = f32_fma(p, r, f32_set(0.04166840761899948f));
    p = f32_fma(p, r, f32_set(0.1666651964187622f));
    p = f32_fma(p, r, f32_set(0.4999999403953552f));
    p = f32_fma(p, r, f32_set(1.0f));
    p = f32_fma(p, r, f32_set(1.0f));
    return f32_mul(p, f32_exponent(shifted));
}

#endif
