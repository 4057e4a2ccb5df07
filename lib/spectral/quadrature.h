/* SPDX-License-Identifier: MIT
 *
 * quadrature.h: the entropy of a spectrum as an integral of log-determinants, without
 * an eigenvalue. For eigenvalues p_i of A with sum 1 and t = e^u,
 *
 *     H = -1 + integral of  t log det(I + A / t) - t / (1 + t)  du  over the real line
 *
 * (the integral of log(1 + p / t) dt up to T is (T + p) log(T + p) - T log T - p log p,
 * the other term takes away what grows with T). At large t the integrand falls as
 * (1 - F/2) / t, F = sum p_i^2 = |A|_F^2; taking (1 - F/2) t / (1 + t)^2, whose integral
 * is 1 - F/2, from it makes that 1 / t^2:
 *
 *     H = -F/2 + integral of  t log det(I + A / t) - t/(1+t) - (1 - F/2) t/(1+t)^2  du.
 *
 * The integrand is analytic for |Im u| < pi, so the trapezoidal rule with step h errs by
 * about exp(-2 pi^2 / h): each further digit costs a constant number of nodes.
 */
#ifndef INFO_I_QUADRATURE_H
#define INFO_I_QUADRATURE_H

#include "spectral/states.h"

typedef struct info_i_band_matrix {
    const double *elements; /* element (i + k, i) at [i * (width + 1) + k] */
    int64_t n, width;
    double frobenius; /* sum p_i^2, from before the reduction */
    double unit;      /* roundoff of its decomposition */
    double floor;     /* shifts below this would meet rounding: of the order of its eigenvalues' error */
} info_i_band_matrix;

/* Nodes that info_i_quadrature needs at most. */
#define INFO_I_NODES 192

/* Nodes u = first + k step, t = e^u, k < count; behind them more of t, for shifts that are taken together. */
typedef struct info_i_rule {
    double first, step, highest;
    int64_t count;
    double t[INFO_I_NODES];
} info_i_rule;

/* The rule for an entropy of n eigenvalues within accuracy, with no shift below floor; false if it takes
 * more than INFO_I_NODES. */
bool info_i_rule_for(int64_t n, double accuracy, double floor, info_i_rule *rule);

/* Puts together log det(I + A / t) at the nodes (value[k * stride]; NaN where the shifted matrix is not
 * positive definite). The error holds the rule's and an estimate of the rounding of a decomposition with
 * unit roundoff unit. INFO_ERROR_BACKEND if more than the lowest few nodes have no value. */
info_status info_i_rule_apply(const info_i_rule *rule, int64_t n, const double *value, int64_t stride, double frobenius,
                              double unit, double *entropy, double *error);

/* Doubles of memory: the work of a few log-determinants. With a context its workers have their own. */
int64_t info_i_quadrature_size(int64_t width);

/* The entropy within about accuracy, and a bound on its error.
 * INFO_ERROR_BACKEND if A has an eigenvalue below -floor. */
info_status info_i_quadrature(const info_i_place *place, const info_i_band_matrix *a, double accuracy, double *memory,
                              double *entropy, double *error);

#endif
