/* SPDX-License-Identifier: MIT
 * Summaries of scored tokens. */
#include "lm_support.h"

START_TEST(bits_per_byte_and_word_perplexity_are_their_definitions)
{
    const double log_p[5] = {-1, -2, -0.5, -3, -1.5}, bytes[5] = {3, 1, 4, 0, 2};
    const int64_t documents[5] = {7, 7, 3, 3, 3};
    const info_score_options options = {
        .struct_size = sizeof options, .units = bytes, .units_len = 5, .clusters = documents, .clusters_len = 5};
    info_likelihood_result r;
    ck_assert_int_eq(info_likelihood_summarize(NULL, log_p, 5, &options, &r), INFO_OK);
    assert_close(r.total_nll, 8, 1e-15);
    assert_close(r.mean_nll, 1.6, 1e-15);
    assert_close(r.perplexity, exp(1.6), 1e-15);
    assert_close(r.bits_per_unit, 8 / (10 * log(2)), 1e-15);
    assert_close(r.unit_perplexity, exp(0.8), 1e-15);
    ck_assert_int_eq(r.clusters, 2);
    /* (x - m): -.6 .4 -1.1 1.4 -.1; squares 3.7; document sums -.2 and .2 */
    assert_close(r.standard_error, sqrt(3.7 / 20), 1e-14);
    assert_close(r.clustered_error, sqrt(2 * (0.04 + 0.04)) / 5, 1e-13);
    /* residuals of x - .8 bytes: 3 - 3.2 and 5 - 4.8 */
    assert_close(r.bits_per_unit_error, sqrt(2 * (0.04 + 0.04)) / 10 / log(2), 1e-13);
}
END_TEST

START_TEST(a_document_repeated_does_not_make_the_clustered_error_smaller)
{
    double log_p[60];
    int64_t documents[60];
    info_likelihood_result once, tenfold;
    for (int i = 0; i < 60; i++) {
        log_p[i] = -(double)(i / 10 % 6) - 1;
        documents[i] = i / 10;
    }
    const double six[6] = {-1, -2, -3, -4, -5, -6};
    const info_score_options options = {.struct_size = sizeof options, .clusters = documents, .clusters_len = 60};
    info_likelihood_summarize(NULL, six, 6, NULL, &once);
    info_likelihood_summarize(NULL, log_p, 60, &options, &tenfold);
    assert_close(tenfold.clustered_error, once.standard_error, 1e-14);
    ck_assert_double_lt(tenfold.standard_error, once.standard_error / 3);
}
END_TEST

START_TEST(nan_is_left_out_and_counted)
{
    const double log_p[3] = {-1, NAN, -3}, none[2] = {NAN, NAN};
    info_likelihood_result r;
    ck_assert_int_eq(info_likelihood_summarize(NULL, log_p, 3, NULL, &r), INFO_OK);
    ck_assert_int_eq(r.tokens, 2);
    ck_assert_int_eq(r.skipped, 1);
    assert_close(r.mean_nll, 2, 1e-15);
    ck_assert_int_eq(info_likelihood_summarize(NULL, none, 2, NULL, &r), INFO_OK);
    ck_assert_int_eq(r.tokens, 0);
    ck_assert_double_eq(r.mean_nll, 0);
    ck_assert_double_eq(r.perplexity, 1);
    ck_assert_double_eq(r.bits_per_unit, 0);
}
END_TEST

/* The formulas of the report, sum by sum, in long double. */
START_TEST(the_comparison_is_llama_cpps_report)
{
    enum { N = 101 };
    uint64_t state = 5;
    double p[N], q[N], kl[N];
    int32_t same[N];
    long double a = 0, b = 0, aa = 0, bb = 0, ab = 0, d = 0, dd = 0, dddd = 0, k = 0, kk = 0;
    int tops = 0;
    for (int i = 0; i < N; i++) {
        p[i] = -3 * uniform(&state);
        q[i] = p[i] - 0.1 * uniform(&state);
        kl[i] = (double)((i * 37) % N); /* 0 .. 100 in disorder */
        same[i] = i % 4 != 0;
        tops += same[i];
        const long double delta = expl(q[i]) - expl(p[i]);
        a += -q[i], b += -p[i], aa += (long double)q[i] * q[i], bb += (long double)p[i] * p[i];
        ab += (long double)p[i] * q[i], d += delta, dd += delta * delta, dddd += delta * delta * delta * delta;
        k += kl[i], kk += kl[i] * kl[i];
    }
    const long double n = N, ma = a / n, mb = b / n, sa = sqrtl((aa / n - ma * ma) / (n - 1)),
                      sb = sqrtl((bb / n - mb * mb) / (n - 1)), cov = (ab / n - ma * mb) / (n - 1);
    const info_pair_scores scores = {.struct_size = sizeof scores,
                                     .count = N,
                                     .log_probability_p = p,
                                     .log_probability_q = q,
                                     .kl = kl,
                                     .same_top = same};
    info_pair_summary r;
    ck_assert_int_eq(info_pair_summarize(NULL, &scores, NULL, &r), INFO_OK);
    assert_close(r.nll_q, (double)ma, 1e-14);
    assert_close(r.nll_p_error, (double)sb, 1e-12);
    assert_close(r.perplexity_q, (double)expl(ma), 1e-14);
    assert_close(r.perplexity_q_error, (double)(expl(ma) * sa), 1e-12);
    assert_close(r.correlation, (double)(cov / (sa * sb)), 1e-12);
    assert_close(r.log_ratio, (double)(ma - mb), 1e-12);
    assert_close(r.log_ratio_error, (double)sqrtl(sa * sa + sb * sb - 2 * cov), 1e-9);
    assert_close(r.log_ratio_clustered_error, r.log_ratio_error, 1e-12); /* each token a document */
    assert_close(r.ratio, (double)expl(ma - mb), 1e-14);
    const long double ua = expl(ma) * sa, ub = expl(mb) * sb;
    assert_close(r.difference_error, (double)sqrtl(ua * ua + ub * ub - 2 * expl(ma + mb) * cov), 1e-9);
    assert_close(r.delta_p, (double)(d / n), 1e-12);
    const long double rms = sqrtl(dd / n);
    assert_close(r.delta_p_rms, (double)rms, 1e-12);
    assert_close(r.delta_p_rms_error, (double)(0.5L / rms * sqrtl((dddd / n - dd / n * dd / n) / (n - 1))), 1e-10);
    assert_close(r.kl, (double)(k / n), 1e-14);
    assert_close(r.kl_error, (double)sqrtl((kk / n - k / n * k / n) / (n - 1)), 1e-12);
    const double levels[INFO_PERCENTILES] = {0, .1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100};
    for (int i = 0; i < INFO_PERCENTILES; i++)
        assert_within(r.kl_percentiles[i], levels[i], 1e-12); /* 101 whole numbers: the level itself */
    assert_close(r.same_top, (double)tops / N, 1e-15);
    assert_close(r.same_top_error, sqrt(r.same_top * (1 - r.same_top) / (N - 1)), 1e-15);
}
END_TEST

START_TEST(identical_models_differ_by_exactly_nothing)
{
    const double p[4] = {-0.5, -1.25, -3, -0.125};
    const info_pair_scores scores = {
        .struct_size = sizeof scores, .count = 4, .log_probability_p = p, .log_probability_q = p};
    info_pair_summary r;
    ck_assert_int_eq(info_pair_summarize(NULL, &scores, NULL, &r), INFO_OK);
    ck_assert_double_eq(r.log_ratio, 0);
    ck_assert_double_eq(r.log_ratio_error, 0);
    ck_assert_double_eq(r.ratio, 1);
    ck_assert_double_eq(r.delta_p_rms, 0);
    assert_close(r.correlation, 1, 1e-14);
}
END_TEST

START_TEST(sampled_estimators)
{
    const double log_p[4] = {-1, -2, -1, -0.5}, log_q[4] = {-1.5, -1.5, -1, -1};
    const int64_t sequences[4] = {0, 0, 1, 1};
    const info_score_options options = {.struct_size = sizeof options, .clusters = sequences, .clusters_len = 4};
    info_sampled_kl_result r;
    ck_assert_int_eq(info_sampled_kl(NULL, log_p, log_q, 4, &options, &r), INFO_OK);
    ck_assert_int_eq(r.sequences, 2);
    assert_close(r.k1.token_mean, 0.5 / 4, 1e-15); /* .5 -.5 0 .5 */
    assert_close(r.k1.sequence_mean, 0.25, 1e-15);
    assert_close(r.k1.sequence_error, 0.25, 1e-15); /* sums 0 and .5 */
    /* Residuals of the sequences from their tokens' mean of 1/8: -1/4 and 1/4. */
    assert_close(r.k1.token_error, sqrt(2 * 2 * 0.0625) / 4, 1e-15);
    assert_close(r.k2.token_mean, 3 * 0.125 / 4, 1e-15);
    assert_close(r.k3.token_mean, (2 * (exp(-0.5) - 0.5) + exp(0.5) - 1.5) / 4, 1e-14);
    /* Without sequences tokens are independent. */
    info_sampled_kl_result alone;
    ck_assert_int_eq(info_sampled_kl(NULL, log_p, log_q, 4, NULL, &alone), INFO_OK);
    assert_close(alone.k1.token_error, sqrt((2 * 0.375 * 0.375 + 0.625 * 0.625 + 0.125 * 0.125) / 12), 1e-15);
    ck_assert_double_eq(alone.k1.token_error, alone.k1.sequence_error);
    /* Near equality exp(r) - 1 - r has no digit left; k3 has. */
    const double p = -1, q = -1 + 1e-9;
    ck_assert_int_eq(info_sampled_kl(NULL, &p, &q, 1, NULL, &r), INFO_OK);
    const double difference = q - p;
    assert_close(r.k3.token_mean, difference * difference / 2, 1e-8);
    const double certain = NINF;
    ck_assert_int_eq(info_sampled_kl(NULL, &certain, &q, 1, NULL, &r), INFO_ERROR_DOMAIN);
}
END_TEST

START_TEST(bad_arguments_are_named)
{
    const double positive[2] = {-1, 0.5}, good[2] = {-1, -2}, units[2] = {1, -1};
    const int64_t clusters[2] = {0, 0};
    info_likelihood_result r;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_likelihood_summarize(ctx, positive, 2, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "log_probabilities: 0.5 at 1"));
    ck_assert_int_eq(info_likelihood_summarize(ctx, good, 0, NULL, &r), INFO_ERROR_SIZE);
    info_score_options options = {.struct_size = sizeof options, .units = units, .units_len = 2};
    ck_assert_int_eq(info_likelihood_summarize(ctx, good, 2, &options, &r), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "units"));
    options = (info_score_options){.struct_size = sizeof options, .clusters = clusters, .clusters_len = 1};
    ck_assert_int_eq(info_likelihood_summarize(ctx, good, 2, &options, &r), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "clusters"));
    const info_pair_scores half = {.struct_size = sizeof half, .count = 2, .log_probability_p = good};
    info_pair_summary summary;
    ck_assert_int_eq(info_pair_summarize(ctx, &half, NULL, &summary), INFO_ERROR_NULL);
    info_ctx_destroy(ctx);
}
END_TEST

/* f32 arithmetic leaves log p of a certain token slightly above 0; 16 bits leave it 1e-3 above. */
START_TEST(log_probabilities_above_zero_by_rounding_are_taken_as_zero_and_counted)
{
    const double log_p[3] = {1e-7, -1, NAN}, rough[3] = {3e-3, -1, NAN}, zero[3] = {0, -1, NAN};
    for (int k = 0; k < 2; k++) {
        const double *x = k == 0 ? log_p : rough;
        const info_score_options o = {.struct_size = sizeof o, .precision = k == 0 ? INFO_F64 : INFO_BF16};
        info_likelihood_result r;
        info_pair_summary s;
        info_sampled_kl_result d;
        info_min_k_result m;
        ck_assert_int_eq(info_likelihood_summarize(NULL, x, 3, &o, &r), INFO_OK);
        ck_assert_double_eq(r.total_nll, 1);
        ck_assert_int_eq(r.above_zero, 1);
        const info_pair_scores p = {
            .struct_size = sizeof p, .count = 3, .log_probability_p = x, .log_probability_q = x};
        ck_assert_int_eq(info_pair_summarize(NULL, &p, &o, &s), INFO_OK);
        ck_assert_double_eq(s.nll_p, .5);
        ck_assert_int_eq(s.above_zero, 2);
        ck_assert_int_eq(info_sampled_kl(NULL, x, zero, 3, &o, &d), INFO_OK);
        ck_assert_double_eq(d.k1.token_mean, 0);
        ck_assert_int_eq(d.above_zero, 1);
        const info_token_scores t = {
            .struct_size = sizeof t, .count = 3, .log_probability = x, .precision = o.precision};
        ck_assert_int_eq(info_min_k(NULL, &t, 1, &m, NULL, 0), INFO_OK);
        ck_assert_double_eq(m.min_k, -.5);
        ck_assert_int_eq(m.above_zero, 1);
    }
    info_likelihood_result r;
    ck_assert_int_eq(info_likelihood_summarize(NULL, rough, 3, NULL, &r), INFO_ERROR_DOMAIN);
}
END_TEST

/* q = p + e (1, -1, 1, -1): every difference has a closed form, however small e. */
START_TEST(near_equal_models_keep_the_digits_of_their_differences)
{
    const double p[4] = {-1, -2, -1.5, -3};
    for (double e = 1e-3; e > 1e-9; e /= 10) {
        double q[4], ratio[4], mean = 0, squares = 0;
        for (int i = 0; i < 4; i++) {
            q[i] = p[i] + (i % 2 ? -3 * e : e);
            mean += (ratio[i] = p[i] - q[i]) / 4;
        }
        for (int i = 0; i < 4; i++)
            squares += (ratio[i] - mean) * (ratio[i] - mean);
        const info_pair_scores s = {
            .struct_size = sizeof s, .count = 4, .log_probability_p = p, .log_probability_q = q};
        info_pair_summary r;
        ck_assert_int_eq(info_pair_summarize(NULL, &s, NULL, &r), INFO_OK);
        assert_close(r.log_ratio, mean, 1e-15);
        assert_close(r.log_ratio_error, sqrt(squares / 12), 1e-14);
        assert_close(r.difference, exp(1.875) * expm1(mean), 1e-14);
        double linear = 0;
        for (int i = 0; i < 4; i++) {
            const double term = exp(1.875 + mean) * (ratio[i] - mean) + r.difference * (-p[i] - 1.875);
            linear += term * term;
        }
        assert_close(r.difference_error, sqrt(linear / 12), 1e-13);
        ck_assert_double_gt(r.difference_error, e);
    }
}
END_TEST

START_TEST(no_bytes_are_no_perfect_score)
{
    const double log_p[2] = {-1, -2}, bytes[2] = {0, 0};
    const info_score_options o = {.struct_size = sizeof o, .units = bytes, .units_len = 2};
    info_likelihood_result r;
    ck_assert_int_eq(info_likelihood_summarize(NULL, log_p, 2, &o, &r), INFO_OK);
    ck_assert_double_eq(r.bits_per_unit, INFINITY);
    ck_assert_double_eq(r.unit_perplexity, INFINITY);
}
END_TEST

START_TEST(scores_that_no_comparison_gives_are_refused)
{
    const double p[2] = {-1, -2}, kl[2] = {.1, -1e-9};
    const int32_t same[2] = {1, 2};
    info_pair_scores s = {
        .struct_size = sizeof s, .count = 2, .log_probability_p = p, .log_probability_q = p, .kl = kl};
    info_pair_summary r;
    ck_assert_int_eq(info_pair_summarize(NULL, &s, NULL, &r), INFO_ERROR_DOMAIN);
    s.kl = NULL;
    s.same_top = same;
    ck_assert_int_eq(info_pair_summarize(NULL, &s, NULL, &r), INFO_ERROR_DOMAIN);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {bits_per_byte_and_word_perplexity_are_their_definitions,
                                  a_document_repeated_does_not_make_the_clustered_error_smaller,
                                  nan_is_left_out_and_counted,
                                  the_comparison_is_llama_cpps_report,
                                  identical_models_differ_by_exactly_nothing,
                                  sampled_estimators,
                                  bad_arguments_are_named,
                                  log_probabilities_above_zero_by_rounding_are_taken_as_zero_and_counted,
                                  near_equal_models_keep_the_digits_of_their_differences,
                                  no_bytes_are_no_perfect_score,
                                  scores_that_no_comparison_gives_are_refused,
                                  NULL};
    return run_tests("lm summary", tests);
}
