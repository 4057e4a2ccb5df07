/* SPDX-License-Identifier: MIT
 *
 * info/spectral.h: how many directions hidden states use.
 *
 *   1. the spectrum, its entropies and the effective rank
 *   2. Diff-eRank of two models
 *   3. the shape of a spectrum
 *   4. matrix information: kernels, joint entropies, DiME, quantum divergences
 *   5. curvature, nuclear norm, LiDAR, multimodal ratios
 *
 * How states are prepared, and states that come in chunks: info/states.h.
 *
 * A matrix holds the states of one text: a row is a token, a column a feature. The
 * functions of sections 1 and 2 take an array of matrices (texts, layers, heads) of
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
 * Reproducibility. Entropies of order 1 from 192 directions on or of sets of small matrices, and those of
 * order 2, have the same bits for any number of threads and at every instruction set. What takes eigenvalues, singular
 * values or vectors one by one runs in the backend (OpenBLAS): the same bits at one number of threads on one processor.
 * All functions are thread-safe as info/base.h says.
 */
#ifndef INFO_SPECTRAL_H
#define INFO_SPECTRAL_H

#include <info/states.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Spectra, entropies, effective ranks ----------------------------- */

/** The spectrum of one matrix: p_i, descending, of sum 1.
 *
 *  \param x        states, N x d; or a Gram matrix, n x n
 *  \param options  NULL: Diff-eRank's convention
 *  \param out      min(N - skip, d) doubles (n for a Gram matrix), zeros included
 *  \param out_len  its length
 *  \return INFO_OK; INFO_ERROR_NULL, _SIZE (also: skip leaves no row; a Gram matrix
 *          that is not square), _TYPE, _ALIGNMENT, _OVERFLOW (x); _OPTION; _DOMAIN (an
 *          element is not finite; no direction is left, as with one token or
 *          identical tokens that are centered; a Gram matrix that is not symmetric or
 *          has a negative eigenvalue); _OUTPUT, _OVERLAP (out); _MEMORY; _BACKEND;
 *          INFO_CANCELED.
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

typedef struct info_effective_rank_estimate_options {
    uint32_t struct_size; /* sizeof(info_effective_rank_estimate_options) */
    int32_t probes;       /* random vectors, and directions that are found and taken exactly; 4 to 4096; 0: 32 */
    double confidence;    /* of the interval, in (0, 1); 0: 0.95 */
    uint64_t seed;        /* of the random vectors */
} info_effective_rank_estimate_options;

typedef struct info_effective_rank_estimate_result {
    double effective_rank;
    double low, high;      /* the interval, on both sides of it: sampling and quadrature */
    double entropy;        /* in options.unit, as are the next two */
    double standard_error; /* of entropy, from the spread over the random vectors */
    double quadrature;     /* what the quadrature may have put wrong, at most */
    int64_t products;      /* times that the states were gone through to multiply */
} info_effective_rank_estimate_result;

/** Effective rank of states too many and too wide for a decomposition (both sides from about 16384 on),
 *  with an interval. Nothing else takes this route: it is chosen by calling this function.
 *
 *  H = tr f(C), f(x) = -x log x, C = Z^T Z / tr Z^T Z, in two parts: on the directions that
 *  a random sketch of C finds, exactly; on the rest by the mean of v^T f(C) v over random signs v
 *  (Meyer, Musco, Musco and Woodruff 2021, "Hutch++"), less what they got wrong of v^T C v,
 *  whose mean is known. Each v^T f(C) v is a Gauss quadrature by Lanczos' recurrence, an upper bound, and with
 *  a node at 0 a lower one (Golub and Meurant 1994); steps are added until the two are close beside the spread.
 *
 *  \param options   convention, centering, rows and units as in info_effective_rank(); INFO_ERROR_OPTION
 *                   where they ask for singular values, a Gram matrix or an order other than 1; tolerance is not used
 *  \param estimate  NULL: all defaults
 *  \return as info_effective_rank() of one matrix. Cost: 8 N d probes for each product, of which there are
 *          about 10 to 60; memory: 6 probes vectors of length min(N, d). The same bits
 *          at the same number of threads of the backend. */
INFO_API info_status info_effective_rank_estimate(info_ctx *ctx, const info_matrix *x,
                                                  const info_spectral_options *options,
                                                  const info_effective_rank_estimate_options *estimate,
                                                  info_effective_rank_estimate_result *out);

/* ---- 2. Diff-eRank ------------------------------------------------------ */

/** Effective ranks of two models on the same texts, H_s the entropy on text s. */
typedef struct info_diff_erank_result {
    double difference; /* untrained - trained */
    double untrained;  /* exp(mean_s H_s), the published algorithm */
    double trained;
    double difference_of_means; /* mean_untrained - mean_trained */
    double mean_untrained;      /* mean_s exp(H_s), never below the other form */
    double mean_trained;
    double error;  /* bound on the error of difference, as in info_spectral_entropy() */
    int64_t texts; /* that had a value in both models */
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
                                     int64_t count, const info_spectral_options *options, info_diff_erank_result *out);

/* ---- 3. The shape of a spectrum ----------------------------------------- */

/** Numbers that describe how the p_i fall. A p_i counts as zero below the rounding of a
 *  decomposition, 4 n 2^-52 of the largest. */
typedef struct info_spectrum_shape_result {
    double entropy;             /* of options.order, in options.unit */
    double effective_rank;      /* its exponential */
    double participation_ratio; /* 1 / sum_i p_i^2 */
    double stable_rank;         /* 1 / p_1: |Z|_F^2 / |Z|_2^2 on the covariance scale */
    double condition_number;    /* p_1 / p_n; +inf where p_n is zero */
    double flatness;            /* geometric over arithmetic mean; 0 where p_n is zero */
    double decay;               /* a of p_i = c i^-a, least squares on logarithms of the p_i above zero; +inf for one */
    int64_t rank;               /* number of p_i above zero */
} info_spectrum_shape_result;

/** The shape of one matrix's spectrum. Arguments and results as in info_spectrum(). */
INFO_API info_status info_spectrum_shape(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                         info_spectrum_shape_result *out);

/* ---- 4. Matrix information ----------------------------------------------
 *
 * A kernel matrix K of n points, scaled to unit diagonal, has the entropy S(K) of the
 * spectrum of K / n. The joint entropy of two is that of their Hadamard product. */

typedef int32_t info_kernel;
#define INFO_KERNEL_LINEAR 0   /* x . y */
#define INFO_KERNEL_COSINE 1   /* x . y / (|x| |y|) */
#define INFO_KERNEL_GAUSSIAN 2 /* exp(-|x - y|^2 / (2 s^2)) */

/** How the Gaussian's bandwidth s is found. */
typedef int32_t info_bandwidth;
#define INFO_BANDWIDTH_MEDIAN 0    /* the median distance of two points */
#define INFO_BANDWIDTH_SCOTT 1     /* sd n^(-1 / (d + 4)), sd the root mean variance of the features */
#define INFO_BANDWIDTH_SILVERMAN 2 /* sd (4 / (n (d + 2)))^(1 / (d + 4)) */

typedef struct info_kernel_options {
    uint32_t struct_size; /* sizeof(info_kernel_options) */
    info_kernel kernel;
    info_bandwidth rule;
    int32_t reserved; /* 0 */
    double bandwidth; /* of the Gaussian; 0: by the rule */
} info_kernel_options;

/** Kernel matrix of the rows of x.
 *
 *  \param out  x->rows x x->rows, any type
 *  \return INFO_OK; INFO_ERROR_NULL, _SIZE, _TYPE, _ALIGNMENT, _OVERFLOW (x, out);
 *          _OPTION; _DOMAIN (an element is not finite, a row of zeros has no cosine, all
 *          points are one where a bandwidth is sought, an inner product overflows);
 *          _OVERLAP; _MEMORY. Cost: n^2 d. */
INFO_API info_status info_kernel_matrix(info_ctx *ctx, const info_matrix *x, const info_kernel_options *options,
                                        const info_matrix_out *out);

typedef struct info_matrix_information_options {
    uint32_t struct_size; /* sizeof(info_matrix_information_options) */
    info_unit unit;
    double order; /* of Renyi's entropy, > 0 up to infinity; 0: 1 */
} info_matrix_information_options;

typedef struct info_matrix_information_result {
    double first;              /* S(K1) */
    double second;             /* S(K2) */
    double joint;              /* S(K1 o K2) */
    double first_given_second; /* joint - second */
    double second_given_first;
    double mutual;           /* first + second - joint */
    double mutual_ratio;     /* MIR = mutual / min(first, second); 0 where that is 0 */
    double difference_ratio; /* HDR = |first - second| / max(first, second); 0 where that is 0 */
} info_matrix_information_result;

/** Entropies and mutual information of two kernel matrices of the same points.
 *
 *  \param first   n x n, as second
 *  \param second  n x n, symmetric positive semidefinite, diagonal above 0
 *  \return as info_spectrum() for a Gram matrix. Cost: three eigenvalue problems.
 *
 *  Sources: Giraldo, Rao and Principe 2015; the ratios: Song et al. 2024 (arXiv:2403.05408). */
INFO_API info_status info_matrix_information(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                                             const info_matrix_information_options *options,
                                             info_matrix_information_result *out);

typedef struct info_dime_options {
    uint32_t struct_size; /* sizeof(info_dime_options) */
    info_unit unit;
    double order;         /* of Renyi's entropy, > 0 up to infinity; 0: 1 */
    int64_t permutations; /* 1 to 100000; 0: 10 */
    uint64_t seed;        /* of the permutations */
} info_dime_options;

typedef struct info_dime_result {
    double dime;           /* permuted - joint */
    double joint;          /* S(K1 o K2) */
    double permuted;       /* mean over the permutations of S(K1 o P K2 P^T) */
    double standard_error; /* of permuted and of dime, from the spread over the permutations; +inf for one */
} info_dime_result;

/** DiME, the difference of matrix entropies  E_P S(K1 o P K2 P^T) - S(K1 o K2)  over random
 *  permutations P of the points: how much less the two kernels spread together when they see
 *  the same points than when they do not. About 0 for kernels that have nothing in common. It is 0
 *  for the identity as for a matrix of ones, so that narrowing a kernel does not by itself raise it
 *  as it raises matrix mutual information.
 *
 *  \param first   n x n, as second
 *  \param second  n x n, symmetric positive semidefinite, diagonal above 0
 *  \return as info_matrix_information(). Cost: permutations + 1 eigenvalue problems. The
 *          permutations are those of splitmix64 and Fisher and Yates: the same everywhere.
 *
 *  Source: Skean, Osorio, Brockmeier and Giraldo 2023 (arXiv:2301.08164). */
INFO_API info_status info_dime(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                               const info_dime_options *options, info_dime_result *out);

/** von Neumann relative entropy  D(P || Q) = tr P (log P - log Q) - tr P + tr Q  of two
 *  symmetric positive semidefinite matrices (density matrices have trace 1). Computed as
 *  a sum of terms that are at least 0 over pairs of eigenvectors (Klein's inequality);
 *  0 for equal matrices; +inf where P has weight outside the support of Q. That support are the eigenvectors
 *  of eigenvalues above 4 n u of Q's largest, and a weight is one above 4 n u of tr P, u the roundoff of the less
 *  precise element type (2^-53 for f64, 2^-24 for f32): what is below could be rounding.
 *
 *  \return as info_spectrum() for a Gram matrix. */
INFO_API info_status info_von_neumann_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                                 info_unit unit, double *out);

/** Quantum Jensen-Shannon divergence (D(P || M) + D(Q || M)) / 2, M = (P + Q) / 2, of P and
 *  Q scaled to trace 1: 0 .. log 2. Returns as info_von_neumann_divergence(). */
INFO_API info_status info_quantum_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit,
                                     double *out);

/* ---- 5. Representations ------------------------------------------------- */

/** Curvature of a trajectory of states: the mean angle in radians between successive
 *  steps x_k+1 - x_k; a step of length 0 has no direction, and its angles are left out.
 *
 *  \param x  at least 3 rows
 *  \return INFO_OK; the errors of x; INFO_ERROR_DOMAIN (not finite; no angle at all).
 *  Source: Hosseini and Fedorenko 2023 (arXiv:2311.04930). */
INFO_API info_status info_curvature(info_ctx *ctx, const info_matrix *x, double *out);

typedef struct info_nuclear_norm_result {
    double nuclear_norm;   /* sum of the singular values of the prepared states, over the number of rows kept */
    double sum_of_columns; /* sum of the min(N, d) largest column norms over the number of rows: what
                              "Matrix Nuclear-Norm" computes in its place, never below it for N >= d */
} info_nuclear_norm_result;

/** Nuclear norm of hidden states prepared as options say, per token.
 *  Source: Li et al. 2024 (arXiv:2410.10672). Returns as info_spectrum(). */
INFO_API info_status info_nuclear_norm(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                       info_nuclear_norm_result *out);

/** LiDAR: effective rank exp(H) of S_w^-1/2 S_b S_w^-1/2, with S_b the covariance of the
 *  class means and S_w the mean covariance inside classes, plus delta on its diagonal.
 *
 *  \param x       N x d
 *  \param labels  N class numbers in 0 .. classes - 1; all classes with members weigh alike
 *  \param classes at least 2
 *  \param delta   above 0 (published: 1e-4), or 0 if S_w is regular by itself
 *  \return INFO_OK; the errors of x, labels; INFO_ERROR_TARGET (a label); _DOMAIN (not finite,
 *          fewer than two classes or all means equal, S_w singular).
 *  Source: Thilak et al. 2023 (arXiv:2312.04000), equations 1 to 3. */
INFO_API info_status info_lidar(info_ctx *ctx, const info_matrix *x, const int64_t *labels, int64_t classes,
                                double delta, double *out);

typedef struct info_multimodal_result {
    double image_reduction_ratio; /* (e1 - e2) / e1 */
    double image_text_alignment;  /* mean(e3, e4, e5) / max(e3, e4, e5) */
} info_multimodal_result;

/** How a multimodal model condenses and aligns, from five effective ranks: e1 after the vision
 *  encoder, e2 after the connector, e3 of the image, e4 of the text and e5 of both in the
 *  language model. Source: Wei et al. 2024, section 5.2.
 *
 *  \param ranks  five numbers, finite, above 0
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_DOMAIN; INFO_ERROR_OVERLAP. */
INFO_API info_status info_multimodal(info_ctx *ctx, const double *ranks, info_multimodal_result *out);

#ifdef __cplusplus
}
#endif

#endif
