/* SPDX-License-Identifier: MIT
 * Two models' rows from shards of their vocabulary. */
#include "lm/compare.h"

#include <math.h>
#include <string.h>

#include "numeric/unit.h"
#include "shard/pair.h"
#include "shard/pair_part.h"

info_status info_i_shard_pair_open(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_vocabulary_shard *shard, const info_lm_options *options,
                                   info_i_shard_pair *pair)
{
    info_i_error *error = &ctx->error;
    info_lm_options o = {0};
    info_i_check_matrix(error, "p", p);
    info_i_check_matrix(error, "q", q);
    info_i_options(error, info_lm_options, "options", &o, options);
    info_i_check(error, p->rows == q->rows && (p->cols == q->cols || o.vocabulary == INFO_VOCABULARY_COMMON),
                 INFO_ERROR_SIZE, "q: %lld x %lld; p is %lld x %lld", (long long)q->rows, (long long)q->cols,
                 (long long)p->rows, (long long)p->cols);
    if (error->status != INFO_OK)
        return error->status;
    pair->p = *p;
    pair->q = *q;
    pair->p.cols = pair->q.cols = p->cols < q->cols ? p->cols : q->cols;
    return info_i_shard_open(ctx, shard, options, p->rows, pair->p.cols, &pair->q_lm, &pair->shard);
}

/* ---- Parts --------------------------------------------------------------- */

typedef struct job {
    info_i_shard_pair in;
    info_logit_pair_part *out; /* [tiles, rows] */
} job;

static info_status make_parts(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    const info_i_shard *shard = &j->in.shard;
    info_i_tile tile;
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = i / shard->tiles, t = i % shard->tiles;
        info_i_tile_of(shard, t, row, &tile);
        info_logit_pair_part *part = &j->out[t * shard->rows + row];
        *part = info_i_pair_tile_of(&tile, &j->in.p, &j->in.q);
        part->vocabulary = shard->given.vocabulary;
    }
    return INFO_OK;
}

static info_status compare_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                const info_vocabulary_shard *shard, const void *targets, int64_t targets_len,
                                const info_lm_options *options, info_logit_pair_part *parts, int64_t parts_len)
{
    info_i_error *error = &ctx->error;
    job j = {0};
    int64_t count = 0;
    if (info_i_shard_pair_open(ctx, p, q, shard, options, &j.in) != INFO_OK ||
        info_i_shard_targets(error, targets, targets_len, &j.in.shard) != INFO_OK)
        return error->status;
    info_i_check_pointer(error, "parts", parts);
    info_i_shard_parts(error, "parts", &j.in.shard, j.in.shard.tiles, parts_len, false, &count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("parts", parts, count, sizeof *parts), {0}},
                       (info_i_span[]){info_i_matrix_span("p", p),
                                       info_i_matrix_span("q", q),
                                       info_i_lm_targets_span(&j.in.shard.lm, "targets", targets, p->rows),
                                       info_i_lm_bias_span(&j.in.shard.lm),
                                       info_i_lm_q_bias_span(&j.in.shard.lm),
                                       info_i_shard_lengths_span(&j.in.shard),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    j.out = info_i_scratch(ctx, count, sizeof *j.out);
    if (!j.out)
        return error->status;
    const info_status status = info_i_parallel(ctx, count, info_i_lm_grain(j.in.shard.tile), 0, make_parts, &j);
    if (status == INFO_OK)
        memcpy(parts, j.out, (size_t)count * sizeof *parts);
    return status;
}

info_status info_logits_compare_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_vocabulary_shard *shard, const void *targets, int64_t targets_len,
                                     const info_lm_options *options, info_logit_pair_part *parts, int64_t parts_len)
{
    return INFO_I_CALL(ctx, compare_part(ctx, p, q, shard, targets, targets_len, options, parts, parts_len));
}

/* ---- The whole ----------------------------------------------------------- */

typedef struct whole {
    const info_logit_pair_part *parts;
    const info_logit_mixture *mixtures; /* NULL: none are wanted */
    int64_t tiles, rows;
    info_logit_comparison out;
    info_unit unit;
} whole;

static info_status check_sizes(info_i_error *error, whole *w, info_matrix views[2])
{
    int64_t count = 0, bytes = 0;
    info_i_check_pointer(error, "parts", w->parts);
    info_i_check(error, w->tiles >= 1 && w->rows >= 1, INFO_ERROR_SIZE, "%s: %lld; 1 or more is allowed",
                 w->tiles < 1 ? "tiles" : "rows", (long long)(w->tiles < 1 ? w->tiles : w->rows));
    info_i_check(error, info_i_multiply(w->tiles, w->rows, &count) && info_i_multiply(count, 256, &bytes),
                 INFO_ERROR_OVERFLOW, "tiles: %lld times %lld rows cannot be addressed", (long long)w->tiles,
                 (long long)w->rows);
    if (error->status != INFO_OK)
        return error->status;
    const int64_t of_parts = count * (int64_t)sizeof *w->parts / 8,
                  of_mixtures = count * (int64_t)sizeof *w->mixtures / 8;
    views[0] = (info_matrix){w->parts, 1, of_parts, of_parts, 1, INFO_F64, 0};
    views[1] = (info_matrix){w->mixtures, 1, of_mixtures, of_mixtures, 1, INFO_F64, 0};
    return INFO_OK;
}

static bool wants_mixture(const info_logit_comparison *out)
{
    return out->js || out->generalized_js || out->tv || out->acceptance;
}

static bool sound_mixture(const info_logit_mixture *m)
{
    return m->js >= 0 && m->generalized_js >= 0 && m->difference >= 0 && m->common >= 0 && m->js_beta > 0 &&
           m->js_beta < 1;
}

/* The sums over the tiles of one row, which must be those of the parts. */
static info_status add_mixtures(const whole *w, int64_t row, info_i_pair *pair, info_i_error *error)
{
    info_i_cell_sums sum = {0};
    for (int64_t t = 0; t < w->tiles && error->status == INFO_OK; t++) {
        const info_logit_mixture *m = &w->mixtures[t * w->rows + row];
        const info_logit_pair_part *part = &w->parts[t * w->rows + row];
        info_i_check(
            error,
            m->vocabulary == part->vocabulary && m->first_token == part->first_token && m->tokens == part->tokens,
            INFO_ERROR_SHARD, "mixtures: tile %lld of row %lld begins with token %lld; that of parts with %lld",
            (long long)t, (long long)row, (long long)m->first_token, (long long)part->first_token);
        info_i_check(error, sound_mixture(m), INFO_ERROR_DOMAIN,
                     "mixtures: tile %lld, row %lld is not what a mixture can be", (long long)t, (long long)row);
        info_i_check(error, m->js_beta == w->mixtures[row].js_beta, INFO_ERROR_MISMATCH,
                     "mixtures: tile %lld of row %lld was made with js_beta %s, the first with %s", (long long)t,
                     (long long)row, info_i_number_text(m->js_beta).text,
                     info_i_number_text(w->mixtures[row].js_beta).text);
        const info_i_cell_sums s = {
            .js = m->js, .generalized_js = m->generalized_js, .difference = m->difference, .common = m->common};
        info_i_cell_sums_add(&sum, &s);
    }
    info_i_pair_take(pair, &sum);
    return error->status;
}

/* Writes one row; whether it has a valid value. */
static bool put_row(const whole *w, int64_t row, const info_i_pair *pair)
{
    const info_logit_comparison *out = &w->out;
    const info_logit_pair_part *target = info_i_pair_tiles_target(w->parts, w->tiles, w->rows, row);
    const bool valid = pair->p.valid && pair->q.valid, ignored = target && target->targeted == -1;
    const bool missed = !target && (out->log_probability_p || out->log_probability_q || out->delta_p);
    const bool found = valid && target && !ignored;
    info_i_cell cell = {0};
    if (found)
        cell = info_i_pair_tile_target_cell(target, pair);
    info_i_comparison_put(out, w->unit, row, pair);
    info_i_comparison_put_target(out, w->unit, row, found || ignored, &cell);
    return valid && !missed;
}

static info_status merge(info_ctx *ctx, whole *w, const info_lm_options *options,
                         const info_logit_comparison *comparison)
{
    info_i_error *error = &ctx->error;
    info_matrix views[2];
    info_i_lm lm;
    if (check_sizes(error, w, views) != INFO_OK || info_i_lm_options(ctx, options, w->rows, 1, &lm) != INFO_OK)
        return error->status;
    info_i_required(error, info_logit_comparison, "comparison", &w->out, comparison);
    info_i_check_option(error, "comparison.reserved", w->out.reserved, 0, 0);
    if (error->status != INFO_OK)
        return error->status;
    if (wants_mixture(&w->out))
        info_i_check_pointer(error, "mixtures", w->mixtures);
    else
        w->mixtures = NULL;
    if (error->status != INFO_OK)
        return error->status;
    const info_logit_comparison given = w->out;
    const info_i_span inputs[] = {
        info_i_matrix_span("parts", &views[0]), info_i_matrix_span("mixtures", w->mixtures ? &views[1] : NULL), {0}};
    w->unit = lm.given.unit;
    info_i_columns_stage(ctx, "comparison", info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, given.length, w->rows,
                         inputs, &w->out);
    int64_t invalid = 0;
    for (int64_t i = 0; i < w->rows && error->status == INFO_OK; i++) {
        if (info_i_pair_tiles_check(error, w->parts, w->tiles, w->rows, i) != INFO_OK)
            break;
        info_i_pair pair = info_i_pair_tiles_pair(w->parts, w->tiles, w->rows, i, true);
        const bool has_value = pair.p.valid && pair.q.valid;
        if (w->mixtures && add_mixtures(w, i, &pair, error) != INFO_OK)
            break;
        if (put_row(w, i, &pair))
            continue;
        if (lm.invalid_is_error)
            return info_i_shard_row_error(error, i, has_value);
        invalid++;
    }
    if (error->status != INFO_OK)
        return error->status;
    info_i_columns_commit(info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, w->rows, &w->out, &given);
    return info_i_lm_count_invalid(ctx, invalid);
}

info_status info_logits_compare_merge(info_ctx *ctx, const info_logit_pair_part *parts,
                                      const info_logit_mixture *mixtures, int64_t tiles, int64_t rows,
                                      const info_lm_options *options, const info_logit_comparison *comparison)
{
    whole w = {.parts = parts, .mixtures = mixtures, .tiles = tiles, .rows = rows};
    return INFO_I_CALL(ctx, merge(ctx, &w, options, comparison));
}
