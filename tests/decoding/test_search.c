/* SPDX-License-Identifier: MIT
 * Temperatures and tilts for a target: published values, identities, sweeps over magnitudes, what cannot be reached. */
#include "../lm/lm_support.h"

static const double row_x[8] = {2, 1, .5, 0, -1, -1, -3, -INFINITY};

typedef struct found {
    double parameter, reached, derivative;
    info_search outcome;
} found;

static found entropy_temperature(const void *x, int64_t v, info_dtype dtype, double target)
{
    found f;
    const info_matrix m = matrix_of(x, 1, v, dtype);
    const info_search_results results = {.struct_size = sizeof results,
                                         .length = 1,
                                         .parameter = &f.parameter,
                                         .reached = &f.reached,
                                         .derivative = &f.derivative,
                                         .outcome = &f.outcome};
    ck_assert_int_eq(info_temperature_for_entropy(NULL, &m, &target, 1, NULL, &results), INFO_OK);
    return f;
}

static found kl_temperature(const double *x, int64_t v, info_branch branch, double target)
{
    found f;
    const info_matrix m = matrix_of(x, 1, v, INFO_F64);
    const info_search_results results = {.struct_size = sizeof results,
                                         .length = 1,
                                         .parameter = &f.parameter,
                                         .reached = &f.reached,
                                         .derivative = &f.derivative,
                                         .outcome = &f.outcome};
    ck_assert_int_eq(info_temperature_for_kl(NULL, &m, branch, &target, 1, NULL, &results), INFO_OK);
    return f;
}

static double entropy_at(const double *x, int64_t v, double temperature)
{
    double h;
    const info_matrix m = matrix_of(x, 1, v, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .temperature = temperature};
    const info_logit_measures measures = {.struct_size = sizeof measures, .length = 1, .entropy = &h};
    ck_assert_int_eq(info_logits_measure(NULL, &m, NULL, 0, &options, &measures), INFO_OK);
    return h;
}

START_TEST(published_temperatures)
{
    found f = entropy_temperature(row_x, 8, INFO_F64, 1);
    ck_assert_int_eq(f.outcome, INFO_SEARCH_FOUND);
    assert_close(f.parameter, .7153177150700527, 1e-14);
    assert_close(f.reached, 1, 1e-15);
    f = entropy_temperature(row_x, 8, INFO_F64, 1.8);
    assert_close(f.parameter, 2.5174645270035114, 1e-14);
}
END_TEST

START_TEST(derivative_is_that_of_the_entropy)
{
    const found f = entropy_temperature(row_x, 8, INFO_F64, 1.3);
    const double h = 1e-5 * f.parameter;
    const double slope = (entropy_at(row_x, 8, f.parameter + h) - entropy_at(row_x, 8, f.parameter - h)) / (2 * h);
    assert_close(f.derivative, slope, 1e-8);
}
END_TEST

START_TEST(a_row_s_own_entropy_has_temperature_1)
{
    uint64_t seed = 1;
    double x[200];
    for (double scale = 1e-3; scale < 1e3; scale *= 10) {
        for (int i = 0; i < 200; i++)
            x[i] = scale * normal(&seed);
        const double h = entropy_at(x, 200, 1);
        const found f = entropy_temperature(x, 200, INFO_F64, h);
        ck_assert_int_eq(f.outcome, INFO_SEARCH_FOUND);
        assert_close(f.parameter, 1, 1e-12);
    }
}
END_TEST

START_TEST(entropies_are_reached_at_every_scale)
{
    uint64_t seed = 2;
    double x[300];
    float narrow[300];
    for (double scale = 1e-6; scale < 1e7; scale *= 100) {
        for (int i = 0; i < 300; i++) {
            narrow[i] = (float)(scale * normal(&seed));
            x[i] = (double)narrow[i];
        }
        for (double target = 1e-6; target < log(300); target = target < 1 ? target * 20 : target + 1.2) {
            const found f = entropy_temperature(x, 300, INFO_F64, target);
            ck_assert_int_eq(f.outcome, INFO_SEARCH_FOUND);
            assert_close(entropy_at(x, 300, f.parameter), target, 1e-12);
            /* Rows of f32 end in f64 arithmetic on the same numbers. */
            const found g = entropy_temperature(narrow, 300, INFO_F32, target);
            assert_close(g.parameter, f.parameter, 1e-12);
        }
    }
}
END_TEST

START_TEST(entropies_out_of_range_are_infeasible)
{
    const double ties[4] = {1, 1, 0, -INFINITY};
    found f = entropy_temperature(ties, 4, INFO_F64, .5);
    ck_assert(f.outcome == INFO_SEARCH_INFEASIBLE && f.parameter == 0 && f.derivative == 0);
    assert_close(f.reached, log(2), 1e-15);
    f = entropy_temperature(ties, 4, INFO_F64, 1.2);
    ck_assert(f.outcome == INFO_SEARCH_INFEASIBLE && f.parameter == INFINITY);
    assert_close(f.reached, log(3), 1e-15);
    const double flat[3] = {2, 2, 2};
    f = entropy_temperature(flat, 3, INFO_F64, log(3));
    ck_assert(f.outcome == INFO_SEARCH_FOUND && f.parameter == 1);
    f = entropy_temperature(flat, 3, INFO_F64, 1);
    ck_assert(f.outcome == INFO_SEARCH_INFEASIBLE);
}
END_TEST

/* KL(softmax(y / T) || softmax(y)) by its definition, in long doubles. */
static double kl_at(const double *x, int64_t v, double temperature)
{
    long double hot = 0, cold = 0, kl = 0, top = x[0];
    for (int64_t i = 1; i < v; i++)
        top = x[i] > top ? x[i] : top;
    for (int64_t i = 0; i < v; i++) {
        hot += expl((x[i] - top) / temperature);
        cold += expl(x[i] - top);
    }
    for (int64_t i = 0; i < v; i++) {
        const long double log_q = (x[i] - top) / temperature - logl(hot), log_p = x[i] - top - logl(cold);
        kl += expl(log_q) * (log_q - log_p);
    }
    return (double)kl;
}

START_TEST(divergences_on_both_branches)
{
    for (double target = 1e-4; target < .55; target *= 3)
        for (info_branch branch = INFO_BRANCH_SHARPER; branch <= INFO_BRANCH_FLATTER; branch++) {
            const found f = kl_temperature(row_x, 7, branch, target);
            ck_assert_int_eq(f.outcome, INFO_SEARCH_FOUND);
            ck_assert((f.parameter < 1) == (branch == INFO_BRANCH_SHARPER));
            assert_within(kl_at(row_x, 7, f.parameter), target, 1e-14);
            const double h = 1e-5;
            assert_within(f.derivative, (kl_at(row_x, 7, f.parameter + h) - kl_at(row_x, 7, f.parameter - h)) / (2 * h),
                          1e-8);
        }
    const found zero = kl_temperature(row_x, 7, INFO_BRANCH_FLATTER, 0);
    ck_assert(zero.outcome == INFO_SEARCH_FOUND && zero.parameter == 1 && zero.reached == 0);
    const found sharp = kl_temperature(row_x, 7, INFO_BRANCH_SHARPER, 1);
    ck_assert(sharp.outcome == INFO_SEARCH_INFEASIBLE && sharp.parameter == 0);
    assert_close(sharp.reached, .605766809113669, 1e-14); /* -log p of the most probable token */
}
END_TEST

START_TEST(one_temperature_for_a_batch)
{
    uint64_t seed = 4;
    double x[20 * 50], h[20];
    for (int i = 0; i < 20 * 50; i++)
        x[i] = 3 * normal(&seed);
    const info_matrix m = matrix_of(x, 20, 50, INFO_F64);
    for (double cap = 1.5; cap < 50; cap *= 2) {
        info_temperature_result r;
        ck_assert_int_eq(info_temperature_for_perplexity(NULL, &m, cap, NULL, &r), INFO_OK);
        ck_assert(r.outcome == INFO_SEARCH_FOUND && r.rows == 20 && r.invalid == 0);
        assert_close(r.perplexity, cap, 1e-13);
        double mean = 0;
        for (int i = 0; i < 20; i++) {
            h[i] = entropy_at(x + i * 50, 50, r.temperature);
            mean += h[i] / 20;
        }
        assert_close(exp(mean), cap, 1e-12);
    }
    info_temperature_result r;
    ck_assert_int_eq(info_temperature_for_perplexity(NULL, &m, 50, NULL, &r), INFO_OK);
    ck_assert(r.outcome == INFO_SEARCH_FOUND && r.temperature == INFINITY);
    ck_assert_int_eq(info_temperature_for_perplexity(NULL, &m, 1, NULL, &r), INFO_OK);
    ck_assert(r.outcome == INFO_SEARCH_FOUND && r.temperature == 0 && r.perplexity == 1);
    ck_assert_int_eq(info_temperature_for_perplexity(NULL, &m, .9, NULL, &r), INFO_ERROR_OPTION);
    const double ties[4] = {1, 1, NAN, 0};
    const info_matrix two = matrix_of(ties, 2, 2, INFO_F64);
    ck_assert_int_eq(info_temperature_for_perplexity(NULL, &two, 1.5, NULL, &r), INFO_INVALID_ROWS);
    ck_assert(r.outcome == INFO_SEARCH_INFEASIBLE && r.rows == 1 && r.invalid == 1);
    assert_close(r.perplexity, 2, 1e-15);
}
END_TEST

/* ---- Tilting ------------------------------------------------------------ */

typedef struct tilted {
    double b, kl, reward, log_partition, derivative;
    info_search outcome;
} tilted;

static tilted tilt(const double *x, const double *reward, int64_t v, double budget)
{
    tilted t;
    const info_matrix m = matrix_of(x, 1, v, INFO_F64), r = matrix_of(reward, 1, v, INFO_F64);
    const info_tilt_results results = {.struct_size = sizeof results,
                                       .length = 1,
                                       .b = &t.b,
                                       .kl = &t.kl,
                                       .reward = &t.reward,
                                       .log_partition = &t.log_partition,
                                       .derivative = &t.derivative,
                                       .outcome = &t.outcome};
    ck_assert_int_eq(info_tilt(NULL, &m, &r, &budget, 1, NULL, &results), INFO_OK);
    return t;
}

static const double reward_x[8] = {0, 1, 0, 2, 0, 1, 3, 0};

START_TEST(published_tilt)
{
    const tilted t = tilt(row_x, reward_x, 8, .25);
    ck_assert_int_eq(t.outcome, INFO_SEARCH_FOUND);
    assert_close(t.b, 1.1404205240504417, 1e-14);
    assert_close(t.reward, .9035133570697578, 1e-14);
    assert_close(t.log_partition, .5422633256903705, 1e-14);
    assert_close(t.kl, .25, 1e-14);
    assert_close(t.kl, t.reward / t.b - t.log_partition, 1e-13);
}
END_TEST

START_TEST(budgets_are_spent_at_every_scale)
{
    for (double scale = 1e-6; scale < 1e7; scale *= 100)
        for (double budget = 1e-12; budget < 4; budget *= 10) {
            double r[8];
            for (int i = 0; i < 8; i++)
                r[i] = scale * (reward_x[i] - 1);
            const tilted t = tilt(row_x, r, 8, budget), one = tilt(row_x, reward_x, 8, budget);
            ck_assert_int_eq(t.outcome, INFO_SEARCH_FOUND);
            assert_close(t.kl, budget, 1e-11);
            assert_close(t.b / scale, one.b, 1e-10); /* shift and scale of the reward */
            ck_assert(t.derivative < 0);
        }
}
END_TEST

START_TEST(ends_of_a_tilt)
{
    tilted t = tilt(row_x, reward_x, 8, 0);
    ck_assert(t.outcome == INFO_SEARCH_FOUND && t.b == INFINITY && t.kl == 0 && t.log_partition == 0);
    t = tilt(row_x, reward_x, 8, 100);
    ck_assert(t.outcome == INFO_SEARCH_INFEASIBLE && t.b == 0 && t.reward == 3);
    const double nowhere[8] = {0, 0, 0, 0, 0, 0, 0, INFINITY}; /* infinite where the probability is 0 */
    t = tilt(row_x, nowhere, 8, .1);
    ck_assert(t.outcome == INFO_SEARCH_INFEASIBLE && t.kl == 0);
    const double bad[8] = {NAN, 0, 0, 0, 0, 0, 0, 0};
    const info_matrix m = matrix_of(row_x, 1, 8, INFO_F64), r = matrix_of(bad, 1, 8, INFO_F64);
    const double budget = .1;
    double b;
    const info_tilt_results results = {.struct_size = sizeof results, .length = 1, .b = &b};
    ck_assert_int_eq(info_tilt(NULL, &m, &r, &budget, 1, NULL, &results), INFO_INVALID_ROWS);
    ck_assert(isnan(b));
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_tilt(ctx, &m, &r, &budget, 1, &strict, &results), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "rewards"));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(bad_targets_are_named)
{
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const info_matrix m = matrix_of(row_x, 1, 8, INFO_F64);
    double parameter = 7;
    const info_search_results results = {.struct_size = sizeof results, .length = 1, .parameter = &parameter};
    const double bad[] = {-1, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(info_temperature_for_entropy(ctx, &m, &bad[i], 1, NULL, &results), INFO_ERROR_DOMAIN);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "targets"));
    }
    const double two[2] = {1, 1};
    ck_assert_int_eq(info_temperature_for_entropy(ctx, &m, two, 2, NULL, &results), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_temperature_for_kl(ctx, &m, 2, two, 1, NULL, &results), INFO_ERROR_OPTION);
    ck_assert(parameter == 7);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {published_temperatures,
                                  derivative_is_that_of_the_entropy,
                                  a_row_s_own_entropy_has_temperature_1,
                                  entropies_are_reached_at_every_scale,
                                  entropies_out_of_range_are_infeasible,
                                  divergences_on_both_branches,
                                  one_temperature_for_a_batch,
                                  published_tilt,
                                  budgets_are_spent_at_every_scale,
                                  ends_of_a_tilt,
                                  bad_targets_are_named,
                                  NULL};
    return run_tests("searches", tests);
}
