/* SPDX-License-Identifier: MIT
 * What a top-k list says about the rest of a distribution. */
#include <stdbool.h>

#include "lm_support.h"

static double entropy_of(const double *p, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    return sum;
}

START_TEST(an_entropy_interval_holds_the_entropy_and_both_ends_are_attained)
{
    enum { V = 50 };
    uint64_t state = 12;
    for (int round = 0; round < 200; round++) {
        double p[V], log_p[V], total = 0, lower, upper;
        const int k = 1 + (int)(uniform(&state) * V);
        for (int i = 0; i < V; i++)
            total += p[i] = exp(4 * normal(&state));
        for (int i = 0; i < V; i++)
            p[i] /= total;
        /* In descending order, by insertion. */
        for (int i = 1; i < V; i++)
            for (int j = i; j > 0 && p[j] > p[j - 1]; j--) {
                const double swap = p[j];
                p[j] = p[j - 1];
                p[j - 1] = swap;
            }
        for (int i = 0; i < k; i++)
            log_p[i] = log(p[i]);
        const info_matrix view = matrix_of(log_p, 1, k, INFO_F64);
        const info_top_k list = {.log_probabilities = &view};
        ck_assert_int_eq(info_top_k_entropy(NULL, &list, V, NULL, &lower, &upper, 1), INFO_OK);
        ck_assert(lower <= entropy_of(p, V) && entropy_of(p, V) <= upper);
        /* The rest spread evenly, and packed. */
        double rest = 0, even[V], packed[V] = {0};
        for (int i = k; i < V; i++)
            rest += p[i];
        for (int i = 0; i < V; i++)
            even[i] = i < k ? p[i] : rest / (V - k);
        for (int i = 0; i < V; i++) {
            packed[i] = i < k ? p[i] : rest < p[k - 1] ? rest : p[k - 1];
            rest -= i < k ? 0 : packed[i];
        }
        assert_within(upper, entropy_of(even, V), 1e-13);
        assert_within(lower, entropy_of(packed, V), 1e-13);
        if (k == V)
            assert_within(lower, upper, 3e-14);
    }
}
END_TEST

START_TEST(a_top_k_divergence_is_never_negative)
{
    /* What trainers sum over the teacher's top k, p log(p / q), is negative for most positions of two close models:
     * q may put more on those tokens than p does. The interval's lower end is not. */
    enum { V = 400, K = 8, ROWS = 300 };
    uint64_t state = 7;
    int negative = 0;
    for (int row = 0; row < ROWS; row++) {
        double x[V], y[V], log_p[K], kl, lower, upper, log_q[K], all[V], naive = 0, floor_of_q = 1;
        int64_t tokens[K], every[V];
        for (int i = 0; i < V; i++) {
            x[i] = 2 * normal(&state);
            y[i] = 1.05 * x[i] + 0.02 * normal(&state);
            every[i] = i;
        }
        const info_matrix p = matrix_of(x, 1, V, INFO_F64), q = matrix_of(y, 1, V, INFO_F64);
        ck_assert_int_eq(info_logits_top_k(NULL, &p, K, NULL, tokens, log_p, K), INFO_OK);
        ck_assert_int_eq(info_logits_select(NULL, &q, tokens, K, K, NULL, log_q, K), INFO_OK);
        ck_assert_int_eq(info_logits_select(NULL, &q, every, V, V, NULL, all, V), INFO_OK);
        for (int i = 0; i < V; i++)
            floor_of_q = exp(all[i]) < floor_of_q ? exp(all[i]) : floor_of_q;
        for (int i = 0; i < K; i++)
            naive += exp(log_p[i]) * (log_p[i] - log_q[i]);
        negative += naive < 0;
        const info_logit_comparison m = {.struct_size = sizeof m, .length = 1, .kl = &kl};
        ck_assert_int_eq(info_logits_compare(NULL, &p, &q, NULL, 0, NULL, &m), INFO_OK);

        const info_matrix pv = matrix_of(log_p, 1, K, INFO_F64), qv = matrix_of(log_q, 1, K, INFO_F64);
        const info_top_k pl = {&pv, tokens, K}, ql = {&qv, tokens, K};
        const info_top_k_options known = {.struct_size = sizeof known, .q_floor = floor_of_q};
        ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, V, NULL, &lower, &upper, 1), INFO_OK);
        ck_assert(0 <= lower && lower <= kl && upper == INFINITY);
        ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, V, &known, &lower, &upper, 1), INFO_OK);
        ck_assert(lower <= kl && kl <= upper && upper < INFINITY);
        ck_assert_int_eq(info_top_k_kl(NULL, &pl, &pl, V, NULL, &lower, &upper, 1), INFO_OK);
        ck_assert_double_eq(lower, 0);
    }
    ck_assert_int_gt(negative, ROWS / 2);
}
END_TEST

START_TEST(lists_of_different_tokens_in_any_order_bound_the_divergence)
{
    enum { V = 60 };
    uint64_t state = 19;
    for (int round = 0; round < 300; round++) {
        double x[V], y[V], kl, lower, upper, log_p[V], log_q[V], all[V], least = 1;
        int64_t p_tokens[V], q_tokens[V], every[V];
        const int k = 1 + (int)(uniform(&state) * V), l = 1 + (int)(uniform(&state) * V);
        const double apart = pow(10, -4 * uniform(&state));
        for (int i = 0; i < V; i++) {
            x[i] = 3 * normal(&state);
            y[i] = x[i] + 3 * apart * normal(&state);
            every[i] = i;
        }
        const info_matrix p = matrix_of(x, 1, V, INFO_F64), q = matrix_of(y, 1, V, INFO_F64);
        ck_assert_int_eq(info_logits_top_k(NULL, &p, k, NULL, p_tokens, log_p, V), INFO_OK);
        ck_assert_int_eq(info_logits_top_k(NULL, &q, l, NULL, q_tokens, log_q, V), INFO_OK);
        ck_assert_int_eq(info_logits_select(NULL, &q, every, V, V, NULL, all, V), INFO_OK);
        for (int i = 0; i < V; i++)
            least = exp(all[i]) < least ? exp(all[i]) : least;
        const info_logit_comparison m = {.struct_size = sizeof m, .length = 1, .kl = &kl};
        ck_assert_int_eq(info_logits_compare(NULL, &p, &q, NULL, 0, NULL, &m), INFO_OK);
        const info_matrix pv = matrix_of(log_p, 1, k, INFO_F64), qv = matrix_of(log_q, 1, l, INFO_F64);
        const info_top_k pl = {&pv, p_tokens, k}, ql = {&qv, q_tokens, l};
        const info_top_k_options options = {
            .struct_size = sizeof options, .tolerance = 1e-12, .q_floor = least < 1.0 / V ? least : 0};
        ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, V, &options, &lower, &upper, 1), INFO_OK);
        ck_assert(0 <= lower && lower <= kl * (1 + 1e-12) && kl <= upper * (1 + 1e-12));
        if (k == V && l == V)
            assert_close(lower, upper, 1e-12);
    }
}
END_TEST

START_TEST(lists_that_are_no_top_k_are_told)
{
    const double sum[2][2] = {{-0.1, -0.2}, {-1, -2}}, gap[1][2] = {{-1, -5}}, bad[1][2] = {{NAN, -1}};
    const int64_t tokens[2] = {3, 3}, outside[2] = {1, 9};
    double lower[2], upper[2];
    const info_matrix s = matrix_of(sum, 2, 2, INFO_F64), g = matrix_of(gap, 1, 2, INFO_F64);
    const info_matrix b = matrix_of(bad, 1, 2, INFO_F64);
    const info_top_k summed = {.log_probabilities = &s}, gaping = {.log_probabilities = &g};
    const info_top_k spoilt = {.log_probabilities = &b}, twice = {&g, tokens, 2}, out = {&g, outside, 2};
    const info_top_k_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_top_k_entropy(ctx, &summed, 1000, NULL, lower, upper, 2), INFO_INVALID_ROWS);
    ck_assert(isnan(lower[0]) && isnan(upper[0]) && lower[1] > 0 && upper[1] > lower[1]);
    ck_assert_int_eq(info_top_k_entropy(ctx, &summed, 1000, &strict, lower, upper, 2), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "row 0 sums to 1 + "));
    /* 0.63 is left for three tokens of at most exp(-5) each. */
    ck_assert_int_eq(info_top_k_entropy(ctx, &gaping, 5, &strict, lower, upper, 1), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "not the most probable"));
    ck_assert_int_eq(info_top_k_entropy(ctx, &spoilt, 5, &strict, lower, upper, 1), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_top_k_entropy(ctx, &gaping, 1, &strict, lower, upper, 1), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "vocabulary: 1"));
    ck_assert_int_eq(info_top_k_kl(ctx, &twice, &twice, 1000, &strict, lower, upper, 1), INFO_ERROR_TARGET);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "p.tokens: 3 twice"));
    ck_assert_int_eq(info_top_k_kl(ctx, &gaping, &out, 1000, &strict, lower, upper, 1), INFO_ERROR_NULL);
    const info_top_k fine = {&g, (const int64_t[]){1, 2}, 2};
    const info_top_k_options narrow = {.struct_size = sizeof narrow, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &out, 9, &narrow, lower, upper, 1), INFO_ERROR_SUM);
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &twice, 1000, &narrow, lower, upper, 1), INFO_ERROR_TARGET);
    const info_top_k_options high = {.struct_size = sizeof high, .q_floor = 0.5};
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &fine, 1000, &high, lower, upper, 1), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q_floor"));
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_entropy_interval_holds_the_entropy_and_both_ends_are_attained, a_top_k_divergence_is_never_negative,
        lists_of_different_tokens_in_any_order_bound_the_divergence, lists_that_are_no_top_k_are_told, NULL};
    return run_tests("lm interval", tests);
}
