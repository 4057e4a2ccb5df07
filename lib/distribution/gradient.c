/* SPDX-License-Identifier: MIT
 * Gradients of entropy and divergences, with respect to probabilities or to logits.
 *
 * With g the derivative by probabilities, that by logits is p_j (g_j - sum p g), and 0 where p_j is 0. */
#include <string.h>

#include "distribution/entropy.h"
#include "distribution/pair.h"

/* How p and q of one cell compare: each number is right to some units in its last place. */
typedef struct ratio {
    double quotient; /* p/q */
    double ahead;    /* p/q - 1 */
    double behind;   /* q/p - 1 */
    double log;      /* log(p/q) */
    double log_q;
} ratio;

/* Derivatives by p and by q of one cell's term. */
typedef struct slopes {
    double p, q;
} slopes;

typedef slopes (*slopes_fn)(const ratio *r);

static slopes cross_entropy_slopes(const ratio *r)
{
    return (slopes){-r->log_q, -r->quotient};
}

static slopes kl_slopes(const ratio *r)
{
    return (slopes){r->log, -r->ahead};
}

static slopes jeffreys_slopes(const ratio *r)
{
    return (slopes){r->log - r->behind, -r->log - r->ahead};
}

/* log(p/m) = -log((1 + q/p) / 2), also where q/p overflows */
static double half_log_of_mean(double log_ratio, double excess)
{
    return log_ratio < -700 && log_ratio > -INFINITY ? (log_ratio + 0x1.62e42fefa39efp-1) / 2 : -log1p(excess / 2) / 2;
}

static slopes js_slopes(const ratio *r)
{
    return (slopes){half_log_of_mean(r->log, r->behind), half_log_of_mean(-r->log, r->ahead)};
}

static slopes chi_square_slopes(const ratio *r)
{
    return (slopes){2 * r->ahead, -r->ahead * (r->ahead + 2)};
}

/* sqrt(x) - 1 from x and x - 1 */
static double root_less_one(double x, double excess)
{
    return x < INFINITY ? excess / (1 + sqrt(x)) : x;
}

static slopes hellinger_slopes(const ratio *r)
{
    return (slopes){-root_less_one(1 / r->quotient, r->behind) / 2, -root_less_one(r->quotient, r->ahead) / 2};
}

static slopes total_variation_slopes(const ratio *r)
{
    const double half = r->log > 0 ? 0.5 : r->log < 0 ? -0.5 : 0;
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

/* Where a divergence is infinite: the limit of its gradient as the probabilities that make it so tend to 0. Their elements
 * grow, those of the others fall; where there are no others the limit depends on the way, and 0 is given. */
static void by_logits_of_infinity(const double *p, double *g, int64_t count, bool others)
{
    for (int64_t i = 0; i < count; i++)
        g[i] = !(p[i] > 0) || !others ? 0 : isinf(g[i]) ? g[i] : -INFINITY;
}

/* From derivatives by probabilities to those by logits, in place. */
static void by_logits(const double *p, double *g, int64_t count)
{
    info_i_dd mean = {0, 0};
    bool infinite = false, finite = false;
    for (int64_t i = 0; i < count; i++) {
        infinite |= p[i] > 0 && isinf(g[i]);
        finite |= p[i] > 0 && isfinite(g[i]);
    }
    if (infinite) {
        by_logits_of_infinity(p, g, count, finite);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        if (p[i] > 0)
            mean = info_i_dd_add(mean, info_i_two_product(p[i], g[i]));
    for (int64_t i = 0; i < count; i++)
        g[i] = p[i] > 0 ? p[i] * (g[i] - info_i_dd_value(mean)) : 0;
}

/* A whole row in long buffers. */
static void fill_row(const info_i_row *r, double *p, double *log_p)
{
    const int64_t cols = r->input->matrix->cols;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        /* What is found elsewhere than in the buffer given is moved there. */
        memmove(p + col, info_i_row_probabilities(r, col, count, p + col), (size_t)count * sizeof *p);
        memmove(log_p + col, info_i_row_logs(r, col, count, log_p + col), (size_t)count * sizeof *p);
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
        const info_status status = info_i_row_open(NULL, &job->x, row, p, &r, error);
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
    info_i_error *error = &ctx->error;
    info_i_entropy_open(ctx, x, given, &o, &job.x);
    info_i_check_option(error, "options.invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    info_i_check_shape(error, "gradient", out, x->rows, x->cols);
    info_i_check_spans(error, (info_i_span[]){info_i_matrix_out_span("gradient", out), {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), {0}});
    info_i_check(error, info_i_multiply(x->rows, x->cols, &elements), INFO_ERROR_OVERFLOW, "x: too many elements");
    if (error->status != INFO_OK)
        return error->status;
    job.staged = info_i_scratch(ctx, elements, sizeof(double));
    if (!job.staged)
        return ctx->error.status;
    const info_status status =
        info_i_parallel(ctx, x->rows, 1, 2 * (size_t)x->cols * sizeof(double), entropy_task, &job);
    if (status == INFO_OK)
        info_i_put_rows(out, job.staged);
    return status;
}

info_status info_entropy_gradient(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                                  const info_matrix_out *gradient)
{
    return INFO_I_CALL(ctx, entropy_gradient(ctx, x, options, gradient));
}

/* ---- Divergences -------------------------------------------------------- */

typedef struct divergence_job {
    info_i_input p, q;
    slopes_fn slopes;
    int64_t cols;
    double *p_staged, *q_staged;
} divergence_job;

/* Of probabilities, from their difference and their quotient; of logarithms, from theirs. */
static ratio compare(bool logarithms, double p, double q, double log_p, double log_q)
{
    ratio r = {.quotient = p / q, .log_q = log_q};
    if (log_p == log_q) {
        r.quotient = 1;
    } else if (logarithms || !(r.quotient > 0x1p-1000 && r.quotient < 0x1p1000)) {
        r.log = log_p - log_q;
        r.quotient = exp(r.log);
        r.ahead = expm1(r.log);
        r.behind = expm1(-r.log);
    } else {
        r.ahead = (p - q) / q;
        r.behind = (q - p) / p;
        r.log = fabs(r.ahead) < 0.5 ? log1p(r.ahead) : log(r.quotient);
    }
    return r;
}

static info_status divergence_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const divergence_job *job = user;
    const int64_t cols = job->cols;
    const bool logarithms = info_i_is_log(&job->p) || info_i_is_log(&job->q);
    double *p = scratch, *log_p = p + cols, *q = log_p + cols, *log_q = q + cols;
    for (int64_t row = begin; row < end; row++) {
        info_i_row p_row, q_row;
        info_status status = info_i_row_open(NULL, &job->p, job->p.matrix->rows == 1 ? 0 : row, p, &p_row, error);
        if (status == INFO_OK)
            status = info_i_row_open(NULL, &job->q, job->q.matrix->rows == 1 ? 0 : row, q, &q_row, error);
        if (status != INFO_OK)
            return status;
        fill_row(&p_row, p, log_p);
        fill_row(&q_row, q, log_q);
        double *by_p = job->p_staged + row * cols, *by_q = job->q_staged + row * cols;
        for (int64_t i = 0; i < cols; i++) {
            const bool neither = log_p[i] == -INFINITY && log_q[i] == -INFINITY;
            const ratio r = compare(logarithms, p[i], q[i], log_p[i], log_q[i]);
            const slopes s = neither ? (slopes){0, 0} : job->slopes(&r);
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

static info_status divergence_gradient(info_ctx *ctx, info_gradient divergence, const info_matrix *p,
                                       const info_matrix *q, const info_divergence_options *given,
                                       const info_matrix_out *p_gradient, const info_matrix_out *q_gradient)
{
    info_i_error *error = &ctx->error;
    info_divergence_options o;
    divergence_job job = {0};
    int64_t rows = 0, elements;
    info_i_check_option(error, "divergence", divergence, INFO_GRADIENT_KL, INFO_GRADIENT_TOTAL_VARIATION);
    info_i_pair_open(ctx, p, q, given, &o, &job.p, &job.q, &rows);
    info_i_check_option(error, "options.invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    info_i_check(error, o.pairing == INFO_PAIRING_ROWS, INFO_ERROR_OPTION,
                 "options.pairing: %d is not allowed; gradients are made row by row", (int)o.pairing);
    info_i_check(error, p_gradient || q_gradient, INFO_ERROR_NULL, "p_gradient: is NULL, and q_gradient too");
    if (p_gradient)
        info_i_check_shape(error, "p_gradient", p_gradient, rows, p->cols);
    if (q_gradient)
        info_i_check_shape(error, "q_gradient", q_gradient, rows, p->cols);
    const info_i_span outputs[] = {
        info_i_matrix_out_span("p_gradient", p_gradient), info_i_matrix_out_span("q_gradient", q_gradient), {0}};
    info_i_check_spans(error, outputs, (info_i_span[]){info_i_matrix_span("p", p), info_i_matrix_span("q", q), {0}});
    info_i_check(error, info_i_multiply(rows, p->cols, &elements), INFO_ERROR_OVERFLOW, "p: too many elements");
    if (error->status != INFO_OK)
        return error->status;
    job.slopes = slopes_of[divergence];
    job.cols = p->cols;
    job.p_staged = info_i_scratch(ctx, elements, sizeof(double));
    job.q_staged = info_i_scratch(ctx, elements, sizeof(double));
    if (!job.p_staged || !job.q_staged)
        return ctx->error.status;
    const info_status status =
        info_i_parallel(ctx, rows, 1, 4 * (size_t)p->cols * sizeof(double), divergence_task, &job);
    if (status == INFO_OK && p_gradient)
        info_i_put_rows(p_gradient, job.p_staged);
    if (status == INFO_OK && q_gradient)
        info_i_put_rows(q_gradient, job.q_staged);
    return status;
}

info_status info_divergence_gradient(info_ctx *ctx, info_gradient divergence, const info_matrix *p,
                                     const info_matrix *q, const info_divergence_options *options,
                                     const info_matrix_out *p_gradient, const info_matrix_out *q_gradient)
{
    return INFO_I_CALL(ctx, divergence_gradient(ctx, divergence, p, q, options, p_gradient, q_gradient));
}
