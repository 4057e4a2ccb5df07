/* SPDX-License-Identifier: MIT
 * The state behind info_counts: a table, and keys that wait to be sorted into it. */
#ifndef INFO_I_SAMPLE_COUNTS_H
#define INFO_I_SAMPLE_COUNTS_H

#include "sample/records.h"

struct info_counts {
    info_alloc_fn alloc;
    info_free_fn free;
    void *alloc_user;
    info_i_packing layout;
    int64_t total; /* samples, those that wait included */
    info_i_table table;
    uint64_t *waiting; /* keys */
    int64_t waiting_count, waiting_room;
    int64_t open_count; /* last symbols of the open document, at most width - 1 */
    int64_t open[INFO_MAX_SERIES];
};

/* An empty table of this layout, with the context's allocator. */
info_status info_i_counts_make(info_ctx *ctx, const info_i_packing *layout, info_counts **out);

/* Counts the samples of up to two sources; times (of the first source) may be NULL. All or nothing. */
info_status info_i_counts_add(info_ctx *ctx, info_counts *counts, const info_i_source *sources, int32_t source_count,
                              const int64_t *times);

/* Adds a table of the same layout, whose counts sum to total. All or nothing. */
info_status info_i_counts_add_table(info_ctx *ctx, info_counts *counts, const info_i_table *table, int64_t total);

/* An optional output of count tuples of width symbols. */
info_status info_i_check_tuples(info_i_error *error, const int64_t *tuples, int64_t tuples_len, int64_t count,
                                int32_t width);

/* Sorts what waits. */
info_status info_i_counts_settle(info_ctx *ctx, info_counts *counts);

/* The table of some symbols (settled), in scratch memory. */
info_status info_i_project(info_ctx *ctx, const info_i_packing *layout, const info_i_table *table, uint64_t symbols,
                           info_i_packing *out_layout, info_i_table *out);

#endif
