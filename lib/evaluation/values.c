/* SPDX-License-Identifier: MIT
 * Columns of any numbers, and the effective ranks of sentences. */
#include <math.h>

#include "evaluation/batch.h"
#include "evaluation/moments.h"
#include "numeric/convert.h"

/* ---- Values ------------------------------------------------------------- */

static info_status check_values(info_i_error *error, const info_evaluation *s, const info_matrix *values,
                                const int64_t *documents, int64_t documents_len)
{
    info_i_check_matrix(error, "values", values);
    info_i_check(error, values->cols == s->columns, INFO_ERROR_SIZE, "values: has %lld columns; the state has %lld",
                 (long long)values->cols, (long long)s->columns);
    info_i_check_labels(error, "documents", documents);
    info_i_check(error, documents || documents_len == 0, INFO_ERROR_NULL, "documents: is NULL; it has %lld elements",
                 (long long)documents_len);
    return info_i_check(error, !documents || documents_len == values->rows, INFO_ERROR_SIZE,
                        "documents: has %lld elements; values has %lld rows", (long long)documents_len,
                        (long long)values->rows);
}

static info_status update_values(info_ctx *ctx, info_evaluation *state, const info_matrix *values,
                                 const int64_t *documents, int64_t documents_len)
{
    const uint32_t given = documents ? INFO_I_GIVEN_DOCUMENTS : 0;
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_VALUES);
    check_values(&ctx->error, state, values, documents, documents_len);
    if (info_i_check_batch(&ctx->error, state, given) != INFO_OK)
        return ctx->error.status;
    double *rows = info_i_batch_rows(ctx, values->rows, state->columns);
    if (!rows)
        return ctx->error.status;
    for (int64_t i = 0; i < values->rows; i++)
        for (int64_t k = 0; k < state->columns; k++)
            rows[i * state->columns + k] = info_i_get(values, i, k);
    return info_i_add_rows(ctx, state, &(info_i_rows){.count = values->rows, .x = rows, .documents = documents}, given);
}

info_status info_evaluation_update_values(info_ctx *ctx, info_evaluation *state, const info_matrix *values,
                                          const int64_t *documents, int64_t documents_len)
{
    return INFO_I_CALL(ctx, update_values(ctx, state, values, documents, documents_len));
}

/* ---- Ranks -------------------------------------------------------------- */

static info_status check_entropies(info_i_error *error, const char *name, const double *h, int64_t count, int64_t width)
{
    const double most = log((double)width) * (1 + 1e-9);
    info_i_check_pointer(error, name, h);
    for (int64_t i = 0; i < count && error->status == INFO_OK; i++)
        info_i_check(error, !(h[i] < 0 || h[i] > most), INFO_ERROR_DOMAIN, "%s: %s at %lld; 0 to log(%lld) are allowed",
                     name, info_i_number_text(h[i]).text, (long long)i, (long long)width);
    return error->status;
}

static info_status update_ranks(info_ctx *ctx, info_evaluation *state, const double *entropy, const double *untrained,
                                int64_t count)
{
    info_i_error *error = &ctx->error;
    const uint32_t given = untrained ? 3 : 1;
    int64_t bytes;
    info_i_check_state(error, state, INFO_EVALUATION_RANKS);
    info_i_check_pointer(error, "entropy", entropy);
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "count: %lld; at least 1 is needed", (long long)count);
    info_i_check(error, info_i_multiply(count, 8 * (int64_t)sizeof(double), &bytes), INFO_ERROR_OVERFLOW,
                 "count: %lld is more than can be addressed", (long long)count);
    if (error->status != INFO_OK)
        return error->status;
    check_entropies(error, "entropy", entropy, count, state->width);
    if (untrained)
        check_entropies(error, "untrained", untrained, count, state->width);
    if (info_i_check_batch(error, state, given) != INFO_OK)
        return error->status;
    double *rows = info_i_batch_rows(ctx, count, state->columns);
    if (!rows)
        return error->status;
    for (int64_t i = 0; i < count; i++) {
        double *row = rows + i * state->columns;
        if (isnan(entropy[i]) || (untrained && isnan(untrained[i])))
            continue;
        row[INFO_RANKS_ENTROPY] = entropy[i];
        row[INFO_RANKS_RANK] = exp(entropy[i]);
        if (!untrained)
            continue;
        row[INFO_RANKS_UNTRAINED_ENTROPY] = untrained[i];
        row[INFO_RANKS_UNTRAINED_RANK] = exp(untrained[i]);
        row[INFO_RANKS_ENTROPY_DIFFERENCE] = untrained[i] - entropy[i];
        row[INFO_RANKS_RANK_DIFFERENCE] = row[INFO_RANKS_UNTRAINED_RANK] - row[INFO_RANKS_RANK];
    }
    return info_i_add_rows(ctx, state, &(info_i_rows){.count = count, .x = rows}, given);
}

info_status info_evaluation_update_ranks(info_ctx *ctx, info_evaluation *state, const double *entropy,
                                         const double *untrained, int64_t count)
{
    return INFO_I_CALL(ctx, update_ranks(ctx, state, entropy, untrained, count));
}

static info_rank_forms forms(const info_evaluation *s, int64_t entropy, int64_t rank)
{
    const info_i_column *h = &s->total[entropy], *e = &s->total[rank];
    const double d = (double)s->width;
    info_rank_forms f = {0};
    if (h->count == 0)
        return f;
    f.mean_entropy = info_i_exact_mean(&h->sum, h->count);
    f.mean_entropy_error = info_i_exact_error(&h->sum, &h->squares, h->count);
    f.rank_of_mean = exp(f.mean_entropy);
    f.mean_rank = info_i_exact_mean(&e->sum, e->count);
    f.mean_rank_error = info_i_exact_error(&e->sum, &e->squares, e->count);
    f.normalized_entropy = s->width > 1 ? f.mean_entropy / log(d) : 0;
    f.normalized_rank_of_mean = f.rank_of_mean / d;
    f.normalized_mean_rank = f.mean_rank / d;
    return f;
}

/* exp(U) - exp(M) of the mean entropies: to first order its error is that of the mean of
 * exp(U) u_i - exp(M) m_i, whose variance comes from the sums of m, u and u - m. */
static double form_a_error(const info_evaluation *s, double untrained, double model)
{
    const info_i_column *m = &s->total[INFO_RANKS_ENTROPY], *u = &s->total[INFO_RANKS_UNTRAINED_ENTROPY],
                        *d = &s->total[INFO_RANKS_ENTROPY_DIFFERENCE];
    const double em = info_i_exact_error(&m->sum, &m->squares, m->count),
                 eu = info_i_exact_error(&u->sum, &u->squares, u->count),
                 ed = info_i_exact_error(&d->sum, &d->squares, d->count);
    /* a^2 U + b^2 M - a b (U + M - D) = (a - b)(a U - b M) + a b D */
    const double a = untrained, b = model;
    const double variance = (a - b) * (a * eu * eu - b * em * em) + a * b * ed * ed;
    return variance > 0 ? sqrt(variance) : 0;
}

static info_status ranks(info_ctx *ctx, const info_evaluation *state, info_rank_evaluation *out)
{
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_RANKS);
    if (info_i_check_pointer(&ctx->error, "out", out) != INFO_OK)
        return ctx->error.status;
    info_rank_evaluation r = {.sentences = state->tokens, .skipped = state->skipped};
    r.model = forms(state, INFO_RANKS_ENTROPY, INFO_RANKS_RANK);
    r.untrained = forms(state, INFO_RANKS_UNTRAINED_ENTROPY, INFO_RANKS_UNTRAINED_RANK);
    const info_i_column *h = &state->total[INFO_RANKS_ENTROPY_DIFFERENCE],
                        *e = &state->total[INFO_RANKS_RANK_DIFFERENCE];
    if (h->count > 0) {
        const double d = (double)state->width, mean = info_i_exact_mean(&h->sum, h->count);
        r.diff_erank = r.model.rank_of_mean * expm1(mean);
        r.diff_erank_error = form_a_error(state, r.untrained.rank_of_mean, r.model.rank_of_mean);
        r.diff_erank_of_means = info_i_exact_mean(&e->sum, e->count);
        r.diff_erank_of_means_error = info_i_exact_error(&e->sum, &e->squares, e->count);
        r.diff_normalized_entropy = state->width > 1 ? mean / log(d) : 0;
        r.diff_normalized_entropy_error =
            state->width > 1 ? info_i_exact_error(&h->sum, &h->squares, h->count) / log(d) : 0;
        r.diff_normalized_rank_of_mean = r.diff_erank / d;
        r.diff_normalized_mean_rank = r.diff_erank_of_means / d;
    }
    *out = r;
    return INFO_OK;
}

info_status info_evaluation_ranks(info_ctx *ctx, const info_evaluation *state, info_rank_evaluation *out)
{
    return INFO_I_CALL(ctx, ranks(ctx, state, out));
}
