/* SPDX-License-Identifier: MIT
 *
 * Every kernel at every level that this machine has: the same bits as plain C, which is within the stated error of
 * long double; nothing is read or written beyond the ends of its arrays, in rows of many lengths.
 *
 * usage: test_kernels [--time] [NAME]     only those whose name has this in it; --time: nanoseconds an element instead
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../long_double.h"
#include "info/info.h"
#include "kernels_support.h"

static const kernel_case *const families[] = {row_cases, log_cases, mixture_cases, float_cases, matrix_cases, NULL};
static const char *const level_names[] = {[INFO_CPU_C] = "c", [INFO_CPU_AVX2] = "avx2", [INFO_CPU_AVX512] = "avx512"};

static void fail(const char *what)
{
    perror(what);
    exit(99); /* nothing was tested */
}

static bool machine_has(info_cpu level)
{
    const info_ctx_options options = {.struct_size = sizeof options, .threads = 1, .cpu = level};
    info_ctx *ctx = NULL;
    const bool has = info_ctx_create(&options, &ctx) == INFO_OK;
    info_ctx_destroy(ctx);
    return has;
}

/* ---- Memory between guard pages ------------------------------------------- */

typedef struct region {
    char *pages;
    size_t bytes; /* of the pages between the guards */
} region;

static region make_region(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page + (bytes == 0) * page;
    char *pages = mmap(NULL, whole + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages, page, PROT_NONE) || mprotect(pages + page + whole, page, PROT_NONE))
        fail("guard pages");
    return (region){pages + page, whole};
}

static void drop_region(const region *r)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(r->pages - page, r->bytes + 2 * page);
}

/* ---- A call ---------------------------------------------------------------- */

static int64_t count_of(const kernel_array *a, int64_t n)
{
    return a->size + a->per_n * n + a->per_square * n * n;
}

typedef struct example {
    kernel_call call;
    region in[4], out;
    int64_t outputs;
} example;

/* Arrays begin behind a guard page, or end before one. */
static void *place(region *r, const kernel_array *a, int64_t n, bool at_end)
{
    const size_t bytes = (size_t)count_of(a, n) * (size_t)a->bytes;
    *r = make_region(bytes);
    return at_end ? r->pages + r->bytes - bytes : r->pages;
}

static example make_example(const kernel_case *c, int64_t n, bool at_end)
{
    example e = {.call = {.n = n}, .outputs = count_of(&c->out, n)};
    uint64_t state = (uint64_t)n;
    for (int k = 0; k < 4 && c->in[k].fill; k++) {
        void *array = place(&e.in[k], &c->in[k], n, at_end);
        c->in[k].fill(array, count_of(&c->in[k], n), &state);
        e.call.in[k] = array;
    }
    e.call.out = place(&e.out, &c->out, n, at_end);
    return e;
}

static void drop_example(const kernel_case *c, example *e)
{
    for (int k = 0; k < 4 && c->in[k].fill; k++)
        drop_region(&e->in[k]);
    drop_region(&e->out);
}

static long double output(const kernel_case *c, const example *e, int64_t i)
{
    return c->out.bytes == sizeof(float) ? (long double)((const float *)e->call.out)[i]
                                         : (long double)((const double *)e->call.out)[i];
}

/* How many outputs are too far from the oracle's. */
static int compare_with_oracle(const kernel_case *c, const example *e)
{
    long double *value = calloc((size_t)e->outputs, 2 * sizeof *value), *bound = value + e->outputs;
    int wrong = 0;
    if (!value)
        fail("memory");
    c->oracle(&e->call, value, bound);
    for (int64_t i = 0; i < e->outputs; i++) {
        const long double given = output(c, e, i);
        if (given == value[i] || fabsl(given - value[i]) <= bound[i] || (isnan(given) && isnan(value[i])))
            continue;
        if (wrong++ == 0)
            printf("%s, n = %lld: output %lld is %.20Lg, not %.20Lg within %.3Lg (off by %.3Lg)\n", c->name,
                   (long long)e->call.n, (long long)i, given, value[i], bound[i], fabsl(given - value[i]));
    }
    free(value);
    return wrong > 0;
}

static int test_length(const kernel_case *c, int64_t n, bool at_end, const bool *has)
{
    example e = make_example(c, n, at_end);
    const size_t bytes = (size_t)e.outputs * (size_t)c->out.bytes;
    void *first = malloc(bytes + 1);
    int wrong = 0;
    if (!first)
        fail("memory");
    for (info_cpu level = INFO_CPU_C; level <= INFO_CPU_AVX512; level++) {
        if (!has[level])
            continue;
        memset(e.call.out, 0xa5, bytes);
        c->run(info_i_kernels_of(level), &e.call);
        if (level == INFO_CPU_C) {
            memcpy(first, e.call.out, bytes);
            wrong += c->oracle && long_double_is_wide() ? compare_with_oracle(c, &e) : 0;
        } else if (memcmp(first, e.call.out, bytes) != 0) {
            printf("%s, n = %lld: other bits at level %s\n", c->name, (long long)n, level_names[level]);
            wrong++;
        }
    }
    free(first);
    drop_example(c, &e);
    return wrong;
}

static int test(const kernel_case *c, const bool *has)
{
    static const int64_t lengths[] = {1,  2,  3,  5,  7,  8,  9,  11, 15,  16,  17,  23,  24,  25,
                                      31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129, 255, 257, 1000};
    const int64_t multiple = c->multiple ? c->multiple : 1;
    int wrong = 0;
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        if (lengths[k] % multiple != 0 || (c->most && lengths[k] > c->most))
            continue;
        wrong += test_length(c, lengths[k], true, has);
        wrong += test_length(c, lengths[k], false, has);
    }
    return wrong;
}

/* ---- Time ------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The best of some rounds, of the elements of the first array. */
static double time_of(const kernel_case *c, info_cpu level, int64_t n)
{
    example e = make_example(c, n, true);
    const info_i_kernels *kernels = info_i_kernels_of(level);
    double best = INFINITY;
    for (int round = 0; round < 20; round++) {
        const double start = now();
        int calls = 0;
        for (; now() - start < 5e-4 || calls == 0; calls++)
            c->run(kernels, &e.call);
        best = fmin(best, (now() - start) / calls);
    }
    drop_example(c, &e);
    return best / (double)count_of(&c->in[0], n);
}

static void print_times(const kernel_case *c, const bool *has)
{
    const int64_t n = c->most ? c->most / (c->multiple ? c->multiple : 1) * (c->multiple ? c->multiple : 1) : 4096;
    printf("%-40s", c->name);
    for (info_cpu level = INFO_CPU_C; level <= INFO_CPU_AVX512; level++)
        if (has[level])
            printf("  %s %8.3f ns", level_names[level], 1e9 * time_of(c, level, n));
    printf("\n");
}

int main(int argc, char **argv)
{
    const bool timed = argc > 1 && strcmp(argv[1], "--time") == 0;
    const char *only = argc > 1 + timed ? argv[1 + timed] : "";
    bool has[INFO_CPU_AVX512 + 1] = {false};
    int wrong = 0, cases = 0;
    for (info_cpu level = INFO_CPU_C; level <= INFO_CPU_AVX512; level++) {
        has[level] = machine_has(level);
        if (!has[level])
            printf("skipped: kernels of %s: this machine lacks it\n", level_names[level]);
    }
    if (!long_double_is_wide())
        printf("skipped: oracle: long doubles are no wider than doubles here\n");
    for (const kernel_case *const *family = families; *family; family++)
        for (const kernel_case *c = *family; c->name; c++) {
            if (!strstr(c->name, only))
                continue;
            cases++;
            if (timed)
                print_times(c, has);
            else
                wrong += test(c, has);
        }
    printf("%d kernels, %d wrong\n", cases, wrong);
    return wrong > 0 || cases == 0;
}
