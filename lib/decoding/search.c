/* SPDX-License-Identifier: MIT */
#include "decoding/search.h"

#include <math.h>

#define STEPS 100
/* Steps of u that no longer matter: in the fast form, whose error is about so large, and in the exact one. */
#define FAST_STEP 1e-5
#define EXACT_STEP 1e-15

static bool walk(info_i_search_fn function, void *user, double sign, double target, bool exactly, info_i_bracket b,
                 double *u, info_i_point *at)
{
    const double enough = exactly ? EXACT_STEP : FAST_STEP;
    for (int i = 0; i < STEPS; i++) {
        if (!function(user, *u, exactly, at))
            return false;
        const double excess = sign * (at->value - target), slope = sign * at->slope;
        if (excess == 0)
            return true;
        if (excess > 0)
            b.high = *u;
        else
            b.low = *u;
        double next = *u - excess / slope;
        /* Newton's step overshoots where the function is flat: halves, or at most a factor of e^2. */
        if (!(slope > 0) || !(next > b.low && next < b.high))
            next = (b.low + b.high) / 2;
        else if (fabs(next - *u) > 2)
            next = *u + (next > *u ? 2 : -2);
        if (fabs(next - *u) <= enough * (1 + fabs(*u)) || next == b.low || next == b.high)
            return true;
        *u = next;
    }
    return true;
}

bool info_i_search(info_i_search_fn function, void *user, bool falls, double target, info_i_bracket bracket, double *u,
                   info_i_point *at)
{
    const double sign = falls ? -1 : 1;
    *u = bracket.first;
    return walk(function, user, sign, target, false, bracket, u, at) &&
           walk(function, user, sign, target, true, bracket, u, at);
}

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_search_results, field), sizeof *((info_search_results *)0)->field                        \
    }
const info_i_column info_i_search_columns[INFO_I_SEARCH_COLUMNS] = {COLUMN(parameter), COLUMN(reached),
                                                                    COLUMN(derivative), COLUMN(outcome)};

void info_i_search_put(const info_search_results *out, int64_t row, double parameter, double reached, double derivative,
                       info_search outcome)
{
    if (out->parameter)
        out->parameter[row] = parameter;
    if (out->reached)
        out->reached[row] = reached;
    if (out->derivative)
        out->derivative[row] = derivative;
    if (out->outcome)
        out->outcome[row] = outcome;
}

info_status info_i_search_check_targets(info_i_error *error, const char *name, const double *targets, int64_t length,
                                        int64_t rows)
{
    info_i_check_pointer(error, name, targets);
    if (error->status == INFO_OK && length != rows && length != 1)
        info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld elements; there are %lld rows, or one for all", name,
                    (long long)length, (long long)rows);
    for (int64_t i = 0; error->status == INFO_OK && i < length; i++)
        if (!(targets[i] >= 0 && targets[i] < INFINITY))
            info_i_fail(error, INFO_ERROR_DOMAIN, "%s: %s at %lld; finite numbers >= 0 are allowed", name,
                        info_i_number_text(targets[i]).text, (long long)i);
    return error->status;
}
