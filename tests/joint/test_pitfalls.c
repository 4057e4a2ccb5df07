/* SPDX-License-Identifier: MIT
 * Laws of joint tables that libraries in use are known to have broken (docs/PITFALLS.md), where they are not among
 * those of the other files. */
#include <stdio.h>
#include <time.h>

#include "tables.h"

START_TEST(counts_beyond_32_and_64_bits_do_not_wrap)
{
    const int64_t shape[] = {3, 4};
    doubles_table t;
    make_table(&t, 2, shape);
    for (int64_t i = 0; i < t.count; i++)
        t.cells[i] = (double)(i * i % 7);
    const double mi = information(&t.view, 1, 2, 0, &counts), h = entropy(&t.view, 3, 0, &counts),
                 conditional = entropy(&t.view, 1, 2, &counts);
    for (int shift = 1; shift <= 90; shift++) {
        for (int64_t i = 0; i < t.count; i++)
            t.cells[i] *= 2;
        assert_same_bits(information(&t.view, 1, 2, 0, &counts), mi);
        assert_same_bits(entropy(&t.view, 3, 0, &counts), h);
        assert_same_bits(entropy(&t.view, 1, 2, &counts), conditional);
    }
    free_table(&t);
}
END_TEST

/* Thirds, which whole-number division would make 0: three cells seen once each. */
START_TEST(odd_quotients_of_counts_are_exact)
{
    const int64_t shape[] = {2, 2};
    const double cells[] = {1, 1, 1, 0};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    assert_close(entropy(&t, 3, 0, &counts), log(3), ulps(1));
    assert_close(entropy(&t, 1, 0, &counts), log(6.75) / 3, ulps(2));
    assert_close(information(&t, 1, 2, 0, &counts), log(27. / 16) / 3, ulps(2));
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Pairs of a vocabulary of 50257 are 2.5e9 cells, seen through strides of 1 in both axes: cell (i, j) is element i + j,
 * 3 where that is even and 1 where it is odd. The tokens tell of one another their parity, so the information is that of
 * the 2 x 2 table of parities. A 1024th of the rows first, to see whether this build (sanitizers, valgrind) is quick
 * enough for all. */
START_TEST(pairs_of_a_vocabulary_of_50257_tokens)
{
    enum { V = 50257 };
    const int64_t strides[] = {1, 1}, by_parity[] = {2, 2};
    double *cells = malloc(2 * V * sizeof *cells);
    ck_assert_ptr_nonnull(cells);
    for (int i = 0; i < 2 * V; i++)
        cells[i] = i % 2 ? 1 : 3;
    const info_ctx_options options = {.struct_size = sizeof options, .threads = 2};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    for (int64_t rows = V / 1024; rows <= V; rows += V - V / 1024) {
        const int64_t shape[] = {rows, V};
        const double even = (double)((rows + 1) / 2), odd = (double)(rows / 2), e = (V + 1) / 2, o = V / 2;
        const double parities[] = {3 * even * e, even * o, odd * e, 3 * odd * o};
        const double expected = information(&(info_table){parities, by_parity, NULL, 2, INFO_F64}, 1, 2, 0, &counts);
        double value = -1;
        const double begin = seconds();
        ck_assert_int_eq(
            info_mutual_information(ctx, &(info_table){cells, shape, strides, 2, INFO_F64}, 1, 2, 0, &counts, &value),
            INFO_OK);
        assert_close(value, expected, ulps(4)); /* 2 each */
        if (rows < V && seconds() - begin > 0.01) {
            printf("skipped: pairs of a vocabulary of 50257 tokens (a 1024th of them took %.2g s)\n",
                   seconds() - begin);
            break;
        }
    }
    info_ctx_destroy(ctx);
    free(cells);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        counts_beyond_32_and_64_bits_do_not_wrap,
        odd_quotients_of_counts_are_exact,
        pairs_of_a_vocabulary_of_50257_tokens,
        NULL,
    };
    return run_tests("joint pitfalls", tests);
}
