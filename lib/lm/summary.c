/* SPDX-License-Identifier: MIT
 * What scored tokens amount to. */
#include <math.h>

#include "lm/divergence.h"
#include "lm/logits.h"
#include "lm/moments.h"
#include "numeric/sort.h"
#include "numeric/total.h"

static const double LOG_2 = 0x1.62e42fefa39efp-1;

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
    int64_t above_zero = 0;
    info_i_check_pointer(error, "result", result);
    info_i_score_options(error, &o, options, count);
    const info_i_span scores[] = {info_i_array_span("log_probabilities", log_p, count, 8), {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, count, &o, scores) != INFO_OK)
        return error->status;
    log_p = info_i_scores(ctx, "log_probabilities", log_p, count, o.precision, &above_zero);
    if (!log_p)
        return error->status;
    const info_i_mean m = info_i_mean_of(log_p, count);
    info_i_total units = {0};
    for (int64_t i = 0; i < count; i++)
        if (!isnan(log_p[i]))
            info_i_total_add(&units, o.units ? o.units[i] : 1);
    info_likelihood_result r = {
        .tokens = m.count, .skipped = count - m.count, .units = info_i_total_value(&units), .above_zero = above_zero};
    r.mean_nll = 0 - m.mean;
    r.total_nll = m.count > 0 ? r.mean_nll * (double)m.count : 0;
    r.standard_error = m.error;
    r.clustered_error = info_i_ratio_error(log_p, NULL, count, o.clusters, &r.clusters);
    r.perplexity = exp(r.mean_nll);
    const bool rated = r.tokens > 0 && r.units > 0;
    r.bits_per_unit = rated ? r.total_nll / r.units / LOG_2 : r.tokens > 0 ? INFINITY : 0;
    r.unit_perplexity = rated ? exp(r.total_nll / r.units) : r.tokens > 0 ? INFINITY : 1;
    if (rated)
        r.bits_per_unit_error = info_i_ratio_error(log_p, o.units, count, o.clusters, &r.clusters) / LOG_2;
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
    const double *log_p = s->log_probability_p, *log_q = s->log_probability_q;
    for (int64_t k = 0; k < n; k++)
        work[k] = 0 - log_p[index[k]];
    const info_i_mean p = info_i_mean_of(work, n);
    for (int64_t k = 0; k < n; k++)
        work[k] = 0 - log_q[index[k]];
    const info_i_mean q = info_i_mean_of(work, n);
    const bool finite = isfinite(p.mean) && isfinite(q.mean);
    info_i_total products = {0};
    for (int64_t k = 0; k < n && finite; k++)
        info_i_total_add(&products, (0 - log_p[index[k]] - p.mean) * (work[k] - q.mean));
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

    /* Token by token: means and variances of differences, where differences of means and variances would cancel. */
    for (int64_t i = 0; i < s->count; i++)
        work[i] = NAN;
    for (int64_t k = 0; k < n; k++)
        work[index[k]] = log_p[index[k]] - log_q[index[k]];
    int64_t found;
    const info_i_mean ratio = info_i_mean_of(work, s->count);
    r->log_ratio = finite ? ratio.mean : q.mean - p.mean;
    r->log_ratio_error = finite ? ratio.error : INFINITY;
    r->log_ratio_clustered_error = finite ? info_i_ratio_error(work, NULL, s->count, clusters, &found) : INFINITY;
    r->ratio = exp(r->log_ratio);
    r->ratio_error = r->ratio * r->log_ratio_error;
    r->difference = finite ? r->perplexity_p * expm1(r->log_ratio) : r->perplexity_q - r->perplexity_p;

    /* The difference is a function of both means; its linear part, token by token, is
     * perplexity_q (nll_q - m_q) - perplexity_p (nll_p - m_p). */
    for (int64_t k = 0; k < n && finite; k++) {
        const double p_off = 0 - log_p[index[k]] - p.mean;
        work[index[k]] = r->perplexity_q * (work[index[k]] - r->log_ratio) + r->difference * p_off;
    }
    r->difference_error = finite ? info_i_mean_of(work, s->count).error : INFINITY;
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
    /* Squares relative to the largest do not underflow. */
    double largest = 0;
    for (int64_t k = 0; k < n; k++)
        largest = fabs(work[k]) > largest ? fabs(work[k]) : largest;
    for (int64_t k = 0; k < n && largest > 0; k++)
        work[k] = (work[k] / largest) * (work[k] / largest);
    const info_i_mean square = info_i_mean_of(work, n);
    r->delta_p_rms = largest * sqrt(square.mean);
    r->delta_p_rms_error = largest > 0 ? largest * (0.5 / sqrt(square.mean) * square.error) : 0;
}

/* What other functions of this library give: no divergence is negative; -1, 0 and 1 are the answers about the top. */
static info_status check_pair_scores(info_i_error *error, const info_pair_scores *s)
{
    if (s->kl)
        info_i_check_pointer(error, "scores.kl", s->kl);
    if (s->same_top)
        info_i_check_pointer(error, "scores.same_top", s->same_top);
    for (int64_t i = 0; i < s->count && error->status == INFO_OK; i++) {
        if (s->kl && s->kl[i] < 0)
            return info_i_fail(error, INFO_ERROR_DOMAIN, "scores.kl: %s at %lld; a divergence is at least 0",
                               info_i_number_text(s->kl[i]).text, (long long)i);
        if (s->same_top && (s->same_top[i] < -1 || s->same_top[i] > 1))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "scores.same_top: %d at %lld; 1, 0 and -1 are allowed",
                               (int)s->same_top[i], (long long)i);
    }
    return error->status;
}

static info_status summarize_pair(info_ctx *ctx, const info_pair_scores *scores, const info_score_options *options,
                                  info_pair_summary *result)
{
    info_i_error *error = &ctx->error;
    info_pair_scores s;
    info_score_options o;
    int64_t above_zero = 0;
    info_i_required(error, info_pair_scores, "scores", &s, scores);
    info_i_check_pointer(error, "result", result);
    info_i_score_options(error, &o, options, s.count);
    const info_i_span arrays[] = {info_i_array_span("scores.log_probability_p", s.log_probability_p, s.count, 8),
                                  info_i_array_span("scores.log_probability_q", s.log_probability_q, s.count, 8),
                                  info_i_array_span("scores.kl", s.kl, s.count, 8),
                                  info_i_array_span("scores.same_top", s.same_top, s.count, sizeof *s.same_top),
                                  {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, s.count, &o, arrays) != INFO_OK)
        return error->status;
    s.log_probability_p =
        info_i_scores(ctx, "scores.log_probability_p", s.log_probability_p, s.count, o.precision, &above_zero);
    if (!s.log_probability_p)
        return error->status;
    s.log_probability_q =
        info_i_scores(ctx, "scores.log_probability_q", s.log_probability_q, s.count, o.precision, &above_zero);
    if (!s.log_probability_q || check_pair_scores(error, &s) != INFO_OK)
        return error->status;
    int64_t *index = info_i_scratch(ctx, s.count, sizeof *index);
    double *work = index ? info_i_scratch(ctx, s.count, sizeof *work) : NULL;
    if (!work)
        return ctx->error.status;

    const int64_t n = complete(&s, index);
    info_pair_summary r = {.tokens = n,
                           .skipped = s.count - n,
                           .perplexity_p = 1,
                           .perplexity_q = 1,
                           .ratio = 1,
                           .above_zero = above_zero};
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
    int64_t sequences = 0, found;
    const double clustered = clusters ? info_i_ratio_error(work, NULL, count, clusters, &found) : tokens.error;
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
    return (info_sampled_mean){tokens.mean, clustered, sums.mean, sums.error};
}

static info_status sampled_kl(info_ctx *ctx, const double *log_p, const double *log_q, int64_t count,
                              const info_score_options *options, info_sampled_kl_result *result)
{
    info_i_error *error = &ctx->error;
    info_score_options o;
    int64_t above_zero = 0;
    info_i_score_options(error, &o, options, count);
    info_i_check_pointer(error, "result", result);
    const info_i_span scores[] = {
        info_i_array_span("log_p", log_p, count, 8), info_i_array_span("log_q", log_q, count, 8), {0}};
    if (error->status != INFO_OK || check_result(error, result, sizeof *result, count, &o, scores) != INFO_OK)
        return error->status;
    log_p = info_i_scores(ctx, "log_p", log_p, count, o.precision, &above_zero);
    log_q = log_p ? info_i_scores(ctx, "log_q", log_q, count, o.precision, &above_zero) : NULL;
    for (int64_t i = 0; log_q && i < count; i++)
        info_i_check(error, log_p[i] != -INFINITY, INFO_ERROR_DOMAIN,
                     "log_p: -inf at %lld; a sampled token has a probability", (long long)i);
    double *work = log_q && error->status == INFO_OK ? info_i_scratch(ctx, count, sizeof *work) : NULL;
    if (!work)
        return error->status;
    info_sampled_kl_result r = {.above_zero = above_zero};
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
