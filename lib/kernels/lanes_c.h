/* SPDX-License-Identifier: MIT
 * Sixteen floats in an array, see simd_f32.h. */
#ifndef INFO_I_LANES_C_H
#define INFO_I_LANES_C_H

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
INLINE f32x16 f32_select_greater(f32x16 a, f32x16 b, f32x16 x, f32x16 y)
{
    EACH_LANE y.lane[i] = a.lane[i] > b.lane[i] ? x.lane[i] : y.lane[i];
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
/* The k with 0.75 <= a 2^-k < 1.5, a positive and normal; and a 2^-k. */
INLINE int32_t octave_of(uint32_t bits)
{
    return (int32_t)(bits >> 23) - (int32_t)((bits & 0x7fffff) < 0x400000) - 126;
}
INLINE f32x16 f32_octave(f32x16 a)
{
    uint32_t bits[LANES];
    memcpy(bits, a.lane, sizeof bits);
    EACH_LANE a.lane[i] = (float)octave_of(bits[i]);
    return a;
}
INLINE f32x16 f32_mantissa(f32x16 a)
{
    uint32_t bits[LANES];
    memcpy(bits, a.lane, sizeof bits);
    EACH_LANE bits[i] -= (uint32_t)octave_of(bits[i]) << 23;
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
INLINE f64x16 f64_add_product(f64x16 a, f32x16 b, f32x16 c)
{
    EACH_LANE a.lane[i] += (double)b.lane[i] * (double)c.lane[i];
    return a;
}
INLINE void f64_store(double *p, f64x16 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}

#endif
