/* SPDX-License-Identifier: MIT
 *
 * registry.h: the one list of public functions, as a driver sees it.
 *
 * A driver calls one public function. It asks the case for every argument, says
 * what the argument is, and returns the status. What the case hands out is the
 * harness's affair: good data for the plain run, then NULLs, wrong sizes, NaN at
 * every position, other strides, other threads, failing memory, fuzzed bytes.
 * README.md shows how to write one.
 */
#ifndef TESTS_REGISTRY_H
#define TESTS_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "info/info.h"

typedef struct reg_case reg_case;

typedef struct reg_function {
    const char *name;                  /* "info_kl" */
    info_status (*drive)(reg_case *c); /* functions without a status return INFO_OK here */
    uint32_t traits;
    double tolerance; /* 0: the same bits for all threads and levels; else relative (BLAS below) */
} reg_function;

#define REG_NAN 1      /* NaN is a documented answer even without INFO_INVALID_ROWS */
#define REG_SLOW 2     /* sweep a sample of the positions only */
#define REG_UNNAMED 4  /* has no context, or its text cannot name an argument */
#define REG_OBJECT 8   /* makes and destroys an object, which takes memory every time */
#define REG_PARTIAL 16 /* a cancel may leave part of the outputs written, as its header says */

/* The family's list, ended by an empty entry; families are listed in meson.build. */

/* What the numbers of an argument are. */
enum reg_content {
    REG_PROBABILITIES, /* rows that sum to 1, some zeros */
    REG_POSITIVE_PROBABILITIES,
    REG_LOG_PROBABILITIES, /* their logarithms, some -inf */
    REG_LOGITS,
    REG_COUNTS,           /* non-negative whole numbers */
    REG_TABLE,            /* probabilities whose sum over the whole matrix is 1 */
    REG_REALS,            /* about normal */
    REG_POSITIVE,         /* in (0, 4) */
    REG_NEGATIVE,         /* in (-4, 0) */
    REG_SYMMETRIC,        /* positive definite, unit diagonal */
    REG_OPTIONAL = 0x100, /* or-ed: NULL is allowed */
    REG_AS_TABLE = 0x200  /* or-ed: passed on as an info_table, which has no reserved field */
};

/* ---- Sizes the harness wants -------------------------------------------- */

int64_t reg_rows(reg_case *c);
int64_t reg_cols(reg_case *c);

/* ---- Arguments ---------------------------------------------------------- */

info_ctx *reg_ctx(reg_case *c);

/* A view; its type and strides are the harness's choice. */
const info_matrix *reg_matrix(reg_case *c, const char *name, int content, int64_t rows, int64_t cols);

/* Contiguous doubles. */
const double *reg_vector(reg_case *c, const char *name, int content, int64_t count);

/* Whole numbers in low..high-1: targets, labels, offsets. */
const int64_t *reg_integers(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high);
const int64_t *reg_optional_integers(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high);
/* The same of a type that the harness chooses, for functions that take any; and the options' field that names it, which
 * the sweep overwrites only where no type can be a longer one. */
const void *reg_integers_of(reg_case *c, const char *name, int64_t count, int64_t low, int64_t high,
                            info_integer *type);
void reg_keep_type(reg_case *c, size_t offset, info_integer type);
const int32_t *reg_integers32(reg_case *c, const char *name, int64_t count, int32_t low, int32_t high);

/* A copy of bytes that are not numbers: a string with its end, a blob, a struct. */
const void *reg_bytes(reg_case *c, const char *name, const void *bytes, int64_t count);
const void *reg_optional_bytes(reg_case *c, const char *name, const void *bytes, int64_t count);

/* A copy of *options, whose struct_size is filled in. Pointer fields (and fields
 * for which any value is a long computation) are named first, so that they are
 * not overwritten by the sweep. */
void reg_keep_field(reg_case *c, size_t offset, size_t bytes);
const void *reg_options(reg_case *c, const void *options, size_t size);
/* The same of a second such struct, by the name of the argument. */
const void *reg_struct(reg_case *c, const char *name, const void *options, size_t size);

/* The length of an array argument; a free size (k, width); an enumerated number; a real one. */
int64_t reg_length(reg_case *c, const char *name, int64_t value);
int64_t reg_size(reg_case *c, const char *name, int64_t value);
int32_t reg_choice(reg_case *c, const char *name, int32_t value);
double reg_number(reg_case *c, const char *name, double value);

/* ---- Outputs ------------------------------------------------------------ */

typedef struct reg_doubles {
    double *data;
    int64_t length; /* to pass as the function's out_len, if it has one */
} reg_doubles;

reg_doubles reg_output(reg_case *c, const char *name, int64_t count);
reg_doubles reg_optional_output(reg_case *c, const char *name, int64_t count);

/* For a function that takes no length: count is fixed by other arguments. */
double *reg_output_fixed(reg_case *c, const char *name, int64_t count);

/* A writable view. */
const info_matrix_out *reg_matrix_out(reg_case *c, const char *name, int64_t rows, int64_t cols);
const info_matrix_out *reg_optional_matrix_out(reg_case *c, const char *name, int64_t rows, int64_t cols);

/* Output that is not doubles: a struct, integers; and bytes, which may lie anywhere. */
void *reg_output_bytes(reg_case *c, const char *name, int64_t bytes);
uint8_t *reg_output_uint8(reg_case *c, const char *name, int64_t count);

/* Something the call gave back otherwise (a return value): compared, like outputs. */
void reg_record(reg_case *c, const void *value, size_t bytes);

/* A law that must hold when the call succeeded: 0 <= H <= log n. */
void reg_expect(reg_case *c, bool holds, const char *law);

#endif
