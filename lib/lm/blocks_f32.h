/* SPDX-License-Identifier: MIT
 * Rows of f32, f16 or bf16 logits, block by block, as the vector kernels want them. */
#ifndef INFO_I_LM_BLOCKS_F32_H
#define INFO_I_LM_BLOCKS_F32_H

#include "lm/logits.h"

/* Elements that are looked at together: where they lie, or copied; as many in both cases, so that sums have the same
 * bits, and as few as leave a frame with a block of two rows below 16 kB. */
#define INFO_I_F32_BLOCK 1536

/* Columns begin .. end - 1 of a row, or of two. */
typedef struct info_i_f32_blocks {
    const info_matrix *x_rows, *y_rows; /* the second may be NULL */
    int64_t row, end;
    int64_t skipped;     /* column that becomes -inf in both rows; -1 for none */
    float *buffer;       /* a block for each row */
    const info_i_lm *lm; /* as info_i_lm_reads_on() asks; NULL: it does not */
    const void *x, *y;
    info_dtype x_dtype, y_dtype;
    int64_t begin, count; /* of the block at hand; count is 0 before the first */
} info_i_f32_blocks;

/* Goes on to the next block; false after the last. */
bool info_i_next_block(info_i_f32_blocks *b);

#endif
