/* SPDX-License-Identifier: MIT
 * Kernels over rows of states. */
#include "kernels/states.h"

#include "kernels/vector.h"
#include "numeric/sum.h"

#define element float
#define vector f32x16
#define LANES F32_LANES
#define V(operation) f32_##operation
#define LOAD(p) f64_load_f32(p)
#define FABS(x) fabsf(x)
#define NAME(name) name##_of_f32
#include "kernels/states_type.h"
#undef element
#undef vector
#undef LANES
#undef V
#undef LOAD
#undef FABS
#undef NAME

#define element double
#define vector f64x8
#define LANES F64_LANES
#define V(operation) f64_##operation
#define LOAD(p) f64_load(p)
#define FABS(x) fabs(x)
#define NAME(name) name##_of_f64
#include "kernels/states_type.h"

const info_i_states_kernels RN(states_kernels) = {
    {largest_of_f32, add_to_columns_of_f32, squares_of_f32, prepare_f64_of_f32, prepare_f32_of_f32},
    {largest_of_f64, add_to_columns_of_f64, squares_of_f64, prepare_f64_of_f64, prepare_f32_of_f64},
};
