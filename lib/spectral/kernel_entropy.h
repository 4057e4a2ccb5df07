/* SPDX-License-Identifier: MIT
 * Entropies of kernel matrices of the same points: what matrix information and DiME share. */
#ifndef INFO_I_KERNEL_ENTROPY_H
#define INFO_I_KERNEL_ENTROPY_H

#include "core/core.h"

/* Two square matrices of one size and an output of bytes that touches neither. */
info_status info_i_check_pair(info_ctx *ctx, const char *name_a, const info_matrix *a, const char *name_b,
                              const info_matrix *b, const void *out, int64_t bytes);

/* K_ij / sqrt(K_ii K_jj) / n, lower triangle in scratch memory. */
info_status info_i_unit_diagonal(info_ctx *ctx, const char *name, const info_matrix *x, double **out);

/* Lower triangle of A o P B P^T, with (P B P^T)_ij = B_order[i],order[j] (NULL: B itself), of two such. */
void info_i_hadamard(int64_t n, const double *a, const double *b, const int64_t *order, double *joint);

/* Renyi's entropy in nats of a lower triangle of trace 1, which is spoiled. */
info_status info_i_kernel_entropy(info_ctx *ctx, const char *name, int64_t n, double *k, double roundoff, double order,
                                  double *entropy);

#endif
