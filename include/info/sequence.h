/* SPDX-License-Identifier: MIT
 *
 * info/sequence.h: the information in sequences of tokens.
 *
 *   1. blocks: entropy rate, and what a context tells of the next token
 *   2. information between tokens at a distance
 *   3. association of the tokens of n-grams
 *   4. transfer entropy
 *   5. Lempel-Ziv entropy rates
 *   6. semantic entropy and usable information
 *
 * Tokens are series of whole numbers (info/sample.h). Documents: `starts` holds the positions at which
 * documents begin, ascending; nothing is measured across one. NULL with a length of 0 is one document.
 *
 * The larger a block, the fewer of its kind a text repeats: estimated block entropies end at log N, and entropy rates
 * at 0, whatever the source. How far they can be believed is told by the coverage, and by INFO_ESTIMATE_LOW_COVERAGE from where on bias
 * dominates.
 *
 * Results are identical for any number of threads and any instruction set. Errors: as in info/sample.h.
 */
#ifndef INFO_SEQUENCE_H
#define INFO_SEQUENCE_H

#include <info/sample.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Blocks ---------------------------------------------------------- */

/** Of blocks of `order` tokens. */
typedef struct info_block_entropy {
    int64_t order;
    int64_t blocks; /* N, in all documents */
    int64_t distinct;
    double coverage;    /* 1 - blocks seen once / blocks */
    double entropy;     /* H(order), by the estimator */
    double rate;        /* H(order) - H(order - 1): of a token after order - 1 others */
    double plug_in;     /* plug-in H(order) */
    double information; /* I(context of order - 1 tokens; next token) = H(order - 1) + H(1) - H(order) */
    int64_t flags;      /* INFO_ESTIMATE_LOW_COVERAGE, _ALL_SINGLETONS, _ONE_SYMBOL; _NEGATIVE of the rate */
    int64_t suggested;  /* the estimator that suits this coverage */
} info_block_entropy;

/** Entropies of blocks of 1 .. max_order tokens, into out[max_order]. options.uncertainty is
 *  refused. K, where an estimator asks, is the number of different tokens to the power of the order.
 *
 *  \return also INFO_ERROR_SIZE (no document has max_order tokens). Cost: a sort of all positions per order; 48 bytes of
 *          scratch memory a token, whatever the order. Shannon 1951; Schuermann, Grassberger, Chaos 6 (1996). */
INFO_API info_status info_block_entropies(info_ctx *ctx, const info_series *tokens, const int64_t *starts,
                                          int64_t starts_len, int64_t max_order, const info_estimator_options *options,
                                          info_block_entropy *out, int64_t out_len);

/* ---- 2. Distance -------------------------------------------------------- */

/** Mutual information of tokens `distances[i]` apart, into out[i]. options.uncertainty is refused. Of natural text it falls
 *  as a power of the distance (info_power_law_fit() of info/geometry.h), of Markov chains exponentially.
 *
 *  \return also INFO_ERROR_SIZE (a distance below 1, or that no document is long enough for).
 *  Li, J. Stat. Phys. 60 (1990); Lin, Tegmark, Entropy 19 (2017). */
INFO_API info_status info_distance_information(info_ctx *ctx, const info_series *tokens, const int64_t *starts,
                                               int64_t starts_len, const int64_t *distances, int64_t count,
                                               const info_estimator_options *options, info_sample_estimate *out,
                                               int64_t out_len);

/* ---- 3. Association ----------------------------------------------------- */

/** What n-grams are ranked by. */
typedef int32_t info_association_rank;
#define INFO_ASSOCIATION_PMI 0
#define INFO_ASSOCIATION_NPMI 1
#define INFO_ASSOCIATION_COUNT 2
#define INFO_ASSOCIATION_LOCAL 3 /* count times PMI: the n-gram's share in the information */

typedef struct info_association_options {
    uint32_t struct_size; /* sizeof(info_association_options) */
    info_unit unit;
    info_association_rank rank;
    int32_t reserved;      /* 0 */
    int64_t minimum_count; /* n-grams that occurred less often are left out; 0: 1. PMI of rare ones is noise */
} info_association_options;

typedef struct info_association {
    int64_t count;
    double pmi;  /* log(p(w_1 .. w_n) / (p(w_1) .. p(w_n))), p(w_j) in place j. Church, Hanks 1990 */
    double npmi; /* pmi / (-(n - 1) log p(w_1 .. w_n)), in -1..1 for pairs; 1 where one tuple is all. Bouma 2009 */
} info_association;

/** The n-grams of a table (width 2 or more) whose tokens are most strongly associated, best first, of equal ones
 *  the lower tuple: at most out_len of them, *found in all; tuples[out_len * width], or NULL. */
INFO_API info_status info_counts_association(info_ctx *ctx, info_counts *counts,
                                             const info_association_options *options, int64_t *tuples,
                                             int64_t tuples_len, info_association *out, int64_t out_len,
                                             int64_t *found);

/* ---- 4. Transfer entropy ------------------------------------------------ */

typedef struct info_transfer_options {
    uint32_t struct_size;      /* sizeof(info_transfer_options) */
    int32_t source_history;    /* l, tokens of the source's past; 0: 1 */
    int32_t target_history;    /* k, tokens of the target's past; 0: 1 */
    int32_t condition_history; /* tokens of each condition's past; 0: 1 */
    int32_t delay;             /* from the source's last token to the target's present; 0: 1 */
    int32_t reserved;          /* 0 */
} info_transfer_options;

/** Transfer entropy from source X to target Y, given the pasts of conditions Z (NULL with count 0):
 *
 *     TE = I(X_(t-u) .. X_(t-u-l+1); Y_t | Y_(t-1) .. Y_(t-k), Z_(t-1) ..),  u the delay,
 *
 *  all series of one length. `estimation` says how it is estimated, and its error.
 *
 *  \return also INFO_ERROR_SIZE (series shorter than the histories, more than INFO_MAX_SERIES symbols of history).
 *  Schreiber, Phys. Rev. Lett. 85 (2000), eq. 4; Lizier, Prokopenko, Zomaya 2008. */
INFO_API info_status info_transfer_entropy(info_ctx *ctx, const info_series *source, const info_series *target,
                                           const info_series *conditions, int32_t condition_count,
                                           const info_transfer_options *options,
                                           const info_estimator_options *estimation, info_sample_estimate *out);

/* ---- 5. Lempel-Ziv ------------------------------------------------------ */

typedef struct info_lempel_ziv_result {
    int64_t length;     /* N */
    int64_t phrases;    /* c, of the parsing of 1976: each the shortest that did not occur before */
    double phrase_rate; /* c log(N) / N. Ziv 1978 */
    double match_rate;  /* (N - 1) / sum_(i>=1) L_i / log(i + 1), L_i one more than the longest match of what follows
                          position i with anything that began before it. Kontoyiannis, Algoet, Suhov, Wyner 1998, eq. 8 */
    int64_t longest;    /* the longest match: text that repeats */
} info_lempel_ziv_result;

/** Entropy rates per token from how well a sequence repeats itself; no alphabet, no order. Both are above the truth by O(1 / log N)
 *  for stationary sources.
 *
 *  Cost: a suffix array by doubling, log(longest match) sorts; 72 bytes of scratch memory a token.
 *  Lempel, Ziv, IEEE Trans. Inf. Theory 22 (1976). INFO_ERROR_SIZE also for a length of 1. */
INFO_API info_status info_lempel_ziv(info_ctx *ctx, const info_series *tokens, info_unit unit,
                                     info_lempel_ziv_result *out);

/* ---- 6. Meaning --------------------------------------------------------- */

typedef struct info_semantic_entropy_result {
    double discrete;    /* entropy of the shares of samples in each class */
    double normalized;  /* entropy of the classes' masses, brought to sum 1 */
    double monte_carlo; /* -mean over samples of log of the normalized mass of their class */
    int64_t classes;
} info_semantic_entropy_result;

/** Entropy over meanings of sampled answers: log_p[i] the log-probability of answer i (of the sequence, or per token), classes[i]
 *  which answers mean the same.
 *
 *  \return also INFO_ERROR_DOMAIN (a NaN or +inf, or no answer with a probability).
 *  Kuhn, Gal, Farquhar, ICLR 2023, eqs. 3 and 4; Farquhar et al., Nature 630 (2024). */
INFO_API info_status info_semantic_entropy(info_ctx *ctx, const double *log_p, const info_series *classes,
                                           info_unit unit, info_semantic_entropy_result *out);

typedef struct info_usable_information {
    double value;          /* mean of the pointwise values */
    double standard_error; /* their deviation / sqrt(count) */
    int64_t count;
} info_usable_information;

/** V-usable information of an input about labels: log_p_given[i] a model's log-probability of label i with the input,
 *  log_p_null[i] a model's without it; pointwise[i] = log_p_given[i] - log_p_null[i] (NULL: not wanted), large where the input helps,
 *  negative where it misleads.
 *
 *  \return also INFO_ERROR_SIZE (count < 1), INFO_ERROR_DOMAIN (a NaN or a positive number, or -inf in both at one place).
 *  Xu et al., ICLR 2020; Ethayarajh, Choi, Swayamdipta, ICML 2022, eq. 4. */
INFO_API info_status info_v_information(info_ctx *ctx, const double *log_p_null, const double *log_p_given,
                                        int64_t count, info_unit unit, double *pointwise, int64_t pointwise_len,
                                        info_usable_information *out);

#ifdef __cplusplus
}
#endif

#endif
