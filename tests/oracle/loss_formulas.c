/* SPDX-License-Identifier: MIT */
#include "loss_formulas.h"

#include <math.h>

void softmax_init(softmax *s, const problem *f, const double *x)
{
    const info_loss_options *o = &f->loss->options;
    arb_t c;
    arb_init(c);
    s->y = _arb_vec_init(f->n), s->log_p = _arb_vec_init(f->n), s->p = _arb_vec_init(f->n);
    arb_init(s->lse), arb_init(s->entropy);
    for (int64_t i = 0; i < f->n; i++) {
        if (x[i] == -INFINITY)
            continue;
        arb_set_d(s->y + i, x[i]);
        if (o->softcap > 0) {
            arb_set_d(c, o->softcap);
            arb_div(s->y + i, s->y + i, c, BITS);
            arb_tanh(s->y + i, s->y + i, BITS);
            arb_mul(s->y + i, s->y + i, c, BITS);
        }
        if (o->temperature > 0) {
            arb_set_d(c, o->temperature);
            arb_div(s->y + i, s->y + i, c, BITS);
        }
        arb_exp(c, s->y + i, BITS);
        arb_add(s->lse, s->lse, c, BITS);
    }
    arb_log(s->lse, s->lse, BITS);
    for (int64_t i = 0; i < f->n; i++) {
        if (x[i] == -INFINITY)
            continue;
        arb_sub(s->log_p + i, s->y + i, s->lse, BITS);
        arb_exp(s->p + i, s->log_p + i, BITS);
        arb_submul(s->entropy, s->p + i, s->log_p + i, BITS);
    }
    arb_clear(c);
}

void softmax_clear(softmax *s, int64_t n)
{
    _arb_vec_clear(s->y, n), _arb_vec_clear(s->log_p, n), _arb_vec_clear(s->p, n);
    arb_clear(s->lse), arb_clear(s->entropy);
}

/* out += a b c */
static void add_product(arb_t out, double a, const arb_t b, const arb_t c)
{
    arb_t product;
    arb_init(product);
    arb_set_d(product, a);
    arb_mul(product, product, b, BITS);
    arb_addmul(out, product, c, BITS);
    arb_clear(product);
}

/* (1 - e) w_t (q - onehot) + e / V (q sum w - w) + 2 l lse q. */
static void cross_entropy_slopes(const problem *f, int row, const softmax *q, arb_ptr out)
{
    const int64_t target = f->targets[row];
    double classes = 0, total = 0;
    arb_t e, rest, part;
    arb_init(e), arb_init(rest), arb_init(part);
    for (int64_t i = 0; i < f->n; i++)
        if (!arb_is_zero(q->p + i))
            classes++, total += class_weight(f, i);
    arb_set_d(e, f->loss->options.label_smoothing);
    arb_sub_ui(rest, e, 1, BITS);
    arb_neg(rest, rest);
    arb_set_d(part, classes);
    arb_div(e, e, part, BITS);
    for (int64_t i = 0; i < f->n; i++) {
        arb_zero(out + i);
        if (arb_is_zero(q->p + i))
            continue;
        arb_sub_ui(part, q->p + i, i == target, BITS);
        add_product(out + i, class_weight(f, target), rest, part);
        add_product(out + i, total, e, q->p + i);
        arb_set_d(part, -class_weight(f, i));
        arb_addmul(out + i, e, part, BITS);
        add_product(out + i, 2 * f->loss->options.z_loss, q->lse, q->p + i);
    }
    arb_clear(e), arb_clear(rest), arb_clear(part);
}

/* -q (log q + H) */
static void entropy_slopes(const problem *f, const softmax *q, arb_ptr out)
{
    for (int64_t i = 0; i < f->n; i++) {
        arb_add(out + i, q->log_p + i, q->entropy, BITS);
        arb_mul(out + i, out + i, q->p + i, BITS);
        arb_neg(out + i, out + i);
    }
}

/* Derivative of a divergence by q_i, up to a constant. */
static void slope(const problem *f, const softmax *p, const softmax *q, int64_t i, arb_t out)
{
    const info_loss_options *o = &f->loss->options;
    if (o->divergence == INFO_DIVERGENCE_REVERSE) {
        arb_sub(out, q->log_p + i, p->log_p + i, BITS);
        return;
    }
    if (o->divergence == INFO_DIVERGENCE_TV) {
        arb_sub(out, q->p + i, p->p + i, BITS);
        arb_sgn(out, out);
        arb_mul_2exp_si(out, out, -1);
        return;
    }
    arb_t b, other; /* (1 - b) log(q / (b p + (1 - b) q)) */
    arb_init(b), arb_init(other);
    arb_set_d(b, o->js_beta > 0 ? o->js_beta : 0.5);
    arb_mul(out, b, p->p + i, BITS);
    arb_sub_ui(other, b, 1, BITS);
    arb_submul(out, other, q->p + i, BITS);
    arb_div(out, q->p + i, out, BITS);
    arb_log(out, out, BITS);
    arb_mul(out, out, other, BITS);
    arb_neg(out, out);
    arb_clear(b), arb_clear(other);
}

/* q - p, or q (g - sum q g) */
static void divergence_slopes(const problem *f, const softmax *p, const softmax *q, arb_ptr out)
{
    arb_ptr g = _arb_vec_init(f->n);
    arb_t mean;
    arb_init(mean);
    for (int64_t i = 0; i < f->n; i++)
        if (!arb_is_zero(q->p + i)) {
            slope(f, p, q, i, g + i);
            arb_addmul(mean, q->p + i, g + i, BITS);
        }
    for (int64_t i = 0; i < f->n; i++) {
        arb_zero(out + i);
        if (arb_is_zero(q->p + i))
            continue;
        if (f->loss->options.divergence == INFO_DIVERGENCE_FORWARD) {
            arb_sub(out + i, q->p + i, p->p + i, BITS);
            continue;
        }
        arb_sub(g + i, g + i, mean, BITS);
        arb_mul(out + i, g + i, q->p + i, BITS);
    }
    arb_clear(mean);
    _arb_vec_clear(g, f->n);
}

void loss_slopes(const problem *f, int row, const softmax *p, const softmax *q, arb_ptr out)
{
    if (f->loss->kind == CROSS_ENTROPY)
        cross_entropy_slopes(f, row, q, out);
    else if (f->loss->kind == ENTROPY)
        entropy_slopes(f, q, out);
    else
        divergence_slopes(f, p, q, out);
}
