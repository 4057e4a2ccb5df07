/* SPDX-License-Identifier: MIT
 * Exact sums: closed forms, rounding at its corners, and the same number whatever the order. */
#include <float.h>

#include "../support.h"
#include "numeric/exact_sum.h"
#include "numeric/sum.h"
#include "numeric/wide.h"

static uint64_t next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Any finite double, every exponent as likely. */
static double any_double(uint64_t *state)
{
    double x;
    do {
        const uint64_t bits = next(state);
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x));
    return x;
}

static double sum_of(const double *x, int64_t n)
{
    info_i_exact_sum sum = {0};
    for (int64_t i = 0; i < n; i++)
        info_i_exact_add(&sum, x[i]);
    return info_i_exact_value(&sum);
}

START_TEST(sums_that_cancel_leave_what_is_left)
{
    assert_same_bits(sum_of((double[]){1e308, 1, -1e308}, 3), 1);
    assert_same_bits(sum_of((double[]){DBL_MAX, DBL_MAX, 5e-324, -DBL_MAX, -DBL_MAX}, 5), 5e-324);
    assert_same_bits(sum_of((double[]){1e16, 1, 1, -1e16, -3}, 5), -1);
    assert_same_bits(sum_of((double[]){-0.0, -0.0}, 2), 0);
    assert_same_bits(sum_of((double[]){DBL_MAX, DBL_MAX}, 2), INFINITY);
    assert_same_bits(sum_of((double[]){-DBL_MAX, -DBL_MAX, -1}, 3), -INFINITY);
}
END_TEST

/* 2^53 + 1 lies half way between two doubles: to the even one, unless anything is added. */
START_TEST(rounding_is_to_nearest_even)
{
    const double big = 0x1p53;
    assert_same_bits(sum_of((double[]){big, 1}, 2), big);
    assert_same_bits(sum_of((double[]){big, 1, 0x1p-1074}, 3), big + 2);
    assert_same_bits(sum_of((double[]){big, 1, -0x1p-1074}, 3), big);
    assert_same_bits(sum_of((double[]){big + 2, 1}, 2), big + 4);
    assert_same_bits(sum_of((double[]){-big, -1, -0x1p-1000}, 3), -big - 2);
    assert_same_bits(sum_of((double[]){DBL_MAX, 0x1p969}, 2), DBL_MAX);
    assert_same_bits(sum_of((double[]){DBL_MAX, 0x1p970}, 2), INFINITY);
    assert_same_bits(sum_of((double[]){0x1p-1074, 0x1p-1073, 0x1p-1022}, 3), 0x1p-1022 + 3 * 0x1p-1074);
}
END_TEST

START_TEST(two_numbers_add_and_multiply_as_the_machine_rounds_them)
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        const double x = any_double(&state), y = any_double(&state);
        const double near = x * (1 + (double)(next(&state) % 1000) * 0x1p-50);
        info_i_exact_sum product = {0};
        info_i_exact_add_product(&product, x, y);
        if (x + y != 0)
            assert_same_bits(sum_of((double[]){x, y}, 2), x + y);
        ck_assert_double_eq(sum_of((double[]){x, -near}, 2), x - near);
        ck_assert_double_eq(info_i_exact_value(&product), x * y);
    }
}
END_TEST

/* x y - fl(x y) is the low half that a fused multiplication tells. */
START_TEST(products_keep_their_low_half)
{
    uint64_t state = 2;
    for (int i = 0; i < 100000; i++) {
        const double x = ldexp((double)(next(&state) >> 11), (int)(next(&state) % 400) - 200);
        const double y = -ldexp((double)(next(&state) >> 11), (int)(next(&state) % 400) - 200);
        const info_i_dd halves = info_i_two_product(x, y);
        info_i_exact_sum sum = {0};
        info_i_exact_add_product(&sum, x, y);
        info_i_exact_add(&sum, -halves.high);
        ck_assert_double_eq(info_i_exact_value(&sum), halves.low);
    }
    info_i_exact_sum least = {0};
    for (int i = 0; i < 1 << 20; i++)
        info_i_exact_add_product(&least, 0x1p-1074, 0x1p-1074);
    info_i_exact_add_product(&least, -0x1p-1074, 0x1p-1054);
    assert_same_bits(info_i_exact_value(&least), 0);
    info_i_exact_add_product(&least, 0x1p-537, 0x1p-537);
    info_i_exact_add_product(&least, 0x1p-1074, 0x1p-1074);
    assert_same_bits(info_i_exact_value(&least), 0x1p-1074);
}
END_TEST

enum { N = 4000, PARTS = 7 };

START_TEST(the_order_and_the_cut_leave_no_trace)
{
    uint64_t state = 3;
    static double x[N];
    for (int i = 0; i < N; i++)
        x[i] = any_double(&state);
    const double whole = sum_of(x, N);
    for (int round = 0; round < 20; round++) {
        info_i_exact_sum parts[PARTS] = {{{0}, 0, 0, 0, 0}};
        for (int i = N - 1; i > 0; i--) {
            const int j = (int)(next(&state) % (uint64_t)(i + 1));
            const double swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
        for (int i = 0; i < N; i++) {
            info_i_exact_sum *part = &parts[next(&state) % PARTS];
            info_i_exact_add(part, x[i]);
            if (next(&state) % 16 == 0)
                info_i_exact_carry(part);
        }
        for (int left = PARTS; left > 1; left--) {
            const int into = (int)(next(&state) % (uint64_t)(left - 1));
            info_i_exact_merge(&parts[into], &parts[left - 1]);
        }
        assert_same_bits(info_i_exact_value(&parts[0]), whole);
        for (int i = 0; i < N; i++)
            info_i_exact_add(&parts[0], -x[i]);
        assert_same_bits(info_i_exact_value(&parts[0]), 0);
    }
}
END_TEST

START_TEST(carried_digits_are_one_form_of_a_number)
{
    info_i_exact_sum a = {0}, b = {0};
    for (int i = 1; i <= 1000; i++) {
        info_i_exact_add(&a, -0.1 * i);
        info_i_exact_add(&b, -0.1 * (1001 - i));
        info_i_exact_add(&b, 1e300);
        info_i_exact_add(&b, -1e300);
    }
    info_i_exact_carry(&a);
    info_i_exact_carry(&b);
    ck_assert_mem_eq(&a, &b, sizeof a);
    for (int i = 0; i < INFO_I_EXACT_DIGITS; i++)
        ck_assert(a.digit[i] >= INT32_MIN && a.digit[i] <= INT32_MAX);
}
END_TEST

/* 2^29 additions of the largest mantissas fit; so do they after that many merged sums of as many. */
START_TEST(late_carries_do_not_overflow)
{
    info_i_exact_sum sum = {0}, other = {0};
    for (int i = 0; i < 1 << 20; i++)
        info_i_exact_add_product(&sum, DBL_MAX, DBL_MAX);
    for (int i = 0; i < 40; i++)
        info_i_exact_merge(&sum, &sum);
    for (int i = 0; i < 40; i++) {
        info_i_exact_merge(&other, &sum);
        info_i_exact_subtract(&sum, &sum);
        info_i_exact_merge(&sum, &other);
        info_i_exact_subtract(&other, &sum);
    }
    info_i_exact_add_product(&other, 0.25, -1e-30);
    ck_assert_double_eq(info_i_exact_value(&other), -2.5e-31);
    info_i_exact_sum one = {0};
    info_i_exact_add_product(&one, 0x1p500, 0x1p500);
    for (int i = 0; i < 22; i++)
        info_i_exact_merge(&one, &one);
    assert_same_bits(info_i_exact_value(&one), 0x1p1022);
}
END_TEST

START_TEST(infinities_and_nan_are_counted_apart)
{
    info_i_exact_sum a = {0}, b = {0};
    info_i_exact_add(&a, 3);
    info_i_exact_add(&a, INFINITY);
    info_i_exact_add_product(&b, -1, INFINITY);
    assert_same_bits(info_i_exact_value(&a), INFINITY);
    assert_same_bits(info_i_exact_value(&b), -INFINITY);
    ck_assert(!info_i_exact_finite(&a));
    info_i_exact_merge(&a, &b);
    ck_assert_double_nan(info_i_exact_value(&a));
    info_i_exact_sum c = {0};
    info_i_exact_add_product(&c, 0, INFINITY);
    ck_assert_int_eq(c.nans, 1);
    ck_assert_double_nan(info_i_exact_value(&c));
    info_i_exact_subtract(&b, &b);
    ck_assert_int_eq(b.positive_infinities, 1);
}
END_TEST

/* n sum x^2 - (sum x)^2 of n equal numbers is nothing at all; of 0 .. n - 1 it is n^2 (n^2 - 1) / 12. */
START_TEST(wide_integers_cancel_without_a_trace)
{
    info_i_exact_sum sum = {0}, squares = {0}, equal = {0}, equal_squares = {0};
    const int64_t n = 1000;
    const double third = 1.0 / 3, offset = 0x1p400;
    for (int64_t i = 0; i < n; i++) {
        info_i_exact_add(&sum, (double)i);
        info_i_exact_add(&sum, offset);
        info_i_exact_add_product(&squares, (double)i, (double)i);
        info_i_exact_add_product(&squares, (double)(2 * i), offset);
        info_i_exact_add_product(&squares, offset, offset);
        info_i_exact_add(&equal, third);
        info_i_exact_add_product(&equal_squares, third, third);
    }
    info_i_wide s, ss, count, a, b, difference;
    info_i_wide_from_integer(&count, n);
    info_i_wide_from_sum(&s, &equal);
    info_i_wide_from_sum(&ss, &equal_squares);
    info_i_wide_multiply(&a, &count, &ss);
    info_i_wide_multiply(&b, &s, &s);
    info_i_wide_subtract(&difference, &a, &b);
    ck_assert_int_eq(difference.sign, 0);
    info_i_wide_from_sum(&s, &sum);
    info_i_wide_from_sum(&ss, &squares);
    info_i_wide_multiply(&a, &count, &ss);
    info_i_wide_multiply(&b, &s, &s);
    info_i_wide_subtract(&difference, &a, &b);
    assert_same_bits(info_i_wide_value(&difference), (double)(n * n * (n * n - 1) / 12));
    info_i_wide_subtract(&a, &b, &a);
    info_i_wide_from_double(&s, -0.375);
    ck_assert_double_eq(info_i_wide_value(&s), -0.375);
    info_i_wide_add(&b, &difference, &s);
    ck_assert_double_eq(info_i_wide_value(&b), (double)(n * n * (n * n - 1) / 12) - 0.375);
}
END_TEST

START_TEST(quotients_and_roots_do_not_overflow_on_the_way)
{
    info_i_wide huge, tiny, square, three;
    info_i_wide_from_double(&huge, DBL_MAX);
    info_i_wide_from_double(&tiny, 0x1p-1074);
    info_i_wide_from_integer(&three, 3);
    info_i_wide_multiply(&square, &huge, &huge);
    assert_same_bits(info_i_wide_value(&square), INFINITY);
    assert_same_bits(info_i_wide_quotient(&square, &huge), DBL_MAX);
    info_i_wide one;
    info_i_wide_from_integer(&one, 1);
    assert_same_bits(info_i_wide_root(&square, &one), DBL_MAX);
    info_i_wide_multiply(&square, &tiny, &tiny);
    assert_same_bits(info_i_wide_root(&square, &one), 0x1p-1074);
    assert_same_bits(info_i_wide_quotient(&one, &three), 1.0 / 3);
    assert_close(info_i_wide_root(&three, &one), sqrt(3), 3e-16);
    assert_close(info_i_wide_root(&one, &three), sqrt(1.0 / 3), 3e-16);
}
END_TEST

int main(void)
{
    return run_tests("numeric exact sum",
                     (const TTest *const[]){sums_that_cancel_leave_what_is_left, rounding_is_to_nearest_even,
                                            two_numbers_add_and_multiply_as_the_machine_rounds_them,
                                            products_keep_their_low_half, the_order_and_the_cut_leave_no_trace,
                                            carried_digits_are_one_form_of_a_number, late_carries_do_not_overflow,
                                            infinities_and_nan_are_counted_apart, wide_integers_cancel_without_a_trace,
                                            quotients_and_roots_do_not_overflow_on_the_way, NULL});
}
