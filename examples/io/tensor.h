/* SPDX-License-Identifier: MIT
 *
 * An array in C order, brought into it where the file has another, and its views as libinfo's matrices.
 */
#ifndef EXAMPLES_IO_TENSOR_H
#define EXAMPLES_IO_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#include <info/base.h>

#include "failure.h"

#define TENSOR_MAX_AXES 8

/** The floating-point types are libinfo's. */
typedef int32_t element_type;
#define ELEMENT_F64 INFO_F64
#define ELEMENT_F32 INFO_F32
#define ELEMENT_F16 INFO_F16
#define ELEMENT_BF16 INFO_BF16
#define ELEMENT_I32 100
#define ELEMENT_I64 101
#define ELEMENT_I16 102
#define ELEMENT_I8 103
#define ELEMENT_U32 104
#define ELEMENT_U16 105
#define ELEMENT_U8 106

struct tensor {
    element_type type;
    int axes; /* 0: there is no tensor */
    int64_t shape[TENSOR_MAX_AXES];
    const void *data; /* aligned to its type */
    void *owned;      /* the data's memory, where it is the tensor's own */
};

/** Bytes of one element. */
size_t element_size(element_type type);

/** "f32", "int64", ... */
const char *element_name(element_type type);

bool element_is_float(element_type type);

/** Number of elements; false where a length is below 1 or the bytes would not
 *  fit in memory. */
bool tensor_count(const struct tensor *tensor, size_t *count);

/** A zeroed tensor of its own. */
bool tensor_new(struct tensor *tensor, element_type type, int axes, const int64_t *shape, struct failure *failure);

/** A tensor of a given type and shape (shape's data are not looked at) whose
 *  elements are these bytes, which must be exactly as many as it needs. They
 *  are borrowed if they are aligned, else copied. */
bool tensor_borrow(struct tensor *tensor, const struct tensor *shape, const void *bytes, size_t size, const char *path,
                   struct failure *failure);

/** Brings a tensor whose first axis runs fastest (Fortran order) into C order, in memory of its own. */
bool tensor_from_fortran(struct tensor *tensor, struct failure *failure);

/** Gives its memory back. A zeroed struct is fine. */
void tensor_free(struct tensor *tensor);

/** Elements of one step along the first axis. */
size_t tensor_step(const struct tensor *tensor);

/** The element at an index of the flattened array, as a double. */
double tensor_at(const struct tensor *tensor, size_t index);

/** The element at an index of the flattened array of whole numbers. */
int64_t tensor_whole(const struct tensor *tensor, size_t index);

/** Copies count elements from index on into floats, rounding f64 to f32. */
void tensor_floats(const struct tensor *tensor, size_t index, size_t count, float *out);

/** The matrix [second last axis, last axis] at a position of the axes before
 *  them, counted in C order; the whole of a tensor of two axes is at 0. */
info_matrix tensor_matrix(const struct tensor *tensor, int64_t position);

/** A copy in another floating-point type (f64, f32 or f16), rounded to nearest
 *  even. */
bool tensor_convert(const struct tensor *from, element_type type, struct tensor *to, struct failure *failure);

#endif
