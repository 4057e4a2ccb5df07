/* SPDX-License-Identifier: MIT
 * Entropy, cross-entropy and KL: closed forms, kinds of input, what is refused. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../long_double.h"
#include "info/info.h"

static info_matrix rows_of(const double *data, int64_t rows, int64_t cols)
{
    return (info_matrix){data, rows, cols, cols, 1, INFO_F64, 0};
}

static double entropy_of(const double *p, int64_t n, info_kind kind, info_unit unit)
{
    const info_matrix x = rows_of(p, 1, n);
    const info_entropy_options options = {.struct_size = sizeof options, .kind = kind, .unit = unit};
    double h = -1;
    ck_assert_int_eq(info_entropy(NULL, &x, &options, &h, 1), INFO_OK);
    return h;
}

static double kl_of(const double *p, const double *q, int64_t n, info_kind kind, info_unit unit)
{
    const info_matrix a = rows_of(p, 1, n), b = rows_of(q, 1, n);
    const info_divergence_options options = {
        .struct_size = sizeof options, .p_kind = kind, .q_kind = kind, .unit = unit};
    double d = -1;
    ck_assert_int_eq(info_kl(NULL, &a, &b, &options, &d, 1), INFO_OK);
    return d;
}

static void assert_near(double value, double expected, double relative)
{
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, expected %.17g", value, expected);
}

START_TEST(entropy_has_its_textbook_values)
{
    const double thirds[] = {2. / 3, 1. / 3}, uniform[] = {.25, .25, .25, .25}, sure[] = {0, 1, 0};
    assert_near(entropy_of(thirds, 2, INFO_PROBABILITIES, INFO_BIT), 0.91829583405448951, 4e-16);
    ck_assert_double_eq(entropy_of(uniform, 4, INFO_PROBABILITIES, INFO_BIT), 2);
    ck_assert_double_eq(entropy_of(uniform, 4, INFO_PROBABILITIES, INFO_NAT), log(4));
    ck_assert_double_eq(entropy_of(sure, 3, INFO_PROBABILITIES, INFO_NAT), 0);
}
END_TEST

START_TEST(entropy_of_counts_survives_sums_that_overflow)
{
    const double huge[] = {1e308, 1e308}, tiny[] = {5e-324, 5e-324, 5e-324, 5e-324};
    ck_assert_double_eq(entropy_of(huge, 2, INFO_COUNTS, INFO_NAT), log(2));
    ck_assert_double_eq(entropy_of(tiny, 4, INFO_COUNTS, INFO_BIT), 2);
}
END_TEST

/* {1e10, 1}: dividing first would leave -log p of the larger, 1e-10, with 6 digits. */
START_TEST(entropy_of_peaked_counts_keeps_its_digits)
{
    const double counts[] = {1e10, 1};
    assert_near(entropy_of(counts, 2, INFO_COUNTS, INFO_NAT), 2.402585092758787e-9, 1e-15);
}
END_TEST

START_TEST(kinds_of_input_agree)
{
    const double p[] = {.5, .25, .125, .125}, q[] = {.125, .125, .25, .5};
    double log_p[4], log_q[4], logits_p[4], logits_q[4], counts_p[4], counts_q[4];
    for (int i = 0; i < 4; i++) {
        log_p[i] = log(p[i]), log_q[i] = log(q[i]);
        logits_p[i] = log_p[i] + 900, logits_q[i] = log_q[i] - 900;
        counts_p[i] = 1000 * p[i], counts_q[i] = 8 * q[i];
    }
    const double h = entropy_of(p, 4, INFO_PROBABILITIES, INFO_BIT), kl = kl_of(p, q, 4, INFO_PROBABILITIES, INFO_BIT);
    ck_assert_double_eq(h, 1.75);
    ck_assert_double_eq(kl, .5 * 2 + .25 - .125 - .125 * 2);
    assert_near(entropy_of(log_p, 4, INFO_LOG_PROBABILITIES, INFO_BIT), h, 4e-16);
    assert_near(entropy_of(counts_p, 4, INFO_COUNTS, INFO_BIT), h, 4e-16);
    assert_near(entropy_of(logits_p, 4, INFO_LOGITS, INFO_BIT), h, 900 * 0x1p-52);
    assert_near(kl_of(log_p, log_q, 4, INFO_LOG_PROBABILITIES, INFO_BIT), kl, 1e-15);
    assert_near(kl_of(counts_p, counts_q, 4, INFO_COUNTS, INFO_BIT), kl, 1e-15);
    assert_near(kl_of(logits_p, logits_q, 4, INFO_LOGITS, INFO_BIT), kl, 900 * 0x1p-52);
}
END_TEST

START_TEST(kl_is_exactly_zero_on_identical_input_and_never_negative)
{
    double p[1000], q[1000], total = 0;
    uint64_t state = 1;
    for (int i = 0; i < 1000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        p[i] = (double)(state >> 11) * 0x1p-53;
        total += p[i];
    }
    for (int i = 0; i < 1000; i++) {
        p[i] /= total;
        q[i] = p[i];
    }
    ck_assert_double_eq(kl_of(p, q, 1000, INFO_PROBABILITIES, INFO_NAT), 0);
    for (int k = 0; k < 999; k++) {
        q[k] = nextafter(q[k], 1);
        ck_assert_double_ge(kl_of(p, q, 1000, INFO_PROBABILITIES, INFO_NAT), 0);
    }
}
END_TEST

/* With q = p + (1e-10, -1e-10, 0) in real numbers KL is 1e-20/.3 nat. The doubles nearest to those q are off by
 * 8e-18 each, which is 8e-8 of the difference and twice that of KL: the formula for exactly these doubles,
 * from 60-digit arithmetic, gives 3.333333884935829604e-20. Differences of 2^-33 are exact. */
START_TEST(kl_near_equality_keeps_its_digits)
{
    const double p[] = {.3, .3, .4}, q[] = {.3 + 1e-10, .3 - 1e-10, .4}, exact[] = {.3 + 0x1p-33, .3 - 0x1p-33, .4};
    assert_near(kl_of(p, q, 3, INFO_PROBABILITIES, INFO_NAT), 1e-20 / .3, 1e-6);
    assert_near(kl_of(p, q, 3, INFO_PROBABILITIES, INFO_NAT), 3.333333884935829604e-20, 4.4e-16);
    assert_near(kl_of(p, exact, 3, INFO_PROBABILITIES, INFO_NAT), 4.517509052022935309e-20, 4.4e-16);
}
END_TEST

/* Against sum p d^2/2 (1 - d/3 + d^2/12 - ...), d = log(p/q). The largest error a term can have is that of p, 4 units of 2^-53, of
 * d twice, 2 each, and of the products, 4. */
START_TEST(kl_of_near_equal_logits_keeps_its_digits)
{
    enum { N = 500 };
    double x[N], y[N];
    uint64_t state = 7;
    long double sum_x = 0, sum_y = 0, kl = 0;
    for (int i = 0; i < N; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        x[i] = (double)(state >> 40) * 0x1p-22 - 2; /* -2 to 2 */
        y[i] = x[i] + ((double)(state >> 20 & 1023) - 512) * 0x1p-40;
        sum_x += expl((long double)x[i]);
        sum_y += expl((long double)y[i]);
    }
    for (int i = 0; i < N; i++) {
        const long double d = ((long double)x[i] - y[i]) - logl(sum_x / sum_y);
        kl += expl((long double)x[i]) / sum_x * d * d / 2 * (1 - d / 3 + d * d / 12);
    }
    if (long_double_is_wide())
        assert_near(kl_of(x, y, N, INFO_LOGITS, INFO_NAT), (double)kl, 12 * 0x1p-53);
    assert_near(kl_of(y, x, N, INFO_LOGITS, INFO_NAT), (double)kl, 1e-9);
    ck_assert_double_eq(kl_of(x, x, N, INFO_LOGITS, INFO_NAT), 0);
}
END_TEST

START_TEST(kl_is_infinite_where_q_lacks_what_p_has)
{
    const double p[] = {.5, .5, 0}, q[] = {1, 0, 0}, log_p[] = {log(.5), log(.5), -INFINITY},
                 log_q[] = {0, -INFINITY, -INFINITY};
    ck_assert_double_eq(kl_of(p, q, 3, INFO_PROBABILITIES, INFO_NAT), INFINITY);
    assert_near(kl_of(q, p, 3, INFO_PROBABILITIES, INFO_BIT), 1, 4e-16);
    ck_assert_double_eq(kl_of(log_p, log_q, 3, INFO_LOG_PROBABILITIES, INFO_NAT), INFINITY);
    assert_near(kl_of(log_q, log_p, 3, INFO_LOG_PROBABILITIES, INFO_BIT), 1, 4e-16);
}
END_TEST

START_TEST(log_probabilities_do_not_underflow)
{
    const double log_p[] = {log(.5), log(.5)}, log_q[] = {0, -2000};
    const double kl = kl_of(log_p, log_q, 2, INFO_LOG_PROBABILITIES, INFO_NAT);
    assert_near(kl, 1000 - log(2), 1e-15);
}
END_TEST

START_TEST(one_row_meets_all_rows_and_all_pairs_can_be_had)
{
    const double p[] = {.5, .5, .25, .75, 1, 0}, q[] = {.5, .5, .125, .875, .75, .25};
    const info_matrix a = rows_of(p, 3, 2), b = rows_of(q, 3, 2), first = rows_of(q, 1, 2);
    info_divergence_options options = {.struct_size = sizeof options, .pairing = INFO_PAIRING_ALL};
    double rows[3], one[3], all[9];
    ck_assert_int_eq(info_kl(NULL, &a, &b, NULL, rows, 3), INFO_OK);
    ck_assert_int_eq(info_kl(NULL, &a, &first, NULL, one, 3), INFO_OK);
    ck_assert_int_eq(info_kl(NULL, &a, &b, &options, all, 9), INFO_OK);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq(rows[i], all[4 * i]);
        ck_assert_double_eq(one[i], all[3 * i]);
        for (int j = 0; j < 3; j++)
            ck_assert_double_eq(all[3 * i + j], kl_of(p + 2 * i, q + 2 * j, 2, INFO_PROBABILITIES, INFO_NAT));
    }
}
END_TEST

typedef struct refusal {
    double row[3];
    info_kind kind;
    info_status status;
    const char *text;
} refusal;

START_TEST(what_is_no_distribution_is_refused_by_name)
{
    const refusal refusals[] = {
        {{.5, NAN, .5}, INFO_PROBABILITIES, INFO_ERROR_DOMAIN, "column 1 is nan"},
        {{.5, 1, -.5}, INFO_PROBABILITIES, INFO_ERROR_DOMAIN, "column 2 is -0.5"},
        {{INFINITY, 0, 0}, INFO_PROBABILITIES, INFO_ERROR_DOMAIN, "column 0 is inf"},
        {{.5, .25, .125}, INFO_PROBABILITIES, INFO_ERROR_SUM, "sums to 0.875"},
        {{0, 0, 0}, INFO_PROBABILITIES, INFO_ERROR_SUM, "sums to 0"},
        {{0, 0, 0}, INFO_COUNTS, INFO_ERROR_SUM, "sums to 0"},
        {{1, -1, 1}, INFO_COUNTS, INFO_ERROR_DOMAIN, "column 1 is -1"},
        {{0, INFINITY, 0}, INFO_LOGITS, INFO_ERROR_DOMAIN, "column 1 is inf"},
        {{-INFINITY, -INFINITY, -INFINITY}, INFO_LOGITS, INFO_ERROR_DOMAIN, "only -inf"},
        {{-1, -1, 0}, INFO_LOG_PROBABILITIES, INFO_ERROR_SUM, "sums to 1.7"},
    };
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *r = &refusals[i];
        double rows[6] = {1, 0, 0}, out[2] = {7, 7};
        if (r->kind == INFO_LOG_PROBABILITIES)
            rows[0] = 0, rows[1] = rows[2] = -INFINITY;
        memcpy(rows + 3, r->row, sizeof r->row);
        const info_matrix x = rows_of(rows, 2, 3);
        info_entropy_options options = {.struct_size = sizeof options, .kind = r->kind};
        ck_assert_int_eq(info_entropy(ctx, &x, &options, out, 2), r->status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "x: row 1"));
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), r->text));
        ck_assert_double_eq(out[0], 7);
        options.invalid = INFO_INVALID_NAN;
        ck_assert_int_eq(info_entropy(ctx, &x, &options, out, 2), INFO_INVALID_ROWS);
        ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
        ck_assert(out[0] >= 0);
        ck_assert(isnan(out[1]));
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(rows_can_be_rescaled_and_smoothed_by_name)
{
    const double half[] = {.25, .25}, counts[] = {3, 0};
    const info_matrix x = rows_of(half, 1, 2), c = rows_of(counts, 1, 2);
    info_entropy_options options = {.struct_size = sizeof options, .normalize = 1, .unit = INFO_BIT};
    double h;
    ck_assert_int_eq(info_entropy(NULL, &x, &options, &h, 1), INFO_OK);
    ck_assert_double_eq(h, 1);
    options = (info_entropy_options){.struct_size = sizeof options, .kind = INFO_COUNTS};
    options.smoothing = INFO_SMOOTHING_LAPLACE;
    ck_assert_int_eq(info_entropy(NULL, &c, &options, &h, 1), INFO_OK);
    assert_near(h, .8 * log(1.25) + .2 * log(5), 1e-15);
    options.smoothing = INFO_SMOOTHING_JEFFREYS;
    ck_assert_int_eq(info_entropy(NULL, &c, &options, &h, 1), INFO_OK);
    assert_near(h, .875 * log(8. / 7) + .125 * log(8), 1e-15);
    options.smoothing = INFO_SMOOTHING_ADDITIVE;
    ck_assert_int_eq(info_entropy(NULL, &c, &options, &h, 1), INFO_ERROR_OPTION);
    options.smoothing_amount = 3;
    ck_assert_int_eq(info_entropy(NULL, &c, &options, &h, 1), INFO_OK);
    assert_near(h, 2. / 3 * log(1.5) + log(3) / 3, 1e-15);
    options.kind = INFO_LOGITS;
    ck_assert_int_eq(info_entropy(NULL, &c, &options, &h, 1), INFO_ERROR_OPTION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("distribution basics");
    TCase *tcase = tcase_create("basics");
    tcase_add_test(tcase, entropy_has_its_textbook_values);
    tcase_add_test(tcase, entropy_of_counts_survives_sums_that_overflow);
    tcase_add_test(tcase, entropy_of_peaked_counts_keeps_its_digits);
    tcase_add_test(tcase, kinds_of_input_agree);
    tcase_add_test(tcase, kl_is_exactly_zero_on_identical_input_and_never_negative);
    tcase_add_test(tcase, kl_near_equality_keeps_its_digits);
    tcase_add_test(tcase, kl_of_near_equal_logits_keeps_its_digits);
    tcase_add_test(tcase, kl_is_infinite_where_q_lacks_what_p_has);
    tcase_add_test(tcase, log_probabilities_do_not_underflow);
    tcase_add_test(tcase, one_row_meets_all_rows_and_all_pairs_can_be_had);
    tcase_add_test(tcase, what_is_no_distribution_is_refused_by_name);
    tcase_add_test(tcase, rows_can_be_rescaled_and_smoothed_by_name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
