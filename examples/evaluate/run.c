/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/checkpoint.h"
#include "../model/tokenizer.h"
#include "../model/transformer.h"
#include "../program/progress.h"

struct run {
    const struct arguments *arguments;
    document_choice wants; /* NULL: every shards-th */
    void *user;
    struct model model, second;
    struct tokenizer tokenizer;
    struct file text;
    struct states states;
    struct progress progress;
    size_t context;
    /* of one window: context elements each */
    double *log_p, *log_q, *entropy, *top, *kl, *kl_reverse, *units;
    int32_t *correct, *correct_q, *same;
    int64_t *argmax, *targets, *documents, *positions;
};

/* ---- Names of files, by their contents ------------------------------------------------- */

static bool name_of(const char *path, char *name, size_t size, struct failure *failure)
{
    struct file file;
    if (!file_open(&file, path, failure))
        return false;
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < file.size; i++)
        hash = (hash ^ file.data[i]) * 0x100000001b3u;
    file_close(&file);
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%s %016" PRIx64, slash != NULL ? slash + 1 : path, hash);
    return true;
}

/* ---- Opening --------------------------------------------------------------------------- */

static bool new_states(struct run *run, struct failure *failure)
{
    static const int64_t positions[] = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, INT64_MAX};
    static double confidences[16];
    char names[4][300], settings[64];
    const struct arguments *a = run->arguments;
    for (int i = 0; i < 16; i++)
        confidences[i] = i / 15.0;
    if (!name_of(a->checkpoint, names[0], sizeof names[0], failure) ||
        !name_of(a->tokenizer, names[1], sizeof names[1], failure) ||
        !name_of(a->text, names[2], sizeof names[2], failure) ||
        (a->second != NULL && !name_of(a->second, names[3], sizeof names[3], failure)))
        return false;
    snprintf(settings, sizeof settings, "windows of %zu tokens", run->context);
    info_evaluation_options o = {.struct_size = sizeof o,
                                 .kind = INFO_EVALUATION_LIKELIHOOD,
                                 .documents = INFO_DOCUMENTS_WHOLE,
                                 .model = names[0],
                                 .tokenizer = names[1],
                                 .data = names[2],
                                 .settings = settings,
                                 .shard = a->shard,
                                 .shards = a->shards,
                                 .position_edges = positions,
                                 .position_edges_len = sizeof positions / sizeof positions[0],
                                 .confidence_edges = confidences,
                                 .confidence_edges_len = 16};
    if (info_ctx_create(NULL, &run->states.ctx) != INFO_OK)
        return fail(failure, "no memory");
    for (int i = 0; i < (a->second != NULL ? 2 : 1); i++) {
        if (i == 1) {
            o.kind = INFO_EVALUATION_PAIR;
            o.model = names[3];
            o.reference = names[0];
        }
        if (info_evaluation_create(run->states.ctx, &o, &run->states.state[i]) != INFO_OK)
            return fail(failure, "%s", info_ctx_message(run->states.ctx));
        run->states.count++;
    }
    return true;
}

/* Takes over the states in the file, if they are of this evaluation and this shard. */
static bool resume(struct run *run, struct failure *failure)
{
    struct states kept;
    const char *path = run->arguments->state;
    if (access(path, F_OK) != 0)
        return true;
    if (!states_read(&kept, path, failure))
        return false;
    bool same = kept.count == run->states.count;
    for (int i = 0; same && i < kept.count; i++) {
        info_evaluation_description a, b;
        same = info_evaluation_describe(kept.ctx, kept.state[i], &a) == INFO_OK &&
               info_evaluation_describe(kept.ctx, run->states.state[i], &b) == INFO_OK &&
               a.configuration == b.configuration && a.shards_present == 1;
    }
    if (!same) {
        states_free(&kept);
        return fail(failure, "%s: is of another evaluation; it was not touched", path);
    }
    states_free(&run->states);
    run->states = kept;
    return true;
}

static bool new_arrays(struct run *run, struct failure *failure)
{
    double **const doubles[] = {&run->log_p, &run->log_q,      &run->entropy, &run->top,
                                &run->kl,    &run->kl_reverse, &run->units};
    int32_t **const flags[] = {&run->correct, &run->correct_q, &run->same};
    int64_t **const integers[] = {&run->argmax, &run->targets, &run->documents, &run->positions};
    bool done = true;
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++)
        done = (*doubles[i] = calloc(run->context, sizeof **doubles[i])) != NULL && done;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        done = (*flags[i] = calloc(run->context, sizeof **flags[i])) != NULL && done;
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
        done = (*integers[i] = calloc(run->context, sizeof **integers[i])) != NULL && done;
    return done || fail(failure, "no memory for windows of %zu tokens", run->context);
}

static bool open_run(struct run *run, struct failure *failure)
{
    const struct arguments *a = run->arguments;
    if (!checkpoint_open(&run->model, a->checkpoint, failure) ||
        !tokenizer_open(&run->tokenizer, a->tokenizer, run->model.shape.vocabulary, failure) ||
        !file_open(&run->text, a->text, failure))
        return false;
    run->context = run->model.shape.context;
    if (a->id_size > 0 && run->text.size % a->id_size != 0)
        return fail(failure, "%s: %zu bytes are not whole ids of %zu", a->text, run->text.size, a->id_size);
    if (a->second != NULL) {
        if (!checkpoint_open(&run->second, a->second, failure))
            return false;
        if (run->second.shape.vocabulary != run->model.shape.vocabulary)
            return fail(failure, "%s: %zu tokens, the first model has %zu: they cannot be compared", a->second,
                        run->second.shape.vocabulary, run->model.shape.vocabulary);
        if (run->second.shape.context < run->context)
            run->context = run->second.shape.context;
    }
    return new_arrays(run, failure) && new_states(run, failure) && (!a->resume || resume(run, failure));
}

static void close_run(struct run *run)
{
    void *const arrays[] = {run->log_p,      run->log_q,   run->entropy,   run->top,      run->kl,
                            run->kl_reverse, run->units,   run->same,      run->correct,  run->correct_q,
                            run->argmax,     run->targets, run->documents, run->positions};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    states_free(&run->states);
    model_free(&run->model);
    model_free(&run->second);
    tokenizer_close(&run->tokenizer);
    file_close(&run->text);
}

/* ---- Scoring ---------------------------------------------------------------------------- */

static bool ok(const struct run *run, info_status status, struct failure *failure)
{
    return status >= 0 || fail(failure, "%s", info_ctx_message(run->states.ctx));
}

static bool score_model(struct run *run, const struct activations *p, size_t count, struct failure *failure)
{
    info_ctx *ctx = run->states.ctx;
    const info_matrix logits = tensor_matrix(&p->logits, 0);
    const info_logit_measures measures = {.struct_size = sizeof measures,
                                          .length = (int64_t)count,
                                          .argmax = run->argmax,
                                          .log_probability = run->log_p,
                                          .entropy = run->entropy,
                                          .top_probability = run->top};
    if (!ok(run, info_logits_measure(ctx, &logits, run->targets, (int64_t)count, NULL, &measures), failure))
        return false;
    for (size_t t = 0; t < count; t++)
        run->correct[t] = run->argmax[t] < 0 ? -1 : run->argmax[t] == run->targets[t];
    const info_likelihood_batch batch = {.struct_size = sizeof batch,
                                         .count = (int64_t)count,
                                         .log_probability = run->log_p,
                                         .units = run->units,
                                         .entropy = run->entropy,
                                         .top_probability = run->top,
                                         .correct = run->correct,
                                         .documents = run->documents,
                                         .positions = run->positions};
    return ok(run, info_evaluation_update_likelihood(ctx, run->states.state[0], &batch), failure);
}

static bool score_pair(struct run *run, const struct activations *p, const struct activations *q, size_t count,
                       struct failure *failure)
{
    info_ctx *ctx = run->states.ctx;
    const info_matrix base = tensor_matrix(&p->logits, 0), other = tensor_matrix(&q->logits, 0);
    const info_logit_measures measures = {
        .struct_size = sizeof measures, .length = (int64_t)count, .argmax = run->argmax, .log_probability = run->log_q};
    const info_logit_comparison comparison = {.struct_size = sizeof comparison,
                                              .length = (int64_t)count,
                                              .kl = run->kl,
                                              .kl_reverse = run->kl_reverse,
                                              .same_top = run->same};
    if (!ok(run, info_logits_measure(ctx, &other, run->targets, (int64_t)count, NULL, &measures), failure) ||
        !ok(run, info_logits_compare(ctx, &base, &other, NULL, 0, NULL, &comparison), failure))
        return false;
    for (size_t t = 0; t < count; t++)
        run->correct_q[t] = run->argmax[t] < 0 ? -1 : run->argmax[t] == run->targets[t];
    const info_pair_batch batch = {.struct_size = sizeof batch,
                                   .count = (int64_t)count,
                                   .log_probability_p = run->log_p,
                                   .log_probability_q = run->log_q,
                                   .kl = run->kl,
                                   .kl_reverse = run->kl_reverse,
                                   .same_top = run->same,
                                   .correct_p = run->correct,
                                   .correct_q = run->correct_q,
                                   .top_probability = run->top,
                                   .documents = run->documents,
                                   .positions = run->positions};
    return ok(run, info_evaluation_update_pair(ctx, run->states.state[1], &batch), failure);
}

/* One window: BOS or the token before it, then its tokens but the last. */
static bool score_window(struct run *run, int64_t document, const int32_t *tokens, size_t first, size_t count,
                         struct failure *failure)
{
    struct activations p = {0}, q = {0};
    int32_t *inputs = malloc(count * sizeof *inputs);
    if (inputs == NULL)
        return fail(failure, "no memory");
    for (size_t t = 0; t < count; t++) {
        inputs[t] = t == 0 ? TOKEN_BOS : tokens[first + t];
        run->targets[t] = tokens[first + t + 1];
        run->units[t] = (double)tokenizer_decode(&run->tokenizer, tokens[first + t], tokens[first + t + 1]).size;
        run->documents[t] = document;
        run->positions[t] = (int64_t)t;
    }
    bool done =
        transformer_run(&run->model, inputs, count, NULL, NULL, &p, failure) && score_model(run, &p, count, failure);
    if (done && run->states.count == 2)
        done = transformer_run(&run->second, inputs, count, NULL, NULL, &q, failure) &&
               score_pair(run, &p, &q, count, failure);
    activations_free(&p);
    activations_free(&q);
    free(inputs);
    return done;
}

/* The token id at an offset of the text. */
static uint32_t id_at(const struct run *run, size_t at)
{
    uint16_t narrow;
    uint32_t id;
    if (run->arguments->id_size == sizeof narrow) {
        memcpy(&narrow, run->text.data + at, sizeof narrow);
        return narrow;
    }
    memcpy(&id, run->text.data + at, sizeof id);
    return id;
}

/* The ids from an offset on, after BOS if they do not begin with it. */
static bool read_ids(const struct run *run, size_t at, size_t size, int32_t **tokens, size_t *count,
                     struct failure *failure)
{
    const size_t width = run->arguments->id_size;
    *count = 0;
    *tokens = malloc((size / width + 1) * sizeof **tokens);
    if (*tokens == NULL)
        return fail(failure, "no memory");
    if (id_at(run, at) != TOKEN_BOS)
        (*tokens)[(*count)++] = TOKEN_BOS;
    for (size_t i = at; i < at + size; i += width) {
        const uint32_t id = id_at(run, i);
        if (id >= run->model.shape.vocabulary) {
            free(*tokens);
            return fail(failure, "%s: token %u at byte %zu; the model has %zu", run->arguments->text, (unsigned)id, i,
                        run->model.shape.vocabulary);
        }
        (*tokens)[(*count)++] = (int32_t)id;
    }
    return true;
}

static bool score_document(struct run *run, int64_t document, size_t at, size_t size, struct failure *failure)
{
    int32_t *tokens;
    size_t count;
    const bool read = run->arguments->id_size > 0 ? read_ids(run, at, size, &tokens, &count, failure)
                                                  : tokenizer_encode(&run->tokenizer, (const char *)run->text.data + at,
                                                                     size, &tokens, &count, failure);
    if (!read)
        return false;
    bool done = true;
    for (size_t first = 0; done && first + 1 < count; first += run->context) {
        const size_t left = count - 1 - first;
        done = score_window(run, document, tokens, first, left < run->context ? left : run->context, failure);
    }
    free(tokens);
    return done;
}

static bool keep(struct run *run, int64_t next, bool finished, struct failure *failure)
{
    for (int i = 0; i < run->states.count; i++)
        if (!ok(run, info_evaluation_mark(run->states.ctx, run->states.state[i], next, finished), failure))
            return false;
    return run->arguments->state == NULL || states_write(&run->states, run->arguments->state, failure);
}

/* The document at an offset, without the line that ends it; the next one's offset. */
static size_t document_at(const struct run *run, size_t at, size_t *size)
{
    const size_t width = run->arguments->id_size;
    if (width > 0) {
        size_t next = at + width;
        while (next < run->text.size && id_at(run, next) != TOKEN_BOS)
            next += width;
        *size = next - at;
        return next;
    }
    static const char end[] = "\n<|endoftext|>\n";
    const char *text = (const char *)run->text.data;
    const char *found = memmem(text + at, run->text.size - at, end, sizeof end - 1);
    *size = found != NULL ? (size_t)(found - text) - at : run->text.size - at;
    return found != NULL ? at + *size + sizeof end - 1 : run->text.size;
}

static bool wanted(const struct run *run, int64_t document)
{
    if (run->wants != NULL)
        return run->wants(run->user, document);
    return document % run->arguments->shards == run->arguments->shard;
}

static bool score_shard(struct run *run, struct failure *failure)
{
    const struct arguments *a = run->arguments;
    info_evaluation_description d;
    if (!ok(run, info_evaluation_describe(run->states.ctx, run->states.state[0], &d), failure))
        return false;
    int64_t document = 0, since = 0;
    progress_step(&run->progress, "documents", 0, 1);
    for (size_t at = 0, size, next; at < run->text.size && !d.finished; at = next, document++) {
        next = document_at(run, at, &size);
        if (document < d.position || size == 0 || !wanted(run, document))
            continue;
        if (!score_document(run, document, at, size, failure))
            return false;
        if (++since % a->every == 0 && !keep(run, document + 1, false, failure))
            return false;
        progress_draw(&run->progress, (double)next / (double)run->text.size);
    }
    return d.finished || keep(run, document, true, failure);
}

bool evaluate_run(const struct arguments *arguments, struct failure *failure)
{
    struct run run = {.arguments = arguments};
    progress_start(&run.progress, !arguments->quiet);
    const bool done = open_run(&run, failure) && score_shard(&run, failure);
    progress_end(&run.progress);
    close_run(&run);
    return done;
}

bool evaluate_documents(const struct arguments *arguments, document_choice wants, void *user, struct states *states,
                        struct failure *failure)
{
    struct arguments own = *arguments;
    own.state = NULL;
    own.resume = false;
    struct run run = {.arguments = &own, .wants = wants, .user = user};
    progress_start(&run.progress, !arguments->quiet);
    const bool done = open_run(&run, failure) && score_shard(&run, failure);
    progress_end(&run.progress);
    *states = done ? run.states : (struct states){0};
    if (done)
        run.states = (struct states){0};
    close_run(&run);
    return done;
}
