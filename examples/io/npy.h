/* SPDX-License-Identifier: MIT
 *
 * NumPy's .npy files: format versions 1 and 2, little-endian, in C order or
 * Fortran order (which is brought into C order in memory), of f64, f32, f16 or
 * whole numbers of 8 to 64 bits (uint64 excepted).
 */
#ifndef EXAMPLES_IO_NPY_H
#define EXAMPLES_IO_NPY_H

#include "file.h"
#include "tensor.h"

/** Views the array in a file that stays open as long as the tensor is used.
 *  The file must have exactly the size its header promises; path is for the
 *  failure's text. tensor_free() ends it. */
bool npy_view(struct tensor *tensor, const struct file *file, const char *path, struct failure *failure);

/** Writes a tensor of one of the types above as format version 1. */
bool npy_write(const struct tensor *tensor, const char *path, struct failure *failure);

#endif
