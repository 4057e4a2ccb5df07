/* SPDX-License-Identifier: MIT
 * Entropy of attention. */
#include "lm_support.h"

enum { LAYERS = 2, HEADS = 3, T = 5 };

static double weights[LAYERS][HEADS][T][T], scores[LAYERS][HEADS][T][T];

/* Causal weights and the scores they come from; what a query does not see is NaN. */
static void make(void)
{
    uint64_t state = 31;
    for (int l = 0; l < LAYERS; l++)
        for (int h = 0; h < HEADS; h++)
            for (int q = 0; q < T; q++) {
                double sum = 0;
                for (int k = 0; k < T; k++) {
                    scores[l][h][q][k] = k <= q ? 2 * normal(&state) : NAN;
                    if (k <= q)
                        sum += exp(scores[l][h][q][k]);
                }
                for (int k = 0; k < T; k++)
                    weights[l][h][q][k] = exp(scores[l][h][q][k]) / sum;
            }
}

static info_attention view(const void *data, info_kind kind)
{
    return (info_attention){data, LAYERS, HEADS, T, T, HEADS * T * T, T * T, T, 1, INFO_F64, kind};
}

START_TEST(weights_and_scores_agree_and_means_are_means)
{
    make();
    double a[LAYERS][HEADS][T], b[LAYERS][HEADS][T], heads[LAYERS][HEADS], layers[LAYERS], mean[LAYERS][T],
        variance[LAYERS][T];
    const info_attention w = view(weights, INFO_PROBABILITIES), s = view(scores, INFO_LOGITS);
    const info_attention_measures of_weights = {.struct_size = sizeof of_weights,
                                                .rows = &a[0][0][0],
                                                .rows_len = LAYERS * HEADS * T,
                                                .heads = &heads[0][0],
                                                .heads_len = LAYERS * HEADS,
                                                .layers = layers,
                                                .layers_len = LAYERS,
                                                .across_mean = &mean[0][0],
                                                .across_mean_len = LAYERS * T,
                                                .across_variance = &variance[0][0],
                                                .across_variance_len = LAYERS * T};
    const info_attention_measures of_scores = {
        .struct_size = sizeof of_scores, .rows = &b[0][0][0], .rows_len = LAYERS * HEADS * T};
    ck_assert_int_eq(info_attention_entropy(NULL, &w, NULL, &of_weights), INFO_OK);
    ck_assert_int_eq(info_attention_entropy(NULL, &s, NULL, &of_scores), INFO_OK);
    for (int l = 0; l < LAYERS; l++) {
        double layer = 0;
        for (int h = 0; h < HEADS; h++) {
            double head = 0;
            ck_assert_double_eq(a[l][h][0], 0);
            for (int q = 0; q < T; q++) {
                double sum = 0;
                for (int k = 0; k <= q; k++)
                    sum -= weights[l][h][q][k] * log(weights[l][h][q][k]);
                if (q > 0)
                    assert_close(a[l][h][q], sum, 1e-14);
                if (q > 0)
                    assert_close(b[l][h][q], sum, 1e-14);
                head += sum / T;
            }
            assert_close(heads[l][h], head, 1e-14);
            layer += head / HEADS;
        }
        assert_close(layers[l], layer, 1e-14);
        for (int q = 1; q < T; q++) {
            double m = 0, v = 0;
            for (int h = 0; h < HEADS; h++)
                m += a[l][h][q] / HEADS;
            for (int h = 0; h < HEADS; h++)
                v += (a[l][h][q] - m) * (a[l][h][q] - m) / HEADS;
            assert_close(mean[l][q], m, 1e-14);
            assert_close(variance[l][q], v, 1e-12);
        }
    }
}
END_TEST

START_TEST(axes_in_another_order_give_the_same_bits)
{
    make();
    static double other[T][T][HEADS][LAYERS]; /* key, query, head, layer */
    double a[LAYERS * HEADS * T], b[LAYERS * HEADS * T];
    for (int l = 0; l < LAYERS; l++)
        for (int h = 0; h < HEADS; h++)
            for (int q = 0; q < T; q++)
                for (int k = 0; k < T; k++)
                    other[k][q][h][l] = weights[l][h][q][k];
    const info_attention w = view(weights, INFO_PROBABILITIES);
    const info_attention o = {
        other, LAYERS, HEADS, T, T, 1, LAYERS, HEADS * LAYERS, T * HEADS * LAYERS, INFO_F64, INFO_PROBABILITIES};
    info_attention_measures m = {.struct_size = sizeof m, .rows = a, .rows_len = LAYERS * HEADS * T};
    ck_assert_int_eq(info_attention_entropy(NULL, &w, NULL, &m), INFO_OK);
    m.rows = b;
    ck_assert_int_eq(info_attention_entropy(NULL, &o, NULL, &m), INFO_OK);
    ck_assert_mem_eq(a, b, sizeof a);
}
END_TEST

START_TEST(uniform_attention_is_one_when_normalized)
{
    double uniform_weights[4][6], h[4], mean;
    for (int q = 0; q < 4; q++)
        for (int k = 0; k < 6; k++)
            uniform_weights[q][k] = 1.0 / (q + 3);
    const info_attention a = {uniform_weights, 1, 1, 4, 6, 0, 0, 6, 1, INFO_F64, INFO_PROBABILITIES};
    const info_attention_options options = {.struct_size = sizeof options, .normalized = 1};
    const info_attention_measures m = {
        .struct_size = sizeof m, .rows = h, .rows_len = 4, .layers = &mean, .layers_len = 1};
    ck_assert_int_eq(info_attention_entropy(NULL, &a, &options, &m), INFO_OK); /* a cache of two keys before */
    for (int q = 0; q < 4; q++)
        assert_close(h[q], 1, 1e-15);
    assert_close(mean, 1, 1e-15);
}
END_TEST

START_TEST(lengths_and_masks)
{
    const float zeros[3] = {0};
    const info_attention a = {zeros, 1, 1, 2, 3, 0, 0, 0, 1, INFO_F32, INFO_LOGITS};
    const int64_t lengths[2] = {3, 1};
    double h[2];
    const info_attention_measures m = {.struct_size = sizeof m, .rows = h, .rows_len = 2};
    const info_attention_options given = {.struct_size = sizeof given, .lengths = lengths, .lengths_len = 2};
    const info_attention_options full = {.struct_size = sizeof full, .mask = INFO_MASK_NONE, .unit = INFO_BIT};
    ck_assert_int_eq(info_attention_entropy(NULL, &a, &given, &m), INFO_OK);
    assert_close(h[0], log(3), 1e-15);
    ck_assert_double_eq(h[1], 0);
    ck_assert_int_eq(info_attention_entropy(NULL, &a, &full, &m), INFO_OK);
    assert_close(h[1], log2(3), 1e-15);
    const info_attention tall = {zeros, 1, 1, 3, 2, 0, 0, 0, 1, INFO_F32, INFO_LOGITS};
    double three[3];
    const info_attention_measures of_three = {.struct_size = sizeof of_three, .rows = three, .rows_len = 3};
    ck_assert_int_eq(info_attention_entropy(NULL, &tall, NULL, &of_three), INFO_ERROR_SIZE);
}
END_TEST

START_TEST(bad_rows_are_counted_and_left_out_of_the_means)
{
    make();
    weights[0][1][3][2] = -0.5;
    weights[1][2][4][0] += 0.25;
    double h[LAYERS][HEADS][T], layers[LAYERS];
    const info_attention w = view(weights, INFO_PROBABILITIES);
    const info_attention_measures m = {.struct_size = sizeof m,
                                       .rows = &h[0][0][0],
                                       .rows_len = LAYERS * HEADS * T,
                                       .layers = layers,
                                       .layers_len = LAYERS};
    info_ctx *ctx = context(2, 0);
    ck_assert_int_eq(info_attention_entropy(ctx, &w, NULL, &m), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 2);
    ck_assert(isnan(h[0][1][3]) && isnan(h[1][2][4]));
    ck_assert(isfinite(layers[0]) && isfinite(layers[1]));
    const info_attention_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_attention_entropy(ctx, &w, &strict, &m), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "attention: weight -0.5 at layer 0, head 1, query 3, key 2"));
    weights[0][1][3][2] = 0.75;
    ck_assert_int_eq(info_attention_entropy(ctx, &w, &strict, &m), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "attention: layer 0, head 1, query 3 sums to"));
    weights[1][2][4][0] = NAN;
    const info_attention logits = view(weights, INFO_LOGITS);
    ck_assert_int_eq(info_attention_entropy(ctx, &logits, &strict, &m), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "attention: layer 1, head 2, query 4 holds NaN"));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_lower_bound_is_attained)
{
    const struct {
        int64_t keys;
        double sigma, bound;
    } cases[] = {{8, 3, .9574573482155323}, {64, 10, .029205977971407}};
    for (int i = 0; i < 2; i++) {
        const double t = (double)cases[i].keys, s = cases[i].sigma;
        double bound, h, row[64];
        ck_assert_int_eq(info_attention_entropy_bound(NULL, cases[i].keys, s, &bound), INFO_OK);
        assert_close(bound, cases[i].bound, 2e-14);
        for (int k = 0; k < 64; k++)
            row[k] = k ? -s / sqrt(t * (t - 1)) : s * sqrt((t - 1) / t);
        const info_attention a = {row, 1, 1, 1, cases[i].keys, 0, 0, 0, 1, INFO_F64, INFO_LOGITS};
        const info_attention_measures m = {.struct_size = sizeof m, .rows = &h, .rows_len = 1};
        ck_assert_int_eq(info_attention_entropy(NULL, &a, NULL, &m), INFO_OK);
        assert_close(h, bound, 1e-14);
    }
    double bound;
    ck_assert_int_eq(info_attention_entropy_bound(NULL, 5, 0, &bound), INFO_OK);
    assert_close(bound, log(5), 1e-15);
    ck_assert_int_eq(info_attention_entropy_bound(NULL, 5, 1e300, &bound), INFO_OK);
    ck_assert_double_eq(bound, 0);
    ck_assert_int_eq(info_attention_entropy_bound(NULL, 1, 1, &bound), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_attention_entropy_bound(NULL, 5, -1, &bound), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_attention_entropy_bound(NULL, 5, 1, NULL), INFO_ERROR_NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {weights_and_scores_agree_and_means_are_means,
                                  axes_in_another_order_give_the_same_bits,
                                  uniform_attention_is_one_when_normalized,
                                  lengths_and_masks,
                                  bad_rows_are_counted_and_left_out_of_the_means,
                                  the_lower_bound_is_attained,
                                  NULL};
    return run_tests("lm attention", tests);
}
