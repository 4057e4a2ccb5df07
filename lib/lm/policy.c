/* SPDX-License-Identifier: MIT
 * The gradient of a policy's divergence from a reference, from tokens that an older policy drew. */
#include <math.h>

#include "lm/logits.h"
#include "lm/moments.h"

typedef struct policy {
    const double *log_p, *log_q, *log_old;
    info_policy_options options;
    int64_t count;
} policy;

static info_status check_options(info_i_error *error, const info_policy_options *given, int64_t count,
                                 info_policy_options *own)
{
    info_i_options(error, info_policy_options, "options", own, given);
    const info_i_allowed allowed[] = {{"options.precision", own->precision, INFO_F64, INFO_BF16},
                                      {"options.cap_rule", own->cap_rule, INFO_WEIGHT_TRUNCATE, INFO_WEIGHT_MASK},
                                      {"options.by_sequence", own->by_sequence, 0, 1},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.cap", own->cap, 0, INFINITY, INFO_I_BELOW_HIGH);
    info_i_check(error, own->cap > 0 || own->cap_rule == INFO_WEIGHT_TRUNCATE, INFO_ERROR_OPTION,
                 "options.cap_rule: there is no cap; leave it 0");
    info_i_check(error, own->by_sequence || !own->clusters, INFO_ERROR_OPTION,
                 "options.clusters: only options.by_sequence needs them; leave it NULL");
    if (own->clusters)
        info_i_check_pointer(error, "options.clusters", own->clusters);
    return info_i_check(error, own->clusters ? own->clusters_len == count : own->clusters_len == 0, INFO_ERROR_SIZE,
                        "options.clusters: has %lld elements; there are %lld tokens", (long long)own->clusters_len,
                        (long long)count);
}

/* min(w, cap), or 0 above it. */
static double capped(const policy *p, double log_weight)
{
    const double w = exp(log_weight), cap = p->options.cap;
    return cap == 0 || w <= cap ? w : p->options.cap_rule == INFO_WEIGHT_MASK ? 0 : cap;
}

static bool counts(const policy *p, int64_t i)
{
    return !isnan(p->log_p[i]) && !isnan(p->log_q[i]) && !isnan(p->log_old[i]);
}

/* w log(p / q); nothing where either is 0, whatever the other. */
static double product(double w, double ratio)
{
    return w > 0 && ratio != 0 ? w * ratio : 0;
}

/* Tokens first .. end - 1: a sequence, whose rewards to go are summed from its end. */
static void sequence(const policy *p, int64_t first, int64_t end, double *out)
{
    double log_weight = 0, to_go = 0;
    for (int64_t i = first; i < end; i++)
        log_weight += counts(p, i) ? p->log_p[i] - p->log_old[i] : 0;
    const double w = capped(p, log_weight);
    for (int64_t i = end - 1; i >= first; i--) {
        if (counts(p, i))
            to_go += p->log_p[i] == p->log_q[i] ? 0 : p->log_p[i] - p->log_q[i];
        out[i] = counts(p, i) ? product(w, to_go) : 0;
    }
}

static void put(const policy *p, double *out)
{
    const int64_t *clusters = p->options.clusters;
    for (int64_t i = 0; i < p->count && !p->options.by_sequence; i++)
        out[i] = counts(p, i) ? product(capped(p, p->log_p[i] - p->log_old[i]),
                                        p->log_p[i] == p->log_q[i] ? 0 : p->log_p[i] - p->log_q[i])
                              : 0;
    for (int64_t i = 0, end = 0; i < p->count && p->options.by_sequence; i = end) {
        end = i + 1;
        while (end < p->count && clusters && clusters[end] == clusters[i])
            end++;
        sequence(p, i, end, out);
    }
}

static info_status coefficients(info_ctx *ctx, const double *log_p, const double *log_q, const double *log_old,
                                int64_t count, const info_policy_options *options, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    policy p = {.count = count};
    int64_t above_zero = 0;
    check_options(error, options, count, &p.options);
    info_i_check_pointer(error, "log_p", log_p);
    info_i_check_pointer(error, "log_q", log_q);
    info_i_check_pointer(error, "log_old", log_old);
    info_i_lm_check_count(error, "count", count);
    info_i_check_output(error, "out", out, out_len, count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, count, 8), {0}},
                       (info_i_span[]){info_i_array_span("log_p", log_p, count, 8),
                                       info_i_array_span("log_q", log_q, count, 8),
                                       info_i_array_span("log_old", log_old, count, 8),
                                       info_i_array_span("options.clusters", p.options.clusters, count, 8),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    p.log_p = info_i_scores(ctx, "log_p", log_p, count, p.options.precision, &above_zero);
    p.log_q = p.log_p ? info_i_scores(ctx, "log_q", log_q, count, p.options.precision, &above_zero) : NULL;
    p.log_old = p.log_q ? info_i_scores(ctx, "log_old", log_old, count, p.options.precision, &above_zero) : NULL;
    for (int64_t i = 0; p.log_old && i < count; i++)
        info_i_check(error, p.log_old[i] != -INFINITY, INFO_ERROR_DOMAIN,
                     "log_old: -inf at %lld; a token that was drawn has a probability", (long long)i);
    if (error->status == INFO_OK)
        put(&p, out);
    return error->status;
}

info_status info_policy_coefficients(info_ctx *ctx, const double *log_p, const double *log_q, const double *log_old,
                                     int64_t count, const info_policy_options *options, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, coefficients(ctx, log_p, log_q, log_old, count, options, out, out_len));
}
