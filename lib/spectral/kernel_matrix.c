/* SPDX-License-Identifier: MIT
 * Kernel matrices of rows. */
#include <math.h>

#include "info/spectral.h"
#include "backend/products.h"
#include "numeric/convert.h"
#include "numeric/sort.h"
#include "spectral/decompose.h"

typedef struct points {
    int64_t n, d;
    double *x;    /* n x d, scaled by a power of two */
    double *gram; /* n x n, lower triangle: inner products */
    double scale;
} points;

static info_status load(info_ctx *ctx, const info_matrix *x, points *p)
{
    const info_i_place place = info_i_place_of(ctx);
    const info_i_spectral plain = {.unit_rows = false};
    info_i_states states;
    int64_t elements, squares;
    p->n = x->rows, p->d = x->cols;
    if (!info_i_multiply(p->n, p->d, &elements) || !info_i_multiply(p->n, p->n, &squares))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large", (long long)p->n,
                           (long long)p->d);
    p->x = info_i_scratch(ctx, elements, sizeof(double));
    p->gram = p->x ? info_i_scratch(ctx, squares, sizeof(double)) : NULL;
    double *memory = p->gram ? info_i_scratch(ctx, info_i_states_size(p->n, p->d), sizeof *memory) : NULL;
    if (!memory)
        return ctx->error.status;
    info_status status = info_i_states_open(&place, "x", x, &plain, memory, &states);
    if (status != INFO_OK)
        return status;
    p->scale = states.scale;
    status = info_i_states_block_f64(&place, &states, 0, p->n, 0, p->d, p->x, NULL);
    if (status != INFO_OK)
        return status;
    status = info_i_symmetric_product(ctx, false, p->n, p->d, 1, p->x, p->d, 0, p->gram, p->n);
    return status == INFO_OK || status == INFO_CANCELED
               ? status
               : info_i_fail(&ctx->error, status, "x: %lld x %lld is too large", (long long)p->n, (long long)p->d);
}

/* By differences, not by inner products: no cancellation between near points. */
static double squared_distance(const points *p, int64_t i, int64_t j)
{
    const double *x = p->x + i * p->d, *y = p->x + j * p->d;
    double sum = 0;
    for (int64_t k = 0; k < p->d; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
}

/* Median of the distances of distinct pairs; squared distances are in the lower triangle of gram. */
static info_status median_distance(info_ctx *ctx, const points *p, double *median)
{
    const int64_t pairs = p->n * (p->n - 1) / 2;
    double *all = info_i_scratch(ctx, pairs > 0 ? pairs : 1, sizeof *all);
    if (!all)
        return ctx->error.status;
    int64_t count = 0;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < i; j++)
            all[count++] = p->gram[i * p->n + j];
    info_i_sort(all, pairs);
    *median = pairs > 0 ? (sqrt(all[(pairs - 1) / 2]) + sqrt(all[pairs / 2])) / 2 : 0;
    return INFO_OK;
}

/* Root of the mean variance of the features: the sum over pairs of squared distances is n^2 times it times d. */
static double spread(const points *p)
{
    double sum = 0;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < i; j++)
            sum += p->gram[i * p->n + j];
    const double n = (double)p->n;
    return p->n > 1 ? sqrt(sum / n / (n - 1) / (double)p->d) : 0;
}

static info_status bandwidth(info_ctx *ctx, const points *p, const info_kernel_options *o, double *s)
{
    const double n = (double)p->n, d = (double)p->d;
    info_status status = INFO_OK;
    if (o->bandwidth > 0)
        *s = o->bandwidth * p->scale;
    else if (o->rule == INFO_BANDWIDTH_MEDIAN)
        status = median_distance(ctx, p, s);
    else
        *s = spread(p) * pow(o->rule == INFO_BANDWIDTH_SCOTT ? 1 / n : 4 / (n * (d + 2)), 1 / (d + 4));
    if (status == INFO_OK && o->bandwidth > 0 && !(*s >= 0x1p-500))
        return info_i_fail(&ctx->error, INFO_ERROR_OPTION, "options.bandwidth: %s is nothing beside the elements of x",
                           info_i_number_text(o->bandwidth).text);
    if (status == INFO_OK && !(*s > 0))
        status = info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "x: its points give no bandwidth above 0; give one");
    return status;
}

static info_status gaussian(info_ctx *ctx, points *p, const info_kernel_options *o)
{
    double s = 0;
    for (int64_t i = 0; i < p->n; i++) {
        if (info_i_progress(ctx, (double)i / (double)p->n) != INFO_OK)
            return INFO_CANCELED;
        for (int64_t j = 0; j <= i; j++)
            p->gram[i * p->n + j] = squared_distance(p, i, j);
    }
    const info_status status = bandwidth(ctx, p, o, &s);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j <= i; j++)
            p->gram[i * p->n + j] = exp(-(p->gram[i * p->n + j] / s) / (2 * s));
    return INFO_OK;
}

static info_status cosine(info_ctx *ctx, points *p)
{
    for (int64_t i = 0; i < p->n; i++)
        if (!(p->gram[i * p->n + i] > 0))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "x: row %lld is zero and has no cosine", (long long)i);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < i; j++)
            p->gram[i * p->n + j] /= sqrt(p->gram[i * p->n + i]) * sqrt(p->gram[j * p->n + j]);
    for (int64_t i = 0; i < p->n; i++)
        p->gram[i * p->n + i] = 1;
    return INFO_OK;
}

static info_status linear(info_ctx *ctx, points *p)
{
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j <= i; j++) {
            p->gram[i * p->n + j] = p->gram[i * p->n + j] / p->scale / p->scale;
            if (!isfinite(p->gram[i * p->n + j]))
                return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "x: the product of rows %lld and %lld overflows",
                                   (long long)i, (long long)j);
        }
    return INFO_OK;
}

static info_status check(info_ctx *ctx, const info_matrix *x, const info_kernel_options *given,
                         const info_matrix_out *out, info_kernel_options *o)
{
    info_i_error *error = &ctx->error;
    info_i_options(error, info_kernel_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.kernel", o->kernel, 0, INFO_KERNEL_GAUSSIAN},
                                      {"options.rule", o->rule, 0, INFO_BANDWIDTH_SILVERMAN},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.bandwidth", o->bandwidth, 0, INFINITY, INFO_I_BELOW_HIGH);
    info_i_check_matrix(error, "x", x);
    info_i_check_shape(error, "out", out, x->rows, x->rows);
    return info_i_check_spans(error, (info_i_span[]){info_i_matrix_out_span("out", out), {0}},
                              (info_i_span[]){info_i_matrix_span("x", x), {0}});
}

static info_status kernel_matrix(info_ctx *ctx, const info_matrix *x, const info_kernel_options *given,
                                 const info_matrix_out *out)
{
    info_kernel_options o;
    points p = {0};
    info_status status = check(ctx, x, given, out, &o);
    if (status == INFO_OK)
        status = load(ctx, x, &p);
    if (status != INFO_OK)
        return status;
    status = o.kernel == INFO_KERNEL_GAUSSIAN ? gaussian(ctx, &p, &o)
             : o.kernel == INFO_KERNEL_COSINE ? cosine(ctx, &p)
                                              : linear(ctx, &p);
    for (int64_t i = 0; i < p.n && status == INFO_OK; i++)
        for (int64_t j = 0; j <= i; j++) {
            info_i_put(out, i, j, p.gram[i * p.n + j]);
            info_i_put(out, j, i, p.gram[i * p.n + j]);
        }
    return status;
}

info_status info_kernel_matrix(info_ctx *ctx, const info_matrix *x, const info_kernel_options *options,
                               const info_matrix_out *out)
{
    return INFO_I_CALL(ctx, kernel_matrix(ctx, x, options, out));
}
