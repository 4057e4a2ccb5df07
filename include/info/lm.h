/* SPDX-License-Identifier: MIT
 *
 * info/lm.h: language models. A row of logits is one next-token distribution
 * over a vocabulary of V tokens; a matrix of logits is one row per position.
 *
 *   1. options of the family
 *   2. what one model says: statistics of rows, negative log-likelihood, perplexity
 *   3. what two models say: divergences of paired rows
 *   4. attention
 *   5. losses with their gradients
 *   6. summaries of scored tokens: bits per byte, the comparison of two models, sampled KL
 *
 * Conventions of this header:
 *   - Logits are f64, f32, f16 or bf16, of any strides, V and rows up to what
 *     can be addressed (rows * V may exceed 2^31). A logit of -inf is probability 0.
 *   - A row without a valid value (NaN, +inf, only -inf, a target out of
 *     range) does not spread: by default (INFO_INVALID_NAN) its doubles are NaN
 *     and its indices -1, the other rows are computed, the call returns
 *     INFO_INVALID_ROWS and info_ctx_invalid_rows() tells how many there were.
 *     With INFO_INVALID_ERROR the call fails and names the first such row.
 *   - Targets are int64, as in PyTorch, or of the type that options.target_type names, read where they are;
 *     those equal to the ignored index (-100 unless asked otherwise, which no unsigned number is) are skipped.
 *   - Results are doubles and do not depend on the number of threads nor on
 *     the instruction set. From f64 logits they are good to 1e-12 relative.
 *     From f32, f16 and bf16 logits the exponentials are computed in f32 and
 *     summed in f64; docs/NUMERICS.md derives the bounds. Differences of logits
 *     are taken before anything rounds, so models that differ by little, or by a
 *     constant, keep their digits, whatever the share of the top token.
 *   - What a call returns for one output does not depend on which others are asked for.
 *   - Memory: a few kilobytes per thread, one number per row and output
 *     asked for, and a float per class weight, from the context's scratch memory.
 *
 * Every function here is thread-safe with contexts of their own.
 */
#ifndef INFO_LM_H
#define INFO_LM_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Options --------------------------------------------------------- */

/** Which targets are skipped. */
typedef int32_t info_ignore;
#define INFO_IGNORE_DEFAULT 0 /* -100, as in PyTorch */
#define INFO_IGNORE_INDEX 1   /* the value in ignore_index (0 included) */
#define INFO_IGNORE_NONE 2    /* no target is skipped: -100 is out of range */

/** Which columns two models of different width are compared on. */
typedef int32_t info_vocabulary;
#define INFO_VOCABULARY_SAME 0   /* the widths must be equal */
#define INFO_VOCABULARY_COMMON 1 /* the first min(p.cols, q.cols): heads padded to different widths */

/** How the second of two models makes its distribution of its logits, y = c tanh((x + bias) / c) / T, where that is not as the
 *  first does. Zero is none: T = 1, no softcap, no bias, whatever the first has. */
typedef struct info_logit_transform {
    uint32_t struct_size;    /* sizeof(info_logit_transform) */
    int32_t reserved;        /* 0 */
    double temperature;      /* T > 0; 0 means 1 */
    double softcap;          /* c > 0; 0 means none */
    const info_matrix *bias; /* 1 x V, added to every row; NULL: none */
} info_logit_transform;

/** Options of the functions on logits. Zero is the default of every field. The
 *  distribution of a row is softmax(y), y = c tanh((x + bias) / c) / T. */
typedef struct info_lm_options {
    uint32_t struct_size;       /* sizeof(info_lm_options) */
    info_unit unit;             /* of log-probabilities, entropies and divergences; varentropy: its square */
    info_invalid invalid;       /* default: INFO_INVALID_NAN */
    info_ignore ignore;         /* default: targets of -100 */
    int64_t ignore_index;       /* with INFO_IGNORE_INDEX: a number of target_type; else 0 */
    double temperature;         /* T > 0; 0 means 1 */
    double softcap;             /* c > 0; 0 means none */
    const info_matrix *bias;    /* 1 x V, added to every row; NULL: none */
    const int64_t *lengths;     /* number of valid columns of each row, 1..V, the rest is not read; NULL: V */
    int64_t lengths_len;        /* elements in lengths: rows */
    double js_beta;             /* weight of p in the generalized JS, in (0, 1); 0 means 1/2 */
    info_vocabulary vocabulary; /* of two models */
    info_integer target_type;   /* of the elements of targets and tokens; default: INFO_INT64 */
    const info_logit_transform
        *q_transform; /* of q, in functions of two models; NULL: temperature, softcap and bias above */
} info_lm_options;

/* ---- 2. One model ------------------------------------------------------- */

/** Where the statistics of rows go: arrays of one element per row, each NULL if
 *  not wanted. p = softmax of the row, in nats unless the options name a unit. */
typedef struct info_logit_measures {
    uint32_t struct_size;    /* sizeof(info_logit_measures) */
    int32_t reserved;        /* 0 */
    int64_t length;          /* elements in every array given; at least rows */
    double *log_sum_exp;     /* log sum exp(y), always in nats */
    double *maximum;         /* max y */
    int64_t *argmax;         /* its column, the first of equals */
    double *log_probability; /* log p(target); 0 if the target is ignored */
    int64_t *rank;           /* 1 + number of tokens more probable than the target; 0 if ignored */
    double *entropy;         /* -sum p log p */
    double *varentropy;      /* sum p (log p + H)^2 */
    double *collision;       /* sum p^2 */
    double *top_probability; /* max p */
} info_logit_measures;

/** Statistics of every row in one pass over it.
 *
 *  \param logits  rows x V
 *  \param targets one token per row, targets_len = rows of them, of options.target_type; may be NULL if
 *                 neither log_probability nor rank is wanted
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL;
 *          INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT;
 *          INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP;
 *          INFO_ERROR_MEMORY; INFO_ERROR_BUSY; with INFO_INVALID_ERROR also
 *          INFO_ERROR_DOMAIN and INFO_ERROR_TARGET.
 *
 *  Cost: one read of the logits. -inf - (-inf) does not occur: a row whose
 *  target has probability 0 has log_probability -inf, which is an answer. */
INFO_API info_status info_logits_measure(info_ctx *ctx, const info_matrix *logits, const void *targets,
                                         int64_t targets_len, const info_lm_options *options,
                                         const info_logit_measures *measures);

/** Negative log-likelihood -log p(target) of every row; 0 where the target is
 *  ignored. PyTorch's cross_entropy(reduction="none").
 *
 *  \return as info_logits_measure(). */
INFO_API info_status info_nll(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                              const info_lm_options *options, double *out, int64_t out_len);

/** Outcome of info_perplexity(). Rows without a valid value are left out and counted. */
typedef struct info_perplexity_result {
    int64_t tokens;        /* rows that count */
    int64_t ignored;       /* rows whose target is the ignored index */
    int64_t invalid;       /* rows without a valid value */
    double total_nll;      /* sum of -log p(target); 0 if no row counts */
    double mean_nll;       /* total_nll / tokens; 0 if no row counts */
    double standard_error; /* of mean_nll, rows taken as independent: sqrt(sum (nll - mean)^2 / (n (n - 1))) */
    double perplexity;     /* exp(mean_nll in nats), +inf if that overflows; 1 if no row counts */
} info_perplexity_result;

/** Perplexity of the targets and what it rests on. With no row that counts the
 *  result says so (tokens = 0); it is not NaN.
 *
 *  \return as info_logits_measure(). Standard errors need two rows: 0 otherwise;
 *          +inf when a target has probability 0. */
INFO_API info_status info_perplexity(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                     const info_lm_options *options, info_perplexity_result *result);

/* ---- 3. Two models ------------------------------------------------------ */

/** Where the comparison of paired rows goes: arrays of one element per row, each
 *  NULL if not wanted. p = softmax of the first model's row, q of the second's. */
typedef struct info_logit_comparison {
    uint32_t struct_size;      /* sizeof(info_logit_comparison) */
    int32_t reserved;          /* 0 */
    int64_t length;            /* elements in every array given; at least rows */
    double *kl;                /* KL(p || q) = sum p log(p / q); +inf if q = 0 < p */
    double *kl_reverse;        /* KL(q || p) */
    double *js;                /* (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2 */
    double *generalized_js;    /* b KL(p || m) + (1 - b) KL(q || m), m = b p + (1 - b) q, b = js_beta */
    double *tv;                /* sum |p - q| / 2 */
    double *acceptance;        /* sum min(p, q) = 1 - tv: speculative decoding accepts a draft of q with this chance */
    int32_t *same_top;         /* 1 if both have the same most probable token, else 0; -1 if the row is invalid */
    double *log_probability_p; /* log p(target); 0 if the target is ignored */
    double *log_probability_q;
    double *delta_p; /* q(target) - p(target); 0 if the target is ignored */
} info_logit_comparison;

/** Compares two models row by row. The two may differ in element type and strides.
 *  Divergences are sums of terms that are not negative: identical rows give
 *  exactly 0, and nothing is ever below 0. Temperature, softcap, bias and lengths
 *  apply to both sides, but for what options.q_transform gives q of its own. Where the two differ, each y is rounded to f64
 *  before they are subtracted, so that a log-ratio is good to the roundoff of the larger of |y_p| and |y_q|.
 *
 *  \param p       rows x V of the base model; a single row stands beside every row of q
 *  \param q       rows x V of the other; a single row stands beside every row of p
 *  \param targets one token per row; may be NULL if no output needs it
 *  \return as info_logits_measure(); INFO_ERROR_SIZE if the shapes differ.
 *
 *  Cost: one read of both for the KL divergences; js, generalized_js, tv and
 *  acceptance read a row a second time while it is in the cache. */
INFO_API info_status info_logits_compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const void *targets,
                                         int64_t targets_len, const info_lm_options *options,
                                         const info_logit_comparison *comparison);

/* ---- 4. Attention ------------------------------------------------------- */

/** A borrowed, read-only view of attention [layers, heads, queries, keys];
 *  strides count elements, may be 0 or negative. */
typedef struct info_attention {
    const void *data;
    int64_t layers, heads, queries, keys;
    int64_t layer_stride, head_stride, query_stride, key_stride;
    info_dtype dtype;
    info_kind kind; /* INFO_PROBABILITIES: weights; INFO_LOGITS: scores before the softmax */
} info_attention;

/** Which keys a query sees. */
typedef int32_t info_mask;
#define INFO_MASK_CAUSAL 0 /* query i sees keys 0 .. i + keys - queries */
#define INFO_MASK_NONE 1   /* every key */

typedef struct info_attention_options {
    uint32_t struct_size;   /* sizeof(info_attention_options) */
    info_unit unit;         /* of the entropies */
    info_invalid invalid;   /* default: INFO_INVALID_NAN */
    info_mask mask;         /* default: causal */
    const int64_t *lengths; /* keys that each query sees, 1..keys, instead of the mask; NULL: the mask */
    int64_t lengths_len;    /* elements in lengths: queries */
    double tolerance;       /* allowed |sum - 1| of weights; 0: 1e-6 (f64), 1e-5 (f32), 1e-2 (f16, bf16) */
    int32_t normalized;     /* 1: divide each entropy by log(number of keys seen), 0 where that is one key */
    int32_t reserved;       /* 0 */
} info_attention_options;

/** Where attention entropies go; row-major arrays, each NULL if not wanted.
 *  Means leave out the rows without a valid value. */
typedef struct info_attention_measures {
    uint32_t struct_size; /* sizeof(info_attention_measures) */
    int32_t reserved;     /* 0 */
    double *rows;         /* [layers, heads, queries]: -sum w log w over the keys seen */
    int64_t rows_len;     /* elements in rows */
    double *heads;        /* [layers, heads]: mean over queries */
    int64_t heads_len;
    double *layers; /* [layers]: mean over heads and queries */
    int64_t layers_len;
    double *across_mean; /* [layers, queries]: mean over heads */
    int64_t across_mean_len;
    double *across_variance; /* [layers, queries]: variance over heads, divided by their number */
    int64_t across_variance_len;
} info_attention_measures;

/** Entropy of attention, per query, head and layer. Weights must sum to 1 over the
 *  keys seen to within the tolerance (a domain error of the row otherwise) and are then divided by their sum.
 *
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE;
 *          INFO_ERROR_OVERFLOW; INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT;
 *          INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY; INFO_ERROR_BUSY; with INFO_INVALID_ERROR
 *          also INFO_ERROR_DOMAIN and INFO_ERROR_SUM.
 *
 *  Cost: one read of the keys seen. */
INFO_API info_status info_attention_entropy(info_ctx *ctx, const info_attention *attention,
                                            const info_attention_options *options,
                                            const info_attention_measures *measures);

/** Least entropy (nats) of an attention row over keys >= 2 keys whose scores come from weights and inputs with
 *  sigma = ||W_K W_Q^T||_2 ||X X^T||_2 >= 0:
 *
 *      b = exp(-sigma sqrt(T / (T - 1))),
 *      H >= log(1 + (T - 1) b) + sigma sqrt(T (T - 1)) b / (1 + (T - 1) b)
 *
 *  Zhai et al., Stabilizing Transformer Training by Preventing Attention Entropy
 *  Collapse (2023), theorem 3.1. Attained by one score sigma sqrt((T - 1) / T), the others -sigma / sqrt(T (T - 1)).
 *
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE (keys < 2); INFO_ERROR_DOMAIN (sigma negative or not finite). */
INFO_API info_status info_attention_entropy_bound(info_ctx *ctx, int64_t keys, double sigma, double *out);

/* ---- 5. Losses with gradients ------------------------------------------- */

/** How the rows' losses become one number. */
typedef int32_t info_reduction;
#define INFO_REDUCTION_MEAN 0 /* weighted mean over the rows that count */
#define INFO_REDUCTION_SUM 1  /* weighted sum */

/** What info_loss_divergence() measures between the teacher p and the student q. */
typedef int32_t info_divergence;
#define INFO_DIVERGENCE_FORWARD 0    /* KL(p || q) */
#define INFO_DIVERGENCE_REVERSE 1    /* KL(q || p) */
#define INFO_DIVERGENCE_JS 2         /* b KL(p || m) + (1 - b) KL(q || m), m = b p + (1 - b) q */
#define INFO_DIVERGENCE_TV 3         /* sum |p - q| / 2 */
#define INFO_DIVERGENCE_ACCEPTANCE 4 /* -log sum min(p, q): how rarely a draft of q is accepted; +inf if never */

/** Options of the losses, which are in nats. Distributions are softmax(y), y = c tanh(x / c) / T; gradients are with
 *  respect to x. */
typedef struct info_loss_options {
    uint32_t struct_size;        /* sizeof(info_loss_options) */
    info_reduction reduction;    /* default: mean */
    info_invalid invalid;        /* default: INFO_INVALID_NAN, see info_loss_result */
    info_ignore ignore;          /* which targets are skipped */
    int64_t ignore_index;        /* with INFO_IGNORE_INDEX: a number of target_type; else 0 */
    double temperature;          /* T > 0; 0 means 1. Distillation's T^2 is the caller's, in scale */
    double softcap;              /* c > 0; 0 means none */
    double scale;                /* factor of loss and gradient; 0 means 1 */
    double label_smoothing;      /* cross-entropy: e in [0, 1); other losses refuse it */
    double z_loss;               /* cross-entropy: l >= 0, the weight of log(sum exp(y))^2; other losses refuse it */
    double js_beta;              /* INFO_DIVERGENCE_JS: b in (0, 1), 0 means 1/2; other losses refuse it */
    const double *class_weights; /* cross-entropy: one per column, >= 0; NULL: 1; other losses refuse them */
    int64_t class_weights_len;   /* columns */
    const double *row_weights;   /* one per row, >= 0, 0 to leave it out; NULL: 1 */
    int64_t row_weights_len;     /* rows */
    info_divergence divergence;  /* info_loss_divergence() */
    info_integer target_type;    /* of the elements of targets; default: INFO_INT64 */
} info_loss_options;

/** Outcome of a loss. */
typedef struct info_loss_result {
    int64_t rows;    /* that count */
    int64_t ignored; /* by their target or their weight of 0 */
    int64_t invalid; /* without a valid value: left out, their gradient is 0 */
    double weight;   /* what the mean divides by: the sum of the rows' (and their targets' classes') weights */
    double loss;     /* scale * the mean or the sum; 0 if no row counts; infinite if a mean's weights are all 0 */
} info_loss_result;

/** Cross-entropy with label smoothing, class weights and z-loss, and its gradient. Per row with target t:
 *
 *      L    = (1 - e) w_t (-log p_t) + e / V sum_j w_j (-log p_j) + l lse^2
 *      dL/dy = (1 - e) w_t (p - onehot_t) + e / V (p sum_j w_j - w) + 2 l lse p
 *
 *  The mean divides by the sum of w_t, as PyTorch's does: where all of them are 0 it is infinite with a sum that is not
 *  (smoothing, z-loss), its gradient is 0, and the mean of nothing is 0, not NaN. Columns of -inf have gradient 0 and no part in the
 *  smoothing, whose V counts the others. lse is that of y.
 *
 *  \param gradient d loss / d x, rows x V of any type; NULL if not wanted. It may be the
 *         logits themselves (the same address, strides and type), which are then replaced, and may overlap
 *         them in no other way. Ignored and invalid rows get 0, and so does a row whose loss is infinite.
 *  \return as info_logits_measure(). When canceled late, part of the gradient is written.
 *
 *  With no row that counts the result says so (rows = 0, loss = 0); it is not NaN. Cost: two reads, one write. */
INFO_API info_status info_loss_cross_entropy(info_ctx *ctx, const info_matrix *logits, const void *targets,
                                             int64_t targets_len, const info_loss_options *options,
                                             info_loss_result *result, const info_matrix_out *gradient);

/** Entropy H of every row, and its gradient dH/dy = -p (log p + H). Minus the bonus of policy gradients: its
 *  scale is then negative. Arguments as in info_loss_cross_entropy(). */
INFO_API info_status info_loss_entropy(info_ctx *ctx, const info_matrix *logits, const info_loss_options *options,
                                       info_loss_result *result, const info_matrix_out *gradient);

/** Divergence between a teacher p and a student q, and its gradient with respect to the student's logits:
 *
 *      forward  q - p
 *      reverse  q (log q - log p - KL(q || p))
 *      JS       (1 - b) q (log(q / m) - KL(q || m))
 *      TV       q (s - sum q s), s = sign(q - p) / 2
 *      -log A   that of TV over A, A = sum min(p, q)
 *
 *  \param teacher  rows x V
 *  \param student  rows x V; gradient may be the student itself. Otherwise as
 *         info_loss_cross_entropy(). */
INFO_API info_status info_loss_divergence(info_ctx *ctx, const info_matrix *teacher, const info_matrix *student,
                                          const info_loss_options *options, info_loss_result *result,
                                          const info_matrix_out *gradient);

/* ---- 6. Summaries of scored tokens -------------------------------------- */

/** Options of the summaries. */
typedef struct info_score_options {
    uint32_t struct_size;    /* sizeof(info_score_options) */
    info_dtype precision;    /* least precise type that the log-probabilities have been through, which may leave them
                                above 0: by 1e-5 at most (INFO_F64, which is 0, and INFO_F32) or 1e-2 (INFO_F16, INFO_BF16).
                                Such are taken as 0, and counted */
    const double *units;     /* bytes, words or characters of each token, >= 0; NULL: 1 */
    int64_t units_len;       /* tokens */
    const int64_t *clusters; /* document of each token: a run of equal numbers is one; NULL: none */
    int64_t clusters_len;    /* tokens */
} info_score_options;

/** Outcome of info_likelihood_summarize(). Standard errors are 0 with fewer than two tokens or clusters. */
typedef struct info_likelihood_result {
    int64_t tokens;         /* scored: whose log-probability is not NaN */
    int64_t skipped;        /* NaN */
    int64_t clusters;       /* documents with a scored token; tokens if none were given */
    double units;           /* sum of the scored tokens' units */
    double total_nll;       /* -sum log p, nats */
    double mean_nll;        /* per token */
    double standard_error;  /* of mean_nll, tokens independent */
    double clustered_error; /* of mean_nll, documents independent: sqrt(C / (C - 1) sum_c (sum_i (x_i - m))^2) / n */
    double perplexity;      /* exp(mean_nll) per token */
    double
        bits_per_unit; /* total_nll / (units log 2): bits per byte, word or character; +inf where tokens have no unit */
    double bits_per_unit_error; /* of bits_per_unit as a ratio of sums over documents (or tokens) */
    double unit_perplexity;     /* exp(total_nll / units): byte or word perplexity */
    int64_t above_zero;         /* log-probabilities above 0, taken as 0 */
} info_likelihood_result;

/** What a model's log-probabilities of the tokens of a text amount to, in the conventions of
 *  lm-evaluation-harness (byte_perplexity, word_perplexity, bits_per_byte). A NaN, which is what
 *  invalid rows give, is left out and counted.
 *
 *  \param log_probabilities count of them, in nats, none above 0
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OPTION; INFO_ERROR_DOMAIN (a positive
 *          log-probability, a negative or non-finite unit); INFO_ERROR_BUSY. Cost: O(count), no memory. */
INFO_API info_status info_likelihood_summarize(info_ctx *ctx, const double *log_probabilities, int64_t count,
                                               const info_score_options *options, info_likelihood_result *result);

/** Levels of the percentiles: 0, 0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100. */
#define INFO_PERCENTILES 13

/** Two models' scores of the same tokens, as info_logits_compare() gives them; those that are NULL are not
 *  summarized. A token with a NaN in any of them is left out. */
typedef struct info_pair_scores {
    uint32_t struct_size;            /* sizeof(info_pair_scores) */
    int32_t reserved;                /* 0 */
    int64_t count;                   /* tokens: elements of every array given */
    const double *log_probability_p; /* of the base model, nats; required */
    const double *log_probability_q; /* of the other model; required */
    const double *kl;                /* KL(p || q), at least 0 */
    const int32_t *same_top;         /* 1 or 0; -1: left out */
} info_pair_scores;

/** The report of llama.cpp's perplexity tool, from exact numbers. m and se are a mean and its standard error
 *  sqrt(sum (x - m)^2 / (n (n - 1))); a is the other model q, b the base model p. What was not given is 0. */
typedef struct info_pair_summary {
    int64_t tokens, skipped;
    double nll_p, nll_p_error, nll_q, nll_q_error; /* mean, standard error */
    double perplexity_p, perplexity_p_error;       /* exp(m), exp(m) se */
    double perplexity_q, perplexity_q_error;
    double correlation;                           /* of the two models' nll */
    double log_ratio, log_ratio_error;            /* nll_q - nll_p, paired */
    double log_ratio_clustered_error;             /* documents independent */
    double ratio, ratio_error;                    /* exp(log_ratio) */
    double difference, difference_error;          /* perplexity_q - perplexity_p, paired */
    double delta_p, delta_p_error;                /* q(target) - p(target): mean */
    double delta_p_rms, delta_p_rms_error;        /* sqrt(mean square), 0.5 / rms se(square) */
    double delta_p_percentiles[INFO_PERCENTILES]; /* by linear interpolation at f (n - 1) */
    double kl, kl_error;
    double kl_percentiles[INFO_PERCENTILES];
    double same_top, same_top_error; /* fraction f, sqrt(f (1 - f) / (n - 1)) */
    int64_t above_zero;              /* log-probabilities above 0, of both models, taken as 0 */
} info_pair_summary;

/** Summarizes the comparison of two models. An infinite value makes what it enters infinite; log_ratio is NaN
 *  if both models give some token probability 0.
 *
 *  \return as info_likelihood_summarize(); INFO_ERROR_MEMORY. Only options->clusters is used.
 *          Cost: O(count log count), 8 bytes of scratch memory per token. */
INFO_API info_status info_pair_summarize(info_ctx *ctx, const info_pair_scores *scores,
                                         const info_score_options *options, info_pair_summary *result);

/** A mean over tokens and one over sequences, with their standard errors. Tokens of a sequence were drawn one after the
 *  other: in both errors sequences are what is independent (tokens, where no sequences were given). */
typedef struct info_sampled_mean {
    double token_mean, token_error; /* sqrt(C / (C - 1) sum_c (sum_i (x_i - m))^2) / n, as clustered_error above */
    double sequence_mean, sequence_error; /* of the sums over sequences */
} info_sampled_mean;

/** Estimates of KL(p || q) from tokens drawn from p, r = log q - log p: k1 = -r, k2 = r^2 / 2, k3 = exp(r) - 1 - r. */
typedef struct info_sampled_kl_result {
    int64_t tokens, skipped, sequences;
    info_sampled_mean k1, k2, k3;
    int64_t above_zero; /* log-probabilities above 0, of both models, taken as 0 */
} info_sampled_kl_result;

/** Sampled KL divergence of the trainers (Schulman 2020): k1 is unbiased, k2 biased with little
 *  variance, k3 unbiased and never negative. NaN pairs are left out and counted; log q = -inf gives +inf.
 *
 *  \param log_p   log-probabilities of the sampled token under the sampling model
 *  \param log_q   those under the other
 *  \param options its clusters are the sequences; without them all tokens are one sequence each
 *  \return as info_likelihood_summarize(); INFO_ERROR_DOMAIN also for log_p = -inf, which no sample has. */
INFO_API info_status info_sampled_kl(info_ctx *ctx, const double *log_p, const double *log_q, int64_t count,
                                     const info_score_options *options, info_sampled_kl_result *result);

/** What happens to an importance weight above the cap. */
typedef int32_t info_weight_cap;
#define INFO_WEIGHT_TRUNCATE 0 /* it becomes the cap */
#define INFO_WEIGHT_MASK 1     /* it becomes 0 */

/** Options of info_policy_coefficients(). Zero is the default of every field. */
typedef struct info_policy_options {
    uint32_t struct_size;     /* sizeof(info_policy_options) */
    info_dtype precision;     /* as in info_score_options */
    info_weight_cap cap_rule; /* what happens to weights above the cap */
    int32_t by_sequence;      /* 0: each token by itself; 1: sequences as a whole */
    double cap;               /* largest weight; 0 means none */
    const int64_t *clusters;  /* sequence of each token: a run of equal numbers is one; NULL: all tokens are one */
    int64_t clusters_len;     /* tokens, or 0 */
} info_policy_options;

/** Coefficients c of the gradient of KL(p || q) between a policy p and a reference q, from tokens drawn from an older
 *  policy: the mean over tokens (sequences) of the sum of c grad log p(token) is the gradient, without bias where nothing is
 *  capped. With r = log p - log q,
 *
 *      by token     c_t = w_t r_t,                 w_t = p_t / old_t: the divergence of the next token, where the older
 *                                                  policy has been
 *      by sequence  c_t = W (r_t + r_(t+1) + ...), W the product of the sequence's w: that of whole sequences
 *
 *  What is often differentiated instead, the estimators themselves (info_sampled_kl()), is not this gradient: that of
 *  k1 has mean 0, that of k3 is that of KL(q || p) where p drew. The values, weighted, with errors, caps and effective sample
 *  size, are info_evaluation_off_policy()'s.
 *
 *  \param log_p   count log-probabilities of the tokens under the policy, nats; -inf gives 0, for its weight is
 *  \param log_q   the same under the reference; -inf gives an infinite coefficient
 *  \param log_old the same under what drew the tokens. A token with a NaN in any of the three gets 0 and takes no part
 *  \param out     one per token
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT;
 *          INFO_ERROR_OVERLAP; INFO_ERROR_DOMAIN (above 0; log_old = -inf, which no drawn token has); INFO_ERROR_MEMORY;
 *          INFO_ERROR_BUSY. Cost: O(count). */
INFO_API info_status info_policy_coefficients(info_ctx *ctx, const double *log_p, const double *log_q,
                                              const double *log_old, int64_t count, const info_policy_options *options,
                                              double *out, int64_t out_len);

#ifdef __cplusplus
}
#endif

#endif
