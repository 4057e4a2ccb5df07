/* SPDX-License-Identifier: MIT
 * Student's t distribution by the incomplete beta function; its quantile by
 * Newton's method inside a bracket. */
#include "numeric/student.h"

#include <float.h>
#include <math.h>

/* The continued fraction of I_x(a, b) (DLMF 8.17.22) by the modified Lentz
 * method; it converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double smallest = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < smallest ? smallest : d);
    double value = d;
    for (int m = 1; m <= 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < smallest ? smallest : d);
        c = fabs(c) < smallest ? smallest : c;
        value *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < smallest ? smallest : d);
        c = fabs(c) < smallest ? smallest : c;
        value *= d * c;
        if (fabs(d * c - 1) < 2 * DBL_EPSILON)
            break;
    }
    return value;
}

/* log Gamma(a + 1/2) - log Gamma(a), where the difference of the two would lose
 * the digits that log Gamma(a) ~ a log a carries before the point. */
static double log_gamma_half_step(double a)
{
    if (a < 20)
        return lgamma(a + 0.5) - lgamma(a);
    const double u = 1 / (a * a); /* DLMF 5.11.13 as a series of the logarithm */
    return 0.5 * log(a) - (1.0 / 8 - u * (1.0 / 192 - u * (1.0 / 640 - u * (17.0 / 14336 - u * (31.0 / 18432))))) / a;
}

static double log_beta(double a, double b)
{
    if (b == 0.5)
        return lgamma(0.5) - log_gamma_half_step(a);
    if (a == 0.5)
        return lgamma(0.5) - log_gamma_half_step(b);
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

double info_i_incomplete_beta(double a, double b, double x, double y)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    const double log_x = x < 0.5 ? log(x) : log1p(-y), log_y = y < 0.5 ? log(y) : log1p(-x);
    const double front = exp(a * log_x + b * log_y - log_beta(a, b));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double info_i_student_tail(double t, double freedom)
{
    const double square = t * t;
    const double x = isinf(square) ? 0 : freedom / (freedom + square);
    return 0.5 * info_i_incomplete_beta(0.5 * freedom, 0.5, x, isinf(square) ? 1 : square / (freedom + square));
}

static double student_density(double t, double freedom)
{
    const double log_peak = log_gamma_half_step(0.5 * freedom) - 0.5 * log(freedom * 3.14159265358979323846);
    return exp(log_peak - 0.5 * (freedom + 1) * log1p(t * t / freedom));
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
