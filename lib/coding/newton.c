/* SPDX-License-Identifier: MIT
 *
 * Newton's method for mixtures on a working set of columns, whose optimality over all
 * columns is checked exactly: once halfway, so that columns which are missing enter
 * while the iterate is still far from the boundary, and at the end.
 */
#include "coding/newton.h"

#include <math.h>
#include <string.h>

#define ROUNDS 20     /* of columns entering the working set */
#define HALFWAY 1e-3  /* of the gap at the start: where columns may enter without harm */
#define OWN_SHARE 0.3 /* of the tolerance, for the gap within the working set */

typedef struct working_set {
    const info_i_mixture *whole;
    info_i_newton newton;
    int64_t *column; /* its columns in the whole */
    bool *member;    /* per column of the whole */
    double *u, *s;   /* per column of the whole; s = 0: has not been a member yet */
    double *matrix, *linear;
} working_set;

static info_status allocate(info_ctx *ctx, working_set *w)
{
    const int64_t rows = w->whole->rows, cols = w->whole->cols;
    info_i_newton *n = &w->newton;
    double **vectors[] = {&w->u, &n->u, &n->s, &n->gradient, &w->linear, &n->right, &n->step, &n->slack_step};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = info_i_scratch(ctx, cols, sizeof(double));
    w->s = info_i_scratch_zero(ctx, cols, sizeof(double));
    n->z = info_i_scratch(ctx, rows, sizeof(double));
    w->column = info_i_scratch(ctx, cols, sizeof *w->column);
    w->member = info_i_scratch_zero(ctx, cols, sizeof *w->member);
    return ctx->error.status;
}

/* The first members: columns near the largest ascent and those that carry much; all if few are left. */
static void choose(working_set *w, const double *q, const double *ascent, const info_i_standing *standing)
{
    const info_i_mixture *m = w->whole;
    const double top = standing->value + standing->gap;
    double largest = 0;
    int64_t count = 0;
    for (int64_t k = 0; k < m->cols; k++)
        largest = q[k] > largest ? q[k] : largest;
    for (int64_t k = 0; k < m->cols; k++) {
        const double below = m->weights ? standing->gap - log(ascent[k]) : top - ascent[k];
        w->member[k] = q[k] > 0.02 * largest || below < 0.2 * standing->gap;
        count += w->member[k];
    }
    if (count > m->cols - m->cols / 20)
        memset(w->member, true, (size_t)m->cols * sizeof *w->member);
}

/* Copies the members' columns. */
static info_status gather(info_ctx *ctx, working_set *w)
{
    const info_i_mixture *m = w->whole;
    int64_t size = 0, elements;
    for (int64_t k = 0; k < m->cols; k++)
        if (w->member[k])
            w->column[size++] = k;
    if (!info_i_multiply(m->rows, size, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "the problem's size overflows");
    if (!(w->matrix = info_i_scratch(ctx, elements, sizeof *w->matrix)))
        return ctx->error.status;
    for (int64_t j = 0; j < m->rows; j++) {
        const double *from = m->matrix + j * m->cols;
        double *to = w->matrix + j * size;
        for (int64_t k = 0; k < size; k++)
            to[k] = from[w->column[k]];
    }
    for (int64_t k = 0; k < size; k++)
        w->linear[k] = m->linear ? m->linear[w->column[k]] : 1;
    w->newton.problem = (info_i_mixture){
        .rows = m->rows, .cols = size, .matrix = w->matrix, .weights = m->weights, .linear = w->linear};
    return INFO_OK;
}

/* Makes members of the columns without which a row would have lost half of its z. */
static bool complete(working_set *w, const double *q, const double *z, double scale)
{
    const info_i_mixture *m = w->whole;
    bool changed = false;
    for (int64_t j = 0; j < m->rows; j++) {
        if (!(w->newton.z[j] < 0.5 * scale * z[j]))
            continue;
        const double *row = m->matrix + j * m->cols;
        int64_t best = 0;
        for (int64_t k = 1; k < m->cols; k++)
            if (row[k] * q[k] > row[best] * q[best])
                best = k;
        changed |= !w->member[best];
        w->member[best] = true;
    }
    return changed;
}

/* Interior starting point from the distribution q, with z = M q. */
static info_status start(info_ctx *ctx, working_set *w, const double *q, const double *z,
                         const info_i_standing *standing)
{
    info_i_newton *n = &w->newton;
    const double scale = w->whole->weights ? 1 : exp(standing->value);
    info_status status;
    do {
        if ((status = gather(ctx, w)) != INFO_OK)
            return status;
        const double least = 1e-3 / (double)n->problem.cols;
        double sum = 0;
        for (int64_t k = 0; k < n->problem.cols; k++)
            sum += n->u[k] = fmax(q[w->column[k]], least);
        for (int64_t k = 0; k < n->problem.cols; k++)
            n->u[k] *= scale / sum;
        info_i_newton_differentiate(n);
    } while (complete(w, q, z, scale));
    const double mu = standing->gap / (double)n->problem.cols;
    for (int64_t k = 0; k < n->problem.cols; k++)
        n->s[k] = fmax(n->gradient[k], mu / n->u[k]);
    return INFO_OK;
}

/* The iterate on a new working set: members that stay keep theirs, though not closer to the boundary than
 * the gap asks for; new ones come in on the central path. */
static info_status resume(info_ctx *ctx, working_set *w, const info_i_standing *standing)
{
    info_i_newton *n = &w->newton;
    const info_status status = gather(ctx, w);
    if (status != INFO_OK)
        return status;
    const int64_t cols = n->problem.cols;
    for (int64_t k = 0; k < cols; k++) {
        n->u[k] = w->u[w->column[k]];
        n->s[k] = w->s[w->column[k]];
    }
    const double mu = fmax(0.1 * standing->gap / (double)cols, info_i_newton_centrality(n));
    info_i_newton_differentiate(n);
    for (int64_t k = 0; k < cols; k++) {
        if (!(n->s[k] > 0)) {
            n->s[k] = fmax(n->gradient[k], standing->gap);
            n->u[k] = mu / n->s[k];
        } else if (n->u[k] * n->s[k] < mu) {
            *(n->u[k] < n->s[k] ? &n->u[k] : &n->s[k]) = mu / fmax(n->u[k], n->s[k]);
        }
    }
    info_i_newton_differentiate(n);
    return INFO_OK;
}

/* The distribution of the iterate, over all columns. */
static void scatter(working_set *w, double *q)
{
    const info_i_newton *n = &w->newton;
    double sum = 0;
    for (int64_t k = 0; k < n->problem.cols; k++)
        sum += n->u[k];
    memset(q, 0, (size_t)w->whole->cols * sizeof *q);
    for (int64_t k = 0; k < n->problem.cols; k++) {
        q[w->column[k]] = n->u[k] / sum;
        w->u[w->column[k]] = n->u[k];
        w->s[w->column[k]] = n->s[k];
    }
}

/* Columns whose ascent is above a share of the gap enter, those that are dead leave. */
static bool exchange(working_set *w, const double *ascent, const info_i_standing *standing, double share)
{
    const info_i_mixture *m = w->whole;
    const info_i_newton *n = &w->newton;
    bool changed = false;
    for (int64_t k = 0; k < m->cols; k++) {
        const double above = m->weights ? log(ascent[k]) : ascent[k] - standing->value;
        if (!w->member[k] && above > share * standing->gap) {
            w->member[k] = changed = true;
            w->u[k] = w->s[k] = 0;
        }
    }
    for (int64_t k = 0; k < n->problem.cols && changed; k++)
        if (n->u[k] < 1e-9 && n->gradient[k] > 1e-3)
            w->member[w->column[k]] = false;
    return changed;
}

info_status info_i_mixture_newton(info_ctx *ctx, const info_i_mixture *m, const info_i_mixture_kernels *kernels,
                                  const info_i_solver *solver, double *u, double *z, double *ascent,
                                  info_i_standing *standing)
{
    working_set w = {.whole = m, .newton = {.kernels = kernels, .backend = info_i_backend_default()}};
    const info_i_mark outer = info_i_scratch_mark(ctx);
    double *q = info_i_scratch(ctx, m->cols, sizeof *q);
    double *now_z = info_i_scratch(ctx, m->rows, sizeof *now_z);
    double *now_ascent = info_i_scratch(ctx, m->cols, sizeof *now_ascent);
    info_status status = allocate(ctx, &w);
    if (status != INFO_OK)
        return status;
    const double own = OWN_SHARE * solver->tolerance;
    double target = fmax(own, HALFWAY * standing->gap);
    info_i_standing now = *standing;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    choose(&w, u, ascent, standing);
    status = start(ctx, &w, u, z, standing);
    if (status == INFO_OK)
        status = info_i_newton_prepare(ctx, &w.newton, false);
    for (int round = 0; round < ROUNDS && status == INFO_OK && now.iterations < solver->max_iterations; round++) {
        if (info_i_newton_too_large(&w.newton))
            break;
        status = info_i_newton_descend(ctx, &w.newton, target, solver->max_iterations, &now.iterations);
        if (status != INFO_OK)
            break;
        scatter(&w, q);
        info_i_mixture_evaluate(m, kernels, q, now_z, now_ascent, &now);
        if (now.gap < standing->gap) {
            memcpy(u, q, (size_t)m->cols * sizeof *u);
            memcpy(z, now_z, (size_t)m->rows * sizeof *z);
            memcpy(ascent, now_ascent, (size_t)m->cols * sizeof *ascent);
            *standing = now;
        }
        if (now.gap <= fmax(solver->tolerance, now.rounding))
            break;
        if (exchange(&w, now_ascent, &now, target > own ? -1 : 0.05)) {
            info_i_scratch_release(ctx, mark);
            status = resume(ctx, &w, &now);
            if (status == INFO_OK)
                status = info_i_newton_prepare(ctx, &w.newton, false);
        } else if (target == own) {
            break;
        }
        target = own;
    }
    standing->iterations = now.iterations;
    info_i_scratch_release(ctx, outer);
    return status;
}
