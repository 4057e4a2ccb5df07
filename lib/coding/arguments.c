/* SPDX-License-Identifier: MIT
 * Arguments of the coding family. */
#include "coding/arguments.h"

#include <math.h>

#include "distribution/input.h"
#include "numeric/unit.h"

#define DEFAULT_TOLERANCE 1e-9
#define DEFAULT_ITERATIONS 100000

static info_status check_start(info_i_error *error, const info_coding_options *o, int64_t alphabet)
{
    double sum = 0;
    info_i_check_pointer(error, "options.start", o->start);
    info_i_check(error, o->start_len == alphabet, INFO_ERROR_SIZE,
                 "options.start: has %lld entries; the optimizer has %lld", (long long)o->start_len,
                 (long long)alphabet);
    for (int64_t k = 0; k < alphabet && error->status == INFO_OK; k++) {
        info_i_check(error, o->start[k] >= 0 && o->start[k] < INFINITY, INFO_ERROR_DOMAIN,
                     "options.start: entry %lld is %s; probabilities must be finite and not negative", (long long)k,
                     info_i_number_text(o->start[k]).text);
        sum += o->start[k];
    }
    return info_i_check(error, fabs(sum - 1) <= 1e-6, INFO_ERROR_SUM,
                        "options.start: sums to %s; probabilities must sum to 1", info_i_number_text(sum).text);
}

info_status info_i_coding_options(info_ctx *ctx, const info_coding_options *given, int64_t alphabet,
                                  info_i_coding *coding)
{
    info_i_error *error = &ctx->error;
    info_coding_options *o = &coding->options;
    info_i_options(error, info_coding_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.method", o->method, INFO_CODING_DEFAULT, INFO_CODING_FIRST_ORDER},
                                      {"options.max_iterations", o->max_iterations, 0, INT64_MAX},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.tolerance", o->tolerance, 0, INFINITY, INFO_I_BELOW_HIGH);
    if (o->start)
        check_start(error, o, alphabet);
    coding->solver = (info_i_solver){
        .tolerance = o->tolerance > 0 ? o->tolerance : DEFAULT_TOLERANCE,
        .max_iterations = o->max_iterations > 0 ? o->max_iterations : DEFAULT_ITERATIONS,
        .first_order = o->method == INFO_CODING_FIRST_ORDER,
    };
    return error->status;
}

info_i_span info_i_coding_start_span(const info_i_coding *coding)
{
    return info_i_array_span("options.start", coding->options.start, coding->options.start_len, sizeof(double));
}

static void normalize(int64_t n, double *p)
{
    info_i_dd sum = {0, 0};
    for (int64_t k = 0; k < n; k++)
        sum = info_i_dd_add_double(sum, p[k]);
    for (int64_t k = 0; k < n; k++)
        p[k] /= info_i_dd_value(sum);
}

info_status info_i_distributions(info_ctx *ctx, const char *name, const info_matrix *matrix, info_kind kind,
                                 double **rows)
{
    info_i_input in;
    const info_i_reading reading = {.kind = kind, .instead = ", or be INFO_COUNTS by options.kind"};
    info_status status = info_i_input_open(ctx, &in, name, matrix, &reading);
    if (status != INFO_OK)
        return status;
    int64_t elements;
    if (!info_i_multiply(matrix->rows, matrix->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: its size overflows", name);
    double *p = info_i_scratch(ctx, elements, sizeof *p);
    if (!p)
        return ctx->error.status;
    for (int64_t row = 0; row < matrix->rows; row++) {
        info_i_row r;
        if ((status = info_i_row_open(ctx, &in, row, p + row * matrix->cols, &r, &ctx->error)) != INFO_OK)
            return status;
        for (int64_t col = 0; col < matrix->cols; col += INFO_I_BLOCK) {
            const int64_t left = matrix->cols - col, count = left < INFO_I_BLOCK ? left : INFO_I_BLOCK;
            double *to = p + row * matrix->cols + col;
            const double *from = info_i_row_probabilities(&r, col, count, to);
            for (int64_t k = 0; k < count; k++)
                to[k] = from[k];
        }
        normalize(matrix->cols, p + row * matrix->cols);
    }
    *rows = p;
    return INFO_OK;
}

void info_i_coding_start(const info_i_coding *coding, int64_t alphabet, double *u)
{
    const double *start = coding->options.start, uniform = 1 / (double)alphabet;
    for (int64_t k = 0; k < alphabet; k++)
        u[k] = start ? 0.999 * start[k] + 0.001 * uniform : uniform;
    normalize(alphabet, u);
}

info_status info_i_check_target(info_ctx *ctx, info_coding_at at, info_coding_at other_at, double target)
{
    info_i_error *error = &ctx->error;
    info_i_check(error, at == INFO_AT_SLOPE || at == INFO_AT_RATE || at == other_at, INFO_ERROR_OPTION,
                 "at: %d is not allowed here; %d, %d and %d are", (int)at, INFO_AT_SLOPE, (int)other_at, INFO_AT_RATE);
    return info_i_check(
        error, !isnan(target) && (target >= 0 || at == INFO_AT_COST) && (!isinf(target) || at == INFO_AT_SLOPE),
        INFO_ERROR_DOMAIN, "target: %s; it must be %s", info_i_number_text(target).text,
        at == INFO_AT_SLOPE  ? "a slope, not negative"
        : at == INFO_AT_COST ? "finite"
                             : "finite and not negative");
}

info_status info_i_coding_result(const info_i_coding *coding, info_status status, bool at_y, double x, double y,
                                 double lower, double upper, double slope, int64_t iterations,
                                 info_coding_result *result)
{
    const info_unit unit = coding->options.unit;
    *result = (info_coding_result){
        .value = at_y ? x : info_i_from_nats(y, unit),
        .lower = at_y ? lower : info_i_from_nats(lower, unit),
        .upper = at_y ? upper : info_i_from_nats(upper, unit),
        .rate = info_i_from_nats(y, unit),
        .distortion = x,
        .slope = info_i_from_nats(slope, unit),
        .iterations = iterations,
        .status = status,
    };
    return status;
}
