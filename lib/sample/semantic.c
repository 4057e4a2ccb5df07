/* SPDX-License-Identifier: MIT
 * Semantic entropy of sampled answers, and usable information. */
#include <math.h>

#include "info/sequence.h"
#include "numeric/total.h"
#include "numeric/unit.h"
#include "sample/profile.h"

/* Masses of the classes, brought to sum 1: answers of one class follow each other. */
typedef struct masses {
    info_i_total discrete, normalized, monte_carlo;
    int64_t classes;
} masses;

static void add_class(masses *m, double mass, double whole, int64_t answers, int64_t all)
{
    const double share = (double)answers / (double)all, p = mass / whole;
    info_i_total_add(&m->discrete, -share * log(share));
    if (p > 0)
        info_i_total_add(&m->normalized, -p * log(p));
    info_i_total_add(&m->monte_carlo, -share * log(p));
    m->classes++;
}

static info_status semantic_entropy(info_ctx *ctx, const double *log_p, const info_series *classes, info_unit unit,
                                    info_semantic_entropy_result *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_series(error, "classes", classes);
    info_i_check_pointer(error, "log_p", log_p);
    info_i_check_option(error, "unit", unit, INFO_NAT, INFO_DIT);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_array_span("log_p", log_p, classes->length, sizeof *log_p),
                                       info_i_series_span("classes", classes),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    const int64_t n = classes->length;
    double top = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (!(log_p[i] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "log_p: element %lld is %s; logarithms of probabilities are allowed", (long long)i,
                               info_i_number_text(log_p[i]).text);
        top = log_p[i] > top ? log_p[i] : top;
    }
    if (top == -INFINITY)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "log_p: no answer has a probability");
    info_i_packing packing;
    info_i_sorted sorted;
    info_status status = info_i_packing_of_series(ctx, classes, NULL, 1, &packing);
    uint64_t *keys = info_i_scratch(ctx, n, sizeof *keys);
    uint64_t *records = info_i_scratch(ctx, n, 2 * sizeof *records), *other = info_i_scratch(ctx, n, 2 * sizeof *other);
    if (status != INFO_OK || !keys || !records || !other)
        return error->status;
    const info_i_source source = {&packing, classes, NULL, 0, n};
    status = info_i_source_keys(&source, 0, n, keys, error);
    info_i_total whole = {0, 0};
    for (int64_t i = 0; status == INFO_OK && i < n; i++) {
        records[2 * i] = keys[i];
        records[2 * i + 1] = (uint64_t)i;
        info_i_total_add(&whole, exp(log_p[i] - top));
    }
    if (status == INFO_OK)
        status = info_i_sort_records(ctx, &packing, true, records, other, n, &sorted);
    if (status != INFO_OK)
        return status;
    masses m = {.classes = 0};
    for (int64_t i = 0; i < n;) {
        const int64_t first = i;
        info_i_total mass = {0, 0};
        for (; i < n && sorted.records[2 * i] == sorted.records[2 * first]; i++)
            info_i_total_add(&mass, exp(log_p[sorted.records[2 * i + 1]] - top));
        add_class(&m, info_i_total_value(&mass), info_i_total_value(&whole), i - first, n);
    }
    out->discrete = info_i_from_nats(info_i_total_value(&m.discrete), unit);
    out->normalized = info_i_from_nats(info_i_total_value(&m.normalized), unit);
    out->monte_carlo = info_i_from_nats(info_i_total_value(&m.monte_carlo), unit);
    out->classes = m.classes;
    return INFO_OK;
}

info_status info_semantic_entropy(info_ctx *ctx, const double *log_p, const info_series *classes, info_unit unit,
                                  info_semantic_entropy_result *out)
{
    return INFO_I_CALL(ctx, semantic_entropy(ctx, log_p, classes, unit, out));
}

static info_status v_information(info_ctx *ctx, const double *log_p_null, const double *log_p_given, int64_t count,
                                 info_unit unit, double *pointwise, int64_t pointwise_len, info_usable_information *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "log_p_null", log_p_null);
    info_i_check_pointer(error, "log_p_given", log_p_given);
    info_i_check_option(error, "unit", unit, INFO_NAT, INFO_DIT);
    info_i_check_pointer(error, "out", out);
    if (error->status == INFO_OK && (count < 1 || count > INT64_MAX / (int64_t)sizeof *log_p_null))
        return info_i_fail(error, INFO_ERROR_SIZE, "count: %lld; at least 1 is needed, and what can be addressed",
                           (long long)count);
    if (pointwise || pointwise_len != 0)
        info_i_check_output(error, "pointwise", pointwise, pointwise_len, count);
    const int64_t bytes = error->status == INFO_OK ? count * (int64_t)sizeof *log_p_null : 0;
    info_i_check_spans(error, (info_i_span[]){{"pointwise", pointwise, bytes}, {"out", out, sizeof *out}, {0}},
                       (info_i_span[]){{"log_p_null", log_p_null, bytes}, {"log_p_given", log_p_given, bytes}, {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_i_total sum = {0, 0}, square = {0, 0};
    for (int64_t i = 0; i < count; i++) {
        for (int k = 0; k < 2; k++) {
            const double value = k ? log_p_given[i] : log_p_null[i];
            if (!(value <= 0))
                return info_i_fail(error, INFO_ERROR_DOMAIN,
                                   "%s: element %lld is %s; logarithms of probabilities are at most 0",
                                   k ? "log_p_given" : "log_p_null", (long long)i, info_i_number_text(value).text);
        }
        if (log_p_null[i] == -INFINITY && log_p_given[i] == -INFINITY)
            return info_i_fail(error, INFO_ERROR_DOMAIN, "log_p_given, log_p_null: element %lld is -inf in both",
                               (long long)i);
        info_i_total_add(&sum, log_p_given[i] - log_p_null[i]);
    }
    const double mean = info_i_total_value(&sum) / (double)count;
    if (isnan(mean))
        return info_i_fail(error, INFO_ERROR_DOMAIN,
                           "log_p_given: some are -inf, and so are some of log_p_null: there is no mean");
    for (int64_t i = 0; i < count; i++) {
        const double d = log_p_given[i] - log_p_null[i] - mean;
        info_i_total_add(&square, isfinite(mean) ? d * d : 0);
        if (pointwise)
            pointwise[i] = info_i_from_nats(log_p_given[i] - log_p_null[i], unit);
    }
    const double error_of_mean =
        !isfinite(mean) ? INFINITY
                        : (count > 1 ? sqrt(info_i_total_value(&square) / (double)(count - 1) / (double)count) : 0);
    *out = (info_usable_information){info_i_from_nats(mean, unit), info_i_from_nats(error_of_mean, unit), count};
    return INFO_OK;
}

info_status info_v_information(info_ctx *ctx, const double *log_p_null, const double *log_p_given, int64_t count,
                               info_unit unit, double *pointwise, int64_t pointwise_len, info_usable_information *out)
{
    return INFO_I_CALL(ctx, v_information(ctx, log_p_null, log_p_given, count, unit, pointwise, pointwise_len, out));
}
