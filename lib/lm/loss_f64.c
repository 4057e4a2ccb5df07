/* SPDX-License-Identifier: MIT
 * Losses of rows in f64: of logits of that type, with a softcap, and of rows that f32 has no room for. */
#include <math.h>

#include "lm/loss.h"
#include "numeric/convert.h"

#define BLOCK 256

/* ---- Values -------------------------------------------------------------------- */

/* sum_j w_j (-log p_j) over the columns of finite logits; their number and weights go to r. */
static double smoothing(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    double z[BLOCK], sum = 0;
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        double block = 0;
        info_i_lm_load_logits(&l->lm, l->logits, row, begin, count, z);
        for (int64_t i = 0; i < count; i++)
            if (z[i] > -INFINITY) {
                const double weight = info_i_loss_class_weight(l, begin + i);
                block -= weight * info_i_row_log_probability(&l->lm, &r->pair.q, z[i]);
                r->class_weight += weight;
                r->classes++;
            }
        sum += block;
    }
    return sum;
}

/* The derivative g of a KL or Jensen-Shannon divergence with respect to q, up to a constant. */
static double slope(const info_i_loss *l, const info_i_cell *c)
{
    return l->options.divergence == INFO_DIVERGENCE_REVERSE ? -c->d
                                                            : (1 - l->beta) * info_i_cell_log_to_mixture(c, l->beta);
}

/* Of logits x (teacher) and y (student). */
static double divergence_term(const info_i_loss *l, const info_i_cell *c, double x, double y)
{
    switch (l->options.divergence) {
    case INFO_DIVERGENCE_FORWARD:
        return y == -INFINITY ? INFINITY : info_i_cell_kl(c);
    case INFO_DIVERGENCE_REVERSE:
        return x == -INFINITY ? INFINITY : info_i_cell_kl_reverse(c);
    case INFO_DIVERGENCE_JS:
        return info_i_cell_js(c, l->beta);
    default:
        return 0.5 * fabs(info_i_cell_difference(c));
    }
}

static void divergence_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK];
    const info_i_lm_pairs block = {x, y, difference, low};
    const bool variation = info_i_loss_varies(l);
    double above = 0, below = 0, equal = 0;
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        double loss = 0, center = 0;
        info_i_lm_load_pairs(&l->lm, l->teacher, l->logits, row, begin, count, &block);
        for (int64_t i = 0; i < count; i++) {
            if (x[i] == -INFINITY && y[i] == -INFINITY)
                continue;
            const info_i_cell c = info_i_pair_cell(&l->lm, &r->pair, x[i], y[i], difference[i], low[i]);
            loss += divergence_term(l, &c, x[i], y[i]);
            if (variation)
                *(c.d < 0 ? &above : c.d > 0 ? &below : &equal) += c.q;
            else if (c.q > 0)
                center += c.q * slope(l, &c);
        }
        r->loss += loss;
        r->center += center;
    }
    info_i_loss_center_signs(r, above, below, equal);
}

bool info_i_loss_value_f64(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    info_i_row *q = &r->pair.q;
    if (l->teacher) {
        info_i_pair_read_f64(&l->lm, l->teacher, l->logits, row, &r->pair);
        r->weight = r->row_weight;
        if (r->pair.p.valid && q->valid)
            divergence_value(l, row, r);
        return true;
    }
    const bool entropy = l->kind == INFO_I_LOSS_ENTROPY;
    *q = info_i_row_measure_f64(&l->lm, l->logits, row, entropy ? INFO_I_DETAIL_MEAN : INFO_I_DETAIL_SUM, INFINITY);
    if (!q->valid)
        return true;
    if (entropy) {
        r->weight = r->row_weight;
        r->loss = q->log_sum - q->mean;
    } else {
        info_i_loss_put_cross_entropy(l, row, l->options.label_smoothing > 0 ? smoothing(l, row, r) : 0, r);
    }
    return true;
}

/* ---- Gradients with respect to y ------------------------------------------------ */

/* log p + H is how far the logit lies above their mean: so it keeps its digits in rows that are nearly flat. */
static double entropy_slope(const info_i_loss *l, const info_i_loss_row *r, double z)
{
    const info_i_row *q = &r->pair.q;
    const double p = exp(info_i_row_log_probability(&l->lm, q, z));
    return p > 0 ? -p * ((z - q->top) * l->lm.inverse_temperature - q->mean) : 0;
}

static double divergence_slope(const info_i_loss *l, const info_i_loss_row *r, const info_i_cell *c)
{
    if (l->options.divergence == INFO_DIVERGENCE_FORWARD)
        return info_i_cell_difference(c);
    if (info_i_loss_varies(l))
        return c->q * (c->d < 0 ? r->above : c->d > 0 ? -r->below : (r->above - r->below) / 2);
    return c->q > 0 ? c->q * (slope(l, c) - r->center) : 0;
}

static void put_slopes(const info_i_loss *l, const info_i_loss_row *r, int64_t row, int64_t col, int64_t count,
                       double *gradient)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK];
    const info_i_lm_pairs block = {x, y, difference, low};
    if (l->teacher)
        info_i_lm_load_pairs(&l->lm, l->teacher, l->logits, row, col, count, &block);
    else
        info_i_lm_load_logits(&l->lm, l->logits, row, col, count, y);
    for (int64_t i = 0; i < count; i++) {
        gradient[i] = 0;
        if (y[i] == -INFINITY)
            continue;
        if (l->teacher) {
            const info_i_cell c = info_i_pair_cell(&l->lm, &r->pair, x[i], y[i], difference[i], low[i]);
            gradient[i] = divergence_slope(l, r, &c);
            continue;
        }
        const double log_p = info_i_row_log_probability(&l->lm, &r->pair.q, y[i]);
        gradient[i] = l->kind == INFO_I_LOSS_ENTROPY ? entropy_slope(l, r, y[i])
                                                     : info_i_loss_cross_entropy_slope(l, r, col + i, log_p);
    }
}

/* ---- Gradients with respect to x ------------------------------------------------ */

/* dy / dx = (1 - tanh(x / c)^2) / T = 4 e / (1 + e)^2 / T, e = exp(-2 |x / c|) */
double info_i_loss_through_softcap(const info_i_lm *lm, double x)
{
    const double e = exp(-2 * fabs(x / lm->given.softcap));
    return lm->inverse_temperature * (lm->given.softcap > 0 && isfinite(x) ? 4 * e / ((1 + e) * (1 + e)) : 1);
}

static double sum_but_for(int64_t skipped, const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += i == skipped ? 0 : values[i];
    return sum;
}

bool info_i_loss_gradient_f64(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out)
{
    const bool certain = info_i_loss_is_certain(l, r);
    const int64_t top = r->pair.q.argmax;
    /* before it is overwritten */
    const double at_top = info_i_loss_through_softcap(&l->lm, info_i_get(l->logits, row, top));
    double x[BLOCK], gradient[BLOCK], others = 0;
    for (int64_t col = 0; col < l->logits->cols; col += BLOCK) {
        const int64_t left = l->logits->cols - col, count = left < BLOCK ? left : BLOCK;
        info_i_get_row_f64(l->logits, row, col, count, x);
        put_slopes(l, r, row, col, count, gradient);
        if (certain)
            others += sum_but_for(top - col, gradient, count);
        for (int64_t i = 0; i < count; i++)
            gradient[i] *= factor * info_i_loss_through_softcap(&l->lm, x[i]);
        info_i_put_row_f64(out, row, col, count, gradient);
    }
    if (certain)
        info_i_put(out, row, top, (0 - others) * factor * at_top);
    return true;
}
