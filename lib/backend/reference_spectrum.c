/* SPDX-License-Identifier: MIT
 * Reference backend: eigenvalues, singular values. Compiled for f32 and f64. */
#include <math.h>
#include <string.h>

#include "backend/real.h"

#define SWEEPS 60
#define PATIENCE 8 /* sweeps until what is rounding beside the whole counts as 0 */

/* What counts as rounding then, in units of epsilon times the norm. Each of n elements neglected changes a spectrum by
 * no more (Weyl): the 8 units of roundoff stay below the 30 n that a backward stable decomposition is allowed. */
#define NOISE 4

static double dot(int64_t n, const real *x, const real *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static real largest(int64_t n, const real *x)
{
    real most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fabs((double)x[i]) > (double)most ? (real)fabs((double)x[i]) : most;
    return most;
}

/* Householder: v with v[0] = 1 and the factor returned such that
 * (I - factor v v^T) x = (*first, 0, ...). x becomes v. */
static real reflector(int64_t n, real *x, real *first)
{
    const real scale = largest(n - 1, x + 1);
    *first = x[0];
    x[0] = 1;
    if (scale == 0)
        return 0;
    const double top = (double)*first / (double)scale;
    double squares = top * top;
    for (int64_t i = 1; i < n; i++)
        squares += (double)(x[i] / scale) * (double)(x[i] / scale);
    const double alpha = top > 0 ? -sqrt(squares) : sqrt(squares), head = top - alpha;
    for (int64_t i = 1; i < n; i++)
        x[i] = (real)((double)(x[i] / scale) / head);
    *first = (real)(alpha * (double)scale);
    return (real)(-head / alpha);
}

/* A := H A H for the trailing symmetric m x m block, H = I - factor v v^T (lower triangle; p: m elements). */
static void reflect_both(int64_t m, real factor, const real *v, real *a, int64_t lda, real *p)
{
    memset(p, 0, (size_t)m * sizeof *p);
    for (int64_t i = 0; i < m; i++) {
        p[i] += (real)dot(i + 1, a + i * lda, v);
        for (int64_t j = 0; j < i; j++)
            p[j] += a[i * lda + j] * v[i];
    }
    const real half = (real)(0.5 * (double)factor * dot(m, p, v));
    for (int64_t i = 0; i < m; i++)
        p[i] = factor * (p[i] - half * v[i]);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j <= i; j++)
            a[i * lda + j] -= v[i] * p[j] + p[i] * v[j];
}

/* Reduces A to tridiagonal form, column by column; the reflectors stay below the two diagonals
 * (their leading 1 implied), their factors in factors[n]. work: 2 n elements. */
static void reduce(int64_t n, real *a, int64_t lda, real *factors, real *work)
{
    real *v = work, *p = work + n;
    for (int64_t j = 0; j + 2 < n; j++) {
        const int64_t top = j + 1, m = n - top;
        for (int64_t i = 0; i < m; i++)
            v[i] = a[(top + i) * lda + j];
        factors[j] = reflector(m, v, &a[top * lda + j]);
        for (int64_t i = 1; i < m; i++)
            a[(top + i) * lda + j] = v[i];
        if (factors[j] != 0)
            reflect_both(m, factors[j], v, a + top * lda + top, lda, p);
    }
}

/* Q^T for the reduction to width 1, as rows in q (ld n): product of the reflectors. */
static void accumulate(int64_t n, const real *a, int64_t lda, const real *factors, real *q, real *v)
{
    memset(q, 0, (size_t)(n * n) * sizeof *q);
    for (int64_t i = 0; i < n; i++)
        q[i * n + i] = 1;
    for (int64_t j = 0; j + 2 < n; j++) {
        const int64_t top = j + 1, m = n - top;
        if (factors[j] == 0)
            continue;
        v[0] = 1;
        for (int64_t i = 1; i < m; i++)
            v[i] = a[(top + i) * lda + j];
        /* q := H q: row by row, s = v^T q. */
        for (int64_t c = 0; c < n; c++) {
            double sum = 0;
            for (int64_t i = 0; i < m; i++)
                sum += (double)v[i] * (double)q[(top + i) * n + c];
            for (int64_t i = 0; i < m; i++)
                q[(top + i) * n + c] -= (real)((double)factors[j] * sum) * v[i];
        }
    }
}

static void rotate(int64_t n, real c, real s, real *x, real *y)
{
    for (int64_t i = 0; i < n; i++) {
        const real low = x[i], high = y[i];
        x[i] = c * low - s * high;
        y[i] = s * low + c * high;
    }
}

/* Implicit QL with Wilkinson's shift on the tridiagonal (d, e); q (n rows, or NULL) follows. */
static info_status tridiagonal_ql(int64_t n, real *d, real *e, real *q)
{
    double norm = 0;
    for (int64_t i = 0; i < n; i++)
        norm = fmax(norm, fabs((double)d[i]) + (i + 1 < n ? fabs((double)e[i]) : 0));
    for (int64_t l = 0; l < n; l++)
        for (int sweep = 0;; sweep++) {
            /* Where the matrix has no rank, d is rounding too, and e need not be small beside it. */
            const double noise = sweep < PATIENCE ? 0 : NOISE * REAL_EPSILON * norm;
            int64_t m = l;
            while (m + 1 < n && fabs((double)e[m]) > noise + REAL_EPSILON / 2 * (fabs((double)d[m]) + fabs((double)d[m + 1])))
                m++;
            if (m == l)
                break;
            if (sweep == SWEEPS)
                return INFO_ERROR_BACKEND;
            const double half = ((double)d[l + 1] - (double)d[l]) / (2 * (double)e[l]);
            double g = (double)d[m] - (double)d[l] + (double)e[l] / (half + copysign(hypot(half, 1), half));
            double s = 1, c = 1, p = 0;
            int64_t i = m - 1;
            for (; i >= l; i--) {
                const double f = s * (double)e[i], b = c * (double)e[i], r = hypot(f, g);
                e[i + 1] = (real)r;
                if (r == 0) { /* the matrix splits here */
                    d[i + 1] = (real)((double)d[i + 1] - p);
                    e[m] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = (double)d[i + 1] - p;
                const double t = ((double)d[i] - g) * s + 2 * c * b;
                p = s * t;
                d[i + 1] = (real)(g + p);
                g = c * t - b;
                if (q)
                    rotate(n, (real)c, (real)s, q + i * n, q + (i + 1) * n);
            }
            if (i >= l)
                continue;
            d[l] = (real)((double)d[l] - p);
            e[l] = (real)g;
            e[m] = 0;
        }
    return INFO_OK;
}

/* Ascending, rows of q with them. */
static void sort_ascending(int64_t n, real *w, real *q)
{
    for (int64_t i = 0; i + 1 < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            if (w[j] < w[least])
                least = j;
        if (least == i)
            continue;
        const real value = w[i];
        w[i] = w[least];
        w[least] = value;
        for (int64_t c = 0; q && c < n; c++) {
            const real element = q[i * n + c];
            q[i * n + c] = q[least * n + c];
            q[least * n + c] = element;
        }
    }
}

int64_t RN(eigen_work)(bool vectors, int64_t n)
{
    int64_t square;
    if (n < 1 || n > INT64_MAX / 16 || __builtin_mul_overflow(n, n + 4, &square) || square > INT64_MAX / 16)
        return -1;
    return vectors ? square : 4 * n;
}

info_status RN(eigen)(bool vectors, int64_t n, real *a, int64_t lda, real *w, real *work, int64_t work_size)
{
    const int64_t needed = RN(eigen_work)(vectors, n);
    if (needed < 0)
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !RN(finite_lower)(n, a, lda))
        return INFO_ERROR_BACKEND;
    real *factors = work, *e = work + n, *rest = work + 2 * n, *q = vectors ? work + 4 * n : NULL;
    reduce(n, a, lda, factors, rest);
    for (int64_t i = 0; i < n; i++) {
        w[i] = a[i * lda + i];
        e[i] = i + 1 < n ? a[(i + 1) * lda + i] : 0;
    }
    if (vectors)
        accumulate(n, a, lda, factors, q, rest);
    const info_status status = tridiagonal_ql(n, w, e, q);
    if (status != INFO_OK)
        return status;
    sort_ascending(n, w, q);
    for (int64_t i = 0; vectors && i < n; i++)
        memcpy(a + i * lda, q + i * n, (size_t)n * sizeof *q);
    return RN(finite)(1, n, w, n) ? INFO_OK : INFO_ERROR_BACKEND;
}

int64_t RN(singular_values_work)(int64_t m, int64_t n)
{
    int64_t size;
    return m < 1 || n < 1 || __builtin_mul_overflow(m, n, &size) || size > INT64_MAX / 16 ? -1 : size;
}

/* One-sided Jacobi on rows made short in number: rotations that make them orthogonal (Hestenes). */
info_status RN(singular_values)(int64_t m, int64_t n, real *a, int64_t lda, real *s, real *work, int64_t work_size)
{
    const int64_t needed = RN(singular_values_work)(m, n);
    if (needed < 0)
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !RN(finite)(m, n, a, lda))
        return INFO_ERROR_BACKEND;
    const int64_t rows = m < n ? m : n, cols = m < n ? n : m;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            work[i * cols + j] = m < n ? a[i * lda + j] : a[j * lda + i];
    double norm = 0;
    for (int64_t i = 0; i < rows; i++)
        norm = fmax(norm, sqrt(dot(cols, work + i * cols, work + i * cols)));
    bool rotated = true;
    for (int sweep = 0; rotated; sweep++) {
        /* A row that is rounding beside the longest keeps no direction. */
        const double noise = sweep < PATIENCE ? 0 : NOISE * (double)REAL_EPSILON * norm;
        if (sweep == SWEEPS)
            return INFO_ERROR_BACKEND;
        rotated = false;
        for (int64_t i = 0; i + 1 < rows; i++)
            for (int64_t j = i + 1; j < rows; j++) {
                real *x = work + i * cols, *y = work + j * cols;
                const double xx = dot(cols, x, x), yy = dot(cols, y, y), xy = dot(cols, x, y);
                if (!(fabs(xy) > 4 * (double)REAL_EPSILON * sqrt(xx) * sqrt(yy)) || sqrt(fmin(xx, yy)) < noise)
                    continue;
                rotated = true;
                const double zeta = (yy - xx) / (2 * xy);
                const double t = copysign(1, zeta) / (fabs(zeta) + hypot(1, zeta)), c = 1 / sqrt(1 + t * t);
                rotate(cols, (real)c, (real)(c * t), x, y);
            }
    }
    for (int64_t i = 0; i < rows; i++)
        s[i] = (real)-sqrt(dot(cols, work + i * cols, work + i * cols));
    sort_ascending(rows, s, NULL);
    for (int64_t i = 0; i < rows; i++)
        s[i] = -s[i];
    return RN(finite)(1, rows, s, rows) ? INFO_OK : INFO_ERROR_BACKEND;
}
