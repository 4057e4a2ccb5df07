/* SPDX-License-Identifier: MIT
 * Series of symbols: checked, read in blocks, and packed into keys that sort like tuples. */
#ifndef INFO_I_SAMPLE_SERIES_H
#define INFO_I_SAMPLE_SERIES_H

#include "core/core.h"
#include "info/sample.h"

/* Samples that are read at a time. */
#define INFO_I_SAMPLES 1024

info_status info_i_check_series(info_i_error *error, const char *name, const info_series *series);

/* `width` series of one length; their name in error texts is "series". */
info_status info_i_check_series_list(info_i_error *error, const info_series *series, int32_t width);

/* Samples begin .. begin + count - 1 of a checked series. */
void info_i_series_load(const info_series *series, int64_t begin, int64_t count, int64_t *out);

/* For info_i_check_spans(); and that check where the inputs are a list of series and their alphabets. */
info_i_span info_i_series_span(const char *name, const info_series *series);
info_status info_i_check_series_spans(info_i_error *error, const info_i_span *outputs, const info_series *series,
                                      const int64_t *alphabets, int32_t width);

/* Least and greatest symbol. */
info_status info_i_series_range(info_ctx *ctx, const info_series *series, int64_t *low, int64_t *high);

/* How tuples become keys: symbol j is value - low in `bits` bits of one word. Keys of as many
 * words are ordered like the tuples, word 0 first. */
typedef struct info_i_field {
    int64_t low;
    uint64_t limit; /* largest value - low */
    int32_t word, shift, bits;
    int32_t reserved;
} info_i_field;

typedef struct info_i_packing {
    int32_t width;                     /* symbols */
    int32_t words;                     /* of a key */
    int32_t used[INFO_MAX_SERIES];     /* bits of each word, from the lowest */
    int64_t alphabet[INFO_MAX_SERIES]; /* as stated; 0: not */
    info_i_field field[INFO_MAX_SERIES];
} info_i_packing;

/* Gives the fields, whose low, limit and alphabet are set, their places. */
void info_i_packing_pack(info_i_packing *layout);

/* For the alphabets of info_counts_create(). */
info_status info_i_packing_of_alphabets(info_i_error *error, const int64_t *alphabets, int32_t width,
                                        info_i_packing *layout);

/* The least that holds the symbols of these (checked) series, each inside its stated alphabet. */
info_status info_i_packing_of_series(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                     info_i_packing *layout);

/* The layout of some of the symbols, at most those of this layout's. */
void info_i_packing_project(const info_i_packing *layout, uint64_t symbols, info_i_packing *out);

/* All bits of a key; keys of one word only. */
static inline int32_t info_i_packing_bits(const info_i_packing *layout)
{
    return layout->words == 1 ? layout->used[0] : 64 * layout->words;
}

static inline int64_t info_i_packing_symbol(const info_i_packing *layout, const uint64_t *key, int32_t j)
{
    const info_i_field *f = &layout->field[j];
    const uint64_t mask = f->bits == 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1;
    return (int64_t)((uint64_t)f->low + (key[f->word] >> f->shift & mask));
}

/* Where tuples come from: series of one length, of which the samples of some segments count. */
typedef struct info_i_segment {
    int64_t start;  /* position in the series */
    int64_t before; /* samples of the segments before it */
} info_i_segment;

typedef struct info_i_source {
    const info_i_packing *layout;
    const info_series *series;
    const info_i_segment *segments; /* NULL: all positions */
    int64_t segment_count;
    int64_t samples;
} info_i_source;

/* Keys of samples begin..end-1 of a source, words each; a symbol outside its alphabet is an error. */
info_status info_i_source_keys(const info_i_source *source, int64_t begin, int64_t end, uint64_t *keys,
                               info_i_error *error);

#endif
