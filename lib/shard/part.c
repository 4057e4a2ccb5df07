/* SPDX-License-Identifier: MIT */
#include "shard/part.h"

#include <math.h>

#include "lm/group.h"

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

/* The group of all tokens of a row but the top one, which adds nothing to the mean. */
static void put_others(const info_i_row *row, info_logit_part *part)
{
    const double weight = expm1(row->log_sum), total = 1 + weight;
    part->weight = weight;
    part->mean = weight > 0 ? row->mean * total / weight : 0;
    part->spread = weight > 0 ? at_least_zero(row->variance * total - part->mean * part->mean * weight / total) : 0;
    part->squares = at_least_zero(row->collision * total * total - 1);
}

info_logit_part info_i_logit_part_of(const info_i_tile *tile, const info_matrix *logits)
{
    const double temperature = tile->lm.given.temperature;
    info_logit_part part = {.first_token = tile->first,
                            .tokens = tile->tokens,
                            .argmax = -1,
                            .temperature = temperature > 0 ? temperature : 1,
                            .top = -INFINITY,
                            .targeted = tile->targeted};
    if (tile->valid == 0)
        return part;
    const info_matrix view = info_i_tile_view(tile, logits);
    const info_i_row row = info_i_row_measure(&tile->lm, &view, tile->row, INFO_I_DETAIL_ALL, INFINITY);
    if (row.valid) {
        part.top = row.top;
        part.argmax = tile->first + row.argmax;
        put_others(&row, &part);
    } else if (!info_i_tile_impossible(tile, &tile->lm, &view)) {
        part.top = NAN;
    }
    if (part.targeted == 1)
        part.target = info_i_lm_logit(&tile->lm, &view, tile->row, tile->target);
    return part;
}

/* ---- Whole rows ---------------------------------------------------------- */

static bool sound(const info_logit_part *p)
{
    const bool numbers = p->weight >= 0 && p->weight < INFINITY && p->mean <= 0 && p->mean > -INFINITY &&
                         p->spread >= 0 && p->spread < INFINITY && p->squares >= 0 && p->squares < INFINITY;
    const bool token = p->argmax == -1 || (p->argmax >= p->first_token && p->argmax - p->first_token < p->tokens);
    return numbers && token && (isnan(p->top) || (p->top < INFINITY && (p->top == -INFINITY) == (p->argmax == -1)));
}

static info_i_tile_place place_of(const info_logit_part *p)
{
    return (info_i_tile_place){p->vocabulary, p->first_token, p->tokens, p->temperature, p->targeted, sound(p)};
}

info_status info_i_logit_parts_check(info_i_error *error, const info_logit_part *parts, int64_t tiles, int64_t rows,
                                     int64_t row)
{
    info_i_tiles_seen seen = {0};
    for (int64_t t = 0; t < tiles && error->status == INFO_OK; t++) {
        const info_i_tile_place own = place_of(&parts[t * rows + row]);
        info_i_check_tile(error, &seen, &own, tiles, row);
    }
    return error->status;
}

info_i_row info_i_logit_parts_row(const info_logit_part *parts, int64_t tiles, int64_t rows, int64_t row)
{
    const info_logit_part *top = &parts[row];
    for (int64_t t = 0; t < tiles; t++) {
        const info_logit_part *p = &parts[t * rows + row];
        if (isnan(p->top))
            return (info_i_row){.valid = false};
        top = p->top > top->top ? p : top;
    }
    if (top->top == -INFINITY)
        return (info_i_row){.valid = false};
    info_i_group rest = {0};
    for (int64_t t = 0; t < tiles; t++) {
        const info_logit_part *p = &parts[t * rows + row];
        info_i_group g = {p->weight, p->mean, p->spread, p->squares};
        if (p->top == -INFINITY)
            continue;
        if (p != top)
            g = info_i_group_lowered(info_i_group_merged(g, info_i_group_top), (top->top - p->top) / top->temperature);
        rest = info_i_group_merged(rest, g);
    }
    const info_i_group all = info_i_group_merged(info_i_group_top, rest);
    return (info_i_row){.valid = true,
                        .top = top->top,
                        .maximum = top->top / top->temperature,
                        .argmax = top->argmax,
                        .log_sum = log1p(rest.weight),
                        .mean = all.mean,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight)};
}

const info_logit_part *info_i_logit_parts_target(const info_logit_part *parts, int64_t tiles, int64_t rows, int64_t row)
{
    for (int64_t t = 0; t < tiles; t++)
        if (parts[t * rows + row].targeted != 0)
            return &parts[t * rows + row];
    return NULL;
}
