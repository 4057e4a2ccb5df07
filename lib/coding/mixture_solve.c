/* SPDX-License-Identifier: MIT
 * The way to the optimum: a few first-order steps, Newton's method, and where that fails the
 * first-order method that always works. */
#include <math.h>

#include "coding/mixture.h"
#include "coding/newton.h"

#define PRELUDE 12    /* first-order steps before Newton's method: they find the neighborhood of the support */
#define REPORT 64     /* steps between two reports of progress */
#define REVIVAL 1e-10 /* of the uniform distribution, where first-order steps take over */

/* One step of Blahut and Arimoto, from where ascent was evaluated; bold: a step 1.8 times as long, which near
 * the optimum converges as well and 1.8 times as fast. */
static void first_order_step(const info_i_mixture *m, const double *ascent, double top, bool bold, double *u)
{
    double sum = 0;
    for (int64_t k = 0; k < m->cols; k++) {
        if (m->weights)
            u[k] *= bold ? ascent[k] * (0.2 + 0.8 * ascent[k]) : ascent[k];
        else
            u[k] *= exp((bold ? 1.8 : 1) * (ascent[k] - top));
        sum += u[k];
    }
    for (int64_t k = 0; k < m->cols; k++)
        u[k] /= sum;
}

static bool finished(const info_i_solver *solver, const info_i_standing *standing)
{
    return standing->gap <= fmax(solver->tolerance, standing->rounding);
}

static info_status first_order(info_ctx *ctx, const info_i_mixture *m, const info_i_mixture_kernels *kernels,
                               const info_i_solver *solver, int64_t last, bool bold, double *u, double *z,
                               double *ascent, info_i_standing *standing)
{
    for (;;) {
        info_i_mixture_evaluate(m, kernels, u, z, ascent, standing);
        if (finished(solver, standing) || standing->iterations >= last)
            return INFO_OK;
        if (standing->iterations % REPORT == 0) {
            const info_status status = info_i_progress(ctx, solver->tolerance / standing->gap);
            if (status != INFO_OK)
                return status;
        }
        first_order_step(m, ascent, standing->value + standing->gap, bold, u);
        standing->iterations++;
    }
}

info_status info_i_mixture_solve(info_ctx *ctx, const info_i_mixture *m, const info_i_solver *solver, double *u,
                                 double *z, double *ascent, info_i_standing *standing)
{
    const info_i_mixture_kernels *kernels = ctx->kernels->mixture;
    const int64_t most = solver->max_iterations;
    standing->iterations = 0;
    if (solver->first_order)
        return first_order(ctx, m, kernels, solver, most, false, u, z, ascent, standing);
    info_status status =
        first_order(ctx, m, kernels, solver, most < PRELUDE ? most : PRELUDE, true, u, z, ascent, standing);
    if (status != INFO_OK || finished(solver, standing))
        return status;
    status = info_i_mixture_newton(ctx, m, kernels, solver, u, z, ascent, standing);
    if (status != INFO_OK || finished(solver, standing))
        return status;
    for (int64_t k = 0; k < m->cols; k++) /* no column is lost to what comes now */
        u[k] += REVIVAL * (1 / (double)m->cols - u[k]);
    return first_order(ctx, m, kernels, solver, most, false, u, z, ascent, standing);
}
