/* SPDX-License-Identifier: MIT
 *
 * info/sample.h: from samples to information, with the bias told.
 *
 *   1. series of symbols
 *   2. counts: histograms, joint counts, n-grams; streamed and merged
 *   3. estimators of entropy and mutual information from counts
 *   4. permutation tests
 *   5. labels: two clusterings compared
 *
 * Samples are whole numbers. A table of counts holds the tuples that occur, sorted,
 * with how often: its memory is proportional to the number of distinct tuples,
 * not to the size of the alphabet, so pairs and n-grams of a vocabulary of 128 000
 * tokens are no different from pairs of bits. Counts are 64-bit and checked.
 *
 * What is estimated. The samples are draws from an unknown distribution, whose entropy
 * is wanted. Entropy of the shares (plug-in) is below it on average, by about
 * (K - 1) / 2N nats while the N samples are many more than the K symbols, and by
 * far more where they are not; mutual information is above it. Each estimator has a name and a
 * source. All are sums over the different counts that occur, of which there are at
 * most sqrt(2N), in double-double where they are differences.
 *
 * Corrected estimates may be negative or above log K. They are returned as they are,
 * with a flag.
 *
 * Results are identical for any number of threads and any instruction set.
 *
 * Errors of all functions: INFO_ERROR_NULL; _SIZE (no samples, lengths that differ);
 * _TYPE, _ALIGNMENT, _OVERFLOW for series; _TARGET (a symbol outside its
 * alphabet; sets of series that are empty where one is needed, that name a series
 * that is not there, or that share one), _OPTION, _DOMAIN (a negative count), _OVERFLOW (counts that exceed 2^63 - 1),
 * _MEMORY, _BUSY, INFO_CANCELED.
 */
#ifndef INFO_SAMPLE_H
#define INFO_SAMPLE_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Series ---------------------------------------------------------- */

/** A borrowed, read-only view of symbols: sample i is at data + i * stride elements.
 *  The stride may be 0 or negative. */
typedef struct info_series {
    const void *data;
    int64_t length;
    int64_t stride;
    info_integer type;
    int32_t reserved; /* 0 */
} info_series;

/** Fills in a view without gaps.
 *
 *  \return INFO_OK; INFO_ERROR_NULL (view or data); INFO_ERROR_TYPE;
 *          INFO_ERROR_SIZE (length < 1); INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERLAP (view lies in data).
 *          Thread-safe. */
INFO_API info_status info_series_init(info_series *view, const void *data, int64_t length, info_integer type);

/** Most series that are counted together, and the longest n-gram. */
#define INFO_MAX_SERIES 64

/* ---- 2. Counts ---------------------------------------------------------- */

/** How often each tuple of symbols occurred. One call at a time: reading sorts what was added last. */
typedef struct info_counts info_counts;

/** Makes an empty table for tuples of width symbols, 1..INFO_MAX_SERIES. Symbol j of
 *  a tuple is in 0..alphabets[j]-1, or any whole number where alphabets[j] is 0 or
 *  alphabets is NULL. A stated alphabet makes counting faster, and is the
 *  number of symbols that estimators take to be possible. Memory comes from
 *  the allocator of ctx (NULL: the C library's), which must stay usable for as long as the
 *  table is.
 *
 *  \return also INFO_ERROR_SIZE (width), INFO_ERROR_DOMAIN (alphabets[j] < 0). */
INFO_API info_status info_counts_create(info_ctx *ctx, const int64_t *alphabets, int32_t width, info_counts **out);

/** Gives the table's memory back. NULL is fine. */
INFO_API void info_counts_destroy(info_counts *counts);

/** Counts the tuples (series[0][i], series[1][i], ...) of `width` series of one
 *  length. times, if not NULL, holds how often each is to be counted (0 or more), with
 *  times_len equal to the length; NULL: once. An error or INFO_CANCELED leaves the table as it was.
 *
 *  Cost: a sort by radix of blocks of samples as large as the table, at least 2^24, and one merge
 *  per block. Memory of the table: 8 (w + 1) bytes for each distinct tuple, w being the words that its symbols fill when
 *  packed: 16 bytes a pair of tokens. While counting up to twice that again, and the blocks. */
INFO_API info_status info_counts_add(info_ctx *ctx, info_counts *counts, const info_series *series, int32_t width,
                                     const int64_t *times, int64_t times_len);

/** Counts the n-grams of a sequence of tokens, n being the table's width. starts
 *  holds the positions at which documents begin, ascending; no n-gram crosses one.
 *  Tokens before the first start (all of them if starts is NULL and starts_len 0) continue the
 *  document that the last call with this table left open, so that a long text can
 *  be counted in pieces: n-grams across the cut are counted.
 *
 *  \return also INFO_ERROR_TARGET (a start outside 0..length-1, or not ascending). */
INFO_API info_status info_counts_add_ngrams(info_ctx *ctx, info_counts *counts, const info_series *tokens,
                                            const int64_t *starts, int64_t starts_len);

/** Adds the counts of another table of the same width and alphabets, which is unchanged. Merging is exact,
 *  commutative and associative. An open document (info_counts_add_ngrams()) of `into` stays open.
 *
 *  \return also INFO_ERROR_SIZE (widths or alphabets differ), INFO_ERROR_OVERLAP (the same table). */
INFO_API info_status info_counts_merge(info_ctx *ctx, info_counts *into, info_counts *from);

/** Makes the table of some of the symbols: bit j of `symbols` keeps symbol j. */
INFO_API info_status info_counts_marginal(info_ctx *ctx, info_counts *counts, uint64_t symbols, info_counts **out);

/** What a table holds. */
typedef struct info_counts_summary {
    int64_t total;      /* samples */
    int64_t distinct;   /* different tuples */
    int64_t singletons; /* tuples that occurred once */
    int64_t doubletons; /* twice */
    int64_t largest;    /* the largest count */
    int64_t width;      /* symbols in a tuple */
    int64_t bytes;      /* memory of the table */
    double
        coverage; /* estimated share of the distribution that the seen tuples have; Good (1953): 1 - singletons/total */
} info_counts_summary;

INFO_API info_status info_counts_summarize(info_ctx *ctx, info_counts *counts, info_counts_summary *out);

/** Reads tuples first .. first + out_len - 1, in lexicographic order: tuples[i * width + j]
 *  is symbol j of the i-th, out[i] its count. tuples may be NULL.
 *
 *  \return also INFO_ERROR_TARGET (first < 0, or more tuples than there are). */
INFO_API info_status info_counts_read(info_ctx *ctx, info_counts *counts, int64_t first, int64_t *tuples,
                                      int64_t tuples_len, int64_t *out, int64_t out_len);

/** How often one tuple occurred; 0 if it never did. Cost: a binary search. */
INFO_API info_status info_counts_find(info_ctx *ctx, info_counts *counts, const int64_t *tuple, int32_t width,
                                      int64_t *out);

/* ---- 3. Estimators ------------------------------------------------------ */

/** n_i: counts of the D symbols that occurred; N: their sum; K: the size of the
 *  alphabet; f_r: how many symbols occurred r times; psi: digamma. */
typedef int32_t info_estimator;
/** Entropy of the shares, log N - sum n log(n) / N. Maximum likelihood. Never negative, also for mutual information. */
#define INFO_ESTIMATOR_PLUG_IN 0
/** plug-in + (D - 1) / 2N. Miller 1955; Paninski, Neural Comput. 15 (2003), eq. 4. */
#define INFO_ESTIMATOR_MILLER_MADOW 1
/** sum n/N (log N - psi(n) - (-1)^n / (n + 1)). Grassberger, Phys. Lett. A 128 (1988), eq. 13. */
#define INFO_ESTIMATOR_GRASSBERGER_1988 2
/** log N - sum n/N G(n), G(n) = psi(n) + (-1)^n (psi((n+1)/2) - psi(n/2)) / 2. Grassberger, arXiv:physics/0307138 (2003), eq. 28. */
#define INFO_ESTIMATOR_GRASSBERGER_2003 3
/** -sum C p log(C p) / (1 - (1 - C p)^N), p = n/N, C the coverage (1 - (N-1)/N where all are singletons).
 *  Chao, Shen, Environ. Ecol. Stat. 10 (2003), eq. 8. */
#define INFO_ESTIMATOR_CHAO_SHEN 4
/** Plug-in of shares shrunk towards 1/K. Hausser, Strimmer, JMLR 10 (2009), eqs. 4-8. Needs K. */
#define INFO_ESTIMATOR_JAMES_STEIN 5
/** Plug-in of (n + a) / (N + K a), a by options.prior. Needs K. Hausser, Strimmer, sec. 2.3; Agresti, Hitchcock 2005. */
#define INFO_ESTIMATOR_DIRICHLET 6
/** Posterior mean of the entropy under the Dirichlet prior a: psi(A+1) - sum (n+a)/A psi(n+a+1), A = N + K a.
 *  Needs K. Wolpert, Wolf, Phys. Rev. E 52 (1995), eq. 10 and theorem 8. */
#define INFO_ESTIMATOR_POSTERIOR_MEAN 7
/** Posterior mean under a mixture of Dirichlet priors whose expected entropy is nearly
 *  uniform, integrated over that entropy. Needs K. Nemenman, Shafee, Bialek, NIPS 14 (2002), eqs. 9-13. */
#define INFO_ESTIMATOR_NSB 8
/** N H - (N-1) times the mean plug-in estimate without one sample. Zahl, Ecology 58 (1977). */
#define INFO_ESTIMATOR_JACKKNIFE 9
/** sum n/N (psi(N) - psi(n)), which is Zhang, Neural Comput. 24 (2012), eq. 4. */
#define INFO_ESTIMATOR_ZHANG 10
/** sum (n+1)/(N+2) (psi(N+3) - psi(n+2)), over all K symbols. Needs K. Bonachela, Hinrichsen, Munoz, J. Phys. A 41 (2008), eq. 26. */
#define INFO_ESTIMATOR_BONACHELA 11
/** Zhang's and the estimated rest of its series from f_1 and f_2. Chao, Wang, Jost, Methods Ecol. Evol. 4 (2013), eq. 5. */
#define INFO_ESTIMATOR_CHAO_WANG_JOST 12

/** Pseudo-count a of the Dirichlet family. */
typedef int32_t info_prior;
#define INFO_PRIOR_JEFFREYS 0 /* 1/2 */
#define INFO_PRIOR_LAPLACE 1  /* 1 */
#define INFO_PRIOR_PERKS 2    /* 1/K */
#define INFO_PRIOR_MINIMAX 3  /* sqrt(N)/K */
#define INFO_PRIOR_AMOUNT 4   /* options.pseudo_count */

/** How the standard error is found. It says how far the estimate from another sample would be, not how far the truth is: it
 *  knows nothing of the bias that is left. */
typedef int32_t info_uncertainty;
#define INFO_UNCERTAINTY_NONE 0 /* not: standard_error 0, lower and upper the value */
#define INFO_UNCERTAINTY_DELTA                                                                                         \
    1 /* deviation of the local values (surprisals, pointwise information) over sqrt(N). Basharin 1959 */
#define INFO_UNCERTAINTY_BOOTSTRAP                                                                                     \
    2 /* deviation over options.replicates multinomial resamples of the tuples. Efron 1979 */
#define INFO_UNCERTAINTY_POSTERIOR 3 /* the posterior's, of entropies by NSB and INFO_ESTIMATOR_POSTERIOR_MEAN */

/** Something to know about an estimate; or-ed together. */
#define INFO_ESTIMATE_NEGATIVE 1 /* below 0, which the truth is not */
#define INFO_ESTIMATE_ABOVE_MAXIMUM                                                                                    \
    2 /* above log K of stated alphabets (of entropies), or above a plug-in entropy of one side (of information) */
#define INFO_ESTIMATE_LOW_COVERAGE 4   /* less than half of the distribution was seen: bias dominates */
#define INFO_ESTIMATE_ALL_SINGLETONS 8 /* no tuple was seen twice: nothing can be told from these counts */
#define INFO_ESTIMATE_ONE_SYMBOL 16    /* one tuple only */

typedef struct info_estimator_options {
    uint32_t struct_size; /* sizeof(info_estimator_options) */
    info_estimator estimator;
    info_unit unit;
    info_prior prior; /* of the Dirichlet family; else 0 */
    info_uncertainty uncertainty;
    int32_t replicates;  /* of the bootstrap, 2..1000000; 0: 200 */
    double pseudo_count; /* > 0 with INFO_PRIOR_AMOUNT; else 0 */
    uint64_t seed;       /* of the bootstrap and of permutations */
    int64_t alphabet;    /* K, of info_estimate_entropy() only; 0: the symbols that occurred. Tables state their own */
    double confidence;   /* of the interval, below 1; 0: 0.95 */
} info_estimator_options;

typedef struct info_sample_estimate {
    double value;
    double standard_error;
    double lower; /* value -+ the normal quantile of options.confidence times the error */
    double upper;
    double plug_in;  /* the plug-in estimate, for comparison */
    double coverage; /* of the finest table used, as info_counts_summary has it */
    int64_t samples;
    int64_t distinct;  /* of the finest table used */
    int64_t flags;     /* INFO_ESTIMATE_..., or-ed */
    int64_t suggested; /* the estimator that suits this coverage: see the guide "Estimating from samples" */
} info_sample_estimate;

/** Entropy from counts alone: counts[i] >= 0 samples of symbol i. Zeros are symbols that did not occur.
 *
 *  K is options.alphabet, or else the number of counts.
 *
 *  \return also INFO_ERROR_DOMAIN (a negative count; all zero; an alphabet smaller than the
 *          number of symbols that occurred), INFO_ERROR_OVERFLOW. Cost: the counts once, then
 *          sqrt(2N) terms; NSB some 10^3 times those. */
INFO_API info_status info_estimate_entropy(info_ctx *ctx, const int64_t *counts, int64_t count,
                                           const info_estimator_options *options, info_sample_estimate *out);

/** Entropy of the symbols `symbols` (a set of bits, as in info/joint.h) given others:
 *  H(A|B) = H(A,B) - H(B), each estimated with K the product of stated alphabets, or of the numbers of symbols
 *  that occurred. */
INFO_API info_status info_counts_entropy(info_ctx *ctx, info_counts *counts, uint64_t symbols, uint64_t given,
                                         const info_estimator_options *options, info_sample_estimate *out);

/** Mutual information of the symbols a and b, given others:
 *  I(A;B|C) = H(A,C) + H(B,C) - H(A,B,C) - H(C), each estimated. */
INFO_API info_status info_counts_mutual_information(info_ctx *ctx, info_counts *counts, uint64_t a, uint64_t b,
                                                    uint64_t given, const info_estimator_options *options,
                                                    info_sample_estimate *out);

/** The same from series, whose bits in the sets are their places in `series`. alphabets as in
 *  info_counts_create(). No table of the pairs is kept: a few nanoseconds a sample, at most
 *  24 bytes of scratch memory for each of them and tuple. The results are those of a table, to the last bit. */
INFO_API info_status info_sample_entropy(info_ctx *ctx, const info_series *series, const int64_t *alphabets,
                                         int32_t width, uint64_t symbols, uint64_t given,
                                         const info_estimator_options *options, info_sample_estimate *out);
INFO_API info_status info_sample_mutual_information(info_ctx *ctx, const info_series *series, const int64_t *alphabets,
                                                    int32_t width, uint64_t a, uint64_t b, uint64_t given,
                                                    const info_estimator_options *options, info_sample_estimate *out);

/* ---- 4. Significance ---------------------------------------------------- */

typedef struct info_permutation_result {
    double value;     /* of the estimator, on the samples as they are */
    double p_value;   /* (1 + exceeded) / (1 + permutations) */
    double null_mean; /* of the estimates of permuted samples: the bias to be expected of independent ones */
    double null_deviation;
    int64_t exceeded; /* permutations whose estimate was at least the value */
    int64_t permutations;
} info_permutation_result;

/** Tests whether A and B are independent, given C: the series of B are permuted together among
 *  the samples, within each value of C, and the mutual information is estimated anew. options.seed starts
 *  the generator; the same seed gives the same permutations on every machine.
 *
 *  \return also INFO_ERROR_SIZE (permutations outside 1..10^7). Cost: that of permutations + 1 estimates.
 *  Phipson, Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010), eq. 2. */
INFO_API info_status info_permutation_test(info_ctx *ctx, const info_series *series, const int64_t *alphabets,
                                           int32_t width, uint64_t a, uint64_t b, uint64_t given, int64_t permutations,
                                           const info_estimator_options *options, info_permutation_result *out);

/* ---- 5. Labels ---------------------------------------------------------- */

/** Two clusterings of the same N objects compared, by the shares of their labels. */
typedef struct info_label_comparison {
    int64_t objects;
    int64_t clusters_a;
    int64_t clusters_b;
    double entropy_a;
    double entropy_b;
    double mutual_information;
    double expected_mutual_information; /* over all pairs of clusterings with these sizes */
    double normalized_mutual_information;
    double adjusted_mutual_information; /* (I - E I) / (M - E I), M the divisor of the normalized one */
    double variation_of_information;    /* H(A|B) + H(B|A) */
    double homogeneity;                 /* 1 - H(A|B) / H(A): a is the truth, b the prediction; 1 if H(A) = 0 */
    double completeness;                /* 1 - H(B|A) / H(B); 1 if H(B) = 0 */
    double v_measure;                   /* (1 + beta) h c / (beta h + c) */
} info_label_comparison;

typedef struct info_label_options {
    uint32_t struct_size; /* sizeof(info_label_options) */
    info_unit unit;       /* of entropies and information */
    int32_t convention;   /* info_nmi of info/joint.h; 0: the arithmetic mean of the entropies */
    int32_t reserved;     /* 0 */
    double beta;          /* weight of completeness in the V-measure, >= 0; 0: 1 */
} info_label_options;

/** Compares labels a and b, any whole numbers. Where both have one cluster, or both have N,
 *  the normalized and adjusted information are 1.
 *
 *  The expected information is exact: for every pair of sizes (u, v) the hypergeometric mean of x log(x/m) - x + m,
 *  m = u v / N, a sum of terms that are not negative; each pair of different sizes once, by recurrence from the most probable
 *  x. Cost: counting, and the sum of min(u, v) over pairs of different sizes, fewer than sqrt(2N) each.
 *  Relative error below 1e-11.
 *  Vinh, Epps, Bailey, JMLR 11 (2010), eqs. 24 and 26; Rosenberg, Hirschberg, EMNLP 2007; Meila 2007. */
INFO_API info_status info_label_compare(info_ctx *ctx, const info_series *a, const info_series *b,
                                        const info_label_options *options, info_label_comparison *out);

/** The same from a table of pairs (width 2). */
INFO_API info_status info_counts_compare(info_ctx *ctx, info_counts *counts, const info_label_options *options,
                                         info_label_comparison *out);

#ifdef __cplusplus
}
#endif

#endif
