/* SPDX-License-Identifier: MIT
 *
 * simd_f32.h: sixteen floats, and sixteen doubles to sum them in. A kernel written with
 * these gives the same bits at every level, because every level has the same lanes and
 * rounds the same operations in the same order: AVX-512 holds the floats in one
 * register, AVX2 in two, plain C in an array.
 *
 * max and min are the instructions' own: the second operand if either is NaN.
 */
#ifndef INFO_I_SIMD_F32_H
#define INFO_I_SIMD_F32_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/level.h"
#include "numeric/convert.h"

#if INFO_I_LEVEL >= 2
#include <immintrin.h>
#endif

#define LANES 16
#if INFO_I_LEVEL >= 2
#define INLINE static inline __attribute__((always_inline))
#else /* lanes in loops: inlining all of them takes a compiler minutes and gains nothing */
#define INLINE static inline
#endif

/* The bits of 2^(j / 8) less j << 20: with k << 20 on top, j the low bits of k, they are those of 2^(k / 8). */
static const int32_t EIGHTH_POWERS[8] = {0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                         0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7};

#if INFO_I_LEVEL == 3
#include "kernels/lanes_avx512.h"
#elif INFO_I_LEVEL == 2
#include "kernels/lanes_avx2.h"
#else
#include "kernels/lanes_c.h"
#endif

/* ---- The same text for every level --------------------------------------- */

/* Sum of the lanes, halves onto halves. */
INLINE double f64_sum(f64x16 a)
{
    double lane[LANES];
    f64_store(lane, a);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

INLINE float f32_max_lane(f32x16 a)
{
    float lane[LANES], maximum;
    f32_store(lane, a);
    maximum = lane[0];
    for (int i = 1; i < LANES; i++)
        maximum = lane[i] > maximum ? lane[i] : maximum;
    return maximum;
}

INLINE int16_t i16_max_lane(u16x32 a)
{
    uint16_t lane[2 * LANES];
    int16_t maximum = INT16_MIN;
    u16_store(lane, a);
    for (int i = 0; i < 2 * LANES; i++)
        maximum = (int16_t)lane[i] > maximum ? (int16_t)lane[i] : maximum;
    return maximum;
}

#endif
