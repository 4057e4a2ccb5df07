/* SPDX-License-Identifier: MIT
 * Entropy and mutual information of joint tables: closed forms and the laws of information. */
#include <stdio.h>

#include "tables.h"

START_TEST(a_binary_symmetric_channel_has_one_minus_its_noise_entropy)
{
    const double cells[] = {0.445, 0.055, 0.055, 0.445}; /* noise 0.11 */
    const int64_t shape[] = {2, 2};
    const info_table t = {cells, shape, NULL, 2, INFO_F64};
    const info_joint_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};
    const double noise = -(0.11 * log2(0.11) + 0.89 * log2(0.89));
    assert_close(information(&t, 1, 2, 0, &bits), 1 - noise, ulps(4));
    assert_close(entropy(&t, 1, 2, &bits), noise, ulps(4));
    assert_close(entropy(&t, 1, 0, &bits), 1, ulps(1));
    assert_close(entropy(&t, 3, 0, &bits), 1 + noise, ulps(4));
}
END_TEST

START_TEST(independent_variables_have_no_information)
{
    /* Inform, and any difference of entropies, leaves -1.5e-14 here. */
    const int64_t shape[] = {37, 53};
    doubles_table t;
    make_table(&t, 2, shape);
    for (int64_t i = 0; i < 37; i++)
        for (int64_t j = 0; j < 53; j++)
            t.cells[i * 53 + j] = (double)((i * i + 1) * (3 * j + 2));
    const double exact = information(&t.view, 1, 2, 0, &counts);
    ck_assert(exact >= 0 && exact < 0x1p-200);

    /* Products that are rounded: their true information is of the order of the square of the rounding. */
    uint64_t seed = 1;
    for (int round = 0; round < 20; round++) {
        double row[37], col[53];
        for (int i = 0; i < 37; i++)
            row[i] = next_uniform(&seed);
        for (int j = 0; j < 53; j++)
            col[j] = pow(next_uniform(&seed), 9);
        for (int64_t i = 0; i < t.count; i++)
            t.cells[i] = row[i / 53] * col[i % 53];
        const double value = information(&t.view, 1, 2, 0, &counts);
        ck_assert(value >= 0 && value < 1e-31);
    }
    free_table(&t);
}
END_TEST

START_TEST(dependence_far_below_rounding_is_measured)
{
    /* p = 1/4 (1 +- e): I = e^2/2 + e^4/12 + ... */
    const int64_t shape[] = {2, 2};
    for (double e = 0x1p-50; e < 0x1p-6; e *= 2) {
        const double cells[] = {1 + e, 1 - e, 1 - e, 1 + e};
        const info_table t = {cells, shape, NULL, 2, INFO_F64};
        const double series = e * e * (0.5 + e * e * (1.0 / 12 + e * e * (1.0 / 30 + e * e / 56)));
        assert_close(information(&t, 1, 2, 0, &counts), series, ulps(3));
    }
}
END_TEST

START_TEST(exclusive_or_is_seen_by_the_pair_only)
{
    const double cells[] = {1, 0, 0, 1, 0, 1, 1, 0}; /* z = x xor y */
    const int64_t shape[] = {2, 2, 2};
    const info_table t = {cells, shape, NULL, 3, INFO_F64};
    ck_assert(information(&t, axis(0), axis(1), 0, &counts_in_bits) == 0);
    ck_assert(information(&t, axis(0), axis(2), 0, &counts_in_bits) == 0);
    assert_close(information(&t, axis(0), axis(1), axis(2), &counts_in_bits), 1, ulps(1));
    assert_close(information(&t, axis(0) | axis(1), axis(2), 0, &counts_in_bits), 1, ulps(1));
    ck_assert(entropy(&t, axis(2), axis(0) | axis(1), &counts_in_bits) == 0);
}
END_TEST

START_TEST(the_chain_rule_holds)
{
    const int64_t shape[] = {5, 4, 3, 6};
    doubles_table t;
    make_table(&t, 4, shape);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        fill_random(&t, seed);
        const uint64_t a = axis(0), b = axis(1), c = axis(2), d = axis(3);
        const double whole = entropy(&t.view, a | b | c | d, 0, &counts);
        assert_close(entropy(&t.view, a, 0, &counts) + entropy(&t.view, b | d, a, &counts) +
                         entropy(&t.view, c, a | b | d, &counts),
                     whole, ulps(4));
        const double both = information(&t.view, a, b | d, c, &counts);
        assert_close(information(&t.view, a, d, c, &counts) + information(&t.view, a, b, c | d, &counts), both,
                     ulps(6));
        assert_close(entropy(&t.view, a, c, &counts) - entropy(&t.view, a, b | c | d, &counts), both, ulps(30));
    }
    free_table(&t);
}
END_TEST

START_TEST(information_is_symmetric_to_the_last_bit)
{
    const int64_t shape[] = {7, 30, 11};
    doubles_table t;
    make_table(&t, 3, shape);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        fill_random(&t, seed);
        assert_same_bits(information(&t.view, 1, 2, 0, &counts), information(&t.view, 2, 1, 0, &counts));
        assert_same_bits(information(&t.view, 1, 4, 2, &counts), information(&t.view, 4, 1, 2, &counts));
        assert_same_bits(information(&t.view, 5, 2, 0, &counts), information(&t.view, 2, 5, 0, &counts));
    }
    free_table(&t);
}
END_TEST

START_TEST(processing_data_loses_information)
{
    /* Merging pairs of symbols of y: I(x; f(y)) <= I(x; y). The halves of y are axis 2. */
    const int64_t shape[] = {9, 6, 2};
    doubles_table t;
    make_table(&t, 3, shape);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        fill_random(&t, seed);
        const double fine = information(&t.view, axis(0), axis(1) | axis(2), 0, &counts);
        const double merged = information(&t.view, axis(0), axis(1), 0, &counts);
        ck_assert(0 <= merged && merged <= fine);
        ck_assert(fine <= entropy(&t.view, axis(0), 0, &counts));
    }
    free_table(&t);
}
END_TEST

START_TEST(permuting_symbols_changes_nothing)
{
    const int64_t shape[] = {12, 17};
    doubles_table t, permuted;
    make_table(&t, 2, shape);
    make_table(&permuted, 2, shape);
    fill_random(&t, 3);
    for (int64_t i = 0; i < 12; i++)
        for (int64_t j = 0; j < 17; j++)
            permuted.cells[i * 17 + j] = t.cells[i * 5 % 12 * 17 + j * 3 % 17];
    assert_close(information(&permuted.view, 1, 2, 0, &counts), information(&t.view, 1, 2, 0, &counts), ulps(2));
    assert_close(entropy(&permuted.view, 1, 2, &counts), entropy(&t.view, 1, 2, &counts), ulps(2));
    free_table(&t);
    free_table(&permuted);
}
END_TEST

START_TEST(any_layout_gives_the_same_bits)
{
    const int64_t shape[] = {6, 5, 7};
    doubles_table t;
    make_table(&t, 3, shape);
    fill_random(&t, 11);
    const double value = information(&t.view, 1, 2, 4, &counts);
    const double marginal = information(&t.view, 1, 4, 0, &counts);

    /* The same cells, the axes stored in the order 2, 0, 1, the first backwards, with gaps. */
    double stored[7 * 6 * 5 * 2];
    const int64_t strides[] = {10, 2, -60};
    double *first = stored + 360;
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 5; j++)
            for (int64_t k = 0; k < 7; k++)
                first[i * 10 + j * 2 - k * 60] = t.cells[(i * 5 + j) * 7 + k];
    info_table other;
    ck_assert_int_eq(info_table_init(&other, first, 3, shape, strides, INFO_F64), INFO_OK);
    assert_same_bits(information(&other, 1, 2, 4, &counts), value);
    assert_same_bits(information(&other, 1, 4, 0, &counts), marginal);

    /* A broadcast axis is a uniform, independent variable. */
    const int64_t wide[] = {6, 5, 7, 3}, broadcast[] = {35, 7, 1, 0};
    ck_assert_int_eq(info_table_init(&other, t.cells, 4, wide, broadcast, INFO_F64), INFO_OK);
    assert_close(information(&other, 1, 2, 4, &counts), value, ulps(2));
    ck_assert(information(&other, 7, 8, 0, &counts) < 0x1p-200);
    assert_close(entropy(&other, 8, 7, &counts), log(3), ulps(1));
    free_table(&t);
}
END_TEST

START_TEST(kinds_and_types_of_one_distribution_agree)
{
    const double p[] = {0.125, 0.25, 0.0625, 0.0625, 0, 0.5};
    const int64_t shape[] = {2, 3};
    double logs[6], logits[6], weights[6];
    float f32[6];
    uint16_t bf16[6];
    for (int i = 0; i < 6; i++) {
        logs[i] = log(p[i]);
        logits[i] = logs[i] + 1234;
        weights[i] = p[i] * 160;
        f32[i] = (float)p[i];
        uint32_t bits;
        memcpy(&bits, &f32[i], sizeof bits);
        bf16[i] = (uint16_t)(bits >> 16);
    }
    const info_table t = {p, shape, NULL, 2, INFO_F64};
    const double value = information(&t, 1, 2, 0, NULL);
    info_joint_options o = {.struct_size = sizeof o, .kind = INFO_LOG_PROBABILITIES};
    assert_close(information(&(info_table){logs, shape, NULL, 2, INFO_F64}, 1, 2, 0, &o), value, ulps(8));
    o.normalize = 1;
    assert_close(information(&(info_table){logits, shape, NULL, 2, INFO_F64}, 1, 2, 0, &o), value, 1e-12);
    o.normalize = 0;
    o.kind = INFO_LOGITS;
    assert_close(information(&(info_table){logits, shape, NULL, 2, INFO_F64}, 1, 2, 0, &o), value, 1e-12);
    assert_same_bits(information(&(info_table){weights, shape, NULL, 2, INFO_F64}, 1, 2, 0, &counts), value);
    assert_same_bits(information(&(info_table){f32, shape, NULL, 2, INFO_F32}, 1, 2, 0, NULL), value);
    assert_same_bits(information(&(info_table){bf16, shape, NULL, 2, INFO_BF16}, 1, 2, 0, NULL), value);
}
END_TEST

START_TEST(weights_near_the_ends_of_the_range)
{
    const int64_t shape[] = {2, 2};
    const double scales[] = {0x1p1023, 0x1p-1074, 0x1p-1000, 0x1p-300, 0x1p300};
    for (int i = 0; i < 5; i++) {
        const double s = scales[i];
        const double diagonal[] = {s, 0, 0, s}, uniform[] = {s, s, s, s};
        assert_close(information(&(info_table){diagonal, shape, NULL, 2, INFO_F64}, 1, 2, 0, &counts), log(2), ulps(1));
        assert_close(entropy(&(info_table){uniform, shape, NULL, 2, INFO_F64}, 3, 0, &counts), log(4), ulps(1));
        ck_assert(information(&(info_table){uniform, shape, NULL, 2, INFO_F64}, 1, 2, 0, &counts) == 0);
    }
    /* Tiny probabilities beside ordinary ones (Inform stops with SIGFPE): t = 2^-1070 at (1,1), alone in its row and
     * column, carries t log(1/t). */
    const double t = 0x1p-1070, cells[] = {1, 0, 0, t};
    assert_close(information(&(info_table){cells, shape, NULL, 2, INFO_F64}, 1, 2, 0, NULL), t * (1070 * log(2) + 1),
                 0x1p-3);
    const double faint[] = {1, 0x1p-600, 0x1p-600, 0};
    const double value = information(&(info_table){faint, shape, NULL, 2, INFO_F64}, 1, 2, 0, NULL);
    ck_assert(value >= 0 && value < 0x1p-1000);
}
END_TEST

START_TEST(one_to_twenty_axes)
{
    /* Independent bits, the last the parity of all others. */
    for (int n = 1; n <= 20; n++) {
        int64_t shape[20];
        for (int k = 0; k < n; k++)
            shape[k] = 2;
        doubles_table t;
        make_table(&t, n, shape);
        for (int64_t i = 0; i < t.count; i++)
            t.cells[i] = __builtin_parityll((unsigned long long)i) == 0;
        const uint64_t all = axis(n) - 1, last = axis(n - 1);
        assert_close(entropy(&t.view, all, 0, &counts_in_bits) + 1, n, ulps(1));
        if (n > 1) {
            assert_close(information(&t.view, all & ~last, last, 0, &counts_in_bits), 1, ulps(1));
            assert_close(information(&t.view, 1, last, all & ~last & ~1u, &counts_in_bits), 1, ulps(1));
        }
        if (n > 2)
            ck_assert(information(&t.view, all & ~last & ~1u, last, 0, &counts_in_bits) == 0);
        free_table(&t);
    }
}
END_TEST

START_TEST(sixty_four_axes_of_which_most_are_single)
{
    int64_t shape[64];
    for (int k = 0; k < 64; k++)
        shape[k] = k % 8 == 7 ? 2 : 1;
    doubles_table t;
    make_table(&t, 64, shape);
    fill_random(&t, 5);
    const uint64_t first = axis(7), last = axis(63);
    const double value = information(&t.view, first, last, ~(first | last), &counts);
    const int64_t short_shape[] = {2, 2, 2, 2, 2, 2, 2, 2};
    const info_table plain = {t.cells, short_shape, NULL, 8, INFO_F64};
    assert_same_bits(information(&plain, 1, 128, 126, &counts), value);
    free_table(&t);
}
END_TEST

START_TEST(groups_wider_than_a_tile)
{
    /* Given the first axis: nothing where it is 0, a binary symmetric channel with noise 1/4, seen by the parity of the
     * column, where it is 1, which is two times in three. */
    const int64_t shape[] = {2, 2, 5000};
    doubles_table t;
    make_table(&t, 3, shape);
    for (int64_t row = 0; row < 2; row++)
        for (int64_t col = 0; col < 5000; col++) {
            t.cells[row * 5000 + col] = 1;
            t.cells[(2 + row) * 5000 + col] = row == col % 2 ? 3 : 1;
        }
    const double channel = log(2) - (log(4) - 0.75 * log(3));
    assert_close(information(&t.view, 2, 4, 1, &counts), 2 * channel / 3, ulps(4));
    assert_close(information(&t.view, 4, 2, 1, &counts), 2 * channel / 3, ulps(4));
    free_table(&t);
}
END_TEST

START_TEST(axes_may_be_summed_over_wherever_they_lie)
{
    /* The same variables in two orders of axes: in the second the axes summed over come first, and the condition last. */
    const int64_t shape[] = {3, 4, 5, 7}, other[] = {5, 3, 4, 7}, last[] = {7, 5, 4, 3};
    doubles_table t, u, v;
    make_table(&t, 4, shape);
    make_table(&u, 4, other);
    make_table(&v, 4, last);
    fill_random(&t, 7);
    for (int64_t i = 0; i < 3; i++)
        for (int64_t j = 0; j < 4; j++)
            for (int64_t k = 0; k < 5; k++)
                for (int64_t l = 0; l < 7; l++) {
                    const double cell = t.cells[((i * 4 + j) * 5 + k) * 7 + l];
                    u.cells[((k * 3 + i) * 4 + j) * 7 + l] = cell;
                    v.cells[((l * 5 + k) * 4 + j) * 3 + i] = cell;
                }
    const double expected = information(&v.view, axis(3), axis(2), axis(0), &counts);
    assert_close(information(&t.view, axis(0), axis(1), axis(3), &counts), expected, ulps(8));
    assert_close(information(&u.view, axis(1), axis(2), axis(3), &counts), expected, ulps(8));
    free_table(&t), free_table(&u), free_table(&v);

    /* Products of 41 bits by 41, in two halves that are summed over: independence is seen where none of the 82 bits is lost. */
    const int64_t two[] = {3, 4, 2, 7};
    make_table(&t, 4, two);
    for (int64_t i = 0; i < t.count; i++) {
        const uint64_t a = (UINT64_C(1) << 40) + (uint64_t)(i / 56) * 7654321,
                       b = (UINT64_C(1) << 40) + (uint64_t)(i / 14 % 4) * 12345677;
        const uint64_t low = a % (1 << 20) * b; /* a b = (a >> 20) b 2^20 + low, 61 bits each */
        const uint64_t high = (a >> 20) * b + (low >> 20), rest = low % (1 << 20);
        t.cells[i] = i / 7 % 2 ? ldexp((double)(high % (1 << 10)), 20) + (double)rest : ldexp((double)(high >> 10), 30);
        t.cells[i] = ldexp(t.cells[i], (int)(i % 7));
    }
    ck_assert(information(&t.view, axis(0), axis(1), axis(3), &counts) < 0x1p-150);
    free_table(&t);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    const int64_t shape[] = {700, 5, 301};
    doubles_table t;
    make_table(&t, 3, shape);
    fill_random(&t, 17);
    const uint64_t sets[][3] = {{1, 6, 0}, {1, 4, 0}, {1, 4, 2}, {2, 4, 0}, {4, 3, 0}};
    for (int i = 0; i < 5; i++) {
        double alone = information(&t.view, sets[i][0], sets[i][1], sets[i][2], &counts), together = 0;
        for (int32_t threads = 2; threads <= 4; threads++) {
            info_ctx *ctx;
            const info_ctx_options options = {.struct_size = sizeof options, .threads = threads};
            ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
            ck_assert_int_eq(
                info_mutual_information(ctx, &t.view, sets[i][0], sets[i][1], sets[i][2], &counts, &together), INFO_OK);
            assert_same_bits(together, alone);
            info_ctx_destroy(ctx);
        }
    }
    free_table(&t);
}
END_TEST

/* All measures that go through kernels, at one instruction set. */
static void measure_at(info_cpu cpu, const info_table *t, double value[4])
{
    info_ctx *ctx;
    const info_ctx_options options = {.struct_size = sizeof options, .cpu = cpu};
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    ck_assert_int_eq(info_mutual_information(ctx, t, 1, 2, 0, &counts, &value[0]), INFO_OK);
    ck_assert_int_eq(info_mutual_information(ctx, t, 1, 4, 0, &counts, &value[1]), INFO_OK);
    ck_assert_int_eq(info_joint_entropy(ctx, t, 1, 2, &counts, &value[2]), INFO_OK);
    ck_assert_int_eq(info_variation_of_information(ctx, t, 1, 6, &counts, &value[3]), INFO_OK);
    info_ctx_destroy(ctx);
}

START_TEST(instruction_sets_change_no_bit)
{
    for (int length = 1; length < 100; length += length < 20 ? 1 : 13) {
        const int64_t shape[] = {5, length, 3};
        doubles_table t;
        make_table(&t, 3, shape);
        fill_random(&t, (uint64_t)length);
        for (int64_t i = 0; i < t.count; i += 7)
            t.cells[i] *= i % 2 ? 0x1p-600 : 0x1p-1050; /* some for the scalar code */
        t.cells[0] = 1;
        double expected[4], value[4];
        measure_at(INFO_CPU_C, &t.view, expected);
        for (info_cpu cpu = INFO_CPU_AVX2; cpu <= INFO_CPU_AVX512; cpu++) {
            if (cpu > info_ctx_cpu(NULL)) {
                if (length == 1)
                    printf("instruction_sets_change_no_bit: skipped at level %d, not on this machine\n", (int)cpu);
                continue;
            }
            measure_at(cpu, &t.view, value);
            for (int i = 0; i < 4; i++)
                assert_same_bits(value[i], expected[i]);
        }
        free_table(&t);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_binary_symmetric_channel_has_one_minus_its_noise_entropy,
        independent_variables_have_no_information,
        dependence_far_below_rounding_is_measured,
        exclusive_or_is_seen_by_the_pair_only,
        the_chain_rule_holds,
        information_is_symmetric_to_the_last_bit,
        processing_data_loses_information,
        permuting_symbols_changes_nothing,
        any_layout_gives_the_same_bits,
        kinds_and_types_of_one_distribution_agree,
        weights_near_the_ends_of_the_range,
        one_to_twenty_axes,
        sixty_four_axes_of_which_most_are_single,
        groups_wider_than_a_tile,
        axes_may_be_summed_over_wherever_they_lie,
        threads_change_no_bit,
        instruction_sets_change_no_bit,
        NULL,
    };
    return run_tests("joint information", tests);
}
