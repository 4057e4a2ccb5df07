/* SPDX-License-Identifier: MIT
 * Log-determinants of shifted band matrices: L D L^T, two columns at a time so that
 * each element of the window is read and written half as often. */
#include <math.h>
#include <string.h>

#include "kernels/band.h"
#include "kernels/level.h"

/* y[i] -= f x[i] */
static void subtract(int64_t n, double f, const double *restrict x, double *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] -= f * x[i];
}

/* z[i] -= f x[i] + g y[i] */
static void subtract_both(int64_t n, double f, const double *restrict x, double g, const double *restrict y,
                          double *restrict z)
{
    for (int64_t i = 0; i < n; i++)
        z[i] -= f * x[i] + g * y[i];
}

double RN(band_log_det)(int64_t n, int64_t width, const double *band, double shift, double *work)
{
    /* The diagonal is kept without the shift: pivot j is shift + work[j][0]. Columns past
     * the end are zero and cost less than looking for the end. */
    const int64_t ld = width + 1;
    memcpy(work, band, (size_t)(n * ld) * sizeof *work);
    memset(work + n * ld, 0, (size_t)(2 * width * ld) * sizeof *work);
    double sum = 0;
    for (int64_t j = 0; j < n; j += 2) {
        double *a = work + j * ld, *b = a + ld;
        const double first = shift + a[0];
        if (!(first > 0))
            return NAN;
        sum += log1p(a[0] / shift);
        subtract(width, a[1] / first, a + 1, b);
        if (j + 1 == n)
            break;
        const double second = shift + b[0];
        if (!(second > 0))
            return NAN;
        sum += log1p(b[0] / shift);
        for (int64_t p = 2; p <= width; p++)
            subtract_both(width + 1 - p, a[p] / first, a + p, b[p - 1] / second, b + p - 1, work + (j + p) * ld);
        /* Column j reaches only to j + width; b one further. */
        for (int64_t p = 2; p <= width; p++)
            work[(j + p) * ld + width + 1 - p] -= b[p - 1] / second * b[width];
        work[(j + width + 1) * ld] -= b[width] / second * b[width];
    }
    return sum;
}
