/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map(struct file *file, int descriptor, const char *path, struct failure *failure)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return fail(failure, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return fail(failure, "%s: not a regular file", path);
    if (status.st_size == 0)
        return fail(failure, "%s: empty file", path);
    if ((uintmax_t)status.st_size > SIZE_MAX)
        return fail(failure, "%s: larger than the address space", path);

    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED)
        return fail(failure, "%s: %s", path, strerror(errno));
    file->data = data;
    file->size = (size_t)status.st_size;
    return true;
}

bool file_open(struct file *file, const char *path, struct failure *failure)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(failure, "%s: %s", path, strerror(errno));
    bool mapped = map(file, descriptor, path, failure);
    close(descriptor);
    return mapped;
}

void file_close(struct file *file)
{
    if (file->data != NULL)
        munmap((void *)(uintptr_t)file->data, file->size);
    file->data = NULL;
    file->size = 0;
}

bool size_product(size_t count, size_t size, size_t *bytes)
{
    return !__builtin_mul_overflow(count, size, bytes);
}

const void *cursor_take(struct cursor *cursor, size_t count, size_t size)
{
    size_t bytes;
    if (!size_product(count, size, &bytes) || bytes > cursor->left)
        return NULL;
    const void *taken = cursor->at;
    cursor->at += bytes;
    cursor->left -= bytes;
    return taken;
}

static bool take_four(struct cursor *cursor, void *value)
{
    const void *bytes = cursor_take(cursor, 1, 4);
    if (bytes != NULL)
        memcpy(value, bytes, 4);
    return bytes != NULL;
}

bool cursor_int32(struct cursor *cursor, int32_t *value)
{
    return take_four(cursor, value);
}

bool cursor_float(struct cursor *cursor, float *value)
{
    return take_four(cursor, value);
}
