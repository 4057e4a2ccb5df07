/* SPDX-License-Identifier: MIT
 *
 * info/evaluation.h: evaluations in pieces. A state takes in scored tokens batch by batch,
 * is saved and loaded, merges with the states of other processes, and gives at the end the
 * numbers that one process would have given for all the data.
 *
 *   1. states: what is measured, and of what
 *   2. making, merging, saving and loading
 *   3. batches: likelihoods, pairs of models, samples, columns of numbers, ranks, hidden states
 *   4. results
 *
 * Conventions of this header:
 *   - Sums, squares and products are kept exactly (fixed point, wide enough for all doubles), so
 *     that every number a state reports has the same bits for any order of the batches, any
 *     sharding, any order and tree of merging, any number of threads and any instruction set.
 *     Hidden states are the exception in one way: see info_evaluation_update_states().
 *   - Memory does not grow with the number of tokens (but see INFO_PERCENTILES_EXACT).
 *   - A token with a NaN in any array given is left out of everything and counted as skipped.
 *   - Documents are runs of tokens with equal ids. The id is the document's own: no two documents
 *     of an evaluation share one. A document may be cut by the boundary of a batch, and, with
 *     INFO_DOCUMENTS_CUT, of a shard. Without ids every token is a document.
 *   - The same arrays are given with every batch of an evaluation; others are INFO_ERROR_MISMATCH.
 *   - Standard errors: of a mean m of x over n tokens, sqrt(sum (x - m)^2 / (n (n - 1))) with tokens
 *     independent, and sqrt(C / (C - 1) sum_c (s_c - m n_c)^2) / n with the C documents independent
 *     (s_c = sum of x over the n_c tokens of document c). Macro means are over documents, each the
 *     mean of its tokens. Errors are 0 with fewer than two tokens or documents, infinite where the mean is.
 *
 * A state serves one thread at a time; the functions are thread-safe with states and contexts of their own.
 * Results other than the first three fields of a description take memory from the context, some hundred
 * kilobytes.
 */
#ifndef INFO_EVALUATION_H
#define INFO_EVALUATION_H

#include <info/lm.h>
#include <info/states.h>
#include <info/token.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. States ---------------------------------------------------------- */

/** What a state measures. Numbers are part of the saved form. */
typedef int32_t info_evaluation_kind;
#define INFO_EVALUATION_LIKELIHOOD 1 /* one model's log-probabilities of the tokens of texts */
#define INFO_EVALUATION_PAIR 2       /* two models on the same tokens */
#define INFO_EVALUATION_SAMPLED_KL 3 /* KL(p || q) from tokens drawn from p */
#define INFO_EVALUATION_OFF_POLICY 4 /* KL of a policy from tokens drawn from an older one */
#define INFO_EVALUATION_VALUES 5     /* any columns of numbers: Min-K% of texts, entropies of attention heads, ... */
#define INFO_EVALUATION_RANKS 6      /* Diff-eRank over the sentences of a data set */
#define INFO_EVALUATION_STATES 7     /* sums over hidden states: count, mean, scatter */

/** Whether shards cut documents. */
typedef int32_t info_documents;
#define INFO_DOCUMENTS_CUT 0   /* they may: the first and the last document of a shard travel with its state */
#define INFO_DOCUMENTS_WHOLE 1 /* they do not: states stay small however many shards merge */

/** How percentiles are found. */
typedef int32_t info_percentiles;
#define INFO_PERCENTILES_BUCKETS                                                                                       \
    0                            /* from counts in 512 buckets an octave: off by at most 2^-10 of each value (0.098 %),
                                      or 2^-1032; the least and the greatest value are exact. Some 4 KiB an octave */
#define INFO_PERCENTILES_EXACT 1 /* every value is kept: 8 bytes a token and column, in memory and when saved */
#define INFO_PERCENTILES_NONE 2

/** What an evaluation is. Everything but shard and the three fields of the saved state's own (shard, shards and
 *  none other) must be the same in states that merge, and is saved with them. */
typedef struct info_evaluation_options {
    uint32_t struct_size;      /* sizeof(info_evaluation_options) */
    info_evaluation_kind kind; /* required */
    info_documents documents;
    info_percentiles percentiles;
    const char *model;     /* what was evaluated, by name or hash: UTF-8 of at most 4095 bytes; NULL: "" */
    const char *reference; /* the base model of a pair */
    const char *tokenizer;
    const char *data;
    const char *settings;           /* anything else that must be equal: context length, precision, ... */
    int64_t shard;                  /* this state's part of the data, 0 .. shards - 1 */
    int64_t shards;                 /* number of parts; 0 means 1 */
    const int64_t *position_edges;  /* ascending, e_0 < e_1 < ...: bins [e_i, e_i+1) of position; NULL: none */
    int64_t position_edges_len;     /* 0, or 2 to 4097 */
    const double *confidence_edges; /* ascending, in [0, 1]: bins of top_probability, the last one closed; NULL: none */
    int64_t confidence_edges_len;   /* 0, or 2 to 4097 */
    int64_t columns;     /* INFO_EVALUATION_VALUES: of the batches; _RANKS, _STATES: width d of the hidden states */
    double cap;          /* INFO_EVALUATION_OFF_POLICY: largest weight of a token; 0 means none */
    double sequence_cap; /* ... of a sequence */
    info_weight_cap cap_rule;
    int32_t reserved;                      /* 0 */
    const info_spectral_options *spectral; /* INFO_EVALUATION_STATES: how rows are prepared, as in info_states_sums();
                                              NULL: Diff-eRank's convention */
    const double *mean; /* INFO_EVALUATION_STATES: the row to subtract where rows are centered; NULL: the mean
                                         of all. Diff-eRank's convention needs it for products: a first state without it
                                         finds it, and keeps no products */
    int64_t mean_len;   /* d; 0 for NULL */
} info_evaluation_options;

/** A state. */
typedef struct info_evaluation info_evaluation;

/** What a state is and holds. */
typedef struct info_evaluation_description {
    info_evaluation_kind kind;
    int32_t finished;        /* 1: all its shards are; it takes no more batches */
    int64_t tokens, skipped; /* rows, for the kinds that have no tokens */
    int64_t documents;       /* with a token that counts, open ones included */
    int64_t shards;          /* of the evaluation */
    int64_t shards_present;
    int64_t first_missing;  /* shard; -1: none is */
    int64_t position;       /* as marked */
    int64_t memory;         /* bytes it takes now */
    uint64_t configuration; /* a hash of all that must be equal in states that merge */
} info_evaluation_description;

/** The names in the options. */
typedef int32_t info_evaluation_name;
#define INFO_NAME_MODEL 0
#define INFO_NAME_REFERENCE 1
#define INFO_NAME_TOKENIZER 2
#define INFO_NAME_DATA 3
#define INFO_NAME_SETTINGS 4

/* ---- 2. Making, merging, saving and loading ------------------------------ */

/** Makes an empty state. It takes its memory from the context's allocator, then and later, and gives it back there: an
 *  allocator of the context must outlive the state. The context itself need not.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OPTION; INFO_ERROR_SIZE (edges, columns, names); INFO_ERROR_DOMAIN
 *          (edges that do not ascend, a cap below 0, a mean that is not finite); INFO_ERROR_OVERFLOW; INFO_ERROR_MEMORY;
 *          INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_create(info_ctx *ctx, const info_evaluation_options *options,
                                            info_evaluation **out);

/** Gives a state's memory back. NULL is fine. */
INFO_API void info_evaluation_destroy(info_evaluation *state);

/** What a state is. INFO_OK; INFO_ERROR_NULL; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_describe(info_ctx *ctx, const info_evaluation *state,
                                              info_evaluation_description *out);

/** One of the names it was made with: never NULL, "" for a number that is none and for state NULL. It lives as long as the state. */
INFO_API const char *info_evaluation_text(const info_evaluation *state, info_evaluation_name name);

/** Notes where its caller is, for resuming, and whether the shard is complete. A finished state takes no more batches;
 *  only finished states merge.
 *
 *  \param position any number: tokens, documents or bytes done. It is saved, and means nothing to the library
 *  \param finished 1 or 0
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OPTION; INFO_ERROR_SHARD (a finished state unfinished); INFO_ERROR_BUSY;
 *          INFO_ERROR_MEMORY. */
INFO_API info_status info_evaluation_mark(info_ctx *ctx, info_evaluation *state, int64_t position, int32_t finished);

/** Adds what another state holds; it stays as it is. Exact, commutative and associative.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OVERLAP (both are the same); INFO_ERROR_MISMATCH (of different
 *          evaluations, or given different arrays: the text says in what); INFO_ERROR_SHARD (one is not finished, or
 *          both have the same shard: the text says which); INFO_ERROR_MEMORY; INFO_ERROR_BUSY. After an error the state
 *          is as it was. Cost: a pass over the memory of both. */
INFO_API info_status info_evaluation_merge(info_ctx *ctx, info_evaluation *into, const info_evaluation *from);

/** Whether every shard of the evaluation is there, and finished.
 *
 *  \return INFO_OK; INFO_ERROR_SHARD: the text names the missing ones; INFO_ERROR_NULL; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_check(info_ctx *ctx, const info_evaluation *state);

/** Bytes that info_evaluation_save() writes. As info_evaluation_save(). */
INFO_API info_status info_evaluation_saved_size(info_ctx *ctx, const info_evaluation *state, int64_t *size);

/** Writes the state as bytes, the same on every machine: two states that hold the same have the same bytes, whatever
 *  their past. Version 1 of the form; later libraries read it.
 *
 *  \param buffer   length bytes of the caller
 *  \param written  how many were used
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OUTPUT; INFO_ERROR_MEMORY; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_save(info_ctx *ctx, const info_evaluation *state, void *buffer, int64_t length,
                                          int64_t *written);

/** Makes a state from the bytes of one. Every byte is covered by a checksum.
 *
 *  \return INFO_OK; INFO_ERROR_FORMAT (not a state), INFO_ERROR_TRUNCATED, INFO_ERROR_CORRUPT (also: bytes after the
 *          end), INFO_ERROR_NEWER; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_MEMORY; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_load(info_ctx *ctx, const void *bytes, int64_t length, info_evaluation **out);

/** Length of the state that begins here, from its header alone: for states one after the other in a file.
 *
 *  \return as info_evaluation_load(). */
INFO_API info_status info_evaluation_blob_size(info_ctx *ctx, const void *bytes, int64_t length, int64_t *size);

/* ---- 3. Batches --------------------------------------------------------- */

/** Tokens that one model scored, as info_logits_measure() gives them. Arrays of count elements; those that are
 *  NULL are not summarized. */
typedef struct info_likelihood_batch {
    uint32_t struct_size; /* sizeof(info_likelihood_batch) */
    info_dtype precision; /* that the log-probabilities have been through, as in info_score_options */
    int64_t count;
    const double *log_probability; /* of the tokens, nats; required */
    const double *units;           /* bytes, words or characters of each, >= 0; NULL: 1 */
    const double *entropy;         /* of their distributions, nats */
    const double *top_probability; /* of the most probable token, in [0, 1] */
    const int32_t *correct;        /* 1: the most probable token is the target; 0; -1: the row is invalid */
    const double *brier;           /* info_brier() */
    const int64_t *documents;
    const int64_t *positions; /* in the context; needed with position edges */
} info_likelihood_batch;

/** Its columns, for the results that take one. */
typedef int32_t info_column;
#define INFO_LIKELIHOOD_NLL 0
#define INFO_LIKELIHOOD_UNITS 1
#define INFO_LIKELIHOOD_ENTROPY 2
#define INFO_LIKELIHOOD_TOP_PROBABILITY 3
#define INFO_LIKELIHOOD_CORRECT 4
#define INFO_LIKELIHOOD_BRIER 5
#define INFO_LIKELIHOOD_BINARY_BRIER 6 /* (top_probability - correct)^2, where both are given */

/** Adds a batch to a state of INFO_EVALUATION_LIKELIHOOD.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_OPTION; INFO_ERROR_DOMAIN (a
 *          log-probability above 0 by more than rounding, a negative or infinite unit, a negative entropy, a probability outside [0, 1]);
 *          INFO_ERROR_MISMATCH (a state of another kind, other arrays than before); INFO_ERROR_SHARD (a finished
 *          state); INFO_ERROR_MEMORY; INFO_ERROR_BUSY. After an error the state is as it was.
 *          Cost: O(count), about 0.2 microseconds a token and 8 bytes of scratch memory a token and column. */
INFO_API info_status info_evaluation_update_likelihood(info_ctx *ctx, info_evaluation *state,
                                                       const info_likelihood_batch *batch);

/** Tokens that two models scored, as info_logits_compare() gives them; p is the base model. */
typedef struct info_pair_batch {
    uint32_t struct_size; /* sizeof(info_pair_batch) */
    info_dtype precision; /* that the log-probabilities have been through, as in info_score_options */
    int64_t count;
    const double *log_probability_p; /* of the tokens, nats; required */
    const double *log_probability_q; /* required */
    const double *kl;                /* KL(p || q) */
    const double *kl_reverse;        /* KL(q || p) */
    const double *js;
    const double *tv;
    const int32_t *same_top;  /* 1 or 0; -1: the row is invalid */
    const int32_t *correct_p; /* 1: p's most probable token is the target; 0; -1 */
    const int32_t *correct_q;
    const double *top_probability; /* of p's most probable token: for bins of confidence */
    const int64_t *documents;
    const int64_t *positions;
} info_pair_batch;

#define INFO_PAIR_NLL_P 0
#define INFO_PAIR_NLL_Q 1
#define INFO_PAIR_LOG_RATIO 2 /* nll_q - nll_p */
#define INFO_PAIR_DELTA_P 3   /* q(target) - p(target) */
#define INFO_PAIR_DELTA_P_SQUARE 4
#define INFO_PAIR_KL 5
#define INFO_PAIR_KL_REVERSE 6
#define INFO_PAIR_JS 7
#define INFO_PAIR_TV 8
#define INFO_PAIR_SAME_TOP 9
#define INFO_PAIR_CORRECT_P 10
#define INFO_PAIR_CORRECT_Q 11
#define INFO_PAIR_LOST 12   /* p's choice was the target, q's is not */
#define INFO_PAIR_WON 13    /* the reverse */
#define INFO_PAIR_CHANGE 14 /* correct_q - correct_p */

/** Adds a batch to a state of INFO_EVALUATION_PAIR. As info_evaluation_update_likelihood(). Two infinite
 *  values have no log ratio: their token is left out of that column, and the summary's log_ratio is NaN. */
INFO_API info_status info_evaluation_update_pair(info_ctx *ctx, info_evaluation *state, const info_pair_batch *batch);

/** Tokens drawn from a policy. */
typedef struct info_sample_batch {
    uint32_t struct_size; /* sizeof(info_sample_batch) */
    info_dtype precision; /* that the log-probabilities have been through, as in info_score_options */
    int64_t count;
    const double
        *log_p; /* INFO_EVALUATION_SAMPLED_KL: under the sampling model p; _OFF_POLICY: under the policy; nats */
    const double *log_q;      /* under the other model, or the reference policy */
    const double *log_old;    /* INFO_EVALUATION_OFF_POLICY: under the policy that drew the token; else NULL */
    const int64_t *documents; /* sequences */
} info_sample_batch;

#define INFO_SAMPLED_K1 0 /* -r, r = log q - log p */
#define INFO_SAMPLED_K2 1 /* r^2 / 2 */
#define INFO_SAMPLED_K3 2 /* exp(r) - 1 - r */

#define INFO_OFF_POLICY_LOG_WEIGHT 0 /* log w, w = p / p_old */
#define INFO_OFF_POLICY_WEIGHT 1     /* w */
#define INFO_OFF_POLICY_CAPPED 2     /* w after the cap */
#define INFO_OFF_POLICY_HIT 3        /* 1: the cap was applied */
#define INFO_OFF_POLICY_K1 4         /* capped w times k1, k2, k3 of log_q - log_p */
#define INFO_OFF_POLICY_K2 5
#define INFO_OFF_POLICY_K3 6
#define INFO_OFF_POLICY_PLAIN_K1 7 /* k1, k2, k3 themselves */
#define INFO_OFF_POLICY_PLAIN_K2 8
#define INFO_OFF_POLICY_PLAIN_K3 9

/** Adds a batch to a state of INFO_EVALUATION_SAMPLED_KL or INFO_EVALUATION_OFF_POLICY. As
 *  info_evaluation_update_likelihood(); the log-probability of a drawn token under what drew it is finite
 *  (INFO_ERROR_DOMAIN). */
INFO_API info_status info_evaluation_update_samples(info_ctx *ctx, info_evaluation *state,
                                                    const info_sample_batch *batch);

/** Adds rows of numbers to a state of INFO_EVALUATION_VALUES: one row per text, query, image, ..., one column per
 *  measure. A NaN leaves its row out of that column only.
 *
 *  Min-K%:              one row per text, columns min_k and min_k_plus_plus of info_min_k()
 *  attention entropies: one row per query, the columns layers * heads: rows of info_attention_entropy() transposed by a view
 *
 *  \param values    rows x columns, of any type and strides
 *  \param documents of the rows; NULL: none. documents_len = rows, or 0
 *  \return as info_evaluation_update_likelihood(); INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT. */
INFO_API info_status info_evaluation_update_values(info_ctx *ctx, info_evaluation *state, const info_matrix *values,
                                                   const int64_t *documents, int64_t documents_len);

#define INFO_RANKS_ENTROPY 0 /* H of a sentence under the model, nats */
#define INFO_RANKS_RANK 1    /* exp H */
#define INFO_RANKS_UNTRAINED_ENTROPY 2
#define INFO_RANKS_UNTRAINED_RANK 3
#define INFO_RANKS_ENTROPY_DIFFERENCE 4 /* untrained - trained */
#define INFO_RANKS_RANK_DIFFERENCE 5

/** Adds sentences to a state of INFO_EVALUATION_RANKS.
 *
 *  \param entropy   of the spectrum of each sentence's states under the model, nats: info_effective_rank()'s logarithm
 *  \param untrained the same under its untrained twin; NULL: none
 *  \param count     sentences
 *  \return as info_evaluation_update_likelihood(); INFO_ERROR_DOMAIN: an entropy below 0 or above log d (1 + 1e-9). */
INFO_API info_status info_evaluation_update_ranks(info_ctx *ctx, info_evaluation *state, const double *entropy,
                                                  const double *untrained, int64_t count);

/** Adds the hidden states of one text to a state of INFO_EVALUATION_STATES: their number, and sums over their prepared
 *  rows z of z and of z z^T, in fixed point of 128 bits: units of 2^-64, sums below 2^62.
 *
 *  A text is one call: its own sums are those of info_states_sums(), in f64, and are then added exactly. So the result
 *  does not depend on the order of the texts or on how they are sharded; cutting one text differently is rounding in f64.
 *
 *  \param x N x d
 *  \return as info_states_sums(); as info_evaluation_update_likelihood(); INFO_ERROR_DOMAIN also for sums beyond 2^62.
 *          Cost: N d^2. The state takes 8 d^2 bytes. */
INFO_API info_status info_evaluation_update_states(info_ctx *ctx, info_evaluation *state, const info_matrix *x);

/* ---- 4. Results --------------------------------------------------------- */

/** A mean in every reading. */
typedef struct info_evaluation_mean {
    int64_t count;                  /* tokens */
    double mean, error;             /* tokens independent */
    double clustered_error;         /* documents independent */
    double macro_mean, macro_error; /* over the means of documents */
} info_evaluation_mean;

/** Mean of any column of a state, of any kind but INFO_EVALUATION_STATES.
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_OPTION (the state has no such column); INFO_ERROR_MISMATCH (a kind
 *          without columns); INFO_ERROR_MEMORY; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_column(info_ctx *ctx, const info_evaluation *state, info_column column,
                                            info_evaluation_mean *out);

/** Percentiles by linear interpolation at f (n - 1), of a column that has them: NLL, entropy; log ratio, delta p, both KL;
 *  log weight; any of VALUES and RANKS. 0 if no token counts.
 *
 *  \param fractions count of them, in [0, 1]
 *  \return as info_evaluation_column(); INFO_ERROR_SIZE; INFO_ERROR_DOMAIN (a fraction); INFO_ERROR_OUTPUT. */
INFO_API info_status info_evaluation_quantiles(info_ctx *ctx, const info_evaluation *state, info_column column,
                                               const double *fractions, int64_t count, double *out, int64_t out_len);

/** What a state is binned by. */
typedef int32_t info_evaluation_axis;
#define INFO_AXIS_POSITION 0
#define INFO_AXIS_CONFIDENCE 1

/** One bin of a column. */
typedef struct info_evaluation_bin {
    double lower, upper; /* edges */
    int64_t tokens;
    double mean, error; /* tokens independent; 0 if there are none */
} info_evaluation_bin;

/** A column by bins of position or of confidence.
 *
 *  \param out one per bin: the edges' number less 1
 *  \return as info_evaluation_column(); INFO_ERROR_OUTPUT; INFO_ERROR_OPTION also if the state has no such bins. */
INFO_API info_status info_evaluation_bins(info_ctx *ctx, const info_evaluation *state, info_evaluation_axis axis,
                                          info_column column, info_evaluation_bin *out, int64_t out_len);

/** Outcome of INFO_EVALUATION_LIKELIHOOD; what was not given is 0. */
typedef struct info_likelihood_evaluation {
    info_likelihood_result likelihood;                     /* as info_likelihood_summarize() */
    double macro_nll, macro_nll_error;                     /* over documents */
    double macro_bits_per_unit, macro_bits_per_unit_error; /* over documents with units */
    info_evaluation_mean entropy, accuracy, brier;
    info_calibration_result calibration;      /* over the bins of confidence; its brier is the binary one */
    double nll_percentiles[INFO_PERCENTILES]; /* levels as in info_pair_summary */
    double entropy_percentiles[INFO_PERCENTILES];
} info_likelihood_evaluation;

/** \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_MISMATCH (a state of another kind); INFO_ERROR_MEMORY; INFO_ERROR_BUSY. */
INFO_API info_status info_evaluation_likelihood(info_ctx *ctx, const info_evaluation *state,
                                                info_likelihood_evaluation *out);

/** Outcome of INFO_EVALUATION_PAIR; what was not given is 0. */
typedef struct info_pair_evaluation {
    info_pair_summary summary; /* as info_pair_summarize() */
    int64_t documents;
    info_evaluation_mean kl, kl_reverse, js, tv;
    double kl_reverse_percentiles[INFO_PERCENTILES];
    info_evaluation_mean same_top, accuracy_p, accuracy_q;
    info_evaluation_mean accuracy_change; /* accuracy_q - accuracy_p, paired */
    int64_t changed;                      /* tokens whose most probable token differs */
    int64_t lost, won;                    /* flips: right under p and wrong under q; the reverse */
    double macro_log_ratio, macro_log_ratio_error;
} info_pair_evaluation;

/** \return as info_evaluation_likelihood(). */
INFO_API info_status info_evaluation_pair(info_ctx *ctx, const info_evaluation *state, info_pair_evaluation *out);

/** Outcome of INFO_EVALUATION_SAMPLED_KL: as info_sampled_kl().
 *
 *  \return as info_evaluation_likelihood(). */
INFO_API info_status info_evaluation_sampled_kl(info_ctx *ctx, const info_evaluation *state,
                                                info_sampled_kl_result *out);

/** Outcome of INFO_EVALUATION_OFF_POLICY. Sums over sequences are weighted by the sequence's own weight, the product of
 *  its tokens' w, after the cap on sequences. */
typedef struct info_off_policy_evaluation {
    int64_t tokens, skipped, sequences;
    int64_t above_zero;                    /* log-probabilities above 0, of all three, taken as 0 */
    info_sampled_mean k1, k2, k3;          /* of w k, and of (sequence's weight) * (sum of k over the sequence) */
    double mean_weight, mean_weight_error; /* of w before the cap: 1 if nothing is wrong */
    double capped_fraction;                /* of tokens */
    double effective_sample_size;          /* (sum w)^2 / sum w^2, w after the cap */
    double chi_square;                     /* mean w^2 - 1, w before the cap */
    double largest_log_weight;             /* max |log w| */
    double perplexity_ratio;               /* exp(mean of -log w): perplexity of the policy over that of what drew */
    double sequence_mean_weight, sequence_mean_weight_error; /* before the cap */
    double sequence_capped_fraction;
    double sequence_effective_sample_size;
    double sequence_chi_square;
} info_off_policy_evaluation;

/** \return as info_evaluation_likelihood(). */
INFO_API info_status info_evaluation_off_policy(info_ctx *ctx, const info_evaluation *state,
                                                info_off_policy_evaluation *out);

/** One model's side of info_rank_evaluation. */
typedef struct info_rank_forms {
    double mean_entropy, mean_entropy_error; /* of H over sentences, nats */
    double rank_of_mean;                     /* form (a): exp(mean H) */
    double mean_rank, mean_rank_error;       /* form (b): mean exp H */
    double normalized_entropy;               /* mean H / log d; 0 for d = 1 */
    double normalized_rank_of_mean;          /* exp(mean H) / d */
    double normalized_mean_rank;             /* mean exp H / d */
} info_rank_forms;

/** Outcome of INFO_EVALUATION_RANKS. Differences are untrained - trained (Wei et al. 2024, equation 4). */
typedef struct info_rank_evaluation {
    int64_t sentences, skipped;
    info_rank_forms model, untrained;                      /* untrained: zeros if it was not given */
    double diff_erank, diff_erank_error;                   /* form (a), its error to first order */
    double diff_erank_of_means, diff_erank_of_means_error; /* form (b) */
    double diff_normalized_entropy, diff_normalized_entropy_error;
    double diff_normalized_rank_of_mean;
    double diff_normalized_mean_rank;
} info_rank_evaluation;

/** \return as info_evaluation_likelihood(). */
INFO_API info_status info_evaluation_ranks(info_ctx *ctx, const info_evaluation *state, info_rank_evaluation *out);

/** Outcome of INFO_EVALUATION_STATES, in the form of info_states_sums(): its products are a covariance that every
 *  function with INFO_INPUT_GRAM takes.
 *
 *  \param out     3 + d doubles (count, dropped rows, 1 if products are about the mean, the mean row), or 3 + d + d^2
 *  \return as info_evaluation_likelihood(); INFO_ERROR_OUTPUT (another length). */
INFO_API info_status info_evaluation_states(info_ctx *ctx, const info_evaluation *state, double *out, int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
