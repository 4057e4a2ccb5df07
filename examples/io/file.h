/* SPDX-License-Identifier: MIT
 *
 * A file's bytes in memory, and a cursor that never runs past their end.
 * All formats read here are little-endian, like the machines this is built for.
 */
#ifndef EXAMPLES_IO_FILE_H
#define EXAMPLES_IO_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct file {
    const unsigned char *data; /* mapped, read-only */
    size_t size;
};

/** Maps a regular, non-empty file. */
bool file_open(struct file *file, const char *path, struct failure *failure);

/** Unmaps it. A zeroed struct is fine. */
void file_close(struct file *file);

/** What of a file has not been read yet. */
struct cursor {
    const unsigned char *at;
    size_t left;
};

/** The next count * size bytes, or NULL if there are not that many. */
const void *cursor_take(struct cursor *cursor, size_t count, size_t size);

/** The next four bytes as an integer or a float. */
bool cursor_int32(struct cursor *cursor, int32_t *value);
bool cursor_float(struct cursor *cursor, float *value);

/** count * size for malloc; false where it does not fit. */
bool size_product(size_t count, size_t size, size_t *bytes);

#endif
