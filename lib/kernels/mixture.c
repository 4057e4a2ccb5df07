/* SPDX-License-Identifier: MIT
 * Inner loops of mixtures, compiled once per instruction set. */
#include "kernels/mixture.h"

#include <string.h>

#include "kernels/level.h"

#define LANES 8

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

#define LOAD(p, v) memcpy(&(v), (p), sizeof(v))
#define STORE(p, v) memcpy((p), &(v), sizeof(v))

static double dot(int64_t n, const double *a, const double *b)
{
    lanes s0 = {0}, s1 = {0}, a0, a1, b0, b1;
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        LOAD(a + i, a0);
        LOAD(b + i, b0);
        LOAD(a + i + LANES, a1);
        LOAD(b + i + LANES, b1);
        s0 += a0 * b0;
        s1 += a1 * b1;
    }
    s0 += s1;
    double sum = ((s0[0] + s0[4]) + (s0[2] + s0[6])) + ((s0[1] + s0[5]) + (s0[3] + s0[7]));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(int64_t n, double w, const double *a, double *y)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vy;
        LOAD(a + i, va);
        LOAD(y + i, vy);
        vy += w * va;
        STORE(y + i, vy);
    }
    for (; i < n; i++)
        y[i] += w * a[i];
}

extern const info_i_mixture_kernels RN(mixture_kernels);
const info_i_mixture_kernels RN(mixture_kernels) = {dot, add};
