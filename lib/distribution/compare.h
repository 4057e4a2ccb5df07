/* SPDX-License-Identifier: MIT
 *
 * compare.h: how two open rows compare, element by element. Near-equal rows keep their digits whatever they were
 * given as: numbers are subtracted as they came, before anything is rounded.
 */
#ifndef INFO_I_COMPARE_H
#define INFO_I_COMPARE_H

#include "distribution/pair.h"

/* What takes the rows to one scale; every other function here needs it. Reads rows of logits again, so
 * that what their log-sum-exps differ by has an error relative to itself. */
info_status info_i_pair_align(const info_i_work *work, info_i_pair *pair);

/* q and p. */
info_i_pair info_i_pair_exchange(const info_i_pair *pair);

/* p - q, from p and q, which are the probabilities; NULL if they say all there is to know. other: a block of scratch. */
const double *info_i_pair_differences(const info_i_pair *pair, int64_t col, int64_t count, const double *p,
                                      const double *q, double *buffer, double *other);

/* log(p/q); 0 where both are 0. */
const double *info_i_pair_log_ratios(const info_i_pair *pair, int64_t col, int64_t count, double *buffer,
                                     double *other);

/* A block of elements, and all that is to be known of them. */
struct info_i_compared {
    const double *p, *q, *log_p, *log_q, *log_ratio;
};

info_i_compared info_i_compare(const info_i_pair *pair, int64_t col, int64_t count, double *buffers);

#endif
