/* SPDX-License-Identifier: MIT
 * Cells and the marginals they belong to. */
#include "sample/groups.h"

info_status info_i_groups_of(info_ctx *ctx, const info_i_packing *layout, const info_i_table *table, uint64_t symbols,
                             int64_t *of, int64_t *groups)
{
    info_i_packing marginal;
    info_i_packing_project(layout, symbols, &marginal);
    const int32_t words = marginal.words, stride = words + 1, from_words = layout->words;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    uint64_t *records = info_i_scratch_zero(ctx, table->size, (size_t)stride * sizeof *records);
    uint64_t *other = records ? info_i_scratch(ctx, table->size, (size_t)stride * sizeof *other) : NULL;
    if (!other)
        return ctx->error.status;
    for (int64_t i = 0; i < table->size; i++) {
        uint64_t *record = records + i * stride;
        for (int32_t j = 0, to = 0; j < layout->width; j++)
            if (symbols >> j & 1) {
                const info_i_field *f = &marginal.field[to++];
                const uint64_t *from = table->records + i * (from_words + 1);
                record[f->word] |= ((uint64_t)info_i_packing_symbol(layout, from, j) - (uint64_t)f->low) << f->shift;
            }
        record[words] = (uint64_t)i;
    }
    info_i_sorted sorted;
    const info_status status = info_i_sort_records(ctx, &marginal, true, records, other, table->size, &sorted);
    int64_t group = -1;
    for (int64_t i = 0; status == INFO_OK && i < table->size; i++) {
        const uint64_t *record = sorted.records + i * stride;
        group += i == 0 || !info_i_same_key(record, record - stride, words);
        of[record[words]] = group;
    }
    *groups = group + 1;
    info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_i_groups_open(info_ctx *ctx, const info_i_measure *m, const info_i_packing *layout,
                               const info_i_table *table, info_i_groups *out)
{
    *out = (info_i_groups){.cells = table->size};
    int64_t *count = info_i_scratch(ctx, table->size, sizeof *count);
    if (!count)
        return ctx->error.status;
    for (int64_t i = 0; i < table->size; i++) {
        count[i] = (int64_t)table->records[i * (layout->words + 1) + layout->words];
        out->samples += count[i];
    }
    out->count = count;
    const uint64_t all = layout->width == 64 ? UINT64_MAX : (UINT64_C(1) << layout->width) - 1;
    for (int32_t t = 0; t < m->count; t++) {
        out->groups[t] = table->size;
        if (m->term[t].symbols == all)
            continue;
        int64_t *of = info_i_scratch(ctx, table->size, sizeof *of);
        if (!of)
            return ctx->error.status;
        const info_status status = info_i_groups_of(ctx, layout, table, m->term[t].symbols, of, &out->groups[t]);
        if (status != INFO_OK)
            return status;
        out->of[t] = of;
    }
    return INFO_OK;
}
