/* SPDX-License-Identifier: MIT
 * Two rows: first their log-sum-exps, then the divergences cell by cell, each a sum of
 * terms that are not negative. */
#include "lm/pair.h"

#include <math.h>

#include "lm/apart_f32.h"

#define BLOCK 512

info_i_cell info_i_pair_cell(const info_i_row *p, const info_i_row *q, double y, double z)
{
    info_i_cell c = {.log_p = y - p->maximum - p->log_sum, .log_q = z - q->maximum - q->log_sum};
    c.p = exp(c.log_p);
    c.q = exp(c.log_q);
    /* y - z first: near-equal logits subtract exactly. */
    c.d = (y - z) - ((p->maximum - q->maximum) + (p->log_sum - q->log_sum));
    if (!isfinite(c.d) && isfinite(y) && isfinite(z)) /* logits near the largest double */
        c.d = c.p == 0 && c.q == 0 ? 0 : c.log_p - c.log_q;
    return c;
}

static info_i_cell_sums add_block(const info_i_pair *pair, const double *y, const double *z, int64_t count,
                                  const info_i_pair_wishes *wishes)
{
    info_i_cell_sums s = {0};
    for (int64_t i = 0; i < count; i++) {
        if (y[i] == -INFINITY && z[i] == -INFINITY)
            continue;
        const info_i_cell c = info_i_pair_cell(&pair->p, &pair->q, y[i], z[i]);
        /* A finite logit is a positive probability, however small. */
        if (wishes->kl)
            s.kl += z[i] == -INFINITY ? INFINITY : info_i_cell_kl(&c);
        if (wishes->kl_reverse)
            s.kl_reverse += y[i] == -INFINITY ? INFINITY : info_i_cell_kl_reverse(&c);
        if (wishes->js)
            s.js += info_i_cell_js(&c, 0.5);
        if (wishes->generalized_js)
            s.generalized_js += info_i_cell_js(&c, wishes->beta);
        if (wishes->apart) {
            s.apart += fabs(info_i_cell_difference(&c));
            s.common += c.p < c.q ? c.p : c.q;
        }
    }
    return s;
}

void info_i_cell_sums_add(info_i_cell_sums *sum, const info_i_cell_sums *s)
{
    sum->kl += s->kl;
    sum->kl_reverse += s->kl_reverse;
    sum->js += s->js;
    sum->generalized_js += s->generalized_js;
    sum->apart += s->apart;
    sum->common += s->common;
}

/* Whether the vector kernels apply. One token is certain whatever its
 * logits: exactly 0, for which f64 is quick enough. */
static bool in_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row)
{
    return info_i_lm_length(lm, p, row) > 1 && info_i_lm_in_f32(lm, p) && info_i_lm_in_f32(lm, q);
}

/* What the vector kernels can do of what is wanted; it is taken off the wishes. */
static void add_cells_f32(const info_i_known_pair *known, info_i_pair_wishes *wishes, info_i_cell_sums *total)
{
    info_i_apart_sums apart;
    if (wishes->js && wishes->half.b > 0)
        wishes->js = !info_i_mixture_f32(known, 0.5, &wishes->half, &total->js, NULL);
    if (wishes->generalized_js && wishes->own.b > 0)
        wishes->generalized_js = !info_i_mixture_f32(known, wishes->beta, &wishes->own, &total->generalized_js, NULL);
    if (wishes->apart && info_i_apart_f32(known, &apart)) {
        wishes->apart = false;
        total->apart = apart.apart;
        total->common = apart.common;
    }
}

info_i_cell_sums info_i_pair_cells(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                   const info_i_pair *pair, const info_i_pair_wishes *wishes)
{
    double y[BLOCK], z[BLOCK];
    info_i_pair_wishes left = *wishes;
    info_i_cell_sums total = {0};
    const int64_t length = info_i_lm_length(lm, p, row);
    if (in_f32(lm, p, q, row)) {
        const info_i_known_pair known = {lm, p, q, row, length, &pair->p, &pair->q};
        add_cells_f32(&known, &left, &total);
    }
    if (!(left.kl || left.kl_reverse || left.js || left.generalized_js || left.apart))
        return total;
    for (int64_t begin = 0; begin < length; begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        info_i_lm_load(lm, p, row, begin, count, y);
        info_i_lm_load(lm, q, row, begin, count, z);
        const info_i_cell_sums s = add_block(pair, y, z, count, &left);
        info_i_cell_sums_add(&total, &s);
    }
    return total;
}

void info_i_pair_take(info_i_pair *pair, const info_i_cell_sums *sums)
{
    pair->js = sums->js;
    pair->generalized_js = sums->generalized_js;
    pair->tv = sums->apart < 2 ? sums->apart / 2 : 1;
    /* The smaller of the two is a sum of its own; the larger follows. */
    pair->acceptance = pair->tv < 0.5 ? 1 - pair->tv : sums->common;
}

info_i_pair_wishes info_i_pair_wishes_for(const info_logit_comparison *out, double beta)
{
    info_i_pair_wishes wishes = {.kl = out->kl,
                                 .kl_reverse = out->kl_reverse,
                                 .js = out->js,
                                 .generalized_js = out->generalized_js,
                                 .apart = out->tv || out->acceptance,
                                 .beta = beta > 0 ? beta : 0.5};
    if (wishes.js)
        info_i_mixture_terms(0.5, &wishes.half);
    if (wishes.generalized_js)
        info_i_mixture_terms(wishes.beta < 0.5 ? wishes.beta : 1 - wishes.beta, &wishes.own);
    return wishes;
}

info_i_pair info_i_pair_measure(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                const info_i_pair_wishes *wishes)
{
    info_i_pair pair = {0};
    info_i_pair_wishes left = *wishes;
    if (in_f32(lm, p, q, row) && info_i_pair_measure_f32(lm, p, q, row, wishes->kl_reverse, &pair)) {
        left.kl = left.kl_reverse = false;
    } else {
        pair.p = info_i_row_measure(lm, p, row, INFO_I_DETAIL_SUM, INFINITY);
        pair.q = info_i_row_measure(lm, q, row, INFO_I_DETAIL_SUM, INFINITY);
    }
    if (!pair.p.valid || !pair.q.valid)
        return pair;
    const info_i_cell_sums sums = info_i_pair_cells(lm, p, q, row, &pair, &left);
    if (left.kl)
        pair.kl = sums.kl;
    if (left.kl_reverse)
        pair.kl_reverse = sums.kl_reverse;
    info_i_pair_take(&pair, &sums);
    return pair;
}
