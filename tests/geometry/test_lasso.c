/* SPDX-License-Identifier: MIT
 * Lasso and elastic net: soft thresholds, scikit-learn's solutions, optimality
 * conditions and duality gaps along whole paths, the bridge to ridge, selections. */
#include "common.h"

enum { N = 8, D = 6 };

/* Small rational data that any language can build: 8 tokens in R^6 and a token to explain. */
static void fixed_problem(double z[N * D], double t[D])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++)
            z[i * D + j] = ((i * 37 + j * 61 + i * j * 13) % 101 - 50) / 25.0;
    for (int j = 0; j < D; j++)
        t[j] = ((7 * j * j + 11 * j + 3) % 29 - 14) / 7.0;
}

/* scikit-learn 1.2.1, Lasso and ElasticNet(alpha = a / 6, l1_ratio = 1 - s, fit_intercept=False, tol=1e-15). */
START_TEST(solutions_agree_with_scikit_learn)
{
    const struct {
        double share, penalty, objective, w[N];
    } oracle[] = {
        {0, 6, 4.26159721154339, {0, 0, 0, 0, 0, 0, 0.24091444974114506, 0}},
        {0, 2, 2.3045169367792457, {0.1370423553702253, 0, 0, 0, 0, -0.0005012823505602323, 0.651140642576105, 0}},
        {0,
         0.5,
         0.7532021989225078,
         {0.23711148450929684, 0, 0.13342603754884275, 0, 0, -0.18907123470535206, 0.7812121201900112, 0}},
        {0,
         0.05,
         0.08505272404195047,
         {0.22968684870084882, 0.024712129158896822, 0.24142735574940616, 0, 0.12680266433214968, -0.31930861402478516,
          0.7345823279917585, 0}},
        {0.5, 6, 3.367443567150534, {0.0780111909471739, 0, 0, 0, 0, 0, 0.41566864107416385, 0}},
        {0.5,
         2,
         1.6442779167946724,
         {0.20488894989935294, 0, 0.05292717534703724, 0, 0, -0.10585398330318997, 0.666750337320482, 0}},
        {0.5,
         0.5,
         0.4929174786634053,
         {0.2334816717434606, 0.00967993814128903, 0.18801397070477827, 0, 0.06857295671335539, -0.25123223229127534,
          0.7381441856063757, 0}},
        {0.5,
         0.05,
         0.05244134851818462,
         {0.22707772386550543, 0.032191809391127105, 0.24687633515397492, 0, 0.1398463447702798, -0.32992098108914264,
          0.7238078847303684, 0}},
    };
    double z[N * D], t[D], w[N];
    fixed_problem(z, t);
    const info_matrix context = matrix_of(z, N, D), token = matrix_of(t, 1, D);
    const info_matrix_out weights = {w, 1, N, N, 1, INFO_F64, 0};
    for (size_t i = 0; i < sizeof oracle / sizeof oracle[0]; i++) {
        const info_lasso_options options = {
            .struct_size = sizeof options, .ridge_share = oracle[i].share, .tolerance = 1e-13};
        info_lasso_point point;
        ck_assert_int_eq(info_lasso_path(NULL, &context, &token, &oracle[i].penalty, 1, &options, &weights, &point, 1),
                         INFO_OK);
        assert_near(point.objective, oracle[i].objective, 2e-13 * oracle[i].objective + 1e-13, "objective");
        int64_t support = 0;
        /* At penalty 0.05 the Lasso's weights are not unique: all 8 tokens, in 6 dimensions, meet the conditions. */
        const int unique = oracle[i].share > 0 || oracle[i].penalty > 0.05;
        for (int j = 0; j < N; j++) {
            if (unique) /* to the root of the gap over the curvature */
                assert_near(w[j], oracle[i].w[j], 1e-6, "weight");
            support += oracle[i].w[j] != 0;
        }
        ck_assert(point.support == support || !unique);
    }
}
END_TEST

START_TEST(an_orthonormal_design_is_soft_thresholded)
{
    double z[4 * 5] = {0}, w[3 * 4];
    for (int i = 0; i < 4; i++)
        z[i * 5 + 4 - i] = 1;
    const double t[5] = {9, 0.3, -2, 1.1, -0.4}, penalties[3] = {1.5, 0.35, 0.1};
    const info_matrix context = matrix_of(z, 4, 5), token = matrix_of(t, 1, 5);
    const info_matrix_out weights = {w, 3, 4, 4, 1, INFO_F64, 0};
    info_lasso_point points[3];
    ck_assert_int_eq(info_lasso_path(NULL, &context, &token, penalties, 3, NULL, &weights, points, 3), INFO_OK);
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < 4; i++) {
            const double k = t[4 - i], soft = copysign(fmax(fabs(k) - penalties[p], 0), k);
            assert_near(w[p * 4 + i], soft, 1e-15, "soft threshold");
        }
}
END_TEST

/* KKT conditions from the data themselves, and the gap from a dual point built here. */
static void assert_optimal(const double *z, int64_t n, int64_t d, const double *t, const double *w,
                           const info_lasso_point *point, double share, double tolerance)
{
    const double l1 = point->penalty * (1 - share), l2 = point->penalty * share;
    double *rest = malloc((size_t)d * sizeof *rest), square = 0, residual = 0, size = 0, ww = 0, rz = 0, largest = 0;
    int64_t support = 0;
    for (int64_t j = 0; j < d; j++) {
        rest[j] = t[j];
        for (int64_t i = 0; i < n; i++)
            rest[j] -= z[i * d + j] * w[i];
        square += t[j] * t[j];
        residual += rest[j] * rest[j];
        rz += rest[j] * t[j];
    }
    const double slack = 2 * sqrt(2 * tolerance * square); /* |d c_j| <= ||z_j|| sqrt(2 gap) */
    for (int64_t i = 0; i < n; i++) {
        double c = 0, norm = 0;
        for (int64_t j = 0; j < d; j++) {
            c += z[i * d + j] * rest[j];
            norm += z[i * d + j] * z[i * d + j];
        }
        const double bound = slack * sqrt(norm + l2);
        if (w[i] != 0)
            assert_near(c - l2 * w[i], copysign(l1, w[i]), bound, "equality on the support");
        else
            ck_assert(fabs(c) <= l1 + bound);
        size += fabs(w[i]);
        ww += w[i] * w[i];
        support += w[i] != 0;
        largest = fmax(largest, fabs(c - l2 * w[i]));
    }
    const double objective = 0.5 * residual + l1 * size + 0.5 * l2 * ww, scale = fmin(1, l1 / largest);
    const double rounding = 1e-12 * (square + objective);
    ck_assert_int_eq(support, point->support);
    assert_near(point->objective, objective, rounding, "objective");
    assert_near(point->residual, residual, rounding, "residual");
    ck_assert(point->gap <= tolerance * objective * (1 + 1e-12));
    if (l1 > 0) /* what rounding adds is part of the gap, a quarter of what is asked for at most */
        ck_assert(point->gap <= objective - scale * rz + 0.5 * scale * scale * (residual + l2 * ww) + rounding +
                                    0.25 * tolerance * objective);
    free(rest);
}

START_TEST(paths_meet_the_optimality_conditions_at_every_point)
{
    enum { POINTS = 25, TOKENS = 6 };
    const int64_t shapes[][3] = {{1, 4, 4}, {30, 10, 10}, {10, 30, 30}, {200, 40, 40}, {25, 25, 4}, {90, 120, 120}};
    const double shares[] = {0, 0.3, 0.95};
    uint64_t state = 21;
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (size_t e = 0; e < 3; e++)
            for (int64_t tokens = 1; tokens <= TOKENS; tokens += TOKENS - 1) {
                const int64_t n = shapes[s][0], d = shapes[s][1];
                double *z = random_rows(&state, n, d, shapes[s][2]), *t = random_rows(&state, tokens, d, d);
                double *w = malloc((size_t)(tokens * POINTS * n) * sizeof *w);
                info_lasso_point *points = malloc((size_t)(tokens * POINTS) * sizeof *points);
                const info_matrix context = matrix_of(z, n, d), token = matrix_of(t, tokens, d);
                const info_matrix_out weights = {w, tokens * POINTS, n, n, 1, INFO_F64, 0};
                const info_lasso_options options = {
                    .struct_size = sizeof options, .ridge_share = shares[e], .smallest = 0.01};
                ck_assert_int_eq(
                    info_lasso_path(NULL, &context, &token, NULL, POINTS, &options, &weights, points, tokens * POINTS),
                    INFO_OK);
                for (int64_t k = 0; k < tokens; k++) {
                    ck_assert_int_eq(points[k * POINTS].support, 0); /* w = 0 at a_max */
                    for (int64_t p = 0; p < POINTS; p++) {
                        const info_lasso_point *point = points + k * POINTS + p;
                        assert_optimal(z, n, d, t + k * d, w + (k * POINTS + p) * n, point, shares[e], 1e-8);
                        if (p > 0)
                            ck_assert(point->penalty < point[-1].penalty &&
                                      point->residual <= point[-1].residual * (1 + 1e-6));
                    }
                    assert_near(points[k * POINTS + POINTS - 1].penalty, 0.01 * points[k * POINTS].penalty,
                                1e-12 * points[k * POINTS].penalty, "last penalty");
                }
                free(z);
                free(t);
                free(w);
                free(points);
            }
}
END_TEST

START_TEST(the_first_penalty_is_the_largest_correlation)
{
    double z[N * D], t[D], largest = 0;
    fixed_problem(z, t);
    for (int i = 0; i < N; i++) {
        double k = 0;
        for (int j = 0; j < D; j++)
            k += z[i * D + j] * t[j];
        largest = fmax(largest, fabs(k));
    }
    const info_matrix context = matrix_of(z, N, D), token = matrix_of(t, 1, D);
    const double above = largest * (1 + 1e-15), below = largest * (1 - 1e-3);
    info_lasso_point point;
    ck_assert_int_eq(info_lasso_path(NULL, &context, &token, NULL, 1, NULL, NULL, &point, 1), INFO_OK);
    assert_near(point.penalty, largest, 1e-14 * largest, "a_max");
    ck_assert_int_eq(info_lasso_path(NULL, &context, &token, &above, 1, NULL, NULL, &point, 1), INFO_OK);
    ck_assert_int_eq(point.support, 0);
    ck_assert(point.gap <= 1e-12 * point.objective); /* of rounding alone */
    ck_assert_int_eq(info_lasso_path(NULL, &context, &token, &below, 1, NULL, NULL, &point, 1), INFO_OK);
    ck_assert_int_eq(point.support, 1);
}
END_TEST

/* s = 1 is ridge: 1/2 (||r||^2 + a ||w||^2), so half of the objective of info_ridge with l = a. */
START_TEST(the_elastic_net_ends_in_ridge)
{
    double z[N * D], t[D], net[N], ridge[N];
    fixed_problem(z, t);
    const info_matrix context = matrix_of(z, N, D), token = matrix_of(t, 1, D);
    const info_matrix_out net_out = {net, 1, N, N, 1, INFO_F64, 0}, ridge_out = {ridge, 1, N, N, 1, INFO_F64, 0};
    for (double penalty = 0.1; penalty < 100; penalty *= 10) {
        const info_lasso_options options = {.struct_size = sizeof options, .ridge_share = 1, .tolerance = 1e-13};
        const info_geometry_options ridge_options = {.struct_size = sizeof ridge_options, .ridge = penalty};
        info_lasso_point point;
        info_ridge_result result;
        ck_assert_int_eq(info_lasso_path(NULL, &context, &token, &penalty, 1, &options, &net_out, &point, 1), INFO_OK);
        ck_assert_int_eq(info_ridge(NULL, &context, &token, &ridge_options, &ridge_out, &result, 1), INFO_OK);
        assert_near(point.objective, 0.5 * result.objective, 2e-12, "objective");
        for (int i = 0; i < N; i++)
            assert_near(net[i], ridge[i], 1e-5, "weight");
    }
}
END_TEST

/* The Gram matrix in blocks on demand (few tokens) and whole (many), and any number of threads. */
START_TEST(tokens_alone_and_together_have_the_same_path)
{
    enum { TOKENS = 9, POINTS = 12, CONTEXT = 150, WIDTH = 60 };
    uint64_t state = 22;
    double *z = random_rows(&state, CONTEXT, WIDTH, WIDTH), *t = random_rows(&state, TOKENS, WIDTH, WIDTH);
    const info_matrix context = matrix_of(z, CONTEXT, WIDTH), tokens = matrix_of(t, TOKENS, WIDTH);
    info_lasso_point together[TOKENS * POINTS], threaded[TOKENS * POINTS], alone[POINTS];
    const info_ctx_options two = {.struct_size = sizeof two, .threads = 2};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(&two, &ctx), INFO_OK);
    ck_assert_int_eq(info_lasso_path(NULL, &context, &tokens, NULL, POINTS, NULL, NULL, together, TOKENS * POINTS),
                     INFO_OK);
    ck_assert_int_eq(info_lasso_path(ctx, &context, &tokens, NULL, POINTS, NULL, NULL, threaded, TOKENS * POINTS),
                     INFO_OK);
    for (int k = 0; k < TOKENS; k++) {
        const info_matrix token = matrix_of(t + k * WIDTH, 1, WIDTH);
        ck_assert_int_eq(info_lasso_path(NULL, &context, &token, NULL, POINTS, NULL, NULL, alone, POINTS), INFO_OK);
        for (int p = 0; p < POINTS; p++) {
            const info_lasso_point *point = together + k * POINTS + p;
            assert_near(alone[p].objective, point->objective, 1e-7 * point->objective, "alone");
            assert_near(threaded[k * POINTS + p].objective, point->objective, 1e-7 * point->objective, "threads");
        }
    }
    info_ctx_destroy(ctx);
    free(z);
    free(t);
}
END_TEST

START_TEST(a_token_orthogonal_to_its_context_has_nothing_to_choose)
{
    const double z[2 * 3] = {1, 0, 0, 0, 0, 0}, t[2 * 3] = {0, 1, 0, 0, 0, 0};
    const info_matrix context = matrix_of(z, 2, 3), tokens = matrix_of(t, 2, 3);
    info_lasso_point points[6];
    ck_assert_int_eq(info_lasso_path(NULL, &context, &tokens, NULL, 3, NULL, NULL, points, 6), INFO_OK);
    for (int i = 0; i < 6; i++) {
        ck_assert_double_eq(points[i].penalty, 0);
        ck_assert_double_eq(points[i].gap, 0);
        ck_assert_double_eq(points[i].residual, i < 3 ? 1 : 0);
        ck_assert_int_eq(points[i].support, 0);
    }
    int64_t index[2];
    double weight[2];
    ck_assert_int_eq(info_lasso_select(NULL, &context, &tokens, 1, NULL, index, weight, points), INFO_OK);
    ck_assert(index[0] == -1 && index[1] == -1 && weight[0] == 0);
}
END_TEST

START_TEST(too_few_sweeps_are_reported_with_a_usable_gap)
{
    uint64_t state = 23;
    double *z = random_rows(&state, 40, 30, 30), *t = random_rows(&state, 1, 30, 30);
    const info_matrix context = matrix_of(z, 40, 30), token = matrix_of(t, 1, 30);
    const info_lasso_options options = {.struct_size = sizeof options, .max_sweeps = 3};
    info_lasso_point point, exact;
    const double penalty = 0.5;
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_lasso_path(ctx, &context, &token, &penalty, 1, &options, NULL, &point, 1),
                     INFO_NOT_CONVERGED);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "max_sweeps"));
    ck_assert_int_eq(info_lasso_path(ctx, &context, &token, &penalty, 1, NULL, NULL, &exact, 1), INFO_OK);
    ck_assert(point.objective - point.gap <= exact.objective && exact.objective <= point.objective);
    info_ctx_destroy(ctx);
    free(z);
    free(t);
}
END_TEST

/* Rows at a cosine near 0.999: coordinate descent alone takes tens of thousands of sweeps. */
START_TEST(tokens_that_resemble_one_another_take_few_sweeps)
{
    enum { TOKENS = 40, WIDTH = 90, POINTS = 30 };
    uint64_t state = 25;
    double *z = random_rows(&state, TOKENS, WIDTH, WIDTH), *t = random_rows(&state, 1, WIDTH, WIDTH);
    double *common = random_rows(&state, 1, WIDTH, WIDTH), w[POINTS * TOKENS];
    for (int i = 0; i < TOKENS * WIDTH; i++)
        z[i] = common[i % WIDTH] + 0.03 * z[i];
    const info_matrix context = matrix_of(z, TOKENS, WIDTH), token = matrix_of(t, 1, WIDTH);
    const info_matrix_out weights = {w, POINTS, TOKENS, TOKENS, 1, INFO_F64, 0};
    const info_lasso_options options = {.struct_size = sizeof options, .max_sweeps = 200};
    info_lasso_point points[POINTS];
    ck_assert_int_eq(info_lasso_path(NULL, &context, &token, NULL, POINTS, &options, &weights, points, POINTS),
                     INFO_OK);
    for (int p = 0; p < POINTS; p++)
        assert_optimal(z, TOKENS, WIDTH, t, w + p * TOKENS, points + p, 0, 1e-8);
    ck_assert_int_gt(points[POINTS - 1].support, 20);
    free(z);
    free(t);
    free(common);
}
END_TEST

START_TEST(the_tokens_that_make_a_token_are_selected)
{
    uint64_t state = 24;
    double *z = random_rows(&state, 50, 80, 80), t[80];
    for (int j = 0; j < 80; j++)
        t[j] = 2 * z[7 * 80 + j] - 1.2 * z[33 * 80 + j] + 0.7 * z[12 * 80 + j] + 0.01 * normal(&state);
    const info_matrix context = matrix_of(z, 50, 80), token = matrix_of(t, 1, 80);
    int64_t indices[3];
    double weights[3];
    info_lasso_point point;
    ck_assert_int_eq(info_lasso_select(NULL, &context, &token, 3, NULL, indices, weights, &point), INFO_OK);
    ck_assert(indices[0] == 7 && indices[1] == 33 && indices[2] == 12);
    ck_assert(weights[0] > -weights[1] && -weights[1] > weights[2] && weights[2] > 0);
    ck_assert_int_ge(point.support, 3);
    free(z);
}
END_TEST

START_TEST(bad_input_is_named)
{
    double z[N * D], t[D], penalties[2] = {1, 0.5}, w[2 * N];
    fixed_problem(z, t);
    const info_matrix context = matrix_of(z, N, D), token = matrix_of(t, 1, D), narrow = matrix_of(t, 1, D - 1);
    info_matrix_out weights = {w, 2, N, N, 1, INFO_F64, 0};
    info_lasso_point points[2];
    int64_t indices[N];
    info_lasso_options options = {.struct_size = sizeof options};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
#define REFUSED(call, status, text)                                                                                    \
    do {                                                                                                               \
        memset(points, 0x55, sizeof points);                                                                           \
        ck_assert_int_eq(call, status);                                                                                \
        ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);        \
        ck_assert_int_eq(points[0].sweeps, 0x5555555555555555);                                                        \
    } while (0)
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 0, NULL, NULL, points, 2), INFO_ERROR_SIZE, "points");
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, INT64_MAX, NULL, NULL, points, 2), INFO_ERROR_OVERFLOW,
            "points");
    REFUSED(info_lasso_path(ctx, &context, &narrow, penalties, 2, NULL, NULL, points, 2), INFO_ERROR_SIZE, "tokens");
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, NULL, points, 1), INFO_ERROR_OUTPUT, "out");
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, NULL, NULL, 2), INFO_ERROR_NULL, "out");
    weights.rows = 1;
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, &weights, points, 2), INFO_ERROR_OUTPUT,
            "weights");
    weights = (info_matrix_out){penalties, 2, N, 0, 0, INFO_F64, 0};
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, &weights, points, 2), INFO_ERROR_OVERLAP,
            "weights");
    const double bad[] = {0, -1, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        penalties[1] = bad[i];
        REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, NULL, points, 2), INFO_ERROR_DOMAIN,
                "penalties: element 1");
    }
    penalties[1] = 0.5;
    options.ridge_share = 1.5;
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, &options, NULL, points, 2), INFO_ERROR_OPTION,
            "ridge_share");
    options.ridge_share = 1;
    REFUSED(info_lasso_path(ctx, &context, &token, NULL, 2, &options, NULL, points, 2), INFO_ERROR_OPTION,
            "ridge_share");
    options = (info_lasso_options){.struct_size = sizeof options, .tolerance = 1e-15};
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, &options, NULL, points, 2), INFO_ERROR_OPTION,
            "tolerance");
    options = (info_lasso_options){.struct_size = sizeof options, .smallest = 2};
    REFUSED(info_lasso_path(ctx, &context, &token, NULL, 2, &options, NULL, points, 2), INFO_ERROR_OPTION, "smallest");
    options = (info_lasso_options){.struct_size = sizeof options, .max_sweeps = -1};
    REFUSED(info_lasso_path(ctx, &context, &token, NULL, 2, &options, NULL, points, 2), INFO_ERROR_OPTION,
            "max_sweeps");
    REFUSED(info_lasso_select(ctx, &context, &token, 0, NULL, indices, w, points), INFO_ERROR_SIZE, "k");
    REFUSED(info_lasso_select(ctx, &context, &token, N + 1, NULL, indices, w, points), INFO_ERROR_SIZE, "k");
    REFUSED(info_lasso_select(ctx, &context, &token, 2, NULL, NULL, w, points), INFO_ERROR_NULL, "indices");
    REFUSED(info_lasso_select(ctx, &context, &token, 2, NULL, indices, (double *)(void *)indices, points),
            INFO_ERROR_OVERLAP, "weights");
    t[2] = NAN;
    REFUSED(info_lasso_path(ctx, &context, &token, penalties, 2, NULL, NULL, points, 2), INFO_ERROR_DOMAIN,
            "tokens: element (0, 2)");
    z[D] = INFINITY;
    REFUSED(info_lasso_select(ctx, &context, &token, 2, NULL, indices, w, points), INFO_ERROR_DOMAIN,
            "context: element (1, 0)");
#undef REFUSED
    info_ctx_destroy(ctx);
}
END_TEST

/* One small penalty alone is reached in about as many sweeps as a path takes; 100000 were not enough. */
START_TEST(a_small_penalty_is_reached_by_way_of_larger_ones)
{
    uint64_t state = 9;
    double *z = random_rows(&state, 128, 64, 64), *t = random_rows(&state, 1, 64, 64);
    const info_matrix context = matrix_of(z, 128, 64), token = matrix_of(t, 1, 64);
    for (double penalty = 1e-3; penalty > 5e-6; penalty /= 10) {
        info_lasso_point alone, path[60];
        double penalties[60];
        for (int i = 0; i < 60; i++)
            penalties[i] = penalty * pow(0.75, i - 59);
        ck_assert_int_eq(info_lasso_path(NULL, &context, &token, &penalty, 1, NULL, NULL, &alone, 1), INFO_OK);
        ck_assert_int_eq(info_lasso_path(NULL, &context, &token, penalties, 60, NULL, NULL, path, 60), INFO_OK);
        ck_assert(alone.sweeps < 10000);
        ck_assert(alone.gap <= 1e-8 * alone.objective);
        assert_near(alone.objective, path[59].objective, 2e-8 * alone.objective, "objective");
    }
    free(z);
    free(t);
}
END_TEST

/* Two gaps of the same problem certify one minimum: objective - gap of one is never above the objective of the other. */
START_TEST(gaps_hold_where_one_feature_is_large)
{
    uint64_t state = 17;
    for (double scale = 1; scale < 2e8; scale *= 100)
        for (double share = 0; share <= 1; share += 0.5) {
            double *z = random_rows(&state, 20, 30, 30), *t = random_rows(&state, 1, 30, 30);
            for (int i = 0; i < 20; i++)
                z[i * 30] *= scale;
            const info_matrix context = matrix_of(z, 20, 30), token = matrix_of(t, 1, 30);
            double best = INFINITY, highest = 0;
            for (double tolerance = 1e-3; tolerance > 1e-13; tolerance /= 100) {
                const info_lasso_options options = {
                    .struct_size = sizeof options, .ridge_share = share, .tolerance = tolerance, .max_sweeps = 3000};
                const double penalty = 1;
                info_lasso_point point;
                ck_assert(info_lasso_path(NULL, &context, &token, &penalty, 1, &options, NULL, &point, 1) >= 0);
                best = fmin(best, point.objective);
                highest = fmax(highest, point.objective - point.gap);
            }
            ck_assert_msg(highest <= best, "scale %g, share %g: %.17g is above %.17g", scale, share, highest, best);
            free(z);
            free(t);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        solutions_agree_with_scikit_learn,
        an_orthonormal_design_is_soft_thresholded,
        paths_meet_the_optimality_conditions_at_every_point,
        the_first_penalty_is_the_largest_correlation,
        the_elastic_net_ends_in_ridge,
        tokens_alone_and_together_have_the_same_path,
        a_token_orthogonal_to_its_context_has_nothing_to_choose,
        too_few_sweeps_are_reported_with_a_usable_gap,
        tokens_that_resemble_one_another_take_few_sweeps,
        the_tokens_that_make_a_token_are_selected,
        bad_input_is_named,
        a_small_penalty_is_reached_by_way_of_larger_ones,
        gaps_hold_where_one_feature_is_large,
        NULL,
    };
    return run_tests("geometry lasso", tests);
}
