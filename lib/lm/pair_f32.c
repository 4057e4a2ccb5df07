/* SPDX-License-Identifier: MIT
 *
 * Two rows of f32, f16 or bf16 logits, in one read: their sums, the logarithm of the ratio of these, and KL both ways.
 *
 * With a = exp((x - r) / T), w = ((x - y) - base) / T and b = a exp(-w), A = sum a and D = sum (b - a):
 *
 *     KL(p || q) = sum (b - a + a w) / A - phi(D / A),  phi(t) = t - log(1 + t).
 *
 * Every term is >= 0 and so is phi, which is small if the base is near what x - y has in common; its first elements tell
 * what that is, and a row that proves them wrong is read again. A token with half of the mass or more is kept out of
 * the sums. It and the others then are two cells of a coarse distribution, by whose divergence, and the others' own, the
 * chain rule makes the whole; so what others weigh against it, and how its own probability differs, is known to the
 * relative precision of sums, however little that is. Identical rows have w = 0 everywhere and D = 0: exactly 0. */
#include <math.h>
#include <string.h>

#include "kernels/pair_f32.h"
#include "kernels/softmax_f32.h"
#include "lm/blocks_f32.h"
#include "lm/pair.h"
#include "lm/terms_f32.h"
#include "numeric/convert.h"

/* Logits in powers of two that floats hold to within 8, and what is lost in underflow where |w| is less; beyond both
 * a row is left to f64. */
#define FARTHEST 0x1p27
#define WIDEST 0x1p40f
/* Powers of two that floats are summed up to. */
#define HIGHEST 60.0
/* Masses of two rows that f32 can compare. */
#define SMALLEST 0x1p-90
/* Columns that the first base is taken from. */
#define GLANCE 1024
/* How many times a divergence the sum may be that it is taken from. */
#define AMPLE 2.0
/* Divergences below which terms may be lost to the smallest float. */
#define TINY 0x1p-80
#define PASSES 3

/* Sums as in pair_f32.h, a in units of 2^reference. */
typedef struct group {
    double reference, p_weight, q_weight, difference, forward, backward;
} group;

/* The largest logit of a row so far, and the block it is in, whose sums are kept apart from those of the others. */
typedef struct peak {
    float value;
    int64_t begin, count; /* columns; count is 0 before the first */
    group held;
} peak;

typedef struct walk {
    const info_i_lm *lm;
    const info_matrix *p, *q;
    int64_t row, length;
    double scale, factor, nats; /* 1 / T; log2(e) / T as a float; a power of two in nats, by this float */
    double base;
    double reference; /* of a, in powers of two: by the largest logits of the block before */
    group rest;
    peak p_peak, q_peak;
    bool p_lacks, q_lacks; /* some p is 0 where q is not, and the reverse */
    bool beyond;           /* f32 */
} walk;

/* ---- Sums of a row -------------------------------------------------------------- */

static group lowered(group g, double reference, double nats)
{
    const double factor = exp(nats * (g.reference - reference));
    return (group){reference,          g.p_weight * factor, g.q_weight * factor, g.difference * factor,
                   g.forward * factor, g.backward * factor};
}

static void add(group *sum, group g, double nats)
{
    if (g.p_weight == 0 && g.q_weight == 0)
        return;
    if (sum->p_weight == 0 && sum->q_weight == 0) {
        *sum = g;
        return;
    }
    if (g.reference < sum->reference)
        g = lowered(g, sum->reference, nats);
    else if (g.reference > sum->reference)
        *sum = lowered(*sum, g.reference, nats);
    sum->p_weight += g.p_weight;
    sum->q_weight += g.q_weight;
    sum->difference += g.difference;
    sum->forward += g.forward;
    sum->backward += g.backward;
}

static info_i_f32_blocks blocks_of(const walk *w, int64_t begin, int64_t end, int64_t skipped, float *buffer)
{
    return (info_i_f32_blocks){.x_rows = w->p,
                               .y_rows = w->q,
                               .row = w->row,
                               .begin = begin,
                               .end = end,
                               .skipped = skipped,
                               .buffer = buffer,
                               .lm = w->lm};
}

static info_i_pair_terms terms_of(const walk *w, double reference)
{
    const float base = (float)w->base, rounded = (float)reference;
    const double q_reference = (double)rounded - w->base * w->factor;
    return (info_i_pair_terms){.scale = w->scale,
                               .factor = (float)w->factor,
                               .base = base,
                               .base_low = (float)(w->base - (double)base),
                               .p_reference = rounded,
                               .q_reference = (float)q_reference,
                               .q_slope = (float)exp2((double)(float)q_reference - q_reference)};
}

/* Of both rows' largest logits, the larger in the units of a; what lies very low counts only in a row that has nothing
 * else. */
static double highest(const walk *w, float x, float y)
{
    const double t = fmax((double)x * w->factor, ((double)y + w->base) * w->factor);
    return t > -FARTHEST ? t : 0;
}

/* The sums of a block, and its largest logits. */
static group sum_block(walk *w, const info_i_f32_blocks *b, float *x, float *y)
{
    info_i_pair_sums s;
    info_i_pair_terms terms;
    double most = w->reference;
    do { /* again, from where its largest element is, if that is too high */
        w->reference = most;
        terms = terms_of(w, most);
        w->lm->kernels->pair->sums(b->x, b->x_dtype, b->y, b->y_dtype, b->count, &terms, &s);
        most = highest(w, s.p_maximum, s.q_maximum);
    } while (most > w->reference + HIGHEST && most < FARTHEST);
    w->reference = most;
    w->beyond = w->beyond || !(s.p_maximum < 1e30f && s.q_maximum < 1e30f && most < FARTHEST && s.lost < WIDEST) ||
                isnan(s.p_weight) || isnan(s.q_weight);
    w->q_lacks = w->q_lacks || s.widest == INFINITY;
    w->p_lacks = w->p_lacks || s.narrowest == -INFINITY;
    *x = s.p_maximum;
    *y = s.q_maximum;
    return (group){(double)terms.p_reference, s.p_weight, s.q_weight, s.difference, s.forward, s.backward};
}

static void put_peak(walk *w, peak *own, const peak *other, float value, const info_i_f32_blocks *b, group g)
{
    if (own->count > 0 && (other->count == 0 || own->begin != other->begin))
        add(&w->rest, own->held, w->nats);
    *own = (peak){value, b->begin, b->count, g};
}

static void sum_row(walk *w)
{
    float buffer[2 * INFO_I_F32_BLOCK];
    w->rest = (group){0};
    w->p_peak = w->q_peak = (peak){.value = -INFINITY};
    for (info_i_f32_blocks b = blocks_of(w, 0, w->length, -1, buffer); !w->beyond && info_i_next_block(&b);) {
        float x, y;
        const group g = sum_block(w, &b, &x, &y);
        const bool p_leads = x > w->p_peak.value, q_leads = y > w->q_peak.value;
        if (p_leads)
            put_peak(w, &w->p_peak, &w->q_peak, x, &b, g);
        if (q_leads)
            put_peak(w, &w->q_peak, &w->p_peak, y, &b, g);
        if (!p_leads && !q_leads)
            add(&w->rest, g, w->nats);
    }
}

/* The sums of all blocks but the one that begins at a column. */
static group sum_others(const walk *w, int64_t begin)
{
    group sum = w->rest;
    if (w->p_peak.begin != begin)
        add(&sum, w->p_peak.held, w->nats);
    if (w->q_peak.begin != begin && w->q_peak.begin != w->p_peak.begin)
        add(&sum, w->q_peak.held, w->nats);
    return sum;
}

/* The sums of a row without one column of the block of a peak. */
static group sum_without(walk *w, const peak *top, int64_t column)
{
    float buffer[2 * INFO_I_F32_BLOCK];
    group sum = sum_others(w, top->begin);
    for (info_i_f32_blocks b = blocks_of(w, top->begin, top->begin + top->count, column, buffer);
         !w->beyond && info_i_next_block(&b);) {
        float x, y;
        add(&sum, sum_block(w, &b, &x, &y), w->nats);
    }
    return sum;
}

/* ---- The base -------------------------------------------------------------------- */

/* log(A / B), accurate where they are nearly equal. */
static double log_masses(const group *g)
{
    const double t = g->difference / g->p_weight;
    return -(fabs(t) < 0.5 ? log1p(t) : log(g->q_weight / g->p_weight));
}

static bool comparable(const group *g)
{
    return g->p_weight > SMALLEST * g->q_weight && g->q_weight > SMALLEST * g->p_weight;
}

/* As two floats hold it. */
static void set_base(walk *w, double base)
{
    const float high = (float)base;
    w->base = fabs(base) * w->factor < FARTHEST ? (double)high + (double)(float)(base - (double)high) : 0;
}

/* What logits have in common, by the row's first columns. */
static void set_first_base(walk *w)
{
    float buffer[2 * INFO_I_F32_BLOCK];
    info_i_f32_blocks b = blocks_of(w, 0, w->length < GLANCE ? w->length : GLANCE, -1, buffer);
    info_i_next_block(&b);
    const info_i_softmax_kernels *kernels = w->lm->kernels->softmax;
    float x = kernels->maximum(b.x, b.x_dtype, b.count), y = kernels->maximum(b.y, b.y_dtype, b.count);
    set_base(w, fabsf(x) < 1e30f && fabsf(y) < 1e30f ? (double)x - (double)y : 0);
    const double most = highest(w, x, y);
    w->reference = most < FARTHEST ? most : 0;
    walk glance = *w;
    const group g = sum_block(&glance, &b, &x, &y);
    if (!glance.beyond && comparable(&g))
        set_base(w, w->base + log_masses(&g) / w->scale);
}

/* ---- Results --------------------------------------------------------------------- */

static int64_t find(const walk *w, const info_matrix *m, const peak *top)
{
    float buffer[INFO_I_F32_BLOCK];
    info_i_f32_blocks b = {.x_rows = m,
                           .row = w->row,
                           .begin = top->begin,
                           .end = top->begin + top->count,
                           .skipped = -1,
                           .buffer = buffer};
    while (info_i_next_block(&b)) {
        const int64_t place = w->lm->kernels->softmax->find(b.x, b.x_dtype, b.count, top->value);
        if (place >= 0)
            return b.begin + place;
    }
    return -1;
}

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

/* The divergences within a group, and the sums that they were taken from. */
typedef struct inner {
    double kl, kl_reverse, forward, backward;
} inner;

/* t - log(1 + t), whose logarithm is known. */
static double phi(double t, double log)
{
    return fabs(t) < 0.5 ? info_i_phi(t) : t - log;
}

static inner inner_of(const group *g)
{
    inner r = {0};
    if (!comparable(g))
        return r;
    r.forward = g->forward / g->p_weight;
    r.backward = g->backward / g->q_weight;
    r.kl = at_least_zero(r.forward - phi(g->difference / g->p_weight, -log_masses(g)));
    r.kl_reverse = at_least_zero(r.backward - phi(-g->difference / g->q_weight, log_masses(g)));
    return r;
}

/* A token beside the others of its row: what these weigh, in units of it, and log(p / q) of it and of them. */
typedef struct coarse {
    double p_others, q_others, top_ratio, others_ratio;
} coarse;

static info_i_cell cell_of(double p, double log_p, double q, double log_q, double d)
{
    return (info_i_cell){p, q, log_p, log_q, d};
}

/* Whether the base was good enough for what came out. */
static bool settled(const walk *w, const info_i_pair *pair, double p_share, double q_share, const inner *in)
{
    return (w->q_lacks || p_share * in->forward <= AMPLE * pair->kl) &&
           (w->p_lacks || q_share * in->backward <= AMPLE * pair->kl_reverse);
}

static bool put_coarse(const walk *w, const coarse *c, const group *others, info_i_pair *pair)
{
    const double p_all = 1 + c->p_others, q_all = 1 + c->q_others, p = c->p_others / p_all, q = c->q_others / q_all;
    const inner in = inner_of(others);
    const info_i_cell top = cell_of(1 / p_all, -log1p(c->p_others), 1 / q_all, -log1p(c->q_others), c->top_ratio);
    const info_i_cell rest = cell_of(p, log(p), q, log(q), c->others_ratio);
    pair->kl = info_i_cell_kl(&top) + (p * in.kl + info_i_cell_kl(&rest));
    pair->kl_reverse = info_i_cell_kl_reverse(&top) + (q * in.kl_reverse + info_i_cell_kl_reverse(&rest));
    return settled(w, pair, p, q, &in);
}

static info_i_row row_of(const walk *w, int64_t argmax, float maximum, double log_sum)
{
    return (info_i_row){.valid = true,
                        .top = (double)maximum,
                        .maximum = (double)maximum * w->scale,
                        .argmax = argmax,
                        .log_sum = at_least_zero(log_sum)};
}

/* By a token of logits x and y, of which own has the block. False if others are beyond f32. */
static bool conclude_with_top(walk *w, const peak *own, int64_t column, double x, double y, info_i_pair *pair,
                              bool *good)
{
    const group others = sum_without(w, own, column);
    const bool any = others.p_weight > 0 || others.q_weight > 0;
    if (w->beyond || (any && !comparable(&others) && !(others.p_weight < others.q_weight ? w->p_lacks : w->q_lacks)))
        return false;
    const double top_ratio = ((x - y) - w->base) * w->scale; /* both less base / T: */
    const double ratio =
        any && comparable(&others) ? log_masses(&others) : top_ratio; /* logarithms of p's mass to q's */
    const double down = w->nats * (others.reference - x * w->factor);
    const double p = exp(log(others.p_weight) + down), q = exp(log(others.q_weight) + down + top_ratio);
    if (!(p < 1e300 && q < 1e300))
        return false;
    const bool close = comparable(&others) && fabs(top_ratio - ratio) < 1;
    const double shift = close ? log1p(p * expm1(top_ratio - ratio) / (1 + p)) : log1p(q) - log1p(p);
    const coarse c = {p, q, shift, shift + (comparable(&others) ? ratio - top_ratio : any ? log(p) - log(q) : 0)};
    pair->ratio = (info_i_log_ratio){.base = x - y, .shift = -shift};
    pair->p =
        row_of(w, find(w, w->p, &w->p_peak), w->p_peak.value, log1p(p) + (x - (double)w->p_peak.value) * w->scale);
    pair->q =
        row_of(w, find(w, w->q, &w->q_peak), w->q_peak.value, log1p(q) + (y - (double)w->q_peak.value) * w->scale);
    *good = put_coarse(w, &c, &others, pair);
    if (!*good && comparable(&others))
        set_base(w, w->base + ratio / w->scale);
    return true;
}

static bool conclude_evenly(walk *w, const group *all, info_i_pair *pair, bool *good)
{
    if (!comparable(all))
        return false;
    const inner in = inner_of(all);
    const double ratio = log_masses(all);
    pair->ratio = (info_i_log_ratio){.base = w->base, .shift = ratio};
    pair->p = row_of(w, find(w, w->p, &w->p_peak), w->p_peak.value,
                     log(all->p_weight) + w->nats * (all->reference - (double)w->p_peak.value * w->factor));
    pair->q = row_of(w, find(w, w->q, &w->q_peak), w->q_peak.value,
                     log(all->q_weight) + w->nats * (all->reference - ((double)w->q_peak.value + w->base) * w->factor));
    pair->kl = in.kl;
    pair->kl_reverse = in.kl_reverse;
    *good = settled(w, pair, 1, 1, &in);
    if (!*good)
        set_base(w, w->base + ratio / w->scale);
    return true;
}

/* Whether log(p / q) of a column's logits is a number that f32 can be compared with. */
static bool is_near(const walk *w, double x, double y)
{
    return fabs(((x - y) - w->base) * w->scale) < 600;
}

/* Of sums that are made; false if they are beyond f32. */
static bool conclude(walk *w, info_i_pair *pair, bool *good)
{
    const double x = (double)w->p_peak.value, y = (double)w->q_peak.value;
    if (!(fabs(x) * w->factor < FARTHEST && fabs(y) * w->factor < FARTHEST))
        return false;
    const group all = sum_others(w, -1);
    const double half = 0.5, over = w->nats * (x * w->factor - all.reference),
                 q_over = w->nats * ((y + w->base) * w->factor - all.reference);
    if (exp(over) >= half * all.p_weight) {
        const int64_t column = find(w, w->p, &w->p_peak);
        const double other = info_i_get(w->q, w->row, column);
        if (is_near(w, x, other))
            return conclude_with_top(w, &w->p_peak, column, x, other, pair, good);
    }
    if (exp(q_over) >= half * all.q_weight) {
        const int64_t column = find(w, w->q, &w->q_peak);
        const double other = info_i_get(w->p, w->row, column);
        if (is_near(w, other, y))
            return conclude_with_top(w, &w->q_peak, column, other, y, pair, good);
    }
    return conclude_evenly(w, &all, pair, good);
}

static bool are_equal(const walk *w)
{
    if (w->p->dtype == w->q->dtype && w->p->col_stride == 1 && w->q->col_stride == 1)
        return memcmp(info_i_element(w->p, w->row, 0), info_i_element(w->q, w->row, 0),
                      (size_t)w->length * (w->p->dtype == INFO_F32 ? 4 : 2)) == 0;
    for (int64_t i = 0; info_i_lm_reads_on(w->lm, i, w->length); i++)
        if (info_i_get(w->p, w->row, i) != info_i_get(w->q, w->row, i))
            return false;
    return true;
}

bool info_i_pair_read_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                          info_i_pair *pair)
{
    walk w = {.lm = lm,
              .p = p,
              .q = q,
              .row = row,
              .length = info_i_lm_length(lm, p, row),
              .scale = lm->inverse_temperature,
              .factor = (double)(float)(INFO_I_LOG2_E * lm->inverse_temperature)};
    w.nats = w.scale / w.factor;
    set_first_base(&w);
    for (int i = 0; i < PASSES; i++) {
        bool good = false;
        sum_row(&w);
        if (w.beyond || !conclude(&w, pair, &good))
            return false;
        if (good)
            break;
    }
    pair->tiny = !(pair->kl > TINY && pair->kl_reverse > TINY) && !are_equal(&w);
    if (pair->tiny)
        return false;
    if (w.q_lacks)
        pair->kl = INFINITY;
    if (w.p_lacks)
        pair->kl_reverse = INFINITY;
    return true;
}
