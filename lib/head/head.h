/* SPDX-License-Identifier: MIT
 * Logits of a vocabulary head, a tile at a time: a block of rows by a block of tokens. */
#ifndef INFO_I_LM_HEAD_H
#define INFO_I_LM_HEAD_H

#include "info/head.h"
#include "kernels/tile_f32.h"
#include "lm/columns.h"
#include "lm/logits.h"

/* Rows and tokens of a tile, and how much of H is multiplied at once. */
#define INFO_I_TILE_ROWS 512
#define INFO_I_TILE_TOKENS 1024
#define INFO_I_TILE_DEPTH 1024

/* A head with checked arguments. */
typedef struct info_i_head {
    const char *name; /* of the argument */
    char hidden_name[16], weight_name[16], bias_name[16];
    info_matrix hidden, weight, bias;
    bool biased, in_f64;
    double softcap, temperature;
    const info_i_tile_kernels *kernels;
    const info_ctx *call; /* that may be canceled */
} info_i_head;

/* Whether the matrix can be an operand as it lies there. */
bool info_i_head_in_place(const info_i_head *h, const info_matrix *m);

/* Whether a row of a tile holds nothing but -inf. */
bool info_i_head_impossible(const info_matrix *tile, int64_t row);

/* The rows and tokens of a call, cut into items for workers whatever their number: blocks of rows by stripes of
 * the vocabulary. */
typedef struct info_i_head_grid {
    int64_t rows, tokens;
    int64_t blocks, stripes;
} info_i_head_grid;

info_i_head_grid info_i_head_grid_of(int64_t rows, int64_t tokens);

/* An item's rows, and its first token; the stripe ends at that of the next. */
typedef struct info_i_head_item {
    int64_t row, rows, token, end, stripe;
} info_i_head_item;

/* Tiles of the same rows and tokens of one head or two, and which rows' hidden states are not finite. */
typedef struct info_i_head_tiles {
    info_matrix logits[2];
    const bool *bad[2];
} info_i_head_tiles;

/* Walks over tiles: use sees those of an item from its first token to its last. */
typedef struct info_i_head_walk {
    const info_i_head *heads[2]; /* the second may be NULL */
    const info_i_head_grid *grid;
    void (*use)(const void *user, const info_i_head_item *item, const info_i_head_tiles *tiles, int64_t token);
    const void *user;
} info_i_head_walk;

/* Bytes of scratch memory for it; items begin to end - 1. */
size_t info_i_head_walk_bytes(const info_i_head_walk *walk);
info_status info_i_head_walk_items(const info_i_head_walk *walk, int64_t begin, int64_t end, void *scratch,
                                   info_i_error *error);

/* Whether a row's hidden state is not finite. */
bool info_i_head_bad_row(const info_i_head *head, int64_t row);

/* Rows whose logits, all of which are computed, have no valid value become false. */
info_status info_i_head_valid_rows(info_ctx *ctx, const info_i_head *head, const info_i_lm *lm, bool *good);

/* ---- Arguments ---------------------------------------------------------- */

info_status info_i_head_open(info_ctx *ctx, const char *name, const info_head *given, info_i_head *head);

/* The memory of the head's matrices. */
#define INFO_I_HEAD_SPANS 3
void info_i_head_spans(const info_i_head *head, info_i_span *spans);

/* The options; bias, softcap and lengths are the heads'. */
info_status info_i_head_options(info_ctx *ctx, const info_head_options *given, int64_t rows, int64_t tokens,
                                info_i_lm *lm);

/* The head's temperature in place of the options', if it has one. */
void info_i_head_take_temperature(const info_i_head *head, info_i_lm *lm);

info_status info_i_head_check_targets(const info_i_lm *lm, info_i_error *error, const void *targets,
                                      int64_t targets_len, int64_t rows, bool needed);

/* 1 if the target of a row is among tokens first .. end - 1, 0 if not, -1 if it is ignored or there are none. */
int32_t info_i_head_targeted(const info_i_lm *lm, const void *targets, int64_t row, int64_t first, int64_t end);

info_status info_i_head_check_first(info_i_error *error, int64_t first_token, int64_t tokens);

/* Parts of shards, of size bytes each, and their memory. */
info_status info_i_head_check_parts(info_i_error *error, const void *parts, int64_t shards, int64_t rows, size_t size,
                                    info_i_span *span);

/* What tells a shard of a row from others: the token that leads it (-1: none), and whether it has the target. */
typedef struct info_i_head_shard {
    int64_t shard, token;
    int32_t targeted;
} info_i_head_shard;

/* Two shards of one row must have no token in common, and the same kind of target. */
info_status info_i_head_check_shards(info_i_error *error, int64_t row, const info_i_head_shard *a,
                                     const info_i_head_shard *b);

/* Texts: a matrix with an element that is not finite in row; why a row has no valid value. */
info_status info_i_head_not_finite(const info_matrix *m, const char *name, int64_t row, info_i_error *error);
info_status info_i_head_row_error(const info_i_head *head, int64_t row, info_i_error *error);
info_status info_i_head_target_error(const info_i_lm *lm, const void *targets, int64_t row, int64_t tokens,
                                     info_i_error *error);
info_status info_i_head_merge_error(int64_t row, bool has_value, info_i_error *error);

#endif
