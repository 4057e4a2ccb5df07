/* SPDX-License-Identifier: MIT
 * Power-law fits: exact laws, a fit worked out in 40 digits, coverage of the
 * intervals, degenerate and bad input. */
#include "../support.h"
#include "info/info.h"

static info_power_law fit(info_power_law_form form, const double *sizes, const double *values, int64_t count)
{
    const info_power_law_options options = {.struct_size = sizeof options, .form = form};
    info_power_law law;
    memset(&law, 0xff, sizeof law);
    ck_assert_int_eq(info_power_law_fit(NULL, sizes, values, count, &options, &law), INFO_OK);
    return law;
}

START_TEST(exact_laws_are_recovered)
{
    const double sizes[] = {125e6, 350e6, 1.3e9, 2.7e9, 6.7e9, 13e9, 30e9};
    const double exponents[] = {0.05, 0.34, 1, -0.2, -0.7};
    for (size_t e = 0; e < sizeof exponents / sizeof exponents[0]; e++) {
        const double a = exponents[e];
        double plain[7], shifted[7];
        for (int i = 0; i < 7; i++) {
            plain[i] = 4 * pow(sizes[i], -a);
            shifted[i] = plain[i] * pow(125e6, a) + 1.5;
        }
        for (info_power_law_form form = INFO_POWER_LAW_LOG_LOG; form <= INFO_POWER_LAW_LEAST_SQUARES; form++) {
            const info_power_law law = fit(form, sizes, plain, 7);
            assert_close(law.exponent.value, a, 1e-12);
            assert_close(law.factor.value, 4, 1e-11);
            ck_assert_double_eq_tol(law.r_squared, 1, 1e-12);
            ck_assert_double_eq(law.offset.value, 0);
            ck_assert_double_eq(law.freedom, 5);
        }
        const info_power_law law = fit(INFO_POWER_LAW_OFFSET, sizes, shifted, 7);
        assert_close(law.exponent.value, a, 1e-9);
        assert_close(law.offset.value, 1.5, 1e-8);
        assert_close(law.factor.value, 4 * pow(125e6, a), 1e-7);
        ck_assert_double_eq(law.freedom, 4);
    }
}
END_TEST

static const double sizes_7[] = {1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9};
static const double losses_7[] = {4.61, 3.92, 3.35, 2.95, 2.61, 2.42, 2.23};

/* scipy.stats.linregress of the logarithms; Gauss-Newton in 40 digits with mpmath. */
START_TEST(a_noisy_fit_agrees_with_high_precision)
{
    const info_power_law line = fit(INFO_POWER_LAW_LOG_LOG, sizes_7, losses_7, 7);
    assert_close(line.exponent.value, 0.10520467272313956, 1e-13);
    assert_close(line.exponent.standard_error, 0.006761148605999946, 1e-12);
    assert_close(line.factor.value, 18.784756674202317, 1e-12);
    assert_close(line.factor.standard_error / line.factor.value, 0.11764302703588159, 1e-12);
    assert_close(line.r_squared, 0.9797668432389391, 1e-13);

    const info_power_law two = fit(INFO_POWER_LAW_LEAST_SQUARES, sizes_7, losses_7, 7);
    assert_close(two.exponent.value, 0.111749579388145254, 1e-8);
    assert_close(two.exponent.standard_error, 0.00680116009895847659, 1e-7);
    assert_close(two.factor.value, 20.962876674936094, 1e-7);
    assert_close(two.factor.standard_error / two.factor.value, 0.110615308207427478, 1e-7);
    assert_close(two.deviation, 0.124258557652242229, 1e-12);
    assert_close(two.r_squared, 0.982749052861708531, 1e-13);

    const info_power_law three = fit(INFO_POWER_LAW_OFFSET, sizes_7, losses_7, 7);
    assert_close(three.exponent.value, 0.250461608338497379, 1e-7);
    assert_close(three.exponent.standard_error, 0.00629727971437885685, 1e-6);
    assert_close(three.factor.value, 92.2614803133321628, 1e-6);
    assert_close(three.factor.standard_error / three.factor.value, 0.0776509177474420689, 1e-6);
    assert_close(three.offset.value, 1.71437334890691895, 1e-7);
    assert_close(three.offset.standard_error, 0.0349104897463904655, 1e-6);
    assert_close(three.r_squared, 0.999872994919748966, 1e-12);
}
END_TEST

START_TEST(intervals_use_students_t)
{
    const double t_95_5 = 2.57058183563631551, t_99_4 = 4.60409487135;
    const info_power_law line = fit(INFO_POWER_LAW_LOG_LOG, sizes_7, losses_7, 7);
    assert_close(line.exponent.high - line.exponent.value, t_95_5 * line.exponent.standard_error, 1e-12);
    assert_close(line.exponent.value - line.exponent.low, t_95_5 * line.exponent.standard_error, 1e-12);
    assert_close(log(line.factor.high / line.factor.value), t_95_5 * 0.11764302703588159, 1e-11);
    const info_power_law_options options = {
        .struct_size = sizeof options, .form = INFO_POWER_LAW_OFFSET, .confidence = 0.99};
    info_power_law three;
    ck_assert_int_eq(info_power_law_fit(NULL, sizes_7, losses_7, 7, &options, &three), INFO_OK);
    assert_close(three.offset.high - three.offset.value, t_99_4 * three.offset.standard_error, 1e-10);
}
END_TEST

/* Sum of twelve uniforms from a linear congruential generator: near enough to normal. */
static double noise(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return sum;
}

/* 1000 fits at 90 %: the count of intervals that hold the truth is binomial with
 * deviation 9.5; five of them are allowed. */
START_TEST(intervals_hold_the_truth_as_often_as_they_say)
{
    uint64_t state = 20240203;
    int line_hits = 0, curve_hits = 0;
    for (int round = 0; round < 1000; round++) {
        double sizes[12], line[12], curve[12];
        for (int i = 0; i < 12; i++) {
            sizes[i] = 1e6 * pow(2, i);
            line[i] = 20 * pow(sizes[i], -0.1) * exp(0.02 * noise(&state));
            curve[i] = 60 * pow(sizes[i], -0.25) + 1.2 + 0.005 * noise(&state);
        }
        info_power_law_options options = {.struct_size = sizeof options, .confidence = 0.9};
        info_power_law law;
        ck_assert_int_eq(info_power_law_fit(NULL, sizes, line, 12, &options, &law), INFO_OK);
        line_hits += law.exponent.low <= 0.1 && 0.1 <= law.exponent.high;
        options.form = INFO_POWER_LAW_OFFSET;
        ck_assert_int_eq(info_power_law_fit(NULL, sizes, curve, 12, &options, &law), INFO_OK);
        curve_hits += law.exponent.low <= 0.25 && 0.25 <= law.exponent.high;
    }
    ck_assert_msg(abs(line_hits - 900) <= 48, "%d of 1000", line_hits);
    ck_assert_msg(abs(curve_hits - 900) <= 48, "%d of 1000", curve_hits);
}
END_TEST

START_TEST(equal_values_are_a_law_of_exponent_0)
{
    const double same[] = {3, 3, 3, 3, 3, 3, 3};
    const info_power_law line = fit(INFO_POWER_LAW_LOG_LOG, sizes_7, same, 7);
    ck_assert_double_eq(line.exponent.value, 0);
    assert_close(line.factor.value, 3, 1e-15);
    ck_assert_double_eq(line.r_squared, 1);
}
END_TEST

/* A straight line in log N has no exponent: factor and offset run off to infinity. */
START_TEST(a_logarithm_is_reported_as_not_converged)
{
    double values[7];
    for (int i = 0; i < 7; i++)
        values[i] = 10 - 0.3 * log(sizes_7[i]);
    const info_power_law_options options = {.struct_size = sizeof options, .form = INFO_POWER_LAW_OFFSET};
    info_power_law law;
    ck_assert_int_eq(info_power_law_fit(NULL, sizes_7, values, 7, &options, &law), INFO_NOT_CONVERGED);
}
END_TEST

static void assert_refused(info_status expected, const char *text, const double *sizes, const double *values,
                           int64_t count, const info_power_law_options *options, info_power_law *out)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    info_power_law before;
    if (out)
        before = *out;
    ck_assert_int_eq(info_power_law_fit(ctx, sizes, values, count, options, out), expected);
    ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);
    if (out)
        ck_assert_int_eq(memcmp(&before, out, sizeof before), 0);
    info_ctx_destroy(ctx);
}

START_TEST(bad_input_is_named)
{
    info_power_law law = {.r_squared = 7};
    double sizes[7], values[7];
    memcpy(sizes, sizes_7, sizeof sizes);
    memcpy(values, losses_7, sizeof values);
    info_power_law_options options = {.struct_size = sizeof options};
    assert_refused(INFO_ERROR_NULL, "sizes", NULL, values, 7, NULL, &law);
    assert_refused(INFO_ERROR_NULL, "values", sizes, NULL, 7, NULL, &law);
    assert_refused(INFO_ERROR_NULL, "out", sizes, values, 7, NULL, NULL);
    assert_refused(INFO_ERROR_SIZE, "count", sizes, values, 2, NULL, &law);
    assert_refused(INFO_ERROR_SIZE, "count", sizes, values, -1, NULL, &law);
    assert_refused(INFO_ERROR_OVERFLOW, "sizes", sizes, values, INT64_MAX, NULL, &law);
    assert_refused(INFO_ERROR_OVERLAP, "out", (const double *)(void *)&law, values, 7, NULL, &law);
    options.form = 3;
    assert_refused(INFO_ERROR_OPTION, "form", sizes, values, 7, &options, &law);
    options.form = 0;
    options.confidence = 1;
    assert_refused(INFO_ERROR_OPTION, "confidence", sizes, values, 7, &options, &law);
    options.confidence = NAN;
    assert_refused(INFO_ERROR_OPTION, "confidence", sizes, values, 7, &options, &law);
    const double bad_sizes[] = {0, -1, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        sizes[3] = bad_sizes[i];
        assert_refused(INFO_ERROR_DOMAIN, "sizes: element 3", sizes, values, 7, NULL, &law);
    }
    sizes[3] = sizes_7[3];
    const double bad_values[] = {0, -1, NAN, INFINITY, 1e300};
    for (int i = 0; i < 5; i++) {
        values[5] = bad_values[i];
        assert_refused(INFO_ERROR_DOMAIN, "values: element 5", sizes, values, 7, NULL, &law);
    }
    values[5] = losses_7[5];
    for (int i = 0; i < 7; i++)
        sizes[i] = 5;
    assert_refused(INFO_ERROR_DOMAIN, "distinct", sizes, values, 7, NULL, &law);
    sizes[2] = 6;
    options = (info_power_law_options){.struct_size = sizeof options, .form = INFO_POWER_LAW_OFFSET};
    assert_refused(INFO_ERROR_DOMAIN, "distinct", sizes, values, 7, &options, &law);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        exact_laws_are_recovered,
        a_noisy_fit_agrees_with_high_precision,
        intervals_use_students_t,
        intervals_hold_the_truth_as_often_as_they_say,
        equal_values_are_a_law_of_exponent_0,
        a_logarithm_is_reported_as_not_converged,
        bad_input_is_named,
        NULL,
    };
    return run_tests("geometry power law", tests);
}
