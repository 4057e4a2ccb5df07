/* SPDX-License-Identifier: MIT
 *
 * distributions: errors of the f64 measures against 200-bit arithmetic (Arb), in units in
 * the last place. Prints the table that docs/NUMERICS.md keeps.
 *
 *     distributions [rows of n = 1000] [largest n] [climbs]     default 100, 1000000, 10; fails above the limits below
 */
#include <arb.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "info/info.h"

#define BITS 200

/* ---- Inputs ------------------------------------------------------------- */

static uint64_t state = 20260101;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = state ^ state >> 33;
    x *= 0xff51afd7ed558ccdu;
    return ((double)((x ^ x >> 29) >> 11) + 0.5) * 0x1p-53;
}

static void normalize(double *p, int64_t n)
{
    long double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += (long double)p[i];
    for (int64_t i = 0; i < n; i++)
        p[i] = (double)((long double)p[i] / total);
}

static void random_row(double *p, double *q, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = uniform(), q[i] = uniform();
}

/* Logits of standard deviation 12 or so: a few elements have nearly all the mass. */
static void peaked_row(double *p, double *q, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = exp(40 * (uniform() - 0.5)), q[i] = exp(40 * (uniform() - 0.5));
    p[(int64_t)(uniform() * (double)n)] = 1e6 * exp(20);
}

static void zipf_row(double *p, double *q, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = 1 / (double)(i + 1), q[i] = pow((double)(i + 1), -1.1);
}

static void subnormal_row(double *p, double *q, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const double tiny = exp(-700 - 44 * uniform());
        p[i] = uniform() < 0.5 ? tiny : uniform();
        q[i] = uniform() < 0.5 ? exp(-700 - 30 * uniform()) : uniform();
    }
    p[0] = q[0] = 1;
}

static void near_row(double *p, double *q, int64_t n)
{
    const double distance = exp(-30 * uniform());
    for (int64_t i = 0; i < n; i++) {
        p[i] = uniform();
        q[i] = p[i] * (1 + distance * (uniform() - 0.5));
    }
}

static void zero_row(double *p, double *q, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        q[i] = uniform() < 0.3 ? 0 : uniform();
        p[i] = q[i] == 0 || uniform() < 0.5 ? 0 : uniform();
    }
    p[0] = q[0] = 0.5;
}

/* All equal but two, of which the smaller has nearly all of the divergence: nothing hides what its term loses. One in
 * four stands near q/p = 3/4, where most is lost. */
static void two_row(double *p, double *q, int64_t n)
{
    const double ratio = uniform() < 0.25 ? 0.75 - 1e-3 * uniform() : exp(0.5 * (uniform() - 0.5));
    for (int64_t i = 0; i < n; i++)
        p[i] = q[i] = 0.3 / (double)n;
    p[1] = 0.7 + 0.1 * uniform();
    p[0] = 0.01 * uniform();
    q[0] = p[0] * ratio;
    q[1] = p[1] - (q[0] - p[0]);
}

static const struct {
    const char *name;
    void (*fill)(double *p, double *q, int64_t n);
    double limit; /* ulp: the promise, or where that is of rows as they come, what is proved (docs/NUMERICS.md) */
} inputs[] = {{"random", random_row, 2},       {"peaked", peaked_row, 2},   {"Zipf", zipf_row, 2},
              {"subnormal", subnormal_row, 2}, {"near equal", near_row, 2}, {"zeros", zero_row, 2},
              {"two differ", two_row, 17.1}};
#define INPUTS (int)(sizeof inputs / sizeof inputs[0])

/* ---- Measures ----------------------------------------------------------- */

/* Each adds the exact term of one cell to sum; t is scratch. */
typedef void (*term_fn)(arb_t sum, double p, double q, arb_t t, arb_t u);

static void entropy_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    if (p == 0)
        return;
    arb_set_d(u, p);
    arb_log(t, u, BITS);
    arb_submul(sum, t, u, BITS);
}

static void cross_entropy_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    if (p == 0)
        return;
    arb_set_d(u, q);
    arb_log(t, u, BITS);
    arb_set_d(u, p);
    arb_submul(sum, t, u, BITS);
}

/* p log(p/q) - p + q, q given as u */
static void kl_term_of(arb_t sum, double p, arb_t q, arb_t t)
{
    arb_add(sum, sum, q, BITS);
    if (p == 0)
        return;
    arb_t x;
    arb_init(x);
    arb_set_d(x, p);
    arb_div(t, x, q, BITS);
    arb_log(t, t, BITS);
    arb_addmul(sum, t, x, BITS);
    arb_sub(sum, sum, x, BITS);
    arb_clear(x);
}

static void kl_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    arb_set_d(u, q);
    kl_term_of(sum, p, u, t);
}

static void jeffreys_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    kl_term(sum, p, q, t, u);
    kl_term(sum, q, p, t, u);
}

static void js_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    if (p == 0 && q == 0)
        return;
    arb_set_d(u, p);
    arb_set_d(t, q);
    arb_add(u, u, t, BITS);
    arb_mul_2exp_si(u, u, -1);
    arb_t m;
    arb_init(m);
    arb_set(m, u);
    arb_t twice;
    arb_init(twice);
    kl_term_of(twice, p, m, t);
    kl_term_of(twice, q, m, t);
    arb_mul_2exp_si(twice, twice, -1);
    arb_add(sum, sum, twice, BITS);
    arb_clear(twice);
    arb_clear(m);
}

static void total_variation_term(arb_t sum, double p, double q, arb_t t, arb_t u)
{
    arb_set_d(t, p);
    arb_set_d(u, q);
    arb_sub(t, t, u, BITS);
    arb_abs(t, t);
    arb_mul_2exp_si(t, t, -1);
    arb_add(sum, sum, t, BITS);
}

typedef info_status (*divergence_fn)(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_divergence_options *options, double *out, int64_t out_len);

static info_status entropy_of_p(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                const info_divergence_options *options, double *out, int64_t out_len)
{
    return info_entropy(ctx, p, NULL, out, out_len);
}

static const struct {
    const char *name;
    divergence_fn function;
    term_fn term;
} measures[] = {
    {"H", entropy_of_p, entropy_term}, {"H(p,q)", info_cross_entropy, cross_entropy_term},
    {"KL", info_kl, kl_term},          {"Jeffreys", info_jeffreys, jeffreys_term},
    {"JS", info_js, js_term},          {"TV", info_total_variation, total_variation_term},
};
#define MEASURES (int)(sizeof measures / sizeof measures[0])

/* ---- Errors ------------------------------------------------------------- */

static double error_in_ulp(double value, const arb_t truth)
{
    const double nearest = arf_get_d(arb_midref(truth), ARF_RND_NEAR);
    if (isinf(nearest) || nearest == 0)
        return value == nearest ? 0 : INFINITY;
    const double ulp = nextafter(fabs(nearest), INFINITY) - fabs(nearest);
    arb_t difference;
    arb_init(difference);
    arb_set_d(difference, value);
    arb_sub(difference, difference, truth, BITS);
    const double error = fabs(arf_get_d(arb_midref(difference), ARF_RND_NEAR)) / ulp;
    arb_clear(difference);
    return error;
}

static double measure_error(int m, const double *p, const double *q, int64_t n)
{
    arb_t sum, t, u;
    arb_init(sum);
    arb_init(t);
    arb_init(u);
    for (int64_t i = 0; i < n; i++)
        measures[m].term(sum, p[i], q[i], t, u);
    const info_matrix a = {p, 1, n, n, 1, INFO_F64, 0}, b = {q, 1, n, n, 1, INFO_F64, 0};
    double value = 0;
    const info_status status = measures[m].function(NULL, &a, &b, NULL, &value, 1);
    double error = status == INFO_OK ? error_in_ulp(value, sum) : INFINITY;
    if (isinf(value)) { /* the truth is then a logarithm of 0, which Arb calls indeterminate */
        bool lacking = false;
        for (int64_t i = 0; i < n; i++)
            lacking |= (p[i] > 0 && q[i] == 0) || (m == 3 && q[i] > 0 && p[i] == 0);
        error = lacking ? 0 : INFINITY;
    }
    arb_clear(sum);
    arb_clear(t);
    arb_clear(u);
    return error;
}

/* ---- A search for the worst row of KL -------------------------------------- */

/* Rows that are equal in all but a few elements and one that makes up for these. */
enum { MOST = 56, FEW = 3, KL = 2 };
typedef struct made_row {
    int n, few;
    double p[FEW], ratio[FEW];
    double error;
} made_row;

static void measure_row(made_row *row)
{
    double p[MOST], q[MOST], sum = 0, moved = 0;
    for (int i = 0; i < row->few; i++)
        sum += row->p[i];
    for (int i = 0; i < row->n; i++)
        p[i] = q[i] = 0.4 * (1 - sum) / row->n;
    p[row->few] = 1 - sum - (row->n - row->few - 1) * p[row->few];
    for (int i = 0; i < row->few; i++) {
        p[i] = row->p[i];
        q[i] = p[i] * row->ratio[i];
        moved += q[i] - p[i];
    }
    q[row->few] = p[row->few] - moved;
    row->error = sum < 0.9 && p[row->few] > 0 && q[row->few] > 0 ? measure_error(KL, p, q, row->n) : -1;
}

/* Climbs from a random row: steps of all sizes, kept unless they lead down. */
static double climb(int steps)
{
    made_row row = {.n = 17 + (int)(40 * uniform()), .few = 1 + (int)(FEW * uniform())};
    for (int i = 0; i < FEW; i++) {
        row.p[i] = 0.3 * exp(-12 * uniform());
        row.ratio[i] = uniform() < 0.4 ? 0.75 + 1e-3 * (uniform() - 0.5) : exp(0.6 * (uniform() - 0.5));
    }
    measure_row(&row);
    for (int step = 0; step < steps; step++) {
        made_row next = row;
        double *number = (uniform() < 0.5 ? next.p : next.ratio) + (int)(row.few * uniform());
        *number *= 1 + exp(-32 * uniform()) * (uniform() - 0.5);
        measure_row(&next);
        if (next.error >= row.error)
            row = next;
    }
    return row.error;
}

int main(int argc, char **argv)
{
    const long rows = argc > 1 ? atol(argv[1]) : 100;
    const int64_t largest = argc > 2 ? atol(argv[2]) : 1000000;
    const long climbs = argc > 3 ? atol(argv[3]) : 10;
    const int64_t sizes[] = {3, 32, 1000, 50257, 1000000};
    bool failed = false;
    double worst = 0, *p = malloc((size_t)largest * sizeof *p), *q = malloc((size_t)largest * sizeof *q);
    if (!p || !q)
        return EXIT_FAILURE;
    printf("| input | n | rows |");
    for (int m = 0; m < MEASURES; m++)
        printf(" %s |", measures[m].name);
    printf("\n|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < INPUTS; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0] && sizes[s] <= largest; s++) {
            const long wanted = rows * 1000 / (long)sizes[s], times = wanted < 1           ? 1
                                                                      : wanted > 20 * rows ? 20 * rows
                                                                                           : wanted;
            double error[MEASURES] = {0};
            for (long r = 0; r < times; r++) {
                inputs[i].fill(p, q, sizes[s]);
                normalize(p, sizes[s]);
                normalize(q, sizes[s]);
                for (int m = 0; m < MEASURES; m++)
                    error[m] = fmax(error[m], measure_error(m, p, q, sizes[s]));
            }
            printf("| %s | %ld | %ld |", inputs[i].name, (long)sizes[s], times);
            for (int m = 0; m < MEASURES; m++) {
                printf(" %.2f |", error[m]);
                worst = fmax(worst, error[m]);
                failed |= !(error[m] <= inputs[i].limit);
            }
            printf("\n");
            fflush(stdout);
        }
    printf("\nlargest error %.2f ulp\n", worst);
    double searched = 0;
    for (long k = 0; k < climbs; k++)
        searched = fmax(searched, climb(1000));
    printf("KL of rows that are searched for: %.2f ulp\n", searched);
    failed |= !(searched <= 5); /* the promise of distribution.h */
    free(p);
    free(q);
    flint_cleanup();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
