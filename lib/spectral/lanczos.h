/* SPDX-License-Identifier: MIT
 *
 * lanczos.h: u^T f(A) u, f(x) = -x log x, of a positive semidefinite A, from the
 * tridiagonal matrix that Lanczos' recurrence makes of A and the unit vector u.
 */
#ifndef INFO_I_LANCZOS_H
#define INFO_I_LANCZOS_H

#include "info/base.h"

/* Steps that info_i_lanczos_bracket takes at most. */
#define INFO_I_LANCZOS_STEPS 200

/* Doubles of work for a bracket. */
int64_t info_i_lanczos_work(void);

/* Element k of the diagonal at alpha[k stride], the one below it at beta[k stride], k < steps; the last beta is
 * what the recurrence left (0 where it is complete). *high is Gauss' rule, *low Gauss and Radau's with a node at
 * 0: the even derivatives of f are negative and the odd ones positive from the third on, so that the value lies
 * between them. INFO_ERROR_BACKEND if a decomposition fails. */
info_status info_i_lanczos_bracket(int64_t steps, const double *alpha, const double *beta, int64_t stride, double *work,
                                   double *low, double *high);

#endif
