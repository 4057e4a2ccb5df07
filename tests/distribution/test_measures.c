/* SPDX-License-Identifier: MIT
 * Entropies with an order, all divergences, gradients: closed forms, limits,
 * relations between them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "info/info.h"

static info_matrix rows_of(const double *data, int64_t rows, int64_t cols)
{
    return (info_matrix){data, rows, cols, cols, 1, INFO_F64, 0};
}

static void assert_near(double value, double expected, double relative)
{
    if (value == expected)
        return;
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, expected %.17g", value, expected);
}

typedef info_status (*order_fn)(info_ctx *, const info_matrix *, double, const info_entropy_options *, double *,
                                int64_t);
typedef info_status (*pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                               double *, int64_t);
typedef info_status (*order_pair_fn)(info_ctx *, const info_matrix *, const info_matrix *, double,
                                     const info_divergence_options *, double *, int64_t);

static double at_order(order_fn f, const double *p, int64_t n, double order)
{
    const info_matrix x = rows_of(p, 1, n);
    double value = -1;
    ck_assert_int_eq(f(NULL, &x, order, NULL, &value, 1), INFO_OK);
    return value;
}

static double of_pair(pair_fn f, const double *p, const double *q, int64_t n)
{
    const info_matrix a = rows_of(p, 1, n), b = rows_of(q, 1, n);
    double value = -1;
    ck_assert_int_eq(f(NULL, &a, &b, NULL, &value, 1), INFO_OK);
    return value;
}

static double of_pair_at(order_pair_fn f, const double *p, const double *q, int64_t n, double order)
{
    const info_matrix a = rows_of(p, 1, n), b = rows_of(q, 1, n);
    double value = -1;
    ck_assert_int_eq(f(NULL, &a, &b, order, NULL, &value, 1), INFO_OK);
    return value;
}

static const double P[] = {.5, .25, .125, .125}, Q[] = {.125, .125, .25, .5}, LEFT[] = {.5, .5, 0, 0},
                    RIGHT[] = {0, 0, .25, .75};

/* ---- Orders ------------------------------------------------------------- */

START_TEST(orders_take_their_limits_exactly)
{
    const info_matrix x = rows_of(P, 1, 4);
    double h;
    ck_assert_int_eq(info_entropy(NULL, &x, NULL, &h, 1), INFO_OK);
    assert_near(at_order(info_renyi_entropy, P, 4, 0), log(4), 2e-16);
    assert_near(at_order(info_renyi_entropy, P, 4, 1), h, 4e-16);
    assert_near(at_order(info_renyi_entropy, P, 4, 2), -log(.25 + .0625 + 2 * .015625), 1e-15);
    assert_near(at_order(info_renyi_entropy, P, 4, INFINITY), log(2), 4e-16);
    assert_near(at_order(info_renyi_entropy, P, 4, 1e6), 1e6 / (1e6 - 1) * log(2), 1e-14);
    assert_near(at_order(info_renyi_entropy, LEFT, 4, 0), log(2), 2e-16);
    assert_near(at_order(info_hill_number, P, 4, 1), exp(h), 1e-15);
    assert_near(at_order(info_hill_number, P, 4, 0), 4, 1e-15);
    assert_near(at_order(info_hill_number, P, 4, INFINITY), 2, 1e-15);
    assert_near(at_order(info_tsallis_entropy, P, 4, 2), 1 - (.25 + .0625 + 2 * .015625), 1e-15);
    assert_near(at_order(info_tsallis_entropy, P, 4, 0), 3, 1e-15);
    assert_near(at_order(info_tsallis_entropy, P, 4, 1), h, 4e-16);
}
END_TEST

/* dH_a/da at 1 is -Var(log p)/2; a difference quotient across 1 sees it, where a switch
 * of formulas or cancellation would show as noise of 1e-16 / 1e-8. */
START_TEST(orders_are_smooth_across_1)
{
    double h = 0, square = 0;
    for (int i = 0; i < 4; i++)
        h -= P[i] * log(P[i]), square += P[i] * log(P[i]) * log(P[i]);
    const double slope = -(square - h * h) / 2;
    for (double step = 1e-3; step > 1e-9; step /= 10) {
        const double quotient =
            (at_order(info_renyi_entropy, P, 4, 1 + step) - at_order(info_renyi_entropy, P, 4, 1 - step)) / (2 * step);
        ck_assert_double_le(fabs(quotient - slope), 0.2 * step * step + 1e-15 / step);
    }
    double before = INFINITY;
    for (double order = 0; order < 50; order += 0.01) {
        const double value = at_order(info_renyi_entropy, P, 4, order);
        ck_assert_double_le(value, before * (1 + 1e-14));
        before = value;
    }
}
END_TEST

START_TEST(efficiency_and_redundancy_add_up)
{
    const double uniform[] = {.25, .25, .25, .25}, near[] = {.25 + 1e-9, .25 - 1e-9, .25, .25}, sure[] = {0, 1, 0, 0};
    const double *rows[] = {P, uniform, near, sure};
    const double wanted[] = {.125, 0, 4e-18 / log(4), 1};
    for (int i = 0; i < 4; i++) {
        const info_matrix x = rows_of(rows[i], 1, 4);
        double efficiency, redundancy;
        ck_assert_int_eq(info_efficiency(NULL, &x, NULL, &efficiency, 1), INFO_OK);
        ck_assert_int_eq(info_redundancy(NULL, &x, NULL, &redundancy, 1), INFO_OK);
        assert_near(efficiency + redundancy, 1, 1e-15);
        assert_near(redundancy, wanted[i], 1e-6);
    }
    const info_matrix one = rows_of(sure + 1, 1, 1);
    double value;
    ck_assert_int_eq(info_efficiency(NULL, &one, NULL, &value, 1), INFO_OK);
    ck_assert_double_eq(value, 1);
}
END_TEST

START_TEST(surprisal_is_in_the_unit_asked_for)
{
    const info_matrix x = rows_of(LEFT, 1, 4);
    const info_entropy_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    float s[4];
    const info_matrix_out out = {s, 1, 4, 4, 1, INFO_F32, 0};
    ck_assert_int_eq(info_surprisal(NULL, &x, &options, &out), INFO_OK);
    ck_assert(s[0] == 1 && s[1] == 1 && s[2] == INFINITY && s[3] == INFINITY);
}
END_TEST

START_TEST(an_order_outside_its_domain_is_refused_by_name)
{
    info_ctx *ctx;
    double value = 7;
    const info_matrix x = rows_of(P, 1, 4);
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_renyi_entropy(ctx, &x, -1, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "order: -1"));
    ck_assert_int_eq(info_tsallis_entropy(ctx, &x, INFINITY, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_renyi_divergence(ctx, &x, &x, NAN, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "order: nan"));
    ck_assert_int_eq(info_renyi_divergence(ctx, &x, &x, -1, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_tsallis_divergence(ctx, &x, &x, -1, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_tsallis_divergence(ctx, &x, &x, INFINITY, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_alpha_divergence(ctx, &x, &x, INFINITY, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_generalized_js(ctx, &x, &x, 1.5, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_generalized_js(ctx, &x, &x, 0, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_generalized_js(ctx, &x, &x, 1, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_double_eq(value, 7);
    info_ctx_destroy(ctx);
}
END_TEST

/* ---- Divergences -------------------------------------------------------- */

static const pair_fn pair_functions[] = {info_kl,          info_jeffreys,   info_js,
                                         info_js_distance, info_hellinger,  info_bhattacharyya,
                                         info_chernoff,    info_chi_square, info_total_variation};
#define PAIR_FUNCTIONS (int)(sizeof pair_functions / sizeof pair_functions[0])

START_TEST(every_divergence_is_exactly_zero_on_equal_input)
{
    const double thirds[] = {1. / 3, 1. / 3, 1. / 3}, peaked[] = {1 - 1e-13, 1e-13, 0};
    for (int f = 0; f < PAIR_FUNCTIONS; f++) {
        ck_assert_double_eq(of_pair(pair_functions[f], thirds, thirds, 3), 0);
        ck_assert_double_eq(of_pair(pair_functions[f], peaked, peaked, 3), 0);
    }
    for (double order = 0; order <= 3; order += 0.25) {
        ck_assert_double_eq(of_pair_at(info_tsallis_divergence, thirds, thirds, 3, order), 0);
        ck_assert_double_eq(of_pair_at(info_renyi_divergence, thirds, thirds, 3, order), 0);
        ck_assert_double_eq(of_pair_at(info_alpha_divergence, thirds, thirds, 3, order - 1), 0);
    }
}
END_TEST

START_TEST(disjoint_supports_give_the_largest_values)
{
    ck_assert_double_eq(of_pair(info_kl, LEFT, RIGHT, 4), INFINITY);
    ck_assert_double_eq(of_pair(info_jeffreys, LEFT, RIGHT, 4), INFINITY);
    ck_assert_double_eq(of_pair(info_js, LEFT, RIGHT, 4), log(2));
    ck_assert_double_eq(of_pair(info_js_distance, LEFT, RIGHT, 4), sqrt(log(2)));
    ck_assert_double_eq(of_pair(info_hellinger, LEFT, RIGHT, 4), 1);
    ck_assert_double_eq(of_pair(info_bhattacharyya, LEFT, RIGHT, 4), INFINITY);
    ck_assert_double_eq(of_pair(info_chernoff, LEFT, RIGHT, 4), INFINITY);
    ck_assert_double_eq(of_pair(info_chi_square, LEFT, RIGHT, 4), INFINITY);
    ck_assert_double_eq(of_pair(info_total_variation, LEFT, RIGHT, 4), 1);
    ck_assert_double_eq(of_pair_at(info_renyi_divergence, LEFT, RIGHT, 4, .5), INFINITY);
    ck_assert_double_eq(of_pair_at(info_renyi_divergence, LEFT, RIGHT, 4, INFINITY), INFINITY);
}
END_TEST

START_TEST(divergences_have_their_closed_forms)
{
    double kl = 0, back = 0, chi = 0, bc = 0, tv = 0;
    for (int i = 0; i < 4; i++) {
        kl += P[i] * log(P[i] / Q[i]), back += Q[i] * log(Q[i] / P[i]);
        chi += (P[i] - Q[i]) * (P[i] - Q[i]) / Q[i], bc += sqrt(P[i] * Q[i]), tv += fabs(P[i] - Q[i]) / 2;
    }
    assert_near(of_pair(info_jeffreys, P, Q, 4), kl + back, 1e-15);
    assert_near(of_pair(info_chi_square, P, Q, 4), chi, 1e-14);
    assert_near(of_pair(info_bhattacharyya, P, Q, 4), -log(bc), 1e-14);
    assert_near(of_pair(info_hellinger, P, Q, 4), sqrt(1 - bc), 1e-14);
    assert_near(of_pair(info_total_variation, P, Q, 4), tv, 2e-16);
    assert_near(of_pair_at(info_renyi_divergence, P, Q, 4, 1), kl, 1e-14);
    assert_near(of_pair_at(info_renyi_divergence, P, Q, 4, 2), log1p(chi), 1e-14);
    assert_near(of_pair_at(info_renyi_divergence, P, Q, 4, .5), -2 * log(bc), 1e-14);
    assert_near(of_pair_at(info_renyi_divergence, P, Q, 4, INFINITY), log(4), 1e-15);
    assert_near(of_pair_at(info_renyi_divergence, LEFT, Q, 4, 0), log(4), 1e-14);
    assert_near(of_pair_at(info_tsallis_divergence, P, Q, 4, 2), chi, 1e-14);
    assert_near(of_pair_at(info_alpha_divergence, P, Q, 4, 1), kl, 1e-14);
    assert_near(of_pair_at(info_alpha_divergence, P, Q, 4, 0), back, 1e-14);
    assert_near(of_pair_at(info_alpha_divergence, P, Q, 4, 2), chi / 2, 1e-14);
    assert_near(of_pair_at(info_alpha_divergence, P, Q, 4, .5), 4 * (1 - bc), 1e-14);
    assert_near(of_pair_at(info_generalized_js, P, Q, 4, .5), of_pair(info_js, P, Q, 4), 1e-15);
    assert_near(of_pair_at(info_generalized_js, P, Q, 4, 1e-12) / 1e-12, kl, 1e-10);
    assert_near(of_pair_at(info_generalized_js, Q, P, 4, 1e-12) / 1e-12, back, 1e-10);
}
END_TEST

/* Two coins .2 and .8: by symmetry the order is 1/2 and the information Bhattacharyya's. */
START_TEST(chernoff_finds_its_order)
{
    const double p[] = {.2, .8}, q[] = {.8, .2}, r[] = {.9, .1};
    assert_near(of_pair(info_chernoff_order, p, q, 2), .5, 1e-9);
    assert_near(of_pair(info_chernoff, p, q, 2), -log(.8), 1e-14);
    const double order = of_pair(info_chernoff_order, p, r, 2), best = of_pair(info_chernoff, p, r, 2);
    for (double a = .01; a < 1; a += .01)
        ck_assert_double_le((1 - a) * of_pair_at(info_renyi_divergence, p, r, 2, a), best * (1 + 1e-14));
    assert_near((1 - order) * of_pair_at(info_renyi_divergence, p, r, 2, order), best, 1e-13);
}
END_TEST

START_TEST(near_equality_nothing_is_lost)
{
    const double p[] = {.25, .25, .5}, e = 0x1p-30, q[] = {.25 + e, .25 - e, .5};
    const double chi = e * e * 8; /* sum (p-q)^2 / p, here also the leading term of all */
    assert_near(of_pair(info_kl, p, q, 3), chi / 2, 1e-8);
    assert_near(of_pair(info_js, p, q, 3), chi / 8, 1e-8);
    assert_near(of_pair(info_hellinger, p, q, 3), sqrt(chi / 8), 1e-8);
    assert_near(of_pair(info_bhattacharyya, p, q, 3), chi / 8, 1e-8);
    assert_near(of_pair(info_chernoff, p, q, 3), chi / 8, 1e-8);
    assert_near(of_pair(info_chi_square, p, q, 3), chi, 1e-8);
    for (double a = .25; a < 4; a += .25)
        assert_near(of_pair_at(info_renyi_divergence, p, q, 3, a), a * chi / 2, 1e-8);
}
END_TEST

START_TEST(js_of_many_is_the_entropy_of_the_mixture_less_the_mean)
{
    double rows[12], m[4], h[4], js;
    memcpy(rows, P, sizeof P), memcpy(rows + 4, Q, sizeof Q), memcpy(rows + 8, LEFT, sizeof LEFT);
    const double w[] = {.5, .25, .25};
    for (int i = 0; i < 4; i++)
        m[i] = w[0] * rows[i] + w[1] * rows[4 + i] + w[2] * rows[8 + i];
    const info_matrix x = rows_of(rows, 3, 4), mixture = rows_of(m, 1, 4), two = rows_of(rows, 2, 4);
    ck_assert_int_eq(info_entropy(NULL, &x, NULL, h, 3), INFO_OK);
    ck_assert_int_eq(info_entropy(NULL, &mixture, NULL, h + 3, 1), INFO_OK);
    ck_assert_int_eq(info_js_many(NULL, &x, w, NULL, &js), INFO_OK);
    assert_near(js, h[3] - w[0] * h[0] - w[1] * h[1] - w[2] * h[2], 1e-14);
    ck_assert_int_eq(info_js_many(NULL, &two, NULL, NULL, &js), INFO_OK);
    assert_near(js, of_pair(info_js, P, Q, 4), 1e-15);
    const double wrong[] = {.5, .25, .5}, negative[] = {1.5, -.25, -.25};
    ck_assert_int_eq(info_js_many(NULL, &x, wrong, NULL, &js), INFO_ERROR_SUM);
    ck_assert_int_eq(info_js_many(NULL, &x, negative, NULL, &js), INFO_ERROR_DOMAIN);
}
END_TEST

static double kl_generator(void *user, double t)
{
    ++*(int *)user;
    return t > 0 ? t * log(t) - t + 1 : 1;
}

static double nan_generator(void *user, double t)
{
    return NAN;
}

START_TEST(f_divergences_call_back)
{
    const info_matrix p = rows_of(P, 1, 4), q = rows_of(Q, 1, 4), l = rows_of(LEFT, 1, 4), r = rows_of(RIGHT, 1, 4);
    double value = 7;
    int calls = 0;
    ck_assert_int_eq(info_f_divergence(NULL, &p, &q, kl_generator, &calls, INFINITY, NULL, &value, 1), INFO_OK);
    assert_near(value, of_pair(info_kl, P, Q, 4), 1e-14);
    ck_assert_int_eq(calls, 4);
    ck_assert_int_eq(info_f_divergence(NULL, &l, &r, kl_generator, &calls, INFINITY, NULL, &value, 1), INFO_OK);
    ck_assert_double_eq(value, INFINITY);
    value = 7;
    ck_assert_int_eq(info_f_divergence(NULL, &p, &q, nan_generator, NULL, 0, NULL, &value, 1), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_f_divergence(NULL, &p, &q, NULL, NULL, 0, NULL, &value, 1), INFO_ERROR_NULL);
    ck_assert_double_eq(value, 7);
}
END_TEST

START_TEST(wasserstein_moves_mass_along_the_line)
{
    const double at0[] = {1, 0, 0}, at2[] = {0, 0, 1}, positions[] = {-1, 0, 10}, wrong[] = {0, 2, 1};
    const info_matrix a = rows_of(at0, 1, 3), b = rows_of(at2, 1, 3);
    double value;
    ck_assert_int_eq(info_wasserstein(NULL, &a, &b, NULL, NULL, &value, 1), INFO_OK);
    ck_assert_double_eq(value, 2);
    ck_assert_int_eq(info_wasserstein(NULL, &a, &b, positions, NULL, &value, 1), INFO_OK);
    ck_assert_double_eq(value, 11);
    ck_assert_int_eq(info_wasserstein(NULL, &a, &b, wrong, NULL, &value, 1), INFO_ERROR_DOMAIN);
}
END_TEST

/* ---- Gradients ---------------------------------------------------------- */

static double log_pair_value(info_gradient which, const double *p, const double *q, int64_t n, info_kind kind)
{
    static const pair_fn f[] = {[INFO_GRADIENT_KL] = info_kl,
                                [INFO_GRADIENT_CROSS_ENTROPY] = info_cross_entropy,
                                [INFO_GRADIENT_JEFFREYS] = info_jeffreys,
                                [INFO_GRADIENT_JS] = info_js,
                                [INFO_GRADIENT_CHI_SQUARE] = info_chi_square,
                                [INFO_GRADIENT_SQUARED_HELLINGER] = info_hellinger,
                                [INFO_GRADIENT_TOTAL_VARIATION] = info_total_variation};
    const info_matrix a = rows_of(p, 1, n), b = rows_of(q, 1, n);
    const info_divergence_options options = {.struct_size = sizeof options, .p_kind = kind, .q_kind = kind};
    double value = 0;
    ck_assert_int_eq(f[which](NULL, &a, &b, &options, &value, 1), INFO_OK);
    return which == INFO_GRADIENT_SQUARED_HELLINGER ? value * value : value;
}

START_TEST(gradients_by_logits_are_central_differences)
{
    const double z[] = {1.5, -.25, .75, 0, -2}, w[] = {0, .5, -1, 2, .25}, step = 1e-5;
    const info_matrix p = rows_of(z, 1, 5), q = rows_of(w, 1, 5);
    const info_divergence_options options = {
        .struct_size = sizeof options, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
    for (info_gradient which = INFO_GRADIENT_KL; which <= INFO_GRADIENT_TOTAL_VARIATION; which++) {
        double by_p[5], by_q[5];
        const info_matrix_out p_out = {by_p, 1, 5, 5, 1, INFO_F64, 0}, q_out = {by_q, 1, 5, 5, 1, INFO_F64, 0};
        ck_assert_int_eq(info_divergence_gradient(NULL, which, &p, &q, &options, &p_out, &q_out), INFO_OK);
        for (int i = 0; i < 5; i++) {
            double up[5], down[5];
            memcpy(up, z, sizeof z), memcpy(down, z, sizeof z);
            up[i] += step, down[i] -= step;
            double slope =
                (log_pair_value(which, up, w, 5, INFO_LOGITS) - log_pair_value(which, down, w, 5, INFO_LOGITS)) /
                (2 * step);
            ck_assert_msg(fabs(by_p[i] - slope) < 1e-8, "divergence %d, p, %d: %g, %g", (int)which, i, by_p[i], slope);
            memcpy(up, w, sizeof w), memcpy(down, w, sizeof w);
            up[i] += step, down[i] -= step;
            slope = (log_pair_value(which, z, up, 5, INFO_LOGITS) - log_pair_value(which, z, down, 5, INFO_LOGITS)) /
                    (2 * step);
            ck_assert_msg(fabs(by_q[i] - slope) < 1e-8, "divergence %d, q, %d: %g, %g", (int)which, i, by_q[i], slope);
        }
    }
}
END_TEST

START_TEST(gradients_of_entropy)
{
    const double z[] = {1.5, -.25, .75, 0, -INFINITY}, step = 1e-5;
    double g[5], by_p[4];
    const info_entropy_options options = {.struct_size = sizeof options, .kind = INFO_LOGITS};
    const info_matrix x = rows_of(z, 1, 5), p = rows_of(P, 1, 4);
    const info_matrix_out out = {g, 1, 5, 5, 1, INFO_F64, 0}, out_p = {by_p, 1, 4, 4, 1, INFO_F64, 0};
    ck_assert_int_eq(info_entropy_gradient(NULL, &x, &options, &out), INFO_OK);
    for (int i = 0; i < 4; i++) {
        double up[5], down[5], high, low;
        memcpy(up, z, sizeof z), memcpy(down, z, sizeof z);
        up[i] += step, down[i] -= step;
        const info_matrix a = rows_of(up, 1, 5), b = rows_of(down, 1, 5);
        ck_assert_int_eq(info_entropy(NULL, &a, &options, &high, 1), INFO_OK);
        ck_assert_int_eq(info_entropy(NULL, &b, &options, &low, 1), INFO_OK);
        ck_assert_double_le(fabs(g[i] - (high - low) / (2 * step)), 1e-9);
    }
    ck_assert_double_eq(g[4], 0);
    ck_assert_int_eq(info_entropy_gradient(NULL, &p, NULL, &out_p), INFO_OK);
    for (int i = 0; i < 4; i++)
        assert_near(by_p[i], -log(P[i]) - 1, 1e-15);
}
END_TEST

START_TEST(kl_by_the_logits_of_q_is_q_less_p)
{
    const double p[] = {.5, .5, 0}, w[] = {0, 0, -INFINITY};
    double g[3];
    const info_matrix a = rows_of(p, 1, 3), b = rows_of(w, 1, 3);
    const info_divergence_options options = {.struct_size = sizeof options, .q_kind = INFO_LOGITS};
    const info_matrix_out out = {g, 1, 3, 3, 1, INFO_F64, 0};
    ck_assert_int_eq(info_divergence_gradient(NULL, INFO_GRADIENT_KL, &a, &b, &options, NULL, &out), INFO_OK);
    ck_assert(g[0] == 0 && g[1] == 0 && g[2] == 0);
}
END_TEST

START_TEST(gradients_that_share_memory_are_refused)
{
    const double p[] = {.5, .5}, q[] = {.25, .75};
    double g[3] = {7, 7, 7};
    info_ctx *ctx;
    const info_matrix a = rows_of(p, 1, 2), b = rows_of(q, 1, 2);
    const info_matrix_out by_p = {g, 1, 2, 2, 1, INFO_F64, 0}, by_q = {g + 1, 1, 2, 2, 1, INFO_F64, 0};
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_divergence_gradient(ctx, INFO_GRADIENT_KL, &a, &b, NULL, &by_p, &by_q), INFO_ERROR_OVERLAP);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q_gradient"));
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "p_gradient"));
    ck_assert(g[0] == 7 && g[1] == 7 && g[2] == 7);
    info_ctx_destroy(ctx);
}
END_TEST

/* Where q/p is beyond the largest double, log(p/m) is not. */
START_TEST(gradient_of_js_survives_tiny_probabilities)
{
    const double p[] = {0x1p-1040, 1}, q[] = {.5, .5};
    double g[2];
    const info_matrix a = rows_of(p, 1, 2), b = rows_of(q, 1, 2);
    const info_matrix_out by_p = {g, 1, 2, 2, 1, INFO_F64, 0};
    ck_assert_int_eq(info_divergence_gradient(NULL, INFO_GRADIENT_JS, &a, &b, NULL, &by_p, NULL), INFO_OK);
    assert_near(g[0], -1038 * log(2) / 2, 1e-15); /* m = 2^-2 */
}
END_TEST

/* Mass that q lacks: every divergence grows without bound, or as the root does, when q gets some; the other side's
 * derivatives are finite where the divergence is. */
START_TEST(gradients_at_a_zero_are_infinite_or_finite_as_the_slope_is)
{
    const double p[] = {.5, .5}, q[] = {0, 1};
    const struct {
        info_gradient which;
        double by_p, by_q;
    } slopes[] = {{INFO_GRADIENT_KL, INFINITY, -INFINITY},
                  {INFO_GRADIENT_JS, log(2) / 2, -INFINITY},
                  {INFO_GRADIENT_CHI_SQUARE, INFINITY, -INFINITY},
                  {INFO_GRADIENT_SQUARED_HELLINGER, .5, -INFINITY},
                  {INFO_GRADIENT_TOTAL_VARIATION, .5, -.5}};
    const info_matrix a = rows_of(p, 1, 2), b = rows_of(q, 1, 2);
    for (size_t i = 0; i < sizeof slopes / sizeof slopes[0]; i++) {
        double g[2], h[2];
        const info_matrix_out by_p = {g, 1, 2, 2, 1, INFO_F64, 0}, by_q = {h, 1, 2, 2, 1, INFO_F64, 0};
        ck_assert_int_eq(info_divergence_gradient(NULL, slopes[i].which, &a, &b, NULL, &by_p, &by_q), INFO_OK);
        assert_near(g[0], slopes[i].by_p, 2e-16);
        ck_assert_double_eq(h[0], slopes[i].by_q);
        ck_assert(isfinite(g[1]) && isfinite(h[1]));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("distribution measures");
    TCase *tcase = tcase_create("measures");
    tcase_add_test(tcase, orders_take_their_limits_exactly);
    tcase_add_test(tcase, orders_are_smooth_across_1);
    tcase_add_test(tcase, efficiency_and_redundancy_add_up);
    tcase_add_test(tcase, surprisal_is_in_the_unit_asked_for);
    tcase_add_test(tcase, an_order_outside_its_domain_is_refused_by_name);
    tcase_add_test(tcase, every_divergence_is_exactly_zero_on_equal_input);
    tcase_add_test(tcase, disjoint_supports_give_the_largest_values);
    tcase_add_test(tcase, divergences_have_their_closed_forms);
    tcase_add_test(tcase, chernoff_finds_its_order);
    tcase_add_test(tcase, near_equality_nothing_is_lost);
    tcase_add_test(tcase, js_of_many_is_the_entropy_of_the_mixture_less_the_mean);
    tcase_add_test(tcase, f_divergences_call_back);
    tcase_add_test(tcase, wasserstein_moves_mass_along_the_line);
    tcase_add_test(tcase, gradients_by_logits_are_central_differences);
    tcase_add_test(tcase, gradients_of_entropy);
    tcase_add_test(tcase, kl_by_the_logits_of_q_is_q_less_p);
    tcase_add_test(tcase, gradients_that_share_memory_are_refused);
    tcase_add_test(tcase, gradient_of_js_survives_tiny_probabilities);
    tcase_add_test(tcase, gradients_at_a_zero_are_infinite_or_finite_as_the_slope_is);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
