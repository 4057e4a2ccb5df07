/* SPDX-License-Identifier: MIT
 * Distances between sentences: closed forms for diagonal and 2 x 2 covariances,
 * laws of a metric, bad input. */
#include "common.h"

static double distance(const double *a, int64_t m, const double *b, int64_t n, int64_t d, info_sentence_measure measure,
                       double ridge)
{
    const info_matrix ma = matrix_of(a, m, d), mb = matrix_of(b, n, d);
    const info_sentence_options options = {.struct_size = sizeof options, .measure = measure, .ridge = ridge};
    double out;
    ck_assert_int_eq(info_sentence_distance(NULL, &ma, &mb, &options, &out, 1), INFO_OK);
    return out;
}

/* Four tokens (x +- p, y), (x, y +- q): mean (x, y), covariance diag(p^2, q^2) / 2. */
static void cross(double x, double y, double p, double q, double *rows)
{
    const double made[8] = {x + p, y, x - p, y, x, y + q, x, y - q};
    memcpy(rows, made, sizeof made);
}

START_TEST(diagonal_covariances_have_closed_forms)
{
    double a[8], b[8];
    cross(1, 2, 2, 4, a);  /* diag(2, 8) */
    cross(3, -1, 6, 2, b); /* diag(18, 2) */
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_COSINE, 0), 1 - 1 / sqrt(50), 1e-15, "cosine");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_EUCLIDEAN, 0), sqrt(13), 1e-15, "Euclidean");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_FROBENIUS, 0), hypot(16, 6), 1e-14, "Frobenius");
    const double wasserstein = hypot(sqrt(18) - sqrt(2), sqrt(8) - sqrt(2));
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_BURES_WASSERSTEIN, 0), wasserstein, 1e-14, "Bures-Wasserstein");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_FRECHET, 0), hypot(wasserstein, sqrt(13)), 1e-14, "Frechet");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_LOG_EUCLIDEAN, 0), hypot(log(9), log(4)), 1e-14, "log-Euclidean");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_LOG_EUCLIDEAN, 2), hypot(log(5), log(2.5)), 1e-14,
                "with a ridge");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_STEIN, 0), sqrt(log(10.0 / 6) + log(5.0 / 4)), 1e-14, "Stein");
    assert_near(distance(a, 4, b, 4, 2, INFO_SENTENCE_STEIN, 2), sqrt(log(12 / sqrt(80)) + log(7 / sqrt(40))), 1e-14,
                "with a ridge");
}
END_TEST

static void covariance_2(const double *z, int64_t n, double c[3])
{
    double x = 0, y = 0;
    for (int64_t i = 0; i < n; i++) {
        x += z[2 * i] / (double)n;
        y += z[2 * i + 1] / (double)n;
    }
    c[0] = c[1] = c[2] = 0;
    for (int64_t i = 0; i < n; i++) {
        const double u = z[2 * i] - x, v = z[2 * i + 1] - y;
        c[0] += u * u / (double)n;
        c[1] += u * v / (double)n;
        c[2] += v * v / (double)n;
    }
}

/* tr (AB)^1/2 = sqrt(tr AB + 2 sqrt det AB) for 2 x 2 matrices that do not commute. */
START_TEST(two_by_two_covariances_have_closed_forms)
{
    uint64_t state = 41;
    for (int64_t n = 1; n < 12; n++) {
        double *a = random_rows(&state, n, 2, 2), *b = random_rows(&state, 13 - n, 2, 2), p[3], q[3];
        covariance_2(a, n, p);
        covariance_2(b, 13 - n, q);
        const double product = p[0] * q[0] + 2 * p[1] * q[1] + p[2] * q[2];
        const double det = fmax(p[0] * p[2] - p[1] * p[1], 0) * fmax(q[0] * q[2] - q[1] * q[1], 0);
        const double square = p[0] + p[2] + q[0] + q[2] - 2 * sqrt(product + 2 * sqrt(det));
        const double got = distance(a, n, b, 13 - n, 2, INFO_SENTENCE_BURES_WASSERSTEIN, 0);
        assert_near(got * got, square, 1e-7, "Bures-Wasserstein"); /* the root of a zero determinant */
        const double l = 0.3, da = (p[0] + l) * (p[2] + l) - p[1] * p[1], db = (q[0] + l) * (q[2] + l) - q[1] * q[1];
        const double mean = (p[1] + q[1]) / 2;
        const double dm = ((p[0] + q[0]) / 2 + l) * ((p[2] + q[2]) / 2 + l) - mean * mean;
        const double stein = distance(a, n, b, 13 - n, 2, INFO_SENTENCE_STEIN, l);
        assert_near(stein * stein, log(dm) - 0.5 * log(da * db), 1e-13, "Stein");
        free(a);
        free(b);
    }
}
END_TEST

START_TEST(distances_are_symmetric_zero_at_home_and_obey_the_triangle)
{
    uint64_t state = 42;
    for (int round = 0; round < 10; round++) {
        double *a = random_rows(&state, 9, 5, 5), *b = random_rows(&state, 4, 5, 5), *c = random_rows(&state, 20, 5, 5);
        for (info_sentence_measure m = INFO_SENTENCE_COSINE; m <= INFO_SENTENCE_STEIN; m++) {
            const double ab = distance(a, 9, b, 4, 5, m, 0.5), ba = distance(b, 4, a, 9, 5, m, 0.5);
            const double bc = distance(b, 4, c, 20, 5, m, 0.5), ac = distance(a, 9, c, 20, 5, m, 0.5);
            assert_near(ab, ba, 1e-12 * (1 + ab), "symmetry");
            ck_assert_double_eq(distance(a, 9, a, 9, 5, m, 0.5), 0);
            if (m != INFO_SENTENCE_COSINE)
                ck_assert(ac <= (ab + bc) * (1 + 1e-12));
        }
        free(a);
        free(b);
        free(c);
    }
}
END_TEST

START_TEST(a_singular_covariance_asks_for_a_ridge)
{
    const double z[6] = {1, 2, 3, 4, 5, 7};
    const info_matrix m = matrix_of(z, 2, 3);
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    for (info_sentence_measure s = INFO_SENTENCE_LOG_EUCLIDEAN; s <= INFO_SENTENCE_STEIN; s++) {
        const info_sentence_options options = {.struct_size = sizeof options, .measure = s};
        double out = -7;
        ck_assert_int_eq(info_sentence_distance(ctx, &m, &m, &options, &out, 1), INFO_ERROR_DOMAIN);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "options.ridge"));
        ck_assert_double_eq(out, -7);
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(bad_input_is_named)
{
    double z[6] = {1, 2, 3, 4, 5, 7}, zero[3] = {0}, out = -7;
    const info_matrix a = matrix_of(z, 2, 3), b = matrix_of(zero, 1, 3), narrow = matrix_of(z, 3, 2);
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
#define REFUSED(call, status, text)                                                                                    \
    do {                                                                                                               \
        ck_assert_int_eq(call, status);                                                                                \
        ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);        \
        ck_assert_double_eq(out, -7);                                                                                  \
    } while (0)
    REFUSED(info_sentence_distance(ctx, NULL, &a, NULL, &out, 1), INFO_ERROR_NULL, "a");
    REFUSED(info_sentence_distance(ctx, &a, &narrow, NULL, &out, 1), INFO_ERROR_SIZE, "b");
    REFUSED(info_sentence_distance(ctx, &a, &b, NULL, &out, 1), INFO_ERROR_DOMAIN, "b: its mean");
    REFUSED(info_sentence_distance(ctx, &a, &a, NULL, &out, 0), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_sentence_distance(ctx, &a, &b, NULL, z, 1), INFO_ERROR_OVERLAP, "out");
    info_sentence_options options = {.struct_size = sizeof options, .measure = 7};
    REFUSED(info_sentence_distance(ctx, &a, &a, &options, &out, 1), INFO_ERROR_OPTION, "measure");
    options = (info_sentence_options){.struct_size = sizeof options, .ridge = NAN};
    REFUSED(info_sentence_distance(ctx, &a, &a, &options, &out, 1), INFO_ERROR_OPTION, "ridge");
    z[4] = NAN;
    REFUSED(info_sentence_distance(ctx, &b, &a, NULL, &out, 1), INFO_ERROR_DOMAIN, "b: element (1, 1)");
#undef REFUSED
    info_ctx_destroy(ctx);
}
END_TEST

/* A = diag(1 + l, l) and B = diag(l, 1 + l): 2 log((1 + m) / (2 sqrt m)) with m = (1 + l) / l, at 40 digits. */
START_TEST(a_ridge_below_the_rounding_of_the_covariance_is_kept)
{
    const double a[4] = {1, 0, -1, 0}, b[4] = {0, 1, 0, -1};
    const struct {
        double ridge, distance;
    } oracle[] = {
        {2e-8, 4.04242987103951}, {2e-12, 5.05485702807258}, {2e-16, 5.89592401123224}, {2e-20, 6.63115829385795}};
    const info_matrix first = matrix_of(a, 2, 2), second = matrix_of(b, 2, 2);
    info_sentence_options options = {.struct_size = sizeof options, .measure = INFO_SENTENCE_STEIN};
    double out;
    for (size_t i = 0; i < sizeof oracle / sizeof *oracle; i++) {
        options.ridge = oracle[i].ridge;
        ck_assert_int_eq(info_sentence_distance(NULL, &first, &second, &options, &out, 1), INFO_OK);
        assert_near(out, oracle[i].distance, 1e-13, "Stein");
        ck_assert_int_eq(info_sentence_distance(NULL, &second, &first, &options, &out, 1), INFO_OK);
        assert_near(out, oracle[i].distance, 1e-13, "Stein, exchanged");
    }
    options.ridge = 1e-40; /* below what rounding makes of the rows: as good as none */
    ck_assert_int_eq(info_sentence_distance(NULL, &first, &second, &options, &out, 1), INFO_ERROR_DOMAIN);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        diagonal_covariances_have_closed_forms,
        two_by_two_covariances_have_closed_forms,
        distances_are_symmetric_zero_at_home_and_obey_the_triangle,
        a_singular_covariance_asks_for_a_ridge,
        a_ridge_below_the_rounding_of_the_covariance_is_kept,
        bad_input_is_named,
        NULL,
    };
    return run_tests("geometry distance", tests);
}
