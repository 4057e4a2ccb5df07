/* SPDX-License-Identifier: MIT
 *
 * small.h: entropies of a set of small matrices of equal order at once, one in each
 * lane of the vectors.
 */
#ifndef INFO_I_SMALL_H
#define INFO_I_SMALL_H

#include "spectral/spectrum.h"

/* Matrices in a set: 16 where single precision may do, else 8. */
int64_t info_i_small_lanes(const info_i_spectral *o);

/* Whether the set x[0 .. count - 1] can be taken together: enough of them, equal and small orders, order 1. */
bool info_i_small_fits(const info_matrix *x, int64_t count, const info_i_spectral *o);

/* Doubles of memory for it. */
int64_t info_i_small_size(const info_matrix *x, int64_t count, const info_i_spectral *o);

/* Entropies in nats and bounds on their errors. INFO_NOT_CONVERGED, without a text, if one of them has
 * to be taken by itself: it has no value, or needs more precision. */
info_status info_i_small_entropies(const info_i_place *place, const info_matrix *x, int64_t count,
                                   const info_i_spectral *o, double *memory, double *entropy, double *error);

#endif
