/* SPDX-License-Identifier: MIT */
#include "untrained.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static void draw(float *out, size_t size, enum weight weight, size_t layers, struct random *random)
{
    bool is_norm = weight == WEIGHT_ATTENTION_NORM || weight == WEIGHT_FFN_NORM || weight == WEIGHT_FINAL_NORM;
    bool into_stream = weight == WEIGHT_WO || weight == WEIGHT_W3;
    double deviation = into_stream ? 0.02 / sqrt(2.0 * (double)layers) : 0.02;
    for (size_t i = 0; i < size; i++)
        out[i] = is_norm ? 1.0f : (float)(deviation * random_normal(random));
}

bool model_untrained(struct model *model, const struct model_shape *shape, uint64_t seed, struct failure *failure)
{
    memset(model, 0, sizeof *model);
    model->shape = *shape;
    model->owned = malloc(model_parameters(shape) * sizeof *model->owned);
    if (model->owned == NULL)
        return fail(failure, "no memory for the %zu weights of the untrained model", model_parameters(shape));

    struct random random = {.state = seed};
    float *next = model->owned;
    for (int weight = 0; weight < WEIGHT_KINDS; weight++) {
        size_t size = weight_size(shape, (enum weight)weight);
        draw(next, size, (enum weight)weight, shape->layers, &random);
        model->weights[weight] = next;
        next += size;
    }
    if (shape->shared_classifier)
        model->weights[WEIGHT_CLASSIFIER] = model->weights[WEIGHT_EMBEDDING];
    return true;
}
