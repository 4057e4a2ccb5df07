/* SPDX-License-Identifier: MIT
 * Eigenvalues and singular values. The bounds are those of backward
 * stable algorithms: a computed spectrum belongs to A + E with |E|_F <= c n u |A|_F; the
 * constant 30 is LAPACK's own test threshold. */
#include "both.h"

#define THRESHOLD 30

static double backward(int64_t n, double norm)
{
    return THRESHOLD * (double)n * 0x1p-53 * norm;
}

static void eigen(const info_i_backend *b, bool vectors, int64_t n, double *a, int64_t ld, double *w)
{
    const int64_t size = b->eigen_work_f64(vectors, n);
    ck_assert_int_gt(size, 0);
    double *work = take(size, sizeof *work);
    ck_assert_int_eq(b->eigen_f64(vectors, n, a, ld, w, work, size), INFO_OK);
    free(work);
}

static void check_eigen(const info_i_backend *b, int64_t n)
{
    const int64_t ld = n + PAD;
    double *a = random_symmetric(n, ld, 9), *q = random_symmetric(n, ld, 9), *copy = random_symmetric(n, ld, 9);
    double *w = take(n, sizeof *w), *values = take(n, sizeof *values);
    const double norm = frobenius(a, n, ld);
    eigen(b, true, n, q, ld, w);
    eigen(b, false, n, copy, ld, values);
    for (int64_t i = 0; i < n; i++) {
        ck_assert(i == 0 || w[i] >= w[i - 1]);
        assert_within(values[i], w[i], backward(n, norm), "eigenvalues alone", n);
        for (int64_t r = 0; r < n; r++) {
            double product = -w[i] * q[i * ld + r], inner = 0;
            for (int64_t c = 0; c < n; c++) {
                product += at(a, ld, r, c) * q[i * ld + c];
                inner += q[i * ld + c] * q[r * ld + c];
            }
            assert_within(product, 0, backward(n, norm), "A v = w v", n);
            assert_within(inner, i == r, backward(n, 1), "orthonormal vectors", n);
        }
    }
    free(a), free(q), free(copy), free(w), free(values);
}

START_TEST(eigenvectors_satisfy_their_equation)
{
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < SIZES; s++)
            check_eigen(implementation(i), sizes[s]);
}
END_TEST

/* Second differences with fixed ends: 2 - 2 cos(k pi / (n + 1)). */
START_TEST(eigenvalues_of_a_vibrating_string)
{
    for (int i = 0; i < 2; i++)
        for (int64_t n = 1; n <= 65; n++) {
            double *a = take(n * n, sizeof *a), *w = take(n, sizeof *w);
            for (int64_t j = 0; j < n; j++) {
                a[j * n + j] = 2;
                if (j > 0)
                    a[j * n + j - 1] = -1;
            }
            eigen(implementation(i), false, n, a, n, w);
            for (int64_t k = 0; k < n; k++)
                assert_within(w[k], 2 - 2 * cos((double)(k + 1) * 3.14159265358979323846 / (double)(n + 1)),
                              backward(n, 2), "string", n);
            free(a), free(w);
        }
}
END_TEST

/* diag(1, 2, ..., k) padded with zeros, hidden by orthogonal Householder matrices on both sides. */
START_TEST(singular_values_survive_rotations)
{
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < SIZES; s++) {
            const int64_t m = sizes[s], n = sizes[(s + 4) % SIZES], ld = n + PAD, least = m < n ? m : n;
            double *u = random_matrix(1, m, m, 10), *v = random_matrix(1, n, n, 11), *a = random_matrix(m, n, ld, 12);
            double uu = 0, vv = 0, norm = 0;
            for (int64_t r = 0; r < m; r++)
                uu += u[r] * u[r];
            for (int64_t c = 0; c < n; c++)
                vv += v[c] * v[c];
            for (int64_t r = 0; r < m; r++)
                for (int64_t c = 0; c < n; c++) {
                    long double sum = 0; /* (I - 2 u u^T / uu) D (I - 2 v v^T / vv) */
                    for (int64_t k = 0; k < least; k++)
                        sum += (k + 1) * ((r == k) - 2.0L * u[r] * u[k] / uu) * ((c == k) - 2.0L * v[k] * v[c] / vv);
                    a[r * ld + c] = (double)sum;
                    norm += (double)(sum * sum);
                }
            const int64_t size = implementation(i)->singular_values_work_f64(m, n);
            double *work = take(size, sizeof *work), *values = take(least, sizeof *values);
            ck_assert_int_eq(implementation(i)->singular_values_f64(m, n, a, ld, values, work, size), INFO_OK);
            for (int64_t k = 0; k < least; k++)
                assert_within(values[k], (double)(least - k), backward(m + n, sqrt(norm)), "singular value", n);
            free(u), free(v), free(a), free(work), free(values);
        }
}
END_TEST

/* V V^T of an n x rank matrix V: the eigenvalues of V^T V, and zeros. Where the rank is missing all that is left is
 * rounding, beside which no element off the diagonal need be small: an iteration has to know what to neglect. */
static void check_low_rank(const info_i_backend *b, int64_t n, int64_t rank)
{
    double *v = random_matrix(n, rank, rank, 31), *a = take(n * n, sizeof *a),
           *small = take(rank * rank, sizeof *small);
    double *w = take(n, sizeof *w), *known = take(rank, sizeof *known);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            for (int64_t k = 0; k < rank; k++)
                a[i * n + j] += v[i * rank + k] * v[j * rank + k];
    for (int64_t k = 0; k < rank; k++)
        for (int64_t l = 0; l <= k; l++)
            for (int64_t i = 0; i < n; i++)
                small[k * rank + l] += v[i * rank + k] * v[i * rank + l];
    const double norm = frobenius(a, n, n);
    eigen(info_i_backend_reference(), false, rank, small, rank, known);
    for (int vectors = 0; vectors < 2; vectors++) {
        double *copy = take(n * n, sizeof *copy);
        memcpy(copy, a, (size_t)(n * n) * sizeof *copy);
        eigen(b, vectors, n, copy, n, w);
        for (int64_t i = 0; i < n; i++)
            assert_within(w[i], i < n - rank ? 0 : known[i - (n - rank)], backward(n, norm), "low rank", n);
        free(copy);
    }
    free(v), free(a), free(small), free(w), free(known);
}

START_TEST(eigenvalues_of_matrices_without_full_rank)
{
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < SIZES && sizes[s] <= 65; s++)
            for (int64_t rank = 1; rank < 4 && rank < sizes[s]; rank += 2)
                check_low_rank(implementation(i), sizes[s], rank);
}
END_TEST

/* u v^T, of singular values |u| |v| and zeros; and rows that are all alike but for the last bit. */
START_TEST(singular_values_of_matrices_without_full_rank)
{
    for (int i = 0; i < 2; i++)
        for (int s = 1; s + 2 < SIZES; s++) {
            const int64_t m = sizes[s], n = sizes[SIZES - 2 - s], least = m < n ? m : n;
            double *u = random_matrix(m, 1, 1, 3), *v = random_matrix(1, n, n, 4), *a = take(m * n, sizeof *a), uu = 0,
                   vv = 0;
            const int64_t size = implementation(i)->singular_values_work_f64(m, n);
            double *work = take(size, sizeof *work), *values = take(least, sizeof *values);
            for (int64_t r = 0; r < m; r++)
                uu += u[r] * u[r];
            for (int64_t c = 0; c < n; c++)
                vv += v[c] * v[c];
            for (int alike = 0; alike < 2; alike++) {
                const double length = sqrt((alike ? (double)m : uu) * vv);
                for (int64_t r = 0; r < m; r++)
                    for (int64_t c = 0; c < n; c++)
                        a[r * n + c] = alike ? v[c] * (1 + (double)((r + c) % 2) * 0x1p-52) : u[r] * v[c];
                ck_assert_int_eq(implementation(i)->singular_values_f64(m, n, a, n, values, work, size), INFO_OK);
                for (int64_t k = 0; k < least; k++)
                    assert_within(values[k], k == 0 ? length : 0, backward(m + n, length), "rank 1", n);
            }
            free(u), free(v), free(a), free(work), free(values);
        }
}
END_TEST

/* What is not finite hangs LAPACK or comes back as "success": it never gets there. */
START_TEST(what_is_not_finite_is_refused)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    enum { N = 9 };
    double a[N * N], w[N];
    int64_t order;
    for (int i = 0; i < 2; i++)
        for (int position = 0; position < N * N; position++)
            for (int k = 0; k < 3; k++) {
                const info_i_backend *b = implementation(i);
                if (position % N > position / N)
                    continue;
                for (int j = 0; j < N * N; j++)
                    a[j] = j == position ? bad[k] : j % (N + 1) == 0;
                double work[4096];
                ck_assert_int_le(b->eigen_work_f64(true, N), 4096);
                for (int vectors = 0; vectors < 2; vectors++)
                    ck_assert_int_eq(b->eigen_f64(vectors, N, a, N, w, work, 4096), INFO_ERROR_BACKEND);
                ck_assert_int_eq(b->singular_values_f64(N, N, a, N, w, work, 4096), INFO_ERROR_BACKEND);
                ck_assert_int_eq(b->cholesky_f64(N, a, N, &order), INFO_ERROR_BACKEND);
            }
}
END_TEST

START_TEST(results_that_overflow_are_an_error)
{
    enum { N = 65 };
    static double a[N * N], w[N], work[20000];
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < N * N; j++)
            a[j] = 1.7e308;
        const int64_t size = implementation(i)->eigen_work_f64(false, N);
        ck_assert_int_le(size, 20000);
        const info_status status = implementation(i)->eigen_f64(false, N, a, N, w, work, size);
        ck_assert(status == INFO_ERROR_BACKEND || status == INFO_OK);
        for (int j = 0; status == INFO_OK && j < N; j++)
            ck_assert(isfinite(w[j]));
    }
}
END_TEST

START_TEST(workspaces_that_overflow_are_refused)
{
    for (int i = 0; i < 2; i++) {
        const info_i_backend *b = implementation(i);
        double x;
        ck_assert_int_eq(b->eigen_work_f64(true, INT64_MAX), -1);
        ck_assert_int_eq(b->eigen_work_f64(true, INT64_C(1) << 32), -1);
        ck_assert_int_eq(b->singular_values_work_f64(INT64_MAX, 2), -1);
        ck_assert_int_eq(b->eigen_f64(true, INT64_MAX, &x, INT64_MAX, &x, &x, 1), INFO_ERROR_OVERFLOW);
        ck_assert_int_eq(b->singular_values_f64(INT64_MAX, 2, &x, 2, &x, &x, 1), INFO_ERROR_OVERFLOW);
        ck_assert_int_eq(b->eigen_f64(false, 8, &x, 8, &x, &x, 1), INFO_ERROR_BACKEND);
    }
    if (info_i_backend_default() != info_i_backend_reference())
        for (int vectors = 0; vectors < 2; vectors++) {
            ck_assert_int_gt(info_i_backend_default()->eigen_work_f64(vectors, 32766), 0);
            ck_assert_int_eq(info_i_backend_default()->eigen_work_f64(vectors, 32767), -1);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {eigenvectors_satisfy_their_equation,
                                  eigenvalues_of_a_vibrating_string,
                                  eigenvalues_of_matrices_without_full_rank,
                                  singular_values_of_matrices_without_full_rank,
                                  singular_values_survive_rotations,
                                  what_is_not_finite_is_refused,
                                  results_that_overflow_are_an_error,
                                  workspaces_that_overflow_are_refused,
                                  NULL};
    return run_tests("backend spectra", tests);
}
