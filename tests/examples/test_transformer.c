/* SPDX-License-Identifier: MIT
 * The forward pass: causality, closed forms of trivial weights, and the values
 * that an independent f64 implementation gives for a real model. */
#include "model/transformer.h"
#include "model/untrained.h"
#include "scratch_file.h"

#include <math.h>

static const struct model_shape shape = {
    .dim = 24,
    .hidden_dim = 20,
    .layers = 3,
    .heads = 4,
    .kv_heads = 2,
    .vocabulary = 50,
    .context = 16,
    .shared_classifier = false,
};
static const int32_t tokens[] = {1, 7, 49, 0, 7, 7, 13, 22};
#define TOKENS ((int64_t)(sizeof tokens / sizeof tokens[0]))

START_TEST(a_token_does_not_see_what_follows)
{
    struct model model;
    struct failure failure;
    struct activations whole, part;
    ck_assert(model_untrained(&model, &shape, 5, &failure));
    ck_assert(transformer_run(&model, tokens, (size_t)TOKENS, NULL, NULL, &whole, &failure));
    ck_assert(transformer_run(&model, tokens, 5, NULL, NULL, &part, &failure));
    ck_assert_mem_eq(whole.logits.data, part.logits.data, 5 * shape.vocabulary * sizeof(float));
    activations_free(&part);
    activations_free(&whole);
    model_free(&model);
}
END_TEST

START_TEST(attention_rows_are_distributions_over_the_past)
{
    struct model model;
    struct failure failure;
    struct activations a;
    float weights[TOKENS * TOKENS];
    ck_assert(model_untrained(&model, &shape, 6, &failure));
    ck_assert(transformer_run(&model, tokens, (size_t)TOKENS, NULL, NULL, &a, &failure));
    ck_assert_int_eq(activations_layers(&a), 3);
    ck_assert_int_eq(activations_heads(&a), 4);
    for (int64_t layer = 0; layer < 3; layer++)
        for (int64_t head = 0; head < 4; head++) {
            ck_assert_ptr_eq(activations_attention(&a, layer, head, weights).data, weights);
            for (int64_t t = 0; t < TOKENS; t++) {
                double sum = 0;
                for (int64_t s = 0; s < TOKENS; s++) {
                    ck_assert(s <= t ? weights[t * TOKENS + s] > 0 : weights[t * TOKENS + s] == 0);
                    sum += (double)weights[t * TOKENS + s];
                }
                ck_assert_double_eq_tol(sum, 1.0, 8 * 0x1p-24);
            }
        }
    activations_free(&a);
    model_free(&model);
}
END_TEST

/* With all matrices of the blocks zero the residual stream is the embedding,
 * attention is uniform and the logits are classifier . norm(embedding). */
START_TEST(blocks_of_zeros_leave_the_embedding)
{
    struct model model;
    struct failure failure;
    struct activations a;
    float weights[TOKENS * TOKENS];
    ck_assert(model_untrained(&model, &shape, 7, &failure));
    for (enum weight w = WEIGHT_WQ; w <= WEIGHT_W3; w++)
        if (w != WEIGHT_FFN_NORM)
            memset((void *)(uintptr_t)model.weights[w], 0, weight_size(&shape, w) * sizeof(float));
    ck_assert(transformer_run(&model, tokens, (size_t)TOKENS, NULL, NULL, &a, &failure));

    size_t row = shape.dim, states = shape.layers + 2;
    for (int64_t t = 0; t < TOKENS; t++) {
        const float *embedding = model.weights[WEIGHT_EMBEDDING] + (size_t)tokens[t] * row;
        double square = 0, logit = 0;
        for (size_t s = 0; s + 1 < states; s++)
            ck_assert_mem_eq((const float *)a.hidden.data + (s * (size_t)TOKENS + (size_t)t) * row, embedding,
                             row * sizeof(float));
        for (size_t i = 0; i < row; i++)
            square += (double)embedding[i] * (double)embedding[i];
        for (size_t i = 0; i < row; i++)
            logit += (double)model.weights[WEIGHT_CLASSIFIER][3 * row + i] * (double)embedding[i] /
                     sqrt(square / (double)row + 1e-5);
        ck_assert_double_eq_tol(tensor_at(&a.logits, (size_t)t * shape.vocabulary + 3), logit, 1e-7);
    }
    ck_assert_int_eq(activations_attention(&a, 2, 3, weights).rows, TOKENS);
    for (int64_t t = 0; t < TOKENS; t++)
        ck_assert_float_eq(weights[t * TOKENS + t], (float)(1.0 / (double)(t + 1)));
    activations_free(&a);
    model_free(&model);
}
END_TEST

START_TEST(rotated_queries_keep_their_length_and_the_first_its_place)
{
    struct model model;
    struct failure failure;
    struct activations a;
    const int32_t same[] = {9, 9, 9, 9};
    ck_assert(model_untrained(&model, &shape, 8, &failure));
    ck_assert(transformer_run(&model, same, 4, NULL, NULL, &a, &failure));
    const float *q = a.queries.data; /* layer 0, head 0: the same vector four times, rotated */
    double length = sqrt((double)q[0] * (double)q[0] + (double)q[1] * (double)q[1]);
    for (int t = 0; t < 4; t++) { /* the first pair turns by t radians */
        ck_assert_double_eq_tol((double)q[t * 6], (double)q[0] * cos(t) - (double)q[1] * sin(t), 1e-7 * length);
        ck_assert_double_eq_tol((double)q[t * 6 + 1], (double)q[0] * sin(t) + (double)q[1] * cos(t), 1e-7 * length);
    }
    activations_free(&a);
    model_free(&model);
}
END_TEST

START_TEST(the_untrained_twin_is_the_same_for_a_seed)
{
    struct model first, again, other;
    struct failure failure;
    ck_assert(model_untrained(&first, &shape, 1, &failure));
    ck_assert(model_untrained(&again, &shape, 1, &failure));
    ck_assert(model_untrained(&other, &shape, 2, &failure));
    ck_assert_mem_eq(first.owned, again.owned, model_parameters(&shape) * sizeof(float));
    ck_assert(memcmp(first.owned, other.owned, model_parameters(&shape) * sizeof(float)) != 0);

    double sum = 0, square = 0, narrow = 0;
    size_t n = weight_size(&shape, WEIGHT_W1);
    for (size_t i = 0; i < n; i++) {
        double w1 = (double)first.weights[WEIGHT_W1][i], w3 = (double)first.weights[WEIGHT_W3][i];
        sum += w1;
        square += w1 * w1;
        narrow += w3 * w3;
    }
    /* five standard errors of the mean and of the variances */
    ck_assert_double_eq_tol(sum / (double)n, 0.0, 5 * 0.02 / sqrt((double)n));
    ck_assert_double_eq_tol(square / (double)n / 4e-4, 1.0, 5 * sqrt(2.0 / (double)n));
    ck_assert_double_eq_tol(narrow / (double)n / (4e-4 / 6), 1.0, 5 * sqrt(2.0 / (double)n));
    model_free(&first);
    model_free(&again);
    model_free(&other);
}
END_TEST

START_TEST(sequences_that_do_not_fit_are_refused)
{
    struct model model;
    struct failure failure;
    struct activations a;
    const int32_t wrong[17] = {0, 50};
    ck_assert(model_untrained(&model, &shape, 1, &failure));
    ck_assert(!transformer_run(&model, wrong, 0, NULL, NULL, &a, &failure));
    ck_assert(!transformer_run(&model, wrong, 17, NULL, NULL, &a, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "1 to 16"));
    ck_assert(!transformer_run(&model, wrong, 2, NULL, NULL, &a, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "token 50 at 1"));
    model_free(&model);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_token_does_not_see_what_follows,
        attention_rows_are_distributions_over_the_past,
        blocks_of_zeros_leave_the_embedding,
        rotated_queries_keep_their_length_and_the_first_its_place,
        the_untrained_twin_is_the_same_for_a_seed,
        sequences_that_do_not_fit_are_refused,
        NULL,
    };
    return run_tests("transformer", tests);
}
