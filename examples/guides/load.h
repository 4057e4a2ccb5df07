/* SPDX-License-Identifier: MIT
 * Reading the activations that come with the project, for the guides' programs. */
#ifndef EXAMPLES_GUIDES_LOAD_H
#define EXAMPLES_GUIDES_LOAD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/npy.h"

/* An array of examples/data/activations, or the end of the program. Its memory lasts as long as that. */
static inline struct tensor load(const char *name)
{
    static struct failure failure;
    struct file file;
    struct tensor tensor = {0};
    char path[256];
    snprintf(path, sizeof path, "examples/data/activations/%s.npy", name);
    if (!file_open(&file, path, &failure) || !npy_view(&tensor, &file, path, &failure)) {
        fprintf(stderr, "%s\n", failure.text);
        exit(EXIT_FAILURE);
    }
    return tensor;
}

/* Targets as int64, whatever integers the file has. */
static inline int64_t *load_integers(const char *name, int64_t *count)
{
    const struct tensor tensor = load(name);
    *count = tensor.shape[0];
    int64_t *values = malloc((size_t)*count * sizeof *values);
    for (int64_t i = 0; values && i < *count; i++)
        values[i] = (int64_t)tensor_at(&tensor, (size_t)i);
    return values;
}

/* Ends the program with the library's own words if a call failed. */
static inline void check(const info_ctx *ctx, info_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", info_status_name(status), info_ctx_message(ctx));
        exit(EXIT_FAILURE);
    }
}

#endif
