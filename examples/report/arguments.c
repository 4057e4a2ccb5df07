/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <argp.h>

#include <info/info.h>

#include "../program/number_argument.h"
#include "../program/program_parse.h"

const char *argp_program_version = "lm_report of libinfo 0.1.0";

enum key { KEY_SEED = 256 };

static const struct argp_option options[] = {
    {"second", 's', "PATH", 0, "compare with a second model: a checkpoint, or activations", 0},
    {"untrained", 'u', "PATH", 0, "activations of the untrained twin, if not under ACTIVATIONS", 0},
    {"seed", KEY_SEED, "NUMBER", 0, "seed of the untrained twin's weights (1)", 0},
    {"html", 'o', "FILE", 0, "the page (report.html)", 1},
    {"json", 'j', "FILE", 0, "the numbers (report.json)", 1},
    {"dump", 'd', "FOLDER", 0, "keep the activations as .npy files in this new folder", 1},
    {"quiet", 'q', NULL, 0, "no table and no progress", 1},
    {0},
};

static const char description[] =
    "How much information does a language model carry on a text?\v"
    "The first form runs a llama2.c checkpoint (f32, or the 8-bit version 2) on a text. The second reads "
    "activations: a folder with model/logits.npy, model/targets.npy and more, or a .safetensors or .npz file; see "
    "docs/guide-lm-report.md. Both compare the model with its untrained twin, a model of the same shape "
    "whose weights are random.";

static void finish(const struct arguments *arguments, int positional, struct argp_state *state)
{
    if (positional != 1 && positional != 3)
        argp_error(state, "give CHECKPOINT TOKENIZER TEXT, or ACTIVATIONS");
    if (positional == 3 && arguments->untrained != NULL)
        argp_error(state, "--untrained is for ACTIVATIONS; the twin of a checkpoint is made from --seed");
    if (positional == 1 && arguments->dump != NULL)
        argp_error(state, "--dump is for CHECKPOINT TOKENIZER TEXT");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 's':
        arguments->second = value;
        return 0;
    case 'u':
        arguments->untrained = value;
        return 0;
    case KEY_SEED:
        arguments->seed = number_argument(state, "seed", value, 0, UINT64_MAX);
        return 0;
    case 'o':
        arguments->html = value;
        return 0;
    case 'j':
        arguments->json = value;
        return 0;
    case 'd':
        arguments->dump = value;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            arguments->activations = arguments->checkpoint = value;
        else if (state->arg_num == 1)
            arguments->tokenizer = value;
        else if (state->arg_num == 2)
            arguments->text = value;
        return 0;
    case ARGP_KEY_END:
        finish(arguments, (int)state->arg_num, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void arguments_parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct argp parser = {
        .options = options,
        .parser = parse,
        .args_doc = "CHECKPOINT TOKENIZER TEXT\nACTIVATIONS",
        .doc = description,
    };
    *arguments = (struct arguments){.seed = 1, .html = "report.html", .json = "report.json"};
    program_parse(&parser, argc, argv, arguments);
    if (arguments->text != NULL)
        arguments->activations = NULL;
    else
        arguments->checkpoint = NULL;
}
