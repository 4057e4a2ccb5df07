/* SPDX-License-Identifier: MIT */
#include "lm/divergence.h"

#include <math.h>

/* d^2 (1/2! - d/3! + d^2/4! - ...) near 0, where the closed form cancels. */
double info_i_psi(double d)
{
    if (fabs(d) > 0.5)
        return expm1(-d) + d;
    double series = 1;
    for (int n = 16; n > 2; n--)
        series = 1 - d / n * series;
    return 0.5 * d * d * series;
}

/* With z = t / (2 + t), log(1 + t) = 2 atanh z, and t - 2 z = t^2 / (2 + t). */
double info_i_phi(double t)
{
    if (!(fabs(t) < 0.5))
        return t - log1p(t);
    const double z = t / (2 + t), square = z * z;
    double series = 0;
    for (int n = 35; n >= 3; n -= 2)
        series = series * square + 1.0 / n;
    return t * t / (2 + t) - 2 * z * square * series;
}

static double kl_term(double p, double q, double d)
{
    if (p == 0)
        return q;
    /* Where q is the larger, exp(-d) might overflow; q - p does not. */
    return d < -1 ? q - p + p * d : p * info_i_psi(d);
}

double info_i_cell_kl(const info_i_cell *c)
{
    return kl_term(c->p, c->q, c->d);
}

double info_i_cell_kl_reverse(const info_i_cell *c)
{
    return kl_term(c->q, c->p, -c->d);
}

static double entropy_term(double p, double log_p, double log_m)
{
    return p > 0 ? p * (log_p - log_m) : 0;
}

double info_i_cell_js(const info_i_cell *c, double b)
{
    if (fabs(c->d) <= 30)
        return b * c->p * info_i_phi((1 - b) * expm1(-c->d)) + (1 - b) * c->q * info_i_phi(b * expm1(c->d));
    /* One side is negligible: the mixture is the other, and nothing cancels. */
    const double log_m = log(b * c->p + (1 - b) * c->q);
    const double sum = b * entropy_term(c->p, c->log_p, log_m) + (1 - b) * entropy_term(c->q, c->log_q, log_m);
    return sum > 0 ? sum : 0;
}

/* Accurate where p and q are nearly equal. */
double info_i_cell_log_to_mixture(const info_i_cell *c, double b)
{
    return fabs(c->d) <= 30 ? -log1p(b * expm1(c->d)) : c->log_q - log(b * c->p + (1 - b) * c->q);
}

double info_i_cell_difference(const info_i_cell *c)
{
    return fabs(c->d) < 1 ? c->p * expm1(-c->d) : c->q - c->p;
}
