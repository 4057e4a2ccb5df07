/* SPDX-License-Identifier: MIT
 *
 * side_information.h: a source whose encoder and decoder both see a variable Z. For every
 * value z it is a source of its own, and at one slope for all the parts of
 *
 *     R_X|Z(D) = min { sum_z p(z) R_z(D_z) : sum_z p(z) D_z <= D }
 *
 * are independent (Gray 1973): tangents add. A source without side information is
 * the case of one value.
 */
#ifndef INFO_I_SIDE_INFORMATION_H
#define INFO_I_SIDE_INFORMATION_H

#include "coding/source.h"

typedef struct info_i_sides {
    int64_t count;        /* values z */
    const double *weight; /* p(z) */
    const double *p;      /* p(x|z), count rows */
    int64_t loaded;       /* which of them source is */
    info_i_source source;
    double least_mean; /* distortion that no code can go below */
} info_i_sides;

/* Reads the distortions for sources p of probabilities weight. */
info_status info_i_sides_open(info_ctx *ctx, info_i_sides *sides, int64_t count, const double *weight, const double *p,
                              const info_matrix *distortion);

/* As the functions of one source; t->u has count rows of its length. */
info_status info_i_sides_solve(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left);
info_status info_i_sides_low_end(info_ctx *ctx, info_i_sides *sides, info_i_tangent *t, int64_t *iterations_left);
info_status info_i_sides_high_end(info_ctx *ctx, info_i_sides *sides, info_i_tangent *t);

/* Rate in nats and distortion of value z at the tangent. */
info_status info_i_sides_part(info_ctx *ctx, info_i_sides *sides, int64_t z, const info_i_tangent *t, double *rate,
                              double *distortion);

#endif
