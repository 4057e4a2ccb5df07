/* SPDX-License-Identifier: MIT
 * A monotone function brought to a target: Newton's steps, kept inside what is known of the root. */
#ifndef INFO_I_SEARCH_H
#define INFO_I_SEARCH_H

#include "core/core.h"
#include "info/decoding.h"
#include "lm/columns.h"

typedef struct info_i_point {
    double value, slope; /* of the function, by the logarithm of its parameter */
} info_i_point;

/* The function at exp(u). Exactly: not by f32 kernels. false to give up, by cancellation or an error of the caller's. */
typedef bool (*info_i_search_fn)(void *user, double u, bool exactly, info_i_point *at);

/* Where the root is: low < u < high, with the first u to try. */
typedef struct info_i_bracket {
    double low, first, high;
} info_i_bracket;
/* exp(u) and its square stay doubles. */
#define INFO_I_SEARCH_LOWEST (-300.0)
#define INFO_I_SEARCH_HIGHEST 300.0

/* The u at which a function that grows (or falls, if so said) with u has this value; the point there goes to *at. The
 * root is first found by the fast form of the function, then in the exact one. false if the function gave up. */
bool info_i_search(info_i_search_fn function, void *user, bool falls, double target, info_i_bracket bracket, double *u,
                   info_i_point *at);

/* info_search_results as columns. */
#define INFO_I_SEARCH_COLUMNS 4
extern const info_i_column info_i_search_columns[INFO_I_SEARCH_COLUMNS];
void info_i_search_put(const info_search_results *out, int64_t row, double parameter, double reached, double derivative,
                       info_search outcome);

/* One target per row, or one for all: finite and not negative. */
info_status info_i_search_check_targets(info_i_error *error, const char *name, const double *targets, int64_t length,
                                        int64_t rows);

#endif
