/* SPDX-License-Identifier: MIT
 *
 * With the largest logits X and Y, a = exp(x - X), b = exp(y - Y) and t = (x - y) - (X - Y) = log(a/b), all of which is
 * known before any sum, and A = sum a, B = sum b,
 *
 *     log(p/q) = t - e,   e = log(A/B) = -log1p(sum (b - a) / A)
 *     KL(p || q) = sum (a t - a + b) / A - (exp(-e) - 1 + e)
 *
 * so that one reading is enough for KL, but where its last part takes nearly all. Other divergences follow in another one. */
#include "distribution/log_pair.h"

#include "distribution/compare.h"
#include "kernels/log_pairs_f64.h"
#include "numeric/psi.h"

bool info_i_are_logs_alike(const info_i_input *p, const info_i_input *q)
{
    return info_i_is_log(p) && info_i_is_log(q) && p->as_given == q->as_given;
}

static double reference_of(const info_i_row *r)
{
    return r->input->as_given ? 0 : r->largest;
}

/* What probabilities are to be multiplied by to be sums' a. */
static double total_of(const info_i_row *r)
{
    return r->input->as_given ? 1 : info_i_dd_value(r->total);
}

static info_i_log_scale scale_of(const info_i_pair *r)
{
    return (info_i_log_scale){.p_reference = reference_of(&r->p),
                              .q_reference = reference_of(&r->q),
                              .factor = info_i_dd_value(r->ratio),
                              .offset = r->offset.high,
                              .offset_low = r->offset.low,
                              .scale = 1};
}

/* ---- Blocks -------------------------------------------------------------- */

static void sum_block(const info_i_pair *r, const double *x, const double *y, int64_t count, info_i_part *part)
{
    const info_i_log_pairs_kernels *kernels = r->kernels->log_pairs_f64;
    const info_i_log_pair_fn of[] = {[INFO_I_LOG_KL] = kernels->kl,
                                     [INFO_I_LOG_JEFFREYS] = kernels->jeffreys,
                                     [INFO_I_LOG_JS] = kernels->jensen_shannon,
                                     [INFO_I_LOG_DISTANCE] = kernels->distance};
    const info_i_log_scale scale = scale_of(r);
    if (r->divergence->log_sum != INFO_I_LOG_POWER) {
        of[r->divergence->log_sum](x, y, count, &scale, part);
        return;
    }
    kernels->power(x, y, count, &scale, r->divergence->complement, part);
    part->sum[0] = info_i_dd_multiply_double(part->sum[0], r->divergence->scale);
}

/* The sums of a block that the kernel leaves, in the kernel's unit. */
static info_i_part rough_block(const info_i_pair *r, int64_t col, int64_t count, double *buffers)
{
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    const double *rise =
        info_i_pair_differences(r, col, count, p, q, buffers + 2 * INFO_I_BLOCK, buffers + 3 * INFO_I_BLOCK);
    info_i_part p_sums, q_sums, rises;
    r->kernels->rows_f64->scan(p, count, &p_sums);
    r->kernels->rows_f64->scan(q, count, &q_sums);
    r->kernels->rows_f64->scan(rise, count, &rises);
    info_i_part part = r->divergence->logarithms(r, col, count, buffers);
    part.sum[1] = p_sums.sum[0];
    part.sum[2] = q_sums.sum[0];
    part.sum[3] = info_i_dd_negate(rises.sum[0]);
    for (int k = 0; k < 4; k++)
        part.sum[k] = info_i_dd_multiply_double(part.sum[k], total_of(&r->p));
    part.flags = 0;
    return part;
}

static info_i_part pair_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *x = info_i_row_elements(&r->p, col, count, buffers);
    const double *y = info_i_row_elements(&r->q, col, count, buffers + INFO_I_BLOCK);
    info_i_part part;
    sum_block(r, x, y, count, &part);
    return part.flags & INFO_I_PART_ROUGH ? rough_block(r, col, count, buffers) : part;
}

/* ---- One scale ------------------------------------------------------------ */

/* log(A/B) */
static double log_ratio_of(const info_i_part *sums)
{
    const double rise = info_i_dd_value(info_i_dd_divide(sums->sum[3], sums->sum[1]));
    return fabs(rise) < 0.5 ? -log1p(rise) : info_i_dd_log(info_i_dd_divide(sums->sum[1], sums->sum[2]));
}

/* Longer rows are tried at what their first eighth, or block, tells of them. */
#define LONG_ROW 512

static void try_offset(info_i_pair *r, double shift)
{
    r->offset = info_i_dd_add_double(r->offset, shift);
    r->ratio = info_i_dd_multiply_double(r->ratio, exp(shift));
}

static info_status trial_sums(const info_i_work *work, info_i_pair *trial, info_i_part *sums)
{
    const int64_t cols = trial->p.input->matrix->cols;
    trial->p.total = trial->q.total = trial->ratio = info_i_dd_from(1);
    trial->offset = info_i_two_sum(trial->p.largest, -trial->q.largest);
    if (cols >= LONG_ROW) {
        *sums = pair_part(trial, 0, cols / 8 < INFO_I_BLOCK ? cols / 8 : INFO_I_BLOCK, work->buffers);
        const double shift = log_ratio_of(sums);
        if (fabs(shift) < 100)
            try_offset(trial, shift);
    }
    return info_i_blocks(work, cols, pair_part, trial, sums);
}

info_status info_i_log_pair_align(const info_i_work *work, info_i_pair *r)
{
    static const info_i_divergence kl = {.logarithms = info_i_kl_log_part, .log_sum = INFO_I_LOG_KL};
    info_i_pair trial = *r;
    info_i_part sums;
    trial.divergence = &kl;
    const info_status status = trial_sums(work, &trial, &sums);
    if (status != INFO_OK)
        return status;
    const double shift = log_ratio_of(&sums), curve = info_i_psi(shift);
    const double whole = info_i_dd_value(info_i_dd_divide(sums.sum[0], sums.sum[1]));
    r->p.total = sums.sum[1];
    r->q.total = info_i_dd_divide(sums.sum[2], trial.ratio);
    r->ratio = info_i_dd_divide(r->p.total, r->q.total);
    r->offset = info_i_dd_add_double(trial.offset, shift);
    r->kl = !isfinite(whole) ? INFINITY : curve <= whole / 2 ? whole - curve : NAN;
    return INFO_OK;
}

/* ---- Sums ------------------------------------------------------------------ */

/* By this part of itself a distance may be off, as far as what is between p and q is known. */
#define ENOUGH 0x1p-50

info_status info_i_log_pair_sum(const info_i_work *work, const info_i_pair *pair, info_i_part *out)
{
    info_i_pair r = *pair;
    const bool sways = r.divergence->log_sum == INFO_I_LOG_DISTANCE && !r.p.input->as_given;
    for (int attempt = 0; attempt < 3; attempt++) {
        const info_status status = info_i_blocks(work, r.p.input->matrix->cols, pair_part, &r, out);
        if (status != INFO_OK)
            return status;
        const double shift = sways ? log_ratio_of(out) : 0;
        if (fabs(shift) <= ENOUGH * out->sum[0].high / out->sum[1].high)
            break;
        r.offset =
            info_i_dd_add_double(r.offset, shift); /* which moves a distance by as much, and others by its square */
        r.ratio = info_i_dd_multiply_double(r.ratio, exp(shift));
    }
    if (!r.p.input->as_given)
        out->sum[0] = isfinite(out->sum[0].high) ? info_i_dd_divide(out->sum[0], r.p.total) : info_i_dd_from(INFINITY);
    return INFO_OK;
}

/* ---- Tilted sums ------------------------------------------------------------ */

/* Sums above it have lost nothing that counts. */
#define SMALLEST_TILT 1e-200

static info_i_part tilt_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double *x = info_i_row_elements(&r->p, col, count, buffers);
    const double *y = info_i_row_elements(&r->q, col, count, buffers + INFO_I_BLOCK);
    const info_i_log_scale scale = scale_of(r);
    info_i_part part;
    r->kernels->log_pairs_f64->tilt(x, y, count, &scale, r->divergence->complement, &part);
    return part;
}

info_status info_i_log_pair_tilt(const info_i_work *work, const info_i_pair *pair, double a, info_i_part *out,
                                 bool *good)
{
    const info_i_divergence tilted = {.complement = 1 - a};
    info_i_pair r = *pair;
    r.divergence = &tilted;
    const info_status status = info_i_blocks(work, r.p.input->matrix->cols, tilt_part, &r, out);
    if (status != INFO_OK)
        return status;
    const info_i_dd total = info_i_dd_from(total_of(&r.p));
    *good = !(out->flags & INFO_I_PART_ROUGH) && out->sum[0].high > SMALLEST_TILT;
    for (int k = 0; k < 3; k++)
        out->sum[k] = info_i_dd_divide(out->sum[k], total);
    return INFO_OK;
}
