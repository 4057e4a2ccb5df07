/* SPDX-License-Identifier: MIT */
#include "lm/loss_f32.h"

#include <math.h>

#include "kernels/gradient_f32.h"
#include "lm/apart_f32.h"
#include "lm/terms_f32.h"
#include "numeric/convert.h"

bool info_i_loss_in_f32(const info_i_loss *l)
{
    if (!info_i_lm_in_f32(&l->lm, l->logits) || l->logits->cols < 2)
        return false;
    switch (l->kind) {
    case INFO_I_LOSS_CROSS_ENTROPY:
        return !l->options.class_weights || l->float_weights;
    case INFO_I_LOSS_ENTROPY:
        return true;
    default:
        return info_i_lm_in_f32(&l->lm, l->teacher) &&
               (l->options.divergence != INFO_DIVERGENCE_JS || l->value_mixture.b > 0);
    }
}

/* ---- Values -------------------------------------------------------------------- */

/* What is more than a KL divergence: another read of both rows. */
static bool add_cells(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const info_i_known_pair known = {&l->lm, l->teacher, l->logits, row, l->logits->cols, &r->p, &r->q};
    const double b = l->beta;
    if (l->options.divergence == INFO_DIVERGENCE_JS) {
        double q_log;
        if (!info_i_mixture_f32(&known, b, &l->value_mixture, &r->loss, &q_log))
            return false;
        r->center = (1 - b) * q_log;
        return true;
    }
    info_i_apart_sums sums;
    if (!info_i_apart_f32(&known, &sums))
        return false;
    r->loss = sums.apart < 2 ? sums.apart / 2 : 1;
    r->center = sums.leaning / 2;
    return true;
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
    if (!reverse && l->options.divergence != INFO_DIVERGENCE_FORWARD)
        return add_cells(l, row, r);
    /* sum q (log q - log p) is what centers the gradient of the reverse divergence. */
    r->loss = reverse ? pair.kl_reverse : pair.kl;
    r->center = reverse ? pair.kl_reverse : 0;
    return true;
}

double info_i_loss_finite_sum(const info_i_loss *l, int64_t row, double *weight, double *count)
{
    const info_i_finite_sums_fn kernel = l->lm.kernels->gradient->finite_sums;
    float buffer[INFO_I_F32_BLOCK];
    double sum = 0;
    *weight = *count = 0;
    info_i_f32_blocks b = {.student = l->logits, .row = row, .length = l->logits->cols, .buffer = buffer};
    while (info_i_next_block(&b)) {
        info_i_finite_sums s;
        kernel(b.x, b.x_dtype, l->float_weights ? l->float_weights + b.begin : NULL, b.count, &s);
        sum += s.sum;
        *weight += s.weight;
        *count += s.count;
    }
    return sum * l->lm.inverse_temperature;
}

/* ---- Gradients ----------------------------------------------------------------- */

static info_i_gradient kind_of(const info_i_loss *l)
{
    if (l->kind == INFO_I_LOSS_CROSS_ENTROPY)
        return l->float_weights && l->options.label_smoothing > 0 ? INFO_I_GRADIENT_WEIGHTED : INFO_I_GRADIENT_SOFTMAX;
    if (l->kind == INFO_I_LOSS_ENTROPY)
        return INFO_I_GRADIENT_ENTROPY;
    switch (l->options.divergence) {
    case INFO_DIVERGENCE_FORWARD:
        return INFO_I_GRADIENT_FORWARD;
    case INFO_DIVERGENCE_REVERSE:
        return INFO_I_GRADIENT_REVERSE;
    case INFO_DIVERGENCE_JS:
        return INFO_I_GRADIENT_MIXTURE;
    default:
        return INFO_I_GRADIENT_APART;
    }
}

/* Of the cross-entropy: the target's share and the smoothing's of q, each times what the sum of its weights is, and
 * the z-loss's. */
static double weight_of_q(const info_i_loss *l, const info_i_loss_row *r, double lse)
{
    const double e = l->options.label_smoothing;
    const double on_target = l->options.class_weights ? l->options.class_weights[r->target] : 1;
    const double spread = e > 0 ? e * (r->class_weight / r->classes) : 0;
    return (1 - e) * on_target + spread + 2 * l->options.z_loss * lse;
}

static info_i_row_terms terms_for(const info_i_loss *l, const info_i_loss_row *r, double factor)
{
    const double wanted = factor * l->lm.inverse_temperature;
    const double lse = r->q.maximum + r->q.log_sum, e = l->options.label_smoothing;
    info_i_row_terms k = {.center = (float)r->center, .mixture = &l->slope_mixture};
    const double per_nat = info_i_temperature_terms(&l->lm, &k);
    double on_q = wanted;
    if (l->kind == INFO_I_LOSS_CROSS_ENTROPY) {
        on_q = wanted * weight_of_q(l, r, lse);
        k.offset = e > 0 ? (float)(wanted * e / r->classes) : 0;
    } else if (l->kind == INFO_I_LOSS_ENTROPY) {
        on_q = -wanted;
        k.center =
            (float)(r->loss + ((double)(float)(lse * per_nat) / per_nat - lse)); /* what reference is rounded by */
    } else {
        info_i_set_apart(&k, &r->p, &r->q);
        k.teacher_reference = info_i_power_reference(r->p.maximum + r->p.log_sum, per_nat, wanted, &k.teacher_slope);
    }
    k.reference = info_i_power_reference(lse, per_nat, on_q, &k.slope);
    return k;
}

/* The kernel's output where it belongs: straight, or through doubles. */
static void put_block(const info_matrix_out *out, int64_t row, int64_t begin, int64_t count, const float *values)
{
    double wide[INFO_I_F32_BLOCK];
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
    const info_i_row_terms k = terms_for(l, r, factor);
    const info_i_gradient_fn kernel = l->lm.kernels->gradient->gradient;
    const info_i_gradient kind = kind_of(l);
    const bool targeted = l->kind == INFO_I_LOSS_CROSS_ENTROPY, certain = info_i_loss_is_certain(l, r);
    const bool straight = out->col_stride == 1 && (out->dtype == INFO_F32 || (out->dtype == INFO_BF16 && !certain));
    float buffer[2 * INFO_I_F32_BLOCK], g[INFO_I_F32_BLOCK];
    double at_target = 0, others = 0;
    if (!info_i_row_terms_fit(&k))
        return false;
    if (targeted) { /* before the logits are overwritten; in f64, as p - 1 cancels */
        const double y = info_i_lm_get(&l->lm, l->logits, row, r->target);
        info_i_loss_gradient(l, r, r->target, 1, &y, NULL, &at_target);
    }
    info_i_f32_blocks b = {
        .student = l->logits, .teacher = l->teacher, .row = row, .length = l->logits->cols, .buffer = buffer};
    while (info_i_next_block(&b)) {
        void *to = straight ? address(out, row, b.begin) : g;
        const void *z = kind == INFO_I_GRADIENT_WEIGHTED ? l->float_weights + b.begin : b.z;
        kernel(&k, kind, b.x, b.x_dtype, z, l->teacher ? b.z_dtype : INFO_F32, b.count, to,
               straight ? out->dtype : INFO_F32);
        if (certain)
            others += sum_but_for(r->q.argmax - b.begin, to, b.count);
        if (!straight)
            put_block(out, row, b.begin, b.count, g);
    }
    if (targeted)
        info_i_put(out, row, r->target, at_target * factor * l->lm.inverse_temperature);
    if (certain)
        info_i_put(out, row, r->q.argmax, 0 - others);
    return true;
}
