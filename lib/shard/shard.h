/* SPDX-License-Identifier: MIT
 * Shards of a vocabulary: their arguments, and their rows a tile at a time. */
#ifndef INFO_I_SHARD_H
#define INFO_I_SHARD_H

#include "info/shard.h"
#include "lm/row.h"

/* A shard with checked arguments. */
typedef struct info_i_shard {
    info_vocabulary_shard given;
    info_i_lm lm;                    /* of the shard's columns; lengths are of whole rows, in those two: */
    const int64_t *lengths;          /* or NULL */
    const void *targets;             /* or NULL */
    int64_t rows, cols, tile, tiles; /* tiles of the shard */
    int64_t all;                     /* tiles of the vocabulary */
} info_i_shard;

/* q: of the second of two models, as in info_i_lm_pair_options(); NULL: there is one */
info_status info_i_shard_open(info_ctx *ctx, const info_vocabulary_shard *given, const info_lm_options *options,
                              int64_t rows, int64_t cols, info_i_lm *q, info_i_shard *shard);

/* targets NULL and 0: none */
info_status info_i_shard_targets(info_i_error *error, const void *targets, int64_t targets_len, info_i_shard *shard);

/* Numbers of the tiles of the shard, or of the vocabulary, for all rows: given elements of size bytes are enough, or just as
 * many (exact). Their number goes to *count. */
info_status info_i_shard_parts(info_i_error *error, const char *name, const info_i_shard *shard, int64_t tiles,
                               int64_t given, bool exact, int64_t *count);

/* Memory that the options lead to, for lists of inputs. */
info_i_span info_i_shard_lengths_span(const info_i_shard *shard);

/* A tile of one row: the options for its columns, and which they are. The tile may not be moved. */
typedef struct info_i_tile {
    info_i_lm lm, q_lm;
    info_matrix bias, q_bias;
    int64_t row;
    int64_t first, tokens; /* in the whole vocabulary */
    int64_t column, valid; /* first column in the shard, and how many are valid: may be 0 */
    int32_t targeted;      /* as in parts */
    int64_t target;        /* column of the tile */
} info_i_tile;

void info_i_tile_of(const info_i_shard *shard, int64_t number, int64_t row, info_i_tile *tile);

/* The valid columns of the tile, all rows; there is at least one. */
info_matrix info_i_tile_view(const info_i_tile *tile, const info_matrix *logits);

/* Whether all of the tile's row of the view, read by lm, is -inf. */
bool info_i_tile_impossible(const info_i_tile *tile, const info_i_lm *lm, const info_matrix *view);

/* ---- Parts of whole rows ------------------------------------------------- */

/* What a part says of its tile, be it of one model or of two. */
typedef struct info_i_tile_place {
    int64_t vocabulary, first_token, tokens;
    double temperature;
    int32_t targeted;
    bool sound; /* its other numbers are what a part can hold */
} info_i_tile_place;

/* The tiles of a row so far: the last one, and how many of them have its target. */
typedef struct info_i_tiles_seen {
    info_i_tile_place last;
    int64_t count, targeted;
} info_i_tiles_seen;

/* The next of a row's tiles goes on where the last one ended, was made alike, and has no second target. */
info_status info_i_check_tile(info_i_error *error, info_i_tiles_seen *seen, const info_i_tile_place *own, int64_t tiles,
                              int64_t row);

/* A row has no valid value, or no tile has its target. */
info_status info_i_shard_row_error(info_i_error *error, int64_t row, bool has_value);

#endif
