/* SPDX-License-Identifier: MIT */
#include "head/part.h"

#include <math.h>

#include "lm/group.h"

const info_head_part info_i_part_empty = {.maximum = -INFINITY, .argmax = -1};
const info_head_pair_part info_i_pair_part_empty = {
    .p_maximum = -INFINITY, .q_maximum = -INFINITY, .p_argmax = -1, .q_argmax = -1};

/* ---- One model ---------------------------------------------------------- */

static info_i_group others(const info_head_part *p)
{
    return (info_i_group){p->weight, p->mean, p->spread, p->squares};
}

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

info_head_part info_i_part_of(const info_i_row *row, int64_t first)
{
    /* The group of all tokens without the top one, which adds nothing to the mean. */
    const double weight = expm1(row->log_sum), total = 1 + weight;
    const double mean = weight > 0 ? row->mean * total / weight : 0;
    const double spread = weight > 0 ? row->variance * total - mean * mean * weight / total : 0;
    return (info_head_part){.maximum = row->maximum,
                            .weight = weight,
                            .mean = mean,
                            .spread = at_least_zero(spread),
                            .squares = at_least_zero(row->collision * total * total - 1),
                            .argmax = first + row->argmax};
}

/* Of two stretches, whether the first has what is to be known of the target. */
static bool targeted_one(int32_t a, int32_t b)
{
    return a != 0 || b == 0;
}

/* Of two maxima with their tokens: whether a's is the one to keep. */
static bool leads(double a, int64_t a_token, double b, int64_t b_token)
{
    return a > b || (a == b && (b_token < 0 || (a_token >= 0 && a_token < b_token)));
}

info_head_part info_i_part_merged(const info_head_part *a, const info_head_part *b)
{
    const bool first = leads(a->maximum, a->argmax, b->maximum, b->argmax);
    const info_head_part *top = first ? a : b, *low = first ? b : a;
    info_head_part m = *top;
    if (isnan(a->maximum) || isnan(b->maximum)) {
        m = info_i_part_empty;
        m.maximum = NAN;
    } else if (low->maximum > -INFINITY) {
        const info_i_group all = info_i_group_merged(others(low), info_i_group_top);
        const info_i_group g = info_i_group_merged(others(top), info_i_group_lowered(all, top->maximum - low->maximum));
        m.weight = g.weight;
        m.mean = g.mean;
        m.spread = g.spread;
        m.squares = g.squares;
    }
    const info_head_part *holder = targeted_one(a->targeted, b->targeted) ? a : b;
    m.target = holder->target;
    m.targeted = holder->targeted;
    return m;
}

info_i_row info_i_part_row(const info_head_part *part)
{
    if (!(part->maximum > -INFINITY))
        return (info_i_row){.valid = false};
    const info_i_group all = info_i_group_merged(info_i_group_top, others(part));
    return (info_i_row){.valid = true,
                        .maximum = part->maximum,
                        .argmax = part->argmax,
                        .log_sum = log1p(part->weight),
                        .mean = all.mean,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight)};
}

static bool sound_sum(double maximum, double weight)
{
    return (isnan(maximum) || maximum < INFINITY) && weight >= 0 && weight < INFINITY;
}

static bool sound_target(int32_t targeted, double target)
{
    return targeted >= -1 && targeted <= 1 && (targeted != 1 || target < INFINITY);
}

bool info_i_part_sound(const info_head_part *part)
{
    return sound_sum(part->maximum, part->weight) && part->mean <= 0 && part->mean > -INFINITY && part->spread >= 0 &&
           part->spread < INFINITY && part->squares >= 0 && part->squares < INFINITY &&
           sound_target(part->targeted, part->target);
}

/* ---- Two models --------------------------------------------------------- */

/* log sum exp(y) of one of the models over a stretch. */
typedef struct side {
    double maximum, weight;
    int64_t token;
} side;

static side p_side(const info_head_pair_part *part)
{
    return (side){part->p_maximum, part->p_weight, part->p_argmax};
}

static side q_side(const info_head_pair_part *part)
{
    return (side){part->q_maximum, part->q_weight, part->q_argmax};
}

static double log_sum_exp(side s)
{
    return s.maximum + log1p(s.weight);
}

/* log_sum_exp(p) - log_sum_exp(q) in two parts: maxima, which subtract exactly, and what is above them. */
typedef struct ratio {
    double base, shift;
} ratio;

static ratio ratio_of(side p, side q)
{
    return (ratio){p.maximum - q.maximum, log1p((p.weight - q.weight) / (1 + q.weight))};
}

/* A cell of logarithms of masses, or logits, y and z of two models, y - z in two parts, given the rows' sums. */
static info_i_cell cell_of(double y, double z, ratio apart, side p, side q)
{
    const ratio r = ratio_of(p, q);
    info_i_cell c = {.log_p = y - log_sum_exp(p), .log_q = z - log_sum_exp(q)};
    c.p = exp(c.log_p);
    c.q = exp(c.log_q);
    c.d = y == z && isinf(y) ? 0 : (apart.base - r.base) + (apart.shift - r.shift);
    return c;
}

static side side_merged(side a, side b)
{
    const bool first = leads(a.maximum, a.token, b.maximum, b.token);
    const side low = first ? b : a;
    side top = first ? a : b;
    if (low.maximum > -INFINITY)
        top.weight += (1 + low.weight) * exp(low.maximum - top.maximum);
    return top;
}

static info_i_row row_of(side s, double temperature)
{
    return (info_i_row){.valid = s.maximum > -INFINITY,
                        .top = s.maximum * temperature,
                        .maximum = s.maximum,
                        .argmax = s.token,
                        .log_sum = log1p(s.weight)};
}

typedef struct cells {
    double kl, kl_reverse;
} cells;

/* A stretch's share of both divergences: as one cell of the coarse distribution, and inside it. */
static cells share(const info_head_pair_part *part, side p, side q)
{
    const side own_p = p_side(part), own_q = q_side(part);
    const double y = log_sum_exp(own_p), z = log_sum_exp(own_q);
    if (y == -INFINITY && z == -INFINITY)
        return (cells){0, 0};
    const info_i_cell c = cell_of(y, z, ratio_of(own_p, own_q), p, q);
    /* A finite logit is a positive probability, however small. */
    if (y == -INFINITY || z == -INFINITY)
        return (cells){z == -INFINITY ? INFINITY : c.q, y == -INFINITY ? INFINITY : c.p};
    const double inside = isinf(part->kl) ? INFINITY : c.p * part->kl;
    const double inside_reverse = isinf(part->kl_reverse) ? INFINITY : c.q * part->kl_reverse;
    return (cells){info_i_cell_kl(&c) + inside, info_i_cell_kl_reverse(&c) + inside_reverse};
}

static bool is_empty(const info_head_pair_part *part)
{
    return part->p_maximum == -INFINITY && part->q_maximum == -INFINITY;
}

static info_head_pair_part merged(const info_head_pair_part *a, const info_head_pair_part *b)
{
    if (isnan(a->p_maximum) || is_empty(b))
        return *a;
    if (isnan(b->p_maximum) || is_empty(a))
        return *b;
    const side p = side_merged(p_side(a), p_side(b)), q = side_merged(q_side(a), q_side(b));
    info_head_pair_part m = {.p_maximum = p.maximum,
                             .p_weight = p.weight,
                             .q_maximum = q.maximum,
                             .q_weight = q.weight,
                             .p_argmax = p.token,
                             .q_argmax = q.token};
    if (p.maximum > -INFINITY && q.maximum > -INFINITY) {
        const cells first = share(a, p, q), second = share(b, p, q);
        m.kl = first.kl + second.kl;
        m.kl_reverse = first.kl_reverse + second.kl_reverse;
    }
    return m;
}

info_head_pair_part info_i_pair_part_merged(const info_head_pair_part *a, const info_head_pair_part *b)
{
    const info_head_pair_part *holder = targeted_one(a->targeted, b->targeted) ? a : b;
    info_head_pair_part m = merged(a, b);
    m.targeted = holder->targeted;
    m.p_target = holder->p_target;
    m.q_target = holder->q_target;
    return m;
}

info_i_pair info_i_pair_part_pair(const info_head_pair_part *part, double temperature)
{
    const ratio r = ratio_of(p_side(part), q_side(part));
    return (info_i_pair){.p = row_of(p_side(part), temperature),
                         .q = row_of(q_side(part), temperature),
                         .ratio = {.base = r.base * temperature, .shift = r.shift},
                         .kl = part->kl,
                         .kl_reverse = part->kl_reverse};
}

info_i_cell info_i_pair_part_target(const info_head_pair_part *part)
{
    const ratio apart = {part->p_target - part->q_target, 0};
    return cell_of(part->p_target, part->q_target, apart, p_side(part), q_side(part));
}

bool info_i_pair_part_sound(const info_head_pair_part *part)
{
    return sound_sum(part->p_maximum, part->p_weight) && sound_sum(part->q_maximum, part->q_weight) && part->kl >= 0 &&
           part->kl_reverse >= 0 && sound_target(part->targeted, part->p_target) &&
           sound_target(part->targeted, part->q_target);
}
