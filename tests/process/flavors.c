/* SPDX-License-Identifier: MIT
 * A host process of the library over one flavor of OpenBLAS, which the caller chooses by LD_LIBRARY_PATH.
 *
 * usage: flavors FLAVOR load             threads that loading and a context start
 *        flavors FLAVOR fork idle|busy   forks, with 1 and 2 threads of BLAS, while another thread computes or not
 *        flavors FLAVOR two              two contexts in two host threads, two threads of BLAS each: the same bits
 *
 * Exit status 77 if the flavor is not here. CK_TIMEOUT_MULTIPLIER stretches the limits of time. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "info/info.h"

enum { SKIPPED = 77, ROWS = 160, COLS = 96, FORKS = 8, ROUNDS = 12, SECONDS = 20 };

static const char *flavor;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", flavor, what);
    _exit(1);
}

static unsigned limit(void)
{
    const char *wanted = getenv("CK_TIMEOUT_MULTIPLIER");
    const int times = wanted ? atoi(wanted) : 1;
    return SECONDS * (unsigned)(times > 1 ? times : 1);
}

/* The host's own setting, by the functions that its flavor has. */
static int blas_threads(int set)
{
    const bool openmp = strcmp(flavor, "openmp") == 0;
    void (*change)(int) = NULL;
    int (*ask)(void) = NULL;
    *(void **)&change = dlsym(RTLD_DEFAULT, openmp ? "omp_set_num_threads" : "openblas_set_num_threads");
    *(void **)&ask = dlsym(RTLD_DEFAULT, openmp ? "omp_get_max_threads" : "openblas_get_num_threads");
    require(change && ask, "has no functions for its number of threads");
    if (set > 0)
        change(set);
    return ask();
}

/* ---- Measures, each of which rests on BLAS -------------------------------------- */

enum { MEASURES = 5, DOUBLES = COLS + 16 };
static double states[2][ROWS * COLS], grams[2][COLS * COLS];
static info_matrix x[2], gram[2];

static void fill(void)
{
    uint64_t state = 1;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < ROWS * COLS; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            states[s][i] = (double)(state >> 11) * 0x1p-52 - 1;
        }
        for (int i = 0; i < COLS; i++)
            for (int k = 0; k < COLS; k++)
                for (int r = 0; r < ROWS; r++)
                    grams[s][i * COLS + k] += states[s][r * COLS + i] * states[s][r * COLS + k];
        info_matrix_init(&x[s], states[s], ROWS, COLS, INFO_F64);
        info_matrix_init(&gram[s], grams[s], COLS, COLS, INFO_F64);
    }
}

static info_status measure(info_ctx *ctx, int which, double *out)
{
    const info_sentence_options frechet = {.struct_size = sizeof frechet, .measure = INFO_SENTENCE_FRECHET};
    info_diff_erank_result ranks;
    info_status status;
    memset(out, 0, DOUBLES * sizeof *out);
    switch (which) {
    case 0:
        return info_spectrum(ctx, &x[0], NULL, out, COLS);
    case 1:
        return info_effective_rank(ctx, &x[0], 1, NULL, out, out + 1, 1);
    case 2:
        status = info_diff_erank(ctx, &x[0], &x[1], 1, NULL, &ranks);
        memcpy(out, &ranks, sizeof ranks);
        return status;
    case 3:
        return info_sentence_distance(ctx, &x[0], &x[1], &frechet, out, 1);
    default:
        return info_quantum_js(ctx, &gram[0], &gram[1], INFO_NAT, out);
    }
}

static info_ctx *context(int threads)
{
    info_ctx *ctx = NULL;
    const info_ctx_options options = {.struct_size = sizeof options, .threads = threads};
    require(info_ctx_create(&options, &ctx) == INFO_OK, "no context");
    return ctx;
}

static bool repeats(info_ctx *ctx, int which, const double *expected)
{
    double again[DOUBLES];
    return measure(ctx, which, again) == INFO_OK && memcmp(again, expected, sizeof again) == 0;
}

/* ---- Threads that loading starts ------------------------------------------------ */

static int count_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

/* What is documented: OpenBLAS's threads are there from the start, as many as it was told; a context adds its workers. */
static void load(void)
{
    const char *told = getenv("OPENBLAS_NUM_THREADS");
    const int at_start = count_threads();
    require(told && (strcmp(flavor, "pthread") == 0 || at_start == 1), "threads that no BLAS of pthreads started");
    require(at_start <= atoi(told), "more threads at the start than BLAS was told");
    info_ctx *ctx = context(1);
    require(count_threads() == at_start, "a context of one thread starts another");
    double out[DOUBLES];
    require(measure(ctx, 0, out) == INFO_OK, "no spectrum");
    require(count_threads() == at_start, "a call of one thread starts another");
    info_ctx *wide = context(3);
    require(count_threads() == at_start + 2, "a context of three threads has two workers");
    info_ctx_destroy(wide);
    info_ctx_destroy(ctx);
    require(count_threads() == at_start, "a context leaves a worker behind");
}

/* ---- Forks ---------------------------------------------------------------------- */

typedef struct computing {
    int threads;
    atomic_bool stop, started;
} computing;

static void *compute(void *user)
{
    computing *c = user;
    info_ctx *ctx = context(c->threads);
    double first[DOUBLES];
    require(measure(ctx, 0, first) == INFO_OK, "no spectrum");
    atomic_store(&c->started, true);
    while (!atomic_load(&c->stop))
        require(repeats(ctx, 0, first), "the bits of the thread that computes changed");
    info_ctx_destroy(ctx);
    return NULL;
}

static void child(info_ctx *inherited, int threads, const double *one, const double *several)
{
    alarm(limit());
    /* A child of OpenMP computes on one thread. */
    const double *expected = strcmp(flavor, "openmp") == 0 ? one : several;
    require(repeats(inherited, 0, expected), "other bits in the child, by the parent's context");
    info_ctx *ctx = context(threads);
    require(repeats(ctx, 0, expected), "other bits in the child, by its own context");
    info_ctx_destroy(ctx);
    require(blas_threads(0) == threads, "another number of threads of BLAS in the child than the host set");
    _exit(0);
}

static void fork_often(int threads, bool busy)
{
    double one[DOUBLES], several[DOUBLES];
    blas_threads(threads);
    info_ctx *single = context(1), *ctx = context(threads);
    require(measure(single, 0, one) == INFO_OK && measure(ctx, 0, several) == INFO_OK, "no spectrum");
    computing c = {.threads = threads};
    pthread_t other;
    if (busy)
        require(pthread_create(&other, NULL, compute, &c) == 0, "no thread");
    while (busy && !atomic_load(&c.started))
        usleep(1000);
    for (int i = 0; i < FORKS; i++) {
        int how = -1;
        usleep((useconds_t)(137 * i));
        const pid_t made = fork();
        if (made == 0)
            child(ctx, threads, one, several);
        require(made > 0 && repeats(ctx, 0, several), "other bits in the parent after a fork");
        require(waitpid(made, &how, 0) == made, "no child to wait for");
        if (WIFSIGNALED(how))
            fprintf(stderr, "%s: the child was ended by %s\n", flavor, strsignal(WTERMSIG(how)));
        require(how == 0, busy ? "a child of a busy host fails" : "a child of an idle host fails");
    }
    atomic_store(&c.stop, true);
    if (busy)
        pthread_join(other, NULL);
    require(blas_threads(0) == threads, "another number of threads of BLAS than the host set");
    info_ctx_destroy(single);
    info_ctx_destroy(ctx);
}

/* ---- Two contexts --------------------------------------------------------------- */

typedef struct guest {
    double expected[MEASURES][DOUBLES];
    int offset, wrong; /* of the measures: 1 + the first that changed, 0: none */
} guest;

static void *compute_all(void *user)
{
    guest *g = user;
    info_ctx *ctx = context(2);
    for (int i = 0; i < ROUNDS * MEASURES && !g->wrong; i++) {
        const int which = (i + g->offset) % MEASURES;
        if (!repeats(ctx, which, g->expected[which]))
            g->wrong = 1 + which;
    }
    info_ctx_destroy(ctx);
    return NULL;
}

static void two(void)
{
    static const char *const names[] = {"spectrum", "effective rank", "Diff-eRank", "Frechet", "quantum JS"};
    static guest guests[2];
    const int set = blas_threads(2);
    info_ctx *ctx = context(2);
    for (int m = 0; m < MEASURES; m++)
        require(measure(ctx, m, guests[0].expected[m]) == INFO_OK, names[m]);
    info_ctx_destroy(ctx);
    memcpy(guests[1].expected, guests[0].expected, sizeof guests[0].expected);
    guests[1].offset = 2;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        require(pthread_create(&threads[i], NULL, compute_all, &guests[i]) == 0, "no thread");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        require(!guests[i].wrong, guests[i].wrong ? names[guests[i].wrong - 1] : "");
    require(blas_threads(0) == set, "another number of threads of BLAS than the host set");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    flavor = argv[1];
    int (*parallel)(void) = NULL;
    *(void **)&parallel = dlsym(RTLD_DEFAULT, "openblas_get_parallel");
    static const char *const flavors[] = {"serial", "pthread", "openmp"}; /* by what it returns */
    if (!parallel || strcmp(flavors[parallel()], flavor) != 0) {
        printf("skipped: OpenBLAS (%s), which is not here\n", flavor);
        return SKIPPED;
    }
    fill();
    alarm(3 * limit());
    if (strcmp(argv[2], "load") == 0) {
        load();
    } else if (strcmp(argv[2], "two") == 0) {
        two();
    } else {
        const bool busy = argc > 3 && strcmp(argv[3], "busy") == 0;
        for (int threads = 1; threads <= (strcmp(flavor, "serial") == 0 ? 1 : 2); threads++)
            fork_often(threads, busy);
    }
    return 0;
}
