/* SPDX-License-Identifier: MIT
 * Local values: one for every cell of a marginal table. */
#include <math.h>

#include "joint/input.h"
#include "joint/project.h"
#include "numeric/term.h"
#include "numeric/unit.h"

/* Where the values of a grid's cells go: to out[group[g] + row[r] + col[c]]. */
typedef struct local {
    double *out;
    const int64_t *group, *row, *col;
    info_unit unit;
    bool normalized;
} local;

/* Offsets, for each cell of a set in row-major order, in the row-major table of the axes in all. */
static const int64_t *offsets(info_ctx *ctx, const info_i_cells *cells, uint64_t set, uint64_t all)
{
    const int64_t count = info_i_cells_count(cells, set);
    int64_t *offset = info_i_scratch_zero(ctx, count, sizeof *offset);
    int64_t filled = 1, target = 1;
    for (int32_t axis = cells->ndim - 1; offset && axis >= 0; axis--) {
        if (set >> axis & 1) {
            for (int64_t i = filled; i < filled * cells->shape[axis]; i++)
                offset[i] = offset[i - filled] + target;
            filled *= cells->shape[axis];
        }
        if (all >> axis & 1)
            target *= cells->shape[axis];
    }
    return offset;
}

static info_status find_offsets(info_ctx *ctx, const info_i_cells *cells, uint64_t groups, uint64_t rows, uint64_t cols,
                                local *l)
{
    const uint64_t all = groups | rows | cols;
    l->group = offsets(ctx, cells, groups, all);
    l->row = l->group ? offsets(ctx, cells, rows, all) : NULL;
    l->col = l->row ? offsets(ctx, cells, cols, all) : NULL;
    return l->col ? INFO_OK : ctx->error.status;
}

/* ---- Marginal distribution ---------------------------------------------- */

static info_status marginal(info_ctx *ctx, const info_table *table, uint64_t axes, const info_joint_options *options,
                            double *out, int64_t out_len)
{
    info_i_joint joint;
    info_i_grid grid;
    const info_i_axes sets[] = {{"axes", axes, false}};
    info_status status = info_i_joint_open(ctx, table, options, sets, 1, &joint);
    if (status == INFO_OK)
        status = info_i_joint_output(ctx, table, &joint, axes, out, out_len);
    if (status == INFO_OK)
        status = info_i_joint_grid(ctx, &joint, 0, 0, axes, true, &grid);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < grid.cols; i++)
        out[i] = info_i_dd_value(info_i_dd_divide((info_i_dd){grid.col_high[i], grid.col_low[i]}, grid.sum));
    return INFO_OK;
}

info_status info_marginal(info_ctx *ctx, const info_table *table, uint64_t axes, const info_joint_options *options,
                          double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, marginal(ctx, table, axes, options, out, out_len));
}

/* ---- Surprisal ---------------------------------------------------------- */

/* Second halves may be left out: all zero. */
static info_i_dd mass_at(const info_i_masses *m, int64_t i)
{
    return (info_i_dd){m->high[i], m->low ? m->low[i] : 0};
}

static void write_surprisals(const void *user, const info_i_grid *g, int64_t group, int64_t row, int64_t col,
                             const info_i_masses *m, info_i_terms *sum)
{
    const local *l = user;
    const info_i_dd whole = g->row_sum[row];
    double *out = l->out + l->row[row];
    for (int64_t i = 0; i < m->count; i++)
        out[l->col[col + i]] = info_i_from_nats(info_i_surprisal(mass_at(m, i), whole), l->unit);
}

static info_status local_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                                 const info_joint_options *options, double *out, int64_t out_len)
{
    info_i_joint joint;
    info_i_grid grid;
    info_i_dd unused;
    const info_i_axes sets[] = {{"axes", axes, false}, {"given", given, true}};
    info_status status = info_i_joint_open(ctx, table, options, sets, 2, &joint);
    if (status == INFO_OK)
        status = info_i_joint_output(ctx, table, &joint, axes | given, out, out_len);
    if (status == INFO_OK)
        status = info_i_joint_grid(ctx, &joint, 0, given, axes, false, &grid);
    local l = {.out = out, .unit = joint.options.unit};
    if (status == INFO_OK)
        status = find_offsets(ctx, &joint.cells, 0, given, axes, &l);
    return status == INFO_OK ? info_i_grid_visit(ctx, &grid, write_surprisals, &l, &unused) : status;
}

info_status info_local_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                               const info_joint_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, local_entropy(ctx, table, axes, given, options, out, out_len));
}

/* ---- Pointwise mutual information --------------------------------------- */

/* PMI / -log p. With the surprisals of the row and of the column symbol given each other,
 * PMI + s + t = -log p, so that what is missing to 1 is known where it is small. */
static double normalize(double pmi, info_i_dd mass, info_i_dd row, info_i_dd col, info_i_dd group)
{
    if (isnan(pmi))
        return pmi;
    if (mass.high == 0)
        return -1;
    const double apart = info_i_surprisal(mass, row) + info_i_surprisal(mass, col);
    const double whole = info_i_surprisal(mass, group);
    if (apart == 0)
        return 1;
    return apart < pmi ? 1 - apart / whole : pmi / whole;
}

static void write_pointwise(const void *user, const info_i_grid *g, int64_t group, int64_t row, int64_t col,
                            const info_i_masses *m, info_i_terms *sum)
{
    const local *l = user;
    const info_i_dd row_sum = g->row_sum[group * g->rows + row], group_sum = g->group_sum[group];
    const info_i_dd share = row_sum.high > 0 ? info_i_dd_divide(row_sum, group_sum) : row_sum;
    const double *col_high = g->col_high + group * g->cols + col, *col_low = g->col_low + group * g->cols + col;
    double *out = l->out + l->group[group] + l->row[row];
    for (int64_t i = 0; i < m->count; i++) {
        const info_i_dd mass = mass_at(m, i), col_sum = {col_high[i], col_low[i]};
        const double pmi = info_i_log_ratio(mass, share, col_sum);
        out[l->col[col + i]] =
            l->normalized ? normalize(pmi, mass, row_sum, col_sum, group_sum) : info_i_from_nats(pmi, l->unit);
    }
}

static info_status pointwise(info_ctx *ctx, bool normalized, const info_table *table, uint64_t a, uint64_t b,
                             uint64_t given, const info_joint_options *options, double *out, int64_t out_len)
{
    info_i_joint joint;
    info_i_grid grid;
    info_i_dd unused;
    const info_i_axes sets[] = {{"a", a, false}, {"b", b, false}, {"given", given, true}};
    info_status status = info_i_joint_open(ctx, table, options, sets, 3, &joint);
    if (status == INFO_OK)
        status = info_i_joint_output(ctx, table, &joint, a | b | given, out, out_len);
    if (status != INFO_OK)
        return status;
    const bool a_is_rows = info_i_cells_second_is_inner(&joint.cells, a, b);
    const uint64_t rows = a_is_rows ? a : b, cols = a_is_rows ? b : a;
    status = info_i_joint_grid(ctx, &joint, given, rows, cols, true, &grid);
    local l = {.out = out, .unit = joint.options.unit, .normalized = normalized};
    if (status == INFO_OK)
        status = find_offsets(ctx, &joint.cells, given, rows, cols, &l);
    return status == INFO_OK ? info_i_grid_visit(ctx, &grid, write_pointwise, &l, &unused) : status;
}

info_status info_pointwise_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                              uint64_t given, const info_joint_options *options, double *out,
                                              int64_t out_len)
{
    return INFO_I_CALL(ctx, pointwise(ctx, false, table, a, b, given, options, out, out_len));
}

info_status info_normalized_pointwise_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                         uint64_t given, const info_joint_options *options, double *out,
                                                         int64_t out_len)
{
    return INFO_I_CALL(ctx, pointwise(ctx, true, table, a, b, given, options, out, out_len));
}
