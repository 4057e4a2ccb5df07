/* SPDX-License-Identifier: MIT
 *
 * log_pairs_f64.h: divergences of two rows of logarithms x and y, in f64. One reading makes the probabilities,
 * compares them and adds up, so that a pair of elements costs one exponential where p and q are near and two where they are not.
 *
 * All is in units of p: of the elements i
 *     d = scale ((x - y) - offset) - shift      the log-ratio log(p/q), in which x - y does not round
 *     a = exp(scale (x - p_reference))          p
 *     b = a exp(-d) = factor exp(scale (y - q_reference))   q
 * A divergence of the kind sum q f(p/q) of a and b is that of p and q times what the a add up to.
 */
#ifndef INFO_I_LOG_PAIRS_F64_H
#define INFO_I_LOG_PAIRS_F64_H

#include "kernels/rows_f64.h"

typedef struct info_i_log_scale {
    double p_reference, q_reference; /* no x exceeds p_reference by more than 700, no y q_reference */
    double factor;
    double offset, offset_low;
    double scale, shift;
} info_i_log_scale;

/* sum[0]: the measure; sum[1]: sum a; sum[2]: sum b; sum[3]: sum b - a, of differences where a and b are near.
 * INFO_I_PART_ROUGH: the block is not for the kernel: an exponential would be subnormal, or a power overflow. INFO_I_PART_SIGN: an element
 * exceeds its reference by more than 700. Of NaN, and of -inf beside a finite number in KL and Jeffreys, sums are
 * not finite. */
typedef void (*info_i_log_pair_fn)(const double *x, const double *y, int64_t count, const info_i_log_scale *scale,
                                   info_i_part *out);

typedef struct info_i_log_pairs_kernels {
    info_i_log_pair_fn kl;             /* sum a d - a + b */
    info_i_log_pair_fn jeffreys;       /* sum (a - b) d */
    info_i_log_pair_fn jensen_shannon; /* sum a log(a/m) + b log(b/m), m = (a+b)/2 */
    info_i_log_pair_fn distance;       /* sum |a - b| */
    info_i_log_pair_fn common;         /* sum min(a, b) */
    /* sum ((1-c) a + c b - a^(1-c) b^c) / c for c <= 1/2, not 0 */
    void (*power)(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, double c,
                  info_i_part *out);
    /* Sums of w, w d and w d^2 for w = a^(1-c) b^c, 0 <= c <= 1, of elements in both rows; a w below e^-708 is 0. With
     * INFO_I_PART_SIGN an element is in one row alone, with INFO_I_PART_ROUGH a w is more than e^700. */
    void (*tilt)(const double *x, const double *y, int64_t count, const info_i_log_scale *scale, double c,
                 info_i_part *out);
} info_i_log_pairs_kernels;

#endif
