/* SPDX-License-Identifier: MIT
 * What a case hands out when a driver asks, good or spoiled as the plan has it: sizes, contexts, arrays and numbers. Views are
 * made in views.c, options in options.c, outputs in outputs.c. */
#include "case.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"

/* ---- The border between the library and the harness ---------------------- */

/* While the harness works, memory does not fail and arithmetic is ordinary. */
void reg_leave_library(fenv_t *environment)
{
    reg_allocations.armed = false;
    fegetenv(environment);
    fesetenv(FE_DFL_ENV);
}

void reg_enter_library(const fenv_t *environment)
{
    fesetenv(environment);
    reg_allocations.armed = true;
}

/* ---- Choices ------------------------------------------------------------- */

/* A number below n from the fuzzer's bytes; 0, the ordinary choice, without them. */
int64_t reg_draw(reg_case *c, int64_t n)
{
    if (!c->plan.bytes || c->byte_next >= c->plan.byte_count)
        return 0;
    int64_t value = c->plan.bytes[c->byte_next++];
    if (n > 256 && c->byte_next < c->plan.byte_count)
        value = value << 8 | c->plan.bytes[c->byte_next++];
    return value % n;
}

int64_t reg_rows(reg_case *c)
{
    if (c->rows == 0)
        c->rows = c->plan.bytes ? 1 + reg_draw(c, 8) : c->plan.rows;
    return c->rows;
}

int64_t reg_cols(reg_case *c)
{
    if (c->cols == 0)
        c->cols = c->plan.bytes ? 1 + reg_draw(c, 40) : c->plan.cols;
    return c->cols;
}

reg_argument *reg_new_argument(reg_case *c, const char *name, enum reg_argument_kind kind, int32_t variants,
                               int64_t positions)
{
    if (c->count == REG_MAX_ARGUMENTS) {
        fprintf(stderr, "registry: %s asks for too many arguments\n", c->function->name);
        abort();
    }
    reg_argument *a = &c->arguments[c->count++];
    *a = (reg_argument){.name = name, .kind = kind, .variants = variants, .positions = positions};
    return a;
}

int32_t reg_index_of(const reg_case *c, const reg_argument *a)
{
    return (int32_t)(a - c->arguments);
}

/* How this argument is to be spoiled; 0: not. */
int32_t reg_variant(reg_case *c, const reg_argument *a)
{
    if (c->plan.bytes)
        return a->variants > 0 && reg_draw(c, 32) == 31 ? 1 + (int32_t)reg_draw(c, a->variants) : 0;
    return c->plan.argument == reg_index_of(c, a) ? c->plan.variant : 0;
}

void reg_spoil(reg_case *c, const reg_argument *a, bool must_fail, info_status status, const char *how)
{
    c->must_fail |= must_fail;
    c->spoils++;
    c->must_status = status;
    snprintf(c->spoiled, sizeof c->spoiled, "%s: %s", a->name, how);
}

/* The special values at their positions: the plan's one, or some the fuzzer draws. */
void reg_patch(reg_case *c, const reg_argument *a, double *values)
{
    if (c->plan.bytes) {
        for (int64_t n = reg_draw(c, 4); n > 0; n--)
            values[reg_draw(c, a->positions)] = reg_specials[reg_draw(c, REG_SPECIALS)];
    } else if (c->plan.argument == reg_index_of(c, a) && c->plan.variant == 0) {
        values[c->plan.position] = reg_specials[c->plan.special];
        snprintf(c->spoiled, sizeof c->spoiled, "%s: %g at position %lld", a->name, reg_specials[c->plan.special],
                 (long long)c->plan.position);
    }
}

uint64_t reg_seed_of(reg_case *c, const reg_argument *a)
{
    return reg_mix((uint64_t)reg_index_of(c, a) + 256 * (uint64_t)reg_draw(c, 256));
}

/* Remembers what memory held, to tell later whether the call wrote it. */
void reg_remember(reg_argument *a, void *memory, size_t size)
{
    const bool armed = reg_allocations.armed;
    reg_allocations.armed = false;
    a->memory = memory;
    a->size = size;
    a->before = malloc(size ? size : 1);
    memcpy(a->before, memory, size);
    reg_allocations.armed = armed;
}

void *reg_place(const reg_case *c, const reg_argument *a, size_t bytes)
{
    return reg_slot(reg_index_of(c, a), bytes, true, 0);
}

/* ---- Contexts ------------------------------------------------------------ */

info_ctx *reg_ctx(reg_case *c)
{
    /* One for all calls of a case, or none. */
    if (!c->asked_for_ctx)
        c->without_ctx = c->plan.without_ctx || reg_draw(c, 8) == 7;
    c->asked_for_ctx = true;
    if (reg_clock.begun == 0)
        reg_clock.begun = reg_now();
    if (c->without_ctx)
        return NULL;
    if (c->plan.ctx)
        c->ctx = c->plan.ctx;
    if (c->ctx)
        return c->ctx;
    fenv_t environment;
    reg_leave_library(&environment);
    const reg_memory wanted = reg_allocations;
    reg_allocations.fail_at = 0;
    const info_status status = reg_ctx_make(&c->plan, &c->ctx);
    reg_allocations.fail_at = wanted.fail_at;
    reg_allocations.requests = wanted.requests;
    if (status != INFO_OK) {
        fprintf(stderr, "registry: no context: %s\n", info_status_name(status));
        abort();
    }
    reg_enter_library(&environment);
    return c->ctx;
}

/* ---- Plain arrays and numbers --------------------------------------------- */

/* Variants: 1 NULL, 2 misaligned. */
static const void *array(reg_case *c, reg_argument *a, const void *given)
{
    switch (reg_variant(c, a)) {
    case 1:
        reg_spoil(c, a, !a->optional, INFO_ERROR_NULL, "NULL");
        return NULL;
    case 2:
        reg_spoil(c, a, true, INFO_ERROR_ALIGNMENT, "misaligned");
        return (const char *)given + 1;
    default:
        return given;
    }
}

const double *reg_vector(reg_case *c, const char *name, int content, int64_t count)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_VECTOR, 2, count);
    a->optional = (content & REG_OPTIONAL) != 0;
    double *values = reg_content(reg_seed_of(c, a), content, 1, count, false), *copy;
    reg_patch(c, a, values);
    copy = reg_place(c, a, (size_t)count * sizeof *values);
    memcpy(copy, values, (size_t)count * sizeof *values);
    free(values);
    reg_remember(a, copy, (size_t)count * sizeof *copy);
    const double *given = array(c, a, copy);
    reg_enter_library(&environment);
    return given;
}

/* What a special value is for whole numbers in low..high-1. */
static int64_t special_integer(int32_t special, int64_t low, int64_t high)
{
    const int64_t specials[REG_SPECIALS] = {-1, INT64_MIN, INT64_MAX, high, low - 1, -100, INT32_MAX, high + 1};
    return specials[special];
}

static int64_t integer(reg_case *c, const reg_argument *a, uint64_t seed, int64_t i, int64_t low, int64_t high)
{
    if (c->plan.bytes && reg_draw(c, 32) == 31)
        return special_integer((int32_t)reg_draw(c, REG_SPECIALS), low, high);
    if (!c->plan.bytes && c->plan.argument == reg_index_of(c, a) && c->plan.variant == 0 && c->plan.position == i) {
        const int64_t value = special_integer(c->plan.special, low, high);
        snprintf(c->spoiled, sizeof c->spoiled, "%s: %lld at position %lld", a->name, (long long)value, (long long)i);
        return value;
    }
    return low + (int64_t)(reg_mix(seed ^ reg_mix((uint64_t)i)) % (uint64_t)(high - low));
}

static const int64_t *integers(reg_case *c, const char *name, bool is_optional, int64_t count, int64_t low,
                               int64_t high)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_INTEGERS, 2, count);
    a->optional = is_optional;
    int64_t *values = reg_place(c, a, (size_t)count * sizeof *values);
    const uint64_t seed = reg_seed_of(c, a);
    for (int64_t i = 0; i < count; i++)
        values[i] = integer(c, a, seed, i, low, high);
    reg_remember(a, values, (size_t)count * sizeof *values);
    const int64_t *given = array(c, a, values);
    reg_enter_library(&environment);
    return given;
}

const int64_t *reg_integers(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high)
{
    return integers(c, name, false, count, low, high);
}

const int64_t *reg_optional_integers(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high)
{
    return integers(c, name, true, count, low, high);
}

/* A type that holds numbers below high: by the element type of matrices, or drawn. */
static info_integer integer_type(reg_case *c, int64_t high)
{
    static const info_integer by_dtype[] = {INFO_INT64, INFO_INT32, INFO_UINT16, INFO_UINT8};
    const info_integer type = c->plan.bytes ? (info_integer)reg_draw(c, 7) : by_dtype[c->plan.dtype];
    const bool narrow = type == INFO_INT8 || type == INFO_INT16 || type == INFO_UINT8 || type == INFO_UINT16;
    return narrow && high > 127 ? INFO_UINT32 : type;
}

static int64_t put_integer(void *values, info_integer type, int64_t i, int64_t value)
{
    switch (type) {
    case INFO_INT64:
        ((int64_t *)values)[i] = value;
        return sizeof(int64_t);
    case INFO_INT32:
    case INFO_UINT32:
        ((uint32_t *)values)[i] = (uint32_t)value;
        return sizeof(uint32_t);
    case INFO_INT16:
    case INFO_UINT16:
        ((uint16_t *)values)[i] = (uint16_t)value;
        return sizeof(uint16_t);
    default:
        ((uint8_t *)values)[i] = (uint8_t)value;
        return sizeof(uint8_t);
    }
}

const void *reg_integers_of(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high, info_integer *type)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_INTEGERS_OF, 2, count);
    int64_t room[1];
    *type = integer_type(c, high);
    const size_t size = (size_t)put_integer(room, *type, 0, 0);
    a->variants = size > 1 ? 2 : 1; /* bytes are always aligned */
    /* Where options may be spoiled, and with them the type, room for the longest one. */
    const bool exact = c->plan.argument < 0 && !c->plan.bytes;
    void *values = reg_place(c, a, (size_t)count * (exact ? size : sizeof(int64_t)));
    const uint64_t seed = reg_seed_of(c, a);
    for (int64_t i = 0; i < count; i++)
        put_integer(values, *type, i, integer(c, a, seed, i, low, high));
    reg_remember(a, values, (size_t)count * size);
    const void *given = array(c, a, values);
    reg_enter_library(&environment);
    return given;
}

const int32_t *reg_integers32(reg_case *c, const char *name, int64_t count, int32_t low, int32_t high)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_INTEGERS32, 2, count);
    int32_t *values = reg_place(c, a, (size_t)count * sizeof *values);
    const uint64_t seed = reg_seed_of(c, a);
    for (int64_t i = 0; i < count; i++) {
        const int64_t value = integer(c, a, seed, i, low, high);
        values[i] = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
    }
    reg_remember(a, values, (size_t)count * sizeof *values);
    const int32_t *given = array(c, a, values);
    reg_enter_library(&environment);
    return given;
}

static const void *copy_of(reg_case *c, const char *name, bool is_optional, const void *bytes, int64_t count)
{
    fenv_t environment;
    reg_leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_BYTES, 1, 0);
    a->optional = is_optional;
    void *copy = reg_place(c, a, (size_t)count);
    memcpy(copy, bytes, (size_t)count);
    reg_remember(a, copy, (size_t)count);
    const void *given = array(c, a, copy);
    reg_enter_library(&environment);
    return given;
}

const void *reg_bytes(reg_case *c, const char *name, const void *bytes, int64_t count)
{
    return copy_of(c, name, false, bytes, count);
}

const void *reg_optional_bytes(reg_case *c, const char *name, const void *bytes, int64_t count)
{
    return copy_of(c, name, true, bytes, count);
}

int64_t reg_length(reg_case *c, const char *name, int64_t value)
{
    static const int64_t wrong[] = {0, -1, INT64_MIN, INT64_MAX};
    reg_argument *a = reg_new_argument(c, name, REG_LENGTH, 4, 0);
    const int32_t variant = reg_variant(c, a);
    if (variant == 0)
        return value;
    reg_spoil(c, a, true, 0, variant == 1 ? "0" : variant == 4 ? "2^63-1" : "negative");
    return wrong[variant - 1];
}

int64_t reg_size(reg_case *c, const char *name, int64_t value)
{
    static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)1 << 31, ((int64_t)1 << 32) + 1, 1, 1000003};
    reg_argument *a = reg_new_argument(c, name, REG_SIZE, 8, 0);
    const int32_t variant = reg_variant(c, a);
    if (variant == 0)
        return value;
    char how[32];
    snprintf(how, sizeof how, "%lld", (long long)odd[variant - 1]);
    reg_spoil(c, a, false, 0, how);
    return odd[variant - 1];
}

int32_t reg_choice(reg_case *c, const char *name, int32_t value)
{
    static const int32_t unknown[] = {-1, 99, INT32_MAX, INT32_MIN};
    reg_argument *a = reg_new_argument(c, name, REG_CHOICE, 4, 0);
    const int32_t variant = reg_variant(c, a);
    if (variant == 0)
        return value;
    reg_spoil(c, a, true, 0, "unknown");
    return unknown[variant - 1];
}

double reg_number(reg_case *c, const char *name, double value)
{
    reg_argument *a = reg_new_argument(c, name, REG_NUMBER, REG_SPECIALS + 1, 0);
    const int32_t variant = reg_variant(c, a);
    if (variant == 0)
        return value;
    reg_spoil(c, a, variant == 1, 0, "a special value"); /* the first is NaN */
    return variant > REG_SPECIALS ? 0 : reg_specials[variant - 1];
}
