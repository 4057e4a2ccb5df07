/* SPDX-License-Identifier: MIT
 * Reference backend: eigenvalues, singular values. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "backend/reference.h"

#define SWEEPS 60
#define PATIENCE 8 /* sweeps until what is rounding beside the whole counts as 0 */

/* What counts as rounding then, in units of epsilon times the norm. Each of n elements neglected changes a spectrum by
 * no more (Weyl): the 8 units of roundoff stay below the 30 n that a backward stable decomposition is allowed. */
#define NOISE 4

static double dot(int64_t n, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static double largest(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

/* Householder: v with v[0] = 1 and the factor returned such that
 * (I - factor v v^T) x = (*first, 0, ...). x becomes v. */
static double reflector(int64_t n, double *x, double *first)
{
    const double scale = largest(n - 1, x + 1);
    *first = x[0];
    x[0] = 1;
    if (scale == 0)
        return 0;
    const double top = *first / scale;
    double squares = top * top;
    for (int64_t i = 1; i < n; i++)
        squares += (x[i] / scale) * (x[i] / scale);
    const double alpha = top > 0 ? -sqrt(squares) : sqrt(squares), head = top - alpha;
    for (int64_t i = 1; i < n; i++)
        x[i] = ((x[i] / scale) / head);
    *first = (alpha * scale);
    return (-head / alpha);
}

/* A := H A H for the trailing symmetric m x m block, H = I - factor v v^T (lower triangle; p: m elements). */
static void reflect_both(int64_t m, double factor, const double *v, double *a, int64_t lda, double *p)
{
    memset(p, 0, (size_t)m * sizeof *p);
    for (int64_t i = 0; i < m; i++) {
        p[i] += dot(i + 1, a + i * lda, v);
        for (int64_t j = 0; j < i; j++)
            p[j] += a[i * lda + j] * v[i];
    }
    const double half = (0.5 * factor * dot(m, p, v));
    for (int64_t i = 0; i < m; i++)
        p[i] = factor * (p[i] - half * v[i]);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j <= i; j++)
            a[i * lda + j] -= v[i] * p[j] + p[i] * v[j];
}

/* Reduces A to tridiagonal form, column by column; the reflectors stay below the two diagonals
 * (their leading 1 implied), their factors in factors[n]. work: 2 n elements. */
static void reduce(int64_t n, double *a, int64_t lda, double *factors, double *work)
{
    double *v = work, *p = work + n;
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
static void accumulate(int64_t n, const double *a, int64_t lda, const double *factors, double *q, double *v)
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
                sum += v[i] * q[(top + i) * n + c];
            for (int64_t i = 0; i < m; i++)
                q[(top + i) * n + c] -= (factors[j] * sum) * v[i];
        }
    }
}

static void rotate(int64_t n, double c, double s, double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        const double low = x[i], high = y[i];
        x[i] = c * low - s * high;
        y[i] = s * low + c * high;
    }
}

/* Implicit QL with Wilkinson's shift on the tridiagonal (d, e); q (n rows, or NULL) follows. */
static info_status tridiagonal_ql(int64_t n, double *d, double *e, double *q)
{
    double norm = 0;
    for (int64_t i = 0; i < n; i++)
        norm = fmax(norm, fabs(d[i]) + (i + 1 < n ? fabs(e[i]) : 0));
    for (int64_t l = 0; l < n; l++)
        for (int sweep = 0;; sweep++) {
            /* Where the matrix has no rank, d is rounding too, and e need not be small beside it. */
            const double noise = sweep < PATIENCE ? 0 : NOISE * DBL_EPSILON * norm;
            int64_t m = l;
            while (m + 1 < n && fabs(e[m]) > noise + DBL_EPSILON / 2 * (fabs(d[m]) + fabs(d[m + 1])))
                m++;
            if (m == l)
                break;
            if (sweep == SWEEPS)
                return INFO_ERROR_BACKEND;
            const double half = (d[l + 1] - d[l]) / (2 * e[l]);
            double g = d[m] - d[l] + e[l] / (half + copysign(hypot(half, 1), half));
            double s = 1, c = 1, p = 0;
            int64_t i = m - 1;
            for (; i >= l; i--) {
                const double f = s * e[i], b = c * e[i], r = hypot(f, g);
                e[i + 1] = r;
                if (r == 0) { /* the matrix splits here */
                    d[i + 1] = (d[i + 1] - p);
                    e[m] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                const double t = (d[i] - g) * s + 2 * c * b;
                p = s * t;
                d[i + 1] = (g + p);
                g = c * t - b;
                if (q)
                    rotate(n, c, s, q + i * n, q + (i + 1) * n);
            }
            if (i >= l)
                continue;
            d[l] = (d[l] - p);
            e[l] = g;
            e[m] = 0;
        }
    return INFO_OK;
}

/* Ascending, rows of q with them. */
static void sort_ascending(int64_t n, double *w, double *q)
{
    for (int64_t i = 0; i + 1 < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            if (w[j] < w[least])
                least = j;
        if (least == i)
            continue;
        const double value = w[i];
        w[i] = w[least];
        w[least] = value;
        for (int64_t c = 0; q && c < n; c++) {
            const double element = q[i * n + c];
            q[i * n + c] = q[least * n + c];
            q[least * n + c] = element;
        }
    }
}

int64_t info_i_reference_eigen_work_f64(bool vectors, int64_t n)
{
    int64_t square;
    if (n < 1 || n > INT64_MAX / 16 || __builtin_mul_overflow(n, n + 4, &square) || square > INT64_MAX / 16)
        return -1;
    return vectors ? square : 4 * n;
}

info_status info_i_reference_eigen_f64(bool vectors, int64_t n, double *a, int64_t lda, double *w, double *work,
                                       int64_t work_size)
{
    const int64_t needed = info_i_reference_eigen_work_f64(vectors, n);
    if (needed < 0)
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !info_i_reference_finite_lower_f64(n, a, lda))
        return INFO_ERROR_BACKEND;
    double *factors = work, *e = work + n, *rest = work + 2 * n, *q = vectors ? work + 4 * n : NULL;
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
    return info_i_reference_finite_f64(1, n, w, n) ? INFO_OK : INFO_ERROR_BACKEND;
}

int64_t info_i_reference_singular_values_work_f64(int64_t m, int64_t n)
{
    int64_t size;
    return m < 1 || n < 1 || __builtin_mul_overflow(m, n, &size) || size > INT64_MAX / 16 ? -1 : size;
}

/* One-sided Jacobi on rows made short in number: rotations that make them orthogonal (Hestenes). */
info_status info_i_reference_singular_values_f64(int64_t m, int64_t n, double *a, int64_t lda, double *s, double *work,
                                                 int64_t work_size)
{
    const int64_t needed = info_i_reference_singular_values_work_f64(m, n);
    if (needed < 0)
        return INFO_ERROR_OVERFLOW;
    if (work_size < needed || !info_i_reference_finite_f64(m, n, a, lda))
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
        const double noise = sweep < PATIENCE ? 0 : NOISE * DBL_EPSILON * norm;
        if (sweep == SWEEPS)
            return INFO_ERROR_BACKEND;
        rotated = false;
        for (int64_t i = 0; i + 1 < rows; i++)
            for (int64_t j = i + 1; j < rows; j++) {
                double *x = work + i * cols, *y = work + j * cols;
                const double xx = dot(cols, x, x), yy = dot(cols, y, y), xy = dot(cols, x, y);
                if (!(fabs(xy) > 4 * DBL_EPSILON * sqrt(xx) * sqrt(yy)) || sqrt(fmin(xx, yy)) < noise)
                    continue;
                rotated = true;
                const double zeta = (yy - xx) / (2 * xy);
                const double t = copysign(1, zeta) / (fabs(zeta) + hypot(1, zeta)), c = 1 / sqrt(1 + t * t);
                rotate(cols, c, (c * t), x, y);
            }
    }
    for (int64_t i = 0; i < rows; i++)
        s[i] = -sqrt(dot(cols, work + i * cols, work + i * cols));
    sort_ascending(rows, s, NULL);
    for (int64_t i = 0; i < rows; i++)
        s[i] = -s[i];
    return info_i_reference_finite_f64(1, rows, s, rows) ? INFO_OK : INFO_ERROR_BACKEND;
}
