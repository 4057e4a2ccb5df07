/* SPDX-License-Identifier: MIT
 * A marginal space, in which neighbors are only counted: a sorted line in one dimension, a tree in more. */
#ifndef INFO_I_SAMPLE_SPACE_H
#define INFO_I_SAMPLE_SPACE_H

#include "sample/points.h"

typedef struct info_i_space {
    int64_t count, first, dims; /* columns of the points it was made of */
    const double *sorted;       /* one dimension */
    info_i_tree tree;
} info_i_space;

/* Of columns first .. first + dims - 1 of points, in the maximum norm. */
info_status info_i_space_open(info_ctx *ctx, const info_i_points *points, int64_t first, int64_t dims,
                              info_i_space *space);

/* Other samples than the point itself, which is one of them, nearer than `distance` (or no further, if inclusive). */
int64_t info_i_space_others(const info_i_space *space, const double *point, double distance, bool inclusive);

#endif
