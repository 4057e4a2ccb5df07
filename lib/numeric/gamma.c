/* SPDX-License-Identifier: MIT
 * Recurrence up to where Stirling's series converges to the last place, and then the series
 * (Abramowitz and Stegun, 6.1.40, 6.3.18, 6.4.12). */
#include "numeric/gamma.h"

/* From here on seven terms of the series leave less than 1e-17. */
#define ASYMPTOTIC 15.0

double info_i_digamma(double x)
{
    info_i_dd before = {0, 0};
    for (; x < ASYMPTOTIC; x++)
        before = info_i_dd_add_double(before, -1 / x);
    const double z = 1 / (x * x);
    const double series =
        z *
        (1.0 / 12 -
         z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12)))))));
    return info_i_dd_value(info_i_dd_add_double(before, log(x) - 0.5 / x - series));
}

double info_i_trigamma(double x)
{
    double before = 0;
    for (; x < ASYMPTOTIC; x++)
        before += 1 / (x * x);
    const double r = 1 / x, z = r * r;
    const double series =
        r * z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66 - z * (691.0 / 2730))))));
    return before + (r + 0.5 * z + series);
}

/* What Stirling's formula leaves of log Gamma(x): 1/(12 x) - ... */
static double stirling_rest(double x)
{
    const double r = 1 / x, z = r * r;
    return r *
           (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 - z * (691.0 / 360360))))));
}

double info_i_log_rising(double x, double n)
{
    double low = 0, product = 1;
    /* x (x + 1) .. by factors while x is small, and all of it while there are few. */
    while (n > 0 && (x < ASYMPTOTIC || n <= 8)) {
        product *= x;
        if (!(product < 0x1p900 && product > 0x1p-900)) {
            low += log(product);
            product = 1;
        }
        x++;
        n--;
    }
    low += log(product);
    if (n == 0)
        return low;
    const double high = x + n;
    return low + ((x - 0.5) * log1p(n / x) + n * (log(high) - 1) + (stirling_rest(high) - stirling_rest(x)));
}

info_i_dd info_i_log_whole(int64_t n)
{
    static const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
    int shift = 63 - __builtin_clzll((uint64_t)n);
    /* n = 2^shift (1 + f) exactly, as a double-double. */
    const int64_t head = n & ~INT64_C(0x3ff);
    info_i_dd m = info_i_fast_two_sum((double)head, (double)(n - head));
    m = (info_i_dd){ldexp(m.high, -shift), ldexp(m.low, -shift)};
    if (m.high > 0x1.6a09e667f3bcdp+0) {
        m = (info_i_dd){m.high / 2, m.low / 2};
        shift++;
    }
    const info_i_dd above = info_i_dd_add_double(m, -1), below = info_i_dd_add_double(m, 1);
    const info_i_dd s = info_i_dd_divide(above, below), z = info_i_dd_multiply(s, s);
    /* 2 atanh(s) = 2 s (1 + z/3 + z^2/5 + ..), |s| < 0.172: 21 terms leave 2^-107. */
    info_i_dd series = {0, 0};
    for (int k = 41; k >= 3; k -= 2) {
        const info_i_dd share = info_i_dd_divide(info_i_dd_from(1), info_i_dd_from(k));
        series = info_i_dd_multiply(z, info_i_dd_add(series, share));
    }
    series = info_i_dd_multiply(s, info_i_dd_add_double(series, 1));
    series = (info_i_dd){2 * series.high, 2 * series.low};
    return info_i_dd_add(info_i_dd_multiply_double(log_2, shift), series);
}

/* The power series below 1, a continued fraction by Lentz above (Abramowitz and Stegun, 5.1.11, 5.1.22). */
double info_i_scaled_exponential_integral(double z)
{
    if (z < 1) {
        double sum = -0x1.2788cfc6fb619p-1 - log(z), power = -1;
        for (int k = 1; k < 25; k++) {
            power *= -z / k;
            sum += power / k;
        }
        return exp(z) * sum;
    }
    double b = z + 1, c = 1e300, d = 1 / b, h = d;
    for (int k = 1; k < 200; k++) {
        const double a = -(double)k * k;
        b += 2;
        d = 1 / (a * d + b);
        c = b + a / c;
        h *= c * d;
        if (fabs(c * d - 1) < 1e-16)
            break;
    }
    return h;
}
