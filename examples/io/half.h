/* SPDX-License-Identifier: MIT
 *
 * Halves (IEEE 754 binary16) and bfloat16 in plain C.
 */
#ifndef EXAMPLES_IO_HALF_H
#define EXAMPLES_IO_HALF_H

#include <stdint.h>

/** Exact. */
float half_to_float(uint16_t half);
float bfloat16_to_float(uint16_t bits);

/** Rounded to nearest, ties to even; beyond 65504 and its half step, infinity. */
uint16_t float_to_half(float value);

#endif
