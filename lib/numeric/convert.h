/* SPDX-License-Identifier: MIT
 * Elements of any type and stride as contiguous doubles or floats, and back. */
#ifndef INFO_I_CONVERT_H
#define INFO_I_CONVERT_H

#include "info/base.h"

double info_i_f16_to_f64(uint16_t bits);
float info_i_bf16_to_f32(uint16_t bits);

/* Rounded to nearest, ties to even; what is too large becomes infinite, NaN stays NaN. */
uint16_t info_i_f64_to_f16(double value);
uint16_t info_i_f64_to_bf16(double value);

/* Unit roundoff of a type: half the distance from 1 to the next number, the largest relative error of rounding to it. */
double info_i_roundoff(info_dtype dtype);

/* Address of element (row, col). */
const void *info_i_element(const info_matrix *m, int64_t row, int64_t col);

/* One element. */
double info_i_get(const info_matrix *m, int64_t row, int64_t col);

/* Elements col .. col + count - 1 of a row. */
void info_i_get_row_f64(const info_matrix *m, int64_t row, int64_t col, int64_t count, double *out);
/* The same for f32, f16 and bf16, exactly; f64 is rounded. */
void info_i_get_row_f32(const info_matrix *m, int64_t row, int64_t col, int64_t count, float *out);

/* The row as it lies in memory if it is contiguous doubles, else a copy in buffer (count doubles). */
const double *info_i_row_f64(const info_matrix *m, int64_t row, int64_t col, int64_t count, double *buffer);

/* Writes a row, rounded once to the element type. */
void info_i_put_row_f64(const info_matrix_out *m, int64_t row, int64_t col, int64_t count, const double *values);
void info_i_put(const info_matrix_out *m, int64_t row, int64_t col, double value);

#endif
