/* SPDX-License-Identifier: MIT
 *
 * gradients: the gradients of entropy and of every divergence beside their formulas in 200-bit ball arithmetic
 * (Arb), for probabilities and for logits. Fails where one is further away than its roundings allow.
 *
 *     gradients [pairs of rows]      of each kind; default 200 */
#include <arb.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "info/info.h"

#define BITS 200
#define CELLS 12

static uint64_t state = 20261121;

static double uniform(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53 + 0x1p-60;
}

/* ---- Formulas: the derivative of one cell's term by its own side's probability, the other side's being o ---- */

/* log(a/b) */
static void log_ratio(arb_t out, const arb_t a, const arb_t b)
{
    arb_div(out, a, b, BITS);
    arb_log(out, out, BITS);
}

/* 1 - a/b */
static void lack(arb_t out, const arb_t a, const arb_t b)
{
    arb_div(out, a, b, BITS);
    arb_sub_ui(out, out, 1, BITS);
    arb_neg(out, out);
}

static void entropy_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_log(out, p, BITS);
    arb_add_ui(out, out, 1, BITS);
    arb_neg(out, out);
}

static void kl_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    (by_q ? lack : log_ratio)(out, p, q);
}

static void cross_entropy_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    if (by_q)
        arb_div(out, p, q, BITS);
    else
        arb_log(out, q, BITS);
    arb_neg(out, out);
}

static void jeffreys_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_t other;
    arb_init(other);
    log_ratio(out, by_q ? q : p, by_q ? p : q);
    lack(other, by_q ? p : q, by_q ? q : p);
    arb_add(out, out, other, BITS);
    arb_clear(other);
}

/* log(own / m) / 2 */
static void js_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_t m;
    arb_init(m);
    arb_add(m, p, q, BITS);
    arb_mul_2exp_si(m, m, -1);
    log_ratio(out, by_q ? q : p, m);
    arb_mul_2exp_si(out, out, -1);
    arb_clear(m);
}

/* 2 (p/q - 1), 1 - (p/q)^2 */
static void chi_square_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_div(out, p, q, BITS);
    if (by_q)
        arb_mul(out, out, out, BITS);
    arb_sub_ui(out, out, 1, BITS);
    arb_mul_si(out, out, by_q ? -1 : 2, BITS);
}

/* (1 - sqrt(other / own)) / 2 */
static void hellinger_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_div(out, by_q ? p : q, by_q ? q : p, BITS);
    arb_sqrt(out, out, BITS);
    arb_sub_ui(out, out, 1, BITS);
    arb_neg(out, out);
    arb_mul_2exp_si(out, out, -1);
}

static void total_variation_slope(arb_t out, const arb_t p, const arb_t q, bool by_q)
{
    arb_sub(out, by_q ? q : p, by_q ? p : q, BITS);
    arb_sgn(out, out);
    arb_mul_2exp_si(out, out, -1);
}

static const struct {
    const char *name;
    info_gradient which; /* 0: entropy */
    void (*slope)(arb_t out, const arb_t p, const arb_t q, bool by_q);
} measures[] = {{"entropy", 0, entropy_slope},
                {"KL", INFO_GRADIENT_KL, kl_slope},
                {"cross-entropy", INFO_GRADIENT_CROSS_ENTROPY, cross_entropy_slope},
                {"Jeffreys", INFO_GRADIENT_JEFFREYS, jeffreys_slope},
                {"JS", INFO_GRADIENT_JS, js_slope},
                {"chi-square", INFO_GRADIENT_CHI_SQUARE, chi_square_slope},
                {"squared Hellinger", INFO_GRADIENT_SQUARED_HELLINGER, hellinger_slope},
                {"total variation", INFO_GRADIENT_TOTAL_VARIATION, total_variation_slope}};
#define MEASURES (int)(sizeof measures / sizeof measures[0])

/* ---- Inputs ------------------------------------------------------------- */

enum { RANDOM, PEAKED, NEAR, SHAPES };
static const char *const shapes[] = {"random", "peaked", "near equal"};

static void fill(double *p, double *q, int shape, bool logits)
{
    double p_sum = 0, q_sum = 0;
    for (int i = 0; i < CELLS; i++) {
        const double spread = shape == PEAKED ? 60 : 6;
        p[i] = spread * (uniform() - 0.5);
        q[i] = shape == NEAR ? p[i] + 1e-6 * (uniform() - 0.5) : spread * (uniform() - 0.5);
        if (!logits)
            p[i] = exp(p[i]), q[i] = exp(q[i]);
        p_sum += p[i], q_sum += q[i];
    }
    for (int i = 0; i < CELLS && !logits; i++)
        p[i] /= p_sum, q[i] /= q_sum;
}

/* As they are, or what a row of logits stands for. */
static void probabilities(arb_ptr out, const double *x, bool logits)
{
    arb_t total;
    arb_init(total);
    for (int i = 0; i < CELLS; i++) {
        arb_set_d(out + i, x[i]);
        if (logits)
            arb_exp(out + i, out + i, BITS);
        arb_add(total, total, out + i, BITS);
    }
    for (int i = 0; i < CELLS && logits; i++)
        arb_div(out + i, out + i, total, BITS);
    arb_clear(total);
}

/* ---- Comparison --------------------------------------------------------- */

static double middle(const arb_t x)
{
    return arf_get_d(arb_midref(x), ARF_RND_NEAR);
}

static double distance(double given, const arb_t exact)
{
    arb_t d;
    arb_init(d);
    arb_set_d(d, given);
    arb_sub(d, d, exact, BITS);
    const double value = fabs(middle(d));
    arb_clear(d);
    return value;
}

/* The largest error as a share of what is allowed:
 *   of probabilities, 4 units in the last place: the difference or the quotient, the function of it, a sum (entropy's
 *   1 + log p cancels: 4 of its parts);
 *   of logits x, which reach 30, p_j (g_j - sum p g) with p and log p right to 4 roundings of 30 + log n at most,
 *   relative and absolute, and g with them. */
static double compare_side(int m, const double *given, arb_srcptr p, arb_srcptr q, bool by_q, bool logits)
{
    double worst = 0, mean_size = 0;
    arb_t mean, exact, slope[CELLS];
    arb_init(mean), arb_init(exact);
    for (int i = 0; i < CELLS; i++) {
        arb_srcptr own = by_q ? q + i : p + i;
        arb_init(slope[i]);
        measures[m].slope(slope[i], p + i, q + i, by_q);
        arb_addmul(mean, slope[i], own, BITS);
        mean_size += fabs(middle(slope[i])) * middle(own);
    }
    for (int i = 0; i < CELLS; i++) {
        const double size = fabs(middle(slope[i])), own = middle(by_q ? q + i : p + i);
        double allowed = 4 * DBL_EPSILON * (m == 0 ? size + 2 : size);
        arb_set(exact, slope[i]);
        if (logits) {
            arb_sub(exact, exact, mean, BITS);
            arb_mul(exact, exact, by_q ? q + i : p + i, BITS);
            allowed = 4 * 33 * DBL_EPSILON * own * (size + mean_size + 1);
        }
        const double share = distance(given[i], exact) / (allowed > 0 ? allowed : DBL_MIN);
        worst = share > worst ? share : worst;
        arb_clear(slope[i]);
    }
    arb_clear(mean), arb_clear(exact);
    return worst;
}

static double compare_one(int m, int shape, bool logits)
{
    double p[CELLS], q[CELLS], by_p[CELLS], by_q[CELLS];
    const info_kind kind = logits ? INFO_LOGITS : INFO_PROBABILITIES;
    const info_matrix a = {p, 1, CELLS, CELLS, 1, INFO_F64, 0}, b = {q, 1, CELLS, CELLS, 1, INFO_F64, 0};
    const info_matrix_out p_out = {by_p, 1, CELLS, CELLS, 1, INFO_F64, 0},
                          q_out = {by_q, 1, CELLS, CELLS, 1, INFO_F64, 0};
    const info_entropy_options one = {.struct_size = sizeof one, .kind = kind};
    const info_divergence_options two = {.struct_size = sizeof two, .p_kind = kind, .q_kind = kind};
    fill(p, q, shape, logits);
    const info_status status = measures[m].which == 0
                                   ? info_entropy_gradient(NULL, &a, &one, &p_out)
                                   : info_divergence_gradient(NULL, measures[m].which, &a, &b, &two, &p_out, &q_out);
    if (status != INFO_OK)
        return INFINITY;
    arb_ptr exact_p = _arb_vec_init(CELLS), exact_q = _arb_vec_init(CELLS);
    probabilities(exact_p, p, logits);
    probabilities(exact_q, q, logits);
    double worst = compare_side(m, by_p, exact_p, exact_q, false, logits);
    if (measures[m].which != 0)
        worst = fmax(worst, compare_side(m, by_q, exact_p, exact_q, true, logits));
    _arb_vec_clear(exact_p, CELLS), _arb_vec_clear(exact_q, CELLS);
    return worst;
}

int main(int argc, char **argv)
{
    const int pairs = argc > 1 ? atoi(argv[1]) : 200;
    double largest = 0;
    printf("Largest error as a share of what is allowed\n| gradient of | by |");
    for (int shape = 0; shape < SHAPES; shape++)
        printf(" %s |", shapes[shape]);
    printf("\n|---|---|---|---|---|\n");
    for (int m = 0; m < MEASURES; m++)
        for (int logits = 0; logits < 2; logits++) {
            printf("| %s | %s |", measures[m].name, logits ? "logits" : "probabilities");
            for (int shape = 0; shape < SHAPES; shape++) {
                double worst = 0;
                for (int i = 0; i < pairs; i++)
                    worst = fmax(worst, compare_one(m, shape, logits));
                printf(" %.2f |", worst);
                largest = fmax(largest, worst);
            }
            printf("\n");
        }
    flint_cleanup();
    return largest <= 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
