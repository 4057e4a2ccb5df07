/* SPDX-License-Identifier: MIT
 *
 * lm_study: the experiments of two papers on a model of one's own.
 *
 * Runs a llama2.c checkpoint and its untrained twins over windows of texts, or reads
 * what another engine dumped, measures the hidden states with libinfo, and writes study.json and study.html: figures,
 * and a table of what agrees with the papers and what does not.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/number_argument.h"
#include "page/page_file.h"
#include "program/program_parse.h"
#include "program/text_json.h"
#include "study/study.h"

const char *argp_program_version = "lm_study of libinfo 0.1.0";

struct options {
    struct study_input input;
    bool activations; /* the arguments are dumps */
    const char *family;
    long seeds, length, selection;
    const char *html, *json;
    bool quiet;
};

enum key { KEY_SEEDS = 256, KEY_WINDOWS, KEY_LENGTH, KEY_K };

static const struct argp_option keys[] = {
    {"activations", 'a', NULL, 0, "the arguments are dumps, a window each, in lm_report's form", 0},
    {"seeds", KEY_SEEDS, "NUMBER", 0, "untrained twins, 1 to 16 (4)", 0},
    {"windows", KEY_WINDOWS, "NUMBER", 0, "windows of each text, at most 64 in all (3)", 0},
    {"length", KEY_LENGTH, "TOKENS", 0, "tokens of a window, 64 or more (256)", 0},
    {"tokens", KEY_K, "NUMBER", 0, "size of a selection of tokens (8)", 0},
    {"family", 'f', "LIST", 0, "fit power laws over the models of this JSON list", 0},
    {"html", 'o', "FILE", 0, "the page (lm_study.html)", 1},
    {"json", 'j', "FILE", 0, "the numbers (lm_study.json)", 1},
    {"quiet", 'q', NULL, 0, "no table and no progress", 1},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_SEEDS:
        o->seeds = (long)number_argument(state, "seeds", value, 1, STUDY_MAX_SEEDS);
        return 0;
    case KEY_WINDOWS:
        o->input.windows = (long)number_argument(state, "windows", value, 1, STUDY_MAX_WINDOWS);
        return 0;
    case KEY_LENGTH:
        o->length = (long)number_argument(state, "length", value, STUDY_MIN_LENGTH, 1 << 16);
        return 0;
    case KEY_K:
        o->selection = (long)number_argument(state, "tokens", value, 1, 32);
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
    case 'a':
        o->activations = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input.count < STUDY_MAX_WINDOWS)
            o->input.paths[o->input.count++] = value;
        return 0;
    case ARGP_KEY_END:
        if (o->input.count < (o->activations ? 1 : 3))
            argp_error(state, "give CHECKPOINT TOKENIZER TEXT..., or --activations DUMP...");
        if (!o->activations) {
            o->input.checkpoint = o->input.paths[0];
            o->input.tokenizer = o->input.paths[1];
            o->input.count -= 2;
            memmove(o->input.paths, o->input.paths + 2, (size_t)o->input.count * sizeof *o->input.paths);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool open_study(struct study *study, const struct options *o, cJSON *found, struct failure *failure)
{
    study->about = cJSON_AddObjectToObject(found, "about");
    if (study->about == NULL || info_ctx_create(NULL, &study->ctx) != INFO_OK)
        return fail(failure, "no memory");
    study->seeds = (int)o->seeds;
    study->k = o->selection;
    study->length = o->length;
    if (!(o->input.checkpoint != NULL ? study_run_checkpoint : study_open_dumps)(study, &o->input, failure))
        return false;
    cJSON *left_out = cJSON_AddArrayToObject(study->about, "left_out");
    const char *const reasons[] = {study_lacks_twin(study), study_lacks_surprisal(study), study_lacks_attention(study)};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i] != NULL)
            cJSON_AddItemToArray(left_out, cJSON_CreateString(reasons[i]));
    cJSON_AddNumberToObject(study->about, "layers", (double)study_states(study) - 2);
    cJSON_AddNumberToObject(study->about, "dim", (double)study->trained.windows[0].hidden.shape[2]);
    cJSON_AddNumberToObject(study->about, "windows", study->window_count);
    cJSON_AddNumberToObject(study->about, "length", (double)study->length);
    cJSON_AddNumberToObject(study->about, "seeds", study->seeds);
    cJSON_AddStringToObject(study->about, "library", info_version_string());
    return true;
}

static void close_study(struct study *study)
{
    for (int window = 0; window < STUDY_MAX_WINDOWS; window++) {
        activations_free(&study->trained.windows[window]);
        for (int seed = 0; seed < STUDY_MAX_SEEDS; seed++)
            activations_free(&study->untrained[seed].windows[window]);
        free(study->targets[window]);
    }
    for (int archive = 0; archive < study->archive_count; archive++)
        archive_close(&study->archives[archive]);
    cJSON_Delete(study->text);
    info_ctx_destroy(study->ctx);
}

static bool add(cJSON *found, const char *name, cJSON *part)
{
    return part != NULL && cJSON_AddItemToObject(found, name, part);
}

static bool measure(struct study *study, const struct options *o, cJSON *found, struct failure *failure)
{
    if (o->family != NULL && !add(found, "family", study_family(study->ctx, o->family, failure)))
        return false;
    progress_step(&study->progress, "entropy and rank by layer", 0.4, 0.5);
    if (!add(found, "layers", study_layers(study, failure)))
        return false;
    progress_step(&study->progress, "by length and seed", 0.5, 0.55);
    if (!add(found, "lengths", study_lengths(study, failure)) ||
        (!study_lacks_twin(study) && !add(found, "seeds", study_seeds(study, failure))))
        return false;
    progress_step(&study->progress, "gains of tokens", 0.55, 0.6);
    if (!add(found, "gains", study_gains(study, failure)))
        return false;
    progress_step(&study->progress, "distances of passages", 0.6, 0.7);
    if (!add(found, "sentences", study_sentences(study, failure)))
        return false;
    progress_step(&study->progress, "Lasso and attention", 0.7, 1);
    if (!add(found, "bridge", study_bridge(study, failure)))
        return false;
    if (!study_lacks_attention(study) && !add(found, "selections", study_selections(study, failure)))
        return false;
    return add(found, "claims", study_claims(found));
}

static void print_claims(const cJSON *claims)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, claims)
    {
        printf("%-10s  %s\n            %s\n", cJSON_GetObjectItem(row, "verdict")->valuestring,
               cJSON_GetObjectItem(row, "claim")->valuestring, cJSON_GetObjectItem(row, "found")->valuestring);
    }
}

int main(int argc, char **argv)
{
    static const struct argp parser = {
        .options = keys,
        .parser = parse,
        .args_doc = "CHECKPOINT TOKENIZER TEXT...\n--activations DUMP...",
        .doc = "The experiments of \"The Information of Large Language Model Geometry\" and \"Diff-eRank\" on a "
               "llama2.c checkpoint, its untrained twins and some texts, or on what another engine dumped.",
    };
    static struct study study;
    struct options o = {.seeds = 4,
                        .input.windows = 3,
                        .length = 256,
                        .selection = 8,
                        .html = "lm_study.html",
                        .json = "lm_study.json"};
    struct failure failure;
    program_parse(&parser, argc, argv, &o);
    progress_start(&study.progress, !o.quiet);
    cJSON *found = cJSON_CreateObject();
    bool done = open_study(&study, &o, found, &failure);
    done = done && measure(&study, &o, found, &failure);
    progress_end(&study.progress);
    done = done && json_write(found, o.json, &failure) && page_write_json(found, o.html, &failure);
    if (done && !o.quiet) {
        print_claims(cJSON_GetObjectItem(found, "claims"));
        printf("\n%s and %s written\n", o.html, o.json);
    }
    if (!done)
        fprintf(stderr, "lm_study: %s\n", failure.text);
    cJSON_Delete(found);
    close_study(&study);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
