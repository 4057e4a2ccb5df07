/* SPDX-License-Identifier: MIT
 * Arguments of the coding family: distributions, options, results. */
#ifndef INFO_I_CODING_ARGUMENTS_H
#define INFO_I_CODING_ARGUMENTS_H

#include "coding/frontier.h"
#include "coding/mixture.h"

/* Share of the tolerance that an optimizer is asked for: the rest is for rounding. */
#define INFO_I_FOR_THE_OPTIMIZER 0.99

typedef struct info_i_coding {
    info_coding_options options;
    info_i_solver solver;
} info_i_coding;

/* Reads and checks the options; the optimizer has alphabet letters. */
info_status info_i_coding_options(info_ctx *ctx, const info_coding_options *given, int64_t alphabet,
                                  info_i_coding *coding);

/* The memory of options.start, if any. */
info_i_span info_i_coding_start_span(const info_i_coding *coding);

/* All rows of a matrix of distributions as probabilities that sum to 1, into scratch memory. */
info_status info_i_distributions(info_ctx *ctx, const char *name, const info_matrix *matrix, info_kind kind,
                                 double **rows);

/* The starting point: the caller's, mixed with a little of everything, or uniform. */
void info_i_coding_start(const info_i_coding *coding, int64_t alphabet, double *u);

/* Checks a target against what at allows (other_at: INFO_AT_DISTORTION or INFO_AT_COST). */
info_status info_i_check_target(info_ctx *ctx, info_coding_at at, info_coding_at other_at, double target);

/* Fills in the result of a search or of a single tangent, in units. Returns its status. */
info_status info_i_coding_result(const info_i_coding *coding, info_status status, bool at_y, double x, double y,
                                 double lower, double upper, double slope, int64_t iterations,
                                 info_coding_result *result);

#endif
