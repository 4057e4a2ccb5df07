/* SPDX-License-Identifier: MIT
 * The terms that the measures of a joint table are sums of. */
#include "numeric/term.h"

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

static const double log_2 = 0x1.62e42fefa39efp-1;

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
    return log(mantissa / q) + (mass_exponent - q_exponent) * log_2;
}

double info_i_divergence_term(info_i_dd mass, info_i_dd row, info_i_dd col)
{
    if (row.high == 0 || col.high == 0) /* and so is the mass */
        return 0;
    const product q = multiply(row, col);
    if (mass.high == 0)
        return ldexp(q.value.high, q.exponent);
    const int apart = ilogb(mass.high) - q.exponent;
    if (apart < -900) /* the logarithm's part is lost beside q */
        return ldexp(q.value.high, q.exponent);
    if (apart > 900) /* and so is q beside the logarithm's part */
        return mass.high * (log_quotient(mass.high, q.value.high, q.exponent) - 1);
    return ldexp(ordinary_term(scaled(mass, -q.exponent), q.value), q.exponent);
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
