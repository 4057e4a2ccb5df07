/* SPDX-License-Identifier: MIT
 * info_logits_measure() for callers that are inside a call already. */
#ifndef INFO_I_LM_MEASURE_H
#define INFO_I_LM_MEASURE_H

#include "core/core.h"
#include "info/lm.h"

info_status info_i_logits_measure(info_ctx *ctx, const info_matrix *logits, const int64_t *targets,
                                  int64_t targets_len, const info_lm_options *options,
                                  const info_logit_measures *measures);

#endif
