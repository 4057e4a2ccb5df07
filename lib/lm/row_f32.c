/* SPDX-License-Identifier: MIT
 *
 * A row of f32, f16 or bf16 logits by the vector kernels, in one read.
 *
 * A block is summed with the largest logit so far as the reference. If it holds one that is larger
 * by more than RISE it is done again, unless that one is just one of many: so d <= FAR, and where
 * the entropy is small (one logit towers over the rest) the reference is that logit exactly. Each
 * block's moments are taken about the mean so far, which keeps the varentropy from cancelling. */
#include <math.h>

#include "kernels/softmax_f32.h"
#include "lm/group.h"
#include "lm/row.h"
#include "numeric/convert.h"

#define BLOCK 4096
#define RISE 0.5
#define FAR 8.0
/* A block whose other elements weigh less than this beside its largest is summed without it. */
#define PEAKED 0.0625

typedef struct walk {
    const info_i_softmax_kernels *kernels;
    const info_matrix *logits;
    int64_t row;
    info_i_softmax_terms terms;
    info_i_group rest; /* relative to terms.reference */
    bool top;          /* the reference itself is not in rest */
    float maximum;
    int64_t argmax_block; /* where the maximum is first */
    int64_t greater;
} walk;

/* Logits begin .. begin + count - 1 as the kernels want them: contiguous. */
static const void *block(const walk *w, int64_t begin, int64_t count, float *buffer, info_dtype *dtype)
{
    *dtype = w->logits->dtype;
    if (w->logits->col_stride == 1)
        return info_i_element(w->logits, w->row, begin);
    *dtype = INFO_F32;
    info_i_get_row_f32(w->logits, w->row, begin, count, buffer);
    return buffer;
}

static info_i_group group_of(const info_i_softmax_sums *s, double shift)
{
    if (!(s->weight > 0))
        return (info_i_group){0};
    const double mean = s->first / s->weight, spread = s->second - s->first * mean;
    return (info_i_group){s->weight, mean + shift, spread > 0 ? spread : 0, s->squares};
}

static void raise_reference(walk *w, float reference)
{
    const double rise = ((double)reference - (double)w->terms.reference) * (double)w->terms.scale;
    if (w->top)
        w->rest = info_i_group_merged(w->rest, info_i_group_top);
    if (w->rest.weight > 0)
        w->rest = info_i_group_lowered(w->rest, rise);
    w->top = false;
    w->terms.reference = reference;
    w->terms.shift = 0;
}

/* Whether a logit above the reference by rise, in the block of s, must be the reference. A row of many
 * comparable logits, whose records are broken by a little now and then, is so read once. */
static bool must_raise(const walk *w, const info_i_softmax_sums *s, double rise)
{
    if (rise <= RISE || rise > FAR)
        return rise > RISE;
    return exp(rise) > PEAKED * (w->rest.weight + (w->top ? 1 : 0) + s->weight);
}

/* The block's sums without its largest element, which is the reference. */
static void sum_without_top(walk *w, int64_t begin, int64_t count, info_i_softmax_sums *s)
{
    float copy[BLOCK];
    int64_t i = 0;
    info_i_get_row_f32(w->logits, w->row, begin, count, copy);
    while (copy[i] != w->terms.reference)
        i++;
    copy[i] = -INFINITY;
    w->kernels->sums(copy, INFO_F32, count, &w->terms, s);
    w->top = true;
}

/* Adds a block; false if it holds NaN or +inf. */
static bool add_block(walk *w, int64_t begin, int64_t count, bool first)
{
    float buffer[BLOCK];
    info_dtype dtype;
    info_i_softmax_sums s;
    const void *x = block(w, begin, count, buffer, &dtype);
    bool fresh = first;
    if (first) {
        const float maximum = w->kernels->maximum(x, dtype, count);
        w->terms.reference = isfinite(maximum) ? maximum : 0;
    }
    w->kernels->sums(x, dtype, count, &w->terms, &s);
    if (s.maximum == INFINITY)
        return false;
    const double rise = ((double)s.maximum - (double)w->terms.reference) * (double)w->terms.scale;
    const bool none_before = w->maximum == -INFINITY && s.maximum > -INFINITY;
    if (none_before ? s.maximum != w->terms.reference : must_raise(w, &s, rise)) {
        raise_reference(w, s.maximum);
        w->kernels->sums(x, dtype, count, &w->terms, &s);
        fresh = true;
    }
    if (isnan(s.weight))
        return false;
    w->greater += s.greater;
    if (s.maximum > w->maximum) {
        w->maximum = s.maximum;
        w->argmax_block = begin;
    }
    if (fresh && s.maximum == w->terms.reference && s.weight - 1 < PEAKED) {
        sum_without_top(w, begin, count, &s);
    } else if (fresh && w->terms.detail >= INFO_I_DETAIL_SPREAD && s.weight > 0) {
        w->terms.shift = (float)(s.first / s.weight);
        w->kernels->sums(x, dtype, count, &w->terms, &s);
    }
    w->rest = info_i_group_merged(w->rest, group_of(&s, (double)w->terms.shift));
    if (w->terms.detail >= INFO_I_DETAIL_SPREAD)
        w->terms.shift = (float)w->rest.mean;
    return true;
}

/* First column of the block that has the maximum. */
static int64_t find_maximum(const walk *w, int64_t length)
{
    float buffer[BLOCK];
    const int64_t left = length - w->argmax_block, count = left < BLOCK ? left : BLOCK;
    info_i_get_row_f32(w->logits, w->row, w->argmax_block, count, buffer);
    for (int64_t i = 0; i < count; i++)
        if (buffer[i] == w->maximum)
            return w->argmax_block + i;
    return -1;
}

info_i_row info_i_row_measure_f32(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                                  double threshold)
{
    const int64_t length = info_i_lm_length(lm, logits, row);
    /* The threshold is the y of some column: back to its x, which is a float. */
    const double x = lm->given.temperature > 0 ? threshold * lm->given.temperature : threshold;
    walk w = {.kernels = info_i_softmax_kernels_for(lm->cpu),
              .logits = logits,
              .row = row,
              .terms = {.scale = (float)lm->inverse_temperature, .threshold = (float)x, .detail = (int32_t)detail},
              .maximum = -INFINITY};
    for (int64_t begin = 0; begin < length; begin += BLOCK)
        if (!add_block(&w, begin, length - begin < BLOCK ? length - begin : BLOCK, begin == 0))
            return (info_i_row){.valid = false};
    if (w.maximum == -INFINITY)
        return (info_i_row){.valid = false};

    const info_i_group all = w.top ? info_i_group_merged(info_i_group_top, w.rest) : w.rest;
    const double above = ((double)w.maximum - (double)w.terms.reference) * (double)w.terms.scale;
    const double log_sum = w.top ? log1p(w.rest.weight) : log(all.weight);
    return (info_i_row){.valid = true,
                        .maximum = lm->given.temperature > 0 ? (double)w.maximum / lm->given.temperature
                                                             : (double)w.maximum,
                        .argmax = find_maximum(&w, length),
                        .log_sum = log_sum > above ? log_sum - above : 0,
                        .mean = all.mean < above ? all.mean - above : 0,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight),
                        .greater = w.greater};
}
