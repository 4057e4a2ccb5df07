/* SPDX-License-Identifier: MIT
 * Two models on the same positions, from hidden states. */
#include <math.h>
#include <string.h>

#include "lm/compare.h"
#include "head/head.h"
#include "head/part.h"
#include "numeric/convert.h"

typedef struct job {
    info_i_head p, q;
    info_i_head_grid grid;
    info_i_lm lm, q_lm;
    const void *targets;
    int64_t first;
    bool kl;
    info_i_pair_wishes mixing;  /* what needs the normalizers of the whole vocabulary */
    info_head_pair_part *parts; /* [rows, stripes], then [rows] */
    info_i_pair *pairs;         /* rows; NULL in the first pass */
    info_i_cell_sums *mixtures; /* [rows, stripes] */
} job;

static info_status do_items(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    return info_i_head_walk_items(user, begin, end, scratch, error);
}

/* Every tile of both models. */
static info_status walk_tiles(info_ctx *ctx, const job *j,
                              void (*use)(const void *, const info_i_head_item *, const info_i_head_tiles *, int64_t))
{
    info_i_head_walk walk = {{&j->p, &j->q}, &j->grid, use, j};
    return info_i_parallel(ctx, j->grid.blocks * j->grid.stripes, 1, info_i_head_walk_bytes(&walk), do_items, &walk);
}

/* ---- First pass: sums and KL divergences -------------------------------- */

/* One model's side of a tile's row; false if it has no valid value. */
static bool put_side(const info_i_row *row, const info_matrix *tile, int64_t i, int64_t first, double *maximum,
                     double *weight, int64_t *argmax)
{
    if (!row->valid)
        return info_i_head_impossible(tile, i);
    *maximum = row->maximum;
    *weight = expm1(row->log_sum);
    *argmax = first + row->argmax;
    return true;
}

static info_head_pair_part compare_tile_row(const job *j, const info_i_head_tiles *t, int64_t i, int64_t first)
{
    const info_matrix *p = &t->logits[0], *q = &t->logits[1];
    const bool bad = t->bad[0][i] || t->bad[1][i];
    const info_i_pair_wishes wishes = {.kl = j->kl, .kl_reverse = j->kl, .beta = 0.5};
    info_head_pair_part part = info_i_pair_part_empty;
    info_i_pair r = {0};
    if (!bad)
        r = info_i_pair_measure(&j->lm, p, q, i, &wishes);
    if (r.p.valid && r.q.valid) {
        part.kl = r.kl;
        part.kl_reverse = r.kl_reverse;
    } else {
        r.p = info_i_row_measure(&j->lm, p, i, INFO_I_DETAIL_SUM, INFINITY);
        r.q = info_i_row_measure(info_i_lm_of_q(&j->lm), q, i, INFO_I_DETAIL_SUM, INFINITY);
    }
    if (bad || !put_side(&r.p, p, i, first, &part.p_maximum, &part.p_weight, &part.p_argmax) ||
        !put_side(&r.q, q, i, first, &part.q_maximum, &part.q_weight, &part.q_argmax)) {
        part = info_i_pair_part_empty;
        part.p_maximum = NAN;
    }
    return part;
}

static void add_sums(const void *user, const info_i_head_item *item, const info_i_head_tiles *t, int64_t token)
{
    const job *j = user;
    const int64_t first = j->first + token;
    for (int64_t i = 0; i < item->rows; i++) {
        const int64_t row = item->row + i;
        info_head_pair_part *sum = &j->parts[row * j->grid.stripes + item->stripe];
        info_head_pair_part part = compare_tile_row(j, t, i, first);
        part.targeted = info_i_head_targeted(&j->lm, j->targets, row, first, first + t->logits[0].cols);
        if (part.targeted == 1) {
            const int64_t target = info_i_lm_token(&j->lm, j->targets, row);
            part.p_target = info_i_lm_get(&j->lm, &t->logits[0], i, target - first);
            part.q_target = info_i_lm_get(info_i_lm_of_q(&j->lm), &t->logits[1], i, target - first);
        }
        *sum = token == item->token ? part : info_i_pair_part_merged(sum, &part);
    }
}

static info_status make_parts(info_ctx *ctx, job *j)
{
    const info_i_head_grid *grid = &j->grid;
    int64_t count;
    if (!info_i_multiply(grid->rows, grid->stripes, &count))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: too many rows", j->p.hidden_name);
    j->parts = info_i_scratch(ctx, count, sizeof *j->parts);
    if (!j->parts)
        return ctx->error.status;
    const info_status status = walk_tiles(ctx, j, add_sums);
    for (int64_t i = 0; i < grid->rows && status == INFO_OK; i++) {
        info_head_pair_part sum = j->parts[i * grid->stripes];
        for (int64_t s = 1; s < grid->stripes; s++)
            sum = info_i_pair_part_merged(&sum, &j->parts[i * grid->stripes + s]);
        j->parts[i] = sum;
    }
    return status;
}

/* ---- Second pass: mixtures ---------------------------------------------- */

static void add_mixtures(const void *user, const info_i_head_item *item, const info_i_head_tiles *t, int64_t token)
{
    const job *j = user;
    for (int64_t i = 0; i < item->rows; i++) {
        const info_i_pair *pair = &j->pairs[item->row + i];
        if (!pair->p.valid || !pair->q.valid)
            continue;
        const info_i_cell_sums s =
            info_i_pair_cells(&j->lm, &t->logits[0], &t->logits[1], i, j->first + token, pair, &j->mixing);
        info_i_cell_sums_add(&j->mixtures[(item->row + i) * j->grid.stripes + item->stripe], &s);
    }
}

static info_status make_mixtures(info_ctx *ctx, job *j)
{
    const info_i_head_grid *grid = &j->grid;
    j->mixtures = info_i_scratch_zero(ctx, grid->rows * grid->stripes, sizeof *j->mixtures);
    if (!j->mixtures)
        return ctx->error.status;
    const info_status status = walk_tiles(ctx, j, add_mixtures);
    for (int64_t i = 0; i < grid->rows && status == INFO_OK; i++) {
        info_i_cell_sums sum = {0};
        for (int64_t s = 0; s < grid->stripes; s++)
            info_i_cell_sums_add(&sum, &j->mixtures[i * grid->stripes + s]);
        info_i_pair_take(&j->pairs[i], &sum);
    }
    return status;
}

/* ---- The comparison ----------------------------------------------------- */

/* The first tokens rows of the weights and columns of the bias. */
static void cut(info_i_head *head, int64_t tokens)
{
    head->weight.rows = tokens;
    if (head->biased)
        head->bias.cols = tokens;
}

static info_status open_job(info_ctx *ctx, const info_head *p, const info_head *q, const void *targets,
                            const info_head_options *options, job *j)
{
    info_i_error *error = &ctx->error;
    if (info_i_head_open(ctx, "p", p, &j->p) != INFO_OK || info_i_head_open(ctx, "q", q, &j->q) != INFO_OK)
        return error->status;
    const int64_t rows = j->p.hidden.rows, p_tokens = j->p.weight.rows, q_tokens = j->q.weight.rows;
    const int64_t tokens = p_tokens < q_tokens ? p_tokens : q_tokens;
    info_i_head_options(ctx, options, rows, tokens, &j->lm);
    info_i_check(error, j->q.hidden.rows == rows, INFO_ERROR_SIZE, "q.hidden: %lld rows; p.hidden has %lld",
                 (long long)j->q.hidden.rows, (long long)rows);
    info_i_check(error, p_tokens == q_tokens || j->lm.given.vocabulary == INFO_VOCABULARY_COMMON, INFO_ERROR_SIZE,
                 "q.weight: %lld rows; p.weight has %lld", (long long)q_tokens, (long long)p_tokens);
    if (error->status != INFO_OK)
        return error->status;
    const double shared = j->lm.given.temperature;
    info_i_head_take_temperature(&j->p, &j->lm);
    info_i_lm_take_transform(&j->lm, &j->q_lm, j->q.temperature > 0 ? j->q.temperature : shared, 0, NULL);
    cut(&j->p, tokens);
    cut(&j->q, tokens);
    j->grid = info_i_head_grid_of(rows, tokens);
    j->targets = targets;
    return INFO_OK;
}

static info_status open_comparison(info_i_error *error, const info_logit_comparison *comparison,
                                   info_logit_comparison *own)
{
    info_i_required(error, info_logit_comparison, "comparison", own, comparison);
    return info_i_check_option(error, "comparison.reserved", own->reserved, 0, 0);
}

static bool wants_mixture(const info_logit_comparison *out)
{
    return out->js || out->generalized_js || out->tv || out->acceptance;
}

static bool wants_target(const info_logit_comparison *out)
{
    return out->log_probability_p || out->log_probability_q || out->delta_p;
}

/* The memory of both heads' matrices and of the targets, if any. */
typedef struct head_inputs {
    info_i_span list[2 * INFO_I_HEAD_SPANS + 2];
} head_inputs;

static head_inputs inputs_of(const job *j)
{
    head_inputs in = {0};
    info_i_head_spans(&j->p, in.list);
    info_i_head_spans(&j->q, in.list + INFO_I_HEAD_SPANS);
    in.list[2 * INFO_I_HEAD_SPANS] = info_i_lm_targets_span(&j->lm, "targets", j->targets, j->grid.rows);
    return in;
}

/* Writes one row; INFO_INVALID_ROWS if it has no valid value. */
static info_status put_pair(const info_logit_comparison *out, info_unit unit, int64_t row, const info_i_pair *pair,
                            const info_head_pair_part *part)
{
    const bool valid = pair->p.valid && pair->q.valid, missed = part->targeted == 0 && wants_target(out);
    const bool found = part->targeted == 1 && valid;
    info_i_cell cell = {0};
    if (found)
        cell = info_i_pair_part_target(part);
    info_i_comparison_put(out, unit, row, pair);
    info_i_comparison_put_target(out, unit, row, found || part->targeted == -1, &cell);
    return valid && !missed ? INFO_OK : INFO_INVALID_ROWS;
}

static info_status row_error(const job *j, int64_t row, info_i_error *error)
{
    const info_i_pair *pair = &j->pairs[row];
    if (pair->p.valid && pair->q.valid)
        return info_i_head_target_error(&j->lm, j->targets, row, j->grid.tokens, error);
    return info_i_head_row_error(info_i_head_bad_row(&j->p, row) ? &j->p : &j->q, row, error);
}

static info_status compare(info_ctx *ctx, const info_head *p, const info_head *q, const void *targets,
                           int64_t targets_len, const info_head_options *options,
                           const info_logit_comparison *comparison)
{
    info_i_error *error = &ctx->error;
    info_logit_comparison out;
    job j = {0};
    info_status status = open_job(ctx, p, q, targets, options, &j);
    if (status == INFO_OK)
        status = open_comparison(error, comparison, &out);
    if (status == INFO_OK)
        status = info_i_head_check_targets(&j.lm, error, targets, targets_len, j.grid.rows, wants_target(&out));
    if (status != INFO_OK)
        return status;

    const info_logit_comparison given = out;
    const int64_t rows = j.grid.rows;
    const head_inputs in = inputs_of(&j);
    j.kl = given.kl || given.kl_reverse;
    j.mixing = info_i_pair_wishes_for(&given, j.lm.given.js_beta);
    j.mixing.kl = j.mixing.kl_reverse = false;
    status = info_i_columns_stage(ctx, "comparison", info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, given.length,
                                  rows, in.list, &out);
    if (status == INFO_OK)
        status = make_parts(ctx, &j);
    if (status != INFO_OK)
        return status;
    j.pairs = info_i_scratch(ctx, rows, sizeof *j.pairs);
    if (!j.pairs)
        return ctx->error.status;
    for (int64_t i = 0; i < rows; i++)
        j.pairs[i] = info_i_pair_part_pair(&j.parts[i], 1 / j.lm.inverse_temperature);
    if (wants_mixture(&given))
        status = make_mixtures(ctx, &j);
    int64_t invalid = 0;
    for (int64_t i = 0; i < rows && status == INFO_OK; i++) {
        if (put_pair(&out, j.lm.given.unit, i, &j.pairs[i], &j.parts[i]) == INFO_OK)
            continue;
        if (j.lm.invalid_is_error)
            return row_error(&j, i, error);
        invalid++;
    }
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, rows, &out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_head_compare(info_ctx *ctx, const info_head *p, const info_head *q, const void *targets,
                              int64_t targets_len, const info_head_options *options,
                              const info_logit_comparison *comparison)
{
    return INFO_I_CALL(ctx, compare(ctx, p, q, targets, targets_len, options, comparison));
}

/* ---- Shards ------------------------------------------------------------- */

static info_status compare_part(info_ctx *ctx, const info_head *p, const info_head *q, int64_t first_token,
                                const void *targets, int64_t targets_len, const info_head_options *options,
                                info_head_pair_part *parts, int64_t parts_len)
{
    info_i_error *error = &ctx->error;
    job j = {.first = first_token, .kl = true};
    if (open_job(ctx, p, q, targets, options, &j) != INFO_OK)
        return error->status;
    const int64_t rows = j.grid.rows;
    info_i_head_check_first(error, first_token, j.grid.tokens);
    info_i_head_check_targets(&j.lm, error, targets, targets_len, rows, false);
    info_i_check_output(error, "parts", parts, parts_len, rows);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("parts", parts, rows, sizeof *parts), {0}},
                       inputs_of(&j).list);
    info_status status = error->status;
    if (status == INFO_OK)
        status = make_parts(ctx, &j);
    if (status == INFO_OK)
        memcpy(parts, j.parts, (size_t)rows * sizeof *parts);
    return status;
}

info_status info_head_compare_part(info_ctx *ctx, const info_head *p, const info_head *q, int64_t first_token,
                                   const void *targets, int64_t targets_len, const info_head_options *options,
                                   info_head_pair_part *parts, int64_t parts_len)
{
    return INFO_I_CALL(ctx, compare_part(ctx, p, q, first_token, targets, targets_len, options, parts, parts_len));
}

/* Shard number shard of a row against those before it. */
static info_status check_shard(info_i_error *error, const info_head_pair_part *parts, int64_t shard, int64_t rows,
                               int64_t row)
{
    const info_head_pair_part *own = &parts[shard * rows + row];
    const info_i_head_shard last = {shard, own->p_argmax, own->targeted};
    for (int64_t s = 0; s < shard; s++) {
        const info_head_pair_part *part = &parts[s * rows + row];
        const info_i_head_shard before = {s, part->p_argmax, part->targeted};
        info_i_head_check_shards(error, row, &before, &last);
    }
    return error->status;
}

static info_status merge(info_ctx *ctx, const info_head_pair_part *parts, int64_t shards, int64_t rows,
                         const info_head_options *options, const info_logit_comparison *comparison)
{
    info_i_error *error = &ctx->error;
    info_logit_comparison out;
    info_i_span span;
    info_i_lm lm;
    info_i_head_check_parts(error, parts, shards, rows, sizeof *parts, &span);
    info_i_head_options(ctx, options, rows, 1, &lm);
    open_comparison(error, comparison, &out);
    info_i_check(error, !wants_mixture(&out), INFO_ERROR_UNSUPPORTED,
                 "comparison: js, generalized_js, tv and acceptance are not in the parts; they must be NULL");
    if (error->status != INFO_OK)
        return error->status;
    const info_logit_comparison given = out;
    const info_i_span inputs[] = {span, {0}};
    const info_status status = info_i_columns_stage(ctx, "comparison", info_i_comparison_columns,
                                                    INFO_I_COMPARISON_COLUMNS, given.length, rows, inputs, &out);
    int64_t invalid = 0;
    for (int64_t i = 0; i < rows && status == INFO_OK; i++) {
        info_head_pair_part sum = info_i_pair_part_empty;
        for (int64_t s = 0; s < shards; s++) {
            const info_head_pair_part *part = &parts[s * rows + i];
            if (!info_i_pair_part_sound(part))
                return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: shard %lld, row %lld is not what a part can be",
                                   (long long)s, (long long)i);
            if (check_shard(error, parts, s, rows, i) != INFO_OK)
                return error->status;
            sum = info_i_pair_part_merged(&sum, part);
        }
        const info_i_pair pair = info_i_pair_part_pair(&sum, 1);
        if (put_pair(&out, lm.given.unit, i, &pair, &sum) == INFO_OK)
            continue;
        if (lm.invalid_is_error)
            return info_i_head_merge_error(i, pair.p.valid && pair.q.valid, error);
        invalid++;
    }
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, rows, &out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_head_compare_merge(info_ctx *ctx, const info_head_pair_part *parts, int64_t shards, int64_t rows,
                                    const info_head_options *options, const info_logit_comparison *comparison)
{
    return INFO_I_CALL(ctx, merge(ctx, parts, shards, rows, options, comparison));
}
