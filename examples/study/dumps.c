/* SPDX-License-Identifier: MIT
 * Windows that an inference engine dumped: of each the hidden states, and with them
 * what there is of logits, targets, attention and an untrained twin. */
#include <stdlib.h>

#include "../report/dump_archive.h"
#include "study.h"

/* Opens what a role has under a path, and takes its activations. */
static bool open_role(struct study *study, const char *path, struct activations *a, struct failure *failure)
{
    struct archive *archive = &study->archives[study->archive_count];
    if (!archive_open(archive, path, failure))
        return false;
    study->archive_count++;
    if (!dump_take_activations(archive, a, path, failure))
        return false;
    if (a->hidden.axes == 0)
        return fail(failure, "%s: no hidden states", path);
    if (study->length == 0)
        study->length = a->hidden.shape[1];
    if (study->length < STUDY_MIN_LENGTH)
        return fail(failure, "%s: %lld tokens; %d are needed", path, (long long)study->length, STUDY_MIN_LENGTH);
    const struct tensor *first = &study->trained.windows[0].hidden;
    return dump_check_length(&a->hidden, "hidden", 1, study->length, path, failure) &&
           dump_check_length(&a->hidden, "hidden", 0, first->shape[0], path, failure) &&
           dump_check_length(&a->hidden, "hidden", 2, first->shape[2], path, failure);
}

/* The targets, if every position but the last has one. */
static bool take_targets(struct study *study, int window, struct failure *failure)
{
    const struct activations *a = &study->trained.windows[window];
    const int64_t count = study->length, vocabulary = a->logits.axes != 0 ? a->logits.shape[1] : INT64_MAX;
    bool all = a->targets.axes != 0;
    int64_t *targets = all ? malloc((size_t)count * sizeof *targets) : NULL;
    if (all && targets == NULL)
        return fail(failure, "no memory");
    for (int64_t t = 0; all && t < count; t++) {
        targets[t] = tensor_whole(&a->targets, (size_t)t);
        all = t + 1 == count || (targets[t] >= 0 && targets[t] < vocabulary);
    }
    if (all)
        study->targets[window] = targets;
    else
        free(targets);
    return true;
}

/* The model's name and the first window's text, from about.json. */
static bool take_about(struct study *study, const char *path, struct failure *failure)
{
    cJSON *about;
    char name[4096];
    if (!dump_read_about(path, name, sizeof name, &about, failure)) {
        cJSON_Delete(about);
        return false;
    }
    const cJSON *model = cJSON_GetObjectItem(about, "model"), *text = cJSON_GetObjectItem(about, "tokens");
    cJSON_AddStringToObject(study->about, "model", cJSON_IsString(model) ? model->valuestring : path_name(path));
    if (cJSON_IsArray(text) && cJSON_GetArraySize(text) == study->length) {
        study->text = cJSON_Duplicate(text, true);
        cJSON_DeleteItemFromArray(study->text, (int)study->length - 1); /* of the target after the last */
    }
    cJSON_Delete(about);
    return true;
}

static bool open_dump(struct study *study, const char *path, struct failure *failure)
{
    const int window = study->window_count;
    char inner[4096];
    const bool nested = dump_find_role(inner, sizeof inner, path, ROLE_MODEL);
    if (!open_role(study, nested ? inner : path, &study->trained.windows[window], failure) ||
        !take_targets(study, window, failure))
        return false;
    study->window_count++;
    if (!nested || !dump_find_role(inner, sizeof inner, path, ROLE_UNTRAINED)) {
        study->seeds = 0;
        return true;
    }
    return open_role(study, inner, &study->untrained[0].windows[window], failure);
}

bool study_open_dumps(struct study *study, const struct study_input *input, struct failure *failure)
{
    cJSON *texts = cJSON_AddArrayToObject(study->about, "texts");
    study->length = 0;
    study->seeds = 1;
    progress_step(&study->progress, "reading dumps", 0, 0.4);
    for (int dump = 0; dump < input->count; dump++) {
        if (!open_dump(study, input->paths[dump], failure))
            return false;
        cJSON_AddItemToArray(texts, cJSON_CreateString(path_name(input->paths[dump])));
        progress_draw(&study->progress, (double)(dump + 1) / input->count);
    }
    return take_about(study, input->paths[0], failure);
}
