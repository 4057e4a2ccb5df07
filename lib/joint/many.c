/* SPDX-License-Identifier: MIT
 * Measures of any number of variables, all sums of (conditional) mutual information of two. */
#include <stdio.h>
#include <string.h>

#include "joint/input.h"
#include "joint/project.h"
#include "joint/table.h"
#include "numeric/unit.h"

/* The variables of a call as a dense table: axis 0 is what is conditioned on, axes 1..n are X_1..X_n. */
typedef struct many {
    info_i_cells cells;
    int32_t n;
    info_unit unit;
} many;

#define CONDITION UINT64_C(1)

static uint64_t variable(int32_t i)
{
    return UINT64_C(1) << i;
}

/* The set of X_first .. X_last. */
static uint64_t variables_from_to(int32_t first, int32_t last)
{
    uint64_t set = 0;
    for (int32_t i = first; i <= last; i++)
        set |= variable(i);
    return set;
}

/* ---- Arguments ---------------------------------------------------------- */

typedef struct arguments {
    info_i_axes sets[INFO_MAX_AXES + 1]; /* given, then the variables */
    char names[INFO_MAX_AXES + 1][16];
    int32_t n;
} arguments;

static info_status gather(info_ctx *ctx, const info_table *table, const uint64_t *variables, int64_t count,
                          uint64_t given, arguments *args)
{
    info_i_error *error = &ctx->error;
    info_i_check_table(error, "table", table);
    info_i_check(error, variables || count == 0, INFO_ERROR_NULL, "variables: is NULL, but count is %lld",
                 (long long)count);
    if (variables) {
        info_i_check_pointer(error, "variables", variables);
        info_i_check(error, count >= 1 && count <= INFO_MAX_AXES, INFO_ERROR_SIZE,
                     "count: %lld; 1 to %d variables are allowed", (long long)count, INFO_MAX_AXES);
    }
    if (error->status != INFO_OK)
        return error->status;
    args->sets[0] = (info_i_axes){"given", given, true};
    args->n = 0;
    for (int32_t i = 0; i < INFO_MAX_AXES; i++) {
        const bool wanted = variables ? i < count : i < table->ndim && !(given >> i & 1);
        if (!wanted)
            continue;
        char *name = args->names[++args->n];
        snprintf(name, sizeof args->names[0], "variables[%d]", (int)i);
        args->sets[args->n] = (info_i_axes){name, variables ? variables[i] : UINT64_C(1) << i, false};
    }
    return info_i_check(error, args->n > 0, INFO_ERROR_TARGET, "given: names all axes; one must be left as a variable");
}

/* Checks all arguments, and copies the marginal table of the variables, validated on the way. Variables of a single
 * value carry no information: they are left out, so that what remains has at most 62; *constants counts them. */
static info_status open_many(info_ctx *ctx, const info_table *table, const uint64_t *variables, int64_t count,
                             uint64_t given, const info_joint_options *options, const double *out, many *m,
                             int32_t *constants)
{
    arguments args;
    info_i_joint joint;
    info_i_grid grid;
    uint64_t sets[INFO_MAX_AXES + 1] = {given}, all = given;
    if (gather(ctx, table, variables, count, given, &args) != INFO_OK ||
        info_i_joint_open(ctx, table, options, args.sets, args.n + 1, &joint) != INFO_OK)
        return ctx->error.status;
    info_i_joint_output(ctx, table, &joint, 0, out, 1);
    info_i_check_spans(&ctx->error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_array_span("variables", variables, count, sizeof *variables), {0}});
    if (ctx->error.status != INFO_OK)
        return ctx->error.status;
    m->n = 0;
    for (int32_t i = 1; i <= args.n; i++)
        if (info_i_cells_count(&joint.cells, args.sets[i].set) > 1)
            sets[++m->n] = args.sets[i].set;
    for (int32_t i = 1; i <= m->n; i++)
        all |= sets[i];
    *constants = args.n - m->n;
    m->unit = joint.options.unit;

    /* A first walk over the cells validates them and finds their scale. */
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const info_status status = info_i_joint_grid(ctx, &joint, 0, 0, all, false, &grid);
    info_i_scratch_release(ctx, mark);
    return status == INFO_OK ? info_i_cells_project(ctx, &joint.cells, sets, m->n + 1, &m->cells) : status;
}

/* ---- Sums of two-variable terms ----------------------------------------- */

/* Adds sign * I(rows; cols | groups) to *sum. */
static info_status add_information(info_ctx *ctx, const info_i_cells *cells, uint64_t groups, uint64_t rows,
                                   uint64_t cols, double sign, info_i_dd *sum)
{
    info_i_grid grid;
    double nats;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    info_status status = info_i_grid_open(ctx, cells, groups, rows, cols, true, &grid);
    if (status == INFO_OK)
        status = info_i_grid_information(ctx, &grid, &nats);
    info_i_scratch_release(ctx, mark);
    if (status == INFO_OK)
        *sum = info_i_dd_add_double(*sum, sign * nats);
    return status;
}

/* The marginal table of X_1..X_n; the axes of `condition` become axis 0. */
static info_status reduce(info_ctx *ctx, const info_i_cells *cells, uint64_t condition, int32_t n,
                          info_i_cells *marginal)
{
    uint64_t sets[INFO_MAX_AXES + 1] = {condition};
    for (int32_t i = 1; i <= n; i++)
        sets[i] = variable(i);
    return info_i_cells_project(ctx, cells, sets, n + 1, marginal);
}

/* sum_j I(X_1 .. X_(j-1); X_j | condition) */
static info_status total_correlation(info_ctx *ctx, const many *m, info_i_dd *sum)
{
    info_i_cells cells = m->cells;
    info_status status = INFO_OK;
    for (int32_t j = m->n; j >= 2 && status == INFO_OK; j--) {
        status = add_information(ctx, &cells, CONDITION, variables_from_to(1, j - 1), variable(j), 1, sum);
        if (status == INFO_OK && j > 2) {
            const info_i_cells whole = cells;
            status = reduce(ctx, &whole, CONDITION, j - 1, &cells);
        }
    }
    return status;
}

/* sum_j I(X_1 .. X_(j-1); X_j | X_(j+1) .. X_n, condition) */
static info_status dual_total_correlation(info_ctx *ctx, const many *m, double sign, info_i_dd *sum)
{
    info_status status = INFO_OK;
    for (int32_t j = 2; j <= m->n && status == INFO_OK; j++)
        status = add_information(ctx, &m->cells, CONDITION | variables_from_to(j + 1, m->n),
                                 variables_from_to(1, j - 1), variable(j), sign, sum);
    return status;
}

/* I(X_1; ..; X_n | C) = I(X_1; ..; X_(n-1) | C) - I(X_1; ..; X_(n-1) | C, X_n), down to two variables. */
static info_status co_information(info_ctx *ctx, const info_i_cells *cells, uint64_t condition, int32_t n, double sign,
                                  info_i_dd *sum)
{
    if (n == 2)
        return add_information(ctx, cells, condition, variable(1), variable(2), sign, sum);
    info_i_cells marginal;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    info_status status = reduce(ctx, cells, condition, n - 1, &marginal);
    if (status == INFO_OK)
        status = co_information(ctx, &marginal, CONDITION, n - 1, sign, sum);
    info_i_scratch_release(ctx, mark);
    if (status == INFO_OK)
        status = co_information(ctx, cells, condition | variable(n), n - 1, -sign, sum);
    return status;
}

/* H(X_1 | condition) */
static info_status entropy_of_first(info_ctx *ctx, const info_i_cells *cells, info_i_dd *sum)
{
    info_i_grid grid;
    double nats = 0;
    info_status status = info_i_grid_open(ctx, cells, 0, CONDITION, variable(1), false, &grid);
    if (status == INFO_OK)
        status = info_i_grid_entropy_of_cols(ctx, &grid, &nats);
    *sum = info_i_dd_from(nats);
    return status;
}

/* ---- Measures ----------------------------------------------------------- */

enum measure { TOTAL_CORRELATION, DUAL_TOTAL_CORRELATION, O_INFORMATION, CO_INFORMATION, INTERACTION_INFORMATION };

static info_status evaluate(info_ctx *ctx, enum measure measure, const many *m, int32_t constants, info_i_dd *sum)
{
    info_status status = INFO_OK;
    switch (measure) {
    case TOTAL_CORRELATION:
        return total_correlation(ctx, m, sum);
    case DUAL_TOTAL_CORRELATION:
        return dual_total_correlation(ctx, m, 1, sum);
    case O_INFORMATION:
        status = total_correlation(ctx, m, sum);
        return status == INFO_OK ? dual_total_correlation(ctx, m, -1, sum) : status;
    default:
        /* What is common to all is nothing if one of them is constant. */
        if (constants > 0)
            return INFO_OK;
        if (m->n == 1)
            status = entropy_of_first(ctx, &m->cells, sum);
        else
            status = co_information(ctx, &m->cells, CONDITION, m->n, 1, sum);
        if (measure == INTERACTION_INFORMATION && m->n % 2 == 1)
            *sum = info_i_dd_negate(*sum);
        return status;
    }
}

static info_status measure_many(info_ctx *ctx, enum measure measure, const info_table *table, const uint64_t *variables,
                                int64_t count, uint64_t given, const info_joint_options *options, double *out)
{
    many m;
    int32_t constants = 0;
    info_i_dd sum = {0, 0};
    info_status status = open_many(ctx, table, variables, count, given, options, out, &m, &constants);
    if (status == INFO_OK)
        status = evaluate(ctx, measure, &m, constants, &sum);
    if (status == INFO_OK)
        *out = info_i_from_nats(info_i_dd_value(sum), m.unit);
    return status;
}

info_status info_total_correlation(info_ctx *ctx, const info_table *table, const uint64_t *variables, int64_t count,
                                   uint64_t given, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, measure_many(ctx, TOTAL_CORRELATION, table, variables, count, given, options, out));
}

info_status info_dual_total_correlation(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                        int64_t count, uint64_t given, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, measure_many(ctx, DUAL_TOTAL_CORRELATION, table, variables, count, given, options, out));
}

info_status info_o_information(info_ctx *ctx, const info_table *table, const uint64_t *variables, int64_t count,
                               uint64_t given, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, measure_many(ctx, O_INFORMATION, table, variables, count, given, options, out));
}

info_status info_co_information(info_ctx *ctx, const info_table *table, const uint64_t *variables, int64_t count,
                                uint64_t given, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, measure_many(ctx, CO_INFORMATION, table, variables, count, given, options, out));
}

info_status info_interaction_information(info_ctx *ctx, const info_table *table, const uint64_t *variables,
                                         int64_t count, uint64_t given, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, measure_many(ctx, INTERACTION_INFORMATION, table, variables, count, given, options, out));
}
