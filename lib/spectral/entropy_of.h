/* SPDX-License-Identifier: MIT
 * Entropies of a spectrum that is there. */
#ifndef INFO_I_ENTROPY_OF_H
#define INFO_I_ENTROPY_OF_H

#include <stdint.h>

/* Renyi's entropy of order a > 0 (1: Shannon's; infinity), in nats, of p of sum 1. With smoothing it is that of
 * p_i + smoothing: for order 1 as they are (RankMe), for others over their sum. */
double info_i_entropy_of(const double *p, int64_t n, double smoothing, double order);

/* What an error of up to delta in each p_i can do to it: from the terms at both ends, since below order 1 a p_i of
 * zero that is delta has the term delta^a. At most log n. */
double info_i_entropy_error(const double *p, int64_t n, double smoothing, double order, double delta);

#endif
