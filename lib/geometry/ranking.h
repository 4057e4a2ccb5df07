/* SPDX-License-Identifier: MIT
 * Rankings of scores. */
#ifndef INFO_I_RANKING_H
#define INFO_I_RANKING_H

#include "core/core.h"

/* order := 0..n-1, the highest score first, of equal scores the earlier; work[n].
 * Unfinished if the call is canceled. */
void info_i_rank_descending(const info_ctx *ctx, int64_t n, const double *scores, int64_t *order, int64_t *work);

#endif
