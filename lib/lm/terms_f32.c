/* SPDX-License-Identifier: MIT */
#include "lm/terms_f32.h"

#include <math.h>

double info_i_temperature_terms(const info_i_lm *lm, info_i_row_terms *k)
{
    const double scale = lm->inverse_temperature;
    k->factor = (float)(INFO_I_LOG2_E * scale);
    k->scale = (float)scale;
    k->nats = (float)(scale / (double)k->factor);
    return (double)k->factor / scale;
}

float info_i_power_reference(double lse, double per_nat, double wanted, float *slope)
{
    const double exact = lse * per_nat;
    const float reference = (float)exact;
    *slope = (float)(wanted * exp2((double)reference - exact));
    return reference;
}

void info_i_set_ratio(info_i_row_terms *k, const info_i_lm *lm, const info_i_log_ratio *ratio)
{
    const double base = ratio->base + ratio->shift / lm->inverse_temperature;
    k->base = (float)base;
    k->base_low = (float)(base - (double)k->base);
}

bool info_i_row_terms_fit(const info_i_row_terms *k)
{
    const float most = 1e30f, farthest = 0x1p27f;
    return fabsf(k->slope) < most && fabsf(k->teacher_slope) < most && fabsf(k->reference) < farthest &&
           fabsf(k->teacher_reference) < farthest && fabsf(k->base) < farthest && k->scale > 1e-8f && k->scale < 1e8f;
}

bool info_i_pair_row_terms(const info_i_lm *lm, const info_i_pair *pair, info_i_row_terms *k)
{
    *k = (info_i_row_terms){0};
    const double per_nat = info_i_temperature_terms(lm, k);
    const info_i_row *p = &pair->p, *q = &pair->q;
    k->teacher_reference = info_i_power_reference(p->maximum + p->log_sum, per_nat, 1, &k->teacher_slope);
    k->reference = info_i_power_reference(q->maximum + q->log_sum, per_nat, 1, &k->slope);
    info_i_set_ratio(k, lm, &pair->ratio);
    return info_i_row_terms_fit(k);
}
