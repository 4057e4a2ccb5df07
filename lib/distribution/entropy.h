/* SPDX-License-Identifier: MIT
 * What the functions of one matrix of distributions share. */
#ifndef INFO_I_ENTROPY_H
#define INFO_I_ENTROPY_H

#include "distribution/measure.h"

/* Reads the options, opens x, and checks that out has room for one value per row. */
info_status info_i_entropy_begin(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                 const double *out, int64_t out_len, info_entropy_options *options, info_i_input *in);

/* -sum p log q, of two open rows that may be the same one: the part of a block, and the value in nats of the sum. Rows
 * that are not used as given are taken relative to their largest element, so that no part is negative. */
info_i_part info_i_cross_entropy_part(const info_i_row *p, const info_i_row *q, int64_t col, int64_t count,
                                      double *buffers);
double info_i_cross_entropy_value(const info_i_row *p, const info_i_row *q, info_i_dd sum);

/* Shannon's entropy of a row, in nats. */
info_status info_i_entropy_of_row(const info_i_work *work, const info_i_input *in, int64_t row, double *nats);

/* A result that is a matrix: it must have the shape, and touch no input. */
info_status info_i_check_shape(info_i_error *error, const char *name, const info_matrix_out *out, int64_t rows,
                               int64_t cols, const char *input_name, const info_matrix *input);

/* Writes contiguous rows to it. */
void info_i_put_rows(const info_matrix_out *out, const double *rows);

#endif
