/* SPDX-License-Identifier: MIT
 * Two models' columns of one shard. */
#ifndef INFO_I_SHARD_PAIR_H
#define INFO_I_SHARD_PAIR_H

#include "shard/shard.h"

typedef struct info_i_shard_pair {
    info_matrix p, q; /* cut to the common columns */
    info_i_shard shard;
    info_i_lm q_lm; /* that of the shard may point to it: the pair may not be moved */
} info_i_shard_pair;

info_status info_i_shard_pair_open(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_vocabulary_shard *shard, const info_lm_options *options,
                                   info_i_shard_pair *pair);

#endif
