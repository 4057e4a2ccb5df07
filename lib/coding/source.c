/* SPDX-License-Identifier: MIT
 * A source and its distortions. */
#include "coding/source.h"

#include <math.h>
#include <string.h>

#include "numeric/convert.h"

static info_status refuse(info_ctx *ctx, int64_t cols, const double *d, int64_t row)
{
    int64_t k = 0;
    while (k < cols - 1 && d[k] >= 0)
        k++;
    return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                       "distortion: row %lld, column %lld is %s; distortions must not be NaN or negative",
                       (long long)row, (long long)k, info_i_number_text(d[k]).text);
}

info_status info_i_source_load(info_ctx *ctx, info_i_source *s, const double *p)
{
    const info_matrix *m = s->distortion;
    s->at = -1;
    s->least_mean = s->largest = 0;
    s->letters = 0;
    memset(s->mean, 0, (size_t)s->cols * sizeof *s->mean);
    for (int64_t row = 0; row < m->rows; row++) {
        const double *d = info_i_row_f64(m, row, 0, s->cols, s->buffer);
        const double least = s->kernels->least(s->cols, d);
        if (isnan(least))
            return refuse(ctx, s->cols, d, row);
        if (!(p[row] > 0))
            continue;
        if (isinf(least))
            return info_i_fail(&ctx->error, INFO_ERROR_INFEASIBLE,
                               "distortion: row %lld is infinite throughout, but its letter has probability %s",
                               (long long)row, info_i_number_text(p[row]).text);
        s->kernels->add(s->cols, p[row], d, s->mean);
        s->least_mean += p[row] * least;
        s->largest = fmax(s->largest, s->kernels->greatest(s->cols, d) - least);
        s->row[s->letters] = row;
        s->least[s->letters] = least;
        s->p[s->letters++] = p[row];
    }
    return INFO_OK;
}

info_status info_i_source_open(info_ctx *ctx, info_i_source *s, const info_matrix *d)
{
    s->kernels = ctx->kernels->mixture;
    s->distortion = d;
    s->cols = d->cols;
    int64_t elements;
    if (!info_i_multiply(d->rows, d->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "distortion: its size overflows");
    s->row = info_i_scratch(ctx, d->rows, sizeof *s->row);
    double **const per_row[] = {&s->p, &s->least, &s->z}, **const per_column[] = {&s->mean, &s->buffer, &s->ascent};
    for (size_t i = 0; i < 3; i++) {
        *per_row[i] = info_i_scratch(ctx, d->rows, sizeof(double));
        *per_column[i] = info_i_scratch(ctx, d->cols, sizeof(double));
    }
    s->matrix = info_i_scratch(ctx, elements, sizeof(double));
    return ctx->error.status;
}

void info_i_exponentials(const info_i_mixture_kernels *kernels, int64_t cols, double slope, double least,
                         const double *distortion, double *row)
{
    if (slope == 0)
        for (int64_t k = 0; k < cols; k++)
            row[k] = distortion[k] < INFINITY ? 1 : 0;
    else if (isinf(slope))
        for (int64_t k = 0; k < cols; k++)
            row[k] = distortion[k] == least ? 1 : 0;
    else
        kernels->exponentials(cols, -slope, least, distortion, row);
}

/* The problem of a slope. */
static info_i_mixture mixture_at(info_i_source *s, double slope)
{
    for (int64_t j = 0; j < s->letters && slope != s->at; j++)
        info_i_exponentials(s->kernels, s->cols, slope, s->least[j],
                            info_i_row_f64(s->distortion, s->row[j], 0, s->cols, s->buffer), s->matrix + j * s->cols);
    s->at = slope;
    return (info_i_mixture){.rows = s->letters, .cols = s->cols, .matrix = s->matrix, .weights = s->p};
}

/* What the matrix's own rounding may do to value and gap, in units 2^-53: an exponent s (d - least) has two roundings,
 * the exponential 2 ulp (4 units), and an entry acts on z, on c and through z on c. */
static double of_matrix(const info_i_source *s, double slope)
{
    const double deepest = isinf(slope) ? 0 : fmin(slope * s->largest, INFO_I_DEEPEST);
    return 3 * (2 * deepest + 4);
}

/* And those of a mean distortion, whose terms are of one sign, to slope times it. */
static double of_cost(const info_i_source *s, double cost)
{
    return cost * ((double)s->cols / 4 + (double)s->letters + 16);
}

/* The point that the output distribution t->u attains at t->slope; matrix, z, ascent and standing are those of u there. */
static void attain(info_i_source *s, const info_i_standing *standing, info_i_tangent *t)
{
    double distortion = 0;
    for (int64_t j = 0; j < s->letters; j++) {
        const double *d = info_i_row_f64(s->distortion, s->row[j], 0, s->cols, s->buffer);
        distortion += s->p[j] / s->z[j] * s->kernels->mean(s->cols, s->matrix + j * s->cols, t->u, s->least[j], d);
    }
    const double cost = isinf(t->slope) ? 0 : t->slope * distortion;
    double rate = standing->value - cost; /* as if u were the output's distribution; it is u c */
    for (int64_t k = 0; k < s->cols; k++)
        if (t->u[k] > 0 && s->ascent[k] > 0)
            rate -= t->u[k] * s->ascent[k] * log(s->ascent[k]);
    const double rounding = standing->rounding + (of_matrix(s, t->slope) + of_cost(s, cost)) * 0x1p-53;
    t->x = distortion;
    t->y = fmax(rate, 0) + rounding;
    t->intercept = standing->value - standing->gap - rounding;
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
    const info_status status = info_i_mixture_solve(ctx, &m, &solver, t->u, s->z, s->ascent, &standing);
    if (status != INFO_OK)
        return status;
    *iterations_left -= standing.iterations;
    attain(s, &standing, t);
    return INFO_OK;
}

info_status info_i_source_low_end(info_ctx *ctx, info_i_source *s, info_i_tangent *t, int64_t *iterations_left)
{
    int64_t best = 0;
    for (int64_t k = 1; k < s->cols; k++)
        if (s->mean[k] < s->mean[best])
            best = k;
    t->slope = 0;
    if (isinf(s->mean[best])) { /* no letter serves all: some rate is needed at any distortion */
        for (int64_t k = 0; k < s->cols; k++)
            t->u[k] = 1 / (double)s->cols;
        return info_i_source_solve(ctx, s, t, iterations_left);
    }
    t->x = 0;
    for (int64_t j = 0; j < s->letters; j++)
        t->x += s->p[j] * (info_i_get(s->distortion, s->row[j], best) - s->least[j]);
    t->y = t->intercept = 0;
    memset(t->u, 0, (size_t)s->cols * sizeof *t->u);
    t->u[best] = 1;
    return INFO_OK;
}

/* Evaluates t->u at t->slope. */
static info_i_standing evaluate(info_i_source *s, const info_i_tangent *t)
{
    const info_i_mixture m = mixture_at(s, t->slope);
    info_i_standing standing;
    info_i_mixture_evaluate(&m, s->kernels, t->u, s->z, s->ascent, &standing);
    return standing;
}

void info_i_source_attain(info_i_source *s, info_i_tangent *t)
{
    const info_i_standing standing = evaluate(s, t);
    attain(s, &standing, t);
}

void info_i_source_high_end(info_i_source *s, info_i_tangent *t)
{
    t->slope = INFINITY;
    for (int64_t k = 0; k < s->cols; k++)
        t->u[k] = 1 / (double)s->cols;
    info_i_source_attain(s, t);
}

void info_i_source_output(info_i_source *s, const info_i_tangent *t, double *output)
{
    evaluate(s, t);
    for (int64_t k = 0; k < s->cols; k++)
        output[k] = t->u[k] > 0 ? t->u[k] * s->ascent[k] : 0;
}
