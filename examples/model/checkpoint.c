/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x616b3432 /* "ak42" */
#define VERSION_2_HEADER_BYTES 256

static bool read_sizes(struct cursor *cursor, struct model_shape *shape, int32_t *vocabulary)
{
    int32_t sizes[7];
    for (int i = 0; i < 7; i++)
        if (!cursor_int32(cursor, &sizes[i]))
            return false;
    *vocabulary = sizes[5];
    *shape = (struct model_shape){
        .dim = (size_t)sizes[0],
        .hidden_dim = (size_t)sizes[1],
        .layers = (size_t)sizes[2],
        .heads = (size_t)sizes[3],
        .kv_heads = (size_t)sizes[4],
        .vocabulary = (size_t)sizes[5],
        .context = (size_t)sizes[6],
    };
    return true;
}

static bool truncated(const struct cursor *cursor, const char *path, struct failure *failure)
{
    return fail(failure, "%s: truncated: its header promises more than the %zu bytes that follow", path, cursor->left);
}

static bool check_end(const struct cursor *cursor, const char *path, struct failure *failure)
{
    if (cursor->left != 0)
        return fail(failure, "%s: corrupt: %zu bytes more than its header promises", path, cursor->left);
    return true;
}

static bool check_finite(const struct model *model, const char *path, struct failure *failure)
{
    for (int weight = 0; weight < WEIGHT_KINDS; weight++)
        for (size_t i = 0, n = weight_size(&model->shape, (enum weight)weight); i < n; i++)
            if (!isfinite(model->weights[weight][i]))
                return fail(failure, "%s: corrupt: a weight is not finite", path);
    return true;
}

/* ---- Legacy f32 -------------------------------------------------------------- */

static bool read_legacy(struct model *model, struct cursor cursor, const char *path, struct failure *failure)
{
    struct model_shape *shape = &model->shape;
    int32_t vocabulary;
    if (!read_sizes(&cursor, shape, &vocabulary))
        return fail(failure, "%s: not a llama2.c checkpoint: shorter than its header", path);
    shape->shared_classifier = vocabulary > 0;
    if (vocabulary < 0 && vocabulary > INT32_MIN)
        shape->vocabulary = (size_t)-vocabulary;
    if (!model_shape_check(shape, path, failure))
        return false;

    for (int weight = 0; weight < WEIGHT_KINDS; weight++) {
        if (weight == WEIGHT_CLASSIFIER && !cursor_take(&cursor, shape->context * head_width(shape), sizeof(float)))
            return truncated(&cursor, path, failure);
        model->weights[weight] = cursor_take(&cursor, weight_size(shape, (enum weight)weight), sizeof(float));
        if (model->weights[weight] == NULL)
            return truncated(&cursor, path, failure);
    }
    return check_end(&cursor, path, failure);
}

/* ---- Version 2: groups of int8 ----------------------------------------------- */

struct quantized {
    struct cursor cursor;
    size_t group;
    float *next; /* where the next weights go */
};

static bool read_floats(struct quantized *in, float *out, size_t size)
{
    const void *floats = cursor_take(&in->cursor, size, sizeof(float));
    if (floats != NULL)
        memcpy(out, floats, size * sizeof(float));
    return floats != NULL;
}

/* One matrix: size int8, then size / group scales. */
static bool read_matrix(struct quantized *in, float *out, size_t size)
{
    const int8_t *values = cursor_take(&in->cursor, size, 1);
    const unsigned char *scales = cursor_take(&in->cursor, size / in->group, sizeof(float));
    if (values == NULL || scales == NULL)
        return false;
    for (size_t g = 0; g < size / in->group; g++) {
        float scale;
        memcpy(&scale, scales + g * sizeof scale, sizeof scale);
        for (size_t i = g * in->group; i < (g + 1) * in->group; i++)
            out[i] = (float)values[i] * scale;
    }
    return true;
}

static bool read_weight(struct quantized *in, struct model *model, enum weight weight)
{
    size_t total = weight_size(&model->shape, weight);
    size_t layer = weight_layer_size(&model->shape, weight);
    bool is_norm = weight == WEIGHT_ATTENTION_NORM || weight == WEIGHT_FFN_NORM || weight == WEIGHT_FINAL_NORM;

    float *out = in->next;
    in->next += total;
    model->weights[weight] = out;
    if (is_norm)
        return read_floats(in, out, total);
    for (size_t at = 0; at < total; at += layer)
        if (!read_matrix(in, out + at, layer))
            return false;
    return true;
}

static bool check_groups(const struct model_shape *shape, int32_t group, const char *path, struct failure *failure)
{
    static const enum weight matrices[] = {WEIGHT_EMBEDDING, WEIGHT_WQ, WEIGHT_WK, WEIGHT_W1};
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++)
        if (group < 1 || weight_layer_size(shape, matrices[i]) % (size_t)group != 0)
            return fail(failure, "%s: corrupt: groups of %d do not divide its matrices", path, (int)group);
    return true;
}

static bool read_version_2(struct model *model, struct cursor cursor, const char *path, struct failure *failure)
{
    static const enum weight order[] = {
        WEIGHT_ATTENTION_NORM,
        WEIGHT_FFN_NORM,
        WEIGHT_FINAL_NORM,
        WEIGHT_EMBEDDING,
        WEIGHT_WQ,
        WEIGHT_WK,
        WEIGHT_WV,
        WEIGHT_WO,
        WEIGHT_W1,
        WEIGHT_W2,
        WEIGHT_W3,
        WEIGHT_CLASSIFIER,
    };
    struct model_shape *shape = &model->shape;
    struct cursor header = {cursor_take(&cursor, 1, VERSION_2_HEADER_BYTES), VERSION_2_HEADER_BYTES};
    if (header.at == NULL)
        return fail(failure, "%s: not a llama2.c checkpoint: shorter than its header", path);

    int32_t magic, version, vocabulary, group;
    cursor_int32(&header, &magic);
    cursor_int32(&header, &version);
    if (version != 2)
        return fail(failure, "%s: llama2.c export of version %d; versions 0 (f32) and 2 (8-bit) can be read", path,
                    (int)version);
    read_sizes(&header, shape, &vocabulary);
    const unsigned char *shared = cursor_take(&header, 1, 1);
    shape->shared_classifier = *shared == 1;
    cursor_int32(&header, &group);
    if (*shared > 1)
        return fail(failure, "%s: corrupt: the byte for a shared classifier is %d, allowed are 0 and 1", path, *shared);
    if (!model_shape_check(shape, path, failure) || !check_groups(shape, group, path, failure))
        return false;
    if (model_parameters(shape) > cursor.left)
        return truncated(&cursor, path, failure);

    model->owned = malloc(model_parameters(shape) * sizeof(float));
    if (model->owned == NULL)
        return fail(failure, "%s: no memory for %zu weights", path, model_parameters(shape));
    struct quantized in = {cursor, (size_t)group, model->owned};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (!read_weight(&in, model, order[i]))
            return truncated(&in.cursor, path, failure);
    return check_end(&in.cursor, path, failure);
}

bool checkpoint_open(struct model *model, const char *path, struct failure *failure)
{
    memset(model, 0, sizeof *model);
    if (!file_open(&model->file, path, failure))
        return false;

    struct cursor cursor = {model->file.data, model->file.size};
    struct cursor peek = cursor;
    int32_t magic = 0;
    bool quantized = cursor_int32(&peek, &magic) && magic == MAGIC;
    bool read = quantized ? read_version_2(model, cursor, path, failure) : read_legacy(model, cursor, path, failure);
    if (read && model->shape.shared_classifier)
        model->weights[WEIGHT_CLASSIFIER] = model->weights[WEIGHT_EMBEDDING];
    read = read && check_finite(model, path, failure);
    if (!read)
        model_free(model);
    return read;
}
