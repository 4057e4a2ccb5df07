/* SPDX-License-Identifier: MIT
 * Inner loops of mixtures, compiled once per instruction set. */
#include "kernels/mixture.h"

#include "kernels/exp_f64.h"
#include "kernels/exponentials.h"
#include "kernels/log_f64.h"

#define TWO (2 * F64_LANES)

static double fold(f64x8 a)
{
    double s[F64_LANES];
    f64_store(s, a);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

INLINE f64x8 add_product(f64x8 sum, f64x8 a, f64x8 b)
{
    return f64_add(sum, f64_mul(a, b));
}

static double dot(int64_t n, const double *a, const double *b)
{
    f64x8 s0 = f64_set(0), s1 = f64_set(0);
    int64_t i = 0;
    for (; i + TWO <= n; i += TWO) {
        s0 = add_product(s0, f64_load(a + i), f64_load(b + i));
        s1 = add_product(s1, f64_load(a + i + F64_LANES), f64_load(b + i + F64_LANES));
    }
    double total = fold(f64_add(s0, s1));
    for (; i < n; i++)
        total += a[i] * b[i];
    return total;
}

static double sum(int64_t n, const double *a)
{
    f64x8 s0 = f64_set(0), s1 = f64_set(0);
    int64_t i = 0;
    for (; i + TWO <= n; i += TWO) {
        s0 = f64_add(s0, f64_load(a + i));
        s1 = f64_add(s1, f64_load(a + i + F64_LANES));
    }
    double total = fold(f64_add(s0, s1));
    for (; i < n; i++)
        total += a[i];
    return total;
}

static void add(int64_t n, double w, const double *a, double *y)
{
    const f64x8 weight = f64_set(w);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES)
        f64_store(y + i, add_product(f64_load(y + i), weight, f64_load(a + i)));
    for (; i < n; i++)
        y[i] += w * a[i];
}

static void dot4(int64_t n, const double *a, const double *u, double *z)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    f64x8 s0 = f64_set(0), s1 = s0, s2 = s0, s3 = s0;
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES) {
        const f64x8 x = f64_load(u + i);
        s0 = add_product(s0, f64_load(a0 + i), x);
        s1 = add_product(s1, f64_load(a1 + i), x);
        s2 = add_product(s2, f64_load(a2 + i), x);
        s3 = add_product(s3, f64_load(a3 + i), x);
    }
    z[0] = fold(s0);
    z[1] = fold(s1);
    z[2] = fold(s2);
    z[3] = fold(s3);
    for (; i < n; i++) {
        z[0] += a0[i] * u[i];
        z[1] += a1[i] * u[i];
        z[2] += a2[i] * u[i];
        z[3] += a3[i] * u[i];
    }
}

static void add4(int64_t n, const double *w, const double *a, double *y)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    const f64x8 w0 = f64_set(w[0]), w1 = f64_set(w[1]), w2 = f64_set(w[2]), w3 = f64_set(w[3]);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES) {
        const f64x8 first = add_product(f64_mul(w0, f64_load(a0 + i)), w1, f64_load(a1 + i));
        const f64x8 last = add_product(f64_mul(w2, f64_load(a2 + i)), w3, f64_load(a3 + i));
        f64_store(y + i, f64_add(f64_load(y + i), f64_add(first, last)));
    }
    for (; i < n; i++)
        y[i] += (w[0] * a0[i] + w[1] * a1[i]) + (w[2] * a2[i] + w[3] * a3[i]);
}

static void scale(int64_t n, double w, const double *a, double *y, double *squares)
{
    const f64x8 weight = f64_set(w);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES) {
        const f64x8 v = f64_mul(weight, f64_load(a + i));
        f64_store(y + i, v);
        f64_store(squares + i, add_product(f64_load(squares + i), v, v));
    }
    for (; i < n; i++) {
        y[i] = w * a[i];
        squares[i] += y[i] * y[i];
    }
}

static double mean(int64_t n, const double *a, const double *u, double shift, const double *x)
{
    const f64x8 infinite = f64_set(INFINITY), zero = f64_set(0), origin = f64_set(shift);
    f64x8 s = zero;
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES) { /* a is 0 where x is infinite */
        const f64x8 v = f64_load(x + i), above = f64_select(f64_less(v, infinite), f64_sub(v, origin), zero);
        s = add_product(s, f64_mul(f64_load(a + i), f64_load(u + i)), above);
    }
    double total = fold(s);
    for (; i < n; i++)
        total += x[i] < INFINITY ? a[i] * u[i] * (x[i] - shift) : 0;
    return total;
}

static double distance(int64_t n, const double *a, const double *b)
{
    f64x8 s = f64_set(0);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES)
        s = f64_add(s, f64_abs(f64_sub(f64_load(a + i), f64_load(b + i))));
    double total = fold(s);
    for (; i < n; i++)
        total += fabs(a[i] - b[i]);
    return total;
}

static double least(int64_t n, const double *x)
{
    const f64x8 below = f64_set(-0x1p-1074);
    f64x8 low = f64_set(INFINITY);
    f64_mask valid = f64_less(below, low);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES) {
        const f64x8 v = f64_load(x + i);
        valid = f64_mask_and(valid, f64_less(below, v));
        low = f64_min(v, low);
    }
    double lane[F64_LANES], found = INFINITY;
    bool valid_end = true;
    f64_store(lane, low);
    for (int k = 0; k < F64_LANES; k++)
        found = lane[k] < found ? lane[k] : found;
    for (; i < n; i++) {
        valid_end &= x[i] >= 0;
        found = x[i] < found ? x[i] : found;
    }
    return valid_end && f64_mask_all(valid) ? found : NAN;
}

static double greatest(int64_t n, const double *x)
{
    f64x8 high = f64_set(-INFINITY);
    int64_t i = 0;
    for (; i + F64_LANES <= n; i += F64_LANES)
        high = f64_max(f64_load(x + i), high);
    double lane[F64_LANES], found = -INFINITY;
    f64_store(lane, high);
    for (int k = 0; k < F64_LANES; k++)
        found = lane[k] > found ? lane[k] : found;
    for (; i < n; i++)
        found = x[i] > found ? x[i] : found;
    return found;
}

static void logarithms(int64_t n, const double *x, double scale, double zero, double *y)
{
    const f64_table entries = f64_load_table(log_entries);
    for (int64_t i = 0; i < n; i += 8 * WIDTH) {
        group v;
        EACH(k)
        v.v[k] = f64_mul(f64_load_first(x + i + 8 * k, n - i - 8 * k), f64_set(scale));
        const group log = log_group_value(&entries, &v);
        EACH(k)
        f64_store_first(y + i + 8 * k, f64_select(f64_less(v.v[k], f64_set(0x1p-1022)), f64_set(zero), log.v[k]),
                        n - i - 8 * k);
    }
}

/* ---- Posteriors: columns side by side, so that nothing crosses the lanes -- */

#define COLUMNS 4 /* vectors at a time */

INLINE void posterior_columns(int64_t n, const f64_table *exp_table, const f64_table *log_table, int64_t rows,
                              int64_t stride, double scale, const double *offset, const double *weight, double *x,
                              double *free_energy)
{
    f64x8 largest[COLUMNS], sum[COLUMNS], share[COLUMNS];
    for (int k = 0; k < COLUMNS; k++) {
        largest[k] = f64_set(-INFINITY);
        sum[k] = f64_set(0);
    }
    for (int64_t t = 0; t < rows; t++)
        for (int k = 0; k < COLUMNS; k++)
            largest[k] =
                f64_max(f64_add(f64_load_first(x + t * stride + 8 * k, n - 8 * k), f64_set(offset[t])), largest[k]);
    for (int64_t t = 0; t < rows; t++)
        for (int k = 0; k < COLUMNS; k++) {
            double *at = x + t * stride + 8 * k;
            const f64x8 below = f64_sub(f64_add(f64_load_first(at, n - 8 * k), f64_set(offset[t])), largest[k]);
            const f64x8 e = f64_exp(exp_table, f64_mul(below, f64_set(scale)));
            sum[k] = f64_add(sum[k], e);
            f64_store_first(at, e, n - 8 * k);
        }
    for (int k = 0; k < COLUMNS; k += WIDTH) {
        group z;
        EACH(i)
        z.v[i] = sum[k + i];
        z = log_group_value(log_table, &z);
        EACH(i)
        {
            const int64_t at = 8 * (k + i);
            f64_store_first(free_energy + at, f64_add(largest[k + i], f64_div(z.v[i], f64_set(scale))), n - at);
            share[k + i] = f64_div(f64_load_first(weight + at, n - at), sum[k + i]);
        }
    }
    for (int64_t t = 0; t < rows; t++)
        for (int k = 0; k < COLUMNS; k++) {
            double *at = x + t * stride + 8 * k;
            f64_store_first(at, f64_mul(f64_load_first(at, n - 8 * k), share[k]), n - 8 * k);
        }
}

static void posterior(int64_t rows, int64_t cols, double scale, const double *offset, const double *weight, double *x,
                      double *free_energy)
{
    const f64_table exp_table = f64_load_table(exp_entries), log_table = f64_load_table(log_entries);
    int64_t at = 0;
    for (; at + 8 * COLUMNS <= cols; at += 8 * COLUMNS)
        posterior_columns(8 * COLUMNS, &exp_table, &log_table, rows, cols, scale, offset, weight + at, x + at,
                          free_energy + at);
    if (at < cols)
        posterior_columns(cols - at, &exp_table, &log_table, rows, cols, scale, offset, weight + at, x + at,
                          free_energy + at);
}

const info_i_mixture_kernels RN(mixture_kernels) = {
    dot, sum, add, dot4, add4, scale, mean, distance, least, greatest, RN(exponentials), posterior, logarithms};
