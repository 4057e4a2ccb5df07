/* SPDX-License-Identifier: MIT
 * Student's t distribution, for confidence intervals. */
#ifndef INFO_I_STUDENT_H
#define INFO_I_STUDENT_H

/* Regularised incomplete beta function I_x(a, b), a, b > 0, with y = 1 - x given
 * by the caller so that neither end loses digits. */
double info_i_incomplete_beta(double a, double b, double x, double y);

/* P(T > t), t >= 0, with freedom > 0 degrees of freedom (any real number); to a
 * relative 1e-13 up to a thousand degrees of freedom, 1e-11 up to a million. */
double info_i_student_tail(double t, double freedom);

/* The t for which P(|T| <= t) = confidence, 0 <= confidence < 1: the half-width of
 * a two-sided interval in standard errors. */
double info_i_student_quantile(double confidence, double freedom);

#endif
