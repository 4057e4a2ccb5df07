/* SPDX-License-Identifier: MIT
 * Memory of the calls under test: counted, and refused at will. The allocator of
 * contexts is ours; the C library's is wrapped (-Wl,--wrap) for calls without one. */
#include <stdlib.h>

#include "case.h"
#include "kernels/kernels.h"

volatile reg_memory reg_allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
const info_i_kernels *__real_info_i_kernels_of(info_cpu level);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);
const info_i_kernels *__wrap_info_i_kernels_of(info_cpu level);

/* More than any case needs: a request the machine might grant and then swap for. */
#define LIMIT ((size_t)1 << 30)

static bool refuse(size_t size)
{
    volatile reg_memory *m = &reg_allocations;
    m->requests++;
    const bool refused = m->fail_at > 0 && (m->requests == m->fail_at || (m->for_good && m->requests > m->fail_at));
    m->refused |= refused;
    return refused || size > LIMIT;
}

static void *given(void *memory)
{
    reg_allocations.live += memory != NULL;
    return memory;
}

static void *context_alloc(void *user, size_t size, size_t alignment)
{
    (void)user;
    if (refuse(size))
        return NULL;
    return given(__real_aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
}

static void context_free(void *user, void *memory)
{
    (void)user;
    reg_allocations.live -= memory != NULL;
    __real_free(memory);
}

const info_i_kernels *__wrap_info_i_kernels_of(info_cpu level)
{
    if (reg_allocations.armed)
        reg_allocations.levels |= UINT32_C(1) << level;
    return __real_info_i_kernels_of(level);
}

info_status reg_ctx_make(const reg_plan *plan, info_ctx **out)
{
    const info_ctx_options options = {.struct_size = sizeof options,
                                      .threads = plan->threads,
                                      .cpu = plan->cpu,
                                      .alloc = context_alloc,
                                      .free = context_free,
                                      .progress = plan->progress,
                                      .progress_user = plan->progress_user};
    return info_ctx_create(&options, out);
}

void *__wrap_malloc(size_t size)
{
    if (!reg_allocations.armed)
        return __real_malloc(size);
    reg_allocations.behind++;
    return refuse(size) ? NULL : given(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (!reg_allocations.armed)
        return __real_calloc(count, size);
    reg_allocations.behind++;
    return refuse(size && count > LIMIT / size ? LIMIT + 1 : count * size) ? NULL : given(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (!reg_allocations.armed)
        return __real_realloc(memory, size);
    reg_allocations.behind++;
    if (refuse(size))
        return NULL;
    reg_allocations.live += memory == NULL;
    return __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (!reg_allocations.armed)
        return __real_aligned_alloc(alignment, size);
    reg_allocations.behind++;
    return refuse(size) ? NULL : given(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *memory)
{
    if (reg_allocations.armed)
        reg_allocations.live -= memory != NULL;
    __real_free(memory);
}
