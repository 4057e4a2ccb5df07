/* SPDX-License-Identifier: MIT
 * Statistics of one model's rows, from hidden states. */
#include "head/head.h"

#include <math.h>
#include <string.h>

#include "head/part.h"
#include "lm/measure.h"
#include "numeric/unit.h"

/* ---- Parts -------------------------------------------------------------- */

typedef struct job {
    info_i_head head;
    info_i_head_grid grid;
    info_i_lm lm;
    const void *targets;
    int64_t first; /* token of the head's first weight in the whole vocabulary */
    info_i_detail detail;
    info_head_part *parts; /* [rows, stripes] */
} job;

/* The row of a tile as a part; nothing in it is possible if all is -inf. */
static info_head_part measure_tile_row(const job *j, const info_matrix *tile, int64_t row, int64_t first)
{
    const info_i_row r = info_i_row_measure(&j->lm, tile, row, j->detail, INFINITY);
    info_head_part part = info_i_part_empty;
    if (r.valid)
        part = info_i_part_of(&r, first);
    else if (!info_i_head_impossible(tile, row))
        part.maximum = NAN;
    return part;
}

static void add_tile(const void *user, const info_i_head_item *item, const info_i_head_tiles *tiles, int64_t token)
{
    const job *j = user;
    const info_matrix *tile = &tiles->logits[0];
    const int64_t first = j->first + token;
    for (int64_t i = 0; i < item->rows; i++) {
        const int64_t row = item->row + i;
        info_head_part part = info_i_part_empty, *sum = &j->parts[row * j->grid.stripes + item->stripe];
        if (tiles->bad[0][i])
            part.maximum = NAN;
        else
            part = measure_tile_row(j, tile, i, first);
        part.targeted = info_i_head_targeted(&j->lm, j->targets, row, first, first + tile->cols);
        if (part.targeted == 1)
            part.target = info_i_lm_get(&j->lm, tile, i, info_i_lm_token(&j->lm, j->targets, row) - first);
        *sum = token == item->token ? part : info_i_part_merged(sum, &part);
    }
}

static info_status do_items(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    return info_i_head_walk_items(user, begin, end, scratch, error);
}

/* One part per row, in scratch memory. */
static info_status make_parts(info_ctx *ctx, job *j)
{
    const info_i_head_grid *grid = &j->grid;
    int64_t count;
    if (!info_i_multiply(grid->rows, grid->stripes, &count))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s.hidden: too many rows", j->head.name);
    j->parts = info_i_scratch(ctx, count, sizeof *j->parts);
    if (!j->parts)
        return ctx->error.status;
    info_i_head_walk walk = {{&j->head}, grid, add_tile, j};
    const info_status status =
        info_i_parallel(ctx, grid->blocks * grid->stripes, 1, info_i_head_walk_bytes(&walk), do_items, &walk);
    for (int64_t i = 0; i < grid->rows && status == INFO_OK; i++) {
        info_head_part sum = j->parts[i * grid->stripes];
        for (int64_t s = 1; s < grid->stripes; s++)
            sum = info_i_part_merged(&sum, &j->parts[i * grid->stripes + s]);
        j->parts[i] = sum;
    }
    return status;
}

info_status info_i_head_valid_rows(info_ctx *ctx, const info_i_head *head, const info_i_lm *lm, bool *good)
{
    const int64_t rows = head->hidden.rows;
    job j = {
        .head = *head, .grid = info_i_head_grid_of(rows, head->weight.rows), .lm = *lm, .detail = INFO_I_DETAIL_SUM};
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const info_status status = make_parts(ctx, &j);
    for (int64_t i = 0; i < rows && status == INFO_OK; i++)
        good[i] = good[i] && j.parts[i].maximum > -INFINITY;
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status open_job(info_ctx *ctx, const info_head *head, const void *targets, const info_head_options *options,
                            job *j)
{
    if (info_i_head_open(ctx, "head", head, &j->head) != INFO_OK)
        return ctx->error.status;
    const int64_t rows = j->head.hidden.rows, tokens = j->head.weight.rows;
    j->grid = info_i_head_grid_of(rows, tokens);
    j->targets = targets;
    if (info_i_head_options(ctx, options, rows, tokens, &j->lm) == INFO_OK)
        info_i_head_take_temperature(&j->head, &j->lm);
    return ctx->error.status;
}

/* ---- Measures ----------------------------------------------------------- */

/* Checks the struct of outputs for rows that were not kept. */
static info_status open_measures(info_i_error *error, const info_logit_measures *measures, info_logit_measures *own)
{
    info_i_required(error, info_logit_measures, "measures", own, measures);
    info_i_check_option(error, "measures.reserved", own->reserved, 0, 0);
    return info_i_check(error, !own->rank, INFO_ERROR_UNSUPPORTED,
                        "measures.rank: cannot be had from logits that are not kept; it must be NULL");
}

/* Writes one row; INFO_INVALID_ROWS if it has no valid value. What an ignored row holds does not matter where only its
 * target would have been asked about. */
static info_status put_part(const info_logit_measures *out, info_unit unit, int64_t row, const info_head_part *part)
{
    const info_i_row r = info_i_part_row(part);
    const bool missed = part->targeted == 0 && out->log_probability;
    const bool ignored = part->targeted == -1 && !info_i_measures_untargeted(out);
    info_i_measures_put(out, unit, row, &r);
    if (out->log_probability) {
        const double value = part->target - r.maximum - r.log_sum;
        out->log_probability[row] = part->targeted == -1 ? 0 : r.valid && !missed ? info_i_from_nats(value, unit) : NAN;
    }
    return ignored || (r.valid && !missed) ? INFO_OK : INFO_INVALID_ROWS;
}

static info_status measure(info_ctx *ctx, const info_head *head, const void *targets, int64_t targets_len,
                           const info_head_options *options, const info_logit_measures *measures)
{
    info_i_error *error = &ctx->error;
    info_logit_measures out;
    job j = {0};
    if (open_job(ctx, head, targets, options, &j) != INFO_OK || open_measures(error, measures, &out) != INFO_OK ||
        info_i_head_check_targets(&j.lm, error, targets, targets_len, j.grid.rows, out.log_probability != NULL) !=
            INFO_OK)
        return error->status;

    const info_logit_measures given = out;
    const int64_t rows = j.grid.rows;
    info_i_span inputs[INFO_I_HEAD_SPANS + 2] = {{0}};
    info_i_head_spans(&j.head, inputs);
    inputs[INFO_I_HEAD_SPANS] = info_i_lm_targets_span(&j.lm, "targets", targets, rows);
    j.detail = info_i_measures_detail(&out);
    info_status status = info_i_columns_stage(ctx, "measures", info_i_measure_columns, INFO_I_MEASURE_COLUMNS,
                                              given.length, rows, inputs, &out);
    if (status == INFO_OK)
        status = make_parts(ctx, &j);
    if (status != INFO_OK)
        return status;
    int64_t invalid = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (put_part(&out, j.lm.given.unit, i, &j.parts[i]) == INFO_OK)
            continue;
        if (j.lm.invalid_is_error)
            return isfinite(j.parts[i].maximum) ? info_i_head_target_error(&j.lm, targets, i, j.grid.tokens, error)
                                                : info_i_head_row_error(&j.head, i, error);
        invalid++;
    }
    info_i_columns_commit(info_i_measure_columns, INFO_I_MEASURE_COLUMNS, rows, &out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_head_measure(info_ctx *ctx, const info_head *head, const void *targets, int64_t targets_len,
                              const info_head_options *options, const info_logit_measures *measures)
{
    return INFO_I_CALL(ctx, measure(ctx, head, targets, targets_len, options, measures));
}

/* ---- Shards ------------------------------------------------------------- */

static info_status measure_part(info_ctx *ctx, const info_head *head, int64_t first_token, const void *targets,
                                int64_t targets_len, const info_head_options *options, info_head_part *parts,
                                int64_t parts_len)
{
    info_i_error *error = &ctx->error;
    job j = {.first = first_token, .detail = INFO_I_DETAIL_ALL};
    open_job(ctx, head, targets, options, &j);
    const int64_t rows = j.grid.rows;
    info_i_head_check_first(error, first_token, j.grid.tokens);
    info_i_head_check_targets(&j.lm, error, targets, targets_len, rows, false);
    info_i_check_output(error, "parts", parts, parts_len, rows);
    info_i_span inputs[INFO_I_HEAD_SPANS + 2] = {{0}};
    info_i_head_spans(&j.head, inputs);
    inputs[INFO_I_HEAD_SPANS] = info_i_lm_targets_span(&j.lm, "targets", targets, rows);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("parts", parts, rows, sizeof *parts), {0}}, inputs);
    if (error->status != INFO_OK)
        return error->status;
    const info_status status = make_parts(ctx, &j);
    if (status == INFO_OK)
        memcpy(parts, j.parts, (size_t)rows * sizeof *parts);
    return status;
}

info_status info_head_measure_part(info_ctx *ctx, const info_head *head, int64_t first_token, const void *targets,
                                   int64_t targets_len, const info_head_options *options, info_head_part *parts,
                                   int64_t parts_len)
{
    return INFO_I_CALL(ctx, measure_part(ctx, head, first_token, targets, targets_len, options, parts, parts_len));
}

/* Shard number shard of a row against those before it. */
static info_status check_shard(info_i_error *error, const info_head_part *parts, int64_t shard, int64_t rows,
                               int64_t row)
{
    const info_head_part *own = &parts[shard * rows + row];
    const info_i_head_shard last = {shard, own->argmax, own->targeted};
    for (int64_t s = 0; s < shard; s++) {
        const info_head_part *part = &parts[s * rows + row];
        const info_i_head_shard before = {s, part->argmax, part->targeted};
        info_i_head_check_shards(error, row, &before, &last);
    }
    return error->status;
}

static info_status merge(info_ctx *ctx, const info_head_part *parts, int64_t shards, int64_t rows,
                         const info_head_options *options, const info_logit_measures *measures)
{
    info_i_error *error = &ctx->error;
    info_logit_measures out;
    info_i_lm lm;
    info_i_span span;
    if (info_i_head_check_parts(error, parts, shards, rows, sizeof *parts, &span) != INFO_OK ||
        info_i_head_options(ctx, options, rows, 1, &lm) != INFO_OK || open_measures(error, measures, &out) != INFO_OK)
        return error->status;
    const info_logit_measures given = out;
    const info_i_span inputs[] = {span, {0}};
    const info_status status = info_i_columns_stage(ctx, "measures", info_i_measure_columns, INFO_I_MEASURE_COLUMNS,
                                                    given.length, rows, inputs, &out);
    int64_t invalid = 0;
    for (int64_t i = 0; i < rows && status == INFO_OK; i++) {
        info_head_part sum = info_i_part_empty;
        for (int64_t s = 0; s < shards; s++) {
            if (!info_i_part_sound(&parts[s * rows + i]))
                return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: shard %lld, row %lld is not what a part can be",
                                   (long long)s, (long long)i);
            if (check_shard(error, parts, s, rows, i) != INFO_OK)
                return error->status;
            sum = info_i_part_merged(&sum, &parts[s * rows + i]);
        }
        if (put_part(&out, lm.given.unit, i, &sum) == INFO_OK)
            continue;
        if (lm.invalid_is_error)
            return info_i_head_merge_error(i, isfinite(sum.maximum), error);
        invalid++;
    }
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_measure_columns, INFO_I_MEASURE_COLUMNS, rows, &out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_head_measure_merge(info_ctx *ctx, const info_head_part *parts, int64_t shards, int64_t rows,
                                    const info_head_options *options, const info_logit_measures *measures)
{
    return INFO_I_CALL(ctx, merge(ctx, parts, shards, rows, options, measures));
}
