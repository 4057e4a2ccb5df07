/* SPDX-License-Identifier: MIT
 *
 * rows_f64_level.c: the sums of rows_f64.h, compiled per instruction set.
 *
 * A stretch is taken in groups of two vectors (16 elements), divergences in groups of four; the last group is
 * filled up with numbers that contribute nothing.
 */
#include "kernels/quotients_f64.h"

/* ---- Entropy and cross-entropy: sum p log q ----------------------------- */

INLINE void add_p_log_q(sums *s, const group *p, const group *q)
{
    const log_group l = log_of_group(&s->log_entries, q);
    f64x8 rest = f64_mul(p->v[0], l.rest.v[0]);
    for (int k = 1; k < WIDTH; k++)
        rest = f64_fma(p->v[k], l.rest.v[k], rest);
    s->rest = f64_add(s->rest, rest);
    EACH(k)
    dd8_add_product(&s->octaves, p->v[k], l.octaves.v[k]);
}

INLINE void entropy_group(sums *s, const double *p, const double *q)
{
    const group g = load_group(p);
    check_group(&g, &s->p_mass, &s->signs);
    add_p_log_q(s, &g, &g);
}

INLINE void cross_entropy_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    EACH(k)
    check_quotient(s, a.v[k], b.v[k]);
    add_p_log_q(s, &a, &b);
}

/* ---- |p - q| ------------------------------------------------------------ */

INLINE void distance_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    EACH(k)
    check_both(s, a.v[k], b.v[k]);
    group t;
    EACH(k)
    t.v[k] = f64_abs(f64_sub(a.v[k], b.v[k]));
    dd8_add(&s->plain, sum_group(&t));
}

/* ---- Stretches ---------------------------------------------------------- */

typedef void (*group_fn)(sums *s, const double *p, const double *q);

/* Whether a q too small for its logarithm stands where p is positive. */
static bool lacks(const double *p, const double *q, int64_t count)
{
    bool found = false;
    for (int64_t i = 0; i < count; i++)
        found |= (q[i] < SMALLEST) & (p[i] > 0);
    return found;
}

/* What fills up the last group of a divergence's rows: of equal numbers the term is 0. Nothing is added to a sum, and q is
 * not too small. */
#define FILLER 0x1p-900

static void fill(double *p, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        p[i] = value;
}

static bool finish_row(const sums *s, double sign, const double *p, const double *q, int64_t count, info_i_part *out)
{
    const bool coarse = finish(s, sign, out);
    if (f64_mask_any(f64_less(s->least, f64_set(SMALLEST))) && lacks(p, q, count))
        out->flags |= INFO_I_PART_ROUGH;
    return coarse;
}

/* Inlined with a constant group function; q is p where there is one row. The last group is filled up with zeros, q with
 * the filler. */
static inline __attribute__((always_inline)) bool stretch(const double *p, const double *q, int64_t count,
                                                          group_fn add_group, double filler, double sign, double bias,
                                                          info_i_part *out)
{
    sums s = no_sums(bias);
    int64_t i = 0;
    for (; i + GROUP <= count; i += GROUP) {
        for (int line = 0; line < GROUP * 8; line += 64) {
            PREFETCH(p + i, AHEAD + line);
            if (q != p)
                PREFETCH(q + i, AHEAD + line);
        }
        add_group(&s, p + i, q + i);
    }
    if (i < count) {
        double p_end[GROUP] = {0}, q_end[GROUP];
        fill(q_end, GROUP, filler);
        memcpy(p_end, p + i, (size_t)(count - i) * sizeof *p);
        memcpy(q_end, q + i, (size_t)(count - i) * sizeof *q);
        add_group(&s, p_end, q_end);
    }
    return finish_row(&s, sign, p, q, count, out);
}

typedef void (*section_fn)(sums *s, const double *p, const double *q, const double *difference, int64_t count);

static inline __attribute__((always_inline)) bool sections(const double *p, const double *q, const double *difference,
                                                           int64_t count, section_fn add_section, double bias,
                                                           info_i_part *out)
{
    sums s = no_sums(bias);
    const int64_t whole = count / QUAD * QUAD;
    for (int64_t i = 0; i < whole; i += SECTION)
        add_section(&s, p + i, q + i, difference ? difference + i : NULL, whole - i < SECTION ? whole - i : SECTION);
    if (whole < count) {
        double p_end[QUAD], q_end[QUAD], difference_end[QUAD] = {0};
        fill(p_end, QUAD, FILLER);
        fill(q_end, QUAD, FILLER);
        memcpy(p_end, p + whole, (size_t)(count - whole) * sizeof *p);
        memcpy(q_end, q + whole, (size_t)(count - whole) * sizeof *q);
        if (difference)
            memcpy(difference_end, difference + whole, (size_t)(count - whole) * sizeof *p);
        add_section(&s, p_end, q_end, difference ? difference_end : NULL, count <= FEW ? FEW : QUAD);
    }
    return finish_row(&s, 1, p, q, count, out);
}

/* sum p, and the largest p */
static void scan(const double *p, int64_t count, info_i_part *out)
{
    sums s = no_sums(BIAS);
    f64x8 largest = f64_set(0);
    for (int64_t i = 0; i < count; i += GROUP) {
        double end[GROUP] = {0};
        const bool whole = i + GROUP <= count;
        if (!whole)
            memcpy(end, p + i, (size_t)(count - i) * sizeof *p);
        const group g = load_group(whole ? p + i : end);
        EACH(k)
        {
            PREFETCH(p + i + 8 * k, AHEAD);
            s.signs = u64_or(s.signs, f64_bits(g.v[k]));
            largest = f64_max(g.v[k], largest);
            dd8_add(&s.plain, g.v[k]);
        }
    }
    double lane[8];
    f64_store(lane, largest);
    finish(&s, 1, out);
    out->sum[1] = info_i_dd_from(lane[0]);
    for (int i = 1; i < 8; i++)
        out->sum[1].high = lane[i] > out->sum[1].high ? lane[i] : out->sum[1].high;
}

/* The sum of a stretch with a bias; whether the sum is too small for it. */
typedef bool (*beside_fn)(const double *p, const double *q, const double *difference, int64_t count, double bias,
                          info_i_part *out);

static bool entropy_beside(const double *p, const double *q, const double *difference, int64_t count, double bias,
                           info_i_part *out)
{
    return stretch(p, q, count, entropy_group, 0, -1, bias, out);
}

static bool cross_entropy_beside(const double *p, const double *q, const double *difference, int64_t count, double bias,
                                 info_i_part *out)
{
    return stretch(p, q, count, cross_entropy_group, FILLER, -1, bias, out);
}

static bool kl_beside(const double *p, const double *q, const double *difference, int64_t count, double bias,
                      info_i_part *out)
{
    if (count <= FEW)
        return sections(p, q, difference, count, few_kl_section, bias, out);
    if (difference)
        return sections(p, q, difference, count, kl_section, bias, out);
    return sections(p, q, NULL, count, kl_section, bias, out);
}

static bool jensen_shannon_beside(const double *p, const double *q, const double *difference, int64_t count,
                                  double bias, info_i_part *out)
{
    if (count <= FEW)
        return sections(p, q, difference, count, few_jensen_shannon_section, bias, out);
    if (difference)
        return sections(p, q, difference, count, jensen_shannon_section, bias, out);
    return sections(p, q, NULL, count, jensen_shannon_section, bias, out);
}

/* No part of a sum of positive terms is 32 times the sum. */
static void add_up(beside_fn sum_beside, const double *p, const double *q, const double *difference, int64_t count,
                   info_i_part *out)
{
    if (sum_beside(p, q, difference, count, BIAS, out))
        sum_beside(p, q, difference, count, 64 * out->sum[0].high, out);
}

static void entropy(const double *p, int64_t count, info_i_part *out)
{
    add_up(entropy_beside, p, p, NULL, count, out);
}

static void cross_entropy(const double *p, const double *q, int64_t count, info_i_part *out)
{
    add_up(cross_entropy_beside, p, q, NULL, count, out);
}

static void kl(const double *p, const double *q, const double *difference, int64_t count, info_i_part *out)
{
    add_up(kl_beside, p, q, difference, count, out);
}

static void jensen_shannon(const double *p, const double *q, const double *difference, int64_t count, info_i_part *out)
{
    add_up(jensen_shannon_beside, p, q, difference, count, out);
}

static void distance(const double *p, const double *q, int64_t count, info_i_part *out)
{
    stretch(p, q, count, distance_group, 0, 1, BIAS, out);
}

const info_i_f64_kernels RN(f64_kernels) = {
    .scan = scan,
    .entropy = entropy,
    .cross_entropy = cross_entropy,
    .kl = kl,
    .jensen_shannon = jensen_shannon,
    .distance = distance,
};
