/* SPDX-License-Identifier: MIT
 * The terms that the measures of a joint table are sums of. */
#include "joint/term.h"

#include <math.h>

/* (1 + u) log(1 + u) - u = u^2 (1/2 - u/6 + u^2/12 - ...), |u| <= 1/4. */
static double near_one(double u)
{
    double sum = 0;
    for (int k = 26; k >= 0; k--)
        sum = 1.0 / ((k + 1) * (k + 2)) - u * sum;
    return u * u * sum;
}

/* The same from q itself, away from underflow and overflow. */
static double ordinary_term(info_i_dd mass, info_i_dd q)
{
    const double excess = (mass.high - q.high) + (mass.low - q.low);
    const double u = excess / q.high;
    if (fabs(u) <= 0.25)
        return q.high * near_one(u);
    /* mass log(mass/q) - mass + q = mass log x + q (1 - x) for any x near mass/q, up to the square of its error. */
    const double x = mass.high / q.high;
    return info_i_dd_value(info_i_dd_add(
        info_i_dd_multiply(mass, (info_i_dd){log(x), 0}),
        info_i_dd_multiply(q, info_i_dd_add_double(info_i_dd_from(1), -x))));
}

static info_i_dd scaled(info_i_dd a, int exponent)
{
    return (info_i_dd){ldexp(a.high, exponent), ldexp(a.low, exponent)};
}

double info_i_divergence_term(info_i_dd mass, info_i_dd row, info_i_dd col)
{
    if (row.high == 0 || col.high == 0) /* and so is the mass */
        return 0;
    int row_exponent, col_exponent, mass_exponent;
    frexp(row.high, &row_exponent);
    frexp(col.high, &col_exponent);
    const info_i_dd q = info_i_dd_multiply(scaled(row, -row_exponent), scaled(col, -col_exponent));
    const int exponent = row_exponent + col_exponent;
    if (mass.high == 0)
        return ldexp(q.high, exponent);
    const double mantissa = frexp(mass.high, &mass_exponent);
    const int ratio = mass_exponent - exponent;
    if (ratio < -900) /* the logarithm's part is lost beside q */
        return ldexp(q.high, exponent);
    if (ratio > 900) { /* and so is q beside the logarithm's part */
        const double log_ratio = log(mantissa / q.high) + ratio * 0x1.62e42fefa39efp-1;
        return mass.high * (log_ratio - 1);
    }
    return ldexp(ordinary_term(scaled(mass, -exponent), q), exponent);
}

double info_i_surprise_term(info_i_dd mass, info_i_dd whole)
{
    if (mass.high == 0)
        return 0;
    const double rest = (whole.high - mass.high) + (whole.low - mass.low);
    if (rest <= 0.5 * mass.high)
        return rest <= 0 ? 0 : mass.high * log1p(rest / mass.high);
    int mass_exponent, whole_exponent;
    const double x = frexp(whole.high, &whole_exponent) / frexp(mass.high, &mass_exponent);
    return mass.high * (log(x) + (whole_exponent - mass_exponent) * 0x1.62e42fefa39efp-1);
}
