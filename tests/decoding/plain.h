/* SPDX-License-Identifier: MIT
 * Kept sets once more, plainly: a full sort, long doubles, a formula a rule. */
#ifndef TESTS_DECODING_PLAIN_H
#define TESTS_DECODING_PLAIN_H

#include <stdbool.h>

#include "../lm/lm_support.h"

typedef struct plain {
    int64_t count; /* of tokens of probability above 0 */
    int64_t *ids;  /* the most probable first, equal ones by id */
    long double *y;
    bool *in;  /* by place in that order */
    bool near; /* some token lies so near a limit that rounding decides */
} plain;

static inline long double plain_mass(const plain *s)
{
    long double sum = 0;
    for (int64_t i = 0; i < s->count; i++)
        sum += s->in[i] ? expl(s->y[i] - s->y[0]) : 0;
    return sum;
}

static plain *sorting;
static inline int by_y(const void *a, const void *b)
{
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const long double x = sorting->y[i], y = sorting->y[j];
    return x != y ? (x < y) - (x > y) : (i > j) - (i < j);
}

/* y of a row of V, in which -inf is probability 0. */
static inline plain plain_row(const double *y, int64_t v)
{
    plain raw = {.y = malloc((size_t)v * sizeof(long double))}, s = {0};
    s.ids = malloc((size_t)v * sizeof *s.ids);
    s.y = malloc((size_t)v * sizeof *s.y);
    s.in = malloc((size_t)v * sizeof *s.in);
    for (int64_t i = 0; i < v; i++) {
        raw.y[i] = y[i];
        if (y[i] > -INFINITY)
            s.ids[s.count++] = i;
    }
    sorting = &raw;
    qsort(s.ids, (size_t)s.count, sizeof *s.ids, by_y);
    for (int64_t i = 0; i < s.count; i++) {
        s.y[i] = y[s.ids[i]];
        s.in[i] = true;
    }
    free(raw.y);
    return s;
}

static inline void plain_free(plain *s)
{
    free(s->ids);
    free(s->y);
    free(s->in);
}

static inline void plain_limit(plain *s, long double least, bool by_rounding)
{
    int64_t first = 0, kept = 0;
    while (!s->in[first])
        first++;
    for (int64_t i = 0; i < s->count; i++) {
        if (s->in[i] && by_rounding && fabsl(s->y[i] - least) < 1e-11L * (1 + fabsl(least)))
            s->near = true;
        s->in[i] = s->in[i] && s->y[i] >= least;
        kept += s->in[i];
    }
    if (kept == 0)
        s->in[first] = true;
}

/* Takes tokens in this order of places until the mass reaches share, or the entropy exceeds limit. */
static inline void plain_prefix(plain *s, const int64_t *order, int64_t count, long double share, long double limit)
{
    const long double all = plain_mass(s);
    long double sum = 0, moment = 0;
    int64_t taken = 0;
    bool done = false;
    for (int64_t k = 0; k < count && !done; k++) {
        const long double d = s->y[order[k]] - s->y[0], e = expl(d);
        if (limit >= 0) {
            const long double next = sum + e, h = logl(next) - (moment + e * d) / next;
            s->near = s->near || (k > 0 && fabsl(h - limit) < 1e-11L);
            if (k > 0 && h > limit)
                break;
        }
        sum += e;
        moment += e * d;
        taken = k + 1;
        if (limit < 0) {
            s->near = s->near || (share < 1 && fabsl(sum / all - share) < 1e-11L);
            done = share < 1 && sum >= share * all;
        }
    }
    for (int64_t k = taken; k < count; k++)
        s->in[order[k]] = false;
}

static const long double *plain_distance;
static inline int by_distance(const void *a, const void *b)
{
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const long double x = plain_distance[i], y = plain_distance[j];
    return x != y ? (x > y) - (x < y) : (sorting->ids[i] > sorting->ids[j]) - (sorting->ids[i] < sorting->ids[j]);
}

static inline void plain_apply(plain *s, const info_kept_rule *rule)
{
    long double mass = plain_mass(s), h = 0, square = 0, mean = 0, spread = 0, top = -INFINITY;
    int64_t n = 0, *order = malloc((size_t)s->count * sizeof *order);
    long double *distance = malloc((size_t)s->count * sizeof *distance);
    for (int64_t i = 0; i < s->count; i++)
        if (s->in[i]) {
            const long double q = expl(s->y[i] - s->y[0]) / mass;
            h -= q > 0 ? q * logl(q) : 0;
            square += q * q;
            mean += s->y[i];
            top = s->y[i] > top ? s->y[i] : top;
            order[n++] = i;
        }
    mean /= n;
    for (int64_t k = 0; k < n; k++)
        spread += (s->y[order[k]] - mean) * (s->y[order[k]] - mean) / n;
    const long double lse = s->y[0] + logl(mass), v = rule->value;
    switch (rule->rule) {
    case INFO_RULE_TOP_K:
        for (int64_t k = 0; k < n; k++)
            s->in[order[k]] = k < v;
        break;
    case INFO_RULE_TOP_P:
        plain_prefix(s, order, n, v, -1);
        break;
    case INFO_RULE_MIN_P:
        plain_limit(s, top + logl(v), v < 1);
        break;
    case INFO_RULE_EPSILON:
        plain_limit(s, lse + logl(v), true);
        break;
    case INFO_RULE_ETA:
        plain_limit(s, lse + fminl(logl(v), logl(v) / 2 - h), true);
        break;
    case INFO_RULE_TOP_N_SIGMA:
        plain_limit(s, top - v * sqrtl(spread), v > 0 && spread > 0);
        break;
    case INFO_RULE_P_LESS:
        plain_limit(s, lse + logl(square), true);
        break;
    case INFO_RULE_SURPRISE_CAP:
        plain_limit(s, lse - v * logl(2), true);
        break;
    case INFO_RULE_TOP_H:
        plain_prefix(s, order, n, 1, v * h);
        break;
    default: /* typical */
        for (int64_t i = 0; i < s->count; i++)
            distance[i] = fabsl(lse - s->y[i] - h);
        plain_distance = distance;
        sorting = s;
        qsort(order, (size_t)n, sizeof *order, by_distance);
        for (int64_t k = 1; k < n; k++) {
            const long double gap = distance[order[k]] - distance[order[k - 1]];
            s->near = s->near || (s->y[order[k]] != s->y[order[k - 1]] && gap < 1e-11L);
        }
        plain_prefix(s, order, n, v, -1);
    }
    free(order);
    free(distance);
}

#endif
