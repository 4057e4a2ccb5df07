/* SPDX-License-Identifier: MIT
 * What exponentials and logarithms differ from their tangents by: terms of divergences of near-equal numbers. */
#ifndef INFO_I_PSI_H
#define INFO_I_PSI_H

/* exp(-d) - 1 + d */
double info_i_psi(double d);
/* t - log(1 + t), t >= -1 */
double info_i_phi(double t);

#endif
