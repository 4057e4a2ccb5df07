/* SPDX-License-Identifier: MIT
 * Documents of a sequence. */
#include "sample/documents.h"

info_status info_i_check_starts(info_i_error *error, const int64_t *starts, int64_t count, const info_series *tokens)
{
    if (error->status != INFO_OK)
        return error->status;
    const int64_t length = tokens->length;
    if (count < 0 || (!starts && count > 0))
        return info_i_fail(error, starts ? INFO_ERROR_SIZE : INFO_ERROR_NULL, "starts: %lld of them%s",
                           (long long)count, starts ? "" : ", and NULL");
    for (int64_t i = 0; i < count; i++)
        if (starts[i] < 0 || starts[i] >= length || (i > 0 && starts[i] <= starts[i - 1]))
            return info_i_fail(error, INFO_ERROR_TARGET,
                               "starts: element %lld is %lld; ascending positions from 0 to %lld are allowed",
                               (long long)i, (long long)starts[i], (long long)length - 1);
    return INFO_OK;
}

info_status info_i_windows(info_ctx *ctx, const int64_t *starts, int64_t count, int64_t length, int64_t n,
                           info_i_source *source)
{
    info_i_segment *segments = info_i_scratch(ctx, count + 1, sizeof *segments);
    if (!segments)
        return ctx->error.status;
    source->segments = segments;
    for (int64_t i = 0; i <= count; i++) {
        const int64_t start = i > 0 ? starts[i - 1] : 0, end = i < count ? starts[i] : length;
        if (end - start < n)
            continue;
        segments[source->segment_count++] = (info_i_segment){start, source->samples};
        source->samples += end - start - n + 1;
    }
    return INFO_OK;
}

info_series info_i_series_part(const info_series *series, int64_t skip, int64_t drop)
{
    static const int8_t sizes[] = {8, 4, 2, 1, 4, 2, 1};
    info_series part = *series;
    part.data = (const char *)series->data + skip * series->stride * sizes[series->type];
    part.length = series->length - skip - drop;
    return part;
}
