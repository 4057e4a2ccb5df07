/* SPDX-License-Identifier: MIT
 *
 * info/geometry.h: the geometry of a language model's representations.
 *
 *   1. power laws over model sizes
 *
 * After Tan, Li, Huang, "The Information of Large Language Model Geometry"
 * (2024, arXiv:2402.03471).
 */
#ifndef INFO_GEOMETRY_H
#define INFO_GEOMETRY_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Power laws ------------------------------------------------------ */

/** Which law is fitted, and in which sense. */
typedef int32_t info_power_law_form;
#define INFO_POWER_LAW_LOG_LOG 0       /* y = c N^-a: a line through (log N, log y) */
#define INFO_POWER_LAW_LEAST_SQUARES 1 /* y = c N^-a: least squares of y itself */
#define INFO_POWER_LAW_OFFSET 2        /* y = c N^-a + b: least squares of y itself */

typedef struct info_power_law_options {
    uint32_t struct_size; /* sizeof(info_power_law_options) */
    info_power_law_form form;
    double confidence; /* of the intervals, in (0, 1); 0 means 0.95 */
} info_power_law_options;

/** A fitted parameter. */
typedef struct info_estimate {
    double value;
    double standard_error;
    double low; /* the interval at the confidence asked for */
    double high;
} info_estimate;

typedef struct info_power_law {
    info_estimate exponent; /* a; positive for a decay */
    info_estimate factor;   /* c; its interval is symmetric in log |c| */
    info_estimate offset;   /* b; all 0 unless the form has one */
    double r_squared;       /* 1 - SSE/SST, of log y in the log-log form, else of y; 1 if all values are equal */
    double deviation;       /* standard deviation of the residuals, in the same sense */
    double freedom;         /* degrees of freedom: count minus parameters */
} info_power_law;

/** Fits a power law to (size, value) pairs, such as the representation entropy,
 *  Diff-eRank or loss of models with N parameters.
 *
 *  Intervals are value -+ t s with Student's t for the degrees of freedom and
 *  the standard error s; exact in the log-log form under normal residuals of
 *  log y, and from the Jacobian at the solution (first order) in the others.
 *  The least-squares forms search the exponent over a wide range (|a| log of the
 *  ratio of the largest size to the smallest up to 40) and are then polished by
 *  Gauss-Newton steps.
 *
 *  Sizes must be finite and positive, and as many of them distinct as there are
 *  parameters; values finite, in the log-log form positive. count exceeds the
 *  number of parameters (2, with an offset 3).
 *
 *  \return INFO_OK; INFO_NOT_CONVERGED (the best exponent lies at the end of its
 *          range or near 0, where an offset and a factor cannot be told apart: *out holds
 *          the best found); INFO_ERROR_NULL; INFO_ERROR_SIZE (count);
 *          INFO_ERROR_DOMAIN (a size or a value); INFO_ERROR_OPTION;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY.
 *  Cost: O(count). Thread-safe, one context per thread.
 *  Source: Tan, Li, Huang 2024, sec. 4; Kaplan et al. 2020 for the loss. */
INFO_API info_status info_power_law_fit(info_ctx *ctx, const double *sizes, const double *values, int64_t count,
                                        const info_power_law_options *options, info_power_law *out);

#ifdef __cplusplus
}
#endif

#endif
