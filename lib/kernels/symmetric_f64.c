/* SPDX-License-Identifier: MIT
 * Products in registers and panels of reflectors, of doubles. */
#include <math.h>

#include "kernels/simd_f64.h"
#include "kernels/symmetric.h"

#define real double
#define vec f64x8
#define VEC 8
#define TINY 1e-250
#define SQRT sqrt
#define SCALAR_FMA fma
#define COPYSIGN copysign
#define ZERO() set8(0)
#define SET(x) set8(x)
#define LOAD(p) load8(p)
#define STORE(p, x) store8(p, x)
#define ADD(x, y) add8(x, y)
#define MUL(x, y) mul8(x, y)
#define FMA(x, y, z) fma8(x, y, z)

#include "kernels/symmetric_tmpl.h"

const info_i_symmetric_f64 RN(symmetric_f64) = {product, reflect, transpose};
