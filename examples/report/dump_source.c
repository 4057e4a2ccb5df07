/* SPDX-License-Identifier: MIT
 * One window, read from activations that a dump holds. */
#include "dump_archive.h"

#include <stdlib.h>
#include <string.h>

struct dump {
    struct archive archives[ROLES];
    struct window window;
    int64_t *targets, *bytes;
    struct piece *pieces;
    cJSON *about; /* what about.json says; the pieces point into it */
};

/* ---- The models of a dump -------------------------------------------------------- */

static bool open_role(struct source *source, enum role role, const char *path, struct failure *failure)
{
    struct dump *dump = source->state;
    struct activations *a = &dump->window.activations[role];
    const struct activations *first = &dump->window.activations[ROLE_MODEL];
    if (!archive_open(&dump->archives[role], path, failure) ||
        !dump_take_activations(&dump->archives[role], a, path, failure))
        return false;
    if (a->logits.axes == 0)
        return fail(failure, "%s: no logits", path);
    if (a->logits.shape[0] != first->logits.shape[0] || a->logits.shape[1] != first->logits.shape[1])
        return fail(failure, "%s: logits [%lld, %lld], the model's are [%lld, %lld]: they cannot be compared", path,
                    (long long)a->logits.shape[0], (long long)a->logits.shape[1], (long long)first->logits.shape[0],
                    (long long)first->logits.shape[1]);
    source->names[role] = strdup(role == ROLE_UNTRAINED ? "untrained twin" : path_name(path));
    return source->names[role] != NULL || fail(failure, "no memory");
}

static bool open_roles(struct source *source, const struct arguments *arguments, struct failure *failure)
{
    const char *const given[ROLES] = {NULL, arguments->untrained, arguments->second};
    char path[4096];
    bool nested = dump_find_role(path, sizeof path, arguments->activations, ROLE_MODEL);
    if (!open_role(source, ROLE_MODEL, nested ? path : arguments->activations, failure))
        return false;
    for (int role = ROLE_UNTRAINED; role < ROLES; role++) {
        const char *from = given[role];
        if (from == NULL && nested && dump_find_role(path, sizeof path, arguments->activations, (enum role)role))
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
        (*out)[i] = tensor_whole(tensor, (size_t)i);
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
    struct tensor bytes;
    if (!dump_take(&dump->archives[ROLE_MODEL], "bytes", 1, false, &bytes, path, failure) ||
        !dump_check_length(&bytes, "bytes", 0, dump->window.tokens, path, failure))
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

static bool read_about(struct source *source, const char *activations, struct failure *failure)
{
    struct dump *dump = source->state;
    char path[4096];
    if (!dump_read_about(activations, path, sizeof path, &dump->about, failure))
        return false;
    if (dump->about == NULL)
        return take_bytes(dump, activations, failure);
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
    *source =
        (struct source){.windows = 1, .progress = progress, .read = read_window, .close = close_dump, .state = dump};
    source->title = strdup(path_name(arguments->activations));
    if (source->title != NULL && open_roles(source, arguments, failure) &&
        take_targets(dump, arguments->activations, failure) && read_about(source, arguments->activations, failure))
        return true;
    source_close(source);
    return false;
}
