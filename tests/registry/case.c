/* SPDX-License-Identifier: MIT
 * What a case hands out when a driver asks: good arguments, or the one the plan spoils. */
#include "case.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "numeric/convert.h"

/* ---- The border between the library and the harness ---------------------- */

/* While the harness works, memory does not fail and arithmetic is ordinary. */
static void leave_library(fenv_t *environment)
{
    reg_allocations.armed = false;
    fegetenv(environment);
    fesetenv(FE_DFL_ENV);
}

static void enter_library(const fenv_t *environment)
{
    fesetenv(environment);
    reg_allocations.armed = true;
}

/* ---- Choices ------------------------------------------------------------- */

/* A number below n from the fuzzer's bytes; 0, the ordinary choice, without them. */
static int64_t draw(reg_case *c, int64_t n)
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
        c->rows = c->plan.bytes ? 1 + draw(c, 8) : c->plan.rows;
    return c->rows;
}

int64_t reg_cols(reg_case *c)
{
    if (c->cols == 0)
        c->cols = c->plan.bytes ? 1 + draw(c, 40) : c->plan.cols;
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

static int32_t index_of(const reg_case *c, const reg_argument *a)
{
    return (int32_t)(a - c->arguments);
}

/* How this argument is to be spoiled; 0: not. */
int32_t reg_variant(reg_case *c, const reg_argument *a)
{
    if (c->plan.bytes)
        return a->variants > 0 && draw(c, 32) == 31 ? 1 + (int32_t)draw(c, a->variants) : 0;
    return c->plan.argument == index_of(c, a) ? c->plan.variant : 0;
}

void reg_spoil(reg_case *c, const reg_argument *a, bool must_fail, info_status status, const char *how)
{
    c->must_fail |= must_fail;
    c->spoils++;
    c->must_status = status;
    snprintf(c->spoiled, sizeof c->spoiled, "%s: %s", a->name, how);
}

/* The special values at their positions: the plan's one, or some the fuzzer draws. */
static void patch(reg_case *c, const reg_argument *a, double *values)
{
    if (c->plan.bytes) {
        for (int64_t n = draw(c, 4); n > 0; n--)
            values[draw(c, a->positions)] = reg_specials[draw(c, REG_SPECIALS)];
    } else if (c->plan.argument == index_of(c, a) && c->plan.variant == 0) {
        values[c->plan.position] = reg_specials[c->plan.special];
        snprintf(c->spoiled, sizeof c->spoiled, "%s: %g at position %lld", a->name, reg_specials[c->plan.special],
                 (long long)c->plan.position);
    }
}

static uint64_t seed_of(reg_case *c, const reg_argument *a)
{
    return reg_mix((uint64_t)index_of(c, a) + 256 * (uint64_t)draw(c, 256));
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

static void *slot(const reg_case *c, const reg_argument *a, size_t bytes)
{
    return reg_slot(index_of(c, a), bytes, true, 0);
}

/* ---- Contexts ------------------------------------------------------------ */

info_ctx *reg_ctx(reg_case *c)
{
    c->asked_for_ctx = true;
    if (c->plan.without_ctx || draw(c, 8) == 7)
        return NULL;
    if (c->plan.ctx)
        c->ctx = c->plan.ctx;
    if (c->ctx)
        return c->ctx;
    fenv_t environment;
    leave_library(&environment);
    const reg_memory wanted = reg_allocations;
    reg_allocations.fail_at = 0;
    const info_status status = reg_ctx_make(&c->plan, &c->ctx);
    reg_allocations.fail_at = wanted.fail_at;
    reg_allocations.requests = wanted.requests;
    if (status != INFO_OK) {
        fprintf(stderr, "registry: no context: %s\n", info_status_name(status));
        abort();
    }
    enter_library(&environment);
    return c->ctx;
}

/* ---- Matrices ------------------------------------------------------------ */

typedef struct placed {
    void *data; /* element (0, 0) */
    char *low;
    size_t bytes;
    int64_t row_stride, col_stride;
} placed;

static placed place(const reg_case *c, const reg_argument *a, int64_t rows, int64_t cols, int64_t size, int32_t layout)
{
    int64_t row = cols, col = 1;
    switch (layout) {
    case REG_STRIDE_2:
        col = 2;
        row = 2 * cols + 1;
        break;
    case REG_TRANSPOSED:
        col = rows;
        row = 1;
        break;
    case REG_COLS_BACKWARDS:
        col = -1;
        row = cols + 5;
        break;
    case REG_ROWS_BACKWARDS:
        row = -(cols + 3);
        break;
    case REG_BOTH_BACKWARDS:
        col = -3;
        row = -(3 * cols + 1);
        break;
    case REG_BROADCAST:
        row = 0;
        break;
    default:
        break;
    }
    const int64_t row_reach = (rows - 1) * row, col_reach = (cols - 1) * col;
    const int64_t low = (row_reach < 0 ? row_reach : 0) + (col_reach < 0 ? col_reach : 0);
    const int64_t high = (row_reach > 0 ? row_reach : 0) + (col_reach > 0 ? col_reach : 0) + 1;
    const size_t bytes = (size_t)((high - low) * size);
    const int64_t shift = layout >= REG_OFFSET_1 && layout <= REG_OFFSET_8 ? layout - REG_OFFSET_1 + 1 : 0;
    char *begin = reg_slot(index_of(c, a), bytes, layout == REG_AT_END, (size_t)(shift * size));
    memset(begin, 0xff, bytes); /* NaN in every type: what lies between elements must not be read */
    return (placed){begin - low * size, begin, bytes, row, col};
}

enum { MATRIX_VARIANTS = 17 };

static void spoil_matrix(reg_case *c, const reg_argument *a, info_matrix *m, int32_t variant)
{
    const int64_t huge = INT64_MAX;
    switch (variant) {
    case 2:
        m->data = NULL;
        reg_spoil(c, a, true, INFO_ERROR_NULL, "data NULL");
        break;
    case 3:
        m->rows = 0;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "rows 0");
        break;
    case 4:
        m->rows = -1;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "rows -1");
        break;
    case 5:
        m->cols = 0;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "cols 0");
        break;
    case 6:
        m->cols = -1;
        reg_spoil(c, a, true, INFO_ERROR_SIZE, "cols -1");
        break;
    case 7:
        m->rows = huge;
        m->row_stride = m->cols;
        reg_spoil(c, a, true, 0, "rows 2^63-1");
        break;
    case 8:
        m->cols = huge;
        m->col_stride = 1;
        reg_spoil(c, a, true, 0, "cols 2^63-1");
        break;
    case 9:
        m->rows = m->cols = (int64_t)1 << 32;
        m->row_stride = m->cols;
        reg_spoil(c, a, true, 0, "2^32 x 2^32");
        break;
    case 10:
        m->dtype = 4;
        reg_spoil(c, a, true, INFO_ERROR_TYPE, "dtype 4");
        break;
    case 11:
        m->dtype = -1;
        reg_spoil(c, a, true, INFO_ERROR_TYPE, "dtype -1");
        break;
    case 12:
        m->reserved = 1;
        reg_spoil(c, a, !a->as_table, INFO_ERROR_OPTION, "reserved 1");
        break;
    case 13:
        m->row_stride = huge;
        reg_spoil(c, a, m->rows > 1, 0, "row_stride 2^63-1");
        break;
    case 14:
        m->col_stride = INT64_MIN;
        reg_spoil(c, a, m->cols > 1, 0, "col_stride -2^63");
        break;
    case 15:
        m->data = (const char *)m->data + 1;
        reg_spoil(c, a, true, INFO_ERROR_ALIGNMENT, "data misaligned");
        break;
    case 16: /* when fuzzing, outputs one too short would suffice for it */
        m->rows -= m->rows > 1 && !c->plan.bytes;
        reg_spoil(c, a, false, 0, "a row less");
        break;
    default:
        m->cols -= m->cols > 1 && !c->plan.bytes;
        reg_spoil(c, a, false, 0, "a column less");
        break;
    }
}

const info_matrix *reg_matrix(reg_case *c, const char *name, int content, int64_t rows, int64_t cols)
{
    fenv_t environment;
    leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_MATRIX, MATRIX_VARIANTS, rows * cols);
    a->optional = (content & REG_OPTIONAL) != 0;
    a->as_table = (content & REG_AS_TABLE) != 0;
    a->dtype = c->plan.bytes ? (info_dtype)draw(c, 4) : c->plan.dtype;
    const int32_t layout = c->plan.bytes ? (int32_t)draw(c, REG_LAYOUTS) : c->plan.layout;
    const bool equal_rows = c->plan.equal_rows || layout == REG_BROADCAST;
    const placed p = place(c, a, rows, cols, info_dtype_size(a->dtype), layout);
    info_matrix *m = &c->views[index_of(c, a)];
    *m = (info_matrix){p.data, rows, cols, p.row_stride, p.col_stride, a->dtype, 0};

    double *values = reg_content(seed_of(c, a), content, rows, cols, equal_rows);
    patch(c, a, values);
    const info_matrix_out write = {p.data, rows, cols, p.row_stride, p.col_stride, a->dtype, 0};
    for (int64_t i = 0; i < rows; i++)
        info_i_put_row_f64(&write, i, 0, cols, values + i * cols);
    free(values);
    reg_remember(a, p.low, p.bytes);

    const info_matrix *given = m;
    const int32_t variant = reg_variant(c, a);
    if (variant == 1) {
        given = NULL;
        reg_spoil(c, a, !a->optional, INFO_ERROR_NULL, "NULL");
    } else if (variant > 1) {
        spoil_matrix(c, a, m, variant);
    }
    enter_library(&environment);
    return given;
}

/* ---- Plain arrays and numbers --------------------------------------------- */

static const void *array(reg_case *c, reg_argument *a, const void *given)
{
    if (reg_variant(c, a) == 1) {
        reg_spoil(c, a, !a->optional, INFO_ERROR_NULL, "NULL");
        return NULL;
    }
    return given;
}

const double *reg_vector(reg_case *c, const char *name, int content, int64_t count)
{
    fenv_t environment;
    leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_VECTOR, 1, count);
    a->optional = (content & REG_OPTIONAL) != 0;
    double *values = reg_content(seed_of(c, a), content, 1, count, false), *copy;
    patch(c, a, values);
    copy = slot(c, a, (size_t)count * sizeof *values);
    memcpy(copy, values, (size_t)count * sizeof *values);
    free(values);
    reg_remember(a, copy, (size_t)count * sizeof *copy);
    const double *given = array(c, a, copy);
    enter_library(&environment);
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
    if (c->plan.bytes && draw(c, 32) == 31)
        return special_integer((int32_t)draw(c, REG_SPECIALS), low, high);
    if (!c->plan.bytes && c->plan.argument == index_of(c, a) && c->plan.variant == 0 && c->plan.position == i) {
        const int64_t value = special_integer(c->plan.special, low, high);
        snprintf(c->spoiled, sizeof c->spoiled, "%s: %lld at position %lld", a->name, (long long)value, (long long)i);
        return value;
    }
    return low + (int64_t)(reg_mix(seed ^ reg_mix((uint64_t)i)) % (uint64_t)(high - low));
}

const int64_t *reg_integers(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high)
{
    fenv_t environment;
    leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_INTEGERS, 1, count);
    int64_t *values = slot(c, a, (size_t)count * sizeof *values);
    const uint64_t seed = seed_of(c, a);
    for (int64_t i = 0; i < count; i++)
        values[i] = integer(c, a, seed, i, low, high);
    reg_remember(a, values, (size_t)count * sizeof *values);
    const int64_t *given = array(c, a, values);
    enter_library(&environment);
    return given;
}

const int32_t *reg_integers32(reg_case *c, const char *name, int64_t count, int32_t low, int32_t high)
{
    fenv_t environment;
    leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_INTEGERS32, 1, count);
    int32_t *values = slot(c, a, (size_t)count * sizeof *values);
    const uint64_t seed = seed_of(c, a);
    for (int64_t i = 0; i < count; i++) {
        const int64_t value = integer(c, a, seed, i, low, high);
        values[i] = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
    }
    reg_remember(a, values, (size_t)count * sizeof *values);
    const int32_t *given = array(c, a, values);
    enter_library(&environment);
    return given;
}

const void *reg_bytes(reg_case *c, const char *name, const void *bytes, int64_t count)
{
    fenv_t environment;
    leave_library(&environment);
    reg_argument *a = reg_new_argument(c, name, REG_BYTES, 1, 0);
    void *copy = slot(c, a, (size_t)count);
    memcpy(copy, bytes, (size_t)count);
    reg_remember(a, copy, (size_t)count);
    const void *given = array(c, a, copy);
    enter_library(&environment);
    return given;
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

/* ---- Options --------------------------------------------------------------- */

void reg_keep_field(reg_case *c, size_t offset, size_t bytes)
{
    c->keep[c->keeps].offset = offset;
    c->keep[c->keeps++].bytes = bytes;
}

static void overwrite(const reg_case *c, char *options, size_t offset, const void *value, size_t bytes)
{
    for (int32_t i = 0; i < c->keeps; i++)
        if (offset < c->keep[i].offset + c->keep[i].bytes && c->keep[i].offset < offset + bytes)
            return;
    memcpy(options + offset, value, bytes);
}

enum { OPTIONS_FIXED = 7, WORDS = 5, REALS = 6 };

const void *reg_options(reg_case *c, const void *options, size_t size)
{
    static const int32_t words[WORDS] = {-1, INT32_MAX, INT32_MIN, 77, 1};
    static const double reals[REALS] = {__builtin_nan(""), __builtin_inf(), -1.0, 1e308, 1e-300, 0.5};
    fenv_t environment;
    leave_library(&environment);
    const int32_t word_count = (int32_t)(size / 4 - 1), real_count = (int32_t)(size / 8 - 1);
    reg_argument *a = reg_new_argument(c, "options", REG_OPTIONS, OPTIONS_FIXED + word_count * WORDS + real_count * REALS, 0);
    const int32_t variant = reg_variant(c, a);
    const size_t tail = variant == 5 || variant == 6 ? 16 : 0;
    char *copy = slot(c, a, size + tail);
    memset(copy, 0, size + tail);
    memcpy(copy, options, size);
    uint32_t struct_size = (uint32_t)(size + tail);
    bool null = false;
    switch (variant) {
    case 0:
        break;
    case 1:
        null = true;
        reg_spoil(c, a, false, 0, "NULL");
        break;
    case 2:
    case 3:
        struct_size = variant == 2 ? 0 : 3;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 0 or 3");
        break;
    case 4:
        struct_size = 4;
        reg_spoil(c, a, false, 0, "struct_size 4");
        break;
    case 5:
        reg_spoil(c, a, false, 0, "a longer struct, zero beyond");
        break;
    case 6:
        copy[size + 5] = 1;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "a longer struct with something beyond");
        break;
    case 7:
        struct_size = UINT32_MAX;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 2^32-1");
        break;
    default: {
        char how[64];
        const int32_t w = variant - OPTIONS_FIXED - 1, r = w - word_count * WORDS;
        const size_t offset = r < 0 ? 4 + 4 * (size_t)(w / WORDS) : 8 + 8 * (size_t)(r / REALS);
        if (r < 0) {
            overwrite(c, copy, offset, &words[w % WORDS], sizeof words[0]);
            snprintf(how, sizeof how, "%d at byte %zu", (int)words[w % WORDS], offset);
        } else {
            overwrite(c, copy, offset, &reals[r % REALS], sizeof reals[0]);
            snprintf(how, sizeof how, "%g at byte %zu", reals[r % REALS], offset);
        }
        reg_spoil(c, a, false, 0, how);
    }
    }
    memcpy(copy, &struct_size, sizeof struct_size);
    reg_remember(a, copy, size + tail);
    enter_library(&environment);
    return null ? NULL : copy;
}
