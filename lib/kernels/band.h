/* SPDX-License-Identifier: MIT
 * Log-determinants of shifted band matrices, at every level; the same bits at each. */
#ifndef INFO_I_BAND_KERNELS_H
#define INFO_I_BAND_KERNELS_H

#include "info/base.h"

/* Shifts that are taken together. */
#define INFO_I_BAND_SHIFTS 8

/* Doubles of work. */
#define INFO_I_BAND_WORK(width) (((width) + 2) * ((width) + 1) * INFO_I_BAND_SHIFTS)

/* out[s] = log det(I + B / shift[s]) of the symmetric band B (element (i + k, i) at band[i * (width + 1) + k], zero
 * beyond the edge), NaN where B + shift[s] I is not positive definite. A sum of log1p(pivot / shift - 1), which keeps
 * its relative accuracy however large the shift. */
typedef void (*info_i_band_log_dets)(int64_t n, int64_t width, const double *band, const double *shift, double *work,
                                     double *out);

typedef struct info_i_band_kernels {
    info_i_band_log_dets log_dets;
} info_i_band_kernels;

#endif
