/* SPDX-License-Identifier: MIT
 * Variances of a Gaussian source along its principal axes. */
#ifndef INFO_I_GAUSSIAN_SOURCE_H
#define INFO_I_GAUSSIAN_SOURCE_H

#include "core/core.h"
#include "info/coding.h"

/* Reads a symmetric n x n matrix from the square block of a view that starts at
 * (first, first): finite, symmetric to 1e-6 of its largest entry, averaged. */
info_status info_i_read_symmetric(info_ctx *ctx, const char *name, const info_matrix *matrix, int64_t first, int64_t n,
                                  double *out);

/* The source->cols variances, descending. */
info_status info_i_principal_variances(info_ctx *ctx, const info_matrix *source, info_gaussian_source kind,
                                       double *variances);

#endif
