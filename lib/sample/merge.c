/* SPDX-License-Identifier: MIT
 * Equal keys made one, and tables merged. */
#include <string.h>

#include "sample/records.h"

/* ---- Sorted records to a table ---- */

typedef struct count_job {
    const info_i_sorted *sorted;
    uint64_t *out;
} count_job;

/* Keys of one word, each record one sample. */
static void count_words(const uint64_t *key, const uint64_t *end, uint64_t *out)
{
    while (key < end) {
        const uint64_t *first = key;
        while (key < end && *key == *first)
            key++;
        *out++ = *first;
        *out++ = (uint64_t)(key - first);
    }
}

static void count_keys(const info_i_sorted *s, int64_t begin, int64_t end, uint64_t *out)
{
    const int32_t words = s->words, stride = s->stride;
    for (int64_t i = begin; i < end; out += words + 1) {
        const uint64_t *key = s->records + i * stride;
        uint64_t times = 0;
        for (; i < end && info_i_same_key(s->records + i * stride, key, words); i++)
            times += stride == words ? 1 : s->records[i * stride + words];
        memcpy(out, key, (size_t)words * sizeof *out);
        out[words] = times;
    }
}

static info_status count_bucket(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const count_job *job = user;
    const info_i_sorted *s = job->sorted;
    for (int64_t k = begin; k < end; k++) {
        uint64_t *out = job->out + s->distinct_before[k] * (s->words + 1);
        if (s->stride == 1)
            count_words(s->records + s->start[k], s->records + s->start[k + 1], out);
        else
            count_keys(s, s->start[k], s->start[k + 1], out);
    }
    return INFO_OK;
}

info_status info_i_count_sorted(info_ctx *ctx, const info_i_sorted *sorted, uint64_t *out)
{
    count_job job = {sorted, out};
    return info_i_parallel(ctx, INFO_I_BUCKETS, 1, 0, count_bucket, &job);
}

/* ---- Two tables to one ---- */

static int compare_keys(const uint64_t *a, const uint64_t *b, int32_t words)
{
    for (int32_t w = 0; w < words; w++)
        if (a[w] != b[w])
            return a[w] < b[w] ? -1 : 1;
    return 0;
}

int64_t info_i_lower_bound(const uint64_t *records, int64_t count, int32_t words, int32_t stride, const uint64_t *key)
{
    int64_t low = 0;
    while (count > 0) {
        const int64_t half = count / 2;
        if (compare_keys(records + (low + half) * stride, key, words) < 0) {
            low += half + 1;
            count -= half + 1;
        } else
            count = half;
    }
    return low;
}

/* Merges keys a..a_end with b..b_end, of one word; out NULL: only counts them. Which comes next is as good as random: no branch
 * asks. */
static int64_t merge_words(const uint64_t *a, const uint64_t *a_end, const uint64_t *b, const uint64_t *b_end,
                           uint64_t *out)
{
    int64_t keys = 0;
    if (out)
        while (a < a_end && b < b_end) {
            const uint64_t x = a[0], y = b[0], take_a = -(uint64_t)(x <= y), take_b = -(uint64_t)(y <= x);
            out[0] = x < y ? x : y;
            out[1] = (a[1] & take_a) + (b[1] & take_b);
            out += 2;
            a += take_a & 2;
            b += take_b & 2;
            keys++;
        }
    else
        while (a < a_end && b < b_end) {
            const uint64_t x = a[0], y = b[0];
            a += -(uint64_t)(x <= y) & 2;
            b += -(uint64_t)(y <= x) & 2;
            keys++;
        }
    /* What one table has left; a table without keys may have no memory. */
    if (out && a < a_end)
        memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    if (out && b < b_end)
        memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
    return keys + ((a_end - a) + (b_end - b)) / 2;
}

/* The same of any keys. */
static int64_t merge_keys(const uint64_t *a, const uint64_t *a_end, const uint64_t *b, const uint64_t *b_end,
                          int32_t words, uint64_t *out)
{
    const int32_t stride = words + 1;
    int64_t keys = 0;
    for (; a < a_end && b < b_end; keys++) {
        const int order = compare_keys(a, b, words);
        if (out) {
            memcpy(out, order <= 0 ? a : b, (size_t)words * sizeof *out);
            out[words] = (order <= 0 ? a[words] : 0) + (order >= 0 ? b[words] : 0);
            out += stride;
        }
        a += order <= 0 ? stride : 0;
        b += order >= 0 ? stride : 0;
    }
    /* What one table has left; a table without keys may have no memory. */
    if (out && a < a_end)
        memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    if (out && b < b_end)
        memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
    return keys + ((a_end - a) + (b_end - b)) / stride;
}

typedef struct merge_job {
    const info_i_merger *m;
    int64_t *keys;
    uint64_t *out;
} merge_job;

static info_status merge_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const merge_job *job = user;
    const info_i_merger *m = job->m;
    const int32_t stride = m->words + 1;
    for (int64_t k = begin; k < end; k++) {
        const uint64_t *a = m->a->records + m->a_start[k] * stride, *a_end = m->a->records + m->a_start[k + 1] * stride;
        const uint64_t *b = m->b->records + m->b_start[k] * stride, *b_end = m->b->records + m->b_start[k + 1] * stride;
        uint64_t *out = job->out ? job->out + m->out_start[k] * stride : NULL;
        const int64_t keys =
            m->words == 1 ? merge_words(a, a_end, b, b_end, out) : merge_keys(a, a_end, b, b_end, m->words, out);
        if (job->keys)
            job->keys[k] = keys;
    }
    return INFO_OK;
}

info_status info_i_merge_plan(info_ctx *ctx, const info_i_table *a, const info_i_table *b, int32_t words,
                              info_i_merger *m)
{
    const int32_t stride = words + 1;
    const info_i_table *larger = a->size >= b->size ? a : b;
    m->a = a;
    m->b = b;
    m->words = words;
    for (int32_t k = 0; k <= INFO_I_PARTS; k++) {
        const int64_t at = (int64_t)((__int128)larger->size * k / INFO_I_PARTS);
        if (k == INFO_I_PARTS || larger->size == 0) {
            m->a_start[k] = k == 0 ? 0 : a->size;
            m->b_start[k] = k == 0 ? 0 : b->size;
        } else if (larger == a) {
            m->a_start[k] = at;
            m->b_start[k] =
                k == 0 ? 0 : info_i_lower_bound(b->records, b->size, words, stride, a->records + at * stride);
        } else {
            m->b_start[k] = at;
            m->a_start[k] =
                k == 0 ? 0 : info_i_lower_bound(a->records, a->size, words, stride, b->records + at * stride);
        }
    }
    int64_t keys[INFO_I_PARTS];
    merge_job job = {m, keys, NULL};
    const info_status status = info_i_parallel(ctx, INFO_I_PARTS, 1, 0, merge_task, &job);
    if (status != INFO_OK)
        return status;
    m->out_start[0] = 0;
    for (int32_t k = 0; k < INFO_I_PARTS; k++)
        m->out_start[k + 1] = m->out_start[k] + keys[k];
    return INFO_OK;
}

info_status info_i_merge(info_ctx *ctx, const info_i_merger *m, uint64_t *out)
{
    merge_job job = {m, NULL, out};
    return info_i_parallel(ctx, INFO_I_PARTS, 1, 0, merge_task, &job);
}
