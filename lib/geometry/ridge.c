/* SPDX-License-Identifier: MIT
 * The public face of ridge regression. */
#include <math.h>

#include "geometry/geometry.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

info_status info_i_ridge_residual(info_ctx *ctx, const info_i_rows *z, const double *token, double ridge,
                                  double *residual)
{
    info_i_regression r;
    double objective;
    const info_status status = info_i_regression_begin(ctx, z, ridge, false, &r);
    return status == INFO_OK ? info_i_regress(ctx, &r, 1, token, &objective, residual, NULL) : status;
}

static info_status ridge(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                         const info_geometry_options *given, const info_matrix_out *weights, info_ridge_result *out,
                         int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows z, t;
    int64_t elements = 0;
    info_i_geometry_options(error, given, false, &options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check_output(error, "out", out, out_len, tokens->rows);
    if (weights)
        info_i_check_shape(error, "weights", weights, tokens->rows, context->rows);
    info_i_check_spans(
        error,
        (info_i_span[]){
            info_i_matrix_out_span("weights", weights), info_i_array_span("out", out, tokens->rows, sizeof *out), {0}},
        (info_i_span[]){info_i_matrix_span("context", context), info_i_matrix_span("tokens", tokens), {0}});
    info_i_check(error, !weights || info_i_multiply(tokens->rows, context->rows, &elements), INFO_ERROR_OVERFLOW,
                 "tokens: %lld weights of %lld rows are too many", (long long)tokens->rows, (long long)context->rows);
    if (error->status != INFO_OK ||
        info_i_load_pair(ctx, context, tokens, options.rows == INFO_ROWS_UNIT, &z, &t) != INFO_OK)
        return error->status;

    /* A failure or cancellation leaves the outputs alone: they are filled at the end. */
    const int64_t m = t.rows;
    double *objective = info_i_scratch(ctx, m, sizeof *objective), *residual = info_i_scratch(ctx, m, sizeof *residual);
    double *w = weights ? info_i_scratch(ctx, elements, sizeof *w) : NULL;
    info_i_regression r;
    if (!objective || !residual || (weights && !w))
        return error->status;
    info_status status = info_i_regression_begin(ctx, &z, options.ridge, weights, &r);
    if (status == INFO_OK)
        status = info_i_regress(ctx, &r, m, t.x, objective, residual, w);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < m; i++) {
        const double gain = info_i_from_nats(log1p(objective[i] / options.ridge), options.unit);
        out[i] = (info_ridge_result){objective[i], residual[i], gain};
        if (weights)
            info_i_put_row_f64(weights, i, 0, z.rows, w + i * z.rows);
    }
    return INFO_OK;
}

info_status info_ridge(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                       const info_geometry_options *options, const info_matrix_out *weights, info_ridge_result *out,
                       int64_t out_len)
{
    return INFO_I_CALL(ctx, ridge(ctx, context, tokens, options, weights, out, out_len));
}
