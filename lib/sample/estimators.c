/* SPDX-License-Identifier: MIT
 * Estimators of entropy. Each is its formula (info/sample.h), summed over the different counts n
 * that occur, each for `symbols` symbols. */
#include "sample/estimators.h"

#include "numeric/gamma.h"

/* sum over symbols of term(n), in double-double. */
#define SUM_OF(profile, n, term)                                                                                       \
    info_i_dd sum = {0, 0};                                                                                            \
    for (int64_t i = 0; i < (profile)->size; i++) {                                                                    \
        const double n = (double)(profile)->count[i];                                                                  \
        sum = info_i_dd_add(sum, info_i_two_product((double)(profile)->symbols[i], term));                             \
    }

/* log N - sum n log n / N; a count above 2^53 is rounded to a double as a factor only. */
info_i_dd info_i_plug_in(const info_i_profile *profile)
{
    const info_i_dd whole = info_i_log_whole(profile->samples);
    if (profile->distinct == 1)
        return info_i_dd_from(0);
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < profile->size; i++) {
        const info_i_dd log_n = info_i_log_whole(profile->count[i]);
        info_i_dd term = info_i_dd_multiply_double(log_n, (double)profile->count[i]);
        term = info_i_dd_multiply_double(term, (double)profile->symbols[i]);
        sum = info_i_dd_add(sum, term);
    }
    return info_i_dd_add(whole, info_i_dd_negate(info_i_dd_divide(sum, info_i_dd_from((double)profile->samples))));
}

double info_i_coverage(const info_i_profile *profile)
{
    return 1 - (double)info_i_profile_at(profile, 1) / (double)profile->samples;
}

static info_i_dd miller_madow(const info_i_profile *profile)
{
    const info_i_dd correction =
        info_i_dd_divide(info_i_dd_from((double)profile->distinct - 1), info_i_dd_from(2 * (double)profile->samples));
    return info_i_dd_add(info_i_plug_in(profile), correction);
}

static double alternating(int64_t n)
{
    return n % 2 == 0 ? 1 : -1;
}

static double grassberger_1988(const info_i_profile *profile)
{
    const double samples = (double)profile->samples, log_samples = log(samples);
    SUM_OF(profile, n, n / samples * (log_samples - info_i_digamma(n) - alternating(profile->count[i]) / (n + 1)))
    return info_i_dd_value(sum);
}

static double grassberger_2003(const info_i_profile *profile)
{
    const double samples = (double)profile->samples, log_samples = log(samples);
    SUM_OF(profile, n,
           n / samples *
               (log_samples - info_i_digamma(n) -
                alternating(profile->count[i]) / 2 * (info_i_digamma((n + 1) / 2) - info_i_digamma(n / 2))))
    return info_i_dd_value(sum);
}

static double chao_shen(const info_i_profile *profile)
{
    const double samples = (double)profile->samples;
    double singletons = (double)info_i_profile_at(profile, 1);
    if (singletons == samples)
        singletons = samples - 1;
    const double coverage = 1 - singletons / samples;
    if (coverage == 0 || profile->distinct == 1)
        return 0;
    /* 1 - (1 - p)^N, where p is not 1: only one symbol has all the coverage then. */
    SUM_OF(profile, n,
           -(coverage * n / samples) * log(coverage * n / samples) / -expm1(samples * log1p(-(coverage * n / samples))))
    return info_i_dd_value(sum);
}

static double shrunk(double target, double weight, double share)
{
    const double p = weight * target + (1 - weight) * share;
    return p > 0 ? -p * log(p) : 0;
}

static double james_stein(const info_i_profile *profile, double alphabet)
{
    const double samples = (double)profile->samples, target = 1 / alphabet;
    const double unseen = alphabet - (double)profile->distinct;
    double squares = 0, distance = unseen * target * target;
    for (int64_t i = 0; i < profile->size; i++) {
        const double share = (double)profile->count[i] / samples, symbols = (double)profile->symbols[i];
        squares += symbols * share * share;
        distance += symbols * (target - share) * (target - share);
    }
    double weight = 1;
    if (samples > 1 && distance > 0)
        weight = (1 - squares) / ((samples - 1) * distance);
    weight = weight > 1 ? 1 : (weight < 0 ? 0 : weight);
    SUM_OF(profile, n, shrunk(target, weight, n / samples))
    return info_i_dd_value(sum) + (unseen > 0 ? unseen * shrunk(target, weight, 0) : 0);
}

double info_i_pseudo_count(const info_i_profile *profile, const info_i_estimation *how)
{
    switch (how->prior) {
    case INFO_PRIOR_LAPLACE:
        return 1;
    case INFO_PRIOR_PERKS:
        return 1 / how->alphabet;
    case INFO_PRIOR_MINIMAX:
        return sqrt((double)profile->samples) / how->alphabet;
    case INFO_PRIOR_AMOUNT:
        return how->pseudo_count;
    default:
        return 0.5;
    }
}

static double dirichlet(const info_i_profile *profile, double alphabet, double a)
{
    const double whole = (double)profile->samples + alphabet * a, unseen = alphabet - (double)profile->distinct;
    SUM_OF(profile, n, -(n + a) / whole * log((n + a) / whole))
    return info_i_dd_value(sum) - (unseen > 0 ? unseen * a / whole * log(a / whole) : 0);
}

void info_i_posterior(const info_i_profile *profile, double alphabet, double a, double *mean, double *variance)
{
    const double whole = (double)profile->samples + alphabet * a, psi = info_i_digamma(whole + 2);
    const double shared = info_i_trigamma(whole + 2);
    info_i_dd first = {0, 0}, linear = {0, 0}, square = {0, 0}, own = {0, 0};
    for (int64_t i = -1; i < profile->size; i++) {
        const double symbols = i < 0 ? alphabet - (double)profile->distinct : (double)profile->symbols[i];
        const double alpha = (i < 0 ? 0 : (double)profile->count[i]) + a;
        if (symbols <= 0)
            continue;
        const double below = info_i_digamma(alpha + 1), d = below - psi, e = below + 1 / (alpha + 1) - psi;
        first = info_i_dd_add_double(first, symbols * alpha / whole * below);
        linear = info_i_dd_add_double(linear, symbols * alpha * d);
        square = info_i_dd_add_double(square, symbols * alpha * alpha * (d * d - shared));
        own = info_i_dd_add_double(own, symbols * alpha * (alpha + 1) * (e * e + info_i_trigamma(alpha + 2) - shared));
    }
    *mean = info_i_digamma(whole + 1) - info_i_dd_value(first);
    /* E H^2 = sum over pairs i != j of a_i a_j (d_i d_j - shared) + the own terms, over A (A + 1). */
    const double pairs =
        info_i_dd_value(linear) * info_i_dd_value(linear) - whole * whole * shared - info_i_dd_value(square);
    const double second = (pairs + info_i_dd_value(own)) / (whole * (whole + 1));
    const double difference = second - *mean * *mean;
    *variance = difference > 0 ? difference : 0;
}

static double posterior_mean(const info_i_profile *profile, const info_i_estimation *how)
{
    double mean, variance;
    info_i_posterior(profile, how->alphabet, info_i_pseudo_count(profile, how), &mean, &variance);
    return mean;
}

static double nsb(const info_i_profile *profile, double alphabet)
{
    double mean, variance;
    info_i_nsb(profile, alphabet, &mean, &variance);
    return mean;
}

/* n log n in double-double. */
static info_i_dd n_log_n(int64_t n)
{
    return n > 1 ? info_i_dd_multiply_double(info_i_log_whole(n), (double)n) : info_i_dd_from(0);
}

/* N H = N log N - S, S = sum n log n. Without a sample of a symbol that has n:
 * (N-1) H' = (N-1) log(N-1) - S + n log n - (n-1) log(n-1); so
 * N H - (N-1) mean H' = N log N - (N-1) log(N-1) - sum n/N (n log n - (n-1) log(n-1)). */
static info_i_dd jackknife(const info_i_profile *profile)
{
    const int64_t samples = profile->samples;
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < profile->size; i++) {
        const int64_t n = profile->count[i];
        const info_i_dd gain = info_i_dd_add(n_log_n(n), info_i_dd_negate(n_log_n(n - 1)));
        const info_i_dd term = info_i_dd_multiply_double(gain, (double)n);
        sum = info_i_dd_add(sum, info_i_dd_multiply_double(term, (double)profile->symbols[i]));
    }
    const info_i_dd whole = info_i_dd_add(n_log_n(samples), info_i_dd_negate(n_log_n(samples - 1)));
    return info_i_dd_add(whole, info_i_dd_negate(info_i_dd_divide(sum, info_i_dd_from((double)samples))));
}

static double zhang(const info_i_profile *profile)
{
    const double samples = (double)profile->samples, psi = info_i_digamma(samples);
    SUM_OF(profile, n, n / samples * (psi - info_i_digamma(n)))
    return info_i_dd_value(sum);
}

static double bonachela(const info_i_profile *profile, double alphabet)
{
    const double samples = (double)profile->samples, psi = info_i_digamma(samples + 3);
    const double unseen = alphabet - (double)profile->distinct;
    SUM_OF(profile, n, (n + 1) / (samples + 2) * (psi - info_i_digamma(n + 2)))
    return info_i_dd_value(sum) + (unseen > 0 ? unseen / (samples + 2) * (psi - info_i_digamma(2)) : 0);
}

/* (-log A - sum_{r < N} (1 - A)^r / r) / (1 - A)^(N-1) = sum_{j >= 1} exp(-t j) / (N - 1 + j), t = -log(1 - A): a few hundred
 * terms, and from there on Euler and Maclaurin's formula, whose integral is an exponential integral. */
static double series_rest(double samples, double a)
{
    if (a >= 1)
        return 0;
    enum { DIRECT = 256 };
    const double t = -log1p(-a), before = samples - 1;
    double sum = 0;
    for (int j = 1; j < DIRECT; j++)
        sum += exp(-t * j) / (before + j);
    const double s = 1 / (before + DIRECT), f = exp(-t * DIRECT) * s;
    const double integral = exp(-t * DIRECT) * info_i_scaled_exponential_integral(t / s);
    return sum + (integral + f / 2 + f * (t + s) / 12 -
                  f * (t * t * t + 3 * t * t * s + 6 * t * s * s + 6 * s * s * s) / 720);
}

static double chao_wang_jost(const info_i_profile *profile)
{
    const double samples = (double)profile->samples;
    const double f1 = (double)info_i_profile_at(profile, 1), f2 = (double)info_i_profile_at(profile, 2);
    double a = 1;
    if (f2 > 0)
        a = 2 * f2 / ((samples - 1) * f1 + 2 * f2);
    else if (f1 > 0)
        a = 2 / ((samples - 1) * (f1 - 1) + 2);
    return zhang(profile) + f1 / samples * series_rest(samples, a);
}

info_i_dd info_i_estimate(const info_i_profile *profile, const info_i_estimation *how)
{
    switch (how->estimator) {
    case INFO_ESTIMATOR_MILLER_MADOW:
        return miller_madow(profile);
    case INFO_ESTIMATOR_GRASSBERGER_1988:
        return info_i_dd_from(grassberger_1988(profile));
    case INFO_ESTIMATOR_GRASSBERGER_2003:
        return info_i_dd_from(grassberger_2003(profile));
    case INFO_ESTIMATOR_CHAO_SHEN:
        return info_i_dd_from(chao_shen(profile));
    case INFO_ESTIMATOR_JAMES_STEIN:
        return info_i_dd_from(james_stein(profile, how->alphabet));
    case INFO_ESTIMATOR_DIRICHLET:
        return info_i_dd_from(dirichlet(profile, how->alphabet, info_i_pseudo_count(profile, how)));
    case INFO_ESTIMATOR_POSTERIOR_MEAN:
        return info_i_dd_from(posterior_mean(profile, how));
    case INFO_ESTIMATOR_NSB:
        return info_i_dd_from(nsb(profile, how->alphabet));
    case INFO_ESTIMATOR_JACKKNIFE:
        return jackknife(profile);
    case INFO_ESTIMATOR_ZHANG:
        return info_i_dd_from(zhang(profile));
    case INFO_ESTIMATOR_BONACHELA:
        return info_i_dd_from(bonachela(profile, how->alphabet));
    case INFO_ESTIMATOR_CHAO_WANG_JOST:
        return info_i_dd_from(chao_wang_jost(profile));
    default:
        return info_i_plug_in(profile);
    }
}
