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
    info_i_dd sum[3]; /* the measure; for the kernels below also the sums of p and of q, as a check */
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
    /* -sum p l over p > 0; not finite where an l is not. l: logarithms */
    void (*products)(const double *p, const double *l, int64_t count, info_i_part *out);
    /* sum p log(p/q) - p + q from d = log(p/q), which may be infinite; not finite where p d is not */
    void (*kl_of_ratios)(const double *p, const double *q, const double *d, int64_t count, info_i_part *out);
    /* p - q from d = log(p/q), however near they are. out may be d */
    void (*differences)(const double *p, const double *q, const double *d, int64_t count, double *out);
    /* y = exp(scale (x - shift)), see exponentials.h */
    void (*exponentials)(int64_t count, double scale, double shift, const double *x, double *y);
    /* x - y - (offset + offset_low), in which x - y does not round; 0 where x = y = -inf. out may be x or y */
    void (*log_differences)(const double *x, const double *y, double offset, double offset_low, int64_t count,
                            double *out);
    /* x = cap tanh(x / cap), within 4 ulp; infinities stay */
    void (*softcap)(int64_t count, double cap, double *x);
    /* What softcap leaves of differences d = x - y, which may be known better than x and y tell; where one of these is infinite
     * nothing is done. Tested to 2e-13 relative */
    void (*softcap_differences)(const double *x, const double *y, int64_t count, double cap, double *d);
    /* The largest of x, -inf if there is none. False if one is NaN or +inf */
    bool (*largest)(const double *x, int64_t count, double *largest);
    /* y = exp(scale (x - shift)) / total, see exponentials.h. False, and nothing is done, if one of the exponentials would be
     * subnormal, which exponentials makes 0. y may be x */
    bool (*shares)(const double *x, int64_t count, double scale, double shift, double total, double *y);
} info_i_f64_kernels;

#endif
