/* SPDX-License-Identifier: MIT
 *
 * A joint table seen as groups of rows and columns: p(g, r, c). Three sets of
 * axes become the three directions; all other axes are summed over. Every
 * measure of two sets of variables, given a third, is a sum over such a grid.
 */
#ifndef INFO_I_JOINT_GRID_H
#define INFO_I_JOINT_GRID_H

#include "joint/cells.h"
#include "kernels/joint_f64.h"
#include "numeric/sum.h"

typedef struct info_i_grid {
    const info_i_joint_kernels *kernels;
    const info_ctx *call; /* that may be canceled */
    info_i_cells cells;   /* where the masses are, by the strides below */
    int64_t groups, rows, cols;
    int64_t group_stride, row_stride, col_stride;
    int64_t row_tile, col_tile; /* work is handed out in tiles of fixed size */
    int64_t row_tiles, col_tiles;
    info_i_dd *row_sum;         /* [groups][rows] */
    info_i_dd *group_sum;       /* [groups] */
    double *col_high, *col_low; /* [groups][cols]; NULL unless asked for */
    info_i_dd sum;              /* of all */
} info_i_grid;

/* Lays the grid over the cells and sums rows, columns (if asked) and groups. */
info_status info_i_grid_open(info_ctx *ctx, const info_i_cells *cells, uint64_t groups, uint64_t rows, uint64_t cols,
                             bool with_cols, info_i_grid *grid);

/* sum_grc p(g,r,c) log(p(g,r,c) p(g) / (p(g,r) p(g,c))), in nats: I(rows; cols | groups). */
info_status info_i_grid_information(info_ctx *ctx, const info_i_grid *grid, double *nats);

/* sum_grc p(g,r,c) log(p(g,r) / p(g,r,c)), in nats: H(cols | rows, groups). */
info_status info_i_grid_entropy_of_cols(info_ctx *ctx, const info_i_grid *grid, double *nats);

/* sum_grc p(g,r,c) log(p(g,c) / p(g,r,c)), in nats: H(rows | cols, groups). */
info_status info_i_grid_entropy_of_rows(info_ctx *ctx, const info_i_grid *grid, double *nats);

/* H(rows | groups) and H(cols | groups) of the marginal tables, in nats. */
double info_i_grid_row_margin_entropy(const info_i_grid *grid);
double info_i_grid_col_margin_entropy(const info_i_grid *grid);

/* Shows the visitor every stretch of every row, from the context's workers: masses from column col on. Terms are added to
 * *sum, of which there is one per chunk; they are added up in order into *total. */
typedef void (*info_i_grid_visitor)(const void *user, const info_i_grid *grid, int64_t group, int64_t row, int64_t col,
                                    const info_i_masses *masses, info_i_terms *sum);
info_status info_i_grid_visit(info_ctx *ctx, const info_i_grid *grid, info_i_grid_visitor visitor, const void *user,
                              info_i_dd *total);

#endif
