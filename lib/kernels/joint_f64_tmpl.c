/* SPDX-License-Identifier: MIT
 *
 * joint_f64_tmpl.c: the sums of joint_f64.h, eight lanes wide, compiled per instruction set.
 * The last group of a stretch is filled up with zeros, which contribute nothing.
 */
#include "kernels/joint_f64.h"

#define WIDTH 4 /* its vectors need few registers, and plain sums of four save additions in double-double */
#include "kernels/log_f64.h"
#include "numeric/term.h"

#define AHEAD 4096 /* bytes to prefetch ahead */

/* Below these a vector is left to scalar code, which scales: products of marginals, and masses beside their whole. */
#define SMALLEST_PRODUCT 0x1p-900
#define SMALLEST_MASS 0x1p-1000

/* Eight numbers high + low. */
INLINE dd8 set_dd8(info_i_dd a)
{
    return (dd8){set8(a.high), set8(a.low)};
}

INLINE dd8 load_dd8(const double *high, const double *low)
{
    return (dd8){load8(high), low ? load8(low) : set8(0)};
}

/* ---- Sums of rows and columns ------------------------------------------- */

INLINE void add_vector(dd8 mass, dd8 *sum, bool with_low)
{
    dd8_add(sum, mass.high);
    if (with_low)
        sum->low = add8(sum->low, mass.low);
}

INLINE bool add_all(const info_i_masses *m, double *col_high, double *col_low, info_i_dd *row, bool with_low,
                           bool with_cols)
{
    dd8 row_sum = {set8(0), set8(0)};
    u64x8 signs = set_u8(0);
    bool sign = false;
    int64_t i = 0;
    for (; i + 8 <= m->count; i += 8) {
        PREFETCH(m->high + i, AHEAD);
        const dd8 mass = load_dd8(m->high + i, with_low ? m->low + i : NULL);
        signs = or_u8(signs, bits8(mass.high));
        add_vector(mass, &row_sum, with_low);
        if (with_cols) {
            dd8 col = load_dd8(col_high + i, col_low + i);
            add_vector(mass, &col, with_low);
            store8(col_high + i, col.high);
            store8(col_low + i, col.low);
        }
    }
    double high[8], low[8];
    store8(high, row_sum.high);
    store8(low, row_sum.low);
    for (int lane = 0; lane < 8 && m->count >= 8; lane++)
        *row = info_i_dd_add(*row, info_i_fast_two_sum(high[lane], low[lane]));
    for (; i < m->count; i++) {
        const double rest = with_low ? m->low[i] : 0;
        *row = info_i_dd_add(*row, (info_i_dd){m->high[i], rest});
        sign |= signbit(m->high[i]) != 0;
        if (with_cols) {
            const info_i_dd col = info_i_two_sum(col_high[i], m->high[i]);
            col_high[i] = col.high;
            col_low[i] += col.low + rest;
        }
    }
    return sign || any_sign8(signs) || !(row->high < HUGE_VAL);
}

static bool add(const info_i_masses *m, double *col_high, double *col_low, info_i_dd *row)
{
    if (m->low && col_high)
        return add_all(m, col_high, col_low, row, true, true);
    if (m->low)
        return add_all(m, col_high, col_low, row, true, false);
    if (col_high)
        return add_all(m, col_high, col_low, row, false, true);
    return add_all(m, col_high, col_low, row, false, false);
}

/* ---- Terms -------------------------------------------------------------- */

typedef struct terms8 {
    dd8 near, far, octaves;
} terms8;

INLINE terms8 load_terms(const info_i_terms *t)
{
    return (terms8){load_dd8(t->near_high, t->near_low), load_dd8(t->far_high, t->far_low),
                    load_dd8(t->octaves_high, t->octaves_low)};
}

INLINE void store_terms(const terms8 *t, info_i_terms *out)
{
    store8(out->near_high, t->near.high);
    store8(out->near_low, t->near.low);
    store8(out->far_high, t->far.high);
    store8(out->far_low, t->far.low);
    store8(out->octaves_high, t->octaves.high);
    store8(out->octaves_low, t->octaves.low);
}

/* 2^k, the power of two nearest to mass/whole, as told by the difference of the numbers' bits, which is that of their
 * logarithms within 0.09 octaves; k as a number. It ends at -900: a mass that small beside the whole might as well be 0. */
typedef struct power8 {
    f64x8 value, exponent;
} power8;

INLINE power8 nearest_power(f64x8 mass, f64x8 whole)
{
    const f64x8 b = max8(whole, set8(SMALLEST_MASS));
    const f64x8 a = max8(max8(mass, mul8(b, set8(SMALLEST_PRODUCT))), set8(SMALLEST_MASS));
    const u64x8 ratio = add_u8(sub_u8(bits8(a), bits8(b)), set_u8(ONE_BITS + HALF_OCTAVE_BITS));
    const u64x8 power = and_u8(ratio, set_u8(EXPONENT_BITS));
    return (power8){from_bits8(power), exponent8(power)};
}

typedef struct dd_group {
    dd8 v[WIDTH];
} dd_group;

INLINE f64x8 sum_of(const group *g)
{
    return add8(add8(g->v[0], g->v[1]), add8(g->v[2], g->v[3]));
}

/* How far masses are from wholes: c = 2^k nearest to their ratio; d = whole c - mass, exact where it is small;
 * s = d / (whole c + mass), so that log(whole c / mass) = 2 atanh(s); and R(s^2). */
typedef struct distance {
    group c, k, d, s, rest;
} distance;

INLINE distance distance_between(const dd_group *mass, const dd_group *whole)
{
    distance a;
    group z;
    EACH(i) {
        const power8 power = nearest_power(mass->v[i].high, whole->v[i].high);
        a.c.v[i] = power.value;
        a.k.v[i] = power.exponent;
    }
    EACH(i)
        a.d.v[i] = add8(fms8(whole->v[i].high, a.c.v[i], mass->v[i].high),
                        fms8(whole->v[i].low, a.c.v[i], mass->v[i].low));
    EACH(i)
        a.s.v[i] = div8(a.d.v[i], max8(fma8(whole->v[i].high, a.c.v[i], mass->v[i].high), set8(0x1p-1022)));
    EACH(i)
        z.v[i] = mul8(a.s.v[i], a.s.v[i]);
    a.rest = atanh_rest_group(&z);
    EACH(i)
        a.rest.v[i] = mul8(a.rest.v[i], z.v[i]);
    return a;
}

/* mass log(mass/q) - mass + q, accurate relative to itself however near the mass and q are: with the above and
 * d - 2 mass s = s d, it is
 *     q (1-c) + mass log c + s (d - mass R(s^2)).
 * Near equality c = 1 and only the last part remains, which is never negative. For no mass c is so small that q remains. */
INLINE void add_divergences(terms8 *t, const dd_group *mass, const dd_group *q)
{
    const distance a = distance_between(mass, q);
    group near, far, octaves;
    f64x8 far_low = t->far.low, octaves_low = t->octaves.low;
    EACH(i) {
        const f64x8 apart = sub8(set8(1), a.c.v[i]);
        near.v[i] = mul8(a.s.v[i], fnma8(mass->v[i].high, a.rest.v[i], a.d.v[i]));
        far.v[i] = mul8(q->v[i].high, apart);
        far_low = fma8(q->v[i].low, apart, far_low);
        octaves.v[i] = mul8(mass->v[i].high, a.k.v[i]);
        octaves_low = fma8(mass->v[i].low, a.k.v[i], octaves_low);
    }
    t->far.low = far_low;
    t->octaves.low = octaves_low;
    dd8_add(&t->near, sum_of(&near));
    dd8_add(&t->far, sum_of(&far));
    dd8_add(&t->octaves, sum_of(&octaves));
}

/* mass log(whole/mass), the same way: -k log 2 mass + mass (2 s + s R(s^2)). A mass that is the whole has k = 0, s = 0. */
INLINE void add_surprises(terms8 *t, const dd_group *mass, const dd_group *whole)
{
    const distance a = distance_between(mass, whole);
    group near, octaves;
    f64x8 octaves_low = t->octaves.low;
    EACH(i) {
        near.v[i] = mul8(mass->v[i].high, fma8(a.s.v[i], a.rest.v[i], add8(a.s.v[i], a.s.v[i])));
        octaves.v[i] = fnma8(mass->v[i].high, a.k.v[i], set8(0));
        octaves_low = fnma8(mass->v[i].low, a.k.v[i], octaves_low);
    }
    t->octaves.low = octaves_low;
    dd8_add(&t->near, sum_of(&near));
    dd8_add(&t->octaves, sum_of(&octaves));
}

/* ---- Where numbers are too small for the vector code --------------------- */

typedef double (*scalar_term)(info_i_dd mass, info_i_dd whole, info_i_dd share);

static double scalar_divergence(info_i_dd mass, info_i_dd whole, info_i_dd share)
{
    return info_i_dd_value(info_i_divergence_term(mass, share, whole));
}

static double scalar_surprise(info_i_dd mass, info_i_dd whole, info_i_dd share)
{
    return info_i_surprise_term(mass, whole);
}

static __attribute__((noinline)) void add_scalar(terms8 *t, const dd_group *mass, const dd_group *whole,
                                                 info_i_dd share, scalar_term term)
{
    for (int k = 0; k < WIDTH; k++) {
        double mass_high[8], mass_low[8], whole_high[8], whole_low[8], value[8];
        store8(mass_high, mass->v[k].high);
        store8(mass_low, mass->v[k].low);
        store8(whole_high, whole->v[k].high);
        store8(whole_low, whole->v[k].low);
        for (int i = 0; i < 8; i++)
            value[i] = term((info_i_dd){mass_high[i], mass_low[i]}, (info_i_dd){whole_high[i], whole_low[i]}, share);
        dd8_add(&t->near, load8(value));
    }
}

/* ---- Stretches ---------------------------------------------------------- */

#define GROUP (8 * WIDTH)

INLINE dd_group load_group(const double *high, const double *low)
{
    dd_group g;
    EACH(k)
        g.v[k] = load_dd8(high + 8 * k, low ? low + 8 * k : NULL);
    return g;
}

INLINE void divergence_group(terms8 *t, const dd_group *mass, const dd_group *col, info_i_dd share)
{
    const f64x8 row = set8(share.high), row_low = set8(share.low);
    const f64x8 least = set8(share.high < SMALLEST_PRODUCT ? HUGE_VAL : SMALLEST_PRODUCT);
    mask8 small = no_mask8();
    dd_group q;
    EACH(k) {
        const dd8 c = col->v[k];
        q.v[k].high = mul8(row, c.high);
        q.v[k].low = fma8(row, c.low, fma8(row_low, c.high, fms8(row, c.high, q.v[k].high)));
        small = or_mask8(small, and_mask8(less8(q.v[k].high, least), less8(set8(0), c.high)));
    }
    if (any8(small))
        add_scalar(t, mass, col, share, scalar_divergence);
    else
        add_divergences(t, mass, &q);
}

INLINE void surprise_group(terms8 *t, const dd_group *mass, const dd_group *whole, info_i_dd unused)
{
    mask8 small = no_mask8();
    EACH(k) {
        const f64x8 least = max8(mul8(whole->v[k].high, set8(SMALLEST_PRODUCT)), set8(SMALLEST_MASS));
        const f64x8 m = mass->v[k].high;
        small = or_mask8(small, and_mask8(less8(m, least), less8(set8(0), m)));
    }
    if (any8(small))
        add_scalar(t, mass, whole, unused, scalar_surprise);
    else
        add_surprises(t, mass, whole);
}

typedef void (*group_fn)(terms8 *t, const dd_group *mass, const dd_group *whole, info_i_dd share);

/* Inlined with a constant function; the wholes are those of the columns, or one for all. */
INLINE void stretch(const info_i_masses *m, info_i_dd share, const double *col_high, const double *col_low,
                           bool with_low, group_fn add_group, info_i_terms *sum)
{
    terms8 t = load_terms(sum);
    dd_group whole;
    EACH(k)
        whole.v[k] = set_dd8(share);
    int64_t i = 0;
    for (; i + GROUP <= m->count; i += GROUP) {
        EACH(k)
            PREFETCH(m->high + i + 8 * k, AHEAD);
        const dd_group mass = load_group(m->high + i, with_low ? m->low + i : NULL);
        if (col_high)
            whole = load_group(col_high + i, col_low + i);
        add_group(&t, &mass, &whole, share);
    }
    if (i < m->count) {
        const size_t bytes = (size_t)(m->count - i) * sizeof *m->high;
        double rest[4][GROUP] = {{0}};
        memcpy(rest[0], m->high + i, bytes);
        if (with_low)
            memcpy(rest[1], m->low + i, bytes);
        const dd_group mass = load_group(rest[0], rest[1]);
        if (col_high) {
            memcpy(rest[2], col_high + i, bytes);
            memcpy(rest[3], col_low + i, bytes);
            whole = load_group(rest[2], rest[3]);
        }
        add_group(&t, &mass, &whole, share);
    }
    store_terms(&t, sum);
}

/* One after the other, in the first lane. */
static void few_divergences(const info_i_masses *m, info_i_dd share, const double *col_high, const double *col_low,
                            info_i_terms *sum)
{
    info_i_dd near = {sum->near_high[0], sum->near_low[0]};
    for (int64_t i = 0; i < m->count; i++)
        near = info_i_dd_add(near, info_i_divergence_term((info_i_dd){m->high[i], m->low ? m->low[i] : 0}, share,
                                                          (info_i_dd){col_high[i], col_low[i]}));
    sum->near_high[0] = near.high;
    sum->near_low[0] = near.low;
}

static void divergence(const info_i_masses *m, info_i_dd share, const double *col_high, const double *col_low,
                       info_i_terms *sum)
{
    if (m->few)
        few_divergences(m, share, col_high, col_low, sum);
    else if (m->low)
        stretch(m, share, col_high, col_low, true, divergence_group, sum);
    else
        stretch(m, share, col_high, col_low, false, divergence_group, sum);
}

static void surprise_in_row(const info_i_masses *m, info_i_dd whole, info_i_terms *sum)
{
    stretch(m, whole, NULL, NULL, m->low != NULL, surprise_group, sum);
}

static void surprise_in_col(const info_i_masses *m, const double *col_high, const double *col_low, info_i_terms *sum)
{
    stretch(m, (info_i_dd){0, 0}, col_high, col_low, m->low != NULL, surprise_group, sum);
}

const info_i_joint_kernels RN(joint_kernels) = {add, divergence, surprise_in_row, surprise_in_col};
