/* SPDX-License-Identifier: MIT
 * Pairs of models. */
#include "lm_support.h"

typedef struct outputs {
    double kl, reverse, js, gjs, tv, acceptance, lp, lq, delta;
    int32_t same;
} outputs;

static info_status compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, int64_t target,
                           const info_lm_options *options, outputs *o)
{
    const info_logit_comparison m = {.struct_size = sizeof m,
                                     .length = 1,
                                     .kl = &o->kl,
                                     .kl_reverse = &o->reverse,
                                     .js = &o->js,
                                     .generalized_js = &o->gjs,
                                     .tv = &o->tv,
                                     .acceptance = &o->acceptance,
                                     .same_top = &o->same,
                                     .log_probability_p = &o->lp,
                                     .log_probability_q = &o->lq,
                                     .delta_p = &o->delta};
    return info_logits_compare(ctx, p, q, &target, 1, options, &m);
}

START_TEST(closed_forms_to_twenty_digits)
{
    outputs o;
    const info_matrix p = matrix_of(example_x, 1, 8, INFO_F64), q = matrix_of(example_y, 1, 8, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .js_beta = 0.25};
    ck_assert_int_eq(compare(NULL, &p, &q, 5, &options, &o), INFO_OK);
    assert_close(o.kl, 0.31794381145510752981, 1e-14);
    ck_assert_double_eq(o.reverse, INFINITY); /* p has a zero where q has not */
    assert_close(o.js, 0.07273400058205571874, 1e-14);
    assert_close(o.gjs, 0.056430565774535050619, 1e-14);
    assert_close(o.tv, 0.36106297267601054059, 1e-14);
    assert_close(o.acceptance, 1 - 0.36106297267601054059, 1e-14);
    assert_close(o.delta, 0.34356995809706199137, 1e-14);
    assert_close(o.lp, -1.0290106829713243026, 1e-14);
    ck_assert_int_eq(o.same, 0);

    double x[8];
    memcpy(x, example_x, sizeof x);
    x[6] = -7;
    const info_matrix finite = matrix_of(x, 1, 8, INFO_F64);
    ck_assert_int_eq(compare(NULL, &finite, &q, 5, NULL, &o), INFO_OK);
    assert_close(o.reverse, 0.284200747208023739, 1e-14);
}
END_TEST

/* Where sum p (log p - log q) has no digit left. */
START_TEST(near_equal_models_keep_their_relative_precision)
{
    double x[8], y[8];
    outputs o;
    memcpy(x, example_x, sizeof x);
    x[6] = -7;
    for (int i = 0; i < 8; i++)
        y[i] = x[i] + (i % 2 ? -1e-6 : 1e-6);
    const info_matrix p = matrix_of(x, 1, 8, INFO_F64), q = matrix_of(y, 1, 8, INFO_F64);
    ck_assert_int_eq(compare(NULL, &p, &q, 5, NULL, &o), INFO_OK);
    assert_close(o.kl, 4.9171913189306338663e-13, 1e-8); /* the lse's last bit moves every d by 4e-16 of 1e-6 */
    assert_close(o.js, 1.2292977769987729773e-13, 1e-8);
    assert_close(o.tv, 4.9171911074801627193e-7, 1e-8);
}
END_TEST

START_TEST(identical_rows_are_at_distance_exactly_zero)
{
    uint64_t state = 17;
    enum { N = 5003 };
    static double values[N], buffer[N];
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int round = 0; round < 20; round++) {
            outputs o;
            for (int i = 0; i < N; i++)
                values[i] = uniform(&state) < 0.05 ? NINF : (1 + round) * normal(&state);
            values[77] = 1;
            round_to_type(values, N, type, buffer);
            const info_matrix p = matrix_of(buffer, 1, N, type);
            ck_assert_int_eq(compare(NULL, &p, &p, 77, NULL, &o), INFO_OK);
            ck_assert_double_eq(o.kl, 0);
            ck_assert_double_eq(o.reverse, 0);
            ck_assert_double_eq(o.js, 0);
            ck_assert_double_eq(o.gjs, 0);
            ck_assert_double_eq(o.tv, 0);
            ck_assert_double_eq(o.acceptance, 1);
            ck_assert_double_eq(o.delta, 0);
            ck_assert_int_eq(o.same, 1);
        }
}
END_TEST

/* llama.cpp's 16-bit base files report a KLD below zero; verl's top-k KL is negative in most steps. */
START_TEST(nothing_is_ever_below_zero)
{
    uint64_t state = 23;
    enum { N = 1500 };
    static double a[N], b[N], c[N], d[N];
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int round = 0; round < 60; round++) {
            outputs o;
            const double noise = pow(10, -round / 6.0);
            for (int i = 0; i < N; i++) {
                a[i] = 3 * normal(&state);
                b[i] = a[i] + noise * normal(&state);
            }
            round_to_type(a, N, type, c);
            round_to_type(b, N, type, d);
            const info_matrix p = matrix_of(c, 1, N, type), q = matrix_of(d, 1, N, type);
            ck_assert_int_eq(compare(NULL, &p, &q, 3, NULL, &o), INFO_OK);
            ck_assert_double_ge(o.kl, 0);
            ck_assert_double_ge(o.reverse, 0);
            ck_assert_double_ge(o.js, 0);
            ck_assert_double_ge(o.tv, 0);
            ck_assert_double_le(o.js, log(2));
            ck_assert_double_le(o.tv, 1);
            ck_assert_double_le(2 * o.tv * o.tv, o.kl * (1 + 1e-6)); /* Pinsker */
        }
}
END_TEST

START_TEST(float_rows_agree_with_doubles_at_every_level)
{
    uint64_t state = 51;
    const int64_t sizes[] = {1, 17, 300, 4097, 50257};
    float *x = malloc(2 * 50257 * sizeof *x), *y = x + 50257;
    double *a = malloc(2 * 50257 * sizeof *a), *b = a + 50257;
    for (int k = 0; k < 5; k++)
        for (int kind = 0; kind < 6; kind++)
            for (int t = 0; t < 2; t++) {
                const int64_t n = sizes[k];
                const double noise[] = {1e-3, 0.03, 0.5, 4, 0.1, 0.1};
                const double weights[] = {0.5, 0.9, 0.1, 0.3, 0.998, 0.002};
                const info_lm_options options = {
                    .struct_size = sizeof options, .temperature = t ? 0.8 : 0, .js_beta = weights[kind]};
                for (int64_t i = 0; i < n; i++) {
                    x[i] = (float)(4 * normal(&state) + (kind == 4 && i > 4096 ? 90 : 0));
                    y[i] = (float)((double)x[i] + noise[kind] * normal(&state) + (kind == 5 && i < 4096 ? 6 : 0));
                    if (uniform(&state) < 0.01 && i > 0)
                        x[i] = y[i] = -INFINITY;
                    a[i] = (double)x[i];
                    b[i] = (double)y[i];
                }
                outputs exact, first = {0};
                const info_matrix p = matrix_of(x, 1, n, INFO_F32), q = matrix_of(y, 1, n, INFO_F32);
                const info_matrix pd = matrix_of(a, 1, n, INFO_F64), qd = matrix_of(b, 1, n, INFO_F64);
                ck_assert_int_eq(compare(NULL, &pd, &qd, 0, &options, &exact), INFO_OK);
                for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
                    info_ctx *ctx = context(1, cpu);
                    outputs o = {0};
                    if (!ctx)
                        continue;
                    ck_assert_int_eq(compare(ctx, &p, &q, 0, &options, &o), INFO_OK);
                    info_ctx_destroy(ctx);
                    if (cpu == INFO_CPU_C)
                        first = o;
                    ck_assert_mem_eq(&o, &first, sizeof o);
                }
                assert_within(first.kl, exact.kl, 2e-6 * exact.kl + 1e-14);
                assert_within(first.reverse, exact.reverse, 2e-6 * exact.reverse + 1e-14);
                assert_within(first.js, exact.js, 2e-6 * exact.js + 1e-14);
                assert_within(first.gjs, exact.gjs, 2e-6 * exact.gjs + 1e-14);
                assert_within(first.tv, exact.tv, 2e-6 * exact.tv + 1e-7);
                assert_within(first.lp, exact.lp, 3e-6);
                assert_within(first.delta, exact.delta, 1e-6);
                ck_assert_int_eq(first.same, exact.same);
            }
    free(x);
    free(a);
}
END_TEST

/* Logits and shift have few enough bits for every sum and difference to be exact. */
START_TEST(a_shift_of_all_logits_changes_no_digit_of_near_equal_models)
{
    uint64_t state = 53;
    enum { N = 5000 };
    static float x[N], y[N];
    static double a[N], b[N];
    for (int t = 0; t < 2; t++) {
        const info_lm_options options = {.struct_size = sizeof options, .temperature = t ? 0.7 : 0, .js_beta = 0.3};
        outputs o, exact;
        for (int i = 0; i < N; i++) {
            b[i] = rint(3 * normal(&state) * 4096) / 4096;
            a[i] = b[i] + rint(4 * uniform(&state) - 2) / 4096;
            x[i] = (float)a[i];
            y[i] = (float)(b[i] + 70);
        }
        const info_matrix p = matrix_of(x, 1, N, INFO_F32), q = matrix_of(y, 1, N, INFO_F32);
        const info_matrix pd = matrix_of(a, 1, N, INFO_F64), qd = matrix_of(b, 1, N, INFO_F64);
        ck_assert_int_eq(compare(NULL, &p, &q, 0, &options, &o), INFO_OK);
        ck_assert_int_eq(compare(NULL, &pd, &qd, 0, &options, &exact), INFO_OK);
        assert_close(o.kl, exact.kl, 2e-6);
        assert_close(o.reverse, exact.reverse, 2e-6);
        assert_close(o.js, exact.js, 2e-6);
        assert_close(o.gjs, exact.gjs, 2e-6);
        assert_close(o.tv, exact.tv, 2e-6);
    }
}
END_TEST

/* NumKong's epsilon makes the JS of disjoint rows 0. */
START_TEST(disjoint_supports)
{
    const float x[4] = {1, -INFINITY, 1, -INFINITY}, y[4] = {-INFINITY, 0, -INFINITY, 2};
    const info_matrix p = matrix_of(x, 1, 4, INFO_F32), q = matrix_of(y, 1, 4, INFO_F32);
    outputs o;
    ck_assert_int_eq(compare(NULL, &p, &q, 0, NULL, &o), INFO_OK);
    ck_assert_double_eq(o.kl, INFINITY);
    ck_assert_double_eq(o.reverse, INFINITY);
    assert_close(o.js, log(2), 1e-7);
    assert_close(o.tv, 1, 1e-7);
    ck_assert_double_eq(o.acceptance, 0);
    ck_assert_double_eq(o.lq, NINF);
    assert_close(o.delta, -0.5, 1e-7);
}
END_TEST

START_TEST(a_finite_logit_is_a_positive_probability_however_small)
{
    const double x[2] = {0, -900}, zero[2] = {0, NINF}, far[2] = {0, -1000};
    const info_matrix p = matrix_of(x, 1, 2, INFO_F64), z = matrix_of(zero, 1, 2, INFO_F64),
                      f = matrix_of(far, 1, 2, INFO_F64);
    outputs o;
    ck_assert_int_eq(compare(NULL, &p, &z, 0, NULL, &o), INFO_OK);
    ck_assert_double_eq(o.kl, INFINITY);
    ck_assert_double_eq(o.reverse, 0); /* q is certain where p rounds to 1 */
    ck_assert_int_eq(compare(NULL, &p, &f, 0, NULL, &o), INFO_OK);
    ck_assert_double_eq(o.kl, 0);
}
END_TEST

START_TEST(the_roles_of_p_and_q_are_exchanged_by_reversal)
{
    outputs a, b;
    double x[8];
    memcpy(x, example_x, sizeof x);
    x[6] = -3;
    const info_matrix p = matrix_of(x, 1, 8, INFO_F64), q = matrix_of(example_y, 1, 8, INFO_F64);
    compare(NULL, &p, &q, 1, NULL, &a);
    compare(NULL, &q, &p, 1, NULL, &b);
    assert_close(a.kl, b.reverse, 1e-14);
    assert_close(a.reverse, b.kl, 1e-14);
    assert_close(a.js, b.js, 1e-14);
    assert_close(a.tv, b.tv, 1e-14);
    assert_close(a.delta, -b.delta, 1e-14);
}
END_TEST

START_TEST(types_may_differ_and_padded_heads_are_cut)
{
    const double x[10] = {1.5, -0.25, 3, 0, -2, 2.75, NINF, 0.5, NAN, NAN}; /* two columns of padding */
    float y[8];
    for (int i = 0; i < 8; i++)
        y[i] = (float)example_y[i];
    const info_matrix p = matrix_of(x, 1, 10, INFO_F64), q = matrix_of(y, 1, 8, INFO_F32);
    outputs o;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(compare(ctx, &p, &q, 5, NULL, &o), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(
        strstr(info_ctx_message(ctx),
               "q: 1 x 8; p is 1 x 10; with options.vocabulary INFO_VOCABULARY_COMMON (1) their first 8"));
    const info_lm_options options = {.struct_size = sizeof options, .vocabulary = INFO_VOCABULARY_COMMON};
    ck_assert_int_eq(compare(ctx, &p, &q, 5, &options, &o), INFO_OK);
    assert_close(o.kl, 0.31794381145510752981, 1e-14); /* the example's numbers are exact in f32 */
    info_ctx_destroy(ctx);
}
END_TEST

/* A teacher's one row beside many of a student, and the other way round: what the row repeated gives. */
START_TEST(one_row_stands_beside_every_row_of_the_other)
{
    enum { N = 5, V = 8 };
    float x[N][V], y[N][V];
    int64_t targets[N];
    for (int i = 0; i < N; i++) {
        targets[i] = i;
        for (int j = 0; j < V; j++) {
            x[i][j] = (float)example_y[j];
            y[i][j] = (float)example_y[(i + j) % V] * 0.5f;
        }
    }
    const info_matrix one = matrix_of(x, 1, V, INFO_F32), repeated = matrix_of(x, N, V, INFO_F32);
    const info_matrix many = matrix_of(y, N, V, INFO_F32), two = matrix_of(x, 2, V, INFO_F32);
    double kl[2][N], tv[2][N], delta[2][N];
    info_ctx *ctx = context(2, 0);
    for (int side = 0; side < 2; side++) {
        for (int k = 0; k < 2; k++) {
            const info_matrix *p = k ? &repeated : &one;
            const info_logit_comparison m = {
                .struct_size = sizeof m, .length = N, .kl = kl[k], .tv = tv[k], .delta_p = delta[k]};
            ck_assert_int_eq(info_logits_compare(ctx, side ? &many : p, side ? p : &many, targets, N, NULL, &m),
                             INFO_OK);
        }
        ck_assert_mem_eq(kl[0], kl[1], sizeof kl[0]);
        ck_assert_mem_eq(tv[0], tv[1], sizeof tv[0]);
        ck_assert_mem_eq(delta[0], delta[1], sizeof delta[0]);
        ck_assert_double_gt(kl[0][0], 0);
    }
    const info_logit_comparison m = {.struct_size = sizeof m, .length = N, .kl = kl[0]};
    ck_assert_int_eq(info_logits_compare(ctx, &two, &many, NULL, 0, NULL, &m), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q: 5 x 8; p is 2 x 8; as many rows"));
    ck_assert_ptr_null(strstr(info_ctx_message(ctx), "INFO_VOCABULARY_COMMON"));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(either_side_can_be_invalid)
{
    const double bad[2] = {NAN, 0}, good[2] = {0, 1};
    const info_matrix b = matrix_of(bad, 1, 2, INFO_F64), g = matrix_of(good, 1, 2, INFO_F64);
    const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    info_ctx *ctx = context(1, 0);
    outputs o;
    for (int side = 0; side < 2; side++) {
        ck_assert_int_eq(compare(ctx, side ? &g : &b, side ? &b : &g, 0, NULL, &o), INFO_INVALID_ROWS);
        ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
        ck_assert(isnan(o.kl) && isnan(o.js) && isnan(o.tv) && isnan(o.delta));
        ck_assert_int_eq(o.same, -1);
        ck_assert_int_eq(compare(ctx, side ? &g : &b, side ? &b : &g, 0, &strict, &o), INFO_ERROR_DOMAIN);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), side ? "q: row 0, column 0" : "p: row 0, column 0"));
    }
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {closed_forms_to_twenty_digits,
                                  near_equal_models_keep_their_relative_precision,
                                  identical_rows_are_at_distance_exactly_zero,
                                  nothing_is_ever_below_zero,
                                  float_rows_agree_with_doubles_at_every_level,
                                  a_shift_of_all_logits_changes_no_digit_of_near_equal_models,
                                  disjoint_supports,
                                  a_finite_logit_is_a_positive_probability_however_small,
                                  the_roles_of_p_and_q_are_exchanged_by_reversal,
                                  types_may_differ_and_padded_heads_are_cut,
                                  one_row_stands_beside_every_row_of_the_other,
                                  either_side_can_be_invalid,
                                  NULL};
    return run_tests("lm compare", tests);
}
