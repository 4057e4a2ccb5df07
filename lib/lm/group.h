/* SPDX-License-Identifier: MIT
 * Groups of weighted observations: what a stretch of a row adds up to. With d the
 * distance of a logit below a reference and e = exp(d) its weight, groups merge (Chan,
 * Golub, LeVeque 1979) by sums of terms of one sign, so that neither the entropy of a
 * peaked row nor the varentropy of a flat one suffers cancellation. */
#ifndef INFO_I_LM_GROUP_H
#define INFO_I_LM_GROUP_H

typedef struct info_i_group {
    double weight;  /* sum e */
    double mean;    /* sum e d / weight */
    double spread;  /* sum e (d - mean)^2 */
    double squares; /* sum e^2 */
} info_i_group;

/* The reference itself: one observation at d = 0. */
extern const info_i_group info_i_group_top;

info_i_group info_i_group_merged(info_i_group a, info_i_group b);

/* The same group seen from a reference that is higher by rise. */
info_i_group info_i_group_lowered(info_i_group a, double rise);

#endif
