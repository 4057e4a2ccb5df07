/* SPDX-License-Identifier: MIT
 * The gain of every token of a sequence, and of tokens outside it (which is their ridge regression's).
 *
 * The squared pivots of the factor of Z Z^T + l I are l + R_i: one factorization
 * serves all tokens. A sequence much longer than d is taken in blocks of d tokens:
 * with L L^T = Z_<^T Z_< + l I of the rows before the block, the block's gains are
 * those of the columns of L^-1 Z_b^T with l = 1. */
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"
#include "numeric/unit.h"

static info_status gains_at_once(info_ctx *ctx, int64_t n, int64_t d, const double *x, double ridge, double *gains)
{
    int64_t square;
    if (!info_i_multiply(n, n, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld tokens are too many", (long long)n);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *factor = info_i_scratch(ctx, square, sizeof *factor);
    if (!factor)
        return ctx->error.status;
    const info_status status = info_i_factor(ctx, n, d, x, ridge, ridge, factor);
    if (status == INFO_OK)
        info_i_gains_of_factor(n, d, x, ridge, factor, gains);
    info_i_scratch_release(ctx, mark);
    return status;
}

/* Gains of the block's rows, given L of the rows before it. */
static info_status gains_of_block(info_ctx *ctx, int64_t rows, int64_t d, const double *block, const double *factor,
                                  double *gains)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *columns = info_i_scratch(ctx, d * rows, sizeof *columns);
    double *explained = info_i_scratch(ctx, rows * d, sizeof *explained);
    if (!columns || !explained)
        return ctx->error.status;
    info_i_transpose(rows, d, block, columns);
    info_status status = info_i_solve_lower(ctx, false, d, rows, factor, d, columns, rows);
    if (status != INFO_OK)
        return status;
    info_i_transpose(d, rows, columns, explained);
    status = gains_at_once(ctx, rows, d, explained, 1, gains);
    info_i_scratch_release(ctx, mark);
    return status;
}

/* factor := that of [factor, block^T], or of block^T with the ridge for the first block. */
static info_status take_in(info_ctx *ctx, int64_t rows, int64_t d, const double *block, bool first, double ridge,
                           double *factor)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const int64_t width = first ? rows : d + rows;
    double *wide = info_i_scratch(ctx, d * width, sizeof *wide);
    if (!wide)
        return ctx->error.status;
    for (int64_t i = 0; i < d; i++) {
        double *row = wide + i * width;
        if (!first)
            memcpy(row, factor + i * d, (size_t)d * sizeof *row);
        for (int64_t j = 0; j < rows; j++)
            row[width - rows + j] = block[j * d + i];
    }
    const info_status status = info_i_factor(ctx, d, width, wide, first ? ridge : 0, ridge, factor);
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status gains_by_blocks(info_ctx *ctx, const info_i_rows *z, double ridge, double *gains)
{
    const int64_t d = z->cols, size = d < 64 ? 64 : d;
    double *factor = info_i_scratch_zero(ctx, d * d, sizeof *factor);
    if (!factor)
        return ctx->error.status;
    for (int64_t begin = 0; begin < z->rows; begin += size) {
        const int64_t rows = z->rows - begin < size ? z->rows - begin : size;
        const double *block = z->x + begin * d;
        info_status status = begin == 0 ? gains_at_once(ctx, rows, d, block, ridge, gains)
                                        : gains_of_block(ctx, rows, d, block, factor, gains + begin);
        if (status == INFO_OK && begin + rows < z->rows)
            status = take_in(ctx, rows, d, block, begin == 0, ridge, factor);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(begin + rows) / (double)z->rows);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

static info_status token_gains(info_ctx *ctx, const info_matrix *z, const info_geometry_options *given, double *out,
                               int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows rows;
    info_i_geometry_options(error, given, false, &options);
    info_i_check_matrix(error, "z", z);
    info_i_check_output(error, "out", out, out_len, z->rows);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, z->rows, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("z", z), {0}});
    if (error->status != INFO_OK || info_i_load_rows(ctx, "z", z, options.rows == INFO_ROWS_UNIT, &rows) != INFO_OK)
        return error->status;
    double *gains = info_i_scratch(ctx, rows.rows, sizeof *gains);
    if (!gains)
        return error->status;
    info_status status;
    if (rows.rows > 64 && rows.rows / 4 > rows.cols)
        status = gains_by_blocks(ctx, &rows, options.ridge, gains);
    else
        status = gains_at_once(ctx, rows.rows, rows.cols, rows.x, options.ridge, gains);
    for (int64_t i = 0; i < rows.rows && status == INFO_OK; i++)
        out[i] = info_i_from_nats(gains[i], options.unit);
    return status;
}

info_status info_i_information_gain(info_ctx *ctx, const info_i_rows *z, const info_i_rows *tokens, double ridge,
                                    double *gains)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    info_i_regression r;
    info_status status = info_i_regression_begin(ctx, z, ridge, false, &r);
    if (status == INFO_OK)
        status = info_i_regress(ctx, &r, tokens->rows, tokens->x, gains, NULL, NULL);
    for (int64_t i = 0; i < tokens->rows && status == INFO_OK; i++)
        gains[i] = log1p(gains[i] / ridge);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

static info_status information_gain(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                    const info_geometry_options *given, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows z, t;
    info_i_geometry_options(error, given, false, &options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check_output(error, "out", out, out_len, tokens->rows);
    info_i_check_spans(
        error, (info_i_span[]){info_i_array_span("out", out, tokens->rows, sizeof *out), {0}},
        (info_i_span[]){info_i_matrix_span("context", context), info_i_matrix_span("tokens", tokens), {0}});
    if (error->status != INFO_OK ||
        info_i_load_pair(ctx, context, tokens, options.rows == INFO_ROWS_UNIT, &z, &t) != INFO_OK)
        return error->status;
    double *gains = info_i_scratch(ctx, t.rows, sizeof *gains);
    if (!gains)
        return error->status;
    const info_status status = info_i_information_gain(ctx, &z, &t, options.ridge, gains);
    for (int64_t i = 0; i < t.rows && status == INFO_OK; i++)
        out[i] = info_i_from_nats(gains[i], options.unit);
    return status;
}

info_status info_token_gains(info_ctx *ctx, const info_matrix *z, const info_geometry_options *options, double *out,
                             int64_t out_len)
{
    return INFO_I_CALL(ctx, token_gains(ctx, z, options, out, out_len));
}

info_status info_information_gain(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                  const info_geometry_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, information_gain(ctx, context, tokens, options, out, out_len));
}
