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

static info_status check(info_i_error *error, const char *argument, const info_i_column *column, const void *array,
                         int64_t rows, const info_i_input *inputs, int input_count)
{
    char name[64];
    info_status status = INFO_OK;
    snprintf(name, sizeof name, "%s.%s", argument, column->name);
    if ((uintptr_t)array % column->size != 0)
        return info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: is not aligned to its %zu-byte elements", name,
                           column->size);
    for (int i = 0; i < input_count && status == INFO_OK; i++)
        status =
            info_i_check_overlap(error, name, array, rows * (int64_t)column->size, inputs[i].name, inputs[i].matrix);
    return status;
}

info_status info_i_columns_stage(info_ctx *ctx, const char *argument, const info_i_column *columns, int count,
                                 int64_t length, int64_t rows, const info_i_input *inputs, int input_count,
                                 void *outputs)
{
    for (int i = 0; i < count; i++) {
        const void *array = get(outputs, columns[i].offset);
        if (!array)
            continue;
        if (length < rows)
            return info_i_fail(&ctx->error, INFO_ERROR_OUTPUT, "%s.length: %lld; the arrays need %lld elements",
                               argument, (long long)length, (long long)rows);
        const info_status status = check(&ctx->error, argument, &columns[i], array, rows, inputs, input_count);
        if (status != INFO_OK)
            return status;
        void *scratch = info_i_scratch(ctx, rows, columns[i].size);
        if (!scratch)
            return ctx->error.status;
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
