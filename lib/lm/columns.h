/* SPDX-License-Identifier: MIT
 * Structs of optional output arrays. The work goes to scratch memory and is copied out
 * at the end, so that a call that fails or is canceled leaves the caller's arrays alone. */
#ifndef INFO_I_LM_COLUMNS_H
#define INFO_I_LM_COLUMNS_H

#include "core/core.h"

/* One array of the struct: a pointer at offset to elements of size bytes. */
typedef struct info_i_column {
    const char *name;
    size_t offset;
    size_t size;
} info_i_column;

/* Checks the arrays that are given (length elements each, rows needed, apart from the inputs, which end with a span
 * without name, and from one another) and replaces each in the struct by scratch memory of rows elements. */
info_status info_i_columns_stage(info_ctx *ctx, const char *argument, const info_i_column *columns, int count,
                                 int64_t length, int64_t rows, const info_i_span *inputs, void *outputs);

/* Copies from the staged struct's arrays to the given one's. */
void info_i_columns_commit(const info_i_column *columns, int count, int64_t rows, const void *staged,
                           const void *given);

#endif
