/* SPDX-License-Identifier: MIT */
#include "tensor.h"

#include <stdlib.h>
#include <string.h>

#include "half.h"

/* The floating-point types, then the whole ones, by their numbers. */
static const struct {
    element_type type;
    size_t size;
    const char *name;
} elements[] = {
    {ELEMENT_F64, 8, "f64"},    {ELEMENT_F32, 4, "f32"},    {ELEMENT_F16, 2, "f16"},   {ELEMENT_BF16, 2, "bf16"},
    {ELEMENT_I64, 8, "int64"},  {ELEMENT_I32, 4, "int32"},  {ELEMENT_I16, 2, "int16"}, {ELEMENT_I8, 1, "int8"},
    {ELEMENT_U32, 4, "uint32"}, {ELEMENT_U16, 2, "uint16"}, {ELEMENT_U8, 1, "uint8"},
};
#define ELEMENTS (sizeof elements / sizeof elements[0])

static size_t element_index(element_type type)
{
    size_t i = 0;
    while (i + 1 < ELEMENTS && elements[i].type != type)
        i++;
    return i;
}

size_t element_size(element_type type)
{
    return elements[element_index(type)].size;
}

const char *element_name(element_type type)
{
    return elements[element_index(type)].name;
}

bool element_is_float(element_type type)
{
    return type == ELEMENT_F64 || type == ELEMENT_F32 || type == ELEMENT_F16 || type == ELEMENT_BF16;
}

bool tensor_count(const struct tensor *tensor, size_t *count)
{
    size_t product = 1;
    for (int i = 0; i < tensor->axes; i++)
        if (tensor->shape[i] < 1 || __builtin_mul_overflow(product, (size_t)tensor->shape[i], &product))
            return false;
    *count = product;
    return product <= PTRDIFF_MAX / element_size(tensor->type);
}

bool tensor_new(struct tensor *tensor, element_type type, int axes, const int64_t *shape, struct failure *failure)
{
    size_t count;
    *tensor = (struct tensor){.type = type, .axes = axes};
    memcpy(tensor->shape, shape, (size_t)axes * sizeof *shape);
    if (!tensor_count(tensor, &count) || (tensor->owned = calloc(count, element_size(type))) == NULL) {
        *tensor = (struct tensor){0};
        return fail(failure, "no memory for an array of %d axes", axes);
    }
    tensor->data = tensor->owned;
    return true;
}

bool tensor_borrow(struct tensor *tensor, const struct tensor *shape, const void *bytes, size_t size, const char *path,
                   struct failure *failure)
{
    size_t count, width = element_size(shape->type);
    if (shape->axes == 0 || !tensor_count(shape, &count))
        return fail(failure, "%s: an array without elements or larger than memory", path);
    if (count * width != size)
        return fail(failure, "%s: %s: %zu bytes of data, its header promises %zu", path,
                    size < count * width ? "truncated" : "corrupt", size, count * width);

    struct tensor found = *shape;
    found.data = bytes;
    found.owned = NULL;
    if ((uintptr_t)bytes % width != 0) {
        found.owned = malloc(size);
        if (found.owned == NULL)
            return fail(failure, "%s: no memory for %zu bytes", path, size);
        found.data = memcpy(found.owned, bytes, size);
    }
    *tensor = found;
    return true;
}

bool tensor_from_fortran(struct tensor *tensor, struct failure *failure)
{
    const struct tensor from = *tensor;
    struct tensor to;
    if (!tensor_new(&to, from.type, from.axes, from.shape, failure))
        return false;
    const size_t width = element_size(from.type), count = tensor_step(&from) * (size_t)from.shape[0];
    size_t index[TENSOR_MAX_AXES] = {0};
    for (size_t i = 0; i < count; i++) {
        size_t at = 0; /* of the element in the order of the file, the last axis outermost */
        for (int axis = from.axes; axis-- > 0;)
            at = at * (size_t)from.shape[axis] + index[axis];
        memcpy((unsigned char *)to.owned + i * width, (const unsigned char *)from.data + at * width, width);
        for (int axis = from.axes; axis-- > 0 && ++index[axis] == (size_t)from.shape[axis];)
            index[axis] = 0;
    }
    free(from.owned);
    *tensor = to;
    return true;
}

void tensor_free(struct tensor *tensor)
{
    free(tensor->owned);
    *tensor = (struct tensor){0};
}

size_t tensor_step(const struct tensor *tensor)
{
    size_t step = 1;
    for (int i = 1; i < tensor->axes; i++)
        step *= (size_t)tensor->shape[i];
    return step;
}

double tensor_at(const struct tensor *tensor, size_t index)
{
    switch (tensor->type) {
    case ELEMENT_F64:
        return ((const double *)tensor->data)[index];
    case ELEMENT_F32:
        return (double)((const float *)tensor->data)[index];
    case ELEMENT_F16:
        return (double)half_to_float(((const uint16_t *)tensor->data)[index]);
    case ELEMENT_BF16:
        return (double)bfloat16_to_float(((const uint16_t *)tensor->data)[index]);
    default:
        return (double)tensor_whole(tensor, index);
    }
}

int64_t tensor_whole(const struct tensor *tensor, size_t index)
{
    switch (tensor->type) {
    case ELEMENT_I64:
        return ((const int64_t *)tensor->data)[index];
    case ELEMENT_I32:
        return ((const int32_t *)tensor->data)[index];
    case ELEMENT_I16:
        return ((const int16_t *)tensor->data)[index];
    case ELEMENT_I8:
        return ((const int8_t *)tensor->data)[index];
    case ELEMENT_U32:
        return ((const uint32_t *)tensor->data)[index];
    case ELEMENT_U16:
        return ((const uint16_t *)tensor->data)[index];
    default:
        return ((const uint8_t *)tensor->data)[index];
    }
}

void tensor_floats(const struct tensor *tensor, size_t index, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)tensor_at(tensor, index + i);
}

info_matrix tensor_matrix(const struct tensor *tensor, int64_t position)
{
    int64_t rows = tensor->axes < 2 ? 1 : tensor->shape[tensor->axes - 2];
    int64_t cols = tensor->shape[tensor->axes - 1];
    size_t offset = (size_t)position * (size_t)rows * (size_t)cols * element_size(tensor->type);
    return (info_matrix){
        .data = (const unsigned char *)tensor->data + offset,
        .rows = rows,
        .cols = cols,
        .row_stride = cols,
        .col_stride = 1,
        .dtype = tensor->type,
    };
}

bool tensor_convert(const struct tensor *from, element_type type, struct tensor *to, struct failure *failure)
{
    if (!tensor_new(to, type, from->axes, from->shape, failure))
        return false;
    size_t count = tensor_step(from) * (size_t)from->shape[0];
    for (size_t i = 0; i < count; i++) {
        double value = tensor_at(from, i);
        if (type == ELEMENT_F64)
            ((double *)to->owned)[i] = value;
        else if (type == ELEMENT_F32)
            ((float *)to->owned)[i] = (float)value;
        else
            ((uint16_t *)to->owned)[i] = float_to_half((float)value);
    }
    return true;
}
