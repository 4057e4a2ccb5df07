/* SPDX-License-Identifier: MIT
 * Sixteen floats out of a row of f32, bf16 or f16. */
#ifndef INFO_I_LOAD_F32_H
#define INFO_I_LOAD_F32_H

#include "kernels/exp_f32.h"

/* How far ahead memory is asked for, in bytes. */
#define AHEAD 4096

INLINE f32x16 load(const void *x, info_dtype dtype, int64_t i)
{
    if (dtype == INFO_F32)
        return f32_load((const float *)x + i);
    if (dtype == INFO_BF16)
        return f32_load_bf16((const uint16_t *)x + i);
    return f32_load_f16((const uint16_t *)x + i);
}

/* The last count < 16 elements, filled up with -inf. */
INLINE f32x16 load_tail(const void *x, info_dtype dtype, int64_t i, int64_t count)
{
    float lane[F32_LANES];
    for (int k = 0; k < F32_LANES; k++)
        lane[k] = -INFINITY;
    if (dtype == INFO_F32) {
        memcpy(lane, (const float *)x + i, (size_t)count * sizeof *lane);
    } else {
        uint16_t half[F32_LANES] = {0};
        float wide[F32_LANES];
        memcpy(half, (const uint16_t *)x + i, (size_t)count * sizeof *half);
        f32_store(wide, dtype == INFO_BF16 ? f32_load_bf16(half) : f32_load_f16(half));
        memcpy(lane, wide, (size_t)count * sizeof *lane);
    }
    return f32_load(lane);
}

/* The last count elements in a buffer of space elements of their type, filled up with -inf. */
INLINE void load_rest(const void *x, info_dtype dtype, int64_t i, int64_t count, uint32_t *buffer, int64_t space)
{
    const size_t size = dtype == INFO_F32 ? 4 : 2;
    const uint32_t lowest = dtype == INFO_F32 ? 0xff800000 : dtype == INFO_BF16 ? 0xff80ff80 : 0xfc00fc00;
    for (int64_t k = 0; k < space; k++)
        buffer[k] = lowest;
    memcpy(buffer, (const char *)x + (size_t)i * size, (size_t)count * size);
}

/* For the 32 elements from i. */
INLINE void prefetch(const void *x, info_dtype dtype, int64_t i)
{
    const char *line = (const char *)x + i * (dtype == INFO_F32 ? 4 : 2) + AHEAD;
    __builtin_prefetch(line);
    if (dtype == INFO_F32)
        __builtin_prefetch(line + 64);
}

#endif
