/* SPDX-License-Identifier: MIT
 * Documents: open ones, of which rows may follow, and what closed ones add up to. */
#include <string.h>

#include "evaluation/state.h"

static int64_t document_bytes(const info_evaluation *state)
{
    const info_i_document *none = NULL;
    return (int64_t)(sizeof *none + (size_t)state->columns * sizeof none->column[0]);
}

bool info_i_documents_reserve(info_evaluation *state, int64_t more)
{
    const int64_t needed = state->opens + more;
    if (needed > state->open_capacity) {
        const int64_t capacity = needed > 2 * state->open_capacity ? needed : 2 * state->open_capacity;
        info_i_document **open = info_i_state_alloc(state, capacity, sizeof *open);
        if (!open)
            return false;
        if (state->opens + state->spares > 0)
            memcpy(open, state->open, (size_t)(state->opens + state->spares) * sizeof(void *));
        info_i_state_free(state, state->open);
        state->open = open;
        state->open_capacity = capacity;
    }
    while (state->spares < more) {
        info_i_document *spare = info_i_state_alloc(state, 1, document_bytes(state));
        if (!spare)
            return false;
        state->open[state->opens + state->spares++] = spare;
    }
    return true;
}

/* Place of the first open document whose id is not below. */
static int64_t place_of(const info_evaluation *state, int64_t id)
{
    int64_t low = 0, high = state->opens;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (state->open[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

info_i_document *info_i_document_find(const info_evaluation *state, int64_t id)
{
    const int64_t place = place_of(state, id);
    return place < state->opens && state->open[place]->id == id ? state->open[place] : NULL;
}

/* An open document of this id, from the spare ones if it is new. */
info_i_document *info_i_document_open(info_evaluation *state, int64_t id)
{
    const int64_t place = place_of(state, id);
    if (place < state->opens && state->open[place]->id == id)
        return state->open[place];
    info_i_document *document = state->open[state->opens + --state->spares];
    /* The spare ones move up by one: the first of them to where the last was. */
    state->open[state->opens + state->spares] = state->open[state->opens];
    memmove(state->open + place + 1, state->open + place, (size_t)(state->opens - place) * sizeof(void *));
    memset(document, 0, (size_t)document_bytes(state));
    document->id = id;
    state->open[place] = document;
    state->opens++;
    return document;
}

void info_i_document_count(const info_evaluation *state, const info_i_document *document, info_i_document_column *out,
                           info_i_exact_sum *extra, int64_t *closed, double *sums)
{
    const info_i_rules *rules = info_i_rules_of(state->kind);
    int64_t rows = 0;
    for (int64_t k = 0; k < state->columns; k++) {
        const int64_t count = document->column[k].count;
        const double n = (double)count, s = info_i_exact_value(&document->column[k].sum);
        rows = count > rows ? count : rows;
        sums[k] = s;
        if (count == 0)
            continue;
        out[k].documents++;
        info_i_exact_add_product(&out[k].ss, s, s);
        info_i_exact_add_product(&out[k].sn, s, n);
        info_i_exact_add_product(&out[k].nn, n, n);
        info_i_exact_add(&out[k].means, s / n);
        info_i_exact_add_product(&out[k].mean_squares, s / n, s / n);
    }
    *closed += rows > 0;
    if (rules->document_extras && rows > 0)
        rules->document_extras(state, extra, rows, sums);
}

void info_i_document_close(info_evaluation *state, int64_t id)
{
    const int64_t place = place_of(state, id);
    if (place == state->opens || state->open[place]->id != id)
        return;
    info_i_document *document = state->open[place];
    info_i_document_count(state, document, state->document, state->extra, &state->closed, state->closing);
    /* To the spare ones, which move down by one. */
    memmove(state->open + place, state->open + place + 1,
            (size_t)(state->opens + state->spares - place - 1) * sizeof(void *));
    state->opens--;
    state->open[state->opens + state->spares++] = document;
}
