/* SPDX-License-Identifier: MIT
 * Contexts: memory, workers, progress, cancellation, one thread at a time, fork. */
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support.h"
#include "core/core.h"

/* Counts what is held; fails the allocation numbered fail_at. */
typedef struct ledger {
    int64_t held, count, fail_at;
} ledger;

static void *ledger_alloc(void *user, size_t size, size_t alignment)
{
    ledger *book = user;
    if (++book->count == book->fail_at)
        return NULL;
    book->held++;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void ledger_free(void *user, void *memory)
{
    ((ledger *)user)->held--;
    free(memory);
}

static info_ctx *make(int32_t threads, ledger *book, info_progress_fn progress, void *user)
{
    info_ctx *ctx = NULL;
    const info_ctx_options options = {.struct_size = sizeof options,
                                      .threads = threads,
                                      .alloc = book ? ledger_alloc : NULL,
                                      .free = book ? ledger_free : NULL,
                                      .alloc_user = book,
                                      .progress = progress,
                                      .progress_user = user};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    return ctx;
}

START_TEST(bad_options_are_refused)
{
    info_ctx *ctx = NULL;
    info_ctx_options o = {.struct_size = sizeof o};
    ck_assert_int_eq(info_ctx_create(&o, NULL), INFO_ERROR_NULL);
    o.threads = -1;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    o.threads = 1025;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    o.threads = 0, o.cpu = 4;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    o.cpu = -1;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    o.cpu = 0, o.reserved = 1;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    o.reserved = 0, o.alloc = ledger_alloc;
    ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_OPTION);
    ck_assert_ptr_null(ctx);
    if (info_ctx_cpu(NULL) < INFO_CPU_AVX512) {
        o.alloc = NULL, o.cpu = INFO_CPU_AVX512;
        ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_ERROR_UNSUPPORTED);
    }
}
END_TEST

START_TEST(null_contexts_answer)
{
    info_ctx_destroy(NULL);
    info_ctx_cancel(NULL);
    ck_assert_str_eq(info_ctx_message(NULL), "");
    ck_assert_int_eq(info_ctx_threads(NULL), 1);
    ck_assert_int_ge(info_ctx_cpu(NULL), INFO_CPU_C);
    ck_assert_int_eq(info_ctx_scratch_bytes(NULL), 0);
    ck_assert_int_eq(info_ctx_invalid_rows(NULL), 0);
    ck_assert_int_eq(info_ctx_trim(NULL), INFO_ERROR_NULL);
}
END_TEST

static bool all_bytes(const char *bytes, size_t count, char value)
{
    size_t same = 0;
    while (same < count && bytes[same] == value)
        same++;
    return same == count;
}

START_TEST(scratch_memory_is_aligned_kept_and_given_back)
{
    ledger book = {0};
    info_ctx *ctx = make(1, &book, NULL, NULL);
    for (int round = 0; round < 4; round++) {
        const int64_t before = book.count;
        info_i_call call;
        ck_assert_ptr_nonnull(info_i_begin(&call, ctx));
        char *pieces[40];
        for (int i = 0; i < 40; i++) {
            pieces[i] = info_i_scratch(ctx, i * 997 + 1, 8);
            ck_assert_uint_eq((uintptr_t)pieces[i] % INFO_I_ALIGNMENT, 0);
            memset(pieces[i], i, (size_t)(i * 997 + 1) * 8);
        }
        for (int i = 0; i < 40; i++)
            ck_assert(all_bytes(pieces[i], (size_t)(i * 997 + 1) * 8, (char)i));
        ck_assert(all_bytes(info_i_scratch_zero(ctx, 1000, 3), 3000, 0));
        ck_assert_int_eq(info_i_end(&call, INFO_OK), INFO_OK);
        if (round > 0)
            ck_assert_int_eq(book.count, before); /* the steady state allocates nothing */
    }
    ck_assert_int_gt(info_ctx_scratch_bytes(ctx), 40 * 20 * 997 * 8 - 1000);
    ck_assert_int_eq(info_ctx_trim(ctx), INFO_OK);
    ck_assert_int_eq(info_ctx_scratch_bytes(ctx), 0);
    info_ctx_destroy(ctx);
    ck_assert_int_eq(book.held, 0);
}
END_TEST

START_TEST(what_was_taken_since_a_mark_is_taken_again)
{
    info_ctx *ctx = make(1, NULL, NULL, NULL);
    char *first = info_i_scratch(ctx, 100, 1);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    char *second = info_i_scratch(ctx, 100, 1);
    info_i_scratch_release(ctx, mark);
    ck_assert_ptr_eq(info_i_scratch(ctx, 100, 1), second);
    ck_assert_ptr_nonnull(info_i_scratch(ctx, 1 << 20, 1)); /* a block of its own */
    info_i_scratch_release(ctx, mark);
    char *big = info_i_scratch(ctx, 1 << 19, 1);
    ck_assert_ptr_nonnull(big);
    memset(big, 1, 1 << 19);
    memset(first, 2, 100);
    info_i_scratch_release(ctx, mark);
    ck_assert_int_eq(first[99], 2);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(sizes_that_cannot_be_had_are_refused)
{
    ledger book = {0};
    info_ctx *ctx = make(1, &book, NULL, NULL);
    ck_assert_ptr_null(info_i_scratch(ctx, INT64_MAX / 4, 8));
    ck_assert_int_eq(ctx->error.status, INFO_ERROR_OVERFLOW);
    /* That which can be counted but not doubled and rounded up; its first message stays. */
    ctx->error = (info_i_error){0};
    ck_assert_ptr_null(info_i_scratch(ctx, INT64_MAX / 4 + 1, 1));
    ck_assert_int_eq(ctx->error.status, INFO_ERROR_OVERFLOW);
    ck_assert_ptr_null(info_i_scratch(ctx, -1, 8));
    ck_assert_ptr_null(info_i_scratch_zero(ctx, -1, 8));
    book.fail_at = book.count + 1;
    ck_assert_ptr_null(info_i_scratch(ctx, 1 << 20, 8));
    ck_assert_int_eq(ctx->error.status, INFO_ERROR_MEMORY);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "8388608"));
    info_ctx_destroy(ctx);
    ck_assert_int_eq(book.held, 0);

    book = (ledger){.fail_at = 2}; /* the pool of a new context */
    const info_ctx_options options = {
        .struct_size = sizeof options, .threads = 3, .alloc = ledger_alloc, .free = ledger_free, .alloc_user = &book};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_ERROR_MEMORY);
    ck_assert_int_eq(book.held, 0);
    book = (ledger){.fail_at = 1};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_ERROR_MEMORY);
}
END_TEST

START_TEST(messages_and_statuses_are_never_sticky)
{
    info_ctx *ctx = make(1, NULL, NULL, NULL);
    info_i_call call;
    ck_assert_ptr_nonnull(info_i_begin(&call, ctx));
    ck_assert_int_eq(info_i_end(&call, info_i_fail(&ctx->error, INFO_ERROR_SIZE, "x: %d", 3)), INFO_ERROR_SIZE);
    ck_assert_str_eq(info_ctx_message(ctx), "x: 3");
    ck_assert_ptr_nonnull(info_i_begin(&call, ctx));
    ck_assert_int_eq(info_i_end(&call, INFO_OK), INFO_OK);
    ck_assert_str_eq(info_ctx_message(ctx), "");
    /* A status without a text of its own gets the general one. */
    ck_assert_ptr_nonnull(info_i_begin(&call, ctx));
    ck_assert_int_eq(info_i_end(&call, INFO_NOT_CONVERGED), INFO_NOT_CONVERGED);
    ck_assert_str_eq(info_ctx_message(ctx), info_status_text(INFO_NOT_CONVERGED));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_context_serves_one_call_at_a_time)
{
    info_ctx *ctx = make(1, NULL, NULL, NULL);
    info_i_call outer, inner;
    ck_assert_ptr_nonnull(info_i_begin(&outer, ctx));
    ck_assert_ptr_null(info_i_begin(&inner, ctx));
    ck_assert_int_eq(info_i_end(&inner, INFO_ERROR_BUSY), INFO_ERROR_BUSY);
    ck_assert_int_eq(info_ctx_trim(ctx), INFO_ERROR_BUSY);
    ck_assert_int_eq(info_i_end(&outer, INFO_OK), INFO_OK);
    ck_assert_int_eq(info_ctx_trim(ctx), INFO_OK);
    info_ctx_destroy(ctx);
}
END_TEST

static info_status count_item(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    atomic_fetch_add((atomic_llong *)user, end - begin);
    return INFO_OK;
}

typedef struct watcher {
    double last;
    int calls;
    int stop_after;
    bool rising;
} watcher;

static int32_t watch(void *user, double fraction)
{
    watcher *w = user;
    w->rising = w->rising && fraction >= w->last && fraction <= 1;
    w->last = fraction;
    return ++w->calls == w->stop_after;
}

START_TEST(progress_rises_to_one_and_can_stop_the_call)
{
    for (int32_t threads = 1; threads <= 3; threads++) {
        watcher w = {.rising = true};
        info_ctx *ctx = make(threads, NULL, watch, &w);
        atomic_llong items = 0;
        info_i_call call;
        ck_assert_ptr_eq(info_i_begin(&call, ctx), ctx);
        info_i_phase(ctx, 0, 0.5);
        ck_assert_int_eq(info_i_parallel(ctx, 1000, 10, 0, count_item, &items), INFO_OK);
        ck_assert(w.last <= 0.5);
        info_i_phase(ctx, 0.5, 1);
        ck_assert_int_eq(info_i_parallel(ctx, 1000, 10, 0, count_item, &items), INFO_OK);
        ck_assert(w.last < 1);
        ck_assert_int_eq(info_i_end(&call, INFO_OK), INFO_OK);
        ck_assert_int_eq(items, 2000);
        ck_assert(w.rising && w.last == 1);
        if (threads == 1) {
            ck_assert_int_eq(w.calls, 201);
            w.calls = 0, w.stop_after = 5, items = 0;
            ck_assert_int_eq(info_i_parallel(ctx, 1000, 10, 0, count_item, &items), INFO_CANCELED);
            ck_assert_int_eq(items, 50);
        }
        info_ctx_destroy(ctx);
    }
}
END_TEST

static info_status cancel_from_a_worker(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_ctx_cancel(user);
    return INFO_OK;
}

START_TEST(cancellation_works_from_any_thread_and_ends_with_the_call)
{
    info_ctx *ctx = make(4, NULL, NULL, NULL);
    info_ctx_cancel(ctx); /* no call in progress: forgotten at the next begin */
    info_i_call call;
    ck_assert_ptr_nonnull(info_i_begin(&call, ctx));
    ck_assert_int_eq(info_i_progress(ctx, 0.5), INFO_OK);
    ck_assert_int_eq(info_i_parallel(ctx, 1 << 20, 1, 0, cancel_from_a_worker, ctx), INFO_CANCELED);
    ck_assert_int_eq(info_i_end(&call, INFO_CANCELED), INFO_CANCELED);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(nothing_to_do_is_done)
{
    ck_assert_int_eq(info_i_parallel(NULL, 0, 1, 0, NULL, NULL), INFO_OK);
}
END_TEST

/* The child has the context but not its workers: it computes alone, and can destroy it. */
START_TEST(a_forked_child_can_go_on)
{
    info_ctx *ctx = make(4, NULL, NULL, NULL);
    atomic_llong items = 0;
    ck_assert_int_eq(info_i_parallel(ctx, 1000, 1, 16, count_item, &items), INFO_OK);
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        items = 0;
        const info_status status = info_i_parallel(ctx, 1000, 1, 16, count_item, &items);
        info_ctx_destroy(ctx);
        _exit(status == INFO_OK && items == 1000 ? 0 : 1);
    }
    int how = -1;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    items = 0;
    ck_assert_int_eq(info_i_parallel(ctx, 1000, 1, 16, count_item, &items), INFO_OK);
    ck_assert_int_eq(items, 1000);
    info_ctx_destroy(ctx);
}
END_TEST

/* Valgrind rounds to nearest whatever is asked for, as a test that runs in it can see. */
static bool rounding_is_emulated_away(void)
{
    fesetround(FE_UPWARD);
    volatile double one = 1, three = 3, third = one / three;
    fesetround(FE_TONEAREST);
    return third == 0x1.5555555555555p-2;
}

START_TEST(the_callers_rounding_and_flags_come_back)
{
    if (rounding_is_emulated_away()) {
        puts("skipped: the caller's rounding mode, which this emulation does not have");
        return;
    }
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_OVERFLOW);
    info_i_call call;
    ck_assert_ptr_nonnull(info_i_begin(&call, NULL));
    volatile double one = 1, three = 3;
    ck_assert(one / three == 0x1.5555555555555p-2); /* to nearest */
    ck_assert_int_eq(info_i_end(&call, INFO_OK), INFO_OK);
    ck_assert_int_eq(fegetround(), FE_UPWARD);
    ck_assert(one / three == 0x1.5555555555556p-2); /* the vector unit's own mode is back as well */
    ck_assert_int_eq(fetestexcept(FE_ALL_EXCEPT) & (FE_OVERFLOW | FE_DIVBYZERO), FE_OVERFLOW);
    fesetround(FE_TONEAREST);
}
END_TEST

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
    (void)number;
    handled = 1;
}

/* Blocked on the only thread of the host, a signal stays pending: no worker takes it. */
START_TEST(workers_leave_signals_to_the_host)
{
    info_ctx *ctx = make(8, NULL, NULL, NULL);
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    signal(SIGUSR1, on_signal);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    atomic_llong items = 0;
    ck_assert_int_eq(info_i_parallel(ctx, 1000, 1, 0, count_item, &items), INFO_OK);
    info_ctx_destroy(ctx);
    ck_assert(!handled);
    sigpending(&pending);
    ck_assert(sigismember(&pending, SIGUSR1));
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    ck_assert(handled);
}
END_TEST

int main(void)
{
    return run_tests("context",
                     (const TTest *const[]){
                         bad_options_are_refused, null_contexts_answer, scratch_memory_is_aligned_kept_and_given_back,
                         what_was_taken_since_a_mark_is_taken_again, sizes_that_cannot_be_had_are_refused,
                         messages_and_statuses_are_never_sticky, a_context_serves_one_call_at_a_time,
                         progress_rises_to_one_and_can_stop_the_call,
                         cancellation_works_from_any_thread_and_ends_with_the_call, nothing_to_do_is_done,
                         a_forked_child_can_go_on, the_callers_rounding_and_flags_come_back,
                         workers_leave_signals_to_the_host, NULL});
}
