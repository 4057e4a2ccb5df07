/* SPDX-License-Identifier: MIT */
#include "lm/cells_f32.h"

#include <math.h>

#include "lm/blocks_f32.h"
#include "lm/divergence.h"
#include "lm/terms_f32.h"

static info_i_f32_blocks blocks_of(const info_i_known_pair *known, float *buffer)
{
    return (info_i_f32_blocks){.x_rows = known->q,
                               .y_rows = known->p,
                               .row = known->row,
                               .end = known->length,
                               .skipped = known->top,
                               .buffer = buffer,
                               .lm = known->lm};
}

static info_i_cell top_of(const info_i_known_pair *known)
{
    return info_i_pair_cell_at(known->lm, known->p, known->q, known->row, known->top, known->pair);
}

/* Elements below 2^-127 are 0 in f32: of less than this in common too many digits would be missing. */
#define LEAST_COMMON 0x1p-64

bool info_i_variation_f32(const info_i_known_pair *known, info_i_variation_sums *sums)
{
    const info_i_variation_fn kernel = known->lm->kernels->cells->variation;
    float buffer[2 * INFO_I_F32_BLOCK];
    info_i_row_terms k;
    if (!info_i_pair_row_terms(known->lm, known->pair, &k))
        return false;
    *sums = (info_i_variation_sums){0};
    for (info_i_f32_blocks b = blocks_of(known, buffer); info_i_next_block(&b);) {
        info_i_variation_sums s;
        kernel(&k, b.x, b.x_dtype, b.y, b.y_dtype, b.count, &s);
        sums->difference += s.difference;
        sums->common += s.common;
        sums->above += s.above;
        sums->below += s.below;
        sums->equal += s.equal;
    }
    if (known->top >= 0) {
        const info_i_cell top = top_of(known);
        const double difference = info_i_cell_difference(&top);
        sums->difference += fabs(difference);
        sums->common += top.p < top.q ? top.p : top.q;
        *(difference > 0 ? &sums->above : difference < 0 ? &sums->below : &sums->equal) += top.q;
    }
    return sums->common > LEAST_COMMON;
}

/* ---- Mixtures ------------------------------------------------------------------- */

/* Coefficients of the polynomial with the given values at the nodes (which are lost): Newton's, then by powers. */
static void interpolate(const double *node, double *value, float *coefficients)
{
    double power[INFO_I_MIXTURE_TERMS] = {0};
    for (int order = 1; order < INFO_I_MIXTURE_TERMS; order++)
        for (int i = INFO_I_MIXTURE_TERMS - 1; i >= order; i--)
            value[i] = (value[i] - value[i - 1]) / (node[i] - node[i - order]);
    for (int i = INFO_I_MIXTURE_TERMS - 1; i >= 0; i--) { /* times (w - node), plus value */
        for (int k = INFO_I_MIXTURE_TERMS - 1; k > 0; k--)
            power[k] = power[k - 1] - node[i] * power[k];
        power[0] = value[i] - node[i] * power[0];
    }
    for (int k = 0; k < INFO_I_MIXTURE_TERMS; k++)
        coefficients[k] = (float)power[k];
}

/* Both functions of w are analytic but for log b - log(1 - b) +- pi i; at Chebyshev's nodes of [-1, 1] their
 * interpolants' errors are about (pi + sqrt(pi^2 + 1))^-10 = 1e-8 of them. */
bool info_i_mixture_terms(double b, info_i_mixture *mixture)
{
    const double pi = 3.14159265358979323846;
    double node[INFO_I_MIXTURE_TERMS], log_value[INFO_I_MIXTURE_TERMS], value[INFO_I_MIXTURE_TERMS];
    if (!(b > 0.001 && b < 0.999))
        return false;
    for (int i = 0; i < INFO_I_MIXTURE_TERMS; i++) {
        const double w = cos(pi * (i + 0.5) / INFO_I_MIXTURE_TERMS);
        const info_i_cell cell = {.p = 1, .q = exp(-w), .log_p = 0, .log_q = -w, .d = w};
        node[i] = w;
        log_value[i] = log1p(b * expm1(w)) / w;
        value[i] = info_i_cell_js(&cell, b) / (w * w);
    }
    *mixture = (info_i_mixture){.b = (float)b, .rest = (float)(1 - b), .turn = (float)-log(b)};
    interpolate(node, log_value, mixture->log);
    interpolate(node, value, mixture->term);
    return true;
}

bool info_i_mixture_f32(const info_i_known_pair *known, double b, const info_i_mixture *mixture, double *divergence,
                        double *q_log)
{
    const info_i_mixture_fn kernel = known->lm->kernels->cells->mixture;
    const bool turned = b > 0.5;
    float buffer[2 * INFO_I_F32_BLOCK];
    info_i_known_pair turned_known = *known;
    const info_i_log_ratio *ratio = &known->pair->ratio;
    const info_i_pair turned_pair = {
        .p = known->pair->q, .q = known->pair->p, .ratio = {-ratio->base, -ratio->base_low, -ratio->shift}};
    info_i_row_terms k;
    if (turned) {
        turned_known.p = known->q;
        turned_known.q = known->p;
        turned_known.pair = &turned_pair;
    }
    if (!info_i_pair_row_terms(known->lm, turned_known.pair, &k))
        return false;
    k.mixture = mixture;
    double sum = 0, log_sum = 0;
    for (info_i_f32_blocks blocks = blocks_of(&turned_known, buffer); info_i_next_block(&blocks);) {
        info_i_mixture_sums s;
        kernel(&k, blocks.x, blocks.x_dtype, blocks.y, blocks.y_dtype, blocks.count, q_log != NULL, &s);
        sum += s.divergence;
        log_sum += turned ? s.p_log : s.q_log;
    }
    if (known->top >= 0) {
        const info_i_cell top = top_of(known);
        sum += info_i_cell_js(&top, b);
        log_sum += top.q > 0 ? top.q * info_i_cell_log_to_mixture(&top, b) : 0;
    }
    /* Rounding must not take disjoint rows beyond the most there is. */
    const double most = -b * log(b) - (1 - b) * log1p(-b);
    *divergence = sum < most ? sum : most;
    if (q_log)
        *q_log = log_sum;
    return true;
}
