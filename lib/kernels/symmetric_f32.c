/* SPDX-License-Identifier: MIT
 * Products in registers and panels of reflectors, of floats. */
#include "kernels/simd_f32.h"
#include "kernels/symmetric.h"
#include "kernels/transpose_f32.h"

#define real float
#define vec f32x16
#define VEC LANES
#define TINY 1e-30f
#define TRANSPOSE_16 transpose16_f32
#define SQRT sqrtf
#define SCALAR_FMA fmaf
#define COPYSIGN copysignf
#define ZERO() f32_set(0)
#define SET(x) f32_set(x)
#define LOAD(p) f32_load(p)
#define STORE(p, x) f32_store(p, x)
#define ADD(x, y) f32_add(x, y)
#define MUL(x, y) f32_mul(x, y)
#define FMA(x, y, z) f32_fma(x, y, z)

#include "kernels/symmetric_tmpl.h"

const info_i_symmetric_f32 RN(symmetric_f32) = {product, reflect, transpose};
