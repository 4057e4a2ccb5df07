/* SPDX-License-Identifier: MIT
 *
 * info/geometry.h: the geometry of a language model's representations.
 *
 *   1. options of the family
 *   2. representation entropy, log-determinants, gains of tokens
 *   3. a token from its context: information gain and ridge regression
 *   4. Lasso and elastic net: which tokens a token is made of
 *   5. selections of tokens compared, and how information is spread over tokens
 *   6. distances between sentences
 *   7. power laws over model sizes
 *
 * A sequence of tokens is a matrix Z of n rows z_1..z_n in R^d (the hidden states of a
 * text, one row per token). Inputs may be of any element type and layout and are
 * computed on as doubles; their elements are finite and at most 1e100 in magnitude.
 *
 * After Tan, Li, Huang, "The Information of Large Language Model Geometry"
 * (2024, arXiv:2402.03471).
 */
#ifndef INFO_GEOMETRY_H
#define INFO_GEOMETRY_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Options --------------------------------------------------------- */

/** Whether rows are scaled to unit norm before anything else. */
typedef int32_t info_row_scaling;
#define INFO_ROWS_DEFAULT 0 /* the function's default, named in its comment */
#define INFO_ROWS_AS_GIVEN 1
#define INFO_ROWS_UNIT 2 /* z / ||z||; a zero row is a domain error */

typedef struct info_geometry_options {
    uint32_t struct_size; /* sizeof(info_geometry_options) */
    info_unit unit;
    info_row_scaling rows;
    int32_t reserved;  /* 0 */
    double ridge;      /* l > 0, 1e-100 to 1e100; 0 means 1 */
    double distortion; /* e > 0 of the coding rate, 1e-50 to 1e50; 0 means 0.5 */
} info_geometry_options;

/* ---- 2. Entropy and gains -----------------------------------------------
 *
 * Conditioning: with l much below ||Z||^2 the Gram matrix alone would lose half of the digits;
 * the factorization is then repeated on orthonormalized rows, at about five times the cost. A gain is within
 * 2^-52 (n + d) (1 + (||Z||_F + ||z||) / sqrt(l)) (1 + gain) nats of the truth, a log-determinant within that times
 * 1 + log det: for every Z and l. */

typedef struct info_coding_rate {
    double rate;            /* L_e(Z), in the unit asked for */
    double log_determinant; /* log det(I + (d / (n e^2)) Z^T Z), in the unit asked for */
    double normalized;      /* rate over its maximum for unit rows, ((d+n)/2) d log(1 + 1/e^2) */
    double attainable;      /* the largest normalized value n rows can reach: 1 if n >= d,
                             * else n log(1 + d/(n e^2)) / (d log(1 + 1/e^2)) */
} info_coding_rate;

/** Representation entropy of a sequence: its coding rate up to distortion e,
 *
 *      L_e(Z) = ((d + n)/2) log det(I + (d / (n e^2)) Z^T Z),
 *
 *  with the two normalizations: against the maximum over all sets of unit rows,
 *  and, as normalized / attainable, against what n rows can reach at all. Both
 *  ratios presume unit rows, which are the default (INFO_ROWS_DEFAULT is INFO_ROWS_UNIT).
 *  Invariant under rotations of R^d and permutations of the rows.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_TYPE;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERFLOW; INFO_ERROR_DOMAIN (element
 *          not finite or above 1e100, zero row to be normalized); INFO_ERROR_OPTION;
 *          INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY; INFO_ERROR_BACKEND.
 *  Cost: one Cholesky factorization on the smaller of n and d: n d min(n,d) +
 *  min(n,d)^3/3 operations. Thread-safe, one context per thread.
 *  Source: Ma, Derksen, Hong, Wright 2007; Tan, Li, Huang 2024, eq. 1. */
INFO_API info_status info_representation_entropy(info_ctx *ctx, const info_matrix *z,
                                                 const info_geometry_options *options, info_coding_rate *out);

/** Log-determinant entropy log det(I + Z^T Z / l) of a sequence, which is the sum
 *  of its tokens' gains. Half of it is the mutual information between a Gaussian
 *  process with the linear kernel and its observation with noise l.
 *
 *  Rows are taken as given by default. out has one element.
 *  Errors and cost as info_representation_entropy(); INFO_ERROR_OUTPUT. */
INFO_API info_status info_log_determinant(info_ctx *ctx, const info_matrix *z, const info_geometry_options *options,
                                          double *out, int64_t out_len);

/** The gain of every token given those before it,
 *
 *      out[i] = log det(I + Z_i^T Z_i / l) - log det(I + Z_(i-1)^T Z_(i-1) / l) = log(1 + R_i / l),
 *
 *  Z_i the first i rows and R_i the ridge objective of z_i on its context: the
 *  conditional entropy of a token given its past in the Gaussian model, up to the noise's
 *  constant. 0 <= out[i] <= log(1 + ||z_i||^2 / l). out has n elements.
 *
 *  Rows are taken as given by default. Errors as info_log_determinant().
 *  Cost: one Cholesky factorization of Z Z^T + l I, n^2 d + n^3/3 operations;
 *  for n > 4 d blocks of d tokens, 5 n d^2. */
INFO_API info_status info_token_gains(info_ctx *ctx, const info_matrix *z, const info_geometry_options *options,
                                      double *out, int64_t out_len);

/** Conditional entropy H(z | Z) = L_e(Z with z) - L_e(Z) of each row of tokens,
 *  given the same context, in the coding-rate model. It can be negative: the
 *  distortion is relative to the number of rows.
 *
 *  Rows have unit norm by default. out has tokens->rows elements. Errors as
 *  info_information_gain(). Cost: two factorizations as in info_representation_entropy()
 *  and those of info_information_gain().
 *  Source: Tan, Li, Huang 2024, sec. 3 (H(x_n | x_<n) = H(x_<=n) - H(x_<n)). */
INFO_API info_status info_token_conditional_entropy(info_ctx *ctx, const info_matrix *context,
                                                    const info_matrix *tokens, const info_geometry_options *options,
                                                    double *out, int64_t out_len);

/* ---- 3. A token from its context ---------------------------------------- */

/** Information gain of each row z of tokens, given the same context Z:
 *
 *      out[t] = log det(I + Z'^T Z' / l) - log det(I + Z^T Z / l),   Z' = Z with z as its last row.
 *
 *  It is log(1 + R/l) with R from info_ridge(), and computed as that: from an orthonormal basis of the rows of
 *  [Z, sqrt(l) I] (n <= d) or of its complement (n > d). out has tokens->rows elements.
 *
 *  Rows are taken as given by default.
 *  \return as info_representation_entropy(), and INFO_ERROR_SIZE if context and
 *          tokens differ in columns; INFO_ERROR_OUTPUT.
 *  Cost: a factorization on the smaller side of the context, then 4 n (n + d)
 *  operations per token (n <= d) or d^2 (n > d). Thread-safe, one context per thread.
 *  Source: Tan, Li, Huang 2024, sec. 5. */
INFO_API info_status info_information_gain(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                           const info_geometry_options *options, double *out, int64_t out_len);

/** How well ridge regression explains a token by its context. */
typedef struct info_ridge_result {
    double objective; /* R = min_w ||z - Z^T w||^2 + l ||w||^2 */
    double residual;  /* ||z - Z^T w*||^2 */
    double gain;      /* log(1 + R/l), in the unit asked for */
} info_ridge_result;

/** Ridge regression of each row z of tokens on the same context Z:
 *
 *      w* = argmin_w ||z - Z^T w||^2 + l ||w||^2 = (Z Z^T + l I)^-1 Z z.
 *
 *  weights (tokens->rows x context->rows, any element type) receives w* of each
 *  token in a row; NULL if only the results are wanted. out has tokens->rows elements.
 *  The objective is the square of what z leaves outside the rows of [Z, sqrt(l) I]; its relative error is the
 *  bound of section 2.
 *
 *  Rows are taken as given by default. Errors and cost as info_information_gain(). */
INFO_API info_status info_ridge(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                const info_geometry_options *options, const info_matrix_out *weights,
                                info_ridge_result *out, int64_t out_len);

/* ---- 4. Lasso and elastic net ------------------------------------------- */

typedef struct info_lasso_options {
    uint32_t struct_size;  /* sizeof(info_lasso_options) */
    info_row_scaling rows; /* default: as given */
    double ridge_share;    /* s in [0, 1]: 0 the Lasso, 1 ridge, between them the elastic net */
    double tolerance;      /* duality gap over the objective, 1e-13 to 1; 0 means 1e-8 */
    double smallest;       /* last penalty of a path over its first, in (0, 1]; 0 means 0.001 */
    int64_t max_sweeps;    /* per penalty; 0 means 100000 */
} info_lasso_options;

/** One penalty of a path. */
typedef struct info_lasso_point {
    double penalty;   /* a */
    double objective; /* 1/2 ||z - Z^T w||^2 + a ((1-s) |w|_1 + s/2 ||w||^2) */
    double gap;       /* objective minus a lower bound of the minimum, with the rounding of both */
    double residual;  /* ||z - Z^T w||^2 */
    int64_t support;  /* number of w_j != 0 */
    int64_t sweeps;   /* of coordinate descent */
} info_lasso_point;

/** The elastic-net path of each row z of tokens on the same context Z (n x d):
 *
 *      w(a) = argmin_w 1/2 ||z - Z^T w||^2 + a ((1 - s) |w|_1 + s/2 ||w||^2)
 *
 *  for a series of penalties, each started from the solution before. With
 *  ridge_share s = 0 this is the Lasso, whose support are the meaningful tokens;
 *  s = 1 is info_ridge() with l = a.
 *
 *  penalties: points positive numbers, best given from large to small, used for every
 *  token; NULL: a geometric series from a_max = ||Z z||_inf / (1 - s), where w = 0, to smallest a_max
 *  (all 0, and w = 0, for a token orthogonal to its context), for each token its own.
 *  weights ((tokens->rows * points) x n, any element type) receives w, the points of the first token
 *  first; NULL if not wanted. out has tokens->rows * points elements.
 *
 *  The descent runs over an active set on the Gram matrix Z Z^T, with Newton's steps among the weights
 *  whose signs have settled, and ends when the duality gap, evaluated with the gradient of all
 *  coordinates, is at most tolerance * objective. A penalty much smaller than the one before is reached by way
 *  of those between. objective - gap is never above the minimum: where Gram rows are not exact enough for that, residual
 *  and gradient come from the rows of Z in double-double arithmetic.
 *
 *  \return INFO_OK; INFO_NOT_CONVERGED (max_sweeps reached somewhere, or rounding of the weights leaves a larger
 *          gap: see gap);
 *          errors as info_ridge(); INFO_ERROR_SIZE (points < 1);
 *          INFO_ERROR_DOMAIN (a penalty not finite and positive);
 *          INFO_ERROR_OPTION (also ridge_share 1 without penalties).
 *  Cost: up to four tokens pay only for Gram rows that become active, 32 at a time (2 * 32 n d
 *  operations); more share the whole Gram matrix, n^2 d, and are divided among the context's
 *  threads. A sweep costs the square of the active set (n times it above 1024 coordinates), a Newton
 *  step a third of its cube. Thread-safe, one context per thread.
 *  Source: Friedman, Hastie, Tibshirani 2010; Tan, Li, Huang 2024, sec. 5. */
INFO_API info_status info_lasso_path(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                     const double *penalties, int64_t points, const info_lasso_options *options,
                                     const info_matrix_out *weights, info_lasso_point *out, int64_t out_len);

/** The k meaningful tokens of each row of tokens: descends the default path (from a_max
 *  by a factor of 0.9 at a time, down to smallest a_max) to the first penalty whose support has at least k
 *  coordinates, and takes the k largest |w_j| of it, largest first (of equal ones the
 *  earlier token).
 *
 *  indices and weights (tokens->rows * k elements each) receive them; where the path ends with
 *  fewer, the rest are -1 and 0. out (tokens->rows elements) receives the point that was reached. Errors
 *  and cost as info_lasso_path(); INFO_ERROR_SIZE (k outside 1..n). */
INFO_API info_status info_lasso_select(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, int64_t k,
                                       const info_lasso_options *options, int64_t *indices, double *weights,
                                       info_lasso_point *out);

/* ---- 5. Selections and the spread of information ------------------------ */

/** How well two rankings of the same n tokens agree. */
typedef struct info_ranking_agreement {
    double overlap;  /* |A and B| / k of the k highest of each */
    double jaccard;  /* |A and B| / |A or B| */
    double spearman; /* correlation of the ranks (ties share their mean rank), -1 to 1 */
    double kendall;  /* tau-b, -1 to 1 */
} info_ranking_agreement;

/** Compares two scores of the same tokens, row by row, such as the magnitudes of Lasso
 *  weights and attention weights: larger is more important. Of equal scores the
 *  earlier token counts as the higher among the k highest.
 *
 *  a and b: m x n, finite. out has m elements. Where all scores of a row are equal there is no ranking to
 *  correlate: spearman and kendall are NaN then, and the call returns INFO_INVALID_ROWS.
 *
 *  \return INFO_OK; INFO_INVALID_ROWS; errors as info_log_determinant();
 *          INFO_ERROR_SIZE (shapes differ, k outside 1..n). Cost: O(m n log n).
 *          Thread-safe, one context per thread.
 *  Source: Kendall 1945 (tau-b), by Knight's 1966 algorithm. */
INFO_API info_status info_ranking_compare(info_ctx *ctx, const info_matrix *a, const info_matrix *b, int64_t k,
                                          info_ranking_agreement *out, int64_t out_len);

/** How a token is rebuilt from others. */
typedef int32_t info_reconstruction;
#define INFO_RECONSTRUCT_RIDGE 0 /* ridge regression, l = strength */
#define INFO_RECONSTRUCT_LASSO 1 /* Lasso, a = strength ||Z z||_inf with Z the whole context */

typedef struct info_reconstruction_options {
    uint32_t struct_size;  /* sizeof(info_reconstruction_options) */
    info_row_scaling rows; /* default: as given */
    info_reconstruction method;
    int32_t draws;   /* random subsets, 1 to 1000000; 0 means 100 */
    double strength; /* 0 means 1 for ridge, 0.01 for Lasso; 1e-100 to 1e100 */
    uint64_t seed;   /* of the random subsets */
} info_reconstruction_options;

/** Reconstruction error ||z - Z_S^T w||^2 / ||z||^2 of each row z of tokens from chosen rows S of its
 *  context, w by ridge regression or Lasso on those rows alone: what selections of equal size are worth.
 *
 *  indices: tokens->rows x k, row numbers of context; -1 stands for none. out has tokens->rows elements.
 *
 *  \return INFO_OK; errors as info_ridge(); INFO_ERROR_TARGET (an index); INFO_ERROR_SIZE (k < 1);
 *          INFO_ERROR_DOMAIN (also a zero token); INFO_NOT_CONVERGED (Lasso).
 *  Cost: k^2 d + k^3/3 per token. Thread-safe, one context per thread. */
INFO_API info_status info_reconstruction_error(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                               const int64_t *indices, int64_t k,
                                               const info_reconstruction_options *options, double *out,
                                               int64_t out_len);

/** Reconstruction errors of one token from parts of its context. */
typedef struct info_spread {
    double all;              /* from the whole context */
    double top;              /* from the k highest scores only */
    double without_top;      /* from all but those; 1 if nothing is left */
    double random;           /* from k random rows: mean over the draws */
    double random_deviation; /* standard deviation over the draws */
    double without_random;   /* from all but k random rows: mean over the draws */
    double without_random_deviation;
} info_spread;

/** How the information about each row of tokens is spread over its context: errors as in
 *  info_reconstruction_error() from the k tokens of the highest score (m x n scores, such as attention or |w|; of
 *  equal ones the earlier), without them, and with as many random tokens in their place. If a few tokens held it all,
 *  top would be near all and without_top near 1; if it is spread, top is no better than random.
 *
 *  Random subsets come from SplitMix64 (state = seed + row number of the token; one output per
 *  swap of a partial Fisher-Yates shuffle, bounded without bias by rejection): the same on every machine.
 *
 *  out has tokens->rows elements. Errors as info_reconstruction_error(). Cost: 2 draws + 3 regressions
 *  per token. Source: Tan, Li, Huang 2024, sec. 6. */
INFO_API info_status info_reconstruction_spread(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                                const info_matrix *scores, int64_t k,
                                                const info_reconstruction_options *options, info_spread *out,
                                                int64_t out_len);

/* ---- 6. Distances between sentences ------------------------------------- */

/** m and C: mean and covariance (1/n) sum (z - m)(z - m)^T of a sentence's tokens. */
typedef int32_t info_sentence_measure;
#define INFO_SENTENCE_COSINE 0            /* 1 - cos(m_a, m_b), 0 to 2 */
#define INFO_SENTENCE_EUCLIDEAN 1         /* ||m_a - m_b|| */
#define INFO_SENTENCE_FROBENIUS 2         /* ||C_a - C_b||_F */
#define INFO_SENTENCE_BURES_WASSERSTEIN 3 /* sqrt(tr C_a + tr C_b - 2 tr (C_a^1/2 C_b C_a^1/2)^1/2) */
#define INFO_SENTENCE_FRECHET 4           /* sqrt(||m_a - m_b||^2 + Bures-Wasserstein^2) */
#define INFO_SENTENCE_LOG_EUCLIDEAN 5     /* ||log(C_a + l I) - log(C_b + l I)||_F */
#define INFO_SENTENCE_STEIN 6             /* sqrt(log det((A + B)/2) - log det(A B)/2), A = C_a + l I, B = C_b + l I */

typedef struct info_sentence_options {
    uint32_t struct_size; /* sizeof(info_sentence_options) */
    info_sentence_measure measure;
    info_row_scaling rows; /* default: as given */
    int32_t reserved;      /* 0 */
    double ridge;          /* l >= 0 of the last two measures, up to 1e100 */
} info_sentence_options;

/** Distance between two sentences, rows = tokens, equal numbers of columns. Each is
 *  symmetric and 0 for equal sentences; all but the cosine are metrics of what they compare.
 *
 *  The log-Euclidean and Stein distances need positive definite matrices: with fewer tokens than
 *  d + 1 a covariance is singular, and a ridge must be given: for the first above d 2^-52 of the largest eigenvalue,
 *  for the second, which never forms the sum, above the square of that times the trace. The square of the Bures-Wasserstein
 *  distance is good to about 1e-15 of the traces. out has one element.
 *
 *  \return INFO_OK; errors as info_log_determinant(); INFO_ERROR_SIZE (columns);
 *          INFO_ERROR_DOMAIN (also a zero mean for the cosine, and a singular covariance without ridge).
 *  Cost: O(n d) for means; n d^2 and for all covariance measures but the Frobenius a decomposition of order d
 *  (Bures-Wasserstein: min(n, d)). Thread-safe, one context per thread.
 *  Source: Tan, Li, Huang 2024, sec. 7; Sra 2016 (Stein); Arsigny et al. 2006 (log-Euclidean). */
INFO_API info_status info_sentence_distance(info_ctx *ctx, const info_matrix *a, const info_matrix *b,
                                            const info_sentence_options *options, double *out, int64_t out_len);

/* ---- 7. Power laws ------------------------------------------------------ */

/** Which law is fitted, and in which sense. */
typedef int32_t info_power_law_form;
#define INFO_POWER_LAW_LOG_LOG 0       /* y = c N^-a: a line through (log N, log y) */
#define INFO_POWER_LAW_LEAST_SQUARES 1 /* y = c N^-a: least squares of y itself */
#define INFO_POWER_LAW_OFFSET 2        /* y = c N^-a + b: least squares of y itself */

typedef struct info_power_law_options {
    uint32_t struct_size; /* sizeof(info_power_law_options) */
    info_power_law_form form;
    double confidence; /* of the intervals, in (0, 1); 0 means 0.95 */
} info_power_law_options;

/** A fitted parameter. */
typedef struct info_estimate {
    double value;
    double standard_error;
    double low; /* the interval at the confidence asked for */
    double high;
} info_estimate;

typedef struct info_power_law {
    info_estimate exponent; /* a; positive for a decay */
    info_estimate factor;   /* c; its interval is symmetric in log |c| */
    info_estimate offset;   /* b; all 0 unless the form has one */
    double r_squared;       /* 1 - SSE/SST, of log y in the log-log form, else of y; 1 if all values are equal */
    double deviation;       /* standard deviation of the residuals, in the same sense */
    double freedom;         /* degrees of freedom: count minus parameters */
} info_power_law;

/** Fits a power law to (size, value) pairs, such as the representation entropy,
 *  Diff-eRank or loss of models with N parameters.
 *
 *  Intervals are value -+ t s with Student's t for the degrees of freedom and
 *  the standard error s; exact in the log-log form under normal residuals of
 *  log y, and from the Jacobian at the solution (first order) in the others.
 *  The least-squares forms search the exponent over a wide range (|a| log of the
 *  ratio of the largest size to the smallest up to 40) and are then polished by
 *  Gauss-Newton steps.
 *
 *  Sizes must be finite and positive, and as many of them distinct as there are
 *  parameters; values finite, in the log-log form positive. count exceeds the
 *  number of parameters (2, with an offset 3).
 *
 *  \return INFO_OK; INFO_NOT_CONVERGED (the best exponent lies at the end of its
 *          range or near 0, where an offset and a factor cannot be told apart: *out holds
 *          the best found); INFO_ERROR_NULL; INFO_ERROR_SIZE (count);
 *          INFO_ERROR_DOMAIN (a size or a value); INFO_ERROR_OPTION;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY.
 *  Cost: O(count). Thread-safe, one context per thread.
 *  Source: Tan, Li, Huang 2024, sec. 4; Kaplan et al. 2020 for the loss. */
INFO_API info_status info_power_law_fit(info_ctx *ctx, const double *sizes, const double *values, int64_t count,
                                        const info_power_law_options *options, info_power_law *out);

#ifdef __cplusplus
}
#endif

#endif
