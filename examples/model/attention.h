/* SPDX-License-Identifier: MIT
 *
 * Causal attention weights of one head, from its queries and keys.
 */
#ifndef EXAMPLES_MODEL_ATTENTION_H
#define EXAMPLES_MODEL_ATTENTION_H

#include <stddef.h>

/** weights[t, s] = softmax over s <= t of query[t] . key[s] / sqrt(width), and
 *  0 for s > t. query and key are [tokens, width] with the positions rotated
 *  in; weights is [tokens, tokens]. */
void attention_weights(const float *query, const float *key, size_t tokens, size_t width, float *weights);

#endif
