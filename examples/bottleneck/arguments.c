/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <argp.h>

#include "../program/number_argument.h"
#include "../program/program_parse.h"

const char *argp_program_version = "lm_bottleneck of libinfo 0.1.0";

static const struct argp_option options[] = {
    {"clusters", 'k', "NUMBER", 0, "clusters that are shown (20)", 0},
    {"tokens", 't', "NUMBER", 0, "most frequent words that are told apart (400)", 0},
    {"characters", 'c', NULL, 0, "tokens are bytes instead of words", 0},
    {"logits", 'l', "FILE", 0, "a model's logits, one .npy row per token: how far can they be quantized?", 0},
    {"seed", 's', "NUMBER", 0, "seed of the random starts (1)", 0},
    {"html", 'o', "FILE", 0, "the page (lm_bottleneck.html)", 1},
    {"json", 'j', "FILE", 0, "the numbers (lm_bottleneck.json)", 1},
    {"quiet", 'q', NULL, 0, "no table and no progress", 1},
    {0},
};

static const char description[] =
    "What must be known of a word to predict the next one?\v"
    "Counts the pairs of neighboring words in TEXT and puts the words into clusters that tell as much as possible "
    "about the word that follows. With --logits, also finds how many bits a model's prediction costs when it "
    "may lose a given amount of information.";

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'k':
        arguments->clusters = (int64_t)number_argument(state, "clusters", value, 2, 1000);
        return 0;
    case 't':
        arguments->tokens = (int64_t)number_argument(state, "tokens", value, 10, 5000);
        return 0;
    case 'c':
        arguments->characters = true;
        return 0;
    case 'l':
        arguments->logits = value;
        return 0;
    case 's':
        arguments->seed = number_argument(state, "seed", value, 0, UINT64_MAX);
        return 0;
    case 'o':
        arguments->html = value;
        return 0;
    case 'j':
        arguments->json = value;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN;
        arguments->text = value;
        return 0;
    case ARGP_KEY_END:
        if (arguments->text == NULL)
            argp_error(state, "give a TEXT");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void arguments_parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct argp parser = {.options = options, .parser = parse, .args_doc = "TEXT", .doc = description};
    *arguments = (struct arguments){
        .html = "lm_bottleneck.html", .json = "lm_bottleneck.json", .tokens = 400, .clusters = 20, .seed = 1};
    program_parse(&parser, argc, argv, arguments);
}
