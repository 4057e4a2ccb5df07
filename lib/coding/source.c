/* SPDX-License-Identifier: MIT
 * A source and its distortions. */
#include "coding/source.h"

#include <math.h>
#include <string.h>

#include "numeric/convert.h"

/* One row of distortions, least entry taken away and returned; its domain is checked. */
static info_status read_row(info_ctx *ctx, const info_matrix *d, int64_t row, double *out, double *least)
{
    info_i_get_row_f64(d, row, 0, d->cols, out);
    *least = INFINITY;
    for (int64_t k = 0; k < d->cols; k++) {
        if (!(out[k] >= 0))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                               "distortion: row %lld, column %lld is %s; distortions must not be NaN or negative",
                               (long long)row, (long long)k, info_i_number_text(out[k]).text);
        *least = fmin(*least, out[k]);
    }
    for (int64_t k = 0; k < d->cols; k++)
        out[k] = isinf(out[k]) ? INFO_I_FORBIDDEN : out[k] - *least;
    return INFO_OK;
}

info_status info_i_source_open(info_ctx *ctx, info_i_source *s, const double *p, const info_matrix *d)
{
    s->kernels = info_i_mixture_kernels_for(ctx->cpu);
    s->letters = 0;
    s->cols = d->cols;
    for (int64_t row = 0; row < d->rows; row++)
        s->letters += p[row] > 0;
    int64_t elements;
    if (!info_i_multiply(d->rows, d->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "distortion: its size overflows");
    s->p = info_i_scratch(ctx, s->letters, sizeof(double));
    s->distortion = info_i_scratch(ctx, elements, sizeof(double));
    s->matrix = info_i_scratch(ctx, s->letters * s->cols, sizeof(double));
    s->z = info_i_scratch(ctx, s->letters, sizeof(double));
    s->ascent = info_i_scratch(ctx, s->cols, sizeof(double));
    if (!s->p || !s->distortion || !s->matrix || !s->z || !s->ascent)
        return ctx->error.status;
    s->least = 0;
    int64_t letter = 0;
    for (int64_t row = 0; row < d->rows; row++) {
        double least;
        const info_status status = read_row(ctx, d, row, s->distortion + letter * s->cols, &least);
        if (status != INFO_OK)
            return status;
        if (!(p[row] > 0))
            continue; /* checked, and overwritten by the next row */
        if (isinf(least))
            return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE,
                               "distortion: row %lld is infinite throughout, but its letter has probability %s",
                               (long long)row, info_i_number_text(p[row]).text);
        s->least += p[row] * least;
        s->p[letter++] = p[row];
    }
    return INFO_OK;
}

void info_i_exponentials(const info_i_mixture_kernels *kernels, int64_t cols, double slope, const double *distortion,
                         double *row)
{
    if (slope == 0)
        for (int64_t k = 0; k < cols; k++)
            row[k] = distortion[k] < INFO_I_FORBIDDEN ? 1 : 0;
    else if (isinf(slope))
        for (int64_t k = 0; k < cols; k++)
            row[k] = distortion[k] == 0 ? 1 : 0;
    else
        kernels->exponentials(cols, -slope, distortion, row);
}

/* The point that the output distribution t->u attains at t->slope, the matrix being that of the slope. */
static void attain(info_i_source *s, const info_i_mixture *m, info_i_tangent *t)
{
    info_i_standing standing;
    info_i_mixture_evaluate(m, s->kernels, t->u, s->z, s->ascent, &standing);
    double distortion = 0, largest = 0;
    for (int64_t j = 0; j < s->letters; j++) {
        const double *a = s->matrix + j * s->cols, *d = s->distortion + j * s->cols;
        double sum = 0;
        for (int64_t k = 0; k < s->cols; k++) {
            const double part = a[k] * d[k];
            sum += part * t->u[k];
            largest = fmax(largest, a[k] > 0 ? d[k] : 0);
        }
        distortion += s->p[j] / s->z[j] * sum;
    }
    const double cost = isinf(t->slope) ? 0 : t->slope * distortion;
    double rate = standing.value - cost; /* as if u were the output's distribution; it is u c */
    for (int64_t k = 0; k < s->cols; k++)
        if (t->u[k] > 0 && s->ascent[k] > 0)
            rate -= t->u[k] * s->ascent[k] * log(s->ascent[k]);
    const double exponent = isinf(t->slope) ? 0 : t->slope * largest;
    const double rounding = standing.rounding * (1 + cost) + 2 * (exponent + 4) * 0x1p-53; /* of exp, 2 ulp, too */
    t->x = distortion;
    t->y = fmax(rate, 0) + rounding;
    t->intercept = standing.value - standing.gap - rounding;
}

static info_i_mixture mixture_at(info_i_source *s, double slope)
{
    for (int64_t j = 0; j < s->letters; j++)
        info_i_exponentials(s->kernels, s->cols, slope, s->distortion + j * s->cols, s->matrix + j * s->cols);
    return (info_i_mixture){.rows = s->letters, .cols = s->cols, .matrix = s->matrix, .weights = s->p};
}

info_status info_i_source_solve(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left)
{
    info_i_source *s = user;
    const info_i_mixture m = mixture_at(s, t->slope);
    info_i_solver solver = s->solver;
    solver.max_iterations = *iterations_left > 0 ? *iterations_left : 0;
    double sum = 0; /* a start needs a little of everything */
    for (int64_t k = 0; k < s->cols; k++)
        sum += t->u[k] = t->u[k] + 1e-4 / (double)s->cols;
    for (int64_t k = 0; k < s->cols; k++)
        t->u[k] /= sum;
    info_i_standing standing;
    const info_status status = info_i_mixture_solve(ctx, &m, &solver, t->u, &standing);
    if (status != INFO_OK)
        return status;
    *iterations_left -= standing.iterations;
    attain(s, &m, t);
    return INFO_OK;
}

info_status info_i_source_low_end(info_ctx *ctx, info_i_source *s, info_i_tangent *t, int64_t *iterations_left)
{
    double *mean = s->ascent;
    memset(mean, 0, (size_t)s->cols * sizeof *mean);
    for (int64_t j = 0; j < s->letters; j++)
        for (int64_t k = 0; k < s->cols; k++) {
            const double d = s->distortion[j * s->cols + k];
            mean[k] += d < INFO_I_FORBIDDEN ? s->p[j] * d : INFINITY;
        }
    int64_t best = 0;
    for (int64_t k = 1; k < s->cols; k++)
        if (mean[k] < mean[best])
            best = k;
    t->slope = 0;
    if (isinf(mean[best])) { /* no letter serves all: some rate is needed at any distortion */
        for (int64_t k = 0; k < s->cols; k++)
            t->u[k] = 1 / (double)s->cols;
        return info_i_source_solve(ctx, s, t, iterations_left);
    }
    t->x = mean[best];
    t->y = t->intercept = 0;
    memset(t->u, 0, (size_t)s->cols * sizeof *t->u);
    t->u[best] = 1;
    return INFO_OK;
}

void info_i_source_high_end(info_i_source *s, info_i_tangent *t)
{
    t->slope = INFINITY;
    for (int64_t k = 0; k < s->cols; k++)
        t->u[k] = 1 / (double)s->cols;
    const info_i_mixture m = mixture_at(s, t->slope);
    attain(s, &m, t);
}

void info_i_source_output(info_i_source *s, const info_i_tangent *t, double *output)
{
    const info_i_mixture m = mixture_at(s, t->slope);
    info_i_standing standing;
    info_i_mixture_evaluate(&m, s->kernels, t->u, s->z, s->ascent, &standing);
    for (int64_t k = 0; k < s->cols; k++)
        output[k] = t->u[k] > 0 ? t->u[k] * s->ascent[k] : 0;
}
