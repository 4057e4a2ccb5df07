/* SPDX-License-Identifier: MIT
 * Vectors in plain C: arrays of lanes, in loops; see vector.h. */
#ifndef INFO_I_VECTOR_C_H
#define INFO_I_VECTOR_C_H

#define REGISTER_BYTES 16

/* A function whose result's lane i is the expression. */
#define LANEWISE(type, name, parameters, expression)                                                                   \
    INLINE type name parameters                                                                                        \
    {                                                                                                                  \
        type r;                                                                                                        \
        for (int i = 0; i < (int)(sizeof r.lane / sizeof *r.lane); i++)                                                \
            r.lane[i] = expression;                                                                                    \
        return r;                                                                                                      \
    }

/* ---- Sixteen floats ------------------------------------------------------ */

typedef struct f32x16 {
    float lane[F32_LANES];
} f32x16;
typedef struct f32_mask {
    int32_t lane[F32_LANES];
} f32_mask;
typedef struct u32x16 {
    uint32_t lane[F32_LANES];
} u32x16;
typedef struct u16x32 {
    uint16_t lane[2 * F32_LANES];
} u16x32;

LANEWISE(f32x16, f32_set, (float a), a)
LANEWISE(f32x16, f32_load, (const float *p), p[i])
LANEWISE(f32x16, f32_load_bf16, (const uint16_t *p), info_i_bf16_to_f32(p[i]))
LANEWISE(f32x16, f32_load_f16, (const uint16_t *p), (float)info_i_f16_to_f64(p[i]))
LANEWISE(f32x16, f32_add, (f32x16 a, f32x16 b), a.lane[i] + b.lane[i])
LANEWISE(f32x16, f32_sub, (f32x16 a, f32x16 b), a.lane[i] - b.lane[i])
LANEWISE(f32x16, f32_mul, (f32x16 a, f32x16 b), a.lane[i] * b.lane[i])
LANEWISE(f32x16, f32_div, (f32x16 a, f32x16 b), a.lane[i] / b.lane[i])
LANEWISE(f32x16, f32_fma, (f32x16 a, f32x16 b, f32x16 c), fmaf(a.lane[i], b.lane[i], c.lane[i]))
LANEWISE(f32x16, f32_fnma, (f32x16 a, f32x16 b, f32x16 c), fmaf(-a.lane[i], b.lane[i], c.lane[i]))
LANEWISE(f32x16, f32_fms, (f32x16 a, f32x16 b, f32x16 c), fmaf(a.lane[i], b.lane[i], -c.lane[i]))
LANEWISE(f32x16, f32_max, (f32x16 a, f32x16 b), a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(f32x16, f32_min, (f32x16 a, f32x16 b), a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(f32x16, f32_abs, (f32x16 a), fabsf(a.lane[i]))
LANEWISE(f32_mask, f32_less, (f32x16 a, f32x16 b), a.lane[i] < b.lane[i])
LANEWISE(f32_mask, f32_equal, (f32x16 a, f32x16 b), a.lane[i] == b.lane[i])
LANEWISE(f32_mask, f32_mask_and, (f32_mask a, f32_mask b), a.lane[i] && b.lane[i])
LANEWISE(f32_mask, f32_mask_or, (f32_mask a, f32_mask b), a.lane[i] || b.lane[i])
LANEWISE(f32x16, f32_select, (f32_mask m, f32x16 a, f32x16 b), m.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(u16x32, u16_load, (const uint16_t *p), p[i])
LANEWISE(u16x32, i16_lowest, (void), 0x8000)
LANEWISE(u16x32, i16_max, (u16x32 a, u16x32 b), (int16_t)a.lane[i] > (int16_t)b.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(f32x16, bf16_even, (u16x32 a), info_i_bf16_to_f32(a.lane[2 * i]))
LANEWISE(f32x16, bf16_odd, (u16x32 a), info_i_bf16_to_f32(a.lane[2 * i + 1]))

INLINE void f32_store(float *p, f32x16 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}
INLINE u32x16 f32_bits(f32x16 a)
{
    u32x16 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE f32x16 f32_from_bits(u32x16 a)
{
    f32x16 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE void f32_store_bf16(uint16_t *p, f32x16 a)
{
    const u32x16 bits = f32_bits(a);
    for (int i = 0; i < F32_LANES; i++)
        p[i] = (uint16_t)((bits.lane[i] + (bits.lane[i] >> 16 & 1) + 0x7fff) >> 16);
}
INLINE f32x16 f32_exp2_eighths(f32x16 a)
{
    u32x16 bits = f32_bits(a);
    for (int i = 0; i < F32_LANES; i++)
        bits.lane[i] = (uint32_t)EIGHTH_POWERS[bits.lane[i] & 7] + (bits.lane[i] << 20);
    return f32_from_bits(bits);
}
INLINE f32x16 f32_exponent_of_low_bits(f32x16 a)
{
    u32x16 bits = f32_bits(a);
    for (int i = 0; i < F32_LANES; i++)
        bits.lane[i] <<= 23;
    return f32_from_bits(bits);
}
INLINE int32_t octave_of(uint32_t bits)
{
    return (int32_t)(bits >> 23) - (int32_t)((bits & 0x7fffff) < 0x400000) - 126;
}
INLINE f32x16 f32_octave(f32x16 a)
{
    const u32x16 bits = f32_bits(a);
    for (int i = 0; i < F32_LANES; i++)
        a.lane[i] = (float)octave_of(bits.lane[i]);
    return a;
}
INLINE f32x16 f32_mantissa(f32x16 a)
{
    u32x16 bits = f32_bits(a);
    for (int i = 0; i < F32_LANES; i++)
        bits.lane[i] -= (uint32_t)octave_of(bits.lane[i]) << 23;
    return f32_from_bits(bits);
}
INLINE void u16_store(uint16_t *p, u16x32 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}
INLINE int f32_mask_count(f32_mask m)
{
    int count = 0;
    for (int i = 0; i < F32_LANES; i++)
        count += m.lane[i];
    return count;
}
INLINE bool f32_mask_any(f32_mask m)
{
    return f32_mask_count(m) > 0;
}
INLINE bool f32_mask_all(f32_mask m)
{
    return f32_mask_count(m) == F32_LANES;
}

/* ---- Eight doubles ------------------------------------------------------- */

typedef struct f64x8 {
    double lane[F64_LANES];
} f64x8;
typedef struct u64x8 {
    uint64_t lane[F64_LANES];
} u64x8;
typedef struct f64_mask {
    bool lane[F64_LANES];
} f64_mask;

LANEWISE(f64x8, f64_set, (double a), a)
LANEWISE(f64x8, f64_load, (const double *p), p[i])
LANEWISE(f64x8, f64_load_f32, (const float *p), (double)p[i])
LANEWISE(f64x8, f64_of_low, (f32x16 a), (double)a.lane[i])
LANEWISE(f64x8, f64_of_high, (f32x16 a), (double)a.lane[i + F64_LANES])
LANEWISE(f64x8, f64_add, (f64x8 a, f64x8 b), a.lane[i] + b.lane[i])
LANEWISE(f64x8, f64_sub, (f64x8 a, f64x8 b), a.lane[i] - b.lane[i])
LANEWISE(f64x8, f64_mul, (f64x8 a, f64x8 b), a.lane[i] * b.lane[i])
LANEWISE(f64x8, f64_div, (f64x8 a, f64x8 b), a.lane[i] / b.lane[i])
LANEWISE(f64x8, f64_fma, (f64x8 a, f64x8 b, f64x8 c), fma(a.lane[i], b.lane[i], c.lane[i]))
LANEWISE(f64x8, f64_fnma, (f64x8 a, f64x8 b, f64x8 c), fma(-a.lane[i], b.lane[i], c.lane[i]))
LANEWISE(f64x8, f64_fms, (f64x8 a, f64x8 b, f64x8 c), fma(a.lane[i], b.lane[i], -c.lane[i]))
LANEWISE(f64x8, f64_max, (f64x8 a, f64x8 b), a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(f64x8, f64_min, (f64x8 a, f64x8 b), a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(f64x8, f64_abs, (f64x8 a), fabs(a.lane[i]))
LANEWISE(f64_mask, f64_less, (f64x8 a, f64x8 b), a.lane[i] < b.lane[i])
LANEWISE(f64_mask, f64_equal, (f64x8 a, f64x8 b), a.lane[i] == b.lane[i])
LANEWISE(f64_mask, f64_mask_and, (f64_mask a, f64_mask b), a.lane[i] && b.lane[i])
LANEWISE(f64_mask, f64_mask_or, (f64_mask a, f64_mask b), a.lane[i] || b.lane[i])
LANEWISE(f64_mask, f64_mask_none, (void), false)
LANEWISE(f64x8, f64_select, (f64_mask m, f64x8 a, f64x8 b), m.lane[i] ? a.lane[i] : b.lane[i])
LANEWISE(u64x8, u64_set, (uint64_t a), a)
LANEWISE(u64x8, u64_add, (u64x8 a, u64x8 b), a.lane[i] + b.lane[i])
LANEWISE(u64x8, u64_sub, (u64x8 a, u64x8 b), a.lane[i] - b.lane[i])
LANEWISE(u64x8, u64_and, (u64x8 a, u64x8 b), a.lane[i] & b.lane[i])
LANEWISE(u64x8, u64_or, (u64x8 a, u64x8 b), a.lane[i] | b.lane[i])
LANEWISE(u64x8, u64_shift_right, (u64x8 a, int count), a.lane[i] >> count)
LANEWISE(u64x8, u64_shift_left, (u64x8 a, int count), a.lane[i] << count)
LANEWISE(f64x8, f64_exponent, (u64x8 a), (double)(int64_t)(a.lane[i] >> 52) - 1023)
#undef LANEWISE
#define U64_SHIFT_RIGHT(a, count) u64_shift_right(a, count)
#define U64_SHIFT_LEFT(a, count) u64_shift_left(a, count)

INLINE void f64_store(double *p, f64x8 a)
{
    memcpy(p, a.lane, sizeof a.lane);
}
INLINE void f64_store_f32(float *p, f64x8 a)
{
    for (int i = 0; i < F64_LANES; i++)
        p[i] = (float)a.lane[i];
}
INLINE u64x8 f64_bits(f64x8 a)
{
    u64x8 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE f64x8 f64_from_bits(u64x8 a)
{
    f64x8 r;
    memcpy(&r, &a, sizeof r);
    return r;
}
INLINE bool f64_mask_any(f64_mask m)
{
    bool any = false;
    for (int i = 0; i < F64_LANES; i++)
        any |= m.lane[i];
    return any;
}
INLINE bool f64_mask_all(f64_mask m)
{
    bool all = true;
    for (int i = 0; i < F64_LANES; i++)
        all &= m.lane[i];
    return all;
}
INLINE bool u64_any_sign(u64x8 a)
{
    uint64_t all = 0;
    for (int i = 0; i < F64_LANES; i++)
        all |= a.lane[i];
    return all >> 63 != 0;
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
INLINE f64_pair f64_lookup(const f64_table *t, u64x8 u)
{
    f64_pair r;
    for (int i = 0; i < F64_LANES; i++) {
        r.first.lane[i] = t->pairs[u.lane[i] >> 48 & 15][0];
        r.second.lane[i] = t->pairs[u.lane[i] >> 48 & 15][1];
    }
    return r;
}

/* ---- Sixteen rows of floats, transposed ---------------------------------- */

INLINE void f32_transpose(const float *const *row, float *out, int64_t ldo)
{
    for (int64_t j = 0; j < F32_LANES; j++)
        for (int i = 0; i < F32_LANES; i++)
            out[j * ldo + i] = row[i][j];
}

#endif
