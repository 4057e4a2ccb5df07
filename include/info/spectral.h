/* SPDX-License-Identifier: MIT
 *
 * info/spectral.h: how many directions hidden states use.
 *
 *   1. what the measures have in common: states, conventions, options
 *   2. the spectrum, its entropies and the effective rank
 *   3. Diff-eRank of two models
 *
 * A matrix holds the states of one text: a row is a token, a column a feature. The
 * functions of sections 2 and 3 take an array of matrices (texts, layers, heads) of
 * any lengths and strides, and give one double for each.
 *
 * The spectrum of a matrix X of N rows and d columns is a distribution
 *     p_i = lambda_i / sum_k lambda_k,
 * where lambda are the eigenvalues of the covariance Z^T Z of the prepared states Z
 * (or the singular values of Z). Its entropy H = -sum_i p_i log p_i is the von Neumann
 * entropy of Z^T Z / tr Z^T Z, and exp(H) the effective rank: d if all directions
 * carry the same variance, 1 if there is only one. What "prepared" means differs in
 * the literature, hence the conventions.
 *
 * Accuracy. Every element type is widened to f64 before anything is computed; the
 * effective rank is accurate to options.tolerance (relative), 1e-9 by default, and
 * where the bound on the error is asked for it comes with the result. Scaling the
 * states by any factor is harmless, 1e30 and subnormal numbers included.
 *
 * Reproducibility. The decompositions run in the backend (OpenBLAS): repeats give the
 * same bits at one number of threads on one processor, others differ by rounding.
 * All functions are thread-safe as info/base.h says.
 */
#ifndef INFO_SPECTRAL_H
#define INFO_SPECTRAL_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Common ---------------------------------------------------------- */

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
#define INFO_INPUT_GRAM 1   /* a symmetric positive semidefinite matrix whose eigenvalues are the spectrum:
                               a kernel, Gram or covariance matrix, a density matrix */

/** Rows of no direction: zero, or equal to the mean where rows are centred. */
typedef int32_t info_zero_rows;
#define INFO_ZERO_ROWS_DROP 0  /* as if they were not there (only where rows are scaled to unit length) */
#define INFO_ZERO_ROWS_ERROR 1 /* the matrix has no valid value */

typedef struct info_spectral_options {
    uint32_t struct_size; /* sizeof(info_spectral_options) */
    info_convention convention;
    info_choice centre;         /* subtract the mean row */
    info_choice normalise_rows; /* scale rows to unit length (after centring) */
    info_spectral_scale scale;
    info_spectral_input input;
    info_zero_rows zero_rows;
    info_unit unit;        /* of results that are information */
    info_invalid invalid;  /* matrices without a valid value; default INFO_INVALID_ERROR */
    int32_t reserved;      /* 0 */
    int64_t skip;          /* leading rows (attention sinks) to leave out, before anything else */
    double order;          /* of Renyi's entropy, > 0 up to infinity; 0: 1, Shannon's and von Neumann's */
    double tolerance;      /* relative error of the effective rank that is good enough, at most 0.1; 0: 1e-9 */
} info_spectral_options;

/* ---- 2. Spectra, entropies, effective ranks ----------------------------- */

/** The spectrum of one matrix: p_i, descending, of sum 1.
 *
 *  \param x        states, N x d; or a Gram matrix, n x n
 *  \param options  NULL: Diff-eRank's convention
 *  \param out      min(N - skip, d) doubles (n for a Gram matrix), zeros included
 *  \param out_len  its length
 *  \return INFO_OK; INFO_ERROR_NULL, _SIZE (also: skip leaves no row; a Gram matrix
 *          that is not square), _TYPE, _ALIGNMENT, _OVERFLOW (x); _OPTION; _DOMAIN (an
 *          element is not finite; no direction is left, as with one token or
 *          identical tokens that are centred; a Gram matrix that is not symmetric or
 *          has a negative eigenvalue); _OUTPUT, _OVERLAP (out); _MEMORY; _BACKEND;
 *          INFO_CANCELLED.
 *
 *  A row counts as zero when it is shorter than the rounding of its own elements:
 *  4 sqrt(d) 2^-53 times the largest magnitude in x. Cost: N d min(N, d) + min(N, d)^3. */
INFO_API info_status info_spectrum(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                   double *out, int64_t out_len);

/** Entropy of the spectrum of each matrix: von Neumann's, or Renyi's of
 *  options.order a,  H_a = log(sum_i p_i^a) / (1 - a);  a = infinity: -log max p.
 *
 *  \param x        count matrices
 *  \param count    at least 1
 *  \param options  NULL: Diff-eRank's convention, nats, order 1
 *  \param out      count doubles
 *  \param error    NULL, or count doubles: what |out - true value| is at most,
 *                  rounding of the backend included as an estimate
 *  \param out_len  length of out, and of error if given
 *  \return as info_spectrum(), and INFO_INVALID_ROWS. Texts name the matrix: "x[3]".
 *
 *  Order 2 needs no decomposition: H_2 = -log(|C|_F^2 / (tr C)^2).
 *  Source: Giraldo, Rao and Principe 2015 for Renyi's. */
INFO_API info_status info_spectral_entropy(info_ctx *ctx, const info_matrix *x, int64_t count,
                                           const info_spectral_options *options, double *out, double *error,
                                           int64_t out_len);

/** Effective rank exp(H) of each matrix, 1 .. min(N, d); with options.order the
 *  exponential of Renyi's entropy (order 2: the participation ratio). The
 *  arguments and results are those of info_spectral_entropy(). */
INFO_API info_status info_effective_rank(info_ctx *ctx, const info_matrix *x, int64_t count,
                                         const info_spectral_options *options, double *out, double *error,
                                         int64_t out_len);

/* ---- 3. Diff-eRank ------------------------------------------------------ */

/** Effective ranks of two models on the same texts, H_s the entropy on text s. */
typedef struct info_diff_erank_result {
    double difference;       /* untrained - trained */
    double untrained;        /* exp(mean_s H_s), the published algorithm */
    double trained;
    double difference_of_means; /* mean_untrained - mean_trained */
    double mean_untrained;   /* mean_s exp(H_s), never below the other form */
    double mean_trained;
    double error;            /* bound on the error of difference, as in info_spectral_entropy() */
    int64_t texts;           /* that had a value in both models */
} info_diff_erank_result;

/** Diff-eRank: how much the effective rank of hidden states fell by training.
 *  Neither its sign nor its growth with the model is assured, and it depends strongly on the
 *  number of tokens: compare models on the same texts.
 *
 *  \param untrained  count matrices of states, one for each text
 *  \param trained    the same of the trained model; matrix s has as many rows as untrained[s]
 *  \param count      number of texts; 1 for one sentence
 *  \param options    NULL: Diff-eRank's convention; with INFO_INVALID_NAN texts without a
 *                    value in either model are left out, and none left is INFO_ERROR_DOMAIN
 *  \return as info_spectral_entropy(). Source: Wei et al. 2024, definition 3.3 and algorithm 1. */
INFO_API info_status info_diff_erank(info_ctx *ctx, const info_matrix *untrained, const info_matrix *trained,
                                     int64_t count, const info_spectral_options *options,
                                     info_diff_erank_result *out);

#ifdef __cplusplus
}
#endif

#endif
