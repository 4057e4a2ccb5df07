/* SPDX-License-Identifier: MIT
 * Rules that keep some tokens of a distribution: by a limit on y, or a prefix of an order by a sum over it. */
#include <math.h>

#include "decoding/kept.h"

info_i_kept_needs info_i_kept_needs_of(info_rule rule)
{
    switch (rule) {
    case INFO_RULE_TOP_P:
    case INFO_RULE_EPSILON:
    case INFO_RULE_SURPRISE_CAP:
        return (info_i_kept_needs){.log_sum_exp = true};
    case INFO_RULE_ETA:
    case INFO_RULE_TYPICAL:
    case INFO_RULE_TOP_H:
        return (info_i_kept_needs){.log_sum_exp = true, .entropy = true};
    case INFO_RULE_P_LESS:
        return (info_i_kept_needs){.log_sum_exp = true, .collision = true};
    case INFO_RULE_TOP_N_SIGMA:
        return (info_i_kept_needs){.deviation = true};
    default:
        return (info_i_kept_needs){0};
    }
}

/* ---- Limits on y -------------------------------------------------------- */

/* Least y that stays, for rules that have one; *exact if it does not rest on the log-sum-exp. */
static bool limit_of(const info_kept_rule *rule, const info_i_kept_statistics *s, double *limit, bool *exact)
{
    const double lse = s->log_sum_exp;
    *exact = false;
    switch (rule->rule) {
    case INFO_RULE_MIN_P:
        *exact = true;
        *limit = s->maximum + log(rule->value);
        return true;
    case INFO_RULE_TOP_N_SIGMA:
        *exact = true;
        *limit = s->maximum - rule->value * s->deviation;
        return true;
    case INFO_RULE_EPSILON:
        *limit = lse + log(rule->value);
        return true;
    case INFO_RULE_ETA:
        *limit = lse + fmin(log(rule->value), log(rule->value) / 2 - s->entropy);
        return true;
    case INFO_RULE_P_LESS:
        *limit = lse + log(s->collision);
        return true;
    case INFO_RULE_SURPRISE_CAP:
        *limit = lse - rule->value * M_LN2;
        return true;
    default:
        return false;
    }
}

/* The most probable token, of equal ones the first. */
static int64_t top_of(const info_i_token *tokens, int64_t count)
{
    int64_t top = 0;
    for (int64_t i = 1; i < count; i++)
        if (tokens[i].value > tokens[top].value)
            top = i;
    return top;
}

static info_i_kept_outcome keep_above(double limit, double margin, info_i_token *tokens, int64_t *count)
{
    int64_t kept = 0;
    const int64_t top = top_of(tokens, *count);
    const info_i_token most = tokens[top];
    for (int64_t i = 0; i < *count; i++) {
        if (margin > 0 && fabs(tokens[i].value - limit) <= margin)
            return INFO_I_KEPT_UNSURE;
        if (tokens[i].value >= limit)
            tokens[kept++] = tokens[i];
    }
    if (kept == 0)
        tokens[kept++] = most;
    *count = kept;
    return INFO_I_KEPT_DECIDED;
}

/* ---- Prefixes of an order ----------------------------------------------- */

/* Sums over the tokens taken so far. */
typedef struct prefix {
    double mass;   /* sum exp(y - maximum) */
    double moment; /* sum exp(y - maximum) (y - maximum) */
} prefix;

/* How a rule takes tokens, the greatest value first, and when it stops. */
typedef struct order {
    const info_kept_rule *rule;
    const info_i_kept_statistics *s;
    double target; /* of the sum below */
    /* Typical: a token's value is minus its distance from y = center, and above tells on which side it lies. */
    bool typical;
    double center;
} order;

/* Typical tokens above the center carry their id as it is, those below one's complement, so that y can be told. */
static double y_of(const order *o, info_i_token t)
{
    if (!o->typical)
        return t.value;
    return t.index >= 0 ? o->center - t.value : o->center + t.value;
}

static int64_t id_of(info_i_token t)
{
    return t.index >= 0 ? t.index : ~t.index;
}

static prefix extended(const order *o, prefix p, info_i_token t)
{
    const double d = y_of(o, t) - o->s->maximum, e = exp(d);
    return (prefix){p.mass + e, e > 0 ? p.moment + e * d : p.moment};
}

/* What is compared with the target: grows along the order. */
static double sum_of(const order *o, const prefix *p)
{
    if (o->rule->rule != INFO_RULE_TOP_H)
        return p->mass;
    return p->mass > 0 ? log(p->mass) - p->moment / p->mass : 0;
}

static bool crossed(const order *o, const prefix *p)
{
    return o->rule->rule == INFO_RULE_TOP_H ? sum_of(o, p) > o->target : sum_of(o, p) >= o->target;
}

static bool precedes(info_i_token a, info_i_token b)
{
    return a.value > b.value || (a.value == b.value && id_of(a) < id_of(b));
}

static void swap(info_i_token *a, info_i_token *b)
{
    const info_i_token held = *a;
    *a = *b;
    *b = held;
}

/* Brings the tokens before the pivot in order to the front; their number. */
static int64_t partition(info_i_token *t, int64_t count, info_i_token pivot)
{
    int64_t front = 0;
    for (int64_t i = 0; i < count; i++)
        if (precedes(t[i], pivot))
            swap(&t[front++], &t[i]);
    return front;
}

static info_i_token median_of_three(info_i_token a, info_i_token b, info_i_token c)
{
    if (precedes(b, a))
        swap(&a, &b);
    if (precedes(c, b))
        b = precedes(c, a) ? a : c;
    return b;
}

/* Brings the tokens up to the one at which the sum crosses its target to the front, a quickselect by the sum instead of
 * the number: O(count) on average. Their number, the crossing one left out; count if none crosses. The sums before and
 * after it go to at[0] and at[1]. */
static int64_t find_crossing(const order *o, info_i_token *t, int64_t count, prefix at[2])
{
    prefix before = {0, 0};
    int64_t taken = 0;
    while (count - taken > 0) {
        info_i_token *v = t + taken;
        const int64_t left = count - taken;
        /* The pivot itself, the front of its part, is tried with what precedes it. */
        const info_i_token pivot = median_of_three(v[0], v[left / 2], v[left - 1]);
        const int64_t front = partition(v, left, pivot);
        prefix sum = before;
        for (int64_t i = 0; i < front; i++)
            sum = extended(o, sum, v[i]);
        if (front > 0 && crossed(o, &sum)) {
            count = taken + front;
            continue;
        }
        for (int64_t i = front; i < left; i++)
            if (v[i].index == pivot.index) {
                swap(&v[front], &v[i]);
                break;
            }
        const prefix with = extended(o, sum, pivot);
        if (crossed(o, &with)) {
            at[0] = sum;
            at[1] = with;
            return taken + front;
        }
        before = with;
        taken += front + 1;
    }
    at[0] = at[1] = before;
    return taken;
}

static bool near(double sum, double target, double margin)
{
    return fabs(sum - target) <= margin;
}

static info_i_kept_outcome keep_prefix(order *o, double floor, info_i_token *tokens, int64_t *count)
{
    prefix at[2];
    const int64_t all = *count, front = find_crossing(o, tokens, all, at);
    const bool inclusive = o->rule->rule != INFO_RULE_TOP_H, stopped = front < all;
    if (!stopped && floor > -INFINITY)
        return INFO_I_KEPT_TOO_FEW;
    /* The sums are relative to exp(lse - maximum), or entropies of less than log(all) nats; both move with the lse. */
    const double margin = o->s->margin * (inclusive ? o->target : 1 + o->target);
    if (margin > 0 && (near(sum_of(o, &at[0]), o->target, margin) || near(sum_of(o, &at[1]), o->target, margin)))
        return INFO_I_KEPT_UNSURE;
    *count = stopped && inclusive ? front + 1 : front;
    if (*count == 0)
        *count = 1; /* the front one is the most probable: nothing precedes it */
    return INFO_I_KEPT_DECIDED;
}

/* ---- Rules -------------------------------------------------------------- */

static info_i_kept_outcome keep_typical(order *o, double floor, info_i_token *tokens, int64_t *count)
{
    const info_i_kept_statistics *s = o->s;
    o->typical = true;
    o->center = s->log_sum_exp - s->entropy;
    /* Nearest first; a distance is exact to rounding of y, so that y is told from it to an ulp of the center. */
    for (int64_t i = 0; i < *count; i++) {
        const double y = tokens[i].value;
        const bool above = y >= o->center;
        tokens[i] = (info_i_token){above ? o->center - y : y - o->center, above ? tokens[i].index : ~tokens[i].index};
    }
    const int64_t listed = *count;
    const info_i_kept_outcome outcome = keep_prefix(o, floor, tokens, count);
    if (outcome != INFO_I_KEPT_DECIDED)
        return outcome;
    double farthest = 0, next = INFINITY;
    for (int64_t i = 0; i < listed; i++) {
        if (i < *count)
            farthest = fmax(farthest, -tokens[i].value);
        else
            next = fmin(next, -tokens[i].value);
    }
    /* Tokens that are not listed might be nearer. */
    if (farthest >= o->center - floor)
        return INFO_I_KEPT_TOO_FEW;
    /* Another center takes other tokens where two lie equally far from it, on its two sides. */
    if (s->margin > 0 && next - farthest <= 4 * s->margin)
        return INFO_I_KEPT_UNSURE;
    for (int64_t i = 0; i < *count; i++)
        tokens[i] = (info_i_token){y_of(o, tokens[i]), id_of(tokens[i])};
    return INFO_I_KEPT_DECIDED;
}

info_i_kept_outcome info_i_kept_apply(const info_kept_rule *rule, const info_i_kept_statistics *s, double floor,
                                      info_i_token *tokens, int64_t *count)
{
    double limit;
    bool exact;
    if (limit_of(rule, s, &limit, &exact))
        return keep_above(limit, exact ? 0 : s->margin, tokens, count);
    if (rule->rule == INFO_RULE_TOP_K) {
        const int64_t k = rule->value < (double)*count ? (int64_t)rule->value : *count;
        info_i_ranked_select(tokens, *count, k);
        *count = k;
        return INFO_I_KEPT_DECIDED;
    }
    order o = {.rule = rule, .s = s};
    if (rule->rule == INFO_RULE_TOP_H) {
        o.target = rule->value * s->entropy;
        return keep_prefix(&o, floor, tokens, count);
    }
    /* All the mass is all tokens, however sums are rounded. */
    o.target = rule->value < 1 ? rule->value * exp(s->log_sum_exp - s->maximum) : INFINITY;
    return rule->rule == INFO_RULE_TYPICAL ? keep_typical(&o, floor, tokens, count)
                                           : keep_prefix(&o, floor, tokens, count);
}

double info_i_kept_floor(const info_kept_rule *rule, const info_i_kept_statistics *s)
{
    double limit;
    bool exact;
    return limit_of(rule, s, &limit, &exact) ? fmin(limit - s->margin, s->maximum) : -INFINITY;
}
