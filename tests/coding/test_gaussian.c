/* SPDX-License-Identifier: MIT
 * Gaussian sources: water-filling against its definition, and its three forms of input. */
#include "problems.h"

static info_coding_result fill(const double *data, int64_t rows, int64_t cols, info_gaussian_source kind,
                               info_coding_at at, double target, double *levels)
{
    const info_matrix source = view_of(data, rows, cols);
    const info_gaussian_options options = {.struct_size = sizeof options, .source = kind};
    info_coding_result r;
    ck_assert_int_eq(info_rate_distortion_gaussian(NULL, &source, at, target, &options, levels, cols, &r), INFO_OK);
    return r;
}

START_TEST(one_component_is_half_log_of_the_ratio)
{
    const double variance = 3;
    for (double D = 0.01; D < 3; D *= 1.7)
        ck_assert_certified(fill(&variance, 1, 1, INFO_GAUSSIAN_VARIANCES, INFO_AT_DISTORTION, D, NULL),
                            log(3 / D) / 2);
    ck_assert_certified(fill(&variance, 1, 1, INFO_GAUSSIAN_VARIANCES, INFO_AT_DISTORTION, 4, NULL), 0.0);
}
END_TEST

START_TEST(water_levels_the_components_and_all_targets_agree)
{
    const double l[] = {0.25, 4, 0, 1, 2};
    double levels[5];
    for (double t = 0.05; t < 4; t *= 1.3) {
        double rate = 0, distortion = 0;
        for (int k = 0; k < 5; k++) {
            rate += l[k] > t ? log(l[k] / t) / 2 : 0;
            distortion += fmin(l[k], t);
        }
        const info_coding_result at_d = fill(l, 1, 5, INFO_GAUSSIAN_VARIANCES, INFO_AT_DISTORTION, distortion, levels);
        ck_assert_certified(at_d, rate);
        ck_assert_double_eq_tol(at_d.slope, 1 / (2 * t), 1e-12 / t);
        ck_assert_double_eq_tol(levels[0], t, 1e-14);
        ck_assert_double_eq(levels[4], 0);
        const info_coding_result at_r = fill(l, 1, 5, INFO_GAUSSIAN_VARIANCES, INFO_AT_RATE, rate, levels);
        ck_assert_certified(at_r, distortion);
        const info_coding_result at_s = fill(l, 1, 5, INFO_GAUSSIAN_VARIANCES, INFO_AT_SLOPE, 1 / (2 * t), levels);
        ck_assert_certified(at_s, rate);
        ck_assert_double_eq_tol(at_s.distortion, distortion, 1e-14);
    }
}
END_TEST

/* Hidden states, their covariance and its eigenvalues are one source; also with fewer samples than columns. */
START_TEST(samples_covariance_and_variances_agree)
{
    enum { D = 7 };
    const int64_t counts[] = {40, 4};
    for (int c = 0; c < 2; c++) {
        const int64_t n = counts[c];
        double *x = malloc((size_t)(n * D) * sizeof *x), mean[D] = {0}, covariance[D * D] = {0};
        uint64_t seed = 17;
        for (int64_t i = 0; i < n * D; i++)
            mean[i % D] += (x[i] = 10 + (double)(i % D) * uniform(&seed)) / (double)n;
        for (int64_t i = 0; i < n; i++)
            for (int j = 0; j < D; j++)
                for (int k = 0; k < D; k++)
                    covariance[j * D + k] += (x[i * D + j] - mean[j]) * (x[i * D + k] - mean[k]) / (double)n;
        double levels[D], from_samples[D];
        const info_coding_result a = fill(covariance, D, D, INFO_GAUSSIAN_COVARIANCE, INFO_AT_DISTORTION, 0.7, levels);
        const info_coding_result b = fill(x, n, D, INFO_GAUSSIAN_SAMPLES, INFO_AT_DISTORTION, 0.7, from_samples);
        ck_assert_double_eq_tol(a.value, b.value, 1e-12);
        for (int k = 0; k < D; k++)
            ck_assert_double_eq_tol(levels[k], from_samples[k], 1e-12);
        free(x);
    }
}
END_TEST

START_TEST(bad_input_has_its_own_status)
{
    double l[] = {1, 2, 0.5, 1};
    const info_matrix row = view_of(l, 1, 4), square = view_of(l, 2, 2);
    info_gaussian_options options = {.struct_size = sizeof options, .source = INFO_GAUSSIAN_VARIANCES};
    info_coding_result r;
#define CALL(source, at, target) info_rate_distortion_gaussian(NULL, source, at, target, &options, NULL, 0, &r)
    ck_assert_int_eq(CALL(&row, INFO_AT_DISTORTION, 0), INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(CALL(&row, INFO_AT_SLOPE, INFINITY), INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(CALL(&row, INFO_AT_DISTORTION, -1), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(CALL(&square, INFO_AT_RATE, 1), INFO_ERROR_SIZE);
    l[1] = -2;
    ck_assert_int_eq(CALL(&row, INFO_AT_RATE, 1), INFO_ERROR_DOMAIN);
    l[1] = INFINITY;
    ck_assert_int_eq(CALL(&row, INFO_AT_RATE, 1), INFO_ERROR_DOMAIN);
    options.source = INFO_GAUSSIAN_COVARIANCE;
    l[1] = 0;
    ck_assert_int_eq(CALL(&square, INFO_AT_RATE, 1), INFO_ERROR_DOMAIN); /* not symmetric */
    l[1] = l[2] = 2;
    ck_assert_int_eq(CALL(&square, INFO_AT_RATE, 1), INFO_ERROR_DOMAIN); /* eigenvalue -1 */
    ck_assert_int_eq(CALL(&row, INFO_AT_RATE, 1), INFO_ERROR_SIZE);
#undef CALL
}
END_TEST

/* exp(-800) = 3.67e-348 is below every double. */
START_TEST(a_rate_at_which_the_distortion_underflows_has_an_interval)
{
    const double variances[2] = {1, 1};
    const info_coding_result r = fill(variances, 1, 1, INFO_GAUSSIAN_VARIANCES, INFO_AT_RATE, 400, NULL);
    ck_assert_double_eq(r.value, 0);
    ck_assert_double_eq(r.lower, 0);
    ck_assert(r.upper > 0 && r.upper < 1e-300);
    ck_assert_double_eq(r.rate, 400);
}
END_TEST

/* r^2 = 2^-26 and beta r^2 = 1 + 2^-20: from 40 digits. */
START_TEST(weak_correlation_keeps_the_digits_of_the_bottleneck)
{
    const double r = 0x1p-13, covariance[4] = {1, r, r, 1};
    const info_matrix m = view_of(covariance, 2, 2);
    info_bottleneck_result b;
    ck_assert_int_eq(info_bottleneck_gaussian(NULL, &m, 1, 0x1p26 * (1 + 0x1p-20), NULL, NULL, 0, NULL, &b), INFO_OK);
    ck_assert_double_eq_tol(b.compression, 4.768369379350148042e-7, 1e-21);
    ck_assert_double_eq_tol(b.relevance, 7.105420687222854690e-15, 1e-29);
    ck_assert_double_eq_tol(b.value, -2.273735342711744006e-13, 1e-27);
}
END_TEST

MAIN("gaussian sources", a_rate_at_which_the_distortion_underflows_has_an_interval,
     weak_correlation_keeps_the_digits_of_the_bottleneck, one_component_is_half_log_of_the_ratio,
     water_levels_the_components_and_all_targets_agree, samples_covariance_and_variances_agree,
     bad_input_has_its_own_status)
