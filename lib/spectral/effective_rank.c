/* SPDX-License-Identifier: MIT
 * The spectrum, its entropies, effective ranks and Diff-eRank: public functions. */
#include <math.h>
#include <string.h>

#include "info/spectral.h"
#include "backend/backend.h"
#include "numeric/unit.h"
#include "spectral/small.h"

typedef struct name_text {
    char text[48];
} name_text;

/* "x", or "x[3]" of several. Made for every matrix, so without a format to be read. */
static name_text name_of(const char *argument, int64_t index, int64_t count)
{
    name_text name;
    size_t length = strlen(argument);
    memcpy(name.text, argument, length + 1);
    if (count == 1)
        return name;
    char digits[20];
    int used = 0;
    do
        digits[used++] = (char)('0' + index % 10);
    while (index /= 10);
    name.text[length++] = '[';
    while (used > 0)
        name.text[length++] = digits[--used];
    memcpy(name.text + length, "]", 2);
    return name;
}

/* ---- Entropies of many matrices ----------------------------------------- */

typedef struct batch {
    const char *argument;
    const info_matrix *x;
    int64_t count;
    const info_i_spectral *options;
    const info_i_kernels *kernels;
    double *entropy; /* nats; NaN for a matrix without a value */
    double *error;
} batch;

static info_status one_entropy(const batch *b, int64_t item, const info_i_place *place, double *memory)
{
    const name_text name = name_of(b->argument, item, b->count);
    info_i_error attempt = {0};
    const info_i_place here = {place->ctx, place->ctx ? place->error : &attempt, place->kernels};
    const info_status status =
        info_i_spectrum_entropy(&here, name.text, &b->x[item], b->options, memory, &b->entropy[item], &b->error[item]);
    if (status == INFO_ERROR_DOMAIN && b->options->invalid == INFO_INVALID_NAN) {
        b->entropy[item] = b->error[item] = NAN;
        if (place->ctx)
            *place->error = (info_i_error){0};
        return INFO_OK;
    }
    if (status != INFO_OK && !place->ctx)
        *place->error = attempt;
    return status;
}

/* One matrix after another on each worker, or a set of small ones at once. */
static info_status worker_entropies(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const batch *b = user;
    const info_i_place place = {NULL, error, b->kernels};
    const int64_t count = end - begin;
    info_status status = INFO_NOT_CONVERGED;
    if (info_i_small_fits(&b->x[begin], count, b->options))
        status = info_i_small_entropies(&place, &b->x[begin], count, b->options, scratch, &b->entropy[begin],
                                        &b->error[begin]);
    if (status == INFO_NOT_CONVERGED) {
        status = INFO_OK;
        for (int64_t i = begin; i < end && status == INFO_OK; i++)
            status = one_entropy(b, i, &place, scratch);
    }
    return status;
}

/* Doubles that a worker needs for any set of lanes matrices. */
static int64_t worker_size(const batch *b, int64_t lanes, int64_t size)
{
    for (int64_t i = 0; i < b->count; i += lanes) {
        const int64_t count = b->count - i < lanes ? b->count - i : lanes;
        const int64_t needed =
            info_i_small_fits(&b->x[i], count, b->options) ? info_i_small_size(&b->x[i], count, b->options) : 0;
        size = needed > size ? needed : size;
    }
    return size;
}

/* Workers share the matrices if there are enough, and memory for all; else the rows of each. */
static info_status all_entropies(info_ctx *ctx, const batch *b, int64_t size)
{
    const int64_t lanes = info_i_small_lanes(b->options), needed = worker_size(b, lanes, size);
    const bool sets = info_i_small_fits(b->x, b->count < lanes ? b->count : lanes, b->options);
    const bool apart = b->count >= 2 * (int64_t)ctx->threads && needed <= ((int64_t)1 << 27) / ctx->threads;
    if (sets || apart)
        return info_i_parallel(ctx, b->count, sets ? lanes : 1, (size_t)needed * sizeof(double), worker_entropies,
                               (void *)b);
    double *memory = info_i_scratch(ctx, size, sizeof *memory);
    if (!memory)
        return ctx->error.status;
    const info_i_place place = {ctx, &ctx->error, b->kernels};
    info_status status = INFO_OK;
    for (int64_t i = 0; i < b->count && status == INFO_OK; i++)
        status = one_entropy(b, i, &place, memory);
    return status;
}

static info_status check_all(info_ctx *ctx, const char *argument, const info_matrix *x, int64_t count,
                             const info_i_spectral *o, int64_t *most)
{
    info_i_error *error = &ctx->error;
    int64_t bytes;
    info_i_check_pointer(error, argument, x);
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "count: %lld; at least one matrix is needed", (long long)count);
    info_i_check(error, info_i_multiply(count, (int64_t)sizeof *x, &bytes), INFO_ERROR_OVERFLOW,
                 "count: %lld matrices cannot be addressed", (long long)count);
    *most = 0;
    for (int64_t i = 0; i < count && error->status == INFO_OK; i++) {
        const name_text name = name_of(argument, i, count);
        int64_t size;
        info_i_spectral_check(error, name.text, &x[i], o);
        info_i_spectrum_size(error, name.text, &x[i], o, &size);
        *most = size > *most ? size : *most;
    }
    return error->status;
}

/* Entropies in nats and their errors, in scratch memory. */
static info_status entropies(info_ctx *ctx, const char *argument, const info_matrix *x, int64_t count, int64_t size,
                             const info_i_spectral *o, batch *b)
{
    *b = (batch){.argument = argument,
                 .x = x,
                 .count = count,
                 .options = o,
                 .kernels = ctx->kernels,
                 .entropy = info_i_scratch(ctx, count, sizeof(double)),
                 .error = info_i_scratch(ctx, count, sizeof(double))};
    return b->entropy && b->error ? all_entropies(ctx, b, size) : ctx->error.status;
}

/* Outputs, a list, share no byte with the matrices of an argument. */
static info_status check_apart(info_ctx *ctx, const info_i_span *outputs, const char *argument, const info_matrix *x,
                               int64_t count)
{
    for (int64_t i = 0; i < count && ctx->error.status == INFO_OK; i++) {
        const name_text name = name_of(argument, i, count);
        info_i_check_spans(&ctx->error, outputs, (info_i_span[]){info_i_matrix_span(name.text, &x[i]), {0}});
    }
    return ctx->error.status;
}

static info_status check_outputs(info_ctx *ctx, const info_matrix *x, int64_t count, const double *out,
                                 const double *error, int64_t out_len)
{
    info_i_check_output(&ctx->error, "out", out, out_len, count);
    if (error)
        info_i_check_output(&ctx->error, "error", error, out_len, count);
    const info_i_span outputs[] = {info_i_array_span("out", out, count, sizeof *out),
                                   info_i_array_span("error", error, count, sizeof *error),
                                   {0}};
    return check_apart(ctx, outputs, "x", x, count);
}

/* The exponential if rank is set; errors follow. */
static info_status measure(info_ctx *ctx, const info_matrix *x, int64_t count, const info_spectral_options *given,
                           double *out, double *error, int64_t out_len, bool rank)
{
    info_i_spectral o;
    batch b;
    int64_t size = 0;
    info_i_spectral_open(&ctx->error, given, &o);
    check_all(ctx, "x", x, count, &o, &size);
    if (check_outputs(ctx, x, count, out, error, out_len) != INFO_OK)
        return ctx->error.status;
    const info_status status = entropies(ctx, "x", x, count, size, &o, &b);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < count; i++) {
        const double nats = b.entropy[i], wrong = b.error[i];
        ctx->invalid_rows += isnan(nats);
        out[i] = rank ? exp(nats) : info_i_from_nats(nats, o.unit);
        if (error)
            error[i] = rank ? out[i] * expm1(wrong) : info_i_from_nats(wrong, o.unit);
    }
    return ctx->invalid_rows > 0
               ? info_i_fail(&ctx->error, INFO_INVALID_ROWS, "x: %lld of %lld matrices have no valid value",
                             (long long)ctx->invalid_rows, (long long)count)
               : INFO_OK;
}

info_status info_spectral_entropy(info_ctx *ctx, const info_matrix *x, int64_t count,
                                  const info_spectral_options *options, double *out, double *error, int64_t out_len)
{
    return INFO_I_CALL(ctx, measure(ctx, x, count, options, out, error, out_len, false));
}

info_status info_effective_rank(info_ctx *ctx, const info_matrix *x, int64_t count,
                                const info_spectral_options *options, double *out, double *error, int64_t out_len)
{
    return INFO_I_CALL(ctx, measure(ctx, x, count, options, out, error, out_len, true));
}

/* ---- The spectrum ------------------------------------------------------- */

static info_status spectrum(info_ctx *ctx, const info_matrix *x, const info_spectral_options *given, double *out,
                            int64_t out_len)
{
    info_i_spectral o;
    int64_t size = 0;
    info_i_error *error = &ctx->error;
    info_i_spectral_open(error, given, &o);
    if (check_all(ctx, "x", x, 1, &o, &size) != INFO_OK)
        return error->status;
    const int64_t n = info_i_spectrum_length(x, &o);
    info_i_check_output(error, "out", out, out_len, n);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, n, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), {0}});
    if (error->status != INFO_OK)
        return error->status;
    double *memory = info_i_scratch(ctx, size, sizeof *memory), *p;
    if (!memory)
        return ctx->error.status;
    const info_i_place place = {ctx, error, ctx->kernels};
    const info_status status = info_i_spectrum(&place, "x", x, &o, memory, &p);
    if (status == INFO_OK)
        memcpy(out, p, (size_t)n * sizeof *out);
    return status;
}

info_status info_spectrum(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options, double *out,
                          int64_t out_len)
{
    return INFO_I_CALL(ctx, spectrum(ctx, x, options, out, out_len));
}

/* ---- Diff-eRank --------------------------------------------------------- */

static info_status check_pairs(info_ctx *ctx, const info_matrix *untrained, const info_matrix *trained, int64_t count,
                               const info_diff_erank_result *out)
{
    const info_i_span outputs[] = {{"out", out, sizeof *out}, {0}};
    info_i_check_pointer(&ctx->error, "out", out);
    for (int64_t s = 0; s < count && ctx->error.status == INFO_OK; s++)
        info_i_check(&ctx->error, trained[s].rows == untrained[s].rows, INFO_ERROR_SIZE,
                     "%s: has %lld rows; %s has %lld, and they are the same tokens", name_of("trained", s, count).text,
                     (long long)trained[s].rows, name_of("untrained", s, count).text, (long long)untrained[s].rows);
    check_apart(ctx, outputs, "trained", trained, count);
    return check_apart(ctx, outputs, "untrained", untrained, count);
}

static info_status summarize(info_ctx *ctx, const batch *untrained, const batch *trained, info_diff_erank_result *out)
{
    double h[2] = {0}, rank[2] = {0}, error[2] = {0};
    int64_t texts = 0;
    for (int64_t s = 0; s < untrained->count; s++) {
        if (isnan(untrained->entropy[s]) || isnan(trained->entropy[s]))
            continue;
        const batch *models[] = {untrained, trained};
        for (int m = 0; m < 2; m++) {
            h[m] += models[m]->entropy[s];
            rank[m] += exp(models[m]->entropy[s]);
            error[m] += models[m]->error[s];
        }
        texts++;
    }
    if (texts == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "untrained: no text has a value in both models");
    const double count = (double)texts;
    info_diff_erank_result r = {.untrained = exp(h[0] / count),
                                .trained = exp(h[1] / count),
                                .mean_untrained = rank[0] / count,
                                .mean_trained = rank[1] / count,
                                .texts = texts};
    r.difference = r.untrained - r.trained;
    r.difference_of_means = r.mean_untrained - r.mean_trained;
    r.error = r.untrained * expm1(error[0] / count) + r.trained * expm1(error[1] / count);
    *out = r;
    ctx->invalid_rows = untrained->count - texts;
    return ctx->invalid_rows > 0 ? info_i_fail(&ctx->error, INFO_INVALID_ROWS,
                                               "untrained, trained: %lld of %lld texts have no valid value",
                                               (long long)ctx->invalid_rows, (long long)untrained->count)
                                 : INFO_OK;
}

static info_status diff_erank(info_ctx *ctx, const info_matrix *untrained, const info_matrix *trained, int64_t count,
                              const info_spectral_options *given, info_diff_erank_result *out)
{
    info_i_spectral o;
    batch before, after;
    int64_t size_before = 0, size_after = 0;
    info_i_spectral_open(&ctx->error, given, &o);
    check_all(ctx, "untrained", untrained, count, &o, &size_before);
    check_all(ctx, "trained", trained, count, &o, &size_after);
    info_status status = check_pairs(ctx, untrained, trained, count, out);
    if (status == INFO_OK)
        status = entropies(ctx, "untrained", untrained, count, size_before, &o, &before);
    if (status == INFO_OK)
        status = entropies(ctx, "trained", trained, count, size_after, &o, &after);
    return status == INFO_OK ? summarize(ctx, &before, &after, out) : status;
}

info_status info_diff_erank(info_ctx *ctx, const info_matrix *untrained, const info_matrix *trained, int64_t count,
                            const info_spectral_options *options, info_diff_erank_result *out)
{
    return INFO_I_CALL(ctx, diff_erank(ctx, untrained, trained, count, options, out));
}
