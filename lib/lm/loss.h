/* SPDX-License-Identifier: MIT
 * Losses of rows: their values, and their gradients with respect to the logits. loss.c chooses between loss_f32.c and
 * loss_f64.c, which offer the same functions. */
#ifndef INFO_I_LM_LOSS_H
#define INFO_I_LM_LOSS_H

#include "lm/pair.h"

typedef enum info_i_loss_kind {
    INFO_I_LOSS_CROSS_ENTROPY,
    INFO_I_LOSS_ENTROPY,
    INFO_I_LOSS_DIVERGENCE
} info_i_loss_kind;

/* What a loss is about. */
typedef struct info_i_loss {
    info_i_loss_kind kind;
    const info_matrix *logits;  /* the student's, to which the gradient belongs */
    const info_matrix *teacher; /* of a divergence */
    const void *targets;        /* of the cross-entropy, with their number */
    int64_t targets_len;
    info_loss_options options;
    info_i_lm lm;
    const float *float_weights;                  /* the class weights, if there are any and f32 has room for them */
    double beta;                                 /* weight of the teacher in the mixture */
    info_i_mixture value_mixture, slope_mixture; /* of the smaller weight, and of beta; b = 0 if not for f32 */
} info_i_loss;

typedef enum info_i_loss_state { INFO_I_LOSS_COUNTS, INFO_I_LOSS_IGNORED, INFO_I_LOSS_INVALID } info_i_loss_state;

/* A row's value, and what its gradient needs. */
typedef struct info_i_loss_row {
    info_i_loss_state state;
    int64_t target;
    info_i_pair pair; /* q is of the logits, p of the teacher */
    double weight;    /* row weight times the target's class weight */
    double row_weight;
    double loss;         /* before the row weight */
    double center;       /* H, or sum q g: what makes the gradient sum to 0 */
    double above, below; /* total variation: what half the sign of q - p is, centered, if it is +1, and -1 */
    double acceptance;   /* sum min(p, q), where the loss is of it */
    double class_weight; /* sum of class weights over finite logits */
    double classes;      /* number of finite logits */
} info_i_loss_row;

/* Reads and checks the options of a loss whose logits (of which only the shape matters), teacher and targets are known. */
info_status info_i_loss_open(info_ctx *ctx, const info_loss_options *given, info_i_loss *l);

/* A row's sums and its loss, given its target and its weight; by f32 where that can do it. */
void info_i_loss_value(const info_i_loss *l, int64_t row, info_i_loss_row *r);

/* factor times the row's gradient with respect to x; zeros unless the row counts and its loss is finite. */
void info_i_loss_gradient(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                          const info_matrix_out *out);

/* The rows' losses as one number, and the factor of a row's gradient given what a mean divides by. */
void info_i_loss_reduce(const info_loss_options *options, const info_i_loss_row *all, int64_t rows,
                        info_loss_result *result);
double info_i_loss_factor(const info_loss_options *options, double weight, double row_weight);

/* A row's sums, whose valid tells whether it has a value, and its loss. By f32: false if it is beyond the vector kernels. */
bool info_i_loss_value_f32(const info_i_loss *l, int64_t row, info_i_loss_row *r);
bool info_i_loss_value_f64(const info_i_loss *l, int64_t row, info_i_loss_row *r);

/* factor times the row's gradient with respect to x. By f32: false if it is beyond the vector kernels. */
bool info_i_loss_gradient_f32(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out);
bool info_i_loss_gradient_f64(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out);

/* What the vector kernels want to know of the options. */
info_status info_i_loss_prepare_f32(info_ctx *ctx, info_i_loss *l);

/* dy / dx of a logit. */
double info_i_loss_through_softcap(const info_i_lm *lm, double x);

/* ---- What both rest on (loss_terms.c) ------------------------------------ */

/* Entropy and divergences know only probabilities, so the elements of their gradients sum to 0. Where nearly all mass is on
 * one token its element is a small difference of numbers near 1, and is taken as minus the sum of the others. */
bool info_i_loss_is_certain(const info_i_loss *l, const info_i_loss_row *r);

/* Whether it is total variation, or made of it. */
bool info_i_loss_varies(const info_i_loss *l);

/* The class weight of a column. */
double info_i_loss_class_weight(const info_i_loss *l, int64_t col);

/* The cross-entropy, given sum_j w_j (-log p_j) over the finite logits. */
void info_i_loss_put_cross_entropy(const info_i_loss *l, int64_t row, double smoothing, info_i_loss_row *r);

/* The centers of total variation's slopes, given the sums of q where it is above p, below p, and p. */
void info_i_loss_center_signs(info_i_loss_row *r, double above, double below, double equal);

/* The gradient of the cross-entropy by y: on_target (p - [target]) + spread (p sum w - w) + normalizer p. */
typedef struct info_i_cross_entropy_slope {
    double on_target, spread, normalizer;
} info_i_cross_entropy_slope;
info_i_cross_entropy_slope info_i_loss_cross_entropy_terms(const info_i_loss *l, const info_i_loss_row *r);

/* The same of a column, log p being its log-probability. */
double info_i_loss_cross_entropy_slope(const info_i_loss *l, const info_i_loss_row *r, int64_t col, double log_p);

#endif
