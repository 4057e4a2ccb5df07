/* SPDX-License-Identifier: MIT
 * Profiles straight from samples: three ways to count, none of which keeps a table of tuples. */
#include <stdatomic.h>
#include <string.h>

#include "sample/profile.h"

/* ---- Few cells: an array of all ---- */

#define FEW_BITS 14
/* Adding to one place twice in a row waits for the first store: neighboring samples go to arrays of their own. */
#define COPIES 4
#define FEW_GRAIN ((int64_t)1 << 18)

typedef struct few_job {
    const info_i_source *source;
    int64_t cells;
    atomic_llong *count; /* whole numbers: the order of adding leaves no trace */
} few_job;

static info_status count_few(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const few_job *job = user;
    const int64_t cells = job->cells;
    uint32_t *local = scratch;
    uint64_t keys[INFO_I_SAMPLES];
    memset(local, 0, (size_t)(COPIES * cells) * sizeof *local);
    for (int64_t i = begin; i < end; i += INFO_I_SAMPLES) {
        const int64_t count = end - i < INFO_I_SAMPLES ? end - i : INFO_I_SAMPLES;
        const info_status status = info_i_source_keys(job->source, i, i + count, keys, error);
        if (status != INFO_OK)
            return status;
        int64_t k = 0;
        for (; k + COPIES <= count; k += COPIES)
            for (int copy = 0; copy < COPIES; copy++)
                local[copy * cells + (int64_t)keys[k + copy]]++;
        for (; k < count; k++)
            local[keys[k]]++;
    }
    for (int64_t cell = 0; cell < cells; cell++) {
        uint32_t sum = 0;
        for (int copy = 0; copy < COPIES; copy++)
            sum += local[copy * cells + cell];
        if (sum)
            atomic_fetch_add_explicit(&job->count[cell], sum, memory_order_relaxed);
    }
    return INFO_OK;
}

bool info_i_has_few_cells(const info_i_packing *layout)
{
    return info_i_packing_bits(layout) <= FEW_BITS;
}

info_status info_i_count_cells(info_ctx *ctx, const info_i_source *source, int64_t **out)
{
    const int64_t cells = INT64_C(1) << info_i_packing_bits(source->layout);
    int64_t *counts = info_i_scratch(ctx, cells, sizeof *counts);
    atomic_llong *count = counts ? info_i_scratch(ctx, cells, sizeof *count) : NULL;
    if (!count)
        return ctx->error.status;
    for (int64_t i = 0; i < cells; i++)
        atomic_init(&count[i], 0);
    few_job job = {source, cells, count};
    const info_status status =
        info_i_parallel(ctx, source->samples, FEW_GRAIN, (size_t)(COPIES * cells) * sizeof(uint32_t), count_few, &job);
    for (int64_t i = 0; i < cells; i++)
        counts[i] = atomic_load_explicit(&count[i], memory_order_relaxed);
    *out = counts;
    return status;
}

static info_status by_cells(info_ctx *ctx, const info_i_source *source, info_i_profile *out)
{
    int64_t *counts = NULL;
    const info_status status = info_i_count_cells(ctx, source, &counts);
    return status == INFO_OK
               ? info_i_profile_of_counts(ctx, counts, INT64_C(1) << info_i_packing_bits(source->layout), out)
               : status;
}

/* ---- More cells: parts of the array that fit a cache, one after the other ---- */

#define MANY_BITS 28
#define PART_BITS 16 /* cells of a part; the keys inside one are 16 bits */
#define MANY_GRAIN ((int64_t)1 << 18)
#define GROUPS 64 /* of parts, each with a tally of its own */
/* An array is worth looking through where it has at most this many cells for each sample. */
#define CELLS_PER_SAMPLE 16

typedef struct many_job {
    const info_i_source *source;
    int64_t parts, group; /* parts in all, and of a group */
    int64_t *place;       /* [chunk][part]: how many, then where they go */
    int64_t *start;       /* [part + 1] */
    uint16_t *keys;
    info_i_tally *tally; /* of each group */
} many_job;

/* Calls visit for the keys of samples begin..end-1, in turn. */
static inline __attribute__((always_inline)) info_status
each_key(const many_job *job, int64_t begin, int64_t end, info_i_error *error,
         void (*visit)(const many_job *job, int64_t *place, uint64_t key))
{
    int64_t *place = job->place + begin / MANY_GRAIN * job->parts;
    uint64_t keys[INFO_I_SAMPLES];
    for (int64_t i = begin; i < end; i += INFO_I_SAMPLES) {
        const int64_t samples = end - i < INFO_I_SAMPLES ? end - i : INFO_I_SAMPLES;
        const info_status status = info_i_source_keys(job->source, i, i + samples, keys, error);
        if (status != INFO_OK)
            return status;
        for (int64_t k = 0; k < samples; k++)
            visit(job, place, keys[k]);
    }
    return INFO_OK;
}

static inline void count_key(const many_job *job, int64_t *place, uint64_t key)
{
    (void)job;
    place[key >> PART_BITS]++;
}

static inline void put_key(const many_job *job, int64_t *place, uint64_t key)
{
    job->keys[place[key >> PART_BITS]++] = (uint16_t)key;
}

static info_status count_parts(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    const many_job *job = user;
    memset(job->place + begin / MANY_GRAIN * job->parts, 0, (size_t)job->parts * sizeof *job->place);
    return each_key(job, begin, end, error, count_key);
}

static info_status put_keys(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    return each_key(user, begin, end, error, put_key);
}

static info_status tally_parts(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const many_job *job = user;
    const int64_t cells = INT64_C(1) << PART_BITS;
    info_i_tally *tally = &job->tally[begin / job->group];
    uint32_t *local = scratch;
    for (int64_t part = begin; part < end; part++) {
        memset(local, 0, (size_t)cells * sizeof *local);
        for (int64_t i = job->start[part]; i < job->start[part + 1]; i++)
            local[job->keys[i]]++;
        for (int64_t cell = 0; cell < cells; cell++)
            if (local[cell])
                info_i_tally_add(tally, local[cell]);
    }
    return INFO_OK;
}

/* Where the keys of each chunk go, part by part. */
static void place_parts(const many_job *job, int64_t chunks)
{
    int64_t before = 0;
    for (int64_t part = 0; part < job->parts; part++) {
        job->start[part] = before;
        for (int64_t c = 0; c < chunks; c++) {
            int64_t *place = &job->place[c * job->parts + part];
            const int64_t count = *place;
            *place = before;
            before += count;
        }
    }
    job->start[job->parts] = before;
}

/* Tallies of all groups as one. A group's large counts, of which its samples bound the number, lie
 * where its samples would in an array of one for every INFO_I_SMALL. */
static info_status add_groups(info_ctx *ctx, const many_job *job, int64_t groups, int64_t samples, info_i_profile *out)
{
    info_i_tally *all = info_i_tally_open(ctx, samples, samples);
    if (!all)
        return ctx->error.status;
    for (int64_t g = 0; g < groups; g++) {
        for (int64_t r = 0; r < INFO_I_SMALL; r++)
            all->small[r] += job->tally[g].small[r];
        memcpy(all->large + all->large_count, job->tally[g].large,
               (size_t)job->tally[g].large_count * sizeof *all->large);
        all->large_count += job->tally[g].large_count;
    }
    return info_i_tally_close(ctx, all, out);
}

static info_status by_parts(info_ctx *ctx, const info_i_source *source, info_i_profile *out)
{
    const int64_t samples = source->samples, chunks = (samples - 1) / MANY_GRAIN + 1;
    many_job job = {.source = source, .parts = INT64_C(1) << (info_i_packing_bits(source->layout) - PART_BITS)};
    job.group = (job.parts - 1) / GROUPS + 1;
    const int64_t groups = (job.parts - 1) / job.group + 1;
    job.place = info_i_scratch(ctx, chunks * job.parts, sizeof *job.place);
    job.start = info_i_scratch(ctx, job.parts + 1, sizeof *job.start);
    job.keys = info_i_scratch(ctx, samples, sizeof *job.keys);
    job.tally = info_i_scratch_zero(ctx, groups, sizeof *job.tally);
    uint64_t *large = info_i_scratch(ctx, samples / INFO_I_SMALL, sizeof *large);
    if (!job.place || !job.start || !job.keys || !job.tally || !large)
        return ctx->error.status;
    info_status status = info_i_parallel(ctx, samples, MANY_GRAIN, 0, count_parts, &job);
    if (status != INFO_OK)
        return status;
    place_parts(&job, chunks);
    for (int64_t g = 0; g < groups; g++)
        job.tally[g].large = large + job.start[g * job.group] / INFO_I_SMALL;
    status = info_i_parallel(ctx, samples, MANY_GRAIN, 0, put_keys, &job);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, job.parts, job.group, sizeof(uint32_t) << PART_BITS, tally_parts, &job);
    return status == INFO_OK ? add_groups(ctx, &job, groups, samples, out) : status;
}

/* ---- Anything else: sorted ---- */

typedef struct sort_job {
    const info_i_source *source;
    uint64_t *keys;
} sort_job;

static info_status make_keys(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    const sort_job *job = user;
    return info_i_source_keys(job->source, begin, end, job->keys + begin * job->source->layout->words, error);
}

info_status info_i_sort_source(info_ctx *ctx, const info_i_source *source, info_i_sorted *out)
{
    const size_t size = (size_t)source->layout->words * sizeof(uint64_t);
    sort_job job = {source, info_i_scratch(ctx, source->samples, size)};
    uint64_t *other = job.keys ? info_i_scratch(ctx, source->samples, size) : NULL;
    if (!other)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, source->samples, 1 << 14, 0, make_keys, &job);
    return status == INFO_OK ? info_i_sort_records(ctx, source->layout, false, job.keys, other, source->samples, out)
                             : status;
}

static info_status by_sorting(info_ctx *ctx, const info_i_source *source, info_i_profile *out)
{
    info_i_sorted sorted;
    const info_status status = info_i_sort_source(ctx, source, &sorted);
    if (status != INFO_OK)
        return status;
    info_i_tally *tally = info_i_tally_open(ctx, sorted.distinct, source->samples);
    if (!tally)
        return ctx->error.status;
    const int32_t words = sorted.words;
    for (int64_t i = 0; i < sorted.count;) {
        const uint64_t *key = sorted.records + i * words;
        int64_t end = i + 1;
        while (end < sorted.count && info_i_same_key(sorted.records + end * words, key, words))
            end++;
        info_i_tally_add(tally, (uint64_t)(end - i));
        i = end;
    }
    return info_i_tally_close(ctx, tally, out);
}

info_status info_i_profile_of_source(info_ctx *ctx, const info_i_source *source, info_i_profile *out)
{
    const int32_t bits = info_i_packing_bits(source->layout);
    if (info_i_has_few_cells(source->layout))
        return by_cells(ctx, source, out);
    if (bits > PART_BITS && bits <= MANY_BITS && source->samples < INT64_C(1) << 32 &&
        INT64_C(1) << bits <= CELLS_PER_SAMPLE * source->samples)
        return by_parts(ctx, source, out);
    return by_sorting(ctx, source, out);
}
