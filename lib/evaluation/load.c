/* SPDX-License-Identifier: MIT
 * States from bytes: nothing in them is believed before it is checked, though the checksum is right. */
#include <math.h>
#include <string.h>

#include "evaluation/options.h"
#include "evaluation/state.h"

/* What a load is working with. */
typedef struct loading {
    info_ctx *ctx;
    info_i_reader r;
    info_evaluation *state;
} loading;

static info_status wrong(loading *l, const char *what)
{
    return info_i_fail(&l->ctx->error, INFO_ERROR_CORRUPT,
                       "bytes: the checksum is right, and %s is not: not saved by this library", what);
}

static int64_t read_whole(info_i_reader *r)
{
    const uint64_t value = info_i_read_short(r);
    if (value > INT64_MAX)
        r->failed = true;
    return r->failed ? 0 : (int64_t)value;
}

/* ---- Configuration ------------------------------------------------------ */

static bool read_name(loading *l, const char **name)
{
    const int64_t length = info_i_read_count(&l->r, 1);
    if (length > INFO_I_NAME_BYTES)
        l->r.failed = true;
    char *text = info_i_scratch(l->ctx, l->r.failed ? 1 : length + 1, 1);
    if (!text)
        return false;
    info_i_read_bytes(&l->r, text, l->r.failed ? 0 : length);
    text[l->r.failed ? 0 : length] = '\0';
    if (!l->r.failed && (int64_t)strlen(text) != length)
        l->r.failed = true;
    *name = text;
    return true;
}

/* count numbers of 64 bits, as the machine has them. */
static const void *read_numbers(loading *l, int64_t count, bool doubles)
{
    if (count > l->r.left / 8)
        l->r.failed = true;
    if (l->r.failed)
        count = 0;
    int64_t *numbers = info_i_scratch(l->ctx, count + 1, sizeof *numbers);
    for (int64_t i = 0; numbers && i < count; i++)
        if (doubles) {
            const double value = info_i_read_f64(&l->r);
            memcpy(numbers + i, &value, sizeof value);
        } else {
            numbers[i] = info_i_read_i64(&l->r);
        }
    return numbers;
}

/* The options that the state was made with, as far as they are saved; false without memory. */
static bool read_options(loading *l, info_evaluation_options *o, info_spectral_options *spectral)
{
    info_i_reader *r = &l->r;
    *o = (info_evaluation_options){.struct_size = sizeof *o};
    o->kind = (info_evaluation_kind)info_i_read_u32(r);
    o->documents = (info_documents)info_i_read_u32(r);
    o->percentiles = (info_percentiles)info_i_read_u32(r);
    o->cap_rule = (info_weight_cap)info_i_read_u32(r);
    const int64_t columns = info_i_read_i64(r), width = info_i_read_i64(r);
    o->columns = o->kind == INFO_EVALUATION_VALUES ? columns : width;
    o->shards = info_i_read_i64(r);
    o->cap = info_i_read_f64(r);
    o->sequence_cap = info_i_read_f64(r);
    const char **names[INFO_I_NAMES] = {&o->model, &o->reference, &o->tokenizer, &o->data, &o->settings};
    for (int i = 0; i < INFO_I_NAMES; i++)
        if (!read_name(l, names[i]))
            return false;
    const int64_t positions = info_i_read_count(r, 8);
    o->position_edges_len = positions > 0 ? positions + 1 : 0;
    if (positions > 0 && !(o->position_edges = read_numbers(l, positions + 1, false)))
        return false;
    const int64_t confidences = info_i_read_count(r, 8);
    o->confidence_edges_len = confidences > 0 ? confidences + 1 : 0;
    if (confidences > 0 && !(o->confidence_edges = read_numbers(l, confidences + 1, true)))
        return false;
    *spectral = (info_spectral_options){.struct_size = sizeof *spectral};
    spectral->center = (info_choice)info_i_read_u32(r);
    spectral->normalize_rows = (info_choice)info_i_read_u32(r);
    spectral->zero_rows = (info_zero_rows)info_i_read_u32(r);
    spectral->skip = info_i_read_i64(r);
    if (o->kind == INFO_EVALUATION_STATES)
        o->spectral = spectral;
    const int64_t has_mean = info_i_read_count(r, 1);
    if (has_mean > 1 || (has_mean == 1 && o->kind != INFO_EVALUATION_STATES))
        r->failed = true;
    if (has_mean == 1 && !r->failed && !(o->mean = read_numbers(l, width, true)))
        return false;
    o->mean_len = o->mean ? width : 0;
    const info_i_rules *rules = info_i_rules_of(o->kind);
    if (!rules || (o->kind != INFO_EVALUATION_VALUES && columns != rules->columns) || columns > r->left ||
        (o->kind == INFO_EVALUATION_VALUES && width != 0))
        r->failed = true;
    return true;
}

/* ---- Contents ----------------------------------------------------------- */

static void read_sum(info_i_reader *r, info_i_exact_sum *sum)
{
    const uint64_t flags = info_i_read_short(r);
    if (flags > 3)
        r->failed = true;
    if (flags & 1) {
        const uint64_t first = info_i_read_short(r), count = info_i_read_short(r);
        if (count == 0 || first >= INFO_I_EXACT_DIGITS || count > INFO_I_EXACT_DIGITS - first)
            r->failed = true;
        for (uint64_t i = 0; !r->failed && i < count; i++)
            sum->digit[first + i] = (int32_t)info_i_read_u32(r);
        if (!r->failed && (sum->digit[first] == 0 || sum->digit[first + count - 1] == 0))
            r->failed = true;
    }
    if (flags & 2) {
        sum->positive_infinities = read_whole(r);
        sum->negative_infinities = read_whole(r);
        sum->nans = read_whole(r);
        if (info_i_exact_finite(sum))
            r->failed = true;
    }
}

static void read_columns(info_i_reader *r, info_i_column *columns, int64_t count, int64_t most)
{
    for (int64_t k = 0; k < count && !r->failed; k++) {
        columns[k].count = read_whole(r);
        if (columns[k].count > most)
            r->failed = true;
        if (columns[k].count == 0)
            continue;
        read_sum(r, &columns[k].sum);
        read_sum(r, &columns[k].squares);
    }
}

/* false without memory */
static bool read_open(loading *l)
{
    info_i_reader *r = &l->r;
    info_evaluation *s = l->state;
    const int64_t opens = info_i_read_count(r, 8 + s->columns);
    int64_t before = INT64_MIN;
    for (int64_t i = 0; i < opens && !r->failed; i++) {
        const int64_t id = info_i_read_i64(r);
        if (i > 0 && id <= before)
            r->failed = true;
        if (r->failed)
            return true;
        if (!info_i_documents_reserve(s, 1))
            return false;
        info_i_document *document = info_i_document_open(s, id);
        before = id;
        for (int64_t k = 0; k < s->columns && !r->failed; k++) {
            document->column[k].count = read_whole(r);
            if (document->column[k].count > s->total[k].count)
                r->failed = true;
            if (document->column[k].count > 0)
                read_sum(r, &document->column[k].sum);
        }
    }
    return true;
}

static bool read_documents(loading *l)
{
    info_i_reader *r = &l->r;
    info_evaluation *s = l->state;
    s->closed = read_whole(r);
    for (int64_t k = 0; k < s->columns && !r->failed; k++) {
        info_i_document_column *d = &s->document[k];
        d->documents = read_whole(r);
        if (d->documents > s->closed)
            r->failed = true;
        if (d->documents == 0)
            continue;
        read_sum(r, &d->ss);
        read_sum(r, &d->sn);
        read_sum(r, &d->nn);
        read_sum(r, &d->means);
        read_sum(r, &d->mean_squares);
    }
    return r->failed || read_open(l);
}

static bool read_table(loading *l)
{
    info_i_reader *r = &l->r;
    info_evaluation *s = l->state;
    const info_i_rules *rules = info_i_rules_of(s->kind);
    read_columns(r, s->total, s->columns, s->tokens);
    read_columns(r, s->bin, (s->positions + s->confidences) * s->columns, s->tokens);
    for (int32_t i = 0; i < rules->extras && !r->failed; i++)
        read_sum(r, &s->extra[i]);
    bool memory = r->failed || read_documents(l);
    for (int64_t k = 0; k < s->columns && memory && !r->failed; k++) {
        if (!info_i_has_percentiles(s, k))
            continue;
        memory = info_i_histogram_read(r, s, &s->histogram[k], s->percentiles == INFO_PERCENTILES_EXACT);
        if (s->histogram[k].count != s->total[k].count)
            r->failed = true;
    }
    return memory;
}

static void read_fixed(info_i_reader *r, info_i_fixed *values, int64_t count)
{
    for (int64_t i = 0; i < count && !r->failed; i++) {
        const uint64_t low = info_i_read_u64(r), high = info_i_read_u64(r);
        values[i] = (info_i_fixed)((unsigned __int128)high << 64 | low);
    }
}

/* false without memory */
static bool read_ranges(loading *l)
{
    info_i_reader *r = &l->r;
    info_evaluation *s = l->state;
    const int64_t count = info_i_read_count(r, 16);
    if (count < 1)
        r->failed = true;
    if (r->failed)
        return true;
    info_i_state_free(s, s->range);
    s->ranges = 0;
    s->range = info_i_state_alloc(s, count, sizeof *s->range);
    if (!s->range)
        return false;
    int64_t next = 0;
    for (int64_t i = 0; i < count; i++) {
        info_i_range range;
        range.first = info_i_read_i64(r);
        range.last = info_i_read_i64(r);
        /* Ranges that touch would have been one. */
        if (range.first < next || range.last < range.first || range.last >= s->shards)
            r->failed = true;
        if (r->failed)
            return true;
        s->range[s->ranges++] = range;
        next = range.last + 2;
    }
    return true;
}

/* false without memory; l->r.failed for bytes that no state has */
static bool read_contents(loading *l)
{
    info_i_reader *r = &l->r;
    info_evaluation *s = l->state;
    if (!read_ranges(l))
        return false;
    s->position = info_i_read_i64(r);
    const uint32_t flags = info_i_read_u32(r);
    s->given = info_i_read_u32(r);
    s->head = info_i_read_i64(r);
    s->current = info_i_read_i64(r);
    s->tokens = read_whole(r);
    s->skipped = read_whole(r);
    s->above_zero = read_whole(r);
    s->finished = flags & 1;
    s->started = (flags & 2) != 0;
    s->has_head = (flags & 4) != 0;
    s->has_current = (flags & 8) != 0;
    if (flags > 15 || (s->ranges > 1 && !s->finished))
        r->failed = true;
    bool memory = true;
    if (s->kind == INFO_EVALUATION_STATES) {
        s->dropped = read_whole(r);
        read_fixed(r, s->row_sum, s->width);
        read_fixed(r, s->products, s->products ? s->width * (s->width + 1) / 2 : 0);
    } else if (!r->failed) {
        memory = read_table(l);
    }
    if (r->left != 0)
        r->failed = true;
    return memory;
}

/* ---- All of it ---------------------------------------------------------- */

static info_status load(info_ctx *ctx, const void *bytes, int64_t length, info_evaluation **out)
{
    info_i_error *error = &ctx->error;
    loading l = {.ctx = ctx};
    uint32_t kind = 0;
    info_i_check_place(error, "bytes", bytes, 1);
    info_i_check(error, length >= 1, INFO_ERROR_SIZE, "bytes: %lld of them; a state has more", (long long)length);
    info_status status = info_i_check_pointer(error, "out", out);
    if (status == INFO_OK)
        status = info_i_blob_open(error, "bytes", bytes, length, &l.r, &kind);
    if (status == INFO_OK && !info_i_rules_of((info_evaluation_kind)kind))
        status =
            info_i_fail(error, INFO_ERROR_FORMAT, "bytes: hold something else than a state (kind %u)", (unsigned)kind);
    if (status != INFO_OK)
        return status;
    info_evaluation_options o;
    info_spectral_options spectral;
    if (!read_options(&l, &o, &spectral))
        return error->status;
    if (l.r.failed || o.kind != (info_evaluation_kind)kind)
        return wrong(&l, "the configuration");
    const int64_t products = o.kind == INFO_EVALUATION_STATES ? o.columns : 0;
    if (products > l.r.left / 16)
        return wrong(&l, "the width");
    status = info_i_state_create(ctx, &o, &l.state);
    if (status == INFO_ERROR_MEMORY)
        return status;
    if (status != INFO_OK)
        return wrong(&l, "the configuration");
    const bool memory = read_contents(&l);
    if (memory && !l.r.failed) {
        *out = l.state;
        return INFO_OK;
    }
    info_i_state_destroy(l.state);
    return memory ? wrong(&l, "what follows the configuration") : info_i_state_no_memory(error);
}

info_status info_evaluation_load(info_ctx *ctx, const void *bytes, int64_t length, info_evaluation **out)
{
    return INFO_I_CALL(ctx, load(ctx, bytes, length, out));
}

static info_status blob_size(info_ctx *ctx, const void *bytes, int64_t length, int64_t *size)
{
    info_i_error *error = &ctx->error;
    info_i_check_place(error, "bytes", bytes, 1);
    info_i_check(error, length >= 1, INFO_ERROR_SIZE, "bytes: %lld of them; a state has more", (long long)length);
    info_i_check_pointer(error, "size", size);
    info_i_check_spans(error, (info_i_span[]){{"size", size, sizeof *size}, {0}},
                       (info_i_span[]){{"bytes", bytes, length}, {0}});
    return error->status == INFO_OK ? info_i_blob_size(error, "bytes", bytes, length, size) : error->status;
}

info_status info_evaluation_blob_size(info_ctx *ctx, const void *bytes, int64_t length, int64_t *size)
{
    return INFO_I_CALL(ctx, blob_size(ctx, bytes, length, size));
}
