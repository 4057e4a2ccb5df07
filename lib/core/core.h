/* SPDX-License-Identifier: MIT
 *
 * core.h: what every call into the library is made of. It knows no mathematics.
 *
 * A public function opens a call, works with the context the call holds (never
 * NULL), and closes it:
 *
 *     info_status info_thing(info_ctx *user_ctx, ...)
 *     {
 *         info_i_call call;
 *         info_status status = info_i_begin(&call, user_ctx);
 *         if (status == INFO_OK)
 *             status = thing(call.ctx, ...);
 *         return info_i_end(&call, status);
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
    struct info_i_pool *pool; /* NULL when threads == 1 */
    info_i_block *blocks;     /* scratch memory, newest first */
    int32_t threads;
    const info_i_kernels *kernels; /* of the instruction set that was chosen, for all code */
    atomic_int busy;
    atomic_int cancel;
    int64_t invalid_rows;
    info_i_error error;
};

typedef struct info_i_call {
    info_ctx *ctx;        /* the caller's, or &local */
    uint64_t environment; /* floating-point control state of the caller */
    info_ctx local;
} info_i_call;

info_status info_i_begin(info_i_call *call, info_ctx *ctx);
info_status info_i_end(info_i_call *call, info_status status);

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

/* ---- Arguments ---------------------------------------------------------- */

/* Each records a text that starts with the argument's name and returns its status. */
info_status info_i_check_pointer(info_i_error *error, const char *name, const void *pointer);
info_status info_i_check_matrix(info_i_error *error, const char *name, const info_matrix *matrix);
info_status info_i_check_matrix_out(info_i_error *error, const char *name, const info_matrix_out *matrix);

/* info_matrix_from_dlpack() without the call around it. */
info_status info_i_matrix_from_dlpack(info_i_error *error, const info_dlpack_tensor *tensor, info_matrix *out);

/* A contiguous output of length elements, of which needed will be written. */
info_status info_i_check_output(info_i_error *error, const char *name, const void *out, int64_t length, int64_t needed);

/* INFO_ERROR_OVERLAP if [out, out + bytes) touches an element of the input. */
info_status info_i_check_overlap(info_i_error *error, const char *name, const void *out, int64_t bytes,
                                 const char *input_name, const info_matrix *input);

/* An option that must lie in first..last. */
info_status info_i_check_option(info_i_error *error, const char *name, int64_t value, int64_t first, int64_t last);
/* The same for several; the list ends with an entry without name. */
typedef struct info_i_allowed {
    const char *name;
    int64_t value, first, last;
} info_i_allowed;
info_status info_i_check_options(info_i_error *error, const info_i_allowed *options);

/* Copies the caller's options struct (NULL: all zero) into ours of size bytes,
 * as far as both know it. Both start with uint32_t struct_size. */
info_status info_i_options(info_i_error *error, void *options, size_t size, const void *given);

/* Lowest and one-past-highest byte that a view touches. */
void info_i_matrix_extent(const info_matrix *matrix, const char **low, const char **high);

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

/* For serial work: reports the fraction done; INFO_CANCELED if the caller wants to stop. */
info_status info_i_progress(info_ctx *ctx, double fraction);

/* ---- Processor ---------------------------------------------------------- */

/* Best instruction set of this machine and build. */
info_cpu info_i_cpu_best(void);

/* Puts the default floating-point environment in force (round to nearest,
 * subnormals kept, no traps) and returns what was; and puts that back. */
uint64_t info_i_environment_enter(void);
void info_i_environment_leave(uint64_t environment);

#endif
