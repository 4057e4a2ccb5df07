/* SPDX-License-Identifier: MIT
 * Generalized Jensen-Shannon of two and of n distributions, f-divergences, Wasserstein-1. */
#include <string.h>

#include "distribution/compare.h"
#include "numeric/term.h"
#include "numeric/unit.h"

/* ---- Generalized Jensen-Shannon of two ---------------------------------- */

/* The same of numbers so small that m would lack digits. */
static info_i_dd small_skewed_terms(double beta, const double *p, const double *q, const double *difference,
                                    int64_t count)
{
    const info_i_dd other = info_i_two_sum(1, -beta);
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < count; i++) {
        const bool small = p[i] < 0x1p-500 && q[i] < 0x1p-500;
        const double scale = small ? 0x1p540 : 1;
        const info_i_dd a = info_i_dd_from(scale * p[i]), b = info_i_dd_from(scale * q[i]);
        const info_i_dd m = info_i_dd_add(info_i_dd_multiply_double(a, beta), info_i_dd_multiply(b, other));
        info_i_dd term;
        if (fabs(difference[i]) < 0.25 * q[i]) { /* p - m = (1 - beta) difference, q - m = -beta difference */
            const double d = scale * difference[i], of_p = a.high + m.high, of_q = b.high + m.high;
            term = info_i_dd_from(beta * info_i_kl_near(of_p / 2, (1 - beta) * d / of_p) +
                                  (1 - beta) * info_i_kl_near(of_q / 2, -beta * d / of_q));
        } else {
            term = info_i_dd_add(info_i_dd_multiply_double(info_i_kl_term(a, m), beta),
                                 info_i_dd_multiply(info_i_kl_term(b, m), other));
        }
        sum = info_i_dd_add(sum, (info_i_dd){term.high / scale, term.low / scale});
    }
    return sum;
}

/* beta KL(p || m) + (1 - beta) KL(q || m), m = beta p + (1 - beta) q, so that p - m = (1 - beta) (p - q) */
static info_i_part skewed_part(const void *pair, int64_t col, int64_t count, double *buffers)
{
    const info_i_pair *r = pair;
    const double beta = r->divergence->parameter;
    const double *p = info_i_row_probabilities(&r->p, col, count, buffers);
    const double *q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK);
    double *m = buffers + 2 * INFO_I_BLOCK, *difference = m + INFO_I_BLOCK, *above = difference + INFO_I_BLOCK,
           *below = above + INFO_I_BLOCK;
    const double *known = info_i_pair_differences(r, col, count, p, q, difference, below);
    for (int64_t i = 0; i < count; i++) {
        difference[i] = known ? known[i] : p[i] - q[i];
        m[i] = beta * p[i] + (1 - beta) * q[i];
        above[i] = (1 - beta) * difference[i];
        below[i] = -beta * difference[i];
    }
    info_i_part part, of_q;
    r->kernels->rows_f64->kl(p, m, above, count, &part);
    r->kernels->rows_f64->kl(q, m, below, count, &of_q);
    if ((part.flags | of_q.flags) & INFO_I_PART_ROUGH)
        part.sum[0] = small_skewed_terms(beta, p, q, difference, count);
    else
        part.sum[0] = info_i_dd_add(info_i_dd_multiply_double(part.sum[0], beta),
                                    info_i_dd_multiply_double(of_q.sum[0], 1 - beta));
    return part;
}

info_status info_generalized_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, double beta,
                                const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_i_divergence skewed = {.probabilities = skewed_part,
                                      .logarithms = skewed_part,
                                      .of_logits = INFO_I_LOGITS_GENERALIZED_JS,
                                      .is_information = true,
                                      .parameter = beta,
                                      .given_name = "beta",
                                      .given = beta,
                                      .high = 1,
                                      .ends = INFO_I_OPEN};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &skewed);
}

/* ---- Jensen-Shannon of n ------------------------------------------------ */

typedef struct mixture {
    const info_i_pair *pairs; /* each row and the first */
    const double *weights;
    int64_t count;
    const info_i_kernels *kernels;
} mixture;

static const double *row_of(const mixture *mix, int64_t k, int64_t col, int64_t count, double *buffer)
{
    return info_i_row_probabilities(&mix->pairs[k].p, col, count, buffer);
}

/* Row k less the first row. */
static void deviation_of(const mixture *mix, int64_t k, int64_t col, int64_t count, double *buffers, double *deviation)
{
    const double *p = row_of(mix, k, col, count, buffers), *first = row_of(mix, 0, col, count, buffers + INFO_I_BLOCK);
    const double *known =
        info_i_pair_differences(&mix->pairs[k], col, count, p, first, deviation, buffers + 2 * INFO_I_BLOCK);
    for (int64_t i = 0; i < count; i++)
        deviation[i] = known ? known[i] : p[i] - first[i];
}

/* sum of w KL(p || m) of numbers so small that m would lack digits */
static info_i_dd small_mixture_terms(const mixture *mix, int64_t col, int64_t count, double *buffers)
{
    const double scale = 0x1p540;
    double *m = buffers + INFO_I_BLOCK;
    info_i_dd sum = {0, 0};
    memset(m, 0, (size_t)count * sizeof *m);
    for (int64_t k = 0; k < mix->count; k++) {
        const double *p = row_of(mix, k, col, count, buffers);
        for (int64_t i = 0; i < count; i++)
            m[i] += mix->weights[k] * (scale * p[i]);
    }
    for (int64_t k = 0; k < mix->count; k++) {
        const double *p = row_of(mix, k, col, count, buffers);
        for (int64_t i = 0; i < count && mix->weights[k] > 0; i++) {
            const info_i_dd term = info_i_dd_multiply_double(
                info_i_kl_term(info_i_dd_from(scale * p[i]), info_i_dd_from(m[i])), mix->weights[k]);
            sum = info_i_dd_add(sum, (info_i_dd){term.high / scale, term.low / scale});
        }
    }
    return sum;
}

/* sum of w KL(p || m), m = sum of w p */
static info_i_part mixture_part(const void *rows, int64_t col, int64_t count, double *buffers)
{
    const mixture *mix = rows;
    double *deviation = buffers + 3 * INFO_I_BLOCK, *mean = deviation + INFO_I_BLOCK, *m = mean + INFO_I_BLOCK;
    memset(mean, 0, (size_t)count * sizeof *mean);
    memset(m, 0, (size_t)count * sizeof *m);
    for (int64_t k = 0; k < mix->count; k++) {
        deviation_of(mix, k, col, count, buffers, deviation);
        const double *p = row_of(mix, k, col, count, buffers);
        for (int64_t i = 0; i < count; i++) {
            m[i] += mix->weights[k] * p[i];
            mean[i] += mix->weights[k] * deviation[i];
        }
    }
    info_i_part part = {0};
    for (int64_t k = 0; k < mix->count; k++) {
        if (mix->weights[k] == 0)
            continue;
        deviation_of(mix, k, col, count, buffers, deviation);
        const double *p = row_of(mix, k, col, count, buffers);
        for (int64_t i = 0; i < count; i++)
            deviation[i] -= mean[i];
        info_i_part kl;
        mix->kernels->rows_f64->kl(p, m, deviation, count, &kl);
        part.flags |= kl.flags;
        part.sum[0] = info_i_dd_add(part.sum[0], info_i_dd_multiply_double(kl.sum[0], mix->weights[k]));
    }
    if (part.flags & INFO_I_PART_ROUGH)
        part.sum[0] = small_mixture_terms(mix, col, count, buffers);
    return part;
}

static info_status check_weights(info_i_error *error, const double *weights, int64_t count)
{
    double sum = 0;
    if (info_i_check_pointer(error, "weights", weights) != INFO_OK)
        return error->status;
    for (int64_t k = 0; k < count; k++) {
        if (!(weights[k] >= 0 && weights[k] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "weights: element %lld is %s; weights must be finite and not negative", (long long)k,
                               info_i_number_text(weights[k]).text);
        sum += weights[k];
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return info_i_fail(error, INFO_ERROR_SUM, "weights: they sum to %s; they must sum to 1 within 1e-06",
                           info_i_number_text(sum).text);
    return INFO_OK;
}

static info_status js_of_rows(info_ctx *ctx, const info_matrix *x, const double *weights,
                              const info_entropy_options *given, double *out)
{
    info_entropy_options o;
    info_i_input in;
    info_i_error *error = &ctx->error;
    info_i_entropy_open(ctx, x, given, &o, &in);
    info_i_check_option(error, "options.invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    info_i_check_pointer(error, "out", out);
    const info_i_span outputs[] = {{"out", out, sizeof *out}, {0}};
    info_i_check_spans(
        error, outputs,
        (info_i_span[]){info_i_matrix_span("x", x), info_i_array_span("weights", weights, x->rows, 8), {0}});
    if (error->status != INFO_OK || (weights && check_weights(error, weights, x->rows) != INFO_OK))
        return error->status;
    info_status status = INFO_OK;
    info_i_pair *pairs = info_i_scratch(ctx, x->rows, sizeof *pairs);
    double *w = info_i_scratch(ctx, x->rows, sizeof *w), *buffers = info_i_scratch(ctx, 1, INFO_I_BUFFER_BYTES);
    if (!pairs || !w || !buffers)
        return ctx->error.status;
    const info_i_work work = {ctx, ctx, &ctx->error, buffers};
    for (int64_t k = 0; k < x->rows && status == INFO_OK; k++) {
        w[k] = weights ? weights[k] : 1 / (double)x->rows;
        status = info_i_row_open(ctx, &in, k, buffers, &pairs[k].p, error);
        pairs[k].q = pairs[0].p;
        pairs[k].kernels = in.kernels;
        if (status == INFO_OK)
            status = info_i_pair_align(&work, &pairs[k]);
    }
    const mixture mix = {pairs, w, x->rows, in.kernels};
    info_i_part sums;
    if (status == INFO_OK)
        status = info_i_blocks(&work, x->cols, mixture_part, &mix, &sums);
    if (status == INFO_OK)
        *out = info_i_from_nats(info_i_dd_value(sums.sum[0]), o.unit);
    return status;
}

info_status info_js_many(info_ctx *ctx, const info_matrix *x, const double *weights,
                         const info_entropy_options *options, double *out)
{
    return INFO_I_CALL(ctx, js_of_rows(ctx, x, weights, options, out));
}

/* ---- f-divergences ------------------------------------------------------ */

typedef struct f_function {
    info_f_fn f;
    void *user;
    double slope_at_infinity;
} f_function;

/* sum q f(p/q), and slope p where q is 0 */
static info_status f_divergence_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *value)
{
    const f_function *function = r->divergence->user;
    const int64_t cols = r->p.input->matrix->cols;
    info_i_dd sum = {0, 0};
    double infinite = 0;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        const double *p = info_i_row_probabilities(&r->p, col, count, work->buffers);
        const double *q = info_i_row_probabilities(&r->q, col, count, work->buffers + INFO_I_BLOCK);
        for (int64_t i = 0; i < count; i++) {
            double term = 0;
            if (q[i] > 0)
                term = q[i] * function->f(function->user, p[i] / q[i]);
            else if (p[i] > 0)
                term = p[i] * function->slope_at_infinity;
            if (isnan(term))
                return info_i_fail(work->error, INFO_ERROR_OPTION, "f: gave nan for column %lld (p %s, q %s)",
                                   (long long)(col + i), info_i_number_text(p[i]).text, info_i_number_text(q[i]).text);
            if (isinf(term))
                infinite += term;
            else
                sum = info_i_dd_add_double(sum, term);
        }
    }
    *value = infinite != 0 ? infinite : info_i_dd_value(sum);
    return INFO_OK;
}

static info_status check_function(info_i_error *error, const info_i_divergence *divergence, const info_matrix *p)
{
    const f_function *function = divergence->user;
    return function->f ? error->status : info_i_fail(error, INFO_ERROR_NULL, "f: is NULL");
}

info_status info_f_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_f_fn f, void *user,
                              double slope_at_infinity, const info_divergence_options *options, double *out,
                              int64_t out_len)
{
    f_function function = {f, user, slope_at_infinity};
    const info_i_divergence divergence = {.solve = f_divergence_of,
                                          .user = &function,
                                          .given_name = "slope_at_infinity",
                                          .given = slope_at_infinity,
                                          .low = -INFINITY,
                                          .high = INFINITY,
                                          .check = check_function,
                                          .on_calling_thread = true};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &divergence);
}

/* ---- Wasserstein-1 ------------------------------------------------------ */

/* sum |P_i - Q_i| (x_(i+1) - x_i), with the cumulative sums P and Q */
static info_status wasserstein_of(const info_i_work *work, const info_i_pair *r, int64_t item, double *value)
{
    const double *positions = r->divergence->array;
    const int64_t cols = r->p.input->matrix->cols;
    info_i_dd moved = {0, 0}, sum = {0, 0};
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        const double *p = info_i_row_probabilities(&r->p, col, count, work->buffers);
        const double *q = info_i_row_probabilities(&r->q, col, count, work->buffers + INFO_I_BLOCK);
        for (int64_t i = 0; i < count && col + i < cols - 1; i++) {
            const int64_t at = col + i;
            const double step = positions ? positions[at + 1] - positions[at] : 1;
            moved = info_i_dd_add(moved, info_i_two_sum(p[i], -q[i]));
            sum = info_i_dd_add_double(sum, fabs(info_i_dd_value(moved)) * step);
        }
    }
    *value = info_i_dd_value(sum);
    return INFO_OK;
}

static info_status check_positions(info_i_error *error, const info_i_divergence *divergence, const info_matrix *p)
{
    const double *positions = divergence->array;
    if (!positions || info_i_check_pointer(error, "positions", positions) != INFO_OK)
        return error->status;
    for (int64_t i = 0; i < p->cols; i++)
        if (!isfinite(positions[i]) || (i > 0 && !(positions[i] >= positions[i - 1])) ||
            !isfinite(positions[i] - positions[0]))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "positions: element %lld is %s; they must be finite and ascend", (long long)i,
                               info_i_number_text(positions[i]).text);
    return INFO_OK;
}

info_status info_wasserstein(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const double *positions,
                             const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_i_divergence wasserstein = {
        .solve = wasserstein_of, .array_name = "positions", .array = positions, .check = check_positions};
    return info_i_divergence_call(ctx, p, q, options, out, out_len, &wasserstein);
}
