/* SPDX-License-Identifier: MIT
 * The outputs of info_logits_compare(), for others that compare rows. */
#ifndef INFO_I_LM_COMPARE_H
#define INFO_I_LM_COMPARE_H

#include "lm/columns.h"
#include "lm/pair.h"

/* The arrays of info_logit_comparison. */
#define INFO_I_COMPARISON_COLUMNS 10
extern const info_i_column info_i_comparison_columns[INFO_I_COMPARISON_COLUMNS];

/* All but what depends on the target; then that, of a target (as info_i_lm_target() tells it) with logits y
 * (of p) and z (of q). */
void info_i_comparison_put(const info_logit_comparison *out, info_unit unit, int64_t row, const info_i_pair *r);
void info_i_comparison_put_target(const info_logit_comparison *out, info_unit unit, int64_t row, const info_i_pair *r,
                                  int64_t target, double y, double z);

#endif
