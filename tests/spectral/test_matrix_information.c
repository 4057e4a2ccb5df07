/* SPDX-License-Identifier: MIT
 * Matrix entropies of two kernels, quantum divergences, kernel matrices. */
#include "states.h"

/* Unit vectors of K classes that are as far apart as they can be: K_ij = -1/(K - 1). */
static double *simplex(int64_t k)
{
    double *gram = malloc((size_t)(k * k) * sizeof *gram);
    for (int64_t i = 0; i < k * k; i++)
        gram[i] = i % (k + 1) == 0 ? 1 : -1 / (double)(k - 1);
    return gram;
}

static info_matrix_information_result information(const double *a, const double *b, int64_t n)
{
    const info_matrix x = matrix_of(a, n, n), y = matrix_of(b, n, n);
    info_matrix_information_result r;
    ck_assert_int_eq(info_matrix_information(NULL, &x, &y, NULL, &r), INFO_OK);
    return r;
}

/* MIR of the simplex with itself: 1/(K-1) + (K-2) log(K-2) / ((K-1) log(K-1)). */
START_TEST(the_simplex_has_its_known_ratio)
{
    const double known[] = {.8443609377704336, .9523507825397208};
    for (int k = 0; k < 2; k++) {
        double *gram = simplex(k == 0 ? 5 : 10);
        const info_matrix_information_result r = information(gram, gram, k == 0 ? 5 : 10);
        assert_close(r.mutual_ratio, known[k], 1e-12);
        assert_close(r.first, log(k == 0 ? 4 : 9), 1e-12);
        ck_assert_double_eq(r.difference_ratio, 0);
        free(gram);
    }
}
END_TEST

START_TEST(ones_tell_nothing_and_the_identity_everything)
{
    double ones[36], identity[36];
    for (int i = 0; i < 36; i++)
        ones[i] = 1, identity[i] = i % 7 == 0;
    double *gram = simplex(6);
    const info_matrix_information_result none = information(gram, ones, 6), all = information(gram, identity, 6);
    ck_assert_double_eq_tol(none.mutual, 0, 1e-14);
    assert_close(none.first_given_second, none.first, 1e-14);
    assert_close(all.mutual, all.first, 1e-13);
    assert_close(all.second, log(6), 1e-14);
    assert_close(all.difference_ratio, (log(6) - log(5)) / log(6), 1e-12);
    free(gram);
}
END_TEST

static double kernel_between(const double *x, int64_t n, int64_t d, const info_kernel_options *o, double *k)
{
    const info_matrix m = matrix_of(x, n, d);
    const info_matrix_out out = {k, n, n, n, 1, INFO_F64, 0};
    ck_assert_int_eq(info_kernel_matrix(NULL, &m, o, &out), INFO_OK);
    return k[1];
}

START_TEST(kernels_are_what_their_formulas_say)
{
    const double x[] = {1, 2, 3, -1, 0, 4}; /* three points in the plane */
    double k[9];
    info_kernel_options o = {.struct_size = sizeof o};
    assert_close(kernel_between(x, 3, 2, &o, k), 1, 1e-15);
    assert_close(k[0], 5, 1e-15);
    assert_close(k[5], -4, 1e-15);
    ck_assert(k[5] == k[7] && k[1] == k[3]);
    o.kernel = INFO_KERNEL_COSINE;
    assert_close(kernel_between(x, 3, 2, &o, k), 1 / sqrt(50), 1e-15);
    ck_assert_double_eq(k[8], 1);
    o = (info_kernel_options){.struct_size = sizeof o, .kernel = INFO_KERNEL_GAUSSIAN, .bandwidth = 2};
    assert_close(kernel_between(x, 3, 2, &o, k), exp(-13. / 8), 1e-15);
    o.bandwidth = 0; /* distances sqrt 13, sqrt 5, sqrt 34: the median is sqrt 13 */
    assert_close(kernel_between(x, 3, 2, &o, k), exp(-.5), 1e-15);
    const double sd = sqrt((13. + 5 + 34) / 3 / 2 / 2); /* sum over pairs / (n (n - 1) d) */
    o.rule = INFO_BANDWIDTH_SCOTT;
    assert_close(kernel_between(x, 3, 2, &o, k), exp(-13 / (2 * pow(sd * pow(3, -1. / 6), 2))), 1e-14);
    o.rule = INFO_BANDWIDTH_SILVERMAN;
    assert_close(kernel_between(x, 3, 2, &o, k), exp(-13 / (2 * pow(sd * pow(4. / 12, 1. / 6), 2))), 1e-14);
}
END_TEST

static double divergence(const double *p, const double *q, int64_t n)
{
    const info_matrix x = matrix_of(p, n, n), y = matrix_of(q, n, n);
    double d = -1;
    ck_assert_int_eq(info_von_neumann_divergence(NULL, &x, &y, INFO_NAT, &d), INFO_OK);
    ck_assert_double_ge(d, 0);
    return d;
}

/* Diagonal matrices are distributions. */
START_TEST(commuting_matrices_have_the_kl_of_their_eigenvalues)
{
    const double p[] = {.5, 0, 0, 0, .5, 0, 0, 0, 0}, q[] = {.25, 0, 0, 0, .5, 0, 0, 0, .25};
    assert_close(divergence(p, q, 3), .5 * log(2), 1e-14);
    ck_assert_double_eq(divergence(q, p, 3), INFINITY);
    ck_assert_double_eq(divergence(p, p, 3), 0);
    double twice[9];
    for (int i = 0; i < 9; i++)
        twice[i] = 2 * q[i];
    assert_close(divergence(q, twice, 3), 1 - log(2), 1e-14); /* tr Q (log 1/2) - 1 + 2 */
}
END_TEST

/* eRank(S) = d exp(-D(S || I/d)). */
START_TEST(effective_rank_is_a_distance_from_the_identity)
{
    double *x = gaussian(40, 7, 5), covariance[49] = {0}, identity[49] = {0}, rank;
    for (int k = 0; k < 40; k++)
        for (int i = 0; i < 7; i++)
            for (int j = 0; j < 7; j++)
                covariance[i * 7 + j] += x[k * 7 + i] * x[k * 7 + j] * pow(.7, i + j);
    double trace = 0;
    for (int i = 0; i < 7; i++)
        trace += covariance[i * 8], identity[i * 8] = 1. / 7;
    for (int i = 0; i < 49; i++)
        covariance[i] /= trace;
    const info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    rank = erank_with(covariance, 7, 7, &o, NAN);
    assert_close(7 * exp(-divergence(covariance, identity, 7)), rank, 1e-12);
    ck_assert_double_le(divergence(covariance, covariance, 7), 1e-25);
    free(x);
}
END_TEST

START_TEST(quantum_js_of_pure_states_is_the_binary_entropy_of_their_angle)
{
    for (double angle = 0.1; angle < 1.5; angle += 0.2) {
        const double c = cos(angle), s = sin(angle), p[] = {1, 0, 0, 0}, q[] = {c * c, c * s, c * s, s * s};
        const info_matrix x = matrix_of(p, 2, 2), y = matrix_of(q, 2, 2);
        double js = -1, l = (1 + c) / 2; /* eigenvalues of the mean are (1 +- cos) / 2 */
        ck_assert_int_eq(info_quantum_js(NULL, &x, &y, INFO_NAT, &js), INFO_OK);
        assert_close(js, -l * log(l) - (1 - l) * log(1 - l), 1e-12);
    }
    const double p[] = {1, 0, 0, 0}, q[] = {0, 0, 0, 3};
    const info_matrix x = matrix_of(p, 2, 2), y = matrix_of(q, 2, 2);
    double js = -1;
    ck_assert_int_eq(info_quantum_js(NULL, &x, &y, INFO_BIT, &js), INFO_OK);
    assert_close(js, 1, 1e-14);
    ck_assert_int_eq(info_quantum_js(NULL, &x, &x, INFO_BIT, &js), INFO_OK);
    ck_assert_double_eq(js, 0);
}
END_TEST

START_TEST(bad_input_is_named)
{
    const double skew[] = {1, 2, 3, 9}, hollow[] = {0, 0, 0, 1}, good[] = {2, 1, 1, 2},
                 three[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const info_matrix a = matrix_of(skew, 2, 2), b = matrix_of(good, 2, 2), c = matrix_of(hollow, 2, 2);
    const info_matrix d = matrix_of(three, 3, 3), flat = matrix_of(three, 1, 9);
    info_matrix_information_options o = {.struct_size = sizeof o, .order = -1};
    info_matrix_information_result r;
    double out = 7;
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_matrix_information(ctx, &a, &b, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_matrix_information(ctx, &b, &c, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_msg(strstr(info_ctx_message(ctx), "second"), "%s", info_ctx_message(ctx));
    ck_assert_int_eq(info_matrix_information(ctx, &b, &d, NULL, &r), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_matrix_information(ctx, &flat, &d, NULL, &r), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_matrix_information(ctx, &b, &b, &o, &r), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_von_neumann_divergence(ctx, &b, &b, 9, &out), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_von_neumann_divergence(ctx, &b, NULL, 0, &out), INFO_ERROR_NULL);
    ck_assert_int_eq(info_quantum_js(ctx, &a, &b, 0, &out), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(out, 7);
    info_ctx_destroy(ctx);
    _Static_assert(sizeof(info_kernel_options) == 24 && sizeof(info_matrix_information_options) == 16, "no holes");
}
END_TEST

static info_dime_result dime(const double *a, const double *b, int64_t n, const info_dime_options *o)
{
    const info_matrix x = matrix_of(a, n, n), y = matrix_of(b, n, n);
    info_dime_result r;
    ck_assert_int_eq(info_dime(NULL, &x, &y, o, &r), INFO_OK);
    return r;
}

/* Kernels of two classes of half the points each, K_ij = [same class]: the Hadamard product of a kernel with itself
 * is itself, of entropy log 2. Permuted, the points fall in four cells (k, m - k, m - k, k), k hypergeometric, and
 * the product's eigenvalues are the cells' shares. */
START_TEST(dime_of_classes_is_an_average_over_partitions)
{
    enum { N = 12, M = 6 };
    double k[N * N], expected = 0, ways = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            k[i * N + j] = i / M == j / M;
    for (int c = 0; c <= M; c++) {
        double choose = 1, h = 0;
        for (int i = 0; i < c; i++)
            choose = choose * (M - i) / (i + 1);
        const double shares[] = {(double)c / N, (double)(M - c) / N};
        for (int s = 0; s < 2; s++)
            h -= shares[s] > 0 ? 2 * shares[s] * log(shares[s]) : 0;
        expected += choose * choose * h;
        ways += choose * choose;
    }
    expected = expected / ways - log(2);
    const info_dime_options o = {.struct_size = sizeof o, .permutations = 4000, .seed = 3};
    const info_dime_result r = dime(k, k, N, &o);
    assert_close(r.joint, log(2), 1e-13);
    ck_assert_double_eq(r.dime, r.permuted - r.joint);
    ck_assert(r.standard_error > 0 && r.standard_error < 0.01);
    ck_assert_double_le(fabs(r.dime - expected), 4 * r.standard_error);
}
END_TEST

START_TEST(dime_is_0_where_permutations_change_nothing)
{
    double ones[49], identity[49], *gram = simplex(7);
    for (int i = 0; i < 49; i++)
        ones[i] = 1, identity[i] = i % 8 == 0;
    ck_assert_double_eq_tol(dime(gram, ones, 7, NULL).dime, 0, 1e-14);
    ck_assert_double_eq_tol(dime(gram, identity, 7, NULL).dime, 0, 1e-14);
    ck_assert_double_eq_tol(dime(gram, gram, 7, NULL).dime, 0, 1e-14); /* all pairs are alike */
    assert_close(dime(gram, identity, 7, NULL).joint, log(7), 1e-13);
    free(gram);
}
END_TEST

START_TEST(dime_follows_its_seed_and_its_number_of_permutations)
{
    double *x = gaussian(15, 3, 8), *y = gaussian(15, 3, 9), a[225], b[225];
    const info_kernel_options gauss = {.struct_size = sizeof gauss, .kernel = INFO_KERNEL_GAUSSIAN};
    kernel_between(x, 15, 3, &gauss, a);
    for (int i = 0; i < 45; i++) /* the same points, and a little */
        y[i] = x[i] + 0.1 * y[i];
    kernel_between(y, 15, 3, &gauss, b);
    info_dime_options o = {.struct_size = sizeof o, .order = 2, .permutations = 40, .seed = 1};
    const info_dime_result first = dime(a, b, 15, &o), again = dime(a, b, 15, &o);
    assert_same_bits(first.dime, again.dime);
    ck_assert_double_gt(first.dime, 5 * first.standard_error);
    o.seed = 2;
    const info_dime_result other = dime(a, b, 15, &o);
    ck_assert(other.dime != first.dime && other.joint == first.joint);
    ck_assert_double_le(fabs(other.dime - first.dime), 4 * hypot(other.standard_error, first.standard_error));
    o.permutations = 1;
    ck_assert(isinf(dime(a, b, 15, &o).standard_error));
    free(x), free(y);
}
END_TEST

START_TEST(dime_names_what_it_refuses)
{
    const double k[] = {1, .5, .5, 1}, indefinite[] = {1, 2, 2, 1};
    const info_matrix x = matrix_of(k, 2, 2), bad = matrix_of(indefinite, 2, 2), other = matrix_of(k, 1, 1);
    info_dime_result r = {.dime = 7};
    info_dime_options o = {.struct_size = sizeof o, .permutations = -1};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_dime(ctx, &x, &x, &o, &r), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "permutations"));
    ck_assert_int_eq(info_dime(ctx, &x, &bad, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "second"));
    ck_assert_int_eq(info_dime(ctx, &x, &other, NULL, &r), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_dime(ctx, &x, &x, NULL, NULL), INFO_ERROR_NULL);
    ck_assert_double_eq(r.dime, 7);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(ratios_of_a_kernel_without_entropy_are_0)
{
    enum { N = 24 };
    double ones[N * N], other[N * N];
    uint64_t state = 4;
    for (int round = 0; round < 10; round++) {
        double v[N];
        for (int i = 0; i < N; i++)
            v[i] = exp(normal(&state));
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                ones[i * N + j] = v[i] * v[j];
                other[i * N + j] = exp(-0.1 * (i - j) * (i - j));
            }
        const info_matrix first = matrix_of(ones, N, N), second = matrix_of(other, N, N);
        info_matrix_information_result r;
        ck_assert_int_eq(info_matrix_information(NULL, &first, &second, NULL, &r), INFO_OK);
        ck_assert_double_eq(r.first, 0);
        ck_assert_double_eq(r.mutual_ratio, 0);
        ck_assert_int_eq(info_matrix_information(NULL, &first, &first, NULL, &r), INFO_OK);
        ck_assert_double_eq(r.difference_ratio, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {dime_of_classes_is_an_average_over_partitions,
                                  dime_is_0_where_permutations_change_nothing,
                                  dime_follows_its_seed_and_its_number_of_permutations,
                                  dime_names_what_it_refuses,
                                  the_simplex_has_its_known_ratio,
                                  ones_tell_nothing_and_the_identity_everything,
                                  kernels_are_what_their_formulas_say,
                                  commuting_matrices_have_the_kl_of_their_eigenvalues,
                                  effective_rank_is_a_distance_from_the_identity,
                                  quantum_js_of_pure_states_is_the_binary_entropy_of_their_angle,
                                  bad_input_is_named,
                                  ratios_of_a_kernel_without_entropy_are_0,
                                  NULL};
    return run_tests("spectral matrix information", tests);
}
