/* SPDX-License-Identifier: MIT
 *
 * frontier.h: points of a convex, decreasing curve y(x) that is known by its
 * tangents: rate over distortion, or minus capacity over cost. A solver finds the
 * point where the slope is -s; the search finds the slope whose point meets a
 * target in x or y. What it returns is certified at any time: the curve lies above
 * every tangent, and below the chord of two attained points.
 */
#ifndef INFO_I_FRONTIER_H
#define INFO_I_FRONTIER_H

#include "core/core.h"
#include "info/coding.h"

typedef struct info_i_tangent {
    double slope;     /* s, 0 to infinity */
    double x, y;      /* an attained point */
    double intercept; /* y(x) >= intercept - s x; for infinite s: y >= intercept at the least x */
    double *u;        /* what attains it: in, a start; out, the optimizer */
} info_i_tangent;

typedef struct info_i_frontier {
    /* Finds the tangent of t->slope within the iterations left, which it counts down. */
    info_status (*solve)(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left);
    void *user;
    int64_t u_len;
    double least_x;   /* no point lies left of it */
    double tolerance; /* of y, or of slope * x */
    bool at_y;
    double target;
    /* In: two attained points around the target; out: the closest. */
    info_i_tangent low;  /* of low slope: x >= target, or y <= target */
    info_i_tangent high; /* of high slope */
    double *spare;       /* u_len numbers */
    double share;        /* weight of high in the mixture that meets the target */
    double lower, upper; /* bounds of y at the target, or of x */
    double slope;        /* of the tangent that gives the lower bound */
} info_i_frontier;

/* Narrows low and high until upper - lower meets the tolerance; INFO_OK or
 * INFO_NOT_CONVERGED, or a failure of solve(). */
info_status info_i_frontier_search(info_ctx *ctx, info_i_frontier *f, int64_t *iterations_left);

#endif
