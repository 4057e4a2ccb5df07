/* SPDX-License-Identifier: MIT
 * What is done to the operands and to the result of a product whose result is a tile of logits. */
#ifndef INFO_I_TILE_F32_H
#define INFO_I_TILE_F32_H

#include <stdbool.h>

#include "info/base.h"

typedef struct info_i_tile_kernels {
    /* Whether all of f32, f16 or bf16 x[0..count-1] are finite; out, unless NULL, gets them as floats. */
    bool (*widen)(const void *x, info_dtype dtype, int64_t count, float *out);
    /* y := cap tanh(y / cap), 3e-7 relative; not finite becomes NaN. y has room for a multiple of 16, all of which
     * is written. */
    void (*soften)(float *y, int64_t count, float cap);
    /* y := y + bias */
    void (*shift)(float *y, int64_t count, const float *bias);
} info_i_tile_kernels;

#endif
