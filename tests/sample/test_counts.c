/* SPDX-License-Identifier: MIT
 * Tables of counts against counting one by one. */
#include "samples.h"

/* A table of pairs below k, counted the slow way. */
static void count_slowly(const int64_t *x, const int64_t *y, int64_t n, int64_t k, int64_t *table)
{
    memset(table, 0, (size_t)(k * k) * sizeof *table);
    for (int64_t i = 0; i < n; i++)
        table[x[i] * k + y[i]]++;
}

static void assert_table(info_ctx *ctx, info_counts *counts, int64_t k, const int64_t *expected)
{
    info_counts_summary s;
    ck_assert_int_eq(info_counts_summarize(ctx, counts, &s), INFO_OK);
    int64_t *tuples = malloc((size_t)(2 * s.distinct) * sizeof *tuples),
            *times = malloc((size_t)s.distinct * sizeof *times);
    ck_assert_int_eq(info_counts_read(ctx, counts, 0, tuples, 2 * s.distinct, times, s.distinct), INFO_OK);
    int64_t at = 0, total = 0, once = 0;
    for (int64_t cell = 0; cell < k * k; cell++) {
        if (!expected[cell])
            continue;
        ck_assert_int_lt(at, s.distinct);
        ck_assert_int_eq(tuples[2 * at], cell / k);
        ck_assert_int_eq(tuples[2 * at + 1], cell % k);
        ck_assert_int_eq(times[at], expected[cell]);
        total += times[at];
        once += times[at++] == 1;
    }
    ck_assert_int_eq(at, s.distinct);
    ck_assert_int_eq(total, s.total);
    ck_assert_int_eq(once, s.singletons);
    free(tuples);
    free(times);
}

static void random_pairs(uint64_t seed, int64_t n, int64_t k, int64_t *x, int64_t *y)
{
    for (int64_t i = 0; i < n; i++) {
        /* Few frequent symbols and many rare ones. */
        x[i] = (int64_t)((double)k * pow(next_uniform(&seed), 4));
        y[i] = (int64_t)((double)k * pow(next_uniform(&seed), 2));
    }
}

START_TEST(tables_hold_what_counting_one_by_one_finds)
{
    const int64_t alphabets[][2] = {{0, 0}, {7, 7}, {300, 300}, {300, 0}};
    static const int64_t sizes[] = {1, 5, 1000, 70000};
    const int64_t k = _i == 1 ? 7 : 300, n = 70000;
    int64_t *x = malloc((size_t)n * sizeof *x), *y = malloc((size_t)n * sizeof *y);
    int64_t *expected = malloc((size_t)(k * k) * sizeof *expected);
    random_pairs(5, n, k, x, y);
    for (int32_t threads = 1; threads <= 3; threads += 2)
        for (size_t s = 0; s < 4; s++) {
            info_ctx *ctx = make_ctx(threads);
            info_counts *counts;
            const info_series series[] = {series_of(x, sizes[s]), series_of(y, sizes[s])};
            ck_assert_int_eq(info_counts_create(ctx, alphabets[_i], 2, &counts), INFO_OK);
            ck_assert_int_eq(info_counts_add(ctx, counts, series, 2, NULL, 0), INFO_OK);
            count_slowly(x, y, sizes[s], k, expected);
            assert_table(ctx, counts, k, expected);
            info_counts_destroy(counts);
            info_ctx_destroy(ctx);
        }
    free(x);
    free(y);
    free(expected);
}
END_TEST

START_TEST(pieces_in_any_order_and_merged_tables_are_the_whole)
{
    enum { N = 50000, K = 200 };
    static int64_t x[N], y[N], expected[K * K];
    info_ctx *ctx = make_ctx(2);
    random_pairs(11, N, K, x, y);
    count_slowly(x, y, N, K, expected);
    info_counts *a, *b;
    ck_assert_int_eq(info_counts_create(ctx, NULL, 2, &a), INFO_OK);
    ck_assert_int_eq(info_counts_create(ctx, NULL, 2, &b), INFO_OK);
    for (int64_t at = 0, piece = 1; at < N; at += piece, piece = piece * 3 % 4999 + 1) {
        const int64_t count = N - at < piece ? N - at : piece;
        const info_series series[] = {series_of(x + at, count), series_of(y + at, count)};
        ck_assert_int_eq(info_counts_add(ctx, piece % 2 ? a : b, series, 2, NULL, 0), INFO_OK);
    }
    ck_assert_int_eq(info_counts_merge(ctx, a, b), INFO_OK);
    assert_table(ctx, a, K, expected);
    /* b, and empty tables, are as they were. */
    info_counts *empty;
    ck_assert_int_eq(info_counts_create(ctx, NULL, 2, &empty), INFO_OK);
    ck_assert_int_eq(info_counts_merge(ctx, a, empty), INFO_OK);
    assert_table(ctx, a, K, expected);
    ck_assert_int_eq(info_counts_merge(ctx, empty, a), INFO_OK);
    assert_table(ctx, empty, K, expected);
    info_counts_destroy(empty);
    info_counts_destroy(a);
    info_counts_destroy(b);
    info_ctx_destroy(ctx);
}
END_TEST

/* More samples than a block has, so that blocks are merged. */
START_TEST(blocks_are_merged_into_the_whole)
{
    enum { N = 9000000, K = 3000 };
    int32_t *x = malloc(N * sizeof *x);
    uint64_t seed = 3;
    for (int64_t i = 0; i < N; i++)
        x[i] = (int32_t)(K * pow(next_uniform(&seed), 3));
    int64_t *expected = calloc(K, sizeof *expected);
    for (int64_t i = 0; i < N; i++)
        expected[x[i]]++;
    info_ctx *ctx = make_ctx(2);
    info_counts *counts;
    const info_series series = {x, N, 1, INFO_INT32, 0};
    ck_assert_int_eq(info_counts_create(ctx, NULL, 1, &counts), INFO_OK);
    ck_assert_int_eq(info_counts_add(ctx, counts, &series, 1, NULL, 0), INFO_OK);
    for (int64_t k = 0; k < K; k++) {
        int64_t times;
        ck_assert_int_eq(info_counts_find(ctx, counts, &k, 1, &times), INFO_OK);
        ck_assert_int_eq(times, expected[k]);
    }
    info_counts_destroy(counts);
    info_ctx_destroy(ctx);
    free(x);
    free(expected);
}
END_TEST

START_TEST(every_type_and_stride_is_read)
{
    enum { N = 3000 };
    static int64_t wide[2 * N];
    static uint8_t narrow[N];
    static int8_t bytes[N];
    static int16_t shorts[N];
    static uint16_t words[N];
    static uint32_t longs[N];
    static int32_t ints[N];
    uint64_t seed = 9;
    for (int64_t i = 0; i < N; i++) {
        const int64_t v = (int64_t)(next_random(&seed) % 120);
        wide[2 * i] = v;
        wide[2 * i + 1] = -1;
        narrow[i] = (uint8_t)v;
        bytes[i] = (int8_t)v;
        shorts[i] = (int16_t)v;
        words[i] = (uint16_t)v;
        longs[i] = (uint32_t)v;
        ints[i] = (int32_t)v;
    }
    const info_series same[] = {{wide, N, 2, INFO_INT64, 0},   {ints, N, 1, INFO_INT32, 0},
                                {shorts, N, 1, INFO_INT16, 0}, {bytes, N, 1, INFO_INT8, 0},
                                {longs, N, 1, INFO_UINT32, 0}, {words, N, 1, INFO_UINT16, 0},
                                {narrow, N, 1, INFO_UINT8, 0}, {wide + 2 * (N - 1), N, -2, INFO_INT64, 0}};
    info_sample_estimate first, other;
    ck_assert_int_eq(info_sample_entropy(NULL, &same[0], NULL, 1, 1, 0, NULL, &first), INFO_OK);
    for (int k = 1; k < 8; k++) {
        ck_assert_int_eq(info_sample_entropy(NULL, &same[k], NULL, 1, 1, 0, NULL, &other), INFO_OK);
        ck_assert_mem_eq(&first, &other, sizeof first);
    }
}
END_TEST

START_TEST(ngrams_of_any_order_respect_documents_and_cuts)
{
    enum { N = 4000 };
    static int64_t tokens[N];
    uint64_t seed = 17;
    for (int64_t i = 0; i < N; i++)
        tokens[i] = (int64_t)(next_random(&seed) % 3) - 1; /* negative ones, too */
    static const int64_t starts[] = {1, 2, 5, 700, 701, 2500, 3999};
    static const int32_t orders[] = {1, 2, 3, 5, 20, 64};
    info_ctx *ctx = make_ctx(2);
    for (size_t o = 0; o < 6; o++) {
        const int32_t n = orders[o];
        info_counts *whole, *slow, *cut;
        ck_assert_int_eq(info_counts_create(ctx, NULL, n, &whole), INFO_OK);
        ck_assert_int_eq(info_counts_create(ctx, NULL, n, &slow), INFO_OK);
        ck_assert_int_eq(info_counts_create(ctx, NULL, n, &cut), INFO_OK);
        const info_series all = series_of(tokens, N);
        ck_assert_int_eq(info_counts_add_ngrams(ctx, whole, &all, starts, 7), INFO_OK);
        int64_t expected = 0;
        for (int64_t i = 0; i + n <= N; i++) {
            int crosses = 0;
            for (int k = 0; k < 7; k++)
                crosses |= starts[k] > i && starts[k] < i + n;
            if (crosses)
                continue;
            expected++;
            info_series window[INFO_MAX_SERIES];
            for (int32_t j = 0; j < n; j++)
                window[j] = series_of(tokens + i + j, 1);
            ck_assert_int_eq(info_counts_add(ctx, slow, window, n, NULL, 0), INFO_OK);
        }
        /* In pieces, some shorter than an n-gram. */
        for (int64_t at = 0, piece = 1; at < N; at += piece, piece = piece * 2 % 97 + 1) {
            const int64_t count = N - at < piece ? N - at : piece;
            int64_t own[7], owned = 0;
            for (int k = 0; k < 7; k++)
                if (starts[k] >= at && starts[k] < at + count)
                    own[owned++] = starts[k] - at;
            const info_series part = series_of(tokens + at, count);
            ck_assert_int_eq(info_counts_add_ngrams(ctx, cut, &part, owned ? own : NULL, owned), INFO_OK);
        }
        info_counts_summary a, b, c;
        ck_assert_int_eq(info_counts_summarize(ctx, whole, &a), INFO_OK);
        ck_assert_int_eq(info_counts_summarize(ctx, slow, &b), INFO_OK);
        ck_assert_int_eq(info_counts_summarize(ctx, cut, &c), INFO_OK);
        ck_assert_int_eq(a.total, expected);
        ck_assert_int_eq(b.total, expected);
        ck_assert_int_eq(c.total, expected);
        ck_assert_int_eq(a.distinct, b.distinct);
        ck_assert_int_eq(a.distinct, c.distinct);
        int64_t *tuples[3], *times[3];
        info_counts *tables[] = {whole, slow, cut};
        for (int k = 0; k < 3; k++) {
            tuples[k] = malloc((size_t)(n * a.distinct) * sizeof(int64_t));
            times[k] = malloc((size_t)a.distinct * sizeof(int64_t));
            ck_assert_int_eq(info_counts_read(ctx, tables[k], 0, tuples[k], n * a.distinct, times[k], a.distinct),
                             INFO_OK);
        }
        for (int k = 1; k < 3; k++) {
            ck_assert_mem_eq(tuples[0], tuples[k], (size_t)(n * a.distinct) * sizeof(int64_t));
            ck_assert_mem_eq(times[0], times[k], (size_t)a.distinct * sizeof(int64_t));
        }
        for (int k = 0; k < 3; k++) {
            free(tuples[k]);
            free(times[k]);
            info_counts_destroy(tables[k]);
        }
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(marginals_are_the_tables_of_fewer_series)
{
    enum { N = 5000 };
    static int64_t s[3][N];
    uint64_t seed = 23;
    for (int j = 0; j < 3; j++)
        for (int64_t i = 0; i < N; i++)
            s[j][i] = (int64_t)(next_random(&seed) % 9) * (j + 1);
    info_series series[3], two[2];
    for (int j = 0; j < 3; j++)
        series[j] = series_of(s[j], N);
    two[0] = series[0];
    two[1] = series[2];
    info_counts *all, *marginal, *direct;
    ck_assert_int_eq(info_counts_create(NULL, NULL, 3, &all), INFO_OK);
    ck_assert_int_eq(info_counts_create(NULL, NULL, 2, &direct), INFO_OK);
    ck_assert_int_eq(info_counts_add(NULL, all, series, 3, NULL, 0), INFO_OK);
    ck_assert_int_eq(info_counts_add(NULL, direct, two, 2, NULL, 0), INFO_OK);
    ck_assert_int_eq(info_counts_marginal(NULL, all, 5, &marginal), INFO_OK);
    int64_t a[162], b[162], na[81], nb[81];
    ck_assert_int_eq(info_counts_read(NULL, marginal, 0, a, 162, na, 81), INFO_OK);
    ck_assert_int_eq(info_counts_read(NULL, direct, 0, b, 162, nb, 81), INFO_OK);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_eq(na, nb, sizeof na);
    info_counts_destroy(all);
    info_counts_destroy(marginal);
    info_counts_destroy(direct);
}
END_TEST

START_TEST(counts_beyond_32_bits_are_exact_and_beyond_63_refused)
{
    info_ctx *ctx = make_ctx(1);
    info_counts *counts;
    const int64_t symbols[] = {4, 2, 4}, big[] = {INT64_C(1) << 61, 3, INT64_C(1) << 61}, one = 1;
    const info_series series = series_of(symbols, 3), last = series_of(symbols, 1);
    ck_assert_int_eq(info_counts_create(ctx, NULL, 1, &counts), INFO_OK);
    ck_assert_int_eq(info_counts_add(ctx, counts, &series, 1, big, 3), INFO_OK);
    int64_t times;
    ck_assert_int_eq(info_counts_find(ctx, counts, &symbols[0], 1, &times), INFO_OK);
    ck_assert_int_eq(times, INT64_C(1) << 62);
    assert_fails(ctx, info_counts_add(ctx, counts, &series, 1, big, 3), INFO_ERROR_OVERFLOW, "counts: ");
    const int64_t rest = INT64_MAX - (INT64_C(1) << 62) - 3;
    ck_assert_int_eq(info_counts_add(ctx, counts, &last, 1, &rest, 1), INFO_OK);
    assert_fails(ctx, info_counts_add(ctx, counts, &last, 1, &one, 1), INFO_ERROR_OVERFLOW, "counts: ");
    info_counts_summary s;
    ck_assert_int_eq(info_counts_summarize(ctx, counts, &s), INFO_OK);
    ck_assert_int_eq(s.total, INT64_MAX);
    ck_assert_int_eq(s.largest, INT64_MAX - 3);
    info_counts_destroy(counts);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(symbols_counted_no_time_are_not_there)
{
    const int64_t symbols[] = {1, 2, 3}, times[] = {0, 5, 0};
    const info_series series = series_of(symbols, 3);
    info_counts *counts;
    info_counts_summary s;
    ck_assert_int_eq(info_counts_create(NULL, NULL, 1, &counts), INFO_OK);
    ck_assert_int_eq(info_counts_add(NULL, counts, &series, 1, times, 3), INFO_OK);
    ck_assert_int_eq(info_counts_summarize(NULL, counts, &s), INFO_OK);
    ck_assert_int_eq(s.distinct, 1);
    ck_assert_int_eq(s.total, 5);
    info_counts_destroy(counts);
}
END_TEST

START_TEST(bad_input_is_named_and_changes_nothing)
{
    info_ctx *ctx = make_ctx(1);
    info_counts *counts = NULL, *other;
    const int64_t alphabets[] = {4, 4}, bad_alphabets[] = {4, -1}, x[] = {0, 1, 2, 3}, y[] = {0, 1, 4, 3};
    const int64_t times[] = {1, 1, -1, 1};
    info_series series[] = {series_of(x, 4), series_of(y, 4)};
    assert_fails(ctx, info_counts_create(ctx, bad_alphabets, 2, &counts), INFO_ERROR_DOMAIN, "alphabets: ");
    assert_fails(ctx, info_counts_create(ctx, NULL, 0, &counts), INFO_ERROR_SIZE, "width: ");
    assert_fails(ctx, info_counts_create(ctx, NULL, 65, &counts), INFO_ERROR_SIZE, "width: ");
    assert_fails(ctx, info_counts_create(ctx, NULL, 2, NULL), INFO_ERROR_NULL, "out: ");
    ck_assert_ptr_null(counts);
    ck_assert_int_eq(info_counts_create(ctx, alphabets, 2, &counts), INFO_OK);
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, NULL, 0), INFO_ERROR_TARGET, "series[1]: sample 2 is 4");
    series[1] = series_of(x, 3);
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, NULL, 0), INFO_ERROR_SIZE, "series[1]: has 3");
    series[1] = series_of(x, 4);
    assert_fails(ctx, info_counts_add(ctx, counts, series, 1, NULL, 0), INFO_ERROR_SIZE, "width: 1");
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, times, 4), INFO_ERROR_DOMAIN, "times: element 2 is -1");
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, times, 3), INFO_ERROR_SIZE, "times: ");
    series[1].type = 7;
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, NULL, 0), INFO_ERROR_TYPE, "series[1]: type 7");
    series[1].type = 0;
    series[1].length = 0;
    assert_fails(ctx, info_counts_add(ctx, counts, series, 2, NULL, 0), INFO_ERROR_SIZE, "series[1]: has 0");
    series[1].length = 4;
    const int64_t unordered[] = {2, 2};
    assert_fails(ctx, info_counts_add_ngrams(ctx, counts, series, unordered, 2), INFO_ERROR_TARGET,
                 "starts: element 1");
    info_counts_summary s;
    ck_assert_int_eq(info_counts_summarize(ctx, counts, &s), INFO_OK);
    ck_assert_int_eq(s.total, 0);
    info_sample_estimate estimate;
    assert_fails(ctx, info_counts_entropy(ctx, counts, 1, 0, NULL, &estimate), INFO_ERROR_SIZE,
                 "counts: the table is empty");
    assert_fails(ctx, info_counts_merge(ctx, counts, counts), INFO_ERROR_OVERLAP, "from: ");
    ck_assert_int_eq(info_counts_create(ctx, NULL, 2, &other), INFO_OK);
    assert_fails(ctx, info_counts_merge(ctx, counts, other), INFO_ERROR_SIZE, "from: symbol 0");
    int64_t out[2], tuple[] = {0, 9};
    assert_fails(ctx, info_counts_read(ctx, counts, 0, NULL, 0, out, 1), INFO_ERROR_TARGET, "first: ");
    assert_fails(ctx, info_counts_find(ctx, counts, tuple, 2, out), INFO_ERROR_TARGET, "tuple: element 1 is 9");
    assert_fails(ctx, info_counts_marginal(ctx, counts, 0, &other), INFO_ERROR_TARGET, "symbols: ");
    assert_fails(ctx, info_counts_marginal(ctx, counts, 4, &other), INFO_ERROR_TARGET, "symbols: ");
    info_counts_destroy(counts);
    info_counts_destroy(other);
    info_counts_destroy(NULL);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {pieces_in_any_order_and_merged_tables_are_the_whole,
                                  blocks_are_merged_into_the_whole,
                                  every_type_and_stride_is_read,
                                  ngrams_of_any_order_respect_documents_and_cuts,
                                  marginals_are_the_tables_of_fewer_series,
                                  counts_beyond_32_bits_are_exact_and_beyond_63_refused,
                                  symbols_counted_no_time_are_not_there,
                                  bad_input_is_named_and_changes_nothing,
                                  NULL};
    Suite *suite = suite_create("counts");
    TCase *loop = tcase_create("tables");
    tcase_set_timeout(loop, 120);
    tcase_add_loop_test(loop, tables_hold_what_counting_one_by_one_finds, 0, 4);
    suite_add_tcase(suite, loop);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : run_tests("counts of samples", tests);
}
