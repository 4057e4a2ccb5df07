/* SPDX-License-Identifier: MIT
 * What every measure of a joint table begins with. */
#include "joint/input.h"

#include <math.h>

#include "joint/project.h"
#include "joint/table.h"

/* For the checks of its options the table is a row of as many elements. */
static info_status open_cells(info_ctx *ctx, const info_table *table, const info_joint_options *given,
                              info_i_joint *joint)
{
    info_i_error *error = &ctx->error;
    info_joint_options *o = &joint->options;
    info_i_options(error, info_joint_options, "options", o, given);
    const info_i_allowed allowed[] = {
        {"options.unit", o->unit, INFO_NAT, INFO_DIT}, {"options.reserved", o->reserved, 0, 0}, {0}};
    info_i_check_options(error, allowed);
    if (info_i_check_table(error, "table", table) != INFO_OK)
        return error->status;
    info_matrix row = {table->data, 1, 1, 0, 0, table->dtype, 0};
    for (int32_t axis = 0; axis < table->ndim; axis++)
        row.cols *= table->shape[axis];
    const info_i_reading reading = {o->kind,          o->normalize, o->smoothing,        o->smoothing_amount,
                                    o->sum_tolerance, INFO_F64,     INFO_ARITHMETIC_F64, NULL};
    if (info_i_input_open(ctx, &joint->input, "table", &row, &reading) != INFO_OK)
        return error->status;
    joint->input.matrix = NULL;
    info_i_cells_of(table, &joint->input, &joint->cells);
    return INFO_OK;
}

static info_status check_axes(info_i_error *error, int32_t ndim, const info_i_axes *axes, int32_t count)
{
    const uint64_t all = ndim == 64 ? UINT64_MAX : (UINT64_C(1) << ndim) - 1;
    for (int32_t i = 0; i < count; i++) {
        if (axes[i].set == 0 && !axes[i].may_be_empty)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s: names no axis; at least one is needed", axes[i].name);
        if (axes[i].set & ~all)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s: names axis %d, but the table has axes 0 to %d",
                               axes[i].name, __builtin_ctzll(axes[i].set & ~all), (int)ndim - 1);
        for (int32_t k = 0; k < i; k++)
            if (axes[i].set & axes[k].set)
                return info_i_fail(error, INFO_ERROR_TARGET, "%s: shares axis %d with %s", axes[i].name,
                                   __builtin_ctzll(axes[i].set & axes[k].set), axes[k].name);
    }
    return INFO_OK;
}

info_status info_i_joint_open(info_ctx *ctx, const info_table *table, const info_joint_options *options,
                              const info_i_axes *axes, int32_t count, info_i_joint *joint)
{
    const info_status status = open_cells(ctx, table, options, joint);
    return status == INFO_OK ? check_axes(&ctx->error, joint->cells.ndim, axes, count) : status;
}

info_status info_i_joint_output(info_ctx *ctx, const info_table *table, const info_i_joint *joint, uint64_t set,
                                const double *out, int64_t length)
{
    info_i_error *error = &ctx->error;
    int64_t bytes = 0;
    const int64_t needed = info_i_cells_count(&joint->cells, set);
    info_i_check_output(error, "out", out, length, needed);
    info_i_check(error, info_i_multiply(needed, sizeof *out, &bytes), INFO_ERROR_OVERFLOW,
                 "out: %lld doubles cannot be addressed", (long long)needed);
    return info_i_check_spans(error, (info_i_span[]){{"out", out, bytes}, {0}},
                              (info_i_span[]){info_i_table_span("table", table), {0}});
}

static info_status check_sum(info_ctx *ctx, const info_i_joint *joint, double sum)
{
    if (joint->input.as_given && !(fabs(sum - 1) <= joint->input.tolerance))
        return info_i_fail(&ctx->error, INFO_ERROR_SUM,
                           "table: its cells sum to %s; 1 within %s is allowed, or any sum with options.normalize",
                           info_i_number_text(isnan(sum) ? INFINITY : sum).text,
                           info_i_number_text(joint->input.tolerance).text);
    if (sum == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "table: its cells sum to 0, so there is no distribution");
    return INFO_OK;
}

/* The power of two to multiply all cells by, if their sum has overflowed or is so small that products of masses would
 * underflow; 1 otherwise. A table has fewer than 2^63 cells of less than 2^1024. */
static double better_scale(double sum)
{
    if (!isfinite(sum))
        return 0x1p-128;
    return sum > 0 && sum < 0x1p-200 ? 0x1p800 : 1;
}

info_status info_i_joint_grid(info_ctx *ctx, info_i_joint *joint, uint64_t groups, uint64_t rows, uint64_t cols,
                              bool with_cols, info_i_grid *grid)
{
    info_i_cells *cells = &joint->cells;
    info_status status = INFO_OK;
    if (cells->exponential && !joint->input.as_given && !cells->checked)
        status = info_i_cells_find_shift(ctx, cells);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    if (status == INFO_OK)
        status = info_i_grid_open(ctx, cells, groups, rows, cols, with_cols, grid);
    if (status == INFO_ERROR_DOMAIN && ctx->error.text[0] == '\0')
        return info_i_cells_blame(ctx, cells);
    if (status != INFO_OK)
        return status;
    cells->checked = true;
    status = check_sum(ctx, joint, grid->sum.high);
    cells->scale = better_scale(grid->sum.high);
    if (status != INFO_OK || cells->scale == 1)
        return status;
    info_i_scratch_release(ctx, mark);
    return info_i_grid_open(ctx, cells, groups, rows, cols, with_cols, grid);
}
