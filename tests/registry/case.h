/* SPDX-License-Identifier: MIT
 *
 * case.h: the harness's view of a case: the plan it follows and what came of it.
 */
#ifndef TESTS_REGISTRY_CASE_H
#define TESTS_REGISTRY_CASE_H

#include "registry.h"

#define REG_MAX_ARGUMENTS 24
#define REG_TEXT 512

enum reg_argument_kind {
    REG_CTX,
    REG_MATRIX,
    REG_VECTOR,
    REG_INTEGERS,
    REG_INTEGERS32,
    REG_INTEGERS_OF,
    REG_BYTES,
    REG_OPTIONS,
    REG_LENGTH,
    REG_SIZE,
    REG_CHOICE,
    REG_NUMBER,
    REG_OUTPUT,
    REG_MATRIX_OUT,
};

enum reg_environment {
    REG_ENV_DEFAULT,
    REG_ENV_UPWARD,
    REG_ENV_DOWNWARD,
    REG_ENV_TOWARDZERO,
    REG_ENV_FLUSH, /* FTZ and DAZ */
    REG_ENV_TRAPS,
    REG_ENV_X87_SINGLE, /* results of x87 rounded to 24 bits */
    REG_ENVIRONMENTS
};

enum reg_layout {
    REG_CONTIGUOUS,
    REG_AT_END, /* ends where the next page cannot be read; the others start where the one before cannot */
    REG_STRIDE_2,
    REG_TRANSPOSED,
    REG_COLS_BACKWARDS,
    REG_ROWS_BACKWARDS,
    REG_BOTH_BACKWARDS,
    REG_BROADCAST, /* row stride 0: compare with equal_rows */
    REG_OFFSET_1,  /* 1 to 8 elements past a cache line */
    REG_OFFSET_8 = REG_OFFSET_1 + 7,
    REG_LAYOUTS,
    REG_ENDLESS /* not swept: every input is one element, seen as rows of 2^40 */
};

/* Variants of outputs beside the memory of an argument before: REG_BESIDE + REG_SIDES * (its index) + one of these. */
enum { REG_BESIDE = 1000 };
enum reg_side { REG_BEHIND, REG_ON_ITS_END, REG_ON_ITS_BEGINNING, REG_SIDES };

/* The values that every position is given in turn. */
#define REG_SPECIALS 8
extern const double reg_specials[REG_SPECIALS];

typedef struct reg_plan {
    int64_t rows, cols;
    info_dtype dtype;
    int32_t layout;
    bool equal_rows;
    int32_t argument; /* the one to spoil, -1: none */
    int32_t variant;  /* how, 1.. ; 0: by a special value */
    int64_t position; /* of the special value */
    int32_t special;
    int32_t threads;
    info_cpu cpu;
    bool without_ctx;
    info_ctx *ctx; /* use this one (the caller's) */
    info_progress_fn progress;
    void *progress_user;
    int32_t environment;
    const uint8_t *bytes; /* fuzzing: every choice is drawn from these */
    size_t byte_count;
} reg_plan;

typedef struct reg_argument {
    const char *name;
    enum reg_argument_kind kind;
    int32_t variants;  /* ways to spoil it, numbered from 1 */
    int64_t positions; /* places for special values */
    bool optional;
    bool as_table;
    /* memory behind it, and what it held before the call */
    void *memory;
    void *before;
    size_t size;
    bool doubles;
    info_dtype dtype;
    info_matrix_out elements; /* of an output with gaps; data NULL: all of memory */
} reg_argument;

struct reg_case {
    const reg_function *function;
    reg_plan plan;
    size_t byte_next;
    int64_t rows, cols; /* once drawn, for the whole case */
    reg_argument arguments[REG_MAX_ARGUMENTS];
    int32_t count;
    struct {
        size_t offset, bytes;
    } keep[8];
    int32_t keeps;
    /* storage behind the structs handed out */
    info_matrix views[REG_MAX_ARGUMENTS];
    info_matrix_out out_views[REG_MAX_ARGUMENTS];
    info_ctx *ctx;
    bool asked_for_ctx, without_ctx;
    bool must_fail;          /* what was spoiled can only be an error */
    info_status must_status; /* 0: any */
    int32_t spoils;          /* things spoiled; two together may be allowed (no array, of length 0) */
    char spoiled[128];       /* how, in words */
    /* what came of it */
    info_status status;
    char message[REG_TEXT];
    char *result; /* outputs and records, in order */
    size_t result_size;
    uint8_t record[256];
    size_t record_size;
    char failure[REG_TEXT]; /* "" if the call kept its promises */
};

/* A plan for a plain run. */
reg_plan reg_plain(void);

/* Runs the function, checks what every call promises (see failure), frees
 * everything but the result, which reg_end frees. */
void reg_run(reg_case *c, const reg_function *function, const reg_plan *plan);
void reg_end(reg_case *c);

/* The results are the same bits, or within the function's tolerance. */
bool reg_same(const reg_case *a, const reg_case *b, bool bits);

/* ---- Memory of the calls, counted and failing at will ------------------- */

typedef struct reg_memory {
    int64_t fail_at; /* number of the request to refuse, from 1; 0: none */
    bool for_good;   /* and all after it */
    int64_t requests, live;
    bool refused;
    bool armed;      /* in the library, not in the harness */
    int64_t behind;  /* malloc called although there is a context */
    uint32_t levels; /* instruction sets whose kernels were asked for, a bit each */
} reg_memory;
/* volatile: compilers know that malloc() reads and writes no variable of the program, and this one does. */
extern volatile reg_memory reg_allocations;
info_status reg_ctx_make(const reg_plan *plan, info_ctx **out);

/* When the call under test was begun and when it ended, in seconds of a monotonic clock; 0: not yet. */
typedef struct reg_times {
    _Atomic double begun, ended;
} reg_times;
extern reg_times reg_clock;
double reg_now(void);

/* Seconds, stretched by CK_TIMEOUT_MULTIPLIER, as Check's own limits are. */
double reg_patience(double seconds);

/* ---- All functions ------------------------------------------------------ */

int32_t reg_function_count(void);
const reg_function *reg_function_at(int32_t index);

/* One case of a function's drivers from bytes, the first of which chooses the driver. */
void reg_run_bytes(reg_case *c, const char *name, const uint8_t *bytes, size_t count);

#endif
