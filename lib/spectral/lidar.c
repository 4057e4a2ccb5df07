/* SPDX-License-Identifier: MIT
 * LiDAR: the effective rank of between-class scatter seen through within-class scatter. */
#include <math.h>

#include "info/spectral.h"
#include "backend/backend.h"
#include "spectral/decompose.h"
#include "spectral/entropy_of.h"
#include "spectral/gram.h"

typedef struct class_scatter {
    int64_t rows, cols, count;
    int64_t present;  /* classes with members */
    int64_t *members; /* per class */
    double *means;    /* count x cols, those of absent classes 0 */
    double *z;        /* states, scaled */
    double scale;
} class_scatter;

static info_status check(info_ctx *ctx, const info_matrix *x, const int64_t *labels, int64_t count, double delta,
                         const double *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "x", x);
    info_i_check_pointer(error, "labels", labels);
    info_i_check(error, count >= 2 && count <= INT32_MAX, INFO_ERROR_SIZE, "classes: %lld; 2 to 2^31 - 1 are allowed",
                 (long long)count);
    info_i_check_real(error, "delta", delta, 0, INFINITY, INFO_I_BELOW_HIGH);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(
        error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
        (info_i_span[]){info_i_matrix_span("x", x), info_i_array_span("labels", labels, x->rows, sizeof *labels), {0}});
    for (int64_t i = 0; error->status == INFO_OK && i < x->rows; i++)
        info_i_check(error, labels[i] >= 0 && labels[i] < count, INFO_ERROR_TARGET,
                     "labels: element %lld is %lld; 0 to %lld are allowed", (long long)i, (long long)labels[i],
                     (long long)count - 1);
    return error->status;
}

static info_status load(info_ctx *ctx, const info_matrix *x, const int64_t *labels, int64_t count, class_scatter *c)
{
    const info_i_place place = info_i_place_of(ctx);
    const info_i_spectral centered = {.center = true};
    info_i_states s;
    int64_t elements, means;
    *c = (class_scatter){.rows = x->rows, .cols = x->cols, .count = count};
    if (!info_i_multiply(c->rows, c->cols, &elements) || !info_i_multiply(count, c->cols, &means))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large", (long long)c->rows,
                           (long long)c->cols);
    double *memory = info_i_scratch(ctx, info_i_states_size(c->rows, c->cols), sizeof *memory);
    info_status status = memory ? info_i_states_open(&place, "x", x, &centered, memory, &s) : ctx->error.status;
    if (status != INFO_OK)
        return status;
    c->scale = s.scale;
    c->z = info_i_scratch(ctx, elements, sizeof(double));
    c->members = c->z ? info_i_scratch_zero(ctx, count, sizeof(int64_t)) : NULL;
    c->means = c->members ? info_i_scratch_zero(ctx, means, sizeof(double)) : NULL;
    if (!c->means)
        return ctx->error.status;
    status = info_i_states_block_f64(&place, &s, 0, c->rows, 0, c->cols, c->z, NULL);
    for (int64_t i = 0; i < c->rows && status == INFO_OK; i++) {
        c->members[labels[i]]++;
        for (int64_t j = 0; j < c->cols; j++)
            c->means[labels[i] * c->cols + j] += c->z[i * c->cols + j];
    }
    return status;
}

/* Means of the classes that are there, first, less their own mean. */
static void finish_means(class_scatter *c, const int64_t *labels)
{
    for (int64_t k = 0; k < c->count; k++)
        for (int64_t j = 0; c->members[k] > 0 && j < c->cols; j++)
            c->means[k * c->cols + j] /= (double)c->members[k];
    /* States become deviations from their class, weighted so that all classes count alike. */
    for (int64_t i = 0; i < c->rows; i++)
        for (int64_t j = 0; j < c->cols; j++)
            c->z[i * c->cols + j] =
                (c->z[i * c->cols + j] - c->means[labels[i] * c->cols + j]) / sqrt((double)c->members[labels[i]]);
    for (int64_t k = 0; k < c->count; k++) {
        if (c->members[k] == 0)
            continue;
        for (int64_t j = 0; j < c->cols; j++)
            c->means[c->present * c->cols + j] = c->means[k * c->cols + j];
        c->present++;
    }
    for (int64_t j = 0; j < c->cols; j++) {
        double mean = 0;
        for (int64_t k = 0; k < c->present; k++)
            mean += c->means[k * c->cols + j] / (double)c->present;
        for (int64_t k = 0; k < c->present; k++)
            c->means[k * c->cols + j] -= mean;
    }
}

/* The largest magnitude becomes about 1; false if it is 0 or not finite. */
static bool scale_to_one(int64_t count, double *y)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fabs(y[i]) > most || isnan(y[i]) ? fabs(y[i]) : most;
    for (int64_t i = 0; i < count; i++)
        y[i] /= most;
    return most > 0 && isfinite(most);
}

/* L^-1 M^T for the within-class scatter L L^T: its Gram matrix has the eigenvalues wanted. */
static info_status whiten(info_ctx *ctx, const class_scatter *c, double delta, double **out)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t d = c->cols, k = c->present;
    double *within = info_i_scratch(ctx, d * d, sizeof *within), *y = info_i_scratch(ctx, d * k, sizeof *y);
    if (!within || !y)
        return ctx->error.status;
    int64_t order = 0;
    info_status status = backend->syrk_f64(true, d, c->rows, 1 / (double)k, c->z, d, 0, within, d);
    for (int64_t j = 0; j < d && status == INFO_OK; j++)
        within[j * d + j] += delta * c->scale * c->scale;
    if (status == INFO_OK)
        status = backend->cholesky_f64(d, within, d, &order);
    if (status == INFO_OK && order > 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                           "x: the scatter inside classes is singular; it takes a delta larger than %s",
                           info_i_number_text(delta).text);
    for (int64_t j = 0; j < d; j++)
        for (int64_t i = 0; i < k; i++)
            y[j * k + i] = c->means[i * d + j];
    if (status == INFO_OK)
        status = backend->solve_lower_f64(false, d, k, within, d, y, k);
    if (status == INFO_OK && !scale_to_one(d * k, y))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "x: all classes have the same mean, or do beside delta");
    *out = y;
    return status == INFO_OK ? status : info_i_fail(&ctx->error, status, "x: the decomposition failed");
}

static info_status lidar(info_ctx *ctx, const info_matrix *x, const int64_t *labels, int64_t count, double delta,
                         double *out)
{
    class_scatter c = {0};
    double *y = NULL;
    info_status status = check(ctx, x, labels, count, delta, out);
    if (status == INFO_OK)
        status = load(ctx, x, labels, count, &c);
    if (status != INFO_OK)
        return status;
    finish_means(&c, labels);
    if (c.present < 2)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "labels: only one class has members");
    const info_i_backend *backend = info_i_backend_default();
    status = whiten(ctx, &c, delta, &y);
    const int64_t d = c.cols, k = c.present, n = info_i_least(d, k);
    double *gram = status == INFO_OK ? info_i_scratch(ctx, n * n, sizeof *gram) : NULL;
    double *values = gram ? info_i_scratch(ctx, n, sizeof *values) : NULL, total = 0;
    if (!values)
        return ctx->error.status;
    status = d < k ? backend->syrk_f64(false, d, k, 1, y, k, 0, gram, d)
                   : backend->syrk_f64(true, k, d, 1, y, k, 0, gram, k);
    if (status == INFO_OK)
        status = info_i_eigen(ctx, "x", false, n, gram, 0x1p-53, values);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < n; i++)
        total += values[i];
    for (int64_t i = 0; i < n; i++)
        values[i] /= total;
    *out = exp(info_i_entropy_of(values, n, 0, 1));
    return INFO_OK;
}

info_status info_lidar(info_ctx *ctx, const info_matrix *x, const int64_t *labels, int64_t classes, double delta,
                       double *out)
{
    return INFO_I_CALL(ctx, lidar(ctx, x, labels, classes, delta, out));
}
