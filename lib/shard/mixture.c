/* SPDX-License-Identifier: MIT
 * The second round of two models: what needs the normalizers of whole rows. */
#include <math.h>
#include <string.h>

#include "shard/pair.h"
#include "shard/pair_part.h"

typedef struct job {
    info_i_shard_pair in;
    info_i_pair *pairs; /* rows, whole */
    info_i_pair_wishes wishes;
    info_logit_mixture *out; /* [tiles, rows] */
} job;

static info_status make_mixtures(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    const info_i_shard *shard = &j->in.shard;
    info_i_tile tile;
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = i / shard->tiles, t = i % shard->tiles;
        const info_i_pair *pair = &j->pairs[row];
        info_i_cell_sums sums = {0};
        info_i_tile_of(shard, t, row, &tile);
        if (tile.valid > 0 && pair->p.valid && pair->q.valid) {
            const info_matrix p = info_i_tile_view(&tile, &j->in.p), q = info_i_tile_view(&tile, &j->in.q);
            sums = info_i_pair_cells(&tile.lm, &p, &q, row, tile.first, pair, &j->wishes);
        }
        j->out[t * shard->rows + row] = (info_logit_mixture){.vocabulary = shard->given.vocabulary,
                                                             .first_token = tile.first,
                                                             .tokens = tile.tokens,
                                                             .js_beta = j->wishes.beta,
                                                             .js = sums.js,
                                                             .generalized_js = sums.generalized_js,
                                                             .difference = sums.difference,
                                                             .common = sums.common};
    }
    return INFO_OK;
}

static info_status make_pairs(info_ctx *ctx, const info_logit_pair_part *parts, job *j)
{
    const info_i_shard *shard = &j->in.shard;
    info_i_error *error = &ctx->error;
    const double temperature = shard->lm.given.temperature > 0 ? shard->lm.given.temperature : 1;
    info_i_check(error, parts->vocabulary == shard->given.vocabulary && parts->temperature == temperature,
                 INFO_ERROR_MISMATCH, "parts: of %lld tokens at temperature %s; shard is of %lld, options say %s",
                 (long long)parts->vocabulary, info_i_number_text(parts->temperature).text,
                 (long long)shard->given.vocabulary, info_i_number_text(temperature).text);
    for (int64_t i = 0; i < shard->rows && error->status == INFO_OK; i++)
        info_i_pair_tiles_check(error, parts, shard->all, shard->rows, i);
    if (error->status != INFO_OK)
        return error->status;
    j->pairs = info_i_scratch(ctx, shard->rows, sizeof *j->pairs);
    for (int64_t i = 0; j->pairs && i < shard->rows; i++)
        j->pairs[i] = info_i_pair_tiles_pair(parts, shard->all, shard->rows, i, false);
    return error->status;
}

static info_status mixture_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                const info_vocabulary_shard *shard, const info_logit_pair_part *parts,
                                int64_t parts_len, const info_lm_options *options, info_logit_mixture *mixtures,
                                int64_t mixtures_len)
{
    info_i_error *error = &ctx->error;
    job j = {0};
    int64_t all = 0, own = 0;
    if (info_i_shard_pair_open(ctx, p, q, shard, options, &j.in) != INFO_OK)
        return error->status;
    info_i_check_pointer(error, "parts", parts);
    info_i_shard_parts(error, "parts", &j.in.shard, j.in.shard.all, parts_len, true, &all);
    info_i_check_pointer(error, "mixtures", mixtures);
    info_i_shard_parts(error, "mixtures", &j.in.shard, j.in.shard.tiles, mixtures_len, false, &own);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("mixtures", mixtures, own, sizeof *mixtures), {0}},
                       (info_i_span[]){info_i_matrix_span("p", p),
                                       info_i_matrix_span("q", q),
                                       info_i_array_span("parts", parts, all, sizeof *parts),
                                       info_i_lm_bias_span(&j.in.shard.lm),
                                       info_i_lm_q_bias_span(&j.in.shard.lm),
                                       info_i_shard_lengths_span(&j.in.shard),
                                       {0}});
    if (error->status != INFO_OK || make_pairs(ctx, parts, &j) != INFO_OK)
        return error->status;
    double wanted; /* any address: all that mixtures hold */
    const info_logit_comparison wishes = {.js = &wanted, .generalized_js = &wanted, .tv = &wanted};
    j.wishes = info_i_pair_wishes_for(&wishes, j.in.shard.lm.given.js_beta);
    j.out = info_i_scratch(ctx, own, sizeof *j.out);
    if (!j.out)
        return error->status;
    const info_status status = info_i_parallel(ctx, own, info_i_lm_grain(j.in.shard.tile), 0, make_mixtures, &j);
    if (status == INFO_OK)
        memcpy(mixtures, j.out, (size_t)own * sizeof *mixtures);
    return status;
}

info_status info_logits_mixture_part(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_vocabulary_shard *shard, const info_logit_pair_part *parts,
                                     int64_t parts_len, const info_lm_options *options, info_logit_mixture *mixtures,
                                     int64_t mixtures_len)
{
    return INFO_I_CALL(ctx, mixture_part(ctx, p, q, shard, parts, parts_len, options, mixtures, mixtures_len));
}
