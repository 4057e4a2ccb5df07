/* SPDX-License-Identifier: MIT
 *
 * info/continuous.h: entropy, mutual information and divergence of continuous and mixed variables, from samples.
 *
 *   1. nearest neighbors
 *   2. Gaussian closed forms
 *
 * Samples are rows: x[N, d] holds N samples of a variable of d dimensions, in any element type and
 * strides. Neighbors are found by a k-d tree: about N log N for few dimensions, up to N^2 for many.
 *
 * Distances. Joint spaces have the maximum norm, max_j |a_j - b_j|, which leaves the scale of every variable to
 * the caller: bring variables to comparable scales first. psi is digamma; a sample is never its own neighbor.
 *
 * Ties. Estimators that divide by distances ask for samples of a density, of which no two are equal. What
 * happens where the k-th neighbor is at distance 0 is said by options.ties and never hidden: nothing is added to samples
 * unless asked for.
 *
 * Results are identical for any number of threads and any instruction set, but for the Gaussian forms, which go
 * through the linear algebra below. Local values (`local`, NULL for none) have the estimate as their mean; INFO_CANCELED may
 * leave them partly written.
 *
 * Errors of all functions: INFO_ERROR_NULL, _SIZE (k outside 1..N-1, numbers of samples that differ), _TYPE,
 * _OVERFLOW, _ALIGNMENT, _OPTION, _OUTPUT, _OVERLAP; _DOMAIN (an element that is not finite, a tie that options.ties
 * does not allow); _MEMORY, _BUSY, INFO_CANCELED.
 */
#ifndef INFO_CONTINUOUS_H
#define INFO_CONTINUOUS_H

#include <info/base.h>
#include <info/sample.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Nearest neighbors ----------------------------------------------- */

/** What is done where the k-th neighbor is at distance 0. */
typedef int32_t info_ties;
#define INFO_TIES_ERROR 0 /* the call fails and names the first such sample */
#define INFO_TIES_KEEP                                                                                                 \
    1 /* the formula as it stands: counts of neighbors nearer than 0 are 0; log 0 is -inf (+inf where it is subtracted) */
#define INFO_TIES_NOISE 2 /* uniform noise is added to every element first: options.noise, options.seed */

/** Kraskov, Stoegbauer and Grassberger's two algorithms. */
typedef int32_t info_ksg;
#define INFO_KSG_1 0 /* neighbors nearer than the k-th of the joint space: less variance */
#define INFO_KSG_2 1 /* neighbors inside the k nearest's rectangle: less bias */

/** Norm of the space of info_neighbor_entropy() and info_neighbor_kl(). */
typedef int32_t info_norm;
#define INFO_NORM_MAXIMUM 0
#define INFO_NORM_EUCLIDEAN 1

typedef struct info_neighbor_options {
    uint32_t struct_size; /* sizeof(info_neighbor_options) */
    info_unit unit;
    int32_t k; /* neighbors; 0: 3 */
    info_ties ties;
    info_ksg algorithm;
    info_norm norm;
    double
        noise; /* with INFO_TIES_NOISE: width of the noise over the standard deviation of the column, in (0, 1]; 0: 1e-10 */
    uint64_t seed; /* of the noise */
} info_neighbor_options;

typedef struct info_neighbor_estimate {
    double value;
    int64_t samples; /* that the estimate is a mean over */
    int64_t tied;    /* samples whose k-th neighbor is at distance 0 */
    int64_t flags;   /* INFO_ESTIMATE_NEGATIVE, of mutual information and divergence */
} info_neighbor_estimate;

/** Kozachenko and Leonenko's estimate of the differential entropy of x:
 *
 *     H = psi(N) - psi(k) + log V + d mean log e_i,
 *
 *  e_i the distance to the k-th neighbor, V the volume of the unit ball (2^d, or pi^(d/2) / Gamma(d/2 + 1)).
 *  Kozachenko, Leonenko 1987; Kraskov, Stoegbauer, Grassberger, Phys. Rev. E 69 (2004), eq. 20. */
INFO_API info_status info_neighbor_entropy(info_ctx *ctx, const info_matrix *x, const info_neighbor_options *options,
                                           double *local, int64_t local_len, info_neighbor_estimate *out);

/** Mutual information of x and y, given z (NULL: given nothing). With e_i the distance to the k-th neighbor in the
 *  joint space and n_x(i) the number of other samples nearer than that in x, and so on:
 *
 *     I(X;Y)   = psi(k) + psi(N) - mean (psi(n_x + 1) + psi(n_y + 1))               INFO_KSG_1
 *              = psi(k) - 1/k + psi(N) - mean (psi(m_x) + psi(m_y))                 INFO_KSG_2,
 *     I(X;Y|Z) = psi(k) + mean (psi(n_z + 1) - psi(n_xz + 1) - psi(n_yz + 1))       INFO_KSG_1,
 *
 *  m_x(i) being the samples no further in x than the furthest in x of the k neighbors (of equally far ones
 *  the lower rows are neighbors). INFO_KSG_2 takes no z.
 *  Kraskov, Stoegbauer, Grassberger (2004), eqs. 8 and 9; Frenzel, Pompe, Phys. Rev. Lett. 99 (2007), eq. 8. */
INFO_API info_status info_neighbor_mutual_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                                      const info_matrix *z, const info_neighbor_options *options,
                                                      double *local, int64_t local_len, info_neighbor_estimate *out);

/** Mutual information of x and labels, any whole numbers:
 *
 *     I = psi(N) + mean (psi(k_i) - psi(N_i) - psi(m_i + 1)),
 *
 *  N_i the samples with the label of i, k_i = min(k, N_i - 1), m_i the other samples nearer than the k_i-th neighbor
 *  with that label. Samples whose label is theirs alone are left out of N and the mean, and have the local value 0.
 *  Ross, PLoS ONE 9 (2014), eq. 8. INFO_TIES_ERROR asks for distances above 0, as above. */
INFO_API info_status info_neighbor_label_information(info_ctx *ctx, const info_matrix *x, const info_series *labels,
                                                     const info_neighbor_options *options, double *local,
                                                     int64_t local_len, info_neighbor_estimate *out);

/** Mutual information of x and y where either may be discrete, continuous or a mixture of both:
 *
 *     I = mean (psi(k_i) + log N - log(n_x + 1) - log(n_y + 1)),
 *
 *  n_x(i) the other samples no further in x than the k-th neighbor in the joint space, k_i = k, or, where that neighbor is at
 *  distance 0, the number of other samples there. Ties are what it is for: options.ties is not asked (INFO_TIES_NOISE is refused).
 *  Gao, Kannan, Oh, Viswanath, NIPS 30 (2017), algorithm 1. */
INFO_API info_status info_neighbor_mixed_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                                     const info_neighbor_options *options, double *local,
                                                     int64_t local_len, info_neighbor_estimate *out);

/** Kullback-Leibler divergence of the density of x[N, d] from that of y[M, d]:
 *
 *     D = d mean log(v_i / e_i) + log(M / (N - 1)),
 *
 *  e_i and v_i the distances from x_i to its k-th neighbor among the x and among the y (k <= M). A sample at a distance of 0 from
 *  both, or from y alone, is a tie. Wang, Kulkarni, Verdu, IEEE Trans. Inf. Theory 55 (2009), eq. 5. */
INFO_API info_status info_neighbor_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                      const info_neighbor_options *options, double *local, int64_t local_len,
                                      info_neighbor_estimate *out);

/* ---- 2. Gaussian closed forms ------------------------------------------- */

typedef struct info_gaussian_fit_options {
    uint32_t struct_size; /* sizeof(info_gaussian_fit_options) */
    info_unit unit;
    int32_t
        bias_correction; /* 1: take off the mean error for samples of a Gaussian; 0: maximum likelihood with N - 1 */
    int32_t reserved;    /* 0 */
} info_gaussian_fit_options;

/** Differential entropy of the Gaussian with the covariance S of x (divisor N - 1):
 *
 *     H = (d log(2 pi e) + log det S) / 2,
 *
 *  with bias_correction less  (d log(2 / (N-1)) + sum_j psi((N-j) / 2)) / 2,  j = 1..d, its mean error for Gaussian samples.
 *  Through BLAS. Misra, Singh, Demchuk, J. Multivariate Anal. 92 (2005).
 *
 *  \return also INFO_ERROR_SIZE (N <= d), INFO_ERROR_DOMAIN (a covariance that is not positive definite: columns that are
 *          linear in others). */
INFO_API info_status info_gaussian_entropy(info_ctx *ctx, const info_matrix *x,
                                           const info_gaussian_fit_options *options, double *out);

/** Mutual information of Gaussian x and y, given z (NULL: given nothing), from the entropies above: of one-dimensional x and y
 *  -log(1 - r^2) / 2, r their (partial) correlation. */
INFO_API info_status info_gaussian_mutual_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                                      const info_matrix *z, const info_gaussian_fit_options *options,
                                                      double *out);

/** Divergence of the Gaussian fitted to x[N, d] from that fitted to y[M, d]:
 *
 *     D = (tr(T^-1 S) + (m_y - m_x)^T T^-1 (m_y - m_x) - d + log(det T / det S)) / 2.
 *
 *  options.bias_correction is refused. */
INFO_API info_status info_gaussian_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                      const info_gaussian_fit_options *options, double *out);

#ifdef __cplusplus
}
#endif

#endif
