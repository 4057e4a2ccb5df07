/* SPDX-License-Identifier: MIT
 *
 * The same forward pass one token at a time, as a decoder needs it: keys and values of the tokens before are kept.
 */
#ifndef EXAMPLES_MODEL_STEPPER_H
#define EXAMPLES_MODEL_STEPPER_H

#include "model.h"

struct stepper {
    const struct model *model;
    size_t tokens;        /* taken so far, at most the model's context */
    float *logits;        /* [V], what comes next */
    float *keys, *values; /* [layers, context, kv width] */
    float *memory;        /* all of it */
    float *stream, *normed, *mixed, *gate, *up, *weights;
};

/** stepper_free() ends it. */
bool stepper_start(struct stepper *stepper, const struct model *model, struct failure *failure);

/** Forgets all tokens. */
void stepper_restart(struct stepper *stepper);

/** Takes a token (within the vocabulary, below the context's end) and fills in logits. The same numbers for the same
 *  tokens since the start, however often they are run. */
void stepper_take(struct stepper *stepper, int32_t token);

/** A zeroed struct is fine. */
void stepper_free(struct stepper *stepper);

#endif
