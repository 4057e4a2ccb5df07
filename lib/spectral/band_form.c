/* SPDX-License-Identifier: MIT
 * Symmetric matrices as sums of squares, and their reduction to a band. */
#include <string.h>

#include "kernels/symmetric.h"
#include "spectral/band_form.h"
#include "spectral/gram.h"

/* Rows that one task takes, and terms of a sum that are taken before the next rows: what is read again
 * and again stays in the cache. */
#define ROWS 96
#define DEPTH 256
#define PANEL INFO_I_PANEL

static int64_t row_blocks(int64_t n)
{
    return (n + ROWS - 1) / ROWS;
}

/* A worker's: a square block, and a block of a panel. */
static int64_t worker_size(int64_t width)
{
    return ROWS * ROWS + ROWS * width + 16;
}

int64_t info_i_band_form_size(int64_t n, int64_t width)
{
    /* V and X, [V W] and its transpose, T, T^T V^T X and two more; the calling thread's own. */
    const int64_t padded = row_blocks(n) * ROWS;
    int64_t size;
    return info_i_multiply(padded, 6 * width, &size) &&
                   info_i_add(size, 5 * width * width + worker_size(width) + 80, &size)
               ? size
               : -1;
}

#define real float
#define KERNELS info_i_symmetric_f32
#define NAME(name) name##_f32
#include "spectral/band_form_tmpl.h"
#undef real
#undef KERNELS
#undef NAME

#define real double
#define KERNELS info_i_symmetric_f64
#define NAME(name) name##_f64
#include "spectral/band_form_tmpl.h"
