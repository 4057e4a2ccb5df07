/* SPDX-License-Identifier: MIT
 * Tables of counts that grow: blocks of samples are sorted, counted and merged into what is there. */
#include "sample/counts.h"

#include <stdlib.h>
#include <string.h>

/* Keys that are sorted together: at least this many, and as many as the table has, so that the
 * work of merging stays in proportion to the samples. */
#define LEAST_BLOCK ((int64_t)1 << 24)
/* Keys that may wait for the next call. */
#define LEAST_WAITING ((int64_t)1 << 12)

/* ---- Memory of a table ---- */

static uint64_t *take(info_ctx *ctx, const info_counts *c, int64_t records, int32_t stride)
{
    int64_t bytes;
    if (!info_i_multiply(records, stride * (int64_t)sizeof(uint64_t), &bytes)) {
        info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "counts: %lld tuples cannot be addressed", (long long)records);
        return NULL;
    }
    const size_t size = (size_t)(bytes ? bytes : INFO_I_ALIGNMENT);
    uint64_t *memory =
        c->alloc(c->alloc_user, (size + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT, INFO_I_ALIGNMENT);
    if (!memory)
        info_i_fail(&ctx->error, INFO_ERROR_MEMORY, "counts: %lld bytes could not be allocated", (long long)size);
    return memory;
}

static void give(const info_counts *c, void *memory)
{
    if (memory)
        c->free(c->alloc_user, memory);
}

info_status info_i_counts_make(info_ctx *ctx, const info_i_packing *layout, info_counts **out)
{
    const size_t size = (sizeof **out + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;
    info_counts *made = ctx->alloc(ctx->alloc_user, size, INFO_I_ALIGNMENT);
    if (!made)
        return info_i_fail(&ctx->error, INFO_ERROR_MEMORY, "out: %zu bytes could not be allocated", size);
    memset(made, 0, sizeof *made);
    made->alloc = ctx->alloc;
    made->free = ctx->free;
    made->alloc_user = ctx->alloc_user;
    made->layout = *layout;
    *out = made;
    return INFO_OK;
}

/* ---- Blocks of keys into a table ---- */

typedef struct keys_job {
    const info_counts *counts;
    const info_i_source *sources;
    int32_t source_count;
    int64_t begin; /* of the block, in samples of all sources, those that wait first */
    uint64_t *keys;
    const int64_t *times;
    int32_t stride;
} keys_job;

/* Samples begin..end-1: first those that wait, then those of the sources in turn. */
static info_status make_keys(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    const keys_job *job = user;
    const int32_t words = job->counts->layout.words;
    uint64_t *out = job->keys + begin * words;
    int64_t at = begin + job->begin, before = job->counts->waiting_count;
    const int64_t stop = end + job->begin;
    if (at < before) {
        const int64_t count = (stop < before ? stop : before) - at;
        memcpy(out, job->counts->waiting + at * words, (size_t)(count * words) * sizeof *out);
        out += count * words;
        at += count;
    }
    for (int32_t k = 0; k < job->source_count && at < stop; before += job->sources[k++].samples) {
        const int64_t last = before + job->sources[k].samples, to = stop < last ? stop : last;
        if (at >= last)
            continue;
        const info_status status = info_i_source_keys(&job->sources[k], at - before, to - before, out, error);
        if (status != INFO_OK)
            return status;
        out += (to - at) * words;
        at = to;
    }
    return INFO_OK;
}

/* The sorted block's table, of the table's own memory. */
static info_status table_of_block(info_ctx *ctx, const info_counts *c, bool payload, uint64_t *records, uint64_t *other,
                                  int64_t count, info_i_table *out)
{
    info_i_sorted sorted;
    info_status status = info_i_sort_records(ctx, &c->layout, payload, records, other, count, &sorted);
    if (status != INFO_OK)
        return status;
    out->size = sorted.distinct;
    out->records = take(ctx, c, sorted.distinct, c->layout.words + 1);
    if (!out->records)
        return ctx->error.status;
    status = info_i_count_sorted(ctx, &sorted, out->records);
    if (status != INFO_OK)
        give(c, out->records);
    return status;
}

/* Replaces *into by its merger with block, which is consumed; the old *into is given back unless it is the state's. */
static info_status merge_block(info_ctx *ctx, const info_counts *c, info_i_table *into, const info_i_table *block)
{
    if (into->size == 0) {
        *into = *block;
        return INFO_OK;
    }
    info_i_merger merger;
    info_i_table merged = {NULL, 0};
    info_status status = info_i_merge_plan(ctx, into, block, c->layout.words, &merger);
    if (status == INFO_OK) {
        merged.size = merger.out_start[INFO_I_PARTS];
        merged.records = take(ctx, c, merged.size, c->layout.words + 1);
        status = merged.records ? info_i_merge(ctx, &merger, merged.records) : ctx->error.status;
    }
    give(c, block->records);
    if (status != INFO_OK) {
        give(c, merged.records);
        return status;
    }
    if (into->records != c->table.records)
        give(c, into->records);
    *into = merged;
    return INFO_OK;
}

/* Puts a new table in the place of the old. */
static void install(info_counts *c, const info_i_table *table)
{
    if (table->records != c->table.records)
        give(c, c->table.records);
    c->table = *table;
}

/* How often each sample of a block counts, behind its key. */
static void append_times(const info_counts *c, const int64_t *times, int64_t begin, int64_t count, const uint64_t *keys,
                         uint64_t *records)
{
    const int32_t words = c->layout.words;
    for (int64_t i = 0; i < count; i++) {
        const int64_t sample = begin + i - c->waiting_count;
        memcpy(records + i * (words + 1), keys + i * words, (size_t)words * sizeof *keys);
        records[i * (words + 1) + words] = sample < 0 ? 1 : (uint64_t)times[sample];
    }
}

/* One block: keys begin .. begin + count - 1, those that wait first. */
static info_status add_block(info_ctx *ctx, const info_counts *c, const keys_job *sources, const int64_t *times,
                             int64_t begin, int64_t count, info_i_table *into)
{
    const int32_t stride = c->layout.words + (times != NULL);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    uint64_t *keys = info_i_scratch(ctx, count, (size_t)stride * sizeof *keys);
    uint64_t *other = keys ? info_i_scratch(ctx, count, (size_t)stride * sizeof *other) : NULL;
    if (!other)
        return ctx->error.status;
    keys_job job = *sources;
    job.begin = begin;
    job.keys = times ? other : keys;
    info_i_table block;
    info_status status = info_i_parallel(ctx, count, 1 << 14, 0, make_keys, &job);
    if (status == INFO_OK && times)
        append_times(c, times, begin, count, other, keys);
    if (status == INFO_OK)
        status = table_of_block(ctx, c, times != NULL, keys, other, count, &block);
    info_i_scratch_release(ctx, mark);
    return status == INFO_OK ? merge_block(ctx, c, into, &block) : status;
}

static void drop_zeros(info_i_table *table, int32_t words)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < table->size; i++)
        if (table->records[i * (words + 1) + words] != 0)
            memmove(table->records + kept++ * (words + 1), table->records + i * (words + 1),
                    (size_t)(words + 1) * sizeof(uint64_t));
    table->size = kept;
}

static info_status add_blocks(info_ctx *ctx, info_counts *c, const info_i_source *sources, int32_t source_count,
                              const int64_t *times, int64_t samples)
{
    info_i_table grown = c->table;
    const keys_job job = {.counts = c, .sources = sources, .source_count = source_count};
    info_status status = INFO_OK;
    for (int64_t at = 0; status == INFO_OK && at < samples;) {
        const int64_t block = grown.size > LEAST_BLOCK ? grown.size : LEAST_BLOCK;
        const int64_t count = samples - at < block ? samples - at : block;
        info_i_phase(ctx, (double)at / (double)samples, (double)(at + count) / (double)samples);
        status = add_block(ctx, c, &job, times, at, count, &grown);
        at += count;
        if (status == INFO_OK && times && at >= samples)
            drop_zeros(&grown, c->layout.words);
        if (status == INFO_OK && at < samples)
            status = info_i_progress(ctx, 1);
    }
    info_i_phase(ctx, 0, 1);
    if (status == INFO_OK)
        install(c, &grown);
    else if (grown.records != c->table.records)
        give(c, grown.records);
    return status;
}

/* Room for count more keys to wait. */
static info_status make_room(info_ctx *ctx, info_counts *c, int64_t count)
{
    const int64_t needed = c->waiting_count + count;
    if (needed <= c->waiting_room)
        return INFO_OK;
    const int64_t room = needed > 2 * c->waiting_room ? needed : 2 * c->waiting_room;
    uint64_t *larger = take(ctx, c, room, c->layout.words);
    if (!larger)
        return ctx->error.status;
    if (c->waiting)
        memcpy(larger, c->waiting, (size_t)(c->waiting_count * c->layout.words) * sizeof *larger);
    give(c, c->waiting);
    c->waiting = larger;
    c->waiting_room = room;
    return INFO_OK;
}

/* Keys of few samples wait for more. */
static info_status add_waiting(info_ctx *ctx, info_counts *c, const info_i_source *sources, int32_t source_count,
                               int64_t samples)
{
    info_status status = make_room(ctx, c, samples);
    uint64_t *keys = c->waiting + c->waiting_count * c->layout.words;
    for (int32_t k = 0; status == INFO_OK && k < source_count; k++) {
        status = info_i_source_keys(&sources[k], 0, sources[k].samples, keys, &ctx->error);
        keys += sources[k].samples * c->layout.words;
    }
    if (status == INFO_OK)
        c->waiting_count += samples;
    return status;
}

static info_status add_up(info_ctx *ctx, const info_counts *c, int64_t more, int64_t *total)
{
    if (!info_i_add(c->total, more, total))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "counts: %lld and %lld more samples exceed 2^63 - 1",
                           (long long)c->total, (long long)more);
    return INFO_OK;
}

static info_status sum_times(info_ctx *ctx, const int64_t *times, int64_t samples, int64_t *sum)
{
    *sum = 0;
    for (int64_t i = 0; i < samples; i++) {
        if (times[i] < 0)
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "times: element %lld is %lld; counts are 0 or more",
                               (long long)i, (long long)times[i]);
        if (!info_i_add(*sum, times[i], sum))
            return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "times: the sum exceeds 2^63 - 1 at element %lld",
                               (long long)i);
    }
    return INFO_OK;
}

info_status info_i_counts_add(info_ctx *ctx, info_counts *c, const info_i_source *sources, int32_t source_count,
                              const int64_t *times)
{
    int64_t samples = 0, weight, total;
    for (int32_t k = 0; k < source_count; k++)
        samples += sources[k].samples;
    weight = samples;
    info_status status = times ? sum_times(ctx, times, samples, &weight) : INFO_OK;
    if (status == INFO_OK)
        status = add_up(ctx, c, weight, &total);
    if (status != INFO_OK || samples == 0)
        return status;
    const int64_t room = c->table.size / 2 > LEAST_WAITING ? c->table.size / 2 : LEAST_WAITING;
    if (!times && c->waiting_count + samples <= room)
        status = add_waiting(ctx, c, sources, source_count, samples);
    else {
        status = add_blocks(ctx, c, sources, source_count, times, c->waiting_count + samples);
        if (status == INFO_OK)
            c->waiting_count = 0;
    }
    if (status == INFO_OK)
        c->total = total;
    return status;
}

info_status info_i_counts_settle(info_ctx *ctx, info_counts *c)
{
    if (c->waiting_count == 0)
        return INFO_OK;
    const info_status status = add_blocks(ctx, c, NULL, 0, NULL, c->waiting_count);
    if (status == INFO_OK)
        c->waiting_count = 0;
    return status;
}

info_status info_i_counts_add_table(info_ctx *ctx, info_counts *c, const info_i_table *table, int64_t total)
{
    int64_t sum;
    info_i_table grown = c->table;
    info_i_merger merger;
    info_status status = add_up(ctx, c, total, &sum);
    if (status == INFO_OK)
        status = info_i_merge_plan(ctx, &c->table, table, c->layout.words, &merger);
    if (status != INFO_OK)
        return status;
    grown.size = merger.out_start[INFO_I_PARTS];
    grown.records = take(ctx, c, grown.size, c->layout.words + 1);
    status = grown.records ? info_i_merge(ctx, &merger, grown.records) : ctx->error.status;
    if (status != INFO_OK) {
        give(c, grown.records);
        return status;
    }
    install(c, &grown);
    c->total = sum;
    return INFO_OK;
}

void info_counts_destroy(info_counts *c)
{
    if (!c)
        return;
    give(c, c->table.records);
    give(c, c->waiting);
    c->free(c->alloc_user, c);
}
