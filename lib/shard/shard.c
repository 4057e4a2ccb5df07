/* SPDX-License-Identifier: MIT */
#include "shard/shard.h"

#include <math.h>

#include "numeric/convert.h"

/* ---- Arguments ---------------------------------------------------------- */

static info_status check_shard(info_i_error *error, info_i_shard *s)
{
    const info_vocabulary_shard *g = &s->given;
    int64_t end = 0;
    info_i_check_option(error, "shard.reserved", g->reserved, 0, 0);
    info_i_check(error, g->vocabulary >= 1, INFO_ERROR_SIZE, "shard.vocabulary: %lld; 1 or more is allowed",
                 (long long)g->vocabulary);
    info_i_check(error, g->tile >= 0, INFO_ERROR_OPTION, "shard.tile: %lld; 0 or more is allowed", (long long)g->tile);
    if (error->status != INFO_OK)
        return error->status;
    s->tile = g->tile > 0 ? g->tile : INFO_TILE_TOKENS;
    info_i_check(error, g->first_token >= 0 && g->first_token % s->tile == 0, INFO_ERROR_OPTION,
                 "shard.first_token: %lld; multiples of the tile of %lld tokens are allowed", (long long)g->first_token,
                 (long long)s->tile);
    info_i_check(error, info_i_add(g->first_token, s->cols, &end) && end <= g->vocabulary, INFO_ERROR_SIZE,
                 "shard: %lld columns from token %lld on; the vocabulary has %lld", (long long)s->cols,
                 (long long)g->first_token, (long long)g->vocabulary);
    info_i_check(error, end == g->vocabulary || s->cols % s->tile == 0, INFO_ERROR_SIZE,
                 "shard: %lld columns; all shards but the last have a multiple of the tile of %lld tokens",
                 (long long)s->cols, (long long)s->tile);
    s->tiles = (s->cols - 1) / s->tile + 1;
    s->all = (g->vocabulary - 1) / s->tile + 1;
    return error->status;
}

info_status info_i_shard_open(info_ctx *ctx, const info_vocabulary_shard *given, const info_lm_options *options,
                              int64_t rows, int64_t cols, info_i_lm *q, info_i_shard *shard)
{
    info_i_error *error = &ctx->error;
    info_lm_options own = {0};
    info_i_lm whole;
    *shard = (info_i_shard){.rows = rows, .cols = cols};
    info_i_required(error, info_vocabulary_shard, "shard", &shard->given, given);
    if (error->status != INFO_OK || check_shard(error, shard) != INFO_OK ||
        info_i_options(error, info_lm_options, "options", &own, options) != INFO_OK)
        return error->status;
    info_lm_options of_rows = {.struct_size = sizeof of_rows, .lengths = own.lengths, .lengths_len = own.lengths_len};
    own.struct_size = sizeof own;
    own.lengths = NULL;
    own.lengths_len = 0;
    if (q)
        info_i_lm_pair_options(ctx, &own, rows, cols, &shard->lm, q);
    else
        info_i_lm_options(ctx, &own, rows, cols, &shard->lm);
    if (error->status == INFO_OK)
        info_i_lm_options(ctx, &of_rows, rows, shard->given.vocabulary, &whole);
    shard->lengths = of_rows.lengths;
    return error->status;
}

info_status info_i_shard_targets(info_i_error *error, const void *targets, int64_t targets_len, info_i_shard *shard)
{
    if (error->status == INFO_OK && (targets || targets_len != 0))
        info_i_lm_check_targets(&shard->lm, error, targets, targets_len, shard->rows);
    shard->targets = targets;
    return error->status;
}

info_status info_i_shard_parts(info_i_error *error, const char *name, const info_i_shard *shard, int64_t tiles,
                               int64_t given, bool exact, int64_t *count)
{
    int64_t bytes;
    if (error->status != INFO_OK)
        return error->status;
    if (!info_i_multiply(tiles, shard->rows, count) || !info_i_multiply(*count, 256, &bytes))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s: %lld tiles of %lld rows cannot be addressed", name,
                           (long long)tiles, (long long)shard->rows);
    if (exact ? given == *count : given >= *count)
        return INFO_OK;
    return info_i_fail(error, exact ? INFO_ERROR_SIZE : INFO_ERROR_OUTPUT,
                       "%s: %lld elements; %lld tiles of %lld rows are needed", name, (long long)given,
                       (long long)tiles, (long long)shard->rows);
}

info_i_span info_i_shard_lengths_span(const info_i_shard *shard)
{
    return info_i_array_span("options.lengths", shard->lengths, shard->rows, sizeof(int64_t));
}

/* ---- Tiles -------------------------------------------------------------- */

/* The tile's columns of a bias, if there is one. */
static void take_bias(info_i_lm *lm, int64_t column, int64_t tokens, info_matrix *bias)
{
    if (!lm->given.bias)
        return;
    *bias = *lm->given.bias;
    bias->data = info_i_element(bias, 0, column);
    bias->cols = tokens;
    lm->given.bias = bias;
}

void info_i_tile_of(const info_i_shard *shard, int64_t number, int64_t row, info_i_tile *tile)
{
    const int64_t column = number * shard->tile, left = shard->cols - column;
    const int64_t tokens = left < shard->tile ? left : shard->tile, first = shard->given.first_token + column;
    const int64_t length = shard->lengths ? shard->lengths[row] : shard->given.vocabulary;
    const int64_t within = length - first;
    *tile = (info_i_tile){.lm = shard->lm,
                          .row = row,
                          .first = first,
                          .tokens = tokens,
                          .column = column,
                          .valid = within <= 0       ? 0
                                   : within < tokens ? within
                                                     : tokens,
                          .targeted = -1};
    take_bias(&tile->lm, column, tokens, &tile->bias);
    if (shard->lm.of_q) {
        tile->q_lm = *shard->lm.of_q;
        take_bias(&tile->q_lm, column, tokens, &tile->q_bias);
        tile->lm.of_q = &tile->q_lm;
    }
    if (shard->targets && !info_i_lm_is_ignored(&shard->lm, shard->targets, row)) {
        const int64_t target = info_i_lm_token(&shard->lm, shard->targets, row);
        tile->target = target - first;
        tile->targeted = target >= first && tile->target < tile->valid;
    }
}

info_matrix info_i_tile_view(const info_i_tile *tile, const info_matrix *logits)
{
    info_matrix view = *logits;
    view.data = info_i_element(logits, 0, tile->column);
    view.cols = tile->valid;
    return view;
}

bool info_i_tile_impossible(const info_i_tile *tile, const info_i_lm *lm, const info_matrix *view)
{
    double z[256];
    for (int64_t begin = 0; begin < view->cols; begin += 256) {
        const int64_t count = view->cols - begin < 256 ? view->cols - begin : 256;
        info_i_lm_load_logits(lm, view, tile->row, begin, count, z);
        for (int64_t i = 0; i < count; i++)
            if (z[i] != -INFINITY)
                return false;
    }
    return true;
}

/* ---- Parts of whole rows ------------------------------------------------- */

/* Where the tile is: on where the last one ended. */
static info_status check_place(info_i_error *error, const info_i_tiles_seen *seen, const info_i_tile_place *own,
                               int64_t tiles, int64_t row)
{
    const info_i_tile_place *last = &seen->last;
    const int64_t expected = seen->count == 0 ? 0 : last->first_token + last->tokens;
    const long long number = seen->count;
    if (own->tokens < 1 || own->vocabulary < 1 || own->first_token < 0 || own->tokens > own->vocabulary ||
        own->first_token > own->vocabulary - own->tokens)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: tile %lld, row %lld is not what a part can be", number,
                           (long long)row);
    info_i_check(error, seen->count == 0 || own->vocabulary == last->vocabulary, INFO_ERROR_MISMATCH,
                 "parts: tile %lld of row %lld is of %lld tokens, tile %lld of %lld", number, (long long)row,
                 (long long)own->vocabulary, number - 1, (long long)last->vocabulary);
    info_i_check(error, own->first_token == expected, INFO_ERROR_SHARD,
                 "parts: tile %lld of row %lld begins with token %lld; %lld is expected", number, (long long)row,
                 (long long)own->first_token, (long long)expected);
    return info_i_check(error, seen->count < tiles - 1 || own->first_token + own->tokens == own->vocabulary,
                        INFO_ERROR_SHARD, "parts: tiles end with token %lld of row %lld; there are %lld",
                        (long long)(own->first_token + own->tokens - 1), (long long)row, (long long)own->vocabulary);
}

info_status info_i_check_tile(info_i_error *error, info_i_tiles_seen *seen, const info_i_tile_place *own, int64_t tiles,
                              int64_t row)
{
    const info_i_tile_place *last = seen->count == 0 ? own : &seen->last;
    const long long number = seen->count;
    check_place(error, seen, own, tiles, row);
    info_i_check(error,
                 own->sound && own->temperature > 0 && own->temperature < INFINITY && own->targeted >= -1 &&
                     own->targeted <= 1,
                 INFO_ERROR_DOMAIN, "parts: tile %lld, row %lld is not what a part can be", number, (long long)row);
    info_i_check(error, own->temperature == last->temperature, INFO_ERROR_MISMATCH,
                 "parts: tile %lld of row %lld was made with temperature %s, those before with %s", number,
                 (long long)row, info_i_number_text(own->temperature).text, info_i_number_text(last->temperature).text);
    seen->targeted += own->targeted == 1;
    info_i_check(error, (own->targeted == -1) == (last->targeted == -1) && seen->targeted <= 1, INFO_ERROR_TARGET,
                 "parts: tile %lld of row %lld was made with another target than those before", number, (long long)row);
    seen->last = *own;
    seen->count++;
    return error->status;
}

info_status info_i_shard_row_error(info_i_error *error, int64_t row, bool has_value)
{
    if (has_value)
        return info_i_fail(error, INFO_ERROR_TARGET, "parts: no tile has the target of row %lld", (long long)row);
    return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: row %lld has no valid value", (long long)row);
}
