/* SPDX-License-Identifier: MIT
 *
 * info/states.h: hidden states of a model, for the measures of their spectra (info/spectral.h).
 *
 *   1. how states are prepared: conventions, options
 *   2. sums over states that come in chunks
 *
 * A matrix holds the states of one text: a row is a token, a column a feature. Every element type is widened to
 * f64 before anything is computed. All functions are thread-safe as info/base.h says.
 */
#ifndef INFO_STATES_H
#define INFO_STATES_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Preparation ----------------------------------------------------- */

/** How published work prepares states and what spectrum it takes. */
typedef int32_t info_convention;
/** Rows minus their mean, then scaled to unit length; eigenvalues of the covariance.
 *  Wei, Tan, Li, Wang and Huang 2024 (arXiv:2401.17139), definitions 3.1 and 3.2. */
#define INFO_CONVENTION_DIFF_ERANK 0
/** The matrix as it is; its singular values. Roy and Vetterli 2007 (EUSIPCO). */
#define INFO_CONVENTION_ROY_VETTERLI 1
/** The matrix as it is; its singular values; 1e-7 added to each p_i, as published.
 *  Garrido, Balestriero, Najman and LeCun 2023 (arXiv:2210.02885), equation 1. */
#define INFO_CONVENTION_RANKME 2

/** An answer to yes or no that the convention gives unless the caller does. */
typedef int32_t info_choice;
#define INFO_CHOICE_CONVENTION 0
#define INFO_CHOICE_YES 1
#define INFO_CHOICE_NO 2

/** Which numbers the spectrum is made of. */
typedef int32_t info_spectral_scale;
#define INFO_SCALE_CONVENTION 0
#define INFO_SCALE_COVARIANCE 1      /* eigenvalues of Z^T Z: squares of singular values */
#define INFO_SCALE_SINGULAR_VALUES 2 /* singular values of Z */

/** What a matrix holds. */
typedef int32_t info_spectral_input;
#define INFO_INPUT_STATES 0 /* rows are states */
#define INFO_INPUT_GRAM                                                                                                \
    1 /* a symmetric positive semidefinite matrix whose eigenvalues are the spectrum:
                               a kernel, Gram or covariance matrix, a density matrix */

/** Rows of no direction: zero, or equal to the mean where rows are centered. */
typedef int32_t info_zero_rows;
#define INFO_ZERO_ROWS_DROP 0  /* as if they were not there (only where rows are scaled to unit length) */
#define INFO_ZERO_ROWS_ERROR 1 /* the matrix has no valid value */

typedef struct info_spectral_options {
    uint32_t struct_size; /* sizeof(info_spectral_options) */
    info_convention convention;
    info_choice center;         /* subtract the mean row */
    info_choice normalize_rows; /* scale rows to unit length (after centering) */
    info_spectral_scale scale;
    info_spectral_input input;
    info_zero_rows zero_rows;
    info_unit unit;       /* of results that are information */
    info_invalid invalid; /* matrices without a valid value; default INFO_INVALID_ERROR */
    int32_t reserved;     /* 0 */
    int64_t skip;         /* leading rows (attention sinks) to leave out, before anything else */
    double order;         /* of Renyi's entropy, > 0 up to infinity; 0: 1, Shannon's and von Neumann's */
    double tolerance;     /* relative error of the effective rank that is good enough, at most 0.1; 0: 1e-9 */
} info_spectral_options;

/* ---- 2. States in chunks ------------------------------------------------
 *
 * States beyond memory, or on several machines, are summed a chunk at a time. Sums over states of d columns
 * are plain doubles, to be kept and sent as they are:
 *
 *     [0]                  rows
 *     [1]                  those without a direction, which products leave out
 *     [2]                  1: products are about the mean row; 0: about the origin
 *     [3 .. 3 + d - 1]     the mean row of the states as they are
 *     [3 + d ..]           d x d, symmetric: sum of z z^T over the prepared rows z; only if wanted
 *
 * The products are a covariance, which every function with INFO_INPUT_GRAM takes:
 *
 *     info_matrix covariance = {sums + 3 + d, d, d, d, 1, INFO_F64, 0};
 *
 * Diff-eRank centers rows before it scales them, and so goes through the states twice: first for the mean (sums of
 * 3 + d numbers, merged), then with it for the products. */

/** Sums over a chunk of states.
 *
 *  \param x         the chunk, any number of rows from one on
 *  \param mean      the row to subtract where rows are centered; NULL: the mean of the chunk's own rows, which
 *                   merging makes that of all
 *  \param mean_len  d; 0 for NULL
 *  \param options   how rows are prepared, as in info_spectrum(), NULL: Diff-eRank's convention; unit, invalid,
 *                   order and tolerance are not used
 *  \param out       3 + d doubles: without products; 3 + d + d^2: with them
 *  \param out_len   one of the two
 *  \return INFO_OK; INFO_ERROR_NULL, _SIZE, _TYPE, _ALIGNMENT, _OVERFLOW (x, mean); _OPTION (singular values, a Gram
 *          matrix; products of rows that are centered and scaled without mean; mean where rows are not centered);
 *          _DOMAIN (an element is not finite, squares overflow, a zero row where that is an error);
 *          _OUTPUT, _OVERLAP (out); _MEMORY; INFO_CANCELED.
 *
 *  In f64; the same bits for any number of threads and at every instruction set. Whether a row counts as zero is told
 *  from the largest element of the chunk, see info_spectrum(). Cost: N d^2; memory: 2 d^2 doubles. */
INFO_API info_status info_states_sums(info_ctx *ctx, const info_matrix *x, const double *mean, int64_t mean_len,
                                      const info_spectral_options *options, double *out, int64_t out_len);

/** Sums over the states of all shards: those of the first, to which the others are added in order (Chan, Golub and LeVeque
 *  1979). Chunks of other sizes, or merged in another order, give the same but for rounding in f64.
 *
 *  \param parts    [shards, out_len], all made in the same way; parts of no rows, all zeros, add nothing
 *  \param columns  d
 *  \param out      as in info_states_sums(), and no part
 *  \return INFO_OK; INFO_ERROR_NULL, _SIZE, _ALIGNMENT, _OVERFLOW; _DOMAIN (parts that no chunk has, or made in different ways);
 *          _OUTPUT, _OVERLAP (out); _MEMORY. Cost: O(shards out_len). */
INFO_API info_status info_states_sums_merge(info_ctx *ctx, const double *parts, int64_t shards, int64_t columns,
                                            double *out, int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
