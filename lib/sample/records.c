/* SPDX-License-Identifier: MIT
 * Sorting records by radix, from the most significant digit down. */
#include "sample/records.h"

#include <string.h>

#define DIGIT_BITS 8
#define FEW 24 /* records that are sorted by insertion */
#define MANY                                                                                                           \
    ((int64_t)1 << 15) /* records of one word that are sorted from the least significant digit up, in the cache */
#define LOW_DIGIT 9

/* A record is stride words; the compiler makes the common ones without a loop. */
static inline __attribute__((always_inline)) void copy_record(uint64_t *to, const uint64_t *from, int32_t stride)
{
    if (stride == 1)
        to[0] = from[0];
    else if (stride == 2) {
        to[0] = from[0];
        to[1] = from[1];
    } else
        for (int32_t w = 0; w < stride; w++)
            to[w] = from[w];
}

static inline __attribute__((always_inline)) bool below(const uint64_t *a, const uint64_t *b, int32_t words)
{
    for (int32_t w = 0; w < words - 1; w++)
        if (a[w] != b[w])
            return a[w] < b[w];
    return a[words - 1] < b[words - 1];
}

static inline __attribute__((always_inline)) void insertion_sort(uint64_t *r, int64_t count, int32_t words,
                                                                 int32_t stride)
{
    uint64_t held[INFO_MAX_SERIES + 1];
    for (int64_t i = 1; i < count; i++) {
        copy_record(held, r + i * stride, stride);
        int64_t k = i;
        for (; k > 0 && below(held, r + (k - 1) * stride, words); k--)
            copy_record(r + k * stride, r + (k - 1) * stride, stride);
        copy_record(r + k * stride, held, stride);
    }
}

/* The digit that is sorted by next: bits shift .. shift + bits - 1 of a word; word == words: none is left. */
typedef struct digit {
    int32_t word, shift, bits;
} digit;

static digit next_digit(const info_i_packing *layout, int32_t word, int32_t below_bit)
{
    while (word < layout->words && below_bit == 0) {
        word++;
        below_bit = word < layout->words ? layout->used[word] : 0;
    }
    const int32_t bits = below_bit < DIGIT_BITS ? below_bit : DIGIT_BITS;
    return (digit){word, below_bit - bits, bits};
}

static inline int64_t value_of(const uint64_t *record, digit d)
{
    return (int64_t)(record[d.word] >> d.shift & ((UINT64_C(1) << d.bits) - 1));
}

/* Sorts what lies in a from digit d on, and leaves it in b if into_b, else in a. */
static inline __attribute__((always_inline)) bool sort_few(uint64_t *a, uint64_t *b, int64_t count, bool into_b,
                                                           int32_t words, int32_t stride)
{
    if (count > FEW)
        return false;
    insertion_sort(a, count, words, stride);
    for (int64_t i = 0; into_b && i < count; i++)
        copy_record(b + i * stride, a + i * stride, stride);
    return true;
}

/* Sorts keys of one word by their bits below `bits`, as sort_from() does. */
static void sort_up(uint64_t *a, uint64_t *b, int64_t count, int32_t bits, bool into_b)
{
    const int32_t passes = (bits + LOW_DIGIT - 1) / LOW_DIGIT, step = passes ? (bits + passes - 1) / passes : 0;
    uint64_t *from = a, *to = b;
    for (int32_t shift = 0; shift < bits; shift += step) {
        int32_t next[1 << LOW_DIGIT] = {0};
        const uint64_t mask = (UINT64_C(1) << (bits - shift < step ? bits - shift : step)) - 1;
        for (int64_t i = 0; i < count; i++)
            next[from[i] >> shift & mask]++;
        for (int32_t k = 0, before = 0; k < 1 << LOW_DIGIT; k++) {
            const int32_t records = next[k];
            next[k] = before;
            before += records;
        }
        for (int64_t i = 0; i < count; i++)
            to[next[from[i] >> shift & mask]++] = from[i];
        uint64_t *const held = from;
        from = to;
        to = held;
    }
    if (from != (into_b ? b : a))
        memcpy(into_b ? b : a, from, (size_t)count * sizeof *a);
}

static void sort_from(const info_i_packing *layout, uint64_t *a, uint64_t *b, int64_t count, int32_t stride, digit d,
                      bool into_b)
{
    const int32_t words = layout->words;
    if (stride == 1 ? sort_few(a, b, count, into_b, 1, 1)
                    : (stride == 2 && words == 1 ? sort_few(a, b, count, into_b, 1, 2)
                                                 : sort_few(a, b, count, into_b, words, stride)))
        return;
    if (d.word == words) {
        if (into_b)
            memcpy(b, a, (size_t)(count * stride) * sizeof *a);
        return;
    }
    if (stride == 1 && count <= MANY) {
        sort_up(a, b, count, d.shift + d.bits, into_b);
        return;
    }
    int64_t next[1 << DIGIT_BITS] = {0}; /* of each value: how many records, then where the next goes, then their end */
    const digit after = next_digit(layout, d.word, d.shift);
    for (int64_t i = 0; i < count; i++)
        next[value_of(a + i * stride, d)]++;
    if (next[value_of(a, d)] == count) { /* all alike in this digit */
        sort_from(layout, a, b, count, stride, after, into_b);
        return;
    }
    for (int64_t k = 0, before = 0; k < 1 << DIGIT_BITS; k++) {
        const int64_t records = next[k];
        next[k] = before;
        before += records;
    }
    if (stride == 1)
        for (int64_t i = 0; i < count; i++)
            b[next[value_of(a + i, d)]++] = a[i];
    else
        for (int64_t i = 0; i < count; i++)
            copy_record(b + next[value_of(a + i * stride, d)]++ * stride, a + i * stride, stride);
    for (int64_t k = 0, begin = 0; k < 1 << d.bits; begin = next[k++])
        if (next[k] > begin)
            sort_from(layout, b + begin * stride, a + begin * stride, next[k] - begin, stride, after, !into_b);
}

/* ---- The first digit, by many ---- */

#define SORT_GRAIN (1 << 17)

typedef struct sort_job {
    const info_i_packing *layout;
    uint64_t *from, *to;
    int32_t stride;
    digit first;
    int64_t (*place)[INFO_I_BUCKETS]; /* of each chunk: how many records of a bucket, then where they go */
    info_i_sorted *sorted;
    int64_t *distinct;
} sort_job;

static info_status count_digits(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const sort_job *job = user;
    int64_t *count = job->place[begin / SORT_GRAIN];
    memset(count, 0, sizeof job->place[0]);
    for (int64_t i = begin; i < end; i++)
        count[value_of(job->from + i * job->stride, job->first)]++;
    return INFO_OK;
}

static info_status scatter(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const sort_job *job = user;
    int64_t *next = job->place[begin / SORT_GRAIN];
    for (int64_t i = begin; i < end; i++)
        copy_record(job->to + next[value_of(job->from + i * job->stride, job->first)]++ * job->stride,
                    job->from + i * job->stride, job->stride);
    return INFO_OK;
}

static int64_t count_keys(const uint64_t *r, int64_t count, int32_t words, int32_t stride)
{
    int64_t keys = count > 0;
    if (stride == 1)
        for (int64_t i = 1; i < count; i++)
            keys += r[i] != r[i - 1];
    else
        for (int64_t i = 1; i < count; i++)
            keys += !info_i_same_key(r + i * stride, r + (i - 1) * stride, words);
    return keys;
}

static info_status sort_buckets(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const sort_job *job = user;
    const digit after = next_digit(job->layout, job->first.word, job->first.shift);
    for (int64_t k = begin; k < end; k++) {
        const int64_t start = job->sorted->start[k], count = job->sorted->start[k + 1] - start;
        uint64_t *records = job->to + start * job->stride;
        sort_from(job->layout, records, job->from + start * job->stride, count, job->stride, after, false);
        job->distinct[k] = count_keys(records, count, job->layout->words, job->stride);
    }
    return INFO_OK;
}

static void place_buckets(sort_job *job, int64_t chunks)
{
    int64_t before = 0;
    for (int64_t k = 0; k < INFO_I_BUCKETS; k++) {
        job->sorted->start[k] = before;
        for (int64_t c = 0; c < chunks; c++) {
            const int64_t count = job->place[c][k];
            job->place[c][k] = before;
            before += count;
        }
    }
    job->sorted->start[INFO_I_BUCKETS] = before;
}

info_status info_i_sort_records(info_ctx *ctx, const info_i_packing *layout, bool payload, uint64_t *records,
                                uint64_t *other, int64_t count, info_i_sorted *out)
{
    const int64_t chunks = (count - 1) / SORT_GRAIN + 1;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    int64_t distinct[INFO_I_BUCKETS];
    sort_job job = {.layout = layout,
                    .from = records,
                    .to = other,
                    .stride = layout->words + payload,
                    .first = next_digit(layout, 0, layout->used[0]),
                    .place = info_i_scratch(ctx, chunks, sizeof job.place[0]),
                    .sorted = out,
                    .distinct = distinct};
    if (!job.place)
        return ctx->error.status;
    if (job.first.word == layout->words) /* every key is the same: no bits */
        job.first = (digit){0, 0, 0};
    info_status status = info_i_parallel(ctx, count, SORT_GRAIN, 0, count_digits, &job);
    if (status == INFO_OK) {
        place_buckets(&job, chunks);
        status = info_i_parallel(ctx, count, SORT_GRAIN, 0, scatter, &job);
    }
    if (status == INFO_OK)
        status = info_i_parallel(ctx, INFO_I_BUCKETS, 1, 0, sort_buckets, &job);
    info_i_scratch_release(ctx, mark);
    if (status != INFO_OK)
        return status;
    out->records = other;
    out->words = layout->words;
    out->stride = job.stride;
    out->count = count;
    out->distinct = 0;
    for (int64_t k = 0; k <= INFO_I_BUCKETS; k++) {
        out->distinct_before[k] = out->distinct;
        out->distinct += k < INFO_I_BUCKETS ? distinct[k] : 0;
    }
    return INFO_OK;
}
