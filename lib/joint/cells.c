/* SPDX-License-Identifier: MIT
 * Cells of a joint table as masses. */
#include "joint/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "joint/table.h"
#include "numeric/convert.h"

void info_i_cells_of(const info_table *table, const info_i_input *input, info_i_cells *cells)
{
    *cells = (info_i_cells){
        .data = table->data,
        .ndim = table->ndim,
        .dtype = table->dtype,
        .exponential = info_i_is_log(input),
        .extra = input->extra,
        .scale = 1,
    };
    memcpy(cells->shape, table->shape, (size_t)table->ndim * sizeof *table->shape);
    if (table->strides)
        memcpy(cells->stride, table->strides, (size_t)table->ndim * sizeof *table->strides);
    else
        info_i_dense_strides(table->ndim, table->shape, cells->stride);
}

static bool is_valid(const info_i_cells *cells, double cell)
{
    return cells->exponential ? cell < INFINITY : cell >= 0 && cell < INFINITY;
}

/* Without a branch per cell, so that the loop runs at vector speed. */
static bool all_valid(const info_i_cells *cells, const double *cell, int64_t count)
{
    const double lowest = cells->exponential ? -INFINITY : 0;
    int bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= !(cell[i] >= lowest) | !(cell[i] < INFINITY);
    return !bad;
}

static const double *raw_cells(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count, double *buffer)
{
    const info_matrix row = {
        (const char *)cells->data + offset * info_dtype_size(cells->dtype), 1, count, 0, stride, cells->dtype, 0};
    return info_i_row_f64(&row, 0, 0, count, buffer);
}

const double *info_i_cells_load(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count,
                                double *buffer)
{
    const double *cell = raw_cells(cells, offset, stride, count, buffer);
    if (cells->exponential)
        for (int64_t i = 0; i < count; i++)
            buffer[i] = exp(cell[i] - cells->shift);
    else if (cells->scale != 1 || cells->extra != 0)
        for (int64_t i = 0; i < count; i++)
            buffer[i] = (cell[i] + cells->extra) * cells->scale;
    else
        return cell;
    return buffer;
}

bool info_i_cells_valid(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count, double *buffer)
{
    return cells->checked || all_valid(cells, raw_cells(cells, offset, stride, count, buffer), count);
}

const double *info_i_cells_load_low(const info_i_cells *cells, int64_t offset, int64_t stride, int64_t count,
                                    double *buffer)
{
    if (!cells->low)
        return NULL;
    if (stride == 1)
        return cells->low + offset;
    for (int64_t i = 0; i < count; i++)
        buffer[i] = cells->low[offset + i * stride];
    return buffer;
}

/* Steps index to the next row of the table in row-major order; false after the last. */
static bool next_row(const info_i_cells *cells, int64_t *index, int64_t *offset)
{
    for (int32_t axis = cells->ndim - 2; axis >= 0; axis--) {
        *offset += cells->stride[axis];
        if (++index[axis] < cells->shape[axis])
            return true;
        *offset -= index[axis] * cells->stride[axis];
        index[axis] = 0;
    }
    return false;
}

info_status info_i_cells_find_shift(info_ctx *ctx, info_i_cells *cells)
{
    double largest = -INFINITY, *buffer = info_i_scratch(ctx, INFO_I_CELL_BLOCK, sizeof *buffer);
    if (!buffer)
        return ctx->error.status;
    int64_t index[INFO_MAX_AXES] = {0}, offset = 0;
    const int64_t length = cells->shape[cells->ndim - 1], stride = cells->stride[cells->ndim - 1];
    do {
        for (int64_t first = 0; first < length; first += INFO_I_CELL_BLOCK) {
            const int64_t count = length - first < INFO_I_CELL_BLOCK ? length - first : INFO_I_CELL_BLOCK;
            const double *cell = raw_cells(cells, offset + first * stride, stride, count, buffer);
            if (!all_valid(cells, cell, count))
                return INFO_ERROR_DOMAIN;
            if (info_i_canceled(ctx))
                return info_i_fail(&ctx->error, INFO_CANCELED, "canceled by the caller");
            for (int64_t i = 0; i < count; i++)
                largest = cell[i] > largest ? cell[i] : largest;
        }
    } while (next_row(cells, index, &offset));
    if (largest == -INFINITY)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "table: every cell is -inf, so there is no distribution");
    cells->shift = largest;
    cells->checked = true;
    return INFO_OK;
}

/* "cell (3, 0, 17)", cut short for tables of very many axes. */
static void write_index(char *text, size_t size, const int64_t *index, int32_t ndim)
{
    size_t used = (size_t)snprintf(text, size, "cell (");
    for (int32_t axis = 0; axis < ndim && used + 32 < size; axis++)
        used += (size_t)snprintf(text + used, size - used, axis ? ", %lld" : "%lld", (long long)index[axis]);
    snprintf(text + used, size - used, ")");
}

info_status info_i_cells_blame(info_ctx *ctx, const info_i_cells *cells)
{
    int64_t index[INFO_MAX_AXES] = {0}, offset = 0;
    const int32_t last = cells->ndim - 1;
    do {
        for (index[last] = 0; index[last] < cells->shape[last]; index[last]++) {
            double buffer;
            const double cell = *raw_cells(cells, offset + index[last] * cells->stride[last], 1, 1, &buffer);
            if (is_valid(cells, cell))
                continue;
            char where[200];
            write_index(where, sizeof where, index, cells->ndim);
            return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "table: %s is %s; allowed are %s", where,
                               info_i_number_text(cell).text,
                               cells->exponential ? "finite numbers and -inf" : "finite numbers >= 0");
        }
        index[last] = 0;
    } while (next_row(cells, index, &offset));
    return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "table: an invalid cell changed during the call");
}
