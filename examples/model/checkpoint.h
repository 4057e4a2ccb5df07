/* SPDX-License-Identifier: MIT
 *
 * Checkpoints in the formats of llama2.c.
 *
 * Legacy f32: seven int32 (dim, hidden_dim, layers, heads, kv_heads,
 * vocabulary, context; a negative vocabulary says that a classifier of its own
 * follows), the weights in the order of enum weight with two RoPE tables of
 * context * head width / 2 floats, unused, before the classifier.
 *
 * Version 2: a header of 256 bytes (magic "ak42", int32 version 2, the seven
 * int32, a byte for the shared classifier, int32 group size), the norms' gains
 * in f32, then each matrix as int8 followed by an f32 scale per group.
 */
#ifndef EXAMPLES_MODEL_CHECKPOINT_H
#define EXAMPLES_MODEL_CHECKPOINT_H

#include "model.h"

/** Reads a checkpoint of either format. The file must have exactly the size
 *  its header promises. model_free() ends it. */
bool checkpoint_open(struct model *model, const char *path, struct failure *failure);

#endif
