/* SPDX-License-Identifier: MIT
 * Eigenvalues as they are had without this library: LAPACK, a matrix at a time. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "peers.h"

#define LARGEST 128

int32_t peer_effective_ranks(const float *grams, int64_t count, int64_t n, double *out)
{
    static float a[LARGEST * LARGEST], work[2 * LARGEST + LARGEST * LARGEST], values[LARGEST];
    if (n > LARGEST)
        return 1;
    for (int64_t m = 0; m < count; m++) {
        int32_t whole;
        memcpy(a, grams + m * n * n, (size_t)(n * n) * sizeof *a);
        LAPACKE_ssyevd_work(LAPACK_COL_MAJOR, 'N', 'L', (lapack_int)n, a, (lapack_int)n, values, work,
                            (lapack_int)(sizeof work / sizeof *work), &whole, 1);
        double total = 0, entropy = 0;
        for (int64_t i = 0; i < n; i++)
            total += values[i] > 0 ? values[i] : 0;
        for (int64_t i = 0; i < n; i++) {
            const double p = values[i] / total;
            entropy -= p > 0 ? p * log(p) : 0;
        }
        out[m] = exp(entropy);
    }
    return 0;
}
