/* SPDX-License-Identifier: MIT
 * Total, dual total, co- and O-information: closed forms, and their definitions by entropies. */
#include "tables.h"

typedef info_status (*many)(info_ctx *, const info_table *, const uint64_t *, int64_t, uint64_t,
                            const info_joint_options *, double *);

static double measure(many function, const info_table *t, const uint64_t *variables, int64_t count, uint64_t given,
                      const info_joint_options *options)
{
    double value = NAN;
    ck_assert_int_eq(function(NULL, t, variables, count, given, options, &value), INFO_OK);
    return value;
}

/* In bits, every axis a variable. */
static double bits(many function, const doubles_table *t)
{
    return measure(function, &t->view, NULL, 0, 0, &counts_in_bits);
}

static void make_binary(doubles_table *t, int n)
{
    int64_t shape[20];
    for (int k = 0; k < n; k++)
        shape[k] = 2;
    make_table(t, n, shape);
}

START_TEST(the_parity_of_bits_is_synergy)
{
    /* H of any n-1 is n-1, and that of all n too. */
    for (int n = 2; n <= 12; n++) {
        doubles_table t;
        make_binary(&t, n);
        for (int64_t i = 0; i < t.count; i++)
            t.cells[i] = __builtin_parityll((unsigned long long)i) == 0;
        assert_close(bits(info_total_correlation, &t), 1, ulps(2));
        assert_close(bits(info_dual_total_correlation, &t), n - 1, ulps(2));
        ck_assert(fabs(bits(info_o_information, &t) - (2 - n)) < ulps(n));
        assert_close(bits(info_co_information, &t), n % 2 ? -1 : 1, ulps(4));
        assert_close(bits(info_interaction_information, &t), 1, ulps(4));
        free_table(&t);
    }
}
END_TEST

START_TEST(copies_of_a_bit_are_redundancy)
{
    for (int n = 1; n <= 12; n++) {
        doubles_table t;
        make_binary(&t, n);
        t.cells[0] = t.cells[t.count - 1] = 3;
        ck_assert(fabs(bits(info_total_correlation, &t) - (n - 1)) < ulps(n));
        ck_assert(fabs(bits(info_dual_total_correlation, &t) - (n > 1)) < ulps(2));
        ck_assert(fabs(bits(info_o_information, &t) - (n > 1 ? n - 2 : 0)) < ulps(n));
        assert_close(bits(info_co_information, &t), 1, ulps(4));
        assert_close(bits(info_interaction_information, &t), n % 2 ? -1 : 1, ulps(4));
        free_table(&t);
    }
}
END_TEST

START_TEST(independent_variables_share_nothing)
{
    const int64_t shape[] = {3, 4, 5, 2};
    doubles_table t;
    make_table(&t, 4, shape);
    uint64_t seed = 9;
    double p[4][5];
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 5; i++)
            p[k][i] = next_uniform(&seed);
    for (int64_t i = 0; i < t.count; i++)
        t.cells[i] = p[0][i / 40] * p[1][i / 10 % 4] * p[2][i / 2 % 5] * p[3][i % 2];
    const double total = bits(info_total_correlation, &t), dual = bits(info_dual_total_correlation, &t);
    ck_assert(total >= 0 && total < 1e-30);
    ck_assert(dual >= 0 && dual < 1e-30);
    ck_assert(fabs(bits(info_co_information, &t)) < 1e-30);
    ck_assert(fabs(bits(info_o_information, &t)) < 1e-30);
    free_table(&t);
}
END_TEST

START_TEST(definitions_by_entropies)
{
    const int64_t shape[] = {3, 2, 4, 3, 2};
    doubles_table t;
    make_table(&t, 5, shape);
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (uint64_t given = 0; given <= axis(4); given += axis(4)) {
            fill_random(&t, seed);
            const info_table *v = &t.view;
            const int n = given ? 4 : 5;
            const uint64_t all = axis(n) - 1;
            double total = -entropy(v, all, given, &counts), dual = -total, mutual = 0, common = 0;
            for (int k = 0; k < n; k++) {
                total += entropy(v, axis(k), given, &counts);
                dual -= entropy(v, axis(k), given | (all & ~axis(k)), &counts);
                mutual += information(v, axis(k), all & ~axis(k), given, &counts);
            }
            for (uint64_t s = 1; s <= all; s++)
                common += (__builtin_popcountll(s) % 2 ? 1 : -1) * entropy(v, s, given, &counts);
            assert_close(measure(info_total_correlation, v, NULL, 0, given, &counts), total, 1e-13);
            assert_close(measure(info_dual_total_correlation, v, NULL, 0, given, &counts), dual, 1e-13);
            ck_assert(fabs(measure(info_o_information, v, NULL, 0, given, &counts) - (total - dual)) < 1e-13);
            ck_assert(fabs(measure(info_co_information, v, NULL, 0, given, &counts) - common) < 1e-13);
            assert_close(total + dual, mutual, 1e-13);
        }
    free_table(&t);
}
END_TEST

START_TEST(two_variables_have_mutual_information)
{
    const int64_t shape[] = {6, 5, 3};
    doubles_table t;
    make_table(&t, 3, shape);
    fill_random(&t, 4);
    const uint64_t pair[] = {axis(2) | axis(0), axis(1)}, alone[] = {axis(1)};
    const double value = information(&t.view, pair[0], pair[1], 0, &counts);
    assert_close(measure(info_total_correlation, &t.view, pair, 2, 0, &counts), value, ulps(2));
    assert_close(measure(info_dual_total_correlation, &t.view, pair, 2, 0, &counts), value, ulps(2));
    assert_close(measure(info_co_information, &t.view, pair, 2, 0, &counts), value, ulps(2));
    assert_close(measure(info_interaction_information, &t.view, pair, 2, 0, &counts), value, ulps(2));
    ck_assert(measure(info_o_information, &t.view, pair, 2, 0, &counts) == 0);
    assert_close(measure(info_co_information, &t.view, alone, 1, axis(0), &counts),
                 entropy(&t.view, axis(1), axis(0), &counts), ulps(2));
    ck_assert(measure(info_total_correlation, &t.view, alone, 1, 0, &counts) == 0);
    free_table(&t);
}
END_TEST

START_TEST(constants_and_the_order_of_variables_do_not_matter)
{
    const int64_t shape[] = {3, 1, 4, 2, 1};
    doubles_table t;
    make_table(&t, 5, shape);
    fill_random(&t, 8);
    const uint64_t few[] = {1, 4, 8}, turned[] = {8, 1, 4};
    const many functions[] = {info_total_correlation, info_dual_total_correlation, info_o_information};
    for (int i = 0; i < 3; i++) {
        const double value = measure(functions[i], &t.view, few, 3, 0, &counts);
        assert_same_bits(measure(functions[i], &t.view, NULL, 0, 0, &counts), value);
        assert_close(measure(functions[i], &t.view, turned, 3, 0, &counts), value, 1e-13);
    }
    assert_close(measure(info_co_information, &t.view, turned, 3, 0, &counts),
                 measure(info_co_information, &t.view, few, 3, 0, &counts), 1e-13);
    ck_assert(measure(info_co_information, &t.view, NULL, 0, 0, &counts) == 0);
    free_table(&t);
}
END_TEST

START_TEST(arguments_that_cannot_be)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    const double cells[] = {1, 2, 3, 4};
    const int64_t shape[] = {2, 2};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    const uint64_t twice[] = {1, 1}, empty[] = {1, 0}, beyond[] = {1, 4};
    const struct {
        const uint64_t *variables;
        int64_t count;
        uint64_t given;
        info_status status;
        const char *text;
    } wrong[] = {
        {NULL, 2, 0, INFO_ERROR_NULL, "variables: is NULL"},
        {twice, 0, 0, INFO_ERROR_SIZE, "count: 0"},
        {twice, 65, 0, INFO_ERROR_SIZE, "count: 65"},
        {twice, 2, 0, INFO_ERROR_TARGET, "variables[1]: shares axis 0 with variables[0]"},
        {twice, 1, 1, INFO_ERROR_TARGET, "variables[0]: shares axis 0 with given"},
        {empty, 2, 0, INFO_ERROR_TARGET, "variables[1]: names no axis"},
        {beyond, 2, 0, INFO_ERROR_TARGET, "variables[1]: names axis 2"},
        {NULL, 0, 3, INFO_ERROR_TARGET, "given: names all axes"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double out = 42;
        ck_assert_int_eq(
            info_total_correlation(ctx, &t, wrong[i].variables, wrong[i].count, wrong[i].given, &counts, &out),
            wrong[i].status);
        ck_assert_msg(strstr(info_ctx_message(ctx), wrong[i].text), "%s", info_ctx_message(ctx));
        ck_assert(out == 42);
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    const int64_t shape[] = {60, 30, 7, 20};
    doubles_table t;
    make_table(&t, 4, shape);
    fill_random(&t, 2);
    info_ctx *ctx;
    const info_ctx_options three = {.struct_size = sizeof three, .threads = 3};
    ck_assert_int_eq(info_ctx_create(&three, &ctx), INFO_OK);
    const many functions[] = {info_total_correlation, info_dual_total_correlation, info_co_information};
    for (int i = 0; i < 3; i++) {
        double together;
        ck_assert_int_eq(functions[i](ctx, &t.view, NULL, 0, 0, &counts, &together), INFO_OK);
        assert_same_bits(together, measure(functions[i], &t.view, NULL, 0, 0, &counts));
    }
    info_ctx_destroy(ctx);
    free_table(&t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_parity_of_bits_is_synergy,
        copies_of_a_bit_are_redundancy,
        independent_variables_share_nothing,
        definitions_by_entropies,
        two_variables_have_mutual_information,
        constants_and_the_order_of_variables_do_not_matter,
        arguments_that_cannot_be,
        threads_change_no_bit,
        NULL,
    };
    return run_tests("joint many", tests);
}
