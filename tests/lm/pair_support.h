/* SPDX-License-Identifier: MIT
 * What is known of two models' rows, by the library and in long double. */
#ifndef TESTS_LM_PAIR_SUPPORT_H
#define TESTS_LM_PAIR_SUPPORT_H

#include <float.h>
#include <stdbool.h>

#include "lm_support.h"

typedef struct outputs {
    double kl, reverse, js, tv, acceptance, log_p, log_q, delta;
} outputs;

enum { OUTPUTS = 8, LIMIT = 600 };

/* Which of the outputs, as bits, in their order. */
static inline outputs compare_some(info_ctx *ctx, const info_matrix *p, const info_matrix *q, int64_t target,
                                   const info_lm_options *options, int wanted)
{
    outputs o = {0};
    const info_logit_comparison m = {.struct_size = sizeof m,
                                     .length = 1,
                                     .kl = wanted & 1 ? &o.kl : NULL,
                                     .kl_reverse = wanted & 2 ? &o.reverse : NULL,
                                     .js = wanted & 4 ? &o.js : NULL,
                                     .tv = wanted & 8 ? &o.tv : NULL,
                                     .acceptance = wanted & 16 ? &o.acceptance : NULL,
                                     .log_probability_p = wanted & 32 ? &o.log_p : NULL,
                                     .log_probability_q = wanted & 64 ? &o.log_q : NULL,
                                     .delta_p = wanted & 128 ? &o.delta : NULL};
    ck_assert_int_eq(info_logits_compare(ctx, p, q, &target, 1, options, &m), INFO_OK);
    return o;
}

static inline outputs compare(const info_matrix *p, const info_matrix *q, int64_t target,
                              const info_lm_options *options)
{
    return compare_some(NULL, p, q, target, options, 255);
}

/* t - log(1 + t) */
static inline long double phi(long double t)
{
    if (fabsl(t) > 0.1L)
        return t - log1pl(t);
    long double sum = 0;
    for (int n = 30; n >= 2; n--)
        sum = (n % 2 ? -1.0L : 1.0L) / n + sum * t;
    return sum * t * t;
}

/* exp(-d) - 1 + d */
static inline long double psi(long double d)
{
    if (fabsl(d) > 0.1L)
        return expm1l(-d) + d;
    long double sum = 1;
    for (int n = 20; n > 2; n--)
        sum = 1 - d / n * sum;
    return sum * d * d / 2;
}

static inline long double largest(const double *x, int n)
{
    double most = -INFINITY;
    for (int i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return (long double)most;
}

/* log of sum exp(x / T) less the largest, by ascending or descending order no matter. */
static inline long double log_sum(const double *x, int n, long double most, long double t)
{
    long double others = -1;
    for (int i = 0; i < n; i++)
        others += expl(((long double)x[i] - most) / t);
    return log1pl(others);
}

/* log(sum exp(y / T) / sum exp(x / T)) less (y[k] - x[k]) / T, the differences first. */
static inline long double shift_at(const double *x, const double *y, int n, int k, long double most, long double sum,
                                   long double t)
{
    long double more = 0;
    for (int i = 0; i < n; i++) {
        const long double v = ((long double)y[i] - (long double)x[i] - ((long double)y[k] - (long double)x[k])) / t;
        const long double weight = expl(((long double)x[i] - most) / t);
        if (x[i] == -INFINITY || v > 1)
            more += expl(((long double)y[i] - (long double)y[k] + (long double)x[k] - most) / t) - weight;
        else
            more += y[i] == -INFINITY ? -weight : weight * expm1l(v);
    }
    return log1pl(more / expl(sum));
}

static inline int index_of(const double *x, int n, long double most)
{
    int k = 0;
    while (k < n - 1 && (long double)x[k] != most)
        k++;
    return k;
}

static inline outputs expected(const double *x, const double *y, int n, int target, double temperature)
{
    const long double t = temperature > 0 ? (long double)temperature : 1, p_most = largest(x, n),
                      q_most = largest(y, n);
    const long double p_sum = log_sum(x, n, p_most, t), q_sum = log_sum(y, n, q_most, t);
    const int k = index_of(x, n, p_most);
    const bool near = y[k] > -INFINITY && fabsl((long double)y[k] - q_most) < 5 * t;
    const long double shift = near ? shift_at(x, y, n, k, p_most, p_sum, t) : 0;
    long double kl = 0, reverse = 0, js = 0, tv = 0, common = 0;
    outputs o = {0};
    for (int i = 0; i < n; i++) {
        const long double log_p = ((long double)x[i] - p_most) / t - p_sum,
                          log_q = ((long double)y[i] - q_most) / t - q_sum;
        const long double p = expl(log_p), q = expl(log_q);
        long double d = log_p - log_q;
        if (near && isfinite(x[i]) && isfinite(y[i]))
            d = ((long double)x[i] - (long double)y[i] - ((long double)x[k] - (long double)y[k])) / t + shift;
        const long double difference = fabsl(d) < 1 ? p * expm1l(-d) : q - p;
        if (i == target)
            o = (outputs){.log_p = (double)log_p, .log_q = (double)log_q, .delta = (double)difference};
        if (x[i] == -INFINITY && y[i] == -INFINITY)
            continue;
        kl += y[i] == -INFINITY ? INFINITY : p > 0 ? p * psi(d) : q;
        reverse += x[i] == -INFINITY ? INFINITY : q > 0 ? q * psi(-d) : p;
        if (fabsl(d) < 40)
            js += (p * phi(expm1l(-d) / 2) + q * phi(expm1l(d) / 2)) / 2;
        else
            js += ((p > 0 ? p * (log_p - logl((p + q) / 2)) : 0) + (q > 0 ? q * (log_q - logl((p + q) / 2)) : 0)) / 2;
        tv += fabsl(difference) / 2;
        common += p < q ? p : q;
    }
    o.kl = (double)kl;
    o.reverse = (double)reverse;
    o.js = (double)js;
    o.tv = (double)tv;
    o.acceptance = (double)common;
    return o;
}

static inline double off(double value, double right)
{
    return value == right ? 0 : fabs(value - right) / fabs(right);
}

/* docs/NUMERICS.md: relative, where the weight is within so many nats of the largest logit. */
static inline double bound_at(double nats)
{
    return 1e-5 + 6e-7 * nats;
}

/* The largest relative error of the divergences. */
static inline double worst(const outputs *o, const outputs *right)
{
    const double e[] = {off(o->kl, right->kl), off(o->reverse, right->reverse), off(o->js, right->js),
                        off(o->tv, right->tv)};
    double most = 0;
    for (int i = 0; i < 4; i++)
        most = e[i] > most || isnan(e[i]) ? e[i] : most;
    return most;
}

typedef struct rows {
    float x[LIMIT], y[LIMIT];
    double a[LIMIT], b[LIMIT];
    int n;
} rows;

static inline double error_of(rows *r, double temperature, outputs *o, outputs *right)
{
    for (int i = 0; i < r->n; i++) {
        r->a[i] = (double)r->x[i];
        r->b[i] = (double)r->y[i];
    }
    const info_lm_options options = {.struct_size = sizeof options, .temperature = temperature};
    const info_matrix p = matrix_of(r->x, 1, r->n, INFO_F32), q = matrix_of(r->y, 1, r->n, INFO_F32);
    *o = compare(&p, &q, r->n - 1, &options);
    *right = expected(r->a, r->b, r->n, r->n - 1, temperature);
    return worst(o, right);
}

#endif
