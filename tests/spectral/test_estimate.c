/* SPDX-License-Identifier: MIT
 * The randomized estimate: exact where its directions span all, and its intervals contain the
 * truth as often as they say. */
#include "states.h"

#define PI 3.14159265358979323846

/* Taken as they are: the covariance is Z^T Z. */
static const info_spectral_options plain = {
    .struct_size = sizeof plain, .convention = INFO_CONVENTION_ROY_VETTERLI, .scale = INFO_SCALE_COVARIANCE};

/* States whose covariance has the eigenvalues lambda, and the cosine transform for eigenvectors. */
static double *states_of(const double *lambda, int64_t n)
{
    double *x = malloc((size_t)(n * n) * sizeof *x);
    for (int64_t k = 0; k < n; k++)
        for (int64_t j = 0; j < n; j++)
            x[k * n + j] = sqrt(lambda[k] * (k == 0 ? 1 : 2)) * cos(PI * ((double)j + 0.5) * (double)k / (double)n);
    return x;
}

static double rank_of(const double *lambda, int64_t n)
{
    double total = 0, entropy = 0;
    for (int64_t k = 0; k < n; k++)
        total += lambda[k];
    for (int64_t k = 0; k < n; k++)
        entropy -= lambda[k] > 0 ? lambda[k] / total * log(lambda[k] / total) : 0;
    return exp(entropy);
}

static info_effective_rank_estimate_result estimate(const double *x, int64_t rows, int64_t cols, int32_t probes,
                                                    uint64_t seed)
{
    const info_matrix m = matrix_of(x, rows, cols);
    const info_effective_rank_estimate_options o = {.struct_size = sizeof o, .probes = probes, .seed = seed};
    info_effective_rank_estimate_result r;
    ck_assert_int_eq(info_effective_rank_estimate(NULL, &m, &plain, &o, &r), INFO_OK);
    return r;
}

START_TEST(intervals_contain_known_ranks_as_often_as_they_say)
{
    enum { N = 160, SEEDS = 120 };
    for (int spectrum = 0; spectrum < 4; spectrum++) {
        double lambda[N];
        for (int k = 0; k < N; k++) {
            const double decays[] = {1 + cos(k), pow(k + 1, -1), exp(-0.08 * k), k < 3 ? 300 : 1 + sin(k)};
            lambda[k] = decays[spectrum];
        }
        double *x = states_of(lambda, N);
        const double truth = rank_of(lambda, N);
        int inside = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            const info_effective_rank_estimate_result r = estimate(x, N, N, 8, (uint64_t)seed);
            inside += r.low <= truth && truth <= r.high;
            assert_close(r.effective_rank, exp(r.entropy), 1e-14);
            ck_assert_double_le(fabs(r.effective_rank / truth - 1), 0.25);
        }
        /* of 120 intervals at 95 % fewer than 105 miss so often once in 2000 times */
        ck_assert_msg(inside >= 105, "spectrum %d: %d of %d", spectrum, inside, SEEDS);
        free(x);
    }
}
END_TEST

START_TEST(directions_that_span_all_leave_nothing_to_chance)
{
    double *x = gaussian(20, 30, 3);
    const info_effective_rank_estimate_result r = estimate(x, 20, 30, 40, 1);
    assert_close(r.effective_rank, erank_with(x, 20, 30, &plain, NAN), 1e-10);
    ck_assert_double_le(r.high - r.low, 1e-8);
    const double one[] = {1, 2, 3};
    assert_close(estimate(one, 1, 3, 4, 1).effective_rank, 1, 1e-14);
    free(x);
}
END_TEST

/* Few directions in many dimensions: the sketch finds them all. */
START_TEST(low_rank_is_found_by_the_sketch)
{
    enum { N = 200 };
    double lambda[N] = {8, 4, 2, 1, 1};
    double *x = states_of(lambda, N);
    const info_effective_rank_estimate_result r = estimate(x, N, N, 16, 4);
    assert_close(r.effective_rank, rank_of(lambda, N), 1e-9);
    free(x);
}
END_TEST

/* In Diff-eRank's convention, both ways round, against the decomposition. */
START_TEST(estimates_agree_with_the_decomposition)
{
    const int64_t shapes[][2] = {{500, 250}, {250, 500}};
    for (int k = 0; k < 2; k++) {
        double *x = gaussian(shapes[k][0], shapes[k][1], 17);
        for (int64_t i = 0; i < shapes[k][0] * shapes[k][1]; i++)
            x[i] *= pow(1 + (double)(i % shapes[k][1]), -0.4);
        const double truth = erank(x, shapes[k][0], shapes[k][1]);
        const info_matrix m = matrix_of(x, shapes[k][0], shapes[k][1]);
        double widths[2];
        for (int more = 0; more < 2; more++) {
            const info_effective_rank_estimate_options o = {
                .struct_size = sizeof o, .probes = more ? 64 : 16, .confidence = 0.999, .seed = 5};
            info_effective_rank_estimate_result r;
            ck_assert_int_eq(info_effective_rank_estimate(NULL, &m, NULL, &o, &r), INFO_OK);
            ck_assert_msg(r.low <= truth && truth <= r.high, "%.6g not in %.6g .. %.6g", truth, r.low, r.high);
            ck_assert(r.quadrature >= 0 && r.products >= 8);
            widths[more] = r.high - r.low;
        }
        ck_assert_double_lt(widths[1], widths[0] / 2);
        free(x);
    }
}
END_TEST

START_TEST(what_cannot_be_estimated_is_named)
{
    const double x[] = {1, 0, 0, 1};
    const info_matrix m = matrix_of(x, 2, 2), same = {x, 2, 2, 0, 1, INFO_F64, 0};
    info_effective_rank_estimate_result r = {.low = 7};
    info_effective_rank_estimate_options e = {.struct_size = sizeof e, .probes = 3};
    info_spectral_options o = {.struct_size = sizeof o, .order = 2};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &m, NULL, &e, &r), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "probes"));
    e = (info_effective_rank_estimate_options){.struct_size = sizeof e, .confidence = 1};
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &m, NULL, &e, &r), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "confidence"));
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &m, &o, NULL, &r), INFO_ERROR_OPTION);
    o = (info_spectral_options){.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &m, &o, NULL, &r), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &same, NULL, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_effective_rank_estimate(ctx, NULL, NULL, NULL, &r), INFO_ERROR_NULL);
    ck_assert_int_eq(info_effective_rank_estimate(ctx, &m, NULL, NULL, NULL), INFO_ERROR_NULL);
    ck_assert_double_eq(r.low, 7);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_short_side_is_taken_exactly)
{
    for (int64_t n = 2; n <= 9; n++) {
        double *x = gaussian(300, n, (uint64_t)n);
        const info_matrix m = matrix_of(x, 300, n);
        info_effective_rank_estimate_result r;
        ck_assert_int_eq(info_effective_rank_estimate(NULL, &m, NULL, NULL, &r), INFO_OK);
        assert_close(r.effective_rank, erank(x, 300, n), 1e-11);
        assert_close(r.high, r.low, 1e-10);
        free(x);
    }
}
END_TEST

/* With four random vectors there are two degrees of freedom: with four of them, half of the draws would be 38 %. */
START_TEST(half_of_the_intervals_of_one_half_hold_the_truth)
{
    enum { SEEDS = 600 };
    double *x = gaussian(200, 80, 9), truth = erank(x, 200, 80);
    const info_matrix m = matrix_of(x, 200, 80);
    int hits = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const info_effective_rank_estimate_options o = {
            .struct_size = sizeof o, .probes = 4, .confidence = 0.5, .seed = seed * 7919};
        info_effective_rank_estimate_result r;
        ck_assert_int_eq(info_effective_rank_estimate(NULL, &m, NULL, &o, &r), INFO_OK);
        hits += r.low <= truth && truth <= r.high;
    }
    ck_assert_msg(hits > 0.43 * SEEDS && hits < 0.57 * SEEDS, "%d of %d", hits, SEEDS);
    free(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {intervals_contain_known_ranks_as_often_as_they_say,
                                  directions_that_span_all_leave_nothing_to_chance,
                                  low_rank_is_found_by_the_sketch,
                                  estimates_agree_with_the_decomposition,
                                  what_cannot_be_estimated_is_named,
                                  a_short_side_is_taken_exactly,
                                  half_of_the_intervals_of_one_half_hold_the_truth,
                                  NULL};
    return run_tests("spectral estimate", tests);
}
