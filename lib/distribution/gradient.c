/* SPDX-License-Identifier: MIT
 * Gradients of entropy and divergences, with respect to probabilities or to logits.
 *
 * With g the derivative by probabilities, that by logits is p_j (g_j - sum p g), and 0 where p_j is 0. */
#include <string.h>

#include "distribution/entropy.h"
#include "distribution/pair.h"

/* Derivatives by p and by q of one cell's term, from probabilities and d = log(p/q). */
typedef struct slopes {
    double p, q;
} slopes;

typedef slopes (*slopes_fn)(double p, double q, double d);

static slopes cross_entropy_slopes(double p, double q, double d)
{
    return (slopes){-log(q), -p / q};
}

static slopes kl_slopes(double p, double q, double d)
{
    return (slopes){d, -expm1(d)};
}

static slopes jeffreys_slopes(double p, double q, double d)
{
    return (slopes){d - expm1(-d), -d - expm1(d)};
}

static slopes js_slopes(double p, double q, double d)
{
    /* log(p/m) = log 2 - log(1 + q/p) */
    return (slopes){-log1p(expm1(-d) / 2) / 2, -log1p(expm1(d) / 2) / 2};
}

static slopes chi_square_slopes(double p, double q, double d)
{
    return (slopes){2 * expm1(d), -expm1(2 * d)};
}

static slopes hellinger_slopes(double p, double q, double d)
{
    return (slopes){-expm1(-d / 2) / 2, -expm1(d / 2) / 2};
}

static slopes total_variation_slopes(double p, double q, double d)
{
    const double half = d > 0 ? 0.5 : d < 0 ? -0.5 : 0;
    return (slopes){half, -half};
}

static const slopes_fn slopes_of[] = {
    [INFO_GRADIENT_KL] = kl_slopes,
    [INFO_GRADIENT_CROSS_ENTROPY] = cross_entropy_slopes,
    [INFO_GRADIENT_JEFFREYS] = jeffreys_slopes,
    [INFO_GRADIENT_JS] = js_slopes,
    [INFO_GRADIENT_CHI_SQUARE] = chi_square_slopes,
    [INFO_GRADIENT_SQUARED_HELLINGER] = hellinger_slopes,
    [INFO_GRADIENT_TOTAL_VARIATION] = total_variation_slopes,
};

/* From derivatives by probabilities to those by logits, in place. */
static void by_logits(const double *p, double *g, int64_t count)
{
    info_i_dd mean = {0, 0};
    for (int64_t i = 0; i < count; i++)
        if (p[i] > 0)
            mean = info_i_dd_add(mean, info_i_two_product(p[i], g[i]));
    for (int64_t i = 0; i < count; i++)
        g[i] = p[i] > 0 ? p[i] * (g[i] - info_i_dd_value(mean)) : 0;
}

/* A whole row in long buffers. */
static void fill_row(const info_i_row *r, double *p, double *log_p)
{
    double block[INFO_I_BLOCK];
    const int64_t cols = r->input->matrix->cols;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        memcpy(p + col, info_i_row_probabilities(r, col, count, block), (size_t)count * sizeof *p);
        memcpy(log_p + col, info_i_row_logs(r, col, count, block), (size_t)count * sizeof *p);
    }
}

/* ---- Entropy ------------------------------------------------------------ */

typedef struct entropy_job {
    info_i_input x;
    const info_matrix_out *out;
    double *staged; /* rows x cols: nothing is written before all has gone well */
} entropy_job;

static info_status entropy_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const entropy_job *job = user;
    const int64_t cols = job->x.matrix->cols;
    double *p = scratch, *log_p = p + cols;
    for (int64_t row = begin; row < end; row++) {
        info_i_row r;
        const info_status status = info_i_row_open(NULL, &job->x, row, &r, error);
        if (status != INFO_OK)
            return status;
        double *g = job->staged + row * cols;
        fill_row(&r, p, log_p);
        for (int64_t i = 0; i < cols; i++)
            g[i] = -log_p[i] - 1;
        if (info_i_is_log(&job->x))
            by_logits(p, g, cols);
    }
    return INFO_OK;
}

static info_status entropy_gradient(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                    const info_matrix_out *out)
{
    info_entropy_options o;
    entropy_job job = {.out = out};
    int64_t elements;
    info_status status = info_i_entropy_open(&ctx->error, x, given, &o, &job.x);
    if (status == INFO_OK)
        status = info_i_check_option(&ctx->error, "invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    if (status == INFO_OK)
        status = info_i_check_shape(&ctx->error, "gradient", out, x->rows, x->cols, "x", x);
    if (status != INFO_OK)
        return status;
    if (!info_i_multiply(x->rows, x->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: too many elements");
    job.staged = info_i_scratch(ctx, elements, sizeof(double));
    if (!job.staged)
        return ctx->error.status;
    status = info_i_parallel(ctx, x->rows, 1, 2 * (size_t)x->cols * sizeof(double), entropy_task, &job);
    if (status == INFO_OK)
        info_i_put_rows(out, job.staged);
    return status;
}

info_status info_entropy_gradient(info_ctx *user_ctx, const info_matrix *x, const info_entropy_options *options,
                                  const info_matrix_out *gradient)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = entropy_gradient(call.ctx, x, options, gradient);
    return info_i_end(&call, status);
}

/* ---- Divergences -------------------------------------------------------- */

typedef struct divergence_job {
    info_i_input p, q;
    slopes_fn slopes;
    int64_t cols;
    double *p_staged, *q_staged;
} divergence_job;

/* log(p/q), accurate near equality where both are given as probabilities. */
static double log_of_ratio(const divergence_job *job, double p, double q, double log_p, double log_q)
{
    const bool logs = info_i_is_log(&job->p) || info_i_is_log(&job->q);
    if (log_p == log_q)
        return 0;
    return !logs && fabs(p - q) < 0.5 * q ? log1p((p - q) / q) : log_p - log_q;
}

static info_status divergence_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const divergence_job *job = user;
    const int64_t cols = job->cols;
    double *p = scratch, *log_p = p + cols, *q = log_p + cols, *log_q = q + cols;
    for (int64_t row = begin; row < end; row++) {
        info_i_row p_row, q_row;
        info_status status = info_i_row_open(NULL, &job->p, job->p.matrix->rows == 1 ? 0 : row, &p_row, error);
        if (status == INFO_OK)
            status = info_i_row_open(NULL, &job->q, job->q.matrix->rows == 1 ? 0 : row, &q_row, error);
        if (status != INFO_OK)
            return status;
        fill_row(&p_row, p, log_p);
        fill_row(&q_row, q, log_q);
        double *by_p = job->p_staged + row * cols, *by_q = job->q_staged + row * cols;
        for (int64_t i = 0; i < cols; i++) {
            const bool neither = log_p[i] == -INFINITY && log_q[i] == -INFINITY;
            const slopes s = neither ? (slopes){0, 0}
                                     : job->slopes(p[i], q[i], log_of_ratio(job, p[i], q[i], log_p[i], log_q[i]));
            by_p[i] = s.p;
            by_q[i] = s.q;
        }
        if (info_i_is_log(&job->p))
            by_logits(p, by_p, cols);
        if (info_i_is_log(&job->q))
            by_logits(q, by_q, cols);
    }
    return INFO_OK;
}

static info_status check_side(info_i_error *error, const char *name, const info_matrix_out *out, int64_t rows,
                              const info_matrix *p, const info_matrix *q)
{
    if (!out)
        return INFO_OK;
    const info_status status = info_i_check_shape(error, name, out, rows, p->cols, "p", p);
    return status == INFO_OK ? info_i_check_shape(error, name, out, rows, p->cols, "q", q) : status;
}

static info_status divergence_gradient(info_ctx *ctx, info_gradient divergence, const info_matrix *p,
                                       const info_matrix *q, const info_divergence_options *given,
                                       const info_matrix_out *p_gradient, const info_matrix_out *q_gradient)
{
    info_i_error *error = &ctx->error;
    info_divergence_options o;
    divergence_job job = {0};
    int64_t rows = 0, elements;
    if (divergence < INFO_GRADIENT_KL || divergence > INFO_GRADIENT_TOTAL_VARIATION)
        return info_i_fail(error, INFO_ERROR_OPTION, "divergence: %d is unknown; %d to %d are allowed", (int)divergence,
                           INFO_GRADIENT_KL, INFO_GRADIENT_TOTAL_VARIATION);
    info_status status = info_i_pair_open(error, p, q, given, &o, &job.p, &job.q, &rows);
    if (status == INFO_OK)
        status = info_i_check_option(error, "invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    if (status == INFO_OK && o.pairing != INFO_PAIRING_ROWS)
        status = info_i_fail(error, INFO_ERROR_OPTION, "options.pairing: %d is not allowed; gradients are made row by row",
                             (int)o.pairing);
    if (status == INFO_OK && !p_gradient && !q_gradient)
        status = info_i_fail(error, INFO_ERROR_NULL, "p_gradient: is NULL, and q_gradient too");
    if (status == INFO_OK)
        status = check_side(error, "p_gradient", p_gradient, rows, p, q);
    if (status == INFO_OK)
        status = check_side(error, "q_gradient", q_gradient, rows, p, q);
    if (status != INFO_OK)
        return status;
    job.slopes = slopes_of[divergence];
    job.cols = p->cols;
    if (!info_i_multiply(rows, p->cols, &elements))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "p: too many elements");
    job.p_staged = info_i_scratch(ctx, elements, sizeof(double));
    job.q_staged = info_i_scratch(ctx, elements, sizeof(double));
    if (!job.p_staged || !job.q_staged)
        return ctx->error.status;
    status = info_i_parallel(ctx, rows, 1, 4 * (size_t)p->cols * sizeof(double), divergence_task, &job);
    if (status == INFO_OK && p_gradient)
        info_i_put_rows(p_gradient, job.p_staged);
    if (status == INFO_OK && q_gradient)
        info_i_put_rows(q_gradient, job.q_staged);
    return status;
}

info_status info_divergence_gradient(info_ctx *user_ctx, info_gradient divergence, const info_matrix *p,
                                     const info_matrix *q, const info_divergence_options *options,
                                     const info_matrix_out *p_gradient, const info_matrix_out *q_gradient)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = divergence_gradient(call.ctx, divergence, p, q, options, p_gradient, q_gradient);
    return info_i_end(&call, status);
}
