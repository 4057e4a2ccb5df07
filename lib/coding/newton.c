/* SPDX-License-Identifier: MIT
 *
 * Newton's method for mixtures: a primal-dual interior point on a working set of
 * columns, whose optimality over all columns is then checked exactly. Columns that
 * would improve the optimum enter the set and the method goes on from there.
 *
 * The unknowns are u and the slack s of the gradient, g(u) = s, u_k s_k = mu -> 0
 * (Mehrotra's predictor and corrector). The Hessian is B^T B, B = diag(f''(z))^1/2 M;
 * a column held at zero by its barrier, s_k / u_k >> (B^T B)_kk, is a diagonal entry.
 *
 * Far from the optimum such steps can go round in circles. Where the gap stops falling, some careful ones
 * follow: no corrector, mu halved at most, and a step no longer than lowers the
 * barrier function a.u + sum f_j(z_j) - mu sum log u_k (which Newton's direction does).
 */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "coding/mixture.h"

#define ROUNDS 20            /* of columns entering the working set */
#define STEPS 100            /* of Newton's method in one round */
#define LARGEST 6000         /* columns in the working set; beyond, its factor costs more than first-order steps */
#define DECOUPLED 1e-7       /* share of the curvature in the barrier below which a column stands alone */
#define TO_BOUNDARY 0.995
#define PATIENCE 4           /* steps that may pass without a new least gap */
#define CAREFUL 8            /* careful steps that follow then */
#define NEIGHBOURHOOD 100    /* how far u_k s_k may be from mu in careful steps, as a factor */

typedef struct newton {
    const info_i_mixture *whole;
    const info_i_mixture_kernels *kernels;
    const info_i_backend *backend;
    int64_t rows, size;      /* of the working problem: rows x size */
    int64_t *column;         /* its columns in the whole */
    bool *member;            /* per column of the whole */
    double *matrix, *linear; /* its data */
    double *u, *s, *gradient, *z, *diagonal, *right, *step, *slack_step;
    int64_t coupled, *index; /* columns in the factor */
    double *factor;          /* Cholesky factor of D + B^T B, size x size */
    double *scaled;          /* B restricted to the coupled columns */
    double *work;
} newton;

static info_status allocate(info_ctx *ctx, newton *n)
{
    const int64_t rows = n->whole->rows, cols = n->whole->cols;
    double **vectors[] = {&n->linear, &n->u, &n->s, &n->gradient, &n->diagonal, &n->right, &n->step, &n->slack_step};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = info_i_scratch(ctx, cols, sizeof(double));
    n->z = info_i_scratch(ctx, rows, sizeof(double));
    n->work = info_i_scratch(ctx, rows > cols ? rows : cols, sizeof(double));
    n->column = info_i_scratch(ctx, cols, sizeof *n->column);
    n->index = info_i_scratch(ctx, cols, sizeof *n->index);
    n->member = info_i_scratch_zero(ctx, cols, sizeof *n->member);
    return ctx->error.status;
}

/* Copies the working set's columns. */
static info_status gather(info_ctx *ctx, newton *n)
{
    const info_i_mixture *m = n->whole;
    int64_t elements;
    if (!info_i_multiply(n->rows, n->size, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "the problem's size overflows");
    const int64_t order = n->size;
    n->matrix = info_i_scratch(ctx, elements, sizeof(double));
    n->scaled = info_i_scratch(ctx, elements, sizeof(double));
    n->factor = info_i_scratch(ctx, order * order, sizeof(double));
    if (!n->matrix || !n->scaled || !n->factor)
        return ctx->error.status;
    for (int64_t j = 0; j < n->rows; j++) {
        const double *from = m->matrix + j * m->cols;
        double *to = n->matrix + j * n->size;
        for (int64_t k = 0; k < n->size; k++)
            to[k] = from[n->column[k]];
    }
    for (int64_t k = 0; k < n->size; k++)
        n->linear[k] = m->linear ? m->linear[n->column[k]] : 1;
    return INFO_OK;
}

/* z and the gradient at u. */
static void differentiate(newton *n)
{
    memcpy(n->gradient, n->linear, (size_t)n->size * sizeof(double));
    for (int64_t j = 0; j < n->rows; j++) {
        const double *row = n->matrix + j * n->size;
        const double z = n->kernels->dot(n->size, row, n->u);
        n->z[j] = z;
        if (z > 0)
            n->kernels->add(n->size, n->whole->weights ? -n->whole->weights[j] / z : log(z), row, n->gradient);
    }
}

/* The duality gap of u / sum u within the working set. */
static double working_gap(const newton *n)
{
    double sum = 0, steepest = INFINITY, mean = 0;
    for (int64_t k = 0; k < n->size; k++) {
        sum += n->u[k];
        mean += n->u[k] * n->gradient[k];
        steepest = fmin(steepest, n->gradient[k]);
    }
    return n->whole->weights ? log1p(-steepest) + log(sum) : mean / sum - steepest;
}

/* Splits the columns into coupled ones and ones that stand alone; diagonal gets s / u of the former, plus their curvature of the
 * latter. Fills in B. */
static void scale(newton *n)
{
    double *curvature = n->right; /* free at this point */
    memset(curvature, 0, (size_t)n->size * sizeof(double));
    for (int64_t j = 0; j < n->rows; j++) {
        const double *row = n->matrix + j * n->size;
        const double z = n->z[j], f2 = !(z > 0) ? 0 : n->whole->weights ? n->whole->weights[j] / (z * z) : 1 / z;
        n->work[j] = sqrt(f2);
        for (int64_t k = 0; k < n->size; k++)
            curvature[k] += f2 * row[k] * row[k];
    }
    n->coupled = 0;
    for (int64_t k = 0; k < n->size; k++) {
        n->diagonal[k] = n->s[k] / n->u[k];
        if (curvature[k] > DECOUPLED * n->diagonal[k])
            n->index[n->coupled++] = k;
        else
            n->diagonal[k] += curvature[k];
    }
    for (int64_t j = 0; j < n->rows; j++) {
        const double *row = n->matrix + j * n->size;
        double *to = n->scaled + j * n->coupled;
        if (n->coupled == n->size)
            for (int64_t k = 0; k < n->size; k++)
                to[k] = n->work[j] * row[k];
        else
            for (int64_t k = 0; k < n->coupled; k++)
                to[k] = n->work[j] * row[n->index[k]];
    }
}

static info_status factorise(newton *n, bool *done)
{
    scale(n);
    const int64_t order = n->coupled;
    info_status status = n->backend->syrk_f64(true, order, n->rows, 1, n->scaled, order, 0, n->factor, order);
    if (status != INFO_OK)
        return status;
    for (int64_t k = 0; k < order; k++)
        n->factor[k * order + k] += n->diagonal[n->index[k]];
    int64_t failed = 0;
    status = n->backend->cholesky_f64(order, n->factor, order, &failed);
    *done = failed == 0;
    return status;
}

/* step = (H + S/U)^-1 right */
static info_status solve(newton *n)
{
    for (int64_t k = 0; k < n->size; k++)
        n->step[k] = n->right[k] / n->diagonal[k];
    for (int64_t k = 0; k < n->coupled; k++)
        n->work[k] = n->right[n->index[k]];
    info_status status =
        n->backend->solve_lower_f64(false, n->coupled, 1, n->factor, n->coupled, n->work, 1);
    if (status == INFO_OK)
        status = n->backend->solve_lower_f64(true, n->coupled, 1, n->factor, n->coupled, n->work, 1);
    for (int64_t k = 0; k < n->coupled; k++)
        n->step[n->index[k]] = n->work[k];
    return status;
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

/* u s / size. */
static double centrality(const newton *n)
{
    double mu = 0;
    for (int64_t k = 0; k < n->size; k++)
        mu += n->u[k] * n->s[k];
    return mu / (double)n->size;
}

/* The steps of u and s towards u s = centre - correction, correction being in n->slack_step. */
static info_status aim(newton *n, double centre)
{
    for (int64_t k = 0; k < n->size; k++) {
        n->slack_step[k] = (centre - n->slack_step[k]) / n->u[k];
        n->right[k] = n->slack_step[k] - n->gradient[k];
    }
    const info_status status = solve(n);
    for (int64_t k = 0; k < n->size; k++)
        n->slack_step[k] += -n->s[k] - n->s[k] / n->u[k] * n->step[k];
    return status;
}

static void move(newton *n, double t, double slack_t)
{
    for (int64_t k = 0; k < n->size; k++) {
        n->u[k] += t * n->step[k];
        n->s[k] += slack_t * n->slack_step[k];
    }
}

/* One predictor-corrector step, the factor being that of the present point. */
static info_status advance(newton *n)
{
    const double mu = centrality(n);
    double predicted = 0;
    memset(n->slack_step, 0, (size_t)n->size * sizeof(double));
    info_status status = aim(n, 0);
    if (status != INFO_OK)
        return status;
    const double t0 = fmin(longest(n->size, n->u, n->step), longest(n->size, n->s, n->slack_step));
    for (int64_t k = 0; k < n->size; k++) {
        predicted += (n->u[k] + t0 * n->step[k]) * (n->s[k] + t0 * n->slack_step[k]);
        n->slack_step[k] *= n->step[k];
    }
    const double ratio = predicted / (double)n->size / mu;
    if ((status = aim(n, ratio * ratio * ratio * mu)) != INFO_OK)
        return status;
    const double t = fmin(1, TO_BOUNDARY * fmin(longest(n->size, n->u, n->step), longest(n->size, n->s, n->slack_step)));
    move(n, t, t);
    return INFO_OK;
}

/* The barrier function at u + t step. */
static double barrier(const newton *n, double mu, double t)
{
    double value = 0;
    for (int64_t k = 0; k < n->size; k++) {
        n->right[k] = n->u[k] + t * n->step[k];
        value += n->linear[k] * n->right[k] - mu * log(n->right[k]);
    }
    for (int64_t j = 0; j < n->rows; j++) {
        const double z = n->kernels->dot(n->size, n->matrix + j * n->size, n->right);
        if (n->whole->weights)
            value -= n->whole->weights[j] * log(z);
        else
            value += z > 0 ? z * log(z) - z : 0;
    }
    return value;
}

/* One careful step. */
static info_status tread(newton *n)
{
    const double mu = centrality(n) / 2;
    memset(n->slack_step, 0, (size_t)n->size * sizeof(double));
    const info_status status = aim(n, mu);
    if (status != INFO_OK)
        return status;
    double slope = 0;
    for (int64_t k = 0; k < n->size; k++)
        slope += (n->gradient[k] - mu / n->u[k]) * n->step[k];
    double t = fmin(1, TO_BOUNDARY * longest(n->size, n->u, n->step));
    const double slack_t = fmin(1, TO_BOUNDARY * longest(n->size, n->s, n->slack_step)), before = barrier(n, mu, 0);
    for (int i = 0; i < 40 && !(barrier(n, mu, t) <= before + 1e-4 * t * slope); i++)
        t /= 2;
    move(n, t, slack_t);
    for (int64_t k = 0; k < n->size; k++) {
        const double centred = mu / n->u[k];
        n->s[k] = fmin(fmax(n->s[k], centred / NEIGHBOURHOOD), centred * NEIGHBOURHOOD);
    }
    return INFO_OK;
}

/* Interior starting point from the distribution q and its gap. */
static void start(newton *n, const double *q, const info_i_standing *standing)
{
    const double scale = n->whole->weights ? 1 : exp(standing->value), least = 1e-3 / (double)n->size;
    for (int64_t k = 0; k < n->size; k++)
        n->u[k] = scale * fmax(q[n->column[k]], least);
    differentiate(n);
    const double mu = standing->gap / (double)n->size;
    for (int64_t k = 0; k < n->size; k++)
        n->s[k] = fmax(n->gradient[k], mu / n->u[k]);
}

/* Solves the working problem until its gap is below the tolerance or nothing more is gained. */
static info_status descend(info_ctx *ctx, newton *n, double tolerance, int64_t last, int64_t *iterations)
{
    double least = INFINITY;
    int64_t stalled = 0, careful = 0;
    for (int64_t step = 0; step < STEPS && *iterations < last; step++) {
        const double gap = working_gap(n);
        if (!(gap > tolerance))
            break;
        stalled = gap < 0.9 * least ? 0 : stalled + 1;
        least = fmin(least, gap);
        if (careful == 0 && stalled > PATIENCE)
            careful = CAREFUL;
        bool done = false;
        info_status status = info_i_progress(ctx, fmin(1, tolerance / gap));
        if (status == INFO_OK)
            status = factorise(n, &done);
        if (status == INFO_OK && done)
            status = careful > 0 ? tread(n) : advance(n);
        if (status != INFO_OK)
            return status;
        if (!done)
            break;
        stalled = careful > 0 ? 0 : stalled;
        careful -= careful > 0;
        differentiate(n);
        ++*iterations;
    }
    return INFO_OK;
}

/* Columns that start in the working set: those near the largest ascent and those that carry much,
 * and for every row the columns it needs. */
static void choose(newton *n, const double *u, const double *ascent, const info_i_standing *standing)
{
    const info_i_mixture *m = n->whole;
    const double top = standing->value + standing->gap;
    double largest = 0;
    for (int64_t k = 0; k < m->cols; k++)
        largest = fmax(largest, u[k]);
    for (int64_t k = 0; k < m->cols; k++) {
        const double below = m->weights ? standing->gap - log(ascent[k]) : top - ascent[k];
        n->member[k] = u[k] > 0.02 * largest || below < 0.2 * standing->gap;
    }
    for (int64_t j = 0; j < m->rows; j++) {
        const double *row = m->matrix + j * m->cols;
        double reached = 0, whole = 0, best = 0;
        int64_t best_column = 0;
        for (int64_t k = 0; k < m->cols; k++) {
            const double part = row[k] * u[k];
            whole += part;
            reached += n->member[k] ? part : 0;
            if (part > best) {
                best = part;
                best_column = k;
            }
        }
        if (reached < 0.1 * whole)
            n->member[best_column] = true;
    }
}

static void list_members(newton *n)
{
    n->size = 0;
    for (int64_t k = 0; k < n->whole->cols; k++)
        if (n->member[k])
            n->column[n->size++] = k;
}

/* Columns that improve the optimum enter, those that are dead leave. */
static bool exchange(newton *n, const double *ascent, const info_i_standing *standing)
{
    const info_i_mixture *m = n->whole;
    bool changed = false;
    for (int64_t k = 0; k < n->size; k++)
        if (n->u[k] < 1e-9 && n->gradient[k] > 1e-3)
            n->member[n->column[k]] = false;
    for (int64_t k = 0; k < m->cols; k++) {
        const double above = m->weights ? log(ascent[k]) : ascent[k] - standing->value;
        if (!n->member[k] && above > 0.05 * standing->gap) {
            n->member[k] = true;
            changed = true;
        }
    }
    return changed;
}

info_status info_i_mixture_newton(info_ctx *ctx, const info_i_mixture *m, const info_i_mixture_kernels *kernels,
                                  const info_i_solver *solver, double *u, info_i_standing *standing)
{
    newton n = {.whole = m, .kernels = kernels, .backend = info_i_backend_default(), .rows = m->rows};
    const info_i_mark outer = info_i_scratch_mark(ctx);
    double *q = info_i_scratch(ctx, m->cols, sizeof *q);
    double *z = info_i_scratch(ctx, m->rows, sizeof *z);
    double *ascent = info_i_scratch(ctx, m->cols, sizeof *ascent);
    info_status status = ctx->error.status;
    if (status == INFO_OK)
        status = allocate(ctx, &n);
    if (status != INFO_OK)
        return status;
    info_i_standing now = *standing;
    info_i_mixture_evaluate(m, kernels, u, z, ascent, &now);
    memcpy(q, u, (size_t)m->cols * sizeof *q);
    choose(&n, u, ascent, &now);
    for (int round = 0; round < ROUNDS && now.iterations < solver->max_iterations; round++) {
        const info_i_mark mark = info_i_scratch_mark(ctx);
        list_members(&n);
        if (n.size > LARGEST || (status = gather(ctx, &n)) != INFO_OK)
            break;
        start(&n, q, &now);
        status = descend(ctx, &n, 0.3 * solver->tolerance, solver->max_iterations, &now.iterations);
        info_i_scratch_release(ctx, mark);
        if (status != INFO_OK)
            break;
        double sum = 0;
        for (int64_t k = 0; k < n.size; k++)
            sum += n.u[k];
        memset(q, 0, (size_t)m->cols * sizeof *q);
        for (int64_t k = 0; k < n.size; k++)
            q[n.column[k]] = n.u[k] / sum;
        info_i_mixture_evaluate(m, kernels, q, z, ascent, &now);
        if (now.gap < standing->gap) {
            memcpy(u, q, (size_t)m->cols * sizeof *u);
            standing->value = now.value;
            standing->gap = now.gap;
            standing->rounding = now.rounding;
        }
        if (now.gap <= fmax(solver->tolerance, now.rounding) || !exchange(&n, ascent, &now))
            break;
    }
    standing->iterations = now.iterations;
    info_i_scratch_release(ctx, outer);
    return status;
}
