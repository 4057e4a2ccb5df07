/* SPDX-License-Identifier: MIT
 * Drivers of sample.h. */
#include <string.h>

#include "registry.h"

/* ---- Series ---- */

static info_status drive_series_init(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const int32_t *data = reg_integers32(c, "data", count, 0, 9);
    const int64_t length = reg_length(c, "length", count);
    const int32_t type = reg_choice(c, "type", INFO_INT32);
    info_series *view = reg_output_bytes(c, "view", sizeof *view);
    const info_status status = info_series_init(view, data, length, type);
    if (status == INFO_OK) { /* pointers differ from case to case */
        reg_expect(c, view->data == data && view->length == length && view->stride == 1, "a view is of its data");
        memset(view, 0, sizeof *view);
    }
    return status;
}

/* Three series, at each of whose places stands any symbol. */
typedef struct three {
    info_series series[3];
    int32_t width;
} three;

static three some_series(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const int64_t *x = reg_integers(c, "series", count, 0, 4);
    const int64_t *y = reg_integers(c, "series", count, 0, 3);
    const int32_t *z = reg_integers32(c, "series", count, -1, 2);
    const int64_t length = reg_length(c, "series", count);
    return (three){{{x, length, 1, INFO_INT64, 0}, {y, length, 1, INFO_INT64, 0}, {z, length, 1, INFO_INT32, 0}}, 3};
}

/* ---- Tables ---- */

static const int64_t some_x[] = {1, 0, 3, 3, 2, 0, 1, 1, 0, 2, 3}, some_y[] = {2, 2, 0, 1, 2, 1, 0, 0, 2, 1, 1};
#define SOME ((int64_t)(sizeof some_x / sizeof some_x[0]))

/* A table of these pairs. */
static info_status make_pairs(info_ctx *ctx, info_counts **counts)
{
    const info_series series[] = {{some_x, SOME, 1, INFO_INT64, 0}, {some_y, SOME, 1, INFO_INT64, 0}};
    *counts = NULL;
    info_status status = info_counts_create(ctx, NULL, 2, counts);
    if (status == INFO_OK)
        status = info_counts_add(ctx, *counts, series, 2, NULL, 0);
    return status;
}

/* What a table holds goes into the record. */
static info_status record(reg_case *c, info_ctx *ctx, info_counts *counts)
{
    info_counts_summary s;
    const info_status status = info_counts_summarize(ctx, counts, &s);
    if (status == INFO_OK) {
        reg_record(c, &s.total, sizeof s.total);
        reg_record(c, &s.distinct, sizeof s.distinct);
        reg_record(c, &s.largest, sizeof s.largest);
    }
    return status;
}

static info_status drive_create(reg_case *c)
{
    static const int64_t sizes[] = {4, 0};
    const int64_t width = reg_length(c, "width", 2);
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts = NULL;
    const info_status status = info_counts_create(ctx, sizes, (int32_t)width, &counts);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_destroy(reg_case *c)
{
    info_counts *counts;
    const info_status status = make_pairs(reg_ctx(c), &counts);
    info_counts_destroy(counts);
    info_counts_destroy(NULL);
    return status;
}

static info_status drive_add(reg_case *c)
{
    const three s = some_series(c);
    const int64_t times_len = reg_length(c, "times", reg_cols(c));
    const int64_t *times = reg_integers(c, "times", reg_cols(c), 0, 5);
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts = NULL;
    info_status status = info_counts_create(ctx, NULL, 3, &counts);
    if (status == INFO_OK)
        status = info_counts_add(ctx, counts, s.series, s.width, times, times_len);
    if (status == INFO_OK)
        status = record(c, ctx, counts);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_add_ngrams(reg_case *c)
{
    const int64_t count = reg_cols(c);
    static const int64_t begins[] = {0};
    const int64_t *tokens = reg_integers(c, "tokens", count, 0, 5);
    const int64_t length = reg_length(c, "tokens", count);
    const int64_t *starts = reg_bytes(c, "starts", begins, sizeof begins);
    const info_series series = {tokens, length, 1, INFO_INT64, 0};
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts = NULL;
    info_status status = info_counts_create(ctx, NULL, 3, &counts);
    for (int k = 0; status == INFO_OK && k < 2; k++)
        status = info_counts_add_ngrams(ctx, counts, &series, starts, 1);
    if (status == INFO_OK)
        status = record(c, ctx, counts);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_merge(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *into, *from = NULL;
    info_status status = make_pairs(ctx, &into);
    if (status == INFO_OK)
        status = make_pairs(ctx, &from);
    if (status == INFO_OK)
        status = info_counts_merge(ctx, into, from);
    if (status == INFO_OK)
        status = record(c, ctx, into);
    info_counts_destroy(into);
    info_counts_destroy(from);
    return status;
}

static info_status drive_marginal(reg_case *c)
{
    const int64_t symbols = reg_size(c, "symbols", 2);
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts, *marginal = NULL;
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK)
        status = info_counts_marginal(ctx, counts, (uint64_t)symbols, &marginal);
    if (status == INFO_OK)
        status = record(c, ctx, marginal);
    info_counts_destroy(counts);
    info_counts_destroy(marginal);
    return status;
}

static info_status drive_summarize(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts;
    info_counts_summary *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK)
        status = info_counts_summarize(ctx, counts, out);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_read(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts;
    const int64_t first = reg_size(c, "first", 1);
    int64_t *out = reg_output_bytes(c, "out", 3 * sizeof *out);
    const int64_t length = reg_length(c, "out", 3);
    int64_t tuples[6];
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK)
        status = info_counts_read(ctx, counts, first, tuples, 6, out, length);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_find(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts;
    const int64_t *tuple = reg_integers(c, "tuple", 2, 0, 4);
    int64_t *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK)
        status = info_counts_find(ctx, counts, tuple, 2, out);
    info_counts_destroy(counts);
    return status;
}

/* ---- Estimates ---- */

static const void *options_of(reg_case *c, info_estimator estimator, info_uncertainty uncertainty)
{
    const info_estimator_options wanted = {.estimator = estimator, .uncertainty = uncertainty, .replicates = 10};
    reg_keep_field(c, offsetof(info_estimator_options, replicates), sizeof wanted.replicates);
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status estimate_counts(reg_case *c, info_estimator estimator, info_uncertainty uncertainty)
{
    const int64_t count = reg_cols(c);
    const int64_t *counts = reg_integers(c, "counts", count, 0, 9);
    const int64_t length = reg_length(c, "count", count);
    const void *options = options_of(c, estimator, uncertainty);
    info_sample_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_estimate_entropy(reg_ctx(c), counts, length, options, out);
    if (status == INFO_OK)
        reg_expect(c, out->plug_in >= 0 && out->coverage <= 1, "0 <= plug-in entropy, coverage <= 1");
    return status;
}

static info_status drive_plug_in(reg_case *c)
{
    return estimate_counts(c, INFO_ESTIMATOR_PLUG_IN, INFO_UNCERTAINTY_NONE);
}

static info_status drive_nsb(reg_case *c)
{
    return estimate_counts(c, INFO_ESTIMATOR_NSB, INFO_UNCERTAINTY_POSTERIOR);
}

static info_status drive_chao_shen(reg_case *c)
{
    return estimate_counts(c, INFO_ESTIMATOR_CHAO_SHEN, INFO_UNCERTAINTY_DELTA);
}

static info_status of_counts(reg_case *c, bool information)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts;
    const int64_t a = reg_size(c, information ? "a" : "symbols", 1);
    const int64_t b = reg_size(c, information ? "b" : "given", 2);
    const void *options = options_of(c, INFO_ESTIMATOR_GRASSBERGER_2003, INFO_UNCERTAINTY_DELTA);
    info_sample_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK && information)
        status = info_counts_mutual_information(ctx, counts, (uint64_t)a, (uint64_t)b, 0, options, out);
    else if (status == INFO_OK)
        status = info_counts_entropy(ctx, counts, (uint64_t)a, (uint64_t)b, options, out);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_counts_entropy(reg_case *c)
{
    return of_counts(c, false);
}

static info_status drive_counts_mutual_information(reg_case *c)
{
    return of_counts(c, true);
}

static info_status drive_sample_entropy(reg_case *c)
{
    const three s = some_series(c);
    const int64_t symbols = reg_size(c, "symbols", 1), given = reg_size(c, "given", 4);
    const void *options = options_of(c, INFO_ESTIMATOR_CHAO_WANG_JOST, INFO_UNCERTAINTY_NONE);
    info_sample_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    return info_sample_entropy(reg_ctx(c), s.series, NULL, s.width, (uint64_t)symbols, (uint64_t)given, options, out);
}

static info_status sample_information(reg_case *c, info_uncertainty uncertainty)
{
    const three s = some_series(c);
    const int64_t a = reg_size(c, "a", 1), b = reg_size(c, "b", 2), given = reg_size(c, "given", 4);
    const void *options = options_of(c, INFO_ESTIMATOR_PLUG_IN, uncertainty);
    info_sample_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_sample_mutual_information(reg_ctx(c), s.series, NULL, s.width, (uint64_t)a,
                                                              (uint64_t)b, (uint64_t)given, options, out);
    if (status == INFO_OK)
        reg_expect(c, out->plug_in >= 0, "0 <= plug-in information");
    return status;
}

static info_status drive_sample_information(reg_case *c)
{
    return sample_information(c, INFO_UNCERTAINTY_NONE);
}

static info_status drive_sample_bootstrap(reg_case *c)
{
    return sample_information(c, INFO_UNCERTAINTY_BOOTSTRAP);
}

static info_status drive_permutation_test(reg_case *c)
{
    const three s = some_series(c);
    const int64_t a = reg_size(c, "a", 1), b = reg_size(c, "b", 2), given = reg_size(c, "given", 4);
    const int64_t permutations = reg_length(c, "permutations", 5);
    const void *options = options_of(c, INFO_ESTIMATOR_PLUG_IN, INFO_UNCERTAINTY_NONE);
    info_permutation_result *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_permutation_test(reg_ctx(c), s.series, NULL, s.width, (uint64_t)a, (uint64_t)b,
                                                     (uint64_t)given, permutations, options, out);
    if (status == INFO_OK)
        reg_expect(c, out->p_value > 0 && out->p_value <= 1, "0 < p <= 1");
    return status;
}

/* ---- Labels ---- */

static const void *options_of_labels(reg_case *c)
{
    const info_label_options wanted = {.unit = INFO_BIT, .beta = 0.5};
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_label_compare(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const int64_t *a = reg_integers(c, "a", count, 0, 6), *b = reg_integers(c, "b", count, 0, 5);
    const int64_t length = reg_length(c, "a", count);
    const info_series x = {a, length, 1, INFO_INT64, 0}, y = {b, length, 1, INFO_INT64, 0};
    const void *options = options_of_labels(c);
    info_label_comparison *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_label_compare(reg_ctx(c), &x, &y, options, out);
    if (status == INFO_OK)
        reg_expect(c, out->v_measure >= 0 && out->v_measure <= 1 && out->mutual_information >= 0,
                   "0 <= V <= 1, 0 <= I");
    return status;
}

static info_status drive_counts_compare(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    info_counts *counts;
    const void *options = options_of_labels(c);
    info_label_comparison *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_pairs(ctx, &counts);
    if (status == INFO_OK)
        status = info_counts_compare(ctx, counts, options, out);
    info_counts_destroy(counts);
    return status;
}

const reg_function reg_sample[] = {
    {"info_counts_add", drive_add, REG_OBJECT, 0},
    {"info_counts_add_ngrams", drive_add_ngrams, REG_OBJECT, 0},
    {"info_counts_compare", drive_counts_compare, REG_OBJECT, 0},
    {"info_counts_create", drive_create, REG_OBJECT, 0},
    {"info_counts_destroy", drive_destroy, REG_OBJECT, 0},
    {"info_counts_entropy", drive_counts_entropy, REG_OBJECT, 0},
    {"info_counts_find", drive_find, REG_OBJECT, 0},
    {"info_counts_marginal", drive_marginal, REG_OBJECT, 0},
    {"info_counts_merge", drive_merge, REG_OBJECT, 0},
    {"info_counts_mutual_information", drive_counts_mutual_information, REG_OBJECT, 0},
    {"info_counts_read", drive_read, REG_OBJECT, 0},
    {"info_counts_summarize", drive_summarize, REG_OBJECT, 0},
    {"info_estimate_entropy", drive_plug_in, 0, 0},
    {"info_estimate_entropy", drive_nsb, REG_SLOW, 0},
    {"info_estimate_entropy", drive_chao_shen, 0, 0},
    {"info_label_compare", drive_label_compare, 0, 0},
    {"info_permutation_test", drive_permutation_test, REG_SLOW, 0},
    {"info_sample_entropy", drive_sample_entropy, 0, 0},
    {"info_sample_mutual_information", drive_sample_information, 0, 0},
    {"info_sample_mutual_information", drive_sample_bootstrap, REG_SLOW, 0},
    {"info_series_init", drive_series_init, REG_UNNAMED, 0},
    {0},
};
