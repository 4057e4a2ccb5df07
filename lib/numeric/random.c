/* SPDX-License-Identifier: MIT */
#include "numeric/random.h"

uint64_t info_i_random_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

double info_i_random(uint64_t *state)
{
    return (double)(info_i_random_bits(state) >> 11) * 0x1p-53;
}

int64_t info_i_random_below(uint64_t *state, int64_t count)
{
    const uint64_t n = (uint64_t)count, whole = UINT64_MAX - UINT64_MAX % n; /* a multiple of n: no bias below it */
    uint64_t bits;
    do
        bits = info_i_random_bits(state);
    while (bits >= whole);
    return (int64_t)(bits % n);
}

void info_i_random_order(uint64_t *state, int64_t count, int64_t *order)
{
    for (int64_t i = 0; i < count; i++) {
        const int64_t j = info_i_random_below(state, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
