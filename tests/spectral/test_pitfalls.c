/* SPDX-License-Identifier: MIT
 * Laws of spectra that published scripts are known to have broken (docs/PITFALLS.md), where they are not among those of the other
 * files. */
#include "states.h"

/* sum p^2 is the squared Frobenius norm over the squared trace; over n^2, as a shortcut has it, only where the diagonal is 1. */
START_TEST(order_2_holds_off_the_unit_diagonal)
{
    enum { N = 12 };
    double *x = gaussian(N, 7, 41), gram[N * N], scaled[N * N], trace = 0, squares = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            gram[i * N + j] = 0;
            for (int k = 0; k < 7; k++)
                gram[i * N + j] += x[i * 7 + k] * x[j * 7 + k];
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            scaled[i * N + j] = ldexp(gram[i * N + j], i % 4 + j % 4);
            trace += i == j ? scaled[i * N + j] : 0;
            squares += scaled[i * N + j] * scaled[i * N + j];
        }
    const info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM, .order = 2};
    assert_close(erank_with(scaled, N, N, &o, trace * trace / squares), trace * trace / squares, 1e-14);

    /* Matrix information is of kernels with a unit diagonal: D K D says what K says. */
    const info_matrix_information_options order = {.struct_size = sizeof order, .order = 2};
    const info_matrix a = matrix_of(gram, N, N), b = matrix_of(scaled, N, N);
    info_matrix_information_result plain, twisted;
    ck_assert_int_eq(info_matrix_information(NULL, &a, &a, &order, &plain), INFO_OK);
    ck_assert_int_eq(info_matrix_information(NULL, &b, &b, &order, &twisted), INFO_OK);
    squares = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            squares += gram[i * N + j] * gram[i * N + j] / (gram[i * (N + 1)] * gram[j * (N + 1)]);
    assert_close(plain.first, 2 * log(N) - log(squares), 1e-14);
    assert_close(twisted.first, plain.first, 1e-14);
    assert_close(twisted.joint, plain.joint, 1e-14);
    free(x);
}
END_TEST

/* Eigenvalues that rounding made negative may be set to 0; elements of a covariance may not. Turning a feature around
 * turns its correlations, and no eigenvalue. */
START_TEST(negative_correlations_count_as_positive_ones_do)
{
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    for (double r = 0.05; r < 1; r += 0.05) {
        const double l = (1 + r) / 2, rank = exp(-l * log(l) - (1 - l) * log(1 - l)), k[] = {1, -r, -r, 1};
        assert_close(erank_with(k, 2, 2, &gram, rank), rank, 1e-13);
    }
    double *x = gaussian(40, 30, 42), *y = gaussian(40, 30, 42);
    for (int i = 0; i < 40 * 30; i++) {
        x[i] += x[i / 30 * 30]; /* all correlated with the first, positively */
        y[i] = (i % 30) % 2 ? -x[i] : x[i];
    }
    assert_close(erank(y, 40, 30), erank(x, 40, 30), 1e-13);
    const info_spectral_options features = {.struct_size = sizeof features, .convention = INFO_CONVENTION_ROY_VETTERLI};
    assert_close(erank_with(y, 40, 30, &features, NAN), erank_with(x, 40, 30, &features, NAN), 1e-13);
    free(x), free(y);
}
END_TEST

/* Five tokens in 768 dimensions have four directions about their mean; a decomposition of the 768 x 768
 * covariance in single precision adds 764 small ones. */
START_TEST(single_precision_states_have_no_spurious_directions)
{
    enum { TOKENS = 5, WIDTH = 768 };
    double *x = gaussian(TOKENS, WIDTH, 43), p[TOKENS], rank = -1;
    float single[TOKENS * WIDTH];
    for (int i = 0; i < TOKENS * WIDTH; i++)
        x[i] = (double)(single[i] = (float)(x[i] + 1000));
    const info_matrix states = {single, TOKENS, WIDTH, WIDTH, 1, INFO_F32, 0};
    ck_assert_int_eq(info_effective_rank(NULL, &states, 1, NULL, &rank, NULL, 1), INFO_OK);
    ck_assert_double_le(rank, TOKENS - 1);
    assert_close(rank, erank(x, TOKENS, WIDTH), 1e-9);
    ck_assert_int_eq(info_spectrum(NULL, &states, NULL, p, TOKENS), INFO_OK);
    ck_assert_double_le(p[TOKENS - 1], 1e-13);
    free(x);
}
END_TEST

START_TEST(the_same_states_have_the_same_rank_to_the_last_bit)
{
    double *x = gaussian(50, 32, 44);
    const double first = erank(x, 50, 32);
    for (int i = 0; i < 20; i++)
        assert_same_bits(erank(x, 50, 32), first);
    free(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {order_2_holds_off_the_unit_diagonal, negative_correlations_count_as_positive_ones_do,
                                  single_precision_states_have_no_spurious_directions,
                                  the_same_states_have_the_same_rank_to_the_last_bit, NULL};
    return run_tests("spectral pitfalls", tests);
}
