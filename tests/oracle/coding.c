/* SPDX-License-Identifier: MIT
 * Certified bounds beside closed forms in ball arithmetic, with a tolerance so small that only the bound of the
 * rounding errors keeps them apart: they must enclose the truth all the same.
 *
 * usage: oracle_coding [PROBLEMS]     of each kind; default 200 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

enum { MOST = 96 };
static double widest;
static int wrong;

static double uniform(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

static void check(const char *name, int64_t n, const info_coding_result *r, const arb_t truth)
{
    arb_t bound;
    arb_init(bound);
    arb_set_d(bound, r->lower);
    bool encloses = arb_le(bound, truth);
    arb_set_d(bound, r->upper);
    encloses = encloses && arb_ge(bound, truth);
    arb_clear(bound);
    widest = fmax(widest, r->upper - r->lower);
    if (encloses && r->upper - r->lower < 1e-9)
        return;
    wrong++;
    printf("%s of size %lld: [%.17g, %.17g] around ", name, (long long)n, r->lower, r->upper);
    arb_printd(truth, 20);
    printf("\n");
}

/* out -= p log p */
static void add_entropy(arb_t out, const arb_t p)
{
    arb_t minus;
    arb_init(minus);
    arb_neg(minus, p);
    oracle_add_product_log(out, minus, p);
    arb_clear(minus);
}

/* h(D) + D log(n - 1) */
static void noise(arb_t out, double D, int64_t n)
{
    arb_t d, rest;
    arb_init(d), arb_init(rest);
    arb_zero(out);
    arb_set_d(d, D);
    add_entropy(out, d);
    arb_sub_si(rest, d, 1, ORACLE_BITS);
    arb_neg(rest, rest);
    add_entropy(out, rest);
    arb_set_si(rest, n - 1);
    arb_log(rest, rest, ORACLE_BITS);
    arb_addmul(out, d, rest, ORACLE_BITS);
    arb_clear(d), arb_clear(rest);
}

/* H(X) of positive weights */
static void entropy(arb_t out, const double *weights, int64_t n)
{
    arb_t sum, p;
    arb_init(sum), arb_init(p);
    arb_zero(sum), arb_zero(out);
    for (int64_t i = 0; i < n; i++) {
        arb_set_d(p, weights[i]);
        arb_add(sum, sum, p, ORACLE_BITS);
    }
    for (int64_t i = 0; i < n; i++) {
        arb_set_d(p, weights[i]);
        arb_div(p, p, sum, ORACLE_BITS);
        add_entropy(out, p);
    }
    arb_clear(sum), arb_clear(p);
}

/* R(D) = H(X) - h(D) - D log(n - 1) while (n - 1) min p >= D (Erokhin). */
static void hamming(info_ctx *ctx, const info_coding_options *options)
{
    static double p[MOST], d[MOST * MOST];
    const int64_t n = 2 + (int64_t)(uniform() * (uniform() < 0.2 ? MOST - 2 : 6));
    double sum = 0, least = INFINITY;
    for (int64_t i = 0; i < n; i++) {
        sum += p[i] = 0.2 + uniform();
        least = fmin(least, p[i]);
    }
    for (int64_t i = 0; i < n * n; i++)
        d[i] = i % (n + 1) ? 1 : 0;
    info_coding_options counted = *options;
    counted.kind = INFO_COUNTS; /* weights: nothing is rounded before it is given */
    const double D = uniform() * (double)(n - 1) * least / sum, slope = log((1 - D) * (double)(n - 1) / D);
    info_matrix source, distortion;
    info_coding_result r;
    info_matrix_init(&source, p, 1, n, INFO_F64);
    info_matrix_init(&distortion, d, n, n, INFO_F64);
    if (info_rate_distortion(ctx, &source, &distortion, INFO_AT_SLOPE, slope, &counted, NULL, 0, NULL, &r) < 0) {
        printf("%s\n", info_ctx_message(ctx));
        wrong++;
        return;
    }
    arb_t truth, less;
    arb_init(truth), arb_init(less);
    entropy(truth, p, n);
    noise(less, r.distortion, n);
    arb_sub(truth, truth, less, ORACLE_BITS);
    check("Hamming source", n, &r, truth);
    arb_clear(truth), arb_clear(less);
}

/* C = log n - h(e) - e log(n - 1) for a symmetric channel, e being what its rows say it is. */
static void symmetric(info_ctx *ctx, const info_coding_options *options)
{
    static double w[MOST * MOST];
    const int64_t n = 2 + (int64_t)(uniform() * (uniform() < 0.2 ? MOST - 2 : 6));
    const double other = uniform();
    for (int64_t i = 0; i < n * n; i++)
        w[i] = i % (n + 1) ? other : 1;
    info_coding_options counted = *options;
    counted.kind = INFO_COUNTS;
    info_matrix channel;
    info_coding_result r;
    info_matrix_init(&channel, w, n, n, INFO_F64);
    if (info_capacity(ctx, &channel, &counted, NULL, 0, &r) < 0) {
        printf("%s\n", info_ctx_message(ctx));
        wrong++;
        return;
    }
    arb_t truth, less;
    arb_init(truth), arb_init(less);
    arb_set_si(truth, n);
    arb_log(truth, truth, ORACLE_BITS);
    entropy(less, w, n);
    arb_sub(truth, truth, less, ORACLE_BITS);
    check("symmetric channel", n, &r, truth);
    arb_clear(truth), arb_clear(less);
}

/* C = log(1 + (1 - e) e^(e / (1 - e))) for rows (1, 0) and (e, 1 - e). */
static void z_channel(info_ctx *ctx, const info_coding_options *options)
{
    const double e = uniform() * 0.95 + 0.01, w[] = {1, 0, e, 1 - e};
    info_matrix channel;
    info_coding_result r;
    info_matrix_init(&channel, w, 2, 2, INFO_F64);
    if (info_capacity(ctx, &channel, options, NULL, 0, &r) < 0) {
        printf("%s\n", info_ctx_message(ctx));
        wrong++;
        return;
    }
    arb_t truth, a, b;
    arb_init(truth), arb_init(a), arb_init(b);
    arb_set_d(a, w[2]);
    arb_set_d(b, w[3]);
    arb_add(truth, a, b, ORACLE_BITS); /* the row is divided by its sum */
    arb_div(a, a, truth, ORACLE_BITS);
    arb_div(b, b, truth, ORACLE_BITS);
    arb_div(truth, a, b, ORACLE_BITS);
    arb_pow(truth, a, truth, ORACLE_BITS);
    arb_mul(truth, truth, b, ORACLE_BITS);
    arb_log1p(truth, truth, ORACLE_BITS);
    check("Z-channel", 2, &r, truth);
    arb_clear(truth), arb_clear(a), arb_clear(b);
}

int main(int argc, char **argv)
{
    const int problems = argc > 1 ? atoi(argv[1]) : 200;
    const info_coding_options options = {.struct_size = sizeof options, .tolerance = 1e-300, .max_iterations = 400};
    info_ctx *ctx;
    if (info_ctx_create(NULL, &ctx) != INFO_OK)
        return EXIT_FAILURE;
    for (int i = 0; i < problems; i++) {
        hamming(ctx, &options);
        symmetric(ctx, &options);
        z_channel(ctx, &options);
    }
    info_ctx_destroy(ctx);
    printf("%d problems of 3 kinds, widest bounds %.2g nat, %d wrong\n", problems, widest, wrong);
    flint_cleanup();
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
