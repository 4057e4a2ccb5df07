/* SPDX-License-Identifier: MIT
 *
 * info/token.h: single tokens of next-token distributions, and what is made of them.
 *
 *   1. chosen tokens and the k most probable ones
 *   2. intervals from top-k lists
 *   3. membership scores: Min-K% and Min-K%++
 *   4. calibration: expected calibration error, Brier score
 *   5. losses against compact teachers
 *
 * Conventions are those of lm.h: logits of any type and strides, rows without a valid value counted and
 * not spread, the same bits for any number of threads and instruction set.
 *
 * Every function here is thread-safe with contexts of their own.
 */
#ifndef INFO_TOKEN_H
#define INFO_TOKEN_H

#include <info/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Chosen tokens --------------------------------------------------- */

/** Log-probabilities of given tokens: out[i, j] = log p(tokens[i, j]) in row i. PyTorch's log_softmax and gather,
 *  without the first's output.
 *
 *  \param tokens  [rows, per_row], tokens_len = rows * per_row, of options.target_type; the ignored index gives 0
 *  \param options as for info_logits_measure()
 *  \param out     [rows, per_row]; NaN for a token out of range, whose row then counts as invalid
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP;
 *          INFO_ERROR_MEMORY; INFO_ERROR_BUSY; with INFO_INVALID_ERROR also INFO_ERROR_DOMAIN and
 *          INFO_ERROR_TARGET. Cost: one read of the logits. */
INFO_API info_status info_logits_select(info_ctx *ctx, const info_matrix *logits, const void *tokens, int64_t per_row,
                                        int64_t tokens_len, const info_lm_options *options, double *out,
                                        int64_t out_len);

/** The k most probable tokens of every row, the most probable first, equal ones in the order of their index.
 *
 *  \param k       1 .. V; where a row's valid length is below k its list ends with tokens -1 of log-probability -inf
 *  \param tokens  [rows, k]; -1 in rows without a valid value; NULL if not wanted
 *  \param log_p   [rows, k]; NULL if not wanted
 *  \param out_len elements in each of them, at least rows * k
 *  \return as info_logits_select(); INFO_ERROR_SIZE for k. Cost: two reads of the logits, the second from the cache, and
 *          O(V + k log k) time and 64 k bytes of scratch memory per thread; rows in ascending order are no worse. */
INFO_API info_status info_logits_top_k(info_ctx *ctx, const info_matrix *logits, int64_t k,
                                       const info_lm_options *options, int64_t *tokens, double *log_p, int64_t out_len);

/* ---- 2. Intervals from top-k lists -------------------------------------- */

/** Lists of probable tokens as serving engines return them: one row per position, the k most probable tokens and, in many,
 *  the one that was sampled, which may be far below. No token that is not listed exceeds the least of the k: p_k below.
 *  top says how many of a list's entries those are, wherever they stand. 0: not known; then all but the least entry that is
 *  possible are taken for them, which holds with a sampled token and without. */
typedef struct info_top_k {
    const info_matrix *log_probabilities; /* rows x k, nats, in any order */
    const void *tokens;                   /* [rows, k] of token_type; may be NULL for info_top_k_entropy() */
    int64_t tokens_len;                   /* rows * k, or 0 */
    int64_t top;             /* how many of a list's entries are the most probable tokens: its top largest */
    info_integer token_type; /* of the elements of tokens; INFO_INT64 is 0 */
    int32_t reserved;        /* 0 */
} info_top_k;

typedef struct info_top_k_options {
    uint32_t struct_size; /* sizeof(info_top_k_options) */
    info_unit unit;
    info_invalid invalid; /* default: INFO_INVALID_NAN */
    int32_t reserved;     /* 0 */
    double tolerance;     /* of sums of the listed probabilities; 0: 1e-6 (f64), 1e-5 (f32), 1e-2 (f16, bf16) */
    double q_floor;       /* info_top_k_kl(): no q is below it, at most 1 / vocabulary; 0: not known */
} info_top_k_options;

/** Interval that holds the entropy of every row, of which k probabilities are known. The others, of which none exceeds
 *  p_k, share e = 1 - sum p:
 *
 *      lower  as few as possible: floor(e / p_k) of p_k and one of what remains
 *      upper  all alike: -e log(e / (V - k))
 *
 *  Both are attained, and widened by their own rounding (1e-14) and that of the list's type: each log p within
 *  u (1 + |log p|), u = 2^-24 (f32), 2^-11 (f16), 2^-8 (bf16). A sum above 1 by rounding is divided by.
 *
 *  \param vocabulary V >= k, at most 2^53
 *  \param lower      one per row
 *  \param upper      one per row
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP;
 *          INFO_ERROR_MEMORY; INFO_ERROR_BUSY; with INFO_INVALID_ERROR also INFO_ERROR_DOMAIN (NaN, a positive
 *          log-probability), INFO_ERROR_SUM (a sum above 1; a rest that V - k tokens of at most p_k cannot hold). */
INFO_API info_status info_top_k_entropy(info_ctx *ctx, const info_top_k *list, int64_t vocabulary,
                                        const info_top_k_options *options, double *lower, double *upper,
                                        int64_t out_len);

/** Interval that holds KL(p || q) of every row, from a list of each. With C the tokens in both lists,
 *
 *      lower  sum_C p log(p / q) + a log(a / b), a and b what is left of p and of q: the data-processing inequality.
 *             It is never negative, as the sum over C alone may be
 *      upper  sum_C p log(p / q) + sum_{only p} p log(p / q_floor) + e log(min(p_k, e) / q_floor), e = 1 - sum p;
 *             +inf if no q_floor is known, unless p's list is all there is
 *
 *  a and b are trusted to within the tolerance: where they differ by less than twice that, they count as equal.
 *
 *  \param p      a top-k list
 *  \param q      any list of tokens with their probabilities: q's own top k, or q at the tokens of p
 *  \return as info_top_k_entropy(); INFO_ERROR_TARGET for tokens out of range or twice in a row. Cost: O(k log k). */
INFO_API info_status info_top_k_kl(info_ctx *ctx, const info_top_k *p, const info_top_k *q, int64_t vocabulary,
                                   const info_top_k_options *options, double *lower, double *upper, int64_t out_len);

/* ---- 3. Membership scores ----------------------------------------------- */

/** What info_logits_measure() or info_head_measure() found for the tokens of one text, in nats. */
typedef struct info_token_scores {
    uint32_t struct_size;          /* sizeof(info_token_scores) */
    info_dtype precision;          /* as in info_score_options: how far above 0 rounding may have left a log p */
    int64_t count;                 /* elements in every array */
    const double *log_probability; /* of the tokens; NaN: left out */
    const double *entropy;         /* of their distributions; both may be NULL: no Min-K%++ */
    const double *varentropy;
} info_token_scores;

/** Outcome of info_min_k(). */
typedef struct info_min_k_result {
    int64_t tokens, skipped;
    int64_t lowest;         /* how many were averaged: max(1, floor(fraction tokens)); 0 if there are none */
    double min_k;           /* mean of the lowest log p */
    double min_k_plus_plus; /* mean of the lowest z; 0 if they were not asked for */
    int64_t above_zero;     /* log-probabilities above 0, taken as 0 */
} info_min_k_result;

/** Min-K% and Min-K%++: was a text in the training data? Both are the mean of the lowest fraction of its tokens' scores, higher
 *  if it was: of log p (Shi et al. 2024), and of
 *
 *      z = (log p - mu) / sigma, mu = sum p log p = -H, sigma^2 = varentropy
 *
 *  (Zhang et al. 2024, equation 3). z = 0 where log p - mu and sigma are both below 1e-6 (1 + H): a distribution
 *  that flat, or that certain, does not tell.
 *
 *  \param fraction in (0, 1]; 0.2 is usual
 *  \param z        scores of the tokens, NaN for those left out; NULL if not wanted
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_OPTION (fraction); INFO_ERROR_OUTPUT;
 *          INFO_ERROR_DOMAIN (log p above 0, an entropy or varentropy negative or infinite); INFO_ERROR_MEMORY;
 *          INFO_ERROR_BUSY. Cost: O(count log count), 8 bytes of scratch memory per token. */
INFO_API info_status info_min_k(info_ctx *ctx, const info_token_scores *scores, double fraction,
                                info_min_k_result *result, double *z, int64_t z_len);

/* ---- 4. Calibration ----------------------------------------------------- */

/** How confidences are put into bins. */
typedef int32_t info_binning;
#define INFO_BINNING_WIDTH 0 /* [i / B, (i + 1) / B), the last closed: tables of shards merge */
#define INFO_BINNING_MASS 1  /* equal numbers in each, equal confidences together */

typedef struct info_calibration_options {
    uint32_t struct_size; /* sizeof(info_calibration_options) */
    info_binning binning;
    int64_t bins; /* B; 0 means 15 */
} info_calibration_options;

/** One line of a reliability table. All but the edges add up. */
typedef struct info_calibration_bin {
    double lower, upper; /* edges; with equal masses the least and the greatest confidence in it */
    int64_t count;
    int64_t correct;
    double confidence; /* sum */
    double squares;    /* sum (confidence - correct)^2 */
} info_calibration_bin;

/** Outcome of a calibration. Everything is 0 if there are no samples. */
typedef struct info_calibration_result {
    int64_t samples, skipped;
    double accuracy;   /* fraction of correct ones */
    double confidence; /* mean */
    double ece;        /* sum_b n_b / n |accuracy_b - confidence_b|: expected calibration error */
    double rms;        /* sqrt sum_b n_b / n (accuracy_b - confidence_b)^2 */
    double mce;        /* max_b |accuracy_b - confidence_b| over bins that are not empty */
    double brier;      /* mean (confidence - correct)^2: the binary Brier score */
} info_calibration_result;

/** Whether confidences are the frequencies they claim to be (Naeini et al. 2015, Guo et al. 2017), for instance
 *  top_probability of info_logits_measure() against argmax == target.
 *
 *  \param confidence count numbers in [0, 1]; NaN is left out
 *  \param correct    1 or 0; -1 is left out
 *  \param table      the reliability table, bins_len >= B; NULL if not wanted
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_DOMAIN;
 *          INFO_ERROR_MEMORY; INFO_ERROR_BUSY. Cost: O(count); equal masses O(count log count) and 16 bytes of
 *          scratch memory per sample. */
INFO_API info_status info_calibration(info_ctx *ctx, const double *confidence, const int32_t *correct, int64_t count,
                                      const info_calibration_options *options, info_calibration_bin *table,
                                      int64_t table_len, info_calibration_result *result);

/** The same from tables of shards with the same edges: INFO_BINNING_WIDTH.
 *
 *  \param tables [shards, bins]
 *  \param merged bins of them; NULL if not wanted
 *  \return as info_calibration(); INFO_ERROR_DOMAIN for tables whose edges differ or that no calibration gives. skipped is 0. */
INFO_API info_status info_calibration_merge(info_ctx *ctx, const info_calibration_bin *tables, int64_t shards,
                                            int64_t bins, info_calibration_bin *merged, int64_t merged_len,
                                            info_calibration_result *result);

/** Brier score of every row over all tokens, sum_j (p_j - [j = target])^2: 0 .. 2, 0 where the target is ignored.
 *  The score of a data set is the mean (Brier 1950).
 *
 *  \return as info_logits_select(). Cost: one read of the logits. */
INFO_API info_status info_brier(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                const info_lm_options *options, double *out, int64_t out_len);

/* ---- 5. Compact teachers ------------------------------------------------ */

/** A divergence between a teacher p, of which k tokens T are known and P' = 1 - sum_T p is what all others have together,
 *  and a student's row of logits q, Q' = 1 - sum_T q, with the gradient by the logits. It is that of k + 1 cells,
 *
 *      forward  sum_T p log(p / q) + P' log(P' / Q'),   d/dy = q - p in T, q (1 - P' / Q') outside
 *
 *  and so for the other divergences of info_loss_divergence(): never above that of all tokens (data processing), never
 *  below 0, with a gradient that sums to 0. Forward KL is what distillation from stored top-k lists wants; without its last
 *  term, as often seen, nothing holds back the tokens outside.
 *
 *  \param teacher    one list per row, its log-probabilities made at options->temperature; tokens -1 of log-probability -inf
 *                    are empty places (of unsigned types none is). A sum above 1 by rounding (1e-6 in f64, 1e-5 in f32, 1e-2 in f16, bf16) is divided by. P'
 *                    is no better than the list's type: where it matters, f64. Where the student has no possible token outside T, as
 *                    much as that is taken as 0. top must be 0: a list may hold any tokens
 *  \param vocabulary of the teacher. Tokens that the student does not have (from student->cols on), and those of the
 *                    student that the teacher does not have, are part of the rest: the widths may differ
 *  \param options    as for info_loss_divergence()
 *  \param rows       every row's divergence, before its weight and the scale: 0 for rows of weight 0, NaN for those without a
 *                    valid value; NULL if not wanted
 *  \param gradient   as for info_loss_divergence(): it may be the student itself
 *  \return as info_loss_divergence(); INFO_INVALID_ROWS or, with INFO_INVALID_ERROR, INFO_ERROR_DOMAIN, INFO_ERROR_SUM or
 *          INFO_ERROR_TARGET (out of range, twice in a row) for lists too. Cost: two reads of the student and O(k log k), twice that
 *          with the gradient, and 8 V + 90 k bytes of scratch memory per thread. */
INFO_API info_status info_loss_top_k(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary,
                                     const info_matrix *student, const info_loss_options *options, double *rows,
                                     int64_t rows_len, info_loss_result *result, const info_matrix_out *gradient);

#ifdef __cplusplus
}
#endif

#endif
