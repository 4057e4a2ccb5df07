/* SPDX-License-Identifier: MIT
 * Series of symbols: their checks, and the blocks they are read in. */
#include "sample/series.h"

#include <string.h>

/* Lowest and one-past-highest byte; false if they cannot be addressed. */
static bool extent(const info_series *s, int64_t *low, int64_t *high)
{
    const int64_t size = info_i_integer_size(s->type), data = (int64_t)(intptr_t)s->data;
    int64_t steps, bytes, last;
    if (!info_i_multiply(s->length - 1, s->stride, &steps) || !info_i_multiply(steps, size, &bytes) ||
        !info_i_add(data, bytes, &last))
        return false;
    *low = bytes < 0 ? last : data;
    return info_i_add(bytes < 0 ? data : last, size, high);
}

info_status info_i_check_series(info_i_error *error, const char *name, const info_series *s)
{
    if (error->status != INFO_OK)
        return error->status;
    if (!s)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: is NULL", name);
    if (s->reserved != 0)
        return info_i_fail(error, INFO_ERROR_OPTION, "%s: reserved is %d; it must be 0", name, (int)s->reserved);
    const int64_t size = info_i_integer_size(s->type);
    if (size == 0)
        return info_i_fail(error, INFO_ERROR_TYPE, "%s: type %d is unknown; allowed are 0 (int64) to 6 (uint8)", name,
                           (int)s->type);
    if (s->length < 1)
        return info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld samples; at least 1 is needed", name,
                           (long long)s->length);
    if (!s->data)
        return info_i_fail(error, INFO_ERROR_NULL, "%s: data is NULL", name);
    int64_t low, high;
    if (!extent(s, &low, &high))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s: %lld samples with stride %lld cannot be addressed", name,
                           (long long)s->length, (long long)s->stride);
    if ((uintptr_t)s->data % (uintptr_t)size != 0)
        return info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: data is not aligned to its %d-byte elements", name,
                           (int)size);
    return INFO_OK;
}

info_status info_i_check_series_list(info_i_error *error, const info_series *series, int32_t width)
{
    if (error->status != INFO_OK)
        return error->status;
    if (width < 1 || width > INFO_MAX_SERIES)
        return info_i_fail(error, INFO_ERROR_SIZE, "width: %d series; 1 to %d are allowed", (int)width,
                           INFO_MAX_SERIES);
    info_status status = info_i_check_pointer(error, "series", series);
    for (int32_t j = 0; status == INFO_OK && j < width; j++) {
        char name[24] = "series[";
        const int tens = j / 10;
        size_t length = strlen(name);
        if (tens > 0)
            name[length++] = (char)('0' + tens);
        name[length++] = (char)('0' + j % 10);
        name[length] = ']';
        status = info_i_check_series(error, name, &series[j]);
        if (status == INFO_OK && series[j].length != series[0].length)
            status = info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld samples, series[0] has %lld; lengths must agree",
                                 name, (long long)series[j].length, (long long)series[0].length);
    }
    return status;
}

info_i_span info_i_series_span(const char *name, const info_series *s)
{
    int64_t low, high;
    if (!s || !extent(s, &low, &high))
        return (info_i_span){name, NULL, 0};
    return (info_i_span){name, (const char *)s->data + (low - (int64_t)(intptr_t)s->data), high - low};
}

info_status info_i_check_series_spans(info_i_error *error, const info_i_span *outputs, const info_series *series,
                                      const int64_t *alphabets, int32_t width)
{
    info_i_span inputs[INFO_MAX_SERIES + 2] = {info_i_array_span("alphabets", alphabets, width, sizeof *alphabets)};
    for (int32_t j = 0; j < width && error->status == INFO_OK; j++)
        inputs[1 + j] = info_i_series_span("series", &series[j]);
    return info_i_check_spans(error, outputs, inputs);
}

#define LOAD(type)                                                                                                     \
    do {                                                                                                               \
        const type *from = (const type *)s->data + begin * s->stride;                                                  \
        if (s->stride == 1)                                                                                            \
            for (int64_t i = 0; i < count; i++)                                                                        \
                out[i] = (int64_t)from[i];                                                                             \
        else                                                                                                           \
            for (int64_t i = 0; i < count; i++)                                                                        \
                out[i] = (int64_t)from[i * s->stride];                                                                 \
    } while (0)

void info_i_series_load(const info_series *s, int64_t begin, int64_t count, int64_t *restrict out)
{
    switch (s->type) {
    case INFO_INT64:
        LOAD(int64_t);
        break;
    case INFO_INT32:
        LOAD(int32_t);
        break;
    case INFO_INT16:
        LOAD(int16_t);
        break;
    case INFO_INT8:
        LOAD(int8_t);
        break;
    case INFO_UINT32:
        LOAD(uint32_t);
        break;
    case INFO_UINT16:
        LOAD(uint16_t);
        break;
    default:
        LOAD(uint8_t);
        break;
    }
}

/* ---- Range ---- */

#define RANGE_GRAIN (1 << 18)

typedef struct range_job {
    const info_series *series;
    int64_t *low, *high; /* of each chunk */
} range_job;

static info_status range_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const range_job *job = user;
    int64_t block[INFO_I_SAMPLES], low = INT64_MAX, high = INT64_MIN;
    const int64_t chunk = begin / RANGE_GRAIN;
    for (int64_t i = begin; i < end; i += INFO_I_SAMPLES) {
        const int64_t count = end - i < INFO_I_SAMPLES ? end - i : INFO_I_SAMPLES;
        info_i_series_load(job->series, i, count, block);
        for (int64_t k = 0; k < count; k++) {
            low = block[k] < low ? block[k] : low;
            high = block[k] > high ? block[k] : high;
        }
    }
    job->low[chunk] = low;
    job->high[chunk] = high;
    return INFO_OK;
}

info_status info_i_series_range(info_ctx *ctx, const info_series *series, int64_t *low, int64_t *high)
{
    const int64_t chunks = (series->length - 1) / RANGE_GRAIN + 1;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    int64_t *ends = info_i_scratch(ctx, 2 * chunks, sizeof *ends);
    if (!ends)
        return ctx->error.status;
    range_job job = {series, ends, ends + chunks};
    const info_status status = info_i_parallel(ctx, series->length, RANGE_GRAIN, 0, range_task, &job);
    if (status == INFO_OK) {
        *low = ends[0];
        *high = ends[chunks];
        for (int64_t i = 1; i < chunks; i++) {
            *low = ends[i] < *low ? ends[i] : *low;
            *high = ends[chunks + i] > *high ? ends[chunks + i] : *high;
        }
    }
    info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_series_init(info_series *view, const void *data, int64_t length, info_integer type)
{
    info_i_error error = {0};
    const info_series made = {data, length, 1, type, 0};
    info_i_check_pointer(&error, "view", view);
    info_i_check_series(&error, "data", &made);
    info_i_check_spans(&error, (info_i_span[]){{"view", view, sizeof *view}, {0}},
                       (info_i_span[]){info_i_series_span("data", &made), {0}});
    if (error.status == INFO_OK)
        *view = made;
    return error.status;
}
