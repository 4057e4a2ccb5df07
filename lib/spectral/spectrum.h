/* SPDX-License-Identifier: MIT
 *
 * spectrum.h: from one matrix to its spectrum and the entropy of that.
 *
 * All memory is one piece of doubles given by the caller, so that workers and the
 * calling thread run the same code.
 */
#ifndef INFO_I_SPECTRUM_H
#define INFO_I_SPECTRUM_H

#include "spectral/rounding.h"
#include "spectral/states.h"

/* Number of p_i of a matrix. */
int64_t info_i_spectrum_length(const info_matrix *x, const info_i_spectral *o);

/* Doubles of memory that the two functions below need; fails if it overflows or the backend cannot. */
info_status info_i_spectrum_size(info_i_error *error, const char *name, const info_matrix *x, const info_i_spectral *o,
                                 int64_t *size);

/* p_i, descending, of sum 1; *p lies in memory. Of what is told for each: INFO_ERROR_DOMAIN
 * (the matrix has no spectrum), _BACKEND, INFO_CANCELED. */
info_status info_i_spectrum(const info_i_place *place, const char *name, const info_matrix *x, const info_i_spectral *o,
                            double *memory, double **p);

/* Entropy in nats, of options.order, and a bound on its error. */
info_status info_i_spectrum_entropy(const info_i_place *place, const char *name, const info_matrix *x,
                                    const info_i_spectral *o, double *memory, double *entropy, double *error);

/* Tolerances that single precision may be able to meet. */
#define INFO_I_F32_TOLERANCE 1e-7

/* Trace and sum of squares of a symmetric matrix given by its lower triangle. */
typedef struct info_i_moments {
    double trace, squares;
} info_i_moments;
info_i_moments info_i_moments_of(int64_t n, const double *gram);

#endif
