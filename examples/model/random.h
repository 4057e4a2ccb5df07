/* SPDX-License-Identifier: MIT
 *
 * Normal random numbers that are the same everywhere.
 *
 * The generator is SplitMix64 (Steele, Lea, Flood 2014): a counter of odd
 * stride and a mixing function, 2^64 numbers per seed. Normals come from it in
 * pairs by the polar method (Marsaglia, Bray 1964). Its only functions of the
 * C library are log and sqrt, so that results differ between platforms by the
 * last bit of an f64 at most, and hardly ever after rounding to f32.
 */
#ifndef EXAMPLES_MODEL_RANDOM_H
#define EXAMPLES_MODEL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* the seed at first */
    bool has_spare;
    double spare;
};

/** The next 64 random bits. */
uint64_t random_bits(struct random *random);

/** The next number of N(0, 1). */
double random_normal(struct random *random);

#endif
