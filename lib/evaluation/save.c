/* SPDX-License-Identifier: MIT
 * States as bytes. A blob (core/wire.h) whose contents are: configuration, shards, where it stands, and the table or
 * the sums over hidden states. Counts are in the short form, sums as their non-zero digits. */
#include <string.h>

#include "evaluation/state.h"

/* ---- Configuration ------------------------------------------------------ */

void info_i_write_configuration(info_i_writer *w, const info_evaluation *s)
{
    info_i_write_u32(w, (uint32_t)s->kind);
    info_i_write_u32(w, (uint32_t)s->documents);
    info_i_write_u32(w, (uint32_t)s->percentiles);
    info_i_write_u32(w, (uint32_t)s->cap_rule);
    info_i_write_i64(w, s->columns);
    info_i_write_i64(w, s->width);
    info_i_write_i64(w, s->shards);
    info_i_write_f64(w, s->cap);
    info_i_write_f64(w, s->sequence_cap);
    for (int i = 0; i < INFO_I_NAMES; i++) {
        const int64_t length = (int64_t)strlen(s->name[i]);
        info_i_write_short(w, (uint64_t)length);
        info_i_write_bytes(w, s->name[i], length);
    }
    info_i_write_short(w, (uint64_t)s->positions);
    for (int64_t i = 0; s->positions > 0 && i <= s->positions; i++)
        info_i_write_i64(w, s->position_edge[i]);
    info_i_write_short(w, (uint64_t)s->confidences);
    for (int64_t i = 0; s->confidences > 0 && i <= s->confidences; i++)
        info_i_write_f64(w, s->confidence_edge[i]);
    info_i_write_u32(w, (uint32_t)s->spectral.center);
    info_i_write_u32(w, (uint32_t)s->spectral.normalize_rows);
    info_i_write_u32(w, (uint32_t)s->spectral.zero_rows);
    info_i_write_i64(w, s->spectral.skip);
    info_i_write_short(w, s->mean != NULL);
    for (int64_t i = 0; s->mean && i < s->width; i++)
        info_i_write_f64(w, s->mean[i]);
}

bool info_i_configuration_hash(info_ctx *ctx, const info_evaluation *state, uint64_t *hash)
{
    info_i_writer counted = {NULL, 0}, written = {NULL, 0};
    info_i_write_configuration(&counted, state);
    written.bytes = info_i_scratch(ctx, counted.used, 1);
    if (!written.bytes)
        return false;
    info_i_write_configuration(&written, state);
    *hash = info_i_crc64(written.bytes, written.used);
    return true;
}

/* ---- The table ---------------------------------------------------------- */

/* Flags (1: digits, 2: infinities or NaN); first digit, their number, each; three counts. */
static void write_sum(info_i_writer *w, const info_i_exact_sum *sum)
{
    info_i_exact_sum s = *sum;
    info_i_exact_carry(&s);
    int64_t first = 0, last = INFO_I_EXACT_DIGITS - 1;
    while (last >= 0 && s.digit[last] == 0)
        last--;
    while (first < last && s.digit[first] == 0)
        first++;
    const bool finite = info_i_exact_finite(&s);
    info_i_write_short(w, (last >= 0 ? 1 : 0) | (finite ? 0 : 2));
    if (last >= 0) {
        info_i_write_short(w, (uint64_t)first);
        info_i_write_short(w, (uint64_t)(last - first + 1));
        for (int64_t i = first; i <= last; i++)
            info_i_write_u32(w, (uint32_t)(uint64_t)s.digit[i]);
    }
    if (!finite) {
        info_i_write_short(w, (uint64_t)s.positive_infinities);
        info_i_write_short(w, (uint64_t)s.negative_infinities);
        info_i_write_short(w, (uint64_t)s.nans);
    }
}

static void write_columns(info_i_writer *w, const info_i_column *columns, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        info_i_write_short(w, (uint64_t)columns[k].count);
        if (columns[k].count == 0)
            continue;
        write_sum(w, &columns[k].sum);
        write_sum(w, &columns[k].squares);
    }
}

static void write_documents(info_i_writer *w, const info_evaluation *s)
{
    info_i_write_short(w, (uint64_t)s->closed);
    for (int64_t k = 0; k < s->columns; k++) {
        const info_i_document_column *d = &s->document[k];
        info_i_write_short(w, (uint64_t)d->documents);
        if (d->documents == 0)
            continue;
        write_sum(w, &d->ss);
        write_sum(w, &d->sn);
        write_sum(w, &d->nn);
        write_sum(w, &d->means);
        write_sum(w, &d->mean_squares);
    }
    info_i_write_short(w, (uint64_t)s->opens);
    for (int64_t i = 0; i < s->opens; i++) {
        info_i_write_i64(w, s->open[i]->id);
        for (int64_t k = 0; k < s->columns; k++) {
            info_i_write_short(w, (uint64_t)s->open[i]->column[k].count);
            if (s->open[i]->column[k].count > 0)
                write_sum(w, &s->open[i]->column[k].sum);
        }
    }
}

static void write_table(info_i_writer *w, const info_evaluation *s, double *work)
{
    const info_i_rules *rules = info_i_rules_of(s->kind);
    write_columns(w, s->total, s->columns);
    write_columns(w, s->bin, (s->positions + s->confidences) * s->columns);
    for (int32_t i = 0; i < rules->extras; i++)
        write_sum(w, &s->extra[i]);
    write_documents(w, s);
    for (int64_t k = 0; k < s->columns; k++)
        if (info_i_has_percentiles(s, k))
            info_i_histogram_write(w, &s->histogram[k], s->percentiles == INFO_PERCENTILES_EXACT, work);
}

/* ---- Hidden states ------------------------------------------------------ */

static void write_fixed(info_i_writer *w, const info_i_fixed *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        info_i_write_u64(w, (uint64_t)(unsigned __int128)values[i]);
        info_i_write_u64(w, (uint64_t)((unsigned __int128)values[i] >> 64));
    }
}

/* ---- All of it ---------------------------------------------------------- */

static void write_state(info_i_writer *w, const info_evaluation *s, double *work)
{
    const int64_t begin = w->used;
    info_i_blob_begin(w, (uint32_t)s->kind);
    info_i_write_configuration(w, s);
    info_i_write_short(w, (uint64_t)s->ranges);
    for (int64_t i = 0; i < s->ranges; i++) {
        info_i_write_i64(w, s->range[i].first);
        info_i_write_i64(w, s->range[i].last);
    }
    info_i_write_i64(w, s->position);
    info_i_write_u32(w,
                     (s->finished ? 1 : 0) | (s->started ? 2 : 0) | (s->has_head ? 4 : 0) | (s->has_current ? 8 : 0));
    info_i_write_u32(w, s->given);
    info_i_write_i64(w, s->head);
    info_i_write_i64(w, s->current);
    info_i_write_short(w, (uint64_t)s->tokens);
    info_i_write_short(w, (uint64_t)s->skipped);
    info_i_write_short(w, (uint64_t)s->above_zero);
    if (s->kind == INFO_EVALUATION_STATES) {
        info_i_write_short(w, (uint64_t)s->dropped);
        write_fixed(w, s->row_sum, s->width);
        write_fixed(w, s->products, s->products ? s->width * (s->width + 1) / 2 : 0);
    } else {
        write_table(w, s, work);
    }
    info_i_blob_end(w, begin);
}

static info_status saved_size(info_ctx *ctx, const info_evaluation *state, int64_t *size)
{
    info_i_check_state(&ctx->error, state, 0);
    if (info_i_check_pointer(&ctx->error, "size", size) != INFO_OK)
        return ctx->error.status;
    info_i_writer w = {NULL, 0};
    write_state(&w, state, NULL);
    *size = w.used;
    return INFO_OK;
}

info_status info_evaluation_saved_size(info_ctx *ctx, const info_evaluation *state, int64_t *size)
{
    return INFO_I_CALL(ctx, saved_size(ctx, state, size));
}

static info_status save(info_ctx *ctx, const info_evaluation *state, void *buffer, int64_t length, int64_t *written)
{
    info_i_error *error = &ctx->error;
    info_i_writer counted = {NULL, 0}, w = {buffer, 0};
    info_i_check_state(error, state, 0);
    info_i_check_pointer(error, "written", written);
    info_i_check_place(error, "buffer", buffer, 1);
    if (error->status != INFO_OK)
        return error->status;
    write_state(&counted, state, NULL);
    info_i_check(error, length >= counted.used, INFO_ERROR_OUTPUT, "buffer: has %lld bytes; %lld are needed",
                 (long long)length, (long long)counted.used);
    info_i_check_spans(error,
                       (info_i_span[]){{"buffer", buffer, counted.used}, {"written", written, sizeof *written}, {0}},
                       (info_i_span[]){{0}});
    if (error->status != INFO_OK)
        return error->status;
    int64_t most = 1;
    for (int64_t k = 0; state->percentiles == INFO_PERCENTILES_EXACT && state->histogram && k < state->columns; k++)
        most = state->histogram[k].count > most ? state->histogram[k].count : most;
    double *work = info_i_scratch(ctx, most, sizeof *work);
    if (!work)
        return error->status;
    write_state(&w, state, work);
    *written = w.used;
    return INFO_OK;
}

info_status info_evaluation_save(info_ctx *ctx, const info_evaluation *state, void *buffer, int64_t length,
                                 int64_t *written)
{
    return INFO_I_CALL(ctx, save(ctx, state, buffer, length, written));
}
