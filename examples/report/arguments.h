/* SPDX-License-Identifier: MIT
 *
 * The command line of lm_report.
 */
#ifndef EXAMPLES_REPORT_ARGUMENTS_H
#define EXAMPLES_REPORT_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

struct arguments {
    /* either a model to run on a text ... */
    const char *checkpoint, *tokenizer, *text;
    /* ... or activations that were dumped */
    const char *activations;

    const char *untrained; /* activations of the untrained twin, if elsewhere */
    const char *second;    /* second model: a checkpoint, or activations */
    uint64_t seed;         /* of the untrained twin's weights */
    const char *html, *json;
    const char *dump; /* folder for the activations; NULL: none */
    bool quiet;
};

/** Reads the command line; on a wrong one it says so and exits, as argp does. */
void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
