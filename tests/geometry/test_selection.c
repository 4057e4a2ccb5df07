/* SPDX-License-Identifier: MIT
 * Rankings compared, reconstruction from parts of a context, and the generator
 * behind random parts. */
#include "common.h"
#include "numeric/random.h"

static info_ranking_agreement agreement(const double *a, const double *b, int64_t n, int64_t k)
{
    const info_matrix ma = matrix_of(a, 1, n), mb = matrix_of(b, 1, n);
    info_ranking_agreement out;
    ck_assert_int_eq(info_ranking_compare(NULL, &ma, &mb, k, &out, 1), INFO_OK);
    return out;
}

/* scipy.stats.spearmanr and kendalltau (1.10.1). */
START_TEST(rank_correlations_agree_with_scipy)
{
    const double a[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}, b[] = {2, 7, 1, 8, 2, 8, 1, 8, 2, 8};
    const info_ranking_agreement ties = agreement(a, b, 10, 3);
    assert_near(ties.spearman, 0.13471506281091267, 1e-15, "spearman with ties");
    assert_near(ties.kendall, 0.13041013273932525, 1e-15, "kendall with ties");
    const double c[] = {.5, .1, .9, .3, .7}, d[] = {.4, .2, .8, .1, .9};
    const info_ranking_agreement plain = agreement(c, d, 5, 2);
    assert_near(plain.spearman, 0.8, 1e-15, "spearman");
    assert_near(plain.kendall, 0.6, 1e-15, "kendall");
    ck_assert_double_eq(plain.overlap, 1);
    ck_assert_double_eq(plain.jaccard, 1);
}
END_TEST

START_TEST(overlap_counts_the_highest_and_prefers_the_earlier_of_equals)
{
    const double a[] = {5, 4, 3, 0, 0, 0}, b[] = {0, 4, 0, 5, 0, 4};
    const info_ranking_agreement three = agreement(a, b, 6, 3); /* 0 1 2 and 3 1 5 */
    assert_near(three.overlap, 1.0 / 3, 1e-16, "overlap");
    assert_near(three.jaccard, 1.0 / 5, 1e-16, "jaccard");
    const info_ranking_agreement four = agreement(a, b, 6, 4); /* 0 1 2 3 and 3 1 5 0 */
    assert_near(four.overlap, 3.0 / 4, 1e-16, "overlap");
}
END_TEST

/* All pairs, counted one by one. */
static double kendall_by_pairs(const double *a, const double *b, int n)
{
    double score = 0, a_pairs = 0, b_pairs = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            const int x = (a[i] > a[j]) - (a[i] < a[j]), y = (b[i] > b[j]) - (b[i] < b[j]);
            score += x * y;
            a_pairs += x != 0;
            b_pairs += y != 0;
        }
    return score / sqrt(a_pairs * b_pairs);
}

START_TEST(kendall_by_sorting_is_kendall_by_pairs)
{
    uint64_t state = 31;
    for (int n = 2; n < 60; n++) {
        double a[60], b[60];
        for (int i = 0; i < n; i++) {
            a[i] = floor(8 * uniform(&state)) + (i == 0 ? 0.5 : 0); /* many ties, never all equal */
            b[i] = floor(8 * uniform(&state)) + (i == 1 ? 0.5 : 0);
        }
        assert_near(agreement(a, b, n, 1).kendall, kendall_by_pairs(a, b, n), 1e-14, "tau-b");
        ck_assert_double_eq(agreement(a, a, n, 1).spearman, 1);
        assert_near(agreement(a, a, n, 1).kendall, 1, 1e-15, "itself");
    }
}
END_TEST

START_TEST(rows_that_rank_nothing_are_counted)
{
    const double a[6] = {1, 2, 3, 4, 4, 4}, b[6] = {3, 2, 1, 1, 2, 3};
    const info_matrix ma = matrix_of(a, 2, 3), mb = matrix_of(b, 2, 3);
    info_ranking_agreement out[2];
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_ranking_compare(ctx, &ma, &mb, 1, out, 2), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
    ck_assert_double_eq(out[0].spearman, -1);
    ck_assert_double_eq(out[0].kendall, -1);
    ck_assert(isnan(out[1].spearman) && isnan(out[1].kendall));
    ck_assert_double_eq(out[1].overlap, 0);
    info_ctx_destroy(ctx);
}
END_TEST

/* The published first outputs of SplitMix64 for the seed 1234567. */
START_TEST(the_generator_is_splitmix64)
{
    uint64_t state = 1234567;
    ck_assert(info_i_random_bits(&state) == UINT64_C(6457827717110365317));
    ck_assert(info_i_random_bits(&state) == UINT64_C(3203168211198807973));
    ck_assert(info_i_random_bits(&state) == UINT64_C(9817491932198370423));
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++)
        counts[info_i_random_below(&state, 7)]++;
    for (int i = 0; i < 7; i++)
        ck_assert_int_lt(abs(counts[i] - 10000), 500); /* five deviations */
}
END_TEST

START_TEST(the_error_from_chosen_rows_is_the_regressions)
{
    uint64_t state = 32;
    double *z = random_rows(&state, 9, 6, 6), *t = random_rows(&state, 2, 6, 6), part[2 * 6], out[2];
    const int64_t indices[2 * 3] = {4, -1, 7, -1, -1, -1};
    memcpy(part, z + 4 * 6, 6 * sizeof *part);
    memcpy(part + 6, z + 7 * 6, 6 * sizeof *part);
    const info_matrix context = matrix_of(z, 9, 6), tokens = matrix_of(t, 2, 6), chosen = matrix_of(part, 2, 6),
                      first = matrix_of(t, 1, 6);
    double square = 0;
    for (int j = 0; j < 6; j++)
        square += t[j] * t[j];
    info_reconstruction_options options = {.struct_size = sizeof options, .strength = 0.2};
    const info_geometry_options ridge = {.struct_size = sizeof ridge, .ridge = 0.2};
    info_ridge_result result;
    ck_assert_int_eq(info_reconstruction_error(NULL, &context, &tokens, indices, 3, &options, out, 2), INFO_OK);
    ck_assert_int_eq(info_ridge(NULL, &chosen, &first, &ridge, NULL, &result, 1), INFO_OK);
    assert_near(out[0], result.residual / square, 1e-14, "ridge");
    ck_assert_double_eq(out[1], 1); /* from nothing */

    double largest = 0;
    for (int i = 0; i < 9; i++) {
        double inner = 0;
        for (int j = 0; j < 6; j++)
            inner += z[i * 6 + j] * t[j];
        largest = fmax(largest, fabs(inner));
    }
    const double penalty = 0.2 * largest;
    info_lasso_point point;
    options.method = INFO_RECONSTRUCT_LASSO;
    ck_assert_int_eq(info_reconstruction_error(NULL, &context, &tokens, indices, 3, &options, out, 2), INFO_OK);
    ck_assert_int_eq(info_lasso_path(NULL, &chosen, &first, &penalty, 1, NULL, NULL, &point, 1), INFO_OK);
    assert_near(out[0], point.residual / square, 1e-3, "lasso"); /* sqrt of the gaps */
    free(z);
    free(t);
}
END_TEST

/* z = 3 z_2 + small change: what the top token holds, and what is left without it. */
START_TEST(a_token_held_by_one_other_is_found_there)
{
    enum { CONTEXT = 20, WIDTH = 40 };
    uint64_t state = 33;
    double *z = random_rows(&state, CONTEXT, WIDTH, WIDTH), t[WIDTH], scores[CONTEXT] = {0};
    for (int j = 0; j < WIDTH; j++)
        t[j] = 3 * z[2 * WIDTH + j] + 0.05 * normal(&state);
    scores[2] = 1;
    const info_matrix context = matrix_of(z, CONTEXT, WIDTH), token = matrix_of(t, 1, WIDTH),
                      score = matrix_of(scores, 1, CONTEXT);
    for (info_reconstruction method = INFO_RECONSTRUCT_RIDGE; method <= INFO_RECONSTRUCT_LASSO; method++) {
        info_reconstruction_options options = {
            .struct_size = sizeof options, .method = method, .strength = 0.01, .draws = 60, .seed = 7};
        info_spread one, again, other, whole;
        ck_assert_int_eq(info_reconstruction_spread(NULL, &context, &token, &score, 1, &options, &one, 1), INFO_OK);
        ck_assert(one.all <= one.top * 1.01 && one.top < 0.01);
        ck_assert(one.without_top > 0.2 && one.random > 0.5 && one.without_random < 0.3);
        ck_assert(one.random_deviation > 0);
        ck_assert_int_eq(info_reconstruction_spread(NULL, &context, &token, &score, 1, &options, &again, 1), INFO_OK);
        ck_assert_int_eq(memcmp(&one, &again, sizeof one), 0); /* the seed decides */
        options.seed = 8;
        ck_assert_int_eq(info_reconstruction_spread(NULL, &context, &token, &score, 1, &options, &other, 1), INFO_OK);
        ck_assert_double_eq(one.top, other.top);
        ck_assert(one.random != other.random);
        ck_assert_int_eq(info_reconstruction_spread(NULL, &context, &token, &score, CONTEXT, &options, &whole, 1),
                         INFO_OK);
        assert_near(whole.top, one.all, 1e-9, "all of the context");
        ck_assert_double_eq(whole.without_top, 1);
        assert_near(whole.random, one.all, 1e-9, "in any order");
    }
    free(z);
}
END_TEST

START_TEST(bad_input_is_named)
{
    double z[6] = {1, 2, 3, 4, 5, 6}, t[3] = {1, 1, 1}, scores[2] = {1, 2}, value = -7;
    int64_t indices[2] = {0, 1};
    info_spread spread = {.all = -7};
    info_ranking_agreement ranking = {.overlap = -7};
    const info_matrix context = matrix_of(z, 2, 3), token = matrix_of(t, 1, 3), score = matrix_of(scores, 1, 2),
                      narrow = matrix_of(t, 1, 2);
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
#define REFUSED(call, status, text)                                                                                    \
    do {                                                                                                               \
        ck_assert_int_eq(call, status);                                                                                \
        ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);        \
        ck_assert(value == -7 && spread.all == -7 && ranking.overlap == -7);                                           \
    } while (0)
    REFUSED(info_ranking_compare(ctx, &token, &narrow, 1, &ranking, 1), INFO_ERROR_SIZE, "b");
    REFUSED(info_ranking_compare(ctx, &token, &token, 0, &ranking, 1), INFO_ERROR_SIZE, "k");
    REFUSED(info_ranking_compare(ctx, &token, &token, 4, &ranking, 1), INFO_ERROR_SIZE, "k");
    REFUSED(info_ranking_compare(ctx, &token, &token, 1, &ranking, 0), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_reconstruction_error(ctx, &context, &narrow, indices, 2, NULL, &value, 1), INFO_ERROR_SIZE, "tokens");
    REFUSED(info_reconstruction_error(ctx, &context, &token, NULL, 2, NULL, &value, 1), INFO_ERROR_NULL, "indices");
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 3, NULL, &value, 1), INFO_ERROR_SIZE, "k");
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, NULL, &value, 0), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_reconstruction_spread(ctx, &context, &token, &token, 1, NULL, &spread, 1), INFO_ERROR_SIZE, "scores");
    REFUSED(info_reconstruction_spread(ctx, &context, &token, &score, 3, NULL, &spread, 1), INFO_ERROR_SIZE, "k");
    info_reconstruction_options options = {.struct_size = sizeof options, .draws = -1};
    REFUSED(info_reconstruction_spread(ctx, &context, &token, &score, 1, &options, &spread, 1), INFO_ERROR_OPTION,
            "draws");
    options = (info_reconstruction_options){.struct_size = sizeof options, .method = 2};
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, &options, &value, 1), INFO_ERROR_OPTION,
            "method");
    options = (info_reconstruction_options){.struct_size = sizeof options, .strength = -1};
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, &options, &value, 1), INFO_ERROR_OPTION,
            "strength");
    indices[1] = 2;
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, NULL, &value, 1), INFO_ERROR_TARGET,
            "indices");
    indices[1] = -2;
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, NULL, &value, 1), INFO_ERROR_TARGET,
            "indices");
    scores[1] = NAN;
    REFUSED(info_reconstruction_spread(ctx, &context, &token, &score, 1, NULL, &spread, 1), INFO_ERROR_DOMAIN,
            "scores: element (0, 1)");
    t[0] = t[1] = t[2] = 0;
    REFUSED(info_reconstruction_error(ctx, &context, &token, indices, 2, NULL, &value, 1), INFO_ERROR_DOMAIN,
            "tokens: row 0");
#undef REFUSED
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rank_correlations_agree_with_scipy,
        overlap_counts_the_highest_and_prefers_the_earlier_of_equals,
        kendall_by_sorting_is_kendall_by_pairs,
        rows_that_rank_nothing_are_counted,
        the_generator_is_splitmix64,
        the_error_from_chosen_rows_is_the_regressions,
        a_token_held_by_one_other_is_found_there,
        bad_input_is_named,
        NULL,
    };
    return run_tests("geometry selection", tests);
}
