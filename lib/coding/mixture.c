/* SPDX-License-Identifier: MIT
 * Where a distribution stands, and the first-order method that always works. */
#include "coding/mixture.h"

#include <math.h>

#define PRELUDE 24 /* first-order steps before Newton's method: they find the neighbourhood of the support */
#define REPORT 64  /* steps between two reports of progress */

extern const info_i_mixture_kernels info_i_mixture_kernels_c, info_i_mixture_kernels_avx2,
    info_i_mixture_kernels_avx512;

const info_i_mixture_kernels *info_i_mixture_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu >= INFO_CPU_AVX512)
        return &info_i_mixture_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_mixture_kernels_avx2;
#endif
    return &info_i_mixture_kernels_c;
}

/* A row that u does not reach: every column that would reach it ascends without limit. */
static void reach(int64_t cols, const double *row, double *ascent)
{
    for (int64_t k = 0; k < cols; k++)
        if (row[k] > 0)
            ascent[k] = INFINITY;
}

/* Roundings that one entry of ascent goes through: the dot product, the sum over
 * rows, a logarithm, a division and the sum that makes the value. */
static double roundings(const info_i_mixture *m)
{
    return (double)m->cols / 16 + 2 * (double)m->rows + 16;
}

static void evaluate_rate(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u, double *z,
                          double *ascent, info_i_standing *standing)
{
    double value = 0, largest = 0;
    for (int64_t k = 0; k < m->cols; k++)
        ascent[k] = 0;
    for (int64_t j = 0; j < m->rows; j++) {
        const double *row = m->matrix + j * m->cols;
        z[j] = kernels->dot(m->cols, row, u);
        if (z[j] > 0)
            kernels->add(m->cols, m->weights[j] / z[j], row, ascent);
        value -= m->weights[j] * log(z[j]);
    }
    for (int64_t j = 0; j < m->rows; j++)
        if (!(z[j] > 0))
            reach(m->cols, m->matrix + j * m->cols, ascent);
    for (int64_t k = 0; k < m->cols; k++)
        largest = fmax(largest, ascent[k]);
    standing->value = value;
    standing->gap = fmax(log(largest), 0);
    standing->rounding = roundings(m) * (1 + fabs(value)) * 0x1p-53;
}

static void evaluate_capacity(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u,
                              double *z, double *ascent, info_i_standing *standing)
{
    double deepest = 0;
    for (int64_t k = 0; k < m->cols; k++) {
        ascent[k] = -m->linear[k];
        deepest = fmax(deepest, fabs(m->linear[k]));
    }
    for (int64_t j = 0; j < m->rows; j++) {
        const double *row = m->matrix + j * m->cols;
        z[j] = kernels->dot(m->cols, row, u);
        if (z[j] > 0) {
            kernels->add(m->cols, -log(z[j]), row, ascent);
            deepest = fmax(deepest, -log(z[j]));
        }
    }
    for (int64_t j = 0; j < m->rows; j++)
        if (!(z[j] > 0))
            reach(m->cols, m->matrix + j * m->cols, ascent);
    double value = 0, largest = -INFINITY;
    for (int64_t k = 0; k < m->cols; k++) {
        if (u[k] > 0)
            value += u[k] * ascent[k];
        largest = fmax(largest, ascent[k]);
    }
    standing->value = value;
    standing->gap = fmax(largest - value, 0);
    standing->rounding = roundings(m) * (1 + deepest) * 0x1p-53;
}

void info_i_mixture_evaluate(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u,
                             double *z, double *ascent, info_i_standing *standing)
{
    (m->weights ? evaluate_rate : evaluate_capacity)(m, kernels, u, z, ascent, standing);
}

/* One step of Blahut and Arimoto, from where ascent was evaluated. */
static void first_order_step(const info_i_mixture *m, const double *ascent, double top, double *u)
{
    double sum = 0;
    for (int64_t k = 0; k < m->cols; k++) {
        u[k] *= m->weights ? ascent[k] : exp(ascent[k] - top);
        sum += u[k];
    }
    for (int64_t k = 0; k < m->cols; k++)
        u[k] /= sum;
}

static info_status first_order(info_ctx *ctx, const info_i_mixture *m, const info_i_mixture_kernels *kernels,
                               double tolerance, int64_t last, double *u, double *z, double *ascent,
                               info_i_standing *standing)
{
    for (;;) {
        info_i_mixture_evaluate(m, kernels, u, z, ascent, standing);
        if (standing->gap <= fmax(tolerance, standing->rounding) || standing->iterations >= last)
            return INFO_OK;
        if (standing->iterations % REPORT == 0) {
            const info_status status = info_i_progress(ctx, tolerance / standing->gap);
            if (status != INFO_OK)
                return status;
        }
        first_order_step(m, ascent, standing->value + standing->gap, u);
        standing->iterations++;
    }
}

info_status info_i_mixture_solve(info_ctx *ctx, const info_i_mixture *m, const info_i_solver *solver, double *u,
                                 info_i_standing *standing)
{
    const info_i_mixture_kernels *kernels = info_i_mixture_kernels_for(ctx->cpu);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *z = info_i_scratch(ctx, m->rows, sizeof *z);
    double *ascent = info_i_scratch(ctx, m->cols, sizeof *ascent);
    if (!z || !ascent)
        return ctx->error.status;
    standing->iterations = 0;
    const int64_t prelude = solver->max_iterations < PRELUDE ? solver->max_iterations : PRELUDE;
    info_status status = first_order(ctx, m, kernels, solver->tolerance,
                                     solver->first_order ? solver->max_iterations : prelude, u, z, ascent, standing);
    if (status == INFO_OK && standing->gap > fmax(solver->tolerance, standing->rounding) && !solver->first_order) {
        status = info_i_mixture_newton(ctx, m, kernels, solver, u, standing);
        if (status == INFO_OK && standing->gap > fmax(solver->tolerance, standing->rounding))
            status = first_order(ctx, m, kernels, solver->tolerance, solver->max_iterations, u, z, ascent, standing);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}
