/* SPDX-License-Identifier: MIT
 * Entropies and mutual information, from counts, from tables and from series. */
#include <string.h>

#include "numeric/unit.h"
#include "sample/documents.h"

/* ---- From counts alone ---- */

/* A table whose keys are the places of the counts that are not 0. */
static info_status table_of_counts(info_ctx *ctx, const int64_t *counts, int64_t count, info_i_table *out)
{
    out->size = 0;
    out->records = info_i_scratch(ctx, 2 * count, sizeof *out->records);
    if (!out->records)
        return ctx->error.status;
    for (int64_t i = 0; i < count; i++)
        if (counts[i] > 0) {
            out->records[2 * out->size] = (uint64_t)i;
            out->records[2 * out->size++ + 1] = (uint64_t)counts[i];
        }
    return INFO_OK;
}

static info_status estimate_entropy(info_ctx *ctx, const int64_t *counts, int64_t count,
                                    const info_estimator_options *options, info_sample_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_i_measure m = {.count = 1, .stated = true, .term[0] = {.symbols = 1, .sign = 1}};
    info_sample_estimate made;
    info_i_check_pointer(error, "counts", counts);
    info_i_check_pointer(error, "out", out);
    info_i_estimate_options(error, options, true, &m.options);
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "count: %lld; at least 1 is needed", (long long)count);
    info_i_check(error, count <= INT64_MAX / (int64_t)sizeof *counts, INFO_ERROR_OVERFLOW,
                 "count: %lld counts cannot be addressed", (long long)count);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_array_span("counts", counts, count, sizeof *counts), {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = info_i_profile_of_counts(ctx, counts, count, &m.term[0].profile);
    if (status != INFO_OK)
        return status;
    if (m.options.alphabet != 0 && m.options.alphabet < m.term[0].profile.distinct)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "options.alphabet: %lld, but %lld symbols occurred",
                           (long long)m.options.alphabet, (long long)m.term[0].profile.distinct);
    m.term[0].alphabet = (double)(m.options.alphabet ? m.options.alphabet : count);
    info_i_measure_report(&m, &made);
    if (m.options.uncertainty != INFO_UNCERTAINTY_NONE) {
        info_i_packing layout = {.width = 1, .field[0].limit = (uint64_t)count - 1};
        info_i_table table;
        info_i_packing_pack(&layout);
        status = table_of_counts(ctx, counts, count, &table);
        if (status == INFO_OK)
            status = info_i_measure_uncertainty(ctx, &m, &layout, &table, &made);
    }
    if (status == INFO_OK)
        *out = made;
    return status;
}

info_status info_estimate_entropy(info_ctx *ctx, const int64_t *counts, int64_t count,
                                  const info_estimator_options *options, info_sample_estimate *out)
{
    return INFO_I_CALL(ctx, estimate_entropy(ctx, counts, count, options, out));
}

/* ---- From a table ---- */

/* Different symbols of each series, where an estimator asks and the alphabet is not stated. */
static info_status count_symbols(info_ctx *ctx, const info_i_measure *m, const info_i_packing *layout,
                                 const info_i_table *table, int64_t *distinct)
{
    info_status status = INFO_OK;
    for (int32_t j = 0; status == INFO_OK && j < layout->width; j++) {
        if (layout->alphabet[j] || !(m->term[0].symbols >> j & 1))
            continue;
        info_i_packing one;
        info_i_table marginal;
        const info_i_mark mark = info_i_scratch_mark(ctx);
        status = info_i_project(ctx, layout, table, UINT64_C(1) << j, &one, &marginal);
        distinct[j] = marginal.size;
        info_i_scratch_release(ctx, mark);
    }
    return status;
}

static info_status term_profile(info_ctx *ctx, const info_i_packing *layout, const info_i_table *table, int64_t samples,
                                info_i_term *term)
{
    const uint64_t all = layout->width == 64 ? UINT64_MAX : (UINT64_C(1) << layout->width) - 1;
    if (term->symbols == all)
        return info_i_profile_of_table(ctx, table, layout->words, samples, &term->profile);
    info_i_packing marginal_layout;
    info_i_table marginal;
    const info_status status = info_i_project(ctx, layout, table, term->symbols, &marginal_layout, &marginal);
    return status == INFO_OK ? info_i_profile_of_table(ctx, &marginal, marginal_layout.words, samples, &term->profile)
                             : status;
}

/* The measure of a table that is settled. */
static info_status of_table(info_ctx *ctx, info_i_measure *m, const info_i_packing *layout, const info_i_table *table,
                            int64_t samples, info_sample_estimate *out)
{
    int64_t distinct[INFO_MAX_SERIES];
    info_sample_estimate made;
    info_status status = count_symbols(ctx, m, layout, table, distinct);
    if (status == INFO_OK)
        info_i_measure_alphabets(m, layout, distinct);
    for (int32_t t = 0; status == INFO_OK && t < m->count; t++)
        status = term_profile(ctx, layout, table, samples, &m->term[t]);
    if (status != INFO_OK)
        return status;
    info_i_measure_report(m, &made);
    if (m->options.uncertainty != INFO_UNCERTAINTY_NONE)
        status = info_i_measure_uncertainty(ctx, m, layout, table, &made);
    if (status == INFO_OK)
        *out = made;
    return status;
}

static info_status of_counts(info_ctx *ctx, info_counts *counts, uint64_t a, uint64_t b, uint64_t given,
                             bool information, const info_estimator_options *options, info_sample_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_i_measure m;
    info_i_check_pointer(error, "counts", counts);
    info_i_check_pointer(error, "out", out);
    info_i_measure_open(error, a, b, given, information, counts ? counts->layout.width : 1, options, &m);
    if (error->status != INFO_OK)
        return error->status;
    const info_status status = info_i_counts_settle(ctx, counts);
    if (status != INFO_OK)
        return status;
    if (counts->total == 0)
        return info_i_fail(error, INFO_ERROR_SIZE, "counts: the table is empty; at least one sample is needed");
    return of_table(ctx, &m, &counts->layout, &counts->table, counts->total, out);
}

info_status info_counts_entropy(info_ctx *ctx, info_counts *counts, uint64_t symbols, uint64_t given,
                                const info_estimator_options *options, info_sample_estimate *out)
{
    return INFO_I_CALL(ctx, of_counts(ctx, counts, symbols, 0, given, false, options, out));
}

info_status info_counts_mutual_information(info_ctx *ctx, info_counts *counts, uint64_t a, uint64_t b, uint64_t given,
                                           const info_estimator_options *options, info_sample_estimate *out)
{
    return INFO_I_CALL(ctx, of_counts(ctx, counts, a, b, given, true, options, out));
}

/* ---- From series ---- */

/* The series of one set, with the places of their symbols. */
static void choose(const info_i_packing *layout, const info_series *series, uint64_t symbols, info_i_packing *chosen,
                   info_series *out)
{
    info_i_packing_project(layout, symbols, chosen);
    for (int32_t j = 0, to = 0; j < layout->width; j++)
        if (symbols >> j & 1)
            out[to++] = series[j];
}

static info_status profile_of_series(info_ctx *ctx, const info_i_packing *layout, const info_series *series,
                                     uint64_t symbols, info_i_profile *out)
{
    info_i_packing chosen;
    info_series of[INFO_MAX_SERIES];
    choose(layout, series, symbols, &chosen, of);
    const info_i_source source = {&chosen, of, NULL, 0, series[0].length};
    return info_i_profile_of_source(ctx, &source, out);
}

/* Profiles of all terms from the cells of the first, which has all symbols; they are few. */
static info_status profiles_of_cells(info_ctx *ctx, const info_i_packing *layout, const info_series *series,
                                     info_i_measure *m)
{
    info_i_packing all;
    info_series of[INFO_MAX_SERIES];
    int64_t *cells = NULL;
    choose(layout, series, m->term[0].symbols, &all, of);
    const info_i_source source = {&all, of, NULL, 0, series[0].length};
    info_status status = info_i_count_cells(ctx, &source, &cells);
    for (int32_t t = 0; status == INFO_OK && t < m->count; t++) {
        info_i_packing part;
        info_i_packing_project(layout, m->term[t].symbols, &part);
        const int64_t size = INT64_C(1) << info_i_packing_bits(&part);
        int64_t *sums = info_i_scratch_zero(ctx, size, sizeof *sums);
        if (!sums)
            return ctx->error.status;
        for (uint64_t key = 0; key >> info_i_packing_bits(&all) == 0; key++) {
            uint64_t cell = 0;
            for (int32_t j = 0, from = 0, to = 0; j < layout->width; from += (int32_t)(m->term[0].symbols >> j++ & 1))
                if (m->term[t].symbols >> j & 1) {
                    const info_i_field *f = &part.field[to++];
                    cell |= ((uint64_t)info_i_packing_symbol(&all, &key, from) - (uint64_t)f->low) << f->shift;
                }
            sums[cell] += cells[key];
        }
        status = info_i_profile_of_counts(ctx, sums, size, &m->term[t].profile);
    }
    return status;
}

/* Uncertainties ask for the cells of the joint table. */
static info_status by_table(info_ctx *ctx, info_i_measure *m, const info_i_packing *layout, const info_series *series,
                            info_sample_estimate *out)
{
    info_i_packing chosen;
    info_series of[INFO_MAX_SERIES];
    choose(layout, series, m->term[0].symbols, &chosen, of);
    const info_i_source source = {&chosen, of, NULL, 0, series[0].length};
    info_i_sorted sorted;
    info_status status = info_i_sort_source(ctx, &source, &sorted);
    if (status != INFO_OK)
        return status;
    info_i_table table = {info_i_scratch(ctx, sorted.distinct, (size_t)(chosen.words + 1) * sizeof(uint64_t)),
                          sorted.distinct};
    if (!table.records)
        return ctx->error.status;
    status = info_i_count_sorted(ctx, &sorted, table.records);
    /* The sets, as bits of the series that were chosen. */
    for (int32_t t = 0; t < m->count; t++) {
        uint64_t symbols = 0;
        for (int32_t j = 0, to = 0; j < layout->width; j++)
            if (m->term[0].symbols >> j & 1)
                symbols |= (m->term[t].symbols >> j & 1) << to++;
        if (t > 0)
            m->term[t].symbols = symbols;
    }
    m->term[0].symbols = chosen.width == 64 ? UINT64_MAX : (UINT64_C(1) << chosen.width) - 1;
    return status == INFO_OK ? of_table(ctx, m, &chosen, &table, series[0].length, out) : status;
}

static info_status of_series(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                             uint64_t a, uint64_t b, uint64_t given, bool information,
                             const info_estimator_options *options, info_sample_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_i_measure m;
    info_i_packing layout;
    int64_t distinct[INFO_MAX_SERIES];
    info_sample_estimate made;
    info_i_check_series_list(error, series, width);
    info_i_check_pointer(error, "out", out);
    info_i_check_series_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}}, series, alphabets, width);
    info_i_measure_open(error, a, b, given, information, width, options, &m);
    if (error->status != INFO_OK)
        return error->status;
    info_status status = info_i_packing_of_series(ctx, series, alphabets, width, &layout);
    if (status != INFO_OK)
        return status;
    if (m.options.uncertainty != INFO_UNCERTAINTY_NONE)
        return by_table(ctx, &m, &layout, series, out);
    info_i_packing all;
    info_i_packing_project(&layout, m.term[0].symbols, &all);
    if (info_i_has_few_cells(&all))
        status = profiles_of_cells(ctx, &layout, series, &m);
    else
        for (int32_t t = m.count - 1; status == INFO_OK && t >= 0; t--)
            status = profile_of_series(ctx, &layout, series, m.term[t].symbols, &m.term[t].profile);
    for (int32_t j = 0; status == INFO_OK && j < width; j++)
        if (!layout.alphabet[j] && m.term[0].symbols >> j & 1) {
            info_i_profile one;
            status = profile_of_series(ctx, &layout, series, UINT64_C(1) << j, &one);
            distinct[j] = one.distinct;
        }
    if (status != INFO_OK)
        return status;
    info_i_measure_alphabets(&m, &layout, distinct);
    info_i_measure_report(&m, &made);
    *out = made;
    return INFO_OK;
}

info_status info_sample_entropy(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                uint64_t symbols, uint64_t given, const info_estimator_options *options,
                                info_sample_estimate *out)
{
    return INFO_I_CALL(ctx, of_series(ctx, series, alphabets, width, symbols, 0, given, false, options, out));
}

info_status info_sample_mutual_information(info_ctx *ctx, const info_series *series, const int64_t *alphabets,
                                           int32_t width, uint64_t a, uint64_t b, uint64_t given,
                                           const info_estimator_options *options, info_sample_estimate *out)
{
    return INFO_I_CALL(ctx, of_series(ctx, series, alphabets, width, a, b, given, true, options, out));
}

info_status info_i_sample_information(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                      uint64_t a, uint64_t b, uint64_t given, const info_estimator_options *options,
                                      info_sample_estimate *out)
{
    return of_series(ctx, series, alphabets, width, a, b, given, true, options, out);
}
