/* SPDX-License-Identifier: MIT
 *
 * measure.h: the loops that all measures of rows share. A measure is a function
 * that gives the value of one row (or pair of rows); here it is called for each,
 * by workers where that pays, and here sums over a row's blocks are made.
 */
#ifndef INFO_I_MEASURE_H
#define INFO_I_MEASURE_H

#include "distribution/input.h"
#include "kernels/rows_f64.h"

/* Where a value is computed. */
typedef struct info_i_work {
    info_ctx *ctx;        /* whose workers share the blocks of one long row; NULL if rows are shared instead */
    const info_ctx *call; /* that may be canceled */
    info_i_error *error;
    double *buffers; /* INFO_I_BUFFERS blocks */
} info_i_work;

#define INFO_I_BUFFERS 6
#define INFO_I_BUFFER_BYTES ((size_t)(INFO_I_BUFFERS * INFO_I_BLOCK) * sizeof(double))

/* The value of item number item. INFO_ERROR_DOMAIN and INFO_ERROR_SUM mean that it has none. */
typedef info_status (*info_i_value_fn)(const info_i_work *work, const void *measure, int64_t item, double *value);

/* out[0 .. items-1] = the values of items whose rows have cols elements. Writes out
 * only if there is no error. */
info_status info_i_each(info_ctx *ctx, int64_t items, int64_t cols, info_invalid invalid, info_i_value_fn value,
                        const void *measure, double *out);

/* The columns of a row for whose length workers share it: rows that vector kernels read are not shared. */
static inline int64_t info_i_cols_shared(int64_t cols, bool vectors)
{
    return vectors && cols > INFO_I_BLOCK ? INFO_I_BLOCK : cols;
}

/* The same, all on the calling thread. */
info_status info_i_each_in_turn(info_ctx *ctx, int64_t items, int64_t cols, info_invalid invalid, info_i_value_fn value,
                                const void *measure, double *out);

/* The part of columns col .. col + count - 1. buffers: INFO_I_BUFFERS blocks to convert into. */
typedef info_i_part (*info_i_part_fn)(const void *rows, int64_t col, int64_t count, double *buffers);

/* Adds up the parts of cols columns, block by block, in order. */
info_status info_i_blocks(const info_i_work *work, int64_t cols, info_i_part_fn part, const void *rows,
                          info_i_part *out);

#endif
