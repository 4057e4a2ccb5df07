/* SPDX-License-Identifier: MIT
 * The formulas that losses of either arithmetic share. */
#include <math.h>

#include "lm/loss.h"

bool info_i_loss_is_certain(const info_i_loss *l, const info_i_loss_row *r)
{
    return l->kind != INFO_I_LOSS_CROSS_ENTROPY && r->pair.q.log_sum < 0x1p-4;
}

bool info_i_loss_varies(const info_i_loss *l)
{
    return l->options.divergence == INFO_DIVERGENCE_TV || l->options.divergence == INFO_DIVERGENCE_ACCEPTANCE;
}

double info_i_loss_class_weight(const info_i_loss *l, int64_t col)
{
    return l->options.class_weights ? l->options.class_weights[col] : 1;
}

static double log_sum_exp(const info_i_row *q)
{
    return q->maximum + q->log_sum;
}

void info_i_loss_put_cross_entropy(const info_i_loss *l, int64_t row, double smoothing, info_i_loss_row *r)
{
    const info_i_row *q = &r->pair.q;
    const double e = l->options.label_smoothing, lse = log_sum_exp(q);
    const double z = info_i_lm_logit(&l->lm, l->logits, row, r->target),
                 weight = info_i_loss_class_weight(l, r->target);
    r->loss = weight > 0 ? (1 - e) * weight * -info_i_row_log_probability(&l->lm, q, z) : 0;
    if (e > 0)
        r->loss += e * smoothing / r->classes;
    if (l->options.z_loss > 0)
        r->loss += l->options.z_loss * lse * lse;
    r->weight = r->row_weight * weight;
}

info_i_cross_entropy_slope info_i_loss_cross_entropy_terms(const info_i_loss *l, const info_i_loss_row *r)
{
    const double e = l->options.label_smoothing;
    return (info_i_cross_entropy_slope){.on_target = (1 - e) * info_i_loss_class_weight(l, r->target),
                                        .spread = e > 0 ? e / r->classes : 0,
                                        .normalizer = 2 * l->options.z_loss * log_sum_exp(&r->pair.q)};
}

double info_i_loss_cross_entropy_slope(const info_i_loss *l, const info_i_loss_row *r, int64_t col, double log_p)
{
    const info_i_cross_entropy_slope k = info_i_loss_cross_entropy_terms(l, r);
    const double p = exp(log_p), hit = col == r->target ? expm1(log_p) : p; /* p - 1 where p is nearly 1 */
    return k.on_target * hit + k.spread * (p * r->class_weight - info_i_loss_class_weight(l, col)) + k.normalizer * p;
}

/* s - sum q s, s = sign(q - p) / 2: 1/2 less the sum is the mass that has no +1/2, and half of what has none. */
void info_i_loss_center_signs(info_i_loss_row *r, double above, double below, double equal)
{
    r->above = below + equal / 2;
    r->below = above + equal / 2;
}
