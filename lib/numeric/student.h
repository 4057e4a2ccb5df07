/* SPDX-License-Identifier: MIT
 * Student's t distribution, for confidence intervals. */
#ifndef INFO_I_STUDENT_H
#define INFO_I_STUDENT_H

/* P(T > t), t >= 0, with freedom > 0 degrees of freedom (any real number); to a
 * relative 1e-14 for tails above 1e-6. */
double info_i_student_tail(double t, double freedom);

/* The t for which P(|T| <= t) = confidence, 0 <= confidence < 1: the half-width of
 * a two-sided interval in standard errors. */
double info_i_student_quantile(double confidence, double freedom);

/* The z for which P(|Z| <= z) = confidence, Z standard normal, 0 <= confidence < 1. */
double info_i_normal_quantile(double confidence);

#endif
