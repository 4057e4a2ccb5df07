/* SPDX-License-Identifier: MIT */
#include "activations.h"

#include "attention.h"

static const struct tensor *attention_source(const struct activations *a)
{
    return a->attention.axes != 0 ? &a->attention : &a->queries;
}

int64_t activations_layers(const struct activations *a)
{
    return attention_source(a)->shape[0];
}

int64_t activations_heads(const struct activations *a)
{
    return attention_source(a)->shape[1];
}

info_matrix activations_attention(const struct activations *a, int64_t layer, int64_t head, float *scratch)
{
    int64_t heads = activations_heads(a), position = layer * heads + head;
    if (a->attention.axes != 0)
        return tensor_matrix(&a->attention, position);

    int64_t kv_heads = a->keys.shape[1];
    info_matrix query = tensor_matrix(&a->queries, position);
    info_matrix key = tensor_matrix(&a->keys, layer * kv_heads + head / (heads / kv_heads));
    attention_weights(query.data, key.data, (size_t)query.rows, (size_t)query.cols, scratch);
    return (info_matrix){.data = scratch,
                         .rows = query.rows,
                         .cols = query.rows,
                         .row_stride = query.rows,
                         .col_stride = 1,
                         .dtype = INFO_F32};
}

void activations_free(struct activations *a)
{
    tensor_free(&a->logits);
    tensor_free(&a->targets);
    tensor_free(&a->hidden);
    tensor_free(&a->queries);
    tensor_free(&a->keys);
    tensor_free(&a->attention);
}
