/* SPDX-License-Identifier: MIT
 * Compiled once per level, see level.h. */
#include "kernels/tile_f32.h"

#include "kernels/load_f32.h"
#include "numeric/convert.h"

INLINE float element(const void *x, info_dtype dtype, int64_t i)
{
    if (dtype == INFO_F32)
        return ((const float *)x)[i];
    const uint16_t bits = ((const uint16_t *)x)[i];
    return dtype == INFO_BF16 ? info_i_bf16_to_f32(bits) : (float)info_i_f16_to_f64(bits);
}

INLINE bool widen_typed(const void *x, info_dtype dtype, int64_t count, float *out)
{
    /* Zero times what is not finite is NaN. */
    const f32x16 zero = f32_set(0);
    f32x16 a = zero, b = zero;
    float rest = 0;
    int64_t i = 0;
    for (; i + 2 * F32_LANES <= count; i += 2 * F32_LANES) {
        const f32x16 u = load(x, dtype, i), v = load(x, dtype, i + F32_LANES);
        prefetch(x, dtype, i);
        a = f32_add(a, f32_mul(u, zero));
        b = f32_add(b, f32_mul(v, zero));
        if (out) {
            f32_store(out + i, u);
            f32_store(out + i + F32_LANES, v);
        }
    }
    for (; i < count; i++) {
        const float value = element(x, dtype, i);
        rest += value * 0;
        if (out)
            out[i] = value;
    }
    return rest == 0 && f32_all_small(f32_add(a, b), f32_set(1));
}

static bool widen(const void *x, info_dtype dtype, int64_t count, float *out)
{
    if (dtype == INFO_F32)
        return widen_typed(x, INFO_F32, count, out);
    if (dtype == INFO_BF16)
        return widen_typed(x, INFO_BF16, count, out);
    return widen_typed(x, INFO_F16, count, out);
}

#define SMALL 0.625f

/* tanh: an odd polynomial near 0, (1 - e) / (1 + e) with e = exp(-2 |z|) elsewhere. */
INLINE f32x16 f32_tanh(f32x16 z)
{
    const f32x16 square = f32_mul(z, z);
    f32x16 p = f32_fma(f32_set(-0.00567931f), square, f32_set(0.020618128f));
    p = f32_fma(p, square, f32_set(-0.053734f));
    p = f32_fma(p, square, f32_set(0.13331383f));
    p = f32_fma(p, square, f32_set(-0.3333328f));
    const f32x16 near = f32_fma(f32_mul(p, square), z, z);

    const f32x16 size = f32_min(f32_max(z, f32_sub(f32_set(0), z)), f32_set(20));
    const f32x16 e = f32_exp(f32_mul(size, f32_set(-2))), below = f32_add(f32_set(1), e);
    f32x16 r = f32_fma(f32_set(-0.22183706f), below, f32_set(1.3310226f));
    r = f32_fma(r, below, f32_set(-2.9393418f));
    r = f32_fma(r, below, f32_set(2.8284233f));
    for (int i = 0; i < 2; i++) /* Newton's steps to 1 / below */
        r = f32_fma(f32_fma(f32_sub(f32_set(0), below), r, f32_set(1)), r, r);
    const f32x16 far = f32_mul(f32_sub(f32_set(1), e), r);
    /* Where this is chosen, 4 z is beyond -1 or 1. */
    const f32x16 sign = f32_max(f32_set(-1), f32_min(f32_set(1), f32_mul(z, f32_set(4))));
    return f32_select_small(z, f32_set(SMALL), near, f32_mul(far, sign));
}

INLINE f32x16 softened(f32x16 y, f32x16 cap, f32x16 inverse)
{
    /* Zero times infinity or NaN, added, says that the product overflowed. */
    return f32_fma(f32_mul(y, f32_set(0)), f32_set(1), f32_mul(cap, f32_tanh(f32_mul(y, inverse))));
}

static void soften(float *y, int64_t count, float cap)
{
    const f32x16 c = f32_set(cap), inverse = f32_set(1 / cap);
    for (int64_t i = 0; i < count; i += F32_LANES)
        f32_store(y + i, softened(f32_load(y + i), c, inverse));
}

static void shift(float *y, int64_t count, const float *bias)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += bias[i];
}

const info_i_tile_kernels RN(tile_kernels) = {widen, soften, shift};
