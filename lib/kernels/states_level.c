/* SPDX-License-Identifier: MIT
 * Kernels over rows of states: plain loops whose iterations are independent, or sums in
 * eight fixed lanes, which the compiler turns into vectors of each level. */
#include <math.h>
#include <string.h>

#include "kernels/level.h"
#include "kernels/states.h"

#define element float
#define bits uint32_t
#define NAME(name) name##_of_f32
#include "kernels/states_type.h"
#undef element
#undef bits
#undef NAME

#define element double
#define bits uint64_t
#define NAME(name) name##_of_f64
#include "kernels/states_type.h"

const info_i_states_kernels RN(states_kernels) = {
    {largest_of_f32, add_to_columns_of_f32, squares_of_f32, prepare_f64_of_f32, prepare_f32_of_f32},
    {largest_of_f64, add_to_columns_of_f64, squares_of_f64, prepare_f64_of_f64, prepare_f32_of_f64},
};
