/* SPDX-License-Identifier: MIT
 * Estimators of entropy from counts beside their definitions in ball arithmetic (Arb, 200 bits): sums over
 * symbols one by one, harmonic sums term by term, the jackknife by leaving samples out, and
 * Zhang's estimator by the products that define it. */
#include <arb.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "info/info.h"

#define BITS 200
#define MOST 64

typedef struct sample {
    int64_t counts[MOST];
    int64_t symbols; /* K; the rest of counts are 0 */
    int64_t total;
} sample;

typedef void (*definition)(arb_t out, const sample *s);

static void share(arb_t out, int64_t n, int64_t total)
{
    arb_set_si(out, n);
    arb_div_si(out, out, total, BITS);
}

/* out -= p log p */
static void add_surprise(arb_t out, const arb_t p)
{
    arb_t term;
    if (arb_is_zero(p))
        return;
    arb_init(term);
    arb_log(term, p, BITS);
    arb_submul(out, term, p, BITS);
    arb_clear(term);
}

static void plug_in_of(arb_t out, const int64_t *counts, int64_t symbols, int64_t total)
{
    arb_t p;
    arb_init(p);
    arb_zero(out);
    for (int64_t i = 0; i < symbols; i++) {
        share(p, counts[i], total);
        add_surprise(out, p);
    }
    arb_clear(p);
}

static void plug_in(arb_t out, const sample *s)
{
    plug_in_of(out, s->counts, s->symbols, s->total);
}

static int64_t occurred(const sample *s, int64_t times)
{
    int64_t symbols = 0;
    for (int64_t i = 0; i < s->symbols; i++)
        symbols += times == 0 ? s->counts[i] > 0 : s->counts[i] == times;
    return symbols;
}

static void miller_madow(arb_t out, const sample *s)
{
    arb_t correction;
    arb_init(correction);
    plug_in(out, s);
    share(correction, occurred(s, 0) - 1, 2 * s->total);
    arb_add(out, out, correction, BITS);
    arb_clear(correction);
}

static void psi(arb_t out, int64_t n)
{
    arb_set_si(out, n);
    arb_digamma(out, out, BITS);
}

static void grassberger_1988(arb_t out, const sample *s)
{
    arb_t term, part;
    arb_init(term);
    arb_init(part);
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        const int64_t n = s->counts[i];
        if (n == 0)
            continue;
        arb_log_ui(term, (ulong)s->total, BITS);
        psi(part, n);
        arb_sub(term, term, part, BITS);
        share(part, n % 2 ? 1 : -1, n + 1);
        arb_add(term, term, part, BITS);
        share(part, n, s->total);
        arb_addmul(out, term, part, BITS);
    }
    arb_clear(term);
    arb_clear(part);
}

/* G(1) = -gamma - log 2, G(2) = 2 - gamma - log 2, G(2n+1) = G(2n), G(2n+2) = G(2n) + 2/(2n+1): Grassberger 2003, eqs. 31 to 33. */
static void grassberger_2003(arb_t out, const sample *s)
{
    arb_t g, part;
    arb_init(g);
    arb_init(part);
    arb_log_ui(out, (ulong)s->total, BITS);
    for (int64_t i = 0; i < s->symbols; i++) {
        const int64_t n = s->counts[i];
        if (n == 0)
            continue;
        arb_const_euler(g, BITS);
        arb_const_log2(part, BITS);
        arb_add(g, g, part, BITS);
        arb_neg(g, g);
        for (int64_t even = 2; even <= n; even += 2) {
            share(part, 2, even - 1);
            arb_add(g, g, part, BITS);
        }
        share(part, n, s->total);
        arb_submul(out, g, part, BITS);
    }
    arb_clear(g);
    arb_clear(part);
}

static void chao_shen(arb_t out, const sample *s)
{
    arb_t coverage, p, seen, term;
    int64_t singletons = occurred(s, 1);
    if (singletons == s->total)
        singletons = s->total - 1;
    arb_init(coverage);
    arb_init(p);
    arb_init(seen);
    arb_init(term);
    share(coverage, s->total - singletons, s->total);
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        if (s->counts[i] == 0)
            continue;
        share(p, s->counts[i], s->total);
        arb_mul(p, p, coverage, BITS);
        arb_sub_si(seen, p, 1, BITS);
        arb_neg(seen, seen);
        arb_pow_ui(seen, seen, (ulong)s->total, BITS);
        arb_sub_si(seen, seen, 1, BITS);
        arb_neg(seen, seen);
        arb_zero(term);
        add_surprise(term, p);
        arb_div(term, term, seen, BITS);
        arb_add(out, out, term, BITS);
    }
    arb_clear(coverage);
    arb_clear(p);
    arb_clear(seen);
    arb_clear(term);
}

static void james_stein(arb_t out, const sample *s)
{
    arb_t target, squares, distance, p, d;
    arb_init(target);
    arb_init(squares);
    arb_init(distance);
    arb_init(p);
    arb_init(d);
    share(target, 1, s->symbols);
    for (int64_t i = 0; i < s->symbols; i++) {
        share(p, s->counts[i], s->total);
        arb_addmul(squares, p, p, BITS);
        arb_sub(d, target, p, BITS);
        arb_addmul(distance, d, d, BITS);
    }
    /* lambda, in d */
    arb_one(d);
    if (s->total > 1 && !arb_contains_zero(distance)) {
        arb_sub(d, d, squares, BITS);
        arb_div(d, d, distance, BITS);
        arb_div_si(d, d, s->total - 1, BITS);
        arb_sub_si(p, d, 1, BITS);
        if (arb_is_positive(p))
            arb_one(d);
    }
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        share(p, s->counts[i], s->total);
        arb_sub(squares, target, p, BITS);
        arb_addmul(p, squares, d, BITS);
        add_surprise(out, p);
    }
    arb_clear(target);
    arb_clear(squares);
    arb_clear(distance);
    arb_clear(p);
    arb_clear(d);
}

/* Jeffreys: (2 n + 1) / (2 N + K) */
static void dirichlet(arb_t out, const sample *s)
{
    arb_t p;
    arb_init(p);
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        share(p, 2 * s->counts[i] + 1, 2 * s->total + s->symbols);
        add_surprise(out, p);
    }
    arb_clear(p);
}

/* psi(A + 1) - sum (a_i / A) psi(a_i + 1), a_i = n_i + b */
static void posterior_of(arb_t out, const sample *s, const arb_t b)
{
    arb_t whole, a, term;
    arb_init(whole);
    arb_init(a);
    arb_init(term);
    arb_mul_si(whole, b, s->symbols, BITS);
    arb_add_si(whole, whole, s->total, BITS);
    arb_add_si(term, whole, 1, BITS);
    arb_digamma(out, term, BITS);
    for (int64_t i = 0; i < s->symbols; i++) {
        arb_add_si(a, b, s->counts[i], BITS);
        arb_add_si(term, a, 1, BITS);
        arb_digamma(term, term, BITS);
        arb_mul(term, term, a, BITS);
        arb_div(term, term, whole, BITS);
        arb_sub(out, out, term, BITS);
    }
    arb_clear(whole);
    arb_clear(a);
    arb_clear(term);
}

static void posterior_mean(arb_t out, const sample *s)
{
    arb_t b;
    arb_init(b);
    arb_set_d(b, 0.5);
    posterior_of(out, s, b);
    arb_clear(b);
}

static void jackknife(arb_t out, const sample *s)
{
    arb_t h, mean, p;
    sample without = *s;
    arb_init(h);
    arb_init(mean);
    arb_init(p);
    for (int64_t i = 0; i < s->symbols; i++) {
        if (s->counts[i] == 0)
            continue;
        without.counts[i]--;
        plug_in_of(h, without.counts, s->symbols, s->total - 1);
        without.counts[i]++;
        share(p, s->counts[i], s->total);
        arb_addmul(mean, h, p, BITS);
    }
    plug_in(out, s);
    arb_mul_si(out, out, s->total, BITS);
    arb_mul_si(mean, mean, s->total - 1, BITS);
    arb_sub(out, out, mean, BITS);
    arb_clear(h);
    arb_clear(mean);
    arb_clear(p);
}

/* sum_v 1/v N^(v+1) (N - v - 1)! / N! sum_i p prod_{j<v} (1 - p - j/N): Zhang 2012, eqs. 4 and 5 */
static void zhang(arb_t out, const sample *s)
{
    arb_t product, factor;
    arb_init(product);
    arb_init(factor);
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        const int64_t n = s->counts[i];
        share(product, n, s->total);
        for (int64_t v = 1; n > 0 && v <= s->total - n; v++) {
            share(factor, s->total - n - (v - 1), s->total - v);
            arb_mul(product, product, factor, BITS);
            arb_div_si(factor, product, v, BITS);
            arb_add(out, out, factor, BITS);
        }
    }
    arb_clear(product);
    arb_clear(factor);
}

static void bonachela(arb_t out, const sample *s)
{
    arb_t sum, part;
    arb_init(sum);
    arb_init(part);
    arb_zero(out);
    for (int64_t i = 0; i < s->symbols; i++) {
        arb_zero(sum);
        for (int64_t j = s->counts[i] + 2; j <= s->total + 2; j++) {
            share(part, 1, j);
            arb_add(sum, sum, part, BITS);
        }
        arb_mul_si(sum, sum, s->counts[i] + 1, BITS);
        arb_add(out, out, sum, BITS);
    }
    arb_div_si(out, out, s->total + 2, BITS);
    arb_clear(sum);
    arb_clear(part);
}

static void chao_wang_jost(arb_t out, const sample *s)
{
    const int64_t f1 = occurred(s, 1), f2 = occurred(s, 2), total = s->total;
    arb_t a, rest, term, power;
    zhang(out, s);
    if (f1 == 0 || (f2 == 0 && f1 == 1)) /* A = 1: nothing is added */
        return;
    arb_init(a);
    arb_init(rest);
    arb_init(term);
    arb_init(power);
    if (f2 > 0)
        share(a, 2 * f2, (total - 1) * f1 + 2 * f2);
    else
        share(a, 2, (total - 1) * (f1 - 1) + 2);
    arb_log(rest, a, 2 * BITS);
    arb_neg(rest, rest);
    arb_sub_si(a, a, 1, 2 * BITS);
    arb_neg(a, a);
    arb_one(power);
    for (int64_t r = 1; r < total; r++) {
        arb_mul(power, power, a, 2 * BITS);
        arb_div_si(term, power, r, 2 * BITS);
        arb_sub(rest, rest, term, 2 * BITS);
    }
    arb_div(rest, rest, power, 2 * BITS);
    share(term, f1, total);
    arb_addmul(out, rest, term, BITS);
    arb_clear(a);
    arb_clear(rest);
    arb_clear(term);
    arb_clear(power);
}

/* rho(n | b) d xi / d log b, by gamma functions */
static void nsb_weight(arb_t out, const sample *s, const arb_t b)
{
    arb_t x, y, one;
    arb_init(x);
    arb_init(y);
    arb_init(one);
    arb_one(one);
    arb_mul_si(x, b, s->symbols, BITS);
    arb_lgamma(out, x, BITS);
    arb_add_si(x, x, s->total, BITS);
    arb_lgamma(y, x, BITS);
    arb_sub(out, out, y, BITS);
    for (int64_t i = 0; i < s->symbols; i++) {
        arb_add_si(x, b, s->counts[i], BITS);
        arb_lgamma(y, x, BITS);
        arb_add(out, out, y, BITS);
        arb_lgamma(y, b, BITS);
        arb_sub(out, out, y, BITS);
    }
    arb_exp(out, out, BITS);
    arb_set_si(y, 2); /* trigamma(x) = zeta(2, x) */
    arb_mul_si(x, b, s->symbols, BITS);
    arb_add(x, x, one, BITS);
    arb_hurwitz_zeta(x, y, x, BITS);
    arb_mul_si(x, x, s->symbols, BITS);
    arb_add(one, one, b, BITS);
    arb_hurwitz_zeta(y, y, one, BITS);
    arb_sub(x, x, y, BITS);
    arb_mul(out, out, x, BITS);
    arb_mul(out, out, b, BITS);
    arb_clear(x);
    arb_clear(y);
    arb_clear(one);
}

/* The trapezoidal rule over log b from -50 to 50, in steps of 1/16. */
static void nsb(arb_t out, const sample *s)
{
    arb_t b, weight, all, value;
    arb_init(b);
    arb_init(weight);
    arb_init(all);
    arb_init(value);
    arb_zero(out);
    for (int k = -50 * 16; k <= 50 * 16; k++) {
        arb_set_d(b, k / 16.0);
        arb_exp(b, b, BITS);
        nsb_weight(weight, s, b);
        posterior_of(value, s, b);
        arb_addmul(out, value, weight, BITS);
        arb_add(all, all, weight, BITS);
    }
    arb_div(out, out, all, BITS);
    arb_clear(b);
    arb_clear(weight);
    arb_clear(all);
    arb_clear(value);
}

static const struct {
    const char *name;
    info_estimator estimator;
    definition exact;
    double allowed; /* absolute error over 1 + log N */
    int every;      /* how many inputs to one that is tried */
} estimators[] = {
    {"plug-in", INFO_ESTIMATOR_PLUG_IN, plug_in, 1.2e-16, 1},
    {"Miller-Madow", INFO_ESTIMATOR_MILLER_MADOW, miller_madow, 1.2e-16, 1},
    {"Grassberger 1988", INFO_ESTIMATOR_GRASSBERGER_1988, grassberger_1988, 1e-15, 1},
    {"Grassberger 2003", INFO_ESTIMATOR_GRASSBERGER_2003, grassberger_2003, 1e-15, 1},
    {"Chao-Shen", INFO_ESTIMATOR_CHAO_SHEN, chao_shen, 2e-15, 1},
    {"James-Stein", INFO_ESTIMATOR_JAMES_STEIN, james_stein, 2e-15, 1},
    {"Dirichlet, Jeffreys", INFO_ESTIMATOR_DIRICHLET, dirichlet, 1e-15, 1},
    {"posterior mean, Jeffreys", INFO_ESTIMATOR_POSTERIOR_MEAN, posterior_mean, 2e-15, 1},
    {"jackknife", INFO_ESTIMATOR_JACKKNIFE, jackknife, 1.2e-16, 1},
    {"Zhang", INFO_ESTIMATOR_ZHANG, zhang, 1e-15, 1},
    {"Bonachela", INFO_ESTIMATOR_BONACHELA, bonachela, 1e-15, 1},
    {"Chao-Wang-Jost", INFO_ESTIMATOR_CHAO_WANG_JOST, chao_wang_jost, 5e-15, 1},
    {"NSB", INFO_ESTIMATOR_NSB, nsb, 1e-12, 31},
};

static uint64_t state = 88172645463325252u;

static int64_t below(int64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int64_t)(state % (uint64_t)n);
}

/* Few and many symbols, small and large counts, all singletons, one symbol. */
static void make_sample(int k, sample *s)
{
    static const int64_t sizes[] = {1, 2, 3, 10, 64}, largest[] = {1, 2, 6, 50, 400};
    s->symbols = sizes[k % 5];
    s->total = 0;
    for (int64_t i = 0; i < MOST; i++)
        s->counts[i] = 0;
    for (int64_t i = 0; i < s->symbols; i++)
        s->total += s->counts[i] = below(1 + largest[k / 5 % 5]);
    if (s->total < 2) {
        s->counts[0] += 2;
        s->total += 2;
    }
}

int main(int argc, char **argv)
{
    const int samples = argc > 1 ? atoi(argv[1]) : 200;
    int failed = 0;
    arb_t exact, error;
    arb_init(exact);
    arb_init(error);
    for (size_t e = 0; e < sizeof estimators / sizeof estimators[0]; e++) {
        double worst = 0;
        for (int k = 0; k < samples; k++) {
            sample s;
            make_sample(k, &s);
            if (k % estimators[e].every)
                continue;
            const info_estimator_options options = {.struct_size = sizeof options,
                                                    .estimator = estimators[e].estimator};
            info_sample_estimate estimate;
            if (info_estimate_entropy(NULL, s.counts, s.symbols, &options, &estimate) != INFO_OK)
                return EXIT_FAILURE;
            if (estimators[e].estimator == INFO_ESTIMATOR_NSB && s.symbols == 1)
                arb_zero(exact); /* there is nothing to integrate over */
            else
                estimators[e].exact(exact, &s);
            arb_set_d(error, estimate.value);
            arb_sub(error, error, exact, BITS);
            arb_abs(error, error);
            const double scale = 1 + log((double)s.total);
            const double off = arf_get_d(arb_midref(error), ARF_RND_UP) / scale;
            if (off > worst)
                worst = off;
        }
        printf("%-26s largest error %.2g of 1 + log N (allowed %.2g)\n", estimators[e].name, worst,
               estimators[e].allowed);
        failed |= !(worst <= estimators[e].allowed);
    }
    arb_clear(exact);
    arb_clear(error);
    flint_cleanup();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
