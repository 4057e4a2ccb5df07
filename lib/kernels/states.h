/* SPDX-License-Identifier: MIT
 * Kernels over rows of states, at every level; the same bits at each. */
#ifndef INFO_I_STATES_KERNELS_H
#define INFO_I_STATES_KERNELS_H

#include "info/base.h"

/* x[0 .. n - 1] of one type, taken as doubles. */
typedef struct info_i_row_kernels {
    /* max |x[j]|, or NaN if an element is not finite */
    double (*largest)(int64_t n, const void *x);
    /* sum[j] + rest[j] += s x[j], the rounding of sum kept in rest */
    void (*add_to_columns)(int64_t n, const void *x, double scale, double *sum, double *rest);
    /* sum_j (s x[j] - mean[j] - rest[j])^2, in eight lanes */
    double (*squares)(int64_t n, const void *x, double scale, const double *mean, const double *rest);
    /* out[j] = factor (s x[j] - mean[j] - rest[j]) */
    void (*prepare_f64)(int64_t n, const void *x, double scale, const double *mean, const double *rest, double factor,
                        double *out);
    void (*prepare_f32)(int64_t n, const void *x, double scale, const double *mean, const double *rest, double factor,
                        float *out);
} info_i_row_kernels;

typedef struct info_i_states_kernels {
    info_i_row_kernels f32, f64;
} info_i_states_kernels;

#endif
