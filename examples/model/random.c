/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <math.h>

uint64_t random_bits(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform on [-1, 1), a multiple of 2^-52. */
static double uniform(struct random *random)
{
    return (double)(random_bits(random) >> 11) * 0x1p-52 - 1.0;
}

double random_normal(struct random *random)
{
    if (random->has_spare) {
        random->has_spare = false;
        return random->spare;
    }
    double x, y, square;
    do {
        x = uniform(random);
        y = uniform(random);
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    double scale = sqrt(-2.0 * log(square) / square);
    random->spare = y * scale;
    random->has_spare = true;
    return x * scale;
}
