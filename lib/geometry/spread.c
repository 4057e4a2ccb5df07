/* SPDX-License-Identifier: MIT
 * Tokens rebuilt from parts of their context: chosen, highest scored, random. */
#include <math.h>
#include <string.h>

#include "geometry/lasso.h"
#include "geometry/ranking.h"
#include "numeric/random.h"

typedef struct rebuilding {
    info_ctx *ctx;
    info_i_rows z, tokens;
    info_reconstruction_options options;
    double *part;    /* chosen rows of the context [z.rows x d] */
    int64_t *chosen; /* their numbers [z.rows] */
    bool unsettled;  /* a Lasso did not converge */
} rebuilding;

static info_status lasso_residual(rebuilding *r, const info_i_rows *part, const double *token, double penalty,
                                  double *residual)
{
    info_i_gram gram;
    info_i_lasso lasso;
    info_status status = info_i_gram_begin(r->ctx, part, &gram);
    if (status == INFO_OK)
        status = info_i_gram_complete(&gram);
    double *inner = info_i_scratch(r->ctx, part->rows, sizeof *inner);
    void *memory = info_i_scratch(r->ctx, 1, info_i_lasso_bytes(part->rows, part->cols));
    if (status != INFO_OK || !inner || !memory)
        return status != INFO_OK ? status : r->ctx->error.status;
    for (int64_t i = 0; i < part->rows; i++)
        inner[i] = info_i_inner(part->x + i * part->cols, token, part->cols);
    info_i_lasso_begin(&lasso, &gram, token, inner, memory);
    const info_i_lasso_target target = {.l1 = penalty, .tolerance = 1e-10, .max_sweeps = 100000};
    status = info_i_lasso_solve(&lasso, &target);
    r->unsettled |= status == INFO_NOT_CONVERGED;
    *residual = lasso.residual;
    return status == INFO_NOT_CONVERGED ? INFO_OK : status;
}

/* Relative error of a token from the count rows named in r->chosen. */
static info_status rebuild(rebuilding *r, const double *token, int64_t count, double penalty, double *error)
{
    const int64_t d = r->z.cols;
    const double square = info_i_square_norm(token, d);
    double residual = square;
    info_status status = INFO_OK;
    for (int64_t i = 0; i < count; i++)
        memcpy(r->part + i * d, r->z.x + r->chosen[i] * d, (size_t)d * sizeof *r->part);
    const info_i_rows part = {r->part, count, d};
    const info_i_mark mark = info_i_scratch_mark(r->ctx);
    if (count > 0 && r->options.method == INFO_RECONSTRUCT_RIDGE)
        status = info_i_ridge_residual(r->ctx, &part, token, r->options.strength, &residual);
    else if (count > 0)
        status = lasso_residual(r, &part, token, penalty, &residual);
    if (status == INFO_OK)
        info_i_scratch_release(r->ctx, mark);
    *error = residual / square;
    return status;
}

/* The Lasso's penalty for a token: a share of the largest correlation with its whole context. */
static double penalty_of(const rebuilding *r, const double *token)
{
    double largest = 0;
    for (int64_t i = 0; i < r->z.rows && r->options.method == INFO_RECONSTRUCT_LASSO; i++)
        largest = fmax(largest, fabs(info_i_inner(r->z.x + i * r->z.cols, token, r->z.cols)));
    return r->options.strength * largest;
}

static info_status load_options(info_i_error *error, const info_reconstruction_options *given,
                                info_reconstruction_options *options)
{
    info_i_options(error, info_reconstruction_options, "options", options, given);
    const info_i_allowed allowed[] = {
        {"options.rows", options->rows, INFO_ROWS_DEFAULT, INFO_ROWS_UNIT},
        {"options.method", options->method, INFO_RECONSTRUCT_RIDGE, INFO_RECONSTRUCT_LASSO},
        {"options.draws", options->draws, 0, 1000000},
        {0}};
    info_i_check_options(error, allowed);
    if (options->draws == 0)
        options->draws = 100;
    if (options->strength == 0)
        options->strength = options->method == INFO_RECONSTRUCT_RIDGE ? 1 : 0.01;
    return info_i_check_real(error, "options.strength", options->strength, 1e-100, 1e100, INFO_I_CLOSED);
}

/* Loads both inputs, refuses tokens without length, and takes the memory for parts. */
static info_status begin(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, rebuilding *r)
{
    r->ctx = ctx;
    const info_status status =
        info_i_load_pair(ctx, context, tokens, r->options.rows == INFO_ROWS_UNIT, &r->z, &r->tokens);
    if (status != INFO_OK)
        return status;
    for (int64_t t = 0; t < r->tokens.rows; t++)
        if (!(info_i_square_norm(r->tokens.x + t * r->z.cols, r->z.cols) > 0))
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                               "tokens: row %lld is zero (or its square is), so that it has no relative error",
                               (long long)t);
    r->part = info_i_scratch(ctx, r->z.rows * r->z.cols, sizeof *r->part);
    r->chosen = info_i_scratch(ctx, r->z.rows, sizeof *r->chosen);
    return r->part && r->chosen ? INFO_OK : ctx->error.status;
}

static info_status finish(const rebuilding *r)
{
    return r->unsettled ? info_i_fail(&r->ctx->error, INFO_NOT_CONVERGED, "a Lasso did not reach its duality gap")
                        : INFO_OK;
}

static info_status reconstruction_error(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                        const int64_t *indices, int64_t k, const info_reconstruction_options *given,
                                        double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    rebuilding r = {0};
    const int64_t m = info_i_row_count(tokens);
    const info_matrix index_view = {indices, m, k, k, 1, INFO_F64, 0}; /* as large as int64_t */
    load_options(error, given, &r.options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check_pointer(error, "indices", indices);
    info_i_geometry_check_choice(error, k, context);
    info_i_check_matrix(error, "indices", &index_view);
    info_i_check_output(error, "out", out, out_len, m);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, m, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("context", context),
                                       info_i_matrix_span("tokens", tokens),
                                       info_i_matrix_span("indices", &index_view),
                                       {0}});
    if (error->status != INFO_OK || begin(ctx, context, tokens, &r) != INFO_OK)
        return error->status;
    double *errors = info_i_scratch(ctx, m, sizeof *errors);
    if (!errors)
        return error->status;
    for (int64_t t = 0; t < m; t++) {
        int64_t count = 0;
        for (int64_t i = 0; i < k; i++) {
            const int64_t index = indices[t * k + i];
            if (index < -1 || index >= r.z.rows)
                return info_i_fail(error, INFO_ERROR_TARGET,
                                   "indices: element (%lld, %lld) is %lld; -1 to %lld are allowed", (long long)t,
                                   (long long)i, (long long)index, (long long)(r.z.rows - 1));
            if (index >= 0)
                r.chosen[count++] = index;
        }
        const double *token = r.tokens.x + t * r.z.cols;
        info_status status = rebuild(&r, token, count, penalty_of(&r, token), errors + t);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(t + 1) / (double)m);
        if (status != INFO_OK)
            return status;
    }
    memcpy(out, errors, (size_t)m * sizeof *out);
    return finish(&r);
}

/* Mean and deviation of the errors with and without k random rows. */
static info_status random_parts(rebuilding *r, const double *token, int64_t k, double penalty, uint64_t state,
                                int64_t *deck, info_spread *out)
{
    const int64_t n = r->z.rows, draws = r->options.draws;
    double mean[2] = {0}, square[2] = {0};
    for (int64_t i = 0; i < n; i++)
        deck[i] = i;
    for (int64_t draw = 0; draw < draws; draw++) {
        for (int64_t i = 0; i < k; i++) { /* the first k of a shuffle */
            const int64_t other = i + info_i_random_below(&state, n - i), kept = deck[i];
            deck[i] = deck[other];
            deck[other] = kept;
        }
        for (int side = 0; side < 2; side++) {
            double value;
            const int64_t count = side == 0 ? k : n - k;
            memcpy(r->chosen, side == 0 ? deck : deck + k, (size_t)count * sizeof *deck);
            const info_status status = rebuild(r, token, count, penalty, &value);
            if (status != INFO_OK)
                return status;
            const double step = value - mean[side]; /* Welford's running mean and square */
            mean[side] += step / (double)(draw + 1);
            square[side] += step * (value - mean[side]);
        }
    }
    const double freedom = draws > 1 ? (double)(draws - 1) : 1;
    out->random = mean[0];
    out->random_deviation = sqrt(square[0] / freedom);
    out->without_random = mean[1];
    out->without_random_deviation = sqrt(square[1] / freedom);
    return INFO_OK;
}

static info_status spread_of(rebuilding *r, int64_t t, const double *scores, int64_t k, int64_t *order, int64_t *work,
                             info_spread *out)
{
    const int64_t n = r->z.rows;
    const double *token = r->tokens.x + t * r->z.cols, penalty = penalty_of(r, token);
    info_i_rank_descending(r->ctx, n, scores, order, work);
    const struct {
        int64_t first, count;
        double *error;
    } parts[] = {{0, n, &out->all}, {0, k, &out->top}, {k, n - k, &out->without_top}};
    for (int p = 0; p < 3; p++) {
        memcpy(r->chosen, order + parts[p].first, (size_t)parts[p].count * sizeof *order);
        const info_status status = rebuild(r, token, parts[p].count, penalty, parts[p].error);
        if (status != INFO_OK)
            return status;
    }
    return random_parts(r, token, k, penalty, r->options.seed + (uint64_t)t, work, out);
}

static info_status reconstruction_spread(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                         const info_matrix *scores, int64_t k, const info_reconstruction_options *given,
                                         info_spread *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    rebuilding r = {0};
    info_i_rows s;
    const int64_t m = info_i_row_count(tokens);
    load_options(error, given, &r.options);
    info_i_geometry_check_pair(error, context, tokens);
    info_i_check_matrix(error, "scores", scores);
    info_i_check(error, scores->rows == m && scores->cols == context->rows, INFO_ERROR_SIZE,
                 "scores: %lld x %lld; %lld tokens x %lld rows of context are needed", (long long)scores->rows,
                 (long long)scores->cols, (long long)m, (long long)context->rows);
    info_i_geometry_check_choice(error, k, context);
    info_i_check_output(error, "out", out, out_len, m);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, m, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("context", context),
                                       info_i_matrix_span("tokens", tokens),
                                       info_i_matrix_span("scores", scores),
                                       {0}});
    if (error->status != INFO_OK || begin(ctx, context, tokens, &r) != INFO_OK ||
        info_i_load_rows(ctx, "scores", scores, false, &s) != INFO_OK)
        return error->status;
    info_spread *results = info_i_scratch(ctx, m, sizeof *results);
    int64_t *order = info_i_scratch(ctx, s.cols, sizeof *order), *work = info_i_scratch(ctx, s.cols, sizeof *work);
    if (!results || !order || !work)
        return error->status;
    for (int64_t t = 0; t < m; t++) {
        info_status status = spread_of(&r, t, s.x + t * s.cols, k, order, work, results + t);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(t + 1) / (double)m);
        if (status != INFO_OK)
            return status;
    }
    memcpy(out, results, (size_t)m * sizeof *out);
    return finish(&r);
}

info_status info_reconstruction_error(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                      const int64_t *indices, int64_t k, const info_reconstruction_options *options,
                                      double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, reconstruction_error(ctx, context, tokens, indices, k, options, out, out_len));
}

info_status info_reconstruction_spread(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens,
                                       const info_matrix *scores, int64_t k, const info_reconstruction_options *options,
                                       info_spread *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, reconstruction_spread(ctx, context, tokens, scores, k, options, out, out_len));
}
