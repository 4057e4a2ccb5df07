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

/* Checks the table and the options. */
info_status info_i_joint_open(info_ctx *ctx, const info_table *table, const info_joint_options *options,
                              info_i_joint *joint);

/* A named set of axes of a call. */
typedef struct info_i_axes {
    const char *name;
    uint64_t set;
    bool may_be_empty;
} info_i_axes;

/* Sets must name axes of the table and share none. */
info_status info_i_check_axes(info_ctx *ctx, const info_i_joint *joint, const info_i_axes *axes, int32_t count);

/* A single number as output, outside of the table. */
info_status info_i_check_value(info_ctx *ctx, const info_table *table, const double *out);

/* info_i_grid_open() on the caller's cells, which it validates on the way: the cells themselves and their sum.
 * The first grid of a call; afterwards the cells are known to be valid and scaled. */
info_status info_i_joint_grid(info_ctx *ctx, info_i_joint *joint, uint64_t groups, uint64_t rows, uint64_t cols,
                              bool with_cols, info_i_grid *grid);

#endif
