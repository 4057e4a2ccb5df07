/* SPDX-License-Identifier: MIT
 *
 * A range coder of 64 bits. The code so far is an interval [low, low + range) of numbers in [0, 1); a symbol cuts it
 * in proportion to its frequency. When the range falls below 2^56 the top byte of low goes out; a carry may still reach
 * it, so the last byte below 255 and the run of 255 behind it are held back. */
#include "core/core.h"
#include "info/coding.h"

#define LARGEST_BITS 30
#define TOP_SHIFT 56
#define LEAST_RANGE (UINT64_C(1) << TOP_SHIFT)
/* Bytes of low that are not out yet. */
#define WINDOW 8

/* In the caller's struct: range 0 is that of a new coder, held is 1 + the byte, 0 for none, written does not count what
 * is held back, and read is how many of the eight bytes that the next symbol needs are there. */
#define WHOLE_RANGE UINT64_MAX

/* ---- Tables ------------------------------------------------------------- */

static info_status check_table(info_i_error *error, const uint32_t *frequencies, int64_t count, int32_t bits)
{
    info_i_check_pointer(error, "frequencies", frequencies);
    info_i_check_option(error, "bits", bits, 1, LARGEST_BITS);
    info_i_check(error, count >= 1 && count <= INT64_C(1) << bits, INFO_ERROR_SIZE,
                 "count: %lld; 1 to 2^%d are allowed", (long long)count, (int)bits);
    if (error->status != INFO_OK)
        return error->status;
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        if (frequencies[i] == 0)
            return info_i_fail(error, INFO_ERROR_SUM, "frequencies: 0 at %lld; 1 and more are allowed", (long long)i);
        sum += frequencies[i];
    }
    if (sum != UINT64_C(1) << bits)
        return info_i_fail(error, INFO_ERROR_SUM, "frequencies: sum to %llu; 2^%d is %llu", (unsigned long long)sum,
                           (int)bits, (unsigned long long)(UINT64_C(1) << bits));
    return INFO_OK;
}

/* ---- Encoding ----------------------------------------------------------- */

/* Room for all bytes that may become certain, apart from the other outputs and from the frequencies. */
static info_status check_room(info_i_error *error, const info_encoder *e, const uint8_t *out, int64_t out_len,
                              int64_t *written, int64_t *bits, info_i_span frequencies)
{
    info_i_check_pointer(error, "encoder", e);
    info_i_check_pointer(error, "out", out);
    info_i_check_pointer(error, "written", written);
    if (bits)
        info_i_check_pointer(error, "bits", bits);
    info_i_check(error, out_len >= e->run + 1 + WINDOW, INFO_ERROR_OUTPUT, "out: has %lld bytes; %lld may be needed",
                 (long long)out_len, (long long)e->run + 1 + WINDOW);
    info_i_check(error, !e->finished, INFO_ERROR_OPTION, "encoder: the code was ended by info_encoder_finish()");
    const info_i_span outputs[] = {{"encoder", e, sizeof *e},
                                   info_i_array_span("out", out, out_len, sizeof *out),
                                   {"written", written, sizeof *written},
                                   {"bits", bits, sizeof *bits},
                                   {0}};
    return info_i_check_spans(error, outputs, (info_i_span[]){frequencies, {0}});
}

/* The bytes that are held back go out. */
static void release(info_encoder *e, uint8_t *out, int64_t *written)
{
    if (e->held > 0)
        out[(*written)++] = (uint8_t)(e->held - 1);
    for (; e->run > 0; e->run--)
        out[(*written)++] = 255;
}

/* Passes the top byte of low on. */
static void shift_byte(info_encoder *e, uint8_t *out, int64_t *written)
{
    const uint8_t byte = (uint8_t)(e->low >> TOP_SHIFT);
    if (byte == 255) {
        e->run++;
    } else {
        release(e, out, written);
        e->held = 1 + byte;
    }
    e->low <<= 8;
}

/* A carry turns the run into zeros and ends at the byte held, which it reaches once at the most. */
static void carry_on(info_encoder *e, uint8_t *out, int64_t *written)
{
    e->held++;
    if (e->run == 0)
        return;
    out[(*written)++] = (uint8_t)(e->held - 1);
    for (; e->run > 1; e->run--)
        out[(*written)++] = 0;
    e->held = 1;
    e->run = 0;
}

static void add_to_low(info_encoder *e, uint64_t step, uint8_t *out, int64_t *written)
{
    e->low += step;
    if (e->low < step)
        carry_on(e, out, written);
}

static info_status encoder_put(info_ctx *ctx, info_encoder *e, const uint32_t *frequencies, int64_t count, int32_t bits,
                               int64_t symbol, uint8_t *out, int64_t out_len, int64_t *written)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "encoder", e);
    check_table(error, frequencies, count, bits);
    info_i_check(error, symbol >= 0 && symbol < count, INFO_ERROR_TARGET, "symbol: %lld; 0 to %lld are allowed",
                 (long long)symbol, (long long)count - 1);
    check_room(error, e, out, out_len, written, NULL,
               info_i_array_span("frequencies", frequencies, count, sizeof *frequencies));
    if (error->status != INFO_OK)
        return error->status;
    const uint64_t unit = (e->range ? e->range : WHOLE_RANGE) >> bits;
    uint64_t before = 0;
    for (int64_t i = 0; i < symbol; i++)
        before += frequencies[i];
    *written = 0;
    add_to_low(e, unit * before, out, written);
    e->range = unit * frequencies[symbol];
    for (; e->range < LEAST_RANGE; e->range <<= 8)
        shift_byte(e, out, written);
    e->written += *written;
    return INFO_OK;
}

/* The number of the interval with the most zeros at its end: 2^zeros <= range, so that one bit more than -log2 of the
 * interval's width is enough. */
static info_status encoder_finish(info_ctx *ctx, info_encoder *e, uint8_t *out, int64_t out_len, int64_t *written,
                                  int64_t *bits)
{
    info_i_error *error = &ctx->error;
    if (check_room(error, e, out, out_len, written, bits, (info_i_span){0}) != INFO_OK)
        return error->status;
    int zeros = 63;
    uint64_t step;
    do {
        const uint64_t unit = UINT64_C(1) << zeros--;
        step = (unit - e->low % unit) % unit;
    } while (step >= (e->range ? e->range : WHOLE_RANGE));
    *written = 0;
    add_to_low(e, step, out, written);
    const int64_t before = e->written + *written + e->run + (e->held > 0);
    const int64_t tail = e->low ? 64 - __builtin_ctzll(e->low) : 0;
    release(e, out, written);
    for (int64_t i = 0; i < tail; i += 8, e->low <<= 8)
        out[(*written)++] = (uint8_t)(e->low >> TOP_SHIFT);
    e->written += *written;
    e->finished = 1;
    if (bits)
        *bits = 8 * before + tail;
    return INFO_OK;
}

/* ---- Decoding ----------------------------------------------------------- */

/* Reads what is missing; false if more bytes have to come first. */
static bool read_bytes(info_decoder *d, const uint8_t *in, int64_t in_len, bool last, int64_t *consumed)
{
    for (; d->read < WINDOW; d->read++) {
        if (*consumed == in_len && !last)
            return false;
        d->code = d->code << 8 | (*consumed < in_len ? in[(*consumed)++] : 0);
    }
    return true;
}

static info_status decoder_get(info_ctx *ctx, info_decoder *d, const uint32_t *frequencies, int64_t count, int32_t bits,
                               const uint8_t *in, int64_t in_len, int32_t last, int64_t *consumed, int64_t *symbol)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "decoder", d);
    check_table(error, frequencies, count, bits);
    info_i_check(error, in_len >= 0, INFO_ERROR_SIZE, "in_len: %lld; 0 or more is allowed", (long long)in_len);
    if (in_len > 0)
        info_i_check_pointer(error, "in", in);
    info_i_check_option(error, "last", last, 0, 1);
    info_i_check_pointer(error, "consumed", consumed);
    info_i_check_pointer(error, "symbol", symbol);
    info_i_check_spans(error,
                       (info_i_span[]){{"decoder", d, sizeof *d},
                                       {"consumed", consumed, sizeof *consumed},
                                       {"symbol", symbol, sizeof *symbol},
                                       {0}},
                       (info_i_span[]){info_i_array_span("frequencies", frequencies, count, sizeof *frequencies),
                                       info_i_array_span("in", in, in_len, sizeof *in),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    int64_t read = 0;
    if (!read_bytes(d, in, in_len, last != 0, &read)) {
        *consumed = read;
        *symbol = -1;
        return INFO_OK;
    }
    const uint64_t unit = (d->range ? d->range : WHOLE_RANGE) >> bits, place = d->code / unit;
    if (place >= UINT64_C(1) << bits)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "in: the bytes are no code of this table");
    uint64_t before = 0;
    int64_t found = 0;
    for (; before + frequencies[found] <= place; found++)
        before += frequencies[found];
    d->code -= unit * before;
    d->range = unit * frequencies[found];
    for (; d->range < LEAST_RANGE; d->range <<= 8)
        d->read--;
    *consumed = read;
    *symbol = found;
    return INFO_OK;
}

/* ---- Calls ---------------------------------------------------------------- */

info_status info_encoder_put(info_ctx *ctx, info_encoder *encoder, const uint32_t *frequencies, int64_t count,
                             int32_t bits, int64_t symbol, uint8_t *out, int64_t out_len, int64_t *written)
{
    return INFO_I_CALL(ctx, encoder_put(ctx, encoder, frequencies, count, bits, symbol, out, out_len, written));
}

info_status info_encoder_finish(info_ctx *ctx, info_encoder *encoder, uint8_t *out, int64_t out_len, int64_t *written,
                                int64_t *bits)
{
    return INFO_I_CALL(ctx, encoder_finish(ctx, encoder, out, out_len, written, bits));
}

info_status info_decoder_get(info_ctx *ctx, info_decoder *decoder, const uint32_t *frequencies, int64_t count,
                             int32_t bits, const uint8_t *in, int64_t in_len, int32_t last, int64_t *consumed,
                             int64_t *symbol)
{
    return INFO_I_CALL(ctx, decoder_get(ctx, decoder, frequencies, count, bits, in, in_len, last, consumed, symbol));
}
