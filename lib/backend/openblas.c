/* SPDX-License-Identifier: MIT
 *
 * openblas.c: BLAS and LAPACK by OpenBLAS and LAPACKE. The only file that knows them.
 *
 * What can hang, lie or end the process there is kept away from it: sizes are checked
 * against 32-bit integers, workspaces are ours (LAPACK reports theirs rounded in a
 * float), input is finite, and results are looked at before they are believed.
 * A row-major lower triangle is, to LAPACK, a column-major upper one.
 */
#include <cblas.h>
#include <lapacke.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/reference.h"
#include "core/core.h"

/* Not in every OpenBLAS, and OpenMP's only where it is the OpenMP flavor. */
__attribute__((weak)) int openblas_set_num_threads_local(int threads);
__attribute__((weak)) int omp_get_max_threads(void);
__attribute__((weak)) void omp_set_num_threads(int threads);

/* A block size that no LAPACK routine exceeds; workspaces are made for it. */
#define BLOCK 64

enum { SERIAL, PTHREADS, OPENMP };

/* ---- The gate ------------------------------------------------------------
 *
 * Every call of BLAS passes it, because of what the flavors cannot do:
 *
 *   - The serial one is built without locks and shares its buffers: one call at a time.
 *   - On pthreads the number of threads is the process's. Calls of one thread each go
 *     on together; a call of several goes alone, so that nobody changes its number
 *     under it: the number decides where sums are split, and so the bits.
 *   - Before a fork OpenBLAS ends its threads, also under a call that waits for them:
 *     a fork waits until no call of ours is inside, and the host's setting is back.
 *   - In a forked child the threads of OpenMP are gone and are waited for: one there. */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside;  /* calls */
    int threads; /* of each of them */
    int host;    /* what the host had set; while a call is inside */
    int waiting; /* calls that want to be alone */
    bool forking;
    bool forked; /* this process is a child */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.forking = true;
    while (gate.inside > 0)
        pthread_cond_wait(&gate.changed, &gate.lock);
}

static void after_fork_in_parent(void)
{
    gate.forking = false;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static void after_fork_in_child(void)
{
    pthread_mutex_init(&gate.lock, NULL);
    pthread_cond_init(&gate.changed, NULL);
    gate.waiting = 0;
    gate.forking = false;
    gate.forked = true;
}

/* After OpenBLAS has registered its own, so that ours comes before it. */
static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int set_openmp_threads(int threads)
{
    if (openblas_set_num_threads_local)
        return openblas_set_num_threads_local(threads);
    if (!omp_get_max_threads || !omp_set_num_threads)
        return threads;
    const int before = omp_get_max_threads();
    if (threads != before)
        omp_set_num_threads(threads);
    return before;
}

/* The setting is each thread's own. */
static int enter_openmp(int wanted)
{
    while (gate.forking)
        pthread_cond_wait(&gate.changed, &gate.lock);
    gate.inside++;
    const int host = omp_get_max_threads ? omp_get_max_threads() : openblas_get_num_threads();
    return set_openmp_threads(gate.forked ? 1 : least(wanted, host));
}

static void enter_alone_or_together(int flavor, int wanted)
{
    bool waits = false;
    for (;;) {
        if (gate.inside == 0)
            gate.host = openblas_get_num_threads();
        const int threads = least(wanted, gate.host);
        const bool alone = flavor == SERIAL || threads > 1;
        const bool others = gate.waiting > (waits ? 1 : 0);
        if (!gate.forking && (gate.inside == 0 || (!alone && gate.threads == 1 && !others))) {
            gate.waiting -= waits;
            gate.inside++;
            gate.threads = threads;
            if (flavor == PTHREADS && openblas_get_num_threads() != threads)
                openblas_set_num_threads(threads);
            return;
        }
        if (alone && !waits) {
            waits = true;
            gate.waiting++;
        }
        pthread_cond_wait(&gate.changed, &gate.lock);
    }
}

/* Returns what call_end is to be given. */
static int call_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int wanted = info_i_inner_threads(), flavor = openblas_get_parallel();
    int before = 0;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&gate.lock);
    if (flavor == OPENMP)
        before = enter_openmp(wanted);
    else
        enter_alone_or_together(flavor, wanted);
    pthread_mutex_unlock(&gate.lock);
    return before;
}

static void call_end(int before)
{
    const int flavor = openblas_get_parallel();
    if (flavor == OPENMP)
        set_openmp_threads(before);
    pthread_mutex_lock(&gate.lock);
    if (--gate.inside == 0) {
        if (flavor == PTHREADS && gate.host != gate.threads)
            openblas_set_num_threads(gate.host);
        pthread_cond_broadcast(&gate.changed);
    }
    pthread_mutex_unlock(&gate.lock);
}

/* ---- What it is --------------------------------------------------------- */

static char description_text[64];

static void describe(void)
{
    static const char *const flavors[] = {"serial", "pthreads", "openmp"};
    const int flavor = openblas_get_parallel();
    /* The configuration starts with "OpenBLAS 0.3.21 ". */
    char version[24] = "unknown";
    const char *config = openblas_get_config();
    if (config && sscanf(config, "OpenBLAS %23s", version) != 1)
        strcpy(version, "unknown");
    snprintf(description_text, sizeof description_text, "openblas %s (%s)", version,
             flavor >= 0 && flavor <= 2 ? flavors[flavor] : "unknown flavor");
}

static const char *description(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, describe);
    return description_text;
}

/* ---- Checks ------------------------------------------------------------- */

static bool small(int64_t size)
{
    return size >= 0 && size <= INT32_MAX;
}

static bool matrix_fits(int64_t rows, int64_t cols, int64_t ld)
{
    return small(rows) && small(cols) && small(ld);
}

/* A workspace LAPACK can be told of in 32 bits, or -1. */
static int64_t work_fits(int64_t size)
{
    return small(size) ? size : -1;
}

/* 0 sizes reach neither BLAS nor LAPACK: leading dimensions of 0 are errors there. */
static info_status from_lapack(lapack_int info, bool finite)
{
    return info == 0 && finite ? INFO_OK : INFO_ERROR_BACKEND;
}

/* ---- Products ----------------------------------------------------------- */

static CBLAS_TRANSPOSE op(bool transpose)
{
    return transpose ? CblasTrans : CblasNoTrans;
}

static bool product_fits(int64_t m, int64_t n, int64_t k, int64_t lda, int64_t ldb, int64_t ldc)
{
    return matrix_fits(m, n, ldc) && matrix_fits(k, lda, ldb);
}

static info_status gemm_f32(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                            const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    if (!product_fits(m, n, k, lda, ldb, ldc))
        return INFO_ERROR_OVERFLOW;
    if (m == 0 || n == 0)
        return INFO_OK;
    const int before = call_begin();
    cblas_sgemm(CblasRowMajor, op(transpose_a), op(transpose_b), (int)m, (int)n, (int)k, alpha, a, (int)lda, b,
                (int)ldb, beta, c, (int)ldc);
    call_end(before);
    return INFO_OK;
}

static info_status gemm_f64(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                            const double *a, int64_t lda, const double *b, int64_t ldb, double beta, double *c,
                            int64_t ldc)
{
    if (!product_fits(m, n, k, lda, ldb, ldc))
        return INFO_ERROR_OVERFLOW;
    if (m == 0 || n == 0)
        return INFO_OK;
    const int before = call_begin();
    cblas_dgemm(CblasRowMajor, op(transpose_a), op(transpose_b), (int)m, (int)n, (int)k, alpha, a, (int)lda, b,
                (int)ldb, beta, c, (int)ldc);
    call_end(before);
    return INFO_OK;
}

static info_status syrk_f64(bool transposed, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
                            double beta, double *c, int64_t ldc)
{
    if (!product_fits(n, n, k, lda, ldc, ldc))
        return INFO_ERROR_OVERFLOW;
    if (n == 0)
        return INFO_OK;
    const int before = call_begin();
    cblas_dsyrk(CblasRowMajor, CblasLower, op(transposed), (int)n, (int)k, alpha, a, (int)lda, beta, c, (int)ldc);
    call_end(before);
    return INFO_OK;
}

/* ---- Factorizations ----------------------------------------------------- */

static info_status cholesky_f64(int64_t n, double *a, int64_t lda, int64_t *order)
{
    *order = 0;
    if (!matrix_fits(n, n, lda))
        return INFO_ERROR_OVERFLOW;
    if (n == 0)
        return INFO_OK;
    if (!info_i_reference_finite_lower_f64(n, a, lda))
        return INFO_ERROR_BACKEND;
    const int before = call_begin();
    const lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)lda);
    call_end(before);
    if (info > 0) {
        *order = info;
        return INFO_OK;
    }
    return from_lapack(info, info_i_reference_finite_lower_f64(n, a, lda));
}

static info_status solve_lower_f64(bool transposed, int64_t n, int64_t m, const double *l, int64_t ldl, double *x,
                                   int64_t ldx)
{
    if (!matrix_fits(n, m, ldl) || !small(ldx))
        return INFO_ERROR_OVERFLOW;
    if (n == 0 || m == 0)
        return INFO_OK;
    const int before = call_begin();
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, op(transposed), CblasNonUnit, (int)n, (int)m, 1, l, (int)ldl, x,
                (int)ldx);
    call_end(before);
    return INFO_OK;
}

/* ---- Eigenvalues -------------------------------------------------------- */

/* Elements of the integer workspace, which is taken from the end of the real one. */
static int64_t eigen_integers(bool vectors, int64_t n)
{
    return vectors ? 3 + 5 * n : 1;
}

static int64_t eigen_reals(bool vectors, int64_t n)
{
    const int64_t reduction = 2 * n + n * BLOCK;
    const int64_t conquer = 1 + 6 * n + 2 * n * n;
    return vectors && conquer > reduction ? conquer : reduction + 1;
}

static int64_t eigen_work(bool vectors, int64_t n)
{
    /* 2 n^2 fits 32 bits only up to n = 32 766, with vectors or without: LAPACK's
     * own products of sizes are safe below that. */
    if (n < 1 || n > 32766)
        return -1;
    return work_fits(eigen_reals(vectors, n)) < 0 ? -1 : eigen_reals(vectors, n) + eigen_integers(vectors, n);
}

static info_status eigen_f64(bool vectors, int64_t n, double *a, int64_t lda, double *w, double *work,
                             int64_t work_size)
{
    const int64_t needed = eigen_work(vectors, n), reals = needed < 0 ? 0 : eigen_reals(vectors, n);
    if (needed < 0 || !small(lda))
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !info_i_reference_finite_lower_f64(n, a, lda))
        return INFO_ERROR_BACKEND;
    const int before = call_begin();
    const lapack_int info = LAPACKE_dsyevd_work(
        LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'U', (lapack_int)n, a, (lapack_int)lda, w, work, (lapack_int)reals,
        (lapack_int *)(void *)(work + reals), (lapack_int)eigen_integers(vectors, n));
    call_end(before);
    return from_lapack(info, info_i_reference_finite_f64(1, n, w, n) &&
                                 (!vectors || info_i_reference_finite_f64(n, n, a, lda)));
}

/* ---- Singular values ---------------------------------------------------- */

static int64_t singular_integers(int64_t m, int64_t n)
{
    return 8 * (m < n ? m : n);
}

static int64_t singular_reals(int64_t m, int64_t n)
{
    const int64_t least = m < n ? m : n, most = m < n ? n : m;
    return 10 * least + most + (most + least) * BLOCK;
}

static int64_t singular_values_work(int64_t m, int64_t n)
{
    if (m < 1 || n < 1 || !small(m) || !small(n) || work_fits(singular_reals(m, n)) < 0)
        return -1;
    return singular_reals(m, n) + singular_integers(m, n);
}

static info_status singular_values_f64(int64_t m, int64_t n, double *a, int64_t lda, double *s, double *work,
                                       int64_t work_size)
{
    const int64_t needed = singular_values_work(m, n), reals = needed < 0 ? 0 : singular_reals(m, n);
    if (needed < 0 || !small(lda))
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !info_i_reference_finite_f64(m, n, a, lda))
        return INFO_ERROR_BACKEND;
    double unused;
    const int before = call_begin(); /* of A^T, to LAPACK */
    const lapack_int info =
        LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', (lapack_int)n, (lapack_int)m, a, (lapack_int)lda, s, &unused, 1,
                            &unused, 1, work, (lapack_int)reals, (lapack_int *)(void *)(work + reals));
    call_end(before);
    const int64_t count = m < n ? m : n;
    return from_lapack(info, info_i_reference_finite_f64(1, count, s, count));
}

const info_i_backend *info_i_backend_default(void)
{
    static const info_i_backend table = {
        .description = description,
        .gemm_f32 = gemm_f32,
        .gemm_f64 = gemm_f64,
        .syrk_f64 = syrk_f64,
        .cholesky_f64 = cholesky_f64,
        .solve_lower_f64 = solve_lower_f64,
        .eigen_work_f64 = eigen_work,
        .eigen_f64 = eigen_f64,
        .singular_values_work_f64 = singular_values_work,
        .singular_values_f64 = singular_values_f64,
    };
    return &table;
}
