/* SPDX-License-Identifier: MIT
 * The slope that meets a target. */
#include "coding/frontier.h"

#include <math.h>
#include <string.h>

#define ROUNDS 100

/* What the chord of the two attained points promises at the target. */
static void bound_above(info_i_frontier *f)
{
    const info_i_tangent *low = &f->low, *high = &f->high;
    const double from = f->at_y ? low->y : low->x, to = f->at_y ? high->y : high->x;
    f->share = to == from ? 0 : fmin(fmax((f->target - from) / (to - from), 0), 1);
    f->upper = f->at_y ? low->x + f->share * (high->x - low->x) : low->y + f->share * (high->y - low->y);
}

/* What a tangent promises there. */
static void bound_below(info_i_frontier *f, const info_i_tangent *t)
{
    double bound = -INFINITY;
    if (!f->at_y)
        bound = isinf(t->slope) ? -INFINITY : t->intercept - t->slope * f->target;
    else if (t->slope > 0)
        bound = isinf(t->slope) ? f->least_x : (t->intercept - f->target) / t->slope;
    if (bound > f->lower) {
        f->lower = bound;
        f->slope = t->slope;
    }
}

/* The slope to try next: on the curve log s over log(x - least x) or over y, which
 * is straight for a Gaussian source, else that of the chord, which always lies between. */
static double next_slope(const info_i_frontier *f, bool bend)
{
    const info_i_tangent *low = &f->low, *high = &f->high;
    const double chord = (high->y - low->y) / (low->x - high->x);
    if (!bend || !(low->slope > 0) || isinf(high->slope))
        return chord;
    double at, from, to;
    if (f->at_y) {
        at = f->target;
        from = low->y;
        to = high->y;
    } else {
        at = log(f->target - f->least_x);
        from = log(low->x - f->least_x);
        to = log(high->x - f->least_x);
    }
    const double s = low->slope * pow(high->slope / low->slope, (at - from) / (to - from));
    return s > low->slope && s < high->slope ? s : chord;
}

info_status info_i_frontier_search(info_ctx *ctx, info_i_frontier *f, int64_t *iterations_left)
{
    info_i_tangent now = {.u = f->spare};
    f->slope = 0;
    f->lower = f->at_y ? f->least_x : -INFINITY;
    bound_above(f);
    bound_below(f, &f->low);
    bound_below(f, &f->high);
    int side = 0; /* > 0: how often in a row the high end moved, < 0: the low end */
    for (int round = 0; round < ROUNDS; round++) {
        const double slope = next_slope(f, side < 2 && side > -2);
        if (!(slope > f->low.slope && slope < f->high.slope))
            break; /* a straight piece of the curve, or the limit of precision */
        now.slope = slope;
        memcpy(now.u, isinf(f->high.slope) ? f->low.u : f->high.u, (size_t)f->u_len * sizeof(double));
        const info_status status = f->solve(ctx, f->user, &now, iterations_left);
        if (status != INFO_OK)
            return status;
        const bool beyond = f->at_y ? now.y >= f->target : now.x <= f->target;
        info_i_tangent *end = beyond ? &f->high : &f->low;
        double *const freed = end->u;
        *end = now;
        now.u = f->spare = freed;
        side = beyond ? (side > 0 ? side + 1 : 1) : (side < 0 ? side - 1 : -1);
        bound_above(f);
        bound_below(f, end);
        if ((f->upper - f->lower) * (f->at_y ? slope : 1) <= f->tolerance)
            return INFO_OK;
        if (*iterations_left <= 0)
            return INFO_NOT_CONVERGED;
    }
    return (f->upper - f->lower) * (f->at_y && f->slope > 0 && isfinite(f->slope) ? f->slope : 1) <= f->tolerance
               ? INFO_OK
               : INFO_NOT_CONVERGED;
}
