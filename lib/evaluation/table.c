/* SPDX-License-Identifier: MIT
 * Rows of columns, added to all that a state keeps of them. */
#include <math.h>
#include <string.h>

#include "evaluation/state.h"

/* The bin [edge_i, edge_i+1) of x, -1: none. */
static int64_t position_bin(const info_evaluation *s, int64_t x)
{
    int64_t low = 0, high = s->positions + 1;
    if (x < s->position_edge[0])
        return -1;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (s->position_edge[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low < s->positions ? low : -1;
}

static int64_t confidence_bin(const info_evaluation *s, double x)
{
    int64_t low = 0, high = s->confidences + 1;
    if (!(x >= s->confidence_edge[0]))
        return -1;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (s->confidence_edge[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    if (low == s->confidences && x == s->confidence_edge[low])
        return low - 1; /* the last bin is closed */
    return low < s->confidences ? low : -1;
}

static void add_to_columns(info_i_column *columns, int64_t count, const double *row)
{
    for (int64_t k = 0; k < count; k++)
        if (!isnan(row[k])) {
            columns[k].count++;
            info_i_exact_add(&columns[k].sum, row[k]);
            info_i_exact_add_product(&columns[k].squares, row[k], row[k]);
        }
}

static void add_to_document(info_i_document *document, int64_t count, const double *row)
{
    for (int64_t k = 0; k < count; k++)
        if (!isnan(row[k])) {
            document->column[k].count++;
            info_i_exact_add(&document->column[k].sum, row[k]);
        }
}

/* The document that a row belongs to, after closing the one before it. */
static info_i_document *document_of(info_evaluation *s, int64_t id)
{
    if (s->has_current && s->current != id) {
        const bool may_go_on_elsewhere = s->documents == INFO_DOCUMENTS_CUT && s->head == s->current;
        if (!may_go_on_elsewhere)
            info_i_document_close(s, s->current);
    }
    if (!s->has_head) {
        s->head = id;
        s->has_head = true;
    }
    s->current = id;
    s->has_current = true;
    return info_i_document_open(s, id);
}

static void add_row(info_evaluation *s, const info_i_rows *rows, int64_t i, const info_i_rules *rules)
{
    const int64_t columns = s->columns;
    const double *row = rows->x + i * columns;
    info_i_document *document = rows->documents ? document_of(s, rows->documents[i]) : NULL;
    bool counts = false;
    for (int64_t k = 0; k < columns; k++)
        counts = counts || !isnan(row[k]);
    if (!counts) {
        s->skipped++;
        return;
    }
    s->tokens++;
    add_to_columns(s->total, columns, row);
    for (int64_t k = 0; k < columns; k++)
        if (info_i_has_percentiles(s, k))
            info_i_histogram_add(&s->histogram[k], s->percentiles == INFO_PERCENTILES_EXACT, row[k]);
    const int64_t position = s->positions > 0 ? position_bin(s, rows->positions[i]) : -1;
    const int64_t confidence = s->confidences > 0 ? confidence_bin(s, rows->confidence[i]) : -1;
    if (position >= 0)
        add_to_columns(s->bin + position * columns, columns, row);
    if (confidence >= 0)
        add_to_columns(s->bin + (s->positions + confidence) * columns, columns, row);
    if (rules->row_extras)
        rules->row_extras(s->extra, row);
    if (document)
        add_to_document(document, columns, row);
    else if (rules->document_extras)
        rules->document_extras(s, s->extra, 1, row);
}

static bool reserve(info_evaluation *s, const info_i_rows *rows)
{
    for (int64_t k = 0; k < s->columns; k++)
        if (info_i_has_percentiles(s, k) &&
            !info_i_histogram_reserve(s, &s->histogram[k], rows->x + k, rows->count, s->columns))
            return false;
    /* One that is added and one that may stay open before it. */
    return !rows->documents || info_i_documents_reserve(s, 2);
}

info_status info_i_add_rows(info_ctx *ctx, info_evaluation *state, const info_i_rows *rows, uint32_t given)
{
    const info_i_rules *rules = info_i_rules_of(state->kind);
    if (!reserve(state, rows))
        return info_i_state_no_memory(&ctx->error);
    for (int64_t i = 0; i < rows->count; i++)
        add_row(state, rows, i, rules);
    state->above_zero += rows->above_zero;
    state->given = given;
    state->started = true;
    return INFO_OK;
}
