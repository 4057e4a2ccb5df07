/* SPDX-License-Identifier: MIT
 * Capacity of a channel, without and with input costs. */
#include <math.h>
#include <string.h>

#include "coding/arguments.h"
#include "info/coding.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

/* A channel as a mixture: outputs that occur by inputs, W^T, and tangents of
 * minus capacity over cost above the least cost. */
typedef struct inputs_problem {
    info_i_coding coding;
    int64_t inputs, outputs;
    double *matrix;  /* outputs x inputs */
    double *entropy; /* of each row of W */
    double *cost;    /* above least; NULL: none */
    double least;
    double *linear; /* entropy + slope * cost */
    double *z, *ascent;
    info_i_solver solver;
    int64_t iterations_left;
} inputs_problem;

/* W^T without outputs that never occur, and the entropies of the rows of W. */
static info_status transpose(info_ctx *ctx, inputs_problem *c, const double *w, int64_t inputs, int64_t outputs)
{
    c->inputs = inputs;
    c->outputs = 0;
    c->matrix = info_i_scratch(ctx, inputs * outputs, sizeof(double));
    c->entropy = info_i_scratch_zero(ctx, inputs, sizeof(double));
    c->linear = info_i_scratch(ctx, inputs, sizeof(double));
    c->z = info_i_scratch(ctx, outputs, sizeof(double));
    c->ascent = info_i_scratch(ctx, inputs, sizeof(double));
    if (!c->matrix || !c->entropy || !c->linear || !c->z || !c->ascent)
        return ctx->error.status;
    for (int64_t y = 0; y < outputs; y++) {
        double *row = c->matrix + c->outputs * inputs, sum = 0;
        for (int64_t x = 0; x < inputs; x++) {
            const double p = row[x] = w[x * outputs + y];
            sum += p;
            c->entropy[x] -= p > 0 ? p * log(p) : 0;
        }
        c->outputs += sum > 0;
    }
    return INFO_OK;
}

/* A channel whose options have been read. */
static info_status load(info_ctx *ctx, inputs_problem *c, const info_matrix *matrix)
{
    double *w;
    info_status status = info_i_distributions(ctx, "channel", matrix, c->coding.options.kind, &w);
    if (status == INFO_OK)
        status = transpose(ctx, c, w, matrix->rows, matrix->cols);
    c->cost = NULL;
    c->least = 0;
    c->solver = c->coding.solver;
    c->solver.tolerance *= INFO_I_FOR_THE_OPTIMIZER;
    c->iterations_left = c->solver.max_iterations;
    return status;
}

static info_status load_costs(info_ctx *ctx, inputs_problem *c, const info_matrix *costs)
{
    if (!(c->cost = info_i_scratch(ctx, c->inputs, sizeof(double))))
        return ctx->error.status;
    info_i_get_row_f64(costs, 0, 0, c->inputs, c->cost);
    c->least = INFINITY;
    for (int64_t x = 0; x < c->inputs; x++) {
        if (!isfinite(c->cost[x]))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "costs: entry %lld is %s; costs must be finite",
                               (long long)x, info_i_number_text(c->cost[x]).text);
        c->least = fmin(c->least, c->cost[x]);
    }
    for (int64_t x = 0; x < c->inputs; x++)
        c->cost[x] -= c->least;
    return INFO_OK;
}

static info_i_mixture mixture_at(inputs_problem *c, double slope)
{
    for (int64_t x = 0; x < c->inputs; x++)
        c->linear[x] = c->entropy[x] + (c->cost && slope > 0 ? slope * c->cost[x] : 0);
    return (info_i_mixture){.rows = c->outputs, .cols = c->inputs, .matrix = c->matrix, .linear = c->linear};
}

/* The point that the input distribution t->u attains; slope finite. */
static void attain(const inputs_problem *c, const info_i_standing *standing, info_i_tangent *t)
{
    t->x = 0;
    for (int64_t x = 0; x < c->inputs && c->cost; x++)
        t->x += t->u[x] * c->cost[x];
    const double price = t->slope * t->x, rounding = standing->rounding * (1 + price);
    t->y = -fmax(standing->value + price - rounding, 0);
    t->intercept = -(standing->value + standing->gap + rounding);
}

/* Least cost: the capacity of the letters that cost least. */
static info_status solve_cheapest(info_ctx *ctx, inputs_problem *c, const info_i_solver *solver, info_i_tangent *t,
                                  info_i_standing *standing)
{
    int64_t cheap = 0;
    for (int64_t x = 0; x < c->inputs; x++)
        cheap += c->cost[x] == 0;
    double *matrix = info_i_scratch(ctx, cheap * c->outputs, sizeof *matrix);
    double *linear = info_i_scratch(ctx, cheap, sizeof *linear), *u = info_i_scratch(ctx, cheap, sizeof *u);
    if (!matrix || !linear || !u)
        return ctx->error.status;
    int64_t at = 0;
    for (int64_t x = 0; x < c->inputs; x++) {
        if (c->cost[x] > 0)
            continue;
        for (int64_t y = 0; y < c->outputs; y++)
            matrix[y * cheap + at] = c->matrix[y * c->inputs + x];
        linear[at] = c->entropy[x];
        u[at++] = 1 / (double)cheap;
    }
    const info_i_mixture m = {.rows = c->outputs, .cols = cheap, .matrix = matrix, .linear = linear};
    const info_status status = info_i_mixture_solve(ctx, &m, solver, u, c->z, c->ascent, standing);
    if (status != INFO_OK)
        return status;
    at = 0;
    for (int64_t x = 0; x < c->inputs; x++)
        t->u[x] = c->cost[x] > 0 ? 0 : u[at++];
    t->x = 0;
    t->y = -fmax(standing->value - standing->rounding, 0);
    t->intercept = -(standing->value + standing->gap + standing->rounding);
    return INFO_OK;
}

static info_status solve_tangent(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left)
{
    inputs_problem *c = user;
    info_i_solver solver = c->solver;
    solver.max_iterations = *iterations_left > 0 ? *iterations_left : 0;
    info_i_standing standing;
    info_status status;
    if (isinf(t->slope)) {
        status = solve_cheapest(ctx, c, &solver, t, &standing);
    } else {
        double sum = 0; /* a start needs a little of everything */
        for (int64_t x = 0; x < c->inputs; x++)
            sum += t->u[x] = t->u[x] + 1e-4 / (double)c->inputs;
        for (int64_t x = 0; x < c->inputs; x++)
            t->u[x] /= sum;
        const info_i_mixture m = mixture_at(c, t->slope);
        status = info_i_mixture_solve(ctx, &m, &solver, t->u, c->z, c->ascent, &standing);
        if (status == INFO_OK)
            attain(c, &standing, t);
    }
    *iterations_left -= standing.iterations;
    return status;
}

/* The answer is one tangent's point. */
static info_status at_tangent(const inputs_problem *c, const info_i_tangent *t, info_coding_result *result)
{
    const double line = isinf(t->slope) ? t->intercept : t->intercept - t->slope * t->x;
    const double upper = fmax(-line, -t->y);
    const bool narrow = upper + t->y <= c->coding.solver.tolerance;
    return info_i_coding_result(&c->coding, narrow ? INFO_OK : INFO_NOT_CONVERGED, false, c->least + t->x, -t->y, -t->y,
                                upper, t->slope, c->coding.solver.max_iterations - c->iterations_left, result);
}

/* The point that meets a cost or a rate, between the unconstrained optimum and the cheapest letters. */
static info_status search(info_ctx *ctx, inputs_problem *c, info_i_frontier *f, double *input,
                          info_coding_result *result)
{
    c->solver.tolerance /= 4;
    double cheap = 0;
    for (int64_t x = 0; x < c->inputs; x++)
        cheap += f->high.u[x] = c->cost[x] > 0 ? 0 : 1;
    for (int64_t x = 0; x < c->inputs; x++)
        f->high.u[x] /= cheap;
    const info_i_mixture m = mixture_at(c, 0);
    info_i_standing standing;
    info_i_mixture_evaluate(&m, ctx->kernels->mixture, f->high.u, c->z, c->ascent, &standing);
    f->high.slope = 0;
    attain(c, &standing, &f->high);
    f->high.slope = INFINITY;
    if (f->at_y && f->target >= f->high.y) { /* the cheapest letters do, as they are */
        memcpy(input, f->high.u, (size_t)c->inputs * sizeof *input);
        return info_i_coding_result(&c->coding, INFO_OK, true, c->least, -f->target, c->least, c->least, INFINITY,
                                    c->coding.solver.max_iterations - c->iterations_left, result);
    }
    const info_status status = info_i_frontier_search(ctx, f, &c->iterations_left);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    for (int64_t x = 0; x < c->inputs; x++)
        input[x] = f->low.u[x] + f->share * (f->high.u[x] - f->low.u[x]);
    const int64_t iterations = c->coding.solver.max_iterations - c->iterations_left;
    const double lower = fmin(f->lower, f->upper);
    if (f->at_y)
        return info_i_coding_result(&c->coding, status, true, c->least + f->upper, -f->target, c->least + lower,
                                    c->least + f->upper, f->slope, iterations, result);
    return info_i_coding_result(&c->coding, status, false, c->least + f->target, -f->upper, fmax(-f->upper, 0), -lower,
                                f->slope, iterations, result);
}

static info_status at_slope(info_ctx *ctx, inputs_problem *c, double slope, double *input, info_coding_result *result)
{
    info_i_tangent t = {.slope = slope, .u = input};
    info_i_coding_start(&c->coding, c->inputs, input);
    const info_status status = solve_tangent(ctx, c, &t, &c->iterations_left);
    return status == INFO_OK ? at_tangent(c, &t, result) : status;
}

static info_status at_target(info_ctx *ctx, inputs_problem *c, info_coding_at at, double target, double *input,
                             info_coding_result *result)
{
    const int64_t n = c->inputs;
    info_i_frontier f = {.solve = solve_tangent,
                         .user = c,
                         .u_len = n,
                         .tolerance = c->coding.solver.tolerance,
                         .at_y = at == INFO_AT_RATE,
                         .target = at == INFO_AT_RATE ? -target : target - c->least};
    f.low.u = info_i_scratch(ctx, n, sizeof(double));
    f.high.u = info_i_scratch(ctx, n, sizeof(double));
    f.spare = info_i_scratch(ctx, n, sizeof(double));
    if (!f.low.u || !f.high.u || !f.spare)
        return ctx->error.status;
    const double precision = 0x1p-48 * fmax(fabs(target), fabs(c->least));
    if (at == INFO_AT_COST && f.target < -precision)
        return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE, "target: cost %s; the least of costs is %s",
                           info_i_number_text(target).text, info_i_number_text(c->least).text);
    if (at == INFO_AT_COST && f.target <= precision)
        return at_slope(ctx, c, INFINITY, input, result);
    info_i_coding_start(&c->coding, n, f.low.u);
    f.low.slope = 0;
    const info_status status = solve_tangent(ctx, c, &f.low, &c->iterations_left);
    if (status != INFO_OK)
        return status;
    if (at == INFO_AT_RATE && f.target < f.low.y)
        return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE, "target: rate %s nat; the capacity is %s nat",
                           info_i_number_text(target).text, info_i_number_text(-f.low.y).text);
    if (at == INFO_AT_COST && f.target >= f.low.x) {
        memcpy(input, f.low.u, (size_t)n * sizeof *input);
        return at_tangent(c, &f.low, result);
    }
    return search(ctx, c, &f, input, result);
}

static info_status check_costs(info_i_error *error, const info_matrix *costs, int64_t inputs)
{
    info_i_check_matrix(error, "costs", costs);
    return info_i_check(error, costs->rows == 1 && costs->cols == inputs, INFO_ERROR_SIZE,
                        "costs: is %lld x %lld; it must be 1 x %lld, one per input", (long long)costs->rows,
                        (long long)costs->cols, (long long)inputs);
}

/* costs NULL: none. */
static info_status capacity(info_ctx *ctx, const info_matrix *matrix, const info_matrix *costs, info_coding_at at,
                            double target, const info_coding_options *options, double *input, int64_t input_len,
                            info_coding_result *result)
{
    info_i_error *error = &ctx->error;
    inputs_problem c;
    info_coding_result found;
    const int64_t inputs = info_i_row_count(matrix);
    info_i_check_target(ctx, at, INFO_AT_COST, target);
    info_i_check_matrix(error, "channel", matrix);
    info_i_coding_options(ctx, options, inputs, &c.coding);
    if (costs)
        check_costs(error, costs, inputs);
    info_i_check_pointer(error, "result", result);
    if (input)
        info_i_check_output(error, "input", input, input_len, inputs);
    info_i_check_spans(error,
                       (info_i_span[]){info_i_array_span("input", input, inputs, sizeof *input),
                                       {"result", result, sizeof *result},
                                       {0}},
                       (info_i_span[]){info_i_matrix_span("channel", matrix),
                                       info_i_matrix_span("costs", costs),
                                       info_i_coding_start_span(&c.coding),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = load(ctx, &c, matrix);
    if (status == INFO_OK && costs)
        status = load_costs(ctx, &c, costs);
    if (status != INFO_OK)
        return status;
    double *optimum = info_i_scratch(ctx, c.inputs, sizeof *optimum);
    if (!optimum)
        return ctx->error.status;
    const double nats = info_i_from_nats(1, c.coding.options.unit);
    status = at == INFO_AT_SLOPE ? at_slope(ctx, &c, target / nats, optimum, &found)
                                 : at_target(ctx, &c, at, at == INFO_AT_RATE ? target / nats : target, optimum, &found);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    if (input)
        memcpy(input, optimum, (size_t)c.inputs * sizeof *input);
    *result = found;
    return status;
}

info_status info_capacity(info_ctx *ctx, const info_matrix *channel, const info_coding_options *options, double *input,
                          int64_t input_len, info_coding_result *result)
{
    return INFO_I_CALL(ctx, capacity(ctx, channel, NULL, INFO_AT_SLOPE, 0, options, input, input_len, result));
}

info_status info_capacity_cost(info_ctx *ctx, const info_matrix *channel, const info_matrix *costs, info_coding_at at,
                               double target, const info_coding_options *options, double *input, int64_t input_len,
                               info_coding_result *result)
{
    return INFO_I_CALL(ctx, info_i_check_pointer(&ctx->error, "costs", costs) == INFO_OK
                                ? capacity(ctx, channel, costs, at, target, options, input, input_len, result)
                                : ctx->error.status);
}
