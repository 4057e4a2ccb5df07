/* SPDX-License-Identifier: MIT
 * SplitMix64 (Steele, Lea, Flood 2014): a counter and a mixing function, whose
 * state is the caller's seed. The same numbers on every machine. */
#ifndef INFO_I_RANDOM_H
#define INFO_I_RANDOM_H

#include <stdint.h>

/* The next 64 random bits. */
static inline uint64_t info_i_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number in 0..bound-1, all equally likely (what would favour some is drawn again). */
static inline int64_t info_i_random_below(uint64_t *state, int64_t bound)
{
    const uint64_t size = (uint64_t)bound, unfair = (0 - size) % size; /* 2^64 mod size */
    uint64_t bits;
    do
        bits = info_i_random(state);
    while (bits < unfair);
    return (int64_t)(bits % size);
}

#endif
