/* SPDX-License-Identifier: MIT
 *
 * The command line of bottleneck.
 */
#ifndef EXAMPLES_BOTTLENECK_ARGUMENTS_H
#define EXAMPLES_BOTTLENECK_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

struct arguments {
    const char *text;
    const char *logits; /* NULL: none */
    const char *html;
    const char *json;
    int64_t tokens; /* in the vocabulary */
    int64_t clusters;
    uint64_t seed;
    bool characters;
    bool quiet;
};

/** Fills in the struct, or explains what is wrong and exits. */
void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
