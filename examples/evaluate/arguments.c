/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "../program/number_argument.h"
#include "../program/program_parse.h"

const char *argp_program_version = "lm_evaluate of libinfo 0.1.0";

static const struct argp_option options[] = {
    {"shard", 's', "I/N", 0, "the I-th of N parts of the documents, from 1 (1/1)", 0},
    {"state", 'o', "FILE", 0, "where the state is kept (evaluation.state)", 0},
    {"resume", 'r', NULL, 0, "go on from the state's file, if there is one", 0},
    {"second", '2', "CHECKPOINT", 0, "compare with a second model", 0},
    {"ids", 'i', "BITS", 0, "TEXT holds token ids of 16 or 32 bits, BOS (1) at the head of every document", 0},
    {"every", 'e', "N", 0, "write the state after every N documents (32)", 0},
    {"json", 'j', "FILE", 0, "report: write the numbers there as well", 1},
    {"partial", 'p', NULL, 0, "report: also while shards are missing", 1},
    {"quiet", 'q', NULL, 0, "no progress", 1},
    {0},
};

static const char description[] =
    "Evaluates a language model on a text of many documents, in as many processes as are wanted, each of which may be "
    "killed at any time and resumed.\v"
    "Documents end with a line <|endoftext|>, or begin with BOS in a file of token ids (llama2.c's pretokenized data). Shard I has every N-th document from the I-th on. The numbers are the same to "
    "the last bit for any number of shards, any order of merging, and any number of interruptions.";

static void parse_shard(struct arguments *arguments, const char *value, struct argp_state *state)
{
    char *slash = strchr(value, '/'), first[24];
    if (slash == NULL || (size_t)(slash - value) >= sizeof first)
        argp_error(state, "--shard is \"%s\", not I/N", value);
    memcpy(first, value, (size_t)(slash - value));
    first[slash - value] = '\0';
    arguments->shards = (int64_t)number_argument(state, "shard", slash + 1, 1, 1 << 30);
    arguments->shard = (int64_t)number_argument(state, "shard", first, 1, (uint64_t)arguments->shards) - 1;
}

static void finish(struct arguments *arguments, struct argp_state *state, char **words, int count)
{
    const char *command = count > 0 ? words[0] : "";
    if (strcmp(command, "run") == 0 && count == 4) {
        arguments->command = COMMAND_RUN;
        arguments->checkpoint = words[1];
        arguments->tokenizer = words[2];
        arguments->text = words[3];
    } else if (strcmp(command, "merge") == 0 && count >= 3) {
        arguments->command = COMMAND_MERGE;
    } else if (strcmp(command, "report") == 0 && count == 2) {
        arguments->command = COMMAND_REPORT;
    } else {
        argp_error(state, "give run CHECKPOINT TOKENIZER TEXT, merge OUT FILE..., or report FILE");
    }
    arguments->files = words + 1;
    arguments->file_count = count - 1;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 's':
        parse_shard(arguments, value, state);
        return 0;
    case 'o':
        arguments->state = value;
        return 0;
    case 'r':
        arguments->resume = true;
        return 0;
    case '2':
        arguments->second = value;
        return 0;
    case 'i':
        if (strcmp(value, "16") != 0 && strcmp(value, "32") != 0)
            argp_error(state, "--ids is \"%s\"; 16 and 32 are known", value);
        arguments->id_size = value[0] == '1' ? 2 : 4;
        return 0;
    case 'e':
        arguments->every = (int64_t)number_argument(state, "every", value, 1, 1 << 30);
        return 0;
    case 'j':
        arguments->json = value;
        return 0;
    case 'p':
        arguments->partial = true;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARGS:
        finish(arguments, state, state->argv + state->next, state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        finish(arguments, state, NULL, 0);
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
        .args_doc = "run CHECKPOINT TOKENIZER TEXT\nmerge OUT FILE...\nreport FILE",
        .doc = description,
    };
    *arguments = (struct arguments){.state = "evaluation.state", .shards = 1, .every = 32};
    program_parse(&parser, argc, argv, arguments);
}
