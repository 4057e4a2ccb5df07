/* SPDX-License-Identifier: MIT
 * From Lasso to ridge by the elastic net, at one penalty: how many tokens rebuild a token, and how well. */
#include "study.h"

#define FIRST_TOKEN 32
#define TOKEN_STEP 24
#define STRENGTH 0.05 /* of the penalty at which Lasso takes the first token */

static const double shares[] = {0, 0.25, 0.5, 0.75, 0.9, 0.97, 1};
#define SHARES (sizeof shares / sizeof shares[0])

struct sums {
    double count, support[SHARES], error[SHARES];
};

/* One token after the final norm against those before it, all of unit norm. */
static bool look_at(struct study *study, const info_matrix *states, int64_t t, struct sums *sums,
                    struct failure *failure)
{
    info_matrix context = *states, token = *states;
    info_lasso_options options = {.struct_size = sizeof options, .rows = INFO_ROWS_UNIT, .tolerance = 1e-6};
    info_lasso_point point;
    context.rows = t;
    token.rows = 1;
    token.data = (const char *)states->data + (size_t)(t * states->row_stride) * element_size(states->dtype);
    if (info_lasso_path(study->ctx, &context, &token, NULL, 1, &options, NULL, &point, 1) < 0)
        return study_failed(study, failure);
    const double penalty = STRENGTH * point.penalty;
    for (size_t s = 0; s < SHARES; s++) {
        options.ridge_share = shares[s];
        if (info_lasso_path(study->ctx, &context, &token, &penalty, 1, &options, NULL, &point, 1) < 0)
            return study_failed(study, failure);
        sums->support[s] += (double)point.support;
        sums->error[s] += point.residual;
    }
    sums->count++;
    return true;
}

cJSON *study_bridge(struct study *study, struct failure *failure)
{
    struct sums sums = {0};
    for (int window = 0; window < study->window_count; window++) {
        const info_matrix states = study_hidden(&study->trained, window, study_states(study) - 1);
        for (int64_t t = FIRST_TOKEN; t < study->length; t += TOKEN_STEP)
            if (!look_at(study, &states, t, &sums, failure))
                return NULL;
    }
    for (size_t s = 0; s < SHARES; s++) {
        sums.support[s] /= sums.count;
        sums.error[s] /= sums.count;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "tokens", sums.count);
    cJSON_AddItemToObject(json, "shares", cJSON_CreateDoubleArray(shares, SHARES));
    cJSON_AddItemToObject(json, "support", cJSON_CreateDoubleArray(sums.support, SHARES));
    cJSON_AddItemToObject(json, "error", cJSON_CreateDoubleArray(sums.error, SHARES));
    return json;
}
