/* SPDX-License-Identifier: MIT
 * The outputs of info_logits_compare(), for others that compare rows. */
#ifndef INFO_I_LM_COMPARE_H
#define INFO_I_LM_COMPARE_H

#include "lm/columns.h"
#include "lm/pair.h"

/* The arrays of info_logit_comparison. */
#define INFO_I_COMPARISON_COLUMNS 10
extern const info_i_column info_i_comparison_columns[INFO_I_COMPARISON_COLUMNS];

/* All but what depends on the target; then that, of the target's cell (of zeros if it is ignored). */
void info_i_comparison_put(const info_logit_comparison *out, info_unit unit, int64_t row, const info_i_pair *r);
void info_i_comparison_put_target(const info_logit_comparison *out, info_unit unit, int64_t row, bool valid,
                                  const info_i_cell *c);

#endif
