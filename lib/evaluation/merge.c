/* SPDX-License-Identifier: MIT
 * Adding what one state holds to another. */
#include <string.h>

#include "evaluation/fixed.h"
#include "evaluation/state.h"

/* ---- Whether they belong together --------------------------------------- */

static info_status differ(info_i_error *error, const char *what)
{
    return info_i_fail(error, INFO_ERROR_MISMATCH, "from: is of another evaluation: %s differs", what);
}

static bool same_doubles(const double *a, const double *b, int64_t count)
{
    return (!a && !b) || (a && b && memcmp(a, b, (size_t)count * sizeof *a) == 0);
}

static info_status check_configuration(info_i_error *error, const info_evaluation *a, const info_evaluation *b)
{
    static const char *const names[INFO_I_NAMES] = {"model", "reference", "tokenizer", "data", "settings"};
    if (a->kind != b->kind)
        return info_i_fail(error, INFO_ERROR_MISMATCH, "from: is of %s, into of %s", info_i_rules_of(b->kind)->name,
                           info_i_rules_of(a->kind)->name);
    for (int i = 0; i < INFO_I_NAMES; i++)
        if (strcmp(a->name[i], b->name[i]) != 0)
            return info_i_fail(error, INFO_ERROR_MISMATCH,
                               "from: is of another evaluation: its %s is \"%.100s\", into's \"%.100s\"", names[i],
                               b->name[i], a->name[i]);
    const struct {
        const char *name;
        int64_t a, b;
    } numbers[] = {{"documents", a->documents, b->documents},
                   {"percentiles", a->percentiles, b->percentiles},
                   {"cap_rule", a->cap_rule, b->cap_rule},
                   {"columns", a->columns + a->width, b->columns + b->width},
                   {"shards", a->shards, b->shards},
                   {"number of position_edges", a->positions, b->positions},
                   {"number of confidence_edges", a->confidences, b->confidences},
                   {"spectral.center", a->spectral.center, b->spectral.center},
                   {"spectral.normalize_rows", a->spectral.normalize_rows, b->spectral.normalize_rows},
                   {"spectral.zero_rows", a->spectral.zero_rows, b->spectral.zero_rows},
                   {"spectral.skip", a->spectral.skip, b->spectral.skip}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].a != numbers[i].b)
            return info_i_fail(error, INFO_ERROR_MISMATCH,
                               "from: is of another evaluation: its %s is %lld, into's %lld", numbers[i].name,
                               (long long)numbers[i].b, (long long)numbers[i].a);
    if (a->cap != b->cap || a->sequence_cap != b->sequence_cap)
        return differ(error, a->cap != b->cap ? "cap" : "sequence_cap");
    if (a->positions > 0 &&
        memcmp(a->position_edge, b->position_edge, (size_t)(a->positions + 1) * sizeof *a->position_edge) != 0)
        return differ(error, "position_edges");
    if (a->confidences > 0 && !same_doubles(a->confidence_edge, b->confidence_edge, a->confidences + 1))
        return differ(error, "confidence_edges");
    return same_doubles(a->mean, b->mean, a->width) ? INFO_OK : differ(error, "mean");
}

static info_status check_shards(info_i_error *error, const info_evaluation *a, const info_evaluation *b)
{
    int64_t shard;
    if (!a->finished || !b->finished)
        return info_i_fail(error, INFO_ERROR_SHARD, "%s: shard %lld is not finished", a->finished ? "from" : "into",
                           (long long)(a->finished ? b : a)->range[0].first);
    if (info_i_ranges_overlap(a->range, a->ranges, b->range, b->ranges, &shard))
        return info_i_fail(error, INFO_ERROR_SHARD, "from: shard %lld is in both", (long long)shard);
    return INFO_OK;
}

static info_status check_fixed(info_i_error *error, const info_i_fixed *a, const info_i_fixed *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!info_i_fixed_fits(a[i]) || !info_i_fixed_fits(b[i]) || !info_i_fixed_fits(a[i] + b[i]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "from: sums over hidden states exceed 2^62");
    return INFO_OK;
}

/* ---- Room for it -------------------------------------------------------- */

static int64_t new_documents(const info_evaluation *into, const info_evaluation *from)
{
    int64_t count = 0;
    for (int64_t i = 0; i < from->opens; i++)
        count += info_i_document_find(into, from->open[i]->id) == NULL;
    return count;
}

static bool reserve(info_evaluation *into, const info_evaluation *from)
{
    if (!info_i_documents_reserve(into, new_documents(into, from)))
        return false;
    for (int64_t k = 0; k < into->columns; k++)
        if (info_i_has_percentiles(into, k) &&
            !info_i_histogram_reserve_merge(into, &into->histogram[k], &from->histogram[k]))
            return false;
    return true;
}

/* ---- Adding ------------------------------------------------------------- */

static void add_columns(info_i_column *to, const info_i_column *from, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        if (from[k].count == 0)
            continue;
        to[k].count += from[k].count;
        info_i_exact_merge(&to[k].sum, &from[k].sum);
        info_i_exact_merge(&to[k].squares, &from[k].squares);
    }
}

static void add_documents(info_evaluation *into, const info_evaluation *from)
{
    for (int64_t k = 0; k < into->columns; k++) {
        info_i_document_column *to = &into->document[k];
        const info_i_document_column *d = &from->document[k];
        if (d->documents == 0)
            continue;
        to->documents += d->documents;
        info_i_exact_merge(&to->ss, &d->ss);
        info_i_exact_merge(&to->sn, &d->sn);
        info_i_exact_merge(&to->nn, &d->nn);
        info_i_exact_merge(&to->means, &d->means);
        info_i_exact_merge(&to->mean_squares, &d->mean_squares);
    }
    into->closed += from->closed;
    for (int64_t i = 0; i < from->opens; i++) {
        info_i_document *document = info_i_document_open(into, from->open[i]->id);
        for (int64_t k = 0; k < into->columns; k++) {
            document->column[k].count += from->open[i]->column[k].count;
            info_i_exact_merge(&document->column[k].sum, &from->open[i]->column[k].sum);
        }
    }
}

static void add_table(info_evaluation *into, const info_evaluation *from)
{
    const info_i_rules *rules = info_i_rules_of(into->kind);
    add_columns(into->total, from->total, into->columns);
    add_columns(into->bin, from->bin, (into->positions + into->confidences) * into->columns);
    for (int32_t i = 0; i < rules->extras; i++)
        info_i_exact_merge(&into->extra[i], &from->extra[i]);
    add_documents(into, from);
    for (int64_t k = 0; k < into->columns; k++)
        if (info_i_has_percentiles(into, k))
            info_i_histogram_merge(&into->histogram[k], &from->histogram[k]);
}

static void add_states(info_evaluation *into, const info_evaluation *from)
{
    for (int64_t i = 0; i < into->width; i++)
        into->row_sum[i] += from->row_sum[i];
    for (int64_t i = 0; into->products && i < into->width * (into->width + 1) / 2; i++)
        into->products[i] += from->products[i];
    into->dropped += from->dropped;
}

static info_status check(info_i_error *error, const info_evaluation *into, const info_evaluation *from)
{
    info_i_check_pointer(error, "into", into);
    info_i_check_pointer(error, "from", from);
    info_status status = info_i_check(error, into != from, INFO_ERROR_OVERLAP, "from: is into itself");
    if (status == INFO_OK)
        status = check_configuration(error, into, from);
    if (status == INFO_OK)
        status = check_shards(error, into, from);
    if (status == INFO_OK && into->started && from->started && into->given != from->given)
        status = info_i_fail(error, INFO_ERROR_MISMATCH, "from: its batches had other arrays than into's");
    if (status == INFO_OK && into->row_sum)
        status = check_fixed(error, into->row_sum, from->row_sum, into->width);
    if (status == INFO_OK && into->products)
        status = check_fixed(error, into->products, from->products, into->width * (into->width + 1) / 2);
    return status;
}

static info_status merge(info_ctx *ctx, info_evaluation *into, const info_evaluation *from)
{
    const info_status status = check(&ctx->error, into, from);
    if (status != INFO_OK)
        return status;
    info_i_range *range = info_i_state_alloc(into, into->ranges + from->ranges, sizeof *range);
    if (!range || !reserve(into, from)) {
        info_i_state_free(into, range);
        return info_i_state_no_memory(&ctx->error);
    }
    into->ranges = info_i_ranges_union(into->range, into->ranges, from->range, from->ranges, range);
    info_i_state_free(into, into->range);
    into->range = range;
    if (from->started)
        into->given = from->given;
    into->started = into->started || from->started;
    into->tokens += from->tokens;
    into->skipped += from->skipped;
    into->above_zero += from->above_zero;
    /* What only a shard that goes on needs. */
    into->position = 0;
    into->has_head = into->has_current = false;
    into->head = into->current = 0;
    if (into->kind == INFO_EVALUATION_STATES)
        add_states(into, from);
    else
        add_table(into, from);
    return INFO_OK;
}

info_status info_evaluation_merge(info_ctx *ctx, info_evaluation *into, const info_evaluation *from)
{
    return INFO_I_CALL(ctx, merge(ctx, into, from));
}
