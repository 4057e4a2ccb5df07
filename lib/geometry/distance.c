/* SPDX-License-Identifier: MIT
 * Distances between sentences, by the mean and by the covariance of their tokens. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"

/* A sentence's mean, and its centered rows over sqrt(n): their Gram matrix is the covariance. */
typedef struct sentence {
    int64_t rows, cols;
    double *mean;     /* [d] */
    double *centered; /* [n x d] */
} sentence;

static info_status center(info_ctx *ctx, const info_i_rows *z, sentence *s)
{
    const int64_t n = z->rows, d = z->cols;
    *s = (sentence){n, d, info_i_scratch_zero(ctx, d, sizeof(double)), info_i_scratch(ctx, n * d, sizeof(double))};
    if (!s->mean || !s->centered)
        return ctx->error.status;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            s->mean[j] += z->x[i * d + j];
    for (int64_t j = 0; j < d; j++)
        s->mean[j] /= (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            s->centered[i * d + j] = (z->x[i * d + j] - s->mean[j]) / sqrt((double)n);
    return INFO_OK;
}

/* In units of the largest difference, whose square may be out of range. */
static double euclidean(const double *x, const double *y, int64_t count)
{
    double largest = 0, sum = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(x[i] - y[i]));
    for (int64_t i = 0; i < count && largest > 0; i++)
        sum += (x[i] - y[i]) / largest * ((x[i] - y[i]) / largest);
    return largest * sqrt(sum);
}

/* 1 - cos = ||x/|x| - y/|y|||^2 / 2: exactly 0 for equal directions, never negative. */
static info_status cosine(info_ctx *ctx, const sentence *a, const sentence *b, double *out)
{
    const double na = sqrt(info_i_square_norm(a->mean, a->cols)), nb = sqrt(info_i_square_norm(b->mean, b->cols));
    if (!(na > 0) || !(nb > 0))
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "%s: its mean is zero and has no direction",
                           na > 0 ? "b" : "a");
    double sum = 0;
    for (int64_t j = 0; j < a->cols; j++) {
        const double difference = a->mean[j] / na - b->mean[j] / nb;
        sum += difference * difference;
    }
    *out = fmin(0.5 * sum, 2);
    return INFO_OK;
}

/* The covariance + ridge I as a full d x d matrix. */
static info_status covariance(info_ctx *ctx, const sentence *s, double ridge, double **out)
{
    const int64_t d = s->cols;
    int64_t square;
    if (!info_i_multiply(d, d, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld columns are too many", (long long)d);
    double *c = info_i_scratch_zero(ctx, square, sizeof *c);
    if (!c)
        return ctx->error.status;
    const info_status status = info_i_symmetric_product(ctx, true, d, s->rows, 1, s->centered, d, 0, c, d);
    for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j < i; j++)
            c[j * d + i] = c[i * d + j];
        c[i * d + i] += ridge;
    }
    *out = c;
    return status;
}

/* Eigenvalues ascending into *values, and the rows of c become the eigenvectors. */
static info_status decompose(info_ctx *ctx, bool vectors, int64_t d, double *c, double **values)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t size = backend->eigen_work_f64(vectors, d);
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld columns are too many", (long long)d);
    double *work = info_i_scratch(ctx, size, sizeof *work);
    *values = info_i_scratch(ctx, d, sizeof **values);
    if (!work || !*values)
        return ctx->error.status;
    return backend->eigen_f64(vectors, d, c, d, *values, work, size);
}

static bool is_singular(int64_t d, const double *values)
{
    return !(values[0] > (double)d * DBL_EPSILON * values[d - 1]);
}

static info_status singular(info_ctx *ctx, const char *name)
{
    return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                       "%s: its covariance is singular (fewer tokens than columns + 1?); give options.ridge", name);
}

/* out := log(C + ridge I) */
static info_status logarithm(info_ctx *ctx, const char *name, const sentence *s, double ridge, double **out)
{
    const int64_t d = s->cols;
    double *vectors, *values;
    info_status status = covariance(ctx, s, ridge, &vectors);
    if (status == INFO_OK)
        status = decompose(ctx, true, d, vectors, &values);
    if (status != INFO_OK)
        return status;
    if (is_singular(d, values))
        return singular(ctx, name);
    double *scaled = info_i_scratch(ctx, d * d, sizeof *scaled);
    *out = info_i_scratch(ctx, d * d, sizeof **out);
    if (!scaled || !*out)
        return ctx->error.status;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < d; j++)
            scaled[i * d + j] = log(values[i]) * vectors[i * d + j];
    return info_i_product(ctx, true, false, d, d, d, 1, vectors, d, scaled, d, 0, *out, d);
}

static info_status log_euclidean(info_ctx *ctx, const sentence *a, const sentence *b, double ridge, double *out)
{
    double *log_a, *log_b;
    info_status status = logarithm(ctx, "a", a, ridge, &log_a);
    if (status == INFO_OK)
        status = logarithm(ctx, "b", b, ridge, &log_b);
    if (status == INFO_OK)
        *out = euclidean(log_a, log_b, a->cols * a->cols);
    return status;
}

/* The triangular factor of C + ridge I, never formed: the ridge may be far below the rounding of C. Singular is
 * a covariance that has no ridge, or one that is below what rounding makes of the centered rows themselves. */
static info_status root_of_regularized(info_ctx *ctx, const char *name, const sentence *s, double ridge, double *factor)
{
    const int64_t d = s->cols;
    const double square = info_i_square_norm(s->centered, s->rows * d), unit = (double)d * DBL_EPSILON;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    if (!(ridge > unit * unit * square)) {
        double *c, *values;
        info_status status = covariance(ctx, s, 0, &c);
        if (status == INFO_OK)
            status = decompose(ctx, false, d, c, &values);
        if (status != INFO_OK)
            return status;
        if (is_singular(d, values))
            return singular(ctx, name);
        info_i_scratch_release(ctx, mark);
    }
    double *columns = info_i_scratch(ctx, s->rows * d, sizeof *columns);
    if (!columns)
        return ctx->error.status;
    info_i_transpose(s->rows, d, s->centered, columns);
    const info_status status = info_i_factor(ctx, d, s->rows, columns, ridge, ridge, factor);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

/* Singular values of A^-1 B, descending, of lower triangular A and B, to rounding of the largest. */
static info_status relative_values(info_ctx *ctx, int64_t d, const double *a, const double *b, double *values)
{
    const info_i_backend *backend = info_i_backend_default();
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const int64_t size = backend->singular_values_work_f64(d, d);
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld columns are too many", (long long)d);
    double *ratio = info_i_scratch(ctx, d * d, sizeof *ratio), *work = info_i_scratch(ctx, size, sizeof *work);
    if (!ratio || !work)
        return ctx->error.status;
    memcpy(ratio, b, (size_t)(d * d) * sizeof *ratio);
    info_status status = info_i_solve_lower(ctx, false, d, d, a, d, ratio, d);
    if (status == INFO_OK)
        status = info_i_progress(ctx, 0.5);
    if (status == INFO_OK)
        status = backend->singular_values_f64(d, d, ratio, d, values, work, size);
    if (status == INFO_OK)
        info_i_scratch_release(ctx, mark);
    return status;
}

/* With m = s^2 the eigenvalues of A^-1 B the divergence is sum log((1 + m) / (2 sqrt m)), a sum of terms >= 0:
 * log1p((s - 1)^2 / (2 s)). The s are singular values of L_a^-1 L_b; those below 1, which rounding of the largest
 * may cover, are taken as the reciprocals of those of L_b^-1 L_a. */
static info_status stein(info_ctx *ctx, const sentence *a, const sentence *b, double ridge, double *out)
{
    const int64_t d = a->cols;
    int64_t square;
    if (!info_i_multiply(d, d, &square))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld columns are too many", (long long)d);
    double *la = info_i_scratch_zero(ctx, square, sizeof *la), *lb = info_i_scratch_zero(ctx, square, sizeof *lb);
    double *large = info_i_scratch(ctx, d, sizeof *large), *small = info_i_scratch(ctx, d, sizeof *small);
    if (!la || !lb || !large || !small)
        return ctx->error.status;
    info_status status = root_of_regularized(ctx, "a", a, ridge, la);
    if (status == INFO_OK)
        status = root_of_regularized(ctx, "b", b, ridge, lb);
    if (status != INFO_OK)
        return status;
    *out = 0;
    if (memcmp(la, lb, (size_t)square * sizeof *la) == 0)
        return INFO_OK;
    status = relative_values(ctx, d, la, lb, large);
    if (status == INFO_OK)
        status = relative_values(ctx, d, lb, la, small);
    double sum = 0;
    for (int64_t i = 0; i < d && status == INFO_OK; i++) {
        const double s = large[i] >= 1 ? large[i] : 1 / small[d - 1 - i];
        sum += log1p((s - 1) * (s - 1) / (2 * s));
    }
    *out = sqrt(sum);
    return status;
}

/* R with R^T R = C and as few rows as may be: the centered rows, or C's root from its eigenvectors. */
static info_status root(info_ctx *ctx, const sentence *s, double **r, int64_t *rows)
{
    const int64_t d = s->cols;
    *r = s->centered;
    *rows = s->rows;
    if (s->rows <= d)
        return INFO_OK;
    double *values;
    info_status status = covariance(ctx, s, 0, r);
    if (status == INFO_OK)
        status = decompose(ctx, true, d, *r, &values);
    for (int64_t i = 0; i < d && status == INFO_OK; i++)
        for (int64_t j = 0; j < d; j++)
            (*r)[i * d + j] *= sqrt(fmax(values[i], 0));
    *rows = d;
    return status;
}

/* tr (C_a^1/2 C_b C_a^1/2)^1/2 is the sum of the singular values of R_a R_b^T. */
static info_status bures_wasserstein(info_ctx *ctx, const sentence *a, const sentence *b, double *out)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t d = a->cols;
    *out = 0;
    if (a->rows == b->rows && memcmp(a->centered, b->centered, (size_t)(a->rows * d) * sizeof(double)) == 0)
        return INFO_OK;
    double *ra, *rb;
    int64_t m, n;
    info_status status = root(ctx, a, &ra, &m);
    if (status == INFO_OK)
        status = root(ctx, b, &rb, &n);
    if (status != INFO_OK)
        return status;
    const int64_t size = backend->singular_values_work_f64(m, n), count = m < n ? m : n;
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%lld x %lld are too many tokens", (long long)m,
                           (long long)n);
    double *product = info_i_scratch(ctx, m * n, sizeof *product), *s = info_i_scratch(ctx, count, sizeof *s);
    double *work = info_i_scratch(ctx, size, sizeof *work);
    if (!product || !s || !work)
        return ctx->error.status;
    if ((status = info_i_product(ctx, false, true, m, n, d, 1, ra, d, rb, d, 0, product, n)) != INFO_OK ||
        (status = backend->singular_values_f64(m, n, product, n, s, work, size)) != INFO_OK)
        return status;
    double square = info_i_square_norm(a->centered, a->rows * d) + info_i_square_norm(b->centered, b->rows * d);
    for (int64_t i = 0; i < count; i++)
        square -= 2 * s[i];
    *out = sqrt(fmax(square, 0));
    return INFO_OK;
}

static info_status frobenius(info_ctx *ctx, const sentence *a, const sentence *b, double *out)
{
    double *ca, *cb;
    info_status status = covariance(ctx, a, 0, &ca);
    if (status == INFO_OK)
        status = covariance(ctx, b, 0, &cb);
    if (status == INFO_OK)
        *out = euclidean(ca, cb, a->cols * a->cols);
    return status;
}

static info_status measure(info_ctx *ctx, const sentence *a, const sentence *b, const info_sentence_options *options,
                           double *out)
{
    info_status status = INFO_OK;
    switch (options->measure) {
    case INFO_SENTENCE_COSINE:
        return cosine(ctx, a, b, out);
    case INFO_SENTENCE_EUCLIDEAN:
        *out = euclidean(a->mean, b->mean, a->cols);
        return INFO_OK;
    case INFO_SENTENCE_FROBENIUS:
        return frobenius(ctx, a, b, out);
    case INFO_SENTENCE_BURES_WASSERSTEIN:
        return bures_wasserstein(ctx, a, b, out);
    case INFO_SENTENCE_FRECHET:
        status = bures_wasserstein(ctx, a, b, out);
        *out = hypot(*out, euclidean(a->mean, b->mean, a->cols));
        return status;
    case INFO_SENTENCE_LOG_EUCLIDEAN:
        return log_euclidean(ctx, a, b, options->ridge, out);
    default:
        return stein(ctx, a, b, options->ridge, out);
    }
}

static info_status sentence_distance(info_ctx *ctx, const info_matrix *a, const info_matrix *b,
                                     const info_sentence_options *given, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_sentence_options options;
    info_i_rows a_rows, b_rows;
    sentence sa, sb;
    double value;
    info_i_options(error, info_sentence_options, "options", &options, given);
    const info_i_allowed allowed[] = {{"options.measure", options.measure, INFO_SENTENCE_COSINE, INFO_SENTENCE_STEIN},
                                      {"options.rows", options.rows, INFO_ROWS_DEFAULT, INFO_ROWS_UNIT},
                                      {"options.reserved", options.reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.ridge", options.ridge, 0, 1e100, INFO_I_CLOSED);
    info_i_check_matrix(error, "a", a);
    info_i_check_matrix(error, "b", b);
    info_i_check(error, a->cols == b->cols, INFO_ERROR_SIZE, "b: %lld columns, but a has %lld", (long long)b->cols,
                 (long long)a->cols);
    info_i_check_output(error, "out", out, out_len, 1);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("a", a), info_i_matrix_span("b", b), {0}});
    if (error->status != INFO_OK)
        return error->status;
    const bool unit = options.rows == INFO_ROWS_UNIT;
    info_status status = info_i_load_rows(ctx, "a", a, unit, &a_rows);
    if (status == INFO_OK)
        status = info_i_load_rows(ctx, "b", b, unit, &b_rows);
    if (status == INFO_OK)
        status = center(ctx, &a_rows, &sa);
    if (status == INFO_OK)
        status = center(ctx, &b_rows, &sb);
    if (status == INFO_OK)
        status = measure(ctx, &sa, &sb, &options, &value);
    if (status == INFO_OK)
        *out = value;
    return status;
}

info_status info_sentence_distance(info_ctx *ctx, const info_matrix *a, const info_matrix *b,
                                   const info_sentence_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, sentence_distance(ctx, a, b, options, out, out_len));
}
