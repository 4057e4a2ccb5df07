/* SPDX-License-Identifier: MIT */
#include "states.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../io/file.h"

void states_free(struct states *states)
{
    for (int i = 0; i < states->count; i++)
        info_evaluation_destroy(states->state[i]);
    info_ctx_destroy(states->ctx);
    *states = (struct states){0};
}

/* All states' bytes; malloc'ed. */
static char *bytes_of(const struct states *states, size_t *size, struct failure *failure)
{
    int64_t sizes[MOST_STATES], total = 0, used = 0;
    for (int i = 0; i < states->count; i++) {
        if (info_evaluation_saved_size(states->ctx, states->state[i], &sizes[i]) != INFO_OK) {
            fail(failure, "%s", info_ctx_message(states->ctx));
            return NULL;
        }
        total += sizes[i];
    }
    char *bytes = malloc((size_t)total);
    if (bytes == NULL)
        fail(failure, "no memory");
    for (int i = 0; i < states->count && bytes != NULL; i++) {
        int64_t written;
        if (info_evaluation_save(states->ctx, states->state[i], bytes + used, sizes[i], &written) != INFO_OK) {
            fail(failure, "%s", info_ctx_message(states->ctx));
            free(bytes);
            return NULL;
        }
        used += written;
    }
    *size = (size_t)used;
    return bytes;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(descriptor) == 0;
}

bool states_write(const struct states *states, const char *path, struct failure *failure)
{
    char temporary[4096];
    size_t size;
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return fail(failure, "%s: too long a name", path);
    char *bytes = bytes_of(states, &size, failure);
    if (bytes == NULL)
        return false;
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool done = descriptor >= 0 && write_all(descriptor, bytes, size);
    const int error = errno;
    free(bytes);
    if (descriptor >= 0 && close(descriptor) != 0)
        done = false;
    if (!done)
        return fail(failure, "%s: %s", temporary, strerror(error));
    return rename(temporary, path) == 0 || fail(failure, "%s: %s", path, strerror(errno));
}

bool states_read(struct states *states, const char *path, struct failure *failure)
{
    struct file file;
    *states = (struct states){0};
    if (!file_open(&file, path, failure))
        return false;
    bool done = info_ctx_create(NULL, &states->ctx) == INFO_OK || fail(failure, "no memory");
    const unsigned char *at = file.data;
    int64_t left = (int64_t)file.size, size;
    while (done && left > 0) {
        info_status status = info_evaluation_blob_size(states->ctx, at, left, &size);
        if (status == INFO_OK && states->count == MOST_STATES)
            done = fail(failure, "%s: more states than lm_evaluate writes", path);
        else if (status == INFO_OK)
            status = info_evaluation_load(states->ctx, at, size, &states->state[states->count]);
        if (done && status != INFO_OK)
            done = fail(failure, "%s: %s", path, info_ctx_message(states->ctx));
        if (!done)
            break;
        states->count++;
        at += size;
        left -= size;
    }
    file_close(&file);
    if (!done)
        states_free(states);
    return done;
}

bool states_merge(struct states *states, const struct states *other, const char *path, struct failure *failure)
{
    if (states->count != other->count)
        return fail(failure, "%s: has %d states, the files before it %d", path, other->count, states->count);
    for (int i = 0; i < states->count; i++)
        if (info_evaluation_merge(states->ctx, states->state[i], other->state[i]) != INFO_OK)
            return fail(failure, "%s: %s", path, info_ctx_message(states->ctx));
    return true;
}
