/* SPDX-License-Identifier: MIT
 * Neumaier's compensated sum, in which infinities stay what they are. */
#ifndef INFO_I_TOTAL_H
#define INFO_I_TOTAL_H

#include <math.h>

typedef struct info_i_total {
    double sum, lost;
} info_i_total;

static inline void info_i_total_add(info_i_total *t, double x)
{
    const double sum = t->sum + x;
    if (isfinite(sum))
        t->lost += fabs(t->sum) >= fabs(x) ? (t->sum - sum) + x : (x - sum) + t->sum;
    t->sum = sum;
}

static inline double info_i_total_value(const info_i_total *t)
{
    return t->sum + t->lost;
}

#endif
