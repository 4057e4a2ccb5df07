/* SPDX-License-Identifier: MIT
 * quotients_f64.h: Kullback-Leibler and Jensen-Shannon divergences of probabilities, a section of a row at a time. */
#ifndef INFO_I_QUOTIENTS_F64_H
#define INFO_I_QUOTIENTS_F64_H

#include "kernels/sums_f64.h"

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

#endif
