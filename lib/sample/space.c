/* SPDX-License-Identifier: MIT
 * Counting neighbors in marginal spaces. */
#include "sample/space.h"

#include <string.h>

#include "sample/records.h"

/* Doubles as whole numbers of the same order. */
static uint64_t ordered(double x)
{
    uint64_t bits;
    x += 0.0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double from_ordered(uint64_t bits)
{
    double x;
    bits = bits >> 63 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static info_status sort_line(info_ctx *ctx, const info_i_points *points, int64_t column, info_i_space *space)
{
    info_i_packing layout = {.width = 1, .field[0].limit = UINT64_MAX};
    info_i_sorted sorted;
    info_i_packing_pack(&layout);
    double *line = info_i_scratch(ctx, points->count, sizeof *line);
    const info_i_mark mark = info_i_scratch_mark(ctx);
    uint64_t *keys = info_i_scratch(ctx, points->count, sizeof *keys);
    uint64_t *other = info_i_scratch(ctx, points->count, sizeof *other);
    if (!line || !keys || !other)
        return ctx->error.status;
    for (int64_t i = 0; i < points->count; i++)
        keys[i] = ordered(points->at[i * points->dims + column]);
    const info_status status = info_i_sort_records(ctx, &layout, false, keys, other, points->count, &sorted);
    for (int64_t i = 0; status == INFO_OK && i < points->count; i++)
        line[i] = from_ordered(sorted.records[i]);
    space->sorted = line;
    info_i_scratch_release(ctx, mark);
    return status;
}

info_status info_i_space_open(info_ctx *ctx, const info_i_points *points, int64_t first, int64_t dims,
                              info_i_space *space)
{
    *space = (info_i_space){.count = points->count, .first = first, .dims = dims};
    if (dims == 1)
        return sort_line(ctx, points, first, space);
    info_i_points part;
    const info_status status = info_i_points_columns(ctx, points, first, dims, &part);
    return status == INFO_OK ? info_i_tree_open(ctx, &part, INFO_NORM_MAXIMUM, &space->tree) : status;
}

/* The differences are the ones that distances are made of, and they grow along the line: the edges are exact. */
static int64_t on_line(const info_i_space *s, double x, double distance, bool inclusive)
{
    int64_t low = 0, high = 0;
    for (int64_t left = s->count; left > 0;) { /* first sample that is not too far below */
        const int64_t half = left / 2;
        const double d = x - s->sorted[low + half];
        const bool far = inclusive ? d > distance : d >= distance;
        low = far ? low + half + 1 : low;
        left = far ? left - half - 1 : half;
    }
    for (int64_t left = s->count; left > 0;) { /* first sample that is too far above */
        const int64_t half = left / 2;
        const double d = s->sorted[high + half] - x;
        const bool near = inclusive ? d <= distance : d < distance;
        high = near ? high + half + 1 : high;
        left = near ? left - half - 1 : half;
    }
    return high > low ? high - low : 0;
}

int64_t info_i_space_others(const info_i_space *space, const double *point, double distance, bool inclusive)
{
    const int64_t all = space->dims == 1 ? on_line(space, point[space->first], distance, inclusive)
                                         : info_i_tree_within(&space->tree, point + space->first, distance, inclusive);
    /* Nothing is nearer than 0, the point itself included. */
    return all > 0 ? all - 1 : 0;
}
