/* SPDX-License-Identifier: MIT */
#include "npy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6

static const struct {
    const char *descr;
    element_type type;
} types[] = {
    {"<f8", ELEMENT_F64}, {"<f4", ELEMENT_F32}, {"<f2", ELEMENT_F16}, {"<i8", ELEMENT_I64}, {"<i4", ELEMENT_I32},
    {"<i2", ELEMENT_I16}, {"|i1", ELEMENT_I8},  {"<u4", ELEMENT_U32}, {"<u2", ELEMENT_U16}, {"|u1", ELEMENT_U8},
};

/* ---- The header: a Python dict of three entries ------------------------------ */

struct header {
    const char *at, *end;
};

static void skip_spaces(struct header *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n'))
        h->at++;
}

/* Takes a word if it comes next. */
static bool take(struct header *h, const char *word)
{
    skip_spaces(h);
    size_t size = strlen(word);
    if ((size_t)(h->end - h->at) < size || memcmp(h->at, word, size) != 0)
        return false;
    h->at += size;
    return true;
}

static bool take_string(struct header *h, char *out, size_t out_size)
{
    skip_spaces(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
        return false;
    char quote = *h->at++;
    size_t size = 0;
    for (; h->at < h->end && *h->at != quote; h->at++)
        if (size + 1 < out_size)
            out[size++] = *h->at;
    out[size] = '\0';
    return h->at++ < h->end;
}

static bool take_length(struct header *h, int64_t *length)
{
    skip_spaces(h);
    const char *first = h->at;
    *length = 0;
    for (; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++)
        if (__builtin_mul_overflow(*length, 10, length) || __builtin_add_overflow(*length, *h->at - '0', length))
            return false;
    return h->at > first;
}

static bool take_shape(struct header *h, struct tensor *tensor)
{
    if (!take(h, "("))
        return false;
    tensor->axes = 0;
    while (!take(h, ")")) {
        if (tensor->axes == TENSOR_MAX_AXES || !take_length(h, &tensor->shape[tensor->axes++]))
            return false;
        if (!take(h, ",")) /* the last length needs none, but a single one does */
            return tensor->axes > 1 && take(h, ")");
    }
    return true;
}

static bool take_descr(struct header *h, struct tensor *tensor, const char *path, struct failure *failure)
{
    char descr[16];
    if (!take_string(h, descr, sizeof descr))
        return fail(failure, "%s: corrupt .npy header: 'descr' is not a string", path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(descr, types[i].descr) == 0) {
            tensor->type = types[i].type;
            return true;
        }
    return fail(failure, "%s: .npy of type '%s'; <f8, <f4, <f2, <i8, <i4, <i2, |i1, <u4, <u2 and |u1 can be read", path,
                descr);
}

static bool take_order(struct header *h, bool *fortran, const char *path, struct failure *failure)
{
    *fortran = take(h, "True");
    return *fortran || take(h, "False") ||
           fail(failure, "%s: corrupt .npy header: 'fortran_order' is neither True nor False", path);
}

static bool read_header(struct header h, struct tensor *tensor, bool *fortran, const char *path,
                        struct failure *failure)
{
    bool has_descr = false, has_order = false, has_shape = false;
    bool open = take(&h, "{");
    while (open && !take(&h, "}")) {
        char key[16] = "";
        if (!take_string(&h, key, sizeof key) || !take(&h, ":"))
            return fail(failure, "%s: corrupt .npy header", path);
        if (strcmp(key, "descr") == 0 && !has_descr) {
            has_descr = true;
            if (!take_descr(&h, tensor, path, failure))
                return false;
        } else if (strcmp(key, "fortran_order") == 0 && !has_order) {
            has_order = true;
            if (!take_order(&h, fortran, path, failure))
                return false;
        } else if (strcmp(key, "shape") == 0 && !has_shape) {
            has_shape = true;
            if (!take_shape(&h, tensor))
                return fail(failure, "%s: corrupt .npy header: 'shape' is no tuple of at most %d lengths", path,
                            TENSOR_MAX_AXES);
        } else {
            return fail(failure, "%s: corrupt .npy header: unexpected '%s'", path, key);
        }
        if (!take(&h, ",") && (h.at == h.end || *h.at != '}'))
            return fail(failure, "%s: corrupt .npy header", path);
    }
    skip_spaces(&h);
    if (!has_descr || !has_order || !has_shape || h.at != h.end)
        return fail(failure, "%s: corrupt .npy header", path);
    return true;
}

/* ---- Reading and writing ------------------------------------------------------ */

static bool header_size(struct cursor *cursor, size_t *size, const char *path, struct failure *failure)
{
    const unsigned char *magic = cursor_take(cursor, MAGIC_SIZE, 1);
    const unsigned char *version = cursor_take(cursor, 2, 1);
    if (magic == NULL || version == NULL || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
        return fail(failure, "%s: not a .npy file", path);
    if ((version[0] != 1 && version[0] != 2) || version[1] != 0)
        return fail(failure, "%s: .npy format %d.%d; 1.0 and 2.0 can be read", path, version[0], version[1]);

    size_t bytes = version[0] == 1 ? 2 : 4;
    const unsigned char *length = cursor_take(cursor, bytes, 1);
    *size = 0;
    for (size_t i = 0; length != NULL && i < bytes; i++)
        *size |= (size_t)length[i] << (8 * i);
    return length != NULL || fail(failure, "%s: truncated in its .npy header", path);
}

bool npy_view(struct tensor *tensor, const struct file *file, const char *path, struct failure *failure)
{
    struct cursor cursor = {file->data, file->size};
    size_t size = 0;
    *tensor = (struct tensor){0};
    if (!header_size(&cursor, &size, path, failure))
        return false;
    const char *text = cursor_take(&cursor, size, 1);
    if (text == NULL)
        return fail(failure, "%s: truncated in its .npy header", path);

    struct tensor found = {0};
    bool fortran = false;
    if (!read_header((struct header){text, text + size}, &found, &fortran, path, failure) ||
        !tensor_borrow(tensor, &found, cursor.at, cursor.left, path, failure))
        return false;
    if (!fortran || tensor->axes < 2 || tensor_from_fortran(tensor, failure))
        return true;
    tensor_free(tensor);
    return false;
}

static const char *type_descr(element_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].descr;
    return NULL;
}

/* Pads the header so that the data start at a multiple of 64 bytes. */
static size_t format_header(char *out, size_t out_size, const struct tensor *tensor)
{
    size_t size =
        (size_t)snprintf(out, out_size, "{'descr': '%s', 'fortran_order': False, 'shape': (", type_descr(tensor->type));
    for (int i = 0; i < tensor->axes; i++)
        size += (size_t)snprintf(out + size, out_size - size, "%" PRId64 "%s", tensor->shape[i],
                                 i + 1 < tensor->axes ? ", "
                                 : tensor->axes == 1  ? ","
                                                      : "");
    size += (size_t)snprintf(out + size, out_size - size, "), }");
    while ((MAGIC_SIZE + 4 + size + 1) % 64 != 0)
        out[size++] = ' ';
    out[size++] = '\n';
    return size;
}

bool npy_write(const struct tensor *tensor, const char *path, struct failure *failure)
{
    char header[512];
    size_t count;
    if (type_descr(tensor->type) == NULL || !tensor_count(tensor, &count))
        return fail(failure, "%s: a .npy file cannot hold this %s array", path, element_name(tensor->type));
    size_t size = format_header(header, sizeof header, tensor);
    const unsigned char preamble[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, size & 0xff, size >> 8 & 0xff};

    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return fail(failure, "%s: %s", path, strerror(errno));
    bool written = fwrite(preamble, sizeof preamble, 1, file) == 1 && fwrite(header, size, 1, file) == 1 &&
                   fwrite(tensor->data, element_size(tensor->type), count, file) == count;
    if (fclose(file) != 0 || !written)
        return fail(failure, "%s: %s", path, strerror(errno));
    return true;
}
