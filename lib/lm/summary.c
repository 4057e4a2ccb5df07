/* SPDX-License-Identifier: MIT
 * What scored tokens amount to. */
#include <math.h>

#include "lm/divergence.h"
#include "lm/logits.h"
#include "lm/moments.h"
#include "numeric/sort.h"
#include "numeric/total.h"

static const double LOG_2 = 0x1.62e42fefa39efp-1;

static info_status check_scores(info_i_error *error, const char *name, const double *values, int64_t count)
{
    int64_t bytes;
    info_i_check_pointer(error, name, values);
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "count: %lld; at least 1 is needed", (long long)count);
    info_i_check(error, info_i_multiply(count, (int64_t)sizeof *values, &bytes), INFO_ERROR_OVERFLOW,
                 "count: %lld is more than can be addressed", (long long)count);
    for (int64_t i = 0; error->status == INFO_OK && i < count; i++)
        info_i_check(error, !(values[i] > 0), INFO_ERROR_DOMAIN, "%s: %s at %lld; a log-probability is at most 0", name,
                     info_i_number_text(values[i]).text, (long long)i);
    return error->status;
}

/* The result is apart from the scores, arrays of count elements, and from those of the options. */
static info_status check_result(info_i_error *error, const void *result, size_t size, int64_t count,
                                const info_score_options *o, const info_i_span *scores)
{
    const info_i_span results[] = {{"result", result, (int64_t)size}, {0}};
    const info_i_span arrays[] = {info_i_array_span("options.units", o->units, count, 8),
                                  info_i_array_span("options.clusters", o->clusters, count, 8),
                                  {0}};
    info_i_check_spans(error, results, arrays);
    return info_i_check_spans(error, results, scores);
}

/* ---- One model -------------------------------------------------------------------- */

static info_status summarize(info_ctx *ctx, const double *log_p, int64_t count, const info_score_options *options,
                             info_likelihood_result *result)
{
    info_i_error *error = &ctx->error;
    info_score_options o;
    info_i_check_pointer(error, "result", result);
    check_scores(error, "log_probabilities", log_p, count);
    info_i_score_options(error, &o, options, count);
    const info_i_span scores[] = {info_i_array_span("log_probabilities", log_p, count, 8), {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, count, &o, scores) != INFO_OK)
        return error->status;
    const info_i_mean m = info_i_mean_of(log_p, count);
    info_i_total units = {0};
    for (int64_t i = 0; i < count; i++)
        if (!isnan(log_p[i]))
            info_i_total_add(&units, o.units ? o.units[i] : 1);
    info_likelihood_result r = {.tokens = m.count, .skipped = count - m.count, .units = info_i_total_value(&units)};
    r.mean_nll = 0 - m.mean;
    r.total_nll = m.count > 0 ? r.mean_nll * (double)m.count : 0;
    r.standard_error = m.error;
    r.clustered_error = info_i_ratio_error(log_p, NULL, count, o.clusters, &r.clusters);
    r.perplexity = exp(r.mean_nll);
    if (r.units > 0) {
        r.bits_per_unit = r.total_nll / r.units / LOG_2;
        r.bits_per_unit_error = info_i_ratio_error(log_p, o.units, count, o.clusters, &r.clusters) / LOG_2;
    }
    r.unit_perplexity = r.units > 0 ? exp(r.total_nll / r.units) : 1;
    *result = r;
    return INFO_OK;
}

info_status info_likelihood_summarize(info_ctx *ctx, const double *log_probabilities, int64_t count,
                                      const info_score_options *options, info_likelihood_result *result)
{
    return INFO_I_CALL(ctx, summarize(ctx, log_probabilities, count, options, result));
}

/* ---- Two models ------------------------------------------------------------------- */

static const double levels[INFO_PERCENTILES] = {0, .001, .01, .05, .1, .25, .5, .75, .9, .95, .99, .999, 1};

static void percentiles(double *values, int64_t count, double *out)
{
    info_i_sort(values, count);
    for (int i = 0; i < INFO_PERCENTILES; i++)
        out[i] = info_i_percentile(values, count, levels[i]);
}

/* Indices of the tokens that count, in index; their number. */
static int64_t complete(const info_pair_scores *s, int64_t *index)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (!isnan(s->log_probability_p[i]) && !isnan(s->log_probability_q[i]) && !(s->kl && isnan(s->kl[i])) &&
            !(s->same_top && s->same_top[i] < 0))
            index[n++] = i;
    return n;
}

static void summarize_nll(const info_pair_scores *s, const int64_t *clusters, const int64_t *index, int64_t n,
                          double *work, info_pair_summary *r)
{
    for (int64_t k = 0; k < n; k++)
        work[k] = 0 - s->log_probability_p[index[k]];
    const info_i_mean p = info_i_mean_of(work, n);
    for (int64_t k = 0; k < n; k++)
        work[k] = 0 - s->log_probability_q[index[k]];
    const info_i_mean q = info_i_mean_of(work, n);
    info_i_total products = {0};
    const bool finite = isfinite(p.mean) && isfinite(q.mean);
    for (int64_t k = 0; k < n && finite; k++)
        info_i_total_add(&products, (0 - s->log_probability_p[index[k]] - p.mean) * (work[k] - q.mean));
    const double covariance = n > 1 ? info_i_total_value(&products) / ((double)n * (double)(n - 1)) : 0;

    r->nll_p = p.mean;
    r->nll_p_error = p.error;
    r->nll_q = q.mean;
    r->nll_q_error = q.error;
    r->perplexity_p = exp(p.mean);
    r->perplexity_p_error = r->perplexity_p * p.error;
    r->perplexity_q = exp(q.mean);
    r->perplexity_q_error = r->perplexity_q * q.error;
    r->correlation = p.error > 0 && q.error > 0 && finite ? covariance / (p.error * q.error) : 0;

    /* Token by token: the variance of the difference without the cancellation of three sums. */
    for (int64_t i = 0; i < s->count; i++)
        work[i] = NAN;
    for (int64_t k = 0; k < n; k++)
        work[index[k]] = s->log_probability_p[index[k]] - s->log_probability_q[index[k]];
    int64_t found;
    r->log_ratio = q.mean - p.mean;
    r->log_ratio_error = finite ? info_i_mean_of(work, s->count).error : INFINITY;
    r->log_ratio_clustered_error = finite ? info_i_ratio_error(work, NULL, s->count, clusters, &found) : INFINITY;
    r->ratio = exp(r->log_ratio);
    r->ratio_error = r->ratio * r->log_ratio_error;
    r->difference = r->perplexity_q - r->perplexity_p;
    const double a = r->perplexity_q_error, b = r->perplexity_p_error;
    const double variance = a * a + b * b - 2 * r->perplexity_p * r->perplexity_q * covariance;
    r->difference_error = !finite ? INFINITY : variance > 0 ? sqrt(variance) : 0;
}

static void summarize_delta(const info_pair_scores *s, const int64_t *index, int64_t n, double *work,
                            info_pair_summary *r)
{
    for (int64_t k = 0; k < n; k++) {
        const double p = s->log_probability_p[index[k]], q = s->log_probability_q[index[k]];
        work[k] = fabs(q - p) < 1 ? exp(p) * expm1(q - p) : exp(q) - exp(p);
    }
    const info_i_mean delta = info_i_mean_of(work, n);
    r->delta_p = delta.mean;
    r->delta_p_error = delta.error;
    percentiles(work, n, r->delta_p_percentiles);
    for (int64_t k = 0; k < n; k++)
        work[k] *= work[k];
    const info_i_mean square = info_i_mean_of(work, n);
    r->delta_p_rms = sqrt(square.mean);
    r->delta_p_rms_error = r->delta_p_rms > 0 ? 0.5 / r->delta_p_rms * square.error : 0;
}

static info_status summarize_pair(info_ctx *ctx, const info_pair_scores *scores, const info_score_options *options,
                                  info_pair_summary *result)
{
    info_i_error *error = &ctx->error;
    info_pair_scores s;
    info_score_options o;
    info_i_required(error, info_pair_scores, "scores", &s, scores);
    info_i_check_pointer(error, "result", result);
    check_scores(error, "scores.log_probability_p", s.log_probability_p, s.count);
    check_scores(error, "scores.log_probability_q", s.log_probability_q, s.count);
    info_i_score_options(error, &o, options, s.count);
    const info_i_span arrays[] = {info_i_array_span("scores.log_probability_p", s.log_probability_p, s.count, 8),
                                  info_i_array_span("scores.log_probability_q", s.log_probability_q, s.count, 8),
                                  info_i_array_span("scores.kl", s.kl, s.count, 8),
                                  info_i_array_span("scores.same_top", s.same_top, s.count, sizeof *s.same_top),
                                  {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, s.count, &o, arrays) != INFO_OK)
        return error->status;
    int64_t *index = info_i_scratch(ctx, s.count, sizeof *index);
    double *work = index ? info_i_scratch(ctx, s.count, sizeof *work) : NULL;
    if (!work)
        return ctx->error.status;

    const int64_t n = complete(&s, index);
    info_pair_summary r = {.tokens = n, .skipped = s.count - n, .perplexity_p = 1, .perplexity_q = 1, .ratio = 1};
    if (n > 0) {
        summarize_nll(&s, o.clusters, index, n, work, &r);
        summarize_delta(&s, index, n, work, &r);
    }
    if (n > 0 && s.kl) {
        for (int64_t k = 0; k < n; k++)
            work[k] = s.kl[index[k]];
        const info_i_mean kl = info_i_mean_of(work, n);
        r.kl = kl.mean;
        r.kl_error = kl.error;
        percentiles(work, n, r.kl_percentiles);
    }
    if (n > 0 && s.same_top) {
        double same = 0;
        for (int64_t k = 0; k < n; k++)
            same += s.same_top[index[k]] != 0;
        r.same_top = same / (double)n;
        r.same_top_error = n > 1 ? sqrt(r.same_top * (1 - r.same_top) / (double)(n - 1)) : 0;
    }
    *result = r;
    return INFO_OK;
}

info_status info_pair_summarize(info_ctx *ctx, const info_pair_scores *scores, const info_score_options *options,
                                info_pair_summary *result)
{
    return INFO_I_CALL(ctx, summarize_pair(ctx, scores, options, result));
}

/* ---- Samples ---------------------------------------------------------------------- */

static double estimator(int which, double r)
{
    switch (which) {
    case 1:
        return -r;
    case 2:
        return r * r / 2;
    default:
        return r == -INFINITY ? INFINITY : info_i_psi(-r);
    }
}

/* Means of one estimator over tokens and over the sums of sequences; sequences are told by the first of count. */
static info_sampled_mean estimate(const double *log_p, const double *log_q, int64_t count, const int64_t *clusters,
                                  int which, double *work, info_sampled_kl_result *r)
{
    for (int64_t i = 0; i < count; i++)
        work[i] = isnan(log_p[i]) || isnan(log_q[i]) ? NAN : estimator(which, log_q[i] - log_p[i]);
    const info_i_mean tokens = info_i_mean_of(work, count);
    int64_t sequences = 0;
    for (int64_t i = 0; i < count;) {
        double sum = NAN;
        const int64_t first = i;
        do {
            if (!isnan(work[i]))
                sum = isnan(sum) ? work[i] : sum + work[i];
            i++;
        } while (i < count && clusters && clusters[i] == clusters[first]);
        work[sequences++] = sum;
    }
    const info_i_mean sums = info_i_mean_of(work, sequences);
    r->tokens = tokens.count;
    r->skipped = count - tokens.count;
    r->sequences = sums.count;
    return (info_sampled_mean){tokens.mean, tokens.error, sums.mean, sums.error};
}

static info_status sampled_kl(info_ctx *ctx, const double *log_p, const double *log_q, int64_t count,
                              const info_score_options *options, info_sampled_kl_result *result)
{
    info_i_error *error = &ctx->error;
    info_score_options o;
    check_scores(error, "log_p", log_p, count);
    check_scores(error, "log_q", log_q, count);
    info_i_score_options(error, &o, options, count);
    info_i_check_pointer(error, "result", result);
    for (int64_t i = 0; error->status == INFO_OK && i < count; i++)
        info_i_check(error, log_p[i] != -INFINITY, INFO_ERROR_DOMAIN,
                     "log_p: -inf at %lld; a sampled token has a probability", (long long)i);
    const info_i_span scores[] = {
        info_i_array_span("log_p", log_p, count, 8), info_i_array_span("log_q", log_q, count, 8), {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, count, &o, scores) != INFO_OK)
        return error->status;
    double *work = info_i_scratch(ctx, count, sizeof *work);
    if (!work)
        return error->status;
    info_sampled_kl_result r = {0};
    r.k1 = estimate(log_p, log_q, count, o.clusters, 1, work, &r);
    r.k2 = estimate(log_p, log_q, count, o.clusters, 2, work, &r);
    r.k3 = estimate(log_p, log_q, count, o.clusters, 3, work, &r);
    *result = r;
    return INFO_OK;
}

info_status info_sampled_kl(info_ctx *ctx, const double *log_p, const double *log_q, int64_t count,
                            const info_score_options *options, info_sampled_kl_result *result)
{
    return INFO_I_CALL(ctx, sampled_kl(ctx, log_p, log_q, count, options, result));
}
