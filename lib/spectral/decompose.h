/* SPDX-License-Identifier: MIT
 * What the measures of sections 3 to 5 of spectral.h share: matrices in scratch memory. */
#ifndef INFO_I_DECOMPOSE_H
#define INFO_I_DECOMPOSE_H

#include "spectral/states.h"

/* The calling thread's place, with the context's workers. */
info_i_place info_i_place_of(info_ctx *ctx);

/* Lower triangle of a given positive semidefinite matrix in scratch memory, divided by its trace;
 * NULL after recording the failure. */
double *info_i_density(info_ctx *ctx, const char *name, const info_matrix *x);

/* Eigenvalues, ascending, of a lower triangle; with vectors they become rows of a. Those below zero
 * become 0 if they are rounding of elements of the given roundoff, else INFO_ERROR_DOMAIN. */
info_status info_i_eigen(info_ctx *ctx, const char *name, bool vectors, int64_t n, double *a, double roundoff,
                         double *values);

/* Checks a Gram matrix argument. */
info_status info_i_check_gram(info_ctx *ctx, const char *name, const info_matrix *x);

#endif
