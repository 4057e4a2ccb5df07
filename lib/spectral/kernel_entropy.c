/* SPDX-License-Identifier: MIT
 * Entropies of kernel matrices. */
#include <math.h>

#include "spectral/decompose.h"
#include "spectral/entropy_of.h"
#include "spectral/kernel_entropy.h"
#include "spectral/rounding.h"

info_status info_i_check_pair(info_ctx *ctx, const char *name_a, const info_matrix *a, const char *name_b,
                              const info_matrix *b, const void *out, int64_t bytes)
{
    info_i_error *error = &ctx->error;
    info_i_check_gram(ctx, name_a, a);
    info_i_check_gram(ctx, name_b, b);
    info_i_check(error, a->rows == b->rows, INFO_ERROR_SIZE, "%s: has %lld rows; %s has %lld", name_b,
                 (long long)b->rows, name_a, (long long)a->rows);
    info_i_check_place(error, "out", out, _Alignof(double));
    return info_i_check_spans(error, (info_i_span[]){{"out", out, bytes}, {0}},
                              (info_i_span[]){info_i_matrix_span(name_a, a), info_i_matrix_span(name_b, b), {0}});
}

info_status info_i_unit_diagonal(info_ctx *ctx, const char *name, const info_matrix *x, double **out)
{
    const int64_t n = x->rows;
    double *k = info_i_density(ctx, name, x), *root = info_i_scratch(ctx, n, sizeof *root);
    if (!k || !root)
        return ctx->error.status;
    for (int64_t i = 0; i < n; i++) {
        if (!(k[i * n + i] > 0))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                               "%s: element (%lld, %lld) is %s; the diagonal must be above 0", name, (long long)i,
                               (long long)i, info_i_number_text(k[i * n + i]).text);
        root[i] = sqrt(k[i * n + i]);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            k[i * n + j] = i == j ? 1 / (double)n : k[i * n + j] / root[i] / root[j] / (double)n;
    *out = k;
    return INFO_OK;
}

info_status info_i_kernel_entropy(info_ctx *ctx, const char *name, int64_t n, double *k, double roundoff, double order,
                                  double *entropy)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *values = info_i_scratch(ctx, n, sizeof *values), total = 0;
    if (!values)
        return ctx->error.status;
    const info_status status = info_i_eigen(ctx, name, false, n, k, roundoff, values);
    /* What may be rounding is zero, so that a matrix of ones has the entropy 0. */
    double squares = 0;
    for (int64_t i = 0; i < n && status == INFO_OK; i++)
        squares += values[i] * values[i];
    for (int64_t i = 0; i < n && status == INFO_OK; i++) {
        values[i] = values[i] > INFO_I_ROUNDING * 0x1p-53 * sqrt(squares) ? values[i] : 0;
        total += values[i];
    }
    for (int64_t i = 0; i < n && status == INFO_OK; i++)
        values[i] /= total;
    if (status == INFO_OK)
        *entropy = info_i_entropy_of(values, n, 0, order);
    info_i_scratch_release(ctx, mark);
    return status;
}

void info_i_hadamard(int64_t n, const double *a, const double *b, const int64_t *order, double *joint)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            const int64_t k = order ? order[i] : i, l = order ? order[j] : j;
            joint[i * n + j] = a[i * n + j] * (k > l ? b[k * n + l] : b[l * n + k]) * (double)n;
        }
}
