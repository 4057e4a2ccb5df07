/* SPDX-License-Identifier: MIT
 * A small model of random weights with a tokenizer of single bytes, as files. */
#ifndef TESTS_EXAMPLES_SMALL_MODEL_H
#define TESTS_EXAMPLES_SMALL_MODEL_H

#include "model/untrained.h"
#include "scratch_file.h"

/** 259 tokens of every tokenizer, and the space that starts a text. */
#define SMALL_VOCABULARY 260
#define SMALL_CONTEXT 16

static const struct model_shape small_shape = {
    .dim = 24,
    .hidden_dim = 20,
    .layers = 2,
    .heads = 4,
    .kv_heads = 2,
    .vocabulary = SMALL_VOCABULARY,
    .context = SMALL_CONTEXT,
    .shared_classifier = true,
};

/** Its weights are those of the untrained twin of this seed, times 4 so that
 *  predictions differ from uniform. */
static inline struct model small_model(uint64_t seed)
{
    struct model model;
    struct failure failure;
    ck_assert(model_untrained(&model, &small_shape, seed, &failure));
    for (size_t i = 0; i < model_parameters(&small_shape); i++)
        model.owned[i] *= 4.0f;
    return model;
}

/** Writes it as a legacy llama2.c checkpoint. */
static inline void write_small_checkpoint(const char *path, uint64_t seed)
{
    struct model model = small_model(seed);
    const struct model_shape *s = &small_shape;
    const int32_t header[] = {(int32_t)s->dim,      (int32_t)s->hidden_dim, (int32_t)s->layers, (int32_t)s->heads,
                              (int32_t)s->kv_heads, (int32_t)s->vocabulary, (int32_t)s->context};
    const float rope[SMALL_CONTEXT * 6] = {0};
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(header, sizeof header, 1, file);
    for (int weight = 0; weight < WEIGHT_KINDS; weight++)
        fwrite(model.weights[weight], sizeof(float), weight_size(s, (enum weight)weight), file);
    fwrite(rope, sizeof rope, 1, file);
    ck_assert_int_eq(fclose(file), 0);
    model_free(&model);
}

static inline void put_piece(FILE *file, const char *text)
{
    const float score = 0;
    const int32_t size = (int32_t)strlen(text);
    fwrite(&score, sizeof score, 1, file);
    fwrite(&size, sizeof size, 1, file);
    fwrite(text, 1, (size_t)size, file);
}

static inline void write_small_tokenizer(const char *path)
{
    const int32_t longest = 6;
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(&longest, sizeof longest, 1, file);
    put_piece(file, "<unk>");
    put_piece(file, "<s>");
    put_piece(file, "</s>");
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", byte);
        put_piece(file, text);
    }
    put_piece(file, " ");
    ck_assert_int_eq(fclose(file), 0);
}

#endif
