/* SPDX-License-Identifier: MIT
 * Sums in units of 2^-64 and 128 bits: exact, and twice the size of a double. */
#ifndef INFO_I_EVALUATION_FIXED_H
#define INFO_I_EVALUATION_FIXED_H

#include <stdbool.h>

#include "evaluation/state.h"
#include "numeric/sum.h"

/* |sum| stays below 2^62. */
#define INFO_I_FIXED_MOST ((info_i_fixed)1 << 126)

/* x to the nearest unit, ties to even. |x| < 2^62. */
info_i_fixed info_i_fixed_from(double x);

/* Its value, to 106 bits. */
info_i_dd info_i_fixed_value(info_i_fixed x);

static inline bool info_i_fixed_fits(info_i_fixed x)
{
    return x < INFO_I_FIXED_MOST && x > -INFO_I_FIXED_MOST;
}

#endif
