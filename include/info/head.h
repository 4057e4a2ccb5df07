/* SPDX-License-Identifier: MIT
 *
 * info/head.h: the measures of lm.h from hidden states, without the logits.
 *
 *   1. a vocabulary head and the options
 *   2. one model: statistics of rows
 *   3. two models: divergences of paired rows
 *   4. a vocabulary in shards
 *   5. losses with gradients
 *
 * A head turns hidden states [rows, H] and weights [V, H] into logits,
 *
 *     x = hidden weight^T + bias,   y = c tanh(x / c) / T,
 *
 * which are computed tile by tile, measured while they are in the cache, and never stored.
 *
 * Conventions of this header:
 *   - Element types and strides are free, for each matrix. Logits are f64 if hidden or weight is
 *     (by the backend's dgemm), otherwise f32 (sgemm, f16 and bf16 widened exactly). Measures of
 *     a tile have the precision that lm.h states; tiles are merged in f64.
 *   - A row whose hidden state or logits hold a NaN or an infinity has no valid value and does not spread:
 *     see lm.h. A weight that is not finite is a domain error that names it; a bias may be -inf
 *     (a token of probability 0).
 *   - Memory: per thread of the context 8 MiB (f32) or 16 MiB (f64) of scratch at most, whatever the sizes, half of it
 *     where the weight is read in place (of the type computed in, column stride 1, row stride >= H); twice that for
 *     two models; besides, a part (section 4) for each row, 8192 if they are few.
 *   - Cost: one matrix product, 2 rows V H operations, each model.
 *   - Results do not depend on the number of threads. They go through the backend's gemm, whose
 *     rounding may differ between processors.
 *
 * Every function here is thread-safe with contexts of their own.
 */
#ifndef INFO_HEAD_H
#define INFO_HEAD_H

#include <info/lm.h>
#include <info/token.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Heads and options ----------------------------------------------- */

/** A vocabulary head and the hidden states it is applied to. */
typedef struct info_head {
    uint32_t struct_size;      /* sizeof(info_head) */
    int32_t reserved;          /* 0 */
    const info_matrix *hidden; /* rows x H, after the final norm */
    const info_matrix *weight; /* V x H: one row per token, as PyTorch's Linear and tied embeddings have it */
    const info_matrix *bias;   /* 1 x V; NULL: none */
    double softcap;            /* c > 0; 0 means none */
    double temperature;        /* T > 0 of this head; 0 means that of the options */
} info_head;

/** Options of the functions on heads. Zero is the default of every field. */
typedef struct info_head_options {
    uint32_t struct_size;       /* sizeof(info_head_options) */
    info_unit unit;             /* as in info_lm_options */
    info_invalid invalid;       /* default: INFO_INVALID_NAN */
    info_ignore ignore;         /* default: targets of -100 */
    int64_t ignore_index;       /* with INFO_IGNORE_INDEX: a number of target_type; else 0 */
    double temperature;         /* T > 0; 0 means 1 */
    double js_beta;             /* weight of p in the generalized JS, in (0, 1); 0 means 1/2 */
    info_vocabulary vocabulary; /* of two models */
    info_integer target_type;   /* of the elements of targets; default: INFO_INT64 */
} info_head_options;

/* ---- 2. One model ------------------------------------------------------- */

/** Statistics of every row, as info_logits_measure() gives them of the logits.
 *
 *  \param targets  one token per row, targets_len = rows of them; NULL and 0 if log_probability is not wanted
 *  \param measures where they go; rank, which needs logits that are kept, must be NULL
 *  \return INFO_OK; INFO_INVALID_ROWS; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW;
 *          INFO_ERROR_TYPE; INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_DOMAIN (weight or bias);
 *          INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY; INFO_ERROR_BUSY; INFO_ERROR_BACKEND;
 *          INFO_ERROR_UNSUPPORTED (rank); with INFO_INVALID_ERROR also INFO_ERROR_TARGET, and
 *          INFO_ERROR_DOMAIN for rows. */
INFO_API info_status info_head_measure(info_ctx *ctx, const info_head *head, const void *targets, int64_t targets_len,
                                       const info_head_options *options, const info_logit_measures *measures);

/* ---- 3. Two models ------------------------------------------------------ */

/** Compares two models row by row, as info_logits_compare() does their logits. They may differ in H, in every
 *  type and stride, in bias, softcap and temperature, and with INFO_VOCABULARY_COMMON in V.
 *
 *  KL(p || q) over tiles t of the vocabulary is, by the chain rule,
 *
 *      KL = sum_t p(t) KL(p(.|t) || q(.|t)) + sum_t p(t) log(p(t) / q(t)),
 *
 *  of which no term is negative; two equal models give exactly 0.
 *
 *  \return as info_head_measure().
 *
 *  Cost: one product for each model; js, generalized_js, tv and acceptance need the normalizers first
 *  and take a second one. */
INFO_API info_status info_head_compare(info_ctx *ctx, const info_head *p, const info_head *q, const void *targets,
                                       int64_t targets_len, const info_head_options *options,
                                       const info_logit_comparison *comparison);

/* ---- 4. Shards ---------------------------------------------------------- */

/** What a shard of the vocabulary makes of one row: plain numbers, to be sent as they are between machines of
 *  one byte order. e = exp(d), d = y - maximum. */
typedef struct info_head_part {
    double maximum;   /* max y; -inf: no token of the shard is possible; NaN: the row has no valid value */
    double weight;    /* sum of e over the tokens but that of the maximum */
    double mean;      /* their sum e d / weight */
    double spread;    /* their sum e (d - mean)^2 */
    double squares;   /* their sum e^2 */
    double target;    /* y of the target, where targeted is 1 */
    int64_t argmax;   /* token of the maximum in the whole vocabulary, the first of equals; -1: none */
    int32_t targeted; /* 1: the target is in the shard; 0: it is not; -1: it is ignored */
    int32_t reserved; /* 0 */
} info_head_part;

/** One shard of a head: head->weight holds tokens first_token .. first_token + V - 1 of the vocabulary
 *  (its bias likewise), targets are of the whole.
 *
 *  \param targets NULL and 0: none, as if all were ignored
 *  \param parts   one per row
 *  \return as info_head_measure(); INFO_ERROR_OPTION for first_token < 0. Rows without a valid value become such
 *          parts, and are counted by the merge. */
INFO_API info_status info_head_measure_part(info_ctx *ctx, const info_head *head, int64_t first_token,
                                            const void *targets, int64_t targets_len, const info_head_options *options,
                                            info_head_part *parts, int64_t parts_len);

/** Statistics of the whole vocabulary from those of its shards, exact but for rounding in f64.
 *
 *  \param parts   [shards, rows]
 *  \param options only unit and invalid are used
 *  \return as info_head_measure(); INFO_ERROR_DOMAIN for parts of which two have a token in common, the same shard twice
 *          for one, INFO_ERROR_TARGET where one was made without a target that another has. Cost: O(shards^2 rows). */
INFO_API info_status info_head_measure_merge(info_ctx *ctx, const info_head_part *parts, int64_t shards, int64_t rows,
                                             const info_head_options *options, const info_logit_measures *measures);

/** What a shard of the vocabulary makes of a row of two models, p and q normalized over the shard. */
typedef struct info_head_pair_part {
    double p_maximum, p_weight; /* as in info_head_part */
    double q_maximum, q_weight;
    double kl, kl_reverse; /* nats; 0 where one of the two has no token in the shard */
    double p_target, q_target;
    int64_t p_argmax, q_argmax;
    int32_t targeted;
    int32_t reserved; /* 0 */
} info_head_pair_part;

/** One shard of two heads, as info_head_measure_part(). */
INFO_API info_status info_head_compare_part(info_ctx *ctx, const info_head *p, const info_head *q, int64_t first_token,
                                            const void *targets, int64_t targets_len, const info_head_options *options,
                                            info_head_pair_part *parts, int64_t parts_len);

/** Comparison over the whole vocabulary from that of its shards, by the chain rule. js, generalized_js, tv and
 *  acceptance, which shards do not hold, must be NULL (INFO_ERROR_UNSUPPORTED). Otherwise as
 *  info_head_measure_merge(). */
INFO_API info_status info_head_compare_merge(info_ctx *ctx, const info_head_pair_part *parts, int64_t shards,
                                             int64_t rows, const info_head_options *options,
                                             const info_logit_comparison *comparison);

/* ---- 5. Losses with gradients ------------------------------------------- */

/** Where gradients of a loss go, each NULL if not wanted. They must not overlap anything. */
typedef struct info_head_gradients {
    uint32_t struct_size;          /* sizeof(info_head_gradients) */
    int32_t accumulate;            /* 1: those of weight and bias are added to what is there; 0: it is replaced */
    const info_matrix_out *hidden; /* d loss / d hidden, rows x H, of any type; replaced */
    const info_matrix_out *weight; /* d loss / d weight, V x H, of any type */
    const info_matrix_out *bias;   /* d loss / d bias, 1 x V, of any type; the head must have a bias */
} info_head_gradients;

/** Where what is found of every row goes: arrays of one element per row, each NULL if not wanted; 0 for ignored rows, NaN
 *  for rows without a valid value. In nats. */
typedef struct info_head_loss_rows {
    uint32_t struct_size;    /* sizeof(info_head_loss_rows) */
    int32_t reserved;        /* 0 */
    int64_t length;          /* elements in every array given; at least rows */
    double *loss;            /* of the row, before its weight and the scale */
    double *log_probability; /* log p(target); the cross-entropy only */
    double *entropy;         /* H of softmax(y), the student's where there are two */
} info_head_loss_rows;

/** The cross-entropy of info_loss_cross_entropy() from hidden states, with its gradients by hidden states, weights and
 *  bias, G being the gradient by the logits x:
 *
 *      d hidden = G weight,   d weight = G^T hidden,   d bias = sum over rows of G
 *
 *  \param head      may have a bias and a softcap; its temperature and options->softcap must be 0
 *  \param options   as info_loss_cross_entropy(), class weights being one per token
 *  \param rows      NULL if not wanted
 *  \param gradients NULL if not wanted
 *  \return as info_head_measure(). Everything that can be
 *          wrong with the arguments is found before anything is written. When canceled late, part of the gradients is.
 *
 *  Rows that are ignored or of weight 0 cost nothing. Rows without a valid value are left out, of the mean too. Logits are
 *  those of a block of rows at a time: as many as have 32 MiB of logits, at least 16 and at most 512 (twice with a teacher).
 *  Sums over rows go through the product's type within a block, and are rounded to the gradient's type after each block, in
 *  order: f32 or f64 is what weights want. What overflows is infinite, and NaN where infinities of both signs meet.
 *
 *  Cost: three products of 2 rows V H operations, or one without gradients; one read of the weights before (and, where
 *  logits might overflow, a product), to know what is valid. Memory: the block, and some 400 bytes per row. */
INFO_API info_status info_head_loss_cross_entropy(info_ctx *ctx, const info_head *head, const void *targets,
                                                  int64_t targets_len, const info_loss_options *options,
                                                  const info_head_loss_rows *rows, info_loss_result *result,
                                                  const info_head_gradients *gradients);

/** The entropy of info_loss_entropy(); otherwise as info_head_loss_cross_entropy(). */
INFO_API info_status info_head_loss_entropy(info_ctx *ctx, const info_head *head, const info_loss_options *options,
                                            const info_head_loss_rows *rows, info_loss_result *result,
                                            const info_head_gradients *gradients);

/** The divergence of info_loss_divergence() between two heads, with the gradients of the student's. They may differ in H,
 *  in every type and stride, in bias and softcap, and not in V. Otherwise as info_head_loss_cross_entropy(). */
INFO_API info_status info_head_loss_divergence(info_ctx *ctx, const info_head *teacher, const info_head *student,
                                               const info_loss_options *options, const info_head_loss_rows *rows,
                                               info_loss_result *result, const info_head_gradients *gradients);

/** The divergence of info_loss_top_k() from lists of the teacher's tokens to a head, with the gradients of the head's.
 *  Otherwise as info_head_loss_cross_entropy(). */
INFO_API info_status info_head_loss_top_k(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary,
                                          const info_head *student, const info_loss_options *options,
                                          const info_head_loss_rows *rows, info_loss_result *result,
                                          const info_head_gradients *gradients);

#ifdef __cplusplus
}
#endif

#endif
