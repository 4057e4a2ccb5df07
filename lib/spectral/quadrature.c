/* SPDX-License-Identifier: MIT
 * The entropy of a spectrum as an integral of log-determinants. */
#include <math.h>

#include "kernels/band.h"
#include "spectral/quadrature.h"
#include "spectral/rounding.h"

#define PI 3.14159265358979323846

typedef struct nodes {
    info_i_band_log_dets log_dets;
    const info_i_band_matrix *a;
    info_i_rule rule;
    double value[INFO_I_NODES]; /* log det(I + A / t) at the nodes */
} nodes;

int64_t info_i_quadrature_size(int64_t width)
{
    return INFO_I_BAND_WORK(width) + 8;
}

static info_status evaluate(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    nodes *w = user;
    for (int64_t group = begin; group < end; group++) {
        double shift[INFO_I_BAND_SHIFTS];
        for (int64_t i = 0; i < INFO_I_BAND_SHIFTS; i++)
            shift[i] = w->rule.t[group * INFO_I_BAND_SHIFTS + i];
        w->log_dets(w->a->n, w->a->width, w->a->elements, shift, scratch, w->value + group * INFO_I_BAND_SHIFTS);
    }
    return INFO_OK;
}

/* First harmonic of the trapezoidal rule's error at the frequency w = 2 pi / h: the integrand's three
 * parts have Fourier transforms of at most 2 pi exp(-pi w) times 1/w, 1 and w. */
static double discretization(double w)
{
    return 4 * PI * (1 / w + 1 + w) * exp(-PI * w);
}

static double step_for(double accuracy)
{
    double w = 2;
    while (discretization(w) > accuracy)
        w += 0.25;
    return 2 * PI / w;
}

/* The integrand less its log-determinant, at t. */
static double regular(double t, double frobenius)
{
    return t / (1 + t) + (1 - frobenius / 2) * t / ((1 + t) * (1 + t));
}

bool info_i_rule_for(int64_t n, double accuracy, double floor, info_i_rule *rule)
{
    const double part = accuracy / 4, lowest = fmax(part / (double)n, floor);
    *rule = (info_i_rule){.first = log(lowest), .step = step_for(part), .highest = -0.5 * log(part)};
    rule->count = 1 + (int64_t)ceil((rule->highest - rule->first) / rule->step);
    for (int64_t k = 0; k < INFO_I_NODES && k < rule->count + INFO_I_BAND_SHIFTS; k++)
        rule->t[k] = exp(rule->first + (double)k * rule->step);
    return rule->count <= INFO_I_NODES;
}

/* Nodes below the first, t = t_0 q^k, where det(A + t I) has all but reached det(A + t_0 I): the sum of
 * t (log_det + n k h) - regular(t) by geometric series, the powers of t of the second part one by one. */
static double lower_tail(double lowest, double step, int64_t n, double log_det, double frobenius)
{
    const double q = exp(-step), ratio = q / (1 - q), c = 1 - frobenius / 2;
    double sum = lowest * (log_det * ratio + (double)n * step * ratio / (1 - q));
    double power = -lowest * q, reached = q;
    for (int m = 1; fabs(power) > 0x1p-60 * (1 + fabs(sum)); m++) {
        sum += power / (1 - reached) * (1 + m * c);
        power *= -lowest * q;
        reached *= q;
    }
    return sum;
}

info_status info_i_rule_apply(const info_i_rule *r, int64_t n, const double *value, int64_t stride, double frobenius,
                              double unit, double *entropy, double *error)
{
    /* Nodes whose shifted matrix is not positive definite lie below the rounding of its eigenvalues. */
    int64_t start = 0;
    while (start < r->count && isnan(value[start * stride]))
        start++;
    if (start + 1 >= r->count || (double)start * r->step > log(64))
        return INFO_ERROR_BACKEND;
    const double *t = r->t + start, first = r->first + (double)start * r->step;
    value += start * stride;
    double sum = lower_tail(t[0], r->step, n, value[0], frobenius);
    for (int64_t k = r->count - start - 1; k >= 0; k--)
        sum += t[k] * value[k * stride] - regular(t[k], frobenius);
    *entropy = r->step * sum - frobenius / 2;

    /* What the constant determinant below the first node adds: each eigenvalue p at most
     * t^2 / (p + t), and the sum of t / (p + t) is the slope of the log-determinant there. */
    const double slope = (double)n - (value[0] - value[stride]) / r->step;
    *error = discretization(2 * PI / r->step) + 0.5 * exp(-2 * r->highest) + t[0] * fmax(slope, 1);

    /* How far apart the logarithms are: their plain mean, from the lowest determinant, and weighted by p. */
    const double mean_log = first + value[0] / (double)n;
    *error += info_i_rounding_estimate(n, unit, frobenius, fabs(*entropy + mean_log));
    return INFO_OK;
}

info_status info_i_quadrature(const info_i_place *place, const info_i_band_matrix *a, double accuracy, double *memory,
                              double *entropy, double *error)
{
    nodes w;
    w.log_dets = place->kernels->band->log_dets;
    w.a = a;
    if (!info_i_rule_for(a->n, accuracy, a->floor, &w.rule))
        return INFO_ERROR_BACKEND;
    const int64_t groups = (w.rule.count + INFO_I_BAND_SHIFTS - 1) / INFO_I_BAND_SHIFTS;
    const info_status status =
        info_i_place_run(place, groups, 1, info_i_quadrature_size(a->width), evaluate, &w, memory);
    return status == INFO_OK ? info_i_rule_apply(&w.rule, a->n, w.value, 1, a->frobenius, a->unit, entropy, error)
                             : status;
}
