/* SPDX-License-Identifier: MIT
 * Log-determinants of shifted band matrices, at every level; the same bits at each. */
#ifndef INFO_I_BAND_KERNELS_H
#define INFO_I_BAND_KERNELS_H

#include "info/base.h"

/* log det(I + B / shift) of the symmetric band B (element (i + k, i) at band[i * (width + 1) + k]),
 * NaN if B + shift I is not positive definite; work: (n + 2 width) * (width + 1) doubles. The sum of
 * log1p(pivot / shift - 1) keeps its relative accuracy however large the shift. */
typedef double (*info_i_band_log_det)(int64_t n, int64_t width, const double *band, double shift, double *work);

info_i_band_log_det info_i_band_log_det_for(info_cpu cpu);

double info_i_band_log_det_c(int64_t n, int64_t width, const double *band, double shift, double *work);
double info_i_band_log_det_avx2(int64_t n, int64_t width, const double *band, double shift, double *work);
double info_i_band_log_det_avx512(int64_t n, int64_t width, const double *band, double shift, double *work);

#endif
