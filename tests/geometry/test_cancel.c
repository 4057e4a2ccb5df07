/* SPDX-License-Identifier: MIT
 * Long calls are canceled from a second thread and from a signal handler: they return soon, INFO_CANCELED, and leave
 * their outputs alone. What counts is the processor's time between the request and the return, which
 * other programs do not add to. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define DELAY_US 40000 /* into the call */
#define LIMIT 0.5      /* seconds: 0.1 is promised on a machine of its own, here sanitizers may be in force */

static info_ctx *ctx;
static atomic_llong asked_at; /* ns of processor time, 0: not yet */

static long long processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void ask(void)
{
    atomic_store(&asked_at, processor_time());
    info_ctx_cancel(ctx);
}

static void on_signal(int number)
{
    ask();
}

static void *second_thread(void *argument)
{
    usleep(DELAY_US);
    ask();
    return argument;
}

typedef info_status (*long_call)(double *out);

enum { LENGTH = 4096 };

/* Seconds from the request to the return. */
static double lateness(const char *what, long_call call, bool from_a_signal)
{
    static double out[LENGTH];
    pthread_t thread;
    atomic_store(&asked_at, 0);
    for (int i = 0; i < LENGTH; i++)
        out[i] = -7;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    if (from_a_signal) {
        const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESTART};
        const struct itimerval timer = {.it_value = {0, DELAY_US}};
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &timer, NULL);
    } else {
        ck_assert_int_eq(pthread_create(&thread, NULL, second_thread, NULL), 0);
    }
    const info_status status = call(out);
    const double late = 1e-9 * (double)(processor_time() - atomic_load(&asked_at));
    if (!from_a_signal)
        pthread_join(thread, NULL);
    ck_assert_msg(status == INFO_CANCELED, "%s: %s, %s", what, info_status_name(status), info_ctx_message(ctx));
    for (int i = 0; i < LENGTH; i++)
        ck_assert_double_eq(out[i], -7);
    info_ctx_destroy(ctx);
    return late;
}

/* The best of some tries: fresh pages of memory cost the processor, too, and much of it on a busy machine. */
static void assert_canceled(const char *what, long_call call)
{
    for (int way = 0; way < 2; way++) {
        double best = INFINITY;
        for (int attempt = 0; attempt < 8 && !(best < LIMIT); attempt++)
            best = fmin(best, lateness(what, call, way == 1));
        ck_assert_msg(best < LIMIT, "%s: %.3f s after it was asked to stop", what, best);
    }
}

/* Made once for all: rows that take long. */
static double *rows_of(int64_t n, int64_t d)
{
    uint64_t state = 3;
    double *z = malloc((size_t)(n * d) * sizeof *z);
    ck_assert_ptr_nonnull(z);
    for (int64_t i = 0; i < n * d; i++)
        z[i] = uniform(&state) - 0.5;
    return z;
}

static info_matrix context, tokens;

static info_status one_lasso(double *out)
{
    const double penalty = 1e-4;
    const info_lasso_options o = {.struct_size = sizeof o, .tolerance = 1e-13};
    return info_lasso_path(ctx, &context, &tokens, &penalty, 1, &o, NULL, (info_lasso_point *)(void *)out, 1);
}

START_TEST(a_lasso_of_one_token)
{
    double *z = rows_of(1500, 256), *t = rows_of(1, 256);
    context = matrix_of(z, 1500, 256);
    tokens = matrix_of(t, 1, 256);
    assert_canceled("lasso", one_lasso);
    free(z);
    free(t);
}
END_TEST

static info_status spread(double *out)
{
    const info_reconstruction_options o = {.struct_size = sizeof o, .draws = 100000};
    const info_matrix scores = matrix_of(context.data, 1, context.rows), token = matrix_of(tokens.data, 1, tokens.cols);
    return info_reconstruction_spread(ctx, &context, &token, &scores, 20, &o, (info_spread *)(void *)out, 1);
}

START_TEST(a_spread_of_many_draws)
{
    double *z = rows_of(300, 400), *t = rows_of(1, 400);
    context = matrix_of(z, 300, 400);
    tokens = matrix_of(t, 1, 400);
    assert_canceled("spread", spread);
    free(z);
    free(t);
}
END_TEST

static info_status whole(double *out)
{
    const info_geometry_options o = {.struct_size = sizeof o, .ridge = 1e-9};
    return info_log_determinant(ctx, &context, &o, out, 1);
}

START_TEST(a_log_determinant)
{
    double *z = rows_of(900, 8000);
    context = matrix_of(z, 900, 8000);
    assert_canceled("log-determinant", whole);
    free(z);
}
END_TEST

static info_status compare(double *out)
{
    return info_ranking_compare(ctx, &context, &tokens, 1, (info_ranking_agreement *)(void *)out, 1);
}

START_TEST(rankings_of_one_long_row)
{
    enum { N = 1000000 };
    double *z = rows_of(1, N), *t = rows_of(1, N);
    context = matrix_of(z, 1, N);
    tokens = matrix_of(t, 1, N);
    assert_canceled("rankings", compare);
    free(z);
    free(t);
}
END_TEST

static info_matrix_out kernel;

static info_status gaussian_kernel(double *out)
{
    const info_kernel_options o = {.struct_size = sizeof o, .kernel = INFO_KERNEL_GAUSSIAN};
    return info_kernel_matrix(ctx, &context, &o, &kernel);
}

START_TEST(a_kernel_matrix)
{
    enum { N = 1200, D = 1000 };
    double *z = rows_of(N, D), *k = calloc((size_t)N * N, sizeof *k);
    ck_assert_ptr_nonnull(k);
    context = matrix_of(z, N, D);
    kernel = (info_matrix_out){k, N, N, N, 1, INFO_F64, 0};
    assert_canceled("kernel matrix", gaussian_kernel);
    ck_assert_double_eq(k[0], 0);
    free(z);
    free(k);
}
END_TEST

static info_status permutations(double *out)
{
    const info_dime_options o = {.struct_size = sizeof o, .permutations = 100000};
    return info_dime(ctx, &context, &context, &o, (info_dime_result *)(void *)out);
}

START_TEST(permuted_kernels)
{
    enum { N = 80 };
    static double k[N * N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            k[i * N + j] = exp(-0.01 * (i - j) * (i - j));
    context = matrix_of(k, N, N);
    assert_canceled("DiME", permutations);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_lasso_of_one_token,
                                  a_spread_of_many_draws,
                                  a_log_determinant,
                                  rankings_of_one_long_row,
                                  a_kernel_matrix,
                                  permuted_kernels,
                                  NULL};
    return run_tests("geometry cancel", tests);
}
