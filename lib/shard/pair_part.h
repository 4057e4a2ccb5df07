/* SPDX-License-Identifier: MIT
 * What a tile makes of a row of two models, and what all of them do. */
#ifndef INFO_I_SHARD_PAIR_PART_H
#define INFO_I_SHARD_PAIR_PART_H

#include "lm/pair.h"
#include "shard/shard.h"

info_logit_pair_part info_i_pair_tile_of(const info_i_tile *tile, const info_matrix *p, const info_matrix *q);

/* The parts of a row, which are rows apart, are those of all tiles in order, and what parts can be. */
info_status info_i_pair_tiles_check(info_i_error *error, const info_logit_pair_part *parts, int64_t tiles, int64_t rows,
                                    int64_t row);

/* The whole row, with the KL divergences if they are wanted. */
info_i_pair info_i_pair_tiles_pair(const info_logit_pair_part *parts, int64_t tiles, int64_t rows, int64_t row,
                                   bool kl);

/* The part that has the target, or any if it is ignored; NULL if none has it. And the cell of the target. */
const info_logit_pair_part *info_i_pair_tiles_target(const info_logit_pair_part *parts, int64_t tiles, int64_t rows,
                                                     int64_t row);
info_i_cell info_i_pair_tile_target_cell(const info_logit_pair_part *part, const info_i_pair *pair);

#endif
