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

/* Bytes of one element by the format's name of its type, 0 for an unknown one;
 * *known tells whether tensors of it can be read here. */
static size_t parse_type(const char *name, element_type *type, bool *known)
{
    static const struct {
        const char *name;
        size_t size;
        element_type type; /* -1: passed over */
    } types[] = {
        {"F64", 8, ELEMENT_F64}, {"F32", 4, ELEMENT_F32}, {"F16", 2, ELEMENT_F16}, {"BF16", 2, ELEMENT_BF16},
        {"I64", 8, ELEMENT_I64}, {"I32", 4, ELEMENT_I32}, {"I16", 2, -1},          {"I8", 1, -1},
        {"U64", 8, -1},          {"U32", 4, -1},          {"U16", 2, -1},          {"U8", 1, -1},
        {"BOOL", 1, -1},         {"F8_E4M3", 1, -1},      {"F8_E5M2", 1, -1},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(name, types[i].name) == 0) {
            *type = types[i].type;
            *known = *type >= 0;
            return types[i].size;
        }
    return 0;
}

struct entry {
    size_t size; /* of an element */
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
    uint64_t count, bytes;
    memset(entry, 0, sizeof *entry);
    if (!cJSON_IsString(dtype) || !cJSON_IsArray(shape) || cJSON_GetArraySize(offsets) != 2)
        return false;
    entry->size = parse_type(dtype->valuestring, &entry->shape.type, &entry->known);
    if (entry->size == 0 || !parse_shape(shape, entry, &count) ||
        !whole_number(cJSON_GetArrayItem(offsets, 0), &entry->bytes.begin) ||
        !whole_number(cJSON_GetArrayItem(offsets, 1), &entry->bytes.end) ||
        __builtin_mul_overflow(count, entry->size, &bytes))
        return false;
    entry->empty = count == 0;
    return entry->bytes.begin <= entry->bytes.end && entry->bytes.end - entry->bytes.begin == bytes;
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
    cJSON *header = cJSON_ParseWithLength(text, (size_t)length);
    if (!cJSON_IsObject(header)) {
        cJSON_Delete(header);
        fail(failure, "%s: not a safetensors file: its header is no JSON object", path);
        return NULL;
    }
    return header;
}

bool safetensors_view(struct named_tensor **tensors, size_t *count, const struct file *file, const char *path,
                      struct failure *failure)
{
    struct cursor cursor = {file->data, file->size};
    cJSON *header = parse_header(&cursor, path, failure);
    if (header == NULL)
        return false;

    size_t entries = (size_t)cJSON_GetArraySize(header);
    *count = 0;
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
