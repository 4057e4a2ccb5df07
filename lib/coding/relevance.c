/* SPDX-License-Identifier: MIT
 * Joint tables for the bottleneck, and what a clustering keeps of them. */
#include "coding/relevance.h"

#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "numeric/convert.h"
#include "numeric/sum.h"

#define SUM_TOLERANCE 1e-6
#define LEAST 0x1p-900 /* probability of a row that occurs, so that its products keep their digits */
#define PIECE 256      /* logarithms taken at once */
#define CONTRACTION_WORK ((int64_t)1 << 27) /* rows^2 x cols / 2 that finding the coefficient may cost */

/* As the sum of a table stored in the type may be off; f64's rounding does not count beside it. */
static double sum_tolerance(info_dtype dtype)
{
    return SUM_TOLERANCE + (dtype == INFO_F64 ? 0 : info_i_roundoff(dtype));
}

/* Copies the table to r->conditional, still as given; the sum of all is returned scaled by 1 / *scale. */
static info_status read_table(info_ctx *ctx, const info_matrix *joint, info_i_relevance *r, double *largest)
{
    *largest = 0;
    for (int64_t x = 0; x < joint->rows; x++) {
        double *row = r->conditional + x * joint->cols;
        info_i_get_row_f64(joint, x, 0, joint->cols, row);
        for (int64_t y = 0; y < joint->cols; y++) {
            if (!(row[y] >= 0 && row[y] < INFINITY))
                return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                                   "joint: row %lld, column %lld is %s; entries must be finite and not negative",
                                   (long long)x, (long long)y, info_i_number_text(row[y]).text);
            *largest = fmax(*largest, row[y]);
        }
    }
    return INFO_OK;
}

static double sum_of(int64_t n, const double *v)
{
    info_i_dd sum = {0, 0};
    for (int64_t k = 0; k < n; k++)
        sum = info_i_dd_add_double(sum, v[k]);
    return info_i_dd_value(sum);
}

/* Scales the table so that nothing overflows, then normalizes: px, py and p(y|x). */
static info_status normalize(info_ctx *ctx, const info_matrix *joint, info_kind kind, info_i_relevance *r,
                             double largest)
{
    if (largest == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_SUM, "joint: is 0 everywhere; it must have a positive sum");
    const double scale = ldexp(1, -ilogb(largest) < 1023 ? -ilogb(largest) : 1023);
    info_i_dd total = {0, 0};
    r->rows = 0;
    for (int64_t x = 0; x < joint->rows; x++) {
        const double *from = r->conditional + x * r->cols;
        double *to = r->conditional + r->rows * r->cols;
        for (int64_t y = 0; y < r->cols; y++)
            to[y] = from[y] * scale;
        const double sum = sum_of(r->cols, to);
        if (!(sum > 0))
            continue;
        total = info_i_dd_add_double(total, sum);
        r->letter[r->rows] = x;
        r->px[r->rows++] = sum;
    }
    const double sum = info_i_dd_value(total);
    if (kind == INFO_PROBABILITIES && !(fabs(sum / scale - 1) <= sum_tolerance(joint->dtype)))
        return info_i_fail(&ctx->error, INFO_ERROR_SUM, "joint: sums to %s; probabilities must sum to 1",
                           info_i_number_text(sum / scale).text);
    memset(r->py, 0, (size_t)r->cols * sizeof *r->py);
    for (int64_t x = 0; x < r->rows; x++) {
        double *row = r->conditional + x * r->cols;
        for (int64_t y = 0; y < r->cols; y++) {
            r->py[y] += row[y] / sum;
            row[y] /= r->px[x];
        }
        r->px[x] = fmax(r->px[x] / sum, LEAST);
    }
    return INFO_OK;
}

static double information(const info_i_relevance *r)
{
    info_i_dd sum = {0, 0};
    for (int64_t x = 0; x < r->rows; x++)
        for (int64_t y = 0; y < r->cols; y++) {
            const double p = r->conditional[x * r->cols + y];
            if (p > 0)
                sum = info_i_dd_add_double(sum, r->px[x] * p * log(p / r->py[y]));
        }
    return fmax(info_i_dd_value(sum), 0);
}

/* Largest total variation between two rows: I(T;Y) <= that times I(X;T). */
static double contraction(const info_i_relevance *r)
{
    if (r->rows > CONTRACTION_WORK / r->rows / r->cols)
        return 1;
    double largest = 0;
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < i; j++) {
            const double *a = r->conditional + i * r->cols, *b = r->conditional + j * r->cols;
            const double distance = r->kernels->distance(r->cols, a, b);
            largest = distance / 2 > largest ? distance / 2 : largest;
        }
    return fmin(largest * (1 + (double)(r->cols + 2) * 0x1p-52), 1);
}

info_status info_i_relevance_open(info_ctx *ctx, const info_matrix *joint, info_kind kind, info_i_relevance *r)
{
    int64_t elements;
    if (!info_i_multiply(joint->rows, joint->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "joint: its size overflows");
    r->kernels = ctx->kernels->mixture;
    r->cols = joint->cols;
    r->given_rows = joint->rows;
    r->letter = info_i_scratch(ctx, joint->rows, sizeof *r->letter);
    r->px = info_i_scratch(ctx, joint->rows, sizeof(double));
    r->py = info_i_scratch(ctx, joint->cols, sizeof(double));
    r->conditional = info_i_scratch(ctx, elements, sizeof(double));
    if (!r->letter || !r->px || !r->py || !r->conditional)
        return ctx->error.status;
    double largest;
    info_status status = read_table(ctx, joint, r, &largest);
    if (status == INFO_OK)
        status = normalize(ctx, joint, kind, r, largest);
    if (status != INFO_OK)
        return status;
    r->information = information(r);
    r->contraction = contraction(r);
    return INFO_OK;
}

info_status info_i_relevance_decode_joint(const info_i_relevance *r, int64_t clusters, const double *encoded,
                                          double *weights, double *joint)
{
    for (int64_t t = 0; t < clusters; t++)
        weights[t] = r->kernels->sum(r->rows, encoded + t * r->rows);
    return info_i_backend_default()->gemm_f64(false, false, clusters, r->cols, r->rows, 1, encoded, r->rows,
                                              r->conditional, r->cols, 0, joint, r->cols);
}

info_status info_i_relevance_decode(const info_i_relevance *r, int64_t clusters, const double *encoder, double *weights,
                                    double *joint, double *encoded)
{
    for (int64_t x = 0; x < r->rows; x++)
        for (int64_t t = 0; t < clusters; t++)
            encoded[t * r->rows + x] = r->px[x] * encoder[x * clusters + t];
    return info_i_relevance_decode_joint(r, clusters, encoded, weights, joint);
}

void info_i_relevance_encoder(const info_i_relevance *r, int64_t clusters, const double *encoded, double *encoder)
{
    for (int64_t x = 0; x < r->rows; x++)
        for (int64_t t = 0; t < clusters; t++)
            encoder[x * clusters + t] = encoded[t * r->rows + x] / r->px[x];
}

/* - sum p log p */
static double entropy(const info_i_mixture_kernels *kernels, int64_t n, const double *p)
{
    double logs[PIECE], h = 0;
    for (int64_t i = 0; i < n; i += PIECE) {
        const int64_t count = n - i < PIECE ? n - i : PIECE;
        kernels->logarithms(count, p + i, 1, 0, logs);
        h -= kernels->dot(count, p + i, logs);
    }
    return h;
}

/* sum_y p(t,y) log(p(t,y) / (p(t) p(y))) */
static double relevance_of(const info_i_relevance *r, double weight, const double *joint)
{
    double logs[PIECE], sum = 0;
    for (int64_t i = 0; i < r->cols; i += PIECE) {
        const int64_t count = r->cols - i < PIECE ? r->cols - i : PIECE;
        for (int64_t k = 0; k < count; k++)
            logs[k] = joint[i + k] > 0 ? joint[i + k] / (weight * r->py[i + k]) : 0;
        r->kernels->logarithms(count, logs, 1, 0, logs);
        sum += r->kernels->dot(count, joint + i, logs);
    }
    return sum;
}

info_i_clustering info_i_relevance_measure(const info_i_relevance *r, int64_t clusters, const double *encoder,
                                           const double *weights, const double *joint, double beta, double determinism)
{
    info_i_clustering c = {0};
    double noise = 0; /* H(T|X) */
    for (int64_t t = 0; t < clusters; t++) {
        if (!(weights[t] > 0))
            continue;
        c.clusters += weights[t] > 1e-12;
        c.entropy -= weights[t] * log(weights[t]);
        c.relevance += relevance_of(r, weights[t], joint + t * r->cols);
    }
    for (int64_t x = 0; x < r->rows; x++)
        noise += r->px[x] * entropy(r->kernels, clusters, encoder + x * clusters);
    c.entropy = fmax(c.entropy, 0);
    c.relevance = fmin(fmax(c.relevance, 0), r->information);
    c.compression = fmax(c.entropy - noise, c.relevance);
    c.value = isinf(beta) ? -c.relevance : c.compression + determinism * noise - beta * c.relevance;
    return c;
}
