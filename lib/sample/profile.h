/* SPDX-License-Identifier: MIT
 *
 * Profiles (fingerprints, counts of counts): how many symbols occurred once, twice, and so on.
 * All that estimators of entropy ask of a sample, and integers: whatever way the
 * samples were counted, it is the same.
 */
#ifndef INFO_I_SAMPLE_PROFILE_H
#define INFO_I_SAMPLE_PROFILE_H

#include "sample/records.h"

typedef struct info_i_profile {
    int64_t samples;  /* N */
    int64_t distinct; /* D, symbols that occurred */
    int64_t size;     /* different counts */
    int64_t *count;   /* ascending, from 1 */
    int64_t *symbols; /* how many have that count */
} info_i_profile;

/* How many symbols occurred r times. */
int64_t info_i_profile_at(const info_i_profile *profile, int64_t r);

/* Counts below this are tallied in an array, larger ones are sorted. */
#define INFO_I_SMALL 2048

/* A profile in the making. */
typedef struct info_i_tally {
    int64_t small[INFO_I_SMALL];
    uint64_t *large;
    int64_t large_count;
} info_i_tally;

static inline void info_i_tally_add(info_i_tally *tally, uint64_t count)
{
    if (count < INFO_I_SMALL)
        tally->small[count]++;
    else
        tally->large[tally->large_count++] = count;
}

/* Room for the large counts among `symbols` of them that sum to samples at the most; all in scratch memory. */
info_i_tally *info_i_tally_open(info_ctx *ctx, int64_t symbols, int64_t samples);

/* The profile of a tally, in scratch memory. Zeros do not count. */
info_status info_i_tally_close(info_ctx *ctx, info_i_tally *tally, info_i_profile *out);

/* Of counts; of the counts of a table. */
info_status info_i_profile_of_counts(info_ctx *ctx, const int64_t *counts, int64_t count, info_i_profile *out);
info_status info_i_profile_of_table(info_ctx *ctx, const info_i_table *table, int32_t words, int64_t samples,
                                    info_i_profile *out);

/* Of all samples of a source, by the fastest way: an array of cells where they are few, parts
 * of such an array where they are more, and a sort otherwise. */
info_status info_i_profile_of_source(info_ctx *ctx, const info_i_source *source, info_i_profile *out);

/* Whether an array of all cells is worth its while; and that array, indexed by keys, in scratch memory. */
bool info_i_has_few_cells(const info_i_packing *layout);
info_status info_i_count_cells(info_ctx *ctx, const info_i_source *source, int64_t **out);

/* All keys of a source in order, in scratch memory. */
info_status info_i_sort_source(info_ctx *ctx, const info_i_source *source, info_i_sorted *out);

#endif
