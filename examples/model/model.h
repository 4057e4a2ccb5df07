/* SPDX-License-Identifier: MIT
 *
 * A model of the Llama architecture: its shape and its weights.
 */
#ifndef EXAMPLES_MODEL_MODEL_H
#define EXAMPLES_MODEL_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "../io/file.h"

struct model_shape {
    size_t dim;             /* d, width of the hidden states */
    size_t hidden_dim;      /* width inside the feed-forward block */
    size_t layers;          /* L */
    size_t heads;           /* H, heads of the queries; d / H is a head's width */
    size_t kv_heads;        /* heads of keys and values, a divisor of H */
    size_t vocabulary;      /* V */
    size_t context;         /* longest sequence, in tokens */
    bool shared_classifier; /* the output layer is the embedding */
};

/** The weights, in the order of a legacy llama2.c checkpoint. Each holds the
 *  matrices [outputs, inputs] of all layers one after the other. */
enum weight {
    WEIGHT_EMBEDDING, /* [V, d] */
    WEIGHT_ATTENTION_NORM,
    WEIGHT_WQ,
    WEIGHT_WK,
    WEIGHT_WV,
    WEIGHT_WO,
    WEIGHT_FFN_NORM,
    WEIGHT_W1, /* gate */
    WEIGHT_W2, /* down */
    WEIGHT_W3, /* up */
    WEIGHT_FINAL_NORM,
    WEIGHT_CLASSIFIER, /* [V, d] */
    WEIGHT_KINDS
};

struct model {
    struct model_shape shape;
    const float *weights[WEIGHT_KINDS];
    float *owned;     /* the weights' memory, where they are not the file's */
    struct file file; /* the checkpoint, while the weights point into it */
};

/** Widths of one head and of all key (or value) heads together. */
size_t head_width(const struct model_shape *shape);
size_t kv_width(const struct model_shape *shape);

/** Refuses a shape that is no model: a size below 1 or above 2^24, heads that
 *  do not divide d, an odd head width, kv_heads that do not divide the heads,
 *  or weights that would not fit in memory. */
bool model_shape_check(const struct model_shape *shape, const char *path, struct failure *failure);

/** Number of elements of a weight in one layer, and in all. */
size_t weight_layer_size(const struct model_shape *shape, enum weight weight);
size_t weight_size(const struct model_shape *shape, enum weight weight);

/** A weight's matrix in one layer. */
const float *layer_weight(const struct model *model, enum weight weight, size_t layer);

/** Number of all weights, a shared classifier counted once. */
size_t model_parameters(const struct model_shape *shape);

/** Gives back the weights and closes the checkpoint. A zeroed struct is fine. */
void model_free(struct model *model);

#endif
