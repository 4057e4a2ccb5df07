/* SPDX-License-Identifier: MIT
 * Sequences of tokens: identities with tables of counts, closed forms, brute force, published values, bad input. */
#include "samples.h"

enum { N = 3000 };
static int64_t tokens[N], other[N];

static void fill(uint64_t seed, int64_t alphabet)
{
    for (int i = 0; i < N; i++)
        tokens[i] = next_random(&seed) % 3 && i > 0 ? (tokens[i - 1] * 2 + 1) % alphabet - 3
                                                    : (int64_t)(next_random(&seed) % (uint64_t)alphabet) - 3;
}

START_TEST(blocks_are_the_ngrams_of_tables)
{
    static const int64_t starts[] = {100, 101, 103, 2000};
    const info_series all = series_of(tokens, N);
    fill(4, 9);
    for (int documents = 0; documents < 2; documents++)
        for (info_estimator m = INFO_ESTIMATOR_PLUG_IN; m <= INFO_ESTIMATOR_CHAO_WANG_JOST; m += 4) {
            const info_estimator_options options = {.struct_size = sizeof options, .estimator = m, .unit = INFO_BIT};
            info_block_entropy blocks[9], threaded[9];
            info_sample_estimate single, e;
            ck_assert_int_eq(
                info_block_entropies(NULL, &all, documents ? starts : NULL, documents ? 4 : 0, 9, &options, blocks, 9),
                INFO_OK);
            double before = 0;
            for (int32_t n = 1; n <= 9; n++) {
                info_counts *counts;
                ck_assert_int_eq(info_counts_create(NULL, NULL, n, &counts), INFO_OK);
                ck_assert_int_eq(
                    info_counts_add_ngrams(NULL, counts, &all, documents ? starts : NULL, documents ? 4 : 0), INFO_OK);
                ck_assert_int_eq(info_counts_entropy(NULL, counts, (UINT64_C(1) << n) - 1, 0, &options, &e), INFO_OK);
                const info_block_entropy *b = &blocks[n - 1];
                if (n == 1)
                    single = e;
                ck_assert_int_eq(b->order, n);
                ck_assert_int_eq(b->blocks, e.samples);
                ck_assert_int_eq(b->distinct, e.distinct);
                assert_same_bits(b->coverage, e.coverage);
                assert_same_bits(b->plug_in, e.plug_in);
                assert_same_bits(b->entropy, e.value);
                ck_assert(fabs(b->rate - (e.value - before)) < 1e-12);
                ck_assert(n == 1 || fabs(b->information - (before + single.value - e.value)) < 1e-12);
                before = e.value;
                info_counts_destroy(counts);
            }
            info_ctx *ctx = make_ctx(3);
            ck_assert_int_eq(
                info_block_entropies(ctx, &all, documents ? starts : NULL, documents ? 4 : 0, 9, &options, threaded, 9),
                INFO_OK);
            ck_assert_mem_eq(blocks, threaded, sizeof blocks);
            info_ctx_destroy(ctx);
        }
}
END_TEST

/* A cycle of 7: every block entropy is log 7 but for the ends, the rate 0. A block longer than half the text repeats no more. */
START_TEST(rates_of_a_cycle_and_where_bias_begins)
{
    for (int i = 0; i < N; i++)
        tokens[i] = i % 7;
    const info_series all = series_of(tokens, N - N % 7);
    info_block_entropy b[20];
    ck_assert_int_eq(info_block_entropies(NULL, &all, NULL, 0, 20, NULL, b, 20), INFO_OK);
    assert_close(b[0].entropy, log(7), 1e-14);
    for (int n = 1; n < 20; n++)
        ck_assert(fabs(b[n].rate) < 1e-5);
    /* Random bits: H(n) is n bits until the blocks are as many as the text. */
    uint64_t seed = 5;
    for (int i = 0; i < N; i++)
        tokens[i] = next_random(&seed) >> 40 & 1;
    const info_series noise = series_of(tokens, N);
    const info_estimator_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};
    ck_assert_int_eq(info_block_entropies(NULL, &noise, NULL, 0, 20, &bits, b, 20), INFO_OK);
    ck_assert(fabs(b[3].rate - 1) < 0.02);
    ck_assert_int_eq(b[3].flags, 0);
    ck_assert(b[19].rate < 0.05 && (b[19].flags & INFO_ESTIMATE_LOW_COVERAGE));
}
END_TEST

START_TEST(distances_are_pairs_of_shifted_series)
{
    fill(8, 11);
    const int64_t distances[] = {1, 2, 7, 500}, starts[] = {1500};
    const info_series all = series_of(tokens, N);
    info_sample_estimate e[4], direct;
    const info_estimator_options options = {.struct_size = sizeof options, .estimator = INFO_ESTIMATOR_JAMES_STEIN};
    ck_assert_int_eq(info_distance_information(NULL, &all, NULL, 0, distances, 4, &options, e, 4), INFO_OK);
    for (int k = 0; k < 4; k++) {
        const int64_t d = distances[k];
        const info_series pair[] = {series_of(tokens, N - d), series_of(tokens + d, N - d)};
        ck_assert_int_eq(info_sample_mutual_information(NULL, pair, NULL, 2, 1, 2, 0, &options, &direct), INFO_OK);
        assert_same_bits(e[k].value, direct.value);
        assert_same_bits(e[k].plug_in, direct.plug_in);
    }
    ck_assert_int_eq(info_distance_information(NULL, &all, starts, 1, distances, 4, &options, e, 4), INFO_OK);
    ck_assert_int_eq(e[3].samples, 2 * 1000);
}
END_TEST

START_TEST(associations_are_their_formulas_and_ranked)
{
    fill(6, 6);
    const info_series all = series_of(tokens, N);
    info_counts *pairs;
    info_association best[200], again[5];
    int64_t tuples[400], found, few[10];
    ck_assert_int_eq(info_counts_create(NULL, NULL, 2, &pairs), INFO_OK);
    ck_assert_int_eq(info_counts_add_ngrams(NULL, pairs, &all, NULL, 0), INFO_OK);
    for (info_association_rank rank = 0; rank <= INFO_ASSOCIATION_LOCAL; rank++) {
        const info_association_options options = {
            .struct_size = sizeof options, .rank = rank, .unit = INFO_BIT, .minimum_count = 3};
        ck_assert_int_eq(info_counts_association(NULL, pairs, &options, tuples, 400, best, 200, &found), INFO_OK);
        ck_assert_int_gt(found, 5);
        double before = INFINITY;
        for (int64_t i = 0; i < found; i++) {
            int64_t both = 0, first = 0, second = 0;
            for (int t = 0; t + 1 < N; t++) {
                both += tokens[t] == tuples[2 * i] && tokens[t + 1] == tuples[2 * i + 1];
                first += tokens[t] == tuples[2 * i];
                second += tokens[t + 1] == tuples[2 * i + 1];
            }
            const double p = (double)both / (N - 1.0);
            const double pmi = log2(p / ((double)first / (N - 1.0) * ((double)second / (N - 1.0))));
            ck_assert_int_eq(best[i].count, both);
            ck_assert_int_ge(both, 3);
            ck_assert(fabs(best[i].pmi - pmi) < 1e-12);
            ck_assert(fabs(best[i].npmi - pmi / -log2(p)) < 1e-12);
            const double value[] = {best[i].pmi, best[i].npmi, (double)both, (double)both * best[i].pmi};
            ck_assert(value[rank] <= before + 1e-9);
            before = value[rank];
        }
        ck_assert_int_eq(info_counts_association(NULL, pairs, &options, few, 10, again, 5, &found), INFO_OK);
        ck_assert_int_eq(found, 5);
        ck_assert_mem_eq(again, best, sizeof again);
        ck_assert_mem_eq(few, tuples, sizeof few);
    }
    info_counts_destroy(pairs);
}
END_TEST

/* Y repeats X one step later, X is coin tosses: log 2 from X to Y, nothing back, nothing given X's own past of two. */
START_TEST(transfer_entropy_has_a_direction)
{
    uint64_t seed = 10;
    for (int i = 0; i < N; i++) {
        tokens[i] = next_random(&seed) >> 30 & 1;
        other[i] = i >= 2 ? tokens[i - 2] : 0;
    }
    const info_series x = series_of(tokens, N), y = series_of(other, N);
    info_sample_estimate e;
    const info_estimator_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};
    info_transfer_options options = {.struct_size = sizeof options, .delay = 2};
    ck_assert_int_eq(info_transfer_entropy(NULL, &x, &y, NULL, 0, &options, &bits, &e), INFO_OK);
    ck_assert(fabs(e.value - 1) < 0.01);
    ck_assert_int_eq(info_transfer_entropy(NULL, &y, &x, NULL, 0, &options, &bits, &e), INFO_OK);
    ck_assert(e.value < 0.01);
    options.delay = 1;
    ck_assert_int_eq(info_transfer_entropy(NULL, &x, &y, NULL, 0, &options, &bits, &e), INFO_OK);
    ck_assert(e.value < 0.01);
    options.source_history = 2;
    options.target_history = 3;
    ck_assert_int_eq(info_transfer_entropy(NULL, &x, &y, NULL, 0, &options, &bits, &e), INFO_OK);
    ck_assert(fabs(e.value - 1) < 0.02);
    /* A condition that knows X's past leaves nothing: the third series is X one step behind. */
    static int64_t behind[N];
    for (int i = 1; i < N; i++)
        behind[i] = tokens[i - 1];
    const info_series z = series_of(behind, N);
    options.source_history = options.target_history = 0;
    options.delay = 2;
    ck_assert_int_eq(info_transfer_entropy(NULL, &x, &y, &z, 1, &options, &bits, &e), INFO_OK);
    ck_assert(e.value < 1e-12);
}
END_TEST

static int64_t brute_match(int64_t i, int64_t n)
{
    int64_t longest = 0;
    for (int64_t j = 0; j < i; j++) {
        int64_t length = 0;
        while (i + length < n && tokens[i + length] == tokens[j + length])
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

START_TEST(matches_are_brute_force)
{
    const int64_t alphabets[] = {1, 2, 4, 1000}, sizes[] = {2, 3, 50, 700};
    for (int a = 0; a < 4; a++)
        for (int s = 0; s < 4; s++) {
            const int64_t n = sizes[s];
            fill((uint64_t)(a + 9), alphabets[a] + 3);
            if (a == 0)
                for (int i = 0; i < N; i++)
                    tokens[i] = 7;
            const info_series text = series_of(tokens, n);
            info_lempel_ziv_result r;
            ck_assert_int_eq(info_lempel_ziv(NULL, &text, INFO_BIT, &r), INFO_OK);
            int64_t phrases = 0, longest = 0;
            double sum = 0;
            for (int64_t i = 0; i < n; phrases++)
                i += brute_match(i, n) + 1;
            for (int64_t i = 1; i < n; i++) {
                const int64_t match = brute_match(i, n);
                sum += (double)(match + 1) / log2((double)i + 1);
                longest = match > longest ? match : longest;
            }
            ck_assert_int_eq(r.phrases, phrases);
            ck_assert_int_eq(r.longest, longest);
            assert_close(r.match_rate, (double)(n - 1) / sum, 1e-12);
            assert_close(r.phrase_rate, (double)phrases * log2((double)n) / (double)n, 1e-12);
        }
}
END_TEST

/* Classes (0,0,1,2,1), probabilities (.2,.1,.05,.02,.05): MATHEMATICS, worked out by hand. */
START_TEST(semantic_entropy_has_its_published_values)
{
    const double log_p[] = {log(0.2), log(0.1), log(0.05), log(0.02), log(0.05)};
    const int64_t classes[] = {0, 0, 1, 2, 1};
    const info_series c = series_of(classes, 5);
    info_semantic_entropy_result r, far;
    ck_assert_int_eq(info_semantic_entropy(NULL, log_p, &c, INFO_NAT, &r), INFO_OK);
    assert_close(r.discrete, 1.0549201679861442, 1e-14);
    assert_close(r.normalized, 0.7270013625470586, 1e-14);
    assert_close(r.monte_carlo, 1.317527192308899, 1e-14);
    ck_assert_int_eq(r.classes, 3);
    /* Only ratios count, however small the probabilities of long answers. */
    double tiny[5];
    for (int i = 0; i < 5; i++)
        tiny[i] = log_p[i] - 5000;
    ck_assert_int_eq(info_semantic_entropy(NULL, tiny, &c, INFO_NAT, &far), INFO_OK);
    assert_close(far.normalized, r.normalized, 1e-11);
}
END_TEST

START_TEST(v_information_is_a_mean_of_differences)
{
    const double null[] = {-1, -2, -3, -0.5}, given[] = {-0.5, -2.5, -1, 0};
    double pointwise[4];
    info_usable_information r;
    ck_assert_int_eq(info_v_information(NULL, null, given, 4, INFO_NAT, pointwise, 4, &r), INFO_OK);
    const double d[] = {0.5, -0.5, 2, 0.5};
    ck_assert_mem_eq(pointwise, d, sizeof d);
    assert_close(r.value, 0.625, 1e-15);
    double square = 0;
    for (int i = 0; i < 4; i++)
        square += (d[i] - 0.625) * (d[i] - 0.625);
    assert_close(r.standard_error, sqrt(square / 12), 1e-14);
}
END_TEST

START_TEST(bad_input_is_named)
{
    info_ctx *ctx = make_ctx(1);
    fill(2, 5);
    const info_series all = series_of(tokens, 10), one = series_of(tokens, 1), shorter = series_of(tokens, 9);
    info_block_entropy blocks[20];
    info_sample_estimate e;
    info_estimator_options options = {.struct_size = sizeof options, .uncertainty = INFO_UNCERTAINTY_DELTA};
    const int64_t starts[] = {5}, zero = 0, nine = 9;
    assert_fails(ctx, info_block_entropies(ctx, &all, NULL, 0, 11, NULL, blocks, 20), INFO_ERROR_SIZE, "max_order: 11");
    assert_fails(ctx, info_block_entropies(ctx, &all, starts, 1, 6, NULL, blocks, 20), INFO_ERROR_SIZE,
                 "max_order: no document has 6");
    assert_fails(ctx, info_block_entropies(ctx, &all, NULL, 0, 3, NULL, blocks, 2), INFO_ERROR_OUTPUT, "out: ");
    assert_fails(ctx, info_block_entropies(ctx, &all, NULL, 0, 3, &options, blocks, 20), INFO_ERROR_OPTION,
                 "options.uncertainty");
    assert_fails(ctx, info_distance_information(ctx, &all, NULL, 0, &zero, 1, NULL, &e, 1), INFO_ERROR_SIZE,
                 "distances: element 0 is 0");
    assert_fails(ctx, info_distance_information(ctx, &all, starts, 1, &nine, 1, NULL, &e, 1), INFO_ERROR_SIZE,
                 "distances: no document");
    assert_fails(ctx, info_transfer_entropy(ctx, &all, &shorter, NULL, 0, NULL, NULL, &e), INFO_ERROR_SIZE,
                 "source: has 10");
    info_transfer_options transfer = {.struct_size = sizeof transfer, .delay = 10};
    assert_fails(ctx, info_transfer_entropy(ctx, &all, &all, NULL, 0, &transfer, NULL, &e), INFO_ERROR_SIZE,
                 "options: delay and histories take 10");
    transfer.delay = 0;
    transfer.source_history = 63;
    assert_fails(ctx, info_transfer_entropy(ctx, &all, &all, NULL, 0, &transfer, NULL, &e), INFO_ERROR_SIZE,
                 "options.source_history: ");
    info_lempel_ziv_result lz;
    assert_fails(ctx, info_lempel_ziv(ctx, &one, INFO_NAT, &lz), INFO_ERROR_SIZE, "tokens: has 1");
    assert_fails(ctx, info_lempel_ziv(ctx, &all, 3, &lz), INFO_ERROR_OPTION, "unit: 3");
    const double log_p[] = {-1, NAN}, never[] = {-INFINITY, -INFINITY}, above[] = {-1, 0.5};
    const info_series two = series_of(tokens, 2);
    info_semantic_entropy_result s;
    assert_fails(ctx, info_semantic_entropy(ctx, log_p, &two, INFO_NAT, &s), INFO_ERROR_DOMAIN,
                 "log_p: element 1 is nan");
    assert_fails(ctx, info_semantic_entropy(ctx, never, &two, INFO_NAT, &s), INFO_ERROR_DOMAIN, "log_p: no answer");
    info_usable_information v;
    assert_fails(ctx, info_v_information(ctx, log_p, above, 2, INFO_NAT, NULL, 0, &v), INFO_ERROR_DOMAIN,
                 "log_p_null: element 1 is nan");
    assert_fails(ctx, info_v_information(ctx, above, never, 2, INFO_NAT, NULL, 0, &v), INFO_ERROR_DOMAIN,
                 "log_p_null: element 1 is 0.5");
    assert_fails(ctx, info_v_information(ctx, never, never, 2, INFO_NAT, NULL, 0, &v), INFO_ERROR_DOMAIN,
                 "log_p_given, log_p_null: element 0");
    info_counts *single;
    info_association a;
    int64_t found;
    ck_assert_int_eq(info_counts_create(ctx, NULL, 1, &single), INFO_OK);
    assert_fails(ctx, info_counts_association(ctx, single, NULL, NULL, 0, &a, 1, &found), INFO_ERROR_SIZE,
                 "counts: has single");
    info_counts_destroy(single);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {blocks_are_the_ngrams_of_tables,
                                  rates_of_a_cycle_and_where_bias_begins,
                                  distances_are_pairs_of_shifted_series,
                                  associations_are_their_formulas_and_ranked,
                                  transfer_entropy_has_a_direction,
                                  matches_are_brute_force,
                                  semantic_entropy_has_its_published_values,
                                  v_information_is_a_mean_of_differences,
                                  bad_input_is_named,
                                  NULL};
    return run_tests("sequences", tests);
}
