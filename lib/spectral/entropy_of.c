/* SPDX-License-Identifier: MIT
 * Entropies of a spectrum that is there. */
#include <math.h>

#include "numeric/sum.h"
#include "spectral/entropy_of.h"

/* Orders that are this near to 1 are taken by what they differ from it. */
#define NEAR_1 0.5

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
static double renyi_near_1(const double *p, int64_t n, double smoothing, double total, double order)
{
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        const double q = (p[i] + smoothing) / total;
        if (q > 0)
            sum = info_i_dd_add(sum, info_i_two_product(q, expm1((order - 1) * log(q))));
    }
    return log1p(info_i_dd_value(sum)) / (1 - order);
}

/* The largest p in front, so that no power underflows that matters. Of numbers that do not sum to 1, as smoothed ones,
 * this would not be an entropy: it is that of (p + smoothing) / total. */
static double renyi(const double *p, int64_t n, double smoothing, double total, double order)
{
    const double most = largest(p, n) + smoothing;
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; i < n; i++)
        if (p[i] + smoothing > 0)
            sum = info_i_dd_add_double(sum, pow((p[i] + smoothing) / most, order));
    return (order * log(most / total) + log(info_i_dd_value(sum))) / (1 - order);
}

double info_i_entropy_of(const double *p, int64_t n, double smoothing, double order)
{
    const double total = smoothing > 0 ? 1 + (double)n * smoothing : 1;
    double entropy;
    if (order == 1)
        entropy = shannon(p, n, smoothing);
    else if (isinf(order))
        entropy = -log((largest(p, n) + smoothing) / total);
    else if (fabs(order - 1) < NEAR_1)
        entropy = renyi_near_1(p, n, smoothing, total, order);
    else
        entropy = renyi(p, n, smoothing, total, order);
    return entropy > 0 ? entropy : 0; /* below 0 only where rounding lifts the largest p above 1 */
}

/* A term of the sum that the entropy is a function of. Near order 1, and there, less a multiple of q, since the q
 * sum to 1 with their errors as without. */
static double term(double q, double order)
{
    if (!(q > 0))
        return 0;
    return order == 1 ? -q * log(q) : fabs(order - 1) < NEAR_1 ? q * expm1((order - 1) * log(q)) : pow(q, order);
}

double info_i_entropy_error(const double *p, int64_t n, double smoothing, double order, double delta)
{
    const double most = largest(p, n) + smoothing, scale = order != 1 && fabs(order - 1) >= NEAR_1 ? most : 1;
    if (isinf(order))
        return -log1p(-fmin(delta / most, 1));
    double up = 0, down = 0, sum = order == 1 || scale != 1 ? 0 : 1;
    for (int64_t i = 0; i < n; i++) {
        const double q = p[i] + smoothing, here = term(q / scale, order);
        const double more = term((q + delta) / scale, order) - here;
        const double less = term(fmax(q - delta, 0) / scale, order) - here;
        up += fmax(fmax(more, less), 0);
        down += fmax(fmax(-more, -less), 0);
        sum += order == 1 ? 0 : here;
    }
    if (order == 1)
        return fmax(up, down);
    const double moved = fmax(log1p(up / sum), down < sum ? -log1p(-down / sum) : INFINITY);
    return fmin(moved / fabs(1 - order), log((double)n));
}
