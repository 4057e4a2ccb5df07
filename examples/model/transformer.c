/* SPDX-License-Identifier: MIT */
#include "transformer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "dot.h"

/* Working memory of a pass, all [tokens, ...]. */
struct buffers {
    float *stream;    /* [T, d], the residual stream */
    float *normed;    /* [T, d] */
    float *mixed;     /* [T, d], what the heads gathered; then any block's output */
    float *value;     /* [T, kv width] */
    float *gate, *up; /* [T, hidden_dim] */
    float *weights;   /* [T, T], attention of one head */
};

struct pass {
    const struct model *model;
    size_t tokens;
    struct buffers buffers;
    struct activations *out;
};

/* out[t] = matrix x[t], matrix [outputs, inputs]. */
static void multiply(float *out, const float *matrix, const float *x, size_t tokens, size_t inputs, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++)
        for (size_t t = 0; t < tokens; t++)
            out[t * outputs + o] = (float)dot(matrix + o * inputs, x + t * inputs, inputs);
}

/* x / sqrt(mean(x^2) + 1e-5), times the gains. */
static void rms_norm(float *out, const float *x, const float *gains, size_t tokens, size_t dim)
{
    for (size_t t = 0; t < tokens; t++, x += dim, out += dim) {
        double scale = 1.0 / sqrt(dot(x, x, dim) / (double)dim + 1e-5);
        for (size_t i = 0; i < dim; i++)
            out[i] = (float)((double)x[i] * scale * (double)gains[i]);
    }
}

static void add(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

/* Copies head by head from [T, heads * width] to [heads, T, width], turning
 * each pair (2i, 2i + 1) by position / 10000^(2i / width). */
static void rotate(float *out, const float *x, size_t tokens, size_t heads, size_t width)
{
    for (size_t i = 0; i < width; i += 2) {
        double frequency = pow(10000.0, -(double)i / (double)width);
        for (size_t t = 0; t < tokens; t++) {
            double c = cos((double)t * frequency), s = sin((double)t * frequency);
            for (size_t h = 0; h < heads; h++) {
                const float *from = x + (t * heads + h) * width + i;
                float *to = out + (h * tokens + t) * width + i;
                to[0] = (float)((double)from[0] * c - (double)from[1] * s);
                to[1] = (float)((double)from[0] * s + (double)from[1] * c);
            }
        }
    }
}

/* mixed[t] of one head = sum over s of weights[t, s] value[s], eight columns
 * at a time. */
static void mix_values(float *mixed, const float *weights, const float *value, size_t tokens, size_t width,
                       size_t mixed_stride, size_t value_stride)
{
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < width; i += 8) {
            size_t columns = width - i < 8 ? width - i : 8;
            double sums[8] = {0};
            for (size_t s = 0; s <= t; s++)
                for (size_t j = 0; j < columns; j++)
                    sums[j] += (double)weights[t * tokens + s] * (double)value[s * value_stride + i + j];
            for (size_t j = 0; j < columns; j++)
                mixed[t * mixed_stride + i + j] = (float)sums[j];
        }
}

static void attention_block(struct pass *pass, size_t layer)
{
    const struct model *model = pass->model;
    const struct model_shape *shape = &model->shape;
    struct buffers *b = &pass->buffers;
    size_t tokens = pass->tokens, dim = shape->dim, width = head_width(shape), kv = kv_width(shape);
    float *queries = (float *)pass->out->queries.owned + layer * tokens * dim;
    float *keys = (float *)pass->out->keys.owned + layer * tokens * kv;

    rms_norm(b->normed, b->stream, layer_weight(model, WEIGHT_ATTENTION_NORM, layer), tokens, dim);
    multiply(b->mixed, layer_weight(model, WEIGHT_WQ, layer), b->normed, tokens, dim, dim);
    rotate(queries, b->mixed, tokens, shape->heads, width);
    multiply(b->value, layer_weight(model, WEIGHT_WK, layer), b->normed, tokens, dim, kv);
    rotate(keys, b->value, tokens, shape->kv_heads, width);
    multiply(b->value, layer_weight(model, WEIGHT_WV, layer), b->normed, tokens, dim, kv);

    for (size_t h = 0; h < shape->heads; h++) {
        size_t kv_head = h / (shape->heads / shape->kv_heads);
        attention_weights(queries + h * tokens * width, keys + kv_head * tokens * width, tokens, width, b->weights);
        mix_values(b->normed + h * width, b->weights, b->value + kv_head * width, tokens, width, dim, kv);
    }
    multiply(b->mixed, layer_weight(model, WEIGHT_WO, layer), b->normed, tokens, dim, dim);
    add(b->stream, b->mixed, tokens * dim);
}

static void feed_forward_block(struct pass *pass, size_t layer)
{
    const struct model *model = pass->model;
    struct buffers *b = &pass->buffers;
    size_t tokens = pass->tokens, dim = model->shape.dim, hidden = model->shape.hidden_dim;

    rms_norm(b->normed, b->stream, layer_weight(model, WEIGHT_FFN_NORM, layer), tokens, dim);
    multiply(b->gate, layer_weight(model, WEIGHT_W1, layer), b->normed, tokens, dim, hidden);
    multiply(b->up, layer_weight(model, WEIGHT_W3, layer), b->normed, tokens, dim, hidden);
    for (size_t i = 0; i < tokens * hidden; i++) {
        double gate = (double)b->gate[i]; /* silu(gate) * up */
        b->gate[i] = (float)(gate / (1.0 + exp(-gate)) * (double)b->up[i]);
    }
    multiply(b->mixed, layer_weight(model, WEIGHT_W2, layer), b->gate, tokens, hidden, dim);
    add(b->stream, b->mixed, tokens * dim);
}

static void keep_hidden(struct pass *pass, size_t state, const float *x)
{
    size_t size = pass->tokens * pass->model->shape.dim;
    memcpy((float *)pass->out->hidden.owned + state * size, x, size * sizeof *x);
}

static void run(struct pass *pass, const int32_t *tokens, transformer_progress progress, void *user)
{
    const struct model *model = pass->model;
    const struct model_shape *shape = &model->shape;
    struct buffers *b = &pass->buffers;
    size_t dim = shape->dim;

    for (size_t t = 0; t < pass->tokens; t++)
        memcpy(b->stream + t * dim, model->weights[WEIGHT_EMBEDDING] + (size_t)tokens[t] * dim, dim * sizeof(float));
    keep_hidden(pass, 0, b->stream);
    for (size_t layer = 0; layer < shape->layers; layer++) {
        attention_block(pass, layer);
        feed_forward_block(pass, layer);
        keep_hidden(pass, layer + 1, b->stream);
        if (progress != NULL)
            progress(user, (double)(layer + 1) / (double)(shape->layers + 1));
    }
    rms_norm(b->normed, b->stream, model->weights[WEIGHT_FINAL_NORM], pass->tokens, dim);
    keep_hidden(pass, shape->layers + 1, b->normed);
    multiply(pass->out->logits.owned, model->weights[WEIGHT_CLASSIFIER], b->normed, pass->tokens, dim,
             shape->vocabulary);
    if (progress != NULL)
        progress(user, 1.0);
}

static bool new_outputs(struct activations *out, const struct model_shape *shape, size_t tokens,
                        struct failure *failure)
{
    int64_t t = (int64_t)tokens, layers = (int64_t)shape->layers, width = (int64_t)head_width(shape);
    const int64_t logits[] = {t, (int64_t)shape->vocabulary};
    const int64_t hidden[] = {layers + 2, t, (int64_t)shape->dim};
    const int64_t queries[] = {layers, (int64_t)shape->heads, t, width};
    const int64_t keys[] = {layers, (int64_t)shape->kv_heads, t, width};
    return tensor_new(&out->logits, ELEMENT_F32, 2, logits, failure) &&
           tensor_new(&out->hidden, ELEMENT_F32, 3, hidden, failure) &&
           tensor_new(&out->queries, ELEMENT_F32, 4, queries, failure) &&
           tensor_new(&out->keys, ELEMENT_F32, 4, keys, failure);
}

/* One block of memory for all buffers. Each dimension is below 2^24, so sums
 * of products of two stay far below 2^64. */
static float *new_buffers(struct buffers *b, const struct model_shape *shape, size_t tokens)
{
    size_t narrow = tokens * shape->dim, value = tokens * kv_width(shape), wide = tokens * shape->hidden_dim;
    size_t total = 3 * narrow + value + 2 * wide + tokens * tokens;
    float *memory = calloc(total, sizeof *memory);
    if (memory == NULL)
        return NULL;
    b->stream = memory;
    b->normed = b->stream + narrow;
    b->mixed = b->normed + narrow;
    b->value = b->mixed + narrow;
    b->gate = b->value + value;
    b->up = b->gate + wide;
    b->weights = b->up + wide;
    return memory;
}

bool transformer_run(const struct model *model, const int32_t *tokens, size_t count, transformer_progress progress,
                     void *user, struct activations *out, struct failure *failure)
{
    const struct model_shape *shape = &model->shape;
    memset(out, 0, sizeof *out);
    if (count < 1 || count > shape->context)
        return fail(failure, "a sequence of %zu tokens: the model takes 1 to %zu", count, shape->context);
    for (size_t t = 0; t < count; t++)
        if (tokens[t] < 0 || (size_t)tokens[t] >= shape->vocabulary)
            return fail(failure, "token %d at %zu: the model has %zu", (int)tokens[t], t, shape->vocabulary);

    struct pass pass = {.model = model, .tokens = count, .out = out};
    float *memory = new_buffers(&pass.buffers, shape, count);
    if (memory == NULL || !new_outputs(out, shape, count, failure)) {
        free(memory);
        activations_free(out);
        return fail(failure, "no memory to run the model on %zu tokens", count);
    }
    run(&pass, tokens, progress, user);
    free(memory);
    return true;
}
