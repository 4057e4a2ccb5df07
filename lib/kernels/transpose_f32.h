/* SPDX-License-Identifier: MIT
 *
 * transpose_f32.h: sixteen rows of sixteen floats, transposed: whole cache lines in, whole cache lines out. */
#ifndef INFO_I_TRANSPOSE_F32_H
#define INFO_I_TRANSPOSE_F32_H

#include <stdint.h>

#include "kernels/level.h"

#if INFO_I_LEVEL == 3

#include <immintrin.h>

/* out[j * ldo + i] = row[i][j], i, j < 16. Rows are loaded as quarters, so that the quarters of 4 x 4 are in place,
 * and two steps of shuffles do the rest. */
static inline void transpose16_f32(const float *const *row, float *out, int64_t ldo)
{
    for (int quarter = 0; quarter < 4; quarter++) {
        __m512 r[4];
        for (int i = 0; i < 4; i++) {
            __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(row[i] + 4 * quarter));
            v = _mm512_insertf32x4(v, _mm_loadu_ps(row[4 + i] + 4 * quarter), 1);
            v = _mm512_insertf32x4(v, _mm_loadu_ps(row[8 + i] + 4 * quarter), 2);
            r[i] = _mm512_insertf32x4(v, _mm_loadu_ps(row[12 + i] + 4 * quarter), 3);
        }
        const __m512 low01 = _mm512_unpacklo_ps(r[0], r[1]), high01 = _mm512_unpackhi_ps(r[0], r[1]);
        const __m512 low23 = _mm512_unpacklo_ps(r[2], r[3]), high23 = _mm512_unpackhi_ps(r[2], r[3]);
        float *o = out + 4 * quarter * ldo;
        _mm512_storeu_ps(o, _mm512_shuffle_ps(low01, low23, 0x44));
        _mm512_storeu_ps(o + ldo, _mm512_shuffle_ps(low01, low23, 0xee));
        _mm512_storeu_ps(o + 2 * ldo, _mm512_shuffle_ps(high01, high23, 0x44));
        _mm512_storeu_ps(o + 3 * ldo, _mm512_shuffle_ps(high01, high23, 0xee));
    }
}

#else

static inline void transpose16_f32(const float *const *row, float *out, int64_t ldo)
{
    for (int64_t j = 0; j < 16; j++)
        for (int i = 0; i < 16; i++)
            out[j * ldo + i] = row[i][j];
}

#endif

#endif
