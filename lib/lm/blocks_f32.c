/* SPDX-License-Identifier: MIT */
#include "lm/blocks_f32.h"

#include <math.h>

#include "numeric/convert.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void look(const info_matrix *m, const info_i_f32_blocks *b, const void **elements, info_dtype *dtype)
{
    *elements = info_i_element(m, b->row, b->begin);
    *dtype = m->dtype;
}

static void copy(const info_matrix *m, const info_i_f32_blocks *b, float *buffer, const void **elements,
                 info_dtype *dtype)
{
    info_i_get_row_f32(m, b->row, b->begin, b->count, buffer);
    if (b->skipped >= b->begin && b->skipped < b->begin + b->count)
        buffer[b->skipped - b->begin] = -INFINITY;
    *elements = buffer;
    *dtype = INFO_F32;
}

bool info_i_next_block(info_i_f32_blocks *b)
{
    b->begin += b->count;
    if (b->begin >= b->end)
        return false;
    const int64_t left = b->end - b->begin, before = b->skipped - b->begin; /* columns before the one to skip */
    const bool contiguous = b->x_rows->col_stride == 1 && (!b->y_rows || b->y_rows->col_stride == 1);
    if (contiguous && (before < 0 || before >= INFO_I_F32_PIECE)) {
        const int64_t whole = before < 0 ? INFO_I_F32_BLOCK : before - before % INFO_I_F32_PIECE;
        b->count = smaller(left, smaller(whole, INFO_I_F32_BLOCK));
        look(b->x_rows, b, &b->x, &b->x_dtype);
        if (b->y_rows)
            look(b->y_rows, b, &b->y, &b->y_dtype);
        return true;
    }
    b->count = smaller(left, INFO_I_F32_PIECE);
    copy(b->x_rows, b, b->buffer, &b->x, &b->x_dtype);
    if (b->y_rows)
        copy(b->y_rows, b, b->buffer + INFO_I_F32_PIECE, &b->y, &b->y_dtype);
    return true;
}
