/* SPDX-License-Identifier: MIT
 * Paths of the elastic net for many tokens on one context, and the tokens that a
 * path selects. */
#include <math.h>
#include <string.h>

#include "geometry/lasso.h"
#include "numeric/convert.h"

/* Up to here tokens are done one after the other on a Gram matrix computed as needed. */
#define FEW_TOKENS 4

/* Ratio of successive penalties when tokens are selected, and the most of them. */
#define SELECTION_RATIO 0.9
#define SELECTION_POINTS 10000

typedef struct path {
    info_ctx *ctx;
    info_i_rows z, tokens;
    info_lasso_options options;
    info_i_gram gram;
    double *inner;           /* Z z of each token [tokens.rows x z.rows] */
    const double *penalties; /* NULL: each token's own */
    int64_t points;
    int64_t k;       /* selection: stop at this support; 0: whole path */
    bool *unsettled; /* of each token: some point did not converge */
    /* results, copied to the caller when all is well */
    info_lasso_point *out;
    double *weights; /* whole path: every w, NULL if not wanted; selection: k of each token */
    int64_t *indices;
} path;

static double first_penalty(const path *p, const double *inner)
{
    double largest = 0;
    for (int64_t j = 0; j < p->z.rows; j++)
        largest = fmax(largest, fabs(inner[j]));
    return largest / (1 - p->options.ridge_share);
}

static info_lasso_point solve_at(const path *p, info_i_lasso *lasso, double penalty, info_status *status)
{
    const info_i_lasso_target target = {
        .l1 = penalty * (1 - p->options.ridge_share),
        .l2 = penalty * p->options.ridge_share,
        .tolerance = p->options.tolerance,
        .max_sweeps = p->options.max_sweeps,
    };
    *status = info_i_lasso_solve(lasso, &target);
    return (info_lasso_point){penalty, lasso->objective, lasso->gap, lasso->residual, lasso->support, lasso->sweeps};
}

static info_status follow(const path *p, int64_t token, info_i_lasso *lasso)
{
    const double first = p->penalties ? 0 : first_penalty(p, lasso->inner);
    for (int64_t i = 0; i < p->points; i++) {
        const double share = p->points > 1 ? (double)i / (double)(p->points - 1) : 0;
        info_status status;
        p->out[token * p->points + i] =
            solve_at(p, lasso, p->penalties ? p->penalties[i] : first * pow(p->options.smallest, share), &status);
        if (status < 0 || status == INFO_CANCELED)
            return status;
        p->unsettled[token] |= status == INFO_NOT_CONVERGED;
        if (p->weights)
            memcpy(p->weights + (token * p->points + i) * p->z.rows, lasso->w, (size_t)p->z.rows * sizeof *lasso->w);
    }
    return INFO_OK;
}

/* The k largest |w|, largest first; -1 and 0 where there are no more. */
static void pick_largest(const double *w, int64_t n, int64_t k, int64_t *indices, double *weights)
{
    for (int64_t i = 0; i < k; i++) {
        indices[i] = -1;
        weights[i] = 0;
    }
    for (int64_t j = 0; j < n; j++) {
        if (w[j] == 0 || !(fabs(w[j]) > fabs(weights[k - 1])))
            continue;
        int64_t at = k - 1;
        for (; at > 0 && fabs(w[j]) > fabs(weights[at - 1]); at--) {
            indices[at] = indices[at - 1];
            weights[at] = weights[at - 1];
        }
        indices[at] = j;
        weights[at] = w[j];
    }
}

static info_status select_tokens(const path *p, int64_t token, info_i_lasso *lasso)
{
    const double first = first_penalty(p, lasso->inner);
    double ratio = 1;
    for (int64_t i = 0; i < SELECTION_POINTS; i++, ratio *= SELECTION_RATIO) {
        info_status status;
        p->out[token] = solve_at(p, lasso, first * fmax(ratio, p->options.smallest), &status);
        if (status < 0 || status == INFO_CANCELED)
            return status;
        p->unsettled[token] |= status == INFO_NOT_CONVERGED;
        if (lasso->support >= p->k || ratio <= p->options.smallest)
            break;
    }
    pick_largest(lasso->w, p->z.rows, p->k, p->indices + token * p->k, p->weights + token * p->k);
    return INFO_OK;
}

static info_status do_tokens(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    path *p = user;
    const int64_t d = p->z.cols;
    for (int64_t t = begin; t < end; t++) {
        info_i_lasso lasso;
        info_i_lasso_begin(&lasso, &p->gram, p->tokens.x + t * d, p->inner + t * p->z.rows, scratch);
        const info_status status = p->k > 0 ? select_tokens(p, t, &lasso) : follow(p, t, &lasso);
        if (status == INFO_ERROR_MEMORY || status == INFO_ERROR_OVERFLOW)
            return info_i_fail(error, status, "%s", p->ctx->error.text); /* of a Gram row: this thread's own doing */
        if (status != INFO_OK)
            return info_i_fail(error, status, "%s", info_status_text(status));
    }
    return INFO_OK;
}

/* Z z of each token; of a few it is not worth a matrix product's copies of Z. */
static info_status inner_products(const path *p)
{
    const int64_t n = p->z.rows, d = p->z.cols, m = p->tokens.rows;
    if (m > FEW_TOKENS)
        return info_i_product(p->ctx, false, true, m, n, d, 1, p->tokens.x, d, p->z.x, d, 0, p->inner, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t t = 0; t < m; t++)
            p->inner[t * n + i] = info_i_inner(p->tokens.x + t * d, p->z.x + i * d, d);
    return INFO_OK;
}

/* Gram rows, inner products, then every token. */
static info_status run(path *p)
{
    info_ctx *ctx = p->ctx;
    const int64_t n = p->z.rows, m = p->tokens.rows;
    int64_t size;
    if (!info_i_multiply(m, n, &size))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "tokens: %lld on %lld rows are too many", (long long)m,
                           (long long)n);
    p->inner = info_i_scratch(ctx, size, sizeof *p->inner);
    p->unsettled = info_i_scratch_zero(ctx, m, sizeof *p->unsettled);
    if (!p->inner || !p->unsettled)
        return ctx->error.status;
    info_status status = inner_products(p);
    if (status == INFO_OK)
        status = info_i_gram_begin(ctx, &p->z, &p->gram);
    if (status == INFO_OK && m > FEW_TOKENS)
        status = info_i_gram_complete(&p->gram);
    if (status != INFO_OK)
        return status;
    if (m > FEW_TOKENS) {
        status = info_i_parallel(ctx, m, 1, info_i_lasso_bytes(n, p->z.cols), do_tokens, p);
    } else {
        void *scratch = info_i_scratch(ctx, 1, info_i_lasso_bytes(n, p->z.cols));
        if (!scratch)
            return ctx->error.status;
        for (int64_t t = 0; t < m && status == INFO_OK; t++) {
            info_i_error error = {0};
            status = do_tokens(p, t, t + 1, scratch, &error);
            if (status != INFO_OK)
                return info_i_fail(&ctx->error, status, "%s", error.text);
            status = info_i_progress(ctx, (double)(t + 1) / (double)m);
        }
    }
    for (int64_t t = 0; t < m && status == INFO_OK; t++)
        if (p->unsettled[t])
            return info_i_fail(&ctx->error, INFO_NOT_CONVERGED, "tokens: row %lld reached options.max_sweeps (%lld)",
                               (long long)t, (long long)p->options.max_sweeps);
    return status;
}

static void take_share(info_i_error *error, const char *name, double *value, double fallback, double low)
{
    *value = *value == 0 ? fallback : *value;
    info_i_check_real(error, name, *value, low, 1, INFO_I_CLOSED);
}

static info_status load_options(info_i_error *error, const info_lasso_options *given, bool own_penalties,
                                info_lasso_options *options)
{
    info_i_options(error, info_lasso_options, "options", options, given);
    info_i_check_option(error, "options.rows", options->rows, INFO_ROWS_DEFAULT, INFO_ROWS_UNIT);
    take_share(error, "options.ridge_share", &options->ridge_share, 0, 0);
    take_share(error, "options.tolerance", &options->tolerance, 1e-8, 1e-13);
    take_share(error, "options.smallest", &options->smallest, 1e-3, 1e-12);
    info_i_check(error, !own_penalties || options->ridge_share < 1, INFO_ERROR_OPTION,
                 "options.ridge_share: 1 has no first penalty with w = 0; give penalties or less than 1");
    if (options->max_sweeps == 0)
        options->max_sweeps = 100000;
    return info_i_check_option(error, "options.max_sweeps", options->max_sweeps, 1, INT64_MAX);
}

static info_status check_penalties(info_i_error *error, const double *penalties, int64_t points)
{
    info_i_check_pointer(error, "penalties", penalties);
    for (int64_t i = 0; i < points && error->status == INFO_OK; i++)
        info_i_check(error, penalties[i] > 0 && penalties[i] <= INFO_I_LARGEST_ELEMENT, INFO_ERROR_DOMAIN,
                     "penalties: element %lld is %s; positive numbers up to 1e100 are allowed", (long long)i,
                     info_i_number_text(penalties[i]).text);
    return error->status;
}

static info_status lasso_path(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                              const double *penalties, int64_t points, const info_lasso_options *given,
                              const info_matrix_out *weights, info_lasso_point *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    path p = {.ctx = ctx, .penalties = penalties, .points = points};
    int64_t count = 0, bytes = 0, elements = 0;
    load_options(error, given, !penalties, &p.options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check(error, points >= 1, INFO_ERROR_SIZE, "points: %lld; at least 1 is needed", (long long)points);
    info_i_check(error,
                 info_i_multiply(tokens->rows, points, &count) &&
                     info_i_multiply(count, (int64_t)sizeof *out, &bytes) &&
                     info_i_multiply(count, context->rows, &elements),
                 INFO_ERROR_OVERFLOW, "points: %lld for each of %lld tokens are too many", (long long)points,
                 (long long)tokens->rows);
    info_i_check_output(error, "out", out, out_len, count);
    if (weights)
        info_i_check_shape(error, "weights", weights, count, context->rows);
    info_i_check_spans(error,
                       (info_i_span[]){info_i_matrix_out_span("weights", weights),
                                       info_i_array_span("out", out, count, sizeof *out),
                                       {0}},
                       (info_i_span[]){info_i_matrix_span("context", context),
                                       info_i_matrix_span("tokens", tokens),
                                       info_i_array_span("penalties", penalties, points, sizeof *penalties),
                                       {0}});
    if (penalties)
        check_penalties(error, penalties, points);
    if (error->status != INFO_OK ||
        info_i_load_pair(ctx, context, tokens, p.options.rows == INFO_ROWS_UNIT, &p.z, &p.tokens) != INFO_OK)
        return error->status;

    p.out = info_i_scratch(ctx, count, sizeof *p.out);
    p.weights = weights ? info_i_scratch(ctx, elements, sizeof *p.weights) : NULL;
    if (!p.out || (weights && !p.weights))
        return error->status;
    const info_status status = run(&p);
    if (status != INFO_OK && status != INFO_NOT_CONVERGED)
        return status;
    memcpy(out, p.out, (size_t)bytes);
    for (int64_t i = 0; i < count && weights; i++)
        info_i_put_row_f64(weights, i, 0, p.z.rows, p.weights + i * p.z.rows);
    return status;
}

static info_status lasso_select(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, int64_t k,
                                const info_lasso_options *given, int64_t *indices, double *weights,
                                info_lasso_point *out)
{
    info_i_error *error = &ctx->error;
    path p = {.ctx = ctx, .k = k};
    int64_t elements = 0, bytes = 0;
    load_options(error, given, true, &p.options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_geometry_check_choice(error, k, context);
    info_i_check(error, info_i_multiply(tokens->rows, k, &elements) && info_i_multiply(elements, 8, &bytes),
                 INFO_ERROR_OVERFLOW, "k: %lld for each of %lld tokens are too many", (long long)k,
                 (long long)tokens->rows);
    info_i_check_pointer(error, "indices", indices);
    info_i_check_pointer(error, "weights", weights);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(
        error,
        (info_i_span[]){{"indices", indices, bytes},
                        {"weights", weights, bytes},
                        info_i_array_span("out", out, tokens->rows, sizeof *out),
                        {0}},
        (info_i_span[]){info_i_matrix_span("context", context), info_i_matrix_span("tokens", tokens), {0}});
    if (error->status != INFO_OK ||
        info_i_load_pair(ctx, context, tokens, p.options.rows == INFO_ROWS_UNIT, &p.z, &p.tokens) != INFO_OK)
        return error->status;

    p.out = info_i_scratch(ctx, tokens->rows, sizeof *p.out);
    p.weights = info_i_scratch(ctx, elements, sizeof *p.weights);
    p.indices = info_i_scratch(ctx, elements, sizeof *p.indices);
    if (!p.out || !p.weights || !p.indices)
        return error->status;
    const info_status status = run(&p);
    if (status != INFO_OK && status != INFO_NOT_CONVERGED)
        return status;
    memcpy(indices, p.indices, (size_t)bytes);
    memcpy(weights, p.weights, (size_t)bytes);
    memcpy(out, p.out, (size_t)tokens->rows * sizeof *out);
    return status;
}

info_status info_lasso_path(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                            const double *penalties, int64_t points, const info_lasso_options *options,
                            const info_matrix_out *weights, info_lasso_point *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, lasso_path(ctx, context, tokens, penalties, points, options, weights, out, out_len));
}

info_status info_lasso_select(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, int64_t k,
                              const info_lasso_options *options, int64_t *indices, double *weights,
                              info_lasso_point *out)
{
    return INFO_I_CALL(ctx, lasso_select(ctx, context, tokens, k, options, indices, weights, out));
}
