/* SPDX-License-Identifier: MIT
 *
 * info/joint.h: several variables at once. A joint distribution is a dense table
 * with one axis per variable.
 *
 *   1. tables, sets of axes and options
 *   2. one and two sets of variables: marginals, entropy, mutual information
 *   3. mutual information as a share: normalized forms
 *   4. many variables: total correlation and its kin
 *   5. local values: one for every cell
 *
 * Sets of axes. A set is a bit mask: bit k stands for axis k, so that
 * (uint64_t)1 << 0 | (uint64_t)1 << 2 is the set {0, 2}. The sets given to a call
 * must not share an axis. Axes in no set are summed over: the measures are those
 * of the marginal distribution of the axes that are named. `given` is the set of
 * axes conditioned on; 0, the empty set, conditions on nothing.
 *
 * What is computed. After validation every cell is divided by the sum of all, so
 * that the results are those of an exact distribution whatever rounding left in
 * the sum. Every measure that cannot be negative is computed as a sum of terms
 * that are not: 0 log 0 is 0, and the divergence of a cell p from the product q
 * of its marginals is
 *
 *     p log(p/q) - p + q  >=  0,
 *
 * whose last two parts add up to nothing over the table. Marginals carry twice
 * the precision of double. Independent variables therefore have a mutual
 * information of 0 or of the order of 1e-32, not of 1e-16, and never below 0.
 *
 * Results are identical for any number of threads and any instruction set.
 *
 * Errors of all functions: INFO_ERROR_NULL, _SIZE (ndim outside 1..64, an axis
 * shorter than 1), _OVERFLOW, _TYPE, _ALIGNMENT for the table; _TARGET for sets
 * that are empty where an axis is needed, that name an axis the table does not
 * have, or that share one; _OPTION; _DOMAIN for a cell that is NaN, negative or
 * infinite where it must not be (the message names its indices) and for a table
 * without any mass; _SUM for probabilities that do not sum to 1; _OVERLAP for an
 * output inside the table; _MEMORY; _BUSY. INFO_CANCELED leaves the output as it was.
 */
#ifndef INFO_JOINT_H
#define INFO_JOINT_H

#include <info/base.h>
#include <info/distribution.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Tables, sets of axes and options -------------------------------- */

/** Most axes that a table can have: one for each bit of a set. */
#define INFO_MAX_AXES 64

/** A borrowed, read-only view of a dense table: cell (i_0, ..., i_n) is at
 *  data + (i_0 * strides[0] + ... + i_n * strides[n]) elements. Strides count
 *  elements and may be 0 (broadcast) or negative (data then points at the first
 *  cell, not at the lowest address). */
typedef struct info_table {
    const void *data;
    const int64_t *shape;   /* ndim lengths, each at least 1 */
    const int64_t *strides; /* ndim strides; NULL: row-major without gaps */
    int32_t ndim;           /* 1 to INFO_MAX_AXES */
    info_dtype dtype;
} info_table;

/** Fills in a view and checks it. The arrays shape and strides (NULL: row-major
 *  without gaps) stay the caller's and must live as long as the view.
 *
 *  \return INFO_OK; INFO_ERROR_NULL (view, data, shape); INFO_ERROR_TYPE;
 *          INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_ALIGNMENT;
 *          INFO_ERROR_OVERLAP (view lies in what it views). Thread-safe. */
INFO_API info_status info_table_init(info_table *view, const void *data, int32_t ndim, const int64_t *shape,
                                     const int64_t *strides, info_dtype dtype);

/** Views a DLPack tensor as a table with the same axes, without a copy. Its shape
 *  and strides are borrowed from the tensor.
 *
 *  \return as info_table_init(); INFO_ERROR_UNSUPPORTED (a device whose memory
 *          the CPU cannot read). Thread-safe. */
INFO_API info_status info_table_from_dlpack(info_ctx *ctx, const info_dlpack_tensor *tensor, info_table *out);

typedef struct info_joint_options {
    uint32_t struct_size;     /* sizeof(info_joint_options) */
    info_kind kind;           /* what the cells hold */
    info_unit unit;           /* of results that are information */
    int32_t normalize;        /* 1: take any positive sum instead of checking that it is 1 */
    info_smoothing smoothing; /* pseudo-counts, added to every cell of the table */
    int32_t reserved;         /* 0 */
    double smoothing_amount;  /* with INFO_SMOOTHING_ADDITIVE; else 0 */
    double sum_tolerance;     /* allowed |sum - 1|, below 1; 0: as info/distribution.h says of a row with as many
                                 columns as the table has cells */
} info_joint_options;

/* ---- 2. Two sets of variables ------------------------------------------- */

/** Entropy of the variables `axes`, given others:
 *
 *     H(A|B) = sum_ab p(a,b) log(p(b) / p(a,b)) = H(A,B) - H(B),
 *
 *  with B empty the joint entropy H(A). Every term is >= 0; exactly 0 if B
 *  determines A. Cost: two passes over the table. */
INFO_API info_status info_joint_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                                        const info_joint_options *options, double *out);

/** Mutual information of the variables a and the variables b, given others:
 *
 *     I(A;B|C) = sum_abc p(a,b,c) log(p(a,b,c) p(c) / (p(a,c) p(b,c))),
 *
 *  with C empty the mutual information I(A;B). Symmetric in a and b to the last
 *  bit. Cost: two passes over the table, at about the speed of memory if it has
 *  the axes of a and b only; a copy of the marginal table otherwise.
 *  Cover, Thomas, Elements of Information Theory (2006), eqs. 2.28, 2.60. */
INFO_API info_status info_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                             uint64_t given, const info_joint_options *options, double *out);

/** Variation of information  VI(A,B) = H(A|B) + H(B|A): a metric on variables, 0
 *  only if each determines the other. Cost: three passes.
 *  Meila, Comparing clusterings, J. Multivariate Analysis 98 (2007), eq. 16. */
INFO_API info_status info_variation_of_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                   const info_joint_options *options, double *out);

/* ---- 3. Mutual information as a share ----------------------------------- */

/** What mutual information is divided by. */
typedef int32_t info_nmi;
#define INFO_NMI_ARITHMETIC 0 /* (H(A) + H(B)) / 2: symmetric uncertainty, V-measure */
#define INFO_NMI_GEOMETRIC 1  /* sqrt(H(A) H(B)) */
#define INFO_NMI_MIN 2        /* min(H(A), H(B)) */
#define INFO_NMI_MAX 3        /* max(H(A), H(B)) */
#define INFO_NMI_JOINT 4      /* H(A,B): 1 minus the normalized variation of information */

/** Normalized mutual information of the variables a and b, in 0..1; exactly 1 for
 *  variables that determine each other. options.unit is of no effect.
 *
 *  \return also INFO_ERROR_OPTION (convention) and INFO_ERROR_DOMAIN where the
 *          divisor is 0: a constant variable has no share of anything.
 *  Vinh, Epps, Bailey, Information theoretic measures for clusterings comparison,
 *  JMLR 11 (2010), table 2. */
INFO_API info_status info_normalized_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                        info_nmi convention, const info_joint_options *options,
                                                        double *out);

/** Theil's uncertainty coefficient  U(A|B) = I(A;B) / H(A): the share of the
 *  entropy of a that b explains, in 0..1. INFO_ERROR_DOMAIN if H(A) is 0. */
INFO_API info_status info_uncertainty_coefficient(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                  const info_joint_options *options, double *out);

/* ---- 4. Many variables --------------------------------------------------
 *
 * variables holds count sets of axes, one for each variable X_1 .. X_n; NULL with
 * count 0 makes every axis that is not in `given` a variable. All measures may be
 * conditioned on the axes in `given`. The marginal table of the named axes is
 * copied to scratch memory (16 bytes a cell). Errors also: INFO_ERROR_SIZE for a
 * count outside 1..64, INFO_ERROR_NULL for variables NULL with another count. */

/** Total correlation (multi-information)
 *
 *     TC = sum_i H(X_i) - H(X_1, .., X_n) = sum_j I(X_1 .. X_(j-1); X_j),
 *
 *  computed as the latter, of which every term is >= 0. 0 for independent
 *  variables. Cost: about two passes. Watanabe 1960. */
INFO_API info_status info_total_correlation(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                            int64_t count, uint64_t given, const info_joint_options *options,
                                            double *out);

/** Dual total correlation (excess entropy, binding information)
 *
 *     DTC = H(X_1, .., X_n) - sum_i H(X_i | all others)
 *         = sum_j I(X_1 .. X_(j-1); X_j | X_(j+1) .. X_n),
 *
 *  computed as the latter, of which every term is >= 0. Cost: 2n passes. Han 1978. */
INFO_API info_status info_dual_total_correlation(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                                 int64_t count, uint64_t given, const info_joint_options *options,
                                                 double *out);

/** O-information  TC - DTC: positive where redundancy dominates, negative where
 *  synergy does; 0 for two variables. Rosas, Mediano, Gastpar, Jensen 2019. */
INFO_API info_status info_o_information(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                        int64_t count, uint64_t given, const info_joint_options *options, double *out);

/** Co-information
 *
 *     I(X_1; ..; X_n) = sum over non-empty S of (-1)^(|S|+1) H(X_S),
 *
 *  the entropy for one variable, mutual information for two, and then
 *  I(X_1; ..; X_n) = I(X_1; ..; X_(n-1)) - I(X_1; ..; X_(n-1) | X_n). Positive for
 *  redundancy: three copies of a fair bit have +1 bit, x, y and x xor y have -1.
 *  Cost: 3^n cells for variables of two values. Bell 2003. */
INFO_API info_status info_co_information(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                         int64_t count, uint64_t given, const info_joint_options *options, double *out);

/** Interaction information: (-1)^n times the co-information, so that synergy of
 *  three variables is positive: x, y and x xor y have +1 bit. McGill 1954. */
INFO_API info_status info_interaction_information(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                                  int64_t count, uint64_t given, const info_joint_options *options,
                                                  double *out);

/* ---- 5. Local values ----------------------------------------------------
 *
 * One double for every cell of the marginal table of the axes named, row-major, the
 * axes in ascending order. Their mean under p is the measure itself. INFO_CANCELED
 * may leave out partly written. Errors also: INFO_ERROR_OUTPUT. */

/** The marginal distribution of the variables `axes`, as probabilities. */
INFO_API info_status info_marginal(info_ctx *ctx, const info_table *table, uint64_t axes,
                                   const info_joint_options *options, double *out, int64_t out_len);

/** Local entropy (surprisal)  -log p(a|b), for every cell of the variables `axes`
 *  and `given`. +inf where p(a|b) = 0, NaN where p(b) = 0. */
INFO_API info_status info_local_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                                        const info_joint_options *options, double *out, int64_t out_len);

/** Pointwise mutual information  log(p(a,b|c) / (p(a|c) p(b|c))), for every cell of
 *  a, b and given. -inf where a and b never meet; NaN where one of them, or c, never
 *  occurs. Church, Hanks 1990. */
INFO_API info_status info_pointwise_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                       uint64_t given, const info_joint_options *options, double *out,
                                                       int64_t out_len);

/** Normalized pointwise mutual information  PMI / -log p(a,b|c), in -1..1: -1 for
 *  symbols that never meet, 0 for independent ones, 1 for symbols that never occur
 *  apart; NaN as above. options.unit is of no effect. Bouma 2009. */
INFO_API info_status info_normalized_pointwise_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a,
                                                                  uint64_t b, uint64_t given,
                                                                  const info_joint_options *options, double *out,
                                                                  int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
