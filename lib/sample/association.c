/* SPDX-License-Identifier: MIT
 * Pointwise mutual information of n-grams, and the strongest of them. */
#include <math.h>

#include "info/sequence.h"
#include "numeric/sort.h"
#include "numeric/unit.h"
#include "sample/groups.h"

/* log of the product of the marginal shares of each tuple, in scratch memory. */
static info_status sum_marginals(info_ctx *ctx, const info_counts *counts, double *sum)
{
    const info_i_packing *layout = &counts->layout;
    const int64_t size = counts->table.size;
    int64_t *of = info_i_scratch(ctx, size, sizeof *of), *times = info_i_scratch(ctx, size, sizeof *times), groups;
    if (!of || !times)
        return ctx->error.status;
    for (int32_t j = 0; j < layout->width; j++) {
        const info_status status = info_i_groups_of(ctx, layout, &counts->table, UINT64_C(1) << j, of, &groups);
        if (status != INFO_OK)
            return status;
        for (int64_t g = 0; g < groups; g++)
            times[g] = 0;
        for (int64_t i = 0; i < size; i++)
            times[of[i]] += (int64_t)counts->table.records[i * (layout->words + 1) + layout->words];
        for (int64_t i = 0; i < size; i++)
            sum[i] += log((double)times[of[i]] / (double)counts->total);
    }
    return INFO_OK;
}

static double rank_of(info_association_rank rank, const info_association *a)
{
    switch (rank) {
    case INFO_ASSOCIATION_NPMI:
        return a->npmi;
    case INFO_ASSOCIATION_COUNT:
        return (double)a->count;
    case INFO_ASSOCIATION_LOCAL:
        return (double)a->count * a->pmi;
    default:
        return a->pmi;
    }
}

static info_association associate(const info_counts *counts, int64_t i, double marginals)
{
    const int32_t words = counts->layout.words;
    const int64_t times = (int64_t)counts->table.records[i * (words + 1) + words];
    const double log_p = log((double)times / (double)counts->total), pmi = log_p - marginals;
    const double least = -log_p * (counts->layout.width - 1);
    return (info_association){times, pmi, least > 0 ? pmi / least : 1};
}

static info_status association(info_ctx *ctx, info_counts *counts, const info_association_options *given,
                               int64_t *tuples, int64_t tuples_len, info_association *out, int64_t out_len,
                               int64_t *found)
{
    info_i_error *error = &ctx->error;
    info_association_options o;
    info_i_options(error, info_association_options, "options", &o, given);
    const info_i_allowed allowed[] = {{"options.unit", o.unit, INFO_NAT, INFO_DIT},
                                      {"options.rank", o.rank, INFO_ASSOCIATION_PMI, INFO_ASSOCIATION_LOCAL},
                                      {"options.reserved", o.reserved, 0, 0},
                                      {"options.minimum_count", o.minimum_count, 0, INT64_MAX},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_pointer(error, "counts", counts);
    info_i_check_output(error, "out", out, out_len, 1);
    info_i_check_pointer(error, "found", found);
    if (error->status != INFO_OK)
        return error->status;
    const int32_t width = counts->layout.width, words = counts->layout.words;
    if (width < 2 || counts->total == 0)
        return info_i_fail(error, INFO_ERROR_SIZE, "counts: %s",
                           width < 2 ? "has single symbols; pairs or more are needed" : "the table is empty");
    info_i_check_tuples(error, tuples, tuples_len, out_len, width);
    info_i_check_spans(error,
                       (info_i_span[]){info_i_array_span("tuples", tuples, out_len * width, sizeof *tuples),
                                       info_i_array_span("out", out, out_len, sizeof *out),
                                       {"found", found, sizeof *found},
                                       {0}},
                       (info_i_span[]){{0}});
    info_status status = error->status == INFO_OK ? info_i_counts_settle(ctx, counts) : error->status;
    if (status != INFO_OK)
        return status;
    const int64_t size = counts->table.size;
    double *marginals = info_i_scratch_zero(ctx, size, sizeof *marginals);
    info_i_ranked *ranked = info_i_scratch(ctx, size, sizeof *ranked);
    if (!marginals || !ranked)
        return error->status;
    status = sum_marginals(ctx, counts, marginals);
    int64_t kept = 0;
    for (int64_t i = 0; status == INFO_OK && i < size; i++) {
        const info_association a = associate(counts, i, marginals[i]);
        if (a.count >= o.minimum_count)
            ranked[kept++] = (info_i_ranked){rank_of(o.rank, &a), i};
    }
    if (status != INFO_OK)
        return status;
    const int64_t best = kept < out_len ? kept : out_len;
    info_i_ranked_select(ranked, kept, best);
    info_i_ranked_sort(ranked, best);
    for (int64_t i = 0; i < best; i++) {
        const int64_t at = ranked[i].index;
        out[i] = associate(counts, at, marginals[at]);
        out[i].pmi = info_i_from_nats(out[i].pmi, o.unit);
        for (int32_t j = 0; tuples && j < width; j++)
            tuples[i * width + j] = info_i_packing_symbol(&counts->layout, counts->table.records + at * (words + 1), j);
    }
    *found = best;
    return INFO_OK;
}

info_status info_counts_association(info_ctx *ctx, info_counts *counts, const info_association_options *options,
                                    int64_t *tuples, int64_t tuples_len, info_association *out, int64_t out_len,
                                    int64_t *found)
{
    return INFO_I_CALL(ctx, association(ctx, counts, options, tuples, tuples_len, out, out_len, found));
}
