/* SPDX-License-Identifier: MIT */
#include "dump_archive.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool dump_take(const struct archive *archive, const char *name, int axes, bool is_float, struct tensor *out,
               const char *path, struct failure *failure)
{
    const struct tensor *found = archive_find(archive, name);
    *out = (struct tensor){0};
    if (found == NULL)
        return true;
    if (found->axes != axes || element_is_float(found->type) != is_float)
        return fail(failure, "%s: %s has %d axes of %s, expected are %d of a %s type", path, name, found->axes,
                    element_name(found->type), axes, is_float ? "float" : "whole");
    *out = *found;
    out->owned = NULL; /* stays the archive's */
    return true;
}

/* [S, T, d]; of one state alone [T, d] is as good. */
static bool take_hidden(const struct archive *archive, struct tensor *hidden, const char *path, struct failure *failure)
{
    const struct tensor *found = archive_find(archive, "hidden");
    const bool alone = found != NULL && found->axes == 2;
    if (!dump_take(archive, "hidden", alone ? 2 : 3, true, hidden, path, failure))
        return false;
    if (alone) {
        hidden->axes = 3;
        hidden->shape[2] = hidden->shape[1];
        hidden->shape[1] = hidden->shape[0];
        hidden->shape[0] = 1;
    }
    return true;
}

bool dump_check_length(const struct tensor *tensor, const char *name, int axis, int64_t expected, const char *path,
                       struct failure *failure)
{
    if (tensor->axes == 0 || tensor->shape[axis] == expected)
        return true;
    return fail(failure, "%s: %s has length %lld on axis %d, expected is %lld", path, name,
                (long long)tensor->shape[axis], axis, (long long)expected);
}

static bool check_attention(const struct activations *a, int64_t tokens, const char *path, struct failure *failure)
{
    if ((a->queries.axes != 0) != (a->keys.axes != 0))
        return fail(failure, "%s: queries and keys come together, or attention instead", path);
    if (a->queries.axes != 0 && a->queries.shape[1] % a->keys.shape[1] != 0)
        return fail(failure, "%s: %lld heads in keys do not divide %lld in queries", path, (long long)a->keys.shape[1],
                    (long long)a->queries.shape[1]);
    return dump_check_length(&a->attention, "attention", 2, tokens, path, failure) &&
           dump_check_length(&a->attention, "attention", 3, tokens, path, failure) &&
           dump_check_length(&a->queries, "queries", 2, tokens, path, failure) &&
           dump_check_length(&a->keys, "keys", 0, a->queries.shape[0], path, failure) &&
           dump_check_length(&a->keys, "keys", 2, tokens, path, failure) &&
           dump_check_length(&a->keys, "keys", 3, a->queries.shape[3], path, failure);
}

/* Queries and keys are wanted in f32. */
static bool widen(struct tensor *tensor, struct failure *failure)
{
    struct tensor narrow = *tensor;
    return narrow.axes == 0 || narrow.type == ELEMENT_F32 || tensor_convert(&narrow, ELEMENT_F32, tensor, failure);
}

bool dump_take_activations(const struct archive *archive, struct activations *a, const char *path,
                           struct failure *failure)
{
    if (!dump_take(archive, "logits", 2, true, &a->logits, path, failure) ||
        !dump_take(archive, "targets", 1, false, &a->targets, path, failure) ||
        !take_hidden(archive, &a->hidden, path, failure) ||
        !dump_take(archive, "queries", 4, true, &a->queries, path, failure) ||
        !dump_take(archive, "keys", 4, true, &a->keys, path, failure) ||
        !dump_take(archive, "attention", 4, true, &a->attention, path, failure))
        return false;
    if (a->logits.axes == 0 && a->hidden.axes == 0)
        return fail(failure, "%s: no logits and no hidden states", path);
    const int64_t tokens = a->logits.axes != 0 ? a->logits.shape[0] : a->hidden.shape[1];
    return dump_check_length(&a->targets, "targets", 0, tokens, path, failure) &&
           dump_check_length(&a->hidden, "hidden", 1, tokens, path, failure) &&
           check_attention(a, tokens, path, failure) && widen(&a->queries, failure) && widen(&a->keys, failure);
}

/* Files that hold all of a role's arrays. */
static const char *const suffixes[] = {".safetensors", ".npz"};

bool dump_find_role(char *path, size_t size, const char *folder, enum role role)
{
    snprintf(path, size, "%s/%s", folder, role_name(role));
    if (access(path, F_OK) == 0)
        return true;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(path, size, "%s/%s%s", folder, role_name(role), suffixes[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

bool dump_read_about(const char *activations, char *path, size_t size, cJSON **about, struct failure *failure)
{
    const size_t length = strlen(activations);
    struct file file;
    *about = NULL;
    snprintf(path, size, "%s/about.json", activations);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const size_t ending = strlen(suffixes[i]);
        if (length > ending && strcmp(activations + length - ending, suffixes[i]) == 0)
            snprintf(path, size, "%.*s.json", (int)(length - ending), activations);
    }
    if (access(path, F_OK) != 0)
        return true;
    if (!file_open(&file, path, failure))
        return false;
    *about = cJSON_ParseWithLength((const char *)file.data, file.size);
    file_close(&file);
    return cJSON_IsObject(*about) || fail(failure, "%s: no JSON object", path);
}
