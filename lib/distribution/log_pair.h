/* SPDX-License-Identifier: MIT
 *
 * log_pair.h: sums over two rows of logarithms, of one reading each (kernels/log_pairs_f64.h).
 */
#ifndef INFO_I_LOG_PAIR_H
#define INFO_I_LOG_PAIR_H

#include "distribution/pair.h"

/* Whether both rows are logarithms that are used as given, or both are logits: where neither their masses nor what is
 * between them has to be known beforehand. */
bool info_i_are_logs_alike(const info_i_input *p, const info_i_input *q);

/* What takes two rows of logits to one scale: the totals of both, their ratio and offset, and KL where it comes with them. */
info_status info_i_log_pair_align(const info_i_work *work, info_i_pair *pair);

/* The sum of the pair's divergence, with the masses of both rows in sum[1] and sum[2]. */
info_status info_i_log_pair_sum(const info_i_work *work, const info_i_pair *pair, info_i_part *out);

/* sum w, sum w d and sum w d^2 for w = p^a q^(1-a) and d = log(p/q), of elements in both rows. INFO_I_PART_SIGN: there are
 * others. False: the sum is too small for a double. */
info_status info_i_log_pair_tilt(const info_i_work *work, const info_i_pair *pair, double a, info_i_part *out,
                                 bool *good);

#endif
