/* SPDX-License-Identifier: MIT
 *
 * The bottleneck of Gaussian variables. With S_x = L L^T and S_y = K K^T, the squared
 * canonical correlations 1 - l_i are the eigenvalues of C C^T, C = L^-1 S_xy K^-T,
 * which never forms the small l_i as a difference of covariances.
 */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "coding/arguments.h"
#include "coding/gaussian_source.h"
#include "coding/relevance.h"
#include "info/coding.h"
#include "numeric/convert.h"
#include "numeric/psi.h"
#include "numeric/unit.h"

typedef struct correlations {
    int64_t x, y;       /* sizes */
    double *covariance; /* of both */
    double *factor;     /* L */
    double *squared;    /* canonical correlations squared, ascending */
    double *axes;       /* columns L^-T w, x by x */
} correlations;

static info_status factorize(info_ctx *ctx, int64_t n, double *a, int64_t ld, const char *what)
{
    int64_t order;
    const info_status status = info_i_backend_default()->cholesky_f64(n, a, ld, &order);
    if (status != INFO_OK)
        return info_i_fail(&ctx->error, status, "covariance: its factor could not be computed");
    if (order != 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "covariance: that of %s is not positive definite", what);
    return INFO_OK;
}

/* C, x by y, from the joint covariance; the factor L stays in c->factor. */
static info_status whiten(info_ctx *ctx, correlations *c, double *cross)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t n = c->x + c->y;
    double *half = info_i_scratch(ctx, c->y * c->x, sizeof *half);
    if (!half)
        return ctx->error.status;
    for (int64_t i = 0; i < c->x; i++)
        memcpy(c->factor + i * c->x, c->covariance + i * n, (size_t)c->x * sizeof(double));
    for (int64_t i = 0; i < c->y; i++)
        memcpy(half + i * c->x, c->covariance + (c->x + i) * n, (size_t)c->x * sizeof(double));
    double *corner = c->covariance + c->x * n + c->x;
    info_status status = factorize(ctx, c->x, c->factor, c->x, "X");
    if (status == INFO_OK)
        status = factorize(ctx, c->y, corner, n, "Y");
    if (status == INFO_OK)
        status = backend->solve_lower_f64(false, c->y, c->x, corner, n, half, c->x);
    for (int64_t i = 0; status == INFO_OK && i < c->x; i++)
        for (int64_t k = 0; k < c->y; k++)
            cross[i * c->y + k] = half[k * c->x + i];
    if (status == INFO_OK)
        status = backend->solve_lower_f64(false, c->x, c->y, c->factor, c->x, cross, c->y);
    return status;
}

static info_status correlate(info_ctx *ctx, correlations *c)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t work_size = backend->eigen_work_f64(true, c->x);
    if (work_size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x_size: %lld is too large", (long long)c->x);
    double *cross = info_i_scratch(ctx, c->x * c->y, sizeof *cross),
           *work = info_i_scratch(ctx, work_size, sizeof *work);
    double *gram = info_i_scratch(ctx, c->x * c->x, sizeof *gram);
    c->factor = info_i_scratch(ctx, c->x * c->x, sizeof(double));
    c->axes = info_i_scratch(ctx, c->x * c->x, sizeof(double));
    c->squared = info_i_scratch(ctx, c->x, sizeof(double));
    if (!cross || !work || !gram || !c->factor || !c->axes || !c->squared)
        return ctx->error.status;
    info_status status = whiten(ctx, c, cross);
    if (status == INFO_OK)
        status = backend->syrk_f64(false, c->x, c->y, 1, cross, c->y, 0, gram, c->x);
    if (status == INFO_OK)
        status = backend->eigen_f64(true, c->x, gram, c->x, c->squared, work, work_size);
    for (int64_t i = 0; status == INFO_OK && i < c->x; i++)
        for (int64_t k = 0; k < c->x; k++)
            c->axes[k * c->x + i] = gram[i * c->x + k];
    if (status == INFO_OK)
        status = backend->solve_lower_f64(true, c->x, c->x, c->factor, c->x, c->axes, c->x);
    if (status != INFO_OK && ctx->error.status == INFO_OK)
        return info_i_fail(&ctx->error, status, "covariance: its canonical correlations could not be computed");
    if (status == INFO_OK && !(c->squared[c->x - 1] < 1))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "covariance: is not positive definite");
    return status;
}

static info_status check(info_ctx *ctx, const info_matrix *covariance, int64_t x_size, double beta,
                         const info_bottleneck_options *given, info_bottleneck_options *options)
{
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "covariance", covariance);
    info_i_check(error, covariance->rows == covariance->cols, INFO_ERROR_SIZE,
                 "covariance: is %lld x %lld; it must be square", (long long)covariance->rows,
                 (long long)covariance->cols);
    info_i_check(error, x_size >= 1 && x_size < covariance->rows, INFO_ERROR_SIZE, "x_size: %lld; it must be 1 to %lld",
                 (long long)x_size, (long long)covariance->rows - 1);
    info_i_check(error, beta >= 0 && beta < INFINITY, INFO_ERROR_DOMAIN, "beta: %s; it must be at least 0 and finite",
                 info_i_number_text(beta).text);
    return info_i_bottleneck_options(ctx, given, x_size, options);
}

static info_status check_outputs(info_i_error *error, const info_matrix *covariance, int64_t x_size,
                                 const double *critical, int64_t critical_len, const info_matrix_out *projection,
                                 const info_bottleneck_result *result)
{
    info_i_check_pointer(error, "result", result);
    if (critical)
        info_i_check_output(error, "critical", critical, critical_len, x_size);
    if (projection)
        info_i_check_shape(error, "projection", projection, x_size, x_size);
    return info_i_check_spans(error,
                              (info_i_span[]){info_i_array_span("critical", critical, x_size, sizeof *critical),
                                              info_i_matrix_out_span("projection", projection),
                                              {"result", result, sizeof *result},
                                              {0}},
                              (info_i_span[]){info_i_matrix_span("covariance", covariance), {0}});
}

static info_status bottleneck(info_ctx *ctx, const info_matrix *covariance, int64_t x_size, double beta,
                              const info_bottleneck_options *given, double *critical, int64_t critical_len,
                              const info_matrix_out *projection, info_bottleneck_result *result)
{
    info_bottleneck_options options;
    check(ctx, covariance, x_size, beta, given, &options);
    if (check_outputs(&ctx->error, covariance, x_size, critical, critical_len, projection, result) != INFO_OK)
        return ctx->error.status;
    const int64_t n = covariance->rows;
    int64_t cells;
    if (!info_i_multiply(n, n, &cells))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "covariance: its size overflows");
    correlations c = {.x = x_size, .y = n - x_size, .covariance = info_i_scratch(ctx, cells, sizeof(double))};
    double *row = info_i_scratch(ctx, x_size, sizeof *row);
    if (!c.covariance || !row)
        return ctx->error.status;
    info_status status = info_i_read_symmetric(ctx, "covariance", covariance, 0, n, c.covariance);
    if (status == INFO_OK)
        status = correlate(ctx, &c);
    if (status != INFO_OK)
        return status;

    double compression = 0, relevance = 0, value = 0;
    int64_t used = 0;
    for (int64_t i = 0; i < x_size; i++) { /* by descending correlation */
        const double square = c.squared[x_size - 1 - i], above = fma(beta, square, -1);
        const bool use = above > 0;
        /* (beta - 1) r^2 / (1 - r^2) = 1 + u and (beta - 1) / (beta (1 - r^2)) = 1 + u / beta */
        const double u = above / (1 - square);
        if (critical)
            critical[i] = square > 0 ? 1 / square : INFINITY;
        if (use) {
            compression += log1p(u) / 2;
            relevance += log1p(u / beta) / 2;
            value += (beta * info_i_phi(u / beta) - info_i_phi(u)) / 2; /* the difference of nearly equal logarithms */
            used++;
        }
        const double scale = use ? sqrt(u) : 0;
        for (int64_t k = 0; k < x_size; k++)
            row[k] = scale * c.axes[k * x_size + x_size - 1 - i];
        if (projection)
            info_i_put_row_f64(projection, i, 0, x_size, row);
    }
    const double rounding = used ? ((double)n + 16) * 0x1p-52 * (1 + compression + beta * relevance) : 0;
    const info_unit unit = options.unit;
    *result = (info_bottleneck_result){
        .value = info_i_from_nats(value, unit),
        .lower = info_i_from_nats(value - rounding, unit),
        .upper = info_i_from_nats(value + rounding, unit),
        .compression = info_i_from_nats(compression, unit),
        .relevance = info_i_from_nats(relevance, unit),
        .relevance_bound = info_i_from_nats(relevance, unit),
        .beta = beta,
        .clusters = used,
        .status = INFO_OK,
    };
    return INFO_OK;
}

info_status info_bottleneck_gaussian(info_ctx *ctx, const info_matrix *covariance, int64_t x_size, double beta,
                                     const info_bottleneck_options *options, double *critical, int64_t critical_len,
                                     const info_matrix_out *projection, info_bottleneck_result *result)
{
    return INFO_I_CALL(ctx,
                       bottleneck(ctx, covariance, x_size, beta, options, critical, critical_len, projection, result));
}
