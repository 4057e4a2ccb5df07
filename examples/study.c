/* SPDX-License-Identifier: MIT
 *
 * study: the experiments of two papers on a model of one's own.
 *
 * Runs a llama2.c checkpoint and its untrained twins over windows of texts, measures
 * their hidden states with libinfo, and writes study.json and study.html: figures,
 * and a table of what agrees with the papers and what does not.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/checkpoint.h"
#include "model/transformer.h"
#include "model/untrained.h"
#include "report/page_file.h"
#include "report/source.h"
#include "report/text_json.h"
#include "study/study.h"

const char *argp_program_version = "study of libinfo 0.1.0";

struct options {
    const char *checkpoint, *tokenizer;
    const char *texts[STUDY_MAX_WINDOWS];
    int text_count;
    const char *family;
    long seeds, windows, length, selection;
    const char *html, *json;
    bool quiet;
};

enum key { KEY_SEEDS = 256, KEY_WINDOWS, KEY_LENGTH, KEY_K };

static const struct argp_option keys[] = {
    {"seeds", KEY_SEEDS, "NUMBER", 0, "untrained twins, 1 to 16 (4)", 0},
    {"windows", KEY_WINDOWS, "NUMBER", 0, "windows of each text, at most 64 in all (3)", 0},
    {"length", KEY_LENGTH, "TOKENS", 0, "tokens of a window, 64 or more (256)", 0},
    {"tokens", KEY_K, "NUMBER", 0, "size of a selection of tokens (8)", 0},
    {"family", 'f', "LIST", 0, "fit power laws over the models of this JSON list", 0},
    {"html", 'o', "FILE", 0, "the page (study.html)", 1},
    {"json", 'j', "FILE", 0, "the numbers (study.json)", 1},
    {"quiet", 'q', NULL, 0, "no table and no progress", 1},
    {0},
};

static long number(struct argp_state *state, const char *name, const char *text, long low, long high)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high)
        argp_error(state, "--%s is \"%s\", not a number from %ld to %ld", name, text, low, high);
    return value;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_SEEDS:
        o->seeds = number(state, "seeds", value, 1, STUDY_MAX_SEEDS);
        return 0;
    case KEY_WINDOWS:
        o->windows = number(state, "windows", value, 1, STUDY_MAX_WINDOWS);
        return 0;
    case KEY_LENGTH:
        o->length = number(state, "length", value, 64, 1 << 16);
        return 0;
    case KEY_K:
        o->selection = number(state, "tokens", value, 1, 32);
        return 0;
    case 'f':
        o->family = value;
        return 0;
    case 'o':
        o->html = value;
        return 0;
    case 'j':
        o->json = value;
        return 0;
    case 'q':
        o->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            o->checkpoint = value;
        else if (state->arg_num == 1)
            o->tokenizer = value;
        else if (o->text_count < STUDY_MAX_WINDOWS)
            o->texts[o->text_count++] = value;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 3)
            argp_error(state, "give CHECKPOINT TOKENIZER TEXT...");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Cuts a text into its first windows, each of which starts with BOS. */
static bool add_windows(struct study *study, const struct options *o, const char *path, struct failure *failure)
{
    struct file text;
    int32_t *tokens;
    size_t count;
    if (!file_open(&text, path, failure))
        return false;
    /* eight bytes a token are more than enough */
    const size_t wanted = (size_t)(o->windows * study->length) * 8, size = text.size < wanted ? text.size : wanted;
    const bool encoded = tokenizer_encode(&study->tokenizer, (const char *)text.data, size, &tokens, &count, failure);
    file_close(&text);
    if (!encoded)
        return false;
    bool added = (int64_t)count >= study->length ||
                 fail(failure, "%s: %zu tokens; a window has %lld", path, count, (long long)study->length);
    const int64_t step = study->length - 1;
    for (long w = 0; added && w < o->windows && study->window_count < STUDY_MAX_WINDOWS; w++) {
        if (1 + (w + 1) * step > (int64_t)count)
            break;
        int32_t *window = malloc((size_t)study->length * sizeof *window);
        if (window == NULL) {
            added = fail(failure, "no memory");
            break;
        }
        window[0] = TOKEN_BOS;
        memcpy(window + 1, tokens + 1 + w * step, (size_t)step * sizeof *window);
        study->tokens[study->window_count++] = window;
    }
    free(tokens);
    return added;
}

static bool run_model(struct study *study, const struct model *model, struct run *run, struct failure *failure)
{
    for (int window = 0; window < study->window_count; window++) {
        if (!transformer_run(model, study->tokens[window], (size_t)study->length, NULL, NULL, &run->windows[window],
                             failure))
            return false;
        progress_draw(&study->progress, (double)(window + 1) / study->window_count);
    }
    return true;
}

static bool run_models(struct study *study, struct failure *failure)
{
    progress_step(&study->progress, "the model reads", 0, 0.08);
    bool done = run_model(study, &study->model, &study->trained, failure);
    for (int seed = 0; done && seed < study->seeds; seed++) {
        struct model twin = {0};
        const double share = 0.32 / study->seeds;
        progress_step(&study->progress, "its untrained twins read", 0.08 + seed * share, 0.08 + (seed + 1) * share);
        done = model_untrained(&twin, &study->model.shape, (uint64_t)seed + 1, failure) &&
               run_model(study, &twin, &study->untrained[seed], failure);
        model_free(&twin);
    }
    return done;
}

static bool open_study(struct study *study, const struct options *o, struct failure *failure)
{
    if (info_ctx_create(NULL, &study->ctx) != INFO_OK)
        return fail(failure, "no memory");
    if (!checkpoint_open(&study->model, o->checkpoint, failure) ||
        !tokenizer_open(&study->tokenizer, o->tokenizer, study->model.shape.vocabulary, failure))
        return false;
    study->seeds = (int)o->seeds;
    study->k = o->selection;
    study->length = o->length < (long)study->model.shape.context ? o->length : (long)study->model.shape.context;
    if (study->length < 64)
        return fail(failure, "%s: a context of %lld tokens is too short; 64 are needed", o->checkpoint, (long long)study->length);
    for (int text = 0; text < o->text_count; text++)
        if (!add_windows(study, o, o->texts[text], failure))
            return false;
    return true;
}

static void free_run(struct run *run, int windows)
{
    for (int window = 0; window < windows; window++)
        activations_free(&run->windows[window]);
}

static void close_study(struct study *study)
{
    free_run(&study->trained, study->window_count);
    for (int seed = 0; seed < study->seeds; seed++)
        free_run(&study->untrained[seed], study->window_count);
    for (int window = 0; window < study->window_count; window++)
        free(study->tokens[window]);
    tokenizer_close(&study->tokenizer);
    model_free(&study->model);
    info_ctx_destroy(study->ctx);
}

static void describe(const struct study *study, const struct options *o, cJSON *found)
{
    cJSON *about = cJSON_AddObjectToObject(found, "about"), *texts = cJSON_AddArrayToObject(about, "texts");
    cJSON_AddStringToObject(about, "model", path_name(o->checkpoint));
    cJSON_AddNumberToObject(about, "parameters", (double)model_parameters(&study->model.shape));
    cJSON_AddNumberToObject(about, "layers", (double)study->model.shape.layers);
    cJSON_AddNumberToObject(about, "dim", (double)study->model.shape.dim);
    cJSON_AddNumberToObject(about, "windows", study->window_count);
    cJSON_AddNumberToObject(about, "length", (double)study->length);
    cJSON_AddNumberToObject(about, "seeds", study->seeds);
    cJSON_AddStringToObject(about, "library", info_version_string());
    for (int text = 0; text < o->text_count; text++)
        cJSON_AddItemToArray(texts, cJSON_CreateString(path_name(o->texts[text])));
}

static bool add(cJSON *found, const char *name, cJSON *part)
{
    return part != NULL && cJSON_AddItemToObject(found, name, part);
}

static bool measure(struct study *study, const struct options *o, cJSON *found, struct failure *failure)
{
    progress_step(&study->progress, "entropy and rank by layer", 0.4, 0.5);
    if (!add(found, "layers", study_layers(study, failure)))
        return false;
    progress_step(&study->progress, "by length and seed", 0.5, 0.55);
    if (!add(found, "lengths", study_lengths(study, failure)) || !add(found, "seeds", study_seeds(study, failure)))
        return false;
    progress_step(&study->progress, "gains of tokens", 0.55, 0.6);
    if (!add(found, "gains", study_gains(study, failure)))
        return false;
    progress_step(&study->progress, "Lasso and attention", 0.6, 1);
    if (!add(found, "selections", study_selections(study, failure)))
        return false;
    if (o->family != NULL && !add(found, "family", study_family(study->ctx, o->family, failure)))
        return false;
    return add(found, "claims", study_claims(found));
}

static void print_claims(const cJSON *claims)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, claims) {
        printf("%-10s  %s\n            %s\n", cJSON_GetObjectItem(row, "verdict")->valuestring,
               cJSON_GetObjectItem(row, "claim")->valuestring, cJSON_GetObjectItem(row, "found")->valuestring);
    }
}

int main(int argc, char **argv)
{
    static const struct argp parser = {
        .options = keys,
        .parser = parse,
        .args_doc = "CHECKPOINT TOKENIZER TEXT...",
        .doc = "The experiments of \"The Information of Large Language Model Geometry\" and \"Diff-eRank\" on a "
               "llama2.c checkpoint, its untrained twins and some texts.",
    };
    static struct study study;
    struct options o = {.seeds = 4, .windows = 3, .length = 256, .selection = 8, .html = "study.html", .json = "study.json"};
    struct failure failure;
    argp_parse(&parser, argc, argv, 0, NULL, &o);
    progress_start(&study.progress, !o.quiet);
    cJSON *found = cJSON_CreateObject();
    bool done = open_study(&study, &o, &failure) && run_models(&study, &failure);
    if (done) {
        describe(&study, &o, found);
        done = measure(&study, &o, found, &failure);
    }
    progress_end(&study.progress);
    done = done && json_write(found, o.json, &failure) && page_write_json(found, o.html, &failure);
    if (done && !o.quiet) {
        print_claims(cJSON_GetObjectItem(found, "claims"));
        printf("\n%s and %s written\n", o.html, o.json);
    }
    if (!done)
        fprintf(stderr, "study: %s\n", failure.text);
    cJSON_Delete(found);
    close_study(&study);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
