/* SPDX-License-Identifier: MIT
 *
 * The forward pass of the Llama architecture over a whole sequence: RMSNorm,
 * rotary positions, grouped-query attention, SwiGLU.
 */
#ifndef EXAMPLES_MODEL_TRANSFORMER_H
#define EXAMPLES_MODEL_TRANSFORMER_H

#include "activations.h"
#include "model.h"

/** Told what fraction of the pass is done. */
typedef void (*transformer_progress)(void *user, double fraction);

/** Runs the model on tokens 0..count-1, at most its context. Fills in logits,
 *  hidden, queries and keys, in f32; every inner product, norm and softmax is
 *  summed in f64. progress may be NULL. activations_free() ends the result. */
bool transformer_run(const struct model *model, const int32_t *tokens, size_t count, transformer_progress progress,
                     void *user, struct activations *out, struct failure *failure);

#endif
