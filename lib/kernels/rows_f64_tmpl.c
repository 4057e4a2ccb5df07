/* SPDX-License-Identifier: MIT
 *
 * rows_f64_tmpl.c: the sums of rows_f64.h, eight lanes wide, compiled per instruction set.
 *
 * A stretch is taken in groups of four vectors (32 elements); the last group is
 * filled up with zeros, which contribute nothing. Two or four terms of
 * a group are added plainly, the rest in double-double, so that what rounding costs does not grow with
 * the number of elements.
 */
#include "kernels/rows_f64.h"

#include "kernels/log_f64.h"

#define GROUP (8 * WIDTH)
#define AHEAD 4096 /* bytes to prefetch ahead in each row */

/* Below this nothing is promised about p, q (their logarithm) and about sums. */
#define SMALLEST 0x1p-1000
#define SMALLEST_SUM 0x1p-300

/* What every kernel accumulates: plain + octaves log 2. */
typedef struct sums {
    dd8 plain, octaves;
    f64x8 p_mass, q_mass;
    u64x8 signs;
    mask8 rough;
} sums;

INLINE sums no_sums(void)
{
    const f64x8 zero = set8(0);
    return (sums){{zero, zero}, {zero, zero}, zero, zero, bits8(zero), no_mask8()};
}

INLINE group load_group(const double *p)
{
    return (group){{load8(p), load8(p + 8), load8(p + 16), load8(p + 24)}};
}

INLINE f64x8 sum_group(const group *g)
{
    return add8(add8(g->v[0], g->v[1]), add8(g->v[2], g->v[3]));
}

INLINE void check_group(const group *g, f64x8 *mass, u64x8 *signs)
{
    *mass = add8(*mass, sum_group(g));
    *signs = or_u8(*signs, or_u8(or_u8(bits8(g->v[0]), bits8(g->v[1])), or_u8(bits8(g->v[2]), bits8(g->v[3]))));
}

static inline double sum_lanes(f64x8 a)
{
    double lane[8];
    store8(lane, a);
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static inline info_i_dd sum_lanes_dd(const dd8 *a)
{
    double high[8], low[8];
    store8(high, a->high);
    store8(low, a->low);
    info_i_dd sum = info_i_two_sum(high[0], low[0]);
    for (int i = 1; i < 8; i++)
        sum = info_i_dd_add(sum, info_i_two_sum(high[i], low[i]));
    return sum;
}

INLINE void finish(const sums *s, double sign, info_i_part *out)
{
    const info_i_dd octaves = info_i_dd_multiply(sum_lanes_dd(&s->octaves), log_2);
    const info_i_dd total = info_i_dd_add(sum_lanes_dd(&s->plain), octaves);
    const double p_mass = sum_lanes(s->p_mass);
    out->sum[0] = (info_i_dd){sign * total.high, sign * total.low};
    out->sum[1] = info_i_dd_from(p_mass);
    out->sum[2] = info_i_dd_from(sum_lanes(s->q_mass));
    /* The negation also catches NaN. A sum of nothing is right. */
    const bool small = !(out->sum[0].high > SMALLEST_SUM) && p_mass > 0;
    out->flags = (any_sign8(s->signs) ? INFO_I_PART_SIGN : 0u) | (any8(s->rough) || small ? INFO_I_PART_ROUGH : 0u);
}

/* ---- Entropy and cross-entropy: sum p log q ----------------------------- */

INLINE void add_p_log_q(sums *s, const group *p, const group *q)
{
    const log_group l = log_of_group(q);
    for (int k = 0; k < WIDTH; k += 2) { /* in pairs: a longer plain sum would cost a bit */
        dd8_add(&s->octaves, fma8(p->v[k + 1], l.octaves.v[k + 1], mul8(p->v[k], l.octaves.v[k])));
        dd8_add(&s->plain, fma8(p->v[k + 1], l.rest.v[k + 1], mul8(p->v[k], l.rest.v[k])));
    }
}

INLINE void entropy_group(sums *s, const double *p, const double *q)
{
    const group g = load_group(p);
    check_group(&g, &s->p_mass, &s->signs);
    add_p_log_q(s, &g, &g);
}

/* A q too small for its logarithm, though it counts. */
INLINE void check_lack(sums *s, const group *p, const group *q)
{
    EACH(k)
        s->rough = or_mask8(s->rough, and_mask8(less8(q->v[k], set8(SMALLEST)), less8(set8(0), p->v[k])));
}

INLINE void check_pair(sums *s, const group *p, const group *q)
{
    check_group(p, &s->p_mass, &s->signs);
    check_group(q, &s->q_mass, &s->signs);
}

INLINE void cross_entropy_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    check_pair(s, &a, &b);
    check_lack(s, &a, &b);
    add_p_log_q(s, &a, &b);
}

/* ---- Kullback-Leibler --------------------------------------------------- */

/* p log(p/q) - p + q, accurate relative to itself however near p and q are; q may come
 * with a tail, too small for q + tail to be a double.
 *
 * c is the power of two nearest to p/q, as told by the difference of the numbers' bits, which is
 * that of their logarithms within 0.09 octaves. With
 *     d = q c - p,  s = d / (q c + p),  log(q/p) = -log c + 2 atanh s
 * and d - 2 p s = s d, the term is
 *     q (1-c) + p log c + s (d - p R(s^2)).
 * Near equality c = 1 and only the last part remains, which is never negative. p = 0 makes c so small
 * that q remains. */
INLINE void add_kl(sums *sum, const group *p, const group *q, const group *q_tail)
{
    group d, s, z;
    f64x8 near = set8(0), far[2], octaves[2]; /* the last two cancel: their sums are kept short */
    EACH(k) {
        const u64x8 p_bits = bits8(max8(p->v[k], set8(SMALLEST)));
        const u64x8 ratio = add_u8(sub_u8(bits8(q->v[k]), p_bits), set_u8(ONE_BITS + HALF_OCTAVE_BITS));
        const f64x8 c = from_bits8(sub_u8(set_u8(2 * ONE_BITS), and_u8(ratio, set_u8(EXPONENT_BITS))));
        octaves[k / 2] = fnma8(p->v[k], exponent8(ratio), k % 2 ? octaves[k / 2] : set8(0));
        far[k / 2] = fma8(q->v[k], sub8(set8(1), c), k % 2 ? far[k / 2] : set8(0));
        d.v[k] = fms8(q->v[k], c, p->v[k]);
        if (q_tail) {
            d.v[k] = fma8(q_tail->v[k], c, d.v[k]);
            near = fma8(q_tail->v[k], sub8(set8(1), c), near);
        }
        s.v[k] = max8(fma8(q->v[k], c, p->v[k]), set8(0x1p-1022));
    }
    EACH(k)
        s.v[k] = div8(d.v[k], s.v[k]);
    EACH(k)
        z.v[k] = mul8(s.v[k], s.v[k]);
    group rest = atanh_rest(&z);
    EACH(k)
        rest.v[k] = mul8(rest.v[k], z.v[k]);
    EACH(k)
        near = fma8(s.v[k], fnma8(p->v[k], rest.v[k], d.v[k]), near);
    dd8_add(&sum->plain, near);
    for (int half = 0; half < 2; half++) {
        dd8_add(&sum->plain, far[half]);
        dd8_add(&sum->octaves, octaves[half]);
    }
}

INLINE void kl_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    check_pair(s, &a, &b);
    check_lack(s, &a, &b);
    add_kl(s, &a, &b, NULL);
}

/* ---- Jensen-Shannon ----------------------------------------------------- */

/* KL(p || m) + KL(q || m). What m = (p+q)/2 loses to rounding is kept, so that near
 * equality m - p is (q-p)/2. */
INLINE void jensen_shannon_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    group m, tail;
    check_pair(s, &a, &b);
    EACH(k) {
        const f64x8 both = add8(a.v[k], b.v[k]), t = sub8(both, a.v[k]);
        const f64x8 lost = add8(sub8(a.v[k], sub8(both, t)), sub8(b.v[k], t));
        m.v[k] = mul8(both, set8(0.5));
        tail.v[k] = mul8(lost, set8(0.5));
    }
    add_kl(s, &a, &m, &tail);
    add_kl(s, &b, &m, &tail);
}

/* ---- |p - q| ------------------------------------------------------------ */

INLINE void distance_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    check_pair(s, &a, &b);
    group t;
    EACH(k)
        t.v[k] = abs8(sub8(a.v[k], b.v[k]));
    dd8_add(&s->plain, sum_group(&t));
}

/* ---- Stretches ---------------------------------------------------------- */

typedef void (*group_fn)(sums *s, const double *p, const double *q);

/* Inlined with a constant group function; q is p where there is one row. */
static inline __attribute__((always_inline)) void stretch(const double *p, const double *q, int64_t count,
                                                          group_fn add_group, double sign, info_i_part *out)
{
    sums s = no_sums();
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
        double p_end[GROUP] = {0}, q_end[GROUP] = {0};
        memcpy(p_end, p + i, (size_t)(count - i) * sizeof *p);
        memcpy(q_end, q + i, (size_t)(count - i) * sizeof *q);
        add_group(&s, p_end, q_end);
    }
    finish(&s, sign, out);
}

/* sum p, and the largest p */
static void scan(const double *p, int64_t count, info_i_part *out)
{
    sums s = no_sums();
    f64x8 largest = set8(0);
    for (int64_t i = 0; i < count; i += GROUP) {
        double end[GROUP] = {0};
        const bool whole = i + GROUP <= count;
        if (!whole)
            memcpy(end, p + i, (size_t)(count - i) * sizeof *p);
        const group g = load_group(whole ? p + i : end);
        EACH(k) {
            PREFETCH(p + i + 8 * k, AHEAD);
            s.signs = or_u8(s.signs, bits8(g.v[k]));
            largest = max8(g.v[k], largest);
            dd8_add(&s.plain, g.v[k]);
        }
    }
    double lane[8];
    store8(lane, largest);
    finish(&s, 1, out);
    out->sum[1] = info_i_dd_from(lane[0]);
    for (int i = 1; i < 8; i++)
        out->sum[1].high = lane[i] > out->sum[1].high ? lane[i] : out->sum[1].high;
}

static void entropy(const double *p, int64_t count, info_i_part *out)
{
    stretch(p, p, count, entropy_group, -1, out);
}

static void cross_entropy(const double *p, const double *q, int64_t count, info_i_part *out)
{
    stretch(p, q, count, cross_entropy_group, -1, out);
}

static void kl(const double *p, const double *q, int64_t count, info_i_part *out)
{
    stretch(p, q, count, kl_group, 1, out);
}

static void jensen_shannon(const double *p, const double *q, int64_t count, info_i_part *out)
{
    stretch(p, q, count, jensen_shannon_group, 1, out);
}

static void distance(const double *p, const double *q, int64_t count, info_i_part *out)
{
    stretch(p, q, count, distance_group, 1, out);
}

const info_i_f64_kernels RN(f64_kernels) = {scan, entropy, cross_entropy, kl, jensen_shannon, distance};
