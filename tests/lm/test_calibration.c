/* SPDX-License-Identifier: MIT
 * Calibration error and reliability tables. */
#include "lm_support.h"

static info_calibration_result calibrate(const double *confidence, const int32_t *correct, int64_t count,
                                         info_binning binning, int64_t bins, info_calibration_bin *table)
{
    const info_calibration_options options = {.struct_size = sizeof options, .binning = binning, .bins = bins};
    info_calibration_result r;
    ck_assert_int_eq(info_calibration(NULL, confidence, correct, count, &options, table, bins, &r), INFO_OK);
    return r;
}

START_TEST(errors_by_hand)
{
    /* Two bins: (.2, .4 | 0, 1) and (.5, .75, 1 | 1, 0, 1). */
    const double confidence[5] = {0.2, 0.75, 0.4, 1, 0.5};
    const int32_t correct[5] = {0, 0, 1, 1, 1};
    info_calibration_bin table[2];
    const info_calibration_result r = calibrate(confidence, correct, 5, INFO_BINNING_WIDTH, 2, table);
    const double low = fabs(0.5 - 0.3), high = fabs(2.0 / 3 - 0.75);
    ck_assert_int_eq(r.samples, 5);
    assert_close(r.ece, 0.4 * low + 0.6 * high, 1e-14);
    assert_close(r.rms, sqrt(0.4 * low * low + 0.6 * high * high), 1e-14);
    assert_close(r.mce, low, 1e-14);
    assert_close(r.accuracy, 0.6, 1e-15);
    assert_close(r.confidence, 2.85 / 5, 1e-15);
    assert_close(r.brier, (0.04 + 0.5625 + 0.36 + 0 + 0.25) / 5, 1e-14);
    ck_assert_int_eq(table[0].count, 2);
    ck_assert_int_eq(table[0].correct, 1);
    ck_assert_int_eq(table[1].count, 3);
    assert_close(table[1].confidence, 2.25, 1e-15);
    ck_assert_double_eq(table[0].upper, 0.5);
    ck_assert_double_eq(table[1].upper, 1);
}
END_TEST

START_TEST(edges_belong_to_the_bin_above_and_the_last_bin_is_closed)
{
    /* Every edge i / B as a double, for B whose products i / B * B do not all round back. */
    for (int64_t bins = 1; bins <= 60; bins++) {
        double *edges = malloc((size_t)(bins + 1) * sizeof *edges);
        int32_t *correct = calloc((size_t)bins + 1, sizeof *correct);
        info_calibration_bin *table = malloc((size_t)bins * sizeof *table);
        for (int64_t i = 0; i <= bins; i++)
            edges[i] = (double)i / (double)bins;
        calibrate(edges, correct, bins + 1, INFO_BINNING_WIDTH, bins, table);
        for (int64_t i = 0; i < bins; i++)
            ck_assert_int_eq(table[i].count, i == bins - 1 ? 2 : 1);
        for (int64_t i = 1; i <= bins; i++)
            edges[i] = nextafter(edges[i], 0);
        calibrate(edges + 1, correct, bins, INFO_BINNING_WIDTH, bins, table);
        for (int64_t i = 0; i < bins; i++)
            ck_assert_int_eq(table[i].count, 1);
        free(edges);
        free(correct);
        free(table);
    }
}
END_TEST

START_TEST(confidences_that_are_frequencies_have_no_error)
{
    /* c = k / 20 is right in k of 20 cases; any bins. */
    enum { N = 21 * 20 };
    double confidence[N];
    int32_t correct[N];
    for (int i = 0; i < N; i++) {
        confidence[i] = i / 20 / 20.0;
        correct[i] = i % 20 < i / 20;
    }
    for (int binning = 0; binning < 2; binning++)
        for (int64_t bins = 1; bins < 40; bins += 3) {
            const info_calibration_result r = calibrate(confidence, correct, N, binning, bins, NULL);
            ck_assert(r.ece < 1e-14 && r.mce < 1e-13 && r.rms < 1e-13);
            assert_close(r.accuracy, 0.5, 1e-15);
        }
}
END_TEST

START_TEST(equal_masses_are_quantiles_whatever_the_order)
{
    enum { N = 1000, B = 8 };
    double confidence[N], shuffled[N];
    int32_t correct[N], shuffled_correct[N];
    uint64_t state = 2;
    info_calibration_bin table[B], again[B];
    for (int i = 0; i < N; i++) {
        const double u = uniform(&state);
        confidence[i] = u * u;
        correct[i] = uniform(&state) < u;
    }
    for (int i = 0; i < N; i++) {
        shuffled[i] = confidence[(i * 377 + 5) % N];
        shuffled_correct[i] = correct[(i * 377 + 5) % N];
    }
    const info_calibration_result r = calibrate(confidence, correct, N, INFO_BINNING_MASS, B, table);
    const info_calibration_result s = calibrate(shuffled, shuffled_correct, N, INFO_BINNING_MASS, B, again);
    for (int i = 0; i < B; i++) {
        ck_assert_int_eq(table[i].count, N / B);
        ck_assert_int_eq(again[i].count, N / B);
        ck_assert_double_eq(table[i].upper, again[i].upper);
        ck_assert(i == 0 || table[i].lower > table[i - 1].upper);
    }
    ck_assert_double_eq(r.ece, s.ece);
    ck_assert(r.mce >= r.rms && r.rms >= r.ece);

    /* Equal confidences are not parted: 900 of one value leave bins empty. */
    for (int i = 0; i < 900; i++)
        confidence[i] = 0.5;
    for (int i = 900; i < N; i++)
        confidence[i] = 0.9;
    calibrate(confidence, correct, N, INFO_BINNING_MASS, B, table);
    ck_assert_int_eq(table[0].count, 900);
    ck_assert_int_eq(table[7].count, 100);
    ck_assert_int_eq(table[3].count, 0);
}
END_TEST

START_TEST(tables_of_shards_add_up)
{
    enum { N = 999, B = 10, SHARDS = 3 };
    double confidence[N];
    int32_t correct[N];
    uint64_t state = 9;
    for (int i = 0; i < N; i++) {
        confidence[i] = uniform(&state);
        correct[i] = (int32_t)(3 * uniform(&state)) - 1;
    }
    info_calibration_bin whole[B], tables[SHARDS * B], merged[B];
    const info_calibration_result r = calibrate(confidence, correct, N, INFO_BINNING_WIDTH, B, whole);
    for (int s = 0; s < SHARDS; s++)
        calibrate(confidence + s * N / SHARDS, correct + s * N / SHARDS, N / SHARDS, INFO_BINNING_WIDTH, B,
                  tables + s * B);
    info_calibration_result m;
    ck_assert_int_eq(info_calibration_merge(NULL, tables, SHARDS, B, merged, B, &m), INFO_OK);
    ck_assert_int_eq(m.samples, r.samples);
    ck_assert_int_gt(r.skipped, 200);
    assert_close(m.ece, r.ece, 1e-13);
    assert_close(m.mce, r.mce, 1e-13);
    assert_close(m.brier, r.brier, 1e-14);
    for (int i = 0; i < B; i++) {
        ck_assert_int_eq(merged[i].count, whole[i].count);
        ck_assert_int_eq(merged[i].correct, whole[i].correct);
        assert_close(merged[i].confidence, whole[i].confidence, 1e-14);
    }
    info_ctx *ctx = context(1, 0);
    tables[B].lower = 0.01;
    ck_assert_int_eq(info_calibration_merge(ctx, tables, SHARDS, B, merged, B, &m), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "tables"));
    tables[B].lower = 0;
    const double confidences = tables[B].confidence; /* those of a bin lie between its edges */
    tables[B].confidence = (double)tables[B].count * tables[B].upper * 1.01;
    ck_assert_int_eq(info_calibration_merge(ctx, tables, SHARDS, B, merged, B, &m), INFO_ERROR_DOMAIN);
    tables[B].confidence = confidences;
    ck_assert_int_eq(info_calibration_merge(ctx, tables, SHARDS, B, merged, B, &m), INFO_OK);
    tables[B].correct = tables[B].count + 1;
    ck_assert_int_eq(info_calibration_merge(ctx, tables, SHARDS, B, merged, B, &m), INFO_ERROR_DOMAIN);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(one_nan_is_left_out_and_no_samples_are_told)
{
    const double confidence[3] = {NAN, 0.5, NAN}, high[1] = {1.5};
    const int32_t correct[3] = {1, -1, 0}, two[1] = {2};
    info_calibration_result r;
    ck_assert_int_eq(info_calibration(NULL, confidence, correct, 3, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_int_eq(r.samples, 0);
    ck_assert_int_eq(r.skipped, 3);
    ck_assert_double_eq(r.ece, 0);
    ck_assert_double_eq(r.accuracy, 0);
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_calibration(ctx, high, correct, 1, NULL, NULL, 0, &r), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "confidence: 1.5 at 0"));
    ck_assert_int_eq(info_calibration(ctx, confidence, two, 1, NULL, NULL, 0, &r), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "correct: 2 at 0"));
    info_calibration_bin table[14];
    ck_assert_int_eq(info_calibration(ctx, confidence, correct, 3, NULL, table, 14, &r), INFO_ERROR_OUTPUT);
    const info_calibration_options unknown = {.struct_size = sizeof unknown, .binning = 2};
    ck_assert_int_eq(info_calibration(ctx, confidence, correct, 3, &unknown, NULL, 0, &r), INFO_ERROR_OPTION);
    info_ctx_destroy(ctx);
}
END_TEST

_Static_assert(sizeof(info_calibration_options) == 16, "info_calibration_options");
_Static_assert(sizeof(info_calibration_bin) == 48, "info_calibration_bin");
_Static_assert(sizeof(info_calibration_result) == 64, "info_calibration_result");

int main(void)
{
    const TTest *const tests[] = {errors_by_hand,
                                  edges_belong_to_the_bin_above_and_the_last_bin_is_closed,
                                  confidences_that_are_frequencies_have_no_error,
                                  equal_masses_are_quantiles_whatever_the_order,
                                  tables_of_shards_add_up,
                                  one_nan_is_left_out_and_no_samples_are_told,
                                  NULL};
    return run_tests("lm calibration", tests);
}
