/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"

/* Mean entropy of the rows of one head. */
static bool measure_head(struct report *report, const info_matrix *weights, double *mean)
{
    const info_attention attention = {
        .data = weights->data,
        .layers = 1,
        .heads = 1,
        .queries = weights->rows,
        .keys = weights->cols,
        .query_stride = weights->row_stride,
        .key_stride = weights->col_stride,
        .dtype = weights->dtype,
        .kind = INFO_PROBABILITIES,
    };
    const info_attention_options options = {.struct_size = sizeof options, .invalid = INFO_INVALID_ERROR};
    const info_attention_measures measures = {.struct_size = sizeof measures, .heads = mean, .heads_len = 1};
    return info_attention_entropy(report->ctx, &attention, &options, &measures) == INFO_OK;
}

bool measure_attention(struct report *report, const struct window *window, enum role role, struct failure *failure)
{
    struct model_numbers *numbers = &report->models[role];
    const struct activations *activations = &window->activations[role];
    int64_t layers = activations_layers(activations), heads = activations_heads(activations);
    if (layers == 0)
        return true;
    if (numbers->attention == NULL)
        numbers->attention = calloc((size_t)(layers * heads), sizeof *numbers->attention);
    float *scratch = calloc((size_t)window->tokens * (size_t)window->tokens, sizeof *scratch);
    if (numbers->attention == NULL || scratch == NULL) {
        free(scratch);
        return fail(failure, "no memory");
    }
    numbers->layers = layers;
    numbers->heads = heads;

    bool measured = true;
    for (int64_t layer = 0; measured && layer < layers; layer++)
        for (int64_t head = 0; measured && head < heads; head++) {
            info_matrix weights = activations_attention(activations, layer, head, scratch);
            double mean = 0.0;
            char where[64];
            snprintf(where, sizeof where, "attention, layer %lld, head %lld", (long long)layer + 1,
                     (long long)head + 1);
            measured = measure_head(report, &weights, &mean) || measure_failed_at(report, role, where, failure);
            numbers->attention[layer * heads + head] += mean;
        }
    free(scratch);
    return measured;
}
