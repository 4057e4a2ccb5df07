/* SPDX-License-Identifier: MIT */
#include "lm/terms_f32.h"

#include <math.h>

#include "numeric/convert.h"

static const void *elements(const info_matrix *m, const info_i_f32_blocks *b, float *buffer, info_dtype *dtype)
{
    *dtype = m->dtype;
    if (m->col_stride == 1)
        return info_i_element(m, b->row, b->begin);
    *dtype = INFO_F32;
    info_i_get_row_f32(m, b->row, b->begin, b->count, buffer);
    return buffer;
}

bool info_i_next_block(info_i_f32_blocks *b)
{
    b->begin += b->count;
    if (b->begin >= b->length)
        return false;
    const int64_t left = b->length - b->begin;
    b->count = left < INFO_I_F32_BLOCK ? left : INFO_I_F32_BLOCK;
    b->x = elements(b->student, b, b->buffer, &b->x_dtype);
    if (b->teacher)
        b->z = elements(b->teacher, b, b->buffer + INFO_I_F32_BLOCK, &b->z_dtype);
    return true;
}

double info_i_temperature_terms(const info_i_lm *lm, info_i_row_terms *k)
{
    const double scale = lm->inverse_temperature;
    k->factor = (float)(INFO_I_LOG2_E * scale);
    k->scale = (float)scale;
    k->scale_rest = (float)(scale - (double)k->scale);
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

void info_i_set_apart(info_i_row_terms *k, const info_i_row *p, const info_i_row *q)
{
    const double apart = (p->maximum - q->maximum) + (p->log_sum - q->log_sum);
    k->apart = (float)apart;
    k->apart_rest = (float)(apart - (double)k->apart);
}

bool info_i_row_terms_fit(const info_i_row_terms *k)
{
    const float most = 1e30f;
    return fabsf(k->slope) < most && fabsf(k->teacher_slope) < most && fabsf(k->reference) < most &&
           fabsf(k->teacher_reference) < most && k->scale > 1e-8f && k->scale < 1e8f;
}

bool info_i_pair_row_terms(const info_i_lm *lm, const info_i_row *p, const info_i_row *q, info_i_row_terms *k)
{
    *k = (info_i_row_terms){0};
    const double per_nat = info_i_temperature_terms(lm, k);
    k->teacher_reference = info_i_power_reference(p->maximum + p->log_sum, per_nat, 1, &k->teacher_slope);
    k->reference = info_i_power_reference(q->maximum + q->log_sum, per_nat, 1, &k->slope);
    info_i_set_apart(k, p, q);
    return info_i_row_terms_fit(k);
}
