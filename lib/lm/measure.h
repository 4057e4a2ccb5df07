/* SPDX-License-Identifier: MIT
 * info_logits_measure() for callers that are inside a call already, and its outputs for others that measure rows. */
#ifndef INFO_I_LM_MEASURE_H
#define INFO_I_LM_MEASURE_H

#include "lm/columns.h"
#include "lm/row.h"

info_status info_i_logits_measure(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                  const info_lm_options *options, const info_logit_measures *measures);

/* The arrays of info_logit_measures. */
#define INFO_I_MEASURE_COLUMNS 9
extern const info_i_column info_i_measure_columns[INFO_I_MEASURE_COLUMNS];

/* What must be found out for the arrays that are given. */
info_i_detail info_i_measures_detail(const info_logit_measures *out);

/* Whether something is wanted that does not depend on the target. */
bool info_i_measures_untargeted(const info_logit_measures *out);

/* All but what depends on the target. */
void info_i_measures_put(const info_logit_measures *out, info_unit unit, int64_t row, const info_i_row *r);

#endif
