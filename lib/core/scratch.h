/* SPDX-License-Identifier: MIT
 * The life of a context's scratch memory; taking from it is in core.h. */
#ifndef INFO_I_SCRATCH_H
#define INFO_I_SCRATCH_H

#include "core/core.h"

/* Makes all scratch memory free for the next call. Blocks are kept; several are
 * merged into one at the next request, so that a repeated call finds all it needs. */
void info_i_scratch_reset(info_ctx *ctx);

/* Gives all blocks back. */
void info_i_scratch_free(info_ctx *ctx);

int64_t info_i_scratch_bytes(const info_ctx *ctx);

#endif
