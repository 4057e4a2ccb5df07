/* SPDX-License-Identifier: MIT
 * Effective rank, spectrum, entropies and Diff-eRank: closed forms, conventions,
 * invariances, what is refused. */
#include "states.h"

#define PI 3.14159265358979323846

static const double example[] = {1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 1};

START_TEST(a_small_matrix_has_its_known_values_in_every_convention)
{
    info_spectral_options o = {.struct_size = sizeof o};
    assert_close(erank_with(example, 4, 3, NULL, 2.8241109120083494), 2.8241109120083494, 1e-12);
    o.normalize_rows = INFO_CHOICE_NO;
    assert_close(erank_with(example, 4, 3, &o, 2.0229967321168743), 2.0229967321168743, 1e-12);
    o = (info_spectral_options){.struct_size = sizeof o, .center = INFO_CHOICE_NO};
    assert_close(erank_with(example, 4, 3, &o, NAN), 2 * sqrt(2), 1e-12);
    o = (info_spectral_options){.struct_size = sizeof o, .convention = INFO_CONVENTION_ROY_VETTERLI};
    assert_close(erank_with(example, 4, 3, &o, 2.814003983578218), 2.814003983578218, 1e-12);

    const info_matrix x = matrix_of(example, 4, 3);
    double p[3], h;
    ck_assert_int_eq(info_spectrum(NULL, &x, NULL, p, 3), INFO_OK);
    assert_close(p[0], .4995863, 2e-8);
    assert_close(p[1], .27149589, 2e-8);
    assert_close(p[2], .2289178, 2e-7);
    assert_close(p[0] + p[1] + p[2], 1, 4e-16);
    ck_assert_int_eq(info_spectral_entropy(NULL, &x, 1, NULL, &h, NULL, 1), INFO_OK);
    assert_close(h, 1.0381935936502533, 1e-12);
    o = (info_spectral_options){.struct_size = sizeof o, .unit = INFO_BIT};
    ck_assert_int_eq(info_spectral_entropy(NULL, &x, 1, &o, &h, NULL, 1), INFO_OK);
    assert_close(h, 1.0381935936502533 / log(2), 1e-12);
}
END_TEST

/* RankMe's formula on the singular values of the same matrix, by hand. */
START_TEST(rankme_adds_its_epsilon_after_the_division)
{
    info_spectral_options o = {.struct_size = sizeof o, .convention = INFO_CONVENTION_ROY_VETTERLI};
    const info_matrix x = matrix_of(example, 4, 3);
    double p[3], h = 0;
    ck_assert_int_eq(info_spectrum(NULL, &x, &o, p, 3), INFO_OK);
    for (int i = 0; i < 3; i++)
        h -= (p[i] + 1e-7) * log(p[i] + 1e-7);
    o.convention = INFO_CONVENTION_RANKME;
    assert_close(erank_with(example, 4, 3, &o, NAN), exp(h), 1e-13);
}
END_TEST

START_TEST(identity_and_crosses_have_closed_forms)
{
    for (int64_t n = 2; n <= 33; n++) {
        double *x = calloc((size_t)(2 * n * n), sizeof *x);
        for (int64_t i = 0; i < n; i++)
            x[i * n + i] = 1;
        assert_close(erank_with(x, n, n, NULL, (double)(n - 1)), (double)(n - 1), 1e-12);
        for (int64_t i = 0; i < n; i++)
            x[(n + i) * n + i] = -1;
        assert_close(erank_with(x, 2 * n, n, NULL, (double)n), (double)n, 1e-12);
        free(x);
    }
    const double pair[] = {1, 2, 3, -5, .5, 2};
    assert_close(erank_with(pair, 2, 3, NULL, 1), 1, 1e-12);
}
END_TEST

START_TEST(multiplicities_and_angles_have_closed_forms)
{
    static const int times[] = {4, 2, 1, 1};
    double x[16 * 4] = {0};
    for (int i = 0, row = 0; i < 4; i++)
        for (int k = 0; k < times[i]; k++, row += 2)
            x[row * 4 + i] = 1, x[(row + 1) * 4 + i] = -1;
    assert_close(erank(x, 16, 4), pow(2, 1.75), 1e-12);

    const double angles[] = {PI / 4, PI / 6}, known[] = {1.5166372229999605, 1.2786123223341481};
    for (int k = 0; k < 2; k++) {
        const double c = cos(angles[k]), s = sin(angles[k]), y[] = {1, 0, -1, 0, c, s, -c, -s};
        assert_close(erank(y, 4, 2), known[k], 1e-12);
    }
}
END_TEST

/* H of the Marchenko-Pastur law: log m - m / (2 q) up to terms of order 1/m. */
START_TEST(gaussian_tokens_follow_their_law)
{
    const int64_t shapes[][2] = {{101, 300}, {301, 100}, {201, 200}};
    for (int k = 0; k < 3; k++) {
        double *x = gaussian(shapes[k][0], shapes[k][1], 5);
        const double a = (double)(shapes[k][0] - 1), b = (double)shapes[k][1], m = a < b ? a : b, q = a < b ? b : a;
        ck_assert_double_eq_tol(log(erank(x, shapes[k][0], shapes[k][1])), log(m) - m / (2 * q), 0.02);
        free(x);
    }
}
END_TEST

START_TEST(rotation_permutation_scale_and_shift_change_nothing)
{
    for (int64_t rows = 2; rows < 70; rows += 9)
        for (int64_t cols = 2; cols < 70; cols += 13) {
            double *x = gaussian(rows, cols, (uint64_t)(rows * cols)), *v = gaussian(1, cols, 7);
            double *y = gaussian(rows, cols, 3), vv = 0;
            const double expected = erank(x, rows, cols);
            for (int64_t j = 0; j < cols; j++)
                vv += v[j] * v[j];
            for (int64_t i = 0; i < rows; i++) {
                double xv = 0;
                for (int64_t j = 0; j < cols; j++)
                    xv += x[i * cols + j] * v[j];
                for (int64_t j = 0; j < cols; j++) /* reflected, rows reversed, scaled, shifted */
                    y[(rows - 1 - i) * cols + j] = 8 * (x[i * cols + j] - 2 * xv / vv * v[j]) + 3 * v[j];
            }
            assert_close(erank(y, rows, cols), expected, 1e-12);
            free(x), free(v), free(y);
        }
}
END_TEST

START_TEST(extreme_scales_change_nothing)
{
    const double scales[] = {0x1p100, 0x1p-100, 0x1p1000, 0x1p-1000};
    double *x = gaussian(20, 12, 11), *y = gaussian(20, 12, 11);
    info_spectral_options plain = {.struct_size = sizeof plain, .convention = INFO_CONVENTION_ROY_VETTERLI};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 240; i++)
            y[i] = x[i] * scales[k];
        assert_same_bits(erank(y, 20, 12), erank(x, 20, 12));
        assert_same_bits(erank_with(y, 20, 12, &plain, NAN), erank_with(x, 20, 12, &plain, NAN));
    }
    for (int i = 0; i < 240; i++)
        y[i] = nearbyint(x[i] * 1000), x[i] = y[i] * 5e-324; /* subnormal, exactly */
    assert_same_bits(erank(x, 20, 12), erank(y, 20, 12));
    free(x), free(y);
}
END_TEST

/* One token of norm 30000 drags the mean: the rest then looks like one direction. */
START_TEST(an_outlier_collapses_the_rank_and_can_be_skipped)
{
    double *x = gaussian(101, 768, 12);
    const double clean = erank(x + 768, 100, 768);
    for (int j = 0; j < 768; j++)
        x[j] *= 30000 / sqrt(768);
    ck_assert_double_gt(clean, 85);
    ck_assert_double_lt(erank(x, 101, 768), 1.3);
    const info_spectral_options o = {.struct_size = sizeof o, .skip = 1};
    assert_close(erank_with(x, 101, 768, &o, NAN), clean, 1e-12);
    free(x);
}
END_TEST

START_TEST(a_row_equal_to_the_mean_is_dropped_or_refused)
{
    /* Two pairs around their mean, and the mean itself. */
    const double with[] = {3, 1, 1, 3, -1, 1, 1, -1, 1, 1}, without[] = {3, 1, 1, 3, -1, 1, 1, -1};
    assert_close(erank(with, 5, 2), erank(without, 4, 2), 1e-14);
    const info_matrix x = matrix_of(with, 5, 2);
    const info_spectral_options o = {.struct_size = sizeof o, .zero_rows = INFO_ZERO_ROWS_ERROR};
    double out = 7;
    ck_assert_int_eq(info_effective_rank(NULL, &x, 1, &o, &out, NULL, 1), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(out, 7);
}
END_TEST

START_TEST(what_has_no_direction_has_no_value)
{
    const double one[] = {1, 2, 3}, same[] = {.1, .2, .3, .1, .2, .3, .1, .2, .3}, zero[6] = {0};
    const info_matrix x[] = {matrix_of(one, 1, 3), matrix_of(same, 3, 3), matrix_of(zero, 2, 3),
                             matrix_of(example, 4, 3)};
    info_spectral_options o = {.struct_size = sizeof o};
    double out[4] = {7, 7, 7, 7};
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(info_effective_rank(NULL, &x[k], 1, NULL, out, NULL, 1), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(out[0], 7);
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    o.invalid = INFO_INVALID_NAN;
    ck_assert_int_eq(info_effective_rank(ctx, x, 4, &o, out, NULL, 4), INFO_INVALID_ROWS);
    ck_assert_int_eq((int)info_ctx_invalid_rows(ctx), 3);
    ck_assert(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
    assert_close(out[3], 2.8241109120083494, 1e-12);
    /* One token is a direction when nothing is subtracted. */
    o = (info_spectral_options){.struct_size = sizeof o, .convention = INFO_CONVENTION_ROY_VETTERLI};
    assert_close(erank_with(one, 1, 3, &o, 1), 1, 1e-15);
    info_ctx_destroy(ctx);
}
END_TEST

/* Closed forms on the spectrum (1/2, 1/4, 1/4), as a Gram matrix. */
START_TEST(renyi_entropies_of_a_known_spectrum)
{
    const double gram[] = {2, 0, 0, 0, 1, 0, 0, 0, 1};
    info_spectral_options o = {.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    assert_close(erank_with(gram, 3, 3, &o, pow(2, 1.5)), pow(2, 1.5), 1e-15);
    o.order = 2;
    assert_close(erank_with(gram, 3, 3, &o, 8. / 3), 8. / 3, 1e-15);
    o.order = INFINITY;
    assert_close(erank_with(gram, 3, 3, &o, 2), 2, 1e-15);
    o.order = 0.5;
    assert_close(erank_with(gram, 3, 3, &o, NAN), pow(sqrt(.5) + 1, 2), 1e-15);
    o.order = 3;
    assert_close(erank_with(gram, 3, 3, &o, NAN), pow(.125 + 2. / 64, -.5), 1e-15);
    const double at_one = pow(2, 1.5);
    for (double step = 1e-3; step > 1e-15; step /= 10) { /* dH/da = -variance/2 = -(log 2)^2/8 at a = 1 */
        o.order = 1 + step;
        assert_close(log(erank_with(gram, 3, 3, &o, NAN)), log(at_one) - step * log(2) * log(2) / 8,
                     1e-15 + step * step);
    }
}
END_TEST

START_TEST(entropy_falls_with_the_order)
{
    double *x = gaussian(40, 25, 13), before = INFINITY;
    const double orders[] = {.1, .5, .99, 1, 1.01, 1.5, 2, 3, 10, 100, 5000, INFINITY};
    for (int k = 0; k < 12; k++) {
        const info_spectral_options o = {.struct_size = sizeof o, .order = orders[k]};
        const double now = erank_with(x, 40, 25, &o, NAN);
        ck_assert_double_le(now, before);
        before = now;
    }
    free(x);
}
END_TEST

START_TEST(types_strides_threads_and_batches_agree)
{
    double *x = gaussian(30, 17, 14), transposed[17 * 30], out[8], error[8];
    float single[30 * 17];
    for (int i = 0; i < 30; i++)
        for (int j = 0; j < 17; j++) {
            single[i * 17 + j] = (float)x[i * 17 + j];
            x[i * 17 + j] = (double)single[i * 17 + j];
            transposed[j * 30 + i] = x[i * 17 + j];
        }
    const info_matrix views[] = {
        matrix_of(x, 30, 17),
        {transposed, 30, 17, 1, 30, INFO_F64, 0},
        {single, 30, 17, 17, 1, INFO_F32, 0},
        {x + 29 * 17, 30, 17, -17, 1, INFO_F64, 0},
        matrix_of(x, 15, 34),
        matrix_of(x, 30, 17),
        matrix_of(x, 30, 17),
        matrix_of(x, 30, 17),
    };
    for (int threads = 1; threads <= 4; threads *= 2) {
        const info_ctx_options co = {.struct_size = sizeof co, .threads = threads};
        info_ctx *ctx;
        ck_assert_int_eq(info_ctx_create(&co, &ctx), INFO_OK);
        ck_assert_int_eq(info_effective_rank(ctx, views, 8, NULL, out, error, 8), INFO_OK);
        for (int k = 0; k < 8; k++)
            if (k != 4)
                assert_close(out[k], erank(x, 30, 17), 1e-13);
        info_ctx_destroy(ctx);
    }
    free(x);
}
END_TEST

START_TEST(diff_erank_averages_entropies_or_ranks)
{
    double *a = gaussian(20, 10, 15), *b = gaussian(20, 10, 16);
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < 10; j++)
            b[i * 10 + j] *= pow(0.6, j);
    const info_matrix untrained[] = {matrix_of(a, 20, 10), matrix_of(a, 12, 10)};
    const info_matrix trained[] = {matrix_of(b, 20, 10), matrix_of(b, 12, 10)};
    info_diff_erank_result r;
    ck_assert_int_eq(info_diff_erank(NULL, untrained, trained, 2, NULL, &r), INFO_OK);
    const double u0 = erank(a, 20, 10), u1 = erank(a, 12, 10), t0 = erank(b, 20, 10), t1 = erank(b, 12, 10);
    assert_close(r.untrained, sqrt(u0 * u1), 1e-13);
    assert_close(r.trained, sqrt(t0 * t1), 1e-13);
    assert_close(r.mean_untrained, (u0 + u1) / 2, 1e-13);
    assert_close(r.mean_trained, (t0 + t1) / 2, 1e-13);
    ck_assert_double_eq(r.difference, r.untrained - r.trained);
    ck_assert_double_eq(r.difference_of_means, r.mean_untrained - r.mean_trained);
    ck_assert_double_ge(r.mean_untrained, r.untrained);
    ck_assert(r.texts == 2 && r.error >= 0 && r.error < 1e-9);
    ck_assert_int_eq(info_diff_erank(NULL, untrained, untrained, 1, NULL, &r), INFO_OK);
    ck_assert_double_eq(r.difference, 0);
    free(a), free(b);
}
END_TEST

START_TEST(texts_without_a_value_can_be_left_out)
{
    const double same[] = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};
    const info_matrix untrained[] = {matrix_of(example, 4, 3), matrix_of(example, 4, 3)};
    const info_matrix trained[] = {matrix_of(same, 4, 3), matrix_of(example, 4, 3)};
    const info_spectral_options o = {.struct_size = sizeof o, .invalid = INFO_INVALID_NAN};
    info_diff_erank_result r = {.texts = 9};
    ck_assert_int_eq(info_diff_erank(NULL, untrained, trained, 2, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_diff_erank(NULL, untrained, trained, 1, &o, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq((int)r.texts, 9);
    ck_assert_int_eq(info_diff_erank(NULL, untrained, trained, 2, &o, &r), INFO_INVALID_ROWS);
    ck_assert_int_eq((int)r.texts, 1);
    ck_assert_double_eq(r.difference, 0);
}
END_TEST

static void assert_refused(info_status expected, const char *text, const info_matrix *x, int64_t count,
                           const info_spectral_options *options, double *out, int64_t out_len)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_effective_rank(ctx, x, count, options, out, NULL, out_len), expected);
    ck_assert_msg(strstr(info_ctx_message(ctx), text), "'%s' should name %s", info_ctx_message(ctx), text);
    info_ctx_destroy(ctx);
}

START_TEST(bad_input_is_named)
{
    double out[2] = {7, 7}, bad[12];
    const info_matrix x = matrix_of(example, 4, 3), pair[] = {x, matrix_of(bad, 4, 3)};
    info_spectral_options o = {.struct_size = sizeof o};
    assert_refused(INFO_ERROR_NULL, "x", NULL, 1, NULL, out, 1);
    assert_refused(INFO_ERROR_SIZE, "count", &x, 0, NULL, out, 1);
    assert_refused(INFO_ERROR_SIZE, "count", &x, -1, NULL, out, 1);
    assert_refused(INFO_ERROR_OVERFLOW, "count", &x, INT64_MAX, NULL, out, 1);
    assert_refused(INFO_ERROR_NULL, "out", &x, 1, NULL, NULL, 1);
    assert_refused(INFO_ERROR_OUTPUT, "out", &x, 1, NULL, out, 0);
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 36; k++) {
        memcpy(bad, example, sizeof bad);
        bad[k % 12] = values[k / 12];
        assert_refused(INFO_ERROR_DOMAIN, "x[1]: element", pair, 2, NULL, out, 2);
    }
    o.skip = 4;
    assert_refused(INFO_ERROR_SIZE, "skip", &x, 1, &o, out, 1);
    o.skip = -1;
    assert_refused(INFO_ERROR_OPTION, "skip", &x, 1, &o, out, 1);
    o = (info_spectral_options){.struct_size = sizeof o, .order = -1};
    assert_refused(INFO_ERROR_OPTION, "order", &x, 1, &o, out, 1);
    o = (info_spectral_options){.struct_size = sizeof o, .tolerance = NAN};
    assert_refused(INFO_ERROR_OPTION, "tolerance", &x, 1, &o, out, 1);
    o = (info_spectral_options){.struct_size = sizeof o, .convention = 9};
    assert_refused(INFO_ERROR_OPTION, "convention", &x, 1, &o, out, 1);
    o = (info_spectral_options){.struct_size = sizeof o, .input = INFO_INPUT_GRAM};
    assert_refused(INFO_ERROR_SIZE, "square", &x, 1, &o, out, 1);
    const double skew[] = {3, 2, 1, 3}, negative[] = {1, 2, 2, 1};
    const info_matrix a = matrix_of(skew, 2, 2), b = matrix_of(negative, 2, 2);
    assert_refused(INFO_ERROR_DOMAIN, "mirror", &a, 1, &o, out, 1);
    assert_refused(INFO_ERROR_DOMAIN, "eigenvalue below 0", &b, 1, &o, out, 1);
    o.skip = 1;
    assert_refused(INFO_ERROR_OPTION, "input", &a, 1, &o, out, 1);
    const info_matrix wide = {example, INT64_C(1) << 31, INT64_C(1) << 31, 0, 0, INFO_F64, 0};
    assert_refused(INFO_ERROR_OVERFLOW, "x", &wide, 1, NULL, out, 1);
    ck_assert(out[0] == 7 && out[1] == 7);
    _Static_assert(sizeof(info_spectral_options) == 64, "layout without holes");
    _Static_assert(sizeof(info_diff_erank_result) == 64, "layout without holes");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_small_matrix_has_its_known_values_in_every_convention,
                                  rankme_adds_its_epsilon_after_the_division,
                                  identity_and_crosses_have_closed_forms,
                                  multiplicities_and_angles_have_closed_forms,
                                  gaussian_tokens_follow_their_law,
                                  rotation_permutation_scale_and_shift_change_nothing,
                                  extreme_scales_change_nothing,
                                  an_outlier_collapses_the_rank_and_can_be_skipped,
                                  a_row_equal_to_the_mean_is_dropped_or_refused,
                                  what_has_no_direction_has_no_value,
                                  renyi_entropies_of_a_known_spectrum,
                                  entropy_falls_with_the_order,
                                  types_strides_threads_and_batches_agree,
                                  diff_erank_averages_entropies_or_ranks,
                                  texts_without_a_value_can_be_left_out,
                                  bad_input_is_named,
                                  NULL};
    return run_tests("spectral effective rank", tests);
}
