/* SPDX-License-Identifier: MIT */
#include "numeric/psi.h"

#include <math.h>

/* d^2 (1/2! - d/3! + d^2/4! - ...) near 0, where the closed form cancels. */
double info_i_psi(double d)
{
    if (fabs(d) > 0.5)
        return expm1(-d) + d;
    double series = 1;
    for (int n = 16; n > 2; n--)
        series = 1 - d / n * series;
    return 0.5 * d * d * series;
}

/* With z = t / (2 + t), log(1 + t) = 2 atanh z, and t - 2 z = t^2 / (2 + t). */
double info_i_phi(double t)
{
    if (!(fabs(t) < 0.5))
        return t - log1p(t);
    const double z = t / (2 + t), square = z * z;
    double series = 0;
    for (int n = 35; n >= 3; n -= 2)
        series = series * square + 1.0 / n;
    return t * t / (2 + t) - 2 * z * square * series;
}
