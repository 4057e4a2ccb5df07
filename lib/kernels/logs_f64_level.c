/* SPDX-License-Identifier: MIT
 * Compiled once per instruction set: what is made of logarithms, eight at a time. */
#include "kernels/logs_f64.h"

#include "kernels/exp_f64.h"
#include "kernels/exponentials.h"
#include "kernels/psi_f64.h"
#include "kernels/sums_f64.h"

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

static void kl_of_ratios(const double *p, const double *q, const double *d, int64_t count, info_i_part *out)
{
    const f64x8 zero = f64_set(0), one = f64_set(1), infinite = f64_set(INFINITY);
    dd8 sum = {zero, zero};
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(p + i, count - i), b = f64_load_first(q + i, count - i);
        const f64x8 ratio = f64_load_first(d + i, count - i);
        const f64x8 near = f64_mul(f64_mul(a, f64_mul(ratio, ratio)), psi_ratio(ratio));
        const f64x8 finite = f64_select(f64_less(zero, a), f64_add(f64_sub(f64_mul(a, ratio), a), b), b);
        const f64x8 far = f64_select(f64_equal(ratio, infinite), infinite, finite);
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
        const f64x8 near = f64_mul(a, f64_fnma(f64_mul(ratio, ratio), psi_ratio(ratio), ratio));
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
    const f64x8 small = f64_min(d, one), near = f64_mul(small, f64_fnma(small, psi_ratio(small), one));
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
static void softcap_pairs(int64_t count, double cap, double *x, double *y, double *d)
{
    const f64_table entries = f64_load_table(exp_entries);
    const f64x8 zero = f64_set(0), two = f64_set(2), by = f64_set(cap), infinite = f64_set(INFINITY);
    for (int64_t i = 0; i < count; i += 8) {
        const f64x8 a = f64_load_first(x + i, count - i), b = f64_load_first(y + i, count - i);
        const f64x8 given = f64_load_first(d + i, count - i), double_a = f64_mul(two, f64_div(f64_abs(a), by)),
                    double_b = f64_mul(two, f64_div(f64_abs(b), by));
        const f64_mask a_finite = f64_less(f64_abs(a), infinite), b_finite = f64_less(f64_abs(b), infinite);
        const f64x8 m = minus_expm1(&entries, double_a), n = minus_expm1(&entries, double_b);
        const f64x8 below_a = f64_sub(two, m), below_b = f64_sub(two, n);
        const f64x8 nearer = f64_exp(&entries, f64_sub(zero, f64_min(double_a, double_b)));
        const f64x8 gap = minus_expm1(&entries, f64_mul(two, f64_div(f64_abs(given), by)));
        const f64x8 alike = f64_div(f64_mul(f64_mul(two, nearer), gap), f64_mul(below_a, below_b));
        const f64x8 tanh_a = f64_div(m, below_a), tanh_b = f64_div(n, below_b), apart = f64_add(tanh_a, tanh_b);
        const f64_mask differ = f64_less(f64_mul(with_sign_of(a, f64_set(1)), with_sign_of(b, f64_set(1))), zero);
        const f64x8 value = f64_mul(by, with_sign_of(given, f64_select(differ, apart, alike)));
        f64_store_first(d + i, f64_select(f64_mask_and(a_finite, b_finite), value, given), count - i);
        f64_store_first(x + i, f64_select(a_finite, with_sign_of(a, f64_mul(by, tanh_a)), a), count - i);
        f64_store_first(y + i, f64_select(b_finite, with_sign_of(b, f64_mul(by, tanh_b)), b), count - i);
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

INLINE f64_mask is_deep(f64x8 exponent)
{
    return f64_mask_and(f64_less(f64_set(-746), exponent), f64_less(exponent, f64_set(-708)));
}

/* e (e^b - 1), which is e expm1(b l) of the logarithm l */
static void moment(const double *x, int64_t count, double reference, double order, double b, info_i_part *out)
{
    const f64_table entries = f64_load_table(exp_entries);
    const f64x8 zero = f64_set(0), one = f64_set(1), infinite = f64_set(INFINITY), minus = f64_set(-reference),
                by = f64_set(b), power = f64_set(order);
    dd8 sum = {zero, zero};
    f64_mask deep = f64_mask_none();
    for (int64_t i = 0; i < count; i += 8) {
        const dd8 exact = f64_two_sum(f64_load_first(x + i, count - i), minus);
        const f64_mask finite = f64_less(f64_abs(exact.high), infinite);
        const f64x8 l = exact.high, low = f64_select(finite, exact.low, zero);
        const f64x8 first = f64_exp(&entries, l), e = f64_fma(first, low, first);
        const f64x8 high = f64_mul(power, l), other = f64_exp(&entries, high);
        const f64x8 raised = f64_fma(other, f64_mul(power, low), other);
        const f64x8 z = f64_fma(by, low, f64_mul(by, l));
        const f64_mask small = f64_less(f64_abs(z), one);
        const f64x8 near_z = f64_select(small, z, zero);
        const f64x8 expm1 = f64_fma(f64_mul(near_z, near_z), psi_ratio(f64_sub(zero, near_z)), near_z);
        const f64x8 term = f64_select(small, f64_mul(e, expm1), f64_sub(raised, e));
        dd8_add(&sum, i + 8 <= count ? term : f64_first(term, count - i));
        deep = f64_mask_or(deep, f64_mask_or(is_deep(l), is_deep(high)));
    }
    put_sum(&sum, 1, out);
    out->flags = f64_mask_any(deep) ? INFO_I_PART_ROUGH : 0u;
}

const info_i_logs_kernels RN(logs_kernels) = {
    .products = products,
    .kl_of_ratios = kl_of_ratios,
    .differences = differences,
    .exponentials = RN(exponentials),
    .log_differences = log_differences,
    .softcap = softcap,
    .softcap_pairs = softcap_pairs,
    .largest = largest_of,
    .shares = shares,
    .moment = moment,
};
