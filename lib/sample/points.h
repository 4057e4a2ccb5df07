/* SPDX-License-Identifier: MIT
 * Points of a space, and the tree that finds their neighbors. */
#ifndef INFO_I_SAMPLE_POINTS_H
#define INFO_I_SAMPLE_POINTS_H

#include "core/core.h"
#include "info/continuous.h"

/* A space of `dims` columns: finite elements, row-major, with noise where it was asked for. */
typedef struct info_i_points {
    int64_t count, dims;
    double *at; /* count x dims */
} info_i_points;

/* Reads a (checked) matrix into columns first .. of points with room for it. */
info_status info_i_points_read(info_ctx *ctx, const char *name, const info_matrix *matrix, info_i_points *points,
                               int64_t first);

/* Memory for count points of dims dimensions. */
info_status info_i_points_open(info_ctx *ctx, int64_t count, int64_t dims, info_i_points *points);

/* Columns first .. first + dims - 1 as points of their own. */
info_status info_i_points_columns(info_ctx *ctx, const info_i_points *points, int64_t first, int64_t dims,
                                  info_i_points *out);

/* Adds uniform noise of this width over each column's standard deviation. */
void info_i_points_noise(info_i_points *points, double noise, uint64_t seed);

/* A k-d tree: nodes are boxes, halved at the median of their widest side; leaves hold their points together. */
typedef struct info_i_tree {
    int64_t count, dims;
    double *at;     /* points in the order of leaves */
    int64_t *row;   /* where each was */
    double *box;    /* of each node: lows, then highs */
    int64_t *first; /* first point of each node; nodes of one depth follow each other */
    int64_t nodes;  /* 2^depth - 1 */
    info_norm norm;
} info_i_tree;

info_status info_i_tree_open(info_ctx *ctx, const info_i_points *points, info_norm norm, info_i_tree *tree);

typedef struct info_i_neighbor {
    double distance; /* squared in the Euclidean norm */
    int64_t row;
} info_i_neighbor;

/* The k nearest to a point, nearest first, of equally far ones the lower rows; the row `self` (-1: none) is left out. */
void info_i_tree_nearest(const info_i_tree *tree, const double *point, int64_t self, int32_t k, info_i_neighbor *out);

/* How many points are nearer to a point than `distance` (or no further, if inclusive), itself included. */
int64_t info_i_tree_within(const info_i_tree *tree, const double *point, double distance, bool inclusive);

#endif
