/* SPDX-License-Identifier: MIT
 *
 * The command line of lm_evaluate.
 */
#ifndef EXAMPLES_EVALUATE_ARGUMENTS_H
#define EXAMPLES_EVALUATE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command { COMMAND_RUN, COMMAND_MERGE, COMMAND_REPORT };

struct arguments {
    enum command command;
    /* run */
    const char *checkpoint, *tokenizer, *text;
    const char *second; /* NULL: none */
    size_t id_size;     /* bytes of a token id in the text; 0: it is text */
    const char *state;
    int64_t shard, shards; /* from 0 */
    int64_t every;         /* documents between checkpoints */
    bool resume;
    /* merge: to files[0] from the others; report: files[0] */
    char **files;
    int file_count;
    const char *json; /* NULL: none */
    bool partial;
    bool quiet;
};

/** Reads the command line; says what is wrong with it and exits, as argp does. */
void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
