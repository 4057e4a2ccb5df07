/* SPDX-License-Identifier: MIT
 * Variances of a Gaussian source along its principal axes. */
#include "coding/gaussian_source.h"

#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "numeric/convert.h"
#include "numeric/sort.h"

#define ASYMMETRY 1e-6 /* of the largest entry: what arithmetic in f32 leaves */

static info_status not_finite(info_ctx *ctx, const char *name, int64_t row, int64_t col, double value)
{
    return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "%s: row %lld, column %lld is %s; it must be finite", name,
                       (long long)row, (long long)col, info_i_number_text(value).text);
}

info_status info_i_read_symmetric(info_ctx *ctx, const char *name, const info_matrix *m, int64_t first, int64_t n,
                                  double *out)
{
    double largest = 0;
    for (int64_t i = 0; i < n; i++) {
        info_i_get_row_f64(m, first + i, first, n, out + i * n);
        for (int64_t j = 0; j < n; j++) {
            if (!isfinite(out[i * n + j]))
                return not_finite(ctx, name, first + i, first + j, out[i * n + j]);
            largest = fmax(largest, fabs(out[i * n + j]));
        }
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            double *a = out + i * n + j, *b = out + j * n + i;
            if (fabs(*a - *b) > ASYMMETRY * largest)
                return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                                   "%s: entries (%lld, %lld) and (%lld, %lld) are %s and %s; it must be symmetric",
                                   name, (long long)(first + i), (long long)(first + j), (long long)(first + j),
                                   (long long)(first + i), info_i_number_text(*a).text, info_i_number_text(*b).text);
            *a = *b = *a / 2 + *b / 2;
        }
    return INFO_OK;
}

/* Eigenvalues of a (spoiled), ascending, into w; those that rounding made negative become 0. */
static info_status eigenvalues(info_ctx *ctx, int64_t n, double *a, double *w)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t size = backend->eigen_work_f64(false, n);
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "source: %lld columns are too many", (long long)n);
    double *work = info_i_scratch(ctx, size, sizeof *work);
    if (!work)
        return ctx->error.status;
    const info_status status = backend->eigen_f64(false, n, a, n, w, work, size);
    if (status != INFO_OK)
        return info_i_fail(&ctx->error, status, "source: its eigenvalues could not be computed");
    if (w[0] < -ASYMMETRY * fmax(w[n - 1], 0))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                           "source: has the eigenvalue %s; a covariance has none below 0",
                           info_i_number_text(w[0]).text);
    for (int64_t i = 0; i < n; i++)
        w[i] = fmax(w[i], 0);
    return INFO_OK;
}

static info_status from_variances(info_ctx *ctx, const info_matrix *m, double *variances)
{
    if (m->rows != 1)
        return info_i_fail(&ctx->error, INFO_ERROR_SIZE, "source: has %lld rows; variances are one row",
                           (long long)m->rows);
    info_i_get_row_f64(m, 0, 0, m->cols, variances);
    for (int64_t i = 0; i < m->cols; i++)
        if (!(variances[i] >= 0 && variances[i] < INFINITY))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                               "source: variance %lld is %s; it must be finite and not negative", (long long)i,
                               info_i_number_text(variances[i]).text);
    info_i_sort_descending(variances, m->cols);
    return INFO_OK;
}

static info_status from_covariance(info_ctx *ctx, const info_matrix *m, double *variances)
{
    if (m->rows != m->cols)
        return info_i_fail(&ctx->error, INFO_ERROR_SIZE, "source: is %lld x %lld; a covariance is square",
                           (long long)m->rows, (long long)m->cols);
    double *a = info_i_scratch(ctx, m->rows * m->cols, sizeof *a);
    if (!a)
        return ctx->error.status;
    info_status status = info_i_read_symmetric(ctx, "source", m, 0, m->cols, a);
    if (status == INFO_OK)
        status = eigenvalues(ctx, m->cols, a, variances);
    if (status == INFO_OK)
        info_i_sort_descending(variances, m->cols);
    return status;
}

/* Centered samples; the smaller of covariance and Gram matrix has the same non-zero spectrum. */
static info_status from_samples(info_ctx *ctx, const info_matrix *m, double *variances)
{
    const int64_t n = m->rows, d = m->cols, order = n < d ? n : d;
    double *x = info_i_scratch(ctx, n * d, sizeof *x), *mean = info_i_scratch_zero(ctx, d, sizeof *mean);
    double *a = info_i_scratch(ctx, order * order, sizeof *a);
    if (!x || !mean || !a)
        return ctx->error.status;
    for (int64_t i = 0; i < n; i++) {
        info_i_get_row_f64(m, i, 0, d, x + i * d);
        for (int64_t k = 0; k < d; k++) {
            if (!(fabs(x[i * d + k]) < 0x1p500)) /* its square must be finite, too */
                return not_finite(ctx, "source", i, k, x[i * d + k]);
            mean[k] += x[i * d + k] / (double)n;
        }
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            x[i * d + k] -= mean[k];
    info_status status =
        info_i_backend_default()->syrk_f64(n >= d, order, n < d ? d : n, 1 / (double)n, x, d, 0, a, order);
    if (status != INFO_OK)
        return info_i_fail(&ctx->error, status, "source: its covariance could not be computed");
    memset(variances, 0, (size_t)d * sizeof *variances);
    status = eigenvalues(ctx, order, a, variances);
    if (status == INFO_OK)
        info_i_sort_descending(variances, d);
    return status;
}

info_status info_i_principal_variances(info_ctx *ctx, const info_matrix *source, info_gaussian_source kind,
                                       double *variances)
{
    int64_t elements, square;
    if (!info_i_multiply(source->rows, source->cols, &elements) ||
        !info_i_multiply(source->cols, source->cols, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "source: its size overflows");
    switch (kind) {
    case INFO_GAUSSIAN_VARIANCES:
        return from_variances(ctx, source, variances);
    case INFO_GAUSSIAN_SAMPLES:
        return from_samples(ctx, source, variances);
    default:
        return from_covariance(ctx, source, variances);
    }
}
