/* SPDX-License-Identifier: MIT
 * Gaussian closed forms from covariances. */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "numeric/gamma.h"
#include "numeric/unit.h"
#include "sample/points.h"

static info_status open_options(info_i_error *error, const info_gaussian_fit_options *given, bool may_correct,
                                info_gaussian_fit_options *o)
{
    info_i_options(error, info_gaussian_fit_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.bias_correction", o->bias_correction, 0, may_correct},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    return info_i_check_options(error, allowed);
}

/* Columns of several matrices side by side, with their means and covariance. */
typedef struct moments {
    info_i_points points; /* centered */
    double *mean;
    double *covariance; /* lower triangle */
} moments;

/* Numbers whose products and their sums are doubles. */
#define LARGEST 1e150

/* The input that a column of all side by side comes from. */
static const char *name_of(const char *const *names, const info_matrix *const *inputs, int64_t column)
{
    int k = 0;
    for (; column >= inputs[k]->cols; k++)
        column -= inputs[k]->cols;
    return names[k];
}

static info_status measure_moments(info_ctx *ctx, const info_matrix *const *inputs, const char *const *names, int count,
                                   moments *m)
{
    int64_t dims = 0, first = 0;
    for (int k = 0; k < count; k++)
        dims += inputs[k]->cols;
    const int64_t n = inputs[0]->rows;
    info_status status = info_i_points_open(ctx, n, dims, &m->points);
    for (int k = 0; status == INFO_OK && k < count; first += inputs[k++]->cols)
        status = info_i_points_read(ctx, names[k], inputs[k], &m->points, first);
    if (status != INFO_OK)
        return status;
    if (n <= dims)
        return info_i_fail(&ctx->error, INFO_ERROR_SIZE, "%s: has %lld samples for %lld dimensions; more are needed",
                           names[0], (long long)n, (long long)dims);
    for (int64_t i = 0; i < n * dims; i++)
        if (fabs(m->points.at[i]) > LARGEST)
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                               "%s: %s has no square that can be summed; at most %s is allowed",
                               name_of(names, inputs, i % dims), info_i_number_text(m->points.at[i]).text,
                               info_i_number_text(LARGEST).text);
    m->mean = info_i_scratch_zero(ctx, dims, sizeof *m->mean);
    int64_t square;
    if (!info_i_multiply(dims, dims, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: too many dimensions", names[0]);
    m->covariance = info_i_scratch_zero(ctx, square, sizeof *m->covariance);
    if (!m->mean || !m->covariance)
        return ctx->error.status;
    double *at = m->points.at;
    /* About the first sample, so that a large mean costs no digits. */
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < dims; j++)
            m->mean[j] += (at[i * dims + j] - at[j]) / (double)n;
    for (int64_t j = 0; j < dims; j++)
        m->mean[j] += at[j];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < dims; j++)
            at[i * dims + j] -= m->mean[j];
    return info_i_backend_default()->syrk_f64(true, dims, n, 1 / (double)(n - 1), at, dims, 0, m->covariance, dims);
}

/* The Cholesky factor of the covariance of columns [first, first + a) and [second, second + b), and its log-determinant. */
static info_status factor(info_ctx *ctx, const moments *m, int64_t first, int64_t a, int64_t second, int64_t b,
                          double **lower, double *log_det)
{
    const int64_t all = m->points.dims, dims = a + b;
    double *l = info_i_scratch_zero(ctx, dims * dims, sizeof *l);
    if (!l)
        return ctx->error.status;
    for (int64_t i = 0; i < dims; i++)
        for (int64_t j = 0; j <= i; j++) {
            const int64_t row = i < a ? first + i : second + i - a, col = j < a ? first + j : second + j - a;
            l[i * dims + j] = row >= col ? m->covariance[row * all + col] : m->covariance[col * all + row];
        }
    int64_t order = 0;
    info_status status = info_i_backend_default()->cholesky_f64(dims, l, dims, &order);
    /* What is left of a column's variance beside the others' is no more than rounding. */
    for (int64_t i = 0; status == INFO_OK && order == 0 && i < dims; i++) {
        const int64_t column = i < a ? first + i : second + i - a;
        const double variance = m->covariance[column * all + column];
        if (l[i * dims + i] * l[i * dims + i] <= (double)dims * 0x1p-52 * variance)
            order = i + 1;
    }
    if (status == INFO_OK && order != 0)
        status = info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                             "x: the covariance is not positive definite; column %lld is constant or linear in others",
                             (long long)order - 1);
    *log_det = 0;
    for (int64_t i = 0; status == INFO_OK && i < dims; i++)
        *log_det += 2 * log(l[i * dims + i]);
    *lower = l;
    return status;
}

/* Half the mean error of the log-determinant for n samples of a Gaussian. */
static double half_bias(int64_t n, int64_t dims)
{
    double sum = (double)dims * log(2 / (double)(n - 1));
    for (int64_t j = 1; j <= dims; j++)
        sum += info_i_digamma((double)(n - j) / 2);
    return sum / 2;
}

/* (log det - bias) / 2 of a block of columns. */
static info_status half_log_det(info_ctx *ctx, const moments *m, int64_t first, int64_t a, int64_t second, int64_t b,
                                bool correct, double *out)
{
    double *lower, log_det = 0;
    const info_status status = factor(ctx, m, first, a, second, b, &lower, &log_det);
    *out = log_det / 2 - (correct ? half_bias(m->points.count, a + b) : 0);
    return status;
}

static info_status gaussian_entropy(info_ctx *ctx, const info_matrix *x, const info_gaussian_fit_options *given,
                                    double *out)
{
    info_i_error *error = &ctx->error;
    info_gaussian_fit_options o;
    moments m;
    double half = 0;
    static const char *const names[] = {"x"};
    open_options(error, given, true, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = measure_moments(ctx, &x, names, 1, &m);
    if (status == INFO_OK)
        status = half_log_det(ctx, &m, 0, x->cols, 0, 0, o.bias_correction != 0, &half);
    if (status == INFO_OK)
        *out = info_i_from_nats(half + (double)x->cols / 2 * (log(2 * 3.14159265358979323846) + 1), o.unit);
    return status;
}

info_status info_gaussian_entropy(info_ctx *ctx, const info_matrix *x, const info_gaussian_fit_options *options,
                                  double *out)
{
    return INFO_I_CALL(ctx, gaussian_entropy(ctx, x, options, out));
}

static info_status gaussian_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y, const info_matrix *z,
                                        const info_gaussian_fit_options *given, double *out)
{
    info_i_error *error = &ctx->error;
    info_gaussian_fit_options o;
    moments m;
    static const char *const names[] = {"x", "y", "z"};
    const info_matrix *const inputs[] = {x, y, z};
    open_options(error, given, true, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_matrix(error, "y", y);
    if (z)
        info_i_check_matrix(error, "z", z);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(
        error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
        (info_i_span[]){
            info_i_matrix_span("x", x), info_i_matrix_span("y", y), info_i_matrix_span(z ? "z" : "x", z ? z : x), {0}});
    if (error->status != INFO_OK)
        return error->status;
    if (y->rows != x->rows || (z && z->rows != x->rows))
        return info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld samples, x has %lld; they must agree",
                           y->rows != x->rows ? "y" : "z", (long long)(y->rows != x->rows ? y->rows : z->rows),
                           (long long)x->rows);
    const int64_t a = x->cols, b = y->cols, c = z ? z->cols : 0;
    const bool correct = o.bias_correction != 0;
    double xz = 0, yz = 0, xyz = 0, only_z = 0;
    info_status status = measure_moments(ctx, inputs, names, z ? 3 : 2, &m);
    if (status == INFO_OK)
        status = half_log_det(ctx, &m, 0, a, a + b, c, correct, &xz);
    if (status == INFO_OK)
        status = half_log_det(ctx, &m, a, b, a + b, c, correct, &yz);
    if (status == INFO_OK)
        status = half_log_det(ctx, &m, 0, a + b, a + b, c, correct, &xyz);
    if (status == INFO_OK && c)
        status = half_log_det(ctx, &m, a + b, c, 0, 0, correct, &only_z);
    if (status == INFO_OK)
        *out = info_i_from_nats(xz + yz - xyz - only_z, o.unit);
    return status;
}

info_status info_gaussian_mutual_information(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                                             const info_matrix *z, const info_gaussian_fit_options *options,
                                             double *out)
{
    return INFO_I_CALL(ctx, gaussian_information(ctx, x, y, z, options, out));
}

static info_status gaussian_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                               const info_gaussian_fit_options *given, double *out)
{
    info_i_error *error = &ctx->error;
    info_gaussian_fit_options o;
    moments of_x, of_y;
    static const char *const x_name[] = {"x"}, *const y_name[] = {"y"};
    open_options(error, given, false, &o);
    info_i_check_matrix(error, "x", x);
    info_i_check_matrix(error, "y", y);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), info_i_matrix_span("y", y), {0}});
    if (error->status != INFO_OK)
        return error->status;
    if (x->cols != y->cols)
        return info_i_fail(error, INFO_ERROR_SIZE, "y: has %lld columns, x has %lld", (long long)y->cols,
                           (long long)x->cols);
    const int64_t d = x->cols;
    double *l_x = NULL, *l_y = NULL, log_x = 0, log_y = 0, sum = 0;
    info_status status = measure_moments(ctx, &x, x_name, 1, &of_x);
    if (status == INFO_OK)
        status = measure_moments(ctx, &y, y_name, 1, &of_y);
    if (status == INFO_OK)
        status = factor(ctx, &of_x, 0, d, 0, 0, &l_x, &log_x);
    if (status == INFO_OK)
        status = factor(ctx, &of_y, 0, d, 0, 0, &l_y, &log_y);
    double *apart = info_i_scratch(ctx, d, sizeof *apart);
    if (status != INFO_OK || !apart)
        return status != INFO_OK ? status : error->status;
    for (int64_t i = 0; i < d; i++) {
        apart[i] = of_y.mean[i] - of_x.mean[i];
        for (int64_t j = i + 1; j < d; j++)
            l_x[i * d + j] = 0;
    }
    status = info_i_backend_default()->solve_lower_f64(false, d, d, l_y, d, l_x, d);
    if (status == INFO_OK)
        status = info_i_backend_default()->solve_lower_f64(false, d, 1, l_y, d, apart, 1);
    for (int64_t i = 0; i < d * d; i++)
        sum += l_x[i] * l_x[i];
    for (int64_t i = 0; i < d; i++)
        sum += apart[i] * apart[i];
    if (status == INFO_OK)
        *out = info_i_from_nats((sum - (double)d + log_y - log_x) / 2, o.unit);
    return status;
}

info_status info_gaussian_kl(info_ctx *ctx, const info_matrix *x, const info_matrix *y,
                             const info_gaussian_fit_options *options, double *out)
{
    return INFO_I_CALL(ctx, gaussian_kl(ctx, x, y, options, out));
}
