/* SPDX-License-Identifier: MIT
 * The sums over a grid that the measures are made of. */
#include "joint/grid.h"
#include "numeric/term.h"

static void add_divergences(const void *user, const info_i_grid *g, int64_t group, int64_t row, int64_t col,
                            const info_i_masses *masses, info_i_terms *sum)
{
    const info_i_dd row_sum = g->row_sum[group * g->rows + row];
    const int64_t first = group * g->cols + col;
    if (row_sum.high > 0)
        g->kernels->divergence(masses, info_i_dd_divide(row_sum, g->group_sum[group]), g->col_high + first,
                               g->col_low + first, sum);
}

static void add_surprises_of_cols(const void *user, const info_i_grid *g, int64_t group, int64_t row, int64_t col,
                                  const info_i_masses *masses, info_i_terms *sum)
{
    g->kernels->surprise_in_row(masses, g->row_sum[group * g->rows + row], sum);
}

static void add_surprises_of_rows(const void *user, const info_i_grid *g, int64_t group, int64_t row, int64_t col,
                                  const info_i_masses *masses, info_i_terms *sum)
{
    const int64_t first = group * g->cols + col;
    g->kernels->surprise_in_col(masses, g->col_high + first, g->col_low + first, sum);
}

/* A sum of terms, divided by the mass of all cells. */
static info_status mean(info_ctx *ctx, const info_i_grid *grid, info_i_grid_visitor add, double *nats)
{
    info_i_dd sum;
    const info_status status = info_i_grid_visit(ctx, grid, add, NULL, &sum);
    if (status == INFO_OK)
        *nats = info_i_dd_value(info_i_dd_divide(sum, grid->sum));
    return status;
}

info_status info_i_grid_information(info_ctx *ctx, const info_i_grid *grid, double *nats)
{
    return mean(ctx, grid, add_divergences, nats);
}

info_status info_i_grid_entropy_of_cols(info_ctx *ctx, const info_i_grid *grid, double *nats)
{
    return mean(ctx, grid, add_surprises_of_cols, nats);
}

info_status info_i_grid_entropy_of_rows(info_ctx *ctx, const info_i_grid *grid, double *nats)
{
    return mean(ctx, grid, add_surprises_of_rows, nats);
}

double info_i_grid_row_margin_entropy(const info_i_grid *g)
{
    info_i_dd sum = {0, 0};
    for (int64_t group = 0; group < g->groups; group++)
        for (int64_t row = 0; row < g->rows; row++)
            sum =
                info_i_dd_add_double(sum, info_i_surprise_term(g->row_sum[group * g->rows + row], g->group_sum[group]));
    return info_i_dd_value(info_i_dd_divide(sum, g->sum));
}

double info_i_grid_col_margin_entropy(const info_i_grid *g)
{
    info_i_dd sum = {0, 0};
    for (int64_t group = 0; group < g->groups; group++)
        for (int64_t i = group * g->cols; i < (group + 1) * g->cols; i++)
            sum = info_i_dd_add_double(
                sum, info_i_surprise_term((info_i_dd){g->col_high[i], g->col_low[i]}, g->group_sum[group]));
    return info_i_dd_value(info_i_dd_divide(sum, g->sum));
}
