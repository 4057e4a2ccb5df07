/* SPDX-License-Identifier: MIT
 * Measures of two sets of variables, given a third. */
#include <math.h>

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
    info_status status = info_i_joint_open(ctx, table, options, sets, 2, &joint);
    if (status == INFO_OK)
        status = info_i_joint_output(ctx, table, &joint, 0, out, 1);
    if (status == INFO_OK)
        status = info_i_joint_grid(ctx, &joint, 0, given, axes, false, &grid);
    if (status == INFO_OK)
        status = info_i_grid_entropy_of_cols(ctx, &grid, &nats);
    if (status == INFO_OK)
        *out = info_i_from_nats(nats, joint.options.unit);
    return status;
}

info_status info_joint_entropy(info_ctx *ctx, const info_table *table, uint64_t axes, uint64_t given,
                               const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, joint_entropy(ctx, table, axes, given, options, out));
}

/* The grid of a and b with one of them as rows: which, depends on neither their order nor the layout. */
static info_status open_pair(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b, uint64_t given,
                             const info_joint_options *options, const double *out, info_i_joint *joint,
                             info_i_grid *grid, bool *a_is_rows)
{
    const info_i_axes sets[] = {{"a", a, false}, {"b", b, false}, {"given", given, true}};
    info_status status = info_i_joint_open(ctx, table, options, sets, 3, joint);
    if (status == INFO_OK)
        status = info_i_joint_output(ctx, table, joint, 0, out, 1);
    if (status != INFO_OK)
        return status;
    *a_is_rows = info_i_cells_second_is_inner(&joint->cells, a, b);
    return info_i_joint_grid(ctx, joint, given, *a_is_rows ? a : b, *a_is_rows ? b : a, true, grid);
}

static info_status mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b, uint64_t given,
                                      const info_joint_options *options, double *out)
{
    info_i_joint joint;
    info_i_grid grid;
    bool a_is_rows;
    double nats;
    info_status status = open_pair(ctx, table, a, b, given, options, out, &joint, &grid, &a_is_rows);
    if (status == INFO_OK)
        status = info_i_grid_information(ctx, &grid, &nats);
    if (status == INFO_OK)
        *out = info_i_from_nats(nats, joint.options.unit);
    return status;
}

info_status info_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b, uint64_t given,
                                    const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, mutual_information(ctx, table, a, b, given, options, out));
}

/* The parts of the Venn diagram of two variables, in nats: each computed on its own, so that each is right to the last
 * bits where the others are large. */
typedef struct parts {
    double a, b;           /* H(A), H(B) */
    double a_only, b_only; /* H(A|B), H(B|A) */
    double both;           /* I(A;B) */
    info_unit unit;
} parts;

static info_status find_parts(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                              const info_joint_options *options, const double *out, parts *p)
{
    info_i_joint joint;
    info_i_grid grid;
    bool a_is_rows;
    info_status status = open_pair(ctx, table, a, b, 0, options, out, &joint, &grid, &a_is_rows);
    if (status == INFO_OK)
        status = info_i_grid_information(ctx, &grid, &p->both);
    if (status == INFO_OK)
        status = info_i_grid_entropy_of_rows(ctx, &grid, a_is_rows ? &p->a_only : &p->b_only);
    if (status == INFO_OK)
        status = info_i_grid_entropy_of_cols(ctx, &grid, a_is_rows ? &p->b_only : &p->a_only);
    if (status != INFO_OK)
        return status;
    const double rows = info_i_grid_row_margin_entropy(&grid), cols = info_i_grid_col_margin_entropy(&grid);
    p->a = a_is_rows ? rows : cols;
    p->b = a_is_rows ? cols : rows;
    p->unit = joint.options.unit;
    return INFO_OK;
}

static info_status variation_of_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                            const info_joint_options *options, double *out)
{
    parts p;
    const info_status status = find_parts(ctx, table, a, b, options, out, &p);
    if (status == INFO_OK)
        *out = info_i_from_nats(p.a_only + p.b_only, p.unit);
    return status;
}

info_status info_variation_of_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                          const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, variation_of_information(ctx, table, a, b, options, out));
}

/* part / (part + rest), from the smaller of the two, so that it is exactly 1 where nothing is left; within 0..1
 * also where entropies are so small that their parts do not add up. */
static double share(double part, double rest, double whole)
{
    return rest < part ? fmax(1 - rest / whole, 0) : fmin(part / whole, 1);
}

/* False if the divisor is 0. */
static bool normalized(const parts *p, info_nmi convention, double *value)
{
    const double variation = p->a_only + p->b_only;
    const bool a_is_smaller = p->a < p->b;
    double whole, rest;
    switch (convention) {
    case INFO_NMI_GEOMETRIC:
        *value = sqrt(share(p->both, p->a_only, p->a) * share(p->both, p->b_only, p->b));
        return p->a > 0 && p->b > 0;
    case INFO_NMI_MIN:
        whole = a_is_smaller ? p->a : p->b;
        rest = a_is_smaller ? p->a_only : p->b_only;
        break;
    case INFO_NMI_MAX:
        whole = a_is_smaller ? p->b : p->a;
        rest = a_is_smaller ? p->b_only : p->a_only;
        break;
    case INFO_NMI_JOINT:
        whole = p->both + variation;
        rest = variation;
        break;
    default:
        whole = (p->a + p->b) / 2;
        rest = variation / 2;
        break;
    }
    *value = share(p->both, rest, whole);
    return whole > 0;
}

static info_status normalized_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                                 info_nmi convention, const info_joint_options *options, double *out)
{
    parts p;
    double value;
    info_i_check_option(&ctx->error, "convention", convention, INFO_NMI_ARITHMETIC, INFO_NMI_JOINT);
    if (ctx->error.status != INFO_OK || find_parts(ctx, table, a, b, options, out, &p) != INFO_OK)
        return ctx->error.status;
    if (!normalized(&p, convention, &value))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                           "table: a and b have entropies of %s and %s nat; their information cannot be divided by 0",
                           info_i_number_text(p.a).text, info_i_number_text(p.b).text);
    *out = value;
    return INFO_OK;
}

info_status info_normalized_mutual_information(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                               info_nmi convention, const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, normalized_mutual_information(ctx, table, a, b, convention, options, out));
}

static info_status uncertainty_coefficient(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                           const info_joint_options *options, double *out)
{
    parts p;
    const info_status status = find_parts(ctx, table, a, b, options, out, &p);
    if (status != INFO_OK)
        return status;
    if (p.a == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                           "table: the entropy of a is 0; there is nothing that b could explain");
    *out = share(p.both, p.a_only, p.a);
    return INFO_OK;
}

info_status info_uncertainty_coefficient(info_ctx *ctx, const info_table *table, uint64_t a, uint64_t b,
                                         const info_joint_options *options, double *out)
{
    return INFO_I_CALL(ctx, uncertainty_coefficient(ctx, table, a, b, options, out));
}
