/* SPDX-License-Identifier: MIT
 * Entropy and effective rank by layer, by length, by seed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "study.h"

int64_t study_states(const struct study *study)
{
    return study->trained.windows[0].hidden.shape[0];
}

info_matrix study_hidden(const struct run *run, int window, int64_t state)
{
    return tensor_matrix(&run->windows[window].hidden, state);
}

const char *study_lacks_twin(const struct study *study)
{
    return study->seeds > 0 ? NULL : "Comparison with an untrained twin, Diff-eRank: not every dump has one";
}

const char *study_lacks_surprisal(const struct study *study)
{
    for (int window = 0; window < study->window_count; window++)
        if (study->trained.windows[window].logits.axes == 0 || study->targets[window] == NULL)
            return "Gain against surprisal: not every dump has logits and a target at each position";
    return NULL;
}

const char *study_lacks_attention(const struct study *study)
{
    for (int window = 0; window < study->window_count; window++) {
        const struct activations *a = &study->trained.windows[window];
        if (activations_layers(a) == 0 || activations_layers(a) >= a->hidden.shape[0])
            return "Lasso against attention, the spread of information: not every dump has attention (weights, or queries "
                   "and keys) with the hidden state after each of its layers";
    }
    return NULL;
}

bool study_failed(const struct study *study, struct failure *failure)
{
    return fail(failure, "libinfo: %s", info_ctx_message(study->ctx));
}

/* Means over the windows of the first length tokens of a state. */
struct level {
    double rank_entropy; /* nat; the effective rank of a data set is its exponential */
    double normalized;   /* representation entropy over its maximum */
    double attainable;
};

static bool measure(struct study *study, const struct run *run, int64_t state, int64_t length, struct level *level,
                    struct failure *failure)
{
    *level = (struct level){0};
    for (int window = 0; window < study->window_count; window++) {
        info_matrix z = study_hidden(run, window, state);
        info_coding_rate rate;
        double entropy;
        z.rows = length;
        if (info_spectral_entropy(study->ctx, &z, 1, NULL, &entropy, NULL, 1) < 0 ||
            info_representation_entropy(study->ctx, &z, NULL, &rate) < 0)
            return study_failed(study, failure);
        level->rank_entropy += entropy / study->window_count;
        level->normalized += rate.normalized / study->window_count;
        level->attainable = rate.attainable;
    }
    return true;
}

/* The mean of the twins. */
static bool measure_twins(struct study *study, int64_t state, int64_t length, struct level *level,
                          struct failure *failure)
{
    *level = (struct level){0};
    for (int seed = 0; seed < study->seeds; seed++) {
        struct level one;
        if (!measure(study, &study->untrained[seed], state, length, &one, failure))
            return false;
        level->rank_entropy += one.rank_entropy / study->seeds;
        level->normalized += one.normalized / study->seeds;
        level->attainable = one.attainable;
    }
    return true;
}

static cJSON *append(cJSON *object, const char *name, double value)
{
    cJSON *array = cJSON_GetObjectItem(object, name);
    if (array == NULL)
        array = cJSON_AddArrayToObject(object, name);
    cJSON_AddItemToArray(array, cJSON_CreateNumber(value));
    return array;
}

static bool add_levels(struct study *study, int64_t state, int64_t length, cJSON *json, struct failure *failure)
{
    struct level trained, untrained;
    if (!measure(study, &study->trained, state, length, &trained, failure) ||
        !measure_twins(study, state, length, &untrained, failure))
        return false;
    append(json, "trained_rank", exp(trained.rank_entropy));
    append(json, "trained_entropy", trained.normalized);
    append(json, "attainable", trained.attainable);
    if (study_lacks_twin(study))
        return true;
    append(json, "untrained_rank", exp(untrained.rank_entropy));
    append(json, "untrained_entropy", untrained.normalized);
    return true;
}

cJSON *study_layers(struct study *study, struct failure *failure)
{
    cJSON *json = cJSON_CreateObject(), *names = cJSON_AddArrayToObject(json, "states");
    const int64_t states = study_states(study);
    for (int64_t state = 0; state < states; state++) {
        char name[32];
        snprintf(name, sizeof name, "layer %d", (int)state);
        cJSON_AddItemToArray(names, cJSON_CreateString(state == 0 ? "embedding" : state == states - 1 ? "norm" : name));
        progress_draw(&study->progress, (double)state / (double)states);
        if (!add_levels(study, state, study->length, json, failure)) {
            cJSON_Delete(json);
            return NULL;
        }
    }
    return json;
}

cJSON *study_lengths(struct study *study, struct failure *failure)
{
    cJSON *json = cJSON_CreateObject();
    for (int64_t length = 8; length <= study->length; length *= 2) {
        append(json, "lengths", (double)length);
        if (!add_levels(study, study_states(study) - 1, length, json, failure)) {
            cJSON_Delete(json);
            return NULL;
        }
    }
    return json;
}

cJSON *study_seeds(struct study *study, struct failure *failure)
{
    cJSON *json = cJSON_CreateObject();
    const int64_t last = study_states(study) - 1;
    struct level trained, twin;
    bool measured = measure(study, &study->trained, last, study->length, &trained, failure);
    for (int seed = 0; measured && seed < study->seeds; seed++) {
        measured = measure(study, &study->untrained[seed], last, study->length, &twin, failure);
        append(json, "seed", seed + 1);
        append(json, "untrained_rank", exp(twin.rank_entropy));
        append(json, "diff_erank", exp(twin.rank_entropy) - exp(trained.rank_entropy));
        append(json, "untrained_entropy", twin.normalized);
    }
    if (measured)
        return json;
    cJSON_Delete(json);
    return NULL;
}
