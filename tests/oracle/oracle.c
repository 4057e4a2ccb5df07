/* SPDX-License-Identifier: MIT
 * Compares measures with ball arithmetic and prints the largest errors in units
 * of the last place. Fails if one exceeds what is allowed.
 *
 * usage: oracle [COMPARISONS]     of each measure at each size; default 40 */
#include "oracle.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

static double uniform(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

/* ---- Inputs that have broken others ---------------------------------------------- */

enum { RANDOM, PEAKED, ZIPF, SUBNORMALS, NEAR, SHAPES };
static const char *const shapes[SHAPES] = {"random", "peaked", "Zipf", "with subnormals", "near-equal rows"};

static void fill_probabilities(double *p, int64_t n, int shape)
{
    double sum = 0;
    const int64_t peak = (int64_t)(uniform() * (double)n);
    for (int64_t i = 0; i < n; i++) {
        const double u = uniform();
        switch (shape) {
        case PEAKED:
            p[i] = i == peak ? 1 : exp(-40 * u - 10);
            break;
        case ZIPF:
            p[i] = 1 / (double)(i + 1);
            break;
        case SUBNORMALS:
            p[i] = i != peak && u < 0.5 ? 0x1p-1060 * u : u;
            break;
        default:
            p[i] = -log(u + 0x1p-60);
        }
        sum += p[i];
    }
    for (int64_t i = 0; i < n; i++)
        p[i] /= sum;
}

static void fill(oracle_input *x, enum oracle_content content, int shape)
{
    x->target = (int64_t)(uniform() * (double)x->n);
    if (content == ORACLE_LOGITS) {
        for (int64_t i = 0; i < x->n; i++)
            x->a[i] = (shape == PEAKED ? 300 : 20) * (uniform() - 0.5);
        return;
    }
    fill_probabilities(x->a, x->n, shape);
    if (shape == NEAR)
        for (int64_t i = 0; i < x->n; i++)
            x->b[i] = x->a[i] * (1 + 1e-9 * (uniform() - 0.5));
    else
        fill_probabilities(x->b, x->n, shape == SUBNORMALS ? RANDOM : shape);
}

/* ---- Errors ------------------------------------------------------------------------- */

static double ulp_error(double given, const arb_t exact)
{
    arb_t difference;
    arb_init(difference);
    const double nearest = arf_get_d(arb_midref(exact), ARF_RND_NEAR);
    arb_set_d(difference, given);
    arb_sub(difference, difference, exact, ORACLE_BITS);
    const double error = fabs(arf_get_d(arb_midref(difference), ARF_RND_NEAR));
    arb_clear(difference);
    int exponent;
    frexp(nearest, &exponent);
    const double unit = ldexp(1, exponent - 53 < -1074 ? -1074 : exponent - 53);
    return error == 0 ? 0 : error / unit;
}

static double worst_error(info_ctx *ctx, const oracle_measure *m, int64_t n, int shape, int comparisons)
{
    double worst = 0;
    arb_t exact;
    arb_init(exact);
    double *both = malloc(2 * (size_t)n * sizeof *both);
    oracle_input x = {n, both, both + n, 0};
    for (int k = 0; k < comparisons; k++) {
        double given;
        fill(&x, m->content, shape);
        if (m->library(ctx, &x, &given) != INFO_OK) {
            fprintf(stderr, "%s: %s\n", m->name, info_ctx_message(ctx));
            exit(EXIT_FAILURE);
        }
        m->exact(exact, &x);
        const double error = ulp_error(given, exact);
        worst = error > worst ? error : worst;
    }
    free(both);
    arb_clear(exact);
    return worst;
}

int main(int argc, char **argv)
{
    static const int64_t sizes[] = {2, 3, 17, 100, 1000};
    const int comparisons = argc > 1 ? atoi(argv[1]) : 40;
    bool failed = false;
    info_ctx *ctx;
    if (comparisons < 1 || info_ctx_create(NULL, &ctx) != INFO_OK)
        return EXIT_FAILURE;
    printf("| measure | input | n = 2 | 3 | 17 | 100 | 1000 | allowed |\n|---|---|---|---|---|---|---|---|\n");
    for (const oracle_measure *m = oracle_measures; m->name; m++)
        for (int shape = 0; shape < SHAPES; shape++) {
            if ((shape == NEAR && m->content == ORACLE_ROW) || (shape == NEAR && m->content == ORACLE_LOGITS) ||
                (m->shapes != 0 && !(m->shapes >> shape & 1)))
                continue;
            printf("| %s | %s |", m->name, shapes[shape]);
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                const double worst = worst_error(ctx, m, sizes[s], shape, comparisons);
                failed |= !(worst <= m->ulps);
                printf(" %.2g%s |", worst, worst <= m->ulps ? "" : " (!)");
            }
            printf(" %g |\n", m->ulps);
        }
    info_ctx_destroy(ctx);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
