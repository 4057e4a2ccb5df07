/* SPDX-License-Identifier: MIT
 * Tuples packed into keys. */
#include <string.h>

#include "sample/series.h"

static int32_t bits_of(uint64_t limit)
{
    return limit == 0 ? 0 : 64 - __builtin_clzll(limit);
}

/* A field lies in one word, the first symbols in the highest bits of the first. */
void info_i_packing_pack(info_i_packing *layout)
{
    int32_t word = 0, in_word = 0;
    memset(layout->used, 0, sizeof layout->used);
    for (int32_t j = 0; j < layout->width; j++) {
        info_i_field *f = &layout->field[j];
        f->bits = bits_of(f->limit);
        if (in_word + f->bits > 64) {
            word++;
            in_word = 0;
        }
        f->word = word;
        in_word += f->bits;
        layout->used[word] = in_word;
    }
    layout->words = word + 1;
    int32_t left[INFO_MAX_SERIES];
    memcpy(left, layout->used, sizeof left);
    for (int32_t j = 0; j < layout->width; j++) {
        info_i_field *f = &layout->field[j];
        left[f->word] -= f->bits;
        f->shift = f->bits == 0 ? 0 : left[f->word];
    }
}

static info_status check_alphabets(info_i_error *error, const int64_t *alphabets, int32_t width)
{
    for (int32_t j = 0; alphabets && j < width; j++)
        if (alphabets[j] < 0)
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "alphabets: element %d is %lld; 0 (any symbols) or a number of symbols is allowed",
                               (int)j, (long long)alphabets[j]);
    return INFO_OK;
}

info_status info_i_packing_of_alphabets(info_i_error *error, const int64_t *alphabets, int32_t width,
                                        info_i_packing *layout)
{
    if (error->status != INFO_OK)
        return error->status;
    if (width < 1 || width > INFO_MAX_SERIES)
        return info_i_fail(error, INFO_ERROR_SIZE, "width: %d symbols; 1 to %d are allowed", (int)width,
                           INFO_MAX_SERIES);
    const info_status status = check_alphabets(error, alphabets, width);
    if (status != INFO_OK)
        return status;
    memset(layout, 0, sizeof *layout);
    layout->width = width;
    for (int32_t j = 0; j < width; j++) {
        const int64_t k = layout->alphabet[j] = alphabets ? alphabets[j] : 0;
        layout->field[j].low = k ? 0 : INT64_MIN;
        layout->field[j].limit = k ? (uint64_t)k - 1 : UINT64_MAX;
    }
    info_i_packing_pack(layout);
    return INFO_OK;
}

info_status info_i_packing_of_series(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                     info_i_packing *layout)
{
    info_status status = info_i_packing_of_alphabets(&ctx->error, alphabets, width, layout);
    for (int32_t j = 0; status == INFO_OK && j < width; j++) {
        if (layout->alphabet[j])
            continue;
        int64_t low, high;
        status = info_i_series_range(ctx, &series[j], &low, &high);
        if (status == INFO_OK) {
            layout->field[j].low = low;
            layout->field[j].limit = (uint64_t)high - (uint64_t)low;
        }
    }
    if (status == INFO_OK)
        info_i_packing_pack(layout);
    return status;
}

void info_i_packing_project(const info_i_packing *layout, uint64_t symbols, info_i_packing *out)
{
    info_i_packing made = {0};
    for (int32_t j = 0; j < layout->width; j++)
        if (symbols >> j & 1) {
            made.field[made.width] = layout->field[j];
            made.alphabet[made.width] = layout->alphabet[j];
            made.width++;
        }
    info_i_packing_pack(&made);
    *out = made;
}

/* Names the first symbol that is outside its alphabet. */
static info_status blame(const info_i_source *source, int32_t j, int64_t position, int64_t count, info_i_error *error)
{
    const info_i_field f = source->layout->field[j];
    int64_t block[INFO_I_SAMPLES], i = 0;
    info_i_series_load(&source->series[j], position, count, block);
    while (i < count && (uint64_t)block[i] - (uint64_t)f.low <= f.limit)
        i++;
    if (i == count)
        return INFO_OK;
    return info_i_fail(error, INFO_ERROR_TARGET,
                       "series[%d]: sample %lld is %lld; symbols of its alphabet are 0 to %lld", (int)j,
                       (long long)(position + i), (long long)block[i], (long long)f.limit);
}

/* Symbols of one series into one field of keys of one word. A value v is inside where neither v nor limit - v has its highest
 * bit set: without comparisons, which vectors of 64 bits may lack. Larger limits are looked at one by one. */
#define PACK(type)                                                                                                     \
    do {                                                                                                               \
        const type *from = (const type *)s->data + position * s->stride;                                               \
        if (s->stride == 1 && first)                                                                                   \
            for (int64_t i = 0; i < count; i++)                                                                        \
                PACK_ONE(from[i], 0);                                                                                  \
        else if (s->stride == 1)                                                                                       \
            for (int64_t i = 0; i < count; i++)                                                                        \
                PACK_ONE(from[i], keys[i]);                                                                            \
        else                                                                                                           \
            for (int64_t i = 0; i < count; i++)                                                                        \
                PACK_ONE(from[i * s->stride], first ? 0 : keys[i]);                                                    \
    } while (0)
#define PACK_ONE(symbol, before)                                                                                       \
    do {                                                                                                               \
        const uint64_t v = (uint64_t)(int64_t)(symbol)-low;                                                            \
        outside |= v | (f.limit - v);                                                                                  \
        keys[i] = (before) | v << f.shift;                                                                             \
    } while (0)

/* Whether all symbols are surely inside. */
static bool pack_field(const info_series *s, info_i_field f, bool first, int64_t position, int64_t count,
                       uint64_t *restrict keys)
{
    const uint64_t low = (uint64_t)f.low;
    uint64_t outside = 0;
    switch (s->type) {
    case INFO_INT64:
        PACK(int64_t);
        break;
    case INFO_INT32:
        PACK(int32_t);
        break;
    case INFO_INT16:
        PACK(int16_t);
        break;
    case INFO_INT8:
        PACK(int8_t);
        break;
    case INFO_UINT32:
        PACK(uint32_t);
        break;
    case INFO_UINT16:
        PACK(uint16_t);
        break;
    default:
        PACK(uint8_t);
        break;
    }
    return outside >> 63 == 0;
}

/* The same for keys of several words. */
static void pack_wide(const info_i_source *source, int32_t j, int64_t position, int64_t count, uint64_t *keys)
{
    const info_i_field f = source->layout->field[j];
    int64_t block[INFO_I_SAMPLES];
    info_i_series_load(&source->series[j], position, count, block);
    for (int64_t i = 0; i < count; i++)
        keys[i * source->layout->words + f.word] |= ((uint64_t)block[i] - (uint64_t)f.low) << f.shift;
}

static info_status pack_block(const info_i_source *source, int64_t position, int64_t count, uint64_t *keys,
                              info_i_error *error)
{
    const int32_t words = source->layout->words;
    info_status status = INFO_OK;
    if (words > 1)
        memset(keys, 0, (size_t)(count * words) * sizeof *keys);
    for (int32_t j = 0; status == INFO_OK && j < source->layout->width; j++) {
        bool inside = false;
        if (words > 1)
            pack_wide(source, j, position, count, keys);
        else
            inside = pack_field(&source->series[j], source->layout->field[j], j == 0, position, count, keys);
        if (!inside)
            status = blame(source, j, position, count, error);
    }
    return status;
}

/* The segment that sample i is of. */
static int64_t segment_of(const info_i_source *source, int64_t i)
{
    int64_t low = 0, high = source->segment_count;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (source->segments[middle].before <= i)
            low = middle;
        else
            high = middle;
    }
    return low;
}

info_status info_i_source_keys(const info_i_source *source, int64_t begin, int64_t end, uint64_t *keys,
                               info_i_error *error)
{
    const int32_t words = source->layout->words;
    int64_t segment = source->segments ? segment_of(source, begin) : 0;
    for (int64_t i = begin; i < end;) {
        int64_t position = i, stop = end;
        if (source->segments) {
            const info_i_segment *s = &source->segments[segment];
            const int64_t next = segment + 1 < source->segment_count ? s[1].before : source->samples;
            position = s->start + (i - s->before);
            if (next <= stop) {
                stop = next;
                segment++;
            }
        }
        for (; i < stop;) {
            const int64_t count = stop - i < INFO_I_SAMPLES ? stop - i : INFO_I_SAMPLES;
            const info_status status = pack_block(source, position, count, keys + (i - begin) * words, error);
            if (status != INFO_OK)
                return status;
            position += count;
            i += count;
        }
    }
    return INFO_OK;
}
