/* SPDX-License-Identifier: MIT
 * Entropies and mutual information of samples: published values, identities between ways to count,
 * significance, and bad input. */
#include "samples.h"

static info_sample_estimate information(const info_series *series, const int64_t *alphabets, int32_t width, uint64_t a,
                                        uint64_t b, uint64_t given, const info_estimator_options *options)
{
    info_sample_estimate e;
    ck_assert_int_eq(info_sample_mutual_information(NULL, series, alphabets, width, a, b, given, options, &e), INFO_OK);
    return e;
}

static const info_estimator_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};

/* Peter Norvig's counts of English letters and letter pairs. */
START_TEST(letters_of_english_have_their_published_information)
{
    FILE *one = fopen(SHARED_DATA "/norvig_ngrams1.tsv", "r"), *two = fopen(SHARED_DATA "/norvig_ngrams2.tsv", "r");
    if (!one || !two)
        return; /* the data are not part of the project */
    char line[4096], letters[3];
    int64_t times;
    const int64_t alphabets[] = {26, 26};
    info_counts *single, *pairs;
    ck_assert_int_eq(info_counts_create(NULL, alphabets, 1, &single), INFO_OK);
    ck_assert_int_eq(info_counts_create(NULL, alphabets, 2, &pairs), INFO_OK);
    for (int width = 1; width <= 2; width++)
        while (fgets(line, sizeof line, width == 1 ? one : two)) {
            long long number;
            if (sscanf(line, "%2s\t%lld", letters, &number) != 2 || letters[0] < 'A' || letters[0] > 'Z' ||
                (int)strlen(letters) != width)
                continue;
            times = number;
            const int64_t symbols[] = {letters[0] - 'A', letters[1] - 'A'};
            const info_series series[] = {series_of(symbols, 1), series_of(symbols + 1, 1)};
            ck_assert_int_eq(info_counts_add(NULL, width == 1 ? single : pairs, series, width, &times, 1), INFO_OK);
        }
    fclose(one);
    fclose(two);
    info_sample_estimate e;
    ck_assert_int_eq(info_counts_entropy(NULL, single, 1, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 4.165408405, 1e-9);
    ck_assert_int_eq(info_counts_entropy(NULL, pairs, 1, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 4.144129870, 1e-9);
    ck_assert_int_eq(info_counts_entropy(NULL, pairs, 2, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 4.081905543, 1e-9);
    ck_assert_int_eq(info_counts_entropy(NULL, pairs, 3, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 7.432011853, 1e-9);
    ck_assert_int_eq(info_counts_entropy(NULL, pairs, 2, 1, &bits, &e), INFO_OK);
    assert_close(e.value, 3.287881983, 1e-9);
    ck_assert_int_eq(info_counts_mutual_information(NULL, pairs, 1, 2, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 0.794023560, 1e-9);
    info_counts_destroy(single);
    info_counts_destroy(pairs);
}
END_TEST

START_TEST(characters_of_tinyshakespeare_have_their_published_information)
{
    int64_t n;
    unsigned char *text = read_file(SHARED_DATA "/tinyshakespeare.txt", &n);
    if (!text)
        return;
    info_sample_estimate e;
    const info_series all = {text, n, 1, INFO_UINT8, 0};
    ck_assert_int_eq(info_sample_entropy(NULL, &all, NULL, 1, 1, 0, &bits, &e), INFO_OK);
    assert_close(e.value, 4.779353272, 1e-9);
    const double lagged[] = {1.241045302, 0.619903173};
    for (int64_t lag = 1; lag <= 2; lag++) {
        const info_series pair[] = {{text, n - lag, 1, INFO_UINT8, 0}, {text + lag, n - lag, 1, INFO_UINT8, 0}};
        assert_close(information(pair, NULL, 2, 1, 2, 0, &bits).value, lagged[lag - 1], 1e-8);
        if (lag == 1) {
            ck_assert_int_eq(info_sample_entropy(NULL, pair, NULL, 2, 3, 0, &bits, &e), INFO_OK);
            assert_close(e.value, 8.317657189, 1e-9);
            ck_assert_int_eq(info_sample_entropy(NULL, pair, NULL, 2, 2, 1, &bits, &e), INFO_OK);
            assert_close(e.value, 3.538303937, 1e-8);
        }
    }
    free(text);
}
END_TEST

static void fill(uint64_t seed, int64_t n, int64_t k, int32_t *x, int32_t *y)
{
    for (int64_t i = 0; i < n; i++) {
        x[i] = (int32_t)(next_random(&seed) % (uint64_t)k);
        y[i] = next_random(&seed) % 3 ? (int32_t)(next_random(&seed) % (uint64_t)k) : x[i];
    }
}

/* Arrays of cells, parts of them, sorting, tables, one thread and three: the profile is the same. */
START_TEST(every_way_to_count_has_the_same_bits)
{
    enum { N = 300000 };
    static const int64_t sizes[] = {2, 64, 130, 1000, 1500, 100000};
    int32_t *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
    for (size_t k = 0; k < 6; k++) {
        fill(k + 1, N, sizes[k], x, y);
        const int64_t alphabets[] = {sizes[k], sizes[k]};
        const info_series pair[] = {{x, N, 1, INFO_INT32, 0}, {y, N, 1, INFO_INT32, 0}};
        for (info_estimator m = INFO_ESTIMATOR_PLUG_IN; m <= INFO_ESTIMATOR_CHAO_WANG_JOST; m++) {
            if (m == INFO_ESTIMATOR_NSB)
                continue;
            const info_estimator_options options = {.struct_size = sizeof options, .estimator = m};
            const info_sample_estimate first = information(pair, alphabets, 2, 1, 2, 0, &options);
            for (int32_t threads = 1; threads <= 3; threads += 2) {
                info_ctx *ctx = make_ctx(threads);
                info_counts *counts;
                info_sample_estimate e;
                ck_assert_int_eq(info_counts_create(ctx, alphabets, 2, &counts), INFO_OK);
                ck_assert_int_eq(info_counts_add(ctx, counts, pair, 2, NULL, 0), INFO_OK);
                ck_assert_int_eq(info_counts_mutual_information(ctx, counts, 1, 2, 0, &options, &e), INFO_OK);
                ck_assert_mem_eq(&first, &e, sizeof e);
                ck_assert_int_eq(info_sample_mutual_information(ctx, pair, alphabets, 2, 1, 2, 0, &options, &e),
                                 INFO_OK);
                ck_assert_mem_eq(&first, &e, sizeof e);
                info_counts_destroy(counts);
                info_ctx_destroy(ctx);
            }
        }
    }
    free(x);
    free(y);
}
END_TEST

/* The same number by the table of shares: another code, another formula. */
START_TEST(plug_in_is_the_information_of_the_table_of_counts)
{
    enum { N = 5000, K = 12 };
    static int32_t x[N], y[N];
    static int64_t z[N];
    static double table[K * K * 3];
    fill(31, N, K, x, y);
    for (int i = 0; i < N; i++) {
        z[i] = (x[i] + y[i] + i % 2) % 3;
        table[(x[i] * K + y[i]) * 3 + z[i]]++;
    }
    const int64_t shape[] = {K, K, 3};
    const info_joint_options counts = {.struct_size = sizeof counts, .kind = INFO_COUNTS};
    info_table view;
    ck_assert_int_eq(info_table_init(&view, table, 3, shape, NULL, INFO_F64), INFO_OK);
    const info_series series[] = {{x, N, 1, INFO_INT32, 0}, {y, N, 1, INFO_INT32, 0}, series_of(z, N)};
    double expected;
    ck_assert_int_eq(info_mutual_information(NULL, &view, 1, 2, 4, &counts, &expected), INFO_OK);
    assert_close(information(series, NULL, 3, 1, 2, 4, NULL).value, expected, 1e-14);
    ck_assert_int_eq(info_mutual_information(NULL, &view, 5, 2, 0, &counts, &expected), INFO_OK);
    assert_close(information(series, NULL, 3, 5, 2, 0, NULL).value, expected, 1e-14);
    info_sample_estimate e;
    ck_assert_int_eq(info_joint_entropy(NULL, &view, 2, 4, &counts, &expected), INFO_OK);
    ck_assert_int_eq(info_sample_entropy(NULL, series, NULL, 3, 2, 4, NULL, &e), INFO_OK);
    assert_close(e.value, expected, 1e-14);
}
END_TEST

START_TEST(independent_samples_have_no_plug_in_information)
{
    static int64_t x[6000], y[6000];
    for (int i = 0; i < 6000; i++) {
        x[i] = i / 3 % 40;
        y[i] = i % 3;
    }
    const info_series pair[] = {series_of(x, 6000), series_of(y, 6000)};
    assert_same_bits(information(pair, NULL, 2, 1, 2, 0, NULL).value, 0);
}
END_TEST

/* sklearn #30772, infomeasure #7: said, not hidden. */
START_TEST(information_below_0_or_above_the_entropy_is_flagged)
{
    static int64_t x[60], y[60];
    uint64_t seed = 8;
    int negative = 0;
    for (int i = 0; i < 60; i++) {
        x[i] = (int64_t)(next_random(&seed) % 3);
        y[i] = (int64_t)(next_random(&seed) % 4);
    }
    const info_series pair[] = {series_of(x, 60), series_of(y, 60)};
    for (info_estimator m = INFO_ESTIMATOR_MILLER_MADOW; m <= INFO_ESTIMATOR_CHAO_WANG_JOST; m++) {
        const info_estimator_options options = {.struct_size = sizeof options, .estimator = m};
        const info_sample_estimate e = information(pair, NULL, 2, 1, 2, 0, &options);
        ck_assert_int_eq((e.flags & INFO_ESTIMATE_NEGATIVE) != 0, e.value < 0);
        negative += e.value < 0;
    }
    ck_assert_int_gt(negative, 0);
    const int64_t a[] = {0, 0, 1, 1, 2}, b[] = {0, 0, 1, 1, 2};
    const info_series same[] = {series_of(a, 5), series_of(b, 5)};
    const info_estimator_options options = {.struct_size = sizeof options, .estimator = INFO_ESTIMATOR_MILLER_MADOW};
    ck_assert_int_eq(information(same, NULL, 2, 1, 2, 0, &options).flags & INFO_ESTIMATE_ABOVE_MAXIMUM,
                     INFO_ESTIMATE_ABOVE_MAXIMUM);
}
END_TEST

/* Miller-Madow takes off the bias of independent pairs, (Kx - 1)(Ky - 1) / 2N. */
START_TEST(bias_of_independent_pairs_is_what_theory_says)
{
    enum { N = 2000, KX = 12, KY = 9, DRAWS = 400 };
    static int64_t x[N], y[N];
    double plug_in = 0, corrected = 0;
    uint64_t seed = 99;
    const info_estimator_options options = {.struct_size = sizeof options, .estimator = INFO_ESTIMATOR_MILLER_MADOW};
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < N; i++) {
            x[i] = (int64_t)(next_random(&seed) % KX);
            y[i] = (int64_t)(next_random(&seed) % KY);
        }
        const info_series pair[] = {series_of(x, N), series_of(y, N)};
        const info_sample_estimate e = information(pair, NULL, 2, 1, 2, 0, &options);
        plug_in += e.plug_in / DRAWS;
        corrected += e.value / DRAWS;
    }
    /* 2N I is about chi-squared with 88 degrees of freedom: deviation sqrt(176) / 2N each. */
    const double bias = (KX - 1) * (KY - 1) / (2.0 * N), noise = sqrt(176.0) / (2 * N) / sqrt(DRAWS);
    ck_assert_msg(fabs(plug_in - bias) < 5 * noise, "%g for %g", plug_in, bias);
    ck_assert_msg(fabs(corrected) < 5 * noise, "%g", corrected);
}
END_TEST

/* Deviation of plug-in information over samples against the delta method's and the bootstrap's errors. */
START_TEST(errors_of_information_are_the_deviation_over_samples)
{
    enum { N = 1000, DRAWS = 1000 };
    static int64_t x[N], y[N], z[N];
    double mean = 0, square = 0, delta = 0, boot = 0;
    uint64_t seed = 5;
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < N; i++) {
            z[i] = (int64_t)(next_random(&seed) % 2);
            x[i] = next_random(&seed) % 4 ? (int64_t)(next_random(&seed) % 3) : z[i];
            y[i] = next_random(&seed) % 2 ? (int64_t)(next_random(&seed) % 3) : x[i];
        }
        info_estimator_options options = {
            .struct_size = sizeof options, .uncertainty = INFO_UNCERTAINTY_DELTA, .seed = 7, .replicates = 100};
        const info_series series[] = {series_of(x, N), series_of(z, N), series_of(y, N)};
        info_sample_estimate e = information(series, NULL, 3, 1, 4, 2, &options);
        mean += e.value / DRAWS;
        square += e.value * e.value / DRAWS;
        delta += e.standard_error / DRAWS;
        if (d % 20 == 0) {
            options.uncertainty = INFO_UNCERTAINTY_BOOTSTRAP;
            e = information(series, NULL, 3, 1, 4, 2, &options);
            boot += e.standard_error / (DRAWS / 20);
        }
    }
    const double deviation = sqrt(square - mean * mean);
    assert_close(delta, deviation, 0.1);
    assert_close(boot, deviation, 0.1);
}
END_TEST

START_TEST(permutations_find_dependence_and_its_absence)
{
    enum { N = 500 };
    static int64_t x[N], y[N], z[N];
    uint64_t seed = 41;
    for (int i = 0; i < N; i++) {
        z[i] = (int64_t)(next_random(&seed) % 4);
        x[i] = (z[i] + (int64_t)(next_random(&seed) % 2)) % 4;
        y[i] = (z[i] + (int64_t)(next_random(&seed) % 2)) % 4;
    }
    const info_series series[] = {series_of(x, N), series_of(y, N), series_of(z, N)};
    info_permutation_result marginal, conditional, again;
    const info_estimator_options options = {.struct_size = sizeof options, .seed = 12345};
    ck_assert_int_eq(info_permutation_test(NULL, series, NULL, 3, 1, 2, 0, 999, &options, &marginal), INFO_OK);
    assert_same_bits(marginal.p_value, 1.0 / 1000);
    assert_same_bits(marginal.value, information(series, NULL, 3, 1, 2, 0, NULL).value);
    /* The null's mean is the bias (4 - 1)^2 / 2N of independent pairs. */
    assert_close(marginal.null_mean, 9 / (2.0 * N), 0.1);
    /* Given z they are independent: any p-value, but for one in a hundred. */
    ck_assert_int_eq(info_permutation_test(NULL, series, NULL, 3, 1, 2, 4, 999, &options, &conditional), INFO_OK);
    assert_same_bits(conditional.value, information(series, NULL, 3, 1, 2, 4, NULL).value);
    ck_assert_msg(conditional.p_value > 0.01, "p = %g", conditional.p_value);
    info_ctx *ctx = make_ctx(3);
    ck_assert_int_eq(info_permutation_test(ctx, series, NULL, 3, 1, 2, 4, 999, &options, &again), INFO_OK);
    ck_assert_mem_eq(&conditional, &again, sizeof again);
    info_ctx_destroy(ctx);
}
END_TEST

/* Under independence p-values are uniform: one in twenty is at most 0.05. */
START_TEST(p_values_are_honest)
{
    enum { N = 60, DRAWS = 1000 };
    static int64_t x[N], y[N];
    uint64_t seed = 3;
    int small = 0;
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < N; i++) {
            x[i] = (int64_t)(next_random(&seed) % 5);
            y[i] = (int64_t)(next_random(&seed) % 7);
        }
        const info_series pair[] = {series_of(x, N), series_of(y, N)};
        const info_estimator_options options = {.struct_size = sizeof options, .seed = (uint64_t)d};
        info_permutation_result r;
        ck_assert_int_eq(info_permutation_test(NULL, pair, NULL, 2, 1, 2, 0, 99, &options, &r), INFO_OK);
        small += r.p_value <= 0.05;
    }
    ck_assert_msg(small < 50 + 4 * 7, "%d of %d", small, DRAWS); /* binomial deviation 6.9 */
    ck_assert_msg(small > 50 - 4 * 7, "%d of %d", small, DRAWS);
}
END_TEST

START_TEST(bad_input_is_named)
{
    info_ctx *ctx = make_ctx(1);
    const int64_t x[] = {1, 2, 3};
    const info_series pair[] = {series_of(x, 3), series_of(x, 3)};
    info_sample_estimate e;
    info_permutation_result r;
    info_estimator_options options = {.struct_size = sizeof options};
#define CALL(a, b, given) info_sample_mutual_information(ctx, pair, NULL, 2, a, b, given, &options, &e)
    assert_fails(ctx, CALL(0, 2, 0), INFO_ERROR_TARGET, "a: names no symbol");
    assert_fails(ctx, CALL(1, 0, 0), INFO_ERROR_TARGET, "b: names no symbol");
    assert_fails(ctx, CALL(1, 4, 0), INFO_ERROR_TARGET, "b: names symbol 2");
    assert_fails(ctx, CALL(1, 2, 1), INFO_ERROR_TARGET, "given: shares symbol 0 with a");
    options.alphabet = 5;
    assert_fails(ctx, CALL(1, 2, 0), INFO_ERROR_OPTION, "options.alphabet: 5");
    options.alphabet = 0;
    options.uncertainty = INFO_UNCERTAINTY_POSTERIOR;
    options.estimator = INFO_ESTIMATOR_NSB;
    assert_fails(ctx, CALL(1, 2, 0), INFO_ERROR_OPTION, "options.uncertainty: the posterior");
    options.uncertainty = INFO_UNCERTAINTY_DELTA;
    assert_fails(ctx, info_permutation_test(ctx, pair, NULL, 2, 1, 2, 0, 9, &options, &r), INFO_ERROR_OPTION,
                 "options.uncertainty: 1");
    assert_fails(ctx, info_permutation_test(ctx, pair, NULL, 2, 1, 2, 0, 0, NULL, &r), INFO_ERROR_SIZE,
                 "permutations: 0");
    assert_fails(ctx, info_sample_entropy(ctx, pair, NULL, 2, 3, 0, NULL, NULL), INFO_ERROR_NULL, "out: ");
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {letters_of_english_have_their_published_information,
                                  characters_of_tinyshakespeare_have_their_published_information,
                                  every_way_to_count_has_the_same_bits,
                                  plug_in_is_the_information_of_the_table_of_counts,
                                  independent_samples_have_no_plug_in_information,
                                  information_below_0_or_above_the_entropy_is_flagged,
                                  bias_of_independent_pairs_is_what_theory_says,
                                  errors_of_information_are_the_deviation_over_samples,
                                  permutations_find_dependence_and_its_absence,
                                  p_values_are_honest,
                                  bad_input_is_named,
                                  NULL};
    return run_tests("measures of samples", tests);
}
