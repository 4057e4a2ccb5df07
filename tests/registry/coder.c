/* SPDX-License-Identifier: MIT
 * Drivers of the coder of coding.h. */
#include "registry.h"

#define COUNT 3
#define BITS 4
#define ROOM 16
static const uint32_t table[COUNT] = {9, 5, 2};

static info_status drive_code_table(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *x = reg_matrix(c, "rows", REG_PROBABILITIES, rows, cols);
    const info_code_options wanted = {.bits = 20};
    reg_keep_field(c, offsetof(info_code_options, bits), sizeof wanted.bits);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    uint32_t *frequencies = reg_output_bytes(c, "frequencies", rows * cols * (int64_t)sizeof *frequencies);
    const reg_doubles excess = reg_optional_output(c, "excess", rows);
    const info_status status =
        info_code_table(reg_ctx(c), x, options, frequencies, rows * cols, excess.data, NULL, excess.length);
    if (status == INFO_OK && excess.data)
        reg_expect(c, excess.data[0] >= 0, "0 <= excess");
    return status;
}

static info_status drive_encoder_put(reg_case *c)
{
    const uint32_t *frequencies = reg_bytes(c, "frequencies", table, sizeof table);
    const int64_t count = reg_length(c, "count", COUNT);
    const int32_t bits = reg_choice(c, "bits", BITS);
    uint8_t *out = reg_output_uint8(c, "out", ROOM);
    int64_t *written = reg_output_bytes(c, "written", sizeof *written);
    info_encoder e = {0};
    return info_encoder_put(reg_ctx(c), &e, frequencies, count, bits, 1, out, ROOM, written);
}

static info_status drive_encoder_finish(reg_case *c)
{
    uint8_t *out = reg_output_uint8(c, "out", ROOM);
    int64_t *written = reg_output_bytes(c, "written", sizeof *written);
    info_encoder e = {0};
    return info_encoder_finish(reg_ctx(c), &e, out, ROOM, written, NULL);
}

static info_status drive_decoder_get(reg_case *c)
{
    static const uint8_t code[ROOM] = {0x90, 0x12, 0x34};
    const uint32_t *frequencies = reg_bytes(c, "frequencies", table, sizeof table);
    const int64_t count = reg_length(c, "count", COUNT);
    const int32_t bits = reg_choice(c, "bits", BITS);
    const uint8_t *in = reg_bytes(c, "in", code, sizeof code);
    int64_t *consumed = reg_output_bytes(c, "consumed", sizeof *consumed);
    int64_t *symbol = reg_output_bytes(c, "symbol", sizeof *symbol);
    info_decoder d = {0};
    const info_status status =
        info_decoder_get(reg_ctx(c), &d, frequencies, count, bits, in, ROOM, 1, consumed, symbol);
    if (status == INFO_OK)
        reg_expect(c, *symbol == 1, "9/16 <= code < 14/16 is the second symbol");
    return status;
}

const reg_function reg_coder[] = {
    {"info_code_table", drive_code_table, 0, 0},
    {"info_decoder_get", drive_decoder_get, 0, 0},
    {"info_encoder_finish", drive_encoder_finish, 0, 0},
    {"info_encoder_put", drive_encoder_put, 0, 0},
    {0},
};
