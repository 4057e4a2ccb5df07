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
 *     1e-6 + u + n (s + 2^-29)
 * where n is the number of columns, u the unit roundoff of the element type
 * (2^-24 f32, 2^-11 f16, 2^-8 bf16) and s half its smallest positive number: what
 * storing exact probabilities can cost, and for how they were made 1e-6, and
 * n 2^-29: softmax in f32 adds n exponentials, a vector's lanes side by side (9.5e-5
 * at 50 257 columns, of which torch takes a tenth). For log-probabilities u is taken
 * 1 + log n times. For f64 it is 1e-6 alone. Numbers that have been through a
 * less precise type than the matrix has, f32 softmax kept in f64, bf16 in f32, are
 * told by options.precision, and judged as that type is. Rows that pass are used
 * as they are, not rescaled: sums of p log p, not of p' log p' with p' = p / sum.
 * options.normalize rescales instead of checking the sum. Counts and logits are
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
 * Arithmetic is f64 or better, and the accuracy stated at a function is that of f64 arithmetic on the numbers given. Rows
 * of f32, f16 and bf16 logits or log-probabilities go through the vector kernels of info/lm.h instead, which sum powers of two
 * in sixteen f32 lanes, ten to seventy times as fast: entropy, efficiency, redundancy, cross-entropy, KL, Jeffreys, the
 * Jensen-Shannon divergences and distance, and total variation. Entropies and cross-entropies are then off by some 1e-6 nat,
 * and relative to themselves where rows are peaked; divergences by at most 1e-5 of themselves, and 6e-7 for each nat that what makes
 * them lies below the largest logit; 4e-6 is the most that was found. docs/NUMERICS.md has the exact bounds.
 * options.arithmetic = INFO_ARITHMETIC_F64 asks for f64. Both rows of a pair must be of these types, and of the same kind;
 * f64 computes others, and rows that are beyond f32 (logits above 9e7, say).
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

/** How rows of f32, f16 and bf16 logits and log-probabilities are computed. */
typedef int32_t info_arithmetic;
#define INFO_ARITHMETIC_DEFAULT 0 /* by vector kernels in f32, where a measure has them */
#define INFO_ARITHMETIC_F64 1     /* in f64, like all else */

/** Options of the functions of one distribution. */
typedef struct info_entropy_options {
    uint32_t struct_size; /* sizeof(info_entropy_options) */
    info_kind kind;       /* what x holds */
    info_unit unit;       /* of results that are information */
    info_invalid invalid; /* rows without a valid value; default INFO_INVALID_ERROR */
    int32_t normalize;    /* 1: rescale rows to sum 1 instead of checking that they do */
    info_smoothing smoothing;
    double smoothing_amount; /* with INFO_SMOOTHING_ADDITIVE; else 0 */
    double sum_tolerance;    /* allowed |sum - 1|, below 1; 0: as described above */
    info_dtype precision;    /* least precise type that the numbers have been through; INFO_F64 (0): the matrix's */
    info_arithmetic arithmetic;
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
    int32_t normalize;        /* 1: rescale rows to sum 1 instead of checking that they do */
    info_smoothing smoothing; /* of both sides */
    info_pairing pairing;
    double smoothing_amount; /* with INFO_SMOOTHING_ADDITIVE; else 0 */
    double sum_tolerance;    /* allowed |sum - 1|, below 1; 0: as described above */
    info_dtype precision;    /* least precise type that the numbers have been through; INFO_F64 (0): the matrix's */
    info_arithmetic arithmetic;
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
 *          (out); _MEMORY; INFO_CANCELED.
 *
 *  Accurate to 2 ulp. Source: Shannon 1948, section 6. */
INFO_API info_status info_entropy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options, double *out,
                                  int64_t out_len);

/** Efficiency  H(p) / log(cols)  of each row: 0 .. 1, no unit; 1 where there is one column. */
INFO_API info_status info_efficiency(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                     double *out, int64_t out_len);

/** Redundancy  1 - H(p) / log(cols) : 0 .. 1, no unit; 0 where there is one column. Computed
 *  as KL(p || uniform) / log(cols), so that it keeps its digits near 0. */
INFO_API info_status info_redundancy(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                     double *out, int64_t out_len);

/** Renyi entropy  H_a(p) = log(sum_i p_i^a) / (1 - a)  of an order a >= 0, with its limits taken
 *  exactly: 0 is Hartley's log of the number of positive elements, 1 Shannon's, 2 the
 *  collision entropy, INFINITY the min-entropy -log max p. Smooth in a, also at 1.
 *
 *  \return as info_entropy(); INFO_ERROR_OPTION (order: NaN or negative).
 *  Within 1e-14 of itself. Source: Renyi 1961. */
INFO_API info_status info_renyi_entropy(info_ctx *ctx, const info_matrix *x, double order,
                                        const info_entropy_options *options, double *out, int64_t out_len);

/** Tsallis entropy  S_a(p) = (1 - sum_i p_i^a) / (a - 1), 0 <= a < inf; Shannon's, in nats, at 1, the
 *  Gini-Simpson index at 2. No unit. Smooth in a. Source: Tsallis 1988. */
INFO_API info_status info_tsallis_entropy(info_ctx *ctx, const info_matrix *x, double order,
                                          const info_entropy_options *options, double *out, int64_t out_len);

/** Hill number  exp(H_a(p))  in nats, the effective number of elements: 0 counts the positive
 *  ones, 1 is the perplexity, 2 the inverse Simpson index, INFINITY 1 / max p.
 *  No unit. Source: Hill 1973. */
INFO_API info_status info_hill_number(info_ctx *ctx, const info_matrix *x, double order,
                                      const info_entropy_options *options, double *out, int64_t out_len);

/** Surprisal (pointwise information)  -log p_i  of every element; +inf where p_i = 0.
 *
 *  \param out  x->rows x x->cols, of any element type
 *  \return as info_entropy(); INFO_ERROR_OPTION also for INFO_INVALID_NAN: every row must be valid. */
INFO_API info_status info_surprisal(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                    const info_matrix_out *out);

/** Gradient of the entropy of each row, in nats.
 *  For probabilities and counts with respect to the probabilities:  -log p_i - 1  (+inf where p_i = 0).
 *  For logits and log-probabilities with respect to those:  -p_j (log p_j + H), 0 where p_j = 0.
 *
 *  \param gradient  x->rows x x->cols, of any element type
 *  \return as info_surprisal(). */
INFO_API info_status info_entropy_gradient(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                           const info_matrix_out *gradient);

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
 *  Accurate to 2 ulp for probabilities as they come, however near p and q are, and to 5 ulp for rows made against it, equal in
 *  all but two or three of many elements; proved are 18 ulp (docs/NUMERICS.md).
 *  Source: Kullback and Leibler 1951; the form of the terms is Csiszar's (1975). */
INFO_API info_status info_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *options, double *out, int64_t out_len);

/** Jeffreys divergence  KL(p || q) + KL(q || p).  0 .. +inf, symmetric.
 *  Accurate as info_kl() is. Source: Jeffreys 1946. */
INFO_API info_status info_jeffreys(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len);

/** Jensen-Shannon divergence  (KL(p || m) + KL(q || m)) / 2,  m = (p + q) / 2.
 *  0 .. log 2 (1 bit), which is reached exactly by disjoint supports; symmetric.
 *  Accurate as info_kl() is. Source: Lin 1991. */
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

/** Generalized Jensen-Shannon divergence
 *      beta KL(p || m) + (1 - beta) KL(q || m),  m = beta p + (1 - beta) q,  0 < beta < 1.
 *  It vanishes towards both ends. What it tends to when divided by beta or by 1 - beta, which distillation losses name
 *  beta = 0 and beta = 1, is info_kl() of (p, q) and of (q, p).
 *
 *  \return as info_kl(); INFO_ERROR_OPTION (beta not between 0 and 1).
 *  Source: Agarwal et al. 2024 (GKD), equation 2. */
INFO_API info_status info_generalized_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double beta,
                                         const info_divergence_options *options, double *out, int64_t out_len);

/** Jensen-Shannon divergence of all rows of x:  sum_k w_k KL(x_k || m),  m = sum_k w_k x_k.
 *  0 .. H(w).
 *
 *  \param weights  x->rows numbers >= 0 that sum to 1 within 1e-6; NULL: equal weights
 *  \param out      one double
 *  \return as info_entropy(); INFO_ERROR_DOMAIN, _SUM also for weights; options.invalid other than an error
 *          is INFO_ERROR_OPTION. Source: Lin 1991, section IV. */
INFO_API info_status info_js_many(info_ctx *ctx, const info_matrix *x, const double *weights,
                                  const info_entropy_options *options, double *out);

/** Renyi divergence  D_a(p || q) = log(sum_i p_i^a q_i^(1-a)) / (a - 1)  of an order a >= 0, with its
 *  limits taken exactly: 0 is -log of q's mass where p > 0, 1 is KL, INFINITY is log max p/q.
 *  Smooth in a, also at 1. 0 .. +inf.
 *  Source: van Erven and Harremoes 2014. */
INFO_API info_status info_renyi_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                           const info_divergence_options *options, double *out, int64_t out_len);

/** Tsallis divergence  (sum_i p_i^a q_i^(1-a) - 1) / (a - 1),  0 <= a < inf; KL, in nats, at 1. No unit. */
INFO_API info_status info_tsallis_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double order,
                                             const info_divergence_options *options, double *out, int64_t out_len);

/** Amari's alpha divergence  (sum_i p_i^a q_i^(1-a) - 1) / (a (a - 1))  for any finite a: KL(p || q) at 1,
 *  KL(q || p) at 0. No unit. Source: Cichocki and Amari 2010, equation 6. */
INFO_API info_status info_alpha_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double alpha,
                                           const info_divergence_options *options, double *out, int64_t out_len);

/** Hellinger distance  sqrt(sum_i (sqrt p_i - sqrt q_i)^2 / 2).  0 .. 1, a metric, no unit. */
INFO_API info_status info_hellinger(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                    const info_divergence_options *options, double *out, int64_t out_len);

/** Bhattacharyya distance  -log sum_i sqrt(p_i q_i) ; the coefficient is exp(-distance).  0 .. +inf. */
INFO_API info_status info_bhattacharyya(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                        const info_divergence_options *options, double *out, int64_t out_len);

/** Chernoff information  max over 0 <= a <= 1 of  -log sum_i p_i^a q_i^(1-a) : the best exponent of the error
 *  of telling p from q. 0 .. +inf. About ten passes. Source: Chernoff 1952. */
INFO_API info_status info_chernoff(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len);

/** The order a at which that maximum is attained (1/2 for equal and for disjoint distributions). */
INFO_API info_status info_chernoff_order(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                         const info_divergence_options *options, double *out, int64_t out_len);

/** Pearson's chi-square  sum_i (p_i - q_i)^2 / q_i.  0 .. +inf, no unit. Neyman's is this with p and q exchanged. */
INFO_API info_status info_chi_square(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_divergence_options *options, double *out, int64_t out_len);

/** A convex function of t = p/q >= 0 with f(1) = 0. */
typedef double (*info_f_fn)(void *user, double t);

/** f-divergence  sum_i q_i f(p_i / q_i), with p_i slope_at_infinity where q_i = 0 < p_i.
 *
 *  \param f                  called on the calling thread only; must not use ctx
 *  \param slope_at_infinity  limit of f(t)/t; may be INFINITY
 *  \return as info_kl(); INFO_ERROR_NULL (f); INFO_ERROR_OPTION (f gives NaN, slope_at_infinity is NaN). */
INFO_API info_status info_f_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_f_fn f,
                                       void *user, double slope_at_infinity, const info_divergence_options *options,
                                       double *out, int64_t out_len);

/** Wasserstein-1 (earth mover's) distance on a line:  sum_i |P_i - Q_i| (x_(i+1) - x_i)  with the cumulative
 *  sums P and Q. In the unit of the positions.
 *
 *  \param positions  p->cols finite numbers that ascend; NULL: 0, 1, 2, ...
 *  \return as info_kl(); INFO_ERROR_DOMAIN also for positions. */
INFO_API info_status info_wasserstein(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                      const double *positions, const info_divergence_options *options, double *out,
                                      int64_t out_len);

/** Divergences that have a gradient. */
typedef int32_t info_gradient;
#define INFO_GRADIENT_KL 1
#define INFO_GRADIENT_CROSS_ENTROPY 2
#define INFO_GRADIENT_JEFFREYS 3
#define INFO_GRADIENT_JS 4
#define INFO_GRADIENT_CHI_SQUARE 5
#define INFO_GRADIENT_SQUARED_HELLINGER 6
#define INFO_GRADIENT_TOTAL_VARIATION 7

/** Gradients of a divergence of each pair of rows, in nats, by p and by q. A side of probabilities or
 *  counts has derivatives with respect to its probabilities, cell by cell, of the form in which the
 *  divergence is defined here (KL: log(p/q) and 1 - p/q); a side of logits or log-probabilities with
 *  respect to those: p_j (g_j - sum_i p_i g_i), and 0 where p_j = 0. KL by q's logits is q - p. Where the divergence
 *  is infinite so are the elements that make it so, with their sign, and by logits the others with the other sign; 0 if
 *  there are no others.
 *
 *  \param p_gradient  max(p->rows, q->rows) x cols, of any element type; NULL if not wanted
 *  \param q_gradient  likewise
 *  \return as info_kl(); INFO_ERROR_OPTION also for INFO_PAIRING_ALL and INFO_INVALID_NAN. */
INFO_API info_status info_divergence_gradient(info_ctx *ctx, info_gradient divergence, const info_matrix *p,
                                              const info_matrix *q, const info_divergence_options *options,
                                              const info_matrix_out *p_gradient, const info_matrix_out *q_gradient);

#ifdef __cplusplus
}
#endif

#endif
