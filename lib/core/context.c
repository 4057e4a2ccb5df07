/* SPDX-License-Identifier: MIT
 * Contexts, and the opening and closing of calls. */
#include <stdlib.h>
#include <string.h>
#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#elif defined(_WIN32)
#include <malloc.h>
#endif

#include "core/core.h"
#include "core/pool.h"
#include "core/scratch.h"

/* Large blocks lie on large pages where the system has them on request: first touching one small page after the other can cost
 * more than what is written there. */
#define LARGE_PAGE ((size_t)2 << 20)

static void *libc_alloc(void *user, size_t size, size_t alignment)
{
    (void)user;
    const bool large = size >= 4 * LARGE_PAGE;
    if (large && alignment < LARGE_PAGE)
        alignment = LARGE_PAGE;
    const size_t rounded = (size + alignment - 1) / alignment * alignment;
#if defined(_WIN32)
    void *memory = _aligned_malloc(rounded, alignment);
#else
    void *memory = aligned_alloc(alignment, rounded);
#endif
#ifdef MADV_HUGEPAGE
    if (large && memory)
        madvise(memory, rounded, MADV_HUGEPAGE); /* a wish: failing changes nothing */
#endif
    return memory;
}

static void libc_free(void *user, void *memory)
{
    (void)user;
#if defined(_WIN32)
    _aligned_free(memory);
#else
    free(memory);
#endif
}

/* Everything but the message, which a fresh context has empty. */
static void set_defaults(info_ctx *ctx, info_cpu level)
{
    ctx->alloc = libc_alloc;
    ctx->free = libc_free;
    ctx->alloc_user = NULL;
    ctx->progress = NULL;
    ctx->progress_user = NULL;
    ctx->phase_from = 0;
    ctx->phase_to = 1;
    ctx->told = -1;
    ctx->pool = NULL;
    ctx->blocks = NULL;
    ctx->threads = 1;
    ctx->kernels = info_i_kernels_of(level);
    atomic_init(&ctx->busy, 0);
    atomic_init(&ctx->cancel, 0);
    ctx->invalid_rows = 0;
    ctx->error.status = INFO_OK;
    ctx->error.text[0] = '\0';
}

info_status info_ctx_create(const info_ctx_options *given, info_ctx **out)
{
    info_i_error error = {0};
    info_ctx_options options;
    info_i_check_pointer(&error, "out", out);
    if (info_i_options(&error, info_ctx_options, "options", &options, given) != INFO_OK)
        return error.status;
    if (options.threads < 0 || options.threads > INFO_I_MAX_THREADS || options.reserved != 0 ||
        options.cpu < INFO_CPU_BEST || options.cpu > INFO_CPU_AVX512 || !options.alloc != !options.free)
        return INFO_ERROR_OPTION;
    if (options.cpu > info_i_cpu_best())
        return INFO_ERROR_UNSUPPORTED;

    const info_alloc_fn alloc = options.alloc ? options.alloc : libc_alloc;
    info_ctx *ctx = alloc(options.alloc_user, sizeof *ctx, INFO_I_ALIGNMENT);
    if (!ctx)
        return INFO_ERROR_MEMORY;
    set_defaults(ctx, options.cpu == INFO_CPU_BEST ? info_i_cpu_best() : options.cpu);
    if (options.alloc) {
        ctx->alloc = options.alloc;
        ctx->free = options.free;
        ctx->alloc_user = options.alloc_user;
    }
    ctx->progress = options.progress;
    ctx->progress_user = options.progress_user;
    if (options.threads > 1) {
        ctx->threads = options.threads;
        ctx->pool = info_i_pool_create(ctx);
        if (!ctx->pool) {
            ctx->free(ctx->alloc_user, ctx);
            return INFO_ERROR_MEMORY;
        }
    }
    *out = ctx;
    return INFO_OK;
}

void info_ctx_destroy(info_ctx *ctx)
{
    if (!ctx)
        return;
    info_i_pool_destroy(ctx);
    info_i_scratch_free(ctx);
    ctx->free(ctx->alloc_user, ctx);
}

const char *info_ctx_message(const info_ctx *ctx)
{
    return ctx ? ctx->error.text : "";
}

int64_t info_ctx_invalid_rows(const info_ctx *ctx)
{
    return ctx ? ctx->invalid_rows : 0;
}

void info_ctx_cancel(info_ctx *ctx)
{
    if (ctx)
        atomic_store_explicit(&ctx->cancel, 1, memory_order_relaxed);
}

int64_t info_ctx_scratch_bytes(const info_ctx *ctx)
{
    return ctx ? info_i_scratch_bytes(ctx) : 0;
}

info_status info_ctx_trim(info_ctx *ctx)
{
    if (!ctx)
        return INFO_ERROR_NULL;
    if (atomic_exchange(&ctx->busy, 1))
        return INFO_ERROR_BUSY;
    info_i_scratch_free(ctx);
    atomic_store(&ctx->busy, 0);
    return INFO_OK;
}

info_cpu info_ctx_cpu(const info_ctx *ctx)
{
    return ctx ? ctx->kernels->level : info_i_cpu_best();
}

int32_t info_ctx_threads(const info_ctx *ctx)
{
    return ctx ? ctx->threads : 1;
}

static _Thread_local int32_t inner_threads; /* 0 on a thread without a call */

int32_t info_i_inner_threads(void)
{
    return inner_threads > 1 ? inner_threads : 1;
}

int32_t info_i_set_inner_threads(int32_t threads)
{
    const int32_t before = inner_threads;
    inner_threads = threads;
    return before;
}

info_ctx *info_i_begin(info_i_call *call, info_ctx *ctx)
{
    call->ctx = NULL;
    if (ctx) {
        if (atomic_exchange(&ctx->busy, 1))
            return NULL;
        ctx->error.status = INFO_OK;
        ctx->error.text[0] = '\0';
        ctx->invalid_rows = 0;
        info_i_phase(ctx, 0, 1);
        ctx->told = -1;
        atomic_store_explicit(&ctx->cancel, 0, memory_order_relaxed);
        call->ctx = ctx;
    } else {
        set_defaults(&call->local, info_i_cpu_best());
        call->ctx = &call->local;
    }
    call->inner_threads = info_i_set_inner_threads(call->ctx->threads);
    call->environment = info_i_environment_enter();
    return call->ctx;
}

info_status info_i_end(info_i_call *call, info_status status)
{
    info_ctx *ctx = call->ctx;
    if (!ctx) /* the call never began */
        return status;
    info_i_environment_leave(call->environment);
    info_i_set_inner_threads(call->inner_threads);
    if (ctx == &call->local) {
        info_i_scratch_free(ctx);
        return status;
    }
    info_i_scratch_reset(ctx);
    if (ctx->progress && ctx->told >= 0 && status >= 0 && status != INFO_CANCELED)
        ctx->progress(ctx->progress_user, 1);
    if (status == INFO_OK)
        ctx->error.text[0] = '\0';
    else if (ctx->error.status != status)
        info_i_fail(&ctx->error, status, "%s", info_status_text(status));
    atomic_store(&ctx->busy, 0);
    return status;
}
