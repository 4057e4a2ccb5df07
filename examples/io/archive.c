/* SPDX-License-Identifier: MIT */
#include "archive.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "npy.h"
#include "npz.h"

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name), suffix_size = strlen(suffix);
    return size > suffix_size && strcmp(name + size - suffix_size, suffix) == 0;
}

/* Room for one tensor and one file more. */
static bool grow(struct archive *a)
{
    struct named_tensor *tensors = realloc(a->tensors, (a->count + 1) * sizeof *tensors);
    if (tensors != NULL)
        a->tensors = tensors;
    struct file *files = realloc(a->files, (a->files_count + 1) * sizeof *files);
    if (files != NULL)
        a->files = files;
    return tensors != NULL && files != NULL;
}

static bool add_npy(struct archive *a, const char *folder, const char *file_name, struct failure *failure)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file_name) >= sizeof path)
        return fail(failure, "%s: path too long", folder);
    char *name = strndup(file_name, strlen(file_name) - strlen(".npy"));
    if (name == NULL || !grow(a)) {
        free(name);
        return fail(failure, "%s: no memory", path);
    }
    struct named_tensor *tensor = &a->tensors[a->count];
    struct file *file = &a->files[a->files_count];
    if (!file_open(file, path, failure)) {
        free(name);
        return false;
    }
    a->files_count++;
    if (!npy_view(&tensor->tensor, file, path, failure)) {
        free(name);
        return false;
    }
    tensor->name = name;
    a->count++;
    return true;
}

static bool open_folder(struct archive *a, const char *path, struct failure *failure)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return fail(failure, "%s: %s", path, strerror(errno));
    bool ok = true;
    for (const struct dirent *entry; ok && (entry = readdir(folder)) != NULL;)
        if (has_suffix(entry->d_name, ".npy"))
            ok = add_npy(a, path, entry->d_name, failure);
    closedir(folder);
    if (ok && a->count == 0)
        return fail(failure, "%s: no .npy files in this folder", path);
    return ok;
}

static bool open_file(struct archive *a, const char *path, struct failure *failure)
{
    if (!grow(a))
        return fail(failure, "%s: no memory", path);
    if (!file_open(&a->files[0], path, failure))
        return false;
    a->files_count = 1;
    free(a->tensors);
    a->tensors = NULL;
    return has_suffix(path, ".npz") ? npz_view(&a->tensors, &a->count, &a->files[0], path, failure)
                                    : safetensors_view(&a->tensors, &a->count, &a->files[0], path, failure);
}

bool archive_open(struct archive *a, const char *path, struct failure *failure)
{
    struct stat status;
    *a = (struct archive){0};
    if (stat(path, &status) != 0)
        return fail(failure, "%s: %s", path, strerror(errno));
    bool opened = S_ISDIR(status.st_mode) ? open_folder(a, path, failure) : open_file(a, path, failure);
    if (!opened)
        archive_close(a);
    return opened;
}

const struct tensor *archive_find(const struct archive *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->tensors[i].name, name) == 0)
            return &a->tensors[i].tensor;
    return NULL;
}

void archive_close(struct archive *a)
{
    named_tensors_free(a->tensors, a->count);
    for (size_t i = 0; i < a->files_count; i++)
        file_close(&a->files[i]);
    free(a->files);
    *a = (struct archive){0};
}
