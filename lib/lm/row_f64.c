/* SPDX-License-Identifier: MIT
 *
 * A row in f64, for logits of that type and for those with a bias or a softcap. Blocks
 * give groups (see group.h) around the largest z so far; that largest element is kept
 * out of them to the end, so that what the others weigh survives beside its 1. The temperature
 * divides distances from it, not logits, whose own rounding would be as large as they are. */
#include "lm/row.h"

#include <math.h>

#include "kernels/kernels.h"
#include "kernels/logs_f64.h"
#include "kernels/mixture.h"
#include "lm/group.h"

#define BLOCK 512

void info_i_row_shares(const info_i_lm *lm, const double *z, int64_t count, double top, double total, double *shares)
{
    if (!lm->kernels->logs_f64->shares(z, count, lm->inverse_temperature, top, total, shares))
        for (int64_t i = 0; i < count; i++)
            shares[i] = exp((z[i] - top) * lm->inverse_temperature) / total;
}

/* The elements z[0..count-1] but for the one to skip; z becomes distances from the reference, 0 where they do not count. */
static info_i_group block_group(const info_i_lm *lm, double *z, int64_t count, int64_t skip, double reference,
                                info_i_detail detail)
{
    const info_i_mixture_kernels *kernels = lm->kernels->mixture;
    const double scale = lm->inverse_temperature;
    double e[BLOCK], weighted[BLOCK];
    info_i_group g = {0};
    info_i_row_shares(lm, z, count, reference, 1, e);
    if (skip >= 0)
        e[skip] = 0;
    g.weight = kernels->sum(count, e);
    if (g.weight == 0 || detail < INFO_I_DETAIL_MEAN)
        return g;
    for (int64_t i = 0; i < count; i++)
        z[i] = e[i] > 0 ? (z[i] - reference) * scale : 0;
    g.mean = kernels->dot(count, e, z) / g.weight;
    if (detail < INFO_I_DETAIL_SPREAD)
        return g;
    for (int64_t i = 0; i < count; i++) {
        z[i] -= g.mean;
        weighted[i] = e[i] * z[i];
    }
    g.spread = kernels->dot(count, weighted, z);
    g.squares = kernels->dot(count, e, e);
    return g;
}

info_i_row info_i_row_measure_f64(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                                  double threshold)
{
    double z[BLOCK], reference = -INFINITY;
    info_i_group rest = {0};
    int64_t argmax = -1, greater = 0;
    const double scale = lm->inverse_temperature;
    const int64_t length = info_i_lm_length(lm, logits, row);
    for (int64_t begin = 0; info_i_lm_reads_on(lm, begin, length); begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        const double before = reference;
        int64_t top = -1; /* of this block, if it holds the largest element so far */
        info_i_lm_load_logits(lm, logits, row, begin, count, z);
        double most;
        if (!lm->kernels->logs_f64->largest(z, count, &most))
            return (info_i_row){.valid = false};
        if (most > reference) {
            reference = most;
            for (top = 0; z[top] != most; top++)
                ;
        }
        for (int64_t i = 0; i < count && threshold < INFINITY; i++)
            greater += z[i] > threshold;
        if (top >= 0) {
            if (argmax >= 0)
                rest = info_i_group_lowered(info_i_group_merged(rest, info_i_group_top), (reference - before) * scale);
            argmax = begin + top;
        }
        if (argmax >= 0)
            rest = info_i_group_merged(rest, block_group(lm, z, count, top, reference, detail));
    }
    if (argmax < 0)
        return (info_i_row){.valid = false};
    const info_i_group all = info_i_group_merged(info_i_group_top, rest);
    return (info_i_row){.valid = true,
                        .top = reference,
                        .maximum = lm->given.temperature > 0 ? reference / lm->given.temperature : reference,
                        .argmax = argmax,
                        .log_sum = log1p(rest.weight),
                        .mean = all.mean,
                        .variance = all.spread / all.weight,
                        .collision = all.squares / (all.weight * all.weight),
                        .greater = greater};
}
