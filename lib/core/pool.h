/* SPDX-License-Identifier: MIT
 * The worker threads of a context; loops over them are in core.h. */
#ifndef INFO_I_POOL_H
#define INFO_I_POOL_H

#include "core/core.h"

/* Starts ctx->threads - 1 workers, which sleep until there is work; NULL if the
 * memory or a thread cannot be had. */
struct info_i_pool *info_i_pool_create(info_ctx *ctx);

/* Ends the workers of ctx->pool, if any. */
void info_i_pool_destroy(info_ctx *ctx);

#endif
