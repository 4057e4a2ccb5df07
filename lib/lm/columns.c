/* SPDX-License-Identifier: MIT */
#include "lm/columns.h"

#include <stdio.h>
#include <string.h>

static void *get(const void *outputs, size_t offset)
{
    void *pointer;
    memcpy(&pointer, (const char *)outputs + offset, sizeof pointer);
    return pointer;
}

enum { MOST_COLUMNS = 24 };

/* The arrays that are given are aligned, and apart from the inputs and from one another. */
static info_status check(info_i_error *error, const char *argument, const info_i_column *columns, int count,
                         int64_t rows, const info_i_span *inputs, const void *outputs)
{
    char names[MOST_COLUMNS][64];
    info_i_span given[MOST_COLUMNS + 1] = {{0}};
    int arrays = 0;
    for (int i = 0; i < count; i++) {
        const void *array = get(outputs, columns[i].offset);
        if (!array)
            continue;
        snprintf(names[arrays], sizeof names[0], "%s.%s", argument, columns[i].name);
        info_i_check_place(error, names[arrays], array, columns[i].size);
        given[arrays] = (info_i_span){names[arrays], array, rows * (int64_t)columns[i].size};
        arrays++;
    }
    return info_i_check_spans(error, given, inputs);
}

info_status info_i_columns_stage(info_ctx *ctx, const char *argument, const info_i_column *columns, int count,
                                 int64_t length, int64_t rows, const info_i_span *inputs, void *outputs)
{
    info_i_error *error = &ctx->error;
    for (int i = 0; i < count; i++)
        info_i_check(error, !get(outputs, columns[i].offset) || length >= rows, INFO_ERROR_OUTPUT,
                     "%s.length: %lld; the arrays need %lld elements", argument, (long long)length, (long long)rows);
    if (check(error, argument, columns, count, rows, inputs, outputs) != INFO_OK)
        return error->status;
    for (int i = 0; i < count; i++) {
        if (!get(outputs, columns[i].offset))
            continue;
        void *scratch = info_i_scratch(ctx, rows, columns[i].size);
        if (!scratch)
            return error->status;
        memcpy((char *)outputs + columns[i].offset, &scratch, sizeof scratch);
    }
    return INFO_OK;
}

void info_i_columns_commit(const info_i_column *columns, int count, int64_t rows, const void *staged, const void *given)
{
    for (int i = 0; i < count; i++) {
        void *array = get(given, columns[i].offset);
        if (array)
            memcpy(array, get(staged, columns[i].offset), (size_t)rows * columns[i].size);
    }
}
