/* SPDX-License-Identifier: MIT
 * What the tests of samples share: views, random symbols, and counting the slow way. */
#ifndef TESTS_SAMPLE_SAMPLES_H
#define TESTS_SAMPLE_SAMPLES_H

#include <stdio.h>

#include "../support.h"
#include "info/info.h"

static inline info_series series_of(const int64_t *data, int64_t length)
{
    return (info_series){data, length, 1, INFO_INT64, 0};
}

static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline double next_uniform(uint64_t *state)
{
    return (double)(next_random(state) >> 11) * 0x1p-53;
}

static inline info_ctx *make_ctx(int32_t threads)
{
    const info_ctx_options options = {.struct_size = sizeof options, .threads = threads};
    info_ctx *ctx = NULL;
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    return ctx;
}

/* The call fails with this status and a text that begins so. */
#define assert_fails(ctx, call, expected, begins)                                                                      \
    do {                                                                                                               \
        ck_assert_int_eq(call, expected);                                                                              \
        if (strncmp(info_ctx_message(ctx), begins, strlen(begins)) != 0)                                               \
            ck_abort_msg("\"%s\" does not begin with \"%s\"", info_ctx_message(ctx), begins);                          \
    } while (0)

/* A whole file; free() it. NULL if it is not there. */
static inline unsigned char *read_file(const char *path, int64_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *length = ftell(file);
    rewind(file);
    unsigned char *bytes = malloc((size_t)*length + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq((int64_t)fread(bytes, 1, (size_t)*length, file), *length);
    fclose(file);
    return bytes;
}

#endif
