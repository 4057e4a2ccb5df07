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

int others_measure(const unsigned char *text, size_t size, struct other others[3])
{
    const size_t room = size + size / 8 + 65536;
    unsigned char *out = malloc(room);
    int count = 0;
    if (out == NULL)
        return 0;
#ifdef HAVE_ZLIB
    uLongf deflated = room;
    if (compress2(out, &deflated, text, size, 9) == Z_OK)
        others[count++] = (struct other){"zlib -9", deflated};
#endif
#ifdef HAVE_LZMA
    size_t xz = 0;
    if (lzma_easy_buffer_encode(9 | LZMA_PRESET_EXTREME, LZMA_CHECK_CRC32, NULL, text, size, out, &xz, room) == LZMA_OK)
        others[count++] = (struct other){"xz -9e", xz};
#endif
#ifdef HAVE_ZSTD
    const size_t zstd = ZSTD_compress(out, room, text, size, ZSTD_maxCLevel());
    if (!ZSTD_isError(zstd))
        others[count++] = (struct other){"zstd, highest level", zstd};
#endif
    free(out);
    return count;
}

void print_others(const unsigned char *text, size_t size)
{
    struct other others[3];
    const int count = others_measure(text, size, others);
    for (int i = 0; i < count; i++)
        printf("%-22s %9zu bytes  %.4f bits per byte\n", others[i].name, others[i].compressed,
               8 * (double)others[i].compressed / (double)size);
}
