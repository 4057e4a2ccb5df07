/* SPDX-License-Identifier: MIT
 * Products, Cholesky and triangular solves against the bounds of Higham, "Accuracy and
 * Stability of Numerical Algorithms" (2002): theorems 3.5, 8.5, 10.3. */
#include "both.h"
#include "core/core.h"

/* gamma_k of a sum of k products, with the additions of alpha and beta C. */
static double gamma_of(int64_t k, double unit)
{
    return (double)(k + 3) * unit / (1 - (double)(k + 3) * unit);
}

static void check_gemm(const info_i_backend *b, bool ta, bool tb, int64_t m, int64_t n, int64_t k)
{
    const int64_t a_rows = ta ? k : m, a_cols = ta ? m : k, b_rows = tb ? n : k, b_cols = tb ? k : n;
    const int64_t lda = a_cols + PAD, ldb = b_cols + PAD, ldc = n + PAD;
    double *a = random_matrix(a_rows, a_cols, lda, 1), *x = random_matrix(b_rows, b_cols, ldb, 2);
    double *c = random_matrix(m, n, ldc, 3), *c0 = random_matrix(m, n, ldc, 3);
    float *a32 = narrow(a, a_rows * lda), *x32 = narrow(x, b_rows * ldb), *c32 = narrow(c, m * ldc);
    float *c032 = narrow(c, m * ldc);
    ck_assert_int_eq(b->gemm_f64(ta, tb, m, n, k, 0.75, a, lda, x, ldb, -0.5, c, ldc), INFO_OK);
    ck_assert_int_eq(b->gemm_f32(ta, tb, m, n, k, 0.75f, a32, lda, x32, ldb, -0.5f, c32, ldc), INFO_OK);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            long double sum = -0.5L * c0[i * ldc + j], size = 0.5L * fabs(c0[i * ldc + j]);
            long double sum32 = -0.5L * c032[i * ldc + j], size32 = 0.5L * fabsf(c032[i * ldc + j]);
            for (int64_t p = 0; p < k; p++) {
                const int64_t ia = ta ? p * lda + i : i * lda + p, ib = tb ? j * ldb + p : p * ldb + j;
                sum += 0.75L * a[ia] * x[ib];
                size += 0.75L * fabs(a[ia] * x[ib]);
                sum32 += 0.75L * a32[ia] * x32[ib];
                size32 += 0.75L * fabsf(a32[ia] * x32[ib]);
            }
            assert_within(c[i * ldc + j], (double)sum, gamma_of(k, 0x1p-53) * (double)size, "gemm f64", n);
            assert_within((double)c32[i * ldc + j], (double)sum32, gamma_of(k, 0x1p-24) * (double)size32, "gemm f32",
                          n);
        }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = n; j < ldc; j++)
            ck_assert(isnan(c[i * ldc + j]) && isnan(c32[i * ldc + j]));
    free(a), free(x), free(c), free(c0), free(a32), free(x32), free(c32), free(c032);
}

START_TEST(gemm_is_a_product_within_its_bound)
{
    for (int i = 0; i < 8; i++)
        for (int s = 0; s < SIZES; s++) {
            const info_i_backend *b = implementation(i & 1);
            check_gemm(b, i & 2, i & 4, sizes[s], sizes[(s + 5) % SIZES], sizes[(s + 11) % SIZES]);
        }
}
END_TEST

static void check_syrk(const info_i_backend *b, bool transposed, int64_t n, int64_t k)
{
    const int64_t rows = transposed ? k : n, cols = transposed ? n : k, lda = cols + PAD, ldc = n + PAD;
    double *a = random_matrix(rows, cols, lda, 4), *c = random_symmetric(n, ldc, 5);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) /* beta = 0: what was there does not matter */
            c[i * ldc + j] = NAN;
    ck_assert_int_eq(b->syrk_f64(transposed, n, k, 2, a, lda, 0, c, ldc), INFO_OK);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < ldc; j++) {
            if (j > i) {
                ck_assert_msg(isnan(c[i * ldc + j]), "upper triangle written");
                continue;
            }
            long double sum = 0, size = 0;
            for (int64_t p = 0; p < k; p++) {
                const int64_t x = transposed ? p * lda + i : i * lda + p, y = transposed ? p * lda + j : j * lda + p;
                sum += 2.0L * a[x] * a[y];
                size += 2.0L * fabs(a[x] * a[y]);
            }
            assert_within(c[i * ldc + j], (double)sum, gamma_of(k, 0x1p-53) * (double)size, "syrk", n);
        }
    free(a), free(c);
}

START_TEST(syrk_is_the_lower_triangle_of_a_gram_matrix)
{
    for (int i = 0; i < 4; i++)
        for (int s = 0; s < SIZES; s++)
            check_syrk(implementation(i & 1), i & 2, sizes[s], sizes[(s + 7) % SIZES]);
}
END_TEST

/* Lower triangle of X X^T + I: positive definite, by a margin. */
static double *positive_definite(int64_t n, int64_t ld)
{
    double *x = random_matrix(n, n, n, 6), *a = random_symmetric(n, ld, 7);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            a[i * ld + j] = i == j;
            for (int64_t p = 0; p < n; p++)
                a[i * ld + j] += x[i * n + p] * x[j * n + p];
        }
    free(x);
    return a;
}

/* |A - L L^T| <= gamma_{n+1} |L| |L^T| */
static void check_factor(const double *l, const double *a, int64_t n, int64_t ld)
{
    const double unit = 0x1p-53;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            long double sum = 0, size = 0;
            for (int64_t p = 0; p <= j; p++) {
                sum += (long double)l[i * ld + p] * l[j * ld + p];
                size += fabsl((long double)l[i * ld + p] * l[j * ld + p]);
            }
            assert_within((double)sum, a[i * ld + j], gamma_of(n + 1, unit) * (double)size + unit * fabs(a[i * ld + j]),
                          "cholesky", n);
        }
}

START_TEST(cholesky_factors_within_its_bound)
{
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < SIZES; s++) {
            const int64_t n = sizes[s], ld = n + PAD;
            double *a = positive_definite(n, ld), *l = positive_definite(n, ld);
            int64_t order = -1;
            ck_assert_int_eq(implementation(i)->cholesky_f64(n, l, ld, &order), INFO_OK);
            ck_assert_int_eq(order, 0);
            check_factor(l, a, n, ld);
            ck_assert(isnan(l[ld - 1]));
            free(a), free(l);
        }
}
END_TEST

START_TEST(cholesky_tells_which_minor_is_not_positive)
{
    for (int i = 0; i < 2; i++)
        for (int64_t bad = 0; bad < 65; bad += 16) {
            double *a = positive_definite(65, 65);
            a[bad * 65 + bad] = -1;
            int64_t order = -1;
            ck_assert_int_eq(implementation(i)->cholesky_f64(65, a, 65, &order), INFO_OK);
            ck_assert_int_eq(order, bad + 1);
            free(a);
        }
}
END_TEST

START_TEST(triangular_solves_have_small_residuals)
{
    for (int i = 0; i < 4; i++)
        for (int s = 0; s < SIZES; s++) {
            const bool transposed = i & 2;
            const int64_t n = sizes[s], m = sizes[(s + 3) % SIZES], ldl = n + PAD, ldx = m + PAD;
            double *l = positive_definite(n, ldl), *b = random_matrix(n, m, ldx, 8), *x = random_matrix(n, m, ldx, 8);
            int64_t order;
            ck_assert_int_eq(info_i_backend_reference()->cholesky_f64(n, l, ldl, &order), INFO_OK);
            ck_assert_int_eq(implementation(i & 1)->solve_lower_f64(transposed, n, m, l, ldl, x, ldx), INFO_OK);
            for (int64_t r = 0; r < n; r++)
                for (int64_t c = 0; c < m; c++) {
                    long double sum = 0, size = 0;
                    for (int64_t p = 0; p < n; p++) {
                        const int64_t row = transposed ? p : r, col = transposed ? r : p;
                        if (row < col)
                            continue;
                        sum += (long double)l[row * ldl + col] * x[p * ldx + c];
                        size += fabsl((long double)l[row * ldl + col] * x[p * ldx + c]);
                    }
                    assert_within((double)sum, b[r * ldx + c], gamma_of(n, 0x1p-53) * (double)size, "solve", n);
                }
            free(l), free(b), free(x);
        }
}
END_TEST

START_TEST(sizes_beyond_32_bits_are_refused)
{
    const info_i_backend *b = info_i_backend_default();
    if (b == info_i_backend_reference())
        return;
    const int64_t big = (int64_t)INT32_MAX + 1;
    double a[1] = {1}, c[1] = {7};
    float a32[1] = {1}, c32[1] = {7};
    int64_t order;
    for (int which = 0; which < 3; which++) {
        const int64_t m = which == 0 ? big : 1, n = which == 1 ? big : 1, k = which == 2 ? big : 1;
        ck_assert_int_eq(b->gemm_f64(false, false, m, n, k, 1, a, k, a, n, 0, c, n), INFO_ERROR_OVERFLOW);
        ck_assert_int_eq(b->gemm_f32(false, false, m, n, k, 1, a32, k, a32, n, 0, c32, n), INFO_ERROR_OVERFLOW);
        ck_assert_int_eq(b->syrk_f64(false, which ? big : 1, 1, 1, a, which ? 1 : big, 0, c, 1), INFO_ERROR_OVERFLOW);
    }
    ck_assert_int_eq(b->cholesky_f64(big, c, big, &order), INFO_ERROR_OVERFLOW);
    ck_assert_int_eq(b->cholesky_f64(1, c, big, &order), INFO_ERROR_OVERFLOW);
    ck_assert_int_eq(b->solve_lower_f64(false, 1, big, a, 1, c, big), INFO_ERROR_OVERFLOW);
    ck_assert(c[0] == 7 && c32[0] == 7);
}
END_TEST

__attribute__((weak)) int openblas_get_num_threads(void);

START_TEST(the_hosts_thread_count_is_restored)
{
    const info_i_backend *b = info_i_backend_default();
    const int before = openblas_get_num_threads ? openblas_get_num_threads() : 0;
    const double one = 1;
    double product = 0;
    for (int32_t threads = 1; threads <= 1000; threads *= 10) {
        info_i_set_inner_threads(threads);
        ck_assert_int_eq(b->gemm_f64(false, false, 1, 1, 1, 1, &one, 1, &one, 1, 0, &product, 1), INFO_OK);
        ck_assert_int_eq(openblas_get_num_threads ? openblas_get_num_threads() : 0, before);
    }
    info_i_set_inner_threads(0);
    ck_assert_int_gt((int)strlen(b->description()), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {gemm_is_a_product_within_its_bound,     syrk_is_the_lower_triangle_of_a_gram_matrix,
                                  cholesky_factors_within_its_bound,      cholesky_tells_which_minor_is_not_positive,
                                  triangular_solves_have_small_residuals, sizes_beyond_32_bits_are_refused,
                                  the_hosts_thread_count_is_restored,     NULL};
    return run_tests("backend products", tests);
}
