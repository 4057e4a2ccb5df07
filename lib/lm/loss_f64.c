/* SPDX-License-Identifier: MIT
 * Losses of rows in f64: of logits of that type, with a softcap, and of rows that f32 has no room for. Blocks go through
 * kernels; those that hold infinite log-ratios, and mixtures of a weight other than 1/2, cell by cell. */
#include <math.h>

#include "kernels/logs_f64.h"
#include "kernels/mixture.h"
#include "lm/loss.h"
#include "numeric/convert.h"

#define BLOCK 160 /* ten arrays of it, and no frame of 16 kB */

/* ---- Values -------------------------------------------------------------------- */

/* sum_j w_j (-log p_j) over the columns of finite logits; their number and weights go to r. */
static double smoothing(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const info_i_mixture_kernels *kernels = l->lm.kernels->mixture;
    const info_i_row *q = &r->pair.q;
    double z[BLOCK], weights[BLOCK], sum = 0;
    for (int64_t begin = 0; info_i_lm_reads_on(&l->lm, begin, l->logits->cols); begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        const double *given = l->options.class_weights ? l->options.class_weights + begin : NULL;
        int64_t finite = 0;
        info_i_lm_load_logits(&l->lm, l->logits, row, begin, count, z);
        for (int64_t i = 0; i < count; i++) {
            const bool counts = z[i] > -INFINITY;
            finite += counts;
            weights[i] = counts ? given ? given[i] : 1 : 0;
            z[i] = counts ? q->log_sum - (z[i] - q->top) * l->lm.inverse_temperature : 0;
        }
        r->class_weight += kernels->sum(count, weights);
        r->classes += (double)finite;
        sum += kernels->dot(count, weights, z);
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

/* What a block adds to a divergence and to the center of its slopes; of q, what is above p, below it, and as much. */
typedef struct sums {
    double loss, center, above, below, equal;
} sums;

static sums add_cells(const info_i_loss *l, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count)
{
    const bool variation = info_i_loss_varies(l);
    sums s = {0};
    for (int64_t i = 0; i < count; i++) {
        if (z->p[i] == -INFINITY && z->q[i] == -INFINITY)
            continue;
        const info_i_cell c = info_i_pair_cell(&l->lm, pair, z->p[i], z->q[i], z->difference[i], z->low[i]);
        s.loss += divergence_term(l, &c, z->p[i], z->q[i]);
        if (variation)
            *(c.d < 0 ? &s.above : c.d > 0 ? &s.below : &s.equal) += c.q;
        else if (c.q > 0)
            s.center += c.q * slope(l, &c);
    }
    return s;
}

/* log(q / m) = -log(1 + t), t = b (p - q) / q, of which the sum's rounding is made good; 0 where q is 0. False where p
 * is so far above q that t is no number for it. e: p - q. */
static bool logs_to_mixture(const info_i_loss *l, const double *q, const double *e, int64_t count, double *out)
{
    double t[BLOCK], w[BLOCK];
    bool near = true;
    for (int64_t i = 0; i < count; i++) {
        t[i] = q[i] > 0 ? l->beta * e[i] / q[i] : 0;
        w[i] = 1 + t[i];
        near &= t[i] < 1e300;
    }
    if (!near || count < 1)
        return false;
    l->lm.kernels->mixture->logarithms(count, w, 1, 0, out);
    for (int64_t i = 0; i < count; i++)
        out[i] = -(out[i] + (t[i] - (w[i] - 1)) / w[i]);
    return true;
}

/* TV of p - q = e, and the signs of d. */
static void add_variation(const info_i_loss *l, const double *q, const double *d, const double *e, int64_t count,
                          sums *s)
{
    const info_i_mixture_kernels *kernels = l->lm.kernels->mixture;
    double part[BLOCK]; /* without branches, which signs would mislead */
    for (int64_t i = 0; i < count; i++)
        part[i] = fabs(e[i]);
    s->loss = kernels->sum(count, part) / 2;
    for (int64_t i = 0; i < count; i++)
        part[i] = q[i] * (d[i] < 0);
    s->above = kernels->sum(count, part);
    for (int64_t i = 0; i < count; i++)
        part[i] = q[i] * (d[i] > 0);
    s->below = kernels->sum(count, part);
    for (int64_t i = 0; i < count; i++)
        part[i] = q[i] * (d[i] == 0);
    s->equal = kernels->sum(count, part);
}

/* The same by kernels; false if that is not for them. */
static bool add_by_kernels(const info_i_loss *l, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count,
                           sums *s)
{
    const info_i_kernels *kernels = l->lm.kernels;
    const info_divergence wanted = l->options.divergence;
    double p[BLOCK], q[BLOCK], d[BLOCK], work[BLOCK];
    info_i_part part = {0};
    *s = (sums){0};
    if ((wanted == INFO_DIVERGENCE_JS && l->beta != 0.5) || !info_i_pair_shares(&l->lm, pair, z, count, p, q, d))
        return false;
    if (wanted == INFO_DIVERGENCE_FORWARD) {
        kernels->logs_f64->kl_of_ratios(p, q, d, count, &part);
        s->loss = info_i_dd_value(part.sum[0]);
        return true;
    }
    if (wanted == INFO_DIVERGENCE_REVERSE) {
        for (int64_t i = 0; i < count; i++)
            work[i] = -d[i];
        kernels->logs_f64->kl_of_ratios(q, p, work, count, &part);
        s->loss = info_i_dd_value(part.sum[0]);
        s->center = kernels->mixture->dot(count, q, work);
        return true;
    }
    kernels->logs_f64->differences(p, q, d, count, work);
    if (wanted != INFO_DIVERGENCE_JS) {
        add_variation(l, q, d, work, count, s);
        return true;
    }
    kernels->rows_f64->jensen_shannon(p, q, work, count, &part);
    s->loss = info_i_dd_value(part.sum[0]) / 2;
    if ((part.flags & INFO_I_PART_ROUGH) || !logs_to_mixture(l, q, work, count, d))
        return false;
    s->center = (1 - l->beta) * kernels->mixture->dot(count, q, d);
    return true;
}

static void divergence_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK];
    const info_i_lm_pairs block = {x, y, difference, low};
    sums total = {0};
    for (int64_t begin = 0; info_i_lm_reads_on(&l->lm, begin, l->logits->cols); begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        sums s;
        info_i_lm_load_pairs(&l->lm, l->teacher, l->logits, row, begin, count, &block);
        if (!add_by_kernels(l, &r->pair, &block, count, &s))
            s = add_cells(l, &r->pair, &block, count);
        total.above += s.above;
        total.below += s.below;
        total.equal += s.equal;
        r->loss += s.loss;
        r->center += s.center;
    }
    info_i_loss_center_signs(r, total.above, total.below, total.equal);
}

/* KL divergences as two rows are compared, if that is in f64: the reverse one is the center of its slopes too. */
static bool kl_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const bool forward = l->options.divergence == INFO_DIVERGENCE_FORWARD;
    const info_i_pair_wishes wishes = {.kl = forward, .kl_reverse = !forward, .beta = 0.5};
    if (!(forward || l->options.divergence == INFO_DIVERGENCE_REVERSE) ||
        (info_i_lm_in_f32(&l->lm, l->teacher) && info_i_lm_in_f32(&l->lm, l->logits)))
        return false;
    r->pair = info_i_pair_measure(&l->lm, l->teacher, l->logits, row, &wishes);
    r->loss = forward ? r->pair.kl : r->pair.kl_reverse;
    r->center = forward ? 0 : r->pair.kl_reverse;
    r->weight = r->row_weight;
    return true;
}

bool info_i_loss_value_f64(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    info_i_row *q = &r->pair.q;
    if (l->teacher && kl_value(l, row, r))
        return true;
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
static void entropy_slopes(const info_i_loss *l, const info_i_loss_row *r, const double *z, const double *p,
                           int64_t count, double *gradient)
{
    const info_i_row *q = &r->pair.q;
    for (int64_t i = 0; i < count; i++)
        gradient[i] = p[i] > 0 ? -p[i] * ((z[i] - q->top) * l->lm.inverse_temperature - q->mean) : 0;
}

static void cross_entropy_slopes(const info_i_loss *l, const info_i_loss_row *r, int64_t col, const double *z,
                                 const double *p, int64_t count, double *gradient)
{
    const info_i_cross_entropy_slope k = info_i_loss_cross_entropy_terms(l, r);
    const double *weights = l->options.class_weights;
    if (k.spread > 0)
        for (int64_t i = 0; i < count; i++) {
            const double weight = weights ? weights[col + i] : 1;
            const double here = k.on_target * p[i] + k.spread * (p[i] * r->class_weight - weight) + k.normalizer * p[i];
            gradient[i] = z[i] > -INFINITY ? here : 0;
        }
    else
        for (int64_t i = 0; i < count; i++)
            gradient[i] = k.on_target * p[i] + k.normalizer * p[i];
    const int64_t target = r->target - col;
    if (target >= 0 && target < count && z[target] > -INFINITY) {
        const double log_p = info_i_row_log_probability(&l->lm, &r->pair.q, z[target]);
        gradient[target] = info_i_loss_cross_entropy_slope(l, r, r->target, log_p);
    }
}

static double divergence_slope(const info_i_loss *l, const info_i_loss_row *r, const info_i_cell *c)
{
    if (l->options.divergence == INFO_DIVERGENCE_FORWARD)
        return info_i_cell_difference(c);
    if (info_i_loss_varies(l))
        return c->q * (c->d < 0 ? r->above : c->d > 0 ? -r->below : (r->above - r->below) / 2);
    return c->q > 0 ? c->q * (slope(l, c) - r->center) : 0;
}

static void slopes_of_cells(const info_i_loss *l, const info_i_loss_row *r, const info_i_lm_pairs *z, int64_t count,
                            double *gradient)
{
    for (int64_t i = 0; i < count; i++) {
        gradient[i] = 0;
        if (z->q[i] == -INFINITY)
            continue;
        const info_i_cell c = info_i_pair_cell(&l->lm, &r->pair, z->p[i], z->q[i], z->difference[i], z->low[i]);
        gradient[i] = divergence_slope(l, r, &c);
    }
}

/* The same by kernels; false if that is not for them. */
static bool slopes_by_kernels(const info_i_loss *l, const info_i_loss_row *r, const info_i_lm_pairs *z, int64_t count,
                              double *gradient)
{
    const info_divergence wanted = l->options.divergence;
    double p[BLOCK], q[BLOCK], d[BLOCK];
    if (!info_i_pair_shares(&l->lm, &r->pair, z, count, p, q, d))
        return false;
    if (info_i_loss_varies(l)) {
        const double above = r->above, below = r->below, middle = (above - below) / 2;
        for (int64_t i = 0; i < count; i++) /* without branches, which signs would mislead; + 0: no -0 */
            gradient[i] = q[i] * (above * (d[i] < 0) - below * (d[i] > 0) + middle * (d[i] == 0)) + 0;
        return true;
    }
    if (wanted == INFO_DIVERGENCE_REVERSE) {
        for (int64_t i = 0; i < count; i++)
            gradient[i] = q[i] * (-d[i] - r->center) + 0;
        return true;
    }
    l->lm.kernels->logs_f64->differences(p, q, d, count, gradient);
    if (wanted == INFO_DIVERGENCE_FORWARD) {
        for (int64_t i = 0; i < count; i++)
            gradient[i] = 0 - gradient[i];
        return true;
    }
    if (!logs_to_mixture(l, q, gradient, count, d))
        return false;
    for (int64_t i = 0; i < count; i++)
        gradient[i] = q[i] > 0 ? q[i] * ((1 - l->beta) * d[i] - r->center) : 0;
    return true;
}

static void put_slopes(const info_i_loss *l, const info_i_loss_row *r, int64_t row, int64_t col, int64_t count,
                       double *gradient)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK];
    const info_i_lm_pairs block = {x, y, difference, low};
    if (l->teacher) {
        info_i_lm_load_pairs(&l->lm, l->teacher, l->logits, row, col, count, &block);
        if (!slopes_by_kernels(l, r, &block, count, gradient))
            slopes_of_cells(l, r, &block, count, gradient);
        return;
    }
    info_i_lm_load_logits(&l->lm, l->logits, row, col, count, y);
    info_i_row_shares(&l->lm, y, count, r->pair.q.top, exp(r->pair.q.log_sum), x);
    if (l->kind == INFO_I_LOSS_ENTROPY)
        entropy_slopes(l, r, y, x, count, gradient);
    else
        cross_entropy_slopes(l, r, col, y, x, count, gradient);
}

/* ---- Gradients with respect to x ------------------------------------------------ */

/* dy / dx = (1 - tanh(x / c)^2) / T = 4 e / (1 + e)^2 / T, e = exp(-2 |x / c|) */
double info_i_loss_through_softcap(const info_i_lm *lm, double x)
{
    const double e = exp(-2 * fabs(x / lm->given.softcap));
    return lm->inverse_temperature * (lm->given.softcap > 0 && isfinite(x) ? 4 * e / ((1 + e) * (1 + e)) : 1);
}

/* factor dy / dx times the gradients by y of a block. */
static void pass_softcap(const info_i_lm *lm, const double *x, int64_t count, double factor, double *gradient)
{
    const double scale = factor * lm->inverse_temperature, cap = lm->given.softcap;
    double e[BLOCK];
    for (int64_t i = 0; i < count; i++)
        gradient[i] *= scale;
    if (cap == 0)
        return;
    for (int64_t i = 0; i < count; i++)
        e[i] = fabs(x[i]) / cap;
    lm->kernels->logs_f64->exponentials(count, -2, 0, e, e);
    for (int64_t i = 0; i < count; i++)
        gradient[i] *= 4 * e[i] / ((1 + e[i]) * (1 + e[i]));
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
    for (int64_t col = 0; info_i_lm_reads_on(&l->lm, col, l->logits->cols); col += BLOCK) {
        const int64_t left = l->logits->cols - col, count = left < BLOCK ? left : BLOCK;
        info_i_get_row_f64(l->logits, row, col, count, x);
        put_slopes(l, r, row, col, count, gradient);
        if (certain)
            others += sum_but_for(top - col, gradient, count);
        pass_softcap(&l->lm, x, count, factor, gradient);
        info_i_put_row_f64(out, row, col, count, gradient);
    }
    if (certain)
        info_i_put(out, row, top, (0 - others) * factor * at_top);
    return true;
}
