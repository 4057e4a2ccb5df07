/* SPDX-License-Identifier: MIT
 * Reading tables of counts: summaries, tuples, marginals. */
#include <string.h>

#include "sample/counts.h"

/* After the checks of a call: what waits is sorted. */
static info_status settled(info_ctx *ctx, info_counts *counts)
{
    info_i_check_pointer(&ctx->error, "counts", counts);
    return ctx->error.status == INFO_OK ? info_i_counts_settle(ctx, counts) : ctx->error.status;
}

static info_status summarize(info_ctx *ctx, info_counts *counts, info_counts_summary *out)
{
    info_i_check_pointer(&ctx->error, "out", out);
    const info_status status = settled(ctx, counts);
    if (status != INFO_OK)
        return status;
    const int32_t words = counts->layout.words;
    info_counts_summary s = {.total = counts->total, .distinct = counts->table.size, .width = counts->layout.width};
    for (int64_t i = 0; i < s.distinct; i++) {
        const int64_t times = (int64_t)counts->table.records[i * (words + 1) + words];
        s.singletons += times == 1;
        s.doubletons += times == 2;
        s.largest = times > s.largest ? times : s.largest;
    }
    s.bytes =
        (int64_t)sizeof *counts + (s.distinct * (words + 1) + counts->waiting_room * words) * (int64_t)sizeof(uint64_t);
    s.coverage = s.total > 0 ? 1 - (double)s.singletons / (double)s.total : 0;
    *out = s;
    return INFO_OK;
}

info_status info_counts_summarize(info_ctx *ctx, info_counts *counts, info_counts_summary *out)
{
    return INFO_I_CALL(ctx, summarize(ctx, counts, out));
}

info_status info_i_check_tuples(info_i_error *error, const int64_t *tuples, int64_t tuples_len, int64_t count,
                                int32_t width)
{
    int64_t symbols = 0;
    if (!tuples)
        return error->status;
    info_i_check(error, info_i_multiply(count, width, &symbols) && tuples_len >= symbols, INFO_ERROR_OUTPUT,
                 "tuples: has %lld elements; %lld times %d are needed", (long long)tuples_len, (long long)count,
                 (int)width);
    return info_i_check_pointer(error, "tuples", tuples);
}

static info_status read(info_ctx *ctx, info_counts *counts, int64_t first, int64_t *tuples, int64_t tuples_len,
                        int64_t *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    int64_t end;
    info_i_check_output(error, "out", out, out_len, 1);
    const info_status status = settled(ctx, counts);
    if (status != INFO_OK)
        return status;
    if (first < 0 || !info_i_add(first, out_len, &end) || end > counts->table.size)
        return info_i_fail(error, INFO_ERROR_TARGET, "first: %lld and %lld tuples more; the table has %lld",
                           (long long)first, (long long)out_len, (long long)counts->table.size);
    const int32_t width = counts->layout.width, words = counts->layout.words;
    if (info_i_check_tuples(error, tuples, tuples_len, out_len, width) != INFO_OK ||
        info_i_check_spans(error,
                           (info_i_span[]){info_i_array_span("tuples", tuples, out_len * width, sizeof *tuples),
                                           info_i_array_span("out", out, out_len, sizeof *out),
                                           {0}},
                           (info_i_span[]){{0}}) != INFO_OK)
        return error->status;
    for (int64_t i = 0; i < out_len; i++) {
        const uint64_t *record = counts->table.records + (first + i) * (words + 1);
        out[i] = (int64_t)record[words];
        for (int32_t j = 0; tuples && j < width; j++)
            tuples[i * width + j] = info_i_packing_symbol(&counts->layout, record, j);
    }
    return INFO_OK;
}

info_status info_counts_read(info_ctx *ctx, info_counts *counts, int64_t first, int64_t *tuples, int64_t tuples_len,
                             int64_t *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, read(ctx, counts, first, tuples, tuples_len, out, out_len));
}

static info_status find(info_ctx *ctx, info_counts *counts, const int64_t *tuple, int32_t width, int64_t *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "tuple", tuple);
    info_i_check_pointer(error, "out", out);
    info_i_check_pointer(error, "counts", counts);
    info_i_check(error, width == counts->layout.width, INFO_ERROR_SIZE, "width: %d symbols for a table of %d",
                 (int)width, (int)counts->layout.width);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_array_span("tuple", tuple, width, sizeof *tuple), {0}});
    if (error->status != INFO_OK || info_i_counts_settle(ctx, counts) != INFO_OK)
        return error->status;
    const int32_t words = counts->layout.words;
    uint64_t key[INFO_MAX_SERIES] = {0};
    for (int32_t j = 0; j < width; j++) {
        const info_i_field *f = &counts->layout.field[j];
        const uint64_t value = (uint64_t)tuple[j] - (uint64_t)f->low;
        if (value > f->limit)
            return info_i_fail(error, INFO_ERROR_TARGET,
                               "tuple: element %d is %lld; symbols of its alphabet are 0 to %lld", (int)j,
                               (long long)tuple[j], (long long)f->limit);
        key[f->word] |= value << f->shift;
    }
    const info_i_table *t = &counts->table;
    const int64_t at = info_i_lower_bound(t->records, t->size, words, words + 1, key);
    const uint64_t *record = t->records + at * (words + 1);
    *out = at < t->size && info_i_same_key(record, key, words) ? (int64_t)record[words] : 0;
    return INFO_OK;
}

info_status info_counts_find(info_ctx *ctx, info_counts *counts, const int64_t *tuple, int32_t width, int64_t *out)
{
    return INFO_I_CALL(ctx, find(ctx, counts, tuple, width, out));
}

/* ---- Marginals ---- */

typedef struct project_job {
    const info_i_packing *from, *to;
    const info_i_table *table;
    const int32_t *symbols; /* of `from`, for each of `to` */
    uint64_t *records;
} project_job;

static info_status project_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const project_job *job = user;
    const int32_t from_words = job->from->words, words = job->to->words;
    for (int64_t i = begin; i < end; i++) {
        const uint64_t *from = job->table->records + i * (from_words + 1);
        uint64_t *to = job->records + i * (words + 1);
        memset(to, 0, (size_t)words * sizeof *to);
        for (int32_t j = 0; j < job->to->width; j++) {
            const info_i_field *f = &job->to->field[j];
            const uint64_t v = (uint64_t)info_i_packing_symbol(job->from, from, job->symbols[j]) - (uint64_t)f->low;
            to[f->word] |= v << f->shift;
        }
        to[words] = from[from_words];
    }
    return INFO_OK;
}

info_status info_i_project(info_ctx *ctx, const info_i_packing *layout, const info_i_table *table, uint64_t symbols,
                           info_i_packing *out_layout, info_i_table *out)
{
    int32_t chosen[INFO_MAX_SERIES], count = 0;
    for (int32_t j = 0; j < layout->width; j++)
        if (symbols >> j & 1)
            chosen[count++] = j;
    info_i_packing_project(layout, symbols, out_layout);
    const int32_t stride = out_layout->words + 1;
    out->records = info_i_scratch(ctx, table->size, (size_t)stride * sizeof(uint64_t));
    const info_i_mark mark = info_i_scratch_mark(ctx);
    uint64_t *records = out->records ? info_i_scratch(ctx, table->size, (size_t)stride * sizeof(uint64_t)) : NULL;
    uint64_t *other = records ? info_i_scratch(ctx, table->size, (size_t)stride * sizeof(uint64_t)) : NULL;
    if (!other)
        return ctx->error.status;
    project_job job = {layout, out_layout, table, chosen, records};
    info_i_sorted sorted;
    info_status status = info_i_parallel(ctx, table->size, 1 << 14, 0, project_task, &job);
    if (status == INFO_OK)
        status = info_i_sort_records(ctx, out_layout, true, records, other, table->size, &sorted);
    if (status == INFO_OK) {
        out->size = sorted.distinct;
        status = info_i_count_sorted(ctx, &sorted, out->records);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status marginal(info_ctx *ctx, info_counts *counts, uint64_t symbols, info_counts **out)
{
    info_i_check_pointer(&ctx->error, "out", out);
    info_status status = settled(ctx, counts);
    if (status != INFO_OK)
        return status;
    const int32_t width = counts->layout.width;
    if (symbols == 0 || (width < 64 && symbols >> width != 0))
        return info_i_fail(&ctx->error, INFO_ERROR_TARGET, "symbols: the set %#llx of symbols 0 to %d",
                           (unsigned long long)symbols, (int)width - 1);
    info_i_packing layout;
    info_i_table table = {NULL, 0};
    if (counts->table.size > 0)
        status = info_i_project(ctx, &counts->layout, &counts->table, symbols, &layout, &table);
    else
        info_i_packing_project(&counts->layout, symbols, &layout);
    info_counts *made = NULL;
    if (status == INFO_OK)
        status = info_i_counts_make(ctx, &layout, &made);
    if (status == INFO_OK)
        status = info_i_counts_add_table(ctx, made, &table, counts->total);
    if (status == INFO_OK)
        *out = made;
    else
        info_counts_destroy(made);
    return status;
}

info_status info_counts_marginal(info_ctx *ctx, info_counts *counts, uint64_t symbols, info_counts **out)
{
    return INFO_I_CALL(ctx, marginal(ctx, counts, symbols, out));
}
