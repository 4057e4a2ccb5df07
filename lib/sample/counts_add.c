/* SPDX-License-Identifier: MIT
 * Making, filling and merging tables of counts. */
#include <string.h>

#include "sample/counts.h"
#include "sample/documents.h"

static info_status create(info_ctx *ctx, const int64_t *alphabets, int32_t width, info_counts **out)
{
    info_i_error *error = &ctx->error;
    info_i_packing layout;
    info_i_check_pointer(error, "out", out);
    info_i_packing_of_alphabets(error, alphabets, width, &layout);
    if (error->status != INFO_OK)
        return error->status;
    return info_i_counts_make(ctx, &layout, out);
}

info_status info_counts_create(info_ctx *ctx, const int64_t *alphabets, int32_t width, info_counts **out)
{
    return INFO_I_CALL(ctx, create(ctx, alphabets, width, out));
}

static info_status add(info_ctx *ctx, info_counts *counts, const info_series *series, int32_t width,
                       const int64_t *times, int64_t times_len)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "counts", counts);
    info_i_check_series_list(error, series, width);
    info_i_check(error, width == counts->layout.width, INFO_ERROR_SIZE, "width: %d series for a table of %d symbols",
                 (int)width, (int)counts->layout.width);
    info_i_check(error, times || times_len <= 0, INFO_ERROR_NULL, "times: is NULL, with a length of %lld",
                 (long long)times_len);
    if (times)
        info_i_check_pointer(error, "times", times);
    info_i_check(error, times_len == (times ? series[0].length : 0), INFO_ERROR_SIZE,
                 "times: %lld counts for %lld samples", (long long)times_len, (long long)series[0].length);
    if (error->status != INFO_OK)
        return error->status;
    const info_i_source source = {&counts->layout, series, NULL, 0, series[0].length};
    return info_i_counts_add(ctx, counts, &source, 1, times);
}

info_status info_counts_add(info_ctx *ctx, info_counts *counts, const info_series *series, int32_t width,
                            const int64_t *times, int64_t times_len)
{
    return INFO_I_CALL(ctx, add(ctx, counts, series, width, times, times_len));
}

/* ---- n-grams ---- */

/* Windows of n symbols: series j is shifted by j. */
static void shifted(const info_series *tokens, int32_t n, info_series *series)
{
    for (int32_t j = 0; j < n; j++)
        series[j] = info_i_series_part(tokens, j < tokens->length ? j : 0, 0);
}

static info_status add_ngrams(info_ctx *ctx, info_counts *counts, const info_series *tokens, const int64_t *starts,
                              int64_t count)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "counts", counts);
    info_i_check_series(error, "tokens", tokens);
    info_i_check_starts(error, starts, count, tokens);
    if (error->status != INFO_OK)
        return error->status;
    const int32_t n = counts->layout.width;
    info_series inside[INFO_MAX_SERIES], across[INFO_MAX_SERIES];
    info_i_source sources[2] = {{&counts->layout, across, NULL, 0, 0}, {&counts->layout, inside, NULL, 0, 0}};
    shifted(tokens, n, inside);
    info_status status = info_i_windows(ctx, starts, count, tokens->length, n, &sources[1]);
    if (status != INFO_OK)
        return status;

    /* n-grams across the cut: the open document's last symbols and the first of these. */
    int64_t joined[2 * INFO_MAX_SERIES];
    const int64_t first = count > 0 ? starts[0] : tokens->length, open = counts->open_count;
    const int64_t head = first < n - 1 ? first : n - 1;
    memcpy(joined, counts->open, sizeof counts->open);
    info_i_series_load(tokens, 0, head, joined + open);
    const info_series both = {joined, open + head, 1, INFO_INT64, 0};
    if (open + head >= n) {
        shifted(&both, n, across);
        sources[0].samples = open + head - n + 1;
    }
    status = info_i_counts_add(ctx, counts, sources, 2, NULL);
    if (status != INFO_OK)
        return status;

    /* What the next call may continue. */
    const int64_t last = count > 0 ? starts[count - 1] : 0, length = tokens->length - last;
    const int64_t kept = length < n - 1 ? length : n - 1;
    const int64_t older = count > 0 ? 0 : (open < n - 1 - kept ? open : n - 1 - kept);
    memmove(counts->open, counts->open + open - older, (size_t)older * sizeof *counts->open);
    info_i_series_load(tokens, tokens->length - kept, kept, counts->open + older);
    counts->open_count = older + kept;
    return INFO_OK;
}

info_status info_counts_add_ngrams(info_ctx *ctx, info_counts *counts, const info_series *tokens, const int64_t *starts,
                                   int64_t starts_len)
{
    return INFO_I_CALL(ctx, add_ngrams(ctx, counts, tokens, starts, starts_len));
}

/* ---- Merging ---- */

static info_status merge(info_ctx *ctx, info_counts *into, info_counts *from)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "into", into);
    info_i_check_pointer(error, "from", from);
    if (error->status != INFO_OK)
        return error->status;
    if (into == from)
        return info_i_fail(error, INFO_ERROR_OVERLAP, "from: is the same table as into");
    if (into->layout.width != from->layout.width)
        return info_i_fail(error, INFO_ERROR_SIZE, "from: has tuples of %d symbols, into of %d",
                           (int)from->layout.width, (int)into->layout.width);
    for (int32_t j = 0; j < into->layout.width; j++)
        if (into->layout.alphabet[j] != from->layout.alphabet[j])
            return info_i_fail(error, INFO_ERROR_SIZE, "from: symbol %d has an alphabet of %lld, into's of %lld",
                               (int)j, (long long)from->layout.alphabet[j], (long long)into->layout.alphabet[j]);
    info_status status = info_i_counts_settle(ctx, from);
    if (status == INFO_OK)
        status = info_i_counts_settle(ctx, into);
    return status == INFO_OK ? info_i_counts_add_table(ctx, into, &from->table, from->total) : status;
}

info_status info_counts_merge(info_ctx *ctx, info_counts *into, info_counts *from)
{
    return INFO_I_CALL(ctx, merge(ctx, into, from));
}
