/* SPDX-License-Identifier: MIT
 * Statistics of one model's rows from shards of its vocabulary. */
#include <math.h>
#include <string.h>

#include "lm/measure.h"
#include "numeric/unit.h"
#include "shard/part.h"

/* ---- Parts -------------------------------------------------------------- */

typedef struct job {
    const info_matrix *logits;
    info_i_shard shard;
    info_logit_part *out;         /* [tiles, rows] */
    const info_logit_part *parts; /* of all tiles; ranks */
    int64_t *greater;             /* [tiles, rows] */
} job;

/* Items are tiles of rows, those of a row one after the other. */
static info_status make_parts(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_tile tile;
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = i / j->shard.tiles, t = i % j->shard.tiles;
        info_i_tile_of(&j->shard, t, row, &tile);
        info_logit_part *part = &j->out[t * j->shard.rows + row];
        *part = info_i_logit_part_of(&tile, j->logits);
        part->vocabulary = j->shard.given.vocabulary;
    }
    return INFO_OK;
}

static info_status open_shard(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                              const info_lm_options *options, job *j)
{
    j->logits = logits;
    if (info_i_check_matrix(&ctx->error, "logits", logits) != INFO_OK)
        return ctx->error.status;
    return info_i_shard_open(ctx, shard, options, logits->rows, logits->cols, NULL, &j->shard);
}

static info_status measure_part(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                                const void *targets, int64_t targets_len, const info_lm_options *options,
                                info_logit_part *parts, int64_t parts_len)
{
    info_i_error *error = &ctx->error;
    job j = {0};
    int64_t count = 0;
    if (open_shard(ctx, logits, shard, options, &j) != INFO_OK ||
        info_i_shard_targets(error, targets, targets_len, &j.shard) != INFO_OK)
        return error->status;
    info_i_check_pointer(error, "parts", parts);
    info_i_shard_parts(error, "parts", &j.shard, j.shard.tiles, parts_len, false, &count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("parts", parts, count, sizeof *parts), {0}},
                       (info_i_span[]){info_i_matrix_span("logits", logits),
                                       info_i_lm_targets_span(&j.shard.lm, "targets", targets, logits->rows),
                                       info_i_lm_bias_span(&j.shard.lm),
                                       info_i_shard_lengths_span(&j.shard),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    j.out = info_i_scratch(ctx, count, sizeof *j.out);
    if (!j.out)
        return error->status;
    const info_status status = info_i_parallel(ctx, count, info_i_lm_grain(j.shard.tile), 0, make_parts, &j);
    if (status == INFO_OK)
        memcpy(parts, j.out, (size_t)count * sizeof *parts);
    return status;
}

info_status info_logits_measure_part(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                                     const void *targets, int64_t targets_len, const info_lm_options *options,
                                     info_logit_part *parts, int64_t parts_len)
{
    return INFO_I_CALL(ctx, measure_part(ctx, logits, shard, targets, targets_len, options, parts, parts_len));
}

/* ---- The whole ----------------------------------------------------------- */

/* Arguments of a merge: parts as a matrix of doubles, for lists of inputs. */
static info_status check_parts(info_i_error *error, const info_logit_part *parts, int64_t tiles, int64_t rows,
                               info_matrix *view)
{
    int64_t count = 0, bytes = 0;
    info_i_check_pointer(error, "parts", parts);
    info_i_check(error, tiles >= 1 && rows >= 1, INFO_ERROR_SIZE, "%s: %lld; 1 or more is allowed",
                 tiles < 1 ? "tiles" : "rows", (long long)(tiles < 1 ? tiles : rows));
    info_i_check(error, info_i_multiply(tiles, rows, &count) && info_i_multiply(count, sizeof *parts, &bytes),
                 INFO_ERROR_OVERFLOW, "tiles: %lld times %lld rows cannot be addressed", (long long)tiles,
                 (long long)rows);
    *view = (info_matrix){parts, 1, bytes / 8, bytes / 8, 1, INFO_F64, 0};
    return error->status;
}

/* Writes one row; whether it has a valid value. What an ignored row holds does not matter where only its target would
 * have been asked about. */
static bool put_row(const info_logit_measures *out, info_unit unit, int64_t row, const info_i_row *r,
                    const info_logit_part *target)
{
    const bool ignored = target && target->targeted == -1;
    const bool missed = out->log_probability && !target;
    info_i_measures_put(out, unit, row, r);
    if (out->log_probability && ignored)
        out->log_probability[row] = 0;
    else if (out->log_probability)
        out->log_probability[row] =
            r->valid && target ? info_i_from_nats((target->target - r->top) / target->temperature - r->log_sum, unit)
                               : NAN;
    return (r->valid && !missed) || (ignored && !info_i_measures_untargeted(out));
}

static info_status merge(info_ctx *ctx, const info_logit_part *parts, int64_t tiles, int64_t rows,
                         const info_lm_options *options, const info_logit_measures *measures)
{
    info_i_error *error = &ctx->error;
    info_logit_measures out = {0};
    info_i_lm lm;
    info_matrix view;
    if (check_parts(error, parts, tiles, rows, &view) != INFO_OK ||
        info_i_lm_options(ctx, options, rows, 1, &lm) != INFO_OK)
        return error->status;
    info_i_required(error, info_logit_measures, "measures", &out, measures);
    info_i_check_option(error, "measures.reserved", out.reserved, 0, 0);
    info_i_check(error, !out.rank, INFO_ERROR_UNSUPPORTED,
                 "measures.rank: is made by info_logits_rank_part(); it must be NULL");
    if (error->status != INFO_OK)
        return error->status;
    const info_logit_measures given = out;
    const info_i_span inputs[] = {info_i_matrix_span("parts", &view), {0}};
    int64_t invalid = 0;
    info_i_columns_stage(ctx, "measures", info_i_measure_columns, INFO_I_MEASURE_COLUMNS, given.length, rows, inputs,
                         &out);
    for (int64_t i = 0; i < rows && error->status == INFO_OK; i++) {
        if (info_i_logit_parts_check(error, parts, tiles, rows, i) != INFO_OK)
            break;
        const info_i_row r = info_i_logit_parts_row(parts, tiles, rows, i);
        if (put_row(&out, lm.given.unit, i, &r, info_i_logit_parts_target(parts, tiles, rows, i)))
            continue;
        if (lm.invalid_is_error)
            return info_i_shard_row_error(error, i, r.valid);
        invalid++;
    }
    if (error->status != INFO_OK)
        return error->status;
    info_i_columns_commit(info_i_measure_columns, INFO_I_MEASURE_COLUMNS, rows, &out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_logits_measure_merge(info_ctx *ctx, const info_logit_part *parts, int64_t tiles, int64_t rows,
                                      const info_lm_options *options, const info_logit_measures *measures)
{
    return INFO_I_CALL(ctx, merge(ctx, parts, tiles, rows, options, measures));
}

/* ---- Ranks --------------------------------------------------------------- */

static info_status count_greater(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_tile tile;
    for (int64_t i = begin; i < end; i++) {
        const int64_t rows = j->shard.rows, row = i / j->shard.tiles, t = i % j->shard.tiles;
        const info_logit_part *target = info_i_logit_parts_target(j->parts, j->shard.all, rows, row);
        int64_t *greater = &j->greater[t * rows + row];
        info_i_tile_of(&j->shard, t, row, &tile);
        *greater = 0;
        if (!target || target->targeted != 1 || tile.valid == 0)
            continue;
        const info_matrix view = info_i_tile_view(&tile, j->logits);
        const info_i_row r = info_i_row_measure(&tile.lm, &view, row, INFO_I_DETAIL_ALL, target->target);
        *greater = r.valid ? r.greater : 0;
    }
    return INFO_OK;
}

/* The shares of a row; the shard with the first token tells what has no rank. */
static int64_t share_of(const job *j, int64_t row)
{
    const int64_t rows = j->shard.rows, first = j->shard.given.first_token, end = first + j->shard.cols;
    const info_logit_part *target = info_i_logit_parts_target(j->parts, j->shard.all, rows, row);
    if (target && target->targeted == -1)
        return 0;
    if (!target || !info_i_logit_parts_row(j->parts, j->shard.all, rows, row).valid)
        return first == 0 ? -1 : 0;
    int64_t share = target->first_token >= first && target->first_token < end;
    for (int64_t t = 0; t < j->shard.tiles; t++)
        share += j->greater[t * rows + row];
    return share;
}

static info_status rank_part(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                             const info_logit_part *parts, int64_t parts_len, const info_lm_options *options,
                             int64_t *shares, int64_t shares_len)
{
    info_i_error *error = &ctx->error;
    job j = {.parts = parts};
    int64_t all = 0, own = 0;
    if (open_shard(ctx, logits, shard, options, &j) != INFO_OK)
        return error->status;
    const int64_t rows = logits->rows;
    info_i_check_pointer(error, "parts", parts);
    info_i_shard_parts(error, "parts", &j.shard, j.shard.all, parts_len, true, &all);
    info_i_shard_parts(error, "parts", &j.shard, j.shard.tiles, INT64_MAX, false, &own);
    info_i_check_output(error, "shares", shares, shares_len, rows);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("shares", shares, rows, sizeof *shares), {0}},
                       (info_i_span[]){info_i_matrix_span("logits", logits),
                                       info_i_array_span("parts", parts, all, sizeof *parts),
                                       info_i_lm_bias_span(&j.shard.lm),
                                       info_i_shard_lengths_span(&j.shard),
                                       {0}});
    info_i_check(error, parts->vocabulary == j.shard.given.vocabulary, INFO_ERROR_MISMATCH,
                 "parts: of %lld tokens; shard is of %lld", (long long)parts->vocabulary,
                 (long long)j.shard.given.vocabulary);
    for (int64_t i = 0; i < rows && error->status == INFO_OK; i++)
        info_i_logit_parts_check(error, parts, j.shard.all, rows, i);
    if (error->status != INFO_OK)
        return error->status;
    j.greater = info_i_scratch(ctx, own, sizeof *j.greater);
    if (!j.greater)
        return error->status;
    const info_status status = info_i_parallel(ctx, own, info_i_lm_grain(j.shard.tile), 0, count_greater, &j);
    for (int64_t i = 0; i < rows && status == INFO_OK; i++)
        shares[i] = share_of(&j, i);
    return status;
}

info_status info_logits_rank_part(info_ctx *ctx, const info_matrix *logits, const info_vocabulary_shard *shard,
                                  const info_logit_part *parts, int64_t parts_len, const info_lm_options *options,
                                  int64_t *shares, int64_t shares_len)
{
    return INFO_I_CALL(ctx, rank_part(ctx, logits, shard, parts, parts_len, options, shares, shares_len));
}
