/* SPDX-License-Identifier: MIT
 * Rate-distortion: closed forms, certificates, ends, forbidden pairs, bad input. */
#include "problems.h"

static double *hamming(int64_t n)
{
    double *d = malloc((size_t)(n * n) * sizeof *d);
    for (int64_t i = 0; i < n * n; i++)
        d[i] = i % (n + 1) != 0;
    return d;
}

static info_coding_result solve(const double *p, const double *d, int64_t n, int64_t m, info_coding_at at,
                                double target)
{
    const info_matrix source = view_of(p, 1, n), distortion = view_of(d, n, m);
    info_coding_result r;
    const info_status status = info_rate_distortion(NULL, &source, &distortion, at, target, NULL, NULL, 0, NULL, &r);
    ck_assert_msg(status == INFO_OK, "at %d target %.17g: %s, [%.17g, %.17g]", (int)at, target,
                  info_status_name(status), r.lower, r.upper);
    return r;
}

START_TEST(binary_source_under_hamming_is_h_p_minus_h_D)
{
    double *d = hamming(2);
    for (int i = 1; i < 10; i++)
        for (int k = 1; k < 20; k++) {
            const double q = i / 20.0, p[] = {q, 1 - q}, target = k / 40.0;
            const double truth = fmax(binary_entropy(q) - binary_entropy(fmin(target, 0.5)), 0);
            const info_coding_result r = solve(p, d, 2, 2, INFO_AT_DISTORTION, target);
            ck_assert_certified(r, target < q ? truth : 0.0);
        }
    free(d);
}
END_TEST

/* R(D) = log n - h(D) - D log(n - 1), the same read backwards, and at a slope. */
START_TEST(uniform_sources_of_any_size_under_hamming)
{
    const int64_t sizes[] = {2, 3, 10, 64, 200};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t n = sizes[i];
        double *d = hamming(n), *p = malloc((size_t)n * sizeof *p);
        for (int64_t k = 0; k < n; k++)
            p[k] = 1 / (double)n;
        for (double D = 0.03; D < 1 - 1 / (double)n; D += 0.13) {
            const double rate = log((double)n) - binary_entropy(D) - D * log((double)n - 1);
            const double slope = log((1 - D) / D * (double)(n - 1));
            ck_assert_certified(solve(p, d, n, n, INFO_AT_DISTORTION, D), rate);
            const info_coding_result inverse = solve(p, d, n, n, INFO_AT_RATE, rate);
            ck_assert_double_le(inverse.lower, D + 1e-12);
            ck_assert_double_ge(inverse.upper, D - 1e-12);
            ck_assert_double_le(slope * (inverse.upper - inverse.lower), 1.1e-9);
            const info_coding_result at_slope = solve(p, d, n, n, INFO_AT_SLOPE, slope);
            ck_assert_certified(at_slope, rate);
            ck_assert_double_eq_tol(at_slope.distortion, D, 1e-9);
        }
        free(d);
        free(p);
    }
}
END_TEST

START_TEST(the_ends_of_the_curve)
{
    double *p = random_rows(5, 1, 9, 1), *d = random_rows(6, 9, 12, 1), least = 0, most = INFINITY;
    for (int x = 0; x < 9; x++) {
        double m = INFINITY;
        for (int y = 0; y < 12; y++)
            m = fmin(m, d[x * 12 + y]);
        least += p[x] * m;
    }
    for (int y = 0; y < 12; y++) {
        double mean = 0;
        for (int x = 0; x < 9; x++)
            mean += p[x] * d[x * 12 + y];
        most = fmin(most, mean);
    }
    const info_matrix source = view_of(p, 1, 9), distortion = view_of(d, 9, 12);
    info_coding_result points[11];
    ck_assert_int_eq(info_rate_distortion_curve(NULL, &source, &distortion, NULL, points, 11), INFO_OK);
    ck_assert_double_eq_tol(points[0].distortion, least, 1e-15);
    ck_assert(isinf(points[0].slope));
    ck_assert_double_eq_tol(points[10].distortion, most, 1e-15);
    ck_assert_double_eq(points[10].value, 0);
    for (int i = 1; i < 11; i++) {
        ck_assert_double_le(points[i].value, points[i - 1].value);
        ck_assert_double_le(points[i].slope, points[i - 1].slope);
    }
    for (int i = 1; i < 10; i++) { /* convex, and every point is what a call of its own finds */
        ck_assert_double_le(points[i].value, (points[i - 1].value + points[i + 1].value) / 2 + 1e-9);
        const info_coding_result alone = solve(p, d, 9, 12, INFO_AT_DISTORTION, points[i].distortion);
        ck_assert_double_le(fabs(alone.value - points[i].value), 1e-9);
    }
    ck_assert_certified(solve(p, d, 9, 12, INFO_AT_DISTORTION, most), 0.0);
    ck_assert_certified(solve(p, d, 9, 12, INFO_AT_DISTORTION, 100), 0.0);
    ck_assert_certified(solve(p, d, 9, 12, INFO_AT_DISTORTION, least), points[0].value);
    ck_assert_double_eq(solve(p, d, 9, 12, INFO_AT_RATE, 0).value, most);
    ck_assert_double_eq_tol(solve(p, d, 9, 12, INFO_AT_RATE, 10).value, least, 1e-15);
    ck_assert_double_eq(solve(p, d, 9, 12, INFO_AT_SLOPE, 0).value, 0);
    free(p);
    free(d);
}
END_TEST

/* Summed anew: the returned channel meets the distortion, and its information is the value. */
START_TEST(the_returned_channel_attains_the_value)
{
    enum { N = 25, M = 14 };
    double *p = random_rows(21, 1, N, 2), *d = random_rows(22, N, M, 2), output[M], w[N * M];
    p[3] += p[4];
    p[4] = 0;
    const info_matrix source = view_of(p, 1, N), distortion = view_of(d, N, M);
    const info_matrix_out channel = {w, N, M, M, 1, INFO_F64, 0};
    for (int i = 0; i < 6; i++) {
        const info_coding_at at = i % 3;
        const double target = at == INFO_AT_SLOPE        ? 40 * (1 + i)
                              : at == INFO_AT_DISTORTION ? 0.02 + 0.003 * i
                                                         : 0.1 * i;
        info_coding_result r;
        ck_assert_int_eq(info_rate_distortion(NULL, &source, &distortion, at, target, NULL, output, M, &channel, &r),
                         INFO_OK);
        double marginal[M] = {0}, information = 0, mean = 0;
        for (int x = 0; x < N; x++) {
            double sum = 0;
            for (int y = 0; y < M; y++) {
                sum += w[x * M + y];
                marginal[y] += p[x] * w[x * M + y];
                mean += p[x] * w[x * M + y] * d[x * M + y];
            }
            ck_assert_double_eq_tol(sum, 1, 1e-14);
        }
        for (int x = 0; x < N; x++)
            for (int y = 0; y < M; y++)
                if (p[x] * w[x * M + y] > 0)
                    information += p[x] * w[x * M + y] * log(w[x * M + y] / marginal[y]);
        for (int y = 0; y < M; y++)
            ck_assert_double_eq_tol(output[y], marginal[y], 1e-12);
        ck_assert_double_eq_tol(mean, r.distortion, 1e-12);
        ck_assert_double_le(information, r.rate + 1e-12);
        ck_assert_double_ge(information, r.rate - 1e-9);
    }
    free(p);
    free(d);
}
END_TEST

START_TEST(random_and_smooth_problems_agree_with_first_order)
{
    const int64_t shapes[][2] = {{4, 4}, {40, 25}, {25, 40}, {90, 90}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int smooth = 0; smooth < 2; smooth++) {
            const int64_t n = shapes[i][0], m = shapes[i][1];
            double *p = random_rows(31 + i, 1, n, 1), *d = malloc((size_t)(n * m) * sizeof *d);
            uint64_t seed = 5 + i;
            for (int64_t x = 0; x < n; x++)
                for (int64_t y = 0; y < m; y++)
                    d[x * m + y] =
                        smooth ? pow(6 * ((double)x / (double)n - (double)y / (double)m), 2) : uniform(&seed);
            for (double slope = 0.5; slope < 300; slope *= 8) {
                const info_coding_result r = solve(p, d, n, m, INFO_AT_SLOPE, slope);
                ck_assert_double_le(r.upper - r.lower, 1e-9);
                const info_matrix source = view_of(p, 1, n), distortion = view_of(d, n, m);
                const info_coding_options first = {
                    .struct_size = sizeof first, .method = INFO_CODING_FIRST_ORDER, .tolerance = 1e-5};
                info_coding_result plain;
                info_rate_distortion(NULL, &source, &distortion, INFO_AT_SLOPE, slope, &first, NULL, 0, NULL, &plain);
                /* Both bound the same Lagrangian, min R + slope D (unless 0 is the better bound of R). */
                if (plain.lower > 0)
                    ck_assert_double_le(plain.lower + slope * plain.distortion, r.upper + slope * r.distortion + 1e-12);
                if (r.lower > 0)
                    ck_assert_double_ge(plain.upper + slope * plain.distortion, r.lower + slope * r.distortion - 1e-12);
            }
            free(p);
            free(d);
        }
}
END_TEST

/* Distortions without a sparse optimum (their kernels have a low rank), and few letters with many reproductions (a
 * short side): second-order steps must do, since tens of thousands of others would not. */
START_TEST(low_ranks_and_short_sides_take_tens_of_steps)
{
    const int64_t shapes[][2] = {{300, 300}, {220, 400}, {30, 500}, {12, 900}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int64_t n = shapes[i][0], m = shapes[i][1];
        double *p = random_rows(51 + i, 1, n, 1), *d = malloc((size_t)(n * m) * sizeof *d);
        for (int64_t x = 0; x < n; x++)
            for (int64_t y = 0; y < m; y++)
                d[x * m + y] = pow(6 * ((double)x / (double)n - (double)y / (double)m), 2);
        for (double slope = 0.5; slope < 300; slope *= 8) {
            const info_coding_result r = solve(p, d, n, m, INFO_AT_SLOPE, slope);
            ck_assert_double_le(r.upper - r.lower, 1e-9);
            ck_assert_int_le(r.iterations, 70);
        }
        free(p);
        free(d);
    }
}
END_TEST

/* Peaked predictions described by each other: steps of Newton's method that are not guarded go round in circles here. */
START_TEST(divergences_between_peaked_distributions)
{
    enum { N = 120, V = 40 };
    double *p = malloc(N * V * sizeof *p), *d = malloc(N * N * sizeof *d), uniform_source[N];
    uint64_t seed = 77;
    for (int i = 0; i < N; i++) {
        double sum = 0;
        uniform_source[i] = 1.0 / N;
        for (int k = 0; k < V; k++)
            sum += p[i * V + k] = exp(12 * uniform(&seed) * uniform(&seed));
        for (int k = 0; k < V; k++)
            p[i * V + k] /= sum;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double kl = 0;
            for (int k = 0; k < V; k++)
                kl += p[i * V + k] * log(p[i * V + k] / p[j * V + k]);
            d[i * N + j] = fmax(kl, 0);
        }
    for (double slope = 0.2; slope < 20; slope *= 1.15) {
        const info_coding_result r = solve(uniform_source, d, N, N, INFO_AT_SLOPE, slope);
        ck_assert_double_le(r.upper - r.lower, 1e-9);
        ck_assert_int_le(r.iterations, 1000);
    }
    free(p);
    free(d);
}
END_TEST

/* Erasure distortions: 0 on the diagonal, 1 for the erasure letter, infinite elsewhere, uniform source: R(D) = (1 - D) log n. */
START_TEST(forbidden_pairs_erasure_distortion)
{
    enum { N = 5 };
    const double p[N] = {0.2, 0.2, 0.2, 0.2, 0.2}, h = log(N);
    double d[N * (N + 1)];
    for (int x = 0; x < N; x++)
        for (int y = 0; y <= N; y++)
            d[x * (N + 1) + y] = y == N ? 1 : y == x ? 0 : INFINITY;
    for (double D = 0; D <= 1; D += 0.125) {
        const info_coding_result r = solve(p, d, N, N + 1, INFO_AT_DISTORTION, D);
        ck_assert_certified(r, (1 - D) * h);
    }
    /* The curve is one straight piece: every rate is met by time-sharing. */
    const info_coding_result inverse = solve(p, d, N, N + 1, INFO_AT_RATE, h / 3);
    ck_assert_double_eq_tol(inverse.value, 2.0 / 3, 1e-9);
}
END_TEST

START_TEST(forbidden_pairs_may_make_a_rate_necessary)
{
    const double p[] = {0.5, 0.5}, d[] = {0, INFINITY, INFINITY, 0};
    const info_coding_result r = solve(p, d, 2, 2, INFO_AT_DISTORTION, 3);
    ck_assert_certified(r, log(2));
    const info_matrix source = view_of(p, 1, 2), distortion = view_of(d, 2, 2);
    info_coding_result none;
    ck_assert_int_eq(info_rate_distortion(NULL, &source, &distortion, INFO_AT_RATE, 0.5, NULL, NULL, 0, NULL, &none),
                     INFO_ERROR_INFEASIBLE);
}
END_TEST

START_TEST(bad_input_has_its_own_status_and_names_its_argument)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    double p[] = {0.5, 0.5}, d[] = {0, 1, 1, 0}, output[2] = {-1, -1};
    const info_matrix source = view_of(p, 1, 2), distortion = view_of(d, 2, 2), wide = view_of(d, 1, 4);
    info_coding_result r = {.value = -1};
#define CALL(at, target) info_rate_distortion(ctx, &source, &distortion, at, target, NULL, output, 2, NULL, &r)
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, -1), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "target"));
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, NAN), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(CALL(INFO_AT_RATE, INFINITY), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(CALL(INFO_AT_COST, 1), INFO_ERROR_OPTION);
    p[0] = 0.6;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "source"));
    p[0] = 0.5;
    d[0] = -1;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "distortion"));
    d[0] = NAN;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_DOMAIN);
    d[0] = d[1] = INFINITY;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_INFEASIBLE);
    d[0] = d[1] = 0.5;
    ck_assert_int_eq(CALL(INFO_AT_DISTORTION, 0.2), INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(info_rate_distortion(ctx, &source, &wide, INFO_AT_SLOPE, 1, NULL, NULL, 0, NULL, &r),
                     INFO_ERROR_SIZE);
    ck_assert_double_eq(r.value, -1);
    ck_assert_double_eq(output[0], -1);
    info_ctx_destroy(ctx);
#undef CALL
}
END_TEST

MAIN("rate-distortion", binary_source_under_hamming_is_h_p_minus_h_D, uniform_sources_of_any_size_under_hamming,
     the_ends_of_the_curve, the_returned_channel_attains_the_value, random_and_smooth_problems_agree_with_first_order,
     low_ranks_and_short_sides_take_tens_of_steps, divergences_between_peaked_distributions,
     forbidden_pairs_erasure_distortion, forbidden_pairs_may_make_a_rate_necessary,
     bad_input_has_its_own_status_and_names_its_argument)
