/* SPDX-License-Identifier: MIT
 * The terms that entropies and divergences are sums of. */
#include "numeric/term.h"

#include <math.h>

static const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

static info_i_dd scaled(info_i_dd a, int exponent)
{
    return (info_i_dd){ldexp(a.high, exponent), ldexp(a.low, exponent)};
}

/* 2 atanh(s)/s - 2 from z = s^2 < 0.03, where it is below 0.02: its error counts little beside the 2. */
static double atanh_rest(double z)
{
    double series = 0;
    for (int k = 25; k >= 3; k -= 2)
        series = z * (series + 2.0 / k);
    return series;
}

info_i_dd info_i_log_of(double x)
{
    int octaves;
    double m = frexp(x, &octaves);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        octaves--;
    }
    const info_i_dd s = info_i_dd_divide(info_i_dd_from(m - 1), info_i_two_sum(2, m - 1));
    const info_i_dd rest =
        info_i_dd_add_double((info_i_dd){2 * s.high, 2 * s.low}, s.high * atanh_rest(s.high * s.high));
    return info_i_dd_add(info_i_dd_multiply_double(log_2, octaves), rest);
}

/* p log(p/q) - p + q away from underflow and overflow. With c the power of two nearest to p/q,
 *     d = q c - p,  s = d / (q c + p),  log(q/p) = -log c + 2 atanh s,
 * it is q - q c + p log c + s (d - p R(s^2)), R being the rest above. */
static info_i_dd ordinary_divergence(info_i_dd p, info_i_dd q)
{
    const int octaves = (int)rint(log2(p.high / q.high));
    const info_i_dd qc = scaled(q, octaves), d = info_i_dd_add(qc, info_i_dd_negate(p));
    const info_i_dd s = info_i_dd_divide(d, info_i_dd_add(qc, p));
    const info_i_dd near =
        info_i_dd_add_double(info_i_dd_multiply(s, d), -s.high * (p.high * atanh_rest(s.high * s.high)));
    if (octaves == 0)
        return near;
    const info_i_dd log_c = info_i_dd_multiply_double(log_2, octaves);
    const info_i_dd far = info_i_dd_add(info_i_dd_add(q, info_i_dd_negate(qc)), info_i_dd_multiply(p, log_c));
    return info_i_dd_add(far, near);
}

info_i_dd info_i_kl_term(info_i_dd p, info_i_dd q)
{
    if (p.high == 0)
        return q;
    if (q.high == 0)
        return info_i_dd_from(INFINITY);
    int exponent;
    frexp(q.high, &exponent);
    const int apart = ilogb(p.high) - exponent;
    if (apart < -900) /* the logarithm's part is lost beside q */
        return q;
    if (apart > 900) /* and so is q beside the logarithm's part */
        return info_i_dd_from(
            p.high *
            (info_i_dd_value(info_i_dd_add(info_i_log_of(p.high), info_i_dd_negate(info_i_log_of(q.high)))) - 1));
    return scaled(ordinary_divergence(scaled(p, -exponent), scaled(q, -exponent)), exponent);
}

/* row * col = product * 2^exponent, the product in 1/4..1. */
typedef struct product {
    info_i_dd value;
    int exponent;
} product;

static product multiply(info_i_dd row, info_i_dd col)
{
    int row_exponent, col_exponent;
    frexp(row.high, &row_exponent);
    frexp(col.high, &col_exponent);
    return (product){info_i_dd_multiply(scaled(row, -row_exponent), scaled(col, -col_exponent)),
                     row_exponent + col_exponent};
}

/* log(2^exponent mantissas' ratio) without forming a quotient that may overflow. */
static double log_quotient(double mass, double q, int q_exponent)
{
    int mass_exponent;
    const double mantissa = frexp(mass, &mass_exponent);
    return log(mantissa / q) + (mass_exponent - q_exponent) * log_2.high;
}

info_i_dd info_i_divergence_term(info_i_dd mass, info_i_dd row, info_i_dd col)
{
    if (row.high == 0 || col.high == 0) /* and so is the mass */
        return info_i_dd_from(0);
    const product q = multiply(row, col);
    if (mass.high == 0 || ilogb(mass.high) - q.exponent < -900) /* the logarithm's part is lost beside q */
        return scaled(q.value, q.exponent);
    if (ilogb(mass.high) - q.exponent > 900) /* and so is q beside the logarithm's part */
        return info_i_dd_from(mass.high * (log_quotient(mass.high, q.value.high, q.exponent) - 1));
    return scaled(ordinary_divergence(scaled(mass, -q.exponent), q.value), q.exponent);
}

double info_i_log_ratio(info_i_dd mass, info_i_dd row, info_i_dd col)
{
    if (row.high == 0 || col.high == 0)
        return NAN;
    if (mass.high == 0)
        return -INFINITY;
    const product q = multiply(row, col);
    const int apart = ilogb(mass.high) - q.exponent; /* -2 or -1 where mass and q are equal */
    if (apart >= -4 && apart <= 1) {
        const info_i_dd near = scaled(mass, -q.exponent);
        const double u = ((near.high - q.value.high) + (near.low - q.value.low)) / q.value.high;
        if (fabs(u) <= 0.5)
            return log1p(u);
    }
    return log_quotient(mass.high, q.value.high, q.exponent);
}

double info_i_surprise_term(info_i_dd mass, info_i_dd whole)
{
    return mass.high == 0 ? 0 : mass.high * info_i_surprisal(mass, whole);
}

double info_i_surprisal(info_i_dd mass, info_i_dd whole)
{
    if (mass.high == 0)
        return whole.high == 0 ? NAN : INFINITY;
    const double rest = (whole.high - mass.high) + (whole.low - mass.low);
    if (rest <= 0.5 * mass.high)
        return rest <= 0 ? 0 : log1p(rest / mass.high);
    int exponent;
    const double mantissa = frexp(whole.high, &exponent);
    return -log_quotient(mass.high, mantissa, exponent);
}

double info_i_kl_near(double m, double s)
{
    double rest = 0; /* (atanh(s) - s) / s^3 = 1/3 + s^2/5 + ... */
    for (int k = 27; k >= 3; k -= 2)
        rest = rest * s * s + 1.0 / k;
    return 2 * m * s * s * (1 + s * rest + s * s * rest);
}

double info_i_js_series(double s)
{
    if (s >= 0.5)
        return ((1 + s) * log1p(s) + (s < 1 ? (1 - s) * log1p(-s) : 0)) / (s * s);
    double sum = 0;
    for (int k = 24; k >= 1; k--)
        sum = sum * s * s + 1.0 / (k * (2 * k - 1));
    return sum;
}

double info_i_js_near(double m, double s)
{
    return m * s * s * info_i_js_series(fabs(s));
}
