/* SPDX-License-Identifier: MIT
 * Every registered function through every harness. Each test below runs once per
 * function; its name in the report is test:index, and the message names the function.
 *
 * usage: test_registry HARNESS [FUNCTION]   (HARNESS as in the table in main) */
#include <check.h>
#include <glob.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cancel.h"
#include "case.h"

static const char *const type_names[] = {"f64", "f32", "f16", "bf16"};

/* The sweeps take samples where everything is slow: REG_SAMPLES=1, under valgrind. */
static bool sampled(void)
{
    return getenv("REG_SAMPLES") != NULL;
}

static void kept(const reg_case *c, const char *what)
{
    ck_assert_msg(!c->failure[0], "%s, %s, %lld x %lld %s (%s): %s", c->function->name, what, (long long)c->plan.rows,
                  (long long)c->plan.cols, type_names[c->plan.dtype], c->spoiled[0] ? c->spoiled : "nothing spoiled",
                  c->failure);
}

/* Runs once and checks the promises of every call; the result is the caller's to reg_end(). */
static void run(reg_case *c, const reg_function *f, const reg_plan *plan, const char *what)
{
    reg_run(c, f, plan);
    kept(c, what);
}

static void same(const reg_case *a, const reg_case *b, bool bits, const char *what)
{
    ck_assert_msg(reg_same(a, b, bits), "%s, %s, %lld x %lld %s: the result differs (%s: %s)", a->function->name, what,
                  (long long)b->plan.rows, (long long)b->plan.cols, type_names[b->plan.dtype],
                  info_status_name(b->status), b->message);
}

/* Runs once more, by another plan, and compares. */
static void run_again(const reg_case *good, const reg_plan *plan, bool bits, const char *what)
{
    reg_case c;
    run(&c, good->function, plan, what);
    same(good, &c, bits, what);
    reg_end(&c);
}

/* A plain plan for every size in every type, one after the other; false after the last. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
static bool plan_at(size_t i, const int64_t sizes[][2], size_t count, reg_plan *plan)
{
    *plan = reg_plain();
    if (i >= 4 * count)
        return false;
    plan->rows = sizes[i / 4][0];
    plan->cols = sizes[i / 4][1];
    plan->dtype = (info_dtype)(i % 4);
    return true;
}

/* ---- plain ----------------------------------------------------------------- */

START_TEST(a_plain_call_succeeds_repeats_and_then_needs_no_memory)
{
    const reg_function *f = reg_function_at(_i);
    static const int64_t sizes[][2] = {{3, 9}, {1, 1}, {1, 65}, {2, 2}, {17, 5}, {4, 300}};
    reg_plan plan;
    for (size_t s = 0; plan_at(s, sizes, COUNT(sizes), &plan); s++) {
        reg_case first, again;
        run(&first, f, &plan, "plain");
        if (s == 0)
            ck_assert_msg(first.status >= 0, "%s, plain: %s: %s", f->name, info_status_name(first.status),
                          first.message);
        ck_assert_msg(first.status != INFO_ERROR_BACKEND && first.status != INFO_ERROR_MEMORY, "%s, plain: %s: %s",
                      f->name, info_status_name(first.status), first.message);
        plan.without_ctx = true;
        run_again(&first, &plan, true, "without a context");
        plan.without_ctx = false;
        ck_assert_int_eq(reg_ctx_make(&plan, &plan.ctx), INFO_OK);
        for (int i = 0; i < 3; i++) {
            run(&again, f, &plan, "repeated");
            same(&first, &again, true, "repeated");
            ck_assert_msg(i < 2 || !again.asked_for_ctx || f->traits & REG_OBJECT || reg_allocations.requests == 0,
                          "%s, repeated: still asks for memory", f->name);
            reg_end(&again);
        }
        info_ctx_destroy(plan.ctx);
        reg_end(&first);
    }
}
END_TEST

/* ---- memory ---------------------------------------------------------------- */

START_TEST(any_failed_allocation_is_an_error_and_nothing_more)
{
    const reg_function *f = reg_function_at(_i);
    reg_plan plan = reg_plain();
    plan.rows = 12;
    plan.cols = 40;
    reg_case good, c;
    run(&good, f, &plan, "plain");
    for (int mode = 0; mode < 4; mode++) {
        plan.without_ctx = (mode & 1) != 0;
        reg_allocations.for_good = (mode & 2) != 0;
        for (int64_t n = 1; n < 10000; n++) {
            char what[64];
            snprintf(what, sizeof what, "allocation %lld refused%s", (long long)n, mode & 2 ? " for good" : "");
            reg_allocations.fail_at = n;
            reg_run(&c, f, &plan);
            reg_allocations.fail_at = 0;
            kept(&c, what);
            if (c.status != INFO_ERROR_MEMORY)
                same(&good, &c, true, what);
            reg_end(&c);
            if (!reg_allocations.refused)
                break;
        }
    }
    reg_end(&good);
}
END_TEST

/* ---- progress -------------------------------------------------------------- */

/* What a callback was told; a driver may make several calls, and the end of one may be followed by another's start. */
typedef struct told {
    double last; /* -1: nothing yet */
    int64_t times, stop_at;
    bool wrong;
} told;

static int32_t listen(void *user, double fraction)
{
    told *t = user;
    const double from = t->last == 1 ? 0 : t->last;
    t->wrong |= !(fraction >= from && fraction >= 0 && fraction <= 1);
    t->last = fraction;
    return ++t->times == t->stop_at;
}

START_TEST(progress_never_falls_and_ends_at_1_and_a_stop_leaves_the_outputs)
{
    const reg_function *f = reg_function_at(_i);
    static const int64_t sizes[][2] = {{3, 9}, {17, 5}, {4, 300}, {60, 40}};
    for (size_t s = 0; s < COUNT(sizes); s++)
        for (int32_t threads = 1; threads <= 2; threads++) {
            told t = {.last = -1};
            reg_plan plan = reg_plain();
            plan.rows = sizes[s][0];
            plan.cols = sizes[s][1];
            plan.threads = threads;
            plan.progress = listen;
            plan.progress_user = &t;
            ck_assert_int_eq(reg_ctx_make(&plan, &plan.ctx), INFO_OK);
            reg_case c;
            run(&c, f, &plan, "with progress");
            const int64_t times = t.times;
            ck_assert_msg(!t.wrong && (c.status < 0 || t.times == 0 || t.last == 1),
                          "%s, progress, %lld x %lld, %d threads: ends at %g%s", f->name, (long long)plan.rows,
                          (long long)plan.cols, (int)threads, t.last, t.wrong ? ", and fell" : "");
            reg_end(&c);
            for (int64_t at = 1; at <= times && at <= 8; at++) {
                t = (told){.last = -1, .stop_at = at};
                run(&c, f, &plan, "stopped by the callback");
                ck_assert_msg(c.status == INFO_CANCELED || t.last == 1, "%s, stopped at report %lld: %s", f->name,
                              (long long)at, info_status_name(c.status));
                reg_end(&c);
            }
            info_ctx_destroy(plan.ctx);
        }
}
END_TEST

START_TEST(a_call_returns_soon_after_a_cancel_and_leaves_the_outputs)
{
    char text[4 * REG_TEXT];
    const reg_function *f = reg_function_at(_i);
    ck_assert_msg(reg_cancels(f, text, sizeof text), "%s", text);
}
END_TEST

/* ---- arguments --------------------------------------------------------------- */

START_TEST(a_wrong_argument_is_an_error_that_names_it)
{
    const reg_function *f = reg_function_at(_i);
    reg_plan plan = reg_plain();
    reg_case good, c;
    run(&good, f, &plan, "plain");
    for (int without = 0; without < 2; without++)
        for (int32_t a = 0; a < good.count; a++)
            for (int32_t v = 1; v <= good.arguments[a].variants; v++) {
                plan.without_ctx = without;
                plan.argument = a;
                plan.variant = v;
                run(&c, f, &plan, "wrong argument");
                reg_end(&c);
            }
    reg_end(&good);
}
END_TEST

/* ---- values ------------------------------------------------------------------ */

START_TEST(no_value_hangs_crashes_or_becomes_a_silent_nan)
{
    const reg_function *f = reg_function_at(_i);
    static const int64_t sizes[][2] = {{3, 9}, {2, 65}, {17, 4}, {1, 1}};
    reg_plan plan;
    for (size_t s = 0; plan_at(s, sizes, COUNT(sizes), &plan); s++) {
        reg_case good, c;
        run(&good, f, &plan, "plain");
        const int64_t step = (f->traits & REG_SLOW || sampled() ? 5 : 1) * (s >= 4 ? 7 : 1);
        for (plan.argument = 0; plan.argument < good.count; plan.argument++)
            for (plan.position = 0; plan.position < good.arguments[plan.argument].positions; plan.position += step)
                for (plan.special = 0; plan.special < REG_SPECIALS; plan.special++) {
                    run(&c, f, &plan, "special value");
                    reg_end(&c);
                }
        reg_end(&good);
    }
}
END_TEST

/* ---- layout ------------------------------------------------------------------- */

START_TEST(strides_and_alignment_do_not_change_a_bit)
{
    const reg_function *f = reg_function_at(_i);
    static const int64_t sizes[][2] = {{3, 9}, {5, 70}, {1, 33}};
    reg_plan plan;
    for (size_t s = 0; plan_at(s, sizes, COUNT(sizes), &plan); s++)
        for (int32_t layout = REG_CONTIGUOUS + 1; layout < REG_LAYOUTS; layout++) {
            char what[32];
            reg_case good;
            snprintf(what, sizeof what, "layout %d", (int)layout);
            plan.equal_rows = layout == REG_BROADCAST;
            plan.layout = REG_CONTIGUOUS;
            run(&good, f, &plan, "contiguous");
            plan.layout = layout;
            run_again(&good, &plan, true, what);
            reg_end(&good);
        }
}
END_TEST

/* ---- threads ------------------------------------------------------------------ */

/* At the small size every instruction set meets every number of threads. At the larger ones, where loops are cut into
 * several chunks, an instruction set is run once, as it does not choose the chunks; and the best one by 4 threads. */
typedef struct ladder {
    int64_t rows, cols;
    bool every_level, every_type;
} ladder;

static void climb(const reg_function *f, const ladder *size, info_dtype dtype)
{
    reg_plan plan = reg_plain();
    const info_cpu best = info_ctx_cpu(NULL);
    reg_case good;
    plan.rows = size->rows;
    plan.cols = size->cols;
    plan.dtype = dtype;
    plan.cpu = INFO_CPU_C;
    run(&good, f, &plan, "plain C");
    for (plan.cpu = INFO_CPU_C; plan.cpu <= best; plan.cpu++)
        for (plan.threads = plan.cpu == INFO_CPU_C ? 2 : 1; plan.threads <= 4; plan.threads *= 2) {
            char what[64];
            snprintf(what, sizeof what, "level %d, %d threads", (int)plan.cpu, (int)plan.threads);
            if (size->every_level || plan.threads == (plan.cpu == best ? 4 : 1))
                run_again(&good, &plan, false, what);
        }
    reg_end(&good);
}

START_TEST(threads_and_instruction_sets_do_not_change_the_result)
{
    const reg_function *f = reg_function_at(_i);
    static const ladder sizes[] = {{3, 9, true, true}, {61, 130, false, true}, {130, 520, false, false}};
    const size_t count = f->traits & REG_SLOW || sampled() ? 2 : 3;
    for (size_t s = 0; s < count; s++)
        for (info_dtype dtype = INFO_F64; dtype <= INFO_BF16; dtype++)
            if (sizes[s].every_type || dtype == INFO_F64 || dtype == INFO_F32)
                climb(f, &sizes[s], dtype);
}
END_TEST

/* ---- overlap ------------------------------------------------------------------ */

static bool has_numbers(const reg_argument *a)
{
    return a->memory && a->size > 0 && ((a->kind >= REG_MATRIX && a->kind <= REG_INTEGERS_OF) || a->kind >= REG_OUTPUT);
}

START_TEST(adjacent_memory_is_no_overlap_and_a_shared_byte_is_one)
{
    const reg_function *f = reg_function_at(_i);
    reg_plan plan = reg_plain();
    reg_case good, c;
    run(&good, f, &plan, "plain");
    for (plan.argument = 0; plan.argument < good.count; plan.argument++)
        for (int32_t i = 0; i < plan.argument && good.arguments[plan.argument].kind >= REG_OUTPUT; i++)
            for (int32_t side = 0; has_numbers(&good.arguments[i]) && side < REG_SIDES; side++) {
                char what[128];
                snprintf(what, sizeof what, "%s beside %s, %d", good.arguments[plan.argument].name,
                         good.arguments[i].name, (int)side);
                plan.variant = REG_BESIDE + REG_SIDES * i + side;
                reg_run(&c, f, &plan);
                kept(&c, what);
                if (side == REG_BEHIND)
                    same(&good, &c, false, what);
                reg_end(&c);
            }
    reg_end(&good);
}
END_TEST

/* ---- stack -------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* What a call may take, that of the driver and of BLAS included: docs/ARCHITECTURE.md, "Stack". */
#define STACK_LIMIT ((size_t)64 << 10)

typedef struct elsewhere {
    reg_case *c;
    const reg_function *function;
    const reg_plan *plan;
} elsewhere;

static void *run_elsewhere(void *user)
{
    const elsewhere *e = user;
    if (e->c)
        reg_run(e->c, e->function, e->plan);
    return NULL;
}

/* Runs the case, if any, on a thread whose stack was blank; the bytes of it that were written. */
static size_t stack_of(reg_case *c, const reg_function *f, const reg_plan *plan)
{
    static _Alignas(4096) unsigned char stack[(size_t)4 << 20];
    enum { BLANK_STACK = 0xa5 };
    elsewhere e = {c, f, plan};
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, BLANK_STACK, sizeof stack);
    /* No assertion while it runs: Check takes memory for them, and memory is counted. */
    int wrong = pthread_attr_init(&attributes) || pthread_attr_setstack(&attributes, stack, sizeof stack) ||
                pthread_create(&thread, &attributes, run_elsewhere, &e);
    wrong = wrong || pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    ck_assert_int_eq(wrong, 0);
    size_t untouched = 0;
    while (untouched < sizeof stack && stack[untouched] == BLANK_STACK)
        untouched++;
    return sizeof stack - untouched;
}

START_TEST(a_small_stack_is_enough)
{
    const reg_function *f = reg_function_at(_i);
    static const int64_t sizes[][2] = {{3, 9}, {61, 130}};
    const char *wanted = getenv("REG_STACK");      /* tells every function's need */
    const size_t own = stack_of(NULL, NULL, NULL); /* of a thread that does nothing: its thread-local storage */
    reg_plan plan;
    for (size_t s = 0; plan_at(s, sizes, COUNT(sizes), &plan); s++) {
        reg_case c;
        const size_t used = stack_of(&c, f, &plan) - own;
        kept(&c, "on a thread of its own");
        reg_end(&c);
        if (wanted)
            fprintf(stderr, "%zu kB: %s, %lld x %lld %s\n", used >> 10, f->name, (long long)plan.rows,
                    (long long)plan.cols, type_names[plan.dtype]);
        ck_assert_msg(used <= STACK_LIMIT, "%s, %lld x %lld %s: takes %zu bytes of stack; %zu are allowed", f->name,
                      (long long)plan.rows, (long long)plan.cols, type_names[plan.dtype], used, STACK_LIMIT);
    }
}
END_TEST

/* ---- environment -------------------------------------------------------------- */

START_TEST(the_callers_environment_is_obeyed_by_none_and_left_as_found)
{
    const reg_function *f = reg_function_at(_i);
    reg_plan plan = reg_plain();
    reg_case good;
    run(&good, f, &plan, "plain");
    for (plan.environment = 1; plan.environment < REG_ENVIRONMENTS; plan.environment++)
        for (plan.threads = 1; plan.threads <= 2; plan.threads++) {
            char what[64];
            snprintf(what, sizeof what, "environment %d, %d threads", (int)plan.environment, (int)plan.threads);
            run_again(&good, &plan, false, what);
        }
    reg_end(&good);
}
END_TEST

/* Every wrong argument again, in a locale whose decimal point is a comma: the same texts. */
START_TEST(messages_do_not_speak_the_locale)
{
    const reg_function *f = reg_function_at(_i);
    reg_plan plan = reg_plain();
    reg_case good, here, there;
    run(&good, f, &plan, "plain");
    for (int32_t a = 0; a < good.count; a++)
        for (int32_t i = 0; i < REG_SPECIALS && good.arguments[a].positions > 0; i++) {
            plan.argument = a;
            plan.special = i;
            plan.position = good.arguments[a].positions / 2;
            setlocale(LC_ALL, "C");
            run(&here, f, &plan, "C locale");
            ck_assert(setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "tr_TR.UTF-8"));
            const char before = localeconv()->decimal_point[0];
            run(&there, f, &plan, "de_DE locale");
            same(&here, &there, true, "de_DE locale");
            ck_assert_str_eq(here.message, there.message);
            ck_assert_int_eq(localeconv()->decimal_point[0], before);
            reg_end(&here);
            reg_end(&there);
        }
    reg_end(&good);
}
END_TEST

/* ---- fuzz --------------------------------------------------------------------- */

/* What a fuzzer kept, in a folder for each function under REG_CORPUS. */
static void replay(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/*", getenv("REG_CORPUS") ? getenv("REG_CORPUS") : "", name);
    glob_t files = {0};
    if (!getenv("REG_CORPUS") || glob(path, 0, NULL, &files) != 0)
        return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        uint8_t bytes[4096];
        FILE *file = fopen(files.gl_pathv[i], "rb");
        const size_t count = file ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (file)
            fclose(file);
        if (count < 3)
            continue;
        reg_case c;
        reg_run_bytes(&c, name, bytes, count);
        kept(&c, files.gl_pathv[i]);
        reg_end(&c);
    }
    globfree(&files);
}

/* The fuzzing targets without a fuzzer: bytes from a fixed sequence. */
START_TEST(random_arguments_keep_the_promises)
{
    const reg_function *f = reg_function_at(_i);
    const char *wanted = getenv("REG_FUZZ_RUNS");
    const int runs = wanted ? atoi(wanted) : f->traits & REG_SLOW ? 100 : 400;
    uint64_t state = UINT64_C(0x243f6a88);
    for (const char *letter = f->name; *letter; letter++) /* the same bytes whatever other functions there are */
        state = (state ^ (uint64_t)*letter) * UINT64_C(0x100000001b3);
    for (int i = 0; i < runs; i++) {
        uint8_t bytes[192];
        for (size_t k = 0; k < sizeof bytes; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[k] = (uint8_t)(state >> 56);
        }
        reg_plan plan = reg_plain();
        reg_case c;
        plan.bytes = bytes;
        plan.byte_count = sizeof bytes;
        run(&c, f, &plan, "random bytes");
        reg_end(&c);
    }
    replay(f->name);
}
END_TEST

int main(int argc, char **argv)
{
    const struct {
        const char *name;
        const TTest *test;
    } harnesses[] = {
        {"plain", a_plain_call_succeeds_repeats_and_then_needs_no_memory},
        {"memory", any_failed_allocation_is_an_error_and_nothing_more},
        {"progress", progress_never_falls_and_ends_at_1_and_a_stop_leaves_the_outputs},
        {"cancel", a_call_returns_soon_after_a_cancel_and_leaves_the_outputs},
        {"arguments", a_wrong_argument_is_an_error_that_names_it},
        {"values", no_value_hangs_crashes_or_becomes_a_silent_nan},
        {"layout", strides_and_alignment_do_not_change_a_bit},
        {"threads", threads_and_instruction_sets_do_not_change_the_result},
        {"overlap", adjacent_memory_is_no_overlap_and_a_shared_byte_is_one},
        {"stack", a_small_stack_is_enough},
        {"environment", the_callers_environment_is_obeyed_by_none_and_left_as_found},
        {"locale", messages_do_not_speak_the_locale},
        {"fuzz", random_arguments_keep_the_promises},
    };
    const char *wanted = argc > 1 ? argv[1] : "";
    const char *only = argc > 2 ? argv[2] : NULL;
    for (size_t i = 0; i < sizeof harnesses / sizeof harnesses[0]; i++) {
        if (strcmp(wanted, harnesses[i].name) != 0)
            continue;
        if (strcmp(wanted, "locale") == 0 && !setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "tr_TR.UTF-8")) {
            puts("skipped: neither de_DE.UTF-8 nor tr_TR.UTF-8 is on this machine");
            return 77;
        }
#ifdef SANITIZED
        if (strcmp(wanted, "stack") == 0) {
            puts("skipped: a sanitizer's frames are larger");
            return 77;
        }
#endif
        setlocale(LC_ALL, "C");
        if (info_ctx_cpu(NULL) < INFO_CPU_AVX512 && strcmp(wanted, "threads") == 0)
            puts("skipped: instruction sets above this machine's, see info_build_config()");
        Suite *suite = suite_create(harnesses[i].name);
        TCase *tcase = tcase_create(harnesses[i].name);
        tcase_set_timeout(tcase, 600);
        for (int32_t k = 0; k < reg_function_count(); k++)
            if (!only || strcmp(only, reg_function_at(k)->name) == 0)
                tcase_add_loop_test(tcase, harnesses[i].test, k, k + 1);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        const int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: %s HARNESS [FUNCTION]\n", argv[0]);
    return 2;
}
