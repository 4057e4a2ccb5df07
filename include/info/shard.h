/* SPDX-License-Identifier: MIT
 *
 * info/shard.h: the measures of lm.h where a row's logits are on several devices, each of which
 * holds some columns (tensor parallelism), with the same bits for any number of them.
 *
 *   1. shards and the parts they make
 *   2. one model
 *   3. two models
 *
 * The vocabulary is cut into tiles of a fixed number of tokens, whatever the number of shards. Every shard makes a part
 * of each of its tiles and each row; parts are small and plain numbers, to be sent as they are between machines of
 * one byte order. All parts together, in the order of their tokens, are merged:
 *
 *     on every shard   info_logits_measure_part()             -> parts
 *     gathered         info_logits_measure_merge()            -> all of info_logit_measures but rank
 *     on every shard   info_logits_rank_part(), all parts     -> numbers whose sum over the shards is the rank
 *
 *     on every shard   info_logits_compare_part()             -> parts
 *     on every shard   info_logits_mixture_part(), all parts  -> mixtures: js, generalized_js, tv, acceptance
 *     gathered         info_logits_compare_merge()            -> info_logit_comparison
 *
 * Conventions are those of lm.h. Options are the same on all shards, but for the bias (and that of q_transform), which has
 * the shard's columns (1 x cols); lengths are of whole rows, 1 .. vocabulary; targets are of the whole vocabulary. Rows without a valid
 * value become such parts, and are counted, or an error, in the merge.
 *
 * Every function here is thread-safe with contexts of their own.
 */
#ifndef INFO_SHARD_H
#define INFO_SHARD_H

#include <info/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Shards and parts ------------------------------------------------ */

#define INFO_TILE_TOKENS 4096 /* of a tile, unless asked otherwise */

/** The columns that a device holds. It has ceil(cols / tile) tiles. */
typedef struct info_vocabulary_shard {
    uint32_t struct_size; /* sizeof(info_vocabulary_shard) */
    int32_t reserved;     /* 0 */
    int64_t vocabulary;   /* tokens of all shards */
    int64_t first_token;  /* of the first column, a multiple of tile */
    int64_t tile; /* tokens of a tile, the same on all shards; 0 means INFO_TILE_TOKENS. A shard has a multiple of
                             it, but for the last one */
} info_vocabulary_shard;

/** What a tile makes of one row. z: a logit after bias and softcap; e = exp((z - top) / T). */
typedef struct info_logit_part {
    int64_t vocabulary, first_token, tokens; /* where the tile is */
    int64_t argmax;                          /* the token of top, the first of equals; -1: none is possible */
    double temperature;
    double top;       /* max z; -inf: no token of the tile is possible; NaN: the row has no valid value */
    double weight;    /* sum of e over the tokens but argmax */
    double mean;      /* their mean of (z - top) / T, weighted by e */
    double spread;    /* their sum e ((z - top) / T - mean)^2 */
    double squares;   /* their sum e^2 */
    double target;    /* z of the target, where targeted is 1 */
    int32_t targeted; /* 1: the target is in the tile; 0: it is not; -1: it is ignored, or there are none */
    int32_t reserved; /* 0 */
} info_logit_part;

/* ---- 2. One model ------------------------------------------------------- */

/** Parts of a shard.
 *
 *  \param logits  rows x cols: tokens first_token .. first_token + cols - 1
 *  \param targets one token per row, of options.target_type; NULL and 0: none
 *  \param parts   [tiles, rows]; parts_len elements, at least tiles * rows
 *  \return as info_logits_measure(), without INFO_INVALID_ROWS; INFO_ERROR_OPTION and INFO_ERROR_SIZE for a shard that does
 *          not fit the vocabulary or its tiles. Cost: one read of the logits; 104 bytes of scratch memory a part. */
INFO_API info_status info_logits_measure_part(info_ctx *ctx, const info_matrix *logits,
                                              const info_vocabulary_shard *shard, const void *targets,
                                              int64_t targets_len, const info_lm_options *options,
                                              info_logit_part *parts, int64_t parts_len);

/** Statistics of rows from the parts of all tiles.
 *
 *  \param parts    [tiles, rows], tiles in the order of their tokens: those of the shards one after the other
 *  \param options  only unit and invalid are used
 *  \param measures where they go; rank, which is made by info_logits_rank_part(), must be NULL
 *  \return as info_logits_measure(); INFO_ERROR_SHARD for tiles that are missing, twice or out of order (the text says
 *          which); INFO_ERROR_DOMAIN for what no part can be; INFO_ERROR_MISMATCH for parts of different temperatures;
 *          INFO_ERROR_UNSUPPORTED (rank). Cost: O(tiles rows). */
INFO_API info_status info_logits_measure_merge(info_ctx *ctx, const info_logit_part *parts, int64_t tiles, int64_t rows,
                                               const info_lm_options *options, const info_logit_measures *measures);

/** A shard's share of every row's rank: the sum over the shards is what info_logits_measure() calls rank, 0 and -1
 *  included.
 *
 *  \param parts  [tiles, rows] of all tiles, in order; parts_len = tiles * rows
 *  \param shares one per row
 *  \return as info_logits_measure_part() and info_logits_measure_merge(). Cost: one read of the logits. */
INFO_API info_status info_logits_rank_part(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                                           const info_logit_part *parts, int64_t parts_len,
                                           const info_lm_options *options, int64_t *shares, int64_t shares_len);

/* ---- 3. Two models ------------------------------------------------------ */

/** What a tile makes of one row of two models, p and q normalized over the tile. Where options.q_transform is of another way
 *  than p's, z is y, and temperature 1. */
typedef struct info_logit_pair_part {
    int64_t vocabulary, first_token, tokens;
    int64_t p_argmax, q_argmax;
    double temperature;
    double p_top, p_weight; /* as in info_logit_part */
    double q_top, q_weight;
    double base, base_low, shift;         /* log sum exp of p less that of q: (base + base_low) / T + shift */
    double kl, kl_reverse;                /* nats; 0 where one of the two has no token in the tile */
    double p_target, q_target;            /* z of the target, where targeted is 1 */
    double target_difference, target_low; /* their sum is p_target - q_target, with what rounding took off it */
    int32_t targeted;
    int32_t reserved; /* 0 */
} info_logit_pair_part;

/** What a tile adds to mixtures of the two whole distributions. */
typedef struct info_logit_mixture {
    int64_t vocabulary, first_token, tokens;
    double js_beta;
    double js, generalized_js; /* nats */
    double difference, common; /* sum |p - q|, sum min(p, q) */
} info_logit_mixture;

/** Parts of a shard of two models, as info_logits_measure_part(). */
INFO_API info_status info_logits_compare_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                              const info_vocabulary_shard *shard, const void *targets,
                                              int64_t targets_len, const info_lm_options *options,
                                              info_logit_pair_part *parts, int64_t parts_len);

/** Second round of a shard, for the divergences that need the normalizers of the whole rows.
 *
 *  \param parts    [tiles, rows] of all tiles, in order; parts_len = tiles * rows
 *  \param mixtures [tiles of the shard, rows]
 *  \return as info_logits_measure_part() and info_logits_measure_merge(). Cost: one read of both. */
INFO_API info_status info_logits_mixture_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                              const info_vocabulary_shard *shard, const info_logit_pair_part *parts,
                                              int64_t parts_len, const info_lm_options *options,
                                              info_logit_mixture *mixtures, int64_t mixtures_len);

/** Comparison of rows from the parts of all tiles: the KL divergences by the chain rule,
 *
 *      KL(p || q) = sum_t p(t) KL(p(.|t) || q(.|t)) + sum_t (p(t) log(p(t) / q(t)) - p(t) + q(t)),
 *
 *  of which no term is negative.
 *
 *  \param parts    [tiles, rows], tiles in order
 *  \param mixtures the same; NULL if js, generalized_js, tv and acceptance are not wanted
 *  \param options  only unit and invalid are used
 *  \return as info_logits_measure_merge(); INFO_ERROR_NULL without mixtures that are needed. Cost: O(tiles rows). */
INFO_API info_status info_logits_compare_merge(info_ctx *ctx, const info_logit_pair_part *parts,
                                               const info_logit_mixture *mixtures, int64_t tiles, int64_t rows,
                                               const info_lm_options *options, const info_logit_comparison *comparison);

#ifdef __cplusplus
}
#endif

#endif
