/* SPDX-License-Identifier: MIT
 *
 * The terms that the measures of a joint table are sums of. Each is >= 0, and its
 * error is a few units in its own last place, however small it is.
 */
#ifndef INFO_I_TERM_H
#define INFO_I_TERM_H

#include "numeric/sum.h"

/* mass log(mass / q) - mass + q with q = row * col; mass <= col. */
double info_i_divergence_term(info_i_dd mass, info_i_dd row, info_i_dd col);

/* mass log(whole / mass); mass <= whole. */
double info_i_surprise_term(info_i_dd mass, info_i_dd whole);

/* log(mass / (row * col)); -inf for no mass, NaN where row or col have none. */
double info_i_log_ratio(info_i_dd mass, info_i_dd row, info_i_dd col);

/* log(whole / mass); +inf for no mass, NaN where there is none at all. */
double info_i_surprisal(info_i_dd mass, info_i_dd whole);

#endif
