/* SPDX-License-Identifier: MIT
 *
 * KL both ways of two rows of f32, f16 or bf16 logits, in one read.
 *
 * With references r and s of the two rows, a = exp(x - r), b = exp(y - s), w = log(a / b), A = sum a, B = sum b:
 *
 *     KL(p || q) = sum (b - a + a w) / A - phi(B / A - 1),  phi(t) = t - log(1 + t).
 *
 * Every term is >= 0 and so is phi, which is small when the references make A and B about equal. The
 * first block tells how to choose them; a row that proves it wrong is read again. Identical rows have
 * w = 0 everywhere and A = B: exactly 0. */
#include <math.h>

#include "kernels/pair_f32.h"
#include "kernels/softmax_f32.h"
#include "lm/pair.h"
#include "lm/terms_f32.h"
#include "numeric/convert.h"

#define BLOCK INFO_I_F32_BLOCK
/* exp(d) is trusted up to this d. */
#define HIGHEST 40.0
/* |log(B / A)| beyond which the references are chosen anew, unless phi is less than a FIFTH of the sum it is taken from. */
#define UNEVEN 0.05
#define FIFTH 0.2
#define PASSES 4

typedef struct walk {
    info_i_pair_fn kernel;
    info_i_find_fn find;
    const info_matrix *p, *q;
    int64_t row, length;
    double scale; /* 1 / T, of which that of terms is but a float */
    info_i_pair_terms terms;
    int64_t p_block, q_block; /* where the maxima are first */
} walk;

static const void *block(const info_matrix *m, int64_t row, int64_t begin, int64_t count, float *buffer, bool same_type,
                         info_dtype *dtype)
{
    *dtype = m->dtype;
    if (m->col_stride == 1 && same_type)
        return info_i_element(m, row, begin);
    *dtype = INFO_F32;
    info_i_get_row_f32(m, row, begin, count, buffer);
    return buffer;
}

static info_i_pair_sums sum_block(const walk *w, int64_t begin)
{
    float x[BLOCK], y[BLOCK];
    info_dtype x_dtype, y_dtype;
    info_i_pair_sums s;
    const int64_t left = w->length - begin, count = left < BLOCK ? left : BLOCK;
    const bool same = w->p->dtype == w->q->dtype && w->p->col_stride == 1 && w->q->col_stride == 1;
    const void *p = block(w->p, w->row, begin, count, x, same, &x_dtype);
    const void *q = block(w->q, w->row, begin, count, y, same, &y_dtype);
    w->kernel(p, x_dtype, q, y_dtype, count, &w->terms, &s);
    return s;
}

static info_i_pair_sums sum_row(walk *w)
{
    info_i_pair_sums total = {
        .p_maximum = -INFINITY, .q_maximum = -INFINITY, .widest = -INFINITY, .narrowest = INFINITY};
    for (int64_t begin = 0; begin < w->length; begin += BLOCK) {
        const info_i_pair_sums s = sum_block(w, begin);
        total.p_weight += s.p_weight;
        total.difference += s.difference;
        total.forward += s.forward;
        total.backward += s.backward;
        if (s.p_maximum > total.p_maximum) {
            total.p_maximum = s.p_maximum;
            w->p_block = begin;
        }
        if (s.q_maximum > total.q_maximum) {
            total.q_maximum = s.q_maximum;
            w->q_block = begin;
        }
        total.widest = s.widest > total.widest ? s.widest : total.widest;
        total.narrowest = s.narrowest < total.narrowest ? s.narrowest : total.narrowest;
    }
    return total;
}

/* References on a grid on which their difference is exact. */
static void set_references(info_i_pair_terms *terms, double p, double q)
{
    const double largest = fmax(fabs(p), fabs(q)), grid = largest > 0 ? ldexp(1, ilogb(largest) - 21) : 1;
    terms->p_reference = (float)(rint(p / grid) * grid);
    terms->q_reference = (float)(rint(q / grid) * grid);
}

static double finite_or_zero(float x)
{
    return isfinite(x) ? (double)x : 0;
}

static bool phi_is_minor(double sum, double shift)
{
    return info_i_phi(shift) <= FIFTH * sum;
}

/* Whether the sums can be used; if not, better references. */
static bool settled(walk *w, const info_i_pair_sums *s)
{
    const double scale = (double)w->terms.scale;
    const double p_highest = (s->p_maximum - (double)w->terms.p_reference) * scale;
    const double q_highest = (s->q_maximum - (double)w->terms.q_reference) * scale;
    /* The largest terms must be neither above exp(HIGHEST) nor lost at the other end. */
    if (!(fabs(p_highest) <= HIGHEST && fabs(q_highest) <= HIGHEST)) {
        set_references(&w->terms, finite_or_zero(s->p_maximum), finite_or_zero(s->q_maximum));
        return false;
    }
    const double shift = s->difference / s->p_weight, uneven = log1p(shift), q_weight = s->p_weight + s->difference;
    if (fabs(uneven) <= UNEVEN)
        return true;
    if (phi_is_minor(s->forward / s->p_weight, shift) &&
        (!w->terms.reverse || phi_is_minor(s->backward / q_weight, -s->difference / q_weight)))
        return true;
    set_references(&w->terms, (double)w->terms.p_reference, (double)w->terms.q_reference + uneven / scale);
    return false;
}

static int64_t find(const walk *w, const info_matrix *m, int64_t begin, float maximum)
{
    float buffer[BLOCK];
    info_dtype dtype;
    const int64_t left = w->length - begin, count = left < BLOCK ? left : BLOCK;
    const void *x = block(m, w->row, begin, count, buffer, true, &dtype);
    return begin + w->find(x, dtype, count, maximum);
}

static info_i_row row_of(const walk *w, const info_matrix *m, int64_t begin, float maximum, float reference,
                         double weight)
{
    const double log_sum = log(weight) - ((double)maximum - (double)reference) * w->scale;
    return (info_i_row){.valid = true,
                        .maximum = (double)maximum * w->scale,
                        .argmax = find(w, m, begin, maximum),
                        .log_sum = log_sum > 0 ? log_sum : 0};
}

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

bool info_i_pair_measure_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, bool reverse,
                             info_i_pair *pair)
{
    walk w = {.kernel = lm->kernels->pair->sums,
              .find = lm->kernels->softmax->find,
              .p = p,
              .q = q,
              .row = row,
              .length = info_i_lm_length(lm, p, row),
              .scale = lm->inverse_temperature,
              .terms = {.scale = (float)lm->inverse_temperature,
                        .factor = (float)(INFO_I_LOG2_E * lm->inverse_temperature),
                        .reverse = reverse}};
    /* Twice the first block: its maxima, then its weights. */
    info_i_pair_sums s = sum_block(&w, 0);
    for (int i = 0; i < 2 && !settled(&w, &s); i++)
        s = sum_block(&w, 0);
    for (int i = 0; i < PASSES; i++) {
        s = sum_row(&w);
        /* What f32 cannot hold apart is left to f64: logits near its limits, NaN, +inf, rows of -inf. */
        if (!(fabsf(s.p_maximum) < 1e30f && fabsf(s.q_maximum) < 1e30f))
            return false;
        if (settled(&w, &s))
            break;
        if (i == PASSES - 1)
            return false;
    }
    const double q_weight = s.p_weight + s.difference;
    pair->p = row_of(&w, p, w.p_block, s.p_maximum, w.terms.p_reference, s.p_weight);
    pair->q = row_of(&w, q, w.q_block, s.q_maximum, w.terms.q_reference, q_weight);
    pair->kl =
        s.widest == INFINITY ? INFINITY : at_least_zero(s.forward / s.p_weight - info_i_phi(s.difference / s.p_weight));
    pair->kl_reverse = s.narrowest == -INFINITY
                           ? INFINITY
                           : at_least_zero(s.backward / q_weight - info_i_phi(-s.difference / q_weight));
    return true;
}
