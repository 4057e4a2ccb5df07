/* SPDX-License-Identifier: MIT
 * The formulas of the losses. */
#include <math.h>

#include "lm/loss_f32.h"

#define BLOCK 512

static double log_probability(const info_i_row *r, double y)
{
    return y - r->maximum - r->log_sum;
}

static double class_weight(const info_i_loss *l, int64_t col)
{
    return l->options.class_weights ? l->options.class_weights[col] : 1;
}

/* ---- Cross-entropy ------------------------------------------------------------- */

/* sum_j w_j (-log p_j) over the columns of finite logits; their number and weights go to r. */
static double smoothing(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    double y[BLOCK], sum = 0;
    if (info_i_loss_in_f32(l)) {
        sum = info_i_loss_finite_sum(l, row, &r->class_weight, &r->classes);
        return r->class_weight * (r->q.maximum + r->q.log_sum) - sum;
    }
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        double block = 0;
        info_i_lm_load(&l->lm, l->logits, row, begin, count, y);
        for (int64_t i = 0; i < count; i++)
            if (y[i] > -INFINITY) {
                const double weight = class_weight(l, begin + i);
                block -= weight * log_probability(&r->q, y[i]);
                r->class_weight += weight;
                r->classes++;
            }
        sum += block;
    }
    return sum;
}

static void cross_entropy_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const double e = l->options.label_smoothing, lse = r->q.maximum + r->q.log_sum;
    const double y = info_i_lm_get(&l->lm, l->logits, row, r->target), weight = class_weight(l, r->target);
    const double nll = -log_probability(&r->q, y);
    r->loss = weight > 0 ? (1 - e) * weight * nll : 0;
    if (e > 0)
        r->loss += e * smoothing(l, row, r) / r->classes;
    r->loss += l->options.z_loss * lse * lse;
    r->weight = r->row_weight * weight;
}

static void cross_entropy_gradient(const info_i_loss *l, const info_i_loss_row *r, int64_t col, int64_t count,
                                   const double *y, double *gradient)
{
    const double e = l->options.label_smoothing, lse = r->q.maximum + r->q.log_sum;
    const double on_target = (1 - e) * class_weight(l, r->target), z = 2 * l->options.z_loss * lse;
    const double spread = e > 0 ? e / r->classes : 0;
    for (int64_t i = 0; i < count; i++) {
        const double log_p = log_probability(&r->q, y[i]), p = exp(log_p);
        /* p - 1 where p is nearly 1 */
        const double hit = col + i == r->target ? expm1(log_p) : p;
        gradient[i] = on_target * hit + spread * (p * r->class_weight - class_weight(l, col + i)) + z * p;
        if (y[i] == -INFINITY)
            gradient[i] = 0;
    }
}

/* ---- Entropy ------------------------------------------------------------------- */

static void entropy_gradient(const info_i_loss_row *r, int64_t count, const double *y, double *gradient)
{
    for (int64_t i = 0; i < count; i++) {
        const double log_p = log_probability(&r->q, y[i]), p = exp(log_p);
        gradient[i] = p > 0 ? -p * (log_p + r->loss) : 0;
    }
}

/* ---- Divergences --------------------------------------------------------------- */

/* log(q / m), m = b p + (1 - b) q, accurate where p and q are nearly equal. */
static double log_to_mixture(const info_i_cell *c, double b)
{
    return fabs(c->d) <= 30 ? -log1p(b * expm1(c->d)) : c->log_q - log(b * c->p + (1 - b) * c->q);
}

/* The derivative g of the loss with respect to q, up to a constant. */
static double slope(const info_i_loss *l, const info_i_cell *c)
{
    const double difference = info_i_cell_difference(c);
    switch (l->options.divergence) {
    case INFO_DIVERGENCE_REVERSE:
        return -c->d;
    case INFO_DIVERGENCE_JS:
        return (1 - l->beta) * log_to_mixture(c, l->beta);
    default:
        return difference > 0 ? 0.5 : difference < 0 ? -0.5 : 0;
    }
}

static double divergence_term(const info_i_loss *l, const info_i_cell *c, double y, double z)
{
    switch (l->options.divergence) {
    case INFO_DIVERGENCE_FORWARD:
        return y == -INFINITY ? INFINITY : info_i_cell_kl(c);
    case INFO_DIVERGENCE_REVERSE:
        return z == -INFINITY ? INFINITY : info_i_cell_kl_reverse(c);
    case INFO_DIVERGENCE_JS:
        return info_i_cell_js(c, l->beta);
    default:
        return 0.5 * fabs(info_i_cell_difference(c));
    }
}

static void divergence_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    double y[BLOCK], z[BLOCK];
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        double loss = 0, center = 0;
        info_i_lm_load(&l->lm, l->logits, row, begin, count, y);
        info_i_lm_load(&l->lm, l->teacher, row, begin, count, z);
        for (int64_t i = 0; i < count; i++) {
            if (y[i] == -INFINITY && z[i] == -INFINITY)
                continue;
            const info_i_cell c = info_i_pair_cell(&r->p, &r->q, z[i], y[i]);
            loss += divergence_term(l, &c, y[i], z[i]);
            if (c.q > 0)
                center += c.q * slope(l, &c);
        }
        r->loss += loss;
        r->center += center;
    }
}

static void divergence_gradient(const info_i_loss *l, const info_i_loss_row *r, int64_t count, const double *y,
                                const double *z, double *gradient)
{
    for (int64_t i = 0; i < count; i++) {
        gradient[i] = 0;
        if (y[i] == -INFINITY)
            continue;
        const info_i_cell c = info_i_pair_cell(&r->p, &r->q, z[i], y[i]);
        if (l->options.divergence == INFO_DIVERGENCE_FORWARD)
            gradient[i] = info_i_cell_difference(&c);
        else if (c.q > 0)
            gradient[i] = c.q * (slope(l, &c) - r->center);
    }
}

/* ---- Either way ---------------------------------------------------------------- */

void info_i_loss_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    r->weight = r->row_weight;
    switch (l->kind) {
    case INFO_I_LOSS_CROSS_ENTROPY:
        cross_entropy_value(l, row, r);
        break;
    case INFO_I_LOSS_ENTROPY:
        r->loss = r->q.log_sum - r->q.mean;
        break;
    default:
        divergence_value(l, row, r);
        break;
    }
}

void info_i_loss_gradient(const info_i_loss *l, const info_i_loss_row *r, int64_t col, int64_t count, const double *y,
                          const double *z, double *gradient)
{
    switch (l->kind) {
    case INFO_I_LOSS_CROSS_ENTROPY:
        cross_entropy_gradient(l, r, col, count, y, gradient);
        break;
    case INFO_I_LOSS_ENTROPY:
        entropy_gradient(r, count, y, gradient);
        break;
    default:
        divergence_gradient(l, r, count, y, z, gradient);
        break;
    }
}
