/* SPDX-License-Identifier: MIT
 * Representation entropy and log-determinants: closed forms, invariances, both
 * sides of the determinant, bad input. */
#include "common.h"

static info_coding_rate rate_of(const double *z, int64_t n, int64_t d, const info_geometry_options *options)
{
    const info_matrix m = matrix_of(z, n, d);
    info_coding_rate rate;
    ck_assert_int_eq(info_representation_entropy(NULL, &m, options, &rate), INFO_OK);
    return rate;
}

static double log_determinant_of(const double *z, int64_t n, int64_t d, double ridge)
{
    const info_matrix m = matrix_of(z, n, d);
    const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
    double value;
    ck_assert_int_eq(info_log_determinant(NULL, &m, &options, &value, 1), INFO_OK);
    return value;
}

START_TEST(signed_unit_vectors_reach_the_maximum)
{
    double z[12 * 6] = {0};
    for (int i = 0; i < 6; i++) {
        z[2 * i * 6 + i] = 1;
        z[(2 * i + 1) * 6 + i] = -1;
    }
    const info_coding_rate rate = rate_of(z, 12, 6, NULL);
    assert_near(rate.rate, 86.90964727144141, 1e-12 * 87, "54 ln 5");
    assert_near(rate.normalized, 1, 1e-15, "normalized");
    ck_assert_double_eq(rate.attainable, 1);
    assert_near(rate.log_determinant, 6 * log(5), 1e-14, "6 ln 5");
}
END_TEST

START_TEST(repeated_unit_vectors_have_the_published_rate)
{
    double z[12 * 6] = {0};
    for (int i = 0; i < 12; i++)
        z[i * 6 + i / 4] = 1;
    assert_near(rate_of(z, 12, 6, NULL).rate, 59.32506358807793, 1e-12 * 59, "e1..e3 four times");
    memset(z, 0, sizeof z);
    for (int i = 0; i < 12; i++)
        z[i * 6] = 1;
    assert_near(rate_of(z, 12, 6, NULL).rate, 28.969882423813804, 1e-12 * 29, "all equal");
}
END_TEST

/* n orthonormal rows: log det = n log(1 + d / (n e^2)), which is what n < d rows can attain. */
START_TEST(fewer_rows_than_dimensions_attain_less)
{
    double z[3 * 10] = {0};
    z[0] = z[11] = z[22] = 1;
    const info_geometry_options options = {.struct_size = sizeof options, .distortion = 0.3};
    const info_coding_rate rate = rate_of(z, 3, 10, &options);
    assert_near(rate.rate, 6.5 * 3 * log1p(10 / (3 * 0.09)), 1e-12, "rate");
    assert_near(rate.normalized, rate.attainable, 1e-15, "attainable");
    assert_near(rate.attainable, 3 * log1p(10 / 0.27) / (10 * log1p(1 / 0.09)), 1e-15, "attainable");
}
END_TEST

START_TEST(units_are_applied_once)
{
    uint64_t state = 5;
    double *z = random_rows(&state, 7, 5, 5);
    const info_geometry_options bits = {.struct_size = sizeof bits, .unit = INFO_BIT};
    const info_coding_rate nat = rate_of(z, 7, 5, NULL), bit = rate_of(z, 7, 5, &bits);
    assert_near(bit.rate, nat.rate / log(2), 1e-13, "rate");
    assert_near(bit.log_determinant, nat.log_determinant / log(2), 1e-13, "log determinant");
    ck_assert_double_eq(bit.normalized, nat.normalized);
    free(z);
}
END_TEST

/* Rows scaled by anything, permuted, and rotated in a plane. */
START_TEST(entropy_is_invariant_under_scale_permutation_and_rotation)
{
    uint64_t state = 6;
    double *z = random_rows(&state, 9, 6, 4), changed[9 * 6];
    for (int i = 0; i < 9; i++) {
        const double scale = exp(3 * normal(&state));
        for (int j = 0; j < 6; j++)
            changed[(i * 4 + 2) % 9 * 6 + j] = scale * z[i * 6 + j];
    }
    for (int i = 0; i < 9; i++) {
        double *x = changed + i * 6;
        const double a = x[1], b = x[4];
        x[1] = 0.6 * a - 0.8 * b;
        x[4] = 0.8 * a + 0.6 * b;
    }
    const info_coding_rate before = rate_of(z, 9, 6, NULL), after = rate_of(changed, 9, 6, NULL);
    assert_near(after.rate, before.rate, 1e-12 * before.rate, "rate");
    const info_geometry_options as_given = {.struct_size = sizeof as_given, .rows = INFO_ROWS_AS_GIVEN};
    ck_assert(fabs(rate_of(changed, 9, 6, &as_given).rate - before.rate) > 1);
    free(z);
}
END_TEST

START_TEST(both_sides_of_the_determinant_agree)
{
    uint64_t state = 7;
    const int64_t shapes[][3] = {{1, 1, 1},    {1, 9, 9},    {9, 1, 1},   {13, 40, 40},
                                 {40, 13, 13}, {30, 30, 30}, {50, 20, 3}, {20, 50, 3}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (double ridge = 1e-8; ridge < 1e9; ridge *= 100) {
            const int64_t n = shapes[s][0], d = shapes[s][1];
            double *z = random_rows(&state, n, d, shapes[s][2]), *transposed = malloc((size_t)(n * d) * 8);
            double *gains = malloc((size_t)n * 8), sum = 0;
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < d; j++)
                    transposed[j * n + i] = z[i * d + j];
            gains_oracle(z, n, d, ridge, gains);
            for (int64_t i = 0; i < n; i++)
                sum += gains[i];
            assert_near(log_determinant_of(z, n, d, ridge), sum, 1e-11 * (1 + sum), "rows");
            assert_near(log_determinant_of(transposed, d, n, ridge), sum, 1e-11 * (1 + sum), "columns");
            free(z);
            free(transposed);
            free(gains);
        }
}
END_TEST

/* At a large ridge log det(I + K/l) = tr K / l - tr K^2 / (2 l^2): relative accuracy survives. */
START_TEST(a_large_ridge_keeps_relative_accuracy)
{
    uint64_t state = 8;
    double *z = random_rows(&state, 6, 8, 8), trace = 0;
    for (int i = 0; i < 48; i++)
        trace += z[i] * z[i];
    for (double ridge = 1e20; ridge <= 1e100; ridge *= 1e20) {
        const double value = log_determinant_of(z, 6, 8, ridge);
        assert_near(value * ridge / trace, 1, 1e-14, "trace");
    }
    free(z);
}
END_TEST

START_TEST(element_types_and_strides_are_read)
{
    float narrow[2 * 12];
    double wide[12];
    uint64_t state = 9;
    for (int i = 0; i < 12; i++)
        wide[i] = narrow[2 * i] = (float)normal(&state);
    const info_matrix strided = {narrow + 22, 4, 3, -6, -2, INFO_F32, 0};
    info_coding_rate rate;
    ck_assert_int_eq(info_representation_entropy(NULL, &strided, NULL, &rate), INFO_OK);
    assert_near(rate.rate, rate_of(wide, 4, 3, NULL).rate, 1e-13, "strided f32");
    const info_matrix broadcast = {narrow, 1000, 3, 0, 2, INFO_F32, 0};
    ck_assert_int_eq(info_representation_entropy(NULL, &broadcast, NULL, &rate), INFO_OK);
    assert_near(rate.log_determinant, log1p(3 / 0.25), 1e-12, "one row repeated");
}
END_TEST

START_TEST(conditional_entropy_is_the_difference_of_two_rates)
{
    uint64_t state = 10;
    const int64_t shapes[][2] = {{4, 9}, {9, 4}, {1, 5}, {6, 6}};
    for (size_t s = 0; s < 4; s++) {
        const int64_t n = shapes[s][0], d = shapes[s][1];
        double *z = random_rows(&state, n + 1, d, d), conditional;
        const info_matrix context = matrix_of(z, n, d), token = matrix_of(z + n * d, 1, d);
        const info_geometry_options options = {.struct_size = sizeof options, .distortion = 0.4, .unit = INFO_BIT};
        ck_assert_int_eq(info_token_conditional_entropy(NULL, &context, &token, &options, &conditional, 1), INFO_OK);
        const double whole = rate_of(z, n + 1, d, &options).rate, part = rate_of(z, n, d, &options).rate;
        assert_near(conditional, whole - part, 1e-12 * whole, "difference");
        free(z);
    }
}
END_TEST

static void assert_refused(info_status expected, const char *text, const info_matrix *z,
                           const info_geometry_options *options)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    info_coding_rate rate, before;
    memset(&rate, 0x55, sizeof rate);
    memset(&before, 0x55, sizeof before);
    double value = -7;
    ck_assert_int_eq(info_representation_entropy(ctx, z, options, &rate), expected);
    ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);
    ck_assert_int_eq(memcmp(&rate, &before, sizeof rate), 0);
    ck_assert_int_eq(info_log_determinant(ctx, z, options, &value, 1), expected);
    ck_assert_double_eq(value, -7);
    info_ctx_destroy(ctx);
}

START_TEST(bad_input_is_named)
{
    double z[6] = {1, 2, 3, 4, 5, 6};
    info_matrix m = matrix_of(z, 2, 3);
    const double bad[] = {NAN, INFINITY, -INFINITY, 1.1e100, -1e308};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        z[4] = bad[i];
        assert_refused(INFO_ERROR_DOMAIN, "z: element (1, 1)", &m, NULL);
    }
    z[4] = 5;
    assert_refused(INFO_ERROR_NULL, "z", NULL, NULL);
    m.rows = 0;
    assert_refused(INFO_ERROR_SIZE, "z", &m, NULL);
    m.rows = 2;
    m.dtype = 9;
    assert_refused(INFO_ERROR_TYPE, "z", &m, NULL);
    m.dtype = INFO_F64;
    info_geometry_options options = {.struct_size = sizeof options, .unit = 3};
    assert_refused(INFO_ERROR_OPTION, "unit", &m, &options);
    options = (info_geometry_options){.struct_size = sizeof options, .rows = -1};
    assert_refused(INFO_ERROR_OPTION, "rows", &m, &options);
    options = (info_geometry_options){.struct_size = sizeof options, .reserved = 1};
    assert_refused(INFO_ERROR_OPTION, "reserved", &m, &options);
    const double bad_ridges[] = {-1, NAN, INFINITY, 1e-200};
    for (size_t i = 0; i < 4; i++) {
        options = (info_geometry_options){.struct_size = sizeof options, .ridge = bad_ridges[i]};
        assert_refused(INFO_ERROR_OPTION, "ridge", &m, &options);
        options = (info_geometry_options){.struct_size = sizeof options, .distortion = bad_ridges[i]};
        assert_refused(INFO_ERROR_OPTION, "distortion", &m, &options);
    }
    info_coding_rate rate;
    z[0] = z[1] = z[2] = 0;
    ck_assert_int_eq(info_representation_entropy(NULL, &m, NULL, &rate), INFO_ERROR_DOMAIN); /* no direction */
    assert_near(log_determinant_of(z, 2, 3, 1), log1p(77), 1e-13, "a zero row adds nothing");
    ck_assert_int_eq(info_representation_entropy(NULL, &m, NULL, NULL), INFO_ERROR_NULL);
    ck_assert_int_eq(info_log_determinant(NULL, &m, NULL, NULL, 1), INFO_ERROR_NULL);
    ck_assert_int_eq(info_log_determinant(NULL, &m, NULL, z, 1), INFO_ERROR_OVERLAP);
    double value;
    ck_assert_int_eq(info_log_determinant(NULL, &m, NULL, &value, 0), INFO_ERROR_OUTPUT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        signed_unit_vectors_reach_the_maximum,
        repeated_unit_vectors_have_the_published_rate,
        fewer_rows_than_dimensions_attain_less,
        units_are_applied_once,
        entropy_is_invariant_under_scale_permutation_and_rotation,
        both_sides_of_the_determinant_agree,
        a_large_ridge_keeps_relative_accuracy,
        element_types_and_strides_are_read,
        conditional_entropy_is_the_difference_of_two_rates,
        bad_input_is_named,
        NULL,
    };
    return run_tests("geometry entropy", tests);
}
