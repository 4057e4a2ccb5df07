/* SPDX-License-Identifier: MIT
 *
 * joint_level.c: the sums of joint_f64.h, eight lanes wide, compiled per instruction set.
 * The last group of a stretch is filled up with zeros, which contribute nothing.
 */
#include "kernels/joint_f64.h"

#include "kernels/log_f64.h"
#include "numeric/term.h"

#define AHEAD 4096 /* bytes to prefetch ahead */

/* Below these a vector is left to scalar code, which scales: products of marginals, and masses beside their whole. */
#define SMALLEST_PRODUCT 0x1p-900
#define SMALLEST_MASS 0x1p-1000

/* Eight numbers high + low. */
INLINE dd8 set_dd8(info_i_dd a)
{
    return (dd8){f64_set(a.high), f64_set(a.low)};
}

INLINE dd8 load_dd8(const double *high, const double *low)
{
    return (dd8){f64_load(high), low ? f64_load(low) : f64_set(0)};
}

/* ---- Sums of rows and columns ------------------------------------------- */

/* dd8_add() whose differences are multiply-adds by 1: half of its steps are so done by units that would wait. */
INLINE void add_vector(dd8 mass, dd8 *sum, bool with_low)
{
    const f64x8 one = f64_set(1), s = f64_add(sum->high, mass.high), t = f64_fms(s, one, sum->high);
    const f64x8 error = f64_add(f64_sub(sum->high, f64_fms(s, one, t)), f64_fnma(t, one, mass.high));
    sum->high = s;
    sum->low = f64_add(sum->low, error);
    if (with_low)
        sum->low = f64_add(sum->low, mass.low);
}

INLINE bool add_all(const info_i_masses *m, double *col_high, double *col_low, info_i_dd *row, bool with_low,
                    bool with_cols)
{
    dd8 row_sum = {f64_set(0), f64_set(0)};
    u64x8 signs = u64_set(0);
    bool sign = false;
    int64_t i = 0;
    for (; i + 8 <= m->count; i += 8) {
        PREFETCH(m->high + i, AHEAD);
        const dd8 mass = load_dd8(m->high + i, with_low ? m->low + i : NULL);
        signs = u64_or(signs, f64_bits(mass.high));
        add_vector(mass, &row_sum, with_low);
        if (with_cols) {
            dd8 col = load_dd8(col_high + i, col_low + i);
            add_vector(mass, &col, with_low);
            f64_store(col_high + i, col.high);
            f64_store(col_low + i, col.low);
        }
    }
    double high[8], low[8];
    f64_store(high, row_sum.high);
    f64_store(low, row_sum.low);
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
    return sign || u64_any_sign(signs) || !(row->high < HUGE_VAL);
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
    f64_store(out->near_high, t->near.high);
    f64_store(out->near_low, t->near.low);
    f64_store(out->far_high, t->far.high);
    f64_store(out->far_low, t->far.low);
    f64_store(out->octaves_high, t->octaves.high);
    f64_store(out->octaves_low, t->octaves.low);
}

/* 2^k, the power of two nearest to mass/whole, as told by the difference of the numbers' bits, which is that of their
 * logarithms within 0.09 octaves; k as a number. It ends at -900: a mass that small beside the whole might as well be 0. */
typedef struct power8 {
    f64x8 value, exponent;
} power8;

INLINE power8 nearest_power(f64x8 mass, f64x8 whole)
{
    const f64x8 b = f64_max(whole, f64_set(SMALLEST_MASS));
    const f64x8 a = f64_max(f64_fma(b, f64_set(SMALLEST_PRODUCT), mass), f64_set(SMALLEST_MASS));
    const u64x8 ratio = u64_add(u64_sub(f64_bits(a), f64_bits(b)), u64_set(ONE_BITS + HALF_OCTAVE_BITS));
    const u64x8 power = u64_and(ratio, u64_set(EXPONENT_BITS));
    return (power8){f64_from_bits(power), f64_exponent(power)};
}

/* A stretch goes through its terms in two steps, a section at a time: first all quotients, then all polynomials. Of short
 * loops the processor has many elements in hand at once, and few registers hold what they need. */
#define SECTION 128
#define QUAD 32 /* elements that are added plainly before they meet the sum in double-double */
#define LOOP _Pragma("GCC unroll 1")
#define EACH_OF_QUAD(i, first) _Pragma("GCC unroll 4") for (int64_t i = first; i < first + QUAD; i += 8)

/* How far masses are from wholes: c = 2^k nearest to their ratio; d = whole c - mass, exact where it is small;
 * s = d / (whole c + mass), so that log(whole c / mass) = 2 atanh(s). */
typedef struct distances {
    double d[SECTION], s[SECTION];
} distances;

INLINE power8 put_distance(distances *to, int64_t i, dd8 mass, dd8 whole)
{
    const power8 power = nearest_power(mass.high, whole.high);
    const f64x8 c = power.value;
    const f64x8 d = f64_add(f64_fms(whole.high, c, mass.high), f64_fms(whole.low, c, mass.low));
    f64_store(to->d + i, d);
    f64_store(to->s + i, f64_div(d, f64_max(f64_fma(whole.high, c, mass.high), f64_set(0x1p-1022))));
    return power;
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

/* The terms of a quad, which then has no distances. */
static __attribute__((noinline)) void add_scalar(terms8 *t, const info_i_masses *m, const double *whole_high,
                                                 const double *whole_low, info_i_dd share, int64_t i, scalar_term term,
                                                 distances *to)
{
    for (int k = 0; k < QUAD; k += 8) {
        double value[8];
        for (int j = 0; j < 8; j++) {
            const int64_t at = i + k + j;
            const info_i_dd whole = whole_high ? (info_i_dd){whole_high[at], whole_low[at]} : share;
            value[j] = term((info_i_dd){m->high[at], m->low ? m->low[at] : 0}, whole, share);
        }
        dd8_add(&t->near, f64_load(value));
        f64_store(to->d + i + k, f64_set(0));
        f64_store(to->s + i + k, f64_set(0));
    }
}

/* ---- Sections ----------------------------------------------------------- */

/* mass log(mass/q) - mass + q, accurate relative to itself however near the mass and q are: with the above and
 * d - 2 mass s = s d, it is
 *     q (1-c) + mass log c + s (d - mass R(s^2)).
 * Near equality c = 1 and only the last part remains, which is never negative. For no mass c is so small that q remains. */
INLINE void divergence_section(terms8 *sum, const info_i_masses *m, const double *col_high, const double *col_low,
                               info_i_dd share)
{
    const f64x8 row = f64_set(share.high), row_low = f64_set(share.low);
    const f64x8 least = f64_set(share.high < SMALLEST_PRODUCT ? HUGE_VAL : SMALLEST_PRODUCT);
    distances of;
    terms8 t = *sum;
    LOOP for (int64_t quad = 0; quad < m->count; quad += QUAD)
    {
        f64x8 far = f64_set(0), octaves = f64_set(0), far_low = t.far.low, octaves_low = t.octaves.low;
        f64_mask small = f64_mask_none();
        EACH_OF_QUAD(i, quad)
        {
            const dd8 mass = load_dd8(m->high + i, m->low ? m->low + i : NULL),
                      col = load_dd8(col_high + i, col_low + i);
            dd8 q = {f64_mul(row, col.high), f64_set(0)};
            q.low = f64_fma(row, col.low, f64_fma(row_low, col.high, f64_fms(row, col.high, q.high)));
            small = f64_mask_or(small, f64_mask_and(f64_less(q.high, least), f64_less(f64_set(0), col.high)));
            const power8 power = put_distance(&of, i, mass, q);
            const f64x8 apart = f64_sub(f64_set(1), power.value);
            far = f64_fma(q.high, apart, far);
            far_low = f64_fma(q.low, apart, far_low);
            octaves = f64_fma(mass.high, power.exponent, octaves);
            if (m->low)
                octaves_low = f64_fma(mass.low, power.exponent, octaves_low);
        }
        if (f64_mask_any(small)) {
            add_scalar(&t, m, col_high, col_low, share, quad, scalar_divergence, &of);
            continue;
        }
        t.far.low = far_low;
        t.octaves.low = octaves_low;
        dd8_add(&t.far, far);
        dd8_add(&t.octaves, octaves);
    }
    LOOP for (int64_t quad = 0; quad < m->count; quad += QUAD)
    {
        f64x8 near = f64_set(0);
        EACH_OF_QUAD(i, quad)
        {
            const f64x8 s = f64_load(of.s + i), z = f64_mul(s, s), weight = f64_mul(f64_load(m->high + i), z);
            near = f64_fma(s, f64_fnma(weight, atanh_rest(z), f64_load(of.d + i)), near);
        }
        dd8_add(&t.near, near);
    }
    *sum = t;
}

/* mass log(whole/mass), the same way: -k log 2 mass + mass (2 s + s R(s^2)). A mass that is the whole has k = 0, s = 0. The
 * wholes are those of the columns, or one for all. */
INLINE void surprise_section(terms8 *sum, const info_i_masses *m, const double *col_high, const double *col_low,
                             info_i_dd row)
{
    distances of;
    terms8 t = *sum;
    LOOP for (int64_t quad = 0; quad < m->count; quad += QUAD)
    {
        f64x8 octaves = f64_set(0), octaves_low = t.octaves.low;
        f64_mask small = f64_mask_none();
        EACH_OF_QUAD(i, quad)
        {
            const dd8 mass = load_dd8(m->high + i, m->low ? m->low + i : NULL);
            const dd8 whole = col_high ? load_dd8(col_high + i, col_low + i) : set_dd8(row);
            const f64x8 least = f64_max(f64_mul(whole.high, f64_set(SMALLEST_PRODUCT)), f64_set(SMALLEST_MASS));
            small = f64_mask_or(small, f64_mask_and(f64_less(mass.high, least), f64_less(f64_set(0), mass.high)));
            const power8 power = put_distance(&of, i, mass, whole);
            octaves = f64_fnma(mass.high, power.exponent, octaves);
            if (m->low)
                octaves_low = f64_fnma(mass.low, power.exponent, octaves_low);
        }
        if (f64_mask_any(small)) {
            add_scalar(&t, m, col_high, col_low, row, quad, scalar_surprise, &of);
            continue;
        }
        t.octaves.low = octaves_low;
        dd8_add(&t.octaves, octaves);
    }
    LOOP for (int64_t quad = 0; quad < m->count; quad += QUAD)
    {
        f64x8 near = f64_set(0);
        EACH_OF_QUAD(i, quad)
        {
            const f64x8 s = f64_load(of.s + i), z = f64_mul(s, s);
            near = f64_fma(f64_load(m->high + i), f64_fma(f64_mul(s, z), atanh_rest(z), f64_add(s, s)), near);
        }
        dd8_add(&t.near, near);
    }
    *sum = t;
}

/* ---- Stretches ---------------------------------------------------------- */

typedef void (*section_fn)(terms8 *sum, const info_i_masses *m, const double *col_high, const double *col_low,
                           info_i_dd share);

/* Inlined with a constant function. */
INLINE void stretch(const info_i_masses *m, info_i_dd share, const double *col_high, const double *col_low,
                    bool with_low, section_fn add_section, info_i_terms *sum)
{
    terms8 t = load_terms(sum);
    const int64_t whole = m->count / QUAD * QUAD, rest = m->count - whole;
    for (int64_t i = 0; i < whole; i += SECTION) {
        const int64_t count = whole - i < SECTION ? whole - i : SECTION;
        const info_i_masses section = {m->high + i, with_low ? m->low + i : NULL, count, false};
        for (int64_t k = 0; k < count; k += 8)
            PREFETCH(m->high + i + k, AHEAD);
        add_section(&t, &section, col_high ? col_high + i : NULL, col_high ? col_low + i : NULL, share);
    }
    if (rest > 0) {
        const size_t bytes = (size_t)rest * sizeof *m->high;
        double end[4][QUAD] = {{0}};
        memcpy(end[0], m->high + whole, bytes);
        if (with_low)
            memcpy(end[1], m->low + whole, bytes);
        if (col_high) {
            memcpy(end[2], col_high + whole, bytes);
            memcpy(end[3], col_low + whole, bytes);
        }
        const info_i_masses section = {end[0], with_low ? end[1] : NULL, QUAD, false};
        add_section(&t, &section, col_high ? end[2] : NULL, col_high ? end[3] : NULL, share);
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
        stretch(m, share, col_high, col_low, true, divergence_section, sum);
    else
        stretch(m, share, col_high, col_low, false, divergence_section, sum);
}

static void surprise_in_row(const info_i_masses *m, info_i_dd whole, info_i_terms *sum)
{
    stretch(m, whole, NULL, NULL, m->low != NULL, surprise_section, sum);
}

static void surprise_in_col(const info_i_masses *m, const double *col_high, const double *col_low, info_i_terms *sum)
{
    stretch(m, (info_i_dd){0, 0}, col_high, col_low, m->low != NULL, surprise_section, sum);
}

const info_i_joint_kernels RN(joint_kernels) = {add, divergence, surprise_in_row, surprise_in_col};
