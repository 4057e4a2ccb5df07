/* SPDX-License-Identifier: MIT
 *
 * The steps of Newton's method for mixtures: Mehrotra's predictor and corrector.
 *
 * Far from the optimum such steps can go round in circles. Where the gap stops falling, some careful ones
 * follow: no corrector, mu halved at most, and a step no longer than lowers the
 * barrier function a.u + sum f_j(z_j) - mu sum log u_k (which Newton's direction does).
 */
#include <math.h>
#include <string.h>

#include "coding/newton.h"

#define STEPS 100 /* at most, on one working set */
#define TO_BOUNDARY 0.995
#define PATIENCE 4        /* steps that may pass without a new least gap */
#define CAREFUL 8         /* careful steps that follow then */
#define NEIGHBOURHOOD 100 /* how far u_k s_k may be from mu in careful steps, as a factor */

void info_i_newton_differentiate(info_i_newton *n)
{
    const info_i_mixture *m = &n->problem;
    for (int64_t k = 0; k < m->cols; k++)
        n->gradient[k] = -m->linear[k];
    info_i_mixture_pass(m, n->kernels, n->u, n->z, n->gradient);
    for (int64_t k = 0; k < m->cols; k++)
        n->gradient[k] = -n->gradient[k];
}

/* The duality gap of u / sum u within the working set. */
static double working_gap(const info_i_newton *n)
{
    double sum = 0, steepest = INFINITY, mean = 0;
    for (int64_t k = 0; k < n->problem.cols; k++) {
        sum += n->u[k];
        mean += n->u[k] * n->gradient[k];
        steepest = n->gradient[k] < steepest ? n->gradient[k] : steepest;
    }
    return n->problem.weights ? log1p(-steepest) + log(sum) : mean / sum - steepest;
}

/* Longest step in 0..1 that keeps v + t dv >= 0. */
static double longest(int64_t size, const double *v, const double *dv)
{
    double t = 1;
    for (int64_t k = 0; k < size; k++)
        if (v[k] + t * dv[k] < 0)
            t = -v[k] / dv[k];
    return t;
}

double info_i_newton_centrality(const info_i_newton *n)
{
    return n->kernels->dot(n->problem.cols, n->u, n->s) / (double)n->problem.cols;
}

/* The steps of u and s towards u s = center - correction, correction being in n->slack_step. */
static info_status aim(info_i_newton *n, double center)
{
    const int64_t cols = n->problem.cols;
    for (int64_t k = 0; k < cols; k++) {
        n->slack_step[k] = (center - n->slack_step[k]) / n->u[k];
        n->right[k] = n->slack_step[k] - n->gradient[k];
    }
    const info_status status = info_i_newton_solve(n);
    for (int64_t k = 0; k < cols; k++)
        n->slack_step[k] += -n->s[k] - n->s[k] / n->u[k] * n->step[k];
    return status;
}

static void move(info_i_newton *n, double t, double slack_t)
{
    n->kernels->add(n->problem.cols, t, n->step, n->u);
    n->kernels->add(n->problem.cols, slack_t, n->slack_step, n->s);
}

/* One predictor-corrector step, the factor being that of the present point. */
static info_status advance(info_i_newton *n)
{
    const int64_t cols = n->problem.cols;
    const double mu = info_i_newton_centrality(n);
    double predicted = 0;
    memset(n->slack_step, 0, (size_t)cols * sizeof *n->slack_step);
    info_status status = aim(n, 0);
    if (status != INFO_OK)
        return status;
    double t = fmin(longest(cols, n->u, n->step), longest(cols, n->s, n->slack_step));
    for (int64_t k = 0; k < cols; k++) {
        predicted += (n->u[k] + t * n->step[k]) * (n->s[k] + t * n->slack_step[k]);
        n->slack_step[k] *= n->step[k];
    }
    const double ratio = predicted / (double)cols / mu;
    if ((status = aim(n, ratio * ratio * ratio * mu)) != INFO_OK)
        return status;
    t = fmin(1, TO_BOUNDARY * fmin(longest(cols, n->u, n->step), longest(cols, n->s, n->slack_step)));
    move(n, t, t);
    return INFO_OK;
}

/* The barrier function at u + t step. */
static double barrier(const info_i_newton *n, double mu, double t)
{
    const info_i_mixture *m = &n->problem;
    double value = 0;
    for (int64_t k = 0; k < m->cols; k++) {
        n->right[k] = n->u[k] + t * n->step[k];
        value += m->linear[k] * n->right[k] - mu * log(n->right[k]);
    }
    for (int64_t j = 0; j < m->rows; j++) {
        const double z = n->kernels->dot(m->cols, m->matrix + j * m->cols, n->right);
        if (m->weights)
            value -= m->weights[j] * log(z);
        else
            value += z > 0 ? z * log(z) - z : 0;
    }
    return value;
}

/* One careful step. */
static info_status tread(info_i_newton *n)
{
    const int64_t cols = n->problem.cols;
    const double mu = info_i_newton_centrality(n) / 2;
    memset(n->slack_step, 0, (size_t)cols * sizeof *n->slack_step);
    const info_status status = aim(n, mu);
    if (status != INFO_OK)
        return status;
    double slope = 0;
    for (int64_t k = 0; k < cols; k++)
        slope += (n->gradient[k] - mu / n->u[k]) * n->step[k];
    double t = fmin(1, TO_BOUNDARY * longest(cols, n->u, n->step));
    const double slack_t = fmin(1, TO_BOUNDARY * longest(cols, n->s, n->slack_step)), before = barrier(n, mu, 0);
    for (int i = 0; i < 40 && !(barrier(n, mu, t) <= before + 1e-4 * t * slope); i++)
        t /= 2;
    move(n, t, slack_t);
    for (int64_t k = 0; k < cols; k++) {
        const double centered = mu / n->u[k];
        n->s[k] = fmin(fmax(n->s[k], centered / NEIGHBOURHOOD), centered * NEIGHBOURHOOD);
    }
    return INFO_OK;
}

info_status info_i_newton_descend(info_ctx *ctx, info_i_newton *n, double tolerance, int64_t last, int64_t *iterations)
{
    double least = INFINITY;
    int64_t stalled = 0, careful = 0;
    for (int64_t step = 0; step < STEPS && *iterations < last; step++) {
        const double gap = working_gap(n);
        if (!(gap > tolerance))
            break;
        stalled = gap < 0.9 * least ? 0 : stalled + 1;
        least = fmin(least, gap);
        info_status status = info_i_progress(ctx, fmin(1, tolerance / gap));
        bool done = false;
        if (status == INFO_OK && stalled > PATIENCE && careful == 0) {
            if (n->system.form == INFO_I_LOW_RANK)
                status = info_i_newton_prepare(ctx, n, true);
            else
                careful = CAREFUL;
            stalled = 0;
        }
        if (status == INFO_OK)
            status = info_i_newton_factorize(n, &done);
        if (status == INFO_OK && !done && n->system.form == INFO_I_LOW_RANK) {
            status = info_i_newton_prepare(ctx, n, true);
            if (status == INFO_OK)
                status = info_i_newton_factorize(n, &done);
        }
        if (status == INFO_OK && done)
            status = careful > 0 ? tread(n) : advance(n);
        if (status != INFO_OK)
            return status;
        if (!done)
            break;
        stalled = careful > 0 ? 0 : stalled;
        careful -= careful > 0;
        info_i_newton_differentiate(n);
        ++*iterations;
    }
    return INFO_OK;
}
