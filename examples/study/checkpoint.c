/* SPDX-License-Identifier: MIT
 * A checkpoint and its untrained twins, run over windows of texts. */
#include <stdlib.h>

#include "../model/checkpoint.h"
#include "../model/tokenizer.h"
#include "../model/transformer.h"
#include "../model/untrained.h"
#include "../report/source.h"
#include "../program/text_json.h"
#include "study.h"

struct reading {
    const struct study_input *input;
    struct model model;
    struct tokenizer tokenizer;
};

/* A window is BOS and these tokens. */
static bool add_window(struct study *study, const int32_t *tokens, struct failure *failure)
{
    int64_t *targets = malloc((size_t)study->length * sizeof *targets);
    if (targets == NULL)
        return fail(failure, "no memory");
    for (int64_t t = 0; t + 1 < study->length; t++)
        targets[t] = tokens[t];
    targets[study->length - 1] = -1;
    study->targets[study->window_count++] = targets;
    return true;
}

/* Cuts a text into its first windows, each of which starts with BOS. */
static bool add_windows(struct study *study, const struct reading *r, const char *path, struct failure *failure)
{
    const long windows = r->input->windows;
    struct file text;
    int32_t *tokens;
    size_t count;
    if (!file_open(&text, path, failure))
        return false;
    /* eight bytes a token are more than enough */
    const size_t wanted = (size_t)(windows * study->length) * 8, size = text.size < wanted ? text.size : wanted;
    const bool encoded = tokenizer_encode(&r->tokenizer, (const char *)text.data, size, &tokens, &count, failure);
    file_close(&text);
    if (!encoded)
        return false;
    bool added = (int64_t)count >= study->length ||
                 fail(failure, "%s: %zu tokens; a window has %lld", path, count, (long long)study->length);
    const int64_t step = study->length - 1;
    for (long w = 0; added && w < windows && study->window_count < STUDY_MAX_WINDOWS; w++) {
        if (1 + (w + 1) * step > (int64_t)count)
            break;
        added = add_window(study, tokens + 1 + w * step, failure);
    }
    free(tokens);
    return added;
}

static bool run_model(struct study *study, const struct model *model, struct run *run, struct failure *failure)
{
    int32_t *tokens = malloc((size_t)study->length * sizeof *tokens);
    bool ran = tokens != NULL || fail(failure, "no memory");
    for (int window = 0; ran && window < study->window_count; window++) {
        tokens[0] = TOKEN_BOS;
        for (int64_t t = 1; t < study->length; t++)
            tokens[t] = (int32_t)study->targets[window][t - 1];
        ran = transformer_run(model, tokens, (size_t)study->length, NULL, NULL, &run->windows[window], failure);
        progress_draw(&study->progress, (double)(window + 1) / study->window_count);
    }
    free(tokens);
    return ran;
}

static bool run_models(struct study *study, const struct model *model, struct failure *failure)
{
    progress_step(&study->progress, "the model reads", 0, 0.08);
    bool done = run_model(study, model, &study->trained, failure);
    for (int seed = 0; done && seed < study->seeds; seed++) {
        struct model twin = {0};
        const double share = 0.32 / study->seeds;
        progress_step(&study->progress, "its untrained twins read", 0.08 + seed * share, 0.08 + (seed + 1) * share);
        done = model_untrained(&twin, &model->shape, (uint64_t)seed + 1, failure) &&
               run_model(study, &twin, &study->untrained[seed], failure);
        model_free(&twin);
    }
    return done;
}

/* The text of the first window's tokens. */
static cJSON *window_text(const struct study *study, const struct tokenizer *tokenizer)
{
    cJSON *text = cJSON_CreateArray();
    int32_t before = TOKEN_BOS;
    for (int64_t t = 0; t + 1 < study->length; t++) {
        const int32_t token = (int32_t)study->targets[0][t];
        cJSON_AddItemToArray(text, text_json(tokenizer_decode(tokenizer, before, token)));
        before = token;
    }
    return text;
}

static void describe(struct study *study, const struct reading *r)
{
    cJSON *texts = cJSON_AddArrayToObject(study->about, "texts");
    cJSON_AddStringToObject(study->about, "model", path_name(r->input->checkpoint));
    cJSON_AddNumberToObject(study->about, "parameters", (double)model_parameters(&r->model.shape));
    for (int text = 0; text < r->input->count; text++)
        cJSON_AddItemToArray(texts, cJSON_CreateString(path_name(r->input->paths[text])));
}

static bool run(struct study *study, struct reading *r, struct failure *failure)
{
    const struct study_input *input = r->input;
    if (!checkpoint_open(&r->model, input->checkpoint, failure) ||
        !tokenizer_open(&r->tokenizer, input->tokenizer, r->model.shape.vocabulary, failure))
        return false;
    if (study->length > (int64_t)r->model.shape.context)
        study->length = (int64_t)r->model.shape.context;
    if (study->length < STUDY_MIN_LENGTH)
        return fail(failure, "%s: a context of %lld tokens is too short; %d are needed", input->checkpoint,
                    (long long)study->length, STUDY_MIN_LENGTH);
    for (int text = 0; text < input->count; text++)
        if (!add_windows(study, r, input->paths[text], failure))
            return false;
    describe(study, r);
    study->text = window_text(study, &r->tokenizer);
    return run_models(study, &r->model, failure);
}

bool study_run_checkpoint(struct study *study, const struct study_input *input, struct failure *failure)
{
    struct reading r = {.input = input};
    const bool done = run(study, &r, failure);
    tokenizer_close(&r.tokenizer);
    model_free(&r.model);
    return done;
}
