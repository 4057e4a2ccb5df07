/* SPDX-License-Identifier: MIT
 *
 * wire.h: bytes that outlive a process. Everything is little-endian whatever the machine.
 *
 * A blob is
 *
 *     0   "LIBINFO\0"
 *     8   u32 version of the format
 *     12  u32 kind of what is inside
 *     16  u64 bytes of the whole blob
 *     24  the contents
 *     ..  u64 CRC-64 (ECMA-182, reflected) of all bytes before
 */
#ifndef INFO_I_WIRE_H
#define INFO_I_WIRE_H

#include "core/core.h"

#define INFO_I_WIRE_VERSION 1

/* Kinds: numbers are pinned for ever. 1 to 63 are those of info/evaluation.h. */
#define INFO_I_KIND_COUNTS 64

/* ---- Writing ------------------------------------------------------------ */

/* Writes to bytes, or, where bytes is NULL, only counts how many there would be. */
typedef struct info_i_writer {
    unsigned char *bytes;
    int64_t used;
} info_i_writer;

void info_i_write_bytes(info_i_writer *w, const void *bytes, int64_t count);
void info_i_write_u32(info_i_writer *w, uint32_t value);
void info_i_write_u64(info_i_writer *w, uint64_t value);
void info_i_write_i64(info_i_writer *w, int64_t value);
void info_i_write_f64(info_i_writer *w, double value);

/* Seven bits a byte, the lowest first: 1 byte for small numbers. */
void info_i_write_short(info_i_writer *w, uint64_t value);

/* The header; and, given where the blob began, its length and the checksum. */
void info_i_blob_begin(info_i_writer *w, uint32_t kind);
void info_i_blob_end(info_i_writer *w, int64_t begin);

/* ---- Reading ------------------------------------------------------------ */

/* What has not been read. Past the end every read gives 0 and sets failed, which stays. */
typedef struct info_i_reader {
    const unsigned char *bytes;
    int64_t left;
    bool failed;
} info_i_reader;

void info_i_read_bytes(info_i_reader *r, void *out, int64_t count);
uint32_t info_i_read_u32(info_i_reader *r);
uint64_t info_i_read_u64(info_i_reader *r);
int64_t info_i_read_i64(info_i_reader *r);
double info_i_read_f64(info_i_reader *r);
uint64_t info_i_read_short(info_i_reader *r);

/* A number of things that take at least size bytes each: 0 and failed if so many cannot follow. */
int64_t info_i_read_count(info_i_reader *r, int64_t size);

/* Opens a blob of length bytes, which it must fill: INFO_ERROR_FORMAT (not ours), _NEWER, _TRUNCATED, _CORRUPT. out
 * then has the contents. */
info_status info_i_blob_open(info_i_error *error, const char *name, const void *bytes, int64_t length,
                             info_i_reader *out, uint32_t *kind);

/* Bytes of the blob that begins here, told from its header alone. */
info_status info_i_blob_size(info_i_error *error, const char *name, const void *bytes, int64_t length, int64_t *size);

uint64_t info_i_crc64(const void *bytes, int64_t count);

#endif
