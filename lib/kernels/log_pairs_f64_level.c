/* SPDX-License-Identifier: MIT
 * Compiled once per instruction set. Where all of a group's |d| <= 1, as of a model and its quantized copy nearly
 * always, b is never computed: everything follows from a and d. */
#include "kernels/log_pairs_f64.h"

#include "kernels/exp_f64.h"
#include "kernels/psi_f64.h"
#include "kernels/sums_f64.h"

#define VECTORS 4 /* that are added plainly, before they meet the sum */
#define CELLS (8 * VECTORS)

/* exp is 0 below LEAST; between LOWEST and LEAST it should be a subnormal number. */
#define LOWEST (-746)
#define LEAST (-708)
#define MOST 700

typedef struct constants {
    f64_table exp_table, log_table;
    f64x8 minus_p, minus_q, factor, offset, low, scale, shift;
    f64x8 c, inverse_c; /* of a power */
} constants;

INLINE constants constants_of(const info_i_log_scale *s, double c)
{
    return (constants){f64_load_table(exp_entries),
                       f64_load_table(log_entries),
                       f64_set(-s->p_reference),
                       f64_set(-s->q_reference),
                       f64_set(s->factor),
                       f64_set(s->offset),
                       f64_set(s->offset_low),
                       f64_set(s->scale),
                       f64_set(s->shift),
                       f64_set(c),
                       f64_set(1 / c)};
}

/* An exponential and its argument. */
typedef struct power {
    f64x8 value, exponent;
} power;

/* exp(scale (x + minus_reference)); what rounding takes from the difference counts where x is large. */
INLINE power power_of(const constants *k, f64x8 x, f64x8 minus_reference)
{
    const dd8 distance = f64_two_sum(x, minus_reference);
    const f64x8 exponent = f64_mul(distance.high, k->scale), value = f64_exp(&k->exp_table, exponent);
    const f64x8 exact = f64_fma(value, f64_mul(distance.low, k->scale), value);
    return (power){f64_select(f64_less(exponent, f64_set(LEAST)), value, exact), exponent};
}

INLINE f64x8 minus(f64x8 a)
{
    return f64_sub(f64_set(0), a);
}

INLINE f64x8 at_least_zero(f64x8 a)
{
    return f64_max(a, f64_set(0));
}

/* d where it is finite. */
INLINE f64x8 log_ratio(const constants *k, dd8 difference)
{
    const f64x8 exact = f64_add(f64_sub(difference.high, k->offset), f64_sub(difference.low, k->low));
    return f64_fms(exact, k->scale, k->shift);
}

/* A vector of pairs. */
typedef struct cells {
    f64x8 a, d;
    f64x8 square, psi; /* a d^2; psi_ratio(d) */
    f64x8 rise;        /* b - a */
    f64x8 b;           /* where d may be large */
} cells;

/* Of small d: b - a = a (exp(-d) - 1). */
INLINE cells near_cells(f64x8 a, f64x8 d)
{
    const f64x8 product = f64_mul(a, d), square = f64_mul(product, d), psi = psi_ratio(d);
    return (cells){.a = a, .d = d, .square = square, .psi = psi, .rise = f64_fms(square, psi, product)};
}

INLINE f64_mask are_near(f64x8 d)
{
    return f64_less(f64_abs(d), f64_set(1));
}

/* What goes wrong, lane by lane. */
typedef struct faults {
    f64_mask rough, sign;
} faults;

INLINE f64_mask is_deep(f64x8 exponent)
{
    return f64_mask_and(f64_less(f64_set(LOWEST), exponent), f64_less(exponent, f64_set(LEAST)));
}

/* Any d, infinite too; where both are -inf it is 0. */
INLINE cells far_cells(const constants *k, f64x8 x, f64x8 y, faults *f)
{
    const f64x8 zero = f64_set(0), infinite = f64_set(INFINITY);
    const power p = power_of(k, x, k->minus_p), q = power_of(k, y, k->minus_q);
    const dd8 difference = f64_two_sum(x, minus(y));
    const f64x8 other = f64_select(f64_equal(x, y), zero, difference.high);
    const f64x8 d = f64_select(f64_less(f64_abs(difference.high), infinite), log_ratio(k, difference), other);
    const f64_mask near = are_near(d);
    const f64x8 b = f64_mul(q.value, k->factor), small = f64_select(near, d, zero);
    cells c = near_cells(p.value, small);
    c.rise = f64_select(near, c.rise, f64_sub(b, p.value));
    c.d = d;
    c.b = b;
    f->rough = f64_mask_or(f->rough, f64_mask_or(is_deep(p.exponent), is_deep(q.exponent)));
    f->sign =
        f64_mask_or(f->sign, f64_mask_or(f64_less(f64_set(MOST), p.exponent), f64_less(f64_set(MOST), q.exponent)));
    return c;
}

/* ---- Terms: of near pairs, and of any --------------------------------------- */

/* A finite logarithm is a possible symbol, even where its probability is 0 for a double. */
typedef f64x8 (*near_fn)(const constants *k, const cells *c);
typedef f64x8 (*far_fn)(const constants *k, const cells *c, f64x8 x, f64_mask *rough);

INLINE f64x8 kl_near(const constants *k, const cells *c)
{
    return f64_mul(c->square, c->psi);
}

INLINE f64x8 kl_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    const f64x8 zero = f64_set(0), infinite = f64_set(INFINITY);
    const f64x8 product = f64_select(f64_less(zero, c->a), f64_mul(c->a, c->d), zero);
    const f64x8 far = f64_select(f64_equal(c->d, infinite), infinite, f64_add(product, c->rise));
    return f64_select(are_near(c->d), f64_mul(c->square, c->psi), far);
}

INLINE f64x8 jeffreys_near(const constants *k, const cells *c)
{
    return minus(f64_mul(c->rise, c->d));
}

INLINE f64x8 jeffreys_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    const f64x8 zero = f64_set(0), infinite = f64_set(INFINITY);
    const f64x8 finite = f64_select(f64_equal(c->rise, zero), zero, jeffreys_near(k, c));
    return f64_select(f64_equal(f64_abs(c->d), infinite), infinite, finite);
}

INLINE f64x8 distance_near(const constants *k, const cells *c)
{
    return f64_abs(c->rise);
}

INLINE f64x8 distance_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    return f64_abs(c->rise);
}

INLINE f64x8 common_near(const constants *k, const cells *c)
{
    return f64_add(c->a, f64_min(c->rise, f64_set(0)));
}

INLINE f64x8 common_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    return f64_min(c->a, c->b);
}

/* With s = (b - a)/(b + a), a log(a/m) + b log(b/m) = m ((1+s) log(1+s) + (1-s) log(1-s)) = (b - a) s g(s^2) / 2,
 * g(z) = sum z^(k-1) / (k (2k-1)) to 2^-58 of itself for z < 0.2137, which is |d| < 1. */
INLINE f64x8 js_of_near(f64x8 rise, f64x8 s)
{
    static const double g[] = {0x1.70ddee4aaa328p-7,
                               -0x1.530300e8e41d9p-9,
                               0x1.bd2e84d978962p-8,
                               0x1.314a7489195d8p-8,
                               0x1.b2c4eb9d2828bp-8,
                               0x1.10b69294c5572p-7,
                               0x1.681d429993d02p-7,
                               0x1.f07bc90bfe89bp-7,
                               0x1.6c16c2c9d55f2p-6,
                               0x1.2492492146906p-5,
                               0x1.11111111152f9p-4,
                               0x1.5555555555535p-3,
                               0x1p0};
    const f64x8 z = f64_mul(s, s);
    f64x8 value = f64_set(g[0]);
    for (int i = 1; i < 13; i++)
        value = f64_fma(value, z, f64_set(g[i]));
    return f64_mul(f64_mul(f64_mul(rise, f64_set(0.5)), s), value);
}

INLINE f64x8 js_near(const constants *k, const cells *c)
{
    const f64x8 sum = f64_fma(f64_set(2), c->a, c->rise);
    /* Beside a sum of 0 (of pairs so small that both are 0) there is no rise. */
    return js_of_near(c->rise, f64_div(c->rise, f64_max(sum, f64_set(0x1p-1022))));
}

/* x log x, of 0 too */
INLINE group entropy_terms(const constants *k, const group *x)
{
    const f64x8 least = f64_set(0x1p-1000);
    group up, value;
    EACH(i)
    up.v[i] = f64_max(x->v[i], least);
    value = log_group_value(&k->log_table, &up);
    EACH(i)
    value.v[i] = f64_select(f64_less(x->v[i], least), f64_set(0), f64_mul(x->v[i], value.v[i]));
    return value;
}

INLINE f64x8 js_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    const f64x8 m = f64_max(f64_mul(f64_set(0.5), f64_add(c->a, c->b)), f64_set(0x1p-1022));
    const group shares = {{f64_div(c->a, m), f64_div(c->b, m)}}, terms = entropy_terms(k, &shares);
    const f64x8 far = f64_mul(m, f64_add(terms.v[0], terms.v[1]));
    const f64_mask near = are_near(c->d);
    const cells small = {.a = c->a, .rise = f64_select(near, c->rise, f64_set(0))};
    return f64_select(near, js_near(k, &small), at_least_zero(far));
}

/* With z = c d, a^(1-c) b^c = a exp(-z); near: d^2 (psi(d) - c psi(z)), of which nothing cancels. */
INLINE f64x8 power_near(const constants *k, const cells *c)
{
    const f64x8 z = f64_mul(k->c, c->d);
    return f64_mul(c->square, f64_fnma(k->c, psi_ratio(z), c->psi));
}

INLINE f64x8 power_far(const constants *k, const cells *c, f64x8 x, f64_mask *rough)
{
    const f64x8 zero = f64_set(0), most = f64_set(MOST), z = f64_mul(k->c, c->d), minus_z = minus(z);
    const f64_mask small = f64_less(f64_abs(z), f64_set(1)), some = f64_less(zero, c->a);
    const f64x8 near_z = f64_select(small, z, zero), near_d = f64_select(small, c->d, zero), psi = psi_ratio(near_z);
    const f64x8 product = f64_select(some, f64_exp(&k->exp_table, f64_min(minus_z, most)), zero);
    const f64x8 of_small = f64_fma(f64_mul(c->a, near_d), f64_fnma(near_z, psi, f64_set(1)), c->rise);
    const f64x8 of_large = f64_fma(f64_fnma(c->a, product, c->a), k->inverse_c, c->rise);
    const f64x8 near = f64_mul(c->square, f64_fnma(k->c, psi, c->psi));
    /* Where p is 0 for a double only, its power may be more. */
    const f64_mask lost = f64_mask_and(f64_less(f64_set(1), minus_z),
                                       f64_mask_and(f64_equal(c->a, zero), f64_less(f64_set(-INFINITY), x)));
    *rough = f64_mask_or(*rough, f64_mask_or(lost, f64_mask_and(some, f64_less(most, minus_z))));
    return f64_select(f64_mask_and(small, are_near(c->d)), near, at_least_zero(f64_select(small, of_small, of_large)));
}

/* ---- Stretches -------------------------------------------------------------- */

typedef struct pair_sums {
    dd8 term, mass, other_mass, rise;
    faults faults;
} pair_sums;

INLINE f64x8 sum_of(const f64x8 *v)
{
    return f64_add(f64_add(v[0], v[1]), f64_add(v[2], v[3]));
}

INLINE void add_cells(pair_sums *s, const f64x8 *term, const f64x8 *mass, const f64x8 *other_mass, const f64x8 *rise)
{
    dd8_add(&s->term, sum_of(term));
    dd8_add(&s->mass, sum_of(mass));
    dd8_add(&s->other_mass, sum_of(other_mass));
    dd8_add(&s->rise, sum_of(rise));
}

INLINE void add_far(pair_sums *s, const constants *k, const double *x, const double *y, far_fn far)
{
    f64x8 term[VECTORS], mass[VECTORS], other_mass[VECTORS], rise[VECTORS];
    for (int i = 0; i < VECTORS; i++) {
        const f64x8 from = f64_load(x + 8 * i);
        const cells c = far_cells(k, from, f64_load(y + 8 * i), &s->faults);
        term[i] = far(k, &c, from, &s->faults.rough);
        mass[i] = c.a;
        other_mass[i] = c.b;
        rise[i] = c.rise;
    }
    add_cells(s, term, mass, other_mass, rise);
}

/* With true, all |d| and |c d| are below 1 and no p is lost. */
INLINE bool add_near(pair_sums *s, const constants *k, const double *x, const double *y, bool of_power, near_fn near)
{
    f64x8 a[VECTORS], b[VECTORS], d[VECTORS], term[VECTORS], rise[VECTORS];
    f64_mask all = f64_less(f64_set(0), f64_set(1));
    for (int i = 0; i < VECTORS; i++) {
        const f64x8 from = f64_load(x + 8 * i);
        d[i] = log_ratio(k, f64_two_sum(from, minus(f64_load(y + 8 * i))));
        const power p = power_of(k, from, k->minus_p);
        a[i] = p.value;
        all = f64_mask_and(all, f64_mask_and(are_near(d[i]), f64_less(f64_set(LEAST), p.exponent)));
        all = f64_mask_and(all, f64_less(p.exponent, f64_set(MOST)));
        if (of_power)
            all = f64_mask_and(all, are_near(f64_mul(k->c, d[i])));
    }
    if (!f64_mask_all(all))
        return false;
    for (int i = 0; i < VECTORS; i++) {
        const cells c = near_cells(a[i], d[i]);
        term[i] = near(k, &c);
        rise[i] = c.rise;
        b[i] = f64_add(a[i], c.rise);
    }
    add_cells(s, term, a, b, rise);
    return true;
}

static inline __attribute__((always_inline)) void stretch(const double *x, const double *y, int64_t count,
                                                          const info_i_log_scale *scale, double c, near_fn near,
                                                          far_fn far, info_i_part *out)
{
    const constants k = constants_of(scale, c);
    const f64x8 zero = f64_set(0);
    const dd8 nothing = {zero, zero};
    pair_sums s = {nothing, nothing, nothing, nothing, {f64_mask_none(), f64_mask_none()}};
    int64_t i = 0;
    for (; i + CELLS <= count; i += CELLS)
        if (!add_near(&s, &k, x + i, y + i, c != 0, near))
            add_far(&s, &k, x + i, y + i, far);
    if (i < count) {
        double x_end[CELLS], y_end[CELLS];
        for (int j = 0; j < CELLS; j++)
            x_end[j] = y_end[j] = -INFINITY;
        memcpy(x_end, x + i, (size_t)(count - i) * sizeof *x);
        memcpy(y_end, y + i, (size_t)(count - i) * sizeof *y);
        add_far(&s, &k, x_end, y_end, far);
    }
    out->sum[0] = sum_lanes_dd(&s.term);
    out->sum[1] = sum_lanes_dd(&s.mass);
    out->sum[2] = sum_lanes_dd(&s.other_mass);
    out->sum[3] = sum_lanes_dd(&s.rise);
    out->flags =
        (f64_mask_any(s.faults.rough) ? INFO_I_PART_ROUGH : 0u) | (f64_mask_any(s.faults.sign) ? INFO_I_PART_SIGN : 0u);
}

static void kl(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, info_i_part *out)
{
    stretch(x, y, count, scale, 0, kl_near, kl_far, out);
}

static void jeffreys(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, info_i_part *out)
{
    stretch(x, y, count, scale, 0, jeffreys_near, jeffreys_far, out);
}

static void jensen_shannon(const double *x, const double *y, int64_t count, const info_i_log_scale *scale,
                           info_i_part *out)
{
    stretch(x, y, count, scale, 0, js_near, js_far, out);
}

static void distance(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, info_i_part *out)
{
    stretch(x, y, count, scale, 0, distance_near, distance_far, out);
}

static void common(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, info_i_part *out)
{
    stretch(x, y, count, scale, 0, common_near, common_far, out);
}

static void power_sum(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, double c,
                      info_i_part *out)
{
    stretch(x, y, count, scale, c, power_near, power_far, out);
}

/* ---- Tilted sums ------------------------------------------------------------- */

static void tilt(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, double c,
                 info_i_part *out)
{
    const constants k = constants_of(scale, c);
    const f64x8 zero = f64_set(0), infinite = f64_set(INFINITY);
    dd8 sum = {zero, zero}, mean = sum, square = sum;
    faults f = {f64_mask_none(), f64_mask_none()};
    for (int64_t i = 0; i < count; i += 8) {
        double x_end[8], y_end[8];
        for (int j = 0; j < 8; j++)
            x_end[j] = y_end[j] = -INFINITY;
        const bool whole = i + 8 <= count;
        if (!whole) {
            memcpy(x_end, x + i, (size_t)(count - i) * sizeof *x);
            memcpy(y_end, y + i, (size_t)(count - i) * sizeof *y);
        }
        const f64x8 from = f64_load(whole ? x + i : x_end), to = f64_load(whole ? y + i : y_end);
        const dd8 difference = f64_two_sum(from, minus(to));
        const f64_mask both = f64_less(f64_abs(difference.high), infinite);
        const f64x8 d = f64_select(both, log_ratio(&k, difference), zero);
        const dd8 below = f64_two_sum(from, k.minus_p);
        const f64x8 exponent =
            f64_fnma(k.c, d, f64_mul(f64_add(below.high, f64_select(both, below.low, zero)), k.scale));
        const f64x8 w = f64_select(both, f64_exp(&k.exp_table, exponent), zero);
        const f64x8 product = f64_mul(w, d);
        dd8_add(&sum, w);
        dd8_add(&mean, product);
        dd8_add(&square, f64_mul(product, d));
        f.rough = f64_mask_or(f.rough, f64_less(f64_set(MOST), exponent));
        /* One is -inf and the other is not. */
        f.sign = f64_mask_or(f.sign, f64_equal(f64_abs(difference.high), infinite));
    }
    *out = (info_i_part){.sum = {sum_lanes_dd(&sum), sum_lanes_dd(&mean), sum_lanes_dd(&square)},
                         .flags = (f64_mask_any(f.rough) ? INFO_I_PART_ROUGH : 0u) |
                                  (f64_mask_any(f.sign) ? INFO_I_PART_SIGN : 0u)};
}

const info_i_log_pairs_kernels RN(log_pairs_kernels) = {
    .kl = kl,
    .jeffreys = jeffreys,
    .jensen_shannon = jensen_shannon,
    .distance = distance,
    .common = common,
    .power = power_sum,
    .tilt = tilt,
};
