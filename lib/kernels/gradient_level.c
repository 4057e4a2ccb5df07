/* SPDX-License-Identifier: MIT
 * Compiled once per level, and each loop specialized by the compiler for every kind and output type. */
#include "kernels/gradient_f32.h"

#include "kernels/mixture_f32.h"

INLINE f32x16 mixture_slope(const info_i_row_terms *k, f32x16 w)
{
    const info_i_mixture *m = k->mixture;
    const f32x16 log = f32_all_small(w, f32_set(1)) ? logs_near(m, w).over_q : logs_far(m, w).over_q;
    return f32_fma(log, f32_set(-m->rest), f32_set(-k->center));
}

/* Half the sign of q - p, centered: each of the three from sums of its own, as one may be tiny. */
INLINE f32x16 centered_sign(const info_i_row_terms *k, f32x16 w)
{
    const f32x16 zero = f32_set(0), equal = f32_set((k->above - k->below) / 2);
    const f32x16 sign = f32_select_greater(w, zero, f32_set(-k->below), equal);
    return f32_select_greater(zero, w, f32_set(k->above), sign);
}

INLINE f32x16 slope_at(const info_i_row_terms *k, info_i_gradient kind, f32x16 x, f32x16 z)
{
    const f32x16 q = student(k, x), zero = f32_set(0);
    const f32x16 finite = f32_set(INFINITY);
    switch (kind) {
    case INFO_I_GRADIENT_SOFTMAX:
        return f32_select_small(x, finite, f32_sub(q, f32_set(k->offset)), zero);
    case INFO_I_GRADIENT_WEIGHTED:
        return f32_select_small(x, finite, f32_fma(z, f32_set(-k->offset), q), zero);
    case INFO_I_GRADIENT_ENTROPY: {
        const f32x16 t = f32_max(student_power(k, x), f32_set(-FLT_MAX));
        return f32_mul(q, f32_fma(t, f32_set(k->nats), f32_set(k->center)));
    }
    case INFO_I_GRADIENT_FORWARD:
        return f32_select_small(x, finite, difference(log_ratio(k, x, z), teacher(k, z), q), zero);
    case INFO_I_GRADIENT_REVERSE:
        return f32_sub(zero, f32_mul(q, f32_add(log_ratio(k, x, z), f32_set(k->center))));
    case INFO_I_GRADIENT_MIXTURE:
        return f32_mul(q, mixture_slope(k, log_ratio(k, x, z)));
    default:
        return f32_mul(q, centered_sign(k, log_ratio(k, x, z)));
    }
}

INLINE void store(void *out, info_dtype dtype, int64_t i, f32x16 g)
{
    if (dtype == INFO_F32)
        f32_store((float *)out + i, g);
    else
        f32_store_bf16((uint16_t *)out + i, g);
}

INLINE void stretch(const info_i_row_terms *terms, info_i_gradient kind, const void *x, info_dtype x_dtype,
                    const void *z, info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    const info_i_row_terms k = *terms;
    const bool two = kind != INFO_I_GRADIENT_SOFTMAX && kind != INFO_I_GRADIENT_ENTROPY;
    int64_t i = 0;
    for (; i + F32_LANES <= count; i += F32_LANES) {
        const f32x16 y = load(x, x_dtype, i);
        prefetch(x, x_dtype, i);
        store(out, out_dtype, i, slope_at(&k, kind, y, two ? load(z, z_dtype, i) : y));
    }
    if (i < count) {
        float rest[F32_LANES];
        const f32x16 y = load_tail(x, x_dtype, i, count - i);
        const size_t size = out_dtype == INFO_F32 ? 4 : 2;
        store(rest, out_dtype, 0, slope_at(&k, kind, y, two ? load_tail(z, z_dtype, i, count - i) : y));
        memcpy((char *)out + (size_t)i * size, rest, (size_t)(count - i) * size);
    }
}

INLINE void typed(const info_i_row_terms *terms, info_i_gradient kind, const void *x, info_dtype x_dtype, const void *z,
                  info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    if (out_dtype == INFO_F32)
        stretch(terms, kind, x, x_dtype, z, z_dtype, count, out, INFO_F32);
    else
        stretch(terms, kind, x, x_dtype, z, z_dtype, count, out, INFO_BF16);
}

static void gradient(const info_i_row_terms *k, info_i_gradient kind, const void *x, info_dtype x_dtype, const void *z,
                     info_dtype z_dtype, int64_t count, void *out, info_dtype out_dtype)
{
    switch (kind) {
    case INFO_I_GRADIENT_SOFTMAX:
        typed(k, INFO_I_GRADIENT_SOFTMAX, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_WEIGHTED:
        typed(k, INFO_I_GRADIENT_WEIGHTED, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_ENTROPY:
        typed(k, INFO_I_GRADIENT_ENTROPY, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_FORWARD:
        typed(k, INFO_I_GRADIENT_FORWARD, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_REVERSE:
        typed(k, INFO_I_GRADIENT_REVERSE, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    case INFO_I_GRADIENT_MIXTURE:
        typed(k, INFO_I_GRADIENT_MIXTURE, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    default:
        typed(k, INFO_I_GRADIENT_VARIATION, x, x_dtype, z, z_dtype, count, out, out_dtype);
        break;
    }
}

static void finite_sums(const void *x, info_dtype dtype, const float *weights, int64_t count, info_i_finite_sums *sums)
{
    const f32x16 least = f32_set(-INFINITY), zero = f32_set(0), one = f32_set(1), infinite = f32_set(INFINITY);
    f64x16 sum = f64x16_zero(), weight = f64x16_zero();
    int64_t finite = 0;
    for (int64_t i = 0; i < count; i += F32_LANES) {
        const int64_t left = count - i;
        const f32x16 y = left < F32_LANES ? load_tail(x, dtype, i, left) : load(x, dtype, i);
        const f32x16 w = !weights           ? one
                         : left < F32_LANES ? load_tail(weights, INFO_F32, i, left)
                                            : f32_load(weights + i);
        const f32x16 counting = f32_select_small(y, infinite, w, zero);
        sum = f64x16_add_product(sum, f32_select_small(y, infinite, y, zero), counting);
        weight = f64x16_add_f32(weight, counting);
        finite += f32_count_greater(y, least);
    }
    *sums = (info_i_finite_sums){f64x16_sum(sum), f64x16_sum(weight), (double)finite};
}

const info_i_gradient_kernels RN(gradient_kernels) = {gradient, finite_sums};
