/* SPDX-License-Identifier: MIT
 *
 * What a model computed on one sequence of T tokens.
 */
#ifndef EXAMPLES_MODEL_ACTIVATIONS_H
#define EXAMPLES_MODEL_ACTIVATIONS_H

#include "../io/tensor.h"

/** A tensor without axes is absent. Attention is given by its weights or by
 *  the queries and keys it comes from, which are much smaller. */
struct activations {
    struct tensor logits;    /* [T, V] */
    struct tensor targets;   /* [T], the token after each position; negative: none */
    struct tensor hidden;    /* [S, T, d]: embedding, after each layer, after the final norm */
    struct tensor queries;   /* [L, H, T, w] with rotated positions */
    struct tensor keys;      /* [L, K, T, w], K a divisor of H */
    struct tensor attention; /* [L, H, T, T] */
};

/** Layers and heads of the attention; 0 where there is none. */
int64_t activations_layers(const struct activations *activations);
int64_t activations_heads(const struct activations *activations);

/** Attention weights [T, T] of one head: a view of the dumped ones, or f32
 *  weights computed into scratch, which has room for T * T of them. */
info_matrix activations_attention(const struct activations *activations, int64_t layer, int64_t head, float *scratch);

void activations_free(struct activations *activations);

#endif
