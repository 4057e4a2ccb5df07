/* SPDX-License-Identifier: MIT */
#include "shard/pair_part.h"

#include <math.h>

/* ---- Tiles --------------------------------------------------------------- */

/* One model's side of a tile; false if it has no valid value. */
static bool put_side(const info_i_tile *tile, const info_i_lm *lm, const info_matrix *view, const info_i_row *row,
                     double *top, double *weight, int64_t *argmax)
{
    if (!row->valid)
        return info_i_tile_impossible(tile, lm, view);
    *top = row->top;
    *weight = expm1(row->log_sum);
    *argmax = tile->first + row->argmax;
    return true;
}

static void put_target(const info_i_tile *tile, const info_matrix *p, const info_matrix *q, info_logit_pair_part *part)
{
    const info_i_lm_pairs one = {&part->p_target, &part->q_target, &part->target_difference, &part->target_low};
    if (part->targeted == 1)
        info_i_lm_load_pairs(&tile->lm, p, q, tile->row, tile->target, 1, &one);
}

info_logit_pair_part info_i_pair_tile_of(const info_i_tile *tile, const info_matrix *p, const info_matrix *q)
{
    const double temperature = tile->lm.given.temperature;
    info_logit_pair_part part = {.first_token = tile->first,
                                 .tokens = tile->tokens,
                                 .p_argmax = -1,
                                 .q_argmax = -1,
                                 .temperature = temperature > 0 ? temperature : 1,
                                 .p_top = -INFINITY,
                                 .q_top = -INFINITY,
                                 .targeted = tile->targeted};
    if (tile->valid == 0)
        return part;
    const info_matrix a = info_i_tile_view(tile, p), b = info_i_tile_view(tile, q);
    const info_i_pair_wishes wishes = {.kl = true, .kl_reverse = true, .beta = 0.5};
    const info_i_lm *of_q = info_i_lm_of_q(&tile->lm);
    info_i_pair r = info_i_pair_measure(&tile->lm, &a, &b, tile->row, &wishes);
    if (r.p.valid && r.q.valid) {
        part.base = r.ratio.base;
        part.base_low = r.ratio.base_low;
        part.shift = r.ratio.shift;
        part.kl = r.kl;
        part.kl_reverse = r.kl_reverse;
    } else {
        r.p = info_i_row_measure(&tile->lm, &a, tile->row, INFO_I_DETAIL_SUM, INFINITY);
        r.q = info_i_row_measure(of_q, &b, tile->row, INFO_I_DETAIL_SUM, INFINITY);
    }
    if (!put_side(tile, &tile->lm, &a, &r.p, &part.p_top, &part.p_weight, &part.p_argmax))
        part.p_top = NAN;
    if (!put_side(tile, of_q, &b, &r.q, &part.q_top, &part.q_weight, &part.q_argmax))
        part.q_top = NAN;
    put_target(tile, &a, &b, &part);
    return part;
}

/* ---- Checks -------------------------------------------------------------- */

static bool sound_side(const info_logit_pair_part *p, double top, double weight, int64_t argmax)
{
    return weight >= 0 && weight < INFINITY &&
           (argmax == -1 || (argmax >= p->first_token && argmax - p->first_token < p->tokens)) &&
           (isnan(top) || (top < INFINITY && (top == -INFINITY) == (argmax == -1)));
}

static bool sound(const info_logit_pair_part *p)
{
    return sound_side(p, p->p_top, p->p_weight, p->p_argmax) && sound_side(p, p->q_top, p->q_weight, p->q_argmax) &&
           p->kl >= 0 && p->kl_reverse >= 0 && isfinite(p->base) && isfinite(p->base_low) && isfinite(p->shift);
}

static info_i_tile_place place_of(const info_logit_pair_part *p)
{
    return (info_i_tile_place){p->vocabulary, p->first_token, p->tokens, p->temperature, p->targeted, sound(p)};
}

info_status info_i_pair_tiles_check(info_i_error *error, const info_logit_pair_part *parts, int64_t tiles, int64_t rows,
                                    int64_t row)
{
    info_i_tiles_seen seen = {0};
    for (int64_t t = 0; t < tiles && error->status == INFO_OK; t++) {
        const info_i_tile_place own = place_of(&parts[t * rows + row]);
        info_i_check_tile(error, &seen, &own, tiles, row);
    }
    return error->status;
}

/* ---- Whole rows ---------------------------------------------------------- */

/* One model's row: of the tiles' p, or of their q. */
static info_i_row side_of(const info_logit_pair_part *parts, int64_t tiles, int64_t rows, int64_t row, bool of_q)
{
    const info_logit_pair_part *best = &parts[row];
    const double temperature = best->temperature;
    for (int64_t t = 0; t < tiles; t++) {
        const info_logit_pair_part *p = &parts[t * rows + row];
        if (isnan(of_q ? p->q_top : p->p_top))
            return (info_i_row){.valid = false};
        if ((of_q ? p->q_top : p->p_top) > (of_q ? best->q_top : best->p_top))
            best = p;
    }
    const double top = of_q ? best->q_top : best->p_top;
    double weight = 0;
    if (top == -INFINITY)
        return (info_i_row){.valid = false};
    for (int64_t t = 0; t < tiles; t++) {
        const info_logit_pair_part *p = &parts[t * rows + row];
        const double own = of_q ? p->q_weight : p->p_weight, apart = (of_q ? p->q_top : p->p_top) - top;
        weight += p == best ? own : (1 + own) * exp(apart / temperature);
    }
    return (info_i_row){.valid = true,
                        .top = top,
                        .maximum = top / temperature,
                        .argmax = of_q ? best->q_argmax : best->p_argmax,
                        .log_sum = log1p(weight)};
}

/* log of the share of a tile in the row of one model. */
static double log_share(double top, double weight, const info_i_row *whole, double temperature)
{
    return (top - whole->top) / temperature + log1p(weight) - whole->log_sum;
}

/* The tile as a cell of the coarse distribution of the row: p(t), q(t) and log(p(t) / q(t)), which is made of differences. */
static info_i_cell cell_of(const info_logit_pair_part *part, const info_i_pair *pair)
{
    const info_i_log_ratio *r = &pair->ratio;
    const double temperature = part->temperature;
    info_i_cell c = {.log_p = log_share(part->p_top, part->p_weight, &pair->p, temperature),
                     .log_q = log_share(part->q_top, part->q_weight, &pair->q, temperature)};
    c.p = exp(c.log_p);
    c.q = exp(c.log_q);
    c.d = c.log_p > -INFINITY && c.log_q > -INFINITY
              ? ((part->base - r->base) + (part->base_low - r->base_low)) / temperature + (part->shift - r->shift)
              : c.log_p - c.log_q;
    return c;
}

/* What a tile has of p more than of q, both divided by q's sum, and p by the ratio so far. */
static double apart_of(const info_logit_pair_part *part, const info_i_pair *pair)
{
    const info_i_log_ratio *r = &pair->ratio;
    const info_i_cell c = cell_of(part, pair);
    if (part->p_top == -INFINITY)
        return -c.q;
    if (part->q_top == -INFINITY)
        return exp((part->p_top - pair->q.top - r->base - r->base_low) / part->temperature + log1p(part->p_weight) -
                   pair->q.log_sum - r->shift);
    return fabs(c.d) < 1 ? c.q * expm1(c.d) : exp(c.log_q + c.d) - c.q;
}

/* The logarithm of the ratio of the rows' sums: that of the tile with p's largest logit, and how the others differ from it. */
static void set_ratio(const info_logit_pair_part *parts, int64_t tiles, int64_t rows, int64_t row, info_i_pair *pair)
{
    double sum = 0;
    const info_logit_pair_part *top = NULL;
    for (int64_t t = 0; t < tiles; t++)
        if (parts[t * rows + row].p_argmax == pair->p.argmax)
            top = &parts[t * rows + row];
    if (top && top->q_top > -INFINITY) {
        pair->ratio = (info_i_log_ratio){top->base, top->base_low, top->shift};
        for (int64_t t = 0; t < tiles; t++) {
            const info_logit_pair_part *part = &parts[t * rows + row];
            if (part->p_top == -INFINITY && part->q_top == -INFINITY)
                continue;
            sum += apart_of(part, pair);
        }
    }
    if (top && top->q_top > -INFINITY && fabs(sum) < 0.5) {
        pair->ratio.shift += log1p(sum);
        return;
    }
    const double base = pair->p.top - pair->q.top, minus = base - pair->p.top;
    const double low = (pair->p.top - (base - minus)) - (pair->q.top + minus);
    pair->ratio = (info_i_log_ratio){base, isfinite(low) ? low : 0, pair->p.log_sum - pair->q.log_sum};
}

/* A tile's share of both divergences: as one cell of the coarse distribution, and inside it. */
static void add_share(const info_logit_pair_part *part, info_i_pair *pair)
{
    const bool no_p = part->p_top == -INFINITY, no_q = part->q_top == -INFINITY;
    if (no_p && no_q)
        return;
    const info_i_cell c = cell_of(part, pair);
    /* A finite logit is a positive probability, however small. */
    if (no_p || no_q) {
        pair->kl += no_q ? INFINITY : c.q;
        pair->kl_reverse += no_p ? INFINITY : c.p;
        return;
    }
    pair->kl += info_i_cell_kl(&c) + (isinf(part->kl) ? INFINITY : c.p * part->kl);
    pair->kl_reverse += info_i_cell_kl_reverse(&c) + (isinf(part->kl_reverse) ? INFINITY : c.q * part->kl_reverse);
}

info_i_pair info_i_pair_tiles_pair(const info_logit_pair_part *parts, int64_t tiles, int64_t rows, int64_t row, bool kl)
{
    info_i_pair pair = {.p = side_of(parts, tiles, rows, row, false), .q = side_of(parts, tiles, rows, row, true)};
    if (!pair.p.valid || !pair.q.valid)
        return pair;
    set_ratio(parts, tiles, rows, row, &pair);
    for (int64_t t = 0; t < tiles && kl; t++)
        add_share(&parts[t * rows + row], &pair);
    return pair;
}

const info_logit_pair_part *info_i_pair_tiles_target(const info_logit_pair_part *parts, int64_t tiles, int64_t rows,
                                                     int64_t row)
{
    for (int64_t t = 0; t < tiles; t++)
        if (parts[t * rows + row].targeted != 0)
            return &parts[t * rows + row];
    return NULL;
}

info_i_cell info_i_pair_tile_target_cell(const info_logit_pair_part *part, const info_i_pair *pair)
{
    const info_i_lm lm = {.inverse_temperature = 1 / part->temperature};
    return info_i_pair_cell(&lm, pair, part->p_target, part->q_target, part->target_difference, part->target_low);
}
