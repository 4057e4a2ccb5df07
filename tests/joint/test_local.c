/* SPDX-License-Identifier: MIT
 * Marginals, surprisals, pointwise mutual information: one value per cell. */
#include "tables.h"

#define CELLS 120

static void make_random(doubles_table *t, uint64_t seed)
{
    const int64_t shape[] = {4, 5, 6};
    make_table(t, 3, shape);
    fill_random(t, seed);
}

static double mean(const double *p, const double *value, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        if (p[i] > 0)
            sum += p[i] * value[i];
    return sum;
}

START_TEST(marginals_are_sums)
{
    doubles_table t;
    make_random(&t, 1);
    double p[CELLS], pair[24], whole = 0;
    ck_assert_int_eq(info_marginal(NULL, &t.view, 7, &counts, p, CELLS), INFO_OK);
    ck_assert_int_eq(info_marginal(NULL, &t.view, 5, &counts, pair, 24), INFO_OK);
    for (int i = 0; i < CELLS; i++)
        whole += t.cells[i];
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 6; k++) {
            double sum = 0;
            for (int j = 0; j < 5; j++) {
                assert_close(p[(i * 5 + j) * 6 + k], t.cells[(i * 5 + j) * 6 + k] / whole, 1e-14);
                sum += p[(i * 5 + j) * 6 + k];
            }
            assert_close(pair[i * 6 + k], sum, 1e-14);
        }
    free_table(&t);
}
END_TEST

START_TEST(the_mean_of_local_values_is_the_measure)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        doubles_table t;
        make_random(&t, seed);
        double p[CELLS], value[CELLS];
        ck_assert_int_eq(info_marginal(NULL, &t.view, 7, &counts, p, CELLS), INFO_OK);
        ck_assert_int_eq(info_local_entropy(NULL, &t.view, axis(1), 5, &counts, value, CELLS), INFO_OK);
        assert_close(mean(p, value, CELLS), entropy(&t.view, axis(1), 5, &counts), 1e-14);
        /* a, b and given in an order that is not that of the axes */
        ck_assert_int_eq(
            info_pointwise_mutual_information(NULL, &t.view, axis(2), axis(0), axis(1), &counts_in_bits, value, CELLS),
            INFO_OK);
        assert_close(mean(p, value, CELLS), information(&t.view, axis(2), axis(0), axis(1), &counts_in_bits), 1e-14);
        ck_assert_int_eq(info_pointwise_mutual_information(NULL, &t.view, 5, axis(1), 0, &counts, value, CELLS),
                         INFO_OK);
        assert_close(mean(p, value, CELLS), information(&t.view, 5, axis(1), 0, &counts), 1e-14);
        /* of a marginal table */
        ck_assert_int_eq(info_marginal(NULL, &t.view, 6, &counts, p, CELLS), INFO_OK);
        ck_assert_int_eq(info_pointwise_mutual_information(NULL, &t.view, 4, 2, 0, &counts, value, 30), INFO_OK);
        assert_close(mean(p, value, 30), information(&t.view, 2, 4, 0, &counts), 1e-14);
        free_table(&t);
    }
}
END_TEST

START_TEST(local_values_by_hand)
{
    const double cells[] = {4, 0, 0, 0, 1, 1, 0, 1, 1};
    const int64_t shape[] = {3, 3};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    double pmi[9], npmi[9], surprisal[9];
    ck_assert_int_eq(info_pointwise_mutual_information(NULL, &t, 1, 2, 0, &counts_in_bits, pmi, 9), INFO_OK);
    ck_assert_int_eq(info_normalized_pointwise_mutual_information(NULL, &t, 1, 2, 0, &counts, npmi, 9), INFO_OK);
    ck_assert_int_eq(info_local_entropy(NULL, &t, 1, 2, &counts_in_bits, surprisal, 9), INFO_OK);
    assert_close(pmi[0], 1, ulps(1));
    ck_assert(npmi[0] == 1); /* the first symbols never occur apart */
    ck_assert(pmi[1] == -INFINITY && npmi[1] == -1);
    assert_close(pmi[4], 1, ulps(1)); /* (1/8) / (1/4 1/4) = 2 */
    assert_close(npmi[4], 1.0 / 3, ulps(2));
    ck_assert(surprisal[0] == 0 && surprisal[1] == INFINITY);
    assert_close(surprisal[4], 1, ulps(1));
}
END_TEST

START_TEST(what_never_occurs_has_no_value)
{
    const double cells[] = {1, 0, 1, 0, 0, 0};
    const int64_t shape[] = {2, 3};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    double pmi[6], npmi[6], surprisal[6];
    ck_assert_int_eq(info_pointwise_mutual_information(NULL, &t, 1, 2, 0, &counts, pmi, 6), INFO_OK);
    ck_assert_int_eq(info_normalized_pointwise_mutual_information(NULL, &t, 1, 2, 0, &counts, npmi, 6), INFO_OK);
    ck_assert_int_eq(info_local_entropy(NULL, &t, 2, 1, &counts, surprisal, 6), INFO_OK);
    const int never[] = {1, 3, 4, 5};
    for (int i = 0; i < 4; i++)
        ck_assert(isnan(pmi[never[i]]) && isnan(npmi[never[i]]));
    ck_assert(pmi[0] == 0 && npmi[0] == 0 && surprisal[1] == INFINITY);
    ck_assert(isnan(surprisal[3]));

    /* A certain cell: log 1 / -log 1, by continuity 1. */
    const double one[] = {0, 0, 0, 0, 7, 0};
    ck_assert_int_eq(info_normalized_pointwise_mutual_information(NULL, &(info_table){one, shape, NULL, 2, INFO_F64}, 1,
                                                                  2, 0, &counts, npmi, 6),
                     INFO_OK);
    ck_assert(npmi[4] == 1);
}
END_TEST

START_TEST(pointwise_values_near_independence_are_exact)
{
    const int64_t shape[] = {2, 2};
    for (double e = 0x1p-50; e < 0x1p-10; e *= 2) {
        const double cells[] = {1 + e, 1 - e, 1 - e, 1 + e};
        double pmi[4];
        ck_assert_int_eq(info_pointwise_mutual_information(NULL, &(info_table){cells, shape, NULL, 2, INFO_F64}, 1, 2,
                                                           0, &counts, pmi, 4),
                         INFO_OK);
        assert_close(pmi[0], log1p(e), ulps(2));
        assert_close(pmi[1], log1p(-e), ulps(2));
    }
}
END_TEST

START_TEST(normalized_values_are_in_range)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        doubles_table t;
        make_random(&t, seed);
        double value[CELLS];
        ck_assert_int_eq(info_normalized_pointwise_mutual_information(NULL, &t.view, 1, 4, 2, &counts, value, CELLS),
                         INFO_OK);
        for (int i = 0; i < CELLS; i++)
            ck_assert(isnan(value[i]) || (value[i] >= -1 && value[i] <= 1));
        free_table(&t);
    }
}
END_TEST

START_TEST(outputs_are_checked)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    doubles_table t;
    make_random(&t, 1);
    double out[CELLS];
    ck_assert_int_eq(info_marginal(ctx, &t.view, 5, &counts, out, 23), INFO_ERROR_OUTPUT);
    ck_assert_str_eq(info_ctx_message(ctx), "out: has 23 elements; 24 are needed");
    ck_assert_int_eq(info_local_entropy(ctx, &t.view, 1, 2, &counts, out, 19), INFO_ERROR_OUTPUT);
    ck_assert_int_eq(info_pointwise_mutual_information(ctx, &t.view, 1, 2, 4, &counts, NULL, CELLS), INFO_ERROR_NULL);
    ck_assert_int_eq(info_pointwise_mutual_information(ctx, &t.view, 1, 2, 4, &counts, t.cells - CELLS + 1, CELLS),
                     INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_marginal(ctx, &t.view, 0, &counts, out, CELLS), INFO_ERROR_TARGET);
    free_table(&t);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        marginals_are_sums,
        the_mean_of_local_values_is_the_measure,
        local_values_by_hand,
        what_never_occurs_has_no_value,
        pointwise_values_near_independence_are_exact,
        normalized_values_are_in_range,
        outputs_are_checked,
        NULL,
    };
    return run_tests("joint local", tests);
}
