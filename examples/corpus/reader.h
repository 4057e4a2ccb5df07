/* SPDX-License-Identifier: MIT
 * A text as tokens, a piece at a time. */
#ifndef EXAMPLES_CORPUS_READER_H
#define EXAMPLES_CORPUS_READER_H

#include "../model/tokenizer.h"
#include "arguments.h"

struct reader {
    struct file file; /* mapped: pages that were read are the system's to drop */
    size_t at;
    enum unit unit;
    struct tokenizer tokenizer;
    struct piece *words; /* of the text, by their number */
    int64_t word_count, word_room;
    int64_t *slots; /* a table of numbers + 1 by hash; 0: empty */
    int64_t slot_count;
};

bool reader_open(struct reader *reader, const struct arguments *arguments, struct failure *failure);
void reader_close(struct reader *reader);

/** The next tokens, malloc'ed; a count of 0 is the end of the text. */
bool reader_next(struct reader *reader, int32_t **tokens, int64_t *count, struct failure *failure);

/** How a token is written; letters is room for one character. */
struct piece reader_piece(const struct reader *reader, int64_t token, char letters[8]);

#endif
