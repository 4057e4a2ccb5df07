/* SPDX-License-Identifier: MIT
 *
 * The compressed file. All numbers are little-endian:
 *
 *     "LMCZ", u32 version 1, u64 hash of the checkpoint, u64 of the tokenizer, u64 of the first table, u64 of all
 *     tables, u64 of the text, u64 bytes of the text, u64 tokens, then the code.
 */
#ifndef EXAMPLES_COMPRESS_ARCHIVE_FILE_H
#define EXAMPLES_COMPRESS_ARCHIVE_FILE_H

#include "io/file.h"

#define ARCHIVE_HEADER 64

struct archive_header {
    uint64_t checkpoint, tokenizer; /* hashes of the files */
    uint64_t first_table, tables, text;
    uint64_t bytes, tokens;
};

void archive_header_put(const struct archive_header *header, unsigned char out[ARCHIVE_HEADER]);

/** Refuses what is no such file, naming it. */
bool archive_header_get(struct archive_header *header, const struct file *file, const char *path,
                        struct failure *failure);

/** Writes a file anew. */
bool write_whole_file(const char *path, const void *first, size_t first_size, const void *second, size_t second_size,
                      struct failure *failure);

#endif
