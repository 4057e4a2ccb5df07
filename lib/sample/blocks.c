/* SPDX-License-Identifier: MIT
 * Block entropies. A block is a number, the rank of its n-gram; the next order's are the pairs of a block
 * and the token behind it, sorted and numbered anew, so that no key grows with the order. */
#include <math.h>
#include <string.h>

#include "numeric/unit.h"
#include "sample/documents.h"

typedef struct blocks {
    int64_t length;
    int64_t *token; /* ranks of the tokens, 0 .. alphabet - 1 */
    int64_t *block; /* rank of the block that begins at each position */
    int64_t alphabet, distinct;
    uint64_t *records, *other; /* (block, next token) and the position */
    const int64_t *starts;
    int64_t start_count;
} blocks;

static info_status open_blocks(info_ctx *ctx, const info_series *tokens, blocks *b)
{
    const int64_t n = b->length = tokens->length;
    b->token = info_i_scratch(ctx, n, sizeof *b->token);
    b->block = info_i_scratch_zero(ctx, n, sizeof *b->block);
    b->records = info_i_scratch(ctx, n, 2 * sizeof *b->records);
    b->other = info_i_scratch(ctx, n, 2 * sizeof *b->other);
    return b->token && b->block && b->records && b->other ? INFO_OK : ctx->error.status;
}

/* Sorts `count` records and numbers their keys: *rank of each position. The profile of how often each occurred. */
static info_status number_keys(info_ctx *ctx, const info_i_packing *layout, blocks *b, int64_t count, int64_t *rank,
                               info_i_profile *profile)
{
    info_i_sorted sorted;
    info_status status = info_i_sort_records(ctx, layout, true, b->records, b->other, count, &sorted);
    if (status != INFO_OK)
        return status;
    info_i_tally *tally = info_i_tally_open(ctx, sorted.distinct, count);
    if (!tally)
        return ctx->error.status;
    int64_t number = -1, times = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint64_t *record = sorted.records + 2 * i;
        if (i == 0 || record[0] != record[-2]) {
            if (times > 0)
                info_i_tally_add(tally, (uint64_t)times);
            number++;
            times = 0;
        }
        times++;
        rank[record[1]] = number;
    }
    info_i_tally_add(tally, (uint64_t)times);
    b->distinct = number + 1;
    return info_i_tally_close(ctx, tally, profile);
}

static info_status rank_tokens(info_ctx *ctx, const info_series *tokens, blocks *b, info_i_profile *profile)
{
    info_i_packing layout;
    info_status status = info_i_packing_of_series(ctx, tokens, NULL, 1, &layout);
    const info_i_source source = {&layout, tokens, NULL, 0, b->length};
    uint64_t *keys = (uint64_t *)b->other;
    if (status == INFO_OK)
        status = info_i_source_keys(&source, 0, b->length, keys, &ctx->error);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < b->length; i++) {
        b->records[2 * i] = keys[i];
        b->records[2 * i + 1] = (uint64_t)i;
    }
    status = number_keys(ctx, &layout, b, b->length, b->token, profile);
    b->alphabet = b->distinct;
    memcpy(b->block, b->token, (size_t)b->length * sizeof *b->block);
    return status;
}

/* Blocks of `order` tokens from those of one less. */
static info_status lengthen(info_ctx *ctx, blocks *b, int64_t order, info_i_profile *profile)
{
    info_i_packing layout = {.width = 2};
    layout.field[0].limit = (uint64_t)b->distinct - 1;
    layout.field[1].limit = (uint64_t)b->alphabet - 1;
    info_i_packing_pack(&layout);
    if (layout.words != 1) /* more than 2^64 pairs: cannot be, of fewer than 2^32 tokens */
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "tokens: too many different blocks of %lld tokens",
                           (long long)order);
    int64_t count = 0;
    for (int64_t d = 0; d <= b->start_count; d++) {
        const int64_t start = d > 0 ? b->starts[d - 1] : 0, end = d < b->start_count ? b->starts[d] : b->length;
        for (int64_t i = start; i + order <= end; i++) {
            b->records[2 * count] = (uint64_t)b->block[i] << layout.field[0].shift | (uint64_t)b->token[i + order - 1];
            b->records[2 * count++ + 1] = (uint64_t)i;
        }
    }
    if (count == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_SIZE, "max_order: no document has %lld tokens", (long long)order);
    return number_keys(ctx, &layout, b, count, b->block, profile);
}

/* The entropies as estimated, in nats; rates and information follow from them. */
static void report(const info_i_profile *profile, const blocks *b, int64_t order, const info_estimator_options *o,
                   info_block_entropy *out)
{
    info_i_measure m = {.options = *o, .count = 1, .term[0] = {.symbols = 1, .sign = 1, .profile = *profile}};
    info_sample_estimate e;
    m.term[0].alphabet = pow((double)b->alphabet, (double)order);
    m.options.unit = INFO_NAT;
    info_i_measure_report(&m, &e);
    const int64_t kept = INFO_ESTIMATE_LOW_COVERAGE | INFO_ESTIMATE_ALL_SINGLETONS | INFO_ESTIMATE_ONE_SYMBOL;
    *out = (info_block_entropy){.order = order,
                                .blocks = profile->samples,
                                .distinct = profile->distinct,
                                .coverage = e.coverage,
                                .entropy = e.value,
                                .plug_in = e.plug_in,
                                .flags = e.flags & kept,
                                .suggested = e.suggested};
}

static void differences(info_block_entropy *out, int64_t count, info_unit unit)
{
    const double first = out[0].entropy;
    for (int64_t i = count - 1; i >= 0; i--) {
        const double before = i > 0 ? out[i - 1].entropy : 0, rate = out[i].entropy - before;
        if (rate < 0)
            out[i].flags |= INFO_ESTIMATE_NEGATIVE;
        out[i].rate = info_i_from_nats(rate, unit);
        out[i].information = i > 0 ? info_i_from_nats(first - rate, unit) : 0;
    }
    for (int64_t i = 0; i < count; i++) {
        out[i].entropy = info_i_from_nats(out[i].entropy, unit);
        out[i].plug_in = info_i_from_nats(out[i].plug_in, unit);
    }
}

static info_status block_entropies(info_ctx *ctx, const info_series *tokens, const int64_t *starts, int64_t starts_len,
                                   int64_t max_order, const info_estimator_options *given, info_block_entropy *out,
                                   int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_estimator_options o;
    blocks b = {.starts = starts, .start_count = starts_len};
    info_i_estimate_options(error, given, false, &o);
    info_i_check_series(error, "tokens", tokens);
    info_i_check_starts(error, starts, starts_len, tokens);
    if (error->status == INFO_OK && (max_order < 1 || max_order > tokens->length))
        info_i_fail(error, INFO_ERROR_SIZE, "max_order: %lld; 1 to the %lld tokens are allowed", (long long)max_order,
                    (long long)tokens->length);
    info_i_check_output(error, "out", out, out_len, max_order);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, max_order, sizeof *out), {0}},
                       (info_i_span[]){info_i_series_span("tokens", tokens),
                                       info_i_array_span("starts", starts, starts_len, sizeof *starts),
                                       {0}});
    info_i_check_option(error, "options.uncertainty", o.uncertainty, INFO_UNCERTAINTY_NONE, INFO_UNCERTAINTY_NONE);
    if (error->status != INFO_OK)
        return error->status;
    info_block_entropy *made = info_i_scratch(ctx, max_order, sizeof *made);
    info_status status = made ? open_blocks(ctx, tokens, &b) : error->status;
    for (int64_t order = 1; status == INFO_OK && order <= max_order; order++) {
        info_i_profile profile;
        info_i_phase(ctx, (double)(order - 1) / (double)max_order, (double)order / (double)max_order);
        const info_i_mark mark = info_i_scratch_mark(ctx);
        status = order == 1 ? rank_tokens(ctx, tokens, &b, &profile) : lengthen(ctx, &b, order, &profile);
        if (status == INFO_OK)
            report(&profile, &b, order, &o, &made[order - 1]);
        info_i_scratch_release(ctx, mark);
        if (status == INFO_OK)
            status = info_i_progress(ctx, 1);
    }
    if (status != INFO_OK)
        return status;
    differences(made, max_order, o.unit);
    memcpy(out, made, (size_t)max_order * sizeof *out);
    return INFO_OK;
}

info_status info_block_entropies(info_ctx *ctx, const info_series *tokens, const int64_t *starts, int64_t starts_len,
                                 int64_t max_order, const info_estimator_options *options, info_block_entropy *out,
                                 int64_t out_len)
{
    return INFO_I_CALL(ctx, block_entropies(ctx, tokens, starts, starts_len, max_order, options, out, out_len));
}
