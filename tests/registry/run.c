/* SPDX-License-Identifier: MIT
 * One call under a plan, and the promises that hold for every call. */
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "case.h"
#include "content.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

reg_plan reg_plain(void)
{
    return (reg_plan){.rows = 3, .cols = 9, .argument = -1, .threads = 1};
}

/* ---- Time -------------------------------------------------------------------- */

reg_times reg_clock;

double reg_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double reg_patience(double seconds)
{
    const char *wanted = getenv("CK_TIMEOUT_MULTIPLIER");
    const int times = wanted ? atoi(wanted) : 1;
    return seconds * (times > 1 ? times : 1);
}

/* ---- Telling what was being done when a signal came ------------------------ */

static const reg_case *current;

static void tell(int signal)
{
    if (current) {
        char text[REG_TEXT];
        const int length =
            snprintf(text, sizeof text, "registry: %s (%s; %lld x %lld, type %d, layout %d): %s\n",
                     current->function->name, current->spoiled[0] ? current->spoiled : "nothing spoiled",
                     (long long)current->plan.rows, (long long)current->plan.cols, (int)current->plan.dtype,
                     (int)current->plan.layout, signal == SIGALRM ? "does not return" : strsignal(signal));
        if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
            _exit(1);
    }
    if (signal == SIGALRM)
        abort();
}

static void watch(const reg_case *c)
{
    static unsigned seconds;
    if (seconds == 0) {
        seconds = (unsigned)reg_patience(10);
        static const int signals[] = {SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
            /* SA_RESETHAND: a fault, told once, then does what it does by default. */
            struct sigaction action = {.sa_handler = tell, .sa_flags = (int)SA_RESETHAND};
            sigaction(signals[i], &action, NULL);
        }
    }
    current = c;
    alarm(c ? seconds : 0);
}

/* ---- The caller's floating-point environment -------------------------------- */

static void set_environment(int32_t environment)
{
    switch (environment) {
    case REG_ENV_UPWARD:
        fesetround(FE_UPWARD);
        break;
    case REG_ENV_DOWNWARD:
        fesetround(FE_DOWNWARD);
        break;
    case REG_ENV_TOWARDZERO:
        fesetround(FE_TOWARDZERO);
        break;
    case REG_ENV_FLUSH:
#if defined(__x86_64__)
        _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
        break;
    case REG_ENV_X87_SINGLE:
#if defined(__x86_64__) || defined(__i386__)
    {
        const uint16_t nearest_of_24_bits = 0x007f;
        __asm__ volatile("fldcw %0" : : "m"(nearest_of_24_bits));
    }
#endif
    break;
    case REG_ENV_TRAPS: /* of both units */
        feclearexcept(FE_ALL_EXCEPT);
        feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
        break;
    default:
        break;
    }
}

static uint64_t environment_now(void)
{
    uint64_t now = (uint64_t)(unsigned)fegetround() << 32 | (unsigned)fegetexcept();
#if defined(__x86_64__)
    uint16_t x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    now ^= (uint64_t)(_mm_getcsr() & ~0x3fu) << 8; /* the flags of past operations are not the environment */
    now ^= (uint64_t)x87 << 48;
#endif
    return now;
}

/* ---- Promises ---------------------------------------------------------------- */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
broken(reg_case *c, const char *format, ...)
{
    if (c->failure[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->failure, sizeof c->failure, format, arguments);
    va_end(arguments);
}

static bool is_output(const reg_argument *a)
{
    return a->kind == REG_OUTPUT || a->kind == REG_MATRIX_OUT;
}

static bool untouched(const reg_argument *a)
{
    return memcmp(a->memory, a->before, a->size) == 0;
}

/* name as a word of its own in text */
static bool names(const char *text, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        const char before = at == text ? ' ' : at[-1], after = at[length];
        if (!(before == '_' || (before >= 'a' && before <= 'z')) && !(after == '_' || (after >= 'a' && after <= 'z')))
            return true;
    }
    return false;
}

static bool names_an_argument(const reg_case *c)
{
    for (int32_t i = 0; i < c->count; i++)
        if (names(c->message, c->arguments[i].name))
            return true;
    return false;
}

static void check_error(reg_case *c)
{
    if (c->function->traits & REG_PARTIAL && c->status == INFO_CANCELED)
        return;
    for (int32_t i = 0; i < c->count; i++)
        if (is_output(&c->arguments[i]) && !untouched(&c->arguments[i]))
            broken(c, "%s, but %s was written", info_status_name(c->status), c->arguments[i].name);
    if (c->must_status < 0 && c->must_fail && !c->plan.bytes && c->status != c->must_status)
        broken(c, "%s instead of %s", info_status_name(c->status), info_status_name(c->must_status));
    if (c->function->traits & REG_UNNAMED || !c->ctx)
        return;
    if (!c->message[0])
        broken(c, "%s without a text", info_status_name(c->status));
    else if (c->plan.argument >= 0 && c->status != INFO_ERROR_MEMORY) {
        const reg_argument *a = &c->arguments[c->plan.argument];
        /* A shape may be told of by the other argument that it does not fit. */
        const bool own = a->kind == REG_MATRIX   ? c->plan.variant < 16 && c->plan.variant != 7 && c->plan.variant != 8
                         : a->kind == REG_LENGTH ? c->plan.variant < 4
                                                 : true;
        if (own ? !names(c->message, a->name) : !names_an_argument(c))
            broken(c, "%s with a text that does not name %s: \"%s\"", info_status_name(c->status), a->name, c->message);
    }
}

static void check_success(reg_case *c)
{
    if (c->must_fail && c->spoils == 1)
        broken(c, "%s", info_status_name(c->status));
    if (c->function->traits & REG_NAN || c->status == INFO_INVALID_ROWS)
        return;
    for (int32_t i = 0; i < c->count; i++) {
        const reg_argument *a = &c->arguments[i];
        for (size_t k = 0; is_output(a) && a->doubles && k < a->size / sizeof(double); k++)
            if (isnan(((const double *)a->memory)[k]))
                broken(c, "%s, but %s[%zu] is NaN", info_status_name(c->status), a->name, k);
    }
}

static void check(reg_case *c, uint64_t before, uint64_t after)
{
    for (int32_t i = 0; i < c->count; i++)
        if (!is_output(&c->arguments[i]) && c->arguments[i].memory && !untouched(&c->arguments[i]))
            broken(c, "writes its input %s", c->arguments[i].name);
    if (before != after)
        broken(c, "leaves the floating-point environment changed");
    if (strcmp(info_status_name(c->status), "unknown") == 0)
        broken(c, "returns the unknown status %d", (int)c->status);
    if (c->asked_for_ctx && c->ctx && reg_allocations.behind)
        broken(c, "takes memory behind the context's back");
    if (c->asked_for_ctx && c->ctx && c->plan.cpu != INFO_CPU_BEST &&
        reg_allocations.levels & ~(UINT32_C(1) << c->plan.cpu))
        broken(c, "takes kernels of another instruction set than its context's");
    if (c->status < 0 || c->status == INFO_CANCELED)
        check_error(c);
    else
        check_success(c);
    if (!c->plan.ctx && reg_allocations.live != 0)
        broken(c, "%s: %lld pieces of memory leak", info_status_name(c->status), (long long)reg_allocations.live);
}

/* Copies what a call wrote, without the gaps between the elements of a view. */
static size_t collect_output(const reg_argument *a, char *to)
{
    const info_matrix_out *m = &a->elements;
    if (!m->data) {
        memcpy(to, a->memory, a->size);
        return a->size;
    }
    const size_t size = (size_t)info_dtype_size(m->dtype);
    for (int64_t i = 0; i < m->rows; i++)
        for (int64_t k = 0; k < m->cols; k++)
            memcpy(to + (size_t)(i * m->cols + k) * size,
                   (const char *)m->data + (size_t)(i * m->row_stride + k * m->col_stride) * size, size);
    return (size_t)(m->rows * m->cols) * size;
}

static void collect(reg_case *c)
{
    size_t size = c->record_size;
    for (int32_t i = 0; i < c->count; i++)
        size += is_output(&c->arguments[i]) ? c->arguments[i].size : 0;
    c->result = malloc(size ? size : 1);
    for (int32_t i = 0; i < c->count; i++)
        if (is_output(&c->arguments[i]))
            c->result_size += collect_output(&c->arguments[i], c->result + c->result_size);
    memcpy(c->result + c->result_size, c->record, c->record_size);
    c->result_size += c->record_size;
}

void reg_run(reg_case *c, const reg_function *function, const reg_plan *plan)
{
    memset(c, 0, sizeof *c);
    c->function = function;
    c->plan = *plan;
    reg_allocations.requests = reg_allocations.behind = 0;
    reg_allocations.refused = false;
    reg_allocations.levels = 0;
    if (!plan->ctx)
        reg_allocations.live = 0;
    watch(c);
    set_environment(plan->environment);
    const uint64_t before = environment_now();
    reg_clock.begun = reg_clock.ended = 0;
    reg_allocations.armed = true;
    c->status = function->drive(c);
    reg_allocations.armed = false;
    reg_clock.ended = reg_now();
    const uint64_t after = environment_now();
    fesetenv(FE_DFL_ENV);
    if (c->ctx)
        snprintf(c->message, sizeof c->message, "%s", info_ctx_message(c->ctx));
    if (!plan->ctx)
        info_ctx_destroy(c->ctx);
    watch(NULL);
    check(c, before, after);
    collect(c);
    for (int32_t i = 0; i < c->count; i++)
        free(c->arguments[i].before);
}

void reg_run_bytes(reg_case *c, const char *name, const uint8_t *bytes, size_t count)
{
    const reg_function *drivers[16] = {NULL};
    int32_t found = 0;
    for (int32_t i = 0; i < reg_function_count() && found < 16; i++)
        if (strcmp(reg_function_at(i)->name, name) == 0)
            drivers[found++] = reg_function_at(i);
    reg_plan plan = reg_plain();
    plan.bytes = bytes + 1;
    plan.byte_count = count - 1;
    reg_run(c, drivers[bytes[0] % found], &plan);
}

void reg_end(reg_case *c)
{
    free(c->result);
    c->result = NULL;
}

bool reg_same(const reg_case *a, const reg_case *b, bool bits)
{
    if (a->status != b->status || a->result_size != b->result_size)
        return false;
    const double tolerance = bits ? 0 : a->function->tolerance;
    if (tolerance == 0)
        return memcmp(a->result, b->result, a->result_size) == 0;
    for (size_t i = 0; i + sizeof(double) <= a->result_size; i += sizeof(double)) {
        double x, y;
        memcpy(&x, a->result + i, sizeof x);
        memcpy(&y, b->result + i, sizeof y);
        if (x != y && !(isnan(x) && isnan(y)) && !(fabs(x - y) <= tolerance * fmax(fabs(x), fmax(fabs(y), 1))))
            return false;
    }
    return true;
}
