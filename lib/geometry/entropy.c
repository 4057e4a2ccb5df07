/* SPDX-License-Identifier: MIT
 * Representation entropy and log-determinants of a sequence, and the conditional
 * entropy of a token given it. */
#include <math.h>

#include "geometry/geometry.h"
#include "numeric/unit.h"

/* The ridge at which a coding rate of n rows in R^d is a log-determinant: n e^2 / d. */
static double coding_ridge(int64_t n, int64_t d, double distortion)
{
    return (double)n * (distortion * distortion) / (double)d;
}

static double coding_rate(int64_t n, int64_t d, double log_determinant)
{
    return 0.5 * (double)(d + n) * log_determinant;
}

static info_status representation_entropy(info_ctx *ctx, const info_matrix *z, const info_geometry_options *given,
                                          info_coding_rate *out)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows rows;
    info_i_geometry_options(error, given, true, &options);
    info_i_check_matrix(error, "z", z);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("z", z), {0}});
    if (error->status != INFO_OK || info_i_load_rows(ctx, "z", z, options.rows == INFO_ROWS_UNIT, &rows) != INFO_OK)
        return error->status;

    const double n = (double)rows.rows, d = (double)rows.cols, square = options.distortion * options.distortion;
    double log_determinant;
    const info_status status =
        info_i_log_determinant(ctx, &rows, coding_ridge(rows.rows, rows.cols, options.distortion), &log_determinant);
    if (status != INFO_OK)
        return status;
    const double largest = d * log1p(1 / square);
    out->rate = info_i_from_nats(coding_rate(rows.rows, rows.cols, log_determinant), options.unit);
    out->log_determinant = info_i_from_nats(log_determinant, options.unit);
    out->normalized = log_determinant / largest;
    out->attainable = n < d ? n * log1p(d / (n * square)) / largest : 1;
    return INFO_OK;
}

static info_status log_determinant(info_ctx *ctx, const info_matrix *z, const info_geometry_options *given, double *out,
                                   int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows rows;
    double value;
    info_i_geometry_options(error, given, false, &options);
    info_i_check_matrix(error, "z", z);
    info_i_check_output(error, "out", out, out_len, 1);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("z", z), {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = info_i_load_rows(ctx, "z", z, options.rows == INFO_ROWS_UNIT, &rows);
    if (status == INFO_OK)
        status = info_i_log_determinant(ctx, &rows, options.ridge, &value);
    if (status != INFO_OK)
        return status;
    out[0] = info_i_from_nats(value, options.unit);
    return INFO_OK;
}

static info_status conditional_entropy(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                       const info_geometry_options *given, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows z, t;
    info_i_geometry_options(error, given, true, &options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check_output(error, "out", out, out_len, tokens->rows);
    info_i_check_spans(
        error, (info_i_span[]){info_i_array_span("out", out, tokens->rows, sizeof *out), {0}},
        (info_i_span[]){info_i_matrix_span("context", context), info_i_matrix_span("tokens", tokens), {0}});
    if (error->status != INFO_OK ||
        info_i_load_pair(ctx, context, tokens, options.rows == INFO_ROWS_UNIT, &z, &t) != INFO_OK)
        return error->status;

    const double ridge = coding_ridge(z.rows, z.cols, options.distortion);
    const double next_ridge = coding_ridge(z.rows + 1, z.cols, options.distortion);
    double before, same_context;
    double *gains = info_i_scratch(ctx, t.rows, sizeof *gains);
    if (!gains)
        return error->status;
    info_status status = info_i_log_determinant(ctx, &z, ridge, &before);
    if (status == INFO_OK)
        status = info_i_log_determinant(ctx, &z, next_ridge, &same_context);
    if (status == INFO_OK)
        status = info_i_information_gain(ctx, &z, &t, next_ridge, gains);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < t.rows; i++)
        out[i] = info_i_from_nats(coding_rate(z.rows + 1, z.cols, same_context + gains[i]) -
                                      coding_rate(z.rows, z.cols, before),
                                  options.unit);
    return INFO_OK;
}

info_status info_representation_entropy(info_ctx *ctx, const info_matrix *z, const info_geometry_options *options,
                                        info_coding_rate *out)
{
    return INFO_I_CALL(ctx, representation_entropy(ctx, z, options, out));
}

info_status info_log_determinant(info_ctx *ctx, const info_matrix *z, const info_geometry_options *options, double *out,
                                 int64_t out_len)
{
    return INFO_I_CALL(ctx, log_determinant(ctx, z, options, out, out_len));
}

info_status info_token_conditional_entropy(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                           const info_geometry_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, conditional_entropy(ctx, context, tokens, options, out, out_len));
}
