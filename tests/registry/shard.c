/* SPDX-License-Identifier: MIT
 * Drivers of shard.h. */
#include "registry.h"

static int64_t tile_of(int64_t tokens)
{
    return (tokens - 1) / 4 + 1;
}

static int64_t tiles_of(int64_t tokens)
{
    return (tokens - 1) / tile_of(tokens) + 1;
}

static const void *plain_options(reg_case *c, info_integer type)
{
    const info_lm_options wanted = {.target_type = type};
    reg_keep_type(c, offsetof(info_lm_options, target_type), wanted.target_type);
    reg_keep_field(c, offsetof(info_lm_options, bias), sizeof wanted.bias);
    reg_keep_field(c, offsetof(info_lm_options, lengths), sizeof wanted.lengths);
    reg_keep_field(c, offsetof(info_lm_options, q_transform), sizeof wanted.q_transform);
    return reg_options(c, &wanted, sizeof wanted);
}

/* Another vocabulary or tile asks for another number of parts. */
static const void *shard_of(reg_case *c, const info_vocabulary_shard *wanted)
{
    reg_keep_field(c, offsetof(info_vocabulary_shard, vocabulary), sizeof wanted->vocabulary);
    reg_keep_field(c, offsetof(info_vocabulary_shard, tile), sizeof wanted->tile);
    return reg_struct(c, "shard", wanted, sizeof *wanted);
}

/* The whole vocabulary as one shard, of 4 tiles at most. */
static const void *whole_shard(reg_case *c, int64_t cols)
{
    const info_vocabulary_shard wanted = {.vocabulary = cols, .tile = tile_of(cols)};
    return shard_of(c, &wanted);
}

static info_status drive_measure_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), count = rows * tiles_of(cols);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *shard = whole_shard(c, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = plain_options(c, type);
    info_logit_part *parts = reg_output_bytes(c, "parts", count * (int64_t)sizeof *parts);
    return info_logits_measure_part(reg_ctx(c), logits, shard, targets, targets_len, options, parts, count);
}

static info_status drive_compare_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), count = rows * tiles_of(cols);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    const void *shard = whole_shard(c, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = plain_options(c, type);
    info_logit_pair_part *parts = reg_output_bytes(c, "parts", count * (int64_t)sizeof *parts);
    return info_logits_compare_part(reg_ctx(c), p, q, shard, targets, targets_len, options, parts, count);
}

/* Two tiles of two rows, as the library makes them of
 * p (1, 5/2, -1, 1/4), (0, -3, 2, 3/2) and q (3/2, 2, -5/4, 0), (1/2, -2, 1, 7/4). */
static const info_vocabulary_shard both_tiles = {.vocabulary = 4, .tile = 2};
static const info_logit_part parts_of_p[4] = {
    {4, 0, 2, 1, 1, 2.5, 0.22313, -1.5, 5.55112e-17, 0.0497871, 0, 0, 0},
    {4, 0, 2, 0, 1, 0, 0.0497871, -3, 0, 0.00247875, 0, -1, 0},
    {4, 2, 2, 3, 1, 0.25, 0.286505, -1.25, 0, 0.082085, 0.25, 1, 0},
    {4, 2, 2, 2, 1, 2, 0.606531, -0.5, 0, 0.367879, 0, -1, 0},
};
static const info_logit_pair_part parts_of_both[4] = {
    {4, 0, 2, 1, 1, 1, 2.5, 0.22313, 2, 0.606531, 0.5, 0, -0.272664, 0.0902382, 0.104877, 0, 0, 0, 0, 0, 0},
    {4, 0, 2, 0, 0, 1, 0, 0.0497871, 0.5, 0.082085, -0.5, 0, -0.0303024, 0.00658945, 0.00762671, 0, 0, 0, 0, -1, 0},
    {4, 2, 2, 3, 3, 1, 0.25, 0.286505, 0, 0.286505, 0.25, 0, -0, 0, 0, 0.25, 0, 0.25, 0, 1, 0},
    {4, 2, 2, 2, 3, 1, 2, 0.606531, 1.75, 0.472367, 0.25, 0, 0.087206, 0.190868, 0.186179, 0, 0, 0, 0, -1, 0},
};
static const info_logit_mixture mixtures_of_both[4] = {
    {4, 0, 2, 0.5, 0.021617, 0.021617, 0.350792, 0.725816},
    {4, 0, 2, 0.5, 0.00880208, 0.00880208, 0.092687, 0.0812495},
    {4, 2, 2, 0.5, 5.15122e-06, 5.15122e-06, 0.00201766, 0.0977792},
    {4, 2, 2, 0.5, 0.0415476, 0.0415476, 0.521045, 0.611884},
};

static double *optional(reg_case *c, const char *name, int64_t rows, int64_t *length)
{
    const reg_doubles out = reg_optional_output(c, name, rows);
    if (out.length < *length)
        *length = out.length;
    return out.data;
}

static info_status drive_measure_merge(reg_case *c)
{
    const info_logit_part *parts = reg_bytes(c, "parts", parts_of_p, sizeof parts_of_p);
    const int64_t tiles = reg_length(c, "tiles", 2);
    const int64_t rows = reg_length(c, "rows", 2);
    const void *options = plain_options(c, INFO_INT64);
    info_logit_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.entropy = optional(c, "measures", 2, &m.length);
    m.log_probability = optional(c, "measures", 2, &m.length);
    return info_logits_measure_merge(reg_ctx(c), parts, tiles, rows, options, &m);
}

static info_status drive_rank_part(reg_case *c)
{
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, 2, 4);
    const void *shard = shard_of(c, &both_tiles);
    const info_logit_part *parts = reg_bytes(c, "parts", parts_of_p, sizeof parts_of_p);
    const int64_t parts_len = reg_length(c, "parts", 4);
    const void *options = plain_options(c, INFO_INT64);
    int64_t *shares = reg_output_bytes(c, "shares", 2 * (int64_t)sizeof *shares);
    return info_logits_rank_part(reg_ctx(c), logits, shard, parts, parts_len, options, shares, 2);
}

static info_status drive_mixture_part(reg_case *c)
{
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, 2, 4);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, 2, 4);
    const void *shard = shard_of(c, &both_tiles);
    const info_logit_pair_part *parts = reg_bytes(c, "parts", parts_of_both, sizeof parts_of_both);
    const int64_t parts_len = reg_length(c, "parts", 4);
    const void *options = plain_options(c, INFO_INT64);
    info_logit_mixture *mixtures = reg_output_bytes(c, "mixtures", 4 * (int64_t)sizeof *mixtures);
    return info_logits_mixture_part(reg_ctx(c), p, q, shard, parts, parts_len, options, mixtures, 4);
}

static info_status drive_compare_merge(reg_case *c)
{
    const info_logit_pair_part *parts = reg_bytes(c, "parts", parts_of_both, sizeof parts_of_both);
    const info_logit_mixture *mixtures = reg_bytes(c, "mixtures", mixtures_of_both, sizeof mixtures_of_both);
    const int64_t tiles = reg_length(c, "tiles", 2);
    const int64_t rows = reg_length(c, "rows", 2);
    const void *options = plain_options(c, INFO_INT64);
    info_logit_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    double js[2] = {0};
    m.js = js;
    m.kl = optional(c, "comparison", 2, &m.length);
    m.delta_p = optional(c, "comparison", 2, &m.length);
    const info_status status = info_logits_compare_merge(reg_ctx(c), parts, mixtures, tiles, rows, options, &m);
    reg_record(c, js, sizeof js);
    return status;
}

const reg_function reg_shard[] = {
    {"info_logits_compare_merge", drive_compare_merge, 0, 0},
    {"info_logits_compare_part", drive_compare_part, 0, 0},
    {"info_logits_measure_merge", drive_measure_merge, 0, 0},
    {"info_logits_measure_part", drive_measure_part, 0, 0},
    {"info_logits_mixture_part", drive_mixture_part, 0, 0},
    {"info_logits_rank_part", drive_rank_part, 0, 0},
    {0},
};
