/* SPDX-License-Identifier: MIT
 * Inner loops of mixtures, compiled once per instruction set. */
#include "kernels/mixture.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/exp_f64.h"
#include "kernels/exponentials.h"
#include "kernels/log_f64.h"

#define LANES 8

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

#define LOAD(p, v) memcpy(&(v), (p), sizeof(v))
#define STORE(p, v) memcpy((p), &(v), sizeof(v))

/* By address: as an argument a vector would be wider than what plain C may pass. */
static double fold(const lanes *v)
{
    const lanes s = *v;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double dot(int64_t n, const double *a, const double *b)
{
    lanes s0 = {0}, s1 = {0}, a0, a1, b0, b1;
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        LOAD(a + i, a0);
        LOAD(b + i, b0);
        LOAD(a + i + LANES, a1);
        LOAD(b + i + LANES, b1);
        s0 += a0 * b0;
        s1 += a1 * b1;
    }
    s0 += s1;
    double total = fold(&s0);
    for (; i < n; i++)
        total += a[i] * b[i];
    return total;
}

static double sum(int64_t n, const double *a)
{
    lanes s0 = {0}, s1 = {0}, a0, a1;
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        LOAD(a + i, a0);
        LOAD(a + i + LANES, a1);
        s0 += a0;
        s1 += a1;
    }
    s0 += s1;
    double total = fold(&s0);
    for (; i < n; i++)
        total += a[i];
    return total;
}

static void add(int64_t n, double w, const double *a, double *y)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vy;
        LOAD(a + i, va);
        LOAD(y + i, vy);
        vy += w * va;
        STORE(y + i, vy);
    }
    for (; i < n; i++)
        y[i] += w * a[i];
}

static void dot4(int64_t n, const double *a, const double *b, double *z)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, v, x;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        LOAD(b + i, x);
        LOAD(a0 + i, v);
        s0 += v * x;
        LOAD(a1 + i, v);
        s1 += v * x;
        LOAD(a2 + i, v);
        s2 += v * x;
        LOAD(a3 + i, v);
        s3 += v * x;
    }
    z[0] = fold(&s0);
    z[1] = fold(&s1);
    z[2] = fold(&s2);
    z[3] = fold(&s3);
    for (; i < n; i++) {
        z[0] += a0[i] * b[i];
        z[1] += a1[i] * b[i];
        z[2] += a2[i] * b[i];
        z[3] += a3[i] * b[i];
    }
}

static void add4(int64_t n, const double *w, const double *a, double *y)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v0, v1, v2, v3, vy;
        LOAD(a0 + i, v0);
        LOAD(a1 + i, v1);
        LOAD(a2 + i, v2);
        LOAD(a3 + i, v3);
        LOAD(y + i, vy);
        vy += (w0 * v0 + w1 * v1) + (w2 * v2 + w3 * v3);
        STORE(y + i, vy);
    }
    for (; i < n; i++)
        y[i] += (w0 * a0[i] + w1 * a1[i]) + (w2 * a2[i] + w3 * a3[i]);
}

static void scale(int64_t n, double w, const double *a, double *y, double *squares)
{
    for (int64_t i = 0; i < n; i++) {
        const double v = w * a[i];
        y[i] = v;
        squares[i] += v * v;
    }
}

static double mean(int64_t n, const double *a, const double *u, double shift, const double *x)
{
    lanes s = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vu, vx;
        LOAD(a + i, va);
        LOAD(u + i, vu);
        LOAD(x + i, vx);
        for (int k = 0; k < LANES; k++) /* a is 0 where x is infinite */
            vx[k] = vx[k] < INFINITY ? vx[k] - shift : 0;
        s += va * vu * vx;
    }
    double total = fold(&s);
    for (; i < n; i++)
        total += x[i] < INFINITY ? a[i] * u[i] * (x[i] - shift) : 0;
    return total;
}

static double distance(int64_t n, const double *a, const double *b)
{
    lanes s = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vb;
        LOAD(a + i, va);
        LOAD(b + i, vb);
        va -= vb;
        for (int k = 0; k < LANES; k++)
            va[k] = fabs(va[k]);
        s += va;
    }
    double total = fold(&s);
    for (; i < n; i++)
        total += fabs(a[i] - b[i]);
    return total;
}

static double least(int64_t n, const double *x)
{
    lanes low;
    bool valid = true;
    for (int k = 0; k < LANES; k++)
        low[k] = INFINITY;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v;
        LOAD(x + i, v);
        for (int k = 0; k < LANES; k++) {
            valid &= v[k] >= 0;
            low[k] = v[k] < low[k] ? v[k] : low[k];
        }
    }
    double found = INFINITY;
    for (int k = 0; k < LANES; k++)
        found = low[k] < found ? low[k] : found;
    for (; i < n; i++) {
        valid &= x[i] >= 0;
        found = x[i] < found ? x[i] : found;
    }
    return valid ? found : NAN;
}

static double greatest(int64_t n, const double *x)
{
    lanes high;
    for (int k = 0; k < LANES; k++)
        high[k] = -INFINITY;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v;
        LOAD(x + i, v);
        for (int k = 0; k < LANES; k++)
            high[k] = v[k] > high[k] ? v[k] : high[k];
    }
    double found = -INFINITY;
    for (int k = 0; k < LANES; k++)
        found = high[k] > found ? high[k] : found;
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
