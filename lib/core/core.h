/* SPDX-License-Identifier: MIT
 *
 * core.h: what every call into the library is made of. It knows no mathematics.
 *
 * A public function is one call of the function that does the work, which gets a
 * context that is never NULL, checks its arguments in a list, and has one exit
 * before it uses them:
 *
 *     info_status info_thing(info_ctx *ctx, const info_matrix *x, const info_thing_options *options, double *out,
 *                            int64_t out_len)
 *     {
 *         return INFO_I_CALL(ctx, thing(ctx, x, options, out, out_len));
 *     }
 *
 *     static info_status thing(info_ctx *ctx, ...)
 *     {
 *         info_i_error *error = &ctx->error;
 *         info_thing_options o;
 *         info_i_options(error, info_thing_options, "options", &o, options);
 *         info_i_check_option(error, "options.unit", o.unit, INFO_NAT, INFO_DIT);
 *         info_i_check_real(error, "options.order", o.order, 0, INFINITY, INFO_I_CLOSED);
 *         info_i_check_matrix(error, "x", x);
 *         info_i_check(error, x->rows > 1, INFO_ERROR_SIZE, "x: has one row; at least 2 are needed");
 *         info_i_check_output(error, "out", out, out_len, x->rows);
 *         info_i_check_spans(error, (info_i_span[]){{"out", out, x->rows * 8}, {0}},
 *                            (info_i_span[]){info_i_matrix_span("x", x), {0}});
 *         if (error->status != INFO_OK)
 *             return error->status;
 *         ...
 *     }
 */
#ifndef INFO_I_CORE_H
#define INFO_I_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "info/base.h"
#include "kernels/kernels.h"

/* ---- Errors ------------------------------------------------------------- */

/* Where a failure is told. Every context has one; so has every worker of a
 * parallel loop, which merges them so that the first item in order wins. */
typedef struct info_i_error {
    info_status status;
    char text[372];
} info_i_error;

/* Records a failure (printf-like text) and returns status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
info_status
info_i_fail(info_i_error *error, info_status status, const char *format, ...);

/* A double as text for a message: shortest of %.6g / %.17g that reads back, with a '.' in any locale. */
typedef struct info_i_number {
    char text[32];
} info_i_number;
info_i_number info_i_number_text(double value);

/* ---- Contexts and calls ------------------------------------------------- */

#define INFO_I_ALIGNMENT 64
#define INFO_I_MAX_THREADS 1024

typedef struct info_i_block {
    struct info_i_block *next;
    size_t size; /* bytes behind the header */
    size_t used;
} info_i_block;

struct info_i_pool;

struct info_ctx {
    info_alloc_fn alloc;
    info_free_fn free;
    void *alloc_user;
    info_progress_fn progress;
    void *progress_user;
    double phase_from, phase_to, told; /* what fractions mean; the last that was reported, below 0 if none */
    struct info_i_pool *pool;          /* NULL when threads == 1 */
    info_i_block *blocks;              /* scratch memory, newest first */
    int32_t threads;
    const info_i_kernels *kernels; /* of the instruction set that was chosen, for all code */
    atomic_int busy;
    atomic_int cancel;
    int64_t invalid_rows;
    info_i_error error;
};

typedef struct info_i_call {
    info_ctx *ctx;         /* the caller's, or &local; NULL while another call holds the caller's */
    int32_t inner_threads; /* what was */
    uint64_t environment;  /* floating-point control state of the caller */
    info_ctx local;
} info_i_call;

/* The context the work gets, or NULL if the caller's is busy; and the end of the call, whose status it returns. */
info_ctx *info_i_begin(info_i_call *call, info_ctx *ctx);
info_status info_i_end(info_i_call *call, info_status status);

/* All that a public function does: the work, with ctx (an argument of the function) the context of the call. */
#define INFO_I_CALL(ctx, work)                                                                                         \
    __extension__({                                                                                                    \
        info_i_call info_i_the_call;                                                                                   \
        (ctx) = info_i_begin(&info_i_the_call, (ctx));                                                                 \
        info_i_end(&info_i_the_call, (ctx) ? (work) : INFO_ERROR_BUSY);                                                \
    })

/* Threads that the linear algebra below may use for the thread that asks: those of the context within a call, 1 inside
 * its parallel loops and on its workers. The one thread-local number of the library; it lives as long as the call. */
int32_t info_i_inner_threads(void);
/* Returns what was. */
int32_t info_i_set_inner_threads(int32_t threads);

/* ---- Scratch memory ----------------------------------------------------- */

/* count * size bytes, aligned to INFO_I_ALIGNMENT, uninitialized, valid to the
 * end of the call; NULL after recording INFO_ERROR_MEMORY or _OVERFLOW (the
 * status is then ctx->error.status). */
void *info_i_scratch(info_ctx *ctx, int64_t count, size_t size);

/* The same, all bytes zero. */
void *info_i_scratch_zero(info_ctx *ctx, int64_t count, size_t size);

/* Position in the scratch memory, to give back all that was taken since. */
typedef struct info_i_mark {
    info_i_block *block;
    size_t used;
} info_i_mark;
info_i_mark info_i_scratch_mark(const info_ctx *ctx);
void info_i_scratch_release(info_ctx *ctx, info_i_mark mark);

/* ---- Sizes -------------------------------------------------------------- */

/* false if the product of two non-negative numbers exceeds int64_t. */
bool info_i_multiply(int64_t a, int64_t b, int64_t *product);
bool info_i_add(int64_t a, int64_t b, int64_t *sum);

/* ---- Arguments -----------------------------------------------------------
 *
 * A check that fails records a text that starts with the argument's name: the
 * whole of it, "options.unit". It returns at once when a failure is recorded
 * already, so that the first one counts. All return error->status. */

/* Anything else that must hold, with the status and the text (printf-like) if it does not. Neither is evaluated after a
 * failure, so that both may rest on the checks before. */
#define info_i_check(error, holds, ...)                                                                                \
    ((error)->status != INFO_OK || (holds) ? (error)->status : info_i_fail(error, __VA_ARGS__))

/* Given, and aligned to what it points to. */
#define info_i_check_pointer(error, name, pointer)                                                                     \
    info_i_check_place(error, name, pointer, _Alignof(__typeof__(*(pointer))))
info_status info_i_check_place(info_i_error *error, const char *name, const void *place, size_t alignment);

info_status info_i_check_matrix(info_i_error *error, const char *name, const info_matrix *matrix);
info_status info_i_check_matrix_out(info_i_error *error, const char *name, const info_matrix_out *matrix);

/* Its sizes; 0 when it is not given, so that the arguments of later checks may ask. */
static inline int64_t info_i_row_count(const info_matrix *matrix)
{
    return matrix ? matrix->rows : 0;
}

static inline int64_t info_i_col_count(const info_matrix *matrix)
{
    return matrix ? matrix->cols : 0;
}

/* An output of the given shape, which is not evaluated after a failure. */
#define info_i_check_shape(error, name, matrix, row_count, col_count)                                                  \
    ((error)->status != INFO_OK ? (error)->status : info_i_check_sizes(error, name, matrix, row_count, col_count))
info_status info_i_check_sizes(info_i_error *error, const char *name, const info_matrix_out *matrix, int64_t rows,
                               int64_t cols);

/* info_matrix_from_dlpack() without the call around it. */
info_status info_i_matrix_from_dlpack(info_i_error *error, const info_dlpack_tensor *tensor, info_matrix *out);

/* A contiguous output of length elements, of which needed will be written; not evaluated after a failure. */
#define info_i_check_output(error, name, out, length, needed)                                                          \
    ((error)->status != INFO_OK ? (error)->status                                                                      \
                                : info_i_check_array(error, name, out, _Alignof(__typeof__(*(out))), length, needed))
info_status info_i_check_array(info_i_error *error, const char *name, const void *out, size_t alignment, int64_t length,
                               int64_t needed);

/* An array of integers of any type: given, of a type that is known, and aligned to it. */
info_status info_i_check_integers(info_i_error *error, const char *name, const void *array, info_integer type);

/* Bytes of an element; 0 for an unknown type. The least and the greatest number that a known one holds. */
int64_t info_i_integer_size(info_integer type);
int64_t info_i_integer_least(info_integer type);
int64_t info_i_integer_most(info_integer type);

/* Element i of an array of a known type. */
static inline int64_t info_i_integer_at(const void *array, info_integer type, int64_t i)
{
    switch (type) {
    case INFO_INT64:
        return ((const int64_t *)array)[i];
    case INFO_INT32:
        return ((const int32_t *)array)[i];
    case INFO_INT16:
        return ((const int16_t *)array)[i];
    case INFO_INT8:
        return ((const int8_t *)array)[i];
    case INFO_UINT32:
        return ((const uint32_t *)array)[i];
    case INFO_UINT16:
        return ((const uint16_t *)array)[i];
    default:
        return ((const uint8_t *)array)[i];
    }
}

/* The bytes from the lowest to the highest that an argument reaches, gaps included; begin is NULL if it is not given. */
typedef struct info_i_span {
    const char *name;
    const void *begin;
    int64_t bytes;
} info_i_span;
info_i_span info_i_matrix_span(const char *name, const info_matrix *matrix);
info_i_span info_i_matrix_out_span(const char *name, const info_matrix_out *matrix);
/* Of an array of count elements. */
info_i_span info_i_array_span(const char *name, const void *array, int64_t count, size_t size);
info_i_span info_i_integers_span(const char *name, const void *array, int64_t count, info_integer type);

/* No output shares a byte with an input or with another output. Both lists end with a span without name; they are not
 * evaluated after a failure. */
#define info_i_check_spans(error, ...)                                                                                 \
    ((error)->status != INFO_OK ? (error)->status : info_i_check_span_lists(error, __VA_ARGS__))
info_status info_i_check_span_lists(info_i_error *error, const info_i_span *outputs, const info_i_span *inputs);

/* An integer that must lie in first..last. */
info_status info_i_check_option(info_i_error *error, const char *name, int64_t value, int64_t first, int64_t last);
/* The same for several; the list ends with an entry without name. */
typedef struct info_i_allowed {
    const char *name;
    int64_t value, first, last;
} info_i_allowed;
info_status info_i_check_options(info_i_error *error, const info_i_allowed *options);

/* A number that must lie between low and high; NaN never does. */
typedef enum info_i_ends { INFO_I_CLOSED, INFO_I_ABOVE_LOW, INFO_I_BELOW_HIGH, INFO_I_OPEN } info_i_ends;
info_status info_i_check_real(info_i_error *error, const char *name, double value, double low, double high,
                              info_i_ends ends);

/* Copies the caller's struct (NULL: all zero) into *own, of the same type, as far as both versions know it. It starts
 * with uint32_t struct_size, which must end with one of its fields. */
#define info_i_options(error, type, name, own, given)                                                                  \
    __extension__({                                                                                                    \
        extern const info_i_layout info_i_layout_of_##type;                                                            \
        type *const info_i_own = (own);                                                                                \
        const type *const info_i_given = (given);                                                                      \
        info_i_copy_struct(error, name, &info_i_layout_of_##type, info_i_own, info_i_given);                           \
    })
/* The same of a struct that must be given. */
#define info_i_required(error, type, name, own, given)                                                                 \
    __extension__({                                                                                                    \
        info_i_check_pointer(error, name, given);                                                                      \
        info_i_options(error, type, name, own, given);                                                                 \
    })
typedef struct info_i_layout {
    size_t size;
    const uint16_t *ends; /* of the fields, in bytes from the start, ascending */
    size_t count;
} info_i_layout;
info_status info_i_copy_struct(info_i_error *error, const char *name, const info_i_layout *layout, void *own,
                               const void *given);

/* ---- Parallel loops ----------------------------------------------------- */

/* Does items begin..end-1. scratch is the worker's own (NULL if none was asked
 * for). Writes only what belongs to its items, so that results do not depend on
 * who did them; a failure goes to error. */
typedef info_status (*info_i_task)(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error);

/* Runs task over 0..items-1 in chunks of grain items (the last may be shorter):
 * chunk boundaries are the same for any number of threads. Reports progress and
 * honors cancellation between chunks. On failure the status and text of the
 * first failing chunk in order are the context's. */
info_status info_i_parallel(info_ctx *ctx, int64_t items, int64_t grain, size_t scratch_bytes, info_i_task task,
                            void *user);

/* For serial work: reports the fraction done; INFO_CANCELED if the caller wants to stop. What the caller is told never
 * falls, and is 1 when the call has ended well and not before. */
info_status info_i_progress(info_ctx *ctx, double fraction);

/* Of a call in several phases: what is reported from here on, 0 to 1, is this part of the whole. */
void info_i_phase(info_ctx *ctx, double from, double to);

/* For long work within a task of a parallel loop, on any thread: whether to return INFO_CANCELED. */
bool info_i_canceled(const info_ctx *ctx);

/* ---- Processor ---------------------------------------------------------- */

/* Best instruction set of this machine and build. */
info_cpu info_i_cpu_best(void);

/* Puts the default floating-point environment in force (round to nearest,
 * subnormals kept, no traps) and returns what was; and puts that back. */
uint64_t info_i_environment_enter(void);
void info_i_environment_leave(uint64_t environment);

#endif
