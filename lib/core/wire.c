/* SPDX-License-Identifier: MIT */
#include "core/wire.h"

#include <string.h>

static const unsigned char magic[8] = {'L', 'I', 'B', 'I', 'N', 'F', 'O', 0};

#define HEADER 24
#define LENGTH_AT 16
#define CHECKSUM 8
#define CRC_POLYNOMIAL 0xc96c5795d7870f42u /* ECMA-182, reflected */

uint64_t info_i_crc64(const void *bytes, int64_t count)
{
    uint64_t table[8][256], crc = ~(uint64_t)0;
    const unsigned char *at = bytes;
    for (int i = 0; i < 256; i++) {
        uint64_t value = (uint64_t)i;
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? CRC_POLYNOMIAL : 0);
        table[0][i] = value;
    }
    for (int i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++)
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t next = 0;
        for (int k = 0; k < 8; k++)
            next ^= table[7 - k][(crc >> 8 * k & 255) ^ at[k]];
        crc = next;
    }
    for (; count > 0; count--)
        crc = crc >> 8 ^ table[0][(crc ^ *at++) & 255];
    return ~crc;
}

/* ---- Writing ------------------------------------------------------------ */

void info_i_write_bytes(info_i_writer *w, const void *bytes, int64_t count)
{
    if (w->bytes && count > 0)
        memcpy(w->bytes + w->used, bytes, (size_t)count);
    w->used += count;
}

static void write_little(info_i_writer *w, uint64_t value, int count)
{
    unsigned char bytes[8];
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
    info_i_write_bytes(w, bytes, count);
}

void info_i_write_u32(info_i_writer *w, uint32_t value)
{
    write_little(w, value, 4);
}

void info_i_write_u64(info_i_writer *w, uint64_t value)
{
    write_little(w, value, 8);
}

void info_i_write_i64(info_i_writer *w, int64_t value)
{
    write_little(w, (uint64_t)value, 8);
}

void info_i_write_f64(info_i_writer *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    write_little(w, bits, 8);
}

void info_i_write_short(info_i_writer *w, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        write_little(w, (value & 127) | 128, 1);
    write_little(w, value, 1);
}

void info_i_blob_begin(info_i_writer *w, uint32_t kind)
{
    info_i_write_bytes(w, magic, sizeof magic);
    info_i_write_u32(w, INFO_I_WIRE_VERSION);
    info_i_write_u32(w, kind);
    info_i_write_u64(w, 0);
}

void info_i_blob_end(info_i_writer *w, int64_t begin)
{
    if (w->bytes) {
        info_i_writer length = {w->bytes, begin + LENGTH_AT};
        info_i_write_u64(&length, (uint64_t)(w->used - begin + CHECKSUM));
    }
    info_i_write_u64(w, w->bytes ? info_i_crc64(w->bytes + begin, w->used - begin) : 0);
}

/* ---- Reading ------------------------------------------------------------ */

void info_i_read_bytes(info_i_reader *r, void *out, int64_t count)
{
    if (count < 0 || count > r->left)
        r->failed = true;
    if (r->failed) {
        memset(out, 0, count < 0 ? 0 : (size_t)count);
        return;
    }
    memcpy(out, r->bytes, (size_t)count);
    r->bytes += count;
    r->left -= count;
}

static uint64_t read_little(info_i_reader *r, int count)
{
    unsigned char bytes[8];
    uint64_t value = 0;
    info_i_read_bytes(r, bytes, count);
    for (int i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

uint32_t info_i_read_u32(info_i_reader *r)
{
    return (uint32_t)read_little(r, 4);
}

uint64_t info_i_read_u64(info_i_reader *r)
{
    return read_little(r, 8);
}

int64_t info_i_read_i64(info_i_reader *r)
{
    return (int64_t)read_little(r, 8);
}

double info_i_read_f64(info_i_reader *r)
{
    const uint64_t bits = read_little(r, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint64_t info_i_read_short(info_i_reader *r)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const uint64_t byte = read_little(r, 1);
        value |= (byte & 127) << shift;
        if (byte < 128) {
            /* One form for each number: no zero byte at the end, nothing beyond 64 bits. */
            if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1))
                r->failed = true;
            return value;
        }
    }
    r->failed = true;
    return 0;
}

int64_t info_i_read_count(info_i_reader *r, int64_t size)
{
    const uint64_t count = info_i_read_short(r);
    if (count > (uint64_t)(r->left / size))
        r->failed = true;
    return r->failed ? 0 : (int64_t)count;
}

info_status info_i_blob_size(info_i_error *error, const char *name, const void *bytes, int64_t length, int64_t *size)
{
    info_i_reader r = {bytes, length, false};
    unsigned char found[sizeof magic] = {0};
    const int64_t shown = length < (int64_t)sizeof magic ? length : (int64_t)sizeof magic;
    info_i_read_bytes(&r, found, shown);
    if (memcmp(found, magic, (size_t)shown) != 0)
        return info_i_fail(error, INFO_ERROR_FORMAT, "%s: does not begin as what libinfo saves does", name);
    if (length < HEADER)
        return info_i_fail(error, INFO_ERROR_TRUNCATED, "%s: %lld bytes; a header takes %d", name, (long long)length,
                           HEADER);
    const uint32_t version = info_i_read_u32(&r);
    info_i_read_u32(&r);
    const uint64_t whole = info_i_read_u64(&r);
    if (version > INFO_I_WIRE_VERSION)
        return info_i_fail(error, INFO_ERROR_NEWER, "%s: is of version %u of the format; this library reads 1 to %d",
                           name, (unsigned)version, INFO_I_WIRE_VERSION);
    if (version == 0 || whole < HEADER + CHECKSUM || whole > INT64_MAX)
        return info_i_fail(error, INFO_ERROR_CORRUPT, "%s: its header is damaged", name);
    if (whole > (uint64_t)length)
        return info_i_fail(error, INFO_ERROR_TRUNCATED, "%s: %lld bytes of %llu", name, (long long)length,
                           (unsigned long long)whole);
    *size = (int64_t)whole;
    return INFO_OK;
}

info_status info_i_blob_open(info_i_error *error, const char *name, const void *bytes, int64_t length,
                             info_i_reader *out, uint32_t *kind)
{
    int64_t size = 0;
    const info_status status = info_i_blob_size(error, name, bytes, length, &size);
    if (status != INFO_OK)
        return status;
    if (size < length)
        return info_i_fail(error, INFO_ERROR_CORRUPT, "%s: %lld bytes, %lld of them after its end", name,
                           (long long)length, (long long)(length - size));
    info_i_reader sum = {(const unsigned char *)bytes + size - CHECKSUM, CHECKSUM, false};
    if (info_i_read_u64(&sum) != info_i_crc64(bytes, size - CHECKSUM))
        return info_i_fail(error, INFO_ERROR_CORRUPT, "%s: its checksum is wrong; it was damaged after it was saved",
                           name);
    info_i_reader header = {(const unsigned char *)bytes + 12, 4, false};
    *kind = info_i_read_u32(&header);
    *out = (info_i_reader){(const unsigned char *)bytes + HEADER, size - HEADER - CHECKSUM, false};
    return INFO_OK;
}
