/* SPDX-License-Identifier: MIT
 * What stretches of a vocabulary make of a row, and how two of them become one. */
#ifndef INFO_I_LM_HEAD_PART_H
#define INFO_I_LM_HEAD_PART_H

#include "info/head.h"
#include "lm/pair.h"

/* Nothing yet. */
extern const info_head_part info_i_part_empty;
extern const info_head_pair_part info_i_pair_part_empty;

/* What a valid row of logits that starts at token first says. */
info_head_part info_i_part_of(const info_i_row *row, int64_t first);

info_head_part info_i_part_merged(const info_head_part *a, const info_head_part *b);

/* The row of the whole vocabulary; not valid if no token is possible or a stretch had no valid value. */
info_i_row info_i_part_row(const info_head_part *part);

/* Merges by the chain rule of the KL divergence. */
info_head_pair_part info_i_pair_part_merged(const info_head_pair_part *a, const info_head_pair_part *b);

/* Logits of parts are divided by the temperature; those of a pair are not. */
info_i_pair info_i_pair_part_pair(const info_head_pair_part *part, double temperature);

/* The cell of the target, if a part has it. */
info_i_cell info_i_pair_part_target(const info_head_pair_part *part);

/* Whether these are numbers that a part may have. */
bool info_i_part_sound(const info_head_part *part);
bool info_i_pair_part_sound(const info_head_pair_part *part);

#endif
