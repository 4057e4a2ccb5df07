/* SPDX-License-Identifier: MIT
 *
 * The states of an evaluation, one after the other in a file: likelihoods of the model, and the comparison with a
 * second one where there is one.
 */
#ifndef EXAMPLES_EVALUATE_STATES_H
#define EXAMPLES_EVALUATE_STATES_H

#include <info/info.h>

#include "../io/failure.h"

enum { MOST_STATES = 2 };

struct states {
    info_ctx *ctx;
    info_evaluation *state[MOST_STATES];
    int count;
};

void states_free(struct states *states);

/** Replaces the file at once: whoever reads it, or kills this, finds the old one or the new one whole. */
bool states_write(const struct states *states, const char *path, struct failure *failure);

bool states_read(struct states *states, const char *path, struct failure *failure);

/** Adds those of other. */
bool states_merge(struct states *states, const struct states *other, const char *path, struct failure *failure);

#endif
