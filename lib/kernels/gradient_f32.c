/* SPDX-License-Identifier: MIT
 * Compiled once per level, and each loop specialised by the compiler for every kind and output type. */
#include "kernels/gradient_f32.h"

#include <float.h>

#include "kernels/load_f32.h"
#include "kernels/psi_f32.h"

INLINE f32x16 power(f32x16 t)
{
    return f32_exp2(f32_split(f32_max(f32_set(EXP2_LOWEST), t)));
}

/* log p - log q; 0 where both are 0. */
INLINE f32x16 log_ratio(const info_i_gradient_terms *k, f32x16 x, f32x16 z)
{
    const f32x16 about = f32_fma(f32_sub(z, x), f32_set(k->scale), f32_set(-k->apart));
    const f32x16 w = f32_sub(about, f32_set(k->apart_rest));
    return f32_max(f32_min(w, f32_set(FLT_MAX)), f32_set(-FLT_MAX));
}

/* q - p, which is p (exp(-w) - 1) */
INLINE f32x16 difference(const info_i_gradient_terms *k, f32x16 x, f32x16 z, f32x16 p, f32x16 q)
{
    const f32x16 w = log_ratio(k, x, z);
    const f32x16 close = f32_mul(f32_mul(p, w), f32_fma(w, info_i_psi_f32(w), f32_set(-1)));
    return f32_select_small(w, f32_set(1), close, f32_sub(q, p));
}

INLINE f32x16 teacher(const info_i_gradient_terms *k, f32x16 z)
{
    const f32x16 t = f32_fma(z, f32_set(k->factor), f32_set(-k->teacher_reference));
    return f32_mul(power(t), f32_set(k->teacher_slope));
}

INLINE f32x16 slope_at(const info_i_gradient_terms *k, info_i_gradient kind, f32x16 x, f32x16 z)
{
    const f32x16 t = f32_fma(x, f32_set(k->factor), f32_set(-k->reference)), q = f32_mul(power(t), f32_set(k->slope));
    const f32x16 zero = f32_set(0);
    if (kind == INFO_I_GRADIENT_SOFTMAX)
        return f32_select_small(x, f32_set(INFINITY), f32_sub(q, f32_set(k->offset)), zero);
    if (kind == INFO_I_GRADIENT_ENTROPY)
        return f32_mul(q, f32_fma(f32_max(t, f32_set(-FLT_MAX)), f32_set(k->nats), f32_set(k->centre)));
    if (kind == INFO_I_GRADIENT_REVERSE)
        return f32_sub(zero, f32_mul(q, f32_add(log_ratio(k, x, z), f32_set(k->centre))));
    return f32_select_small(x, f32_set(INFINITY), difference(k, x, z, teacher(k, z), q), zero);
}

INLINE void store(void *out, info_dtype dtype, int64_t i, f32x16 g)
{
    if (dtype == INFO_F32)
        f32_store((float *)out + i, g);
    else
        f32_store_bf16((uint16_t *)out + i, g);
}

INLINE void stretch(const info_i_gradient_terms *terms, info_i_gradient kind, const void *x, info_dtype x_dtype,
                    const void *z, info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    const info_i_gradient_terms k = *terms;
    const bool two = kind == INFO_I_GRADIENT_FORWARD || kind == INFO_I_GRADIENT_REVERSE;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const f32x16 y = load(x, x_dtype, i);
        prefetch(x, x_dtype, i);
        store(out, out_dtype, i, slope_at(&k, kind, y, two ? load(z, z_dtype, i) : y));
    }
    if (i < count) {
        float rest[LANES];
        const f32x16 y = load_tail(x, x_dtype, i, count - i);
        const size_t size = out_dtype == INFO_F32 ? 4 : 2;
        store(rest, out_dtype, 0, slope_at(&k, kind, y, two ? load_tail(z, z_dtype, i, count - i) : y));
        memcpy((char *)out + (size_t)i * size, rest, (size_t)(count - i) * size);
    }
}

INLINE void typed(const info_i_gradient_terms *terms, info_i_gradient kind, const void *x, info_dtype x_dtype,
                  const void *z, info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    if (out_dtype == INFO_F32)
        stretch(terms, kind, x, x_dtype, z, z_dtype, count, out, INFO_F32);
    else
        stretch(terms, kind, x, x_dtype, z, z_dtype, count, out, INFO_BF16);
}

static void gradient(const info_i_gradient_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                     info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    switch (terms->kind) {
    case INFO_I_GRADIENT_SOFTMAX:
        typed(terms, INFO_I_GRADIENT_SOFTMAX, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_ENTROPY:
        typed(terms, INFO_I_GRADIENT_ENTROPY, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_FORWARD:
        typed(terms, INFO_I_GRADIENT_FORWARD, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    default:
        typed(terms, INFO_I_GRADIENT_REVERSE, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    }
}

/* Elements between two visits to f64. */
#define CHUNK 256

static void apart(const info_i_gradient_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                  info_dtype z_dtype, int64_t count, double *apart, double *common)
{
    const info_i_gradient_terms k = *terms;
    const f32x16 zero = f32_set(0);
    f64x16 differences = f64_zero(), minima = f64_zero();
    for (int64_t begin = 0; begin < count; begin += CHUNK) {
        const int64_t end = count - begin < CHUNK ? count : begin + CHUNK;
        f32x16 a = zero, b = zero;
        for (int64_t i = begin; i < end; i += LANES) {
            const int64_t left = end - i;
            const f32x16 y = left < LANES ? load_tail(x, x_dtype, i, left) : load(x, x_dtype, i);
            const f32x16 u = left < LANES ? load_tail(z, z_dtype, i, left) : load(z, z_dtype, i);
            const f32x16 t = f32_fma(y, f32_set(k.factor), f32_set(-k.reference));
            const f32x16 q = f32_mul(power(t), f32_set(k.slope)), p = teacher(&k, u);
            const f32x16 d = difference(&k, y, u, p, q);
            a = f32_add(a, f32_max(d, f32_sub(zero, d)));
            b = f32_add(b, f32_min(p, q));
        }
        differences = f64_add_f32(differences, a);
        minima = f64_add_f32(minima, b);
    }
    *apart = f64_sum(differences);
    *common = f64_sum(minima);
}

static double finite_sum(const void *x, info_dtype dtype, int64_t count, int64_t *finite)
{
    const f32x16 least = f32_set(-INFINITY), zero = f32_set(0), infinite = f32_set(INFINITY);
    f64x16 sum = f64_zero();
    *finite = 0;
    for (int64_t i = 0; i < count; i += LANES) {
        const f32x16 y = count - i < LANES ? load_tail(x, dtype, i, count - i) : load(x, dtype, i);
        sum = f64_add_f32(sum, f32_select_small(y, infinite, y, zero));
        *finite += f32_count_greater(y, least);
    }
    return f64_sum(sum);
}

extern const info_i_gradient_kernels RN(gradient_kernels);
const info_i_gradient_kernels RN(gradient_kernels) = {gradient, apart, finite_sum};
