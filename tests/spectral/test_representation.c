/* SPDX-License-Identifier: MIT
 * Shape of a spectrum, curvature, nuclear norm, LiDAR, multimodal ratios. */
#include "states.h"

START_TEST(a_power_law_has_the_shape_of_one)
{
    enum { N = 20 };
    double gram[N * N] = {0}, total = 0, squares = 0, logs = 0;
    for (int i = 0; i < N; i++) {
        const double value = pow(i + 1, -1.5);
        gram[i * N + i] = value;
        total += value, squares += value * value, logs += log(value);
    }
    const info_matrix x = matrix_of(gram, N, N);
    const info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    info_spectrum_shape_result s;
    ck_assert_int_eq(info_spectrum_shape(NULL, &x, &o, &s), INFO_OK);
    assert_close(s.decay, 1.5, 1e-12);
    assert_close(s.participation_ratio, total * total / squares, 1e-13);
    assert_close(s.stable_rank, total, 1e-13);
    assert_close(s.condition_number, pow(N, 1.5), 1e-12);
    assert_close(s.flatness, exp(logs / N) / (total / N), 1e-12);
    assert_close(s.effective_rank, exp(s.entropy), 1e-15);
    ck_assert_int_eq((int)s.rank, N);
    gram[N * N - 1] = 0;
    ck_assert_int_eq(info_spectrum_shape(NULL, &x, &o, &s), INFO_OK);
    ck_assert_int_eq((int)s.rank, N - 1);
    ck_assert_double_eq(s.condition_number, INFINITY);
    ck_assert_double_eq(s.flatness, 0);
}
END_TEST

START_TEST(curvature_of_lines_circles_and_corners)
{
    double x[40], out;
    info_matrix line = matrix_of(x, 20, 2), corner = matrix_of(x, 3, 2);
    for (int i = 0; i < 20; i++)
        x[2 * i] = 3 * i, x[2 * i + 1] = -i;
    ck_assert_int_eq(info_curvature(NULL, &line, &out), INFO_OK);
    ck_assert_double_eq(out, 0);
    for (int i = 0; i < 20; i++)
        x[2 * i] = cos(.3 * i), x[2 * i + 1] = sin(.3 * i);
    ck_assert_int_eq(info_curvature(NULL, &line, &out), INFO_OK);
    assert_close(out, .3, 1e-13);
    const double turn[] = {0, 0, 1, 0, 1, 5}, back[] = {0, 0, 1, 1, 0, 0}, still[] = {1, 1, 1, 1, 2, 2};
    memcpy(x, turn, sizeof turn);
    ck_assert_int_eq(info_curvature(NULL, &corner, &out), INFO_OK);
    assert_close(out, 1.5707963267948966, 1e-15);
    memcpy(x, back, sizeof back);
    ck_assert_int_eq(info_curvature(NULL, &corner, &out), INFO_OK);
    assert_close(out, 3.141592653589793, 1e-15);
    memcpy(x, still, sizeof still);
    ck_assert_int_eq(info_curvature(NULL, &corner, &out), INFO_ERROR_DOMAIN);
    corner.rows = 2;
    ck_assert_int_eq(info_curvature(NULL, &corner, &out), INFO_ERROR_SIZE);
}
END_TEST

/* +-e_i: d singular values sqrt 2, columns of norm sqrt 2, 2d rows. */
START_TEST(nuclear_norm_of_a_cross)
{
    double x[2 * 5 * 5] = {0};
    for (int i = 0; i < 5; i++)
        x[i * 5 + i] = 3, x[(5 + i) * 5 + i] = -3;
    const info_matrix m = matrix_of(x, 10, 5);
    info_nuclear_norm_result r;
    ck_assert_int_eq(info_nuclear_norm(NULL, &m, NULL, &r), INFO_OK);
    assert_close(r.nuclear_norm, 5 * sqrt(2) / 10, 1e-14);
    assert_close(r.sum_of_columns, 5 * sqrt(2) / 10, 1e-14);
    const info_spectral_options o = {.struct_size = sizeof o, .convention = INFO_CONVENTION_ROY_VETTERLI};
    ck_assert_int_eq(info_nuclear_norm(NULL, &m, &o, &r), INFO_OK);
    assert_close(r.nuclear_norm, 3 * 5 * sqrt(2) / 10, 1e-14);
    double *y = gaussian(30, 12, 4);
    const info_matrix tall = matrix_of(y, 30, 12);
    ck_assert_int_eq(info_nuclear_norm(NULL, &tall, NULL, &r), INFO_OK);
    ck_assert_double_gt(r.sum_of_columns, r.nuclear_norm);
    free(y);
}
END_TEST

/* Means at K axes, members +- along other axes: K - 1 equal directions between the classes. */
START_TEST(lidar_of_orthogonal_means_is_one_less_than_the_classes)
{
    enum { K = 4, D = 2 * K };
    double x[2 * K * D] = {0}, out;
    int64_t labels[2 * K];
    for (int i = 0; i < 2 * K; i++) {
        labels[i] = i / 2;
        x[i * D + i / 2] = 2;
        x[i * D + K + i / 2] = i % 2 ? .5 : -.5;
    }
    const info_matrix m = matrix_of(x, 2 * K, D);
    ck_assert_int_eq(info_lidar(NULL, &m, labels, K, 1e-4, &out), INFO_OK);
    assert_close(out, K - 1, 1e-11);
    ck_assert_int_eq(info_lidar(NULL, &m, labels, K + 3, 1e-4, &out), INFO_OK);
    assert_close(out, K - 1, 1e-11);
    ck_assert_int_eq(info_lidar(NULL, &m, labels, K, 0, &out), INFO_ERROR_DOMAIN);
    labels[3] = 9;
    ck_assert_int_eq(info_lidar(NULL, &m, labels, K, 1e-4, &out), INFO_ERROR_TARGET);
    memset(labels, 0, sizeof labels);
    ck_assert_int_eq(info_lidar(NULL, &m, labels, K, 1e-4, &out), INFO_ERROR_DOMAIN);
}
END_TEST

START_TEST(multimodal_ratios_of_published_models)
{
    const double llava[] = {18.34, 11.28, 45.62, 74.21, 76.34}, minigpt[] = {90.59, 55.70, 58.50, 63.63, 108.53};
    info_multimodal_result r;
    ck_assert_int_eq(info_multimodal(NULL, llava, &r), INFO_OK);
    ck_assert_double_eq_tol(r.image_reduction_ratio, .3850, 5e-5);
    ck_assert_double_eq_tol(r.image_text_alignment, .8566, 5e-5);
    ck_assert_int_eq(info_multimodal(NULL, minigpt, &r), INFO_OK);
    ck_assert_double_eq_tol(r.image_reduction_ratio, .3851, 5e-5);
    ck_assert_double_eq_tol(r.image_text_alignment, .7084, 5e-5);
    const double bad[] = {1, 2, 0, 2, 1};
    ck_assert_int_eq(info_multimodal(NULL, bad, &r), INFO_ERROR_DOMAIN);
}
END_TEST

START_TEST(rows_that_are_dropped_do_not_thin_the_nuclear_norm)
{
    double *x = gaussian(9, 5, 6);
    memset(x + 8 * 5, 0, 5 * sizeof *x);
    const info_matrix with = matrix_of(x, 9, 5), without = matrix_of(x, 8, 5);
    const info_spectral_options o = {.struct_size = sizeof o,
                                     .convention = INFO_CONVENTION_ROY_VETTERLI,
                                     .normalize_rows = INFO_CHOICE_YES,
                                     .center = INFO_CHOICE_NO};
    info_nuclear_norm_result a, b;
    ck_assert_int_eq(info_nuclear_norm(NULL, &with, &o, &a), INFO_OK);
    ck_assert_int_eq(info_nuclear_norm(NULL, &without, &o, &b), INFO_OK);
    assert_close(a.nuclear_norm, b.nuclear_norm, 1e-14);
    free(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_power_law_has_the_shape_of_one,
                                  curvature_of_lines_circles_and_corners,
                                  nuclear_norm_of_a_cross,
                                  lidar_of_orthogonal_means_is_one_less_than_the_classes,
                                  multimodal_ratios_of_published_models,
                                  rows_that_are_dropped_do_not_thin_the_nuclear_norm,
                                  NULL};
    return run_tests("spectral representation", tests);
}
