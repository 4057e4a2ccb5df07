/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_DIMENSION ((size_t)1 << 24)

size_t head_width(const struct model_shape *shape)
{
    return shape->dim / shape->heads;
}

size_t kv_width(const struct model_shape *shape)
{
    return head_width(shape) * shape->kv_heads;
}

/* rows x cols of the weight in one layer, 1 x d for a norm's gains. */
static void layer_shape(const struct model_shape *shape, enum weight weight, size_t *rows, size_t *cols)
{
    *cols = weight == WEIGHT_W2 ? shape->hidden_dim : shape->dim;
    switch (weight) {
    case WEIGHT_EMBEDDING:
    case WEIGHT_CLASSIFIER:
        *rows = shape->vocabulary;
        break;
    case WEIGHT_WQ:
    case WEIGHT_WO:
    case WEIGHT_W2:
        *rows = shape->dim;
        break;
    case WEIGHT_WK:
    case WEIGHT_WV:
        *rows = kv_width(shape);
        break;
    case WEIGHT_W1:
    case WEIGHT_W3:
        *rows = shape->hidden_dim;
        break;
    default:
        *rows = 1;
        break;
    }
}

static size_t copies(const struct model_shape *shape, enum weight weight)
{
    if (weight == WEIGHT_CLASSIFIER)
        return shape->shared_classifier ? 0 : 1;
    return weight == WEIGHT_EMBEDDING || weight == WEIGHT_FINAL_NORM ? 1 : shape->layers;
}

/* Dimensions are at most 2^24: a layer's product cannot overflow 64 bits. */
size_t weight_layer_size(const struct model_shape *shape, enum weight weight)
{
    size_t rows, cols;
    layer_shape(shape, weight, &rows, &cols);
    return rows * cols;
}

size_t weight_size(const struct model_shape *shape, enum weight weight)
{
    return copies(shape, weight) * weight_layer_size(shape, weight);
}

const float *layer_weight(const struct model *model, enum weight weight, size_t layer)
{
    return model->weights[weight] + layer * weight_layer_size(&model->shape, weight);
}

size_t model_parameters(const struct model_shape *shape)
{
    size_t parameters = 0;
    for (int weight = 0; weight < WEIGHT_KINDS; weight++)
        parameters += weight_size(shape, (enum weight)weight);
    return parameters;
}

static bool fits_memory(const struct model_shape *shape)
{
    size_t bytes = 0;
    for (int weight = 0; weight < WEIGHT_KINDS; weight++) {
        size_t size;
        if (!size_product(copies(shape, (enum weight)weight), weight_layer_size(shape, (enum weight)weight), &size) ||
            !size_product(size, sizeof(float), &size) || __builtin_add_overflow(bytes, size, &bytes))
            return false;
    }
    return bytes <= PTRDIFF_MAX;
}

bool model_shape_check(const struct model_shape *shape, const char *path, struct failure *failure)
{
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {
        {"dim", shape->dim},         {"hidden_dim", shape->hidden_dim}, {"layers", shape->layers},
        {"heads", shape->heads},     {"kv_heads", shape->kv_heads},     {"vocabulary", shape->vocabulary},
        {"context", shape->context},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].value < 1 || sizes[i].value > LARGEST_DIMENSION)
            return fail(failure, "%s: not a llama2.c checkpoint: %s is %zd, allowed are 1 to %zu", path, sizes[i].name,
                        (ptrdiff_t)sizes[i].value, LARGEST_DIMENSION);
    if (shape->dim % shape->heads != 0 || head_width(shape) % 2 != 0)
        return fail(failure, "%s: not a llama2.c checkpoint: %zu heads do not divide dim %zu into even widths", path,
                    shape->heads, shape->dim);
    if (shape->heads % shape->kv_heads != 0)
        return fail(failure, "%s: not a llama2.c checkpoint: %zu kv_heads do not divide %zu heads", path,
                    shape->kv_heads, shape->heads);
    if (!fits_memory(shape))
        return fail(failure, "%s: not a llama2.c checkpoint: its weights would not fit in memory", path);
    return true;
}

void model_free(struct model *model)
{
    free(model->owned);
    file_close(&model->file);
    memset(model, 0, sizeof *model);
}
