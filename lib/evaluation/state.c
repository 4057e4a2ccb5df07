/* SPDX-License-Identifier: MIT
 * The life of a state. */
#include <math.h>
#include <string.h>

#include "evaluation/options.h"
#include "evaluation/state.h"

/* ---- Memory ------------------------------------------------------------- */

void *info_i_state_alloc(info_evaluation *state, int64_t count, int64_t size)
{
    int64_t bytes;
    if (!info_i_multiply(count, size, &bytes) || bytes > INT64_MAX / 4)
        return NULL;
    /* In front, in an alignment unit of its own: how much it is. */
    char *memory = state->alloc(state->alloc_user, (size_t)bytes + INFO_I_ALIGNMENT, INFO_I_ALIGNMENT);
    if (!memory)
        return NULL;
    memcpy(memory, &bytes, sizeof bytes);
    memset(memory + INFO_I_ALIGNMENT, 0, (size_t)bytes);
    state->memory += bytes + INFO_I_ALIGNMENT;
    return memory + INFO_I_ALIGNMENT;
}

void info_i_state_free(info_evaluation *state, void *memory)
{
    if (!memory)
        return;
    char *start = (char *)memory - INFO_I_ALIGNMENT;
    int64_t bytes;
    memcpy(&bytes, start, sizeof bytes);
    state->memory -= bytes + INFO_I_ALIGNMENT;
    state->free(state->alloc_user, start);
}

info_status info_i_state_no_memory(info_i_error *error)
{
    return info_i_fail(error, INFO_ERROR_MEMORY, "state: memory for it could not be had");
}

static info_evaluation *new_state(info_ctx *ctx)
{
    info_evaluation *state = ctx->alloc(ctx->alloc_user, sizeof *state, INFO_I_ALIGNMENT);
    if (!state)
        return NULL;
    memset(state, 0, sizeof *state);
    state->alloc = ctx->alloc;
    state->free = ctx->free;
    state->alloc_user = ctx->alloc_user;
    state->memory = (int64_t)sizeof *state;
    return state;
}

static bool make_table(info_evaluation *s)
{
    const info_i_rules *rules = info_i_rules_of(s->kind);
    const int64_t columns = s->columns, bins = s->positions + s->confidences;
    if (s->kind == INFO_EVALUATION_STATES) {
        s->row_sum = info_i_state_alloc(s, s->width, sizeof *s->row_sum);
        if (info_i_keeps_products(s))
            s->products = info_i_state_alloc(s, s->width * (s->width + 1) / 2, sizeof *s->products);
        return s->row_sum && (!info_i_keeps_products(s) || s->products);
    }
    s->total = info_i_state_alloc(s, columns, sizeof *s->total);
    s->document = info_i_state_alloc(s, columns, sizeof *s->document);
    s->closing = info_i_state_alloc(s, columns, sizeof *s->closing);
    if (rules->extras > 0)
        s->extra = info_i_state_alloc(s, rules->extras, sizeof *s->extra);
    if (bins > 0)
        s->bin = info_i_state_alloc(s, bins * columns, sizeof *s->bin);
    if (s->percentiles != INFO_PERCENTILES_NONE && rules->with_buckets != 0)
        s->histogram = info_i_state_alloc(s, columns, sizeof *s->histogram);
    return s->total && s->document && s->closing && (rules->extras == 0 || s->extra) && (bins == 0 || s->bin) &&
           (s->percentiles == INFO_PERCENTILES_NONE || rules->with_buckets == 0 || s->histogram);
}

void info_i_state_destroy(info_evaluation *s)
{
    if (!s)
        return;
    for (int i = 0; i < INFO_I_NAMES; i++)
        info_i_state_free(s, s->name[i]);
    for (int64_t k = 0; s->histogram && k < s->columns; k++)
        info_i_histogram_free(s, &s->histogram[k]);
    for (int64_t i = 0; i < s->opens + s->spares; i++)
        info_i_state_free(s, s->open[i]);
    void *const arrays[] = {s->position_edge, s->confidence_edge, s->mean,      s->range,    s->total,
                            s->bin,           s->extra,           s->histogram, s->document, s->closing,
                            s->open,          s->row_sum,         s->products};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        info_i_state_free(s, arrays[i]);
    s->free(s->alloc_user, s);
}

/* ---- Making ------------------------------------------------------------- */

static void *copy_of(info_evaluation *s, const void *from, int64_t count, int64_t size)
{
    void *memory = info_i_state_alloc(s, count, size);
    if (memory)
        memcpy(memory, from, (size_t)(count * size));
    return memory;
}

/* Takes over checked options; false without memory. */
static bool configure(info_evaluation *s, const info_evaluation_options *o)
{
    const char *const names[INFO_I_NAMES] = {o->model, o->reference, o->tokenizer, o->data, o->settings};
    const info_i_rules *rules = info_i_rules_of(o->kind);
    s->kind = o->kind;
    s->documents = o->documents;
    s->percentiles = o->percentiles;
    s->cap_rule = o->cap_rule;
    s->cap = o->cap;
    s->sequence_cap = o->sequence_cap;
    s->columns = rules->columns > 0 ? rules->columns : o->kind == INFO_EVALUATION_VALUES ? o->columns : 0;
    s->width = o->kind == INFO_EVALUATION_RANKS || o->kind == INFO_EVALUATION_STATES ? o->columns : 0;
    s->positions = o->position_edges ? o->position_edges_len - 1 : 0;
    s->confidences = o->confidence_edges ? o->confidence_edges_len - 1 : 0;
    s->shards = o->shards == 0 ? 1 : o->shards;
    bool done = true;
    for (int i = 0; i < INFO_I_NAMES && done; i++) {
        const char *text = names[i] ? names[i] : "";
        s->name[i] = copy_of(s, text, (int64_t)strlen(text) + 1, 1);
        done = s->name[i] != NULL;
    }
    if (done && o->position_edges)
        done = (s->position_edge = copy_of(s, o->position_edges, s->positions + 1, sizeof(int64_t))) != NULL;
    if (done && o->confidence_edges)
        done = (s->confidence_edge = copy_of(s, o->confidence_edges, s->confidences + 1, sizeof(double))) != NULL;
    if (done && o->mean)
        done = (s->mean = copy_of(s, o->mean, s->width, sizeof(double))) != NULL;
    const info_i_range range = {o->shard, o->shard};
    if (done)
        done = (s->range = copy_of(s, &range, 1, sizeof range)) != NULL;
    s->ranges = 1;
    return done;
}

info_status info_i_state_create(info_ctx *ctx, const info_evaluation_options *options, info_evaluation **out)
{
    info_evaluation_options o;
    info_spectral_options spectral;
    info_status status = info_i_evaluation_options(&ctx->error, options, &o, &spectral);
    if (status == INFO_OK)
        status = info_i_check_pointer(&ctx->error, "out", out);
    if (status != INFO_OK)
        return status;
    info_evaluation *state = new_state(ctx);
    if (!state)
        return info_i_state_no_memory(&ctx->error);
    state->spectral = spectral;
    if (!configure(state, &o) || !make_table(state)) {
        info_i_state_destroy(state);
        return info_i_state_no_memory(&ctx->error);
    }
    *out = state;
    return INFO_OK;
}

info_status info_evaluation_create(info_ctx *ctx, const info_evaluation_options *options, info_evaluation **out)
{
    return INFO_I_CALL(ctx, info_i_state_create(ctx, options, out));
}

void info_evaluation_destroy(info_evaluation *state)
{
    info_i_state_destroy(state);
}

/* ---- Checks ------------------------------------------------------------- */

info_status info_i_check_state(info_i_error *error, const info_evaluation *state, info_evaluation_kind kind)
{
    info_i_check_pointer(error, "state", state);
    return info_i_check(error, kind == 0 || state->kind == kind, INFO_ERROR_MISMATCH, "state: is one of %s, not of %s",
                        info_i_rules_of(state->kind)->name, info_i_rules_of(kind)->name);
}

info_status info_i_check_batch(info_i_error *error, const info_evaluation *state, uint32_t given)
{
    info_i_check(error, !state->finished, INFO_ERROR_SHARD, "state: is finished; no batch can be added");
    return info_i_check(error, !state->started || state->given == given, INFO_ERROR_MISMATCH,
                        "batch: %s from the batches before it: each must give the same arrays",
                        (state->given ^ given) & INFO_I_GIVEN_DOCUMENTS ? "differs in having documents"
                                                                        : "has other arrays");
}

/* ---- Describing --------------------------------------------------------- */

static int64_t shards_of(const info_evaluation *s, int64_t *first_missing)
{
    int64_t present = 0, next = 0;
    for (int64_t i = 0; i < s->ranges; i++) {
        present += s->range[i].last - s->range[i].first + 1;
        if (s->range[i].first <= next)
            next = s->range[i].last + 1;
    }
    *first_missing = next < s->shards ? next : -1;
    return present;
}

static int64_t documents_of(const info_evaluation *s)
{
    if (!(s->given & INFO_I_GIVEN_DOCUMENTS))
        return s->kind == INFO_EVALUATION_STATES ? 0 : s->tokens;
    int64_t count = s->closed;
    for (int64_t i = 0; i < s->opens; i++) {
        int64_t rows = 0;
        for (int64_t k = 0; k < s->columns; k++)
            rows += s->open[i]->column[k].count;
        count += rows > 0;
    }
    return count;
}

static info_status describe(info_ctx *ctx, const info_evaluation *state, info_evaluation_description *out)
{
    info_i_check_state(&ctx->error, state, 0);
    if (info_i_check_pointer(&ctx->error, "out", out) != INFO_OK)
        return ctx->error.status;
    info_evaluation_description d = {.kind = state->kind,
                                     .finished = state->finished,
                                     .tokens = state->tokens,
                                     .skipped = state->skipped,
                                     .documents = documents_of(state),
                                     .shards = state->shards,
                                     .position = state->position,
                                     .memory = state->memory};
    d.shards_present = shards_of(state, &d.first_missing);
    if (!info_i_configuration_hash(ctx, state, &d.configuration))
        return ctx->error.status;
    *out = d;
    return INFO_OK;
}

info_status info_evaluation_describe(info_ctx *ctx, const info_evaluation *state, info_evaluation_description *out)
{
    return INFO_I_CALL(ctx, describe(ctx, state, out));
}

const char *info_evaluation_text(const info_evaluation *state, info_evaluation_name name)
{
    return state && name >= 0 && name < INFO_I_NAMES ? state->name[name] : "";
}

/* ---- Marking and checking ----------------------------------------------- */

static info_status mark(info_ctx *ctx, info_evaluation *state, int64_t position, int32_t finished)
{
    info_i_error *error = &ctx->error;
    info_i_check_state(error, state, 0);
    info_i_check_option(error, "finished", finished, 0, 1);
    info_i_check(error, !state->finished || finished == 1, INFO_ERROR_SHARD, "finished: the state is, and stays so");
    if (error->status != INFO_OK)
        return error->status;
    if (finished && state->documents == INFO_DOCUMENTS_WHOLE && state->has_current) {
        info_i_document_close(state, state->current);
        state->has_current = false;
    }
    state->position = position;
    state->finished = finished;
    return INFO_OK;
}

info_status info_evaluation_mark(info_ctx *ctx, info_evaluation *state, int64_t position, int32_t finished)
{
    return INFO_I_CALL(ctx, mark(ctx, state, position, finished));
}

/* Appends "a" or "a to b" to a list of what is missing, as long as there is room. */
static void name_missing(char *text, size_t size, int64_t first, int64_t last)
{
    const size_t used = strlen(text);
    info_i_error piece;
    if (used > 0 && text[used - 1] == '.')
        return;
    const char *comma = used > 0 ? ", " : "";
    if (first == last)
        info_i_fail(&piece, INFO_OK, "%s%lld", comma, (long long)first);
    else
        info_i_fail(&piece, INFO_OK, "%s%lld to %lld", comma, (long long)first, (long long)last);
    const size_t more = strlen(piece.text);
    memcpy(text + used, used + more + 6 < size ? piece.text : ", ...", used + more + 6 < size ? more + 1 : 6);
}

static info_status check_shards(info_ctx *ctx, const info_evaluation *state)
{
    const info_status status = info_i_check_state(&ctx->error, state, 0);
    if (status != INFO_OK)
        return status;
    int64_t next = 0;
    char text[240] = "";
    for (int64_t i = 0; i <= state->ranges; i++) {
        const int64_t here = i < state->ranges ? state->range[i].first : state->shards;
        if (next < here)
            name_missing(text, sizeof text, next, here - 1);
        next = i < state->ranges ? state->range[i].last + 1 : here;
    }
    if (text[0])
        return info_i_fail(&ctx->error, INFO_ERROR_SHARD, "state: of %lld shards these are missing: %s",
                           (long long)state->shards, text);
    if (!state->finished)
        return info_i_fail(&ctx->error, INFO_ERROR_SHARD, "state: shard %lld is not finished",
                           (long long)state->range[0].first);
    return INFO_OK;
}

info_status info_evaluation_check(info_ctx *ctx, const info_evaluation *state)
{
    return INFO_I_CALL(ctx, check_shards(ctx, state));
}
