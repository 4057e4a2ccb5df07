/* SPDX-License-Identifier: MIT
 *
 * Records: the words of a key, then perhaps one of payload. Sorted by radix, equal keys made
 * one with a count, tables of those merged.
 */
#ifndef INFO_I_SAMPLE_RECORDS_H
#define INFO_I_SAMPLE_RECORDS_H

#include "sample/series.h"

/* Buckets of the first digit, by which a sort is shared among threads. */
#define INFO_I_BUCKETS 256

/* Records in order. */
typedef struct info_i_sorted {
    uint64_t *records;
    int32_t words;  /* of a key */
    int32_t stride; /* of a record: words, or one more, which is then how often to count it */
    int64_t count;
    int64_t distinct;                  /* keys */
    int64_t start[INFO_I_BUCKETS + 1]; /* first record of each bucket */
    int64_t distinct_before[INFO_I_BUCKETS + 1];
} info_i_sorted;

/* Sorts count records, which lie in records, with as much other memory. Stable. */
info_status info_i_sort_records(info_ctx *ctx, const info_i_packing *layout, bool payload, uint64_t *records,
                                uint64_t *other, int64_t count, info_i_sorted *out);

/* A table: distinct keys in order, each with its count in the word behind it. */
typedef struct info_i_table {
    uint64_t *records;
    int64_t size;
} info_i_table;

/* Writes out->size = sorted->distinct records. */
info_status info_i_count_sorted(info_ctx *ctx, const info_i_sorted *sorted, uint64_t *out);

/* How many keys the merger of two tables has; where its parts begin is kept for info_i_merge(). */
#define INFO_I_PARTS 64
typedef struct info_i_merger {
    const info_i_table *a, *b;
    int32_t words;
    int64_t a_start[INFO_I_PARTS + 1], b_start[INFO_I_PARTS + 1], out_start[INFO_I_PARTS + 1];
} info_i_merger;
info_status info_i_merge_plan(info_ctx *ctx, const info_i_table *a, const info_i_table *b, int32_t words,
                              info_i_merger *merger);
info_status info_i_merge(info_ctx *ctx, const info_i_merger *merger, uint64_t *out);

/* First record whose key is not below key. */
int64_t info_i_lower_bound(const uint64_t *records, int64_t count, int32_t words, int32_t stride, const uint64_t *key);

static inline bool info_i_same_key(const uint64_t *a, const uint64_t *b, int32_t words)
{
    for (int32_t w = 0; w < words; w++)
        if (a[w] != b[w])
            return false;
    return true;
}

#endif
