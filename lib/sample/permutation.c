/* SPDX-License-Identifier: MIT
 * The permutation test of (conditional) independence. */
#include <string.h>

#include "numeric/random.h"
#include "numeric/unit.h"
#include "sample/groups.h"

#define MOST_PERMUTATIONS 10000000

/* The samples as numbers of their cells: x of (A, C), y of (B, C). Permuting y among the samples of one c
 * keeps the profiles of (A, C), (B, C) and C; only that of (x, y) changes. */
typedef struct shuffle {
    int64_t samples;
    int64_t *x, *y;
    int64_t *order; /* samples of one c after the other */
    int64_t *first; /* of each c, one more at the end */
    int64_t strata;
} shuffle;

/* The group of every sample: the rank of its tuple. */
static info_status groups_of_samples(info_ctx *ctx, const info_i_packing *layout, const info_series *series,
                                     uint64_t symbols, int64_t *of, int64_t *groups)
{
    info_i_packing chosen;
    info_series list[INFO_MAX_SERIES];
    info_i_packing_project(layout, symbols, &chosen);
    for (int32_t j = 0, to = 0; j < layout->width; j++)
        if (symbols >> j & 1)
            list[to++] = series[j];
    const int64_t samples = series[0].length;
    const int32_t words = chosen.words, stride = words + 1;
    const info_i_source source = {&chosen, list, NULL, 0, samples};
    const info_i_mark mark = info_i_scratch_mark(ctx);
    uint64_t *records = info_i_scratch(ctx, samples, (size_t)stride * sizeof *records);
    uint64_t *other = records ? info_i_scratch(ctx, samples, (size_t)stride * sizeof *other) : NULL;
    if (!other)
        return ctx->error.status;
    info_status status = info_i_source_keys(&source, 0, samples, other, &ctx->error);
    for (int64_t i = 0; status == INFO_OK && i < samples; i++) {
        memcpy(records + i * stride, other + i * words, (size_t)words * sizeof *records);
        records[i * stride + words] = (uint64_t)i;
    }
    info_i_sorted sorted;
    if (status == INFO_OK)
        status = info_i_sort_records(ctx, &chosen, true, records, other, samples, &sorted);
    int64_t group = -1;
    for (int64_t i = 0; status == INFO_OK && i < samples; i++) {
        const uint64_t *record = sorted.records + i * stride;
        group += i == 0 || !info_i_same_key(record, record - stride, words);
        of[record[words]] = group;
    }
    *groups = group + 1;
    info_i_scratch_release(ctx, mark);
    return status;
}

/* Samples in the order of their c. */
static info_status make_strata(info_ctx *ctx, const info_i_packing *layout, const info_series *series, uint64_t given,
                               shuffle *s)
{
    int64_t *of = info_i_scratch_zero(ctx, s->samples, sizeof *of);
    if (!of)
        return ctx->error.status;
    s->strata = 1;
    info_status status = INFO_OK;
    if (given)
        status = groups_of_samples(ctx, layout, series, given, of, &s->strata);
    s->order = info_i_scratch(ctx, s->samples, sizeof *s->order);
    s->first = info_i_scratch_zero(ctx, s->strata + 2, sizeof *s->first);
    if (status != INFO_OK || !s->order || !s->first)
        return status != INFO_OK ? status : ctx->error.status;
    for (int64_t i = 0; i < s->samples; i++)
        s->first[of[i] + 2]++;
    for (int64_t g = 0; g < s->strata; g++)
        s->first[g + 2] += s->first[g + 1];
    for (int64_t i = 0; i < s->samples; i++)
        s->order[s->first[of[i] + 1]++] = i;
    return INFO_OK;
}

static info_status open_shuffle(info_ctx *ctx, const info_i_packing *layout, const info_series *series,
                                const info_i_measure *m, shuffle *s, int64_t *x_groups, int64_t *y_groups)
{
    s->samples = series[0].length;
    s->x = info_i_scratch(ctx, s->samples, sizeof *s->x);
    s->y = info_i_scratch(ctx, s->samples, sizeof *s->y);
    if (!s->x || !s->y)
        return ctx->error.status;
    info_status status = groups_of_samples(ctx, layout, series, m->a | m->given, s->x, x_groups);
    if (status == INFO_OK)
        status = groups_of_samples(ctx, layout, series, m->b | m->given, s->y, y_groups);
    return status == INFO_OK ? make_strata(ctx, layout, series, m->given, s) : status;
}

/* y permuted within each stratum (Fisher and Yates), in place. */
static void permute(const shuffle *s, uint64_t *state)
{
    for (int64_t g = 0; g < s->strata; g++) {
        const int64_t *order = s->order + s->first[g];
        for (int64_t i = s->first[g + 1] - s->first[g] - 1; i > 0; i--) {
            const int64_t k = info_i_random_below(state, i + 1), held = s->y[order[i]];
            s->y[order[i]] = s->y[order[k]];
            s->y[order[k]] = held;
        }
    }
}

/* Profiles of x, y, c, which stay, and the alphabets. */
static info_status fixed_terms(info_ctx *ctx, const info_i_packing *layout, const info_series *series,
                               info_i_measure *m)
{
    int64_t distinct[INFO_MAX_SERIES] = {0};
    info_status status = INFO_OK;
    for (int32_t t = 1; status == INFO_OK && t < m->count + layout->width; t++) {
        const int32_t j = t - m->count;
        const uint64_t symbols = j < 0 ? m->term[t].symbols : UINT64_C(1) << j;
        if (j >= 0 && (layout->alphabet[j] || !(m->term[0].symbols >> j & 1)))
            continue;
        info_i_packing chosen;
        info_series list[INFO_MAX_SERIES];
        info_i_profile profile;
        info_i_packing_project(layout, symbols, &chosen);
        for (int32_t k = 0, to = 0; k < layout->width; k++)
            if (symbols >> k & 1)
                list[to++] = series[k];
        const info_i_source source = {&chosen, list, NULL, 0, series[0].length};
        status = info_i_profile_of_source(ctx, &source, &profile);
        if (j < 0)
            m->term[t].profile = profile;
        else
            distinct[j] = profile.distinct;
    }
    if (status == INFO_OK)
        info_i_measure_alphabets(m, layout, distinct);
    return status;
}

/* The measure of the samples as they lie now. */
static info_status value_now(info_ctx *ctx, const info_i_packing *pair, const shuffle *s, info_i_measure *m,
                             double *value)
{
    const info_series series[] = {{s->x, s->samples, 1, INFO_INT64, 0}, {s->y, s->samples, 1, INFO_INT64, 0}};
    const info_i_source source = {pair, series, NULL, 0, s->samples};
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const info_status status = info_i_profile_of_source(ctx, &source, &m->term[0].profile);
    if (status == INFO_OK)
        *value = info_i_measure_value(m);
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status test(info_ctx *ctx, const info_i_packing *pair, const shuffle *s, info_i_measure *m,
                        int64_t permutations, info_permutation_result *r)
{
    uint64_t state = m->options.seed;
    double mean = 0, square = 0;
    info_status status = value_now(ctx, pair, s, m, &r->value);
    for (int64_t i = 0; status == INFO_OK && i < permutations; i++) {
        double value = 0;
        info_i_phase(ctx, (double)i / (double)permutations, (double)(i + 1) / (double)permutations);
        permute(s, &state);
        status = value_now(ctx, pair, s, m, &value);
        const double step = value - mean;
        mean += step / (double)(i + 1);
        square += step * (value - mean);
        r->exceeded += value >= r->value;
        if (status == INFO_OK)
            status = info_i_progress(ctx, 1);
    }
    r->permutations = permutations;
    r->p_value = (1 + (double)r->exceeded) / (1 + (double)permutations);
    r->null_mean = mean;
    r->null_deviation = permutations > 1 ? sqrt(square / (double)(permutations - 1)) : 0;
    return status;
}

static info_status permutation_test(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                    uint64_t a, uint64_t b, uint64_t given, int64_t permutations,
                                    const info_estimator_options *options, info_permutation_result *out)
{
    info_i_error *error = &ctx->error;
    info_i_measure m;
    info_i_packing layout, pair = {.width = 2};
    shuffle s;
    int64_t x_groups, y_groups;
    info_i_check_series_list(error, series, width);
    info_i_check_pointer(error, "out", out);
    info_i_check_series_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}}, series, alphabets, width);
    info_i_measure_open(error, a, b, given, true, width, options, &m);
    if (error->status != INFO_OK)
        return error->status;
    if (permutations < 1 || permutations > MOST_PERMUTATIONS)
        return info_i_fail(error, INFO_ERROR_SIZE, "permutations: %lld; 1 to %d are allowed", (long long)permutations,
                           MOST_PERMUTATIONS);
    if (m.options.uncertainty != INFO_UNCERTAINTY_NONE)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.uncertainty: %d; the test has its own, 0 is allowed",
                           (int)m.options.uncertainty);
    info_status status = info_i_packing_of_series(ctx, series, alphabets, width, &layout);
    if (status == INFO_OK)
        status = open_shuffle(ctx, &layout, series, &m, &s, &x_groups, &y_groups);
    if (status == INFO_OK)
        status = fixed_terms(ctx, &layout, series, &m);
    if (status != INFO_OK)
        return status;
    pair.field[0].limit = (uint64_t)x_groups - 1;
    pair.field[1].limit = (uint64_t)y_groups - 1;
    info_i_packing_pack(&pair);
    info_permutation_result r = {0};
    status = test(ctx, &pair, &s, &m, permutations, &r);
    if (status != INFO_OK)
        return status;
    r.value = info_i_from_nats(r.value, m.options.unit);
    r.null_mean = info_i_from_nats(r.null_mean, m.options.unit);
    r.null_deviation = info_i_from_nats(r.null_deviation, m.options.unit);
    *out = r;
    return INFO_OK;
}

info_status info_permutation_test(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                  uint64_t a, uint64_t b, uint64_t given, int64_t permutations,
                                  const info_estimator_options *options, info_permutation_result *out)
{
    return INFO_I_CALL(ctx, permutation_test(ctx, series, alphabets, width, a, b, given, permutations, options, out));
}
