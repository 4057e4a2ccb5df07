/* SPDX-License-Identifier: MIT */
#include "others.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

static void print_line(const char *name, size_t compressed, size_t size)
{
    printf("%-22s %9zu bytes  %.4f bits per byte\n", name, compressed, 8 * (double)compressed / (double)size);
}

void print_others(const unsigned char *text, size_t size)
{
    const size_t room = size + size / 8 + 65536;
    unsigned char *out = malloc(room);
    if (out == NULL)
        return;
#ifdef HAVE_ZLIB
    uLongf deflated = room;
    if (compress2(out, &deflated, text, size, 9) == Z_OK)
        print_line("zlib -9", deflated, size);
#endif
#ifdef HAVE_LZMA
    size_t xz = 0;
    if (lzma_easy_buffer_encode(9 | LZMA_PRESET_EXTREME, LZMA_CHECK_CRC32, NULL, text, size, out, &xz, room) == LZMA_OK)
        print_line("xz -9e", xz, size);
#endif
#ifdef HAVE_ZSTD
    const size_t zstd = ZSTD_compress(out, room, text, size, ZSTD_maxCLevel());
    if (!ZSTD_isError(zstd))
        print_line("zstd, highest level", zstd, size);
#endif
    free(out);
}
