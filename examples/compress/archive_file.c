/* SPDX-License-Identifier: MIT */
#include "archive_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char magic[4] = {'L', 'M', 'C', 'Z'};
#define VERSION 1

static void put(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t get(const unsigned char *in, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | in[i];
    return value;
}

void archive_header_put(const struct archive_header *h, unsigned char out[ARCHIVE_HEADER])
{
    const uint64_t fields[] = {h->checkpoint, h->tokenizer, h->first_table, h->tables, h->text, h->bytes, h->tokens};
    memcpy(out, magic, sizeof magic);
    put(out + 4, VERSION, 4);
    for (int i = 0; i < 7; i++)
        put(out + 8 + 8 * i, fields[i], 8);
}

bool archive_header_get(struct archive_header *h, const struct file *file, const char *path, struct failure *failure)
{
    uint64_t *const fields[] = {&h->checkpoint, &h->tokenizer, &h->first_table, &h->tables,
                                &h->text,       &h->bytes,     &h->tokens};
    if (file->size < ARCHIVE_HEADER || memcmp(file->data, magic, sizeof magic) != 0)
        return fail(failure, "%s: not made by lm_compress", path);
    if (get(file->data + 4, 4) != VERSION)
        return fail(failure, "%s: version %u; this program reads version %d", path, (unsigned)get(file->data + 4, 4),
                    VERSION);
    for (int i = 0; i < 7; i++)
        *fields[i] = get(file->data + 8 + 8 * i, 8);
    /* A token is a byte at the least, and costs 2^-24 bits at the least. */
    if (h->tokens > h->bytes + 1)
        return fail(failure, "%s: damaged: %llu tokens for %llu bytes", path, (unsigned long long)h->tokens,
                    (unsigned long long)h->bytes);
    return true;
}

bool write_whole_file(const char *path, const void *first, size_t first_size, const void *second, size_t second_size,
                      struct failure *failure)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return fail(failure, "%s: %s", path, strerror(errno));
    const bool written =
        fwrite(first, 1, first_size, file) == first_size && fwrite(second, 1, second_size, file) == second_size;
    if (fclose(file) != 0 || !written)
        return fail(failure, "%s: %s", path, strerror(errno));
    return true;
}
