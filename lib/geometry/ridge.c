/* SPDX-License-Identifier: MIT
 * Ridge regression of tokens on their context, on the smaller side of it: with
 * w = Z y the equations (Z Z^T + l I) w = Z z become (Z^T Z + l I) y = z. */
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

/* Tokens done together, so that scratch memory does not grow with their number. */
#define BATCH 256

typedef struct regression {
    const info_i_rows *z;
    double ridge;
    bool dual;      /* n > d: solved for y */
    double *factor; /* of Z Z^T + l I or Z^T Z + l I */
    double *w;      /* n x m, a token in each column, as are those below */
    double *rest;   /* d x m: z - Z^T w */
    double *right;  /* min(n, d) x m */
    double *y;      /* d x m, dual only */
} regression;

static info_status solve(const regression *r, int64_t order, int64_t m, double *x)
{
    const info_i_backend *backend = info_i_backend_default();
    const info_status status = backend->solve_lower_f64(false, order, m, r->factor, order, x, m);
    return status == INFO_OK ? backend->solve_lower_f64(true, order, m, r->factor, order, x, m) : status;
}

/* rest := tokens^T - Z^T w */
static info_status residual(const regression *r, const double *tokens, int64_t m)
{
    const int64_t n = r->z->rows, d = r->z->cols;
    info_i_transpose(m, d, tokens, r->rest);
    return info_i_backend_default()->gemm_f64(true, false, d, m, n, -1, r->z->x, d, r->w, m, 1, r->rest, m);
}

/* One Newton step from w (and y): exact but for rounding, so that a second one only refines. */
static info_status step(const regression *r, int64_t m)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t n = r->z->rows, d = r->z->cols;
    info_status status;
    if (r->dual) {
        for (int64_t i = 0; i < d * m; i++)
            r->right[i] = r->rest[i] - r->ridge * r->y[i];
        if ((status = solve(r, d, m, r->right)) != INFO_OK)
            return status;
        for (int64_t i = 0; i < d * m; i++)
            r->y[i] += r->right[i];
        return backend->gemm_f64(false, false, n, m, d, 1, r->z->x, d, r->y, m, 0, r->w, m);
    }
    memcpy(r->right, r->w, (size_t)(n * m) * sizeof *r->right);
    status = backend->gemm_f64(false, false, n, m, d, 1, r->z->x, d, r->rest, m, -r->ridge, r->right, m);
    if (status == INFO_OK)
        status = solve(r, n, m, r->right);
    for (int64_t i = 0; i < n * m && status == INFO_OK; i++)
        r->w[i] += r->right[i];
    return status;
}

static double column_square(const double *x, int64_t rows, int64_t m, int64_t column)
{
    double sum = 0;
    for (int64_t i = 0; i < rows; i++)
        sum += x[i * m + column] * x[i * m + column];
    return sum;
}

/* w and rest of m tokens; the results of each, in nats. */
static info_status regress(const regression *r, const double *tokens, int64_t m, info_ridge_result *results)
{
    const int64_t n = r->z->rows, d = r->z->cols;
    memset(r->w, 0, (size_t)(n * m) * sizeof *r->w);
    if (r->dual)
        memset(r->y, 0, (size_t)(d * m) * sizeof *r->y);
    info_status status = residual(r, tokens, m);
    for (int round = 0; round < 3 && status == INFO_OK; round++) {
        status = step(r, m);
        if (status == INFO_OK)
            status = residual(r, tokens, m);
    }
    for (int64_t t = 0; t < m && status == INFO_OK; t++) {
        results[t].residual = column_square(r->rest, d, m, t);
        results[t].objective = results[t].residual + r->ridge * column_square(r->w, n, m, t);
        results[t].gain = log1p(results[t].objective / r->ridge);
    }
    return status;
}

static info_status prepare(info_ctx *ctx, const info_i_rows *z, int64_t m, double ridge, regression *r)
{
    const int64_t n = z->rows, d = z->cols;
    *r = (regression){.z = z, .ridge = ridge, .dual = n > d};
    const int64_t order = r->dual ? d : n;
    int64_t square;
    if (!info_i_multiply(order, order, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "context: %lld x %lld is too large", (long long)n,
                           (long long)d);
    r->factor = info_i_scratch(ctx, square, sizeof(double));
    r->w = info_i_scratch(ctx, n * m, sizeof(double));
    r->rest = info_i_scratch(ctx, d * m, sizeof(double));
    r->right = info_i_scratch(ctx, order * m, sizeof(double));
    r->y = r->dual ? info_i_scratch(ctx, d * m, sizeof(double)) : NULL;
    if (!r->factor || !r->w || !r->rest || !r->right || (r->dual && !r->y))
        return ctx->error.status;
    if (!r->dual)
        return info_i_factor(ctx, n, d, z->x, ridge, ridge, r->factor);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *transposed = info_i_scratch(ctx, n * d, sizeof *transposed);
    if (!transposed)
        return ctx->error.status;
    info_i_transpose(n, d, z->x, transposed);
    const info_status status = info_i_factor(ctx, d, n, transposed, ridge, ridge, r->factor);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_i_ridge_residual(info_ctx *ctx, const info_i_rows *z, const double *token, double ridge,
                                  double *residual_out)
{
    regression r;
    info_ridge_result result;
    info_status status = prepare(ctx, z, 1, ridge, &r);
    if (status == INFO_OK)
        status = regress(&r, token, 1, &result);
    if (status == INFO_OK)
        *residual_out = result.residual;
    return status;
}

static info_status ridge(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                         const info_geometry_options *given, const info_matrix_out *weights, info_ridge_result *out,
                         int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_geometry_options options;
    info_i_rows z, t;
    info_status status;
    if ((status = info_i_geometry_options(error, given, false, &options)) != INFO_OK ||
        (status = info_i_load_pair(ctx, context, tokens, options.rows == INFO_ROWS_UNIT, &z, &t)) != INFO_OK ||
        (status = info_i_check_output(error, "out", out, out_len, t.rows)) != INFO_OK)
        return status;
    const int64_t bytes = t.rows * (int64_t)sizeof *out;
    if ((status = info_i_check_weights(error, weights, t.rows, context, tokens, out, bytes)) != INFO_OK ||
        (status = info_i_check_overlap(error, "out", out, bytes, "context", context)) != INFO_OK ||
        (status = info_i_check_overlap(error, "out", out, bytes, "tokens", tokens)) != INFO_OK)
        return status;

    const int64_t batch = t.rows < BATCH ? t.rows : BATCH;
    regression r;
    /* A failure or cancellation leaves the outputs alone: they are filled at the end. */
    info_ridge_result *results = info_i_scratch(ctx, t.rows, sizeof *results);
    int64_t kept_size;
    if (!info_i_multiply(t.rows, z.rows, &kept_size))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "tokens: %lld weights of %lld rows are too many",
                           (long long)t.rows, (long long)z.rows);
    double *kept = weights ? info_i_scratch(ctx, kept_size, sizeof *kept) : NULL;
    if (!results || (weights && !kept))
        return error->status;
    if ((status = prepare(ctx, &z, batch, options.ridge, &r)) != INFO_OK)
        return status;
    for (int64_t begin = 0; begin < t.rows; begin += batch) {
        const int64_t m = t.rows - begin < batch ? t.rows - begin : batch;
        status = regress(&r, t.x + begin * t.cols, m, results + begin);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(begin + m) / (double)t.rows);
        if (status != INFO_OK)
            return status;
        if (weights)
            info_i_transpose(z.rows, m, r.w, kept + begin * z.rows);
    }
    for (int64_t i = 0; i < t.rows; i++) {
        out[i] = results[i];
        out[i].gain = info_i_from_nats(out[i].gain, options.unit);
        if (weights)
            info_i_put_row_f64(weights, i, 0, z.rows, kept + i * z.rows);
    }
    return INFO_OK;
}

info_status info_ridge(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                       const info_geometry_options *options, const info_matrix_out *weights, info_ridge_result *out,
                       int64_t out_len)
{
    return INFO_I_CALL(ctx, ridge(ctx, context, tokens, options, weights, out, out_len));
}
