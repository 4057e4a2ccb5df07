/* SPDX-License-Identifier: MIT
 *
 * What every measure of a joint table begins with: the checks of its arguments,
 * and a grid over the cells of which the sum is known to be right.
 */
#ifndef INFO_I_JOINT_INPUT_H
#define INFO_I_JOINT_INPUT_H

#include "joint/grid.h"

typedef struct info_i_joint {
    info_i_cells cells;
    info_joint_options options;
    info_i_input input; /* the options' meaning; its matrix is NULL */
} info_i_joint;

/* A named set of axes of a call. */
typedef struct info_i_axes {
    const char *name;
    uint64_t set;
    bool may_be_empty;
} info_i_axes;

/* Checks the table, the options and the sets: they must name axes of the table and share none. */
info_status info_i_joint_open(info_ctx *ctx, const info_table *table, const info_joint_options *options,
                              const info_i_axes *axes, int32_t count, info_i_joint *joint);

/* An output of length doubles, of which one for each cell of the set (1 for the empty set) will be written. */
info_status info_i_joint_output(info_ctx *ctx, const info_table *table, const info_i_joint *joint, uint64_t set,
                                const double *out, int64_t length);

/* info_i_grid_open() on the caller's cells, which it validates on the way: the cells themselves and their sum.
 * The first grid of a call; afterwards the cells are known to be valid and scaled. */
info_status info_i_joint_grid(info_ctx *ctx, info_i_joint *joint, uint64_t groups, uint64_t rows, uint64_t cols,
                              bool with_cols, info_i_grid *grid);

#endif
