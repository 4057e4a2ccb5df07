/* SPDX-License-Identifier: MIT */
#include "lm/blocks_f32.h"

#include <math.h>

#include "numeric/convert.h"

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
    if (b->begin >= b->end || (b->count > 0 && b->lm && b->lm->call && info_i_canceled(b->lm->call)))
        return false;
    const int64_t left = b->end - b->begin, before = b->skipped - b->begin; /* columns before the one to skip */
    const bool contiguous = b->x_rows->col_stride == 1 && (!b->y_rows || b->y_rows->col_stride == 1);
    b->count = left < INFO_I_F32_BLOCK ? left : INFO_I_F32_BLOCK;
    if (contiguous && (before < 0 || before >= b->count)) {
        look(b->x_rows, b, &b->x, &b->x_dtype);
        if (b->y_rows)
            look(b->y_rows, b, &b->y, &b->y_dtype);
        return true;
    }
    copy(b->x_rows, b, b->buffer, &b->x, &b->x_dtype);
    if (b->y_rows)
        copy(b->y_rows, b, b->buffer + INFO_I_F32_BLOCK, &b->y, &b->y_dtype);
    return true;
}
