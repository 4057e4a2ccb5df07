/* SPDX-License-Identifier: MIT
 * Entropies of a spectrum that is there. */
#ifndef INFO_I_ENTROPY_OF_H
#define INFO_I_ENTROPY_OF_H

#include <stdint.h>

/* Renyi's entropy of order a > 0 (1: Shannon's; infinity) of p_i + smoothing, in nats. */
double info_i_entropy_of(const double *p, int64_t n, double smoothing, double order);

/* What an error of up to delta in each p_i can do to it. */
double info_i_entropy_error(const double *p, int64_t n, double order, double delta);

#endif
