/* SPDX-License-Identifier: MIT
 * Parallel loops: chunks of fixed boundaries, handed out in order to the calling
 * thread and to the context's sleeping workers. */
#include <string.h>

#include "core/core.h"
#include "core/pool.h"
#include "core/threads.h"

/* One loop in progress. */
typedef struct job {
    info_i_task task;
    void *user;
    int64_t items, grain, chunks;
    char *scratch; /* one stretch per thread */
    size_t scratch_stride;
    atomic_llong next;        /* first chunk nobody has taken */
    atomic_llong done;        /* chunks finished */
    atomic_bool stop;         /* hand out no more */
    const atomic_int *cancel; /* the context's: the calling thread may be slow to look */
    info_i_mutex *lock;
    int64_t failed_chunk; /* the first in order, -1 if none; under lock */
    info_i_error error;
} job;

struct info_i_pool {
    info_i_mutex lock;
    info_i_condition work_posted, work_finished;
    job *job;            /* NULL: nothing to do; under lock, like the rest */
    uint64_t generation; /* counts jobs, so that a worker takes each once */
    int32_t working;     /* workers still in the job */
    int32_t workers;
    bool quit;
    int64_t process; /* a forked child has this struct but not the threads */
    info_i_thread threads[];
};

/* Takes chunks until none is left or one fails. A failure stops only the handing
 * out: chunks before it in order have been taken and will finish, so the first
 * failure in order is found whoever runs first. */
static void work(job *j, int32_t thread, info_ctx *reporting)
{
    void *scratch = j->scratch ? j->scratch + (size_t)thread * j->scratch_stride : NULL;
    info_i_error error;
    while (!atomic_load_explicit(&j->stop, memory_order_relaxed)) {
        const int64_t chunk = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (chunk >= j->chunks)
            break;
        const int64_t begin = chunk * j->grain;
        const int64_t end = j->items - begin < j->grain ? j->items : begin + j->grain;
        error.status = INFO_OK;
        error.text[0] = '\0';
        info_status status = j->task(j->user, begin, end, scratch, &error);
        if (atomic_load_explicit(j->cancel, memory_order_relaxed) != 0)
            status = INFO_CANCELED; /* what the task was doing when it noticed is unfinished */
        if (status < 0 || status == INFO_CANCELED) {
            info_i_lock(j->lock);
            if (j->failed_chunk < 0 || chunk < j->failed_chunk) {
                j->failed_chunk = chunk;
                j->error = error;
                j->error.status = status;
            }
            info_i_unlock(j->lock);
            atomic_store_explicit(&j->stop, true, memory_order_relaxed);
        }
        const int64_t done = atomic_fetch_add_explicit(&j->done, 1, memory_order_relaxed) + 1;
        const double fraction = (double)done / (double)j->chunks;
        if (reporting ? info_i_progress(reporting, fraction) != INFO_OK
                      : atomic_load_explicit(j->cancel, memory_order_relaxed) != 0)
            atomic_store_explicit(&j->stop, true, memory_order_relaxed);
    }
}

static void *worker_main(void *argument)
{
    struct info_i_pool *pool = argument;
    info_i_environment_enter();
    info_i_lock(&pool->lock);
    const int32_t thread = ++pool->working; /* counts the starting workers, see info_i_pool_create */
    info_i_wake_one(&pool->work_finished);
    uint64_t seen = 0;
    for (;;) {
        while (!pool->quit && pool->generation == seen)
            info_i_wait(&pool->work_posted, &pool->lock);
        if (pool->quit)
            break;
        seen = pool->generation;
        job *j = pool->job;
        info_i_unlock(&pool->lock);
        work(j, thread, NULL);
        info_i_lock(&pool->lock);
        if (--pool->working == 0)
            info_i_wake_one(&pool->work_finished);
    }
    info_i_unlock(&pool->lock);
    return NULL;
}

static void end_workers(struct info_i_pool *pool)
{
    info_i_lock(&pool->lock);
    pool->quit = true;
    info_i_wake_all(&pool->work_posted);
    info_i_unlock(&pool->lock);
    for (int32_t i = 0; i < pool->workers; i++)
        info_i_thread_join(pool->threads[i]);
    info_i_condition_end(&pool->work_finished);
    info_i_condition_end(&pool->work_posted);
    info_i_mutex_end(&pool->lock);
}

struct info_i_pool *info_i_pool_create(info_ctx *ctx)
{
    const size_t size = sizeof(struct info_i_pool) + (size_t)(ctx->threads - 1) * sizeof(info_i_thread);
    struct info_i_pool *pool = ctx->alloc(ctx->alloc_user, size, INFO_I_ALIGNMENT);
    if (!pool)
        return NULL;
    memset(pool, 0, size);
    info_i_mutex_init(&pool->lock);
    info_i_condition_init(&pool->work_posted);
    info_i_condition_init(&pool->work_finished);
    pool->process = info_i_process();

    while (pool->workers < ctx->threads - 1 && info_i_thread_start(&pool->threads[pool->workers], worker_main, pool))
        pool->workers++;

    /* Every worker has its number once all have counted themselves. */
    info_i_lock(&pool->lock);
    while (pool->working < pool->workers)
        info_i_wait(&pool->work_finished, &pool->lock);
    pool->working = 0;
    info_i_unlock(&pool->lock);

    if (pool->workers < ctx->threads - 1) {
        end_workers(pool);
        ctx->free(ctx->alloc_user, pool);
        return NULL;
    }
    return pool;
}

void info_i_pool_destroy(info_ctx *ctx)
{
    struct info_i_pool *pool = ctx->pool;
    if (!pool)
        return;
    if (pool->process == info_i_process())
        end_workers(pool);
    ctx->free(ctx->alloc_user, pool);
    ctx->pool = NULL;
}

bool info_i_canceled(const info_ctx *ctx)
{
    return atomic_load_explicit(&ctx->cancel, memory_order_relaxed) != 0;
}

void info_i_phase(info_ctx *ctx, double from, double to)
{
    ctx->phase_from = from;
    ctx->phase_to = to;
}

/* The end is told by info_i_end(). */
#define BEFORE_THE_END 0.9999

info_status info_i_progress(info_ctx *ctx, double fraction)
{
    if (info_i_canceled(ctx))
        return INFO_CANCELED;
    const double whole = ctx->phase_from + (ctx->phase_to - ctx->phase_from) * fraction;
    const double so_far = whole < BEFORE_THE_END ? whole : BEFORE_THE_END;
    ctx->told = so_far > ctx->told ? so_far : ctx->told;
    if (ctx->progress && ctx->progress(ctx->progress_user, ctx->told) != 0) {
        atomic_store_explicit(&ctx->cancel, 1, memory_order_relaxed);
        return INFO_CANCELED;
    }
    return INFO_OK;
}

info_status info_i_parallel(info_ctx *ctx, int64_t items, int64_t grain, size_t scratch_bytes, info_i_task task,
                            void *user)
{
    if (items < 1)
        return INFO_OK;
    const int64_t chunks = (items - 1) / grain + 1;
    struct info_i_pool *pool = ctx->pool;
    const bool together = pool && chunks > 1 && pool->process == info_i_process();

    const info_i_mark mark = info_i_scratch_mark(ctx);
    const size_t stride = (scratch_bytes + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;
    char *scratch = NULL;
    if (scratch_bytes > 0) {
        scratch = info_i_scratch(ctx, together ? ctx->threads : 1, stride);
        if (!scratch)
            return ctx->error.status;
    }

    info_i_mutex lock;
    info_i_mutex_init(&lock);
    job j = {.task = task,
             .user = user,
             .items = items,
             .grain = grain,
             .chunks = chunks,
             .scratch = scratch,
             .scratch_stride = stride,
             .cancel = &ctx->cancel,
             .lock = &lock,
             .failed_chunk = -1};
    if (together) {
        info_i_lock(&pool->lock);
        pool->job = &j;
        pool->generation++;
        pool->working = pool->workers;
        info_i_wake_all(&pool->work_posted);
        info_i_unlock(&pool->lock);
    }
    const int32_t inner_threads = info_i_set_inner_threads(1);
    work(&j, 0, ctx);
    info_i_set_inner_threads(inner_threads);
    if (together) {
        info_i_lock(&pool->lock);
        while (pool->working > 0)
            info_i_wait(&pool->work_finished, &pool->lock);
        pool->job = NULL;
        info_i_unlock(&pool->lock);
    }
    info_i_mutex_end(&lock);
    info_i_scratch_release(ctx, mark);
    if (ctx->told < 0) /* workers took all of it */
        ctx->told = 0;

    const bool canceled = j.failed_chunk >= 0 && j.error.status == INFO_CANCELED;
    if (j.failed_chunk >= 0 && !canceled) {
        ctx->error = j.error;
        return j.error.status;
    }
    if (canceled || atomic_load(&j.done) < chunks)
        return info_i_fail(&ctx->error, INFO_CANCELED, "canceled by the caller");
    return INFO_OK;
}
