/* SPDX-License-Identifier: MIT
 * What the measures of sections 3 to 5 of spectral.h share. */
#include <math.h>

#include "backend/backend.h"
#include "spectral/decompose.h"
#include "spectral/gram.h"

info_i_place info_i_place_of(info_ctx *ctx)
{
    return (info_i_place){ctx, &ctx->error, ctx->kernels};
}

info_status info_i_check_gram(info_ctx *ctx, const char *name, const info_matrix *x)
{
    info_i_check_matrix(&ctx->error, name, x);
    return info_i_check(&ctx->error, x->rows == x->cols, INFO_ERROR_SIZE, "%s: %lld x %lld; it must be square", name,
                        (long long)x->rows, (long long)x->cols);
}

double *info_i_density(info_ctx *ctx, const char *name, const info_matrix *x)
{
    const int64_t n = x->rows;
    const info_i_place place = info_i_place_of(ctx);
    int64_t count;
    if (!info_i_multiply(n, n, &count)) {
        info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: %lld x %lld is too large to decompose", name, (long long)n,
                    (long long)n);
        return NULL;
    }
    double *a = info_i_scratch(ctx, count, sizeof *a), trace = 0;
    if (!a || info_i_gram_given(&place, name, x, a) != INFO_OK)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        trace += a[i * n + i];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            a[i * n + j] /= trace;
    return a;
}

info_status info_i_eigen(info_ctx *ctx, const char *name, bool vectors, int64_t n, double *a, double roundoff,
                         double *values)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t size = backend->eigen_work_f64(vectors, n);
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: %lld x %lld is too large to decompose", name,
                           (long long)n, (long long)n);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *work = info_i_scratch(ctx, size, sizeof *work), squares = 0;
    if (!work)
        return ctx->error.status;
    info_status status = info_i_progress(ctx, 0);
    if (status == INFO_OK)
        status = backend->eigen_f64(vectors, n, a, n, values, work, size);
    info_i_scratch_release(ctx, mark);
    if (status == INFO_OK)
        status = info_i_progress(ctx, 0);
    if (status == INFO_CANCELED)
        return status;
    if (status != INFO_OK)
        return info_i_fail(&ctx->error, status, "%s: the decomposition failed", name);
    for (int64_t i = 0; i < n; i++)
        squares += values[i] * values[i];
    if (values[0] < -4 * (double)n * roundoff * sqrt(squares))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "%s: has an eigenvalue below 0, %s of the largest", name,
                           info_i_number_text(values[0] / values[n - 1]).text);
    for (int64_t i = 0; i < n; i++)
        values[i] = values[i] > 0 ? values[i] : 0;
    return INFO_OK;
}
