/* SPDX-License-Identifier: MIT
 * The cells of a joint table, and which cell of each term's marginal table every one belongs to. */
#ifndef INFO_I_SAMPLE_GROUPS_H
#define INFO_I_SAMPLE_GROUPS_H

#include "sample/estimate.h"

typedef struct info_i_groups {
    int64_t cells;
    int64_t samples;
    const int64_t *count; /* of each cell */
    int64_t groups[4];    /* of each term */
    const int64_t *of[4]; /* the group of each cell; NULL: the cell itself */
} info_i_groups;

info_status info_i_groups_open(info_ctx *ctx, const info_i_measure *measure, const info_i_packing *layout,
                               const info_i_table *table, info_i_groups *out);

/* The groups of the cells of one set of symbols, numbered in the order of their tuples. */
info_status info_i_groups_of(info_ctx *ctx, const info_i_packing *layout, const info_i_table *table, uint64_t symbols,
                             int64_t *of, int64_t *groups);

#endif
