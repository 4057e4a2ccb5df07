/* SPDX-License-Identifier: MIT
 *
 * The untrained twin of a model: the same shape with the weights it would have
 * had before training.
 */
#ifndef EXAMPLES_MODEL_UNTRAINED_H
#define EXAMPLES_MODEL_UNTRAINED_H

#include "model.h"

/** Weights from N(0, 0.02^2), wo and w3 from N(0, 0.02^2 / (2 L)), norm gains
 *  1, as llama2.c starts its training. They are drawn in the order of enum
 *  weight from one generator with the given seed. model_free() ends it. */
bool model_untrained(struct model *model, const struct model_shape *shape, uint64_t seed, struct failure *failure);

#endif
