/* SPDX-License-Identifier: MIT
 *
 * The inner product under everything here: f32 factors, f64 sum, in eight
 * interleaved partial sums that compilers turn into vector code.
 */
#ifndef EXAMPLES_MODEL_DOT_H
#define EXAMPLES_MODEL_DOT_H

#include <stddef.h>

static inline double dot(const float *a, const float *b, size_t n)
{
    double lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lanes[j] += (double)a[i + j] * (double)b[i + j];
    double sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    for (; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

#endif
