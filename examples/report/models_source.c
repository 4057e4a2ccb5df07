/* SPDX-License-Identifier: MIT
 * Windows of a text, run through the model, its untrained twin and a second
 * model. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/checkpoint.h"
#include "../model/transformer.h"
#include "../model/untrained.h"

struct models {
    struct model models[ROLES];
    struct tokenizer tokenizer;
    int32_t *tokens; /* of the whole text: BOS, then count - 1 targets */
    size_t count;
    size_t context;
    char label[64]; /* of the progress line */

    /* the present window */
    struct window window;
    int64_t *targets, *bytes;
    struct piece *pieces;
    int32_t *inputs;
};

/* Positions of a window: as many as the context holds, fewer in the last. */
static size_t window_tokens(const struct models *models, size_t index)
{
    size_t left = models->count - 1 - index * models->context;
    return left < models->context ? left : models->context;
}

/* BOS, then the window's tokens but the last; targets are one further on. */
static void cut_window(struct models *models, size_t index)
{
    size_t first = index * models->context, count = window_tokens(models, index);
    for (size_t t = 0; t < count; t++) {
        int32_t input = t == 0 ? TOKEN_BOS : models->tokens[first + t];
        int32_t target = models->tokens[first + t + 1];
        models->inputs[t] = input;
        models->targets[t] = target;
        /* the text's first token alone loses the space that the tokenizer added */
        models->pieces[t] = tokenizer_decode(&models->tokenizer, models->tokens[first + t], target);
        models->bytes[t] = (int64_t)models->pieces[t].size;
    }
    models->window.tokens = (int64_t)count;
    models->window.targets = models->targets;
    models->window.bytes = models->bytes;
    models->window.pieces = models->pieces;
}

static void free_window(struct models *models)
{
    for (int role = 0; role < ROLES; role++)
        activations_free(&models->window.activations[role]);
}

static bool read_window(struct source *source, size_t index, struct window *window, struct failure *failure)
{
    struct models *models = source->state;
    double roles = source->names[ROLE_SECOND] != NULL ? 3.0 : 2.0;
    free_window(models);
    cut_window(models, index);
    for (int role = 0; role < ROLES; role++) {
        if (source->names[role] == NULL)
            continue;
        double begin = ((double)index + role / roles) / (double)source->windows;
        snprintf(models->label, sizeof models->label, "window %zu of %zu: %s", index + 1, source->windows,
                 role_name((enum role)role));
        progress_step(source->progress, models->label, begin, begin + 1.0 / (roles * (double)source->windows));
        if (!transformer_run(&models->models[role], models->inputs, (size_t)models->window.tokens, progress_draw,
                             source->progress, &models->window.activations[role], failure))
            return false;
    }
    *window = models->window;
    return true;
}

static void close_models(struct source *source)
{
    struct models *models = source->state;
    free_window(models);
    for (int role = 0; role < ROLES; role++)
        model_free(&models->models[role]);
    tokenizer_close(&models->tokenizer);
    free(models->tokens);
    free(models->targets);
    free(models->bytes);
    free(models->pieces);
    free(models->inputs);
    free(models);
}

static bool open_second(struct models *models, const char *path, struct failure *failure)
{
    struct model *second = &models->models[ROLE_SECOND];
    if (!checkpoint_open(second, path, failure))
        return false;
    if (second->shape.vocabulary != models->models[ROLE_MODEL].shape.vocabulary)
        return fail(failure, "%s: %zu tokens, the first model has %zu: they cannot be compared", path,
                    second->shape.vocabulary, models->models[ROLE_MODEL].shape.vocabulary);
    if (second->shape.context < models->context)
        models->context = second->shape.context;
    return true;
}

static bool encode_text(struct models *models, const char *path, struct failure *failure)
{
    struct file text;
    if (!file_open(&text, path, failure))
        return false;
    bool encoded = tokenizer_encode(&models->tokenizer, (const char *)text.data, text.size, &models->tokens,
                                    &models->count, failure);
    file_close(&text);
    return encoded;
}

static bool new_window(struct models *models, struct failure *failure)
{
    size_t size = models->context < models->count ? models->context : models->count;
    models->targets = calloc(size, sizeof *models->targets);
    models->bytes = calloc(size, sizeof *models->bytes);
    models->pieces = calloc(size, sizeof *models->pieces);
    models->inputs = calloc(size, sizeof *models->inputs);
    if (models->targets == NULL || models->bytes == NULL || models->pieces == NULL || models->inputs == NULL)
        return fail(failure, "no memory for windows of %zu tokens", size);
    return true;
}

static bool name_models(struct source *source, const struct arguments *arguments, struct failure *failure)
{
    source->title = strdup(path_name(arguments->text));
    source->names[ROLE_MODEL] = strdup(path_name(arguments->checkpoint));
    source->names[ROLE_UNTRAINED] = strdup("untrained twin");
    if (source->title == NULL || source->names[ROLE_MODEL] == NULL || source->names[ROLE_UNTRAINED] == NULL)
        return fail(failure, "no memory");
    if (arguments->second == NULL)
        return true;
    source->names[ROLE_SECOND] = strdup(path_name(arguments->second));
    return source->names[ROLE_SECOND] != NULL || fail(failure, "no memory");
}

static bool open_models(struct source *source, const struct arguments *arguments, struct failure *failure)
{
    struct models *models = source->state;
    struct model *model = &models->models[ROLE_MODEL];
    if (!checkpoint_open(model, arguments->checkpoint, failure) ||
        !model_untrained(&models->models[ROLE_UNTRAINED], &model->shape, arguments->seed, failure) ||
        !tokenizer_open(&models->tokenizer, arguments->tokenizer, model->shape.vocabulary, failure) ||
        !encode_text(models, arguments->text, failure))
        return false;
    models->context = model->shape.context;
    if (arguments->second != NULL && !open_second(models, arguments->second, failure))
        return false;
    source->windows = (models->count - 2) / models->context + 1;
    return new_window(models, failure) && name_models(source, arguments, failure);
}

bool source_open_models(struct source *source, const struct arguments *arguments, struct progress *progress,
                        struct failure *failure)
{
    struct models *models = calloc(1, sizeof *models);
    if (models == NULL)
        return fail(failure, "no memory");
    *source = (struct source){.seed_used = true,
                              .seed = arguments->seed,
                              .progress = progress,
                              .read = read_window,
                              .close = close_models,
                              .state = models};
    if (open_models(source, arguments, failure))
        return true;
    source_close(source);
    return false;
}
