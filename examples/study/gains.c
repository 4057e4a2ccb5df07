/* SPDX-License-Identifier: MIT
 * The gain of each token beside its surprisal. */
#include <math.h>
#include <stdlib.h>

#include "../report/text_json.h"
#include "study.h"

/* Rows of unit norm and this ridge: a new direction gains log(1 + 1/0.1) = 2.4 nat. */
static const info_geometry_options options = {.struct_size = sizeof options, .rows = INFO_ROWS_UNIT, .ridge = 0.1};

/* -log p of tokens 1.. of a window, each from the logits of the position before it. */
static bool surprisals(struct study *study, int window, double *out, struct failure *failure)
{
    const struct activations *a = &study->trained.windows[window];
    const int64_t count = study->length - 1;
    info_matrix logits = tensor_matrix(&a->logits, 0);
    for (int64_t t = 0; t < count; t++) {
        const info_matrix row = {(const float *)logits.data + t * logits.row_stride, 1, logits.cols, logits.row_stride,
                                 logits.col_stride, logits.dtype, 0};
        double largest = -INFINITY, sum = 0;
        const float *x = row.data;
        for (int64_t v = 0; v < row.cols; v++)
            largest = fmax(largest, x[v]);
        for (int64_t v = 0; v < row.cols; v++)
            sum += exp(x[v] - largest);
        out[t] = largest + log(sum) - x[study->tokens[window][t + 1]];
    }
    return isfinite(out[0]) || fail(failure, "the model's logits are not finite");
}

/* Spearman's correlation of gain and surprisal after each layer, mean over the windows. */
static bool correlate(struct study *study, int64_t state, double *gains, double *surprisal, double *mean,
                      double *correlation, struct failure *failure)
{
    const int64_t count = study->length - 1;
    *mean = *correlation = 0;
    for (int window = 0; window < study->window_count; window++) {
        const info_matrix z = study_hidden(&study->trained, window, state);
        info_ranking_agreement agreement;
        if (info_token_gains(study->ctx, &z, &options, gains, study->length) < 0 ||
            !surprisals(study, window, surprisal, failure))
            return study_failed(study, failure);
        const info_matrix a = {gains + 1, 1, count, count, 1, INFO_F64, 0};
        const info_matrix b = {surprisal, 1, count, count, 1, INFO_F64, 0};
        if (info_ranking_compare(study->ctx, &a, &b, 1, &agreement, 1) != INFO_OK)
            return study_failed(study, failure);
        *correlation += agreement.spearman / study->window_count;
        for (int64_t t = 1; t < study->length; t++)
            *mean += gains[t] / (double)(count * study->window_count);
    }
    return true;
}

/* The text of the first window's tokens. */
static cJSON *window_text(const struct study *study)
{
    cJSON *text = cJSON_CreateArray();
    for (int64_t t = 1; t < study->length; t++) {
        const struct piece piece =
            tokenizer_decode(&study->tokenizer, study->tokens[0][t - 1], study->tokens[0][t]);
        cJSON_AddItemToArray(text, text_json(piece));
    }
    return text;
}

cJSON *study_gains(struct study *study, struct failure *failure)
{
    double *gains = calloc((size_t)study->length, sizeof *gains);
    double *surprisal = calloc((size_t)study->length, sizeof *surprisal);
    cJSON *json = cJSON_CreateObject(), *by_state = cJSON_AddArrayToObject(json, "correlation");
    cJSON *means = cJSON_AddArrayToObject(json, "mean_gain");
    const int64_t states = study_states(study);
    bool measured = gains != NULL && surprisal != NULL;
    for (int64_t state = 0; measured && state < states; state++) {
        double correlation, mean;
        measured = correlate(study, state, gains, surprisal, &mean, &correlation, failure);
        cJSON_AddItemToArray(by_state, cJSON_CreateNumber(correlation));
        cJSON_AddItemToArray(means, cJSON_CreateNumber(mean));
    }
    const info_matrix last = study_hidden(&study->trained, 0, states - 1);
    if (measured && (info_token_gains(study->ctx, &last, &options, gains, study->length) < 0 ||
                     !surprisals(study, 0, surprisal, failure)))
        measured = study_failed(study, failure);
    if (measured) {
        cJSON_AddItemToObject(json, "gain", cJSON_CreateDoubleArray(gains + 1, (int)study->length - 1));
        cJSON_AddItemToObject(json, "surprisal", cJSON_CreateDoubleArray(surprisal, (int)study->length - 1));
        cJSON_AddItemToObject(json, "text", window_text(study));
    }
    free(gains);
    free(surprisal);
    if (measured)
        return json;
    cJSON_Delete(json);
    return NULL;
}
