/* SPDX-License-Identifier: MIT
 * llama2.c checkpoints of both formats: every weight where it belongs, every
 * damaged file refused. */
#include "model/checkpoint.h"
#include "scratch_file.h"

#include <math.h>

/* dim 4, hidden 6, 2 layers, 2 heads, 1 kv head, 5 tokens, context 8 */
static const int32_t sizes[7] = {4, 6, 2, 2, 1, 5, 8};
#define HEAD_WIDTH 2
#define PARAMETERS (5 * 4 + 2 * (4 + 16 + 8 + 8 + 16 + 4 + 24 + 24 + 24) + 4)

static unsigned char bytes[4096];

static size_t append(size_t at, const void *what, size_t size)
{
    memcpy(bytes + at, what, size);
    return at + size;
}

/* A legacy checkpoint whose n-th float is n. */
static size_t build_legacy(int32_t vocabulary)
{
    size_t at = append(0, sizes, sizeof sizes);
    size_t floats = PARAMETERS + 8 * HEAD_WIDTH + (vocabulary < 0 ? 5 * 4 : 0);
    memcpy(bytes + 5 * sizeof(int32_t), &vocabulary, sizeof vocabulary);
    for (size_t i = 0; i < floats; i++) {
        float value = (float)i;
        at = append(at, &value, sizeof value);
    }
    return at;
}

static bool open_bytes(struct model *model, size_t size, struct failure *failure)
{
    char path[64];
    write_scratch(path, bytes, size);
    bool opened = checkpoint_open(model, path, failure);
    if (!opened)
        ck_assert_ptr_nonnull(strstr(failure->text, path));
    unlink(path);
    return opened;
}

START_TEST(legacy_weights_lie_in_their_order)
{
    struct model model;
    struct failure failure;
    ck_assert_msg(open_bytes(&model, build_legacy(5), &failure), "%s", failure.text);
    ck_assert_uint_eq(model_parameters(&model.shape), PARAMETERS);
    ck_assert(model.shape.shared_classifier);
    ck_assert_ptr_eq(model.weights[WEIGHT_CLASSIFIER], model.weights[WEIGHT_EMBEDDING]);
    ck_assert_float_eq(model.weights[WEIGHT_EMBEDDING][0], 0);
    ck_assert_float_eq(model.weights[WEIGHT_ATTENTION_NORM][0], 20);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_WQ, 1)[0], 28 + 16);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_WK, 0)[0], 60);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_WV, 1)[0], 76 + 8);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_WO, 0)[0], 92);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_FFN_NORM, 0)[0], 124);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_W1, 0)[0], 132);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_W2, 0)[0], 180);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_W3, 1)[0], 228 + 24);
    ck_assert_float_eq(model.weights[WEIGHT_FINAL_NORM][0], 276);
    model_free(&model);
}
END_TEST

START_TEST(a_negative_vocabulary_brings_a_classifier)
{
    struct model model;
    struct failure failure;
    ck_assert_msg(open_bytes(&model, build_legacy(-5), &failure), "%s", failure.text);
    ck_assert_uint_eq(model.shape.vocabulary, 5);
    ck_assert_float_eq(model.weights[WEIGHT_CLASSIFIER][0], PARAMETERS + 8 * HEAD_WIDTH);
    model_free(&model);
}
END_TEST

/* Version 2 with groups of 2: norms n/2, values n mod 7 - 3, scales 1, 2, 3. */
static size_t build_version_2(void)
{
    static const size_t matrices[] = {20, 16, 16, 8, 8, 8, 8, 16, 16, 24, 24, 24, 24, 24, 24};
    const int32_t start[] = {0x616b3432, 2};
    const int32_t group = 2;
    memset(bytes, 0, 256);
    append(append(0, start, sizeof start), sizes, sizeof sizes);
    bytes[36] = 1;
    append(37, &group, sizeof group);
    size_t at = 256;
    for (int i = 0; i < 4 * (2 + 2 + 1); i++) {
        float gain = (float)i / 2;
        at = append(at, &gain, sizeof gain);
    }
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++) {
        for (size_t i = 0; i < matrices[m]; i++)
            bytes[at++] = (unsigned char)((int)(i % 7) - 3);
        for (size_t i = 0; i < matrices[m] / 2; i++) {
            float scale = (float)(i % 3 + 1);
            at = append(at, &scale, sizeof scale);
        }
    }
    return at;
}

START_TEST(version_2_weights_are_value_times_scale)
{
    struct model model;
    struct failure failure;
    ck_assert_msg(open_bytes(&model, build_version_2(), &failure), "%s", failure.text);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_ATTENTION_NORM, 1)[0], 2);
    ck_assert_float_eq(layer_weight(&model, WEIGHT_FFN_NORM, 0)[1], 4.5f);
    ck_assert_float_eq(model.weights[WEIGHT_FINAL_NORM][3], 9.5f);
    const enum weight matrices[] = {WEIGHT_EMBEDDING, WEIGHT_WQ, WEIGHT_WK, WEIGHT_WV,
                                    WEIGHT_WO,        WEIGHT_W1, WEIGHT_W2, WEIGHT_W3};
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++)
        for (size_t layer = 0; layer < (m == 0 ? 1 : 2); layer++)
            for (size_t i = 0; i < weight_layer_size(&model.shape, matrices[m]); i++)
                ck_assert_float_eq(layer_weight(&model, matrices[m], layer)[i],
                                   (float)((int)(i % 7) - 3) * (float)(i / 2 % 3 + 1));
    model_free(&model);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    struct model model;
    struct failure failure;
    size_t size = build_legacy(-5);
    for (size_t cut = 0; cut < size; cut += cut < 40 ? 1 : 37)
        ck_assert(!open_bytes(&model, cut, &failure));
    ck_assert(!open_bytes(&model, size + 1, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "corrupt"));

    size = build_version_2();
    for (size_t cut = 0; cut < size; cut += cut < 260 ? 1 : 37)
        ck_assert(!open_bytes(&model, cut, &failure));
    ck_assert(!open_bytes(&model, size + 4, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "corrupt"));
}
END_TEST

START_TEST(impossible_shapes_are_refused_by_name)
{
    static const struct {
        size_t field;
        int32_t value;
        const char *reason;
    } wrong[] = {
        {0, 0, "dim"},         {0, -4, "dim"},
        {0, INT32_MAX, "dim"}, {0, 5, "heads"},
        {0, 6, "even"},        {1, 0, "hidden_dim"},
        {2, -1, "layers"},     {2, 1 << 24, "truncated"},
        {3, 0, "heads"},       {3, 3, "heads"},
        {4, 2000, "kv_heads"}, {4, 0, "kv_heads"},
        {5, 0, "vocabulary"},  {5, INT32_MIN, "vocabulary"},
        {6, 0, "context"},     {6, 1 << 24, "truncated"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct model model;
        struct failure failure;
        size_t size = build_legacy(5);
        memcpy(bytes + wrong[i].field * sizeof(int32_t), &wrong[i].value, sizeof(int32_t));
        ck_assert(!open_bytes(&model, size, &failure));
        ck_assert_msg(strstr(failure.text, wrong[i].reason) != NULL, "%s: %s", wrong[i].reason, failure.text);
    }
}
END_TEST

START_TEST(other_damage_is_refused)
{
    struct model model;
    struct failure failure;
    size_t size = build_legacy(5);
    const float infinite = INFINITY;
    memcpy(bytes + 100, &infinite, sizeof infinite);
    ck_assert(!open_bytes(&model, size, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "not finite"));

    size = build_version_2();
    bytes[4] = 1;
    ck_assert(!open_bytes(&model, size, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "version 1"));
    bytes[4] = 2;
    bytes[36] = 7;
    ck_assert(!open_bytes(&model, size, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "classifier"));
    bytes[36] = 1;
    bytes[37] = 3;
    ck_assert(!open_bytes(&model, size, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "groups of 3"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        legacy_weights_lie_in_their_order,
        a_negative_vocabulary_brings_a_classifier,
        version_2_weights_are_value_times_scale,
        every_truncation_is_refused,
        impossible_shapes_are_refused_by_name,
        other_damage_is_refused,
        NULL,
    };
    return run_tests("checkpoint", tests);
}
