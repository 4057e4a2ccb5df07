/* SPDX-License-Identifier: MIT */
#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define LARGEST_HEADER 100000000u /* the format's own limit */

struct range {
    uint64_t begin, end;
};

/* A whole number that JSON's doubles hold exactly. */
static bool whole_number(const cJSON *item, uint64_t *value)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 0x1p53 ||
        item->valuedouble != (double)(uint64_t)item->valuedouble)
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

/* Bits of one element by the format's name of its type, 0 for one that is newer than this list; *known tells
 * whether tensors of it can be read here. */
static size_t parse_type(const char *name, element_type *type, bool *known)
{
    static const struct {
        const char *name;
        size_t bits;
        element_type type; /* -1: passed over */
    } types[] = {
        {"F64", 64, ELEMENT_F64},
        {"F32", 32, ELEMENT_F32},
        {"F16", 16, ELEMENT_F16},
        {"BF16", 16, ELEMENT_BF16},
        {"I64", 64, ELEMENT_I64},
        {"I32", 32, ELEMENT_I32},
        {"I16", 16, ELEMENT_I16},
        {"I8", 8, ELEMENT_I8},
        {"U32", 32, ELEMENT_U32},
        {"U16", 16, ELEMENT_U16},
        {"U8", 8, ELEMENT_U8},
        {"U64", 64, -1},
        {"BOOL", 8, -1},
        {"F8_E4M3", 8, -1},
        {"F8_E5M2", 8, -1},
        {"F8_E8M0", 8, -1},
        {"F8_E4M3FNUZ", 8, -1},
        {"F8_E5M2FNUZ", 8, -1},
        {"F6_E2M3", 6, -1},
        {"F6_E3M2", 6, -1},
        {"F4", 4, -1},
        {"C64", 64, -1},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(name, types[i].name) == 0) {
            *type = types[i].type;
            *known = *type >= 0;
            return types[i].bits;
        }
    return 0;
}

struct entry {
    size_t bits; /* of an element; 0: not known */
    bool known;
    bool empty;
    struct tensor shape; /* type and shape only */
    struct range bytes;
};

static bool parse_shape(const cJSON *shape, struct entry *entry, uint64_t *count)
{
    *count = 1;
    entry->shape.axes = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, shape)
    {
        uint64_t length;
        if (entry->shape.axes == TENSOR_MAX_AXES || !whole_number(item, &length) ||
            __builtin_mul_overflow(*count, length, count))
            return false;
        entry->shape.shape[entry->shape.axes++] = (int64_t)length;
    }
    return true;
}

static bool parse_entry(const cJSON *item, struct entry *entry)
{
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
    uint64_t count, bits;
    memset(entry, 0, sizeof *entry);
    if (!cJSON_IsString(dtype) || !cJSON_IsArray(shape) || cJSON_GetArraySize(offsets) != 2)
        return false;
    entry->bits = parse_type(dtype->valuestring, &entry->shape.type, &entry->known);
    if (!parse_shape(shape, entry, &count) || !whole_number(cJSON_GetArrayItem(offsets, 0), &entry->bytes.begin) ||
        !whole_number(cJSON_GetArrayItem(offsets, 1), &entry->bytes.end) ||
        __builtin_mul_overflow(count, entry->bits, &bits))
        return false;
    entry->empty = count == 0;
    const uint64_t bytes = entry->bytes.end - entry->bytes.begin;
    return entry->bytes.begin <= entry->bytes.end &&
           (entry->bits == 0 || (bits % 8 == 0 && bytes == bits / 8)); /* what has no known size may have any */
}

static int by_begin(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The format demands that the tensors fill the data without gap or overlap. */
static bool check_layout(struct range *ranges, size_t count, size_t data_size, const char *path,
                         struct failure *failure)
{
    uint64_t at = 0;
    qsort(ranges, count, sizeof *ranges, by_begin);
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].begin != at)
            return fail(failure, "%s: corrupt: its tensors overlap or leave gaps", path);
        at = ranges[i].end;
    }
    if (at > data_size)
        return fail(failure, "%s: truncated: %zu bytes of data, its header promises %llu", path, data_size,
                    (unsigned long long)at);
    if (at < data_size)
        return fail(failure, "%s: corrupt: %zu bytes of data, its header promises %llu", path, data_size,
                    (unsigned long long)at);
    return true;
}

static bool view_entries(struct named_tensor *tensors, size_t *count, struct range *ranges, const cJSON *header,
                         const struct cursor *data, const char *path, struct failure *failure)
{
    size_t entries = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, header)
    {
        struct entry entry;
        if (strcmp(item->string, "__metadata__") == 0)
            continue;
        if (!parse_entry(item, &entry))
            return fail(failure, "%s: corrupt: tensor \"%.80s\" has a wrong dtype, shape or data_offsets", path,
                        item->string);
        ranges[entries++] = entry.bytes;
        if (!entry.known || entry.empty || entry.shape.axes == 0)
            continue;
        if (entry.bytes.end > data->left)
            return fail(failure, "%s: truncated in tensor \"%.80s\"", path, item->string);

        struct named_tensor *next = &tensors[*count];
        next->name = strdup(item->string);
        if (next->name == NULL)
            return fail(failure, "%s: no memory", path);
        (*count)++;
        if (!tensor_borrow(&next->tensor, &entry.shape, data->at + entry.bytes.begin,
                           (size_t)(entry.bytes.end - entry.bytes.begin), path, failure))
            return false;
    }
    return check_layout(ranges, entries, data->left, path, failure);
}

static cJSON *parse_header(struct cursor *cursor, const char *path, struct failure *failure)
{
    const void *length_bytes = cursor_take(cursor, 8, 1);
    uint64_t length = 0;
    if (length_bytes != NULL)
        memcpy(&length, length_bytes, sizeof length);
    if (length < 2 || length > LARGEST_HEADER) {
        fail(failure, "%s: not a safetensors file", path);
        return NULL;
    }
    const char *text = cursor_take(cursor, (size_t)length, 1);
    if (text == NULL) {
        fail(failure, "%s: truncated in its safetensors header", path);
        return NULL;
    }
    const char *end = text;
    cJSON *header = cJSON_ParseWithLengthOpts(text, (size_t)length, &end, false);
    if (!cJSON_IsObject(header) || text[0] != '{') {
        cJSON_Delete(header);
        fail(failure, "%s: not a safetensors file: its header is no JSON object", path);
        return NULL;
    }
    while (end < text + length && *end == ' ')
        end++;
    if (end < text + length) {
        cJSON_Delete(header);
        fail(failure, "%s: corrupt: byte 0x%02x after the JSON of its header, where only spaces may be", path,
             (unsigned char)*end);
        return NULL;
    }
    return header;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A name that the header has twice would make two tensors one. */
static bool check_names(const cJSON *header, size_t count, const char *path, struct failure *failure)
{
    const char **names = calloc(count + 1, sizeof *names);
    if (names == NULL)
        return fail(failure, "%s: no memory", path);
    size_t found = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, header) names[found++] = item->string;
    qsort(names, found, sizeof *names, by_text);
    bool unique = true;
    for (size_t i = 1; unique && i < found; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            unique = fail(failure, "%s: corrupt: its header has \"%.80s\" twice", path, names[i]);
    free(names);
    return unique;
}

bool safetensors_view(struct named_tensor **tensors, size_t *count, const struct file *file, const char *path,
                      struct failure *failure)
{
    struct cursor cursor = {file->data, file->size};
    cJSON *header = parse_header(&cursor, path, failure);
    if (header == NULL)
        return false;

    const size_t entries = (size_t)cJSON_GetArraySize(header);
    *count = 0;
    *tensors = NULL;
    if (!check_names(header, entries, path, failure)) {
        cJSON_Delete(header);
        return false;
    }
    *tensors = calloc(entries + 1, sizeof **tensors);
    struct range *ranges = calloc(entries + 1, sizeof *ranges);
    bool viewed = *tensors != NULL && ranges != NULL
                      ? view_entries(*tensors, count, ranges, header, &cursor, path, failure)
                      : fail(failure, "%s: no memory", path);
    if (!viewed) {
        named_tensors_free(*tensors, *count);
        *tensors = NULL;
        *count = 0;
    }
    free(ranges);
    cJSON_Delete(header);
    return viewed;
}

void named_tensors_free(struct named_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tensor_free(&tensors[i].tensor);
        free(tensors[i].name);
    }
    free(tensors);
}
