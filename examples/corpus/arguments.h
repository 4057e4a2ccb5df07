/* SPDX-License-Identifier: MIT
 * The command line of corpus. */
#ifndef EXAMPLES_CORPUS_ARGUMENTS_H
#define EXAMPLES_CORPUS_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

enum unit { UNIT_BYTES, UNIT_CHARACTERS, UNIT_WORDS, UNIT_TOKENS, UNIT_IDS16, UNIT_IDS32 };

struct arguments {
    const char *text, *html, *json, *tokenizer;
    enum unit unit;
    int64_t vocabulary; /* of the tokenizer */
    int64_t orders;     /* longest n-gram */
    int64_t distance;   /* largest */
    int64_t head;       /* tokens that distances, Lempel-Ziv rates and compressors look at */
    int64_t distinct;   /* n-grams of one order that are kept at the most */
    int64_t minimum;    /* occurrences of an n-gram that is listed */
    int64_t threads;
    bool quiet;
};

void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
