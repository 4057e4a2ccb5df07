/* SPDX-License-Identifier: MIT
 * Two clusterings compared: against scikit-learn's numbers, against all permutations, and at the edges. */
#include "samples.h"

/* scikit-learn 1.2.1 of the labels made below: mutual_info_score, expected_mutual_information,
 * adjusted_mutual_info_score by its four averages, homogeneity_completeness_v_measure. */
static const struct {
    uint64_t seed;
    int64_t n, a, b;
    double mi, expected, adjusted[4], homogeneity, completeness, v;
} sklearn[] = {
    {5,
     300,
     7,
     11,
     0.78779608453569738,
     0.11002036565703162,
     {0.33584842617049787, 0.33720715761595416, 0.36991658919634163, 0.30752622125604895},
     0.40560800979075823,
     0.34045052564344075,
     0.37018398310552603},
    {9,
     2000,
     40,
     300,
     2.779268691227176,
     1.4696623334479781,
     {0.44573232622846848, 0.45509489954910187, 0.59241078722751817, 0.35727300716031174},
     0.75517423189791855,
     0.54121660751564415,
     0.63053953089626846},
    {13,
     500,
     490,
     3,
     0.79974881680439336,
     0.72035839157544468,
     {0.030143490526528743, 0.045070447424953225, 0.21029182496174981, 0.016235342295042934},
     0.14254923851762882,
     0.72844603447849288,
     0.23843855583486714},
    {21,
     1000,
     997,
     991,
     5.9194107053076932,
     5.7680820844923764,
     {0.26572691850948188, 0.26572904681847709, 0.26932279298820822, 0.26222579983025263},
     0.93289953609190557,
     0.93514073452860402,
     0.93401879086107142},
};

static void make_labels(uint64_t seed, int64_t n, int64_t ka, int64_t kb, int64_t *a, int64_t *b)
{
    for (int64_t i = 0; i < n; i++) {
        a[i] = (int64_t)(next_random(&seed) % (uint64_t)ka);
        const uint64_t bits = next_random(&seed);
        b[i] = bits >> 40 & 1 ? (int64_t)(bits % (uint64_t)kb) : a[i] % kb;
    }
}

START_TEST(labels_agree_with_scikit_learn)
{
    static int64_t a[2000], b[2000];
    for (size_t k = 0; k < sizeof sklearn / sizeof sklearn[0]; k++) {
        make_labels(sklearn[k].seed, sklearn[k].n, sklearn[k].a, sklearn[k].b, a, b);
        const info_series x = series_of(a, sklearn[k].n), y = series_of(b, sklearn[k].n), pair[] = {x, y};
        const info_nmi conventions[] = {INFO_NMI_ARITHMETIC, INFO_NMI_GEOMETRIC, INFO_NMI_MIN, INFO_NMI_MAX};
        for (int m = 0; m < 4; m++) {
            const info_label_options options = {.struct_size = sizeof options, .convention = conventions[m]};
            info_label_comparison c, from_table;
            ck_assert_int_eq(info_label_compare(NULL, &x, &y, &options, &c), INFO_OK);
            assert_close(c.mutual_information, sklearn[k].mi, 1e-12);
            assert_close(c.expected_mutual_information, sklearn[k].expected, 1e-11);
            ck_assert(fabs(c.adjusted_mutual_information - sklearn[k].adjusted[m]) < 1e-10);
            assert_close(c.homogeneity, sklearn[k].homogeneity, 1e-11);
            assert_close(c.completeness, sklearn[k].completeness, 1e-11);
            assert_close(c.v_measure, sklearn[k].v, 1e-11);
            assert_close(c.variation_of_information, c.entropy_a + c.entropy_b - 2 * c.mutual_information, 1e-12);
            info_counts *counts;
            ck_assert_int_eq(info_counts_create(NULL, NULL, 2, &counts), INFO_OK);
            ck_assert_int_eq(info_counts_add(NULL, counts, pair, 2, NULL, 0), INFO_OK);
            ck_assert_int_eq(info_counts_compare(NULL, counts, &options, &from_table), INFO_OK);
            ck_assert_mem_eq(&c, &from_table, sizeof c);
            info_counts_destroy(counts);
        }
    }
}
END_TEST

/* The mean over all 8! orders of the labels. */
static void visit(int64_t *b, int k, int n, const int64_t *a, double *sum, double *visits)
{
    if (k == n) {
        info_sample_estimate e;
        const info_series pair[] = {series_of(a, n), series_of(b, n)};
        ck_assert_int_eq(info_sample_mutual_information(NULL, pair, NULL, 2, 1, 2, 0, NULL, &e), INFO_OK);
        *sum += e.value;
        ++*visits;
        return;
    }
    for (int i = k; i < n; i++) {
        int64_t held = b[k];
        b[k] = b[i];
        b[i] = held;
        visit(b, k + 1, n, a, sum, visits);
        held = b[k];
        b[k] = b[i];
        b[i] = held;
    }
}

START_TEST(expected_information_is_the_mean_over_all_permutations)
{
    const int64_t a[] = {0, 0, 0, 1, 1, 2, 2};
    int64_t b[] = {0, 1, 1, 1, 2, 2, 2};
    double sum = 0, visits = 0;
    visit(b, 0, 7, a, &sum, &visits);
    info_label_comparison c;
    const info_series x = series_of(a, 7), y = series_of(b, 7);
    ck_assert_int_eq(info_label_compare(NULL, &x, &y, NULL, &c), INFO_OK);
    assert_close(c.expected_mutual_information, sum / visits, 1e-12);
}
END_TEST

START_TEST(clusterings_that_are_the_same_but_for_names)
{
    static int64_t a[1000], b[1000];
    for (int i = 0; i < 1000; i++) {
        a[i] = i * i % 37;
        b[i] = -5 * a[i] - 100;
    }
    info_label_comparison c;
    const info_series x = series_of(a, 1000), y = series_of(b, 1000);
    ck_assert_int_eq(info_label_compare(NULL, &x, &y, NULL, &c), INFO_OK);
    assert_same_bits(c.variation_of_information, 0);
    assert_same_bits(c.normalized_mutual_information, 1);
    assert_same_bits(c.adjusted_mutual_information, 1);
    assert_same_bits(c.homogeneity, 1);
    assert_same_bits(c.v_measure, 1);
    assert_same_bits(c.mutual_information, c.entropy_a);
}
END_TEST

START_TEST(trivial_clusterings)
{
    const int64_t one[] = {3, 3, 3, 3}, each[] = {1, 2, 3, 4}, two[] = {0, 0, 1, 1};
    const info_series same = series_of(one, 4), own = series_of(each, 4), half = series_of(two, 4);
    info_label_comparison c;
    ck_assert_int_eq(info_label_compare(NULL, &same, &same, NULL, &c), INFO_OK);
    assert_same_bits(c.adjusted_mutual_information, 1);
    assert_same_bits(c.homogeneity, 1);
    ck_assert_int_eq(info_label_compare(NULL, &own, &own, NULL, &c), INFO_OK);
    assert_same_bits(c.adjusted_mutual_information, 1);
    /* One cluster tells nothing. */
    ck_assert_int_eq(info_label_compare(NULL, &half, &same, NULL, &c), INFO_OK);
    assert_same_bits(c.mutual_information, 0);
    assert_same_bits(c.adjusted_mutual_information, 0);
    assert_same_bits(c.homogeneity, 0);
    assert_same_bits(c.completeness, 1);
    assert_same_bits(c.v_measure, 0);
    /* One object each: all that they tell is chance. */
    ck_assert_int_eq(info_label_compare(NULL, &half, &own, NULL, &c), INFO_OK);
    assert_close(c.mutual_information, log(2), 1e-15);
    assert_close(c.expected_mutual_information, log(2), 1e-14);
    ck_assert(fabs(c.adjusted_mutual_information) < 1e-14);
}
END_TEST

START_TEST(sizes_of_a_million_objects_keep_their_digits)
{
    enum { N = 1000000 };
    int32_t *a = malloc(N * sizeof *a), *b = malloc(N * sizeof *b);
    uint64_t seed = 3;
    for (int i = 0; i < N; i++) {
        a[i] = (int32_t)(next_random(&seed) % 50);
        b[i] = (int32_t)(next_random(&seed) % 30);
    }
    const info_series x = {a, N, 1, INFO_INT32, 0}, y = {b, N, 1, INFO_INT32, 0};
    info_label_comparison c;
    ck_assert_int_eq(info_label_compare(NULL, &x, &y, NULL, &c), INFO_OK);
    /* Of independent labels about (49 x 29) / 2N, and as much is expected. */
    assert_close(c.expected_mutual_information, 49.0 * 29 / (2.0 * N), 1e-3);
    ck_assert(fabs(c.adjusted_mutual_information) < 1e-4);
    free(a);
    free(b);
}
END_TEST

START_TEST(bad_input_is_named)
{
    info_ctx *ctx = make_ctx(1);
    const int64_t labels[] = {1, 2, 3};
    const info_series a = series_of(labels, 3), b = series_of(labels, 2);
    info_label_comparison c;
    info_label_options options = {.struct_size = sizeof options};
    assert_fails(ctx, info_label_compare(ctx, &a, &b, NULL, &c), INFO_ERROR_SIZE, "b: has 2 labels");
    assert_fails(ctx, info_label_compare(ctx, NULL, &b, NULL, &c), INFO_ERROR_NULL, "a: ");
    assert_fails(ctx, info_label_compare(ctx, &a, &a, NULL, NULL), INFO_ERROR_NULL, "out: ");
    options.convention = 5;
    assert_fails(ctx, info_label_compare(ctx, &a, &a, &options, &c), INFO_ERROR_OPTION, "options.convention: 5");
    options.convention = 0;
    options.beta = -1;
    assert_fails(ctx, info_label_compare(ctx, &a, &a, &options, &c), INFO_ERROR_OPTION, "options.beta: -1");
    info_counts *counts;
    ck_assert_int_eq(info_counts_create(ctx, NULL, 1, &counts), INFO_OK);
    assert_fails(ctx, info_counts_compare(ctx, counts, NULL, &c), INFO_ERROR_SIZE, "counts: ");
    info_counts_destroy(counts);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {labels_agree_with_scikit_learn,
                                  expected_information_is_the_mean_over_all_permutations,
                                  clusterings_that_are_the_same_but_for_names,
                                  trivial_clusterings,
                                  sizes_of_a_million_objects_keep_their_digits,
                                  bad_input_is_named,
                                  NULL};
    return run_tests("labels", tests);
}
