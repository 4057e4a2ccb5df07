/* SPDX-License-Identifier: MIT
 *
 * Cells of a joint table as masses: doubles that are proportional to the
 * probabilities, whatever the kind, type and strides of the caller's table.
 * A cell of a marginal table is a pair of doubles, high + low.
 */
#ifndef INFO_I_JOINT_CELLS_H
#define INFO_I_JOINT_CELLS_H

#include "core/core.h"
#include "distribution/input.h"
#include "info/joint.h"

/* Cells loaded at a time. */
#define INFO_I_CELL_BLOCK INFO_I_BLOCK

typedef struct info_i_cells {
    const void *data;
    const double *low; /* second halves, laid out like data; NULL: all zero */
    int32_t ndim;
    info_dtype dtype;
    bool exponential; /* cells are logarithms: the mass is exp(cell - shift) */
    bool checked;     /* cells are known to be valid */
    double shift;
    double extra; /* pseudo-count added to every cell */
    double scale; /* a power of two that keeps the sum far from overflow and underflow */
    int64_t shape[INFO_MAX_AXES];
    int64_t stride[INFO_MAX_AXES];
} info_i_cells;

/* The cells of a checked table. */
void info_i_cells_of(const info_table *table, const info_i_input *input, info_i_cells *cells);

/* For logits: sets shift to the largest cell. INFO_ERROR_DOMAIN without a text for an invalid cell. */
info_status info_i_cells_find_shift(info_ctx *ctx, info_i_cells *cells);

/* Masses of count <= INFO_I_CELL_BLOCK cells, stride elements apart, from the one at offset on: as they lie in memory
 * where that is possible, else in buffer. An invalid cell gives NaN, an infinity or a sign bit. */
const double *info_i_cells_load(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count,
                                double *buffer);

/* Whether all of them are valid. */
bool info_i_cells_valid(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count, double *buffer);

/* Their second halves; NULL if all are zero. */
const double *info_i_cells_load_low(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count,
                                    double *buffer);

/* Names the first invalid cell in row-major order as the context's error. */
info_status info_i_cells_blame(info_ctx *ctx, const info_i_cells *cells);

#endif
