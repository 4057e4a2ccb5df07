/* SPDX-License-Identifier: MIT
 *
 * sums_f64.h: what the kernels of rows in f64 add up in, eight lanes wide.
 *
 * What is large is added with its rounding error, to a sum that starts at a bias larger than any term and its
 * negative: then a product takes two multiply-adds. What rounding costs does not grow with the number of elements.
 */
#ifndef INFO_I_SUMS_F64_H
#define INFO_I_SUMS_F64_H

#include "kernels/log_f64.h"
#include "kernels/rows_f64.h"

#define GROUP (8 * WIDTH)
#define AHEAD 4096 /* bytes to prefetch ahead in each row */

/* Below these nothing is promised about p, q (their logarithm) and about sums. */
#define SMALLEST 0x1p-1000
#define SMALLEST_SUM 0x1p-300

/* No p log2 q exceeds it, q at least 2^-1000. Beside a sum below FINE its last place is too coarse: such a
 * sum is taken again with a bias of its own size. */
#define BIAS 0x1p10
#define FINE 0x1p-20

/* What every kernel accumulates: rest + plain + far + octaves log 2, the last two beside the bias. */
typedef struct sums {
    f64x8 rest;
    dd8 plain, far, octaves;
    f64x8 p_mass, q_mass;
    u64x8 signs; /* in their sign bits: of p, and of q where its least is not kept */
    f64x8 least; /* q, where one that is too small for its logarithm matters */
    f64_table log_entries;
    double bias;
} sums;

INLINE sums no_sums(double bias)
{
    const f64x8 zero = f64_set(0);
    const dd8 biased = {f64_set(-bias), zero};
    return (sums){
        zero, {zero, zero}, biased, biased, zero, zero, f64_bits(zero), f64_set(SMALLEST), f64_load_table(log_entries),
        bias};
}

INLINE group load_group(const double *p)
{
    group g;
    EACH(k)
    g.v[k] = f64_load(p + 8 * k);
    return g;
}

INLINE f64x8 sum_group(const group *g)
{
    return f64_add(g->v[0], g->v[1]);
}

INLINE void check_group(const group *g, f64x8 *mass, u64x8 *signs)
{
    *mass = f64_add(*mass, sum_group(g));
    *signs = u64_or(*signs, u64_or(f64_bits(g->v[0]), f64_bits(g->v[1])));
}

static inline double sum_lanes(f64x8 a)
{
    double lane[8];
    f64_store(lane, a);
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static inline info_i_dd sum_lanes_dd(const dd8 *a)
{
    double high[8], low[8];
    f64_store(high, a->high);
    f64_store(low, a->low);
    info_i_dd sum = {high[0], low[0]};
    for (int i = 1; i < 8; i++) {
        const info_i_dd next = info_i_two_sum(sum.high, high[i]);
        sum = (info_i_dd){next.high, sum.low + (low[i] + next.low)};
    }
    return info_i_two_sum(sum.high, sum.low);
}

/* Tells whether the sum is too small for the bias. */
INLINE bool finish(const sums *s, double sign, info_i_part *out)
{
    const f64x8 bias = f64_set(s->bias);
    const dd8 octaves8 = {f64_add(s->octaves.high, bias), s->octaves.low},
              far8 = {f64_add(s->far.high, bias), s->far.low};
    const info_i_dd octaves = sum_lanes_dd(&octaves8), far = sum_lanes_dd(&far8);
    const info_i_dd plain = info_i_dd_add_double(sum_lanes_dd(&s->plain), sum_lanes(s->rest));
    const info_i_dd total = info_i_dd_add(info_i_dd_add(plain, far), info_i_dd_multiply(octaves, log_2));
    const double p_mass = sum_lanes(s->p_mass);
    out->sum[0] = (info_i_dd){sign * total.high, sign * total.low};
    out->sum[1] = info_i_dd_from(p_mass);
    out->sum[2] = info_i_dd_from(sum_lanes(s->q_mass));
    out->sum[3] = info_i_dd_from(0);
    /* The negation also catches NaN. A sum of nothing is right. */
    const bool rough = !(out->sum[0].high > SMALLEST_SUM) && p_mass > 0;
    const bool sign_set = u64_any_sign(s->signs) || f64_mask_any(f64_less(s->least, f64_set(0)));
    out->flags = (sign_set ? INFO_I_PART_SIGN : 0u) | (rough ? INFO_I_PART_ROUGH : 0u);
    return !rough && out->sum[0].high < FINE && (octaves.high != 0 || far.high != 0);
}

INLINE void check_both(sums *s, f64x8 p, f64x8 q)
{
    s->p_mass = f64_add(s->p_mass, p);
    s->q_mass = f64_add(s->q_mass, q);
    s->signs = u64_or(s->signs, u64_or(f64_bits(p), f64_bits(q)));
}

/* The same where q enters by its logarithm: its least also tells its sign. */
INLINE void check_quotient(sums *s, f64x8 p, f64x8 q)
{
    s->p_mass = f64_add(s->p_mass, p);
    s->q_mass = f64_add(s->q_mass, q);
    s->signs = u64_or(s->signs, f64_bits(p));
    s->least = f64_min(q, s->least);
}

#endif
