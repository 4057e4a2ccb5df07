/* SPDX-License-Identifier: MIT
 * What the functions of one matrix of distributions share. */
#ifndef INFO_I_ENTROPY_H
#define INFO_I_ENTROPY_H

#include "distribution/input.h"

/* Reads the options, opens x, and checks that out has room for one value per row. */
info_status info_i_entropy_begin(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                 const double *out, int64_t out_len, info_entropy_options *options, info_i_input *in);

/* Writes contiguous rows to a result that is a matrix. */
void info_i_put_rows(const info_matrix_out *out, const double *rows);

#endif
