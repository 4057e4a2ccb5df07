/* SPDX-License-Identifier: MIT
 * Two rows: first their log-sum-exps, then the divergences cell by cell, each a sum of
 * terms that are not negative. */
#include "lm/pair.h"

#include <math.h>

#include "kernels/kernels.h"
#include "kernels/logs_f64.h"
#include "kernels/mixture.h"
#include "lm/cells_f32.h"

#define BLOCK 224

info_i_cell info_i_pair_cell(const info_i_lm *lm, const info_i_pair *pair, double x, double y, double difference,
                             double low)
{
    const info_i_log_ratio *r = &pair->ratio;
    info_i_cell c = {.log_p = info_i_row_log_probability(lm, &pair->p, x),
                     .log_q = info_i_row_log_probability(lm, &pair->q, y)};
    c.p = exp(c.log_p);
    c.q = exp(c.log_q);
    c.d = ((difference - r->base) + (low - r->base_low)) * lm->inverse_temperature - r->shift;
    if (!isfinite(c.d) && isfinite(x) && isfinite(y)) /* logits near the largest double */
        c.d = c.p == 0 && c.q == 0 ? 0 : c.log_p - c.log_q;
    return c;
}

info_i_cell info_i_pair_cell_at(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                int64_t col, const info_i_pair *pair)
{
    double x, y, difference, low;
    const info_i_lm_pairs one = {&x, &y, &difference, &low};
    info_i_lm_load_pairs(lm, p, q, row, col, 1, &one);
    return info_i_pair_cell(lm, pair, x, y, difference, low);
}

int64_t info_i_pair_top(const info_i_pair *pair)
{
    const double most = 0.6931471805599453; /* log 2 */
    return pair->p.log_sum <= most ? pair->p.argmax : pair->q.log_sum <= most ? pair->q.argmax : -1;
}

/* ---- The ratio of rows in f64 --------------------------------------------------- */

/* log p - log q of a block; 0 where both are -inf. */
static void get_ratios(const info_i_lm *lm, const info_i_lm_pairs *z, int64_t count, const info_i_log_ratio *r,
                       double *d)
{
    for (int64_t i = 0; i < count; i++) {
        d[i] = ((z->difference[i] - r->base) + (z->low[i] - r->base_low)) * lm->inverse_temperature - r->shift;
        d[i] = z->p[i] == z->q[i] && z->p[i] == -INFINITY ? 0 : d[i];
    }
}

/* sum of exp((x - top) / T) - exp((y - q_top) / T) */
static double sum_differences(const info_i_lm *lm, const info_i_lm_pairs *z, int64_t count, double top, double q_top,
                              const info_i_log_ratio *ratio)
{
    double a[BLOCK], b[BLOCK], d[BLOCK];
    info_i_row_shares(lm, z->p, count, top, 1, a);
    info_i_row_shares(lm, z->q, count, q_top, 1, b);
    get_ratios(lm, z, count, ratio, d);
    lm->kernels->logs_f64->differences(a, b, d, count, d);
    return lm->kernels->mixture->sum(count, d);
}

/* By p's largest logit: of it, log(p / q) = log(sum exp(y' / T) / sum exp(x' / T)) with x' and y' less their logits of that
 * column, where the sums' difference is made of differences. */
static void set_ratio_at(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, double z,
                         info_i_pair *pair)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK], sum = 0;
    const info_i_lm_pairs block = {x, y, difference, low};
    info_i_log_ratio *r = &pair->ratio;
    info_i_lm_load_pairs(lm, p, q, row, pair->p.argmax, 1, &block);
    const info_i_log_ratio of_top = {difference[0], low[0], 0};
    for (int64_t begin = 0; info_i_lm_reads_on(lm, begin, info_i_lm_length(lm, p, row)); begin += BLOCK) {
        const int64_t left = info_i_lm_length(lm, p, row) - begin, count = left < BLOCK ? left : BLOCK;
        info_i_lm_load_pairs(lm, p, q, row, begin, count, &block);
        sum -= sum_differences(lm, &block, count, pair->p.top, z, &of_top);
    }
    *r = of_top;
    r->shift = -log1p(sum * exp(-pair->p.log_sum));
}

static void set_ratio(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, info_i_pair *pair)
{
    const double z = info_i_lm_logit(info_i_lm_of_q(lm), q, row, pair->p.argmax);
    const double shift = pair->p.log_sum - pair->q.log_sum, apart = (pair->q.top - z) * lm->inverse_temperature;
    if (fabs(shift - apart) < 0.5) {
        double x, y, difference, low;
        const info_i_lm_pairs top = {&x, &y, &difference, &low};
        info_i_lm_load_pairs(lm, p, q, row, pair->p.argmax, 1, &top);
        pair->ratio = (info_i_log_ratio){difference, low, shift - apart};
        if (!info_i_pair_find_ratio(lm, p, q, row, pair))
            set_ratio_at(lm, p, q, row, z, pair);
        return;
    }
    const double base = pair->p.top - pair->q.top, minus = base - pair->p.top;
    const double low = (pair->p.top - (base - minus)) - (pair->q.top + minus);
    pair->ratio = (info_i_log_ratio){base, isfinite(low) ? low : 0, shift};
    if (!info_i_pair_find_ratio(lm, p, q, row, pair))
        pair->ratio.shift = shift;
}

/* ---- Rows ------------------------------------------------------------------------ */

/* Whether the vector kernels apply. One token is certain whatever its
 * logits: exactly 0, for which f64 is quick enough. */
static bool in_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row)
{
    return info_i_lm_length(lm, p, row) > 1 && info_i_lm_in_f32(lm, p) && info_i_lm_in_f32(lm, q);
}

void info_i_pair_read_f64(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                          info_i_pair *pair)
{
    *pair = (info_i_pair){.p = info_i_row_measure_f64(lm, p, row, INFO_I_DETAIL_SUM, INFINITY),
                          .q = info_i_row_measure_f64(info_i_lm_of_q(lm), q, row, INFO_I_DETAIL_SUM, INFINITY)};
    if (pair->p.valid && pair->q.valid)
        set_ratio(lm, p, q, row, pair);
}

bool info_i_pair_read(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, info_i_pair *pair)
{
    pair->tiny = false;
    if (in_f32(lm, p, q, row) && info_i_pair_read_f32(lm, p, q, row, pair))
        return true;
    const bool tiny = pair->tiny;
    info_i_pair_read_f64(lm, p, q, row, pair);
    pair->tiny = tiny;
    return false;
}

/* ---- Cells ----------------------------------------------------------------------- */

static info_i_cell_sums add_block(const info_i_lm *lm, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count,
                                  const info_i_pair_wishes *wishes)
{
    info_i_cell_sums s = {0};
    for (int64_t i = 0; i < count; i++) {
        if (z->p[i] == -INFINITY && z->q[i] == -INFINITY)
            continue;
        const info_i_cell c = info_i_pair_cell(lm, pair, z->p[i], z->q[i], z->difference[i], z->low[i]);
        /* A finite logit is a positive probability, however small. */
        if (wishes->kl)
            s.kl += z->q[i] == -INFINITY ? INFINITY : info_i_cell_kl(&c);
        if (wishes->kl_reverse)
            s.kl_reverse += z->p[i] == -INFINITY ? INFINITY : info_i_cell_kl_reverse(&c);
        if (wishes->js)
            s.js += info_i_cell_js(&c, 0.5);
        if (wishes->generalized_js)
            s.generalized_js += info_i_cell_js(&c, wishes->beta);
        if (wishes->variation) {
            s.difference += fabs(info_i_cell_difference(&c));
            s.common += c.p < c.q ? c.p : c.q;
        }
    }
    return s;
}

bool info_i_pair_shares(const info_i_lm *lm, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count,
                        double *p, double *q, double *d)
{
    bool finite = true;
    get_ratios(lm, z, count, &pair->ratio, d);
    for (int64_t i = 0; i < count; i++)
        finite &= fabs(d[i]) < 1e300;
    if (!finite)
        return false;
    info_i_row_shares(lm, z->p, count, pair->p.top, exp(pair->p.log_sum), p);
    info_i_row_shares(lm, z->q, count, pair->q.top, exp(pair->q.log_sum), q);
    return true;
}

/* The same by kernels, whose Jensen-Shannon divergence is of weight 1/2; false if that is not for them. */
static bool add_block_by_kernels(const info_i_lm *lm, const info_i_pair *pair, const info_i_lm_pairs *z, int64_t count,
                                 const info_i_pair_wishes *wishes, info_i_cell_sums *s)
{
    const info_i_logs_kernels *kernels = lm->kernels->logs_f64;
    double p[BLOCK], q[BLOCK], d[BLOCK], back[BLOCK];
    info_i_part part;
    if (wishes->generalized_js || !info_i_pair_shares(lm, pair, z, count, p, q, d))
        return false;
    *s = (info_i_cell_sums){0};
    if (wishes->kl) {
        kernels->kl_of_ratios(p, q, d, count, &part);
        s->kl = info_i_dd_value(part.sum[0]);
    }
    for (int64_t i = 0; i < count && wishes->kl_reverse; i++)
        back[i] = -d[i];
    if (wishes->kl_reverse) {
        kernels->kl_of_ratios(q, p, back, count, &part);
        s->kl_reverse = info_i_dd_value(part.sum[0]);
    }
    if (wishes->js || wishes->variation)
        kernels->differences(p, q, d, count, d);
    if (wishes->js) {
        lm->kernels->rows_f64->jensen_shannon(p, q, d, count, &part);
        s->js = info_i_dd_value(part.sum[0]) / 2;
    }
    for (int64_t i = 0; i < count && wishes->variation; i++) {
        d[i] = fabs(d[i]);
        back[i] = p[i] < q[i] ? p[i] : q[i];
    }
    if (wishes->variation) {
        s->difference = lm->kernels->mixture->sum(count, d);
        s->common = lm->kernels->mixture->sum(count, back);
    }
    return !(wishes->js && (part.flags & INFO_I_PART_ROUGH));
}

void info_i_cell_sums_add(info_i_cell_sums *sum, const info_i_cell_sums *s)
{
    sum->kl += s->kl;
    sum->kl_reverse += s->kl_reverse;
    sum->js += s->js;
    sum->generalized_js += s->generalized_js;
    sum->difference += s->difference;
    sum->common += s->common;
}

/* What the vector kernels can do of what is wanted; it is taken off the wishes. */
static void add_cells_f32(const info_i_known_pair *known, info_i_pair_wishes *wishes, info_i_cell_sums *total)
{
    info_i_variation_sums variation;
    if (wishes->js && wishes->half.b > 0)
        wishes->js = !info_i_mixture_f32(known, 0.5, &wishes->half, &total->js, NULL);
    if (wishes->generalized_js && wishes->own.b > 0)
        wishes->generalized_js = !info_i_mixture_f32(known, wishes->beta, &wishes->own, &total->generalized_js, NULL);
    if (wishes->variation && info_i_variation_f32(known, &variation)) {
        wishes->variation = false;
        total->difference = variation.difference;
        total->common = variation.common;
    }
}

/* Columns begin .. end - 1, through the probabilities of both rows. */
static void add_blocks(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, int64_t begin,
                       int64_t end, const info_i_pair *pair, const info_i_pair_wishes *wishes, info_i_cell_sums *total)
{
    double x[BLOCK], y[BLOCK], difference[BLOCK], low[BLOCK];
    const info_i_lm_pairs block = {x, y, difference, low};
    for (int64_t at = begin; at < end; at += BLOCK) {
        const int64_t count = end - at < BLOCK ? end - at : BLOCK;
        info_i_lm_load_pairs(lm, p, q, row, at, count, &block);
        info_i_cell_sums s;
        if (!add_block_by_kernels(lm, pair, &block, count, wishes, &s))
            s = add_block(lm, pair, &block, count, wishes);
        info_i_cell_sums_add(total, &s);
    }
}

info_i_cell_sums info_i_pair_cells(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                                   int64_t first, const info_i_pair *pair, const info_i_pair_wishes *wishes)
{
    info_i_pair_wishes left = *wishes;
    info_i_cell_sums total = {0};
    const int64_t length = info_i_lm_length(lm, p, row);
    if (in_f32(lm, p, q, row) && !pair->tiny) {
        const int64_t top = info_i_pair_top(pair) - first;
        const info_i_known_pair known = {lm, p, q, row, length, top >= 0 && top < length ? top : -1, pair};
        add_cells_f32(&known, &left, &total);
    }
    if (!(left.kl || left.kl_reverse || left.js || left.generalized_js || left.variation))
        return total;
    for (int64_t begin = 0; info_i_lm_reads_on(lm, begin, length); begin += INFO_I_PAIR_STRETCH) {
        const int64_t rest = length - begin, count = rest < INFO_I_PAIR_STRETCH ? rest : INFO_I_PAIR_STRETCH;
        if (left.generalized_js || !info_i_pair_add_stretch(lm, p, q, row, begin, count, pair, &left, &total))
            add_blocks(lm, p, q, row, begin, begin + count, pair, &left, &total);
    }
    return total;
}

void info_i_pair_take(info_i_pair *pair, const info_i_cell_sums *sums)
{
    pair->js = sums->js;
    pair->generalized_js = sums->generalized_js;
    pair->tv = sums->difference < 2 ? sums->difference / 2 : 1;
    /* The smaller of the two is a sum of its own; the larger follows. */
    pair->acceptance = pair->tv < 0.5 ? 1 - pair->tv : sums->common;
}

info_i_pair_wishes info_i_pair_wishes_for(const info_logit_comparison *out, double beta)
{
    info_i_pair_wishes wishes = {.kl = out->kl,
                                 .kl_reverse = out->kl_reverse,
                                 .js = out->js,
                                 .generalized_js = out->generalized_js,
                                 .variation = out->tv || out->acceptance,
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
    if (info_i_pair_read(lm, p, q, row, &pair))
        left.kl = left.kl_reverse = false;
    if (pair.has_kl)
        left.kl = false;
    if (!pair.p.valid || !pair.q.valid)
        return pair;
    const info_i_cell_sums sums = info_i_pair_cells(lm, p, q, row, 0, &pair, &left);
    if (left.kl)
        pair.kl = sums.kl;
    if (left.kl_reverse)
        pair.kl_reverse = sums.kl_reverse;
    info_i_pair_take(&pair, &sums);
    return pair;
}
