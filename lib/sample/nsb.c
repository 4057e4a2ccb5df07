/* SPDX-License-Identifier: MIT
 * Nemenman, Shafee and Bialek's estimator: Dirichlet priors with pseudo-count b, weighted so that the entropy
 * expected before any sample, xi(b) = psi(K b + 1) - psi(b + 1), is uniform:
 *
 *     E H = int d xi  rho(n | b) E(H | n, b)  /  int d xi  rho(n | b),
 *     rho(n | b) = Gamma(K b) / Gamma(N + K b)  prod_i Gamma(n_i + b) / Gamma(b).
 *
 * Over u = log b the integrand is analytic and falls exponentially on both sides, so that the trapezoidal rule
 * converges geometrically; steps are halved until the mean stands still. */
#include "numeric/gamma.h"
#include "sample/estimators.h"

#define LOWEST (-60.0) /* u: pseudo-counts from 1e-26 */
#define HIGHEST 60.0
#define FALL 45.0 /* below the largest by exp(-45), nothing counts */

/* log of rho d xi / d u */
static double log_weight(const info_i_profile *profile, double alphabet, double u)
{
    const double b = exp(u);
    info_i_dd sum = info_i_dd_from(-info_i_log_rising(alphabet * b, (double)profile->samples));
    for (int64_t i = 0; i < profile->size; i++)
        sum = info_i_dd_add_double(sum, (double)profile->symbols[i] * info_i_log_rising(b, (double)profile->count[i]));
    /* K trigamma(K b + 1) - trigamma(b + 1), which for large b are nearly the same: by their series. */
    double slope;
    if (b < 200)
        slope = alphabet * info_i_trigamma(alphabet * b + 1) - info_i_trigamma(b + 1);
    else {
        const double r = 1 / b, k = 1 / alphabet;
        slope = r * r * ((1 - k) / 2 - r * ((1 - k * k) / 6 - r * r * (1 - k * k * k * k) / 30));
    }
    return info_i_dd_value(sum) + log(slope) + u;
}

typedef struct moments {
    double top; /* log of the largest weight */
    double weight, mean, square;
} moments;

static void add_point(const info_i_profile *profile, double alphabet, double u, moments *m)
{
    const double level = log_weight(profile, alphabet, u) - m->top;
    if (!(level > -FALL))
        return;
    double mean, variance;
    info_i_posterior(profile, alphabet, exp(u), &mean, &variance);
    const double w = exp(level);
    m->weight += w;
    m->mean += w * mean;
    m->square += w * (variance + mean * mean);
}

/* Where the weight is largest: on a grid, then by golden section. */
static double highest_point(const info_i_profile *profile, double alphabet)
{
    double best = LOWEST, value = -INFINITY;
    for (double u = LOWEST; u <= HIGHEST; u += 0.5) {
        const double w = log_weight(profile, alphabet, u);
        if (w > value) {
            value = w;
            best = u;
        }
    }
    const double ratio = 0.6180339887498949;
    double low = best - 0.5, high = best + 0.5;
    for (int i = 0; i < 40; i++) {
        const double a = high - ratio * (high - low), b = low + ratio * (high - low);
        if (log_weight(profile, alphabet, a) >= log_weight(profile, alphabet, b))
            high = b;
        else
            low = a;
    }
    return (low + high) / 2;
}

/* How far in one direction the weight has fallen by FALL. */
static double reach(const info_i_profile *profile, double alphabet, double from, double top, double direction)
{
    double step = 1e-3;
    while (step < HIGHEST - LOWEST && log_weight(profile, alphabet, from + direction * step) > top - FALL)
        step *= 1.5;
    return step;
}

void info_i_nsb(const info_i_profile *profile, double alphabet, double *mean, double *variance)
{
    if (alphabet <= 1) {
        *mean = *variance = 0;
        return;
    }
    const double peak = highest_point(profile, alphabet);
    moments m = {.top = log_weight(profile, alphabet, peak)};
    const double low = peak - reach(profile, alphabet, peak, m.top, -1);
    const double high = peak + reach(profile, alphabet, peak, m.top, 1);
    int points = 32;
    double before = -1;
    for (int k = 0; k <= points; k++)
        add_point(profile, alphabet, low + (high - low) * k / points, &m);
    while (points < 1 << 14 && !(fabs(m.mean / m.weight - before) <= 1e-13 * (m.mean / m.weight))) {
        before = m.mean / m.weight;
        for (int k = 0; k < points; k++)
            add_point(profile, alphabet, low + (high - low) * (k + 0.5) / points, &m);
        points *= 2;
    }
    *mean = m.mean / m.weight;
    const double difference = m.square / m.weight - *mean * *mean;
    *variance = difference > 0 ? difference : 0;
}
