/* SPDX-License-Identifier: MIT */
#include "lm/group.h"

#include <math.h>

const info_i_group info_i_group_top = {.weight = 1, .squares = 1};

info_i_group info_i_group_merged(info_i_group a, info_i_group b)
{
    if (!(a.weight > 0))
        return b;
    if (!(b.weight > 0))
        return a;
    const double total = a.weight + b.weight, apart = a.mean - b.mean;
    return (info_i_group){.weight = total,
                          .mean = (a.weight / total) * a.mean + (b.weight / total) * b.mean,
                          .spread = a.spread + b.spread + apart * apart * (a.weight / total) * b.weight,
                          .squares = a.squares + b.squares};
}

info_i_group info_i_group_lowered(info_i_group a, double rise)
{
    const double factor = exp(-rise);
    return (info_i_group){a.weight * factor, a.mean - rise, a.spread * factor, a.squares * factor * factor};
}
