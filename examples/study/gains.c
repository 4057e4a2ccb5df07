/* SPDX-License-Identifier: MIT
 * The gain of each token, beside its surprisal where that is known. */
#include <stdlib.h>

#include "study.h"

/* Rows of unit norm and this ridge: a new direction gains log(1 + 1/0.1) = 2.4 nat. */
static const info_geometry_options options = {.struct_size = sizeof options, .rows = INFO_ROWS_UNIT, .ridge = 0.1};

/* -log p of tokens 1.. of a window, each from the logits of the position before it. */
static bool surprisals(struct study *study, int window, double *out, struct failure *failure)
{
    info_matrix logits = tensor_matrix(&study->trained.windows[window].logits, 0);
    logits.rows = study->length - 1;
    return info_nll(study->ctx, &logits, study->targets[window], logits.rows, NULL, out, logits.rows) == INFO_OK ||
           study_failed(study, failure);
}

/* The mean gain after a layer, and Spearman's correlation with the surprisal, mean over the windows. */
static bool correlate(struct study *study, int64_t state, double *gains, double *surprisal, double *mean,
                      double *correlation, struct failure *failure)
{
    const int64_t count = study->length - 1;
    *mean = *correlation = 0;
    for (int window = 0; window < study->window_count; window++) {
        const info_matrix z = study_hidden(&study->trained, window, state);
        info_ranking_agreement agreement;
        if (info_token_gains(study->ctx, &z, &options, gains, study->length) < 0)
            return study_failed(study, failure);
        for (int64_t t = 1; t < study->length; t++)
            *mean += gains[t] / (double)(count * study->window_count);
        if (study_lacks_surprisal(study))
            continue;
        if (!surprisals(study, window, surprisal, failure))
            return false;
        const info_matrix a = {gains + 1, 1, count, count, 1, INFO_F64, 0};
        const info_matrix b = {surprisal, 1, count, count, 1, INFO_F64, 0};
        if (info_ranking_compare(study->ctx, &a, &b, 1, &agreement, 1) != INFO_OK)
            return study_failed(study, failure);
        *correlation += agreement.spearman / study->window_count;
    }
    return true;
}

/* The gains and surprisals of the first window after the last state. */
static bool add_first_window(struct study *study, double *gains, double *surprisal, cJSON *json,
                             struct failure *failure)
{
    const int count = (int)study->length - 1;
    const info_matrix last = study_hidden(&study->trained, 0, study_states(study) - 1);
    if (info_token_gains(study->ctx, &last, &options, gains, study->length) < 0)
        return study_failed(study, failure);
    cJSON_AddItemToObject(json, "gain", cJSON_CreateDoubleArray(gains + 1, count));
    if (study->text != NULL)
        cJSON_AddItemToObject(json, "text", cJSON_Duplicate(study->text, true));
    if (study_lacks_surprisal(study))
        return true;
    if (!surprisals(study, 0, surprisal, failure))
        return false;
    cJSON_AddItemToObject(json, "surprisal", cJSON_CreateDoubleArray(surprisal, count));
    return true;
}

cJSON *study_gains(struct study *study, struct failure *failure)
{
    double *gains = calloc((size_t)study->length, sizeof *gains);
    double *surprisal = calloc((size_t)study->length, sizeof *surprisal);
    cJSON *json = cJSON_CreateObject(), *means = cJSON_AddArrayToObject(json, "mean_gain");
    cJSON *by_state = study_lacks_surprisal(study) ? NULL : cJSON_AddArrayToObject(json, "correlation");
    bool measured = (gains != NULL && surprisal != NULL) || fail(failure, "no memory");
    for (int64_t state = 0; measured && state < study_states(study); state++) {
        double correlation, mean;
        measured = correlate(study, state, gains, surprisal, &mean, &correlation, failure);
        cJSON_AddItemToArray(means, cJSON_CreateNumber(mean));
        if (by_state != NULL)
            cJSON_AddItemToArray(by_state, cJSON_CreateNumber(correlation));
    }
    measured = measured && add_first_window(study, gains, surprisal, json, failure);
    free(gains);
    free(surprisal);
    if (measured)
        return json;
    cJSON_Delete(json);
    return NULL;
}
