/* SPDX-License-Identifier: MIT */
#include "stepper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dot.h"

bool stepper_start(struct stepper *s, const struct model *model, struct failure *failure)
{
    const struct model_shape *shape = &model->shape;
    size_t kept = shape->layers * shape->context * kv_width(shape);
    size_t total = 2 * kept + shape->vocabulary + 3 * shape->dim + 2 * shape->hidden_dim + shape->context;
    float *memory = calloc(total, sizeof *memory);
    if (memory == NULL)
        return fail(failure, "no memory to run the model");
    *s = (struct stepper){.model = model, .memory = memory, .keys = memory};
    s->values = s->keys + kept;
    s->logits = s->values + kept;
    s->stream = s->logits + shape->vocabulary;
    s->normed = s->stream + shape->dim;
    s->mixed = s->normed + shape->dim;
    s->gate = s->mixed + shape->dim;
    s->up = s->gate + shape->hidden_dim;
    s->weights = s->up + shape->hidden_dim;
    return true;
}

void stepper_restart(struct stepper *stepper)
{
    stepper->tokens = 0;
}

void stepper_free(struct stepper *stepper)
{
    free(stepper->memory);
    memset(stepper, 0, sizeof *stepper);
}

static void multiply(float *out, const float *matrix, const float *x, size_t inputs, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++)
        out[o] = (float)dot(matrix + o * inputs, x, inputs);
}

static void rms_norm(float *out, const float *x, const float *gains, size_t dim)
{
    const double scale = 1.0 / sqrt(dot(x, x, dim) / (double)dim + 1e-5);
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)((double)x[i] * scale * (double)gains[i]);
}

/* Turns each pair of a head by position / 10000^(2i / width), in place. */
static void rotate(float *x, size_t position, size_t heads, size_t width)
{
    for (size_t i = 0; i < width; i += 2) {
        const double angle = (double)position * pow(10000.0, -(double)i / (double)width);
        const double c = cos(angle), s = sin(angle);
        for (size_t h = 0; h < heads; h++) {
            float *pair = x + h * width + i;
            const double a = (double)pair[0], b = (double)pair[1];
            pair[0] = (float)(a * c - b * s);
            pair[1] = (float)(a * s + b * c);
        }
    }
}

static void softmax(float *x, size_t n)
{
    float largest = x[0];
    for (size_t i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)exp((double)x[i] - (double)largest);
        sum += (double)x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / sum);
}

/* One head: mixed = sum over the tokens so far of weight times value. */
static void attend(struct stepper *s, const float *query, const float *keys, const float *values, float *mixed)
{
    const struct model_shape *shape = &s->model->shape;
    const size_t width = head_width(shape), kv = kv_width(shape), seen = s->tokens + 1;
    const double scale = 1.0 / sqrt((double)width);
    for (size_t t = 0; t < seen; t++)
        s->weights[t] = (float)(dot(query, keys + t * kv, width) * scale);
    softmax(s->weights, seen);
    for (size_t i = 0; i < width; i++) {
        double sum = 0;
        for (size_t t = 0; t < seen; t++)
            sum += (double)s->weights[t] * (double)values[t * kv + i];
        mixed[i] = (float)sum;
    }
}

static void add(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

static void attention_block(struct stepper *s, size_t layer)
{
    const struct model *model = s->model;
    const struct model_shape *shape = &model->shape;
    const size_t dim = shape->dim, width = head_width(shape), kv = kv_width(shape);
    float *keys = s->keys + layer * shape->context * kv, *values = s->values + layer * shape->context * kv;
    float *key = keys + s->tokens * kv;

    rms_norm(s->normed, s->stream, layer_weight(model, WEIGHT_ATTENTION_NORM, layer), dim);
    multiply(s->mixed, layer_weight(model, WEIGHT_WQ, layer), s->normed, dim, dim);
    multiply(key, layer_weight(model, WEIGHT_WK, layer), s->normed, dim, kv);
    multiply(values + s->tokens * kv, layer_weight(model, WEIGHT_WV, layer), s->normed, dim, kv);
    rotate(s->mixed, s->tokens, shape->heads, width);
    rotate(key, s->tokens, shape->kv_heads, width);
    for (size_t h = 0; h < shape->heads; h++) {
        const size_t from = h / (shape->heads / shape->kv_heads) * width;
        attend(s, s->mixed + h * width, keys + from, values + from, s->normed + h * width);
    }
    multiply(s->mixed, layer_weight(model, WEIGHT_WO, layer), s->normed, dim, dim);
    add(s->stream, s->mixed, dim);
}

static void feed_forward_block(struct stepper *s, size_t layer)
{
    const struct model *model = s->model;
    const size_t dim = model->shape.dim, hidden = model->shape.hidden_dim;
    rms_norm(s->normed, s->stream, layer_weight(model, WEIGHT_FFN_NORM, layer), dim);
    multiply(s->gate, layer_weight(model, WEIGHT_W1, layer), s->normed, dim, hidden);
    multiply(s->up, layer_weight(model, WEIGHT_W3, layer), s->normed, dim, hidden);
    for (size_t i = 0; i < hidden; i++) {
        const double gate = (double)s->gate[i]; /* silu(gate) * up */
        s->gate[i] = (float)(gate / (1.0 + exp(-gate)) * (double)s->up[i]);
    }
    multiply(s->mixed, layer_weight(model, WEIGHT_W2, layer), s->gate, hidden, dim);
    add(s->stream, s->mixed, dim);
}

void stepper_take(struct stepper *s, int32_t token)
{
    const struct model *model = s->model;
    const size_t dim = model->shape.dim;
    memcpy(s->stream, model->weights[WEIGHT_EMBEDDING] + (size_t)token * dim, dim * sizeof(float));
    for (size_t layer = 0; layer < model->shape.layers; layer++) {
        attention_block(s, layer);
        feed_forward_block(s, layer);
    }
    rms_norm(s->normed, s->stream, model->weights[WEIGHT_FINAL_NORM], dim);
    multiply(s->logits, model->weights[WEIGHT_CLASSIFIER], s->normed, dim, model->shape.vocabulary);
    s->tokens++;
}
