/* SPDX-License-Identifier: MIT
 *
 * random.h: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014). The caller's seed is the first state; results that rest on
 * it are the same on every machine.
 */
#ifndef INFO_I_RANDOM_H
#define INFO_I_RANDOM_H

#include <stdint.h>

/* The next 64 bits. */
uint64_t info_i_random_bits(uint64_t *state);

/* The next double in [0, 1), a multiple of 2^-53. */
double info_i_random(uint64_t *state);

/* The next whole number in 0..count-1, each equally likely; count >= 1. */
int64_t info_i_random_below(uint64_t *state, int64_t count);

/* The numbers 0..count-1 in random order (Fisher and Yates). */
void info_i_random_order(uint64_t *state, int64_t count, int64_t *order);

#endif
