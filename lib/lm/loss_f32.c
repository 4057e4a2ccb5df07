/* SPDX-License-Identifier: MIT */
#include "lm/loss_f32.h"

#include <math.h>

#include "lm/apart_f32.h"
#include "numeric/convert.h"

#define LOG2_E 1.44269504088896340736
#define BLOCK 4096

bool info_i_loss_in_f32(const info_i_loss *l)
{
    if (!info_i_lm_in_f32(&l->lm, l->logits) || l->logits->cols < 2)
        return false;
    if (l->kind == INFO_I_LOSS_CROSS_ENTROPY)
        return !l->options.class_weights;
    if (l->kind == INFO_I_LOSS_ENTROPY)
        return true;
    return info_i_lm_in_f32(&l->lm, l->teacher) && (l->options.divergence == INFO_DIVERGENCE_FORWARD ||
                                                    l->options.divergence == INFO_DIVERGENCE_REVERSE);
}

bool info_i_loss_rows_f32(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    if (!l->teacher) {
        const bool entropy = l->kind == INFO_I_LOSS_ENTROPY;
        r->q = info_i_row_measure(&l->lm, l->logits, row, entropy ? INFO_I_DETAIL_MEAN : INFO_I_DETAIL_SUM, INFINITY);
        return true;
    }
    info_i_pair pair = {0};
    const bool reverse = l->options.divergence == INFO_DIVERGENCE_REVERSE;
    if (!info_i_pair_measure_f32(&l->lm, l->teacher, l->logits, row, reverse, &pair))
        return false;
    r->p = pair.p;
    r->q = pair.q;
    /* sum q (log q - log p) is what centres the gradient of the reverse divergence. */
    r->loss = reverse ? pair.kl_reverse : pair.kl;
    r->centre = reverse ? pair.kl_reverse : 0;
    return true;
}

double info_i_loss_finite_sum(const info_i_loss *l, int64_t row, double *count)
{
    float buffer[BLOCK];
    double sum = 0;
    *count = 0;
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, length = left < BLOCK ? left : BLOCK;
        info_dtype dtype;
        int64_t finite;
        const void *x = info_i_row_elements(l->logits, row, begin, length, buffer, &dtype);
        sum += info_i_gradient_kernels_for(l->lm.cpu)->finite_sum(x, dtype, length, &finite);
        *count += (double)finite;
    }
    return sum * l->lm.inverse_temperature;
}

static info_i_gradient_terms terms_for(const info_i_loss *l, const info_i_loss_row *r, double factor)
{
    const double scale = l->lm.inverse_temperature, wanted = factor * scale;
    const double lse = r->q.maximum + r->q.log_sum, e = l->options.label_smoothing;
    info_i_gradient_terms k = {.factor = (float)(LOG2_E * scale), .scale = (float)scale};
    const double per_nat = (double)k.factor / scale;
    k.nats = (float)(1 / per_nat);
    double on_q = wanted;
    switch (l->kind) {
    case INFO_I_LOSS_CROSS_ENTROPY:
        k.kind = INFO_I_GRADIENT_SOFTMAX;
        on_q = wanted * (1 + 2 * l->options.z_loss * lse); /* (1 - e) + e + the z-loss */
        k.offset = e > 0 ? (float)(wanted * e / r->classes) : 0;
        break;
    case INFO_I_LOSS_ENTROPY:
        k.kind = INFO_I_GRADIENT_ENTROPY;
        on_q = -wanted;
        k.centre = (float)(r->loss + ((double)(float)(lse * per_nat) / per_nat - lse)); /* what reference is rounded by */
        break;
    default:
        k.kind = l->options.divergence == INFO_DIVERGENCE_FORWARD ? INFO_I_GRADIENT_FORWARD : INFO_I_GRADIENT_REVERSE;
        k.centre = (float)r->centre;
        info_i_set_apart(&k, &r->p, &r->q);
        k.teacher_reference = info_i_power_reference(r->p.maximum + r->p.log_sum, per_nat, wanted, &k.teacher_slope);
        break;
    }
    k.reference = info_i_power_reference(lse, per_nat, on_q, &k.slope);
    return k;
}

/* The kernel's output where it belongs: straight, or through doubles. */
static void put_block(const info_matrix_out *out, int64_t row, int64_t begin, int64_t count, const float *values)
{
    double wide[BLOCK];
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    info_i_put_row_f64(out, row, begin, count, wide);
}

/* Of an element in a row that is contiguous. */
static void *address(const info_matrix_out *m, int64_t row, int64_t col)
{
    return (char *)m->data + (row * m->row_stride + col) * (m->dtype == INFO_F32 ? 4 : 2);
}

/* Eight sums, as additions wait for one another. */
static double sum_but_for(int64_t skipped, const float *values, int64_t count)
{
    double lanes[8] = {0}, sum = 0;
    for (int64_t i = 0; i < count; i++)
        lanes[i % 8] += (double)values[i];
    if (skipped >= 0 && skipped < count)
        lanes[skipped % 8] -= (double)values[skipped];
    for (int i = 0; i < 8; i++)
        sum += lanes[i];
    return sum;
}

bool info_i_loss_gradient_f32(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out)
{
    const info_i_gradient_terms k = terms_for(l, r, factor);
    const info_i_gradient_fn kernel = info_i_gradient_kernels_for(l->lm.cpu)->gradient;
    const bool targeted = l->kind == INFO_I_LOSS_CROSS_ENTROPY, certain = info_i_loss_is_certain(l, r);
    const bool straight = out->col_stride == 1 && (out->dtype == INFO_F32 || (out->dtype == INFO_BF16 && !certain));
    float x[BLOCK], z[BLOCK], g[BLOCK];
    double at_target = 0, others = 0;
    if (!(fabsf(k.slope) < 1e30f && fabsf(k.teacher_slope) < 1e30f && fabsf(k.reference) < 1e30f))
        return false;
    if (targeted) { /* before the logits are overwritten; in f64, as p - 1 cancels */
        const double y = info_i_lm_get(&l->lm, l->logits, row, r->target);
        info_i_loss_gradient(l, r, r->target, 1, &y, NULL, &at_target);
    }
    for (int64_t begin = 0; begin < l->logits->cols; begin += BLOCK) {
        const int64_t left = l->logits->cols - begin, count = left < BLOCK ? left : BLOCK;
        info_dtype x_dtype, z_dtype = INFO_F32;
        const void *student = info_i_row_elements(l->logits, row, begin, count, x, &x_dtype), *teacher = NULL;
        if (l->teacher)
            teacher = info_i_row_elements(l->teacher, row, begin, count, z, &z_dtype);
        void *to = straight ? address(out, row, begin) : g;
        kernel(&k, student, x_dtype, teacher, z_dtype, count, to, straight ? out->dtype : INFO_F32);
        if (certain)
            others += sum_but_for(r->q.argmax - begin, to, count);
        if (!straight)
            put_block(out, row, begin, count, g);
    }
    if (targeted)
        info_i_put(out, row, r->target, at_target * factor * l->lm.inverse_temperature);
    if (certain)
        info_i_put(out, row, r->q.argmax, 0 - others);
    return true;
}
