/* SPDX-License-Identifier: MIT
 * Variation of information, normalized mutual information, uncertainty coefficients. */
#include "tables.h"

static double variation(const info_table *t, uint64_t a, uint64_t b)
{
    double value = NAN;
    ck_assert_int_eq(info_variation_of_information(NULL, t, a, b, &counts, &value), INFO_OK);
    return value;
}

static double nmi(const info_table *t, info_nmi convention)
{
    double value = NAN;
    ck_assert_int_eq(info_normalized_mutual_information(NULL, t, 1, 2, convention, &counts, &value), INFO_OK);
    return value;
}

static double uncertainty(const info_table *t, uint64_t a, uint64_t b)
{
    double value = NAN;
    ck_assert_int_eq(info_uncertainty_coefficient(NULL, t, a, b, &counts, &value), INFO_OK);
    return value;
}

START_TEST(conventions_by_hand)
{
    /* Two clusterings of six things: H(A) = log 2, H(B) = log 3, I = 2/3 log 2. */
    const double cells[] = {2, 1, 0, 0, 1, 2};
    const int64_t shape[] = {2, 3};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    const double a = log(2), b = log(3), both = log(2) * 2 / 3, joint = a + b - both;
    assert_close(nmi(&t, INFO_NMI_ARITHMETIC), 2 * both / (a + b), ulps(3));
    assert_close(nmi(&t, INFO_NMI_ARITHMETIC), 0.5158037429793888, 1e-15); /* as scikit-learn prints it */
    assert_close(nmi(&t, INFO_NMI_GEOMETRIC), both / sqrt(a * b), ulps(3));
    assert_close(nmi(&t, INFO_NMI_MIN), 2.0 / 3, ulps(3));
    assert_close(nmi(&t, INFO_NMI_MAX), both / b, ulps(3));
    assert_close(nmi(&t, INFO_NMI_JOINT), both / joint, ulps(3));
    assert_close(uncertainty(&t, 1, 2), 2.0 / 3, ulps(3));
    assert_close(uncertainty(&t, 2, 1), both / b, ulps(3));
    assert_close(variation(&t, 1, 2), joint - both, ulps(3));
}
END_TEST

START_TEST(variables_that_determine_each_other_share_exactly_all)
{
    const int64_t shape[] = {40, 40};
    doubles_table t;
    make_table(&t, 2, shape);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t state = seed;
        for (int64_t i = 0; i < 40; i++)
            t.cells[i * 40 + i * 7 % 40] = 40 * pow(next_uniform(&state), 6);
        for (info_nmi convention = INFO_NMI_ARITHMETIC; convention <= INFO_NMI_JOINT; convention++)
            ck_assert(nmi(&t.view, convention) == 1);
        ck_assert(uncertainty(&t.view, 1, 2) == 1);
        ck_assert(variation(&t.view, 1, 2) == 0);
    }
    free_table(&t);
}
END_TEST

START_TEST(independent_variables_share_nothing)
{
    const int64_t shape[] = {3, 4};
    doubles_table t;
    make_table(&t, 2, shape);
    for (int64_t i = 0; i < 12; i++)
        t.cells[i] = (double)((i / 4 + 1) * (i % 4 + 1));
    for (info_nmi convention = INFO_NMI_ARITHMETIC; convention <= INFO_NMI_JOINT; convention++)
        ck_assert(nmi(&t.view, convention) >= 0 && nmi(&t.view, convention) < 1e-30);
    free_table(&t);
}
END_TEST

START_TEST(conventions_are_ordered_and_in_range)
{
    const int64_t shape[] = {9, 13};
    doubles_table t;
    make_table(&t, 2, shape);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        fill_random(&t, seed);
        const double least = nmi(&t.view, INFO_NMI_JOINT), most = nmi(&t.view, INFO_NMI_MIN);
        const double max = nmi(&t.view, INFO_NMI_MAX), mean = nmi(&t.view, INFO_NMI_ARITHMETIC),
                     geometric = nmi(&t.view, INFO_NMI_GEOMETRIC);
        ck_assert(0 <= least && least <= max && max <= mean * (1 + 1e-15) && mean <= geometric * (1 + 1e-15) &&
                  geometric <= most * (1 + 1e-15) && most <= 1);
        assert_close(uncertainty(&t.view, 1, 2) * entropy(&t.view, 1, 0, &counts),
                     uncertainty(&t.view, 2, 1) * entropy(&t.view, 2, 0, &counts), ulps(8));
        assert_same_bits(mean, mean);
    }
    free_table(&t);
}
END_TEST

START_TEST(variation_of_information_is_a_metric)
{
    const int64_t shape[] = {5, 4, 6};
    doubles_table t;
    make_table(&t, 3, shape);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        fill_random(&t, seed);
        assert_same_bits(variation(&t.view, 1, 2), variation(&t.view, 2, 1));
        ck_assert(variation(&t.view, 1, 4) <= variation(&t.view, 1, 2) + variation(&t.view, 2, 4));
        assert_close(variation(&t.view, 1, 2), entropy(&t.view, 3, 0, &counts) - information(&t.view, 1, 2, 0, &counts),
                     1e-13);
    }
    free_table(&t);
}
END_TEST

START_TEST(variables_that_all_but_determine_each_other_vary_little)
{
    /* A permutation of 2100 values but for e = 2^-60 beside each of the first 1024, whose marginals 1 + e are no doubles; the others
     * weigh 2^-80, where a marginal of the wrong column would show. Each row and each column (1, e) has e (1 + 60 log 2). */
    enum { N = 2100, HEAVY = 1024 };
    const int64_t shape[] = {N, N};
    const double e = 0x1p-60;
    doubles_table t;
    make_table(&t, 2, shape);
    for (int64_t i = 0; i < N; i++)
        t.cells[i * N + i] = i < HEAVY ? 1 : 0x1p-80;
    for (int64_t i = 0; i < HEAVY; i++)
        t.cells[(i + 1) % HEAVY * N + i] = e;
    assert_close(variation(&t.view, 1, 2), 2 * e * (1 + 60 * log(2)), 1e-13);
    free_table(&t);
}
END_TEST

START_TEST(a_constant_has_no_share)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    const double cells[] = {1, 2, 3, 0, 0, 0};
    const int64_t shape[] = {2, 3};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    double out = 42;
    ck_assert_int_eq(info_normalized_mutual_information(ctx, &t, 1, 2, INFO_NMI_MIN, &counts, &out), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "entropies of 0 and 1.01"));
    ck_assert_int_eq(info_normalized_mutual_information(ctx, &t, 1, 2, INFO_NMI_GEOMETRIC, &counts, &out),
                     INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_uncertainty_coefficient(ctx, &t, 1, 2, &counts, &out), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_normalized_mutual_information(ctx, &t, 1, 2, 5, &counts, &out), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "convention: 5"));
    ck_assert(out == 42);
    ck_assert(nmi(&t, INFO_NMI_MAX) == 0);
    ck_assert(nmi(&t, INFO_NMI_ARITHMETIC) == 0);
    ck_assert(uncertainty(&t, 2, 1) == 0);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        conventions_by_hand,
        variables_that_determine_each_other_share_exactly_all,
        independent_variables_share_nothing,
        conventions_are_ordered_and_in_range,
        variation_of_information_is_a_metric,
        variables_that_all_but_determine_each_other_vary_little,
        a_constant_has_no_share,
        NULL,
    };
    return run_tests("joint shares", tests);
}
