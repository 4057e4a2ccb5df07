/* SPDX-License-Identifier: MIT
 *
 * A row in blocks. With the largest y so far as the reference, d = y - reference and
 * e = exp(d), each block yields sum e, the mean of d and the sum of squared deviations
 * from that mean. Blocks merge like groups of weighted observations (Chan, Golub,
 * LeVeque 1979); the largest element is kept out of the groups to the end, so that what
 * the others weigh survives beside its 1. Every sum is of terms of one sign: neither the
 * entropy of a peaked row nor the varentropy of a flat one suffers cancellation. */
#include "lm/row.h"

#include <math.h>

#define BLOCK 1024

/* A group of observations d of weight e. */
typedef struct group {
    double weight;  /* sum e */
    double mean;    /* sum e d / weight */
    double spread;  /* sum e (d - mean)^2 */
    double squares; /* sum e^2 */
} group;

static const group TOP = {.weight = 1, .squares = 1}; /* the largest element: d = 0 */

static group merged(group a, group b)
{
    if (!(a.weight > 0))
        return b;
    if (!(b.weight > 0))
        return a;
    const double total = a.weight + b.weight, apart = a.mean - b.mean;
    return (group){.weight = total,
                   .mean = (a.weight / total) * a.mean + (b.weight / total) * b.mean,
                   .spread = a.spread + b.spread + apart * apart * (a.weight / total) * b.weight,
                   .squares = a.squares + b.squares};
}

/* The same group seen from a reference that is higher by rise. */
static group lowered(group a, double rise)
{
    const double factor = exp(-rise);
    return (group){a.weight * factor, a.mean - rise, a.spread * factor, a.squares * factor * factor};
}

static group block_group(const double *y, int64_t count, int64_t skip, double reference, info_i_detail detail)
{
    double e[BLOCK];
    group g = {0};
    for (int64_t i = 0; i < count; i++) {
        e[i] = i == skip ? 0 : exp(y[i] - reference);
        g.weight += e[i];
    }
    if (g.weight == 0 || detail < INFO_I_DETAIL_MEAN)
        return g;
    for (int64_t i = 0; i < count; i++)
        if (e[i] > 0)
            g.mean += e[i] * (y[i] - reference);
    g.mean /= g.weight;
    if (detail < INFO_I_DETAIL_ALL)
        return g;
    for (int64_t i = 0; i < count; i++)
        if (e[i] > 0) {
            const double deviation = y[i] - reference - g.mean;
            g.spread += e[i] * deviation * deviation;
            g.squares += e[i] * e[i];
        }
    return g;
}

info_i_row info_i_row_measure(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                              double threshold)
{
    double y[BLOCK], reference = -INFINITY;
    group rest = {0};
    int64_t argmax = -1, greater = 0;
    const int64_t length = info_i_lm_length(lm, logits, row);
    for (int64_t begin = 0; begin < length; begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        const double before = reference;
        int64_t top = -1; /* of this block, if it holds the largest element so far */
        info_i_lm_load(lm, logits, row, begin, count, y);
        for (int64_t i = 0; i < count; i++) {
            if (!(y[i] < INFINITY))
                return (info_i_row){.valid = false};
            if (y[i] > reference) {
                reference = y[i];
                top = i;
            }
            greater += y[i] > threshold;
        }
        if (top >= 0) {
            if (argmax >= 0)
                rest = lowered(merged(rest, TOP), reference - before);
            argmax = begin + top;
        }
        if (argmax >= 0)
            rest = merged(rest, block_group(y, count, top, reference, detail));
    }
    if (argmax < 0)
        return (info_i_row){.valid = false};
    const group all = merged(TOP, rest);
    return (info_i_row){.valid = true,
                        .maximum = reference,
                        .argmax = argmax,
                        .log_sum = log1p(rest.weight),
                        .mean = all.mean,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight),
                        .greater = greater};
}
