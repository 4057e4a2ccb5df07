/* SPDX-License-Identifier: MIT
 * What a tile makes of a row of one model, and what all of them do. */
#ifndef INFO_I_SHARD_PART_H
#define INFO_I_SHARD_PART_H

#include "shard/shard.h"

/* A tile of a row, without its target. */
info_logit_part info_i_logit_part_of(const info_i_tile *tile, const info_matrix *logits);

/* The parts of a row, which are rows apart, are those of all tiles in order, and what parts can be. */
info_status info_i_logit_parts_check(info_i_error *error, const info_logit_part *parts, int64_t tiles, int64_t rows,
                                     int64_t row);

/* The whole row. */
info_i_row info_i_logit_parts_row(const info_logit_part *parts, int64_t tiles, int64_t rows, int64_t row);

/* The part that has the target, or any if it is ignored; NULL if none has it. */
const info_logit_part *info_i_logit_parts_target(const info_logit_part *parts, int64_t tiles, int64_t rows,
                                                 int64_t row);

#endif
