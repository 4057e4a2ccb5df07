/* SPDX-License-Identifier: MIT
 * Calls that are canceled from outside: by another thread, and in a signal handler of the thread that is in the call. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "backend/backend.h"
#include "cancel.h"

/* A call is left alone for this long, and then asked to stop; it has this long to return, and among other tests, where the
 * processors are shared, longer. */
#define BEGINNING 0.03
#define SOON 0.1
#define SOON_AMONG_OTHERS 1.0

typedef struct canceler {
    info_ctx *ctx;
    pthread_t host; /* to be sent a signal, if by_signal */
    bool by_signal;
    _Atomic double asked; /* when, first; 0: not yet */
    atomic_bool done;
} canceler;

static canceler *_Atomic signaled;

static void on_signal(int number)
{
    (void)number;
    canceler *c = signaled;
    if (c)
        info_ctx_cancel(c->ctx);
}

static void rest(double seconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(seconds * 1e9)}, NULL);
}

/* Again and again, as a driver may make several calls, each of which forgets what was asked before it. */
static void *ask(void *user)
{
    canceler *c = user;
    while (!c->done) {
        const double begun = reg_clock.begun;
        if (begun > 0 && reg_clock.ended == 0 && reg_now() - begun > BEGINNING) {
            if (c->asked == 0)
                c->asked = reg_now();
            if (c->by_signal)
                pthread_kill(c->host, SIGUSR1);
            else
                info_ctx_cancel(c->ctx);
        }
        rest(0.002);
    }
    return NULL;
}

#if INFO_LINALG
/* A decomposition is not interrupted: the time of one with vectors, of this order, here and now. */
static double decomposition(int64_t n)
{
    const info_i_backend *b = info_i_backend_default();
    const int64_t size = b->eigen_work_f64(true, n);
    double *a = calloc((size_t)(n * n), sizeof *a), *w = malloc((size_t)n * sizeof *w);
    double *work = malloc((size_t)size * sizeof *work);
    if (!a || !w || !work)
        abort();
    for (int64_t i = 0; i < n * n; i++)
        a[i] = (double)((i * i + 7 * (i % n) * (i / n)) % 101) + (i % (n + 1) == 0 ? 100 : 0);
    const double start = reg_now();
    if (b->eigen_f64(true, n, a, n, w, work, size) != INFO_OK)
        abort();
    const double seconds = reg_now() - start;
    free(a);
    free(w);
    free(work);
    return seconds;
}
#else
static double decomposition(int64_t n)
{
    return 0;
}
#endif

static bool returns_soon(const reg_function *f, reg_plan plan, bool by_signal, double allowed, char *text, size_t size)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    canceler c = {.host = pthread_self(), .by_signal = by_signal};
    pthread_t thread;
    reg_case made;
    if (reg_ctx_make(&plan, &c.ctx) != INFO_OK)
        abort();
    plan.ctx = c.ctx;
    signaled = &c;
    sigaction(SIGUSR1, &action, NULL);
    reg_clock.begun = reg_clock.ended = 0;
    if (pthread_create(&thread, NULL, ask, &c) != 0)
        abort();
    reg_run(&made, f, &plan);
    c.done = true;
    pthread_join(thread, NULL);
    signaled = NULL;
    const double late = c.asked > 0 ? reg_clock.ended - c.asked : 0;
    if (made.failure[0])
        snprintf(text, size, "%s (%s)", made.failure, made.message);
    else if (late > allowed)
        snprintf(text, size, "%s, %.3f s after it was canceled; %.3f s are allowed", info_status_name(made.status),
                 late, allowed);
    else
        text[0] = '\0';
    reg_end(&made);
    info_ctx_destroy(c.ctx);
    return text[0] == '\0';
}

bool reg_cancels(const reg_function *f, char *text, size_t size)
{
    static const int64_t sizes[][2] = {{300, 400}, {1500, 64}, {1, 3}, {3, 3}};
    char why[3 * REG_TEXT];
    const bool sampled = getenv("REG_SAMPLES") != NULL;
    for (size_t s = sampled ? 2 : 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (int by_signal = 0; by_signal < 2; by_signal++) {
            reg_plan plan = reg_plain();
            plan.rows = sizes[s][0];
            plan.cols = sizes[s][1];
            plan.layout = s < 2 ? REG_CONTIGUOUS : REG_ENDLESS;
            const bool decomposes = f->tolerance > 0 && s < 2;
            if (decomposes && s == 1)
                continue;                                  /* of order 1500 */
            plan.threads = decomposes ? 1 : 1 + by_signal; /* threads of BLAS wait for each other on a busy machine */
            const double allowed =
                reg_patience(sampled ? SOON_AMONG_OTHERS : SOON) + (decomposes ? 2 * decomposition(plan.cols) : 0);
            if (!returns_soon(f, plan, by_signal, allowed, why, sizeof why)) {
                snprintf(text, size, "%s, canceled by a %s, %lld x %lld%s: %s", f->name,
                         by_signal ? "signal" : "thread", (long long)plan.rows, (long long)plan.cols,
                         s < 2 ? "" : " elements that are 2^40 columns", why);
                return false;
            }
        }
    return true;
}
