/* SPDX-License-Identifier: MIT
 * The memory that calls write to, and what drivers say about the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "content.h"

/* Filled with something that is no likely result, to tell what was written. */
enum { BLANK = 0xa5 };

static reg_argument *new_output(reg_case *c, const char *name, enum reg_argument_kind kind, int32_t variants,
                                size_t bytes)
{
    reg_argument *a = reg_new_argument(c, name, kind, variants, 0);
    reg_remember(a, memset(reg_slot(c->count - 1, bytes, true, 0), BLANK, bytes), bytes);
    return a;
}

/* The first input that is in memory, for outputs that overlap it. */
static reg_argument *first_input(reg_case *c)
{
    for (int32_t i = 0; i < c->count; i++)
        if (c->arguments[i].kind == REG_MATRIX || c->arguments[i].kind == REG_VECTOR)
            return &c->arguments[i];
    return NULL;
}

/* Where the output goes that touches the memory of an argument before, by a byte or not at all. */
static void *beside(reg_case *c, reg_argument *a, int32_t variant)
{
    enum { PAGE = 4096 };
    const reg_argument *other = &c->arguments[(variant - REG_BESIDE) / REG_SIDES];
    const uintptr_t begin = (uintptr_t)other->memory, end = begin + other->size;
    uintptr_t place = (end + 7) & ~(uintptr_t)7;
    switch ((variant - REG_BESIDE) % REG_SIDES) {
    case REG_BEHIND:
        if (place % PAGE == 0 || place % PAGE + a->size > PAGE)
            return a->memory; /* no room on the page */
        a->memory = memset((void *)place, BLANK, a->size);
        return a->memory;
    case REG_ON_ITS_END:
        place = (end - 1) & ~(uintptr_t)7;
        break;
    default:
        place = (begin - a->size + 7) & ~(uintptr_t)7;
        place += place + a->size == begin ? 8 : 0;
        break;
    }
    reg_spoil(c, a, true, INFO_ERROR_OVERLAP, other->name);
    return (void *)place;
}

/* Variants: 1 NULL, 2 misaligned, 3 on top of an input, 4.. too short, REG_BESIDE.. beside an argument. */
enum { OUT_NULL = 1, OUT_MISALIGNED, OUT_ON_INPUT, OUT_SHORT };

static void *output(reg_case *c, reg_argument *a, int32_t variant, int64_t *length)
{
    if (variant >= REG_BESIDE)
        return beside(c, a, variant);
    if (variant == OUT_NULL) {
        reg_spoil(c, a, !a->optional, INFO_ERROR_NULL, "NULL");
        return NULL;
    }
    if (variant == OUT_MISALIGNED) {
        reg_spoil(c, a, true, INFO_ERROR_ALIGNMENT, "misaligned");
        return (char *)a->memory + 1;
    }
    if (variant == OUT_ON_INPUT) {
        const reg_argument *input = first_input(c);
        if (!input || c->plan.bytes)
            return a->memory;
        reg_spoil(c, a, true, INFO_ERROR_OVERLAP, "on top of an input");
        return (void *)((uintptr_t)input->memory & ~(uintptr_t)7);
    }
    if (variant >= OUT_SHORT) {
        const int64_t wrong[] = {*length - 1, 0, -1, INT64_MIN};
        *length = wrong[variant - OUT_SHORT];
        reg_spoil(c, a, true, INFO_ERROR_OUTPUT, "too short");
    }
    return a->memory;
}

reg_doubles reg_output(reg_case *c, const char *name, int64_t count)
{
    reg_argument *a = new_output(c, name, REG_OUTPUT, OUT_SHORT + 3, (size_t)count * sizeof(double));
    a->doubles = true;
    int64_t length = count;
    double *data = output(c, a, reg_variant(c, a), &length);
    return (reg_doubles){data, length};
}

reg_doubles reg_optional_output(reg_case *c, const char *name, int64_t count)
{
    reg_argument *a = new_output(c, name, REG_OUTPUT, OUT_SHORT + 3, (size_t)count * sizeof(double));
    a->doubles = true;
    a->optional = true;
    int64_t length = count;
    double *data = output(c, a, reg_variant(c, a), &length);
    return (reg_doubles){data, length};
}

double *reg_output_fixed(reg_case *c, const char *name, int64_t count)
{
    reg_argument *a = new_output(c, name, REG_OUTPUT, OUT_ON_INPUT, (size_t)count * sizeof(double));
    a->doubles = true;
    return output(c, a, reg_variant(c, a), &count);
}

void *reg_output_bytes(reg_case *c, const char *name, int64_t bytes)
{
    reg_argument *a = new_output(c, name, REG_OUTPUT, OUT_MISALIGNED, (size_t)bytes);
    return output(c, a, reg_variant(c, a), &bytes);
}

uint8_t *reg_output_uint8(reg_case *c, const char *name, int64_t count)
{
    reg_argument *a = new_output(c, name, REG_OUTPUT, OUT_NULL, (size_t)count);
    return output(c, a, reg_variant(c, a), &count);
}

static const info_matrix_out *matrix_out(reg_case *c, const char *name, bool optional, int64_t rows, int64_t cols)
{
    /* A result that is good to a tolerance may round to either neighbor in a narrow type. */
    const info_dtype dtype = c->plan.bytes || c->function->tolerance > 0 ? INFO_F64 : c->plan.dtype;
    const int64_t size = info_dtype_size(dtype);
    const bool gaps = c->plan.layout == REG_STRIDE_2 || c->plan.layout == REG_COLS_BACKWARDS;
    const int64_t row = gaps ? 2 * cols + 1 : cols, col = gaps ? 2 : 1;
    const size_t bytes = (size_t)(((rows - 1) * row + (cols - 1) * col + 1) * size);
    reg_argument *a = new_output(c, name, REG_MATRIX_OUT, 10, bytes);
    a->doubles = dtype == INFO_F64;
    a->optional = optional;
    info_matrix_out *m = &c->out_views[c->count - 1];
    *m = (info_matrix_out){a->memory, rows, cols, row, col, dtype, 0};
    a->elements = *m;
    const int32_t variant = reg_variant(c, a);
    if (variant <= 2 || variant >= REG_BESIDE) {
        int64_t length = 0;
        m->data = output(c, a, variant == 2 ? OUT_ON_INPUT : variant, &length);
        a->elements.data = a->memory;
        return variant == 1 ? NULL : m;
    }
    switch (variant) {
    case 3:
        m->data = NULL;
        break;
    case 4:
        m->rows = 0;
        break;
    case 5:
        m->cols = -1;
        break;
    case 6:
        m->rows = m->cols = (int64_t)1 << 32;
        break;
    case 7:
        m->dtype = 4;
        break;
    case 8:
        m->reserved = 1;
        break;
    case 9:
        m->data = (char *)m->data + 1;
        break;
    default:
        m->cols += 1;
        m->col_stride = 0;
        break;
    }
    reg_spoil(c, a, true, 0, "a wrong view");
    return m;
}

const info_matrix_out *reg_matrix_out(reg_case *c, const char *name, int64_t rows, int64_t cols)
{
    return matrix_out(c, name, false, rows, cols);
}

const info_matrix_out *reg_optional_matrix_out(reg_case *c, const char *name, int64_t rows, int64_t cols)
{
    return matrix_out(c, name, true, rows, cols);
}

void reg_record(reg_case *c, const void *value, size_t bytes)
{
    if (c->record_size + bytes > sizeof c->record)
        abort();
    memcpy(c->record + c->record_size, value, bytes);
    c->record_size += bytes;
}

void reg_expect(reg_case *c, bool holds, const char *law)
{
    if (!holds && !c->failure[0])
        snprintf(c->failure, sizeof c->failure, "breaks the law %s", law);
}
