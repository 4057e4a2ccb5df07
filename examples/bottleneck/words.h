/* SPDX-License-Identifier: MIT
 *
 * The words of a text and how often each follows each.
 */
#ifndef EXAMPLES_BOTTLENECK_WORDS_H
#define EXAMPLES_BOTTLENECK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "../model/tokenizer.h"

struct words {
    int64_t read;       /* tokens of the text */
    int64_t vocabulary; /* the most frequent first; the last may stand for all others */
    bool others;
    struct piece *name; /* bytes in memory below */
    double *count;      /* as the first of a pair */
    double *pairs;      /* vocabulary x vocabulary */
    char *text;         /* in lower case where tokens are words */
};

/** Reads a text. Words are runs of letters and apostrophes, in lower case; any
 *  other visible character is a token of its own; in characters every byte is one. At most limit are
 *  told apart. */
bool words_read(struct words *words, const char *path, bool characters, int64_t limit, struct failure *failure);

/** Gives its memory back. A zeroed struct is fine. */
void words_free(struct words *words);

#endif
