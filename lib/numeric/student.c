/* SPDX-License-Identifier: MIT
 * Student's t distribution by quadrature of its density; its quantile by
 * Newton's method inside a bracket. */
#include "numeric/student.h"

#include <float.h>
#include <math.h>

/* log Gamma(a + 1/2) - log Gamma(a), where the difference of the two would lose
 * the digits that log Gamma(a) ~ a log a carries before the point. */
static double log_gamma_half_step(double a)
{
    if (a < 20) {
#if defined(_WIN32) /* which has no lgamma_r() */
        return log(tgamma(a + 0.5) / tgamma(a));
#else
        int sign; /* lgamma() would write a global one */
        return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
#endif
    }
    const double u = 1 / (a * a); /* DLMF 5.11.13 as a series of the logarithm */
    return 0.5 * log(a) - (1.0 / 8 - u * (1.0 / 192 - u * (1.0 / 640 - u * (17.0 / 14336 - u * (31.0 / 18432))))) / a;
}

static double student_density(double t, double freedom)
{
    const double log_peak = log_gamma_half_step(0.5 * freedom) - 0.5 * log(freedom * 3.14159265358979323846);
    return exp(log_peak - 0.5 * (freedom + 1) * log1p(t * t / freedom));
}

/* The density's integral from t on, x = t + exp(pi/2 sinh u): this double
 * exponential substitution turns both a Gaussian and a heavy tail into something
 * that the trapezoidal rule integrates to rounding. */
double info_i_student_tail(double t, double freedom)
{
    const double half_pi = 1.57079632679489662, step = 1.0 / 32;
    double sum = 0;
    for (int k = -5 * 32; k <= 5 * 32; k++) {
        const double u = k * step, x = exp(half_pi * sinh(u));
        sum += student_density(t + x, freedom) * x * cosh(u);
    }
    return isinf(t) ? 0 : sum * half_pi * step;
}

double info_i_student_quantile(double confidence, double freedom)
{
    const double tail = 0.5 * (1 - confidence);
    if (confidence <= 0)
        return 0;
    double low = 0, high = 1;
    while (info_i_student_tail(high, freedom) > tail && high < DBL_MAX / 4) {
        low = high;
        high *= 2;
    }
    double t = 0.5 * (low + high);
    for (int i = 0; i < 200; i++) {
        const double excess = info_i_student_tail(t, freedom) - tail;
        if (excess > 0)
            low = t;
        else
            high = t;
        double next = t + excess / student_density(t, freedom);
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - t) <= 2 * DBL_EPSILON * t)
            return next;
        t = next;
    }
    return t;
}

/* P(|Z| <= z) = erf(z / sqrt 2); erfc keeps the digits of small tails. Newton's steps from below converge, as the
 * tail is convex. */
double info_i_normal_quantile(double confidence)
{
    const double tail = 1 - confidence;
    double z = 0;
    for (int i = 0; i < 100; i++) {
        const double density = 0.797884560802865356 * exp(-0.5 * z * z); /* of |Z|: sqrt(2/pi) */
        const double step = (erfc(z * 0.707106781186547524) - tail) / density;
        z += step;
        if (fabs(step) <= 1e-15 * z)
            break;
    }
    return z;
}
