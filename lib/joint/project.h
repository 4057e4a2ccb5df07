/* SPDX-License-Identifier: MIT
 * Marginal tables: the sums of a table over the axes that are in no set. */
#ifndef INFO_I_JOINT_PROJECT_H
#define INFO_I_JOINT_PROJECT_H

#include "joint/cells.h"

/* Product of the lengths of the axes in a set. */
int64_t info_i_cells_count(const info_i_cells *cells, uint64_t set);

/* If the axes in the set are one walk of even steps through memory: its stride (0 for a single cell). */
bool info_i_cells_walk(const info_i_cells *cells, uint64_t set, int64_t *stride);

/* Whether b rather than a runs along the columns. Depends on the shape only, not on strides nor on which set is called
 * a: neither the layout of a table nor the order of the arguments changes a bit of a result. */
bool info_i_cells_second_is_inner(const info_i_cells *cells, uint64_t a, uint64_t b);

/* The marginal table of the axes in `sets`, dense, the axes of the first set outermost. Its axes are the sets. */
info_status info_i_cells_project(info_ctx *ctx, const info_i_cells *cells, const uint64_t *sets, int32_t count,
                                 info_i_cells *marginal);

#endif
