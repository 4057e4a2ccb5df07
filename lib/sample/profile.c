/* SPDX-License-Identifier: MIT
 * Profiles from counts that are known. */
#include "sample/profile.h"

#include <string.h>

info_i_tally *info_i_tally_open(info_ctx *ctx, int64_t symbols, int64_t samples)
{
    const int64_t most = samples / INFO_I_SMALL;
    info_i_tally *tally = info_i_scratch_zero(ctx, 1, sizeof *tally);
    if (!tally)
        return NULL;
    tally->large = info_i_scratch(ctx, symbols < most ? symbols : most, sizeof *tally->large);
    return tally->large ? tally : NULL;
}

/* Sorts the large counts. */
static info_status sort_large(info_ctx *ctx, info_i_tally *tally)
{
    info_i_packing layout = {.width = 1, .field[0].limit = UINT64_MAX};
    info_i_packing_pack(&layout);
    info_i_sorted sorted;
    uint64_t *other = info_i_scratch(ctx, tally->large_count, sizeof *other);
    if (!other)
        return ctx->error.status;
    const info_status status =
        info_i_sort_records(ctx, &layout, false, tally->large, other, tally->large_count, &sorted);
    tally->large = sorted.records;
    return status;
}

info_status info_i_tally_close(info_ctx *ctx, info_i_tally *tally, info_i_profile *out)
{
    if (tally->large_count > 0) {
        const info_status status = sort_large(ctx, tally);
        if (status != INFO_OK)
            return status;
    }
    int64_t size = 0;
    for (int64_t r = 1; r < INFO_I_SMALL; r++)
        size += tally->small[r] > 0;
    for (int64_t i = 0; i < tally->large_count; i++)
        size += i == 0 || tally->large[i] != tally->large[i - 1];
    *out = (info_i_profile){.size = size};
    out->count = info_i_scratch(ctx, size, sizeof *out->count);
    out->symbols = info_i_scratch(ctx, size, sizeof *out->symbols);
    if (!out->count || !out->symbols)
        return ctx->error.status;
    int64_t at = 0;
    for (int64_t r = 1; r < INFO_I_SMALL; r++)
        if (tally->small[r] > 0) {
            out->count[at] = r;
            out->symbols[at++] = tally->small[r];
        }
    for (int64_t i = 0; i < tally->large_count; i++) {
        if (i > 0 && tally->large[i] == tally->large[i - 1]) {
            out->symbols[at - 1]++;
            continue;
        }
        out->count[at] = (int64_t)tally->large[i];
        out->symbols[at++] = 1;
    }
    for (int64_t i = 0; i < size; i++) {
        out->samples += out->count[i] * out->symbols[i];
        out->distinct += out->symbols[i];
    }
    return INFO_OK;
}

int64_t info_i_profile_at(const info_i_profile *profile, int64_t r)
{
    for (int64_t i = 0; i < profile->size && profile->count[i] <= r; i++)
        if (profile->count[i] == r)
            return profile->symbols[i];
    return 0;
}

info_status info_i_profile_of_counts(info_ctx *ctx, const int64_t *counts, int64_t count, info_i_profile *out)
{
    int64_t samples = 0;
    for (int64_t i = 0; i < count; i++) {
        if (counts[i] < 0)
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "counts: element %lld is %lld; counts are 0 or more",
                               (long long)i, (long long)counts[i]);
        if (!info_i_add(samples, counts[i], &samples))
            return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "counts: the sum exceeds 2^63 - 1 at element %lld",
                               (long long)i);
    }
    if (samples == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "counts: all are 0; at least one sample is needed");
    info_i_tally *tally = info_i_tally_open(ctx, count, samples);
    if (!tally)
        return ctx->error.status;
    for (int64_t i = 0; i < count; i++)
        info_i_tally_add(tally, (uint64_t)counts[i]);
    return info_i_tally_close(ctx, tally, out);
}

info_status info_i_profile_of_table(info_ctx *ctx, const info_i_table *table, int32_t words, int64_t samples,
                                    info_i_profile *out)
{
    info_i_tally *tally = info_i_tally_open(ctx, table->size, samples);
    if (!tally)
        return ctx->error.status;
    for (int64_t i = 0; i < table->size; i++)
        info_i_tally_add(tally, table->records[i * (words + 1) + words]);
    return info_i_tally_close(ctx, tally, out);
}
