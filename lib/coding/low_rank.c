/* SPDX-License-Identifier: MIT
 * Matrices of low rank, from few of their rows and columns: adaptive cross approximation
 * (Bebendorf 2000, "Approximation of boundary element matrices"), then Gram and Schmidt. */
#include <math.h>
#include <string.h>

#include "coding/newton.h"

static int64_t largest(int64_t n, const double *v, const bool *used)
{
    int64_t best = -1;
    for (int64_t k = 0; k < n; k++)
        if (!(used && used[k]) && (best < 0 || fabs(v[k]) > fabs(v[best])))
            best = k;
    return best;
}

/* Adds cross number rank, through row i of what is left of a; false where that row has nothing left. */
static bool cross(const info_i_mixture_kernels *kernels, int64_t rows, int64_t cols, const double *a, int64_t i,
                  double *left, double *right, int64_t rank)
{
    double *r = right + rank * cols, *l = left + rank * rows;
    memcpy(r, a + i * cols, (size_t)cols * sizeof *r);
    for (int64_t k = 0; k < rank; k++)
        kernels->add(cols, -left[k * rows + i], right + k * cols, r);
    const int64_t j = largest(cols, r, NULL);
    if (!(fabs(r[j]) > 0))
        return false;
    for (int64_t x = 0; x < rows; x++)
        l[x] = a[x * cols + j] / r[j];
    for (int64_t k = 0; k < rank; k++)
        kernels->add(rows, -right[k * cols + j] / r[j], left + k * rows, l);
    return true;
}

/* Makes the rows of left orthonormal, twice over for the sake of rounding, and right follow. */
static void orthonormalize(const info_i_mixture_kernels *kernels, int64_t rows, int64_t cols, int64_t rank,
                           double *left, double *right)
{
    for (int64_t k = 0; k < rank; k++) {
        double *l = left + k * rows, *r = right + k * cols;
        for (int again = 0; again < 2; again++)
            for (int64_t m = 0; m < k; m++) {
                const double share = kernels->dot(rows, left + m * rows, l);
                kernels->add(rows, -share, left + m * rows, l);
                kernels->add(cols, share, r, right + m * cols);
            }
        const double norm = sqrt(kernels->dot(rows, l, l));
        for (int64_t x = 0; x < rows; x++)
            l[x] /= norm;
        for (int64_t y = 0; y < cols; y++)
            r[y] *= norm;
    }
}

bool info_i_low_rank(const info_i_mixture_kernels *kernels, int64_t rows, int64_t cols, const double *a,
                     double tolerance, double *left, double *right, bool *used, int64_t *rank)
{
    const int64_t most = *rank;
    double norm = 0; /* of the approximation, squared, as if its crosses were orthogonal */
    int64_t i = 0, small = 0;
    memset(used, 0, (size_t)rows * sizeof *used);
    for (*rank = 0; *rank < most; ++*rank) {
        used[i] = true;
        if (!cross(kernels, rows, cols, a, i, left, right, *rank))
            return false;
        const double *l = left + *rank * rows, *r = right + *rank * cols;
        const double size = kernels->dot(rows, l, l) * kernels->dot(cols, r, r);
        norm += size;
        small = size <= tolerance * tolerance * norm ? small + 1 : 0;
        i = largest(rows, l, used);
        if (i < 0 || small == 2) { /* one small cross may be chance */
            orthonormalize(kernels, rows, cols, ++*rank, left, right);
            return true;
        }
    }
    return false;
}
