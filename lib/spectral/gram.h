/* SPDX-License-Identifier: MIT
 * Gram matrices of prepared states, and ones that are given. */
#ifndef INFO_I_GRAM_H
#define INFO_I_GRAM_H

#include "numeric/convert.h"
#include "spectral/states.h"

static inline int64_t info_i_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Memory in pieces, each on a cache line of its own (if the whole is). */
static inline double *info_i_take(double **memory, int64_t count)
{
    double *piece = *memory;
    *memory += (count + 7) / 8 * 8;
    return piece;
}

/* Doubles of memory behind a Gram matrix of rows x cols states, -1 if that overflows. */
int64_t info_i_gram_size(int64_t rows, int64_t cols);

/* States are made ready a piece at a time, and summed over: step rows each where the covariance is wanted (no
 * more columns than rows), else step columns. The last piece may be smaller. */
int64_t info_i_gram_step(int64_t rows, int64_t cols);
info_i_piece info_i_piece_at(const info_i_states *s, int64_t begin, int64_t step);

/* Lower triangle of Z^T Z, or of Z Z^T where that is smaller: their spectra agree but for zeros.
 * Computed in f64, or in f32 from states prepared in f64. The upper triangle is spoiled. */
info_status info_i_gram_f64(const info_i_place *place, const info_i_states *s, double *gram, double *memory);
info_status info_i_gram_f32(const info_i_place *place, const info_i_states *s, float *gram, double *memory);

/* The same in f64 of Z^T Z, whatever its order. */
int64_t info_i_covariance_size(int64_t rows, int64_t cols);
info_status info_i_covariance_f64(const info_i_place *place, const info_i_states *s, double *covariance,
                                  double *memory);

/* The given matrix's lower triangle, scaled by a power of two; symmetric as far as its type can tell. */
info_status info_i_gram_given(const info_i_place *place, const char *name, const info_matrix *x, double *gram);

#endif
