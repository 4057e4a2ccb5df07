/* SPDX-License-Identifier: MIT
 * Hidden states of a real model on a story, by layer and beside its untrained twin. */
#include <stdio.h>
#include <unistd.h>

#include "model/checkpoint.h" /* before Check, which has a macro of one name */
#include "model/tokenizer.h"
#include "model/transformer.h"
#include "model/untrained.h"

#include "../support.h"
#include "info/info.h"

#define DATA "../shared/data/"

/* Tokens as the checkpoint's tokenizer makes them, but for the last, which has none to predict. */
static void read_story(const struct model *model, int32_t **tokens, size_t *count)
{
    struct tokenizer tokenizer;
    struct file story;
    struct failure failure;
    ck_assert(tokenizer_open(&tokenizer, DATA "tok512.bin", model->shape.vocabulary, &failure));
    ck_assert(file_open(&story, DATA "story.txt", &failure));
    ck_assert(tokenizer_encode(&tokenizer, (const char *)story.data, story.size, tokens, count, &failure));
    (*count)--;
    file_close(&story);
    tokenizer_close(&tokenizer);
}

static info_matrix states_of(const struct activations *a, int64_t layer)
{
    const int64_t rows = a->hidden.shape[1], cols = a->hidden.shape[2];
    return (info_matrix){(const float *)a->hidden.data + layer * rows * cols, rows, cols, cols, 1, INFO_F32, 0};
}

static double rank_of(info_matrix x, const info_spectral_options *o)
{
    double out, error;
    ck_assert_int_eq(info_effective_rank(NULL, &x, 1, o, &out, &error, 1), INFO_OK);
    ck_assert_double_le(error, 1e-9 * out * 1.01);
    return out;
}

/* Values to the digits in which they were computed by a program of its own. */
START_TEST(a_trained_model_has_its_known_ranks_and_its_untrained_twin_others)
{
    if (access(DATA "stories260K.bin", R_OK) != 0) {
        printf("skipped: hidden states of a real model (%sstories260K.bin is not there)\n", DATA);
        return;
    }
    struct model model, twin;
    struct failure failure;
    struct activations trained, untrained;
    int32_t *tokens;
    size_t count;
    ck_assert(checkpoint_open(&model, DATA "stories260K.bin", &failure));
    read_story(&model, &tokens, &count);
    ck_assert_int_eq((int)count, 319);
    ck_assert(transformer_run(&model, tokens, count, NULL, NULL, &trained, &failure));
    const int64_t last = trained.hidden.shape[0] - 1;
    const info_spectral_options uncentered = {.struct_size = sizeof uncentered, .center = INFO_CHOICE_NO};
    ck_assert_double_eq_tol(rank_of(states_of(&trained, last), NULL), 25.55647, 5e-6 + 1e-6 * 25);
    ck_assert_double_eq_tol(rank_of(states_of(&trained, last - 1), NULL), 37.29294, 5e-6 + 1e-6 * 37);
    ck_assert_double_eq_tol(rank_of(states_of(&trained, last), &uncentered), 19.28898, 5e-6 + 1e-6 * 19);

    ck_assert(model_untrained(&twin, &model.shape, 1, &failure));
    ck_assert(transformer_run(&twin, tokens, count, NULL, NULL, &untrained, &failure));
    const info_matrix before = states_of(&untrained, last), after = states_of(&trained, last);
    info_diff_erank_result r;
    ck_assert_int_eq(info_diff_erank(NULL, &before, &after, 1, NULL, &r), INFO_OK);
    ck_assert_double_eq_tol(r.untrained, 39.4, 0.5); /* depends on the seed */
    assert_close(r.difference, rank_of(before, NULL) - rank_of(after, NULL), 1e-12);
    activations_free(&trained), activations_free(&untrained);
    model_free(&twin), model_free(&model);
    free(tokens);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_trained_model_has_its_known_ranks_and_its_untrained_twin_others, NULL};
    return run_tests("spectral story", tests);
}
