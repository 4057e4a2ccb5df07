/* SPDX-License-Identifier: MIT
 *
 * info/decoding.h: steering information. What a decoder does with a next-token distribution once it is measured.
 *
 *   1. kept sets: the distribution that is really sampled from
 *   2. targets instead of knobs: temperatures for an entropy, a KL, a perplexity; tilting under a KL budget
 *   3. classes of tokens, and surprisals of words
 *
 * Conventions are those of lm.h: logits of any type and strides; p is the softmax of a row under the options' bias,
 * softcap and temperature; rows without a valid value are counted and do not spread; the same bits for any number of
 * threads and instruction set. Unless said otherwise results are good to 1e-12 relative from f64 logits, and to the
 * bounds of docs/NUMERICS.md from f32, f16 and bf16.
 *
 * Every function here is thread-safe with contexts of their own. With a context of one thread a call on one row starts
 * nothing and, from the second call on, allocates nothing.
 */
#ifndef INFO_DECODING_H
#define INFO_DECODING_H

#include <info/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Kept sets ------------------------------------------------------- */

/** How a rule chooses the tokens that stay. Each is applied to what the rule before it left, renormalized. Tokens of
 *  probability 0 never stay; at least the most probable token does (of equal ones, the smallest id). Where a rule
 *  takes tokens in order, equal ones come in the order of their ids. p is the distribution the rule sees, H its entropy
 *  in nats. */
typedef int32_t info_rule;
#define INFO_RULE_TOP_K 1       /* the value most probable tokens; value: a whole number >= 1 */
#define INFO_RULE_TOP_P 2       /* the fewest most probable tokens of mass >= value; 0 < value <= 1 (Holtzman 2020) */
#define INFO_RULE_MIN_P 3       /* p >= value * max p; 0 <= value <= 1 (Nguyen 2024) */
#define INFO_RULE_EPSILON 4     /* p >= value; 0 <= value < 1 (Hewitt 2022) */
#define INFO_RULE_ETA 5         /* p >= min(value, sqrt(value) exp(-H)); 0 <= value < 1 (Hewitt 2022) */
#define INFO_RULE_TYPICAL 6     /* ascending |-log p - H| until mass >= value; 0 < value <= 1 (Meister 2023) */
#define INFO_RULE_TOP_N_SIGMA 7 /* y >= max y - value * population deviation of the finite y; value >= 0 (Tang 2024) */
#define INFO_RULE_P_LESS 8      /* p >= sum p^2; value: 0 (Tan 2025) */
/* The most tokens, in order, whose renormalized entropy is <= value * H; 0 <= value <= 1 (Potraghloo 2025) */
#define INFO_RULE_TOP_H 9
#define INFO_RULE_SURPRISE_CAP 10 /* -log2 p <= value; value >= 0 (mirostat 2, Basu 2021) */

typedef struct info_kept_rule {
    info_rule rule;
    int32_t reserved; /* 0 */
    double value;
} info_kept_rule;

/** Which tokens of each row stay: those of ids, if given, or else all; of these what the chain of rules keeps. */
typedef struct info_kept_set {
    uint32_t struct_size;        /* sizeof(info_kept_set) */
    info_integer id_type;        /* of the elements of ids; default: INFO_INT64 */
    const info_kept_rule *rules; /* in order; NULL if rules_len is 0 */
    int64_t rules_len;
    const void *ids; /* [rows, ids_per_row], each row's in any order, -1: none; NULL: all tokens stay. A token of
                             probability 0 among them does not. A row of none, of only such, or with an id twice or out
                             of range is a row without a valid value */
    int64_t ids_per_row;
    int64_t ids_len; /* rows * ids_per_row, or 0 */
} info_kept_set;

/** Where the statistics of kept sets go: arrays of one element per row, each NULL if not wanted. q = p / S on the kept
 *  set, 0 elsewhere; S = sum of p over it. */
typedef struct info_kept_measures {
    uint32_t struct_size;    /* sizeof(info_kept_measures) */
    int32_t reserved;        /* 0 */
    int64_t length;          /* elements in each array of one per row; at least rows */
    int64_t *size;           /* tokens that stay */
    double *log_mass;        /* log S <= 0, from the mass outside where that is the smaller */
    double *kl;              /* KL(q || p) = -log S */
    double *tv;              /* total variation of p and q: 1 - S */
    double *entropy;         /* of q */
    int32_t *contains;       /* 1 if the target stays, 0 if not; -1 if it is ignored or the row is invalid */
    double *log_probability; /* log q(target): -inf if it does not stay; 0 if it is ignored */
    int64_t *ids;        /* [rows, ids_per_row]: the tokens that stay, the most probable first, then -1; of more than
                                ids_per_row the first ones. NULL if not wanted */
    int64_t ids_per_row; /* 1 or more with ids */
    int64_t ids_len;     /* elements in ids, at least rows * ids_per_row */
    uint8_t *mask;       /* [rows, V]: 1 where the token stays, else 0. NULL if not wanted */
    int64_t mask_len;    /* elements in mask, at least rows * V */
} info_kept_measures;

/** What a sampler that keeps some tokens and renormalizes really samples from. Importance ratios and acceptance must be
 *  taken under q: log q(target) = log p(target) - log S.
 *
 *  \param logits  rows x V
 *  \param targets one token per row, targets_len = rows of them, of options.target_type; NULL if neither contains nor log_probability is wanted
 *  \param set     the rules and ids; without either, everything stays: log_mass is exactly 0
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP;
 *          INFO_ERROR_MEMORY; INFO_ERROR_BUSY; with INFO_INVALID_ERROR also INFO_ERROR_DOMAIN and INFO_ERROR_TARGET.
 *
 *  Cost: one read of the row from memory and two from the cache; O(V) selection, never a sort of V. Where f32 arithmetic
 *  cannot tell on which side of a rule's limit a token lies, the row is decided in f64, so that the members are those
 *  that f64 arithmetic keeps. Scratch memory: 24 V bytes per thread, and the outputs. */
INFO_API info_status info_kept_measure(info_ctx *ctx, const info_matrix *logits, const void *targets,
                                       int64_t targets_len, const info_kept_set *set, const info_lm_options *options,
                                       const info_kept_measures *measures);

/** Where the comparison of two models' kept rows goes: arrays of one element per row, each NULL if not wanted. */
typedef struct info_kept_comparison {
    uint32_t struct_size; /* sizeof(info_kept_comparison) */
    int32_t reserved;     /* 0 */
    int64_t length;       /* elements in every array given; at least rows */
    double *kl;           /* KL(p || q) of the renormalized distributions; +inf unless p's set lies in q's */
    double *kl_reverse;
    double *tv; /* sum |p - q| / 2 */
    double *
        acceptance; /* sum min(p, q): speculative decoding with this truncation accepts a draft of q with this chance */
    int64_t *common; /* tokens in both sets; -1 if the row is invalid */
} info_kept_comparison;

/** Compares what two models really sample from, row by row, each after its own chain.
 *
 *  \param p            rows x V of the target model
 *  \param q            rows x V of the draft
 *  \param p_set        how p is truncated
 *  \param q_set        how q is
 *  \return as info_kept_measure(); INFO_ERROR_SIZE if the shapes differ.
 *
 *  Cost: that of info_kept_measure() for each, and O(k log k) for sets of k tokens. Identical rows under identical
 *  sets give exactly 0 and 1. */
INFO_API info_status info_kept_compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                       const info_kept_set *p_set, const info_kept_set *q_set,
                                       const info_lm_options *options, const info_kept_comparison *comparison);

/* ---- 2. Targets instead of knobs ---------------------------------------- */

/** How a search for a temperature or a tilt ended. */
typedef int32_t info_search;
#define INFO_SEARCH_FOUND 0      /* reached to the last digits that the logits' type allows */
#define INFO_SEARCH_INFEASIBLE 1 /* no parameter reaches the target; the nearest limit is given */
#define INFO_SEARCH_INVALID 2    /* the row has no valid value */

/** Where searches of one parameter per row go: arrays of one element per row, each NULL if not wanted. */
typedef struct info_search_results {
    uint32_t struct_size; /* sizeof(info_search_results) */
    int32_t reserved;     /* 0 */
    int64_t length;       /* elements in every array given; at least rows */
    double *parameter;    /* the temperature, or b of a tilt */
    double *reached;      /* the target quantity there */
    double *derivative;   /* of the quantity by the parameter, there */
    info_search *outcome; /* INFO_SEARCH_... */
} info_search_results;

/** The temperature T at which the entropy of softmax(y / T) is the one wanted: entropy-driven temperature. It increases
 *  with T (derivative Var_T(y) / T^3) from the log of the number of largest y to the log of the number of finite ones.
 *
 *  \param logits    rows x V; the options' temperature divides them first, as everywhere
 *  \param targets   entropies wanted in the options' unit, finite and >= 0: targets_len = rows of them, or 1 for all
 *  \param results   where no T reaches the target, parameter is 0 or +inf, reached is the limit and derivative 0. A row
 *                   whose finite y are all equal has one entropy, which T = 1 reaches
 *  \return as info_kept_measure(); INFO_ERROR_DOMAIN names a target that is not allowed.
 *
 *  Cost: about six reads of a row, all but the first from the cache. */
INFO_API info_status info_temperature_for_entropy(info_ctx *ctx, const info_matrix *logits, const double *targets,
                                                  int64_t targets_len, const info_lm_options *options,
                                                  const info_search_results *results);

/** Which side of T = 1. */
typedef int32_t info_branch;
#define INFO_BRANCH_SHARPER 0 /* T < 1 */
#define INFO_BRANCH_FLATTER 1 /* T > 1 */

/** The temperature T at which KL(softmax(y / T) || softmax(y)) is the one wanted, on the sharper or the flatter branch.
 *  The divergence grows from 0 at T = 1 to log(1 / mass of the largest y) as T falls to 0, and to that of the uniform
 *  distribution over the finite y as T grows.
 *
 *  \param targets divergences wanted in the options' unit, finite and >= 0: targets_len = rows of them, or 1 for all
 *  \return as info_temperature_for_entropy(), with the same cost. */
INFO_API info_status info_temperature_for_kl(info_ctx *ctx, const info_matrix *logits, info_branch branch,
                                             const double *targets, int64_t targets_len, const info_lm_options *options,
                                             const info_search_results *results);

/** Outcome of info_temperature_for_perplexity(). */
typedef struct info_temperature_result {
    double temperature;
    double perplexity; /* exp of the mean entropy of the rows, there */
    double derivative; /* of the perplexity by T, there */
    int64_t rows;      /* rows that count */
    int64_t invalid;   /* rows without a valid value, which are left out */
    info_search outcome;
    int32_t reserved;
} info_temperature_result;

/** One temperature for a batch: the largest at which the perplexity of what is sampled, exp(mean_i H(softmax(y_i / T))),
 *  is no more than cap.
 *
 *  \param cap finite, >= 1. Below the perplexity at T -> 0 the outcome is INFO_SEARCH_INFEASIBLE with T = 0; from that of
 *             T -> inf on no temperature is too high: T = +inf, found
 *  \return as info_kept_measure(); INFO_ERROR_OPTION for cap. Without a row that counts the outcome is
 *          INFO_SEARCH_INVALID. Cost: about ten reads of the logits. */
INFO_API info_status info_temperature_for_perplexity(info_ctx *ctx, const info_matrix *logits, double cap,
                                                     const info_lm_options *options, info_temperature_result *result);

/** Where tilts go: arrays of one element per row, each NULL if not wanted. */
typedef struct info_tilt_results {
    uint32_t struct_size;  /* sizeof(info_tilt_results) */
    int32_t reserved;      /* 0 */
    int64_t length;        /* elements in every array given; at least rows */
    double *b;             /* the price of a nat of divergence, in units of reward */
    double *kl;            /* KL(q || p) reached, in the options' unit */
    double *reward;        /* E_q r */
    double *log_partition; /* log Z = log E_p exp(r / b), nats */
    double *derivative;    /* of KL (in the options' unit) by b: -Var_q(r) / b^3 */
    info_search *outcome;  /* INFO_SEARCH_... */
} info_tilt_results;

/** The most reward for a budget of divergence: q ~ p exp(r / b), the optimum of KL-regularized reward, with b such that
 *  KL(q || p) = E_q r / b - log Z is the budget. The divergence falls with b from -log p(the largest rewards) to 0.
 *
 *  \param logits  rows x V
 *  \param rewards rows x V or 1 x V for all rows, finite where the logit is
 *  \param budgets divergences in the options' unit, finite and >= 0: budgets_len = rows of them, or 1 for all
 *  \param results a budget of 0 gives b = +inf and p itself. A budget that no b spends is infeasible: b = 0, q is p on the
 *                 tokens of the largest reward, log_partition +-inf or 0 by that reward's sign, derivative 0
 *  \return as info_temperature_for_entropy(). A reward that is NaN or infinite where p > 0 makes its row invalid.
 *
 *  Cost: about a dozen passes over a row of doubles; scratch memory 16 V bytes per thread. */
INFO_API info_status info_tilt(info_ctx *ctx, const info_matrix *logits, const info_matrix *rewards,
                               const double *budgets, int64_t budgets_len, const info_lm_options *options,
                               const info_tilt_results *results);

/* ---- 3. Classes of tokens, surprisals of words --------------------------- */

/** Where the statistics of classes go, each NULL if not wanted. */
typedef struct info_class_measures {
    uint32_t struct_size; /* sizeof(info_class_measures) */
    int32_t reserved;     /* 0 */
    int64_t length;       /* elements in each array of one per row; at least rows */
    double *log_mass;     /* [rows, classes]: log of the mass of each class; -inf for one of mass 0 */
    int64_t log_mass_len;
    double *log_unclassed;  /* per row: log of the mass of the tokens of class -1 */
    double *class_entropy;  /* per row: H(class), class -1 taken as one more */
    double *within_entropy; /* per row: H(token | class); the two add up to the entropy of the row */
} info_class_measures;

/** Masses and entropies of classes of tokens.
 *
 *  \param logits  rows x V
 *  \param classes class of every token, classes_len = V: 0 .. count - 1, or -1 for none
 *  \param count   number of classes, 1 or more
 *  \return as info_kept_measure(); INFO_ERROR_DOMAIN for a class out of range.
 *
 *  Cost: two passes over a row; scratch memory 8 V + 24 count bytes per thread. */
INFO_API info_status info_class_measure(info_ctx *ctx, const info_matrix *logits, const int32_t *classes,
                                        int64_t classes_len, int64_t count, const info_lm_options *options,
                                        const info_class_measures *measures);

/** KL(p || q) of the classes of two models' rows: what remains of the divergence when only classes are told apart, at
 *  most that of the tokens (data processing). Class -1 is taken as one more.
 *
 *  \param out one number per row, out_len >= rows
 *  \return as info_class_measure(); INFO_ERROR_SIZE if the shapes differ. */
INFO_API info_status info_class_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const int32_t *classes,
                                   int64_t classes_len, int64_t count, const info_lm_options *options, double *out,
                                   int64_t out_len);

/** How a tokenizer shows where words begin, and so where the probability of a boundary belongs. */
typedef int32_t info_word_boundary;
#define INFO_BOUNDARY_AT_BEGIN 0 /* a token begins a word (" the", GPT-2, Llama): the correction is needed */
#define INFO_BOUNDARY_AT_END 1   /* a token ends a word ("the</w>"): surprisals add up as they are */

typedef struct info_word_options {
    uint32_t struct_size;        /* sizeof(info_word_options) */
    info_word_boundary boundary; /* of the tokenizer */
    const uint8_t *begins;       /* [V]: 1 for tokens that begin a word or end the text, else 0; with AT_BEGIN only */
    int64_t begins_len;          /* V, or 0 */
} info_word_options;

/** Surprisal of the words of a text, in one call, from the rows and tokens that a causal model was scored on.
 *
 *      surprisal(word) = sum of its tokens' -log p  -  log B_after  +  log B_before
 *
 *  B: the mass of tokens that begin a word or end the text, in the row after the word's last token and in the row of its
 *  first. Only so do the probabilities of all words sum to 1 (Pimentel and Meister 2024; Oh and Schuler 2024). For the
 *  first word of a text, whose first token need not begin a word, B_before is taken from its own row all the same.
 *
 *  \param logits rows x V: row i predicts token i. One row more than tokens with INFO_BOUNDARY_AT_BEGIN: the last row is
 *                that after the text; else as many as tokens
 *  \param tokens the text, tokens_len of them, of options.target_type
 *  \param words  word number of every token, ascending from 0 without gaps, tokens_len of them: a word is a run
 *  \param out    one number per word in the options' unit, out_len >= number of words
 *  \return as info_kept_measure(); INFO_ERROR_DOMAIN if words or begins hold what they may not; rows without a valid
 *          value make the words that need them NaN and are counted.
 *
 *  Cost: two passes over the rows. */
INFO_API info_status info_word_surprisal(info_ctx *ctx, const info_matrix *logits, const void *tokens,
                                         const int64_t *words, int64_t tokens_len,
                                         const info_word_options *word_options, const info_lm_options *options,
                                         double *out, int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
