/* SPDX-License-Identifier: MIT
 * Rate-distortion with side information at both ends: closed forms, bounds, parts, bad input. */
#include "problems.h"

static const double hamming[] = {0, 1, 1, 0};

static info_coding_result solve(const double *joint, int64_t values, const double *d, int64_t n, int64_t m,
                                info_coding_at at, double target, double *rates, double *distortions)
{
    const info_matrix table = view_of(joint, values, n), distortion = view_of(d, n, m);
    info_coding_result r;
    const info_status status = info_rate_distortion_conditional(NULL, &table, &distortion, at, target, NULL, rates,
                                                                values, distortions, values, &r);
    ck_assert_msg(status == INFO_OK, "at %d target %.17g: %s", (int)at, target, info_status_name(status));
    return r;
}

/* Symmetric side information: R = h(p) - h(D) below D = p, 0 above. */
START_TEST(doubly_symmetric_binary_source_is_h_p_minus_h_D)
{
    for (double p = 0.05; p < 0.5; p += 0.1) {
        const double joint[] = {(1 - p) / 2, p / 2, p / 2, (1 - p) / 2};
        for (double share = 0.1; share < 1.3; share += 0.2) {
            const double D = share * p, truth = D < p ? binary_entropy(p) - binary_entropy(D) : 0;
            double rates[2], distortions[2];
            const info_coding_result r = solve(joint, 2, hamming, 2, 2, INFO_AT_DISTORTION, D, rates, distortions);
            ck_assert_certified(r, truth);
            ck_assert_double_eq_tol(rates[0], rates[1], 1e-7);
            ck_assert_double_eq_tol((rates[0] + rates[1]) / 2, r.value, 2e-9);
            ck_assert_double_eq_tol((distortions[0] + distortions[1]) / 2, D < p ? D : p, 1e-9);
            if (D < p) {
                const info_coding_result back = solve(joint, 2, hamming, 2, 2, INFO_AT_RATE, truth, NULL, NULL);
                ck_assert_double_eq_tol(back.value, D, 2e-9 / log((1 - D) / D)); /* the tolerance is one of rates */
            }
        }
    }
}
END_TEST

/* X given z is Bernoulli(p_z): every part has the distortion min(level, p_z), as water stands. */
START_TEST(binary_sources_share_a_level)
{
    const double p[] = {0.02, 0.1, 0.3, 0.5}, weight[] = {0.1, 0.2, 0.3, 0.4};
    double joint[10];
    for (int z = 0; z < 4; z++) {
        joint[2 * z] = weight[z] * p[z];
        joint[2 * z + 1] = weight[z] * (1 - p[z]);
    }
    joint[8] = joint[9] = 0; /* a value that never occurs */
    for (double level = 0.005; level < 0.5; level *= 1.7) {
        double D = 0, R = 0, rates[5], distortions[5];
        for (int z = 0; z < 4; z++) {
            D += weight[z] * fmin(level, p[z]);
            R += weight[z] * fmax(binary_entropy(p[z]) - binary_entropy(fmin(level, p[z])), 0);
        }
        const info_coding_result r = solve(joint, 5, hamming, 2, 2, INFO_AT_DISTORTION, D, rates, distortions);
        ck_assert_double_le(r.lower, R + 1e-15);
        ck_assert_double_ge(r.upper, R - 1e-15);
        ck_assert_double_le(r.upper - r.lower, 1.0000001e-9);
        for (int z = 0; z < 4; z++)
            ck_assert_double_eq_tol(distortions[z], fmin(level, p[z]), 1e-4); /* the rate is flat there: sqrt(1e-9) */
        ck_assert_double_eq(rates[4], 0);
        ck_assert_double_eq(distortions[4], 0);
    }
}
END_TEST

START_TEST(side_information_that_is_the_source_leaves_nothing_to_send)
{
    enum { N = 6, M = 5 };
    double joint[N * N] = {0}, rates[N], distortions[N], d[N * M], least = 0;
    uint64_t seed = 3;
    for (int x = 0; x < N; x++)
        joint[x * N + x] = (x + 1) / 21.0;
    for (int i = 0; i < N * M; i++)
        d[i] = uniform(&seed);
    for (int x = 0; x < N; x++) {
        double smallest = INFINITY;
        for (int y = 0; y < M; y++)
            smallest = fmin(smallest, d[x * M + y]);
        least += joint[x * N + x] * smallest;
    }
    for (double slope = 0; slope < 20; slope += 3) {
        const info_coding_result r = solve(joint, N, d, N, M, INFO_AT_SLOPE, slope, rates, distortions);
        ck_assert_double_eq(r.value, 0);
        ck_assert_double_eq_tol(r.distortion, least, 1e-15);
    }
}
END_TEST

START_TEST(independent_side_information_changes_nothing)
{
    enum { Z = 3, N = 20, M = 15 };
    double *p = random_rows(7, 1, N, 2), d[N * M], joint[Z * N], rates[Z], distortions[Z];
    uint64_t seed = 4;
    for (int i = 0; i < N * M; i++)
        d[i] = uniform(&seed);
    for (int i = 0; i < Z * N; i++)
        joint[i] = p[i % N] * (1 + i / N) / 6;
    const info_matrix source = view_of(p, 1, N), distortion = view_of(d, N, M);
    for (double D = 0.05; D < 0.5; D += 0.1) {
        info_coding_result plain;
        ck_assert_int_eq(
            info_rate_distortion(NULL, &source, &distortion, INFO_AT_DISTORTION, D, NULL, NULL, 0, NULL, &plain),
            INFO_OK);
        const info_coding_result r = solve(joint, Z, d, N, M, INFO_AT_DISTORTION, D, rates, distortions);
        ck_assert_double_le(r.lower, plain.upper);
        ck_assert_double_ge(r.upper, plain.lower);
        ck_assert_double_le(r.upper - r.lower, 1.0000001e-9);
        for (int z = 1; z < Z; z++)
            ck_assert_double_eq_tol(rates[z], rates[0], 1e-4);
    }
    free(p);
}
END_TEST

/* R(D) - I(X;Z) <= R_X|Z(D) <= R(D). */
START_TEST(side_information_saves_no_more_than_it_tells)
{
    enum { Z = 4, N = 12, M = 12 };
    double *joint = random_rows(11, 1, Z * N, 4), d[N * M], px[N] = {0}, pz[Z] = {0}, told = 0;
    uint64_t seed = 8;
    for (int i = 0; i < N * M; i++)
        d[i] = i % (N + 1) ? uniform(&seed) + 0.2 : 0;
    for (int i = 0; i < Z * N; i++) {
        px[i % N] += joint[i];
        pz[i / N] += joint[i];
    }
    for (int i = 0; i < Z * N; i++)
        told += joint[i] * log(joint[i] / (px[i % N] * pz[i / N]));
    const info_matrix source = view_of(px, 1, N), distortion = view_of(d, N, M);
    for (double D = 0.01; D < 0.4; D *= 2) {
        info_coding_result plain;
        ck_assert_int_eq(
            info_rate_distortion(NULL, &source, &distortion, INFO_AT_DISTORTION, D, NULL, NULL, 0, NULL, &plain),
            INFO_OK);
        const info_coding_result r = solve(joint, Z, d, N, M, INFO_AT_DISTORTION, D, NULL, NULL);
        ck_assert_double_le(r.lower, plain.upper);
        ck_assert_double_ge(r.upper, plain.lower - told - 1e-12);
        ck_assert_double_gt(plain.value - r.value, 0.01);
    }
    free(joint);
}
END_TEST

START_TEST(bad_input_has_its_own_status_and_names_its_argument)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    double joint[] = {0.25, 0.25, 0.25, 0.25}, d[] = {0, 1, 1, 0}, rates[2] = {-1, -1};
    const info_matrix table = view_of(joint, 2, 2), distortion = view_of(d, 2, 2), tall = view_of(d, 4, 1);
    info_coding_options options = {.struct_size = sizeof options};
    info_coding_result r = {.value = -1};
#define CALL(at, target)                                                                                               \
    info_rate_distortion_conditional(ctx, &table, &distortion, at, target, &options, rates, 2, NULL, 0, &r)
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, -1), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(CALL(INFO_AT_COST, 1), INFO_ERROR_OPTION);
    options.kind = INFO_LOGITS;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_OPTION);
    options.kind = INFO_PROBABILITIES;
    joint[0] = 0.5;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "joint"));
    joint[0] = -0.25;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_DOMAIN);
    joint[0] = 0.25;
    d[1] = NAN;
    ck_assert_int_eq(CALL(INFO_AT_SLOPE, 1), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "distortion"));
    d[0] = d[1] = 0.5;
    ck_assert_int_eq(CALL(INFO_AT_DISTORTION, 0.2), INFO_ERROR_INFEASIBLE);
    ck_assert_int_eq(info_rate_distortion_conditional(ctx, &table, &tall, INFO_AT_SLOPE, 1, NULL, NULL, 0, NULL, 0, &r),
                     INFO_ERROR_SIZE);
    ck_assert_double_eq(r.value, -1);
    ck_assert_double_eq(rates[0], -1);
#undef CALL
    info_ctx_destroy(ctx);
}
END_TEST

MAIN("side information", doubly_symmetric_binary_source_is_h_p_minus_h_D, binary_sources_share_a_level,
     side_information_that_is_the_source_leaves_nothing_to_send, independent_side_information_changes_nothing,
     side_information_saves_no_more_than_it_tells, bad_input_has_its_own_status_and_names_its_argument)
