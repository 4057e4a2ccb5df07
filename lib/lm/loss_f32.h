/* SPDX-License-Identifier: MIT
 * Losses of f32, f16 and bf16 logits by the vector kernels. */
#ifndef INFO_I_LM_LOSS_F32_H
#define INFO_I_LM_LOSS_F32_H

#include "lm/loss.h"

/* Whether this loss is one of those: of logits without bias and softcap, with weights that f32 has room for. */
bool info_i_loss_in_f32(const info_i_loss *l);

/* r->q and, of a divergence, r->p; a divergence's value too. False if this row is beyond f32. */
bool info_i_loss_rows_f32(const info_i_loss *l, int64_t row, info_i_loss_row *r);

/* sum of class weight times x / T over the finite x of a row, sum of their weights, and their number. */
double info_i_loss_finite_sum(const info_i_loss *l, int64_t row, double *weight, double *count);

/* factor times the row's gradient with respect to x; false if f32 has no room for it. */
bool info_i_loss_gradient_f32(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                              const info_matrix_out *out);

#endif
