/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <argp.h>
#include <string.h>

#include "../program/number_argument.h"
#include "../program/program_parse.h"

const char *argp_program_version = "lm_corpus of libinfo 0.1.0";

enum key { KEY_HEAD = 256 };

static const struct argp_option options[] = {
    {"unit", 'u', "UNIT", 0, "bytes, characters (UTF-8), words; or ids16, ids32: the file holds token ids (characters)",
     0},
    {"tokenizer", 't', "FILE", 0, "tokens of a llama2.c tokenizer", 0},
    {"vocabulary", 'v', "NUMBER", 0, "tokens of the tokenizer (512)", 0},
    {"orders", 'n', "NUMBER", 0, "longest n-gram (8)", 0},
    {"distance", 'd', "NUMBER", 0, "largest distance between tokens (1000)", 0},
    {"head", KEY_HEAD, "NUMBER", 0,
     "tokens from the beginning that distances, Lempel-Ziv and compressors look at (2000000)", 0},
    {"distinct", 'k', "NUMBER", 0, "different n-grams of one length that are kept, 16 bytes or more each (20000000)",
     0},
    {"minimum", 'm', "NUMBER", 0, "occurrences of an n-gram that is listed (10)", 0},
    {"threads", 'p', "NUMBER", 0, "threads (1)", 0},
    {"html", 'o', "FILE", 0, "the page (lm_corpus.html)", 1},
    {"json", 'j', "FILE", 0, "the numbers (lm_corpus.json)", 1},
    {"quiet", 'q', NULL, 0, "no table and no progress", 1},
    {0},
};

static const char description[] =
    "How much information is in a text?\v"
    "Reads TEXT once, in pieces, whatever its size, and prints how uncertain the next token is after 0, 1, 2 ... others, "
    "how far apart tokens still tell of each other, which pairs belong together, and what compressors make of it.";

static enum unit unit_of(struct argp_state *state, const char *value)
{
    static const char *const names[] = {"bytes", "characters", "words", "", "ids16", "ids32"};
    for (int k = 0; k < 6; k++)
        if (*names[k] && strcmp(value, names[k]) == 0)
            return (enum unit)k;
    argp_error(state, "unit: %s; bytes, characters, words, ids16 and ids32 are known", value);
    return UNIT_BYTES;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'u':
        a->unit = unit_of(state, value);
        return 0;
    case 't':
        a->tokenizer = value;
        a->unit = UNIT_TOKENS;
        return 0;
    case 'v':
        a->vocabulary = (int64_t)number_argument(state, "vocabulary", value, 3, 1000000);
        return 0;
    case 'n':
        a->orders = (int64_t)number_argument(state, "orders", value, 2, 32);
        return 0;
    case 'd':
        a->distance = (int64_t)number_argument(state, "distance", value, 1, 1000000);
        return 0;
    case KEY_HEAD:
        a->head = (int64_t)number_argument(state, "head", value, 1000, 1000000000);
        return 0;
    case 'k':
        a->distinct = (int64_t)number_argument(state, "distinct", value, 1000, 10000000000);
        return 0;
    case 'm':
        a->minimum = (int64_t)number_argument(state, "minimum", value, 1, 1000000000);
        return 0;
    case 'p':
        a->threads = (int64_t)number_argument(state, "threads", value, 1, 1024);
        return 0;
    case 'o':
        a->html = value;
        return 0;
    case 'j':
        a->json = value;
        return 0;
    case 'q':
        a->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN;
        a->text = value;
        return 0;
    case ARGP_KEY_END:
        if (a->text == NULL)
            argp_error(state, "give a TEXT");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void arguments_parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct argp parser = {.options = options, .parser = parse, .args_doc = "TEXT", .doc = description};
    *arguments = (struct arguments){.html = "lm_corpus.html",
                                    .json = "lm_corpus.json",
                                    .unit = UNIT_CHARACTERS,
                                    .vocabulary = 512,
                                    .orders = 8,
                                    .distance = 1000,
                                    .head = 2000000,
                                    .distinct = 20000000,
                                    .minimum = 10,
                                    .threads = 1};
    program_parse(&parser, argc, argv, arguments);
}
