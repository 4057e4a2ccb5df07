/* SPDX-License-Identifier: MIT */
#include "lm/divergence.h"

#include <math.h>

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

/* The same where q is negligible beside p, d > 30: log(p / m) = -log(b + (1 - b) exp(-d)), for which no mixture is made, as it
 * would be 0 beside a p that is the smallest double. */
static double js_far(double p, double q, double d, double b)
{
    const double log_ratio = b < 0.5 ? -log(b + (1 - b) * exp(-d)) : -log1p((1 - b) * expm1(-d));
    return b * p * log_ratio + (q > 0 ? (1 - b) * q * (log_ratio - d) : 0);
}

double info_i_cell_js(const info_i_cell *c, double b)
{
    if (fabs(c->d) <= 30)
        return b * c->p * info_i_phi((1 - b) * expm1(-c->d)) + (1 - b) * c->q * info_i_phi(b * expm1(c->d));
    const double sum = c->d > 0 ? js_far(c->p, c->q, c->d, b) : js_far(c->q, c->p, -c->d, 1 - b);
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
