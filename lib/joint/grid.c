/* SPDX-License-Identifier: MIT
 * A joint table seen as groups of rows and columns, in tiles of fixed size. */
#include "joint/grid.h"

#include <stdlib.h>
#include <string.h>

#include "joint/project.h"

/* Tiles have at least this many rows and columns, and there are at most so many of them in either direction of a
 * group, which bounds the memory of their sums. */
#define TILE_ROWS 128
#define TILE_COLS 2048
#define MOST_TILES 64

/* Groups of so few cells have their information summed with more digits. */
#define FEW_CELLS 64

/* Cells that one chunk of a parallel loop should have at least. */
#define CHUNK_CELLS 65536

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Smallest tile so that `tiles` of them cover length, a multiple of 8. */
static int64_t tile_size(int64_t length, int64_t smallest)
{
    const int64_t even = ((length - 1) / MOST_TILES / 8 + 1) * 8;
    return at_least(even, smallest);
}

/* Uses the cells where they lie if each direction is one walk through memory, else their marginal table. */
static info_status lay_out(info_ctx *ctx, const info_i_cells *cells, const uint64_t sets[3], info_i_grid *grid)
{
    uint64_t summed = 0;
    for (int32_t axis = 0; axis < cells->ndim; axis++)
        if (cells->shape[axis] > 1 && !((sets[0] | sets[1] | sets[2]) >> axis & 1))
            summed |= UINT64_C(1) << axis;
    grid->groups = info_i_cells_count(cells, sets[0]);
    grid->rows = info_i_cells_count(cells, sets[1]);
    grid->cols = info_i_cells_count(cells, sets[2]);
    if (!summed && info_i_cells_walk(cells, sets[0], &grid->group_stride) &&
        info_i_cells_walk(cells, sets[1], &grid->row_stride) && info_i_cells_walk(cells, sets[2], &grid->col_stride)) {
        grid->cells = *cells;
        return INFO_OK;
    }
    grid->group_stride = grid->rows * grid->cols;
    grid->row_stride = grid->cols;
    grid->col_stride = 1;
    return info_i_cells_project(ctx, cells, sets, 3, &grid->cells);
}

/* ---- Tiles -------------------------------------------------------------- */

typedef struct tile {
    int64_t group, row, col; /* first */
    int64_t rows, cols;
    int64_t row_tile, col_tile; /* which in its group */
} tile;

static tile tile_at(const info_i_grid *g, int64_t item)
{
    tile t;
    t.col_tile = item % g->col_tiles;
    t.row_tile = item / g->col_tiles % g->row_tiles;
    t.group = item / g->col_tiles / g->row_tiles;
    t.row = t.row_tile * g->row_tile;
    t.col = t.col_tile * g->col_tile;
    t.rows = g->rows - t.row < g->row_tile ? g->rows - t.row : g->row_tile;
    t.cols = g->cols - t.col < g->col_tile ? g->cols - t.col : g->col_tile;
    return t;
}

static int64_t tiles_of(const info_i_grid *g)
{
    return g->groups * g->row_tiles * g->col_tiles;
}

static int64_t tiles_per_chunk(const info_i_grid *g)
{
    const int64_t rows = g->rows < g->row_tile ? g->rows : g->row_tile;
    const int64_t cols = g->cols < g->col_tile ? g->cols : g->col_tile;
    return at_least(1, CHUNK_CELLS / (rows * cols));
}

typedef struct buffers {
    double high[INFO_I_CELL_BLOCK], low[INFO_I_CELL_BLOCK];
} buffers;

/* A stretch of a row, from col on and before end. */
static info_i_masses load(const info_i_grid *g, int64_t group, int64_t row, int64_t col, int64_t end, buffers *b)
{
    const int64_t offset = group * g->group_stride + row * g->row_stride + col * g->col_stride;
    const int64_t count = end - col < INFO_I_CELL_BLOCK ? end - col : INFO_I_CELL_BLOCK;
    return (info_i_masses){info_i_cells_load(&g->cells, offset, g->col_stride, count, b->high),
                           info_i_cells_load_low(&g->cells, offset, g->col_stride, count, b->low), count,
                           g->rows * g->cols <= FEW_CELLS};
}

static bool valid(const info_i_grid *g, int64_t group, int64_t row, int64_t col, int64_t count, buffers *b)
{
    const int64_t offset = group * g->group_stride + row * g->row_stride + col * g->col_stride;
    return info_i_cells_valid(&g->cells, offset, g->col_stride, count, b->high);
}

/* ---- Sums of rows and columns ------------------------------------------- */

typedef struct sums {
    const info_i_grid *grid;
    info_i_dd *row;             /* [groups][col_tiles][rows] */
    double *col_high, *col_low; /* [groups][row_tiles][cols]; NULL unless asked for */
} sums;

static info_status sum_tile(const sums *s, tile t, buffers *b)
{
    const info_i_grid *g = s->grid;
    info_i_dd *row_sum = s->row + (t.group * g->col_tiles + t.col_tile) * g->rows;
    const int64_t cols = (t.group * g->row_tiles + t.row_tile) * g->cols;
    const int64_t end = t.col + t.cols;
    for (int64_t col = t.col; col < end && !info_i_canceled(g->call); col += INFO_I_CELL_BLOCK)
        for (int64_t row = t.row; row < t.row + t.rows; row++) {
            const info_i_masses masses = load(g, t.group, row, col, end, b);
            const bool suspect = g->kernels->add(&masses, s->col_high ? s->col_high + cols + col : NULL,
                                                 s->col_high ? s->col_low + cols + col : NULL, &row_sum[row]);
            if (suspect && !valid(g, t.group, row, col, masses.count, b))
                return INFO_ERROR_DOMAIN;
        }
    return INFO_OK;
}

static info_status sum_tiles(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const sums *s = user;
    info_status status = INFO_OK;
    for (int64_t item = begin; item < end && status == INFO_OK; item++)
        status = sum_tile(s, tile_at(s->grid, item), scratch);
    return status;
}

/* Adds up what the tiles found, in order, into the first tile's place. */
static void merge_sums(const info_i_grid *g, const sums *s, info_i_grid *out)
{
    for (int64_t group = 0; group < g->groups; group++) {
        const info_i_dd *from = s->row + group * g->col_tiles * g->rows;
        info_i_dd *to = s->row + group * g->rows, all = {0, 0};
        for (int64_t row = 0; row < g->rows; row++) {
            info_i_dd sum = from[row];
            for (int64_t t = 1; t < g->col_tiles; t++)
                sum = info_i_dd_add(sum, from[t * g->rows + row]);
            to[row] = sum;
            all = info_i_dd_add(all, sum);
        }
        out->group_sum[group] = all;
        out->sum = info_i_dd_add(out->sum, all);
    }
    for (int64_t group = 0; s->col_high && group < g->groups; group++)
        for (int64_t col = 0; col < g->cols; col++) {
            const int64_t first = group * g->row_tiles * g->cols + col;
            info_i_dd sum = info_i_fast_two_sum(s->col_high[first], s->col_low[first]);
            for (int64_t t = 1; t < g->row_tiles; t++)
                sum = info_i_dd_add(
                    sum, info_i_fast_two_sum(s->col_high[first + t * g->cols], s->col_low[first + t * g->cols]));
            s->col_high[group * g->cols + col] = sum.high;
            s->col_low[group * g->cols + col] = sum.low;
        }
}

info_status info_i_grid_open(info_ctx *ctx, const info_i_cells *cells, uint64_t groups, uint64_t rows, uint64_t cols,
                             bool with_cols, info_i_grid *grid)
{
    const uint64_t sets[3] = {groups, rows, cols};
    *grid = (info_i_grid){.kernels = ctx->kernels->joint, .call = ctx};
    info_status status = lay_out(ctx, cells, sets, grid);
    if (status != INFO_OK)
        return status;
    grid->row_tile = tile_size(grid->rows, TILE_ROWS);
    grid->col_tile = tile_size(grid->cols, TILE_COLS);
    grid->row_tiles = (grid->rows - 1) / grid->row_tile + 1;
    grid->col_tiles = (grid->cols - 1) / grid->col_tile + 1;

    sums s = {.grid = grid};
    s.row = info_i_scratch_zero(ctx, grid->groups * grid->col_tiles * grid->rows, sizeof *s.row);
    grid->group_sum = s.row ? info_i_scratch(ctx, grid->groups, sizeof *grid->group_sum) : NULL;
    if (!grid->group_sum)
        return ctx->error.status;
    if (with_cols) {
        const int64_t count = grid->groups * grid->row_tiles * grid->cols;
        s.col_high = info_i_scratch_zero(ctx, count, sizeof *s.col_high);
        s.col_low = s.col_high ? info_i_scratch_zero(ctx, count, sizeof *s.col_low) : NULL;
        if (!s.col_low)
            return ctx->error.status;
    }
    status = info_i_parallel(ctx, tiles_of(grid), tiles_per_chunk(grid), sizeof(buffers), sum_tiles, &s);
    if (status != INFO_OK)
        return status;
    grid->row_sum = s.row;
    grid->col_high = s.col_high;
    grid->col_low = s.col_low;
    merge_sums(grid, &s, grid);
    grid->cells.checked = true;
    return INFO_OK;
}

/* ---- Visits ------------------------------------------------------------- */

typedef struct visit {
    const info_i_grid *grid;
    info_i_grid_visitor visitor;
    const void *user;
    info_i_terms *sum; /* one per chunk */
    int64_t grain;
} visit;

static void visit_tile(const visit *v, tile t, buffers *b, info_i_terms *sum)
{
    const int64_t end = t.col + t.cols;
    for (int64_t col = t.col; col < end && !info_i_canceled(v->grid->call); col += INFO_I_CELL_BLOCK)
        for (int64_t row = t.row; row < t.row + t.rows; row++) {
            const info_i_masses masses = load(v->grid, t.group, row, col, end, b);
            v->visitor(v->user, v->grid, t.group, row, col, &masses, sum);
        }
}

static info_status visit_tiles(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const visit *v = user;
    for (int64_t item = begin; item < end; item++)
        visit_tile(v, tile_at(v->grid, item), scratch, &v->sum[begin / v->grain]);
    return INFO_OK;
}

info_status info_i_grid_visit(info_ctx *ctx, const info_i_grid *grid, info_i_grid_visitor visitor, const void *user,
                              info_i_dd *total)
{
    visit v = {.grid = grid, .visitor = visitor, .user = user, .grain = tiles_per_chunk(grid)};
    const int64_t tiles = tiles_of(grid), chunks = (tiles - 1) / v.grain + 1;
    v.sum = info_i_scratch_zero(ctx, chunks, sizeof *v.sum);
    if (!v.sum)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, tiles, v.grain, sizeof(buffers), visit_tiles, &v);
    *total = (info_i_dd){0, 0};
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        *total = info_i_dd_add(*total, info_i_terms_value(&v.sum[chunk]));
    return status;
}
