/* SPDX-License-Identifier: MIT
 * Entropies of a spectrum that is there. */
#include <math.h>

#include "numeric/sum.h"
#include "spectral/entropy_of.h"

static double largest(const double *p, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = p[i] > most ? p[i] : most;
    return most;
}

static double shannon(const double *p, int64_t n, double smoothing)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        const double q = p[i] + smoothing;
        if (q > 0)
            sum = info_i_dd_add(sum, info_i_two_product(-q, log(q)));
    }
    return info_i_dd_value(sum);
}

/* log(sum p^a) = log1p(sum p (p^(a-1) - 1)): no cancellation where a is near 1. */
static double renyi_near_1(const double *p, int64_t n, double order)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < n; i++)
        if (p[i] > 0)
            sum = info_i_dd_add(sum, info_i_two_product(p[i], expm1((order - 1) * log(p[i]))));
    return log1p(info_i_dd_value(sum)) / (1 - order);
}

/* The largest p in front, so that no power underflows that matters. */
static double renyi(const double *p, int64_t n, double smoothing, double order)
{
    const double most = largest(p, n) + smoothing;
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < n; i++)
        if (p[i] + smoothing > 0)
            sum = info_i_dd_add_double(sum, pow((p[i] + smoothing) / most, order));
    return (order * log(most) + log(info_i_dd_value(sum))) / (1 - order);
}

double info_i_entropy_of(const double *p, int64_t n, double smoothing, double order)
{
    double entropy;
    if (order == 1)
        entropy = shannon(p, n, smoothing);
    else if (isinf(order))
        entropy = -log(largest(p, n) + smoothing);
    else if (smoothing == 0 && fabs(order - 1) < 0.5)
        entropy = renyi_near_1(p, n, order);
    else
        entropy = renyi(p, n, smoothing, order);
    return entropy > 0 ? entropy : 0; /* below 0 only where rounding lifts the largest p above 1 */
}

double info_i_entropy_error(const double *p, int64_t n, double order, double delta)
{
    const double most = largest(p, n);
    if (isinf(order))
        return delta / most;
    /* |dH/dp| is 1 + |log p| for order 1, and a p^(a-1) / (|1-a| sum p^a) otherwise; where
     * p < delta the derivative is taken at delta. */
    double sum = 0, total = 0;
    for (int64_t i = 0; i < n; i++) {
        const double q = p[i] > delta ? p[i] : delta;
        if (order == 1) {
            sum += 1 - log(q < 1 ? q : 1);
        } else {
            sum += pow(q / most, order - 1);
            total += p[i] > 0 ? pow(p[i] / most, order) : 0;
        }
    }
    return order == 1 ? delta * sum : delta * order * sum / (fabs(1 - order) * total * most);
}
