/* SPDX-License-Identifier: MIT
 * Two rows that are logits as they stand, in f64: divergences are summed by kernels that read both rows at once. */
#include <math.h>

#include "kernels/kernels.h"
#include "kernels/log_pairs_f64.h"
#include "lm/pair.h"
#include "numeric/convert.h"
#include "numeric/psi.h"

static bool are_for_kernels(const info_i_lm *lm)
{
    return !lm->transformed && !lm->of_q;
}

/* b of the kernel is in units of p: its factor is what the rows' sums differ by. */
static info_i_log_scale scale_of(const info_i_lm *lm, const info_i_pair *pair)
{
    return (info_i_log_scale){.p_reference = pair->p.top,
                              .q_reference = pair->q.top,
                              .factor = exp(pair->p.log_sum - pair->q.log_sum),
                              .offset = pair->ratio.base,
                              .offset_low = pair->ratio.base_low,
                              .scale = lm->inverse_temperature,
                              .shift = pair->ratio.shift};
}

static info_i_log_scale exchanged(const info_i_log_scale *s)
{
    return (info_i_log_scale){s->q_reference, s->p_reference, 1 / s->factor, -s->offset,
                              -s->offset_low, s->scale,       -s->shift};
}

/* ---- The ratio ------------------------------------------------------------------ */

bool info_i_pair_find_ratio(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                            info_i_pair *pair)
{
    double x[INFO_I_PAIR_STRETCH], y[INFO_I_PAIR_STRETCH];
    if (!are_for_kernels(lm))
        return false;
    const info_i_log_scale scale = scale_of(lm, pair);
    const int64_t length = info_i_lm_length(lm, p, row);
    info_i_dd term = {0, 0}, mass = {0, 0}, other_mass = {0, 0}, rise = {0, 0};
    for (int64_t begin = 0; info_i_lm_reads_on(lm, begin, length); begin += INFO_I_PAIR_STRETCH) {
        const int64_t left = length - begin, count = left < INFO_I_PAIR_STRETCH ? left : INFO_I_PAIR_STRETCH;
        info_i_part part;
        lm->kernels->log_pairs_f64->kl(info_i_row_f64(p, row, begin, count, x), info_i_row_f64(q, row, begin, count, y),
                                       count, &scale, &part);
        if (part.flags)
            return false;
        term = info_i_dd_add(term, part.sum[0]);
        mass = info_i_dd_add(mass, part.sum[1]);
        other_mass = info_i_dd_add(other_mass, part.sum[2]);
        rise = info_i_dd_add(rise, part.sum[3]);
    }
    const double risen = rise.high / mass.high, whole = isfinite(term.high) ? term.high / mass.high : INFINITY;
    const double error = fabs(risen) < 0.5 ? -log1p(risen) : log(mass.high / other_mass.high),
                 curve = info_i_psi(error);
    if (!isfinite(error))
        return false;
    pair->ratio.shift += error;
    pair->kl = whole - curve;
    pair->has_kl = curve <= whole / 2;
    return true;
}

/* ---- Cells ---------------------------------------------------------------------- */

/* sum min(a, b), which is what sum |a - b| leaves of both; where it leaves little, by itself. */
static double common_of(const info_i_log_pairs_kernels *kernels, const double *x, const double *y, int64_t count,
                        const info_i_log_scale *scale, const info_i_part *distance)
{
    const double both = distance->sum[1].high + distance->sum[2].high, twice = both - distance->sum[0].high;
    info_i_part part;
    if (twice >= both / 4)
        return twice / 2;
    kernels->common(x, y, count, scale, &part);
    return part.sum[0].high;
}

bool info_i_pair_add_stretch(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                             int64_t begin, int64_t count, const info_i_pair *pair, const info_i_pair_wishes *wishes,
                             info_i_cell_sums *sums)
{
    double x_buffer[INFO_I_PAIR_STRETCH], y_buffer[INFO_I_PAIR_STRETCH];
    if (!are_for_kernels(lm))
        return false;
    const info_i_log_pairs_kernels *kernels = lm->kernels->log_pairs_f64;
    const info_i_log_scale scale = scale_of(lm, pair), back = exchanged(&scale);
    const double *x = info_i_row_f64(p, row, begin, count, x_buffer),
                 *y = info_i_row_f64(q, row, begin, count, y_buffer);
    const double of_p = exp(-pair->p.log_sum), of_q = exp(-pair->q.log_sum);
    info_i_cell_sums s = {0};
    info_i_part part = {0};
    uint32_t flags = 0;
    if (wishes->kl) {
        kernels->kl(x, y, count, &scale, &part);
        s.kl = of_p * part.sum[0].high;
        flags |= part.flags;
    }
    if (wishes->kl_reverse) {
        kernels->kl(y, x, count, &back, &part);
        s.kl_reverse = of_q * part.sum[0].high;
        flags |= part.flags;
    }
    if (wishes->js) {
        kernels->jensen_shannon(x, y, count, &scale, &part);
        s.js = of_p * part.sum[0].high / 2;
        flags |= part.flags;
    }
    if (wishes->variation) {
        kernels->distance(x, y, count, &scale, &part);
        s.difference = of_p * part.sum[0].high;
        s.common = of_p * common_of(kernels, x, y, count, &scale, &part);
        flags |= part.flags;
    }
    if (flags)
        return false;
    if (!isfinite(s.kl)) /* NaN: infinities of both signs in the sum's parts */
        s.kl = INFINITY;
    if (!isfinite(s.kl_reverse))
        s.kl_reverse = INFINITY;
    info_i_cell_sums_add(sums, &s);
    return true;
}
