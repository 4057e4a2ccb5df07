/* SPDX-License-Identifier: MIT
 * Two models' rows: laws over the share of the top token, the offset between models, masks, temperature, softcap,
 * element types and instruction sets, against sums in long double made here. */
#include "pair_support.h"

#include <stdio.h>

/* ---- Examples that people met ------------------------------------------- */

START_TEST(masks_of_one_model_at_an_offset)
{
    outputs o;
    const float p[] = {20, 20, 20}, q[] = {-INFINITY, 0, 0}, r[] = {0, 0, -INFINITY}, s[] = {-INFINITY, -20, -20};
    const info_matrix a = matrix_of(p, 1, 3, INFO_F32), b = matrix_of(q, 1, 3, INFO_F32),
                      c = matrix_of(r, 1, 3, INFO_F32), d = matrix_of(s, 1, 3, INFO_F32);
    o = compare_some(NULL, &a, &b, 1, NULL, 64);
    assert_close(o.log_q, -log(2), 1e-6);
    o = compare(&a, &b, 1, NULL);
    assert_close(o.log_q, -log(2), 1e-6);
    assert_close(o.js, log(2) / 6 - log(1.25) / 3 + log(1.2) / 2, 1e-6);
    assert_close(o.tv, 1.0 / 3, 1e-6);
    ck_assert_double_eq(o.kl, INFINITY);
    o = compare(&c, &d, 1, NULL);
    assert_close(o.js, log(2) / 2, 1e-6);
    assert_close(o.tv, 0.5, 1e-6);
}
END_TEST

START_TEST(confident_rows_that_are_nearly_equal)
{
    static rows r = {.x = {21.5f, -1.36f, -2.46f, -.92f}, .y = {21.53f, -1.32f, -2.44f, -.89f}, .n = 4};
    outputs o, right;
    ck_assert_double_le(error_of(&r, 0, &o, &right), bound_at(22.5));
    assert_close(o.kl, 7.8792e-15, 1e-4);
    r.n = 600;
    r.x[0] = 25.3f;
    r.y[0] = 25.33f;
    for (int i = 1; i < r.n; i++) {
        r.x[i] = .2f;
        r.y[i] = .1f;
    }
    ck_assert_double_le(error_of(&r, 0, &o, &right), bound_at(25.2));
}
END_TEST

START_TEST(rows_whose_vocabulary_is_long)
{
    enum { N = 4096 };
    static float x[N], y[N];
    x[0] = 25.3f;
    y[0] = 25.33f;
    for (int i = 1; i < N; i++) {
        x[i] = .2f;
        y[i] = .1f;
    }
    const info_matrix p = matrix_of(x, 1, N, INFO_F32), q = matrix_of(y, 1, N, INFO_F32);
    const outputs o = compare(&p, &q, 0, NULL);
    assert_close(o.kl, 4.16588e-10, 5e-6);
    assert_close(o.tv, 6.273e-9, 1e-4);
}
END_TEST

/* Divergences do not know by what constant the logits of a model are off. */
START_TEST(a_constant_between_models_changes_nothing)
{
    const double shifts[] = {0, 1, 7, 30, -30, 1e3, -1e4}, noises[] = {1e-1, 1e-3, 1e-4, 1e-5};
    uint64_t state = 5;
    static rows r;
    for (int s = 0; s < 7; s++)
        for (int k = 0; k < 4; k++) {
            outputs o, right;
            r.n = 500;
            for (int i = 0; i < r.n; i++) {
                r.x[i] = (float)(2 * normal(&state));
                r.y[i] = (float)((double)r.x[i] + shifts[s] + noises[k] * normal(&state));
            }
            ck_assert_double_le(error_of(&r, 0, &o, &right), bound_at(12));
            ck_assert_double_le(error_of(&r, .7, &o, &right), bound_at(17));
        }
}
END_TEST

/* exp of what is huge is taken of differences, so nothing depends on where logits lie. */
START_TEST(large_logits_are_as_good_as_small_ones)
{
    float flat[8];
    const float sizes[] = {1e8f, 1e10f, 1e20f, 3e38f};
    for (int k = 0; k < 8; k++) {
        for (int i = 0; i < 8; i++)
            flat[i] = k % 2 ? sizes[k / 2] : -sizes[k / 2];
        const int64_t target = 3;
        double entropy, log_p, lse;
        const info_matrix x = matrix_of(flat, 1, 8, INFO_F32);
        const info_logit_measures m = {
            .struct_size = sizeof m, .length = 1, .entropy = &entropy, .log_probability = &log_p, .log_sum_exp = &lse};
        ck_assert_int_eq(info_logits_measure(NULL, &x, &target, 1, NULL, &m), INFO_OK);
        assert_close(entropy, log(8), 1e-12);
        assert_close(log_p, -log(8), 1e-12);
        info_perplexity_result perplexity;
        ck_assert_int_eq(info_perplexity(NULL, &x, &target, 1, NULL, &perplexity), INFO_OK);
        assert_close(perplexity.perplexity, 8, 1e-12);
        flat[5] = -INFINITY;
        const float zeros[8] = {0, 0, 0, 0, 0, -INFINITY, 0, 0};
        const info_matrix y = matrix_of(zeros, 1, 8, INFO_F32);
        const outputs o = compare(&x, &y, 3, NULL);
        ck_assert_double_eq(o.kl, 0);
        ck_assert_double_eq(o.tv, 0);
        assert_close(o.log_p, -log(7), 1e-12);
    }
    const double sharp[] = {1e15, 1e16, 1e100, 1e300};
    for (int k = 0; k < 4; k++) {
        const double a[] = {sharp[k], 0}, b[] = {0, 0};
        const info_matrix p = matrix_of(a, 1, 2, INFO_F64), q = matrix_of(b, 1, 2, INFO_F64);
        assert_close(compare(&p, &q, 0, NULL).kl, log(2), 1e-15);
    }
}
END_TEST

/* ---- Laws --------------------------------------------------------------- */

START_TEST(an_output_does_not_depend_on_which_others_are_asked_for)
{
    uint64_t state = 11;
    static float x[5000], y[5000];
    for (int round = 0; round < 12; round++) {
        const double noise = pow(10, -round / 2.0);
        for (int i = 0; i < 5000; i++) {
            x[i] = (float)(3 * normal(&state));
            y[i] = (float)((double)x[i] + noise * normal(&state) + (round % 3) * 20);
            if (round % 4 == 3 && i % 3 == 0)
                y[i] = round % 2 ? -INFINITY : -1e4f;
        }
        x[77] += (float)(round % 5) * 7;
        y[77] += (float)(round % 5) * 7;
        const info_matrix p = matrix_of(x, 1, 5000, INFO_F32), q = matrix_of(y, 1, 5000, INFO_F32);
        const outputs all = compare(&p, &q, 77, NULL);
        for (int k = 0; k < OUTPUTS; k++) {
            const outputs one = compare_some(NULL, &p, &q, 77, NULL, 1 << k);
            assert_same_bits(((const double *)&one)[k], ((const double *)&all)[k]);
        }
    }
}
END_TEST

/* Share of the top token from 1 / n to 1 - 1e-12. */
START_TEST(the_bound_holds_for_every_share_of_the_top_token)
{
    uint64_t state = 29;
    static rows r;
    for (double gap = 0; gap <= 28; gap += 2)
        for (int k = 0; k < 6; k++)
            for (int t = 0; t < 3; t++) {
                const double noise = pow(10, -k), temperature = t == 0 ? 0 : t == 1 ? .1 : 3;
                const double unit = t == 0 ? 1 : temperature;
                outputs o, right;
                r.n = 300;
                for (int i = 0; i < r.n; i++) {
                    r.x[i] = (float)(unit * normal(&state));
                    r.y[i] = (float)((double)r.x[i] + noise * normal(&state));
                }
                r.x[100] += (float)(unit * gap);
                r.y[100] += (float)(unit * gap);
                ck_assert_double_le(error_of(&r, temperature, &o, &right), bound_at(gap + 12 + noise / unit * 12));
            }
}
END_TEST

/* Finite masks, as frameworks write them, and -inf: of both models or of one. */
START_TEST(masks_are_what_doubles_say_they_are)
{
    const float masks[] = {-1e2f, -1e4f, -1e9f, -1e30f, -FLT_MAX, -INFINITY};
    uint64_t state = 31;
    static rows r;
    for (int m = 0; m < 6; m++)
        for (int side = 1; side <= 3; side++)
            for (int first = 0; first < 2; first++)
                for (int t = 0; t < 3; t++) {
                    const double temperature = t == 0 ? 0 : t == 1 ? .1 : 3;
                    outputs o, right;
                    r.n = 90;
                    for (int i = 0; i < r.n; i++) {
                        r.x[i] = (float)(2 * normal(&state) + 20);
                        r.y[i] = (float)((double)r.x[i] + .1 * normal(&state) - 25);
                        if (first ? i < 40 : i > 50) {
                            r.x[i] = side & 1 ? masks[m] : r.x[i];
                            r.y[i] = side & 2 ? masks[m] : r.y[i];
                        }
                    }
                    const double error = error_of(&r, temperature, &o, &right);
                    if (!(error <= bound_at(140)))
                        ck_abort_msg("mask %g side %d T %g: off by %g (KL %.9g and %.9g, reverse %.9g and %.9g)",
                                     (double)masks[m], side, temperature, error, o.kl, right.kl, o.reverse,
                                     right.reverse);
                    assert_within(o.log_q, right.log_q, 1e-5 * fmax(1, fabs(right.log_q)));
                }
}
END_TEST

START_TEST(every_level_and_type_agrees)
{
    uint64_t state = 37;
    static double values[2 * LIMIT], narrow[2][2 * LIMIT];
    for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < LIMIT; i++) {
                values[i] = 3 * normal(&state) + (i == 50 ? round : 0);
                values[LIMIT + i] = values[i] + 8 + .05 * normal(&state);
            }
            round_to_type(values, LIMIT, type, narrow[0]);
            round_to_type(values + LIMIT, LIMIT, type, narrow[1]);
            const info_matrix p = matrix_of(narrow[0], 1, LIMIT, type), q = matrix_of(narrow[1], 1, LIMIT, type);
            const outputs right = expected(values, values + LIMIT, LIMIT, 3, 0);
            outputs first = {0};
            for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
                info_ctx *ctx = context(1, cpu);
                if (!ctx)
                    continue;
                const outputs o = compare_some(ctx, &p, &q, 3, NULL, 255);
                info_ctx_destroy(ctx);
                ck_assert_double_le(worst(&o, &right), bound_at(30));
                if (cpu == INFO_CPU_C)
                    first = o;
                ck_assert_mem_eq(&o, &first, sizeof o);
            }
        }
}
END_TEST

/* x near y in f64, through a temperature and a softcap: 1e-12 of the differences' own relative precision. */
START_TEST(doubles_keep_their_digits_under_temperature_and_softcap)
{
    uint64_t state = 41;
    static double x[300], y[300], a[300], b[300];
    const double offsets[] = {0, 100, 1e4}, noises[] = {1e-2, 1e-6, 1e-10};
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) {
            for (int i = 0; i < 300; i++) {
                x[i] = normal(&state) * 1e-3 + offsets[k];
                y[i] = x[i] + noises[j] * normal(&state);
            }
            const info_lm_options cold = {.struct_size = sizeof cold, .temperature = 1e-3};
            const info_matrix p = matrix_of(x, 1, 300, INFO_F64), q = matrix_of(y, 1, 300, INFO_F64);
            const outputs o = compare(&p, &q, 7, &cold), right = expected(x, y, 300, 7, 1e-3);
            ck_assert_double_le(worst(&o, &right), 1e-12);
            const info_lm_options capped = {.struct_size = sizeof capped, .softcap = 30};
            if (offsets[k] > 100)
                continue;
            for (int i = 0; i < 300; i++) { /* off 30 (1 - tanh), of which long double keeps the digits */
                a[i] = (double)(-60 / (1 + expl((long double)x[i] / 15)));
                b[i] = (double)(-60 / (1 + expl((long double)y[i] / 15)));
            }
            const outputs c = compare(&p, &q, 7, &capped), apart = expected(a, b, 300, 7, 0);
            ck_assert_double_le(worst(&c, &apart), noises[j] < 1e-6 ? 1e-4 : noises[j] < 1e-3 ? 1e-8 : 1e-11);
        }
}
END_TEST

/* ---- Losses ------------------------------------------------------------- */

typedef struct slopes {
    double loss, g[LIMIT];
} slopes;

/* The loss of a student's row and its gradient in f64, whatever the type of the logits. */
static slopes gradient_of(const info_matrix *teacher, const info_matrix *student, info_divergence divergence,
                          double temperature)
{
    slopes s = {0};
    info_loss_result result;
    const info_loss_options options = {
        .struct_size = sizeof options, .divergence = divergence, .temperature = temperature};
    const info_matrix_out out = {s.g, 1, student->cols, student->cols, 1, INFO_F64, 0};
    ck_assert_int_eq(info_loss_divergence(NULL, teacher, student, &options, &result, &out), INFO_OK);
    s.loss = result.loss;
    return s;
}

START_TEST(gradients_under_masks_of_one_model_at_an_offset)
{
    const float p[] = {-INFINITY, 0, 0}, q[] = {-INFINITY, 20, 20};
    const info_matrix a = matrix_of(p, 1, 3, INFO_F32), b = matrix_of(q, 1, 3, INFO_F32);
    for (info_divergence k = INFO_DIVERGENCE_FORWARD; k <= INFO_DIVERGENCE_TV; k++) {
        const slopes s = gradient_of(&a, &b, k, 0);
        ck_assert_double_eq(s.loss, 0);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq(s.g[i], 0);
    }
}
END_TEST

/* Beside the row's largest element and the mean slope, a divergence, which each element is less; and in the sign of those
 * that count; elements add up to 0. */
static void assert_same_gradient(const slopes *s, const slopes *right, int n)
{
    double most = 0x1p-120, sum = 0; /* probabilities below 2^-127 are 0 in f32 */
    for (int i = 0; i < n; i++)
        most = fabs(right->g[i]) > most ? fabs(right->g[i]) : most;
    const double allowed = 5e-5 * most + (most > 1e-12 ? 2e-6 * fmin(right->loss, 1e6) : 0);
    for (int i = 0; i < n; i++) {
        if (s->g[i] != right->g[i] && !(fabs(s->g[i] - right->g[i]) <= allowed))
            ck_abort_msg("element %d is %.9g, not %.9g", i, s->g[i], right->g[i]);
        if (fabs(right->g[i]) > allowed)
            ck_assert(s->g[i] * right->g[i] > 0);
        sum += s->g[i];
    }
    ck_assert_double_le(fabs(sum), allowed);
}

START_TEST(gradients_under_masks_are_what_doubles_say)
{
    const float masks[] = {-1e2f, -1e4f, -1e9f, -1e30f, -FLT_MAX, -INFINITY};
    const double temperatures[] = {0, .1, 3};
    uint64_t state = 47;
    static double values[2 * LIMIT], narrow[2][LIMIT];
    enum { N = 90 };
    for (info_dtype type = INFO_F32; type <= INFO_BF16; type++)
        for (int m = 0; m < 6; m++)
            for (int side = 1; side <= 3; side++)
                for (int t = 0; t < 3; t++)
                    for (info_divergence k = INFO_DIVERGENCE_FORWARD; k <= INFO_DIVERGENCE_TV; k++) {
                        if (type == INFO_F16 && masks[m] < -1e4f && masks[m] > -INFINITY)
                            continue; /* not a number of this type */
                        double *x = values, *y = values + LIMIT;
                        for (int i = 0; i < N; i++) {
                            x[i] = 2 * normal(&state) + 20;
                            y[i] = x[i] + .3 * normal(&state) - 25;
                            if (i % 3 == 0) {
                                x[i] = side & 1 ? (double)masks[m] : x[i];
                                y[i] = side & 2 ? (double)masks[m] : y[i];
                            }
                        }
                        round_to_type(x, N, type, narrow[0]);
                        round_to_type(y, N, type, narrow[1]);
                        const info_matrix p = matrix_of(narrow[0], 1, N, type), q = matrix_of(narrow[1], 1, N, type);
                        const info_matrix a = matrix_of(x, 1, N, INFO_F64), b = matrix_of(y, 1, N, INFO_F64);
                        const slopes s = gradient_of(&p, &q, k, temperatures[t]),
                                     right = gradient_of(&a, &b, k, temperatures[t]);
                        assert_close(s.loss, right.loss, bound_at(140));
                        assert_same_gradient(&s, &right, N);
                    }
}
END_TEST

/* Peaked by up to 28 nats and nearly equal: the top's element is as good as the others. */
START_TEST(gradients_of_confident_rows_are_what_doubles_say)
{
    uint64_t state = 53;
    static float x[LIMIT], y[LIMIT];
    static double a[LIMIT], b[LIMIT];
    enum { N = 300 };
    for (double gap = 0; gap <= 28; gap += 4)
        for (int noise = 0; noise < 5; noise++)
            for (info_divergence k = INFO_DIVERGENCE_FORWARD; k <= INFO_DIVERGENCE_JS; k++) {
                for (int i = 0; i < N; i++) {
                    x[i] = (float)(normal(&state) + (i == 9 ? gap : 0));
                    y[i] = (float)((double)x[i] + pow(10, -noise) * normal(&state) + 7);
                    a[i] = (double)x[i];
                    b[i] = (double)y[i];
                }
                const info_matrix p = matrix_of(x, 1, N, INFO_F32), q = matrix_of(y, 1, N, INFO_F32);
                const info_matrix pd = matrix_of(a, 1, N, INFO_F64), qd = matrix_of(b, 1, N, INFO_F64);
                const slopes s = gradient_of(&p, &q, k, 0), right = gradient_of(&pd, &qd, k, 0);
                assert_close(s.loss, right.loss, bound_at(gap + 12));
                assert_same_gradient(&s, &right, N);
            }
}
END_TEST

/* ---- A search ----------------------------------------------------------- */

/* From where a search for large errors begins, and how far it goes: a change of one number stays if the error grows. */
static double climb(uint64_t *state, int steps)
{
    static rows best, trial;
    const double temperature = uniform(state) < .5 ? 0 : .1 + 2 * uniform(state);
    const double unit = temperature > 0 ? temperature : 1, gap = 28 * uniform(state),
                 noise = pow(10, -6 * uniform(state));
    const double offset = uniform(state) < .5 ? 0 : 50 * normal(state);
    outputs o, right;
    best.n = 3 + (int)(40 * uniform(state));
    for (int i = 0; i < best.n; i++) {
        best.x[i] = (float)(unit * (normal(state) + (i == 1 ? gap : 0)));
        best.y[i] = (float)((double)best.x[i] + noise * normal(state) + offset);
    }
    double most = error_of(&best, temperature, &o, &right);
    for (int step = 0; step < steps; step++) {
        trial = best;
        const int i = (int)(trial.n * uniform(state));
        float *one = uniform(state) < .5 ? trial.x : trial.y;
        one[i] = (float)((double)one[i] + unit * noise * normal(state) * pow(10, -3 * uniform(state)));
        const double error = error_of(&trial, temperature, &o, &right);
        if (error > most && right.tv > 1e-6 * noise * exp(-gap)) {
            most = error;
            best = trial;
        }
    }
    return most;
}

START_TEST(a_search_that_climbs_stays_below_the_bound)
{
    uint64_t state = 43;
    double most = 0;
    for (int round = 0; round < 60; round++) {
        const double error = climb(&state, 60);
        most = error > most ? error : most;
    }
    printf("largest relative error found: %.2g\n", most);
    ck_assert_double_le(most, bound_at(34));
}
END_TEST

/* One model has nothing but its top token: (z, -inf, ...) beside n finite logits of which the others weigh s. */
START_TEST(a_row_of_one_token_beside_one_of_many)
{
    float x[40], y[40];
    for (int n = 2; n <= 40; n++)
        for (double gap = -40; gap <= 40; gap += 1.7) {
            double others = 0;
            for (int i = 0; i < n; i++) {
                x[i] = i == n / 2 ? 0.3f : -INFINITY;
                y[i] = i == n / 2 ? (float)gap : 0.01f * (float)i;
                others += i == n / 2 ? 0 : exp((double)y[i] - (double)(float)gap);
            }
            const info_matrix p = matrix_of(x, 1, n, INFO_F32), q = matrix_of(y, 1, n, INFO_F32);
            const outputs o = compare(&p, &q, n / 2, NULL), r = compare(&q, &p, n / 2, NULL);
            const double share = 1 / (1 + others);
            assert_close(o.kl, log1p(others), 1e-5);
            assert_close(r.reverse, log1p(others), 1e-5);
            ck_assert(o.reverse == INFINITY && r.kl == INFINITY);
            assert_close(o.tv, others * share, 1e-5);
            assert_close(o.log_q, -log1p(others), 1e-5);
            assert_close(r.log_p, -log1p(others), 1e-5);
            ck_assert(o.log_p == 0 && r.log_q == 0);
            assert_close(fabs(o.delta), others * share, 1e-5);
        }
}
END_TEST

START_TEST(log_ratios_whose_squares_no_float_holds)
{
    for (int k = 1; k < 37; k++) {
        const float d = (float)pow(10, -k), two[2] = {0, d}, flat[2] = {0, 0};
        const info_matrix p = matrix_of(two, 1, 2, INFO_F32), q = matrix_of(flat, 1, 2, INFO_F32);
        const outputs o = compare(&p, &q, 0, NULL);
        const double square = (double)d * (double)d, allowed = 3e-6 + square;
        assert_close(o.kl, square / 8, allowed);
        assert_close(o.reverse, square / 8, allowed);
        assert_close(o.js, square / 32, allowed);
        assert_close(o.tv, (double)d / 4, allowed);
    }
}
END_TEST

START_TEST(strides_change_no_bits_of_long_rows)
{
    enum { N = 9000 };
    static float x[N], y[N], apart_x[2 * N], apart_y[2 * N];
    uint64_t state = 23;
    for (int peaked = 0; peaked < 2; peaked++) {
        for (int i = 0; i < N; i++) {
            apart_x[2 * i] = x[i] = (float)(2 * normal(&state)) + (peaked && i == 5000 ? 30 : 0);
            apart_y[2 * i] = y[i] = x[i] + (float)(0.1 * normal(&state));
        }
        const info_matrix p = matrix_of(x, 1, N, INFO_F32), q = matrix_of(y, 1, N, INFO_F32);
        const info_matrix u = {apart_x, 1, N, 2 * N, 2, INFO_F32, 0}, v = {apart_y, 1, N, 2 * N, 2, INFO_F32, 0};
        const outputs o = compare(&p, &q, 7, NULL), r = compare(&u, &v, 7, NULL), one = compare(&u, &q, 7, NULL);
        ck_assert_mem_eq(&o, &r, sizeof o);
        ck_assert_mem_eq(&o, &one, sizeof o);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {masks_of_one_model_at_an_offset,
                                  a_row_of_one_token_beside_one_of_many,
                                  log_ratios_whose_squares_no_float_holds,
                                  strides_change_no_bits_of_long_rows,
                                  confident_rows_that_are_nearly_equal,
                                  rows_whose_vocabulary_is_long,
                                  a_constant_between_models_changes_nothing,
                                  large_logits_are_as_good_as_small_ones,
                                  an_output_does_not_depend_on_which_others_are_asked_for,
                                  the_bound_holds_for_every_share_of_the_top_token,
                                  masks_are_what_doubles_say_they_are,
                                  every_level_and_type_agrees,
                                  doubles_keep_their_digits_under_temperature_and_softcap,
                                  gradients_under_masks_of_one_model_at_an_offset,
                                  gradients_under_masks_are_what_doubles_say,
                                  gradients_of_confident_rows_are_what_doubles_say,
                                  a_search_that_climbs_stays_below_the_bound,
                                  NULL};
    return run_tests("lm pair", tests);
}
