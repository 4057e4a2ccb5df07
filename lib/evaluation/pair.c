/* SPDX-License-Identifier: MIT
 * Pairs of models: batches and what they come to. */
#include <math.h>

#include "evaluation/batch.h"
#include "evaluation/kinds.h"
#include "evaluation/moments.h"
#include "lm/moments.h"

/* ---- Batches ------------------------------------------------------------ */

static info_status check_batch(info_i_error *error, const info_evaluation *s, const info_pair_batch *b)
{
    const struct {
        const char *name;
        const double *x;
        double least, greatest;
    } numbers[] = {{"batch.kl", b->kl, 0, INFINITY},
                   {"batch.kl_reverse", b->kl_reverse, 0, INFINITY},
                   {"batch.js", b->js, 0, INFINITY},
                   {"batch.tv", b->tv, 0, 1},
                   {"batch.top_probability", b->top_probability, 0, 1}};
    info_i_check_option(error, "batch.precision", b->precision, INFO_F64, INFO_BF16);
    info_i_check_batch_count(error, b->count);
    info_i_check_pointer(error, "batch.log_probability_p", b->log_probability_p);
    info_i_check_pointer(error, "batch.log_probability_q", b->log_probability_q);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        info_i_check_numbers(error, numbers[i].name, numbers[i].x, b->count, numbers[i].least, numbers[i].greatest);
    info_i_check_flags(error, "batch.same_top", b->same_top, b->count);
    info_i_check_flags(error, "batch.correct_p", b->correct_p, b->count);
    info_i_check_flags(error, "batch.correct_q", b->correct_q, b->count);
    info_i_check_labels(error, "batch.positions", b->positions);
    info_i_check_labels(error, "batch.documents", b->documents);
    info_i_check(error, s->positions == 0 || b->positions, INFO_ERROR_NULL,
                 "batch.positions: is NULL; the state has bins of position");
    return info_i_check(error, s->confidences == 0 || b->top_probability, INFO_ERROR_NULL,
                        "batch.top_probability: is NULL; the state has bins of confidence");
}

static void fill_flag(double *row, int column, const int32_t *flags, int64_t i)
{
    if (flags && flags[i] >= 0)
        row[column] = flags[i];
}

static void fill(double *row, const info_pair_batch *b, int64_t i)
{
    const double p = b->log_probability_p[i], q = b->log_probability_q[i];
    row[INFO_PAIR_NLL_P] = 0 - p;
    row[INFO_PAIR_NLL_Q] = 0 - q;
    row[INFO_PAIR_LOG_RATIO] = p - q;
    row[INFO_PAIR_DELTA_P] = fabs(q - p) < 1 ? exp(p) * expm1(q - p) : exp(q) - exp(p);
    row[INFO_PAIR_DELTA_P_SQUARE] = row[INFO_PAIR_DELTA_P] * row[INFO_PAIR_DELTA_P];
    if (b->kl)
        row[INFO_PAIR_KL] = b->kl[i];
    if (b->kl_reverse)
        row[INFO_PAIR_KL_REVERSE] = b->kl_reverse[i];
    if (b->js)
        row[INFO_PAIR_JS] = b->js[i];
    if (b->tv)
        row[INFO_PAIR_TV] = b->tv[i];
    fill_flag(row, INFO_PAIR_SAME_TOP, b->same_top, i);
    fill_flag(row, INFO_PAIR_CORRECT_P, b->correct_p, i);
    fill_flag(row, INFO_PAIR_CORRECT_Q, b->correct_q, i);
    if (b->correct_p && b->correct_q && b->correct_p[i] >= 0 && b->correct_q[i] >= 0) {
        row[INFO_PAIR_LOST] = b->correct_p[i] == 1 && b->correct_q[i] == 0;
        row[INFO_PAIR_WON] = b->correct_p[i] == 0 && b->correct_q[i] == 1;
        row[INFO_PAIR_CHANGE] = b->correct_q[i] - b->correct_p[i];
    }
}

static uint32_t given_of(const info_pair_batch *b)
{
    return info_i_given(INFO_PAIR_NLL_P, b->log_probability_p) | info_i_given(INFO_PAIR_NLL_Q, b->log_probability_q) |
           info_i_given(INFO_PAIR_DELTA_P, b->log_probability_p) | info_i_given(INFO_PAIR_KL, b->kl) |
           info_i_given(INFO_PAIR_KL_REVERSE, b->kl_reverse) | info_i_given(INFO_PAIR_JS, b->js) |
           info_i_given(INFO_PAIR_TV, b->tv) | info_i_given(INFO_PAIR_SAME_TOP, b->same_top) |
           info_i_given(INFO_PAIR_CORRECT_P, b->correct_p) | info_i_given(INFO_PAIR_CORRECT_Q, b->correct_q) |
           (b->documents ? INFO_I_GIVEN_DOCUMENTS : 0);
}

static info_status update(info_ctx *ctx, info_evaluation *state, const info_pair_batch *batch)
{
    info_pair_batch b;
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_PAIR);
    if (info_i_required(&ctx->error, info_pair_batch, "batch", &b, batch) != INFO_OK)
        return ctx->error.status;
    check_batch(&ctx->error, state, &b);
    if (info_i_check_batch(&ctx->error, state, given_of(&b)) != INFO_OK)
        return ctx->error.status;
    int64_t above_zero = 0;
    b.log_probability_p =
        info_i_scores(ctx, "batch.log_probability_p", b.log_probability_p, b.count, b.precision, &above_zero);
    if (b.log_probability_p)
        b.log_probability_q =
            info_i_scores(ctx, "batch.log_probability_q", b.log_probability_q, b.count, b.precision, &above_zero);
    double *rows = ctx->error.status == INFO_OK ? info_i_batch_rows(ctx, b.count, state->columns) : NULL;
    if (!rows)
        return ctx->error.status;
    for (int64_t i = 0; i < b.count; i++)
        fill(rows + i * state->columns, &b, i);
    info_i_batch_skip(rows, b.count, state->columns, given_of(&b));
    return info_i_add_rows(ctx, state,
                           &(info_i_rows){b.count, rows, b.documents, b.positions, b.top_probability, above_zero},
                           given_of(&b));
}

info_status info_evaluation_update_pair(info_ctx *ctx, info_evaluation *state, const info_pair_batch *batch)
{
    return INFO_I_CALL(ctx, update(ctx, state, batch));
}

/* ---- Results ------------------------------------------------------------ */

/* Correlation of the two models' likelihoods: cov / (se_p se_q); 0 if one has no spread. */
static double correlation(const info_evaluation *s)
{
    const info_i_column *p = &s->total[INFO_PAIR_NLL_P], *q = &s->total[INFO_PAIR_NLL_Q];
    if (!info_i_exact_finite(&p->sum) || !info_i_exact_finite(&q->sum) || p->count < 2)
        return 0;
    info_i_wide pp, qq, pq;
    info_i_exact_covariance(&pp, &p->squares, &p->sum, &p->sum, p->count);
    info_i_exact_covariance(&qq, &q->squares, &q->sum, &q->sum, p->count);
    info_i_exact_covariance(&pq, &s->extra[INFO_I_NLL_PRODUCTS], &p->sum, &q->sum, p->count);
    if (pp.sign == 0 || qq.sign == 0)
        return 0;
    return info_i_wide_quotient(&pq, &pp) * info_i_wide_root(&pp, &qq);
}

/* Error of perplexity_q - perplexity_p: that of the mean of Q q_i - P p_i, its variance without rounding. */
static double difference_error(const info_evaluation *s, double p_factor, double q_factor)
{
    const info_i_column *p = &s->total[INFO_PAIR_NLL_P], *q = &s->total[INFO_PAIR_NLL_Q];
    if (!isfinite(p_factor) || !isfinite(q_factor))
        return INFINITY;
    if (p->count < 2)
        return 0;
    info_i_wide v, a, b, factor_p, factor_q, sum, below;
    info_i_wide_from_double(&factor_p, p_factor);
    info_i_wide_from_double(&factor_q, q_factor);
    info_i_exact_covariance(&v, &q->squares, &q->sum, &q->sum, p->count);
    info_i_wide_multiply(&a, &v, &factor_q);
    info_i_wide_multiply(&sum, &a, &factor_q);
    info_i_exact_covariance(&v, &p->squares, &p->sum, &p->sum, p->count);
    info_i_wide_multiply(&a, &v, &factor_p);
    info_i_wide_multiply(&b, &a, &factor_p);
    info_i_wide_add(&a, &sum, &b);
    info_i_exact_covariance(&v, &s->extra[INFO_I_NLL_PRODUCTS], &p->sum, &q->sum, p->count);
    info_i_wide_multiply(&b, &v, &factor_p);
    info_i_wide_multiply(&v, &b, &factor_q);
    info_i_wide_subtract(&sum, &a, &v);
    info_i_wide_subtract(&a, &sum, &v);
    const double n = (double)p->count;
    info_i_wide_from_double(&below, n);
    info_i_wide_from_double(&v, n);
    info_i_wide_multiply(&b, &below, &v);
    info_i_wide_from_double(&v, n - 1);
    info_i_wide_multiply(&below, &b, &v);
    return info_i_wide_root(&a, &below);
}

static void summarize_nll(const info_evaluation *s, const info_i_all_documents *all, info_pair_evaluation *out)
{
    info_pair_summary *r = &out->summary;
    const info_i_column *p = &s->total[INFO_PAIR_NLL_P], *q = &s->total[INFO_PAIR_NLL_Q];
    const info_evaluation_mean mp = info_i_column_mean(s, all, INFO_PAIR_NLL_P),
                               mq = info_i_column_mean(s, all, INFO_PAIR_NLL_Q),
                               ratio = info_i_column_mean(s, all, INFO_PAIR_LOG_RATIO);
    info_i_exact_sum difference = q->sum;
    info_i_exact_subtract(&difference, &p->sum);
    const bool finite = info_i_exact_finite(&difference);
    r->nll_p = mp.mean;
    r->nll_p_error = mp.error;
    r->nll_q = mq.mean;
    r->nll_q_error = mq.error;
    r->perplexity_p = exp(mp.mean);
    r->perplexity_p_error = r->perplexity_p * mp.error;
    r->perplexity_q = exp(mq.mean);
    r->perplexity_q_error = r->perplexity_q * mq.error;
    r->correlation = correlation(s);
    r->log_ratio = info_i_exact_mean(&difference, p->count);
    r->log_ratio_error = finite ? ratio.error : INFINITY;
    r->log_ratio_clustered_error = finite ? ratio.clustered_error : INFINITY;
    r->ratio = exp(r->log_ratio);
    r->ratio_error = r->ratio * r->log_ratio_error;
    r->difference = r->perplexity_p * expm1(r->log_ratio);
    if (!isfinite(r->difference))
        r->difference = r->perplexity_q - r->perplexity_p;
    r->difference_error = finite ? difference_error(s, r->perplexity_p, r->perplexity_q) : INFINITY;
    out->macro_log_ratio = ratio.macro_mean;
    out->macro_log_ratio_error = ratio.macro_error;
}

/* Means and errors of the measures, as the report has them. */
static void summarize_columns(const info_evaluation *s, const info_i_all_documents *all, info_pair_evaluation *out)
{
    info_pair_summary *r = &out->summary;
    const info_i_column *same = &s->total[INFO_PAIR_SAME_TOP];
    const info_evaluation_mean delta = info_i_column_mean(s, all, INFO_PAIR_DELTA_P),
                               square = info_i_column_mean(s, all, INFO_PAIR_DELTA_P_SQUARE);
    r->delta_p = delta.mean;
    r->delta_p_error = delta.error;
    r->delta_p_rms = sqrt(square.mean);
    r->delta_p_rms_error = r->delta_p_rms > 0 ? 0.5 / r->delta_p_rms * square.error : 0;
    out->kl = info_i_column_mean(s, all, INFO_PAIR_KL);
    out->kl_reverse = info_i_column_mean(s, all, INFO_PAIR_KL_REVERSE);
    out->js = info_i_column_mean(s, all, INFO_PAIR_JS);
    out->tv = info_i_column_mean(s, all, INFO_PAIR_TV);
    out->same_top = info_i_column_mean(s, all, INFO_PAIR_SAME_TOP);
    out->accuracy_p = info_i_column_mean(s, all, INFO_PAIR_CORRECT_P);
    out->accuracy_q = info_i_column_mean(s, all, INFO_PAIR_CORRECT_Q);
    r->kl = out->kl.mean;
    r->kl_error = out->kl.error;
    r->same_top = out->same_top.mean;
    const double n = (double)same->count;
    r->same_top_error = same->count > 1 ? sqrt(r->same_top * (1 - r->same_top) / (n - 1)) : 0;
    out->changed = same->count - (int64_t)info_i_exact_value(&same->sum);
    out->lost = (int64_t)info_i_exact_value(&s->total[INFO_PAIR_LOST].sum);
    out->won = (int64_t)info_i_exact_value(&s->total[INFO_PAIR_WON].sum);
}

static info_status evaluate(info_ctx *ctx, const info_evaluation *state, info_pair_evaluation *out)
{
    info_i_all_documents all;
    info_i_check_state(&ctx->error, state, INFO_EVALUATION_PAIR);
    if (info_i_check_pointer(&ctx->error, "out", out) != INFO_OK)
        return ctx->error.status;
    if (!info_i_documents_all(ctx, state, &all))
        return ctx->error.status;
    info_pair_evaluation r = {.summary = {.tokens = state->tokens,
                                          .skipped = state->skipped,
                                          .above_zero = state->above_zero,
                                          .perplexity_p = 1,
                                          .perplexity_q = 1,
                                          .ratio = 1},
                              .documents = all.documents};
    if (state->tokens > 0) {
        summarize_nll(state, &all, &r);
        summarize_columns(state, &all, &r);
        r.accuracy_change = info_i_column_mean(state, &all, INFO_PAIR_CHANGE);
    }
    if (!info_i_report_percentiles(ctx, state, INFO_PAIR_DELTA_P, r.summary.delta_p_percentiles) ||
        !info_i_report_percentiles(ctx, state, INFO_PAIR_KL, r.summary.kl_percentiles) ||
        !info_i_report_percentiles(ctx, state, INFO_PAIR_KL_REVERSE, r.kl_reverse_percentiles))
        return ctx->error.status;
    *out = r;
    return INFO_OK;
}

info_status info_evaluation_pair(info_ctx *ctx, const info_evaluation *state, info_pair_evaluation *out)
{
    return INFO_I_CALL(ctx, evaluate(ctx, state, out));
}
