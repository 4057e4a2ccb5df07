/* SPDX-License-Identifier: MIT
 * Two rows: first their log-sum-exps, then the divergences cell by cell, each a sum of
 * terms that are not negative. */
#include "lm/apart_f32.h"

#include <math.h>

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

typedef struct sums {
    double kl, kl_reverse, js, generalised_js, apart, common;
} sums;

static sums add_block(const info_i_pair *pair, const double *y, const double *z, int64_t count,
                      const info_i_pair_wishes *wishes)
{
    sums s = {0};
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
        if (wishes->generalised_js)
            s.generalised_js += info_i_cell_js(&c, wishes->beta);
        if (wishes->apart) {
            s.apart += fabs(info_i_cell_difference(&c));
            s.common += c.p < c.q ? c.p : c.q;
        }
    }
    return s;
}

static void add_cells(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                      const info_i_pair *pair, const info_i_pair_wishes *cells, sums *total)
{
    double y[BLOCK], z[BLOCK];
    const int64_t length = info_i_lm_length(lm, p, row);
    for (int64_t begin = 0; begin < length; begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        info_i_lm_load(lm, p, row, begin, count, y);
        info_i_lm_load(lm, q, row, begin, count, z);
        const sums s = add_block(pair, y, z, count, cells);
        total->kl += s.kl;
        total->kl_reverse += s.kl_reverse;
        total->js += s.js;
        total->generalised_js += s.generalised_js;
        total->apart += s.apart;
        total->common += s.common;
    }
}

info_i_pair info_i_pair_measure(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                const info_i_pair_wishes *wishes)
{
    info_i_pair pair = {0};
    /* One token is certain whatever its logits: exactly 0, for which f64 is quick enough. */
    const bool in_f32 = info_i_lm_length(lm, p, row) > 1 && info_i_lm_in_f32(lm, p) && info_i_lm_in_f32(lm, q) &&
                        info_i_pair_measure_f32(lm, p, q, row, wishes->kl_reverse, &pair);
    if (!in_f32) {
        pair.p = info_i_row_measure(lm, p, row, INFO_I_DETAIL_SUM, INFINITY);
        pair.q = info_i_row_measure(lm, q, row, INFO_I_DETAIL_SUM, INFINITY);
    }
    if (!pair.p.valid || !pair.q.valid)
        return pair;
    sums total = {0};
    info_i_pair_wishes cells = *wishes;
    if (in_f32) {
        cells.kl = cells.kl_reverse = false;
        if (wishes->apart)
            cells.apart = !info_i_pair_apart_f32(lm, p, q, row, &pair, &total.apart, &total.common);
    }
    if (cells.kl || cells.kl_reverse || cells.js || cells.generalised_js || cells.apart)
        add_cells(lm, p, q, row, &pair, &cells, &total);
    if (!in_f32) {
        pair.kl = total.kl;
        pair.kl_reverse = total.kl_reverse;
    }
    pair.js = total.js;
    pair.generalised_js = total.generalised_js;
    pair.tv = total.apart < 2 ? total.apart / 2 : 1;
    /* The smaller of the two is a sum of its own; the larger follows. */
    pair.acceptance = pair.tv < 0.5 ? 1 - pair.tv : total.common;
    return pair;
}
