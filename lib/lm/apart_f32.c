/* SPDX-License-Identifier: MIT */
#include "lm/apart_f32.h"

#include <math.h>

#include "numeric/convert.h"

#define LOG2_E 1.44269504088896340736
#define BLOCK 4096

float info_i_power_reference(double lse, double per_nat, double wanted, float *slope)
{
    const double exact = lse * per_nat;
    const float reference = (float)exact;
    *slope = (float)(wanted * exp2((double)reference - exact));
    return reference;
}

void info_i_set_apart(info_i_gradient_terms *k, const info_i_row *p, const info_i_row *q)
{
    const double apart = (p->maximum - q->maximum) + (p->log_sum - q->log_sum);
    k->apart = (float)apart;
    k->apart_rest = (float)(apart - (double)k->apart);
}

const void *info_i_row_elements(const info_matrix *m, int64_t row, int64_t begin, int64_t count, float *buffer,
                                info_dtype *dtype)
{
    *dtype = m->dtype;
    if (m->col_stride == 1)
        return info_i_element(m, row, begin);
    *dtype = INFO_F32;
    info_i_get_row_f32(m, row, begin, count, buffer);
    return buffer;
}

bool info_i_pair_apart_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                           const info_i_pair *pair, double *apart, double *common)
{
    const info_i_apart_fn kernel = info_i_gradient_kernels_for(lm->cpu)->apart;
    const int64_t length = info_i_lm_length(lm, p, row);
    info_i_gradient_terms k = {.factor = (float)(LOG2_E * lm->inverse_temperature),
                               .scale = (float)lm->inverse_temperature};
    const double per_nat = (double)k.factor / lm->inverse_temperature;
    float x[BLOCK], z[BLOCK];
    k.teacher_reference = info_i_power_reference(pair->p.maximum + pair->p.log_sum, per_nat, 1, &k.teacher_slope);
    k.reference = info_i_power_reference(pair->q.maximum + pair->q.log_sum, per_nat, 1, &k.slope);
    info_i_set_apart(&k, &pair->p, &pair->q);
    if (!(fabsf(k.reference) < 1e30f && fabsf(k.teacher_reference) < 1e30f))
        return false;
    *apart = *common = 0;
    for (int64_t begin = 0; begin < length; begin += BLOCK) {
        const int64_t left = length - begin, count = left < BLOCK ? left : BLOCK;
        info_dtype x_dtype, z_dtype;
        double a, c;
        const void *student = info_i_row_elements(q, row, begin, count, x, &x_dtype);
        const void *teacher = info_i_row_elements(p, row, begin, count, z, &z_dtype);
        kernel(&k, student, x_dtype, teacher, z_dtype, count, &a, &c);
        *apart += a;
        *common += c;
    }
    return true;
}
