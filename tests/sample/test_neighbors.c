/* SPDX-License-Identifier: MIT
 * Estimators by nearest neighbors against brute force, closed forms of Gaussians, ties, and bad input. */
#include "samples.h"

enum { MOST = 2000, DIMS = 5 };
static double x[MOST * DIMS], y[MOST * DIMS], z[MOST * DIMS], local[MOST];

static double normal(uint64_t *seed)
{
    return sqrt(-2 * log1p(-next_uniform(seed))) * cos(6.283185307179586 * next_uniform(seed));
}

static void fill(uint64_t seed, int n, int dims, double correlation)
{
    for (int i = 0; i < n * dims; i++) {
        x[i] = normal(&seed);
        z[i] = normal(&seed);
        y[i] = correlation * x[i] + 0.5 * z[i] + normal(&seed);
    }
}

static info_matrix rows_of(const double *data, int64_t n, int64_t dims)
{
    return (info_matrix){data, n, dims, dims, 1, INFO_F64, 0};
}

/* ---- Brute force: written from the formulas, without trees or sorted lines ---- */

static double apart(const double *a, int i, int k, int dims)
{
    double d = 0;
    for (int j = 0; j < dims; j++)
        d = fmax(d, fabs(a[i * dims + j] - a[k * dims + j]));
    return d;
}

/* digamma of whole numbers, in long double */
static double psi(int n)
{
    long double sum = -0.57721566490153286060651209L;
    for (int k = 1; k < n; k++)
        sum += 1.0L / k;
    return (double)sum;
}

static double joint(int i, int k, int dims, int with_z)
{
    const double d = fmax(apart(x, i, k, dims), apart(y, i, k, dims));
    return with_z ? fmax(d, apart(z, i, k, dims)) : d;
}

/* The k nearest of sample i, by picking the least k times. */
static void nearest(int i, int n, int dims, int with_z, int k, int *near)
{
    for (int m = 0; m < k; m++) {
        int best = -1;
        for (int j = 0; j < n; j++) {
            int taken = j == i;
            for (int t = 0; t < m; t++)
                taken |= near[t] == j;
            if (!taken && (best < 0 || joint(i, j, dims, with_z) < joint(i, best, dims, with_z)))
                best = j;
        }
        near[m] = best;
    }
}

static double brute_ksg(int n, int dims, int k, int algorithm, int with_z, double *locals)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        int near[8] = {0}, nx = 0, ny = 0, nz = 0;
        nearest(i, n, dims, with_z, k, near);
        const double e = joint(i, near[k - 1], dims, with_z);
        double ex = 0, ey = 0;
        for (int m = 0; m < k; m++) {
            ex = fmax(ex, apart(x, i, near[m], dims));
            ey = fmax(ey, apart(y, i, near[m], dims));
        }
        for (int j = 0; j < n; j++) {
            if (j == i)
                continue;
            const double dx = apart(x, i, j, dims), dy = apart(y, i, j, dims), dz = with_z ? apart(z, i, j, dims) : 0;
            if (algorithm == INFO_KSG_2) {
                nx += dx <= ex;
                ny += dy <= ey;
            } else {
                nx += fmax(dx, dz) < e;
                ny += fmax(dy, dz) < e;
                nz += dz < e;
            }
        }
        if (algorithm == INFO_KSG_2)
            locals[i] = psi(k) - 1.0 / k + psi(n) - psi(nx) - psi(ny);
        else
            locals[i] = psi(k) + (with_z ? psi(nz + 1) : psi(n)) - psi(nx + 1) - psi(ny + 1);
        sum += locals[i] / n;
    }
    return sum;
}

START_TEST(ksg_is_brute_force)
{
    static double expected[MOST];
    const int dims = _i + 1, n = dims == 2 ? 2000 : 600, k = 1 + _i % 4;
    fill((uint64_t)dims, n, dims, 0.8);
    const info_matrix mx = rows_of(x, n, dims), my = rows_of(y, n, dims), mz = rows_of(z, n, dims);
    for (int kind = 0; kind < 3; kind++) {
        const info_neighbor_options options = {
            .struct_size = sizeof options, .k = k, .algorithm = kind == 1 ? INFO_KSG_2 : INFO_KSG_1};
        info_neighbor_estimate e, threaded;
        ck_assert_int_eq(
            info_neighbor_mutual_information(NULL, &mx, &my, kind == 2 ? &mz : NULL, &options, local, n, &e), INFO_OK);
        const double value = brute_ksg(n, dims, k, options.algorithm, kind == 2, expected);
        ck_assert_msg(fabs(e.value - value) < 1e-12, "%d dimensions, kind %d: %.17g for %.17g", dims, kind, e.value,
                      value);
        for (int i = 0; i < n; i++)
            ck_assert(fabs(local[i] - expected[i]) < 1e-12);
        info_ctx *ctx = make_ctx(3);
        ck_assert_int_eq(
            info_neighbor_mutual_information(ctx, &mx, &my, kind == 2 ? &mz : NULL, &options, NULL, 0, &threaded),
            INFO_OK);
        ck_assert_mem_eq(&e, &threaded, sizeof e);
        info_ctx_destroy(ctx);
    }
}
END_TEST

START_TEST(entropy_and_divergence_are_brute_force)
{
    const int dims = _i + 1, n = 500, m = 700, k = 2;
    fill(40 + (uint64_t)_i, m, dims, 0.5);
    const info_matrix mx = rows_of(x, n, dims), my = rows_of(y, m, dims);
    for (int norm = 0; norm < 2; norm++) {
        const info_neighbor_options options = {.struct_size = sizeof options, .k = k, .norm = norm};
        double h = 0, d = 0;
        for (int i = 0; i < n; i++) {
            double own[2] = {INFINITY, INFINITY}, other[2] = {INFINITY, INFINITY};
            for (int j = 0; j < m; j++) {
                double in_x = 0, in_y = 0;
                for (int c = 0; c < dims; c++) {
                    const double to_x = fabs(x[i * dims + c] - x[j * dims + c]),
                                 to_y = fabs(x[i * dims + c] - y[j * dims + c]);
                    in_x = norm ? in_x + to_x * to_x : fmax(in_x, to_x);
                    in_y = norm ? in_y + to_y * to_y : fmax(in_y, to_y);
                }
                if (j != i && j < n && in_x < own[1])
                    own[in_x >= own[0]] = in_x < own[0] ? (own[1] = own[0], in_x) : in_x;
                if (in_y < other[1])
                    other[in_y >= other[0]] = in_y < other[0] ? (other[1] = other[0], in_y) : in_y;
            }
            const double e = norm ? sqrt(own[1]) : own[1], v = norm ? sqrt(other[1]) : other[1];
            h += dims * log(e) / n;
            d += dims * log(v / e) / n;
        }
        const double ball = norm ? dims / 2.0 * log(acos(-1)) - lgamma(dims / 2.0 + 1) : dims * log(2);
        info_neighbor_estimate e;
        ck_assert_int_eq(info_neighbor_entropy(NULL, &mx, &options, local, n, &e), INFO_OK);
        ck_assert(fabs(e.value - (psi(n) - psi(k) + ball + h)) < 1e-12);
        double mean = 0;
        for (int i = 0; i < n; i++)
            mean += local[i] / n;
        assert_close(mean, e.value, 1e-12);
        ck_assert_int_eq(info_neighbor_kl(NULL, &mx, &my, &options, NULL, 0, &e), INFO_OK);
        ck_assert(fabs(e.value - (d + log(m / (n - 1.0)))) < 1e-12);
    }
}
END_TEST

START_TEST(labels_and_mixtures_are_brute_force)
{
    enum { N = 500 };
    static int64_t labels[N];
    uint64_t seed = 6;
    for (int i = 0; i < N; i++) {
        labels[i] = i == 77 ? 99 : (int64_t)(next_random(&seed) % 3) - 1;
        x[i] = normal(&seed) + (double)labels[i];
        y[i] = next_random(&seed) % 2 ? (double)labels[i] : normal(&seed); /* ties and a density */
        z[i] = next_random(&seed) % 2 ? y[i] : x[i];
    }
    const info_matrix mx = rows_of(x, N, 1), my = rows_of(y, N, 1), mz = rows_of(z, N, 1);
    const info_series series = series_of(labels, N);
    info_neighbor_estimate e;
    double sum = 0;
    for (int i = 0; i < N; i++) {
        if (i == 77)
            continue;
        double least[3] = {INFINITY, INFINITY, INFINITY};
        int size = 0, within = 0;
        for (int j = 0; j < N; j++) {
            if (labels[j] != labels[i])
                continue;
            size++;
            double d = fabs(x[i] - x[j]);
            for (int m = 0; j != i && m < 3; m++)
                if (d < least[m]) {
                    const double held = least[m];
                    least[m] = d;
                    d = held;
                }
        }
        for (int j = 0; j < N; j++)
            within += j != 77 && j != i && fabs(x[i] - x[j]) < least[2];
        sum += (psi(3) - psi(size) - psi(within + 1)) / (N - 1);
    }
    ck_assert_int_eq(info_neighbor_label_information(NULL, &mx, &series, NULL, local, N, &e), INFO_OK);
    ck_assert_int_eq(e.samples, N - 1);
    ck_assert_msg(fabs(e.value - (psi(N - 1) + sum)) < 1e-12, "%.17g for %.17g", e.value, psi(N - 1) + sum);
    assert_same_bits(local[77], 0);

    sum = 0;
    for (int i = 0; i < N; i++) {
        double least[3] = {INFINITY, INFINITY, INFINITY};
        int there = 0, nx = 0, ny = 0;
        for (int j = 0; j < N; j++) {
            double d = fmax(fabs(z[i] - z[j]), fabs(y[i] - y[j]));
            there += j != i && d == 0;
            for (int m = 0; j != i && m < 3; m++)
                if (d < least[m]) {
                    const double held = least[m];
                    least[m] = d;
                    d = held;
                }
        }
        for (int j = 0; j < N; j++) {
            nx += j != i && fabs(z[i] - z[j]) <= least[2];
            ny += j != i && fabs(y[i] - y[j]) <= least[2];
        }
        sum += (psi(least[2] == 0 ? there : 3) + log(N) - log(nx + 1) - log(ny + 1)) / N;
    }
    ck_assert_int_eq(info_neighbor_mixed_information(NULL, &mz, &my, NULL, NULL, 0, &e), INFO_OK);
    ck_assert_msg(fabs(e.value - sum) < 1e-12, "%.17g for %.17g", e.value, sum);
    ck_assert_int_gt(e.tied, 0);
}
END_TEST

/* Correlation r: -log(1 - r^2) / 2. Kraskov et al. report errors below 0.01 for 2000 samples. */
START_TEST(estimates_of_gaussians_are_near_the_truth)
{
    uint64_t seed = 12;
    const double r = 0.6;
    for (int i = 0; i < MOST; i++) {
        x[i] = normal(&seed);
        y[i] = r * x[i] + sqrt(1 - r * r) * normal(&seed);
    }
    const info_matrix mx = rows_of(x, MOST, 1), my = rows_of(y, MOST, 1);
    const double truth = -0.5 * log(1 - r * r), h = 0.5 * log(2 * acos(-1)) + 0.5;
    info_neighbor_estimate e;
    double gaussian;
    ck_assert_int_eq(info_neighbor_mutual_information(NULL, &mx, &my, NULL, NULL, NULL, 0, &e), INFO_OK);
    ck_assert_msg(fabs(e.value - truth) < 0.05, "%g for %g", e.value, truth);
    ck_assert_int_eq(info_gaussian_mutual_information(NULL, &mx, &my, NULL, NULL, &gaussian), INFO_OK);
    ck_assert(fabs(gaussian - truth) < 0.05);
    ck_assert_int_eq(info_neighbor_entropy(NULL, &mx, NULL, NULL, 0, &e), INFO_OK);
    ck_assert(fabs(e.value - h) < 0.06);
    ck_assert_int_eq(info_gaussian_entropy(NULL, &mx, NULL, &gaussian), INFO_OK);
    ck_assert(fabs(gaussian - h) < 0.06);
}
END_TEST

START_TEST(gaussian_forms_are_those_of_the_covariance)
{
    enum { N = 50 };
    uint64_t seed = 3;
    double mx = 0, my = 0, sxx = 0, syy = 0, sxy = 0, value, kl;
    for (int i = 0; i < N; i++) {
        x[i] = 1e6 + normal(&seed);
        y[i] = x[i] + 2 * normal(&seed);
        mx += (x[i] - 1e6) / N;
        my += (y[i] - 1e6) / N;
    }
    for (int i = 0; i < N; i++) {
        const double a = x[i] - 1e6 - mx, b = y[i] - 1e6 - my;
        sxx += a * a / (N - 1);
        syy += b * b / (N - 1);
        sxy += a * b / (N - 1);
    }
    const info_matrix vx = rows_of(x, N, 1), vy = rows_of(y, N, 1);
    ck_assert_int_eq(info_gaussian_mutual_information(NULL, &vx, &vy, NULL, NULL, &value), INFO_OK);
    assert_close(value, -0.5 * log1p(-sxy * sxy / (sxx * syy)), 1e-8); /* 1e6 has taken six digits */
    ck_assert_int_eq(info_gaussian_kl(NULL, &vx, &vy, NULL, &kl), INFO_OK);
    assert_close(kl, 0.5 * (sxx / syy + (my - mx) * (my - mx) / syy - 1 + log(syy / sxx)), 1e-8);
    ck_assert_int_eq(info_gaussian_kl(NULL, &vx, &vx, NULL, &kl), INFO_OK);
    ck_assert(fabs(kl) < 1e-15);
    /* Given itself nothing is left; a copy has no density. */
    const info_matrix copy = rows_of(x, N, 1);
    info_ctx *ctx = make_ctx(1);
    assert_fails(ctx, info_gaussian_mutual_information(ctx, &vx, &copy, NULL, NULL, &value), INFO_ERROR_DOMAIN,
                 "x: the covariance");
    info_ctx_destroy(ctx);
}
END_TEST

/* The mean over many samples is the truth, which it is not without the correction. */
START_TEST(bias_correction_takes_off_the_mean_error)
{
    enum { N = 12, D = 3, DRAWS = 20000 };
    double plain = 0, corrected = 0, square = 0;
    uint64_t seed = 1;
    const info_gaussian_fit_options correct = {.struct_size = sizeof correct, .bias_correction = 1};
    const double truth = D / 2.0 * (log(2 * acos(-1)) + 1);
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < N * D; i++)
            x[i] = normal(&seed);
        const info_matrix mx = rows_of(x, N, D);
        double a, b;
        ck_assert_int_eq(info_gaussian_entropy(NULL, &mx, NULL, &a), INFO_OK);
        ck_assert_int_eq(info_gaussian_entropy(NULL, &mx, &correct, &b), INFO_OK);
        plain += a / DRAWS;
        corrected += b / DRAWS;
        square += b * b / DRAWS;
    }
    const double noise = sqrt((square - corrected * corrected) / DRAWS);
    ck_assert_msg(fabs(corrected - truth) < 4 * noise, "%g for %g, noise %g", corrected, truth, noise);
    ck_assert(truth - plain > 20 * noise);
}
END_TEST

START_TEST(ties_are_told_and_never_hidden)
{
    enum { N = 40 };
    info_ctx *ctx = make_ctx(1);
    for (int i = 0; i < N; i++)
        x[i] = i < 10 ? 3 : i, y[i] = i < 10 ? 5 : i * i % 17;
    const info_matrix mx = rows_of(x, N, 1), my = rows_of(y, N, 1);
    info_neighbor_options options = {.struct_size = sizeof options};
    info_neighbor_estimate e = {.value = 42}, again;
    assert_fails(ctx, info_neighbor_mutual_information(ctx, &mx, &my, NULL, &options, NULL, 0, &e), INFO_ERROR_DOMAIN,
                 "x: sample 0 has 3 others at distance 0");
    assert_fails(ctx, info_neighbor_entropy(ctx, &mx, &options, NULL, 0, &e), INFO_ERROR_DOMAIN, "x: sample 0");
    assert_same_bits(e.value, 42);
    options.ties = INFO_TIES_KEEP;
    ck_assert_int_eq(info_neighbor_mutual_information(ctx, &mx, &my, NULL, &options, NULL, 0, &e), INFO_OK);
    ck_assert_int_eq(e.tied, 10);
    ck_assert_int_eq(info_neighbor_entropy(ctx, &mx, &options, NULL, 0, &e), INFO_OK);
    ck_assert(e.value == -INFINITY);
    options.ties = INFO_TIES_NOISE;
    options.seed = 5;
    ck_assert_int_eq(info_neighbor_mutual_information(ctx, &mx, &my, NULL, &options, NULL, 0, &e), INFO_OK);
    ck_assert_int_eq(info_neighbor_mutual_information(NULL, &mx, &my, NULL, &options, NULL, 0, &again), INFO_OK);
    ck_assert_mem_eq(&e, &again, sizeof e);
    ck_assert_int_eq(e.tied, 0);
    assert_fails(ctx, info_neighbor_mixed_information(ctx, &mx, &my, &options, NULL, 0, &e), INFO_ERROR_OPTION,
                 "options.ties: ");
    /* Duplicates everywhere. */
    for (int i = 0; i < N; i++)
        x[i] = 1;
    options = (info_neighbor_options){.struct_size = sizeof options};
    ck_assert_int_eq(info_neighbor_mixed_information(ctx, &mx, &mx, &options, NULL, 0, &e), INFO_OK);
    ck_assert(fabs(e.value) < 0.1);
    ck_assert_int_eq(e.tied, N);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(bad_input_is_named)
{
    info_ctx *ctx = make_ctx(1);
    fill(9, 20, 1, 0.5);
    info_matrix mx = rows_of(x, 20, 1), my = rows_of(y, 20, 1);
    info_neighbor_options options = {.struct_size = sizeof options, .k = 20};
    info_neighbor_estimate e;
#define CALL() info_neighbor_mutual_information(ctx, &mx, &my, NULL, &options, NULL, 0, &e)
    assert_fails(ctx, CALL(), INFO_ERROR_SIZE, "options.k: 20 neighbors among 19");
    options.k = -1;
    assert_fails(ctx, CALL(), INFO_ERROR_OPTION, "options.k: -1");
    options.k = 3;
    y[7] = NAN;
    assert_fails(ctx, CALL(), INFO_ERROR_DOMAIN, "y: element (7, 0) is nan");
    y[7] = INFINITY;
    assert_fails(ctx, CALL(), INFO_ERROR_DOMAIN, "y: element (7, 0) is inf");
    y[7] = 0;
    my.rows = 19;
    assert_fails(ctx, CALL(), INFO_ERROR_SIZE, "y: has 19 samples");
    my.rows = 20;
    options.noise = 0.1;
    assert_fails(ctx, CALL(), INFO_ERROR_OPTION, "options.noise: ");
    options.noise = 0;
    options.algorithm = INFO_KSG_2;
    assert_fails(ctx, info_neighbor_mutual_information(ctx, &mx, &my, &my, &options, NULL, 0, &e), INFO_ERROR_OPTION,
                 "options.algorithm: ");
    assert_fails(ctx, info_neighbor_mutual_information(ctx, &mx, &my, NULL, &options, local, 19, &e), INFO_ERROR_OUTPUT,
                 "local: ");
    assert_fails(ctx, info_neighbor_mutual_information(ctx, &mx, NULL, NULL, &options, NULL, 0, &e), INFO_ERROR_NULL,
                 "y: ");
    const int64_t labels[20] = {1};
    const info_series few = series_of(labels, 3);
    assert_fails(ctx, info_neighbor_label_information(ctx, &mx, &few, NULL, NULL, 0, &e), INFO_ERROR_SIZE,
                 "labels: has 3");
    double out;
    info_matrix two = rows_of(x, 2, 3);
    assert_fails(ctx, info_gaussian_entropy(ctx, &two, NULL, &out), INFO_ERROR_SIZE, "x: has 2 samples for 3");
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nearest neighbors");
    TCase *brute = tcase_create("brute force"), *rest = tcase_create("laws");
    tcase_set_timeout(brute, 120);
    tcase_set_timeout(rest, 120);
    tcase_add_loop_test(brute, ksg_is_brute_force, 0, 5);
    tcase_add_loop_test(brute, entropy_and_divergence_are_brute_force, 0, 5);
    tcase_add_test(brute, labels_and_mixtures_are_brute_force);
    tcase_add_test(rest, estimates_of_gaussians_are_near_the_truth);
    tcase_add_test(rest, gaussian_forms_are_those_of_the_covariance);
    tcase_add_test(rest, bias_correction_takes_off_the_mean_error);
    tcase_add_test(rest, ties_are_told_and_never_hidden);
    tcase_add_test(rest, bad_input_is_named);
    suite_add_tcase(suite, brute);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
