/* SPDX-License-Identifier: MIT
 * Samples as points. */
#include "sample/points.h"

#include <math.h>
#include <string.h>

#include "numeric/convert.h"
#include "numeric/random.h"

typedef struct reading {
    const char *name;
    const info_matrix *matrix;
    const info_i_points *points;
    int64_t first;
} reading;

static info_status read_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    const reading *r = user;
    for (int64_t i = begin; i < end; i++) {
        double *to = r->points->at + i * r->points->dims + r->first;
        info_i_get_row_f64(r->matrix, i, 0, r->matrix->cols, to);
        for (int64_t j = 0; j < r->matrix->cols; j++)
            if (!isfinite(to[j]))
                return info_i_fail(error, INFO_ERROR_DOMAIN,
                                   "%s: element (%lld, %lld) is %s; finite numbers are allowed", r->name, (long long)i,
                                   (long long)j, info_i_number_text(to[j]).text);
    }
    return INFO_OK;
}

info_status info_i_points_read(info_ctx *ctx, const char *name, const info_matrix *matrix, info_i_points *points,
                               int64_t first)
{
    reading r = {name, matrix, points, first};
    return info_i_parallel(ctx, points->count, 4096, 0, read_rows, &r);
}

info_status info_i_points_open(info_ctx *ctx, int64_t count, int64_t dims, info_i_points *points)
{
    *points = (info_i_points){count, dims, NULL};
    int64_t elements;
    if (!info_i_multiply(count, dims, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld points of %lld dimensions cannot be addressed",
                           (long long)count, (long long)dims);
    points->at = info_i_scratch(ctx, elements, sizeof *points->at);
    return points->at ? INFO_OK : ctx->error.status;
}

info_status info_i_points_columns(info_ctx *ctx, const info_i_points *points, int64_t first, int64_t dims,
                                  info_i_points *out)
{
    const info_status status = info_i_points_open(ctx, points->count, dims, out);
    for (int64_t i = 0; status == INFO_OK && i < points->count; i++)
        memcpy(out->at + i * dims, points->at + i * points->dims + first, (size_t)dims * sizeof *out->at);
    return status;
}

void info_i_points_noise(info_i_points *points, double noise, uint64_t seed)
{
    for (int64_t j = 0; j < points->dims; j++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < points->count; i++) {
            const double step = points->at[i * points->dims + j] - mean;
            mean += step / (double)(i + 1);
            square += step * (points->at[i * points->dims + j] - mean);
        }
        const double deviation = sqrt(square / (double)points->count);
        /* A constant column has no scale of its own. */
        const double width = noise * (deviation > 0 ? deviation : 1);
        for (int64_t i = 0; i < points->count; i++)
            points->at[i * points->dims + j] += width * (info_i_random(&seed) - 0.5);
    }
}
