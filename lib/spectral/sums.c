/* SPDX-License-Identifier: MIT
 * Sums over states that come in chunks, and their merging. */
#include <math.h>
#include <string.h>

#include "kernels/symmetric.h"
#include "spectral/gram.h"
#include "spectral/sums.h"

/* What lies where in sums: their length is HEADER + d, or that and d x d. */
enum { ROWS, DROPPED, ABOUT_MEAN, HEADER };

/* Whether products are among length numbers about d columns; false in *fits if neither length is right. */
static bool with_products(int64_t d, int64_t length, bool *fits)
{
    int64_t square, all;
    const bool possible = info_i_multiply(d, d, &square) && info_i_add(square, HEADER + d, &all) &&
                          all <= INT64_MAX / (int64_t)sizeof(double);
    *fits = length == HEADER + d || (possible && length == all);
    return possible && length == all;
}

static info_status wrong_length(info_i_error *error, int64_t length, int64_t d)
{
    return info_i_fail(error, INFO_ERROR_OUTPUT,
                       "out: %lld numbers; 3 + d, or 3 + d + d^2 with products, are needed, d = %lld",
                       (long long)length, (long long)d);
}

/* ---- Of a chunk --------------------------------------------------------- */

typedef struct chunk {
    const info_matrix *x;
    const double *mean; /* or NULL */
    info_i_spectral o;
    bool products;
    double *sums; /* in scratch memory */
} chunk;

static info_status check_mean(info_i_error *error, const chunk *c, int64_t mean_len)
{
    if (!c->mean && mean_len == 0)
        return error->status;
    info_i_check_pointer(error, "mean", c->mean);
    info_i_check(error, mean_len == c->x->cols, INFO_ERROR_SIZE, "mean: %lld numbers; x has %lld columns",
                 (long long)mean_len, (long long)c->x->cols);
    for (int64_t j = 0; j < mean_len && error->status == INFO_OK; j++)
        info_i_check(error, isfinite(c->mean[j]), INFO_ERROR_DOMAIN, "mean: element %lld is %s; it must be finite",
                     (long long)j, info_i_number_text(c->mean[j]).text);
    return error->status;
}

static info_status check_options(info_i_error *error, const chunk *c)
{
    const info_i_spectral *o = &c->o;
    info_i_check(error, !o->gram && !o->singular_values && o->smoothing == 0, INFO_ERROR_OPTION,
                 "options: sums are of states, on the covariance scale");
    info_i_check(error, !c->mean || o->center, INFO_ERROR_OPTION,
                 "options.center: a mean is given, and rows are not to be centered");
    return info_i_check(error, !c->products || !o->center || !o->unit_rows || c->mean, INFO_ERROR_OPTION,
                        "options.normalize_rows: rows that are centered first need the mean of all of them: give mean");
}

static info_status check(info_ctx *ctx, const chunk *c, int64_t mean_len, const double *out, int64_t out_len)
{
    bool fits;
    info_i_error *error = &ctx->error;
    check_mean(error, c, mean_len);
    with_products(c->x->cols, out_len, &fits);
    info_i_check_output(error, "out", out, out_len, HEADER + c->x->cols);
    if (error->status == INFO_OK && !fits)
        wrong_length(error, out_len, c->x->cols);
    check_options(error, c);
    return info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, out_len, sizeof *out), {0}},
                              (info_i_span[]){info_i_matrix_span("x", c->x),
                                              info_i_array_span("mean", c->mean, mean_len, sizeof *c->mean),
                                              {0}});
}

/* The mean row as the rows came. */
static info_status mean_row(const info_i_place *place, chunk *c, double *memory)
{
    const info_i_spectral plain = {.center = true, .skip = c->o.skip};
    info_i_states s;
    const info_status status = info_i_states_measure(place, "x", c->x, &plain, NULL, memory, &s);
    for (int64_t j = 0; j < c->x->cols && status == INFO_OK; j++)
        c->sums[HEADER + j] = (s.mean[j] + s.rest[j]) / s.scale;
    return status;
}

/* Squares of what was scaled, back at their own size and on both sides of the diagonal. */
static info_status unscale(info_i_error *error, const chunk *c, const info_i_states *s)
{
    const int64_t d = c->x->cols;
    double *products = c->sums + HEADER + d;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j <= i; j++) {
            const double element = c->o.unit_rows ? products[i * d + j] : products[i * d + j] / s->scale / s->scale;
            if (!isfinite(element))
                return info_i_fail(error, INFO_ERROR_DOMAIN, "x: squares of its elements overflow");
            products[i * d + j] = products[j * d + i] = element;
        }
    return INFO_OK;
}

static info_status compute(const info_i_place *place, chunk *c, double *memory)
{
    const int64_t d = c->x->cols, rows = c->x->rows - c->o.skip;
    double *states = info_i_take(&memory, info_i_states_size(rows, d));
    info_i_states s;
    info_status status = mean_row(place, c, states);
    if (status == INFO_OK)
        status = info_i_states_measure(place, "x", c->x, &c->o, c->mean, states, &s);
    if (status != INFO_OK)
        return status;
    c->sums[ROWS] = (double)rows;
    c->sums[DROPPED] = 0;
    for (int64_t i = 0; i < rows; i++)
        c->sums[DROPPED] += c->products && s.factor[i] == 0;
    c->sums[ABOUT_MEAN] = c->products && c->o.center && !c->mean;
    if (!c->products)
        return INFO_OK;
    status = info_i_covariance_f64(place, &s, c->sums + HEADER + d, memory);
    return status == INFO_OK ? unscale(place->error, c, &s) : status;
}

info_status info_i_states_sums(info_ctx *ctx, const info_matrix *x, const double *mean, int64_t mean_len,
                               const info_spectral_options *options, double *out, int64_t out_len)
{
    chunk c = {.x = x, .mean = mean};
    bool fits;
    int64_t size;
    info_status status = info_i_check_pointer(&ctx->error, "x", x);
    if (status == INFO_OK)
        status = info_i_spectral_open(&ctx->error, options, &c.o);
    if (status == INFO_OK)
        status = info_i_spectral_check(&ctx->error, "x", x, &c.o);
    if (status != INFO_OK)
        return status;
    c.products = with_products(x->cols, out_len, &fits);
    status = check(ctx, &c, mean_len, out, out_len);
    if (status != INFO_OK)
        return status;
    const int64_t rows = x->rows - c.o.skip, block = c.products ? info_i_covariance_size(rows, x->cols) : 0;
    if (block < 0 || !info_i_add(info_i_states_size(rows, x->cols) + 16, block, &size))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large", (long long)x->rows,
                           (long long)x->cols);
    c.sums = info_i_scratch(ctx, out_len, sizeof *c.sums);
    double *memory = info_i_scratch(ctx, size, sizeof *memory);
    if (!c.sums || !memory)
        return ctx->error.status;
    const info_i_place place = {ctx, &ctx->error, ctx->kernels};
    status = compute(&place, &c, memory);
    if (status == INFO_OK)
        memcpy(out, c.sums, (size_t)out_len * sizeof *out);
    return status;
}

info_status info_states_sums(info_ctx *ctx, const info_matrix *x, const double *mean, int64_t mean_len,
                             const info_spectral_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, info_i_states_sums(ctx, x, mean, mean_len, options, out, out_len));
}

/* ---- Merging ------------------------------------------------------------ */

static info_status check_part(info_i_error *error, const double *part, int64_t shard, int64_t size, bool products,
                              double *about_mean)
{
    for (int64_t i = 0; i < size; i++)
        if (!isfinite(part[i]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: number %lld of shard %lld is %s; it must be finite",
                               (long long)i, (long long)shard, info_i_number_text(part[i]).text);
    const double most = 0x1p53;
    if (!(part[ROWS] >= 0 && part[ROWS] <= most && part[ROWS] == floor(part[ROWS]) && part[DROPPED] >= 0 &&
          part[DROPPED] <= part[ROWS] && part[DROPPED] == floor(part[DROPPED])))
        return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: shard %lld has %s rows, %s of them dropped",
                           (long long)shard, info_i_number_text(part[ROWS]).text,
                           info_i_number_text(part[DROPPED]).text);
    if (part[ABOUT_MEAN] != 0 && part[ABOUT_MEAN] != 1)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: shard %lld was not made by info_states_sums()",
                           (long long)shard);
    if (part[ROWS] == 0 || !products)
        return INFO_OK;
    if (*about_mean >= 0 && *about_mean != part[ABOUT_MEAN])
        return info_i_fail(error, INFO_ERROR_DOMAIN,
                           "parts: shard %lld has products about %s, one before it about the other", (long long)shard,
                           part[ABOUT_MEAN] == 1 ? "its mean" : "the origin");
    *about_mean = part[ABOUT_MEAN];
    return INFO_OK;
}

/* Products about the common mean gain (m_b - m_a)(m_b - m_a)^T n_a n_b / (n_a + n_b) (Chan, Golub and LeVeque 1979). */
static void add_part(int64_t d, bool products, const double *part, double *out)
{
    const double before = out[ROWS], added = part[ROWS], total = before + added;
    if (added == 0)
        return;
    const double *mean = part + HEADER, share = added / total, weight = part[ABOUT_MEAN] == 1 ? before * share : 0;
    const double *theirs = part + HEADER + d;
    double *ours = out + HEADER + d;
    for (int64_t i = 0; i < d && products; i++) {
        const double off = weight == 0 ? 0 : weight * (mean[i] - out[HEADER + i]);
        for (int64_t j = 0; j <= i; j++)
            ours[i * d + j] += theirs[i * d + j] + (off == 0 ? 0 : off * (mean[j] - out[HEADER + j]));
    }
    for (int64_t j = 0; j < d; j++)
        out[HEADER + j] += share * (mean[j] - out[HEADER + j]);
    out[ROWS] = total;
    out[DROPPED] += part[DROPPED];
    out[ABOUT_MEAN] = part[ABOUT_MEAN];
}

static info_status sums_merge(info_ctx *ctx, const double *parts, int64_t shards, int64_t columns, double *out,
                              int64_t out_len)
{
    info_i_error *error = &ctx->error;
    bool fits = false;
    info_i_check_pointer(error, "parts", parts);
    info_i_check(error, shards >= 1 && columns >= 1, INFO_ERROR_SIZE, "%s: %lld; at least one is needed",
                 shards < 1 ? "shards" : "columns", (long long)(shards < 1 ? shards : columns));
    info_i_check(error, columns <= INT64_MAX - HEADER, INFO_ERROR_OVERFLOW, "columns: %lld cannot be addressed",
                 (long long)columns);
    info_i_check_output(error, "out", out, out_len, HEADER + columns);
    if (error->status != INFO_OK)
        return error->status;
    const bool products = with_products(columns, out_len, &fits);
    if (!fits)
        return wrong_length(error, out_len, columns);
    const info_matrix view = {parts, shards, out_len, out_len, 1, INFO_F64, 0};
    info_i_check_matrix(error, "parts", &view);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, out_len, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("parts", &view), {0}});
    double about_mean = -1;
    for (int64_t s = 0; s < shards && error->status == INFO_OK; s++)
        check_part(error, parts + s * out_len, s, out_len, products, &about_mean);
    double *sums = error->status == INFO_OK ? info_i_scratch_zero(ctx, out_len, sizeof *sums) : NULL;
    if (!sums)
        return error->status;
    for (int64_t s = 0; s < shards; s++)
        add_part(columns, products, parts + s * out_len, sums);
    for (int64_t i = 0; i < columns && products; i++)
        for (int64_t j = 0; j < i; j++)
            sums[HEADER + columns * (1 + j) + i] = sums[HEADER + columns * (1 + i) + j];
    for (int64_t i = 0; i < out_len; i++)
        if (!isfinite(sums[i]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: their sum overflows");
    memcpy(out, sums, (size_t)out_len * sizeof *out);
    return INFO_OK;
}

info_status info_states_sums_merge(info_ctx *ctx, const double *parts, int64_t shards, int64_t columns, double *out,
                                   int64_t out_len)
{
    return INFO_I_CALL(ctx, sums_merge(ctx, parts, shards, columns, out, out_len));
}
