/* SPDX-License-Identifier: MIT
 * Sources with side information at both ends: sums of sources at one slope. */
#include "coding/side_information.h"

#include <math.h>

/* Makes source that of value z. */
static info_status load(info_ctx *ctx, info_i_sides *s, int64_t z)
{
    if (s->loaded == z)
        return INFO_OK;
    s->loaded = z;
    return info_i_source_load(ctx, &s->source, s->p + z * s->source.distortion->rows);
}

info_status info_i_sides_open(info_ctx *ctx, info_i_sides *s, int64_t count, const double *weight, const double *p,
                              const info_matrix *distortion)
{
    s->count = count;
    s->weight = weight;
    s->p = p;
    s->loaded = -1;
    s->least_mean = 0;
    info_status status = info_i_source_open(ctx, &s->source, distortion);
    for (int64_t z = 0; status == INFO_OK && z < count; z++) {
        status = load(ctx, s, z);
        s->least_mean += weight[z] * s->source.least_mean;
    }
    return status;
}

/* One value's part of a tangent. */
static info_i_tangent part_of(const info_i_sides *s, int64_t z, const info_i_tangent *t)
{
    return (info_i_tangent){.slope = t->slope, .u = t->u + z * s->source.cols};
}

static void clear(info_i_tangent *t)
{
    t->x = t->y = t->intercept = 0;
}

static void add(const info_i_sides *s, int64_t z, const info_i_tangent *part, info_i_tangent *t)
{
    t->slope = part->slope;
    t->x += s->weight[z] * part->x;
    t->y += s->weight[z] * part->y;
    t->intercept += s->weight[z] * part->intercept;
}

/* Leaves room for the rounding of the sums and of the weights. */
static void widen(const info_i_sides *s, info_i_tangent *t)
{
    const double cost = isinf(t->slope) ? 0 : t->slope * t->x;
    const double rounding = s->count > 1 ? (double)(s->count + 8) * 0x1p-53 * (t->y + cost) : 0;
    t->y += rounding;
    t->intercept -= rounding;
}

info_status info_i_sides_solve(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left)
{
    info_i_sides *s = user;
    clear(t);
    for (int64_t z = 0; z < s->count; z++) {
        info_i_tangent part = part_of(s, z, t);
        info_status status = load(ctx, s, z);
        if (status == INFO_OK)
            status = info_i_source_solve(ctx, &s->source, &part, iterations_left);
        if (status != INFO_OK)
            return status;
        add(s, z, &part, t);
    }
    widen(s, t);
    return INFO_OK;
}

info_status info_i_sides_low_end(info_ctx *ctx, info_i_sides *s, info_i_tangent *t, int64_t *iterations_left)
{
    clear(t);
    for (int64_t z = 0; z < s->count; z++) {
        info_i_tangent part = part_of(s, z, t);
        info_status status = load(ctx, s, z);
        if (status == INFO_OK)
            status = info_i_source_low_end(ctx, &s->source, &part, iterations_left);
        if (status != INFO_OK)
            return status;
        add(s, z, &part, t);
    }
    widen(s, t);
    return INFO_OK;
}

info_status info_i_sides_high_end(info_ctx *ctx, info_i_sides *s, info_i_tangent *t)
{
    clear(t);
    for (int64_t z = 0; z < s->count; z++) {
        info_i_tangent part = part_of(s, z, t);
        const info_status status = load(ctx, s, z);
        if (status != INFO_OK)
            return status;
        info_i_source_high_end(&s->source, &part);
        add(s, z, &part, t);
    }
    widen(s, t);
    return INFO_OK;
}

info_status info_i_sides_part(info_ctx *ctx, info_i_sides *s, int64_t z, const info_i_tangent *t, double *rate,
                              double *distortion)
{
    info_i_tangent part = part_of(s, z, t);
    const info_status status = load(ctx, s, z);
    if (status != INFO_OK)
        return status;
    info_i_source_attain(&s->source, &part);
    *rate = part.y;
    *distortion = s->source.least_mean + part.x;
    return INFO_OK;
}
