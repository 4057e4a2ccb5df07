/* SPDX-License-Identifier: MIT
 * Numbers with an index each, ordered: the greater number first, of equal ones the lower index. */
#ifndef INFO_I_LM_RANKING_H
#define INFO_I_LM_RANKING_H

#include <stdint.h>

typedef struct info_i_ranked {
    double value; /* not NaN */
    int64_t index;
} info_i_ranked;

/* Brings the first of them to the front, in any order. */
void info_i_ranked_select(info_i_ranked *items, int64_t count, int64_t first);

/* Orders all. In place, without memory, O(count log count) at worst. */
void info_i_ranked_sort(info_i_ranked *items, int64_t count);

#endif
