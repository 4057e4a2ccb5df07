/* SPDX-License-Identifier: MIT
 *
 * Log-probabilities that are used as given have masses P and Q near 1. With p' = p / P, q' = q / Q and L = log(P / Q), of
 * which nothing cancels because it is made of differences,
 *
 *     sum p log(p/q) - p + q = P (KL(p' || q') + exp(-L) - 1 + L)
 *     -sum p log q           = -sum p log p + P (KL(p' || q') + L) */
#include "distribution/logits.h"

#include <math.h>

#include "lm/cells_f32.h"
#include "lm/pair.h"
#include "numeric/convert.h"

/* Rows are not read for longer than this without a look at whether the call is canceled. */
#define LONGEST ((int64_t)1 << 24)
/* Cross-entropies below it are not made of masses that are known to some 1e-6. */
#define SMALL 0.125

static info_i_lm options_of(const info_i_vectors *of)
{
    return (info_i_lm){.inverse_temperature = 1, .kernels = of->kernels};
}

static bool reaches(const info_i_vectors *of, const info_matrix *x)
{
    return of->kernels && x->cols <= LONGEST;
}

/* Whether the mass is 1 within the tolerance less the kernels' error: w of docs/NUMERICS.md about a reference that is 40
 * nats from the mean of log p at most, which log p is within 2 log n of. */
static bool is_distribution(const info_i_vectors *of, const info_matrix *x, const info_i_row *row)
{
    const double error = 8e-7 + 1.2e-7 * (2 * log((double)x->cols) + 40);
    return !of->as_given || fabs(expm1(row->maximum + row->log_sum)) <= of->tolerance - error;
}

static double mass_of(const info_i_vectors *of, const info_i_row *row)
{
    return of->as_given ? exp(row->maximum + row->log_sum) : 1;
}

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

/* ---- One row ------------------------------------------------------------ */

bool info_i_logits_entropy(const info_i_vectors *of, const info_matrix *x, int64_t row, double *nats)
{
    if (!reaches(of, x))
        return false;
    const info_i_lm lm = options_of(of);
    const info_i_row r = info_i_row_measure(&lm, x, row, INFO_I_DETAIL_MEAN, INFINITY);
    if (!r.valid || !is_distribution(of, x, &r))
        return false;
    *nats = of->as_given ? at_least_zero(-mass_of(of, &r) * (r.maximum + r.mean)) : r.log_sum - r.mean;
    return true;
}

/* ---- Two rows ----------------------------------------------------------- */

static info_matrix row_of(const info_matrix *x, int64_t row)
{
    return (info_matrix){info_i_element(x, row, 0), 1, x->cols, x->row_stride, x->col_stride, x->dtype, 0};
}

static info_i_pair_wishes wishes_for(info_i_logits_measure measure, double beta)
{
    double wanted;
    const info_logit_comparison columns = {
        .kl = measure <= INFO_I_LOGITS_JEFFREYS ? &wanted : NULL,
        .kl_reverse = measure == INFO_I_LOGITS_JEFFREYS ? &wanted : NULL,
        .js = measure == INFO_I_LOGITS_JS ? &wanted : NULL,
        .generalized_js = measure == INFO_I_LOGITS_GENERALIZED_JS ? &wanted : NULL,
        .tv = measure == INFO_I_LOGITS_VARIATION ? &wanted : NULL,
    };
    return info_i_pair_wishes_for(&columns, beta);
}

/* The same rows, as if the probabilities that were given had mass 1. */
static void use_as_given(info_i_pair *pair)
{
    pair->p.log_sum = -pair->p.maximum;
    pair->q.log_sum = -pair->q.maximum;
    pair->ratio = (info_i_log_ratio){0};
}

/* sum p log(p/q) - p + q of masses P and Q, log(P/Q) = difference. */
static double with_mass(double mass, double divergence, double difference)
{
    return mass * (divergence + info_i_psi(difference));
}

static bool put_cross_entropy(const info_i_vectors *of, const info_matrix *p, const info_i_pair *pair,
                              double difference, double *nats)
{
    double entropy;
    if (!info_i_logits_entropy(of, p, 0, &entropy))
        return false;
    *nats = entropy + mass_of(of, &pair->p) * (pair->kl + difference);
    return !of->as_given || *nats > SMALL || (pair->kl == 0 && difference == 0);
}

bool info_i_logits_divergence(const info_i_vectors *of_p, const info_i_vectors *of_q, info_i_logits_measure measure,
                              double beta, const info_matrix *p, int64_t p_row, const info_matrix *q, int64_t q_row,
                              double *nats)
{
    if (measure == INFO_I_LOGITS_NONE || !reaches(of_p, p) || !reaches(of_q, q) || of_p->as_given != of_q->as_given)
        return false;
    const info_i_lm lm = options_of(of_p);
    const info_matrix x = row_of(p, p_row), y = row_of(q, q_row);
    info_i_pair pair = {0};
    info_i_pair_wishes wishes = wishes_for(measure, beta);
    const bool in_f32 = info_i_pair_read(&lm, &x, &y, 0, &pair);
    if (!pair.p.valid || !pair.q.valid || !is_distribution(of_p, &x, &pair.p) || !is_distribution(of_q, &y, &pair.q))
        return false;
    if (!in_f32 && measure != INFO_I_LOGITS_CROSS_ENTROPY)
        return false;
    if (!in_f32) /* H(p, p) = H(p) is true of all rows */
        pair.kl = info_i_pair_cells(&lm, &x, &y, 0, 0, &pair, &wishes).kl;
    const double difference = of_p->as_given ? (pair.ratio.base + pair.ratio.base_low) + pair.ratio.shift : 0;
    if (measure == INFO_I_LOGITS_CROSS_ENTROPY)
        return put_cross_entropy(of_p, &x, &pair, difference, nats);
    if (measure <= INFO_I_LOGITS_JEFFREYS) {
        *nats = with_mass(mass_of(of_p, &pair.p), pair.kl, difference);
        if (measure == INFO_I_LOGITS_JEFFREYS)
            *nats += with_mass(mass_of(of_q, &pair.q), pair.kl_reverse, -difference);
        return true;
    }
    if (of_p->as_given)
        use_as_given(&pair);
    const info_i_cell_sums sums = info_i_pair_cells(&lm, &x, &y, 0, 0, &pair, &wishes);
    *nats = measure == INFO_I_LOGITS_JS               ? sums.js
            : measure == INFO_I_LOGITS_GENERALIZED_JS ? sums.generalized_js
                                                      : fmin(sums.difference / 2, 1);
    return true;
}

bool info_i_logits_redundancy(const info_i_vectors *of, const info_matrix *x, int64_t row, double *nats)
{
    static const float zero = 0;
    const info_matrix uniform = {&zero, 1, x->cols, 0, 0, INFO_F32, 0};
    return !of->as_given && info_i_logits_divergence(of, of, INFO_I_LOGITS_KL, 0, x, row, &uniform, 0, nats);
}
