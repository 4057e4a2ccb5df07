/* SPDX-License-Identifier: MIT
 *
 * A row of f32, f16 or bf16 logits by the vector kernels, in one read.
 *
 * Blocks are summed as powers of two of t = x log2(e) / T - c. The reference c follows the mean of t over the
 * distribution, where what f32 rounds off is least: errors grow with |t|, and moments taken about the mean do
 * not cancel. A block that proves the reference wrong is done again. One logit that towers over all others is kept
 * out of the sums, so that what the others weigh keeps its relative precision. */
#include <math.h>
#include <string.h>

#include "kernels/softmax_f32.h"
#include "lm/blocks_f32.h"
#include "lm/group.h"
#include "lm/row.h"
#include "lm/terms_f32.h"
#include "numeric/convert.h"

#define BLOCK 1536
/* Elements looked at for a first reference. */
#define GLANCE 512
/* t that the kernels are trusted with. */
#define HIGHEST 60.0
/* References between which floats are at most 8 apart; what lies beyond is left to f64. */
#define FARTHEST 0x1p27
/* |mean of t| so far beyond which a block is done again: where the spread is wanted, and where not. */
#define NEAR 1.0
#define NEARBY 4.0
/* Share of the weight above which an element counts. */
#define COUNTS 0.0625
/* Distance of the mean so far from the reference at which the latter moves. */
#define DRIFT 0.35
/* Share of the weight that the others have at the most when an element towers over them. */
#define PEAKED 0.0625

typedef struct walk {
    double nats; /* a unit of t, in nats */
    const info_i_softmax_kernels *kernels;
    const info_matrix *logits;
    int64_t row;
    info_i_softmax_terms terms;
    info_i_group rest; /* relative to the reference, in nats */
    bool top;          /* one element is not in rest: */
    float top_x;
    bool beyond; /* the reference would be */
    float maximum;
    int64_t argmax_block; /* where the maximum is first */
    int64_t greater;
} walk;

/* Elements of a block as the kernels want them. */
typedef struct block {
    const void *x;
    info_dtype dtype;
    int64_t count;
} block;

static size_t element_size(info_dtype dtype)
{
    return dtype == INFO_F32 ? 4 : 2;
}

static block copy_block(const walk *w, int64_t begin, int64_t count, uint32_t *buffer)
{
    const size_t size = element_size(w->logits->dtype);
    for (int64_t i = 0; i < count; i++)
        memcpy((char *)buffer + (size_t)i * size, info_i_element(w->logits, w->row, begin + i), size);
    return (block){buffer, w->logits->dtype, count};
}

static block get_block(const walk *w, int64_t begin, int64_t count, uint32_t *buffer)
{
    if (w->logits->col_stride == 1)
        return (block){info_i_element(w->logits, w->row, begin), w->logits->dtype, count};
    return copy_block(w, begin, count, buffer);
}

static info_i_group group_of(const walk *w, const info_i_softmax_sums *s)
{
    if (!(s->weight > 0))
        return (info_i_group){0};
    const double mean = s->first / s->weight, spread = s->second - s->first * mean;
    return (info_i_group){s->weight, w->nats * mean, spread > 0 ? w->nats * w->nats * spread : 0, s->squares};
}

/* t of x by a reference of 0. */
static double powers(const walk *w, float x)
{
    return (double)x * (double)w->terms.factor;
}

static void set_reference(walk *w, double reference)
{
    const float rounded = (float)reference;
    w->beyond = w->beyond || !(fabs(reference) < FARTHEST);
    if (w->rest.weight > 0)
        w->rest = info_i_group_lowered(w->rest, w->nats * ((double)rounded - (double)w->terms.reference));
    w->terms.reference = rounded;
}

/* Whether the block's sums can be used; if not, the reference is moved. */
static bool settled(walk *w, const info_i_softmax_sums *s)
{
    const double highest = powers(w, s->maximum) - (double)w->terms.reference;
    /* What lies that low counts only in a row that has nothing else, which is left to f64. */
    const bool only = !(w->rest.weight > 0) && powers(w, s->maximum) > -FARTHEST;
    if (highest > HIGHEST || (only && !(s->weight > 0) && highest < 0)) {
        set_reference(w, powers(w, s->maximum));
        return false;
    }
    /* Without moments the largest element tells where the mean might be. */
    const info_i_detail detail = (info_i_detail)w->terms.detail;
    const double total = w->rest.weight + s->weight;
    const double mean = detail >= INFO_I_DETAIL_MEAN     ? (w->rest.weight * w->rest.mean / w->nats + s->first) / total
                        : exp2(highest) > COUNTS * total ? highest
                                                         : 0;
    if (!(fabs(mean) > (detail >= INFO_I_DETAIL_SPREAD ? NEAR : NEARBY)))
        return true;
    set_reference(w, (double)w->terms.reference + mean);
    return false;
}

/* Sums that can be used; sums->maximum is not finite if the block holds +inf. */
static void sum_block(walk *w, block b, info_i_softmax_sums *s)
{
    for (int attempt = 0; attempt < 4; attempt++) {
        w->kernels->sums(b.x, b.dtype, b.count, &w->terms, s);
        if (!(s->maximum < INFINITY) || settled(w, s) || w->beyond)
            return;
    }
}

/* Whether the block's largest element outweighs all others so far. */
static bool towers(const walk *w, const info_i_softmax_sums *s)
{
    const double reference = (double)w->terms.reference;
    const double top = w->top ? exp2(powers(w, w->top_x) - reference) : 0;
    return powers(w, s->maximum) > -FARTHEST &&
           exp2(powers(w, s->maximum) - reference) >= (1 - PEAKED) * (w->rest.weight + top + s->weight);
}

/* The block without its largest element, which becomes the top. */
static void take_top(walk *w, int64_t begin, int64_t count, info_i_softmax_sums *s)
{
    uint32_t buffer[BLOCK];
    const block b = copy_block(w, begin, count, buffer);
    const int64_t place = w->kernels->find(b.x, b.dtype, count, s->maximum);
    const uint32_t lowest = 0xff800000;
    const uint16_t half = b.dtype == INFO_BF16 ? 0xff80 : 0xfc00;
    const size_t size = element_size(b.dtype);
    memcpy((char *)buffer + (size_t)place * size, size == 4 ? (const void *)&lowest : (const void *)&half, size);
    if (w->top) {
        set_reference(w, powers(w, w->top_x));
        const double t = powers(w, w->top_x) - (double)w->terms.reference;
        w->rest = info_i_group_merged(w->rest, (info_i_group){exp2(t), w->nats * t, 0, exp2(2 * t)});
    }
    w->top = true;
    w->top_x = s->maximum;
    if (w->rest.weight > 0)
        set_reference(w, (double)w->terms.reference + w->rest.mean / w->nats);
    sum_block(w, b, s);
}

/* A first reference: the mean of the row's first elements if there are more, else the largest. */
static void set_first_reference(walk *w, block b)
{
    info_i_softmax_sums s;
    const int64_t count = b.count < GLANCE ? b.count : GLANCE;
    const float maximum = w->kernels->maximum(b.x, b.dtype, count);
    set_reference(w, powers(w, maximum) > -FARTHEST ? powers(w, maximum) : 0);
    if (count < b.count)
        sum_block(w, (block){b.x, b.dtype, count}, &s);
}

/* Adds a block; false if it holds NaN or +inf. */
static bool add_block(walk *w, int64_t begin, int64_t count)
{
    uint32_t buffer[BLOCK];
    info_i_softmax_sums s;
    const block b = get_block(w, begin, count, buffer);
    if (begin == 0)
        set_first_reference(w, b);
    sum_block(w, b, &s);
    if (!(s.maximum < INFINITY) || isnan(s.weight))
        return false;
    w->greater += s.greater;
    if (s.maximum > w->maximum) {
        w->maximum = s.maximum;
        w->argmax_block = begin;
        if (towers(w, &s))
            take_top(w, begin, count, &s);
    }
    w->rest = info_i_group_merged(w->rest, group_of(w, &s));
    if (fabs(w->rest.mean) > w->nats * DRIFT && w->terms.detail >= INFO_I_DETAIL_MEAN)
        set_reference(w, (double)w->terms.reference + w->rest.mean / w->nats);
    return true;
}

/* First column that has the maximum. */
static int64_t find_maximum(const walk *w, int64_t length)
{
    uint32_t buffer[BLOCK];
    const int64_t left = length - w->argmax_block;
    const block b = get_block(w, w->argmax_block, left < BLOCK ? left : BLOCK, buffer);
    return w->argmax_block + w->kernels->find(b.x, b.dtype, b.count, w->maximum);
}

info_i_row info_i_row_measure_f32(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                                  double threshold)
{
    const int64_t length = info_i_lm_length(lm, logits, row);
    walk w = {.kernels = lm->kernels->softmax,
              .logits = logits,
              .row = row,
              .terms = {.factor = (float)(INFO_I_LOG2_E * lm->inverse_temperature),
                        .threshold = (float)threshold, /* which is the logit of some column */
                        .detail = (int32_t)detail},
              .maximum = -INFINITY};
    w.nats = lm->inverse_temperature / (double)w.terms.factor;
    for (int64_t begin = 0; info_i_lm_reads_on(lm, begin, length); begin += BLOCK) {
        const bool valid = add_block(&w, begin, length - begin < BLOCK ? length - begin : BLOCK);
        if (w.beyond)
            return info_i_row_measure_f64(lm, logits, row, detail, threshold);
        if (!valid)
            return (info_i_row){.valid = false};
    }
    if (w.maximum == -INFINITY)
        return (info_i_row){.valid = false};
    if (!(powers(&w, w.maximum) > -FARTHEST))
        return info_i_row_measure_f64(lm, logits, row, detail, threshold);

    /* Relative to the top, or to the reference. */
    const double origin = w.top ? powers(&w, w.top_x) : (double)w.terms.reference;
    const double above = w.nats * (powers(&w, w.maximum) - origin);
    const info_i_group rest = w.top && w.rest.weight > 0
                                  ? info_i_group_lowered(w.rest, w.nats * (origin - (double)w.terms.reference))
                                  : w.rest;
    const info_i_group all = w.top ? info_i_group_merged(info_i_group_top, rest) : rest;
    const double log_sum = (w.top ? log1p(rest.weight) : log(rest.weight)) - above, mean = all.mean - above;
    return (info_i_row){.valid = true,
                        .top = (double)w.maximum,
                        .maximum =
                            lm->given.temperature > 0 ? (double)w.maximum / lm->given.temperature : (double)w.maximum,
                        .argmax = find_maximum(&w, length),
                        .log_sum = log_sum > 0 ? log_sum : 0,
                        .mean = mean < 0 ? mean : 0,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight),
                        .greater = w.greater};
}
