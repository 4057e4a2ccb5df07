/* SPDX-License-Identifier: MIT
 * Routes to the entropy: whichever is taken, the result is within its own bound of the
 * entropy of all eigenvalues (info_spectrum), and the bound within what was asked for. */
#include "states.h"

/* States whose covariance has about the eigenvalues decay^j. */
static double *decaying(int64_t rows, int64_t cols, double decay, uint64_t seed)
{
    double *x = gaussian(rows, cols, seed);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            x[i * cols + j] *= pow(decay, (double)j / 2);
    return x;
}

/* Kept for the comparison: -sum p log p over the whole spectrum. */
static double from_spectrum(const info_matrix *x, const info_spectral_options *options)
{
    const int64_t n = x->rows < x->cols ? x->rows : x->cols;
    double *p = malloc((size_t)n * sizeof *p), h = 0;
    ck_assert_int_eq(info_spectrum(NULL, x, options, p, n), INFO_OK);
    for (int64_t i = n - 1; i >= 0; i--)
        h -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    free(p);
    return exp(h);
}

static const struct {
    int64_t rows, cols;
    double decay;
} cases[] = {{200, 300, 1},   {300, 200, 1},  {256, 256, 1}, {256, 256, .99},
             {300, 220, .97}, {220, 400, .9}, {400, 220, .5}};
#define CASES ((int)(sizeof cases / sizeof *cases))

START_TEST(quadrature_agrees_with_eigenvalues)
{
    const double tolerances[] = {0, 1e-3, 1e-5, 1e-7, 1e-11};
    for (int k = 0; k < CASES; k++) {
        double *x = decaying(cases[k].rows, cases[k].cols, cases[k].decay, (uint64_t)k);
        const info_matrix m = matrix_of(x, cases[k].rows, cases[k].cols);
        const double truth = from_spectrum(&m, NULL);
        for (int t = 0; t < 5; t++) {
            const info_spectral_options o = {.struct_size = sizeof o, .tolerance = tolerances[t]};
            const double allowed = tolerances[t] > 0 ? tolerances[t] : 1e-9;
            double rank, error;
            ck_assert_int_eq(info_effective_rank(NULL, &m, 1, &o, &rank, &error, 1), INFO_OK);
            ck_assert_msg(fabs(rank - truth) <= error + 1e-12 * truth, "%d, %g: %.3g off, bound %.3g", k, allowed,
                          fabs(rank - truth), error);
            ck_assert_msg(error <= 1.01 * allowed * truth, "%d: bound %.3g where %.3g was asked for", k, error / truth,
                          allowed);
        }
        free(x);
    }
}
END_TEST

/* 250 directions of equal variance, and 249 of them. */
START_TEST(quadrature_has_closed_forms)
{
    enum { N = 250 };
    double *x = calloc(2 * N * N, sizeof *x);
    for (int i = 0; i < N; i++)
        x[i * N + i] = 1, x[(N + i) * N + i] = -1;
    assert_close(erank_with(x, 2 * N, N, NULL, N), N, 1e-9);
    assert_close(erank_with(x, N, N, NULL, N - 1), N - 1, 1e-9);
    const info_spectral_options exact = {.struct_size = sizeof exact, .tolerance = 1e-12};
    assert_close(erank_with(x, N, N, &exact, NAN), N - 1, 2e-12);
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    assert_close(erank_with(x, N, N, &gram, N), N, 1e-9);
    for (int i = 1; i < N; i++) /* one direction only */
        x[i * N + i] = 0;
    ck_assert_double_eq_tol(erank_with(x, N, N, &gram, 1), 1, 1e-9);
    free(x);
}
END_TEST

START_TEST(a_gram_matrix_with_a_negative_eigenvalue_is_refused_at_any_size)
{
    enum { N = 240 };
    double *x = calloc(N * N, sizeof *x), out = 7;
    for (int i = 0; i < N; i++)
        x[i * N + i] = 1;
    x[5 * N + 9] = x[9 * N + 5] = 1.5;
    info_matrix m = matrix_of(x, N, N);
    info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    ck_assert_int_eq(info_effective_rank(NULL, &m, 1, &o, &out, NULL, 1), INFO_ERROR_DOMAIN);
    x[5 * N + 9] = x[9 * N + 5] = 0.9;
    x[7 * N + 8] = x[8 * N + 7] = 0.9;
    x[7 * N + 7] = 0.5; /* smaller than the largest element, yet 0.5 * 1 < 0.81 */
    ck_assert_int_eq(info_effective_rank(NULL, &m, 1, &o, &out, NULL, 1), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(out, 7);
    free(x);
}
END_TEST

/* Purity of the spectrum: the sum of squares. */
START_TEST(order_2_needs_no_decomposition)
{
    for (int k = 0; k < CASES; k++) {
        double *x = decaying(cases[k].rows, cases[k].cols, cases[k].decay, (uint64_t)k);
        const int64_t n = cases[k].rows < cases[k].cols ? cases[k].rows : cases[k].cols;
        const info_matrix m = matrix_of(x, cases[k].rows, cases[k].cols);
        double *p = malloc((size_t)n * sizeof *p), purity = 0;
        ck_assert_int_eq(info_spectrum(NULL, &m, NULL, p, n), INFO_OK);
        for (int64_t i = 0; i < n; i++)
            purity += p[i] * p[i];
        const info_spectral_options o = {.struct_size = sizeof o, .order = 2};
        assert_close(erank_with(x, cases[k].rows, cases[k].cols, &o, 1 / purity), 1 / purity, 1e-13);
        free(x), free(p);
    }
}
END_TEST

/* More rows than a block holds: the same as the covariance of all of them at once. */
START_TEST(states_may_exceed_a_block)
{
    enum { ROWS = 500000, COLS = 12 };
    double *x = gaussian(1000, COLS, 3);
    /* 500 copies of the same tokens through a stride of 0 would be one row: repeat by hand in f32. */
    float *many = malloc(sizeof *many * ROWS * COLS);
    for (int64_t i = 0; i < (int64_t)ROWS * COLS; i++)
        x[i % (1000 * COLS)] = (double)(many[i] = (float)x[i % (1000 * COLS)]);
    const info_matrix m = {many, ROWS, COLS, COLS, 1, INFO_F32, 0};
    double rank;
    ck_assert_int_eq(info_effective_rank(NULL, &m, 1, NULL, &rank, NULL, 1), INFO_OK);
    assert_close(rank, erank(x, 1000, COLS), 1e-12);
    free(x), free(many);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {quadrature_agrees_with_eigenvalues,
                                  quadrature_has_closed_forms,
                                  a_gram_matrix_with_a_negative_eigenvalue_is_refused_at_any_size,
                                  order_2_needs_no_decomposition,
                                  states_may_exceed_a_block,
                                  NULL};
    return run_tests("spectral routes", tests);
}
