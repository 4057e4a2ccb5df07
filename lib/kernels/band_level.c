/* SPDX-License-Identifier: MIT
 * Log-determinants of shifted band matrices: L D L^T, a shift in each lane, two columns at a time so that
 * each element of the window is read and written half as often. */
#include <math.h>
#include <stdbool.h>

#include "kernels/band.h"
#include "kernels/level.h"
#include "kernels/log_f64.h"

/* The window holds the columns that are being changed, width + 2 of them in a ring: element (i + k, i) of the
 * factorization at column(i) + 8 k, the diagonal without the shift. */
typedef struct window {
    const double *band;
    double *columns;
    int64_t n, width;
} window;

static double *column(const window *w, int64_t i)
{
    return w->columns + i % (w->width + 2) * (w->width + 1) * 8;
}

static void enter(const window *w, int64_t i)
{
    double *z = column(w, i);
    for (int64_t k = 0; k <= w->width; k++)
        f64_store(z + 8 * k, f64_set(i < w->n ? w->band[i * (w->width + 1) + k] : 0));
}

/* What the pivots shift + a[0] and shift + b[0] leave of log det(I + B / shift). */
typedef struct logs {
    f64x8 shift, inverse;
    f64x8 octaves, rest;
    f64_mask positive;
} logs;

/* log1p(y) = log u + (y - (u - 1)) / u, u = 1 + y rounded; y = a / shift, and 1 / u = shift / pivot. */
static void add_logs(const f64_table *entries, logs *l, const f64x8 *diagonal, const f64x8 *inverse_pivot)
{
    group u, correction;
    EACH(k)
    {
        const f64x8 y = f64_mul(diagonal[k], l->inverse);
        u.v[k] = f64_add(f64_set(1), y);
        correction.v[k] = f64_mul(f64_sub(y, f64_sub(u.v[k], f64_set(1))), f64_mul(l->shift, inverse_pivot[k]));
    }
    const log_group g = log_of_group(entries, &u);
    EACH(k)
    {
        l->octaves = f64_add(l->octaves, g.octaves.v[k]);
        l->rest = f64_add(l->rest, f64_add(g.rest.v[k], correction.v[k]));
    }
}

/* y[k] -= f x[k], count vectors */
static void subtract(int64_t count, f64x8 f, const double *x, double *y)
{
    for (int64_t k = 0; k < count; k++)
        f64_store(y + 8 * k, f64_fnma(f, f64_load(x + 8 * k), f64_load(y + 8 * k)));
}

/* z[k] -= f x[k] + g y[k] */
static void subtract_both(int64_t count, f64x8 f, const double *x, f64x8 g, const double *y, double *z)
{
    for (int64_t k = 0; k < count; k++)
        f64_store(z + 8 * k, f64_fnma(g, f64_load(y + 8 * k), f64_fnma(f, f64_load(x + 8 * k), f64_load(z + 8 * k))));
}

static void log_dets(int64_t n, int64_t width, const double *band, const double *shift, double *work, double *out)
{
    const window w = {band, work, n, width};
    const f64_table entries = f64_load_table(log_entries);
    const f64x8 zero = f64_set(0), one = f64_set(1);
    logs l = {.shift = f64_load(shift), .octaves = zero, .rest = zero, .positive = f64_less(zero, one)};
    l.inverse = f64_div(one, l.shift);
    for (int64_t i = 0; i < width; i++)
        enter(&w, i);
    for (int64_t j = 0; j < n; j += 2) {
        enter(&w, j + width), enter(&w, j + width + 1);
        const double *a = column(&w, j);
        double *b = column(&w, j + 1);
        const f64x8 first = f64_add(l.shift, f64_load(a)), f_inverse = f64_div(one, first);
        subtract(width, f64_mul(f64_load(a + 8), f_inverse), a + 8, b);
        /* A column behind the last is zero, and its pivot the shift: it adds nothing. */
        const f64x8 second = f64_add(l.shift, f64_load(b)), g_inverse = f64_div(one, second);
        l.positive = f64_mask_and(l.positive, f64_mask_and(f64_less(zero, first), f64_less(zero, second)));
        const f64x8 diagonal[2] = {f64_load(a), f64_load(b)}, inverse_pivot[2] = {f_inverse, g_inverse};
        add_logs(&entries, &l, diagonal, inverse_pivot);
        for (int64_t p = 2; p <= width; p++) {
            const f64x8 f = f64_mul(f64_load(a + 8 * p), f_inverse), g = f64_mul(f64_load(b + 8 * (p - 1)), g_inverse);
            double *z = column(&w, j + p);
            subtract_both(width + 1 - p, f, a + 8 * p, g, b + 8 * (p - 1), z);
            /* Column j reaches only to j + width; b one further. */
            subtract(1, g, b + 8 * width, z + 8 * (width + 1 - p));
        }
        subtract(1, f64_mul(f64_load(b + 8 * width), g_inverse), b + 8 * width, column(&w, j + width + 1));
    }
    const f64x8 value = f64_fma(l.octaves, f64_set(log_2.high), f64_fma(l.octaves, f64_set(log_2.low), l.rest));
    f64_store(out, f64_select(l.positive, value, f64_set(NAN)));
}

const info_i_band_kernels RN(band_kernels) = {log_dets};
