/* SPDX-License-Identifier: MIT
 * Scratch memory: a bump allocator over a few blocks, kept from call to call. */
#include <string.h>

#include "core/core.h"
#include "core/scratch.h"

/* The header takes one alignment unit, so that what follows is aligned. */
_Static_assert(sizeof(info_i_block) <= INFO_I_ALIGNMENT, "block header");

#define FIRST_BLOCK ((size_t)64 << 10)

static char *block_data(info_i_block *block)
{
    return (char *)block + INFO_I_ALIGNMENT;
}

static info_i_block *add_block(info_ctx *ctx, size_t size)
{
    info_i_block *block = ctx->alloc(ctx->alloc_user, size + INFO_I_ALIGNMENT, INFO_I_ALIGNMENT);
    if (!block)
        return NULL;
    block->size = size;
    block->used = 0;
    block->next = ctx->blocks;
    ctx->blocks = block;
    return block;
}

static void drop_newest(info_ctx *ctx)
{
    info_i_block *block = ctx->blocks;
    ctx->blocks = block->next;
    ctx->free(ctx->alloc_user, block);
}

static size_t total_size(const info_ctx *ctx)
{
    size_t total = 0;
    for (const info_i_block *block = ctx->blocks; block; block = block->next)
        total += block->size;
    return total;
}

void *info_i_scratch(info_ctx *ctx, int64_t count, size_t size)
{
    int64_t bytes;
    if (count < 0 || !info_i_multiply(count, (int64_t)size, &bytes) || bytes > INT64_MAX / 4 ||
        (uint64_t)bytes > SIZE_MAX / 4) {
        info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "scratch memory: %lld x %zu bytes cannot be addressed",
                    (long long)count, size);
        return NULL;
    }
    const size_t need = ((size_t)bytes + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;

    info_i_block *block = ctx->blocks;
    if (!block || block->size - block->used < need) {
        size_t wanted = block ? block->size * 2 : FIRST_BLOCK;
        if (wanted < need)
            wanted = need;
        block = add_block(ctx, wanted);
        if (!block && wanted > need)
            block = add_block(ctx, need);
        if (!block) {
            info_i_fail(&ctx->error, INFO_ERROR_MEMORY, "scratch memory: %zu bytes could not be allocated", need);
            return NULL;
        }
    }
    void *memory = block_data(block) + block->used;
    block->used += need;
    return memory;
}

void *info_i_scratch_zero(info_ctx *ctx, int64_t count, size_t size)
{
    void *memory = info_i_scratch(ctx, count, size);
    if (memory)
        memset(memory, 0, (size_t)count * size);
    return memory;
}

info_i_mark info_i_scratch_mark(const info_ctx *ctx)
{
    return (info_i_mark){ctx->blocks, ctx->blocks ? ctx->blocks->used : 0};
}

void info_i_scratch_release(info_ctx *ctx, info_i_mark mark)
{
    for (info_i_block *block = ctx->blocks; block != mark.block; block = block->next)
        block->used = 0;
    if (mark.block)
        mark.block->used = mark.used;
}

void info_i_scratch_reset(info_ctx *ctx)
{
    for (info_i_block *block = ctx->blocks; block; block = block->next)
        block->used = 0;
    /* Merged, so that the next call of this size finds one block that holds it all. */
    if (ctx->blocks && ctx->blocks->next) {
        const size_t total = total_size(ctx);
        while (ctx->blocks)
            drop_newest(ctx);
        add_block(ctx, total);
    }
}

void info_i_scratch_free(info_ctx *ctx)
{
    while (ctx->blocks)
        drop_newest(ctx);
}

int64_t info_i_scratch_bytes(const info_ctx *ctx)
{
    return (int64_t)total_size(ctx);
}
