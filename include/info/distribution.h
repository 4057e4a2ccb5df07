/* SPDX-License-Identifier: MIT
 *
 * info/distribution.h: entropies of distributions and divergences between them.
 *
 *   1. what the measures have in common: input, options
 *   2. entropies
 *   3. divergences
 *
 * A row of a matrix is a distribution over its columns; every function gives one
 * double per row. What the numbers are (probabilities, log-probabilities, logits,
 * counts) is said by the options, and their element type by the matrix.
 *
 * Validity. A probability is finite and at least 0; a row of them sums to 1 within
 *     1e-6 + u + n s
 * where n is the number of columns, u the unit roundoff of the element type
 * (2^-53 f64, 2^-24 f32, 2^-11 f16, 2^-8 bf16) and s half its smallest positive
 * number: what storing exact probabilities can cost, and 1e-6 for how they were
 * made. For log-probabilities u is taken 1 + log n times. Rows that pass are used
 * as they are, not rescaled: sums of p log p, not of p' log p' with p' = p / sum.
 * options.normalise rescales instead of checking the sum. Counts and logits are
 * always rescaled, by their sum and log-sum-exp. No epsilon is added anywhere; a
 * caller who wants smoothing names it.
 *
 * A row with a NaN, an infinity (other than a logarithm's -inf, which is
 * probability 0), a negative element, a wrong sum, or nothing but zeros has no
 * value: INFO_ERROR_DOMAIN or INFO_ERROR_SUM, or NaN in its place with
 * INFO_INVALID_NAN. The default is INFO_INVALID_ERROR.
 *
 * Infinities are answers: KL(p || q) with q_i = 0 < p_i is +inf with INFO_OK.
 *
 * Results have the same bits for any number of threads, any instruction set and
 * any alignment. All functions are thread-safe as info/base.h says, and their cost
 * is one pass over the input (two where rows are rescaled) unless said otherwise.
 */
#ifndef INFO_DISTRIBUTION_H
#define INFO_DISTRIBUTION_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Common ---------------------------------------------------------- */

/** Pseudo-counts, added to every element of probabilities or counts before the row
 *  is rescaled to sum 1. */
typedef int32_t info_smoothing;
#define INFO_SMOOTHING_NONE 0
#define INFO_SMOOTHING_ADDITIVE 1 /* options.smoothing_amount to each element (Lidstone) */
#define INFO_SMOOTHING_LAPLACE 2  /* 1 to each element */
#define INFO_SMOOTHING_JEFFREYS 3 /* 1/2 to each element (Krichevsky and Trofimov) */

/** Options of the functions of one distribution. */
typedef struct info_entropy_options {
    uint32_t struct_size;     /* sizeof(info_entropy_options) */
    info_kind kind;           /* what x holds */
    info_unit unit;           /* of results that are information */
    info_invalid invalid;     /* rows without a valid value; default INFO_INVALID_ERROR */
    int32_t normalise;        /* 1: rescale rows to sum 1 instead of checking that they do */
    info_smoothing smoothing;
    double smoothing_amount;  /* with INFO_SMOOTHING_ADDITIVE; else 0 */
    double sum_tolerance;     /* allowed |sum - 1|, below 1; 0: as described above */
} info_entropy_options;

/** Which rows of p meet which rows of q. */
typedef int32_t info_pairing;
#define INFO_PAIRING_ROWS 0 /* row i with row i; if one side has one row, it meets every row of the other */
#define INFO_PAIRING_ALL 1  /* every row of p with every row of q: out is a p.rows x q.rows matrix, row-major */

/** Options of the functions of two distributions. */
typedef struct info_divergence_options {
    uint32_t struct_size;     /* sizeof(info_divergence_options) */
    info_kind p_kind;         /* what p holds */
    info_kind q_kind;         /* what q holds; it may differ */
    info_unit unit;           /* of results that are information */
    info_invalid invalid;     /* pairs without a valid value; default INFO_INVALID_ERROR */
    int32_t normalise;        /* 1: rescale rows to sum 1 instead of checking that they do */
    info_smoothing smoothing; /* of both sides */
    info_pairing pairing;
    double smoothing_amount;  /* with INFO_SMOOTHING_ADDITIVE; else 0 */
    double sum_tolerance;     /* allowed |sum - 1|, below 1; 0: as described above */
} info_divergence_options;

/* ---- 2. Entropies ------------------------------------------------------- */

/** Shannon entropy  H(p) = -sum_i p_i log p_i  of each row (0 log 0 = 0).
 *
 *  \param x        rows x cols, each row a distribution
 *  \param options  NULL: probabilities, nats, strict
 *  \param out      x->rows doubles, in 0 .. log(cols)
 *  \param out_len  its length
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_ERROR_NULL, _SIZE, _TYPE, _ALIGNMENT,
 *          _OVERFLOW (x); _OPTION; _DOMAIN, _SUM (a row of x); _OUTPUT, _OVERLAP
 *          (out); _MEMORY; INFO_CANCELLED.
 *
 *  Accurate to 2 ulp. Source: Shannon 1948, section 6. */
INFO_API info_status info_entropy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                  double *out, int64_t out_len);

/* ---- 3. Divergences -----------------------------------------------------
 *
 * p and q have the same number of columns. Without options.pairing the result has
 * max(p->rows, q->rows) elements and a side of one row meets all rows of the other;
 * INFO_PAIRING_ALL gives p->rows * q->rows. All return what info_entropy() does,
 * INFO_ERROR_SIZE also where p and q do not fit, and name the argument at fault. */

/** Cross-entropy  H(p, q) = -sum_i p_i log q_i : the mean surprisal of q under p.
 *  0 .. +inf; +inf where q_i = 0 < p_i. H(p, p) = H(p). Accurate to 2 ulp. */
INFO_API info_status info_cross_entropy(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                        const info_divergence_options *options, double *out, int64_t out_len);

/** Kullback-Leibler divergence (relative entropy)
 *      KL(p || q) = sum_i p_i log(p_i / q_i) - p_i + q_i.
 *  The last two cancel for exact distributions; with them every term is at least 0,
 *  so that rounding never makes the result negative, and it is exactly 0 where p and
 *  q are equal. 0 .. +inf; +inf where q_i = 0 < p_i.
 *  Accurate to 2 ulp for probabilities, however near p and q are.
 *  Source: Kullback and Leibler 1951; the form of the terms is Csiszar's (1975). */
INFO_API info_status info_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len);

/** Jeffreys divergence  KL(p || q) + KL(q || p).  0 .. +inf, symmetric.
 *  Accurate to 2 ulp. Source: Jeffreys 1946. */
INFO_API info_status info_jeffreys(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len);

/** Jensen-Shannon divergence  (KL(p || m) + KL(q || m)) / 2,  m = (p + q) / 2.
 *  0 .. log 2 (1 bit), which is reached exactly by disjoint supports; symmetric.
 *  Accurate to 2 ulp. Source: Lin 1991. */
INFO_API info_status info_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len);

/** Jensen-Shannon distance, the square root of the divergence in nats: a metric.
 *  0 .. sqrt(log 2). It has no unit: options.unit does not change it. (This is what scipy's
 *  jensenshannon() gives.) Source: Endres and Schindelin 2003. */
INFO_API info_status info_js_distance(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                      const info_divergence_options *options, double *out, int64_t out_len);

/** Total variation distance  sum_i |p_i - q_i| / 2.  0 .. 1, no unit. */
INFO_API info_status info_total_variation(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                          const info_divergence_options *options, double *out, int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
