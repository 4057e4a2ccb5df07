/* SPDX-License-Identifier: MIT
 * One window, read from activations that a dump holds. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "../io/archive.h"

struct dump {
    struct archive archives[ROLES];
    struct window window;
    int64_t *targets, *bytes;
    struct piece *pieces;
    cJSON *about; /* what about.json says; the pieces point into it */
};

/* ---- Checking one model's tensors ---------------------------------------------- */

struct expected {
    const char *name;
    int axes;
    bool is_float;
};

/* Borrows a tensor of the archive; absent ones stay without axes. */
static bool take(const struct archive *archive, const struct expected *expected, struct tensor *out,
                 const char *path, struct failure *failure)
{
    const struct tensor *found = archive_find(archive, expected->name);
    *out = (struct tensor){0};
    if (found == NULL)
        return true;
    if (found->axes != expected->axes || element_is_float(found->type) != expected->is_float)
        return fail(failure, "%s: %s has %d axes of %s, expected are %d of a %s type", path, expected->name,
                    found->axes, element_name(found->type), expected->axes, expected->is_float ? "float" : "whole");
    *out = *found;
    out->owned = NULL; /* stays the archive's */
    return true;
}

static bool check_length(const struct tensor *tensor, const char *name, int axis, int64_t expected, const char *path,
                         struct failure *failure)
{
    if (tensor->axes == 0 || tensor->shape[axis] == expected)
        return true;
    return fail(failure, "%s: %s has length %lld on axis %d, expected is %lld", path, name,
                (long long)tensor->shape[axis], axis, (long long)expected);
}

static bool check_attention(const struct activations *a, const char *path, struct failure *failure)
{
    int64_t tokens = a->logits.shape[0];
    if ((a->queries.axes != 0) != (a->keys.axes != 0))
        return fail(failure, "%s: queries and keys come together, or attention instead", path);
    if (a->queries.axes != 0 && a->queries.shape[1] % a->keys.shape[1] != 0)
        return fail(failure, "%s: %lld heads in keys do not divide %lld in queries", path,
                    (long long)a->keys.shape[1], (long long)a->queries.shape[1]);
    return check_length(&a->attention, "attention", 2, tokens, path, failure) &&
           check_length(&a->attention, "attention", 3, tokens, path, failure) &&
           check_length(&a->queries, "queries", 2, tokens, path, failure) &&
           check_length(&a->keys, "keys", 0, a->queries.shape[0], path, failure) &&
           check_length(&a->keys, "keys", 2, tokens, path, failure) &&
           check_length(&a->keys, "keys", 3, a->queries.shape[3], path, failure);
}

/* Queries and keys are wanted in f32. */
static bool widen(struct tensor *tensor, struct failure *failure)
{
    struct tensor narrow = *tensor;
    return narrow.axes == 0 || narrow.type == ELEMENT_F32 || tensor_convert(&narrow, ELEMENT_F32, tensor, failure);
}

static bool take_activations(const struct archive *archive, struct activations *a, const char *path,
                             struct failure *failure)
{
    static const struct expected logits = {"logits", 2, true}, targets = {"targets", 1, false},
                                 hidden = {"hidden", 3, true}, queries = {"queries", 4, true},
                                 keys = {"keys", 4, true}, attention = {"attention", 4, true};
    if (!take(archive, &logits, &a->logits, path, failure) || !take(archive, &targets, &a->targets, path, failure) ||
        !take(archive, &hidden, &a->hidden, path, failure) || !take(archive, &queries, &a->queries, path, failure) ||
        !take(archive, &keys, &a->keys, path, failure) || !take(archive, &attention, &a->attention, path, failure))
        return false;
    if (a->logits.axes == 0)
        return fail(failure, "%s: no logits", path);
    return check_length(&a->targets, "targets", 0, a->logits.shape[0], path, failure) &&
           check_length(&a->hidden, "hidden", 1, a->logits.shape[0], path, failure) &&
           check_attention(a, path, failure) && widen(&a->queries, failure) && widen(&a->keys, failure);
}

/* ---- The models of a dump -------------------------------------------------------- */

static bool open_role(struct source *source, enum role role, const char *path, struct failure *failure)
{
    struct dump *dump = source->state;
    struct activations *a = &dump->window.activations[role];
    const struct activations *first = &dump->window.activations[ROLE_MODEL];
    if (!archive_open(&dump->archives[role], path, failure) ||
        !take_activations(&dump->archives[role], a, path, failure))
        return false;
    if (a->logits.shape[0] != first->logits.shape[0] || a->logits.shape[1] != first->logits.shape[1])
        return fail(failure, "%s: logits [%lld, %lld], the model's are [%lld, %lld]: they cannot be compared", path,
                    (long long)a->logits.shape[0], (long long)a->logits.shape[1], (long long)first->logits.shape[0],
                    (long long)first->logits.shape[1]);
    source->names[role] = strdup(role == ROLE_UNTRAINED ? "untrained twin" : path_name(path));
    return source->names[role] != NULL || fail(failure, "no memory");
}

/* Where a role's tensors lie under a folder, if they do: a folder of its name
 * or a .safetensors file. */
static bool find_role(char *path, size_t size, const char *folder, enum role role)
{
    snprintf(path, size, "%s/%s", folder, role_name(role));
    if (access(path, F_OK) == 0)
        return true;
    snprintf(path, size, "%s/%s.safetensors", folder, role_name(role));
    return access(path, F_OK) == 0;
}

static bool open_roles(struct source *source, const struct arguments *arguments, struct failure *failure)
{
    const char *const given[ROLES] = {NULL, arguments->untrained, arguments->second};
    char path[4096];
    bool nested = find_role(path, sizeof path, arguments->activations, ROLE_MODEL);
    if (!open_role(source, ROLE_MODEL, nested ? path : arguments->activations, failure))
        return false;
    for (int role = ROLE_UNTRAINED; role < ROLES; role++) {
        const char *from = given[role];
        if (from == NULL && nested && find_role(path, sizeof path, arguments->activations, (enum role)role))
            from = path;
        if (from != NULL && !open_role(source, (enum role)role, from, failure))
            return false;
    }
    return true;
}

/* ---- Targets, their bytes and their text ------------------------------------------- */

static bool whole_numbers(const struct tensor *tensor, int64_t **out, struct failure *failure)
{
    int64_t count = tensor->shape[0];
    *out = calloc((size_t)count, sizeof **out);
    if (*out == NULL)
        return fail(failure, "no memory");
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = tensor->type == ELEMENT_I64 ? ((const int64_t *)tensor->data)[i]
                                                : ((const int32_t *)tensor->data)[i];
    return true;
}

static bool take_targets(struct dump *dump, const char *path, struct failure *failure)
{
    const struct activations *a = &dump->window.activations[ROLE_MODEL];
    if (a->targets.axes == 0)
        return fail(failure, "%s: no targets", path);
    if (!whole_numbers(&a->targets, &dump->targets, failure))
        return false;
    bool any = false;
    for (int64_t t = 0; t < a->targets.shape[0]; t++) {
        if (dump->targets[t] >= a->logits.shape[1])
            return fail(failure, "%s: target %lld at %lld, the logits have %lld columns", path,
                        (long long)dump->targets[t], (long long)t, (long long)a->logits.shape[1]);
        if (dump->targets[t] < 0)
            dump->targets[t] = TARGET_NONE;
        any = any || dump->targets[t] >= 0;
    }
    if (!any)
        return fail(failure, "%s: no target: all are negative", path);
    dump->window.tokens = a->targets.shape[0];
    dump->window.targets = dump->targets;
    return true;
}

/* bytes.npy if it is there, else the sizes of the texts in about.json. */
static bool take_bytes(struct dump *dump, const char *path, struct failure *failure)
{
    static const struct expected expected = {"bytes", 1, false};
    struct tensor bytes;
    if (!take(&dump->archives[ROLE_MODEL], &expected, &bytes, path, failure) ||
        !check_length(&bytes, "bytes", 0, dump->window.tokens, path, failure))
        return false;
    if (bytes.axes != 0) {
        if (!whole_numbers(&bytes, &dump->bytes, failure))
            return false;
    } else if (dump->pieces != NULL) {
        dump->bytes = calloc((size_t)dump->window.tokens, sizeof *dump->bytes);
        if (dump->bytes == NULL)
            return fail(failure, "no memory");
        for (int64_t t = 0; t < dump->window.tokens; t++)
            dump->bytes[t] = (int64_t)dump->pieces[t].size;
    }
    for (int64_t t = 0; dump->bytes != NULL && t < dump->window.tokens; t++)
        if (dump->bytes[t] < 0)
            return fail(failure, "%s: bytes has %lld at %lld", path, (long long)dump->bytes[t], (long long)t);
    dump->window.bytes = dump->bytes;
    return true;
}

static bool take_pieces(struct dump *dump, const char *path, struct failure *failure)
{
    const cJSON *tokens = cJSON_GetObjectItemCaseSensitive(dump->about, "tokens");
    if (tokens == NULL)
        return true;
    if (!cJSON_IsArray(tokens) || cJSON_GetArraySize(tokens) != dump->window.tokens)
        return fail(failure, "%s: \"tokens\" must list the %lld texts of the targets", path,
                    (long long)dump->window.tokens);
    dump->pieces = calloc((size_t)dump->window.tokens, sizeof *dump->pieces);
    if (dump->pieces == NULL)
        return fail(failure, "no memory");
    size_t t = 0;
    const cJSON *token;
    cJSON_ArrayForEach(token, tokens)
    {
        if (!cJSON_IsString(token))
            return fail(failure, "%s: \"tokens\" has something else than a text at %zu", path, t);
        dump->pieces[t++] = (struct piece){token->valuestring, strlen(token->valuestring)};
    }
    dump->window.pieces = dump->pieces;
    return true;
}

/* Replaces a name by what about.json has for it. */
static bool take_name(const struct dump *dump, const char *key, char **name, struct failure *failure)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(dump->about, key);
    if (!cJSON_IsString(item) || *name == NULL)
        return true;
    free(*name);
    *name = strdup(item->valuestring);
    return *name != NULL || fail(failure, "no memory");
}

/* about.json in a folder; FILE.json beside FILE.safetensors. */
static bool read_about(struct source *source, const char *activations, struct failure *failure)
{
    static const char suffix[] = ".safetensors";
    struct dump *dump = source->state;
    struct file file;
    char path[4096];
    size_t size = strlen(activations);
    bool is_file = size > sizeof suffix - 1 && strcmp(activations + size - (sizeof suffix - 1), suffix) == 0;
    if (is_file)
        snprintf(path, sizeof path, "%.*s.json", (int)(size - (sizeof suffix - 1)), activations);
    else
        snprintf(path, sizeof path, "%s/about.json", activations);
    if (access(path, F_OK) != 0)
        return take_bytes(dump, activations, failure);

    if (!file_open(&file, path, failure))
        return false;
    dump->about = cJSON_ParseWithLength((const char *)file.data, file.size);
    file_close(&file);
    if (!cJSON_IsObject(dump->about))
        return fail(failure, "%s: no JSON object", path);
    bool taken = take_pieces(dump, path, failure) && take_bytes(dump, activations, failure) &&
                 take_name(dump, "text", &source->title, failure);
    for (int role = 0; taken && role < ROLES; role++)
        taken = take_name(dump, role_name((enum role)role), &source->names[role], failure);
    return taken;
}

/* ---- The source -------------------------------------------------------------------- */

static bool read_window(struct source *source, size_t index, struct window *window, struct failure *failure)
{
    (void)index;
    (void)failure;
    *window = ((struct dump *)source->state)->window;
    return true;
}

static void close_dump(struct source *source)
{
    struct dump *dump = source->state;
    for (int role = 0; role < ROLES; role++) {
        activations_free(&dump->window.activations[role]);
        archive_close(&dump->archives[role]);
    }
    cJSON_Delete(dump->about);
    free(dump->targets);
    free(dump->bytes);
    free(dump->pieces);
    free(dump);
}

bool source_open_dump(struct source *source, const struct arguments *arguments, struct progress *progress,
                      struct failure *failure)
{
    struct dump *dump = calloc(1, sizeof *dump);
    if (dump == NULL)
        return fail(failure, "no memory");
    *source = (struct source){
        .windows = 1, .progress = progress, .read = read_window, .close = close_dump, .state = dump};
    source->title = strdup(path_name(arguments->activations));
    if (source->title != NULL && open_roles(source, arguments, failure) &&
        take_targets(dump, arguments->activations, failure) && read_about(source, arguments->activations, failure))
        return true;
    source_close(source);
    return false;
}
