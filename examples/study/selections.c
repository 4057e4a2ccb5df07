/* SPDX-License-Identifier: MIT
 * Which tokens a token is made of, by Lasso and by attention, and how the
 * information about it is spread over its context. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study.h"

#define FIRST_TOKEN 32 /* enough context to choose from */
#define TOKEN_STEP 12
#define DRAWS 12

/* Sums over the tokens that were looked at, of one layer. */
struct layer {
    double count;
    double overlap, chance, spearman;
    double lasso, attention; /* reconstruction errors from k tokens */
    struct info_spread spread;
};

struct buffers {
    float *head;       /* [T, T] weights of one head */
    double *attention; /* [T, T] mean over the heads */
    double *scores;    /* [T] |w| of the Lasso */
    double *weights;   /* [k] */
    int64_t *indices;  /* [k] */
};

static bool new_buffers(struct buffers *b, int64_t length, int64_t k)
{
    b->head = calloc((size_t)(length * length), sizeof *b->head);
    b->attention = calloc((size_t)(length * length), sizeof *b->attention);
    b->scores = calloc((size_t)length, sizeof *b->scores);
    b->weights = calloc((size_t)k, sizeof *b->weights);
    b->indices = calloc((size_t)k, sizeof *b->indices);
    return b->head && b->attention && b->scores && b->weights && b->indices;
}

static void free_buffers(struct buffers *b)
{
    free(b->head);
    free(b->attention);
    free(b->scores);
    free(b->weights);
    free(b->indices);
}

static void mean_attention(const struct activations *a, int64_t layer, int64_t length, struct buffers *b)
{
    const int64_t heads = activations_heads(a);
    memset(b->attention, 0, (size_t)(length * length) * sizeof *b->attention);
    for (int64_t head = 0; head < heads; head++) {
        const size_t size = (size_t)(length * length);
        if (a->attention.axes != 0)
            tensor_floats(&a->attention, (size_t)(layer * heads + head) * size, size, b->head);
        else
            activations_attention(a, layer, head, b->head);
        for (int64_t i = 0; i < length; i++)
            for (int64_t j = 0; j <= i; j++)
                b->attention[i * length + j] += b->head[i * length + j] / (double)heads;
    }
}

/* One token of a layer's output against those before it. */
static bool look_at(struct study *study, const info_matrix *states, int64_t t, struct buffers *b, struct layer *sum,
                    struct failure *failure)
{
    info_matrix context = *states, token = *states;
    context.rows = t;
    token.rows = 1;
    token.data = (const char *)states->data + (size_t)(t * states->row_stride) * element_size(states->dtype);
    const info_lasso_options lasso = {
        .struct_size = sizeof lasso, .rows = INFO_ROWS_UNIT, .tolerance = 1e-6, .smallest = 1e-3};
    info_reconstruction_options rebuild = {
        .struct_size = sizeof rebuild, .rows = INFO_ROWS_UNIT, .draws = DRAWS, .strength = 0.1, .seed = (uint64_t)t};
    info_lasso_point point;
    info_ranking_agreement agreement;
    info_spread spread;
    double error;
    if (info_lasso_select(study->ctx, &context, &token, study->k, &lasso, b->indices, b->weights, &point) < 0)
        return study_failed(study, failure);
    memset(b->scores, 0, (size_t)t * sizeof *b->scores);
    for (int64_t i = 0; i < study->k; i++)
        if (b->indices[i] >= 0)
            b->scores[b->indices[i]] = fabs(b->weights[i]);
    const info_matrix by_lasso = {b->scores, 1, t, t, 1, INFO_F64, 0};
    const info_matrix by_attention = {b->attention + t * study->length, 1, t, t, 1, INFO_F64, 0};
    if (info_ranking_compare(study->ctx, &by_lasso, &by_attention, study->k, &agreement, 1) < 0 ||
        info_reconstruction_error(study->ctx, &context, &token, b->indices, study->k, &rebuild, &error, 1) < 0 ||
        info_reconstruction_spread(study->ctx, &context, &token, &by_attention, study->k, &rebuild, &spread, 1) < 0)
        return study_failed(study, failure);
    sum->count += 1;
    sum->overlap += agreement.overlap;
    sum->chance += (double)study->k / (double)t;
    sum->spearman += isnan(agreement.spearman) ? 0 : agreement.spearman;
    sum->lasso += error;
    sum->attention += spread.top;
    sum->spread.all += spread.all;
    sum->spread.without_top += spread.without_top;
    sum->spread.random += spread.random;
    sum->spread.without_random += spread.without_random;
    return true;
}

static void add(cJSON *json, const char *name, double value)
{
    cJSON *array = cJSON_GetObjectItem(json, name);
    if (array == NULL)
        array = cJSON_AddArrayToObject(json, name);
    cJSON_AddItemToArray(array, cJSON_CreateNumber(value));
}

static void add_layer(cJSON *json, const struct layer *l)
{
    add(json, "overlap", l->overlap / l->count);
    add(json, "chance", l->chance / l->count);
    add(json, "spearman", l->spearman / l->count);
    add(json, "lasso", l->lasso / l->count);
    add(json, "attention", l->attention / l->count);
    add(json, "random", l->spread.random / l->count);
    add(json, "all", l->spread.all / l->count);
    add(json, "without_attention", l->spread.without_top / l->count);
    add(json, "without_random", l->spread.without_random / l->count);
}

cJSON *study_selections(struct study *study, struct failure *failure)
{
    const int64_t layers = activations_layers(&study->trained.windows[0]);
    struct buffers b = {0};
    cJSON *json = cJSON_CreateObject();
    bool measured = new_buffers(&b, study->length, study->k) || fail(failure, "no memory");
    for (int64_t layer = 0; measured && layer < layers; layer++) {
        struct layer sum = {0};
        for (int window = 0; measured && window < study->window_count; window++) {
            progress_draw(&study->progress, ((double)layer + (double)window / study->window_count) / (double)layers);
            const info_matrix states = study_hidden(&study->trained, window, layer + 1);
            mean_attention(&study->trained.windows[window], layer, study->length, &b);
            for (int64_t t = FIRST_TOKEN; measured && t < study->length; t += TOKEN_STEP)
                measured = look_at(study, &states, t, &b, &sum, failure);
        }
        if (measured)
            add_layer(json, &sum);
        if (measured && layer == 0)
            cJSON_AddNumberToObject(json, "tokens", sum.count);
    }
    free_buffers(&b);
    if (measured) {
        cJSON_AddNumberToObject(json, "k", (double)study->k);
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}
