/* SPDX-License-Identifier: MIT
 *
 * rows_f64_level.c: the sums of rows_f64.h, eight lanes wide, compiled per instruction set.
 *
 * A stretch is taken in groups of two vectors (16 elements), divergences in groups of four; the last group is
 * filled up with numbers that contribute nothing. What is large is added with its rounding error, to a sum that
 * starts at a bias larger than any term and its negative: then a product takes two multiply-adds. What rounding
 * costs does not grow with the number of elements.
 */
#include "kernels/rows_f64.h"

#include "kernels/exp_f64.h"
#include "kernels/exponentials.h"
#include "kernels/log_f64.h"

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
    /* The negation also catches NaN. A sum of nothing is right. */
    const bool rough = !(out->sum[0].high > SMALLEST_SUM) && p_mass > 0;
    const bool sign_set = u64_any_sign(s->signs) || f64_mask_any(f64_less(s->least, f64_set(0)));
    out->flags = (sign_set ? INFO_I_PART_SIGN : 0u) | (rough ? INFO_I_PART_ROUGH : 0u);
    return !rough && out->sum[0].high < FINE && (octaves.high != 0 || far.high != 0);
}

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

INLINE void cross_entropy_group(sums *s, const double *p, const double *q)
{
    const group a = load_group(p), b = load_group(q);
    EACH(k)
    check_quotient(s, a.v[k], b.v[k]);
    add_p_log_q(s, &a, &b);
}

/* ---- Divergences --------------------------------------------------------- */

/* p log(p/q) - p + q, accurate relative to itself however near p and q are; q may come
 * with a tail, too small for q + tail to be a double.
 *
 * c = 2^k is the power of two nearest to p/q, as told by the difference of the numbers' bits, which is
 * that of their logarithms within 0.09 octaves. With
 *     d = q c - p,  s = d / (q c + p),  log(p/q) = log c - 2 atanh s
 * and d - 2 p s = s d, the term is
 *     q (1-c) + p log c + s (d - p R(s^2)).
 * Near equality c = 1 and only the last part remains, which is never negative. p = 0 makes c so small
 * that q remains. The first two parts cancel in part, and are summed with all their digits.
 *
 * A stretch goes through this in two steps, a section at a time: first all quotients, then all polynomials. Of
 * short loops the processor has many elements in hand at once, and few registers hold what they need. */
#define SECTION 128
#define LOOP _Pragma("GCC unroll 1")
#define QUAD 32 /* the elements that step two adds plainly, before they meet the sum */

typedef struct quotients {
    double d[SECTION], s[SECTION];
} quotients;

/* c, as the exponent of the double of these bits. */
INLINE u64x8 nearest_power(f64x8 p_up, f64x8 q)
{
    return u64_add(u64_sub(f64_bits(p_up), f64_bits(q)), u64_set(ONE_BITS + HALF_OCTAVE_BITS));
}

/* q - p as it is known, where c is 1; else a. */
INLINE f64x8 known_or(const f64x8 *known, f64x8 c, f64x8 a)
{
    if (!known)
        return a;
    return f64_select(f64_mask_and(f64_less(f64_set(0.75), c), f64_less(c, f64_set(1.5))), *known, a);
}

/* Sets d and s of eight elements, adds p log c, and returns 1 - c. */
INLINE f64x8 add_octaves(sums *sum, f64x8 p, f64x8 q, const f64x8 *q_tail, const f64x8 *known, double *d_out,
                         double *s_out)
{
    const f64x8 p_up = f64_add(p, f64_set(SMALLEST)); /* p, or what stands for 0 */
    const u64x8 power = nearest_power(p_up, q);
    const f64x8 c = f64_from_bits(u64_and(power, u64_set(EXPONENT_BITS)));
    f64x8 d = f64_fms(q, c, p);
    if (q_tail)
        d = f64_fma(*q_tail, c, d);
    d = known_or(known, c, d);
    f64_store(d_out, d);
    f64_store(s_out, f64_div(d, f64_fma(q, c, p_up)));
    dd8_add_product(&sum->octaves, p, f64_exponent(power));
    return f64_sub(f64_set(1), c);
}

/* Step one, for KL(p || q). */
INLINE void divide(sums *sum, const double *p, const double *q, const double *difference, int64_t count, quotients *to)
{
    sums s = *sum;
    LOOP for (int64_t i = 0; i < count; i += 8)
    {
        const f64x8 a = f64_load(p + i), b = f64_load(q + i);
        const f64x8 known = difference ? f64_sub(f64_set(0), f64_load(difference + i)) : a;
        const f64x8 apart = add_octaves(&s, a, b, NULL, difference ? &known : NULL, to->d + i, to->s + i);
        dd8_add_product(&s.far, b, apart);
    }
    sum->far = s.far;
    sum->octaves = s.octaves;
}

/* m = (p+q)/2, and what it loses to rounding, so that near equality m - p is (q-p)/2. */
INLINE dd8 mean_of(f64x8 p, f64x8 q)
{
    const dd8 both = f64_two_sum(p, q);
    return (dd8){f64_mul(both.high, f64_set(0.5)), f64_mul(both.low, f64_set(0.5))};
}

/* Step one, for KL(p || m) + KL(q || m). */
INLINE void divide_by_mean(sums *sum, const double *p, const double *q, const double *difference, int64_t count,
                           quotients *of_p, quotients *of_q)
{
    sums s = *sum;
    LOOP for (int64_t i = 0; i < count; i += 8)
    {
        const f64x8 a = f64_load(p + i), b = f64_load(q + i);
        const dd8 m = mean_of(a, b);
        const f64x8 m_less_q = difference ? f64_mul(f64_load(difference + i), f64_set(0.5)) : a;
        const f64x8 m_less_p = f64_sub(f64_set(0), m_less_q);
        const f64x8 p_apart =
            add_octaves(&s, a, m.high, &m.low, difference ? &m_less_p : NULL, of_p->d + i, of_p->s + i);
        const f64x8 q_apart =
            add_octaves(&s, b, m.high, &m.low, difference ? &m_less_q : NULL, of_q->d + i, of_q->s + i);
        const f64x8 apart = f64_add(p_apart, q_apart);
        dd8_add_product(&s.far, m.high, apart);
        s.rest = f64_fma(m.low, apart, s.rest);
    }
    sum->far = s.far;
    sum->octaves = s.octaves;
    sum->rest = s.rest;
}

/* Step two. */
INLINE void add_near(sums *sum, const double *p, const quotients *of, int64_t count)
{
    dd8 plain = sum->plain;
    LOOP for (int64_t i = 0; i < count; i += QUAD)
    {
        f64x8 near[QUAD / 8];
        _Pragma("GCC unroll 4") for (int k = 0; k < QUAD / 8; k++)
        {
            const f64x8 s = f64_load(of->s + i + 8 * k), z = f64_mul(s, s),
                        weight = f64_mul(f64_load(p + i + 8 * k), z);
            near[k] = f64_mul(s, f64_fnma(weight, atanh_rest(z), f64_load(of->d + i + 8 * k)));
        }
        dd8_add(&plain, f64_add(f64_add(near[0], near[1]), f64_add(near[2], near[3])));
    }
    sum->plain = plain;
}

INLINE void kl_section(sums *sum, const double *p, const double *q, const double *difference, int64_t count)
{
    quotients of;
    LOOP for (int64_t i = 0; i < count; i += 8)
    {
        PREFETCH(p + i, AHEAD);
        PREFETCH(q + i, AHEAD);
        check_quotient(sum, f64_load(p + i), f64_load(q + i));
    }
    divide(sum, p, q, difference, count, &of);
    add_near(sum, p, &of, count);
}

INLINE void jensen_shannon_section(sums *sum, const double *p, const double *q, const double *difference, int64_t count)
{
    quotients of_p, of_q;
    LOOP for (int64_t i = 0; i < count; i += 8)
    {
        PREFETCH(p + i, AHEAD);
        PREFETCH(q + i, AHEAD);
        check_both(sum, f64_load(p + i), f64_load(q + i));
    }
    divide_by_mean(sum, p, q, difference, count, &of_p, &of_q);
    add_near(sum, p, &of_p, count);
    add_near(sum, q, &of_q, count);
}

/* ---- Divergences of few elements ---------------------------------------- */

/* Sums of so few terms keep the error of one: in shorter rows s (d - p R) is taken with twice the digits, all but p R,
 * which is less than a twelfth of d. */
#define FEW 16

/* Adds all of a term but q (1-c), and returns 1 - c. */
INLINE f64x8 add_exactly(sums *sum, f64x8 p, f64x8 q, f64x8 q_tail, const f64x8 *known)
{
    const f64x8 p_up = f64_add(p, f64_set(SMALLEST));
    const u64x8 power = nearest_power(p_up, q);
    const f64x8 c = f64_from_bits(u64_and(power, u64_set(EXPONENT_BITS)));
    const f64x8 qc = f64_mul(q, c), tail = f64_mul(q_tail, c);
    const dd8 given = f64_two_sum(f64_sub(qc, p), tail), whole = f64_two_sum(qc, p_up); /* the difference is exact */
    const f64x8 zero = f64_set(0);
    const dd8 d = {known_or(known, c, given.high), known_or(known ? &zero : NULL, c, given.low)};
    const f64x8 s = f64_div(d.high, whole.high);
    const f64x8 lost = f64_add(f64_fnma(s, whole.high, d.high), f64_fnma(s, f64_add(whole.low, tail), d.low));
    const f64x8 s_rest = f64_div(lost, whole.high);
    const f64x8 z = f64_mul(s, s), product = f64_mul(s, d.high);
    dd8_add(&sum->plain, product);
    dd8_add(&sum->plain, f64_fnma(f64_mul(f64_mul(p, s), z), atanh_rest(z), f64_set(0)));
    const f64x8 rest = f64_fma(s_rest, d.high, f64_fma(s, d.low, f64_fms(s, d.high, product)));
    sum->plain.low = f64_add(sum->plain.low, rest);
    dd8_add_product(&sum->octaves, p, f64_exponent(power));
    return f64_sub(f64_set(1), c);
}

INLINE void few_kl_section(sums *sum, const double *p, const double *q, const double *difference, int64_t count)
{
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load(p + i), b = f64_load(q + i);
        check_quotient(sum, a, b);
        const f64x8 known = difference ? f64_sub(f64_set(0), f64_load(difference + i)) : a;
        dd8_add_product(&sum->far, b, add_exactly(sum, a, b, f64_set(0), difference ? &known : NULL));
    }
}

INLINE void few_jensen_shannon_section(sums *sum, const double *p, const double *q, const double *difference,
                                       int64_t count)
{
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load(p + i), b = f64_load(q + i);
        check_both(sum, a, b);
        const dd8 m = mean_of(a, b);
        const f64x8 m_less_q = difference ? f64_mul(f64_load(difference + i), f64_set(0.5)) : a;
        const f64x8 m_less_p = f64_sub(f64_set(0), m_less_q);
        const f64x8 p_apart = add_exactly(sum, a, m.high, m.low, difference ? &m_less_p : NULL);
        const f64x8 apart = f64_add(p_apart, add_exactly(sum, b, m.high, m.low, difference ? &m_less_q : NULL));
        dd8_add_product(&sum->far, m.high, apart);
        sum->rest = f64_fma(m.low, apart, sum->rest);
    }
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

/* ---- From logarithms ------------------------------------------------------ */

static void put_sum(const dd8 *sum, double sign, info_i_part *out)
{
    const info_i_dd total = sum_lanes_dd(sum);
    *out = (info_i_part){.sum[0] = {sign * total.high, sign * total.low}};
}

static void products(const double *p, const double *l, int64_t count, info_i_part *out)
{
    const f64x8 zero = f64_set(0);
    dd8 sum = {zero, zero};
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(p + i, count - i);
        const f64x8 b = f64_select(f64_less(zero, a), f64_load_first(l + i, count - i), zero);
        const f64x8 product = f64_mul(a, b);
        dd8_add(&sum, product);
        sum.low = f64_add(sum.low, f64_fms(a, b, product));
    }
    put_sum(&sum, -1, out);
}

/* (exp(-d) - 1 + d) / d^2 for |d| <= 1, by Taylor's series in d^2, even and odd: what is left out is below 2^-55 of it. */
INLINE f64x8 kl_series(f64x8 d)
{
    static const double even[] = {1.0 / 6402373705728000,
                                  1.0 / 20922789888000,
                                  1.0 / 87178291200,
                                  1.0 / 479001600,
                                  1.0 / 3628800,
                                  1.0 / 40320,
                                  1.0 / 720,
                                  1.0 / 24,
                                  1.0 / 2};
    static const double odd[] = {1.0 / 355687428096000, 1.0 / 1307674368000, 1.0 / 6227020800, 1.0 / 39916800,
                                 1.0 / 362880,          1.0 / 5040,          1.0 / 120,        1.0 / 6};
    const f64x8 square = f64_mul(d, d);
    f64x8 e = f64_set(even[0]), o = f64_set(odd[0]);
    for (int k = 1; k < 9; k++)
        e = f64_fma(e, square, f64_set(even[k]));
    for (int k = 1; k < 8; k++)
        o = f64_fma(o, square, f64_set(odd[k]));
    return f64_fnma(d, o, e);
}

static void kl_of_ratios(const double *p, const double *q, const double *d, int64_t count, info_i_part *out)
{
    const f64x8 zero = f64_set(0), one = f64_set(1);
    dd8 sum = {zero, zero};
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(p + i, count - i), b = f64_load_first(q + i, count - i);
        const f64x8 ratio = f64_load_first(d + i, count - i);
        const f64x8 near = f64_mul(f64_mul(a, f64_mul(ratio, ratio)), kl_series(ratio));
        const f64x8 far = f64_select(f64_less(zero, a), f64_add(f64_sub(f64_mul(a, ratio), a), b), b);
        dd8_add(&sum, f64_select(f64_less(one, f64_abs(ratio)), far, near));
    }
    put_sum(&sum, 1, out);
}

static void differences(const double *p, const double *q, const double *d, int64_t count, double *out)
{
    const f64x8 one = f64_set(1);
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(p + i, count - i), b = f64_load_first(q + i, count - i);
        const f64x8 ratio = f64_load_first(d + i, count - i);
        const f64x8 near = f64_mul(a, f64_fnma(f64_mul(ratio, ratio), kl_series(ratio), ratio));
        f64_store_first(out + i, f64_select(f64_less(one, f64_abs(ratio)), f64_sub(a, b), near), count - i);
    }
}

static void log_differences(const double *x, const double *y, double offset, double offset_low, int64_t count,
                            double *out)
{
    const f64x8 zero = f64_set(0), infinite = f64_set(INFINITY), high = f64_set(offset), low = f64_set(offset_low);
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(x + i, count - i), b = f64_load_first(y + i, count - i);
        const dd8 d = f64_two_sum(a, f64_sub(zero, b));
        const f64x8 exact = f64_add(f64_sub(d.high, high), f64_sub(d.low, low));
        const f64x8 other = f64_select(f64_equal(a, b), zero, d.high);
        f64_store_first(out + i, f64_select(f64_less(f64_abs(d.high), infinite), exact, other), count - i);
    }
}

/* 1 - exp(-d), d >= 0, with all its digits near 0. */
INLINE f64x8 minus_expm1(const f64_table *entries, f64x8 d)
{
    const f64x8 one = f64_set(1), far = f64_sub(one, f64_exp(entries, f64_sub(f64_set(0), d)));
    const f64x8 small = f64_min(d, one), near = f64_mul(small, f64_fnma(small, kl_series(small), one));
    return f64_select(f64_less(one, d), far, near);
}

INLINE f64x8 with_sign_of(f64x8 of, f64x8 a)
{
    return f64_select(f64_less(of, f64_set(0)), f64_sub(f64_set(0), a), a);
}

static void softcap(int64_t count, double cap, double *x)
{
    const f64_table entries = f64_load_table(exp_entries);
    const f64x8 by = f64_set(cap), two = f64_set(2), infinite = f64_set(INFINITY);
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 v = f64_load_first(x + i, count - i), a = f64_div(f64_abs(v), by);
        const f64x8 m = minus_expm1(&entries, f64_mul(two, a)), y = f64_mul(by, f64_div(m, f64_sub(two, m)));
        f64_store_first(x + i, f64_select(f64_less(f64_abs(v), infinite), with_sign_of(v, y), v), count - i);
    }
}

/* tanh a - tanh b = 2 exp(-2 m) (1 - exp(-2 |a - b|)) / ((1 + exp(-2 |a|)) (1 + exp(-2 |b|))) with the sign of a - b, m the
 * smaller of |a| and |b|; where a and b differ in sign nothing cancels. */
static void softcap_differences(const double *x, const double *y, int64_t count, double cap, double *d)
{
    const f64_table entries = f64_load_table(exp_entries);
    const f64x8 zero = f64_set(0), two = f64_set(2), by = f64_set(cap), infinite = f64_set(INFINITY);
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(x + i, count - i), b = f64_load_first(y + i, count - i);
        const f64x8 given = f64_load_first(d + i, count - i), double_a = f64_mul(two, f64_div(f64_abs(a), by)),
                    double_b = f64_mul(two, f64_div(f64_abs(b), by));
        const f64x8 m = minus_expm1(&entries, double_a), n = minus_expm1(&entries, double_b);
        const f64x8 below_a = f64_sub(two, m), below_b = f64_sub(two, n);
        const f64x8 nearer = f64_exp(&entries, f64_sub(zero, f64_min(double_a, double_b)));
        const f64x8 gap = minus_expm1(&entries, f64_mul(two, f64_div(f64_abs(given), by)));
        const f64x8 alike = f64_div(f64_mul(f64_mul(two, nearer), gap), f64_mul(below_a, below_b));
        const f64x8 apart = f64_add(f64_div(m, below_a), f64_div(n, below_b));
        const f64_mask differ = f64_less(f64_mul(with_sign_of(a, f64_set(1)), with_sign_of(b, f64_set(1))), zero);
        const f64x8 value = f64_mul(by, with_sign_of(given, f64_select(differ, apart, alike)));
        const f64_mask finite = f64_mask_and(f64_less(f64_abs(a), infinite), f64_less(f64_abs(b), infinite));
        f64_store_first(d + i, f64_select(finite, value, given), count - i);
    }
}

static bool largest_of(const double *x, int64_t count, double *largest)
{
    const f64x8 infinite = f64_set(INFINITY);
    const int64_t whole = count - count % 8;
    f64x8 most = f64_set(-INFINITY);
    double lane[8];
    bool good = true;
    for (int64_t i = 0; i < whole; i += 8) {
        const f64x8 v = f64_load(x + i);
        PREFETCH(x + i, AHEAD);
        good &= f64_mask_all(f64_less(v, infinite));
        most = f64_max(v, most);
    }
    f64_store(lane, most);
    *largest = lane[0];
    for (int k = 1; k < 8; k++)
        *largest = lane[k] > *largest ? lane[k] : *largest;
    for (int64_t i = whole; i < count; i++) {
        good &= x[i] < INFINITY;
        *largest = x[i] > *largest ? x[i] : *largest;
    }
    return good;
}

static bool shares(const double *x, int64_t count, double scale, double shift, double total, double *y)
{
    const f64x8 lowest = f64_set(-746), low = f64_set(-708), from = f64_set(shift), by = f64_set(scale);
    f64_mask deep = f64_mask_none();
    const int64_t whole = count - count % 8;
    bool any = false;
    for (int64_t i = 0; i < whole; i += 8) {
        const f64x8 exponent = f64_mul(f64_sub(f64_load(x + i), from), by);
        deep = f64_mask_or(deep, f64_mask_and(f64_less(lowest, exponent), f64_less(exponent, low)));
    }
    for (int64_t i = whole; i < count; i++)
        any |= (x[i] - shift) * scale > -746 && (x[i] - shift) * scale < -708;
    if (any || f64_mask_any(deep))
        return false;
    RN(exponentials)(count, scale, shift, x, y);
    for (int64_t i = 0; i < count && total != 1; i += 8)
        f64_store_first(y + i, f64_div(f64_load_first(y + i, count - i), f64_set(total)), count - i);
    return true;
}

const info_i_f64_kernels RN(f64_kernels) = {
    .scan = scan,
    .entropy = entropy,
    .cross_entropy = cross_entropy,
    .kl = kl,
    .jensen_shannon = jensen_shannon,
    .distance = distance,
    .products = products,
    .kl_of_ratios = kl_of_ratios,
    .differences = differences,
    .exponentials = RN(exponentials),
    .log_differences = log_differences,
    .largest = largest_of,
    .shares = shares,
    .softcap = softcap,
    .softcap_differences = softcap_differences,
};
