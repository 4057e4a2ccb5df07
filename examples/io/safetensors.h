/* SPDX-License-Identifier: MIT
 *
 * Files of the safetensors format: a little-endian uint64 header length, a JSON
 * header {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}},
 * then the data.
 */
#ifndef EXAMPLES_IO_SAFETENSORS_H
#define EXAMPLES_IO_SAFETENSORS_H

#include "file.h"
#include "tensor.h"

struct named_tensor {
    char *name;
    struct tensor tensor;
};

/** Views all tensors of type F64, F32, F16, BF16, I64 or I32 in a file that
 *  stays open as long as they are used; others are passed over. The tensors'
 *  bytes must lie inside the file, match their shapes, overlap nowhere and
 *  leave no gap, as the format demands. *tensors is malloc'ed;
 *  named_tensors_free() ends it. */
bool safetensors_view(struct named_tensor **tensors, size_t *count, const struct file *file, const char *path,
                      struct failure *failure);

void named_tensors_free(struct named_tensor *tensors, size_t count);

#endif
