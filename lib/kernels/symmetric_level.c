/* SPDX-License-Identifier: MIT
 * Products in registers and panels of reflectors, of floats and of doubles. */
#include "kernels/symmetric.h"

#include <math.h>

#include "kernels/vector.h"

/* Rows of C held in registers beside one, two or three vectors of columns: enough sums to cover the latency of a
 * multiplication, and few enough for 32 registers of a vector or 16 of half of one. */
#if REGISTER_BYTES == 64
#define ROWS_1 24
#define ROWS_2 12
#define ROWS_3 8
#define FEW_ROWS 4
#else
#define ROWS_1 6
#define ROWS_2 3
#define ROWS_3 2
#define FEW_ROWS 1
#endif

#define MOST_VECTORS 3

#define real float
#define vector f32x16
#define LANES F32_LANES
#define V(operation) f32_##operation
#define NAME(name) name##_f32
#define SCALAR(function) function##f
#define TINY 1e-30f
#include "kernels/symmetric_type.h"
#undef real
#undef vector
#undef LANES
#undef V
#undef NAME
#undef SCALAR
#undef TINY

#define real double
#define vector f64x8
#define LANES F64_LANES
#define V(operation) f64_##operation
#define NAME(name) name##_f64
#define SCALAR(function) function
#define TINY 1e-250
#include "kernels/symmetric_type.h"

const info_i_symmetric_f32 RN(symmetric_f32) = {product_f32, reflect_f32, transpose_f32};
const info_i_symmetric_f64 RN(symmetric_f64) = {product_f64, reflect_f64, transpose_f64};
