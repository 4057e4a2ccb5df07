/* SPDX-License-Identifier: MIT
 *
 * info/base.h: what every other header of libinfo stands on.
 *
 *   1. versions and the build's configuration
 *   2. status codes
 *   3. element types and matrix views
 *   4. options structs
 *   5. contexts: memory, threads, progress, cancellation, messages
 *   6. DLPack tensors as views                7. the process around the library
 *
 * The idea that carries the whole API: a distribution is a row, a batch of
 * distributions is a matrix, and a measure gives one double per row.
 *
 * Conventions, valid everywhere unless a function says otherwise:
 *   - Every function that can fail returns an info_status: 0 is success, a
 *     positive number is success with something to know, a negative number is
 *     an error. After an error the outputs are as they were before the call.
 *   - ctx may be NULL: the call is then serial, takes its scratch memory from
 *     malloc, and leaves no message.
 *   - options may be NULL: every option then has its default.
 *   - Inputs are borrowed for the call and never written. Outputs are memory of
 *     the caller, whose length is passed and checked. An output that shares a
 *     byte with an input or with another output is INFO_ERROR_OVERLAP; one that
 *     begins where an input ends is not. What lies between the elements of a
 *     view with strides counts as the view's.
 *   - Functions may be called from any thread; a context serves one thread at a
 *     time (a second one is told INFO_ERROR_BUSY).
 *   - Nothing is printed, no signal is raised, the library starts no thread but the
 *     workers a context asks for (section 7 tells of OpenBLAS's), and the floating-
 *     point environment, locale and signal mask of the caller are left as found.
 */
#ifndef INFO_BASE_H
#define INFO_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Define it before the first header where declarations must stand alone, as for parsers of FFIs. */
#ifndef INFO_API
#if defined(__GNUC__)
#define INFO_API __attribute__((visibility("default")))
#else
#define INFO_API
#endif
#endif

/* ---- 1. Versions -------------------------------------------------------- */

/** Version of this header. The functions below tell the version of the library
 *  that was loaded. */
#define INFO_VERSION_MAJOR 0
#define INFO_VERSION_MINOR 1
#define INFO_VERSION_PATCH 0

/** Version of the binary interface; the number in the shared library's soname. */
#define INFO_ABI_VERSION 0

/** major * 1000000 + minor * 1000 + patch of the loaded library. */
INFO_API int64_t info_version(void);

/** "major.minor.patch" of the loaded library. Static storage. */
INFO_API const char *info_version_string(void);

/** The binary interface's version of the loaded library. */
INFO_API int64_t info_abi_version(void);

/** One line about how the library was built and what it runs on: backend and
 *  its version, compiler, instruction sets compiled in and the one in use.
 *  Static storage, never NULL. Thread-safe. */
INFO_API const char *info_build_config(void);

/** Looks up any public constant by name, for bindings that cannot read C
 *  headers: info_constant("INFO_F32", &v).
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OPTION for an unknown name.
 *          Thread-safe. */
INFO_API int32_t info_constant(const char *name, int64_t *value);

/** 1: the library has all functions. 0: it was built with -Dlinalg=none, and has
 *  the core: base.h, decoding.h, distribution.h, evaluation.h, joint.h, lm.h,
 *  shard.h, states.h and token.h; the other headers are not installed. For a
 *  core `pkg-config --cflags libinfo` defines it; info_constant() tells it of
 *  the library that was loaded. */
#ifndef INFO_LINALG
#define INFO_LINALG 1
#endif

/* ---- 2. Status ---------------------------------------------------------- */

/** Outcome of a call. Numbers are pinned and never reused. */
typedef int32_t info_status;

#define INFO_OK 0
/* Positive: there is a result, and something to know about it. */
#define INFO_CANCELED 1      /* stopped by the caller; outputs untouched unless documented */
#define INFO_NOT_CONVERGED 2 /* iteration limit reached; value and bounds are usable */
#define INFO_LOCAL_OPTIMUM 3 /* only a local optimum can be promised */
#define INFO_INVALID_ROWS 4  /* some rows had no valid value: NaN there, see info_ctx_invalid_rows() */
/* Negative: an error; the outputs are untouched. */
#define INFO_ERROR_NULL (-1)         /* a required pointer is NULL */
#define INFO_ERROR_SIZE (-2)         /* a size is zero, negative, too large for the work, or does not fit another */
#define INFO_ERROR_OVERFLOW (-3)     /* a product of sizes or strides exceeds what can be addressed */
#define INFO_ERROR_TYPE (-4)         /* unknown or unsupported element type */
#define INFO_ERROR_ALIGNMENT (-5)    /* data not aligned to its element type */
#define INFO_ERROR_OPTION (-6)       /* unknown or out-of-range option, or an options struct from the future */
#define INFO_ERROR_DOMAIN (-7)       /* a value outside the domain: NaN, infinity, negative probability */
#define INFO_ERROR_SUM (-8)          /* probabilities that do not sum to 1 */
#define INFO_ERROR_OUTPUT (-9)       /* the output is too small */
#define INFO_ERROR_OVERLAP (-10)     /* an output overlaps an input or another output */
#define INFO_ERROR_TARGET (-11)      /* a target or index out of range */
#define INFO_ERROR_MEMORY (-12)      /* memory could not be had */
#define INFO_ERROR_BUSY (-13)        /* the context is in use by another call */
#define INFO_ERROR_BACKEND (-14)     /* the linear algebra below failed or returned nonsense */
#define INFO_ERROR_UNSUPPORTED (-15) /* not in this build or on this machine */
#define INFO_ERROR_INFEASIBLE (-16)  /* no solution meets the constraint asked for */
#define INFO_ERROR_FORMAT (-17)      /* serialized data that is not ours */
#define INFO_ERROR_TRUNCATED (-18)   /* serialized data that ends too early */
#define INFO_ERROR_CORRUPT (-19)     /* serialized data damaged since it was saved */
#define INFO_ERROR_NEWER (-20)       /* serialized data of a later version of the format */
#define INFO_ERROR_MISMATCH (-21)    /* parts of different evaluations, or arrays other than before */
#define INFO_ERROR_SHARD (-22)       /* a shard twice, or one missing */

/** What a status means, in a few words: "output too small". Static storage,
 *  never NULL. Thread-safe. */
INFO_API const char *info_status_text(info_status status);

/** Its name: "INFO_ERROR_OUTPUT". Static storage, never NULL. Thread-safe. */
INFO_API const char *info_status_name(info_status status);

/* ---- 3. Matrices -------------------------------------------------------- */

/** Element type. */
typedef int32_t info_dtype;
#define INFO_F64 0
#define INFO_F32 1
#define INFO_F16 2  /* IEEE 754 binary16 */
#define INFO_BF16 3 /* bfloat16: the upper half of a binary32 */

/** Bytes of one element, or 0 for an unknown type. Thread-safe. */
INFO_API int64_t info_dtype_size(info_dtype dtype);

/** A borrowed, read-only view: element (i, j) is at
 *  data + (i * row_stride + j * col_stride) elements. Strides count elements and
 *  may be 0 (broadcast) or negative (data then points at element (0, 0), not at
 *  the lowest address). A vector is a matrix of one row. */
typedef struct info_matrix {
    const void *data;
    int64_t rows;
    int64_t cols;
    int64_t row_stride;
    int64_t col_stride;
    info_dtype dtype;
    int32_t reserved; /* 0 */
} info_matrix;

/** A writable view, laid out like info_matrix. */
typedef struct info_matrix_out {
    void *data;
    int64_t rows;
    int64_t cols;
    int64_t row_stride;
    int64_t col_stride;
    info_dtype dtype;
    int32_t reserved; /* 0 */
} info_matrix_out;

/** Fills in a row-major (C order) view without gaps.
 *
 *  \return INFO_OK; INFO_ERROR_NULL (view or data); INFO_ERROR_TYPE;
 *          INFO_ERROR_SIZE (rows or cols < 1); INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERLAP (view lies in data).
 *          Thread-safe. */
INFO_API info_status info_matrix_init(info_matrix *view, const void *data, int64_t rows, int64_t cols,
                                      info_dtype dtype);

/* ---- Vocabulary shared by the families ---------------------------------- */

/** Type of integers: of targets, tokens and symbols. */
typedef int32_t info_integer;
#define INFO_INT64 0
#define INFO_INT32 1
#define INFO_INT16 2
#define INFO_INT8 3
#define INFO_UINT32 4
#define INFO_UINT16 5
#define INFO_UINT8 6

/** What the numbers of an input are. Declared, never guessed. */
typedef int32_t info_kind;
#define INFO_PROBABILITIES 0     /* >= 0, sum 1 */
#define INFO_LOG_PROBABILITIES 1 /* natural logarithms of probabilities; -inf is probability 0 */
#define INFO_LOGITS 2            /* any finite number or -inf; normalized by log-sum-exp */
#define INFO_COUNTS 3            /* >= 0, any positive finite sum; normalized by their sum */

/** Unit of information, applied once, to the result. */
typedef int32_t info_unit;
#define INFO_NAT 0
#define INFO_BIT 1 /* shannon */
#define INFO_DIT 2 /* ban, hartley */

/** What happens to a batch when one of its rows has no valid value. */
typedef int32_t info_invalid;
#define INFO_INVALID_DEFAULT 0 /* the family's default, named in its header */
#define INFO_INVALID_ERROR 1   /* the call fails and names the first such row */
#define INFO_INVALID_NAN 2     /* NaN for that row, the others computed; INFO_INVALID_ROWS is returned */

/* ---- 4. Options structs -------------------------------------------------
 *
 * One struct per family of functions. Its first field is struct_size, which the caller sets to sizeof the struct it was
 * compiled with; a zero means default in every other field. A size at which a field ends is an older struct, whose other
 * fields are zero. One above the library's by up to 256 bytes, a multiple of 4, is a newer struct: what the library does
 * not know must be zero. Any other size, and any option that is not known, is INFO_ERROR_OPTION with a text that says
 * which. Nothing behind struct_size bytes is read. */

/* ---- 5. Contexts -------------------------------------------------------- */

/** Instruction sets of the row kernels. */
typedef int32_t info_cpu;
#define INFO_CPU_BEST 0   /* the best this machine and build have */
#define INFO_CPU_C 1      /* plain C */
#define INFO_CPU_AVX2 2   /* x86-64 with AVX2, FMA and F16C */
#define INFO_CPU_AVX512 3 /* x86-64 with AVX-512 F, BW, DQ and VL */

/** Scratch memory, workers, progress and messages of a series of calls. */
typedef struct info_ctx info_ctx;

/** Returns size bytes aligned to alignment (a power of two), or NULL. Called
 *  on the thread that calls the library, never on workers. */
typedef void *(*info_alloc_fn)(void *user, size_t size, size_t alignment);

/** Releases what info_alloc_fn gave. */
typedef void (*info_free_fn)(void *user, void *memory);

/** Told now and then, on the calling thread, what fraction (0 to 1) of the call
 *  is done: it never falls, and is 1 once, at the end of a call that was told of at all and has results. Returns 0 to
 *  go on; anything else cancels the call, unless it has ended. Must not call into the same
 *  context except info_ctx_cancel(), and must return: see section 7. */
typedef int32_t (*info_progress_fn)(void *user, double fraction);

typedef struct info_ctx_options {
    uint32_t struct_size; /* sizeof(info_ctx_options) */
    int32_t threads;      /* threads a call may use, the calling one included; 0 means 1 */
    info_cpu cpu;         /* highest instruction set to use; 0 means the best there is */
    int32_t reserved;     /* 0 */
    info_alloc_fn alloc;  /* NULL: the C library; give both or none */
    info_free_fn free;
    void *alloc_user;
    info_progress_fn progress; /* NULL: none */
    void *progress_user;
} info_ctx_options;

/** Makes a context. Its memory comes from options->alloc if given.
 *
 *  \return INFO_OK; INFO_ERROR_NULL (out); INFO_ERROR_OPTION (threads outside
 *          0..1024, unknown cpu, one of alloc and free without the other,
 *          reserved not 0, a struct from the future); INFO_ERROR_UNSUPPORTED (an
 *          instruction set this machine or build lacks); INFO_ERROR_MEMORY; in
 *          the last case also when a worker thread cannot be started. */
INFO_API info_status info_ctx_create(const info_ctx_options *options, info_ctx **out);

/** Ends the context's workers and gives back all its memory. NULL is fine.
 *  No call may be using it. */
INFO_API void info_ctx_destroy(info_ctx *ctx);

/** Text of the last call's outcome: which argument, what was given, what is
 *  allowed. "" after INFO_OK. Valid until the next call with this context. */
INFO_API const char *info_ctx_message(const info_ctx *ctx);

/** Number of rows without a valid value in the last call (INFO_INVALID_NAN). */
INFO_API int64_t info_ctx_invalid_rows(const info_ctx *ctx);

/** Asks the call in progress to stop; it returns INFO_CANCELED soon. Without a
 *  call in progress it does nothing. Safe from any thread and signal handler. */
INFO_API void info_ctx_cancel(info_ctx *ctx);

/** Bytes of scratch memory the context holds. They are kept between calls, so
 *  that a repeated call allocates nothing. */
INFO_API int64_t info_ctx_scratch_bytes(const info_ctx *ctx);

/** Gives the scratch memory back. INFO_OK; INFO_ERROR_NULL; INFO_ERROR_BUSY. */
INFO_API info_status info_ctx_trim(info_ctx *ctx);

/** Instruction set that the context's calls use (never INFO_CPU_BEST).
 *  ctx NULL: the best of this machine and build. */
INFO_API info_cpu info_ctx_cpu(const info_ctx *ctx);

/** Threads a call of this context may use, at least 1. */
INFO_API int32_t info_ctx_threads(const info_ctx *ctx);

/* ---- 6. DLPack ---------------------------------------------------------- */

/** The layout of DLTensor (DLPack 0.x and 1.x, the struct inside DLManagedTensor
 *  and DLManagedTensorVersioned), declared here so that there is no dependency:
 *  pass a `DLTensor *` cast to this type. */
typedef struct info_dlpack_tensor {
    void *data;
    int32_t device_type; /* 1 (CPU), 3 (CUDA host) and 11 (ROCm host) can be read */
    int32_t device_id;
    int32_t ndim;
    uint8_t type_code; /* 2 float, 4 bfloat */
    uint8_t type_bits;
    uint16_t type_lanes;
    const int64_t *shape;
    const int64_t *strides; /* NULL: row-major without gaps */
    uint64_t byte_offset;
} info_dlpack_tensor;

/** Views a tensor as a matrix: the last axis becomes the columns, all others
 *  the rows, which their strides must allow without a copy. A vector becomes
 *  one row, a scalar a 1 x 1 matrix.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_UNSUPPORTED (a device whose
 *          memory the CPU cannot read, leading axes that have no common
 *          stride); INFO_ERROR_TYPE; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERLAP (out lies in the tensor's
 *          data). Thread-safe. */
INFO_API info_status info_matrix_from_dlpack(info_ctx *ctx, const info_dlpack_tensor *tensor, info_matrix *out);

/* ---- 7. The process around the library ----------------------------------
 *
 * OpenBLAS, where the linear algebra is its, is loaded with the library. In its
 * flavor of pthreads it then starts threads of its own, before any call: one for
 * each processor, or OPENBLAS_NUM_THREADS, the calling one included. It takes
 * buffers of tens of MB for each, of which info_ctx_options.alloc is not asked,
 * and where the system refuses them (RLIMIT_AS) it may end the process or not
 * return. OPENBLAS_NUM_THREADS=1 keeps its threads away; a build with
 * -Dlinalg=reference or none does without OpenBLAS.
 *
 * A fork waits until no call of the library is within OpenBLAS. The child can
 * compute with contexts of its own, and with those that no call was using, which
 * have one thread there. Over OpenBLAS's flavor of OpenMP, BLAS has one thread
 * in the child, and results have the bits of one thread.
 *
 * A progress callback must return: one that is left by longjmp() or an exception
 * leaves its context busy for good and the floating-point environment changed.
 *
 * info_ctx_cancel() waits for a decomposition of one matrix within OpenBLAS,
 * which is not interrupted; docs/ARCHITECTURE.md says how long they take. */

#ifdef __cplusplus
}
#endif

#endif
