/* SPDX-License-Identifier: MIT
 * Measures of two sets of variables, given a third. */
#include "joint/input.h"
#include "joint/project.h"
#include "numeric/unit.h"

/* H(axes | given): rows are the cells of `given`, columns those of `axes`. */
static info_status joint_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                                 const info_joint_options *options, double *out)
{
    info_i_joint joint;
    info_i_grid grid;
    double nats;
    const info_i_axes sets[] = {{"axes", axes, false}, {"given", given, true}};
    info_status status = info_i_joint_open(ctx, table, options, &joint);
    if (status == INFO_OK)
        status = info_i_check_axes(ctx, &joint, sets, 2);
    if (status == INFO_OK)
        status = info_i_check_value(ctx, table, out);
    if (status == INFO_OK)
        status = info_i_joint_grid(ctx, &joint, 0, given, axes, false, &grid);
    if (status == INFO_OK)
        status = info_i_grid_entropy(ctx, &grid, &nats);
    if (status == INFO_OK)
        *out = info_i_from_nats(nats, joint.options.unit);
    return status;
}

info_status info_joint_entropy(info_ctx *user_ctx, const info_table *table, uint64_t axes, uint64_t given,
                               const info_joint_options *options, double *out)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = joint_entropy(call.ctx, table, axes, given, options, out);
    return info_i_end(&call, status);
}

static info_status mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b, uint64_t given,
                                      const info_joint_options *options, double *out)
{
    info_i_joint joint;
    info_i_grid grid;
    double nats;
    const info_i_axes sets[] = {{"a", a, false}, {"b", b, false}, {"given", given, true}};
    info_status status = info_i_joint_open(ctx, table, options, &joint);
    if (status == INFO_OK)
        status = info_i_check_axes(ctx, &joint, sets, 3);
    if (status == INFO_OK)
        status = info_i_check_value(ctx, table, out);
    if (status != INFO_OK)
        return status;
    const bool b_inner = info_i_cells_second_is_inner(&joint.cells, a, b);
    status = info_i_joint_grid(ctx, &joint, given, b_inner ? a : b, b_inner ? b : a, true, &grid);
    if (status == INFO_OK)
        status = info_i_grid_information(ctx, &grid, &nats);
    if (status == INFO_OK)
        *out = info_i_from_nats(nats, joint.options.unit);
    return status;
}

info_status info_mutual_information(info_ctx *user_ctx, const info_table *table, uint64_t a, uint64_t b,
                                    uint64_t given, const info_joint_options *options, double *out)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = mutual_information(call.ctx, table, a, b, given, options, out);
    return info_i_end(&call, status);
}
