/* SPDX-License-Identifier: MIT
 * Estimators of entropy from counts: published values, closed forms, laws and bad input. Their formulas
 * stand in ball arithmetic in tests/oracle/samples.c. */
#include "samples.h"

static info_sample_estimate estimate(const int64_t *counts, int64_t count, info_estimator estimator, int64_t alphabet)
{
    const info_estimator_options options = {
        .struct_size = sizeof options, .estimator = estimator, .alphabet = alphabet};
    info_sample_estimate e;
    ck_assert_int_eq(info_estimate_entropy(NULL, counts, count, &options, &e), INFO_OK);
    return e;
}

/* Integrated over xi; over beta it would be another number (infomeasure, DiscreteEntropy.jl). */
START_TEST(nsb_integrates_over_the_expected_entropy)
{
    const int64_t counts[] = {1, 2, 3, 2, 1};
    const double value = estimate(counts, 5, INFO_ESTIMATOR_NSB, 5).value;
    ck_assert_msg(fabs(value - 1.50901) < 5e-6, "%.9g", value);
}
END_TEST

/* Means over draws of ten from Zipf's law on ten symbols, published to three digits; here of 20 000 draws. */
START_TEST(means_over_small_samples_of_zipf_are_as_published)
{
    enum { K = 10, N = 10, DRAWS = 20000 };
    static const struct {
        info_estimator estimator;
        double mean;
    } published[] = {{INFO_ESTIMATOR_PLUG_IN, 1.517},
                     {INFO_ESTIMATOR_MILLER_MADOW, 1.740},
                     {INFO_ESTIMATOR_CHAO_SHEN, 1.976},
                     {INFO_ESTIMATOR_GRASSBERGER_2003, 1.970}};
    double p[K], sum = 0, truth = 0, mean[4] = {0}, square[4] = {0};
    for (int i = 0; i < K; i++)
        sum += p[i] = 1.0 / (i + 1);
    for (int i = 0; i < K; i++)
        truth -= p[i] / sum * log(p[i] / sum);
    ck_assert(fabs(truth - 1.994) < 5e-4);
    uint64_t seed = 2024;
    for (int d = 0; d < DRAWS; d++) {
        int64_t counts[K] = {0};
        for (int n = 0; n < N; n++) {
            double u = next_uniform(&seed) * sum;
            int i = 0;
            while (i < K - 1 && u >= p[i])
                u -= p[i++];
            counts[i]++;
        }
        for (int e = 0; e < 4; e++) {
            const double value = estimate(counts, K, published[e].estimator, 0).value;
            mean[e] += value / DRAWS;
            square[e] += value * value / DRAWS;
        }
    }
    for (int e = 0; e < 4; e++) {
        const double deviation = sqrt((square[e] - mean[e] * mean[e]) / DRAWS);
        ck_assert_msg(fabs(mean[e] - published[e].mean) < 5e-4 + 4 * deviation, "estimator %d: %.4f for %.4f",
                      published[e].estimator, mean[e], published[e].mean);
    }
}
END_TEST

START_TEST(large_samples_need_no_estimator)
{
    enum { K = 40 };
    int64_t counts[K];
    double truth = 0, whole = 0;
    for (int i = 0; i < K; i++)
        whole += (double)(counts[i] = INT64_C(1000000000000) * (i + 1));
    for (int i = 0; i < K; i++)
        truth -= (double)counts[i] / whole * log((double)counts[i] / whole);
    for (info_estimator e = INFO_ESTIMATOR_PLUG_IN; e <= INFO_ESTIMATOR_CHAO_WANG_JOST; e++)
        ck_assert_msg(fabs(estimate(counts, K, e, 0).value - truth) < 1e-12, "estimator %d: %.17g for %.17g", e,
                      estimate(counts, K, e, 0).value, truth);
}
END_TEST

START_TEST(counts_of_zero_and_the_order_of_symbols_change_nothing)
{
    const int64_t counts[] = {5, 1, 0, 2, 9, 1, 0}, other[] = {1, 9, 2, 5, 1};
    for (info_estimator e = INFO_ESTIMATOR_PLUG_IN; e <= INFO_ESTIMATOR_CHAO_WANG_JOST; e++)
        assert_same_bits(estimate(counts, 7, e, 12).value, estimate(other, 5, e, 12).value);
}
END_TEST

START_TEST(one_symbol_and_all_singletons_are_flagged)
{
    const int64_t one[] = {0, 7, 0}, once[] = {1, 1, 1, 1};
    for (info_estimator e = INFO_ESTIMATOR_PLUG_IN; e <= INFO_ESTIMATOR_CHAO_WANG_JOST; e++) {
        const info_sample_estimate single = estimate(one, 3, e, 1), all = estimate(once, 4, e, 0);
        ck_assert_int_eq(single.flags & INFO_ESTIMATE_ONE_SYMBOL, INFO_ESTIMATE_ONE_SYMBOL);
        ck_assert(isfinite(single.value));
        ck_assert_int_eq(all.flags & (INFO_ESTIMATE_ALL_SINGLETONS | INFO_ESTIMATE_LOW_COVERAGE),
                         INFO_ESTIMATE_ALL_SINGLETONS | INFO_ESTIMATE_LOW_COVERAGE);
        ck_assert(isfinite(all.value));
        assert_same_bits(all.coverage, 0);
        assert_close(all.plug_in, log(4), 1e-15);
    }
    assert_same_bits(estimate(one, 3, INFO_ESTIMATOR_PLUG_IN, 0).value, 0);
}
END_TEST

/* Not clipped: a caller who averages estimates needs them as they are. */
START_TEST(estimates_outside_the_range_are_returned_and_flagged)
{
    const int64_t pair[] = {1, 1}, one[] = {2};
    const info_sample_estimate above = estimate(pair, 2, INFO_ESTIMATOR_MILLER_MADOW, 2);
    assert_close(above.value, log(2) + 0.25, 1e-15);
    ck_assert_int_eq(above.flags & INFO_ESTIMATE_ABOVE_MAXIMUM, INFO_ESTIMATE_ABOVE_MAXIMUM);
    /* log 2 - psi(2) - 1/3 */
    const info_sample_estimate below = estimate(one, 1, INFO_ESTIMATOR_GRASSBERGER_1988, 0);
    assert_close(below.value, log(2) - (1 - 0.57721566490153286) - 1.0 / 3, 1e-14);
    ck_assert_int_eq(below.flags & INFO_ESTIMATE_NEGATIVE, INFO_ESTIMATE_NEGATIVE);
}
END_TEST

START_TEST(priors_are_their_pseudo_counts)
{
    const int64_t counts[] = {3, 1, 0, 5};
    const info_prior priors[] = {INFO_PRIOR_JEFFREYS, INFO_PRIOR_LAPLACE, INFO_PRIOR_PERKS, INFO_PRIOR_MINIMAX};
    const double amounts[] = {0.5, 1, 0.25, 0.75};
    for (int estimator = INFO_ESTIMATOR_DIRICHLET; estimator <= INFO_ESTIMATOR_POSTERIOR_MEAN; estimator++)
        for (int k = 0; k < 4; k++) {
            info_estimator_options named = {.struct_size = sizeof named, .estimator = estimator, .prior = priors[k]};
            info_estimator_options amount = {.struct_size = sizeof amount,
                                             .estimator = estimator,
                                             .prior = INFO_PRIOR_AMOUNT,
                                             .pseudo_count = amounts[k]};
            info_sample_estimate a, b;
            ck_assert_int_eq(info_estimate_entropy(NULL, counts, 4, &named, &a), INFO_OK);
            ck_assert_int_eq(info_estimate_entropy(NULL, counts, 4, &amount, &b), INFO_OK);
            assert_same_bits(a.value, b.value);
        }
}
END_TEST

/* Counts (1, 1), a uniform prior: shares are Beta(2, 2), whose entropy has mean 7/12 and second moment by quadrature. */
START_TEST(posterior_errors_are_those_of_the_posterior)
{
    const int64_t counts[] = {1, 1};
    info_estimator_options options = {.struct_size = sizeof options,
                                      .estimator = INFO_ESTIMATOR_POSTERIOR_MEAN,
                                      .prior = INFO_PRIOR_LAPLACE,
                                      .uncertainty = INFO_UNCERTAINTY_POSTERIOR};
    info_sample_estimate e;
    ck_assert_int_eq(info_estimate_entropy(NULL, counts, 2, &options, &e), INFO_OK);
    double mean = 0, square = 0;
    enum { STEPS = 1000000 };
    for (int i = 0; i < STEPS; i++) {
        const double p = (i + 0.5) / STEPS, h = -p * log(p) - (1 - p) * log1p(-p), density = 6 * p * (1 - p);
        mean += density * h / STEPS;
        square += density * h * h / STEPS;
    }
    assert_close(e.value, 7.0 / 12, 1e-14);
    assert_close(e.value, mean, 1e-10);
    assert_close(e.standard_error, sqrt(square - mean * mean), 1e-8);
    /* NSB's posterior is that of a mixture: wider than the narrowest, and the interval holds the value. */
    options.prior = INFO_PRIOR_JEFFREYS;
    options.estimator = INFO_ESTIMATOR_NSB;
    options.confidence = 0.5;
    ck_assert_int_eq(info_estimate_entropy(NULL, counts, 2, &options, &e), INFO_OK);
    ck_assert(e.lower < e.value && e.value < e.upper);
    assert_close(e.upper - e.value, 0.67448975019608171 * e.standard_error, 1e-12);
}
END_TEST

/* The deviation of the estimates of many samples is what a sample's own error says, within the noise of both. */
START_TEST(errors_are_the_deviation_over_samples)
{
    enum { K = 6, N = 400, DRAWS = 2000 };
    const double p[K] = {0.4, 0.25, 0.15, 0.1, 0.07, 0.03};
    double mean = 0, square = 0, delta = 0, boot = 0;
    int inside = 0;
    double truth = 0;
    for (int i = 0; i < K; i++)
        truth -= p[i] * log(p[i]);
    uint64_t seed = 77;
    for (int d = 0; d < DRAWS; d++) {
        int64_t counts[K] = {0};
        for (int n = 0; n < N; n++) {
            double u = next_uniform(&seed);
            int i = 0;
            while (i < K - 1 && u >= p[i])
                u -= p[i++];
            counts[i]++;
        }
        info_estimator_options options = {.struct_size = sizeof options,
                                          .estimator = INFO_ESTIMATOR_MILLER_MADOW,
                                          .uncertainty = INFO_UNCERTAINTY_DELTA,
                                          .seed = (uint64_t)d};
        info_sample_estimate e;
        ck_assert_int_eq(info_estimate_entropy(NULL, counts, K, &options, &e), INFO_OK);
        mean += e.value / DRAWS;
        square += e.value * e.value / DRAWS;
        delta += e.standard_error / DRAWS;
        inside += e.lower <= truth && truth <= e.upper;
        if (d % 20 == 0) {
            options.uncertainty = INFO_UNCERTAINTY_BOOTSTRAP;
            ck_assert_int_eq(info_estimate_entropy(NULL, counts, K, &options, &e), INFO_OK);
            boot += e.standard_error / (DRAWS / 20);
        }
    }
    const double deviation = sqrt(square - mean * mean);
    /* A deviation of 2000 samples is good to 1 / sqrt(4000) = 1.6 %; of 100 bootstraps' mean, to as much. */
    assert_close(delta, deviation, 0.06);
    assert_close(boot, deviation, 0.06);
    /* 95 % of the intervals hold the truth: 1900 +- 4 sqrt(2000 0.05 0.95). */
    ck_assert_msg(abs(inside - 1900) < 45, "%d of 2000 intervals hold the truth", inside);
}
END_TEST

START_TEST(bad_input_is_named)
{
    info_ctx *ctx = make_ctx(1);
    const int64_t counts[] = {1, -2, 3}, zeros[] = {0, 0}, fine[] = {1, 2}, huge[] = {INT64_MAX, 1};
    info_sample_estimate e = {.value = 42};
    info_estimator_options options = {.struct_size = sizeof options};
#define CALL(array, count) info_estimate_entropy(ctx, array, count, &options, &e)
    assert_fails(ctx, CALL(counts, 3), INFO_ERROR_DOMAIN, "counts: element 1 is -2");
    assert_fails(ctx, CALL(zeros, 2), INFO_ERROR_DOMAIN, "counts: all are 0");
    assert_fails(ctx, CALL(huge, 2), INFO_ERROR_OVERFLOW, "counts: ");
    assert_fails(ctx, CALL(fine, 0), INFO_ERROR_SIZE, "count: 0");
    assert_fails(ctx, CALL(NULL, 2), INFO_ERROR_NULL, "counts: ");
    assert_fails(ctx, info_estimate_entropy(ctx, fine, 2, &options, NULL), INFO_ERROR_NULL, "out: ");
    options.alphabet = 1;
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_DOMAIN, "options.alphabet: 1, but 2");
    options.alphabet = -1;
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.alphabet: -1");
    options = (info_estimator_options){.struct_size = sizeof options, .estimator = 13};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.estimator: 13");
    options = (info_estimator_options){.struct_size = sizeof options, .prior = INFO_PRIOR_PERKS};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.prior: 2");
    options = (info_estimator_options){.struct_size = sizeof options, .pseudo_count = 0.5};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.pseudo_count: 0.5");
    options = (info_estimator_options){
        .struct_size = sizeof options, .estimator = INFO_ESTIMATOR_DIRICHLET, .prior = INFO_PRIOR_AMOUNT};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.pseudo_count: 0 is");
    options = (info_estimator_options){.struct_size = sizeof options, .uncertainty = INFO_UNCERTAINTY_POSTERIOR};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.uncertainty: ");
    options = (info_estimator_options){.struct_size = sizeof options, .confidence = 1};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.confidence: 1");
    options = (info_estimator_options){.struct_size = sizeof options, .replicates = 1};
    assert_fails(ctx, CALL(fine, 2), INFO_ERROR_OPTION, "options.replicates: 1");
    assert_same_bits(e.value, 42);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {nsb_integrates_over_the_expected_entropy,
                                  means_over_small_samples_of_zipf_are_as_published,
                                  large_samples_need_no_estimator,
                                  counts_of_zero_and_the_order_of_symbols_change_nothing,
                                  one_symbol_and_all_singletons_are_flagged,
                                  estimates_outside_the_range_are_returned_and_flagged,
                                  priors_are_their_pseudo_counts,
                                  posterior_errors_are_those_of_the_posterior,
                                  errors_are_the_deviation_over_samples,
                                  bad_input_is_named,
                                  NULL};
    return run_tests("estimators of entropy", tests);
}
