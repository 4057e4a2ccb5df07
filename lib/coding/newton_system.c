/* SPDX-License-Identifier: MIT
 *
 * The linear system of a Newton step. With H = F^T F of few rows it is solved on
 * the short side,
 *
 *     (D + F^T F)^-1 = D^-1 - D^-1 F^T (I + F D^-1 F^T)^-1 F D^-1,
 *
 * else by the Cholesky factor of the columns that matter: one held at zero by its
 * barrier, s_k / u_k >> H_kk, is a diagonal entry.
 */
#include <math.h>
#include <string.h>

#include "coding/newton.h"

#define DECOUPLED 1e-6     /* share of the curvature in the barrier below which a column stands alone */
#define WORTH_A_RANK 192   /* columns from which on a low rank is looked for */
#define LARGEST_ORDER 6000 /* beyond, the factor costs more than first-order steps */
#define RANK_TOLERANCE 1e-9

static info_status take(info_ctx *ctx, int64_t rows, int64_t cols, double **to)
{
    int64_t elements;
    if (!info_i_multiply(rows, cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "the problem's size overflows");
    *to = info_i_scratch(ctx, elements, sizeof(double));
    return ctx->error.status;
}

/* Tries the form of low rank. */
static info_status reduce(info_ctx *ctx, info_i_newton *n, bool *done)
{
    const info_i_mixture *m = &n->problem;
    info_i_newton_system *y = &n->system;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    y->order = (m->cols < m->rows ? m->cols : m->rows) / 4;
    info_status status = take(ctx, y->order, m->rows, &y->left);
    if (status == INFO_OK)
        status = take(ctx, y->order, m->cols, &y->right);
    bool *used = info_i_scratch(ctx, m->rows, sizeof *used);
    if (!used || status != INFO_OK)
        return ctx->error.status;
    *done =
        info_i_low_rank(n->kernels, m->rows, m->cols, m->matrix, RANK_TOLERANCE, y->left, y->right, used, &y->order);
    if (!*done) {
        info_i_scratch_release(ctx, mark);
        return INFO_OK;
    }
    status = take(ctx, y->order, m->rows > m->cols ? m->rows : m->cols, &y->weighted);
    return status == INFO_OK ? take(ctx, y->order, y->order, &y->middle) : status;
}

info_status info_i_newton_prepare(info_ctx *ctx, info_i_newton *n, bool exact)
{
    const info_i_mixture *m = &n->problem;
    info_i_newton_system *y = &n->system;
    bool low_rank = false;
    info_status status = INFO_OK;
    if (!exact && m->cols >= WORTH_A_RANK && m->rows >= WORTH_A_RANK)
        status = reduce(ctx, n, &low_rank);
    y->form = low_rank ? INFO_I_LOW_RANK : m->rows <= m->cols / 2 ? INFO_I_ROWS : INFO_I_COLUMNS;
    if (!low_rank)
        y->order = y->form == INFO_I_ROWS ? m->rows : m->cols;
    if (status != INFO_OK || y->order > LARGEST_ORDER)
        return status;
    if ((status = take(ctx, low_rank ? y->order : m->rows, m->cols, &y->scaled)) != INFO_OK)
        return status;
    if (y->form == INFO_I_ROWS && (status = take(ctx, m->rows, m->cols, &y->weighted)) != INFO_OK)
        return status;
    y->index = info_i_scratch(ctx, m->cols, sizeof *y->index);
    y->diagonal = info_i_scratch(ctx, m->cols, sizeof(double));
    y->root = info_i_scratch(ctx, m->rows > m->cols ? m->rows : m->cols, sizeof(double));
    y->vector = info_i_scratch(ctx, y->order, sizeof(double));
    return take(ctx, y->order, y->order, &y->factor);
}

bool info_i_newton_too_large(const info_i_newton *n)
{
    return n->system.order > LARGEST_ORDER;
}

static void find_roots(info_i_newton *n)
{
    for (int64_t j = 0; j < n->problem.rows; j++) {
        const double z = n->z[j];
        n->system.root[j] = !(z > 0) ? 0 : n->problem.weights ? sqrt(n->problem.weights[j]) / z : 1 / sqrt(z);
    }
}

/* ---- The columns that matter -------------------------------------------- */

/* Fills in B, and finds the columns whose barrier leaves them some freedom; the others get their curvature. */
static void choose_columns(info_i_newton *n)
{
    const int64_t cols = n->problem.cols;
    info_i_newton_system *y = &n->system;
    double *curvature = n->step; /* free at this point */
    memset(curvature, 0, (size_t)cols * sizeof *curvature);
    for (int64_t j = 0; j < n->problem.rows; j++)
        n->kernels->scale(cols, y->root[j], n->problem.matrix + j * cols, y->scaled + j * cols, curvature);
    y->order = 0;
    for (int64_t k = 0; k < cols; k++) {
        if (curvature[k] > DECOUPLED * y->diagonal[k])
            y->index[y->order++] = k;
        else
            y->diagonal[k] += curvature[k];
    }
    for (int64_t j = 0; j < n->problem.rows && y->order < cols;
         j++) { /* to the front: no entry is overwritten unread */
        const double *from = y->scaled + j * cols;
        double *to = y->scaled + j * y->order;
        for (int64_t k = 0; k < y->order; k++)
            to[k] = from[y->index[k]];
    }
}

static info_status factorize_columns(info_i_newton *n, bool *done)
{
    info_i_newton_system *y = &n->system;
    choose_columns(n);
    const int64_t order = y->order;
    info_status status = n->backend->syrk_f64(true, order, n->problem.rows, 1, y->scaled, order, 0, y->factor, order);
    if (status != INFO_OK)
        return status;
    for (int64_t k = 0; k < order; k++)
        y->factor[k * order + k] += y->diagonal[y->index[k]];
    int64_t failed = 0;
    status = n->backend->cholesky_f64(order, y->factor, order, &failed);
    *done = failed == 0;
    return status;
}

static info_status solve_factor(const info_i_newton *n, double *x)
{
    const info_i_newton_system *y = &n->system;
    const info_status status = n->backend->solve_lower_f64(false, y->order, 1, y->factor, y->order, x, 1);
    return status == INFO_OK ? n->backend->solve_lower_f64(true, y->order, 1, y->factor, y->order, x, 1) : status;
}

static info_status solve_columns(info_i_newton *n)
{
    info_i_newton_system *y = &n->system;
    for (int64_t k = 0; k < n->problem.cols; k++)
        n->step[k] = n->right[k] / y->diagonal[k];
    for (int64_t k = 0; k < y->order; k++)
        y->vector[k] = n->right[y->index[k]];
    const info_status status = solve_factor(n, y->vector);
    for (int64_t k = 0; k < y->order; k++)
        n->step[y->index[k]] = y->vector[k];
    return status;
}

/* ---- The short side ----------------------------------------------------- */

/* to = from with its columns multiplied by v. */
static void multiply_columns(int64_t rows, int64_t cols, const double *from, const double *v, double *to)
{
    for (int64_t j = 0; j < rows; j++)
        for (int64_t k = 0; k < cols; k++)
            to[j * cols + k] = from[j * cols + k] * v[k];
}

/* F = K^T right, with K K^T = left diag(f'') left^T. */
static info_status find_middle(info_i_newton *n, bool *done)
{
    const int64_t rows = n->problem.rows, cols = n->problem.cols;
    info_i_newton_system *y = &n->system;
    const int64_t order = y->order;
    multiply_columns(order, rows, y->left, y->root, y->weighted);
    info_status status = n->backend->syrk_f64(false, order, rows, 1, y->weighted, rows, 0, y->middle, order);
    int64_t failed = 0;
    if (status == INFO_OK)
        status = n->backend->cholesky_f64(order, y->middle, order, &failed);
    *done = failed == 0;
    if (status != INFO_OK || failed)
        return status;
    for (int64_t i = 0; i < order; i++)
        memset(y->middle + i * order + i + 1, 0, (size_t)(order - i - 1) * sizeof(double));
    return n->backend->gemm_f64(true, false, order, cols, order, 1, y->middle, order, y->right, cols, 0, y->scaled,
                                cols);
}

static info_status factorize_short_side(info_i_newton *n, bool *done)
{
    const int64_t cols = n->problem.cols;
    info_i_newton_system *y = &n->system;
    info_status status = INFO_OK;
    *done = true;
    if (y->form == INFO_I_LOW_RANK) {
        status = find_middle(n, done);
    } else {
        memset(n->step, 0, (size_t)cols * sizeof *n->step); /* takes squares which nobody wants */
        for (int64_t j = 0; j < n->problem.rows; j++)
            n->kernels->scale(cols, y->root[j], n->problem.matrix + j * cols, y->scaled + j * cols, n->step);
    }
    if (status != INFO_OK || !*done)
        return status;
    for (int64_t k = 0; k < cols; k++)
        n->step[k] = 1 / sqrt(y->diagonal[k]);
    multiply_columns(y->order, cols, y->scaled, n->step, y->weighted);
    status = n->backend->syrk_f64(false, y->order, cols, 1, y->weighted, cols, 0, y->factor, y->order);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < y->order; i++)
        y->factor[i * y->order + i] += 1;
    int64_t failed = 0;
    status = n->backend->cholesky_f64(y->order, y->factor, y->order, &failed);
    *done = failed == 0;
    return status;
}

static info_status solve_short_side(info_i_newton *n)
{
    const int64_t cols = n->problem.cols;
    info_i_newton_system *y = &n->system;
    for (int64_t k = 0; k < cols; k++)
        n->step[k] = n->right[k] / y->diagonal[k];
    for (int64_t i = 0; i < y->order; i++)
        y->vector[i] = n->kernels->dot(cols, y->scaled + i * cols, n->step);
    const info_status status = solve_factor(n, y->vector);
    memcpy(n->step, n->right, (size_t)cols * sizeof *n->step);
    for (int64_t i = 0; i < y->order; i++)
        n->kernels->add(cols, -y->vector[i], y->scaled + i * cols, n->step);
    for (int64_t k = 0; k < cols; k++)
        n->step[k] /= y->diagonal[k];
    return status;
}

/* ------------------------------------------------------------------------- */

info_status info_i_newton_factorize(info_i_newton *n, bool *done)
{
    find_roots(n);
    for (int64_t k = 0; k < n->problem.cols; k++)
        n->system.diagonal[k] = n->s[k] / n->u[k];
    return n->system.form == INFO_I_COLUMNS ? factorize_columns(n, done) : factorize_short_side(n, done);
}

info_status info_i_newton_solve(info_i_newton *n)
{
    return n->system.form == INFO_I_COLUMNS ? solve_columns(n) : solve_short_side(n);
}
