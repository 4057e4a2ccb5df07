/* SPDX-License-Identifier: MIT
 * What the estimators by nearest neighbors share. */
#ifndef INFO_I_SAMPLE_NEIGHBORS_H
#define INFO_I_SAMPLE_NEIGHBORS_H

#include "sample/points.h"
#include "sample/series.h"

#define INFO_I_MOST_NEIGHBORS 1024

/* Options with defaults in place. */
info_status info_i_neighbor_options(info_i_error *error, const info_neighbor_options *given,
                                    info_neighbor_options *own);

/* k against the number of other samples; `local` against the samples and the inputs (up to three, NULL: none). */
info_status info_i_neighbor_sizes(info_i_error *error, int32_t k, int64_t others, const double *local,
                                  int64_t local_len, int64_t samples, const info_matrix *const inputs[3],
                                  const info_neighbor_estimate *out);

/* x, y, z (NULL: none) side by side, with noise if it was asked for. */
info_status info_i_neighbor_points(info_ctx *ctx, const info_matrix *const inputs[3],
                                   const info_neighbor_options *options, info_i_points *points);

info_status info_i_tie_error(info_i_error *error, int64_t row, int32_t k);

/* Local values in nats to the caller's unit, their mean, and the flags. `left_out` of them count for nothing. */
void info_i_neighbor_finish(double *nats, int64_t count, int64_t left_out, int64_t tied, bool may_be_negative,
                            info_unit unit, double *local, info_neighbor_estimate *out);

/* digamma of 1 .. count, at [1 ..]. */
double *info_i_digamma_table(info_ctx *ctx, int64_t count);

#endif
