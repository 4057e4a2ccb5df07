/* SPDX-License-Identifier: MIT
 * Means and standard errors of numbers that come one after the other, in documents. */
#ifndef INFO_I_LM_MOMENTS_H
#define INFO_I_LM_MOMENTS_H

#include "core/core.h"
#include "info/lm.h"

typedef struct info_i_mean {
    int64_t count;
    double mean, error;
} info_i_mean;

/* Mean of the values that are not NaN, and sqrt(sum (x - m)^2 / (n (n - 1))); 0 if there are none. An infinite
 * mean has an infinite error. */
info_i_mean info_i_mean_of(const double *values, int64_t count);

/* Standard error of sum x / sum u as a ratio of sums over clusters (runs of equal numbers; NULL: each element
 * is one), NaN left out; u NULL: 1. Their number goes to *clusters. */
double info_i_ratio_error(const double *x, const double *u, int64_t count, const int64_t *clusters, int64_t *found);

/* How far above 0 a log-probability may be by rounding. */
double info_i_log_probability_slack(info_dtype precision);

/* Log-probabilities, those above 0 by rounding taken as 0, in scratch memory, and counted; NULL with the error told. */
const double *info_i_scores(info_ctx *ctx, const char *name, const double *values, int64_t count, info_dtype precision,
                            int64_t *above_zero);

/* Options for count tokens. */
info_status info_i_score_options(info_i_error *error, info_score_options *own, const info_score_options *given,
                                 int64_t count);

#endif
