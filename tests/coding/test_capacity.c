/* SPDX-License-Identifier: MIT
 * Capacity: closed forms, duality, costs, bad input. */
#include "problems.h"

static info_coding_result capacity_of(const double *w, int64_t rows, int64_t cols, double *input)
{
    const info_matrix channel = view_of(w, rows, cols);
    info_coding_result result;
    ck_assert_int_eq(info_capacity(NULL, &channel, NULL, input, rows, &result), INFO_OK);
    return result;
}

START_TEST(binary_symmetric_channel_is_log_2_minus_h)
{
    for (int i = 0; i <= 20; i++) {
        const double e = i / 20.0, w[] = {1 - e, e, e, 1 - e};
        double input[2];
        const info_coding_result r = capacity_of(w, 2, 2, input);
        ck_assert_certified(r, log(2) - binary_entropy(e));
        ck_assert_double_ge(r.value, 0);
    }
}
END_TEST

START_TEST(erasure_channel_is_one_minus_the_erasures)
{
    for (int i = 0; i <= 10; i++) {
        const double e = i / 10.0, w[] = {1 - e, e, 0, 0, e, 1 - e};
        double input[2];
        ck_assert_certified(capacity_of(w, 2, 3, input), (1 - e) * log(2));
    }
}
END_TEST

START_TEST(z_channel_is_log2_of_five_quarters)
{
    const double w[] = {1, 0, 0.5, 0.5};
    const info_matrix channel = view_of(w, 2, 2);
    const info_coding_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    double input[2];
    info_coding_result r;
    ck_assert_int_eq(info_capacity(NULL, &channel, &options, input, 2, &r), INFO_OK);
    ck_assert_certified(r, 0.3219280948873623);
    ck_assert_double_eq_tol(input[0], 0.6, 1e-4); /* p moves like the root of the gap */
}
END_TEST

START_TEST(noiseless_and_useless_channels)
{
    enum { N = 17 };
    double w[N * N] = {0}, same[N * N], input[N];
    for (int x = 0; x < N; x++) {
        w[x * N + (x + 5) % N] = 1;
        for (int y = 0; y < N; y++)
            same[x * N + y] = (y + 1) / (N * (N + 1) / 2.0);
    }
    ck_assert_certified(capacity_of(w, N, N, input), log(N));
    ck_assert_certified(capacity_of(same, N, N, input), 0.0);
    ck_assert_certified(capacity_of(w, 1, N, input), 0.0);
}
END_TEST

START_TEST(symmetric_channels_of_any_size)
{
    enum { N = 50 };
    static double w[N * N];
    double row[N], sum = 0, h = 0, input[N];
    uint64_t seed = 3;
    for (int k = 0; k < N; k++)
        sum += row[k] = pow(uniform(&seed), 4);
    for (int k = 0; k < N; k++) {
        row[k] /= sum;
        h -= row[k] * log(row[k]);
    }
    for (int x = 0; x < N; x++)
        for (int y = 0; y < N; y++)
            w[x * N + y] = row[(x + y) % N];
    ck_assert_certified(capacity_of(w, N, N, input), log(N) - h);
}
END_TEST

START_TEST(an_output_that_never_occurs_changes_nothing)
{
    const double w[] = {1, 0, 0, 0, 0.5, 0, 0.5, 0};
    double input[2];
    ck_assert_certified(capacity_of(w, 2, 4, input), log(1.25));
    ck_assert(isfinite(input[0]) && isfinite(input[1]));
}
END_TEST

/* max_x D(W_x || p W) and I(p, W) for the returned p, summed anew. */
static void check_duality(const double *w, int64_t rows, int64_t cols, const double *p, const info_coding_result *r)
{
    double *out = calloc((size_t)cols, sizeof *out), mean = 0, largest = 0;
    for (int64_t x = 0; x < rows; x++)
        for (int64_t y = 0; y < cols; y++)
            out[y] += p[x] * w[x * cols + y];
    for (int64_t x = 0; x < rows; x++) {
        double d = 0;
        for (int64_t y = 0; y < cols; y++)
            if (w[x * cols + y] > 0)
                d += w[x * cols + y] * log(w[x * cols + y] / out[y]);
        mean += p[x] * d;
        largest = fmax(largest, d);
    }
    free(out);
    ck_assert_double_eq_tol(r->lower, mean, 1e-11);
    ck_assert_double_eq_tol(r->upper, largest, 1e-11);
}

START_TEST(random_channels_are_certified_by_duality_and_agree_with_first_order)
{
    const int64_t shapes[][2] = {{2, 3}, {5, 5}, {30, 7}, {7, 30}, {80, 60}, {120, 200}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int power = 1; power <= 16; power *= 4) {
            const int64_t rows = shapes[i][0], cols = shapes[i][1];
            double *w = random_rows(7 + i, rows, cols, power), *p = malloc((size_t)rows * sizeof *p);
            const info_coding_result r = capacity_of(w, rows, cols, p);
            ck_assert_double_le(r.upper - r.lower, 1e-9);
            check_duality(w, rows, cols, p, &r);
            const info_matrix channel = view_of(w, rows, cols);
            const info_coding_options first = {
                .struct_size = sizeof first, .method = INFO_CODING_FIRST_ORDER, .tolerance = 1e-5};
            info_coding_result plain;
            ck_assert_int_eq(info_capacity(NULL, &channel, &first, NULL, 0, &plain), INFO_OK);
            ck_assert_double_le(plain.lower, r.upper);
            ck_assert_double_ge(plain.upper, r.lower);
            free(w);
            free(p);
        }
}
END_TEST

START_TEST(the_plain_iteration_reaches_the_tolerance_too)
{
    double *w = random_rows(17, 12, 9, 2);
    const info_matrix channel = view_of(w, 12, 9);
    for (double tolerance = 1e-2; tolerance > 1e-7; tolerance /= 3) {
        const info_coding_options options = {
            .struct_size = sizeof options, .method = INFO_CODING_FIRST_ORDER, .tolerance = tolerance};
        info_coding_result r;
        ck_assert_int_eq(info_capacity(NULL, &channel, &options, NULL, 0, &r), INFO_OK);
        ck_assert_double_le(r.upper - r.lower, tolerance);
    }
    free(w);
}
END_TEST

START_TEST(too_few_iterations_leave_usable_bounds)
{
    double *w = random_rows(11, 60, 60, 6);
    const info_matrix channel = view_of(w, 60, 60);
    info_coding_options options = {.struct_size = sizeof options};
    info_coding_result best, r;
    ck_assert_int_eq(info_capacity(NULL, &channel, &options, NULL, 0, &best), INFO_OK);
    for (options.max_iterations = 1; options.max_iterations < 14; options.max_iterations += 4) {
        ck_assert_int_eq(info_capacity(NULL, &channel, &options, NULL, 0, &r), INFO_NOT_CONVERGED);
        ck_assert_int_eq(r.status, INFO_NOT_CONVERGED);
        ck_assert_int_le(r.iterations, options.max_iterations);
        ck_assert_double_le(r.lower, best.upper);
        ck_assert_double_ge(r.upper, best.lower);
        ck_assert_double_gt(r.upper - r.lower, 1e-9);
    }
    free(w);
}
END_TEST

START_TEST(a_warm_start_at_the_optimum_needs_no_search)
{
    double *w = random_rows(13, 40, 40, 3), p[40];
    const info_coding_result cold = capacity_of(w, 40, 40, p);
    const info_matrix channel = view_of(w, 40, 40);
    const info_coding_options options = {.struct_size = sizeof options, .start = p, .start_len = 40};
    info_coding_result warm;
    ck_assert_int_eq(info_capacity(NULL, &channel, &options, NULL, 0, &warm), INFO_OK);
    ck_assert_double_eq_tol(warm.value, cold.value, 1e-9);
    free(w);
}
END_TEST

/* A noiseless channel whose letters cost b_x: C(E) = max H(p), attained by p ~ exp(-s b). */
START_TEST(costs_tilt_a_noiseless_channel_exponentially)
{
    enum { N = 6 };
    double w[N * N] = {0}, b[N], input[N];
    for (int x = 0; x < N; x++) {
        w[x * N + x] = 1;
        b[x] = x * x / 4.0 - 1;
    }
    const info_matrix channel = view_of(w, N, N), costs = view_of(b, 1, N);
    for (double s = 0.1; s < 4; s *= 1.7) {
        double z = 0, cost = 0;
        for (int x = 0; x < N; x++)
            z += exp(-s * b[x]);
        for (int x = 0; x < N; x++)
            cost += exp(-s * b[x]) / z * b[x];
        const double truth = log(z) + s * cost;
        info_coding_result r;
        ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_COST, cost, NULL, input, N, &r), INFO_OK);
        ck_assert_certified(r, truth);
        ck_assert_double_eq_tol(r.slope, s, 1e-3);
        ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_RATE, truth, NULL, input, N, &r), INFO_OK);
        ck_assert_double_le(r.lower, cost + 1e-12);
        ck_assert_double_ge(r.upper, cost - 1e-12);
        ck_assert_double_le(s * (r.upper - r.lower), 1.1e-9);
        ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_SLOPE, s, NULL, input, N, &r), INFO_OK);
        ck_assert_double_eq_tol(r.distortion, cost, 1e-4);
        for (int x = 0; x < N; x++)
            ck_assert_double_eq_tol(input[x], exp(-s * b[x]) / z, 1e-4);
    }
}
END_TEST

START_TEST(ends_of_the_cost_curve)
{
    const double w[] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, b[] = {1, 1, 5};
    const info_matrix channel = view_of(w, 3, 3), costs = view_of(b, 1, 3);
    info_coding_result r;
    ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_COST, 1, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_certified(r, log(2));
    ck_assert_double_eq(r.distortion, 1);
    ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_COST, 100, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_certified(r, log(3));
    ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_COST, 0.5, NULL, NULL, 0, &r),
                     INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_RATE, 1.2, NULL, NULL, 0, &r),
                     INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(info_capacity_cost(NULL, &channel, &costs, INFO_AT_RATE, 0, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_double_eq(r.value, 1);
}
END_TEST

START_TEST(bad_input_has_its_own_status_and_names_its_argument)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    double w[] = {0.5, 0.5, 0.25, 0.75}, input[2] = {-1, -1};
    const info_matrix channel = view_of(w, 2, 2);
    info_coding_result r = {.value = -1};
    w[3] = 0.5;
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, input, 2, &r), INFO_ERROR_SUM);
    /* It names nothing that these options lack. */
    ck_assert_ptr_null(strstr(info_ctx_message(ctx), "normalize"));
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "INFO_COUNTS"));
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "channel"));
    w[3] = NAN;
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, input, 2, &r), INFO_ERROR_DOMAIN);
    w[2] = w[3] = 0;
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, input, 2, &r), INFO_ERROR_SUM);
    w[3] = 1;
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, input, 1, &r), INFO_ERROR_OUTPUT);
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, w, 4, &r), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, input, 2, NULL), INFO_ERROR_NULL);
    info_coding_options options = {.struct_size = sizeof options, .tolerance = -1};
    ck_assert_int_eq(info_capacity(ctx, &channel, &options, input, 2, &r), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "tolerance"));
    options = (info_coding_options){.struct_size = sizeof options, .max_iterations = -1};
    ck_assert_int_eq(info_capacity(ctx, &channel, &options, input, 2, &r), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "max_iterations"));
    options = (info_coding_options){.struct_size = sizeof options, .start = input, .start_len = 1};
    ck_assert_int_eq(info_capacity(ctx, &channel, &options, NULL, 0, &r), INFO_ERROR_SIZE);
    ck_assert_double_eq(r.value, -1);
    ck_assert_double_eq(input[0], -1);
    info_ctx_destroy(ctx);
}
END_TEST

static int32_t refuse(void *user, double fraction)
{
    (void)fraction;
    return ++*(int *)user >= 2;
}

START_TEST(progress_can_cancel)
{
    int calls = 0;
    const info_ctx_options options = {.struct_size = sizeof options, .progress = refuse, .progress_user = &calls};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    double *w = random_rows(11, 60, 60, 6);
    const info_matrix channel = view_of(w, 60, 60);
    info_coding_result r = {.value = -1};
    ck_assert_int_eq(info_capacity(ctx, &channel, NULL, NULL, 0, &r), INFO_CANCELED);
    ck_assert_double_eq(r.value, -1);
    info_ctx_destroy(ctx);
    free(w);
}
END_TEST

MAIN("capacity", binary_symmetric_channel_is_log_2_minus_h, erasure_channel_is_one_minus_the_erasures,
     z_channel_is_log2_of_five_quarters, noiseless_and_useless_channels, symmetric_channels_of_any_size,
     an_output_that_never_occurs_changes_nothing, random_channels_are_certified_by_duality_and_agree_with_first_order,
     the_plain_iteration_reaches_the_tolerance_too, too_few_iterations_leave_usable_bounds,
     a_warm_start_at_the_optimum_needs_no_search, costs_tilt_a_noiseless_channel_exponentially, ends_of_the_cost_curve,
     bad_input_has_its_own_status_and_names_its_argument, progress_can_cancel)
