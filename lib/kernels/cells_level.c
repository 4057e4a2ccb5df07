/* SPDX-License-Identifier: MIT
 * Compiled once per level. */
#include "kernels/cells_f32.h"

#include "kernels/mixture_f32.h"

/* Elements between two visits to f64. */
#define CHUNK 256

/* Sixteen cells, the last count of them by -inf on both sides if there are fewer. */
typedef struct pairs {
    f32x16 x, z;
} pairs;

INLINE pairs take(const void *x, info_dtype x_dtype, const void *z, info_dtype z_dtype, int64_t i, int64_t count)
{
    if (count < F32_LANES)
        return (pairs){load_tail(x, x_dtype, i, count), load_tail(z, z_dtype, i, count)};
    prefetch(x, x_dtype, i);
    prefetch(z, z_dtype, i);
    return (pairs){load(x, x_dtype, i), load(z, z_dtype, i)};
}

static void variation(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                      info_dtype z_dtype, int64_t count, info_i_variation_sums *sums)
{
    const info_i_row_terms k = *terms;
    const f32x16 zero = f32_set(0);
    f64x16 differences = f64x16_zero(), minima = f64x16_zero();
    f64x16 above = f64x16_zero(), below = f64x16_zero(), equal = f64x16_zero();
    for (int64_t begin = 0; begin < count; begin += CHUNK) {
        const int64_t end = count - begin < CHUNK ? count : begin + CHUNK;
        f32x16 a = zero, b = zero, high = zero, low = zero, same = zero;
        for (int64_t i = begin; i < end; i += F32_LANES) {
            const pairs v = take(x, x_dtype, z, z_dtype, i, end - i);
            const f32x16 w = log_ratio(&k, v.x, v.z), q = student(&k, v.x), p = teacher(&k, v.z);
            const f32x16 d = difference(w, p, q);
            const f32x16 up = f32_select_greater(zero, w, q, zero), down = f32_select_greater(w, zero, q, zero);
            a = f32_add(a, f32_max(d, f32_sub(zero, d)));
            b = f32_add(b, f32_min(p, q));
            high = f32_add(high, up);
            low = f32_add(low, down);
            same = f32_add(same, f32_sub(q, f32_add(up, down)));
        }
        differences = f64x16_add_f32(differences, a);
        minima = f64x16_add_f32(minima, b);
        above = f64x16_add_f32(above, high);
        below = f64x16_add_f32(below, low);
        equal = f64x16_add_f32(equal, same);
    }
    *sums = (info_i_variation_sums){f64x16_sum(differences), f64x16_sum(minima), f64x16_sum(above), f64x16_sum(below),
                                    f64x16_sum(equal)};
}

/* Sums of a chunk, but for the divergence of vectors with all |w| < 1. */
typedef struct lanes {
    f32x16 far, p_log, q_log;
} lanes;

/* Sixteen cells. */
typedef struct cells {
    f32x16 x, z, w;
} cells;

INLINE void add_logs(const info_i_row_terms *k, const cells *v, const mixture_logs *to, lanes *l)
{
    l->p_log = f32_fma(teacher(k, v->z), to->under_p, l->p_log);
    l->q_log = f32_sub(l->q_log, f32_mul(student(k, v->x), to->over_q));
}

/* Any w. A function of its own, that the many constants of the other path may stay in registers. */
static __attribute__((noinline)) void add_far(const info_i_row_terms *k, const cells *v, bool logs, lanes *l)
{
    const info_i_mixture *m = k->mixture;
    const f32x16 p = teacher(k, v->z), q = student(k, v->x), w = v->w;
    const mixture_logs to = logs_far(m, w);
    const f32x16 far =
        f32_sub(f32_mul(f32_mul(f32_set(m->b), p), to.under_p), f32_mul(f32_mul(f32_set(m->rest), q), to.over_q));
    const f32x16 near = f32_mul(f32_mul(p, w), f32_mul(w, polynomial(m->term, w)));
    l->far = f32_add(l->far, f32_select_small(w, f32_set(1), near, f32_max(far, f32_set(0))));
    if (logs)
        add_logs(k, v, &to, l);
}

INLINE void mixture_stretch(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                            info_dtype z_dtype, int64_t count, bool logs, info_i_mixture_sums *sums)
{
    const info_i_row_terms k = *terms;
    const info_i_mixture *m = k.mixture;
    const f32x16 zero = f32_set(0), one = f32_set(1), slope = f32_set(k.teacher_slope);
    f64x16 divergence = f64x16_zero(), p_log = f64x16_zero(), q_log = f64x16_zero();
    for (int64_t begin = 0; begin < count; begin += CHUNK) {
        const int64_t end = count - begin < CHUNK ? count : begin + CHUNK;
        lanes rare = {zero, zero, zero};
        f32x16 near = zero;
        for (int64_t i = begin; i < end; i += F32_LANES) {
            const pairs u = take(x, x_dtype, z, z_dtype, i, end - i);
            const cells v = {u.x, u.z, log_ratio(&k, u.x, u.z)};
            if (!f32_all_small(v.w, one)) {
                const cells copy = v;
                add_far(&k, &copy, logs, &rare);
                continue;
            }
            const f32x16 p = f32_exp2(teacher_split(&k, u.z));
            near = f32_fma(f32_mul(p, f32_mul(v.w, v.w)), polynomial(m->term, v.w), near);
            if (logs) {
                const mixture_logs to = logs_near(m, v.w);
                add_logs(&k, &v, &to, &rare);
            }
        }
        divergence = f64x16_add_f32(divergence, f32_fma(near, slope, rare.far));
        p_log = f64x16_add_f32(p_log, rare.p_log);
        q_log = f64x16_add_f32(q_log, rare.q_log);
    }
    *sums = (info_i_mixture_sums){f64x16_sum(divergence), f64x16_sum(p_log), f64x16_sum(q_log)};
}

INLINE void mixture_typed(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z,
                          info_dtype z_dtype, int64_t count, bool logs, info_i_mixture_sums *sums)
{
    if (logs)
        mixture_stretch(terms, x, x_dtype, z, z_dtype, count, true, sums);
    else
        mixture_stretch(terms, x, x_dtype, z, z_dtype, count, false, sums);
}

static void mixture(const info_i_row_terms *terms, const void *x, info_dtype x_dtype, const void *z, info_dtype z_dtype,
                    int64_t count, bool logs, info_i_mixture_sums *sums)
{
    if (x_dtype == INFO_F32 && z_dtype == INFO_F32)
        mixture_typed(terms, x, INFO_F32, z, INFO_F32, count, logs, sums);
    else
        mixture_typed(terms, x, x_dtype, z, z_dtype, count, logs, sums);
}

const info_i_cells_kernels RN(cells_kernels) = {variation, mixture};
