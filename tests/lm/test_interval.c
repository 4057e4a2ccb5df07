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
        const info_top_k list = {.log_probabilities = &view, .top = k};
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
        const info_top_k pl = {&pv, tokens, K, K, INFO_INT64, 0}, ql = {&qv, tokens, K, 0, INFO_INT64, 0};
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
        const info_top_k pl = {&pv, p_tokens, k, k, INFO_INT64, 0}, ql = {&qv, q_tokens, l, l, INFO_INT64, 0};
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
    const info_top_k summed = {.log_probabilities = &s}, gaping = {.log_probabilities = &g, .top = 2};
    const info_top_k spoilt = {.log_probabilities = &b}, twice = {&g, tokens, 2, 0, INFO_INT64, 0},
                     out = {&g, outside, 2, 0, INFO_INT64, 0};
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
    const info_top_k fine = {&g, (const int64_t[]){1, 2}, 2, 2, INFO_INT64, 0};
    const info_top_k_options narrow = {.struct_size = sizeof narrow, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &out, 9, &narrow, lower, upper, 1), INFO_ERROR_SUM);
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &twice, 1000, &narrow, lower, upper, 1), INFO_ERROR_TARGET);
    const info_top_k_options high = {.struct_size = sizeof high, .q_floor = 0.5};
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &fine, 1000, &high, lower, upper, 1), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q_floor"));
    info_ctx_destroy(ctx);
}
END_TEST

/* Lists as vLLM, SGLang and OpenAI's API give them: k entries and the sampled token, first or last, which may be among
 * them or far below; in f64 and in f32. Whether top is given or not, the interval holds the truth. */
START_TEST(lists_with_a_sampled_token_hold_the_truth)
{
    enum { V = 40, LISTS = 100000, WIDEST = 12 };
    uint64_t state = 23;
    for (int round = 0; round < LISTS; round++) {
        double x[V], y[V], p[V], q[V], sum = 0, q_sum = 0, h = 0, kl = 0, least = 1, lower, upper;
        int order[V];
        const double spread = pow(10, -1.0 + 2 * uniform(&state)), apart = pow(10, -4 * uniform(&state));
        const int k = 1 + (int)(uniform(&state) * (WIDEST - 1));
        for (int i = 0; i < V; i++) {
            x[i] = spread * normal(&state);
            y[i] = x[i] + apart * normal(&state);
            sum += p[i] = exp(x[i]);
            q_sum += q[i] = exp(y[i]);
            int at = i; /* by insertion, the most probable first */
            for (; at > 0 && x[order[at - 1]] < x[i]; at--)
                order[at] = order[at - 1];
            order[at] = i;
        }
        for (int i = 0; i < V; i++) {
            p[i] /= sum, q[i] /= q_sum;
            h -= p[i] * log(p[i]);
            kl += p[i] * log(p[i] / q[i]) - p[i] + q[i];
            least = q[i] < least ? q[i] : least;
        }
        int sampled = round % 3 == 0 ? order[V - 1] : order[(int)(uniform(&state) * V)], place = 0;
        while (order[place] != sampled)
            place++;
        const int count = place < k ? k : k + 1, first = round % 2;
        int64_t tokens[WIDEST + 1];
        double log_p[WIDEST + 1], log_q[WIDEST + 1];
        float low_p[WIDEST + 1], low_q[WIDEST + 1];
        for (int i = 0; i < count; i++) {
            tokens[i] = place < k ? order[i] : first ? (i == 0 ? sampled : order[i - 1]) : i < k ? order[i] : sampled;
            log_p[i] = log(p[tokens[i]]), log_q[i] = log(q[tokens[i]]);
            low_p[i] = (float)log_p[i], low_q[i] = (float)log_q[i];
        }
        const info_dtype dtype = round / 2 % 2 ? INFO_F32 : INFO_F64;
        const info_matrix pv = {dtype == INFO_F64 ? (void *)log_p : (void *)low_p, 1, count, count, 1, dtype, 0};
        const info_matrix qv = {dtype == INFO_F64 ? (void *)log_q : (void *)low_q, 1, count, count, 1, dtype, 0};
        const info_top_k pl = {&pv, tokens, count, round / 4 % 2 ? k : 0, INFO_INT64, 0},
                         ql = {&qv, tokens, count, 0, INFO_INT64, 0};
        const info_top_k_options options = {
            .struct_size = sizeof options, .invalid = INFO_INVALID_ERROR, .q_floor = fmin(least, 1.0 / V)};
        ck_assert_int_eq(info_top_k_entropy(NULL, &pl, V, &options, &lower, &upper, 1), INFO_OK);
        ck_assert_msg(lower <= h && h <= upper, "list %d: %.17g .. %.17g, entropy %.17g", round, lower, upper, h);
        ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, V, &options, &lower, &upper, 1), INFO_OK);
        ck_assert_msg(lower <= kl * (1 + 1e-12) + 1e-15 && kl <= upper * (1 + 1e-12),
                      "list %d: %.17g .. %.17g, KL %.17g", round, lower, upper, kl);
    }
}
END_TEST

START_TEST(a_token_that_only_one_list_has_makes_the_upper_end_infinite)
{
    const double p[] = {0, -1000}, q[] = {0};
    const int64_t tokens[] = {1, 2};
    const info_matrix pv = {p, 1, 2, 2, 1, INFO_F64, 0}, qv = {q, 1, 1, 1, 1, INFO_F64, 0};
    const info_top_k pl = {&pv, tokens, 2, 0, INFO_INT64, 0}, ql = {&qv, tokens, 1, 0, INFO_INT64, 0};
    double lower, upper;
    ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, 1000, NULL, &lower, &upper, 1), INFO_OK);
    ck_assert_double_eq(lower, 0);
    ck_assert_double_eq(upper, INFINITY);
}
END_TEST

/* What is left of p and of q is each known to within the tolerance, so that together they may be off by two: equal
 * distributions whose lists were rounded apart have the lower end 0. */
START_TEST(both_tolerances_count)
{
    const double t = 1e-6, p[] = {log(.5), log(.3 + .9 * t)}, q[] = {log(.5), log(.3 - .9 * t)};
    const int64_t tokens[] = {1, 2};
    const info_matrix pv = {p, 1, 2, 2, 1, INFO_F64, 0}, qv = {q, 1, 2, 2, 1, INFO_F64, 0};
    const info_top_k pl = {&pv, tokens, 2, 0, INFO_INT64, 0}, ql = {&qv, tokens, 2, 0, INFO_INT64, 0};
    double lower, upper;
    ck_assert_int_eq(info_top_k_kl(NULL, &pl, &ql, 1000, NULL, &lower, &upper, 1), INFO_OK);
    const double inside = 1.8 * t * 1.8 * t / (2 * .3); /* of the listed tokens alone, p log(p/q) - p + q */
    ck_assert_double_le(lower, inside * 1.01);
    ck_assert_double_ge(lower, inside * .99);
}
END_TEST

/* A list that sums to more than 1 by what its type rounds is one all the same: 1e-6 in f64, 1e-5 in f32, 1e-2 in f16 and bf16. */
START_TEST(a_list_may_exceed_1_by_the_tolerance_of_its_type)
{
    static const double tolerance[] = {[INFO_F64] = 1e-6, [INFO_F32] = 1e-5, [INFO_F16] = 1e-2, [INFO_BF16] = 1e-2};
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int over = 0; over < 2; over++) {
            double log_p[2] = {log(.5), 0}, lower, upper;
            uint64_t given[2];
            round_to_type(log_p, 1, type, given);
            log_p[1] = log(1 - exp(log_p[0]) + (over ? 1.5 : 0.5) * tolerance[type]);
            round_to_type(log_p, 2, type, given);
            const info_matrix view = matrix_of(given, 1, 2, type);
            const info_top_k list = {.log_probabilities = &view, .top = 2};
            const info_top_k_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
            ck_assert_int_eq(info_top_k_entropy(NULL, &list, 50, &strict, &lower, &upper, 1),
                             over ? INFO_ERROR_SUM : INFO_OK);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_entropy_interval_holds_the_entropy_and_both_ends_are_attained,
                                  a_top_k_divergence_is_never_negative,
                                  lists_of_different_tokens_in_any_order_bound_the_divergence,
                                  lists_that_are_no_top_k_are_told,
                                  lists_with_a_sampled_token_hold_the_truth,
                                  a_token_that_only_one_list_has_makes_the_upper_end_infinite,
                                  both_tolerances_count,
                                  a_list_may_exceed_1_by_the_tolerance_of_its_type,
                                  NULL};
    return run_tests("lm interval", tests);
}
