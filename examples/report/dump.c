/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../io/npy.h"
#include "../program/text_json.h"

static bool make_folder(const char *path, struct failure *failure)
{
    return mkdir(path, 0777) == 0 || fail(failure, "%s: %s", path, strerror(errno));
}

static bool write_tensor(const char *folder, const char *name, const struct tensor *tensor, struct failure *failure)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s.npy", folder, name) >= sizeof path)
        return fail(failure, "%s: path too long", folder);
    return npy_write(tensor, path, failure);
}

static bool write_halves(const char *folder, const char *name, const struct tensor *tensor, struct failure *failure)
{
    struct tensor halves;
    if (!tensor_convert(tensor, ELEMENT_F16, &halves, failure))
        return false;
    bool written = write_tensor(folder, name, &halves, failure);
    tensor_free(&halves);
    return written;
}

static bool write_whole(const char *folder, const char *name, const int64_t *values, int64_t count,
                        struct failure *failure)
{
    struct tensor tensor;
    if (!tensor_new(&tensor, ELEMENT_I32, 1, &count, failure))
        return false;
    for (int64_t i = 0; i < count; i++)
        ((int32_t *)tensor.owned)[i] = (int32_t)values[i];
    bool written = write_tensor(folder, name, &tensor, failure);
    tensor_free(&tensor);
    return written;
}

static bool write_role(const char *folder, const struct window *window, enum role role, struct failure *failure)
{
    const struct activations *a = &window->activations[role];
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, role_name(role)) >= sizeof path)
        return fail(failure, "%s: path too long", folder);
    if (!make_folder(path, failure) || !write_tensor(path, "logits", &a->logits, failure) ||
        !write_halves(path, "hidden", &a->hidden, failure) || !write_halves(path, "queries", &a->queries, failure) ||
        !write_halves(path, "keys", &a->keys, failure))
        return false;
    return role != ROLE_MODEL || (write_whole(path, "targets", window->targets, window->tokens, failure) &&
                                  write_whole(path, "bytes", window->bytes, window->tokens, failure));
}

static bool write_about(const char *folder, const struct source *source, const struct window *window,
                        struct failure *failure)
{
    char path[4096];
    cJSON *about = cJSON_CreateObject();
    cJSON_AddStringToObject(about, "text", source->title);
    for (int role = 0; role < ROLES; role++)
        if (source->names[role] != NULL)
            cJSON_AddStringToObject(about, role_name((enum role)role), source->names[role]);
    cJSON *tokens = cJSON_AddArrayToObject(about, "tokens");
    for (int64_t t = 0; t < window->tokens; t++)
        cJSON_AddItemToArray(tokens, text_json(window->pieces[t]));
    bool fits = (size_t)snprintf(path, sizeof path, "%s/about.json", folder) < sizeof path;
    bool written = fits ? json_write(about, path, failure) : fail(failure, "%s: path too long", folder);
    cJSON_Delete(about);
    return written;
}

bool dump_write(const char *folder, const struct source *source, const struct window *window, struct failure *failure)
{
    if (source->windows != 1)
        return fail(failure, "--dump keeps one window; this text takes %zu", source->windows);
    if (!make_folder(folder, failure))
        return false;
    for (int role = 0; role < ROLES; role++)
        if (source->names[role] != NULL && !write_role(folder, window, (enum role)role, failure))
            return false;
    return write_about(folder, source, window, failure);
}
