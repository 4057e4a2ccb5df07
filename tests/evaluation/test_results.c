/* SPDX-License-Identifier: MIT
 * What states report: the one-shot functions, closed forms, and a second reckoning in long double. */
#include <float.h>

#include "evaluation_support.h"
#include "evaluation/histogram.h"

static data_set data;

static info_evaluation *state_of(info_evaluation_options o)
{
    info_evaluation *state = new_state(&o);
    update(state, &data, 0, TOKENS);
    return state;
}

/* The one-shot functions sum with compensation, n = 2000: good to about 1e-13 where they cancel. */
START_TEST(likelihoods_agree_with_the_one_shot_summary)
{
    data_set_make(&data, 21);
    const info_score_options score = {.struct_size = sizeof score,
                                      .units = data.bytes,
                                      .units_len = TOKENS,
                                      .clusters = data.document,
                                      .clusters_len = TOKENS};
    info_likelihood_result once;
    for (int i = 0; i < TOKENS; i++)
        if (data.right_p[i] < 0)
            data.right_p[i] = 0;
    ck_ok(info_likelihood_summarize(NULL, data.p, TOKENS, &score, &once));
    info_evaluation *state = state_of(options_of(INFO_EVALUATION_LIKELIHOOD, 0, 1));
    info_likelihood_evaluation r;
    ck_ok(info_evaluation_likelihood(NULL, state, &r));
    ck_assert_int_eq(r.likelihood.tokens, once.tokens);
    ck_assert_int_eq(r.likelihood.skipped, once.skipped);
    ck_assert_int_eq(r.likelihood.clusters, once.clusters);
    assert_close(r.likelihood.units, once.units, 1e-15);
    assert_close(r.likelihood.total_nll, once.total_nll, 1e-14);
    assert_close(r.likelihood.mean_nll, once.mean_nll, 1e-14);
    assert_close(r.likelihood.standard_error, once.standard_error, 1e-13);
    assert_close(r.likelihood.clustered_error, once.clustered_error, 1e-12);
    assert_close(r.likelihood.perplexity, once.perplexity, 1e-13);
    assert_close(r.likelihood.bits_per_unit, once.bits_per_unit, 1e-14);
    assert_close(r.likelihood.bits_per_unit_error, once.bits_per_unit_error, 1e-12);
    assert_close(r.likelihood.unit_perplexity, once.unit_perplexity, 1e-13);
    info_evaluation_destroy(state);
}
END_TEST

START_TEST(calibration_agrees_with_the_one_shot_table)
{
    data_set_make(&data, 22);
    data.p[17] = -1;
    enum { BINS = 10 };
    double edges[BINS + 1];
    for (int i = 0; i <= BINS; i++)
        edges[i] = (double)i / BINS;
    data.top[3] = 1;
    const info_calibration_options co = {.struct_size = sizeof co, .bins = BINS};
    info_calibration_result once;
    info_calibration_bin table[BINS];
    ck_ok(info_calibration(NULL, data.top, data.right_p, TOKENS, &co, table, BINS, &once));
    info_evaluation_options o = options_of(INFO_EVALUATION_LIKELIHOOD, 0, 1);
    o.confidence_edges = edges;
    o.confidence_edges_len = BINS + 1;
    info_evaluation *state = state_of(o);
    info_likelihood_evaluation r;
    info_evaluation_bin bins[BINS];
    ck_ok(info_evaluation_likelihood(NULL, state, &r));
    ck_assert_int_eq(r.calibration.samples, once.samples);
    assert_close(r.calibration.accuracy, once.accuracy, 1e-14);
    assert_close(r.calibration.confidence, once.confidence, 1e-14);
    assert_close(r.calibration.ece, once.ece, 1e-13);
    assert_close(r.calibration.rms, once.rms, 1e-13);
    assert_close(r.calibration.mce, once.mce, 1e-13);
    assert_close(r.calibration.brier, once.brier, 1e-14);
    ck_ok(info_evaluation_bins(NULL, state, INFO_AXIS_CONFIDENCE, INFO_LIKELIHOOD_CORRECT, bins, BINS));
    for (int b = 0; b < BINS; b++) {
        ck_assert_int_eq(bins[b].tokens, table[b].count);
        assert_close(bins[b].mean * (double)bins[b].tokens, (double)table[b].correct, 1e-14);
    }
    info_evaluation_destroy(state);
}
END_TEST

/* Kept percentiles are exact: the whole summary agrees. */
START_TEST(pairs_agree_with_the_one_shot_summary)
{
    data_set_make(&data, 23);
    data.right_p[29] = 1;
    data.same[40] = 1;
    const info_pair_scores scores = {.struct_size = sizeof scores,
                                     .count = TOKENS,
                                     .log_probability_p = data.p,
                                     .log_probability_q = data.q,
                                     .kl = data.kl,
                                     .same_top = data.same};
    const info_score_options score = {.struct_size = sizeof score, .clusters = data.document, .clusters_len = TOKENS};
    info_pair_summary once;
    ck_ok(info_pair_summarize(NULL, &scores, &score, &once));
    info_evaluation_options o = options_of(INFO_EVALUATION_PAIR, 0, 1);
    o.percentiles = INFO_PERCENTILES_EXACT;
    info_evaluation *state = state_of(o);
    info_pair_evaluation r;
    ck_ok(info_evaluation_pair(NULL, state, &r));
    ck_assert_int_eq(r.summary.tokens, once.tokens);
    ck_assert_int_eq(r.summary.skipped, once.skipped);
    const double *a = &r.summary.nll_p, *b = &once.nll_p;
    for (; b <= &once.same_top_error; a++, b++)
        if (fabs(*a - *b) > 2e-12 * fabs(*b))
            ck_abort_msg("number %td of the summary: %.17g is not %.17g", b - &once.nll_p, *a, *b);
    /* and the other arrays, by the columns' own sums */
    long double reverse = 0, changed = 0, lost = 0, won = 0, n = 0;
    for (int i = 0; i < TOKENS; i++) {
        if (isnan(data.p[i]) || data.same[i] < 0)
            continue;
        n++;
        reverse += data.reverse[i];
        changed += data.same[i] == 0;
        lost += data.right_p[i] && !data.right_q[i];
        won += !data.right_p[i] && data.right_q[i];
    }
    assert_close(r.kl_reverse.mean, (double)(reverse / n), 1e-14);
    ck_assert_int_eq(r.changed, (int64_t)changed);
    ck_assert_int_eq(r.lost, (int64_t)lost);
    ck_assert_int_eq(r.won, (int64_t)won);
    assert_close(r.accuracy_change.mean, (double)((won - lost) / n), 1e-13);
    assert_close(r.accuracy_q.mean - r.accuracy_p.mean, r.accuracy_change.mean, 1e-12);
    info_evaluation_destroy(state);
}
END_TEST

START_TEST(samples_agree_with_the_one_shot_estimates)
{
    data_set_make(&data, 24);
    const info_score_options score = {.struct_size = sizeof score, .clusters = data.document, .clusters_len = TOKENS};
    info_sampled_kl_result once, r;
    ck_ok(info_sampled_kl(NULL, data.p, data.q, TOKENS, &score, &once));
    info_evaluation *state = state_of(options_of(INFO_EVALUATION_SAMPLED_KL, 0, 1));
    ck_ok(info_evaluation_sampled_kl(NULL, state, &r));
    ck_assert_int_eq(r.tokens, once.tokens);
    ck_assert_int_eq(r.sequences, once.sequences);
    const double *a = (const double *)&r.k1, *b = (const double *)&once.k1;
    for (size_t i = 0; i < 3 * sizeof(info_sampled_mean) / sizeof(double); i++)
        assert_close(a[i], b[i], 1e-11);
    info_evaluation_destroy(state);
}
END_TEST

/* Three sequences by hand: (w of tokens) 2, 1/2; 1; 4, with r = 0 but for one. */
START_TEST(importance_weights_are_their_definitions)
{
    const double ln2 = log(2), log_old[4] = {-3, -2, -1, -5};
    const double log_p[4] = {-3 + ln2, -2 - ln2, -1, -5 + 2 * ln2},
                 log_q[4] = {-3 + ln2, -2 - ln2, -1 - ln2, -5 + 2 * ln2};
    const int64_t sequences[4] = {1, 1, 2, 3};
    const info_sample_batch batch = {.struct_size = sizeof batch,
                                     .count = 4,
                                     .log_p = log_p,
                                     .log_q = log_q,
                                     .log_old = log_old,
                                     .documents = sequences};
    for (info_weight_cap rule = 0; rule < 2; rule++) {
        const info_evaluation_options o = {
            .struct_size = sizeof o, .kind = INFO_EVALUATION_OFF_POLICY, .cap = 3, .sequence_cap = 2, .cap_rule = rule};
        info_evaluation *state = new_state(&o);
        info_off_policy_evaluation r;
        ck_ok(info_evaluation_update_samples(NULL, state, &batch));
        ck_ok(info_evaluation_off_policy(NULL, state, &r));
        ck_assert_int_eq(r.sequences, 3);
        const double last = rule == INFO_WEIGHT_MASK ? 0 : 3, last_sequence = rule == INFO_WEIGHT_MASK ? 0 : 2;
        assert_close(r.mean_weight, 7.5 / 4, 1e-14);
        assert_close(r.chi_square, (4 + 0.25 + 1 + 16) / 4 - 1, 1e-14);
        assert_close(r.capped_fraction, 0.25, 0);
        assert_close(r.effective_sample_size, (3.5 + last) * (3.5 + last) / (5.25 + last * last), 1e-14);
        assert_close(r.largest_log_weight, 2 * ln2, 1e-15);
        assert_close(r.perplexity_ratio, exp(-ln2 / 2), 1e-14);
        assert_close(r.k1.token_mean, ln2 / 4, 1e-14);
        assert_close(r.k3.token_mean, (0.5 - 1 + ln2) / 4, 1e-13);
        assert_close(r.sequence_mean_weight, 2, 1e-14);
        assert_close(r.sequence_capped_fraction, 1.0 / 3, 1e-15);
        assert_close(r.sequence_effective_sample_size,
                     (2 + last_sequence) * (2 + last_sequence) / (2 + last_sequence * last_sequence), 1e-14);
        assert_close(r.sequence_chi_square, 5, 1e-14);
        assert_close(r.k1.sequence_mean, ln2 / 3, 1e-14);
        assert_close(r.k1.sequence_error, ln2 / 3, 1e-14); /* of (0, ln 2, 0) */
        info_evaluation_destroy(state);
    }
}
END_TEST

/* Documents of 1 and 3 tokens: 5 and 1, 2, 3. */
START_TEST(macro_means_weigh_documents_alike)
{
    const double log_p[4] = {-5, -1, -2, -3}, bytes_of[4] = {2, 1, 1, 1};
    const int64_t documents[4] = {8, 9, 9, 9};
    const info_likelihood_batch batch = {
        .struct_size = sizeof batch, .count = 4, .log_probability = log_p, .units = bytes_of, .documents = documents};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_LIKELIHOOD};
    info_evaluation *state = new_state(&o);
    info_likelihood_evaluation r;
    ck_ok(info_evaluation_update_likelihood(NULL, state, &batch));
    ck_ok(info_evaluation_likelihood(NULL, state, &r));
    assert_close(r.likelihood.mean_nll, 2.75, 0);
    assert_close(r.macro_nll, 3.5, 0);
    assert_close(r.macro_nll_error, 1.5, 1e-15);
    assert_close(r.macro_bits_per_unit, 2.25 / log(2), 1e-15);
    assert_close(r.macro_bits_per_unit_error, 0.25 / log(2), 1e-15);
    /* residuals 5 - 2.75 and 6 - 8.25 */
    assert_close(r.likelihood.clustered_error, sqrt(2 * 2 * 2.25 * 2.25) / 4, 1e-15);
    info_evaluation_destroy(state);
}
END_TEST

/* Equal numbers have no error at all, whatever they are; nor have equal documents. */
START_TEST(what_does_not_vary_has_an_error_of_exactly_zero)
{
    enum { N = 999 };
    double log_p[N], log_q[N];
    int64_t documents[N];
    for (int i = 0; i < N; i++) {
        log_p[i] = -1.6;
        log_q[i] = -1.6 - 1e-9 / 3;
        documents[i] = i / 9;
    }
    const info_pair_batch batch = {.struct_size = sizeof batch,
                                   .count = N,
                                   .log_probability_p = log_p,
                                   .log_probability_q = log_q,
                                   .documents = documents};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_PAIR};
    info_evaluation *state = new_state(&o);
    info_pair_evaluation r;
    ck_ok(info_evaluation_update_pair(NULL, state, &batch));
    ck_ok(info_evaluation_pair(NULL, state, &r));
    ck_assert_double_eq(r.summary.nll_p, 1.6);
    ck_assert_double_eq(r.summary.nll_p_error, 0);
    ck_assert_double_eq(r.summary.log_ratio_error, 0);
    ck_assert_double_eq(r.summary.log_ratio_clustered_error, 0);
    ck_assert_double_eq(r.summary.difference_error, 0);
    assert_close(r.summary.log_ratio, log_p[0] - log_q[0], 1e-15);
    info_evaluation_destroy(state);
}
END_TEST

START_TEST(infinite_likelihoods_are_answers)
{
    const double log_p[3] = {-1, -INFINITY, -2}, log_q[3] = {-1, -INFINITY, -3}, kl[3] = {0, INFINITY, 1};
    const info_likelihood_batch l = {.struct_size = sizeof l, .count = 3, .log_probability = log_p};
    const info_pair_batch p = {
        .struct_size = sizeof p, .count = 3, .log_probability_p = log_p, .log_probability_q = log_q, .kl = kl};
    const info_evaluation_options lo = {.struct_size = sizeof lo, .kind = INFO_EVALUATION_LIKELIHOOD},
                                  po = {.struct_size = sizeof po, .kind = INFO_EVALUATION_PAIR};
    info_evaluation *state = new_state(&lo);
    info_likelihood_evaluation r;
    ck_ok(info_evaluation_update_likelihood(NULL, state, &l));
    ck_ok(info_evaluation_likelihood(NULL, state, &r));
    ck_assert_double_eq(r.likelihood.mean_nll, INFINITY);
    ck_assert_double_eq(r.likelihood.standard_error, INFINITY);
    ck_assert_double_eq(r.likelihood.clustered_error, INFINITY);
    ck_assert_double_eq(r.likelihood.bits_per_unit, INFINITY);
    ck_assert_double_eq(r.likelihood.perplexity, INFINITY);
    ck_assert_double_eq(r.nll_percentiles[12], INFINITY);
    ck_assert_double_eq(r.nll_percentiles[0], 1);
    info_evaluation_destroy(state);
    state = new_state(&po);
    info_pair_evaluation q;
    ck_ok(info_evaluation_update_pair(NULL, state, &p));
    ck_ok(info_evaluation_pair(NULL, state, &q));
    ck_assert_int_eq(q.summary.tokens, 3);
    ck_assert_double_nan(q.summary.log_ratio);
    ck_assert_double_eq(q.summary.log_ratio_error, INFINITY);
    ck_assert_double_eq(q.kl.mean, INFINITY);
    ck_assert_double_eq(q.summary.kl_percentiles[12], INFINITY);
    info_evaluation_destroy(state);
}
END_TEST

/* What single and half precision leave above 0 is 0, and counted. */
START_TEST(log_probabilities_above_zero_by_rounding_are_zero)
{
    const double log_p[3] = {-1, 1e-6, -2}, coarse[3] = {-1, 5e-3, -2};
    info_likelihood_batch batch = {.struct_size = sizeof batch, .count = 3, .log_probability = log_p};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_LIKELIHOOD};
    info_evaluation *state = new_state(&o);
    info_likelihood_evaluation r;
    ck_ok(info_evaluation_update_likelihood(NULL, state, &batch));
    batch.log_probability = coarse;
    ck_assert_int_eq(info_evaluation_update_likelihood(NULL, state, &batch), INFO_ERROR_DOMAIN);
    batch.precision = INFO_BF16;
    ck_ok(info_evaluation_update_likelihood(NULL, state, &batch));
    const bytes b = saved(state);
    info_evaluation_destroy(state);
    state = loaded(b);
    free(b.data);
    ck_ok(info_evaluation_likelihood(NULL, state, &r));
    ck_assert_int_eq(r.likelihood.above_zero, 2);
    ck_assert_double_eq(r.likelihood.total_nll, 6);
    info_evaluation_destroy(state);
}
END_TEST

START_TEST(an_empty_state_reports_nothing_and_no_nan)
{
    for (info_evaluation_kind kind = 1; kind <= INFO_EVALUATION_STATES; kind++) {
        const info_evaluation_options o = options_of(kind, 0, 1);
        info_evaluation *state = new_state(&o);
        info_likelihood_evaluation l;
        info_pair_evaluation p;
        info_off_policy_evaluation w;
        info_rank_evaluation k;
        info_evaluation_mean m;
        if (kind == INFO_EVALUATION_LIKELIHOOD) {
            ck_ok(info_evaluation_likelihood(NULL, state, &l));
            ck_assert_double_eq(l.likelihood.perplexity, 1);
            ck_assert_double_eq(l.likelihood.bits_per_unit, 0);
        }
        if (kind == INFO_EVALUATION_PAIR) {
            ck_ok(info_evaluation_pair(NULL, state, &p));
            ck_assert_double_eq(p.summary.ratio, 1);
        }
        if (kind == INFO_EVALUATION_OFF_POLICY) {
            ck_ok(info_evaluation_off_policy(NULL, state, &w));
            ck_assert_double_eq(w.k3.token_mean, 0);
        }
        if (kind == INFO_EVALUATION_RANKS) {
            ck_ok(info_evaluation_ranks(NULL, state, &k));
            ck_assert_double_eq(k.diff_erank, 0);
        }
        if (kind != INFO_EVALUATION_STATES) {
            ck_ok(info_evaluation_column(NULL, state, 0, &m));
            ck_assert_int_eq(m.count, 0);
            ck_assert_double_eq(m.mean, 0);
            ck_assert_double_eq(m.macro_error, 0);
        }
        info_evaluation_destroy(state);
    }
}
END_TEST

/* Over the whole range of doubles, both signs, zeros and subnormals: within 2^-10 of the value kept. */
START_TEST(percentiles_from_buckets_are_off_by_what_is_stated)
{
    enum { N = 3000, F = 401 };
    static double x[N], fractions[F], from_buckets[F], exact[F];
    uint64_t seed = 31;
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < N; i++) {
            uint64_t bits = next_word(&seed);
            memcpy(&x[i], &bits, sizeof bits);
            if (round == 0)
                x[i] = exp(-30 * uniform(&seed));
            if (round == 1)
                x[i] = uniform(&seed) - 0.5;
            if (round == 2)
                x[i] = i % 7 ? 0.3 : -0.0;
            if (round == 3)
                x[i] = (double)(i % 5) * 0x1p-1040;
            if (!isfinite(x[i]))
                x[i] = 0;
        }
        for (int f = 0; f < F; f++) /* order statistics themselves, not between them */
            fractions[f] = f < F - 1 ? (double)(f * (N - 1) / F) / (N - 1) : 1;
        const info_matrix values = {x, N, 1, 1, 1, INFO_F64, 0};
        for (int kept = 0; kept < 2; kept++) {
            const info_evaluation_options o = {.struct_size = sizeof o,
                                               .kind = INFO_EVALUATION_VALUES,
                                               .columns = 1,
                                               .percentiles = kept ? INFO_PERCENTILES_EXACT : INFO_PERCENTILES_BUCKETS};
            info_evaluation *state = new_state(&o);
            ck_ok(info_evaluation_update_values(NULL, state, &values, NULL, 0));
            ck_ok(info_evaluation_quantiles(NULL, state, 0, fractions, F, kept ? exact : from_buckets, F));
            info_evaluation_destroy(state);
        }
        for (int f = 0; f < F; f++) {
            /* f (n - 1) is rounded and may fall an ulp short of its whole number: between two neighbors then. */
            const double bound = 0x1.001p-10 * fabs(exact[f]) + 0x1p-1032;
            if (!(fabs(from_buckets[f] - exact[f]) <= bound))
                ck_abort_msg("round %d: %.17g for %.17g at %g", round, from_buckets[f], exact[f], fractions[f]);
        }
        ck_assert_double_eq(from_buckets[0], exact[0]);
        ck_assert_double_eq(from_buckets[F - 1], exact[F - 1]);
    }
}
END_TEST

START_TEST(bins_of_position_hold_their_tokens)
{
    data_set_make(&data, 33);
    info_evaluation *state = state_of(options_of(INFO_EVALUATION_LIKELIHOOD, 0, 1));
    info_evaluation_bin bins[6];
    ck_ok(info_evaluation_bins(NULL, state, INFO_AXIS_POSITION, INFO_LIKELIHOOD_ENTROPY, bins, 6));
    for (int b = 0; b < 6; b++) {
        long double sum = 0, squares = 0, n = 0;
        for (int i = 0; i < TOKENS; i++)
            if (!isnan(data.p[i]) && data.right_p[i] >= 0 && data.position[i] >= position_edges[b] &&
                data.position[i] < position_edges[b + 1]) {
                n++;
                sum += data.entropy[i];
                squares += (long double)data.entropy[i] * data.entropy[i];
            }
        ck_assert_int_eq(bins[b].tokens, (int64_t)n);
        assert_close(bins[b].mean, (double)(sum / n), 1e-14);
        assert_close(bins[b].error, (double)sqrtl((squares / n - sum / n * sum / n) / (n - 1)), 1e-12);
        assert_close(bins[b].lower, (double)position_edges[b], 0);
        assert_close(bins[b].upper, (double)position_edges[b + 1], 0);
    }
    info_evaluation_bin one[1];
    ck_assert_int_eq(info_evaluation_bins(NULL, state, INFO_AXIS_POSITION, 0, one, 1), INFO_ERROR_OUTPUT);
    ck_assert_int_eq(info_evaluation_bins(NULL, state, 2, 0, bins, 6), INFO_ERROR_OPTION);
    info_evaluation_destroy(state);
}
END_TEST

/* A column of values leaves out its own NaN only. */
START_TEST(values_are_counted_column_by_column)
{
    const double x[4][2] = {{1, 10}, {NAN, 20}, {3, NAN}, {NAN, NAN}};
    const info_matrix values = {x, 4, 2, 2, 1, INFO_F64, 0};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_VALUES, .columns = 2};
    info_evaluation *state = new_state(&o);
    info_evaluation_mean m;
    info_evaluation_description d;
    ck_ok(info_evaluation_update_values(NULL, state, &values, NULL, 0));
    ck_ok(info_evaluation_describe(NULL, state, &d));
    ck_assert_int_eq(d.tokens, 3);
    ck_assert_int_eq(d.skipped, 1);
    ck_ok(info_evaluation_column(NULL, state, 1, &m));
    ck_assert_int_eq(m.count, 2);
    ck_assert_double_eq(m.mean, 15);
    ck_assert_double_eq(m.error, 5);
    info_evaluation_destroy(state);
}
END_TEST

START_TEST(memory_does_not_grow_with_tokens)
{
    data_set_make(&data, 51);
    info_evaluation *state = state_of(options_of(INFO_EVALUATION_PAIR, 0, 1));
    info_evaluation_description d;
    update(state, &data, 0, TOKENS);
    ck_ok(info_evaluation_describe(NULL, state, &d));
    const int64_t before = d.memory;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < TOKENS; i++)
            data.document[i] += 100000;
        update(state, &data, 0, TOKENS);
    }
    ck_ok(info_evaluation_describe(NULL, state, &d));
    ck_assert_int_eq(d.memory, before);
    info_evaluation_destroy(state);
}
END_TEST

int main(void)
{
    return run_tests("evaluation results",
                     (const TTest *const[]){
                         likelihoods_agree_with_the_one_shot_summary, calibration_agrees_with_the_one_shot_table,
                         pairs_agree_with_the_one_shot_summary, samples_agree_with_the_one_shot_estimates,
                         importance_weights_are_their_definitions, macro_means_weigh_documents_alike,
                         what_does_not_vary_has_an_error_of_exactly_zero, infinite_likelihoods_are_answers,
                         log_probabilities_above_zero_by_rounding_are_zero, an_empty_state_reports_nothing_and_no_nan,
                         percentiles_from_buckets_are_off_by_what_is_stated, bins_of_position_hold_their_tokens,
                         values_are_counted_column_by_column, memory_does_not_grow_with_tokens, NULL});
}
