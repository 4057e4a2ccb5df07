/* SPDX-License-Identifier: MIT
 *
 * The terms that entropies and divergences are sums of, one at a time: each is >= 0, and its
 * error is a few hundredths of a unit in its own last place, however small it is. For sums of so few terms that the
 * error of one counts, and for numbers that the kernels cannot take.
 */
#ifndef INFO_I_TERM_H
#define INFO_I_TERM_H

#include "numeric/sum.h"

/* log x, x > 0 and finite; exactly 0 for 1. */
info_i_dd info_i_log_of(double x);

/* p log(p/q) - p + q; +inf where q alone is 0. */
info_i_dd info_i_kl_term(info_i_dd p, info_i_dd q);

/* The same from m = (p + q) / 2 and s = (p - q) / 2m, |s| <= 1/7: 2 m ((1 + s) atanh s - s). */
double info_i_kl_near(double m, double s);

/* p log(p/m) + q log(q/m) = m ((1+s) log(1+s) + (1-s) log(1-s)), and that over m s^2: 1 + s^2/6 + s^4/15 + ... with terms
 * s^(2k-2) / (k (2k-1)), 0 <= s <= 1. */
double info_i_js_near(double m, double s);
double info_i_js_series(double s);

/* The same with p = mass, q = row * col, however small; mass <= col. */
info_i_dd info_i_divergence_term(info_i_dd mass, info_i_dd row, info_i_dd col);

/* mass log(whole / mass); mass <= whole. A unit in the last place. */
double info_i_surprise_term(info_i_dd mass, info_i_dd whole);

/* log(mass / (row * col)); -inf for no mass, NaN where row or col have none. */
double info_i_log_ratio(info_i_dd mass, info_i_dd row, info_i_dd col);

/* log(whole / mass); +inf for no mass, NaN where there is none at all. */
double info_i_surprisal(info_i_dd mass, info_i_dd whole);

#endif
