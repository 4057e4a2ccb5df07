/* SPDX-License-Identifier: MIT */
#include "npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"

#define LOCAL_SIGNATURE 0x04034b50
#define LOCAL_SIZE 30
#define ENTRY_SIGNATURE 0x02014b50
#define ENTRY_SIZE 46
#define END_SIGNATURE 0x06054b50
#define END_SIZE 22
#define END64_SIGNATURE 0x06064b50
#define END64_SIZE 56
#define LOCATOR_SIGNATURE 0x07064b50
#define LOCATOR_SIZE 20
#define MAX_COMMENT 65535

/* ---- Numbers -------------------------------------------------------------- */

/* The little-endian number of so many bytes. */
static uint64_t number(const unsigned char *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* size bytes at an offset that begin with a signature; NULL if they are not there. */
static const unsigned char *record(const struct file *file, uint64_t offset, size_t size, uint32_t signature)
{
    if (offset > file->size || file->size - offset < size || number(file->data + offset, 4) != signature)
        return NULL;
    return file->data + offset;
}

/* ---- The list of members ---------------------------------------------------- */

struct directory {
    uint64_t entries, offset, size;
};

/* The last record of the file; only a comment may follow it. */
static const unsigned char *find_end(const struct file *file)
{
    for (size_t comment = 0; comment <= MAX_COMMENT && file->size >= END_SIZE + comment; comment++) {
        const unsigned char *end = record(file, file->size - END_SIZE - comment, END_SIZE, END_SIGNATURE);
        if (end != NULL && number(end + 20, 2) == comment)
            return end;
    }
    return NULL;
}

static bool find_directory(const struct file *file, struct directory *directory)
{
    const unsigned char *end = find_end(file);
    if (end == NULL)
        return false;
    *directory = (struct directory){number(end + 10, 2), number(end + 16, 4), number(end + 12, 4)};
    const uint64_t place = (uint64_t)(end - file->data);
    const unsigned char *locator =
        place >= LOCATOR_SIZE ? record(file, place - LOCATOR_SIZE, LOCATOR_SIZE, LOCATOR_SIGNATURE) : NULL;
    if (locator != NULL) {
        const unsigned char *end64 = record(file, number(locator + 8, 8), END64_SIZE, END64_SIGNATURE);
        if (end64 == NULL)
            return false;
        *directory = (struct directory){number(end64 + 32, 8), number(end64 + 48, 8), number(end64 + 40, 8)};
    }
    return directory->offset <= file->size && directory->size <= file->size - directory->offset;
}

struct member {
    char name[256];
    uint64_t method, flags, size, offset;
};

/* The sizes and the offset where four bytes do not hold them. */
static bool read_zip64(struct cursor extra, struct member *m, uint64_t *packed)
{
    uint64_t *const wide[] = {&m->size, packed, &m->offset};
    for (const unsigned char *head; (head = cursor_take(&extra, 4, 1)) != NULL;) {
        const unsigned char *data = cursor_take(&extra, number(head + 2, 2), 1);
        size_t at = 0;
        if (data == NULL)
            return false;
        for (size_t i = 0; number(head, 2) == 1 && i < 3; i++)
            if (*wide[i] == UINT32_MAX) {
                if (at + 8 > number(head + 2, 2))
                    return false;
                *wide[i] = number(data + at, 8);
                at += 8;
            }
    }
    return m->size != UINT32_MAX && *packed != UINT32_MAX && m->offset != UINT32_MAX;
}

/* The next entry of the list. */
static bool read_entry(struct cursor *list, struct member *m)
{
    const unsigned char *entry = cursor_take(list, ENTRY_SIZE, 1);
    if (entry == NULL || number(entry, 4) != ENTRY_SIGNATURE)
        return false;
    const size_t name_size = number(entry + 28, 2), extra_size = number(entry + 30, 2);
    const char *name = cursor_take(list, name_size, 1);
    const unsigned char *extra = cursor_take(list, extra_size, 1);
    if (name == NULL || extra == NULL || cursor_take(list, number(entry + 32, 2), 1) == NULL)
        return false;
    *m = (struct member){.flags = number(entry + 8, 2),
                         .method = number(entry + 10, 2),
                         .size = number(entry + 24, 4),
                         .offset = number(entry + 42, 4)};
    uint64_t packed = number(entry + 20, 4);
    snprintf(m->name, sizeof m->name, "%.*s", (int)name_size, name);
    return read_zip64((struct cursor){extra, extra_size}, m, &packed) && (m->method != 0 || packed == m->size);
}

/* ---- Members ---------------------------------------------------------------- */

/* The bytes of a member, as if they were a file of their own. */
static bool find_bytes(const struct file *file, const struct member *m, struct file *bytes)
{
    const unsigned char *local = record(file, m->offset, LOCAL_SIZE, LOCAL_SIGNATURE);
    if (local == NULL)
        return false;
    struct cursor rest = {local + LOCAL_SIZE, file->size - m->offset - LOCAL_SIZE};
    if (cursor_take(&rest, number(local + 26, 2) + number(local + 28, 2), 1) == NULL || rest.left < m->size)
        return false;
    *bytes = (struct file){rest.at, m->size};
    return true;
}

static bool view_member(const struct file *file, const struct member *m, struct named_tensor *out, const char *path,
                        struct failure *failure)
{
    const size_t length = strlen(m->name), suffix = strlen(".npy");
    char place[512];
    struct file bytes;
    snprintf(place, sizeof place, "%s: %s", path, m->name);
    if (m->flags & 1)
        return fail(failure, "%s: encrypted", place);
    if (m->method != 0)
        return fail(failure, "%s: compressed; numpy.savez writes what can be read, numpy.savez_compressed does not",
                    place);
    if (length <= suffix || strcmp(m->name + length - suffix, ".npy") != 0)
        return fail(failure, "%s: a .npz file holds .npy members only", place);
    if (!find_bytes(file, m, &bytes))
        return fail(failure, "%s: truncated or corrupt", place);
    if (!npy_view(&out->tensor, &bytes, place, failure))
        return false;
    out->name = strndup(m->name, length - suffix);
    if (out->name != NULL)
        return true;
    tensor_free(&out->tensor);
    return fail(failure, "%s: no memory", place);
}

bool npz_view(struct named_tensor **tensors, size_t *count, const struct file *file, const char *path,
              struct failure *failure)
{
    struct directory directory;
    *tensors = NULL;
    *count = 0;
    if (!find_directory(file, &directory))
        return fail(failure, "%s: no zip archive, or truncated", path);
    if (directory.entries == 0 || directory.entries > directory.size / ENTRY_SIZE)
        return fail(failure, "%s: %s", path, directory.entries == 0 ? "no arrays" : "corrupt");
    struct named_tensor *found = calloc(directory.entries, sizeof *found);
    if (found == NULL)
        return fail(failure, "%s: no memory", path);
    struct cursor list = {file->data + directory.offset, directory.size};
    bool ok = true;
    for (; ok && *count < directory.entries; *count += ok) {
        struct member m;
        ok = (read_entry(&list, &m) || fail(failure, "%s: corrupt in its list of members", path)) &&
             view_member(file, &m, &found[*count], path, failure);
    }
    if (ok) {
        *tensors = found;
        return true;
    }
    named_tensors_free(found, *count);
    *count = 0;
    return false;
}
