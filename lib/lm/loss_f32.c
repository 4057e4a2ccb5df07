/* SPDX-License-Identifier: MIT
 * Losses of f32, f16 and bf16 logits by the vector kernels. */
#include <math.h>

#include "kernels/gradient_f32.h"
#include "lm/blocks_f32.h"
#include "lm/cells_f32.h"
#include "lm/loss.h"
#include "lm/terms_f32.h"
#include "numeric/convert.h"

/* Divergences whose slopes may be more than f32 multiplies: masks of one model alone. */
#define FARTHEST 1e6

static bool in_f32(const info_i_loss *l)
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

info_status info_i_loss_prepare_f32(info_ctx *ctx, info_i_loss *l)
{
    const double *weights = l->options.class_weights;
    if (l->teacher && l->options.divergence == INFO_DIVERGENCE_JS) {
        info_i_mixture_terms(l->beta < 0.5 ? l->beta : 1 - l->beta, &l->value_mixture);
        info_i_mixture_terms(l->beta, &l->slope_mixture);
    }
    if (!weights || l->kind != INFO_I_LOSS_CROSS_ENTROPY)
        return INFO_OK;
    float *narrow = info_i_scratch(ctx, l->logits->cols, sizeof *narrow);
    if (!narrow)
        return ctx->error.status;
    bool fit = true;
    for (int64_t i = 0; i < l->logits->cols; i++) {
        fit = fit && (weights[i] == 0 || (weights[i] > 1e-30 && weights[i] < 1e30));
        narrow[i] = fit ? (float)weights[i] : 0;
    }
    l->float_weights = fit ? narrow : NULL;
    return INFO_OK;
}

/* ---- Values -------------------------------------------------------------------- */

/* What is more than a KL divergence: another read of both rows. */
static bool add_cells(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const info_i_known_pair known = {&l->lm,  l->teacher, l->logits, row, l->logits->cols, info_i_pair_top(&r->pair),
                                     &r->pair};
    const double b = l->beta;
    if (l->options.divergence == INFO_DIVERGENCE_JS) {
        double q_log;
        if (!info_i_mixture_f32(&known, b, &l->value_mixture, &r->loss, &q_log))
            return false;
        r->center = (1 - b) * q_log;
        return true;
    }
    info_i_variation_sums sums;
    if (!info_i_variation_f32(&known, &sums))
        return false;
    r->loss = sums.difference < 2 ? sums.difference / 2 : 1;
    info_i_loss_center_signs(r, sums.above, sums.below, sums.equal);
    return true;
}

static bool divergence_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    r->weight = r->row_weight;
    if (!info_i_pair_read_f32(&l->lm, l->teacher, l->logits, row, &r->pair))
        return false;
    switch (l->options.divergence) {
    case INFO_DIVERGENCE_FORWARD:
        r->loss = r->pair.kl;
        return true;
    case INFO_DIVERGENCE_REVERSE:
        /* sum q (log q - log p) is what centers the gradient. */
        r->loss = r->center = r->pair.kl_reverse;
        return true;
    default:
        return add_cells(l, row, r);
    }
}

/* sum of class weight times x / T over the finite x of a row; their number and weights go to r. */
static double finite_sum(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const info_i_finite_sums_fn kernel = l->lm.kernels->gradient->finite_sums;
    float buffer[INFO_I_F32_BLOCK];
    double sum = 0;
    info_i_f32_blocks b = {
        .x_rows = l->logits, .row = row, .end = l->logits->cols, .skipped = -1, .buffer = buffer, .lm = &l->lm};
    while (info_i_next_block(&b)) {
        info_i_finite_sums s;
        kernel(b.x, b.x_dtype, l->float_weights ? l->float_weights + b.begin : NULL, b.count, &s);
        sum += s.sum;
        r->class_weight += s.weight;
        r->classes += s.count;
    }
    return sum * l->lm.inverse_temperature;
}

/* In a row that is nearly flat log p + H, of which an entropy's gradient is made, cancels. */
static bool is_flat(const info_i_row *q)
{
    return -8 * q->mean < q->log_sum;
}

bool info_i_loss_value_f32(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    info_i_row *q = &r->pair.q;
    if (!in_f32(l))
        return false;
    if (l->teacher)
        return divergence_value(l, row, r);
    const bool entropy = l->kind == INFO_I_LOSS_ENTROPY;
    *q = info_i_row_measure_f32(&l->lm, l->logits, row, entropy ? INFO_I_DETAIL_MEAN : INFO_I_DETAIL_SUM, INFINITY);
    if (!q->valid)
        return true;
    if (entropy) {
        r->weight = r->row_weight;
        r->loss = q->log_sum - q->mean;
        return !is_flat(q);
    }
    double smoothing = 0;
    if (l->options.label_smoothing > 0) {
        const double sum = finite_sum(l, row, r);
        smoothing = r->class_weight * (q->maximum + q->log_sum) - sum;
    }
    info_i_loss_put_cross_entropy(l, row, smoothing, r);
    return true;
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
        return INFO_I_GRADIENT_VARIATION;
    }
}

/* Of the cross-entropy: the target's share and the smoothing's of q, each times what the sum of its weights is, and
 * the z-loss's. */
static double weight_of_q(const info_i_loss *l, const info_i_loss_row *r, double lse)
{
    const double e = l->options.label_smoothing;
    const double on_target = info_i_loss_class_weight(l, r->target);
    const double spread = e > 0 ? e * (r->class_weight / r->classes) : 0;
    return (1 - e) * on_target + spread + 2 * l->options.z_loss * lse;
}

static info_i_row_terms terms_for(const info_i_loss *l, const info_i_loss_row *r, double factor)
{
    const double wanted = factor * l->lm.inverse_temperature;
    const info_i_row *q = &r->pair.q, *p = &r->pair.p;
    const double lse = q->maximum + q->log_sum, e = l->options.label_smoothing;
    info_i_row_terms k = {
        .center = (float)r->center, .above = (float)r->above, .below = (float)r->below, .mixture = &l->slope_mixture};
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
        info_i_set_ratio(&k, &l->lm, &r->pair.ratio);
        k.teacher_reference = info_i_power_reference(p->maximum + p->log_sum, per_nat, wanted, &k.teacher_slope);
    }
    k.reference = info_i_power_reference(lse, per_nat, on_q, &k.slope);
    return k;
}

/* The kernel's output where it belongs: straight, or through doubles. */
static void put_block(const info_matrix_out *out, int64_t row, int64_t begin, int64_t count, const float *values)
{
    double wide[256];
    for (int64_t i = 0; i < count; i += 256) {
        const int64_t left = count - i, now = left < 256 ? left : 256;
        for (int64_t k = 0; k < now; k++)
            wide[k] = (double)values[i + k];
        info_i_put_row_f64(out, row, begin + i, now, wide);
    }
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
        lanes[i % 8] += i == skipped ? 0 : (double)values[i];
    for (int i = 0; i < 8; i++)
        sum += lanes[i];
    return sum;
}

/* Elements of a gradient on their way. */
#define PIECE 256

/* A block of logits in pieces that fit the buffer of values, unless these go straight to where they belong. */
static double put_gradient(const info_i_loss *l, const info_i_row_terms *k, const info_i_f32_blocks *b, int64_t row,
                           int64_t top, const info_matrix_out *out)
{
    const info_i_gradient_fn kernel = l->lm.kernels->gradient->gradient;
    const info_i_gradient kind = kind_of(l);
    const bool straight = out->col_stride == 1 && (out->dtype == INFO_F32 || (out->dtype == INFO_BF16 && top < 0));
    const int64_t piece = straight ? b->count : PIECE;
    const size_t x_size = b->x_dtype == INFO_F32 ? 4 : 2, z_size = l->teacher && b->y_dtype != INFO_F32 ? 2 : 4;
    const void *teacher = kind == INFO_I_GRADIENT_WEIGHTED ? l->float_weights + b->begin : b->y;
    float values[PIECE];
    double others = 0;
    for (int64_t i = 0; i < b->count; i += piece) {
        const int64_t left = b->count - i, count = left < piece ? left : piece, col = b->begin + i;
        void *to = straight ? address(out, row, col) : values;
        const void *x = (const char *)b->x + (size_t)i * x_size, *z = teacher;
        if (z)
            z = (const char *)z + (size_t)i * z_size;
        kernel(k, kind, x, b->x_dtype, z, l->teacher ? b->y_dtype : INFO_F32, count, to,
               straight ? out->dtype : INFO_F32);
        if (top >= 0)
            others += sum_but_for(top - col, to, count);
        if (!straight)
            put_block(out, row, col, count, values);
    }
    return others;
}

bool info_i_loss_gradient_f32(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out)
{
    const info_i_row_terms k = terms_for(l, r, factor);
    const bool targeted = l->kind == INFO_I_LOSS_CROSS_ENTROPY;
    const int64_t top = info_i_loss_is_certain(l, r) ? r->pair.q.argmax : -1;
    float buffer[2 * INFO_I_F32_BLOCK];
    double at_target = 0, others = 0;
    if (!in_f32(l) || !info_i_row_terms_fit(&k) || (l->teacher && r->loss > FARTHEST) ||
        (l->kind == INFO_I_LOSS_ENTROPY && is_flat(&r->pair.q)))
        return false;
    if (targeted) { /* before the logits are overwritten; in f64, as p - 1 cancels */
        const double z = info_i_lm_logit(&l->lm, l->logits, row, r->target);
        at_target = info_i_loss_cross_entropy_slope(l, r, r->target, info_i_row_log_probability(&l->lm, &r->pair.q, z));
    }
    info_i_f32_blocks b = {.x_rows = l->logits,
                           .y_rows = l->teacher,
                           .row = row,
                           .end = l->logits->cols,
                           .skipped = -1,
                           .buffer = buffer,
                           .lm = &l->lm};
    while (info_i_next_block(&b))
        others += put_gradient(l, &k, &b, row, top, out);
    if (targeted)
        info_i_put(out, row, r->target, at_target * factor * l->lm.inverse_temperature);
    if (top >= 0)
        info_i_put(out, row, top, 0 - others);
    return true;
}
