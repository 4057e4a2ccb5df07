/* SPDX-License-Identifier: MIT
 * KL from drawn tokens: from the sampling model itself, and from an older policy by importance weights. */
#include <math.h>

#include "evaluation/batch.h"
#include "evaluation/kinds.h"
#include "evaluation/moments.h"
#include "lm/divergence.h"
#include "lm/moments.h"

/* ---- Batches ------------------------------------------------------------ */

/* What drew the tokens gave each of them a probability. */
static info_status check_drawn(info_i_error *error, const char *name, const double *log_p, int64_t count)
{
    for (int64_t i = 0; i < count && error->status == INFO_OK; i++)
        info_i_check(error, log_p[i] != -INFINITY, INFO_ERROR_DOMAIN,
                     "batch.%s: -inf at %lld; a drawn token has a probability", name, (long long)i);
    return error->status;
}

static info_status check_batch(info_i_error *error, const info_evaluation *s, const info_sample_batch *b)
{
    const bool off_policy = s->kind == INFO_EVALUATION_OFF_POLICY;
    info_i_check_option(error, "batch.precision", b->precision, INFO_F64, INFO_BF16);
    info_i_check_batch_count(error, b->count);
    info_i_check_pointer(error, "batch.log_p", b->log_p);
    info_i_check_pointer(error, "batch.log_q", b->log_q);
    if (off_policy)
        info_i_check_pointer(error, "batch.log_old", b->log_old);
    info_i_check(error, off_policy || !b->log_old, INFO_ERROR_OPTION,
                 "batch.log_old: this state is of sampled KL, and has none");
    info_i_check_labels(error, "batch.documents", b->documents);
    return off_policy ? check_drawn(error, "log_old", b->log_old, b->count)
                      : check_drawn(error, "log_p", b->log_p, b->count);
}

/* k1, k2, k3 of r = log q - log p */
static void estimate(double log_p, double log_q, double *k)
{
    const double r = log_p == log_q ? 0 : log_q - log_p;
    k[0] = 0 - r;
    k[1] = r * r / 2;
    k[2] = r == -INFINITY ? INFINITY : info_i_psi(-r);
}

static void fill_off_policy(const info_evaluation *s, double *row, double log_p, double log_q, double log_old)
{
    const double w = exp(log_p - log_old);
    const bool hit = s->cap > 0 && w > s->cap;
    const double capped = !hit ? w : s->cap_rule == INFO_WEIGHT_MASK ? 0 : s->cap;
    row[INFO_OFF_POLICY_LOG_WEIGHT] = log_p - log_old;
    row[INFO_OFF_POLICY_WEIGHT] = w;
    row[INFO_OFF_POLICY_CAPPED] = capped;
    row[INFO_OFF_POLICY_HIT] = hit;
    estimate(log_p, log_q, row + INFO_OFF_POLICY_PLAIN_K1);
    for (int k = 0; k < 3; k++)
        row[INFO_OFF_POLICY_K1 + k] = capped == 0 ? 0 : capped * row[INFO_OFF_POLICY_PLAIN_K1 + k];
}

static info_status update(info_ctx *ctx, info_evaluation *state, const info_sample_batch *batch)
{
    info_sample_batch b;
    if (!state || state->kind != INFO_EVALUATION_OFF_POLICY)
        info_i_check_state(&ctx->error, state, INFO_EVALUATION_SAMPLED_KL);
    if (info_i_required(&ctx->error, info_sample_batch, "batch", &b, batch) != INFO_OK)
        return ctx->error.status;
    const uint32_t given = ((uint32_t)1 << info_i_rules_of(INFO_EVALUATION_SAMPLED_KL)->columns) - 1;
    const uint32_t all = b.documents ? given | INFO_I_GIVEN_DOCUMENTS : given;
    check_batch(&ctx->error, state, &b);
    if (info_i_check_batch(&ctx->error, state, all) != INFO_OK)
        return ctx->error.status;
    int64_t above_zero = 0;
    b.log_p = info_i_scores(ctx, "batch.log_p", b.log_p, b.count, b.precision, &above_zero);
    if (b.log_p)
        b.log_q = info_i_scores(ctx, "batch.log_q", b.log_q, b.count, b.precision, &above_zero);
    if (b.log_old && ctx->error.status == INFO_OK)
        b.log_old = info_i_scores(ctx, "batch.log_old", b.log_old, b.count, b.precision, &above_zero);
    double *rows = ctx->error.status == INFO_OK ? info_i_batch_rows(ctx, b.count, state->columns) : NULL;
    if (!rows)
        return ctx->error.status;
    for (int64_t i = 0; i < b.count; i++) {
        double *row = rows + i * state->columns;
        if (isnan(b.log_p[i]) || isnan(b.log_q[i]) || (b.log_old && isnan(b.log_old[i])))
            continue;
        if (b.log_old)
            fill_off_policy(state, row, b.log_p[i], b.log_q[i], b.log_old[i]);
        else
            estimate(b.log_p[i], b.log_q[i], row);
    }
    return info_i_add_rows(
        ctx, state, &(info_i_rows){.count = b.count, .x = rows, .documents = b.documents, .above_zero = above_zero},
        all);
}

info_status info_evaluation_update_samples(info_ctx *ctx, info_evaluation *state, const info_sample_batch *batch)
{
    return INFO_I_CALL(ctx, update(ctx, state, batch));
}

/* ---- Results ------------------------------------------------------------ */

/* Mean over tokens, and over the sums of sequences. */
static info_sampled_mean sampled_mean(const info_evaluation *s, const info_i_all_documents *all, int64_t column)
{
    const info_i_column *c = &s->total[column];
    const info_i_exact_sum *squares = all->given ? &all->column[column].ss : &c->squares;
    const info_evaluation_mean tokens = info_i_column_mean(s, all, column);
    return (info_sampled_mean){.token_mean = tokens.mean,
                               .token_error = all->given ? tokens.clustered_error : tokens.error,
                               .sequence_mean = info_i_exact_mean(&c->sum, all->documents),
                               .sequence_error =
                                   c->count > 0 ? info_i_exact_error(&c->sum, squares, all->documents) : 0};
}

static info_status open_result(info_ctx *ctx, const info_evaluation *state, info_evaluation_kind kind, const void *out,
                               info_i_all_documents *all)
{
    info_status status = info_i_check_state(&ctx->error, state, kind);
    if (status == INFO_OK)
        status = info_i_check_place(&ctx->error, "out", out, _Alignof(double));
    if (status == INFO_OK && !info_i_documents_all(ctx, state, all))
        status = ctx->error.status;
    return status;
}

static info_status sampled_kl(info_ctx *ctx, const info_evaluation *state, info_sampled_kl_result *out)
{
    info_i_all_documents all;
    const info_status status = open_result(ctx, state, INFO_EVALUATION_SAMPLED_KL, out, &all);
    if (status != INFO_OK)
        return status;
    *out = (info_sampled_kl_result){.tokens = state->tokens,
                                    .skipped = state->skipped,
                                    .above_zero = state->above_zero,
                                    .sequences = all.documents,
                                    .k1 = sampled_mean(state, &all, INFO_SAMPLED_K1),
                                    .k2 = sampled_mean(state, &all, INFO_SAMPLED_K2),
                                    .k3 = sampled_mean(state, &all, INFO_SAMPLED_K3)};
    return INFO_OK;
}

info_status info_evaluation_sampled_kl(info_ctx *ctx, const info_evaluation *state, info_sampled_kl_result *out)
{
    return INFO_I_CALL(ctx, sampled_kl(ctx, state, out));
}

/* (sum w)^2 / sum w^2; 0 if no weight is above 0. */
static double effective_sample_size(const info_i_exact_sum *weight, const info_i_exact_sum *squares)
{
    if (!info_i_exact_finite(weight) || !info_i_exact_finite(squares) || !(info_i_exact_value(squares) > 0))
        return 0;
    info_i_wide w, above, below;
    info_i_wide_from_sum(&w, weight);
    info_i_wide_multiply(&above, &w, &w);
    info_i_wide_from_sum(&below, squares);
    return info_i_wide_quotient(&above, &below);
}

/* mean w^2 - 1 */
static double chi_square(const info_i_exact_sum *squares, int64_t n)
{
    info_i_exact_sum above = *squares, ones = {0};
    info_i_exact_add_integer(&ones, n);
    info_i_exact_subtract(&above, &ones);
    return info_i_exact_mean(&above, n);
}

static void off_policy_tokens(const info_evaluation *s, info_off_policy_evaluation *r)
{
    const info_i_column *w = &s->total[INFO_OFF_POLICY_WEIGHT], *capped = &s->total[INFO_OFF_POLICY_CAPPED],
                        *log_w = &s->total[INFO_OFF_POLICY_LOG_WEIGHT];
    r->mean_weight = info_i_exact_mean(&w->sum, w->count);
    r->mean_weight_error = info_i_exact_error(&w->sum, &w->squares, w->count);
    r->capped_fraction = info_i_exact_mean(&s->total[INFO_OFF_POLICY_HIT].sum, w->count);
    r->effective_sample_size = effective_sample_size(&capped->sum, &capped->squares);
    r->chi_square = chi_square(&w->squares, w->count);
    r->perplexity_ratio = exp(0 - info_i_exact_mean(&log_w->sum, log_w->count));
    if (s->histogram) {
        const info_i_histogram *h = &s->histogram[INFO_OFF_POLICY_LOG_WEIGHT];
        r->largest_log_weight = fmax(fabs(h->least), fabs(h->greatest));
    }
}

static void off_policy_sequences(const info_i_exact_sum *extra, int64_t n, info_off_policy_evaluation *r)
{
    const info_i_exact_sum *w = &extra[INFO_I_SEQUENCE_WEIGHT], *capped = &extra[INFO_I_SEQUENCE_CAPPED];
    info_sampled_mean *const k[] = {&r->k1, &r->k2, &r->k3};
    for (int i = 0; i < 3; i++) {
        const info_i_exact_sum *sum = &extra[INFO_I_SEQUENCE_K + 2 * i];
        k[i]->sequence_mean = info_i_exact_mean(sum, n);
        k[i]->sequence_error = info_i_exact_error(sum, sum + 1, n);
    }
    r->sequence_mean_weight = info_i_exact_mean(w, n);
    r->sequence_mean_weight_error = info_i_exact_error(w, w + 1, n);
    r->sequence_capped_fraction = info_i_exact_mean(&extra[INFO_I_SEQUENCE_HITS], n);
    r->sequence_effective_sample_size = effective_sample_size(capped, capped + 1);
    r->sequence_chi_square = chi_square(w + 1, n);
}

static info_status off_policy(info_ctx *ctx, const info_evaluation *state, info_off_policy_evaluation *out)
{
    info_i_all_documents all;
    const info_status status = open_result(ctx, state, INFO_EVALUATION_OFF_POLICY, out, &all);
    if (status != INFO_OK)
        return status;
    info_off_policy_evaluation r = {.tokens = state->tokens,
                                    .skipped = state->skipped,
                                    .above_zero = state->above_zero,
                                    .sequences = all.documents,
                                    .k1 = sampled_mean(state, &all, INFO_OFF_POLICY_K1),
                                    .k2 = sampled_mean(state, &all, INFO_OFF_POLICY_K2),
                                    .k3 = sampled_mean(state, &all, INFO_OFF_POLICY_K3)};
    if (state->tokens > 0) {
        off_policy_tokens(state, &r);
        off_policy_sequences(all.extra, all.documents, &r);
    }
    *out = r;
    return INFO_OK;
}

info_status info_evaluation_off_policy(info_ctx *ctx, const info_evaluation *state, info_off_policy_evaluation *out)
{
    return INFO_I_CALL(ctx, off_policy(ctx, state, out));
}
