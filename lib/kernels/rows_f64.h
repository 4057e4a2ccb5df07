/* SPDX-License-Identifier: MIT
 *
 * rows_f64.h: sums over a stretch of one or two rows of probabilities, in f64.
 * Each reads its input once and checks it in the same pass.
 */
#ifndef INFO_I_ROWS_F64_H
#define INFO_I_ROWS_F64_H

#include <stdbool.h>

#include "info/base.h"
#include "numeric/sum.h"

/* What a stretch of a row contributes; stretches are added in order. */
typedef struct info_i_part {
    info_i_dd sum[4]; /* the measure; where a kernel says so also the sums of p and of q, as a check, and more */
    uint32_t flags;
} info_i_part;

#define INFO_I_PART_SIGN 1u  /* an element's sign bit is set: negative, or -0 */
#define INFO_I_PART_ROUGH 2u /* the sum is not to be trusted: numbers below 2^-1000, or a q of 0 where p is not */

typedef struct info_i_f64_kernels {
    /* sum p in double-double, and in sum[1] the largest p (0 if none is positive) */
    void (*scan)(const double *p, int64_t count, info_i_part *out);
    /* -sum p log p. p may hold anything; with NaN, infinities or negative numbers the sum
     * means nothing, and the check shows it. The same goes for all. */
    void (*entropy)(const double *p, int64_t count, info_i_part *out);
    /* -sum p log q */
    void (*cross_entropy)(const double *p, const double *q, int64_t count, info_i_part *out);
    /* sum p log(p/q) - p + q. difference: p - q to more digits than p and q tell, or NULL */
    void (*kl)(const double *p, const double *q, const double *difference, int64_t count, info_i_part *out);
    /* sum p log(p/m) + q log(q/m), m = (p+q)/2: twice the Jensen-Shannon divergence. difference as above */
    void (*jensen_shannon)(const double *p, const double *q, const double *difference, int64_t count, info_i_part *out);
    /* sum |p - q| */
    void (*distance)(const double *p, const double *q, int64_t count, info_i_part *out);
} info_i_f64_kernels;

#endif
