/* SPDX-License-Identifier: MIT
 * Points and curves of the rate-distortion function. */
#include <math.h>
#include <string.h>

#include "coding/arguments.h"
#include "coding/relevance.h"
#include "coding/side_information.h"
#include "info/coding.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

/* Everything a call works with: the source, and the two attained points whose mixture is the answer. */
typedef struct job {
    info_i_coding coding;
    info_i_sides sides;
    info_i_frontier frontier;
    info_i_tangent low_end;
    int64_t iterations_left;
} job;

/* The sources p of probabilities weight, one for each value of the side information. */
static info_status begin(info_ctx *ctx, job *j, int64_t count, const double *weight, const double *p,
                         const info_matrix *distortion)
{
    int64_t u_len;
    if (!info_i_multiply(count, distortion->cols, &u_len))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "distortion: its size overflows");
    const info_status status = info_i_sides_open(ctx, &j->sides, count, weight, p, distortion);
    if (status != INFO_OK)
        return status;
    j->sides.source.solver = j->coding.solver;
    j->sides.source.solver.tolerance *= INFO_I_FOR_THE_OPTIMIZER;
    j->iterations_left = j->coding.solver.max_iterations;
    j->frontier = (info_i_frontier){
        .solve = info_i_sides_solve, .user = &j->sides, .u_len = u_len, .tolerance = j->coding.solver.tolerance};
    double **const buffers[] = {&j->frontier.low.u, &j->frontier.high.u, &j->frontier.spare, &j->low_end.u};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (!(*buffers[i] = info_i_scratch(ctx, u_len, sizeof(double))))
            return ctx->error.status;
    return info_i_sides_low_end(ctx, &j->sides, &j->low_end, &j->iterations_left);
}

/* The letters of the distortions are the columns of source, a matrix of that name. */
static info_status check_letters(info_i_error *error, const char *name, const info_matrix *source,
                                 const info_matrix *distortion)
{
    info_i_check_matrix(error, name, source);
    info_i_check_matrix(error, "distortion", distortion);
    return info_i_check(error, source->cols == distortion->rows, INFO_ERROR_SIZE,
                        "distortion: has %lld rows; %s has %lld letters", (long long)distortion->rows, name,
                        (long long)source->cols);
}

static info_status check_source(info_ctx *ctx, job *j, const info_matrix *source, const info_matrix *distortion,
                                const info_coding_options *options)
{
    check_letters(&ctx->error, "source", source, distortion);
    info_i_check(&ctx->error, source->rows == 1, INFO_ERROR_SIZE, "source: has %lld rows; it must be one distribution",
                 (long long)source->rows);
    return info_i_coding_options(ctx, options, info_i_col_count(distortion), &j->coding);
}

static info_status load(info_ctx *ctx, job *j, const info_matrix *source, const info_matrix *distortion)
{
    static const double whole = 1;
    double *p;
    const info_status status = info_i_distributions(ctx, "source", source, j->coding.options.kind, &p);
    return status == INFO_OK ? begin(ctx, j, 1, &whole, p, distortion) : status;
}

static void copy_tangent(int64_t len, info_i_tangent *to, const info_i_tangent *from)
{
    double *const u = to->u;
    memcpy(u, from->u, (size_t)len * sizeof *u);
    *to = *from;
    to->u = u;
}

/* The answer is one tangent's point; at_y: its x, which is exact at the ends of the curve. */
static info_status at_tangent(job *j, const info_i_tangent *t, bool at_y, info_coding_result *result)
{
    info_i_frontier *f = &j->frontier;
    if (t != &f->low)
        copy_tangent(f->u_len, &f->low, t);
    f->share = 0;
    const double line = isinf(t->slope) ? t->intercept : t->intercept - t->slope * t->x;
    const double lower = fmin(fmax(line, 0), t->y);
    const bool narrow = at_y || t->y - lower <= f->tolerance;
    const double x = j->sides.least_mean + t->x;
    return info_i_coding_result(&j->coding, narrow ? INFO_OK : INFO_NOT_CONVERGED, at_y, x, t->y, at_y ? x : lower,
                                at_y ? x : t->y, t->slope, j->coding.solver.max_iterations - j->iterations_left,
                                result);
}

static info_status at_slope(info_ctx *ctx, job *j, double slope, info_coding_result *result)
{
    info_i_tangent *t = &j->frontier.low;
    if (slope == 0 || j->low_end.x == 0) { /* a curve of one point has every slope */
        const info_status status = at_tangent(j, &j->low_end, false, result);
        result->slope = slope;
        return status;
    }
    const int64_t cols = j->sides.source.cols;
    for (int64_t z = 0; z < j->sides.count; z++)
        info_i_coding_start(&j->coding, cols, t->u + z * cols);
    t->slope = slope;
    const info_status status = info_i_sides_solve(ctx, &j->sides, t, &j->iterations_left);
    return status == INFO_OK ? at_tangent(j, t, false, result) : status;
}

/* Searches between a known point of lower slope (in frontier.low) and the end of least distortion. */
static info_status search(info_ctx *ctx, job *j, bool at_y, double target, info_coding_result *result)
{
    info_i_frontier *f = &j->frontier;
    f->at_y = at_y;
    f->target = target;
    j->sides.source.solver.tolerance = j->coding.solver.tolerance / 4;
    info_status status = info_i_sides_high_end(ctx, &j->sides, &f->high);
    if (status == INFO_OK)
        status = info_i_frontier_search(ctx, f, &j->iterations_left);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    const double least = j->sides.least_mean, shift = at_y ? least : 0;
    const double x = at_y ? f->upper : target, y = at_y ? target : f->upper;
    return info_i_coding_result(&j->coding, status, at_y, least + x, y, shift + fmin(fmax(f->lower, 0), f->upper),
                                shift + f->upper, f->slope, j->coding.solver.max_iterations - j->iterations_left,
                                result);
}

static info_status at_distortion(info_ctx *ctx, job *j, double target, info_coding_result *result)
{
    const double above = target - j->sides.least_mean, precision = 0x1p-48 * fmax(target, j->sides.least_mean);
    if (above < -precision)
        return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE, "target: %s; the least mean distortion is %s",
                           info_i_number_text(target).text, info_i_number_text(j->sides.least_mean).text);
    if (above >= j->low_end.x)
        return at_tangent(j, &j->low_end, false, result);
    if (above <= precision)
        return at_slope(ctx, j, INFINITY, result);
    copy_tangent(j->frontier.u_len, &j->frontier.low, &j->low_end);
    return search(ctx, j, false, above, result);
}

static info_status at_rate(info_ctx *ctx, job *j, double target, info_coding_result *result)
{
    if (target < j->low_end.y)
        return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE,
                           "target: rate %s nat; forbidden pairs make at least %s nat necessary",
                           info_i_number_text(target).text, info_i_number_text(j->low_end.y).text);
    if (target == 0 || j->low_end.x == 0)
        return at_tangent(j, &j->low_end, true, result);
    const info_status status = info_i_sides_high_end(ctx, &j->sides, &j->frontier.high);
    if (status != INFO_OK)
        return status;
    if (target >= j->frontier.high.y)
        return at_tangent(j, &j->frontier.high, true, result);
    copy_tangent(j->frontier.u_len, &j->frontier.low, &j->low_end);
    return search(ctx, j, true, target, result);
}

static info_status solve(info_ctx *ctx, job *j, info_coding_at at, double target, info_coding_result *result)
{
    const double nats = info_i_from_nats(1, j->coding.options.unit);
    switch (at) {
    case INFO_AT_SLOPE:
        return at_slope(ctx, j, target / nats, result);
    case INFO_AT_DISTORTION:
        return at_distortion(ctx, j, target, result);
    default:
        return at_rate(ctx, j, target / nats, result);
    }
}

/* p(y) of the mixture of the two points, into output. */
static info_status mix_output(info_ctx *ctx, job *j, double *output)
{
    const info_i_frontier *f = &j->frontier;
    double *other = info_i_scratch(ctx, f->u_len, sizeof *other);
    if (!other)
        return ctx->error.status;
    info_i_source_output(&j->sides.source, &f->low, output);
    if (f->share > 0) {
        info_i_source_output(&j->sides.source, &f->high, other);
        for (int64_t k = 0; k < f->u_len; k++)
            output[k] += f->share * (other[k] - output[k]);
    }
    return INFO_OK;
}

/* Adds share times the tangent's p(y|x) to row, from the row's distortions. */
static bool add_conditional(const info_i_mixture_kernels *kernels, int64_t cols, const info_i_tangent *t, double share,
                            const double *d, double least, double *buffer, double *row)
{
    double sum = 0;
    if (isinf(least)) /* of a letter that never occurs */
        return false;
    info_i_exponentials(kernels, cols, t->slope, least, d, buffer);
    for (int64_t k = 0; k < cols; k++)
        sum += buffer[k] *= t->u[k];
    for (int64_t k = 0; k < cols && sum > 0; k++)
        row[k] += share * (buffer[k] / sum);
    return sum > 0;
}

static info_status write_channel(info_ctx *ctx, job *j, const info_matrix *distortion, const double *output,
                                 const info_matrix_out *channel)
{
    const info_i_frontier *f = &j->frontier;
    const int64_t cols = f->u_len;
    const info_i_mixture_kernels *kernels = j->sides.source.kernels;
    double *buffer = info_i_scratch(ctx, cols, sizeof *buffer), *row = info_i_scratch(ctx, cols, sizeof *row);
    if (!buffer || !row)
        return ctx->error.status;
    for (int64_t x = 0; x < distortion->rows; x++) {
        const double *d = info_i_row_f64(distortion, x, 0, cols, j->sides.source.buffer),
                     least = kernels->least(cols, d);
        memset(row, 0, (size_t)cols * sizeof *row);
        bool known = add_conditional(kernels, cols, &f->low, 1 - f->share, d, least, buffer, row);
        if (f->share > 0)
            known = add_conditional(kernels, cols, &f->high, f->share, d, least, buffer, row) && known;
        info_i_put_row_f64(channel, x, 0, cols, known ? row : output);
    }
    return INFO_OK;
}

static info_status check_outputs(info_ctx *ctx, const job *j, const info_matrix *source, const info_matrix *distortion,
                                 const double *output, int64_t output_len, const info_matrix_out *channel,
                                 const info_coding_result *result)
{
    info_i_error *error = &ctx->error;
    const int64_t letters = info_i_col_count(distortion);
    info_i_check_pointer(error, "result", result);
    if (output)
        info_i_check_output(error, "output", output, output_len, letters);
    if (channel)
        info_i_check_shape(error, "channel", channel, distortion->rows, letters);
    return info_i_check_spans(error,
                              (info_i_span[]){info_i_array_span("output", output, letters, sizeof *output),
                                              info_i_matrix_out_span("channel", channel),
                                              {"result", result, sizeof *result},
                                              {0}},
                              (info_i_span[]){info_i_matrix_span("source", source),
                                              info_i_matrix_span("distortion", distortion),
                                              info_i_coding_start_span(&j->coding),
                                              {0}});
}

static info_status rate_distortion(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                                   info_coding_at at, double target, const info_coding_options *options, double *output,
                                   int64_t output_len, const info_matrix_out *channel, info_coding_result *result)
{
    job j;
    info_coding_result found;
    double *mixed = NULL;
    info_i_check_target(ctx, at, INFO_AT_DISTORTION, target);
    check_source(ctx, &j, source, distortion, options);
    if (check_outputs(ctx, &j, source, distortion, output, output_len, channel, result) != INFO_OK)
        return ctx->error.status;
    info_status status = load(ctx, &j, source, distortion);
    if (status == INFO_OK)
        status = solve(ctx, &j, at, target, &found);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    const info_status outcome = status;
    if (!output && !channel) {
        *result = found;
        return outcome;
    }
    if (!(mixed = info_i_scratch(ctx, distortion->cols, sizeof *mixed)))
        return ctx->error.status;
    if ((status = mix_output(ctx, &j, mixed)) != INFO_OK)
        return status;
    if (channel && (status = write_channel(ctx, &j, distortion, mixed, channel)) != INFO_OK)
        return status;
    if (output)
        memcpy(output, mixed, (size_t)distortion->cols * sizeof *output);
    *result = found;
    return outcome;
}

info_status info_rate_distortion(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                                 info_coding_at at, double target, const info_coding_options *options, double *output,
                                 int64_t output_len, const info_matrix_out *channel, info_coding_result *result)
{
    return INFO_I_CALL(
        ctx, rate_distortion(ctx, source, distortion, at, target, options, output, output_len, channel, result));
}

/* ---- Side information --------------------------------------------------- */

/* Rate and distortion of every value of the side information under the answer, a mixture of two tangents. */
static info_status split(info_ctx *ctx, job *j, const info_i_relevance *table, double *rates, double *distortions)
{
    const info_i_frontier *f = &j->frontier;
    memset(rates, 0, (size_t)table->given_rows * sizeof *rates);
    memset(distortions, 0, (size_t)table->given_rows * sizeof *distortions);
    for (int end = 0; end < (f->share > 0 ? 2 : 1); end++)
        for (int64_t z = 0; z < j->sides.count; z++) {
            double rate, distortion;
            const info_status status =
                info_i_sides_part(ctx, &j->sides, z, end ? &f->high : &f->low, &rate, &distortion);
            if (status != INFO_OK)
                return status;
            const double share = end ? f->share : 1 - f->share;
            rates[table->letter[z]] += share * info_i_from_nats(rate, j->coding.options.unit);
            distortions[table->letter[z]] += share * distortion;
        }
    return INFO_OK;
}

static info_status check_joint(info_ctx *ctx, job *j, const info_matrix *joint, const info_matrix *distortion,
                               const info_coding_options *options)
{
    check_letters(&ctx->error, "joint", joint, distortion);
    info_i_coding_options(ctx, options, info_i_col_count(distortion), &j->coding);
    const info_kind kind = j->coding.options.kind;
    return kind == INFO_PROBABILITIES
               ? ctx->error.status
               : info_i_check_option(&ctx->error, "options.kind", kind, INFO_COUNTS, INFO_COUNTS);
}

static info_status check_parts(info_ctx *ctx, const job *j, const info_matrix *joint, const info_matrix *distortion,
                               const double *rates, int64_t rates_len, const double *distortions,
                               int64_t distortions_len, const info_coding_result *result)
{
    info_i_error *error = &ctx->error;
    const int64_t rows = info_i_row_count(joint);
    if (rates)
        info_i_check_output(error, "rates", rates, rates_len, rows);
    if (distortions)
        info_i_check_output(error, "distortions", distortions, distortions_len, rows);
    info_i_check_pointer(error, "result", result);
    return info_i_check_spans(error,
                              (info_i_span[]){info_i_array_span("rates", rates, rows, sizeof *rates),
                                              info_i_array_span("distortions", distortions, rows, sizeof *distortions),
                                              {"result", result, sizeof *result},
                                              {0}},
                              (info_i_span[]){info_i_matrix_span("joint", joint),
                                              info_i_matrix_span("distortion", distortion),
                                              info_i_coding_start_span(&j->coding),
                                              {0}});
}

static info_status conditional(info_ctx *ctx, const info_matrix *joint, const info_matrix *distortion,
                               info_coding_at at, double target, const info_coding_options *options, double *rates,
                               int64_t rates_len, double *distortions, int64_t distortions_len,
                               info_coding_result *result)
{
    job j;
    info_i_relevance table;
    info_coding_result found;
    info_i_check_target(ctx, at, INFO_AT_DISTORTION, target);
    check_joint(ctx, &j, joint, distortion, options);
    if (check_parts(ctx, &j, joint, distortion, rates, rates_len, distortions, distortions_len, result) != INFO_OK)
        return ctx->error.status;
    info_status status = info_i_relevance_open(ctx, joint, j.coding.options.kind, &table);
    if (status == INFO_OK)
        status = begin(ctx, &j, table.rows, table.px, table.conditional, distortion);
    if (status == INFO_OK)
        status = solve(ctx, &j, at, target, &found);
    if (status < 0 || status == INFO_CANCELED)
        return status;
    const info_status outcome = status;
    double *part[2] = {info_i_scratch(ctx, joint->rows, sizeof(double)),
                       info_i_scratch(ctx, joint->rows, sizeof(double))};
    if (!part[0] || !part[1])
        return ctx->error.status;
    if ((rates || distortions) && (status = split(ctx, &j, &table, part[0], part[1])) != INFO_OK)
        return status;
    if (rates)
        memcpy(rates, part[0], (size_t)joint->rows * sizeof *rates);
    if (distortions)
        memcpy(distortions, part[1], (size_t)joint->rows * sizeof *distortions);
    *result = found;
    return outcome;
}

info_status info_rate_distortion_conditional(info_ctx *ctx, const info_matrix *joint, const info_matrix *distortion,
                                             info_coding_at at, double target, const info_coding_options *options,
                                             double *rates, int64_t rates_len, double *distortions,
                                             int64_t distortions_len, info_coding_result *result)
{
    return INFO_I_CALL(ctx, conditional(ctx, joint, distortion, at, target, options, rates, rates_len, distortions,
                                        distortions_len, result));
}

/* ---- Curves ------------------------------------------------------------- */

/* Points by descending distortion; each search starts from the bracket of the one before. */
static info_status curve(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                         const info_coding_options *options, info_coding_result *points, int64_t count)
{
    info_i_error *error = &ctx->error;
    job j;
    int64_t bytes = 0;
    check_source(ctx, &j, source, distortion, options);
    info_i_check_pointer(error, "points", points);
    info_i_check(error, count >= 2, INFO_ERROR_SIZE, "count: %lld; a curve has at least its 2 ends", (long long)count);
    info_i_check(error, info_i_multiply(count, (int64_t)sizeof *points, &bytes), INFO_ERROR_OVERFLOW,
                 "count: %lld points cannot be addressed", (long long)count);
    info_i_check_spans(error, (info_i_span[]){{"points", points, bytes}, {0}},
                       (info_i_span[]){info_i_matrix_span("source", source),
                                       info_i_matrix_span("distortion", distortion),
                                       info_i_coding_start_span(&j.coding),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = load(ctx, &j, source, distortion);
    if (status != INFO_OK)
        return status;
    info_coding_result *found = info_i_scratch(ctx, count, sizeof *found);
    if (!found)
        return ctx->error.status;
    copy_tangent(j.frontier.u_len, &j.frontier.low, &j.low_end);
    info_status worst = at_tangent(&j, &j.low_end, false, found + count - 1);
    for (int64_t i = count - 2; i >= 0; i--) {
        const info_i_mark mark = info_i_scratch_mark(ctx);
        const double x = j.low_end.x * ((double)i / (double)(count - 1));
        j.iterations_left = j.coding.solver.max_iterations;
        if (i == 0 || j.low_end.x == 0)
            status = at_slope(ctx, &j, INFINITY, found + i);
        else
            status = search(ctx, &j, false, x, found + i);
        if (status < 0 || status == INFO_CANCELED)
            return status;
        worst = status != INFO_OK ? status : worst;
        info_i_scratch_release(ctx, mark);
    }
    memcpy(points, found, (size_t)count * sizeof *points);
    return worst;
}

info_status info_rate_distortion_curve(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                                       const info_coding_options *options, info_coding_result *points, int64_t count)
{
    return INFO_I_CALL(ctx, curve(ctx, source, distortion, options, points, count));
}
